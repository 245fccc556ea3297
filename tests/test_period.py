"""Spellings of periods as tables of cases; columns; deadlines."""

import math
import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_kpi.period import (
    Month,
    Quarter,
    Year,
    add_workdays,
    day_numbers,
    deferred,
    month_indexes,
    normal,
    nth_day,
    parse_day,
    parse_period,
    period_codes,
)

MONTHS: list[tuple[Any, str]] = [
    ("2016-11", "2016-11"), ("2016-1", "2016-01"), ("2016-01", "2016-01"),
    ("2016年11月", "2016-11"), ("2016年11月份", "2016-11"), ("2016年1月", "2016-01"), ("2016年01月", "2016-01"),
    ("2016/11", "2016-11"), ("2016/1", "2016-01"), ("2016.11", "2016-11"), ("2016.01", "2016-01"),
    ("201611", "2016-11"), (201611, "2016-11"), (201611.0, "2016-11"), (np.int64(201611), "2016-11"),
    ("2016-11-01", "2016-11"), ("2016-11-30", "2016-11"), ("2016年11月3日", "2016-11"), ("20161103", "2016-11"),
    (20161103, "2016-11"), ("2016-11-03 00:00:00", "2016-11"),
    (date(2016, 11, 3), "2016-11"), (datetime(2016, 11, 3, 8, 30), "2016-11"), (pd.Timestamp("2016-11-03"), "2016-11"),
    ("２０１６－１１", "2016-11"), ("２０１６年１１月", "2016-11"), ("２０１６１１", "2016-11"),
    (" 2016-11 ", "2016-11"), ("\u30002016-11\u00a0", "2016-11"), ("2016 年 11 月", "2016-11"),
    ("2016 - 11", "2016-11"), ("1901-01", "1901-01"), ("2100-12", "2100-12"),
]
NOT_MONTHS: list[tuple[Any, str]] = [
    (42675, "数字 42675 "), (42675.0, "日期序号"), ("42675", "“42675”"), (2016.11, "1 月和 10 月"),
    (2016.1, "1 月和 10 月"), ("2016.1", "“2016.1”"), ("2016 1 1", "不能读作月份"), ("2016-1 1", "不能读作月份"),
    ("2016 11", "不能读作月份"),
    ("2016-13", "没有 13 月"), ("2016-00", "没有 0 月"), ("201613", "没有 13 月"), ("2016-02-30", "没有这一天"),
    ("2016-011", "“2016-011”"), ("16-11", "“16-11”"), ("11月", "“11月”"), ("2016", "“2016”"), (2016, "数字 2016 "),
    ("2016Q4", "“2016Q4”"), ("2016-11/03", "不能读作月份"), ("二〇一六年十一月", "不能读作月份"),
    ("2016-11-308:30", "不能读作"),
    ("1900-01", "1900 年的日期通常来自空单元格"), (date(1900, 1, 1), "1900 年"), ("1899-12", "1901 到 2100"),
    ("2101-01", "1901 到 2100"), (date(2101, 1, 1), "1901 到 2100"),
    (True, "逻辑值 TRUE "), (False, "逻辑值 FALSE "), (None, "空白单元格"), ("", "空白单元格"), ("　", "空白单元格"),
    (math.nan, "空白单元格"), (pd.NaT, "空白单元格"), (math.inf, "不能读作月份"), (-201611, "数字 -201611 "),
    ([2016, 11], "不能读作月份"),
]
QUARTERS: list[tuple[Any, str]] = [
    ("2016Q4", "2016Q4"), ("2016q4", "2016Q4"), ("2016-Q4", "2016Q4"), ("2016 Q4", "2016Q4"), ("Q4 2016", "2016Q4"),
    ("2016年Q4", "2016Q4"), ("2016年第4季度", "2016Q4"), ("2016年4季度", "2016Q4"), ("2016年第四季度", "2016Q4"),
    ("2016年四季度", "2016Q4"), ("2016年第一季度", "2016Q1"), ("2016年二季度", "2016Q2"), ("2016年第三季度", "2016Q3"),
    ("２０１６Ｑ４", "2016Q4"), (" 2016 年 第 4 季度 ", "2016Q4"),
]
NOT_QUARTERS: list[Any] = [
    "2016Q5", "2016Q0", "2016-4", "20164", 20164, "Q42016", "4季度", "2016年第五季度", "2016-11", date(2016, 11, 1),
    "1900Q1", "2101Q1", True, None, "",
]
DAYS: list[tuple[Any, date]] = [
    (spelling, date(2016, 11, 3)) for spelling in (
        "2016-11-03", "2016-11-3", "2016/11/3", "2016/11/03", "2016.11.3", "2016.11.03", "2016年11月3日",
        "2016年11月03日", "2016年11月3号", "20161103", 20161103, 20161103.0, date(2016, 11, 3), datetime(2016, 11, 3),
        datetime(2016, 11, 3, 17, 30), "２０１６年１１月３日", " 2016 / 11 / 3 ", "2016-11-03 00:00:00",
        "2016-11-03T08:00", "2016年11月3日 8:30",
    )
] + [("2016-02-29", date(2016, 2, 29))]
NOT_DAYS: list[tuple[Any, str]] = [
    ("2016-02-30", "没有这一天"), ("2015-02-29", "没有这一天"), ("2016-13-01", "没有这一天"), ("2016-11", "“2016-11”"),
    (42677, "日期序号"), (42677.5, "不能读作日期"), (date(1900, 1, 1), "1900 年"), ("1900/1/0", "1900 年"),
    ("2016年11月3", "“2016年11月3”"), ("3/11/2016", "不能读作"), ("2016-11/3", "不能读作"),
    (False, "逻辑值"), (None, "空白"),
]


def shown(case: Any) -> str:
    return repr(case)


@pytest.mark.parametrize(("value", "month"), MONTHS, ids=shown)
def test_a_month_is_read(value: Any, month: str) -> None:
    assert str(Month.parse(value)) == month


@pytest.mark.parametrize(("value", "saying"), NOT_MONTHS, ids=shown)
def test_no_month_is_refused_in_one_sentence(value: Any, saying: str) -> None:
    with pytest.raises(ValueError, match=r"不能读作月份.*2016-11、2016年11月.*。$") as refusal:
        Month.parse(value)
    assert saying in str(refusal.value)
    assert str(refusal.value).count("。") == 1


@pytest.mark.parametrize(("value", "quarter"), QUARTERS, ids=shown)
def test_a_quarter_is_read(value: Any, quarter: str) -> None:
    assert str(Quarter.parse(value)) == quarter


@pytest.mark.parametrize("value", NOT_QUARTERS, ids=shown)
def test_no_quarter_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"不能读作季度.*2016Q4"):
        Quarter.parse(value)


@pytest.mark.parametrize(("value", "day"), DAYS, ids=shown)
def test_a_day_is_read(value: Any, day: date) -> None:
    assert parse_day(value) == day
    assert type(parse_day(value)) is date


@pytest.mark.parametrize(("value", "saying"), NOT_DAYS, ids=shown)
def test_no_day_is_refused(value: Any, saying: str) -> None:
    with pytest.raises(ValueError, match=r"不能读作日期.*2016-11-03") as refusal:
        parse_day(value)
    assert saying in str(refusal.value)


def test_a_month_or_a_quarter_is_read() -> None:
    assert parse_period("2016年11月") == Month.of(2016, 11)
    assert parse_period("2016年第四季度") == parse_period("２０１６ｑ４") == Quarter.of(2016, 4)
    with pytest.raises(ValueError, match="“2016Q5”不能读作月份或季度，请写成 2016-11"):
        parse_period("2016Q5")


def test_a_year_is_read() -> None:
    assert [Year.parse(value).index for value in ("2016", 2016, 2016.0, "2016年", "2016年度", "２０１６")] == [2016] * 6
    for value in ("16", 1900, 2101, "2016-11", True, None):
        with pytest.raises(ValueError, match="不能读作年份"):
            Year.parse(value)


@pytest.mark.parametrize(("value", "text", "changed"), [
    ("2016-11", "2016-11", False), ("２０１６-１１", "2016-11", True), (" 2016-11", "2016-11", True),
    ("张 三", "张 三", False),
])
def test_normalising_shows(value: str, text: str, changed: bool) -> None:
    assert normal(value) == text
    assert (normal(value) != value) is changed


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


@given(st.dates(date(1901, 1, 1), date(2100, 12, 31)))
def test_every_day_and_its_periods_come_back_from_their_own_text(day: date) -> None:
    month = Month.parse(day)
    assert month.first_day <= day <= month.last_day
    for text in (day.isoformat(), day.strftime("%Y%m%d"), f"{day.year}年{day.month}月{day.day}日"):
        assert parse_day(text) == day
        assert Month.parse(text) == month
    assert Month.parse(str(month)) == Month.parse(month.label) == Month.parse(month.year * 100 + month.number) == month
    assert Quarter.parse(str(month.quarter)) == Quarter.parse(month.quarter.label) == month.quarter
    assert month in month.quarter.months


@given(st.text("0123456789-/.年月日季度Q第 ", max_size=12) | st.floats() | st.integers() | st.booleans() | st.none())
def test_a_cell_is_read_or_refused_in_chinese(value: Any) -> None:
    for column in (month_indexes, day_numbers, period_codes):
        bad = column([value])[-1]
        assert all("不能读作" in message for message in bad.values())


# -- columns --------------------------------------------------------------------------------------------------------

def test_a_column_of_months() -> None:
    numbers, bad = month_indexes(["2016-11", None, "２０１６年１２月", "abc", math.nan, True, 1, " ",
                                  date(2017, 1, 5), "abc"])
    assert numbers.dtype == np.int32
    assert numbers.tolist() == [24202, -1, 24203, -1, -1, -1, -1, -1, 24204, -1]
    assert list(bad) == [3, 5, 6, 9]
    assert "“abc”" in bad[3]
    assert "TRUE" in bad[5]
    assert "数字 1 " in bad[6]


def test_a_column_of_days() -> None:
    numbers, bad = day_numbers(["2016-11-03", date(2016, 11, 3), "", "2016-02-30"])
    assert numbers.dtype == np.int32
    assert numbers.tolist() == [date(2016, 11, 3).toordinal()] * 2 + [-1, -1]
    assert list(bad) == [3]


def test_a_column_of_months_or_quarters() -> None:
    months, quarters, bad = period_codes(["2016-11", "2016Q4", "2016年第四季度", None, "2016Q5", "2016-13",
                                           201611, 42675])
    assert months.tolist() == [24202, -1, -1, -1, -1, -1, 24202, -1]
    assert quarters.tolist() == [-1, 8067, 8067, -1, -1, -1, -1, -1]
    assert months.dtype == quarters.dtype == np.int32
    assert list(bad) == [4, 5, 7]
    assert all("不能读作月份或季度" in message for message in bad.values())


def test_an_empty_column() -> None:
    assert month_indexes([])[0].tolist() == []
    assert period_codes([])[2] == {}


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
    assert add_workdays(parse_day(day), n, Weekdays()) == parse_day(end)


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
    from xl_kpi import calendar_cn

    assert deferred(date(2016, 10, 1), calendar_cn) == date(2016, 10, 8)        # a Saturday, but a make-up day
    assert add_workdays(date(2016, 9, 29), 3, calendar_cn) == date(2016, 10, 9)
    assert deferred(date(2016, 10, 8), calendar_cn) + timedelta(days=1) == date(2016, 10, 9)


def test_starting_up_loads_nothing_heavy() -> None:
    heavy = "numpy", "pandas", "chinese_calendar"
    code = f"import sys, xl_kpi.period, xl_kpi.calendar_cn, xl_kpi.rmb; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
