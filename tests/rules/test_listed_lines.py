"""档 over lines that the company lists itself: in the order of the lines, whatever the order in 参数."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.small import explained, lacks, results, small_policy, small_run
from xl_kpi.engine import ParameterLack

COLUMNS = {"得分": "score"}


def graded(lines: dict[str, Any], *scores: Any) -> Any:
    policy = small_policy({"等级": {"kind": "band", "lines": {"等级线": "得分"}}}, COLUMNS, {},
                          {"等级线": {"unit": "分", "listed": True}})
    people = {str(n): {"得分": score} for n, score in enumerate(scores, 1)}
    return small_run(policy, people, COLUMNS, [], {}, {"等级线": lines})


@pytest.mark.parametrize("order", [["良", "优", "合格"], ["优", "良", "合格"], ["合格", "良", "优"]])
def test_on_a_line_above_and_below(order: list[str]) -> None:
    lines = {"优": 90, "良": 75, "合格": 60}
    run = graded({name: lines[name] for name in order}, 90, "89.99", 75, "74.99", 60, "59.99")
    assert results(run, "等级") == ["优", "良", "良", "合格", "合格", "无"]
    assert "达不到 优" in explained(run, "等级", 1)


def test_without_lines_there_are_no_grades() -> None:
    run = graded({}, 90, 10)
    assert results(run, "等级") == [None, None]
    assert not any(isinstance(one, ParameterLack) for one in lacks(run, "等级"))


def test_a_line_that_is_not_filled_in_is_asked_for() -> None:
    run = graded({"优": None, "良": 75}, 80)
    assert results(run, "等级") == [None]
    assert [(one.name, one.key) for one in lacks(run, "等级") if isinstance(one, ParameterLack)] == [("等级线", "优")]
