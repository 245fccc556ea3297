"""Quantities and shared rules."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.page import tree, values
from xl_kpi.policy.page.calls import Calls, labels_of, usage
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import Named, PageScope, walk, write
from xl_kpi.policy.page.source import Block
from xl_kpi.policy.page.words import PERIODS
from xl_kpi.policy.words import near_to
from xl_kpi.rules.kinds import CALLS, KINDS

LARGEST = 20_000            # parts of one expression, shared rules written out


def declare(x: Context, s: tree.QuantityStatement) -> None:
    """Make a quantity or shared rule known by its name; readings that stand with their cases too."""
    name, engine = str(s.name), s.id or str(s.name)
    table = None
    if s.scope is not None and str(s.scope) not in PERIODS:
        table = x.table_named(s.block, s.scope)
    names = table.names if table else x.people
    if table and str(s.name) in x.people:
        raise s.block.error(f"{name} 已经有了", s.name)
    x.counted_in(s.block, s.unit, s.name)
    kind = "part" if s.params else "quantity"
    named = Named(kind, engine, s.unit, choices=s.choices, params=len(s.params), clause=s.block.clause())
    group = "parts" if s.params else "quantities"
    if str(s.name) not in names:
        x.new_id(s, group, engine)
    x.once(s, s.name, names, named)
    x.labels |= set(s.choices)
    x.rules[engine] = s
    if isinstance(call_of(s.rule), tree.Call):
        named.choices = named.choices or labels_of(call_of(s.rule))
        x.labels |= set(labels_of(call_of(s.rule)))
    for param in s.params:
        x.writable(s, str(param), param)
    if s.reading is not None:
        title = str(s.reading).strip()
        known = title in x.raw["readings"] or title in x.titles
        if not known and s.cases and any(" " in str(head).strip() for head, _ in s.cases):
            options = [(head, str(head).strip()) for head, _ in s.cases]
            values.declare_reading(x, s.block, s.reading, options, s.block.clause(), s.why)
    x.raw[group][engine] = {}
    x.where[f"{group}.{engine}"] = s.block.place(4)


def quantity(x: Context, s: tree.QuantityStatement) -> None:
    block, engine = s.block, s.id or str(s.name)
    table = str(s.scope) if s.scope is not None and str(s.scope) not in PERIODS else ""
    one: dict[str, Any] = {"clause": block.clause()}
    if s.params:
        one["args"] = [str(p) for p in s.params]
        x.raw["parts"][engine] = one
    else:
        one = {"title": s.title or str(s.name)} | ({"unit": s.unit} if s.unit else {}) | one
        if table:
            one["rows"] = x.tables[table].rows
        if s.scope is not None and not table and PERIODS[str(s.scope)] != "month":
            one["period"] = PERIODS[str(s.scope)]
        if s.choices:
            one["choices"] = s.choices
        x.raw["quantities"][engine] = one
    arguments = frozenset(str(p) for p in s.params)
    if table:
        scope = x.row_scope(block, s.scope)
        scope.arguments = arguments
    else:
        scope = x.scope(block, arguments)
    if s.reading is not None:
        one |= _cases(x, s, scope)
    elif isinstance(call := call_of(s.rule), tree.Call) and str(call.token) in CALLS:
        if s.params or table:
            raise block.error(f"{call.token}(…) 要写成一个按人的量，不能写在共用规则和一张表的行里", call.token)
        _measure(x, block, call)
        one |= Calls(scope, lambda token: x.row_scope(block, token),
                     lambda token: x.table_named(block, token).rows, lambda token: x.roster_column(block, token),
                     lambda token: x.reading_named(block, token),
                     ).read(call, s.rule.bands if isinstance(s.rule, tree.Banded) else None)
        if s.choices and "choices" not in KINDS[CALLS[str(call.token)][0]].written.model_fields:
            raise block.error(f"{call.token}(…) 的结果有哪几种由它看的量决定，单位的地方不写 {'|'.join(s.choices)}",
                              call.token)
    else:
        assert s.rule is not None
        _inside(block, s.rule)
        _measure(x, block, s.rule)
        one["expr"] = write(s.rule, scope)


def call_of(rule: tree.Expression | None) -> Any:
    """The call that a rule is, with bands below it or without."""
    if isinstance(rule, tree.Banded) and len(rule.head.ways) == 1 and rule.head.ways[0][1] is None:
        return rule.head.ways[0][0]
    return rule


def _cases(x: Context, s: tree.QuantityStatement, scope: PageScope) -> dict[str, Any]:
    assert s.reading is not None
    block, title = s.block, str(s.reading).strip()
    ident = x.titles.get(title, title)
    if ident not in x.raw["readings"]:
        ident = title.rpartition(" ")[2]
    known = x.raw["readings"].get(ident)
    if known is None:
        names = [*x.raw["readings"], *x.titles]
        raise block.unknown(f"没有读法「{title}」{near_to(title, names)}；第一次用到的，下面各行写“取值 说明：式子”",
                          s.reading)
    cases: dict[str, str] = {}
    for head, node in s.cases:
        values_ = str(head).strip().split(" ")[0].split("、")
        for value in values_:
            if value not in known["values"]:
                raise block.error(f"读法「{known['title']}」没有 {value}，有 {'、'.join(known['values'])}"
                                  f"{near_to(value, known['values'])}", head)
            if value in cases:
                raise block.error(f"{value} 写了两次", head)
        _inside(block, node)
        _measure(x, block, node)
        cases |= dict.fromkeys(values_, write(node, scope))
    for value in known["values"]:
        if value not in cases:
            raise block.error(f"缺少读法「{known['title']}」的 {value}", s.reading)
    return {"reading": ident, "cases": cases}


def _inside(block: Block, node: tree.Expression) -> None:
    """A kind is the whole of a quantity's rule, no part of an expression."""
    for one in walk(node):
        if isinstance(one, tree.Call) and str(one.token) in CALLS:
            raise block.error(f"{one.token}(…) 要单独写成一个量：名称 单位 = {usage(CALLS[str(one.token)][1])}",
                              one.token)


def _measure(x: Context, block: Block, node: tree.Expression) -> None:
    """Refuse what would grow without bound when the shared rules are written out."""
    called = {x.people[str(one.token)].engine for one in walk(node) if isinstance(one, tree.Call)
              and str(one.token) in x.people and x.people[str(one.token)].kind == "part"}
    if any(_part_size(x, one) > LARGEST for one in called):
        return                                                      # told where it begins
    if _size(x, node) > LARGEST:
        raise block.error("共用规则写全了太长，分成几个量来写", tree.place_of(node))


def _size(x: Context, node: tree.Expression) -> int:
    """The parts of an expression, shared rules written out; a rule that uses itself is told elsewhere."""
    total = 0
    for one in walk(node):
        total += 1
        if isinstance(one, tree.Call):
            found = x.people.get(str(one.token))
            if found is not None and found.kind == "part":
                inside = _part_size(x, found.engine)
                total += inside * (1 + sum(_size(x, p) for p in one.parts))
        if total > LARGEST:
            return total
    return total


def _part_size(x: Context, engine: str) -> int:
    if engine not in x.sizes:
        x.sizes[engine] = None           # being measured
        s = x.rules[engine]
        nodes = [s.rule] if s.rule is not None else [node for _, node in s.cases]
        x.sizes[engine] = min(sum(_size(x, n) for n in nodes), LARGEST + 1)
    return x.sizes[engine] or 0
