"""多人评分: the laws of weights and raters, and cases by hand (rated.yaml)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import BROKEN, explained, lacks, results, small_policy, small_run
from xl_kpi.engine import ParameterLack, RowLack, RuleRefused
from xl_kpi.rules.base import PolicyError

RATERS, ITEMS = ["自评", "上级", "同事"], ["甲", "乙"]
ROWS: dict[str, Any] = {"评分人": RATERS, "指标": ITEMS, "评分": "score"}
COLUMNS = {"自评分": "score"}
WEIGHTS = {"评分人权重": {"自评": 30, "上级": 50, "同事": 20}, "指标权重": {"甲": 60, "乙": 40}}
CASES = yaml.safe_load((Path(__file__).parent / "rated.yaml").read_text("utf-8"))["例"]


def rated(records: list[list[Any]], values: Any = None, rows: Any = None, parameters: Any = None,
          **fields: Any) -> Any:
    rows = rows or ROWS
    parameters = parameters or {"评分人权重": {"unit": "%", "keys": RATERS}, "指标权重": {"unit": "%", "keys": ITEMS}}
    used = {level["weights"] for level in fields.get("by", []) if "weights" in level}
    score = {"kind": "rated", "table": "记录", "of": "评分", "unit": "分", **fields}
    policy = small_policy({"得分": score}, COLUMNS, rows,
                          {name: one for name, one in parameters.items() if name in used})
    found = [{"工号": str(who), "评分人": rater, "指标": item, "评分": points} for who, rater, item, points in records]
    given_values = {name: one for name, one in {**WEIGHTS, **(values or {})}.items() if name in used}
    return small_run(policy, {"1": {"自评分": 90}, "2": {"自评分": 60}}, COLUMNS, found, rows, given_values)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["名称"])
def test_case(case: dict[str, Any]) -> None:
    run = rated(case["记录"], case.get("参数"), **case.get("写法", {}))
    found = results(run, "得分")[0]
    if "拒绝" in case:
        assert found is None
        refused = [one for one in lacks(run, "得分") if isinstance(one, RuleRefused)]
        assert case["拒绝"] in [one.text for one in refused if one.person == 0]
        return
    assert found == (None if case["得"] == "无" else Fraction(str(case["得"])))


@given(st.lists(st.tuples(st.sampled_from(RATERS), st.sampled_from(ITEMS), st.decimals(0, 100, places=2)), max_size=12),
       st.randoms(use_true_random=False), st.sampled_from(["refuse", "omit"]))
def test_against_plain_python_whatever_the_order_of_rows(marks: list[Any], chance: Any, few: str) -> None:
    marks = [(1, rater, item, str(points)) for rater, item, points in marks]
    chance.shuffle(marks)
    by = [{"column": "评分人", "weights": "评分人权重"}, {"column": "指标", "weights": "指标权重"}]
    scores: dict[str, Fraction] = {}
    for rater in RATERS:
        cells = {item: [Fraction(p) for _, r, i, p in marks if (r, i) == (rater, item)] for item in ITEMS}
        there = {item: sum(cell) / len(cell) for item, cell in cells.items() if cell}
        if len(there) == len(ITEMS) or (few == "omit" and there):
            weight = sum(WEIGHTS["指标权重"][item] for item in there)
            scores[rater] = sum(WEIGHTS["指标权重"][item] * one for item, one in there.items()) / Fraction(weight)
    weight = sum(WEIGHTS["评分人权重"][rater] for rater in scores)
    expected = None
    if len(scores) == len(RATERS) or (few == "omit" and scores):
        expected = sum(WEIGHTS["评分人权重"][rater] * one for rater, one in scores.items()) / Fraction(weight)
    assert results(rated(marks, by=by, few=few), "得分")[0] == expected


@given(st.lists(st.integers(1, 100), min_size=2, max_size=2), st.decimals(0, 100, places=2))
def test_raters_of_one_mind_agree_whatever_the_weights(weights: list[int], points: Any) -> None:
    by = [{"column": "指标", "weights": "指标权重"}]
    run = rated([[1, "上级", item, str(points)] for item in ITEMS],
                {"指标权重": dict(zip(ITEMS, weights, strict=True))}, by=by, whole="weights")
    assert results(run, "得分")[0] == Fraction(points)


def test_what_is_missing_is_asked_for() -> None:
    by = [{"column": "指标", "weights": "指标权重"}]
    run = rated([[1, "上级", "甲", 90], [1, "上级", "乙", BROKEN]], by=by)
    assert RowLack("记录", "评分", 1) in lacks(run, "得分")
    run = rated([[1, "上级", "甲", 90], [1, "上级", "乙", 90]], {"指标权重": {"甲": 50, "乙": None}}, by=by)
    assert [(one.name, one.key) for one in lacks(run, "得分") if isinstance(one, ParameterLack)] == [("指标权重", "乙")]


def test_keys_that_the_company_lists() -> None:
    """权重 of one's own card: whatever items stand in 参数 have to be rated."""
    rows = {"评分人": RATERS, "指标": "text", "评分": "score"}
    parameters = {"指标权重": {"unit": "%", "listed": True}}
    by = [{"column": "指标", "weights": "指标权重"}]
    marks = [[1, "上级", "转化率", 90], [1, "上级", "响应", 80], [1, "上级", "别的", 0]]
    run = rated(marks, {"指标权重": {"转化率": 70, "响应": 30}}, rows, parameters, by=by)
    assert results(run, "得分")[0] == 87
    run = rated(marks, {"指标权重": {"转化率": 70, "响应": 20, "质检": 10}}, rows, parameters, by=by)
    assert "质检 0 份" in next(one.text for one in lacks(run, "得分") if isinstance(one, RuleRefused))
    run = rated(marks, {"指标权重": {}}, rows, parameters, by=by)
    assert results(run, "得分")[0] is None
    assert "「指标权重」一项也没有" in {one.text for one in lacks(run, "得分") if isinstance(one, RuleRefused)}


def test_who_weighs_nothing_need_not_rate() -> None:
    by = [{"column": "评分人", "weights": "评分人权重", "given": {"自评": "自评分"}}]
    rows = [[1, "同事", "甲", 70]]
    run = rated(rows, {"评分人权重": {"自评": 60, "上级": 0, "同事": 40}}, by=by)
    assert results(run, "得分")[0] == 82
    assert {one.person for one in lacks(run, "得分")} == {1}, "the other has no row at all"
    run = rated(rows, {"评分人权重": {"自评": 60, "上级": 1, "同事": 39}}, by=by)
    assert "上级 0 份" in next(one.text for one in lacks(run, "得分") if isinstance(one, RuleRefused))
    run = rated([], {"评分人权重": {"自评": 0, "上级": 0, "同事": 0}}, by=by)
    assert results(run, "得分")[0] is None, "nobody counts"


def test_of_whom_no_row_is_wanted_there_is_no_score_without_any() -> None:
    by = [{"column": "评分人", "weights": "评分人权重", "given": {"自评": "自评分"}}]
    run = rated([[1, "上级", "甲", 80], [1, "同事", "甲", 70]], by=by, least="0")
    assert results(run, "得分") == [27 + 40 + 14, None]
    assert not any(isinstance(one, RuleRefused) and "评分不够" in one.text for one in lacks(run, "得分"))


def test_explained() -> None:
    by = [{"column": "评分人", "weights": "评分人权重", "given": {"自评": "自评分"}}]
    run = rated([[1, "上级", "甲", 80], [1, "同事", "甲", 70], [1, "同事", "甲", 71]], by=by)
    assert explained(run, "得分", 0) == "自评 90 × 30% ＋ 上级 80 × 50% ＋ 同事 70.5（2 份） × 20%"
    run = rated([[1, "同事", "甲", 70], [1, "同事", "甲", 71]], where="评分人 == '同事'")
    assert explained(run, "得分", 0) == "记录 2 份的平均"


@pytest.mark.parametrize(("by", "said"), [
    ([{"column": "没有"}], "没有 不是 记录 里选项或文字的列"),
    ([{"column": "指标", "weights": "评分人权重"}], "没有「自评」这个选项"),
    ([{"column": "指标", "weights": "没有"}], "没有参数 没有"),
    ([{"column": "指标", "weights": "指标权重", "given": {"丙": "自评分"}}], "指标权重 没有键 丙"),
    ([{"column": "指标", "weights": "指标权重", "how": "sum"}], "按权重合成，不写 how"),
    ([{"column": "指标", "given": {"甲": "自评分"}}], "写了 given 或 weight 的一层要写 weights"),
])
def test_what_is_written_wrong(by: list[Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        rated([], by=by)
