"""The legend of an attendance sheet: √出勤 ○事假 ×=旷工, in one cell or in several side by side."""

from __future__ import annotations

import re

from xl_kpi.forms.imports.cells import meaning
from xl_kpi.forms.imports.grid import Grid
from xl_kpi.forms.imports.model import Place
from xl_kpi.hand.texts import is_blank, normal, squeezed

_HEAD = re.compile(r"^(考勤)?(图例|符号说明|符号|说明|备注|注|标记说明)[:]?\s*")
_SPLIT = re.compile(r"[\s,;、。|]+")
_PARTED = re.compile(r"(?P<a>[^=:]{1,6}?)(?:=|:|表示|代表|—+|-{1,2}(?!\d))(?P<b>[^=:]{1,12})")
_BRACKETED = re.compile(r"(?P<a>[^()]{1,8})\((?P<b>[^()]{1,8})\)")
_SIGN = r"[^\w\s,;、:=()\[\]]|[A-Za-z]{1,2}"
_GLUED = re.compile(rf"(?P<a>{_SIGN})(?P<b>[\u4e00-\u9fff].{{0,10}})|(?P<b2>[\u4e00-\u9fff].{{0,10}}?)(?P<a2>{_SIGN})")
LEAST = 2       # pairs that make a legend


def legend(found: Grid, people: set[int]) -> tuple[dict[str, str], Place | None]:
    """(sign → what it means, where it stands): of the rows that are no people's and no headings."""
    whole: dict[str, str] = {}
    where: Place | None = None
    for row, values in enumerate(found.sheet.rows):
        if row in people or found.rows[0] <= row <= found.rows[1]:
            continue
        cells = [(at, value) for at, value in enumerate(values) if isinstance(value, str) and not is_blank(value)]
        pairs = _pairs([token for _, value in cells for token in _tokens(value)])
        if pairs:
            where = where or found.place(row, cells[0][0])
            whole = {**pairs, **whole}
    return (whole, where) if len(whole) >= LEAST else ({}, None)


def _tokens(text: str) -> list[str]:
    return [token for token in _SPLIT.split(_HEAD.sub("", normal(text))) if token]


def _pairs(tokens: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    lone: list[tuple[bool, str]] = []       # (is it a meaning, the text)
    for token in tokens:
        if pair := _pair(token):
            found[pair[0]] = pair[1]
        elif _means(token):
            lone.append((True, token))
        elif len(token) <= 3:
            lone.append((False, token))
        else:
            lone = []
    kinds = [kind for kind, _ in lone]
    if len(lone) >= 2 and all(kind != kinds[n - 1] for n, kind in enumerate(kinds) if n):      # by turns
        for (one_means, one), (_, other) in zip(lone[0::2], lone[1::2], strict=False):
            sign, says = (other, one) if one_means else (one, other)
            found.setdefault(sign, says)
    return found


def _pair(token: str) -> tuple[str, str] | None:
    """(sign, meaning) of 事=事假, √出勤, 出勤√, 事假（○）."""
    for pattern in (_PARTED, _BRACKETED, _GLUED):
        match = pattern.fullmatch(token)
        if match is None:
            continue
        groups = match.groupdict()
        a, b = groups.get("a") or groups.get("a2"), groups.get("b") or groups.get("b2")
        if a and b and _means(b) and not _means(a):
            return squeezed(a), squeezed(b)
        if a and b and _means(a) and not _means(b):
            return squeezed(b), squeezed(a)
    return None


def _means(text: str) -> bool:
    return meaning(text) is not None
