"""Calculating: + - * /, min, max, round, floor, ceil, abs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from xl_kpi.rules.expression.leaves import Const, Parameter, Ref
from xl_kpi.rules.expression.node import ANY, DATE, NUMBER, Env, Node, TypeOf
from xl_kpi.rules.expression.types import common, need
from xl_kpi.rules.values import OK, Value, strict, worse

SYMBOLS = {"+": "＋", "-": "－", "*": "×", "/": "÷", "==": "＝", "!=": "≠", "<": "＜", "<=": "≤", ">": "＞", ">=": "≥"}
LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2}
HUNDRED = Const(Fraction(100))


@dataclass(frozen=True)
class Arithmetic(Node):
    op: str
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)

    def evaluate(self, env: Env) -> Value:
        a, b = self.left.evaluate(env), self.right.evaluate(env)
        state = strict(a, b)
        x, y = a.data, b.data
        if self.op == "+":
            result = x.plus(y)
        elif self.op == "-":
            result = x.minus(y)
        elif self.op == "*":
            result = x.times(y)
        else:
            zero = y.num == 0
            if np.any(zero):
                state = worse(state, zero)
            result = x.over(y)
        return Value("date" if "date" in (a.type, b.type) and a.type != b.type else "number", result, state)

    def demand(self, env: Env, used: np.ndarray) -> None:
        super().demand(env, used)
        if self.op == "/":
            y = self.right.evaluate(env)
            zero = (y.states(env.size) == OK) & (y.array(env.size) == 0) & used
            if zero.any():
                what = env.title(self.right.name) if isinstance(self.right, Ref | Parameter) else "除数"
                env.refuse("", zero, text=f"{what}是 0，不能作除数", do=f"核对{what}", at=self.right)

    def _side(self, node: Node, text: str, right: bool) -> str:
        inner = node.op if isinstance(node, Arithmetic) else None
        if inner and (LEVEL[inner] < LEVEL[self.op] or (right and self.op in "-/" and LEVEL[inner] == LEVEL[self.op])):
            return f"({text})"
        return text

    def explain(self, env: Env, i: int) -> str:
        left = self._side(self.left.shown(env, i), self.left.explain(env, i), False)
        right = self._side(self.right.shown(env, i), self.right.explain(env, i), True)
        if self.op == "/" and left.endswith("%") and self.right == HUNDRED:
            return left                     # 90% is 90 ÷ 100 already
        return f"{left} {SYMBOLS[self.op]} {right}"

    def formula(self, bind: Callable[[str], str]) -> str:
        left = self._side(self.left, self.left.formula(bind), False)
        right = self._side(self.right, self.right.formula(bind), True)
        return f"{left}{self.op}{right}"

    def type_of(self, of: TypeOf) -> str:
        """Numbers; a date moved by days; the days between two dates."""
        left, right = self.left.type_of(of), self.right.type_of(of)
        if self.op == "-" and left == right == DATE:
            return NUMBER
        if (self.op in "+-" and left == DATE and right == NUMBER) or (
                self.op == "+" and left == NUMBER and right == DATE):
            return DATE
        if DATE in (left, right) and ANY in (left, right):       # of something that is wrong
            return ANY
        for side in self.children():
            need(side, NUMBER, f"{self.op} 两边", of)
        return NUMBER


@dataclass(frozen=True)
class Function(Node):
    """min, max, round, floor, ceil, abs."""

    name: str
    parts: tuple[Node, ...]
    places: int = 0

    def children(self) -> tuple[Node, ...]:
        return self.parts

    def evaluate(self, env: Env) -> Value:
        values = [p.evaluate(env) for p in self.parts]
        state = strict(*values)
        x = values[0].data
        if self.name == "round":
            x = x.rounded(self.places)
        elif self.name == "floor":
            x = x.floored(self.places)
        elif self.name == "ceil":
            x = x.ceiled(self.places)
        elif self.name == "abs":
            x = x.larger(x.negative())
        else:
            for value in values[1:]:
                x = x.smaller(value.data) if self.name == "min" else x.larger(value.data)
        return Value(values[0].type, x, state)

    def shown(self, env: Env, i: int) -> Node:
        return self.parts[0].shown(env, i) if self.name == "round" else self

    def explain(self, env: Env, i: int) -> str:
        inner = [p.explain(env, i) for p in self.parts]
        if self.name == "round":
            return inner[0]
        if self.name in ("min", "max"):
            word = "取小" if self.name == "min" else "取大"
            return f"{word}（{'，'.join(inner)}）"
        word = {"floor": "向下取整", "ceil": "向上取整", "abs": "绝对值"}[self.name]
        return f"{word}（{inner[0]}）"

    def formula(self, bind: Callable[[str], str]) -> str:
        inner = [p.formula(bind) for p in self.parts]
        if self.name == "round":
            return f"ROUND({inner[0]},{self.places})"
        if self.name in ("floor", "ceil"):              # Excel's two go to and from 0
            below, above = ("ROUNDUP", "ROUNDDOWN") if self.name == "floor" else ("ROUNDDOWN", "ROUNDUP")
            return f"IF({inner[0]}<0,{below}({inner[0]},{self.places}),{above}({inner[0]},{self.places}))"
        return f"{self.name.upper()}({','.join(inner)})"

    def type_of(self, of: TypeOf) -> str:
        if self.name in ("min", "max") and common(self.parts, f"{self.name} 的各项", of) == DATE:
            return DATE
        for part in self.parts:
            need(part, NUMBER, f"{self.name} 的各项" if len(self.parts) > 1 else self.name + " 的值", of)
        return NUMBER
