"""Each key of a parameter: sums and conditions over keys that the policy fixes and over those that the company
lists."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import explained, lacks, results, small_policy, small_run
from xl_kpi.engine import ParameterLack
from xl_kpi.rules.base import PolicyError

COLUMNS = {"得分": "score"}


def each(expr: str, weights: dict[str, Any], listed: bool, **more: Any) -> Any:
    parameter = {"unit": "%", "listed": True} if listed else {"unit": "%", "keys": list(weights)}
    policy = small_policy({"量": {"expr": expr, "unit": "分"}}, COLUMNS, parameters={"权重": parameter})
    return small_run(policy, {"1": {"得分": 80}, "2": {"得分": 50}}, COLUMNS, values={"权重": weights}, **more)


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize(("expr", "expected"), [
    ("sum(得分 * 权重[项] / 100 for 项 in 权重)", [80, 50]),
    ("max(权重[项] for 项 in 权重) + 得分", [140, 110]),
    ("min(权重[项] for 项 in 权重)", [10, 10]),
    ("1 if all(权重[项] <= 得分 for 项 in 权重) else 0", [1, 0]),
    ("1 if any(权重[项] > 得分 for 项 in 权重) else 0", [0, 1]),
    ("sum(权重[项] if 项 == '甲' else 0 for 项 in 权重)", [60, 60]),
])
def test_over_the_keys(expr: str, expected: list[int], listed: bool) -> None:
    assert results(each(expr, {"甲": 60, "乙": 30, "丙": 10}, listed), "量") == expected


@given(st.dictionaries(st.sampled_from("甲乙丙丁戊己"), st.decimals(0, 100, places=2), min_size=1))
def test_listed_and_fixed_keys_mean_the_same(weights: dict[str, Any]) -> None:
    values = {key: str(one) for key, one in weights.items()}
    expr = "sum(得分 * 权重[项] for 项 in 权重) / 100"
    expected = [Fraction(80) * sum(map(Fraction, weights.values())) / 100,
                Fraction(50) * sum(map(Fraction, weights.values())) / 100]
    assert results(each(expr, values, True), "量") == results(each(expr, values, False), "量") == expected


def test_without_keys_and_with_a_blank_one() -> None:
    expr = "sum(得分 * 权重[项] / 100 for 项 in 权重)"
    run = each(expr, {}, True)
    assert results(run, "量") == [None, None]
    assert [one.key for one in lacks(run, "量") if isinstance(one, ParameterLack)] == [None]
    run = each(expr, {"甲": 60, "乙": None}, True)
    assert results(run, "量") == [None, None]
    assert [one.key for one in lacks(run, "量") if isinstance(one, ParameterLack)] == ["乙"]


def test_explained_and_written_out() -> None:
    expr = "sum(得分 * 权重[项] / 100 for 项 in 权重)"
    for listed in (False, True):
        assert explained(each(expr, {"甲": 60, "乙": 40}, listed), "量", 0) == (
            "得分 80.00 × 权重（甲） 60% ＋ 得分 80.00 × 权重（乙） 40%")
    node = each("sum(得分 for 项 in 权重)", {"甲": 60, "乙": 40}, False).policy.quantities["量"].expression
    assert node is not None
    assert node.formula(lambda _: "B2") == "B2+B2"


@pytest.mark.parametrize(("expr", "said"), [
    ("sum(得分 for 项 in 没有)", "没有 不是有键的参数"), ("sum(得分 for 得分 in 权重)", "得分 已经是别的名称"),
    ("sum(得分 for 项 in 权重 if 项 == '甲')", "每一项的写法"), ("sum(得分)", "sum 的写法是"),
    ("round(得分 for 项 in 权重)", "每一项的写法"), ("sum(项 for 项 in 权重)", "每一项应是数|应是数"),
])
def test_what_is_written_wrong(expr: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        each(expr, {"甲": 60}, True)
