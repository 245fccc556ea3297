"""The columns of a form as a policy's page gives them: what people enter, what is worked out from it, and how.

What is worked out stands there twice: as a native formula (``native``), and as a call of a function for cells where
the policy has one for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from xl_kpi.forms.native import Native, assumed, needed
from xl_kpi.policy.compiled import Argument, Function, Output, OutputColumn, Policy, Table, form_by_hand
from xl_kpi.policy.names import KEY_TYPES
from xl_kpi.rules.expression import Blank, Const, Default, ExpressionError, If, Node, Present, Ref
from xl_kpi.rules.form import BETWEEN

ID, NAME = "id", "name"


@dataclass(frozen=True)
class Call:
    """A function for cells and what its arguments are: names of columns, of what is one for the whole form, labels.
    ``whole``: it takes the form's table and answers for all rows at once.  ``dated``: the form's period is one of its
    own; else it is called without one, and refuses where parameters change."""

    function: str
    arguments: tuple[tuple[str, Node | None], ...]
    whole: bool = False
    dated: bool = True


@dataclass
class FormColumn:
    """A column of a form.  ``name``: what it is for the formulas of others; ``kind``: the type of its values;
    ``formula``: what works it out (None: people enter it); ``optional``: what is worked out from it needs nothing in
    it; ``note``: how it is filled in; ``helper``: it stands there for another."""

    name: str
    heading: str
    kind: str
    formula: Node | None = None
    call: Call | None = None
    optional: bool = False
    note: str = ""
    helper: bool = False


@dataclass
class Layout:
    """A form: its columns, what is entered once for all (``scalars``: name → title), the readings and parameters that
    its formulas are made with."""

    table: Table
    grain: str
    columns: list[FormColumn]
    scalars: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    parameters: list[tuple[str, Any]] = field(default_factory=list)


def review_form(policy: Policy, output: Output, table: str, when: Node, readings: Mapping[str, str]) -> Layout:
    """A form that an output fills (附表1): what the output's columns come from, the columns themselves, and what people
    decide."""
    made = _Made(policy, output.period, readings, {**assumed(output.people), **assumed(when)})
    form = policy.tables[table]
    wanted = {column.heading for column in form.columns}
    for column in output.columns:
        if column.value is not None and column.heading in wanted and made.applies(column):
            made.add(column)
    made.columns += [FormColumn(column.name, column.heading, column.type, note=column.fill) for column in form.columns
                     if column.heading in form_by_hand(output, form)]
    note = next((c.heading for c in output.columns if c.fill == "note" and c.heading in wanted), "")
    if note:
        made.columns.append(FormColumn(note, note, "text"))
    return made.layout(form)


def table_form(policy: Policy, table: str, grain: str, readings: Mapping[str, str]) -> Layout:
    """An input table as a form (附表2): its own columns, its sum worked out from the others."""
    form = policy.tables[table]
    made = _Made(policy, grain, readings, assumed(form.people))
    totals = set(policy.plausible.totals)
    for column in form.columns:
        if column.type in KEY_TYPES or column.ignored or (form.grain == "period" and column.period != grain):
            continue
        made.cells.add(column.name)
        one = FormColumn(column.name, column.heading, column.type, note=column.fill)
        if column.name in totals:
            made.sum_of(one, {c.name for c in form.columns} - {column.name})
        made.columns.append(one)
    return made.layout(form)


class _Made:
    """The columns of a form on their way."""

    def __init__(self, policy: Policy, grain: str, readings: Mapping[str, str], given: Mapping[str, Node]):
        self.policy, self.grain, self.readings, self.given = policy, grain, readings, given
        self.columns: list[FormColumn] = []
        self.cells: set[str] = set()
        self.scalars: dict[str, str] = {}
        self.used_readings: set[str] = set()
        self.parameters: dict[tuple[str, Any], None] = {}
        self.aliases: dict[str, str] = {}           # a quantity that is what a column shows → the column

    def native(self) -> Native:
        """What stands behind a further column."""
        known = {alias: Ref(column) for alias, column in self.aliases.items()}
        return Native(self.policy, self.grain, self.readings, {**self.given, **known}, set(self.cells))

    def applies(self, column: OutputColumn) -> bool:
        if column.when is None:
            return True
        shown = self.native().of(column.when)
        return not (isinstance(shown, Const) and shown.value is False)

    def add(self, column: OutputColumn) -> None:
        """A column of an output, behind what it comes from."""
        assert column.value is not None
        path = self._path(column.value)
        self._put(path, column.heading, column.type)

    def _put(self, path: list[str], heading: str, kind: str, *, helper: bool = False) -> None:
        name, last = path[0], path[-1]
        made = self.native()
        node = made.of(Ref(name))
        if ranked := [one for one in dict.fromkeys(made.helpers) if one not in self.aliases]:
            for one in ranked:                      # what is ranked by stands in a column of its own
                self._put(self._path(Ref(one)), self.policy.quantities[one].title, "int", helper=True)
            made = self.native()
            node = made.of(Ref(name))
        if isinstance(node, Const):
            return
        self.used_readings |= made.used_readings
        self.parameters |= made.used_parameters
        names = needed(node)
        if list(names) == [last] and isinstance(node, Ref | If):        # the thing itself, entered
            self.columns.append(FormColumn(last, heading, kind, optional=names[last]))
        else:
            self._enter(node)
            self.columns.append(FormColumn(last, heading, kind, node, self._call(path, node), helper=helper))
        self.cells.add(last)
        self.aliases |= {alias: last for alias in path if alias != last}

    def _enter(self, node: Node) -> None:
        """The columns for what is entered for an expression."""
        for name, optional in needed(node).items():
            if name in self.cells or name in (ID, NAME):
                continue
            self.cells.add(name)
            if name.startswith(BETWEEN):
                quantity = self.policy.quantities[name.removeprefix(BETWEEN)]
                self.scalars[name] = quantity.title
                continue
            self.columns.append(self._entered(name, optional))

    def _entered(self, name: str, optional: bool) -> FormColumn:
        """A column that people fill in: an input of the policy, what is counted over months, one of several months."""
        base, _, which = name.partition(BETWEEN)
        if base in self.policy.columns:
            column = self.policy.columns[base][1]
            title, kind, optional = column.heading, str(column.type), optional or column.blank is not None
        else:
            quantity = self.policy.quantities[base]
            title, optional = quantity.title, optional or quantity.counts
            kind = "count" if quantity.counts else _KINDS.get(quantity.type, "score")
        if which:
            return FormColumn(name, f"第{'一二三四五六七八九十'[int(which)]}月{title.removeprefix('月度')}", "score",
                              optional=optional)
        return FormColumn(name, title, kind, optional=optional)

    def sum_of(self, column: FormColumn, others: set[str]) -> None:
        """What a sum is worked out from: the rule that takes it where the others are not filled in."""
        for rule in self.policy.quantities.values():
            if rule.period != self.grain or rule.expression is None or rule.rows:
                continue
            try:
                made = Native(self.policy, self.grain, self.readings,
                              {**self.given, column.name: Blank()}, self.cells | others)
                node = made.of(rule.expression)
            except ExpressionError:
                continue
            names = needed(node)
            if column.name in _names(rule.expression) and names and set(names) <= others:
                column.formula = node
                return

    def _path(self, node: Node) -> list[str]:
        """The names that one value goes by: 评星分值 → 综合分值 → 季度综合分值."""
        path: list[str] = []
        while True:
            if isinstance(node, If):
                test = self.native().of(node.test)
                if isinstance(test, Const):
                    node = node.yes if test.value else node.no
                    continue
                if isinstance(node.test, Present) and node.test.part == node.yes:
                    node = node.yes
                    continue
            elif isinstance(node, Default):
                node = node.part
                continue
            elif isinstance(node, Ref):
                path.append(node.name)
                rule = self.policy.quantities.get(node.name)
                if rule is not None and rule.expression is not None and rule.period == self.grain and not rule.rows:
                    node = rule.expression
                    continue
            return path

    # -- functions --------------------------------------------------------------------------------------------------

    def _call(self, path: list[str], node: Node) -> Call | None:
        """The function for cells that gives a column."""
        for name, function in self.policy.functions.items():
            if function.value is None or function.sheets or function.people is not None:
                continue
            found = self._as_path(name, function, path) or self._as_rule(name, function, node)
            if found is not None:
                return found
        return None

    def _as_path(self, name: str, function: Function, path: list[str]) -> Call | None:
        """A function whose value goes by one of the column's names."""
        assert function.value is not None
        if function.period != self.grain or not set(self._path(function.value)[:1]) & set(path):
            return None
        if function.table:
            headings = {column.heading for column in self.columns} | {"工号"}
            if not {argument.title for argument in function.table.values() if not argument.blank} <= headings:
                return None
        arguments: list[tuple[str, Node | None]] = []
        for key, argument in function.arguments.items():
            node = self._supplied(argument)
            if node is None and not (argument.blank or argument.default or self._needless(argument)):
                return None
            arguments.append((key, node))
        return Call(name, tuple(arguments), bool(function.table))

    def _needless(self, argument: Argument) -> bool:
        """Whether it is for others than those on the form."""
        shown = self.native().of(argument.when) if argument.when is not None else None
        return isinstance(shown, Const) and shown.value is False

    def _supplied(self, argument: Argument) -> Node | None:
        """What of the form stands for an argument."""
        if argument.months:
            names = [column.name for column in self.columns if column.name.partition(BETWEEN)[0] in argument.supplies
                     and BETWEEN in column.name]
            return Together(tuple(names)) if names else None
        for supplied in argument.supplies:
            scalar = f"{BETWEEN}{supplied}"
            for one in (supplied, scalar, self.aliases.get(supplied, "")):
                if one in self.cells:
                    return Ref(one)
            if supplied in self.given:
                return self.given[supplied]
        return None

    def _as_rule(self, name: str, function: Function, node: Node) -> Call | None:
        """A function that works out the same from other inputs: 全勤 of a month, and of a quarter's counts."""
        if function.table or function.value is None or function.when is not None:
            return None
        supplied = {one: key for key, argument in function.arguments.items() for one in argument.supplies}
        made = Native(self.policy, function.period, self.readings, function.given, set(supplied))
        try:
            other = made.of(function.value)
        except ExpressionError:
            return None
        same: dict[str, str] = {}
        if isinstance(other, Const) or not _same(other, node, same) or not set(same) <= set(supplied):
            return None
        arguments = [(key, next((Ref(same[one]) for one in argument.supplies if one in same), None))
                     for key, argument in function.arguments.items()]
        if any(node is None and not (function.arguments[key].blank or function.arguments[key].default)
               for key, node in arguments):
            return None
        return Call(name, tuple(arguments), dated=function.period == self.grain)

    def layout(self, table: Table) -> Layout:
        for column in self.columns:
            if column.formula is not None:
                self._enter(column.formula)
        return Layout(table, self.grain, self.columns, self.scalars,
                      {name: self.readings[name] for name in sorted(self.used_readings)}, list(self.parameters))


@dataclass(frozen=True)
class Together(Node):
    """Cells side by side."""

    names: tuple[str, ...]

    def formula(self, bind: Any) -> str:
        return f"{bind(self.names[0])}:{bind(self.names[-1])}"


_KINDS = {"number": "score", "date": "date", "choice": "text", "bool": "bool"}


def _names(node: Node) -> set[str]:
    found = {node.name} if isinstance(node, Ref) else set()
    for child in node.children():
        found |= _names(child)
    return found


def _same(one: Node, other: Node, names: dict[str, str]) -> bool:
    """Whether two expressions are alike but for the names of what they are about: ``names`` collects which is which."""
    if isinstance(one, Ref) and isinstance(other, Ref):
        return names.setdefault(one.name, other.name) == other.name
    if type(one) is not type(other):
        return False
    mine, theirs = one.children(), other.children()
    if not mine:
        return one == other
    plain = all(getattr(one, f.name) == getattr(other, f.name) for f in fields(one)         # type: ignore[arg-type]
                if not isinstance(getattr(one, f.name), Node | tuple))
    return plain and len(mine) == len(theirs) and all(
        _same(a, b, names) for a, b in zip(mine, theirs, strict=True))
