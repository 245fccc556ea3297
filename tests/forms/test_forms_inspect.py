"""xl-kpi forms inspect: what it says of lists, in words and in JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.command import run, run_json


@pytest.fixture
def payroll(tmp_path: Path) -> Path:
    """A list as offices draw it: title, blanks in headings, a total, signatures, stray numbers."""
    book = Workbook()
    sheet = book.active
    for row in (["客服部2024年4月份工资表"], ["部门：客服部", None, None, "单位：元"],
                ["序号", "姓  名", "职  位", "实发金额"],
                [1, "张三", "客服代表", 3200.5], [2, "李四(代)", "客服代表", 2800], [3],
                ["合        计", None, None, 6000.5],
                ["制表人：", None, "审核："], [1, 2, 3]):
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("A7:B7")
    book.save(tmp_path / "工资.xlsx")
    return tmp_path / "工资.xlsx"


def test_json(payroll: Path) -> None:
    code, found = run_json("forms", "inspect", payroll)
    assert code == 0
    form: dict[str, Any] = found[0]          # type: ignore[index]
    assert (form["form"], form["sheet"], form["kind"], form["month"]) == ("工资.xlsx", "Sheet", "list", "2024-04")
    assert [(f["name"], f["column"], f["first_row"], f["last_row"], f["heading"]) for f in form["fields"]] == [
        ("序号", "A", 4, 5, "序号"), ("姓名", "B", 4, 5, "姓 名"), ("岗位", "C", 4, 5, "职 位"),
        ("实发工资", "D", 4, 5, "实发金额")]
    assert all(0 <= f["sure"] <= 1 and f["why"] for f in form["fields"])
    assert form["open"] == []


def test_words(payroll: Path) -> None:
    code, out, _ = run("forms", "inspect", payroll.parent)
    assert code == 0
    assert "工资.xlsx 「Sheet」：名单，2024年4月，2 人" in out
    assert "1 个文件，认出 1 张表" in out


def test_a_file_that_cannot_be_read_does_not_hide_the_others(payroll: Path) -> None:
    (payroll.parent / "坏.xlsx").write_bytes(b"PK\x03\x04 no zip")
    code, found = run_json("forms", "inspect", payroll.parent)
    assert code == 1
    assert [bool(form["fields"]) for form in found] == [True, False]        # type: ignore[index]
    assert "坏.xlsx" in found[1]["open"][0]["text"]                         # type: ignore[index, call-overload]
