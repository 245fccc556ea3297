"""The cells of a new row that say whose it is and of when, written as those of the rows above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from xl_kpi.hand.alike import ids_like, period_like
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.names import PERIODIC
from xl_kpi.sheets.model import Value
from xl_kpi.tables.reading import Reading
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.formats import to_serial


def add_rows(filled: Filled, book: Book, reading: Reading, period: AnyPeriod, people: Sequence[tuple[str, str]],
             values: Sequence[Mapping[int, Value]] = ()) -> None:
    """Add a row for each (工号, 姓名), with ``values`` (position → content) besides.  A day is given as its serial
    number: the cell gets the format of the date above it."""
    found: list[dict[int, Value]] = [dict(one) for one in values] or [{} for _ in people]
    ids = ids_like([person for person, _ in people], _ids_above(reading))
    when = _period(filled, reading, period)
    for column in reading.table.columns:
        at = reading.at.get(column.name)
        if at is None:
            continue
        for row, number, (_, name) in zip(found, ids, people, strict=True):
            value = when if column.type in PERIODIC else number if column.type == "id" else (
                name if column.type == "name" else None)
            if value is not None:
                row[at] = to_serial(value, book.is_1904) if isinstance(value, dt.date) else value
    filled.added += found


def _period(filled: Filled, reading: Reading, period: AnyPeriod) -> dt.date | str | int | float:
    """The period as in the last row of its kind."""
    column = next(c for c in reading.table.columns if c.type in PERIODIC)
    raw = reading.raw.get(column.name, [])
    row = int(max(np.flatnonzero(reading.periods.of_grain(period.grain)), default=-1))
    like = period_like(period, raw[row] if row >= 0 else None)
    if isinstance(like, dt.date) and not isinstance(raw[-1], dt.date):
        filled.formats[reading.at[column.name]] = reading.rows[row]
    return like


def _ids_above(reading: Reading) -> list[tuple[object, str]]:
    """What the cells of 工号 hold and are read as, the last first."""
    raw = reading.raw.get(reading.column("id").name, [])
    return [(value, read) for value, read in reversed(list(zip(raw, reading.ids, strict=True))) if value is not None]
