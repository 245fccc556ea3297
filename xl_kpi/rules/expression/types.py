"""What the parts of an expression must be: number, date, yes/no, text.  Checked when a policy is loaded, so that
nothing has to be checked while it runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from xl_kpi.rules.expression.node import ANY, BLANK, BOOL, DATE, NUMBER, TEXT, ExpressionError, Node, TypeOf

WORDS = {NUMBER: "数", DATE: "日期", BOOL: "条件", TEXT: "文字", BLANK: " blank", ANY: ""}


def need(node: Node, wanted: str, where: str, of: TypeOf) -> None:
    """Refuse a part that is not of the type wanted."""
    found = node.type_of(of)
    if found not in (wanted, ANY):
        raise ExpressionError(f"{where}应是{WORDS[wanted]}，{node.said()}{WORDS[found]}", node.at)
    node.settle(wanted)


def common(parts: Sequence[Node], where: str, of: TypeOf) -> str:
    """The one type of several parts; a blank goes with every type."""
    found = {part.type_of(of): part for part in parts}
    kinds = [kind for kind in found if kind not in (ANY, BLANK)]
    if len(kinds) > 1:
        which = "，".join(f"{found[kind].said()}{WORDS[kind]}" for kind in kinds)
        raise ExpressionError(f"{where}应是同一类：{which}", found[kinds[1]].at)
    for part in parts if kinds else ():
        part.settle(kinds[0])
    return kinds[0] if kinds else BLANK if BLANK in found else ANY
