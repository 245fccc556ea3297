"""A sheet as its reader sees it: blank cells blank, merged areas as one cell, texts as labels; worked out once."""

from __future__ import annotations

import datetime as dt
from functools import cached_property, lru_cache
from typing import TypeGuard

from xl_kpi.forms.labels import Label, label_of
from xl_kpi.hand import texts
from xl_kpi.hand.texts import is_blank
from xl_kpi.workbook.book import Mark, Sheet
from xl_kpi.workbook.grid import Area, address

_PLAIN = Mark()
# Of the same texts again and again: a folder of cards has the same labels on each.
squeezed = lru_cache(maxsize=50_000, typed=True)(texts.squeezed)


class View:
    """``rows``: row → column → value, of cells that show something (the first cell of a merged area); an error or a
    formula without a result shows something too, its value is None.  ``areas``: covered cells and first cells → their
    merged area."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.rows: dict[int, dict[int, object]] = {}
        for number, row in enumerate(sheet.rows):
            found = {column: value for column, value in enumerate(row) if value is not None and not is_blank(value)}
            if found:
                self.rows[number] = found
        for (number, column), mark in sheet.marks.items():
            if mark.error or mark.uncalculated:
                self.rows.setdefault(number, {}).setdefault(column, None)
        self.rows = {number: dict(sorted(self.rows[number].items())) for number in sorted(self.rows)}
        self.areas: dict[tuple[int, int], Area] = {}
        last = max(self.rows, default=-1)
        for area in sheet.merged:
            if area[0] <= last:
                bottom, right = min(area[2], last), min(area[3], area[1] + 400)
                for r in range(area[0], bottom + 1):
                    for c in range(area[1], right + 1):
                        self.areas[r, c] = area
        for (r, c), area in self.areas.items():         # what a writer left under a merge is not seen
            if (r, c) != area[:2] and r in self.rows and c in self.rows[r]:
                del self.rows[r][c]
        self.rows = {number: row for number, row in self.rows.items() if row}

    @cached_property
    def height(self) -> int:
        """One more than the last row that shows something."""
        return max(self.rows, default=-1) + 1

    @cached_property
    def width(self) -> int:
        return max((max(row) for row in self.rows.values()), default=-1) + 1

    def row(self, number: int) -> dict[int, object]:
        return self.rows.get(number, {})

    def area(self, row: int, column: int) -> Area:
        """The merged area of a cell; a cell alone is one of its own."""
        return self.areas.get((row, column)) or (row, column, row, column)

    def shown(self, row: int, column: int) -> object:
        """The value that is seen there: of a merged area that of its first cell."""
        top, left, _, _ = self.area(row, column)
        return self.row(top).get(left)

    def down(self, row: int, column: int) -> object:
        """The value of a cell in a column that may be merged downwards: beside the first column of its area nothing."""
        top, left, _, _ = self.area(row, column)
        return self.row(top).get(left) if left == column else None

    def text(self, row: int, column: int) -> str:
        value = self.shown(row, column)
        return value if isinstance(value, str) else ""

    def label(self, row: int, column: int) -> Label | None:
        """The text there as a label; None where there is none."""
        text = self.text(row, column)
        return label_of(text) if text else None

    def mark(self, row: int, column: int) -> Mark:
        return self.sheet.marks.get(self.area(row, column)[:2], _PLAIN)

    def hidden(self, row: int, column: int) -> str:
        """（隐藏的列）: said behind what nobody sees."""
        what = [word for word, is_hidden in (("工作表", self.sheet.hidden), ("行", row in self.sheet.hidden_rows),
                                             ("列", column in self.sheet.hidden_columns)) if is_hidden]
        return f"（在隐藏的{'、'.join(what)}里）" if what else ""

    def shows(self, row: int, column: int) -> str:
        """A cell for a message: B4「2024.4」."""
        value = self.shown(row, column)
        text = "" if value is None else as_text(value)
        return f"{address(*self.area(row, column)[:2])}" + (f"「{text[:20]}」" if text else "")


def as_text(value: object) -> str:
    """A value in a message, and for comparing: whole numbers without a point."""
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}" if value.time() == dt.time() else f"{value:%Y-%m-%d %H:%M}"
    return " ".join(str(value).split())


def is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def kind_of(value: object) -> str:
    """Of which sort a value is: n, d, t, b, or numbers written as text (n too); '' for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "b"
    if isinstance(value, int | float):
        return "n"
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return "d"
    text = squeezed(value)
    return "n" if text.lstrip("+-").replace(".", "", 1).replace(",", "").removesuffix("%").isdigit() else "t"
