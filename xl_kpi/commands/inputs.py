"""What the arguments of a command mean."""

from __future__ import annotations

from xl_kpi.period import Month, Quarter
from xl_kpi.problems import UsageError


def month_of(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise UsageError(f"--month：{error}") from None


def quarter_of(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise UsageError(f"--quarter：{error}") from None

