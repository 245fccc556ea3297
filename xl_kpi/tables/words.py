"""What is said in a table beside its values: sums, foot rows and notes, units, spellings of headings (words.toml)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from xl_kpi.hand.texts import squeezed

_WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
_ROWS, _HEADINGS = _WORDS["rows"], _WORDS["headings"]


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_TOTAL = re.compile(rf"{_any(_ROWS['totals'])}")
_PEOPLE = re.compile(_ROWS["people"])
_FOOT = re.compile(rf"[^\w]*(\d+[^\w])?({_any(_ROWS['foot'])})(人|员|者|栏|日期|时间|意见|签字|签名|盖章)*"
                   r"(\d.*|[^\w].*)?")
_SIGNS = re.compile(rf"[^\w]*({_any(_ROWS['signs'])})(签字|签名|盖章|意见|审核|审批|:).*")
_GROUP = re.compile(rf".+({_any(_ROWS['groups'])})")
_PAGE = re.compile(r"第\d+页.*")
_NUMBERED = re.compile(r"\(?\d{1,2}[、.)](?=[^\d]).*[\u4e00-\u9fff].*")
_PUNCTUATION = re.compile(r"[,;:!?。、]")
_UNITS = frozenset(_ROWS["units"])
_BRACKETED = re.compile(r"[(\[【〔<《{]([^()\[\]【】〔〕<>《》{}]*)[)\]】〕>》}]$")
_BRACKETED_BEFORE = re.compile(r"^[(\[【〔<《{]([^()\[\]【】〔〕<>《》{}]*)[)\]】〕>》}](?=.)")
# A column of 月度项目 that is no item by its heading.
NO_ITEM = re.compile(r"序号|应发|实发|.*(合计|小计|总计)")
_LONG = 15          # characters that neither a 工号 nor a name has

SIGNS = "*※★:"      # that stand beside a heading
COUNTED: dict[str, list[str]] = _HEADINGS["counted"]
SAME: list[list[str]] = _HEADINGS["same"]


@cache
def says_total(text: str) -> bool:
    """合计, 本月小计, 002 汇总, 共12人."""
    return _TOTAL.search(text) is not None or _PEOPLE.fullmatch(text) is not None


@cache
def is_label(text: str) -> bool:
    """填表人：, 审核, 日期：2016-12-31, 备注：…, 注1：…"""
    return any(pattern.fullmatch(text) for pattern in (_FOOT, _SIGNS, _PAGE))


@cache
def is_note(text: str) -> bool:
    """A label, or a sentence: neither a 工号 nor a name nor a period."""
    if is_label(text):
        return True
    return not text.isascii() and (
        len(text) > _LONG or _NUMBERED.fullmatch(text) is not None or _PUNCTUATION.search(text) is not None)


@cache
def heads_group(text: str) -> bool:
    """客服一组, 二班（3人）, 12月考勤表: what heads a group of rows, and is no 工号 and no name."""
    return _GROUP.fullmatch(plain_heading(text)[0]) is not None


@cache
def can_be_person(text: str) -> bool:
    """Whether a text in 工号 or 姓名 can mean somebody."""
    return bool(text) and not says_total(text) and not is_note(text)


@cache
def is_unit(text: str) -> bool:
    """元, (次), 单位：元."""
    text = text.strip("()[]【】").removeprefix("单位").lstrip(":")
    return text in _UNITS or not text


def plain_heading(text: str) -> tuple[str, list[str]]:
    """(a heading without *, final colon, and what stands in brackets, that, from the outermost on the right)."""
    notes: list[str] = []
    text = squeezed(text)
    while True:
        before = text
        text = text.strip(SIGNS)
        for pattern in (_BRACKETED, _BRACKETED_BEFORE):
            if (found := pattern.search(text)) and found[0] != text:
                notes.append(found[1])
                text = text[:found.start()] + text[found.end():]
        if text == before:
            return text, notes


@cache
def synonyms(heading: str) -> tuple[str, ...]:
    """Other headings of the same meaning."""
    return tuple(other for group in SAME if heading in group for other in group if other != heading)
