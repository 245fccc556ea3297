"""Words that the refusals of a policy file share."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any

SOURCE_IDS = re.compile(r"\s*[（(](?:[A-Z][0-9]?-\d+(?:、| 至 |, ?)?)+[)）]")


def cited(clause: str) -> str:
    """A clause as HR reads it: without the ids of a source's ambiguities, which only a policy file has."""
    text = SOURCE_IDS.sub("", clause)
    return "未写明" if re.fullmatch(r"[A-Z][0-9]?-\d+", text) else text


def plain(value: Any) -> str:
    """A value as a policy has it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def plain_key(key: Any) -> str:
    return f"'{key}'" if isinstance(key, str) else str(key)


def near_to(name: str, names: Iterable[str]) -> str:
    known = list(names)
    near = difflib.get_close_matches(name, known, 3, 0.6)
    if not near and len(name) == 2:                 # 台帐 for 台账: half of it is right
        near = [other for other in known if len(other) == 2 and other[0] == name[0]][:3]
    return f"，是不是 {'、'.join(near)}" if near else ""


def nearest(text: str, words: Iterable[str], at_least: float = 0.6) -> str:
    """The word that a text resembles most; '' when none does, or two do as much."""
    ratios = sorted(((difflib.SequenceMatcher(None, text, word).ratio(), word) for word in set(words)), reverse=True)
    if not ratios or ratios[0][0] < at_least or (len(ratios) > 1 and ratios[0][0] == ratios[1][0]):
        return ""
    return ratios[0][1]


def place(path: Iterable[Any]) -> str:
    """The path of a key; the items of a list are counted from 1."""
    text = ""
    for part in path:
        text += f"[第 {part + 1} 项]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


# What pydantic asks for, by the type of its error; of a text with a pattern, by the key.
