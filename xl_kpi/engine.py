"""Evaluates a policy's quantities over people and periods; knows no workbook and no policy.

``Run.compute(targets)`` expands the targets into nodes (quantity, period), puts them in order and evaluates them.
Local rules (a person's value from that person's values alone) are evaluated block by block, so that what they need
stays in the processor's cache; rules that look across people wait for all blocks.

``Run.lacks()`` walks back from what is needed but refused, through what each rule really used, to the inputs and
parameters that are missing: so only those are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from xl_kpi.facts import Facts
from xl_kpi.money import Exact, as_decimal
from xl_kpi.period import SIZES, Month, bounds, period_of
from xl_kpi.policy.names import ANY_PERIOD, CONSTANT_TITLES, CONSTANTS
from xl_kpi.policy.settings import Settings
from xl_kpi.rules.expression import Node, Ref, number_text
from xl_kpi.rules.periods import Period, sample
from xl_kpi.rules.values import OK, REFUSED, Value, joined

BLOCK = 49_152          # people in a block: measured; what a block needs stays in the processor's caches
NodeKey = tuple[str, Period]


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


@dataclass(frozen=True)
class ChangeLack:
    """The state of a roster column before its first change is not known."""

    column: str
    person: int
    row: int


Lack = InputLack | RowLack | ParameterLack | RuleRefused | ChangeLack


def month_of(period: Period) -> int:
    """The month whose parameter values count: of a longer period its first."""
    return bounds(period)[0] if period else 0


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
        self.used: set[tuple[str, Period]] = set()  # (table, period) of every input that was read
        self._refs: dict[str, list[str]] = {}
        self._whole: dict[Period, View] = {}
        self._rows: dict[str, RowView] = {}
        self._constants: dict[tuple[str, Period], Value] = {}

    def supply(self, name: str, period: Period, value: Value) -> None:
        """Give the value of a quantity or input instead of having it computed or read."""
        self.results[name, period] = value
        self.supplied.add((name, period))

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
                    self.found.setdefault(RuleRefused("", node[0], node[1], int(person)))
        for rows in self._rows.values():
            rows.find_lacks()
        return list(self.found)


class Surroundings:
    """What an expression is read in, over people or over rows: the settings, and what things are called."""

    def __init__(self, run: Run, period: Period, size: int):
        self.run, self.period, self.size, self.ids = run, period, size, run.facts.ids

    def keys(self, parameter: str) -> list[Any]:
        return self.run.settings.keys(parameter)

    def reading(self, name: str) -> str:
        return self.run.settings.readings[name]

    def reading_title(self, name: str) -> str:
        return self.run.policy.readings[name].title

    def title(self, name: str) -> str:
        return title_of(self.run, name)

    def text(self, name: str, value: Any) -> str:
        return text_of(self.run, name, value)


class View(Surroundings):
    """The surroundings of a rule: one period, a block of people (or all)."""

    def __init__(self, run: Run, period: Period, where: slice, local: dict[NodeKey, Value], quantity: str = ""):
        super().__init__(run, period, where.stop - where.start)
        self.where, self.local, self.quantity = where, local, quantity
        self.parameter_month = month_of(period)
        self.state: Value | None = None     # of what has a memory (``holding``)
        self._evaluated: dict[int, tuple[Node, Value]] = {}
        self._said: dict[str, list[str]] = {}
        self._periods: dict[str, Period] = {}

    def value(self, name: str) -> Value:
        period = self._periods.get(name)
        if period is None:
            period = self._periods[name] = self.run.period_for(name, self.period)
        return self.value_at(name, period)

    def value_at(self, name: str, period: Period) -> Value:
        key = (name, period)
        value = self.local.get(key)
        if value is not None:
            return value
        run = self.run
        value = run.results.get(key)
        if value is None and name in run.policy.quantities:         # nobody has planned it, or it was dropped
            run.compute([key])
            value = run.results[key]
        if value is not None:
            return value if self.size == run.facts.size else value.take(self.where)
        if name in CONSTANTS:
            return run.constant(name, period)
        run.used.add((run.facts.table_of[name], period))
        value = self.local[key] = run.facts.value(name, period, self.where)
        return value

    def at(self, period: Period) -> View:
        """The same people at another period, still with the parameter values of this one."""
        view = View(self.run, period, self.where, self.local, self.quantity)
        view.parameter_month = self.parameter_month
        return view

    def holding(self, period: Period, state: Value) -> View:
        """The same people at another period, with its parameters, and the state of each until then."""
        view = View(self.run, period, self.where, self.local, self.quantity)
        view.state = state
        return view

    def parameter(self, name: str, key: Value | None) -> Value:
        return self.run.settings.value(name, key, self.parameter_month)

    def rows(self, table: str) -> RowView:
        self.run.asks += 1          # what is missing will be found in the rows
        self.run.used.add((table, self.period))
        return self.run.rows(table)

    def roster_as_of(self, column: str, days: np.ndarray) -> Value:
        return self.run.facts.as_of(column, days)

    def need(self, name: str, mask: np.ndarray) -> None:
        self.need_at(name, self.run.period_for(name, self.period), mask)

    def need_at(self, name: str, period: Period, mask: np.ndarray) -> None:
        mask = np.broadcast_to(mask, (self.size,))
        mask = mask & (self.value_at(name, period).states(self.size) != OK)
        if not mask.any():
            return
        self.run.asks += 1
        key = (name, period)
        if name in self.run.policy.quantities:
            before = self.run.masks.get(key)
            self.run.masks[key] = mask.copy() if before is None else before | mask
        else:
            for person in np.flatnonzero(mask):
                self.run.found.setdefault(InputLack(name, period, int(person)))

    def need_as_of(self, column: str, days: np.ndarray, mask: np.ndarray) -> None:
        facts = self.run.facts
        value = facts.as_of(column, days)
        lacking = mask & (value.states(self.size) != OK)
        if not lacking.any():
            return
        self.run.asks += 1
        if column in facts.changes and len(facts.changes[column].person):
            row, before = facts.change_at(column, days)
            for person in np.flatnonzero(lacking & (row >= 0) & before):
                self.run.found.setdefault(
                    ChangeLack(column, int(person), int(facts.changes[column].row[row[person]])))
            # a change whose own new value is wrong has been refused on reading
            lacking = lacking & ((row < 0) | (facts.roster[column].states(self.size) == REFUSED))
        for person in np.flatnonzero(lacking):
            self.run.found.setdefault(InputLack(column, (), int(person)))

    def need_parameter(self, name: str, key: Value | None, mask: np.ndarray) -> None:
        self.run.asks += 1
        _need_parameter(self.run, name, key, mask, np.full(self.size, self.parameter_month))

    def refuse(self, name: str, mask: np.ndarray, text: str = "", do: str = "", at: Node | str = "") -> None:
        self.run.asks += 1
        where = at if isinstance(at, str) else _named(at)
        for person in np.flatnonzero(mask):
            self.run.found.setdefault(
                RuleRefused(name, self.quantity, self.period, int(person), text=text, do=do, at=where))

    def evaluated(self, node: Node) -> Value:
        """The value of a node, computed once for all people: explanations ask person by person."""
        found = self._evaluated.get(id(node))
        if found is None:
            found = self._evaluated[id(node)] = (node, node.evaluate(self))
        return found[1]

    def said(self, name: str, i: int) -> str:
        """Title and value of a quantity for one person."""
        texts = self._said.get(name)
        if texts is None:
            value, title = self.value(name), self.title(name)
            known: dict[Any, str] = {}
            texts = self._said[name] = []
            for k in range(self.size):
                one = value.at(k)
                if one not in known:
                    known[one] = f"{title} {self.text(name, one)}"
                texts.append(known[one])
        rule = self.run.policy.quantities.get(name)
        if rule is not None and self.value(name).at(i) and (
                rows := rule.records(self.elsewhere(self.run.period_for(name, self.period)), i)):
            return f"{texts[i]}（{rows}）"
        return texts[i]

    def elsewhere(self, period: Period) -> View:
        """All people at another period, to explain what is computed."""
        return self.run.whole(period)

    def facts(self, name: str, i: int) -> list[str]:
        """What a yes rests on, each fact once; nothing where it is no yes of a rule's."""
        rule, period = self.run.policy.quantities.get(name), self.run.period_for(name, self.period)
        if rule is None or rule.type != "bool" or (name, period) in self.run.supplied or not self.value(name).at(i):
            return []
        view = self if period == self.period else self.elsewhere(period)
        return list(dict.fromkeys(rule.facts(view, i)))

    def because(self, name: str, i: int) -> str:
        """A yes or no with what decided it, down to the records; anything else as it is said."""
        rule, said = self.run.policy.quantities.get(name), self.said(name, i)
        period = self.run.period_for(name, self.period)
        if rule is None or rule.type != "bool" or (name, period) in self.run.supplied:
            return said
        view, value = self if period == self.period else self.elsewhere(period), self.value(name).at(i)
        if value is None:
            return said
        reason = rule.because(view, i) if value else rule.why_not(view, i)
        if reason in ("", "是", "否"):
            return said
        if reason.startswith((f"{rule.title}（", f"{rule.title} ")):
            return reason
        return f"{rule.title}（{reason}）" if value else f"{said}（{reason}）"


class RowView(Surroundings):
    """The surroundings of an expression over the rows of one table: what has been computed of them, and what of it was
    needed."""

    def __init__(self, run: Run, table: str):
        self.table, self.data = table, run.facts.tables[table]
        super().__init__(run, (), self.data.size)
        self.results: dict[str, Value] = {}
        self.masks: dict[str, np.ndarray] = {}

    def people(self, period: Period) -> tuple[np.ndarray, np.ndarray]:
        """(person of each row, 0 for nobody; whether the row is of the period and of somebody)."""
        first, last = bounds(period) if period else (0, 0)
        months, person = self.data.month, self.data.person
        return np.where(person < 0, 0, person), (months >= first) & (months <= last) & (person >= 0)

    def within(self, months: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """The same for several months."""
        person = self.data.person
        return np.where(person < 0, 0, person), np.isin(self.data.month, months) & (person >= 0)

    def value(self, name: str) -> Value:
        if name in self.data.columns:
            return self.data.columns[name]
        value = self.results.get(name)
        if value is None:
            value = self.results[name] = self.run.policy.quantities[name].evaluate(self)    # type: ignore[arg-type]
        return value

    def parameter(self, name: str, key: Value | None) -> Value:
        """By the month of each row."""
        months = np.unique(self.data.month)
        if len(months) <= 1:
            return self.run.settings.value(name, key, int(months[0]) if len(months) else 0)
        num, state = np.zeros(self.size, np.int64), np.zeros(self.size, np.uint8)
        scale = 10**6                   # parameters have at most four decimals
        for month in months:
            here = self.data.month == month
            value = self.run.settings.value(name, key, int(month))
            state[here] = value.states(self.size)[here]
            exact = value.data.scaled(6)
            num[here] = exact[here] if isinstance(exact, np.ndarray) else exact
        return Value("number", Exact(num, scale), state if state.any() else None)

    def need(self, name: str, mask: np.ndarray) -> None:
        mask = np.broadcast_to(mask, (self.size,)) & (self.value(name).states(self.size) != OK)
        if mask.any():
            before = self.masks.get(name)
            self.masks[name] = mask if before is None else before | mask

    def find_lacks(self) -> None:
        """Find out what is missing for everything that was needed of the rows."""
        while self.masks:
            name = next(iter(self.masks))
            mask = self.masks.pop(name)
            rule = self.run.policy.quantities.get(name)
            if rule is not None:
                rule.demand(self, mask & (self.value(name).states(self.size) != OK))    # type: ignore[arg-type]
                continue
            for row in np.flatnonzero(mask):
                self.run.found.setdefault(RowLack(self.table, name, int(row)))

    def need_parameter(self, name: str, key: Value | None, mask: np.ndarray) -> None:
        _need_parameter(self.run, name, key, mask, self.data.month)

    def refuse(self, name: str, mask: np.ndarray, text: str = "", do: str = "", at: Node | str = "") -> None:
        where = at if isinstance(at, str) else _named(at)
        for row in np.flatnonzero(mask):
            self.run.found.setdefault(RuleRefused(name, self.table, ("month", int(self.data.month[row])),
                                              int(self.data.person[row]), int(row), text, do, where))

    def evaluated(self, node: Node) -> Value:
        return node.evaluate(self)

    def said(self, name: str, i: int) -> str:
        return f"{self.title(name)} {self.text(name, self.value(name).at(i))}"

    def because(self, name: str, i: int) -> str:
        return self.said(name, i)

    def facts(self, name: str, i: int) -> list[str]:
        return []

    @property
    def dated(self) -> bool:
        """Do its rows have a day: what is told of them begins with it."""
        return any(c.type == "date" and not c.ignored for c in self.run.policy.tables[self.table].columns)

    def told(self, row: int, amount: Node | None) -> str:
        """A row as HR would tell it: its date, what it is, and the amount that counts."""
        table = self.run.policy.tables[self.table]
        shown = [c for c in table.columns if not c.ignored and c.type in ("date", "text", "choice")]
        labels = [c for c in shown if c.type == "text"] or [c for c in shown if c.type == "choice"][:1]
        parts = [self.text(c.name, one) for c in [*(c for c in shown if c.type == "date"), *labels]
                 if (one := self.value(c.name).at(row)) is not None]
        if amount is not None:
            value = self.evaluated(amount).at(row)
            parts.append(self.text(amount.name, value) if isinstance(amount, Ref) else number_text(value))
        return " ".join(parts)


def _need_parameter(run: Run, name: str, key: Value | None, mask: np.ndarray, months: np.ndarray) -> None:
    mask = np.broadcast_to(mask, months.shape)
    index = run.settings.index(name, key)
    keys: list[Any] = list(run.settings.keys(name)) or [None]
    for month in np.unique(months[mask]):
        here = mask & (months == month)
        wanted = {0} if index is None else (
            set(np.unique(index[here]).tolist()) if isinstance(index, np.ndarray) else {index})
        for position in sorted(wanted):
            if position >= 0 and run.settings.at(name, keys[position], int(month)) is None:
                run.found.setdefault(ParameterLack(name, keys[position], int(month)))


def _named(node: Node) -> str:
    """The first quantity or input that an expression names, '' when it names none."""
    if isinstance(node, Ref):
        return node.name
    return next((found for child in node.children() if (found := _named(child))), "")


def title_of(run: Run, name: str) -> str:
    """What HR calls a quantity, an input column or a parameter."""
    policy = run.policy
    if name in policy.quantities:
        return policy.quantities[name].title
    if name in policy.parameters:
        return policy.parameters[name].title
    if name in policy.columns:
        return policy.columns[name][1].heading
    if name in policy.tables:
        return policy.tables[name].sheet
    return CONSTANT_TITLES.get(name, name)


def text_of(run: Run, name: str, value: Any) -> str:
    """A value as HR writes it: money and scores with two to four decimals, dates, 是 / 否."""
    if value is None:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return value
    policy = run.policy
    unit = ""
    if name in policy.quantities:
        unit = policy.quantities[name].unit
    elif name in policy.parameters:
        unit = policy.parameters[name].unit
    elif name in policy.columns:
        unit = {"money": "元", "score": "分", "percent": "%", "date": "日期"}.get(policy.columns[name][1].type, "")
    if unit == "日期" or (name in CONSTANTS and name != "month_days"):
        return dt.date.fromordinal(int(value)).isoformat()
    if unit in ("元", "元/月"):
        return str(as_decimal(value, 2))
    if unit == "分":
        return decimals_text(value)
    return number_text(value) + ("%" if unit == "%" else "")


def decimals_text(value: Any) -> str:
    """At least two and at most four decimals."""
    text = str(as_decimal(value, 4))
    return text[:-2] if text.endswith("00") else text[:-1] if text.endswith("0") else text
