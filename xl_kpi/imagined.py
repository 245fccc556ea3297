"""A workbook that there is not: the sheets of people of whom a few values are given, and quantities that are given
instead of what their rules say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xl_kpi.engine import Run
from xl_kpi.functions import Refused
from xl_kpi.functions.arguments import Reader
from xl_kpi.functions.rows import choices_of
from xl_kpi.hand.texts import is_blank
from xl_kpi.period import SIZES, AnyPeriod, period_of
from xl_kpi.policy.compiled import Argument, Policy, Table
from xl_kpi.policy.given import Given
from xl_kpi.policy.model import ArgumentType
from xl_kpi.rules.periods import Period
from xl_kpi.workbook.book import Sheet

BEFORE = 24             # months that a result longer than a month may look back at
UNITS: dict[str, ArgumentType] = {"元": "money", "%": "percent"}
MOST = 10**9
People = Mapping[str, list[Given]]      # 工号 → what is given of the person


def sheets_of(policy: Policy, people: People, period: AnyPeriod, long: bool) -> list[Sheet]:
    """The input sheets.  A value without a period counts in ``period`` (``long``: in every month and quarter up to it).
    """
    found = []
    for name, table in policy.sheets.items():
        headings: list[object] = [column.heading for column in table.columns]
        rows = [row for person, given in people.items()
                for row in _rows(table, person, [one for one in given if one.table == name], period, long)]
        found.append(Sheet(table.sheet, False, [headings, *rows]))
    return found


def _rows(table: Table, person: str, given: list[Given], period: AnyPeriod, long: bool) -> Iterable[list[object]]:
    rows: list[tuple[Period, dict[str, Any]]] = []
    if table.grain == "roster":
        rows = [((), {one.name: one.value for one in given})]
    elif table.grain in SIZES:
        by_period: dict[Period, dict[str, Any]] = {}
        for one in sorted(given, key=lambda one: bool(one.when)):
            named = [period_of(one.when).within(table.grain)] if one.when else _all(table.grain, period, long)
            for when in named:
                by_period.setdefault(when.key, {})[one.name] = one.value
        rows = list(by_period.items())
    else:
        of = {column.name: column.period for column in table.columns}
        for one in given:                       # a column that has a value already begins the next row
            own = of[one.name]                  # of 期间: of what its rows are
            at = one.when or (period.months[-1].within(own).key if own else ())
            if not rows or one.name in rows[-1][1] or (at and at != rows[-1][0]):
                rows.append((at or period.months[-1].key, {}))
            rows[-1][1][one.name] = one.value
    for when, row in rows:
        yield [_key(column.type, when, person) or row.get(column.name) for column in table.columns]


def _all(grain: str, period: AnyPeriod, long: bool) -> Iterable[AnyPeriod]:
    """The periods of a table in which a value counts that names none."""
    last = period.months[-1].within(grain)
    first = (period.months[0] - BEFORE).within(grain) if long else last
    return (type(last)(index) for index in range(first.index, last.index + 1))


def _key(kind: str, when: Period, person: str) -> Any:
    if kind in ("id", "name"):
        return person
    if not when:
        return None
    period = period_of(when)
    if kind == "date":
        return period.last_day
    if kind == "period":
        return str(period)
    return str(period.months[-1].within(kind)) if kind in SIZES else None


def supply(run: Run, period: Period, people: People) -> dict[str, str]:
    """Give a run the quantities that are given; says what is wrong with the value of whom."""
    wrong: dict[str, str] = {}
    every = dict.fromkeys((one.name, one.when) for given in people.values() for one in given if one.kind == "quantity")
    for name, when in every:
        cells = [next((one.value for one in given if (one.name, one.when) == (name, when)), None)
                 for given in people.values()]
        reader = reader_of(run.policy, name)
        try:
            read = reader.cells([None if is_blank(cell) else cell for cell in cells])
        except Refused as refusal:
            wrong |= dict.fromkeys(people, str(refusal))
            continue
        wrong |= {person: read.wrong[row] for row, person in enumerate(people) if row in read.wrong}
        run.supply(name, run.period_for(name, when or period), read.value)
    return wrong


def reader_of(policy: Policy, name: str) -> Reader:
    """A reader for cells that hold the values of a quantity."""
    rule, choices = policy.quantities[name], tuple(choices_of(policy, [name]))
    kind: ArgumentType = UNITS.get(rule.unit, "score")
    if rule.type == "bool":
        kind = "bool"
    elif choices:
        kind = "choice"
    elif rule.type == "date":
        kind = "date"
    least = -MOST if kind in ("money", "score") else 0
    return Reader(name, Argument(rule.title, kind, [name], max=MOST, min=least, blank=True), choices)
