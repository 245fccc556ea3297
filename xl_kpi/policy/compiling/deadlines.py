"""Deadlines: days that are the same for everybody, or what each of some people or rows owes."""

from __future__ import annotations

from xl_kpi.policy import compiled
from xl_kpi.policy.compiled import made
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.compiling.scope import walk
from xl_kpi.rules.expression import BOOL, DATE, Node, Ref


def deadlines(c: Compiling) -> dict[str, compiled.Deadline]:
    found = {}
    for name, one in c.policy.deadlines.items():
        path = f"deadlines.{name}"
        periods = [] if one.table else [one.period]

        def node(field: str, text: str, wanted: str, path: str = path, rows: str = one.table,
                 periods: list[str] = periods) -> Node | None:        # type: ignore[assignment]
            return c.parse(f"{path}.{field}", text, wanted, rows, periods) if text else None

        with c.telling():
            if one.table and (one.table not in c.policy.tables or c.policy.tables[one.table].grain != "events"):
                raise c.fail(f"{path}.table", f"{one.table} 不是 grain = \"events\" 的表")
            day = node("day", one.day, DATE)
            assert day is not None
            found[name] = made(compiled.Deadline, one, day=day, start=node("start", one.start, DATE),
                               people=node("people", one.people, BOOL), done=node("done", one.done, DATE))
    return found


def of_everybody(c: Compiling, order: list[str]) -> None:
    """Refuse a deadline that needs to know of whom it is, and does not say who owes it.  ``order``: the quantities,
    operands first."""
    personal: dict[str, str] = {name: name for name in c.columns}       # name → the column that it comes from
    for name in order:
        quantity = c.quantities[name]
        used = [node.name for root in quantity.nodes.values() for node in walk(root) if isinstance(node, Ref)]
        used += [other for _, other in quantity.references()]
        if found := [personal[one] for one in used if one in personal] or ([name] if quantity.reads_rows else []):
            personal[name] = found[0]
    for path, root in c.nodes:
        group, _, rest = path.partition(".")
        if group != "deadlines" or (one := c.policy.deadlines[rest.rpartition(".")[0]]).table or one.people:
            continue
        for node in walk(root):
            if isinstance(node, Ref) and node.name in personal:
                c.tell(path, f"期限对每个人是同一天，不能用各人不同的 {personal[node.name]}", node.at)
