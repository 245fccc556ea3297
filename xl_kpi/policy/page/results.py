"""Outputs: their columns follow from the units and rules of what they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lark import Token

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import write
from xl_kpi.policy.page.source import Block, PageError
from xl_kpi.policy.page.words import PERIODS, WHOLE
from xl_kpi.policy.words import near_to

SUMS = ("应发合计", "扣款合计", "实发合计")
# The sum of a side: its sign, what else is in it.
ITEMS = {"应发项": ("+", "其他应发"), "扣款项": ("-", "其他扣款")}
NAMED_BY_PAY = (*SUMS, *(other for _, other in ITEMS.values()))
GRAINS = {word: grain for word, grain in PERIODS.items() if grain}
COMMANDS = {"payroll": "每月", "review": "每季"}         # the roles: each is a command, and of what period
FACTS = {"单位": "unit", "通知单": "slip"}        # of an output: the sheet's unit, what one person's sheet is called
TYPES = {"元": "money", "元/月": "money", "分": "score", "%": "percent"}


def declare(x: Context, s: tree.OutputStatement) -> None:
    """Make an output known by its name."""
    name = str(s.name)
    x.new(s, x.outputs, "输出 ")
    x.outputs[name] = s
    if s.pay:
        x.sums = lambda block: lambda call: _side(x, s, block, call)
        for sum_ in SUMS:           # a pack's sums are asked for by what asks for pay
            rule = x.rules.get(_sum(x, s.block, sum_))
            if rule is not None and rule.block.file != s.block.file:
                rule.block.lines[0] = (rule.block.lines[0][0], s.block.clause())
                x.where[f"quantities.{_sum(x, s.block, sum_)}"] = s.block.place(4)      # what is wrong is wrong there


def output(x: Context, s: tree.OutputStatement) -> None:
    name, scope, block = str(s.name), x.scope(s.block), s.block
    grain, people = ("每月", s.grain) if s.pay else (_word(s.grain[0]), s.grain[1:])
    facts = {_word(one.parts[0]): _word(one.parts[1]) for one in people if _is_fact(one)}    # type: ignore[union-attr]
    people = [one for one in people if not _is_fact(one)]
    if grain not in GRAINS or len(people) != 1:
        raise block.error(f"写法是：输出 名称（每季，谁）：列 列；（）里先写 {'、'.join(GRAINS)}", s.name)
    if s.id and COMMANDS.get(s.id) != grain:
        raise block.error("{…} 里只写 payroll（每月的）或 review（每季的）：命令 xl-kpi payroll、review 算的就是它",
                          s.name)
    raw: dict[str, Any] = {"people": write(people[0], scope), "columns": _columns(x, s), "marks": []}
    if GRAINS[grain] != "month":
        raw["period"] = GRAINS[grain]
    if s.pay:
        raw |= {"role": "payroll", "unit": "元", "slip": "工资条"}
    elif s.id:
        raw["role"] = s.id
    if s.title:
        raw["title"] = s.title
    raw |= {FACTS[word]: value for word, value in facts.items()}
    if s.fills:
        raw["forms"] = [{"table": x.table_named(block, token).engine, "when": write(when, scope)}
                        for token, when in s.fills]
    x.raw.setdefault("outputs", {})[name] = raw
    x.where[f"outputs.{name}"] = block.place(4)


def _is_fact(node: tree.Expression) -> bool:
    """单位=分, 通知单=成绩单."""
    return isinstance(node, tree.Compared) and len(node.parts) == 2 and _word(node.parts[0]) in FACTS and bool(
        _word(node.parts[1]))


def _word(node: tree.Expression) -> str:
    return str(node.token) if isinstance(node, tree.Name) else ""


def _columns(x: Context, s: tree.OutputStatement) -> list[dict[str, Any]]:
    first: list[dict[str, Any]] = [{"heading": "工号", "fill": "id"}, {"heading": "姓名", "fill": "name"}]
    held: list[dict[str, Any]] = []
    for item in _items(x, s):
        try:
            (held if item.sign == "-" else first).append(_column(x, s, item))
        except PageError as error:
            x.tell(error)
    if s.pay:
        gross, deductions, net = ({"heading": name, "value": x.people[name].engine, "type": "money", "required": True,
                                   "total": True, "explain": True} for name in SUMS)
        side = {"type": "money", "total": True}
        first += [{"heading": "其他应发", "fill": "earning", **side, "part": "earning"}, gross | {"formula": "earning"}]
        held += [{"heading": "其他扣款", "fill": "deduction", **side, "part": "deduction"},
                 deductions | {"formula": "deduction"}, net | {"formula": True}]
    return [*first, *held, {"heading": "备注", "fill": "note"}]


def _items(x: Context, s: tree.OutputStatement) -> Iterator[tree.Item]:
    """The columns, 参数 各项 as one for each of its keys."""
    for item in s.items:
        if not item.each_key:
            yield item
            continue
        for key in x.scope(s.block).keyed(item.name, listed=False).keys:
            yield replace(item, name=Token("NAME", str(key), start_pos=item.name.start_pos), each_key=False)


def _column(x: Context, s: tree.OutputStatement, item: tree.Item) -> dict[str, Any]:
    name = str(item.name)
    if name in ("工号", "姓名"):
        raise s.block.error("工号、姓名 每个结果都有，不用写", item.name)
    found = x.input(s.block, item.name)
    # without a unit: whether it is a condition or a text, its rule says
    kind = TYPES.get(found.unit) or ("int" if found.unit in WHOLE else "score" if found.unit else
                                     "text" if found.text else "")
    if item.sign and kind != "money":
        told = f"单位是 {found.unit}" if found.unit else "没有写单位"
        raise s.block.error(f"工资表里 + 和 - 的列要是元，{name} {told}；只是列出来的不写 + 和 -", item.name)
    one: dict[str, Any] = {"heading": item.title or name, "value": found.engine}
    one |= {"type": kind} if kind else {"as_rule": True}
    if "~" not in item.marks and kind != "text":
        one["explain"] = True
        if found.kind == "column":
            one["clause"] = found.clause
    if "?" not in item.marks:
        one["required"] = True
    if kind in ("money", "int") and (kind == "money") == ("^" not in item.marks):
        one["total"] = True                         # ^ is for what is not as usual
    if kind in ("money", "score", "percent", "int"):
        one["formula"] = "auto"
    if "*" in item.marks:
        one["group"] = True
    if item.sign:
        one["part"] = "earning" if item.sign == "+" else "deduction"
    if item.when is not None:
        one["when"] = write(item.when, x.scope(s.block))
    x.where[f"outputs.{s.name}.columns.{one['heading']}"] = s.block.place(item.name)
    return one


def named(x: Context, block: Block, token: Any) -> str:
    """The output that a check or a mark is of."""
    if str(token) not in x.outputs:
        known = "、".join(x.outputs)
        raise block.unknown(f"没有输出 {token}{near_to(str(token), x.outputs) or f'，有 {known}'}", token)
    return str(token)


def _side(x: Context, s: tree.OutputStatement, block: Block, call: tree.Call) -> str:
    """应发项(), 扣款项(): the sum of the columns of a side; what does not concern somebody counts as 0."""
    if str(call.token) not in ITEMS or call.parts:
        return ""
    sign, other = ITEMS[str(call.token)]
    groups: list[tuple[tree.Expression | None, list[str]]] = []
    for item in s.items:
        if item.sign == sign and str(item.name) in x.people:
            if not groups or groups[-1][0] is not item.when:
                groups.append((item.when, []))
            groups[-1][1].append(x.people[str(item.name)].engine)
    parts = []
    for when, names in groups:
        said = " + ".join(names)
        parts.append(said if when is None else f"({said} if {write(when, x.scope(block))} else 0)")
    return " + ".join([*parts, _sum(x, block, other)])


def _sum(x: Context, block: Block, name: str) -> str:
    if name not in x.people:
        raise block.unknown(f"没有量 {name}：开头写 用: 工资，或者自己写这个量")
    return x.people[name].engine
