"""The parsed page: what is written, as typed statements and expressions.  Every token knows its place in its block."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from lark import Token

from xl_kpi.policy.page.source import Block

# -- expressions ------------------------------------------------------------------------------------------------------


@dataclass
class Number:
    token: Token


@dataclass
class Text:
    token: Token
    value: str


@dataclass
class Name:
    token: Token


@dataclass
class Keyed:
    """参数[键]."""

    token: Token
    key: Expression


@dataclass
class Call:
    token: Token
    parts: list[Expression]


@dataclass
class Bracket:
    """Several in brackets: the labels of 属于, the keys of 按."""

    token: Token
    parts: list[Expression]


@dataclass
class PerCent:
    part: Expression


@dataclass
class Minus:
    token: Token
    part: Expression


@dataclass
class Arithmetic:
    sign: str
    left: Expression
    right: Expression


@dataclass
class Compared:
    """甲 < 乙 ≤ 丙: one more part than signs."""

    parts: list[Expression]
    signs: list[Token]


@dataclass
class OneOf:
    left: Expression
    labels: Expression
    without: bool               # 不属于


@dataclass
class Negated:
    part: Expression


@dataclass
class Both:
    parts: list[Expression]


@dataclass
class Either:
    parts: list[Expression]


@dataclass
class Decision:
    """(值, 若 what) from top to bottom; the last has no condition."""

    ways: list[tuple[Expression, Expression | None]]


@dataclass
class Band:
    """> 90 且 ≤ 95：what it gives.  ``ends``: (sign, expression)."""

    ends: list[tuple[Token, Expression]]
    gives: Expression


@dataclass
class Banded:
    """A call with the bands below it."""

    head: Decision
    bands: list[Band]


Expression = (Number | Text | Name | Keyed | Call | Bracket | PerCent | Minus | Arithmetic | Compared | OneOf | Negated
              | Both | Either | Decision | Banded)


def place_of(node: Expression) -> int:
    """Where an expression begins, in its block."""
    match node:
        case PerCent(part=part) | Negated(part=part):
            return place_of(part)
        case Arithmetic(left=left) | OneOf(left=left):
            return place_of(left)
        case Compared(parts=parts) | Both(parts=parts) | Either(parts=parts):
            return place_of(parts[0])
        case Decision(ways=ways) | Banded(head=Decision(ways=ways)):
            return place_of(ways[0][0])
        case _:
            return node.token.start_pos or 0


# -- statements -------------------------------------------------------------------------------------------------------


@dataclass
class Statement:
    """``name``: what it declares ('' for nothing); ``id``: what the program calls it."""

    block: Block = field(init=False)
    name: Token = field(kw_only=True)
    title: str = field(default="", kw_only=True)
    id: str = field(default="", kw_only=True)


@dataclass
class ParameterStatement(Statement):
    unit: str
    amount: str
    stated: list[tuple[list[Token], str | None]]
    flags: list[Token]
    fill: str


@dataclass
class ReadingStatement(Statement):
    head: Token
    options: list[Token]
    why: str                                # its default is the default


@dataclass
class ColumnLine:
    name: Token
    title: str
    id: str
    type: Token | None
    words: list[Token]
    fill: str


@dataclass
class Said:
    """若 when @at: text → do."""

    when: Expression
    at: list[Token]
    text: Token
    do: str = ""
    level: str = ""
    each: Token | None = None           # 查各: the parameter


@dataclass
class TableStatement(Statement):
    grain: list[Expression]
    fill: str
    columns: list[ColumnLine] = field(default_factory=list)
    checks: list[Said] = field(default_factory=list)
    row_do: str = ""
    unique: list[Token] = field(default_factory=list)
    form: str = ""
    form_title: str = ""
    signed: str = ""


@dataclass
class LabelsStatement(Statement):
    """A set of labels under a name."""

    labels: list[str]


@dataclass
class TableCheckStatement(Statement):
    """A check of the rows of a table, under a clause of its own; ``name`` is its text."""

    table: Token
    said: Said


@dataclass
class QuantityStatement(Statement):
    scope: Token | None
    params: list[Token]
    unit: str
    choices: list[str]
    rule: Expression | None             # or
    reading: Token | None
    cases: list[tuple[Token, Expression]]
    why: str                                # the default of the reading is the default


@dataclass
class Lines:
    """The lines below an indicator: what is measured, how it is scored, who rates it."""

    measures: list[ColumnLine] = field(default_factory=list)
    of: Expression | None = None
    bands: list[Band] = field(default_factory=list)
    decisions: dict[str, Expression] = field(default_factory=dict)
    target: dict[str, Expression] = field(default_factory=dict)             # 目标, 每, 加 …
    part: Token | None = None
    levels: list[tuple[Token, Expression]] = field(default_factory=list)
    times: dict[str, Expression] = field(default_factory=dict)              # 加 or 扣, 最低 …; 每次: the call
    share: dict[str, Expression] | None = None                              # 最低, 最高
    veto: Expression | None = None
    raters: list[Token] = field(default_factory=list)
    rated_on: list[Expression] = field(default_factory=list)                # the table, then how its rows count
    together: Token | None = None

    @property
    def scored(self) -> bool:
        """Is it said how what is measured becomes points?"""
        return bool(self.bands or self.target or self.levels or self.times) or self.share is not None

    @property
    def measured(self) -> bool:
        return bool(self.measures or self.levels or self.times) or self.of is not None


@dataclass
class IndicatorStatement(Statement):
    """指标: one, several of the same lines, or one for each key of a parameter (``each_key``)."""

    scope: Token | None
    grain: list[Expression]
    unit: str
    full: Expression
    lines: Lines
    names: list[dict[str, Any]]             # name, title, id of each
    each_key: bool
    fill: str                               # how well what is done: what raters go by

    def each(self) -> Iterator[IndicatorStatement]:
        """A statement for each of the names."""
        for head in self.names if not self.each_key else ():
            one = copy(self)
            one.name, one.title, one.id, one.names = head["name"], head["title"], head["id"], []
            yield one
        if self.each_key:
            yield self


@dataclass
class SharedLinesStatement(Statement):
    """各指标: lines that all indicators have, or those that it names."""

    of: list[Token]
    lines: Lines


@dataclass
class RefusalStatement(Statement):
    at: list[Token]
    text: Token
    do: str
    command: str


@dataclass
class CheckStatement(Statement):
    said: Said
    once: str
    output: Token | None


@dataclass
class MarkStatement(Statement):
    when: Expression
    text: Token
    output: Token | None


@dataclass
class DeadlineStatement(Statement):
    """期限: how often (and from what day on), by what day, who does what."""

    grain: list[Expression]
    day: Expression
    task: str


@dataclass
class Item:
    """A column of an output."""

    name: Token
    title: str
    sign: str
    marks: str
    when: Expression | None = None
    each_key: bool = False              # ``name`` is a parameter: a column for each of its keys


@dataclass
class OutputStatement(Statement):
    pay: bool
    grain: list[Expression]
    items: list[Item]
    fills: list[tuple[Token, Expression]]


@dataclass
class Role:
    name: Token
    parts: list[Token]
    when: Expression | None


@dataclass
class PlausibleStatement(Statement):
    roles: list[Role]


@dataclass
class ArgumentLine:
    name: Token
    title: str
    type: Token
    supplies: list[Token]
    words: list[Token]
    when: Expression | None
    of_table: bool = False


@dataclass
class FunctionStatement(Statement):
    type: str
    grain: list[Expression]
    explains: Token | None
    value: Expression | None
    arguments: list[ArgumentLine]
    sheets: list[tuple[Token, list[Token]]]
    given: list[tuple[Token, Expression]]
    checks: list[Said]
    people: Expression | None
    applies: Expression | None
    partly: bool                # under some readings more is needed than its arguments give


@dataclass
class DropStatement(Statement):
    pass
