"""Days, months, quarters, halves, years, from–to: counting on, deadlines.  What HR typed is read by
``xl_kpi.hand.days``.

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
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

if TYPE_CHECKING:
    import numpy as np

FIRST_YEAR, LAST_YEAR = 1901, 2100
SIZES = {"month": 1, "quarter": 3, "half": 6, "year": 12}      # in months
GRAINS = tuple(SIZES)   # of what a row of a table can be, the finest first
_SPAN = 1200            # more than the months of any span
_PLACE = 20             # bits of an index in the code of a period


# -- the types ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, order=True, repr=False, slots=True)
class AnyPeriod:
    """A period of some kind: one whole number, counted on by ``+`` and ``-``; ordered among its own kind only."""

    index: int
    grain: ClassVar[str] = ""

    @classmethod
    def parse(cls, value: object) -> Self:
        """The period of a cell; ValueError in Chinese otherwise."""
        raise NotImplementedError

    @property
    def key(self) -> tuple[str, int]:
        """As the engine and the tables know it."""
        return self.grain, self.index

    @property
    def label(self) -> str:
        """As HR reads it: 2016年11月."""
        raise NotImplementedError

    @property
    def year(self) -> int:
        return self.months[0].index // 12

    @property
    def months(self) -> list[Month]:
        size = SIZES[self.grain]
        return [Month(self.index * size + n) for n in range(size)]

    @property
    def first_day(self) -> date:
        return self.months[0].first_day

    @property
    def last_day(self) -> date:
        return self.months[-1].last_day

    def within(self, grain: str) -> Any:
        """The period of a grain that contains this one; itself where there is none."""
        if SIZES.get(self.grain, 12) >= SIZES.get(grain, 0):
            return self
        return TYPES[grain](self.index * SIZES[self.grain] // SIZES[grain])

    def __add__(self, n: int) -> Self:
        return type(self)(self.index + n)

    def __sub__(self, n: int) -> Self:
        return type(self)(self.index - n)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class Month(AnyPeriod):
    """``index`` = year × 12 + month − 1."""

    __slots__ = ()
    grain = "month"

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
    def months(self) -> list[Month]:
        return [self]

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


class Quarter(AnyPeriod):
    """``index`` = year × 4 + quarter − 1."""

    __slots__ = ()
    grain = "quarter"

    @classmethod
    def of(cls, year: int, number: int) -> Quarter:
        return cls(year * 4 + number - 1)

    @classmethod
    def parse(cls, value: object) -> Quarter:
        """The quarter of a cell; ValueError in Chinese otherwise."""
        from xl_kpi.hand.days import read_quarter

        return read_quarter(value)

    @property
    def number(self) -> int:
        """1 to 4."""
        return self.index % 4 + 1

    @property
    def label(self) -> str:
        return f"{self.year}年第{self.number}季度"

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


class Half(AnyPeriod):
    """``index`` = year × 2 + half − 1."""

    __slots__ = ()
    grain = "half"

    @classmethod
    def of(cls, year: int, number: int) -> Half:
        return cls(year * 2 + number - 1)

    @classmethod
    def parse(cls, value: object) -> Half:
        """The half-year of a cell; ValueError in Chinese otherwise."""
        from xl_kpi.hand.days import read_half

        return read_half(value)

    @property
    def number(self) -> int:
        """1 or 2."""
        return self.index % 2 + 1

    @property
    def label(self) -> str:
        return f"{self.year}年{'上下'[self.number - 1]}半年"

    def __str__(self) -> str:
        return f"{self.year}H{self.number}"


class Year(AnyPeriod):
    """``index`` = the year."""

    __slots__ = ()
    grain = "year"

    @classmethod
    def parse(cls, value: object) -> Year:
        """The year of a cell; ValueError in Chinese otherwise."""
        from xl_kpi.hand.days import read_year

        return read_year(value)

    @property
    def quarters(self) -> list[Quarter]:
        return [Quarter(self.index * 4 + n) for n in range(4)]

    @property
    def label(self) -> str:
        return f"{self.index}年"

    def __str__(self) -> str:
        return str(self.index)


class Span(AnyPeriod):
    """From one month to another, both counted: ``index`` = the first month's × 1200 + how many follow it."""

    __slots__ = ()
    grain = "span"

    @classmethod
    def of(cls, first: Month, last: Month) -> Span:
        if not 0 <= last.index - first.index < _SPAN:
            raise ValueError(f"{first} 到 {last} 不是一段时间：前面的月份要早一些。")
        return cls(first.index * _SPAN + last.index - first.index)

    @classmethod
    def parse(cls, value: object) -> Span:
        """From–to as it is written; ValueError in Chinese otherwise."""
        from xl_kpi.hand.days import read_span

        return read_span(value)

    def __add__(self, n: int) -> Self:
        """The span of as many months that follows (or comes before)."""
        return type(self)(self.index + n * len(self.months) * _SPAN)

    def __sub__(self, n: int) -> Self:
        return self + -n

    @property
    def months(self) -> list[Month]:
        first, more = divmod(self.index, _SPAN)
        return [Month(first + n) for n in range(more + 1)]

    @property
    def label(self) -> str:
        first, last = self.months[0], self.months[-1]
        return f"{first.label}至{f'{last.number}月' if first.year == last.year else last.label}"

    def __str__(self) -> str:
        return f"{self.months[0]}..{self.months[-1]}"


TYPES: dict[str, Any] = {one.grain: one for one in (Month, Quarter, Half, Year, Span)}


def bounds(key: tuple[str, int]) -> tuple[int, int]:
    """The indexes of the first and the last month of a period."""
    grain, index = key
    if grain == "span":
        first, more = divmod(index, _SPAN)
        return first, first + more
    size = SIZES[grain]
    return index * size, index * size + size - 1


def period_of(key: tuple[str, int]) -> AnyPeriod:
    """The period of a key."""
    grain, index = key
    found: AnyPeriod = TYPES[grain](index)
    return found


def code_of(key: tuple[str, int]) -> int:
    """The one number that stands for a period in columns of them; of coarser grains it is smaller.  -1 (in columns:
    none) for what no row can be of: from–to."""
    grain, index = key
    return (len(GRAINS) - 1 - GRAINS.index(grain) << _PLACE) + index if grain in SIZES else -1


def key_of(code: int) -> tuple[str, int]:
    """The period that a code stands for, as a key."""
    return GRAINS[len(GRAINS) - 1 - (code >> _PLACE)], code & (1 << _PLACE) - 1


def codes_of(grain: str) -> tuple[int, int]:
    """The codes of a grain: from, to (not counted)."""
    return code_of((grain, 0)), code_of((grain, 1 << _PLACE))


def months_of_codes(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The indexes of the first and the last month of each period of a column; -1 where there is none."""
    import numpy as np

    sizes = np.array([SIZES[grain] for grain in reversed(GRAINS)], np.int64)[codes >> _PLACE]
    first = np.where(codes < 0, -1, (codes & (1 << _PLACE) - 1) * sizes)
    return first, np.where(codes < 0, -1, first + sizes - 1)


def contains(outer: tuple[str, int], inner: tuple[str, int]) -> bool:
    """Does a period contain another (as keys)?"""
    first, last = bounds(outer)
    start, end = bounds(inner)
    return first <= start and end <= last


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
    """What a deadline asks of a calendar: ``xl_kpi.calendar_cn.Calendar`` is one."""

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
