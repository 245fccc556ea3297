"""References that go along when rows are inserted into a sheet, as Excel moves them; areas that end with the row above
the new rows grow over them, so that a sum goes on summing the whole table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from xl_kpi.workbook.grid import Area, address, place_of

# A text, a reference with its sheet or without, a name in brackets (a column of a table, another workbook).
_TOKEN = re.compile(r'''
    "(?:[^"]|"")*"
  | (?P<sheet>'(?:[^']|'')+'!|(?:\[\d+\])?[^\s'"!()+\-*/^&=<>,;:{}\[\]%$@#]+!)?
    (?:(?<![\w.$])|(?<=!))
    (?P<ref>\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?|\$?\d{1,7}:\$?\d{1,7})(?![\w(.!\[])
  | \[[^\[\]]*\]
''', re.VERBOSE)
_CELL = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d{1,7})")
_ROW = re.compile(r"(\$?)(\d{1,7})")
_DYNAMIC = re.compile(r"(?<![\w.])(INDIRECT|OFFSET)\(", re.IGNORECASE)
_ACROSS = re.compile(r"""[^\s'!:()<>,;+*/=&"$]:[^\s'!:()<>,;+*/=&"]+'?!|'[^'!:<>]+:[^'!<>]+'!""")


@dataclass(frozen=True)
class Shift:
    """``count`` rows inserted below the row ``after`` (from 0) of ``sheet``."""

    sheet: str
    after: int
    count: int

    @cached_property
    def _key(self) -> str:
        return self.sheet.lower()

    def row(self, row: int) -> int:
        """Where a row is afterwards."""
        return row + self.count if row > self.after else row

    def area(self, area: Area, grows: bool = True) -> Area:
        """Where an area is afterwards.  ``grows``: one that ends with the row above the new ones has them too."""
        top, left, bottom, right = area
        bottom = bottom + self.count if bottom > self.after or (grows and bottom == self.after) else bottom
        return self.row(top), left, bottom, right

    def areas(self, text: str, grows: bool = True) -> str:
        """The same of areas of the sheet itself, as attributes have them: A4:A20 C4."""
        found = []
        for one in text.split():
            first, _, last = one.partition(":")
            top, left, bottom, right = self.area((*place_of(first), *place_of(last or first)), grows)
            a, b = address(top, left), address(bottom, right)
            found.append(f"{a}:{b}" if last or a != b else a)
        return " ".join(found)

    def formula(self, text: str, sheet: str, grows: bool = True, row: int = -1) -> str:
        """A formula that stands on ``sheet`` ('': on none, as a defined name), in ``row`` where it is a cell's."""
        return _TOKEN.sub(lambda match: self._moved(match, sheet, grows, self._is_own(sheet, row)), text)

    def grown(self, text: str, sheet: str, row: int = -1) -> str:
        """A formula that Excel has moved along already, with the areas grown that end above the new rows."""
        own = self._is_own(sheet, row)

        def one(match: re.Match[str]) -> str:
            first, colon, last = (match["ref"] or "").partition(":")
            if not colon or not self._is_here(match["sheet"], sheet) or not self._grows(last, own):
                return match[0]
            return f"{match['sheet'] or ''}{first}:{self._part(last, True)}"

        return _TOKEN.sub(one, text)

    def left_out(self, text: str, sheet: str, below: bool, heading: int) -> str:
        """Why a formula outside the table would miss the new rows: it counts rows one by one, or not all of them; ''
        when it does not.  ``below``: it stands below the table, which begins under ``heading``."""
        for where, reference in references(text, sheet):
            if where.lower() != self._key:
                continue
            rows = [row for row, _ in rows_of(reference)]
            if rows == [self.after]:
                return f"的公式单独用到第 {self.after + 1} 行"
            if len(rows) == 2 and below and heading < rows[0] <= rows[1] < self.after:
                return f"的公式只算到第 {rows[1] + 1} 行"
        return ""

    def _is_own(self, sheet: str, row: int) -> bool:
        """Whether a formula stands in the row above the new ones: what it says of its own row (=SUM(C5:E5)) is that
        row's, and the new rows have their own."""
        return row == self.after and sheet.lower() == self._key

    def _grows(self, last: str, own: bool) -> bool:
        """Whether an area that ends here has the new rows too."""
        row = _row_of(last)
        return int(row) - 1 == self.after and not (own and not last.endswith(f"${row}"))

    def _moved(self, match: re.Match[str], sheet: str, grows: bool, own: bool) -> str:
        ref = match["ref"]
        if ref is None or not self._is_here(match["sheet"], sheet):
            return match[0]
        first, colon, last = ref.partition(":")
        grown = grows and bool(colon) and self._grows(last, own)
        moved = self._part(first, False) + colon + (self._part(last, grown) if colon else "")
        return (match["sheet"] or "") + moved

    def _part(self, part: str, grown: bool) -> str:
        row = int(_row_of(part))
        new = row + self.count if row - 1 > self.after or grown else row
        return part[:len(part) - len(str(_row_of(part)))] + str(new)

    def _is_here(self, named: str | None, sheet: str) -> bool:
        return named_sheet(named, sheet).lower() == self._key


def named_sheet(named: str | None, sheet: str) -> str:
    """The sheet that a reference is to: as it is named, else that of the formula."""
    if named is None:
        return sheet
    name = named[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def references(text: str, sheet: str) -> Iterator[tuple[str, str]]:
    """(sheet, reference) of each reference of a formula."""
    for match in _TOKEN.finditer(text):
        if match["ref"] is not None:
            yield named_sheet(match["sheet"], sheet), match["ref"]


def rows_of(reference: str) -> list[tuple[int, bool]]:
    """(row from 0, whether it is fixed by $) of each end of a reference."""
    found = []
    for part in reference.split(":"):
        cell, row = _CELL.fullmatch(part), _ROW.fullmatch(part)
        if cell:
            found.append((int(cell[4]) - 1, cell[3] == "$"))
        elif row:
            found.append((int(row[2]) - 1, row[1] == "$"))
    return found


def _row_of(part: str) -> str:
    return re.search(r"\d+$", part)[0]      # type: ignore[index]


def cannot_follow(text: str) -> str:
    """Why a formula's references cannot be moved along: it makes them up as it is calculated, or looks through several
    sheets; '' when they can."""
    if found := _DYNAMIC.search(text):
        return f"公式用了 {found[1].upper()}"
    return "公式一次看几张工作表" if _ACROSS.search(text) else ""


def drawn_on(text: str, by: int) -> str:
    """A formula as it is ``by`` rows further down: what is not fixed by $ goes along."""
    def cell(part: str) -> str:
        (_, fixed), = rows_of(part)
        row = _row_of(part)
        return part if fixed else part[:len(part) - len(row)] + str(int(row) + by)

    def one(match: re.Match[str]) -> str:
        if match["ref"] is None:
            return match[0]
        return (match["sheet"] or "") + ":".join(map(cell, match["ref"].split(":")))

    return _TOKEN.sub(one, text)


def cell_formulas(root: etree._Element) -> list[tuple[str, etree._Element, str]]:
    """(cell, its element, its whole text) of each formula of a sheet, shared ones spelled out."""
    found: list[tuple[str, etree._Element, str]] = []
    groups: dict[str, tuple[int, int, str]] = {}
    for cell in root.iterfind("{*}sheetData/{*}row/{*}c"):
        formula = cell.find("{*}f")
        if formula is None:
            continue
        text, place = formula.text or "", cell.get("r", "")
        if formula.get("t") == "shared":
            if text:
                groups[formula.get("si", "")] = (*place_of(place), text)
            elif formula.get("si", "") in groups:
                top, left, text = groups[formula.get("si", "")]
                text = _translated(text, (top, left), place_of(place))
        found.append((place, formula, text))
    return found


def _translated(text: str, origin: tuple[int, int], place: tuple[int, int]) -> str:
    if origin[1] == place[1]:
        return drawn_on(text, place[0] - origin[0])
    from openpyxl.formula.translate import Translator

    return Translator(f"={text}", address(*origin)).translate_formula(address(*place))[1:]
