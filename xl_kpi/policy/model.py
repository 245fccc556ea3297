"""The model of a policy file: what may stand in it, checked on load.

Every class forbids unknown keys.  What cannot be said field by field (names that do not exist, cycles, parameters
that nothing uses …) is checked in ``xl_kpi.policy.load``.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xl_kpi.period import GRAINS
from xl_kpi.policy.indicators import HINT, Indicator
from xl_kpi.rules.base import expr_or_cases
from xl_kpi.rules.decision import Decision
from xl_kpi.rules.kinds import AnyRule

DAY = "日期"                            # the unit of a parameter that is a date
Source = Literal["制度", "公司", "示例", "缺", "法律"]
Key = int | str


class Model(BaseModel):
    # built once, with the whole of Policy, not class by class: a function in a cell waits for it
    model_config = ConfigDict(extra="forbid", defer_build=True)


class Parameter(Model):
    """A number of the policy, or a table of numbers by key.  What ``stated`` lacks has no default."""

    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)     # free words; 元, 分, % and 日期 mean something to the program
    clause: str = Field(min_length=1)
    keys: list[Key] = []
    listed: bool = False                # the keys are those that the company writes into the sheet 参数
    stated: Annotated[str, Field(pattern=r"^(-?\d+(\.\d+)?|\d{4}-\d\d-\d\d)$")] | dict[str, str] | None = None
    source: Source | None = None        # of the stated values; 缺 where nothing is stated
    role: str = ""                      # 岗位, for the sheet 参数
    fill: str = ""                      # 怎么填
    rising: bool = False                # values that fall from one key to the next are a warning
    total: int | None = None            # values that do not sum to this are a warning
    optional: bool = False              # blank has a meaning of its own (said in ``fill``): nothing is demanded

    @model_validator(mode="after")
    def _agree(self) -> Parameter:
        if self.listed and (self.keys or self.stated is not None):
            raise ValueError("listed 的参数由公司列出键，不能写 keys 和 stated")
        if isinstance(self.stated, dict) != bool(self.keys) and self.stated is not None:
            raise ValueError("有 keys 的参数，stated 要按键写；没有 keys 的只写一个数")
        if isinstance(self.stated, dict):
            unknown = set(self.stated) - {str(key) for key in self.keys}
            if unknown:
                raise ValueError(f"stated 里的键 {'、'.join(sorted(unknown))} 不在 keys 里")
        if not self.keys and (self.rising or (self.total is not None and not self.listed)):
            raise ValueError("没有 keys 的参数不能写 rising 和 total")
        if (self.stated is not None) != (self.source not in (None, "缺")):
            raise ValueError("写了 stated 就要写 source（制度 / 公司 / 示例 / 法律），没写 stated 的 source 是 缺")
        return self

    def number(self, text: str) -> Fraction:
        """What a stated text is worth: of a date its ordinal."""
        return Fraction(dt.date.fromisoformat(text).toordinal()) if self.unit == DAY else Fraction(text)

    def stated_values(self) -> dict[Key | None, str]:
        if self.stated is None:
            return {}
        if isinstance(self.stated, str):
            return {None: self.stated}
        return {key: self.stated[str(key)] for key in self.keys if str(key) in self.stated}


class Reading(Model):
    """An ambiguous clause as an option: value → label, the default first."""

    title: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    values: dict[str, str] = Field(min_length=2)
    why: str = Field(default="", max_length=HINT)      # the default is the default

    @property
    def default(self) -> str:
        return next(iter(self.values))


ColumnKind = Literal["id", "name", "text", "choice", "count", "hours", "days", "minutes", "score", "money", "percent",
                     "number", "date", "month", "quarter", "half", "year", "period", "changed"]


class Column(Model):
    """A column of an input table."""

    name: str
    heading: str
    type: ColumnKind
    required: bool = False              # heading and cell
    optional: bool = False              # the heading may be missing
    choices: list[str] = []
    words: dict[str, str] = {}          # further words for the choices: word → choice
    unit: str = ""                      # of a number, where it is not that of its type: what may stand behind it
    blank: int | None = None            # what a blank cell means, in a row that is there
    max: int | None = None
    min: int = 0
    period: Literal["", "month", "quarter", "half", "year"] = ""   # of a table whose rows are of several grains
    periods: list[Literal["month", "quarter", "half", "year"]] = []     # of the column that says them
    ignored: bool = False               # kept in the sheet, read by nobody
    rater: str = ""                     # whose points stand in it, of raters in columns
    reads: list[str] = []               # further spellings of the heading
    fill: str = Field(default="", max_length=HINT)  # 怎么填, shown where the cell is selected
    none: str = ""                      # of what cannot be read: what to do when there is none (还在职的留空)

    @property
    def grains(self) -> tuple[str, ...]:
        """Of which grains the periods in its cells can be."""
        return (self.type,) if self.type in GRAINS else tuple(self.periods) or ("month", "quarter")

    @model_validator(mode="after")
    def _choices(self) -> Column:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("type = \"choice\" 要有 choices，别的类型没有")
        if not set(self.words.values()) <= set(self.choices):
            raise ValueError("words 的每个词要对应 choices 里的一项")
        return self


class RowCheck(Model):
    """A check of each row of a table: where ``when`` is true, the cells of ``columns`` cannot be used (error)."""

    when: str
    text: str
    do: str
    columns: list[str] = Field(min_length=1)
    clause: str = Field(min_length=1)
    level: Literal["error", "warning", "hint"] = "error"


class Table(Model):
    """An input sheet.

    ``grain``: roster (a row a person), changes (dated changes of roster columns), month / quarter / half / year (a row
    a person and period), period (the same, each row of a grain of its own), events (any number of rows a person, by
    date), items (amounts by person, month and item).
    """

    sheet: str
    form: str = ""                      # (附表n)
    title: str = ""                     # of a form: its own title
    signed: str = ""                    # of a form: the line on which it is signed
    clause: str = ""                    # what asks for the table, for messages about its cells
    grain: Literal["roster", "changes", "month", "quarter", "half", "year", "period", "events", "items"]
    melts: str = ""                     # of items: they are the further columns of this table's sheet, an item a column
    optional: bool = False
    columns: list[Column] = Field(min_length=2)
    alike: bool = False                 # rows that are all the same are no mistake (anonymous answers)
    ticket: str = ""                    # of anonymous answers: the column of the token that stands for who gave them
    unique: list[str] = []              # columns that name a row beside person and period: no two rows agree in them
    checks: list[RowCheck] = []
    fill: str = Field(default="", max_length=HINT)  # 怎么填, the sentence below the sheet's title
    row_do: str = ""
    people: str = ""                    # an expression: whose rows belong here (新建月份 adds them)

    @model_validator(mode="after")
    def _periods(self) -> Table:
        """In a column of periods stand those of the other columns, and months and quarters in any case: in the wrong
        row they are told."""
        own = {"month", "quarter", *(column.period for column in self.columns)}
        for column in self.columns:
            if column.type == "period" and len(own - {""}) > 2:
                column.periods = [grain for grain in GRAINS if grain in own]        # type: ignore[misc]
        return self


class RefusalText(Model):
    """A refusal in the policy's own words; {工号} {姓名} {期间} are filled in."""

    text: str
    do: str
    clause: str = Field(min_length=1)
    column: str = ""                    # the input column whose cell is pointed at
    command: str = ""                   # that does the remedy, without the program and the workbook


class Check(Model):
    """A finding about people: where ``when`` is true.  {name} in the text is the value of a quantity."""

    when: str
    text: str
    do: str
    clause: str = Field(min_length=1)
    level: Literal["error", "warning", "hint"] = "warning"
    outputs: list[str] = []             # which outputs look at it; none named: the policy's main one
    column: str = ""
    once_by: str = ""                   # say it once for each value of this quantity …
    once: bool = False                  # … or once altogether


class Mark(Model):
    """A text of 备注 for the people for whom ``when`` is true."""

    when: str
    text: str
    clause: str = Field(min_length=1)


class Note(Model):
    """A notice about the whole run."""

    text: str
    clause: str = Field(min_length=1)


class Deadline(Model):
    """By what day somebody owes something: the same day for all people, once a period; or what each of some ``people``
    owes, or each row of a ``table`` of events, and when it was ``done``."""

    title: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    period: Literal["month", "quarter", "half", "year"] = "month"
    start: str = ""                     # an expression: from what day on, where it says so
    day: str = Field(min_length=1)      # an expression: the last day, itself counted; blank: not known yet
    task: str = Field(min_length=1)     # who does what
    table: str = ""                     # whose rows are each owed something: all expressions are read over them
    people: str = ""                    # an expression: who owes it, each for themself
    done: str = ""                      # an expression: the day on which it was done; blank: not yet

    @model_validator(mode="after")
    def _of_each(self) -> Deadline:
        if self.table and self.people:
            raise ValueError("table 和 people 只写一个")
        if self.done and not (self.table or self.people):
            raise ValueError("写了 done 的，要写 people 或 table：是谁做的")
        return self


OutputType = Literal["text", "int", "money", "score", "percent", "bool"]


class OutputColumn(Model):
    """A column of a result: a quantity (or expression) under a heading."""

    heading: str
    value: str = ""                     # an expression; blank: filled by the program (工号, 姓名, 备注)
    fill: Literal["", "id", "name", "note", "earning", "deduction"] = ""   # items of the side become columns here
    type: OutputType = "text"
    as_rule: bool = False               # instead of a type: bool where its rule is a condition, else text
    when: str = ""                      # where it applies
    required: bool = False              # a blank is a refusal
    total: bool = False
    part: Literal["", "earning", "deduction"] = ""
    # A live Excel formula over the row's own cells: the rule itself ("auto": where it can be written as one), or the
    # sum of the columns of a part before it.
    formula: bool | Literal["earning", "deduction", "auto"] = False
    group: bool = False
    explain: bool = False               # has a row in 核算依据
    clause: str = ""


class FormSheet(Model):
    """One of the forms that an output fills instead of a sheet of its own (附表1, 附表3)."""

    table: str
    when: str


class Output(Model):
    """A named result: of which period, who is in it, and which quantities make the columns of its sheet or forms.

    ``role``: the command of this name is a name for it (``xl-kpi payroll``).
    """

    role: Literal["", "payroll", "review"] = ""
    title: str = ""                     # what the sheet's title says; blank: its name
    what: str = ""                      # what a person gets by it, in sentences (工资); of forms what is done (评星)
    period: Literal["month", "quarter", "half", "year", "span"] = "month"
    unit: str = ""                      # of the sheet, above its headings
    slip: str = "通知单"                 # what the sheet of one person is called
    people: str
    columns: list[OutputColumn] = Field(min_length=2)
    marks: list[Mark] = []
    forms: list[FormSheet] = []

    @model_validator(mode="after")
    def _fits(self) -> Output:
        for role, period, said in (("payroll", "month", "按月"), ("review", "quarter", "按季")):
            if self.role == role and self.period != period:
                raise ValueError(f"role = \"{role}\" 的输出要{said}：period = \"{period}\"")
        return self


class Part(Model):
    """A rule that several quantities share: an expression with arguments."""

    args: list[str]
    expr: str = ""
    reading: str = ""
    cases: dict[str, str] = {}
    clause: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_of(self) -> Part:
        return expr_or_cases(self)


ArgumentType = Literal["count", "hours", "days", "minutes", "number", "score", "money", "percent", "ratio", "bool",
                       "choice", "date", "id"]


class Argument(Model):
    """An argument of a function for cells, or a column of its table: how its cells are read and what they stand for."""

    title: str = Field(min_length=1)
    type: ArgumentType
    supplies: list[str] = []            # the quantities and inputs that it gives
    parameter: str = ""                 # or the parameter that it gives, where it is not blank …
    key: str = ""                       # … and the key
    max: int | None = None
    min: int = 0
    blank: bool = False                 # a blank is a fact
    default: str = ""                   # what a blank stands for, as it would be typed
    when: str = ""                      # whom it concerns: of the others it may be blank
    words: dict[str, str] = {}          # further spellings → the label that is meant
    unit: str = ""                      # of a number, where it is not that of its type
    months: Literal["", "previous_quarter"] = ""        # a column a month
    count: bool = False                 # a blank stands for the number of rows, and fewer cannot be
    each: bool = False                  # a column for each of what it gives
    better: Literal["", "more", "less", "neither"] = ""     # which way is better; '': more of points and money
    unless: dict[str, str] = {}         # reading → its value, chosen which neither is


class ArgumentCheck(Model):
    """What the arguments of a function cannot say together: where ``when`` is true the row is refused."""

    when: str
    text: str
    do: str
    clause: str = Field(min_length=1)


class Weighing(Model):
    """One score from a column for each key of a parameter, by the parameter's weights, as ``RatedRule`` makes it."""

    weights: str
    few: Decision = "refuse"            # of a key that weighs and has no score: "refuse", or "omit"
    whole: Literal["percent", "weights"] = "percent"


class Function(Model):
    """A function for cells: what it gives, and what its arguments stand for."""

    title: str = Field(min_length=1)
    value: str = ""                     # an expression, as of an output column
    type: OutputType = "text"
    period: Literal["month", "quarter", "half", "year", "span"] = "month"
    explains: str = ""                  # instead of a value: the function whose answer it explains
    weighing: Weighing | None = None    # instead of a value: what its one argument comes to
    arguments: dict[str, Argument] = {}
    table: dict[str, Argument] = {}     # of a range with headings: heading → what stands below it
    sheets: dict[str, list[str]] = {}   # arguments that are ranges over sheets → the tables they are read as
    given: dict[str, str] = {}          # what holds for every call: name → expression
    checks: list[ArgumentCheck] = []
    people: str = ""                    # of a function over sheets: who may be asked for …
    when: str = ""                      # … and to whom it applies; blank for the others
    partly: bool = False                # more may be needed than its arguments give: refused when it is

    @model_validator(mode="after")
    def _one_of(self) -> Function:
        if [bool(self.value), bool(self.explains), self.weighing is not None].count(True) != 1:
            raise ValueError("要么写 value，要么写 explains，要么写 weighing")
        if self.weighing is not None and (len(self.arguments) != 1 or self.table or self.sheets):
            raise ValueError("写了 weighing 的函数，参数只有各项得分一个")
        if self.explains and (self.arguments or self.table or self.sheets):
            raise ValueError("写了 explains 的函数，参数与它解释的函数相同，不用再写")
        return self

    def every(self) -> list[tuple[str, Argument]]:
        """The arguments and the columns of the table."""
        return [*self.arguments.items(), *self.table.items()]


class Defect(Model):
    """A contradiction of the document in itself; said as a warning with the policy."""

    text: str
    clause: str = Field(min_length=1)


class Hours(Model):
    """Hours that belong to a count in the same row: hours without a count are an error.  Where ``both`` is true of the
    person, a count without hours is one too."""

    count: str
    both: str = ""
    clause: str = Field(min_length=1)


class Appeal(Model):
    """What the columns of a table of appeals (申诉) say: which column of the result is appealed (blank: all of it),
    what it was when it was published, what it was corrected to; and an expression over the rows: was the appeal
    upheld."""

    item: str
    old: str
    new: str
    upheld: str


class Plausible(Model):
    """What ``xl_kpi.plausible`` cannot see from grains and types: the roles of tables, columns and parameters; and its
    thresholds."""

    hired: str = ""                     # the roster's column of 入职日期 …
    left: str = ""                      # … and of 离职日期, the last day
    post: str = ""                      # the roster's column of the post (岗位)
    posts: dict[str, str] = {}          # table → the post whose form it is
    attendance: str = ""                # the table whose months the workbook is about: everybody has a row in each
    daily: list[str] = []               # counts of what can happen once a workday (迟到, 旷工)
    hours: dict[str, Hours] = {}        # column of hours → the count that it belongs to
    totals: list[str] = []              # columns that are the score (得分) itself, where others are points of it
    scores: list[str] = []              # quantities that are the month's score, typed or made of points
    varying: list[str] = []             # columns of amounts or scores that say nothing about those of another month
    wanted: dict[str, str] = {}         # column of scores → for whom a month's value is wanted: told when all lack it
    appeals: dict[str, Appeal] = {}     # table of events → what its columns say
    shares: list[str] = []              # parameters that are parts of a whole, never rates of completion
    held_back: list[str] = ["罚", "扣"]                       # how the name of an item begins that is no earning
    unsteady_items: list[str] = ["个税", "个人所得税"]          # items whose amounts differ much from month to month
    # thresholds
    times: int = Field(default=5, ge=2)         # more than so many times the usual, or less than that part of it
    money: int = Field(default=200, ge=0)       # … if it differs by more than so much 元
    points: int = Field(default=20, ge=0)       # … or so many 分
    scored: int = Field(default=3, ge=1)        # people at least whose scores are all those of last month
    rows_filled: int = Field(default=75, ge=1, le=100)      # % of the month's rows of attendance that are filled in
    months_before: int = Field(default=2, ge=1)             # months that say what items are usual
    months_around: int = Field(default=3, ge=0)             # months before and after attendance in which rows may lie
    months_after_leaving: int = Field(default=2, ge=0)      # months in which an event may come after 离职日期
    years_employed: int = Field(default=50, ge=1)           # years since 入职日期
    share_limit: int = Field(default=100, ge=1)             # %, of a share


class Policy(Model):
    """One policy file."""

    id: str
    title: str
    document: str = ""
    in_force: dt.date | None = None     # a document may not say: any month then
    first_month: Annotated[str, Field(pattern=r"^(\d{4}-\d{2})?$")] = ""
    written_on: list[str] = []          # the sheets of a workbook that say its rules (``xl_kpi.card``)
    notices: list[Note] = []
    source_defect: list[Defect] = []
    parameters: dict[str, Parameter] = {}
    readings: dict[str, Reading] = {}
    tables: dict[str, Table]
    parts: dict[str, Part] = {}
    quantities: dict[str, AnyRule]
    indicators: dict[str, Indicator] = {}   # each stands for columns, quantities and row checks
    refusals: dict[str, RefusalText] = {}
    checks: list[Check] = []
    deadlines: dict[str, Deadline] = {}
    functions: dict[str, Function] = {}
    plausible: Plausible = Plausible()
    outputs: dict[str, Output] = Field(min_length=1)
    unknown: set[str] = Field(set(), exclude=True)      # names that stand for what is wrong on its page
    file: str = Field("", exclude=True)
    sources: dict[str, str] = Field({}, exclude=True)      # the texts that it was made of: file → text, its own first

    @property
    def main(self) -> str:
        """The name of the output that the policy is about: the pay, else the one that it names first."""
        return next((name for name, one in self.outputs.items() if one.role == "payroll"), next(iter(self.outputs)))

