"""What every rule kind shares: its fields, and what it is evaluated in."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, PrivateAttr

from xl_kpi.rules.expression import Env, Node
from xl_kpi.rules.values import OK, Value

Grain = Literal["", "month", "quarter"]
# A period as a key: ("month", index), ("quarter", index) or () for what has none.
Period = tuple[str, int] | tuple[()]


class PolicyError(ValueError):
    """A policy file that cannot be used; the text says the file, the key's path and what is allowed."""


class Here(Env, Protocol):
    """The surroundings of one quantity at one period, over all people or a block of them."""

    period: Period
    ids: list[str]

    def value_at(self, name: str, period: Period) -> Value: ...
    def need_at(self, name: str, period: Period, mask: np.ndarray) -> None: ...
    def rows(self, table: str) -> Any: ...
    def roster_as_of(self, column: str, days: np.ndarray) -> Value: ...
    def need_as_of(self, column: str, days: np.ndarray, mask: np.ndarray) -> None: ...
    def at(self, period: Period) -> Any: ...
    def elsewhere(self, period: Period) -> Any: ...
    def keys(self, parameter: str) -> list[str | int]: ...


class Rule(BaseModel):
    """A quantity of a policy.  ``title`` and ``clause`` are what HR reads; ``period`` is how often it exists."""

    model_config = ConfigDict(extra="forbid", defer_build=True)
    # Fields that hold expressions: "person" are read over people, "row" over the rows of ``table``.
    expressions: ClassVar[dict[str, str]] = {}
    # A local rule gives a person's value from that person's values alone: it may be evaluated block by block.
    local: ClassVar[bool] = True

    kind: str
    title: str = ""
    unit: str = ""
    clause: str = ""
    period: Grain = "month"
    note: str = ""
    rows: str = ""                  # the table whose rows the quantity is about, when it is not about people
    _nodes: dict[str, Node] = PrivateAttr(default_factory=dict)
    _type: str = PrivateAttr("number")      # of its values: number, date, bool, choice

    def node(self, field: str) -> Node:
        # past pydantic's own look-up, which costs as much as a small expression
        return self.__pydantic_private__["_nodes"][field]          # type: ignore[index, no-any-return]

    def has(self, field: str) -> bool:
        return field in self._nodes

    def references(self) -> list[tuple[str, str]]:
        """(field, name) of every quantity or input named outside of expressions."""
        return []

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        """The operands at other periods than ``period``: (name, period)."""
        return []

    def here(self) -> list[Node]:
        """The expressions that are read at the quantity's own period."""
        return list(self._nodes.values())

    def elsewhere(self, period: Period) -> list[tuple[Node, Period]]:
        """The expressions that are read at other periods."""
        return []

    def evaluate(self, env: Here) -> Value:
        raise NotImplementedError

    def demand(self, env: Here, used: np.ndarray) -> None:
        raise NotImplementedError

    def explain(self, env: Here, i: int) -> str:
        """One Chinese sentence: how the value of person ``i`` came about."""
        raise NotImplementedError

    def because(self, env: Here, i: int) -> str:
        """What decided a yes, down to the records; '' where that says no more than the yes itself."""
        return self.explain(env, i)

    def why_not(self, env: Here, i: int) -> str:
        """What decided a no, '' where it is not one thing."""
        return ""


def lacking(value: Value, used: np.ndarray, size: int) -> np.ndarray:
    """The elements among ``used`` that have no value."""
    return used & (value.states(size) != OK)


def first_of_quarter(quarter: int) -> int:
    """The index of the first month of a quarter (months count year*12 + month-1, quarters year*4 + quarter-1)."""
    return quarter * 3


def months_of(period: Period, window: Any) -> list[int]:
    """The months of a window as seen from ``period``.

    ``window``: ``[first, last]`` offsets from the month; ``"quarter"`` its whole quarter; ``"quarter_to_date"`` its
    quarter up to the month; ``"previous_quarter"`` the three months of the quarter before.
    """
    grain, index = period if period else ("", 0)
    quarter = index // 3 if grain == "month" else index
    start = first_of_quarter(quarter)
    if window == "quarter":
        return list(range(start, start + 3))
    if window == "quarter_to_date":
        return list(range(start, index + 1))
    if window == "previous_quarter":
        return list(range(start - 3, start))
    return list(range(index + window[0], index + window[1] + 1))


WINDOWS = ("quarter", "quarter_to_date", "previous_quarter")
