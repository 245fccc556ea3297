"""Aggregate the rows of a table (events, items) to the person and period they belong to."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from xl_kpi.money import Exact, largest
from xl_kpi.period import bounds
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, check_summands, table_of_rows
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import BOOL, NUMBER, Node, TypeOf, common
from xl_kpi.rules.kinds.sums import numerators, summed
from xl_kpi.rules.periods import PERIOD_WORDS
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value

MOST_ROWS = 12          # of a table, told in an explanation
ROWS = (CallArgument("table", "table"), CallArgument("where", "rows", needed=False))
BACK = CallArgument("back", "number", named="月数", needed=False)


class EventsRule(Rule):
    """Is there a row that ``where`` admits, how many are there, the sum, the least or the greatest of ``of`` over them,
    or how many of them in a row, the latest last, are such that ``of`` holds (``streak``).

    ``back``: of so many months up to the end of the period, instead of the period itself.
    """

    kind: Literal["events"]
    expressions: ClassVar[dict[str, str]] = {"where": "row", "of": "row"}
    table: str
    where: str = "True"
    how: Literal["any", "count", "sum", "min", "max", "streak"] = "any"
    of: str = ""
    back: int = Field(default=0, ge=0, le=120)

    @property
    def of_table(self) -> str:
        return self.table


class Events(Quantity[EventsRule]):
    written = EventsRule
    types: ClassVar[dict[str, str]] = {"where": BOOL}
    local = False
    reads_rows = True
    needs_period = True
    calls = (
        Call("合计", (ROWS[0], CallArgument("of", "rows"), ROWS[1]), {"how": "sum"}),
        Call("次数", ROWS, {"how": "count"}),
        Call("记有", ROWS, {"how": "any"}),
        Call("各次最低", (ROWS[0], CallArgument("of", "rows"), ROWS[1], BACK), {"how": "min"}),
        Call("各次最高", (ROWS[0], CallArgument("of", "rows"), ROWS[1], BACK), {"how": "max"}),
        Call("连续次数", (ROWS[0], CallArgument("of", "rows"), ROWS[1], BACK), {"how": "streak"}))

    @classmethod
    def check(cls, rule: EventsRule, making: Making) -> None:
        table_of_rows(rule, making)
        check_summands(rule, making)

    def wanted(self, field: str) -> str:
        if field == "of":
            return {"any": BOOL, "sum": NUMBER, "streak": BOOL}.get(self.rule.how, "")
        return super().wanted(field)

    def type_of(self, of: TypeOf) -> str:
        if self.rule.how in ("min", "max"):
            return common([self.nodes["of"]], "最小、最大的一项", of)
        return BOOL if self.rule.how == "any" else NUMBER

    def here(self) -> list[Node]:
        return []                       # they are read over the rows

    def evaluate(self, env: Here) -> Value:
        rows = env.rows(self.rule.table)
        people, mine = self._mine(env, rows)
        where = self.nodes["where"].evaluate(rows)
        hit = mine & where.true(rows.size)
        refused = mine & (where.states(rows.size) == REFUSED)
        if self.rule.how in ("min", "max"):
            return self._extreme(env, rows, people, hit, refused)
        if self.rule.how == "streak":
            return self._streak(env, rows, people, hit, refused)
        if self.rule.how == "sum":
            of = self.nodes["of"].evaluate(rows)
            refused |= hit & (of.states(rows.size) != OK)
            hit &= of.states(rows.size) == OK
            total = summed(of.data, people, hit, env.size, rows.size)
            return Value("number", total, _scatter(people, refused, env.size))
        if self.rule.how == "count":
            counts = np.bincount(people[hit], minlength=env.size)
            return Value("number", Exact(counts), _scatter(people, refused, env.size))
        flag = np.zeros(env.size, bool)
        flag[people[hit]] = True
        state = _scatter(people, refused, env.size)
        if state is not None:
            state = np.where(flag, np.uint8(OK), state)             # decided by another row
        return Value("bool", flag, state)

    def _mine(self, env: Here, rows: Any) -> tuple[np.ndarray, np.ndarray]:
        """(the person of each row, whether it is of the months that count)."""
        if not self.rule.back or not env.period:
            found: tuple[np.ndarray, np.ndarray] = rows.people(env.period)
            return found
        last = bounds(env.period)[1]
        found = rows.within(list(range(last - self.rule.back + 1, last + 1)))
        return found

    def _extreme(self, env: Here, rows: Any, people: np.ndarray, hit: np.ndarray, refused: np.ndarray) -> Value:
        """The least or the greatest; blank where there is no row."""
        of = self.nodes["of"].evaluate(rows)
        refused = refused | (hit & (of.states(rows.size) == REFUSED))
        hit = hit & (of.states(rows.size) == OK)
        num, den = numerators(of, np.flatnonzero(hit))
        least = self.rule.how == "min"
        best = np.full(env.size, largest(num) + 1 if least else -largest(num) - 1, num.dtype)
        (np.minimum if least else np.maximum).at(best, people[hit], num)
        some = np.bincount(people[hit], minlength=env.size) > 0
        state = np.where(some, np.uint8(OK), np.uint8(BLANK))
        state[people[refused]] = REFUSED
        return Value(of.type, Exact(np.where(some, best, 0), den), state if state.any() else None)

    def _streak(self, env: Here, rows: Any, people: np.ndarray, hit: np.ndarray, refused: np.ndarray) -> Value:
        """How many of the latest rows hold, one after the other; of one day they are in the order of the sheet."""
        of = self.nodes["of"].evaluate(rows)
        refused = refused | (hit & (of.states(rows.size) != OK))
        index = np.flatnonzero(hit)
        index = index[np.argsort(rows.days[index], kind="stable")]
        place, holds = np.arange(len(index)), of.true(rows.size)[index]
        ended = np.full(env.size, -1, np.int64)
        np.maximum.at(ended, people[index[~holds]], place[~holds])
        count = np.bincount(people[index[place > ended[people[index]]]], minlength=env.size)
        return Value("number", Exact(count), _scatter(people, refused, env.size))

    def demand(self, env: Here, used: np.ndarray) -> None:
        rows = env.rows(self.rule.table)
        people, mine = self._mine(env, rows)
        wanted = mine.copy()
        wanted[mine] = used[people[mine]]
        where = self.nodes["where"].evaluate(rows)
        self.nodes["where"].demand(rows, wanted & (where.states(rows.size) != OK))
        if self.rule.how in ("sum", "min", "max", "streak"):
            of = self.nodes["of"].evaluate(rows)
            self.nodes["of"].demand(rows, wanted & where.true(rows.size) & (of.states(rows.size) != OK))

    def explain(self, env: Here, i: int) -> str:
        return f"{env.title(self.rule.table)}：{self.told(env, i) or '没有'}"

    def told(self, env: Here, i: int) -> str:
        """The rows that count for a person."""
        found = self._rows(env, i)
        more = f" 等 {len(found)} 条" if len(found) > MOST_ROWS else ""
        return "；".join(found[:MOST_ROWS]) + more

    def _rows(self, env: Here, i: int) -> list[str]:
        rows = env.rows(self.rule.table)
        people, mine = self._mine(env, rows)
        hit = mine & (people == i) & self.nodes["where"].evaluate(rows).true(rows.size)
        of = self.nodes["of"] if self.rule.how in ("sum", "min", "max", "streak") else None
        found = [rows.told(row, of) for row in np.flatnonzero(hit).tolist()]
        return sorted(found) if rows.dated else found       # by day, wherever in the sheet they stand

    def facts(self, env: Here, i: int) -> list[str]:
        return self._rows(env, i) if self.rule.how == "any" else []

    def records(self, env: Here, i: int) -> str:
        return self.told(env, i) if self.rule.how == "sum" else ""

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        rows = "的行" if rule.where == "True" else f"中 {words.expression(rule.where)} 的行"
        of = words.expression(rule.of) if rule.of else ""
        how = {"any": "有没有", "count": "有几行", "sum": f"{of}的合计", "min": f"最小的{of}", "max": f"最大的{of}",
               "streak": f"到最后一行为止连续几行 {of}"}[rule.how]
        when = f"最近 {rule.back} 个月" if rule.back else PERIOD_WORDS[rule.period]
        return [f"{when}{words.sheet(rule.table)}{rows}，{how}"]


def _scatter(people: np.ndarray, flag: np.ndarray, size: int) -> Any:
    if not flag.any():
        return None
    state = np.zeros(size, np.uint8)
    state[people[flag]] = REFUSED
    return state


KINDS = (Events,)
