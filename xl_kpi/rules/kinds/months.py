"""Aggregate over the periods of a window: months, quarters, halves, years."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xl_kpi.money import Exact
from xl_kpi.period import SIZES
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, check_window, lacking, named
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import ANY, BOOL, NUMBER, Node, Ref, TypeOf
from xl_kpi.rules.form import BETWEEN, Mean, OnForm
from xl_kpi.rules.periods import UNITS, Period, Window, dated, period_text, periods_in, window_words
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value

HOW = {"any": "任一{}", "all": "每{}都", "sum": "合计", "mean": "平均", "count": "有数的{}数",
       "count_true": "为是的{}数", "min": "最小", "max": "最大"}              # for one person
TAKEN = {"any": "是否任一{}为是", "all": "是否每{}都为是"}                      # in general
TYPES = {"any": BOOL, "all": BOOL, "count_true": BOOL, "sum": NUMBER, "mean": NUMBER, "min": NUMBER, "max": NUMBER}
CALLED = {"平均": "mean", "合计": "sum", "都": "all", "任一": "any", "月数": "count", "次数": "count_true",
          "最小": "min", "最大": "max"}
WINDOWS = {"本季": "quarter", "本季至今": "quarter_to_date", "上季": "previous_quarter",
           "本期": "period", "上期": "previous",
           "本半年": "half", "本半年至今": "half_to_date", "上个半年": "previous_half",
           "本年": "year", "本年至今": "year_to_date", "上年": "previous_year"}
OF = CallArgument("of", "name", either="each")
HOW_TAKEN = (CallArgument("how", "word", words=CALLED),
             CallArgument("where", "name", named="条件", placed=True, needed=False))


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from walk(child)


class OverRule(Rule):
    """Any / all of a yes-no, sum, mean, count of what is there, number of yes, min, max.

    Periods without a value are left out of mean, count, min and max; a sum needs every one that ``where`` admits.
    """

    kind: Literal["over"]
    expressions: ClassVar[dict[str, str]] = {"each": "person"}
    of: str = ""
    each: str = ""      # instead of ``of``: an expression over each one, with the parameters of this quantity's period
    months: Window      # of the periods in which ``of`` exists (of ``each``: the shortest of what it names)
    how: Literal["any", "all", "sum", "mean", "count", "count_true", "min", "max"]
    where: str = ""

    @model_validator(mode="after")
    def _one_of(self) -> OverRule:
        if bool(self.of) == bool(self.each):
            raise ValueError("要么写 of，要么写 each")
        return self


class Over(Quantity[OverRule]):
    written = OverRule
    types: ClassVar[dict[str, str]] = {"where": BOOL}
    needs_period = True
    calls = (
        Call("近月", (OF, CallArgument("months.0", "number"), CallArgument("months.1", "number"), *HOW_TAKEN)),
        Call("各月", (OF, CallArgument("months", "word", words=WINDOWS), *HOW_TAKEN)),
        Call("各期", (OF, CallArgument("months", "word", words=WINDOWS), *HOW_TAKEN)))
    grain = "month"             # of what is taken

    def agree(self, making: Making) -> None:
        names = [self.rule.of] if self.rule.of else [
            node.name for root in self.nodes.values() for node in walk(root) if isinstance(node, Ref)]
        grains = [grain for grain in map(making.grain, names) if grain in SIZES]
        self.grain = min(grains, key=SIZES.__getitem__, default="month")
        check_window(self.rule.months, making, self.period, self.grain)

    def _periods(self, period: Period) -> list[tuple[str, int]]:
        return periods_in(period, self.rule.months, self.grain)

    def on_form(self, form: OnForm) -> Node | None:
        if self.rule.how != "mean" or not self.rule.of or self.rule.where:
            return None
        periods = periods_in((form.grain, 0), self.rule.months, self.grain)
        return Mean(tuple(form.entered(f"{self.rule.of}{BETWEEN}{k}") for k in range(len(periods))))

    @property
    def counts(self) -> bool:
        return self.rule.how in ("sum", "count", "count_true")

    def wanted(self, field: str) -> str:
        return TYPES.get(self.rule.how, ANY) if field in ("of", "each") else super().wanted(field)

    def type_of(self, of: TypeOf) -> str:
        return BOOL if self.rule.how in ("any", "all") else NUMBER

    def references(self) -> list[tuple[str, str]]:
        return named([("of", self.rule.of), ("where", self.rule.where)])

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        names = [name for name in (self.rule.of, self.rule.where) if name]
        return [(name, one) for one in self._periods(period) for name in names]

    def here(self) -> list[Node]:
        return []

    def elsewhere(self, period: Period) -> list[tuple[Node, Period]]:
        if "each" not in self.nodes:
            return []
        return [(self.nodes["each"], one) for one in self._periods(period)]

    def _value(self, env: Here, one: Period) -> Value:
        if self.rule.of:
            return env.value_at(self.rule.of, one)
        return self.nodes["each"].evaluate(env.at(one))

    def _admitted(self, env: Here, one: Period) -> tuple[Value, np.ndarray | None]:
        """The values of one period, and where they count (None: everywhere)."""
        value = self._value(env, one)
        if not self.rule.where:
            return value, None
        return value, env.value_at(self.rule.where, one).true(env.size)

    def evaluate(self, env: Here) -> Value:
        size = env.size
        refused: Any = False
        periods = self._periods(env.period)
        if self.rule.how in ("any", "all", "count_true"):
            flag: Any = self.rule.how == "all"
            count: Any = 0
            for one in periods:
                value, where = self._admitted(env, one)
                truth = value.data
                if value.state is not None:
                    # only what is known and false decides "all", only what is known and true the others
                    truth = truth & (value.states(size) == OK) if self.rule.how != "all" else truth | (
                        value.states(size) != OK)
                    bad = value.states(size) == REFUSED
                    refused = refused | (bad if where is None else bad & where)
                if where is not None:
                    truth = truth & where if self.rule.how != "all" else truth | ~where
                if self.rule.how == "any":
                    flag = flag | truth
                elif self.rule.how == "all":
                    flag = flag & truth
                else:
                    count = count + np.asarray(truth).astype(np.int64)
            if self.rule.how == "count_true":
                data = count if isinstance(count, np.ndarray) and count.ndim else np.full(size, count, np.int64)
                return Value("number", Exact(data, 1, len(periods)), _state(refused, size))
            if isinstance(refused, np.ndarray):          # what is decided anyway needs no more
                refused = refused & (~flag if self.rule.how == "any" else flag)
            return Value("bool", flag, _state(refused, size))
        return self._numbers(env, periods)

    def _numbers(self, env: Here, periods: list[tuple[str, int]]) -> Value:
        size = env.size
        refused: Any = False
        total: Exact | None = None
        count = np.zeros(size, np.int64)
        for one in periods:
            value, where = self._admitted(env, one)
            used = np.ones(size, bool) if where is None else where
            states = value.states(size)
            # a sum needs all its periods; the others take those that have a value
            refused = refused | (used & (states != OK if self.rule.how == "sum" else states == REFUSED))
            used = used & (states == OK)
            count += used
            if not used.any():
                continue
            zero = Exact(np.zeros(size, np.int64), 1, 0)
            if total is None:
                total = Exact.choose(used, value.data, zero)
            elif self.rule.how in ("sum", "mean"):
                total = total.plus(Exact.choose(used, value.data, zero))
            elif self.rule.how in ("min", "max"):
                first = used & (count == 1)
                best = total.smaller(value.data) if self.rule.how == "min" else total.larger(value.data)
                total = Exact.choose(used, Exact.choose(first, value.data, best), total)
        if self.rule.how == "count":
            return Value("number", Exact(count, 1, len(periods)), _state(refused, size))
        if total is None:
            total = Exact(np.zeros(size, np.int64), 1, 0)
        state = _state(refused, size)
        if self.rule.how != "sum" and (count == 0).any():
            state = np.where(np.asarray(REFUSED if state is None else state) == REFUSED if state is not None else False,
                             np.uint8(REFUSED), np.where(count == 0, np.uint8(BLANK), np.uint8(OK)))
        if self.rule.how == "mean":
            total = total.over(Exact(np.maximum(count, 1), 1, len(periods)))
        return Value("number", total, state)

    def demand(self, env: Here, used: np.ndarray) -> None:
        for one in self._periods(env.period):
            value, where = self._admitted(env, one)
            if self.rule.where:
                test = env.value_at(self.rule.where, one)
                env.need_at(self.rule.where, one, lacking(test, used, env.size))
            here = used if where is None else used & where
            states = value.states(env.size)
            here = here & (states != OK if self.rule.how == "sum" else states == REFUSED)
            if self.rule.of:
                env.need_at(self.rule.of, one, here)
            elif here.any():
                self.nodes["each"].demand(env.at(one), here)

    def explain(self, env: Here, i: int) -> str:
        parts = []
        for one in self._periods(env.period):
            value, where = self._admitted(env, one)
            if where is not None and not where[i]:
                continue
            found = value.at(i)
            if found is not None:
                parts.append(f"{period_text(one)} {env.text(self.rule.of, found)}")
        if self.rule.how == "any" and parts:
            parts = [part for part in parts if part.endswith("是")] or parts
        title = env.title(self.rule.of) if self.rule.of else self.title
        return f"{title}（{'，'.join(parts) or '无'}）的{HOW[self.rule.how].format(UNITS[self.grain])}"

    def because(self, env: Here, i: int) -> str:
        """The months in which it was so, with what decided there."""
        if not self.rule.of or self.rule.how != "any":
            return self.explain(env, i)
        return "，".join(f"{period_text(one)} {env.elsewhere(one).because(self.rule.of, i)}"
                        for one in self._periods(env.period) if self._holds(env, one, i))

    def facts(self, env: Here, i: int) -> list[str]:
        if not self.rule.of or self.rule.how != "any":
            return []
        return [fact for one in self._periods(env.period) if self._holds(env, one, i)
                for fact in dated(one, env.elsewhere(one).facts(self.rule.of, i))]

    def _holds(self, env: Here, one: Period, i: int) -> bool:
        value, where = self._admitted(env, one)
        return value.at(i) is True and (where is None or bool(where[i]))

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        what = words.title(rule.of) if rule.of else f"「{words.expression(rule.each)}」"
        unit = UNITS[self.grain]
        only = f"（只算{words.title(rule.where)}的{unit}{'份' * (unit == '月')}）" if rule.where else ""
        how = (TAKEN.get(rule.how) or HOW[rule.how]).format(unit)
        return [f"{window_words(rule.months, self.grain)}的{what}，取{how}{only}"]


def _state(refused: Any, size: int) -> Any:
    if isinstance(refused, np.ndarray):
        return refused.astype(np.uint8) * REFUSED if refused.any() else None
    return REFUSED if refused else None


KINDS = (Over,)
