"""The lines of a result: columns, cells, totals, marks, and how each amount came about."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi.engine import decimals_text
from xl_kpi.explanation import Explainer
from xl_kpi.job.checks import fill_in
from xl_kpi.job.context import Computed, Job
from xl_kpi.job.formulas import formula_of
from xl_kpi.job.items import Items
from xl_kpi.money import Exact, as_decimal
from xl_kpi.policy.compiled import OutputColumn
from xl_kpi.policy.words import cited
from xl_kpi.results import REFUSED as REFUSED_CELL
from xl_kpi.results import Result, ResultColumn, Step
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value


def add_lines(job: Job, result: Result, people: np.ndarray, columns: Computed) -> None:
    """Columns and lines, totals and marks, people in the order of the roster."""
    facts = job.tables.facts
    index = np.flatnonzero(people)
    cells: dict[str, list[Any]] = {}
    known = {column.heading: (value, applies) for column, value, applies in columns}
    notes = _marks(job, result, index)
    items = Items(job, index)
    for column in job.output.columns:
        if column.fill in ("earning", "deduction"):
            for heading, amounts in items.columns(column.fill):
                result.columns.append(ResultColumn(heading, "money", True, column.fill))
                cells[heading] = amounts
            continue
        result.columns.append(ResultColumn(column.heading, column.type, column.total, column.part,
                                     formula_of(job, column, items), column.group))
        if column.fill == "id":
            cells[column.heading] = [facts.ids[i] for i in index]
        elif column.fill == "name":
            names = facts.names_on(job.last_day)
            cells[column.heading] = [names[i] for i in index]
        elif column.fill == "note":
            cells[column.heading] = ["；".join(notes[i]) for i in index.tolist()]
        else:
            value, applies = known[column.heading]
            cells[column.heading] = cells_of(value, column, index, applies[index], job.size)
    headings = list(cells)
    result.lines = [dict(zip(headings, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    for one in result.columns:
        if one.total:
            summands: list[Any] = cells[one.heading]
            result.totals[one.heading] = REFUSED_CELL if any(a is REFUSED_CELL for a in summands) else sum(
                (a for a in summands if a is not None), 0 if one.type == "int" else Decimal("0.00"))
    result.totals["人数"] = len(index)


def cells_of(value: Value, column: OutputColumn, index: np.ndarray, applies: np.ndarray, size: int) -> list[Any]:
    """The values of one column as Python values."""
    states = value.states(size)[index]
    ok = (applies & (states == OK)).tolist()
    refused = (applies & ((states == REFUSED) | ((states == BLANK) & column.required))).tolist()
    found: list[Any]
    if isinstance(value.data, Exact):
        part = Value(value.type, value.data).take(index)
        found = _numbers(part.data, column.type, len(index), ok)
    else:
        raw = value.array(size)[index].tolist()
        found = [bool(x) for x in raw] if value.type == "bool" else [(value.choices or ("",))[x] for x in raw]
    if all(ok):
        return found
    return [one if good else REFUSED_CELL if bad else None for one, good, bad in zip(found, ok, refused, strict=True)]


def _numbers(data: Exact, kind: str, size: int, ok: list[bool]) -> list[Any]:
    def fill(values: Any) -> list[int]:
        return values.tolist() if isinstance(values, np.ndarray) else [int(values)] * size

    if kind in ("money", "int"):
        scaled = data.times(Exact(100 if kind == "money" else 1))
        whole = fill(scaled.num // scaled.den)
        return [Decimal(fen).scaleb(-2) for fen in whole] if kind == "money" else whole
    if kind == "score" and isinstance(data.den, int):
        return [Decimal(n).scaleb(-4) for n in fill(data.rounded(4).scaled(4))]
    if kind == "score":         # whether all have one denominator depends on who is computed together
        return [as_decimal(data.at(i), 4) if good else None for i, good in enumerate(ok)]
    return [data.at(i) if good else None for i, good in enumerate(ok)]


def unfit(value: Value, kind: str, size: int) -> np.ndarray:
    """The elements that cannot stand in a column: an amount that is no whole number of fen, a fraction of a star, a
    number beyond 64 bits."""
    if kind not in ("money", "int") or not isinstance(value.data, Exact):
        return np.zeros(size, bool)
    scaled = value.data.times(Exact(100 if kind == "money" else 1))
    unfit = (scaled.num % scaled.den != 0) | (abs(scaled.num) // scaled.den >= 2**63)
    return np.broadcast_to(unfit, (size,)).astype(bool) & (value.states(size) == OK)


def _marks(job: Job, result: Result, index: np.ndarray) -> dict[int, list[str]]:
    notes: dict[int, list[str]] = defaultdict(list)
    admitted = np.zeros(job.size, bool)
    admitted[index] = True
    for mark in job.output.marks:
        value = job.run.evaluate(mark.when, job.period)
        hit = np.flatnonzero(value.true(job.size) & admitted)
        if len(hit):
            for person, text in zip(hit.tolist(), fill_in(job, mark.text, hit), strict=True):
                notes[person].append(text)
    result.marks = [(job.tables.facts.ids[i], text) for i in index.tolist() for text in notes[i]]
    return notes


def add_steps(job: Job, result: Result, people: np.ndarray, columns: Computed) -> None:
    """For each person and explained column: one sentence with numbers, and the clause."""
    index = np.flatnonzero(people).tolist()
    steps: dict[int, list[Step]] = {i: [] for i in index}
    facts = job.tables.facts
    sheets = {c.name: reading.sheet for reading in job.tables.readings.values() for c in reading.table.columns}
    explainer = Explainer(job.run, job.period, sheets)
    for column, value, applies in columns:
        if not column.explain:
            continue
        ok = (applies & (value.states(job.size) == OK)).tolist()
        clause = cited(column.clause or getattr(job.policy.quantities.get(column.quantity), "clause", ""))
        for line, i in zip(result.lines, index, strict=True):
            if ok[i]:
                sentence = explainer.sentence(column.quantity, i)
                steps[i].append(Step(column.heading, line[column.heading], sentence, clause))
    result.steps = {facts.ids[i]: steps[i] for i in index}


def shown(value: Any, kind: str) -> str:
    """A value of a result as text, as JSON writes it."""
    if value is None or value is REFUSED_CELL:
        return ""
    if kind == "money":
        return f"{value:.2f}"
    if kind in ("score", "percent"):
        return decimals_text(Fraction(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
