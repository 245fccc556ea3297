"""Each key of a parameter that the company lists: sums and conditions over keys that nobody knows beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from xl_kpi.rules.expression.arithmetic import Arithmetic, Function
from xl_kpi.rules.expression.conditions import Logic
from xl_kpi.rules.expression.leaves import Const
from xl_kpi.rules.expression.node import BOOL, NUMBER, TEXT, Env, Node, TypeOf
from xl_kpi.rules.expression.types import need
from xl_kpi.rules.values import REFUSED, Value, nothing

# What is made of the parts, one a key, and of what type they are.
HOW = {"sum": (NUMBER, "合计"), "min": (NUMBER, "最小"), "max": (NUMBER, "最大"),
       "all": (BOOL, "都"), "any": (BOOL, "任一")}


@dataclass(frozen=True)
class Key(Node):
    """The key that an expression is about at the moment."""

    name: str

    def evaluate(self, env: Env) -> Value:
        raise AssertionError("a key stands for a constant before anything is evaluated")

    def type_of(self, of: TypeOf) -> str:
        return TEXT

    def said(self) -> str:
        return f"{self.name} 是"


@dataclass(frozen=True)
class Each(Node):
    """``sum(expression for item in parameter)``, with min, max, all, any: ``part`` with each key of a parameter in the
    place of ``key``.  The keys are those of the sheet 参数; without any, everything is refused."""

    how: str
    part: Node
    key: str
    parameter: str
    bare: ClassVar[bool] = False
    _known: dict[tuple[Any, ...], Node | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    def chosen(self, readings: Mapping[str, str]) -> Iterator[Node]:
        yield self
        yield from self.part.chosen(readings)

    def spelled(self, env: Env) -> Node | None:
        """The same written out for the keys that there are, None without keys."""
        keys = tuple(env.keys(self.parameter))
        if keys not in self._known:         # the same nodes each time: what they are worth is remembered by node
            self._known[keys] = written_out(self.how, [with_key(self.part, self.key, key) for key in keys])
        return self._known[keys]

    def evaluate(self, env: Env) -> Value:
        node = self.spelled(env)
        return nothing(HOW[self.how][0], REFUSED) if node is None else node.evaluate(env)

    def demand(self, env: Env, used: np.ndarray) -> None:
        node = self.spelled(env)
        if node is None:
            env.need_parameter(self.parameter, None, used)
            return
        node.demand(env, used)

    def explain(self, env: Env, i: int) -> str:
        node = self.spelled(env)
        return f"{env.title(self.parameter)}一项也没有" if node is None else node.explain(env, i)

    def because(self, env: Env, i: int) -> str:
        node = self.spelled(env)
        return "" if node is None else node.because(env, i)

    def facts(self, env: Env, i: int) -> list[str]:
        node = self.spelled(env)
        return [] if node is None else node.facts(env, i)

    def type_of(self, of: TypeOf) -> str:
        wanted, word = HOW[self.how]
        need(self.part, wanted, f"{self.how}（{word}）的每一项", of)
        return wanted


def written_out(how: str, parts: list[Node]) -> Node | None:
    """What is made of several parts; None of none."""
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if how in ("all", "any"):
        return Logic("and" if how == "all" else "or", tuple(parts))
    if how in ("min", "max"):
        return Function(how, tuple(parts))
    node = parts[0]
    for part in parts[1:]:
        node = Arithmetic("+", node, part)
    return node


def with_key(node: Node, name: str, key: Any) -> Node:
    """An expression with a key in the place of its name."""
    if isinstance(node, Key):
        return Const(key if isinstance(key, str) else Fraction(key)) if node.name == name else node
    if not is_dataclass(node):
        return node
    changed: dict[str, Any] = {}
    for one_field in fields(node):
        if not one_field.init:
            continue
        value = getattr(node, one_field.name)
        if isinstance(value, Node):
            new: Any = with_key(value, name, key)
        elif isinstance(value, tuple) and any(isinstance(one, Node) for one in value):
            new = tuple(with_key(one, name, key) if isinstance(one, Node) else one for one in value)
        elif isinstance(value, tuple) and any(isinstance(one, tuple) for one in value):
            new = tuple((label, with_key(one, name, key)) for label, one in value)      # the cases of a reading
        else:
            continue
        if new != value:
            changed[one_field.name] = new
    return replace(node, **changed) if changed else node
