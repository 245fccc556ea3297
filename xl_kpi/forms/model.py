"""What is known of a company's own form, as plain data: where what stands, how sure that is and why.

Rows and columns count from 0 as in ``workbook.book``; ``as_json`` says them as Excel does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from xl_kpi.period import AnyPeriod
from xl_kpi.workbook.grid import address, area_address

Kind = Literal["list", "card"]


@dataclass(frozen=True)
class Field:
    """One thing that a form holds.  In a list ``rows`` are those of people (first, last; both in), in ``column``; on a
    card it is one cell, ``rows[0]`` × ``column``.  ``within``: the value stands behind the label in the same cell
    (姓名：张三; 总分（　　）).

    ``name`` is what it is for the program (姓名), ``heading`` what stands there (员工姓名*); ``sure`` from 0 to 1."""

    name: str
    column: int
    rows: tuple[int, int]
    heading: str
    sure: float
    why: str
    label: tuple[int, int] | None = None        # where the heading or label stands
    within: bool = False
    last_column: int = -1                       # of people side by side: ``column`` is the first one's


@dataclass(frozen=True)
class Open:
    """Something that is asked, never guessed.  ``key`` names it in 附表对应.toml; ``choices``: what it may be (cells,
    columns or names), as the file has them.  ``each``: what a column that is answered gives, a field a row."""

    key: str
    text: str
    choices: tuple[str, ...] = ()
    cell: str = ""
    each: tuple[Field, ...] = ()


@dataclass
class Form:
    """A table of people (a list) or the form of one person (a card) on a sheet.

    ``people``: the rows of a list that are people's, top row of each; the others between the first and the last are
    subtotals, legends, pre-drawn rows.  ``ends``: the last row of each; ``spans``: how many rows each takes (blocks of
    several rows a person), 0 where they differ.  ``drawn``: rows that are drawn for people who are not there yet.
    ``headings``: the rows of the heading.  ``across``: people stand side by side, what they are rated in down; then
    ``people`` are columns.  ``person``: who it is about, where only the sheet's or the file's name says so.
    """

    form: str                                   # the file's name
    sheet: str
    kind: Kind
    period: AnyPeriod | None = None
    fields: list[Field] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)
    headings: tuple[int, int] = (-1, -1)
    people: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    spans: int = 1
    drawn: list[int] = field(default_factory=list)
    across: bool = False
    person: str = ""
    labels: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        return next((found for found in self.fields if found.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """As ``xl-kpi forms inspect --json`` says it."""
        return {"form": self.form, "sheet": self.sheet, "kind": self.kind,
                "month": str(self.period) if self.period is not None else None,
                "fields": [self._field(found) for found in self.fields],
                "open": [{"key": one.key, "text": one.text, "choices": list(one.choices),
                          **({"cell": one.cell} if one.cell else {})} for one in self.open]}

    def _field(self, found: Field) -> dict[str, Any]:
        first, last = found.rows
        cell = address(first, found.column)
        single = self.kind == "card" or last < min(self.headings)       # a cell above the table
        if self.across and not single:
            cell = area_address((first, found.column, last, max(found.last_column, found.column)))
        where: dict[str, Any] = ({"cell": cell} if single or self.across else
                                 {"column": cell.rstrip("0123456789"), "first_row": first + 1, "last_row": last + 1})
        return {"name": found.name, **where, "heading": found.heading, "sure": round(found.sure, 2), "why": found.why}
