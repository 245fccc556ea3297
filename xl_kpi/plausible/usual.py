"""Amounts and scores against what is usual: the person's last month, the column, the other people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from xl_kpi.period import GRAINS, AnyPeriod, Month, period_of
from xl_kpi.plausible.look import Look, days_of, rows_of, when
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import LAST, PERIODIC
from xl_kpi.problems import Problem
from xl_kpi.rules.expression import Const, Parameter, Ref
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import OK, Value
from xl_kpi.tables.cells import NUMBERS
from xl_kpi.tables.reading import Finding, Reading

PLACES = 4
DO = "核对小数点、位数和是不是错行；确实如此的不用改"


# -- a share where points are meant -----------------------------------------------------------------------------------

def score_as_share(look: Look) -> Iterator[Finding]:
    """A 得分 between 0 and 1 while the others of its column are above 1: 0.95 for 95 %."""
    for reading, column, rows in _between(look, totals=True):
        for row in rows_of(rows):
            yield Finding(_as_share(look, "error", reading, column, row), reading.name, row, column.name,
                          within="open", period=reading.period(row))
        reading.refuse([column.name], rows)


def points_as_share(look: Look) -> Iterator[Problem]:
    """The same of points and percents, which may be that small: a warning."""
    for reading, column, rows in _between(look, totals=False):
        for row in rows_of(rows):
            yield _as_share(look, "warning", reading, column, row)


def _as_share(look: Look, level: Any, reading: Reading, column: Column, row: int) -> Problem:
    unit = "%" if column.type == "percent" else "分"
    shown = look.shown(reading, column.name, row)
    return look.problem(level, reading, row, column.name,
                        f"「{column.heading}」是 {shown}{unit}，这一列的其他数都在 1 以上",
                        f"核对是不是把分数写成了小数；确实是 {shown}{unit} 的，写成文字 {shown}{unit}")


def _between(look: Look, totals: bool) -> Iterator[tuple[Reading, Column, np.ndarray]]:
    """Columns of scores with the rows whose value is between 0 and 1 while most of the column is above 1.  Typed with
    its unit, a value is meant."""
    for reading in (one for grain in PERIODIC for one in look.by_hand(grain)):
        for column in reading.table.columns:
            if (column.type not in ("score", "percent") or column.ignored or column.name in look.role.varying
                    or (column.name in look.role.totals) != totals):
                continue
            value = reading.values[column.name]
            number, there = value.array(reading.size), value.states(reading.size) == OK
            one = 10**NUMBERS[column.type].places
            rows = there & (number > 0) & (number < one)
            if not rows.any() or int((there & (number > one)).sum()) * 2 <= int((there & (number > 0)).sum()):
                continue
            rows = rows & look.rows(reading)
            meant = reading.cells[column.name].with_unit
            yield reading, column, rows if meant is None else rows & ~meant


# -- many times the usual ---------------------------------------------------------------------------------------------

def others_median(values: np.ndarray) -> np.ndarray:
    """For each value the median of the others (0: there are none), doubled so that it is a whole number."""
    size = len(values)
    if size < 2:
        return np.zeros(size, np.int64)
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    place = np.empty(size, np.int64)
    place[order] = np.arange(size)
    low, high = (size - 2) // 2, (size - 1) // 2           # the middle of size - 1 values

    def other(k: int) -> np.ndarray:
        return np.where(place <= k, ranked[k + 1], ranked[k])

    found: np.ndarray = other(low) + other(high)
    return found


def far_off(now: np.ndarray, usual: np.ndarray, times: int, least: int) -> np.ndarray:
    """Where ``now`` is more than so many times ``usual`` or less than that part of it, and differs by more than
    ``least``.  Noughts are never."""
    now, usual = np.abs(now), np.abs(usual)
    found: np.ndarray = (now > 0) & (usual > 0) & ((now > times * usual) | (now * times < usual)) & (
        np.abs(now - usual) > least)
    return found


def against(now: np.ndarray, last: np.ndarray, look: Look, least: int, grain: str = "month"
            ) -> list[tuple[int, int, str]]:
    """(index, usual, whose) of the values that are far off: from the person's last period, or else from the median of
    the others.  0 is no value."""
    there = now != 0
    median = np.zeros(len(now), np.int64)
    median[there] = others_median(np.abs(now[there]))
    far_last = (last != 0) & far_off(now, last, look.role.times, least)
    far_others = (last == 0) & far_off(2 * now, median, look.role.times, 2 * least)
    return [(i, int(last[i]), f"{LAST[grain]}是") for i in rows_of(far_last)] + [
        (i, int(median[i]) // 2, "别人的中间数是") for i in rows_of(far_others)]


def unusual(look: Look) -> Iterator[Problem]:
    """A score or an amount of a table by period many times that person's last one, or that of the others where there is
    none."""
    for name in look.role.scores:
        title = look.policy.quantities[name].title
        for month in look.months:
            now, last = (_quantity(look, name, m) for m in (month, month - 1))
            for person, usual, whose in against(now, last, look, look.role.points * 10**PLACES):
                text = _said(title, now[person], usual, whose, "score")
                yield from (look.problem("warning", reading, row, typed, text, DO, f"unusual {name}")
                            for reading, typed, row in _score_cell(look, month, person))
    for reading in (one for grain in GRAINS for one in look.by_hand(grain)):
        grain = reading.table.grain
        for column in reading.table.columns:
            score = column.type == "score" and column.name in look.role.totals and not look.role.scores
            if column.ignored or column.name in look.role.varying or not (score or column.type == "money"):
                continue
            least = look.role.points * 10**PLACES if score else look.role.money * 100
            for index in look.of_grain(grain):
                now, last = (_input(look, column.name, (grain, n)) for n in (index, index - 1))
                for person, usual, whose in against(now, last, look, least, grain):
                    row = look.facts.row_of(column.name, (grain, index), person)
                    yield look.problem("warning", reading, row, column.name,
                                       _said(column.heading, now[person], usual, whose, column.type), DO,
                                       f"unusual {column.name}")


def unusual_pay(look: Look) -> Iterator[Problem]:
    """A fixed amount of the roster (岗位工资) many times what it was in the month before, or that of the others of the
    post (of everybody, where these are few) when it is not known: from a change, or from a month that was closed."""
    if look.span is None:
        return
    months = look.months if look.asked is not None else [m for m in look.months if look.span[0] <= m <= look.span[1]]
    said: set[tuple[str, int]] = set()
    for column in look.roster.table.columns:
        if column.type != "money" or column.ignored:
            continue
        for month in reversed(months):
            here = look.on_roster(month)[0]
            now, last = (_as_of(look, column.name, m) for m in (month, month - 1))
            changes = look.facts.changes.get(column.name)
            changed = np.zeros(look.facts.size, bool)
            if changes is not None:
                changed[changes.person] = True
            now = np.where(here, now, 0)
            last = np.where(changed, last, _paid(look, column.heading, month - 1))
            for group in _peers(look, month, here & (now != 0)):
                for k, usual, whose in against(now[group], last[group], look, look.role.money * 100):
                    person = int(group[k])
                    if (column.name, person) not in said:
                        said.add((column.name, person))
                        yield look.about("warning", person,
                                         _said(column.heading, now[person], usual, whose, "money"), DO,
                                         look.roster.sheet, look.roster.cell(column.name, person))


def _paid(look: Look, heading: str, month: int) -> np.ndarray:
    """What a closed month says under a heading of those who were on the roster all through it, in fen; 0: not known."""
    paid = look.tables.paid(month, heading)
    found = np.zeros(look.facts.size, np.int64)
    if paid:
        first, last = days_of(("month", month))
        (hired, has_hired), (left, has_left) = map(look.roster_date, (look.role.hired, look.role.left))
        whole = (~has_hired | (hired <= first)) & (~has_left | (left >= last))
        for person in np.flatnonzero(whole).tolist():
            found[person] = paid.get(look.facts.ids[person], 0)
    return found


def _peers(look: Look, month: int, people: np.ndarray) -> list[np.ndarray]:
    """People to be compared with each other: those of one post when they are at least three, else all."""
    everybody = np.flatnonzero(people)
    if not look.role.post or not len(everybody):
        return [everybody]
    post = look.facts.as_of(look.role.post, np.full(look.facts.size, days_of(("month", month))[1], np.int64))
    codes = post.array(look.facts.size)[everybody]
    groups = [everybody[codes == code] for code in np.unique(codes).tolist()]
    if any(len(group) < 3 for group in groups):
        return [everybody]
    return groups


def _said(title: str, now: int, usual: int, whose: str, kind: str) -> str:
    places = NUMBERS[kind].places
    return f"「{title}」是 {_number(now, places)}，{whose} {_number(usual, places)}，差得太多"


def _number(value: int, places: int) -> str:
    whole = abs(int(value))
    text = f"{whole // 10**places}.{whole % 10**places:0{places}d}"
    if places > 2:
        text = text[:-2] + text[-2:].rstrip("0")
    return f"-{text}" if value < 0 else text


def _scaled(value: Value, size: int, places: int = PLACES) -> np.ndarray:
    """Numbers as whole ones; 0 where there is none."""
    if value.type != "number":
        return np.zeros(size, np.int64)
    number = np.broadcast_to(value.data.rounded(places).scaled(places), (size,))
    return np.where(value.states(size) == OK, number, 0)


def _quantity(look: Look, name: str, month: int) -> np.ndarray:
    return _scaled(look.run.evaluate(Ref(name), ("month", month)), look.facts.size)


def _input(look: Look, name: str, period: Period) -> np.ndarray:
    value = look.facts.value(name, period, slice(0, look.facts.size))
    return np.where(value.states(look.facts.size) == OK, value.array(look.facts.size), 0)


def _as_of(look: Look, column: str, month: int) -> np.ndarray:
    day = np.full(look.facts.size, days_of(("month", month))[1], np.int64)
    value = look.facts.as_of(column, day)
    return np.where(value.states(look.facts.size) == OK, value.array(look.facts.size), 0)


def _score_cell(look: Look, month: int, person: int) -> list[tuple[Reading, str, int]]:
    """[(table, column, row)] of what a person's score was typed as: the score itself, or its first points."""
    for reading, _ in look.readings("month"):
        columns = [c.name for c in reading.table.columns if c.type == "score" and not c.ignored]
        if not set(columns) & set(look.role.totals):
            continue
        row = look.facts.row_of(columns[0], ("month", month), person)
        typed = [c for c in sorted(columns, key=lambda c: c not in look.role.totals)
                 if row >= 0 and reading.values[c].states(reading.size)[row] == OK]
        if typed:
            return [(reading, typed[0], row)]
    return []


# -- the whole period -------------------------------------------------------------------------------------------------

def same_scores(look: Look) -> Iterator[Problem]:
    """Every score of a period is that of the one before: copied.  Of all forms together, or else of one of them."""
    for grain in GRAINS:
        yield from _same_scores(look, grain)


def _same_scores(look: Look, grain: str) -> Iterator[Problem]:
    forms = [(reading, [c.name for c in reading.table.columns
                        if c.type == "score" and not c.ignored and c.name in reading.at])
             for reading in look.by_hand(grain)]
    forms = [(reading, columns) for reading, columns in forms if columns]
    for period in (period_of((grain, index)) for index in look.of_grain(grain)):
        found = [(reading, columns, *_as_last(look, columns, period)) for reading, columns in forms]
        if not found:
            continue
        together = [np.logical_or.reduce(part) if k < 2 else np.logical_and.reduce(part)
                    for k, part in enumerate(zip(*(one[2:] for one in found), strict=True))]
        if _copied(look, *together):
            both = together[0] & together[1]
            reading, columns = next((r, c) for r, c, now, *_ in found if (now & both).any())
            yield _copy(look, reading, columns, period, both)
        else:
            yield from (_copy(look, reading, columns, period, now & was)
                        for reading, columns, now, was, same in found if _copied(look, now, was, same))


def _as_last(look: Look, columns: list[str], period: AnyPeriod) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(who has a score in some columns in a period, who had one in that before, of whom all are the same)."""
    now, was = np.zeros(look.facts.size, bool), np.zeros(look.facts.size, bool)
    same = np.ones(look.facts.size, bool)
    for column in columns:
        (score, here), (last, there) = (_stated(look, column, one.key) for one in (period, period - 1))
        now, was = now | here, was | there
        same &= (here == there) & (~here | (score == last))
    return now, was, same


def _copied(look: Look, now: np.ndarray, was: np.ndarray, same: np.ndarray) -> bool:
    """Is it so of everybody who has scores in both months, and are they enough?"""
    both = now & was
    return int(both.sum()) >= look.role.scored and bool(same[both].all())


def _copy(look: Look, reading: Reading, columns: list[str], period: AnyPeriod, both: np.ndarray) -> Problem:
    rows = (look.facts.row_of(columns[0], period.key, person) for person in np.flatnonzero(both).tolist())
    row, typed = next((row, c) for row in rows if row >= 0 for c in columns
                      if reading.values[c].states(reading.size)[row] == OK)
    return Problem("warning", f"{period} 的分数与 {period - 1} 的一个不差（{int(both.sum())} 人）",
                   f"核对是不是复制了{LAST[period.grain]}的，还没有改；确实相同的不用改",
                   reading.sheet, reading.cell(typed, row), cause=f"same scores {reading.name}")


def _stated(look: Look, column: str, period: Period) -> tuple[np.ndarray, np.ndarray]:
    value = look.facts.value(column, period, slice(0, look.facts.size))
    return value.array(look.facts.size), value.states(look.facts.size) == OK


def nobody_tested(look: Look) -> Iterator[Problem]:
    """A month in which nobody has a score that somebody could win something by."""
    for name, node in look.role.wanted.items():
        reading = look.tables.readings[look.facts.table_of[name]]
        for month in look.worked:
            if _stated(look, name, ("month", month))[1].any() or name not in reading.at:
                continue
            if look.run.evaluate(node, ("month", month)).true(look.facts.size).any():
                parameters = [one for one in node.chosen(look.settings.readings) if isinstance(one, Parameter)]
                amounts = "、".join(dict.fromkeys(
                    f"「{look.policy.parameters[one.name].title}{_key(one)}」" for one in parameters))
                never = f"；不评这个奖的，把参数{amounts}填 0，就不再提示" if amounts else ""
                yield Problem("warning", f"{Month(month)} 没有一个人有「{look.heading(name)}」，凭它评的奖没有人得",
                              f"在{reading.sheet}补上；这个月确实没有考的不用改{never}", reading.sheet,
                              cause=f"nobody tested {name}")


def _key(parameter: Parameter) -> str:
    return f"（{parameter.key.value}）" if isinstance(parameter.key, Const) else ""


def far_above(look: Look) -> Iterator[Problem]:
    """A test (打字速度, 通用技能) many times the column's median."""
    for reading, _ in look.readings("period"):
        rows = look.rows(reading)
        for column in reading.table.columns:
            if column.type != "score" or column.ignored or column.name in look.role.varying:
                continue
            value = reading.values[column.name]
            number = np.where(value.states(reading.size) == OK, value.array(reading.size), 0)
            there = number > 0
            median = np.zeros(reading.size, np.int64)
            median[there] = others_median(number[there])
            for row in rows_of(rows & (median > 0) & (2 * number > look.role.times * median)):
                text = _said(column.heading, int(number[row]), int(median[row]) // 2, "这一列的中间数是", "score")
                yield look.problem("warning", reading, row, column.name, f"{when(reading.period(row))} 的{text}", DO,
                                   f"far above {column.name}")
