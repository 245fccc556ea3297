"""Functions for cells: their expressions, and that their arguments give what they need."""

from __future__ import annotations

import re
from typing import Literal

from xl_kpi.policy import compiled
from xl_kpi.policy.compiled import made
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.compiling.outputs import OUTPUT_TYPES
from xl_kpi.policy.compiling.quantities import Making
from xl_kpi.policy.compiling.scope import walk
from xl_kpi.policy.model import Argument, Function
from xl_kpi.policy.words import near_to, place
from xl_kpi.rules.decision import choice_of
from xl_kpi.rules.expression import ANY, BOOL, DATE, NUMBER, TEXT, Node, Ref
from xl_kpi.rules.expression.types import WORDS


def function(c: Compiling, name: str, written: Function) -> compiled.Function:
    """Its expressions, and that its arguments name what there is."""
    policy, periods, path = c.policy, [written.period], f"functions.{name}"
    if written.explains:
        other = policy.functions.get(written.explains)
        if other is None or not other.value:
            raise c.fail(f"{path}.explains", f"没有函数 {written.explains}"
                         f"{near_to(written.explains, policy.functions)}，或者它没有 value")
        return made(compiled.Function, written, value=None, weighing=None, people=None, when=None, given={}, checks=[])

    def parse(field: str, text: str, wanted: str = BOOL) -> Node | None:
        return c.parse(f"{path}.{field}", text, wanted, periods=periods) if text else None

    value = parse("value", written.value, OUTPUT_TYPES.get(written.type, ANY))
    weighing = None
    if written.weighing is not None:
        making = Making(c, path)
        making.parameter_keys("weighing.weights", written.weighing.weights, listed=True)
        weighing = made(compiled.Weighing, written.weighing,
                        few=choice_of("weighing.few", written.weighing.few, ("refuse", "omit"), making))
    people, when = parse("people", written.people), parse("when", written.when)
    checks = []
    for i, check in enumerate(written.checks):
        checks.append(made(compiled.ArgumentCheck, check, when=c.parse(
            f"{path}.checks{place([i])}.when", check.when, BOOL, periods=periods)))
        c.text(f"{path}.checks{place([i])}", check.text, check.do)
    for over, tables in written.sheets.items():
        for table in tables:
            if table not in policy.tables:
                raise c.fail(f"{path}.sheets.{over}", f"没有表 {table}，有 {'、'.join(policy.tables)}")
    ids = [argument for argument in written.arguments.values() if argument.type == "id"]
    if written.sheets and not (len(ids) == len(written.arguments) == 1 and people and when):
        raise c.fail(path, "写了 sheets 的函数要有一个 type = \"id\" 的参数，还要写 people 和 when")
    supplied: set[str] = set(written.given)
    arguments = {}
    for argument_name, argument in written.every():
        at = f"{path}.{argument_name}.supplies"
        c.named(at, argument.supplies)
        arguments[argument_name] = made(compiled.Argument, argument, better=better(written, argument),
                                        when=parse(f"{argument_name}.when", argument.when))
        for target in argument.supplies:
            if target in supplied:
                raise c.fail(at, f"{target} 已经由别的参数或 given 给出")
            supplied.add(target)
    given = {}
    for target, text in written.given.items():
        c.named(f"{path}.given", [target])
        given[target] = c.parse(f"{path}.given.{target}", text, periods=periods)
    return made(compiled.Function, written, value=value, weighing=weighing, people=people, when=when, checks=checks,
                given=given, arguments={one: arguments[one] for one in written.arguments},
                table={one: arguments[one] for one in written.table})


def better(function: Function, argument: Argument) -> Literal["", "more", "less"]:
    """Which way is better: as the page says, else more points and more money are."""
    if argument.better:
        return "" if argument.better == "neither" else argument.better
    of_policies = argument.type in ("score", "money") and not (argument.months or function.sheets or function.table)
    return "more" if of_policies and not argument.parameter else ""


def agree(c: Compiling, functions: dict[str, Function]) -> None:
    """What can be said of them when everything is known."""
    for name, written in functions.items():
        for argument_name, one in written.every():
            path = f"functions.{name}.{argument_name}"
            with c.telling():
                fits(c, path, one)
                argument(c, path, written, one)
        if written.value and not (written.sheets or written.partly or c.errors or c.unknown):   # else that may be why
            with c.telling():
                reach(c, f"functions.{name}", written)


# The types of the values that cells of an argument give.
ARGUMENT_TYPES = {"bool": BOOL, "choice": TEXT, "date": DATE}


def fits(c: Compiling, path: str, argument: Argument) -> None:
    """What an argument gives is of the type of what it stands for."""
    gives = ARGUMENT_TYPES.get(argument.type, NUMBER)
    for name in argument.supplies:
        wanted = c.types.get(name, ANY)
        if wanted not in (gives, ANY) and not (gives == BOOL and choices(c, argument) == c.choices_of(name)):
            raise c.fail(f"{path}.type", f"读出来是{WORDS[gives]}，{name} 却是{WORDS[wanted]}")


def argument(c: Compiling, path: str, function: Function, argument: Argument) -> None:
    """How its cells are read fits what it stands for."""
    for reading, value in argument.unless.items():
        if value not in (known := Making(c, path).reading_values("unless", reading)):
            raise c.fail(f"{path}.unless", f"读法 {reading} 没有 {value}，有 {'、'.join(known)}")
    if argument.parameter:
        keys = [str(key) for key in c.policy.parameters[argument.parameter].keys]
        if argument.type in ("choice", "bool", "date", "id"):
            raise c.fail(f"{path}.type", "给出参数的要是数")
        if (argument.key or keys) and argument.key not in keys:
            raise c.fail(path, f"参数没有键「{argument.key}」，有 {'、'.join(keys) or '（无）'}")
    monthly = all(c.grain(name) == "month" for name in argument.supplies)
    if argument.months and not (monthly and function.period == "quarter"):
        raise c.fail(f"{path}.months", "只用在 period = \"quarter\" 的函数里，给出的是按月的量")
    if argument.type not in ("choice", "bool"):
        if argument.default and not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,4})?", argument.default):
            raise c.fail(f"{path}.default", f"「{argument.default}」不是数")
        if argument.words:
            raise c.fail(f"{path}.words", "只有 type = \"choice\" 的参数能写 words")
        return
    if argument.type == "choice" and not argument.supplies:
        raise c.fail(f"{path}.supplies", "type = \"choice\" 的参数要给出一个量，它的值就是可以填的值")
    labels = choices(c, argument)
    for label in (*argument.words.values(), *filter(None, [argument.default])):
        if label not in labels:
            raise c.fail(path, f"没有「{label}」这个值，有 {'、'.join(labels)}{near_to(label, labels)}")


def choices(c: Compiling, argument: Argument) -> list[str]:
    """The labels that an argument can have."""
    return ["是", "否"] if argument.type == "bool" else c.choices_of(argument.supplies[0]) or []


def reach(c: Compiling, path: str, function: Function) -> None:
    """Whatever a function can come to need is given by its arguments, and they give nothing else."""
    supplied = {name for _, argument in function.every() for name in argument.supplies} | set(function.given)
    roots = [root for where, root in c.nodes if where.startswith(f"{path}.")]
    stack = [node.name for root in roots for node in walk(root) if isinstance(node, Ref)]
    seen: set[str] = set()
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in supplied:
            continue
        rule = c.quantities.get(name)
        if rule is None or rule.reads_rows:
            raise c.fail(path, f"要用到 {name}，没有参数给出它")
        stack += [node.name for root in rule.nodes.values() for node in walk(root) if isinstance(node, Ref)]
        stack += [target for _, target in rule.references()]
    for name in supplied:
        if name not in seen:
            raise c.fail(path, f"给出的 {name} 用不到")
