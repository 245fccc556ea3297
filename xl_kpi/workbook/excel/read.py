"""HR's open workbook as ``workbook.file`` reads a file: the same values, the same marks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xl_kpi.workbook.error_values import ERRORS
from xl_kpi.workbook.excel.around import hidden_rows_and_columns, merged_areas, totals_rows
from xl_kpi.workbook.excel.names import is_own
from xl_kpi.workbook.file import Book, Mark, Sheet
from xl_kpi.workbook.formats import Format, from_serial, of_code
from xl_kpi.workbook.grid import MAX_CELLS, address
from xl_kpi.workbook.package import refuse

if TYPE_CHECKING:
    import xlwings as xw

_FORMULA = Mark(formula=True)


def read_book(book: xw.Book, plain: tuple[str, ...] = ()) -> Book:
    """Every value, and what a cell is beyond its value.  Raises Refusal for a sheet too large to be read.

    ``plain``: how the names begin of sheets of which nobody asks what their number formats mean (in a column of mixed
    formats every cell costs a call), nor what is merged or hidden there.
    """
    if book.app.calculation != "automatic":
        book.app.calculate()
    is_1904 = bool(book.api.Date1904)
    # not book.fullname: of a workbook in OneDrive or SharePoint xlwings looks for a local copy, and fails where none is
    return Book(Path(book.api.FullName), [
        _sheet(sheet, is_1904, sheet.name.startswith(plain)) for sheet in book.sheets if not is_own(sheet.name)],
        is_1904=is_1904)


def block(value: Any) -> list[list[Any]]:
    """What Excel hands over for a range, as rows whatever its size."""
    if not isinstance(value, (tuple, list)):
        return [[value]]
    return [list(row) if isinstance(row, (tuple, list)) else [row] for row in value]


def _sheet(sheet: xw.Sheet, is_1904: bool, plain: bool) -> Sheet:
    used = sheet.used_range
    top, left, height, width = used.row - 1, used.column - 1, *used.shape
    if (top + height) * (left + width) > MAX_CELLS:
        refuse(f"工作表“{sheet.name}”过大（到 {address(top + height - 1, left + width - 1)}），无法处理",
               "请删去表格以外多余的行和列后再试", sheet.name)
    values = block(used.api.Value2)
    formulas = block(used.formula)
    rows: list[list[object]] = [[None] * (left + width) for _ in range(top)]
    rows += [[None] * left + row for row in values]
    found = Sheet(sheet.name, not sheet.visible, rows)
    _mark(found, formulas, top, left)
    if not plain:
        _apply_formats(sheet, found, is_1904)
        whole = (top, left, top + height - 1, left + width - 1)
        found.merged, found.totals = merged_areas(sheet, whole), totals_rows(sheet)
        found.hidden_rows, found.hidden_columns = hidden_rows_and_columns(sheet, whole)
    _trim(found)
    return found


def _mark(sheet: Sheet, formulas: list[list[Any]], top: int, left: int) -> None:
    """Errors and formulas.  A text that begins with '=' is its own formula; a formula never is its own value."""
    for r, row in enumerate(formulas, top):
        cells = sheet.rows[r]
        for c, formula in enumerate(row, left):
            value = cells[c]
            is_formula = isinstance(formula, str) and formula.startswith("=") and formula != value
            if isinstance(value, int) and not isinstance(value, bool):
                sheet.marks[r, c] = Mark(error=ERRORS.get(value, "#N/A"), formula=is_formula)
                cells[c] = None
            elif is_formula:
                sheet.marks[r, c] = _FORMULA


def _apply_formats(sheet: xw.Sheet, found: Sheet, is_1904: bool) -> None:
    """What the number formats make of the numbers: dates, durations, percents, leading zeros."""
    for first, column, last in _runs_of_numbers(found):
        for start, end, code in _codes(sheet, column, first, last):
            style = of_code(code)
            if not (style.date or style.elapsed or style.readable):
                rows = np.arange(start, end + 1, dtype=np.int32)
                block = np.column_stack((rows, np.full(len(rows), column, np.int32)))
                found.odd_formats.setdefault(code, []).append(block)
            if style.date or style.elapsed or style.marked:
                for row in range(start, end + 1):
                    value = found.rows[row][column]
                    if isinstance(value, float):
                        _apply_format(found, row, column, value, style, is_1904)


def _apply_format(sheet: Sheet, row: int, column: int, value: float, style: Format, is_1904: bool) -> None:
    if style.elapsed:
        try:
            sheet.rows[row][column] = dt.timedelta(days=value)
        except OverflowError:
            sheet.rows[row][column] = value
    elif style.date:
        sheet.rows[row][column] = from_serial(value, is_1904)
    if style.marked:
        percent, shown = style.percent(value), style.shown(value)
        if percent or shown:
            sheet.marks[row, column] = Mark(percent=percent, shown=shown, formula=(row, column) in sheet.marks)


def _runs_of_numbers(sheet: Sheet) -> list[tuple[int, int, int]]:
    """(first row, column, last row) of the numbers of each column, blanks between them included."""
    found = []
    for column in range(len(sheet.rows[0]) if sheet.rows else 0):
        first = last = -1
        for row, cells in enumerate(sheet.rows):
            value = cells[column]
            if isinstance(value, float):
                first, last = (row if first < 0 else first), row
            elif value is not None and first >= 0:
                found.append((first, column, last))
                first = -1
        if first >= 0:
            found.append((first, column, last))
    return found


def _codes(sheet: xw.Sheet, column: int, first: int, last: int) -> list[tuple[int, int, str]]:
    """(first row, last row, number format) of each uniform part of a run, halved only where it is mixed."""
    code = sheet.range((first + 1, column + 1), (last + 1, column + 1)).number_format
    if isinstance(code, str) or first == last:
        return [(first, last, code or "")]
    middle = (first + last) // 2
    return [*_codes(sheet, column, first, middle), *_codes(sheet, column, middle + 1, last)]


def _trim(sheet: Sheet) -> None:
    """Rows and columns that hold nothing at the end of the used range (formats only) are left out."""
    rows, marks = sheet.rows, sheet.marks
    height = max((r + 1 for r, row in enumerate(rows) if any(v is not None for v in row)), default=0)
    height = max([height, *(r + 1 for r, _ in marks)])
    width = max((c + 1 for row in rows for c, v in enumerate(row) if v is not None), default=0)
    width = max([width, *(c + 1 for _, c in marks)])
    sheet.rows = [row[:width] for row in rows[:height]]
