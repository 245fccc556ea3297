"""The people of the roster, and whose rows the other tables' are."""

from __future__ import annotations

import difflib
from collections import defaultdict
from itertools import repeat

import numpy as np

from xl_kpi.hand.texts import difference, squeezed
from xl_kpi.rules.values import OK
from xl_kpi.tables.reading import Reader, Reading, period_text

LARGE = 200_000         # rows from which pandas' hash table pays for its import
GUESSES = 10            # so many unknown 工号 are worth looking for a likeness: it takes long


class Roster:
    """工号 → row of the roster, each once."""

    def __init__(self, reader: Reader, reading: Reading):
        self.reader, self.reading = reader, reading
        self.names = [squeezed(name) for name in reading.texts("name")]
        self.row: dict[str, int] = {}
        rows: dict[str, list[int]] = defaultdict(list)
        for row, person in enumerate(reading.ids):
            if person:
                rows[person].append(row)
                self.row.setdefault(person, row)
        column = reading.column("id")
        for found in rows.values():
            where = "、".join(reading.cell(column.name, row) for row in found)
            for row in found[1:]:
                reader.add(reading, column, row, f"工号重复（{where}）", "一个人只留一行；不同的人不能同号", key=True)
        self._bare = {person.lstrip("0"): person for person in self.row}
        self._likeness: dict[str, str] = {}

    def owners(self, reading: Reading) -> np.ndarray:
        """The row of the roster for each row of a table; -1 where the 工号 is not on it."""
        owner = match(list(self.row), np.array(list(self.row.values()), np.int64), reading.ids)
        if not self.reading.missing:
            self._unknown(reading, owner)
        self._other_names(reading, owner)
        return owner

    def _unknown(self, reading: Reading, owner: np.ndarray) -> None:
        for row in np.flatnonzero(owner < 0).tolist():
            person = reading.ids[row]
            if person:
                self.reader.add(reading, reading.column("id"), row,
                                f"{self.reading.sheet}里没有工号 {person}{self._like(person)}",
                                f"改正工号，或者在{self.reading.sheet}补上此人", person=person, key=True)

    def _like(self, person: str) -> str:
        """，是不是 … : a 工号 of the roster that resembles an unknown one."""
        found = self._likeness.get(person)
        if found is None:
            near = self._bare.get(person.lstrip("0"), "")
            if not near and len(self._likeness) < GUESSES:
                near = next(iter(difflib.get_close_matches(person, self.row, 1, 0.75)), "")
            found = self._likeness[person] = f"，是不是 {near}{difference(person, near)}" if near else ""
        return found

    def _other_names(self, reading: Reading, owner: np.ndarray) -> None:
        """A name that is not the one of the roster: one of 工号 and name is wrong, so the row is nobody's.  That is an
        error in the period asked for and never said of a closed one."""
        lasting = reading.table.grain == "changes"
        for column in reading.table.columns:
            if column.type != "name" or column.ignored:
                continue
            for row, name in enumerate(reading.cells[column.name].texts):
                person = owner[row]
                if (name and person >= 0 and squeezed(name) != self.names[person] and self.names[person]
                        and (lasting or (reading.period(row) or ()) not in self.reader.closed)):
                    owner[row] = -1
                    if not lasting:
                        reading.lost.setdefault(reading.period(row) or (), []).append(int(person))
                    known = self.reading.texts("name")[person]
                    self.reader.add(reading, column, row, f"「{column.heading}」是「{name}」，"
                                    f"与{self.reading.sheet}的不同{difference(name, known)}，这一行没有用",
                                    "核对工号和姓名，改正写错的一个", key=True, within="" if lasting else "asked")


def match(known: list[str], rows: np.ndarray, wanted: list[str]) -> np.ndarray:
    """The number in ``rows`` that belongs to each of ``wanted`` among ``known`` (-1: none)."""
    if len(wanted) > LARGE and known:
        import pandas as pd  # its hash table pays for its import only here

        at = pd.Index(known, dtype=object).get_indexer(np.array(wanted, object))
        return np.where(at >= 0, rows[np.maximum(at, 0)], -1).astype(np.int64)
    numbers = dict(zip(known, rows.tolist(), strict=True))
    return np.fromiter(map(numbers.get, wanted, repeat(-1)), np.int64, len(wanted))


def doubles(reader: Reader, reading: Reading, person: np.ndarray) -> None:
    """More than one row for a person and period: none of them can be used."""
    period = reading.month.copy()
    if reading.quarter is not None:
        period = np.where(reading.quarter >= 0, 10**6 + reading.quarter, period)
    known = (person >= 0) & (period >= 0)
    code = np.where(known, period * (int(person.max(initial=0)) + 1) + person, -1 - np.arange(reading.size))
    order = np.argsort(code, kind="stable")
    same = code[order][1:] == code[order][:-1]
    if not same.any():
        return
    column = reading.column("id")
    wrong = np.zeros(reading.size, bool)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(np.isin(code, code[order][1:][same])).tolist():
        groups[int(code[row])].append(row)
    for rows in groups.values():
        wrong[rows] = True
        where = "、".join(reading.cell(column.name, row) for row in rows)
        for row in rows[1:]:
            when = period_text(reading.period(row))
            reader.add(reading, column, row, f"{when} 有 {len(rows)} 行（{where}）", "只留一行", also=reading.read)
    reading.refuse(reading.read, wrong)


def misplaced(reader: Reader, reading: Reading) -> None:
    """Cells that nobody reads, of a table with rows of months and rows of quarters."""
    assert reading.quarter is not None
    of_quarter = reading.quarter >= 0
    of_month = (reading.month >= 0) & ~of_quarter
    for column in reading.table.columns:
        if not column.period:
            continue
        wrong = of_month if column.period == "quarter" else of_quarter
        word = "季度" if column.period == "quarter" else "月份"
        states = reading.values[column.name].states(reading.size)
        for row in np.flatnonzero(wrong & (states == OK)).tolist():
            when = period_text(reading.period(row))
            reader.add(reading, column, row, f"「{column.heading}」填在 {when} 的行里，但它按{word}读取，这一格用不到",
                       f"填到期间是{word}的行里，这里清空", level="warning")
