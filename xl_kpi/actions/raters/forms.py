"""Who rates whom on which columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xl_kpi.engine import Run
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import Output, Table
from xl_kpi.policy.model import Column
from xl_kpi.policy.page.indicators import ITEM, RATER
from xl_kpi.problems import UsageError
from xl_kpi.tables.cells import NUMBERS
from xl_kpi.target import target_of

# What stands above the headings of a file.
SHEET, WHO, OF_PERIOD, FILLED_BY, TICKET = "评分", RATER, "期间", "填表人", "票号"
HEADING_ROW = 3             # title, how it is filled in, who and of when
SELF = "自"                 # how a role begins that rates itself: a sheet each


@dataclass(frozen=True)
class Form:
    """What one role fills in on a table: ``columns``; where each score is a row, ``rater`` is the column that says who
    rates, ``item`` the one that says what, one of ``items``."""

    name: str
    table: Table
    role: str
    columns: tuple[Column, ...]
    rater: Column | None = None
    item: Column | None = None
    items: tuple[str, ...] = ("",)

    @property
    def anonymous(self) -> bool:
        """Does nobody know who fills it in?"""
        return bool(self.table.ticket)

    @property
    def own(self) -> bool:
        """Does everybody rate themself?"""
        return self.role.startswith(SELF)


def forms(opened: Opened, period: AnyPeriod) -> list[Form]:
    """What the raters of a policy fill in for a period, in the order of its tables."""
    policy, settings = opened.policy, opened.parameters.settings
    month = period.months[-1].index
    found: list[Form] = []
    for name, table in policy.sheets.items():
        roles = dict.fromkeys(column.rater for column in table.columns if column.rater)
        if roles and period.grain in table.grains:
            found += [Form(name, table, role, tuple(c for c in table.columns if c.rater == role)) for role in roles]
        if table.grain != "events":
            continue
        levels = next((levels for q in policy.quantities.values() if (levels := q.rated_by(name))), [])
        of = {column.name: column for column in table.columns if not column.ignored}
        headed = {column.heading: column for column in of.values()}
        what = next((level for level in levels if of[level.column].heading == ITEM), levels[0] if levels[1:] else None)
        who = next((level for level in reversed(levels) if level is not what), None)
        rater = of[who.column] if who else headed.get(RATER)
        item = of[what.column] if what else headed.get(ITEM)
        if rater is None:
            continue
        columns = tuple(c for c in of.values() if c.type in NUMBERS and c not in (rater, item))
        weights = who.weights if who else ""
        labels = settings.keys(weights) if weights else rater.choices
        items = tuple(map(str, settings.keys(what.weights))) if what and what.weights else tuple(
            item.choices) if item else ("",)
        for label in labels:
            elsewhere = who is not None and label in who.given
            if not elsewhere and (not weights or settings.at(weights, label, month) != 0):
                found.append(Form(name, table, str(label), columns, rater, item, items))
    return found


def rated(opened: Opened, form: Form, period: AnyPeriod, of: Output | None) -> list[tuple[str, str]]:
    """(工号, 姓名) of whom a role has to rate.  Raises UsageError."""
    facts = opened.tables.facts
    people = form.table.people
    if people is None:
        people = target_of(opened.policy, period, of.name if of else "").output.people
    mask = Run(opened.parameters.settings, facts).evaluate(people, period.key).true(facts.size)
    return [(facts.ids[i], facts.names[i]) for i in np.flatnonzero(mask).tolist() if facts.ids[i]]


def needed(opened: Opened, period: AnyPeriod) -> list[Form]:
    found = forms(opened, period)
    if not found:
        raise UsageError(f"《{opened.policy.title}》{period.label}没有要评分人打分的表："
                         "评分人写明了的，或者在参数里列出评分人和权重的，才能发评分表")
    return found
