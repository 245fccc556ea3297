"""Sheets that the program wrote earlier: whether a sheet is one of them."""

from __future__ import annotations

from collections.abc import Sequence

from xl_kpi.hand.texts import squeezed
from xl_kpi.problems import Problem, Refusal
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.workbook.file import Book, Sheet
from xl_kpi.workbook.grid import address


def texts_of_row(sheet: Sheet, row: int) -> list[str]:
    return [squeezed(value) if isinstance(value, str) else "" for value in sheet.rows[row]]


def refuse_foreign(book: Book, sheets: Sequence[ResultSheet]) -> None:
    """Refuse to overwrite sheets of HR's that only happen to have the name of a result sheet: a sheet of ours has
    the headings of the new one."""
    problems = []
    for new in sheets:
        old = book.sheet(new.name)
        if old is None or not any(value is not None for row in old.rows for value in row):
            continue
        signature = _signature(new)
        if not any(signature <= set(texts_of_row(old, row)) for row in range(min(len(old.rows), HEADING_ROWS))):
            problems.append(Problem("error", f"工作簿里已有一张工作表“{old.name}”，不是本程序写的，不能覆盖",
                                    "把那张表改一个名字后再试", old.name))
    if problems:
        raise Refusal(problems)


def _signature(sheet: ResultSheet) -> set[str]:
    """The first three headings: of the first row of three at least."""
    for row in sheet.rows:
        texts = [squeezed(value) for value, style in zip(row.values, row.styles, strict=True)
                 if isinstance(value, str) and value and style.startswith("heading")]
        if len(texts) >= 3:
            return set(texts[:3])
    return set()


def place(sheet: Sheet, row: int, column: int) -> str:
    return address(row, column) if 0 <= row < len(sheet.rows) else ""
