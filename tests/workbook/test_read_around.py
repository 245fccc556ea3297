"""What a sheet says besides its values: merged areas, hidden rows and columns, totals rows, arrays, formulas; and that
both ways of taking its XML apart (numpy's and the parser's) say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from tests.fuzz import slow_reading
from tests.workbook.test_read import SHAPES, Maker, formats, make, parts, row, sheet_xml
from xl_kpi.workbook.file import Mark, Sheet, read
from xl_kpi.workbook.grid import area_address, area_of

__all__ = ["make"]
LACKING = Mark(uncalculated=True, formula=True)


@pytest.mark.parametrize(("text", "area"), [
    ("B2", (1, 1, 1, 1)), ("A1:C2", (0, 0, 1, 2)), ("$C$2:$A$1", (0, 0, 1, 2)), (" a1:c2 ", (0, 0, 1, 2)),
    ("1:49", None), ("A:C", None), ("", None), ("A0", None), ("A1048577", None), ("XFE1", None), ("S!A1", None),
])
def test_areas(text: str, area: tuple[int, int, int, int] | None):
    assert area_of(text) == area
    assert area is None or area_of(area_address(area)) == area


PLAIN = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>'
    '<row r="3" spans="1:3" hidden="0"><c r="A3"><f>B1&amp;&quot;x&quot;</f></c><c r="B3"><f ca="1">NOW()</f></c>'
    '<c r="C3"><f t="shared" ref="C3:C4" si="0">A3*2</f><v>4</v></c></row>'
    '<row r="4" hidden="true"><c r="A4"><v>2</v></c><c r="B4"/><c r="C4"><f t="shared" si="0"/></c></row>'
    '<row r="5"><c r="A5"><f t="array" ref="A5:B6">X1:Y2</f><v>7</v></c></row>'
    '<row r="6"><c r="A6"/><c r="B6"><v>8</v></c></row>'
)
COLUMNS = '<cols><col min="2" max="3" hidden="1"/><col min="5" max="5" hidden="0"/></cols>'
MERGES = '<mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="B2:B4"/></mergeCells>'


def said(sheet: Sheet) -> tuple[object, ...]:
    return (sheet.rows, sheet.marks, sheet.formulas, sheet.merged, sheet.hidden_rows, sheet.hidden_columns)


def test_what_a_sheet_says(make: Maker):
    found = make.sheet(sheet_xml(PLAIN, COLUMNS, MERGES))
    assert found.merged == [(0, 0, 0, 2), (1, 1, 3, 1)]
    assert (found.hidden_rows, found.hidden_columns) == ({1, 3}, {1, 2})
    assert found.formulas == {(2, 0): 'B1&"x"', (2, 1): "NOW()"}
    assert {place: mark for place, mark in found.marks.items() if mark.uncalculated} == dict.fromkeys(
        [(2, 0), (2, 1), (3, 2), (4, 1), (5, 0)], LACKING)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_says_the_same(make: Maker, shape: str):
    """… also when the parser is made to read what numpy could."""
    content = parts("", "", formats(0)) | {"xl/worksheets/sheet1.xml": SHAPES[shape](PLAIN)}
    path, plain = make.zip(content), make.zip(content | {"xl/worksheets/sheet1.xml": sheet_xml(PLAIN)})
    assert said(read(path).sheets[0]) == said(read(plain).sheets[0])
    with slow_reading():
        assert said(read(path).sheets[0]) == said(read(plain).sheets[0])


def test_both_ways_say_the_same_around_the_rows(make: Maker):
    path = make.zip(parts(sheet_xml(PLAIN, COLUMNS, MERGES)))
    quick = said(read(path).sheets[0])
    with slow_reading():
        assert said(read(path).sheets[0]) == quick


@pytest.mark.parametrize("hidden", ['hidden="1"', "hidden='1'", 'hidden = "true"', 'hidden=" 1 "', 'hidden="&#49;"'])
@pytest.mark.parametrize("number", ['r="2"', "r='2'", ""])
def test_hidden_rows_however_they_say_so(make: Maker, hidden: str, number: str):
    xml = row('<c r="A1"><v>1</v></c>') + f'<row {number} ht="2" {hidden}><c r="A2"><v>1</v></c></row>'
    assert make.sheet(xml).hidden_rows == {1}


def test_arrays_of_programs_that_write_only_the_first_value(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_array_formula("A1:A3", "{=B1:B3*2}", None, 2)       # XlsxWriter writes 0 below
        sheet.write_dynamic_array_formula("C1:C2", "=UNIQUE(B1:B3)", None, 1)
    assert not any(mark.uncalculated for mark in read(path).sheets[0].marks.values())
    book = Workbook()
    book.active["A1"] = ArrayFormula("A1:A3", "=B1:B3*2")
    book.active["E2"] = DataTableFormula("E2:F3", t="dataTable", r1="H1", dt2D=False)
    book.active["G9"] = 1
    book.save(path)
    found = read(path).sheets[0]
    assert sorted(place for place, mark in found.marks.items() if mark.uncalculated) == [
        (0, 0), (1, 0), (1, 4), (1, 5), (2, 0), (2, 4), (2, 5)]


def test_totals_rows_of_tables(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.add_table("B2:C5", {"total_row": True, "columns": [{"header": "a", "total_string": "汇总"},
                                                                {"header": "b", "total_function": "sum"}]})
        sheet.add_table("E2:F5", {})
    assert read(path).sheets[0].totals == [(4, 1, 4, 2)]
