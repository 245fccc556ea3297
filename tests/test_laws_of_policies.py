"""Laws that hold for every policy, whoever its people are and whatever is typed; and for every page, whatever slips."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.any_department import department
from tests.cased import CASED
from tests.changed_pages import changes
from tests.share import ALL, times
from tests.stated import falsehoods
from xl_kpi.engine import Run
from xl_kpi.opened import Opened
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.policy.load import expanded, file_of, ids, load, of_text, read, text_of
from xl_kpi.policy.page import kept
from xl_kpi.problems import Refusal
from xl_kpi.results import ID, Result
from xl_kpi.rules.base import PolicyError
from xl_kpi.rules.kinds.distribute import Distribute
from xl_kpi.rules.kinds.order import First, Rank
from xl_kpi.rules.kinds.share import Share
from xl_kpi.rules.values import OK

FEW = settings(max_examples=times(8, 4), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SEEDS = st.integers(0, 2**32)
NUMBER = "序号"                   # of a line on the sheet: the only thing that the order of people decides
NEVER = ("程序没有找到原因", "按制度不适用，是空白，却要用它")      # no page that ships lets a job come to this
PLACED = re.compile(r"(packs/)?[^：]+\.md：第 \d+ 行第 \d+ 列：")
BEYOND, BELOW = "高于满分的得分", "低于最低的得分"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed pages don't drive those of the program out of what is kept."""
    monkeypatch.setattr(kept, "_folder", lambda: None)


def lines(result: Result) -> dict[str, dict[str, Any]]:
    return {line[ID]: {heading: value for heading, value in line.items() if heading != NUMBER}
            for line in result.lines}


# -- departments ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("policy_id", CASED)
@FEW
@given(seed=SEEDS)
def test_a_result_is_sound_or_refused_with_reasons(policy_id: str, seed: int) -> None:
    one = department(policy_id, random.Random(seed))
    result = one.result()
    assert [problem.text for problem in result.problems if any(words in problem.text for words in NEVER)] == []
    if isinstance(result, Refusal):
        assert [problem for problem in result.problems if problem.level == "error"]
        return
    sentences = [step.sentence for steps in result.steps.values() for step in steps]
    assert [text for text in sentences if falsehoods(text)] == []
    assert list(summed(result)) == []
    again = one.result()
    assert isinstance(again, Result)
    assert (again.lines, again.totals, again.marks) == (result.lines, result.totals, result.marks)
    other = one.shuffled(random.Random(seed)).result()
    assert isinstance(other, Result), [problem.text for problem in other.problems]
    assert lines(other) == lines(result)
    assert other.totals == result.totals
    opened, output = one.opened()
    assert list(broken(opened, output, one.period.key)) == []


def summed(result: Result) -> Iterator[str]:
    """Sums that are none: totals of the lines as shown, what is earned and held back of a line's parts."""
    for heading, total in result.totals.items():
        expected = len(result.lines) if heading == "人数" else sum(line[heading] or 0 for line in result.lines)
        if total != expected:
            yield f"{heading}: {total}, not {expected}"
    parts = {part: [column.heading for column in result.columns if column.part == part]
             for part in ("earning", "deduction")}
    for line in result.lines:
        amounts = {part: sum((line[heading] or Decimal(0) for heading in headings), Decimal(0))
                   for part, headings in parts.items()}
        wanted = {"应发合计": amounts["earning"], "扣款合计": amounts["deduction"],
                  "实发合计": amounts["earning"] - amounts["deduction"]}
        for heading, amount in wanted.items():
            if heading in line and line[heading] != amount:
                yield f"{line[ID]} {heading}: {line[heading]}, not {amount}"


def broken(opened: Opened, output: Output, period: Any) -> Iterator[str]:
    """Places of grades, ranks and pools that are given out wrongly, of all that an output rests on."""
    run = Run(opened.parameters.settings, opened.tables.facts)
    size = opened.tables.facts.size
    for column in output.columns:
        if column.value is not None:
            run.evaluate(column.value, period)
    for (name, when), value in list(run.results.items()):
        rule = opened.policy.quantities[name]
        if not isinstance(rule, Distribute | First | Rank | Share):
            continue
        view = run.view(when)
        admitted = rule.nodes["where"].evaluate(view).true(size) & (value.states(size) == OK)
        by = getattr(rule.rule, "by", "")
        groups = view.value(by).array(size) if by else np.zeros(size, int)
        for group in np.unique(groups[admitted]).tolist():
            who = np.flatnonzero(admitted & (groups == group)).tolist()
            given = [value.at(i) for i in who]
            if isinstance(rule, Distribute):
                for grade in rule.rule.places:
                    places = rule.nodes[f"places.{grade}"].evaluate(view).at(who[0])
                    if given.count(grade) > max(int(places), 0):
                        yield f"{name}: {given.count(grade)} of {grade}, {places} places"
            elif isinstance(rule, First):
                if not rule.rule.ties and sum(given) > 1:
                    yield f"{name}: {sum(given)} are the first"
            elif isinstance(rule, Rank):
                if not rule.rule.percent and not fair([int(place) for place in given], rule.rule.ties):
                    yield f"{name}: {given}"
            else:
                unit = 10 ** rule.rule.places
                whole = Fraction(rule.nodes["pool"].evaluate(view).at(who[0])) * unit
                pool = Fraction(math.floor(whole + Fraction(1, 2)), unit)
                if sum(map(Fraction, given)) != pool:
                    yield f"{name}: {sum(given)} of {pool}"


def fair(places: list[int], ties: bool) -> bool:
    """Places from the first on, each once; or as many left out behind a shared one as share it."""
    if not ties:
        return sorted(places) == list(range(1, len(places) + 1))
    return all(place == 1 + sum(other < place for other in places) for place in places)


# -- indicators -------------------------------------------------------------------------------------------------------

def bounds(one: dict[str, Any]) -> tuple[str, str]:
    """(the least, the most) points that an indicator declares; '' where there is none, or a reading has it."""
    way = one.get("target") or one.get("share") or one.get("times")
    if way is None:
        return ("0", one["full"]) if not one.get("lines") and not one.get("levels") else ("", "")
    least, most = way.get("least", "0"), way.get("most", "full")
    return (least if isinstance(least, str) else "", "" if not isinstance(most, str) else
            one["full"] if most == "full" else most)


@cache
def questioned(policy_id: str) -> Policy | None:
    """The policy with a remark wherever an indicator is not between its bounds; None: it has no indicators."""
    raw = dict(expanded(file_of(policy_id)).raw)
    marks: list[tuple[str, dict[str, str]]] = []
    for name, one in raw.get("indicators", {}).items():
        least, most = bounds(one)
        marks += [(one.get("period", "month"), {"when": f"{name} {sign} ({bound})", "text": text, "clause": "法"})
                  for bound, sign, text in ((least, "<", BELOW), (most, ">", BEYOND)) if bound]
    if not marks:
        return None
    for output in raw["outputs"].values():
        output["marks"] = [*output.get("marks", []),
                           *(mark for grain, mark in marks if grain == output.get("period", "month"))]
    return read(raw, f"{policy_id}.md")


@pytest.mark.parametrize("policy_id", [one for one in CASED if one != "card" and expanded(file_of(one)).raw.get(
    "indicators")])
@FEW
@given(seed=SEEDS)
def test_points_of_indicators_are_between_their_bounds(policy_id: str, seed: int) -> None:
    policy = questioned(policy_id)
    if policy is None:
        return
    result = department(policy_id, random.Random(seed)).result(policy)
    if isinstance(result, Result):
        assert [mark for mark in result.marks if BELOW in mark[1] or BEYOND in mark[1]] == []


# -- a better indicator -----------------------------------------------------------------------------------------------

def measured(policy: Policy) -> dict[str, str]:
    """Each column that a page says (or whose way of scoring implies) is better one way, of an indicator: which way.
    Not what one indicator wants more of and another less: who pays, of a rate and of what is spent by each."""
    ways: dict[str, set[str]] = {}
    for name, function in policy.functions.items():
        for argument in function.arguments.values() if name.startswith("INDICATOR_SCORE[") else ():
            for one in argument.supplies:
                ways.setdefault(one, set()).add(argument.better)
    return {one: way for one, (way, *more) in ways.items() if way and not more and one in policy.columns
            and policy.tables[policy.columns[one][0]].grain in ("month", "quarter", "half", "year")}


def final(policy: Policy, output: Output) -> list[str]:
    """The headings of a result that nobody wants less of: the score that grades and pay go by, what is earned."""
    scores = {name for key, function in policy.functions.items() if key in ("GRADE", "SCORE_PAY", "FLOAT_PAY")
              for name in function.arguments["score"].supplies}
    points = {column.heading for column in output.columns if column.value is not None
              and getattr(column.value, "name", "") in {*scores, "总分"}}
    return [*points, *({"应发合计"} & {column.heading for column in output.columns})]


MEASURED = [one for one in CASED if one != "card" and measured(load(one))]


@pytest.mark.parametrize("policy_id", MEASURED)
@settings(FEW, max_examples=times(30, 6))
@given(seed=SEEDS)
def test_who_does_better_gets_no_less(policy_id: str, seed: int) -> None:
    """One person's measured value is better than it was, all else is the same: neither score nor pay is less."""
    rng, policy = random.Random(seed), load(policy_id)
    one = department(policy_id, rng)
    name, better = rng.choice(sorted(measured(policy).items()))
    table, column = policy.columns[name]
    headings, *rows = one.sheets[policy.tables[table].sheet]
    at = headings.index(column.heading)
    there = [k for k, row in enumerate(rows) if isinstance(row[at], int | float)]
    before = one.result()
    if not there or isinstance(before, Refusal):
        return
    k, step = rng.choice(there), rng.choice([1, 2, 10, 0.5] if column.type != "count" else [1, 2, 10])
    value = rows[k][at] + (step if better == "more" else -step)
    if not column.min <= value <= (column.max if column.max is not None else value):
        return
    changed = [list(row) for row in rows]
    changed[k][at] = value
    after = replace(one, sheets=one.sheets | {policy.tables[table].sheet: [headings, *changed]}).result()
    person = str(rows[k][headings.index(ID)])
    if isinstance(after, Refusal):
        return
    was, now = ({line[ID]: line for line in result.lines}.get(person, {}) for result in (before, after))
    less = [f"{heading}: {was[heading]} → {now[heading]} ({column.heading} {rows[k][at]} → {value})"
            for heading in final(policy, one.opened()[1])
            if was.get(heading) is not None and now.get(heading) is not None and now[heading] < was[heading]]
    assert less == []


# -- pages ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("policy_id", ids())
def test_a_page_with_a_slip_loads_or_is_refused_with_line_and_column(policy_id: str) -> None:
    text, seen = text_of(file_of(policy_id)), Counter[str]()
    for change in changes(text, random.Random(policy_id), 8 if len(text) > 30_000 else times(25, 6)):
        said: list[str] = []
        try:
            of_text(f"{policy_id}.md", change.of(text))
        except PolicyError as error:
            said = str(error).split("\n")
        except Exception as error:
            raise AssertionError(f"{change}: {error!r}") from error
        seen["refused" if said else "loads"] += 1
        assert [line for line in said if not PLACED.match(line)] == [], change
    assert not ALL or min(seen["loads"], seen["refused"]) > 0


def test_a_date_in_the_place_of_points_is_told() -> None:
    """What the pack makes of the indicator is wrong with it."""
    text = text_of(file_of("s002-h-supervisor-monthly-summary"))
    assert text.count("团队管理能力 分") == 1
    with pytest.raises(PolicyError) as refused:
        of_text("one.md", text.replace("团队管理能力 分", "团队管理能力 日期"))
    assert all(PLACED.match(line) for line in str(refused.value).split("\n"))
