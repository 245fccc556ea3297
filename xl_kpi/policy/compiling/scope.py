"""What names mean in an expression, over people or over the rows of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from xl_kpi.policy.model import Column, Policy
from xl_kpi.policy.names import CONSTANTS, KEY_TYPES, PERIODIC
from xl_kpi.policy.words import near_to
from xl_kpi.rules import expression
from xl_kpi.rules.expression import Case, ExpressionError, Node


class PolicyScope:
    """The names that an expression may use: over people, or over the rows of one table."""

    def __init__(self, policy: Policy, columns: dict[str, tuple[str, Column]], unknown: set[str],
                 rows: str = ""):
        self.policy, self.rows, self.known = policy, rows, columns
        self.quantities = {n for n, q in policy.quantities.items() if q.rows == rows}
        tables = [policy.tables[rows], *(t for t in policy.tables.values() if t.grain == "roster")] if rows else [
            t for t in policy.tables.values() if t.grain in ("roster", *PERIODIC)]
        self.columns = {c.name for t in tables for c in t.columns if c.type not in KEY_TYPES and not c.ignored}
        self.constants = () if rows else tuple(CONSTANTS)
        self.unknown = unknown
        self.inside: list[str] = []             # the parts being expanded
        self.expanded: set[str] = set()

    def is_parameter(self, name: str) -> bool:
        return name in self.policy.parameters

    def is_quantity(self, name: str) -> bool:
        return name in self.quantities or name in self.columns or name in self.constants or name in self.unknown

    def hint(self, name: str) -> str:
        """What may be meant by a name that is not known here."""
        policy = self.policy
        if name in policy.quantities:
            rows = policy.quantities[name].rows
            return f"；它是 {rows} 的逐行量，只能用在这张表里" if rows else "；它是按人的量，不能用在一张表的行里"
        if name in self.known:
            table, column = self.known[name]
            if column.ignored:
                return "；这一列写了 ignored = true"
            if column.type in KEY_TYPES:
                return f"；式子里不能用 type = \"{column.type}\" 的列"
            how = f"不能用在 {self.rows} 的行里" if self.rows else "用 kind = \"events\" 汇总到人"
            return f"；它是 {table} 的列，{how}"
        if name in CONSTANTS:
            return "；期间的日期不能用在一张表的行里"
        if name in policy.parts:
            return f"；{name} 是 parts，要带参数：{name}({', '.join(policy.parts[name].args)})"
        return near_to(name, [*self.quantities, *self.columns, *self.constants, *policy.parameters])

    def keys(self, name: str) -> list[str | int] | None:
        """The keys of a parameter; none where the company lists them, None where it has none."""
        parameter = self.policy.parameters.get(name)
        if parameter is None or not (parameter.keys or parameter.listed):
            return None
        self.expanded.add(name)
        return parameter.keys

    def rule(self, name: str) -> tuple[list[str], Callable[[dict[str, Node]], Node]] | None:
        part = self.policy.parts.get(name)
        if part is None:
            return None

        def expand(bound: dict[str, Node]) -> Node:
            if name in self.inside:
                raise ExpressionError(f"parts.{name} 引用了自己：{' → '.join([*self.inside, name])}")
            self.inside.append(name)
            self.expanded.add(f"parts.{name}")
            try:
                return parse_cases(part, self, bound)
            finally:
                self.inside.pop()

        return part.args, expand


def parse_cases(rule: Any, scope: Any, bound: dict[str, Node] | None = None) -> Node:
    """The node of something with ``expr``, or with ``reading`` and ``cases``."""
    if rule.expr:
        return expression.parse(rule.expr, scope, bound)
    cases = ((value, expression.parse(text, scope, bound)) for value, text in rule.cases.items())
    return Case(rule.reading, tuple(cases))


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from walk(child)
