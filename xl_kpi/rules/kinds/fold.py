"""A state with memory: a raise that stays, a level that steps up and down, from one period to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from xl_kpi.money import Exact
from xl_kpi.period import period_of
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, all_stated, check_repeats, lacking
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import ANY, DATE, NUMBER, ChoicesOf, Env, Node, TypeOf, need
from xl_kpi.rules.expression.node import BLANK as NOTHING
from xl_kpi.rules.periods import UNITS, Period, period_text
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value, recode

BEFORE = "上期值"        # the state until now, in ``step``
TOLD = 6                # changes that an explanation tells


class FoldRule(Rule):
    """``start`` is the state before the first period, ``step`` the state after each, made of 上期值, the state
    until then, and whatever else is known of that period, with its parameters.  A step without a value leaves the
    state as it is.

    Looked at are ``back`` periods, with this one; of them those that end on the day ``since`` or later.
    """

    kind: Literal["fold"]
    expressions: ClassVar[dict[str, str]] = {"start": "person", "step": "person", "since": "person"}
    start: str
    step: str
    since: str = ""
    back: int = Field(ge=1, le=120)             # stated: what is older is forgotten
    choices: list[str] = Field(default_factory=list)        # the labels, when the state is one


@dataclass(frozen=True)
class Before(Node):
    """The state until now, one of ``stated`` when the rule says what it can be."""

    start: list[Node] = field(compare=False, repr=False)
    stated: list[str] = field(compare=False, repr=False)

    def evaluate(self, env: Env) -> Value:
        state = getattr(env, "state", None)
        assert isinstance(state, Value)
        return state

    def type_of(self, of: TypeOf) -> str:
        kind = self.start[0].type_of(of)
        return ANY if kind == NOTHING else kind         # it begins with no value: what it is the step says

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return self.stated or self.start[0].choices(of)

    def said(self) -> str:
        return BEFORE

    def explain(self, env: Env, i: int) -> str:
        return BEFORE


class Fold(Quantity[FoldRule]):
    written = FoldRule
    types: ClassVar[dict[str, str]] = {"since": DATE}
    may_be_blank = ("start",)
    needs_period = True
    calls = (Call("结转", (
        CallArgument("start", "people"), CallArgument("step", "people", bound=BEFORE),
        CallArgument("since", "people", named="自", needed=False),
        CallArgument("back", "number", named="期数"))),)

    @classmethod
    def made(cls, name: str, rule: FoldRule, making: Making) -> Fold:
        check_repeats(rule, making)
        for one in ("start", "step"):
            if not getattr(rule, one):
                raise making.fail(one, "不能是空的")
        start = making.expression("start", rule.start)
        before = Before([start], rule.choices)
        nodes = {"start": start, "step": making.expression("step", rule.step, bound={BEFORE: before})}
        if rule.since:
            nodes["since"] = making.expression("since", rule.since)
        return cls(name, rule, nodes)

    def type_of(self, of: TypeOf) -> str:
        kind = self.nodes["start"].type_of(of)
        if kind == NOTHING:
            kind = self.nodes["step"].type_of(of)
            kind = NUMBER if kind in (NOTHING, ANY) else kind
            self.nodes["start"].settle(kind)
        need(self.nodes["step"], kind, "step ", of)
        return kind

    def agree(self, making: Making) -> None:
        all_stated(making, self.rule.choices, [self.nodes["start"], self.nodes["step"]])

    def choices(self, of: ChoicesOf) -> list[str] | None:
        if self.rule.choices:
            return self.rule.choices
        found = [self.nodes[one].choices(of) for one in ("start", "step")]
        return None if None in found else list(dict.fromkeys(label for one in found for label in one or ()))

    def here(self) -> list[Node]:
        return [node for name, node in self.nodes.items() if name != "step"]

    def _periods(self, period: Period) -> list[tuple[str, int]]:
        if not period:
            return []
        grain, index = period
        return [(grain, index - n) for n in range(self.rule.back - 1, -1, -1)]

    def elsewhere(self, period: Period) -> list[tuple[Node, Period]]:
        return [(self.nodes["step"], one) for one in self._periods(period)]

    def _states(self, env: Here) -> Iterator[tuple[tuple[str, int], Here, Value, Value]]:
        """(period, its surroundings, the state before, the state after), one period after the other."""
        state = self.nodes["start"].evaluate(env)
        since = self.nodes["since"].evaluate(env) if "since" in self.nodes else None
        for one in self._periods(env.period):
            there = env.holding(one, state)
            after = self.nodes["step"].evaluate(there)
            counts = after.states(env.size) != BLANK
            if since is not None:
                counts &= (since.states(env.size) == OK) & (
                    since.array(env.size) <= period_of(one).last_day.toordinal())
            new = _merged(counts, after, state, env.size)
            yield one, there, state, new
            state = new

    def evaluate(self, env: Here) -> Value:
        state = self.nodes["start"].evaluate(env)
        for _, _, _, state in self._states(env):    # noqa: B007
            pass
        if "since" not in self.nodes:
            return state
        since = self.nodes["since"].evaluate(env).states(env.size)
        if not (since == REFUSED).any():
            return state
        return Value(state.type, state.data, np.where(since == REFUSED, np.uint8(REFUSED), state.states(env.size)),
                     state.choices)

    def demand(self, env: Here, used: np.ndarray) -> None:
        for one in self.here():
            one.demand(env, lacking(one.evaluate(env), used, env.size))
        for _, there, before, after in self._states(env):
            lost = (after.states(env.size) == REFUSED) & (before.states(env.size) != REFUSED)
            if (used & lost).any():
                self.nodes["step"].demand(there, used & lost)

    def explain(self, env: Here, i: int) -> str:
        """Where it began, and when it changed."""
        state = self.nodes["start"].evaluate(env).at(i)
        told = []
        begun = "起点没有值" if state is None else f"起点 {env.text(self.name, state)}"
        for one, _, before, after in self._states(env):
            if after.at(i) != before.at(i):
                told.append(f"{period_text(one)} 变为 {env.text(self.name, after.at(i))}")
        more = f"（以前还变过 {len(told) - TOLD} 次）" if len(told) > TOLD else ""
        return f"{begun}{more}，{'，'.join(told[-TOLD:])}" if told else f"{begun}，以后没有变"

    def words(self, words: Words) -> list[str]:
        unit = UNITS[self.period]
        step = words.expression(self.rule.step)
        since = f"，{words.expression(self.rule.since)}以前的不算" if self.rule.since else ""
        start = words.expression(self.rule.start)
        return [f"从 {start} 起，逐{unit}往下推：{step}（看最近 {self.rule.back} 个{unit}{since}）"]


def _merged(where: np.ndarray, one: Value, other: Value, size: int) -> Value:
    """``one`` where that is so, else ``other``."""
    if where.all():
        return one
    states = np.where(where, one.states(size), other.states(size))
    state = states if states.any() else None
    data: Any
    if isinstance(one.data, Exact) and isinstance(other.data, Exact):
        return Value(other.type, Exact.choose(where, one.data, other.data), state)
    if one.type == "choice":
        choices = tuple(dict.fromkeys((*(other.choices or ()), *(one.choices or ()))))
        data = np.where(where, recode(one, choices), recode(other, choices))
        return Value("choice", data, state, choices)
    return Value(other.type, np.where(where, one.array(size), other.array(size)), state)


KINDS = (Fold,)
