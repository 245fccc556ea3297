"""Functions that make one score of several by the weights of a parameter, whose keys say what the columns are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi.engine import Run
from xl_kpi.engine.views import month_of
from xl_kpi.facts import Facts
from xl_kpi.functions import Refused
from xl_kpi.functions.answers import Answers, as_cells
from xl_kpi.functions.arguments import Reader, blank_rows, cells_of
from xl_kpi.functions.context import Context
from xl_kpi.money import Exact
from xl_kpi.policy.compiled import Function, Policy
from xl_kpi.rules.decision import decided
from xl_kpi.rules.values import OK, Value


class WeighedFunction:
    """A function of a policy that weighs, ready to be called."""

    def __init__(self, policy: Policy, function: Function):
        assert function.weighing is not None
        self.policy, self.function, self.weighing = policy, function, function.weighing
        ((self.name, self.argument),) = function.arguments.items()
        self.reader = Reader(self.name, self.argument, (), worked_out=True)      # an average of several

    def answers(self, given: dict[str, Any], context: Context) -> Answers:
        """``given``: the scores, a column for each key of the parameter, in its order."""
        title, parameter = self.argument.title, self.weighing.weights
        keys = context.settings.keys(parameter)
        if not keys:
            about = self.policy.parameters[parameter]
            raise Refused(f"参数「{about.title}」一项也没有；先在「参数」里列出，函数的 params 指向它")
        cells = cells_of(title, given.get(self.name), True)
        if len(cells.rows[0]) != len(keys):
            raise Refused(f"「{title}」有 {len(cells.rows[0])} 列，要 {len(keys)} 列：{'、'.join(map(str, keys))}")
        period = context.period(self.function.period)
        weights = self._weights(context, month_of(period))
        omits = decided(self.weighing.few, Run(context.settings, Facts([""], [""], {}, {}, {}, {})).whole(period)
                        ) == "omit"
        readers = [self.reader.of(str(key)) for key in keys]
        read = [reader.cells([row[k] for row in cells.rows]) for k, reader in enumerate(readers)]
        size = len(cells.rows)
        blank = blank_rows([cells], size)
        there = np.column_stack([one.value.states(size) == OK for one in read])
        counts = np.array([weight != 0 for weight in weights])
        why: dict[int, str] = {}
        for row in np.flatnonzero(~blank).tolist():
            wrong = [one.wrong[row] for one, counted in zip(read, counts, strict=True) if counted and row in one.wrong]
            lacks = [reader.said("是空的", "填上") for k, reader in enumerate(readers)
                     if counts[k] and not there[row, k] and row not in read[k].wrong]
            if wrong or (lacks and not omits) or not (there[row] & counts).any():
                why[row] = "。".join([*wrong, *lacks]) or "没有计分的得分；填上"
        values: list[Any] = [None] * size
        good = [row for row in range(size) if not blank[row] and row not in why]
        for pattern, rows in _alike(there & counts, good).items():
            told = sum((weight for weight, one in zip(weights, pattern, strict=True) if one), Fraction(0))
            whole = sum(weights, Fraction(0)) / 100 if self.weighing.whole == "percent" else Fraction(1)
            total = Exact(0)
            for k in np.flatnonzero(pattern).tolist():
                total = total.plus(read[k].value.take(np.array(rows)).data.times(Exact.of(weights[k] / told * whole)))
            for row, value in zip(rows, as_cells(Value("number", total), len(rows)), strict=True):
                values[row] = value
        return Answers(values, [row in why for row in range(size)], lambda row: why[row], cells.height is None)

    def _weights(self, context: Context, month: int) -> list[Fraction]:
        """Of each key.  Raises Refused for those that have none."""
        parameter, settings = self.weighing.weights, context.settings
        keys = settings.keys(parameter)
        found = {key: settings.at(parameter, key, month) for key in keys}
        if lacking := [key for key, value in found.items() if value is None]:
            raise Refused(context.lack(parameter, [*lacking], month))
        if not any(found.values()):
            raise Refused(f"参数「{self.policy.parameters[parameter].title}」都是 0；核对参数")
        return [value for value in found.values() if value is not None]


def _alike(some: np.ndarray, rows: list[int]) -> dict[tuple[bool, ...], list[int]]:
    """The rows that have the same columns."""
    found: dict[tuple[bool, ...], list[int]] = {}
    for row in rows:
        found.setdefault(tuple(some[row].tolist()), []).append(row)
    return found
