"""Evaluates a policy's quantities over people and periods; knows no workbook and no policy.

``Run.compute(targets)`` expands the targets into nodes (quantity, period), puts them in order and evaluates them.
Local rules (a person's value from that person's values alone) are evaluated block by block, so that what they need
stays in the processor's cache; rules that look across people wait for all blocks.

``Run.lacks()`` walks back from what is needed but refused, through what each rule really used, to the inputs and
parameters that are missing: so only those are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from xl_kpi.engine.lacks import InputLack, Lack, RuleRefused
from xl_kpi.engine.views import NodeKey, RowView, View
from xl_kpi.facts import Facts
from xl_kpi.money import Exact
from xl_kpi.period import SIZES, Month, period_of
from xl_kpi.policy.model import Key
from xl_kpi.policy.names import ANY_PERIOD, CONSTANTS
from xl_kpi.policy.settings import Settings
from xl_kpi.rules.expression import Node, Ref
from xl_kpi.rules.periods import Period, sample
from xl_kpi.rules.values import BLANK, OK, Value, joined

BLOCK = 49_152          # people in a block: measured; what a block needs stays in the processor's caches


class Run:
    """One evaluation: settings, facts, and what has been computed so far."""

    def __init__(self, settings: Settings, facts: Facts):
        self.settings, self.facts, self.policy = settings, facts, settings.policy
        self.results: dict[NodeKey, Value] = {}
        self.supplied: set[NodeKey] = set()         # results that were given, not computed
        self.order: dict[NodeKey, int] = {}         # everything planned, operands before what uses them
        self.masks: dict[NodeKey, np.ndarray] = {}
        self.found: dict[Lack, None] = {}          # in order, each once
        self.asks = 0                               # how often something was found to be missing
        self.counted = False                        # whether the calendar was asked for workdays
        self.used: set[tuple[str, Period]] = set()  # (table, period) of every input that was read
        self.stated: dict[tuple[str, int], Value] = {}  # parameter and place of its key → what is given instead
        self._refs: dict[str, list[str]] = {}
        self._whole: dict[Period, View] = {}
        self._rows: dict[str, RowView] = {}
        self._constants: dict[tuple[str, Period], Value] = {}

    def supply(self, name: str, period: Period, value: Value) -> None:
        """Give the value of a quantity or input instead of having it computed or read."""
        self.results[name, period] = value
        self.supplied.add((name, period))

    def state(self, name: str, key: Key | None, value: Value) -> None:
        """Give the value of a parameter; where it is blank, the one of the settings counts."""
        self.stated[name, self.settings.keys(name).index(key) if key is not None else 0] = value

    def parameter(self, name: str, key: Value | None, month: int, where: slice) -> Value:
        """A parameter for some of the people."""
        value = self.settings.value(name, key, month)
        given = self.stated.get((name, self.settings.index(name, key) or 0)) if self.stated and (
            key is None or not isinstance(self.settings.index(name, key), np.ndarray)) else None
        if given is None:
            return value
        size = where.stop - where.start
        given = given if size == self.facts.size else given.take(where)
        states = given.states(size)
        return Value("number", Exact.choose(states == OK, given.data, value.data),
                     np.where(states == BLANK, value.states(size), states))

    # -- planning -----------------------------------------------------------------------------------------------

    def names_in(self, root: Node) -> list[str]:
        return [node.name for node in root.chosen(self.settings.readings) if isinstance(node, Ref)]

    def _names(self, name: str) -> list[str]:
        """What a quantity names at its own period, under the chosen readings."""
        found = self._refs.get(name)
        if found is None:
            rule = self.policy.quantities[name]
            found = [n for root in rule.here() for n in self.names_in(root)]
            elsewhere = {target for target, _ in rule.periods(sample(rule.period))}
            found += [target for _, target in rule.references() if target not in elsewhere]
            self._refs[name] = found
        return found

    def period_for(self, name: str, period: Period) -> Period:
        """The period at which ``name`` is read from a quantity at ``period``."""
        if name in self.policy.quantities:
            grain: str = self.policy.quantities[name].period
        elif name in self.facts.grain_of:
            grain = self.facts.grain_of[name]
        else:
            return period
        if not grain or not period:
            return ()
        own, size = SIZES.get(period[0], 0), SIZES.get(grain, 0)
        return (grain, period[1] * own // size) if 0 < own < size else period

    def plan(self, targets: Iterable[NodeKey]) -> list[NodeKey]:
        """Every node that the targets need and that is not computed yet, operands first."""
        order: list[NodeKey] = []
        seen: set[NodeKey] = set(self.results)
        stack: list[tuple[NodeKey, bool]] = [(target, False) for target in reversed(list(targets))]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
                self.order.setdefault(node, len(self.order))
                continue
            if node in seen or node[0] not in self.policy.quantities:
                continue
            seen.add(node)
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(self.operands(node)))
        return order

    def operands(self, node: NodeKey) -> list[NodeKey]:
        """The quantities that a quantity is computed from."""
        return [o for o in self.names_behind(node) if o[0] in self.policy.quantities]

    def names_behind(self, node: NodeKey) -> list[NodeKey]:
        """Whatever a quantity is computed from under the chosen readings, inputs and constants too."""
        name, period = node
        rule = self.policy.quantities[name]
        same = [(n, self.period_for(n, period)) for n in self._names(name)]
        other = [(n, self.period_for(n, where)) for root, where in rule.elsewhere(period) for n in self.names_in(root)]
        return [*same, *other, *rule.periods(period)]

    # -- evaluating ---------------------------------------------------------------------------------------------

    def compute(self, targets: Iterable[NodeKey]) -> None:
        """Evaluate the targets.

        Everything is kept while people are one block, which costs nothing.  Of several blocks only the targets are put
        together, and what is read across people: the rest stays in the processor's caches while its block is worked
        on, and is evaluated again should anybody ask.
        """
        targets = list(targets)
        several = self.facts.size > BLOCK
        order = self.plan(targets)
        level: dict[NodeKey, int] = {}
        local = {node: self.policy.quantities[node[0]].local for node in order}
        stages: dict[int, tuple[list[NodeKey], list[NodeKey]]] = {}
        last_use: dict[NodeKey, int] = {}
        for node in order:
            operands = [o for o in self.operands(node) if o in level]
            if local[node]:
                level[node] = max((level[o] + (not local[o]) for o in operands), default=0)
            else:
                level[node] = max((level[o] for o in operands), default=0)
            stages.setdefault(level[node], ([], []))[0 if local[node] else 1].append(node)
            for operand in operands:
                beyond = not local[node] or level[operand] != level[node]
                last_use[operand] = max(last_use.get(operand, -1), level[node] if beyond else -1)
        wanted = set(targets)
        for stage in sorted(stages):
            blockwise, across = stages[stage]
            self._blocks(blockwise, lambda node: not several or node in wanted or last_use.get(node, -1) >= 0)
            whole = slice(0, self.facts.size)
            for node in across:
                self.results[node] = self.policy.quantities[node[0]].evaluate(View(self, node[1], whole, {}))
            if several:
                for node in [n for n in self.results if n in level and n not in wanted
                             and last_use.get(n, -1) <= stage]:
                    del self.results[node]

    def _blocks(self, nodes: list[NodeKey], stays: Any) -> None:
        size = self.facts.size
        kept: dict[NodeKey, list[Value]] = {node: [] for node in nodes if stays(node)}
        sizes: list[int] = []
        for start in range(0, max(size, 1), BLOCK):
            where = slice(start, min(start + BLOCK, size))
            sizes.append(where.stop - where.start)
            local: dict[NodeKey, Value] = {}
            views = {period: View(self, period, where, local) for period in {node[1] for node in nodes}}
            for node in nodes:
                value = self.policy.quantities[node[0]].evaluate(views[node[1]])
                local[node] = value
                if node in kept:
                    kept[node].append(value)
        for node, parts in kept.items():
            self.results[node] = joined(parts, sizes)

    def view(self, period: Period) -> View:
        """All people at a period, with everything computed so far."""
        return View(self, period, slice(0, self.facts.size), {})

    def whole(self, period: Period) -> View:
        """The one such view for what is evaluated when it is asked for."""
        found = self._whole.get(period)
        if found is None:
            found = self._whole[period] = self.view(period)
        return found

    def rows(self, table: str) -> RowView:
        """The rows of a table, with everything computed of them so far."""
        found = self._rows.get(table)
        if found is None:
            found = self._rows[table] = RowView(self, table)
        return found

    def evaluate(self, root: Node, period: Period) -> Value:
        """An expression outside of the quantities (an output, a check, a mark)."""
        self.compute((name, self.period_for(name, period)) for name in self.names_in(root))
        return root.evaluate(self.view(period))

    @property
    def dated(self) -> bool:
        """Whether a day of a period was looked at."""
        return bool(self._constants)

    def constant(self, name: str, period: Period) -> Value:
        """A constant of a period: the dates as ordinals."""
        value = self._constants.get((name, period))
        if value is None:
            here = period_of(period or ("month", 0))
            grain, _ = CONSTANTS[name]
            here = here if grain == ANY_PERIOD else here.within(grain)
            if name == "month_days":
                value = Value("number", Exact(Month(here.index).days))
            else:
                here = here - 1 if name.startswith("last_quarter") else here
                day = here.last_day if name.endswith("_end") or name == "last_day" else here.first_day
                value = Value("date", Exact(day.toordinal()))
            self._constants[name, period] = value
        return value

    # -- what is missing ----------------------------------------------------------------------------------------

    def need(self, root: Node, period: Period, used: np.ndarray) -> None:
        """Say that an expression is needed for the people ``used``; ``lacks`` finds out what for."""
        root.demand(self.view(period), used)

    def lacks(self) -> list[Lack]:
        """What is missing for everything that was needed, each once."""
        # Operands stand before what uses them: the last one needed is done first.
        while self.masks:
            node = max(self.masks, key=lambda n: self.order.get(n, -1))
            mask = self.masks.pop(node)
            value = self.results[node]
            view = View(self, node[1], slice(0, self.facts.size), {}, node[0])
            mask = mask & (value.states(self.facts.size) != OK)
            if node in self.supplied:
                for person in np.flatnonzero(mask):
                    self.found.setdefault(InputLack(node[0], node[1], int(person)))
                continue
            rule = self.policy.quantities[node[0]]
            asks = self.asks
            rule.demand(view, mask)
            if self.asks == asks:                              # a blank that no input stands behind
                for person in np.flatnonzero(mask):
                    blank = value.states(self.facts.size)[person] == BLANK
                    self.found.setdefault(RuleRefused(
                        "", node[0], node[1], int(person), text="按制度不适用，是空白，却要用它" if blank else "",
                        do="核对这个人的数据；这一栏可以空着的，制度里在这一列的后面写 ?" if blank else "",
                        blank=bool(blank)))
        for rows in self._rows.values():
            rows.find_lacks()
        return list(self.found)
