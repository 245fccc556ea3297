"""按权重分摊: the laws of sharing a pool, and cases by hand (share.yaml)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import BROKEN, explained, lacks, results, small_policy, small_run
from xl_kpi.engine import InputLack, ParameterLack, RuleRefused

COLUMNS = {"权重": "score", "参加": "score", "组": ["甲", "乙"]}
CASES = yaml.safe_load((Path(__file__).parent / "share.yaml").read_text("utf-8"))["例"]


def shared(people: dict[str, dict[str, Any]], total: str, **fields: Any) -> Any:
    policy = small_policy(
        {"份额": {"kind": "share", "weight": "权重", "where": "参加 > 0", "unit": "元", **{"pool": "总额"} | fields}},
        COLUMNS, parameters={"总额": {"unit": "元"}})
    people = {number: {"参加": 1, "组": "甲", **one} for number, one in people.items()}
    return small_run(policy, people, COLUMNS, values={"总额": total})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["名称"])
def test_case(case: dict[str, Any]) -> None:
    people = {str(number): {"权重": one} if not isinstance(one, dict) else one for number, one in case["人"].items()}
    run = shared(people, str(case["总额"]), **case.get("写法", {}))
    found = results(run, "份额")
    if "拒绝" in case:
        assert case["拒绝"] in {one.text for one in lacks(run, "份额") if isinstance(one, RuleRefused)}
        return
    assert found == [Fraction(str(one)) for one in case["得"]]


WEIGHTS = st.lists(st.decimals(0, 1000, places=4), min_size=1, max_size=30)
POOLS = st.decimals(-10_000_000, 10_000_000, places=2)


@given(WEIGHTS, POOLS, st.sampled_from(["largest", "heaviest"]))
def test_the_parts_are_the_pool_to_the_fen(weights: list[Any], pool: Any, rest: str) -> None:
    run = shared({f"{n:03}": {"权重": one} for n, one in enumerate(weights)}, str(pool), rest=rest)
    found = results(run, "份额")
    if sum(weights) == 0 and pool != 0:
        assert found == [None] * len(weights)
        return
    assert sum(found) == Fraction(pool)
    for part, weight in zip(found, weights, strict=True):
        exact = Fraction(pool) * Fraction(weight) / Fraction(sum(weights)) if pool else Fraction(0)
        assert abs(part - exact) < (Fraction(1, 100) if rest == "largest" else Fraction(len(weights), 100))
        assert (part * 100).denominator == 1


@given(WEIGHTS, POOLS, st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(weights: list[Any], pool: Any, chance: Any) -> None:
    people = [(f"{n:03}", {"权重": one}) for n, one in enumerate(weights)]
    before = dict(zip(dict(people), results(shared(dict(people), str(pool)), "份额"), strict=True))
    chance.shuffle(people)
    assert dict(zip(dict(people), results(shared(dict(people), str(pool)), "份额"), strict=True)) == before


@given(WEIGHTS, st.decimals(0, 100_000, places=2))
def test_a_larger_weight_never_gets_less(weights: list[Any], pool: Any) -> None:
    found = results(shared({f"{n:03}": {"权重": one} for n, one in enumerate(weights)}, str(pool)), "份额")
    if sum(weights):
        pairs = sorted(zip(weights, found, strict=True))
        assert all(a[1] <= b[1] for a, b in pairwise(pairs) if a[0] < b[0])


def test_what_is_missing_is_asked_for_and_stops_the_whole_pool() -> None:
    run = shared({"1": {"权重": None}, "2": {"权重": 2}, "3": {"权重": BROKEN, "参加": 0}}, "100")
    assert results(run, "份额") == [None, None, 0]
    assert [one for one in lacks(run, "份额") if isinstance(one, InputLack)] == [InputLack("权重", (), 0)]
    policy_lack = lacks(small_run(run.policy, {"1": {"权重": 1, "参加": 1, "组": "甲"}}, COLUMNS), "份额")
    assert [one.name for one in policy_lack if isinstance(one, ParameterLack)] == ["总额"]


def test_explained() -> None:
    run = shared({"1": {"权重": 1.5}, "2": {"权重": 3}, "3": {"权重": 1, "参加": 0}}, "100")
    assert explained(run, "份额", 0) == ("总额 100.00 × 权重 1.50 ÷ 2 人的权重合计 4.5"
                                        "（各人舍去后，余下的按舍去部分由大到小各加一个最小单位）")
    assert explained(run, "份额", 2) == "不参加分配"
