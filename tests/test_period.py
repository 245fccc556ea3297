"""Periods: what they know, their order; deadlines."""

import subprocess
import sys
from datetime import date, timedelta

import pytest

from xl_kpi.hand.days import read_day
from xl_kpi.period import Month, Quarter, Year, add_workdays, deferred, nth_day


def test_what_a_period_knows() -> None:
    month = Month.parse("2016-11")
    assert (month.index, month.year, month.number, month.days) == (2016 * 12 + 10, 2016, 11, 30)
    assert (str(month), month.label, repr(month)) == ("2016-11", "2016年11月", "<Month 2016-11>")
    assert (month.first_day, month.last_day) == (date(2016, 11, 1), date(2016, 11, 30))
    assert (str(month + 2), str(month - 11), month.quarter) == ("2017-01", "2015-12", Quarter.parse("2016Q4"))
    quarter = month.quarter
    assert (quarter.index, quarter.year, quarter.number, quarter.label) == (2016 * 4 + 3, 2016, 4, "2016年第4季度")
    assert [str(m) for m in quarter.months] == ["2016-10", "2016-11", "2016-12"]
    assert (quarter.first_day, quarter.last_day) == (date(2016, 10, 1), date(2016, 12, 31))
    assert (str(quarter + 1), str(quarter - 4)) == ("2017Q1", "2015Q4")
    year = Year(2016)
    assert (str(year), year.label, year.year) == ("2016", "2016年", 2016)
    assert (len(year.months), year.quarters[-1], year.months[0].first_day) == (12, quarter, year.first_day)
    assert year.last_day == date(2016, 12, 31)
    assert Month.of(2016, 2).days == 29


def test_periods_are_ordered_and_immutable_among_their_own_kind() -> None:
    months = [Month.parse(m) for m in ("2017-01", "2016-11", "2016-12")]
    assert [str(m) for m in sorted(months)] == ["2016-11", "2016-12", "2017-01"]
    assert len({Month(24200), Month(24200), Quarter(24200)}) == 2
    with pytest.raises(TypeError):
        _ = Month(24200) < Quarter(8000)  # type: ignore[operator]
    with pytest.raises(AttributeError):
        Month(24200).index = 1  # type: ignore[misc]


# -- deadlines ------------------------------------------------------------------------------------------------------

class Weekdays:
    """Monday to Friday, but for one holiday."""

    def is_workday(self, day: date) -> bool:
        return day.weekday() < 5 and day != date(2016, 11, 8)


@pytest.mark.parametrize(("day", "n", "end"), [
    ("2016-11-03", 0, "2016-11-03"),
    ("2016-11-03", 1, "2016-11-04"),    # Thursday → Friday
    ("2016-11-03", 3, "2016-11-09"),    # over the weekend and the holiday on Tuesday
    ("2016-11-05", 1, "2016-11-07"),    # an event on a Saturday: the count begins on Monday
])
def test_workdays_are_counted_from_the_day_after(day: str, n: int, end: str) -> None:
    assert add_workdays(read_day(day), n, Weekdays()) == read_day(end)


def test_deadlines() -> None:
    assert deferred(date(2016, 11, 4), Weekdays()) == date(2016, 11, 4)
    assert deferred(date(2016, 11, 5), Weekdays()) == date(2016, 11, 7)
    assert deferred(date(2016, 11, 8), Weekdays()) == date(2016, 11, 9)
    assert nth_day(Month.parse("2016-11"), 5) == date(2016, 11, 5)
    with pytest.raises(ValueError, match="2016年11月没有 31 日"):
        nth_day(Month.parse("2016-11"), 31)
    with pytest.raises(ValueError, match="负数"):
        add_workdays(date(2016, 11, 3), -1, Weekdays())


def test_deadlines_take_the_national_calendar() -> None:
    from xl_kpi.calendar_cn import STATED

    assert deferred(date(2016, 10, 1), STATED) == date(2016, 10, 8)        # a Saturday, but a make-up day
    assert add_workdays(date(2016, 9, 29), 3, STATED) == date(2016, 10, 9)
    assert deferred(date(2016, 10, 8), STATED) + timedelta(days=1) == date(2016, 10, 9)


def test_starting_up_loads_nothing_heavy() -> None:
    heavy = "numpy", "pandas", "chinese_calendar"
    modules = "xl_kpi.period, xl_kpi.hand.days, xl_kpi.calendar_cn, xl_kpi.rmb"
    code = f"import sys, {modules}; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
