"""The types of expressions and rules: number, date, yes/no, text.  Checked when a policy is loaded, so that nothing has
to be checked while it runs.  A kind of rule that is not named here is not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xl_kpi.rules.base import Rule
from xl_kpi.rules.expression import (
    Arithmetic,
    Blank,
    Case,
    Compare,
    Const,
    Default,
    ExpressionError,
    Function,
    If,
    Logic,
    Node,
    Not,
    Nothing,
    OneOf,
    Parameter,
    Present,
    Ref,
    Refuse,
)
from xl_kpi.rules.kinds import AsOf, At, Band, Calendar, Distribute, Events, Expr, First, Group, Over, Pick, Rank

# ANY: not known, or a refusal, which fits everywhere.
NUMBER, DATE, BOOL, TEXT, BLANK, ANY = "number", "date", "bool", "choice", "blank", ""
WORDS = {NUMBER: "数", DATE: "日期", BOOL: "条件", TEXT: "文字", BLANK: " blank", ANY: ""}
TypeOf = Callable[[str], str]           # the type of a quantity, input column or constant


def said(node: Node) -> str:
    """A part of an expression in a message."""
    if isinstance(node, Ref | Parameter):
        return f"{node.name} 是"
    if isinstance(node, Const):
        return f"'{node.value}' 是" if isinstance(node.value, str) else f"{node.value} 是"
    return "给的是"


def need(node: Node, wanted: str, where: str, of: TypeOf) -> None:
    """Refuse a part that is not of the type wanted."""
    found = type_of(node, of)
    if found not in (wanted, ANY):
        raise ExpressionError(f"{where}应是{WORDS[wanted]}，{said(node)}{WORDS[found]}")
    settle(node, wanted)


def settle(node: Node, kind: str) -> None:
    """Say of what type the value is that a blank or a refusal stands for."""
    match node:
        case Nothing():
            node.is_a(kind)
        case If():
            settle(node.yes, kind)
            settle(node.no, kind)
        case Default() | Case():
            for part in node.children():
                settle(part, kind)


def common(parts: Sequence[Node], where: str, of: TypeOf) -> str:
    """The one type of several parts; a blank goes with every type."""
    found = {type_of(part, of): part for part in parts}
    kinds = [kind for kind in found if kind not in (ANY, BLANK)]
    if len(kinds) > 1:
        which = "，".join(f"{said(found[kind])}{WORDS[kind]}" for kind in kinds)
        raise ExpressionError(f"{where}应是同一类：{which}")
    for part in parts if kinds else ():
        settle(part, kinds[0])
    return kinds[0] if kinds else BLANK if BLANK in found else ANY


def type_of(node: Node, of: TypeOf) -> str:
    """The type of an expression.  Raises ExpressionError where types do not go together."""
    match node:
        case Const():
            return BOOL if isinstance(node.value, bool) else TEXT if isinstance(node.value, str) else NUMBER
        case Blank():
            return BLANK
        case Ref():
            return of(node.name)
        case Parameter():
            if node.key is not None:
                type_of(node.key, of)
            return NUMBER
        case Arithmetic():
            return _arithmetic(node, of)
        case Compare():
            sides = node.children()
            if BLANK in [type_of(side, of) for side in sides]:
                raise ExpressionError("不能与 blank 比较；看有没有值用 present(…)")
            kind = common(sides, f"{node.op} 两边", of)
            if kind in (BOOL, TEXT) and node.op not in ("==", "!="):
                raise ExpressionError(f"{WORDS[kind]}不分大小，不能用 {node.op}")
            return BOOL
        case OneOf():
            need(node.left, TEXT, "in 的左边", of)
            return BOOL
        case Logic():
            for part in node.parts:
                need(part, BOOL, f"{node.op} 的每一边", of)
            return BOOL
        case Not():
            need(node.part, BOOL, "not 后面", of)
            return BOOL
        case Present():
            type_of(node.part, of)
            return BOOL
        case If():
            need(node.test, BOOL, "if 的条件", of)
            return common((node.yes, node.no), "if 和 else 的结果", of)
        case Default():
            return common(node.children(), "default 的两个值", of)
        case Case():
            return common(node.children(), f"读法 {node.reading} 的各个结果", of)
        case Function() if node.name in ("min", "max") and common(node.parts, f"{node.name} 的各项", of) == DATE:
            return DATE
        case Function():
            for part in node.parts:
                need(part, NUMBER, f"{node.name} 的各项" if len(node.parts) > 1 else node.name + " 的值", of)
            return NUMBER
        case Refuse():
            return ANY
    return ANY


def _arithmetic(node: Arithmetic, of: TypeOf) -> str:
    """Numbers; a date moved by days; the days between two dates."""
    left, right = type_of(node.left, of), type_of(node.right, of)
    if node.op == "-" and left == right == DATE:
        return NUMBER
    if (node.op in "+-" and left == DATE and right == NUMBER) or (node.op == "+" and left == NUMBER and right == DATE):
        return DATE
    for side in node.children():
        need(side, NUMBER, f"{node.op} 两边", of)
    return NUMBER


# What the fields of a rule must be; ``of`` and ``each`` by ``how``.
FIELDS = {"where": BOOL, "day": DATE, "date": DATE, "first": DATE, "last": DATE, "lines": NUMBER, "top": NUMBER,
          "places": NUMBER, "by": TEXT, "look": TEXT}
HOW = {"any": BOOL, "all": BOOL, "count_true": BOOL, "sum": NUMBER, "mean": NUMBER, "min": NUMBER, "max": NUMBER}


def check_fields(rule: Rule, of: TypeOf) -> None:
    """Refuse a field of another type than its rule can use."""
    named = [(field, Ref(name)) for field, name in rule.references()]
    for field, node in [*rule._nodes.items(), *named]:
        root = field.partition(".")[0]
        wanted = HOW.get(getattr(rule, "how", "")) if root in ("of", "each") else FIELDS.get(root)
        if wanted:
            need(node, wanted, f"{field} ", of)
        elif type_of(node, of) in (ANY, BLANK):
            raise ExpressionError("只有 blank 或 refuse，没有值")


def type_of_rule(rule: Rule, of: TypeOf) -> str:
    """The type of a quantity."""
    match rule:
        case Expr():
            return type_of(rule.node("expr"), of)
        case At() | Pick():
            return of(rule.of)
        case AsOf():
            return of(rule.column)
        case Over() | Events() | Group():
            return BOOL if rule.how in ("any", "all") else NUMBER
        case First():
            return BOOL
        case Rank() | Calendar():
            return NUMBER
        case Band():
            return NUMBER if isinstance(rule.below, int) else TEXT
        case Distribute():
            return TEXT
    return ANY
