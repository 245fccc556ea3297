"""Tabs: what is new comes where it belongs, what is there is never moved, and what counts sheets means the same."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwings as xw

from xl_kpi.sheets.model import Page, ResultSheet
from xl_kpi.workbook import excel as port
from xl_kpi.workbook.changes import Changes
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.tabs import place_of

OURS = ["使用说明", "参数", "花名册", "考勤", "选项"]


@pytest.mark.parametrize(("names", "new", "after"), [
    (OURS, "体检", OURS[-1]),
    (OURS, "工资表_2016-11", OURS[-1]),
    ([*OURS, "工资表_2016-11", "汇总_2016-11"], "体检", "选项"),
    ([*OURS, "体检", "工资表_2016-11"], "工资条_2016-11", "工资表_2016-11"),
    ([*OURS, "体检", "工资表_2016-11", "结账记录"], "工资表_2016-12", "工资表_2016-11"),
    ([*OURS, "工资表_2016-11"], "季度星级_客服代表", "选项"),
    ([*OURS, "工资表_2016-11"], "结账记录", "工资表_2016-11"),
    # HR's own stay together with what HR put them beside
    (["我的", "工资表_2016-11", "我的图", "结账记录"], "工资表_2016-12", "我的图"),
    (["花名册", "工资表_2016-11", "我的图"], "工资表_2016-12", "我的图"),
    (["花名册", "结账记录", "我的图"], "工资表_2016-12", "花名册"),
    (["工资表模板", "汇总说明"], "体检", "汇总说明"),
])
def test_places(names: list[str], new: str, after: str) -> None:
    assert names[place_of(names, new) - 1] == after


def book(names: list[str], formula: str = "") -> bytes:
    data = BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as made:
        for number, name in enumerate(names):
            page = made.add_worksheet(name)
            page.write_string(0, 0, name)
            page.repeat_rows(number)
            if formula and not number:
                page.write_formula(1, 0, formula, None, 0)
        made.define_name(f"'{names[-1]}'!自己的", f"='{names[-1]}'!$A$1")
        made.worksheets()[-1].activate()
    return data.getvalue()


def result(name: str) -> ResultSheet:
    sheet = ResultSheet(name, [10.0], page=Page(repeat_rows=(0, 0)))
    sheet.add([name], ("title",))
    return sheet


def test_names_titles_and_the_sheet_in_sight_stay_with_their_sheets() -> None:
    before = book(["花名册", "工资表_2016-11", "结账记录", "我的"])
    after = edited(before, "b.xlsx", Changes([result("体检"), result("工资表_2016-12")]))
    opened = openpyxl.load_workbook(BytesIO(after))
    assert opened.sheetnames == ["花名册", "体检", "工资表_2016-11", "工资表_2016-12", "结账记录", "我的"]
    assert opened.active.title == "我的"
    assert {s.title: s.print_title_rows for s in opened} == {
        "花名册": "$1:$1", "体检": "$1:$1", "工资表_2016-11": "$2:$2", "工资表_2016-12": "$1:$1", "结账记录": "$3:$3",
        "我的": "$4:$4"}
    assert list(opened["我的"].defined_names) == ["自己的"]
    again = edited(after, "b.xlsx", Changes([result("体检"), result("工资表_2016-12")]))
    assert again == after, "there already: nothing moves"


@pytest.mark.parametrize("formula", ["=SUM(花名册:结账记录!A1)", "=SUM('花名册:结账记录'!A1)"])
def test_nothing_comes_between_sheets_over_which_a_formula_counts(formula: str) -> None:
    after = edited(book(["花名册", "工资表_2016-11", "结账记录"], formula), "b.xlsx", Changes([result("体检")]))
    assert openpyxl.load_workbook(BytesIO(after)).sheetnames == ["花名册", "工资表_2016-11", "结账记录", "体检"]


def test_the_same_in_excel(excel: xw.App, tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(book(["花名册", "工资表_2016-11", "结账记录"]))
    opened = excel.books.open(str(path))
    try:
        with port.Quiet(excel) as quiet:
            port.apply(opened, Changes([result("体检"), result("工资表_2016-12")]), quiet, "写")
        assert [s.name for s in opened.sheets if s.visible] == [
            "花名册", "体检", "工资表_2016-11", "工资表_2016-12", "结账记录"]
    finally:
        opened.close()
