"""How many periods in a row something has held, up to this one (连续 N 期)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, check_repeats
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.decision import Decision, choice_of, decided
from xl_kpi.rules.expression import BOOL, NUMBER, Node, TypeOf
from xl_kpi.rules.periods import UNITS, Period, period_text
from xl_kpi.rules.values import BLANK, REFUSED, Value

GAPS = ("break", "skip")


class StreakRule(Rule):
    """The number of periods, this one and those just before it, in which ``of`` holds; at most ``back``.

    ``gap``: what a period does in which it does not apply (is blank): "break" ends them, "skip" is not looked at.
    """

    kind: Literal["streak"]
    expressions: ClassVar[dict[str, str]] = {"of": "person"}
    of: str = Field(min_length=1)
    back: int = Field(ge=2, le=120)
    gap: Decision = "break"


class Streak(Quantity[StreakRule]):
    written = StreakRule
    types: ClassVar[dict[str, str]] = {"of": BOOL}
    needs_period = True
    calls = (Call("连续期数", (
        CallArgument("of", "people"), CallArgument("back", "number", named="期数"),
        CallArgument("gap", "decision", named="空缺", needed=False, words={"断开": "break", "跳过": "skip"}))),)

    @classmethod
    def made(cls, name: str, rule: StreakRule, making: Making) -> Streak:
        check_repeats(rule, making)
        made = super().made(name, rule, making)
        made.nodes["gap"] = choice_of("gap", rule.gap, GAPS, making)
        return made

    def type_of(self, of: TypeOf) -> str:
        return NUMBER

    def here(self) -> list[Node]:
        return [self.nodes["gap"]]

    def elsewhere(self, period: Period) -> list[tuple[Node, Period]]:
        return [(self.nodes["of"], one) for one in self._periods(period)]

    def _periods(self, period: Period) -> list[tuple[str, int]]:
        """The latest first."""
        if not period:
            return []
        grain, index = period
        return [(grain, index - n) for n in range(self.rule.back)]

    def _looked_at(self, env: Here) -> Iterator[tuple[tuple[str, int], Here, Value, np.ndarray]]:
        """(period, its surroundings, whether it holds there, of whom that still matters), the latest first."""
        skip = decided(self.nodes["gap"], env) == "skip"
        open_ = np.ones(env.size, bool)
        for one in self._periods(env.period):
            if not open_.any():
                return
            there = env.at(one)
            value = self.nodes["of"].evaluate(there)
            yield one, there, value, open_
            states = value.states(env.size)
            goes_on = value.true(env.size) | ((states == BLANK) if skip else np.zeros(env.size, bool))
            open_ = open_ & goes_on

    def evaluate(self, env: Here) -> Value:
        count, refused = np.zeros(env.size, np.int64), np.zeros(env.size, bool)
        for _, _, value, open_ in self._looked_at(env):
            count += open_ & value.true(env.size)
            refused |= open_ & (value.states(env.size) == REFUSED)
        state = refused.astype(np.uint8) * REFUSED if refused.any() else None
        return Value("number", Exact(count, 1, self.rule.back), state)

    def demand(self, env: Here, used: np.ndarray) -> None:
        for _, there, value, open_ in self._looked_at(env):
            lost = used & open_ & (value.states(env.size) == REFUSED)
            if lost.any():
                self.nodes["of"].demand(there, lost)

    def explain(self, env: Here, i: int) -> str:
        """The periods in which it held, and what ended them."""
        held: list[str] = []
        end = ""
        for one, there, value, open_ in self._looked_at(env):
            if not open_[i]:
                break
            if value.at(i) is True:
                held.append(period_text(one))
            elif value.at(i) is False:
                end = f"{period_text(one)} {self.nodes['of'].because(there, i)}"
            elif value.states(env.size)[i] == BLANK:
                end = f"{period_text(one)} 不适用"
        told = "、".join(reversed(held)) or "没有"
        return f"{told}；{end}" if end else told

    def words(self, words: Words) -> list[str]:
        unit, gap = UNITS[self.period], self.rule.gap
        beside: Any = {"break": "断开", "skip": "跳过"}
        said = beside[gap] if isinstance(gap, str) else f"按读法「{words.reading(gap.reading)}」"
        return [f"到本{unit}为止连续几个{unit} {words.expression(self.rule.of)}（看最近 {self.rule.back} 个{unit}；"
                f"不适用的{unit}{said}）"]


KINDS = (Streak,)
