"""Numbers as a hand types them: ２,４００元, 88。5分, 一次, ★★★, 无; and what nobody can be sure of: 8 8, 28/30.

What is not read is looked for in the raw text, before NFKC turns ² into 2 and ① into 1.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from xl_kpi.hand.texts import is_blank, kept, normal, squeezed

# The unit of a quantity → how it is written behind a number; a unit that is not listed is written as it is.
_YUAN = ("元", "元整", "块", "块钱", "元/月", "/月", "元每月", "¥", "rmb", "人民币")
SPELLINGS: dict[str, tuple[str, ...]] = {
    "元": _YUAN, "元/月": _YUAN, "元/分": ("元", "元/分", "/分", "元每分"),
    "次": ("次", "回"), "小时": ("小时", "个小时", "时", "h"), "天": ("天", "日"), "分钟": ("分钟", "分"),
    "分": ("分",), "%": (), "人": ("人", "名", "个"), "名": ("名", "人", "个"), "星": ("星", "星级", "颗星", "★"),
    "月": ("月", "个月"), "字/分": ("字/分", "字/分钟", "字每分钟", "字"),
}
CURRENCY = ("¥", "RMB", "人民币")
COUNTED = ("次", "小时", "天", "分钟", "人", "名", "星", "月")      # a hand writes few of these in words
_WORDS = ("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九", "十")
NUMERALS = {word: number for number, words in enumerate(_WORDS) for word in words}
DASHES = "-–—―‐‑‒−─━－﹣"
NONE = re.compile(rf"[{DASHES}]+|[/／]+|无|没有|暂无")
FULL_STOP = re.compile(r"(?<=[0-9])。(?=[0-9])")
NUMBER = re.compile(r"[-+]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})")
GROUPS = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")
_GAP = re.compile(r"[0-9][.,。、]?(\s+)[.,。]?[0-9]")
_SUM = re.compile(r"[^0-9]*[0-9][0-9.,]*[^0-9.,]*([-+/*×÷xX:：~～=+至到][^0-9]*[0-9][0-9.,]*[^0-9]*)+")
_SHORT = re.compile(r"[-+¥]*[0-9.,]+\s*(k|w|[十百千万亿折成]+)元?", re.IGNORECASE)
_SUFFIX = re.compile(r"[-+¥]*[0-9][0-9.,]*([^0-9.,]+)")
STARS = re.compile(r"([★⭐🌟]+)☆*")


class Typed(NamedTuple):
    """A text as a number: ``number`` (None: it says that there is none), or what is ``wrong`` with it and what to
    ``do``.  ``percent``: it ended in %; ``unit``: the unit that was typed."""

    number: float | None = None
    percent: bool = False
    unit: str = ""
    wrong: str = ""
    do: str = ""


def spellings(unit: str) -> tuple[str, ...]:
    return SPELLINGS.get(unit, (unit,) if unit else ())


@lru_cache(maxsize=20_000)
def typed(raw: str, unit: str = "", none: bool = False) -> Typed:
    """The number that a text means in a place of ``unit``.  ``none``: a dash, 无 and the like mean a blank there."""
    text = kept(raw)
    if is_blank(text):
        return Typed()
    if none and NONE.fullmatch(normal(text)):
        return Typed()
    digits = unicodedata.normalize("NFKC", text)
    if odd := odd_digit(text):
        return Typed(wrong=odd, do="改成普通的数字")
    if gap := _GAP.search(digits):
        between = "换行" if "\n" in gap[1] or "\r" in gap[1] else "空格"
        return Typed(wrong=f"数字中间有{between}，说不准是一个数还是两个",
                     do="一格只填一个数；要相加的填加好的数")
    digits = FULL_STOP.sub(".", squeezed(digits)).replace("−", "-").removesuffix("。")
    if unit == "星" and (stars := STARS.fullmatch(digits)):
        return Typed(len(stars[1]), unit="★")
    percent = digits.endswith("%")
    bare, found = (digits[:-1], "%") if percent else _without_unit(digits, unit)
    if unit in COUNTED and bare in NUMERALS:
        return Typed(NUMERALS[bare], unit=found)
    if GROUPS.fullmatch(bare):
        bare = bare.replace(",", "")
    if NUMBER.fullmatch(bare):
        return Typed(float(bare), percent, found)
    return _refused(digits, unit)


def odd_digit(text: str) -> str:
    """What is wrong with a text in which NFKC would turn a character into an ordinary digit though it is none: ², ½,
    ①, 𝟗; '' for any other.  Full width is ordinary."""
    odd = "" if text.isascii() else next(filter(_is_odd, text), "")
    return odd and f"「{odd}」不是普通的数字"


@lru_cache(maxsize=4096)
def _is_odd(character: str) -> bool:
    if character.isascii() or not (character.isnumeric() or unicodedata.decomposition(character)):
        return False
    how = unicodedata.decomposition(character).partition(">")[0]
    return how not in ("<wide", "<narrow", "<small") and any(c.isdigit() for c in normal(character))


def _without_unit(digits: str, unit: str) -> tuple[str, str]:
    """(the text without a unit that fits, the unit)."""
    found = ""
    known = spellings(unit)
    if "元" in known:
        for sign in CURRENCY:
            for minus in ("-", "+", ""):
                if digits.upper().startswith(minus + sign):
                    digits, found = minus + digits[len(minus + sign):], sign
    for one in sorted(known, key=len, reverse=True):
        if digits.lower().endswith(one) and len(digits) > len(one):
            return digits[:-len(one)], one
    return digits, found


def _refused(digits: str, unit: str) -> Typed:
    if _SHORT.fullmatch(digits):
        return Typed(wrong="不是写全的数", do="写成完整的数，如 2400")
    if _SUM.fullmatch(digits):
        return Typed(wrong="是算式或比值，不是一个数", do="填算好的数")
    if (other := _SUFFIX.fullmatch(digits)) and other[1][:1].isalpha():
        fits = f"，这里的单位是{unit}" if unit else ""
        return Typed(wrong=f"「{other[1]}」不是这里的单位{fits}", do="只填数字")
    return Typed(wrong="不是数字")
