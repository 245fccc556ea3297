"""体检: the roles that tell what is plausible."""

from __future__ import annotations

import re
from collections.abc import Callable

from lark import Token

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import write
from xl_kpi.policy.page.source import Block
from xl_kpi.policy.page.words import ROLES
from xl_kpi.policy.words import near_to


def plausible(x: Context, s: tree.PlausibleStatement) -> None:
    with x.pieces() as pieces:
        for role in s.roles:
            with pieces.one():
                _role(x, s.block, role)
    x.where.setdefault("plausible", s.block.place(4))


def _role(x: Context, block: Block, role: tree.Role) -> None:
    raw = x.raw["plausible"]
    field_ = ROLES.get(str(role.name))
    if field_ is None:
        hint = near_to(str(role.name), ROLES)
        raise block.error(f"体检里不认识「{role.name}」{hint}；可以写 {'、'.join(ROLES)}", role.name)
    names = [str(part).strip('"“”') for part in role.parts]
    if field_ in ("hired", "left", "post"):
        raw[field_] = x.roster_column(block, role.parts[0])
    elif field_ == "posts":
        pairs = zip(role.parts[::2], role.parts[1::2], strict=False)
        raw.setdefault(field_, {}).update({x.table_named(block, t).engine: str(post) for t, post in pairs})
    elif field_ == "attendance":
        raw[field_] = x.table_named(block, role.parts[0]).engine
    elif field_ in ("daily", "totals", "scores", "varying"):
        _each(x, role, raw.setdefault(field_, []), x.input_name, block)
    elif field_ == "shares":
        _each(x, role, raw.setdefault(field_, []), x.parameter_named, block)
    elif field_ == "wanted":
        if role.when is None:
            raise block.error("写法是：应有 列 若 条件", role.name)
        raw.setdefault(field_, {})[x.input_name(block, role.parts[0])] = write(role.when, x.scope(block))
    elif field_ == "hours":
        if len(role.parts) != 2:
            raise block.error("写法是：小时 小时列 次数列 若 条件", role.name)
        raw.setdefault(field_, {})[x.input_name(block, role.parts[0])] = {
            "count": x.input_name(block, role.parts[1]), "clause": block.clause(role.name)} | (
                {"both": write(role.when, x.scope(block))} if role.when is not None else {})
    elif field_ == "appeals":
        _appeals(x, block, role)
    elif field_ in ("held_back", "unsteady_items"):
        raw[field_] = names
    elif len(names) == 1 and re.fullmatch(r"\d{1,6}", names[0]):
        raw[field_] = int(names[0])
    else:
        raise block.error(f"{role.name} 的后面写一个整数", role.name)


def _each(x: Context, role: tree.Role, found: list[str], named: Callable[[Block, Token], str], block: Block) -> None:
    """Every one of a list of names."""
    with x.pieces() as pieces:
        for part in role.parts:
            with pieces.one():
                found.append(named(block, part))


def _appeals(x: Context, block: Block, role: tree.Role) -> None:
    """申诉 表 事项 公布的 改正为 若 改正了."""
    if len(role.parts) != 4 or role.when is None:
        raise block.error("写法是：申诉 表 事项的列 公布时的列 改正后的列 若 改正的条件", role.name)
    table = x.table_named(block, role.parts[0])
    for part in role.parts[1:]:
        if str(part) not in table.names:
            raise block.error(f"{role.parts[0]} 没有列 {part}{near_to(str(part), table.names)}", part)
    item, old, new = (table.names[str(part)].engine for part in role.parts[1:])
    x.raw["plausible"].setdefault("appeals", {})[table.rows] = {
        "item": item, "old": old, "new": new, "upheld": write(role.when, x.row_scope(block, role.parts[0]))}
