"""Periods as keys, and the windows of months seen from one."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field

Grain = Literal["", "month", "quarter"]
# A period as a key: ("month", index), ("quarter", index) or () for what has none.
Period = tuple[str, int] | tuple[()]

Offsets = Annotated[list[int], Field(min_length=2, max_length=2)]       # the first and the last month, from here
Window = Literal["quarter", "quarter_to_date", "previous_quarter", "half"] | Offsets

PERIOD_WORDS = {"month": "当月", "quarter": "当季", "": ""}
WINDOW_WORDS = {"quarter": "本季各月", "quarter_to_date": "本季到当月各月", "previous_quarter": "上季各月",
                "half": "本半年各月"}


def first_of_quarter(quarter: int) -> int:
    """The index of the first month of a quarter (months count year*12 + month-1, quarters year*4 + quarter-1)."""
    return quarter * 3


def months_of(period: Period, window: Any) -> list[int]:
    """The months of a window as seen from ``period``.

    ``window``: ``[first, last]`` offsets from the month; ``"quarter"`` its whole quarter; ``"quarter_to_date"`` its
    quarter up to the month; ``"previous_quarter"`` the three months of the quarter before; ``"half"`` its half-year.
    """
    grain, index = period if period else ("", 0)
    quarter = index // 3 if grain == "month" else index
    start = first_of_quarter(quarter)
    if window == "quarter":
        return list(range(start, start + 3))
    if window == "quarter_to_date":
        return list(range(start, index + 1))
    if window == "half":
        return list(range(start - start % 6, start - start % 6 + 6))
    if window == "previous_quarter":
        return list(range(start - 3, start))
    return list(range(index + window[0], index + window[1] + 1))


def counted_from_a_month(window: Any) -> bool:
    """Does a window say how many months before or after a month it lies?"""
    return isinstance(window, list) or window == "quarter_to_date"


def month_words(shift: int) -> str:
    return f"前 {-shift} 月" if shift < 0 else f"后 {shift} 月" if shift else "当月"


def window_words(window: Any) -> str:
    if isinstance(window, str):
        return WINDOW_WORDS.get(window, window)
    return "至".join(dict.fromkeys(map(month_words, window)))


def is_record(fact: str) -> bool:
    """Does a fact say its own date: is it a row of events?"""
    return bool(re.match(r"\d{4}-\d\d-\d\d ", fact))


def dated(month: int, facts: list[str]) -> list[str]:
    """Facts of a month as they are told in another: with the month, where they have no date."""
    from xl_kpi.period import Month

    return [fact if re.match(r"\d{4}-\d\d", fact) else f"{Month(month)} {fact}" for fact in facts]
