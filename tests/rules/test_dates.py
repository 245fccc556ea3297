"""Deadlines in expressions: months, years and workdays from a date, over people and over rows; dates as parameters."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import explained, lacks, results, small_policy, small_run
from xl_kpi.calendar_cn import STATED
from xl_kpi.engine import ParameterLack, RuleRefused
from xl_kpi.rules.base import PolicyError

COLUMNS = {"公布": "date", "几": "score"}


def days(expr: str, cells: list[Any], counts: Any = 1, **more: Any) -> Any:
    """A run over people with a date each."""
    policy = small_policy({"期限": {"expr": expr, "unit": "日期"}}, COLUMNS, parameters=more.get("parameters"))
    counts = counts if isinstance(counts, list) else [counts] * len(cells)
    people = {str(n): {"公布": cell, "几": count} for n, (cell, count) in enumerate(zip(cells, counts, strict=True))}
    return small_run(policy, people, COLUMNS, values=more.get("values"))


def found(expr: str, cells: list[Any], counts: Any = 1, **more: Any) -> list[str | None]:
    return [None if one is None else dt.date.fromordinal(int(one)).isoformat()
            for one in results(days(expr, cells, counts, **more), "期限")]


@pytest.mark.parametrize(("expr", "cells", "expected"), [
    ("add_workdays(公布, 3)", ["2016-11-03", "2016-09-30"], ["2016-11-08", "2016-10-10"]),
    ("next_workday(公布)", ["2016-10-01", "2016-11-07"], ["2016-10-08", "2016-11-07"]),
    ("add_months(公布, 1)", ["2016-01-31", "2016-11-03", "2016-12-15"], ["2016-02-29", "2016-12-03", "2017-01-15"]),
    ("add_months(公布, 0 - 1)", ["2016-03-31"], ["2016-02-29"]),
    ("add_years(公布, 2)", ["2016-02-29", None], ["2018-02-28", None]),
    ("next_workday(month_end + 5)", ["2016-11-03"], ["2016-12-05"]),
    ("add_workdays(公布, 几)", ["2016-11-03"], ["2016-11-04"]),
])
def test_deadlines(expr: str, cells: list[Any], expected: list[Any]) -> None:
    assert found(expr, cells) == expected


@given(st.dates(dt.date(2009, 1, 1), dt.date(2024, 12, 31)), st.integers(0, 60))
def test_the_nth_workday_against_plain_counting(day: dt.date, count: int) -> None:
    plain, left = day, count
    while left:
        plain += dt.timedelta(days=1)
        left -= STATED.is_workday(plain)
    assert found("add_workdays(公布, 几)", [day.isoformat()], [count]) == [plain.isoformat()]


def test_what_cannot_be_counted() -> None:
    run = days("add_workdays(公布, 几)", ["2016-11-03", "2016-11-03", "2016-11-03"], [1.5, -1, 2])
    assert [one is None for one in results(run, "期限")] == [True, True, False]
    refused = [one for one in lacks(run, "期限") if isinstance(one, RuleRefused)]
    assert [(one.person, one.text, one.at) for one in refused] == [
        (0, "个工作日数不是合适的整数", "几"), (1, "个工作日数不是合适的整数", "几")]
    run = days("add_workdays(公布, 1)", ["2099-01-01"])
    assert results(run, "期限") == [None]
    [refused_] = [one for one in lacks(run, "期限") if isinstance(one, RuleRefused)]
    assert "节假日历没有 2099 年" in refused_.name


def test_a_date_as_a_parameter() -> None:
    parameters = {"考核日": {"unit": "日期"}, "截止": {"unit": "日期", "stated": "2016-11-20", "source": "制度"}}
    expr = "add_months(考核日, 1) if 公布 <= 截止 else 考核日"
    cells = ["2016-11-20", "2016-11-21"]
    assert found(expr, cells, parameters=parameters, values={"考核日": "2016-12-01"}) == ["2017-01-01", "2016-12-01"]
    assert found(expr, cells, parameters=parameters) == [None, None]
    lack = lacks(days(expr, cells, parameters=parameters), "期限")
    assert [one.name for one in lack if isinstance(one, ParameterLack)] == ["考核日"]


def test_over_rows() -> None:
    rows = {"受理": "date"}
    policy = small_policy({
        "应答": {"rows": "记录", "expr": "add_workdays(受理, 5)", "unit": "日期"},
        "超期": {"kind": "events", "table": "记录", "where": "应答 < 受理 + 6", "how": "count"}}, {}, rows)
    records = [{"工号": "1", "受理": "2016-11-03"}, {"工号": "1", "受理": "2016-11-07"}]
    run = small_run(policy, {"1": {}}, {}, records, rows)
    assert results(run, "超期") == [0]


def test_explained() -> None:
    assert explained(days("add_workdays(公布, 3)", ["2016-11-03"]), "期限", 0) == (
        "公布 2016-11-03 起 3 个工作日后（2016-11-08）")
    assert explained(days("next_workday(公布)", ["2016-10-01"]), "期限", 0) == (
        "公布 2016-10-01 遇休息日顺延（2016-10-08）")


def test_native_formulas() -> None:
    policy = days("add_months(公布, 几) + 1", ["2016-11-03"]).policy
    node = policy.quantities["期限"].expression
    assert node is not None
    assert node.formula(lambda name: {"公布": "B2", "几": "C2"}[name]) == "EDATE(B2,C2)+1"


@pytest.mark.parametrize(("expr", "said"), [
    ("add_months(几, 1)", "add_months 的日期应是日期，几 是数"),
    ("add_workdays(公布, 公布)", "add_workdays 的个数应是数"),
    ("next_workday()", "函数 next_workday 要 1 个参数"),
])
def test_what_is_written_wrong(expr: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        days(expr, ["2016-11-03"])


def test_a_stated_date_that_is_none() -> None:
    with pytest.raises(PolicyError, match="应是日期，如 2016-11-03"):
        days("截止", ["2016-11-03"], parameters={"截止": {"unit": "日期", "stated": "2016-02-30", "source": "制度"}})
