"""Which formulas show old values: those that look at changed sheets, through however many other formulas.

Exact to the cell where a formula says which cells it looks at; where it does not (INDIRECT), it may look at any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from xl_kpi.workbook.grid import MAX_COLUMN, MAX_ROW, Area, place_of

Place = tuple[int, int]
WHOLE: Area = (0, 0, MAX_ROW - 1, MAX_COLUMN - 1)
_TEXT = re.compile(r'"[^"]*"')
_LOOK = re.compile(
    r"""(?:(?P<sheet>'(?:[^']|'')+'|[^\W\d][\w.]*(?::[^\W\d][\w.]*)?|\[[^\]]*\][\w.]*)!)?
        (?:(?:(?P<area>\$?[A-Za-z]{1,3}\$?\d{1,7}(?::\$?[A-Za-z]{1,3}\$?\d{1,7})?)
             |(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}) | (?P<rows>\$?\d{1,7}:\$?\d{1,7}))(?![\w.(!])
          |(?P<name>[^\W\d][\w.?]*)(?:(?P<call>\s*\()|(?![\w.(!])))
      |(?P<bracket>\[)""", re.VERBOSE)
_BEFORE = re.compile(r"[\w.\]$]")
_RELATIVE = re.compile(r"(?<![\w$.:])[A-Za-z]{1,3}\$?\d|\$[A-Za-z]{1,3}\d")
_ANYWHERE = {"indirect", "call", "evaluate"}        # what may look at any cell
_AROUND = {"offset"}                                # what may look beyond the cells that it names


class Look(NamedTuple):
    """An area of a sheet (in lower case; '' any) that a formula looks at."""

    sheet: str
    area: Area = WHOLE


ANYWHERE = Look("")


@dataclass
class FormulaCell:
    """A formula of a sheet: the cells that show what it gives, and what it looks at."""

    sheet: str
    area: Area
    looks: tuple[Look, ...]


@dataclass
class Names:
    """What the words in formulas mean: sheets in their order (lower case), defined names and tables."""

    sheets: Sequence[str]
    defined: Mapping[str, str]                      # name in lower case → its formula
    tables: Mapping[str, Look]
    _known: dict[str, tuple[Look, ...]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[Look, ...]:
        """What a defined name or a table looks at; nothing for any other word."""
        name = name.lower()
        if name in self.tables:
            return (self.tables[name],)
        if name not in self.defined:
            return ()
        if name not in self._known:
            self._known[name] = (ANYWHERE,)         # of one that is made of itself
            # relative to the cell that uses it: of such names only the sheet is known
            relative = _RELATIVE.search(_TEXT.sub("", self.defined[name])) is not None
            self._known[name] = tuple(dict.fromkeys(
                Look(look.sheet) if relative else look for look in looks_of(self.defined[name], "", self)))
        return self._known[name]

    def between(self, first: str, last: str) -> list[str]:
        """The sheets of first:last."""
        if first not in self.sheets or last not in self.sheets:
            return [""]
        low, high = sorted((self.sheets.index(first), self.sheets.index(last)))
        return list(self.sheets[low:high + 1])


def looks_of(formula: str, own: str, names: Names, down: int = 0, right: int = 0) -> tuple[Look, ...]:
    """What a formula of the sheet ``own`` looks at.  ``down``, ``right``: how far from the cell that it is written for
    (a shared formula)."""
    found: set[Look] = set()
    wide = False
    text = _TEXT.sub('""', formula)
    at = 0
    while match := _LOOK.search(text, at):
        at = max(match.end(), match.start() + 1)
        behind = match.start() > 0 and _BEFORE.match(text, match.start() - 1) is not None
        if match["bracket"]:                        # [金额], [@金额]: of a table around it; behind a name of that table
            at = _closing(text, match.start())
            if not behind:
                found.add(Look(own))
            continue
        if behind and not match["sheet"]:
            continue
        if match["sheet"] and match["sheet"].lstrip("'").startswith("["):
            continue                                # of another workbook
        name = match["name"]
        if name and match["call"]:
            word = name.lower()
            if word in _ANYWHERE:
                return (ANYWHERE,)
            wide = wide or word in _AROUND
            continue
        sheets = _sheets(match["sheet"], own, names)
        if name:
            if name.lower() not in ("true", "false"):
                found.update(names.of(name))
            if match["sheet"] and not names.of(name):
                found |= {Look(sheet) for sheet in sheets}          # a name that only that sheet has
            continue
        area = _area(match, down, right)
        found |= {Look(sheet, area) for sheet in sheets}
    if wide:
        found = {Look(look.sheet) for look in found}
    return tuple(sorted(found))


def _closing(text: str, start: int) -> int:
    """Where what begins with a bracket ends."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"[": 1, "]": -1}.get(text[at], 0)
        if not depth:
            return at + 1
    return len(text)


def _sheets(named: str | None, own: str, names: Names) -> list[str]:
    if named is None:
        return [own]
    name = (named[1:-1].replace("''", "'") if named.startswith("'") else named).lower()
    first, colon, last = name.partition(":")
    return names.between(first, last) if colon else [name]


def _area(match: re.Match[str], down: int, right: int) -> Area:
    if match["columns"]:
        first, last = sorted(place_of(f"{c.strip('$').upper()}1")[1] for c in match["columns"].split(":"))
        return (0, first, MAX_ROW - 1, last) if not right else (0, 0, MAX_ROW - 1, MAX_COLUMN - 1)
    if match["rows"]:
        return WHOLE if down else (*_rows(match["rows"]),)
    corners = [_moved(corner, down, right) for corner in match["area"].split(":")]
    rows, columns = [row for row, _ in corners], [column for _, column in corners]
    return min(rows), min(columns), max(rows), max(columns)


def _rows(text: str) -> Area:
    first, last = sorted(int(n.strip("$")) - 1 for n in text.split(":"))
    return max(first, 0), 0, min(last, MAX_ROW - 1), MAX_COLUMN - 1


def _moved(corner: str, down: int, right: int) -> Place:
    found = re.fullmatch(r"(\$?)([A-Za-z]{1,3})(\$?)(\d{1,7})", corner)
    assert found is not None
    row, column = place_of(found[2].upper() + found[4])
    return (row if found[3] else row + down), (column if found[1] else column + right)


def stale_cells(formulas: Sequence[FormulaCell], changed: Iterable[str]) -> dict[str, set[Place]]:
    """sheet (in lower case) → the cells of formulas that look at changed sheets, through any chain."""
    sheets = frozenset(changed)
    found: dict[str, set[Place]] = {}
    grids = _Grids(formulas)
    left = list(formulas)
    while True:
        still = []
        for formula in left:
            if any(not look.sheet or look.sheet in sheets or grids.meets(look) for look in formula.looks):
                grids.add(formula)
                top, leftmost, bottom, right = formula.area
                found.setdefault(formula.sheet, set()).update(
                    (row, column) for row in range(top, bottom + 1) for column in range(leftmost, right + 1))
            else:
                still.append(formula)
        if len(still) == len(left):
            return found
        left = still[::-1]              # running sums go downwards or upwards


class _Grids:
    """Where stale cells are, by sheet."""

    def __init__(self, formulas: Sequence[FormulaCell]):
        sizes: dict[str, Place] = {}
        for formula in formulas:
            height, width = sizes.get(formula.sheet, (0, 0))
            sizes[formula.sheet] = max(height, formula.area[2] + 1), max(width, formula.area[3] + 1)
        self.grids = {sheet: np.zeros(size, np.bool_) for sheet, size in sizes.items()}

    def add(self, formula: FormulaCell) -> None:
        top, left, bottom, right = formula.area
        self.grids[formula.sheet][top:bottom + 1, left:right + 1] = True

    def meets(self, look: Look) -> bool:
        grid = self.grids.get(look.sheet)
        if grid is None:
            return False
        top, left, bottom, right = look.area
        return bool(grid[max(top, 0):bottom + 1, max(left, 0):right + 1].any())
