"""What is missing for what was needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xl_kpi.rules.periods import Period


@dataclass(frozen=True)
class InputLack:
    """An input cell that is needed and has no usable value."""

    column: str
    period: Period
    person: int


@dataclass(frozen=True)
class RowLack:
    """A cell of a row of an event table that is needed and has no usable value."""

    table: str
    column: str
    row: int


@dataclass(frozen=True)
class ParameterLack:
    name: str
    key: Any
    month: int


@dataclass(frozen=True)
class RuleRefused:
    """A refusal that a rule words itself: ``refusals`` of the policy, '!' and the text, or ``text`` and what to ``do``
    about the quantity, input or table ``at``."""

    name: str
    quantity: str
    period: Period
    person: int
    row: int = -1           # of the table ``quantity``, when a rule over rows refuses
    text: str = ""
    do: str = ""
    at: str = ""
    blank: bool = False     # nothing refuses it: by the policy it does not apply, and yet it is asked for


@dataclass(frozen=True)
class ChangeLack:
    """The state of a roster column before its first change is not known."""

    column: str
    person: int
    row: int


Lack = InputLack | RowLack | ParameterLack | RuleRefused | ChangeLack
