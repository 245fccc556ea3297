"""Departments for tests: plain dicts, hand-made, random or from a table of cases, and written as workbooks.

A department is ``{sheet name: [row dict keyed by the headings of WORKBOOK.md]}`` with str, int, Decimal, date
and None. Percent quantities are percent numbers (``Decimal("99.5")``). The key ``_options`` (no sheet) says how
``write_book`` writes it: ``percent_cells`` (percent-format cells, else bare numbers > 1), ``suffix`` (sheet names
with （附表n）), ``blank_rows`` (a title row above the headings).
"""

from __future__ import annotations

import copy
import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import xlsxwriter
import yaml

REP, LEAD = "客服代表", "客服领班"
REP_SCORES, LEAD_SCORES = "月度考核_客服代表", "月度考核_客服领班"
REP_STARS, LEAD_STARS = "季度星级_客服代表", "季度星级_客服领班"
REP_INDICATORS = ("工作量", "出错率", "满席度", "投诉处理", "日常任务")
LEAD_INDICATORS = ("统筹管理", "现场管理", "培训管理", "日常管理")
COUNTS = ("迟到次数", "早退次数", "病假次数", "事假次数", "调休次数", "旷工次数", "私自换班次数")
_STAR_HEADINGS = ("季度", "工号", "姓名", "综合分值", "出勤达标", "技能成绩", "评定星级", "确认星级", "评审意见")
_STAR_HEADINGS += ("备注",)

HEADINGS: dict[str, tuple[str, ...]] = {
    "参数": ("参数", "名称", "岗位", "键", "值", "单位", "生效日期", "条款", "来源", "怎么填"),
    "花名册": ("工号", "姓名", "岗位", "职级", "班组", "入职日期", "转正日期", "离职日期", "岗位工资"),
    "人事变动": ("工号", "生效日期", "项目", "原值", "新值", "说明", "姓名"),
    "考勤": ("月份", "工号", *COUNTS, "病假小时", "事假小时", "姓名"),
    REP_SCORES: ("月份", "工号", "姓名", *REP_INDICATORS, "得分"),
    LEAD_SCORES: ("月份", "工号", "姓名", *LEAD_INDICATORS, "得分", "服务满意度"),
    "技能考核": ("期间", "工号", "打字速度", "通用技能", "姓名"),
    "奖惩台账": ("日期", "工号", "事项", "成立", "说明", "姓名"),
    REP_STARS: _STAR_HEADINGS,
    LEAD_STARS: _STAR_HEADINGS,
    "其他项目": ("月份", "工号", "项目", "金额", "计入", "说明", "姓名"),
}
_SUFFIX = {REP_STARS: "（附表1）", REP_SCORES: "（附表2）", LEAD_STARS: "（附表3）", LEAD_SCORES: "（附表4）"}
PERCENT_PARAMETERS = {"rep.five_star_share", "rep.probation_rate", "lead.satisfaction_up", "law.probation_share"}

MONTHS = ("2016-07", "2016-08", "2016-09", "2016-10", "2016-11", "2016-12")

# the demo company's values (BOZHEN.md 1): (id, 键, 值)
DEMO_PARAMETERS: list[tuple[str, object, object]] = [
    *(("rep.star_pay", k, v) for k, v in enumerate((400, 700, 950, 1200, 1500, 1900))),
    *(("lead.star_pay", k, v) for k, v in enumerate((800, 1400, 2000, 2600, 3200))),
    *(("rep.star_score", k, v) for k, v in enumerate((60, 80, 88, 93, 96), start=1)),
    *(("rep.star_skill", k, v) for k, v in enumerate((60, 70, 80, 90), start=2)),
    *(("lead.star_score", k, v) for k, v in enumerate((70, 80, 88, 94), start=1)),
    *(("rep.indicator_points", k, v) for k, v in zip(REP_INDICATORS, (25, 20, 20, 15, 20), strict=True)),
    *(("lead.indicator_points", k, v) for k, v in zip(LEAD_INDICATORS, (30, 30, 20, 20), strict=True)),
    *(("rep.post_pay", k, v) for k, v in (("初级", 1800), ("中级", 2000), ("高级", 2400))),
    ("rep.five_star_once", None, 300),
]


# ------------------------------------------------------------------------------------------------- writing


def write_book(department: dict, path: str | Path) -> None:
    """Writes the department as a standard workbook with typed cells.

    ``headings`` of its options: (sheet, heading) → the heading that stands there instead; None: there is no column.
    """
    options = department.get("_options", {})
    # integers and Decimals are written as numbers, text always as text (工号 "001" stays text)
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})      # no files on the way
    plain, text = book.add_format(), book.add_format({"num_format": "@"})
    day, percent = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0.00%"})
    for name, headings in HEADINGS.items():
        if name not in department:
            continue
        sheet = book.add_worksheet(name + (_SUFFIX.get(name, "") if options.get("suffix") else ""))
        top = 0
        if options.get("title_row"):
            sheet.write_string(0, 0, f"{name}登记表")
            top = 1
        named = {heading: options.get("headings", {}).get((name, heading), heading) for heading in headings}
        there = [heading for heading in headings if named[heading] is not None]
        for column, heading in enumerate(there):
            sheet.write_string(top, column, named[heading])
        for line, row in enumerate(department[name], start=top + 1):
            assert set(row) <= set(headings), (name, set(row) - set(headings))
            for column, heading in enumerate(there):
                value = row.get(heading)
                is_percent = heading == "服务满意度" or (heading == "值" and row["参数"] in PERCENT_PARAMETERS)
                if value is None:
                    continue
                if isinstance(value, str):
                    sheet.write_string(line, column, value, text)
                elif isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif is_percent and (options.get("percent_cells") or value <= 1):
                    sheet.write_number(line, column, float(Decimal(value) / 100), percent)
                else:
                    sheet.write_number(line, column, float(value), plain)
    book.close()


# ---------------------------------------------------------------------------------------------- small helpers


def _month_first(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def _month_last(month: str) -> date:
    first = _month_first(month)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _quarter(month: str) -> str:
    return f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"


def _months_before(quarter: str) -> list[str]:
    """The three months of the quarter before."""
    first = int(quarter[:4]) * 12 + int(quarter[5]) * 3 - 6
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, first + 3)]


def _in_month(person: dict, month: str) -> bool:
    left = person.get("离职日期")
    return person["入职日期"] <= _month_last(month) and (left is None or left >= _month_first(month))


def _parameter_rows(values) -> list[dict]:
    return [{"参数": name, "键": key, "值": value, "来源": "示例"} for name, key, value in values]


def _person(number: str, name: str, post: str, team: str | None, joined: date, **rest) -> dict:
    row = dict.fromkeys(HEADINGS["花名册"])
    return row | {"工号": number, "姓名": name, "岗位": post, "班组": team, "入职日期": joined} | rest


def _attendance_row(number: str, month: str, **counts) -> dict:
    return dict.fromkeys(HEADINGS["考勤"]) | {"月份": month, "工号": number} | counts


def _score_row(post: str, number: str, month: str, score=None, **rest) -> dict:
    headings = HEADINGS[REP_SCORES if post == REP else LEAD_SCORES]
    return dict.fromkeys(headings) | {"月份": month, "工号": number, "得分": score} | rest


# -------------------------------------------------------------------------------------------- the hand-made one

BASE_PEOPLE = [
    # 工号 姓名 岗位 职级 班组 入职 转正
    ("901", "领班甲", LEAD, None, "一组", date(2014, 3, 3), date(2014, 6, 1)),
    ("101", "代表一", REP, "中级", "一组", date(2015, 1, 5), date(2015, 3, 1)),
    ("102", "代表二", REP, "中级", "一组", date(2015, 2, 2), date(2015, 4, 1)),
    ("103", "代表三", REP, "初级", "一组", date(2015, 3, 2), date(2015, 5, 1)),
    ("104", "代表四", REP, "高级", "一组", date(2015, 4, 1), date(2015, 6, 1)),
    ("902", "领班乙", LEAD, None, "二组", date(2014, 5, 5), date(2014, 8, 1)),
    ("105", "代表五", REP, "中级", "二组", date(2015, 5, 4), date(2015, 7, 1)),
    ("106", "代表六", REP, "初级", "二组", date(2015, 6, 1), date(2015, 8, 1)),
    ("107", "代表七", REP, "初级", "二组", date(2016, 9, 1), None),
    ("108", "代表八", REP, "高级", "二组", date(2014, 7, 1), date(2014, 10, 1)),
]


def base_department() -> dict:
    """Two teams, eight reps (107 in 试用), two leads; 2016-07..2016-12 complete; the forms of 2016Q4 filled.

    Everybody has 全勤 and no entries. Reps have 90 in each month up to 2016-09 and 85 from 2016-10 on, 打字速度 75:
    three stars in 2016Q4; 108 has 95 in 2016-11 and 96 in 2016-12 and the only 通用技能, so 108 wins all awards.
    Leads have 85 each month, no 服务满意度, three stars by their teams' 90.00.
    """
    department: dict = {name: [] for name in HEADINGS}
    department["参数"] = _parameter_rows(DEMO_PARAMETERS)
    for number, name, post, level, team, joined, confirmed in BASE_PEOPLE:
        person = _person(number, name, post, team, joined, 职级=level, 转正日期=confirmed)
        department["花名册"].append(person)
        _fill_months(department, person)
        if confirmed is not None:
            form = department[REP_STARS if post == REP else LEAD_STARS]
            form.append(dict.fromkeys(_STAR_HEADINGS) | {"季度": "2016Q4", "工号": number, "评定星级": 3})
    for row in department[REP_SCORES]:
        if row["工号"] == "108" and row["月份"] in ("2016-11", "2016-12"):
            row["得分"] = Decimal({"2016-11": 95, "2016-12": 96}[row["月份"]])
    for month in MONTHS:
        department["技能考核"].append({"期间": month, "工号": "108", "打字速度": None, "通用技能": Decimal(90)})
    return department


def _fill_months(department: dict, person: dict) -> None:
    """Complete plain rows of one person where there are none: 全勤, the base scores, 打字速度 75."""
    number, post = person["工号"], person["岗位"]

    def add(sheet: str, row: dict, column: str) -> None:
        if not any(r["工号"] == number and r[column] == row[column] for r in department[sheet]):
            department[sheet].append(row)

    for month in MONTHS:
        if not _in_month(person, month):
            continue
        add("考勤", _attendance_row(number, month), "月份")
        score = Decimal(85) if post == LEAD or month >= "2016-10" else Decimal(90)
        add(REP_SCORES if post == REP else LEAD_SCORES, _score_row(post, number, month, score), "月份")
    for quarter in ("2016Q4", "2017Q1") if post == REP else ():
        add("技能考核", {"期间": quarter, "工号": number, "打字速度": Decimal(75), "通用技能": None}, "期间")


# ------------------------------------------------------------------------------------------ random departments

_TOTALS = [*map(Decimal, (60, "69.9999", 70, "70.5", 75, 80, 85, 85, "85.25", 88, "88.8888", 90, 90, "92.3333"))]
_TOTALS += [*map(Decimal, (93, "95.55", 96, 100, 0))]
_HIGH_TOTALS = [*map(Decimal, (93, "95.55", 96, 96, 96, "97.5", "98.3333", 100))]
_EVENTS = ("书面表扬", "违反制度", "通报批评", "服务态度异常", "服务态度投诉", "投诉", "重大工作失误")
_ITEMS = (("加班费", "应发"), ("餐补", "应发"), ("社保", "扣款"), ("个税", "扣款"), ("更正", "应发"))
_READING_VALUES = {
    "full_attendance": ("each_zero", "pooled", "each_at_most", "literal_or"),
    "absence_breaks_full": ("yes", "no"),
    "quarter_attendance": ("sum", "each_month"),
    "quota_rounding": ("floor", "half_up", "ceil"),
    "commend_and_penalty": ("penalty_wins", "penalty_then_up"),
    "lead_commend": ("to_quarter_end", "whole_quarter"),
    "lead_up": ("at_most_one", "stack"),
    "penalty_from": ("second", "next"),
    "rep_probation": ("by_score", "flat"),
    "part_month": ("full", "by_calendar_day", "by_workday", "by_21_75"),
    "no_score": ("refuse", "zero"),
}


def random_department(
    rng: random.Random, people: int | None = None, readings: dict[str, str] | None = None, *, post_changes: bool = True
) -> dict:
    """A random department that is valid for payroll 2016-11 and 2016-12 and for review 2016Q4 and 2017Q1.

    `people`: about how many (default 6 to 28). `readings`: values to be used (default: random ones, some of them
    left out of 参数). `post_changes`: with people who change their 岗位.
    """
    department: dict = {name: [] for name in HEADINGS}
    department["_options"] = {
        "percent_cells": rng.random() < 0.5,
        "suffix": rng.random() < 0.3,
        "title_row": rng.random() < 0.3,
    }
    if readings is None:
        readings = {name: rng.choice(values) for name, values in _READING_VALUES.items() if rng.random() < 0.6}
    typed_only = _random_parameters(rng, department, readings)
    people = rng.randint(6, 28) if people is None else max(people, 3)
    teams = ["一组", "二组", "三组", "四组"][: rng.randint(1, min(4, max(1, people // 5)))]
    anchors = _random_people(rng, department, people, teams, post_changes)
    _random_rows(rng, department, anchors, readings.get("no_score") == "zero", typed_only)
    _random_ledger(rng, department)
    _random_items(rng, department)
    _random_forms(rng, department)
    return department


def _random_parameters(rng: random.Random, department: dict, readings: dict[str, str]) -> bool:
    """Fills 参数; True: the indicator points are blank, so that 得分 is typed."""
    rows = department["参数"]
    typed_only = rng.random() < 0.15
    for name, key, shown in DEMO_PARAMETERS:
        value: object = shown
        if name in ("rep.star_pay", "lead.star_pay") and rng.random() < 0.6:
            value = Decimal(shown) + rng.choice([Decimal("0.50"), Decimal("0.10"), Decimal("33.30"), Decimal("0.01")])
        if name in ("rep.post_pay", "rep.five_star_once") and rng.random() < 0.4:
            value = Decimal(shown) + rng.choice([Decimal("0.55"), Decimal("0.01"), Decimal("12.34")])
        if typed_only and name.endswith("indicator_points"):
            value = None
        rows.append({"参数": name, "键": key, "值": value, "来源": "示例"})

    def dated(name: str, key, value, day: date | None, chance: float) -> None:
        if rng.random() < chance:
            rows.append({"参数": name, "键": key, "值": value, "生效日期": day, "来源": "公司"})

    dated("rep.five_star_share", None, rng.choice([Decimal("12.5"), 10, 20, 30, 40, 50]), None, 0.7)
    dated("rep.five_star_share", None, rng.choice([1, 15, 25]), date(2017, 1, 1), 0.2)
    dated("rep.star_pay", 3, Decimal("1250.05"), date(2016, 12, 15), 0.3)
    dated("lead.star_pay", 2, Decimal("2100.50"), date(2016, 11, 3), 0.3)
    dated("rep.post_pay", "初级", Decimal("1850.55"), date(2016, 12, 1), 0.3)
    dated("lead.post_pay", None, Decimal("2888.88"), rng.choice([None, date(2016, 12, 31)]), 0.3)
    dated("full_attendance_bonus", None, Decimal("250.50"), rng.choice([None, date(2016, 12, 15)]), 0.3)
    dated("full_attendance.comp_off_max", None, rng.choice([1, 2, 4]), rng.choice([None, date(2016, 10, 1)]), 0.25)
    rate = rng.choice([Decimal("85.5"), 80, 95, 50])
    dated("rep.probation_rate", None, rate, rng.choice([None, date(2016, 12, 1)]), 0.25)
    dated("rep.probation_floor", None, rng.choice([75, Decimal("72.5")]), None, 0.2)
    dated("lead.probation_floor", None, rng.choice([75, Decimal("82.25")]), None, 0.2)
    dated("lead.satisfaction_up", None, rng.choice([98, Decimal("98.5")]), rng.choice([None, date(2016, 12, 1)]), 0.25)
    dated("lead.late_max", None, 2, None, 0.2)
    dated("lead.leave_hours_max", None, rng.choice([24, Decimal("39.5")]), None, 0.2)
    dated("award.服务明星", None, Decimal("188.88"), rng.choice([None, date(2016, 12, 1)]), 0.2)
    dated("rep.star_score", 3, Decimal("87.5"), date(2017, 1, 1), 0.2)
    dated("lead.star_score", 2, Decimal("81.25"), date(2017, 1, 1), 0.2)
    dated("law.min_wage", None, rng.choice([2200, Decimal("2800.50")]), None, 0.4)
    dated("law.probation_share", None, rng.choice([80, 95]), None, 0.2)
    if rng.random() < 0.4:
        rows.append({"参数": "policy", "键": None, "值": "bozhen-2016"})
    rows += [{"参数": f"reading.{name}", "键": None, "值": value} for name, value in readings.items()]
    if rng.random() < 0.3:
        rng.shuffle(rows)
    return typed_only


def _random_people(rng: random.Random, department: dict, people: int, teams: list[str], post_changes: bool) -> set[str]:
    """花名册 and 人事变动. The anchors (one rep a team) stay throughout, so that each lead has a basis."""
    roster, changes = department["花名册"], department["人事变动"]
    joined_before = [date(2014, 5, 5), date(2015, 1, 5), date(2015, 1, 5), date(2015, 9, 1), date(2016, 2, 29)]
    anchors: set[str] = set()
    numbers = rng.sample(range(1, max(999, people * 4)), people * 2 + 20)
    style = rng.choice(["{:03d}", "A{:03d}", "{:05d}", "{}"])  # "{}": "10" stands before "9"
    used = iter([style.format(n) for n in numbers])

    def add(post: str, team: str | None, joined: date, confirmed: date | None, left: date | None = None) -> dict:
        number = next(used)
        level = rng.choice(["初级", "中级", "高级"])
        own = Decimal(rng.choice(["2000", "2100.55", "2350.01", "1999.99"])) if rng.random() < 0.35 else None
        name = rng.choice(["王芳", "李娜", "张伟", "刘洋", "陈静"])  # names need not be unique
        person = _person(number, name, post, team, joined, 职级=level, 转正日期=confirmed, 离职日期=left, 岗位工资=own)
        roster.append(person)
        return person

    def change(person: dict, item: str, old, new, day: date) -> None:
        changes.append({"工号": person["工号"], "生效日期": day, "项目": item, "原值": old, "新值": new})
        person[item] = new

    some_days = [date(2016, 8, 10), date(2016, 10, 1), date(2016, 10, 20), date(2016, 11, 1), date(2016, 11, 15)]
    some_days += [date(2016, 11, 30), date(2016, 12, 1), date(2016, 12, 9), date(2017, 1, 1), date(2017, 1, 20)]

    for team in teams:
        anchors.add(add(REP, team, date(2014, 5, 5), date(2014, 8, 1))["工号"])
        for _ in range(rng.choice([0, 1, 1, 1, 1, 2])):
            kind = rng.choice(["old", "old", "old", "new", "new", "never", "quarter"])
            joined, confirmed = rng.choice(joined_before[:4]), date(2015, 12, 1)
            if kind == "new":
                joined = rng.choice([date(2016, 6, 20), date(2016, 8, 15), date(2016, 9, 30), date(2016, 11, 10)])
                confirmed = rng.choice([date(2016, 11, 10), date(2016, 11, 30), date(2016, 12, 1), date(2016, 12, 20)])
            elif kind == "never":
                joined, confirmed = date(2016, 8, 22), rng.choice([None, date(2017, 3, 1)])
            elif kind == "quarter":
                joined = date(2016, 7, 1)
                confirmed = rng.choice([date(2016, 10, 1), date(2017, 1, 1), date(2016, 9, 5)])
            lead = add(LEAD, team, joined, confirmed)
            if rng.random() < 0.5:
                lead["职级"] = None
            if rng.random() < 0.15:
                left = rng.choice([date(2016, 11, 12), date(2016, 12, 31), date(2017, 1, 1)])
                if left >= joined and (confirmed is None or confirmed <= left):
                    lead["离职日期"] = left

    for _ in range(max(people - len(roster), 2)):
        team = rng.choice([*teams, *teams, *teams, None])
        kind = rng.choice(["old", "old", "old", "old", "Q3", "Q4", "Q4", "first", "same", "never", "later"])
        joined, confirmed = rng.choice(joined_before), date(2016, 3, 1)
        if kind == "Q3":
            confirmed = rng.choice([date(2016, 7, 1), date(2016, 8, 31), date(2016, 9, 30)])
        elif kind == "Q4":
            joined = rng.choice([date(2016, 5, 9), date(2016, 8, 1), date(2016, 9, 12)])
            confirmed = rng.choice(
                [date(2016, 10, 2), date(2016, 10, 31), date(2016, 11, 1), date(2016, 11, 15), date(2016, 11, 30),
                 date(2016, 12, 1), date(2016, 12, 31)]
            )  # fmt: skip
        elif kind == "first":
            joined = rng.choice([date(2016, 7, 1), date(2016, 9, 1)])
            confirmed = rng.choice([date(2016, 10, 1), date(2017, 1, 1)])
        elif kind == "same":
            joined = rng.choice([date(2016, 10, 10), date(2016, 11, 1), date(2016, 11, 21), date(2016, 12, 3)])
            confirmed = joined
        elif kind == "never":
            joined = rng.choice([date(2016, 9, 1), date(2016, 10, 17), date(2016, 11, 30), date(2016, 12, 31)])
            confirmed = None
        elif kind == "later":
            joined, confirmed = rng.choice([date(2016, 10, 8), date(2016, 11, 14)]), date(2017, 2, 1)
        left = None
        if rng.random() < 0.18:
            left = rng.choice(
                [date(2016, 8, 19), date(2016, 9, 30), date(2016, 10, 1), date(2016, 11, 1), date(2016, 11, 18),
                 date(2016, 11, 30), date(2016, 12, 1), date(2016, 12, 30), date(2016, 12, 31), date(2017, 1, 1)]
            )  # fmt: skip
            if left < joined or (confirmed is not None and left < confirmed):
                left = None
        person = add(REP, team, joined, confirmed, left)
        roll = rng.random()
        if kind == "old" and left is None and post_changes and roll < 0.12 and team is not None:
            # 岗位 changed: 升为领班, or an earlier lead who became a rep; no entries for them (see _random_ledger)
            day = rng.choice([d for d in some_days if d < date(2017, 1, 1)])
            if rng.random() < 0.6:
                change(person, "岗位", REP, LEAD, day)
            else:
                change(person, "岗位", LEAD, REP, day)
        elif left is None and roll < 0.3:
            if team is not None and len(teams) > 1:
                other = rng.choice([t for t in teams if t != team])
                days = sorted(rng.sample([d for d in some_days if d > joined], 2))
                change(person, "班组", team, other, days[0])
                if rng.random() < 0.3:
                    change(person, "班组", other, team, days[1])
        elif left is None and roll < 0.4:
            person["岗位工资"] = None
            higher = {"初级": "中级", "中级": "高级", "高级": "中级"}[person["职级"]]
            change(person, "职级", person["职级"], higher, rng.choice([d for d in some_days if d > joined]))
        elif left is None and roll < 0.5:
            day = rng.choice([d for d in some_days if d > joined])
            change(person, "岗位工资", Decimal("1900.50"), Decimal("2111.11"), day)
    if rng.random() < 0.5:
        rng.shuffle(roster)
    if rng.random() < 0.5:
        rng.shuffle(changes)
    return anchors


def _post_in(department: dict, person: dict, month: str) -> str:
    """The 岗位 of a month (there is at most one change of 岗位 a person here)."""
    for row in department["人事变动"]:
        if row["工号"] == person["工号"] and row["项目"] == "岗位":
            return row["新值"] if row["生效日期"] <= _month_last(month) else row["原值"]
    return person["岗位"]


def _changes_post(department: dict, person: dict) -> bool:
    return any(r["工号"] == person["工号"] and r["项目"] == "岗位" for r in department["人事变动"])


def _split_points(rng: random.Random, total: Decimal, limits: dict[str, int]) -> dict[str, Decimal]:
    """Points per indicator, each within its limit, that sum to the total."""
    names, points, rest = list(limits), {}, total
    rng.shuffle(names)
    room = Decimal(sum(limits.values()))
    for name in names:
        room -= limits[name]
        least, most = max(Decimal(0), rest - room), min(Decimal(limits[name]), rest)
        points[name] = rng.choice([least, most, most])
        rest -= points[name]
    assert rest == 0
    return points


def _random_rows(rng: random.Random, department: dict, anchors: set[str], zero_ok: bool, typed_only: bool) -> None:
    """考勤, 月度考核, 技能考核."""
    limits = {
        REP: dict(zip(REP_INDICATORS, (25, 20, 20, 15, 20), strict=True)),
        LEAD: dict(zip(LEAD_INDICATORS, (30, 30, 20, 20), strict=True)),
    }
    clean = rng.choice([0.5, 0.7, 0.9])  # how tidy the department's attendance is
    for person in department["花名册"]:
        number = person["工号"]
        tidy, strong = rng.random() < 0.6, rng.random() < 0.4
        calm = _changes_post(department, person)
        often_off = rng.choice([0, 0, 0.1, 0.5])
        months = [m for m in MONTHS if _in_month(person, m)]
        for month in months:
            counts: dict = {c: rng.choice([None, 0]) for c in (*COUNTS, "病假小时", "事假小时")}
            if not tidy and rng.random() > clean:
                counts["迟到次数"] = rng.choice([0, 0, 0, 1, 2, 3])
                counts["早退次数"] = rng.choice([0, 0, 0, 1])
                for kind in ("病假", "事假"):
                    times = rng.choice([0, 0, 1, 2, 3])
                    counts[f"{kind}次数"] = times
                    counts[f"{kind}小时"] = times * rng.choice([4, 8, Decimal("12.5"), 20])
                counts["旷工次数"] = 0 if calm else rng.choice([0, 0, 0, 0, 1])
                counts["私自换班次数"] = rng.choice([0, 0, 0, 1])
            if rng.random() < often_off:
                counts["调休次数"] = rng.choice([1, 1, 2, 3, 4])
            department["考勤"].append(_attendance_row(number, month, **counts))

        scored = set(months)
        if number not in anchors:
            for month in months:
                free = month < "2016-11" or zero_ok
                if free and rng.random() < 0.08:
                    scored.discard(month)
            for quarter in (MONTHS[:3], MONTHS[3:]):  # at least one score a quarter, for the review
                here = [m for m in months if m in quarter]
                if here and not scored & set(here):
                    scored.add(here[-1])
        for month in months:
            post = _post_in(department, person, month)
            if month not in scored and rng.random() < 0.5:
                continue
            row = _score_row(post, number, month, 姓名=person["姓名"] if rng.random() < 0.5 else None)
            if month in scored:
                total = rng.choice(_HIGH_TOTALS if strong else _TOTALS)
                way = "typed" if typed_only else rng.choice(["typed", "points", "both"])
                if way in ("typed", "both"):
                    row["得分"] = total
                if way in ("points", "both"):
                    row |= _split_points(rng, total, limits[post])
                if way == "both" and rng.random() < 0.5:
                    row["得分"] = total.quantize(Decimal("0.01"), ROUND_HALF_UP)
            if post == LEAD:
                row["服务满意度"] = rng.choice([None, Decimal("98.9"), 99, Decimal("99.5"), 100, Decimal("98.96"), 95])
            department[REP_SCORES if post == REP else LEAD_SCORES].append(row)

        for quarter in ("2016Q4", "2017Q1"):
            if rng.random() < 0.85:
                speed = rng.choice([90, 90, 95, 100] if strong else [55, 60, 69, 70, 75, 80, 90, Decimal("79.5")])
                department["技能考核"].append({"期间": quarter, "工号": number, "打字速度": speed, "通用技能": None})
        for month in months:
            if rng.random() < 0.6:
                general = rng.choice([70, 80, 80, 90, 90, Decimal("90.5")])
                department["技能考核"].append({"期间": month, "工号": number, "打字速度": None, "通用技能": general})
    for sheet in ("考勤", REP_SCORES, LEAD_SCORES, "技能考核"):
        if rng.random() < 0.5:
            rng.shuffle(department[sheet])


def _random_day(rng: random.Random, person: dict, month: str) -> date:
    """A day of the month on which the person is on the roster."""
    first = max(_month_first(month), person["入职日期"])
    last = _month_last(month) if person["离职日期"] is None else min(_month_last(month), person["离职日期"])
    return first + timedelta(days=rng.randint(0, (last - first).days))


def _random_ledger(rng: random.Random, department: dict) -> None:
    """奖惩台账: every 事项, every 成立 that is decided; several a person, in months running."""
    for person in department["花名册"]:
        if _changes_post(department, person):
            continue
        months = [m for m in MONTHS if _in_month(person, m)]
        eventful = rng.choice([0, 0, 0.1, 0.3, 0.6])
        some = ("违反制度", "通报批评", "服务态度异常")
        kinds = rng.choice([_EVENTS, ("书面表扬",), ("服务态度异常",), some, _EVENTS])
        for month in months:
            for _ in range(rng.choice([1, 1, 2]) if rng.random() < eventful else 0):
                kind = rng.choice(kinds)
                if person["岗位"] == REP and kind in ("违反制度", "通报批评", "重大工作失误") and rng.random() < 0.5:
                    continue  # or no lead would ever be above 0 stars
                decided = ["是", "是", "否"] if kind in ("服务态度投诉", "重大工作失误") else ["是", None, None, "否"]
                department["奖惩台账"].append(
                    {
                        "日期": _random_day(rng, person, month),
                        "工号": person["工号"],
                        "事项": kind,
                        "成立": rng.choice(decided),
                        "说明": rng.choice([None, "主管记录"]),
                    }
                )
    rng.shuffle(department["奖惩台账"])


def _random_items(rng: random.Random, department: dict) -> None:
    if rng.random() < 0.3:
        return
    for month in ("2016-11", "2016-12"):
        for item, side in rng.sample(_ITEMS, rng.randint(0, len(_ITEMS))):
            for person in department["花名册"]:
                if not _in_month(person, month) or rng.random() < 0.5:
                    continue
                for _ in range(rng.choice([1, 1, 2])):
                    amount = Decimal(rng.choice(["100", "33.33", "0.01", "256.78", "-50", "0"]))
                    row = {"月份": month, "工号": person["工号"], "项目": item, "金额": amount, "计入": side}
                    department["其他项目"].append(row)


def _random_forms(rng: random.Random, department: dict) -> None:
    """附表1 and 附表3 of 2016Q4: from the oracle's review, some overridden with 确认星级 and 评审意见."""
    from tests.oracle import bozhen as oracle

    form_of = {REP: REP_STARS, LEAD: LEAD_STARS}
    top = {REP: 5, LEAD: 4}
    people = {p["工号"]: p for p in department["花名册"]}

    def confirmed(post: str) -> dict:
        return {"确认星级": rng.randint(0, top[post]), "评审意见": rng.choice(["评审小组决定", "同意"])}

    for line in oracle.review(department, "2016Q4")["reviews"]:
        row = dict.fromkeys(_STAR_HEADINGS) | {"季度": "2016Q4", "工号": line["工号"], "评定星级": line["评定星级"]}
        row["姓名"] = people[line["工号"]]["姓名"]
        row["综合分值"] = Decimal(line["综合分值"])
        if line["岗位"] == REP:
            row |= {"出勤达标": "是" if line["出勤达标"] else "否", "技能成绩": Decimal(line["技能成绩"])}
        roll = rng.random()
        if roll < 0.2:
            row |= confirmed(line["岗位"])
        elif roll < 0.3:
            row["评审意见"] = "同意"
        elif roll < 0.4 and line["岗位"] == REP:
            row |= {"确认星级": rng.choice([4, 5]), "评审意见": "评审小组决定"}
        department[form_of[line["岗位"]]].append(row)

    for person in department["花名册"]:
        number = person["工号"]
        blank = dict.fromkeys(_STAR_HEADINGS) | {"季度": "2016Q4", "工号": number}
        for change in department["人事变动"]:
            if change["工号"] != number or change["项目"] != "岗位":
                continue
            if date(2016, 10, 1) <= change["生效日期"] <= date(2016, 12, 31):
                form = department[form_of[change["新值"]]]
                rows = [r for r in form if r["工号"] == number]
                if not rows:
                    form.append(blank)
                    rows = [blank]
                rows[0] |= confirmed(change["新值"])
        day = person["转正日期"]
        if day is None or not date(2016, 10, 1) < day <= date(2016, 12, 31):
            continue
        if rng.random() < 0.25 or (person["岗位"] == LEAD and not _scored_before(department, person)):
            department[form_of[person["岗位"]]].append(blank | confirmed(person["岗位"]))
    for sheet in form_of.values():
        if rng.random() < 0.3:
            rng.shuffle(department[sheet])


def _scored_before(department: dict, person: dict) -> bool:
    """Has a lead an own score in the three months before the month of 转正日期?"""
    first = person["转正日期"].replace(day=1)
    months = []
    for _ in range(3):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(f"{first:%Y-%m}")
    values = ("得分", *LEAD_INDICATORS)
    return any(
        row["工号"] == person["工号"] and row["月份"] in months and any(row[v] is not None for v in values)
        for row in department[LEAD_SCORES]
    )


# ----------------------------------------------------------------------------------------------- tables of cases

_DATES = {"入职日期", "转正日期", "离职日期", "生效日期"}
_TEXTS = {"姓名", "岗位", "职级", "班组", "评审意见", "事项", "成立", "项目", "原值", "新值"}


def load_cases(path: str | Path) -> list[dict]:
    """The cases of a table, each with the keys of its group (组, 条款, 读法 …) as defaults. All scalars are text."""
    groups = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    cases = []
    for group in groups:
        shared = {key: value for key, value in group.items() if key != "例"}
        for case in group["例"]:
            merged = shared | case
            for key in ("读法", "参数"):  # a case adds to its group's
                if key in shared and key in case:
                    merged[key] = shared[key] | case[key]
            cases.append(merged)
    return cases


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _value(heading: str, text: str):
    """A cell from the text of a table of cases; 空 or nothing is a blank cell."""
    if text in ("", "空"):
        return None
    if heading in _DATES:
        return _day(text)
    return text if heading in _TEXTS else Decimal(text)


def _find(rows: list[dict], make: dict) -> dict:
    """The row whose keys are those of `make`, added when there is none."""
    for row in rows:
        if all(row.get(k) == v for k, v in make.items()):
            return row
    rows.append(dict(make))
    return rows[-1]


def _drop_months(department: dict, person: dict) -> None:
    """Takes away the rows of months in which the person is not on the roster."""
    for sheet in ("考勤", REP_SCORES, LEAD_SCORES):
        department[sheet] = [
            r for r in department[sheet] if r["工号"] != person["工号"] or _in_month(person, r["月份"])
        ]


def _by_month(values: dict | str, month: str) -> dict:
    """{工号: x} is about the case's month; {工号: {2016-10: x}} names the months."""
    if isinstance(values, dict) and values and all(len(k) == 7 and k[4] == "-" for k in values):
        return values
    return {month: values}


def case_department(case: dict) -> dict:
    """base_department() with the overrides of a case of tests/cases/bozhen-2016.yaml (see its head)."""
    department = copy.deepcopy(base_department())
    month = case.get("月份", "2016-11")
    quarter = case.get("季度", _quarter(month))
    roster = department["花名册"]

    for number, columns in case.get("员工", {}).items():
        person = next((p for p in roster if p["工号"] == number), None)
        cells = {heading: _value(heading, text) for heading, text in columns.items()}
        if person is not None:
            person |= cells
            _drop_months(department, person)
            _fill_months(department, person)
        else:
            person = _person(number, f"新人{number}", REP, "二组", date(2016, 8, 1), 职级="初级") | cells
            roster.append(person)
            _fill_months(department, person)
    for index in range(int(case.get("增加代表", 0))):
        person = _person(f"5{index:02d}", f"增员{index}", REP, "二组", date(2016, 9, 1), 职级="初级")
        roster.append(person)
        _fill_months(department, person)

    for text in case.get("变动", []):  # "日期 工号 项目 原值 新值"
        day, number, item, old, new = text.split()
        if item == "岗位":  # 花名册 shows today's state, the forms follow the 岗位 of each month
            for sheet, other, gone in ((REP_SCORES, LEAD_SCORES, REP), (LEAD_SCORES, REP_SCORES, LEAD)):
                keep = []
                for row in department[sheet]:
                    in_month = new if _day(day) <= _month_last(row["月份"]) else old
                    if row["工号"] != number or in_month == gone:
                        keep.append(row)
                    else:
                        department[other].append(_score_row(in_month, number, row["月份"], row["得分"]))
                department[sheet] = keep
        value = Decimal(new) if item == "岗位工资" else new
        before = _value("原值", old)
        if item == "岗位工资" and before is not None:
            before = Decimal(before)
        next(p for p in roster if p["工号"] == number)[item] = value
        department["人事变动"].append(
            {"工号": number, "生效日期": _day(day), "项目": item, "原值": before, "新值": value}
        )

    def post_in(number: str, in_month: str) -> str:
        person = next(p for p in roster if p["工号"] == number)
        return _post_in(department, person, in_month)

    for number, values in case.get("考勤", {}).items():
        for when, columns in _by_month(values, month).items():
            if columns == "无":
                department["考勤"] = [r for r in department["考勤"] if (r["工号"], r["月份"]) != (number, when)]
                continue
            row = _find(department["考勤"], {"月份": when, "工号": number})
            row |= {heading: _value(heading, text) for heading, text in columns.items()}
    for number, values in case.get("得分", {}).items():
        for when, text in _by_month(values, month).items():
            sheet = department[REP_SCORES if post_in(number, when) == REP else LEAD_SCORES]
            _find(sheet, {"月份": when, "工号": number})["得分"] = _value("得分", text)
    for number, scores in case.get("季度得分", {}).items():  # of the quarter before: one for all or three
        person = next(p for p in roster if p["工号"] == number)
        texts = scores.split() * (1 if " " in scores else 3)
        for when, text in zip(_months_before(quarter), texts, strict=True):
            if _in_month(person, when):
                sheet = department[REP_SCORES if post_in(number, when) == REP else LEAD_SCORES]
                _find(sheet, {"月份": when, "工号": number})["得分"] = _value("得分", text)
    for number, points in case.get("指标", {}).items():
        sheet = department[REP_SCORES if post_in(number, month) == REP else LEAD_SCORES]
        row = _find(sheet, {"月份": month, "工号": number})
        row |= {"得分": None} | {heading: _value(heading, text) for heading, text in points.items()}
    for number, text in case.get("满意度", {}).items():
        _find(department[LEAD_SCORES], {"月份": month, "工号": number})["服务满意度"] = _value("服务满意度", text)
    for number, text in case.get("打字", {}).items():
        _find(department["技能考核"], {"期间": quarter, "工号": number})["打字速度"] = _value("打字速度", text)
    for number, text in case.get("通用技能", {}).items():
        _find(department["技能考核"], {"期间": month, "工号": number})["通用技能"] = _value("通用技能", text)

    for text in case.get("奖惩", []):  # "日期 工号 事项 [成立]"
        day, number, kind, *decided = text.split()
        department["奖惩台账"].append(
            {"日期": _day(day), "工号": number, "事项": kind, "成立": decided[0] if decided else None}
        )
    for text in case.get("其他", []):  # "月份 工号 项目 金额 计入"
        when, number, item, amount, side = text.split()
        department["其他项目"].append(
            {"月份": when, "工号": number, "项目": item, "金额": Decimal(amount), "计入": side}
        )

    for number, star in case.get("星级", {}).items():
        # a number: 评定星级; {确认: n, 意见: …}: 确认星级 too; 无: no row. The form follows the 岗位 of the month
        sheet = REP_STARS if post_in(number, month) == REP else LEAD_STARS
        rows = [r for r in department[sheet] if (r["工号"], r["季度"]) != (number, quarter)]
        if star != "无":
            row = dict.fromkeys(_STAR_HEADINGS) | {"季度": quarter, "工号": number}
            if isinstance(star, dict):
                row |= {"评定星级": _number(star.get("评定")), "确认星级": _number(star.get("确认"))}
                row["评审意见"] = star.get("意见")
            else:
                row["评定星级"] = int(star)
            rows.append(row)
        department[sheet] = rows

    for name, value in case.get("参数", {}).items():  # "id" or "id.键"; {日期: 值} is dated; 空: no value
        _set_parameter(department["参数"], name, value)
    for name, value in case.get("读法", {}).items():
        department["参数"].append({"参数": f"reading.{name}", "键": None, "值": value})
    return department


def _number(text: str | None) -> int | None:
    return None if text in (None, "", "空") else int(text)


def _set_parameter(rows: list[dict], name: str, value: dict | str) -> None:
    base, _, last = name.rpartition(".")
    keyed = base.split(".")[-1] in {"star_pay", "star_score", "star_skill", "post_pay", "indicator_points"}
    key = (int(last) if last.isdigit() else last) if keyed else None
    identifier = base if keyed else name
    if isinstance(value, dict):
        for day, text in value.items():
            rows.append({"参数": identifier, "键": key, "值": Decimal(text), "生效日期": _day(day)})
        return
    row = _find(rows, {"参数": identifier, "键": key})
    row["值"] = _value("值", value)


def differences(case: dict, result: dict) -> list[str]:
    """What of 期望 and 标记 the JSON of payroll or review (the oracle's or the engine's) does not show."""
    lines = {line["工号"]: line for line in result.get("lines", result.get("reviews"))}
    wrong = []
    for number, columns in case.get("期望", {}).items():
        line = result["totals"] if number == "合计" else lines.get(number)
        if columns == "无":  # not among the lines
            if line is not None:
                wrong.append(f"{number}: listed")
            continue
        if line is None:
            wrong.append(f"{number}: no line")
            continue
        for column, expected in columns.items():
            found = line.get(column)
            if isinstance(found, bool):
                found = "是" if found else "否"
            elif found is None:
                found = "无"
            elif isinstance(found, int):
                found = str(found)
            if found != expected:
                wrong.append(f"{number} {column}: expected {expected}, found {found}")
    # a review of the engine has no `marks` (WORKBOOK.md): there 备注 is the mark
    marks = [(m["工号"], m["text"]) if isinstance(m, dict) else m for m in result.get("marks", ())]
    if "marks" not in result:
        marks += [(number, line["备注"]) for number, line in lines.items() if line.get("备注")]
    for number, word in case.get("标记", {}).items():
        if not any(m[0] == number and (word == "有" or word in m[1]) for m in marks):
            wrong.append(f"{number}: no mark {word}")
    for number, word in case.get("无标记", {}).items():
        if any(m[0] == number and word in m[1] for m in marks):
            wrong.append(f"{number}: mark {word}")
    return wrong
