"""Sharing a pool (按权重分摊): amounts in proportion to weights whose sum is the pool, to the fen."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from xl_kpi.money import LIMIT, Exact, largest
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, lacking, named
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.decision import Decision, choice_of, decided
from xl_kpi.rules.expression import BOOL, NUMBER, TEXT, TypeOf, number_text
from xl_kpi.rules.kinds.order import order_key
from xl_kpi.rules.values import OK, REFUSED, Value

NOBODY = "没有人参加分配，或者参加的人权重都是 0"
NEGATIVE = "有人的权重是负数"
UNLIKE = "各人的总额不同，只能分一个总额"


class _Parts(NamedTuple):
    """What is shared, over the people who take part: ``who``, ``group`` and ``weight`` (numerators over one
    denominator) of each, ``pool`` of each group in units of the last place, ``wrong`` why a group gets nothing."""

    who: np.ndarray
    group: np.ndarray
    weight: np.ndarray
    den: int
    pool: np.ndarray
    total: np.ndarray
    wrong: dict[int, str]


class ShareRule(Rule):
    """The part of ``pool`` that a person gets by ``weight``, among those for whom ``where`` holds, within a group
    (``by``; nothing: all).  The others get 0.

    The parts are in units of ``places`` decimals and sum exactly to the pool.  ``rest``: "largest" rounds down and
    gives what is left over, a unit each, to the largest remainders (largest-remainder method); "heaviest" rounds half
    up and gives the whole difference to the largest weight.  Equal ones are told apart by ``keys``, then by 工号.
    """

    kind: Literal["share"]
    expressions: ClassVar[dict[str, str]] = {"pool": "person", "weight": "person", "where": "person"}
    pool: str
    weight: str
    where: str = "True"
    by: str = ""
    keys: list[str] = Field(default_factory=list)
    rest: Decision = "largest"
    places: int = Field(default=2, ge=0, le=4)


REST = {"largest": "各人舍去后，余下的按舍去部分由大到小各加一个最小单位",
        "heaviest": "各人四舍五入后，差额归权重最大的人"}


class Share(Quantity[ShareRule]):
    written = ShareRule
    local = False
    types: ClassVar[dict[str, str]] = {"pool": NUMBER, "weight": NUMBER, "where": BOOL, "by": TEXT}
    calls = (Call("按权重分摊", (
        CallArgument("pool", "people"), CallArgument("weight", "people"), CallArgument("where", "people", needed=False),
        CallArgument("by", "name", named="同", needed=False), CallArgument("keys", "order", named="按", needed=False),
        CallArgument("rest", "decision", named="尾差", needed=False,
                     words={"逐分": "largest", "归最大": "heaviest"}))),)

    @classmethod
    def made(cls, name: str, rule: ShareRule, making: Making) -> Share:
        made = super().made(name, rule, making)
        made.nodes["rest"] = choice_of("rest", rule.rest, tuple(REST), making)
        return made

    def type_of(self, of: TypeOf) -> str:
        return NUMBER

    def references(self) -> list[tuple[str, str]]:
        keys = [("keys", key.lstrip("-")) for key in self.rule.keys if key.lstrip("-") != "id"]
        return keys + named([("by", self.rule.by)])

    # -- who shares what --------------------------------------------------------------------------------------------

    def _groups(self, env: Here) -> tuple[np.ndarray, int]:
        if not self.rule.by:
            return np.zeros(env.size, np.intp), 1
        by = env.value(self.rule.by)
        return by.array(env.size).astype(np.intp), len(by.choices or ()) or 1

    def _unknown(self, env: Here) -> np.ndarray:
        """Whose part cannot be said for what is not known: everybody who may share with somebody not known."""
        size, where = env.size, self.nodes["where"].evaluate(env)
        if (where.states(size) == REFUSED).any():               # who takes part is not known
            return np.ones(size, bool)
        admitted, (groups, count) = where.true(size), self._groups(env)
        bad = np.zeros(size, bool)
        for field in ("pool", "weight"):
            bad |= admitted & (self.nodes[field].evaluate(env).states(size) != OK)
        for _, name in self.references():
            states = env.value(name).states(size)
            bad |= admitted & ((states != OK) if name == self.rule.by else (states == REFUSED))
        return admitted & (np.bincount(groups[bad], minlength=count) > 0)[groups]

    def _parts(self, env: Here, unknown: np.ndarray) -> _Parts:
        size = env.size
        groups, count = self._groups(env)
        index = np.flatnonzero(self.nodes["where"].evaluate(env).true(size) & ~unknown)
        group = groups[index]
        weight, den = _whole(self.nodes["weight"].evaluate(env).take(index), len(index))
        whole = self.nodes["pool"].evaluate(env).data.rounded(self.rule.places).scaled(self.rule.places)
        pools = _numbers(whole, size)[index]
        pool = np.zeros(count, pools.dtype)
        pool[group] = pools
        total = np.zeros(count, object)
        np.add.at(total, group, weight)
        wrong: dict[int, str] = {}
        for one in np.unique(group[weight < 0]).tolist():
            wrong[one] = NEGATIVE
        for one in np.unique(group[pools != pool[group]]).tolist():
            wrong[one] = UNLIKE
        for one in np.unique(group[(total[group] == 0) & (pools != 0)]).tolist():
            wrong.setdefault(one, NOBODY)
        return _Parts(index, group, weight, den, pool, total, wrong)

    # -- the rule ---------------------------------------------------------------------------------------------------

    def evaluate(self, env: Here) -> Value:
        unknown = self._unknown(env)
        parts = self._parts(env, unknown)
        data = np.zeros(env.size, np.int64)
        if len(parts.who):
            data[parts.who] = self._amounts(env, parts)
        bad = unknown | self._wrong(env, parts) | self._left(env)
        state = bad.astype(np.uint8) * REFUSED if bad.any() else None
        return Value("number", Exact(data, 10**self.rule.places), state)

    def _left(self, env: Here) -> np.ndarray:
        """Everybody with a pool that nobody takes part in: it would be left."""
        where = self.nodes["where"].evaluate(env)
        if self.rule.by or where.true(env.size).any() or not env.size:
            return np.zeros(env.size, bool)
        pool = self.nodes["pool"].evaluate(env)
        return (pool.states(env.size) == OK) & (pool.array(env.size) != 0)

    def _wrong(self, env: Here, parts: _Parts) -> np.ndarray:
        mask = np.zeros(env.size, bool)
        mask[parts.who] = np.isin(parts.group, list(parts.wrong))
        return mask

    def _amounts(self, env: Here, parts: _Parts) -> np.ndarray:
        _, group, weight, _, pools, totals, wrong = parts
        pool, total = pools[group], np.where(totals == 0, 1, totals)[group]
        sign = np.where(pool < 0, -1, 1)
        exact = largest(weight) * max(largest(pool), 1) * 2 + largest(total) < LIMIT
        kind: Any = np.int64 if exact else object
        weight, pool, total = weight.astype(kind), np.abs(pool).astype(kind), total.astype(kind)
        if decided(self.nodes["rest"], env) == "heaviest":
            amount = (2 * pool * weight + total) // (2 * total)
            first = weight
        else:
            amount = pool * weight // total
            first = pool * weight - amount * total
        left = np.abs(pools).astype(object)
        np.subtract.at(left, group, amount.astype(object))
        left[list(wrong)] = 0
        place = self._places(env, parts, first)
        if decided(self.nodes["rest"], env) == "heaviest":
            amount = amount + np.where(place == 0, left[group], 0)
        else:
            amount = amount + (place < left[group])
        return (amount * sign).astype(np.int64)

    def _places(self, env: Here, parts: _Parts, first: np.ndarray) -> np.ndarray:
        """The place (0, 1, …) of each within the group: large ``first`` first, then large weights, keys, 工号."""
        columns = [-first, -parts.weight]
        for key in [*self.rule.keys, "id"]:
            keys, high = order_key(env, key, parts.who)
            columns.append(-keys if high else keys)
        ranked = [np.unique(column, return_inverse=True)[1] for column in columns]
        order = np.lexsort((*reversed(ranked), parts.group))
        start = np.searchsorted(parts.group[order], parts.group[order])
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order)) - start
        return place

    def demand(self, env: Here, used: np.ndarray) -> None:
        size, where = env.size, self.nodes["where"].evaluate(env)
        self.nodes["where"].demand(env, where.states(size) == REFUSED)
        admitted = where.true(size)
        for field in ("pool", "weight"):
            node = self.nodes[field]
            node.demand(env, lacking(node.evaluate(env), admitted, size))
        for _, name in self.references():
            states = env.value(name).states(size)
            env.need(name, admitted & ((states != OK) if name == self.rule.by else (states == REFUSED)))
        unknown = self._unknown(env)
        parts = self._parts(env, unknown)
        for group, text in parts.wrong.items():
            mine = np.zeros(size, bool)
            mine[parts.who[parts.group == group]] = True
            env.refuse("", mine & used, text, "核对参加分配的人、各人的权重和总额")
        if (left := self._left(env) & used).any():
            env.refuse("", left, NOBODY, "核对参加分配的人、各人的权重和总额")

    def explain(self, env: Here, i: int) -> str:
        """The pool, the person's weight and the sum of the weights: nobody else's."""
        parts = self._parts(env, self._unknown(env))
        at = np.flatnonzero(parts.who == i)
        if not len(at):
            return "不参加分配"
        k, group = int(at[0]), int(parts.group[at[0]])
        pool = self.nodes["pool"].explain(env, i)
        total = number_text(Exact(int(parts.total[group]), parts.den).at(0))
        among = f"{env.title(self.rule.by)}内" if self.rule.by else ""
        cut = REST[decided(self.nodes["rest"], env)]
        mine = self.nodes["weight"].explain(env, i)
        return f"{pool} × {mine} ÷ {among}{int((parts.group == group).sum())} 人的权重合计 {total}（{cut}）" if (
            parts.weight[k] or parts.total[group]) else f"{pool} × 权重 0"

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        group = f"同一{words.title(rule.by)}里 " if rule.by else ""
        who = "" if rule.where == "True" else f"在 {words.expression(rule.where)} 的人中"
        return [f"{group}{words.expression(rule.pool)} {who}按 {words.expression(rule.weight)} 分摊，合计正好分完"]


def _whole(value: Value, size: int) -> tuple[np.ndarray, int]:
    """Numbers as numerators over one denominator."""
    data = value.data
    if isinstance(data.den, int):
        return _numbers(data.num, size), data.den
    import math

    den = math.lcm(*(int(d) for d in np.unique(data.den))) if size else 1
    return _numbers(data.num, size).astype(object) * (den // data.den.astype(object)), den


def _numbers(values: Any, size: int) -> np.ndarray:
    return values if isinstance(values, np.ndarray) else np.full(size, values)


KINDS = (Share,)
