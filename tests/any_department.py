"""Small departments for any policy, in memory: a case of its table, with more people, and with other values of the
kinds that its page declares."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.cased import Case, Row, parameter_rows, period_of, read_cases, rules_of, sheets_of
from xl_kpi import job
from xl_kpi.card.sheets import COLUMNS
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.policy.load import load
from xl_kpi.policy.model import Column
from xl_kpi.problems import Refusal
from xl_kpi.results import ID, Result
from xl_kpi.target import target_of
from xl_kpi.workbook.book import Book, Sheet

Rows = list[list[Any]]
WHOLE = ("count", "number", "days")


@dataclass(frozen=True)
class Department:
    """A workbook (sheet → its rows, headings first), and the result that is asked of it."""

    sheets: dict[str, Rows]
    period: AnyPeriod
    name: str                           # of the output, where the case says it

    def book(self) -> Book:
        return Book(Path("客服部.xlsx"), [Sheet(name, False, [list(row) for row in rows])
                                       for name, rows in self.sheets.items()])

    def opened(self, policy: Policy | None = None) -> tuple[Opened, Output]:
        """With its own policy, or another.  Raises Refusal."""
        opened = Opened(self.book(), policy=policy)
        return opened, target_of(opened.policy, self.period, self.name).output

    def result(self, policy: Policy | None = None) -> Result | Refusal:
        """What the job gives."""
        try:
            opened, output = self.opened(policy)
            return job.result(opened.parameters, opened.tables, output, self.period)
        except Refusal as refusal:
            return refusal

    def shuffled(self, rng: random.Random) -> Department:
        """With its rows, and the columns of its sheets, in another order; not those of rules, where rows continue."""
        sheets = {}
        for name, (headings, *rows) in self.sheets.items():
            if name in COLUMNS:
                sheets[name] = [headings, *rows]
                continue
            places = rng.sample(range(len(headings)), len(headings))
            sheets[name] = [[row[at] for at in places] for row in [headings, *rng.sample(rows, len(rows))]]
        return Department(sheets, self.period, self.name)


@cache
def computed(policy_id: str) -> list[Case]:
    """The cases that give a result."""
    return [case for case in read_cases(policy_id) if "期望" in case]


def department(policy_id: str, rng: random.Random) -> Department:
    """A case with up to four people more, like those that it has; some of its values, rows and readings are others."""
    policy, case = load(policy_id), rng.choice(computed(policy_id))
    change = rng.choice([0, 0.03, 0.1, 0.4])                    # so much of it
    sheets: dict[str, Rows] = {"参数": [["参数", "键", "值"], *_settings(policy, case, rng, change)]}
    for name, headings, rows in rules_of(policy):
        sheets[name] = [headings, *_lists(headings, rows)]
    tables = {name: (headings, [dict(row) for row in rows]) for name, headings, rows in sheets_of(case, policy)}
    ids = list(dict.fromkeys(str(row[ID]) for _, rows in tables.values() for row in rows if row.get(ID) is not None))
    more = {f"N{n}": rng.choice(ids) for n in range(rng.choice([0, 1, 1, 2, 4]))} if ids else {}
    declared = {table.sheet: {column.heading: column for column in table.columns} for table in policy.tables.values()}
    for name, (headings, listed) in tables.items():
        rows = [*listed, *({**row, ID: new} for new, like in more.items()
                           for row in listed if str(row.get(ID)) == like)]
        grain = next(table.grain for table in policy.tables.values() if table.sheet == name)
        if grain == "events":
            rows = [row for row in rows if rng.random() > change / 2]
            rows += [dict(rng.choice(rows)) for _ in range(len(rows)) if rng.random() < change / 2]
        known = {heading: [row[heading] for row in rows if row.get(heading) not in (None, "空")]
                 for heading in headings}
        for row in rows:
            for heading in headings:
                if rng.random() < change:
                    row[heading] = _other(declared[name][heading], row.get(heading), known[heading], rng)
        sheets[name] = [headings, *_lists(headings, rows)]
    return Department(sheets, period_of(case), case.get("结果", ""))


def _lists(headings: list[str], rows: list[Row]) -> Iterator[list[Any]]:
    for row in rows:
        yield [_cell(heading, row.get(heading)) for heading in headings]


def _cell(heading: str, value: Any) -> Any:
    if value is None or value == "空":
        return None
    if heading == ID:
        return str(value)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


def _settings(policy: Policy, case: Case, rng: random.Random, change: float) -> Iterator[list[Any]]:
    """The parameters and readings of the case, some readings others, some parameters a little different."""
    for name, key, value in parameter_rows(case, policy):
        step = rng.choice([-1, 1, 0.5, 10]) if rng.random() < change / 4 else 0
        if not name.startswith("reading."):
            yield [name, key, value + step if isinstance(value, int | float) else value]
    chosen = case.get("读法", {})
    for name, reading in policy.readings.items():
        if rng.random() < 2 * change:
            yield [f"reading.{name}", None, rng.choice(list(reading.values))]
        elif name in chosen:
            yield [f"reading.{name}", None, chosen[name]]


def _other(column: Column, value: Any, known: list[Any], rng: random.Random) -> Any:
    """Another value that the column declares to be possible."""
    if column.type in ("id", "name", "month", "quarter", "half", "year", "period", "changed") or column.ignored:
        return value
    if column.type == "choice":
        return rng.choice(column.choices)
    if column.type == "date":
        return value + timedelta(days=rng.choice([-40, -1, 1, 30])) if isinstance(value, date) else value
    if column.type == "text" or (known and not isinstance(value or known[0], int | float)):
        return rng.choice(known) if known else value
    most = column.max if column.max is not None else {"score": 100, "percent": 100}.get(column.type, 60)
    near = [one + step for one in known for step in (0, 0.01, -0.01, 1, -1)]
    new = rng.choice([column.min, most, rng.randint(column.min, max(column.min, most)), *near,
                      *([None] if not column.required else [])])
    if new is None:
        return None
    new = round(new) if column.type in WHOLE else round(new, 2)
    return min(max(new, column.min), most if column.max is not None else new)
