"""The national calendar against the State Council's notices, a lunar calendar, and plain counting."""

import re
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_kpi import calendar_cn
from xl_kpi.calendar_cn import STATED, Calendar, CalendarLacks, Counted, in_words, statutory_days
from xl_kpi.period import add_workdays, deferred

# (a day, worked?, why)
DAYS = [
    ("2008-02-06", False, "除夕 2008, statutory by 国务院令第513号"),
    ("2009-10-06", False, "中秋 of 10-03, moved"),
    ("2016-10-07", False, "国庆 2016, 调休"),
    ("2016-10-08", True, "a Saturday worked for it"),
    ("2016-10-09", True, "a Sunday worked for it"),
    ("2016-11-05", False, "a plain Saturday"),
    ("2016-11-07", True, "a plain Monday"),
    ("2017-01-22", True, "a Sunday worked for 春节 2017"),
    ("2020-01-31", False, "春节 2020 made longer"),
    ("2020-02-01", False, "春节 2020 made longer: the make-up day fell away"),
    ("2024-02-09", True, "除夕 2024 was a workday"),
    ("2026-01-04", True, "a Sunday worked for 元旦 2026"),
    ("2026-02-15", False, "春节 2026"),
    ("2026-02-23", False, "春节 2026, last day"),
    ("2026-02-28", True, "a Saturday worked for it"),
    ("2026-10-10", True, "a Saturday worked for 国庆 2026"),
]

STATUTORY = {
    2008: "01-01 02-06 02-07 02-08 04-04 05-01 06-08 09-14 10-01 10-02 10-03",
    2009: "01-01 01-25 01-26 01-27 04-04 05-01 05-28 10-01 10-02 10-03 10-06",
    2013: "01-01 02-09 02-10 02-11 04-04 05-01 06-12 09-19 10-01 10-02 10-03",
    2014: "01-01 01-31 02-01 02-02 04-05 05-01 06-02 09-08 10-01 10-02 10-03",
    2016: "01-01 02-08 02-09 02-10 04-04 05-01 06-09 09-15 10-01 10-02 10-03",
    2017: "01-01 01-28 01-29 01-30 04-04 05-01 05-30 10-01 10-02 10-03 10-04",
    2024: "01-01 02-10 02-11 02-12 04-04 05-01 06-10 09-17 10-01 10-02 10-03",
    2025: "01-01 01-28 01-29 01-30 01-31 04-04 05-01 05-02 05-31 10-01 10-02 10-03 10-06",
    2026: "01-01 02-16 02-17 02-18 02-19 04-05 05-01 05-02 06-19 09-25 10-01 10-02 10-03",
}

# month: days, STATED.workdays, paid
MONTHS = {
    "2016-02": (29, 18, 21), "2016-05": (31, 21, 22), "2016-09": (30, 21, 22), "2016-10": (31, 18, 21),
    "2016-11": (30, 22, 22), "2016-12": (31, 22, 22), "2017-01": (31, 19, 23),
    "2025-01": (31, 19, 24), "2025-10": (31, 18, 22),
}


@pytest.mark.parametrize(("day", "worked", "why"), DAYS)
def test_days(day: str, worked: bool, why: str) -> None:
    assert STATED.is_workday(date.fromisoformat(day)) is worked, why


@pytest.mark.parametrize(("year", "days"), STATUTORY.items())
def test_statutory_days(year: int, days: str) -> None:
    assert " ".join(day.strftime("%m-%d") for day in statutory_days(year)) == days


@pytest.mark.parametrize("year", range(2008, 2027))
def test_every_statutory_day_is_off_and_there_are_as_many_as_the_law_says(year: int) -> None:
    days = statutory_days(year)
    assert len(days) == (11 if year < 2025 else 13) + (year == 2015)
    assert not [day for day in days if STATED.is_workday(day)]


@pytest.mark.parametrize("year", range(2008, 2027))
def test_a_year_pays_its_days_but_its_weekends(year: int) -> None:
    """What 21.75 rests on: workdays + statutory days = the year without its Saturdays and Sundays.

    Two exceptions: 2020's longer 春节 (01-31 off, and a make-up day dropped), and 元旦 2012, for which a Saturday of
    2011 was worked.
    """
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    plain = sum(day.weekday() < 5 for day in days if day.year == year)
    paid = int(STATED.count_days(days[0].toordinal(), date(year, 12, 31).toordinal(), "paid"))
    assert paid - plain == {2011: 1, 2012: -1, 2020: -2}.get(year, 0)


def test_festivals_against_a_lunar_calendar() -> None:
    from lunar_python import Lunar, Solar

    def lunar(year: int, month: int, day: int) -> date:
        return date.fromisoformat(Lunar.fromYmd(year, month, day).getSolar().toYmd())

    festivals = calendar_cn._data()["festivals"]
    assert set(festivals) >= {str(year) for year in STATED.covered_years()}
    for text, found in festivals.items():
        year = int(text)
        clear = Solar.fromYmd(year, 6, 1).getLunar().getJieQiTable()["清明"].toYmd()
        assert found == {
            "chunjie": lunar(year, 1, 1), "qingming": date.fromisoformat(clear),
            "duanwu": lunar(year, 5, 5), "zhongqiu": lunar(year, 8, 15),
        }


@pytest.mark.parametrize(("month", "counts"), MONTHS.items())
def test_months(month: str, counts: tuple[int, int, int]) -> None:
    first = date.fromisoformat(month + "-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    span = first.toordinal(), last.toordinal()
    assert tuple(int(STATED.count_days(*span, what)) for what in ("days", "workdays", "paid")) == counts  # type: ignore[arg-type]
    assert STATED.workdays(first, last) == counts[1]


@given(st.lists(st.tuples(st.dates(date(2008, 1, 1), date(2026, 12, 31)), st.integers(-40, 400)), max_size=8))
def test_counting_equals_counting_day_by_day(spans: list[tuple[date, int]]) -> None:
    ends = [(first, min(first + timedelta(days=n), date(2026, 12, 31))) for first, n in spans]
    firsts, lasts = (np.array([end[i].toordinal() for end in ends], dtype=np.int32) for i in (0, 1))
    every = [[first + timedelta(days=n) for n in range((last - first).days + 1)] for first, last in ends]
    for what, counts in (
        ("days", lambda day: True), ("workdays", STATED.is_workday),
        ("paid", lambda day: STATED.is_workday(day) or day in statutory_days(day.year)),
    ):
        found = STATED.count_days(firsts, lasts, what)  # type: ignore[arg-type]
        assert found.dtype == np.int64
        assert found.tolist() == [sum(map(counts, days)) for days in every]


@pytest.mark.parametrize("what", ["days", "workdays", "paid"])
def test_a_blank_day_counts_nothing(what: Counted) -> None:
    monday = date(2016, 11, 7).toordinal()
    firsts, lasts = np.array([-1, 0, monday, monday]), np.array([monday, monday, -1, monday])
    assert STATED.count_days(firsts, lasts, what).tolist() == [0, 0, 0, 1]


def test_a_span_turned_round_counts_nothing_in_whatever_year() -> None:
    assert STATED.count_days(np.array([800_000]), np.array([1]), "workdays").tolist() == [0]
    assert STATED.count_days(np.array([5, 5]), np.array([5, 4]), "days").tolist() == [1, 0]


@pytest.mark.parametrize("year", [2007, 2027])
def test_a_year_the_calendar_lacks_is_refused(year: int) -> None:
    day = date(year, 6, 1)
    message = re.escape(f"没有 {year} 年的放假安排（现有 2008 至 2026 年）")
    for ask in (
        lambda: STATED.is_workday(day), lambda: STATED.statutory_days(year), lambda: STATED.workdays(day, day),
        lambda: STATED.count_days(day.toordinal(), day.toordinal(), "paid"),
    ):
        with pytest.raises(CalendarLacks, match=message) as refusal:
            ask()
        assert refusal.value.year == year
        assert "读法" in str(refusal.value)
    assert STATED.count_days(day.toordinal(), day.toordinal(), "days") == 1    # needs no calendar


def test_a_year_can_be_added_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """2027 as it might be announced: 元旦 from 2026-12-31 on, for which a Sunday of 2026 is worked."""
    notice = {
        "off": [[date(2026, 12, 31), date(2027, 1, 3)], [date(2027, 10, 1), date(2027, 10, 7)]],
        "worked": [date(2026, 12, 27), date(2027, 10, 9)],
    }
    data = calendar_cn._data() | {"arranged": {"2027": notice}}
    monkeypatch.setattr(calendar_cn, "_data", lambda: data)
    calendar_cn._arrangements.cache_clear()
    found = Calendar()
    try:
        assert max(found.covered_years()) == 2027
        assert not found.is_workday(date(2026, 12, 31))
        assert found.is_workday(date(2026, 12, 27))
        assert found.is_workday(date(2027, 10, 9))
        assert len(found.statutory_days(2027)) == 13
        assert found.workdays(date(2026, 12, 21), date(2027, 1, 10)) == 14    # 21 to 25, 27 to 30, 4 to 8
    finally:
        calendar_cn._arrangements.cache_clear()


def test_years_in_words() -> None:
    assert in_words([2009, 2008, 2010]) == "2008 至 2010 年"
    assert in_words([2008, 2009, 2011]) == "2008 至 2009、2011 年"
    assert in_words([2011]) == "2011 年"


@pytest.mark.parametrize(("day", "count", "expected"), [
    ("2016-11-03", 3, "2016-11-08"),            # Thursday: Friday, Monday, Tuesday
    ("2016-09-30", 1, "2016-10-08"),            # the week of National Day; Saturday the 8th is worked
    ("2016-09-30", 2, "2016-10-09"),
    ("2016-10-01", None, "2016-10-08"),         # 遇节假日顺延
    ("2016-10-08", None, "2016-10-08"),
    ("2016-12-30", 1, "2017-01-03"),            # over the year's end, New Year's Day and its rest day
    ("2016-11-05", 0, "2016-11-05"),
])
def test_deadlines_in_workdays(day: str, count: int | None, expected: str) -> None:
    start = date.fromisoformat(day)
    found = STATED.workday_after(np.array([start.toordinal()]), None if count is None else np.array([count]))
    assert date.fromordinal(int(found[0])) == date.fromisoformat(expected)
    if count is None:
        assert date.fromordinal(int(found[0])) == deferred(start, STATED)
    else:
        assert date.fromordinal(int(found[0])) == add_workdays(start, count, STATED)


def test_a_deadline_beyond_the_calendar() -> None:
    last = max(STATED.covered_years())
    with pytest.raises(CalendarLacks, match=str(last + 1)):
        STATED.workday_after(np.array([date(last, 12, 31).toordinal()]), np.array([5]))
