"""Bands with an edge each (分档), as a document lists them: what lies in none or in two of them is never decided
silently."""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, all_stated, lacking
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.decision import Decision, choice_of, decided, reading_of
from xl_kpi.rules.expression import (
    NUMBER,
    SYMBOLS,
    Blank,
    ChoicesOf,
    Compare,
    Const,
    If,
    Node,
    Parameter,
    TypeOf,
    common,
)
from xl_kpi.rules.form import UNKNOWN
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value, nothing, recode

BESIDE = ("refuse", "lower", "upper")
NONE, SEVERAL = -1, -2          # no band, or more than one that cannot be decided
HOLDS = {">": op.gt, ">=": op.ge, "<": op.lt, "<=": op.le}
END = re.compile(r"\s*(>=|<=|>|<)(.*)", re.DOTALL)


class BandsRule(Rule):
    """What the band gives in which ``of`` lies.

    ``lines``: the ends of a band → what it gives, highest band first; an end is '> 99', '>= 95', '< 80', '<= 80' with
    an expression behind the sign, two of them are joined by 'and'.  ``gap``: what counts in no band: "refuse", or the
    next band "lower" or "upper".  ``doubled``: what counts in two: the "lower" or the "upper" of them, or "refuse".
    An end that is not filled in matters only where it decides.
    """

    kind: Literal["bands"]
    expressions: ClassVar[dict[str, str]] = {"of": "person"}
    of: str
    lines: dict[str, str] = Field(min_length=1)
    gap: Decision = "refuse"
    doubled: Decision = "refuse"
    choices: list[str] = Field(default_factory=list)        # the labels, when the result is a choice


class _Line(NamedTuple):
    ends: tuple[tuple[str, Node], ...]      # (sign, what it is compared with)
    gives: Node


class Bands(Quantity[BandsRule]):
    written = BandsRule
    types: ClassVar[dict[str, str]] = {"of": NUMBER, "ends": NUMBER}
    calls = (Call("分档", (
        CallArgument("of", "people"), CallArgument("lines", "bands"),
        CallArgument("gap", "decision", named="空档", needed=False,
                 words={"不核算": "refuse", "归下": "lower", "归上": "upper"}),
        CallArgument("doubled", "decision", named="重叠", needed=False,
                 words={"不核算": "refuse", "归下": "lower", "归上": "upper"}))),)
    lines: tuple[_Line, ...] = ()

    @classmethod
    def made(cls, name: str, rule: BandsRule, making: Making) -> Bands:
        made = super().made(name, rule, making)
        lines = []
        for k, (band, text) in enumerate(rule.lines.items()):
            ends = []
            for end in re.split(r"\band\b", band):
                found = END.fullmatch(end)
                if not found or not found[2].strip():
                    raise making.fail("lines", f"「{band}」读不懂；一档写成 > 90、>= 80 and < 90、<= 60 这样")
                ends.append((found[1], making.expression(f"lines.{band}", found[2].strip())))
            if len(ends) > 2 or (len(ends) == 2 and ends[0][0][0] == ends[1][0][0]):
                raise making.fail("lines", f"「{band}」：一档最多两头，一头大于、一头小于")
            gives = making.expression(f"lines.{band}", text)
            made.nodes[f"gives.{k}"] = gives
            made.nodes |= {f"ends.{k}.{sign}": node for sign, node in ends}
            lines.append(_Line(tuple(ends), gives))
        made.lines = tuple(lines)
        for field, decision in (("gap", rule.gap), ("doubled", rule.doubled)):
            made.nodes[field] = choice_of(field, decision, BESIDE, making)
        return made

    def type_of(self, of: TypeOf) -> str:
        return common([line.gives for line in self.lines], "各档的结果", of)

    def agree(self, making: Making) -> None:
        all_stated(making, self.rule.choices, [line.gives for line in self.lines])

    def choices(self, of: ChoicesOf) -> list[str] | None:
        if self.rule.choices:
            return self.rule.choices
        found = [line.gives.choices(of) for line in self.lines]
        return None if any(one is None for one in found) else list(
            dict.fromkeys(label for one in found for label in one or ()))

    # -- which band -------------------------------------------------------------------------------------------------

    def _inside(self, env: Here, of: Value) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each band (lies in it, known)."""
        found = []
        for line in self.lines:
            inside, failed, sure = np.ones(env.size, bool), np.zeros(env.size, bool), np.ones(env.size, bool)
            for sign, node in line.ends:
                end = node.evaluate(env)
                known = end.states(env.size) == OK
                here = np.broadcast_to(np.asarray(of.data.compare(end.data, sign)), (env.size,))
                inside, failed, sure = inside & here & known, failed | (known & ~here), sure & known
            found.append((inside, sure | failed))
        return found

    def _place(self, env: Here, of: Value) -> tuple[np.ndarray, np.ndarray]:
        """(the band that counts for each, NONE or SEVERAL; whether all ends that matter are known)."""
        inside = self._inside(env, of)
        count = np.sum([mine for mine, _ in inside], axis=0)
        first = np.full(env.size, NONE, np.int64)
        last = first
        for k, (mine, _) in enumerate(inside):
            first = np.where(mine & (first == NONE), k, first)
            last = np.where(mine, k, last)
        doubled = decided(self.nodes["doubled"], env)
        several = last if doubled == "lower" else first if doubled == "upper" else np.full(env.size, SEVERAL)
        place = np.where(count > 1, several, first)
        gap = decided(self.nodes["gap"], env)
        if gap != "refuse" and (count == 0).any():
            place = np.where(count == 0, self._beside(env, of, gap), place)
        return place, np.logical_and.reduce([known for _, known in inside])

    def _beside(self, env: Here, of: Value, side: str) -> np.ndarray:
        """The next band below what lies in none, or above it; NONE where there is no such band."""
        place = np.full(env.size, NONE, np.int64)
        order = range(len(self.lines)) if side == "lower" else range(len(self.lines) - 1, -1, -1)
        towards, beyond = ("<", ">=") if side == "lower" else (">", "<=")
        for k in order:
            node = next((node for sign, node in self.lines[k].ends if sign[0] == towards), None)
            if node is None:
                continue
            end = node.evaluate(env)
            here = np.asarray(of.data.compare(end.data, beyond))
            place = np.where((place == NONE) & here & (end.states(env.size) == OK), k, place)
        return place

    def native_parts(self) -> list[Node] | None:
        return [self.nodes["of"], *(line.gives for line in self.lines)]

    def native(self, env: Here, settle: Callable[[Node], Node]) -> Node | None:
        """IF(x>99,25,IF(x>=95,20,…)), where every end is stated; what is not to be decided is #N/A."""
        lines = []
        for line in self.lines:
            ends = [(sign, settle(node)) for sign, node in line.ends]
            if not all(isinstance(end, Const) and isinstance(end.value, Fraction) for _, end in ends):
                return None
            lines.append(([(sign, end.value) for sign, end in ends], settle(line.gives)))   # type: ignore[attr-defined]
        decisions = [decided(self.nodes[one], env) for one in ("gap", "doubled")]
        stretches = _stretches([ends for ends, _ in lines], *decisions)
        gives = [UNKNOWN if line < 0 else lines[line][1] for _, _, line in stretches]
        rungs = [(sign, at, what) for (sign, at, _), what, below in zip(
            stretches, gives, [None, *gives[:-1]], strict=True) if what != below]
        return laddered(settle(self.nodes["of"]), rungs, self.nodes["of"].evaluate(env))

    # -- the rule ---------------------------------------------------------------------------------------------------

    def evaluate(self, env: Here) -> Value:
        of = self.nodes["of"].evaluate(env)
        place, known = self._place(env, of)
        ok = (of.states(env.size) == OK) & known & (place >= 0)
        masks = [(ok & (place == k), line.gives) for k, line in enumerate(self.lines)]
        value = merged([(mask, node.evaluate(env)) for mask, node in masks if mask.any()], env.size, self.type)
        none = np.where(of.states(env.size) == BLANK, np.uint8(BLANK), np.uint8(REFUSED))
        state = np.where(ok, value.states(env.size), none)
        return Value(value.type, value.data, state if state.any() else None, value.choices)

    def demand(self, env: Here, used: np.ndarray) -> None:
        of = self.nodes["of"].evaluate(env)
        self.nodes["of"].demand(env, lacking(of, used, env.size))
        used = used & (of.states(env.size) == OK)
        for line, (_, known) in zip(self.lines, self._inside(env, of), strict=True):
            if (open_ := used & ~known).any():
                for _, node in line.ends:
                    node.demand(env, lacking(node.evaluate(env), open_, env.size))
        place, known = self._place(env, of)
        for k, line in enumerate(self.lines):
            if (mine := used & known & (place == k)).any():
                line.gives.demand(env, mine)
        for code, field, what in ((NONE, "gap", "不在任何一档里"), (SEVERAL, "doubled", "同时在几档里")):
            for person in np.flatnonzero(used & known & (place == code)).tolist():
                bands = "；".join(self._band(env, line, person) for line in self.lines)
                said = self.nodes["of"].explain(env, person)
                env.refuse("", np.arange(env.size) == person, text=f"{said} {what}（{bands}），没有写明怎么算",
                           do=self._remedy(env, field), at=self.nodes["of"])

    def _remedy(self, env: Here, field: str) -> str:
        reading = reading_of(self.nodes[field])
        return "核对这个数；没有错的，由公司决定" + (
            f"，在参数里选读法「{env.reading_title(reading)}」" if reading else "怎么算")

    def _band(self, env: Here, line: _Line, i: int) -> str:
        """The ends of a band: ≥80 且 ＜90."""
        return " 且 ".join(f"{SYMBOLS[sign]}{self._end(env, node, i)}" for sign, node in line.ends)

    def _end(self, env: Here, node: Node, i: int) -> str:
        value = env.evaluated(node).at(i)
        name = node.name if isinstance(node, Parameter) else self.rule.of
        return "（无）" if value is None else env.text(name, value)

    def explain(self, env: Here, i: int) -> str:
        of = env.evaluated(self.nodes["of"])
        said = self.nodes["of"].explain(env, i)
        if of.at(i) is None:
            return said
        place, _ = self._place(env, of)
        if place[i] < 0:
            return f"{said}，不能定档"
        line = self.lines[int(place[i])]
        band = self._band(env, line, i)
        held = f"在“{band}”一档" if self._inside(env, of)[int(place[i])][0][i] else f"不在任何一档，按“{band}”一档"
        return f"{said}，{held}" + ("" if line.gives.bare else f"：{line.gives.explain(env, i)}")

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        beside = {"refuse": "不核算", "lower": "归下一档", "upper": "归上一档"}

        def said(decision: Decision) -> str:
            return beside[decision] if isinstance(decision, str) else f"按读法「{words.reading(decision.reading)}」"

        head = f"{words.expression(rule.of)} 分档（不在任何一档的{said(rule.gap)}；同时在几档的{said(rule.doubled)}）"
        return [head,
                *(f"{words.expression(band)} → {words.expression(text)}" for band, text in rule.lines.items())]


def _stretches(lines: list[list[tuple[str, Fraction]]], gap: str, doubled: str) -> list[tuple[str, Fraction, int]]:
    """The line of numbers from below: (from which number on, the band that counts there, or NONE); the sign says
    whether the number itself is meant ('>=') or what comes behind it ('>').  The first has no beginning."""
    places = sorted({at for ends in lines for _, at in ends})
    found = [(">", places[0] - 1, places[0] - 1)]
    for k, at in enumerate(places):
        found += [(">=", at, at), (">", at, (at + places[k + 1]) / 2 if k + 1 < len(places) else at + 1)]
    return [(sign, at, _counts(lines, x, gap, doubled)) for sign, at, x in found]


def _counts(lines: list[list[tuple[str, Fraction]]], x: Fraction, gap: str, doubled: str) -> int:
    """The band that counts for a number, as ``Bands`` decides it; NONE where nothing does."""
    inside = [k for k, ends in enumerate(lines) if all(HOLDS[sign](x, at) for sign, at in ends)]
    if len(inside) > 1:
        return {"lower": inside[-1], "upper": inside[0]}.get(doubled, NONE)
    if inside or gap == "refuse":
        return inside[0] if inside else NONE
    order = range(len(lines)) if gap == "lower" else range(len(lines) - 1, -1, -1)
    for k in order:
        for sign, at in lines[k]:
            if (gap == "lower" and sign[0] == "<" and x >= at) or (gap == "upper" and sign[0] == ">" and x <= at):
                return k
    return NONE


def laddered(of: Node, rungs: Sequence[tuple[str, Fraction, Node]], value: Value) -> Node | None:
    """An expression that says what the highest rung gives that is reached; blank where there is nothing to compare.
    None where the number as it is written, to four decimals, would reach another rung."""
    data = value.data
    written = data.rounded(4)
    for sign, at, _ in rungs[1:]:
        if np.any((data.compare(Exact.of(at), sign) != written.compare(Exact.of(at), sign))
                  & (value.states(np.size(data.num)) == OK)):
            return None
    found = rungs[0][2]
    for sign, at, gives in rungs[1:]:
        found = If(Compare(sign, of, Const(at)), gives, found)
    return If(Compare("==", of, Const("")), Blank(), found)


def merged(parts: Sequence[tuple[np.ndarray, Value]], size: int, type_: str) -> Value:
    """One value made of several, each where its mask holds; elsewhere nothing that anybody may look at."""
    if not parts:
        return nothing(type_ or "number", REFUSED)
    first = parts[0][1]
    choices = first.choices
    data: Any = first.data
    if first.type == "choice":
        choices = tuple(dict.fromkeys(label for _, value in parts for label in value.choices or ()))
        data = recode(first, choices)
    state = np.full(size, OK, np.uint8)
    for mask, value in parts:
        state = np.where(mask, value.states(size), state)
        if isinstance(data, Exact):
            data = Exact.choose(mask, value.data, data)
        else:
            data = np.where(mask, recode(value, choices or ()) if first.type == "choice" else value.data, data)
    return Value(first.type, data, state if state.any() else None, choices)


KINDS = (Bands,)
