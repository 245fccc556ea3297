"""China's calendar: workdays with 调休 (make-up days), and the days that are paid.

Which days the State Council declares off or worked comes from the package ``chinesecalendar`` (loaded when first
asked), overlaid by ``data/calendar_cn.toml``, where a year can be added before that package is updated, and by what a
workbook says itself (``Calendar(own)``).  The statutory days (法定节假日) follow from 《全国年节及纪念日放假办法》 and
the festivals' dates in the same file.

*Paid* days are the workdays and the statutory days, each statutory day once and on its own date, also when that is a
Saturday or Sunday: the rest day given for it on a weekday is then no workday and not counted either, so a month's total
stays what 21.75 = (365 − 104) / 12 means.  Days off that are only moved (调休, 补假) are never counted.

Supported from 2008, when 《办法》 took its present shape, to the last year announced.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

Counted = Literal["days", "workdays", "paid"]
FIRST_YEAR = 2008


class CalendarLacks(ValueError):
    """The calendar does not reach to ``year``."""

    def __init__(self, year: int, years: Iterable[int]):
        super().__init__(
            f"节假日历没有 {year} 年的放假安排（现有 {in_words(years)}）：请在工作表“节假日”里填上这一年的放假和调休，"
            "或者更新程序，或者改用不按工作日计算的读法。"
        )
        self.year = year


def in_words(years: Iterable[int]) -> str:
    """2008 至 2026、2028 年."""
    runs = [[year for _, year in run] for _, run in groupby(enumerate(sorted(years)), lambda one: one[1] - one[0])]
    return "、".join(f"{run[0]} 至 {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs) + " 年"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "calendar_cn.toml").read_text(encoding="utf-8"))


@cache
def _arrangements() -> tuple[set[date], set[date], list[int]]:
    """Days declared off, days declared worked, and the years for which these are known: of the program itself."""
    from chinese_calendar import constants

    off, worked = set(constants.holidays), set(constants.workdays)
    # A notice also names days of the December before: only the year of its own National Day is complete.
    years = {day.year for day in off if (day.month, day.day) == (10, 1)}
    for year, notice in _data().get("arranged", {}).items():
        days_off = {
            first + timedelta(days=n) for first, last in notice["off"] for n in range((last - first).days + 1)
        }
        off = (off | days_off) - set(notice["worked"])
        worked = (worked - days_off) | set(notice["worked"])
        years.add(int(year))
    return off, worked, sorted(year for year in years if year >= FIRST_YEAR)


def statutory_days(year: int) -> list[date]:
    """The statutory days of a year (全体公民放假的节日), in order: 11, from 2025 on 13; none where the festivals of the
    year are not known."""
    festivals = _data()["festivals"].get(str(year))
    if not festivals:
        return []
    spring: tuple[int, ...]
    if year < 2014:    # 国务院令第513号: 除夕 to 初二
        spring = (-1, 0, 1)
    elif year < 2025:  # 国务院令第644号: 初一 to 初三
        spring = (0, 1, 2)
    else:              # 国务院令第795号: 除夕 to 初三, and 5月2日
        spring = (-1, 0, 1, 2)
    days = {date(year, 1, 1), date(year, 5, 1), *(date(year, 10, n) for n in (1, 2, 3))}
    if year >= 2025:
        days.add(date(year, 5, 2))
    days |= {festivals["chunjie"] + timedelta(days=n) for n in spring}
    days |= {festivals[name] for name in ("qingming", "duanwu", "zhongqiu")}
    days |= set(_data()["also_statutory"].get(str(year), ()))
    return sorted(days)


class Calendar:
    """The calendar of the program, and what somebody says of single days besides (``own``: day → is it worked), which
    counts before it.  ``years``: those of which ``own`` says everything."""

    def __init__(self, own: Mapping[date, bool] | None = None, years: Iterable[int] = ()):
        self.own, self._years = dict(own or {}), frozenset(years)
        self._covered: frozenset[int] | None = None
        self._tables: dict[tuple[int, Counted], np.ndarray] = {}
        self._sums: dict[tuple[int, int, Counted], np.ndarray] = {}

    def covered_years(self) -> frozenset[int]:
        """The years of which every day is known."""
        if self._covered is None:
            self._covered = self._years | {*_arrangements()[2]}
        return self._covered

    def is_workday(self, day: date) -> bool:
        """Is ``day`` worked, weekends, holidays and make-up days considered?"""
        if day.year not in self.covered_years():
            raise self._lacks(day.year)
        if day in self.own:
            return self.own[day]
        off, worked, _ = _arrangements()
        return day in worked or (day.weekday() < 5 and day not in off)

    def statutory_days(self, year: int) -> list[date]:
        """The statutory days of a year, see ``statutory_days``."""
        if year not in self.covered_years() or not statutory_days(year):
            raise self._lacks(year)
        return statutory_days(year)

    def workdays(self, first: date, last: date) -> int:
        """Workdays from ``first`` to ``last``, both included; 0 when ``first`` is later."""
        return int(self.count_days(first.toordinal(), last.toordinal(), "workdays"))

    def count_days(self, first: Any, last: Any, what: Counted) -> np.ndarray:
        """Days from ``first`` to ``last``, both included, elementwise (``date.toordinal()``); 0 where ``first`` is
        later.

        ``what``: 'days' (every calendar day, in any year), 'workdays', or 'paid' (workdays and statutory days).  A
        number below 1 is no day (columns hold −1 or 0 for a blank): it counts 0, the caller knows which rows are blank.
        """
        import numpy as np

        first, last = np.broadcast_arrays(np.asarray(first, np.int64), np.asarray(last, np.int64))
        some = (first <= last) & (first > 0)
        if what == "days":
            return np.where(some, last - first + 1, 0)
        counts = np.zeros(first.shape, np.int64)
        if some.any():
            years = date.fromordinal(int(first[some].min())).year, date.fromordinal(int(last[some].max())).year
            start = date(years[0], 1, 1).toordinal()
            running = self._running(*years, what)
            counts[some] = running[last[some] - start + 1] - running[first[some] - start]
        return counts

    def workday_after(self, days: np.ndarray, count: np.ndarray | None) -> np.ndarray:
        """The ``count``-th workday after each day, which itself is not counted (0: the day itself); without ``count``
        the day, or the first workday after it.  Days are ordinals.  Raises CalendarLacks."""
        import numpy as np

        if not len(days):
            return days
        years = date.fromordinal(int(days.min())).year, date.fromordinal(int(days.max())).year
        last = years[1] + (1 if count is None else int(count.max()) // 240 + 1)
        while last > years[1] and not self.covered_years().issuperset(range(years[1], last + 1)):
            last -= 1
        running = self._running(years[0], last, "workdays")
        start = date(years[0], 1, 1).toordinal()
        worked = np.flatnonzero(np.diff(running)) + start
        place = running[days - start] if count is None else running[days - start + 1] + count - 1
        if int(place.max()) >= len(worked):
            raise self._lacks(last + 1)
        found = worked[np.maximum(place, 0)]
        return found if count is None else np.where(count == 0, days, found)

    def _lacks(self, year: int) -> CalendarLacks:
        return CalendarLacks(year, self.covered_years())

    def _running(self, first_year: int, last_year: int, what: Counted) -> np.ndarray:
        """How many days count before each day of these years, and after the last one."""
        import numpy as np

        found = self._sums.get((first_year, last_year, what))
        if found is None:
            marks = np.concatenate([self._table(year, what) for year in range(first_year, last_year + 1)])
            found = self._sums[first_year, last_year, what] = np.concatenate([[0], np.cumsum(marks)])
        return found

    def _table(self, year: int, what: Counted) -> np.ndarray:
        """For each day of a year: does it count?"""
        import numpy as np

        found = self._tables.get((year, what))
        if found is None:
            if year not in self.covered_years():
                raise self._lacks(year)
            start = date(year, 1, 1)
            days = [start + timedelta(days=n) for n in range((date(year + 1, 1, 1) - start).days)]
            statutory = set(self.statutory_days(year)) if what == "paid" else set()
            found = self._tables[year, what] = np.array([day in statutory or self.is_workday(day) for day in days])
        return found


STATED = Calendar()         # the program's own
