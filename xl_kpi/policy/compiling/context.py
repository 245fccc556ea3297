"""What compiling a policy knows while it goes on, and what all its steps use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from xl_kpi.period import GRAINS, SIZES
from xl_kpi.policy.compiling.scope import PolicyScope, parse_cases, walk
from xl_kpi.policy.model import Column, Policy
from xl_kpi.policy.names import ANY_PERIOD, AT, CONSTANTS, placeholders
from xl_kpi.policy.words import near_to
from xl_kpi.rules import expression
from xl_kpi.rules.base import PolicyError, Quantity
from xl_kpi.rules.expression import ANY, ExpressionError, Node, Ref
from xl_kpi.rules.expression.node import At


class Compiling:
    """One policy being compiled.  Every refusal names file and key."""

    people: PolicyScope
    row_scopes: dict[str, PolicyScope]

    def __init__(self, policy: Policy):
        self.policy = policy                             # what is written
        self.columns: dict[str, tuple[str, Column]] = {  # input name → its table and column
            column.name: (name, column) for name, table in policy.tables.items() for column in table.columns}
        self.quantities: dict[str, Quantity[Any]] = {}
        self.nodes: list[tuple[str, Node]] = []          # (path, root) of every expression
        self.used: set[str] = set()                      # named outside of expressions
        self.errors: list[PolicyError] = []
        self.unknown = set(policy.unknown)               # names of what is wrong, and told
        self.types: dict[str, str] = {}                  # of everything that expressions name, when all are known
        self.wanted: list[tuple[str, Node, str]] = []    # expressions that must be of a type

    def open_scopes(self) -> None:
        """From here on expressions can be read."""
        self.people = PolicyScope(self.policy, self.columns, self.unknown)
        self.row_scopes = {name: PolicyScope(self.policy, self.columns, self.unknown, name)
                           for name in self.policy.tables}

    def fail(self, path: str, text: object, at: At | None = None) -> PolicyError:
        """``at``: where in the expression, unless the text is an error that knows."""
        return PolicyError(f"{self.policy.file}：{path}：{text}", at or getattr(text, "at", None))

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What is wrong with one piece of the work is kept; the next can be done."""
        try:
            yield
        except PolicyError as error:
            self.errors += error.errors

    def tell(self, path: str, text: object, at: At | None = None) -> None:
        self.errors.append(self.fail(path, text, at))

    def stop(self) -> None:
        """Tell what was found before what builds upon it.  Raises PolicyError."""
        if self.errors:
            raise PolicyError.of(self.errors)

    def parse(self, path: str, text: str, wanted: str = ANY, rows: str = "", periods: Sequence[str] = (),
              bound: dict[str, Node] | None = None) -> Node:
        """Compile an expression, which may be required to be of a type (checked when all are known)."""
        node = self.keep(path, lambda: expression.parse(text, self.row_scopes[rows] if rows else self.people, bound))
        if wanted:
            self.wanted.append((path, node, wanted))
        self.fitting(path, {one.name: one.at for one in walk(node) if isinstance(one, Ref)}, periods)
        return node

    def cases(self, path: str, rule: Any, rows: str = "") -> Node:
        """What has an expression, or one for each value of a reading."""
        self.choice(path, rule)
        return self.keep(path, partial(parse_cases, rule, self.row_scopes[rows] if rows else self.people))

    def keep(self, path: str, make: Callable[[], Node]) -> Node:
        try:
            node = make()
        except ExpressionError as error:
            raise self.fail(path, error) from None
        except RecursionError:
            raise self.fail(path, expression.TOO_DEEP) from None
        self.nodes.append((path, node))
        return node

    def choice(self, path: str, rule: Any) -> None:
        """What has a reading has a case for each of its values."""
        readings = self.policy.readings
        if not rule.reading:
            return
        if rule.reading not in readings:
            hint = near_to(rule.reading, readings) or f"，有 {'、'.join(readings) or '（无）'}"
            raise self.fail(f"{path}.reading", f"没有读法 {rule.reading}{hint}")
        allowed = readings[rule.reading].values
        for value in allowed:
            if value not in rule.cases:
                raise self.fail(f"{path}.cases", f"缺少读法 {rule.reading} 的 {value}")
        for value in rule.cases:
            if value not in allowed:
                raise self.fail(f"{path}.cases", f"读法 {rule.reading} 没有 {value}，有 {'、'.join(allowed)}")

    def named(self, path: str, names: Iterable[str], periods: Sequence[str] = ()) -> None:
        """Names of quantities or inputs outside of expressions."""
        for name in names:
            if not self.people.is_quantity(name):
                raise self.fail(path, f"没有叫 {name} 的量或输入列{self.people.hint(name)}")
            self.used.add(name)
        self.fitting(path, names, periods)

    def fitting(self, path: str, names: Iterable[str] | Mapping[str, At | None], periods: Sequence[str]) -> None:
        """Refuse names of what does not exist as a whole once in each of the periods; name → where it stands."""
        for name in names if periods else ():
            grain = self.grain(name)
            for own in periods:
                if grain in ("", own, ANY_PERIOD) or SIZES.get(own, 99) < SIZES.get(grain, 0):
                    continue
                raise self.fail(path, f"这里{AT[own]}，不能直接用{AT[grain]}的 {name}；用 kind = \"over\" 说明怎么合成",
                                names[name] if isinstance(names, Mapping) else None)

    def text(self, path: str, text: str, do: str) -> None:
        """Texts in which nothing is filled in."""
        for field, one in (("text", text), ("do", do)):
            if found := placeholders(one):
                raise self.fail(f"{path}.{field}", f"{{{found[0]}}} 填不上：这里只写固定的文字")

    def filled(self, path: str, text: str, periods: Sequence[str]) -> None:
        """A text with {quantity} or {parameter} in it."""
        for name in placeholders(text):
            parameter = self.policy.parameters.get(name)
            if parameter is None:
                if not name.strip():
                    raise self.fail(path, "{} 里要写一个量或参数的名称")
                self.named(path, [name], periods)
            elif parameter.keys or parameter.listed:
                raise self.fail(path, f"{{{name}}} 填不上：参数 {name} 要带键")
            self.used.add(name)

    def pointer(self, path: str, name: str) -> None:
        """The input whose cell a finding points at; 工号 and 姓名 may be meant too."""
        column = self.columns.get(name)
        if name and not (column and column[1].type in ("id", "name")):
            self.named(path, [name])

    def grain(self, name: str) -> str:
        policy = self.policy
        if name in CONSTANTS:
            return CONSTANTS[name][0]
        if name in self.quantities:
            return self.quantities[name].period
        if name in self.policy.quantities:                   # one that is wrong itself
            return self.policy.quantities[name].period
        if name not in self.columns:
            return ""
        table, column = self.columns[name]
        grain = policy.tables[table].grain
        return column.period if grain == "period" else grain if grain in GRAINS else ""

    def choices_of(self, name: str) -> list[str] | None:
        """The labels that a quantity or input can have; None where they are not known beforehand."""
        if name in self.columns:
            return self.columns[name][1].choices or None
        quantity = self.quantities.get(name)
        return quantity.choices(self.choices_of) if quantity else None
