"""What single calls say: scores by weight, targets and pools that are given, and policies that lack a function."""

from __future__ import annotations

from typing import Any

import pytest

from tests.udfs.harness import call, column
from xl_kpi.functions import Refused
from xl_kpi.functions.sentinel import SENTINEL

Rows = list[list[Any]]


def params(policy: str, *rows: tuple[str, Any, Any]) -> Rows:
    return [["参数", "键", "值"], ["policy", None, policy], *map(list, rows)]


THREE = params("s000-i-mgmt-regime", ("rater.weight", "主管", 50), ("rater.weight", "同事", 30),
               ("rater.weight", "客户", 20))


def raters(scores: Rows, rows: Rows = THREE, policy: str = "s000-i-mgmt-regime") -> list[Any]:
    return column(call("RATER_SCORE", policy, scores, "2016-11", rows))


def test_scores_by_the_weights_of_the_raters() -> None:
    assert raters([[90, 80, 70], [100, 100, 100]]) == [83, 100]
    assert raters([[90, 80, 70], [None, None, None]]) == [83, ""], "a blank row is blank"


def test_a_rater_is_missing() -> None:
    """As the policy's reading says: refused, or the weight shared among the others."""
    assert raters([[90, None, 70], [90, 80, 70]]) == [SENTINEL, 83]
    with pytest.raises(Refused, match="「同事」是空的"):
        raters([[90, None, 70]])
    spread = [*THREE, ["reading.unrated", None, "spread"]]
    assert raters([[90, None, 70]], spread) == [pytest.approx((90 * 50 + 70 * 20) / 70)]


def test_a_rater_that_weighs_nothing_need_not_rate() -> None:
    rows = params("s000-i-mgmt-regime", ("rater.weight", "主管", 70), ("rater.weight", "同事", 30),
                  ("rater.weight", "客户", 0))
    assert raters([[90, 80, None]], rows) == [87]
    assert raters([[90, 80, 10]], rows) == [87]


@pytest.mark.parametrize(("scores", "rows", "says"), [
    ([[90, 80]], THREE, "「各评分人的得分」有 2 列，要 3 列：主管、同事、客户"),
    ([[90, 80, 101]], THREE, "「客户」填的是 101，应在 0 到 100 之间"),
    ([[90, 80, "好"]], THREE, "「客户」填的是「好」，不是数字"),
    ([[90, 80, 70]], params("s000-i-mgmt-regime"), "缺参数：评分人权重（主管、同事、客户）没有值"),
    ([[90, 80, 70]], params("s000-i-mgmt-regime", ("rater.weight", "主管", 0), ("rater.weight", "同事", 0),
                            ("rater.weight", "客户", 0)), "评分人权重"),
])
def test_scores_that_are_refused(scores: Rows, rows: Rows, says: str) -> None:
    with pytest.raises(Refused) as refused:
        raters(scores, rows)
    assert says in str(refused.value)


def test_raters_that_the_company_lists() -> None:
    """The columns are in the order of 参数; none listed is said."""
    policy = "s000-b-impl-rules"
    rows = params(policy, ("rater.weight", "组长", 60), ("rater.weight", "客户", 40))
    assert raters([[80, 90]], rows, policy) == [84]
    with pytest.raises(Refused, match="参数「评分人权重」一项也没有"):
        raters([[80, 90]], params(policy), policy)


def test_raters_in_columns_by_a_reading() -> None:
    """S002-F: by weight, or the leader's alone, whose own score may then be blank."""
    policy = "s002-f-aftersales-kpi"
    weighted = params(policy, ("rater.weight", "自评", 30), ("rater.weight", "领导", 70))
    assert raters([[5, 4]], weighted, policy) == [pytest.approx(4.3)]
    assert raters([[None, 4]], params(policy, ("reading.result", None, "leader")), policy) == [4]
    with pytest.raises(Refused):
        raters([[None, 4]], weighted, policy)


# S000-H: full points up to the target of the company, a step more costs points.
COST = params("s000-h-manager-result", ("cost.line", "目标", 10), ("cost.line", "每步", 1), ("cost.line", "上限", 30),
              ("cost.points", None, 2))


def test_another_target_is_tried() -> None:
    def points(actual: Any, target: Any) -> Any:
        return call("INDICATOR_SCORE", "s000-h-manager-result", "单位客服成本", actual, target, "2016-11", COST)

    assert points(12, ...) == [[6.0]]
    assert points(12, 11) == [[8.0]]
    assert column(points([12, 12, 12], [11, None, 10])) == [8, 6, 6], "a blank is the company's own"
    with pytest.raises(Refused, match="单位客服成本的线（目标）"):
        points(12, "高")
    assert call("INDICATOR_SCORE", "s000-h-manager-result", "单位客服成本", 12, 11, "2016-11", params(
        "s000-h-manager-result", *[tuple(row) for row in COST[3:]])) == [[8.0]], "needs none of the company's"


def test_a_pool_by_score() -> None:
    shares = column(call("POOL_SHARE", "s000-q-staff-appraisal", 1000, [60, 30, 10, None]))
    assert shares == [600, 300, 100, ""]
    assert sum(column(call("POOL_SHARE", "s000-q-staff-appraisal", 100, [1, 1, 1]))) == 100


def test_pay_by_grade_under_the_readings_that_score_and_base_are_enough_for() -> None:
    policy = "s004-3-litong"
    rows = [("grade.line", key, value) for key, value in (("d", 65), ("c", 75), ("b", 85))]
    rows += [("grade.coef", key, value) for key, value in (("b", 120), ("c", 100), ("d", 80))]
    lines = params(policy, *rows)
    assert column(call("SCORE_PAY", policy, [96, 85, 60], [900, 900, 900], "2016-11", lines)) == [1350, 1080, 450]
    forced = params(policy, *rows, ("reading.distribution", None, "forced"))
    with pytest.raises(Refused, match="用 KPI_CALC"):
        call("SCORE_PAY", policy, 96, 900, "2016-11", forced)


def test_ranks_of_an_award() -> None:
    assert column(call("AWARD_RANK", "s000-l-comprehensive", "个人奖励", [80, 90, 90, None, 70], "2016")) == [
        3, 1, 1, "", 4]
    assert column(call("AWARD_RANK", "s004-2-wangwang", "季度评优", [80, 90, 85], "2016Q4")) == [3, 1, 2]


@pytest.mark.parametrize(("name", "arguments"), [
    ("FLOAT_PAY", ("s000-q-staff-appraisal", 80)), ("GRADE", ("s000-r-hq-branch", 80)),
    ("AWARD_RANK", ("s000-k-weights-quarterly", "优秀", [80, 90])),
    ("RATER_SCORE", ("s000-m-reward-percentile", [[90]])),
    ("INDICATOR_SCORE", ("s000-n-plan-quarterly", "团队合作", 80)),
    ("POOL_SHARE", ("s001-b-110-points", 100, [80], [1]))])
def test_a_policy_without_it_says_so(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(Refused, match=f"》没有函数 {name}，有 "):
        call(name, *arguments)
