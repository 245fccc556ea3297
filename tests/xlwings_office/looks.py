"""What a sheet is in every respect that LibreOffice can tell, so that two can be held against each other."""

from __future__ import annotations

import re
from typing import Any

import xlwings as xw

# properties of cells; colours, lines and enumerations are made comparable by ``_plain``
CELL = ("CharHeight", "CharHeightAsian", "CharWeight", "CharFontName", "CharColor", "CharUnderline", "CellBackColor",
        "HoriJustify", "VertJustify", "IsTextWrapped", "ShrinkToFit", "ParaIndent",
        "TopBorder2", "BottomBorder2", "LeftBorder2", "RightBorder2")

_SORTED = tuple(sorted(CELL))       # as UNO wants them


def cells_of(sheet: xw.Sheet, looks: bool = True) -> dict[tuple[int, int], tuple[Any, ...]]:
    """(row, column) → (value, formula, number format, look) of every cell that has something."""
    used = sheet.used_range
    top, left = used.row - 1, used.column - 1
    values, formulas = used.impl.read(), used.impl.block.getFormulaArray()
    found: dict[tuple[int, int], tuple[Any, ...]] = {}
    shapes = _looks(used.impl.block, sheet) if looks else {}
    for r, row in enumerate(values):
        for c, value in enumerate(row):
            place = (top + r, left + c)
            formula = formulas[r][c]
            if not formula.startswith("=") or formula == value or isinstance(value, bool):
                formula = ""
            found[place] = (value, formula, *shapes.get(place, ()))
    return found


def _looks(block: Any, sheet: xw.Sheet) -> dict[tuple[int, int], tuple[Any, ...]]:
    groups = block.getUniqueCellFormatRanges()
    book = sheet.book.impl
    found = {}
    for at in range(groups.Count):
        group = groups.getByIndex(at)
        code = book.format_kind(group.NumberFormat)[1]
        look = (code, tuple(map(_plain, _SORTED, group.getPropertyValues(_SORTED))))
        for area in group.RangeAddresses:
            for row in range(area.StartRow, area.EndRow + 1):
                for column in range(area.StartColumn, area.EndColumn + 1):
                    found[row, column] = look
    return found


def is_plain(look: tuple[Any, ...]) -> bool:
    """Whether a blank cell of this look shows nothing."""
    return look[_SORTED.index("CellBackColor")] == -1 and all(
        line is None for name, line in zip(_SORTED, look, strict=True) if name.endswith("Border2"))


def _plain(name: str, value: Any) -> Any:
    if name.endswith("Border2"):
        return (value.LineStyle, value.OuterLineWidth, value.Color) if value.OuterLineWidth else None
    if hasattr(value, "value"):
        return value.value
    if name == "ParaIndent":
        return value > 0            # how wide depends on the workbook's default font
    return round(value, 1) if isinstance(value, float) else value


def frame_of(sheet: xw.Sheet, rows: list[int]) -> dict[str, Any]:
    """Sizes (of ``rows``), merges, what is frozen and filtered, the print set-up.

    Not the grid lines: LibreOffice does not tell what a file says of them.
    """
    impl = sheet.impl
    used = sheet.used_range
    columns = range(used.column + used.shape[1] - 1)
    sheet.activate()
    window = sheet.book.api.Windows(1)
    setup = sheet.api.PageSetup
    widths = [impl.uno.Columns.getByIndex(c).Width for c in columns]
    return {
        # LibreOffice measures a file's widths by fonts of its own: the shares of the whole are comparable
        "widths": [width / sum(widths) for width in widths],
        "hidden": [c for c in columns if not impl.uno.Columns.getByIndex(c).IsVisible],
        "heights": [impl.uno.Rows.getByIndex(r).Height for r in rows],
        "merges": merges_of(sheet),
        "freeze": (window.SplitRow, window.SplitColumn) if window.FreezePanes else None,
        "filter": sheet.api.AutoFilter.Range.Address if sheet.api.AutoFilterMode else None,
        "page": {name: _rounded(getattr(setup, name)) for name in (
            "PaperSize", "Orientation", "LeftMargin", "RightMargin", "TopMargin", "BottomMargin", "FooterMargin",
            "Zoom", "FitToPagesWide", "FitToPagesTall", "CenterHorizontally", "LeftFooter", "CenterFooter",
            "PrintTitleRows", "PrintArea")},
        "charts": charts_of(sheet),
        "breaks": [brk.Position for brk in impl.uno.RowPageBreaks if brk.ManualBreak],
    }


def charts_of(sheet: xw.Sheet) -> list[tuple[str, bool, tuple[int, ...]]]:
    """(title, legend, colours of the columns) of each chart in sight."""
    frames = sheet.api.ChartObjects()
    found = []
    for frame in (frames.Item(n) for n in range(1, frames.Count + 1)):
        if frame.Visible:
            inner = frame.Chart.inner
            series = inner.FirstDiagram.CoordinateSystems[0].ChartTypes[0].DataSeries
            found.append((frame.Chart.ChartTitle.Text, inner.HasLegend, tuple(one.Color for one in series)))
    return found


def merges_of(sheet: xw.Sheet) -> set[str]:
    """The merged areas.  A range says whether it holds any, so most of a sheet is passed over in one call."""
    used = sheet.used_range
    found: set[str] = set()
    waiting = [(used.row - 1, used.column - 1, used.row + used.shape[0] - 2, used.column + used.shape[1] - 2)]
    while waiting:
        top, left, bottom, right = waiting.pop()
        block = sheet.impl.uno.getCellRangeByPosition(left, top, right, bottom)
        if not block.IsMerged:
            continue
        if (top, left) == (bottom, right):
            cursor = sheet.impl.uno.createCursorByRange(block)
            cursor.collapseToMergedArea()
            found.add(cursor.AbsoluteName.rpartition(".")[2])
        elif bottom - top >= right - left:
            middle = (top + bottom) // 2
            waiting += [(top, left, middle, right), (middle + 1, left, bottom, right)]
        else:
            middle = (left + right) // 2
            waiting += [(top, left, bottom, middle), (top, middle + 1, bottom, right)]
    return found


def _rounded(value: Any) -> Any:
    if isinstance(value, str):      # a footer's code as it will be read
        value = re.sub(r"&\d+", "", value).replace("&P", "1").replace("&N", "99").replace("&&", "&")
    return round(value) if isinstance(value, float) else value
