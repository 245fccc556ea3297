"""What a card of one's own needs of sheets: keys that the company lists in 参数, dates there, rows by item that stand
once, plain numbers with a unit of their own."""

# ruff: noqa: E501  (a table: one case a line)

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from xl_kpi import job
from xl_kpi.parameters import read_parameters
from xl_kpi.period import Month
from xl_kpi.policy.load import read
from xl_kpi.policy.page import expanded
from xl_kpi.problems import Problem, Refusal
from xl_kpi.tables import read_tables
from xl_kpi.workbook.book import Book, Sheet

PAGE = """---
编号: card
---
# 自己的考核卡

## 卡

    表 花名册
      工号 工号 必填
      姓名 姓名 必填
    表 评分（逐次，可相同）
      指标 文字 必填
      得分 分 必填 最大=100
      唯一 指标
    表 数据（每月，是）
      通话 数 —— 秒数
    参数 指标权重 %；公司列；合计 100
    参数 考核日 日期
    总分 分 = 评分(评分，得分，按=指标 × 指标权重)
    最重 % = 各项合计(指标权重，指标权重[每项])
    能申诉「还能申诉」 = 工作日后(考核日，3) ≥ 月末
    平均通话 秒 = 通话 ÷ 2

    输出 考核卡{payroll}（每月，是）：总分 最重 能申诉 平均通话
"""
WEIGHTS = [["指标权重", "转化率", 70], ["指标权重", "响应", 30], ["指标权重", None, None]]
DAY = ["考核日", None, dt.datetime(2016, 11, 29)]
MARKS = [["2016-11-05", "001", "转化率", 90], ["2016-11-05", "001", "响应", 80]]


def card(settings: list[list[Any]], marks: list[list[Any]] = MARKS, calls: Any = 12.5) -> tuple[dict[str, Any],
                                                                                             list[Problem]]:
    """(the line of the one person, the problems); of a refusal no line."""
    policy = read(expanded("card.md", PAGE, lambda *_: None).raw, "card.md")
    book = Book(Path("card.xlsx"), [
        Sheet("参数", False, [["参数", "键", "值"], *settings]), Sheet("花名册", False, [["工号", "姓名"], ["001", "张三"]]),
        Sheet("评分", False, [["日期", "工号", "指标", "得分"], *marks]),
        Sheet("数据", False, [["月份", "工号", "通话"], ["2016-11", "001", calls]])])
    parameters = read_parameters(book, policy)
    tables = read_tables(book, policy, parameters.settings)
    try:
        result = job.payroll(parameters, tables, Month.of(2016, 11))
    except Refusal as refusal:
        return {}, refusal.problems
    return result.lines[0], result.problems


def test_a_card() -> None:
    line, problems = card([*WEIGHTS, DAY])
    assert problems == []
    assert [line[heading] for heading in ("总分", "最重", "能申诉", "平均通话")] == [87, 100, True, 6.25]


@pytest.mark.parametrize(("settings", "marks", "calls", "where", "said", "do"), [
    ([*WEIGHTS[:2], ["指标权重", None, 5], DAY], MARKS, 1, "参数 B4", "指标权重（卡）的键是空的", "键写上这一项的名称"),
    ([["指标权重", "转化率", 70], ["指标权重", "转化率", 30], DAY], MARKS[:1], 1, "参数 C3", "同一个月有 2 个值", "只留一行"),
    ([["指标权重", "转化率", 70], ["指标权重", "响应", None], DAY], MARKS, 1, "参数 C3", "指标权重（响应）没有值", "填上"),
    ([DAY], MARKS, 1, "参数 ", "缺参数：指标权重", "加一行，参数填「指标权重」"),
    ([*WEIGHTS, ["考核日", None, "月底"]], MARKS, 1, "参数 C5", "考核日", "写成"),
    ([*WEIGHTS, ["考核日", None, 42703]], MARKS, 1, "参数 C5", "考核日", ""),
    ([*WEIGHTS, DAY], [*MARKS, MARKS[0]], 1, "评分 B4", "2016-11 转化率 有 2 行（B2、B4）", "只留一行"),
    ([*WEIGHTS, DAY], MARKS[:1], 1, "评分 ", "评分里评分不够：响应 0 份，每项至少要 1 份", "在评分里补上评分"),
    ([*WEIGHTS, DAY], MARKS, "12元", "数据 C2", "「元」不是这里的单位", "只填数字"),
    ([*WEIGHTS, DAY], MARKS, -1, "数据 C2", "负数 -1", "核对后重新填写"),
])
def test_what_is_told(settings: list[list[Any]], marks: list[list[Any]], calls: Any, where: str, said: str, do: str
                      ) -> None:
    line, problems = card(settings, marks, calls)
    assert line == {}
    found = [p for p in problems if p.level == "error" and said in p.text and do in p.do]
    assert [f"{p.sheet} {p.cell}" for p in found][:1] == [where], [(p.sheet, p.cell, p.text, p.do) for p in problems]


def test_weights_that_do_not_sum_up_are_a_warning() -> None:
    _, problems = card([["指标权重", "转化率", 70], ["指标权重", "响应", 20], DAY])
    assert [p.text for p in problems] == ["指标权重合计 90，不是 100（卡）"]
