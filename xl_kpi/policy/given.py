"""What may be given for a policy by name: inputs, quantities, parameters and readings, as people write them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from xl_kpi.hand.choices import key as choice_key
from xl_kpi.hand.days import read_any
from xl_kpi.hand.texts import squeezed
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.words import nearest
from xl_kpi.problems import UsageError
from xl_kpi.rules.periods import Period

KEYS = ("id", "name", "month", "quarter", "half", "year", "period")
_GIVEN = re.compile(r"(?P<name>[^=＝@]+?)\s*(?:@(?P<when>[^=＝]+?))?\s*[=＝](?P<value>.*)", re.S)
_KEYED = re.compile(r"(?P<name>.+?)[\[［（(](?P<key>[^\]］）)]+)[\]］）)]")


@dataclass(frozen=True)
class Given:
    """A value of an input (``table``, ``name``), a quantity, a parameter (``name``, ``key``) or a reading."""

    kind: str
    name: str
    value: Any
    table: str = ""
    key: str = ""
    when: Period = ()


class Names:
    """What may be given for a policy: inputs by heading, quantities, parameters and readings by title or id.

    ``settings``: parameters and readings only."""

    def __init__(self, policy: Policy, settings: bool = False):
        self.policy = policy
        self.meant: dict[str, list[tuple[str, str, str]]] = defaultdict(list)      # as written → (kind, table, name)
        self.heading: dict[str, str] = {}                                           # column → as it is given
        columns = [(name, table, column) for name, table in policy.sheets.items() if table.grain not in ("changes",)
                   for column in table.columns if column.type not in KEYS and not column.ignored and not settings]
        often: dict[str, int] = defaultdict(int)
        for _, _, column in columns:
            often[squeezed(column.heading)] += 1
        for name, table, column in columns:
            short, long = squeezed(column.heading), f"{squeezed(table.sheet)}.{squeezed(column.heading)}"
            for text in (short, long):
                self.meant[choice_key(text)].append(("input", name, column.name))
            self.heading[column.name] = short if often[short] == 1 else long
        for name, quantity in policy.quantities.items():
            if not quantity.rule.rows and not settings:
                self._more(quantity.title, name, ("quantity", "", name))
        for name, parameter in policy.parameters.items():
            self._more(parameter.title, name, ("parameter", "", name))
        for name, reading in policy.readings.items():
            self._more(reading.title, f"reading.{name}", ("reading", "", name))

    def _more(self, title: str, name: str, what: tuple[str, str, str]) -> None:
        """An input of the same name comes first."""
        for text in dict.fromkeys((choice_key(squeezed(title)), choice_key(name))):
            if not any(kind == "input" for kind, *_ in self.meant[text]) and what not in self.meant[text]:
                self.meant[text].append(what)

    def given(self, text: str) -> Given:
        """One 名称=值, 名称[键]=值, 名称@期间=值.  Raises UsageError."""
        found = _GIVEN.fullmatch(text)
        if found is None:
            raise UsageError(f"“{text}”要写成 名称=值，如 {self._example()}")
        name, value = squeezed(found["name"]), found["value"].strip()
        when: Period = ()
        if found["when"]:
            try:
                when = read_any(found["when"]).key
            except ValueError as error:
                raise UsageError(f"“{text}”：{error}") from None
        kind, table, one, key = self.find(name)
        return Given(kind, one, value, table, key, when)

    def find(self, text: str) -> tuple[str, str, str, str]:
        """(kind, table of an input, name, key of a parameter) that a name means.  Raises UsageError."""
        name, key = squeezed(text), ""
        if choice_key(name) not in self.meant:
            if keyed := _KEYED.fullmatch(name):
                name, key = keyed["name"], keyed["key"]
            elif "." in name and choice_key(name.rpartition(".")[0]) in self.meant:
                name, _, key = name.rpartition(".")
        meant = self.meant.get(choice_key(name), [])
        if not meant:
            near = nearest(name, [*self.heading.values(), *(p.title for p in self.policy.parameters.values()),
                                  *(r.title for r in self.policy.readings.values()),
                                  *(q.title for q in self.policy.quantities.values() if self.heading)])
            raise UsageError(f"《{self.policy.title}》没有叫“{name}”的"
                             f"{'输入、参数、读法或量' if self.heading else '参数或读法'}"
                             + (f"，是不是“{near}”" if near else "")
                             + f"；有哪些：xl-kpi policy {self.policy.id}")
        if len(exact := [one for one in meant if choice_key(one[2]) == choice_key(name)]) == 1:
            meant = exact                       # several have this title, one has it as its name as well
        if len(meant) > 1:
            ways = "、".join(f"{self.policy.tables[table].sheet}.{name}" if table else one for _, table, one in meant)
            raise UsageError(f"叫“{name}”的有 {len(meant)} 个，写明是哪一个：{ways}")
        kind, table, one = meant[0]
        if key and kind != "parameter":
            raise UsageError(f"“{name}”没有键，这里写了“{key}”")
        return kind, table, one, key

    def _example(self) -> str:
        return f"{next(iter(self.heading.values()), '得分')}=…"
