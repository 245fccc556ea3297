"""Rewrites XML of any shape into the plain shape that ``cells`` takes apart.

Prefixes, white space, comments, CDATA, rich text and odd attributes disappear, cells and rows without ``r=`` get one;
what contradicts itself is refused.

The parser is expat with handlers, not a tree: memory stays bounded whatever the file holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite
from typing import Never
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from xl_kpi.workbook.grid import MAX_COLUMN, MAX_ROW, Area, address, area_of
from xl_kpi.workbook.package import refuse, refuse_sheet

MAX_REWRITTEN = 2_000_000   # cells of a sheet: some seconds
_REFERENCE = re.compile(r"([A-Z]{1,3})0*([1-9][0-9]{0,6})")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TYPES = ("n", "s", "str", "inlineStr", "b", "e", "d")


def is_number(text: str) -> bool:
    """Whether a text is a finite number as Excel writes them."""
    return len(text) < 400 and _NUMBER.fullmatch(text) is not None and isfinite(float(text))


def is_well_formed(data: bytes) -> bool:
    try:
        expat.ParserCreate("utf-8").Parse(data, True)
    except expat.ExpatError:
        return False
    return True


@dataclass
class Around:
    """What a sheet says besides its cells, counted from 0."""

    merged: list[Area] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)                 # that are hidden
    columns: set[int] = field(default_factory=set)              # likewise

    def add(self, path: list[str], attributes: dict[str, str]) -> None:
        """An element outside the rows."""
        if path[1:] == ["mergeCells", "mergeCell"]:
            area = area_of(attributes.get("ref", ""))
            if area is not None:
                self.merged.append(area)
        elif path[1:] == ["cols", "col"] and attributes.get("hidden", "").strip() in ("1", "true"):
            first, last = (attributes.get(name, "").strip() for name in ("min", "max"))
            if first.isdecimal() and last.isdecimal():
                self.columns.update(range(int(first[:6]) - 1, min(int(last[:6]), MAX_COLUMN)))


def around_rows(data: bytes) -> Around | None:
    """What the XML of a sheet says around its rows; None when it is no XML."""
    around = _Around()
    try:
        around.parse(data)
    except (expat.ExpatError, ValueError):
        return None
    return around.found


def rewrite_rows(data: bytes, sheet: str) -> tuple[bytes, Around]:
    """(the rows of a sheet part, what else it says)."""
    rows = _Rows(sheet)
    try:
        rows.parse(data)
    except (expat.ExpatError, ValueError):
        refuse_sheet(sheet)
    return "".join(rows.out).encode(), rows.found


def rewrite_strings(data: bytes, file: str) -> list[str]:
    """The items of a shared string part, each as plain XML."""
    strings = _Strings()
    try:
        strings.parse(data)
    except (expat.ExpatError, ValueError):
        refuse(f"文件 {file} 已损坏：文字表读不出")
    return strings.out


class _Parser:
    """Keeps the path of open elements (without prefixes) and collects text."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.path: list[str] = []
        self.text: list[str] | None = None      # of the string or value being read
        self.run: list[str] | None = None       # of the element that is open, when its text counts
        self.preserve = True

    def parse(self, data: bytes) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(data, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.path.append(tag.rpartition(":")[2])
        self.start(attributes)

    def _end(self, _tag: str) -> None:
        self.end()
        self.path.pop()

    def _data(self, text: str) -> None:
        if self.run is not None:
            self.run.append(text)

    def open_run(self, attributes: dict[str, str], *, preserve: bool = False) -> None:
        """The text of the element that starts here counts; its ends only if the element says so."""
        self.run = []
        self.preserve = preserve or attributes.get("xml:space") == "preserve"

    def close_run(self) -> None:
        if self.run is not None and self.text is not None:
            text = "".join(self.run)
            self.text.append(text if self.preserve else text.strip(" \t\r\n"))
        self.run = None

    def start(self, attributes: dict[str, str]) -> None: ...

    def end(self) -> None: ...


class _Strings(_Parser):
    """Shared strings; reading aids (rPh) don't count."""

    def start(self, attributes: dict[str, str]) -> None:
        path = self.path
        if path[1:] == ["si"]:
            self.text = []
        elif path[1:] in (["si", "t"], ["si", "r", "t"]):
            self.open_run(attributes)
        elif path[-1] == "si" or self.run is not None:
            raise ValueError("an element out of place")

    def end(self) -> None:
        if self.path[-1] == "t":
            self.close_run()
        elif self.path[1:] == ["si"] and self.text is not None:
            self.out.append(f'<si><t xml:space="preserve">{_escaped("".join(self.text))}</t></si>')


class _Around(_Parser):
    """What stands around the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.found = Around()

    def start(self, attributes: dict[str, str]) -> None:
        self.found.add(self.path, attributes)


class _Rows(_Around):
    """The rows of a sheet, and what stands around them."""

    def __init__(self, sheet: str):
        super().__init__()
        self.sheet = sheet
        self.row = self.column = self.cells = 0
        self.cell: dict[str, str] | None = None     # attributes of the open cell
        self.depth = 0                              # of its content
        self.formula: dict[str, str] | None = None  # attributes of its formula
        self.formula_text = ""

    def start(self, attributes: dict[str, str]) -> None:
        name, parent = self.path[-1], self.path[-2] if len(self.path) > 1 else ""
        if self.cell is not None:
            self._start_inside(self.cell, attributes)
        elif parent == "sheetData":
            if name != "row":
                raise ValueError("an element out of place")
            given = attributes.get("r", "").strip()
            self.row = int(given) if given else self.row + 1
            self.column = 0
            if not 0 < self.row <= MAX_ROW:
                raise ValueError("a row outside the grid")
            hidden = ' hidden="1"' if attributes.get("hidden", "").strip() in ("1", "true") else ""
            self.out.append(f'<row r="{self.row}"{hidden}>')
        elif parent == "row" and self.path[-3:-2] == ["sheetData"]:  # the anchor of a control has a row, too
            if name == "c":
                self.cell, self.depth, self.text = attributes, len(self.path), None
                self.formula, self.formula_text = None, ""
            elif name != "extLst":
                raise ValueError("an element out of place")
        else:
            super().start(attributes)

    def _start_inside(self, cell: dict[str, str], attributes: dict[str, str]) -> None:
        """An element within a cell."""
        inner = self.path[self.depth :]
        inline = cell.get("t") == "inlineStr"
        if inner == ["v"]:
            if self.text is not None:
                raise ValueError("two values")
            self.text = []
            self.open_run(attributes, preserve=True)
        elif inner == ["f"]:
            self.formula, self.run = attributes, []
        elif inline and inner == ["is"]:
            self.text = []
        elif inline and inner in (["is", "t"], ["is", "r", "t"]):
            self.open_run(attributes)
        elif self.run is not None or inner[0] not in ("is", "extLst") or (inner[0] == "is" and not inline):
            raise ValueError("an element out of place")

    def end(self) -> None:
        if self.run is not None and self.path[self.depth:] == ["f"]:
            self.formula_text, self.run = "".join(self.run), None
        elif self.run is not None:
            self.close_run()
        elif self.cell is not None:
            if len(self.path) == self.depth:
                self._cell(self.cell)
                self.cell = None
        elif self.path[-2:] == ["sheetData", "row"]:
            self.out.append("</row>")

    def _cell(self, attributes: dict[str, str]) -> None:
        place = (attributes.get("r") or address(self.row - 1, self.column)).strip().upper()
        match = _REFERENCE.fullmatch(place)
        if not match:
            refuse(f"工作表“{self.sheet}”已损坏：单元格地址 {place[:20]!r} 无效", sheet=self.sheet)
        place = match[1] + match[2]
        self.column = 0
        for letter in match[1]:
            self.column = self.column * 26 + ord(letter) - 64
        self.cells += 1
        if self.cells > MAX_REWRITTEN:
            refuse(f"工作表“{self.sheet}”过大（超过 {MAX_REWRITTEN:,} 个单元格），又不是 Excel 写的，读取太慢",
                   "请用 Excel 打开，删去多余的行和列，保存后再试", self.sheet)

        def damaged(what: str) -> Never:
            refuse(f"工作表“{self.sheet}”已损坏：单元格 {place} 的{what}", sheet=self.sheet, cell=place)

        kind, style = attributes.get("t", "n").strip(), attributes.get("s", "0").strip()
        if kind not in _TYPES:
            damaged(f"类型 {kind[:20]!r} 不认识")
        if not (style.isdecimal() and style.isascii() and len(style) <= 6):
            damaged(f"格式编号 {style[:20]!r} 无效")
        value = ""
        if self.text is not None:
            text = "".join(self.text)
            if kind not in ("str", "e", "inlineStr"):
                text = text.strip()
                if kind == "b":
                    text = {"true": "1", "false": "0"}.get(text.lower(), text)
                if text and not _is_valid(kind, text):
                    damaged(f"值 {text[:20]!r} 无效")
            value = f"<v>{_escaped(text)}</v>"
        kind = "" if kind == "n" else f' t="{"str" if kind == "inlineStr" else kind}"'
        inside = self._formula() + value
        self.out.append(f'<c r="{place}" s="{style}"{kind}>{inside}</c>' if inside else f'<c r="{place}" s="{style}"/>')


    def _formula(self) -> str:
        if self.formula is None:
            return ""
        given = "".join(f" {name}={quoteattr(self.formula[name])}" for name in ("t", "ref", "si")
                        if name in self.formula)
        return f"<f{given}>{_escaped(self.formula_text)}</f>" if self.formula_text else f"<f{given}/>"


def _is_valid(kind: str, text: str) -> bool:
    if kind == "s":
        return text.isdecimal() and text.isascii() and len(text) <= 9
    return is_number(text) if kind == "n" else kind != "b" or text in ("0", "1")


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})
