"""Indicators that share their lines, and raters in rows: the same numbers as in columns, whichever is written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.rules.small import explained, results, small_run
from xl_kpi.policy.load import read
from xl_kpi.policy.page import expanded

PAGE = """---
编号: small
---
# 小制度

## 一

    表 花名册
      工号 工号 必填
      姓名 姓名 必填
    表 月表（每月，是）
    表 记录（{grain}）
    参数 指标权重 %：质量 60，效率 40；合计 100
    参数 权重 %：自评 30，上级 70；合计 100
    合成(自，上) = 上 若 上 ≥ 自；自
{indicators}
    总分 分 = 各项合计(指标权重，每项 × 指标权重[每项]%)
    输出 结果{{payroll}}（每月，是）：指标权重 各项 总分
"""
EACH = """    指标 指标权重 各项 分 = 100
      评分人（记录{more}） {raters}→ {together}
"""
SHARED = """    指标 质量 分 = 100
    指标 效率 分 = 100
    各指标
      评分人（记录{more}） {raters}→ {together}
"""
NAMED = """    指标 质量、效率 分 = 100
    各指标 质量、效率
      评分人（记录{more}） {raters}→ {together}
"""
SCORES = {("质量", "自评"): 90, ("质量", "上级"): 80, ("效率", "自评"): 60, ("效率", "上级"): 70}


def policy(indicators: str, grain: str, together: str, raters: str = "", more: str = "") -> Any:
    lines = indicators.format(together=together, raters=raters, more=more).rstrip("\n")
    text = PAGE.format(indicators=lines, grain=grain)
    if together == "权重":
        text = text.replace("    合成(自，上) = 上 若 上 ≥ 自；自\n", "")
    else:
        text = text.replace("    参数 权重 %：自评 30，上级 70；合计 100\n", "")
    return read(expanded("small.md", text, lambda *_: None).raw, "small.md")


def in_rows(one: Any, scores: Any) -> Any:
    columns = {c.name: c.choices or c.type for c in one.tables["记录"].columns
               if c.type in ("choice", "score")}
    rows = [{"工号": "1", "指标": item, "评分人": rater, "得分": score} for (item, rater), score in scores]
    return small_run(one, {"1": {}}, {}, rows, columns)


@pytest.mark.parametrize("indicators", [EACH, SHARED, NAMED])
@pytest.mark.parametrize(("together", "raters", "wanted"), [
    ("权重", "", [83, 67, Fraction("76.6")]), ("合成", "自评、上级 ", [90, 70, 82])])
def test_in_columns_and_in_rows(indicators: str, together: str, raters: str, wanted: list[Any]) -> None:
    wide = policy(indicators, "每月，是", together, raters)
    assert [c.heading for c in wide.tables["记录"].columns][3:] == ["质量自评", "质量上级", "效率自评", "效率上级"]
    tall = policy(indicators, "逐次", together, raters)
    assert [(c.heading, c.choices) for c in tall.tables["记录"].columns][3:6] == [
        ("评分人", ["自评", "上级"]), ("指标", ["质量", "效率"]), ("得分", [])]
    run = in_rows(tall, SCORES.items())
    assert [results(run, name) for name in ("质量", "效率", "总分")] == [[one] for one in wanted]


def test_several_of_one_rater_are_a_mean_and_who_is_missing_can_be_left_out() -> None:
    run = in_rows(policy(EACH, "逐次", "权重", more="，不够=不计"), [
        (("质量", "上级"), 80), (("质量", "上级"), 90), (("效率", "自评"), 60), (("效率", "上级"), 70)])
    assert results(run, "质量") == [85]
    assert results(in_rows(policy(EACH, "逐次", "权重"), [(("质量", "上级"), 80)]), "质量") == [None]


def test_what_an_indicator_says_itself_comes_first() -> None:
    one = policy("""    指标 质量 分 = 100
      评分人（记录） 上级、自评 → {together}
    指标 效率（月表） 分 = 100
    各指标
      评分人（记录） {raters}→ {together}
""", "每月，是", "合成", "自评、上级 ")
    assert [c.heading for c in one.tables["记录"].columns][3:] == ["质量上级", "质量自评"]
    assert [c.heading for c in one.tables["月表"].columns][3:] == ["效率"], "points that are typed are rated by nobody"


def test_what_an_indicator_is_judged_by_stands_beside_its_columns() -> None:
    one = policy("""    指标 质量、效率 分 = 100 —— {{每项}}：好的 90 以上
      评分人（记录） {raters}→ {together}
""".replace("{{每项}}", "每项"), "每月，是", "权重")
    assert [c.fill for c in one.tables["记录"].columns][3:] == ["质量：好的 90 以上"] * 2 + ["效率：好的 90 以上"] * 2


def test_why_the_default_of_a_reading_is_the_default() -> None:
    text = PAGE.format(grain="每月，是", indicators=EACH.format(together="权重", raters="", more="").rstrip()).replace(
        "    合成(自，上) = 上 若 上 ≥ 自；自\n",
        "    读法 不足一分 part：up 进一 | down 舍去 —— 对员工有利\n"
        + "    底分 分 = 〔part〕\n      up：1\n      down：0\n"
        + "    加分 分 = 〔加不加 add〕 —— 没有写\n      no 不加：0\n      yes 加：1\n")
    text = text.replace("[每项]%)", "[每项]%) + 底分 + 加分")
    one = read(expanded("small.md", text, lambda *_: None).raw, "small.md")
    assert [(r.default, r.why) for r in one.readings.values()] == [("up", "对员工有利"), ("no", "没有写")]


LOW = """---
编号: small
---
# 小制度

## 一

    表 花名册
      工号 工号 必填
      姓名 姓名 必填
      实际 分
    读法 不足一步 part：down 不计 | up 按一步
    指标 质量 分 = 20
      算 实际
      目标 20 每 2 高扣 3 低加 1 最高 22
      不足 读法(part，down=舍去，up=进一)
      否决 实际 > 40
    输出 结果{payroll}（每月，是）：质量
"""


def test_what_is_better_the_lower_it_is_and_how_it_is_told() -> None:
    one = read(expanded("small.md", LOW, lambda *_: None).raw, "small.md")
    people = {str(n): {"实际": x} for n, x in enumerate([20, 21, 24, 19, 12, 41])}
    for reading, wanted in (("down", [20, 20, 14, 20, 22, 0]), ("up", [20, 17, 14, 21, 22, 0])):
        run = small_run(one, people, {"实际": "score"}, readings={"part": reading})
        assert results(run, "质量") == wanted
    assert explained(run, "质量", 1).startswith("取小（取大（20 － 向上取整（取大（实际 21.00 － 20，0） ÷ 2） × 3 ＋ ")
