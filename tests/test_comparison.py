"""This month against last: the reasons of each person add up to the difference, whatever the policy."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.departments import base_department, random_department, write_book
from tests.sheets import sample
from xl_kpi import job
from xl_kpi.comparison import OTHERS, changes, difference, merged
from xl_kpi.job import payroll
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.results import REFUSED, Result, ResultColumn
from xl_kpi.sheets import layout
from xl_kpi.sheets.summary import summary

D = Decimal


def computed(department: dict[str, Any], folder: Path, month: str = "2016-12") -> Result:
    write_book(department, folder / "b.xlsx")
    opened = Opened.file(folder / "b.xlsx")
    return payroll(opened.parameters, opened.tables, Month.parse(month))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_the_reasons_add_up_for_everybody(seed: int, tmp_path: Path) -> None:
    result = computed(random_department(random.Random(seed)), tmp_path)
    total = layout.grand_total(result)
    assert total is not None
    assert result.previous is not None, result.no_previous
    now = {line["工号"]: line for line in result.lines}
    then = {line["工号"]: line for line in result.previous.lines}
    found = changes(result, result.previous, total)
    assert [c.person for c in found] == [*now, *(p for p in then if p not in now)]
    for change in found:
        paid = now.get(change.person, {}).get(total.heading, D(0))
        before = then.get(change.person, {}).get(total.heading, D(0))
        assert change.delta == paid - before == sum((item.delta for item in change.items), D(0))
        assert OTHERS not in [item.heading for item in change.items]
        for item in change.items:
            assert item.delta
            for reason in item.reasons:         # every reason is a fact of the two lines
                assert reason.then == then[change.person][reason.column.heading]
                assert reason.now == now[change.person][reason.column.heading]
                assert reason.then != reason.now
                assert reason.column.type != "money"
    sums = sum((c.delta for c in found), D(0))
    assert sums == result.totals[total.heading] - result.previous.totals[total.heading]


def test_what_stands_behind_an_amount_is_read_off_the_rules(tmp_path: Path) -> None:
    result = computed(base_department(), tmp_path)
    behind = {c.heading: c.behind for c in result.columns if c.behind}
    assert behind["全勤奖"] == ("全勤",)
    assert behind["绩效工资"] == ("计薪得分", "计发比例", "岗位", "执行星级")
    assert "月度得分" in behind["服务明星"]
    kinds = {c.heading: c.type for c in result.columns}
    assert all(kinds[h] != "money" for found in behind.values() for h in found)
    assert not any(c.behind for c in result.columns if not c.part)


def test_score_star_and_attendance_are_told(tmp_path: Path) -> None:
    department = base_department()
    for row in department["月度考核_客服代表"]:
        if (row["工号"], row["月份"]) == ("101", "2016-12"):
            row["得分"] = D(71)
    for row in department["考勤"]:
        if (row["工号"], row["月份"]) == ("101", "2016-12"):
            row["迟到次数"] = 1
    department["奖惩台账"].append({"日期": date(2016, 12, 5), "工号": "102", "事项": "违反制度", "成立": "是"})
    department["其他项目"].append(
        {"月份": "2016-11", "工号": "103", "项目": "加班费", "金额": D("88.50"), "计入": "应发"})
    sheet = summary(computed(department, tmp_path))
    why = {row.values[0]: row.values[5] for row in sheet.rows if len(row.values) > 5}
    assert why["101"] == "全勤奖 −200.00（全勤 是 → 否）；绩效工资 −168.00（计薪得分 85 → 71）"
    assert why["102"] == "绩效工资 −680.00（执行星级 3 → 0）。本月：当月违纪降为 0 星：2016-12-05 违反制度"
    assert why["103"] == "加班费 −88.50"
    assert why["104"] is None


def test_last_month_that_cannot_be_computed_says_why(tmp_path: Path) -> None:
    department = base_department()
    gone = department["花名册"][0]["工号"]
    department["考勤"] = [row for row in department["考勤"] if (row["工号"], row["月份"]) != (gone, "2016-11")]
    result = computed(department, tmp_path)
    assert result.previous is None
    assert result.no_previous
    assert any(p.person == gone for p in result.no_previous)
    assert all(p.level == "error" for p in result.no_previous)


def test_the_first_month_of_a_policy_says_so(tmp_path: Path) -> None:
    result = computed(base_department(), tmp_path, "2016-11")
    assert result.previous is None
    (why,) = result.no_previous
    assert "2016-10 早于《客户服务部绩效考核制度（试行版）》施行的 2016-11" in why.text


def test_without_detail_there_is_no_second_month(tmp_path: Path) -> None:
    write_book(base_department(), tmp_path / "b.xlsx")
    opened = Opened.file(tmp_path / "b.xlsx")
    result = job.payroll(opened.parameters, opened.tables, Month.parse("2016-12"), detail=False)
    assert result.previous is None
    assert not result.no_previous


def small(*amounts: tuple[str, Any, Any], period: str = "2017-01") -> Result:
    columns = [ResultColumn("工号", "text"), ResultColumn("奖", "money", True, "earning"),
               ResultColumn("罚", "money", True, "deduction"),
               ResultColumn("到手", "money", True, formula=lambda r: r("奖"))]
    lines = [{"工号": p, "奖": a, "罚": b, "到手": REFUSED if REFUSED in (a, b) else (a or 0) - (b or 0)}
             for p, a, b in amounts]
    return Result(sample.PAY, period, "x", "", columns, lines)


def test_a_deduction_that_grows_takes_away() -> None:
    now, then = small(("1", D(5), D(3))), small(("1", D(4), D(1)))
    (change,) = changes(now, then, now.columns[-1])
    assert [(i.heading, i.delta, i.deduction) for i in change.items] == [("奖", 1, False), ("罚", -2, True)]
    assert change.delta == -1


def test_what_was_refused_stays_refused() -> None:
    now, then = small(("1", REFUSED, D(3))), small(("1", D(4), D(1)))
    (change,) = changes(now, then, now.columns[-1])
    assert change.delta is REFUSED
    assert [(i.heading, i.delta) for i in change.items] == [("奖", REFUSED), ("罚", -2)]


def test_a_total_that_is_more_than_its_parts_says_the_rest() -> None:
    now, then = small(("1", D(5), D(0))), small(("1", D(4), D(0)))
    now.lines[0]["到手"] += D(7)
    (change,) = changes(now, then, now.columns[-1])
    assert [(i.heading, i.delta) for i in change.items] == [("奖", 1), (OTHERS, 7)]


def test_who_came_and_who_went() -> None:
    now, then = small(("2", D(5), D(0)), ("1", D(1), D(0))), small(("1", D(1), D(0)), ("0", D(4), D(1)))
    found = {c.person: c for c in changes(now, then, now.columns[-1])}
    assert list(found) == ["2", "1", "0"]
    assert (found["2"].then, found["2"].delta) == (None, 5)
    assert (found["0"].now, found["0"].delta) == (None, -3)
    assert not found["1"].items


def test_remarks_of_one_month_only() -> None:
    result = sample.payroll_result()
    assert result.previous is not None
    result.marks, result.previous.marks = [("002", "甲"), ("002", "乙")], [("002", "乙"), ("002", "丙")]
    total = layout.grand_total(result)
    assert total is not None
    change = next(c for c in changes(result, result.previous, total) if c.person == "002")
    assert (change.said_now, change.said_then) == (("甲",), ("丙",))


@pytest.mark.parametrize(("now", "then", "delta"), [
    (D(3), D(1), D(2)), (None, D(1), D(-1)), (D(3), None, D(3)), (None, None, 0), (REFUSED, D(1), REFUSED),
    (D(1), REFUSED, REFUSED),
])
def test_difference(now: Any, then: Any, delta: Any) -> None:
    assert difference(now, then) == delta


@pytest.mark.parametrize(("first", "second", "order"), [
    ([], ["a"], ["a"]), (["a", "c"], ["a", "b", "c"], ["a", "b", "c"]), (["a"], ["b", "a"], ["b", "a"]),
    (["a", "b"], ["b", "x", "y"], ["a", "b", "x", "y"]),
])
def test_headings_in_one_order(first: list[str], second: list[str], order: list[str]) -> None:
    assert merged(first, second) == order
