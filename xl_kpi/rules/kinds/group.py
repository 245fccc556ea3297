"""Aggregate people to a group (team; nothing: all), and give each person the result of a group."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, check_summands, lacking, named
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import BOOL, NUMBER, TEXT, Node, TypeOf
from xl_kpi.rules.form import BETWEEN, OnForm
from xl_kpi.rules.kinds.sums import summed
from xl_kpi.rules.periods import is_record
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value

HOW = {"count": "人数", "sum": "合计", "mean": "平均"}
WHO = (CallArgument("where", "people", needed=False), CallArgument("by", "name", named="同", needed=False),
       CallArgument("look", "name", named="看", needed=False))
OF = CallArgument("of", "people")


class GroupRule(Rule):
    """``by``: the group a person counts in; ``look``: the group whose result the person gets (default: the same)."""

    kind: Literal["group"]
    expressions: ClassVar[dict[str, str]] = {"of": "person", "where": "person"}
    how: Literal["any", "count", "sum", "mean"]
    of: str = ""
    where: str = "True"
    by: str = ""
    look: str = ""


class Group(Quantity[GroupRule]):
    written = GroupRule
    types: ClassVar[dict[str, str]] = {"where": BOOL, "by": TEXT, "look": TEXT}
    local = False
    calls = (Call("人数", WHO, {"how": "count"}), Call("组内任一", (OF, *WHO), {"how": "any"}),
             Call("组平均", (OF, *WHO), {"how": "mean"}), Call("组合计", (OF, *WHO), {"how": "sum"}))

    @classmethod
    def check(cls, rule: GroupRule, making: Making) -> None:
        check_summands(rule, making)

    def wanted(self, field: str) -> str:
        if field == "of":
            return {"any": BOOL, "sum": NUMBER, "mean": NUMBER}.get(self.rule.how, "")
        return super().wanted(field)

    def type_of(self, of: TypeOf) -> str:
        return BOOL if self.rule.how == "any" else NUMBER

    def references(self) -> list[tuple[str, str]]:
        return named([("by", self.rule.by), ("look", self.rule.look)])

    def on_form(self, form: OnForm) -> Node | None:
        return None if self.rule.by else form.entered(f"{BETWEEN}{self.name}")      # one for the whole form

    def _groups(self, env: Here) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """(group of each person, has one, group looked at or -1, number of groups)."""
        if not self.rule.by:
            return np.zeros(env.size, np.intp), np.ones(env.size, bool), np.zeros(env.size, np.intp), 1
        by = env.value(self.rule.by)
        look = env.value(self.rule.look) if self.rule.look else by
        count = len(by.choices or ()) or 1
        seen = np.where(look.states(env.size) == OK, look.array(env.size), -1)
        return by.array(env.size).astype(np.intp), by.states(env.size) == OK, seen.astype(np.intp), count

    def evaluate(self, env: Here) -> Value:
        groups, has, seen, count = self._groups(env)
        where = self.nodes["where"].evaluate(env)
        hit = has & where.true(env.size)
        refused = has & (where.states(env.size) == REFUSED)
        number = np.bincount(groups[hit], minlength=count)
        data: Any
        of = self.nodes["of"].evaluate(env) if "of" in self.nodes else None
        if of is not None and self.rule.how != "count":
            refused |= hit & (of.states(env.size) != OK)
            hit &= of.states(env.size) == OK
        if self.rule.how == "any":
            truth = hit & of.true(env.size) if of is not None else hit
            flag = np.bincount(groups[truth], minlength=count) > 0
            data = flag[seen]
        elif self.rule.how == "count":
            data = Exact(number[seen], 1, env.size)
        else:
            assert of is not None
            total = summed(of.data, groups, hit, count, env.size)
            if self.rule.how == "mean":
                total = total.over(Exact(np.maximum(number, 1), 1))
            num, den = total.num[seen], total.den
            data = Exact(num, den if isinstance(den, int) else den[seen])
        bad = np.bincount(groups[refused], minlength=count) > 0
        if self.rule.how == "any":
            bad &= ~flag
        state = np.where(bad[seen], np.uint8(REFUSED), np.uint8(OK))
        if self.rule.how == "mean":
            state = np.where((number[seen] == 0) & (state == OK), np.uint8(BLANK), state)
        state = np.where(seen < 0, np.uint8(BLANK), state)
        if self.rule.by:
            look = env.value(self.rule.look or self.rule.by)
            state = np.where(look.states(env.size) == REFUSED, np.uint8(REFUSED), state)
        return Value("bool" if self.rule.how == "any" else "number", data, state if state.any() else None)

    def demand(self, env: Here, used: np.ndarray) -> None:
        groups, has, seen, count = self._groups(env)
        if self.rule.by:
            look = env.value(self.rule.look or self.rule.by)
            env.need(self.rule.look or self.rule.by, lacking(look, used, env.size))
        wanted = np.zeros(count, bool)
        wanted[seen[used & (seen >= 0)]] = True
        members = has & wanted[groups]
        where = self.nodes["where"].evaluate(env)
        self.nodes["where"].demand(env, members & (where.states(env.size) == REFUSED))
        if "of" in self.nodes and self.rule.how != "count":
            of = self.nodes["of"].evaluate(env)
            self.nodes["of"].demand(env, members & where.true(env.size) & (of.states(env.size) != OK))

    def facts(self, env: Here, i: int) -> list[str]:
        """The records of those who have any, without their names, and no values of theirs."""
        if self.rule.how != "any" or "of" not in self.nodes:
            return []
        groups, has, seen, _ = self._groups(env)
        of = self.nodes["of"]
        hit = has & env.evaluated(self.nodes["where"]).true(env.size) & (groups == seen[i])
        members = np.flatnonzero(hit & env.evaluated(of).true(env.size)).tolist()
        return sorted(fact for member in members for fact in of.facts(env, member) if is_record(fact))

    def explain(self, env: Here, i: int) -> str:
        """How many counted: another person's values are never shown."""
        groups, has, seen, _ = self._groups(env)
        hit = has & env.evaluated(self.nodes["where"]).true(env.size) & (groups == seen[i])
        among = f"{env.title(self.rule.by)}内" if self.rule.by else "全体"
        if self.rule.how == "any":
            of = env.evaluated(self.nodes["of"]).true(env.size) if "of" in self.nodes else hit
            return f"{among} {int(hit.sum())} 人，其中 {int((hit & of).sum())} 人有"
        return f"{among} {int(hit.sum())} 人的{HOW[self.rule.how]}"

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        group = f"同一{words.title(rule.by)}里" if rule.by else "全体"
        if rule.look:
            group = f"以{words.title(rule.look)}为{words.title(rule.by)}的"
        who = "的人" if rule.where == "True" else f" {words.expression(rule.where)} 的人"
        of = words.expression(rule.of) + "的" if rule.of else ""
        return [f"{group}{who}，{of}{HOW.get(rule.how, '是否有人')}"]


KINDS = (Group,)
