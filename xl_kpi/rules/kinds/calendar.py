"""Counting between two dates of the person's own."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Quantity, Rule, Words, lacking
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import DATE, NUMBER, Node, TypeOf, number_text
from xl_kpi.rules.values import REFUSED, Value, strict

WHAT = {"days": "日历天数", "workdays": "工作日", "paid": "计薪日（含法定节假日）", "months": "自然月数",
        "full_months": "满月数"}                                      # for one person
ALL = {"workdays": "工作日数", "paid": "计薪日数（工作日加法定节假日）", "months": "自然月数（首尾都算）"}  # in general
BETWEEN = (CallArgument("first", "people"), CallArgument("last", "people"))


class CalendarRule(Rule):
    """Both dates counted: days, workdays, workdays and paid holidays, the calendar months touched, or the full months
    (15 January to 14 February is one)."""

    kind: Literal["calendar"]
    expressions: ClassVar[dict[str, str]] = {"first": "person", "last": "person"}
    what: Literal["days", "workdays", "paid", "months", "full_months"]
    first: str
    last: str


class Calendar(Quantity[CalendarRule]):
    written = CalendarRule
    types: ClassVar[dict[str, str]] = {"first": DATE, "last": DATE}
    calls = (Call("天数", BETWEEN, {"what": "days"}), Call("工作日数", BETWEEN, {"what": "workdays"}),
             Call("计薪日数", BETWEEN, {"what": "paid"}), Call("月数", BETWEEN, {"what": "months"}),
             Call("满月数", BETWEEN, {"what": "full_months"}))

    def __init__(self, name: str, rule: CalendarRule, nodes: dict[str, Node]):
        super().__init__(name, rule, nodes)
        self.workdays = rule.what in ("workdays", "paid")

    def type_of(self, of: TypeOf) -> str:
        return NUMBER

    def _count(self, env: Here) -> tuple[Value, str]:
        from xl_kpi.calendar_cn import CalendarLacks
        from xl_kpi.period import count_months

        first, last = self.nodes["first"].evaluate(env), self.nodes["last"].evaluate(env)
        state = strict(first, last)
        a, b = first.array(env.size), last.array(env.size)
        empty = a > b                       # nothing to count, in whatever year that is
        if empty.any():
            a, b = np.where(empty, 0, a), np.where(empty, 0, b)
        if self.rule.what == "months" or self.rule.what == "full_months":      # noqa: PLR1714 (mypy narrows by it)
            return Value("number", Exact(count_months(a, b, self.rule.what == "full_months")), state), ""
        try:
            counts = env.calendar.count_days(a, b, self.rule.what)
        except CalendarLacks as lack:
            return Value("number", Exact(0), REFUSED), str(lack)
        return Value("number", Exact(counts.astype(np.int64)), state), ""

    def evaluate(self, env: Here) -> Value:
        return self._count(env)[0]

    def demand(self, env: Here, used: np.ndarray) -> None:
        value, lack = self._count(env)
        if lack:
            env.refuse(f"!{lack}", used)
            return
        for field in ("first", "last"):
            self.nodes[field].demand(env, lacking(value, used, env.size))

    def explain(self, env: Here, i: int) -> str:
        value = self.evaluate(env).at(i)
        first, last = self.nodes["first"].explain(env, i), self.nodes["last"].explain(env, i)
        return f"{first} 至 {last} 的{WHAT[self.rule.what]} {number_text(value)}"

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        first, last = words.expression(rule.first), words.expression(rule.last)
        return [f"{first}至{last}的{ALL.get(rule.what) or WHAT[rule.what]}"]


KINDS = (Calendar,)
