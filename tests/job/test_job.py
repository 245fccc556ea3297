"""What a column cannot hold is never written as something else."""

from __future__ import annotations

import numpy as np
import pytest

from xl_kpi.job.lines import unfit
from xl_kpi.money import Exact
from xl_kpi.rules.values import BLANK, OK, Value


@pytest.mark.parametrize(("num", "den", "kind", "expected"), [
    (100, 1, "money", False),           # 100 元
    (1, 3, "money", True),              # a third of 1 元 is no whole number of fen
    (10**17, 1, "money", True),         # more fen than 64 bits hold
    (3, 1, "int", False),
    (3, 2, "int", True),                # half a star
    (1, 3, "score", False),             # rounded when it is shown
])
def test_what_fits_a_column(num: int, den: int, kind: str, expected: bool) -> None:
    value = Value("number", Exact(np.array([num], object if num > 2**62 else np.int64), den))
    assert unfit(value, kind, 1).tolist() == [expected]


def test_what_does_not_apply_need_not_fit() -> None:
    states = np.array([BLANK, OK], np.uint8)
    assert unfit(Value("number", Exact(np.array([1, 1]), 3), states), "money", 2).tolist() == [False, True]
