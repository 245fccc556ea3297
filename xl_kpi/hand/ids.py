"""工号 and 姓名 as a hand types them, and whom they mean.

A 工号 is compared as shown, then without blanks and hyphens, then without regard to case, then as a number (1 for
001); a name, or a 工号 with the name beside it, will do too.  Each of these counts only when it means one person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from xl_kpi.hand.texts import squeezed

_JOINTS = re.compile(r"[-‐‑‒–—―−_]+")
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_BETWEEN = re.compile(r"[-‐‑‒–—―−_()/\\,、:;|+·\[\]【】]+")


def name_key(name: object) -> str:
    """What a name is compared by: without blanks and a bracketed remark (张三(代))."""
    text = squeezed(name)
    return _REMARK.sub("", text) or text


class Directory:
    """Whose a 工号 or name is, among people numbered from 0."""

    def __init__(self, ids: Sequence[str], names: Sequence[Iterable[str]]):
        self.ids, self.names = ids, names
        self._ways: tuple[tuple[Callable[[str], str], dict[str, list[int]]], ...] = ()

    def find(self, text: str) -> list[int]:
        """The people whom a text that is no 工号 as shown can mean, by the first way that fits anybody."""
        for way, found in self._indexes():
            if people := found.get(way(text)):
                return people
        return []

    def _indexes(self) -> tuple[tuple[Callable[[str], str], dict[str, list[int]]], ...]:
        """The ways of reading a text, the closest first: worked out when the first unknown text comes."""
        if not self._ways:
            both: dict[str, list[int]] = defaultdict(list)
            by_name: dict[str, list[int]] = defaultdict(list)
            for person, (number, names) in enumerate(zip(self.ids, self.names, strict=True)):
                for name in dict.fromkeys(map(name_key, names)):
                    if name:
                        by_name[name].append(person)
                        both[_beside(number + name)].append(person)
                        both[_beside(name + number)].append(person)
            by_number = ((way, self._by(way)) for way in (_bare, _folded, _number))
            self._ways = (*by_number, (name_key, by_name), (_beside, both))
        return self._ways

    def _by(self, way: Callable[[str], str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for person, number in enumerate(self.ids):
            if key := way(number):
                found[key].append(person)
        return found


def _bare(text: str) -> str:
    return _JOINTS.sub("", squeezed(text))


def _folded(text: str) -> str:
    return _bare(text).casefold()


def _number(text: str) -> str:
    """Digits without the zeros before them; '' for what has anything else."""
    bare = _bare(text)
    return (bare.lstrip("0") or "0") if bare.isascii() and bare.isdigit() else ""


def _beside(text: str) -> str:
    return _BETWEEN.sub("", squeezed(text)).casefold()
