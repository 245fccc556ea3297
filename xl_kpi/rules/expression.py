"""Row-wise expressions of a policy: one closed grammar, parsed once, used three times.

``+ - * /``, comparisons, ``in ("a", "b")``, ``and or not``, ``x if c else y``, names of quantities, parameters
(``rep.star_pay[star]``) and period constants, text labels of choices, and the functions of ``FUNCTIONS``.  The text is
read by Python's own parser and translated; nothing is ever evaluated by Python.  A node can

- ``evaluate`` itself over an array of people, exactly;
- say which elements of its operands a result really ``demand``s (so that only what is used is asked for);
- ``explain`` itself for one person, in Chinese, with numbers;
- write itself as a native Excel ``formula``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Protocol

import numpy as np

from xl_kpi.money import Exact
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value, constant, nothing, recode, strict


class ExpressionError(ValueError):
    """An expression of a policy file that cannot be understood; the text says what and what is allowed."""


class Env(Protocol):
    """What an expression is evaluated in: one period, all people of one entity (or a block of them)."""

    size: int

    def value(self, name: str) -> Value: ...
    def parameter(self, name: str, key: Value | None) -> Value: ...
    def reading(self, name: str) -> str: ...
    def need(self, name: str, mask: np.ndarray) -> None: ...
    def need_parameter(self, name: str, key: Value | None, mask: np.ndarray) -> None: ...
    def refuse(self, name: str, mask: np.ndarray) -> None: ...
    def title(self, name: str) -> str: ...
    def text(self, name: str, value: Any) -> str: ...
    def said(self, name: str, i: int) -> str: ...
    def evaluated(self, node: Node) -> Value: ...
    def because(self, name: str, i: int) -> str: ...


def number_text(value: Fraction) -> str:
    """A number as people write it: no trailing zeros, six decimals at most."""
    from xl_kpi.money import as_decimal

    if value.denominator == 1:
        return str(value.numerator)
    text = str(as_decimal(value, 6)).rstrip("0").rstrip(".")
    return text


class Node:
    """One part of an expression.  ``bare``: it says a value without saying where that comes from."""

    bare: ClassVar[bool] = False

    def evaluate(self, env: Env) -> Value:
        raise NotImplementedError

    def demand(self, env: Env, used: np.ndarray) -> None:
        """Ask for what the elements ``used`` need but do not have."""
        for child in self.children():
            child.demand(env, used)

    def children(self) -> tuple[Node, ...]:
        return ()

    def chosen(self, readings: Mapping[str, str]) -> Iterator[Node]:
        """This node and all below it that count under the chosen readings."""
        yield self
        for child in self.children():
            yield from child.chosen(readings)

    def explain(self, env: Env, i: int) -> str:
        raise NotImplementedError

    def because(self, env: Env, i: int) -> str:
        """A condition as a fact about one person, whether it holds or not: what decided it, down to the records."""
        return self.explain(env, i)

    def shown(self, env: Env, i: int) -> Node:
        """The part whose text ``explain`` gives for one person."""
        return self

    def formula(self, bind: Callable[[str], str]) -> str:
        raise ExpressionError("这个式子不能写成 Excel 公式")


@dataclass(frozen=True)
class Const(Node):
    value: Fraction | bool | str
    bare: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "_constant", constant(self.value))         # the class is frozen

    def evaluate(self, env: Env) -> Value:
        return self._constant           # type: ignore[attr-defined, no-any-return]

    def explain(self, env: Env, i: int) -> str:
        if isinstance(self.value, bool):
            return "是" if self.value else "否"
        return self.value if isinstance(self.value, str) else number_text(self.value)

    def formula(self, bind: Callable[[str], str]) -> str:
        if isinstance(self.value, str):
            return '"' + self.value.replace('"', '""') + '"'
        if isinstance(self.value, bool):
            return str(self.value).upper()
        return f"{Decimal(self.value.numerator) / self.value.denominator:f}"     # written as a decimal: exact


@dataclass(frozen=True)
class Nothing(Node):
    """A part without a value.  ``type`` is that of the value it stands for, found when a policy is loaded: wherever
    everybody's value is missing, it is still the value of a number, a text …"""

    type: str = field(default="", init=False, compare=False)
    bare: ClassVar[bool] = True

    def is_a(self, type_: str) -> None:
        if self.type not in ("", type_):
            raise ExpressionError("同一个 blank 或 refuse 用在两处，类型不同")
        object.__setattr__(self, "type", type_)         # the class is frozen


@dataclass(frozen=True)
class Blank(Nothing):
    """Does not apply."""

    def evaluate(self, env: Env) -> Value:
        return nothing(self.type or "number", BLANK)

    def explain(self, env: Env, i: int) -> str:
        return "不适用"

    def formula(self, bind: Callable[[str], str]) -> str:
        return '""'


@dataclass(frozen=True)
class Ref(Node):
    """A quantity, an input column or a constant of the period."""

    name: str

    def evaluate(self, env: Env) -> Value:
        return env.value(self.name)

    def demand(self, env: Env, used: np.ndarray) -> None:
        env.need(self.name, used)

    def explain(self, env: Env, i: int) -> str:
        return env.said(self.name, i)

    def because(self, env: Env, i: int) -> str:
        return env.because(self.name, i)

    def formula(self, bind: Callable[[str], str]) -> str:
        return bind(self.name)


@dataclass(frozen=True)
class Parameter(Node):
    """A parameter, or one key of a table of parameters."""

    name: str
    key: Node | None = None
    bare: ClassVar[bool] = True

    def children(self) -> tuple[Node, ...]:
        return (self.key,) if self.key else ()

    def _key(self, env: Env) -> Value | None:
        return self.key.evaluate(env) if self.key and not isinstance(self.key, Const) else _literal(self.key)

    def evaluate(self, env: Env) -> Value:
        key = self._key(env)
        value = env.parameter(self.name, key)
        if key is not None and key.state is not None:
            value = Value(value.type, value.data, strict(key, value), value.choices)
        return value

    def demand(self, env: Env, used: np.ndarray) -> None:
        key = self._key(env)
        if key is not None:
            if self.key is not None and not isinstance(self.key, Const):
                self.key.demand(env, used & (key.states(env.size) != OK))
            used = used & (key.states(env.size) == OK)
        env.need_parameter(self.name, key, used)

    def explain(self, env: Env, i: int) -> str:
        value = env.evaluated(self).at(i)
        key = ""
        if self.key is not None:
            one: Any = self.key.value if isinstance(self.key, Const) else env.evaluated(self.key).at(i)
            key = f"（{one if isinstance(one, str) else number_text(one)}）" if one is not None else ""
        return f"{env.title(self.name)}{key} {env.text(self.name, value)}"


def _literal(key: Node | None) -> Value | None:
    if isinstance(key, Const):
        return Value("choice", 0, None, (key.value,)) if isinstance(key.value, str) else constant(key.value)
    return None


OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
SYMBOLS = {"+": "＋", "-": "－", "*": "×", "/": "÷", "==": "＝", "!=": "≠", "<": "＜", "<=": "≤", ">": "＞", ">=": "≥"}
LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2}
HUNDRED = Const(Fraction(100))


@dataclass(frozen=True)
class Arithmetic(Node):
    op: str
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)

    def evaluate(self, env: Env) -> Value:
        a, b = self.left.evaluate(env), self.right.evaluate(env)
        state = strict(a, b)
        x, y = a.data, b.data
        if self.op == "+":
            result = x.plus(y)
        elif self.op == "-":
            result = x.minus(y)
        elif self.op == "*":
            result = x.times(y)
        else:
            zero = y.num == 0
            if np.any(zero):
                state = _worse(state, zero)
            result = x.over(y)
        return Value("date" if "date" in (a.type, b.type) and a.type != b.type else "number", result, state)

    def demand(self, env: Env, used: np.ndarray) -> None:
        super().demand(env, used)
        if self.op == "/":
            y = self.right.evaluate(env)
            zero = (y.states(env.size) == OK) & (y.array(env.size) == 0) & used
            if zero.any():
                env.refuse("", zero)

    def _side(self, node: Node, text: str, right: bool) -> str:
        inner = node.op if isinstance(node, Arithmetic) else None
        if inner and (LEVEL[inner] < LEVEL[self.op] or (right and self.op in "-/" and LEVEL[inner] == LEVEL[self.op])):
            return f"({text})"
        return text

    def explain(self, env: Env, i: int) -> str:
        left = self._side(self.left.shown(env, i), self.left.explain(env, i), False)
        right = self._side(self.right.shown(env, i), self.right.explain(env, i), True)
        if self.op == "/" and left.endswith("%") and self.right == HUNDRED:
            return left                     # 90% is 90 ÷ 100 already
        return f"{left} {SYMBOLS[self.op]} {right}"

    def formula(self, bind: Callable[[str], str]) -> str:
        left = self._side(self.left, self.left.formula(bind), False)
        right = self._side(self.right, self.right.formula(bind), True)
        return f"{left}{self.op}{right}"


def _worse(state: Any, bad: Any) -> Any:
    """``state`` with REFUSED where ``bad``."""
    if isinstance(bad, np.ndarray):
        return np.where(bad, np.uint8(REFUSED), np.uint8(OK) if state is None else state).astype(np.uint8)
    return REFUSED if bad else state


@dataclass(frozen=True)
class Compare(Node):
    op: str
    left: Node
    right: Node

    @property
    def of_text(self) -> bool:
        return any(isinstance(side, Const) and isinstance(side.value, str) for side in self.children())

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)

    def evaluate(self, env: Env) -> Value:
        if isinstance(self.right, Const) and isinstance(self.right.value, str):
            a = self.left.evaluate(env)
            code = a.choices.index(self.right.value) if a.choices and self.right.value in a.choices else -1
            equal: Any = a.data == code
            return Value("bool", equal if self.op == "==" else ~equal if isinstance(equal, np.ndarray) else not equal,
                         strict(a))
        a, b = self.left.evaluate(env), self.right.evaluate(env)
        state = strict(a, b)
        if a.type in ("choice", "bool"):
            equal = a.data == (b.data if a.choices == b.choices else recode(b, a.choices or ()))
            return Value("bool", equal if self.op == "==" else ~equal if isinstance(equal, np.ndarray) else not equal,
                         state)
        return Value("bool", a.data.compare(b.data, self.op), state)

    def explain(self, env: Env, i: int) -> str:
        """What is the case: a comparison that does not hold is told by its opposite."""
        holds = env.evaluated(self).at(i)
        op = OPPOSITE[self.op] if holds is False else self.op
        said = f"{self.left.explain(env, i)} {SYMBOLS[op]} {self.right.explain(env, i)}"
        return said if holds is not None else f"不能比较（{said}）"

    def formula(self, bind: Callable[[str], str]) -> str:
        op = {"==": "=", "!=": "<>"}.get(self.op, self.op)
        sides = [f"({s.formula(bind)})" if isinstance(s, Compare) else s.formula(bind) for s in self.children()]
        return op.join(sides)


@dataclass(frozen=True)
class OneOf(Node):
    """``x in ("a", "b")``."""

    left: Node
    labels: tuple[str, ...]
    of_text: ClassVar[bool] = True

    def children(self) -> tuple[Node, ...]:
        return (self.left,)

    def evaluate(self, env: Env) -> Value:
        a = self.left.evaluate(env)
        table = np.array([label in self.labels for label in a.choices or ()] or [False])
        hit = table[a.data]
        return Value("bool", hit if isinstance(hit, np.ndarray) else bool(hit), strict(a))

    def explain(self, env: Env, i: int) -> str:
        word = "不属于" if env.evaluated(self).at(i) is False else "属于"
        return f"{self.left.explain(env, i)} {word} {'、'.join(self.labels)}"


@dataclass(frozen=True)
class Logic(Node):
    """``and`` / ``or``, from left to right: what comes after a decided part is not needed."""

    op: str
    parts: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.parts

    def evaluate(self, env: Env) -> Value:
        result = self.parts[0].evaluate(env)
        data, state = result.data, strict(result)
        for part in self.parts[1:]:
            if not isinstance(data, np.ndarray) and state is None and bool(data) == (self.op == "or"):
                break                                   # decided for everybody
            b = part.evaluate(env)
            truth = b.data
            if state is None and b.state is None:
                data = data & truth if self.op == "and" else data | truth
                continue
            open_ = np.asarray(data if self.op == "and" else np.logical_not(data))      # not decided by the left
            mine = np.zeros(env.size, np.uint8) if state is None else np.asarray(state)
            right = np.where(open_, np.asarray(0 if b.state is None else b.state), 0)
            bad = (mine != OK) | (right != OK)
            data = data & truth if self.op == "and" else data | truth
            state = np.broadcast_to(bad.astype(np.uint8) * REFUSED, (env.size,)) if bad.any() else None
        return Value("bool", data, state)

    def demand(self, env: Env, used: np.ndarray) -> None:
        for part in self.parts:
            if not used.any():
                return
            part.demand(env, used)
            value = part.evaluate(env)
            known = value.states(env.size) == OK
            truth = value.array(env.size).astype(bool)
            used = used & known & (truth if self.op == "and" else ~truth)

    def explain(self, env: Env, i: int) -> str:
        return "，".join(part.explain(env, i) for part in self._deciding(env, i))

    def because(self, env: Env, i: int) -> str:
        texts = {part.because(env, i): part for part in self._deciding(env, i)}
        telling = [text for text, part in texts.items() if text != part.explain(env, i) or not isinstance(
            part.part if isinstance(part, Not) else part, Ref)]
        return "，".join(telling or texts)      # a bare yes or no beside a reason says nothing more

    def why_not(self, env: Env, i: int) -> str:
        """Which part a condition that does not hold failed at, where it is one."""
        return self._deciding(env, i)[0].because(env, i) if self.op == "and" else ""

    def _deciding(self, env: Env, i: int) -> tuple[Node, ...]:
        """Only what decided: the first part that ends it, else all of them."""
        return next(((part,) for part in self.parts if env.evaluated(part).at(i) is (self.op == "or")), self.parts)

    def formula(self, bind: Callable[[str], str]) -> str:
        return f"{self.op.upper()}({','.join(p.formula(bind) for p in self.parts)})"


@dataclass(frozen=True)
class Not(Node):
    part: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    def evaluate(self, env: Env) -> Value:
        a = self.part.evaluate(env)
        return Value("bool", ~a.data if isinstance(a.data, np.ndarray) else not a.data, strict(a))

    def explain(self, env: Env, i: int) -> str:
        return self.part.explain(env, i)        # a fact either way

    def because(self, env: Env, i: int) -> str:
        return self.part.because(env, i)

    def formula(self, bind: Callable[[str], str]) -> str:
        return f"NOT({self.part.formula(bind)})"


@dataclass(frozen=True)
class If(Node):
    test: Node
    yes: Node
    no: Node

    def children(self) -> tuple[Node, ...]:
        return (self.test, self.yes, self.no)

    def evaluate(self, env: Env) -> Value:
        test = self.test.evaluate(env)
        if not isinstance(test.data, np.ndarray):
            if test.state is not None:
                bad = test.state if isinstance(test.state, np.ndarray) else np.full(env.size, REFUSED, np.uint8)
                branch = (self.yes if test.data else self.no).evaluate(env)
                return Value(branch.type, branch.data, _worse(branch.state, bad != OK), branch.choices)
            return (self.yes if test.data else self.no).evaluate(env)
        mask = test.data
        ok = test.state is None
        if ok and mask.all():
            return self.yes.evaluate(env)
        if ok and not mask.any():
            return self.no.evaluate(env)
        a, b = self.yes.evaluate(env), self.no.evaluate(env)
        state: Any = None
        if a.state is not None or b.state is not None:
            state = np.where(mask, np.uint8(a.state if a.state is not None else OK),
                             np.uint8(b.state if b.state is not None else OK))
        if test.state is not None:
            state = _worse(state, np.broadcast_to(test.state != OK, (env.size,)))
        if a.type in ("number", "date"):
            return Value(a.type, Exact.choose(mask, a.data, b.data), state)
        if a.type == "choice" and a.choices != b.choices:
            choices = tuple(dict.fromkeys((*(a.choices or ()), *(b.choices or ()))))
            data = np.where(mask, recode(a, choices), recode(b, choices))
            return Value("choice", data, state, choices)
        return Value(a.type, np.where(mask, a.data, b.data), state, a.choices)

    def demand(self, env: Env, used: np.ndarray) -> None:
        self.test.demand(env, used)
        test = self.test.evaluate(env)
        known = used & (test.states(env.size) == OK)
        truth = test.array(env.size).astype(bool)
        for branch, mask in ((self.yes, known & truth), (self.no, known & ~truth)):
            if mask.any():
                branch.demand(env, mask)

    def shown(self, env: Env, i: int) -> Node:
        return (self.yes if env.evaluated(self.test).at(i) else self.no).shown(env, i)

    def explain(self, env: Env, i: int) -> str:
        """The branch that counts.  A value without an input is followed by every condition on the way to it, any other
        by the conditions that have a reason of their own (a record, a date)."""
        tests: list[Node] = []
        node: Node = self
        while isinstance(node, If | Case | Default):
            if isinstance(node, If):
                tests.append(node.test)
                node = node.yes if env.evaluated(node.test).at(i) else node.no
            else:
                node = node._case(env.reading(node.reading)) if isinstance(node, Case) else node._as_if()
        reasons = [why for test in tests if (why := test.because(env, i)) != test.explain(env, i) or node.bare]
        return f"{node.explain(env, i)}（{'，'.join(reasons)}）" if reasons else node.explain(env, i)

    def because(self, env: Env, i: int) -> str:
        branch = self.yes if env.evaluated(self.test).at(i) else self.no
        return self.explain(env, i) if branch.bare else branch.because(env, i)

    def formula(self, bind: Callable[[str], str]) -> str:
        return f"IF({self.test.formula(bind)},{self.yes.formula(bind)},{self.no.formula(bind)})"


@dataclass(frozen=True)
class Case(Node):
    """What a reading (读法) chooses."""

    reading: str
    cases: tuple[tuple[str, Node], ...]

    def _case(self, chosen: str) -> Node:
        return dict(self.cases)[chosen]

    def children(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.cases)

    def chosen(self, readings: Mapping[str, str]) -> Iterator[Node]:
        yield self
        yield from self._case(readings[self.reading]).chosen(readings)

    def evaluate(self, env: Env) -> Value:
        return self._case(env.reading(self.reading)).evaluate(env)

    def demand(self, env: Env, used: np.ndarray) -> None:
        self._case(env.reading(self.reading)).demand(env, used)

    def because(self, env: Env, i: int) -> str:
        return self._case(env.reading(self.reading)).because(env, i)

    def shown(self, env: Env, i: int) -> Node:
        return self._case(env.reading(self.reading)).shown(env, i)

    def explain(self, env: Env, i: int) -> str:
        return self._case(env.reading(self.reading)).explain(env, i)


@dataclass(frozen=True)
class Refuse(Nothing):
    """A refusal that the policy words itself."""

    name: str

    def evaluate(self, env: Env) -> Value:
        return nothing(self.type or "number", REFUSED)

    def demand(self, env: Env, used: np.ndarray) -> None:
        env.refuse(self.name, used)

    def explain(self, env: Env, i: int) -> str:
        return "不能计算"


@dataclass(frozen=True)
class Present(Node):
    """``present(x)``: is there a value?"""

    part: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    def evaluate(self, env: Env) -> Value:
        a = self.part.evaluate(env)
        if a.state is None:
            return Value("bool", True)
        return Value("bool", a.state == OK, _refused_only(a.state))

    def demand(self, env: Env, used: np.ndarray) -> None:
        state = self.part.evaluate(env).states(env.size)
        self.part.demand(env, used & (state == REFUSED))

    def explain(self, env: Env, i: int) -> str:
        if env.evaluated(self).at(i):
            return self.part.explain(env, i)
        return f"没有{env.title(self.part.name)}" if isinstance(self.part, Ref | Parameter) else "没有值"


def _refused_only(state: Any) -> Any:
    bad = state == REFUSED
    if isinstance(bad, np.ndarray):
        return bad.astype(np.uint8) * REFUSED if bad.any() else None
    return REFUSED if bad else None


@dataclass(frozen=True)
class Default(Node):
    """``default(x, y)``: x, or y where x is blank."""

    part: Node
    other: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part, self.other)

    def _as_if(self) -> If:
        return If(Present(self.part), self.part, self.other)

    def evaluate(self, env: Env) -> Value:
        return self._as_if().evaluate(env)

    def demand(self, env: Env, used: np.ndarray) -> None:
        self._as_if().demand(env, used)

    def shown(self, env: Env, i: int) -> Node:
        return self._as_if().shown(env, i)

    def explain(self, env: Env, i: int) -> str:
        return self._as_if().explain(env, i)


@dataclass(frozen=True)
class Function(Node):
    """min, max, round, floor, ceil, abs."""

    name: str
    parts: tuple[Node, ...]
    places: int = 0

    def children(self) -> tuple[Node, ...]:
        return self.parts

    def evaluate(self, env: Env) -> Value:
        values = [p.evaluate(env) for p in self.parts]
        state = strict(*values)
        x = values[0].data
        if self.name == "round":
            x = x.rounded(self.places)
        elif self.name == "floor":
            x = x.floored(self.places)
        elif self.name == "ceil":
            x = x.ceiled(self.places)
        elif self.name == "abs":
            x = x.larger(x.negative())
        else:
            for value in values[1:]:
                x = x.smaller(value.data) if self.name == "min" else x.larger(value.data)
        return Value(values[0].type, x, state)

    def shown(self, env: Env, i: int) -> Node:
        return self.parts[0].shown(env, i) if self.name == "round" else self

    def explain(self, env: Env, i: int) -> str:
        inner = [p.explain(env, i) for p in self.parts]
        if self.name == "round":
            return inner[0]
        if self.name in ("min", "max"):
            word = "取小" if self.name == "min" else "取大"
            return f"{word}（{'，'.join(inner)}）"
        word = {"floor": "向下取整", "ceil": "向上取整", "abs": "绝对值"}[self.name]
        return f"{word}（{inner[0]}）"

    def formula(self, bind: Callable[[str], str]) -> str:
        inner = [p.formula(bind) for p in self.parts]
        if self.name == "round":
            return f"ROUND({inner[0]},{self.places})"
        if self.name in ("floor", "ceil"):              # Excel's two go to and from 0
            below, above = ("ROUNDUP", "ROUNDDOWN") if self.name == "floor" else ("ROUNDDOWN", "ROUNDUP")
            return f"IF({inner[0]}<0,{below}({inner[0]},{self.places}),{above}({inner[0]},{self.places}))"
        return f"{self.name.upper()}({','.join(inner)})"


# How many arguments a function takes.
FUNCTIONS = {"min": (2, 99), "max": (2, 99), "round": (1, 2), "floor": (1, 2), "ceil": (1, 2), "abs": (1, 1),
             "present": (1, 1), "default": (2, 2), "refuse": (1, 1)}
DEEPEST = 60        # parts within parts; deeper, Python's own recursion would give way
TOO_DEEP = "式子嵌套太深，分成几个量来写"


class Scope(Protocol):
    """What names mean while an expression is read."""

    def is_parameter(self, name: str) -> bool: ...
    def is_quantity(self, name: str) -> bool: ...
    def rule(self, name: str) -> tuple[list[str], Callable[[dict[str, Node]], Node]] | None: ...
    def hint(self, name: str) -> str: ...


def parse(text: str, scope: Scope, bound: dict[str, Node] | None = None) -> Node:
    """The node of an expression; ``bound`` gives the arguments of a rule.  Raises ExpressionError."""
    reader = _Reader(text, scope, bound or {})
    if not text.strip():
        raise ExpressionError("式子是空的")
    try:
        tree = ast.parse(reader.source, mode="eval").body
    except (RecursionError, MemoryError):
        raise reader.error(TOO_DEEP) from None
    except (SyntaxError, ValueError) as error:
        raise reader.error(TOO_DEEP if "nested" in str(error) else f"式子读不懂{_syntax_hint(text)}") from None
    if tree.col_offset == 0 and tree.lineno == 1 and type(tree) not in NOT_ALLOWED:     # our bracket closed: "a) + (b"
        raise reader.error("式子读不懂，括号不配对")
    return reader.node(tree)


def _syntax_hint(text: str) -> str:
    """What most likely stands behind text that Python cannot read."""
    bare = re.sub(r"""'[^']*'|"[^"]*\"""", "", text)
    if wide := re.search("[，。（）：；＋－×÷＝≠＜≤＞≥“”‘’【】　、]", bare):
        return f"，有全角符号「{wide[0]}」，改成半角"
    if re.search(r"(?<![=<>!])=(?!=)", bare):
        return "，相等写成 =="
    if text.count("(") != text.count(")"):
        return "，括号不配对"
    if re.search(r"\bif\b", bare) and not re.search(r"\belse\b", bare):
        return "，if 要有 else：甲 if 条件 else 乙"
    return ""


OPS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Eq: "==", ast.NotEq: "!=",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}
# What Python's grammar has and this one has not, in the author's words.
NOT_ALLOWED: dict[type, str] = {
    ast.Mod: "%（百分数写成 / 100）", ast.Pow: "**", ast.FloorDiv: "//（取整用 floor）", ast.MatMult: "@",
    ast.BitAnd: "&（写 and）", ast.BitOr: "|（写 or）", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Invert: "~（写 not）", ast.UAdd: "前面的 +", ast.Is: "is（写 ==）", ast.IsNot: "is not（写 !=）",
    ast.Tuple: "逗号隔开的几个值", ast.List: "[…]", ast.Set: "{…}", ast.Dict: "{…}", ast.Slice: "[…:…]",
    ast.Starred: "*", ast.JoinedStr: "f\"…\"", ast.Lambda: "lambda", ast.NamedExpr: ":=", ast.Await: "await",
    ast.Yield: "yield", ast.YieldFrom: "yield", ast.GeneratorExp: "for", ast.ListComp: "for", ast.SetComp: "for",
    ast.DictComp: "for",
}


class _Reader:
    """Translates Python's syntax tree, node by node; whatever it does not name is refused."""

    def __init__(self, text: str, scope: Scope, bound: dict[str, Node]):
        self.text, self.scope, self.bound = text, scope, bound
        self.source = f"({text}\n)"        # in brackets it may go over several lines, with comments
        self.depth = 0

    def error(self, what: str) -> ExpressionError:
        text = " ".join(self.text.split())
        return ExpressionError(f"{what}：「{text if len(text) <= 200 else text[:200] + '…'}」")

    def refused(self, what: ast.AST) -> ExpressionError:
        return self.error(f"式子里不能用 {NOT_ALLOWED.get(type(what), type(what).__name__)}")

    def node(self, tree: ast.expr) -> Node:
        method = getattr(self, "on_" + type(tree).__name__, None)
        if method is None:
            raise self.refused(tree)
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(TOO_DEEP)
        node = method(tree)
        self.depth -= 1
        return node

    def on_Constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if isinstance(value, bool | str):
            return Const(value)
        if isinstance(value, int | float):
            # the digits as written in the policy file, never the double
            digits = ast.get_source_segment(self.source, tree) or ""
            if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", digits):
                raise self.error(f"数 {digits} 要写成普通的小数，如 100000、0.05")
            return Const(Fraction(digits))
        raise self.error("式子里的常数不是数字、是否或文字")

    def on_Name(self, tree: ast.Name) -> Node:
        return self.name(tree.id)

    def on_Attribute(self, tree: ast.Attribute) -> Node:
        return self.name(self.dotted(tree))

    def dotted(self, tree: ast.expr) -> str:
        if isinstance(tree, ast.Name):
            return tree.id
        if isinstance(tree, ast.Attribute):
            return f"{self.dotted(tree.value)}.{tree.attr}"
        raise self.error("名称读不懂")

    def name(self, name: str) -> Node:
        if name in self.bound:
            return self.bound[name]
        if name == "blank":
            return Blank()
        if self.scope.is_parameter(name):
            return Parameter(name)
        if self.scope.is_quantity(name):
            return Ref(name)
        raise self.error(f"没有叫 {name} 的量、输入列或参数{self.scope.hint(name)}")

    def on_Subscript(self, tree: ast.Subscript) -> Node:
        name = self.dotted(tree.value)
        if not self.scope.is_parameter(name):
            hint = "" if self.scope.is_quantity(name) else self.scope.hint(name)
            raise self.error(f"{name} 不是参数，不能带方括号{hint}")
        return Parameter(name, self.node(tree.slice))

    def on_BinOp(self, tree: ast.BinOp) -> Node:
        if type(tree.op) not in OPS:
            raise self.refused(tree.op)
        return Arithmetic(OPS[type(tree.op)], self.node(tree.left), self.node(tree.right))

    def on_UnaryOp(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            return Not(self.node(tree.operand))
        if isinstance(tree.op, ast.USub):
            part = self.node(tree.operand)
            if isinstance(part, Const) and isinstance(part.value, Fraction):
                return Const(-part.value)
            return Arithmetic("-", Const(Fraction(0)), part)
        raise self.refused(tree.op)

    def on_BoolOp(self, tree: ast.BoolOp) -> Node:
        return Logic("and" if isinstance(tree.op, ast.And) else "or", tuple(self.node(v) for v in tree.values))

    def on_Compare(self, tree: ast.Compare) -> Node:
        parts: list[Node] = []
        left = tree.left
        for op, right in zip(tree.ops, tree.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                elements = right.elts if isinstance(right, ast.Tuple) else []
                labels = tuple(e.value for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, str))
                if not labels or len(labels) < len(elements):
                    raise self.error("in 的右边要写成 ('甲', '乙')；只有一个时用 ==")
                one: Node = OneOf(self.node(left), labels)
                parts.append(Not(one) if isinstance(op, ast.NotIn) else one)
            elif type(op) in OPS:
                parts.append(Compare(OPS[type(op)], self.node(left), self.node(right)))
            else:
                raise self.refused(op)
            left = right
        return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))

    def on_IfExp(self, tree: ast.IfExp) -> Node:
        return If(self.node(tree.test), self.node(tree.body), self.node(tree.orelse))

    def on_Call(self, tree: ast.Call) -> Node:
        name = self.dotted(tree.func)
        if tree.keywords:
            raise self.error(f"{name} 不接受命名参数")
        rule = self.scope.rule(name)
        if rule is not None:
            args, expand = rule
            if len(args) != len(tree.args):
                raise self.error(f"{name} 要 {len(args)} 个参数（{'、'.join(args)}），给了 {len(tree.args)} 个")
            return expand({arg: self.node(part) for arg, part in zip(args, tree.args, strict=True)})
        if name not in FUNCTIONS:
            raise self.error(f"没有函数 {name}，可用的有 {'、'.join(FUNCTIONS)}")
        low, high = FUNCTIONS[name]
        if not low <= len(tree.args) <= high:
            count = f" {low}" if low == high else f"至少 {low}" if high == 99 else f" {low} 或 {high}"
            raise self.error(f"函数 {name} 要{count} 个参数，给了 {len(tree.args)} 个")
        if name == "refuse":
            if isinstance(tree.args[0], ast.Constant) and isinstance(tree.args[0].value, str):
                return Refuse(tree.args[0].value)
            raise self.error("refuse 的写法是 refuse('编号')")
        parts = [self.node(part) for part in tree.args]
        if name == "present":
            return Present(parts[0])
        if name == "default":
            return Default(parts[0], parts[1])
        if name in ("round", "floor", "ceil"):
            places = 0
            if len(parts) == 2:
                second = parts.pop()
                if not (isinstance(second, Const) and isinstance(second.value, Fraction)
                        and second.value.denominator == 1 and 0 <= second.value <= 6):
                    raise self.error(f"{name} 的小数位数应是 0 到 6 的整数")
                places = int(second.value)
            return Function(name, tuple(parts), places)
        return Function(name, tuple(parts))
