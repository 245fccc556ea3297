"""Whatever is missing or wrong, for whomever, of any policy: a job gives a result or says what is wrong."""

from __future__ import annotations

import copy
import random
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ids import ids_in
from tests.made_up import made_up, spoil
from tests.mutations import mutations
from tests.share import times
from tests.stated import falsehoods
from tests.written import GOOD
from xl_kpi import job
from xl_kpi.parameters import read_parameters
from xl_kpi.period import Month, Span
from xl_kpi.plausible import read_plausible
from xl_kpi.policy import load as loader
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.policy.load import ids, load, read
from xl_kpi.problems import Refusal
from xl_kpi.results import Result
from xl_kpi.rules.base import PolicyError
from xl_kpi.workbook.book import Book

MONTH, SPAN = Month.parse("2016-12"), Span.parse("2016-07..2016-12")


def period_of(output: Output) -> Any:
    """The period of an output that ends with the month."""
    return SPAN if output.period == "span" else MONTH.within(output.period)


def every_job(policy: Policy, book: Book) -> list[Result | Refusal]:
    """What all jobs give."""
    parameters = read_parameters(book, policy)
    tables = read_plausible(book, policy, parameters.settings)
    job.findings(parameters, tables, *((output, period_of(output)) for output in policy.outputs.values()))
    results: list[Result | Refusal] = []
    for output in policy.outputs.values():
        for draft in (False, True) if output.period == "month" else (False,):
            try:
                results.append(job.result(parameters, tables, output, period_of(output), draft))
            except Refusal as refusal:
                results.append(refusal)
    return results


@pytest.mark.parametrize("policy_id", ids())
@settings(max_examples=times(25, 6), deadline=None)
@given(seed=st.integers(0, 2**32), people=st.sampled_from([0, 1, 1, 2, 6]), share=st.sampled_from([0, 0.05, 0.3, 1.5]))
def test_no_traceback(policy_id: str, seed: int, people: int, share: float) -> None:
    rng = random.Random(seed)
    book = made_up(load(policy_id), rng, people)
    spoil(book, rng, share)
    for one in every_job(load(policy_id), book):
        problems = one.problems
        assert problems or isinstance(one, Result)
        said = [text for problem in problems for text in (problem.text, problem.do)]
        if isinstance(one, Result):
            sentences = [step.sentence for steps in one.steps.values() for step in steps]
            assert [text for text in sentences if falsehoods(text)] == []
            said += [*sentences, *(text for _, text in one.marks), *one.notices]
        assert [text for text in said if ids_in(text) or "{" in text or "None" in text] == []


@pytest.mark.parametrize("policy_id", ids())
@pytest.mark.parametrize("roster", ["renamed", "empty", "missing"])
def test_without_people(policy_id: str, roster: str) -> None:
    policy = load(policy_id)
    book = made_up(policy, random.Random(1), 5)
    table = next(t for t in policy.tables.values() if t.grain == "roster")
    sheet = book.sheet(table.sheet)
    assert sheet is not None
    if roster == "renamed":
        sheet.name = "人员"
    elif roster == "empty":
        del sheet.rows[1:]
    else:
        book.sheets.remove(sheet)
    parameters = read_parameters(book, policy)
    tables = read_plausible(book, policy, parameters.settings)
    with pytest.raises(Refusal) as refusal:
        job.result(parameters, tables, policy.main, MONTH.within(policy.main.period))
    # that nobody is paid is an error, that nobody is reviewed may be
    levels = ("error",) if policy.payroll is not None or roster != "empty" else ("warning",)
    assert any(p.sheet == table.sheet for p in refusal.value.problems if p.level in levels)


def test_a_refusal_that_hits_everybody_before_a_parameter_is_looked_up() -> None:
    """One person with 62 points, e up to 60, d from 65: no grade, and no 计发比例 of it."""
    policy = load("s004-3-litong")
    book = made_up(policy, random.Random(3), 1, chosen=False)
    rows = {sheet.name: sheet.rows for sheet in book.sheets}
    rows["参数"][1:] = [["grade.line", key, value] for key, value in zip("dcb", (65, 75, 85), strict=True)]
    rows["花名册"][1][rows["花名册"][0].index("入职日期")] = datetime(2013, 1, 7)
    rows["花名册"][1][rows["花名册"][0].index("离职日期")] = None
    del rows["奖惩记录"][1:], rows["请假记录"][1:]
    for name, values in (("考勤", [None] * 3), ("月度考核", [62])):
        for row in rows[name][1:]:
            row[len(row) - len(values):] = values
    parameters = read_parameters(book, policy)
    with pytest.raises(Refusal) as refusal:
        job.payroll(parameters, read_plausible(book, policy, parameters.settings), MONTH)
    assert [p.person for p in refusal.value.problems if "没有等级" in p.text] == ["P000"]


@pytest.mark.parametrize(("file", "some"), [(GOOD, 350), *((loader.file_of(one), times(25, 5)) for one in ids())],
                         ids=["good", *ids()])
def test_a_policy_with_a_slip_loads_and_runs_or_is_refused_with_its_place(file: Path, some: int) -> None:
    content: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.suffix == ".toml" else (
        copy.deepcopy(loader.expanded(file).raw))
    content["first_month"] = "2016-01"          # before the months of the made-up workbook
    rng = random.Random(len(content))
    loaded, refused = 0, []
    for mutation in mutations(content, rng)[:some]:
        try:
            policy = read(mutation.of(content), file.name)
        except PolicyError as error:
            refused.append(str(error))
            continue
        except Exception as error:
            raise AssertionError(f"{mutation}: {error!r}") from error
        loaded += 1
        try:
            every_job(policy, made_up(policy, rng, rng.choice([0, 2])))
        except Exception as error:
            raise AssertionError(f"{mutation}: {error!r}") from error
    assert some < 25 or (loaded and refused)
    assert all(text.startswith(f"{file.name}：") for text in refused)
