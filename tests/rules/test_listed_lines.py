"""档 over lines that the company lists: whatever their order, and none at all."""

from __future__ import annotations

from tests.rules.small import lacks, results, small_policy, small_run
from xl_kpi.engine import RuleRefused

LINES = {"等级线": {"listed": True}}
RULE = {"它": {"kind": "band", "lines": {"等级线": "得分"}, "below": "差"}}


def run_of(lines: dict[str, str]) -> object:
    policy = small_policy(RULE, {"得分": "score"}, parameters=LINES)
    people = {str(n): {"得分": x} for n, x in enumerate([95, 90, 80, 10], 1)}
    return small_run(policy, people, {"得分": "score"}, values={"等级线": lines})


def test_they_may_stand_in_any_order() -> None:
    for lines in ({"优": "90", "良": "75"}, {"良": "75", "优": "90"}):
        assert results(run_of(lines), "它") == ["优", "优", "良", "差"]          # type: ignore[arg-type]


def test_who_needs_a_grade_is_told_that_none_is_listed() -> None:
    run = run_of({})
    assert results(run, "它") == [None] * 4                                     # type: ignore[arg-type]
    found = lacks(run, "它")                                                    # type: ignore[arg-type]
    assert {one.text for one in found if isinstance(one, RuleRefused)} == {"参数「等级线」一行也没有列"}
