"""Expressions of a page, written with the names that the engine has."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.source import At, Block, PageError, Pieces, Place
from xl_kpi.policy.page.words import CONSTANTS, EACH, EACH_KEY, FUNCTIONS, OVER, VALUES
from xl_kpi.policy.words import near_to
from xl_kpi.rules.kinds import CALLS

# Names that only one argument of a call knows → the call.
BOUND = {one.bound: call.name for _, call in CALLS.values() for one in call.arguments if one.bound}
LONGEST = 60_000                # characters of one expression, written out
IF, OR, AND, NOT, COMPARE, SUM, TERM, SIGN, ATOM = range(9)         # how tightly a part holds together
SIGNS = {"=": "==", "＝": "==", "≠": "!=", "≤": "<=", "≥": ">=", "＜": "<", "＞": ">"}


UNKNOWN = "_unknown"        # stands in an expression for a part that is wrong: of any type, and no more is said of it
MARK = "\ue000{}\ue001"     # before a part while an expression is put together: where the part stands
MARKED = re.compile("\ue000(\\d+)\ue001")
A_DATE = "写成参数（参数 名称 日期 = 2016-11-03），式子里写它的名称"
DIGITS = 15                 # of a number, as many as Excel keeps


@dataclass
class Named:
    """What a name of the page stands for.  ``kind``: quantity, column, parameter, part or several."""

    kind: str
    engine: str
    unit: str = ""
    keys: list[Any] = field(default_factory=list)           # of a parameter
    listed: bool = False                                    # of a parameter: the company lists its keys
    choices: list[str] = field(default_factory=list)
    params: int = 0
    table: str = ""
    clause: str = ""
    text: bool = False          # of a column: its state is told, not explained


def one_table(block: Block, name: Any, found: Named | None, at: At | None = None) -> None:
    """Refuse a name that columns of several tables have."""
    if found is not None and found.kind == "several":
        raise block.error(f"{name} 在几张表里都有；给列起名：代表{name}「{name}」 …", name if at is None else at)


def number(block: Block, text: str, at: At) -> str:
    """A number as it is written; refused with more digits than can be kept."""
    if len(text.lstrip("-").replace(".", "")) > DIGITS:
        raise block.error(f"数 {text[:20]} 太长，最多 {DIGITS} 位", at)
    if re.match(r"-?0\d", text):
        raise block.error(f"数 {text} 的前面不写 0；是日期的，{A_DATE}", at)
    return text


class Telling(Protocol):
    """Who keeps what is wrong with expressions, and where their parts stand."""

    places: dict[str, list[tuple[int, Place]]]
    lost: set[str]                                          # names that something wrong should have made known

    @property
    def enough(self) -> bool: ...                           # no more is looked for

    def tell(self, error: PageError) -> None: ...


@dataclass
class PageScope:
    """What the names in an expression mean: those over people, or over the rows of one table."""

    block: Block
    names: dict[str, Named]
    parameters: dict[str, Named]
    labels: set[str]
    sets: dict[str, list[str]]                              # named sets of labels
    refusals: set[str]
    where: str = ""                                         # said when a name is not known here
    elsewhere: Callable[[str], str] = lambda _: ""
    arguments: frozenset[str] = frozenset()
    each: Any = None                                        # the key that 每项 stands for
    sums: Callable[[tree.Call], str] = lambda _: ""         # 应发项(), 扣款项()
    telling: Telling | None = None

    def find(self, name: str) -> Named | None:
        return self.names.get(name) or self.parameters.get(name)

    def knowing(self, name: str) -> PageScope:
        """The same with a name that only one expression knows."""
        return replace(self, arguments=self.arguments | {name})

    def error(self, text: str, at: At) -> PageError:
        return self.block.error(text, at)

    def unknown(self, text: str, at: At) -> PageError:
        return self.block.unknown(text, at)

    def pieces(self) -> Pieces:
        def now(error: PageError) -> None:
            raise error

        return Pieces(self.telling.tell if self.telling is not None else now)

    def keyed(self, token: Any, at: At | None = None, listed: bool = True) -> Named:
        """The parameter with keys of a name; ``listed``: the company may be the one that lists them."""
        def has(one: Named) -> bool:
            return bool(one.keys) or (listed and one.listed)

        found = self.parameters.get(str(token))
        if found is None or not has(found):
            known = [name for name, one in self.parameters.items() if has(one)]
            raise self.unknown(f"{token} 不是有键的参数{near_to(str(token), known)}", token if at is None else at)
        return found

    def bands_alone(self, at: At) -> PageError:
        """Bands stand below what is no rule of bands."""
        return self.error("> 90：… 这样的各档，上面一行写 分档(…)", at)


def write(node: tree.Expression, scope: PageScope) -> str:
    """An expression as the engine reads it; each part that is wrong is told."""
    return without_marks(_Writer(scope).text(node, IF), scope)


def without_marks(marked: str, scope: PageScope) -> str:
    """The text of an expression, with where its parts stand kept for what is said of them later."""
    pieces = MARKED.split(marked)                       # text, place, text, place, …, text
    text = "".join(pieces[::2])
    if scope.telling is not None and len(pieces) > 1:
        at, found = 0, []
        for piece, place in zip(pieces[::2], pieces[1::2], strict=False):
            at += len(piece)
            found.append((at, scope.block.place(int(place))))
        scope.telling.places.setdefault(text, found)
    return text


def label(text: Any) -> str:
    return str(text) if isinstance(text, int) else "'" + str(text) + "'"


class _Writer:
    def __init__(self, scope: PageScope):
        self.scope, self.length = scope, 0

    def text(self, node: tree.Expression, least: int) -> str:
        """The text of a part, in brackets where it holds together less than ``least``."""
        if self.length > LONGEST or (self.scope.telling is not None and self.scope.telling.enough):
            return UNKNOWN
        try:
            said, level = self.write(node)
        except PageError as error:
            if self.scope.telling is None:
                raise
            self.scope.telling.tell(error)
            return UNKNOWN
        self.length += len(said)
        if self.length > LONGEST:
            raise self.scope.error("这个式子写全了太长，分成几个量来写", tree.place_of(node))
        return f"({said})" if level < least else said

    def write(self, node: tree.Expression) -> tuple[str, int]:
        match node:
            case tree.Number(token=token):
                return self.mark(token) + number(self.scope.block, str(token), token), ATOM
            case tree.Text(token=token, value=value):
                if "'" in value or "\\" in value:
                    raise self.scope.error("引号里的文字不能有 ' 和 \\", token)
                return self.mark(token) + label(value), ATOM
            case tree.Name(token=token):
                return self.mark(token) + self.name(token), ATOM
            case tree.Keyed(token=token):
                return self.mark(token) + self.keyed(node), ATOM
            case tree.Call(token=token):
                said, level = self.call(node)
                return self.mark(token) + said, level
            case tree.PerCent(part=part):
                return f"{self.text(part, TERM)} / 100", TERM
            case tree.Minus(part=part):
                return f"-{self.text(part, SIGN)}", SIGN
            case tree.Arithmetic(sign=sign, left=left, right=right):
                return self.arithmetic(sign, left, right)
            case tree.Compared(parts=parts, signs=signs):
                return self.compared(parts, [SIGNS.get(str(s), str(s)) for s in signs]), COMPARE
            case tree.OneOf():
                return self.one_of(node)
            case tree.Negated(part=part):
                return f"not {self.text(part, NOT)}", NOT
            case tree.Both(parts=parts):
                return " and ".join(self.text(part, AND) for part in parts), AND
            case tree.Either(parts=parts):
                return " or ".join(self.text(part, OR) for part in parts), OR
            case tree.Decision(ways=ways):
                return self.decision(ways)
            case tree.Banded():
                raise self.scope.bands_alone(tree.place_of(node))
            case tree.Bracket(token=token):
                raise self.scope.error("括号里用逗号隔开的几个，只能写在“属于”的后面和“按=”里", token)

    @staticmethod
    def mark(token: Any) -> str:
        return MARK.format(token.start_pos or 0)

    def arithmetic(self, sign: str, left: tree.Expression, right: tree.Expression) -> tuple[str, int]:
        match left, right:                                          # 2016-11-03 is no 2002
            case tree.Arithmetic(left=tree.Number(token=year), right=tree.Number(token=month)), tree.Number(token=day):
                text = f"{year}-{month}-{day}"
                if len(year) == 4 and self.scope.block.text.startswith(text, year.start_pos or 0):
                    raise self.scope.error(f"日期 {text} 不能写在式子里：{A_DATE}", year)
        if sign in "+-":
            return f"{self.text(left, SUM)} {sign} {self.text(right, TERM)}", SUM
        if sign == "*" and isinstance(right, tree.PerCent):         # 甲 × 70% is 甲 × 70 ÷ 100
            return f"{self.text(left, TERM)} * {self.text(right.part, SIGN)} / 100", TERM
        return f"{self.text(left, TERM)} {sign} {self.text(right, SIGN)}", TERM

    def decision(self, ways: list[tuple[tree.Expression, tree.Expression | None]]) -> tuple[str, int]:
        for k, (value, when) in enumerate(ways):
            if (when is None) != (k == len(ways) - 1):
                lacks = "每个值后面有“若”，最后一个没有" if when is None else "还缺以上条件都不成立时的值"
                raise self.scope.error(f"写成“值 若 条件；值 若 条件；值”：{lacks}", tree.place_of(value))
        return " else ".join(self.text(value, OR) + (f" if {self.text(when, OR)}" if when is not None else "")
                             for value, when in ways), IF

    def labels_of(self, node: tree.Expression) -> list[str]:
        """The labels that a name can have, as far as the page says."""
        if isinstance(node, tree.Name) and (found := self.scope.names.get(self.each(node.token))):
            return found.choices
        return []

    def compared(self, parts: list[tree.Expression], signs: list[str]) -> str:
        said = []
        for k, part in enumerate(parts):
            near = [*parts[max(k - 1, 0):k], *parts[k + 1:k + 2]]
            if isinstance(part, tree.Name) and any(str(part.token) in self.labels_of(one) for one in near):
                said.append(label(part.token))          # 岗位 = 客服代表, though something else is called so too
            else:
                said.append(self.text(part, SUM))
        return said[0] + "".join(f" {sign} {part}" for sign, part in zip(signs, said[1:], strict=True))

    def one_of(self, node: tree.OneOf) -> tuple[str, int]:
        left = self.text(node.left, SUM)
        parts = node.labels.parts if isinstance(node.labels, tree.Bracket) else [node.labels]
        labels: list[Any] = []
        for part in parts:
            if isinstance(part, tree.Text):
                labels.append(part.value)
            elif isinstance(part, tree.Name):
                word = self.each(part.token)
                parameter = self.scope.parameters.get(word)
                if word in self.scope.sets:
                    labels += self.scope.sets[word]
                elif parameter is not None and parameter.keys and word not in self.labels_of(node.left):
                    labels += parameter.keys
                elif word in self.scope.labels:
                    labels.append(word)
                else:
                    hint = near_to(word, [*self.scope.labels, *self.scope.sets])
                    raise self.scope.unknown(f"没有叫 {word} 的选项{hint}", part.token)
            else:
                raise self.scope.error("“属于”后面写 (甲，乙)，或者有键的参数", tree.place_of(part))
        labels = list(dict.fromkeys(labels))
        if len(labels) == 1:
            return f"{left} {'!=' if node.without else '=='} {label(labels[0])}", COMPARE
        return f"{left} {'not ' if node.without else ''}in ({', '.join(map(label, labels))})", COMPARE

    # -- names

    def each(self, token: Any) -> str:
        """A name, with the key in the place of 每项."""
        return str(token).replace(EACH_KEY, str(self.scope.each)) if self.scope.each is not None else str(token)

    def name(self, token: Any) -> str:
        name, scope = self.each(token), self.scope
        if name in scope.arguments:
            return name
        if name in VALUES:
            return VALUES[name]
        found = scope.find(name)
        if found is not None:
            one_table(scope.block, name, found, token)
            if found.kind == "part":
                raise scope.error(f"{name} 要带参数：{name}(…)", token)
            if found.kind == "parameter" and found.listed:
                raise scope.error(f"参数 {name} 的键由公司列出：用 各项合计({name}，…) 逐项来写", token)
            if found.kind == "parameter" and found.keys:
                keys = "、".join(map(str, found.keys[:20]))
                raise scope.error(f"参数 {name} 要带键：{name}[…]，有 {keys}", token)
            return found.engine
        if name in CONSTANTS and not scope.where:
            return CONSTANTS[name]
        if scope.telling is not None and name in scope.telling.lost:
            return UNKNOWN
        if name in scope.labels:
            return label(name)
        if str(token) == EACH_KEY and isinstance(scope.each, int):
            return label(scope.each)
        if name in BOUND:
            raise scope.error(f"{name} 只能写在 {BOUND[name]}(…) 里", token)
        hint = scope.elsewhere(name) or near_to(
            name, [*scope.arguments, *scope.names, *scope.parameters, *scope.labels, *CONSTANTS])
        raise scope.unknown(f"没有叫 {name} 的量、列、参数或选项{hint}", token)

    def keyed(self, node: tree.Keyed) -> str:
        name = self.each(node.token)
        found = self.scope.parameters.get(name)
        if found is None:
            hint = near_to(name, self.scope.parameters)
            raise self.scope.unknown(f"没有叫 {name} 的参数，不能带方括号{hint}", node.token)
        if found.listed:
            return f"{found.engine}[{self.text(node.key, IF)}]"
        if not found.keys:
            raise self.scope.error(f"参数 {name} 没有键，不能带方括号", node.token)
        key = node.key
        if isinstance(key, tree.Name):
            word = str(self.scope.each) if str(key.token) == EACH_KEY and self.scope.each is not None else self.each(
                key.token)
            if word in map(str, found.keys):
                return f"{found.engine}[{label(next(k for k in found.keys if str(k) == word))}]"
            if self.scope.find(word) is None and word not in self.scope.arguments:
                raise self.scope.unknown(f"参数 {name} 没有键 {word}，有 {'、'.join(map(str, found.keys[:20]))}"
                                       f"{near_to(word, {*map(str, found.keys), *self.scope.names})}",
                                       key.token)
        return f"{found.engine}[{self.text(key, IF)}]"

    # -- calls

    def call(self, node: tree.Call) -> tuple[str, int]:
        name, scope = str(node.token), self.scope
        at = node.token.start_pos or 0
        if name in EACH:
            return self.over_keys(node)
        if name == "不核算":
            if len(node.parts) != 1 or not isinstance(node.parts[0], tree.Name):
                raise scope.error("写法是 不核算(编号)，编号是一条“不核算”的", at)
            refusal = str(node.parts[0].token)
            if refusal not in scope.refusals:
                raise scope.unknown(f"没有叫 {refusal} 的“不核算”{near_to(refusal, scope.refusals)}",
                                    node.parts[0].token)
            return f"refuse('{refusal}')", ATOM
        if said := scope.sums(node):
            return said, SUM
        found = scope.find(name)
        if found is not None and found.kind == "part":
            if len(node.parts) != found.params:
                raise scope.error(f"{name} 要 {found.params} 个参数，给了 {len(node.parts)} 个", at)
            function = found.engine
        elif name in FUNCTIONS:
            function = FUNCTIONS[name]
        else:
            known = [*FUNCTIONS, *EACH, *CALLS]
            if found is not None:
                raise scope.error(f"{name} 不是函数，不能带括号{near_to(name, known)}", at)
            raise scope.unknown(f"没有函数 {name}" + (near_to(name, known) or f"；有 {'、'.join(known)}；"
                              "按条件取值写：甲 若 条件；乙"), at)
        return f"{function}({', '.join(self.text(part, IF) for part in node.parts)})", ATOM

    def over_keys(self, node: tree.Call) -> tuple[str, int]:
        """各项合计(参数, 式子): the expression for each key, added up (or: all of them, any of them)."""
        name, at = str(node.token), node.token.start_pos or 0
        if len(node.parts) != 2 or not isinstance(node.parts[0], tree.Name):
            raise self.scope.error(f"写法是 {name}(有键的参数，式子)；式子里 每项 代表键", at)
        parameter = self.scope.keyed(node.parts[0].token, at)
        if parameter.listed:
            part = _Writer(self.scope.knowing(EACH_KEY)).text(node.parts[1], IF)
            return f"{OVER[name]}({part} for {EACH_KEY} in {parameter.engine})", ATOM
        sign = EACH[name]
        level = {"+": SUM, "and": AND, "or": OR}[sign]
        parts: list[str] = []
        for key in parameter.keys:
            one = _Writer(replace(self.scope, each=key))
            one.length = self.length
            parts.append(one.text(node.parts[1], level + (level != SUM or bool(parts))))
            self.length = one.length
            if UNKNOWN in parts[-1]:                        # it is so of every key
                break
        return f" {sign} ".join(parts), level if len(parts) > 1 else ATOM


def walk(node: Any) -> Any:
    """All parts of an expression."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        match one:
            case tree.Keyed(key=key):
                stack.append(key)
            case tree.Call(parts=parts) | tree.Bracket(parts=parts) | tree.Both(parts=parts) | tree.Either(
                    parts=parts) | tree.Compared(parts=parts):
                stack += parts
            case tree.PerCent(part=part) | tree.Minus(part=part) | tree.Negated(part=part):
                stack.append(part)
            case tree.Arithmetic(left=left, right=right):
                stack += [left, right]
            case tree.OneOf(left=left, labels=labels):
                stack += [left, labels]
            case tree.Decision(ways=ways):
                stack += [part for way in ways for part in way if part is not None]
            case tree.Banded(head=head, bands=bands):
                stack.append(head)
                stack += [part for band in bands for part in (band.gives, *(node for _, node in band.ends))]


def words_of(node: tree.Expression, key: Any) -> list[str]:
    """The names in an expression, in the order in which they stand."""
    found = [one.token for one in walk(node) if isinstance(one, tree.Name)]
    return [str(t).replace(EACH_KEY, str(key)) if key is not None else str(t)
            for t in sorted(found, key=lambda t: t)]
