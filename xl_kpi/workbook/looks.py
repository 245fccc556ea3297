"""What a cell looks like that is to be filled: its number format, whether it is locked, the runs of a text.

A file says it in XML, an open Excel when it is asked (``excel.looks``).
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

from lxml import etree

from xl_kpi.workbook.changes import Rich
from xl_kpi.workbook.compare import sheet_parts
from xl_kpi.workbook.fill import Grid, areas_of
from xl_kpi.workbook.formats import Format, of_code, read_styles
from xl_kpi.workbook.package import Package


class Looks(Protocol):
    """The looks of the cells of one sheet."""

    def percent(self, row: int, column: int) -> bool:
        """Whether a number in the cell is shown in percent."""

    def locked(self, row: int, column: int) -> bool:
        """Whether the sheet is protected and the cell is not to be written into."""

    def drawn(self, row: int, column: int) -> object:
        """How the cell is drawn: alike, two are of one table.  None: as if nothing was ever done to it."""

    def rich(self, row: int, column: int) -> Rich | None:
        """The text of a cell in pieces of different looks; None where it has one."""

    def formula(self, row: int, column: int) -> str:
        """The formula of a cell without '='; '' for none."""


class FileLooks:
    """The looks of a sheet in a file."""

    def __init__(self, package: Package, sheet: str):
        self._package, self.sheet = package, sheet
        self._main = dict(package.related("").values())["officeDocument"]
        self._related = dict(package.related(self._main).values())
        self._part = sheet_parts(package, package.tree(self._main), self._main)[sheet.lower()]

    @cached_property
    def grid(self) -> Grid:
        return Grid(self._package.tree(self._part, large=True), self.sheet)

    @cached_property
    def _styles(self) -> etree._Element | None:
        return self._package.tree(self._related["styles"]) if "styles" in self._related else None

    @cached_property
    def _formats(self) -> list[Format]:
        return (read_styles(self._styles) if self._styles is not None else []) or [of_code("")]

    @cached_property
    def _columns(self) -> list[tuple[int, int, str]]:
        return [(int(c.get("min", "1")) - 1, int(c.get("max", "1")) - 1, c.get("style", "0"))
                for c in self.grid.root.iterfind("{*}cols/{*}col")]

    def _style(self, row: int, column: int) -> int:
        """The cell's format, else that of its row, else that of its column."""
        cell = self.grid.cells(row).get(column)
        style = "0" if cell is not None else None
        if cell is not None:
            style = cell.get("s", "0")
        elif (line := self.grid.rows.get(row)) is not None and line.get("customFormat") in ("1", "true"):
            style = line.get("s", "0")
        if style is None:
            style = next((one for first, last, one in self._columns if first <= column <= last), "0")
        return int(style) if style.isdecimal() else 0

    def percent(self, row: int, column: int) -> bool:
        style = self._style(row, column)
        return style < len(self._formats) and self._formats[style].numeric[0].percent

    def drawn(self, row: int, column: int) -> object:
        cell = self.grid.cells(row).get(column)
        return None if cell is None else cell.get("s", "0")

    # -- protection

    @cached_property
    def _protected(self) -> bool:
        found = self.grid.root.find("{*}sheetProtection")
        return found is not None and found.get("sheet", "0") in ("1", "true")

    @cached_property
    def _open_areas(self) -> list[tuple[int, int, int, int]]:
        """What everybody may edit on the protected sheet: ranges that ask for no password."""
        return [area for one in self.grid.root.iterfind("{*}protectedRanges/{*}protectedRange")
                if not (one.get("password") or one.get("hashValue") or one.get("securityDescriptor")
                        or one.find("{*}securityDescriptor") is not None)
                for area in areas_of(one.get("sqref", ""))]

    @cached_property
    def _unlocked(self) -> set[int]:
        """The formats whose cells may be written into on a protected sheet."""
        formats = [] if self._styles is None else self._styles.findall("{*}cellXfs/{*}xf")
        return {n for n, xf in enumerate(formats)
                if (found := xf.find("{*}protection")) is not None and found.get("locked", "1") in ("0", "false")}

    def locked(self, row: int, column: int) -> bool:
        if not self._protected or self._style(row, column) in self._unlocked:
            return False
        return not any(top <= row <= bottom and left <= column <= right
                       for top, left, bottom, right in self._open_areas)

    # -- texts and formulas

    @cached_property
    def _strings(self) -> list[etree._Element]:
        if "sharedStrings" not in self._related:
            return []
        return self._package.tree(self._related["sharedStrings"], large=True).findall("{*}si")

    def rich(self, row: int, column: int) -> Rich | None:
        cell = self.grid.cells(row).get(column)
        if cell is None:
            return None
        holder: etree._Element | None = cell.find("{*}is")
        if cell.get("t") == "s":
            number = cell.findtext("{*}v") or ""
            holder = self._strings[int(number)] if number.isdecimal() and int(number) < len(self._strings) else None
        if holder is None or holder.find("{*}r") is None:
            return None
        return Rich((run.find("{*}rPr"), run.findtext("{*}t") or "") for run in holder.iterfind("{*}r"))

    @cached_property
    def _shared(self) -> dict[str, tuple[str, str]]:
        """The formulas that several cells share: number → (where it is written, its text)."""
        return {f.get("si", ""): (c.get("r", ""), f.text or "") for row in self.grid.rows
                for c in self.grid.cells(row).values() if (f := c.find("{*}f")) is not None
                and f.get("t") == "shared" and f.text}

    def formula(self, row: int, column: int) -> str:
        cell = self.grid.cells(row).get(column)
        found = None if cell is None else cell.find("{*}f")
        if cell is None or found is None:
            return ""
        if found.get("t") == "shared" and not found.text:
            from openpyxl.formula.translate import Translator

            origin, text = self._shared.get(found.get("si", ""), ("", ""))
            return Translator(f"={text}", origin).translate_formula(cell.get("r", ""))[1:] if text else ""
        return found.text or ""
