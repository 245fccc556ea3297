"""The seal: 已封存 and the fingerprint of the record, in the title of the sheets of a closed month.

The record stands on one sheet, 结账记录, that can be deleted; the seal stands where the pay is.  A seal without its
record says that the record is lost.  Sheets that were kept (工资表_2016-11_旧1) are no sheets of a month: theirs does
not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xl_kpi.closing.ledger import CLOSE, RESTORE, SHEET, Ledger, Record, reopening, short
from xl_kpi.period import Month
from xl_kpi.problems import Problem
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.workbook.book import Book, Sheet
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.grid import address

SEALED = "已封存"
_SEAL = re.compile(rf"[\s　]*{SEALED}[\s　]*([0-9a-f]{{4}}(?: [0-9a-f]{{4}}){{3}})")
_OF_A_MONTH = re.compile(r".+_(\d{4}-\d{2})")
_HEADINGS = 3           # texts in a row: a row of a title has fewer


@dataclass(frozen=True)
class Seal:
    """A seal in a cell.  ``fingerprint`` as ``short`` gives it."""

    sheet: Sheet
    place: tuple[int, int]
    month: Month
    fingerprint: str

    @property
    def cell(self) -> str:
        return address(*self.place)


def seals(book: Book) -> Iterator[Seal]:
    """All seals on sheets of a month.  HR may have put rows above the title: every cell near it counts."""
    for sheet in book.sheets:
        name = _OF_A_MONTH.fullmatch(sheet.name)
        month = _month(name[1]) if name else None
        for row, cells in enumerate(sheet.rows[:HEADING_ROWS]) if month else ():
            for column, value in enumerate(cells):
                if month and isinstance(value, str) and (found := _SEAL.search(value)):
                    yield Seal(sheet, (row, column), month, found[1])


def unrecorded(book: Book, ledger: Ledger) -> dict[Month, Problem]:
    """month → what is wrong: a seal of it stands though no record closes it with this fingerprint."""
    known = {short(record.fingerprint) for record in ledger.records if record.action == CLOSE}
    has_sheet = book.sheet(SHEET) is not None
    found: dict[Month, Problem] = {}
    there = list(seals(book))
    months = sorted({*ledger.closed, *(seal.month for seal in there)})
    for seal in there:
        if seal.fingerprint not in known:
            lost = "里没有这一次封存" if has_sheet else "这张表不见了"
            do, command = reopening(months, seal.month)
            found.setdefault(seal.month, Problem(
                "error", f"“{seal.sheet.name}”的标题写着{SEALED}（指纹 {seal.fingerprint}），可是{SHEET}{lost}，"
                f"{seal.month} 不能重写，也不能封存",
                f"{RESTORE}；找不回来的，{do}，从那时起另记一份", seal.sheet.name, seal.cell, command=command))
    return found


def fingerprint(book: Book, month: Month) -> str:
    """The fingerprint on the seals of a month, '' when there is none."""
    return next((seal.fingerprint for seal in seals(book) if seal.month == month), "")


def sealed(book: Book, record: Record) -> list[Filled]:
    """Put the seal of a record into the titles of its month's sheets (those that have one)."""
    text = f"{SEALED} {short(record.fingerprint)}"
    changed = []
    for sheet in book.sheets:
        name = _OF_A_MONTH.fullmatch(sheet.name)
        if name and _month(name[1]) == record.month and (place := _title(sheet)) is not None:
            row, column = place
            title = _SEAL.sub("", str(sheet.rows[row][column]))
            if sheet.rows[row][column] != f"{title}　{text}":
                changed.append(Filled(sheet.name, {place: f"{title}　{text}"}, counted=False))
    return changed


def unsealed(book: Book, month: Month) -> list[Filled]:
    """Take the seals of a month away."""
    changed: dict[str, Filled] = {}
    for seal in seals(book):
        if seal.month == month:
            row, column = seal.place
            filled = changed.setdefault(seal.sheet.name, Filled(seal.sheet.name, counted=False))
            filled.cells[seal.place] = _SEAL.sub("", str(seal.sheet.rows[row][column]))
    return list(changed.values())


def _title(sheet: Sheet) -> tuple[int, int] | None:
    """The first text above the headings; None: the headings stand first, as on 工资条."""
    for row, cells in enumerate(sheet.rows[:HEADING_ROWS]):
        texts = [column for column, value in enumerate(cells) if isinstance(value, str) and value]
        if len(texts) >= _HEADINGS:
            return None
        for column in texts:
            if (row, column) not in sheet.marks:        # a formula of HR's stays
                return row, column
    return None


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None
