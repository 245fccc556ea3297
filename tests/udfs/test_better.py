"""A better indicator is never a worse result: of every function that a page declares, in every argument that says which
way is better, whatever else is given; and of every grade the scores are together."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.cased import CASED
from tests.share import some, times
from tests.udfs.harness import call, column, excel
from tests.udfs.test_policies import Job, books, cell
from xl_kpi.functions import DECLARED, Refused, calls
from xl_kpi.functions.rows import is_across
from xl_kpi.functions.sentinel import SENTINEL
from xl_kpi.policy.compiled import Function, Policy
from xl_kpi.policy.load import DEFAULT_POLICY, ids, load
from xl_kpi.rules.values import OK

DIRECTED = [one for one in ids() if one != DEFAULT_POLICY and one in CASED and not load(one).written_on and any(
    argument.better for function in load(one).functions.values() for argument in function.arguments.values())]


def given_of(policy: Policy, name: str, function: Function, job: Job, rng: random.Random) -> dict[str, Any] | None:
    """The arguments as the job has them for everybody; None where it has them for nobody."""
    period = job.period(function)
    people = job.people(function, period)
    short, _, which = name.partition("[")
    if function.weighing is not None:
        wide = len(job.run.settings.keys(function.weighing.weights))
        return {"policy": policy.id, "month": str(period), "scores": [[rng.randint(0, 100) for _ in range(wide)]]}
    if not people:
        return None
    given: dict[str, Any] = {"policy": policy.id, "month": str(period)}
    given |= {argument: which[:-1] for argument in calls.WHICH if argument in DECLARED[short]}
    for argument, one in function.arguments.items():
        if one.parameter:
            given[argument] = 1000.0 if argument == "pool" else ...
            continue
        values = [job.of(target, period) for target in one.supplies]
        columns = [[cell(value.at(i)) if value.states(job.size)[i] == OK else None for i in people] for value in values]
        given[argument] = [list(row) for row in zip(*columns, strict=True)] if one.each else columns[0]
        if argument == "pool":
            given[argument] = columns[0][0]
    return given


def tried(policy: Policy, function: Function, argument: str, rng: random.Random) -> list[float]:
    """Values of an argument, ascending: many of its range, and at and beside every number that the policy states."""
    one = function.arguments[argument]
    stated = {float(value) + step for p in policy.parameters.values() for text in p.stated_values().values()
              for value in [p.number(text)] for step in (-0.01, 0, 0.01)}
    most = one.max if one.max is not None else 120
    spread = {rng.uniform(0, most) for _ in range(12)} | {0.0, float(most), *range(0, 121, 7)}
    places = 0 if one.type == "count" else 2
    found = {round(value, places) for value in stated | spread if one.min <= value <= most}
    return sorted(rng.sample(sorted(found), min(len(found), 40)))


def runs(policy: Policy, name: str, function: Function, argument: str, given: dict[str, Any], params: Any,
         rng: random.Random) -> list[tuple[float, Any]]:
    """(value of the argument, answer), of one person whose other arguments stay as they are."""
    short, values = name.partition("[")[0], tried(policy, function, argument, rng)
    columns = {key: one for key, one in given.items() if isinstance(one, list)}
    size = len(next(iter(columns.values())))
    who, each = rng.randrange(size), function.arguments[argument].each or function.weighing is not None
    at = rng.randrange(len(columns[argument][who]) or 1) if each else 0

    def changed(row: Any, value: float) -> Any:
        return [value if k == at else one for k, one in enumerate(row)] if each else value

    def asked(columns: dict[str, Any]) -> list[Any]:
        all_given = given | columns | {"params": params}
        return column(call(short, *[all_given.get(one, ...) for one in DECLARED[short]]))

    if is_across(policy, function):
        found = []
        for value in values[::3]:
            own = list(columns[argument])
            own[who] = changed(own[who], value)
            found.append((value, asked({argument: own})[who] if size > 1 else None))
    else:
        rows = {key: [changed(one[who], value) if key == argument else one[who] for value in values]
                for key, one in columns.items()}
        found = list(zip(values, asked(rows), strict=True))
    return [(value, one) for value, one in found if one not in (SENTINEL, "", None)]


def worse(found: list[tuple[float, Any]], better: str, ranks: bool) -> list[str]:
    """Where a better value has a worse answer; of grades, where one comes back that was left."""
    if better == "less":
        found = found[::-1]
    if any(isinstance(one, str) for _, one in found):
        seen, wrong = [], []
        for value, one in found:
            if one in seen[:-1]:
                wrong.append(f"{one} again at {value}")
            if one not in seen:
                seen.append(one)
        return wrong
    return [f"{a}: {x}, {b}: {y}" for (a, x), (b, y) in pairwise(found) if (y > x + 1e-9 if ranks else y < x - 1e-9)]


@pytest.mark.parametrize("policy_id", [one for one in DIRECTED if one in some()])
def test_a_better_indicator_is_never_a_worse_result(policy_id: str, tmp_path: Path) -> None:
    excel()
    policy, rng, compared = load(policy_id), random.Random(policy_id), set[str]()
    for n, (book, period, params) in enumerate(books(policy_id, tmp_path)):
        if n >= times(40, 6):
            break
        job = Job(book, period)
        for name, function in policy.functions.items():
            chosen = book.parameters.settings.readings
            directed = [argument for argument, one in function.arguments.items() if one.better and not any(
                chosen[reading] == value for reading, value in one.unless.items())]
            if not directed or (given := given_of(policy, name, function, job, rng)) is None:
                continue
            for argument in (one for one in directed if isinstance(given[one], list)):
                try:
                    found = runs(policy, name, function, argument, given, params, rng)
                except Refused:
                    continue
                better = function.arguments[argument].better
                assert worse(found, better, name.startswith("AWARD_RANK")) == [], (name, argument, params)
                compared |= {name} if len({one for _, one in found}) > 1 else set()
    assert compared
