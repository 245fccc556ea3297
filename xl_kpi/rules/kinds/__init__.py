"""The kinds of quantities, a module a family.

A kind is named by ``kind`` in a policy.  A new policy should need none; a truly new idea gets a module here and its
name in ``FAMILIES``.  Nothing else knows a kind: the compiler, the engine, explanations and descriptions ask it.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from xl_kpi.rules.base import Quantity, Rule
from xl_kpi.rules.calls import Call
from xl_kpi.rules.kinds import (
    band,
    bands,
    calendar,
    distribute,
    events,
    fold,
    group,
    months,
    order,
    rated,
    rowwise,
    share,
    streak,
    time,
)

FAMILIES: tuple[Any, ...] = (rowwise, months, time, events, group, order, band, bands, calendar,
                            distribute, share, rated, fold, streak)
KINDS: dict[str, type[Quantity[Any]]] = {
    cls.written.model_fields["kind"].annotation.__args__[0]: cls
    for family in FAMILIES for cls in family.KINDS}
# What a page calls them: the name of the call → (kind, how it is written).
CALLS: dict[str, tuple[str, Call]] = {call.name: (kind, call) for kind, cls in KINDS.items() for call in cls.calls}

if TYPE_CHECKING:
    AnyRule = Rule
else:
    AnyRule = Annotated[reduce(or_, (cls.written for cls in KINDS.values())), Field(discriminator="kind")]
