"""Sheets and print areas (xlwings on Windows has no freeze panes: that is a matter of Excel's own model)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.xlwings_office import model
from tests.xlwings_office.cells import Area, Range
from tests.xlwings_office.units import COLUMNS, ROWS, address_of, areas

if TYPE_CHECKING:
    from tests.xlwings_office.application import Book


class Sheets:
    def __init__(self, book: Book):
        self.book, self._sheets = book, book.document.Sheets

    @property
    def active(self) -> Any:
        if self.book.chart_in_view:
            return ChartSheet(self.book)
        return Sheet(self.book, self.book.document.CurrentController.ActiveSheet)

    def __call__(self, key: Any) -> Sheet:
        if isinstance(key, int):
            if not 1 <= key <= len(self):
                raise IndexError(key)
            return self.book.sheet_at(key)
        for number, name in enumerate(self._sheets.ElementNames, 1):
            if name.lower() == key.lower():
                return self.book.sheet_at(number)
        raise KeyError(key)

    def __len__(self) -> int:
        return self._sheets.Count

    def __iter__(self) -> Iterator[Sheet]:
        return (self(i + 1) for i in range(len(self)))

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Sheet:
        if name is None:
            number = 1
            while self._sheets.hasByName(f"Sheet{number}"):
                number += 1
            name = f"Sheet{number}"
        _check_name(name)
        where = before.index - 1 if before else after.index if after else self.active.index - 1
        self._sheets.insertNewByName(name, where)
        self.book.moved()
        added = self(name)
        added.activate()
        return added


class Sheet:
    def __init__(self, book: Book, sheet: Any):
        self.book, self.uno = book, sheet
        self._blocks: dict[Area, Any] = {}
        self._moves = book.moves

    def block(self, area: Area) -> Any:
        """Cells as LibreOffice has them; kept, for it takes a dozen calls to be handed an object."""
        if self._moves != self.book.moves:
            self._blocks, self._moves = {}, self.book.moves
        if area not in self._blocks:
            r, c, n, m = area
            self._blocks[area] = self.uno.getCellRangeByPosition(c - 1, r - 1, c + m - 2, r + n - 2)
        return self._blocks[area]

    @property
    def api(self) -> Any:
        return model.Worksheet(self)

    @property
    def name(self) -> str:
        return self.uno.Name

    @name.setter
    def name(self, name: str) -> None:
        _check_name(name)
        old = self.name
        if name.lower() != old.lower() and name.lower() in (n.lower() for n in self.book.document.Sheets.ElementNames):
            raise ValueError(f"a sheet of that name exists: {name}")
        self.uno.Name = name
        if old in self.book.very_hidden:
            self.book.very_hidden -= {old}
            self.book.very_hidden |= {name}

    @property
    def index(self) -> int:
        return self.uno.RangeAddress.Sheet + 1

    @property
    def visible(self) -> bool:
        return self.uno.IsVisible

    @visible.setter
    def visible(self, value: bool) -> None:
        self.uno.IsVisible = bool(value)

    @property
    def cells(self) -> Range:
        return Range(self, [(1, 1, ROWS, COLUMNS)])

    @property
    def used_range(self) -> Range:
        cursor = self.uno.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        cursor.gotoStartOfUsedArea(False)
        start = cursor.RangeAddress
        # of a blank sheet on which something is drawn the start lies behind the end
        return Range(self, [(start.StartRow + 1, start.StartColumn + 1, max(1, end.EndRow - start.StartRow + 1),
                             max(1, end.EndColumn - start.StartColumn + 1))])

    @property
    def page_setup(self) -> PageSetup:
        return PageSetup(self)

    @property
    def tables(self) -> Tables:
        return Tables()

    @property
    def show_gridlines(self) -> bool:
        return self._in_view().ShowGrid

    @show_gridlines.setter
    def show_gridlines(self, value: bool) -> None:
        self._in_view().ShowGrid = bool(value)

    def _in_view(self) -> Any:
        controller = self.book.document.CurrentController
        controller.setActiveSheet(self.uno)
        return controller

    def range(self, first: Any, last: Any = None) -> Range:
        if isinstance(first, int) and isinstance(last, int):
            return Range(self, [(first, last, 1, 1)])
        start = self._one(first)
        if last is None:
            return start
        end = self._one(last)
        (r1, c1, n1, m1), (r2, c2, n2, m2) = start.areas[0], end.areas[0]
        top, left = min(r1, r2), min(c1, c2)
        return Range(self, [(top, left, max(r1 + n1, r2 + n2) - top, max(c1 + m1, c2 + m2) - left)])

    def _one(self, place: Any) -> Range:
        if isinstance(place, Range):
            return place
        if isinstance(place, tuple):
            return Range(self, [place if len(place) == 4 else (*place, 1, 1)])
        if len(place) > 255:
            raise ValueError("Excel takes an address of at most 255 characters")
        return Range(self, areas(place))

    def activate(self) -> None:
        self.book.chart_in_view = ""
        self.book.document.CurrentController.setActiveSheet(self.uno)

    select = activate

    def clear(self) -> None:
        self.cells.clear()

    def clear_contents(self) -> None:
        self.cells.clear_contents()

    def delete(self) -> None:
        name = self.name
        if len(self.book.document.Sheets.ElementNames) == 1:
            raise ValueError("the last sheet cannot be deleted")
        self.book.document.Sheets.removeByName(name)
        self.book.moved()
        self.book.very_hidden -= {name}

    def copy(self, before: Any, after: Any) -> None:
        sheets = self.book.document.Sheets
        number = 2
        while sheets.hasByName(f"{self.name} ({number})"):
            number += 1
        sheets.copyByName(self.name, f"{self.name} ({number})", before.index - 1 if before else after.index)
        self.book.moved()

    def move(self, before: Any, after: Any) -> None:
        self.book.document.Sheets.moveByName(self.name, before.index - 1 if before else after.index)
        self.book.moved()


class ChartSheet:
    """A chart on a sheet of its own, which LibreOffice has not: Excel's ActiveSheet gives it, its Worksheets do not.
    It has a name and can be gone to; it has no cells, no used range, no freeze panes."""

    def __init__(self, book: Book):
        self.book, self.name = book, book.chart_in_view

    def activate(self) -> None:
        self.book.chart_in_view = self.name


class Tables:
    """LibreOffice has no tables of Excel's kind."""

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class PageSetup:
    def __init__(self, sheet: Sheet):
        self._sheet = sheet

    @property
    def api(self) -> Any:
        return model.PageSetup(self._sheet)

    @property
    def print_area(self) -> str | None:
        found = self._sheet.uno.PrintAreas
        return ",".join(address_of((a.StartRow + 1, a.StartColumn + 1, a.EndRow - a.StartRow + 1,
                                    a.EndColumn - a.StartColumn + 1)) for a in found) or None

    @print_area.setter
    def print_area(self, address: str | None) -> None:
        found = Range(self._sheet, areas(address)).blocks if address else []
        self._sheet.uno.setPrintAreas(tuple(block.RangeAddress for block in found))


def _check_name(name: str) -> None:
    if not 0 < len(name) <= 31 or re.search(r"[\[\]:*?/\\]", name):
        raise ValueError(f"no name for a sheet: {name!r}")
