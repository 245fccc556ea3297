"""新建月份: the rows of a month for everybody who belongs in a table, values blank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from xl_kpi.actions.outcome import Outcome
from xl_kpi.engine import Run
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod, Month
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.names import PERIODIC
from xl_kpi.problems import Problem, Refusal
from xl_kpi.rules.values import REFUSED
from xl_kpi.tables import Reading
from xl_kpi.tables.keys import add_rows
from xl_kpi.target import Target
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.changes import Changes, Filled

Added = dict[str, dict[AnyPeriod, list[tuple[str, str]]]]     # table → period → 工号 and 姓名 of who gets a row
NAMED = 5               # so many people are named


def new_month(opened: Opened, month: Month) -> Outcome:
    """Add the missing rows of a month.  Raises Refusal: a closed month, a month in which nobody is on the roster, a
    roster that does not say who is, rows that do not say whose they are or of which month."""
    if month in opened.closed:
        pay = Target.of(opened.policy.main, month)
        raise Refusal([opened.unrecorded.get(pay) or Problem("error", f"{month} 已封存，不能再加行", "核对月份")])
    reader = _Rows(opened, month)
    found = added = reader.missing()
    # who belongs in a table may depend on rows that are only added now, blank: look again with these
    while reader.unknown and found:
        reader = _Rows(Opened(_with_rows(opened, added)), month)
        found = reader.missing()
        for name, periods in found.items():
            for period, people in periods.items():
                added.setdefault(name, {}).setdefault(period, []).extend(people)
    outcome = Outcome(Changes())
    for name, reading in opened.tables.readings.items():
        if name not in reader.wanted:
            continue
        filled = Filled(reading.sheet, heading=reading.heading, after=reading.last)
        for period, people in added.get(name, {}).items():
            add_rows(filled, opened.book, reading, period, people)
        if filled.added:
            outcome.changes.filled.append(filled)
        unknown = reader.unknown.get(name, [])
        said = f"加了 {len(filled.added)} 行" if filled.added else "" if unknown else "已经齐了"
        if unknown:
            names = "、".join(unknown[:NAMED]) + (" 等" if len(unknown) > NAMED else "")
            said += (f"{'；' if said else ''}还有 {len(unknown)} 人（{names}）看不出要不要加："
                     "先按体检改正他们当月的数据，再新建一次")
        outcome.said.append(f"{reading.sheet}：{said}")
    return outcome


def periods_of(policy: Policy, name: str, month: Month) -> list[AnyPeriod]:
    """The periods of which a table gets rows when a month is made.  Rows of longer periods among those of months (期间)
    come in the first month; a sheet of longer periods gets whoever it lacks in each of their months; forms get
    theirs from the output that fills them."""
    table = policy.tables[name]
    if name in policy.forms and table.grain != "month":
        return []
    periods: list[AnyPeriod] = [month.within(grain) for grain in reversed(table.grains)]
    return [one for one in periods if table.grain != "period" or one.months[0] == month]


class _Rows:
    """The rows that a month lacks, table by table."""

    def __init__(self, opened: Opened, month: Month):
        self.opened, self.month = opened, month
        self.wanted: set[str] = set()               # the tables that people have rows in
        self.unknown: dict[str, list[str]] = {}     # table → of whom it cannot be said whether they belong there

    def missing(self) -> Added:
        """Raises Refusal."""
        facts = self.opened.tables.facts
        run = Run(self.opened.parameters.settings, facts)
        period = ("month", self.month.index)
        added: Added = {}
        problems: list[Problem] = []
        doubtful: set[str] = set()
        anybody = False
        for name, reading in self.opened.tables.readings.items():
            table = reading.table
            periods = periods_of(self.opened.policy, name, self.month)
            if table.people is None or not periods or (table.optional and reading.heading < 0 and not reading.missing):
                continue
            if reading.heading < 0:
                problems += self.opened.tables.errors(name)
                continue
            self.wanted.add(name)
            problems += self._unplaced(name, periods)
            belong = run.evaluate(table.people, period if table.grain == "period" else periods[0].key)
            unknown = np.flatnonzero(belong.states(facts.size) == REFUSED).tolist()
            doubtful |= {facts.ids[i] for i in unknown}
            if unknown:
                self.unknown[name] = [f"{facts.ids[i]} {facts.names[i]}".strip() for i in unknown]
            people = np.flatnonzero(belong.true(facts.size)).tolist()
            anybody = anybody or bool(people or unknown)
            for one in periods:
                if lacking := self._lacking(reading, one, people):
                    added.setdefault(name, {})[one] = lacking
        # whoever the roster or its changes leave in doubt
        problems += [f.problem for f in self.opened.tables.findings if f.problem.level == "error"
                     and self.opened.policy.tables[f.table].grain in ("roster", "changes")
                     and (f.key or f.row < 0 or f.problem.person in doubtful)]
        if not anybody and not problems and (self.wanted or not facts.size):
            problems.append(self._nobody())
        if problems:
            raise Refusal(problems)
        return added

    def _unplaced(self, name: str, periods: Sequence[AnyPeriod]) -> list[Problem]:
        """The rows of a table that do not say whose they are, or of when."""
        here = {None, *(one.key for one in periods)}
        return [f.problem for f in self.opened.tables.findings if f.table == name and f.key
                and f.problem.level == "error" and f.period in here]

    def _lacking(self, reading: Reading, period: AnyPeriod, people: list[int]) -> list[tuple[str, str]]:
        """(工号, 姓名) of those who have no row of a period."""
        facts = self.opened.tables.facts
        there = {reading.ids[row] for row in np.flatnonzero(reading.periods.at(period.key)).tolist()}
        return [(facts.ids[i], facts.names[i]) for i in people if facts.ids[i] not in there]

    def _nobody(self) -> Problem:
        roster = next(r for r in self.opened.tables.readings.values() if r.table.grain == "roster")
        if not roster.rows:
            return Problem("error", f"{roster.sheet}里还没有人，没有行可加",
                           f"先在{roster.sheet}里一人一行填好，再新建月份", roster.sheet)
        return Problem("error", f"{self.month} 没有在册的人，没有行可加",
                       f"核对月份，以及{roster.sheet}里的入职、离职日期", roster.sheet)


def _with_rows(opened: Opened, added: Added) -> Book:
    """The workbook as it would be with these rows, which stand at the ends of their sheets."""
    extra: dict[str, list[list[object]]] = {}
    for name, periods in added.items():
        reading = opened.tables.readings[name]
        when = next(reading.at[c.name] for c in reading.table.columns if c.type in PERIODIC)
        who = reading.at[reading.column("id").name]
        for period, people in periods.items():
            for person, _ in people:
                row: list[object] = [None] * len(opened.book.sheet(reading.sheet).rows[0])      # type: ignore[union-attr]
                row[when], row[who] = str(period), person
                extra.setdefault(reading.sheet, []).append(row)
    return replace(opened.book, sheets=[replace(sheet, rows=[*sheet.rows, *extra.get(sheet.name, ())])
                                        for sheet in opened.book.sheets])
