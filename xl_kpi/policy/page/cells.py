"""Functions for cells."""

from __future__ import annotations

import re
from typing import Any

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.calls import Calls
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import PageScope, write
from xl_kpi.policy.page.source import Block
from xl_kpi.policy.page.words import ARGUMENTS, OUTPUT_TYPES, PERIODS, WHOLE, WINDOWS
from xl_kpi.policy.words import near_to
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.kinds import CALLS

BETTER = {"越高越好": "more", "越低越好": "less", "有好有坏": "neither"}

# What stands in the place of an expression: the columns of the argument by the weights of a parameter.
WEIGHING = Call("加权", (CallArgument("weights", "parameter"),
                       *(one for one in CALLS["评分"][1].arguments if one.named in ("不够", "权重"))))


def function(x: Context, s: tree.FunctionStatement) -> None:
    block, name, scope = s.block, str(s.name), x.scope(s.block)
    x.new(s, x.raw["functions"])
    one: dict[str, Any] = {"title": s.title or name}
    x.raw["functions"][name] = one
    x.where[f"functions.{name}"] = block.place(4)
    if s.explains is not None:
        one["explains"] = str(s.explains)
        return
    if s.type not in OUTPUT_TYPES:
        raise block.error(f"函数的写法是：函数 名称「标题」 类型 = 式子；类型有 {'、'.join(OUTPUT_TYPES)}", s.name)
    assert s.value is not None
    if name.endswith("]") or s.partly:      # one of several of a name
        one["partly"] = True
    one["type"] = OUTPUT_TYPES[s.type]
    if isinstance(s.value, tree.Call) and str(s.value.token) == WEIGHING.name:
        one["weighing"] = Calls(scope, lambda token: x.row_scope(block, token),
                                lambda token: x.table_named(block, token).rows,
                                lambda token: x.roster_column(block, token),
                                lambda token: x.reading_named(block, token)).read_as(s.value, WEIGHING, {})
    else:
        one["value"] = write(s.value, scope)
    if s.grain:
        period = str(s.grain[0].token) if isinstance(s.grain[0], tree.Name) else ""
        if period not in PERIODS:
            raise block.error(f"（）里写 {'、'.join(PERIODS)}", s.name)
        one["period"] = PERIODS[period]
    with x.pieces() as pieces:
        for one_of in s.arguments:
            group = one.setdefault("table" if one_of.of_table else "arguments", {})
            with pieces.one():
                group[str(one_of.name)] = argument(x, block, scope, one_of)
        for over, tables in s.sheets:
            with pieces.one():
                one.setdefault("sheets", {})[str(over)] = [x.table_named(block, t).engine for t in tables]
        for target, node in s.given:
            said = write(node, scope)
            with pieces.one():
                one.setdefault("given", {})[x.input_name(block, target)] = said
    if s.checks:
        one["checks"] = [{"when": write(c.when, scope), "text": str(c.text).strip(), "do": c.do,
                          "clause": block.clause(c.text)} for c in s.checks]
    if s.people is not None:
        one["people"] = write(s.people, scope)
    if s.applies is not None:
        one["when"] = write(s.applies, scope)


def argument(x: Context, block: Block, scope: PageScope, a: tree.ArgumentLine) -> dict[str, Any]:
    kind = str(a.type)
    one: dict[str, Any] = {"title": a.title or str(a.name)}
    if kind in ARGUMENTS:
        one["type"] = ARGUMENTS[kind]
    elif kind in WHOLE:
        one |= {"type": "count", "unit": kind}
    else:
        raise block.error(f"没有类型「{kind}」，有 {'、'.join(ARGUMENTS)}", a.type)
    first = str(a.supplies[0]).partition("[") if len(a.supplies) == 1 else ("", "", "")
    if first[0] in x.parameters and first[0] not in x.people:
        one |= {"parameter": x.parameters[first[0]].engine, "key": first[2].rstrip("]")}
    elif a.supplies:
        one["supplies"] = [x.input_name(block, token) for token in a.supplies]
    for word in a.words:
        key, _, value = str(word).partition("=")
        if key == "可空" and not value:
            one["blank"] = True
        elif key == "计行" and not value:
            one["count"] = True
        elif key == "各列" and not value:
            one["each"] = True
        elif str(word) in BETTER:
            one["better"] = BETTER[str(word)]
        elif key == "有好有坏" and "." in value:
            one.setdefault("unless", {})[value.partition(".")[0]] = value.partition(".")[2]
        elif key == "缺省" and value:
            one["default"] = value
        elif key in ("最大", "最小") and re.fullmatch(r"-?\d{1,12}", value):
            one["max" if key == "最大" else "min"] = int(value)
        elif key == "单位" and value:
            one["unit"] = value
        elif key == "各月" and value in WINDOWS:
            one["months"] = WINDOWS[value]
        elif key == "词" and value:
            one["words"] = dict(pair.replace(":", "：").split("：", 1) for pair in value.split("、") if "：" in
                                pair.replace(":", "："))
        else:
            known = ["可空", "计行", "各列", *BETTER, "缺省=正式", "最大=5", "最小=0", "单位=星", "各月=上季",
                     "词=rep：客服代表"]
            raise block.error(f"不认识「{word}」{near_to(str(word), known)}；可以写 {'、'.join(known)}", word)
    if a.when is not None:
        one["when"] = write(a.when, scope)
    return one
