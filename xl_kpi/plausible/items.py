"""Further items (其他项目): what is missing this month, written twice, on the wrong side, or far too large."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.period import Month
from xl_kpi.plausible.look import Look, key_column, period_column, rows_of, when
from xl_kpi.plausible.usual import DO, _number, _scaled, against
from xl_kpi.problems import Problem
from xl_kpi.rules.values import OK
from xl_kpi.tables.reading import Reading

UNIT = re.compile(r"[(（\[【][^()（）\[\]【】]*[元￥¥][^()（）\[\]【】]*[)）\]】]")


def plain_name(text: str) -> str:
    """The name of an item without blanks and a bracketed unit."""
    return UNIT.sub("", squeezed(text))


@dataclass
class Items:
    """The rows of items of known people: ``key`` numbers the names without blanks and units."""

    look: Look
    reading: Reading
    text: str               # the columns by what they hold
    amount: str
    side: str

    @cached_property
    def person(self) -> np.ndarray:
        return self.look.facts.tables[self.reading.name].person

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return self.reading.values[self.text].choices or ("",)

    @cached_property
    def names(self) -> dict[str, int]:
        """Plain name → its number, in the order of the names."""
        return {name: k for k, name in enumerate(sorted({plain_name(label) for label in self.labels}))}

    @cached_property
    def texts(self) -> list[str]:
        return self.reading.cells[self.text].texts

    @cached_property
    def key(self) -> np.ndarray:
        found: np.ndarray = np.array([self.names[plain_name(label)] for label in self.labels], np.int64)[
            self.reading.values[self.text].array(self.reading.size)]
        return found

    @cached_property
    def fen(self) -> np.ndarray:
        return self.reading.values[self.amount].array(self.reading.size).astype(np.int64)

    @cached_property
    def earned(self) -> np.ndarray:
        return self.reading.values[self.side].array(self.reading.size) == 0

    @cached_property
    def stated(self) -> np.ndarray:
        """The rows that say whose, what, how much and on which side."""
        found = (self.person >= 0) & (self.reading.month >= 0)
        for column in (self.text, self.amount, self.side):
            found &= self.reading.values[column].states(self.reading.size) == OK
        return found

    @cached_property
    def months(self) -> set[int]:
        """The months that have items."""
        return set(np.unique(self.reading.month[self.stated]).tolist())

    def sums(self, month: int) -> tuple[np.ndarray, np.ndarray]:
        """(amount, whether there is a row) of a month, by item and person."""
        shape = (len(self.names), self.look.facts.size)
        total, there = np.zeros(shape, np.int64), np.zeros(shape, bool)
        rows = np.flatnonzero(self.stated & (self.reading.month == month))
        np.add.at(total, (self.key[rows], self.person[rows]), self.fen[rows])
        there[self.key[rows], self.person[rows]] = True
        return total, there

    def deducted(self, month: int) -> np.ndarray:
        """Which items are held back in a month."""
        rows = self.stated & ~self.earned & (self.reading.month == month)
        found = np.zeros(len(self.names), bool)
        found[self.key[rows]] = True
        return found

    def label(self, key: int, month: int) -> str:
        """An item as it is written most in a month."""
        rows = self.stated & (self.key == key) & (self.reading.month == month)
        return most_used(self.texts[row] for row in rows_of(rows))

    def largest(self, key: int, person: int, month: int) -> int:
        """The row of an item of a person that weighs most."""
        rows = np.flatnonzero(self.stated & (self.key == key) & (self.person == person) & (self.reading.month == month))
        return int(rows[np.argmax(np.abs(self.fen[rows]))])


def tables_of(look: Look) -> Iterator[Items]:
    """The tables of items, each made up once for a look."""
    for reading, _ in look.readings("items"):
        if reading.name not in look.items:
            text, amount, side = (reading.column(kind).name for kind in ("text", "money", "choice"))
            look.items[reading.name] = Items(look, reading, text, amount, side)
        yield look.items[reading.name]


def most_used(texts: Iterator[str]) -> str:
    """The spelling that is used most; of several the first in their order: the order of rows does not matter."""
    counts = Counter(texts)
    return min(counts, key=lambda text: (-counts[text], text)) if counts else ""


def missing_items(look: Look) -> Iterator[Problem]:
    """What everybody had in the months before and nobody has now; what a person had then and lacks now, if it is held
    back or was the same each time."""
    for items in tables_of(look):
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
                usual = had_all[key] & (equal[key] | deducted[key] | everybody)
                for person in rows_of(usual & here & ~now[key]):
                    label = items.label(key, before[-1])
                    amount = _number(int(amounts[-1][key, person]), 2)
                    then = "、".join(str(Month(m)) for m in before)
                    text = (f"{Month(month)} 没有「{label}」，{then} 人人都有" if everybody else
                            f"{Month(month)} 没有「{label}」，{then} 有，{Month(before[-1])} 是 {amount}")
                    yield look.about("warning", person, text, "漏了的补上；这个月确实没有的不用改", items.reading.sheet,
                                     cause=f"missing item {label} {everybody} {month}")


def _equal(amounts: list[np.ndarray], had: np.ndarray) -> np.ndarray:
    """Which items of a person were the same each time; of a single month, those that were the same for all (two or
    more) that had them."""
    if len(amounts) > 1:
        found: np.ndarray = np.logical_and.reduce([amount == amounts[0] for amount in amounts]) & had
        return found
    count = had.sum(axis=1)
    low = np.where(had, amounts[0], np.iinfo(np.int64).max).min(axis=1)
    high = np.where(had, amounts[0], np.iinfo(np.int64).min).max(axis=1)
    return had & ((low == high) & (count > 1))[:, None]


def names_alike(look: Look) -> Iterator[Problem]:
    """Items of a month whose names differ only by blanks or a bracketed unit."""
    for items in tables_of(look):
        if len(set(items.texts)) <= len(items.names):
            continue
        for month, rows in look.periods(items.reading, look.rows(items.reading)):
            spellings: dict[int, list[int]] = defaultdict(list)
            for row in rows_of(rows & items.stated):
                spellings[int(items.key[row])].append(row)
            for found in spellings.values():
                if len({items.texts[row] for row in found}) < 2:
                    continue
                usual = most_used(items.texts[row] for row in found)
                for row in found:
                    if items.texts[row] != usual:
                        yield look.problem(
                            "warning", items.reading, row, items.text,
                            f"{when(month)} 的「{items.texts[row]}」与「{usual}」只差空格或者括号里的单位",
                            "同一个项目的写成一样；确实是两个项目的，名称写得更不同些", f"names alike {usual}")


def deduction_as_earning(look: Look) -> Iterator[Problem]:
    """An item named 罚… or 扣… that is added to the pay."""
    for items in tables_of(look):
        begins = np.array([name.startswith(tuple(look.role.held_back)) for name in items.names], bool)
        rows = look.rows(items.reading) & items.stated & items.earned & (items.fen > 0)
        for row in rows_of(rows & begins[items.key]):
            yield look.problem("warning", items.reading, row, items.side,
                               f"「{items.texts[row]}」计入应发，会增加工资", "要扣的，计入改为扣款；确实是发的不用改",
                               f"deduction as earning {items.key[row]}")


def unusual_items(look: Look) -> Iterator[Problem]:
    """An amount many times that person's last month, or the item's where there is none."""
    for items in tables_of(look):
        steady = [k for name, k in items.names.items() if not any(word in name for word in look.role.unsteady_items)]
        for month in look.months:
            if month not in items.months:
                continue
            now, last = (items.sums(m)[0] for m in (month, month - 1))
            for key in steady:
                for person, usual, whose in against(now[key], last[key], look, look.role.money * 100):
                    row = items.largest(key, person, month)
                    yield look.problem(
                        "warning", items.reading, row, items.amount,
                        f"「{items.texts[row]}」{when(('month', month))} 是 {_number(int(now[key, person]), 2)}，"
                        f"{whose} {_number(usual, 2)}，差得太多", DO, f"unusual item {key}")


def above_all_else(look: Look) -> Iterator[Problem]:
    """An item above everything else that the person gets in the month."""
    earning = [c for c in look.policy.payroll.columns if c.part == "earning" and c._node is not None]
    if not earning:
        return
    for items in tables_of(look):
        for month in look.worked:
            if month not in items.months:
                continue
            total = np.zeros(look.facts.size, np.int64)
            known = look.on_roster(month)[0].copy()
            for column in earning:
                assert column._node is not None
                value = look.run.evaluate(column._node, ("month", month))
                states = value.states(look.facts.size)
                applies = np.ones(look.facts.size, bool)
                if column._when is not None:
                    applies = look.run.evaluate(column._when, ("month", month)).true(look.facts.size)
                known &= ~applies | (states == OK) | (~np.bool_(column.required) & (states != OK))
                total += np.where(applies, _scaled(value, look.facts.size, 2), 0)
            amounts = np.where(items.deducted(month)[:, None], 0, items.sums(month)[0])
            every = total + amounts.sum(axis=0)
            for key, person in zip(*(k.tolist() for k in np.nonzero((2 * amounts > every) & known)), strict=True):
                row = items.largest(key, person, month)
                rest = int(every[person] - amounts[key, person])
                yield look.problem(
                    "warning", items.reading, row, items.amount,
                    f"「{items.texts[row]}」{_number(int(amounts[key, person]), 2)}，"
                    f"多于 {Month(month)} 其他应发的总和 {_number(rest, 2)}", "核对金额和小数点；确实如此的不用改",
                    f"above all {key}")


def identical_rows(look: Look) -> Iterator[Problem]:
    """A row of events or items that stands there twice."""
    for reading, facts in look.readings("events", "items"):
        rows = np.flatnonzero(look.rows(reading))
        parts = [facts.person[rows], reading.month[rows]]
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
            first = seen.setdefault((int(facts.person[row]), int(reading.month[row]), *whole), row)
            if first != row:
                key = key_column(reading)
                what = "、".join(str(v) for v in whole if isinstance(v, str) and v != reading.ids[row])[:40]
                yield look.problem(
                    "warning", reading, row, key, f"这一行（{what}）与 {reading.cell(period_column(reading), first)} "
                    "那一行完全一样", "重复的删除一行；确实有两次的，在说明里写明", f"identical {reading.name}")


def _typed(value: object) -> object:
    return None if is_blank(value) else squeezed(value) if isinstance(value, str) else value
