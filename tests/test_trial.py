"""`xl-kpi try`: one person without a workbook gives what the workbook gives, and says what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cased import CASED, asked, parameter_rows, people_of, period_of, read_cases, rows_of, shown
from tests.command import run, run_json
from tests.share import some
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import load
from xl_kpi.target import target_of

LITONG = ("s004-3-litong", "入职日期=2015-01-01", "部门=客服部", "职务=职员", "总工资=10000", "连续缺勤天数=0",
          "grade.line.d=60", "grade.line.c=70", "grade.line.b=85", "各级绩效工资比例[b]=120",
          "各级绩效工资比例[c]=100", "各级绩效工资比例[d]=80", "--period", "2016-11")


def alone(policy: Policy, name: str, seen: set[str]) -> bool:
    """Whether a quantity comes from a person's own values alone."""
    if name in seen or name not in policy.quantities:
        return True
    seen.add(name)
    rule = policy.quantities[name]
    return rule.local and all(alone(policy, one, seen) for one in names_of(policy, name))


def names_of(policy: Policy, name: str) -> list[str]:
    from xl_kpi.engine import Run
    from xl_kpi.facts import Facts
    from xl_kpi.policy.settings import Settings

    found: list[str] = []
    for reading, values in (policy.readings or {"": None}).items() or []:
        for value in values.values if values else [""]:
            settings = Settings.stated(policy)
            if reading:
                settings.readings[reading] = value
            empty = Facts([""], [""], {}, {}, {}, {})
            found += [one for one, _ in Run(settings, empty).names_behind((name, ("month", 2016 * 12)))]
    return found


def given(policy: Policy, case: dict[str, Any], person: str) -> list[str]:
    """What a case says of one person, as it is typed."""
    said = [f"{name}{f'[{key}]' if key is not None else ''}={'' if value is None else value}"
            for name, key, value in parameter_rows(case, policy)[1:]]
    for table in policy.sheets.values():
        keys = [c.heading for c in table.columns if c.type in (
            "date", "month", "quarter", "half", "year", "period")][:1] if table.grain != "roster" else []
        for row in rows_of(case, table):
            if str(row.get("工号")) != person:
                continue
            when = "".join(str(row.get(key) or "") for key in keys)
            said += [f"{table.sheet}.{c.heading}{f'@{when[:7]}' if when else ''}={row[c.heading]}"
                     for c in table.columns if c.type not in ("id", "name") and c.heading not in keys
                     and row.get(c.heading) not in (None, "空")]
    return said


def same() -> list[tuple[str, dict[str, Any]]]:
    """The first cases that are computed, of each group of each policy."""
    found = {}
    for policy_id in set(CASED) & set(some()):
        for case in reversed(read_cases(policy_id)):
            if set(map(str, case.get("期望", {}).values())) - {"无"} and "人事变动" not in case:
                found[policy_id, case["组"]] = case
    return [(policy_id, case) for (policy_id, _), case in sorted(found.items())]


@pytest.mark.parametrize(("policy_id", "case"), same(), ids=lambda one: one if isinstance(one, str) else one["组"])
def test_one_person_alone_gets_what_the_workbook_gives(policy_id: str, case: dict[str, Any]) -> None:
    policy, person = load(policy_id), next(str(who) for who, line in case["期望"].items() if line != "无")
    if person not in people_of(case):
        pytest.skip("nobody of the base")
    wanted = next(line for who, line in case["期望"].items() if str(who) == person)
    output = target_of(policy, period_of(case), case.get("结果", "")).output
    of = {c.heading: c.quantity for c in output.columns}
    wanted = {heading: value for heading, value in wanted.items() if alone(policy, of.get(heading, ""), set())}
    code, found = run_json("try", policy_id, *given(policy, case, person), *asked(case))
    assert code == 0, found
    assert {heading: shown(found["outputs"].get(heading)) for heading in wanted} == wanted, found["problems"]


def test_the_money_and_how_it_came_about() -> None:
    code, out, _ = run("try", *LITONG, "考核得分=88")
    assert code == 0
    assert "绩效工资：3600.00" in out
    assert "（绩效工资定额）" in out
    assert "还缺" not in out


def test_as_json() -> None:
    code, found = run_json("try", *LITONG, "考核得分=88")
    assert code == 0
    assert list(found) == ["policy", "outputs", "missing", "problems"]
    assert (found["policy"], found["missing"], found["problems"]) == ("s004-3-litong", [], [])
    assert (found["outputs"]["等级"], found["outputs"]["绩效工资"]) == ("b", "3600.00")


@pytest.mark.parametrize(("more", "pay"), [
    (("考核得分=69.99",), "2400.00"), (("考核得分=70",), "3000.00"),                        # an input, at an edge
    (("考核得分=70", "基本工资占总工资=60"), "4000.00"), (("考核得分=70", "split.base=60%"), "4000.00"),   # a parameter
    (("等级=d",), "2400.00"), (("绩效得分=90",), "3600.00"),                                 # a quantity
])
def test_what_if(more: tuple[str, ...], pay: str) -> None:
    assert run_json("try", *LITONG, *more)[1]["outputs"]["绩效工资"] == pay


def test_a_reading() -> None:
    days = ("try", "s001-b-110-points", "工资=3000", "岗位=客服人员", "入职日期=2015-01-01", "--period", "2016-11",
            "事项=J3主动代班", "次数=3")
    assert run_json(*days)[1]["outputs"]["月度得分"] == "95.00"


def test_what_is_missing_is_said_as_it_is_given() -> None:
    code, found = run_json("try", "s004-3-litong", "总工资=10000", "考核得分=88", "--period", "2016-11")
    assert code == 0
    assert found["outputs"]["绩效定额"] == "3000.00"
    assert "绩效工资" not in found["outputs"]
    assert "入职日期" in found["missing"]
    more = [f"{name}=" + {"入职日期": "2015-01-01", "部门": "客服部", "职务": "职员"}.get(name, "0")
            for name in found["missing"]]
    assert run_json("try", "s004-3-litong", "总工资=10000", "考核得分=88", *more, "--period", "2016-11")[0] == 0


def test_a_given_quantity_is_not_explained_by_what_is_not_there() -> None:
    out = run("try", "bozhen-2016", "岗位=客服代表", "入职日期=2015-01-01", "转正日期=2015-03-01", "岗位工资=2500",
              "执行星级=3", "月度得分=85", "全勤=否", "--of", "工资表", "--period", "2016-11")[1]
    assert "绩效工资：1020.00" in out
    assert "全勤：否\n    给定的" in out
    assert "月度得分：85.00\n    给定的" in out


@pytest.mark.parametrize(("arguments", "code", "says"), [
    (("考核得份=88",), 2, "没有叫“考核得份”的输入、参数、读法或量，是不是“考核得分”"),
    (("考核得分",), 2, "要写成 名称=值"), (("考核得分[b]=3",), 2, "“考核得分”没有键，这里写了“b”"),
    (("考核得分=101",), 1, "101"), (("考核得分=八十八",), 1, "八十八"),
    (("grade.line.z=3",), 1, "没有键「z」"), (("考核得分@2016-13=3",), 2, "2016-13"),
    (("等级=f",), 1, "f"), (("考核得分=88", "考核得分=89"), 2, "“考核得分”给了两次"),
    (("--period", "2016"), 2, "没有 2016 的结果；有 工资表"), (("--of", "奖金"), 2, "奖金"),
])
def test_what_is_wrong(arguments: tuple[str, ...], code: int, says: str) -> None:
    got, out, err = run("try", "s004-3-litong", *arguments)
    assert (got, says in out + err) == (code, True), out + err
    assert "试算 试算" not in out


def test_nothing_at_all() -> None:
    code, found = run_json("try", "s004-3-litong", "--period", "2016-11")
    assert found["missing"]
    assert code == (0 if found["outputs"] else 1)


def test_a_value_of_a_sheet_of_several_grains_counts_in_the_period_of_its_column() -> None:
    """打字速度 stands in the rows of quarters: what is given without a period is of the quarter asked for."""
    arguments = ("岗位=客服代表", "入职日期=2015-01-01", "转正日期=2015-04-01", "月度考核_客服代表.得分=95",
                 "打字速度=75", "--of", "季度评星", "--period", "2016Q4")
    assert "技能成绩：75.00" in run("try", "bozhen-2016", *arguments)[1]
