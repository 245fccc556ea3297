"""What a plain formula of a sheet gives, exactly: sums, the four operations, ROUND and the like.

It serves to look at a company's own formulas beside a result before anybody opens the file.  A formula that uses
anything else is ``Unknown``: nothing is said of it.  Binary floating point is nowhere: a cell's number counts to 15
digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from xl_kpi.workbook.grid import area_of, place_of

Place = tuple[int, int]
Cell = Fraction | str | bool | None
Item = Cell | list[Cell]        # an area is a list of its cells

_TOKEN = re.compile(r"""
    \s+
  | (?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)
  | (?P<text>"(?:[^"]|"")*")
  | (?P<ref>\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?)(?![\w(!.])
  | (?P<name>[A-Z][A-Z0-9.]*)(?=\()
  | (?P<truth>TRUE|FALSE)(?![\w(])
  | (?P<sign><=|>=|<>|[-+*/^&=<>%(),])
""", re.VERBOSE | re.IGNORECASE)
_DEEP = 60              # formulas that look at one another


class Unknown(Exception):
    """What it gives cannot be said here."""


class Sheet:
    """The cells of a sheet.  ``value``: what a cell without a formula holds; ``formula``: '' for none."""

    def __init__(self, value: Callable[[Place], object], formula: Callable[[Place], str]):
        self._value, self._formula = value, formula
        self._known: dict[Place, Cell] = {}
        self._depth = 0

    def at(self, place: Place) -> Cell:
        """What a cell gives.  Raises Unknown."""
        if place not in self._known:
            text = self._formula(place)
            self._known[place] = self._computed(text) if text else _cell(self._value(place))
        return self._known[place]

    def _computed(self, text: str) -> Cell:
        self._depth += 1
        try:
            if self._depth > _DEEP:
                raise Unknown
            found = _Reader(text, self).whole()
            if isinstance(found, list):
                raise Unknown
            return Fraction(0) if found is None else found
        except (ZeroDivisionError, OverflowError, ValueError, RecursionError):
            raise Unknown from None
        finally:
            self._depth -= 1


def _cell(value: object) -> Cell:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return Fraction(Decimal(f"{value:.15g}"))
    if isinstance(value, int | Fraction | Decimal):
        return Fraction(value)
    raise Unknown           # a date, an error


def number(value: Cell) -> Fraction:
    """A value as a number, as Excel takes it in an operation."""
    if value is None:
        return Fraction(0)
    if isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, str):
        raise Unknown
    return value


class _Reader:
    """Reads a formula from left to right and works it out."""

    def __init__(self, text: str, sheet: Sheet):
        self.sheet = sheet
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise Unknown
            at = found.end()
            if found.lastgroup:
                self.tokens.append((found.lastgroup, found[0]))
        self.at = 0

    def whole(self) -> Item:
        found = self.compared()
        if self.at < len(self.tokens):
            raise Unknown
        return found

    def peek(self) -> str:
        return self.tokens[self.at][1].upper() if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        """The next sign, when it is one of these."""
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "sign" and self.tokens[self.at][1] in wanted:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def compared(self) -> Item:
        left = self.joined()
        while sign := self.take("<=", ">=", "<>", "=", "<", ">"):
            a, b = _one(left), _one(self.joined())
            if isinstance(a, str) or isinstance(b, str):
                if sign not in ("=", "<>"):
                    raise Unknown
                same = str(a or "").lower() == str(b or "").lower()
                left = same == (sign == "=")
            else:
                x, y = number(a), number(b)
                left = {"<=": x <= y, ">=": x >= y, "<>": x != y, "=": x == y, "<": x < y, ">": x > y}[sign]
        return left

    def joined(self) -> Item:
        left = self.summed()
        if self.peek() == "&":
            raise Unknown
        return left

    def summed(self) -> Item:
        left = self.multiplied()
        while sign := self.take("+", "-"):
            right = number(_one(self.multiplied()))
            left = number(_one(left)) + (right if sign == "+" else -right)
        return left

    def multiplied(self) -> Item:
        left = self.powered()
        while sign := self.take("*", "/"):
            right = number(_one(self.powered()))
            left = number(_one(left)) * right if sign == "*" else number(_one(left)) / right
        return left

    def powered(self) -> Item:
        left = self.signed()
        while self.take("^"):
            power = number(_one(self.signed()))
            if power.denominator != 1 or abs(power) > 20:
                raise Unknown
            left = number(_one(left)) ** int(power)
        return left

    def signed(self) -> Item:
        """A sign binds closer than ^: -2^2 is 4."""
        if sign := self.take("+", "-"):
            value = number(_one(self.signed()))
            return -value if sign == "-" else value
        return self.shared()

    def shared(self) -> Item:
        found = self.operand()
        while self.take("%"):
            found = number(_one(found)) / 100
        return found

    def operand(self) -> Item:
        if self.take("("):
            found = self.compared()
            if not self.take(")"):
                raise Unknown
            return found
        if self.at >= len(self.tokens):
            raise Unknown
        kind, text = self.tokens[self.at]
        self.at += 1
        match kind:
            case "number":
                return Fraction(text)
            case "text":
                return text[1:-1].replace('""', '"')
            case "truth":
                return text.upper() == "TRUE"
            case "ref":
                return self.cells(text)
            case "name":
                return self.call(text.upper())
        raise Unknown

    def cells(self, text: str) -> Item:
        area = area_of(text)
        if area is None:
            raise Unknown
        if ":" not in text:
            return self.sheet.at(place_of(text.replace("$", "")))
        top, left, bottom, right = area
        if (bottom - top + 1) * (right - left + 1) > 100_000:
            raise Unknown
        return [self.sheet.at((row, column)) for row in range(top, bottom + 1) for column in range(left, right + 1)]

    def call(self, name: str) -> Item:
        """A function; what is not chosen by IF is not worked out."""
        if not self.take("("):
            raise Unknown
        arguments: list[tuple[int, int]] = []
        depth, start = 0, self.at
        while True:
            if self.at >= len(self.tokens):
                raise Unknown
            kind, text = self.tokens[self.at]
            if kind == "sign" and text == "(":
                depth += 1
            elif kind == "sign" and text == ")" and depth:
                depth -= 1
            elif kind == "sign" and not depth and text in (",", ")"):
                arguments.append((start, self.at))
                start = self.at + 1
                if text == ")":
                    break
            self.at += 1
        self.at += 1
        given = [part for part in arguments if part[0] < part[1]] if len(arguments) == 1 else arguments
        return self.work_out(name, given)

    def argument(self, part: tuple[int, int]) -> Item:
        if part[0] == part[1]:
            return None
        inner = _Reader("", self.sheet)
        inner.tokens = self.tokens[part[0]:part[1]]
        return inner.whole()

    def work_out(self, name: str, parts: Sequence[tuple[int, int]]) -> Item:
        if name == "IF" and len(parts) in (2, 3):
            test = _one(self.argument(parts[0]))
            chosen = parts[1] if (test if isinstance(test, bool) else number(test) != 0) else (
                parts[2] if len(parts) == 3 else None)
            return False if chosen is None else self.argument(chosen)
        function = _FUNCTIONS.get(name)
        if function is None:
            raise Unknown
        return function([self.argument(part) for part in parts])


def _one(item: Item) -> Cell:
    if isinstance(item, list):
        raise Unknown
    return item


def _numbers(items: Sequence[Item]) -> list[Fraction]:
    """The numbers among arguments: of an area only what is one."""
    found: list[Fraction] = []
    for item in items:
        if isinstance(item, list):
            found += [one for one in item if isinstance(one, Fraction)]
        else:
            found.append(number(item))
    return found


def _rounded(items: Sequence[Item], up: Callable[[Fraction], int]) -> Cell:
    value, places = number(_one(items[0])), number(_one(items[1])) if len(items) > 1 else Fraction(0)
    scale = Fraction(10) ** int(places)
    whole = up(abs(value) * scale) / scale
    return -whole if value < 0 else whole


_FUNCTIONS: dict[str, Callable[[Sequence[Item]], Item]] = {
    "SUM": lambda items: sum(_numbers(items), Fraction(0)),
    "PRODUCT": lambda items: math.prod(_numbers(items), start=Fraction(1)),
    "MAX": lambda items: max(_numbers(items), default=Fraction(0)),
    "MIN": lambda items: min(_numbers(items), default=Fraction(0)),
    "AVERAGE": lambda items: sum(found, Fraction(0)) / len(found) if (found := _numbers(items)) else Fraction(1) / 0,
    "COUNT": lambda items: Fraction(len(_numbers(items))),
    "ABS": lambda items: abs(number(_one(items[0]))),
    "INT": lambda items: Fraction(math.floor(number(_one(items[0])))),
    "N": lambda items: number(_one(items[0])) if not isinstance(items[0], str) else Fraction(0),
    "ROUND": lambda items: _rounded(items, lambda scaled: math.floor(scaled + Fraction(1, 2))),
    "ROUNDUP": lambda items: _rounded(items, math.ceil),
    "ROUNDDOWN": lambda items: _rounded(items, math.floor),
    "SUBTOTAL": lambda items: _FUNCTIONS["SUM"](items[1:]) if items[0] in (9, 109) else _unknown(),
    "AND": lambda items: all(number(_one(item)) for item in items),
    "OR": lambda items: any(number(_one(item)) for item in items),
    "NOT": lambda items: not number(_one(items[0])),
}


def _unknown() -> Item:
    raise Unknown
