"""Cells of HR's own tables filled, rows added: values only, HR's formats stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xl_kpi.problems import Refusal
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.excel.areas import Area, area_address, runs
from xl_kpi.workbook.excel.names import is_own
from xl_kpi.workbook.excel.paint import GENERAL, TEXT, excel_value, print_area, set_print_area
from xl_kpi.workbook.fill import drawn_down
from xl_kpi.workbook.insert import no_room
from xl_kpi.workbook.moving import Shift

if TYPE_CHECKING:
    import xlwings as xw


def fill(sheet: xw.Sheet, filled: Filled) -> bool:
    """Insert rows where they are asked for, fill the cells, then add rows.  Gives whether the pages are set up as they
    should be.  Raises Refusal, before anything changes, where the new rows would be missed by a sum."""
    if filled.room:
        _insert(sheet, filled)
    _write(sheet, filled.cells)
    done = True
    if filled.added:
        done = _make_room(sheet, filled)
        _write(sheet, {(filled.after + n, column): value for n, row in enumerate(filled.added, 1)
                       for column, value in row.items()})
    return done


def areas_of(filled: Filled) -> list[Area]:
    """The cells that are filled, as runs down a column, where they are before rows are inserted."""
    return [(first, column, last, column) for column, first, last in _column_runs(before_insertion(filled))]


def added_rows(filled: Filled) -> tuple[int, int]:
    """(first, last) of the rows that are added."""
    return filled.after + 1, filled.after + len(filled.added)


def before_insertion(filled: Filled) -> dict[tuple[int, int], Any]:
    """The cells that are filled and were there before rows are inserted, where they are then."""
    last = filled.after + filled.room
    return {(row - filled.room if row > last else row, column): value for (row, column), value in filled.cells.items()
            if not filled.room or not filled.after < row <= last}


def _insert(sheet: xw.Sheet, filled: Filled) -> None:
    """Excel inserts the rows and moves whatever is below; the new ones are copies of the row above without its values,
    and areas that end there grow over them."""
    from xl_kpi.workbook.excel.read import block

    shift, n = Shift(sheet.name, filled.after, filled.room), filled.room
    formulas = {one.name: (one.used_range, block(one.used_range.formula)) for one in sheet.book.sheets
                if not is_own(one.name)}
    why = []
    for name, (used, rows) in formulas.items():
        for r, row in enumerate(rows, used.row - 1):
            inside = name == sheet.name and filled.heading < r <= filled.after
            for c, text in enumerate(row, used.column - 1):
                if _is_formula(text) and not inside and (missed := shift.left_out(
                        text[1:], name, name == sheet.name and r > filled.after, filled.heading)):
                    why.append(f"{name} {area_address((r, c, r, c))} {missed}")
    if why:
        raise Refusal([no_room(filled, why)])
    rows_below = sheet.range(f"{filled.after + 2}:{filled.after + 1 + n}")
    rows_below.insert("down")
    fresh = sheet.range(f"{filled.after + 2}:{filled.after + 1 + n}")
    sheet.range(f"{filled.after + 1}:{filled.after + 1}").copy(fresh)
    used = sheet.used_range
    right = used.column + used.shape[1] - 2
    model = block(sheet.range((filled.after + 1, 1), (filled.after + 1, right + 1)).formula)[0]
    for column, text in enumerate(model):
        if text not in (None, "") and not _is_formula(text):
            sheet.range(area_address((filled.after + 1, column, filled.after + n, column))).clear_contents()
    for one in sheet.book.sheets:
        if is_own(one.name):
            continue
        used = one.used_range
        for r, row in enumerate(block(used.formula), used.row):
            for c, text in enumerate(row, used.column):
                if _is_formula(text) and (grown := shift.grown(text[1:], one.name, r - 1)) != text[1:]:
                    one.range((r, c)).formula = f"={grown}"


def _is_formula(text: Any) -> bool:
    return isinstance(text, str) and text.startswith("=")


def is_occupied(sheet: xw.Sheet, filled: Filled) -> bool:
    """Whether something stands where the rows go, so that they have to be inserted."""
    from xl_kpi.workbook.excel.read import block

    first, last = added_rows(filled)
    used = sheet.used_range
    bottom, right = used.row + used.shape[0] - 1, used.column + used.shape[1] - 1
    if bottom <= first:
        return False
    values = block(sheet.range((first + 1, 1), (min(last + 1, bottom), right)).api.Value2)
    return any(value not in (None, "") for row in values for value in row)


def filtered(sheet: xw.Sheet) -> str:
    """The address of the cells under the filter; blank: no filter."""
    return sheet.api.AutoFilter.Range.Address if sheet.api.AutoFilterMode else ""


def set_filter(sheet: xw.Sheet, where: str) -> None:
    """Put the filter, without conditions, over these cells."""
    if where == filtered(sheet):
        return
    if sheet.api.AutoFilterMode:
        sheet.api.AutoFilterMode = False
    if where:
        sheet.range(where).api.AutoFilter()


def _make_room(sheet: xw.Sheet, filled: Filled) -> bool:
    """Gives whether the print area could be drawn down."""
    first, last = added_rows(filled)
    rows = sheet.range(f"{first + 1}:{last + 1}")
    if is_occupied(sheet, filled):
        rows.insert("down")
        rows = sheet.range(f"{first + 1}:{last + 1}")
    if filled.after > filled.heading:
        # formats, heights, drop-downs: whatever the last row has, without the clipboard
        sheet.range(f"{filled.after + 1}:{filled.after + 1}").copy(rows)
        rows.clear_contents()
    for column, row in filled.formats.items():
        sheet.range(area_address((first, column, last, column))).number_format = sheet.range(
            area_address((row, column, row, column))).number_format
    area = print_area(sheet)
    done = set_print_area(sheet, drawn_down(area, filled, headed=True)) if area else area is not None
    now = filtered(sheet)
    if now and not sheet.api.FilterMode:        # a filter that hides rows stays as HR has set it
        set_filter(sheet, drawn_down(now, filled, headed=True))
    for table in sheet.tables:
        where = table.range
        if where.row + where.shape[0] - 2 == filled.after:
            table.resize(where.resize(where.shape[0] + len(filled.added), where.shape[1]))
    return done


def _column_runs(cells: Any) -> Iterator[tuple[int, int, int]]:
    """(column, first row, last row) of each run of cells."""
    by_column: dict[int, list[int]] = {}
    for row, column in cells:
        by_column.setdefault(column, []).append(row)
    for column in sorted(by_column):
        for first, last in runs(by_column[column]):
            yield column, first, last


def _write(sheet: xw.Sheet, cells: dict[tuple[int, int], Any]) -> None:
    values = {place: excel_value(value) for place, value in cells.items()}
    for is_text in (False, True):
        put(sheet, {place: value for place, value in values.items() if isinstance(value, str) is is_text}, is_text)


def put(sheet: xw.Sheet, values: dict[tuple[int, int], Any], is_text: bool, kind: str = "raw_value") -> None:
    """Write texts, or what is none: numbers, and formulas (``kind``: how xlwings calls them); formats stay."""
    for column, first, last in _column_runs(values):
        _put(sheet, (first, column, last, column), values, is_text, kind)


def _put(sheet: xw.Sheet, area: Area, values: dict[tuple[int, int], Any], is_text: bool, kind: str) -> None:
    """A run of texts, or of none.  Excel makes of a value what the cell's format says: a text stays a text (001,
    2016-11, =x) only in text format, a number a number only in any other; so the cells have that while they are
    written."""
    first, column, last, _ = area
    cells = sheet.range(area_address(area))
    code = cells.number_format
    if code is None:                        # mixed: in halves
        middle = (first + last) // 2
        _put(sheet, (first, column, middle, column), values, is_text, kind)
        _put(sheet, (middle + 1, column, last, column), values, is_text, kind)
        return
    fits = (code == TEXT) is is_text
    if not fits:
        cells.number_format = TEXT if is_text else GENERAL
    setattr(cells, kind, [[values[row, column]] for row in range(first, last + 1)])
    if not fits:
        cells.number_format = code
