"""What a quantity is at one period: an array over people (or one value for all) with a state for each element."""

from __future__ import annotations

from typing import Any

import numpy as np

from xl_kpi.money import Exact

# The state of an element.  BLANK is a fact (no 转正日期, does not apply); a blank that a calculation needs, and
# whatever was computed from a refused element, is REFUSED.
OK, BLANK, REFUSED = 0, 1, 2


class Value:
    """``data``: Exact (number, date as ordinal), bool array or bool, codes (choice) as int array or int.

    ``state``: None when every element is OK, else a uint8 array or one int.  ``choices``: the labels of a choice's
    codes; type is one of number, date, bool, choice.
    """

    __slots__ = ("choices", "data", "state", "type")

    def __init__(self, type_: str, data: Any, state: Any = None, choices: tuple[str, ...] | None = None):
        self.type = type_
        self.data = data
        self.state = state
        self.choices = choices

    def array(self, size: int) -> Any:
        """The raw data as an array of ``size`` (numerators for numbers)."""
        raw = self.data.num if isinstance(self.data, Exact) else self.data
        return raw if isinstance(raw, np.ndarray) else np.full(size, raw)

    def states(self, size: int) -> np.ndarray:
        if self.state is None:
            return np.zeros(size, np.uint8)
        return self.state if isinstance(self.state, np.ndarray) else np.full(size, self.state, np.uint8)

    def at(self, index: int) -> Any:
        """The value of one element: Fraction, bool, label, or None when it is not OK."""
        if self.state is not None and (self.state[index] if isinstance(self.state, np.ndarray) else self.state) != OK:
            return None
        if isinstance(self.data, Exact):
            return self.data.at(index)
        one = self.data[index] if isinstance(self.data, np.ndarray) else self.data
        if self.type == "choice":
            return self.choices[int(one)] if self.choices else None
        return bool(one)

    def take(self, index: slice | np.ndarray) -> Value:
        """The elements of a slice (views, nothing is copied) or at the positions of an int array."""
        data, state = self.data, self.state
        if isinstance(data, Exact):
            num = data.num[index] if isinstance(data.num, np.ndarray) else data.num
            den = data.den[index] if isinstance(data.den, np.ndarray) else data.den
            data = Exact(num, den, data.bound, data.den_bound)
        elif isinstance(data, np.ndarray):
            data = data[index]
        return Value(self.type, data, state[index] if isinstance(state, np.ndarray) else state, self.choices)

    def true(self, size: int) -> np.ndarray:
        """Where a bool is OK and true."""
        mask = self.array(size).astype(bool, copy=False)
        return mask if self.state is None else mask & (self.states(size) == OK)


def strict(*values: Value) -> Any:
    """The state of what needs all of ``values``: refused where any of them is not OK."""
    bad: Any = None
    for value in values:
        if value.state is not None:
            here = value.state != OK
            bad = here if bad is None else bad | here
    if bad is None:
        return None
    if isinstance(bad, np.ndarray):
        return bad.astype(np.uint8) * REFUSED if bad.any() else None
    return REFUSED if bad else None


def worse(state: Any, bad: Any) -> Any:
    """``state`` with REFUSED where ``bad``."""
    if isinstance(bad, np.ndarray):
        return np.where(bad, np.uint8(REFUSED), np.uint8(OK) if state is None else state).astype(np.uint8)
    return REFUSED if bad else state


def recode(value: Value, choices: tuple[str, ...]) -> Any:
    """The codes of a choice as codes among ``choices`` (-1: not among them)."""
    code = {label: i for i, label in enumerate(choices)}
    table = np.array([code.get(label, -1) for label in value.choices or ()] or [-1])
    return table[value.data]


def joined(parts: list[Value], sizes: list[int]) -> Value:
    """Blocks of people put together again.  The labels of their choices may differ."""
    if len(parts) == 1:
        return parts[0]
    like = parts[0]
    state: Any = None
    if any(p.state is not None for p in parts):
        state = np.concatenate([p.states(n) for p, n in zip(parts, sizes, strict=True)])
    choices = like.choices
    if like.type == "choice" and any(p.choices != choices for p in parts):
        choices = tuple(dict.fromkeys(label for p in parts for label in p.choices or ()))
        parts = [Value(p.type, recode(p, choices), None, choices) for p in parts]
    data: Any = np.concatenate([p.array(n) for p, n in zip(parts, sizes, strict=True)])
    if isinstance(like.data, Exact):
        dens = [p.data.den for p in parts]
        den: Any = dens[0]
        if not all(isinstance(d, int) for d in dens) or len(set(dens)) > 1:
            den = np.concatenate([np.broadcast_to(d, (n,)) for d, n in zip(dens, sizes, strict=True)])
        data = Exact(data, den, max(p.data.bound for p in parts), max(p.data.den_bound for p in parts))
    elif like.type == "bool":
        data = data.astype(bool)
    return Value(like.type, data, state, choices)


def constant(value: Any) -> Value:
    """A value that is the same for all."""
    if isinstance(value, bool):
        return Value("bool", value)
    if isinstance(value, str):
        return Value("choice", 0, None, (value,))
    return Value("number", Exact.of(value))


def nothing(type_: str, state: int) -> Value:
    """No value of a type (number, date, bool, choice), the same for all: BLANK or REFUSED."""
    if type_ == "choice":
        return Value("choice", 0, state, ("",))
    return Value(type_, False if type_ == "bool" else Exact(0), state)
