"""Cells filled and rows added in the XML of one of HR's own sheets; nothing else of the sheet changes.

Added rows carry on the formats of the row above, and what was laid over that row (drop-downs, conditional formats, the
table, the print area) is drawn down to cover them.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

from lxml import etree

from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import Refused
from xl_kpi.sheets.model import Value
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.grid import address, place_of
from xl_kpi.workbook.package import RESAVE
from xl_kpi.workbook.render_xlsx import plain_text

_AREA = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d{1,7})(?::(\$?)([A-Z]{1,3})(\$?)(\d{1,7}))?")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class Grid:
    """The rows and cells of a sheet's tree.  Raises Refusal for what cannot be filled without harm."""

    def __init__(self, root: etree._Element, sheet: str):
        self.root, self.sheet = root, sheet
        found = root.find("{*}sheetData")
        if found is None:
            raise Refusal([Problem("error", f"工作表“{sheet}”已损坏，没有数据区", RESAVE, sheet)])
        self.data: etree._Element = found
        self._prefix = f"{{{etree.QName(found).namespace}}}"
        self.rows: dict[int, etree._Element] = {}
        number = -1
        for row in self._children(found, "row"):
            number = int(row.get("r", "0")) - 1 if row.get("r") else number + 1
            row.set("r", str(number + 1))
            self.rows[number] = row
        self._order = sorted(self.rows)
        self._cells: dict[int, dict[int, etree._Element]] = {}
        self._arrays = [area for f in found.iter(self._prefix + "f") if f.get("t") in ("array", "dataTable")
                        for area in _areas(f.get("ref", ""))]
        self._merges = [area for m in root.iterfind("{*}mergeCells/{*}mergeCell") for area in _areas(m.get("ref", ""))]

    def _children(self, element: etree._Element, name: str) -> Iterable[etree._Element]:
        return element.iterchildren(self._prefix + name)

    def cells(self, row: int) -> dict[int, etree._Element]:
        """column → cell of a row."""
        found = self._cells.get(row)
        if found is None:
            found = self._cells[row] = {}
            if row in self.rows:
                column = -1
                for cell in self._children(self.rows[row], "c"):
                    column = place_of(cell.get("r", ""))[1] if cell.get("r") else column + 1
                    cell.set("r", address(row, column))
                    found[column] = cell
        return found

    def row(self, number: int, like: etree._Element | None = None) -> etree._Element:
        """A row, made in its place when it is not there, with the height and format of ``like``."""
        row = self.rows.get(number)
        if row is None:
            row = etree.Element(self._prefix + "row", r=str(number + 1))
            for key, value in (like.attrib.items() if like is not None else ()):
                if key not in ("r", "spans", "hidden", "collapsed"):
                    row.set(key, value)
            at = bisect(self._order, number)
            if at:
                self.rows[self._order[at - 1]].addnext(row)
            else:
                self.data.insert(0, row)
            self._order.insert(at, number)
            self.rows[number] = row
            self._cells[number] = {}
        return row

    def cell(self, row: int, column: int, style: str | None) -> etree._Element:
        """A cell, made in its place when it is not there, with ``style``."""
        cells = self.cells(row)
        cell = cells.get(column)
        if cell is None:
            cell = etree.Element(self._prefix + "c", r=address(row, column))
            if style not in (None, "0"):
                cell.set("s", style or "0")
            parent = self.row(row)
            parent.attrib.pop("spans", None)        # an aid to the reader that would be wrong now
            after = max((c for c in cells if c < column), default=None)
            parent.insert(0 if after is None else parent.index(cells[after]) + 1, cell)
            cells[column] = cell
        return cell

    def put(self, cell: etree._Element, value: Value, keep_formula: bool = False) -> None:
        """Give a cell a value, typed; its format stays.  ``keep_formula``: a formula that is there stays too, the value
        is what it now gives."""
        formula = cell.find(self._prefix + "f") if keep_formula else None
        if formula is None:
            self._refuse_shared(cell, cell.get("r", ""))
        for child in list(cell):
            if child is not formula:
                cell.remove(child)
        for key in ("t", "cm", "vm") if formula is None else ("t",):
            cell.attrib.pop(key, None)
        if value is None or value == "":
            return
        if isinstance(value, Refused):
            raise AssertionError("a refused value never goes into a table of HR's")
        if isinstance(value, bool):
            cell.set("t", "b")
            etree.SubElement(cell, self._prefix + "v").text = str(int(value))
        elif isinstance(value, str) and formula is not None:
            cell.set("t", "str")
            etree.SubElement(cell, self._prefix + "v").text = plain_text(value)
        elif isinstance(value, str):
            cell.set("t", "inlineStr")
            text = etree.SubElement(etree.SubElement(cell, self._prefix + "is"), self._prefix + "t")
            text.text = plain_text(value)
            if text.text != text.text.strip():
                text.set(_SPACE, "preserve")
        else:
            etree.SubElement(cell, self._prefix + "v").text = number_text(value)

    def _refuse_shared(self, cell: etree._Element, place: str) -> None:
        """Refuse cells whose change would change others."""
        row, column = place_of(place)
        formula = cell.find(self._prefix + "f")
        text = ""
        if formula is not None and formula.get("t") == "shared" and formula.get("ref", place) != place:
            text = "是一组共用公式的第一格，改了它别的格也会变"
        elif any(_inside(area, row, column) for area in self._arrays):
            text = "属于数组公式，不能单独改"
        elif any(_inside(area, row, column) and (row, column) != area[:2] for area in self._merges):
            text = "在合并单元格里，写进去也看不见"
        if text:
            raise Refusal([Problem("error", f"工作表“{self.sheet}”的 {place} {text}",
                                   "在 Excel 里把这一列改成数值、取消合并后再试", self.sheet, place)])

    def holds(self, row: int) -> bool:
        """Whether a row holds anything but formats, and formulas that were drawn down in advance."""
        return any(len(cell) and cell.find(self._prefix + "f") is None for cell in self.cells(row).values())


def fill(root: etree._Element, filled: Filled) -> tuple[int, int]:
    """Apply to a sheet's tree; gives (the row that was carried on, the last row added), equal when none was added."""
    grid = Grid(root, filled.sheet)
    for (row, column), value in filled.cells.items():
        grid.put(grid.cell(row, column, None), value)
    last = filled.after + len(filled.added)
    if filled.added:
        _refuse_occupied(grid, filled, last)
        _add(grid, filled)
        _draw_down(root, filled.after, last)
        _reach(root, grid)
    return filled.after, last


def _refuse_occupied(grid: Grid, filled: Filled, last: int) -> None:
    for row in range(filled.after + 1, last + 1):
        crossed = any(top <= row <= bottom for top, _, bottom, _ in grid._merges)
        if grid.holds(row) or crossed:
            missing = last - row + 1
            raise Refusal([Problem(
                "error", f"工作表“{filled.sheet}”要在第 {filled.after + 1} 行下面加 {len(filled.added)} 行，"
                f"可是第 {row + 1} 行已经有内容",
                f"在 Excel 里第 {row + 1} 行之上插入 {missing} 个空行，保存后再试", filled.sheet, address(row, 0))])


def _add(grid: Grid, filled: Filled) -> None:
    above = grid.cells(filled.after) if filled.after > filled.heading else {}
    like = grid.rows.get(filled.after) if filled.after > filled.heading else None
    styles = _column_styles(grid.root)
    for n, values in enumerate(filled.added, 1):
        row = filled.after + n
        prepared = row in grid.rows
        grid.row(row, like)
        for column in sorted({*above, *values}):
            style = above[column].get("s") if column in above else styles(column)
            cell = grid.cell(row, column, style)
            if not prepared and style is not None:
                cell.set("s", style)
            if column in values:
                grid.put(cell, values[column], keep_formula=True)


def _column_styles(root: etree._Element) -> Callable[[int], str | None]:
    spans = [(int(c.get("min", "1")) - 1, int(c.get("max", "1")) - 1, c.get("style"))
             for c in root.iterfind("{*}cols/{*}col")]
    return lambda column: next((style for first, last, style in spans if first <= column <= last), None)


def _draw_down(root: etree._Element, after: int, last: int) -> None:
    """Drop-downs and conditional formats (of both kinds) that end at the row carried on reach the new rows."""
    for element in root.iter("{*}dataValidation", "{*}conditionalFormatting"):
        if element.get("sqref"):
            element.set("sqref", drawn_down(element.get("sqref", ""), after, last))
        for inner in element.iterchildren("{*}sqref"):
            inner.text = drawn_down(inner.text or "", after, last)


def drawn_down(text: str, after: int, last: int) -> str:
    """Areas (``A4:A20 C4``, also with sheet names and $) whose last row is ``after`` made to end at ``last``."""

    def longer(match: re.Match[str]) -> str:
        d1, c1, d2, first, d3, c2, d4, second = match.groups()
        if int(second or first) != after + 1:
            return match[0]
        return f"{d1}{c1}{d2}{first}:{d3 if second else d1}{c2 or c1}{d4 if second else d2}{last + 1}"

    head, mark, areas = text.rpartition("!")        # a sheet's name is no area
    return head + mark + _AREA.sub(longer, areas)


def _reach(root: etree._Element, grid: Grid) -> None:
    """What the sheet says of its own extent."""
    dimension = root.find("{*}dimension")
    if dimension is None or not grid.rows:
        return
    found = _areas(dimension.get("ref", ""))
    bottom = max(grid.rows)
    right = max((c for row in grid.rows for c in grid.cells(row)), default=0)
    top, left, old_bottom, old_right = found[0] if found else (0, 0, 0, 0)
    dimension.set("ref", f"{address(top, left)}:{address(max(bottom, old_bottom), max(right, old_right))}")


def _areas(text: str) -> list[tuple[int, int, int, int]]:
    """(first row, first column, last row, last column) of each area."""
    found = []
    for match in _AREA.finditer(text):
        _, c1, _, first, _, c2, _, second = match.groups()
        top, left = place_of(f"{c1}{first}")
        bottom, right = place_of(f"{c2 or c1}{second or first}")
        found.append((top, left, bottom, right))
    return found


def _inside(area: tuple[int, int, int, int], row: int, column: int) -> bool:
    top, left, bottom, right = area
    return top <= row <= bottom and left <= column <= right


def number_text(value: int | float | Decimal | Fraction) -> str:
    """A number as a cell stores it."""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
    return repr(float(value)) if isinstance(value, Fraction | float) else str(value)

