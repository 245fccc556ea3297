"""What an attendance export says, as plain data: whose, on which day, what, and where it stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

from xl_kpi.workbook.grid import address


@dataclass(frozen=True)
class Place:
    """A cell of an export."""

    file: str
    sheet: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        return address(self.row, self.column)

    def __str__(self) -> str:
        return f"{self.file} {self.sheet} {self.cell}"


@dataclass(frozen=True)
class Person:
    """Somebody in an export.  ``account``: a system's own number, which counts only where the name agrees."""

    number: str
    account: str
    name: str
    place: Place

    def __str__(self) -> str:
        return " ".join(filter(None, (self.number, self.name))) or self.account


@dataclass(frozen=True)
class Saying:
    """One thing that a cell says.  ``thing`` '': not understood, and ``sign`` is the text with # for its ``numbers``.

    ``amount`` in ``unit``; None: not said.  ``span``: from when to when, as an application for leave has it."""

    thing: str
    text: str
    amount: Fraction | None = None
    unit: str = ""
    span: str = ""
    sign: str = ""
    numbers: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class Event:
    """A thing said of somebody's day.  ``half``: of half a day, in a sheet with two rows a person."""

    person: int
    day: dt.date
    said: Saying
    place: Place
    half: bool = False


@dataclass(frozen=True)
class Total:
    """What a column of sums says of somebody: ``things`` together, in ``unit`` ('' where the heading does not say)."""

    person: int
    things: tuple[str, ...]
    unit: str
    value: Fraction
    place: Place
    heading: str


@dataclass(frozen=True)
class Punches:
    """The times of somebody's day in minutes after midnight, the next day's above 1440.  ``pairs``: of columns for in
    and out, None where one is missing; else ``times`` in order, of which first is in and last is out.  ``shift``: as
    the export has it."""

    person: int
    day: dt.date
    place: Place
    text: str
    times: tuple[int, ...] = ()
    pairs: tuple[tuple[int | None, int | None], ...] = ()
    shift: str = ""


@dataclass
class Export:
    """One table of an export as read.

    ``kind``: what it is called (钉钉月度汇总); ``system``: a system made it, whose blank days say that nothing was
    wrong.  ``first``, ``last``: the days it is about, None where it does not say.  ``days``: those it can say something
    of.
    ``covers``: the things of which it says all, None: of whatever its signs mean.  ``legend``: sign → meaning, as it
    stands on the sheet at ``legend_at``.  ``unread``: cells that cannot be read and why; ``unsummed``: sums beside days
    that can.  ``doubt``: what says another month.  ``unused``: headings that count something unknown.
    """

    kind: str
    file: str
    sheet: str
    system: bool = False
    first: dt.date | None = None
    last: dt.date | None = None
    when: Place | None = None
    doubt: str = ""
    unused: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    days: list[dt.date] = field(default_factory=list)
    blank: list[tuple[int, dt.date, Place, bool]] = field(default_factory=list)
    covers: set[str] | None = None
    legend: dict[str, str] = field(default_factory=dict)
    legend_at: Place | None = None
    unread: list[tuple[int, Place, str]] = field(default_factory=list)
    unsummed: list[tuple[int, Place, str]] = field(default_factory=list)
    punches: list[Punches] = field(default_factory=list)
