"""Compares a workbook into which rows were inserted with the original.

It does not move anything itself: it looks at the numbers.  Two texts are alike when they differ in nothing but numbers
of rows, each of which is as it was or, from the row above the new ones on, greater by as many as were inserted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy

from lxml import etree

from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.differs import cell_differs, differs, format_differs, rest_differs
from xl_kpi.workbook.fill import Grid, areas_of, says
from xl_kpi.workbook.grid import address, place_of
from xl_kpi.workbook.moving import cell_formulas
from xl_kpi.workbook.package import Package

_NUMBER = re.compile(r"(?<![\w.])(\$?[A-Z]{1,3}\$?|\$)?(\d+)(?![\d.]|\w)")
_AFTER = "插入行以后核对", "在 Excel 里自己插入行以后再试"
_MOVED = re.compile(r"xl/(worksheets|drawings|charts|tables)/[^/]+\.xml")


def alike(old: str, new: str, room: Sequence[Filled]) -> bool:
    """Whether a text has become another by nothing but rows that moved."""
    if old == new or not room:
        return old == new
    a, b = _pieces(old), _pieces(new)
    return len(a) == len(b) and all(
        one == other if n % 2 == 0 else _moved(one, other, room)
        for n, (one, other) in enumerate(zip(a, b, strict=True)))


def _pieces(text: str) -> list[str]:
    """What is no number and what is one, by turns."""
    found, at = [], 0
    for match in _NUMBER.finditer(text):
        found += [text[at:match.start(2)], match[2]]
        at = match.end(2)
    return [*found, text[at:]]


def _moved(old: str, new: str, room: Sequence[Filled]) -> bool:
    return old == new or any(int(new) - int(old) == one.room and int(old) >= one.after + 1 for one in room) or (
        len(room) > 1 and 0 < int(new) - int(old) <= sum(one.room for one in room))


def moved_along(before: Package, after: Package, old: Mapping[str, str], new: Mapping[str, str],
                room: Sequence[Filled]) -> set[str]:
    """The parts (in lower case) in which rows moved along, and nothing else; those of the sheets with new rows
    themselves are not looked at here.  Raises Refusal."""
    with_room = {old[one.sheet.lower()].lower() for one in room}
    sheets = {part.lower() for part in old.values()}
    found = set()
    for part in before.parts:
        key = part.lower()
        if key in with_room or not _MOVED.fullmatch(key) or part not in after or before.packed(part) == after.packed(
                part):
            continue
        a, b = before.tree(part, large=True), after.tree(part, large=True)
        if key in sheets:
            _formulas_alike(a, b, room, part)
            for root in (a, b):
                _without_formulas(root)
        if not alike(_text(a), _text(b), room):
            differs(f"部件 {part}", *_AFTER)
        found.add(key)
    return found


def inserted(old: etree._Element, new: etree._Element, filled: Filled, room: Sequence[Filled]) -> None:
    """A filled sheet with new rows says what was wanted; without these, and with the old values, it is what it was.
    Raises Refusal."""
    sheet, after, count = filled.sheet, filled.after, filled.room
    was, now = Grid(old, sheet), Grid(new, sheet)
    for grid in (was, now):
        for row in grid.rows:
            grid.cells(row)
    for (row, column), value in filled.cells.items():
        if not says(now.cells(row).get(column), value):
            cell_differs(sheet, address(row, column))
    fresh = range(after + 1, after + count + 1)
    for row in fresh:
        if row not in now.rows:
            differs(f"工作表“{sheet}”第 {row + 1} 行", *_AFTER)
        for column, cell in now.cells(row).items():
            model = was.cells(after).get(column)
            own = [child for child in cell if etree.QName(child).localname != "f"]
            if (model is not None and model.get("s") != cell.get("s")) or (own and (row, column) not in filled.cells):
                differs(f"工作表“{sheet}”加的 {address(row, column)}", *_AFTER)
    _formulas_alike(old, new, room, f"工作表“{sheet}”", set(fresh))
    for row in fresh:
        parent = now.rows[row].getparent()
        assert parent is not None
        parent.remove(now.rows[row])
    for row, element in now.rows.items():
        back = row - count if row > after + count else row
        if row in fresh:
            continue
        for column, cell in now.cells(row).items():
            theirs = was.cells(back).get(column)
            if (row, column) in filled.cells:
                if theirs is None:
                    element.remove(cell)
                    continue
                if theirs.get("s") != cell.get("s"):
                    format_differs(sheet, address(row, column))
                copy = deepcopy(theirs)
                element.replace(cell, copy)
                cell = copy     # noqa: PLW2901
            cell.set("r", address(back, column))
        element.set("r", str(back + 1))
    for row, element in was.rows.items():       # a row that was made to hold what is filled in
        if row not in {r - count if r > after + count else r for r in now.rows if r not in fresh}:
            differs(f"工作表“{sheet}”第 {row + 1} 行", *_AFTER)
        element.attrib.pop("spans", None)
    for element in list(new.iterfind("{*}sheetData/{*}row")):
        element.attrib.pop("spans", None)
        if int(element.get("r", "0")) - 1 not in was.rows and not len(element):
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
    _merges_back(new, fresh)
    for root in (old, new):
        _without_formulas(root)
        for dimension in root.findall("{*}dimension"):
            root.remove(dimension)
    if _cells_text(old) != _cells_text(new) or not alike(_text(old, around=True), _text(new, around=True), room):
        rest_differs(sheet)


def _merges_back(root: etree._Element, fresh: range) -> None:
    holder = root.find("{*}mergeCells")
    if holder is None:
        return
    for one in list(holder):
        if any(area[0] in fresh and area[2] in fresh for area in areas_of(one.get("ref", ""))):
            holder.remove(one)
    if holder.get("count"):
        holder.set("count", str(len(holder)))


def _formulas_alike(old: etree._Element, new: etree._Element, room: Sequence[Filled], what: str,
                    fresh: Iterable[int] = ()) -> None:
    """The formulas of the cells that were there, in their order, but for rows that moved."""
    def listed(root: etree._Element, left: set[int]) -> list[str]:
        return [text for cell, _, text in cell_formulas(root) if place_of(cell)[0] not in left]

    a, b = listed(old, set()), listed(new, set(fresh))
    if len(a) != len(b) or not all(alike(one, other, room) for one, other in zip(a, b, strict=True)):
        differs(f"{what}的公式", *_AFTER)


def _without_formulas(root: etree._Element) -> None:
    for cell in root.iterfind("{*}sheetData/{*}row/{*}c"):
        for formula in cell.findall("{*}f"):
            cell.remove(formula)


def _text(root: etree._Element, around: bool = False) -> str:
    """The XML of a part; ``around``: of a sheet without its cells."""
    if around:
        root = deepcopy(root)
        for data in root.findall("{*}sheetData"):
            root.remove(data)
    return etree.tostring(root, method="c14n").decode()


def _cells_text(root: etree._Element) -> bytes:
    data = root.find("{*}sheetData")
    assert data is not None
    text: bytes = etree.tostring(data, method="c14n")
    return text
