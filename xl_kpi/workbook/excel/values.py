"""Formulas that call certain functions, found in HR's open workbook and replaced by the values that they show.

Whole formulas only: one of which such a call is a part becomes a value as well, an array or what a formula spills with
all its cells.  What Excel shows as an error stays that error.  The formulas are kept as texts (``undo``), so that no
call of theirs stays in the workbook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from xl_kpi.workbook.error_values import ERRORS
from xl_kpi.workbook.excel.areas import area_address, rectangles
from xl_kpi.workbook.excel.fill import put
from xl_kpi.workbook.excel.names import is_own
from xl_kpi.workbook.excel.read import block
from xl_kpi.workbook.grid import Area, address, area_of

if TYPE_CHECKING:
    import xlwings as xw

_TEXT = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'(?=!)')        # texts; names of sheets and books in quotes
TYPED = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")      # errors that Excel takes in a formula
LONGEST_ARRAY = 255         # characters of an array formula that Excel takes back from a program
Place = tuple[int, int]


@dataclass
class Calls:
    """Formulas of a sheet that call the functions.  ``cells``: those of one cell, by place; ``arrays`` and ``spills``:
    (all cells, formula); ``errors``: what shows an error; ``unclear``: cells of which it cannot be known how far the
    formula goes, or that could not be brought back."""

    sheet: str
    cells: dict[Place, str] = field(default_factory=dict)
    arrays: list[tuple[Area, str]] = field(default_factory=list)
    spills: list[tuple[Area, str]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)        # address → error
    unclear: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Of formulas."""
        return len(self.cells) + len(self.arrays) + len(self.spills)

    @property
    def places(self) -> list[Place]:
        """All cells that show what the formulas give."""
        return sorted({*self.cells, *(place for area, _ in [*self.arrays, *self.spills] for place in _cells(area))})

    @property
    def areas(self) -> list[Area]:
        places = self.places
        if not places:
            return []
        rows, columns = np.array(places).T
        mask = np.zeros((rows.max() + 1, columns.max() + 1), bool)
        mask[rows, columns] = True
        return rectangles(mask)


def calling(functions: Iterable[str], names: dict[str, str]) -> tuple[Callable[[str], bool], list[str]]:
    """(whether a formula calls one of the functions, the defined names that do).  ``names``: name → its formula."""
    calls = _pattern(functions, r"\s*\(")
    found: list[str] = []
    while True:
        known = _pattern(found, r"(?![\w.!])")

        def calls_one(formula: str, known: re.Pattern[str] | None = known) -> bool:
            bare = _TEXT.sub("", formula)
            return bool(calls and calls.search(bare)) or bool(known and known.search(bare))

        more = [name for name, formula in names.items() if name not in found and calls_one(formula)]
        if not more:
            return calls_one, found
        found += more


def _pattern(words: Iterable[str], after: str) -> re.Pattern[str] | None:
    words = [re.escape(word.rpartition("!")[2]) for word in words]
    return re.compile(rf"(?<![\w.\\])(?:{'|'.join(words)}){after}", re.IGNORECASE) if words else None


def calls_in(book: xw.Book, functions: Iterable[str], sheets: Iterable[str]) -> tuple[list[Calls], list[str]]:
    """(what calls the functions on these sheets, the defined names that do), as the workbook stands calculated."""
    book.app.calculate()
    uses, names = calling(functions, {name.name: name.refers_to or "" for name in book.names})
    wanted = {name.lower() for name in sheets}
    found = [_calls_of(sheet, uses) for sheet in book.sheets
             if sheet.name.lower() in wanted and not is_own(sheet.name)]
    return [one for one in found if one.count or one.unclear], names


def to_values(book: xw.Book, found: list[Calls]) -> None:
    """Put the values in the place of the formulas."""
    for one in found:
        sheet = book.sheets[one.sheet]
        shown = _values(sheet, one.areas)
        for area, _ in [*one.arrays, *one.spills]:      # which cannot be changed cell by cell
            sheet.range(area_address(area)).clear_contents()
        put(sheet, {place: value for place, value in shown.items() if isinstance(value, str)}, True)
        put(sheet, {place: f"={_error(value)}" if _error(value) else value for place, value in shown.items()
                    if not isinstance(value, str)}, False)
        after = _values(sheet, one.areas)
        if any(after[place] != (None if value == "" else value) for place, value in shown.items()):
            raise ArithmeticError("a cell does not show what it showed before")


def back(sheet: xw.Sheet, cells: list[tuple[int, int, str]], arrays: list[tuple[Area, str]],
         spills: list[tuple[Area, str]]) -> None:
    """Put the formulas back."""
    kind = "formula2" if _has_formula2(sheet) else "formula"
    put(sheet, {(row, column): formula for row, column, formula in cells}, False, kind)
    for area, formula in arrays:
        sheet.range(area_address(area)).formula_array = formula
    for area, formula in spills:
        sheet.range(area_address(area)).clear_contents()
        setattr(sheet.range(area_address((*area[:2], *area[:2]))), kind, formula)


def _calls_of(sheet: xw.Sheet, uses: Callable[[str], bool]) -> Calls:
    found = Calls(sheet.name)
    used = sheet.used_range
    top, left = used.row - 1, used.column - 1
    formulas = block(used.formula2 if _has_formula2(sheet) else used.formula)
    values = block(used.api.Value2)
    # a text that begins with = is its own formula
    mask = np.array([[isinstance(one, str) and one.startswith("=") and one != value and uses(one)
                      for one, value in zip(*rows, strict=True)] for rows in zip(formulas, values, strict=True)])
    covered: set[Place] = set()
    for r0, c0, r1, c1 in rectangles(mask):
        for area in _parts(sheet, (top + r0, left + c0, top + r1, left + c1), covered, found):
            spills = _ask(sheet, area, "HasSpill")
            if not (spills or _ask(sheet, area, "HasArray")):
                found.cells |= {place: formulas[place[0] - top][place[1] - left] for place in _cells(area)}
                continue
            whole = _named(sheet, area, ("SpillParent", "SpillingToRange") if spills else ("CurrentArray",))
            formula = formulas[whole[0] - top][whole[1] - left] if whole else ""
            if whole is None or (not spills and len(formula) > LONGEST_ARRAY):
                found.unclear.append(address(*area[:2]))
                continue
            (found.spills if spills else found.arrays).append((whole, formula))
            covered |= set(_cells(whole))
    for row, column in found.places:
        error = _error(values[row - top][column - left])
        if error in TYPED:
            found.errors[address(row, column)] = error
        elif error:
            found.unclear.append(address(row, column))
    return found


def _cells(area: Area) -> Iterator[Place]:
    top, left, bottom, right = area
    return ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


def _parts(sheet: xw.Sheet, area: Area, covered: set[Place], found: Calls) -> Iterator[Area]:
    """An area in parts: those without arrays and spilled cells as large as they are, of the others one cell of each;
    ``covered`` grows meanwhile."""
    waiting = [area]
    while waiting:
        top, left, bottom, right = one = waiting.pop(0)
        if covered and covered.issuperset(_cells(one)):
            continue
        alone = (top, left) == (bottom, right)
        kinds = {_ask(sheet, one, "HasArray"), _ask(sheet, one, "HasSpill")}
        if kinds <= {False, _ABSENT} or (alone and None not in kinds):
            yield one
        elif alone:
            found.unclear.append(address(top, left))
        elif bottom > top:
            middle = (top + bottom) // 2
            waiting[:0] = [(top, left, middle, right), (middle + 1, left, bottom, right)]
        else:
            middle = (left + right) // 2
            waiting[:0] = [(top, left, bottom, middle), (top, middle + 1, bottom, right)]


_ABSENT = ""            # what an Excel that spills nothing says of spilling


def _ask(sheet: xw.Sheet, area: Area, what: str) -> Any:
    """True, False, None (some cells, or it cannot be known), ``_ABSENT``."""
    try:
        return getattr(sheet.range(area_address(area)).api, what)
    except Exception:
        return _ABSENT if what == "HasSpill" else None


def _named(sheet: xw.Sheet, area: Area, way: tuple[str, ...]) -> Area | None:
    """The area that Excel names; None where it does not."""
    try:
        found = sheet.range(area_address(area)).api
        for name in way:
            found = getattr(found, name)
        return area_of(found.Address)
    except Exception:
        return None


def _values(sheet: xw.Sheet, areas: list[Area]) -> dict[Place, Any]:
    found: dict[Place, Any] = {}
    for top, left, bottom, right in areas:
        rows = block(sheet.range(area_address((top, left, bottom, right))).api.Value2)
        found |= {(top + r, left + c): value for r, row in enumerate(rows) for c, value in enumerate(row)}
    return found


def _error(value: Any) -> str:
    """The error that a cell shows; over COM an error is a whole number, as no cell's number is."""
    return ERRORS.get(value, "#N/A") if isinstance(value, int) and not isinstance(value, bool) else ""


def _has_formula2(sheet: xw.Sheet) -> bool:
    """Whether this Excel spills: then a formula is only itself in this form."""
    try:
        return isinstance(sheet.range("A1").formula2, str)
    except Exception:
        return False
