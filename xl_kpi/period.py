"""Days, months, quarters, years: counting on, deadlines.  What HR typed is read by ``xl_kpi.hand.days``.

A period is one whole number in a small ordered type, so that columns of them are plain int32 arrays and one of them
is an object with a label.

Deadlines follow 民法典 第二百零一条 and 第二百零三条: the day of the event is not counted, the count begins on the next
day; an end on a day off moves to the next workday (``deferred``).

Importing this module loads neither numpy nor pandas: the command line starts with it.
"""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    import numpy as np

FIRST_YEAR, LAST_YEAR = 1901, 2100


# -- the types ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, order=True, repr=False, slots=True)
class _Period:
    """One whole number, counted on by ``+`` and ``-``; ordered among its own kind only."""

    index: int

    def __add__(self, n: int) -> Self:
        return type(self)(self.index + n)

    def __sub__(self, n: int) -> Self:
        return type(self)(self.index - n)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class Month(_Period):
    """``index`` = year × 12 + month − 1."""

    __slots__ = ()

    @classmethod
    def of(cls, year: int, number: int) -> Month:
        return cls(year * 12 + number - 1)

    @classmethod
    def parse(cls, value: object) -> Month:
        """The month of a cell (``xl_kpi.hand.days``); ValueError in Chinese otherwise."""
        from xl_kpi.hand.days import read_month

        return read_month(value)

    @property
    def year(self) -> int:
        return self.index // 12

    @property
    def number(self) -> int:
        """1 to 12."""
        return self.index % 12 + 1

    @property
    def quarter(self) -> Quarter:
        return Quarter(self.index // 3)

    @property
    def days(self) -> int:
        return gregorian.monthrange(self.year, self.number)[1]

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, self.days)

    @property
    def label(self) -> str:
        return f"{self.year}年{self.number}月"

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


class Quarter(_Period):
    """``index`` = year × 4 + quarter − 1."""

    __slots__ = ()

    @classmethod
    def of(cls, year: int, number: int) -> Quarter:
        return cls(year * 4 + number - 1)

    @classmethod
    def parse(cls, value: object) -> Quarter:
        """The quarter of a cell; ValueError in Chinese otherwise."""
        from xl_kpi.hand.days import read_quarter

        return read_quarter(value)

    @property
    def year(self) -> int:
        return self.index // 4

    @property
    def number(self) -> int:
        """1 to 4."""
        return self.index % 4 + 1

    @property
    def months(self) -> list[Month]:
        return [Month(self.index * 3 + n) for n in range(3)]

    @property
    def first_day(self) -> date:
        return self.months[0].first_day

    @property
    def last_day(self) -> date:
        return self.months[-1].last_day

    @property
    def label(self) -> str:
        return f"{self.year}年第{self.number}季度"

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


class Year(_Period):
    """``index`` = the year."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Year:
        """The year of a cell; ValueError in Chinese otherwise."""
        from xl_kpi.hand.days import read_year

        return read_year(value)

    @property
    def year(self) -> int:
        return self.index

    @property
    def quarters(self) -> list[Quarter]:
        return [Quarter(self.index * 4 + n) for n in range(4)]

    @property
    def months(self) -> list[Month]:
        return [Month(self.index * 12 + n) for n in range(12)]

    @property
    def first_day(self) -> date:
        return date(self.index, 1, 1)

    @property
    def last_day(self) -> date:
        return date(self.index, 12, 31)

    @property
    def label(self) -> str:
        return f"{self.index}年"

    def __str__(self) -> str:
        return str(self.index)


def count_months(first: np.ndarray, last: np.ndarray, full: bool) -> np.ndarray:
    """Months from ``first`` to ``last``, both counted, as ``date.toordinal()``: calendar months touched, or ``full``
    ones (15 January to 14 February is one, 31 January to the end of February too); 0 where ``first`` is later."""
    import numpy as np

    days = [np.asarray(d, np.int64).astype("datetime64[D]") - np.timedelta64(719163, "D")
            for d in (first, np.asarray(last) + full)]
    a, b = (d.astype("datetime64[M]").astype(np.int64) for d in days)
    months = b - a + 1
    if full:
        # until the day after the last one reaches the first one's day of the month, the month is not full
        day = [(d - d.astype("datetime64[M]")).astype(np.int64) for d in days]
        months = b - a - (day[1] < day[0])
    return np.where(np.asarray(first) > np.asarray(last), 0, months)


# -- deadlines ------------------------------------------------------------------------------------------------------

class Calendar(Protocol):
    """What a deadline asks of a calendar; the module ``calendar_cn`` is one."""

    def is_workday(self, day: date) -> bool: ...


def nth_day(month: Month, n: int) -> date:
    """The ``n``-th of the month, as in '每月5日前'."""
    if not 1 <= n <= month.days:
        raise ValueError(f"{month.label}没有 {n} 日。")
    return date(month.year, month.number, n)


def deferred(day: date, calendar: Calendar) -> date:
    """``day``, or the next workday when it is a day off (遇节假日顺延)."""
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return day


def add_workdays(day: date, n: int, calendar: Calendar) -> date:
    """The ``n``-th workday after ``day``, which itself is not counted: 公布后 3 个工作日内 ends on this day."""
    if n < 0:
        raise ValueError(f"工作日天数不能是负数：{n}。")
    for _ in range(n):
        day = deferred(day + timedelta(days=1), calendar)
    return day
