"""How the answer of a function came about: one Chinese sentence with numbers and clauses."""

from __future__ import annotations

from xl_kpi.engine import Run, text_of
from xl_kpi.explanation import Explainer
from xl_kpi.functions.answers import as_cells
from xl_kpi.policy.compiled import Function
from xl_kpi.policy.words import cited
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import Value


def explanations(run: Run, function: Function, period: Period, value: Value, size: int) -> list[str | None]:
    """For each row: the amount, and each quantity that it is made of with its own sentence, in which what is not
    given is explained in turn; None where it is blank."""
    given = {name for name, where in run.supplied if where == run.period_for(name, period)}
    explainer = Explainer(run, period, {})
    view, quantities = run.view(period), run.policy.quantities
    explainer.known |= dict.fromkeys(given, (view, None, None))         # an argument explains itself
    assert function.value is not None
    names = list(dict.fromkeys(run.names_in(function.value)))
    found: list[str | None] = []
    for row, cell in enumerate(as_cells(value, size)):
        if cell is None:
            found.append(None)
            continue
        parts = []
        for name in names:
            rule = quantities[name]
            said, inner = f"{rule.title} {text_of(run, name, view.value(name).at(row))}", list[str]()
            if name not in given:
                said += f"＝{explainer.sentence(name, row)}"
                inner = [f"{quantities[one].title}＝{sentence}（{cited(quantities[one].clause)}）"
                         for one in explainer.named(name, row)
                         if one not in given and (sentence := explainer.sentence(one, row)) != view.said(one, row)]
            parts.append(f"{said}（{cited(rule.clause)}）" + (f"，其中 {'，'.join(inner)}" if inner else ""))
        found.append(f"{function.title} {cell:.2f} 元：{'；'.join(parts)}")
    return found
