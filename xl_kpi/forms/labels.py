"""What a heading or label of a company's own form means: its key, and the canonical name that it stands for.

A label's key is what it says without what is only dress: full width, blanks and line breaks, ``*``, a final colon, a
number before it, brackets with units and scales, traditional characters, and in a label of two languages the other one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from xl_kpi.hand.texts import normal, squeezed
from xl_kpi.tables import words as tables

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
_SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in WORDS["traditional"]["pairs"].split()})

_CHINESE = re.compile(r"[\u3400-\u9fff〇]")
_LATIN = r"[A-Za-z][A-Za-z0-9_.&'’\-]*"
# words of a second language at the end or the beginning, set apart by a blank, a line break or a slash, or glued there
_FOREIGN_BEHIND = re.compile(rf"[\s/|\\(,:：_-]*{_LATIN}(?:[\s/&.,-]+{_LATIN})*[\s?.:：)]*$")
_FOREIGN_BEFORE = re.compile(rf"^{_LATIN}(?:[\s/&.,-]+{_LATIN})*[\s/|\\:：_-]*")
_NUMBER = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十]{1,3})[、.．)](?=\D)")
_UNIT_BEHIND = re.compile(r"[:,/、;—-]([^:,/、;—-]+)$")
_OF_A_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)\s", re.IGNORECASE)
_DRESS = ":*.?%"
_INNER = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Label:
    """``text`` as a message shows it; ``keys``: what it may be looked up as, the whole first; ``name``: what it names,
    as written but without dress; ``notes``: what stands in brackets, the unit and the scale; ``colon``: it ends in one,
    so a value belongs behind it."""

    text: str
    keys: tuple[str, ...]
    name: str = ""
    notes: tuple[str, ...] = ()
    colon: bool = False

    @property
    def key(self) -> str:
        return self.keys[0] if self.keys else ""


def simplified(text: str) -> str:
    """A text in simplified characters."""
    return text if text.isascii() else text.translate(_SIMPLIFIED)


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=50_000)
def label_of(text: str) -> Label:
    """The label that a text is."""
    whole = _NUMBER.sub("", simplified(normal(text)))
    plain, notes = tables.plain_heading(whole)
    ways = [plain]
    if (bare := _INNER.sub("", plain)) and bare != plain:
        notes += re.findall(r"\(([^()]*)\)", plain)
        ways.append(bare)
    if (unit := _UNIT_BEHIND.search(ways[-1])) and tables.is_unit(unit[1]):
        notes.append(unit[1])
        ways.append(ways[-1][:unit.start()])
    name = ways[-1].strip(_DRESS if not re.search(r"\d%$", ways[-1]) else ":*.?")
    if _CHINESE.search(whole):
        if re.search("[A-Za-z]{2}", whole) and (halves := _halves(whole)):
            ways += halves
            name = halves[0]
    elif name:
        name = in_one_line(normal(text)).strip(_DRESS)
    keys = tuple(dict.fromkeys(key for way in ways if (key := way.strip(_DRESS).casefold())))
    return Label(in_one_line(text), keys, name, tuple(notes), squeezed(whole).endswith(":"))


def _halves(text: str) -> list[str]:
    """The Chinese and the other half of a label in two languages; none where Latin letters are of a word (QQ号)."""
    found = []
    text = re.sub(r"[(（\[【][^()（）\[\]【】]*[)）\]】]", " ", text).strip()
    for pattern in (_FOREIGN_BEHIND, _FOREIGN_BEFORE):
        if (match := pattern.search(text)) and match[0] != text:
            foreign, rest = match[0], (text[:match.start()] + text[match.end():]).strip(" \n/|\\:：-–—_")
            glued = not re.search(r"[\s/|\\:：_-]", text[max(match.start() - 1, 0):match.start() + 1]
                                  if match.start() else text[match.end() - 1:match.end() + 1])
            if not _CHINESE.search(rest) or (glued and not re.search("[a-z]{3}", foreign)):
                continue
            found += [squeezed(rest), re.sub(r"[\s\-_]", "", foreign).strip("/|\\:：?.()")]
    return found


# -- canonical names ------------------------------------------------------------------------------------------------

@cache
def _same() -> dict[str, str]:
    """Key → canonical name."""
    weak = {word for group in WORDS["weak"].values() for word in group}
    found: dict[str, str] = {}
    for group in (group for group in tables.SAME if group[0] not in WORDS["apart"]["groups"]):
        found |= {squeezed(word).casefold(): group[0] for word in group if word not in weak}
    for name, group in WORDS["same"].items():
        found[name] = name
        found |= {squeezed(word).casefold(): name for word in group}
    return found


@cache
def _weak() -> dict[str, str]:
    return {word: name for name, group in WORDS["weak"].items() for word in group}


@cache
def _known() -> frozenset[str]:
    return frozenset(WORDS["known"]["words"]) | _same().keys()


_ENDING = re.compile(rf".{{1,10}}(?:{'|'.join(WORDS['known']['endings'])})")
PEOPLE = frozenset(WORDS["known"]["people"])
PERSONS = frozenset(WORDS["persons"]["words"])
TOTALS, FOOTS = frozenset(WORDS["rows"]["totals"]), frozenset(WORDS["rows"]["foot"])
SCALES = frozenset(WORDS["known"]["scales"])


@lru_cache(maxsize=50_000)
def canonical(label: Label) -> str:
    """The canonical name of a label, '' for none."""
    if _OF_A_WEEKDAY.match(label.text):
        return ""                           # Mon TH is no month
    for key in label.keys:
        if name := _same().get(key):
            return name
        if _CHINESE.search(key) and _is_known(key):
            break                       # its Chinese half says enough: 开始日期_date is no 日期
    return ""


@lru_cache(maxsize=50_000)
def perhaps(label: Label) -> str:
    """The canonical name that it may stand for, where the values say so; '' for none."""
    return next((name for key in label.keys if (name := _weak().get(key))), "")


@lru_cache(maxsize=50_000)
def is_known(label: Label) -> bool:
    """Whether it is a word that stands as a heading or label."""
    return any(map(_is_known, label.keys))


def _is_known(key: str) -> bool:
    return key in _known() or (len(key) <= 12 and _ENDING.fullmatch(key) is not None)


@lru_cache(maxsize=50_000)
def is_person(label: Label) -> bool:
    """Whether it is a word that only persons are (员工), though no heading of names by itself."""
    return any(key in PERSONS for key in label.keys)


@lru_cache(maxsize=50_000)
def says_total(text: str) -> bool:
    """合计, 本月小计, 共12人, Grand Total."""
    return tables.says_total(text) or re.sub(r"[\W_]", "", text.casefold()) in TOTALS


@lru_cache(maxsize=50_000)
def is_foot(text: str) -> bool:
    """制表人：, 日期：2016-12-31, Approved by: …"""
    return tables.is_label(text) or re.sub(r"[\W_]", "", text.partition(":")[0].casefold()) in FOOTS


@lru_cache(maxsize=50_000)
def of_people(label: Label) -> bool:
    """Whether only tables of people have it."""
    return canonical(label) in PEOPLE or any(key in PEOPLE for key in label.keys)

