"""Two policies compared field by field, whatever their names are: a name of one and a name of the other are the same
when they stand in the same places.  Gives the differences as lines; [] when they say the same."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.names import placeholders
from xl_kpi.rules.expression import Node, Ref
from xl_kpi.rules.expression import Parameter as ParameterNode


class Same:
    def __init__(self, one: Policy, other: Policy):
        self.one, self.other = one, other
        self.names: dict[str, str] = {}                 # quantities and columns: of one → of the other
        self.found: list[str] = []
        self.waiting: list[tuple[str, str]] = []

    def differ(self, path: str, one: Any, other: Any) -> None:
        if one != other:
            self.found.append(f"{path}: {one!r} → {other!r}")

    # -- names

    def name(self, path: str, one: str, other: str) -> None:
        """Two names that have to be the same; what they stand for is compared once."""
        if one in self.names:
            self.differ(path, self.names[one], other)
        elif other in self.names.values():
            before = next(a for a, b in self.names.items() if b == other)
            self.found.append(f"{path}: {one} → {other}, which is {before} already")
        else:
            self.names[one] = other
            self.waiting.append((one, other))

    def names_in(self, path: str, one: list[str], other: list[str]) -> None:
        self.differ(f"{path}, how many", len(one), len(other))
        for a, b in zip(one, other, strict=False):
            self.name(path, a, b)

    def text(self, path: str, one: str, other: str) -> None:
        """A text with names in {…}."""
        names, others = placeholders(one), placeholders(other)
        for a, b in zip(names, others, strict=False):
            if a in self.one.parameters:
                self.differ(path, a, b)
            elif a in self.one.columns or a in self.one.quantities:
                self.name(path, a, b)
        self.differ(path, re.sub(r"\{[^}]*\}", "{}", one), re.sub(r"\{[^}]*\}", "{}", other))

    # -- expressions

    def node(self, path: str, one: Any, other: Any) -> None:
        if isinstance(one, Ref) and isinstance(other, Ref):
            self.name(path, one.name, other.name)
        elif type(one) is not type(other):
            self.found.append(f"{path}: {one} → {other}")
        elif isinstance(one, Node):
            for field in dataclasses.fields(one):           # type: ignore[arg-type]
                if field.compare:
                    self.node(f"{path}.{field.name}" if isinstance(one, ParameterNode) else path,
                              getattr(one, field.name), getattr(other, field.name))
        elif isinstance(one, tuple):
            self.differ(f"{path}, how many", len(one), len(other))
            for a, b in zip(one, other, strict=False):
                self.node(path, a, b)
        else:
            self.differ(path, one, other)

    def nodes(self, path: str, one: dict[str, Node], other: dict[str, Node]) -> None:
        self.differ(f"{path}, fields", sorted(one), sorted(other))
        for field in one.keys() & other.keys():
            self.node(f"{path}.{field}", one[field], other[field])

    # -- parts of a policy

    def plain(self, path: str, one: Any, other: Any, but: set[str]) -> None:
        """The fields that hold no names."""
        fields = type(one).model_fields if isinstance(one, BaseModel) else [f.name for f in dataclasses.fields(one)]
        for field in set(fields) - but:
            self.differ(f"{path}.{field}", getattr(one, field), getattr(other, field))

    def quantity(self, one: str, other: str) -> None:
        a, b = self.one.quantities.get(one), self.other.quantities.get(other)
        if a is None or b is None:
            if (a is None) != (b is None):
                self.found.append(f"{one} → {other}: a quantity in one only")
            elif one in self.one.columns:
                (table, column), (table_b, column_b) = self.one.columns[one], self.other.columns[other]
                self.differ(f"column {one}", (self.one.tables[table].sheet, column.heading),
                            (self.other.tables[table_b].sheet, column_b.heading))
            else:
                self.differ("constant", one, other)
            return
        path = f"{one} → {other}"
        self.differ(f"{path}.kind", a.rule.kind, b.rule.kind)
        if a.rule.kind != b.rule.kind:
            return
        x, y = a.rule, b.rule
        inside = {*x.expressions, "cases", "expr", "keys", "rows", "table"} | {f for f, _ in a.references()}
        self.plain(path, x, y, inside)
        self.nodes(path, a.nodes, b.nodes)
        self.names_in(f"{path}, names", [n for _, n in a.references()], [n for _, n in b.references()])
        self.differ(f"{path}.keys", [k.replace(k.lstrip("-"), "") for k in getattr(x, "keys", [])],
                    [k.replace(k.lstrip("-"), "") for k in getattr(y, "keys", [])])
        for field in ("rows", "table"):
            self.table_name(f"{path}.{field}", getattr(x, field, ""), getattr(y, field, ""))

    def table_name(self, path: str, one: str, other: str) -> None:
        tables = (self.one.tables, self.other.tables)
        self.differ(path, *((t[n].sheet, t[n].grain) if n else n for t, n in zip(tables, (one, other), strict=True)))

    def tables(self) -> None:
        others = {(t.sheet, t.grain): t for t in self.other.tables.values()}
        self.differ("tables", sorted((t.sheet, t.grain) for t in self.one.tables.values()), sorted(others))
        self.differ("order of the sheets", [t.sheet for t in self.one.sheets.values()],
                    [t.sheet for t in self.other.sheets.values()])
        for one in self.one.tables.values():
            other = others.get((one.sheet, one.grain))
            if other is None:
                continue
            path = f"table {one.sheet}"
            self.plain(path, one, other, {"columns", "checks", "people", "melts"})
            self.differ(f"{path}.melts", bool(one.melts), bool(other.melts))
            self.node(f"{path}.people", one.people, other.people)
            self.differ(f"{path}, columns", [c.heading for c in one.columns], [c.heading for c in other.columns])
            by_heading = {c.heading: c for c in other.columns}
            for a in one.columns:
                if (b := by_heading.get(a.heading)) is not None:
                    self.plain(f"{path}.{a.heading}", a, b, {"name"})
                    self.name(f"{path}.{a.heading}", a.name, b.name)
            self.checks(path, one.checks, other.checks)

    def checks(self, path: str, one: list[Any], other: list[Any]) -> None:
        """Checks and marks, found by their texts; the order of marks counts."""
        def key(check: Any) -> tuple[Any, ...]:
            return (re.sub(r"\{[^}]*\}", "{}", check.text), getattr(check, "do", ""))

        mine, theirs = Counter(map(key, one)), Counter(map(key, other))
        self.differ(f"{path}, texts", sorted((mine - theirs).elements()), sorted((theirs - mine).elements()))
        rest = list(other)
        for a in one:
            b = next((c for c in rest if key(c) == key(a)), None)
            if b is None:
                continue
            rest.remove(b)
            where = f"{path} 「{a.text}」"
            self.plain(where, a, b, {"when", "text", "do", "columns", "column", "once_by", "outputs"})
            self.node(f"{where}.when", a.when, b.when)
            self.text(f"{where}.text", a.text, b.text)
            self.names_in(f"{where}.columns", getattr(a, "columns", []), getattr(b, "columns", []))
            for field in ("column", "once_by"):
                self.optional(f"{where}.{field}", getattr(a, field, ""), getattr(b, field, ""))

    def optional(self, path: str, one: str, other: str) -> None:
        if one and other:
            self.name(path, one, other)
        else:
            self.differ(path, one, other)

    def output(self, path: str, one: Any, other: Any) -> None:
        self.plain(path, one, other, {"people", "columns", "marks", "forms"})
        self.node(f"{path}.people", one.people, other.people)
        self.differ(f"{path}, columns", [c.heading for c in one.columns], [c.heading for c in other.columns])
        for a, b in zip(one.columns, other.columns, strict=False):
            self.plain(f"{path}.{a.heading}", a, b, {"value", "quantity", "when", "as_rule"})
            self.node(f"{path}.{a.heading}.value", a.value, b.value)
            self.node(f"{path}.{a.heading}.when", a.when, b.when)
        self.checks(path, one.marks, other.marks)
        self.differ(f"{path}, order of marks", [re.sub(r"\{[^}]*\}", "{}", m.text) for m in one.marks],
                    [re.sub(r"\{[^}]*\}", "{}", m.text) for m in other.marks])
        self.differ(f"{path}, forms", len(one.forms), len(other.forms))
        for a, b in zip(one.forms, other.forms, strict=False):
            self.table_name(f"{path}, form", a.table, b.table)
            self.node(f"{path}, form {a.table}", a.when, b.when)

    def functions(self) -> None:
        self.differ("functions", sorted(self.one.functions), sorted(self.other.functions))
        for name in self.one.functions.keys() & self.other.functions.keys():
            a, b = self.one.functions[name], self.other.functions[name]
            path = f"function {name}"
            self.plain(path, a, b, {"value", "arguments", "table", "sheets", "given", "checks", "people", "when"})
            for field in ("value", "people", "when"):
                self.node(f"{path}.{field}", getattr(a, field), getattr(b, field))
            self.differ(f"{path}, arguments", [n for n, _ in a.every()], [n for n, _ in b.every()])
            for (key, x), (_, y) in zip(a.every(), b.every(), strict=False):
                self.plain(f"{path}.{key}", x, y, {"supplies", "when"})
                self.names_in(f"{path}.{key}.supplies", x.supplies, y.supplies)
                self.node(f"{path}.{key}.when", x.when, y.when)
            self.differ(f"{path}.sheets", list(a.sheets), list(b.sheets))
            for over in a.sheets.keys() & b.sheets.keys():
                for x, y in zip(a.sheets[over], b.sheets[over], strict=True):
                    self.table_name(f"{path}.{over}", x, y)
            self.names_in(f"{path}.given", list(a.given), list(b.given))
            for (key, x), y in zip(a.given.items(), b.given.values(), strict=False):
                self.node(f"{path}.given.{key}", x, y)
            self.checks(path, a.checks, b.checks)

    def plausible(self) -> None:
        a, b = self.one.plausible, self.other.plausible
        self.plain("plausible", a, b, {"hired", "left", "post", "posts", "attendance", "daily", "hours", "totals",
                                       "scores", "varying", "wanted"})
        for field in ("hired", "left", "post"):
            self.optional(f"plausible.{field}", getattr(a, field), getattr(b, field))
        self.table_name("plausible.attendance", a.attendance, b.attendance)
        for field in ("daily", "totals", "scores", "varying"):
            self.names_in(f"plausible.{field}", getattr(a, field), getattr(b, field))
        self.differ("plausible.posts", [(self.one.tables[t].sheet, p) for t, p in a.posts.items()],
                    [(self.other.tables[t].sheet, p) for t, p in b.posts.items()])
        self.names_in("plausible.hours", list(a.hours), list(b.hours))
        for x, y in zip(a.hours.values(), b.hours.values(), strict=False):
            self.plain("plausible.hours", x, y, {"count", "both"})
            self.name("plausible.hours.count", x.count, y.count)
            self.node("plausible.hours.both", x.both, y.both)
        self.names_in("plausible.wanted", list(a.wanted), list(b.wanted))
        for x, y in zip(a.wanted.values(), b.wanted.values(), strict=False):
            self.node("plausible.wanted", x, y)

    def outputs(self) -> Iterator[tuple[str, Any, Any]]:
        self.differ("outputs", list(self.one.outputs), list(self.other.outputs))
        for name in self.one.outputs.keys() & self.other.outputs.keys():
            yield f"outputs.{name}", self.one.outputs[name], self.other.outputs[name]

    def all(self) -> list[str]:
        self.plain("policy", self.one, self.other, {
            "written", "columns", "sources",
            "tables", "quantities", "parts", "checks", "functions", "plausible", "outputs",
            "refusals", "file", "readings", "parameters", "notices", "source_defect"})
        self.differ("parameters", sorted(self.one.parameters), sorted(self.other.parameters))
        for name in self.one.parameters.keys() & self.other.parameters.keys():
            self.plain(f"parameter {name}", self.one.parameters[name], self.other.parameters[name], set())
        for name in ("notices", "source_defect"):
            self.differ(name, *(sorted((n.text, n.clause) for n in getattr(p, name)) for p in (self.one, self.other)))
        self.differ("readings", sorted(self.one.readings), sorted(self.other.readings))
        for name in self.one.readings.keys() & self.other.readings.keys():
            self.plain(f"reading {name}", self.one.readings[name], self.other.readings[name], set())
            self.differ(f"reading {name}, order", list(self.one.readings[name].values),
                        list(self.other.readings[name].values))
        self.tables()
        for path, one, other in self.outputs():
            self.output(path, one, other)
        self.checks("checks", self.one.checks, self.other.checks)
        self.functions()
        self.plausible()
        self.differ("refusals", sorted(self.one.refusals), sorted(self.other.refusals))
        for name in self.one.refusals.keys() & self.other.refusals.keys():
            a, b = self.one.refusals[name], self.other.refusals[name]
            self.plain(f"refusal {name}", a, b, {"column"})
            self.optional(f"refusal {name}.column", a.column, b.column)
        while self.waiting:
            self.quantity(*self.waiting.pop())
        self.differ("quantities that nothing reached", [n for n in self.one.quantities if n not in self.names],
                    [n for n in self.other.quantities if n not in self.names.values()])
        return self.found


def differences(one: Policy, other: Policy) -> list[str]:
    return Same(one, other).all()
