"""函数转为数值: the functions answer for real in LibreOffice, their formulas become values, and come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw
from xl_kpi.udfs import __all__ as FUNCTIONS

from tests.addin.libreoffice import install
from tests.addin.test_ribbon import press
from xl_kpi.addin import ribbon
from xl_kpi.workbook.excel import kept
from xl_kpi.workbook.excel.names import is_own
from xl_kpi.workbook.excel.read import block
from xl_kpi.workbook.excel.values import calling

# what is in the cells → whether it becomes a value
OURS = {
    "B2": "=STAR_PAY(A2)", "B3": "=STAR_PAY(A3)", "C2": "=STAR_PAY(A2)+1", "C3": '=IF(STAR_PAY(A3)>1000,"多","少")',
    "D2": "=RMB_UPPER(3220)", "D3": '=TEXT(STAR_PAY(1),"000000")', "E2": "=SUM(B2,STAR_PAY(A3))",
    "F2": "=STAR_PAY(1)>0",
    "E3": "=1/(STAR_PAY(3)-STAR_PAY(3))", "F3": "=基数*2",
}
OTHERS = {"H2": "=SUM(B2:B3)", "H3": "=B2*2", "I2": '="=STAR_PAY(3)"', "I3": "=A2+A3"}


@pytest.fixture
def book(excel: xw.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[xw.Book]:
    monkeypatch.setattr(excel.impl, "macros", 4)
    path = tmp_path / "函数.xlsx"
    made = excel.books.add()
    made.save(path)
    made.close()
    opened = excel.books.open(str(path))
    opened.set_mock_caller()
    install(opened.impl.document)
    opened.names.add("基数", "=STAR_PAY(3)")
    sheet = opened.sheets[0]
    sheet.name = "表"
    sheet["A2"].raw_value, sheet["A3"].raw_value, sheet["A1"].raw_value = 3.0, 4.0, "=STAR_PAY(3)的说明"
    for place, formula in (OURS | OTHERS).items():
        sheet[place].raw_value = formula
    sheet["D3"].number_format = "@"         # the format of a formula that was typed before it
    sheet["A1"].number_format = "@"
    sheet["A1"].raw_value = "=STAR_PAY(3)"  # a text
    sheet["K2:K4"].formula_array = "=STAR_PAY(A2:A4)"
    sheet["M2:N3"].formula_array = "=A2:A3*STAR_PAY({1,2})"
    sheet["P2:P3"].formula_array = "=A2:A3*2"
    other = opened.sheets.add("另", after=sheet)
    other["A1"].raw_value = "=STAR_PAY(3)"
    sheet.activate()
    opened.app.calculate()
    yield opened
    opened.close()


def content(book: xw.Book) -> dict[str, Any]:
    return {sheet.name: (block(sheet["A1:P6"].formula), block(sheet["A1:P6"].raw_value), arrays(sheet),
                         sheet["D3"].number_format, sheet["A1"].number_format)
            for sheet in book.sheets if not is_own(sheet.name)}


def arrays(sheet: xw.Sheet) -> list[str]:
    return [cell.api.CurrentArray.Address for cell in sheet["A1:P6"] if cell.api.HasArray]


def test_formulas_become_values_and_come_back(book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    before, sheet = content(book), book.sheets["表"]
    assert sheet["B2"].raw_value == 1200.0, "the functions answer"
    assert press(monkeypatch, ribbon.to_values, "全部", False).told == []
    assert content(book) == before
    person = press(monkeypatch, ribbon.to_values, "全部", True)
    assert person.offered == ["全部"]
    assert "有 13 个公式用到本程序的函数（表 12 个、另 1 个）" in person.asked[1]
    assert "表!E3 #DIV/0!" in person.asked[1]
    assert "13 个公式转成了数值" in person.last
    assert "表!E3 #DIV/0!" in person.last
    assert "定义名称 基数 里也有" in person.last
    after = content(book)
    called = {*OURS, "K2", "K3", "K4", "M2", "M3", "N2", "N3"}
    for name, (formulas, values, *looks) in before.items():
        shown = [[None if value == "" else value for value in row] for row in values]
        assert after[name][1] == shown, "what every cell shows"
        assert list(after[name][3:]) == looks[1:], "number formats"
        for row, (was, now) in enumerate(zip(formulas, after[name][0], strict=True), 1):
            for column, old, new in zip("ABCDEFGHIJKLMNOP", was, now, strict=True):
                if f"{column}{row}" in (called if name == "表" else ["A1"]):
                    assert not new.startswith("=") or new in ("=#DIV/0!", "=#VALUE!"), (old, new)
                else:
                    assert new == old
    assert arrays(sheet) == ["$P$2:$P$3"] * 2
    for one in book.sheets:         # nor in what is kept for undoing it
        assert not [f for row in block(one.used_range.formula) for f in row
                    if str(f).lower().startswith("=star_pay") and one[0, 0].number_format != "@"]
    assert kept(book) == "函数转为数值"
    press(monkeypatch, ribbon.undo, True)
    assert content(book) == before


def test_one_sheet(book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(book)
    press(monkeypatch, ribbon.to_values, "另", True)
    after = content(book)
    assert after["表"] == before["表"]
    assert book.sheets["另"]["A1"].formula == "1200"
    assert "没有要转的" in press(monkeypatch, ribbon.to_values, "另").last
    assert "没有工作表“别的”" in press(monkeypatch, ribbon.to_values, "别的").last


def test_what_has_changed_since_is_said(book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    press(monkeypatch, ribbon.to_values, "另", True)
    book.sheets["另"]["A1"].raw_value = 5.0
    assert "另 在“函数转为数值”之后又有人改过" in press(monkeypatch, ribbon.undo, False).asked[0]


def test_an_array_of_unknown_extent_is_refused(book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.xlwings_office.model import RangeModel

    before = content(book)
    monkeypatch.setattr(RangeModel, "CurrentArray", property(lambda cells: 1 / 0))
    said = press(monkeypatch, ribbon.to_values, "表").last
    assert "K2" in said
    assert "没有动它" in said
    monkeypatch.undo()
    assert content(book) == before
    book.sheets["另"]["C1:C2"].formula_array = f"=STAR_PAY(A1:A2)+{'+'.join(['0'] * 130)}"[:250]
    monkeypatch.setattr("xl_kpi.workbook.excel.values.LONGEST_ARRAY", 200)      # longer than Excel takes back
    assert "C1" in press(monkeypatch, ribbon.to_values, "另").last


def test_a_failure_half_way_changes_nothing(book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    from xl_kpi.workbook.excel import values

    before, put = content(book), values.put

    def fail(sheet: xw.Sheet, cells: Any, *rest: Any) -> None:
        if sheet.name == "另" and list(cells.values()) == [1200.0]:
            raise ValueError("Excel")
        put(sheet, cells, *rest)

    monkeypatch.setattr(values, "put", fail)
    assert "工作簿保持原样" in press(monkeypatch, ribbon.to_values, "全部", True).last
    assert content(book) == before


def test_protected(book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.sheets["表"].impl.uno.protect("")
    before = content(book)
    assert "工作表“表”受保护" in press(monkeypatch, ribbon.to_values, "全部", True).last
    assert content(book) == before


@pytest.mark.parametrize(("formula", "called"), [
    ("=STAR_PAY(3)", True), ("=star_pay (3)", True),
    ("='xl-kpi.xlam'!STAR_PAY(3)", True), ("=1+xl!RMB_UPPER(1)", True),
    (r"='C:\加载 项\xl-kpi.xlam'!STAR_PAY(3)", True), ("=@STAR_PAY(A1:A9)", True), ("=-STAR_PAY(3)", True),
    ('="STAR_PAY("&A1', False), ('="a""STAR_PAY("', False), ("='STAR_PAY('!A1", False), ("=MY_STAR_PAY(3)", False),
    ("=MY.STAR_PAY(3)", False), ("=STAR_PAYS(3)", False), ("=STAR_PAY", False), ("=SUM(A1:B2)", False),
    ("=单价*2", True), ("=经名称", True), ("=单价2", False), ("=单价!A1", False), ("=函数名(3)", True),
    ('="单价"', False),
])
def test_which_formulas_call(formula: str, called: bool) -> None:
    names = {"单价": "=STAR_PAY(3)", "经名称": "=单价+1", "函数名": "=LAMBDA(x,STAR_PAY(x))", "别的": "=表!$A$1"}
    uses, found = calling(FUNCTIONS, names)
    assert uses(formula) is called
    assert sorted(found) == sorted(["单价", "经名称", "函数名"])
