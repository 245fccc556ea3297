"""The kinds of rules as calls: 合计(表, 式子, 条件), 名次(条件, 按=, 同=) … to the fields of today's rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.expressions import Named, Scope, write
from xl_kpi.policy.page.words import CALENDAR, HOW, WINDOWS
from xl_kpi.policy.words import near_to

Fields = dict[str, Any]


class Calls:
    """Reads one call.  ``rows``: the scope over the rows of a table; ``table``, ``column``: what the engine calls a
    table, a column of the roster."""

    def __init__(self, scope: Scope, rows: Callable[[Any], Scope], table: Callable[[Any], str],
                 column: Callable[[Any], str]):
        self.scope, self.rows, self.table, self.column = scope, rows, table, column

    def read(self, call: tree.Call) -> Fields:
        """The fields of the rule.  Raises PageError."""
        self.call, self.at = call, call.token.start_pos or 0
        usage, named, _ = KINDS[str(call.token)]
        self.usage = usage
        self.parts: list[tree.Expression] = []
        self.named: dict[str, tree.Expression] = {}
        for part in call.parts:
            name = self._name_of(part, named)
            if name:
                self.named[name] = part.parts[1]        # type: ignore[union-attr]
            else:
                self.parts.append(part)
        fields: Fields = KINDS[str(call.token)][2](self)
        if self.parts:
            raise self.wrong()
        return fields

    def _name_of(self, part: tree.Expression, named: tuple[str, ...] | None) -> str:
        """按 of 按=…; '' for what has no name.  ``named`` None: any name, but for the first part."""
        if not isinstance(part, tree.Compared) or len(part.signs) != 1 or str(part.signs[0]) not in ("=", "＝"):
            return ""
        left = part.parts[0]
        if not isinstance(left, tree.Name) or (str(left.token) not in named if named is not None else not self.parts):
            return ""
        return str(left.token)

    def wrong(self) -> Exception:
        return self.scope.error(f"写法是 {self.usage}", self.at)

    # -- parts

    def take(self) -> tree.Expression:
        if not self.parts:
            raise self.wrong()
        return self.parts.pop(0)

    def text(self, node: tree.Expression, scope: Scope | None = None) -> str:
        return write(node, scope or self.scope)

    def bare(self, node: tree.Expression) -> str:
        """A word that stands for itself."""
        if not isinstance(node, tree.Name):
            raise self.wrong()
        return str(node.token)

    def quantity(self, node: tree.Expression) -> str:
        """The name of a quantity or column."""
        if not isinstance(node, tree.Name):
            raise self.scope.error(f"这里要写一个量或列的名称；写法是 {self.usage}", tree.place_of(node))
        return write(node, self.scope)

    def whole(self, node: tree.Expression) -> int:
        sign = 1
        if isinstance(node, tree.Minus):
            sign, node = -1, node.part
        if not isinstance(node, tree.Number) or not str(node.token).isdecimal() or len(node.token) > 3:
            raise self.scope.error(f"这里要写一个整数；写法是 {self.usage}", tree.place_of(node))
        return sign * int(node.token)

    def word(self, node: tree.Expression, words: dict[str, str]) -> str:
        said = self.bare(node)
        if said not in words:
            raise self.scope.error(f"这里没有「{said}」，可以写 {'、'.join(words)}{near_to(said, words)}",
                                   tree.place_of(node))
        return words[said]

    def group(self, fields: Fields) -> Fields:
        for word, field in (("同", "by"), ("看", "look")):
            if word in self.named:
                fields[field] = self.quantity(self.named[word])
        return fields

    def order(self) -> list[str]:
        if "按" not in self.named:
            raise self.wrong()
        node = self.named["按"]
        keys = []
        for one in node.parts if isinstance(node, tree.Bracket) else [node]:
            down = isinstance(one, tree.Minus)
            name: Any = one.part if isinstance(one, tree.Minus) else one
            said = "id" if isinstance(name, tree.Name) and str(name.token) == "工号" else self.quantity(name)
            keys.append(("-" if down else "") + said)
        return keys

    # -- kinds

    def events(self) -> Fields:
        node = self.take()
        self.bare(node)
        table, rows = self.table(node.token), self.rows(node.token)          # type: ignore[union-attr]
        fields: Fields = {"kind": "events", "table": table}
        how = {"合计": "sum", "次数": "count", "记有": ""}[str(self.call.token)]
        if how:
            fields["how"] = how
        if how == "sum":
            fields["of"] = self.text(self.take(), rows)
        if self.parts:
            fields["where"] = self.text(self.take(), rows)
        return fields

    def people(self) -> Fields:
        how = {"人数": "count", "组内任一": "any", "组平均": "mean", "组合计": "sum"}[str(self.call.token)]
        fields: Fields = {"kind": "group", "how": how}
        if how != "count":
            fields["of"] = self.text(self.take())
        if self.parts:
            fields["where"] = self.text(self.take())
        return self.group(fields)

    def earlier(self) -> Fields:
        of = self.quantity(self.take())
        shift = -self.whole(self.take()) if str(self.call.token) == "前月" else -1
        return {"kind": "at", "of": of, "shift": shift}

    def months(self) -> Fields:
        node = self.take()
        fields: Fields = {"kind": "over"}
        found: Named | None = self.scope.find(str(node.token)) if isinstance(node, tree.Name) else None
        fields["of" if found is not None else "each"] = self.text(node)
        if str(self.call.token) == "近月":
            fields["months"] = [self.whole(self.take()), self.whole(self.take())]
        else:
            fields["months"] = self.word(self.take(), WINDOWS)
        fields["how"] = self.word(self.take(), HOW)
        if "条件" in self.named:
            fields["where"] = self.quantity(self.named["条件"])
        return fields

    def as_of(self) -> Fields:
        node = self.take()
        self.bare(node)
        return {"kind": "as_of", "column": self.column(node.token), "day": self.text(self.take())}   # type: ignore[union-attr]

    def pick(self) -> Fields:
        return {"kind": "pick", "of": self.quantity(self.take()), "date": self.quantity(self.take()),
                "months": [self.whole(self.take()), self.whole(self.take())]}

    def band(self) -> Fields:
        lines: dict[str, str] = {}
        first: Named | None = None
        while self.parts:
            name = self.bare(node := self.take())
            parameter = self.scope.parameters.get(name)
            if parameter is None or not parameter.keys:
                known = [n for n, one in self.scope.parameters.items() if one.keys]
                raise self.scope.error(f"{name} 不是有键的参数{near_to(name, known)}", tree.place_of(node))
            first = first or parameter
            lines[parameter.engine] = self.text(self.take())
        if first is None:
            raise self.wrong()
        fields: Fields = {"kind": "band", "lines": lines}
        if "最高" in self.named:
            fields["top"] = self.text(self.named["最高"])
        below = self.named.get("其下")
        if isinstance(below, tree.Number):
            fields["below"] = self.whole(below)
        elif below is not None or isinstance(first.keys[0], str):
            fields["below"] = self.bare(below) if below is not None else "无"
        if "线" in self.named:
            fields["edge"] = self.word(self.named["线"], {"超过": ">", "达到": ">="})
        return fields

    def ranked(self) -> Fields:
        kind = "rank" if str(self.call.token) == "名次" else "first"
        fields: Fields = {"kind": kind, "where": self.text(self.take()), "keys": self.order()}
        if "并列" in self.named and self.text(self.named["并列"]) == "True":
            fields["ties"] = True
        return self.group(fields)

    def distributed(self) -> Fields:
        where = self.text(self.take())
        grades = {name: node for name, node in self.named.items() if name not in ("按", "同")}
        rest = [name for name, node in grades.items() if isinstance(node, tree.Name) and str(node.token) == "其余"]
        if len(rest) != 1:
            raise self.scope.error("要有一级写 …=其余，其他各级写名额", self.at)
        return self.group({"kind": "distribute", "where": where, "keys": self.order(), "choices": list(grades),
                           "rest": rest[0],
                           "places": {name: self.text(node) for name, node in grades.items() if name != rest[0]}})

    def calendar(self) -> Fields:
        return {"kind": "calendar", "what": CALENDAR[str(self.call.token)], "first": self.text(self.take()),
                "last": self.text(self.take())}


# The call → (how it is written, its named parts, what reads it).
KINDS: dict[str, tuple[str, tuple[str, ...] | None, Callable[[Calls], Fields]]] = {
    "合计": ("合计(表，式子，条件)", (), Calls.events),
    "次数": ("次数(表，条件)", (), Calls.events),
    "记有": ("记有(表，条件)", (), Calls.events),
    "人数": ("人数(条件，同=组，看=组)", ("同", "看"), Calls.people),
    "组内任一": ("组内任一(条件，哪些人，同=组，看=组)", ("同", "看"), Calls.people),
    "组平均": ("组平均(式子，哪些人，同=组，看=组)", ("同", "看"), Calls.people),
    "组合计": ("组合计(式子，哪些人，同=组，看=组)", ("同", "看"), Calls.people),
    "上月": ("上月(量)", (), Calls.earlier),
    "前月": ("前月(量，几个月)", (), Calls.earlier),
    "近月": ("近月(量或式子，-2，0，平均，条件=量)", ("条件",), Calls.months),
    "各月": ("各月(量或式子，上季，平均，条件=量)", ("条件",), Calls.months),
    "当时": ("当时(花名册的列，日期)", (), Calls.as_of),
    "所在月": ("所在月(量，日期列，-2，0)", (), Calls.pick),
    "档": ("档(有键的参数，式子，最高=式子，其下=键，线=达到或超过)", ("最高", "其下", "线"), Calls.band),
    "分等": ("分等(条件，按=(-量，量)，同=组，甲=名额，乙=其余)", None, Calls.distributed),
    "名次": ("名次(条件，按=(-量，量)，同=组，并列=是)", ("按", "同", "并列"), Calls.ranked),
    "第一": ("第一(条件，按=(-量，量)，并列=是)", ("按", "并列"), Calls.ranked),
    **{word: (f"{word}(首日，末日)", (), Calls.calendar) for word in CALENDAR},
}
YES_NO = {"记有", "组内任一", "第一"}        # calls that give yes or no
