"""The cells of a new row that say whose it is and of when, written as those of the rows above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from xl_kpi.hand.alike import ids_like, month_like, quarter_like
from xl_kpi.period import AnyPeriod, Month, Quarter
from xl_kpi.sheets.model import Value
from xl_kpi.tables.reading import PERIODS, Reading
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
            value = when if column.type in PERIODS else number if column.type == "id" else (
                name if column.type == "name" else None)
            if value is not None:
                row[at] = to_serial(value, book.is_1904) if isinstance(value, dt.date) else value
    filled.added += found


def _period(filled: Filled, reading: Reading, period: AnyPeriod) -> dt.date | str | int | float:
    """The period as in the last row of its kind."""
    column = next(c for c in reading.table.columns if c.type in PERIODS)
    cells, raw = reading.cells[column.name], reading.raw.get(column.name, [])
    codes = cells.month if isinstance(period, Month) else cells.quarter
    row = next((row for row in reversed(range(len(raw))) if codes is not None and codes[row] >= 0), -1)
    above = raw[row] if row >= 0 else None
    like = (month_like(period, above) if isinstance(period, Month) else
            quarter_like(period, above) if isinstance(period, Quarter) else str(period))
    if isinstance(like, dt.date) and not isinstance(raw[-1], dt.date):
        filled.formats[reading.at[column.name]] = reading.rows[row]
    return like


def _ids_above(reading: Reading) -> list[tuple[object, str]]:
    """What the cells of 工号 hold and are read as, the last first."""
    raw = reading.raw.get(reading.column("id").name, [])
    return [(value, read) for value, read in reversed(list(zip(raw, reading.ids, strict=True))) if value is not None]
