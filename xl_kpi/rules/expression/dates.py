"""Dates counted on (期限): months and years from a date, workdays after one, the next workday."""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.expression.node import DATE, NUMBER, Env, ExpressionError, Node, TypeOf
from xl_kpi.rules.expression.types import need
from xl_kpi.rules.values import OK, REFUSED, Value, strict, worse

LAST_DAY = dt.date(2200, 12, 31).toordinal()
WORDS = {"add_months": "个月后", "add_years": "年后", "add_workdays": "个工作日后",
         "next_workday": "遇休息日顺延"}


@dataclass(frozen=True)
class DateFunction(Node):
    """``add_months(date, n)`` and ``add_years(date, n)``: the same day of the month, at most its last one;
    ``add_workdays(date, n)``: the n-th workday after the date, which is not counted (民法典 第二百零一条);
    ``next_workday(date)``: the date, or the first workday after it (第二百零三条).  ``n`` is whole, of
    workdays not negative."""

    name: str
    parts: tuple[Node, ...]

    @property
    def workdays(self) -> bool:                                 # type: ignore[override]
        return self.name in ("add_workdays", "next_workday")

    def children(self) -> tuple[Node, ...]:
        return self.parts

    def _found(self, env: Env) -> tuple[Value, str]:
        """(the dates, what the calendar lacks)."""
        values = [part.evaluate(env) for part in self.parts]
        state = strict(*values)
        sizes = {len(v.data.num) for v in values if isinstance(v.data.num, np.ndarray)}
        size = max(sizes, default=1)
        ok = np.ones(size, bool) if state is None else np.broadcast_to(np.asarray(state) == OK, (size,))
        days = np.where(ok, values[0].array(size), 1).astype(np.int64)
        count = np.zeros(size, np.int64)
        if len(values) > 1:
            whole = values[1].data.floored(0)
            part = values[1].data.compare(whole, "!=")
            count = np.where(ok, np.broadcast_to(np.asarray(whole.scaled(0)), (size,)), 0)
            wrong = np.broadcast_to(np.asarray(part), (size,)) | (np.abs(count) > 10_000)
            if self.name == "add_workdays":
                wrong = wrong | (count < 0)
            if (wrong & ok).any():
                state = worse(state, wrong)
                count, ok = np.where(wrong, 0, count), ok & ~wrong
        lack, result = "", days
        if self.name in ("add_months", "add_years"):
            result = months_on(days, count * (12 if self.name == "add_years" else 1))
        else:
            from xl_kpi.calendar_cn import CalendarLacks

            try:
                result = days.copy()
                result[ok] = env.calendar.workday_after(days[ok], count[ok] if self.name == "add_workdays" else None)
            except CalendarLacks as error:
                lack, state = str(error), np.full(size, REFUSED, np.uint8) if sizes else REFUSED
        data = Exact(result) if sizes else Exact(int(result[0]))
        if not sizes and isinstance(state, np.ndarray):
            state = int(state.flat[0]) or None
        return Value("date", data, state), lack

    def evaluate(self, env: Env) -> Value:
        return self._found(env)[0]

    def demand(self, env: Env, used: np.ndarray) -> None:
        super().demand(env, used)
        value, lack = self._found(env)
        if lack:
            env.refuse(f"!{lack}", used)
            return
        ready = used & np.logical_and.reduce([part.evaluate(env).states(env.size) == OK for part in self.parts])
        wrong = ready & (value.states(env.size) != OK)
        if wrong.any():
            env.refuse("", wrong, text=f"{WORDS[self.name].removesuffix('后')}数不是合适的整数", do="核对期限",
                       at=self.parts[-1])

    def explain(self, env: Env, i: int) -> str:
        first = self.parts[0].explain(env, i)
        word = WORDS[self.name]
        said = f"{first} {word}" if len(self.parts) == 1 else f"{first} 起 {self.parts[1].explain(env, i)} {word}"
        day = env.evaluated(self).at(i)
        return said if day is None else f"{said}（{dt.date.fromordinal(int(day)).isoformat()}）"

    def formula(self, bind: Callable[[str], str]) -> str:
        inner = [part.formula(bind) for part in self.parts]
        if self.name == "add_months":
            return f"EDATE({inner[0]},{inner[1]})"
        if self.name == "add_years":
            return f"EDATE({inner[0]},12*({inner[1]}))"
        raise ExpressionError("不能写成 Excel 公式：Excel 不知道中国的节假日和调休")

    def type_of(self, of: TypeOf) -> str:
        need(self.parts[0], DATE, f"{self.name} 的日期", of)
        for part in self.parts[1:]:
            need(part, NUMBER, f"{self.name} 的个数", of)
        return DATE

    FUNCTIONS: ClassVar[dict[str, tuple[int, int]]] = {
        "add_months": (2, 2), "add_years": (2, 2), "add_workdays": (2, 2), "next_workday": (1, 1)}


def months_on(days: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The ordinals ``count`` months on: the same day of the month, at most its last one, as EDATE does."""
    pairs, place = np.unique(np.stack([days, count]), axis=1, return_inverse=True)
    found = []
    for day, n in pairs.T.tolist():
        date = dt.date.fromordinal(min(max(day, 1), LAST_DAY))
        year, month = divmod(date.year * 12 + date.month - 1 + n, 12)
        if not 1 <= year <= 9999:
            found.append(day)
            continue
        found.append(dt.date(year, month + 1, min(date.day, gregorian.monthrange(year, month + 1)[1])).toordinal())
    return np.array(found, np.int64)[place.reshape(-1)]
