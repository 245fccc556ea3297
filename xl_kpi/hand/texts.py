"""Texts as they are read, kept and compared: what cannot be seen is not there, full width is half width.

A text is *kept* as it was typed, without invisible characters and outer blanks (``visible``); it is *read* through
``normal`` and *compared* through ``squeezed``, which drops blanks too.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# Marks that only choose a shape of the character before them, and letters without a shape: of no meaning in comparing,
# but part of how a name is written (葛 with a variation selector), so they stay in what is kept.
_SHAPELESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_BLANKS = re.compile(r"\s+")

# Letters and signs that look like another: each stands for the one that a Chinese keyboard gives.
_LOOK_ALIKE = str.maketrans(
    "АВЕКМНОРСТУХІЈЅаеорсухіјѕ" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧον" "–—―‐‑‒−ー一丶" "’‘`´" "“”″" "•∙⋅・" "OoIl|",
    "ABEKMHOPCTYXIJSaeopcyxijs" "ABEZHIKMNOPTYXov" "---------·" "''''" '"""' "····" "00111")


def visible(text: str) -> str:
    """A text without the characters that cannot be seen (Unicode Cf: U+200B, U+FEFF, U+202A–E, U+00AD …; controls)."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c.isprintable() or c.isspace() or unicodedata.category(c) not in ("Cf", "Cc"))


def normal(value: object) -> str:
    """The text of a cell for reading: visible, without full-width forms (NFKC) and outer blanks.

    For a text cell, ``normal(value) != value`` says that the spelling was normalised: the caller's hint.
    """
    text = str(value)
    return text.strip() if text.isascii() and text.isprintable() else unicodedata.normalize(
        "NFKC", _SHAPELESS.sub("", visible(text))).strip()


def kept(value: str) -> str:
    """The text of a cell as it was typed: only what cannot be seen, and outer blanks, are dropped."""
    return visible(value).strip()


def squeezed(value: object) -> str:
    """A heading, label or name for comparing: normal, and without blanks or line breaks; '' for None."""
    return _BLANKS.sub("", normal(value)) if value is not None else ""


def is_blank(value: Any) -> bool:
    """An empty cell: None, nothing that can be seen, NaN or NaT (the two that differ from themselves)."""
    if value.__class__ is str:
        return not value or value.isspace() or (not value.isprintable() and not visible(value).strip())
    return value is None or value != value  # noqa: PLR0124


# -- two texts that look alike --------------------------------------------------------------------------------------

def difference(one: str, other: str) -> str:
    """What tells two texts apart that look alike: （…）to set behind them; '' where anybody can see it, or they are
    the same."""
    if one == other or _looks(one) != _looks(other):
        return ""
    strange, usual = _first_difference(one, other)
    if strange and usual:
        return f"（看起来一样，其实不同：前者是「{strange}」{_named(strange)}，后者是「{usual}」{_named(usual)}）"
    lone = strange or usual
    return f"（看起来一样，其实不同：{'前者' if strange else '后者'}多了{_named(lone)}）"


def _looks(text: str) -> str:
    return squeezed(squeezed(text).translate(_LOOK_ALIKE))


def _first_difference(one: str, other: str) -> tuple[str, str]:
    """The characters where two texts part; '' where one of them has nothing to set against the other's."""
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            if _looks(a) == _looks(b):
                return a, b
            return (a, "") if one[at + 1:at + 2] == b or not _looks(a) else ("", b)
    return one[len(other):len(other) + 1], other[len(one):len(one) + 1]


_NAMES = {" ": "空格", "\u3000": "全角空格", "\xa0": "不换行空格", "\t": "制表符", "\n": "换行", "\r": "换行"}
_SCRIPTS = (("CYRILLIC", "西里尔字母"), ("GREEK", "希腊字母"), ("FULLWIDTH", "全角"), ("CJK", "汉字"),
            ("LATIN", "拉丁字母"), ("DIGIT", "数字"))


def _named(character: str) -> str:
    """（西里尔字母，U+0410）"""
    code = f"U+{ord(character):04X}"
    if character in _NAMES:
        return f"（{_NAMES[character]}，{code}）"
    if unicodedata.category(character) in ("Cf", "Cc", "Mn"):
        return f"（看不见的字符，{code}）"
    name = unicodedata.name(character, "")
    script = next((word for start, word in _SCRIPTS if name.startswith(start)), "")
    return f"（{script}，{code}）" if script else f"（{code}）"
