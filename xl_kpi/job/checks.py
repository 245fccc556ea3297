"""The findings that a policy declares about people, and texts with values filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

import numpy as np

from xl_kpi.engine import Lack, ParameterLack, RuleRefused, month_of, text_of
from xl_kpi.job.context import Job
from xl_kpi.job.lacking import filled, lack_problems, pointer
from xl_kpi.policy.compiled import Check
from xl_kpi.policy.words import cited
from xl_kpi.problems import Level, Problem
from xl_kpi.rules.expression import Node, Ref
from xl_kpi.rules.values import REFUSED

LACKS = get_args(Lack)


def check_findings(job: Job, people: np.ndarray, level: str) -> list[Problem]:
    """The findings of one level that the policy declares, for the people of the job."""
    found: list[Problem] = []
    for check in job.policy.checks:
        if check.level != level or job.output.name not in check.outputs:
            continue
        hit = job.run.evaluate(check.when, job.period).true(job.size) & people
        if check.once_by:
            job.run.evaluate(Ref(check.once_by), job.period)
        said: set[Any] = set()
        for person in np.flatnonzero(hit).tolist():
            once = None
            if check.once or check.once_by:
                once = job.run.view(job.period).value(check.once_by).at(person) if check.once_by else True
                if once in said:
                    continue
                said.add(once)
            found.append(_check_problem(job, check, person, once))
    return found


def undecided(job: Job, people: np.ndarray, said: Iterable[Problem]) -> list[Problem]:
    """Conditions of findings and remarks that cannot be decided for some people: what is missing for each, unless it
    has been said.  The amounts stand without them.  (An input that only a finding looks at is told by its table.)"""
    known, found = {problem.text for problem in said}, list[Problem]()
    conditions: list[tuple[Node, str, Level, type[Lack] | tuple[type[Lack], ...]]] = [
        (check.when, check.text, check.level, ParameterLack)
        for check in job.policy.checks if job.output.name in check.outputs]
    conditions += [(mark.when, f"备注：{mark.text}", "warning", LACKS) for mark in job.output.marks]
    run = job.run
    for when, text, level, looked_at in conditions:
        unknown = (run.evaluate(when, job.period).states(job.size) == REFUSED) & people
        if not unknown.any():
            continue
        before = dict(run.found)
        run.need(when, job.period, unknown)
        found += [replace(problem, level=level, text=f"「{PLACEHOLDER.sub('…', text)}」不能判断：{problem.text}")
                  for lack in run.lacks() if lack not in before and isinstance(lack, looked_at)
                  and not (isinstance(lack, RuleRefused) and lack.blank)        # what does not apply has no remark
                  for problem in lack_problems(job, lack) if problem.text not in known]
        run.found = before
    return found


def _check_problem(job: Job, check: Check, person: int, once: Any) -> Problem:
    """``once``: what it is said once for (None: it is the person's own)."""
    personal = once is None
    text = fill_in(job, check.text, np.array([person]))[0]
    sheet, cell = "", ""
    if check.column:
        if check.column in ("id", "name"):
            reading = next(r for r in job.tables.readings.values() if r.table.grain == "roster")
            sheet, cell = reading.sheet, reading.cell(check.column, person)
        else:
            sheet, cell = pointer(job, check.column, job.period, person)
    who = f"{job.who(person)}：" if personal else ""
    return Problem(check.level, f"{who}{text}（{cited(check.clause)}）", check.do, sheet, cell,
                   job.tables.facts.ids[person] if personal else "", cause=f"check {check.clause} {check.text}",
                   subject=once if isinstance(once, str) else "")


MOST_FACTS = 4          # so many are told in 备注
PLACEHOLDER = re.compile(r"\{([^}]+)\}")


def fill_in(job: Job, text: str, who: np.ndarray) -> list[str]:
    """A text for each of some people, with {quantity} and {parameter} filled in."""
    said = {name: _said(job, name, who) for name in dict.fromkeys(PLACEHOLDER.findall(text))}
    return [filled(text, {name: texts[k] for name, texts in said.items()}) for k in range(len(who))]


def _said(job: Job, name: str, who: np.ndarray) -> list[str]:
    """The value of a quantity, input or parameter for some people, as HR writes it."""
    run = job.run
    if name in job.policy.parameters:
        one = run.settings.at(name, None, month_of(job.period))
        return ["（无）" if one is None else text_of(run, name, one).removesuffix("%")] * len(who)
    if name in job.policy.quantities:
        run.compute([(name, run.period_for(name, job.period))])
    view = run.view(job.period)
    value = view.value(name)
    if value.type == "bool":            # a yes as what it rests on: the events that decided
        return ["，".join(_first(view.facts(name, i))) or text_of(run, name, value.at(i)) for i in who.tolist()]
    return [text_of(run, name, value.at(i)) for i in who.tolist()]


def _first(facts: list[str]) -> list[str]:
    """The first few, and how many they are when they are more."""
    more = f" 等 {len(facts)} 项" if len(facts) > MOST_FACTS else ""
    return [*facts[:MOST_FACTS - 1], *(fact + more for fact in facts[MOST_FACTS - 1:MOST_FACTS])]
