"""What a rule does where the document leaves a choice: one way, or one for each value of a reading (读法)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from xl_kpi.rules.base import Making
from xl_kpi.rules.expression import Case, Const, Env, Node


class ByReading(BaseModel):
    """A choice by a reading.  ``cases``: value of the reading → what is done; a value that is not listed is itself the
    name of what is done."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    reading: str = Field(min_length=1)
    cases: dict[str, str] = {}


Decision = str | ByReading


def choice_of(field: str, decision: Decision, known: tuple[str, ...], making: Making) -> Node:
    """The decision as a part of an expression: a text, or one for each value of the reading.  Raises PolicyError."""
    if isinstance(decision, str):
        found: dict[str, str] = {"": decision}
    else:
        values = making.reading_values(f"{field}.reading", decision.reading)
        for value in decision.cases:
            if value not in values:
                raise making.fail(f"{field}.cases", f"读法 {decision.reading} 没有 {value}，有 {'、'.join(values)}")
        found = {value: decision.cases.get(value, value) for value in values}
    for word in found.values():
        if word not in known:
            raise making.fail(field, f"没有「{word}」这种办法，有 {'、'.join(known)}")
    if isinstance(decision, str):
        return Const(decision)
    texts: Any = SimpleNamespace(expr="", reading=decision.reading,
                                 cases={value: f"'{word}'" for value, word in found.items()})
    return making.cases(texts)


def decided(choice: Node, env: Env) -> str:
    """What is done under the chosen readings."""
    if isinstance(choice, Case):
        choice = choice.case(env.reading(choice.reading))
    assert isinstance(choice, Const)
    return str(choice.value)


def reading_of(choice: Node) -> str:
    """The reading that decides, '' when none does."""
    return choice.reading if isinstance(choice, Case) else ""
