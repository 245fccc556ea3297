"""The looks of the cells of an open workbook, as ``workbook.looks`` has them of a file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from xl_kpi.workbook.changes import Rich
from xl_kpi.workbook.formats import of_code

if TYPE_CHECKING:
    import xlwings as xw

_BOTTOM, _NO_LINE = 9, -4142        # xlEdgeBottom, xlLineStyleNone


class ExcelLooks:
    """Excel is asked cell by cell, and only of cells that are to be filled.  A protected sheet is refused whole when
    something is written (``protected``)."""

    def __init__(self, sheet: xw.Sheet):
        self.sheet = sheet
        self._percent: dict[tuple[int, int], bool] = {}

    def percent(self, row: int, column: int) -> bool:
        place = row, column
        if place not in self._percent:
            code = self.sheet.range((row + 1, column + 1)).number_format
            self._percent[place] = isinstance(code, str) and of_code(code).numeric[0].percent
        return self._percent[place]

    def locked(self, row: int, column: int) -> bool:
        return False

    def drawn(self, row: int, column: int) -> object:
        with contextlib.suppress(Exception):        # whatever a spreadsheet program does not say of lines
            line = self.sheet.range((row + 1, column + 1)).api.Borders(_BOTTOM).LineStyle
            return None if line in (None, _NO_LINE) else line
        return None

    def rich(self, row: int, column: int) -> Rich | None:
        return None

    def formula(self, row: int, column: int) -> str:
        text = self.sheet.range((row + 1, column + 1)).formula
        return text[1:] if isinstance(text, str) and text.startswith("=") else ""
