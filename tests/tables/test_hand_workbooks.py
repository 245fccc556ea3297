"""Whole workbooks as HR keeps them, each with one thing that is easily misread: what the commands say and pay."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table, TableColumn

from tests.command import run, run_json
from tests.departments import base_department, write_book

MONTH, QUARTER = "2016-11", "2016Q4"
Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("base") / "base.xlsx"
    write_book(base_department(), path)
    return path


@pytest.fixture(scope="module")
def pay(base: Path) -> dict[str, Any]:
    code, found = run_json("payroll", base, "--month", MONTH)
    assert code == 0
    return found


def made(base: Path, folder: Path, change: Change, marked: bool = False) -> Path:
    """The workbook with a change, calculated: without the mark that openpyxl sets, its formulas with results."""
    book = openpyxl.load_workbook(base)
    change(book)
    path = folder / "b.xlsx"
    book.save(path)
    if not marked:
        edited(path, "xl/workbook.xml", lambda xml: re.sub(rb' fullCalcOnLoad="1"', b"", xml))
    return path


def edited(path: Path, part: str, edit: Callable[[bytes], bytes]) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, edit(data) if name == part else data)
    path.write_bytes(target.getvalue())


def results(path: Path, sheet: str, value: bytes = b"<v>\\2</v>") -> None:
    """Give formulas that openpyxl wrote a result: =X becomes a formula with the number behind its last *."""
    names = openpyxl.load_workbook(path).sheetnames
    edited(path, f"xl/worksheets/sheet{names.index(sheet) + 1}.xml",
           lambda xml: re.sub(rb"<f>([^<]*?N\((\d+)\))</f>(<v ?/>|<v></v>)", rb"<f>\1</f>" + value, xml))


def rows_of(book: Any, sheet: str, *words: str) -> list[int]:
    return [cells[0].row for cells in book[sheet].iter_rows()
            if set(words) <= {str(cell.value) for cell in cells if cell.value is not None}]


def at(book: Any, sheet: str, heading: str) -> int:
    return next(cell.column for cell in book[sheet][1] if cell.value == heading)


def errors(path: Path, *command: str) -> list[dict[str, str]]:
    _, found = run_json(*command)
    return [p for p in found["problems"] if p["level"] == "error"]


# -- the same pay -----------------------------------------------------------------------------------------------------

def merge_months(book: Any) -> None:
    """月份 down the column, one area a month."""
    sheet, column = book["考勤"], at(book, "考勤", "月份")
    start, row = 2, 3
    while start <= sheet.max_row:
        while row <= sheet.max_row and sheet.cell(row, column).value == sheet.cell(start, column).value:
            row += 1
        sheet.merge_cells(start_row=start, end_row=row - 1, start_column=column, end_column=column)
        start, row = row, row + 1


def two_level_headings(book: Any) -> None:
    sheet = book["考勤"]
    sheet.insert_rows(1)
    for column in (1, 2):
        sheet.cell(1, column).value = sheet.cell(2, column).value
        sheet.cell(2, column).value = None
        sheet.merge_cells(start_row=1, end_row=2, start_column=column, end_column=column)
    sheet.cell(1, 3).value = "出勤情况"
    sheet.merge_cells(start_row=1, end_row=1, start_column=3, end_column=sheet.max_column)


def table_totals(book: Any) -> None:
    sheet = book["考勤"]
    sheet.append(["汇总", None, *["=SUBTOTAL(109,A1)+N(0)"] * (sheet.max_column - 2)])
    last = sheet.cell(sheet.max_row, sheet.max_column).coordinate
    table = Table(displayName="表1", ref=f"A1:{last}", totalsRowCount=1)
    table._initialise_columns()
    for column, cell in zip(table.tableColumns, sheet[1], strict=True):
        assert isinstance(column, TableColumn)
        column.name = cell.value
    sheet.add_table(table)


def very_hidden_twin(book: Any) -> None:
    twin = book.copy_worksheet(book["考勤"])
    twin.title = "考勤 "
    twin.sheet_state = "veryHidden"
    for cell in twin["C"][1:]:
        cell.value = 9


def signatures_and_notes(book: Any) -> None:
    for sheet in ("考勤", "月度考核_客服代表", "奖惩台账", "花名册"):
        for row in (["合计"], ["制表：张三", None, "审核：李四"], ["注：以上数据已核对。"],
                    ["日期：", "2016年12月1日"]):
            book[sheet].append(row)


SAME: dict[str, Change] = {
    "months merged": merge_months, "two-level headings": two_level_headings, "totals row of a table": table_totals,
    "a very hidden sheet of nearly the same name": very_hidden_twin, "signatures and notes": signatures_and_notes,
    "hidden rows and columns": lambda book: [
        setattr(book["考勤"].row_dimensions[5], "hidden", True),
        setattr(book["考勤"].column_dimensions["C"], "hidden", True)],
    "headings with units": lambda book: [
        setattr(cell, "value", f"{cell.value}（次）") for cell in book["考勤"][1] if "次数" in cell.value],
    "sheet names": lambda book: [setattr(book["考勤"], "title", "考勤表"),
                                setattr(book["月度考核_客服代表"], "title", "月度考核-客服代表（附表2）")],
    "synonyms": lambda book: [
        setattr(cell, "value", {"工号": "员工编号", "得分": "考核得分"}.get(cell.value, cell.value))
        for cell in book["月度考核_客服代表"][1]],
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_pay(name: str, base: Path, pay: dict[str, Any], tmp_path: Path) -> None:
    path = made(base, tmp_path, SAME[name])
    results(path, next(n for n in openpyxl.load_workbook(path).sheetnames if n.startswith("考勤")))
    code, found = run_json("payroll", path, "--month", MONTH)
    assert code == 0, found
    assert (found["lines"], found["totals"]) == (pay["lines"], pay["totals"])


# -- other pay, or none -----------------------------------------------------------------------------------------------

def test_a_post_pay_over_several_people(base: Path, pay: dict[str, Any], tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet, column = book["花名册"], at(book, "花名册", "岗位工资")
        rows = rows_of(book, "花名册", "客服代表")
        first = next(row for row in rows if row + 1 in rows)
        for row in (first, first + 1):
            sheet.cell(row, column).value = None
        sheet.cell(first, column).value = 2512
        sheet.merge_cells(start_row=first, end_row=first + 1, start_column=column, end_column=column)
        changed.update(str(sheet.cell(row, 1).value) for row in (first, first + 1))

    changed: set[str] = set()
    code, found = run_json("payroll", made(base, tmp_path, change), "--month", MONTH)
    assert code == 0
    paid = {line["工号"]: line["岗位工资"] for line in found["lines"]}
    before = {line["工号"]: line["岗位工资"] for line in pay["lines"]}
    assert {person for person in paid if paid[person] != before[person]} == changed & set(paid)
    assert all(paid[person] == "2512.00" for person in changed & set(paid))


def test_a_count_over_several_people(base: Path, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        rows = rows_of(book, "考勤", MONTH)
        column = at(book, "考勤", "迟到次数")
        book["考勤"].cell(rows[0], column).value = 2
        book["考勤"].merge_cells(start_row=rows[0], end_row=rows[1], start_column=column, end_column=column)
        where.append(f"{book['考勤'].cell(rows[0], column).coordinate}:{book['考勤'].cell(rows[1], column).coordinate}")

    where: list[str] = []
    path = made(base, tmp_path, change)
    said = [p for p in errors(path, "payroll", str(path), "--month", MONTH) if where[0] in p["text"]]
    assert len(said) == 2
    assert {p["sheet"] for p in said} == {"考勤"}
    assert all(p["工号"] and where[0] in p["do"] for p in said)


def test_an_id_merged_beside_an_item_that_says_sum(base: Path, pay: dict[str, Any], tmp_path: Path) -> None:
    person = pay["lines"][-1]["工号"]

    def change(book: Any) -> None:
        sheet = book["其他项目"]
        sheet.append([MONTH, person, *[None] * 4])
        first, headings = sheet.max_row, [cell.value for cell in sheet[1]]
        for row, (item, amount, side) in enumerate([("夜班费", 30, "应发"), ("五险一金合计", 50, "扣款")], first):
            for heading, value in (("项目", item), ("金额", amount), ("计入", side)):
                sheet.cell(row, headings.index(heading) + 1).value = value
        for heading in ("月份", "工号"):
            column = headings.index(heading) + 1
            sheet.merge_cells(start_row=first, end_row=first + 1, start_column=column, end_column=column)

    code, found = run_json("payroll", made(base, tmp_path, change), "--month", MONTH)
    assert code == 0
    line = next(line for line in found["lines"] if line["工号"] == person)
    assert (line["夜班费"], line["五险一金合计"]) == ("30.00", "50.00")


def test_an_older_column_that_is_hidden(base: Path, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet, column = book["月度考核_客服代表"], at(book, "月度考核_客服代表", "得分")
        sheet.insert_cols(column)
        sheet.cell(1, column).value = "得分"
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, column).value = 60
        sheet.column_dimensions[sheet.cell(1, column).column_letter].hidden = True

    path = made(base, tmp_path, change)
    said = errors(path, "payroll", str(path), "--month", MONTH)
    assert any("「得分」有 2 列" in p["text"] and "（隐藏的列）" in p["text"] for p in said)


def test_an_array_of_which_only_the_first_cell_has_a_value(base: Path, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        rows, column = range(2, 5), at(book, "考勤", "旷工次数")
        for row in rows:
            book["考勤"].cell(row, column).value = None
        first = book["考勤"].cell(rows[0], column)
        area = f"{first.coordinate}:{book['考勤'].cell(rows[2], column).coordinate}"
        first.value = ArrayFormula(area, f"=(B{rows[0]}:B{rows[2]}=\"\")*1")
        cells.extend(book["考勤"].cell(row, column).coordinate for row in rows)

    cells: list[str] = []
    path = made(base, tmp_path, change)
    names = openpyxl.load_workbook(path).sheetnames
    edited(path, f"xl/worksheets/sheet{names.index('考勤') + 1}.xml",
           lambda xml: re.sub(rb"(<f t=\"array\"[^>]*>[^<]*</f>)(<v ?/>|<v></v>)", rb"\1<v>0</v>", xml))
    said = errors(path, "check", str(path))
    assert [p["cell"] for p in said] == cells[1:]
    assert all("还没有计算过" in p["text"] and "保存" in p["do"] for p in said)


def stars(book: Any) -> None:
    sheet = book["季度星级_客服代表"]
    rated, confirmed = (at(book, sheet.title, heading) for heading in ("评定星级", "确认星级"))
    for row in rows_of(book, sheet.title, QUARTER):
        letter = sheet.cell(row, rated).column_letter
        sheet.cell(row, confirmed).value = f"={letter}{row}+N(0)"
        sheet.cell(row, at(book, sheet.title, "评审意见")).value = "同意"


def test_what_our_own_review_leaves_to_be_calculated(base: Path, tmp_path: Path) -> None:
    """确认星级 looks at 评定星级: what it showed before the review must not be paid."""
    def change(book: Any) -> None:
        stars(book)
        sheet = book["季度星级_客服代表"]
        for row in rows_of(book, sheet.title, QUARTER):
            sheet.cell(row, at(book, sheet.title, "评定星级")).value = 0

    path = made(base, tmp_path, change)
    results(path, "季度星级_客服代表", b"<v>3</v>")
    code, out, err = run("review", path, "--quarter", QUARTER, "--replace")
    assert code == 0, (out, err)
    assert "用 Excel 或 WPS 打开工作簿，保存一次" in out
    said = errors(path, "payroll", str(path), "--month", "2016-12")
    mine = [p for p in said if "确认星级" in p["text"]]
    assert mine
    assert all("还没有重新计算" in p["text"] and "保存一次" in p["do"] for p in mine)


def test_formulas_that_another_program_left(base: Path, tmp_path: Path) -> None:
    """openpyxl and XlsxWriter mark a workbook: a 0 beside a formula may only stand for what they did not know."""
    def change(book: Any) -> None:
        row, column = rows_of(book, "考勤", MONTH)[0], at(book, "考勤", "迟到次数")
        book["考勤"].cell(row, column).value = "=1+N(0)"
        cells.append(book["考勤"].cell(row, column).coordinate)

    cells: list[str] = []
    path = made(base, tmp_path, change, marked=True)
    results(path, "考勤")
    said = errors(path, "payroll", str(path), "--month", MONTH)
    assert [p["cell"] for p in said] == cells
    edited(path, "xl/workbook.xml", lambda xml: xml.replace(b' fullCalcOnLoad="1"', b""))
    assert errors(path, "payroll", str(path), "--month", MONTH) == []


def test_precision_as_displayed_is_read_and_not_written(base: Path, tmp_path: Path) -> None:
    path = made(base, tmp_path, lambda book: None)
    edited(path, "xl/workbook.xml", lambda xml: xml.replace(b"<calcPr ", b'<calcPr fullPrecision="0" '))
    before = path.read_bytes()
    assert run_json("payroll", path, "--month", MONTH)[0] == 0
    code, out, err = run("payroll", path, "--month", MONTH)
    assert code == 1
    assert "将精度设为所显示的精度" in out + err
    assert path.read_bytes() == before


@pytest.mark.parametrize("said", ["1:49", "A1", "ZZZ"])
def test_whatever_a_sheet_says_of_its_extent(said: str, base: Path, pay: dict[str, Any], tmp_path: Path) -> None:
    path = made(base, tmp_path, lambda book: None)
    for number in range(1, 12):
        edited(path, f"xl/worksheets/sheet{number}.xml",
               lambda xml: re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{said}"'.encode(), xml))
    code, found = run_json("payroll", path, "--month", MONTH)
    assert (code, found["lines"]) == (0, pay["lines"])
    assert run("review", path, "--quarter", "2016Q4", "--replace")[0] in (0, 1)
    assert run_json("payroll", path, "--month", MONTH)[1]["lines"]


def test_a_date_linked_to_a_blank_cell(base: Path, pay: dict[str, Any], tmp_path: Path) -> None:
    def change(book: Any) -> None:
        column = at(book, "花名册", "离职日期")
        row = next(row for row in range(2, 6) if book["花名册"].cell(row, column).value is None)
        book["花名册"].cell(row, column).value = "=Z99+N(0)"
        book["花名册"].cell(row, column).number_format = "yyyy-mm-dd"

    path = made(base, tmp_path, change)
    results(path, "花名册")
    code, found = run_json("payroll", path, "--month", MONTH)
    assert (code, found.get("lines")) == (0, pay["lines"])
