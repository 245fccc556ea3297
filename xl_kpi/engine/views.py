"""What a rule is evaluated in: people (or a block of them) at a period, or the rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from xl_kpi.engine.lacks import ChangeLack, InputLack, ParameterLack, RowLack, RuleRefused
from xl_kpi.engine.said import text_of, title_of
from xl_kpi.money import Exact
from xl_kpi.period import Month, bounds
from xl_kpi.policy.names import CONSTANTS, key_grain
from xl_kpi.rules.expression import Node, Ref, number_text
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import OK, REFUSED, Value, nothing

if TYPE_CHECKING:
    from xl_kpi.calendar_cn import Calendar
    from xl_kpi.engine.run import Run

NodeKey = tuple[str, Period]


def month_of(period: Period) -> int:
    """The month whose parameter values count: of a longer period its first."""
    return bounds(period)[0] if period else 0


class Surroundings:
    """What an expression is read in, over people or over rows: the settings, and what things are called."""

    def __init__(self, run: Run, period: Period, size: int):
        self.run, self.period, self.size, self.ids = run, period, size, run.facts.ids

    @property
    def calendar(self) -> Calendar:
        self.run.counted = True
        return self.run.settings.calendar

    def keys(self, parameter: str) -> list[Any]:
        return self.run.settings.keys(parameter)

    def listed(self, parameter: str) -> bool:
        return self.run.policy.parameters[parameter].listed

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
        return self.run.parameter(name, key, self.parameter_month, self.where)

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
        _need_parameter(self, name, key, mask, np.full(self.size, self.parameter_month))

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
        person = self.data.person
        return np.where(person < 0, 0, person), self.data.periods.within(first, last) & (person >= 0)

    def within(self, months: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """The same for several months."""
        person = self.data.person
        inside = np.isin(self.data.periods.first, months) & np.isin(self.data.periods.last, months)
        return np.where(person < 0, 0, person), inside & (person >= 0)

    def value(self, name: str) -> Value:
        if name in self.data.columns:
            return self.data.columns[name]
        value = self.results.get(name)
        if value is None and name in self.run.facts.roster:
            value = self.results[name] = self._of_roster(name)
        elif value is None:
            value = self.results[name] = self.run.policy.quantities[name].evaluate(self)    # type: ignore[arg-type]
        return value

    def _of_roster(self, name: str) -> Value:
        """A column of the roster as it stood for the person of each row on its day, or at the end of its period."""
        if not self.run.facts.size:                     # nobody: what a row says of a person cannot be looked up
            return nothing(self.run.facts.roster[name].type, REFUSED)
        person = self.data.person
        value = self.run.facts.as_of(name, self.days if self.by_day else _last_days(self.data.periods.last),
                                     np.maximum(person, 0))
        if (person < 0).any():
            state = np.where(person < 0, np.uint8(REFUSED), value.states(self.size))
            value = Value(value.type, value.data, state, value.choices)
        return value

    def parameter(self, name: str, key: Value | None) -> Value:
        """By the month of each row, of a longer period by its first."""
        months = np.unique(self.data.periods.first)
        if len(months) <= 1:
            return self.run.settings.value(name, key, int(months[0]) if len(months) else 0)
        num, state = np.zeros(self.size, np.int64), np.zeros(self.size, np.uint8)
        scale = 10**6                   # parameters have at most four decimals
        for month in months:
            here = self.data.periods.first == month
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
                self.run.found.setdefault(InputLack(name, (), int(self.data.person[row]))
                                          if name in self.run.facts.roster and name not in self.data.columns
                                          else RowLack(self.table, name, int(row)))

    def need_parameter(self, name: str, key: Value | None, mask: np.ndarray) -> None:
        _need_parameter(self, name, key, mask, self.data.periods.first)

    def refuse(self, name: str, mask: np.ndarray, text: str = "", do: str = "", at: Node | str = "") -> None:
        where = at if isinstance(at, str) else _named(at)
        for row in np.flatnonzero(mask):
            self.run.found.setdefault(RuleRefused(name, self.table, self.data.periods.of(int(row)) or (),
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
    def by_day(self) -> bool:
        """Is each row of a day?"""
        table = self.run.policy.tables[self.table]
        return table.grain == "events" and key_grain(table) is None

    @property
    def days(self) -> np.ndarray:
        """The day of each row as an ordinal; of rows without days their period's first month."""
        columns = self.run.policy.tables[self.table].columns
        day = next((c.name for c in columns if c.type == "date" and not c.ignored), "")
        found: np.ndarray = self.data.columns[day].array(self.size) if self.by_day else self.data.periods.first
        return found

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
            parts.append(self.text(amount.name if isinstance(amount, Ref) else "", value)
                         if isinstance(amount, Ref) or isinstance(value, bool) else number_text(value))
        return " ".join(parts)


def _need_parameter(view: View | RowView, name: str, key: Value | None, mask: np.ndarray, months: np.ndarray) -> None:
    """Say which values are missing, and of whom the key is none of the parameter's."""
    run = view.run
    mask = np.broadcast_to(mask, months.shape)
    index = run.settings.index(name, key)
    parameter, listed = run.policy.parameters[name], list(run.settings.keys(name))
    keys: list[Any] = listed or [None]
    for month in np.unique(months[mask]):
        here = mask & (months == month)
        wanted = {0} if index is None else (
            set(np.unique(index[here]).tolist()) if isinstance(index, np.ndarray) else {index})
        for position in sorted(wanted):
            if position >= 0 and run.settings.at(name, keys[position], int(month)) is None:
                run.found.setdefault(ParameterLack(name, keys[position], int(month)))
    if key is None or index is None:
        return
    without: dict[Any, list[int]] = {}
    for i in np.flatnonzero(mask & (np.asarray(index) < 0)).tolist():
        without.setdefault(key.at(i), []).append(i)
    for one, at in without.items():
        shown = one if isinstance(one, str) else number_text(one)
        known = f"有 {'、'.join(map(str, listed))}" if listed else "一项也没有列"
        view.refuse("", np.isin(np.arange(mask.size), at), f"参数「{parameter.title}」没有 {shown} 这一项，{known}",
                    f"核对这个人的数据，或者{'在参数里加上这一项' if parameter.listed else '制度里该怎么算'}")


def _last_days(months: np.ndarray) -> np.ndarray:
    """The last days of some months (their indexes, -1: none) as ordinals."""
    distinct, place = np.unique(months, return_inverse=True)
    days = [Month(int(one)).last_day.toordinal() if one >= 0 else 0 for one in distinct]
    return np.array(days or [0], np.int64)[place] if len(months) else np.zeros(0, np.int64)


def _named(node: Node) -> str:
    """The first quantity or input that an expression names, '' when it names none."""
    if isinstance(node, Ref):
        return node.name
    return next((found for child in node.children() if (found := _named(child))), "")
