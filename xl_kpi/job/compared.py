"""What a cell says, and what a value of a result says in it: alike, so that the two can be compared."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from xl_kpi.job.lines import shown
from xl_kpi.results import RefusedCell
from xl_kpi.workbook.book import Mark
from xl_kpi.workbook.text import plain_text

NUMBERS = ("money", "score", "percent", "int")
NOTHING = "（空）"


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
