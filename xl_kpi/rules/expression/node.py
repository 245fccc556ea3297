"""What every part of an expression is: a node, and what it is evaluated in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from xl_kpi.rules.values import Value

if TYPE_CHECKING:
    from xl_kpi.calendar_cn import Calendar

# The types of values.  ANY: not known, or a refusal, which fits everywhere.
NUMBER, DATE, BOOL, TEXT, BLANK, ANY = "number", "date", "bool", "choice", "blank", ""
TypeOf = Callable[[str], str]                       # the type of a quantity, input column or constant
ChoicesOf = Callable[[str], list[str] | None]       # the labels that such a name can have, None: not known beforehand


At = tuple[str, int, int]       # where a part stands: the expression, its line (from 1), the bytes before it there


class ExpressionError(ValueError):
    """An expression of a policy file that cannot be understood; the text says what and what is allowed; ``at``: where
    it stands."""

    def __init__(self, text: str, at: At | None = None):
        super().__init__(text)
        self.at = at


class Env(Protocol):
    """What an expression is evaluated in: one period, all people of one entity (or a block of them)."""

    size: int

    @property
    def calendar(self) -> Calendar: ...
    def value(self, name: str) -> Value: ...
    def parameter(self, name: str, key: Value | None) -> Value: ...
    def reading(self, name: str) -> str: ...
    def need(self, name: str, mask: np.ndarray) -> None: ...
    def need_parameter(self, name: str, key: Value | None, mask: np.ndarray) -> None: ...
    def refuse(self, name: str, mask: np.ndarray, text: str = "", do: str = "", at: Node | str = "") -> None: ...
    def keys(self, parameter: str) -> list[Any]: ...
    def reading_title(self, name: str) -> str: ...
    def title(self, name: str) -> str: ...
    def text(self, name: str, value: Any) -> str: ...
    def said(self, name: str, i: int) -> str: ...
    def evaluated(self, node: Node) -> Value: ...
    def because(self, name: str, i: int) -> str: ...
    def facts(self, name: str, i: int) -> list[str]: ...


class Node:
    """One part of an expression.  ``bare``: it says a value without saying where that comes from.  ``at``: where it
    was read."""

    bare: ClassVar[bool] = False
    workdays = False            # it counts workdays itself
    at: ClassVar[At | None] = None

    def evaluate(self, env: Env) -> Value:
        raise NotImplementedError

    def demand(self, env: Env, used: np.ndarray) -> None:
        """Ask for what the elements ``used`` need but do not have."""
        for child in self.children():
            child.demand(env, used)

    def children(self) -> tuple[Node, ...]:
        return ()

    def chosen(self, readings: Mapping[str, str]) -> Iterator[Node]:
        """This node and all below it that count under the chosen readings."""
        yield self
        for child in self.children():
            yield from child.chosen(readings)

    def explain(self, env: Env, i: int) -> str:
        raise NotImplementedError

    def because(self, env: Env, i: int) -> str:
        """A condition as a fact about one person, whether it holds or not: what decided it, down to the records."""
        return self.explain(env, i)

    def facts(self, env: Env, i: int) -> list[str]:
        """What a yes rests on in the end, for one person: records with their dates, and comparisons."""
        return []

    def shown(self, env: Env, i: int) -> Node:
        """The part whose text ``explain`` gives for one person."""
        return self

    def type_of(self, of: TypeOf) -> str:
        """Of what type its values are.  Raises ExpressionError where the types of its parts do not go together."""
        return ANY

    def settle(self, kind: str) -> None:
        """Learn of what type the value is that a blank or a refusal stands for."""

    def choices(self, of: ChoicesOf) -> list[str] | None:
        """The labels that a text can have; None where they are not known beforehand."""
        return None

    def said(self) -> str:
        """The part in a message about its type: what it is."""
        return "给的是"

    def formula(self, bind: Callable[[str], str]) -> str:
        raise ExpressionError("这个式子不能写成 Excel 公式")


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """An expression with each of its parts changed; itself where it has none."""
    changed: dict[str, Any] = {}
    for one in fields(node):                                                                # type: ignore[arg-type]
        value = getattr(node, one.name)
        if isinstance(value, Node):
            changed[one.name] = change(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changed[one.name] = tuple(map(change, value))
    return replace(node, **changed) if changed else node                                    # type: ignore[type-var]
