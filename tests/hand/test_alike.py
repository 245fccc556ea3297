"""New cells written as those above them, and always read as what was meant."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_kpi.hand.alike import ids_like, period_like
from xl_kpi.period import Half, Month, Quarter, Year

NEW, MONTHS = Month.of(2017, 1), st.integers(1950 * 12, 2090 * 12).map(Month)


@pytest.mark.parametrize(("above", "new"), [
    ("2016-12", "2017-01"), ("2016-9", "2017-1"), ("2016年12月", "2017年1月"), ("2016年09月", "2017年01月"),
    ("2016年12月份", "2017年1月份"), ("2016/12", "2017/01"), ("2016/9", "2017/1"), ("201612", "201701"),
    (201612, 201701), (201612.0, 201701), (dt.date(2016, 12, 1), dt.date(2017, 1, 1)),
    (dt.date(2016, 12, 31), dt.date(2017, 1, 31)),
    (dt.datetime(2016, 12, 1), dt.date(2017, 1, 1)), (dt.date(2016, 12, 15), dt.date(2017, 1, 1)),
    (dt.date(2016, 2, 29), dt.date(2017, 1, 31)), ("2016-12-01", "2017-01-01"), ("2016年12月1日", "2017年1月1日"),
    (None, "2017-01"), ("填表人", "2017-01"), (True, "2017-01"), (3.5, "2017-01"),
])
def test_a_month(above: Any, new: Any) -> None:
    assert (period_like(NEW, above), type(period_like(NEW, above))) == (new, type(new))


@pytest.mark.parametrize(("above", "new"), [
    ("2016Q4", "2017Q1"), ("2016q4", "2017q1"), ("2016-Q4", "2017-Q1"), ("2016年第4季度", "2017年第1季度"),
    ("2016年第四季度", "2017年第一季度"), ("2016年4季度", "2017年1季度"), ("Q4 2016", "Q1 2017"),
    (None, "2017Q1"), (4, "2017Q1"),
])
def test_a_quarter(above: Any, new: str) -> None:
    assert period_like(Quarter.of(2017, 1), above) == new


@pytest.mark.parametrize(("above", "new"), [
    ("2016H2", "2017H1"), ("2016h2", "2017h1"), ("2016-H2", "2017-H1"), ("16H2", "17H1"), ("H2 2016", "H1 2017"),
    ("2016年下半年", "2017年上半年"), ("2016下半年", "2017上半年"), ("16年下半年", "17年上半年"),
    ("2016年下半年度", "2017年上半年度"), (None, "2017H1"), (2016, "2017H1"),
])
def test_a_half(above: Any, new: str) -> None:
    assert period_like(Half.of(2017, 1), above) == new


@pytest.mark.parametrize(("above", "new"), [
    ("2016", "2017"), (2016, 2017), (2016.0, 2017), ("2016年", "2017年"), ("2016年度", "2017年度"), ("16年", "17年"),
    ("2016全年", "2017全年"), (None, "2017"), ("年度", "2017"), (dt.date(2016, 12, 31), "2017"),
])
def test_a_year(above: Any, new: Any) -> None:
    assert (period_like(Year(2017), above), type(period_like(Year(2017), above))) == (new, type(new))


@given(MONTHS, MONTHS, st.sampled_from(("{0.year}-{0.number}", "{0.year}年{0.number}月", "{0.year}.{0.number}", "{0}")))
def test_what_is_written_reads_as_what_was_meant(month: Month, above: Month, spelling: str) -> None:
    for cell in (spelling.format(above), above.first_day, above.last_day, above.year * 100 + above.number,
                 above.year + above.number / 100):
        assert Month.parse(period_like(month, cell)) == month


@pytest.mark.parametrize(("above", "ids", "new"), [
    ([(1, "1"), (2, "2")], ["3", "12"], [3, 12]),
    ([(1, "001"), (123, "123")], ["007", "12", "1234"], [7, "12", 1234]),
    ([(5, "KF005")], ["KF012", "KF12", "012"], [12, "KF12", "012"]),
    ([(5, "KF5")], ["KF12", "KF012"], [12, "KF012"]),
    ([(7, "007"), ("008", "008")], ["009"], [9]),
    ([("008", "008"), (7, "007")], ["009"], ["009"]),
    ([(1.0, "1")], ["3", "A3", "3" * 16], [3, "A3", "3" * 16]),
    ([], ["3"], ["3"]),
    ([(0, "0")], ["0", "5"], [0, 5]),
])
def test_numbers_of_people(above: list[tuple[Any, str]], ids: list[str], new: list[Any]) -> None:
    assert ids_like(ids, above) == new
