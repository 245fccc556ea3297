"""Words that the refusals of a policy file share."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import Any


def plain(value: Any) -> str:
    """A value as TOML has it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def plain_key(key: Any) -> str:
    return f"'{key}'" if isinstance(key, str) else str(key)


def near_to(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), 3, 0.6)
    return f"，是不是 {'、'.join(near)}" if near else ""


def place(path: Iterable[Any]) -> str:
    """The path of a key; the items of a list are counted from 1."""
    text = ""
    for part in path:
        text += f"[第 {part + 1} 项]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


# What pydantic asks for, by the type of its error; of a text with a pattern, by the key.
