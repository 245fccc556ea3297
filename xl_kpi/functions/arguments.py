"""The arguments of a function: cells as Excel hands them over, as values of the engine.

The cells of a column are read by the same code as the columns of an input table (``xl_kpi.tables.cells``), so that a
number means the same in a formula and on a sheet.  What Excel does not hand over is the format of a cell: where that
would decide (a percent), the argument is refused.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from xl_kpi.functions import Refused
from xl_kpi.functions.sentinel import SENTINEL
from xl_kpi.hand.choices import YES_NO, YES_NO_WORDS
from xl_kpi.hand.numbers import Typed, typed
from xl_kpi.hand.texts import is_blank
from xl_kpi.money import LIMIT, Exact
from xl_kpi.policy.compiled import Argument
from xl_kpi.policy.model import Column
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value
from xl_kpi.tables.cells import NUMBERS, plain, read_column, seen
from xl_kpi.workbook.book import Mark
from xl_kpi.workbook.error_values import ERRORS

TEXTS = frozenset((*ERRORS.values(), "#BUSY!", SENTINEL))
ERROR_CODES = range(-2146826300, -2146826200)       # an error that xlwings has no text for arrives as a number
BOOL = YES_NO


class GivenCells(NamedTuple):
    """An argument: ``rows`` of cells; ``height`` None when it is one value for all rows."""

    rows: list[list[Any]]
    height: int | None

    @property
    def column(self) -> list[Any]:
        return [row[0] for row in self.rows]


MISSING = GivenCells([[None]], None)


def cells_of(title: str, given: list[list[Any]] | None, wide: bool = False) -> GivenCells:
    """An argument as it was given: rows of cells.  ``wide``: several columns may stand side by side."""
    if given is None:
        return MISSING
    if len(given[0]) > 1 and not wide:
        raise Refused(f"「{title}」有 {len(given[0])} 列：要一个值，或者一列")
    return GivenCells(given, len(given) if len(given) > 1 else None)


def error_of(cell: Any) -> str:
    """The error value that a cell holds, '' when it holds none."""
    if cell.__class__ is str:
        return cell if cell in TEXTS else ""
    return ERRORS.get(cell, "#?") if cell.__class__ is int and cell in ERROR_CODES else ""


def not_an_error(title: str, cell: Any) -> Any:
    """The cell itself.  Raises Refused for an error value."""
    if error := error_of(cell):
        raise Refused(f"「{title}」是错误值 {error}；改正公式，或者直接填上内容")
    return cell


def only_one(title: str, cells: GivenCells) -> Any:
    """The value of an argument that may be no column.  Raises Refused."""
    if cells.height is not None:
        raise Refused(f"「{title}」要一个值，不能是一列")
    return cells.rows[0][0]


def cell_of(title: str, given: list[list[Any]] | None) -> Any:
    """The cell of an argument that is one value.  Raises Refused."""
    return not_an_error(title, only_one(title, cells_of(title, given)))


def cleaned(cells: list[Any]) -> tuple[list[Any], dict[int, Mark]]:
    """Cells as a sheet's values: errors marked, a currency cell's Decimal as a number."""
    kinds = set(map(type, cells))
    if kinds <= {float, bool, type(None)} or (kinds <= {float, str, bool, type(None)} and TEXTS.isdisjoint(cells)):
        return cells, {}
    marks = {row: Mark(error=error) for row, cell in enumerate(cells) if (error := error_of(cell))}
    return [None if row in marks else float(cell) if isinstance(cell, Decimal) else cell
            for row, cell in enumerate(cells)], marks


class Read(NamedTuple):
    """An argument as read: one Value (for all rows, or over them) and what is wrong: row → text."""

    value: Value
    wrong: dict[int, str]


class Texts(NamedTuple):
    """A column of texts as read."""

    value: Value
    wrong: dict[int, str]
    texts: list[str]


class Reader:
    """Reads the cells of one argument."""

    def __init__(self, name: str, argument: Argument, choices: tuple[str, ...], worked_out: bool = False):
        """``worked_out``: what it stands for is no input but a result, which may have any number of decimals."""
        self.name, self.argument, self.worked_out = name, argument, worked_out
        self.choices = BOOL if argument.type == "bool" else choices
        kind: Any = "choice" if argument.type in ("bool", "choice") else argument.type
        self.column = None if kind == "ratio" else Column(
            name="x", heading=argument.title, type=kind, choices=list(self.choices) if kind == "choice" else [],
            words=argument.words, unit=argument.unit, max=argument.max, min=argument.min)
        self.labels: dict[Any, str] = dict(argument.words)
        if argument.type == "bool":
            self.labels |= YES_NO_WORDS
        self.known: dict[Any, Value] = {label: self._label(i) for i, label in enumerate(self.choices)}
        self.known |= {word: self.known[label] for word, label in self.labels.items()}
        self.numeric = NUMBERS.get(argument.type)
        if self.numeric and argument.type != "percent":
            self.factor = 10**self.numeric.places
            most = self.numeric.limit if argument.max is None else argument.max
            self.low, self.high = argument.min * self.factor, most * self.factor
        else:
            self.numeric = None
        self.blank: Value | None = None             # what a blank stands for
        if argument.default:
            text = argument.default
            self.blank = self.known[text] if self.choices else Value("number", Exact.of(text))
        # as a single cell
        self.nothing = Value("number", Exact(0), BLANK) if argument.blank and not self.choices else self.blank
        argument = self.argument
        self.required = not (argument.blank or argument.default or argument.count)
        self.when = argument.when

    def of(self, title: str) -> Reader:
        """A reader of the same kind of cells under another name."""
        return Reader(title, replace(self.argument, title=title), self.choices, self.worked_out)

    def _label(self, code: int) -> Value:
        if self.argument.type == "bool":
            return Value("bool", code == 0)
        return Value("choice", code, None, self.choices)

    def one(self, cell: Any) -> Value | None:
        """The value of a cell that is just what it should be; None where more has to be looked at."""
        kind = cell.__class__
        if kind is float:
            if self.numeric:
                scaled = round(cell * self.factor) if -1e11 < cell < 1e11 else 0
                if scaled / self.factor == cell and self.low <= scaled <= self.high:
                    return Value("number", Exact(scaled, self.factor, abs(scaled), self.factor))
            return None
        if kind is bool:
            return self.known[BOOL[not cell]] if self.argument.type == "bool" else None
        if kind is str:
            return self.known.get(cell)
        return self.nothing if cell is None else None

    def read(self, given: GivenCells) -> Read:
        if given.height is None and (value := self.one(given.rows[0][0])) is not None:
            return Read(value, {})
        read = self.cells(given.column)
        return Read(single(read.value), read.wrong) if given.height is None else read

    def cells(self, cells: list[Any]) -> Read:
        """A column of cells."""
        raw, marks = cleaned(cells)
        if self.column is None:
            return self._ratios(raw, marks)
        if self.choices:
            words = self.labels
            raw = [words.get(cell, cell) if cell.__class__ is str else cell for cell in raw]
        found = read_column(self.column, raw, marks)
        value = found.value
        wrong = {one.row: self.said(one.text, one.do) for one in found.said if one.level == "error"}
        if self.argument.type == "bool":
            value = Value("bool", value.array(len(raw)) == 0, value.state)
        elif self.worked_out and isinstance(value.data, Exact):
            value = self._exact(value, raw)
        return Read(self._filled(value, len(raw)), wrong)

    def _exact(self, value: Value, raw: list[Any]) -> Value:
        """With all the decimals of cells that have more of them than an input."""
        places = 10**NUMBERS[self.argument.type].places if self.argument.type in NUMBERS else 0
        more = [row for row, cell in enumerate(raw) if places and isinstance(cell, float) and isfinite(cell)
                and round(cell * places) / places != cell and value.states(len(raw))[row] == OK]
        if not more:
            return value
        found = [value.data.at(row) for row in range(len(raw))]
        for row in more:
            found[row] = number_typed(raw[row])
        num, den = (np.array(part, object if max(map(abs, part)) > LIMIT else np.int64) for part in (
            [one.numerator for one in found], [one.denominator for one in found]))
        return Value(value.type, Exact(num, den), value.state)

    def read_texts(self, cells: list[Any], twice: bool = False) -> Texts:
        """A column of 工号; each once unless they may stand there ``twice``."""
        raw, marks = cleaned(cells)
        assert self.column is not None
        found = read_column(self.column, raw, marks)
        wrong = {one.row: self.said(one.text, one.do) for one in found.said if one.level == "error"}
        first: dict[str, int] = {}
        state = found.states().copy()
        for row, text in enumerate(found.texts):
            if text and first.setdefault(text, row) != row and not twice:
                wrong[row], state[row] = self.said(f"{text} 有两行", "一个人只留一行"), REFUSED
        return Texts(Value("choice", np.zeros(len(raw), np.int64), state, ("",)), wrong, found.texts)

    def said(self, text: str, do: str = "") -> str:
        return f"「{self.argument.title}」{text}" + (f"；{do}" if do else "")

    def _filled(self, value: Value, size: int) -> Value:
        """With the default where a cell is blank."""
        states = value.states(size)
        blank = states == BLANK
        if self.blank is None or not blank.any():
            return value
        state = np.where(blank, np.uint8(OK), states)
        if isinstance(value.data, Exact):
            data: Any = Exact.choose(blank, self.blank.data, value.data)
        else:
            data = np.where(blank, self.blank.data, value.data)
        return Value(value.type, data, state if state.any() else None, value.choices)

    def _ratios(self, raw: list[Any], marks: dict[int, Mark]) -> Read:
        """Shares from 0 to 1; that of days worked is the fraction that it was calculated as."""
        wrong = {row: self.said(f"是错误值 {mark.error}", "改正公式，或者直接填上内容") for row, mark in marks.items()}
        known: dict[Any, Fraction | str] = {}
        state = np.zeros(len(raw), np.uint8)
        found = [Fraction(0)] * len(raw)
        for row, cell in enumerate(raw):
            if row in marks or is_blank(cell):
                state[row] = REFUSED if row in marks else BLANK
                continue
            key = (cell.__class__, cell)
            if key not in known:
                known[key] = share_of(cell)
            one = known[key]
            if isinstance(one, str):
                wrong[row], state[row] = self.said(one), REFUSED
            else:
                found[row] = one
        exact = Exact(np.array([one.numerator for one in found], np.int64),
                      np.array([one.denominator for one in found], np.int64))
        return Read(self._filled(Value("number", exact, state if state.any() else None), len(raw)), wrong)


def share_of(cell: Any) -> Fraction | str:
    """A share as people mean it, or what is wrong with it."""
    number = cell_number(cell)
    if number.wrong:
        return f"填的是{seen(cell)}，{number.wrong}；填 0 到 1 之间的数"
    assert number.number is not None
    share = number_typed(number.number) / (100 if number.percent else 1)
    if not 0 <= share <= 1:
        return f"填的是 {plain(number.number)}；填 0 到 1 之间的数，一半填 0.5"
    near = share.limit_denominator(100)
    return near if share.denominator > 10**4 and f"{float(near):.15g}" == f"{float(share):.15g}" else share


def cell_number(cell: Any, unit: str = "") -> Typed:
    """The number of a single cell that is not blank, or what is wrong with it."""
    if isinstance(cell, str):
        return typed(cell, unit)
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return Typed(wrong="不是数字")
    return Typed(float(cell))


def number_typed(number: float) -> Fraction:
    """The decimal that a double stands for: 15 significant digits, as Excel takes and shows them.  Raises Refused."""
    if not isfinite(number):            # from Python: no cell holds it
        raise Refused("给的内容里有无穷大，不是数字")
    return Fraction(Decimal(f"{number:.15g}"))


def single(value: Value) -> Value:
    """The only element of a Value as one value for all rows."""
    state = int(value.states(1)[0]) or None
    data = value.data
    if isinstance(data, Exact):
        one = data.at(0)
        data = Exact(one.numerator, one.denominator)
    elif isinstance(data, np.ndarray):
        data = data[0].item()
    return Value(value.type, data, state, value.choices)


def blank_rows(given: list[GivenCells], size: int) -> np.ndarray:
    """The rows in which every argument is blank."""
    blank = np.zeros(size, bool)
    if not all(is_blank(cell) for cells in given if cells.height is None for cell in cells.rows[0]):
        return blank
    rows: Any = range(size)
    for cells in given:
        if cells.height is not None:
            rows = [row for row in rows if all(cell is None or is_blank(cell) for cell in cells.rows[row])]
    blank[list(rows)] = True
    return blank


def height_of(given: dict[str, GivenCells]) -> int | None:
    """The height of the columns among the arguments, None when all are single values."""
    heights = {title: cells.height for title, cells in given.items() if cells.height is not None}
    if len(set(heights.values())) > 1:
        raise Refused(f"各列行数不同：{'，'.join(f'「{title}」{height} 行' for title, height in heights.items())}")
    return next(iter(heights.values()), None)
