"""The forms that outputs fill against what they give now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from xl_kpi.engine import decimals_text
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.period import Month
from xl_kpi.plausible.look import Look, rows_of, when
from xl_kpi.policy.compiled import Output, OutputColumn, form_by_hand
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem
from xl_kpi.rules.values import OK, REFUSED, Value
from xl_kpi.tables.cells import NUMBERS, read_column, seen
from xl_kpi.tables.reading import Reading

FILLED = ("score", "percent", "int", "bool")
YES_NO = {"是": True, "否": False, "TRUE": True, "FALSE": False}


def forms_outdated(look: Look) -> Iterator[Problem]:
    """What a form says of a person (综合分值, 评定星级 …) is not what its output gives now."""
    for output in look.policy.outputs.values():
        if output.forms:
            yield from _outdated(look, output)


def _outdated(look: Look, review: Output) -> Iterator[Problem]:
    first = Month.parse(look.policy.first_month).index if look.policy.first_month else 0
    for form in review.forms:
        reading = look.tables.readings[form.table]
        if not reading.size:
            continue
        rows = look.rows(reading)
        by_heading = {c.heading: c for c in reading.table.columns}
        by_hand = "和".join(form_by_hand(review, reading.table))
        do = f"数据改过的，重做{review.naming.title}" + (f"；有意不同的，用{by_hand}" if by_hand else "")
        for column in review.columns:
            mine = by_heading.get(column.heading)
            if column.value is None or column.type not in FILLED or mine is None or mine.name not in reading.at:
                continue
            clause = column.clause or getattr(look.policy.quantities.get(column.quantity), "clause", "")
            for period, here in look.periods(reading, rows & (reading.periods.last >= first)):
                people = look.run.evaluate(review.people, period).true(look.facts.size)
                people = people & look.run.evaluate(form.when, period).true(look.facts.size)
                value = look.run.evaluate(column.value, period)
                people &= value.states(look.facts.size) == OK
                if column.when is not None:
                    people &= look.run.evaluate(column.when, period).true(look.facts.size)
                person = look.facts.tables[form.table].person
                for row in _other(look, reading, mine.name, column, here & people[person], value):
                    raw = reading.raw[mine.name][row]
                    yield look.problem(
                        "warning", reading, row, mine.name,
                        f"{when(period)} 表上的{column.heading}是 {_shown(raw)}，"
                        f"按现在的数据是 {_result(value, int(person[row]), column.type)}"
                        + (f"（{cited(clause)}）" if clause else ""),
                        do, f"form {form.table} {mine.name}")


def _other(look: Look, reading: Reading, name: str, column: OutputColumn, rows: np.ndarray, value: Value
           ) -> Iterator[int]:
    """The rows whose cell is filled in and says something else."""
    raw = reading.raw[name]
    rows = rows & np.fromiter((not is_blank(v) for v in raw), bool, reading.size)
    if not rows.any():
        return
    person = look.facts.tables[reading.name].person
    if column.type == "bool":
        now = value.true(look.facts.size)
        for row in rows_of(rows):
            said = raw[row] if isinstance(raw[row], bool) else YES_NO.get(squeezed(raw[row]).upper())
            if said != bool(now[person[row]]):
                yield row
        return
    like = look.policy.columns[name][1]
    if like.type not in NUMBERS:
        return
    # what stands there only to be seen is not read with the table
    cells = read_column(like, raw, reading.marks.get(name, {})).value if like.ignored else reading.values[name]
    states, places = cells.states(reading.size), NUMBERS[like.type].places
    now = np.broadcast_to(value.data.rounded(places).scaled(places), (look.facts.size,))
    other = (states == OK) & (cells.array(reading.size) != now[np.maximum(person, 0)])
    yield from rows_of(rows & (other | ((states == REFUSED) & like.ignored)))


def _shown(raw: object) -> str:
    return ("是" if raw else "否") if isinstance(raw, bool) else seen(raw)


def _result(value: Value, person: int, kind: str) -> str:
    one: Any = value.at(person)
    return ("是" if one else "否") if kind == "bool" else str(int(one)) if kind == "int" else decimals_text(one)
