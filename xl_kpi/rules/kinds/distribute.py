"""Forced distribution (强制分布): a group's people, in order, into grades with so many places each."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from xl_kpi.rules.base import Here, Words, lacking, named
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import BOOL, NUMBER, TEXT, ChoicesOf, TypeOf
from xl_kpi.rules.kinds.order import BY, WHO, Ordered, OrderedRule, order_key
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value


class DistributeRule(OrderedRule):
    """A grade for each of those admitted, by place within a group (``by``; nothing: all).  Blank for the others.

    ``choices``: the grades, best first.  ``rest``: the grade of those that no place is left for; the grades before it
    are filled from the top, those after it from the bottom, each with at most ``places`` people.  ``places``: grade →
    expression, the same for all people of a group; a fraction counts as its whole part.  People with equal keys get
    the same grade: where they don't all fit, the next one towards ``rest``.
    """

    kind: Literal["distribute"]
    expressions: ClassVar[dict[str, str]] = {"where": "person", "places": "person"}
    by: str = ""
    choices: list[str] = Field(min_length=2)
    rest: str
    places: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _agree(self) -> DistributeRule:
        if self.rest not in self.choices:
            raise ValueError(f"rest 应是 choices 里的一级，有 {'、'.join(self.choices)}")
        if set(self.places) != set(self.choices) - {self.rest}:
            raise ValueError("places 要给 rest 以外的每一级写名额，不多不少")
        return self


class Distribute(Ordered[DistributeRule]):
    written = DistributeRule
    types: ClassVar[dict[str, str]] = {"where": BOOL, "places": NUMBER, "by": TEXT}
    calls = (Call("分等", (*WHO, BY, CallArgument("places", "grades"))),)

    def type_of(self, of: TypeOf) -> str:
        return TEXT

    def choices(self, of: ChoicesOf) -> list[str] | None:
        return self.rule.choices

    def references(self) -> list[tuple[str, str]]:
        return super().references() + named([("by", self.rule.by)])

    def refused(self, env: Here, where: Value) -> Any:
        """Whom no place can be said for: everybody of a group with a candidate whose key or places are refused."""
        admitted, groups, count = self._candidates(env, where)
        bad = np.zeros(env.size, bool)
        for _, name in super().references():
            bad |= admitted & (env.value(name).states(env.size) == REFUSED)
        for grade in self.rule.places:
            bad |= admitted & (self.nodes[f"places.{grade}"].evaluate(env).states(env.size) != OK)
        bad |= where.true(env.size) & ~admitted                     # of no group
        unsure = where.states(env.size) == REFUSED                  # may belong to any group
        if unsure.any():
            return unsure | where.true(env.size)
        whole = np.bincount(groups[bad & admitted], minlength=count) > 0
        return (whole[groups] & admitted) | bad

    def _candidates(self, env: Here, where: Value) -> tuple[np.ndarray, np.ndarray, int]:
        """(who takes part, the group of each person, how many groups)."""
        admitted = where.true(env.size)
        if not self.rule.by:
            return admitted, np.zeros(env.size, np.intp), 1
        by = env.value(self.rule.by)
        return admitted & (by.states(env.size) == OK), by.array(env.size).astype(np.intp), len(by.choices or ()) or 1

    def _runs(self, env: Here, where: Value) -> tuple[np.ndarray, ...]:
        """(people in order, group, place of the first and of the last with the same keys, size of the group)."""
        admitted, groups, count = self._candidates(env, where)
        index = np.flatnonzero(admitted)
        columns = []
        for key in self.rule.keys:
            keys, high = order_key(env, key, index)
            columns.append(-keys if high else keys)
        order = np.lexsort((*reversed(columns), groups[index]))
        index = index[order]
        group = groups[index]
        size = np.bincount(group, minlength=count)
        start = np.cumsum(size) - size
        place = np.arange(len(index)) - start[group] + 1
        new = np.ones(len(index), bool)
        if len(index) > 1:
            new[1:] = group[1:] != group[:-1]
            for column in columns:
                new[1:] |= column[order][1:] != column[order][:-1]
        run = np.cumsum(new) - 1
        first = place[new][run] if len(index) else place
        last = first + np.bincount(run)[run] - 1 if len(index) else place
        return index, group, first, last, size

    def evaluate(self, env: Here) -> Value:
        where = self.nodes["where"].evaluate(env)
        index, group, first, last, size = self._runs(env, where)
        middle = self.rule.choices.index(self.rule.rest)
        found = np.full(len(index), middle, np.int64)
        open_ = np.ones(len(index), bool)
        top = [(code, last) for code in range(middle)]
        bottom = [(code, size[group] - first + 1) for code in range(len(self.rule.choices) - 1, middle, -1)]
        for side in (top, bottom):
            taken = np.zeros(len(size), np.int64)           # of each group, on this side
            for code, place in side:
                places = self.nodes[f"places.{self.rule.choices[code]}"].evaluate(env).data.floored(0).scaled(0)
                room = places[index] if isinstance(places, np.ndarray) else places
                hit = open_ & (place <= taken[group] + room)
                found[hit] = code
                open_ &= ~hit
                taken += np.bincount(group[hit], minlength=len(size))
        data = np.full(env.size, middle, np.int64)
        data[index] = found
        state = np.where(where.true(env.size), np.uint8(OK), np.uint8(BLANK))
        state = np.where(self.refused(env, where), np.uint8(REFUSED), state)
        return Value("choice", data, state if state.any() else None, tuple(self.rule.choices))

    def demand(self, env: Here, used: np.ndarray) -> None:
        super().demand(env, used)
        where = self.nodes["where"].evaluate(env)
        if self.rule.by:
            env.need(self.rule.by, lacking(env.value(self.rule.by), used & where.true(env.size), env.size))
        admitted, _, _ = self._candidates(env, where)
        for grade in self.rule.places:
            node = self.nodes[f"places.{grade}"]
            node.demand(env, lacking(node.evaluate(env), used & admitted, env.size))

    def explain(self, env: Here, i: int) -> str:
        """Place and number of places: another person's score is never shown."""
        index, group, first, last, size = self._runs(env, self.nodes["where"].evaluate(env))
        at = np.flatnonzero(index == i)
        if not len(at):
            return "不参加排名"
        k = int(at[0])
        tied = f"（并列 {last[k] - first[k] + 1} 人）" if last[k] > first[k] else ""
        places = "、".join(f"{grade} {env.text('', self.nodes[f'places.{grade}'].evaluate(env).at(i))}"
                          for grade in self.rule.places)
        among = f"{env.title(self.rule.by)}内 " if self.rule.by else ""
        return f"{among}{size[group[k]]} 人中第 {first[k]} 名{tied}；名额 {places}，其余 {self.rule.rest}"

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        group = f"同一{words.title(rule.by)}里 " if rule.by else ""
        places = "，".join(f"{grade} 至多 {words.expression(text)} 人" for grade, text in rule.places.items())
        who = words.expression(rule.where)
        return [f"{group}{who} 的人分等（{self.order(words)}）：{places}，其余 {rule.rest}"]


KINDS = (Distribute,)
