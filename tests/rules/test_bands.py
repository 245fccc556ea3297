"""分档: no value in two bands or in none without a word, and cases by hand (bands.yaml)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.small import explained, lacks, results, small_policy, small_run
from xl_kpi.engine import InputLack, ParameterLack, RuleRefused
from xl_kpi.rules.base import PolicyError

COLUMNS = {"得分": "score"}
READINGS = {"空档": {"不算": "不核算的", "上调": "归上", "维持": "归下"}}
CASES = yaml.safe_load((Path(__file__).parent / "bands.yaml").read_text("utf-8"))["例"]


def banded(lines: dict[str, Any], scores: list[Any], readings: dict[str, str] | None = None, values: Any = None,
           parameters: Any = None, **fields: Any) -> Any:
    lines = {band: str(text) for band, text in lines.items()}
    used = READINGS if isinstance(fields.get("gap"), dict) else None
    policy = small_policy({"档": {"kind": "bands", "of": "得分", "lines": lines, "unit": "分", **fields}}, COLUMNS,
                          parameters=parameters, readings=used)
    people = {str(n): {"得分": score} for n, score in enumerate(scores, 1)}
    return small_run(policy, people, COLUMNS, readings=readings, values=values)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["名称"])
def test_case(case: dict[str, Any]) -> None:
    run = banded(case["线"], case["分"], case.get("读法"), **case.get("写法", {}))
    assert results(run, "档") == [None if one == "无" else one if isinstance(one, str) else Fraction(str(one))
                                 for one in case["得"]]


@given(st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=20),
       st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=5, unique=True))
def test_bands_that_meet_are_the_highest_line_reached(scores: list[Any], lines: list[Any]) -> None:
    lines = sorted(lines, reverse=True)
    bands = {f">= {lines[0]}": 1} | {f">= {low} and < {high}": n for n, (high, low) in enumerate(
        pairwise(lines), 2)} | {f"< {lines[-1]}": 0}
    expected = [next((n for n, line in enumerate(lines, 1) if score >= line), 0) for score in scores]
    assert results(banded(bands, [str(one) for one in scores]), "档") == expected


def test_what_is_refused_says_the_value_the_bands_and_the_reading() -> None:
    run = banded({">= 90": 3, "<= 89": 2}, [89.5], gap={"reading": "空档", "cases": {
        "不算": "refuse", "上调": "upper", "维持": "lower"}})
    [refused] = lacks(run, "档")
    assert isinstance(refused, RuleRefused)
    assert refused.text == "得分 89.50 不在任何一档里（≥90.00；≤89.00），没有写明怎么算"
    assert refused.do == "核对这个数；没有错的，由公司决定，在参数里选读法「空档」"
    assert refused.at == "得分"
    [refused] = lacks(banded({">= 80": 2, "<= 80": 1}, [80]), "档")
    assert isinstance(refused, RuleRefused)
    assert "得分 80.00 同时在几档里" in refused.text


def test_only_the_ends_that_decide_are_asked_for() -> None:
    lines = {">= 高": 3, "< 高 and >= 低": 2, "< 低": 1}
    parameters: dict[str, dict[str, Any]] = {"高": {}, "低": {}}
    assert results(banded(lines, [95], values={"高": 90}, parameters=parameters), "档") == [None]
    assert results(banded(lines, [95], values={"高": 90, "低": 60}, parameters=parameters), "档") == [3]
    found = lacks(banded(lines, [85, None], values={"高": 90}, parameters=parameters), "档")
    assert {type(one) for one in found} == {InputLack, ParameterLack}
    assert [one.name for one in found if isinstance(one, ParameterLack)] == ["低"]


def test_explained() -> None:
    run = banded({">= 线": 3, "< 线": "得分 / 2"}, [95, 60], values={"线": 90}, parameters={"线": {}})
    assert explained(run, "档", 0) == "得分 95.00，在“≥90.00”一档"
    assert explained(run, "档", 1) == "得分 60.00，在“＜90.00”一档：得分 60.00 ÷ 2"


@pytest.mark.parametrize(("lines", "fields", "said"), [
    ({"90": 1}, {}, "「90」读不懂"), ({"> 1 and > 2": 1}, {}, "一头大于、一头小于"),
    ({"> 1": 1, "<= 1": "'甲'"}, {}, "各档的结果应是同一类"), ({"> 1": 1}, {"gap": "下"}, "没有「下」这种办法"),
    ({"> 1": 1}, {"gap": {"reading": "空档"}}, "没有「不算」这种办法"),
    ({"> 1": 1}, {"gap": {"reading": "空档", "cases": {"甲": "lower"}}}, "读法 空档 没有 甲"),
    ({"> 1": 1}, {"gap": {"reading": "没有的"}}, "没有读法 没有的"),
])
def test_what_is_written_wrong(lines: dict[str, Any], fields: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        banded(lines, [1], **fields)
