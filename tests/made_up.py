"""Workbooks made up for any policy, in memory: from its tables alone, and with anything in them spoiled."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from xl_kpi.policy.compiled import Policy, Table
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC
from xl_kpi.workbook.book import Book, Mark, Sheet

MONTHS = [f"2016-{n:02}" for n in range(7, 13)]
PERIODS = {"month": MONTHS, "quarter": ["2016Q3", "2016Q4"], "half": ["2016H1", "2016H2"], "year": ["2015", "2016"]}
SIGNS = {"-": "month", "Q": "quarter", "H": "half", "": "year"}
SPOILT = ["不知道", "待查", -1, 10**9, 0.5, 99.99, True, datetime(1900, 1, 1), "#", "２０１６", "无", " "]
NUMBERS = {"count": (0, 3), "hours": (0, 30), "days": (0, 40), "minutes": (0, 60), "score": (50, 100),
           "percent": (90, 100), "money": (1, 3000), "number": (1, 100)}


def made_up(policy: Policy, rng: random.Random, people: int, chosen: bool = True) -> Book:
    """A workbook in order: so many people, six months, some events and items; ``chosen``: other readings too."""
    ids = [f"P{n:03}" for n in range(people)]
    sheets = [Sheet("参数", False, [["参数", "键", "值"], *_settings(policy, rng, chosen)])]
    for table in policy.tables.values():
        columns = [column for column in table.columns if not column.ignored]
        rows = [[_cell(column, rng, person, when) for column in columns] for person, when in _keys(table, rng, ids)]
        sheets.append(Sheet(table.sheet, False, [[column.heading for column in columns], *rows]))
    return Book(Path("made-up.xlsx"), sheets)


def _settings(policy: Policy, rng: random.Random, chosen: bool) -> Iterable[list[Any]]:
    stated, low = rng.random() < 0.5, rng.choice([1, 60, 90])       # leave what the document states as it is
    for name, parameter in policy.parameters.items():
        values = sorted(rng.randint(low, 100) for _ in parameter.keys or [0])
        for key, value in zip(parameter.keys or [None], values, strict=True):
            if str(key) not in (parameter.stated or {}) if parameter.keys else parameter.stated is None or not stated:
                yield [name, key, value]
    for name, reading in policy.readings.items() if chosen else ():
        yield [f"reading.{name}", None, rng.choice(list(reading.values))]


def _keys(table: Table, rng: random.Random, ids: list[str]) -> list[tuple[str, str]]:
    """(person, period) of each row of a table."""
    if table.grain == "roster":
        return [(person, "") for person in ids]
    if table.grain in PERIODIC:
        grains = next(column for column in table.columns if column.type == table.grain).grains
        return [(person, period) for grain in grains for period in PERIODS[grain] for person in ids]
    if table.grain == "changes":
        return []
    return [(rng.choice(ids), rng.choice(MONTHS)) for _ in range(3 * len(ids))]


def _cell(column: Column, rng: random.Random, person: str, when: str) -> Any:
    kind = column.type
    if kind in ("id", "name"):
        return person if kind == "id" else f"姓名{person}"
    if kind in PERIODIC:
        return when
    if kind == "date":
        if when:
            return datetime(2016, int(when[5:]), rng.randint(1, 28))
        return datetime(rng.choice([2013, 2016]), rng.randint(1, 12), rng.randint(1, 28))
    elsewhere = column.period and column.period != next(grain for sign, grain in SIGNS.items() if sign in when)
    if elsewhere or (not column.required and rng.random() < 0.4):
        return None
    if kind == "choice":
        return rng.choice(column.choices)
    if kind in NUMBERS:
        low, high = NUMBERS[kind]
        least, most = max(low, column.min), min(high, high if column.max is None else column.max)
        return rng.randint(least, max(least, most))
    return rng.choice(["甲", "乙", "丙"])


def spoil(book: Book, rng: random.Random, share: float) -> None:
    """Refuse a share of everything: cells, whole columns, rows, headings, sheets."""
    for sheet in list(book.sheets):
        if rng.random() < share / 4:
            if rng.random() < 0.5:
                book.sheets.remove(sheet)
            else:
                sheet.name += "（旧）"
            continue
        if rng.random() < share / 4:
            del sheet.rows[1:]
        for column in range(len(sheet.rows[0])):
            if rng.random() < share / 6:
                sheet.rows[0][column] = "别的"
            whole = rng.random() < share / 2
            for row in range(1, len(sheet.rows)):
                if whole or rng.random() < share / 3:
                    _spoil_cell(sheet, rng, row, column)


def _spoil_cell(sheet: Sheet, rng: random.Random, row: int, column: int) -> None:
    what = rng.random()
    if what < 0.3:
        sheet.rows[row][column] = None
    elif what < 0.5:
        sheet.rows[row][column] = None
        sheet.marks[row, column] = Mark(error="#N/A")
    elif what < 0.6:
        sheet.rows[row][column] = None
        sheet.marks[row, column] = Mark(uncalculated=True, formula=True)
    else:
        sheet.rows[row][column] = rng.choice(SPOILT)
