"""Which of several values: by a condition, by a reading (读法), by whether there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.expression.conditions import Present
from xl_kpi.rules.expression.node import BOOL, ChoicesOf, Env, Node, TypeOf
from xl_kpi.rules.expression.types import common, need
from xl_kpi.rules.values import OK, REFUSED, Value, recode, worse


def merged(parts: Sequence[Node], of: ChoicesOf) -> list[str] | None:
    """The labels that any of the parts can have."""
    found = [part.choices(of) for part in parts]
    return None if None in found else list(dict.fromkeys(label for one in found for label in one or ()))


class OneOf(Node):
    """One of several values."""

    def values(self) -> tuple[Node, ...]:
        """Those that it can be."""
        return self.children()

    def settle(self, kind: str) -> None:
        for part in self.values():
            part.settle(kind)

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return merged(self.values(), of)


@dataclass(frozen=True)
class If(OneOf):
    test: Node
    yes: Node
    no: Node

    def children(self) -> tuple[Node, ...]:
        return (self.test, self.yes, self.no)

    def evaluate(self, env: Env) -> Value:
        test = self.test.evaluate(env)
        if not isinstance(test.data, np.ndarray):
            if test.state is not None:
                bad = test.state if isinstance(test.state, np.ndarray) else np.full(env.size, REFUSED, np.uint8)
                branch = (self.yes if test.data else self.no).evaluate(env)
                return Value(branch.type, branch.data, worse(branch.state, bad != OK), branch.choices)
            return (self.yes if test.data else self.no).evaluate(env)
        mask = test.data
        ok = test.state is None
        if ok and mask.all():
            return self.yes.evaluate(env)
        if ok and not mask.any():
            return self.no.evaluate(env)
        a, b = self.yes.evaluate(env), self.no.evaluate(env)
        state: Any = None
        if a.state is not None or b.state is not None:
            state = np.where(mask, np.uint8(a.state if a.state is not None else OK),
                             np.uint8(b.state if b.state is not None else OK))
        if test.state is not None:
            state = worse(state, np.broadcast_to(test.state != OK, (env.size,)))
        if a.type in ("number", "date"):
            return Value(a.type, Exact.choose(mask, a.data, b.data), state)
        if a.type == "choice" and a.choices != b.choices:
            choices = tuple(dict.fromkeys((*(a.choices or ()), *(b.choices or ()))))
            data = np.where(mask, recode(a, choices), recode(b, choices))
            return Value("choice", data, state, choices)
        return Value(a.type, np.where(mask, a.data, b.data), state, a.choices)

    def demand(self, env: Env, used: np.ndarray) -> None:
        self.test.demand(env, used)
        test = self.test.evaluate(env)
        known = used & (test.states(env.size) == OK)
        truth = test.array(env.size).astype(bool)
        for branch, mask in ((self.yes, known & truth), (self.no, known & ~truth)):
            if mask.any():
                branch.demand(env, mask)

    def shown(self, env: Env, i: int) -> Node:
        return (self.yes if env.evaluated(self.test).at(i) else self.no).shown(env, i)

    def explain(self, env: Env, i: int) -> str:
        """The branch that counts.  A value without an input is followed by every condition on the way to it, any other
        by the conditions that have a reason of their own (a record, a date)."""
        tests: list[Node] = []
        node: Node = self
        while isinstance(node, If | Case | Default):
            if isinstance(node, If):
                tests.append(node.test)
                node = node.yes if env.evaluated(node.test).at(i) else node.no
            else:
                node = node.case(env.reading(node.reading)) if isinstance(node, Case) else node.as_if
        reasons = [why for test in tests if (why := test.because(env, i)) != test.explain(env, i) or node.bare]
        return f"{node.explain(env, i)}（{'，'.join(reasons)}）" if reasons else node.explain(env, i)

    def because(self, env: Env, i: int) -> str:
        branch = self.yes if env.evaluated(self.test).at(i) else self.no
        return self.explain(env, i) if branch.bare else branch.because(env, i)

    def facts(self, env: Env, i: int) -> list[str]:
        return (self.yes if env.evaluated(self.test).at(i) else self.no).facts(env, i)

    def formula(self, bind: Callable[[str], str]) -> str:
        return f"IF({self.test.formula(bind)},{self.yes.formula(bind)},{self.no.formula(bind)})"

    def values(self) -> tuple[Node, ...]:
        return (self.yes, self.no)

    def type_of(self, of: TypeOf) -> str:
        need(self.test, BOOL, "if 的条件", of)
        return common(self.values(), "if 和 else 的结果", of)


@dataclass(frozen=True)
class Case(OneOf):
    """What a reading (读法) chooses."""

    reading: str
    cases: tuple[tuple[str, Node], ...]

    def case(self, chosen: str) -> Node:
        return dict(self.cases)[chosen]

    def children(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.cases)

    def chosen(self, readings: Mapping[str, str]) -> Iterator[Node]:
        yield self
        yield from self.case(readings[self.reading]).chosen(readings)

    def evaluate(self, env: Env) -> Value:
        return self.case(env.reading(self.reading)).evaluate(env)

    def demand(self, env: Env, used: np.ndarray) -> None:
        self.case(env.reading(self.reading)).demand(env, used)

    def because(self, env: Env, i: int) -> str:
        return self.case(env.reading(self.reading)).because(env, i)

    def facts(self, env: Env, i: int) -> list[str]:
        return self.case(env.reading(self.reading)).facts(env, i)

    def shown(self, env: Env, i: int) -> Node:
        return self.case(env.reading(self.reading)).shown(env, i)

    def explain(self, env: Env, i: int) -> str:
        return self.case(env.reading(self.reading)).explain(env, i)

    def type_of(self, of: TypeOf) -> str:
        return common(self.values(), f"读法 {self.reading} 的各个结果", of)


@dataclass(frozen=True)
class Default(OneOf):
    """``default(x, y)``: x, or y where x is blank."""

    part: Node
    other: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part, self.other)

    @cached_property
    def as_if(self) -> If:
        return If(Present(self.part), self.part, self.other)

    def evaluate(self, env: Env) -> Value:
        return self.as_if.evaluate(env)

    def demand(self, env: Env, used: np.ndarray) -> None:
        self.as_if.demand(env, used)

    def shown(self, env: Env, i: int) -> Node:
        return self.as_if.shown(env, i)

    def explain(self, env: Env, i: int) -> str:
        return self.as_if.explain(env, i)

    def type_of(self, of: TypeOf) -> str:
        return common(self.values(), "default 的两个值", of)
