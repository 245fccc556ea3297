"""Tables of any number of rows a person that have no day: each row is of a month, a quarter …"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import run_json
from tests.docs.test_policy_page_doc import write

PAGE = """---
编号: 季评
---
# 季评

## 指标

    表 花名册
      工号 工号 必填
      姓名 姓名 必填
    参数 评分人权重 %：同事 40，上级 60；合计 100
    表 考核评分（逐次，{each}）
      唯一 评分人、指标
    {each}：指标 甲、乙 分 = 100
      评分人（考核评分） → 评分人权重
    {each}：总分 分 = 甲 + 乙
    输出 考核结果（{output}，是）：总分
"""
SCORES = {("甲", "同事"): 80, ("甲", "上级"): 90, ("乙", "同事"): 60, ("乙", "上级"): 70}


def asked(folder: Path, page: str, rows: list[list[str]], heading: str, period: str) -> tuple[int, dict]:  # type: ignore[type-arg]
    (folder / "制度").mkdir()
    (folder / "制度" / "季评.md").write_text(page, "utf-8")
    write(folder / "季评2016.xlsx", {
        "参数": [["参数", "键", "值"], ["policy", "", "季评"]],
        "花名册": [["工号", "姓名"], ["A1", "甲"]],
        "考核评分": [[heading, "工号", "姓名", "评分人", "指标", "得分"], *rows]})
    return run_json("result", folder / "季评2016.xlsx", "--period", period)


def rows(when: str) -> list[list[str]]:
    return [[when, "A1", "甲", rater, item, str(score)] for (item, rater), score in SCORES.items()]


@pytest.mark.parametrize(("each", "heading", "when", "period"), [
    ("每月", "月份", "2016-11", "2016-11"), ("每季", "季度", "2016Q4", "2016Q4")])
def test_they_are_of_their_period(each: str, heading: str, when: str, period: str, tmp_path: Path) -> None:
    other = {"2016-11": "2016-10", "2016Q4": "2016Q3"}[when]
    code, result = asked(tmp_path, PAGE.format(each=each, output=each), [*rows(when), *rows(other)], heading, period)
    assert code == 0, result
    assert [line["总分"] for line in result["lines"]] == ["152.00"]


def test_two_rows_of_one_rater_and_item_in_a_period_are_refused(tmp_path: Path) -> None:
    found = rows("2016Q4")
    code, result = asked(tmp_path, PAGE.format(each="每季", output="每季"), [*found, found[0]], "季度", "2016Q4")
    assert code == 1
    assert any("2016Q4 同事 甲 有 2 行（B2、B6）" in p["text"] for p in result["problems"]), result


def test_a_row_in_another_period_is_lacking_here(tmp_path: Path) -> None:
    found = rows("2016Q4")
    found[0][0] = "2016Q3"
    code, result = asked(tmp_path, PAGE.format(each="每季", output="每季"), found, "季度", "2016Q4")
    assert code == 1
    assert any("评分不够：同事 0 份" in p["text"] for p in result["problems"]), result
