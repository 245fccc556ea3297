"""A function gives the same answer as the main job for the same facts; it may refuse, never differ."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.departments import (
    HEADINGS,
    LEAD,
    LEAD_SCORES,
    LEAD_STARS,
    PERCENT_PARAMETERS,
    REP,
    REP_STARS,
    random_department,
    write_book,
)
from tests.udfs.harness import call, column
from xl_kpi.engine import Run
from xl_kpi.functions import Refused
from xl_kpi.functions.sentinel import SENTINEL
from xl_kpi.job import payroll, review
from xl_kpi.opened import Opened
from xl_kpi.period import Month, Quarter

LAW = settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate],      # shrinking takes minutes
               suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 10**6)


def cell(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal | Fraction) else value


def sheet(department: dict, name: str) -> list[list[Any]]:
    """A sheet of a department as a range with its headings."""
    headings = HEADINGS[name]
    return [list(headings), *([cell(row.get(heading)) for heading in headings] for row in department[name])]


def parameters(department: dict) -> list[list[Any]]:
    rows = sheet(department, "参数")
    name, value = HEADINGS["参数"].index("参数"), HEADINGS["参数"].index("值")
    for row in rows[1:]:
        if row[name] in PERCENT_PARAMETERS and row[value] is not None and row[value] <= 1:
            row[value] = f"{row[value]}%"               # what a percent cell says, in a way that a range keeps
    return rows


class Facts:
    """The quantities of a department in a period, as cells."""

    def __init__(self, opened: Opened, period: tuple[str, int]):
        self.run = Run(opened.parameters.settings, opened.tables.facts)
        self.period = period
        self.ids = opened.tables.facts.ids

    def of(self, name: str) -> list[Any]:
        period = self.run.period_for(name, self.period)
        if name in self.run.policy.quantities:
            self.run.compute([(name, period)])
        value = self.run.view(self.period).value(name)
        found = [cell(value.at(i)) for i in range(len(self.ids))]
        if value.type == "date":
            return [None if one is None else dt.date.fromordinal(int(one)) for one in found]
        return found

    def columns(self, people: list[int], *names: str) -> list[list[Any]]:
        return [[found[i] for i in people] for found in map(self.of, names)]


def both(name: str, columns: list[list[Any]], *rest: Any) -> list[Any]:
    """The answers for all rows in one call, which must be those of one call a row: None where a row is refused."""
    one_by_one: list[Any] = []
    for row in zip(*columns, strict=True):
        try:
            ((answer,),) = call(name, *row, *rest)
        except Refused:
            answer = SENTINEL
        one_by_one.append(answer)
    if len(columns[0]) > 1:
        assert column(call(name, *columns, *rest)) == one_by_one
    return [None if answer == SENTINEL else answer for answer in one_by_one]


def opened(department: dict, folder: Path) -> Opened:
    write_book(department, folder / "book.xlsx")
    return Opened.file(folder / "book.xlsx")


@LAW
@given(seed=seeds, month=st.sampled_from(["2016-11", "2016-12"]))
def test_pay(seed: int, month: str, tmp_path: Path) -> None:
    department = random_department(random.Random(seed))
    book = opened(department, tmp_path)
    result = payroll(book.parameters, book.tables, Month.parse(month))
    lines = {line["工号"]: line for line in result.lines}
    facts = Facts(book, ("month", Month.parse(month).index))
    people = [i for i, person in enumerate(facts.ids) if person in lines]
    params = parameters(department)

    def of(name: str) -> list[Any]:
        return facts.columns(people, name)[0]

    def expected(heading: str) -> list[Any]:
        return [cell(lines[facts.ids[i]].get(heading)) for i in people]

    role, status, score = of("岗位"), of("状态"), of("月度得分")
    star = [None if state == "试用" else one for state, one in zip(status, of("执行星级"), strict=True)]
    share = [None if whole else part for whole, part in zip(of("整月在册"), of("部分在册折算"), strict=True)]

    counts = facts.columns(people, "迟到次数", "早退次数", "病假次数", "事假次数", "调休次数", "旷工次数")
    assert both("FULL_ATTENDANCE", counts, month, params) == expected("全勤")
    assert both("STAR_PAY", [of("计薪星级"), role], month, params) == expected("星级工资")
    performance = both("PERFORMANCE_PAY", [star, score, role, status, share], month, params)
    assert performance == expected("绩效工资")

    extra = [sum((line.get(heading, Decimal(0)) or 0 for heading in
                  ("服务明星", "进步之星", "效能之星", "一次性奖励")), Decimal(0)) for line in lines.values()]
    other = [cell(Fraction(one) + Fraction(more)) for one, more in zip(extra, of("其他应发"), strict=True)]
    arguments = [of("岗位工资标准"), star, score, of("全勤"), role, status, other, share]
    pay = both("MONTHLY_PAY", arguments, month, params)
    for found, wanted, full, part in zip(pay, expected("应发合计"), of("全勤"), share, strict=True):
        assert found == wanted or (found is None and full and part == 1)
    for answer, amount in zip(both("EXPLAIN_PAY", arguments, month, params), pay, strict=True):
        assert (answer is None) == (amount is None)
        assert answer is None or f"{amount:.2f} 元" in answer


@LAW
@given(seed=seeds, quarter=st.sampled_from(["2016Q4", "2017Q1"]))
def test_review(seed: int, quarter: str, tmp_path: Path) -> None:
    department = random_department(random.Random(seed))
    book = opened(department, tmp_path)
    result = review(book.parameters, book.tables, Quarter.parse(quarter))
    lines = {line["工号"]: line for line in result.lines}
    index = Quarter.parse(quarter).index
    facts = Facts(book, ("quarter", index))
    params = parameters(department)
    reps = [i for i, person in enumerate(facts.ids) if person in lines and lines[person]["岗位"] == REP]
    leads = [i for i, person in enumerate(facts.ids) if person in lines and lines[person]["岗位"] == LEAD]

    months = [Facts(book, ("month", index * 3 - 3 + k)) for k in range(3)]
    if reps:
        scores = [[month.of("本月得分")[i] for month in months] for i in reps]
        assert [row[0] for row in call("QUARTER_SCORE", scores)] == facts.columns(reps, "季度综合分值")[0]
        what = facts.columns(reps, "季度综合分值", "出勤达标", "打字速度")
        assert both("STAR_LEVEL", what, ..., quarter, params) == facts.columns(reps, "按线星级")[0]
        columns = [[facts.ids[i] for i in reps], *what, *facts.columns(reps, "入职日期")]
        table = [["工号", "综合分值", "出勤达标", "技能成绩", "入职日期"], *map(list, zip(*columns, strict=True))]
        stars = column(call("STAR_REVIEW", table, facts.of("季度首日在册代表人数")[0], quarter, params))
        assert stars == [lines[facts.ids[i]]["评定星级"] for i in reps]
    if leads:
        basis = facts.columns(leads, "组内平均分")[0]
        nothing = [None] * len(leads)
        levels = both("STAR_LEVEL", [basis, nothing, nothing, [LEAD] * len(leads)], quarter, params)
        assert levels == [lines[facts.ids[i]]["评定星级"] for i in leads]


@LAW
@given(seed=seeds, month=st.sampled_from(["2016-11", "2016-12"]))
def test_star_in_force(seed: int, month: str, tmp_path: Path) -> None:
    department = random_department(random.Random(seed))
    book = opened(department, tmp_path)
    lines = {line["工号"]: line for line in payroll(book.parameters, book.tables, Month.parse(month)).lines}
    role = Facts(book, ("month", Month.parse(month).index))
    posts = dict(zip(role.ids, role.of("岗位"), strict=True))
    ranges = {name: sheet(department, name) for name in ("花名册", "奖惩台账", "考勤", LEAD_SCORES, "人事变动")}
    params = parameters(department)
    for post, form in ((REP, REP_STARS), (LEAD, LEAD_STARS)):
        people = [person for person in lines if posts[person] == post]
        if not people:
            continue
        arguments = (month, ranges["花名册"], sheet(department, form), ranges["奖惩台账"], ranges["考勤"],
                     ranges[LEAD_SCORES], ranges["人事变动"], params)
        found = [call("STAR_IN_FORCE", person, *arguments)[0][0] for person in people]
        stars = [cell(lines[person].get("执行星级")) for person in people]
        assert found == ["" if star is None else star for star in stars], "of 试用 blank"
        if len(people) > 1:
            assert column(call("STAR_IN_FORCE", people, *arguments)) == found
            assert column(call("STAR_IN_FORCE", people, [month] * len(people), *arguments[1:])) == found


def test_person_not_paid_is_refused(tmp_path: Path) -> None:
    department = random_department(random.Random(3))
    arguments = [sheet(department, name) for name in ("花名册", REP_STARS, "奖惩台账", "考勤")]
    with pytest.raises(Refused, match="花名册的区域里没有工号 nobody"):
        call("STAR_IN_FORCE", "nobody", "2016-11", *arguments)
