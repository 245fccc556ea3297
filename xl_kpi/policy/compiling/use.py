"""What is named exists, has the keys and labels that are asked for, and everything that is declared is used."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.compiling.scope import walk
from xl_kpi.policy.names import KEY_TYPES
from xl_kpi.policy.words import near_to, plain_key
from xl_kpi.rules.base import PolicyError
from xl_kpi.rules.expression import Case, Compare, Const, Node, OneOf, Parameter, Ref, Refuse
from xl_kpi.rules.expression.node import At


def references(c: Compiling) -> None:
    """Names in the fields of rules, refusals, and the keys of parameters."""
    policy = c.policy
    for name, rule in c.quantities.items():
        for field, target in rule.references():
            with c.telling():
                try:
                    c.named(f"quantities.{name}.{field}", [target])
                except PolicyError:
                    c.unknown.add(name)
                    raise
    for path, root in c.nodes:
        for node in walk(root):
            if isinstance(node, Refuse):
                if node.name not in policy.refusals:
                    hint = near_to(node.name, policy.refusals)
                    c.tell(path, f"没有 refusals.{node.name}{hint}", node.at)
                c.used.add(f"refusals.{node.name}")
            if isinstance(node, Parameter):
                c.used.add(node.name)
                with c.telling():
                    key(c, path, node)


def key(c: Compiling, path: str, node: Parameter) -> None:
    parameter = c.policy.parameters[node.name]
    keys: list[Any] = parameter.keys
    keyed = bool(keys) or parameter.listed
    if keyed != (node.key is not None):
        how = f"要带键：{node.name}[…]" if keyed else "没有键，不能带方括号"
        raise c.fail(path, f"参数 {node.name} {how}", node.at)
    if node.key is None or parameter.listed:
        return
    known = [node.key.value] if isinstance(node.key, Const) else node.key.choices(c.choices_of)
    if known and not any(key in keys for key in known):
        raise c.fail(path, f"参数 {node.name} 没有键 {'、'.join(map(plain_key, known))}，"
                              f"有 {'、'.join(map(plain_key, keys))}", node.key.at or node.at)


def labels(c: Compiling) -> None:
    """A text compared with must be one of the labels."""
    for path, root in c.nodes:
        for node in walk(root):
            if isinstance(node, OneOf):
                with c.telling():
                    among(c, path, node.left, node.labels)
            elif isinstance(node, Compare):
                for one, other in (node.children(), node.children()[::-1]):
                    if isinstance(other, Const) and isinstance(other.value, str):
                        with c.telling():
                            among(c, path, one, (other.value,), other.at)


def among(c: Compiling, path: str, node: Node, labels: tuple[str, ...], at: At | None = None) -> None:
    if isinstance(node, Const):             # one key of several
        return
    known = node.choices(c.choices_of)
    for label in labels:
        if known and label not in known:
            name = f"{node.name} " if isinstance(node, Ref) else ""
            raise c.fail(path, f"{name}没有「{label}」这个值，有 {'、'.join(known)}{near_to(label, known)}",
                         at or node.at)


def workdays(c: Compiling) -> bool:
    """Does anything count workdays, under whatever reading?"""
    return any(quantity.workdays for quantity in c.quantities.values()) or any(
        node.workdays for _, root in c.nodes for node in walk(root))


def use(c: Compiling) -> None:
    """Everything that is declared is used by something: a rule, an output, a check or a notice.  Told when all
    else is right: what is wrong may be what uses it."""
    if c.errors or c.unknown:
        return
    policy = c.policy
    used = c.used | {node.name for _, root in c.nodes for node in walk(root) if isinstance(node, Ref)}
    used |= c.people.expanded.union(*(scope.expanded for scope in c.row_scopes.values()))
    readings = {node.reading for _, root in c.nodes for node in walk(root) if isinstance(node, Case)}

    for name in policy.parts:
        if f"parts.{name}" not in used:
            c.tell(f"parts.{name}", "没有任何规则用到它")
    for name in policy.parameters:
        if name not in used:
            c.tell(f"parameters.{name}", "没有任何规则用到这个参数")
    for name in policy.readings:
        if name not in readings:
            c.tell(f"readings.{name}", "没有任何规则用到这个读法")
    for name in policy.refusals:
        if f"refusals.{name}" not in used:
            c.tell(f"refusals.{name}", "没有任何规则用到它")
    for name, quantity in c.quantities.items():
        in_rows = getattr(quantity.rule, "column", "") in used      # the roster's column itself, over rows of a table
        if name not in used and not in_rows:
            c.tell(f"quantities.{name}", "没有任何规则、检查、备注或输出用到这个量")
    for name, (table, column) in c.columns.items():
        by_program = policy.tables[table].grain in ("changes", "items") or column.type in (*KEY_TYPES, "date")
        if name not in used and not column.ignored and not by_program:
            c.tell(f"tables.{table}.columns.{name}",
                   "没有任何规则用到这一列；只是留在表上的写 ignored = true")
