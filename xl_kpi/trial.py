"""试算一个人: what a policy gives for a few values, without a workbook.

The values become the tables of a workbook that holds one person, read as any other is; a quantity that is given counts
instead of its rule.  Only what the results really need is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.engine import InputLack, Lack, ParameterLack, RowLack, Run
from xl_kpi.explanation import Explainer
from xl_kpi.imagined import sheets_of, supply
from xl_kpi.job.context import Job
from xl_kpi.job.lacking import lack_problems
from xl_kpi.job.lines import cells_of, unfit
from xl_kpi.parameters import SHEET, read_parameters
from xl_kpi.period import SIZES, AnyPeriod, Span, period_of
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.policy.given import Given, Names
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem, Refusal, UsageError
from xl_kpi.results import Step
from xl_kpi.rules.values import OK, REFUSED
from xl_kpi.tables.read import read_tables
from xl_kpi.workbook.book import Book, Sheet

PERSON = "试算"


@dataclass
class Tried:
    """``values``: result → its column's heading → (value as JSON writes it, its type); ``steps`` how they came about;
    ``missing``: what else is needed, each as it is written to be given."""

    values: dict[str, dict[str, tuple[Any, str]]] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    periods: dict[str, AnyPeriod] = field(default_factory=dict)


def tried(policy: Policy, given: Iterable[str], period: AnyPeriod, of: Output | None = None) -> Tried:
    """What a policy gives for the values ``given`` (名称=值), in a period and what contains it.

    Without ``of`` every result whose period is the one asked for or contains it.  A value without a period counts in
    the period of a monthly result, and in every month of a longer one.  Raises UsageError for a name that there is not;
    Refusal for values that cannot be read.
    """
    names = Names(policy)
    values = [names.given(text) for text in given]
    for n, one in enumerate(values):            # of what happens several times each has its own values
        if any((one.kind, one.name, one.key, one.when) == (other.kind, other.name, other.key, other.when)
               for other in values[:n]) and not (one.table and policy.tables[one.table].grain in ("events", "items")):
            raise UsageError(f"“{names.heading.get(one.name, one.name)}”给了两次，只留一个")
    every = list(policy.outputs.values())
    outputs = [of] if of else [one for one in every if SIZES.get(one.period, 0) >= SIZES.get(period.grain, 99)]
    if not any(one.period == period.grain for one in outputs):          # from–to can be any period
        outputs += [one for one in every if one.period == "span" and one is not of]
    if not outputs:
        raise UsageError(f"《{policy.title}》没有 {period} 的结果；有 "
                         + "、".join(one.name for one in policy.outputs.values()))
    found = Tried()
    for output in outputs:
        months = period.months
        own = Span.of(months[0], months[-1]) if output.period == "span" else period.within(output.period)
        _try(policy, names, values, output, own, found)
    return found


def _try(policy: Policy, names: Names, given: list[Given], output: Output, period: AnyPeriod, found: Tried) -> None:
    long = output.period != "month"
    book = Book(Path(), [_parameters(policy, given), *sheets_of(policy, {PERSON: given}, period, long)])
    parameters = read_parameters(book, policy)
    tables = read_tables(book, policy, parameters.settings)
    wanted = {one.name for one in given if one.kind == "input"}
    wrong = [problem for problem in [*parameters.problems, *(p for bad in parameters.bad.values() for p in bad)]
             if problem.level == "error"]
    wrong += [one.problem for one in tables.findings if one.problem.level == "error" and one.column in wanted]
    run = Run(parameters.settings, tables.facts)
    job = Job(output, period.key, str(period), parameters, tables, run)
    wrong += [Problem("error", text, "") for text in supply(job.run, job.period, {PERSON: given}).values()]
    if wrong:
        raise Refusal([_told(problem) for problem in dict.fromkeys(wrong)])
    explainer, one = Explainer(run, job.period, {}), np.array([0])
    supplied = {name for name, where in run.supplied if where == run.period_for(name, job.period)}
    explainer.known |= dict.fromkeys(supplied, (run.view(job.period), None, None))      # what is given explains itself
    values: dict[str, tuple[Any, str]] = {}
    steps: list[Step] = []
    for column in output.columns:
        if column.value is None:
            continue
        if column.when is not None:
            test = run.evaluate(column.when, job.period)
            run.need(column.when, job.period, test.states(1) == REFUSED)
            if not test.true(1)[0]:
                continue
        value = run.evaluate(column.value, job.period)
        state = value.states(1)[0]
        if state != OK or unfit(value, column.type, 1).any():
            if state == REFUSED or column.required:
                run.need(column.value, job.period, np.array([True]))
            continue
        cell = cells_of(value, column, one, np.array([True]), 1)[0]
        values[column.heading] = cell, column.type
        if column.quantity in policy.quantities:
            rule = policy.quantities[column.quantity]
            sentence = "给定的" if column.quantity in supplied else explainer.sentence(column.quantity, 0)
            steps.append(Step(column.heading, cell, sentence, cited(column.clause or rule.clause)))
    found.values[output.name], found.steps[output.name], found.periods[output.name] = values, steps, period
    for lack in run.lacks():
        _miss(names, job, lack, found)


def _miss(names: Names, job: Job, lack: Lack, found: Tried) -> None:
    """Something that is needed and was not given: what to give, or why it cannot be computed."""
    if isinstance(lack, ParameterLack):
        title = job.policy.parameters[lack.name].title
        found.missing[title if lack.key is None else f"{title}[{lack.key}]"] = None
    elif isinstance(lack, InputLack | RowLack) and (name := names.heading.get(lack.column)):
        when = lack.period if isinstance(lack, InputLack) else ()
        elsewhere = when and when != job.period and SIZES[when[0]] <= SIZES.get(job.period[0], 0)
        found.missing[f"{name}@{period_of(when)}" if when and elsewhere else name] = None
    elif isinstance(lack, InputLack) and lack.column in job.policy.quantities:
        found.missing[job.policy.quantities[lack.column].title] = None
    else:
        told = [_told(problem) for problem in lack_problems(job, lack)]
        found.problems += [problem for problem in told if problem not in found.problems]


def _parameters(policy: Policy, given: list[Given]) -> Sheet:
    rows: list[list[Any]] = [["参数", "键", "值"], ["policy", None, policy.id]]
    rows += [[f"reading.{one.name}" if one.kind == "reading" else one.name, one.key or None, one.value]
             for one in given if one.kind in ("parameter", "reading")]
    return Sheet(SHEET, False, rows)


def _told(problem: Problem) -> Problem:
    """There is no sheet to be pointed at, and one person only."""
    text = problem.text.removeprefix(f"{PERSON} {PERSON}：")
    return Problem(problem.level, text, problem.do, cause=problem.cause)
