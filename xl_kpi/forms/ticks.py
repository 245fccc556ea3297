"""Boxes that are ticked: □优秀 ■良好 □合格, （√）是 （　）否."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_OPEN, _DONE = "□☐▢◻○〇◯", "■☑☒✓✔√●◼▣"
_BOX = re.compile(rf"[{_OPEN}{_DONE}]|[(（\[【][ \t\u3000]*[√✓✔]?[ \t\u3000]*[)）\]】](?=\s*[^\s(（])")
_AROUND = " \t\r\n\u3000_＿、，,;；/|"


@dataclass(frozen=True, slots=True)
class Box:
    """``at``: where the box stands in its text (from, to)."""

    option: str
    ticked: bool
    at: tuple[int, int]


@lru_cache(maxsize=10_000)
def boxes(text: str) -> tuple[Box, ...]:
    """The boxes of a text in their order, each with what it is for (what follows it); () where there are none."""
    found = list(_BOX.finditer(text))
    if not found or (len(found) < 2 and not any(match[0][0] in _OPEN + _DONE for match in found)):
        return ()
    if len(found) == 1 and match_is_number(text, found[0]):
        return ()
    ends = [*(match.start() for match in found[1:]), len(text)]
    made = tuple(Box(text[match.end():end].strip(_AROUND), any(c in _DONE for c in match[0]), match.span())
                 for match, end in zip(found, ends, strict=True))
    return made if any(box.option for box in made) else ()


def match_is_number(text: str, match: re.Match[str]) -> bool:
    """○ and 〇 are also a nought among Chinese numerals (二〇二四年) and the mark of a day on duty."""
    return match[0] in "○〇◯●" and (match.start() > 0 or len(text.strip()) == 1)


def chosen(text: str) -> list[str]:
    """What is ticked."""
    return [box.option for box in boxes(text) if box.ticked]


def tick(text: str, option: str) -> str:
    """The text with the box of one option ticked and all others empty; '' when it has no such option."""
    found = boxes(text)
    if sum(box.option == option for box in found) != 1:
        return ""
    done = next((text[slice(*box.at)] for box in found if box.ticked), "")
    empty = next((text[slice(*box.at)] for box in found if not box.ticked), "")
    made, end = [], 0
    for box in found:
        start, after = box.at
        sign = text[start:after]
        if box.option == option:
            sign = done or _ticked(sign)
        elif box.ticked:
            sign = empty or _emptied(sign)
        made += [text[end:start], sign]
        end = after
    return "".join([*made, text[end:]])


def _ticked(sign: str) -> str:
    pairs = dict(zip("□☐▢◻○〇◯", "■☑■◼●●●", strict=True))
    return pairs.get(sign) or f"{sign[0]}√{sign[-1]}"


def _emptied(sign: str) -> str:
    pairs = dict(zip("■☑☒✓✔√●◼▣", "□☐☐□□□○◻□", strict=True))
    return pairs.get(sign) or f"{sign[0]}　{sign[-1]}"
