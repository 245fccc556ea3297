"""A policy as it is run: what ``xl_kpi.policy.compile`` makes of what is written (``xl_kpi.policy.model``).

Where a policy writes an expression, its node stands here under the same name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, TypeVar

from xl_kpi.period import GRAINS
from xl_kpi.policy import model
from xl_kpi.policy.model import (
    ArgumentType,
    Column,
    Defect,
    Note,
    OutputType,
    Parameter,
    Reading,
    RefusalText,
)
from xl_kpi.policy.names import KEY_TYPES
from xl_kpi.results import Naming
from xl_kpi.rules.base import Quantity
from xl_kpi.rules.expression import Node

Level = Literal["error", "warning", "hint"]


@dataclass(frozen=True)
class RowCheck:
    when: Node
    text: str
    do: str
    columns: list[str]
    clause: str
    level: Level


@dataclass(frozen=True)
class Limit:
    """The most that may stand in a column, in the rows for which all of ``where`` hold: what a check says of it."""

    column: str
    most: Node
    where: tuple[Node, ...]


@dataclass(frozen=True)
class Table:
    """An input sheet (``model.Table``)."""

    sheet: str
    form: str
    title: str
    signed: str
    clause: str
    grain: Literal["roster", "changes", "month", "quarter", "half", "year", "period", "events", "items"]
    melts: str
    optional: bool
    columns: list[Column]
    alike: bool
    ticket: str
    unique: list[str]
    checks: list[RowCheck]
    limits: list[Limit]
    fill: str
    row_do: str
    people: Node | None                 # whose rows belong here

    def grain_of(self, column: Column) -> str:
        """How often a column exists for a person: "", "month", "quarter", "half", "year"."""
        return column.period if self.grain == "period" else self.grain if self.grain in GRAINS else ""

    @property
    def grains(self) -> tuple[str, ...]:
        """Of which grains its rows are, the finest first; none where they are not of a person and period."""
        own = {column.period for column in self.columns} if self.grain == "period" else {self.grain}
        return tuple(grain for grain in GRAINS if grain in own)


@dataclass(frozen=True)
class Check:
    when: Node
    text: str
    do: str
    clause: str
    level: Level
    outputs: list[str]                  # which look at it
    column: str
    once_by: str
    once: bool


@dataclass(frozen=True)
class Mark:
    when: Node
    text: str
    clause: str


@dataclass(frozen=True)
class Deadline:
    """By what day somebody owes something (``model.Deadline``)."""

    title: str
    clause: str
    period: Literal["month", "quarter", "half", "year"]
    start: Node | None
    day: Node
    task: str
    table: str
    people: Node | None
    done: Node | None

    @property
    def personal(self) -> bool:
        """Is it owed by single people?"""
        return bool(self.table) or self.people is not None


@dataclass(frozen=True)
class OutputColumn:
    """A column of a result.  ``quantity``: the name of the quantity or input that it shows, '' for an expression."""

    heading: str
    value: Node | None                  # None: filled by the program
    quantity: str
    fill: Literal["", "id", "name", "note", "earning", "deduction"]
    type: OutputType
    as_rule: bool                       # only while it is compiled
    when: Node | None
    required: bool
    total: bool
    part: Literal["", "earning", "deduction"]
    formula: bool | Literal["earning", "deduction", "auto"]     # "auto" only while it is compiled
    group: bool
    explain: bool
    clause: str


@dataclass(frozen=True)
class FormSheet:
    table: str
    when: Node


@dataclass(frozen=True)
class Output:
    """A named result (``model.Output``)."""

    naming: Naming
    role: Literal["", "payroll", "review"]
    period: Literal["month", "quarter", "half", "year", "span"]
    people: Node
    columns: list[OutputColumn]
    marks: list[Mark]
    forms: list[FormSheet]

    @property
    def name(self) -> str:
        return self.naming.name


@dataclass(frozen=True)
class Argument:
    """An argument of a function for cells, or a column of its table (``model.Argument``)."""

    title: str
    type: ArgumentType
    supplies: list[str] = field(default_factory=list)
    parameter: str = ""
    key: str = ""
    max: int | None = None
    min: int = 0
    blank: bool = False
    default: str = ""
    when: Node | None = None
    words: dict[str, str] = field(default_factory=dict)
    unit: str = ""
    months: Literal["", "previous_quarter"] = ""
    count: bool = False
    each: bool = False
    better: Literal["", "more", "less", "neither"] = ""
    unless: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ArgumentCheck:
    when: Node
    text: str
    do: str
    clause: str


@dataclass(frozen=True)
class Weighing:
    """One score of several by weight (``model.Weighing``)."""

    weights: str
    few: Node
    whole: Literal["percent", "weights"]


@dataclass(frozen=True)
class Function:
    """A function for cells (``model.Function``)."""

    title: str
    value: Node | None                  # None: it explains another, or weighs
    weighing: Weighing | None
    type: OutputType
    period: Literal["month", "quarter", "half", "year", "span"]
    explains: str
    arguments: dict[str, Argument]
    table: dict[str, Argument]
    sheets: dict[str, list[str]]
    given: dict[str, Node]
    checks: list[ArgumentCheck]
    people: Node | None
    when: Node | None
    partly: bool

    def every(self) -> list[tuple[str, Argument]]:
        """The arguments and the columns of the table."""
        return [*self.arguments.items(), *self.table.items()]


@dataclass(frozen=True)
class Hours:
    count: str
    both: Node | None
    clause: str


@dataclass(frozen=True)
class Appeal:
    """What the columns of a table of appeals say (``model.Appeal``)."""

    item: str
    old: str
    new: str
    upheld: Node


@dataclass(frozen=True)
class Plausible:
    """Roles and thresholds (``model.Plausible``)."""

    hired: str
    left: str
    post: str
    posts: dict[str, str]
    attendance: str
    daily: list[str]
    hours: dict[str, Hours]
    totals: list[str]
    scores: list[str]
    varying: list[str]
    wanted: dict[str, Node]
    appeals: dict[str, Appeal]
    shares: list[str]
    held_back: list[str]
    unsteady_items: list[str]
    times: int
    money: int
    points: int
    scored: int
    rows_filled: int
    months_before: int
    months_around: int
    months_after_leaving: int
    years_employed: int
    share_limit: int


@dataclass(frozen=True)
class Policy:
    """One policy.  ``written``: what its file says, expressions as texts."""

    written: model.Policy
    file: str
    sources: dict[str, str]                     # the texts that it was made of: file → text, its own first
    id: str
    title: str
    document: str
    in_force: dt.date | None
    first_month: str
    written_on: list[str]
    notices: list[Note]
    source_defect: list[Defect]
    parameters: dict[str, Parameter]
    readings: dict[str, Reading]
    tables: dict[str, Table]
    columns: dict[str, tuple[str, Column]]      # input name → its table and column
    quantities: dict[str, Quantity[Any]]
    refusals: dict[str, RefusalText]
    checks: list[Check]
    deadlines: dict[str, Deadline]
    functions: dict[str, Function]
    plausible: Plausible
    outputs: dict[str, Output]
    workdays: bool                              # do its rules count workdays, under whatever reading

    def of_role(self, role: str) -> Output | None:
        return next((output for output in self.outputs.values() if output.role == role), None)

    @property
    def payroll(self) -> Output | None:
        """The month's pay, for a policy that has it."""
        return self.of_role("payroll")

    @property
    def review(self) -> Output | None:
        """The quarter's review, for a policy that has it."""
        return self.of_role("review")

    @cached_property
    def forms(self) -> frozenset[str]:
        """The tables that outputs fill."""
        return frozenset(form.table for output in self.outputs.values() for form in output.forms)

    @property
    def main(self) -> Output:
        """What the policy is about: the pay, else the output that it names first."""
        return self.outputs[self.written.main]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all that it was made of, whatever the line ends."""
        hashed = hashlib.sha256()
        for name, text in self.sources.items():
            content = text.replace("\r\n", "\n").encode()
            hashed.update(f"{name}\0{len(content)}\0".encode() + content)
        return hashed.hexdigest()

    @cached_property
    def sheets(self) -> dict[str, Table]:
        """The tables that are sheets of their own."""
        return {name: table for name, table in self.tables.items() if not table.melts}


def form_by_hand(output: Output, table: Table) -> list[str]:
    """The headings of a form that people fill in themselves."""
    made = {column.heading for column in output.columns}
    return [column.heading for column in table.columns
            if column.heading not in made and not column.ignored and column.type not in KEY_TYPES]


One = TypeVar("One")


def made(cls: type[One], written: Any, /, **more: Any) -> One:
    """What is run of something written: ``more`` for what compiling gives, everything else as it stands."""
    same = {f.name: getattr(written, f.name) for f in fields(cls) if f.name not in more}     # type: ignore[arg-type]
    return cls(**same, **more)
