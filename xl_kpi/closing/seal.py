"""The seal: 已封存 and the fingerprint of the record, in the title of the sheets of a closed period.

The record stands on one sheet, 结账记录, that can be deleted; the seal stands where the pay is.  A seal without its
record says that the record is lost.  Sheets that were kept (工资表_2016-11_旧1) are no sheets of a month: theirs does
not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xl_kpi.closing.ledger import CLOSE, RESTORE, SHEET, Ledger, Record, reopening, short
from xl_kpi.policy.compiled import Policy
from xl_kpi.problems import Problem
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.target import Target, on_sheet
from xl_kpi.workbook.book import Book, Sheet
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.grid import address

SEALED = "已封存"
_SEAL = re.compile(rf"[\s　]*{SEALED}[\s　]*([0-9a-f]{{4}}(?: [0-9a-f]{{4}}){{3}})")
_HEADINGS = 3           # texts in a row: a row of a title has fewer


@dataclass(frozen=True)
class Seal:
    """A seal in a cell.  ``fingerprint`` as ``short`` gives it."""

    sheet: Sheet
    place: tuple[int, int]
    target: Target
    fingerprint: str

    @property
    def cell(self) -> str:
        return address(*self.place)


def seals(book: Book, policy: Policy) -> Iterator[Seal]:
    """All seals on sheets of a period.  HR may have put rows above the title: every cell near it counts."""
    for sheet in book.sheets:
        target = on_sheet(policy, sheet.name)
        for row, cells in enumerate(sheet.rows[:HEADING_ROWS]) if target else ():
            for column, value in enumerate(cells):
                if target and isinstance(value, str) and (found := _SEAL.search(value)):
                    yield Seal(sheet, (row, column), target, found[1])


def unrecorded(book: Book, policy: Policy, ledger: Ledger) -> dict[Target, Problem]:
    """What is closed → what is wrong: a seal of it stands though no record closes it with this fingerprint."""
    known = {short(record.fingerprint) for record in ledger.records if record.action == CLOSE}
    has_sheet = book.sheet(SHEET) is not None
    found: dict[Target, Problem] = {}
    there = list(seals(book, policy))
    for seal in there:
        if seal.fingerprint not in known:
            target = seal.target
            lost = "里没有这一次封存" if has_sheet else "这张表不见了"
            same = (one.target.period for one in there if one.target.name == target.name)
            periods = sorted({*ledger.closed(target.name), *same})
            do, command = reopening(target.name, periods, target.period)
            found.setdefault(target, Problem(
                "error", f"“{seal.sheet.name}”的标题写着{SEALED}（指纹 {seal.fingerprint}），可是{SHEET}{lost}，"
                f"{target} 不能重写，也不能封存",
                f"{RESTORE}；找不回来的，{do}，从那时起另记一份", seal.sheet.name, seal.cell, command=command))
    return found


def fingerprint(book: Book, policy: Policy, target: Target) -> str:
    """The fingerprint on the seals of a period, '' when there is none."""
    return next((seal.fingerprint for seal in seals(book, policy) if seal.target == target), "")


def sealed(book: Book, policy: Policy, record: Record) -> list[Filled]:
    """Put the seal of a record into the titles of its period's sheets (those that have one)."""
    text = f"{SEALED} {short(record.fingerprint)}"
    changed = []
    for sheet in book.sheets:
        target = on_sheet(policy, sheet.name)
        mine = target is not None and (target.name, target.period) == (record.output, record.period)
        if mine and (place := _title(sheet)) is not None:
            row, column = place
            title = _SEAL.sub("", str(sheet.rows[row][column]))
            if sheet.rows[row][column] != f"{title}　{text}":
                changed.append(Filled(sheet.name, {place: f"{title}　{text}"}, counted=False))
    return changed


def unsealed(book: Book, policy: Policy, target: Target) -> list[Filled]:
    """Take the seals of a period away."""
    changed: dict[str, Filled] = {}
    for seal in seals(book, policy):
        if seal.target == target:
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
