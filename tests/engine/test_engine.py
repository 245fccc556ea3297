"""How people are divided into blocks for evaluating changes nothing that anybody sees."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.made_up import made_up, spoil
from tests.test_refused_everywhere import every_job
from xl_kpi.engine import run
from xl_kpi.policy.load import ids, load
from xl_kpi.results import Result


def said(policy_id: str, seed: int, people: int, share: float) -> list[Any]:
    """Everything that the jobs of a made-up workbook give."""
    rng = random.Random(seed)
    book = made_up(load(policy_id), rng, people)
    spoil(book, rng, share)
    return [(one.lines, one.totals, one.marks, one.steps, one.problems) if isinstance(one, Result) else one.problems
            for one in every_job(load(policy_id), book)]


@pytest.mark.parametrize("policy_id", ids())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(seed=85625, share=0)           # a score that is whole, among such that are not
@given(seed=st.integers(0, 2**32), share=st.sampled_from([0, 0.05, 0.3]))
def test_blocks_are_nobody_s_business(
        policy_id: str, seed: int, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = said(policy_id, seed, 7, share)
    with monkeypatch.context() as patched:
        patched.setattr(run, "BLOCK", 3)
        assert repr(said(policy_id, seed, 7, share)) == repr(whole)
