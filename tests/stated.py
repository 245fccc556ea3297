"""The comparisons that an explanation states, worked out again."""

from __future__ import annotations

import re
from fractions import Fraction

HOLDS = {"＝": "__eq__", "≠": "__ne__", "＜": "__lt__", "≤": "__le__", "＞": "__gt__", "≥": "__ge__"}


def value_of(side: str) -> Fraction | str:
    """The value of a side: 月度得分 68.00, sums of such (病假小时 20 ＋ 事假小时 22.5); else its last word."""
    total, sign = Fraction(0), 1
    for part in re.split(" ([＋－]) ", side):
        number = re.search(r"(?<![0-9-])(-?[0-9]+(?:\.[0-9]+)?)%?$", part)
        if part in "＋－":
            sign = 1 if part == "＋" else -1
        elif number is None or "×" in side or "÷" in side:
            return side.rsplit(" ", maxsplit=1)[-1]
        else:
            total += sign * Fraction(number[1])
    return total


def falsehoods(text: str, every: bool = False) -> list[str]:
    """The comparisons of a sentence that do not hold (``every``: all of them)."""
    found = []
    text = re.sub("（[^（），；：]+）(?= -?[0-9])", "", text)       # the key of a parameter: 执行率的线（上） 99%
    for fact in re.split("[，；：（）]", text):
        if len(sides := re.split(" ([＝≠＜≤＞≥]) ", fact)) == 3:
            left, right = value_of(sides[0]), value_of(sides[2])
            if every or type(left) is not type(right) or not getattr(left, HOLDS[sides[1]])(right):
                found.append(fact)
    return found
