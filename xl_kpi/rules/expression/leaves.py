"""The parts of an expression that have no parts: constants, names, parameters, a blank, a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from xl_kpi.rules.expression.node import BLANK as NO_VALUE
from xl_kpi.rules.expression.node import BOOL, NUMBER, TEXT, ChoicesOf, Env, ExpressionError, Node, TypeOf
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value, constant, nothing, strict


def number_text(value: Fraction) -> str:
    """A number as people write it: no trailing zeros, six decimals at most."""
    from xl_kpi.money import as_decimal

    if value.denominator == 1:
        return str(value.numerator)
    text = str(as_decimal(value, 6)).rstrip("0").rstrip(".")
    return text


@dataclass(frozen=True)
class Const(Node):
    value: Fraction | bool | str
    bare: ClassVar[bool] = True

    @cached_property
    def for_all(self) -> Value:
        return constant(self.value)

    def evaluate(self, env: Env) -> Value:
        return self.for_all

    def explain(self, env: Env, i: int) -> str:
        if isinstance(self.value, bool):
            return "是" if self.value else "否"
        return self.value if isinstance(self.value, str) else number_text(self.value)

    def formula(self, bind: Callable[[str], str]) -> str:
        if isinstance(self.value, str):
            return '"' + self.value.replace('"', '""') + '"'
        if isinstance(self.value, bool):
            return str(self.value).upper()
        return f"{Decimal(self.value.numerator) / self.value.denominator:f}"     # written as a decimal: exact

    def type_of(self, of: TypeOf) -> str:
        return BOOL if isinstance(self.value, bool) else TEXT if isinstance(self.value, str) else NUMBER

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return [self.value] if isinstance(self.value, str) else None

    def said(self) -> str:
        return f"'{self.value}' 是" if isinstance(self.value, str) else f"{self.value} 是"


@dataclass(frozen=True)
class Nothing(Node):
    """A part without a value.  ``type`` is that of the value it stands for, found when a policy is loaded: wherever
    everybody's value is missing, it is still the value of a number, a text …"""

    type: str = field(default="", init=False, compare=False)
    bare: ClassVar[bool] = True

    def settle(self, kind: str) -> None:
        if self.type not in ("", kind):
            raise ExpressionError("同一个 blank 或 refuse 用在两处，类型不同")
        object.__setattr__(self, "type", kind)         # the class is frozen

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return []


@dataclass(frozen=True)
class Blank(Nothing):
    """Does not apply."""

    def evaluate(self, env: Env) -> Value:
        return nothing(self.type or "number", BLANK)

    def explain(self, env: Env, i: int) -> str:
        return "不适用"

    def formula(self, bind: Callable[[str], str]) -> str:
        return '""'

    def type_of(self, of: TypeOf) -> str:
        return NO_VALUE


@dataclass(frozen=True)
class Refuse(Nothing):
    """A refusal that the policy words itself."""

    name: str

    def evaluate(self, env: Env) -> Value:
        return nothing(self.type or "number", REFUSED)

    def demand(self, env: Env, used: np.ndarray) -> None:
        env.refuse(self.name, used)

    def explain(self, env: Env, i: int) -> str:
        return "不能计算"


@dataclass(frozen=True)
class Ref(Node):
    """A quantity, an input column or a constant of the period."""

    name: str

    def evaluate(self, env: Env) -> Value:
        return env.value(self.name)

    def demand(self, env: Env, used: np.ndarray) -> None:
        env.need(self.name, used)

    def explain(self, env: Env, i: int) -> str:
        return env.said(self.name, i)

    def because(self, env: Env, i: int) -> str:
        return env.because(self.name, i)

    def facts(self, env: Env, i: int) -> list[str]:
        return env.facts(self.name, i)

    def formula(self, bind: Callable[[str], str]) -> str:
        return bind(self.name)

    def type_of(self, of: TypeOf) -> str:
        return of(self.name)

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return of(self.name)

    def said(self) -> str:
        return f"{self.name} 是"


@dataclass(frozen=True)
class Parameter(Node):
    """A parameter, or one key of a table of parameters."""

    name: str
    key: Node | None = None
    bare: ClassVar[bool] = True

    def children(self) -> tuple[Node, ...]:
        return (self.key,) if self.key else ()

    def _key(self, env: Env) -> Value | None:
        return self.key.evaluate(env) if self.key and not isinstance(self.key, Const) else _literal(self.key)

    def evaluate(self, env: Env) -> Value:
        key = self._key(env)
        value = env.parameter(self.name, key)
        if key is not None and key.state is not None:
            value = Value(value.type, value.data, strict(key, value), value.choices)
        return value

    def demand(self, env: Env, used: np.ndarray) -> None:
        key = self._key(env)
        if key is not None:
            if self.key is not None and not isinstance(self.key, Const):
                self.key.demand(env, used & (key.states(env.size) != OK))
            used = used & (key.states(env.size) == OK)
        env.need_parameter(self.name, key, used)

    def explain(self, env: Env, i: int) -> str:
        value = env.evaluated(self).at(i)
        key = ""
        if self.key is not None:
            one: Any = self.key.value if isinstance(self.key, Const) else env.evaluated(self.key).at(i)
            key = f"（{one if isinstance(one, str) else number_text(one)}）" if one is not None else ""
        return f"{env.title(self.name)}{key} {env.text(self.name, value)}"

    def type_of(self, of: TypeOf) -> str:
        if self.key is not None:
            self.key.type_of(of)
        return of(self.name)

    def said(self) -> str:
        return f"{self.name} 是"


def _literal(key: Node | None) -> Value | None:
    if isinstance(key, Const):
        return Value("choice", 0, None, (key.value,)) if isinstance(key.value, str) else constant(key.value)
    return None
