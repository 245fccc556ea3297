"""Further items (其他项目): what is missing this month, written twice, on the wrong side, or far too large."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.period import Month
from xl_kpi.plausible.look import Look, key_column, period_column, rows_of
from xl_kpi.plausible.usual import DO, _number, _scaled, against
from xl_kpi.problems import Problem
from xl_kpi.rules.values import BLANK, OK
from xl_kpi.tables.reading import Reading

UNIT = re.compile(r"[(（\[【][^()（）\[\]【】]*[元￥¥][^()（）\[\]【】]*[)）\]】]")


def plain_name(text: str) -> str:
    """The name of an item without blanks and a bracketed unit."""
    return UNIT.sub("", squeezed(text))


class Items:
    """The items of known people, in whichever table they stand; ``key`` numbers the names without blanks and units."""

    def __init__(self, look: Look):
        self.look = look
        self.readings = [reading for reading, _ in look.readings("items")]
        parts = [self._rows(table, reading) for table, reading in enumerate(self.readings)]
        self.texts: list[str] = [text for part in parts for text in part[-1]]
        empty = np.zeros(0, np.int64)
        (self.table, self.row, self.month, self.person, self.fen, deducted) = (
            np.concatenate([part[k] for part in parts] or [empty]) for k in range(6))
        self.earned = deducted == 0
        known = {text: plain_name(text) for text in dict.fromkeys(self.texts)}
        self.names = {name: k for k, name in enumerate(sorted(set(known.values())))}        # plain name → its number
        number = {text: self.names[name] for text, name in known.items()}
        self.key = np.fromiter(map(number.__getitem__, self.texts), np.int64, len(self.texts))
        self.months: set[int] = set(np.unique(self.month).tolist())

    def _rows(self, table: int, reading: Reading) -> tuple[Any, ...]:
        """The rows of a table that say whose, what, how much and on which side."""
        text, amount, side = (reading.values[reading.column(kind).name] for kind in ("text", "money", "choice"))
        person = self.look.facts.tables[reading.name].person
        stated = (person >= 0) & reading.periods.known
        for value in (text, amount, side):
            stated &= value.states(reading.size) == OK
        rows = np.flatnonzero(stated)
        texts = reading.texts("text")
        return (np.full(len(rows), table, np.int64), rows, reading.periods.first[rows], person[rows],
                amount.array(reading.size)[rows].astype(np.int64), side.array(reading.size)[rows].astype(np.int64),
                [texts[row] for row in rows.tolist()])

    def looked_at(self) -> np.ndarray:
        """The items of the months that are looked at, as a mask."""
        return np.isin(self.month, self.look.months)

    def sums(self, month: int) -> tuple[np.ndarray, np.ndarray]:
        """(amount, whether there is one) of a month, by item and person."""
        shape = (len(self.names), self.look.facts.size)
        total, there = np.zeros(shape, np.int64), np.zeros(shape, bool)
        here = self.month == month
        np.add.at(total, (self.key[here], self.person[here]), self.fen[here])
        there[self.key[here], self.person[here]] = True
        return total, there

    def deducted(self, month: int) -> np.ndarray:
        """Which items are held back in a month."""
        found = np.zeros(len(self.names), bool)
        found[self.key[~self.earned & (self.month == month)]] = True
        return found

    def label(self, key: int, month: int) -> str:
        """An item as it is written most in a month."""
        return most_used(self.texts[k] for k in rows_of((self.key == key) & (self.month == month)))

    def largest(self, key: int, person: int, month: int) -> int:
        """Which one of an item of a person weighs most."""
        found = np.flatnonzero((self.key == key) & (self.person == person) & (self.month == month))
        return int(found[np.argmax(np.abs(self.fen[found]))])

    def sheet(self, key: int, month: int) -> str:
        """Where an item stands in a month."""
        return self.readings[int(self.table[(self.key == key) & (self.month == month)][0])].sheet

    def warn(self, k: int, kind: str, text: str, do: str, cause: str) -> Problem:
        """What is said of an item at its cell of a type."""
        reading, row = self.readings[int(self.table[k])], int(self.row[k])
        columns = (reading.column(one).name for one in (kind, "money"))
        column = next((one for one in columns if reading.cell(one, row)), "")
        return self.look.problem("warning", reading, row, column, text, do, cause)


def items_of(look: Look) -> Items:
    """The items, made up once for a look."""
    if look.items is None:
        look.items = Items(look)
    found: Items = look.items
    return found


def most_used(texts: Iterator[str]) -> str:
    """The spelling that is used most; of several the first in their order: the order of rows does not matter."""
    counts = Counter(texts)
    return min(counts, key=lambda text: (-counts[text], text)) if counts else ""


def missing_items(look: Look) -> Iterator[Problem]:
    """What everybody had in the months before and nobody has now; what a person had then and lacks now, if it is held
    back or was the same each time."""
    items = items_of(look)
    for month in look.worked:
        before = [m for m in range(month - look.role.months_before, month) if m in items.months]
        if not before:
            continue
        here = look.on_roster(month)[0]
        now = items.sums(month)[1]
        amounts, had = zip(*map(items.sums, before), strict=True)
        had_all = np.logical_and.reduce([there & (amount != 0) for amount, there in zip(amounts, had, strict=True)])
        equal = _equal(list(amounts), had_all)
        deducted = np.logical_or.reduce([items.deducted(m) for m in before])
        for key in np.flatnonzero(had_all.any(axis=1)).tolist():
            everybody = not now[key].any() and all(
                (there[key] | ~look.on_roster(m)[0]).all() for m, there in zip(before, had, strict=True))
            label, sheet = items.label(key, before[-1]), items.sheet(key, before[-1])
            then = "、".join(str(Month(m)) for m in before)
            for person in rows_of(had_all[key] & (equal[key] | deducted[key] | everybody) & here & ~now[key]):
                amount = _number(int(amounts[-1][key, person]), 2)
                had_then = "人人都有" if everybody else f"有，{Month(before[-1])} 是 {amount}"
                yield look.about("warning", person, f"{Month(month)} 没有「{label}」，{then} {had_then}",
                                 "漏了的补上；这个月确实没有的不用改", sheet,
                                 cause=f"missing item {label} {everybody} {month}")


def _equal(amounts: list[np.ndarray], had: np.ndarray) -> np.ndarray:
    """Which items of a person were the same each time; of a single month, those that were the same for all (two or
    more) that had them."""
    if len(amounts) > 1:
        found: np.ndarray = np.logical_and.reduce([amount == amounts[0] for amount in amounts]) & had
        return found
    low = np.where(had, amounts[0], np.iinfo(np.int64).max).min(axis=1)
    high = np.where(had, amounts[0], np.iinfo(np.int64).min).max(axis=1)
    return had & ((low == high) & (had.sum(axis=1) > 1))[:, None]


def names_alike(look: Look) -> Iterator[Problem]:
    """Items of a month whose names differ only by blanks or a bracketed unit."""
    items = items_of(look)
    if len(set(items.texts)) <= len(items.names):
        return
    spellings: dict[tuple[int, int], list[int]] = defaultdict(list)
    for k in rows_of(items.looked_at()):
        spellings[int(items.month[k]), int(items.key[k])].append(k)
    for (month, _), found in spellings.items():
        usual = most_used(items.texts[k] for k in found)
        for k in found:
            if items.texts[k] != usual:
                yield items.warn(k, "text",
                                 f"{Month(month)} 的「{items.texts[k]}」与「{usual}」只差空格或者括号里的单位",
                                 "同一个项目的写成一样；确实是两个项目的，名称写得更不同些", f"names alike {usual}")


def deduction_as_earning(look: Look) -> Iterator[Problem]:
    """An item named 罚… or 扣… that is added to the pay."""
    items = items_of(look)
    begins = np.array([name.startswith(tuple(look.role.held_back)) for name in items.names], bool)
    for k in rows_of(items.looked_at() & items.earned & (items.fen > 0)):
        if begins[items.key[k]]:
            yield items.warn(k, "choice", f"「{items.texts[k]}」计入应发，会增加工资",
                             "要扣的，计入改为扣款；确实是发的不用改", f"deduction as earning {items.key[k]}")


def unusual_items(look: Look) -> Iterator[Problem]:
    """An amount many times that person's last month, or the item's where there is none."""
    items = items_of(look)
    steady = [k for name, k in items.names.items() if not any(word in name for word in look.role.unsteady_items)]
    for month in look.months:
        if month not in items.months:
            continue
        now, last = (items.sums(m)[0] for m in (month, month - 1))
        for key in steady:
            for person, usual, whose in against(now[key], last[key], look, look.role.money * 100):
                k = items.largest(key, person, month)
                amount = _number(int(now[key, person]), 2)
                yield items.warn(k, "money", f"「{items.texts[k]}」{Month(month)} 是 {amount}，"
                                 f"{whose} {_number(usual, 2)}，差得太多", DO, f"unusual item {key}")


def above_all_else(look: Look) -> Iterator[Problem]:
    """An item above everything else that the person gets in the month."""
    main = look.policy.main
    earning = [c for c in main.columns if main.period == "month" and c.part == "earning" and c.value is not None]
    items = items_of(look)
    for month in look.worked if earning else ():
        if month not in items.months:
            continue
        total = np.zeros(look.facts.size, np.int64)
        known = look.on_roster(month)[0].copy()
        for column in earning:
            assert column.value is not None
            value = look.run.evaluate(column.value, ("month", month))
            states = value.states(look.facts.size)
            applies = np.ones(look.facts.size, bool)
            if column.when is not None:
                applies = look.run.evaluate(column.when, ("month", month)).true(look.facts.size)
            known &= ~applies | (states == OK) | ((states == BLANK) & (not column.required))
            total += np.where(applies, _scaled(value, look.facts.size, 2), 0)
        amounts = np.where(items.deducted(month)[:, None], 0, items.sums(month)[0])
        every = total + amounts.sum(axis=0)
        above = (amounts > 0) & (2 * amounts > every) & known
        for key, person in zip(*(k.tolist() for k in np.nonzero(above)), strict=True):
            k = items.largest(key, person, month)
            rest = int(every[person] - amounts[key, person])
            yield items.warn(k, "money", f"「{items.texts[k]}」{_number(int(amounts[key, person]), 2)}，"
                             f"多于 {Month(month)} 其他应发的总和 {_number(rest, 2)}",
                             "核对金额和小数点；确实如此的不用改", f"above all {key}")


def identical_rows(look: Look) -> Iterator[Problem]:
    """A row of events or items that stands there twice."""
    for reading, facts in look.readings("events", "items"):
        if reading.table.melts or reading.table.alike:
            continue                    # a person has one row there, or rows may well be alike
        rows = np.flatnonzero(look.rows(reading))
        parts = [facts.person[rows], reading.periods.codes[rows]]
        for column in reading.table.columns:
            if column.type in (*("count", "hours", "days", "minutes", "score", "money", "percent", "choice"), "date"):
                parts.append(reading.values[column.name].array(reading.size)[rows])
        order = np.lexsort(parts)
        same = np.ones(max(len(rows) - 1, 0), bool)
        for part in parts:
            same &= part[order][1:] == part[order][:-1]
        maybe = np.zeros(len(rows), bool)
        maybe[order[1:][same]] = maybe[order[:-1][same]] = True
        seen: dict[tuple[object, ...], int] = {}
        for row in rows[maybe].tolist():
            whole = tuple(_typed(raw[row]) for raw in reading.raw.values() if raw)
            first = seen.setdefault((int(facts.person[row]), int(reading.periods.codes[row]), *whole), row)
            if first != row:
                key = key_column(reading)
                what = "、".join(str(v) for v in whole if isinstance(v, str) and v != reading.ids[row])[:40]
                yield look.problem(
                    "warning", reading, row, key, f"这一行（{what}）与 {reading.cell(period_column(reading), first)} "
                    "那一行完全一样", "重复的删除一行；确实有两次的，在说明里写明", f"identical {reading.name}")


def _typed(value: object) -> object:
    return None if is_blank(value) else squeezed(value) if isinstance(value, str) else value
