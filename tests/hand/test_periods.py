"""Periods of any kind as they are typed after --period: read as meant, or refused with what may stand there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_kpi.facts import RowPeriods
from xl_kpi.hand.days import read_any
from xl_kpi.period import (
    SIZES,
    Half,
    Month,
    Quarter,
    Span,
    Year,
    bounds,
    code_of,
    contains,
    key_of,
    period_of,
)
from xl_kpi.rules.periods import months_of, periods_in

READ = {
    "2016-11": ["2016-11", "2016年11月", "2016/11", "201611", "2016年11月份", "16年11月", "2016.11"],
    "2016Q4": ["2016Q4", "2016年第4季度", "2016年四季度", "2016-Q4", "16Q4"],
    "2016H2": ["2016H2", "2016年下半年", "2016下半年", "16年下半年", "2016-H2", "2016年下半年度", "２０１６Ｈ２"],
    "2016H1": ["2016H1", "2016年上半年", "H1 2016"],
    "2016": ["2016", "2016年", "2016年度", "二〇一六年", "16年", "16年度", "2016全年"],
    "2016-07..2016-09": [
        "2016-07..2016-09", "2016年7月至2016年9月", "2016年7月至9月", "2016年7-9月", "2016年7月-9月",
        "2016-07至2016-09", "2016-07~2016-09", "2016.07-2016.09", "201607-201609", "2016-07-2016-09",
        "从2016年7月到9月止", "2016/07—2016/09", "2016-07-01至2016-09-30", "2016-07…2016-09"],
    "2015-11..2016-02": ["2015-11..2016-02", "2015年11月至2016年2月"],
}
REFUSED = {
    "": "空白", "11月": "没有写年份", "2016-07-09": "这是一天，不是期间", "2016-13": "没有 13 月", "2016H3": "不能读作",
    "上半年": "没有写年份", "本年度": "没有写年份", "16": "不能读作",
    "2016-09..2016-07": "前面的月份要早一些", "2016-07-02至2016-09-30": "第一天", "7月至9月": "不能读作",
    "去年": "不能读作", "2016-07..": "不能读作",
}


@pytest.mark.parametrize(("said", "typed"), [(said, typed) for said, all_ in READ.items() for typed in all_])
def test_read(said: str, typed: str) -> None:
    assert str(read_any(typed)) == said


@pytest.mark.parametrize(("typed", "why"), REFUSED.items())
def test_refused(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_any(typed)


PERIODS = st.one_of(*(st.builds(kind, st.integers(low * scale, high * scale)) for kind, low, high, scale in (
    (Month, 2000, 2090, 12), (Quarter, 2000, 2090, 4), (Half, 2000, 2090, 2), (Year, 2000, 2090, 1))),
    st.builds(lambda first, more: Span.of(Month(first), Month(first + more)), st.integers(24000, 25000),
              st.integers(0, 40)))


@given(PERIODS)
def test_a_period_is_read_back_and_lies_in_itself(period: Month | Quarter | Half | Year | Span) -> None:
    assert read_any(str(period)) == period
    assert period_of(period.key) == period
    assert bounds(period.key) == (period.months[0].index, period.months[-1].index)
    assert contains(period.key, period.key)
    assert (period + 1).first_day.toordinal() == period.last_day.toordinal() + 1
    assert period + 1 - 1 == period
    assert months_of(period.key, "period") == [month.index for month in period.months]
    before = months_of(period.key, "previous")
    assert before == [month.index for month in (period - 1).months]


ROWS = st.one_of(*(st.builds(kind, st.integers(2014 * scale, 2017 * scale)) for kind, scale in (
    (Month, 12), (Quarter, 4), (Half, 2), (Year, 1))))


@given(st.lists(ROWS, max_size=8), ROWS)
def test_rows_know_their_periods(rows: list[Month | Quarter | Half | Year], period: Month | Quarter | Half | Year
                                 ) -> None:
    """One code a row says the same as the periods themselves; a row without one is of none."""
    assert all(key_of(code_of(one.key)) == one.key for one in rows)
    found = RowPeriods(np.array([*(code_of(one.key) for one in rows), -1]))
    assert [found.of(row) for row in range(len(rows) + 1)] == [*(one.key for one in rows), None]
    assert found.at(period.key).tolist() == [*(one == period and one.grain == period.grain for one in rows), False]
    assert found.of_grain(period.grain).tolist() == [*(one.grain == period.grain for one in rows), False]
    assert found.within(*bounds(period.key)).tolist() == [*(contains(period.key, one.key) for one in rows), False]
    assert found.first.tolist() == [*(one.months[0].index for one in rows), -1]
    assert found.last.tolist() == [*(one.months[-1].index for one in rows), -1]
    among = [key for key, _ in found.among(np.ones(len(rows) + 1, bool))]
    assert among == sorted({one.key for one in rows}, key=lambda key: (-SIZES[key[0]], key[1])), "the coarser first"


@given(st.integers(24000, 25000), st.sampled_from(["quarter", "half", "year"]))
def test_to_date_and_the_rest_make_the_whole(index: int, unit: str) -> None:
    month = ("month", index)
    whole, until = months_of(month, unit), months_of(month, f"{unit}_to_date")
    assert until == whole[:len(until)]
    assert until[-1] == index
    assert months_of(month, f"previous_{unit}")[-1] == whole[0] - 1
    assert [n for _, n in periods_in(month, unit, "quarter")] == sorted({n // 3 for n in whole})
