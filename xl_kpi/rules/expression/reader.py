"""Reading an expression: one closed grammar, ``+ - * /``, comparisons, ``in ("a", "b")``, ``and or not``,
``x if c else y``, names of quantities, parameters (``rep.star_pay[star]``) and period constants, text labels of
choices, and the functions of ``FUNCTIONS``.  The text is read by Python's own parser and translated; nothing is ever
evaluated by Python.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from xl_kpi.rules.expression.arithmetic import Arithmetic, Function
from xl_kpi.rules.expression.choosing import Default, If
from xl_kpi.rules.expression.conditions import Compare, Logic, Not, OneOf, Present
from xl_kpi.rules.expression.dates import DateFunction
from xl_kpi.rules.expression.leaves import Blank, Const, Parameter, Ref, Refuse
from xl_kpi.rules.expression.loop import HOW, Each, Key, with_key, written_out
from xl_kpi.rules.expression.node import ExpressionError, Node

# How many arguments a function takes.
FUNCTIONS = {"min": (2, 99), "max": (2, 99), "round": (1, 2), "floor": (1, 2), "ceil": (1, 2), "abs": (1, 1),
             "present": (1, 1), "default": (2, 2), "refuse": (1, 1), **DateFunction.FUNCTIONS}


DEEPEST = 60        # parts within parts; deeper, Python's own recursion would give way
TOO_DEEP = "式子嵌套太深，分成几个量来写"


# A parameter's id may have words of Python between its dots (return.rate); its parser reads them with a mark.
MARK = "ǃ"
_DOTTED = re.compile(r"""'[^']*'|"[^"]*"|#[^\n]*|[^\W\d]\w*(?:\.[^\W\d]\w*)+""")


def _marked(found: re.Match[str]) -> str:
    text = found[0]
    if text[0] in "'\"#":
        return text
    return ".".join(word + MARK if keyword.iskeyword(word) else word for word in text.split("."))


class Scope(Protocol):
    """What names mean while an expression is read."""

    def is_parameter(self, name: str) -> bool: ...
    def is_quantity(self, name: str) -> bool: ...
    def rule(self, name: str) -> tuple[list[str], Callable[[dict[str, Node]], Node]] | None: ...
    def hint(self, name: str) -> str: ...
    def keys(self, parameter: str) -> list[str | int] | None: ...


def parse(text: str, scope: Scope, bound: dict[str, Node] | None = None) -> Node:
    """The node of an expression; ``bound`` gives the arguments of a rule.  Raises ExpressionError."""
    reader = _Reader(text, scope, bound or {})
    if not text.strip():
        raise ExpressionError("式子是空的")
    try:
        tree = ast.parse(reader.source, mode="eval").body
    except (RecursionError, MemoryError):
        raise reader.error(TOO_DEEP) from None
    except (SyntaxError, ValueError) as error:
        raise reader.error(TOO_DEEP if "nested" in str(error) else f"式子读不懂{_syntax_hint(text)}") from None
    if tree.col_offset == 0 and tree.lineno == 1 and type(tree) not in NOT_ALLOWED:     # our bracket closed: "a) + (b"
        raise reader.error("式子读不懂，括号不配对")
    return reader.node(tree)


def _syntax_hint(text: str) -> str:
    """What most likely stands behind text that Python cannot read."""
    bare = re.sub(r"""'[^']*'|"[^"]*\"""", "", text)
    if wide := re.search("[，。（）：；＋－×÷＝≠＜≤＞≥“”‘’【】　、]", bare):
        return f"，有全角符号「{wide[0]}」，改成半角"
    if re.search(r"(?<![=<>!])=(?!=)", bare):
        return "，相等写成 =="
    if text.count("(") != text.count(")"):
        return "，括号不配对"
    if re.search(r"\bif\b", bare) and not re.search(r"\belse\b", bare):
        return "，if 要有 else：甲 if 条件 else 乙"
    return ""


OPS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Eq: "==", ast.NotEq: "!=",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}


# What Python's grammar has and this one has not, in the author's words.
NOT_ALLOWED: dict[type, str] = {
    ast.Mod: "%（百分数写成 / 100）", ast.Pow: "**", ast.FloorDiv: "//（取整用 floor）", ast.MatMult: "@",
    ast.BitAnd: "&（写 and）", ast.BitOr: "|（写 or）", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Invert: "~（写 not）", ast.UAdd: "前面的 +", ast.Is: "is（写 ==）", ast.IsNot: "is not（写 !=）",
    ast.Tuple: "逗号隔开的几个值", ast.List: "[…]", ast.Set: "{…}", ast.Dict: "{…}", ast.Slice: "[…:…]",
    ast.Starred: "*", ast.JoinedStr: "f\"…\"", ast.Lambda: "lambda", ast.NamedExpr: ":=", ast.Await: "await",
    ast.Yield: "yield", ast.YieldFrom: "yield", ast.GeneratorExp: "for", ast.ListComp: "for", ast.SetComp: "for",
    ast.DictComp: "for",
}


class _Reader:
    """Translates Python's syntax tree, node by node; whatever it does not name is refused."""

    def __init__(self, text: str, scope: Scope, bound: dict[str, Node]):
        self.text, self.scope, self.bound = text, scope, bound
        # in brackets it may go over several lines, with comments
        self.source = f"({_DOTTED.sub(_marked, text)}\n)"
        self.depth = 0

    def error(self, what: str) -> ExpressionError:
        text = " ".join(self.text.split())
        return ExpressionError(f"{what}：「{text if len(text) <= 200 else text[:200] + '…'}」")

    def refused(self, what: ast.AST) -> ExpressionError:
        return self.error(f"式子里不能用 {NOT_ALLOWED.get(type(what), type(what).__name__)}")

    def node(self, tree: ast.expr) -> Node:
        method = getattr(self, "on_" + type(tree).__name__, None)
        if method is None:
            raise self.refused(tree)
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(TOO_DEEP)
        at = (self.text, tree.lineno, tree.col_offset)
        try:
            node: Node = method(tree)
        except ExpressionError as error:
            error.at = error.at or at
            raise
        self.depth -= 1
        if node.at is None:
            object.__setattr__(node, "at", at)          # nodes are frozen
        return node

    def on_Constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if isinstance(value, bool | str):
            return Const(value)
        if isinstance(value, int | float):
            # the digits as written in the policy file, never the double
            digits = ast.get_source_segment(self.source, tree) or ""
            if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", digits):
                raise self.error(f"数 {digits} 要写成普通的小数，如 100000、0.05")
            return Const(Fraction(digits))
        raise self.error("式子里的常数不是数字、是否或文字")

    def on_Name(self, tree: ast.Name) -> Node:
        return self.name(tree.id)

    def on_Attribute(self, tree: ast.Attribute) -> Node:
        return self.name(self.dotted(tree))

    def dotted(self, tree: ast.expr) -> str:
        if isinstance(tree, ast.Name):
            return tree.id.removesuffix(MARK)
        if isinstance(tree, ast.Attribute):
            return f"{self.dotted(tree.value)}.{tree.attr.removesuffix(MARK)}"
        raise self.error("名称读不懂")

    def name(self, name: str) -> Node:
        if name in self.bound:
            return self.bound[name]
        if name == "blank":
            return Blank()
        if self.scope.is_parameter(name):
            return Parameter(name)
        if self.scope.is_quantity(name):
            return Ref(name)
        raise self.error(f"没有叫 {name} 的量、输入列或参数{self.scope.hint(name)}")

    def on_Subscript(self, tree: ast.Subscript) -> Node:
        name = self.dotted(tree.value)
        if not self.scope.is_parameter(name):
            hint = "" if self.scope.is_quantity(name) else self.scope.hint(name)
            raise self.error(f"{name} 不是参数，不能带方括号{hint}")
        return Parameter(name, self.node(tree.slice))

    def on_BinOp(self, tree: ast.BinOp) -> Node:
        if type(tree.op) not in OPS:
            raise self.refused(tree.op)
        return Arithmetic(OPS[type(tree.op)], self.node(tree.left), self.node(tree.right))

    def on_UnaryOp(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            return Not(self.node(tree.operand))
        if isinstance(tree.op, ast.USub):
            part = self.node(tree.operand)
            if isinstance(part, Const) and isinstance(part.value, Fraction):
                return Const(-part.value)
            return Arithmetic("-", Const(Fraction(0)), part)
        raise self.refused(tree.op)

    def on_BoolOp(self, tree: ast.BoolOp) -> Node:
        return Logic("and" if isinstance(tree.op, ast.And) else "or", tuple(self.node(v) for v in tree.values))

    def on_Compare(self, tree: ast.Compare) -> Node:
        parts: list[Node] = []
        left = tree.left
        for op, right in zip(tree.ops, tree.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                elements = right.elts if isinstance(right, ast.Tuple) else []
                labels = tuple(e.value for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, str))
                if not labels or len(labels) < len(elements):
                    raise self.error("in 的右边要写成 ('甲', '乙')；只有一个时用 ==")
                one: Node = OneOf(self.node(left), labels)
                parts.append(Not(one) if isinstance(op, ast.NotIn) else one)
            elif type(op) in OPS:
                parts.append(Compare(OPS[type(op)], self.node(left), self.node(right)))
            else:
                raise self.refused(op)
            left = right
        return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))

    def on_IfExp(self, tree: ast.IfExp) -> Node:
        return If(self.node(tree.test), self.node(tree.body), self.node(tree.orelse))

    def on_Call(self, tree: ast.Call) -> Node:
        name = self.dotted(tree.func)
        if len(tree.args) == 1 and isinstance(tree.args[0], ast.GeneratorExp):
            return self.each(name, tree.args[0])
        if tree.keywords:
            raise self.error(f"{name} 不接受命名参数")
        rule = self.scope.rule(name)
        if rule is not None:
            args, expand = rule
            if len(args) != len(tree.args):
                raise self.error(f"{name} 要 {len(args)} 个参数（{'、'.join(args)}），给了 {len(tree.args)} 个")
            return expand({arg: self.node(part) for arg, part in zip(args, tree.args, strict=True)})
        if name not in FUNCTIONS:
            if name in HOW:
                raise self.error(f"{name} 的写法是 {name}(每一项的式子 for 键 in 参数)")
            raise self.error(f"没有函数 {name}，可用的有 {'、'.join(FUNCTIONS)}")
        low, high = FUNCTIONS[name]
        if not low <= len(tree.args) <= high:
            count = f" {low}" if low == high else f"至少 {low}" if high == 99 else f" {low} 或 {high}"
            raise self.error(f"函数 {name} 要{count} 个参数，给了 {len(tree.args)} 个")
        if name == "refuse":
            if isinstance(tree.args[0], ast.Constant) and isinstance(tree.args[0].value, str):
                return Refuse(tree.args[0].value)
            raise self.error("refuse 的写法是 refuse('编号')")
        parts = [self.node(part) for part in tree.args]
        if name in DateFunction.FUNCTIONS:
            return DateFunction(name, tuple(parts))
        if name == "present":
            return Present(parts[0])
        if name == "default":
            return Default(parts[0], parts[1])
        if name in ("round", "floor", "ceil"):
            places = 0
            if len(parts) == 2:
                second = parts.pop()
                if not (isinstance(second, Const) and isinstance(second.value, Fraction)
                        and second.value.denominator == 1 and 0 <= second.value <= 6):
                    raise self.error(f"{name} 的小数位数应是 0 到 6 的整数")
                places = int(second.value)
            return Function(name, tuple(parts), places)
        return Function(name, tuple(parts))

    def each(self, how: str, tree: ast.GeneratorExp) -> Node:
        """``sum(points * weight[item] for item in weight)``: for each key of a parameter."""
        one = tree.generators[0]
        if how not in HOW or len(tree.generators) > 1 or one.ifs or not isinstance(one.target, ast.Name):
            raise self.error(f"每一项的写法是 {'、'.join(HOW)} 之一：sum(式子 for 键 in 参数)")
        key, parameter = one.target.id, self.dotted(one.iter)
        keys = self.scope.keys(parameter)
        if keys is None:
            hint = "" if self.scope.is_parameter(parameter) else self.scope.hint(parameter)
            raise self.error(f"{parameter} 不是有键的参数，不能逐项{hint}")
        if key in self.bound or self.scope.is_quantity(key) or self.scope.is_parameter(key):
            raise self.error(f"{key} 已经是别的名称，逐项的键换一个名字")
        self.bound = {**self.bound, key: Key(key)}
        part = self.node(tree.elt)
        del self.bound[key]
        if not keys:                # the company lists them
            return Each(how, part, key, parameter)
        found = written_out(how, [with_key(part, key, label) for label in keys])
        assert found is not None
        return found
