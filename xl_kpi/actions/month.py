"""新建月份: the rows of a month for everybody who belongs in a table, values blank."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xl_kpi.actions.outcome import Outcome
from xl_kpi.engine import Run
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.problems import Problem, Refusal
from xl_kpi.rules.values import REFUSED
from xl_kpi.sheets.model import Value
from xl_kpi.tables import Reading
from xl_kpi.workbook.changes import Changes, Filled


def new_month(opened: Opened, month: Month) -> Outcome:
    """Add the missing rows of a month.  Raises Refusal: a closed month, a roster that does not say who is there, rows
    that do not say whose they are or of which month."""
    if month in opened.closed:
        raise Refusal([Problem("error", f"{month} 已封存，不能再加行", "核对月份")])
    run = Run(opened.parameters.settings, opened.tables.facts)
    period = ("month", month.index)
    outcome = Outcome(Changes())
    problems: list[Problem] = []
    unknown: set[str] = set()
    for name, reading in opened.tables.readings.items():
        if reading.table._people is None or reading.table.grain != "month":
            continue
        if reading.heading < 0:
            problems += opened.tables.errors(name)
            continue
        problems += [f.problem for f in opened.tables.findings if f.table == name and f.key
                     and f.problem.level == "error" and f.period in (None, period)]
        wanted = run.evaluate(reading.table._people, period)
        unknown |= {run.facts.ids[i] for i in np.flatnonzero(wanted.states(run.facts.size) == REFUSED).tolist()}
        here = {reading.ids[row] for row in np.flatnonzero(reading.month == month.index).tolist()}
        missing = [i for i in np.flatnonzero(wanted.true(run.facts.size)).tolist() if run.facts.ids[i] not in here]
        if missing:
            outcome.changes.filled.append(_rows(opened, reading, month, missing))
        outcome.said.append(f"{reading.sheet}：加了 {len(missing)} 行" if missing else f"{reading.sheet}：已经齐了")
    # whoever the roster or its changes leave in doubt
    problems += [f.problem for f in opened.tables.findings if f.problem.level == "error"
                 and opened.policy.tables[f.table].grain in ("roster", "changes")
                 and (f.key or f.row < 0 or f.problem.person in unknown)]
    if problems:
        raise Refusal(problems)
    return outcome


def _rows(opened: Opened, reading: Reading, month: Month, people: list[int]) -> Filled:
    facts, columns = opened.tables.facts, {c.type: c.name for c in reversed(reading.table.columns)}
    added: list[Mapping[int, Value]] = []
    for i in people:
        given: dict[str, Value] = {"month": str(month), "id": facts.ids[i], "name": facts.names[i]}
        added.append({reading.at[columns[kind]]: value for kind, value in given.items()
                      if kind in columns and columns[kind] in reading.at})
    return Filled(reading.sheet, heading=reading.heading, after=reading.last, added=added)
