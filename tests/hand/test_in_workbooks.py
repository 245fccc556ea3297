"""Hands in whole workbooks: what they are taken for must give the same pay, and what is said about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command import run_json
from tests.departments import HEADINGS, base_department, write_book

MONTH, QUARTER = "2016-11", "2016Q4"


def book_of(department: dict, folder: Path, patch: Callable[[Any], None] | None = None) -> Path:
    path = folder / "book.xlsx"
    write_book(department, path)
    if patch:
        opened = openpyxl.load_workbook(path)
        patch(opened)
        opened.save(path)
    return path


def payroll(book: Path, month: str = MONTH) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    code, said = run_json("payroll", book, "--month", month)
    assert code == 0, said["problems"]
    return said["lines"], said["problems"]


def typed(sheet: str, name: str, value: Callable[[dict], Any]) -> Callable[[dict], None]:
    """Types something else into a whole column."""
    def change(department: dict) -> None:
        for row in department[sheet]:
            row[name] = value(row)
    return change


PEOPLE = {number: name for row in base_department()["花名册"] for number, name in [(row["工号"], row["姓名"])]}
SAME: list[tuple[str, str, Callable[[dict], Any]]] = [
    ("考勤", "工号", lambda row: PEOPLE[row["工号"]]),
    ("考勤", "工号", lambda row: f"{row['工号']} {PEOPLE[row['工号']]}"),
    ("考勤", "工号", lambda row: f"{row['工号'][0]} {row['工号'][1]}-{row['工号'][2]}"),
    ("考勤", "工号", lambda row: int(row["工号"])),
    ("考勤", "工号", lambda row: f"0{row['工号']}"),
    ("考勤", "月份", lambda row: row["月份"].replace("-", ".")),
    ("考勤", "月份", lambda row: f"{row['月份'][2:4]}年{int(row['月份'][5:])}月份"),
    ("考勤", "迟到次数", lambda row: "无"),
    ("考勤", "迟到次数", lambda row: "0次"),
    ("月度考核_客服代表", "得分", lambda row: f"{row['得分']}分"),
    ("月度考核_客服代表", "得分", lambda row: f"{row['得分']}\u200b".replace(".", "。")),
    ("季度星级_客服代表", "评定星级", lambda row: "★" * row["评定星级"]),
    ("季度星级_客服代表", "评定星级", lambda row: "零一二三四五"[row["评定星级"]] + "星"),
    ("季度星级_客服代表", "季度", lambda row: f"{row['季度'][2:4]}Q{row['季度'][-1]}"),
    ("花名册", "离职日期", lambda row: "在职"),
    ("花名册", "入职日期", lambda row: row["入职日期"].strftime("%Y.%m.%d")),
    ("花名册", "入职日期", lambda row: f"{row['入职日期']:%Y-%m-%dT%H:%M:%S.000Z}"),
    ("花名册", "班组", lambda row: f"{row['班组'][0]} {row['班组'][1]}"),
    ("花名册", "岗位工资", lambda row: "—"),
    ("月度考核_客服代表", "姓名", lambda row: f"{PEOPLE[row['工号']]}（代）"),
]


@pytest.mark.parametrize(("sheet", "name", "value"), SAME, ids=[f"{s} {n} {k}" for k, (s, n, _) in enumerate(SAME)])
def test_the_same_pay(sheet: str, name: str, value: Callable[[dict], Any], tmp_path: Path) -> None:
    wanted, _ = payroll(book_of(base_department(), tmp_path))
    department = base_department()
    typed(sheet, name, value)(department)
    lines, problems = payroll(book_of(department, tmp_path))
    if name == "班组":              # as it was typed
        assert all(line.pop("班组") == f"{other.pop('班组')[0]} 组" for line, other in zip(lines, wanted, strict=True))
    assert lines == wanted
    hints = [p for p in problems if p["level"] == "hint"]
    assert [(p["sheet"], p["level"]) for p in hints] == ([] if name == "班组" else [(sheet, "hint")])
    assert all(f"（这一列共 {len(department[sheet])} 处）" in p["text"] for p in hints)


def test_teams_that_differ_by_blanks_are_one(tmp_path: Path) -> None:
    department = base_department()
    department["花名册"][0]["班组"] = "一 组"
    department["花名册"][1]["班组"] = "一\u200b组\u3000"
    lines, problems = payroll(book_of(department, tmp_path))
    assert {line["班组"] for line in lines} == {"一 组", "二组"}        # as the first was typed
    assert not [p for p in problems if "没有领班" in p["text"]]


@pytest.mark.parametrize(("format_", "prefix"), [
    ('"1"00', 100), ("[$1-804]00", 100), ('"10"General', 100), ("#000", 0), ("000", 0), ("0_ ", 0)])
def test_ids_as_shown(format_: str, prefix: int, tmp_path: Path) -> None:
    """All tables but 考勤 have 101 … as text, 考勤 the numbers that show so."""
    def patch(book: Any) -> None:
        at = HEADINGS["考勤"].index("工号")
        for row in book["考勤"].iter_rows(min_row=2):
            row[at].value, row[at].number_format = int(row[at].value) - prefix, format_
    department = base_department()
    for rows in department.values():
        rows[:] = [row for row in rows if not str(row.get("工号", "1")).startswith("9")]
    wanted, _ = payroll(book_of(department, tmp_path))
    lines, _ = payroll(book_of(department, tmp_path, patch))
    assert lines == wanted


# -- a new name -------------------------------------------------------------------------------------------------------

def renamed(old: Any = "代表一", new: str = "代表壹", day: Any = dt.date(2016, 12, 1)) -> dict:
    department = base_department()
    next(row for row in department["花名册"] if row["工号"] == "101")["姓名"] = new
    department["人事变动"].append({"工号": "101", "生效日期": day, "项目": "姓名", "原值": old, "新值": new})
    for row in department["月度考核_客服代表"]:
        if row["工号"] == "101":
            row["姓名"] = "代表一" if row["月份"] < "2016-12" else "代 表 壹"
    return department


def test_a_new_name_is_no_contradiction(tmp_path: Path) -> None:
    """Each month shows the name of then; both names are the person's in every table, also in place of the 工号."""
    department = renamed()
    department["其他项目"].append({"月份": "2016-11", "工号": "代表一", "项目": "餐补", "金额": 10, "计入": "应发"})
    book = book_of(department, tmp_path)
    for month, name in (("2016-11", "代表一"), ("2016-12", "代表壹")):
        lines, problems = payroll(book, month)
        assert next(line["姓名"] for line in lines if line["工号"] == "101") == name
        assert not [p for p in problems if p["level"] == "error"]
    assert next(line["餐补"] for line in payroll(book)[0] if line["工号"] == "101") == "10.00"


CHANGE = {"工号": "101", "生效日期": dt.date(2016, 12, 1), "项目": "姓名", "原值": "代表一"}


@pytest.mark.parametrize(("department", "text"), [
    (renamed() | {"人事变动": [CHANGE | {"新值": "代表贰"}]}, "「姓名」最近一次变动的新值与花名册不同"),
    (renamed() | {"人事变动": []}, "「姓名」是「代表一」，与花名册的不同"),
])
def test_a_new_name_that_is_wrong(department: dict, text: str, tmp_path: Path) -> None:
    code, said = run_json("payroll", book_of(department, tmp_path), "--month", MONTH)
    assert code == 1
    assert any(text in p["text"] and p["工号"] == "101" for p in said["problems"] if p["level"] == "error")
