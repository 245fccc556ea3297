"""What the people of a recognised form have in it, row by row, with the place of every value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from xl_kpi.forms.model import Field
from xl_kpi.forms.placed import PERIODS, Placed
from xl_kpi.forms.slots import slot
from xl_kpi.hand.days import read_any
from xl_kpi.hand.texts import is_blank
from xl_kpi.job.compared import says
from xl_kpi.period import AnyPeriod
from xl_kpi.results import ID, NAME
from xl_kpi.workbook.book import Mark
from xl_kpi.workbook.grid import address


@dataclass(frozen=True)
class FormCell:
    """A value of a form and where it stands.  ``value`` of a percentage counts × 100."""

    value: Any
    mark: Mark | None
    cell: str

    @property
    def text(self) -> str:
        """As the form says it."""
        percent = "%" if self.mark is not None and self.mark.percent else ""
        return says(self.value, self.mark, "text") + percent

    @property
    def wrong(self) -> str:
        """Why it cannot be used, '' when it can."""
        return "" if self.mark is None else f"是错误值 {self.mark.error}" if self.mark.error else self.mark.old


@dataclass
class FormRow:
    """A person's row of a list, or a card.  ``where``: file and sheet; ``cell``: of who it is."""

    placed: Placed
    period: AnyPeriod | None
    number: str
    name: str
    cell: str
    cells: dict[str, FormCell] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return self.placed.where

    def as_json(self) -> dict[str, Any]:
        form = self.placed.form
        return {"form": form.form, "sheet": form.sheet, "month": None if self.period is None else str(self.period),
                ID: self.number, NAME: self.name, "cell": self.cell,
                "values": {name: one.text for name, one in self.cells.items()},
                "cells": {name: one.cell for name, one in self.cells.items()}}


def rows_of(placed: Placed) -> Iterator[FormRow]:
    """The rows of a form: those of the people on a list, or the card."""
    for row in placed.form.people if placed.form.kind == "list" else (-1,):
        number, name = placed.whose(row)
        if placed.form.kind == "card" and not (number or name):
            name = placed.form.person
        place = placed.place_of_whose(row)
        found = FormRow(placed, _period(placed, row), number, name, "" if place is None else address(*place))
        for one in placed.form.fields:
            if one.name in (ID, NAME, *PERIODS) or (placed.form.kind == "list" and not placed.of_everybody(one)):
                continue
            cell = _cell(placed, one, row)
            if cell is not None:
                found.cells.setdefault(one.name, cell)
        yield found


def _cell(placed: Placed, one: Field, row: int) -> FormCell | None:
    """The value of a field; None for a blank."""
    place = placed.at(one, row)
    value, mark = placed.value(place), placed.mark(place)
    if one.within:
        found = slot(value, one.heading) if isinstance(value, str) else None
        value = found[2] if found else None
    broken = mark is not None and (mark.error or mark.old)
    if not broken and (is_blank(value) or (isinstance(value, str) and not placed.text(place))):
        return None
    if mark is not None and mark.percent and isinstance(value, int | float):
        value = float(f"{value * 100:.15g}")
    return FormCell(value, mark, address(*place))


def _period(placed: Placed, row: int) -> AnyPeriod | None:
    """Of when a row is: by its own column, else as the form is."""
    for name in PERIODS:
        one = placed.form.field(name)
        if one is not None and placed.form.kind == "list" and placed.of_everybody(one):
            value = placed.merged.shown(*placed.at(one, row))
            if not is_blank(value):
                try:
                    return read_any(value)
                except ValueError:
                    break
    return placed.form.period
