"""A policy's quantities as Excel formulas over the cells of a form, for computers without the add-in.

What a quantity comes from is followed through its rules down to what people enter.  A rule that looks at other months,
records or people cannot be followed: what it gives is entered (上季迟到次数), but for the mean of some months (each is
entered) and the place among the people of the form.  Readings are those chosen when the form is drawn, parameters are
looked up on the form's own sheet 参数.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any

from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.model import Key
from xl_kpi.rules.expression import (
    Blank,
    Case,
    Compare,
    Const,
    ExpressionError,
    Function,
    If,
    Logic,
    Node,
    Not,
    Parameter,
    Present,
    Ref,
)
from xl_kpi.rules.expression.choosing import Default
from xl_kpi.rules.expression.leaves import Refuse
from xl_kpi.rules.expression.loop import Each, with_key, written_out
from xl_kpi.rules.kinds.band import Band
from xl_kpi.rules.kinds.bands import UNKNOWN
from xl_kpi.rules.kinds.group import Group
from xl_kpi.rules.kinds.months import Over
from xl_kpi.rules.kinds.order import Rank
from xl_kpi.rules.periods import periods_in

Bind = Callable[[str], str]
BETWEEN = "@"           # of a name and which of several months: 本月得分@0


@dataclass(frozen=True)
class Looked(Node):
    """A cell of the sheet 参数."""

    parameter: str
    key: Key | None

    def formula(self, bind: Bind) -> str:
        return bind(f"{BETWEEN}{self.parameter}{BETWEEN}{'' if self.key is None else self.key}")


@dataclass(frozen=True)
class Mean(Node):
    """The mean of those of some cells that are filled; blank when none is."""

    parts: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.parts

    def formula(self, bind: Bind) -> str:
        cells = ",".join(part.formula(bind) for part in self.parts)
        return f'IF(COUNT({cells})=0,"",AVERAGE({cells}))'


@dataclass(frozen=True)
class Average(Mean):
    """The same where it is known that one is filled."""

    def formula(self, bind: Bind) -> str:
        return f"AVERAGE({','.join(part.formula(bind) for part in self.parts)})"


@dataclass(frozen=True)
class Filled(Node):
    """Whether something stands in a cell."""

    part: Node

    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    def formula(self, bind: Bind) -> str:
        if isinstance(self.part, Mean):
            return f"COUNT({','.join(part.formula(bind) for part in self.part.parts)})>0"
        return f'{self.part.formula(bind)}<>""'


@dataclass(frozen=True)
class Place(Node):
    """The place among the rows of the form in which ``where`` holds.  ``keys``: (column, higher is better)."""

    where: Node
    keys: tuple[tuple[str, bool], ...]

    def children(self) -> tuple[Node, ...]:
        return (self.where, *(Ref(name) for name, _ in self.keys))

    def formula(self, bind: Bind) -> str:
        def whole(name: str) -> str:
            return bind(f"{BETWEEN}{BETWEEN}{name}")

        before, same = [], ""
        for name, high in self.keys:
            before.append(f"{same}({whole(name)}{'>' if high else '<'}{bind(name)})")
            same += f"({whole(name)}={bind(name)})*"
        among = _product(self.where).formula(whole)
        return f'IF({self.where.formula(bind)},1+SUMPRODUCT({among}*({"+".join(before)})),"")'


@dataclass(frozen=True)
class _Product(Node):
    """A condition over whole columns, as 1 and 0."""

    parts: tuple[Node, ...]

    def formula(self, bind: Bind) -> str:
        return "*".join(f"({part.formula(bind)})" for part in self.parts)


def _product(where: Node) -> Node:
    return _Product(where.parts if isinstance(where, Logic) and where.op == "and" else (where,))


@dataclass
class Native:
    """What stands behind a form's cells.  ``given``: names that are the same for everybody on the form (岗位 =
    客服代表); ``cells``: names that stand in a column of the form; ``keys``: parameter → its keys.

    ``entered`` collects what is to be entered, in order; ``passed`` the quantities that were followed; ``readings`` and
    ``parameters`` what counted."""

    policy: Policy
    grain: str
    readings: Mapping[str, str]
    given: Mapping[str, Node] = field(default_factory=dict)
    cells: set[str] = field(default_factory=set)
    helpers: list[str] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)
    used_readings: set[str] = field(default_factory=set)
    used_parameters: dict[tuple[str, Key | None], None] = field(default_factory=dict)

    def of(self, node: Node) -> Node:
        """An expression as a form can say it.  Raises ExpressionError."""
        if isinstance(node, Case):
            self.used_readings.add(node.reading)
            return self.of(node.case(self.readings[node.reading]))
        if isinstance(node, Ref):
            return self._name(node.name)
        if isinstance(node, Parameter):
            return self._parameter(node)
        if isinstance(node, Each):
            parts = [with_key(node.part, node.key, key) for key in self.policy.parameters[node.parameter].keys]
            spelled = written_out(node.how, parts)
            if spelled is None:
                raise ExpressionError("由公司列出的项目，事先不知道有几项")
            return self.of(spelled)
        if isinstance(node, Default):
            return self.of(node.as_if)
        if isinstance(node, Present):
            return _filled(self.of(node.part))
        if isinstance(node, Refuse):
            return UNKNOWN
        if isinstance(node, If):
            test = self.of(node.test)
            if isinstance(test, Const):
                return self.of(node.yes if test.value else node.no)
            return _chosen(test, self.of(node.yes), self.of(node.no))
        if isinstance(node, Logic):
            return _logic(node.op, [self.of(part) for part in node.parts])
        if isinstance(node, Not):
            part = self.of(node.part)
            return Const(not part.value) if isinstance(part, Const) else Not(part)
        if isinstance(node, Compare):
            left, right = self.of(node.left), self.of(node.right)
            if isinstance(left, Const) and isinstance(right, Const) and node.op in ("==", "!="):
                return Const((left.value == right.value) == (node.op == "=="))
            return replace(node, left=left, right=right)
        changed: dict[str, Any] = {}
        for one in fields(node):                                                            # type: ignore[arg-type]
            value = getattr(node, one.name)
            if isinstance(value, Node):
                changed[one.name] = self.of(value)
            elif isinstance(value, tuple) and value and isinstance(value[0], Node):
                changed[one.name] = tuple(self.of(part) for part in value)
        return replace(node, **changed) if changed else node                                # type: ignore[type-var]

    def _name(self, name: str) -> Node:
        if name in self.given:
            return self.given[name]
        if name in self.cells:
            return Ref(name)
        rule = self.policy.quantities.get(name)
        if rule is None or rule.period not in (self.grain, ""):
            return self._entered(name)
        if rule.expression is not None and not rule.rows:
            self.passed.add(name)
            return self.of(rule.expression)
        if isinstance(rule, Band):
            self.passed.add(name)
            return self._band(rule)
        if isinstance(rule, Over) and rule.rule.how == "mean" and rule.rule.of and not rule.rule.where:
            periods = periods_in((self.grain, 0), rule.rule.months, rule.grain)
            return Mean(tuple(self._entered(f"{rule.rule.of}{BETWEEN}{k}") for k in range(len(periods))))
        if isinstance(rule, Rank) and not (rule.rule.by or rule.rule.ties or rule.rule.percent):
            return self._place(rule)
        if isinstance(rule, Group) and not rule.rule.by:
            return self._entered(f"{BETWEEN}{name}")        # one for the whole form
        return self._entered(name)

    def _entered(self, name: str) -> Node:
        if name not in self.entered:
            self.entered.append(name)
        return Ref(name)

    def _parameter(self, node: Parameter) -> Node:
        parameter = self.policy.parameters[node.name]
        if node.key is None or isinstance(node.key, Const):
            key: Any = node.key.value if isinstance(node.key, Const) else None
            return self._looked(node.name, int(key) if isinstance(key, Fraction) else key)
        if not parameter.keys:
            raise ExpressionError("由公司列出的项目，事先不知道有几项")
        key_node, found = self.of(node.key), UNKNOWN
        chosen: Node = found
        for key in reversed(parameter.keys):
            wanted = Const(key if isinstance(key, str) else Fraction(key or 0))
            if isinstance(key_node, Const):
                chosen = self._looked(node.name, key) if key_node == wanted else chosen
            else:
                chosen = If(Compare("==", key_node, wanted), self._looked(node.name, key), chosen)
        return chosen

    def _looked(self, name: str, key: Key | None) -> Node:
        self.used_parameters[name, key] = None
        return Looked(name, key)

    def _band(self, rule: Band) -> Node:
        first = next(iter(rule.rule.lines))
        keys = self.policy.parameters[first].keys
        if not keys:
            raise ExpressionError("由公司列出的等级，事先不知道有几级")
        values = {parameter: self.of(rule.nodes[f"lines.{parameter}"]) for parameter in rule.rule.lines}
        top = self.of(rule.nodes["top"]) if "top" in rule.nodes else None
        found: Node = _constant(rule.rule.below)
        for key in keys:                    # the lowest first: the highest that is met is asked first
            met: list[Node] = [Compare(rule.rule.edge, value, self._looked(parameter, key))
                               for parameter, value in values.items() if key in self.policy.parameters[parameter].keys]
            if top is not None:
                met.insert(0, Compare("<=", _constant(key or 0), top))
            found = If(_logic("and", met), _constant(key or 0), found)
        return found

    def _place(self, rule: Rank) -> Node:
        """Places are counted over columns: what they are by stands in columns of its own."""
        def column(node: Node) -> Node:
            if isinstance(node, Ref) and node.name not in self.cells and node.name not in self.given:
                own = self.policy.quantities.get(node.name)
                if own is not None and own.expression is not None and self._fixed(own.expression):
                    return self.of(own.expression)
                if own is not None and not isinstance(own.expression, Logic | Compare):
                    self.helpers.append(node.name)
                    self.cells.add(node.name)
                    return Ref(node.name)
                if own is not None and own.expression is not None:
                    return column(own.expression)
            if isinstance(node, Ref):
                return self._name(node.name)
            parts = [column(child) for child in node.children()]
            if isinstance(node, Logic):
                return _logic(node.op, parts)
            if isinstance(node, Compare):
                return self.of(replace(node, left=parts[0], right=parts[1]))
            return self.of(node)

        where = column(rule.nodes["where"])
        keys = []
        for key in rule.rule.keys:
            name = key.lstrip("-")
            shown = column(Ref(name))
            if not isinstance(shown, Ref):
                raise ExpressionError("排名看的不是表上的一列")
            keys.append((shown.name, key.startswith("-")))
        return Place(where, tuple(keys))

    def _fixed(self, node: Node) -> bool:
        """Whether an expression is the same for everybody on the form."""
        try:
            return isinstance(Native(self.policy, self.grain, self.readings, self.given).of(node), Const)
        except ExpressionError:
            return False


def _constant(key: Key) -> Const:
    return Const(key if isinstance(key, str) else Fraction(key))


def _logic(op: str, parts: list[Node]) -> Node:
    """and / or without the parts that decide nothing."""
    end = op == "or"
    left = []
    for part in parts:
        if isinstance(part, Const):
            if bool(part.value) is end:
                return Const(value=end)
        else:
            left.append(part)
    if not left:
        return Const(value=not end)
    return left[0] if len(left) == 1 else Logic(op, tuple(left))


def _filled(node: Node) -> Node:
    """Whether an expression gives anything."""
    if isinstance(node, Blank):
        return Const(value=False)
    if isinstance(node, If) and isinstance(node.no, Blank):         # x if it is there, else nothing
        return node.test
    return Const(value=True) if isinstance(node, Const) else Filled(node)


def _chosen(test: Node, yes: Node, no: Node) -> Node:
    """If … then … else, said once: behind a test the same test decides nothing more."""
    if isinstance(yes, If) and yes.test == test:
        yes = yes.yes
    if yes == no:
        return yes
    if isinstance(test, Filled) and isinstance(test.part, Mean):
        yes = _with(yes, test.part, Average(test.part.parts))
    return If(test, yes, no)


def _with(node: Node, old: Node, new: Node) -> Node:
    """An expression with another part in the place of one."""
    if node == old:
        return new
    changed: dict[str, Any] = {}
    for one in fields(node):                                                                # type: ignore[arg-type]
        value = getattr(node, one.name)
        if isinstance(value, Node):
            changed[one.name] = _with(value, old, new)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changed[one.name] = tuple(_with(part, old, new) for part in value)
    return replace(node, **changed) if changed else node                                    # type: ignore[type-var]


def assumed(node: Node | None) -> dict[str, Node]:
    """What holds for everybody for whom a condition does: 岗位 = 客服代表, 是代表."""
    if isinstance(node, Logic) and node.op == "and":
        return {name: value for part in node.parts for name, value in assumed(part).items()}
    if isinstance(node, Compare) and node.op == "==" and isinstance(node.left, Ref) and isinstance(node.right, Const):
        return {node.left.name: node.right}
    return {node.name: Const(value=True)} if isinstance(node, Ref) else {}


def needed(node: Node, optional: bool = False) -> dict[str, bool]:
    """The names in an expression → whether a cell of it may be blank."""
    if isinstance(node, Ref):
        return {node.name: optional}
    if isinstance(node, Mean):
        return {name: True for part in node.parts for name in needed(part)}
    found: dict[str, bool] = {}
    asked = {name for child in parts_of(node) if isinstance(child, Filled) for name in needed(child.part)}
    for child in node.children():
        for name, blank in needed(child, optional).items():
            found[name] = found.get(name, True) and blank
    return {name: blank or name in asked for name, blank in found.items()}


def parts_of(node: Node) -> list[Node]:
    """An expression and all its parts."""
    return [node, *(deeper for child in node.children() for deeper in parts_of(child))]


__all__ = ["BETWEEN", "Function", "Mean", "Native", "Place", "assumed", "needed", "parts_of"]
