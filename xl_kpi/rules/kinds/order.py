"""Putting people in order: the first, the place of each."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
from pydantic import Field

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Quantity, Rule, Words, named
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import BOOL, NUMBER, TEXT, Node, Ref, TypeOf, number_text
from xl_kpi.rules.form import OnForm, Place
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value

WHO = (CallArgument("where", "people"), CallArgument("keys", "order", named="按"))
BY = CallArgument("by", "name", named="同", needed=False)
TIES = CallArgument("ties", "yes", named="并列", needed=False)


def order_key(env: Here, name: str, index: np.ndarray) -> tuple[np.ndarray, bool]:
    """The values of a key for the people at ``index``, and whether high comes first; no value comes last."""
    high = name.startswith("-")
    name = name.lstrip("-")
    if name == "id":
        ids = [env.ids[i] for i in index]
        order = {label: k for k, label in enumerate(sorted(set(ids)))}
        return np.array([order[label] for label in ids], np.int64), high
    value = env.value(name).take(index)
    data = value.data
    if isinstance(data, Exact):
        if not isinstance(data.den, int):                            # ranks of fractions by exact comparison
            parts = [data.at(k) for k in range(len(index))]
            order_ = {part: k for k, part in enumerate(sorted(set(parts)))}
            keys = np.array([order_[part] for part in parts], np.int64)
        else:
            keys = data.num if isinstance(data.num, np.ndarray) else np.full(len(index), data.num, np.int64)
    else:
        keys = value.array(len(index)).astype(np.int64)
    none = value.states(len(index)) != OK
    if none.any():
        keys = np.where(none, (keys.min() - 1) if high else (keys.max() + 1), keys)
    return keys, high


class OrderedRule(Rule):
    """``keys``: names, '-' before one that counts from the top; 'id' is 工号."""

    expressions: ClassVar[dict[str, str]] = {"where": "person"}
    where: str
    keys: list[str] = Field(min_length=1)


OneRule = TypeVar("OneRule", bound=OrderedRule)


class Ordered(Quantity[OneRule]):
    """What the kinds that put people in order share."""

    types: ClassVar[dict[str, str]] = {"where": BOOL, "by": TEXT}
    local = False

    def references(self) -> list[tuple[str, str]]:
        return [("keys", key.lstrip("-")) for key in self.rule.keys if key.lstrip("-") != "id"]

    def refused(self, env: Here, where: Value) -> Any:
        """One refused candidate leaves every place open."""
        used = [where, *(env.value(name) for _, name in self.references())]
        if all(value.state is None for value in used):
            return None
        admitted = where.true(env.size)
        bad = (where.states(env.size) == REFUSED).any() or any(
            (value.states(env.size)[admitted] == REFUSED).any() for value in used[1:])
        return np.full(env.size, REFUSED, np.uint8) if bad else None

    def demand(self, env: Here, used: np.ndarray) -> None:
        where = self.nodes["where"].evaluate(env)
        self.nodes["where"].demand(env, where.states(env.size) == REFUSED)
        for _, name in self.references():
            env.need(name, where.true(env.size) & (env.value(name).states(env.size) == REFUSED))

    def order(self, words: Words) -> str:
        """By what people are put in order."""
        def one(key: str) -> str:
            name = key.lstrip("-")
            first = ("晚" if words.is_date(name) else "高") if key.startswith("-") else (
                "早" if words.is_date(name) else "小")
            return f"{'工号' if name == 'id' else words.title(name)}{first}的在前"

        return "，再看".join(map(one, self.rule.keys))


class FirstRule(OrderedRule):
    """The first among those admitted: yes for the winner.  ``ties``: yes for everybody tied by these keys."""

    kind: Literal["first"]
    ties: bool = False


class First(Ordered[FirstRule]):
    written = FirstRule
    calls = (Call("第一", (*WHO, TIES)),)

    def type_of(self, of: TypeOf) -> str:
        return BOOL

    def evaluate(self, env: Here) -> Value:
        where = self.nodes["where"].evaluate(env)
        winners = np.flatnonzero(where.true(env.size))
        for key in self.rule.keys:
            if len(winners) <= 1:
                break
            keys, high = order_key(env, key, winners)
            winners = winners[keys == (keys.max() if high else keys.min())]
        result = np.zeros(env.size, bool)
        if len(winners):
            result[winners if self.rule.ties else winners[:1]] = True
        return Value("bool", result, self.refused(env, where))

    def explain(self, env: Here, i: int) -> str:
        count = int(self.nodes["where"].evaluate(env).true(env.size).sum())
        return f"{count} 人参评，{'第一名' if self.evaluate(env).at(i) else '不是第一名'}"

    def why_not(self, env: Here, i: int) -> str:
        where = self.nodes["where"]
        return self.explain(env, i) if env.evaluated(where).at(i) else f"不参评：{where.because(env, i)}"

    def words(self, words: Words) -> list[str]:
        ties = "（并列都算）" if self.rule.ties else ""
        return [f"{words.expression(self.rule.where)} 的人中第一名{ties}：{self.order(words)}"]


class RankRule(OrderedRule):
    """The place (1, 2, …) among those admitted, within a group (``by``) or all; blank for the others.

    ``ties``: people with equal keys share the better place.  ``percent``: instead of the place its share of the people,
    in percent (10 of the fourth among 40): 前 10% are those with at most 10.
    """

    kind: Literal["rank"]
    by: str = ""
    ties: bool = False
    percent: bool = False


class Rank(Ordered[RankRule]):
    written = RankRule
    calls = (Call("名次", (*WHO, BY, TIES)), Call("名次百分比", (*WHO, BY, TIES), {"percent": True}))

    def on_form(self, form: OnForm) -> Node | None:
        if self.rule.by or self.rule.ties or self.rule.percent:
            return None
        where, keys = form.column(self.nodes["where"]), []
        for key in self.rule.keys:
            shown = form.column(Ref(key.lstrip("-")))
            if not isinstance(shown, Ref):
                return None
            keys.append((shown.name, key.startswith("-")))
        return Place(where, tuple(keys))

    def type_of(self, of: TypeOf) -> str:
        return NUMBER

    def references(self) -> list[tuple[str, str]]:
        return super().references() + named([("by", self.rule.by)])

    def evaluate(self, env: Here) -> Value:
        where = self.nodes["where"].evaluate(env)
        index = np.flatnonzero(where.true(env.size))
        columns = []
        for key in self.rule.keys:
            keys, high = order_key(env, key, index)
            columns.append(-keys if high else keys)
        group = env.value(self.rule.by).array(env.size)[index] if self.rule.by else np.zeros(len(index), np.int64)
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
            positions = (back_to(repeats([*columns, group])) if self.rule.ties else positions) - start
        place = np.zeros(env.size, np.int64)
        place[index[order]] = positions + 1
        refused = self.refused(env, where)
        state = np.where(where.true(env.size), np.uint8(OK), np.uint8(BLANK))
        data = Exact(place)
        if self.rule.percent:
            count = np.ones(env.size, np.int64)
            count[index] = np.bincount(group, minlength=1)[group]
            data = Exact(place * 100, count)
        return Value("number", data, refused if refused is not None else state)

    def explain(self, env: Here, i: int) -> str:
        place = self.evaluate(env).at(i)
        if self.rule.percent:
            among = f"{env.title(self.rule.by)}内" if self.rule.by else "全体"
            return f"在{among}的前 {number_text(place)}%" if place is not None else "不参加排名"
        count = int(self.nodes["where"].evaluate(env).true(env.size).sum())
        return f"{count} 人中第 {number_text(place)} 名" if place is not None else "不参加排名"

    def words(self, words: Words) -> list[str]:
        group = f"同一{words.title(self.rule.by)}里 " if self.rule.by else ""
        ties = "（并列同名次）" if self.rule.ties else ""
        place = "名次占人数的百分比" if self.rule.percent else "名次"
        return [f"{group}{words.expression(self.rule.where)} 的人中的{place}{ties}：{self.order(words)}"]


KINDS = (First, Rank)
