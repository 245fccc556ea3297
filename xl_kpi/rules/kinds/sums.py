"""Exact sums within groups, which several kinds need."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.values import Value


def summed(data: Exact, groups: np.ndarray, hit: np.ndarray, size: int, rows: int) -> Exact:
    """The exact sums of ``data`` within ``groups`` (0..size-1), over the elements ``hit``."""
    if not isinstance(data, Exact):     # everything is refused: there is no number
        return Exact(np.zeros(size, np.int64))
    den: Any = data.den
    if not isinstance(den, int):        # bring fractions with different denominators to one
        common = math.lcm(*(int(d) for d in np.unique(den[hit]))) if hit.any() else 1
        data = data.times(Exact(np.full(rows, common, object), 1))
        num = data.num // data.den
        den = common
    else:
        num = data.num if isinstance(data.num, np.ndarray) else np.full(rows, data.num)
    bound = data.bound * max(int(hit.sum()), 1)
    kind: Any = np.int64 if num.dtype != object and bound < 2**62 else object
    total = np.zeros(size, kind)
    np.add.at(total, groups[hit], num[hit].astype(kind))
    return Exact(total, den)


def numerators(of: Value, index: np.ndarray) -> tuple[np.ndarray, int]:
    """The values of some elements as numerators over one denominator."""
    data = of.take(index).data
    if not isinstance(data, Exact):     # everything is refused: there is no number
        return np.zeros(len(index), np.int64), 1
    num = data.num if isinstance(data.num, np.ndarray) else np.full(len(index), data.num)
    if isinstance(data.den, int):
        return num, data.den
    den = math.lcm(*(int(d) for d in np.unique(data.den))) if len(index) else 1
    return num.astype(object) * (den // data.den.astype(object)), den
