"""Aggregate the rows of a table (events, items) to the person and period they belong to."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, check_summands, table_of_rows
from xl_kpi.rules.calls import Argument, Call
from xl_kpi.rules.expression import BOOL, NUMBER, Node, TypeOf
from xl_kpi.rules.kinds.sums import summed
from xl_kpi.rules.periods import PERIOD_WORDS
from xl_kpi.rules.values import OK, REFUSED, Value

MOST_ROWS = 12          # of a table, told in an explanation
ROWS = (Argument("table", "table"), Argument("where", "rows", needed=False))


class EventsRule(Rule):
    """Is there a row that ``where`` admits, how many are there, or the sum of ``of`` over them."""

    kind: Literal["events"]
    expressions: ClassVar[dict[str, str]] = {"where": "row", "of": "row"}
    table: str
    where: str = "True"
    how: Literal["any", "count", "sum"] = "any"
    of: str = ""

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
        Call("合计", (ROWS[0], Argument("of", "rows"), ROWS[1]), {"how": "sum"}),
        Call("次数", ROWS, {"how": "count"}),
        Call("记有", ROWS, {"how": "any"}))

    @classmethod
    def check(cls, rule: EventsRule, making: Making) -> None:
        table_of_rows(rule, making)
        check_summands(rule, making)

    def wanted(self, field: str) -> str:
        if field == "of":
            return {"any": BOOL, "sum": NUMBER}.get(self.rule.how, "")
        return super().wanted(field)

    def type_of(self, of: TypeOf) -> str:
        return BOOL if self.rule.how == "any" else NUMBER

    def here(self) -> list[Node]:
        return []                       # they are read over the rows

    def evaluate(self, env: Here) -> Value:
        rows = env.rows(self.rule.table)
        people, mine = rows.people(env.period)
        where = self.nodes["where"].evaluate(rows)
        hit = mine & where.true(rows.size)
        refused = mine & (where.states(rows.size) == REFUSED)
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

    def demand(self, env: Here, used: np.ndarray) -> None:
        rows = env.rows(self.rule.table)
        people, mine = rows.people(env.period)
        wanted = mine.copy()
        wanted[mine] = used[people[mine]]
        where = self.nodes["where"].evaluate(rows)
        self.nodes["where"].demand(rows, wanted & (where.states(rows.size) != OK))
        if self.rule.how == "sum":
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
        people, mine = rows.people(env.period)
        hit = mine & (people == i) & self.nodes["where"].evaluate(rows).true(rows.size)
        of = self.nodes["of"] if self.rule.how == "sum" else None
        found = [rows.told(row, of) for row in np.flatnonzero(hit).tolist()]
        return sorted(found) if rows.dated else found       # by day, wherever in the sheet they stand

    def facts(self, env: Here, i: int) -> list[str]:
        return self._rows(env, i) if self.rule.how == "any" else []

    def records(self, env: Here, i: int) -> str:
        return self.told(env, i) if self.rule.how == "sum" else ""

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        rows = "的行" if rule.where == "True" else f"中 {words.expression(rule.where)} 的行"
        how = {"any": "有没有", "count": "有几行"}.get(rule.how) or f"{words.expression(rule.of)}的合计"
        return [f"{PERIOD_WORDS[rule.period]}{words.sheet(rule.table)}{rows}，{how}"]


def _scatter(people: np.ndarray, flag: np.ndarray, size: int) -> Any:
    if not flag.any():
        return None
    state = np.zeros(size, np.uint8)
    state[people[flag]] = REFUSED
    return state


KINDS = (Events,)
