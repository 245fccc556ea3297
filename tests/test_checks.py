"""One broken input a message: what 体检, the payroll and the review say about it, and which of them refuse."""

# ruff: noqa: E501  (a table: one case a line)

from __future__ import annotations

import copy
import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
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
    again,
    baseline,
    broken,
    case,
    drop,
    error,
    heading,
    hint,
    judge,
    warning,
    without_sheet,
)
from tests.command import run, run_json
from tests.departments import HEADINGS, base_department, write_book

PAY, STARS = (PAYROLL,), (REVIEW,)
ITEM = {"月份": "2016-11", "工号": "101", "项目": "加班费", "金额": 100, "计入": "应发"}
POINTS = {"工作量": 20, "出错率": 20, "满席度": 15, "投诉处理": 15, "日常任务": 15}       # 85


def points(number: str = "101", month: str = "2016-11", **changes: Any) -> dict[str, Any]:
    return {f"月度考核_客服代表 {number} {month} {name}": value for name, value in (POINTS | changes).items()}


def left(number: str, *months: str) -> list[Any]:
    """No rows of a rep in the months after they left, nor a test for the next review."""
    return [drop(f"{words}") for month in months
            for words in (f"考勤 {number} {month}", f"月度考核_客服代表 {number} {month}")] + [drop(f"技能考核 {number} 2017Q1")]


NUMBERS = [
    case("次数是负数", {"考勤 101 2016-11 迟到次数": -1}, error("填的是负数 -1", "迟到次数不能是负数"), stops=PAY),
    case("次数带小数", {"考勤 101 2016-11 迟到次数": Decimal("1.5")}, error("1.5，不是整数", "整数"), stops=PAY),
    case("次数大得离谱", {"考勤 101 2016-11 迟到次数": 100}, error("填的是 100，大得不合理", "核对"), stops=PAY),
    case("次数是文字", {"考勤 101 2016-11 迟到次数": "几次"}, error("「几次」，不是数字", "没有就留空"), stops=PAY),
    case("次数是中文数字", {"考勤 101 2016-11 调休次数": "两次"}, hint("「两次」读作 2")),
    case("次数带单位", {"考勤 101 2016-11 调休次数": "2次"}, hint("「2次」读作 2")),
    case("次数带别的单位", {"考勤 101 2016-11 迟到次数": "2天"}, error("「2天」，「天」不是这里的单位，这里的单位是次", "只填数字"), stops=PAY),
    case("次数是横线", {"考勤 101 2016-11 迟到次数": "--"}, hint("「--」读作 0")),
    case("次数中间有空格", {"考勤 101 2016-11 迟到次数": "1 0"}, error("「1 0」，数字中间有空格", "一格只填一个数"), stops=PAY),
    case("次数是百分比格式", {"考勤 101 2016-11 迟到次数": Cell(0.02, "0%")},
         error("2%：是 2，还是 0.02", "常规"), stops=PAY),
    case("次数是日期", {"考勤 101 2016-11 迟到次数": dt.date(2016, 11, 3)}, error("2016-11-03", "只填数字"), stops=PAY),
    case("次数是逻辑值", {"考勤 101 2016-11 迟到次数": Cell(True)}, error("TRUE", "只填数字"), stops=PAY),
    case("次数是文字形式的数字", {"考勤 101 2016-11 调休次数": "2"}, hint("文字形式的数字")),
    case("次数是全角数字", {"考勤 101 2016-11 调休次数": "２"}, hint("「２」读作 2（看起来一样，其实不同：前者是「２」（全角")),
    case("次数空白是 0", {"考勤 101 2016-11 迟到次数": None}),
    case("次数只有空格是 0", {"考勤 101 2016-11 迟到次数": "  "}),
    case("错误值不是空白", {"考勤 101 2016-11 迟到次数": ERROR}, error("错误值 #N/A", "改正公式"), stops=PAY),
    case("没有计算过的公式不是空白", {"考勤 101 2016-11 迟到次数": UNCALCULATED}, error("没有计算", "保存一次"), stops=PAY),
    case("评星要的月份的次数", {"考勤 101 2016-08 迟到次数": ERROR}, error("错误值 #N/A", "改正公式"), stops=STARS),
    case("谁也不用的月份的次数", {"考勤 101 2016-12 迟到次数": -1}, error("负数 -1")),
    case("历史上的旷工两边都用", {"考勤 101 2016-09 旷工次数": -1}, error("负数 -1"), stops=BOTH),
    case("小时数大得离谱", {"考勤 101 2016-11 病假小时": 745, "考勤 101 2016-11 病假次数": 1}, error("745", "核对")),
    case("领班的小时数", {"考勤 901 2016-11 病假小时": 745}, error("745", "核对"), stops=PAY),
    case("小时数多于四位小数", {"考勤 101 2016-11 事假小时": Decimal("0.33333"), "考勤 101 2016-11 事假次数": 1}, hint("多于四位小数")),
    case("得分是负数", {"月度考核_客服代表 101 2016-11 得分": -1}, error("填的是负数 -1", "不能是负数"), stops=PAY),
    case("得分超过满分", {"月度考核_客服代表 101 2016-11 得分": Decimal("100.5")},
         error("得分超过满分（填的是 100.5；四.4.2.2）", "核对"), stops=PAY),
    case("领班得分超过满分", {"月度考核_客服领班 901 2016-11 得分": 101}, error("得分超过满分（填的是 101；", "核对"), stops=PAY),
    case("得分按指标满分之和", {"参数 rep.indicator_points 工作量 值": 30, "月度考核_客服代表 101 2016-11 得分": 104},
         warning("合计 105，不是 100", at="参数 rep.indicator_points 工作量 值", who="")),
    case("指标满分没填时按 100", {"参数 rep.indicator_points 工作量 值": None, "月度考核_客服代表 101 2016-11 得分": 101},
         error("得分超过满分（填的是 101；", at="月度考核_客服代表 101 2016-11 得分"), stops=PAY),
    case("得分是百分比格式", {"月度考核_客服代表 101 2016-11 得分": Cell(0.85, "0%")},
         error("85%：是 85，还是 0.85", "常规"), stops=PAY),
    case("得分是带百分号的文字", {"月度考核_客服代表 101 2016-11 得分": "85%"}, error("85%：是 85，还是 0.85"), stops=PAY),
    case("得分是平均数", {"月度考核_客服代表 101 2016-11 得分": Decimal("85.33333")}, hint("多于四位小数")),
    case("得分是 0", {"月度考核_客服代表 101 2016-11 得分": 0}, warning("得分为 0", "确认", late=True)),
    case("得分空白", {"月度考核_客服代表 101 2016-11 得分": None}, error("2016-11", "附表2", late=True), stops=PAY),
    case("没有得分的行", drop("月度考核_客服代表 101 2016-11"),
         error("没有 2016-11 的行", "附表2", at="月度考核_客服代表", who="101", late=True), stops=PAY),
    case("上季只有两个月得分可以评", drop("月度考核_客服代表 101 2016-08")),
    case("上季一个月得分都没有", [drop(f"月度考核_客服代表 101 2016-0{m}") for m in (7, 8, 9)],
         error("上季度没有任何月度得分", "附表2", at="月度考核_客服代表", who="101", late=True), stops=STARS),
    case("上季有得分坏了", {"月度考核_客服代表 101 2016-08 得分": "九十"}, error("「九十」，不是数字"), stops=STARS),
    case("指标只填了一部分", [{"月度考核_客服代表 101 2016-11 得分": None}, points(满席度=None)],
         error("五项指标只填了一部分", "都填", at="月度考核_客服代表 101 2016-11 满席度"), stops=PAY),
    case("领班指标只填了一部分", {"月度考核_客服领班 901 2016-11 现场管理": 20},
         error("四项指标只填了一部分", "都填", at="月度考核_客服领班 901 2016-11 统筹管理"), stops=PAY),
    case("指标填了错误值", points(满席度=ERROR), error("错误值 #N/A", at="月度考核_客服代表 101 2016-11 满席度"), stops=PAY),
    case("指标超过该项满分", [{"月度考核_客服代表 101 2016-11 得分": None}, points(工作量=Decimal("25.5"))],
         error("超过该项满分（填的是 25.5；", "客服代表指标满分", at="月度考核_客服代表 101 2016-11 工作量"), stops=PAY),
    case("领班指标超过该项满分",
         {"月度考核_客服领班 901 2016-11 得分": None, "月度考核_客服领班 901 2016-11 统筹管理": 31,
          "月度考核_客服领班 901 2016-11 现场管理": 30, "月度考核_客服领班 901 2016-11 培训管理": 10,
          "月度考核_客服领班 901 2016-11 日常管理": 10},
         error("超过该项满分（填的是 31；", "客服领班指标满分", at="月度考核_客服领班 901 2016-11 统筹管理"), stops=PAY),
    case("指标之和与得分一致", points()),
    case("指标之和与得分差一分钱", points(日常任务=Decimal("15.01")),
         error("得分与五项指标之和不一致（填的是 85；", "核对", at="月度考核_客服代表 101 2016-11 得分"), stops=PAY),
    case("指标之和与得分在百分位上相同", points(日常任务=Decimal("15.004"))),
    case("指标缺满分只有指标要用", [{"参数 rep.indicator_points 工作量 值": None}, points(),
                          {"月度考核_客服代表 101 2016-11 得分": None}]),
    case("满意度是小数", {"月度考核_客服领班 901 2016-11 服务满意度": Cell(0.99)},
         error("0.99：是 0.99%，还是 99%", "百分比格式"), stops=PAY),
    case("满意度是 1", {"月度考核_客服领班 901 2016-11 服务满意度": Cell(1)}, error("1：是 1%，还是 100%", "百分比格式"),
         stops=PAY),
    case("满意度百分比格式", {"月度考核_客服领班 901 2016-11 服务满意度": Cell(0.9, "0.00%")}),
    case("满意度超过 100", {"月度考核_客服领班 901 2016-11 服务满意度": Cell(1.01, "0%")},
         error("填的是 101，应在 0 到 100 之间", "核对"), stops=PAY),
    case("满意度是文字", {"月度考核_客服领班 901 2016-11 服务满意度": "很满意"}, error("「很满意」，不是数字"), stops=PAY),
    case("满意度是带百分号的文字", {"月度考核_客服领班 901 2016-11 服务满意度": "90%"}, hint("文字形式的数字")),
    case("岗位工资三位小数", {"花名册 101 岗位工资": Decimal("2000.005")}, error("多于两位小数", "两位小数"), stops=PAY),
    case("岗位工资是负数", {"花名册 101 岗位工资": -2000}, error("负数 -2000"), stops=PAY),
    case("岗位工资大得离谱", {"花名册 101 岗位工资": 20_000_000}, error("填的是 20000000，大得不合理", "核对"), stops=PAY),
    case("岗位工资是百分比格式", {"花名册 101 岗位工资": Cell(20, "0%")}, error("2000%：是 2000，还是 20"), stops=PAY),
    case("岗位工资是带千分号的文字", {"花名册 101 岗位工资": "2,000.00"}, hint("「2,000.00」读作 2000.00")),
    case("岗位工资带单位", {"花名册 101 岗位工资": "￥2,000元/月"}, hint("「￥2,000元/月」读作 2000.00")),
    case("岗位工资写了万", {"花名册 101 岗位工资": "0.2万"}, error("「0.2万」，不是写全的数", "写成完整的数"), stops=PAY),
]

DATES = [
    *(case(f"月份写作 {value}", {"考勤 101 2016-11 月份": value})
      for value in ("2016年11月", "2016/11", "201611", 201611, dt.date(2016, 11, 1), "2016-11-30")),
    *(case(f"季度写作 {value}", {"季度星级_客服代表 101 2016Q4 季度": value})
      for value in ("2016年第4季度", "2016年第四季度")),
    *(case(f"季度写作 {value}", {"季度星级_客服代表 101 2016Q4 季度": value}, hint(f"「{value}」读作 2016Q4"))
      for value in ("2016q4", "16Q4", "2016-Q4", "2016年4季度", "2016年四季度")),
    *(case(f"月份写作 {value}", {"考勤 101 2016-11 月份": value}, hint(f"「{value}」读作 2016-11", at=f"考勤 101 {value} 月份"))
      for value in ("2016.11", "2016年11月份", "16年11月")),
    case("月份写作数 2016.11", {"考勤 101 2016-11 月份": 2016.11}, hint("的 2016.11 读作 2016-11", at="考勤 101 2016.11 月份")),
    *(case(f"日期写作 {value}", {"花名册 101 入职日期": value}, hint(f"「{value}」读作 2015-01-05"))
      for value in ("2015.1.5", "15.1.5", "2015、1、5", "2015-01-05 星期一", "2015-01-05T00:00:00Z")),
    *(case(f"没有离职，写作 {value}", {"花名册 101 离职日期": value}, hint("读作 空白")) for value in ("在职", "无", "-", "/", 0)),
    *(case(f"没有转正，写作 {value}", {"花名册 107 转正日期": value}, hint("读作 空白")) for value in ("试用期", "未转正")),
    case("入职日期不能写在职", {"花名册 101 入职日期": "在职"}, error("“在职”不能读作日期"), stops=BOTH),
    case("入职日期没有年份", {"花名册 101 入职日期": "1月5日"}, error("“1月5日”不能读作日期（没有写年份）"), stops=BOTH),
    *(case(f"日期写作 {value}", {"花名册 101 入职日期": value})
      for value in ("2015-01-05", "2015/1/5", "2015年1月5日", "20150105", 20150105)),
    case("月份全角", {"考勤 101 2016-11 月份": "２０１６－１１"}, hint("全角")),
    case("月份读不懂", {"考勤 101 2016-11 月份": "十一月"},
         error("“十一月”", "2016-11", at="考勤 101 十一月 月份"),
         stops=BOTH),
    case("月份有两种意思", {"考勤 101 2016-11 月份": "2016-1 1"}, error("“2016-1 1”"), stops=BOTH),
    case("月份空白", {"考勤 101 2016-11 月份": None}, error("是空的"), stops=BOTH),
    case("月份是带小数的数字", {"考勤 101 2016-11 月份": Decimal("2016.1")}, error("2016 年 1 月还是 10 月"), stops=BOTH),
    case("期间读不懂", {"技能考核 101 2016Q4 期间": "第四季度"}, error("“第四季度”"), stops=BOTH),
    case("季度读不懂", {"季度星级_客服代表 101 2016Q4 季度": "四季度"}, error("“四季度”"), stops=PAY),
    case("季度不存在", {"季度星级_客服代表 101 2016Q4 季度": "2016Q5"}, error("“2016Q5”"), stops=PAY),
    case("没有这一天", {"花名册 101 入职日期": "2015-02-30"}, error("没有这一天"), stops=BOTH),
    case("1900 年", {"花名册 101 入职日期": dt.date(1900, 1, 5)}, error("1900 年"), stops=BOTH),
    case("日期序号", {"花名册 101 入职日期": 42009}, error("日期序号", "2016-11-03"), stops=BOTH),
    case("入职日期空白", {"花名册 101 入职日期": None}, error("是空的"), stops=BOTH),
    case("入职日期是错误值", {"花名册 101 入职日期": ERROR}, error("错误值"), stops=BOTH),
    case("转正早于入职", {"花名册 101 转正日期": dt.date(2015, 1, 4)}, error("转正日期早于入职日期", "核对"), stops=BOTH),
    case("离职早于入职", {"花名册 101 离职日期": dt.date(2014, 12, 31)},
         error("离职日期早于入职日期", "核对", at="花名册 101 离职日期"), stops=BOTH),
    case("离职早于转正", [*left("101", "2016-12"),
                    {"花名册 101 离职日期": dt.date(2016, 11, 20), "花名册 101 转正日期": dt.date(2016, 12, 1)}],
         warning("离职日期早于转正日期", "清空", at="花名册 101 转正日期"),
         warning("不是整月在册", at="花名册 101 入职日期", late=True),
         warning("可以转正", at="花名册 101 转正日期", late=True)),
    case("奖惩日期读不懂", add("奖惩台账", 日期="上周", 工号="101", 事项="书面表扬"),
         error("“上周”", at="奖惩台账 101 日期"), stops=PAY),
    case("奖惩日期空白", add("奖惩台账", 工号="101", 事项="书面表扬"), error("是空的", at="奖惩台账 101 日期"), stops=PAY),
    case("奖惩日期 1900 年", add("奖惩台账", 日期=dt.date(1900, 1, 1), 工号="101", 事项="书面表扬"),
         error("1900 年", at="奖惩台账 101 日期"), stops=PAY),
]

WHO = [
    case("工号是数字", {"考勤 101 2016-11 工号": 101}, hint("是数字")),
    case("工号前后有空格", {"考勤 101 2016-11 工号": " 101 "}, hint("空格", at="", cell="")),
    case("工号带小数", {"考勤 101 2016-11 工号": Decimal("101.5")}, error("不像工号", "文本", who=""),
         error("没有 2016-11 的行", at="考勤", who="101", late=True), stops=PAY),
    case("工号太长", {"考勤 101 2016-11 工号": 10**16}, error("位数太多", "文本", who=""),
         error("没有 2016-11 的行", at="考勤", who="101", late=True), stops=PAY),
    case("工号空白", {"考勤 101 2016-11 工号": None}, error("是空的", who="", cell="B12"),
         error("没有 2016-11 的行", at="考勤", who="101", late=True), stops=PAY),
    case("花名册没有此人", add("考勤", 月份="2016-11", 工号="1O1"),
         error("花名册里没有工号 1O1", "花名册", at="考勤 1O1 工号", who="1O1"), stops=PAY),
    case("花名册没有此人，另一个月", add("考勤", 月份="2016-12", 工号="777"),
         error("花名册里没有工号 777", "花名册", at="考勤 777 工号", who="777")),
    case("台账里的人不在花名册", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="777", 事项="书面表扬"),
         error("花名册里没有工号 777", at="奖惩台账 777 工号", who="777"), stops=PAY),
    case("附表1 里的人不在花名册", add("季度星级_客服代表", 季度="2016Q4", 工号="777", 评定星级=3),
         error("花名册里没有工号 777", at="季度星级_客服代表 777 工号", who="777"), stops=PAY),
    case("花名册重号", again("花名册 102"),
         error("工号重复（A4、A12）", "只留一行", at="花名册 102 工号", who="102"), stops=BOTH),
    case("花名册工号空白", [{"花名册 107 工号": None}, *(drop(f"{sheet} 107") for sheet in ("考勤", "月度考核_客服代表", "技能考核"))],
         error("是空的", who=""), stops=BOTH),
    case("花名册姓名空白", {"花名册 101 姓名": None}, error("是空的"), stops=BOTH),
    case("姓名与花名册不同", {"月度考核_客服代表 101 2016-11 姓名": "代表十"},
         error("「代表十」", "核对工号和姓名", plain="warning"), stops=PAY),
    case("姓名与花名册不同，上季度", {"月度考核_客服代表 101 2016-08 姓名": "代表十"},
         error("「代表十」", "核对工号和姓名", plain="warning"), stops=STARS),
    case("考勤姓名不同", {"考勤 101 2016-11 姓名": "代表十"}, error("「代表十」", "核对工号和姓名", plain="warning"), stops=PAY),
    case("技能考核姓名不同", {"技能考核 108 2016-11 姓名": "代表十"}, error("「代表十」", "核对工号和姓名", plain="warning"),
         warning("没有一个人有「通用技能」", at="技能考核", who=""), stops=PAY),
    case("台账姓名不同", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="102", 事项="书面表扬", 姓名="代表一"),
         error("「代表一」", "核对工号和姓名", at="奖惩台账 102 姓名", who="102", plain="warning"), stops=PAY),
    case("其他项目姓名不同", add("其他项目", **(ITEM | {"姓名": "代表九"})),
         error("「代表九」", "核对工号和姓名", at="其他项目 101 姓名", who="101", plain="warning"), stops=PAY),
    case("人事变动姓名不同", add("人事变动", 工号="101", 生效日期=dt.date(2016, 12, 1), 项目="职级", 原值="中级", 新值="中级",
                        姓名="代表九"), error("「代表九」", "核对工号和姓名", at="人事变动 101 姓名", who="101"), stops=BOTH),
    case("姓名相同", {"月度考核_客服代表 101 2016-11 姓名": "代表一"}),
    case("姓名多了空格", {"月度考核_客服代表 101 2016-11 姓名": "代 表 一"}, hint("「代 表 一」读作 代表一")),
    case("姓名带备注", {"月度考核_客服代表 101 2016-11 姓名": "代表一（代）"}, hint("「代表一（代）」读作 代表一")),
    case("同名的人", {"花名册 102 姓名": "代表一"}),
    case("考勤没有这个月的行", drop("考勤 101 2016-11"),
         error("没有 2016-11 的行", "补上这一行", at="考勤", who="101", late=True), stops=PAY),
    case("考勤没有上季度的行", drop("考勤 101 2016-08"),
         error("没有 2016-08 的行", "补上这一行", at="考勤", who="101", late=True),
         warning("前三个月的考勤不全", at="考勤 101 2016-11 迟到次数", late=True), stops=STARS),
    case("同一个月两行", again("考勤 101 2016-11"),
         error("2016-11 有 2 行", "只留一行", at="考勤 101 2016-11 工号", who="101"), stops=PAY),
    case("技能考核同一期间两行", again("技能考核 101 2016Q4"), error("2016Q4 有 2 行", at="技能考核 101 2016Q4 工号"), stops=STARS),
    case("附表1 两行", again("季度星级_客服代表 101"), error("2016Q4 有 2 行", at="季度星级_客服代表 101 工号"), stops=PAY),
    case("打字速度填在月份的行", {"技能考核 108 2016-11 打字速度": 75}, warning("按季度", at="技能考核 108 2016-11 打字速度")),
    case("通用技能填在季度的行", {"技能考核 101 2016Q4 通用技能": 75}, warning("按月", at="技能考核 101 2016Q4 通用技能")),
]

CHOICES = [
    case("岗位不认识", {"花名册 101 岗位": "客服"}, error("不能填「客服」（", "客服代表、客服领班"), stops=BOTH),
    case("岗位相近", {"花名册 101 岗位": "客服代理"}, error("是不是「客服代表」"), stops=BOTH),
    case("岗位空白", {"花名册 101 岗位": None}, error("是空的"), stops=BOTH),
    case("职级不认识", {"花名册 101 职级": "中"}, error("「中」", "初级、中级、高级"), stops=PAY),
    case("职级空白", {"花名册 101 职级": None}, error("「职级」是空的", "职级", late=True), stops=PAY),
    case("职级空白但有本人岗位工资", {"花名册 101 职级": None, "花名册 101 岗位工资": 2000}),
    case("领班不要职级", {"花名册 901 职级": None}),
    case("代表没有班组", {"花名册 101 班组": None}, warning("没有班组", "花名册", late=True)),
    case("领班没有班组", {"花名册 901 班组": None}, error("没有班组", "花名册", late=True),
         warning("班组 一组 没有领班", at="花名册 101 班组", who="", late=True), stops=BOTH),
    case("事项不认识", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="101", 事项="表扬"),
         error("「表扬」", "书面表扬", at="奖惩台账 101 事项"), stops=PAY),
    case("事项空白", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="101"),
         error("是空的", at="奖惩台账 101 事项"), stops=PAY),
    case("成立不是 是、否", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="101", 事项="书面表扬", 成立="待查"),
         error("「待查」", "是、否", at="奖惩台账 101 成立"), stops=PAY),
    case("成立打了勾", add("奖惩台账", 日期=dt.date(2016, 12, 3), 工号="101", 事项="书面表扬", 成立="√"),
         hint("「√」读作 是", at="奖惩台账 101 成立")),
    case("服务态度投诉没有定", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="101", 事项="服务态度投诉"),
         error("还没有定是否成立", "是 或 否", at="奖惩台账 101 成立"), stops=PAY),
    case("重大工作失误没有定", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="101", 事项="重大工作失误"),
         error("还没有定是否成立", "是 或 否", at="奖惩台账 101 成立"), stops=PAY),
    case("投诉没有定", add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="101", 事项="投诉"),
         warning("没有填是否成立", "是 或 否", at="奖惩台账 101 成立")),
    case("以后的月份没有定", add("奖惩台账", 日期=dt.date(2016, 12, 3), 工号="101", 事项="服务态度投诉"),
         error("还没有定是否成立", at="奖惩台账 101 成立")),
    case("全角的是", add("奖惩台账", 日期=dt.date(2016, 12, 3), 工号="101", 事项="书面表扬", 成立=" 是"),
         hint("空格", at="奖惩台账 101 成立")),
]

SHEETS = [
    *(case(f"没有工作表 {name}", without_sheet(name), error(f"没有工作表 {name}", "补上", at=name, who=""), stops=stops)
      for name, stops in (("参数", BOTH), ("花名册", BOTH), ("考勤", BOTH), ("月度考核_客服代表", BOTH),
                          ("月度考核_客服领班", PAY), ("技能考核", BOTH), ("奖惩台账", PAY),
                          ("季度星级_客服代表", PAY), ("季度星级_客服领班", PAY))),
    *(case(f"可以没有工作表 {name}", without_sheet(name)) for name in ("人事变动", "其他项目")),
    case("工作表改了名", {}, error("是不是「考勤记录」", "改名为 考勤", at="考勤", who=""), stops=BOTH,
         patch=lambda book: setattr(book["考勤"], "title", "考勤记录")),
    case("工作表名多个表字", {}, hint("「考勤表」当作 考勤", at="考勤表"),
         patch=lambda book: setattr(book["考勤"], "title", "考勤表")),
    case("必填的表头没有", {}, error("没有「工号」一列", "补上这一列", at="考勤", who=""), stops=BOTH,
         patch=heading("考勤", "工号", None)),
    case("必填的表头写错", {}, error("「客服工号」", "工号", at="考勤", who="", cell="B1"), stops=BOTH,
         patch=heading("考勤", "工号", "客服工号")),
    case("同义的表头", {}, hint("「员工编号」读作「工号」", at="考勤", cell="A1"),
         patch=heading("考勤", "工号", "员工编号")),
    case("表头没有", {}, error("没有「迟到次数」一列", "补上", at="考勤", who=""), stops=BOTH,
         patch=heading("考勤", "迟到次数", None)),
    case("表头相近", {}, error("「迟到」", "迟到次数", at="考勤", who="", cell="C1"), stops=BOTH,
         patch=heading("考勤", "迟到次数", "迟到")),
    case("没人要的表头没有", {}, error("没有「私自换班次数」一列", at="考勤", who=""), stops=PAY,
         patch=heading("考勤", "私自换班次数", None)),
    case("可有可无的表头没有", {}, patch=heading("月度考核_客服代表", "姓名", None)),
    case("可有可无的表头相近", {}, warning("「姓名」", "表头改为「姓名」", at="月度考核_客服代表", who="", cell="C1"),
         patch=heading("月度考核_客服代表", "姓名", "客服姓名")),
    case("多出来的列不管", {}, patch=lambda book: setattr(book["考勤"].cell(1, 14), "value", "迟到")),
    case("表头在第 20 行", {}, patch=lambda book: book["考勤"].insert_rows(1, 19)),
    case("表头在第 21 行", {}, error("没有「月份」一列", at="考勤", who=""), error("没有「工号」一列", at="考勤", who=""),
         stops=BOTH, patch=lambda book: book["考勤"].insert_rows(1, 20)),
]

FORMS = [
    case("评定星级超过最高星", {"季度星级_客服代表 101 2016Q4 评定星级": 6}, error("填的是 6，应在 0 到 5 之间", "核对"), stops=PAY),
    case("领班确认星级超过最高星", {"季度星级_客服领班 901 2016Q4 确认星级": 5, "季度星级_客服领班 901 2016Q4 评审意见": "同意"},
         error("填的是 5，应在 0 到 4 之间", "核对"), stops=PAY),
    case("评定星级写作三星", {"季度星级_客服代表 101 2016Q4 评定星级": "三星"}, hint("「三星」读作 3")),
    case("评定星级画了星", {"季度星级_客服代表 101 2016Q4 评定星级": "★★★"}, hint("「★★★」读作 3")),
    case("确认星级没有评审意见", {"季度星级_客服代表 101 2016Q4 确认星级": 4}, error("没有评审意见", "写明"), stops=PAY),
    case("确认星级超出名额", {"季度星级_客服代表 101 2016Q4 确认星级": 5, "季度星级_客服代表 101 2016Q4 评审意见": "同意"},
         warning("超出五星名额（1 人，名额 0 人）", "核对", late=True)),
    case("没有星级", {"季度星级_客服代表 101 2016Q4 评定星级": None}, error("没有星级", "2016Q4", late=True), stops=PAY),
    case("没有附表1 的行", drop("季度星级_客服代表 101"), error("没有星级", "2016Q4", at="季度星级_客服代表", who="101", late=True),
         stops=PAY),
    case("没有附表3 的行", drop("季度星级_客服领班 901"), error("没有星级", "2016Q4", at="季度星级_客服领班", who="901", late=True),
         stops=PAY),
    case("表上的星级与评出的不同", {"季度星级_客服代表 101 2016Q4 评定星级": 2}, warning("表上的评定星级是 2，按现在的数据是 3", "重做")),
    case("附表1 姓名不同", {"季度星级_客服代表 101 2016Q4 姓名": "代表十"}, error("「代表十」", "核对工号和姓名", plain="warning"), stops=PAY),
    case("季度内变动岗位", [*(drop(f"月度考核_客服代表 101 {m}") for m in ("2016-11", "2016-12")), {"花名册 101 岗位": "客服领班", "花名册 101 班组": "三组"},
                      add("人事变动", 工号="101", 生效日期=dt.date(2016, 11, 1), 项目="岗位", 原值="客服代表", 新值="客服领班"),
                      *(add("月度考核_客服领班", 月份=m, 工号="101", 得分=85) for m in ("2016-11", "2016-12"))],
         error("变动过岗位", "确认星级", at="季度星级_客服领班", who="101", late=True), stops=PAY),
]

def new_lead(department: dict) -> None:
    """901 is confirmed in 2016-11 and has no scores before, nor a row on the form."""
    next(row for row in department["花名册"] if row["工号"] == "901")["转正日期"] = dt.date(2016, 11, 10)
    department["月度考核_客服领班"] = [row for row in department["月度考核_客服领班"]
                               if row["工号"] != "901" or row["月份"] >= "2016-11"]
    department["季度星级_客服领班"] = [row for row in department["季度星级_客服领班"] if row["工号"] != "901"]


FORMS += [
    case("领班转正前没有得分", new_lead, error("转正前三个月没有得分", "附表3", at="月度考核_客服领班 901 2016-11 得分", late=True), stops=PAY),
    case("没有得分的行，按 0 分", [drop("月度考核_客服代表 101 2016-11"), add("参数", 参数="reading.no_score", 值="zero")]),
    case("不能评的人填了确认星级", [*(drop(f"月度考核_客服代表 101 2016-0{m}") for m in (7, 8, 9)),
                         {"季度星级_客服代表 101 2016Q4 评定星级": None, "季度星级_客服代表 101 2016Q4 确认星级": 3,
                          "季度星级_客服代表 101 2016Q4 评审意见": "同意"}],
         error("上季度没有任何月度得分", "确认星级", at="月度考核_客服代表", who="101", late=True), stops=STARS),
]

CHANGES = [
    case("新值与花名册不同", add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="班组", 原值="一组", 新值="二组"),
         error("花名册", "花名册 E3", at="人事变动 101 新值"), stops=BOTH),
    case("原值空白而要用", add("人事变动", 工号="101", 生效日期=dt.date(2016, 12, 1), 项目="职级", 新值="中级"),
         error("「原值」是空的", "原值", at="人事变动 101 原值", late=True), stops=PAY),
    case("姓名的原值空白而要用", [{"花名册 101 姓名": "代表壹"}, add("人事变动", 工号="101", 生效日期=dt.date(2016, 12, 1), 项目="姓名", 新值="代表壹")],
         error("「原值」是空的", "原值", at="人事变动 101 原值", late=True), stops=PAY),
    case("姓名的原值空白不用", [{"花名册 101 姓名": "代表壹"}, add("人事变动", 工号="101", 生效日期=dt.date(2016, 11, 30), 项目="姓名", 新值="代表壹")]),
    case("班组的原值空白而要用", add("人事变动", 工号="101", 生效日期=dt.date(2016, 12, 1), 项目="班组", 新值="一组"),
         error("「原值」是空的", "原值", at="人事变动 101 原值", late=True), stops=PAY),
    case("原值空白不用", add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="职级", 新值="中级")),
    case("项目不认识", add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="工资", 原值=1, 新值=2),
         error("「工资」", "岗位工资", at="人事变动 101 项目"), stops=BOTH),
    case("新值空白", add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="职级", 原值="初级"),
         error("是空的", at="人事变动 101 新值"), stops=BOTH),
    case("新值不在选项里", add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="职级", 原值="初级", 新值="中"),
         error("「中」", "初级、中级、高级", at="人事变动 101 新值"), stops=BOTH),
    case("新值不是数字", add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="岗位工资", 原值=1800, 新值="两千"),
         error("「两千」，不是数字", at="人事变动 101 新值"), stops=BOTH),
    case("新值是错误值", [add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="职级", 原值="初级", 新值="x"),
                     {"人事变动 101 新值": ERROR}], error("错误值 #N/A"), stops=BOTH),
    case("人事变动的工号不在花名册", add("人事变动", 工号="777", 生效日期=dt.date(2016, 5, 1), 项目="职级", 原值="初级", 新值="中级"),
         error("花名册里没有工号 777", at="人事变动 777 工号", who="777"), stops=BOTH),
    case("生效日期空白", add("人事变动", 工号="101", 项目="职级", 原值="初级", 新值="中级"),
         error("是空的", at="人事变动 101 生效日期"), stops=BOTH),
    case("同一天两行", [add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="职级", 原值="初级", 新值=new)
                    for new in ("高级", "中级")],
         error("同一天有两行「职级」", "只留一行", at="人事变动 101 生效日期"), stops=BOTH),
    case("花名册的值坏了", [{"花名册 101 职级": "中"},
                     add("人事变动", 工号="101", 生效日期=dt.date(2016, 5, 1), 项目="职级", 原值="初级", 新值="中级")],
         error("「中」", at="花名册 101 职级"), stops=PAY),
]

ITEMS = [
    case("与工资表一列同名", add("其他项目", **ITEM | {"项目": "全勤奖"}),
         error("「全勤奖」与工资表的一列同名", "换一个", at="其他项目 101 项目", late=True), stops=PAY),
    *(case(f"与工资表的{name}同名", add("其他项目", **ITEM | {"项目": name}),
           error(f"「{name}」与工资表的一列同名", at="其他项目 101 项目", late=True), stops=PAY)
      for name in ("序号", "签字", "人数")),
    case("两边都有", [add("其他项目", **ITEM), add("其他项目", **ITEM | {"工号": "102", "计入": "扣款"})],
         error("「加班费」", "一边", at="其他项目 102 计入", who="", late=True),
         *(warning("2016-12 没有「加班费」", at="其他项目", who=who, open=True) for who in ("101", "102")), stops=PAY),
    case("不发工资的人", [*left("102", "2016-11", "2016-12"), {"花名册 102 离职日期": dt.date(2016, 10, 31)}, add("其他项目", **ITEM | {"工号": "102"})],
         error("2016-11 不发工资", "核对", at="其他项目 102 工号"), stops=PAY),
    case("金额空白", add("其他项目", **ITEM | {"金额": None}), error("是空的", at="其他项目 101 金额"), stops=PAY),
    case("金额三位小数", add("其他项目", **ITEM | {"金额": Decimal("1.005")}), error("多于两位小数", at="其他项目 101 金额"), stops=PAY),
    case("金额大得离谱", add("其他项目", **ITEM | {"金额": 10**8}), error("填的是 100000000，大得不合理", at="其他项目 101 金额"), stops=PAY),
    case("计入不认识", add("其他项目", **ITEM | {"计入": "补"}), error("「补」", "应发、扣款", at="其他项目 101 计入"), stops=PAY),
    case("计入写作扣", add("其他项目", **ITEM | {"计入": "扣"}), hint("「扣」读作 扣款", at="其他项目 101 计入"),
         warning("2016-12 没有「加班费」", at="其他项目", who="101", open=True)),
    case("项目空白", add("其他项目", **ITEM | {"项目": None}), error("是空的", at="其他项目 101 项目"), stops=PAY),
    case("月份读不懂，其他项目", add("其他项目", **ITEM | {"月份": "上月"}), error("“上月”", at="其他项目 101 月份"), stops=PAY),
    case("其他项目的人不在花名册", add("其他项目", **ITEM | {"工号": "777"}),
         error("花名册里没有工号 777", at="其他项目 777 工号", who="777"), stops=PAY),
    case("同一个人同一项目两行相加", [add("其他项目", **ITEM), add("其他项目", **ITEM)],
         warning("与 A2 那一行完全一样", "删除一行", at="其他项目 101 工号")),
    case("另一个月坏了", add("其他项目", **ITEM | {"月份": "2016-12", "计入": "补"}), error("「补」", at="其他项目 101 计入")),
    case("扣款是负数", add("其他项目", **ITEM | {"金额": -5, "计入": "扣款"}), warning("退款", "负号", at="其他项目 101 金额"),
         warning("2016-12 没有「加班费」", at="其他项目", who="101", open=True)),
    case("实发是负数", add("其他项目", **ITEM | {"金额": 4000, "计入": "扣款"}),
         warning("实发合计 -780.00 是负数", "核对扣款", at="花名册 101 工号", late=True),
         warning("2016-12 没有「加班费」", at="其他项目", who="101", open=True)),
]

ATTENDANCE = [
    case("领班病假只有次数", {"考勤 901 2016-11 病假次数": 1},
         error("「病假次数」填了 1，没有填病假小时", "病假小时", at="考勤 901 2016-11 病假小时"), stops=PAY),
    case("领班病假只有小时", {"考勤 901 2016-11 病假小时": 8},
         error("「病假小时」填了 8，没有填病假次数", "病假次数", at="考勤 901 2016-11 病假次数"), stops=PAY),
    case("领班事假只有次数", {"考勤 901 2016-11 事假次数": 1},
         error("「事假次数」填了 1，没有填事假小时", "事假小时", at="考勤 901 2016-11 事假小时"), stops=PAY),
    case("代表病假只有次数", {"考勤 101 2016-11 病假次数": 1}),
]

LEVELS = [
    case("班组没有领班", {"花名册 901 班组": "三组"}, warning("班组 一组 没有领班", "核对", at="花名册 101 班组", who="", late=True),
         error("上季度都没有得分", "附表3", late=True), stops=STARS),
    case("班组有两名领班", {"花名册 902 班组": "一组"},
         warning("班组 一组 有 2 名领班", "核对", at="花名册 901 班组", who="", late=True),
         warning("班组 二组 没有领班", "核对", at="花名册 105 班组", who="", late=True)),
    case("当月部分在册", [*left("101", "2016-12"), {"花名册 101 离职日期": dt.date(2016, 11, 20)}], warning("不是整月在册", at="花名册 101 入职日期", late=True)),
    case("历史不到三个月", drop("考勤 101 2016-10"), warning("前三个月的考勤不全", at="考勤 101 2016-11 迟到次数", late=True)),
    case("星级工资倒挂", {"参数 rep.star_pay 4 值": 1000}, warning("低", at="参数 rep.star_pay 4 值", who="")),
]


def renumbered(department: dict) -> None:
    """101 becomes 001, as text."""
    for rows in department.values():
        for row in rows:
            if row.get("工号") == "101":
                row["工号"] = "001"


def numbers(format: str) -> Any:
    """001 of 考勤 as the number 1 under a format."""
    def patch(book: Any) -> None:
        for row in book["考勤"].iter_rows(min_row=2):
            if row[1].value == "001":
                row[1].value, row[1].number_format = 1, format
    return patch


MORE = [
    case("数字工号在格式 000 下", renumbered, hint("是数字", at="考勤 001 2016-07 工号"), patch=numbers("000")),
    case("数字工号丢了前面的 0", renumbered, hint("的 1 读作 001（这一列共 6 处）", at="考勤 001 2016-07 工号"),
         patch=numbers("General")),
    case("数字工号在格式 \"K\"0 下", renumbered,
         *(error("花名册里没有工号 K1", "改正工号", at=f"考勤 001 {month} 工号", who="K1")
           for month in ("2016-07", "2016-08", "2016-09", "2016-10", "2016-11", "2016-12")),
         *(error(f"没有 {month} 的行", at="考勤", who="001", late=True)
           for month in ("2016-07", "2016-08", "2016-09", "2016-11")),
         hint("是数字 1，按显示的样子读作 K1", at="考勤 001 2016-07 工号"),
         warning("前三个月的考勤不全", at="考勤", who="001", late=True), stops=BOTH, patch=numbers('"K"0')),
    case("数字工号在说不准的格式下", renumbered,
         *(error("格式是 0.00，显示成什么说不准", "文本", at=f"考勤 001 {month} 工号", who="")
           for month in ("2016-07", "2016-08", "2016-09", "2016-10", "2016-11", "2016-12")),
         *(error(f"没有 {month} 的行", at="考勤", who="001", late=True)
           for month in ("2016-07", "2016-08", "2016-09", "2016-11")),
         warning("前三个月的考勤不全", at="考勤", who="001", late=True), stops=BOTH, patch=numbers("0.00")),
    case("两张同名的工作表", {}, warning("「考勤（附表5）」也像 考勤，没有读", "改名或删除", at="考勤（附表5）", who=""),
         patch=lambda book: setattr(book.copy_worksheet(book["考勤"]), "title", "考勤（附表5）")),
    case("两张都只像考勤", {}, error("有 2 张工作表都像 考勤", "改名为 考勤", at="考勤（附表5）", who=""), stops=BOTH,
         patch=lambda book: (setattr(book["考勤"], "title", "考勤（附表5）"), book.create_sheet("考勤-"))),
    case("附表号不算名字", {}, patch=lambda book: setattr(book["考勤"], "title", "考勤(附表9)")),
    case("同一个表头两列", {}, error("「得分」有 2 列：I1、K1，内容不同", "改名", at="月度考核_客服代表", who="", cell="K1"),
         stops=BOTH, patch=lambda book: [setattr(book["月度考核_客服代表"].cell(row, 11), "value", value)
                                         for row, value in ((1, "得分"), (2, 1))]),
    case("合计行不算", {}, patch=lambda book: book["考勤"].append(["合 计", None, 12, 3])),
    case("带月份的合计行不算", {}, patch=lambda book: book["考勤"].append(["2016-11合计", None, 12, 3])),
    case("签字行不是数据", {}, patch=lambda book: book["考勤"].append(["制表：张三"])),
]

CASES = [*NUMBERS, *DATES, *WHO, *CHOICES, *SHEETS, *FORMS, *CHANGES, *ITEMS, *ATTENDANCE, *LEVELS, *MORE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("base")


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_case(one: Case, tmp_path: Path, folder: Path) -> None:
    assert judge(one, tmp_path, baseline(one.month, one.quarter, folder)) == []


# -- the whole --------------------------------------------------------------------------------------------------------

def test_a_sound_workbook(folder: Path) -> None:
    """Nothing is said but that 107 may be confirmed, that stated parameters have no row in 参数, and that the scores of
    July, August and September are the same."""
    said = baseline("2016-11", "2016Q4", folder)
    assert sorted((level, sheet, cell, who) for level, sheet, cell, who, *_ in said) == [
        ("warning", "参数", "", ""), ("warning", "月度考核_客服代表", "I3", ""), ("warning", "月度考核_客服代表", "I4", ""),
        ("warning", "花名册", "G10", "107")]


TEN = case(
    "十个互不相干的错误",
    [{"花名册 102 职级": "中", "花名册 103 岗位工资": -5, "考勤 104 2016-11 迟到次数": ERROR, "考勤 105 2016-08 早退次数": "几次",
      "月度考核_客服代表 106 2016-11 得分": 101, "月度考核_客服领班 901 2016-11 服务满意度": Cell(0.99),
      "技能考核 101 2016Q4 打字速度": -1, "季度星级_客服代表 108 2016Q4 确认星级": 4, "参数 rep.star_pay 3 值": "一千二"},
     add("奖惩台账", 日期=dt.date(2016, 11, 3), 工号="777", 事项="书面表扬"), drop("考勤 107 2016-11")],
    error("「中」", at="花名册 102 职级"), error("负数 -5", at="花名册 103 岗位工资"),
    error("错误值", at="考勤 104 2016-11 迟到次数"), error("几次", at="考勤 105 2016-08 早退次数"),
    error("得分超过满分", at="月度考核_客服代表 106 2016-11 得分"), error("99%", at="月度考核_客服领班 901 2016-11 服务满意度"),
    error("负数 -1", at="技能考核 101 2016Q4 打字速度"), error("没有评审意见", at="季度星级_客服代表 108 2016Q4 确认星级"),
    error("一千二", at="参数 rep.star_pay 3 值", who=""), error("没有工号 777", at="奖惩台账 777 工号", who="777"),
    error("没有 2016-11 的行", at="考勤", who="107", late=True), stops=BOTH)


def test_all_at_once_and_none_twice(tmp_path: Path, folder: Path) -> None:
    assert judge(TEN, tmp_path, baseline("2016-11", "2016Q4", folder)) == []
    book, _ = broken(TEN, tmp_path)
    # what the review does not need does not stand in its way, and the other way round
    wanted = {"payroll": {"102", "103", "104", "106", "901", "108", "", "777", "107"}, "review": {"105", "101"}}
    for command, period in (("payroll", ("--month", "2016-11")), ("review", ("--quarter", "2016Q4"))):
        _, said = run_json(command, book, *period)
        errors = [p for p in said["problems"] if p["level"] == "error"]
        assert {p["工号"] for p in errors} == wanted[command]
        assert len(errors) == len(wanted[command])


def test_the_printed_list(tmp_path: Path) -> None:
    """Who, where, what, the clause, what to do; what is said of many cells alike stands there once."""
    department = base_department()
    for month in ("2016-10", "2016-11"):
        department["奖惩台账"].append({"日期": f"{month}-03", "工号": "777", "事项": "书面表扬"})
    department["考勤"][4]["迟到次数"] = -1
    write_book(department, tmp_path / "book.xlsx")
    code, out, err = run("check", tmp_path / "book.xlsx", "--month", "2016-11")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "[错误] 考勤 C6  901 领班甲：「迟到次数」填的是负数 -1（四.3 / 五.3）",
        "        怎么办：迟到次数不能是负数，核对后重新填写",
        "[错误] 奖惩台账 B2、B3  花名册里没有工号 777",
        "        怎么办：改正工号，或者在花名册补上此人",
        "[警告] 参数  参数表里没有这些参数的行，按制度写的值算：客服领班岗位工资 2800、全勤奖 200、全勤允许调休次数 3、五星名额比例 5 等 16 项",
        "        怎么办：要用别的值，加一行填上；就用这些值的不用改",
        "[警告] 花名册 G10  107 代表七：试用期连续两个月达到转正分，可以转正（四.4.2.3②f / 五.4.2.2②e）",
        "        怎么办：同意转正的，在花名册填转正日期",
        "错误 3 条、警告 2 条",
    ]


@pytest.mark.parametrize("command", [("payroll", "--month", "2016-10"), ("review", "--quarter", "2016Q3"),
                                     ("check", "--month", "2016-10"), ("check", "--quarter", "2016Q3")])
def test_before_the_policy(command: tuple[str, str, str], tmp_path: Path) -> None:
    write_book(base_department(), tmp_path / "book.xlsx")
    code, said = run_json(command[0], tmp_path / "book.xlsx", *command[1:])
    errors = [p for p in said["problems"] if p["level"] == "error"]
    assert code == 1
    assert len(errors) == 1
    assert "早于《客户服务部绩效考核制度（试行版）》施行的" in errors[0]["text"]


@pytest.mark.parametrize("option", ["--month", "--quarter"])
@pytest.mark.parametrize("text", ["2016-13", "十一月", "2016", "", "2016Q5"])
def test_periods_that_cannot_be_read(option: str, text: str, tmp_path: Path) -> None:
    write_book(base_department(), tmp_path / "book.xlsx")
    command = "payroll" if option == "--month" else "review"
    code, out, err = run(command, tmp_path / "book.xlsx", option, text)
    assert (code, out) == (2, "")
    assert "写成" in err


def test_a_year_that_the_calendar_lacks(tmp_path: Path) -> None:
    """part_month by workdays, for somebody who comes in the middle of a month of 2031."""
    department = base_department()
    department["参数"].append({"参数": "reading.part_month", "值": "by_workday"})
    department["花名册"] = [row for row in department["花名册"] if row["工号"] in ("107", "902")]
    department["花名册"][1] |= {"入职日期": dt.date(2031, 3, 10)}
    for sheet in ("考勤", "月度考核_客服代表", "月度考核_客服领班", "技能考核", "季度星级_客服代表", "季度星级_客服领班"):
        department[sheet] = [row for row in department[sheet] if row["工号"] in ("107", "902")]
    for number, sheet in (("107", "月度考核_客服代表"), ("902", "月度考核_客服领班")):
        department["考勤"].append({"月份": "2031-03", "工号": number})
        department[sheet].append({"月份": "2031-03", "工号": number, "得分": 85})
    department["季度星级_客服领班"].append({"季度": "2031Q1", "工号": "902", "评定星级": 2})
    write_book(department, tmp_path / "book.xlsx")
    code, said = run_json("payroll", tmp_path / "book.xlsx", "--month", "2031-03")
    errors = [p for p in said["problems"] if p["level"] == "error"]
    assert code == 1
    assert [(p["工号"], "2031" in p["text"]) for p in errors] == [("107", True)]


_NAMED = dict.fromkeys(("考勤", "技能考核", "月度考核_客服代表", "月度考核_客服领班"), ("姓名",))
_FORM = dict.fromkeys(("季度星级_客服代表", "季度星级_客服领班"), ("姓名", "综合分值", "出勤达标", "技能成绩", "备注"))
USUAL = ("转正分", "没有这些参数的行", "一个不差")          # what is said of the base
MAY_BE_MISSING = _NAMED | _FORM | dict.fromkeys(("人事变动", "奖惩台账", "其他项目"), ("姓名", "说明"))


@pytest.mark.parametrize(("sheet", "name"), [(s, name) for s, names in HEADINGS.items() if s != "参数" for name in names])
def test_each_heading(sheet: str, name: str, tmp_path: Path) -> None:
    """A heading that is not there is said once, and nothing that follows from it; a resembling one is pointed at."""
    department = base_department()
    department["人事变动"].append({"工号": "101", "生效日期": dt.date(2016, 12, 1), "项目": "职级", "原值": "中级", "新值": "中级"})
    department["奖惩台账"].append({"日期": dt.date(2016, 11, 3), "工号": "102", "事项": "书面表扬"})
    department["其他项目"].append(dict(ITEM))
    for change in (None, f"{name}栏"):
        write_book(department | {"_options": {"headings": {(sheet, name): change}}}, tmp_path / "book.xlsx")
        optional = name in MAY_BE_MISSING.get(sheet, ())
        _, said = run_json("check", tmp_path / "book.xlsx", "--month", "2016-11", "--quarter", "2016Q4")
        found = [p for p in said["problems"] if not any(word in p["text"] for word in USUAL)]
        if optional and change is None:
            assert found == []
            continue
        assert len(found) == 1, found
        assert found[0]["level"] == ("warning" if optional else "error")
        assert f"没有「{name}」一列" in found[0]["text"]
        assert (f"「{name}栏」" in found[0]["text"]) == (change is not None)


# -- text that looks like a formula -----------------------------------------------------------------------------------

NASTY = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1:A9)", "=1+1", "=HYPERLINK(\"http://x\",\"y\")")


def nasty() -> dict:
    department = copy.deepcopy(base_department())
    for row, text in zip(department["花名册"], (*NASTY, "\t=1+2", "\r=1+3", "%3D1", "'=1"), strict=True):
        row["姓名"] = text
    for row in department["花名册"]:
        row["班组"] = {"一组": NASTY[0], "二组": NASTY[3]}[row["班组"]]
    for k, text in enumerate((*NASTY, "\t=1+2")):
        department["其他项目"].append({"月份": "2016-11", "工号": "101", "项目": text, "金额": 10 + k,
                                 "计入": "扣款" if k % 2 else "应发", "说明": text})
    department["奖惩台账"].append({"日期": dt.date(2016, 11, 3), "工号": "102", "事项": "书面表扬", "说明": NASTY[0]})
    department["季度星级_客服代表"][0] |= {"确认星级": 3, "评审意见": NASTY[0]}
    return department


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    book, out = tmp_path / "book.xlsx", tmp_path / "out.xlsx"
    write_book(nasty(), book)
    assert run("check", book, "--month", "2016-11", "--quarter", "2016Q4")[0] == 0
    code, pay = run_json("payroll", book, "--month", "2016-11")
    assert code == 0, pay
    line = next(line for line in pay["lines"] if line["工号"] == "101")
    assert (line["姓名"], line["班组"]) == (NASTY[1], NASTY[0])
    assert {line[text] for text in NASTY} == {"10.00", "11.00", "12.00", "13.00", "14.00", "15.00"}
    for command in (("payroll", "--month", "2016-11"), ("review", "--quarter", "2016Q4")):
        assert run(command[0], book, *command[1:], "-o", out)[0] == 0
        seen = set()
        for sheet in openpyxl.load_workbook(out).worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        assert not any(bad in str(cell.value) for bad in ("cmd", "1+1", "2+3", "HYPERLINK", "SUM(A1:A9)"))
                    elif isinstance(cell.value, str):
                        seen.add(cell.value)
        assert set(NASTY) <= seen


# -- consoles, characters and paths -----------------------------------------------------------------------------------

RARE = ("䶮", "𬭎", "张😀", "é́", "\u202e李", "欧阳\u3000娜", "Ⅷ", "ｱ", "石\u0301", "王\ufeff")


@pytest.fixture(scope="module")
def rare_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("很 长 的 文件夹")
    department = base_department()
    for row, name in zip(department["花名册"], RARE, strict=True):
        row["姓名"] = name
    department["其他项目"].append({"月份": "2016-11", "工号": "101", "项目": "餐补🍚", "金额": 10, "计入": "应发"})
    department["考勤"].append({"月份": "2016-12", "工号": "𬭎1"})
    book = folder / "工资 表 𬭎.xlsx"
    write_book(department, book)
    return book


CONSOLES = {"gbk": {"PYTHONIOENCODING": "gbk"}, "C": {"LC_ALL": "C"},
            "ascii": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}}
COMMANDS = {
    "check": ("check", "{book}"), "check json": ("check", "{book}", "--month", "2016-11", "--json"),
    "review": ("review", "{book}", "--quarter", "2016Q4"), "review out": ("review", "{book}", "--quarter", "2016Q4", "-o", "{out}"),
    "payroll": ("payroll", "{book}", "--month", "2016-11"),
    "payroll json": ("payroll", "{book}", "--month", "2016-11", "--json"),
    "payroll out": ("payroll", "{book}", "--month", "2016-11", "-o", "{out}"),
    "explain": ("explain", "{book}", "--month", "2016-11", "--id", "101"), "policies": ("policies",),
    "policy": ("policy", "bozhen-2016"), "help": ("--help",), "wrong": ("payroll", "{book}", "--month", "十一月"),
    "no book": ("check", "{out}没有.xlsx"),
}
CODES = {"check": 1, "check json": 1, "wrong": 2, "no book": 2}


# One process a console, for only its start differs: each command's output goes to files of its own.
ONE_BY_ONE = """
import json, os, sys
from xl_kpi.cli import main
for name, command in json.loads(sys.argv[1]):
    for stream, end in ((sys.stdout, "out"), (sys.stderr, "err")):
        stream.flush()
        os.dup2(os.open(os.path.join(sys.argv[2], f"{name}.{end}"), os.O_WRONLY | os.O_CREAT), stream.fileno())
    code = main([os.fsdecode(word.encode("utf-8")) for word in command])     # as they come from a console
    with open(os.path.join(sys.argv[2], f"{name}.code"), "w") as file:
        file.write(str(code))
"""


@pytest.mark.parametrize("console", CONSOLES)
def test_any_console(console: str, rare_book: Path, tmp_path: Path) -> None:
    out = rare_book.parent / f"结果 {console}.xlsx"
    commands = [(name, [part.format(book=rare_book, out=out) for part in parts]) for name, parts in COMMANDS.items()]
    environment = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_CTYPE", "PYTHONUTF8")} | CONSOLES[console]
    done = subprocess.run([sys.executable, "-c", ONE_BY_ONE, json.dumps(commands), tmp_path], env=environment,
                          capture_output=True, timeout=300, cwd=Path(__file__).parent.parent, check=False)
    assert done.returncode == 0, done
    for name in COMMANDS:
        err = (tmp_path / f"{name}.err").read_bytes()
        assert b"Traceback" not in err
        assert int((tmp_path / f"{name}.code").read_text()) == CODES.get(name, 0), err.decode("utf-8", "replace")
    said = (tmp_path / "payroll json.out").read_bytes().decode("utf-8")
    assert "䶮" in said
    assert "餐补🍚" in said
    sheet = openpyxl.load_workbook(out)["工资表_2016-11"]
    names = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {"䶮", "𬭎", "张😀"} <= names
