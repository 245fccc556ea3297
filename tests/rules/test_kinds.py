"""Each kind of rule on a few people, by hand: a file of cases for each (kinds/*.yaml), and its laws.

In the files: 列 are columns of the roster, 月列 of a table by month, 行 of the table 记录 (name: type, or choices);
参数, 读法 and 量 what cases use.  A case: 写法 the fields of the rule; 人 a cell for each person, by column; 各月 the
same by month; 记录 the rows [person, month, cells]; 变动 the dated changes [person, day, from, to]; 得 what each person
gets; 缺 what is asked for, column → people (rows); 说明 what is said of a person.  无 is no value, 坏 a cell that
cannot be used.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import MONTH, PERIOD, explained, lacks, small_policy, small_run, value_of
from xl_kpi.engine import InputLack, RowLack, Run
from xl_kpi.facts import Changes
from xl_kpi.rules.kinds import KINDS

HERE = Path(__file__).parent
FILES = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted((HERE / "kinds").glob("*.yaml"))}
CASES = [pytest.param(file, case, id=f"{kind}-{case['名称']}") for kind, file in FILES.items() for case in file["例"]]


def test_every_kind_has_cases() -> None:
    own = {kind for kind in KINDS if (HERE / f"{kind}.yaml").exists()}
    assert {*FILES, *own} >= set(KINDS)
    for kind, file in FILES.items():
        assert {case["写法"].get("kind", "expr") for case in file["例"]} == {kind}


def cell(one: Any) -> Any:
    return None if one == "无" else one.isoformat() if isinstance(one, dt.date) else one


def run_of(file: dict[str, Any], case: dict[str, Any]) -> Run:
    """The run of a case, in which the quantity is called 它."""
    columns, monthly, rows = (file.get(key, {}) for key in ("列", "月列", "行"))
    size = len(case["得"])
    rule = case["写法"]
    parameters = {name: one for name, one in file.get("参数", {}).items()
                  if name in rule.get("lines", {}) or f"{name}[" in str(rule)}
    readings = {name: one for name, one in file.get("读法", {}).items() if rule.get("reading") == name}
    policy = small_policy({**file.get("量", {}), "它": rule}, columns, rows, parameters, readings, monthly)
    people = {f"{n + 1:03}": {name: cell(cells[n]) for name, cells in case.get("人", {}).items()} for n in range(size)}
    records = [{"工号": f"{person:03}", "月份": month, **{name: cell(one) for name, one in cells.items()}}
               for person, month, cells in case.get("记录", [])]
    months = {month: {name: [cell(one) for one in cells] for name, cells in given.items()}
              for month, given in case.get("各月", {}).items()}
    changes = {}
    for name, found in case.get("变动", {}).items():
        changes[name] = Changes(
            np.array([person - 1 for person, *_ in found]), np.array([day.toordinal() for _, day, *_ in found]),
            value_of([cell(old) for _, _, old, _ in found], columns[name]),
            value_of([cell(new) for *_, new in found], columns[name]), np.arange(len(found)))
    return small_run(policy, people, columns, records, rows, None, case.get("读法"), monthly, months, changes)


def at_period(run: Run) -> Any:
    grain = run.policy.quantities["它"].period
    return ("quarter", MONTH.quarter.index) if grain == "quarter" else PERIOD if grain else ()


def said(value: Any) -> Any:
    """A value as the files have it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "无" if value is None else value


@pytest.mark.parametrize(("file", "case"), CASES)
def test_case(file: dict[str, Any], case: dict[str, Any]) -> None:
    run, size = run_of(file, case), len(case["得"])
    where = at_period(run)
    run.compute([("它", where)])
    value = run.results["它", where]
    found = [said(value.at(i)) for i in range(size)]
    assert found == [one if isinstance(one, str) else "是" if one is True else "否" if one is False
                     else Fraction(str(one)) for one in case["得"]]
    if "缺" in case:
        run.need(run.policy.checks[-1].when.children()[0], where, np.ones(size, bool))
        missing: dict[str, list[int]] = {}
        for lack in run.lacks():
            if isinstance(lack, InputLack):
                missing.setdefault(lack.column, []).append(lack.person + 1)
            elif isinstance(lack, RowLack):
                missing.setdefault(lack.column, []).append(lack.row + 1)
        assert missing == case["缺"]
    for person, sentence in case.get("说明", {}).items():
        assert run.policy.quantities["它"].explain(run.view(where), person - 1) == sentence


# -- laws -------------------------------------------------------------------------------------------------------------

SCORES = {"得分": "score", "组": ["甲", "乙"]}
scores = st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=25)


def people(values: list[Any], groups: list[str] | None = None) -> dict[str, Any]:
    return {f"{n:03}": {"得分": one, "组": (groups or ["甲"] * len(values))[n]} for n, one in enumerate(values)}


def values(rule: dict[str, Any], given: dict[str, Any], **more: Any) -> list[Any]:
    run = small_run(small_policy({"它": rule}, SCORES, **more), given, SCORES)
    run.compute([("它", PERIOD)])
    return [run.results["它", PERIOD].at(i) for i in range(len(given))]


@given(scores)
def test_a_place_is_one_more_than_the_number_of_those_before(given_scores: list[Any]) -> None:
    rule = {"kind": "rank", "where": "True", "keys": ["-得分"], "ties": True}
    assert values(rule, people(given_scores)) == [1 + sum(b > a for b in given_scores) for a in given_scores]


@given(scores)
def test_one_is_first_and_has_the_best(given_scores: list[Any]) -> None:
    found = values({"kind": "first", "where": "True", "keys": ["-得分", "id"]}, people(given_scores))
    assert found.count(True) == 1
    assert given_scores[found.index(True)] == max(given_scores)


@given(scores, st.integers(0, 5), st.integers(0, 5))
def test_no_grade_has_more_people_than_places_and_no_better_score_a_worse_grade(
        given_scores: list[Any], best: int, worst: int) -> None:
    rule = {"kind": "distribute", "where": "True", "keys": ["-得分"], "choices": ["优", "中", "差"], "rest": "中",
            "places": {"优": str(best), "差": str(worst)}}
    found = values(rule, people(given_scores))
    assert found.count("优") <= best
    assert found.count("差") <= worst
    order = {"优": 0, "中": 1, "差": 2}
    assert all(order[a] <= order[b] for a, x in zip(found, given_scores, strict=True)
               for b, y in zip(found, given_scores, strict=True) if x > y)


@given(scores, st.data())
def test_a_group_s_sum_is_the_sum_of_its_people(given_scores: list[Any], data: st.DataObject) -> None:
    groups = [data.draw(st.sampled_from("甲乙")) for _ in given_scores]
    found = values({"kind": "group", "how": "sum", "of": "得分", "by": "组"}, people(given_scores, groups))
    assert found == [sum(Fraction(y) for y, other in zip(given_scores, groups, strict=True) if other == mine)
                     for mine in groups]


@given(scores)
def test_a_band_is_the_number_of_lines_reached(given_scores: list[Any]) -> None:
    rule = {"kind": "band", "lines": {"线": "得分"}, "below": 0}
    lines = {"1": "60", "2": "70", "3": "85.5"}
    found = values(rule, people(given_scores),
                   parameters={"线": {"keys": [1, 2, 3], "stated": lines, "source": "制度"}})
    assert found == [sum(one >= Fraction(line) for line in lines.values()) for one in map(Fraction, given_scores)]


@given(st.dates(dt.date(2015, 1, 1), dt.date(2017, 12, 31)), st.dates(dt.date(2015, 1, 1), dt.date(2017, 12, 31)))
def test_days_between_two_dates(first: dt.date, last: dt.date) -> None:
    columns = {"起": "date", "止": "date"}

    def count(what: str, a: dt.date, b: dt.date) -> Any:
        policy = small_policy({"它": {"kind": "calendar", "what": what, "first": "起", "last": "止"}}, columns)
        run = small_run(policy, {"1": {"起": a, "止": b}}, columns)
        run.compute([("它", PERIOD)])
        return run.results["它", PERIOD].at(0)

    days = count("days", first, last)
    assert days == max((last - first).days + 1, 0)
    assert count("workdays", first, last) <= count("paid", first, last) <= days
    middle = first + (last - first) // 2
    if first <= last:
        assert count("workdays", first, middle) + count(
            "workdays", middle + dt.timedelta(1), last) == count("workdays", first, last)
        assert count("full_months", first, last) <= count("months", first, last)


def test_what_another_has_is_never_told() -> None:
    """Of a group, a place, a grade: how many, never whose and what."""
    given_people = people([77.77, 88.88, 99.99])
    for rule in ({"kind": "group", "how": "sum", "of": "得分"}, {"kind": "rank", "where": "True", "keys": ["-得分"]},
                 {"kind": "first", "where": "True", "keys": ["-得分"]},
                 {"kind": "distribute", "where": "True", "keys": ["-得分"], "choices": ["优", "良"], "rest": "良",
                  "places": {"优": "1"}}):
        sentence = explained(small_run(small_policy({"它": rule}, SCORES), given_people, SCORES), "它", 0)
        assert not any(one in sentence for one in ("88.88", "99.99", "员工", "001", "002"))


def test_nothing_is_asked_for_where_nothing_is_missing() -> None:
    policy = small_policy({"它": {"kind": "group", "how": "mean", "of": "得分"}}, SCORES)
    assert lacks(small_run(policy, people([1, 2]), SCORES), "它") == []
