"""Checked tables as arrays over people: what the rules are evaluated on.

People are row numbers of the roster from here on.  ``Facts`` holds every input column as a ``Value`` over the rows of
its table, and knows which row is whose and of which period.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from xl_kpi.period import code_of, codes_of, key_of, months_of_codes
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value


class RowPeriods:
    """Of when each row of a table is: its ``codes`` (``xl_kpi.period.code_of``), -1 where there is none or it is not
    known.  Whatever the grain is, it is one number; what rows have in common is asked by their months."""

    def __init__(self, codes: np.ndarray):
        self.codes = codes

    @classmethod
    def of_months(cls, months: np.ndarray) -> RowPeriods:
        """Of months as indexes (-1: none)."""
        return cls(np.where(months < 0, -1, months + code_of(("month", 0))))

    @cached_property
    def _months(self) -> tuple[np.ndarray, np.ndarray]:
        return months_of_codes(self.codes)

    @property
    def first(self) -> np.ndarray:
        """The first month of each row's period as its index."""
        return self._months[0]

    @property
    def last(self) -> np.ndarray:
        return self._months[1]

    @property
    def known(self) -> np.ndarray:
        return self.codes >= 0

    def of(self, row: int) -> Period | None:
        """The period of a row."""
        code = int(self.codes[row])
        return key_of(code) if code >= 0 else None

    def of_grain(self, grain: str) -> np.ndarray:
        """The rows of a grain, as a mask."""
        first, after = codes_of(grain)
        return (self.codes >= first) & (self.codes < after)

    def at(self, period: Period) -> np.ndarray:
        """The rows of just this period, as a mask."""
        code = code_of(period) if period else code_of(("month", 0))
        return self.codes == code if code >= 0 else np.zeros(self.codes.size, bool)

    def within(self, first: int, last: int) -> np.ndarray:
        """The rows whose period lies in these months."""
        return (self.first >= first) & (self.last <= last) & self.known

    def among(self, rows: np.ndarray) -> Iterator[tuple[Period, np.ndarray]]:
        """The periods of some rows (a mask), those of a coarser grain first, each with its rows."""
        for code in np.unique(self.codes[rows & self.known]).tolist():
            yield key_of(code), rows & (self.codes == code)


@dataclass
class Rows:
    """One table: columns over its rows, the person (row of the roster, or -1) and the period of each row."""

    columns: dict[str, Value]
    person: np.ndarray
    periods: RowPeriods
    doubtful: np.ndarray | None = None      # people of whom a missing row is no blank: it may be there, unreadable
    lost: dict[Period, list[int]] = field(default_factory=dict)     # whose row of a period contradicts itself
    _index: dict[Period, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.person)

    def absent(self, where: slice) -> np.ndarray:
        """The state of each person of a slice who has no row."""
        state = np.full(where.stop - where.start, BLANK, np.uint8)
        if self.doubtful is not None:
            state[self.doubtful[where]] = REFUSED
        return state

    def of_period(self, period: Period, people: int) -> Any:
        """The row of each person in a period: an int array (-1: none), or a slice when the rows stand one a person
        in the order of the roster."""
        found = self._index.get(period)
        if found is None:
            where = np.flatnonzero(self.periods.at(period))
            owner = self.person[where]
            if len(where) == people and len(where) and where[-1] - where[0] == people - 1 and np.array_equal(
                    owner, np.arange(people)):
                found = slice(int(where[0]), int(where[-1]) + 1)
            else:
                known = owner >= 0
                found = np.full(people, -1, np.int64)
                found[owner[known]] = where[known]
            self._index[period] = found
        return found


@dataclass
class Changes:
    """The dated changes of one roster column, sorted by person and day."""

    person: np.ndarray
    day: np.ndarray
    old: Value
    new: Value
    row: np.ndarray         # the row of the sheet's table, for messages


@dataclass
class Facts:
    """The inputs of a run.  ``roster``: column → Value over people; ``tables``: the other tables."""

    ids: list[str]
    names: list[str]
    roster: dict[str, Value]
    tables: dict[str, Rows]
    table_of: dict[str, str]                                   # input column → its table
    grain_of: dict[str, str]                                   # input column → "" (roster), "month" … "year"
    changes: dict[str, Changes] = field(default_factory=dict)  # roster column → its changes
    # The periods in which a row that contradicts itself is no blank (None: all): elsewhere it is only told.
    strict: frozenset[Period] | None = frozenset()
    name_column: str = "name"                                  # the roster column of the names

    @property
    def size(self) -> int:
        return len(self.ids)

    def value(self, name: str, period: Period, where: slice) -> Value:
        """An input column for the people of a slice; blank where a person has no row in the period."""
        if name in self.roster:
            return self.roster[name].take(where)
        rows = self.tables[self.table_of[name]]
        index = rows.of_period(period, self.size)
        column = rows.columns[name]
        if isinstance(index, slice):
            return column.take(slice(index.start + where.start, index.start + where.stop))
        index = index[where]
        absent = index < 0
        if rows.size == 0:
            return Value(column.type, _nothing(column, len(index)), rows.absent(where), column.choices)
        missing = rows.absent(where)
        if period in rows.lost and (self.strict is None or period in self.strict):
            missing[[i - where.start for i in rows.lost[period] if where.start <= i < where.stop]] = REFUSED
        if not absent.any():
            return column.take(index)
        value = column.take(np.where(absent, 0, index))
        state = np.where(absent, missing, value.states(len(index)))
        return Value(value.type, value.data, state, value.choices)

    def row_of(self, name: str, period: Period, person: int) -> int:
        """The row of a person's input in its table, -1 when there is none."""
        table = self.table_of[name]
        if name in self.roster:
            return person
        index = self.tables[table].of_period(period, self.size)
        return index.start + person if isinstance(index, slice) else int(index[person])

    def as_of(self, column: str, days: np.ndarray, people: np.ndarray | None = None) -> Value:
        """A roster column as it stood on a day (an ordinal) for each person, or for each of ``people`` (their rows).

        The 新值 of the last change on or before the day; before the first change its 原值; without changes the roster.
        """
        now = self.roster[column] if people is None else self.roster[column].take(people)
        size = self.size if people is None else len(people)
        changes = self.changes.get(column)
        if changes is None or not len(changes.person):
            return now
        row, before = self.change_at(column, days, people)
        has = row >= 0
        value = Value(now.type, now.data, now.states(size).copy(), now.choices)
        data = value.data
        at = np.where(has, row, 0)
        old, new = changes.old.take(at), changes.new.take(at)
        use_old, use_new = has & before, has & ~before
        # the newest change has to agree with the roster: while that is wrong, nothing later than the first is known
        agreed = np.where(value.state == REFUSED, value.state, new.states(size))
        state = np.where(use_new, agreed, np.where(use_old, old.states(size), value.state))
        # a person whose earlier state is unknown (原值 blank) cannot be computed; a blank 新值 is refused on reading
        state = np.where(use_old & (state == BLANK), np.uint8(REFUSED), state)
        from xl_kpi.money import Exact

        if isinstance(data, Exact):
            data = Exact.choose(use_new, new.data, Exact.choose(use_old, old.data, data))
        else:
            data = np.where(use_new, new.data, np.where(use_old, old.data, data))
        return Value(now.type, data, state if (state != OK).any() else None, now.choices)

    def names_on(self, day: int) -> list[str]:
        """The names as they were on a day (an ordinal): a new name is that of the months since it was changed."""
        changes = self.changes.get(self.name_column)
        if changes is None or not len(changes.person):
            return self.names
        names = list(self.names)
        row, before = self.change_at(self.name_column, np.full(self.size, day))
        for person in np.flatnonzero(row >= 0).tolist():
            side = changes.old if before[person] else changes.new
            names[person] = side.at(int(row[person])) or names[person]
        return names

    def unnamed_on(self, day: int) -> list[tuple[int, int]]:
        """(person, row of the table of changes) of those whose name on a day is unknown: the first 原值 is blank."""
        changes = self.changes.get(self.name_column)
        if changes is None or not len(changes.person):
            return []
        row, before = self.change_at(self.name_column, np.full(self.size, day))
        return [(person, int(changes.row[row[person]])) for person in np.flatnonzero(before).tolist()
                if not changes.old.at(int(row[person]))]

    def change_at(self, column: str, days: np.ndarray, people: np.ndarray | None = None
                  ) -> tuple[np.ndarray, np.ndarray]:
        """(the change that decides a person's state on a day, or -1; whether by its 原值)."""
        changes = self.changes[column]
        span = 10_000_000                                       # more than any ordinal of a day
        keys = changes.person.astype(np.int64) * span + changes.day
        people = np.arange(self.size, dtype=np.int64) if people is None else people.astype(np.int64)
        last = np.searchsorted(keys, people * span + days, "right") - 1
        first = np.searchsorted(keys, people * span, "left")
        has = (first < len(keys)) & (changes.person[np.minimum(first, len(keys) - 1)] == people)
        before = has & (last < first)
        return np.where(has, np.where(before, first, last), -1), before


def _nothing(column: Value, size: int) -> Any:
    from xl_kpi.money import Exact

    if isinstance(column.data, Exact):
        return Exact(np.zeros(size, np.int64), 1, 0)
    return np.zeros(size, column.data.dtype if isinstance(column.data, np.ndarray) else np.int64)
