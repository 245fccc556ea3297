"""The comparisons that an explanation states, worked out again."""

from __future__ import annotations

import re
from fractions import Fraction

HOLDS = {"＝": "__eq__", "≠": "__ne__", "＜": "__lt__", "≤": "__le__", "＞": "__gt__", "≥": "__ge__"}


def value_of(side: str) -> Fraction | str | None:
    """The value of a side: 月度得分 68.00, sums and products of such (病假小时 20 ＋ 事假小时 22.5); else its last
    word.  None: a part of a side, the rest of it stands in brackets."""
    if not side.strip() or re.search("^ ?[＋－×÷]|[＋－×÷] ?$", side):
        return None
    total = Fraction(0)
    for sign, term in zip(["＋", *re.findall(" ([＋－]) ", side)], re.split(" [＋－] ", side), strict=True):
        product, factors = Fraction(1), re.split(" [×÷] ", term)
        for how, factor in zip(["×", *re.findall(" ([×÷]) ", term)], factors, strict=True):
            number = re.search(r"(?<![0-9-])(-?[0-9]+(?:\.[0-9]+)?)(%?)$", factor)
            if number is None or (how == "÷" and not Fraction(number[1])):
                return side.rsplit(" ", maxsplit=1)[-1]
            # alone 99% is compared as 99; in a product it is a share
            one = Fraction(number[1]) / (100 if number[2] and len(factors) > 1 else 1)
            product = product * one if how == "×" else product / one
        total += product if sign == "＋" else -product
    return total


def falsehoods(text: str, every: bool = False) -> list[str]:
    """The comparisons of a sentence that do not hold (``every``: all of them)."""
    found = []
    text = re.sub("（[^（），；：]+）(?= -?[0-9])", "", text)       # the key of a parameter: 执行率的线（上） 99%
    # what a side rests on: 数据错误 61（一处 1；一处 60） ＞ 0
    within = re.findall("（([^（）]*)）(?= [＝≠＜≤＞≥])", text)
    text = re.sub("（[^（）]*）(?= [＝≠＜≤＞≥])", "", text)
    for fact in re.split("[，；：（）]", "；".join([text, *within])):
        if len(sides := re.split(" ([＝≠＜≤＞≥]) ", fact)) == 3:
            left, right = value_of(sides[0]), value_of(sides[2])
            if None in (left, right):
                continue
            # a grade that is called 3 is not 无
            alike = type(left) is type(right)
            if every or not (getattr(left, HOLDS[sides[1]])(right) if alike else sides[1] == "≠"):
                found.append(fact)
    return found
