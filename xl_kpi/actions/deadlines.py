"""期限: who owes what by when in a period, as a policy's deadlines say; as a calendar file too (RFC 5545)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from xl_kpi.engine import RuleRefused, Run
from xl_kpi.imagined import sheets_of
from xl_kpi.job.context import Job
from xl_kpi.job.deadlines import Owed, owed
from xl_kpi.job.lacking import lack_problems
from xl_kpi.parameters import Parameters
from xl_kpi.period import AnyPeriod, Month
from xl_kpi.policy.compiled import Deadline, Policy
from xl_kpi.problems import Problem
from xl_kpi.rules.expression import Node
from xl_kpi.rules.values import REFUSED
from xl_kpi.tables.read import read_tables
from xl_kpi.workbook.book import Book

BACK, AHEAD = 2, 1          # periods of a deadline's own before and after those asked for whose day may be in them
_EVERYBODY = np.array([True])


@dataclass(frozen=True)
class Due:
    """What is due for a ``period``.  ``first``: from what day on, where the policy says so; ``people``: who owes it,
    where it is owed by single people; ``day`` None: by what day is not known."""

    name: str
    deadline: Deadline
    period: AnyPeriod
    day: dt.date | None
    first: dt.date | None
    people: tuple[Owed, ...] = ()

    @property
    def left(self) -> tuple[Owed, ...]:
        """Who has not done it."""
        return tuple(one for one in self.people if one.done is None)


@dataclass
class Dues:
    """``dues`` by day; ``overdue``: of single people, due before and not done; ``unknown``: deadlines whose day is not
    known yet, with the period that they are about; ``personal``: those of single people, where nobody is known;
    ``undecided``: of how many people it cannot be told whether they owe it, their data are not all there."""

    dues: list[Due] = field(default_factory=list)
    overdue: list[Due] = field(default_factory=list)
    unknown: list[tuple[Deadline, AnyPeriod]] = field(default_factory=list)
    personal: list[Deadline] = field(default_factory=list)
    undecided: list[tuple[Deadline, AnyPeriod, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)      # 工号 → 姓名
    ids: Sequence[str] = ()

    def who(self, one: Owed) -> tuple[str, str]:
        """(工号, 姓名)."""
        person = self.ids[one.person]
        return person, self.names.get(person, "")


def dues(policy: Policy, parameters: Parameters, asked: AnyPeriod, book: Book | None = None) -> Dues:
    """What is due in the period ``asked`` (of whatever period it is about), what cannot be told yet and why.  ``book``:
    whose people owe what is owed by single people."""
    tables = read_tables(book or Book(Path(), sheets_of(policy, {"全体": []}, asked, long=False)), policy,
                         parameters.settings)
    facts = tables.facts
    found = Dues(names=dict(zip(facts.ids, facts.names, strict=True)), ids=facts.ids)
    run = Run(parameters.settings, facts)
    job = Job(policy.main, asked.key, str(asked), parameters, tables, run)
    since = Month.parse(policy.first_month).first_day if policy.first_month else policy.in_force or dt.date.min
    start, end = max(asked.first_day, since), asked.last_day
    for name, deadline in policy.deadlines.items():
        if deadline.personal and book is None:
            found.personal.append(deadline)
            continue
        first, last = asked.months[0].within(deadline.period), asked.months[-1].within(deadline.period)
        about = [type(first)(index) for index in range(first.index - BACK, last.index + AHEAD + 1)]
        about = [period for period in about if period.last_day >= since]
        if deadline.personal:
            _personal(found, run, name, deadline, about, start, end)
            continue
        days = [(period, _day(run, deadline.day, period), _day(run, deadline.start, period)) for period in about]
        found.dues += [Due(name, deadline, period, day, begin) for period, day, begin in days
                       if day is not None and day >= start and (begin or day) <= end]
        if first - 1 in about and not any(day for _, day, _ in days):
            found.unknown.append((deadline, first - 1))
    for some in (found.dues, found.overdue):
        some.sort(key=lambda due: (due.day or dt.date.max, due.first or due.day or dt.date.max))
    found.problems += parameters.of_holidays(run.counted)
    covered = {month.year for month in asked.months} <= parameters.settings.calendar.covered_years()
    for lack in run.lacks():
        # that the holidays of later years are not known yet does not concern these
        if not (covered and isinstance(lack, RuleRefused) and lack.name.startswith("!")):
            found.problems += [problem for problem in lack_problems(job, lack) if problem not in found.problems]
    return found


def _personal(found: Dues, run: Run, name: str, deadline: Deadline, about: list[AnyPeriod], start: dt.date,
              end: dt.date) -> None:
    """What single people owe: those of a period and day together."""
    groups: dict[tuple[AnyPeriod, dt.date | None, dt.date | None], list[Owed]] = {}
    for one in owed(run, name, deadline, None if deadline.table else about):
        groups.setdefault((one.period, one.day, one.first), []).append(one)
    for (period, day, first), everybody in groups.items():
        here = start <= period.last_day <= end if day is None else day >= start and (first or day) <= end
        if here and (count := sum(not one.sure for one in everybody)):
            found.undecided.append((deadline, period, count))
        people = tuple(one for one in everybody if one.sure)
        due = Due(name, deadline, period, day, first, people)
        if not people:
            continue
        if (here and day is not None) or (here and due.left):
            found.dues.append(due)
        elif due.left and day is not None and day < start:
            found.overdue.append(replace(due, people=due.left))


def _day(run: Run, node: Node | None, period: AnyPeriod) -> dt.date | None:
    if node is None:
        return None
    value = run.evaluate(node, period.key)
    if value.states(1)[0] == REFUSED:
        run.need(node, period.key, _EVERYBODY)
    found = value.at(0)
    return None if found is None else dt.date.fromordinal(int(found))


# -- as a calendar file -----------------------------------------------------------------------------------------------

def ics(policy: Policy, dues: Dues) -> bytes:
    """RFC 5545: an event of a whole day for each that has a day; the same deadlines make the same file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//xl-kpi//calendar//ZH", "CALSCALE:GREGORIAN"]
    for due in dues.dues:
        if due.day is None:
            continue
        deadline, first = due.deadline, due.first or due.day
        of_day = f"-{due.day}" if due.people else ""
        people = "：" + "、".join(" ".join(dues.who(one)) for one in due.left) if due.left else ""
        lines += ["BEGIN:VEVENT", f"UID:{_text(f'{policy.id}-{due.name}-{due.period}{of_day}')}@xl-kpi",
                  f"DTSTAMP:{due.day:%Y%m%d}T000000Z", f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
                  f"DTEND;VALUE=DATE:{due.day + dt.timedelta(days=1):%Y%m%d}",
                  f"SUMMARY:{_text(f'{deadline.title}（{due.period.label}）')}",
                  f"DESCRIPTION:{_text(f'{deadline.task}{people}（{policy.title} {deadline.clause}）')}",
                  "TRANSP:TRANSPARENT", "END:VEVENT"]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _text(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str, most: int = 75) -> str:
    """No line is longer than so many octets; what follows begins with a blank."""
    found, size = "", 0
    for sign in line:
        more = len(sign.encode())
        if size + more > most:
            found, size = f"{found}\r\n ", 1
        found, size = found + sign, size + more
    return found
