"""Excel's grid: how large it is, how much of it is read, and how a cell is called."""

from __future__ import annotations

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
