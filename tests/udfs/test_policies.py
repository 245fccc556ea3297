"""The functions that a policy named in the call answers: the same as its job gives the people of its cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.any_department import department
from tests.cased import CASED, Case, asked, parameter_rows, period_of, read_cases, write_book
from tests.share import times
from tests.udfs.harness import call, column, excel
from tests.udfs.test_same_as_the_job import cell
from xl_kpi.engine import Run
from xl_kpi.engine.views import month_of
from xl_kpi.functions import DECLARED, Refused, calls
from xl_kpi.functions.sentinel import SENTINEL
from xl_kpi.opened import Opened
from xl_kpi.period import SIZES, AnyPeriod, Span
from xl_kpi.policy.compiled import Function
from xl_kpi.policy.load import DEFAULT_POLICY, ids, load
from xl_kpi.problems import Refusal
from xl_kpi.rules.kinds.rated import SOME, Rated
from xl_kpi.rules.values import OK, REFUSED, Value

FEW = 4                     # cases of a policy
FUNCTIONS = [one for one in ids() if one != DEFAULT_POLICY and load(one).functions]


def some(policy_id: str) -> list[Case]:
    """Cases that are computed, of every reading and period if they can be had, with lines where the company lists
    them; a few of all first."""
    found: dict[Any, Case] = {}
    line = load(policy_id).parameters.get("grade.line")
    for case in read_cases(policy_id):
        if case.get("期望"):
            if line is not None and line.listed and not [one for one in case.get("参数", {}) if "grade.line" in one]:
                case["参数"] = {**case.get("参数", {}), "grade.line.良": 80, "grade.line.优": 90}
            found.setdefault((asked(case), tuple(case.get("读法", {}).items())), case)
    each = max(1, len(found) // FEW)
    cases = list(found.values())
    return sorted(cases, key=lambda case: (at := cases.index(case)) % each > 0 or at // each >= FEW)


class Job:
    """The people of a workbook, as the job has them."""

    def __init__(self, book: Opened, when: AnyPeriod):
        self.run, self.size = Run(book.parameters.settings, book.tables.facts), book.tables.facts.size
        self.when = when

    def period(self, function: Function) -> Any:
        months = self.when.months
        return Span.of(months[0], months[-1]) if function.period == "span" else months[-1].within(function.period)

    def of(self, name: str, period: Any) -> Value:
        where = self.run.period_for(name, period.key)
        if name in self.run.policy.quantities:
            self.run.compute([(name, where)])
        return self.run.view(period.key).value(name)

    def people(self, function: Function, period: Any) -> list[int]:
        """Those for whom everything is there that the arguments stand for, and what is given for all is true."""
        there = [self.of(name, period).states(self.size) != REFUSED if argument.blank else
                 self.of(name, period).states(self.size) == OK for _, argument in function.every()
                 for name in argument.supplies]
        for name, node in function.given.items():
            is_so, said = self.of(name, period), self.run.evaluate(node, period.key)
            there.append([is_so.states(self.size)[i] == OK and is_so.at(i) == said.at(i) for i in range(self.size)])
        for _, argument in function.every():
            if not argument.each:           # one cell that stands for several
                values = [self.of(name, period) for name in argument.supplies]
                there.append([len({value.at(i) for value in values}) < 2 for i in range(self.size)])
        return [i for i in range(self.size) if all(one[i] for one in there)]


def answers(policy_id: str, name: str, function: Function, job: Job, params: list[list[Any]]) -> list[tuple[Any, Any]]:
    """(the function's, the job's) answer for each person of whom both have one."""
    if function.weighing is not None:
        return weighed(policy_id, name, function, job, params)
    period = job.period(function)
    people = job.people(function, period)
    if not people:
        return []
    short, _, which = name.partition("[")
    given: dict[str, Any] = {"policy": policy_id, "month": str(period), "params": params}
    given |= {argument: which[:-1] for argument in calls.WHICH if argument in DECLARED[short]}
    for argument, one in function.arguments.items():
        if one.parameter:
            value = job.run.settings.at(one.parameter, one.key or None, month_of(period.key))
            given[argument] = ... if value is None else float(value)
            continue
        columns = [[cell(value.at(i)) if value.states(job.size)[i] == OK else None for i in people]
                   for value in (job.of(target, period) for target in one.supplies)]
        given[argument] = [list(row) for row in zip(*columns, strict=True)] if one.each else columns[0]
        if argument == "pool":
            given[argument] = columns[0][0]
    try:
        found = column(call(short, *[given.get(one, ...) for one in DECLARED[short]]))
    except Refused:
        return []
    assert function.value is not None
    value = job.run.evaluate(function.value, period.key)
    state = value.states(job.size)
    return [(one, cell(value.at(i))) for one, i in zip(found, people, strict=True)
            if one != SENTINEL and state[i] == OK]


def weighed(policy_id: str, name: str, function: Function, job: Job, params: list[list[Any]]) -> list[tuple[Any, Any]]:
    """The same of a function that weighs: what the job has for each choice, and what it makes of them."""
    assert function.weighing is not None
    weights, found = function.weighing.weights, list[tuple[Any, Any]]()
    for rule in job.run.policy.quantities.values():
        if not isinstance(rule, Rated) or weights not in [level.weights for level in rule.rule.by]:
            continue
        depth = [level.weights for level in rule.rule.by].index(weights)
        view = job.run.view((rule.period, job.period(function).key[1]))
        keys = [rule._keys(view, level) for level in rule.rule.by]
        if any(not labels for labels in keys):
            continue
        cells, _ = rule._cells(view, keys)
        for at in range(len(keys) - 1, depth, -1):
            cells = rule._together(view, at, keys[at], cells)
        if rule.rule.by[depth].given:
            cells = rule._given(view, keys[0], cells)
        wide = len(keys[depth])
        rows = [[float(cells.score.at(k + n)) if cells.state[k + n] == SOME else None for n in range(wide)]
                for k in range(0, len(cells.state), wide)]
        whole = rule._together(view, depth, keys[depth], cells)
        if not any(one is not None for row in rows for one in row):
            continue
        try:
            answered = call(name, policy_id, rows, str(job.period(function)), params)
        except Refused:
            assert not (whole.state == SOME).any()
            continue
        for row, (one,), state, k in zip(rows, answered, whole.state.tolist(), range(len(rows)), strict=True):
            if state == SOME:
                found.append((one, float(whole.score.at(k))))
            elif any(cell is not None for cell in row):
                assert one == SENTINEL
    return found


def books(policy_id: str, folder: Path) -> Iterator[tuple[Opened, AnyPeriod, list[list[Any]]]]:
    """Workbooks, their period and their 参数: of some cases, and of departments that nobody has thought of."""
    for seed in range(times(20, 3)):
        one = department(policy_id, random.Random(seed))
        with suppress(Refusal):
            yield one.opened()[0], one.period, one.sheets["参数"]
    for case in some(policy_id):
        write_book(case, load(policy_id), folder / "book.xlsx")
        params = [["参数", "键", "值"], *map(list, parameter_rows(case, load(policy_id)))]
        yield Opened.file(folder / "book.xlsx"), period_of(case), params


@pytest.mark.parametrize("policy_id", [one for one in FUNCTIONS if one in CASED])
def test_a_function_never_differs_from_the_job(policy_id: str, tmp_path: Path) -> None:
    """Of random inputs as of those of the cases; and each function that a page declares has an answer for some."""
    excel()
    policy = load(policy_id)
    found: dict[str, list[tuple[Any, Any]]] = {name: [] for name in policy.functions}
    for n, (book, period, params) in enumerate(books(policy_id, tmp_path)):
        if n >= times(40, 7) and (all(found.values()) or policy.written_on):
            break
        job = Job(book, period)
        for name, function in policy.functions.items():
            if not policy.written_on:
                found[name] += answers(policy_id, name, function, job, params)
    for name, pairs in found.items():
        for one, other in pairs:
            assert one == (pytest.approx(other, abs=1e-9) if isinstance(other, float) else other), name
    assert [name for name, pairs in found.items() if not pairs] == [] or policy.written_on


@pytest.mark.parametrize("policy_id", FUNCTIONS)
def test_a_page_declares_functions_that_there_are(policy_id: str) -> None:
    """With the arguments that Excel has for them."""
    excel()
    for name, function in load(policy_id).functions.items():
        short = name.partition("[")[0]
        assert short in DECLARED, f"no function {short}"
        assert (short != name) == bool(set(calls.WHICH) & set(DECLARED[short]))
        assert function.period in (*SIZES, "span")
        declared = set(DECLARED[short]) - {"policy", "month", "params", *calls.WHICH}
        assert set(function.arguments) <= declared
