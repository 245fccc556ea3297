"""What single people owe by a day of a policy's deadlines: who has done it, late, or not yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from xl_kpi.calendar_cn import Calendar, CalendarLacks
from xl_kpi.engine import Run
from xl_kpi.engine.views import RowView, View
from xl_kpi.period import AnyPeriod, period_of
from xl_kpi.policy.compiled import Deadline, Policy
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem
from xl_kpi.rules.expression import Node, Ref
from xl_kpi.rules.values import REFUSED, Value
from xl_kpi.tables import Tables


@dataclass(frozen=True)
class Owed:
    """What one person (a row of the roster) owes for a ``period``; ``day`` None: by what day is not known; ``row``: of
    the deadline's table; not ``sure``: whether they owe it cannot be told."""

    name: str
    deadline: Deadline
    period: AnyPeriod
    person: int
    day: dt.date | None
    first: dt.date | None
    done: dt.date | None
    row: int = -1
    sure: bool = True

    @property
    def late(self) -> bool:
        return self.day is not None and self.done is not None and self.done > self.day


def today() -> dt.date:
    return dt.date.today()


def owed(run: Run, name: str, deadline: Deadline, periods: Iterable[AnyPeriod] | None) -> Iterator[Owed]:
    """What is owed for some periods, by each; of a table's rows those whose period lies in them (None: all rows)."""
    if deadline.table:
        yield from _of_rows(run, name, deadline, None if periods is None else list(periods))
        return
    assert deadline.people is not None
    for period in periods or ():
        people = run.evaluate(deadline.people, period.key)
        unknown = people.states(run.facts.size) == REFUSED
        mine = people.true(run.facts.size)
        for node in (deadline.day, deadline.start, deadline.done):
            if node is not None:
                run.evaluate(node, period.key)
        days = _days(deadline, run.view(period.key), mine)
        for person in np.flatnonzero(mine | unknown).tolist():
            day, first, done = days(person)
            yield Owed(name, deadline, period, person, day, first, done, sure=bool(mine[person]))


def _of_rows(run: Run, name: str, deadline: Deadline, periods: list[AnyPeriod] | None) -> Iterator[Owed]:
    env = run.rows(deadline.table)
    mine = (env.data.person >= 0) & env.data.periods.known
    if periods is not None:
        within = np.zeros(env.size, bool)
        for period in periods:
            within |= env.data.periods.within(period.months[0].index, period.months[-1].index)
        mine &= within
    days = _days(deadline, env, mine)
    for row in np.flatnonzero(mine).tolist():
        key = env.data.periods.of(row)
        assert key
        day, first, done = days(row)
        yield Owed(name, deadline, period_of(key), int(env.data.person[row]), day, first, done, row)


Days = tuple[dt.date | None, dt.date | None, dt.date | None]


def _days(deadline: Deadline, env: View | RowView, mine: np.ndarray) -> Callable[[int], Days]:
    """(by what day, from what day on, done on what day) of each person or row."""
    found: list[Value | None] = []
    for node in (deadline.day, deadline.start, deadline.done):
        value = node.evaluate(env) if node is not None else None
        if node is not None and value is not None:
            node.demand(env, mine & (value.states(env.size) == REFUSED))
        found.append(value)
    day, first, done = found
    return lambda i: (_date(day, i), _date(first, i), _date(done, i))


def _date(value: Value | None, i: int) -> dt.date | None:
    found = value.at(i) if value is not None else None
    return None if found is None else dt.date.fromordinal(int(found))


def sheet_of(tables: Tables, deadline: Deadline) -> str:
    """The sheet on which it is written that it is done; '' where none is."""
    name = deadline.table or next(_tables_of(tables.policy, deadline.done), "")
    return tables.readings[name].sheet if name else ""


def _tables_of(policy: Policy, node: Node | None) -> Iterator[str]:
    if node is None:
        return
    if isinstance(node, Ref):
        if node.name in policy.columns:
            yield policy.columns[node.name][0]
        elif quantity := policy.quantities.get(node.name):
            if quantity.rule.of_table:
                yield quantity.rule.of_table
            for root in quantity.nodes.values():
                yield from _tables_of(policy, root)
    for child in node.children():
        yield from _tables_of(policy, child)


def findings(run: Run, tables: Tables, asked: AnyPeriod | None) -> Iterator[Problem]:
    """Who owes something and has no record of it, or did it late: of periods that end in the one asked for; without
    one, of all rows, of what is closed those that are still owed: appeals and talks come after closing."""
    for name, deadline in tables.policy.deadlines.items():
        if not deadline.personal or deadline.done is None:
            continue
        periods = None if asked is None else [asked] if deadline.table else _ending(deadline, asked)
        for one in owed(run, name, deadline, periods):
            past = asked is None and one.period.key in tables.closed
            if one.sure and (one.done is None or (one.late and not past)):
                yield _problem(run, tables, one)


def _ending(deadline: Deadline, asked: AnyPeriod) -> list[AnyPeriod]:
    """The periods of a deadline that end in the one asked for."""
    found = dict.fromkeys(month.within(deadline.period) for month in asked.months)
    return [period for period in found if period.last_day <= asked.last_day]


def _problem(run: Run, tables: Tables, one: Owed) -> Problem:
    facts, deadline, sheet = tables.facts, one.deadline, sheet_of(tables, one.deadline)
    who = f"{facts.ids[one.person]} {facts.names[one.person]}"
    what = f"{who}：{one.period.label}的{deadline.title}"
    cell = ""
    if one.row >= 0:
        reading = tables.readings[deadline.table]
        done = deadline.done.name if isinstance(deadline.done, Ref) else ""
        cell = reading.cell(done if done in reading.at else reading.column("id").name, one.row)
    if one.late:
        assert one.day is not None
        assert one.done is not None
        text = f"{what}最迟 {one.day}，{one.done} 才做，迟了 {days_late(run.settings.calendar, one.day, one.done)}"
        do, kind = "核对日期；迟了的怎么处理由公司决定", "late"
    else:
        now = today()
        by = f"最迟 {one.day}，" if one.day else ""
        over = one.day is not None and now > one.day
        since = f"已经过了 {days_late(run.settings.calendar, one.day, now)}，" if over and one.day else ""
        text, kind = f"{what}{by}{since}还没有记录", "over" if over else "open"
        do = deadline.task + (f"；做了以后在{sheet}里填上日期" if sheet else "")
    return Problem("warning", f"{text}（{cited(deadline.clause)}）", do, sheet, cell, facts.ids[one.person],
                   cause=f"deadline {one.name} {one.period} {kind}")


def days_late(calendar: Calendar, day: dt.date, done: dt.date) -> str:
    """How much later than a day: in workdays; in days where the calendar does not know them, or there is none."""
    try:
        count = calendar.workdays(day + dt.timedelta(days=1), done)
    except CalendarLacks:
        count = 0
    return f"{count} 个工作日" if count else f"{(done - day).days} 天"
