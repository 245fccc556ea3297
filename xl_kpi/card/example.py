"""The example that a new workbook of a card begins with, and the sheets of a workbook as rows for the next one."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from xl_kpi.card.sheets import COLUMNS
from xl_kpi.hand.texts import is_blank
from xl_kpi.tables.headings import find_headings, find_sheets
from xl_kpi.workbook.book import Book, Sheet

Rows = dict[str, list[dict[str, Any]]]


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(files("xl_kpi").joinpath("data/card.toml").read_text("utf-8"))


def rules() -> Rows:
    """The rows of the four sheets, heading → value."""
    return {name: [dict(row) for row in rows] for name, rows in _content()["rules"].items()}


def data(year: int) -> Rows:
    """The rows of two people that the rules compute."""
    return {name: [{heading: _dated(value, year) for heading, value in row.items()} for row in rows]
            for name, rows in _content()["data"].items()}


def _dated(value: Any, year: int) -> Any:
    if not isinstance(value, str) or "{y}" not in value:
        return value
    text = value.replace("{y}", str(year))
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text


def book() -> Book:
    """The four sheets as a workbook."""
    sheets = []
    for name, rows in rules().items():
        headings: list[object] = [column.heading for column in COLUMNS[name]]
        sheets.append(Sheet(name, False, [headings, *([row.get(str(h)) for h in headings] for row in rows)]))
    return Book(Path("card.xlsx"), sheets)


def rows_of(book: Book) -> Rows:
    """The rows of the four sheets of a workbook as they stand there."""
    found: Rows = {}
    for name, columns in COLUMNS.items():
        for sheet in find_sheets(book, name)[:1]:
            headings = find_headings(sheet, columns)
            if headings.row < 0:
                continue
            rows: list[dict[str, Any]] = []
            for number, row in enumerate(sheet.rows[headings.row + 1:], headings.row + 1):
                rows.append({})
                for heading, at in headings.at.items():
                    value, mark = row[at], sheet.marks.get((number, at))
                    if mark and mark.percent and isinstance(value, int | float):
                        share = Decimal(repr(value)) * 100
                        value = share if share > 1 else f"{share}%"             # bare, 0.5 could be a share
                    if not is_blank(value):
                        rows[-1][heading] = value
            found[name] = [row for row in rows if row]
    return found
