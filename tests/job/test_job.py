"""What a column cannot hold is never written as something else; what cannot be decided is told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.command import run_json
from xl_kpi.job.lines import unfit
from xl_kpi.money import Exact
from xl_kpi.rules.values import BLANK, OK, Value


@pytest.mark.parametrize(("num", "den", "kind", "expected"), [
    (100, 1, "money", False),           # 100 元
    (1, 3, "money", True),              # a third of 1 元 is no whole number of fen
    (10**17, 1, "money", True),         # more fen than 64 bits hold
    (3, 1, "int", False),
    (3, 2, "int", True),                # half a star
    (1, 3, "score", False),             # rounded when it is shown
])
def test_what_fits_a_column(num: int, den: int, kind: str, expected: bool) -> None:
    value = Value("number", Exact(np.array([num], object if num > 2**62 else np.int64), den))
    assert unfit(value, kind, 1).tolist() == [expected]


def test_what_does_not_apply_need_not_fit() -> None:
    states = np.array([BLANK, OK], np.uint8)
    assert unfit(Value("number", Exact(np.array([1, 1]), 3), states), "money", 2).tolist() == [False, True]


# -- what only a remark or a finding looks at -------------------------------------------------------------------------

def asked_with(values: dict[str, float | None], tmp_path: Path) -> tuple[int, dict[str, Any]]:
    """check of one person with 50 points, the parameters as given."""
    shelf = tmp_path / "制度"
    shelf.mkdir()
    shutil.copy(Path(__file__).with_name("undecided.md"), shelf)
    sheets = {"参数": [["参数", "键", "值"], ["policy", None, "undecided"],
                     *([*name.partition("/")[::2], value] for name, value in values.items())],
              "花名册": [["工号", "姓名", "入职日期", "离职日期"], ["A1", "甲", "2015-01-01", None]],
              "得分表": [["月份", "工号", "姓名", "得分"], ["2016-11", "A1", "甲", 50]]}
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    return run_json("result", tmp_path / "book.xlsx", "--period", "2016-11")


def test_a_parameter_that_only_a_remark_needs_is_asked_for(tmp_path: Path) -> None:
    code, found = asked_with({}, tmp_path)
    assert code == 0, found["problems"]
    said = [problem["text"] for problem in found["problems"]]
    assert said == ["「… 分太低」不能判断：缺参数：谈话线（差）没有值（一）",
                    "「备注：不及格」不能判断：缺参数：及格线没有值（一）"]
    assert all("再填上值" in problem["do"] for problem in found["problems"])


def test_and_is_not_once_it_is_there(tmp_path: Path) -> None:
    code, found = asked_with({"及格线": 60, "谈话线/差": 55}, tmp_path)
    assert code == 0
    assert [problem["text"] for problem in found["problems"]] == ["A1 甲：50.00 分太低（一）"]
    assert [mark["text"] for mark in found["marks"]] == ["不及格"]
