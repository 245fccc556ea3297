"""Sheets that the program wrote earlier: what they say now, and whether a sheet is one of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xl_kpi.hand.texts import squeezed
from xl_kpi.job import shown
from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import RefusedCell
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.workbook.file import Book, Mark, Sheet
from xl_kpi.workbook.grid import address
from xl_kpi.workbook.text import plain_text

NUMBERS = ("money", "score", "percent", "int")
NOTHING = "（空）"


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


def says(value: Any, mark: Mark | None, kind: str, digits: int = 15) -> str:
    """What a cell says, written as ``shown`` writes a value of a result; a number exact to 15 digits, as Excel has."""
    if mark is not None and mark.instead:
        return mark.instead
    if mark is not None and mark.shown and kind not in NUMBERS:
        return mark.shown
    if value is None or value == "":
        return ""
    if kind in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        exact = Fraction(Decimal(f"{value:.{digits}g}"))
        return str(exact) if kind == "int" else _exact(exact, kind)
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).strip()


def result_says(value: Any, kind: str) -> str:
    """What a value of a result will say in its cell."""
    if value is None or isinstance(value, RefusedCell):
        return "" if value is None else "#N/A"
    if kind in NUMBERS and not isinstance(value, bool):
        return says(float(value), None, kind)
    return plain_text(shown(value, kind)).strip()


def _exact(value: Fraction, kind: str) -> str:
    """As ``shown`` where that is exact, else with all digits: 1020.004 is not 1020.00."""
    text = shown(Decimal(value.numerator) / Decimal(value.denominator), "money") if kind == "money" else shown(
        value, kind)
    return text if Fraction(text) == value else f"{float(value):.15g}"


def place(sheet: Sheet, row: int, column: int) -> str:
    return address(row, column) if 0 <= row < len(sheet.rows) else ""
