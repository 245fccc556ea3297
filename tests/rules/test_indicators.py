"""Indicators: each way of scoring by cases (indicators.yaml), what they are made into, and what is written wrong."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import lacks, results, small_policy, small_run
from xl_kpi.engine import RuleRefused
from xl_kpi.rules.base import PolicyError

CASES = yaml.safe_load((Path(__file__).parent / "indicators.yaml").read_text("utf-8"))
ROWS = {"类别": ["投诉", "表扬"]}
READINGS = {"来源": {"量": "按实际", "评": "由评价者打分"}}
PARTS = {"上级为准": {"args": ["自", "上"], "clause": "一", "expr": "上 if 上 >= 自 or 上 < 自 else 上"}}


def scored(indicator: dict[str, Any], people: list[dict[str, Any]], records: Any = (), readings: Any = None) -> Any:
    """A run over people whose cells are those of the roster, where the columns of the indicator are put."""
    raters = indicator.get("raters")
    parameters = {"满分": {"stated": "20", "source": "制度"}, "评分人权重": {
        "unit": "%", "keys": ["自评", "上级"], "stated": {"自评": "30", "上级": "70"}, "source": "制度"}}
    wanted = {"title": "指标", "clause": "一", "full": "满分", **indicator}
    used = {name: one for name, one in parameters.items() if name in str(wanted)}
    policy = small_policy(
        {}, {}, ROWS, used, READINGS if "来源" in str(wanted) else {}, indicators={"指标": wanted},
        parts=PARTS if raters and raters.get("together") else {})
    columns = {c.name: c.choices or c.type for c in policy.tables["roster"].columns if c.type not in ("id", "name")}
    rows = [{"工号": str(who), "类别": kind} for who, kind in records]
    return small_run(policy, {str(n): one for n, one in enumerate(people, 1)}, columns, rows, ROWS, readings=readings)


@pytest.mark.parametrize("case", CASES["例"], ids=lambda case: case["名称"])
def test_case(case: dict[str, Any]) -> None:
    run = scored(case["指标"], case["人"], case.get("记录", ()), case.get("读法"))
    assert results(run, "指标") == [None if one == "无" else Fraction(str(one)) for one in case["得"]]


@given(st.decimals(0, 200, places=2), st.sampled_from(["floor", "ceil", "exact"]))
def test_steps_stay_between_nothing_and_the_full_points(actual: Any, part: str) -> None:
    target = {"at": "30", "step": "1", "up": "2", "down": "-3", "part": part}
    found = results(scored({"table": "roster", "measure": {"heading": "实际", "type": "number"}, "target": target},
                           [{"指标_量": str(actual)}]), "指标")[0]
    assert 0 <= found <= 20
    if actual >= 30:
        assert found == 20
    elif part == "exact":
        assert found == max(20 - 3 * (30 - Fraction(actual)), 0)


def test_what_is_refused_points_at_the_column() -> None:
    run = scored({"table": "roster", "measure": {"heading": "实际", "type": "percent"},
                  "lines": {"> 90": "满分", "< 90": "0"}}, [{"指标_量": 90}])
    [refused] = lacks(run, "指标")
    assert isinstance(refused, RuleRefused)
    assert refused.at == "指标_量"
    assert "实际 90% 不在任何一档里" in refused.text


def test_points_above_the_full_points_are_refused_in_the_sheet() -> None:
    policy = scored({"table": "roster", "measure": {"heading": "得分", "type": "score"}}, [{}]).policy
    [check] = policy.tables["roster"].checks
    assert (check.text, check.columns) == ("超过满分", ["指标_量"])


@pytest.mark.parametrize(("indicator", "said"), [
    ({}, "量什么只写一种"), ({"of": "1", "levels": {"好": "1"}, "table": "roster"}, "量什么只写一种"),
    ({"of": "1", "lines": {"> 1": "1"}, "target": {"at": "1"}}, "得分的算法只写一种"),
    ({"table": "roster", "ratio": [{"heading": "甲", "type": "count"}], "lines": {"> 1": "1"}}, "ratio 要正好两列"),
    ({"levels": {"好": "1"}}, "有列的指标要写 table"),
    ({"levels": {"好": "1"}, "lines": {"> 1": "1"}}, "得分的算法只写一种"),
    ({"times": {"table": "记录", "points": "1"}, "lines": {"> 1": "1"}}, "得分的算法只写一种"),
    ({"table": "没有", "measure": {"heading": "甲", "type": "score"}}, "没有表 没有"),
    ({"table": "roster", "ratio": [{"heading": "甲", "type": "count"}, {"heading": "乙", "type": "count"}]},
     "ratio 要写 lines、target 或 share"),
    ({"of": "1", "raters": {"names": ["自评"], "table": "roster", "weights": "评分人权重"}}, "by 要写读法"),
    ({"raters": {"names": ["自评"], "table": "roster"}}, "要么写 weights，要么写 together"),
])
def test_what_is_written_wrong(indicator: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        scored(indicator, [{}])


def test_a_name_that_is_taken() -> None:
    with pytest.raises(PolicyError, match="指标 已经是量的名称"):
        small_policy({"指标": {"expr": "1"}}, indicators={"指标": {
            "title": "指标", "clause": "一", "full": "1", "of": "1"}})
