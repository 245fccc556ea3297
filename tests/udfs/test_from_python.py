"""The functions called by a Python program: values, lists, arrays and frames, beside what Excel hands over."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.departments import DEMO_PARAMETERS
from xl_kpi import udfs
from xl_kpi.functions import Refused
from xl_kpi.functions.sentinel import SENTINEL

PARAMS = [["参数", "键", "值"], *map(list, DEMO_PARAMETERS)]
FRAME = pd.DataFrame(PARAMS[1:], columns=PARAMS[0])
NAN = float("nan")


@pytest.mark.parametrize("star", [3, 3.0, "3", Decimal(3), Fraction(3), np.int64(3), np.float32(3), [3], [[3]], (3,),
                                  np.array(3), np.array([3]), pd.Series([3]), pd.DataFrame({"星级": [3]})], ids=repr)
def test_one_value_gives_one_value(star: Any) -> None:
    assert udfs.STAR_PAY(star) == 1200


@pytest.mark.parametrize("stars", [[3, 9, None], (3, 9, None), [[3], [9], [None]], np.array([3, 9, NAN]),
                                   np.array([[3.0], [9.0], [NAN]]), pd.Series([3, 9, NAN]), [3, 9, pd.NA],
                                   pd.Series([3, 9, None], dtype="Int64"),
                                   pd.DataFrame({"星级": [3, 9, None]})], ids=repr)
def test_a_column_gives_a_column(stars: Any) -> None:
    assert udfs.STAR_PAY(stars) == [[1200], [SENTINEL], [None]]
    assert [bool(text) for (text,) in udfs.KPI_REASON("STAR_PAY", stars)] == [False, True, False]


@pytest.mark.parametrize("nothing", [None, NAN, pd.NA, pd.NaT, "", np.float64("nan")], ids=repr)
def test_nothing_is_blank(nothing: Any) -> None:
    assert udfs.STAR_PAY(nothing) is None
    with pytest.raises(Refused, match="得分」是空的"):
        udfs.PERFORMANCE_PAY(3, nothing)


@pytest.mark.parametrize("scores", [[80, 90, 85.5], np.array([80, 90, 85.5]), pd.Series([80, 90, 85.5]),
                                    [[80, 90, 85.5]], pd.DataFrame([[80, 90, 85.5]])], ids=repr)
def test_a_flat_list_is_a_row_where_a_row_is_wanted(scores: Any) -> None:
    assert udfs.QUARTER_SCORE(scores) == 85.17
    assert udfs.WEIGHTED_SCORE(scores, [0.5, 0.3, 0.2]) == pytest.approx(84.1, abs=0)


def test_names_of_arguments() -> None:
    assert udfs.STAR_PAY(star=2, role="lead", params=PARAMS) == 2000
    assert udfs.KPI_PARAM("rep.star_pay", month="2016-11", key=4, params=FRAME) == 1500
    for wrong in ({"sta": 2}, {"star": 2, "stars": 2}):
        with pytest.raises(TypeError):
            udfs.STAR_PAY(**wrong)
    with pytest.raises(TypeError):
        udfs.STAR_PAY(3, "rep", None, PARAMS, 1)


@pytest.mark.parametrize("month", [dt.date(2017, 1, 5), dt.datetime(2017, 1, 5, 8), pd.Timestamp("2017-01-05"),
                                   np.datetime64("2017-01-05"), np.datetime64("2017-01-05", "ns"), "2017-01", 201701,
                                   np.array(["2017-01-05"], "datetime64[ns]")], ids=repr)
def test_dates(month: Any) -> None:
    table = [["参数", "键", "值", "生效日期"], ["rep.star_pay", 3, 1200, pd.NaT],
             ["rep.star_pay", 3, 1300, pd.Timestamp("2017-01-01")]]
    for params in (table, pd.DataFrame(table[1:], columns=table[0])):
        assert udfs.STAR_PAY(3, month=month, params=params) == 1300
        assert udfs.STAR_PAY(3, month="2016-12", params=params) == 1200


def test_frames_of_sheets() -> None:
    people = pd.DataFrame({"工号": ["001", "002"], "综合分值": [96, 60.5], "出勤达标": [True, False],
                           "技能成绩": [95, NAN], "入职日期": pd.to_datetime(["2014-01-01", "2015-02-01"])})
    rows = [list(people), *people.astype(object).where(people.notna(), None).values.tolist()]
    assert udfs.STAR_REVIEW(people, 40, params=FRAME) == udfs.STAR_REVIEW(rows, 40, params=PARAMS) == [[5], [1]]


def test_types_are_told_apart_in_the_cache() -> None:
    """numpy's bytes are the same for True and 1."""
    for one in (np.int8(1), [[np.int8(1)]]):
        assert udfs.FULL_ATTENDANCE(one, 0, 0, 0, 0) is False
    for one in (np.bool_(True), [[np.bool_(True)]]):
        with pytest.raises(Refused, match="逻辑值"):
            udfs.FULL_ATTENDANCE(one, 0, 0, 0, 0)


def test_an_answer_is_the_callers_own() -> None:
    found = udfs.STAR_PAY([[3.0], [2.0]])
    kept = [row[:] for row in found]
    found[0][0] = 0
    assert udfs.STAR_PAY([[3.0], [2.0]]) == kept


@pytest.mark.parametrize(("wrong", "said"), [
    ({}, "dict"), (b"3", "bytes"), (range(2), "range"), ([], "一个单元格也没有"), ([[]], "一个单元格也没有"),
    ([[3], [4, 5]], "长短不一"), (float("inf"), "inf"), (True, "逻辑值"), (42675.5, "42675"), ([[3, 4]], "有 2 列")])
def test_what_is_no_cell_is_refused(wrong: Any, said: str) -> None:
    with pytest.raises(Refused, match=said):
        udfs.STAR_PAY(wrong)


def test_infinity_is_no_number() -> None:
    for call in (lambda: udfs.WEIGHTED_SCORE([80, 90], [float("inf"), 1]),
                 lambda: udfs.PERFORMANCE_PAY(3, 85, share=float("inf"))):
        with pytest.raises(Refused, match="无穷大"):
            call()
