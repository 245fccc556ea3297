"""How the answer of a function came about: one Chinese sentence with numbers and clauses."""

from __future__ import annotations

from xl_kpi.engine import Run, text_of
from xl_kpi.explanation import Explainer
from xl_kpi.functions.answers import as_cells
from xl_kpi.policy.model import Function
from xl_kpi.rules.base import Period
from xl_kpi.rules.values import Value


def explanations(run: Run, function: Function, period: Period, value: Value, size: int) -> list[str | None]:
    """For each row: the amount, and each quantity that it is made of with its own sentence; None where it is blank."""
    explainer = Explainer(run, period, {})
    view = run.view(period)
    for name, where in run.supplied:                # an argument explains itself
        if where == run.period_for(name, period):
            explainer.known[name] = (view, None, None)
    assert function._node is not None
    names = list(dict.fromkeys(run.names_in(function._node)))
    found: list[str | None] = []
    for row, cell in enumerate(as_cells(value, size)):
        if cell is None:
            found.append(None)
            continue
        parts = []
        for name in names:
            rule = run.policy.quantities[name]
            one = view.value(name).at(row)
            said = f"{rule.title} {text_of(run, name, one)}"
            sentence = explainer.sentence(name, row)
            how = f"＝{sentence}" if (name, run.period_for(name, period)) not in run.supplied else ""
            parts.append(f"{said}{how}（{rule.clause}）")
        found.append(f"{function.title} {cell:.2f} 元：{'；'.join(parts)}")
    return found
