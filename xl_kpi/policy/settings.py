"""A policy with HR's own values: parameters by date, readings chosen; made from the sheet 参数."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np

from xl_kpi.calendar_cn import STATED, Calendar
from xl_kpi.money import Exact
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.model import DAY, Key
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value


@dataclass(frozen=True)
class Dated:
    """One value of a parameter; ``month``: the first month it counts for (its index; 0: from the beginning)."""

    month: int
    value: Fraction
    source: str
    cell: str = ""


@dataclass
class Settings:
    """What a run computes with."""

    policy: Policy
    readings: dict[str, str]
    values: dict[tuple[str, Key | None], list[Dated]] = field(default_factory=dict)    # by month, ascending
    cells: dict[tuple[str, Key | None], str] = field(default_factory=dict)             # where to fill a value in
    sheet: str = ""                                                                    # the sheet 参数, as it is named
    calendar: Calendar = STATED                                                        # of workdays
    texts: dict[str, str] = field(default_factory=dict)     # what every policy has beside its numbers (company …)
    _tables: dict[tuple[str, int], tuple[list[Key | None], Exact, np.ndarray]] = field(default_factory=dict)

    @classmethod
    def stated(cls, policy: Policy) -> Settings:
        """The policy as the document states it: default readings, stated values."""
        settings = cls(policy, {name: reading.default for name, reading in policy.readings.items()})
        for name, parameter in policy.parameters.items():
            for key, text in parameter.stated_values().items():
                settings.values[name, key] = [Dated(0, parameter.number(text), parameter.source or "制度")]
        return settings

    def at(self, name: str, key: Key | None, month: int) -> Fraction | None:
        """The value that counts in a month, None when there is none."""
        found = None
        for dated in self.values.get((name, key), ()):
            if dated.month <= month:
                found = dated.value
        return found

    def keys(self, name: str) -> list[Key]:
        """The keys of a parameter, in order; where the company lists them, those of the sheet 参数."""
        parameter = self.policy.parameters[name]
        if not parameter.listed:
            return parameter.keys
        places = (*self.cells, *self.values)
        return list(dict.fromkeys(key for one, key in places if one == name and key is not None))

    def _table(self, name: str, month: int) -> tuple[list[Key | None], Exact, np.ndarray]:
        """The values of a parameter in a month as arrays over its keys."""
        table = self._tables.get((name, month))
        if table is None:
            keys: list[Key | None] = list(self.keys(name)) or [None]        # without keys: the one value, or none
            numbers = [self.at(name, key, month) for key in keys]
            known = [Fraction(0) if n is None else n for n in numbers]
            den = int(np.lcm.reduce([n.denominator for n in known]))
            num = np.array([int(n * den) for n in known], np.int64)
            state = np.array([BLANK if n is None else OK for n in numbers], np.uint8)
            table = self._tables[name, month] = keys, Exact(num, den), state
        return table

    def value(self, name: str, key: Value | None, month: int) -> Value:
        """A parameter for each element of ``key`` (None: the one value of a parameter without keys); blank where no
        value is filled in."""
        _, numbers, states = self._table(name, month)
        type_ = "date" if self.policy.parameters[name].unit == DAY else "number"
        index = self.index(name, key)
        if index is None or not isinstance(index, np.ndarray):
            i = index or 0
            if i < 0:
                return Value(type_, Exact(0), REFUSED)
            num, den = int(numbers.num[i]), numbers.den
            common = gcd(num, den)
            return Value(type_, Exact(num // common, den // common), None if states[i] == OK else BLANK)
        missing = index < 0
        at = np.where(missing, 0, index)
        state = np.where(missing, np.uint8(REFUSED), states[at])
        return Value(type_, Exact(numbers.num[at], numbers.den, numbers.bound), state if state.any() else None)

    def index(self, name: str, key: Value | None) -> Any:
        """The position among the keys for each element of ``key``; -1: no such key."""
        if key is None:
            return None
        keys = self.keys(name)
        if key.type == "choice":
            table = np.array([keys.index(label) if label in keys else -1 for label in key.choices or ()] or [-1])
            codes = key.data
            return table[codes] if isinstance(codes, np.ndarray) else int(table[codes])
        if isinstance(key.data.num, int):
            one, rest = divmod(key.data.num, key.data.den)
            return keys.index(one) if not rest and one in keys else -1
        whole, low = key.data, min((k for k in keys if isinstance(k, int)), default=0)
        num = whole.num if isinstance(whole.den, int) and whole.den == 1 else whole.num // whole.den
        high = max((k for k in keys if isinstance(k, int)), default=0)
        table = np.full(high - low + 2, -1)
        for position, one_key in enumerate(keys):
            if isinstance(one_key, int):
                table[one_key - low] = position
        inside = (num >= low) & (num <= high)
        if not (isinstance(whole.den, int) and whole.den == 1):
            inside &= num * whole.den == whole.num
        return table[np.where(inside, num - low, high - low + 1)]
