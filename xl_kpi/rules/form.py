"""What a quantity is on a form (附表): an expression over what people write there, for formulas in its cells.

Readings are chosen, parameters are cells of the sheet 参数, and what a form cannot know (other months, records, other
people) is entered by people.  ``Quantity.on_form`` says it, ``xl_kpi.forms.native`` puts it together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from xl_kpi.rules.expression import Blank, Const, Env, If, Logic, Node, Ref, rebuilt
from xl_kpi.rules.values import REFUSED, Value, nothing

Key = str | int
Bind = Callable[[str], str]
BETWEEN = "@"           # of a name and which of several months: 本月得分@0


class OnForm(Protocol):
    """The form on which a quantity stands."""

    grain: str

    def of(self, node: Node) -> Node: ...
    def entered(self, name: str) -> Node: ...
    def looked(self, parameter: str, key: Key | None) -> Node: ...
    def column(self, node: Node) -> Node: ...
    def keys(self, parameter: str) -> list[Any]: ...


@dataclass(frozen=True)
class Unknown(Node):
    """#N/A."""

    def evaluate(self, env: Env) -> Value:
        return nothing("number", REFUSED)

    def formula(self, bind: Callable[[str], str]) -> str:
        return "NA()"


UNKNOWN: Node = Unknown()


@dataclass(frozen=True)
class Looked(Node):
    """A cell of the sheet 参数."""

    parameter: str
    key: Key | None

    def formula(self, bind: Bind) -> str:
        return bind(f"{BETWEEN}{self.parameter}{BETWEEN}{'' if self.key is None else self.key}")


@dataclass(frozen=True)
class Mean(Node):
    """The mean of those of some cells that are filled; blank when none is."""

    parts: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.parts

    def formula(self, bind: Bind) -> str:
        cells = ",".join(part.formula(bind) for part in self.parts)
        return f'IF(COUNT({cells})=0,"",AVERAGE({cells}))'


@dataclass(frozen=True)
class Average(Mean):
    """The same where it is known that one is filled."""

    def formula(self, bind: Bind) -> str:
        return f"AVERAGE({','.join(part.formula(bind) for part in self.parts)})"


@dataclass(frozen=True)
class Filled(Node):
    """Whether something stands in a cell."""

    part: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    def formula(self, bind: Bind) -> str:
        if isinstance(self.part, Mean):
            return f"COUNT({','.join(part.formula(bind) for part in self.part.parts)})>0"
        return f'{self.part.formula(bind)}<>""'


@dataclass(frozen=True)
class Place(Node):
    """The place among the rows of the form in which ``where`` holds.  ``keys``: (column, higher is better)."""

    where: Node
    keys: tuple[tuple[str, bool], ...]

    def children(self) -> tuple[Node, ...]:
        return (self.where, *(Ref(name) for name, _ in self.keys))

    def formula(self, bind: Bind) -> str:
        def whole(name: str) -> str:
            return bind(f"{BETWEEN}{BETWEEN}{name}")

        before, same = [], ""
        for name, high in self.keys:
            before.append(f"{same}({whole(name)}{'>' if high else '<'}{bind(name)})")
            same += f"({whole(name)}={bind(name)})*"
        among = _product(self.where).formula(whole)
        return f'IF({self.where.formula(bind)},1+SUMPRODUCT({among}*({"+".join(before)})),"")'


@dataclass(frozen=True)
class _Product(Node):
    """A condition over whole columns, as 1 and 0."""

    parts: tuple[Node, ...]

    def formula(self, bind: Bind) -> str:
        return "*".join(f"({part.formula(bind)})" for part in self.parts)


def _product(where: Node) -> Node:
    return _Product(where.parts if isinstance(where, Logic) and where.op == "and" else (where,))


def constant(key: Key) -> Const:
    """A key of a parameter as a value."""
    return Const(key if isinstance(key, str) else Fraction(key))


def logic(op: str, parts: list[Node]) -> Node:
    """and / or without the parts that decide nothing."""
    end = op == "or"
    left = []
    for part in parts:
        if isinstance(part, Const):
            if bool(part.value) is end:
                return Const(value=end)
        else:
            left.append(part)
    if not left:
        return Const(value=not end)
    return left[0] if len(left) == 1 else Logic(op, tuple(left))


def filled(node: Node) -> Node:
    """Whether an expression gives anything."""
    if isinstance(node, Blank):
        return Const(value=False)
    if isinstance(node, If) and isinstance(node.no, Blank):         # x if it is there, else nothing
        return node.test
    return Const(value=True) if isinstance(node, Const) else Filled(node)


def chosen(test: Node, yes: Node, no: Node) -> Node:
    """If … then … else, said once: behind a test the same test decides nothing more."""
    if isinstance(yes, If) and yes.test == test:
        yes = yes.yes
    if yes == no:
        return yes
    if isinstance(test, Filled) and isinstance(test.part, Mean):
        yes = _with(yes, test.part, Average(test.part.parts))
    return If(test, yes, no)


def _with(node: Node, old: Node, new: Node) -> Node:
    """An expression with another part in the place of one."""
    if node == old:
        return new
    return rebuilt(node, lambda part: _with(part, old, new))
