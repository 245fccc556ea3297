"""What the entries look at: the rows of some periods, who was on the roster, and what may be said about a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from xl_kpi.engine import Run
from xl_kpi.facts import Rows
from xl_kpi.period import Month, bounds, code_of, period_of
from xl_kpi.policy.names import PERIODIC
from xl_kpi.policy.settings import Settings
from xl_kpi.problems import Level, Problem
from xl_kpi.rules.expression import Const, Node, number_text
from xl_kpi.rules.periods import Period, period_text
from xl_kpi.rules.values import OK
from xl_kpi.tables.reading import Reading, Tables


class Look:
    """Some periods of the tables.  ``asked`` None: all that hold data.  A closed period is never looked at."""

    def __init__(self, tables: Tables, settings: Settings, run: Run, asked: frozenset[Period] | None = None):
        self.tables, self.settings, self.run, self.asked = tables, settings, run, asked
        self.policy, self.facts, self.role = tables.policy, tables.facts, tables.policy.plausible
        self.items: Any = None                  # made by ``items``
        self._here: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    # -- periods ----------------------------------------------------------------------------------------------------

    @cached_property
    def looked_at(self) -> list[Period]:
        """The periods that are looked at."""
        found: set[Period] = set(self.asked or ())
        if self.asked is None:
            for reading in self.tables.readings.values():
                if reading.table.grain not in ("roster", "changes"):
                    found |= {period for period, _ in reading.periods.among(reading.periods.known)}
        return sorted(period for period in found if period and period not in self.tables.closed)

    @cached_property
    def months(self) -> list[int]:
        """The months that are looked at."""
        return self.of_grain("month")

    def of_grain(self, grain: str) -> list[int]:
        """The periods of a grain that are looked at, as indexes."""
        return [period[1] for period in self.looked_at if period and period[0] == grain]

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """The first and the last month that the workbook is about: those of attendance, or of all tables where there is
        none.  Months far from most of the others (a wrong year) are none of them."""
        tables = [self.role.attendance] if self.role.attendance else [
            name for name, table in self.policy.tables.items() if table.grain in ("month", "events", "items")]
        months = np.concatenate([np.zeros(0, np.int64), *(self.tables.readings[name].periods.first for name in tables)])
        distinct, rows = np.unique(months[months >= 0], return_counts=True)
        if not len(distinct):
            return None
        runs = np.split(np.arange(len(distinct)), np.flatnonzero(np.diff(distinct) > self.role.months_around) + 1)
        most = max(runs, key=lambda run: (int(rows[run].sum()), int(distinct[run[0]])))
        return int(distinct[most[0]]), int(distinct[most[-1]])

    @cached_property
    def worked(self) -> list[int]:
        """The months looked at that attendance covers and the policy rules."""
        first, last = self.span or (0, -1)
        ruled = Month.parse(self.policy.first_month).index if self.policy.first_month else 0
        return [month for month in self.months if max(first, ruled) <= month <= last]

    # -- rows -------------------------------------------------------------------------------------------------------

    def readings(self, *grains: str) -> Iterator[tuple[Reading, Rows]]:
        """The tables of some grains that have rows, each with its rows as facts.  One whose columns are items is read
        as a table of items."""
        melted = {table.melts for table in self.policy.tables.values()}
        for name, reading in self.tables.readings.items():
            if reading.table.grain in grains and reading.size and name not in melted:
                yield reading, self.facts.tables[name]

    def by_hand(self, grain: str) -> Iterator[Reading]:
        """The tables of a grain that people fill in: forms of longer periods are filled by outputs."""
        for reading, _ in self.readings(grain):
            if grain == "month" or reading.name not in self.policy.forms:
                yield reading

    def rows(self, reading: Reading) -> np.ndarray:
        """The rows of somebody on the roster in the periods that are looked at, as a mask."""
        codes = [code_of(period) for period in self.looked_at if period]
        asked = reading.periods.known & np.isin(reading.periods.codes, codes)
        return asked & (self.facts.tables[reading.name].person >= 0)

    def periods(self, reading: Reading, rows: np.ndarray) -> Iterator[tuple[Period, np.ndarray]]:
        """The periods of some rows, each with its rows as a mask."""
        return reading.periods.among(rows)

    # -- people -----------------------------------------------------------------------------------------------------

    def on_roster(self, month: int) -> tuple[np.ndarray, np.ndarray]:
        """(people who are on the roster in a month, people who are not); who is in doubt is neither."""
        found = self._here.get(month)
        if found is None:
            values = [self.run.evaluate(people, period) for people, period in self._whose(Month(month))]
            here = np.logical_or.reduce([value.true(self.facts.size) for value in values])
            sure = np.logical_and.reduce([value.states(self.facts.size) == OK for value in values])
            found = self._here[month] = here, ~here & sure
        return found

    def _whose(self, month: Month) -> list[tuple[Node, Period]]:
        """What says who is there in a month: the main output, or where that is of longer periods, in which not
        everybody need be looked at, the sheets of a month."""
        output = self.policy.main
        sheets = [table.people for table in self.policy.tables.values() if table.grain == "month" and table.people]
        if output.period == "month" or not sheets:
            return [(output.people, month.within(output.period).key)]
        return [(people, month.key) for people in sheets]

    def in_period(self, period: Period) -> tuple[np.ndarray, np.ndarray]:
        """The same of a month, or of any month of a longer period."""
        assert period
        first, last = bounds(period)
        here, away = zip(*map(self.on_roster, range(first, last + 1)), strict=True)
        return np.logical_or.reduce(here), np.logical_and.reduce(away)

    def wanted(self, reading: Reading, period: Period) -> np.ndarray:
        """The people whose rows the sheet itself asks for, who need not be in the output: those whose average it takes.
        A sheet for everybody (是) says nothing about who is there."""
        people = reading.table.people
        if people is None or isinstance(people, Const):
            return np.zeros(self.facts.size, bool)
        return self.run.evaluate(people, period).true(self.facts.size)

    def roster_date(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """(ordinals, whether there is one) of a roster column of dates; of no column: nobody has one."""
        size = self.facts.size
        if not column:
            return np.zeros(size, np.int64), np.zeros(size, bool)
        value = self.facts.roster[column]
        return value.array(size), value.states(size) == OK

    @cached_property
    def roster(self) -> Reading:
        return next(r for r in self.tables.readings.values() if r.table.grain == "roster")

    def who(self, person: int) -> str:
        return f"{self.facts.ids[person]} {self.facts.names[person]}"

    def dates(self, person: int, period: Period) -> tuple[str, str]:
        """(which date of the roster says that somebody is not there in a period, where it stands); ("", "")."""
        first, last = days_of(period)
        sides: tuple[tuple[str, Callable[[int], bool]], ...] = (
            (self.role.hired, lambda day: day > last), (self.role.left, lambda day: day < first))
        for column, outside in sides:
            days, there = self.roster_date(column)
            if column and there[person] and outside(int(days[person])):
                day = dt.date.fromordinal(int(days[person]))
                return f"{self.heading(column)} {day}", f"{self.roster.sheet} {self.roster.cell(column, person)}"
        return "", ""

    # -- saying -----------------------------------------------------------------------------------------------------

    def heading(self, column: str) -> str:
        return self.policy.columns[column][1].heading

    def shown(self, reading: Reading, column: str, row: int) -> str:
        """A number of a cell as people write it."""
        return number_text(reading.values[column].at(row))

    def problem(self, level: Level, reading: Reading, row: int, column: str, text: str, do: str, cause: str = ""
                ) -> Problem:
        """What is said about the cell of a row, with whose it is."""
        person = int(self.facts.tables[reading.name].person[row])
        return self.about(level, person, text, do, reading.sheet, reading.cell(column, row), cause)

    def about(self, level: Level, person: int, text: str, do: str, sheet: str, cell: str = "", cause: str = ""
              ) -> Problem:
        """What is said about a person (-1: nobody known)."""
        who = f"{self.who(person)}：" if person >= 0 else ""
        return Problem(level, f"{who}{text}", do, sheet, cell, self.facts.ids[person] if person >= 0 else "", cause)


def key_column(reading: Reading) -> str:
    """The column that says whose a row is."""
    return reading.column("id").name


def period_column(reading: Reading) -> str:
    """The column that says of when a row is."""
    return next(c.name for c in reading.table.columns if c.type in (*PERIODIC, "date"))


def days_of(period: Period) -> tuple[int, int]:
    """The first and the last day of a period, as ordinals."""
    assert period
    of = period_of(period)
    return of.first_day.toordinal(), of.last_day.toordinal()


def month_of_day(days: np.ndarray) -> np.ndarray:
    """The month of each day (ordinals > 0)."""
    distinct, place = np.unique(days, return_inverse=True)
    dates = [dt.date.fromordinal(max(day, 1)) for day in distinct.tolist()]
    return np.array([date.year * 12 + date.month - 1 for date in dates], np.int64)[place]


def when(period: Period | None) -> str:
    return period_text(period or ())


def rows_of(mask: np.ndarray) -> Iterable[int]:
    return np.flatnonzero(mask).tolist()
