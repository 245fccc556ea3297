"""What is true or false: comparisons, ``in``, and / or / not, whether there is a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xl_kpi.rules.expression.arithmetic import SYMBOLS
from xl_kpi.rules.expression.leaves import Const, Parameter, Ref
from xl_kpi.rules.expression.node import BLANK, BOOL, TEXT, Env, ExpressionError, Node, TypeOf
from xl_kpi.rules.expression.types import WORDS, common, need
from xl_kpi.rules.values import OK, REFUSED, Value, recode, strict

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True)
class Compare(Node):
    op: str
    left: Node
    right: Node

    @property
    def of_text(self) -> bool:
        return any(isinstance(side, Const) and isinstance(side.value, str) for side in self.children())

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)

    def evaluate(self, env: Env) -> Value:
        if isinstance(self.right, Const) and isinstance(self.right.value, str):
            a = self.left.evaluate(env)
            code = a.choices.index(self.right.value) if a.choices and self.right.value in a.choices else -1
            equal: Any = a.data == code
            return Value("bool", equal if self.op == "==" else ~equal if isinstance(equal, np.ndarray) else not equal,
                         strict(a))
        a, b = self.left.evaluate(env), self.right.evaluate(env)
        state = strict(a, b)
        if a.type in ("choice", "bool"):
            equal = a.data == (b.data if a.choices == b.choices else recode(b, a.choices or ()))
            return Value("bool", equal if self.op == "==" else ~equal if isinstance(equal, np.ndarray) else not equal,
                         state)
        return Value("bool", a.data.compare(b.data, self.op), state)

    def explain(self, env: Env, i: int) -> str:
        """What is the case: a comparison that does not hold is told by its opposite."""
        holds = env.evaluated(self).at(i)
        op = OPPOSITE[self.op] if holds is False else self.op
        said = f"{self.left.explain(env, i)} {SYMBOLS[op]} {self.right.explain(env, i)}"
        return said if holds is not None else f"不能比较（{said}）"

    def facts(self, env: Env, i: int) -> list[str]:
        return [] if self.of_text or not env.evaluated(self).at(i) else [self.explain(env, i)]

    def formula(self, bind: Callable[[str], str]) -> str:
        op = {"==": "=", "!=": "<>"}.get(self.op, self.op)
        sides = [f"({s.formula(bind)})" if isinstance(s, Compare) else s.formula(bind) for s in self.children()]
        return op.join(sides)

    def type_of(self, of: TypeOf) -> str:
        sides = self.children()
        if BLANK in [side.type_of(of) for side in sides]:
            raise ExpressionError("不能与 blank 比较；看有没有值用 present(…)", sides[1].at)
        kind = common(sides, f"{self.op} 两边", of)
        if kind in (BOOL, TEXT) and self.op not in ("==", "!="):
            raise ExpressionError(f"{WORDS[kind]}不分大小，不能用 {self.op}", self.left.at)
        return BOOL


@dataclass(frozen=True)
class OneOf(Node):
    """``x in ("a", "b")``."""

    left: Node
    labels: tuple[str, ...]
    of_text: ClassVar[bool] = True

    def children(self) -> tuple[Node, ...]:
        return (self.left,)

    def evaluate(self, env: Env) -> Value:
        a = self.left.evaluate(env)
        table = np.array([label in self.labels for label in a.choices or ()] or [False])
        hit = table[a.data]
        return Value("bool", hit if isinstance(hit, np.ndarray) else bool(hit), strict(a))

    def explain(self, env: Env, i: int) -> str:
        word = "不属于" if env.evaluated(self).at(i) is False else "属于"
        return f"{self.left.explain(env, i)} {word} {'、'.join(self.labels)}"

    def type_of(self, of: TypeOf) -> str:
        need(self.left, TEXT, "in 的左边", of)
        return BOOL


@dataclass(frozen=True)
class Logic(Node):
    """``and`` / ``or``, from left to right: what comes after a decided part is not needed."""

    op: str
    parts: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.parts

    def evaluate(self, env: Env) -> Value:
        result = self.parts[0].evaluate(env)
        data, state = result.data, strict(result)
        for part in self.parts[1:]:
            if not isinstance(data, np.ndarray) and state is None and bool(data) == (self.op == "or"):
                break                                   # decided for everybody
            b = part.evaluate(env)
            truth = b.data
            if state is None and b.state is None:
                data = data & truth if self.op == "and" else data | truth
                continue
            open_ = np.asarray(data if self.op == "and" else np.logical_not(data))      # not decided by the left
            mine = np.zeros(env.size, np.uint8) if state is None else np.asarray(state)
            right = np.where(open_, np.asarray(0 if b.state is None else b.state), 0)
            bad = (mine != OK) | (right != OK)
            data = data & truth if self.op == "and" else data | truth
            state = np.broadcast_to(bad.astype(np.uint8) * REFUSED, (env.size,)) if bad.any() else None
        return Value("bool", data, state)

    def demand(self, env: Env, used: np.ndarray) -> None:
        for part in self.parts:
            if not used.any():
                return
            part.demand(env, used)
            value = part.evaluate(env)
            known = value.states(env.size) == OK
            truth = value.array(env.size).astype(bool)
            used = used & known & (truth if self.op == "and" else ~truth)

    def explain(self, env: Env, i: int) -> str:
        return "，".join(part.explain(env, i) for part in self._deciding(env, i))

    def because(self, env: Env, i: int) -> str:
        texts = {part.because(env, i): part for part in self._deciding(env, i)}
        telling = [text for text, part in texts.items() if text != part.explain(env, i) or not isinstance(
            part.part if isinstance(part, Not) else part, Ref)]
        return "，".join(telling or texts)      # a bare yes or no beside a reason says nothing more

    def facts(self, env: Env, i: int) -> list[str]:
        return [fact for part in self._deciding(env, i) for fact in part.facts(env, i)]

    def why_not(self, env: Env, i: int) -> str:
        """Which part a condition that does not hold failed at, where it is one."""
        return self._deciding(env, i)[0].because(env, i) if self.op == "and" else ""

    def _deciding(self, env: Env, i: int) -> tuple[Node, ...]:
        """Only what decided: the first part that ends it, else all of them."""
        return next(((part,) for part in self.parts if env.evaluated(part).at(i) is (self.op == "or")), self.parts)

    def formula(self, bind: Callable[[str], str]) -> str:
        return f"{self.op.upper()}({','.join(p.formula(bind) for p in self.parts)})"

    def type_of(self, of: TypeOf) -> str:
        for part in self.parts:
            need(part, BOOL, f"{self.op} 的每一边", of)
        return BOOL


@dataclass(frozen=True)
class Not(Node):
    part: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    def evaluate(self, env: Env) -> Value:
        a = self.part.evaluate(env)
        return Value("bool", ~a.data if isinstance(a.data, np.ndarray) else not a.data, strict(a))

    def explain(self, env: Env, i: int) -> str:
        return self.part.explain(env, i)        # a fact either way

    def because(self, env: Env, i: int) -> str:
        return self.part.because(env, i)

    def formula(self, bind: Callable[[str], str]) -> str:
        return f"NOT({self.part.formula(bind)})"

    def type_of(self, of: TypeOf) -> str:
        need(self.part, BOOL, "not 后面", of)
        return BOOL


@dataclass(frozen=True)
class Present(Node):
    """``present(x)``: is there a value?"""

    part: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    def evaluate(self, env: Env) -> Value:
        a = self.part.evaluate(env)
        if a.state is None:
            return Value("bool", True)
        return Value("bool", a.state == OK, _refused_only(a.state))

    def demand(self, env: Env, used: np.ndarray) -> None:
        state = self.part.evaluate(env).states(env.size)
        self.part.demand(env, used & (state == REFUSED))

    def explain(self, env: Env, i: int) -> str:
        if env.evaluated(self).at(i):
            return self.part.explain(env, i)
        return f"没有{env.title(self.part.name)}" if isinstance(self.part, Ref | Parameter) else "没有值"

    def type_of(self, of: TypeOf) -> str:
        self.part.type_of(of)
        return BOOL


def _refused_only(state: Any) -> Any:
    bad = state == REFUSED
    if isinstance(bad, np.ndarray):
        return bad.astype(np.uint8) * REFUSED if bad.any() else None
    return REFUSED if bad else None
