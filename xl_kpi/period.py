"""Days, months, quarters, years: reading what HR typed, counting on, deadlines.

A period is one whole number in a small ordered type, so that columns of them are plain int32 arrays
(``month_indexes`` and its sisters) and one of them is an object with a label.  Cells are read strictly: a spelling
that could mean two things is refused, with a sentence that says what was seen and what is understood.

Deadlines follow 民法典 第二百零一条 and 第二百零三条: the day of the event is not counted, the count begins on the next
day; an end on a day off moves to the next workday (``deferred``).

Importing this module loads neither numpy nor pandas: the command line starts with it.
"""

from __future__ import annotations

import calendar as gregorian
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol, Self

from xl_kpi.hand.texts import is_blank, normal

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
        """The month of a cell (``SPELLINGS``, or the month of a full date); ValueError in Chinese otherwise."""
        return _month(value, "月份")

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
        """The quarter of a cell (``SPELLINGS``); ValueError in Chinese otherwise."""
        return _quarter(value, "季度")

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
        """The year of a cell (``SPELLINGS``); ValueError in Chinese otherwise."""
        match = _YEAR.fullmatch(_text(value, "年份"))
        if not match:
            raise _refused(value, "年份")
        return cls(_checked_year(value, "年份", int(match[1])))

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


# -- reading a cell -------------------------------------------------------------------------------------------------

SPELLINGS = {
    "日期": "2016-11-03、2016/11/3、2016.11.3、2016年11月3日、20161103，或用日期格式的单元格",
    "月份": "2016-11、2016年11月、2016/11、201611，或一个日期",
    "季度": "2016Q4、2016-Q4、2016年第4季度、2016年第四季度",
    "年份": "2016、2016年、2016年度",
    "月份或季度": "2016-11、2016年11月（月份），2016Q4、2016年第4季度（季度）",
}

# A dotted month needs both digits: 2016.1 may be October, its 0 eaten by a number format.
_MONTH = re.compile(r"([0-9]{4})(?:[-/]([0-9]{1,2})|\.([0-9]{2})|年([0-9]{1,2})月份?|([0-9]{2}))")
_DAY = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})[日号]|([0-9]{2})([0-9]{2}))"
    r"(?:(?:[ T]|(?<=[日号]))[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
)
_QUARTER = re.compile(
    r"(?P<year>[0-9]{4})(?:[-年]?[Qq](?P<q>[1-4])|年?第?(?P<word>[1-4一二三四])季度)"
    r"|[Qq](?P<q2>[1-4]) +(?P<year2>[0-9]{4})"
)
_YEAR = re.compile(r"([0-9]{4})(?:年度?)?")
# Between two digits a blank stays, so that '2016-1 1' is refused, not read as November.
_LOOSE_BLANKS = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")


def parse_day(value: object) -> date:
    """The day of a cell; a time of day is dropped.  Excel's date serials are refused: a bare number is no date."""
    return _day(value, "日期")


def parse_period(value: object) -> Month | Quarter:
    """A cell that may hold a month or a quarter."""
    kind = "月份或季度"
    if isinstance(value, str) and re.search("[Qq季]", normal(value)):
        return _quarter(value, kind)
    return _month(value, kind)


def _refused(value: Any, kind: str, why: str = "") -> ValueError:
    """The one sentence about a cell that was not understood."""
    if is_blank(value):
        seen = "空白单元格"
    elif isinstance(value, bool):
        seen = f"逻辑值 {str(value).upper()} "
    else:
        text = str(int(value)) if _is_whole(value) else str(value)
        seen = f"“{text[:30]}”" if isinstance(value, str | date) else f"数字 {text[:30]} "
    return ValueError(f"{seen}不能读作{kind}{f'（{why}）' if why else ''}，请写成 {SPELLINGS[kind]}。")


def _is_whole(value: Any) -> bool:
    return isinstance(value, Real) and value % 1 == 0


def _text(value: Any, kind: str) -> str:
    """The text of a cell as the patterns expect it; a whole number counts as its digits."""
    if isinstance(value, str) and not is_blank(value):
        return _LOOSE_BLANKS.sub("", normal(value))
    if is_blank(value) or isinstance(value, bool) or not isinstance(value, Real):
        raise _refused(value, kind)
    if not _is_whole(value):
        raise _refused(value, kind, "带小数的数字分不清 1 月和 10 月")
    number = float(value)
    if 20_000 < number < 80_000 and kind in ("日期", "月份"):  # 1954 to 2119
        raise _refused(value, kind, "像是 Excel 的日期序号，请把单元格设成日期格式")
    return f"{number:.0f}"


def _checked_year(value: object, kind: str, year: int) -> int:
    if year == 1900:
        raise _refused(value, kind, "1900 年的日期通常来自空单元格或写错的数字")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _refused(value, kind, f"年份须在 {FIRST_YEAR} 到 {LAST_YEAR} 之间")
    return year


def _numbers(match: re.Match[str]) -> list[int]:
    return [int(group) for group in match.groups() if group and group.isdigit()]


def _day(value: object, kind: str) -> date:
    if isinstance(value, date) and not is_blank(value):
        _checked_year(value, kind, value.year)
        return value.date() if isinstance(value, datetime) else value
    match = _DAY.fullmatch(_text(value, kind))
    if not match:
        raise _refused(value, kind)
    year, month, day = _numbers(match)
    _checked_year(value, kind, year)
    try:
        return date(year, month, day)
    except ValueError:
        raise _refused(value, kind, "没有这一天") from None


def _month(value: object, kind: str) -> Month:
    match = None if isinstance(value, date) else _MONTH.fullmatch(_text(value, kind))
    if not match:  # a full date stands for its month
        day = _day(value, kind)
        return Month.of(day.year, day.month)
    year, month = _numbers(match)
    if not 1 <= month <= 12:
        raise _refused(value, kind, f"没有 {month} 月")
    return Month.of(_checked_year(value, kind, year), month)


def _quarter(value: object, kind: str) -> Quarter:
    match = _QUARTER.fullmatch(_text(value, kind))
    if not match:
        raise _refused(value, kind)
    number = match["q"] or match["q2"] or match["word"].translate(str.maketrans("一二三四", "1234"))
    return Quarter.of(_checked_year(value, kind, int(match["year"] or match["year2"])), int(number))


# -- reading a column -----------------------------------------------------------------------------------------------

def month_indexes(values: list[Any]) -> tuple[np.ndarray, dict[int, str]]:
    """A column of months as int32 indexes, −1 for a bad or blank cell, and row → message for the bad ones."""
    found, bad = _column(values, lambda value: Month.parse(value).index)
    return _int32(found), bad


def day_numbers(values: list[Any]) -> tuple[np.ndarray, dict[int, str]]:
    """A column of days as ``date.toordinal()`` in int32, −1 for a bad or blank cell, and row → message."""
    found, bad = _column(values, lambda value: parse_day(value).toordinal())
    return _int32(found), bad


def period_codes(values: list[Any]) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """A column of months or quarters: month indexes, quarter indexes (−1 where it is not one), row → message."""
    found, bad = _column(values, parse_period)
    months = [period.index if isinstance(period, Month) else -1 for period in found]
    quarters = [period.index if isinstance(period, Quarter) else -1 for period in found]
    return _int32(months), _int32(quarters), bad


def _column(values: list[Any], parse: Callable[[object], Any]) -> tuple[list[Any], dict[int, str]]:
    """Each distinct cell is parsed once: columns have many rows and few periods."""
    known: dict[tuple[type, Any], tuple[Any, str]] = {}
    found: list[Any] = []
    bad: dict[int, str] = {}
    for row, value in enumerate(values):
        key = (value.__class__, value)  # the class, because True == 1
        answer = known.get(key)
        if answer is None:
            try:
                answer = (-1, "") if is_blank(value) else (parse(value), "")
            except ValueError as error:
                answer = (-1, str(error))
            known[key] = answer
        found.append(answer[0])
        if answer[1]:
            bad[row] = answer[1]
    return found, bad


def _int32(numbers: list[int]) -> np.ndarray:
    import numpy as np

    return np.array(numbers, dtype=np.int32)


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
