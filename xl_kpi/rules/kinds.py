"""The rule kinds: each a small class with its fields, how it is evaluated, what it asks for and how it explains itself.

A kind is named by ``kind`` in a policy file.  A new policy should need none; a truly new idea gets a class here.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from xl_kpi.money import Exact
from xl_kpi.rules.base import WINDOWS, Here, Period, Rule, lacking, months_of
from xl_kpi.rules.distribute import Distribute
from xl_kpi.rules.expression import SYMBOLS, Case, Compare, Logic, Node, OneOf, number_text
from xl_kpi.rules.ordered import Ordered, order_key
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value, nothing, recode, strict

Offsets = Annotated[list[int], Field(min_length=2, max_length=2)]       # the first and the last month, from here
MOST_ROWS = 12          # of a table, told in an explanation
Window = Literal["quarter", "quarter_to_date", "previous_quarter"] | Offsets


class Expr(Rule):
    """Row-wise: an expression over other quantities, inputs and parameters; or one expression for each value of a
    reading."""

    kind: Literal["expr"] = "expr"
    expr: str = ""
    reading: str = ""
    cases: dict[str, str] = Field(default_factory=dict)
    choices: list[str] = Field(default_factory=list)        # the labels, when the result is a choice

    @model_validator(mode="after")
    def _one_of(self) -> Expr:
        if bool(self.expr) == bool(self.reading) or bool(self.reading) != bool(self.cases):
            raise ValueError("要么写 expr，要么写 reading 和 cases")
        return self

    def evaluate(self, env: Here) -> Value:
        return self.node("expr").evaluate(env)

    def demand(self, env: Here, used: np.ndarray) -> None:
        self.node("expr").demand(env, used)

    def explain(self, env: Here, i: int) -> str:
        return self.node("expr").explain(env, i)

    def because(self, env: Here, i: int) -> str:
        node = self.node("expr")
        return "" if isinstance(node, Compare | OneOf) and node.of_text else node.because(env, i)

    def why_not(self, env: Here, i: int) -> str:
        node = self.node("expr")
        while isinstance(node, Case):
            node = node._case(env.reading(node.reading))
        return node.why_not(env, i) if isinstance(node, Logic) else ""


class Over(Rule):
    """Aggregate over months: any / all of a yes-no, sum, mean, count of what is there, number of yes, min, max.

    Months without a value are left out of mean, count, min and max; a sum needs every month that ``where`` admits.
    """

    kind: Literal["over"]
    expressions: ClassVar[dict[str, str]] = {"each": "person"}
    of: str = ""
    each: str = ""      # instead of ``of``: an expression over a month, with the parameters of this quantity's period
    months: Window
    how: Literal["any", "all", "sum", "mean", "count", "count_true", "min", "max"]
    where: str = ""

    @model_validator(mode="after")
    def _one_of(self) -> Over:
        if bool(self.of) == bool(self.each):
            raise ValueError("要么写 of，要么写 each")
        return self

    def references(self) -> list[tuple[str, str]]:
        return [(field, name) for field, name in (("of", self.of), ("where", self.where)) if name]

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        names = [name for name in (self.of, self.where) if name]
        return [(name, ("month", month)) for month in months_of(period, self.months) for name in names]

    def here(self) -> list[Node]:
        return []

    def elsewhere(self, period: Period) -> list[tuple[Node, Period]]:
        if not self.has("each"):
            return []
        return [(self.node("each"), ("month", month)) for month in months_of(period, self.months)]

    def _value(self, env: Here, month: int) -> Value:
        if self.of:
            return env.value_at(self.of, ("month", month))
        return self.node("each").evaluate(env.at(("month", month)))

    def _admitted(self, env: Here, month: int) -> tuple[Value, np.ndarray | None]:
        """The values of one month, and where they count (None: everywhere)."""
        value = self._value(env, month)
        if not self.where:
            return value, None
        return value, env.value_at(self.where, ("month", month)).true(env.size)

    def evaluate(self, env: Here) -> Value:
        size = env.size
        refused: Any = False
        months = months_of(env.period, self.months)
        if self.how in ("any", "all", "count_true"):
            flag: Any = self.how == "all"
            count: Any = 0
            for month in months:
                value, where = self._admitted(env, month)
                truth = value.data
                if value.state is not None:
                    # only what is known and false decides "all", only what is known and true the others
                    truth = truth & (value.states(size) == OK) if self.how != "all" else truth | (
                        value.states(size) != OK)
                    bad = value.states(size) == REFUSED
                    refused = refused | (bad if where is None else bad & where)
                if where is not None:
                    truth = truth & where if self.how != "all" else truth | ~where
                if self.how == "any":
                    flag = flag | truth
                elif self.how == "all":
                    flag = flag & truth
                else:
                    count = count + np.asarray(truth).astype(np.int64)
            if self.how == "count_true":
                data = count if isinstance(count, np.ndarray) and count.ndim else np.full(size, count, np.int64)
                return Value("number", Exact(data, 1, len(months)), _state(refused, size))
            if isinstance(refused, np.ndarray):          # what is decided anyway needs no more
                refused = refused & (~flag if self.how == "any" else flag)
            return Value("bool", flag, _state(refused, size))
        return self._numbers(env, months)

    def _numbers(self, env: Here, months: list[int]) -> Value:
        size = env.size
        refused: Any = False
        total: Exact | None = None
        count = np.zeros(size, np.int64)
        for month in months:
            value, where = self._admitted(env, month)
            used = np.ones(size, bool) if where is None else where
            states = value.states(size)
            # a sum needs all its months; the others take those that have a value
            refused = refused | (used & (states != OK if self.how == "sum" else states == REFUSED))
            used = used & (states == OK)
            count += used
            if not used.any():
                continue
            zero = Exact(np.zeros(size, np.int64), 1, 0)
            if total is None:
                total = Exact.choose(used, value.data, zero)
            elif self.how in ("sum", "mean"):
                total = total.plus(Exact.choose(used, value.data, zero))
            elif self.how in ("min", "max"):
                first = used & (count == 1)
                best = total.smaller(value.data) if self.how == "min" else total.larger(value.data)
                total = Exact.choose(used, Exact.choose(first, value.data, best), total)
        if self.how == "count":
            return Value("number", Exact(count, 1, len(months)), _state(refused, size))
        if total is None:
            total = Exact(np.zeros(size, np.int64), 1, 0)
        state = _state(refused, size)
        if self.how != "sum" and (count == 0).any():
            state = np.where(np.asarray(REFUSED if state is None else state) == REFUSED if state is not None else False,
                             np.uint8(REFUSED), np.where(count == 0, np.uint8(BLANK), np.uint8(OK)))
        if self.how == "mean":
            total = total.over(Exact(np.maximum(count, 1), 1, len(months)))
        return Value("number", total, state)

    def demand(self, env: Here, used: np.ndarray) -> None:
        for month in months_of(env.period, self.months):
            value, where = self._admitted(env, month)
            if self.where:
                test = env.value_at(self.where, ("month", month))
                env.need_at(self.where, ("month", month), lacking(test, used, env.size))
            here = used if where is None else used & where
            states = value.states(env.size)
            here = here & (states != OK if self.how == "sum" else states == REFUSED)
            if self.of:
                env.need_at(self.of, ("month", month), here)
            elif here.any():
                self.node("each").demand(env.at(("month", month)), here)

    def explain(self, env: Here, i: int) -> str:
        from xl_kpi.period import Month

        parts = []
        for month in months_of(env.period, self.months):
            value, where = self._admitted(env, month)
            if where is not None and not where[i]:
                continue
            one = value.at(i)
            if one is not None:
                parts.append(f"{Month(month)} {env.text(self.of, one)}")
        if self.how == "any" and parts:
            parts = [part for part in parts if part.endswith("是")] or parts
        word = {"any": "任一月", "all": "每月都", "sum": "合计", "mean": "平均", "count": "有数的月数",
                "count_true": "为是的月数", "min": "最小", "max": "最大"}[self.how]
        return f"{env.title(self.of) if self.of else self.title}（{'，'.join(parts) or '无'}）的{word}"

    def because(self, env: Here, i: int) -> str:
        """The months in which it was so, with what decided there."""
        from xl_kpi.period import Month

        if not self.of or self.how != "any":
            return self.explain(env, i)
        return "，".join(f"{Month(month)} {env.elsewhere(('month', month)).because(self.of, i)}"
                        for month in months_of(env.period, self.months) if self._holds(env, month, i))

    def _holds(self, env: Here, month: int, i: int) -> bool:
        value, where = self._admitted(env, month)
        return value.at(i) is True and (where is None or bool(where[i]))


def _state(refused: Any, size: int) -> Any:
    if isinstance(refused, np.ndarray):
        return refused.astype(np.uint8) * REFUSED if refused.any() else None
    return REFUSED if refused else None


class At(Rule):
    """The value of another quantity some months earlier (``shift`` -1: last month)."""

    kind: Literal["at"]
    of: str
    shift: int

    def references(self) -> list[tuple[str, str]]:
        return [("of", self.of)]

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        return [(self.of, ("month", period[1] + self.shift))] if period else []

    def _where(self, env: Here) -> Period:
        return ("month", env.period[1] + self.shift) if env.period else ()

    def evaluate(self, env: Here) -> Value:
        return env.value_at(self.of, self._where(env))

    def demand(self, env: Here, used: np.ndarray) -> None:
        env.need_at(self.of, self._where(env), lacking(env.value_at(self.of, self._where(env)), used, env.size))

    def explain(self, env: Here, i: int) -> str:
        from xl_kpi.period import Month

        where = self._where(env)
        value = env.value_at(self.of, where).at(i)
        return f"{Month(where[1]) if where else ''} 的{env.title(self.of)} {env.text(self.of, value)}"

    def because(self, env: Here, i: int) -> str:
        from xl_kpi.period import Month

        where = self._where(env)
        return f"{Month(where[1])} {env.elsewhere(where).because(self.of, i)}" if where else ""


class Pick(Rule):
    """The value of another quantity in the month of a date of the person's own; blank outside ``months``."""

    kind: Literal["pick"]
    of: str
    date: str
    months: Offsets

    def references(self) -> list[tuple[str, str]]:
        return [("of", self.of), ("date", self.date)]

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        return [(self.of, ("month", month)) for month in months_of(period, self.months)]

    def _months(self, env: Here) -> list[tuple[int, np.ndarray]]:
        import datetime as dt

        from xl_kpi.period import Month

        day = env.value(self.date)
        days, known = day.array(env.size), day.states(env.size) == OK
        result = []
        for index in months_of(env.period, self.months):
            month = Month(index)
            first, last = dt.date.toordinal(month.first_day), dt.date.toordinal(month.last_day)
            result.append((index, known & (days >= first) & (days <= last)))
        return result

    def evaluate(self, env: Here) -> Value:
        result = nothing(self._type, BLANK)
        state = np.full(env.size, BLANK, np.uint8)
        for month, here in self._months(env):
            if not here.any():
                continue
            value = env.value_at(self.of, ("month", month))
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
            value = env.value_at(self.of, ("month", month))
            env.need_at(self.of, ("month", month), lacking(value, used & here, env.size))

    def explain(self, env: Here, i: int) -> str:
        from xl_kpi.period import Month

        for month, here in self._months(env):
            if here[i]:
                value = env.value_at(self.of, ("month", month)).at(i)
                return f"{Month(month)} 的{env.title(self.of)} {env.text(self.of, value)}"
        return "不适用"


class AsOf(Rule):
    """A column of the roster as it stood on a day, from the dated changes (人事变动)."""

    kind: Literal["as_of"]
    local: ClassVar[bool] = False
    expressions: ClassVar[dict[str, str]] = {"day": "person"}
    column: str
    day: str

    def references(self) -> list[tuple[str, str]]:
        return [("column", self.column)]

    def evaluate(self, env: Here) -> Value:
        day = self.node("day").evaluate(env)
        return env.roster_as_of(self.column, day.array(env.size))

    def demand(self, env: Here, used: np.ndarray) -> None:
        day = self.node("day").evaluate(env)
        self.node("day").demand(env, lacking(day, used, env.size))
        env.need_as_of(self.column, day.array(env.size), used)

    def explain(self, env: Here, i: int) -> str:
        return f"{env.title(self.column)} {env.text(self.column, self.evaluate(env).at(i))}"


class Events(Rule):
    """Aggregate the rows of a table (events, items) to the person and month they belong to."""

    kind: Literal["events"]
    local: ClassVar[bool] = False
    expressions: ClassVar[dict[str, str]] = {"where": "row", "of": "row"}
    table: str
    where: str = "True"
    how: Literal["any", "count", "sum"] = "any"
    of: str = ""

    def evaluate(self, env: Here) -> Value:
        rows = env.rows(self.table)
        people, mine = rows.people(env.period)
        where = self.node("where").evaluate(rows)
        hit = mine & where.true(rows.size)
        refused = mine & (where.states(rows.size) == REFUSED)
        if self.how == "sum":
            of = self.node("of").evaluate(rows)
            refused |= hit & (of.states(rows.size) != OK)
            hit &= of.states(rows.size) == OK
            total = _summed(of.data, people, hit, env.size, rows.size)
            return Value("number", total, _scatter(people, refused, env.size))
        if self.how == "count":
            counts = np.bincount(people[hit], minlength=env.size)
            return Value("number", Exact(counts), _scatter(people, refused, env.size))
        flag = np.zeros(env.size, bool)
        flag[people[hit]] = True
        state = _scatter(people, refused, env.size)
        if state is not None:
            state = np.where(flag, np.uint8(OK), state)             # decided by another row
        return Value("bool", flag, state)

    def demand(self, env: Here, used: np.ndarray) -> None:
        rows = env.rows(self.table)
        people, mine = rows.people(env.period)
        wanted = mine.copy()
        wanted[mine] = used[people[mine]]
        where = self.node("where").evaluate(rows)
        self.node("where").demand(rows, wanted & (where.states(rows.size) != OK))
        if self.how == "sum":
            of = self.node("of").evaluate(rows)
            self.node("of").demand(rows, wanted & where.true(rows.size) & (of.states(rows.size) != OK))

    def explain(self, env: Here, i: int) -> str:
        return f"{env.title(self.table)}：{self.told(env, i) or '没有'}"

    def told(self, env: Here, i: int) -> str:
        """The rows that count for a person."""
        rows = env.rows(self.table)
        people, mine = rows.people(env.period)
        hit = mine & (people == i) & self.node("where").evaluate(rows).true(rows.size)
        found = [rows.told(row, self.node("of") if self.how == "sum" else None) for row in np.flatnonzero(hit).tolist()]
        more = f" 等 {len(found)} 条" if len(found) > MOST_ROWS else ""
        return "；".join(found[:MOST_ROWS]) + more


def _scatter(people: np.ndarray, flag: np.ndarray, size: int) -> Any:
    if not flag.any():
        return None
    state = np.zeros(size, np.uint8)
    state[people[flag]] = REFUSED
    return state


def _summed(data: Exact, groups: np.ndarray, hit: np.ndarray, size: int, rows: int) -> Exact:
    """The exact sums of ``data`` within ``groups`` (0..size-1), over the elements ``hit``."""
    if not isinstance(data, Exact):     # everything is refused: there is no number
        return Exact(np.zeros(size, np.int64))
    den: Any = data.den
    if not isinstance(den, int):        # bring fractions with different denominators to one
        import math

        common = math.lcm(*(int(d) for d in np.unique(den[hit]))) if hit.any() else 1
        data = data.times(Exact(np.full(rows, common, object), 1))
        num = data.num // data.den
        den = common
    else:
        num = data.num if isinstance(data.num, np.ndarray) else np.full(rows, data.num)
    bound = data.bound * max(int(hit.sum()), 1)
    kind: Any = np.int64 if num.dtype != object and bound < 2**62 else object
    total = np.zeros(size, kind)
    np.add.at(total, groups[hit], num[hit].astype(kind))
    return Exact(total, den)


class Group(Rule):
    """Aggregate people to a group (team; nothing: all), and give each person the result of a group.

    ``by``: the group a person counts in; ``look``: the group whose result the person gets (default: the same).
    """

    kind: Literal["group"]
    local: ClassVar[bool] = False
    expressions: ClassVar[dict[str, str]] = {"of": "person", "where": "person"}
    how: Literal["any", "count", "sum", "mean"]
    of: str = ""
    where: str = "True"
    by: str = ""
    look: str = ""

    def references(self) -> list[tuple[str, str]]:
        return [(field, name) for field, name in (("by", self.by), ("look", self.look)) if name]

    def _groups(self, env: Here) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """(group of each person, has one, group looked at or -1, number of groups)."""
        if not self.by:
            return np.zeros(env.size, np.intp), np.ones(env.size, bool), np.zeros(env.size, np.intp), 1
        by = env.value(self.by)
        look = env.value(self.look) if self.look else by
        count = len(by.choices or ()) or 1
        seen = np.where(look.states(env.size) == OK, look.array(env.size), -1)
        return by.array(env.size).astype(np.intp), by.states(env.size) == OK, seen.astype(np.intp), count

    def evaluate(self, env: Here) -> Value:
        groups, has, seen, count = self._groups(env)
        where = self.node("where").evaluate(env)
        hit = has & where.true(env.size)
        refused = has & (where.states(env.size) == REFUSED)
        number = np.bincount(groups[hit], minlength=count)
        data: Any
        of = self.node("of").evaluate(env) if self.has("of") else None
        if of is not None and self.how != "count":
            refused |= hit & (of.states(env.size) != OK)
            hit &= of.states(env.size) == OK
        if self.how == "any":
            truth = hit & of.true(env.size) if of is not None else hit
            flag = np.bincount(groups[truth], minlength=count) > 0
            data = flag[seen]
        elif self.how == "count":
            data = Exact(number[seen], 1, env.size)
        else:
            assert of is not None
            total = _summed(of.data, groups, hit, count, env.size)
            if self.how == "mean":
                total = total.over(Exact(np.maximum(number, 1), 1))
            num, den = total.num[seen], total.den
            data = Exact(num, den if isinstance(den, int) else den[seen])
        bad = np.bincount(groups[refused], minlength=count) > 0
        if self.how == "any":
            bad &= ~flag
        state = np.where(bad[seen], np.uint8(REFUSED), np.uint8(OK))
        if self.how == "mean":
            state = np.where((number[seen] == 0) & (state == OK), np.uint8(BLANK), state)
        state = np.where(seen < 0, np.uint8(BLANK), state)
        if self.by:
            look = env.value(self.look or self.by)
            state = np.where(look.states(env.size) == REFUSED, np.uint8(REFUSED), state)
        return Value("bool" if self.how == "any" else "number", data, state if state.any() else None)

    def demand(self, env: Here, used: np.ndarray) -> None:
        groups, has, seen, count = self._groups(env)
        if self.by:
            look = env.value(self.look or self.by)
            env.need(self.look or self.by, lacking(look, used, env.size))
        wanted = np.zeros(count, bool)
        wanted[seen[used & (seen >= 0)]] = True
        members = has & wanted[groups]
        where = self.node("where").evaluate(env)
        self.node("where").demand(env, members & (where.states(env.size) == REFUSED))
        if self.has("of") and self.how != "count":
            of = self.node("of").evaluate(env)
            self.node("of").demand(env, members & where.true(env.size) & (of.states(env.size) != OK))

    def explain(self, env: Here, i: int) -> str:
        """How many counted: another person's values are never shown."""
        groups, has, seen, _ = self._groups(env)
        hit = has & env.evaluated(self.node("where")).true(env.size) & (groups == seen[i])
        among = f"{env.title(self.by)}内" if self.by else "全体"
        if self.how == "any":
            of = env.evaluated(self.node("of")).true(env.size) if self.has("of") else hit
            return f"{among} {int(hit.sum())} 人，其中 {int((hit & of).sum())} 人有"
        word = {"count": "人数", "sum": "合计", "mean": "平均"}[self.how]
        return f"{among} {int(hit.sum())} 人的{word}"


class First(Ordered):
    """The first among those admitted: yes for the winner.  ``ties``: yes for everybody tied by these keys."""

    kind: Literal["first"]
    ties: bool = False

    def evaluate(self, env: Here) -> Value:
        where = self.node("where").evaluate(env)
        winners = np.flatnonzero(where.true(env.size))
        for key in self.keys:
            if len(winners) <= 1:
                break
            keys, high = order_key(env, key, winners)
            winners = winners[keys == (keys.max() if high else keys.min())]
        result = np.zeros(env.size, bool)
        if len(winners):
            result[winners if self.ties else winners[:1]] = True
        return Value("bool", result, self.refused(env, where))

    def explain(self, env: Here, i: int) -> str:
        count = int(self.node("where").evaluate(env).true(env.size).sum())
        return f"{count} 人参评，{'第一名' if self.evaluate(env).at(i) else '不是第一名'}"

    def why_not(self, env: Here, i: int) -> str:
        where = self.node("where")
        return self.explain(env, i) if env.evaluated(where).at(i) else f"不参评：{where.because(env, i)}"


class Rank(Ordered):
    """The place (1, 2, …) among those admitted, within a group (``by``) or all; blank for the others.

    ``ties``: people with equal keys share the better place.
    """

    kind: Literal["rank"]
    by: str = ""
    ties: bool = False

    def references(self) -> list[tuple[str, str]]:
        return super().references() + ([("by", self.by)] if self.by else [])

    def evaluate(self, env: Here) -> Value:
        where = self.node("where").evaluate(env)
        index = np.flatnonzero(where.true(env.size))
        columns = []
        for key in self.keys:
            keys, high = order_key(env, key, index)
            columns.append(-keys if high else keys)
        group = env.value(self.by).array(env.size)[index] if self.by else np.zeros(len(index), np.int64)
        order = np.lexsort((*reversed(columns), group))

        def repeats(values: list[np.ndarray]) -> np.ndarray:
            """Where an element equals the one before it, in all ``values``."""
            same = [np.r_[False, v[order][1:] == v[order][:-1]] for v in values]
            return np.logical_and.reduce(same)[:len(order)]

        def back_to(same: np.ndarray) -> np.ndarray:
            """The position of the first of each run."""
            return np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))

        positions = np.arange(len(order))
        if len(order):
            start = back_to(repeats([group]))
            positions = (back_to(repeats([*columns, group])) if self.ties else positions) - start
        place = np.zeros(env.size, np.int64)
        place[index[order]] = positions + 1
        refused = self.refused(env, where)
        state = np.where(where.true(env.size), np.uint8(OK), np.uint8(BLANK))
        return Value("number", Exact(place), refused if refused is not None else state)

    def explain(self, env: Here, i: int) -> str:
        place = self.evaluate(env).at(i)
        count = int(self.node("where").evaluate(env).true(env.size).sum())
        return f"{count} 人中第 {number_text(place)} 名" if place is not None else "不参加排名"


class Band(Rule):
    """The highest key of a scale whose every line is met; ``below`` when none is.

    ``lines``: parameter → expression; a key that a parameter lacks has no such line.  The keys are those of the
    first parameter, lowest first.  ``top``: keys above it are not looked at.  ``edge``: '>=' (the line itself is met)
    or '>'.  A line that is not filled in matters only where the result depends on it.
    """

    kind: Literal["band"]
    expressions: ClassVar[dict[str, str]] = {"lines": "person", "top": "person"}
    lines: dict[str, str] = Field(min_length=1)
    top: str = ""
    below: int | str = 0
    edge: Literal[">=", ">"] = ">="

    def _keys(self, env: Here) -> list[str | int]:
        return env.keys(next(iter(self.lines)))

    def _values(self, env: Here) -> dict[str, Value]:
        return {parameter: self.node(f"lines.{parameter}").evaluate(env) for parameter in self.lines}

    def _met(self, env: Here, key: str | int, values: dict[str, Value], size: int) -> tuple[np.ndarray, np.ndarray]:
        """(met, known) for one key: met when every line is, known too when one line is known not to be met."""
        met, failed = np.ones(size, bool), np.zeros(size, bool)
        for parameter, value in values.items():
            if key not in env.keys(parameter):
                continue
            line = env.parameter(parameter, _key_value(key))
            bad = strict(value, line)
            if line.state is not None:
                met[:] = False
                continue
            here = value.data.compare(line.data, self.edge)
            known = np.broadcast_to(True if bad is None else bad == OK, (size,))
            met &= here & known
            failed |= ~here & known if isinstance(here, np.ndarray) else known & (not here)
        return met, met | failed

    def _allowed(self, open_: np.ndarray, key: str | int, top: Value | None) -> np.ndarray:
        """Where a key is still looked at."""
        if top is None:
            return open_
        return open_ & np.broadcast_to(Exact.of(int(key)).compare(top.data, "<="), open_.shape)

    def _highest(self, env: Here, values: dict[str, Value], top: Value | None, size: int
                 ) -> tuple[np.ndarray, np.ndarray]:
        """(position of the highest key met, -1 for none; whether it cannot be told)."""
        keys = self._keys(env)
        result = np.full(size, -1, np.int64)
        open_, refused = np.ones(size, bool), np.zeros(size, bool)
        for position in range(len(keys) - 1, -1, -1):
            allowed = self._allowed(open_, keys[position], top)
            if not allowed.any():
                continue
            met, known = self._met(env, keys[position], values, size)
            refused |= allowed & ~known
            result = np.where(allowed & met, position, result)
            open_ = open_ & ~(allowed & (met | ~known))
        return result, refused

    def _of_all(self, env: Here, values: dict[str, Value], top: Value | None) -> tuple[int, int]:
        """The same for values that are one for all: (position, state)."""
        keys = self._keys(env)
        for position in range(len(keys) - 1, -1, -1):
            key = keys[position]
            if top is not None and int(key) * top.data.den > top.data.num:
                continue
            lines = [(value, env.parameter(parameter, _key_value(key))) for parameter, value in values.items()
                     if key in env.keys(parameter)]
            if any(line.state is None and not value.data.compare(line.data, self.edge) for value, line in lines):
                continue
            return position, OK if all(line.state is None for _, line in lines) else REFUSED
        return -1, OK

    def evaluate(self, env: Here) -> Value:
        keys, size = self._keys(env), env.size
        values = self._values(env)
        top = self.node("top").evaluate(env) if self.has("top") else None
        if all(one is None or (one.state is None and isinstance(one.data, Exact) and isinstance(one.data.num, int))
               for one in (*values.values(), top)):
            position, one_state = self._of_all(env, values, top)
            return self._graded(keys, position, one_state or None)
        blank = np.zeros(size, bool)
        for value in values.values():
            blank |= value.states(size) == BLANK
        if blank.any():                     # only those who have what is compared: often few
            live = np.flatnonzero(~blank)
            result, refused = np.full(size, -1, np.int64), np.zeros(size, bool)
            result[live], refused[live] = self._highest(
                env, {p: v.take(live) for p, v in values.items()}, top and top.take(live), len(live))
        else:
            result, refused = self._highest(env, values, top, size)
        state: Any = np.where(blank, np.uint8(BLANK), np.where(refused, np.uint8(REFUSED), np.uint8(OK)))
        if top is not None and top.state is not None:
            state = np.where(top.states(size) != OK, np.uint8(REFUSED), state)
        return self._graded(keys, result, state if state.any() else None)

    def _graded(self, keys: list[str | int], position: Any, state: Any) -> Value:
        """The keys at some positions, -1 for ``below``."""
        if all(isinstance(key, int) for key in keys) and isinstance(self.below, int):
            numbers = [*keys, self.below]
            return Value("number", Exact(numbers[position] if isinstance(position, int)
                                         else np.array(numbers, np.int64)[position]), state)
        labels = tuple(str(key) for key in keys)
        choices = labels if str(self.below) in labels else (*labels, str(self.below))
        codes = [*range(len(keys)), choices.index(str(self.below))]
        data = codes[position] if isinstance(position, int) else np.array(codes)[position]
        return Value("choice", data, state, choices)

    def demand(self, env: Here, used: np.ndarray) -> None:
        size, values = env.size, self._values(env)
        for parameter, value in values.items():
            self.node(f"lines.{parameter}").demand(env, lacking(value, used, size))
            used = used & (value.states(size) == OK)
        top = None
        if self.has("top"):
            top = self.node("top").evaluate(env)
            self.node("top").demand(env, lacking(top, used, size))
            used = used & (top.states(size) == OK)
        keys = self._keys(env)
        open_ = used.copy()
        for key in reversed(keys):
            allowed = self._allowed(open_, key, top)
            met, known = self._met(env, key, values, size)
            asked = allowed & ~known
            if asked.any():
                for parameter in self.lines:
                    if key in env.keys(parameter):
                        env.need_parameter(parameter, _key_value(key), asked)
            open_ = open_ & ~(allowed & met)

    def explain(self, env: Here, i: int) -> str:
        """What was compared, the lines that are met and the first that is not."""
        values = {parameter: env.evaluated(self.node(f"lines.{parameter}")) for parameter in self.lines}
        given = "，".join(self.node(f"lines.{parameter}").explain(env, i) for parameter in self.lines)
        if any(value.at(i) is None for value in values.values()):
            return given
        keys, grade = self._keys(env), self.evaluate(env).at(i)
        found = next((at for at, key in enumerate(keys) if key == grade or str(key) == grade), -1)
        parts = []
        if found >= 0 and (met := self._lines(env, i, keys[found], values, True)):
            parts.append(f"达到 {keys[found]} {self.unit}".strip() + f"（{met}）")
        above = found + 1
        if above < len(keys):
            top = self.node("top").evaluate(env).at(i) if self.has("top") else None
            if top is not None and int(keys[above]) > top:
                parts.append(f"最高 {self.node('top').explain(env, i)}")
            elif failed := self._lines(env, i, keys[above], values, False):
                parts.append(f"达不到 {keys[above]} {self.unit}".strip() + f"（{failed}）")
        return f"{given}：{'；'.join(parts)}" if parts else given

    def _lines(self, env: Here, i: int, key: str | int, values: dict[str, Value], met: bool) -> str:
        """The lines of a key that a person meets, or does not meet."""
        found = []
        for parameter, value in values.items():
            line = env.parameter(parameter, _key_value(key)).at(i) if key in env.keys(parameter) else None
            mine = value.at(i)
            if line is None or (mine >= line if self.edge == ">=" else mine > line) != met:
                continue
            op = self.edge if met else {">=": "<", ">": "<="}[self.edge]
            node = self.node(f"lines.{parameter}")
            found.append(f"{node.explain(env, i)} {SYMBOLS[op]} {env.title(parameter)} {env.text(parameter, line)}")
        return "，".join(found)


def _key_value(key: str | int) -> Value:
    return Value("choice", 0, None, (key,)) if isinstance(key, str) else Value("number", Exact(key))


class Calendar(Rule):
    """Between two dates of the person's own, both counted: days, workdays, workdays and paid holidays, the calendar
    months touched, or the full months (15 January to 14 February is one)."""

    kind: Literal["calendar"]
    expressions: ClassVar[dict[str, str]] = {"first": "person", "last": "person"}
    what: Literal["days", "workdays", "paid", "months", "full_months"]
    first: str
    last: str

    def _count(self, env: Here) -> tuple[Value, str]:
        from xl_kpi.calendar_cn import CalendarLacks, count_days
        from xl_kpi.period import count_months

        first, last = self.node("first").evaluate(env), self.node("last").evaluate(env)
        state = strict(first, last)
        a, b = first.array(env.size), last.array(env.size)
        empty = a > b                       # nothing to count, in whatever year that is
        if empty.any():
            a, b = np.where(empty, 0, a), np.where(empty, 0, b)
        if self.what == "months" or self.what == "full_months":      # noqa: PLR1714 (mypy narrows by it)      # noqa: PLR1714 (mypy narrows by it)
            return Value("number", Exact(count_months(a, b, self.what == "full_months")), state), ""
        try:
            counts = count_days(a, b, self.what)
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
            self.node(field).demand(env, lacking(value, used, env.size))

    def explain(self, env: Here, i: int) -> str:
        word = {"days": "日历天数", "workdays": "工作日", "paid": "计薪日（含法定节假日）", "months": "自然月数",
                "full_months": "满月数"}[self.what]
        value = self.evaluate(env).at(i)
        first, last = self.node("first").explain(env, i), self.node("last").explain(env, i)
        return f"{first} 至 {last} 的{word} {number_text(value)}"


AnyRule = Annotated[
    Expr | Over | At | Pick | AsOf | Events | Group | First | Rank | Band | Calendar | Distribute,
    Field(discriminator="kind")]
KINDS: dict[str, type[Rule]] = {
    cls.model_fields["kind"].annotation.__args__[0]: cls                # type: ignore[union-attr]
    for cls in (Expr, Over, At, Pick, AsOf, Events, Group, First, Rank, Band, Calendar, Distribute)}
assert set(WINDOWS) == {"quarter", "quarter_to_date", "previous_quarter"}
