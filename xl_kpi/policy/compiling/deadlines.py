"""Deadlines: days that are the same for everybody."""

from __future__ import annotations

from xl_kpi.policy import compiled
from xl_kpi.policy.compiled import made
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.compiling.scope import walk
from xl_kpi.rules.expression import DATE, Ref


def deadlines(c: Compiling) -> dict[str, compiled.Deadline]:
    found = {}
    for name, one in c.policy.deadlines.items():
        path = f"deadlines.{name}"
        with c.telling():
            day = c.parse(f"{path}.day", one.day, DATE, periods=[one.period])
            start = c.parse(f"{path}.start", one.start, DATE, periods=[one.period]) if one.start else None
            found[name] = made(compiled.Deadline, one, day=day, start=start)
    return found


def of_everybody(c: Compiling, order: list[str]) -> None:
    """Refuse a deadline that needs to know of whom it is.  ``order``: the quantities, operands first."""
    personal: dict[str, str] = {name: name for name in c.columns}       # name → the column that it comes from
    for name in order:
        quantity = c.quantities[name]
        used = [node.name for root in quantity.nodes.values() for node in walk(root) if isinstance(node, Ref)]
        used += [other for _, other in quantity.references()]
        if found := [personal[one] for one in used if one in personal] or ([name] if quantity.reads_rows else []):
            personal[name] = found[0]
    for path, root in c.nodes:
        if path.startswith("deadlines."):
            for node in walk(root):
                if isinstance(node, Ref) and node.name in personal:
                    c.tell(path, f"期限对每个人是同一天，不能用各人不同的 {personal[node.name]}", node.at)
