"""``xl-kpi new``: what it writes, what it refuses, and that a workbook begun with it computes."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from xl_kpi.workbooks import demo, parameter_rows, standard

from tests.command import run, run_json
from xl_kpi.parameters import shape_warnings
from xl_kpi.policy.load import DEFAULT_POLICY, ids, load
from xl_kpi.policy.settings import Settings


def months(book: Path) -> list[str]:
    """The drop-down of 月份 in 考勤 or the like: of the first sheet that has such a column."""
    for page in openpyxl.load_workbook(book).worksheets[2:]:
        heads = [cell.value for cell in page[standard.HEADING_ROW + 1]]
        if "月份" in heads:
            cell = page.cell(standard.HEADING_ROW + 2, heads.index("月份") + 1).coordinate
            [found] = [v for v in page.data_validations.dataValidation if cell in v.sqref]
            return found.formula1.strip('"').split(",") if found.type == "list" else []
    raise AssertionError("no 月份")


# -- what it writes ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("policy_id", [None, *ids()])
def test_new(tmp_path: Path, policy_id: str | None) -> None:
    book = tmp_path / "客服部2016.xlsx"
    code, out, err = run("new", book, *(("--policy", policy_id) if policy_id else ()))
    policy = load(policy_id or DEFAULT_POLICY)
    assert (code, err) == (0, "")
    assert str(book) in out
    assert policy.title in out
    blank = sum(row["值"] is None and parameter_rows.to_fill(policy, row) for row in parameter_rows.rows(policy))
    assert f"“参数”里有 {blank} 个黄色的格要填" in out
    assert [path.name for path in tmp_path.iterdir()] == [book.name]
    code, content = run_json("check", book)
    assert code == 0
    stated = [p.text for p in shape_warnings(Settings.stated(policy), 10**6)]       # the document contradicts itself
    if policy.written_on:                       # an example with people
        assert content["problems"] == []
        return
    assert sorted(p["text"] for p in content["problems"]) == sorted(["花名册里还没有人", *stated])
    if any(column.heading == "月份" for table in policy.sheets.values() for column in table.columns):
        assert months(book) == [f"2016-{month:02}" for month in range(1, 13)]


@pytest.mark.parametrize(("name", "given", "first"), [
    ("客服部2016.xlsx", (), "2016-01"),
    ("2017年客服部.xlsx", (), "2017-01"),
    ("客服部2016.xlsx", ("--year", "2018"), "2018-01"),
    ("客服部.xlsx", ("--year", "2018"), "2018-01"),
    ("客服部.XLSX", (), ""),
    ("2016至2017.xlsx", (), ""),
    ("档案20161101.xlsx", (), ""),
])
def test_the_year(tmp_path: Path, name: str, given: tuple[str, ...], first: str) -> None:
    code, out, _ = run("new", tmp_path / name, *given)
    assert code == 0
    assert months(tmp_path / name)[:1] == ([first] if first else [])
    assert ("换一个带年份的文件名" in out) == (not first), "without a year it says how to give one"


def test_the_bytes_are_those_of_the_input(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        run("new", tmp_path / folder / "客服部2016.xlsx")
    a, b = (tmp_path / folder / "客服部2016.xlsx" for folder in ("a", "b"))
    assert a.read_bytes() == b.read_bytes()


# -- what it refuses --------------------------------------------------------------------------------------------------

def test_an_existing_workbook_is_never_overwritten(tmp_path: Path) -> None:
    book = tmp_path / "客服部2016.xlsx"
    book.write_bytes(b"HR's own")
    code, out, err = run("new", book)
    assert (code, out) == (2, "")
    assert "已经有了" in err
    assert "换一个文件名" in err
    assert book.read_bytes() == b"HR's own"


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    book = tmp_path / "客服部2016.xlsx"
    book.symlink_to(tmp_path / "gone.xlsx")
    assert run("new", book)[0] == 2
    assert not (tmp_path / "gone.xlsx").exists()


@pytest.mark.parametrize(("arguments", "said"), [
    (("客服部2016.xls",), "要以 .xlsx 结尾"),
    (("客服部2016",), "要以 .xlsx 结尾"),
    (("客服部2016.xlsx", "--policy", "bozhen-2061"), "是不是 bozhen-2016"),
    (("客服部.xlsx", "--year", "16"), "要写四位年份"),
    (("客服部.xlsx", "--year", "３０１６"), "要写四位年份"),
    (("客服部.xlsx", "--year", "2015"), "从 2016-11 起才能核算"),
    (("客服部2015.xlsx",), "写明年份"),
])
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run("new", tmp_path / arguments[0], *arguments[1:])
    assert (code, out) == (2, "")
    assert said in err
    assert not list(tmp_path.iterdir())


def test_no_such_folder(tmp_path: Path) -> None:
    code, out, err = run("new", tmp_path / "没有" / "客服部2016.xlsx")
    assert (code, out) == (3, "")
    assert "文件夹" in err


# -- a workbook begun with it -----------------------------------------------------------------------------------------

def typed_in(book: Path, rows: dict[str, list[dict[str, object]]]) -> None:
    """Rows typed into the sheets, below their headings; of 参数 only 值 and 来源."""
    workbook = openpyxl.load_workbook(book)
    for sheet, given in rows.items():
        page = workbook[sheet]
        heads = [cell.value for cell in page[standard.HEADING_ROW + 1]]
        for number, row in enumerate(given, standard.HEADING_ROW + 2):
            for heading, value in row.items():
                cell = page.cell(number, heads.index(heading) + 1)
                if sheet == "参数" and heading in ("参数", "键"):
                    assert (cell.value or "") == value
                elif value not in (None, ""):
                    cell.value = "是" if value is True else "否" if value is False else value
                    if isinstance(value, Decimal) and heading == "服务满意度":
                        cell.number_format = "0.0%"
                    elif isinstance(value, dt.date):
                        cell.number_format = "yyyy-mm-dd"
    workbook.save(book)


def test_filled_with_the_demos_rows_it_pays_the_same(tmp_path: Path) -> None:
    assert run("new", tmp_path / "new2016.xlsx")[0] == 0
    demo.build(tmp_path / "demo.xlsx")
    typed_in(tmp_path / "new2016.xlsx", demo.rows(load(demo.POLICY)))
    for command, period in (("review", ("--quarter", demo.QUARTER)), ("payroll", ("--month", demo.MONTH))):
        answers = []
        for name in ("new2016.xlsx", "demo.xlsx"):
            answers.append(run_json(command, tmp_path / name, *period))
            assert run(command, tmp_path / name, *period)[0] == 0, "written into the workbook"
        assert answers[0] == answers[1]
        assert answers[0][0] == 0
    assert answers[0][1]["totals"]["人数"] > 40


def test_a_month_is_added_to_an_empty_table(tmp_path: Path) -> None:
    book = tmp_path / "客服部2016.xlsx"
    run("new", book)
    typed_in(book, {"花名册": demo.rows(load(demo.POLICY))["花名册"]})
    assert run("month", book, "--month", demo.MONTH)[0] == 0
    page = openpyxl.load_workbook(book)["考勤"]
    first = page[standard.HEADING_ROW + 2]
    assert [cell.value for cell in first[:2]] == [demo.MONTH, "001"]
    assert [cell.number_format for cell in first[:2]] == ["@", "@"]
    texts = {p["text"] for p in run_json("check", book)[1]["problems"] if p["level"] == "error"}
    assert not texts


def test_nobody_can_be_paid_from_an_empty_workbook(tmp_path: Path) -> None:
    book = tmp_path / "客服部2016.xlsx"
    run("new", book)
    before = book.read_bytes()
    code, out, _ = run("payroll", book, "--month", "2016-12")
    assert code == 1
    assert "2016-12 没有要发工资的人" in out
    assert "花名册里还没有人" in out
    assert book.read_bytes() == before
    assert run("month", book, "--month", "2016-12")[0] == 1
