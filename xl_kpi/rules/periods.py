"""Periods as keys, and the windows of finer periods seen from one."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from xl_kpi.period import SIZES, bounds, period_of

Grain = Literal["", "month", "quarter", "half", "year", "span"]
# A period as a key: ("month", index), ("quarter", index) … (``xl_kpi.period``), or () for what has none.
Period = tuple[str, int] | tuple[()]

Offsets = Annotated[list[int], Field(min_length=2, max_length=2)]       # the first and the last one, from here
# All of the unit that contains the period; up to the period; the unit before.  "period", "previous": of the period
# itself, whatever it is.
Window = Literal[
    "period", "previous", "quarter", "half", "year", "quarter_to_date", "half_to_date", "year_to_date",
    "previous_quarter", "previous_half", "previous_year"] | Offsets

WINDOWS = tuple(word for word in get_args(get_args(Window)[0]))
PERIOD_WORDS = {"month": "当月", "quarter": "当季", "half": "当半年", "year": "当年", "span": "本期", "": ""}
UNITS = {"month": "月", "quarter": "季", "half": "半年", "year": "年"}
_OWN = {"period": "本期", "previous": "上期"}


def periods_in(period: Period, window: Any, grain: str = "month") -> list[tuple[str, int]]:
    """The periods of a grain in a window as seen from ``period``.

    ``window``: ``[first, last]`` counts from the last one in the period; a word is a whole unit (``Window``).  From no
    period (a function for cells that is given no month) they are counted as from the first month there is.
    """
    first, last = bounds(period) if period else (0, 0)
    size = SIZES[grain]
    if isinstance(window, list):
        here = last // size
        return [(grain, n) for n in range(here + window[0], here + window[1] + 1)]
    if window == "previous":
        length = last - first + 1
        first, last = first - length, first - 1
    elif window != "period":
        unit = window.removeprefix("previous_").removesuffix("_to_date")
        start = first // SIZES[unit] * SIZES[unit]
        if window.startswith("previous_"):
            first, last = start - SIZES[unit], start - 1
        elif window.endswith("_to_date"):
            first = start
        else:
            first, last = start, start + SIZES[unit] - 1
    return [(grain, n) for n in range(first // size, (last + 1) // size)]


def months_of(period: Period, window: Any) -> list[int]:
    """The months of a window as seen from ``period``."""
    return [index for _, index in periods_in(period, window)]


def sample(grain: str) -> Period:
    """Some period of a grain."""
    return (grain, 0) if grain else ()


def period_text(period: Period) -> str:
    """2016-11; '' for what has none."""
    return str(period_of(period)) if period else ""


def unfit(window: Any, own: str, grain: str) -> str:
    """Why a quantity of ``own`` cannot take the periods of ``grain`` in a window, '' when it can."""
    if own == "span" and (grain != "month" or window not in _OWN):
        return "从某月到某月的，只能取 period 或 previous 里按月的量"
    if own == "" or isinstance(window, list) or grain not in SIZES:
        return ""
    if SIZES[grain] > SIZES.get(own, 12) and window in _OWN:
        return "取的要比自己的期间短"
    unit = SIZES.get(window.removeprefix("previous_").removesuffix("_to_date"), 12)
    if unit < SIZES.get(own, 1) or (window.endswith("_to_date") and unit == SIZES.get(own)):
        return f"{window} 比自己的期间短"
    return "" if SIZES[grain] <= unit else f"{window} 比要取的期间短"


def shift_words(shift: int, grain: str = "month") -> str:
    unit = UNITS.get(grain, "月")
    return f"前 {-shift} {unit}" if shift < 0 else f"后 {shift} {unit}" if shift else f"当{unit}"


def window_words(window: Any, grain: str = "month") -> str:
    each = f"各{UNITS.get(grain, '月')}"
    if isinstance(window, list):
        return "至".join(dict.fromkeys(shift_words(shift, grain) for shift in window))
    if window in _OWN:
        return f"{_OWN[window]}{each}"
    unit = UNITS[window.removeprefix("previous_").removesuffix("_to_date")]
    if window.startswith("previous_"):
        return f"{'上个' if unit == '半年' else '上'}{unit}{each}"
    until = f"到{'当月' if grain == 'month' else '当期'}" if window.endswith("_to_date") else ""
    return f"本{unit}{until}{each}"


def is_record(fact: str) -> bool:
    """Does a fact say its own date: is it a row of events?"""
    return bool(re.match(r"\d{4}-\d\d-\d\d ", fact))


def dated(period: Period, facts: list[str]) -> list[str]:
    """Facts of a period as they are told in another: with the period, where they have no date."""
    return [fact if re.match(r"\d{4}-\d\d", fact) else f"{period_text(period)} {fact}" for fact in facts]
