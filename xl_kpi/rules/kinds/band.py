"""A band of a scale (档)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from xl_kpi.money import Exact
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, lacking
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.expression import NUMBER, SYMBOLS, TEXT, Compare, Const, If, Node, TypeOf
from xl_kpi.rules.form import OnForm, constant, logic
from xl_kpi.rules.kinds.bands import laddered
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value, strict


class BandRule(Rule):
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


class Band(Quantity[BandRule]):
    written = BandRule
    types: ClassVar[dict[str, str]] = {"lines": NUMBER, "top": NUMBER}
    calls = (Call("档", (
        CallArgument("lines", "parameter", many=True), CallArgument("lines", "people", many=True),
        CallArgument("below", "label", named="其下", needed=False),
        CallArgument("top", "people", named="最高", needed=False),
        CallArgument("edge", "word", named="线", needed=False, words={"达到": ">=", "超过": ">"}))),)

    @classmethod
    def check(cls, rule: BandRule, making: Making) -> None:
        (first, keys), *others = [(name, making.parameter_keys("lines", name, listed=True)) for name in rule.lines]
        for other, more in others:
            for key in more if keys else ():
                if key not in keys:
                    raise making.fail("lines", f"{other} 的键 {key} 不是 {first} 的键")
        labels = not keys or isinstance(keys[0], str)           # those that the company lists are texts
        if labels and "below" not in rule.model_fields_set:
            rule.below = "无"
        if labels != isinstance(rule.below, str):
            raise making.fail("below", f"要与 {first} 的键一样是{'文字' if labels else '整数'}")
        if rule.top and labels:
            raise making.fail("top", f"{first} 的键是文字，不能写 top")

    def type_of(self, of: TypeOf) -> str:
        return NUMBER if isinstance(self.rule.below, int) else TEXT

    def _keys(self, env: Here) -> list[str | int]:
        first = next(iter(self.rule.lines))
        keys = env.keys(first)
        if not env.listed(first):
            return keys
        lines = {key: env.parameter(first, _key_value(key)).at(0) for key in keys}
        return sorted(keys, key=lambda key: (lines[key] is None, lines[key] or 0))

    def _values(self, env: Here) -> dict[str, Value]:
        return {parameter: self.nodes[f"lines.{parameter}"].evaluate(env) for parameter in self.rule.lines}

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
            here = value.data.compare(line.data, self.rule.edge)
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
            if any(line.state is None and not value.data.compare(line.data, self.rule.edge) for value, line in lines):
                continue
            return position, OK if all(line.state is None for _, line in lines) else REFUSED
        return -1, OK

    def native_parts(self) -> list[Node] | None:
        one = len(self.rule.lines) == 1 and "top" not in self.nodes
        return [self.nodes[f"lines.{next(iter(self.rule.lines))}"]] if one else None

    def native(self, env: Here, settle: Callable[[Node], Node]) -> Node | None:
        """IF(x>=10000,3,IF(x>=5000,2,…)): of one scale whose every line is filled in."""
        keys, parameter = self._keys(env), next(iter(self.rule.lines))
        lines = [env.parameter(parameter, _key_value(key)).at(0) for key in keys]
        if None in lines or lines != sorted(lines):
            return None
        of = self.nodes[f"lines.{parameter}"]
        numbers = isinstance(self.rule.below, int)
        gives = [Const(Fraction(key) if numbers else str(key)) for key in (self.rule.below, *keys)]
        rungs = [(self.rule.edge, line, one) for line, one in zip([Fraction(0), *lines], gives, strict=True)]
        return laddered(settle(of), rungs, of.evaluate(env))

    def on_form(self, form: OnForm) -> Node:
        values = {parameter: form.of(self.nodes[f"lines.{parameter}"]) for parameter in self.rule.lines}
        top = form.of(self.nodes["top"]) if "top" in self.nodes else None
        found: Node = constant(self.rule.below)
        for key in form.keys(next(iter(self.rule.lines))):      # the lowest first: the highest is asked first
            met: list[Node] = [Compare(self.rule.edge, value, form.looked(parameter, key))
                               for parameter, value in values.items() if key in form.keys(parameter)]
            if top is not None:
                met.insert(0, Compare("<=", constant(key), top))
            found = If(logic("and", met), constant(key), found)
        return found

    def evaluate(self, env: Here) -> Value:
        keys, size = self._keys(env), env.size
        if not keys:
            return self._graded(keys, -1, BLANK)
        values = self._values(env)
        top = self.nodes["top"].evaluate(env) if "top" in self.nodes else None
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
        if all(isinstance(key, int) for key in keys) and isinstance(self.rule.below, int):
            numbers = [*keys, self.rule.below]
            return Value("number", Exact(numbers[position] if isinstance(position, int)
                                         else np.array(numbers, np.int64)[position]), state)
        labels = tuple(str(key) for key in keys)
        choices = labels if str(self.rule.below) in labels else (*labels, str(self.rule.below))
        codes = [*range(len(keys)), choices.index(str(self.rule.below))]
        data = codes[position] if isinstance(position, int) else np.array(codes)[position]
        return Value("choice", data, state, choices)

    def demand(self, env: Here, used: np.ndarray) -> None:
        size, values = env.size, self._values(env)
        for parameter, value in values.items():
            self.nodes[f"lines.{parameter}"].demand(env, lacking(value, used, size))
            used = used & (value.states(size) == OK)
        top = None
        if "top" in self.nodes:
            top = self.nodes["top"].evaluate(env)
            self.nodes["top"].demand(env, lacking(top, used, size))
            used = used & (top.states(size) == OK)
        keys = self._keys(env)
        if not keys:                        # the company lists them and has listed none
            what = env.title(next(iter(self.rule.lines)))
            env.refuse("", used, text=f"参数「{what}」一行也没有列", do=f"在参数里列出「{what}」")
        open_ = used.copy()
        for key in reversed(keys):
            allowed = self._allowed(open_, key, top)
            met, known = self._met(env, key, values, size)
            asked = allowed & ~known
            if asked.any():
                for parameter in self.rule.lines:
                    if key in env.keys(parameter):
                        env.need_parameter(parameter, _key_value(key), asked)
            open_ = open_ & ~(allowed & met)

    def explain(self, env: Here, i: int) -> str:
        """What was compared, the lines that are met and the first that is not."""
        values = {parameter: env.evaluated(self.nodes[f"lines.{parameter}"]) for parameter in self.rule.lines}
        given = "，".join(self.nodes[f"lines.{parameter}"].explain(env, i) for parameter in self.rule.lines)
        if any(value.at(i) is None for value in values.values()):
            return given
        keys, grade = self._keys(env), self.evaluate(env).at(i)
        found = next((at for at, key in enumerate(keys) if key == grade or str(key) == grade), -1)
        parts = []
        if found >= 0 and (met := self._lines(env, i, keys[found], values, True)):
            parts.append(f"达到 {keys[found]} {self.unit}".strip() + f"（{met}）")
        above = found + 1
        if above < len(keys):
            top = self.nodes["top"].evaluate(env).at(i) if "top" in self.nodes else None
            if top is not None and int(keys[above]) > top:
                parts.append(f"最高 {self.nodes['top'].explain(env, i)}")
            elif failed := self._lines(env, i, keys[above], values, False):
                parts.append(f"达不到 {keys[above]} {self.unit}".strip() + f"（{failed}）")
        return f"{given}：{'；'.join(parts)}" if parts else given

    def _lines(self, env: Here, i: int, key: str | int, values: dict[str, Value], met: bool) -> str:
        """The lines of a key that a person meets, or does not meet."""
        found = []
        for parameter, value in values.items():
            line = env.parameter(parameter, _key_value(key)).at(i) if key in env.keys(parameter) else None
            mine = value.at(i)
            if line is None or (mine >= line if self.rule.edge == ">=" else mine > line) != met:
                continue
            op = self.rule.edge if met else {">=": "<", ">": "<="}[self.rule.edge]
            node = self.nodes[f"lines.{parameter}"]
            found.append(f"{node.explain(env, i)} {SYMBOLS[op]} {env.title(parameter)} {env.text(parameter, line)}")
        return "，".join(found)

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        edge = "达到（≥）" if rule.edge == ">=" else "超过（＞）"
        lines = "，且 ".join(f"{words.expression(text)} {edge}{words.title(name)}" for name, text in rule.lines.items())
        top = f"，最高为 {words.expression(rule.top)}" if rule.top else ""
        return [f"{lines} 的最高一级{top}；都达不到为 {rule.below}"]


def _key_value(key: str | int) -> Value:
    return Value("choice", 0, None, (key,)) if isinstance(key, str) else Value("number", Exact(key))


KINDS = (Band,)
