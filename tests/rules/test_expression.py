"""The grammar of rules: what an expression is worth, what it asks for, how it explains itself, its Excel formula."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xl_kpi.money import Exact
from xl_kpi.rules.expression import Case, Const, ExpressionError, Node, Ref, number_text, parse
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value

NUMBERS = "abcd"
FLAGS = "pqrs"
TITLES = {"a": "甲", "b": "乙", "p": "晴", "q": "雨", "role": "岗位", "day": "入职日期", "pay": "工资"}
KEYED = {1: Fraction(100), 2: Fraction(200), 3: None}            # the parameter ``pay``; 3 is not filled in


class Anything:
    """A scope in which a to d are numbers, p to s conditions, and there is a parameter of each sort and a part."""

    def is_parameter(self, name: str) -> bool:
        return name in ("base", "pay", "post.pay")

    def is_quantity(self, name: str) -> bool:
        return name in (*NUMBERS, *FLAGS, "role", "other", "day", "end")

    def hint(self, name: str) -> str:
        return ""

    def keys(self, parameter: str) -> list[int | str] | None:
        return [1, 2, 3] if parameter == "pay" else None

    def rule(self, name: str) -> tuple[list[str], Callable[[dict[str, Node]], Node]] | None:
        return (["x", "y"], lambda bound: parse("x - y", self, bound)) if name == "gap" else None


def number(values: list[Any]) -> Value:
    """None: blank; "?": refused."""
    states = np.array([BLANK if v is None else REFUSED if v == "?" else OK for v in values], np.uint8)
    known = [Fraction(v) if s == OK else Fraction(0) for v, s in zip(values, states, strict=True)]
    den = int(np.lcm.reduce([k.denominator for k in known] or [1]))
    data = Exact(np.array([int(k * den) for k in known], np.int64), den)
    return Value("number", data, states if states.any() else None)


def flag(values: list[Any]) -> Value:
    states = np.array([BLANK if v is None else REFUSED if v == "?" else OK for v in values], np.uint8)
    data = np.array([v is True for v in values])
    return Value("bool", data, states if states.any() else None)


def choice(values: list[str], *labels: str) -> Value:
    return Value("choice", np.array([labels.index(v) for v in values], np.int64), None, labels)


class Here:
    """A few people with values; keeps what is asked for."""

    def __init__(self, size: int = 1, reading: str = "first", **values: Value):
        self.size, self.chosen, self.values = size, reading, values
        self.asked: list[tuple[Any, list[int]]] = []

    def value(self, name: str) -> Value:
        return self.values[name]

    def parameter(self, name: str, key: Value | None) -> Value:
        if key is None:
            return Value("number", Exact(5, 2))
        if key.type == "choice":
            return Value("number", Exact(7))
        values = [KEYED.get(int(key.data.at(i))) if not isinstance(key.data.num, int) else KEYED[key.data.num]
                  for i in range(self.size)]
        return number(values)

    def reading(self, name: str) -> str:
        return self.chosen

    def _ask(self, what: Any, mask: np.ndarray) -> None:
        people = np.flatnonzero(np.broadcast_to(mask, (self.size,))).tolist()
        if people:
            self.asked.append((what, people))

    def need(self, name: str, mask: np.ndarray) -> None:
        self._ask(name, mask & (self.values[name].states(self.size) != OK))

    def need_parameter(self, name: str, key: Value | None, mask: np.ndarray) -> None:
        self._ask(name, mask & (self.parameter(name, key).states(self.size) != OK))

    def refuse(self, name: str, mask: np.ndarray, text: str = "", do: str = "", at: Any = "") -> None:
        self._ask(f"!{name}", mask)

    def title(self, name: str) -> str:
        return TITLES.get(name, name)

    def text(self, name: str, value: Any) -> str:
        unit = "%" if name == "base" else ""
        if value is None:
            return "（无）"
        return number_text(value) + unit if isinstance(value, Fraction) else str(value)

    def said(self, name: str, i: int) -> str:
        return f"{self.title(name)} {self.text(name, self.values[name].at(i))}"

    def because(self, name: str, i: int) -> str:
        return self.said(name, i)

    def evaluated(self, node: Node) -> Value:
        return node.evaluate(self)


def node(text: str) -> Node:
    return parse(text, Anything())


def worth(text: str, here: Here | None = None) -> Any:
    """The value for the first person."""
    return node(text).evaluate(here or Here()).at(0)


def states(value: Value, size: int) -> list[int]:
    return value.states(size).tolist()


# -- what an expression is worth --------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "expected"), [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 - 2 - 1", 4), ("12 / 2 / 3", 2), ("12 / (2 / 3)", 18), ("-2 * 3", -6),
    ("2 - -3", 5), ("1 + 2 == 3", True), ("not 1 == 2", True), ("1 < 2 and 2 < 1 or True", True),
    ("True or False and False", True), ("not True or True", True), ("1 < 2 < 3", True), ("1 < 3 < 2", False),
    ("1 if False else 2 if False else 3", 3), ("(1 if True else 2) + 10", 11), ("1 if True else 2 + 10", 1),
    ("gap(10, 3 - 1)", 8), ("gap(10, 3) * 2", 14), ("'甲' == '甲'", True), ("'甲' != '乙'", True),
    ("'甲' in ('乙', '甲')", True), ("'甲' not in ('乙', '丙')", True),
    ("min(3, 1, 2)", 1), ("max(3, 1, 2)", 3), ("abs(-5)", 5), ("abs(5)", 5),
    ("round(2.5)", 3), ("round(-2.5)", -3), ("round(2.675, 2)", Fraction("2.68")),
    ("round(1.005, 2)", Fraction("1.01")),
    ("floor(2.9)", 2), ("floor(-2.1)", -3), ("ceil(2.1)", 3), ("ceil(-2.9)", -2), ("floor(2.999, 2)", Fraction("2.99")),
    ("\n  1\n  + 2   # a remark ends with its line\n", 3),
])
def test_worth(text: str, expected: Any) -> None:
    assert worth(text) == expected


@pytest.mark.parametrize("digits", ["0.1", "0.285", "21.75", "3333.35", "0.0001", "100.10", "12345678.1234", "007.50"])
def test_decimals_are_as_written(digits: str) -> None:
    assert worth(digits) == Fraction(digits)
    assert worth(f"{digits} * 10") == Fraction(digits) * 10
    assert worth("0.1 + 0.2 == 0.3") is True


def test_fractions_stay_fractions() -> None:
    assert worth("1 / 3 * 3 == 1") is True
    assert worth("2 / 7") == Fraction(2, 7)


def test_division_by_zero_is_refused() -> None:
    here = Here(2, a=number([6, 6]), b=number([3, 0]))
    quotient = node("a / b").evaluate(here)
    assert quotient.at(0) == 2
    assert quotient.at(1) is None
    node("a / b").demand(here, np.ones(2, bool))
    assert here.asked == [("!", [1])]


def test_dates() -> None:
    here = Here(1, day=Value("date", Exact(np.array([737000]))), end=Value("date", Exact(737030)))
    assert worth("end - day", here) == 30
    assert node("day + 1").evaluate(here).type == "date"
    assert node("1 + day").evaluate(here).type == "date"
    assert node("end - day").evaluate(here).type == "number"
    assert worth("max(day, end) == end", here) is True


def test_labels_of_two_lists_are_compared_by_what_they_say() -> None:
    here = Here(2, role=choice(["甲", "乙"], "甲", "乙"), other=choice(["甲", "甲"], "丙", "甲"))
    assert node("role == other").evaluate(here).data.tolist() == [True, False]
    assert node("role != other").evaluate(here).data.tolist() == [False, True]
    assert node("role == '丙'").evaluate(here).data.tolist() == [False, False]
    both = node("role if p else other").evaluate(Here(2, role=here.values["role"], other=here.values["other"],
                                                       p=flag([True, False])))
    assert [both.at(0), both.at(1)] == ["甲", "甲"]


def test_parameters() -> None:
    here = Here(3, a=number([1, 2, None]), role=choice(["甲", "乙", "甲"], "甲", "乙"))
    assert worth("base") == Fraction(5, 2)
    assert worth("pay[2]") == 200
    assert worth("post.pay['甲'] + 1") == 8
    by_level = node("pay[a]").evaluate(here)
    assert [by_level.at(i) for i in range(3)] == [100, 200, None]
    assert states(by_level, 3)[2] == REFUSED, "no key, no value"


# -- blank and refused ------------------------------------------------------------------------------------------------

KNOWN = {"T": True, "F": False, "B": None, "R": "?"}


@pytest.mark.parametrize(("left", "right", "both", "either"), [
    ("T", "T", True, True), ("T", "F", False, True), ("F", "T", False, True), ("F", "F", False, False),
    ("F", "B", False, None), ("T", "B", None, True), ("F", "R", False, None), ("T", "R", None, True),
    ("B", "T", None, None), ("B", "F", None, None), ("R", "T", None, None), ("R", "F", None, None),
])
def test_and_or_from_left_to_right(left: str, right: str, both: bool | None, either: bool | None) -> None:
    """What comes after a decided part is not looked at; what comes before must be known."""
    here = Here(1, p=flag([KNOWN[left]]), q=flag([KNOWN[right]]))
    assert worth("p and q", here) is both
    assert worth("p or q", here) is either


def test_refusal_among_conditions() -> None:
    here = Here(2, p=flag([True, False]))
    tree = node("not (p or refuse('why'))")
    tree.type_of({"p": "bool"}.__getitem__)            # as on load: what is refused is a condition
    decided = tree.evaluate(here)
    assert [decided.at(0), decided.at(1)] == [False, None]
    node("p or refuse('why')").demand(here, np.ones(2, bool))
    assert here.asked == [("!why", [1])]


def test_blank_makes_a_sum_refused() -> None:
    here = Here(3, a=number([1, None, "?"]), b=number([1, 1, 1]))
    assert states(node("a + b").evaluate(here), 3) == [OK, REFUSED, REFUSED]
    assert states(node("a > b").evaluate(here), 3) == [OK, REFUSED, REFUSED]
    assert states(node("max(a, b)").evaluate(here), 3) == [OK, REFUSED, REFUSED]
    assert states(node("blank").evaluate(here), 3) == [BLANK] * 3
    assert states(node("blank if b == 1 else a").evaluate(here), 3) == [BLANK] * 3


def test_if_takes_only_its_branch() -> None:
    here = Here(4, p=flag([True, True, False, None]), a=number([1, None, "?", 4]), b=number(["?", 2, 3, 4]))
    value = node("a if p else b").evaluate(here)
    assert states(value, 4) == [OK, BLANK, OK, REFUSED]
    assert [value.at(i) for i in range(4)] == [1, None, 3, None]
    node("a if p else b").demand(here, np.ones(4, bool))
    assert here.asked == [("p", [3]), ("a", [1])]


def test_present_and_default() -> None:
    here = Here(3, a=number([0, None, "?"]), b=number([7, 7, 7]))
    assert states(node("present(a)").evaluate(here), 3) == [OK, OK, REFUSED]
    assert node("present(a)").evaluate(here).data.tolist()[:2] == [True, False]
    value = node("default(a, b)").evaluate(here)
    assert [value.at(i) for i in range(3)] == [0, 7, None]
    node("default(a, b)").demand(here, np.ones(3, bool))
    assert here.asked == [("a", [2])], "a blank is no lack where there is a default"


def test_refuse_is_nobody_s_value() -> None:
    here = Here(2, p=flag([True, False]), a=number([1, 2]))
    value = node("a if p else refuse('why')").evaluate(here)
    assert [value.at(0), value.at(1)] == [1, None]
    assert states(value, 2) == [OK, REFUSED]
    node("a if p else refuse('why')").demand(here, np.array([True, False]))
    assert here.asked == []
    node("a if p else refuse('why')").demand(here, np.ones(2, bool))
    assert here.asked == [("!why", [1])]


@pytest.mark.parametrize(("text", "asked"), [
    ("a + b", [("a", [1]), ("b", [2])]),
    ("p and a > 0", [("a", [1])]),                              # only who is still open
    ("q and a > 0", []),
    ("q or a > 0", [("a", [1])]),
    ("p or a > 0", []),
    ("a if q else b", [("b", [2])]),
    ("not present(a)", []),
    ("max(a, 1)", [("a", [1])]),
    ("a == 1", [("a", [1])]),
    ("pay[a]", [("a", [1])]),                                   # the key first
    ("pay[3] + 1", [("pay", [0, 1, 2])]),
    ("pay[3] if q else 1", []),
    ("1 if a == 1 else 2", [("a", [1])]),
])
def test_demand_asks_only_for_what_is_used(text: str, asked: list[Any]) -> None:
    here = Here(3, a=number([1, None, 1]), b=number([1, 1, "?"]), p=flag([True] * 3), q=flag([False] * 3))
    node(text).demand(here, np.ones(3, bool))
    assert here.asked == asked


def test_demand_keeps_to_who_is_asked_about() -> None:
    here = Here(3, a=number([None, None, None]))
    node("a + 1").demand(here, np.array([False, True, False]))
    assert here.asked == [("a", [1])]


def test_case_follows_the_reading() -> None:
    case = Case("how", (("first", Const(Fraction(1))), ("second", Ref("a"))))
    here = Here(1, "second", a=number([None]))
    assert case.evaluate(Here()).at(0) == 1
    case.demand(here, np.ones(1, bool))
    assert here.asked == [("a", [0])]
    assert case.explain(Here(), 0) == "1"
    assert [type(n).__name__ for n in case.chosen({"how": "first"})] == ["Case", "Const"]


# -- how it is explained, and its formula -----------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "said"), [
    ("a", "甲 1"), ("2.50", "2.5"), ("True", "是"), ("'早'", "早"), ("blank", "不适用"),
    ("a + b * 2", "甲 1 ＋ 乙 2 × 2"), ("(a + b) * 2", "(甲 1 ＋ 乙 2) × 2"), ("a - (b - 1)", "甲 1 － (乙 2 － 1)"),
    ("a / (b * 2)", "甲 1 ÷ (乙 2 × 2)"), ("(a + 1 if p else b) * 2", "(甲 1 ＋ 1) × 2"),
    ("(b if q else a + 1) * 2", "(甲 1 ＋ 1) × 2"), ("round(a + 1, 2) * 2", "(甲 1 ＋ 1) × 2"),
    ("a >= b", "甲 1 ＜ 乙 2"), ("a < b", "甲 1 ＜ 乙 2"), ("a == 2", "甲 1 ≠ 2"), ("a != 1", "甲 1 ＝ 1"),
    ("role == '乙'", "岗位 甲 ≠ 乙"), ("role in ('乙',)", "岗位 甲 不属于 乙"),
    ("role in ('甲', '乙')", "岗位 甲 属于 甲、乙"),
    ("p and q", "雨 False"), ("p or q", "晴 True"), ("p and a == 1", "晴 True，甲 1 ＝ 1"), ("not p", "晴 True"),
    ("a if p else b", "甲 1"), ("0 if p else b", "0（晴 True）"), ("b if q else 0", "0（雨 False）"),
    ("present(a)", "甲 1"), ("q or a > 1", "雨 False，甲 1 ≤ 1"),
    ("0 if q else 1 if a > 1 else 2", "2（雨 False，甲 1 ≤ 1）"), ("pay[a] if p else b", "工资（1） 100（晴 True）"),
    ("b if q else base", "base 2.5%（雨 False）"), ("default(a, b)", "甲 1"), ("refuse('why')", "不能计算"),
    ("min(a, b)", "取小（甲 1，乙 2）"), ("max(a, b)", "取大（甲 1，乙 2）"), ("floor(a)", "向下取整（甲 1）"),
    ("ceil(a)", "向上取整（甲 1）"), ("abs(a)", "绝对值（甲 1）"),
    ("base", "base 2.5%"), ("a * base / 100", "甲 1 × base 2.5%"), ("base / 10", "base 2.5% ÷ 10"),
    ("pay[a]", "工资（1） 100"), ("pay[2]", "工资（2） 200"),
    ("post.pay['甲']", "post.pay（甲） 7"),
])
def test_explain(text: str, said: str) -> None:
    here = Here(1, a=number([1]), b=number([2]), p=flag([True]), q=flag([False]), role=choice(["甲"], "甲", "乙"))
    assert node(text).explain(here, 0) == said


@pytest.mark.parametrize(("text", "formula"), [
    ("a + b * 2", "A+B*2"), ("(a + b) * 2", "(A+B)*2"), ("a - (b - 1)", "A-(B-1)"), ("-a * b", "(0-A)*B"),
    ("a / 21.75", "A/21.75"), ("a * 0.0000001", "A*0.0000001"), ("'说\"好\"'", '"说""好"""'), ("True", "TRUE"),
    ("blank", '""'), ("a != b", "A<>B"), ("a == b", "A=B"), ("p == (a == b)", "P=(A=B)"),
    ("p and q or not p", "OR(AND(P,Q),NOT(P))"), ("a if p else b", "IF(P,A,B)"), ("(a if p else b) * 2", "IF(P,A,B)*2"),
    ("round(a * b, 2)", "ROUND(A*B,2)"), ("min(a, b)", "MIN(A,B)"), ("abs(a)", "ABS(A)"),
    ("floor(a, 1)", "IF(A<0,ROUNDUP(A,1),ROUNDDOWN(A,1))"), ("ceil(a)", "IF(A<0,ROUNDDOWN(A,0),ROUNDUP(A,0))"),
])
def test_formula(text: str, formula: str) -> None:
    assert node(text).formula(str.upper) == formula


@pytest.mark.parametrize("text", ["base", "pay[a]", "present(a)", "default(a, b)", "refuse('why')", "role in ('甲',)"])
def test_what_excel_cannot_say(text: str) -> None:
    with pytest.raises(ExpressionError, match="不能写成 Excel 公式"):
        node(text).formula(str.upper)


@pytest.mark.parametrize("text", [
    "-" * 3000 + "1", "not " * 3000 + "p", "(" * 5000 + "1" + ")" * 5000, "+".join("a" * 500)],
    ids=["minus", "not", "brackets", "a sum"])
def test_too_deep_is_said(text: str) -> None:
    with pytest.raises(ExpressionError, match="嵌套太深"):
        node(text)


# -- against Python ---------------------------------------------------------------------------------------------------

PEOPLE = 3
decimal_texts = st.decimals(-999, 999, allow_nan=False, places=2).map(lambda d: f"{abs(d)}")
small = st.integers(-50, 50) | st.fractions(-20, 20, max_denominator=12)


def binary(parts: st.SearchStrategy[Any], *operators: str) -> st.SearchStrategy[Any]:
    return st.tuples(parts, st.sampled_from(operators), parts).map(lambda t: f"({t[0]} {t[1]} {t[2]})")


arithmetic = st.recursive(
    st.sampled_from(NUMBERS) | decimal_texts,
    lambda parts: binary(parts, "+", "-", "*", "/")
    | st.tuples(parts, st.sampled_from("+-*"), parts).map(lambda t: f"{t[0]} {t[1]} {t[2]}")        # without brackets
    | st.tuples(st.sampled_from(["min", "max"]), parts, parts).map(lambda t: f"{t[0]}({t[1]}, {t[2]})")
    | parts.map(lambda part: f"abs({part})") | parts.map(lambda part: f"-({part})"), max_leaves=8)
conditions = st.recursive(
    st.sampled_from(FLAGS) | st.sampled_from(["True", "False"]) | binary(arithmetic, "<", "<=", ">", ">=", "==", "!="),
    lambda parts: binary(parts, "and", "or")
    | st.tuples(parts, parts, parts).map(lambda t: f"{t[0]} and {t[1]} or {t[2]}")
    | parts.map(lambda part: f"not ({part})")
    | st.tuples(parts, parts, parts).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"), max_leaves=6)


def in_python(text: str, names: dict[str, Any]) -> Any:
    """What Python makes of it with exact fractions; None where it divides by zero."""
    exact = re.sub(r"\d+(\.\d+)?", lambda m: f"F('{m[0]}')", text)
    try:
        return eval(exact, {"F": Fraction, "min": min, "max": max, "abs": abs, **names})
    except ZeroDivisionError:
        return None


@settings(max_examples=150, deadline=None)
@given(arithmetic, st.lists(st.lists(small, min_size=4, max_size=4), min_size=PEOPLE, max_size=PEOPLE))
def test_arithmetic_is_python_s_with_fractions(text: str, rows: list[list[Any]]) -> None:
    here = Here(PEOPLE)
    here.values = {name: number([row[i] for row in rows]) for i, name in enumerate(NUMBERS)}
    value = node(text).evaluate(here)
    for i, row in enumerate(rows):
        expected = in_python(text, {name: Fraction(v) for name, v in zip(NUMBERS, row, strict=True)})
        assert value.at(i) == expected


@settings(max_examples=150, deadline=None)
@given(conditions, st.lists(st.lists(small, min_size=4, max_size=4), min_size=PEOPLE, max_size=PEOPLE),
       st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=PEOPLE, max_size=PEOPLE))
def test_conditions_are_python_s(text: str, rows: list[list[Any]], truths: list[list[bool]]) -> None:
    here = Here(PEOPLE)
    here.values = {name: number([row[i] for row in rows]) for i, name in enumerate(NUMBERS)}
    here.values |= {name: flag([truth[i] for truth in truths]) for i, name in enumerate(FLAGS)}
    value = node(text).evaluate(here)
    for i, (row, truth) in enumerate(zip(rows, truths, strict=True)):
        names = {name: Fraction(v) for name, v in zip(NUMBERS, row, strict=True)} | dict(zip(FLAGS, truth, strict=True))
        expected = in_python(text, names)
        assert value.at(i) is expected


ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "round": lambda x: math.floor(abs(x) + Fraction(1, 2)) * (1 if x >= 0 else -1),
    "floor": math.floor, "ceil": math.ceil}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(ROUNDINGS)), st.integers(0, 4), st.fractions(-1000, 1000, max_denominator=2000))
def test_rounding_is_half_away_from_zero(name: str, places: int, x: Fraction) -> None:
    value = worth(f"{name}(a, {places})", Here(1, a=number([x])))
    assert value == Fraction(ROUNDINGS[name](x * 10**places), 10**places)
