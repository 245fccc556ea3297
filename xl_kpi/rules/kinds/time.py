"""A value of another time: some periods away, in the month of a date, of the roster as it stood on a day."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.period import SIZES
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, check_window, lacking
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import DATE, ChoicesOf, TypeOf
from xl_kpi.rules.periods import (
    Offsets,
    Period,
    dated,
    months_of,
    period_text,
    periods_in,
    shift_words,
    window_words,
)
from xl_kpi.rules.values import BLANK, OK, Value, nothing, recode


class AtRule(Rule):
    """The value of another quantity some periods of its own earlier (``shift`` -1: last month), counted from the one
    that contains this period, or from the last one in it."""

    kind: Literal["at"]
    of: str
    shift: int


class At(Quantity[AtRule]):
    written = AtRule
    needs_period = True
    calls = (Call("上月", (CallArgument("of", "name"),), {"shift": -1}),
             Call("隔月", (CallArgument("of", "name"), CallArgument("shift", "number"))))
    grain = "month"             # of what is taken

    def agree(self, making: Making) -> None:
        self.grain = making.grain(self.rule.of)
        if self.grain not in SIZES:
            raise making.fail("of", f"{self.rule.of} 不是按月、季、半年或年的量，没有前后")

    def type_of(self, of: TypeOf) -> str:
        return of(self.rule.of)

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return of(self.rule.of)

    def references(self) -> list[tuple[str, str]]:
        return [("of", self.rule.of)]

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        return [(self.rule.of, self._at(period))] if period else []

    def _at(self, period: Period) -> Period:
        return periods_in(period, [self.rule.shift, self.rule.shift], self.grain)[0] if period else ()

    def evaluate(self, env: Here) -> Value:
        return env.value_at(self.rule.of, self._at(env.period))

    def demand(self, env: Here, used: np.ndarray) -> None:
        where = self._at(env.period)
        env.need_at(self.rule.of, where, lacking(env.value_at(self.rule.of, where), used, env.size))

    def explain(self, env: Here, i: int) -> str:
        where = self._at(env.period)
        value = env.value_at(self.rule.of, where).at(i)
        return f"{period_text(where)} 的{env.title(self.rule.of)} {env.text(self.rule.of, value)}"

    def because(self, env: Here, i: int) -> str:
        where = self._at(env.period)
        return f"{period_text(where)} {env.elsewhere(where).because(self.rule.of, i)}" if where else ""

    def facts(self, env: Here, i: int) -> list[str]:
        where = self._at(env.period)
        return dated(where, env.elsewhere(where).facts(self.rule.of, i)) if where else []

    def words(self, words: Words) -> list[str]:
        return [f"{shift_words(self.rule.shift, self.grain)}的{words.title(self.rule.of)}"]


class PickRule(Rule):
    """The value of another quantity in the month of a date of the person's own; blank outside ``months``."""

    kind: Literal["pick"]
    of: str
    date: str
    months: Offsets


class Pick(Quantity[PickRule]):
    written = PickRule
    types: ClassVar[dict[str, str]] = {"date": DATE}
    calls = (Call("所在月", (CallArgument("of", "name"), CallArgument("date", "name"),
                            CallArgument("months.0", "number"),
                            CallArgument("months.1", "number"))),)

    def agree(self, making: Making) -> None:
        check_window(self.rule.months, making)
        if self.period != "month":
            raise making.fail("", "从某个月往前后数的，只能是 period = \"month\" 的量")

    def type_of(self, of: TypeOf) -> str:
        return of(self.rule.of)

    def references(self) -> list[tuple[str, str]]:
        return [("of", self.rule.of), ("date", self.rule.date)]

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        return [(self.rule.of, ("month", month)) for month in months_of(period, self.rule.months)]

    def _months(self, env: Here) -> list[tuple[int, np.ndarray]]:
        import datetime as dt

        from xl_kpi.period import Month

        day = env.value(self.rule.date)
        days, known = day.array(env.size), day.states(env.size) == OK
        result = []
        for index in months_of(env.period, self.rule.months):
            month = Month(index)
            first, last = dt.date.toordinal(month.first_day), dt.date.toordinal(month.last_day)
            result.append((index, known & (days >= first) & (days <= last)))
        return result

    def evaluate(self, env: Here) -> Value:
        result = nothing(self.type, BLANK)
        state = np.full(env.size, BLANK, np.uint8)
        for month, here in self._months(env):
            if not here.any():
                continue
            value = env.value_at(self.rule.of, ("month", month))
            state = np.where(here, value.states(env.size), state)
            if isinstance(value.data, Exact):
                result = Value(value.type, Exact.choose(here, value.data, result.data))
            elif value.choices == result.choices:
                result = Value(value.type, np.where(here, value.data, result.data), None, value.choices)
            else:
                choices = tuple(dict.fromkeys((*(value.choices or ()), *(result.choices or ()))))
                result = Value(value.type, np.where(here, recode(value, choices), recode(result, choices)), None,
                               choices)
        return Value(result.type, result.data, state, result.choices)

    def demand(self, env: Here, used: np.ndarray) -> None:
        for month, here in self._months(env):
            value = env.value_at(self.rule.of, ("month", month))
            env.need_at(self.rule.of, ("month", month), lacking(value, used & here, env.size))

    def explain(self, env: Here, i: int) -> str:
        from xl_kpi.period import Month

        for month, here in self._months(env):
            if here[i]:
                value = env.value_at(self.rule.of, ("month", month)).at(i)
                return f"{Month(month)} 的{env.title(self.rule.of)} {env.text(self.rule.of, value)}"
        return "不适用"

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        window = window_words(rule.months)
        return [f"{words.title(rule.date)}所在月的{words.title(rule.of)}（限{window}，以外不适用）"]


class AsOfRule(Rule):
    """A column of the roster as it stood on a day, from the dated changes (人事变动)."""

    kind: Literal["as_of"]
    expressions: ClassVar[dict[str, str]] = {"day": "person"}
    column: str
    day: str


class AsOf(Quantity[AsOfRule]):
    written = AsOfRule
    types: ClassVar[dict[str, str]] = {"day": DATE}
    local = False
    reads_rows = True
    calls = (Call("当时", (CallArgument("column", "column"), CallArgument("day", "people"))),)

    def agree(self, making: Making) -> None:
        if other := making.on_roster(self.rule.column):
            raise making.fail("column", f"{self.rule.column} 不是 {other} 的列")

    def type_of(self, of: TypeOf) -> str:
        return of(self.rule.column)

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return of(self.rule.column)

    def references(self) -> list[tuple[str, str]]:
        return [("column", self.rule.column)]

    def evaluate(self, env: Here) -> Value:
        day = self.nodes["day"].evaluate(env)
        return env.roster_as_of(self.rule.column, day.array(env.size))

    def demand(self, env: Here, used: np.ndarray) -> None:
        day = self.nodes["day"].evaluate(env)
        self.nodes["day"].demand(env, lacking(day, used, env.size))
        env.need_as_of(self.rule.column, day.array(env.size), used)

    def explain(self, env: Here, i: int) -> str:
        return f"{env.title(self.rule.column)} {env.text(self.rule.column, self.evaluate(env).at(i))}"

    def words(self, words: Words) -> list[str]:
        return [f"{words.expression(self.rule.day)}那天的{words.title(self.rule.column)}"]


KINDS = (At, Pick, AsOf)
