"""Tables as read: each column as values over the rows, where each row stands, and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from xl_kpi.facts import Facts, RowPeriods
from xl_kpi.hand.texts import is_blank
from xl_kpi.period import bounds
from xl_kpi.policy.compiled import Policy, Table
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC, key_grain
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import BLANK, REFUSED, Value
from xl_kpi.tables.cells import NO_NEED, NUMBERS, ReadCells, Said, blank_column, read_column, seen
from xl_kpi.tables.headings import (
    also_sheets,
    find_headings,
    find_sheets,
    hidden_there,
    like_name,
    not_one_sheet,
    settle,
)
from xl_kpi.tables.merged import Merged
from xl_kpi.tables.rows import data_rows
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.grid import Area, address, area_address, place_of


@dataclass(frozen=True)
class Finding:
    """A problem of the tables and what it is about: a cell (``row``, ``column``), a column, or a whole table.

    ``also``: further columns whose cells in the row cannot be used.  ``key``: whose row it is, or of which period, is
    not known: it concerns every job that reads the table in ``period`` (None: in any).  ``within``: in which periods it
    is told, see ``Tables.told``; a closed one is never among them.
    """

    problem: Problem
    table: str
    row: int = -1
    column: str = ""
    also: tuple[str, ...] = ()
    key: bool = False
    period: Period | None = None
    within: Literal["", "open", "asked"] = ""


@dataclass
class Reading:
    """One table as read."""

    name: str
    table: Table
    sheet: str
    heading: int = -1                                        # row of the headings, zero-based; -1: there is no table
    at: dict[str, int] = field(default_factory=dict)         # column → column of the sheet
    rows: list[int] = field(default_factory=list)            # rows of the sheet, zero-based
    cells: dict[str, ReadCells] = field(default_factory=dict)
    raw: dict[str, list[Any]] = field(default_factory=dict)
    marks: dict[str, dict[int, Mark]] = field(default_factory=dict)     # column → row → mark
    missing: bool = False
    lost: dict[Period, list[int]] = field(default_factory=dict)     # whose row of a period contradicts itself
    spread: list[int] = field(default_factory=list)     # of items that are columns: the column of the sheet by row

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def last(self) -> int:
        """The last row of the table, zero-based; of one without rows its headings."""
        return self.rows[-1] if self.rows else self.heading

    @cached_property
    def values(self) -> dict[str, Value]:
        return {name: cells.value for name, cells in self.cells.items()}

    def column(self, kind: str) -> Column:
        """The first column of a type."""
        return next(c for c in self.table.columns if c.type == kind and not c.ignored)

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(c.name for c in self.table.columns if not c.ignored)

    def texts(self, kind: str) -> list[str]:
        return self.cells[self.column(kind).name].texts

    @property
    def ids(self) -> list[str]:
        return self.texts("id")

    def cell(self, column: str, row: int) -> str:
        """The address of a cell; '' when there is none."""
        if not 0 <= row < self.size:
            return ""
        at = self.spread[row] if self.spread else self.at.get(column)
        return "" if at is None else address(self.rows[row], at)

    @cached_property
    def periods(self) -> RowPeriods:
        """Of when each row is; a dated one of the month of its day."""
        if self.table.grain in ("events", "changes") and key_grain(self.table) is None:
            day = self.cells[self.column("date").name].day
            assert day is not None
            return RowPeriods.of_months(_months_of_days(day))
        found = next((cells.periods for cells in self.cells.values() if cells.periods is not None), None)
        return RowPeriods(np.full(self.size, -1, np.int64) if found is None else found.astype(np.int64))

    def period(self, row: int) -> Period | None:
        """The period of a row, None when it has none or it is not known."""
        return self.periods.of(row) if row < self.size else None

    def refuse(self, columns: Iterable[str], rows: np.ndarray) -> None:
        """The cells of some columns at ``rows`` (a mask) cannot be used."""
        for column in columns if rows.any() else ():
            value = self.values[column]
            state = np.where(rows, np.uint8(REFUSED), value.states(self.size))
            self.values[column] = Value(value.type, value.data, state, value.choices)


def _months_of_days(days: np.ndarray) -> np.ndarray:
    import datetime as dt

    distinct, place = np.unique(days, return_inverse=True)
    dates = [dt.date.fromordinal(day) if day > 0 else None for day in distinct.tolist()]
    return np.array([date.year * 12 + date.month - 1 if date else -1 for date in dates], np.int64)[place]


class Closed:
    """The periods that are closed (封存): some months, or all.  A quarter is as soon as a month of it is, as what was
    found of it has been paid by; what is longer goes on until its last month is."""

    def __init__(self, months: Iterable[int] = (), everything: bool = False):
        self.months, self.everything = frozenset(months), everything

    def __contains__(self, period: Period) -> bool:
        if self.everything or not period:
            return self.everything
        first, last = bounds(period)
        found = (month in self.months for month in range(first, last + 1))
        return any(found) if period[0] == "quarter" else all(found)


@dataclass
class Tables:
    """All input tables of a workbook, and everything found in them."""

    policy: Policy
    readings: dict[str, Reading]
    findings: list[Finding]
    facts: Facts
    closed: Closed
    # (a closed month, the heading of an amount) → 工号 → fen as it was closed
    paid: Callable[[int, str], Mapping[str, int]] = lambda month, heading: {}
    # a problem with the place that HR knows: of rows that came in from a form the form's
    placed: Callable[[Problem], Problem] = lambda problem: problem

    def told(self, finding: Finding, asked: frozenset[Period] | None) -> Problem | None:
        """A finding as it is told when some periods are asked for (None: all that are open); None: it is not told.

        ``within`` "": always; "open": in the periods asked for; "asked": there, and elsewhere as a warning.
        """
        if not finding.within or finding.period is None:
            return finding.problem
        if finding.period in self.closed:
            return None
        if finding.within == "open":
            return finding.problem if asked is None or finding.period in asked else None
        return finding.problem if asked and finding.period in asked else replace(finding.problem, level="warning")

    @cached_property
    def _errors(self) -> dict[tuple[str, str, int], list[Problem]]:
        found: dict[tuple[str, str, int], list[Problem]] = defaultdict(list)
        for finding in self.findings:
            if finding.problem.level == "error":
                for column in dict.fromkeys((finding.column, *finding.also)):
                    found[finding.table, column, finding.row].append(finding.problem)
        return found

    def errors(self, table: str, column: str = "", row: int = -1) -> list[Problem]:
        """The errors of a cell; of a column (no row); of the whole table (no column either)."""
        return self._errors.get((table, column, row), [])

    @cached_property
    def _unused(self) -> dict[tuple[str, str], list[Finding]]:
        found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in self.findings:
            if finding.key and finding.problem.person:
                found[finding.table, finding.problem.person].append(finding)
        return found

    def unused(self, table: str, person: str, period: Period) -> list[Problem]:
        """The errors of a person's rows that may be the one of a period: when is not known, or they cannot be used."""
        return [finding.problem for finding in self._unused.get((table, person), ())
                if finding.period in (None, period)]

    @cached_property
    def doubtful(self) -> np.ndarray:
        """People of whom the roster itself does not say who they are."""
        mask = np.zeros(self.facts.size, bool)
        for finding in self.findings:
            if finding.key and finding.row >= 0 and self.readings[finding.table].table.grain == "roster":
                mask[finding.row] = True
        return mask


class Reader:
    """Reads the tables of one workbook and collects what is found."""

    def __init__(self, book: Book, policy: Policy, closed: Closed):
        self.book, self.policy, self.closed = book, policy, closed
        self.findings: list[Finding] = []

    def read(self, name: str, table: Table) -> Reading:
        sheets = find_sheets(self.book, table.sheet)
        if len(sheets) != 1:
            missing = bool(sheets) or not table.optional
            if missing:
                others = [other.sheet for other in self.policy.tables.values()]
                self.findings.append(Finding(not_one_sheet(self.book, table.sheet, sheets, others), name))
            return self._nothing(Reading(name, table, table.sheet), missing)
        sheet = sheets[0]
        reading = Reading(name, table, sheet.name)
        headings, merged = find_headings(sheet, table.columns), Merged(sheet)
        if not like_name(sheet.name, table.sheet):
            self._told(reading, None, Problem("hint", f"工作表「{sheet.name}」当作 {table.sheet} 读取", NO_NEED,
                                              sheet.name))
        for problem in also_sheets(self.book, sheet, table.sheet, table.columns):
            self._told(reading, None, problem)
        for column, problem in headings.missing(sheet.name, table.columns):
            self._told(reading, column, problem)
        if headings.row < 0:
            return self._nothing(reading, True)
        wide = any(other.melts == name for other in self.policy.tables.values())
        rows, headed = data_rows(table, sheet, headings, merged, wide)
        for column, problem in settle(headings, sheet, merged, rows, table.columns):
            self._told(reading, column, problem)
            if problem.level == "hint":         # another column than was thought may say whose row it is
                rows, headed = data_rows(table, sheet, headings, merged, wide)
        if headed:
            self._told(reading, None, _headed(sheet.name, headed))
        if any(column.required and column.name not in headings.at for column in table.columns):
            return self._nothing(reading, True)
        if renamed := headings.renamed(table.columns):
            self._told(reading, None, Problem("hint", f"表头{renamed}", NO_NEED, sheet.name, address(headings.row, 0)))
        reading.heading, reading.at, reading.rows = headings.row, headings.at, rows
        self._columns(reading, sheet, merged)
        return reading

    def _told(self, reading: Reading, column: Column | None, problem: Problem) -> None:
        """A problem of the sheet, or of a column of which it is not known where it is."""
        whole = column is None or (column.required and problem.level == "error")
        self.findings.append(Finding(problem, reading.name, column="" if whole or column is None else column.name))

    def _nothing(self, reading: Reading, missing: bool) -> Reading:
        """A table without rows, every column there."""
        reading.missing = missing
        for column in reading.table.columns:
            reading.cells[column.name] = blank_column(column, 0, BLANK)
            reading.raw[column.name] = []
        return reading

    def _columns(self, reading: Reading, sheet: Sheet, merged: Merged) -> None:
        rows = [sheet.rows[number] for number in reading.rows]
        place = {number: row for row, number in enumerate(reading.rows)}
        names = {position: name for name, position in reading.at.items()}
        for (number, position), mark in sheet.marks.items():
            if position in names and number in place:
                reading.marks.setdefault(names[position], {})[place[number]] = mark
        for column in reading.table.columns:
            at = reading.at.get(column.name)
            if column.type == "id" and at is not None:
                marks = reading.marks.setdefault(column.name, {})
                for number, code in sheet.unshown(at).items():
                    if number in place:
                        row = place[number]
                        marks[row] = replace(marks.get(row, Mark()), unshown=code)
            if at is None or column.ignored:
                reading.cells[column.name] = blank_column(
                    column, reading.size, BLANK if column.optional or column.ignored else REFUSED)
                if at is not None:
                    reading.raw[column.name] = [row[at] for row in rows]
                continue
            raw = reading.raw[column.name] = [row[at] for row in rows]
            cells = reading.cells[column.name] = read_cells(
                column, sheet, merged, reading.rows, at, raw, reading.marks.setdefault(column.name, {}),
                reading.table.grain == "roster")
            for said in cells.said:
                self.say(reading, column, said)

    def say(self, reading: Reading, column: Column, said: Said) -> None:
        """What was said about a cell, as a finding."""
        clause = f"（{cited(reading.table.clause)}）" if reading.table.clause and said.level == "error" else ""
        self.add(reading, column, said.row, f"「{column.heading}」{said.text}{clause}", said.do, level=said.level,
                 key=said.level == "error" and is_key(reading.table, column))

    def add(self, reading: Reading, column: Column, row: int, text: str, do: str, level: Any = "error",
            person: str = "", **about: Any) -> None:
        self.findings.append(Finding(
            Problem(level, text, do, reading.sheet, reading.cell(column.name, row), person),
            reading.name, row, column.name, **about))

    def complete(self, readings: dict[str, Reading], facts: Facts) -> list[Finding]:
        """The findings with who and when, where their rows tell."""
        names = {person: name for person, name in zip(facts.ids, facts.names, strict=True) if person}
        return [self._complete(finding, readings[finding.table], names) for finding in self.findings]

    def _complete(self, finding: Finding, reading: Reading, names: dict[str, str]) -> Finding:
        problem = finding.problem
        if hidden := self._hidden(problem):
            problem = replace(problem, text=f"{problem.text}{hidden}")
            finding = replace(finding, problem=problem)
        if finding.row < 0:
            return finding
        if problem.level != "hint" and not problem.person and (person := reading.ids[finding.row]):
            who = f"{person} {names.get(person, '')}".strip()
            problem = replace(problem, person=person, text=f"{who}：{problem.text}")
        return replace(finding, problem=problem, period=reading.period(finding.row))


    def _hidden(self, problem: Problem) -> str:
        """Said of a problem whose place nobody sees."""
        sheet = self.book.sheet(problem.sheet) if problem.level != "hint" and problem.sheet else None
        if sheet is None or "隐藏的" in problem.text:
            return ""
        return hidden_there(sheet, *(place_of(problem.cell) if problem.cell else (-1, -1)))


def _headed(sheet: str, headed: dict[int, str]) -> Problem:
    """Rows of a sheet that only head a group of others, with what they say."""
    numbers = "、".join(str(number + 1) for number in headed)
    texts = "、".join(f"「{text}」" for text in dict.fromkeys(headed.values()))
    return Problem("hint", f"第 {numbers} 行只写了{texts}，当作小标题或表尾，不是数据",
                   "是某个人的一行时，把这一行填完整", sheet, address(min(headed), 0))


def read_cells(column: Column, sheet: Sheet, merged: Merged, rows: list[int], at: int, raw: list[Any],
               marks: dict[int, Mark], roster: bool = False) -> ReadCells:
    """The cells of a column in some rows of a sheet.  ``raw`` and ``marks`` (by row) become what merged areas show."""
    refused, told = _merge(column, sheet, merged, rows, at, raw, marks, roster) if merged else ({}, [])
    cells = read_column(column, raw, marks)
    cells.said += [*told, *refused.values()]
    if refused:
        states = cells.states().copy()
        states[list(refused)] = REFUSED
        cells.value = Value(cells.value.type, cells.value.data, states, cells.value.choices)
    return cells


def _merge(column: Column, sheet: Sheet, merged: Merged, rows: list[int], at: int, raw: list[Any],
           marks: dict[int, Mark], roster: bool) -> tuple[dict[int, Said], list[Said]]:
    """What merged areas show in a column, into ``raw`` and the marks; the cells that cannot be used for them, and what
    else there is to say."""
    place = {number: row for row, number in enumerate(rows)}
    amount = column.type in NUMBERS
    refused: dict[int, Said] = {}
    told: list[Said] = []
    areas: dict[Area, list[int]] = {}
    for number, area in merged.column(at).items():
        if number in place:
            areas.setdefault(area, []).append(place[number])
    for area, here in areas.items():
        top, left, _, _ = area
        value, mark = sheet.rows[top][left], sheet.marks.get((top, left))
        blank = is_blank(value) and not (mark and (mark.error or mark.uncalculated))
        where = area_address(area)
        if amount and not blank and (left != at or (len(here) > 1 and not roster)):
            what = "几列" if left != at else "几行"
            for row in here:
                refused[row] = Said(row, f"在合并单元格 {where} 里，一个数占了{what}，不知道是谁的、是哪一项的",
                                    f"取消合并 {where}，每一格各填各的")
        for row in here:
            own = raw[row]
            raw[row] = value if left == at and row not in refused else None
            covered = (rows[row], at) != (top, left)
            if covered and not is_blank(own) and own != raw[row] and row not in refused:
                shown = "空白" if is_blank(raw[row]) else f"「{seen(raw[row])}」"
                told.append(Said(row, f"在合并单元格 {where} 下面还藏着「{seen(own)}」，读的是显示的{shown}",
                                 "取消合并看一看，留下对的一个", "warning"))
            marks.pop(row, None)
            if mark is not None and left == at and row not in refused:
                marks[row] = mark
    return refused, told


def is_key(table: Table, column: Column) -> bool:
    """Does an error in the column leave open whose row it is, of when, or what it is about?"""
    if table.grain == "roster":
        return column.type in ("id", "name")
    return column.type in ("id", *PERIODIC) or table.grain in ("changes", "items") or (
        column.type == "date" and table.grain == "events")
