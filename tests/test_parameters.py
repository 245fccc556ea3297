"""The sheet 参数: one broken row a message, and that only what is really used is demanded."""

# ruff: noqa: E501  (a table: one case a line)

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.broken import (
    BOTH,
    ERROR,
    PAYROLL,
    REVIEW,
    UNCALCULATED,
    Case,
    Cell,
    add,
    baseline,
    case,
    drop,
    error,
    heading,
    hint,
    judge,
    warning,
)

PAY, STARS = (PAYROLL,), (REVIEW,)
STAR = "参数 rep.star_pay 3 值"


def row(name: str, value: Any, key: Any = None, **more: Any) -> Any:
    return add("参数", 参数=name, 键=key, 值=value, **more)


def needed(text: str, do: str, at: str) -> Any:
    return error(text, do, at=at, who="", late=True)


MISSING = [
    case("要用的参数没有填", {"参数 lead.star_pay 3 值": None},
         needed("缺参数：客服领班星级绩效工资（3）没有值（五.4.1.1①）", "在「参数」E11 填上",
                "参数 lead.star_pay 3 值"), stops=PAY),
    case("要用的参数连行都没有", drop("参数 lead.star_pay 3"),
         needed("客服领班星级绩效工资（3）没有值", "加一行，参数填「客服领班星级绩效工资」，键填 3", "参数"), stops=PAY),
    case("不用的星级不要", {"参数 rep.star_pay 0 值": None, "参数 rep.star_pay 5 值": None, "参数 lead.star_pay 4 值": None,
                    "参数 rep.five_star_once 值": None}),
    case("制度写了的不用填", {"参数 rep.star_pay 3 值": None}, warning("没有填值，按制度写的 1200 算", who="")),
    case("职级没人用", drop("参数 rep.post_pay 高级"),
         needed("客服代表岗位工资（高级）没有值", "加一行，参数填「客服代表岗位工资」，键填 高级", "参数"), stops=PAY),
    case("人人都有本人岗位工资", [*(drop(f"参数 rep.post_pay {level}") for level in ("初级", "中级", "高级")),
                        {f"花名册 {n} 岗位工资": 2000 for n in range(101, 109)}]),
    # nobody types fast enough for four stars: lines 4 and 5 are not asked for
    case("星级分值线评星才要", {f"参数 rep.star_score {n} 值": None for n in range(1, 6)},
         *(needed(f"客服代表星级分值线（{n}）没有值", "填上", f"参数 rep.star_score {n} 值") for n in range(1, 4)),
         stops=STARS),
    case("指标满分没人用", [drop("参数 rep.indicator_points"), drop("参数 lead.indicator_points")]),
    case("以后才有的值", row("lead.star_pay", 2700, 3, 生效日期=dt.date(2016, 12, 1))),
    case("只有以后的值", {"参数 lead.star_pay 3 生效日期": dt.date(2016, 12, 1)},
         needed("客服领班星级绩效工资（3）在 2016-11 没有值", "生效日期不晚于 2016-11", "参数"), stops=PAY),
]

VALUES = [
    case("不是数字", {STAR: "一千二"}, error("客服代表星级绩效工资（3）填的是「一千二」，不是数字", "只填数字", who=""), stops=PAY),
    case("带单位", {STAR: "1200元"}, hint("「值」（客服代表星级绩效工资（3））的「1200元」读作 1200.00")),
    case("带单位的几处", {STAR: "1200元", "参数 rep.star_pay 2 值": "￥1,000/月"}, hint("「￥1,000/月」读作 1000.00（这一列共 2 处）", at="参数 rep.star_pay 2 值")),
    case("带别的单位", {STAR: "1200分"}, error("「1200分」，「分」不是这里的单位，这里的单位是元", "只填数字", who=""), stops=PAY),
    case("两个数", {STAR: "1200\n50"}, error("「1200⏎50」，数字中间有换行", "一格只填一个数", who=""), stops=PAY),
    case("写了万", {STAR: "0.12万"}, error("「0.12万」，不是写全的数", "写成完整的数", who=""), stops=PAY),
    case("文字形式的数字", {STAR: "1,200"}, hint("「1,200」读作 1200.00")),
    case("没人用的值写着无", {"参数 rep.star_pay 0 值": "无"}),
    case("负数", {STAR: -1200}, error("填的是负数 -1200", who=""), stops=PAY),
    case("大得离谱", {STAR: 10**8}, error("填的是 100000000，大得不合理", "核对", who=""), stops=PAY),
    case("三位小数的金额", {STAR: Decimal("1200.005")}, error("1200.005，多于两位小数", "两位小数", who=""), stops=PAY),
    case("百分比格式的金额", {STAR: Cell(12, "0%")}, error("1200%：是 1200，还是 12", "常规", who=""), stops=PAY),
    case("带百分号的金额", {STAR: "1200%"}, error("1200%：是 1200，还是 12", who=""), stops=PAY),
    case("错误值", {STAR: ERROR}, error("的值是错误值 #N/A", "直接填", who=""), stops=PAY),
    case("没有计算过", {STAR: UNCALCULATED}, error("的值是公式，还没有计算过", who=""), stops=PAY),
    case("逻辑值", {STAR: Cell(True)}, error("TRUE", who=""), stops=PAY),
    case("没人用的值坏了", {"参数 rep.star_pay 0 值": "待定"}, error("「待定」", who="")),
    case("评星才用的值坏了", {"参数 rep.star_score 3 值": -1}, error("填的是负数 -1", who=""), stops=STARS),
    case("分数多于四位小数", {"参数 rep.star_score 3 值": Decimal("87.33333")}, hint("多于四位小数，四舍五入读作 87.3333")),
    case("次数不是整数", row("full_attendance.comp_off_max", Decimal("2.5")),
         error("填的是 2.5，不是整数", "填整数", at="参数 full_attendance.comp_off_max 值", who=""), stops=BOTH),
    case("百分数写成小数", [row("rep.probation_rate", 90), {"参数 rep.probation_rate 值": Cell(0.9)}],
         error("填的是 0.9：是 0.9%，还是 90%", "百分比格式", who=""), stops=PAY),
    case("百分数是 1", [row("rep.five_star_share", 5), {"参数 rep.five_star_share 值": Cell(1)}],
         error("填的是 1：是 1%，还是 100%", "百分比格式", who="")),
    case("百分数用百分比格式", [row("rep.probation_rate", 90), {"参数 rep.probation_rate 值": Cell(0.9, "0%")}]),
    case("百分数带百分号", row("rep.probation_rate", "90%"), hint("文字形式的数字", at="参数 rep.probation_rate 值")),
    case("百分数大得离谱", row("rep.probation_rate", 9000),
         error("9000%，大得不合理", at="参数 rep.probation_rate 值", who=""), stops=PAY),
    case("最低工资坏了", row("law.min_wage", "不知道"), error("「不知道」", at="参数 law.min_wage 值", who=""), stops=PAY),
    case("生效日期读不懂", {"参数 rep.star_pay 3 生效日期": "下个月"},
         error("客服代表星级绩效工资（3）的生效日期：“下个月”", "2016-11", who=""), stops=PAY),
    case("生效日期没有年份", {"参数 rep.star_pay 3 生效日期": "11月"}, error("“11月”不能读作月份（没有写年份）", who=""), stops=PAY),
    *(case(f"生效日期写作 {value}", {"参数 rep.star_pay 3 生效日期": value}) for value in ("2016-11", "2016年11月", 201611, "2016-11-01")),
    case("生效日期写作 2016.11", {"参数 rep.star_pay 3 生效日期": "2016.11"}, hint("「生效日期」的「2016.11」读作 2016-11")),
    case("生效日期在月中", {"参数 rep.star_pay 3 生效日期": "2016-11-15"},
         warning("客服代表星级绩效工资（3）的生效日期 2016-11-15 在月中，2016-11 整个月都按这个值算", "改成 2016-12", who="")),
    case("生效日期是错误值", {"参数 rep.star_pay 3 生效日期": ERROR}, error("的生效日期是错误值", who=""), stops=PAY),
]

ROWS = [
    case("不认识的参数", row("rep.star_pey", 1, 3),
         error("不认识参数「rep.star_pey」，是不是「客服代表星级绩效工资」", "改正", at="参数 rep.star_pey 参数", who=""), stops=BOTH),
    case("没有参数名", row(None, 77, 3), error("「参数」是空的", at="参数 77 参数", who=""), stops=BOTH),
    case("参数名是错误值", [row("x", 77), {"参数 x 参数": ERROR}], error("「参数」是错误值", who=""), stops=BOTH),
    case("中文名", {"参数 rep.star_pay 3 参数": "客服代表星级绩效工资"}),
    case("小标题", row("一、客服代表", None)),
    case("键不对", row("rep.star_pay", 2000, 6),
         error("客服代表星级绩效工资（四.4.1.1①）没有键「6」", "0、1、2、3、4、5", at="参数 rep.star_pay 6 键", who=""),
         stops=BOTH),
    case("键是文字的数字", {"参数 rep.star_pay 3 键": "3"}),
    case("键带单位", {"参数 rep.star_pay 3 键": "三星"}),
    case("键画了星", {"参数 rep.star_pay 3 键": "★★★"}),
    case("键空白", {"参数 rep.star_pay 3 键": None},
         error("的键是空的", "0、1、2、3、4、5", at="参数 rep.star_pay 1200 键", who=""), stops=BOTH),
    case("键是错误值", {"参数 rep.star_pay 3 键": ERROR}, error("的键是错误值", who=""), stops=BOTH),
    case("没有键的写了键", {"参数 rep.five_star_once 键": 5}, error("没有键，这里写了「5」", "清空键", who=""), stops=BOTH),
    case("写了两次", row("rep.star_pay", 1300, 3),
         error("客服代表星级绩效工资（3）同一个月有 2 个值（E5、E", "只留一行", at="参数 rep.star_pay 1300 值", who=""), stops=PAY),
    case("同一个月两个值", [row("rep.star_pay", 1300, 3, 生效日期=dt.date(2016, 12, day)) for day in (1, 20)],
         error("同一个月有 2 个值", "改生效日期", at="参数 rep.star_pay 1300 值", who=""),
         warning("2016-12-20 在月中", at="参数 rep.star_pay 1300 生效日期", who=""), stops=PAY),
    case("不同的月", [row("rep.star_pay", 1300, 3, 生效日期=dt.date(2016, 12, 1)),
                 row("rep.star_pay", 1350, 3, 生效日期="2017-01")]),
    case("编号的大小写，一列说一次", [row("Rep.Star_Pay", 1300, 3, 生效日期=dt.date(2016, 12, 1)), row("LEAD.STAR_PAY", 2500, 3, 生效日期=dt.date(2016, 12, 1))],
         hint("「参数」的「Rep.Star_Pay」读作 客服代表星级绩效工资（这一列共 2 处）", at="参数 Rep.Star_Pay 参数")),
    case("空行和填了的行", row("rep.star_pay", None, 3)),
    case("星级工资倒挂", {"参数 rep.star_pay 4 值": 1000},
         warning("4 的值 1000 比 3 的 1200 低（四.4.1.1①", "核对", who="")),
]

READINGS = [
    case("没有这个读法", row("reading.full_attendence", "pooled"),
         error("没有读法「reading.full_attendence」，是不是「全勤怎么判」", "改正",
               at="参数 reading.full_attendence 参数", who=""), stops=BOTH),
    case("没有这个选项", row("reading.full_attendance", "all"),
         error("没有「all」这个选项", "迟到、早退为 0，病假、事假、调休合计不超过上限", at="参数 reading.full_attendance 值", who=""), stops=BOTH),
    case("中文选项", row("reading.full_attendance", "迟到、早退为 0，病假、事假、调休合计不超过上限")),
    case("中文名的读法", row("全勤怎么判", "pooled")),
    case("读法的编号大小写", row("Reading.Full_Attendance", "POOLED"),
         hint("「参数」的「Reading.Full_Attendance」读作 全勤怎么判", at="参数 Reading.Full_Attendance 参数")),
    case("没有这个读法，大写的", row("READING.full_attendence", "pooled"),
         error("没有读法「READING.full_attendence」，是不是「全勤怎么判」", at="参数 READING.full_attendence 参数", who=""), stops=BOTH),
    case("读法空白是默认", row("reading.full_attendance", None)),
    case("读法写了日期", row("reading.full_attendance", "pooled", 生效日期=dt.date(2016, 12, 1)),
         error("不分日期", "清空生效日期", at="参数 reading.full_attendance 生效日期", who=""), stops=BOTH),
    case("读法写了键", row("reading.full_attendance", "pooled", 3),
         error("没有键，这里写了「3」", "清空键", at="参数 reading.full_attendance 键", who=""), stops=BOTH),
    case("读法写了两次", [row("reading.full_attendance", "pooled"), row("reading.full_attendance", "each_zero")],
         error("读法「全勤怎么判」写了 2 行（E", "只留一行", at="参数 reading.full_attendance each_zero 值", who=""),
         stops=BOTH),
    case("读法是错误值", [row("reading.full_attendance", "pooled"), {"参数 reading.full_attendance 值": ERROR}],
         error("的值是错误值", "可选", who=""), stops=BOTH),
]

POLICY = [
    case("制度", row("policy", "bozhen-2016")),
    case("制度的中文名", row("采用的制度", "bozhen-2016")),
    case("制度的编号大小写", row("Policy", "BoZhen-2016"), hint("「Policy」读作 采用的制度", at="参数 Policy 参数"),
         hint("「BoZhen-2016」读作 《客户服务部绩效考核制度（试行版）》", at="参数 Policy 值")),
    case("没有这个制度", row("policy", "bozhen"), error("没有制度「bozhen」，是不是「bozhen-2016」", "可用的制度", at="参数 policy 值", who=""),
         stops=BOTH),
    case("制度写了两次", [row("policy", "bozhen-2016"), row("policy", "bozhen-2016", 来源="公司")],
         error("采用的制度写了 2 行", "只留一行", at="参数 policy 值", who=""), stops=BOTH),
    case("制度是错误值", [row("policy", "bozhen-2016"), {"参数 policy 值": ERROR}], error("采用的制度是错误值", at="", who=""),
         stops=BOTH),
]

SHEET = [
    case("表头写错", {}, error("没有「值」一列；是不是 E1 的「数值」", "表头改为「值」", at="参数", who="", cell="E1"), stops=BOTH,
         patch=heading("参数", "值", "数值")),
    case("没有表头", {}, error("没有「键」一列", "补上", at="参数", who=""), stops=BOTH, patch=heading("参数", "键", None)),
    case("可有可无的表头相近", {}, warning("没有「生效日期」一列；是不是 G1 的「生效日」", "表头改为「生效日期」", at="参数", who="", cell="G1"),
         patch=heading("参数", "生效日期", "生效日")),
    case("可有可无的表头没有", {}, patch=heading("参数", "名称", None)),
    case("标题就叫参数", {}, patch=lambda book: (book["参数"].insert_rows(1, 2), setattr(book["参数"]["A1"], "value", "参数"))),
]

TEXTS = [       # how results look, for every policy
    case("单位和部门", [row("company", "某某有限公司"), row("部门名称", "客服部")]),
    case("数字也行", row("department", 95598)),
    case("大小写", row("Company", "甲公司"), hint("「Company」读作 单位名称", at="参数 Company 参数")),
    case("样式", row("form.payroll", "样式.xlsx")),
    case("样式空着", row("form.payroll", None)),
    case("写了两行", [row("company", "甲公司"), row("单位名称", "乙公司")],
         warning("单位名称写了不止一行，用的是“甲公司”", "只留一行", at="参数 单位名称 值", who="")),
    case("写了两行，一样的", [row("company", "甲公司"), row("单位名称", "甲公司")]),
    case("错误值", [row("company", "x"), {"参数 company 值": ERROR}], warning("单位名称是错误值 #N/A，没有用上", "直接填上文字", at="参数 company 值", who="")),
]

CASES = [*MISSING, *VALUES, *ROWS, *READINGS, *POLICY, *TEXTS, *SHEET]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("base")


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_case(one: Case, tmp_path: Path, folder: Path) -> None:
    assert judge(one, tmp_path, baseline(one.month, one.quarter, folder)) == []
