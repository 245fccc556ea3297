"""A result sheet onto a sheet of Excel: values in one block, looks property by property.

A property of a look (fill, size, border …) is set once for all cells that share its value, so the number of calls
depends on how many looks there are, not on how many people.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xl_kpi.results import RefusedCell
from xl_kpi.sheets.model import FONT, STYLES, Page, ResultSheet, Style, Value
from xl_kpi.workbook.excel.areas import Area, addresses, area_address, rectangles, rows_addresses
from xl_kpi.workbook.excel.charts import bgr, draw, hide_old
from xl_kpi.workbook.styles import widening_of
from xl_kpi.workbook.text import plain_text

if TYPE_CHECKING:
    import xlwings as xw

TEXT, GENERAL = "@", "General"
_LINE, _DARK_LINE = "#B8C2CC", "#7B8794"
_CELLS_PER_WRITE = 200_000
_TOP, _BOTTOM = 8, 9                        # xlEdgeTop, xlEdgeBottom
_CONTINUOUS, _DASHED = 1, -4115             # xlContinuous, xlDash
_THIN, _MEDIUM = 2, -4138                   # xlThin, xlMedium
_UNDERLINED = 2                             # xlUnderlineStyleSingle
_PORTRAIT, _LANDSCAPE, _A4 = 1, 2, 9        # xlPageOrientation, xlPaperA4
_INCH = 72                                  # points
_FOOTER_MARGIN = 0.25

Setter = Callable[[Any, Any], None]


def _font(name: str) -> Setter:
    return lambda cells, value: setattr(cells.font, name, value)


def _cells(name: str) -> Setter:
    return lambda cells, value: setattr(cells, name, value)


def _native(name: str) -> Setter:
    return lambda cells, value: setattr(cells.api, name, value)


def _underline(cells: Any, value: bool) -> None:
    cells.font.api.Underline = _UNDERLINED if value else -4142      # xlUnderlineStyleNone


# a property of Style → how it is set
_SETTERS: dict[str, Setter] = {
    "size": _font("size"), "bold": _font("bold"), "color": _font("color"),
    "fill": lambda cells, value: setattr(cells, "color", value or None),
    "align": lambda cells, value: setattr(cells, "horizontal_alignment", value or "general"),
    "valign": lambda cells, value: setattr(cells, "vertical_alignment", value.removeprefix("v")),
    "wrap": _cells("wrap_text"), "indent": _native("IndentLevel"), "shrink": _native("ShrinkToFit"),
    "underline": _underline,
}
# what a cleared cell has: painting it again would be a call for nothing
_CLEARED: dict[str, object] = {"bold": False, "fill": "", "align": "", "wrap": False, "indent": 0, "shrink": False,
                               "underline": False}


def paint(sheet: xw.Sheet, result: ResultSheet) -> bool:
    """Make a sheet, empty or of an earlier run, into this result sheet.  Other sheets' references to it stay whole.
    Gives whether its pages could be set up."""
    empty(sheet)
    if result.rows:
        looks = _Looks(result)
        texts = looks.write(sheet)
        _links(sheet, result)
        looks.paint(sheet)
        looks.number_formats(sheet, texts)
    for area in result.merges:
        sheet.range(area_address(area)).merge()
    _sizes(sheet, result)
    view(sheet, result.freeze)
    if result.autofilter:
        sheet.range(area_address(result.autofilter)).api.AutoFilter()
    hide_old(sheet)
    for chart in result.charts:
        draw(sheet, chart)
    return set_page(sheet, page_of(result), [row + 1 for row in result.page.breaks])


def empty(sheet: xw.Sheet) -> None:
    """A sheet as if new, but the same one."""
    if sheet.api.AutoFilterMode:
        sheet.api.AutoFilterMode = False
    sheet.cells.clear()
    sheet.cells.api.ClearOutline()
    sheet.cells.api.UseStandardWidth = sheet.cells.api.UseStandardHeight = True
    with contextlib.suppress(Exception):        # like all page set-up
        sheet.api.ResetAllPageBreaks()


# ------------------------------------------------------------------------------------------------- values and looks


class _Looks:
    """The style of every cell of a result sheet, as an array of numbers."""

    def __init__(self, result: ResultSheet):
        self.result = result
        self.shape = len(result.rows), max(len(result.widths), *(len(r.values) for r in result.rows))
        names: dict[str, int] = {"": 0}
        rows: dict[tuple[str, ...], NDArray[np.int64]] = {}
        self.style = np.zeros(self.shape, np.int64)
        for number, row in enumerate(result.rows):
            if (found := rows.get(row.styles)) is None:
                found = np.array([names.setdefault(s, len(names)) for s in row.styles], np.int64)
                rows[row.styles] = found
            self.style[number, :len(found)] = found
        self.styles: list[Style] = [STYLES[name] for name in names]

    def of(self, name: str) -> tuple[list[Any], NDArray[np.int64]]:
        """A property: its values, and which of them each cell has."""
        values: dict[Any, int] = {}
        table = np.array([values.setdefault(getattr(style, name), len(values)) for style in self.styles])
        return list(values), table[self.style]

    def write(self, sheet: xw.Sheet) -> NDArray[np.bool_]:
        """All values and formulas; gives where the texts are.  A text goes into cells in text format, whatever their
        look, so that it stays what it is: 001, 2016-11, =x."""
        rows = [_values(row.values, row.formulas or {}, self.shape[1]) for row in self.result.rows]
        formulas = np.zeros(self.shape, np.bool_)
        texts = np.array([[isinstance(value, str) for value in row] for row in rows], np.bool_)
        for number, row in enumerate(self.result.rows):
            formulas[number, [*(row.formulas or ())]] = True
            formulas[number, [c for c, v in enumerate(row.values) if isinstance(v, RefusedCell)]] = True
        texts &= ~formulas
        for address in addresses(rectangles(texts)):
            sheet.range(address).number_format = TEXT
        step = max(1, _CELLS_PER_WRITE // self.shape[1])
        for first in range(0, len(rows), step):
            part = rows[first:first + step]
            sheet.range((first + 1, 1), (first + len(part), self.shape[1])).raw_value = part
        return texts

    def number_formats(self, sheet: xw.Sheet, texts: NDArray[np.bool_]) -> None:
        """The number formats that are not there yet."""
        codes, at = self.of("number_format")
        for number, code in enumerate(codes):
            now = (at == number) & (texts if code != TEXT else ~texts)
            if code not in (TEXT, GENERAL):
                now |= (at == number) & ~texts
            for address in addresses(rectangles(now)):
                sheet.range(address).number_format = code

    def paint(self, sheet: xw.Sheet) -> None:
        whole = sheet.range((1, 1), self.shape)
        whole.font.name = FONT
        for name, put in _SETTERS.items():
            values, at = self.of(name)
            counts = np.bincount(at.ravel(), minlength=len(values))
            base = int(counts.argmax())
            if name not in _CLEARED or values[base] != _CLEARED[name]:
                put(whole, values[base])
            for number, value in enumerate(values):
                if number != base and counts[number]:
                    for address in addresses(rectangles(at == number)):
                        put(sheet.range(address), value)
        self._borders(sheet)

    def _borders(self, sheet: xw.Sheet) -> None:
        values, at = self.of("border")

        def where(*kinds: str) -> list[Area]:
            return rectangles(np.isin(at, [values.index(kind) for kind in kinds if kind in values]))

        for address in addresses(where("all", "sum")):      # Borders as a whole: those of every cell
            _line(sheet.range(address).api.Borders, _CONTINUOUS, _THIN, _LINE)
        for kind, edge, style, weight in (("sum", _TOP, _CONTINUOUS, _MEDIUM), ("cut", _BOTTOM, _DASHED, _THIN)):
            for address in addresses(row for area in where(kind) for row in _rows(area)):
                _line(sheet.range(address).api.Borders(edge), style, weight, _DARK_LINE)


def _rows(area: Area) -> list[Area]:
    """An area row by row: an edge is one of a whole range."""
    return [(row, area[1], row, area[3]) for row in range(area[0], area[2] + 1)]


def _line(border: Any, style: int, weight: int, color: str) -> None:
    border.LineStyle, border.Weight, border.Color = style, weight, bgr(color)


def _values(values: Sequence[Value], formulas: dict[int, str], width: int) -> list[Any]:
    row: list[Any] = [None] * width
    for column, value in enumerate(values):
        row[column] = f"={formulas[column]}" if column in formulas else excel_value(value)
    return row


def excel_value(value: Value) -> Any:
    """A value as Excel takes it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, RefusedCell):
        return "=NA()"
    return float(value) + 0.0 if isinstance(value, Fraction) else float(value or 0)     # no minus zero


# ------------------------------------------------------------------------------------------------ sizes, links, views


def _sizes(sheet: xw.Sheet, result: ResultSheet) -> None:
    normal = sheet.book.api.Styles("Normal").Font
    factor = widening_of(normal.Name, normal.Size)
    by_width: dict[float, list[int]] = {}
    for column, width in enumerate(result.widths):
        by_width.setdefault(width, []).append(column)
    for width, columns in by_width.items():
        for address in addresses((0, column, 0, column) for column in columns):
            sheet.range(address).column_width = width * factor
    for run in _runs(result.folded):        # after the widths, which would show them again
        columns = sheet.range((1, run[0] + 1), (1, run[-1] + 1)).api.EntireColumn
        columns.Group()
        columns.Hidden = True
    by_height: dict[float, list[int]] = {}
    for number, row in enumerate(result.rows):
        if row.height is not None:
            by_height.setdefault(row.height, []).append(number)
    for height, rows in by_height.items():
        for address in rows_addresses(rows):
            sheet.range(address).row_height = height


def _runs(numbers: set[int]) -> list[list[int]]:
    """Numbers that follow each other, together."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _links(sheet: xw.Sheet, result: ResultSheet) -> None:
    for (row, column), (name, cell) in result.links.items():
        quoted = name.replace("'", "''")
        sheet.api.Hyperlinks.Add(Anchor=sheet.range((row + 1, column + 1)).api, Address="",
                                 SubAddress=f"'{quoted}'!{cell}",
                                 TextToDisplay=str(result.rows[row].values[column]))


def view(sheet: xw.Sheet, freeze: tuple[int, int] | None, gridlines: bool = False) -> None:
    """What stays in view, and the grid; a matter of the window, so the sheet is shown for it."""
    sheet.activate()
    window = sheet.book.api.Windows(1)
    window.DisplayGridlines = gridlines
    window.FreezePanes = False
    window.ScrollRow = window.ScrollColumn = 1
    window.SplitRow, window.SplitColumn = freeze or (0, 0)
    if freeze:
        window.FreezePanes = True


def page_of(result: ResultSheet) -> dict[str, Any]:
    """The print set-up in the terms of Excel's PageSetup."""
    page: Page = result.page
    left, right, top, bottom = page.margins
    footer = page.footer[:80].replace("&", "&&")
    found: dict[str, Any] = {
        "PaperSize": _A4, "Orientation": _LANDSCAPE if page.landscape else _PORTRAIT,
        "LeftMargin": left * _INCH, "RightMargin": right * _INCH, "TopMargin": top * _INCH,
        "FooterMargin": _FOOTER_MARGIN * _INCH, "BottomMargin": bottom * _INCH,
        "CenterHorizontally": True,
        # A blank after the size: a text that begins with a digit would become part of it.
        "LeftFooter": f"&8 {footer}", "CenterFooter": "&8 第 &P 页，共 &N 页",
        "PrintTitleRows": "" if page.repeat_rows is None else "${}:${}".format(*(r + 1 for r in page.repeat_rows)),
        "PrintArea": area_address((0, 0, len(result.rows) - 1, len(result.widths) - 1)) if result.rows else "",
    }
    return found | {"Zoom": False, "FitToPagesWide": 1, "FitToPagesTall": 1 if page.one_page else False}


def set_page(sheet: xw.Sheet, page: dict[str, Any], breaks: Sequence[int] = ()) -> bool:
    """Set up the pages as far as that goes; ``breaks``: the rows that begin one.  Excel asks the printer, and fails
    when that is offline or there is none: no reason to give up what is on the sheet.  Gives whether all was done."""
    application = sheet.book.app.api
    waits = False
    # Excel asks after every property unless told to wait; not every Excel can be told
    with contextlib.suppress(Exception):
        application.PrintCommunication = False
        waits = True
    done = True
    try:
        setup = sheet.api.PageSetup
        for name, value in page.items():
            setattr(setup, name, value)
    except Exception:
        done = False
    try:
        application.PrintCommunication = True
    except Exception:           # what was waited with is asked for now
        done = done and not waits
    try:
        for row in breaks:
            sheet.api.HPageBreaks.Add(Before=sheet.range((row, 1)).api)
    except Exception:
        done = False
    return done


def print_area(sheet: xw.Sheet) -> str | None:
    """The print area, '' for none; None when Excel does not say, for want of a printer."""
    try:
        return str(sheet.api.PageSetup.PrintArea or "")
    except Exception:
        return None


def set_print_area(sheet: xw.Sheet, area: str) -> bool:
    """Gives whether it was done."""
    return set_page(sheet, {"PrintArea": area})
