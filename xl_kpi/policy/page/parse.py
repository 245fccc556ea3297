"""Parsing: the blocks of a page to typed statements, by ``grammar.lark``."""

from __future__ import annotations

import re
import unicodedata
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, Tree, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken
from lark.lexer import PatternStr

from xl_kpi.policy.names import keyed
from xl_kpi.policy.page import tree
from xl_kpi.policy.page.source import Block, PageError

GRAMMAR = Path(__file__).with_name("grammar.lark")
# Terminals in the words of whoever writes a page.
SAID = {"NAME": "名称", "NUMBER": "数", "DATE": "日期",
        "STRING": "“文字”", "TITLE": "「标题」", "IDENT": "{编号}", "UNIT": "单位",
        "CHOICES": "甲|乙|丙", "TYPE": "类型", "WORD": "必填、可无 这样的词", "FORM": "附表的编号", "MARKS": "* ? ~ ^",
        "HEAD": "名称", "OPTION": "取值和说明", "READING": "读法", "FLAG_TEXT": "递增、可空 这样的词", "TEXT": "文字",
        "REST": "文字", "FILL": "—— 怎么填", "ONCE": "一次、每部门一次", "BESIDE": "空档、重叠、取",
        "STEP": "每、加、扣", "IN": "属于", "COMPARE": "= ≠ < > ≤ ≥",
        "PLUS": "+", "MINUS": "−", "TIMES": "× ÷", "LPAR": "（", "RPAR": "）", "_COMMA": "，", "_SEMI": "；",
        "PERCENT": "%", "_COLON": "：", "_ARROW": "→", "_NL": "换一行", "$END": "到此为止"}


def _title(token: Token | None) -> str:
    return str(token)[1:-1] if token is not None else ""


def _fill(token: Token | None) -> str:
    return str(token)[2:].strip() if token is not None else ""


class _Build(Transformer[Token, Any]):
    """Makes typed statements while the parser reads: nothing of it is recursive."""

    def __default__(self, data: Any, children: list[Any], meta: Any) -> Any:
        return Tree(str(data), children)

    @staticmethod
    def _of(children: list[Any], *types: str) -> list[Any]:
        """The tokens of these types."""
        return [one for one in children if isinstance(one, Token) and one.type in types]

    def _one(self, children: list[Any], type_: str) -> Token | None:
        return next(iter(self._of(children, type_)), None)

    @staticmethod
    def _rule(children: list[Any], name: str) -> Any:
        """What a rule gave, None when it is not there."""
        return next((one.children for one in children if isinstance(one, Tree) and one.data == name), None)

    @staticmethod
    def _rules(children: list[Any], name: str) -> list[Any]:
        return [one.children for one in children if isinstance(one, Tree) and one.data == name]

    @staticmethod
    def _expressions(children: list[Any]) -> list[tree.Expression]:
        return [one for one in children if isinstance(one, tree.Expression)]

    def _head(self, children: list[Any]) -> dict[str, Any]:
        return {"name": self._one(children, "NAME"), "title": _title(self._one(children, "TITLE")),
                "id": _title(self._one(children, "IDENT"))}

    def NUMBER(self, token: Token) -> Token:
        """As the program reads it: full-width digits are digits."""
        return token.update(value=unicodedata.normalize("NFKC", token))

    # -- expressions

    def number(self, c: list[Any]) -> Any:
        return tree.Number(c[0])

    def text(self, c: list[Any]) -> Any:
        return tree.Text(c[0], _title(c[0]))

    def name(self, c: list[Any]) -> Any:
        return tree.Name(c[0])

    def keyed(self, c: list[Any]) -> Any:
        return tree.Keyed(c[0], c[1])

    def call(self, c: list[Any]) -> Any:
        return tree.Call(c[0], self._expressions(c))

    def bracket(self, c: list[Any]) -> Any:
        parts = self._expressions(c)
        return parts[0] if len(parts) == 1 else tree.Bracket(c[0], parts)

    def per_cent(self, c: list[Any]) -> Any:
        return tree.PerCent(c[0])

    def minus(self, c: list[Any]) -> Any:
        return tree.Minus(c[0], c[1])

    def arithmetic(self, c: list[Any]) -> Any:
        sign = {"＋": "+", "−": "-", "－": "-", "×": "*", "÷": "/"}.get(str(c[1]), str(c[1]))
        return tree.Arithmetic(sign, c[0], c[2])

    def compared(self, c: list[Any]) -> Any:
        return tree.Compared(c[::2], c[1::2])

    def one_of(self, c: list[Any]) -> Any:
        return tree.OneOf(c[0], c[2], str(c[1]).startswith(("不", "not")))

    def negated(self, c: list[Any]) -> Any:
        return tree.Negated(c[0])

    def both(self, c: list[Any]) -> Any:
        return tree.Both(c)

    def either(self, c: list[Any]) -> Any:
        return tree.Either(c)

    def alternative(self, c: list[Any]) -> Any:
        return (c[0], c[1] if len(c) > 1 else None)

    def end(self, c: list[Any]) -> Any:
        return (c[0], c[1])

    def band(self, c: list[Any]) -> Any:
        return tree.Band(c[:-1], c[-1])

    def decision(self, c: list[Any]) -> Any:
        bands = [one for one in c if isinstance(one, tree.Band)]
        if bands:
            return tree.Banded(tree.Decision([one for one in c if not isinstance(one, tree.Band)]), bands)
        return c[0][0] if len(c) == 1 and c[0][1] is None else tree.Decision(c)

    # -- statements

    def start(self, c: list[Any]) -> Any:
        return c[0]

    def missing(self, c: list[Any]) -> Any:
        return None

    def signed(self, c: list[Any]) -> str:
        return ("-" if len(c) > 1 else "") + str(c[-1])

    def pair(self, c: list[Any]) -> Any:
        return Tree("pair", [[one.children[0] for one in c[:-1]], c[-1]])

    def parameter(self, c: list[Any]) -> Any:
        amount, pairs = self._rule(c, "amount"), self._rule(c, "stated") or ()
        return tree.ParameterStatement(
            str(self._one(c, "UNIT") or ""), str(amount[0]) if amount else "",
            [(one.children[0], one.children[1]) for one in pairs],
            [one[0] for one in self._rules(c, "flag")], _fill(self._one(c, "FILL")), **self._head(c))

    def reading(self, c: list[Any]) -> Any:
        return tree.ReadingStatement(c[0], self._of(c, "OPTION"), _fill(self._one(c, "FILL")), name=c[0])

    def labels(self, c: list[Any]) -> Any:
        return tree.LabelsStatement(re.split(r"\s*\|\s*", str(c[1]).strip()), name=c[0])

    def table_check(self, c: list[Any]) -> Any:
        return tree.TableCheckStatement(c[0].children[0], c[1], name=c[1].text)

    def column(self, c: list[Any]) -> Any:
        kind, words = self._one(c, "TYPE"), self._of(c, "WORD")
        return [tree.ColumnLine(one["name"], one["title"], one["id"], kind, words, _fill(self._one(c, "FILL")))
                for one in c[0].children]

    def named(self, c: list[Any]) -> Any:
        return self._head(c)

    def row_check(self, c: list[Any]) -> Any:
        level, at = self._rule(c, "level"), self._rule(c, "at")
        return tree.Said(self._expressions(c)[0], at or [], self._of(c, "TEXT")[0], str(c[-1]).strip(),
                         str(level[0]) if level else "")

    def row_checks(self, c: list[Any]) -> Any:
        one = self.row_check(c)
        one.each = c[0]
        return one

    argument_check = row_check

    def table(self, c: list[Any]) -> Any:
        found = tree.TableStatement(self._rule(c, "grain") or [], _fill(self._one(c, "FILL")), **self._head(c))
        for one in c:
            if isinstance(one, list):
                found.columns += one
            elif isinstance(one, tree.Said):
                found.checks.append(one)
            elif isinstance(one, Tree) and one.data == "row_do":
                found.row_do = str(one.children[0]).strip()
            elif isinstance(one, Tree) and one.data == "unique":
                found.unique = self._of(one.children, "NAME")
            elif isinstance(one, Tree) and one.data == "signing":
                found.signed = str(one.children[0]).strip()
            elif isinstance(one, Tree) and one.data == "form":
                found.form, found.form_title = str(one.children[0]), _title(self._one(one.children, "TITLE"))
        return found

    def grain(self, c: list[Any]) -> Any:
        return Tree("grain", list[Any](self._expressions(c)))

    def quantity(self, c: list[Any]) -> Any:
        scope, params, by = self._rule(c, "scope"), self._rule(c, "params"), self._rule(c, "by_reading")
        choices = self._one(c, "CHOICES")
        return tree.QuantityStatement(
            scope[0] if scope else None, self._of(params or [], "NAME"), str(self._one(c, "UNIT") or ""),
            re.split(r"\s*\|\s*", choices) if choices else [], next(iter(self._expressions(c)), None),
            by[0] if by else None, self._cases(by or []), _fill(self._one(by or [], "FILL")), **self._head(c))

    def _cases(self, c: list[Any]) -> list[tuple[Token, tree.Expression]]:
        return [(one[0], one[1]) for one in self._rules(c, "case")]

    def measured(self, c: list[Any]) -> Any:
        head = c[0]
        return Tree("measured", [tree.ColumnLine(head["name"], head["title"], head["id"], self._one(c, "TYPE"),
                                             self._of(c, "WORD"), _fill(self._one(c, "FILL")))])

    def level_points(self, c: list[Any]) -> Any:
        return (c[0], c[1])

    def indicator(self, c: list[Any]) -> Any:
        scope, each = self._rule(c, "scope"), self._rule(c, "each_key")
        names = [self._head(one) for one in self._rules(c, "called")] if not each else [
            {"name": each[0], "title": "", "id": ""}]
        return tree.IndicatorStatement(
            scope[0] if scope else None, self._rule(c, "grain") or [], str(self._one(c, "UNIT") or ""),
            self._expressions(c)[0], self._lines(c), names, bool(each),
            _fill(self._one(c, "FILL")), **names[0])

    def shared_lines(self, c: list[Any]) -> Any:
        names = self._of(c, "NAME")
        return tree.SharedLinesStatement(names, self._lines(c), name=Token("NAME", "各指标", start_pos=4))

    def _lines(self, c: list[Any]) -> tree.Lines:
        found = tree.Lines()
        for one in c:
            if isinstance(one, tree.Band):
                found.bands.append(one)
            elif isinstance(one, Tree):
                self._indicated(found, str(one.data), one.children)
        return found

    @staticmethod
    def _stepped(c: list[Any]) -> dict[str, Any]:
        """每 1 加 2 …: word → expression."""
        return {str(word): c[at + 1] for at, word in enumerate(c) if isinstance(word, Token) and word.type == "STEP"}

    def _indicated(self, found: tree.Lines, line: str, c: list[Any]) -> None:
        """A line below an indicator."""
        if line == "measured":
            found.measures += c
        elif line == "counted_as":
            found.of = c[0]
        elif line == "deciding":
            found.decisions[str(c[0])] = c[1]
        elif line == "target":
            found.part = next(iter(self._of(c, "NAME")), None)
            found.target = {"目标": c[0]} | self._stepped(c)
        elif line == "share":
            found.share = self._stepped(c)
        elif line == "levels":
            found.levels = c
        elif line == "times":
            found.times = self._stepped(c) | {"每次": c[-1]}
        elif line == "veto":
            found.veto = c[0]
        elif line == "raters":
            names = self._of(c, "NAME")
            found.rated_on = self._expressions(self._rule(c, "rated_on") or [])
            found.raters, found.together = names[:-1], names[-1]

    def refusal(self, c: list[Any]) -> Any:
        command = self._rule(c, "command")
        return tree.RefusalStatement(self._rule(c, "at") or [], self._of(c, "TEXT")[0],
                                     str(self._of(c, "REST")[0]).strip(),
                                     str(self._of(command, "REST")[0]).strip() if command else "", name=c[0])

    def check(self, c: list[Any]) -> Any:
        said = self.row_check(c)
        said.level = str(c[0].children[0])
        return tree.CheckStatement(said, str(self._one(c, "ONCE") or ""), self._one(c, "NAME"), name=said.text)

    def mark(self, c: list[Any]) -> Any:
        return tree.MarkStatement(self._expressions(c)[0], c[-1], self._one(c, "NAME"), name=c[-1])

    def deadline(self, c: list[Any]) -> Any:
        return tree.DeadlineStatement(self._rule(c, "grain"), self._expressions(c)[0], _fill(self._one(c, "FILL")),
                                      **self._head(c))

    def item(self, c: list[Any]) -> Any:
        sign = self._of(c, "PLUS", "MINUS")
        return tree.Item(self._of(c, "NAME")[0], _title(self._one(c, "TITLE")),
                         "" if not sign else "+" if sign[0].type == "PLUS" else "-",
                         str(self._one(c, "MARKS") or "").replace("？", "?"))

    def each_item(self, c: list[Any]) -> Any:
        return tree.Item(c[0], "", "", str(self._one(c, "MARKS") or "").replace("？", "?"), each_key=True)

    def items(self, c: list[Any]) -> Any:
        when = self._rule(c, "condition")
        for one in (found := [one for one in c if isinstance(one, tree.Item)]):
            one.when = when[0] if when else None
        return Tree("items", list[Any](found))

    def _output(self, c: list[Any], pay: bool, grain: list[Any], name: Token) -> Any:
        columns = self._rule(c, "columns") or []
        items = [item for one in self._rules(columns, "items") for item in one]
        fills = [(one[0], one[1]) for one in self._rules(columns, "fills")]
        return tree.OutputStatement(pay, grain, items, fills, **{**self._head(c), "name": name})

    def pay(self, c: list[Any]) -> Any:
        return self._output(c, True, self._expressions(c), Token("NAME", "工资表", start_pos=4))

    def output(self, c: list[Any]) -> Any:
        return self._output(c, False, self._rule(c, "grain"), c[0])

    def role(self, c: list[Any]) -> Any:
        return tree.Role(c[0], [one[0] for one in self._rules(c, "part")],
                         next(iter(self._expressions(c)), None))

    def plausible(self, c: list[Any]) -> Any:
        return tree.PlausibleStatement(c, name=Token("NAME", "", start_pos=4))

    def supplied(self, c: list[Any]) -> Any:
        key = self._rule(c, "pkey")
        return Token.new_borrow_pos("NAME", keyed(c[0], str(key[0]).strip('"“”')), c[0]) if key else c[0]

    def argument(self, c: list[Any]) -> Any:
        return tree.ArgumentLine(
            c[0], _title(self._one(c, "TITLE")), self._of(c, "TYPE")[0], self._rule(c, "supplies") or [],
            self._of(c, "WORD"), next(iter(self._expressions(c)), None))

    def function(self, c: list[Any]) -> Any:
        explains, tables = self._rule(c, "explains"), [one[0] for one in self._rules(c, "table_column")]
        for one in tables:
            one.of_table = True
        people, applies, key = (self._rule(c, word) for word in ("people", "applies", "fkey"))
        head = self._head(c)
        if key:                             # one of several of a name: named by both
            which = str(key[0]).strip('"“”')
            head |= {"name": Token.new_borrow_pos("NAME", keyed(head["name"], which), head["name"]),
                     "title": head["title"] or which}
        return tree.FunctionStatement(
            str(self._one(c, "UNIT") or ""), self._rule(c, "grain") or [], explains[0] if explains else None,
            next(iter(self._expressions(c)), None), [one for one in c if isinstance(one, tree.ArgumentLine)] + tables,
            [(one[0], one[1:]) for one in self._rules(c, "sheets")],
            [(one[0], one[1]) for one in self._rules(c, "given")], [one for one in c if isinstance(one, tree.Said)],
            people[0] if people else None, applies[0] if applies else None, self._rule(c, "partly") is not None,
            **head)

    def drop(self, c: list[Any]) -> Any:
        return tree.DropStatement(name=Token.new_borrow_pos("NAME", str(c[0]).strip(), c[0]))


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR.read_text("utf-8"), parser="lalr", transformer=_Build(), maybe_placeholders=False)


@cache
def _words() -> dict[str, str]:
    signs = {one.name: one.pattern.value for one in _parser().terminals if isinstance(one.pattern, PatternStr)}
    return SAID | {name: "顿号" if sign == "、" else sign for name, sign in signs.items()}


def _accepted(error: UnexpectedToken) -> set[str]:
    """The terminals that may stand there.  Lark's ``accepts`` leaves out those without capitals: 若, 且, 缺."""
    here: Any = error.interactive_parser
    silent = copy(here.parser_state.parse_conf)
    silent.callbacks = {}
    found = set()
    for name in _words().keys() & here.choices().keys():
        one = here.copy()
        one.parser_state.parse_conf = silent
        try:
            one.feed_token(Token(name, ""))
        except UnexpectedToken:
            continue
        found.add(name)
    return found


def parse(block: Block) -> list[tree.Statement]:
    """The statement of a block; of one that names several, one for each.  Raises PageError: what was found, and what
    may stand there."""
    try:
        statement: Any = _parser().parse(block.text)
    except UnexpectedToken as error:
        token = error.token
        at = token.start_pos if token.type != "$END" and token.start_pos is not None else len(block.text.rstrip())
        raise _unexpected(block, at, str(token), _accepted(error)) from None
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise _unexpected(block, at, block.text[at], error.allowed or set()) from None
    except UnexpectedEOF as error:
        raise _unexpected(block, len(block.text.rstrip()), "", set(error.expected)) from None
    statement.block = block
    return list(statement.each()) if isinstance(statement, tree.IndicatorStatement) else [statement]


def _unexpected(block: Block, at: int, found: str, allowed: Any) -> PageError:
    words = [w for name in sorted(allowed) if (w := _words().get(name, ""))]
    said = f"这里是「{found.split(chr(10), maxsplit=1)[0]}」" if found.strip() else "到这里还没有写完" if at >= len(
        block.text.rstrip()) else "换行的地方不对"
    before = re.search(r"[=＝：:；;(（]\s*(若|如果)\s*$", block.text[:at])        # a condition before its value
    return block.error(said + (f"，可以写 {'、'.join(dict.fromkeys(words))}" if words else "")
                       + (f"；“{before[1]} 条件”写在值的后面：值 若 条件；另一个值" if before else ""), at)
