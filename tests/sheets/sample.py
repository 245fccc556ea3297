"""A hand-made result with everything that is awkward to lay out: the layouts must cope, whatever the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from xl_kpi.problems import Problem
from xl_kpi.results import REFUSED, Naming, RefusedCell, Result, ResultColumn, Step

D = Decimal
PAY = Naming("工资表", "工资表", "工资", "元", "工资条", plain=True)
REVIEW = Naming("季度评星", "季度评星", "评星")
Ref = Callable[[str], str]


def fen(value: Fraction) -> Decimal:
    """Half up, away from zero."""
    sign = -1 if value < 0 else 1
    return sign * Decimal((abs(value) * 200 + 1) // 2).scaleb(-2).quantize(D("0.01"), ROUND_HALF_UP)


def merit(r: Ref) -> str:
    return f"ROUND({r('星级工资')}*{r('计薪得分')}/100*{r('计发比例')}/100,2)"


EARNED = ["岗位工资", "全勤奖", "绩效工资", "服务明星", "进步之星", "效能之星", "一次性奖励", "加班费"]
HELD = ["社保个人部分", "个人所得税"]
TOTALS = ["应发合计", "扣款合计", "实发合计"]


def add(names: list[str]) -> Callable[[Ref], str]:
    return lambda r: "+".join(r(n) for n in names)


COLUMNS = [
    ResultColumn("工号", "text"), ResultColumn("姓名", "text"), ResultColumn("岗位", "text"),
    ResultColumn("班组", "text", group=True),
    ResultColumn("状态", "text"), ResultColumn("岗位工资", "money", True, "earning"), ResultColumn("全勤", "bool"),
    ResultColumn("全勤奖", "money", True, "earning"), ResultColumn("评定星级", "int"), ResultColumn("执行星级", "int"),
    ResultColumn("星级工资", "money"), ResultColumn("月度得分", "score"), ResultColumn("计薪得分", "score"),
    ResultColumn("计发比例", "percent"), ResultColumn("绩效工资", "money", True, "earning", merit),
    ResultColumn("服务明星", "money", True, "earning"), ResultColumn("进步之星", "money", True, "earning"),
    ResultColumn("效能之星", "money", True, "earning"), ResultColumn("一次性奖励", "money", True, "earning"),
    ResultColumn("加班费", "money", True, "earning"), ResultColumn("应发合计", "money", True, formula=add(EARNED)),
    ResultColumn("社保个人部分", "money", True, "deduction"), ResultColumn("个人所得税", "money", True, "deduction"),
    ResultColumn("扣款合计", "money", True, formula=add(HELD)),
    ResultColumn("实发合计", "money", True, formula=lambda r: f"{r('应发合计')}-{r('扣款合计')}"),
    ResultColumn("备注", "text"),
]

PEOPLE: list[dict[str, Any]] = [
    {"工号": "001", "姓名": "张三", "班组": "一班", "全勤": True, "评定星级": 3, "执行星级": 3,
     "星级工资": D("1200.00"), "月度得分": D("85.00"), "计发比例": D(100), "服务明星": D("200.00")},
    {"工号": "002", "姓名": "阿卜杜热依木·买买提艾力", "班组": "一班", "全勤": False, "评定星级": 4, "执行星级": 0,
     "星级工资": D("400.00"), "月度得分": D("93.3333"), "计发比例": D(100), "社保个人部分": D("385.20"),
     "备注": "违反制度（11月3日、11月17日），执行星级 0（5.1.4）；可辞退（由公司决定）"},
    {"工号": "003", "姓名": "𠮷野𡘙", "班组": "二班", "状态": "试用", "全勤": True, "星级工资": D("1200.00"),
     "评定星级": None, "执行星级": None, "月度得分": D("62.00"), "计薪得分": D("70.00"),
     "计发比例": Fraction(90 * 17, 31),
     "备注": "试用：三星 × 90%，得分按 70 计（6.4）；本月在册 17 天，按日历日"},
    {"工号": "004", "姓名": "=HYPERLINK(\"http://x\",\"李四\")", "班组": None, "全勤": True,
     "评定星级": 5, "执行星级": 5, "星级工资": D("1900.00"), "月度得分": D("96.50"), "计发比例": D(100),
     "一次性奖励": D("300.00"), "加班费": D("128.57"),
     "备注": "+1：书面表扬；-1"},
    {"工号": "005", "姓名": "欧阳\x0b修<r>", "班组": "二班", "全勤": False, "评定星级": 1, "执行星级": 1,
     "星级工资": D("700.00"), "月度得分": D("0.00"), "计发比例": D(100), "社保个人部分": D("-120.00"),
     "个人所得税": D("35.45"), "备注": "得分 0\n补退社保"},
    {"工号": "006", "姓名": "王五", "岗位": "客服领班", "班组": "一班", "全勤": True, "评定星级": 2, "执行星级": 2,
     "岗位工资": D("2800.00"), "星级工资": D("2000.00"), "月度得分": D("85.00"), "计发比例": D(100)},
    {"工号": "007", "姓名": "赵六", "班组": "二班", "全勤": False, "评定星级": 2, "执行星级": 2,
     "岗位工资": D("-50.00"), "星级工资": D("950.00"), "月度得分": D("71.10"), "计发比例": D(100),
     "加班费": D("-9999.99"),
     "备注": "@更正上月多发；实发合计低于 0，请核对"},
    {"工号": "008", "姓名": "孙七", "班组": "二班", "状态": "转正当月", "全勤": True, "评定星级": 3, "执行星级": 3,
     "星级工资": D("1234.50"), "月度得分": D("81.0000"), "计发比例": D("90.00")},
]


# What was different last month.
PAST: dict[str, dict[str, Any]] = {
    "002": {"执行星级": 4, "星级工资": D("1500.00"), "社保个人部分": D("372.86")},
    "003": {"计发比例": D(90)},
    "004": {"加班费": D("0.00"), "一次性奖励": D("0.00"), "全勤": False},
    "005": {"岗位工资": D("1800.00")},
}


def _line(given: dict[str, Any]) -> dict[str, Any]:
    line: dict[str, Any] = {"岗位": "客服代表", "状态": "正式", "岗位工资": D("2000.00"), "备注": ""}
    line |= {n: D("0.00") for n in [*EARNED[1:], *HELD]}
    line |= given
    if line["全勤"]:
        line["全勤奖"] = D("200.00")
    line.setdefault("计薪得分", line["月度得分"])
    line["绩效工资"] = fen(Fraction(line["星级工资"]) * Fraction(line["计薪得分"]) * Fraction(line["计发比例"]) / 10000)
    return finish(line)


def finish(line: dict[str, Any]) -> dict[str, Any]:
    def add_up(names: list[str]) -> Any:
        values = [line[n] for n in names]
        return REFUSED if any(isinstance(v, RefusedCell) for v in values) else sum(values, D(0))

    line["应发合计"], line["扣款合计"] = add_up(EARNED), add_up(HELD)
    parts = line["应发合计"], line["扣款合计"]
    line["实发合计"] = REFUSED if REFUSED in parts else parts[0] - parts[1]
    return {c.heading: line.get(c.heading) for c in COLUMNS}


def behind(column: ResultColumn) -> ResultColumn:
    """The columns of which the amounts are made, as a policy would have them."""
    made_of = {"全勤奖": ("全勤",), "绩效工资": ("计薪得分", "计发比例", "执行星级"), "服务明星": ("月度得分",)}
    return replace(column, behind=made_of.get(column.heading, ()))


def payroll_result(copies: int = 1) -> Result:
    """This month's; last month 001 and their copies were not there yet, 099 still was, and 002 to 005 got other pay."""
    lines, steps = [], {}
    for n in range(copies):
        for given in PEOPLE:
            line = _line(given)
            if n:
                line["工号"] = f"{n:03d}{line['工号']}"
            lines.append(line)
            steps[line["工号"]] = steps_of(line)
    title = "示例公司《客户服务部绩效考核制度（试行版）》R&D"
    columns = [behind(c) for c in COLUMNS]
    then = [_line(given | PAST.get(given["工号"], {})) for given in PEOPLE[1:]]
    then.append(_line({"工号": "099", "姓名": "离职的人", "班组": "三班", "全勤": True, "评定星级": 1, "执行星级": 1,
                       "星级工资": D("700.00"), "月度得分": D("80.00"), "计发比例": D(100)}))
    previous = Result(PAY, "2016-10", "sample", title, columns, then, marks=[("002", "书面表扬升一级")])
    return Result(
        PAY, "2016-11", "sample", title, columns, lines,
        marks=[("002", "可辞退（由公司决定）：5.1.4"), ("001", "服务明星并列第一，按月度得分定")],
        notices=["全勤的读法：合并计算（U-01）", "三星工资 1200 元改为 1250 元（来源：公司）"],
        problems=problems(), steps=steps, previous=previous,
    )


def steps_of(line: dict[str, Any]) -> list[Step]:
    return [
        Step("岗位工资", line["岗位工资"], "花名册里的岗位工资。", "5.1.1"),
        Step("全勤", line["全勤"], "迟到 0 次、早退 0 次、病假 0 次、事假 0 次，调休 2 次 ≤ 3 次。", "3.2"),
        Step("计薪得分", line["计薪得分"], "=本月得分", "5.1.2"),
        Step("计发比例", line["计发比例"], "90% × 17 天 ÷ 31 天", "6.4；读法 part_month"),
        Step("绩效工资", line["绩效工资"],
             f"星级工资 {line['星级工资']} × 计薪得分 {line['计薪得分']} ÷ 100 × 计发比例 {line['计发比例']}%，"
             f"四舍五入到分 = {line['绩效工资']}；星级按 2016 年第 4 季度附表 1 的确认星级，"
             "本月没有违反制度、通报批评、服务态度投诉或旷工。", "5.1.2（第 3 款）、5.1.4"),
        Step("理由", "没有星级的人按三星计算，直到下一次评定，不设下限，也不打九折", "说明", ""),
        Step("实发合计", line["实发合计"], f"应发合计 {line['应发合计']} − 扣款合计 {line['扣款合计']}", ""),
    ]


def draft_result() -> Result:
    result = payroll_result()
    lines = [dict(line) for line in result.lines]
    lines[1]["月度得分"] = lines[1]["计薪得分"] = lines[1]["绩效工资"] = REFUSED
    lines[5]["岗位工资"] = REFUSED
    return replace(result, draft=True, lines=[finish(line) for line in lines])


def review_result() -> Result:
    columns = [ResultColumn("工号", "text"), ResultColumn("姓名", "text"), ResultColumn("岗位", "text"),
               ResultColumn("综合分值", "score"), ResultColumn("出勤达标", "bool"), ResultColumn("技能成绩", "score"),
               ResultColumn("评定星级", "int"), ResultColumn("备注", "text")]
    lines = [
        {"工号": p["工号"], "姓名": p["姓名"], "岗位": p.get("岗位", "客服代表"), "综合分值": D("88.33"),
         "出勤达标": p["全勤"], "技能成绩": D("75.00"), "评定星级": p["评定星级"], "备注": p.get("备注", "")}
        for p in PEOPLE
    ]
    return Result(REVIEW, "2016Q4", "sample", "示例公司《客户服务部绩效考核制度（试行版）》", columns, lines)


def problems() -> list[Problem]:
    return [
        Problem("hint", "工号是数字，已按显示的“001”处理。", sheet="考勤", cell="B7", person="001"),
        Problem("error", "阿卜杜热依木·买买提艾力（002）2016年11月没有得分，指标也没有填（5.1.2）。",
                "请在“月度考核_客服代表”补填得分或各项指标；确实没有的，把读法 no_score 设为“按 0 分”。",
                "月度考核_客服代表", "G12", "002"),
        Problem("warning", "一班有两名领班。", "请核对花名册的班组。", "花名册", "E4:E9"),
        Problem("error", "没有填 0 星的星级工资（5.1.4）。", "请在“参数”填写。", "参数", "C14"),
        Problem("hint", "没有考勤的读法。", ""),
    ]
