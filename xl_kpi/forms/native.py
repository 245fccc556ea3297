"""A policy's quantities as Excel formulas over the cells of a form, for computers without the add-in.

What a quantity comes from is followed through its rules down to what people enter.  What a rule says of other months,
records or people is entered (上季迟到次数), but for the mean of some months (each is entered) and the place among the
people of the form.  Readings are those chosen when the form is drawn, parameters are looked up on the form's own sheet
参数.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from xl_kpi.policy.compiled import Policy
from xl_kpi.rules.expression import (
    Case,
    Compare,
    Const,
    Default,
    Each,
    ExpressionError,
    If,
    Logic,
    Node,
    Not,
    Parameter,
    Present,
    Ref,
    Refuse,
    rebuilt,
)
from xl_kpi.rules.expression.loop import with_key, written_out
from xl_kpi.rules.form import UNKNOWN, Filled, Key, Looked, Mean, chosen, filled, logic


@dataclass
class Native:
    """What stands behind a form's cells.  ``given``: names that are the same for everybody on the form (岗位 =
    客服代表); ``cells``: names that stand in a column of the form; ``keys``: parameter → its keys.

    ``helpers`` collects what has to stand in a column besides; ``used_readings`` and ``used_parameters`` what
    counted."""

    policy: Policy
    grain: str
    readings: Mapping[str, str]
    given: Mapping[str, Node] = field(default_factory=dict)
    cells: set[str] = field(default_factory=set)
    helpers: list[str] = field(default_factory=list)
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
            spelled = written_out(node.how, [with_key(node.part, node.key, key) for key in self.keys(node.parameter)])
            assert spelled is not None
            return self.of(spelled)
        if isinstance(node, Default):
            return self.of(node.as_if)
        if isinstance(node, Present):
            return filled(self.of(node.part))
        if isinstance(node, Refuse):
            return UNKNOWN
        if isinstance(node, If):
            test = self.of(node.test)
            if isinstance(test, Const):
                return self.of(node.yes if test.value else node.no)
            return chosen(test, self.of(node.yes), self.of(node.no))
        if isinstance(node, Logic):
            return logic(node.op, [self.of(part) for part in node.parts])
        if isinstance(node, Not):
            part = self.of(node.part)
            return Const(not part.value) if isinstance(part, Const) else Not(part)
        if isinstance(node, Compare):
            left, right = self.of(node.left), self.of(node.right)
            if isinstance(left, Const) and isinstance(right, Const) and node.op in ("==", "!="):
                return Const((left.value == right.value) == (node.op == "=="))
            return replace(node, left=left, right=right)
        return rebuilt(node, self.of)

    def _name(self, name: str) -> Node:
        if name in self.given:
            return self.given[name]
        if name in self.cells:
            return Ref(name)
        rule = self.policy.quantities.get(name)
        found = rule.on_form(self) if rule is not None and rule.period in (self.grain, "") else None
        return self.entered(name) if found is None else found

    def entered(self, name: str) -> Node:
        """What people write on the form."""
        return Ref(name)

    def keys(self, parameter: str) -> list[Any]:
        """The keys of a parameter.  Raises ExpressionError where the company lists them."""
        if keys := self.policy.parameters[parameter].keys:
            return keys
        raise ExpressionError("由公司列出的项目，事先不知道有几项")

    def _parameter(self, node: Parameter) -> Node:
        if node.key is None or isinstance(node.key, Const):
            key: Any = node.key.value if isinstance(node.key, Const) else None
            return self.looked(node.name, int(key) if isinstance(key, Fraction) else key)
        wanted, found = self.of(node.key), UNKNOWN
        for key in reversed(self.keys(node.name)):
            one = Const(key if isinstance(key, str) else Fraction(key or 0))
            if isinstance(wanted, Const):
                found = self.looked(node.name, key) if wanted == one else found
            else:
                found = If(Compare("==", wanted, one), self.looked(node.name, key), found)
        return found

    def looked(self, parameter: str, key: Key | None) -> Node:
        """A cell of the sheet 参数."""
        self.used_parameters[parameter, key] = None
        return Looked(parameter, key)

    def column(self, node: Node) -> Node:
        """An expression over whole columns: what it names stands in columns of its own (``helpers``)."""
        if isinstance(node, Ref):
            own = self.policy.quantities.get(node.name)
            if node.name in self.cells or node.name in self.given or own is None:
                return self._name(node.name)
            if own.expression is not None:
                if self._fixed(own.expression):
                    return self.of(own.expression)
                if isinstance(own.expression, Logic | Compare):
                    return self.column(own.expression)
            self.helpers.append(node.name)
            self.cells.add(node.name)
            return node
        parts = [self.column(child) for child in node.children()]
        if isinstance(node, Logic):
            return logic(node.op, parts)
        return self.of(replace(node, left=parts[0], right=parts[1]) if isinstance(node, Compare) else node)

    def _fixed(self, node: Node) -> bool:
        """Whether an expression is the same for everybody on the form."""
        try:
            return isinstance(Native(self.policy, self.grain, self.readings, self.given).of(node), Const)
        except ExpressionError:
            return False


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
