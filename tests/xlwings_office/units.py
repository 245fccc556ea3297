"""Between Excel's terms and those of LibreOffice."""

from __future__ import annotations

import re
from typing import Any

from tests import office

uno: Any = office.bridge()
DIGIT_PX = 8                # of the default font of the books tested here (宋体 11), which column widths count in

HORIZONTAL = {"general": "STANDARD", "left": "LEFT", "center": "CENTER", "right": "RIGHT", "justify": "BLOCK",
              "fill": "REPEAT"}
VERTICAL = {"bottom": 0, "top": 1, "center": 2, "justify": 4}
BOTTOM = 3
LOGICAL, TEXT = 1024, 256   # kinds of number formats

# the error of a cell, as LibreOffice numbers it, as Excel writes it, as Excel hands it over
ERRORS = {502: "#VALUE!", 503: "#NUM!", 519: "#VALUE!", 521: "#NULL!", 524: "#REF!", 525: "#NAME?", 532: "#DIV/0!",
          32767: "#N/A"}
CODES = {"#NULL!": -2146826288, "#DIV/0!": -2146826281, "#VALUE!": -2146826273, "#REF!": -2146826265,
         "#NAME?": -2146826259, "#NUM!": -2146826252, "#N/A": -2146826246}

_AREA = re.compile(r"\$?([A-Z]{1,3})?\$?(\d+)?(?::\$?([A-Z]{1,3})?\$?(\d+)?)?", re.IGNORECASE)
ROWS, COLUMNS = 1 << 20, 1 << 10     # LibreOffice has 1024 columns


def enum(kind: str, value: str) -> Any:
    return uno.Enum(f"com.sun.star.{kind}", value)


def struct(kind: str, **fields: Any) -> Any:
    made = uno.createUnoStruct(f"com.sun.star.{kind}")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def points(hundredths_mm: float) -> float:
    return float(hundredths_mm) / 2540 * 72


def hundredths_mm(pt: float) -> int:
    return round(pt / 72 * 2540)


def rgb(color: Any) -> int:
    """Any of xlwings' colours as LibreOffice counts them."""
    if isinstance(color, str):
        return int(color.lstrip("#"), 16)
    if isinstance(color, int):
        return (color & 255) << 16 | color & 0xFF00 | color >> 16
    red, green, blue = color
    return red << 16 | green << 8 | blue


def triple(color: int | None) -> tuple[int, int, int] | None:
    return None if color is None or color < 0 else (color >> 16 & 255, color >> 8 & 255, color & 255)


def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def letters(column: int) -> str:
    text = ""
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def areas(address: str) -> list[tuple[int, int, int, int]]:
    """(row, column, rows, columns), from 1, of each area of an address such as ``A1:B2,D:D,4:5``."""
    found = []
    for part in address.split(","):
        match = _AREA.fullmatch(part.strip())
        if not match:
            raise ValueError(f"no address: {part!r}")
        a, b, c, d = match.groups()
        if c is None and d is None:
            c, d = a, b
        left, right = (column_number(a), column_number(c)) if a and c else (1, COLUMNS)
        top, bottom = (int(b), int(d)) if b and d else (1, ROWS)
        found.append((min(top, bottom), min(left, right), abs(bottom - top) + 1, abs(right - left) + 1))
    return found


def address_of(area: tuple[int, int, int, int], absolute: bool = True) -> str:
    row, column, rows, columns = area
    sign = "$" if absolute else ""
    if rows == ROWS:
        return f"{sign}{letters(column)}:{sign}{letters(column + columns - 1)}"
    if columns == COLUMNS:
        return f"{sign}{row}:{sign}{row + rows - 1}"
    first = f"{sign}{letters(column)}{sign}{row}"
    if rows == columns == 1:
        return first
    return f"{first}:{sign}{letters(column + columns - 1)}{sign}{row + rows - 1}"
