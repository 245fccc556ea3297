"""A column whose choices are the keys of a parameter that the company lists: what is none of them is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.command import run_json

PAGE = """---
编号: 自列
用: 名单 评分卡
周期: 起止
---
# 指标、评分人都由公司列

## 一

    去 指标权重
    参数 指标权重{item.weight} %；公司列；合计 100
    表 评分表
      评分人
      指标 指标权重 必填
      得分 分 必填 最大=100
    改 每期：综合得分 分 = 评分(评分表，得分，不够=读法(unrated，refuse=不核算，spread=不计)，
      按=(评分人 × 评分人权重，指标 × 指标权重))
    改 输出 考核结果（每期，期末在册，单位=分，通知单=考核通知单）：若 参加考核：综合得分 等级?
"""


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "制度").mkdir()
    (tmp_path / "制度" / "自列.md").write_text(PAGE, "utf-8")

    def of(*marks: tuple[str, str, int]) -> tuple[int, dict[str, Any]]:
        sheets = {"参数": [["参数", "键", "值"], ["policy", "", "自列"],
                         ["指标权重", "态度", 60], ["指标权重", "效率", 40],
                         ["评分人权重", "上级", 60], ["评分人权重", "同事", 40]],
                  "花名册": [["工号", "姓名", "入职日期", "离职日期"], ["A1", "甲", "2015-01-01", None]],
                  "评分表": [["日期", "工号", "姓名", "评分人", "指标", "得分"],
                          *(["2016-11-01", "A1", None, *mark] for mark in marks)]}
        with xlsxwriter.Workbook(str(tmp_path / "例2016.xlsx")) as book:
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
        return run_json("result", tmp_path / "例2016.xlsx", "--period", "2016Q4")
    return of


ALL = [("上级", "态度", 90), ("上级", "效率", 80), ("同事", "态度", 70), ("同事", "效率", 60)]


def test_what_is_listed_counts(result: Any) -> None:
    code, found = result(*ALL)
    assert code == 0, found
    assert found["period"] == "2016-10..2016-12", "from–to may also be said as a quarter"
    assert found["lines"][0]["综合得分"] == "78.00"


@pytest.mark.parametrize(("mark", "cell", "said"), [
    (("同亊", "态度", 10), "D6", "不在参数「评分人权重」里（填的是 同亊"),
    (("同事", "态渡", 10), "E6", "不在参数「指标权重」里（填的是 态渡")])
def test_what_is_not_listed_is_an_error_though_the_rest_is_complete(result: Any, mark: Any, cell: str,
                                                                    said: str) -> None:
    code, found = result(*ALL, mark)
    assert code == 1
    [problem] = [one for one in found["problems"] if one["level"] == "error"]
    assert (problem["sheet"], problem["cell"]) == ("评分表", cell)
    assert said in problem["text"]
