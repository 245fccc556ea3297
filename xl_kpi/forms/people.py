"""Whom a row or card of a company's own form means."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xl_kpi.hand.ids import Directory, name_key
from xl_kpi.hand.texts import squeezed

_FIRST = re.compile(r"[\s\d（(\[【，,、；;：:/]")     # where a remark begins that is glued to a name: 李四 3月离职


def without_remark(name: str) -> str:
    """A name without what is glued behind it: 李四 3月离职, 李四(代)."""
    return _FIRST.split(name.strip(), maxsplit=1)[0]


class People:
    """The people whom a form can be about: 工号 → 姓名."""

    def __init__(self, names: Mapping[str, str]):
        self.names = dict(names)
        self._ids = list(self.names)
        self._directory = Directory(self._ids, [[name] if name else [] for name in self.names.values()])

    def who(self, person: str) -> str:
        """As a message begins: 005 张三."""
        return f"{person} {self.names.get(person, '')}".strip()

    def find(self, number: str, name: str) -> tuple[str, str]:
        """(工号, '') of the one that is meant; ('', why not) when that cannot be said; ('', '') for somebody who is
        not known at all."""
        by_number = self._by_number(number) if number else []
        by_name = self._by_name(name) if name else []
        if len(by_number) == 1:
            person, = by_number
            if name and person not in by_name and name_key(name) != name_key(self.names[person]):
                return "", f"工号 {number} 是{self.names[person] or '别人'}，这里的姓名是{name}"
            return person, ""
        if number and len(by_name) == 1 and not by_number:
            return "", f"姓名{name}是 {by_name[0]}，这里的工号是 {number}"
        found = by_number or by_name
        if len(found) == 1:
            return found[0], ""
        if found:
            return "", f"{number or name}可能是 {len(found)} 个人（{'、'.join(map(self.who, found[:5]))}），说不准是谁"
        return "", ""

    def _by_number(self, number: str) -> list[str]:
        if number in self.names:
            return [number]
        return [self._ids[at] for at in self._directory.find(number)]

    def _by_name(self, name: str) -> list[str]:
        text = squeezed(name)
        for one in dict.fromkeys((text, without_remark(name))):
            if one and (found := [self._ids[at] for at in self._directory.find(one)]):
                return found
        return []

    def in_text(self, text: str) -> str:
        """The 工号 of the one person whose name or 工号 is in the name of a sheet or file; '' for none or several."""
        parts = [part for part in re.split(r"[\s_\-—()（）.【】\[\]]+", text) if part]
        found = {person for part in parts for person in self._by_exact(part)}
        return found.pop() if len(found) == 1 else ""

    def _by_exact(self, part: str) -> list[str]:
        if part in self.names:
            return [part]
        return [person for person, name in self.names.items() if name and name_key(name) == squeezed(part)]
