"""What a call gives, row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.values import OK, Value


@dataclass
class Answers:
    """``values`` over rows (None: blank), which of them are ``refused``, and why: asked for only when it is told.
    ``single``: no argument was a column."""

    values: list[Any]
    refused: list[bool]
    reason: Callable[[int], str]
    single: bool


def as_cells(value: Value, size: int) -> list[Any]:
    """The elements of a Value as Excel takes them: the double nearest to a number, whole numbers, TRUE / FALSE, text;
    None where there is none."""
    if isinstance(value.data, Exact):
        found = _numbers(value.data, size)
    elif value.type == "bool":
        found = value.array(size).astype(bool).tolist()
    else:
        labels = value.choices or ("",)
        found = [labels[code] for code in value.array(size).tolist()]
    if value.state is None:
        return found
    return [one if good else None for one, good in zip(found, (value.states(size) == OK).tolist(), strict=True)]


def as_cell(value: Value) -> Any:
    """The same for a Value of one row."""
    data = value.data
    if isinstance(data, Exact) and isinstance(data.num, int) and isinstance(data.den, int) and value.state is None:
        whole, rest = divmod(data.num, data.den)
        return float(data.num / data.den) if rest else float(whole)
    return as_cells(value, 1)[0]


def _numbers(data: Exact, size: int) -> list[float]:
    num, den = data.num, data.den
    if isinstance(num, np.ndarray) and num.dtype == np.int64 and data.bound < 2**53 and data.den_bound < 2**53:
        return (num / den).tolist()
    return [float(Fraction(data.at(i))) for i in range(size)]
