"""Cells filled and rows added in the XML of one of HR's own sheets; nothing else of the sheet changes.

Added rows carry on the formats of the row above, and what was laid over that row (drop-downs, conditional formats, the
table, the print area) is drawn down to cover them.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

from lxml import etree

from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import RefusedCell
from xl_kpi.sheets.model import Value
from xl_kpi.workbook.changes import Filled, Rich
from xl_kpi.workbook.grid import MAX_ROW, address, place_of
from xl_kpi.workbook.package import RESAVE
from xl_kpi.workbook.text import plain_text

_AREA = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d{1,7})(?::(\$?)([A-Z]{1,3})(\$?)(\d{1,7}))?")
_SHEET_OR_AREA = re.compile(r"'(?:[^']|'')*'!|[^\s,!()']+!|" + _AREA.pattern)     # a sheet's name is no area
_OTHER_SHEET = re.compile(r"(?:'(?:[^']|'')*'|[\w.]+)!" + _AREA.pattern)
_ROW_NUMBER = re.compile(r"(?<![\w$.])(\$?[A-Z]{1,3})(\d{1,7})(?![\w(!])")
_ESCAPE = re.compile(r"(?=_x[0-9A-Fa-f]{4}_)")      # what Excel would take for a character's code
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
                        for area in areas_of(f.get("ref", ""))]
        self.merges = [area for m in root.iterfind("{*}mergeCells/{*}mergeCell") for area in areas_of(m.get("ref", ""))]

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
            self._cells.setdefault(number, {})
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
        if isinstance(value, RefusedCell):
            raise AssertionError("a refused value never goes into a table of HR's")
        if isinstance(value, bool):
            cell.set("t", "b")
            etree.SubElement(cell, self._prefix + "v").text = str(int(value))
        elif isinstance(value, str) and formula is not None:
            cell.set("t", "str")
            etree.SubElement(cell, self._prefix + "v").text = cell_text(value)
        elif isinstance(value, Rich):
            cell.set("t", "inlineStr")
            holder = etree.SubElement(cell, self._prefix + "is")
            for look, piece in value.runs:
                run = etree.SubElement(holder, self._prefix + "r")
                if look is not None:
                    run.append(deepcopy(look))
                text = etree.SubElement(run, self._prefix + "t")
                text.text = cell_text(piece)
                text.set(_SPACE, "preserve")
        elif isinstance(value, str):
            cell.set("t", "inlineStr")
            text = etree.SubElement(etree.SubElement(cell, self._prefix + "is"), self._prefix + "t")
            text.text = cell_text(value)
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
        elif any(_inside(area, row, column) and (row, column) != area[:2] for area in self.merges):
            text = "在合并单元格里，写进去也看不见"
        if text:
            raise Refusal([Problem("error", f"工作表“{self.sheet}”的 {place} {text}",
                                   "在 Excel 里把这一列改成数值、取消合并后再试", self.sheet, place)])

    def extent(self) -> Iterable[tuple[int, int]]:
        """The first and the last cell of every row."""
        for number in self.rows:
            if columns := self.cells(number):
                yield from ((number, min(columns)), (number, max(columns)))

    def holds(self, row: int, above: int) -> bool:
        """Whether a row holds anything but formats, and formulas drawn down in advance: those of the row ``above``, or
        such as look at no other row (sums of a 合计 row without the word do)."""
        for column, cell in self.cells(row).items():
            formula = cell.find(self._prefix + "f")
            if formula is None:
                if len(cell):
                    return True
            elif formula.text and _looks_elsewhere(formula.text, row):
                model = self.cells(above).get(column)
                model = None if model is None else model.find(self._prefix + "f")
                if model is None or _relative(model.text or "", above) != _relative(formula.text, row):
                    return True
        return False


def _looks_elsewhere(formula: str, row: int) -> bool:
    """Whether a formula looks at another row of its own sheet."""
    own = _OTHER_SHEET.sub("", formula)
    return any((top, bottom) != (row, row) for top, _, bottom, _ in areas_of(own))


def _relative(formula: str, row: int) -> str:
    """A formula with its rows counted from its own."""
    return _ROW_NUMBER.sub(lambda m: f"{m[1]}[{int(m[2]) - row}]", formula)


def says(cell: etree._Element | None, value: Value) -> bool:
    """Whether a cell holds a value, and nothing besides (a formula may have it as its result)."""
    if cell is None:
        return value is None or value == ""
    text = "".join(t.text or "" for t in cell.iter("{*}v", "{*}t"))
    if value is None or value == "":
        return not text
    if isinstance(value, str):
        return cell.get("t") in ("inlineStr", "str") and text == cell_text(value)
    if isinstance(value, bool):
        return cell.get("t") == "b" and text == str(int(value))
    return cell.get("t") is None and not isinstance(value, RefusedCell) and text == number_text(value)


def cell_text(value: str) -> str:
    """A text as a cell's XML holds it."""
    return _ESCAPE.sub("_x005F", plain_text(value))


def fill(root: etree._Element, filled: Filled, tables: Sequence[etree._Element] = (),
         printed: Sequence[etree._Element] = ()) -> None:
    """Apply to a sheet's tree, its tables and the names of its print and filter areas."""
    grid = Grid(root, filled.sheet)
    for (row, column), value in filled.cells.items():
        grid.put(grid.cell(row, column, None), value)
    if filled.added:
        _refuse_totals(tables, filled)
        _refuse_occupied(grid, filled)
        _add(grid, filled)
        draw_down(root, filled, tables, printed)
    _reach(grid)


def _refuse_totals(tables: Sequence[etree._Element], filled: Filled) -> None:
    for table in tables:
        for top, left, bottom, _ in areas_of(table.get("ref", "")):
            if table.get("totalsRowCount", "0") != "0" and top <= filled.after <= bottom <= _last(filled):
                raise Refusal([Problem(
                    "error", f"工作表“{filled.sheet}”的表格“{table.get('displayName', '')}”有汇总行，"
                    f"它上面放不下要加的 {len(filled.added)} 行",
                    "在 Excel 里关掉这个表格的汇总行，或在汇总行之上插入空行，保存后再试",
                    filled.sheet, address(bottom, left))])


def _refuse_occupied(grid: Grid, filled: Filled) -> None:
    last = _last(filled)
    for row in range(filled.after + 1, last + 1):
        crossed = any(top <= row <= bottom for top, _, bottom, _ in grid.merges)
        if crossed or grid.holds(row, filled.after):
            raise Refusal([Problem(
                "error", f"工作表“{filled.sheet}”要在第 {filled.after + 1} 行下面加 {len(filled.added)} 行，"
                f"可是第 {row + 1} 行已经有内容",
                f"在 Excel 里第 {row + 1} 行之上插入 {last - row + 1} 个空行，保存后再试",
                filled.sheet, address(row, 0))])
    if last >= MAX_ROW:
        raise Refusal([Problem("error", f"工作表“{filled.sheet}”下面没有空行了", "删去用不到的行后再试", filled.sheet)])


def _last(filled: Filled) -> int:
    """The last row that is added."""
    return filled.after + len(filled.added)


def _add(grid: Grid, filled: Filled) -> None:
    above = grid.cells(filled.after) if filled.after > filled.heading else {}
    like = grid.rows.get(filled.after) if filled.after > filled.heading else None
    styles = _column_styles(grid.root)
    other = {column: grid.cells(row)[column].get("s") for column, row in filled.formats.items()}
    for n, values in enumerate(filled.added, 1):
        row = filled.after + n
        prepared = row in grid.rows
        grid.row(row, like).attrib.pop("hidden", None)
        for column in sorted({*above, *values}):
            style = other.get(column) or (above[column].get("s") if column in above else styles(column))
            cell = grid.cell(row, column, style)
            # a date and a number need the format of those above; elsewhere a row prepared by HR keeps its own
            if style is not None and (not prepared or column in values):
                cell.set("s", style)
            if column in values:
                grid.put(cell, values[column], keep_formula=True)


def _column_styles(root: etree._Element) -> Callable[[int], str | None]:
    spans = [(int(c.get("min", "1")) - 1, int(c.get("max", "1")) - 1, c.get("style"))
             for c in root.iterfind("{*}cols/{*}col")]
    return lambda column: next((style for first, last, style in spans if first <= column <= last), None)


def draw_down(root: etree._Element, filled: Filled, tables: Sequence[etree._Element],
              printed: Sequence[etree._Element]) -> None:
    """What is laid over the row carried on and ends before the last row added reaches down to it: drop-downs and
    conditional formats (of both kinds), filters, tables, print areas."""
    for element in root.iter("{*}dataValidation", "{*}conditionalFormatting"):
        if element.get("sqref"):
            element.set("sqref", drawn_down(element.get("sqref", ""), filled))
        for inner in element.iterchildren("{*}sqref"):
            inner.text = drawn_down(inner.text or "", filled)
    for whole in (root, *tables):
        for element in (*whole.iterchildren("{*}autoFilter"), *([] if whole is root else [whole])):
            element.set("ref", drawn_down(element.get("ref", ""), filled, headed=True))
    for name in printed:
        name.text = drawn_down(name.text or "", filled, headed=True)


def drawn_down(text: str, filled: Filled, headed: bool = False) -> str:
    """Areas (``A4:A20 C4``, also with sheet names and $) made longer.  ``headed``: they have the heading in them, so
    that one that ends there is a table without rows."""
    last = _last(filled)
    carried = filled.after if filled.after > filled.heading else filled.after + 1
    lowest = filled.after if headed else carried

    def longer(match: re.Match[str]) -> str:
        d1, c1, d2, first, d3, c2, d4, second = match.groups()
        if not first or not (int(first) <= carried + 1 and lowest < int(second or first) <= last):
            return match[0]
        return f"{d1}{c1}{d2}{first}:{d3 if second else d1}{c2 or c1}{d4 if second else d2}{last + 1}"

    return _SHEET_OR_AREA.sub(longer, text)


def _reach(grid: Grid) -> None:
    """What the sheet says of its own extent is so afterwards, whatever it said before (1:49, too little, nothing that
    can be read): programs that trust it would not see the cells outside."""
    dimension = grid.root.find("{*}dimension")
    places = list(grid.extent())
    if dimension is None or not places:
        return
    said = dimension.get("ref", "")
    areas = [*areas_of(said), *((*place, *place) for place in places)]
    top, left, bottom, right = (pick(numbers) for pick, numbers in zip((min, min, max, max), zip(*areas, strict=True),
                                                                       strict=True))
    if areas_of(said) != [(top, left, bottom, right)] or not _AREA.fullmatch(said):
        dimension.set("ref", f"{address(top, left)}:{address(bottom, right)}")


def areas_of(text: str) -> list[tuple[int, int, int, int]]:
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


def not_in_front(sheet: bytes) -> bytes:
    """A sheet's XML without the mark that it is selected: Excel would edit it together with the one that is seen."""
    return re.sub(rb"""(<(?:\w+:)?sheetView\b[^>]*?)\s+tabSelected\s*=\s*(?:"[^"]*"|'[^']*')""", rb"\1", sheet)


def number_text(value: int | float | Decimal | Fraction) -> str:
    """A number as a cell stores it."""
    value = value or 0      # no minus zero
    if isinstance(value, Decimal):
        text = format(value, "f")
        return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
    return repr(float(value)) if isinstance(value, Fraction | float) else str(value)

