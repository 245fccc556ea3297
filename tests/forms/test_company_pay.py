"""参数 工资表样式: payroll in the company's own layout, with the totals of the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Border, Font, Side

from tests.books import demo_book, put, rows_of, sheet_of
from tests.command import run
from tests.office import Office

THIN = Border(*(Side("thin"),) * 4)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The demo company's workbook that names 样式.xlsx as its 工资表样式."""
    path = demo_book(tmp_path)
    sheet = sheet_of(path, "参数")
    heading = next(n for n, row in enumerate(sheet.rows) if "参数" in row and "值" in row)
    named = rows_of(sheet, 参数="form.payroll")
    at = named[0] if named else len(sheet.rows)
    columns = {text: n for n, text in enumerate(sheet.rows[heading])}
    from xl_kpi.workbook.grid import address

    put(path, "参数", {address(at, columns["参数"]): "form.payroll", address(at, columns["值"]): "样式.xlsx"})
    return path


def simple(path: Path, total: str = "=SUM({c}4:{c}{last})", net: bool = True) -> None:
    """One heading row, five rows drawn, 合计 with formulas."""
    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet.title = "工资发放表"
    sheet["A1"] = "某某公司　　年　月工资发放表"
    sheet["A1"].font = Font(size=18, bold=True)
    sheet.merge_cells("A1:H1")
    headings = ["序号", "工号", "姓名", "岗位工资", "绩效工资", "应发合计", "扣款合计", "实发金额" if net else "备用"]
    for column, text in zip("ABCDEFGH", headings, strict=True):
        sheet[f"{column}3"] = text
        for row in range(4, 9):
            sheet[f"{column}{row}"].border = THIN
    for row in range(4, 9):
        sheet[f"A{row}"] = row - 3
    sheet["A9"] = "合计"
    for c in "DEFGH":
        sheet[f"{c}9"] = total.format(c=c, last=8)
    sheet["A11"] = "制表："
    wb.save(path)


def grouped(path: Path) -> None:
    """Headings in two rows with groups, 实发 a formula, no row drawn but the first, the month in a cell."""
    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet.title = "表"
    sheet["A1"] = "工 资 表"
    sheet["E2"], sheet["F2"] = "所属月份：", None
    for area, text in (("A3:A4", "工号"), ("B3:B4", "姓  名"), ("C3:D3", "应发部分"), ("E3:E4", "扣款合计"),
                       ("F3:F4", "实发合计\n（元）"), ("G3:G4", "领款人签字")):
        sheet.merge_cells(area)
        sheet[area.split(":")[0]] = text
    sheet["C4"], sheet["D4"] = "岗位工资", "应发合计"
    for column in "ABCDEFG":
        sheet[f"{column}5"].border = THIN
    sheet["F5"] = "=D5-E5"
    sheet["A6"] = "合  计"
    for c in "CDEF":
        sheet[f"{c}6"] = f"=SUM({c}5:{c}5)"
    wb.save(path)


@pytest.mark.parametrize(("layout", "columns"), [
    (simple, {"岗位工资": 3, "绩效工资": 4, "应发合计": 5, "扣款合计": 6, "实发合计": 7}),
    (grouped, {"岗位工资": 2, "应发合计": 3, "扣款合计": 4, "实发合计": 5}),
])
def test_the_company_s_layout_says_what_payroll_says(book: Path, layout: Callable[[Path], None],
                                                     columns: dict[str, int], office: Office) -> None:
    layout(book.parent / "样式.xlsx")
    before = (book.parent / "样式.xlsx").read_bytes()
    code, out, err = run("payroll", book, "--month", "2016-12")
    assert (code, err) == (0, ""), out
    made = book.parent / "工资表_2016-12.xlsx"
    assert f"按公司的样式填好的工资表：{made}" in out
    assert (book.parent / "样式.xlsx").read_bytes() == before
    found = json.loads(run("payroll", book, "--month", "2016-12", "--json")[1])
    cells = next(iter(office.recalculated(made).values()))
    at = {value: row for (row, column), value in cells.items() if column < 2 and isinstance(value, str)}
    for line in found["lines"]:
        for heading, column in columns.items():
            assert Decimal(str(round(float(cells[at[line["工号"]], column]), 2))) == Decimal(line[heading])
    total = next(row for (row, column), value in cells.items() if column == 0 and str(value).replace(" ", "") == "合计")
    for heading, column in columns.items():
        assert Decimal(str(round(float(cells[total, column]), 2))) == Decimal(found["totals"][heading])
    assert openpyxl.load_workbook(book)["工资表_2016-12"].sheet_state == "hidden"
    assert run("close", book, "--month", "2016-12")[0] in (0, 1)


def test_written_twice_it_stays_and_a_change_is_refused(book: Path) -> None:
    simple(book.parent / "样式.xlsx")
    assert run("payroll", book, "--month", "2016-12")[0] == 0
    made = book.parent / "工资表_2016-12.xlsx"
    first = made.read_bytes()
    code, out, _ = run("payroll", book, "--month", "2016-12")
    assert code == 0
    assert "工资表_2016-12.xlsx 已经有了，内容相同" in out
    assert made.read_bytes() == first
    wb = openpyxl.load_workbook(made)
    wb.active["H4"] = 1
    wb.save(made)
    code, out, _ = run("payroll", book, "--month", "2016-12")
    assert code == 1
    assert "实发金额 1.00 → 4700.00" in out
    code, out, _ = run("payroll", book, "--month", "2016-12", "--replace")
    assert code == 0
    assert openpyxl.load_workbook(made).active["H4"].value == 4700
    assert openpyxl.load_workbook(book.parent / "工资表_2016-12_旧1.xlsx").active["H4"].value == 1


def test_o_writes_it_beside_the_copy(book: Path, tmp_path: Path) -> None:
    simple(book.parent / "样式.xlsx")
    other = tmp_path / "别处"
    other.mkdir()
    before = book.read_bytes()
    assert run("payroll", book, "--month", "2016-12", "-o", other / "副本.xlsx")[0] == 0
    assert (other / "工资表_2016-12.xlsx").exists()
    assert book.read_bytes() == before


def wrong_sum(path: Path) -> None:
    simple(path, "=SUM({c}5:{c}{last})")


def no_net(path: Path) -> None:
    simple(path, net=False)


def nothing(path: Path) -> None:
    pass


@pytest.mark.parametrize(("layout", "said"), [
    (wrong_sum, "的合计与工资表不同"), (no_net, "没有「实发合计」一列"), (nothing, "工作簿旁边没有这个文件"),
])
def test_what_would_say_something_else_is_refused(book: Path, layout: Callable[[Path], None], said: str) -> None:
    layout(book.parent / "样式.xlsx")
    before = book.read_bytes()
    code, out, _ = run("payroll", book, "--month", "2016-12")
    assert code == 1, out
    assert said in out
    assert book.read_bytes() == before
    assert not (book.parent / "工资表_2016-12.xlsx").exists()


def test_items_that_the_layout_lacks_are_told(book: Path) -> None:
    simple(book.parent / "样式.xlsx")
    _, out, _ = run("payroll", book, "--month", "2016-12")
    assert "公司的样式里没有这些项目，合计不是 0" in out


def test_a_draft_is_ours(book: Path) -> None:
    simple(book.parent / "样式.xlsx")
    assert run("payroll", book, "--month", "2016-12", "--draft")[0] == 0
    assert not (book.parent / "工资表_2016-12.xlsx").exists()


