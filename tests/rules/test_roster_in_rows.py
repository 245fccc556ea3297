"""Rules over the rows of a table may name columns of the roster: as they stood for that person on the row's day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.command import run_json
from tests.docs.test_policy_page_doc import write

PAGE = """---
编号: 岗位
用: 人
---
# 岗位

## 一

    表 花名册
      岗位 专员|主管 必填 变
      系数 倍 必填
    表 台账（{grain}）
      分数 分 必填
      查 岗位 = 专员 且 分数 > 10：专员每次最多 10 分 → 核对
    台账：加权 分 = 分数 × 系数 若 岗位 = 专员；分数
    得分 分 = 合计(台账，加权)
    输出 结果（每月，当月在册）：得分
"""
CHANGES = [["工号", "姓名", "生效日期", "项目", "原值", "新值"], ["A1", "甲", "2016-11-10", "岗位", "专员", "主管"]]


def result(folder: Path, rows: list[list[Any]], grain: str = "逐次", when: str = "日期") -> tuple[int, Any]:
    (folder / "制度").mkdir()
    (folder / "制度" / "岗位.md").write_text(PAGE.format(grain=grain), "utf-8")
    write(folder / "岗位2016.xlsx", {
        "参数": [["参数", "键", "值"], ["policy", "", "岗位"]], "人事变动": CHANGES,
        "花名册": [["工号", "姓名", "岗位", "系数", "入职日期", "离职日期"],
                ["A1", "甲", "主管", "2", "2015-01-01", ""], ["A2", "乙", "专员", "3", "2015-01-01", ""]],
        "台账": [[when, "工号", "姓名", "分数"], *rows]})
    return run_json("result", folder / "岗位2016.xlsx", "--period", "2016-11")


def test_on_the_day_of_the_row(tmp_path: Path) -> None:
    code, found = result(tmp_path, [["2016-11-09", "A1", "甲", "5"], ["2016-11-10", "A1", "甲", "50"],
                                    ["2016-11-10", "A2", "乙", "4"]])
    assert code == 0, found
    assert [line["得分"] for line in found["lines"]] == ["60.00", "12.00"]


def test_rows_are_checked_by_it(tmp_path: Path) -> None:
    code, found = result(tmp_path, [["2016-11-09", "A1", "甲", "11"], ["2016-11-10", "A1", "甲", "11"]])
    assert code == 1
    assert [p["cell"] for p in found["problems"] if "专员每次最多 10 分" in p["text"]] == ["D2"]


@pytest.mark.parametrize(("month", "score"), [("2016-10", "10.00"), ("2016-11", "5.00")])
def test_at_the_end_of_the_row_s_period(month: str, score: str, tmp_path: Path) -> None:
    """Of rows of a month: as it was at its end."""
    (tmp_path / "x").mkdir()
    code, found = result(tmp_path / "x", [[month, "A1", "甲", "5"]], "逐次，每月", "月份")
    assert code == 0, found
    if month == "2016-11":
        assert found["lines"][0]["得分"] == score
    code, found = run_json("result", tmp_path / "x" / "岗位2016.xlsx", "--period", month)
    assert found["lines"][0]["得分"] == score


def test_what_the_roster_lacks_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "制度").mkdir()
    (tmp_path / "制度" / "岗位.md").write_text(PAGE.format(grain="逐次").replace("系数 倍 必填", "系数 倍"), "utf-8")
    write(tmp_path / "岗位2016.xlsx", {
        "参数": [["参数", "键", "值"], ["policy", "", "岗位"]],
        "花名册": [["工号", "姓名", "岗位", "系数", "入职日期", "离职日期"],
                ["A1", "甲", "专员", "", "2015-01-01", ""]],
        "台账": [["日期", "工号", "姓名", "分数"], ["2016-11-09", "A1", "甲", "5"]]})
    code, found = run_json("result", tmp_path / "岗位2016.xlsx", "--period", "2016-11")
    assert code == 1
    assert [(p["sheet"], p["cell"]) for p in found["problems"] if p["level"] == "error"] == [("花名册", "D2")]
