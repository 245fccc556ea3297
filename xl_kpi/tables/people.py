"""The people of the roster, and whose rows the other tables' are."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import repeat

import numpy as np

from xl_kpi.hand.days import NAMES
from xl_kpi.hand.ids import Directory, name_key
from xl_kpi.hand.texts import difference
from xl_kpi.rules.periods import period_text
from xl_kpi.rules.values import OK
from xl_kpi.tables.cells import one_hint, reading_of
from xl_kpi.tables.reading import Reader, Reading

LARGE = 200_000         # rows from which pandas' hash table pays for its import
GUESSES = 10            # so many unknown 工号 are worth looking for a likeness: it takes long


class Roster:
    """工号 → row of the roster, each once; whom a 工号 or name of another table means."""

    def __init__(self, reader: Reader, reading: Reading):
        self.reader, self.reading = reader, reading
        self.names: list[list[str]] = [[name] if name else [] for name in reading.texts("name")]
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
        self._hints(reading)
        self._likeness: dict[tuple[str, str], str] = {}

    @cached_property
    def directory(self) -> Directory:
        return Directory(list(self.row), [self.names[row] for row in self.row.values()])

    def owners(self, reading: Reading) -> np.ndarray:
        """The row of the roster for each row of a table; -1 where the 工号 is not on it.

        The 工号 of a row that means somebody otherwise than as shown becomes that person's.
        """
        owner = match(list(self.row), np.array(list(self.row.values()), np.int64), reading.ids)
        if not self.reading.missing:
            self._otherwise(reading, owner)
        if reading.table.grain == "changes":
            self._renamed(reading, owner)
        self._other_names(reading, owner)
        self._hints(reading)
        return owner

    def _hints(self, reading: Reading) -> None:
        for column in reading.table.columns:
            if column.type in ("id", "name") and not column.ignored:
                for said in one_hint(reading.cells[column.name].read_as):
                    self.reader.say(reading, column, said)

    def _otherwise(self, reading: Reading, owner: np.ndarray) -> None:
        """Rows whose 工号 is nobody's as shown: whom it means, or that it is unknown."""
        column = reading.column("id")
        cells, sheet = reading.cells[column.name], self.reading.sheet
        found: dict[str, list[int]] = {}
        known = list(self.row)
        for row in np.flatnonzero(owner < 0).tolist():
            text = cells.texts[row]
            if not text:
                continue
            people = found[text] if text in found else found.setdefault(text, self.directory.find(text))
            if len(people) == 1:
                person = cells.texts[row] = known[people[0]]
                owner[row] = self.row[person]
                cells.read_as[row] = reading_of(reading.raw[column.name][row], person)
            elif people:
                several = "、".join(" ".join((known[one], *self.names[self.row[known[one]]][:1])) for one in people[:5])
                self.reader.add(reading, column, row,
                                f"{sheet}里没有工号 {text}，像的有 {len(people)} 个人（{several}），说不准是谁",
                                f"写{sheet}里的工号", person=text, key=True)
            else:
                name = next((reading.cells[c.name].texts[row] for c in reading.table.columns
                             if c.type == "name" and not c.ignored), "")
                self.reader.add(reading, column, row, f"{sheet}里没有工号 {text}{self._like(text, name)}",
                                f"改正工号，或者在{sheet}补上此人", person=text, key=True)

    def _like(self, text: str, name: str) -> str:
        """，是不是 … : the 工号 of the roster that an unknown one can be meant for, never a different person's.

        With a name in the row only people of that name.  Without one, nobody confirms a guess: a 工号 that looks like
        those of the roster may be that of somebody who is missing there, so only one that cannot be a 工号 (too long,
        a letter for a digit) is set beside the one that it resembles most.
        """
        key = text, name_key(name)
        found = self._likeness.get(key)
        if found is None:
            alike = [person for person in self.row if difference(text, person)] if len(self.row) < LARGE else []
            near = alike[0] if len(alike) == 1 else ""
            if near and name and not self._is_named(self.row[near], name):
                near = ""
            if not near and len(self._likeness) < GUESSES:
                if name:
                    named = (person for person, row in self.row.items() if self._is_named(row, name))
                    near = _nearest(text, named, 0.6)
                elif _shape(text) not in self._shapes:
                    near = _nearest(text, self.row, 0.75)
            found = self._likeness[key] = f"，是不是 {near}{difference(text, near)}" if near else ""
        return found

    @cached_property
    def _shapes(self) -> set[str]:
        return set(map(_shape, self.row))

    def _is_named(self, person: int, name: str) -> bool:
        return name_key(name) in map(name_key, self.names[person])

    def _renamed(self, reading: Reading, owner: np.ndarray) -> None:
        """Old and new names of 人事变动 are names of the person too."""
        item = reading.column("choice")
        if (heading := self.reading.column("name").heading) not in item.choices:
            return
        chosen = reading.values[item.name]
        renamed = (chosen.states(reading.size) == OK) & (chosen.array(reading.size) == item.choices.index(heading))
        for row in np.flatnonzero(renamed & (owner >= 0)).tolist():
            names = self.names[owner[row]]
            names += [text for c in reading.table.columns if c.type == "changed"
                      and (text := reading.cells[c.name].texts[row]) and text not in names]
            self.__dict__.pop("directory", None)

    def _other_names(self, reading: Reading, owner: np.ndarray) -> None:
        """A name that is not the one of the roster: one of 工号 and name is wrong, so the row is nobody's.  That is an
        error in the period asked for and never said of a closed one."""
        lasting = reading.table.grain == "changes"
        for column in reading.table.columns:
            if column.type != "name" or column.ignored:
                continue
            cells = reading.cells[column.name]
            for row, (name, person) in enumerate(zip(cells.texts, owner.tolist(), strict=True)):
                if not name or person < 0 or not self.names[person] or name == self.names[person][0]:
                    continue
                known = self.names[person][0]
                if name in self.names[person]:          # an old or new name: nothing to say
                    continue
                if self._is_named(person, name):
                    cells.read_as[row] = reading_of(name, known)
                elif lasting or (reading.period(row) or ()) not in self.reader.closed:
                    owner[row] = -1
                    if not lasting:
                        reading.lost.setdefault(reading.period(row) or (), []).append(person)
                    cells.read_as.pop(row, None)
                    self.reader.add(reading, column, row, f"「{column.heading}」是「{name}」，"
                                    f"与{self.reading.sheet}的不同{difference(name, known)}，这一行没有用",
                                    "核对工号和姓名，改正写错的一个", key=True, within="" if lasting else "asked")


def _shape(text: str) -> str:
    """A 工号 with every digit and every letter alike: what can be one."""
    return "".join("0" if c.isdigit() else "a" if c.isalpha() else c for c in text)


def _nearest(text: str, people: Iterable[str], at_least: float) -> str:
    """The 工号 that a text resembles most; '' when none does, or two do as much."""
    ratios = sorted(((difflib.SequenceMatcher(None, text, person).ratio(), person) for person in people),
                    reverse=True)[:2]
    if not ratios or ratios[0][0] < at_least or (len(ratios) > 1 and ratios[0][0] == ratios[1][0]):
        return ""
    return ratios[0][1]


def match(known: list[str], rows: np.ndarray, wanted: list[str]) -> np.ndarray:
    """The number in ``rows`` that belongs to each of ``wanted`` among ``known`` (-1: none)."""
    if len(wanted) > LARGE and known:
        import pandas as pd  # its hash table pays for its import only here

        at = pd.Index(known, dtype=object).get_indexer(np.array(wanted, object))
        return np.where(at >= 0, rows[np.maximum(at, 0)], -1).astype(np.int64)
    numbers = dict(zip(known, rows.tolist(), strict=True))
    return np.fromiter(map(numbers.get, wanted, repeat(-1)), np.int64, len(wanted))


def doubles(reader: Reader, reading: Reading, person: np.ndarray) -> None:
    """More than one row for a person and period, of events also for the columns that name a row: none of them can be
    used."""
    known = (person >= 0) & reading.periods.known
    code = reading.periods.codes * (int(person.max(initial=0)) + 1) + person
    for name in reading.table.unique:
        value = reading.values[name]
        known &= value.states(reading.size) == OK
        code = code * (len(value.choices or ()) or 1) + value.array(reading.size)
    code = np.where(known, code, -1 - np.arange(reading.size))
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
            when = period_text(reading.period(row) or ())
            which = "".join(f" {reading.values[name].at(row)}" for name in reading.table.unique)
            ticket = "的票号" if reading.table.ticket else ""
            reader.add(reading, column, row, f"{when}{ticket}{which} 有 {len(rows)} 行（{where}）",
                       "同一张评分表只能算一次，只留一行" if ticket else "只留一行", also=reading.read)
    reading.refuse(reading.read, wrong)


def misplaced(reader: Reader, reading: Reading) -> None:
    """Cells that nobody reads, of a table with rows of several grains."""
    for column in reading.table.columns:
        if not column.period:
            continue
        wrong, word = reading.periods.known & ~reading.periods.of_grain(column.period), NAMES[column.period]
        states = reading.values[column.name].states(reading.size)
        for row in np.flatnonzero(wrong & (states == OK)).tolist():
            when = period_text(reading.period(row) or ())
            reader.add(reading, column, row, f"「{column.heading}」填在 {when} 的行里，但它按{word}读取，这一格用不到",
                       f"填到期间是{word}的行里，这里清空", level="warning")
