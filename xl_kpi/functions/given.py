"""What a Python program calls a function with, as the rows of cells that Excel would hand over.

A value, a list, a tuple, rows of them, an array, a series or a frame; None, NaN, NaT and NA are blank.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from xl_kpi.functions import DECLARED, Refused

CELLS = frozenset((type(None), bool, int, float, str, dt.date, dt.datetime, Decimal))


def cells_given(name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a call as rows of cells (None: left out); ``args`` itself where they are that already.

    Raises Refused for what is no cell, TypeError for too many arguments.
    """
    shapes = list(DECLARED[name].values())
    if name == "KPI_REASON" and args:                                   # the shapes of the function asked about
        ((wanted, *_), *_) = _rows(args[0], "") or [[""]]
        shapes = ["", *DECLARED.get(str(wanted).strip().upper(), {}).values(), *[""] * len(args)]
    elif len(args) > len(shapes):
        raise TypeError(f"{name} takes {len(shapes)} arguments, {len(args)} were given")
    found = tuple(_rows(one, shape) for one, shape in zip(args, shapes, strict=False))
    return args if all(one is other for one, other in zip(found, args, strict=True)) else found


def _rows(given: Any, shape: str) -> list[list[Any]] | None:
    if given is None or _are_rows(given):
        return given
    if hasattr(given, "columns"):                                       # a frame
        rows = given.astype(object).values.tolist()
        if shape == "Table":
            rows.insert(0, list(map(str, given.columns)))
    else:
        values = _values(given)
        if not isinstance(values, list | tuple):
            rows = [[values]]
        elif any(isinstance(one, list | tuple | np.ndarray) for one in values):
            rows = [list(_values(one)) if isinstance(one, list | tuple | np.ndarray) else [one] for one in values]
        else:
            rows = [list(values)] if shape == "Row" else [[one] for one in values]
    if not rows or not rows[0]:
        raise Refused("给的列表里一个单元格也没有")
    if len(set(map(len, rows))) > 1:
        raise Refused("给的列表各行长短不一")
    return [[_cell(one) for one in row] for row in rows]


def _are_rows(given: Any) -> bool:
    """Whether an argument is what Excel hands over: asked at each new call, so with few steps for many cells."""
    return (given.__class__ is list and set(map(type, given)) == {list} and len(set(map(len, given))) == 1
            and bool(given[0]) and CELLS.issuperset(map(type, chain.from_iterable(given))))


def _values(given: Any) -> Any:
    """Python's own values of what numpy or pandas holds."""
    if isinstance(given, np.ndarray | np.generic) and given.dtype.kind == "M":
        given = given.astype("datetime64[us]")                          # of nanoseconds Python has no date
    return given.tolist() if hasattr(given, "tolist") else given


def _cell(given: Any) -> Any:
    value = _values(given)
    if (value != value) is not False:                                   # NaN, NaT, NA                # noqa: PLR0124
        return None
    if isinstance(value, dt.datetime):                                  # pandas' own is a subclass
        return dt.datetime.combine(value.date(), value.time())
    if isinstance(value, Fraction):
        return float(value)
    if value.__class__ not in CELLS:
        raise Refused(f"给的内容里有 {value.__class__.__name__}，单元格里放不下；给数字、文字、日期、True 或 False")
    return value
