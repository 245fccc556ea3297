"""Excel's grid: how large it is, how much of it is read, and how a cell is called."""

from __future__ import annotations

import re

Area = tuple[int, int, int, int]        # first row, first column, last row, last column, zero-based

MAX_ROW, MAX_COLUMN = 1 << 20, 1 << 14
MAX_CELLS = 5_000_000       # of the used rectangle of a sheet, which is read densely


def address(row: int, column: int) -> str:
    """The A1 address of a zero-based row and column."""
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{letters}{row + 1}"


def place_of(reference: str) -> tuple[int, int]:
    """The zero-based row and column of an A1 address."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(reference[len(letters):]) - 1, column - 1


_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})(?::\$?([A-Z]{1,3})\$?([1-9]\d{0,6}))?")


def area_of(reference: str) -> Area | None:
    """The area of an A1 reference (B2, B2:C5, whatever its corners); None for any other text."""
    found = _AREA.fullmatch(reference.strip().upper())
    if not found:
        return None
    top, left = place_of(found[1] + found[2])
    bottom, right = place_of(found[3] + found[4]) if found[3] else (top, left)
    top, bottom, left, right = min(top, bottom), max(top, bottom), min(left, right), max(left, right)
    return (top, left, bottom, right) if bottom < MAX_ROW and right < MAX_COLUMN else None


def area_address(area: Area) -> str:
    """The A1 address of an area."""
    first, last = address(*area[:2]), address(*area[2:])
    return first if first == last else f"{first}:{last}"
