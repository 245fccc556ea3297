"""Labels within a text and what stands behind them in the same cell: 姓名：张三　部门：客服部; 总分（　　）."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from xl_kpi.forms.labels import Label, canonical, is_known, label_of
from xl_kpi.forms.ticks import boxes
from xl_kpi.hand.texts import squeezed

LONGEST = 600           # characters of a cell that is looked at
_LABEL, _SENTENCE = 24, 60
_SENTENCES = re.compile(r"。|[，,；;].{0,30}[，,；;]")
_NOTES = frozenset(("注", "附注", "说明", "填表说明", "填写说明", "注意", "提示", "评分说明", "考核说明"))
_PART = re.compile(r"(?:part|section)[ivx\d]+|第[一二三四五六七八九十\d]+(?:部分|项|章|节)|[一二三四五六七八九十]",
                   re.IGNORECASE)
_BLANK_DATE = re.compile(r"[\s_＿]*(?:第?[\s_＿]*(?:年|月|日|季度|至|[-—~/.])[\s_＿]*)+")
_COLON = re.compile(r"[:：﹕](?![/\\]{2})")
_LAST_COLON = re.compile(r"[;；]\s*$")                        # 联系电话；
_PUNCTUATION = re.compile(r"[，。！？《》“”!?…]|[,;；](?=\s*\S)")
_APART = re.compile(r"[\s\u3000]{2,}|[\r\n]+|[，,；;。|]")
_BRACKETS = re.compile(r"\s*(?P<label>[^()（）\[\]【】:：]{1,16}?)\s*[（(【\[](?P<value>[^()（）\[\]【】]*)[）)】\]]"
                       r"\s*(?:分|元|%|％|级|星)?\s*")
_BLANK_BRACKETS = re.compile(r"(?:^|[\s\u3000]{2,}|[)）])(?P<label>(?:(?![\s\u3000]{2})[^()（）:：]){1,16}?)[\s\u3000]*"
                             r"[（(][\s\u3000_＿]+[)）]")
_DRAWN = re.compile(r"(?P<label>[^_＿:：]{1,16}?)\s*[_＿]{2,}\s*\S{0,3}\s*")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_TAG = re.compile(r"\{\{.*?\}\}|\$\{.*?\}")
_BLANK = re.compile(r"[\s\u3000_＿﹍.…]*")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?\s*分?")
_DRAWN_BEHIND = re.compile(r"[ \u3000]{2,}$|\t$|[_＿﹍]{2,}\s*$")

Sort = Literal["colon", "bracket", "drawn"]


@dataclass(frozen=True, slots=True)
class Piece:
    """``text``: the label as it stands there; ``value``: what follows; ``room``: blanks are drawn for it; ``last``: no
    other label follows in the cell; ``doubtful``: the number in brackets may be a scale as well."""

    label: Label
    text: str
    value: str
    sort: Sort
    room: bool = False
    last: bool = True
    doubtful: bool = False


@lru_cache(maxsize=50_000)
def pieces(text: str) -> tuple[Piece, ...]:
    """The labels of a text that has room for their values; () where it is a label alone, a title or a sentence."""
    if len(text) > LONGEST or len(text) < 2:
        return ()
    found = tuple(_behind_colons(text))
    if found:
        return found
    one = _in_brackets(text) or _on_a_line(text)
    return (one,) if one else tuple(_blank_brackets(text))


def _behind_colons(text: str) -> Iterator[Piece]:
    places: list[tuple[int, int, int]] = []         # of the label: from, to; where the value begins
    start = 0
    tags = [match.span() for match in _TAG.finditer(text)]
    colons = [match for match in _COLON.finditer(text)
              if not any(first < match.start() < last for first, last in tags)] or [
        match for match in _LAST_COLON.finditer(text) if is_known(label_of(text[:match.start()]))]
    for colon in colons:
        at, end = colon.start(), colon.end()
        if text[at - 1:at].isdigit() and text[end:end + 1].isdigit():       # 8:30
            continue
        label = _label_before(text[start:at], not places)
        if label is not None:
            places.append((start + label, at, end))
            start = end
    for number, (first, last, begin) in enumerate(places):
        is_last = number == len(places) - 1
        said = text[begin:len(text) if is_last else places[number + 1][0]]
        one = label_of(text[first:last])
        value = said.strip(" \t\r\n\u3000_＿﹍")
        if one.key in _NOTES or _PART.fullmatch(squeezed(text[first:last])) or (
                not canonical(one) and (len(value) > _SENTENCE or _SENTENCES.search(value))):
            continue
        drawn = _BLANK_DATE.fullmatch(value) is not None        # 　年　月　日
        yield Piece(one, text[first:last].strip(), "" if drawn else value, "colon", (not value or drawn) and (
            drawn or not is_last or _DRAWN_BEHIND.search(said) is not None), is_last)


def _label_before(text: str, first: bool) -> int | None:
    """Where the label that ends a text begins; None when there is none."""
    bare = text.rstrip()
    if not squeezed(bare):
        return None
    whole = len(bare) - len(bare.lstrip())
    cut = max((match.end() for match in _APART.finditer(bare)), default=0)
    blank = max(bare.rfind(" "), bare.rfind("\u3000")) + 1
    chinese = _CHINESE.search(bare[blank:]) is not None
    if first and blank > whole and chinese and not _is_label(bare[whole:]) and _is_label(bare[blank:]):    # 张三 部门：
        return blank
    if first and _fits(bare[whole:]) and (cut <= whole or _is_label(bare[whole:]) or not _CHINESE.search(bare[cut:])):
        return whole
    last = bare[cut:]
    if len(squeezed(last)) == 1 and cut:            # 姓    名
        before = max((match.end() for match in _APART.finditer(bare[:cut].rstrip(" \u3000"))), default=0)
        if _is_label(bare[before:]) and _fits(bare[before:]):
            return before + len(bare[before:]) - len(bare[before:].lstrip())
    if not first and cut == 0:                      # 张三 部门：
        if not blank:
            return None
        cut, last = blank, bare[blank:]
    if not _fits(last) or (first and not _is_label(last) and cut > whole):
        return None
    return cut + len(last) - len(last.lstrip())


def _is_label(text: str) -> bool:
    return is_known(label_of(text))


def _fits(text: str) -> bool:
    label = label_of(text)
    if "{{" in text or not (_CHINESE.search(text) or re.search("[A-Za-z]{3}", text) or _is_label(text)):
        return False
    return bool(label.keys) and len(squeezed(text)) <= _LABEL and not label.key.isdigit() and (
        not _PUNCTUATION.search(text.strip()) or _is_label(text)) and not boxes(text)


def _in_brackets(text: str) -> Piece | None:
    """总分（　　）, 得分（92）."""
    found = _BRACKETS.fullmatch(text)
    if found is None:
        return None
    label, value = label_of(found["label"]), found["value"]
    if not is_known(label):
        return None
    if _BLANK.fullmatch(value):
        return Piece(label, found["label"].strip(), "", "bracket", True) if value else None
    if _NUMBER.fullmatch(value.strip()) and canonical(label):
        return Piece(label, found["label"].strip(), value.strip(), "bracket", True, doubtful=True)
    return None


def _blank_brackets(text: str) -> Iterator[Piece]:
    """客服专员考核表　　总分（　　）"""
    found = [match for match in _BLANK_BRACKETS.finditer(text) if is_known(label_of(match["label"]))]
    for match in found:
        yield Piece(label_of(match["label"]), match["label"].strip(), "", "bracket", True, match is found[-1])


def _on_a_line(text: str) -> Piece | None:
    """工号______, 得分____分."""
    found = _DRAWN.fullmatch(text)
    if found is None or not is_known(label_of(found["label"])):
        return None
    return Piece(label_of(found["label"]), found["label"].strip(), "", "drawn", True)
