"""Spellings of periods as tables of cases; whole columns."""

# ruff: noqa: E501  (tables of spellings)

from __future__ import annotations

import math
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_kpi.hand.days import (
    day_numbers,
    period_codes,
    read_day,
    read_month,
    read_period,
    read_quarter,
    read_year,
    says_none,
    usual,
)
from xl_kpi.period import GRAINS, Month, Quarter, key_of, period_of

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
    (2016.11, "2016-11"), (2016.12, "2016-12"), (2016.2, "2016-02"), (2016.01, "2016-01"), ("2016.2", "2016-02"),
    ("16年11月", "2016-11"), ("16年11月份", "2016-11"), ("2016、11", "2016-11"), ("2016.11月", "2016-11"),
    ("2016年十一月", "2016-11"), ("二〇一六年十一月", "2016-11"), ("二零一六年十月", "2016-10"), ("二〇一六年一月份", "2016-01"),
    ("2016-11-03 星期四", "2016-11"), ("2016\u200b-11\ufeff", "2016-11"),
    ("2016 - 11", "2016-11"), ("1901-01", "1901-01"), ("2100-12", "2100-12"),
]
NOT_MONTHS: list[tuple[Any, str]] = [
    (2016.1, "2016 年 1 月还是 10 月"), (2016.13, "没有 13 月"), (2016.123, "不能读作月份"), ("11月", "没有写年份"),
    ("16.11", "没有写年份"), ("11月份", "没有写年份"), ("2016年1①月", "「①」不是普通的数字"),
    (42675, "数字 42675 "), (42675.0, "日期序号"), ("42675", "“42675”"),
    (2016.1, "2016 年 1 月还是 10 月"), ("2016.1", "“2016.1”"), ("2016 1 1", "不能读作月份"), ("2016-1 1", "不能读作月份"),
    ("2016 11", "不能读作月份"),
    ("2016-13", "没有 13 月"), ("2016-00", "没有 0 月"), ("201613", "没有 13 月"), ("2016-02-30", "没有这一天"),
    ("2016-011", "“2016-011”"), ("16-11", "“16-11”"), ("11月", "“11月”"), ("2016", "“2016”"), (2016, "数字 2016 "),
    ("2016Q4", "“2016Q4”"), ("2016-11/03", "不能读作月份"),    ("2016-11-308:30", "不能读作"),
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
    ("26Q1", "2026Q1"), ("2026-Q1", "2026Q1"), ("2026年1季度", "2026Q1"), ("2026年一季度", "2026Q1"), ("26年1季度", "2026Q1"),
    ("2026一季度", "2026Q1"), ("2026年第一季", "2026Q1"), ("2026.Q1", "2026Q1"), ("26年第四季度", "2026Q4"),
    ("２０１６Ｑ４", "2016Q4"), (" 2016 年 第 4 季度 ", "2016Q4"),
]
NOT_QUARTERS: list[Any] = [
    "2016Q5", "2016Q0", "2016-4", "20164", 20164, "Q42016", "4季度", "2016年第五季度", "2016-11", date(2016, 11, 1),
    "261季度", "Q1", "一季度", "1900Q1", "2101Q1", True, None, "",
]
DAYS: list[tuple[Any, date]] = [
    (spelling, date(2016, 11, 3)) for spelling in (
        "2016-11-03", "2016-11-3", "2016/11/3", "2016/11/03", "2016.11.3", "2016.11.03", "2016年11月3日",
        "2016年11月03日", "2016年11月3号", "20161103", 20161103, 20161103.0, date(2016, 11, 3), datetime(2016, 11, 3),
        datetime(2016, 11, 3, 17, 30), "２０１６年１１月３日", " 2016 / 11 / 3 ", "2016-11-03 00:00:00",
        "2016-11-03T08:00", "2016年11月3日 8:30", "16.11.3", "16.11.03", "16年11月3日", "16-11-3", "2016、11、3", "16、11、3",
        "2016-11-3日", "2016.11.3日", "20161103日", "2016年11月3", "2016-11-03 星期四", "2016-11-03（周四）", "2016-11-03周四",
        "2016年11月3日星期四 8:30", "2016-11-03 上午9点", "2016年11月3日 下午3时30分", "2016-11-03 08:30:15.123",
        "2016-11-03T00:00:00.000Z", "2016-11-03T23:30:00+08:00", "2016-11-03T23:30:00-0500", "二〇一六年十一月三日",
        "2016-11-03\u200b", "\u202d2016/11/3\u202c",
    )
] + [("2016-02-29", date(2016, 2, 29))]
NOT_DAYS: list[tuple[Any, str]] = [
    ("2016-11-03 星期五", "这一天是星期四，不是星期五"), ("11月3日", "没有写年份"), ("11-03", "没有写年份"), ("11.3", "没有写年份"),
    ("3日", "没有写年份"), ("16/11/3", "不能读作"), ("2016-11-03\n2016-11-04", "2016-11-03⏎2016-11-04"), ("在职", "“在职”"),
    (2016.11, "不能读作日期"), (0, "数字 0 "), (time(0, 0), "时间 00:00:00"), ("2016-11-0³", "「³」不是普通的数字"),
    ("2016-02-30", "没有这一天"), ("2015-02-29", "没有这一天"), ("2016-13-01", "没有这一天"), ("2016-11", "“2016-11”"),
    (42677, "日期序号"), (42677.5, "不能读作日期"), (date(1900, 1, 1), "1900 年"), ("1900/1/0", "1900 年"),
    ("3/11/2016", "不能读作"), ("2016-11/3", "不能读作"),
    (False, "逻辑值"), (None, "空白"),
]


def shown(case: Any) -> str:
    return repr(case)


@pytest.mark.parametrize(("value", "month"), MONTHS, ids=shown)
def test_a_month_is_read(value: Any, month: str) -> None:
    assert str(read_month(value)) == month


@pytest.mark.parametrize(("value", "saying"), NOT_MONTHS, ids=shown)
def test_no_month_is_refused_in_one_sentence(value: Any, saying: str) -> None:
    with pytest.raises(ValueError, match=r"不能读作月份.*2016-11、2016年11月.*。$") as refusal:
        read_month(value)
    assert saying in str(refusal.value)
    assert str(refusal.value).count("。") == 1


@pytest.mark.parametrize(("value", "quarter"), QUARTERS, ids=shown)
def test_a_quarter_is_read(value: Any, quarter: str) -> None:
    assert str(read_quarter(value)) == quarter


@pytest.mark.parametrize("value", NOT_QUARTERS, ids=shown)
def test_no_quarter_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"不能读作季度.*2016Q4"):
        read_quarter(value)


@pytest.mark.parametrize(("value", "day"), DAYS, ids=shown)
def test_a_day_is_read(value: Any, day: date) -> None:
    assert read_day(value) == day
    assert type(read_day(value)) is date


@pytest.mark.parametrize(("value", "saying"), NOT_DAYS, ids=shown)
def test_no_day_is_refused(value: Any, saying: str) -> None:
    with pytest.raises(ValueError, match=r"不能读作日期.*2016-11-03") as refusal:
        read_day(value)
    assert saying in str(refusal.value)


def test_a_month_or_a_quarter_is_read() -> None:
    assert read_period("2016年11月") == Month.of(2016, 11)
    assert read_period("2016年第四季度") == read_period("２０１６ｑ４") == Quarter.of(2016, 4)
    with pytest.raises(ValueError, match="“2016Q5”不能读作月份或季度，请写成 2016-11"):
        read_period("2016Q5")


def test_a_year_is_read() -> None:
    assert [read_year(value).index for value in ("2016", 2016, 2016.0, "2016年", "2016年度", "２０１６")] == [2016] * 6
    for value in ("16", 1900, 2101, "2016-11", True, None):
        with pytest.raises(ValueError, match="不能读作年份"):
            read_year(value)


@given(st.dates(date(1901, 1, 1), date(2100, 12, 31)))
def test_every_day_and_its_periods_come_back_from_their_own_text(day: date) -> None:
    month = read_month(day)
    assert month.first_day <= day <= month.last_day
    for text in (day.isoformat(), day.strftime("%Y%m%d"), f"{day.year}年{day.month}月{day.day}日"):
        assert read_day(text) == day
        assert read_month(text) == month
    assert read_month(str(month)) == read_month(month.label) == read_month(month.year * 100 + month.number) == month
    assert read_quarter(str(month.quarter)) == read_quarter(month.quarter.label) == month.quarter
    assert month in month.quarter.months


@given(st.text("0123456789-/.年月日季度Q第 ", max_size=12) | st.floats() | st.integers() | st.booleans() | st.none())
def test_a_cell_is_read_or_refused_in_chinese(value: Any) -> None:
    for bad in (day_numbers([value])[1], *(period_codes([value], grains)[1] for grains in (
            *((grain,) for grain in GRAINS), ("month", "quarter"), GRAINS))):
        assert all("不能读作" in message for message in bad.values())


# -- columns --------------------------------------------------------------------------------------------------------

def test_a_column_of_months() -> None:
    codes, bad = period_codes(["2016-11", None, "２０１６年１２月", "abc", math.nan, True, 1, " ",
                                  date(2017, 1, 5), "abc"], ("month",))
    assert codes.dtype == np.int32
    assert periods(codes) == ["2016-11", "", "2016-12", "", "", "", "", "", "2017-01", ""]
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
    codes, bad = period_codes(["2016-11", "2016Q4", "2016年第四季度", None, "2016Q5", "2016-13", 201611, 42675],
                              ("month", "quarter"))
    assert periods(codes) == ["2016-11", "2016Q4", "2016Q4", "", "", "", "2016-11", ""]
    assert list(bad) == [4, 5, 7]
    assert all("不能读作月份或季度" in message for message in bad.values())


def test_an_empty_column() -> None:
    assert period_codes([], GRAINS)[0].tolist() == []
    assert period_codes([], GRAINS)[1] == {}


def periods(codes: np.ndarray) -> list[str]:
    return [str(period_of(key_of(code))) if code >= 0 else "" for code in codes.tolist()]


def test_a_column_of_any_period() -> None:
    """How it is written says of which grain it is; a number of four digits is a year, one of six a month."""
    codes, bad = period_codes(["2016-11", "2016Q4", "2016年下半年", 2016.0, 201611, "2016年度", "上半年", "2016-2017"], GRAINS)
    assert periods(codes) == ["2016-11", "2016Q4", "2016H2", "2016", "2016-11", "2016", "", ""]
    assert "不能读作月份、季度、半年或年份（没有写年份），请写成 2016-11、2016年11月（月份），2016Q4、" in bad[6]
    assert sorted(codes[:4].tolist(), reverse=True) == codes[:4].tolist(), "what is coarser is smaller"


# -- no date ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cell", ["在职", "无", "未离职", "未转正", "试用", "试用期", "-", "—", "——", "/", "0", 0, 0.0, time(0, 0),
                                  " 在 职 ", "－", "在职\u200b", "至今"])
def test_no_date_yet(cell: Any) -> None:
    assert says_none(cell)


@pytest.mark.parametrize("cell", ["离职", "待定", "1", 1, False, "2016-11-03", "已离职", "在职到2016-11-03", time(8, 30)])
def test_that_says_nothing(cell: Any) -> None:
    assert not says_none(cell)


@pytest.mark.parametrize(("cell", "expected"), [
    ("2016-11", True), ("2016/11", True), ("2016年11月", True), ("201611", True), (201611.0, True), ("2016Q4", True),
    ("2016年第4季度", True), ("2016-11-03", True), ("2016/11/3", True), ("2016年11月3日", True), ("20161103", True),
    (date(2016, 11, 3), True), ("2016.11", False), (2016.11, False), ("16.11.3", False), ("２０１６-11", False),
    ("2016-11 ", False), ("26Q1", False), ("2016-11-03 08:30", False),
])
def test_what_needs_no_hint(cell: Any, expected: bool) -> None:
    assert usual(cell) is expected
