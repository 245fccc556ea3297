"""Indicators, bands, raters, pools and deadlines as a page writes them, and what is written wrong there."""

from __future__ import annotations

from typing import Any

import pytest

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
      班组 文字
    表 数据（每月，是）
      出勤率 % 最大=100
    表 打分（每月，是）
    表 台账（逐次）
      类别 投诉|表扬 必填
      评分人 自评|上级|同事 必填
      分数 分 必填
      受理 日期 必填
      唯一 评分人、类别
    读法 来源 basis：actual 按实际 | raters 由评价者打分
    读法 恰在线上 on_line：refuse 不核算 | up 算达到 | down 算没有达到
    参数 满分 分 = 20
    参数 权重 %：自评 30，上级 50，同事 20；合计 100
    参数 项目权重 %；公司列；合计 100
    参数 截止 日期 = 2016-11-20
    以上级为准(自，上，同) = 上 若 上 ≥ 自；同

    指标 服务「服务得分」（数据） 分 = 满分
      量 服务分 分 最大=100 —— 抽查的平均
      空档 读法(on_line，up=归上，down=归下)
      重叠 归下
      > 90 且 ≤ 100：满分
      < 90：满分 ÷ 2
      否决 出勤率 < 50
      评分人（打分） 自评、上级、同事 → 权重
      取 读法(basis，actual=量，raters=评)
    指标 合格（数据） 分 = 满分
      量 合格数 次 最大=1000
      量 总数 次 最小=1 最大=1000
      目标 95 每 1 扣 2 进一
    指标 投诉 分 = 满分
      每次 扣 5：次数(台账，类别 = 投诉)
    指标 态度（数据） 分 = 满分
      级 很好 满分、较好 15、一般 0
    指标 综合 分 = 满分
      评分人（打分） 自评、上级、同事 → 以上级为准
    指标 出勤 分 = 满分
      算 出勤率 ÷ 5

    奖金 元 = 按权重分摊(1000，服务，出勤率 > 0，同=班组，尾差=归最大)
    评议 分 = 评分(台账，分数，类别 = 表扬，取=最高，至少=2，不够=不计，权重=按比例，按=(评分人 × 权重，类别))
    各项 分 = 各项合计(项目权重，服务 × 项目权重[每项]%)
    台账：期限 日期 = 顺延(工作日后(受理，3)) 若 受理 ≤ 截止；月后(年后(受理，1)，2)
    超期 次 = 次数(台账，期限 > 截止)

    输出 结果{payroll}（每月，是）：服务 合格 投诉 态度 综合 出勤 奖金 评议? 各项 超期
"""


def raw_of(text: str) -> dict[str, Any]:
    return expanded("small.md", text, lambda *_: None).raw


def test_what_a_page_says() -> None:
    raw = raw_of(PAGE)
    made = raw["indicators"]
    assert made["服务"] == {
        "title": "服务得分", "clause": "一", "full": "满分", "unit": "分", "table": "数据",
        "measure": {"name": "服务分", "heading": "服务分", "type": "score", "max": 100, "fill": "抽查的平均"},
        "lines": {"> 90 and <= 100": "满分", "< 90": "满分 / 2"},
        "gap": {"reading": "on_line", "cases": {"up": "upper", "down": "lower"}}, "doubled": "lower",
        "by": {"reading": "basis", "cases": {"actual": "measured", "raters": "raters"}}, "veto": "出勤率 < 50",
        "raters": {"names": ["自评", "上级", "同事"], "table": "打分", "weights": "权重"}}
    assert made["合格"]["ratio"] == [
        {"name": "合格数", "heading": "合格数", "type": "count", "max": 1000},
        {"name": "总数", "heading": "总数", "type": "count", "min": 1, "max": 1000}]
    assert made["合格"]["target"] == {"at": "95", "step": "1", "down": "-2", "part": "ceil"}
    assert made["投诉"]["times"] == {"table": "台账", "points": "5", "where": "类别 == '投诉'"}
    assert made["态度"]["levels"] == {"很好": "满分", "较好": "15", "一般": "0"}
    assert made["综合"]["raters"]["together"] == "以上级为准"
    assert made["出勤"]["of"] == "出勤率 / 5"
    quantities = raw["quantities"]
    assert quantities["奖金"] | {"title": "", "clause": ""} == {
        "title": "", "clause": "", "unit": "元", "kind": "share", "pool": "1000", "weight": "服务",
        "where": "出勤率 > 0", "by": "班组", "rest": "heaviest"}
    assert quantities["评议"]["by"] == [{"column": "评分人", "weights": "权重"}, {"column": "类别"}]
    assert [quantities["评议"][field] for field in ("how", "least", "few", "whole", "where")] == [
        "max", "2", "omit", "weights", "类别 == '表扬'"]
    assert quantities["各项"]["expr"] == "sum(服务 * 项目权重[每项] / 100 for 每项 in 项目权重)"
    assert quantities["期限"]["expr"] == (
        "next_workday(add_workdays(受理, 3)) if 受理 <= 截止 else add_months(add_years(受理, 1), 2)")
    assert raw["tables"]["台账"]["unique"] == ["评分人", "类别"]
    assert raw["parameters"]["项目权重"]["listed"] is True
    assert raw["parameters"]["截止"]["stated"] == "2016-11-20"


def test_it_is_a_policy_with_the_columns_of_its_indicators() -> None:
    policy = read(raw_of(PAGE), "small.md")
    headings = {sheet: [c.heading for c in table.columns] for sheet, table in policy.tables.items()}
    assert headings["数据"] == ["月份", "工号", "姓名", "出勤率", "服务分", "合格数", "总数", "态度"]
    assert headings["打分"] == ["月份", "工号", "姓名", *(f"{title}{rater}" for title in ("服务得分", "综合")
                                                     for rater in ("自评", "上级", "同事"))]
    assert {"服务", "合格", "合格_率", "投诉", "投诉_次"} <= set(policy.quantities)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("      量 总数 次 最小=1 最大=1000\n", "      量 总数 次\n      量 三 次\n", "最多两行“量”"),
    ("指标 服务「服务得分」（数据）", "指标 服务「服务得分」", "写明量的列在哪张表"),
    ("量 服务分 分 最大=100", "量 出勤率 分", "出勤率 已经有了"),
    ("量 服务分 分 最大=100", "量 服务分 分 必填", "量的后面不认识「必填」"),
    ("目标 95 每 1 扣 2 进一", "目标 95 每 1 扣 2 随便", "不足一步的写 舍去、进一、按比例 之一"),
    ("每次 扣 5：次数(台账，类别 = 投诉)", "每次 扣 5：5", "写法是：每次 扣 5：次数(表，条件)"),
    ("→ 以上级为准", "→ 满分之外", "满分之外 不是评分人权重的参数，也不是共用规则"),
    ("重叠 归下", "重叠 归左", "这里没有「归左」"),
    ("读法(on_line，up=归上，down=归下)", "读法(off_line)", "没有读法「off_line」"),
    ("读法(on_line，up=归上，down=归下)", "读法(on_line，left=归上)", "这个读法没有 left"),
    ("按权重分摊(1000，服务，出勤率 > 0，同=班组，尾差=归最大)", "分档(服务)", "下面一档写一行"),
    ("    各项 分 = 各项合计", "    各项 分 = 服务\n      > 5：6\n    各项二 分 = 各项合计", "上面一行写 分档"),
    ("按=(评分人 × 权重，类别)", "按=(评分人 × 满分，类别)", "满分 不是有键的参数"),
    ("唯一 评分人、类别", "唯一 评分人、没有", "没有列 没有"),
    ("；公司列；合计 100", "：甲 5；公司列", "不写键和值"),
    ("服务 × 项目权重[每项]%", "项目权重 × 5", "键由公司列出"),
])
def test_what_is_written_wrong(old: str, new: str, said: str) -> None:
    assert PAGE.count(old) == 1, old
    found = expanded("small.md", PAGE.replace(old, new), lambda *_: None)
    assert said in "\n".join(map(str, found.errors))
