"""Live Excel formulas for the columns of a result."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from xl_kpi.engine import month_of
from xl_kpi.job.context import Job
from xl_kpi.job.items import Items
from xl_kpi.policy.compiled import OutputColumn
from xl_kpi.rules.base import Quantity
from xl_kpi.rules.expression import Case, Const, ExpressionError, Node, Parameter, Ref, rebuilt


def formula_of(job: Job, column: OutputColumn, items: Items) -> Callable[[Callable[[str], str]], str] | None:
    """The Excel formula of a column over the cells of its row, as far as it is wanted and can be said: the sum of the
    columns of a part before it, or the column's own rule with the readings chosen and the parameters of the month."""
    if not column.formula:
        return None
    order = job.output.columns
    if column.formula is not True:
        before = [c for c in order[:order.index(column)] if c.part == column.formula]
        summands = [h for c in before for h in ([h for h, _ in items.columns(c.fill)]
                                                if c.fill in ("earning", "deduction") else [c.heading])]
        if summands:
            return lambda cell: f"SUM({','.join(map(cell, summands))})"
        # nothing of this part this month: a nought made of the row's own cells, as every formula of the sheet is
        money = next(c.heading for c in order if c.type == "money" and c.total)
        return lambda cell: f"{cell(money)}-{cell(money)}"
    headings = {c.quantity: c.heading for c in order if c.quantity and c is not column and c.type != "bool"}
    known = set(headings)
    node: Node | None = column.value
    if isinstance(node, Ref) and node.name in job.policy.quantities:
        rule = job.policy.quantities[node.name]
        node = _native(job, rule, known) if rule.period == job.period[0] else rule.expression
        node = node or column.value
    assert node is not None
    settled = _settled(job, node, known)
    if not all(name in headings for name in job.run.names_in(settled)):
        return None
    try:
        settled.formula(lambda name: name)
    except ExpressionError:
        return None
    return lambda cell: settled.formula(lambda name: cell(headings[name]))


def _native(job: Job, rule: Quantity[Any], known: set[str]) -> Node | None:
    """A rule of the period of the job as Excel can say it."""
    job.run.compute(job.run.operands((rule.name, job.period)))
    return rule.native(job.run.view(job.period), lambda node: _settled(job, node, known))


def _settled(job: Job, node: Node, known: set[str]) -> Node:
    """An expression as Excel can say it: the readings chosen, the month's values for parameters, and what is no column
    (``known``) put in."""
    if isinstance(node, Case):
        return _settled(job, node.case(job.run.settings.readings[node.reading]), known)
    if isinstance(node, Ref) and node.name not in known:
        rule = job.policy.quantities.get(node.name)
        own = _native(job, rule, known) if rule is not None and rule.period == job.period[0] else None
        return _settled(job, own, known) if own is not None else node
    if isinstance(node, Parameter) and (node.key is None or isinstance(node.key, Const)):
        key: Any = node.key.value if isinstance(node.key, Const) else None
        value = job.run.settings.at(node.name, int(key) if isinstance(key, Fraction) else key, month_of(job.period))
        return Const(value) if value is not None else node
    return rebuilt(node, lambda part: _settled(job, part, known))
