"""The quantities: each asks its own kind; what they are of each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.compiling.scope import walk
from xl_kpi.policy.compiling.tables import COLUMN_TYPES
from xl_kpi.policy.model import DAY, Table
from xl_kpi.policy.names import AT, CONSTANTS, EACH, KEY_TYPES
from xl_kpi.policy.words import near_to, plain
from xl_kpi.rules.base import PolicyError, Quantity
from xl_kpi.rules.expression import (
    ANY,
    BOOL,
    DATE,
    NUMBER,
    TEXT,
    Arithmetic,
    ExpressionError,
    Node,
    Nothing,
    Parameter,
    Ref,
    need,
)
from xl_kpi.rules.expression.loop import Key
from xl_kpi.rules.expression.node import BLANK as NO_VALUE
from xl_kpi.rules.expression.node import At
from xl_kpi.rules.expression.types import WORDS
from xl_kpi.rules.kinds import KINDS
from xl_kpi.rules.periods import sample

MOST_FACTORS = 60
DEEPEST = 100           # quantities that stand upon each other


class Making:
    """What one quantity (or function) may ask while it is compiled (``xl_kpi.rules.base.Making``)."""

    def __init__(self, c: Compiling, path: str):
        self.c, self.path = c, path

    def where(self, field: str) -> str:
        return f"{self.path}.{field}" if field else self.path

    def fail(self, field: str, text: object) -> PolicyError:
        return self.c.fail(self.where(field), text)

    def expression(self, field: str, text: str, rows: str = "", key: str = "",
                   bound: dict[str, Node] | None = None) -> Node:
        """``key``: a name in it that stands for each key of a parameter in turn; ``bound``: what other names stand
        for."""
        return self.c.parse(self.where(field), text, rows=rows, bound={key: Key(key)} if key else bound)

    def cases(self, rule: Any, rows: str = "") -> Node:
        return self.c.cases(self.path, rule, rows)

    def table(self, field: str, name: str) -> Table:
        tables = self.c.policy.tables
        if name not in tables:
            raise self.fail(field, f"没有表 {name}，有 {'、'.join(tables)}")
        return tables[name]

    def parameter_keys(self, field: str, name: str, listed: bool = False) -> list[int | str]:
        """The keys of a parameter; none where the company lists them, which has to be allowed."""
        parameters = self.c.policy.parameters
        if name not in parameters:
            raise self.fail(field, f"没有参数 {name}{near_to(name, parameters)}")
        if not parameters[name].keys and not (listed and parameters[name].listed):
            raise self.fail(field, f"参数 {name} 没有 keys，不能当一组线")
        self.c.used.add(name)
        return parameters[name].keys

    def reading_values(self, field: str, name: str) -> list[str]:
        readings = self.c.policy.readings
        if name not in readings:
            hint = near_to(name, readings) or f"，有 {'、'.join(readings) or '（无）'}"
            raise self.fail(field, f"没有读法 {name}{hint}")
        return list(readings[name].values)

    def on_roster(self, name: str) -> str:
        """'' for a column of the roster, else what the roster is called."""
        roster = next(n for n, table in self.c.policy.tables.items() if table.grain == "roster")
        return "" if self.c.columns.get(name, ("",))[0] == roster else roster

    def grain(self, name: str) -> str:
        return self.c.grain(name)

    def choices(self, name: str) -> list[str] | None:
        return self.c.choices_of(name)


def parts(c: Compiling) -> None:
    """Parts use their arguments."""
    for name, part in c.policy.parts.items():
        with c.telling():
            path, texts = f"parts.{name}", [part.expr, *part.cases.values()]
            for arg in part.args:
                if not arg.isidentifier() or part.args.count(arg) > 1:
                    raise c.fail(f"{path}.args", f"{plain(arg)} 不是名称，或者写了两次")
                if not any(re.search(rf"\b{arg}\b", text) for text in texts):
                    raise c.fail(f"{path}.args", f"没有用到 {arg}")
            c.choice(path, part)


def quantities(c: Compiling) -> None:
    by_row = " 或 ".join(f'kind = "{kind}"' for kind, cls in KINDS.items() if cls.by_row)
    for name, rule in c.policy.quantities.items():
        with c.telling():
            quantity(c, name, rule, by_row)
        if name not in c.quantities:
            c.unknown.add(name)


def quantity(c: Compiling, name: str, rule: Any, by_row: str) -> None:
    """One of them, as its kind makes it."""
    making = Making(c, f"quantities.{name}")
    if not rule.title or not rule.clause:
        raise making.fail("", f"要写 {'clause（条款，或者清单里的歧义编号）' if rule.title else 'title'}")
    if rule.rows:
        making.table("rows", rule.rows)
    kind = KINDS[rule.kind]
    if rule.rows and not kind.by_row:
        raise making.fail("rows", f"只有 {by_row} 的量能按行写")
    c.quantities[name] = kind.made(name, rule, making)


def direct(quantity: Quantity[Any]) -> dict[str, At | None]:
    """The quantities and inputs that a quantity names at its own period, and where."""
    elsewhere = {name for name, _ in quantity.periods(sample(quantity.period))}
    found = {node.name: node.at for root in quantity.here() for node in walk(root) if isinstance(node, Ref)}
    return found | {name: None for _, name in quantity.references() if name not in elsewhere and name not in found}


def grains(c: Compiling) -> None:
    """What exists once a quarter cannot be made of what exists once a month without saying how."""
    for name, quantity in c.quantities.items():
        before = len(c.errors)
        with c.telling():
            grain(c, name, quantity)
        if len(c.errors) > before:              # of what type it is, is not sure either
            c.unknown.add(name)


def grain(c: Compiling, name: str, quantity: Quantity[Any]) -> None:
    """What a quantity is made of fits its period."""
    path = f"quantities.{name}"
    quantity.agree(Making(c, f"quantities.{name}"))
    if quantity.rows:
        return
    for target, period in quantity.periods(sample(quantity.period)):
        if period and c.grain(target) not in ("", period[0]):
            raise c.fail(path, f"kind = \"{quantity.kind}\" 取的是{EACH[period[0]]}的值，"
                               f"{target} 是{AT[c.grain(target)]}的")
    for node, period in quantity.elsewhere(sample(quantity.period)):
        c.fitting(path, {one.name: one.at for one in walk(node) if isinstance(one, Ref)},
                  [period[0]] if period else [])
    if quantity.period == "" and quantity.needs_period:
        raise c.fail(path, f"kind = \"{quantity.kind}\" 的量要有 period")
    if quantity.period:
        c.fitting(path, direct(quantity), [quantity.period])
    for target in direct(quantity) if quantity.period == "" else ():
        if c.grain(target):
            raise c.fail(path, f"不分期间的量不能用分期间的 {target}")


def order(c: Compiling) -> list[str]:
    """The quantities, operands first; a cycle is refused."""
    order: list[str] = []
    trail: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in c.quantities:
            return
        if name in trail:
            c.tell(f"quantities.{name}", f"互相引用成环：{' → '.join([*trail[trail.index(name):], name])}")
            return
        if len(trail) >= DEEPEST:
            c.tell(f"quantities.{name}", f"一个量用另一个量，一层一层超过 {DEEPEST} 层")
            done.add(name)
            return
        trail.append(name)
        rule = c.quantities[name]
        inside = [node.name for root in rule.nodes.values() for node in walk(root) if isinstance(node, Ref)]
        for target in [*inside, *(n for _, n in rule.references())]:
            visit(target)
        trail.pop()
        done.add(name)
        order.append(name)

    done: set[str] = set()
    for name in c.quantities:
        visit(name)
    return order


def factors(node: Node, of: dict[str, int]) -> int:
    """How many numbers a part multiplies or divides at most, written out; ``of``: those of the quantities."""
    below = [factors(child, of) for child in node.children()]
    if isinstance(node, Arithmetic) and node.op in "*/":
        return sum(below)
    return max([1, of.get(node.name, 1) if isinstance(node, Ref) else 1, *below])


def bounded(c: Compiling, order: list[str]) -> None:
    """Numbers are exact, so they grow with every multiplication: a chain of squares has no end."""
    of: dict[str, int] = {}
    for name in order:
        quantity = c.quantities[name]
        of[name] = max([1, *(factors(node, of) for node in quantity.nodes.values()),
                        *(of.get(other, 1) for _, other in quantity.references())])
        if of[name] > MOST_FACTORS:
            c.tell(f"quantities.{name}", f"连同它用到的量，相乘、相除的数超过 {MOST_FACTORS} 个")
            of[name] = 1                        # told once, not of all that uses it


def check_fields(quantity: Quantity[Any], of: Callable[[str], str]) -> None:
    """Refuse a field of another type than its kind can use."""
    named = [(field, Ref(name)) for field, name in quantity.references()]
    for field, node in [*quantity.nodes.items(), *named]:
        wanted = quantity.wanted(field.partition(".")[0])
        if wanted:
            need(node, wanted, f"{field} ", of)
        elif node.type_of(of) in (ANY, NO_VALUE) and field not in quantity.may_be_blank and not any(
                isinstance(one, Ref) and of(one.name) == ANY for one in walk(node)):        # it is wrong itself
            raise ExpressionError("只有 blank 或 refuse，没有值")


def typed(c: Compiling, order: list[str], given: dict[str, dict[str, Node]]) -> None:
    """Every part of an expression is of a type that can be used there.  ``given``: function → name → what it gives."""
    policy = c.policy
    types = c.types
    for name, (_, column) in c.columns.items():
        types[name] = ANY if column.type in KEY_TYPES else COLUMN_TYPES.get(column.type, NUMBER)
    types |= dict.fromkeys(CONSTANTS, DATE) | {"month_days": NUMBER}
    types |= {name: DATE if one.unit == DAY else NUMBER for name, one in policy.parameters.items()}

    def of(name: str) -> str:
        return types.get(name, ANY) if name not in c.unknown else ANY

    def check(path: str, one: Callable[..., Any], *args: Any) -> Any:
        try:
            return one(*args, of)
        except ExpressionError as error:
            raise c.fail(path, error) from None

    for name in order:
        quantity, before = c.quantities[name], len(c.errors)
        with c.telling():
            check(f"quantities.{name}", check_fields, quantity)
            types[name] = quantity.type = check(f"quantities.{name}", quantity.type_of)
            if quantity.unit and quantity.type in (BOOL, TEXT) and not quantity.rule.choices:
                raise c.fail(f"quantities.{name}", f"写了单位 {quantity.unit}，式子给的却是{WORDS[quantity.type]}")
        if len(c.errors) > before:
            c.unknown.add(name)
    for path, node, wanted in c.wanted:
        with c.telling():
            check(path, need, node, wanted, "")
    for function_name, nodes in given.items():
        for target, node in nodes.items():
            with c.telling():
                if of(target) != ANY:
                    check(f"functions.{function_name}.given.{target}", need, node, of(target), "")
    if c.errors:                # what follows stands upon the types of all
        return
    for path, root in c.nodes:
        with c.telling():
            for one in walk(root):
                if isinstance(one, Parameter) and one.key is not None:
                    parameter = policy.parameters[one.name]
                    text = parameter.listed or isinstance(parameter.keys[0], str)
                    check(path, need, one.key, TEXT if text else NUMBER, f"{one.name} 的键")
                if isinstance(one, Nothing) and not one.type:
                    raise c.fail(path, "看不出 blank 或 refuse 代替的是什么：数、日期、条件还是文字")
