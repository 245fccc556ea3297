"""The oracle of the policy bozhen-2016: plain, slow, obvious, one person at a time.

Written from BOZHEN.md and WORKBOOK.md alone and sharing no code with ``xl_kpi``. All arithmetic is
``decimal.Decimal`` / ``fractions.Fraction``. A *department* is the plain dict of ``tests/departments.py``:
``{sheet name: [row dict, ...]}``; months are text ``2016-11``, quarters text ``2016Q4``, percent
quantities are percent numbers (99 means 99%).

``review(department, quarter)`` and ``payroll(department, month)`` give the JSON of WORKBOOK.md without
``problems`` and 备注; the key ``marks`` holds a set of ``(工号, code)``. Departments that must be refused
raise ``MustRefuse``; only the refusals that the computation itself meets are looked for (no 体检 here).
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from fractions import Fraction

POLICY = "bozhen-2016"
REP, LEAD = "客服代表", "客服领班"
TOP_STAR = {REP: 5, LEAD: 4}
MONTHLY_FORM = {REP: "月度考核_客服代表", LEAD: "月度考核_客服领班"}
STAR_FORM = {REP: "季度星级_客服代表", LEAD: "季度星级_客服领班"}
INDICATORS = {
    REP: ("工作量", "出错率", "满席度", "投诉处理", "日常任务"),
    LEAD: ("统筹管理", "现场管理", "培训管理", "日常管理"),
}
ID_OF = {REP: "rep", LEAD: "lead"}
AWARDS = ("服务明星", "进步之星", "效能之星")
FIRST_MONTH = "2016-11"

# (sentence of the spec, what the oracle does, the alternative)
READING_NOTES: list[tuple[str, str, str]] = [
    (
        "人事变动: 'For a month counts the 新值 of the last row dated on or before the month's last day' and "
        "'on the roster on the first day of Q': 岗位 on which day decides the review?",
        "N01 for the review the 岗位 as of Q's FIRST DAY (a change dated on that very day is already in force); "
        "the quota counts the reps of that day too",
        "岗位 of Q's first month (as of its last day), or as of the last day of Q-1",
    ),
    (
        "'After a change of 岗位 within Q the star is the 确认星级 of a row on the new post's form of Q'",
        "N02 'within Q' = after Q's first day, up to the paid month's last day; a change dated on Q's first day is "
        "reviewed in the new post, its 评定星级 serves. Changed and changed back within Q also needs a 确认星级",
        "a change on Q's first day counts as within Q and needs the 确认星级; changed back = the old form serves",
    ),
    (
        "'the reps who were in the lead's team on the last day of Q-1': the lead's team on which day?",
        "N03 the lead's own 班组 as of the last day of Q-1 as well (the team led during the reviewed quarter)",
        "the lead's 班组 on the first day of Q",
    ),
    (
        "'of the lead or of a rep in the team in that month' when the rep changes team within the month",
        "N04 班组 and 岗位 of the month (as of its last day), for rep and lead alike: the NEW team's lead is hit, even "
        "by an entry dated before the move",
        "the rep's team on the date of the entry",
    ),
    (
        "'of the lead or of a rep in the team': a second lead in the same team",
        "N05 one lead's own entry does not touch the other lead of the team",
        "组内 includes the other lead",
    ),
    (
        "综合分值 / last month's score / own scores, for a person who held the other 岗位 in one of these months",
        "N06 a month's score is the score on the form of the 岗位 held in that month, whichever it is, and counts",
        "only scores of the present post's form count",
    ),
    (
        "表扬, offences and the ladder across a change of 岗位",
        "N07 the 岗位 of the paid month chooses the rule; it looks at all entries of the person outside 试用 months, "
        "also those of months in the other post (an offence month of a lead is judged by the rep's list)",
        "only entries made in months of the same post",
    ),
    (
        "'Offences and 表扬 of a person's 试用 months move nothing of that person's own, then or later' and "
        "服务态度异常 in two months of which the first is 试用",
        "N08 entries and 旷工 of 试用 months are not there at all for the person: 异常 in the first regular month is a "
        "first month; the month of 转正日期 as a whole is regular, also its days before 转正日期",
        "异常 of the 试用 month makes the next one a second month in a row; days before 转正日期 are 试用",
    ),
    (
        "full_attendance `pooled` / `each_at_most`: '≤ 3' beside the parameter `full_attendance.comp_off_max` (3)",
        "N09 every 3 of these readings is the parameter (also the 3 of 病事假)",
        "only 调休 ≤ parameter, 病事假 ≤ 3 fixed",
    ),
    (
        "each_at_most: '病事假 ≤ 3'",
        "N10 病假 + 事假 together ≤ 3",
        "病假 ≤ 3 and 事假 ≤ 3 each",
    ),
    (
        "absence_breaks_full under literal_or",
        "N11 (literal_or's test) and 旷工 = 0",
        "旷工 only joins the first bracket",
    ),
    (
        "part_month: 'under these 全勤奖 needs the whole month, awards ask for the attendance test only'",
        "N12 the column 全勤 shows the attendance test; 全勤奖 is 0 for a part month although 全勤 is true",
        "全勤 itself becomes false and the awards look at a separate test",
    ),
    (
        "part_month by_21_75: 'the same plus statutory holidays, which are paid, / 21.75'",
        "N13 every statutory holiday on the roster counts as one day, on a weekend too (that is how 21.75 comes "
        "about); make-up workdays count as workdays, bridging days off don't",
        "only statutory holidays that fall on Monday to Friday",
    ),
    (
        "'the star that the mean of the own scores of the (up to three) months before it reaches' (lead, 6.5)",
        "N14 'it' = the month of 转正日期; the three calendar months before, those with a score; "
        "lines (lead.star_score) of the PAID month, as no sentence but the review's says otherwise",
        "the last three months that have a score; lines of the month of 转正日期 or of Q's first month",
    ),
    (
        "'No skill test: counts as 0 and is marked': JSON",
        'N15 技能成绩 is "0.00"',
        "技能成绩 left out",
    ),
    (
        "no_score = zero: the columns and the awards of such a person",
        'N16 月度得分 "0.00"; a 试用 person\'s floor applies; the 0 takes part in 服务明星 (wins only where everybody '
        "eligible has 0) and can't win 进步之星 (rise ≤ 0)",
        "月度得分 left out; without a score no part in 服务明星",
    ),
    (
        "进步之星: 'greatest rise over last month's score'",
        "N17 last month really needs a score (typed or summed): without one no part, no_score = zero notwithstanding",
        "a missing last month counts as 0 under no_score = zero",
    ),
    (
        "Ties of awards: 'then 通用技能' for somebody without one",
        "N18 a missing 通用技能 ranks below every value, 0 included; no part in 效能之星",
        "missing = 0",
    ),
    (
        "'a tied first place is marked 并列'",
        "N19 tied = another candidate has the same value of the award's own measure (score / rise / 通用技能); the "
        "winner is marked",
        "tied only when all tie-breakers down to 工号 are equal",
    ),
    (
        "其他项目: a person without a row of a 项目 that others have in the month",
        'N20 the column is "0.00" for that person; columns of items that appear only in other months don\'t exist',
        "left out",
    ),
    (
        "班组 of a rep without a team: JSON",
        "N21 left out",
        "empty text",
    ),
    (
        "'The sheet may also replace a stated value' with a 生效日期 after the month",
        "N22 before the first dated value of the sheet the stated value holds; a row with blank 值 is as no row",
        "a sheet value displaces the stated one altogether: earlier months are refused",
    ),
    (
        "'The review of Q uses the values of Q's first month': full_attendance.comp_off_max in 季度出勤",
        "N23 Q's first month too, for all three months of Q-1, also under each_month",
        "each month of Q-1 with its own value",
    ),
    (
        "一次性奖励: 'when it lifts a rep to 5 or finds them at 5'",
        "N24 an entry in the month and 执行星级 = 5 (a 4-star rep lifted already by last month's 表扬 is "
        "'found at 5'); several entries in a month: once",
        "finds them at 5 only by 评定星级",
    ),
    (
        "`penalty_from` = next and 'flagged 可辞退 in those three months'",
        "N25 flagged in the three months after the second offence, not in the month of the second offence itself "
        "(unless another pair covers it)",
        "flagged from the second offence on",
    ),
    (
        "ladder: pairs in which the second month is already a penalty month",
        "N26 offences of m and m+1 are a pair whatever else lies on them: three offence months in a row are two pairs",
        "the ladder begins anew only after the three months have passed",
    ),
    (
        "lead_commend whole_quarter for a month before the entry",
        "N27 the entry counts for the earlier months of its quarter too (and in a quarter in which 转正 fell, "
        "unless the entry's own month was 试用)",
        "only from the month in which the entry is known",
    ),
    (
        "law.probation_share: '试用 pay below the share of what the person would get at the same star base without the "
        "discount'",
        "N28 应发合计 compared with the same 应发合计 in which 绩效工资 has 计发比例 100 (× share of part_month) "
        "and the same 计薪得分",
        "only 绩效工资 compared; or 岗位工资 + 绩效工资",
    ),
    (
        "'A winner at 0 stars is marked' / 试用 winners",
        "N29 marked when 执行星级 is 0, by penalty or by rating; 试用 winners have no star and no mark",
        "only 0 by penalty",
    ),
    (
        "No star yet: a person who is not on the list of the review of Q because 入职日期 is after Q's first day and "
        "转正日期 = 入职日期",
        "N30 treated as 转正 in Q: rep 3 stars, lead by own scores before (none: refused unless the form has a star)",
        "refused",
    ),
    (
        "Which star pays: a row whose 评定星级 and 确认星级 are both blank",
        "N31 as no row",
        "an error of its own",
    ),
    (
        "review: order of `reviews`, and a listed person whom the review can't rate but whose form row has 确认星级",
        "N32 order of 花名册, reps and leads mixed; the review is refused (the form's row helps payroll only)",
        "reps first; such a person is left out of the review",
    ),
    (
        "考勤 is required 'for each month on the roster of a reviewed quarter'",
        "N33 the oracle's review demands it of reviewed reps only (leads have no attendance test)",
        "of everybody on the roster in Q-1",
    ),
    (
        "得分 and indicators both given, 'compared at 0.01'",
        "N34 the sum of the indicators is used; refused when both rounded half up to 2 decimals differ",
        "the typed one is used; refused when |difference| ≥ 0.01 / > 0.01",
    ),
    (
        "ties 'then 工号'",
        'N35 工号 compared as text, character by character: "10" stands before "9"',
        "numeric 工号 compared as numbers",
    ),
    (
        "history for penalties: a month before the paid one on the roster without a row in 考勤",
        "N36 no 旷工 in that month (the level 'warning' of WORKBOOK.md), the ledger is still looked at",
        "refused",
    ),
    (
        "law.min_wage for a person on the roster for part of the month, or with negative 应发 items",
        "N37 应发合计 as it is against the whole month's minimum",
        "minimum × share; without 加班费 and 其他项目",
    ),
    (
        "rep_probation = flat: is the month's score needed?",
        "N38 yes: 'a score for every person and month paid, unless no_score is zero'; 计薪得分 is 100 whatever it is",
        "a flat 试用 rep needs no score",
    ),
    (
        "人事变动: two rows of one person and 项目 with one 生效日期",
        "N39 the lower row is the last (random departments don't have such rows)",
        "an error",
    ),
    (
        "part_month: awards and 一次性奖励",
        "N40 never prorated",
        "prorated like 绩效工资",
    ),
    (
        "'Offences in two months running' and the award test '投诉' of a month before the person's 转正 / of a lead",
        "N41 the award test looks at all entries of the month, those of 试用 months too (awards are no 'own move')",
        "entries of 试用 months don't bar a 试用 rep from awards",
    ),
]


class MustRefuse(Exception):
    """The data don't allow the computation; the program has to refuse them too."""


# ---------------------------------------------------------------------------------------------- periods


def month_of(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def month_first(month: str) -> date:
    return date(int(month[:4]), int(month[5:7]), 1)


def month_last(month: str) -> date:
    first = month_first(month)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def month_plus(month: str, n: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 + n
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def quarter_of(month: str) -> str:
    return f"{month[:4]}Q{(int(month[5:7]) - 1) // 3 + 1}"


def quarter_months(quarter: str) -> list[str]:
    first = f"{quarter[:4]}-{int(quarter[5]) * 3 - 2:02d}"
    return [first, month_plus(first, 1), month_plus(first, 2)]


def previous_quarter(quarter: str) -> str:
    return quarter_of(month_plus(quarter_months(quarter)[0], -1))


# ------------------------------------------------------------- the national calendar (part_month only)

_HOLIDAYS = {  # statutory holidays (法定节假日), one by one
    2016: "01-01 02-08 02-09 02-10 04-04 05-01 06-09 09-15 10-01 10-02 10-03",
    2017: "01-01 01-28 01-29 01-30 04-04 05-01 05-30 10-01 10-02 10-03 10-04",
}
_DAYS_OFF = {  # Mondays to Fridays that are free (holidays and bridging days)
    2016: "01-01 02-08 02-09 02-10 02-11 02-12 04-04 05-02 06-09 06-10 09-15 09-16 10-03 10-04 10-05 10-06 10-07",
    2017: "01-02 01-27 01-30 01-31 02-01 02-02 04-03 04-04 05-01 05-29 05-30 10-02 10-03 10-04 10-05 10-06",
}
_MAKE_UP = {  # Saturdays and Sundays that are worked (调休上班)
    2016: "02-06 02-14 06-12 09-18 10-08 10-09",
    2017: "01-22 02-04 04-01 05-27 09-30",
}


def is_workday(day: date) -> bool:
    if day.year not in _DAYS_OFF:
        raise MustRefuse(f"no calendar for {day.year}")
    text = f"{day:%m-%d}"
    if day.weekday() < 5:
        return text not in _DAYS_OFF[day.year].split()
    return text in _MAKE_UP[day.year].split()


def is_statutory_holiday(day: date) -> bool:
    if day.year not in _HOLIDAYS:
        raise MustRefuse(f"no calendar for {day.year}")
    return f"{day:%m-%d}" in _HOLIDAYS[day.year].split()


# --------------------------------------------------------------------------------------------- numbers


def exact(value) -> Fraction:
    assert not isinstance(value, float | bool), value
    return Fraction(value)


def half_up(value: Fraction, digits: int) -> Fraction:
    """Half up, half away from zero below 0 (3 Rounding)."""
    scaled = abs(value) * 10**digits
    whole = (scaled + Fraction(1, 2)).__floor__()
    return Fraction(-whole if value < 0 else whole, 10**digits)


def money(value: Fraction) -> str:
    assert value == half_up(value, 2), value
    cents = int(abs(value) * 100)
    return f"{'-' if value < 0 else ''}{cents // 100}.{cents % 100:02d}"


def number(value: Fraction) -> str:
    """Scores, 技能成绩, percents: 2 to 4 decimals."""
    ten_thousandths = int(half_up(abs(value), 4) * 10000)
    text = f"{'-' if value < 0 else ''}{ten_thousandths // 10000}.{ten_thousandths % 10000:04d}"
    for _ in range(2):
        if text.endswith("0"):
            text = text[:-1]
    return text


# ------------------------------------------------------------------------- parameters (1) and readings (2)

STATED = {
    ("rep.star_pay", "3"): 1200,
    ("lead.star_pay", "2"): 2000,
    ("lead.post_pay", ""): 2800,
    ("full_attendance_bonus", ""): 200,
    ("rep.five_star_share", ""): 5,
    ("rep.probation_rate", ""): 90,
    ("rep.probation_floor", ""): 70,
    ("lead.probation_floor", ""): 80,
    ("rep.confirm_score", ""): 70,
    ("lead.confirm_score", ""): 85,
    ("award.服务明星", ""): 200,
    ("award.进步之星", ""): 200,
    ("award.效能之星", ""): 200,
    ("full_attendance.comp_off_max", ""): 3,
    ("lead.satisfaction_up", ""): 99,
    ("lead.late_max", ""): 3,
    ("lead.leave_hours_max", ""): 40,
    ("law.probation_share", ""): 80,
}

READINGS = {  # default first
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


def find_parameter(department: dict, name: str, month: str, key="") -> Fraction | None:
    """The value that counts in `month`: the latest 生效日期 whose month has come; a blank date is the earliest."""
    found = {}
    for row in department["参数"]:
        row_key = "" if row.get("键") is None else str(row["键"])
        if row["参数"] != name or row_key != str(key) or row.get("值") is None:
            continue
        since = "" if row.get("生效日期") is None else month_of(row["生效日期"])
        if since in found:
            raise MustRefuse(f"{name} {key}: two values in one month")
        found[since] = exact(row["值"])
    in_force = [since for since in found if since <= month]
    if in_force:
        return found[max(in_force)]
    stated = STATED.get((name, str(key)))
    return None if stated is None else exact(stated)


def parameter(department: dict, name: str, month: str, key="") -> Fraction:
    value = find_parameter(department, name, month, key)
    if value is None:
        raise MustRefuse(f"parameter missing: {name} {key}")
    return value


def amount_parameter(department: dict, name: str, month: str, key="") -> Fraction:
    value = parameter(department, name, month, key)
    if value != half_up(value, 2):
        raise MustRefuse(f"{name} {key}: more than 2 decimals")
    return value


def reading(department: dict, name: str) -> str:
    """A reading has no date."""
    chosen = READINGS[name][0]
    for row in department["参数"]:
        if row["参数"] == f"reading.{name}" and row.get("值") is not None:
            chosen = row["值"]
    if chosen not in READINGS[name]:
        raise MustRefuse(f"reading.{name}: {chosen}")
    return chosen


# ------------------------------------------------------------------------------------ people and the roster


def on_roster(person: dict, day: date) -> bool:
    """入职日期 and 离职日期 are days worked."""
    return person["入职日期"] <= day and (person.get("离职日期") is None or day <= person["离职日期"])


def days_on_roster(person: dict, month: str) -> list[date]:
    day, days = month_first(month), []
    while day <= month_last(month):
        if on_roster(person, day):
            days.append(day)
        day += timedelta(days=1)
    return days


def in_month(person: dict, month: str) -> bool:
    return bool(days_on_roster(person, month))


def whole_month(person: dict, month: str) -> bool:
    """Whole month = every calendar day."""
    return on_roster(person, month_first(month)) and on_roster(person, month_last(month))


def held(department: dict, person: dict, item: str, day: date):
    """岗位 / 职级 / 班组 / 岗位工资 as of a day, from 人事变动 and 花名册."""
    rows = [row for row in department.get("人事变动", []) if row["工号"] == person["工号"] and row["项目"] == item]
    if not rows:
        return person.get(item)
    rows = sorted(rows, key=lambda row: row["生效日期"])  # stable: of one date the lower row is the last
    if rows[-1]["新值"] != person.get(item):
        raise MustRefuse(f"{person['工号']} {item}: the newest 新值 differs from 花名册")
    past = [row for row in rows if row["生效日期"] <= day]
    if past:
        return past[-1]["新值"]
    if rows[0].get("原值") is None:
        raise MustRefuse(f"{person['工号']} {item}: 原值 blank")
    return rows[0]["原值"]


def held_in(department: dict, person: dict, item: str, month: str):
    return held(department, person, item, month_last(month))


def status(person: dict, month: str) -> str:
    """试用 while 转正日期 is blank or after the month; 转正当月; 正式."""
    confirmed = person.get("转正日期")
    if confirmed is None or month_of(confirmed) > month:
        return "试用"
    return "转正当月" if month_of(confirmed) == month else "正式"


# ------------------------------------------------------------------------------------------------- scores


def month_score(department: dict, person: dict, month: str) -> Fraction | None:
    """A month's score (U-20): the sum of the points, or the 得分 typed; None without either."""
    post = held_in(department, person, "岗位", month)
    rows = [r for r in department[MONTHLY_FORM[post]] if r["工号"] == person["工号"] and r["月份"] == month]
    if not rows:
        return None
    if len(rows) > 1:
        raise MustRefuse(f"{person['工号']} {month}: two rows in {MONTHLY_FORM[post]}")
    row = rows[0]
    points = [row.get(name) for name in INDICATORS[post]]
    typed = None if row.get("得分") is None else exact(row["得分"])
    limits = [find_parameter(department, f"{ID_OF[post]}.indicator_points", month, n) for n in INDICATORS[post]]
    if all(p is None for p in points):
        limit = sum(limits) if all(x is not None for x in limits) else Fraction(100)
        if typed is not None and not 0 <= typed <= limit:
            raise MustRefuse(f"{person['工号']} {month}: 得分 out of range")
        return typed
    if any(p is None for p in points):
        raise MustRefuse(f"{person['工号']} {month}: all indicators or none")
    for point, limit in zip(points, limits, strict=True):
        if limit is None:
            raise MustRefuse("parameter missing: indicator_points")
        if not 0 <= exact(point) <= limit:
            raise MustRefuse(f"{person['工号']} {month}: points out of range")
    total = sum(exact(p) for p in points)
    if typed is not None and half_up(typed, 2) != half_up(total, 2):
        raise MustRefuse(f"{person['工号']} {month}: 得分 differs from the sum")
    return total


def score_to_pay(department: dict, person: dict, month: str) -> Fraction:
    """no_score (U-61): refuse, or 0 for the month paid only."""
    score = month_score(department, person, month)
    if score is not None:
        return score
    if reading(department, "no_score") == "zero":
        return Fraction(0)
    raise MustRefuse(f"{person['工号']} {month}: no score")


def composite(department: dict, person: dict, quarter: str) -> tuple[Fraction | None, bool]:
    """综合分值 over the months of `quarter` (U-18/23), and whether a month on the roster has no score."""
    scores = [month_score(department, person, m) for m in quarter_months(quarter) if in_month(person, m)]
    known = [s for s in scores if s is not None]
    if not known:
        return None, True
    return half_up(Fraction(sum(known), len(known)), 2), len(known) < len(scores)


def skill(department: dict, number_: str, period: str, column: str) -> Fraction | None:
    """打字速度 of 期间 = a quarter, 通用技能 of 期间 = a month."""
    for row in department["技能考核"]:
        if row["工号"] == number_ and row["期间"] == period and row.get(column) is not None:
            return exact(row[column])
    return None


# --------------------------------------------------------------------------------------------- attendance

COUNTS = ("迟到次数", "早退次数", "病假次数", "事假次数", "调休次数", "旷工次数", "私自换班次数")


def find_attendance(department: dict, number_: str, month: str) -> dict | None:
    rows = [r for r in department["考勤"] if r["工号"] == number_ and r["月份"] == month]
    if not rows:
        return None
    if len(rows) > 1:
        raise MustRefuse(f"{number_} {month}: two rows in 考勤")
    row = rows[0]  # a blank count is 0
    return {c: Fraction(0) if row.get(c) is None else exact(row[c]) for c in (*COUNTS, "病假小时", "事假小时")}


def attendance(department: dict, number_: str, month: str) -> dict:
    row = find_attendance(department, number_, month)
    if row is None:
        raise MustRefuse(f"{number_} {month}: no row in 考勤")
    return row


def is_full(department: dict, counts: dict, month: str) -> bool:
    """The test of 全勤 (四.3, U-01/02) on the counts of a month or of a quarter."""
    limit = parameter(department, "full_attendance.comp_off_max", month)
    late_early = counts["迟到次数"] + counts["早退次数"]
    leave = counts["病假次数"] + counts["事假次数"]
    comp_off = counts["调休次数"]
    way = reading(department, "full_attendance")
    if way == "each_zero":
        full = late_early == 0 and leave == 0 and comp_off <= limit
    elif way == "pooled":
        full = late_early == 0 and leave + comp_off <= limit
    elif way == "each_at_most":
        full = late_early == 0 and leave <= limit and comp_off <= limit
    else:
        full = (late_early == 0 and leave == 0) or comp_off <= limit
    if reading(department, "absence_breaks_full") == "yes" and counts["旷工次数"] > 0:
        full = False
    return full


def quarter_attendance(department: dict, person: dict, quarter: str) -> bool:
    """季度出勤 for the review of `quarter` (U-04/05): the months of Q-1 on the roster."""
    value_month = quarter_months(quarter)[0]
    rows = [
        attendance(department, person["工号"], m)
        for m in quarter_months(previous_quarter(quarter))
        if in_month(person, m)
    ]
    if reading(department, "quarter_attendance") == "each_month":
        return all(is_full(department, row, value_month) for row in rows)
    total = {c: sum((row[c] for row in rows), Fraction(0)) for c in COUNTS}
    return is_full(department, total, value_month)


# ---------------------------------------------------------------------------------------------- the review


def post_on_first_day(department: dict, person: dict, quarter: str) -> str:
    return held(department, person, "岗位", month_first(quarter_months(quarter)[0]))


def is_listed(person: dict, quarter: str) -> bool:
    """Who is reviewed: on the roster on the first day of Q with 转正日期 on or before it."""
    first = month_first(quarter_months(quarter)[0])
    return on_roster(person, first) and person.get("转正日期") is not None and person["转正日期"] <= first


def rep_rating(department: dict, score: Fraction, typing: Fraction, full: bool, month: str) -> int:
    """Rating (U-13/14/15) before the quota."""
    for star in (5, 4, 3, 2) if full else ():
        score_met = score >= parameter(department, "rep.star_score", month, star)
        if score_met and typing >= parameter(department, "rep.star_skill", month, star):
            return star
    return 1 if score >= parameter(department, "rep.star_score", month, 1) else 0


def lead_rating(department: dict, score: Fraction, month: str) -> int:
    for star in (4, 3, 2, 1):
        if score >= parameter(department, "lead.star_score", month, star):
            return star
    return 0


def five_star_places(department: dict, quarter: str) -> int:
    """The quota (U-06..08): of the reps on the roster on the first day of Q, 试用 included."""
    month = quarter_months(quarter)[0]
    reps = [
        p
        for p in department["花名册"]
        if on_roster(p, month_first(month)) and post_on_first_day(department, p, quarter) == REP
    ]
    places = parameter(department, "rep.five_star_share", month) * len(reps) / 100
    way = reading(department, "quota_rounding")
    if way == "floor":
        return places.__floor__()
    if way == "ceil":
        return places.__ceil__()
    return int(half_up(places, 0))


def lead_basis(department: dict, lead: dict, quarter: str) -> Fraction | None:
    """Lead's basis (U-46/47), from the reps of the lead's team on the last day of (their time in) Q-1."""
    months = quarter_months(previous_quarter(quarter))
    last_day = month_last(months[-1])
    team = held(department, lead, "班组", last_day)
    if team is None:
        raise MustRefuse(f"{lead['工号']}: a lead without 班组")
    values = []
    for person in department["花名册"]:
        days = [day for m in months for day in days_on_roster(person, m)]
        if not days:
            continue
        if held(department, person, "岗位", days[-1]) != REP or held(department, person, "班组", days[-1]) != team:
            continue
        value, _ = composite(department, person, previous_quarter(quarter))
        if value is not None:
            values.append(value)
    return half_up(Fraction(sum(values), len(values)), 2) if values else None


def review(department: dict, quarter: str) -> dict:
    month = quarter_months(quarter)[0]  # the review of Q uses the values of Q's first month
    marks: set[tuple[str, str]] = set()
    reviews, candidates = [], []
    for person in department["花名册"]:
        if not is_listed(person, quarter):
            continue
        post = post_on_first_day(department, person, quarter)
        if post == LEAD:
            basis = lead_basis(department, person, quarter)
            if basis is None:
                raise MustRefuse(f"{person['工号']}: no rep of the team has a score in Q-1")
            star = lead_rating(department, basis, month)
            reviews.append({"工号": person["工号"], "岗位": post, "综合分值": number(basis), "评定星级": star})
            continue
        score, short = composite(department, person, previous_quarter(quarter))
        if score is None:
            raise MustRefuse(f"{person['工号']}: no score in Q-1")
        if short:
            marks.add((person["工号"], "综合分值缺月"))
        typing = skill(department, person["工号"], quarter, "打字速度")
        if typing is None:
            marks.add((person["工号"], "无技能成绩"))
            typing = Fraction(0)
        full = quarter_attendance(department, person, quarter)
        star = rep_rating(department, score, typing, full, month)
        line = {
            "工号": person["工号"],
            "岗位": post,
            "综合分值": number(score),
            "出勤达标": full,
            "技能成绩": number(typing),
            "评定星级": star,
        }
        reviews.append(line)
        if star == 5:
            candidates.append((-score, -typing, person["入职日期"], person["工号"], line))
    candidates.sort(key=lambda c: c[:4])  # 综合分值, 打字速度, earlier 入职日期, 工号
    places = five_star_places(department, quarter) if candidates else 0
    for *_, number_, line in candidates[places:]:  # those beyond the quota get 4 stars
        line["评定星级"] = 4
        marks.add((number_, "五星名额外"))
    return {"quarter": quarter, "policy": POLICY, "reviews": reviews, "marks": marks}


# ------------------------------------------------------------------------------------- the ledger 奖惩台账


def upheld(entry: dict) -> bool:
    """成立: 否 voids; blank is an error on 服务态度投诉 and 重大工作失误, elsewhere 是."""
    if entry.get("成立") is None:
        if entry["事项"] in ("服务态度投诉", "重大工作失误"):
            raise MustRefuse(f"{entry['工号']} {entry['日期']} {entry['事项']}: 成立 undecided")
        return True
    return entry["成立"] == "是"


def entries(department: dict, number_: str, month: str, *kinds: str) -> list[dict]:
    """The entry's date decides its month."""
    return [
        e
        for e in department.get("奖惩台账", [])
        if e["工号"] == number_ and e["事项"] in kinds and month_of(e["日期"]) == month
    ]


def has_upheld(department: dict, number_: str, month: str, *kinds: str) -> bool:
    decided = [upheld(e) for e in entries(department, number_, month, *kinds)]  # each has to be decided
    return any(decided)


def own_upheld(department: dict, person: dict, month: str, *kinds: str) -> bool:
    """Entries of a person's 试用 months move nothing of that person's own."""
    return status(person, month) != "试用" and has_upheld(department, person["工号"], month, *kinds)


def is_offence_month(department: dict, person: dict, month: str) -> bool:
    """Offence, rep (U-30/31/32)."""
    if status(person, month) == "试用":
        return False
    if own_upheld(department, person, month, "违反制度", "通报批评", "服务态度投诉"):
        return True
    row = find_attendance(department, person["工号"], month)
    if row is not None and row["旷工次数"] > 0:
        return True
    return own_upheld(department, person, month, "服务态度异常") and own_upheld(
        department, person, month_plus(month, -1), "服务态度异常"
    )


def penalty(department: dict, person: dict, month: str) -> tuple[bool, bool]:
    """Is a rep at 0 stars in `month`, and flagged 可辞退?

    Offences of months m and m+1 are a pair; its three months begin with the second (`second`) or after it (`next`).
    """
    zero, flagged = is_offence_month(department, person, month), False
    shift = 0 if reading(department, "penalty_from") == "second" else 1
    for back in range(3):
        second = month_plus(month, -shift - back)
        pair = is_offence_month(department, person, second) and is_offence_month(
            department, person, month_plus(second, -1)
        )
        if pair:
            zero = flagged = True
    return zero, flagged


# ----------------------------------------------------------------------------------------- stars that pay


def form_row(department: dict, number_: str, post: str, quarter: str) -> dict | None:
    rows = [r for r in department.get(STAR_FORM[post], []) if r["工号"] == number_ and r["季度"] == quarter]
    if len(rows) > 1:
        raise MustRefuse(f"{number_} {quarter}: two rows on the form")
    return rows[0] if rows else None


def form_star(row: dict | None, post: str) -> int | None:
    """确认星级 if given (needs 评审意见, at most the top star), else 评定星级."""
    if row is None:
        return None
    star = row.get("评定星级")
    if row.get("确认星级") is not None:
        if row.get("评审意见") is None:
            raise MustRefuse(f"{row['工号']}: 确认星级 without 评审意见")
        star = row["确认星级"]
    if star is not None and not 0 <= star <= TOP_STAR[post]:
        raise MustRefuse(f"{row['工号']}: star out of range")
    return star


def changed_post_within_quarter(department: dict, person: dict, month: str) -> bool:
    first = month_first(quarter_months(quarter_of(month))[0])
    return any(
        row["工号"] == person["工号"] and row["项目"] == "岗位" and first < row["生效日期"] <= month_last(month)
        for row in department.get("人事变动", [])
    )


def assessed_star(department: dict, person: dict, month: str, marks: set) -> int:
    """评定星级 of the pay line: which star pays, before 异动. Not for 试用."""
    number_, quarter = person["工号"], quarter_of(month)
    post = held_in(department, person, "岗位", month)
    row = form_row(department, number_, post, quarter)
    if changed_post_within_quarter(department, person, month):
        if row is None or row.get("确认星级") is None:
            raise MustRefuse(f"{number_}: change of 岗位 within {quarter}, no 确认星级 on the new post's form")
        return form_star(row, post)
    star = form_star(row, post)
    if star is not None:
        return star
    if is_listed(person, quarter):
        raise MustRefuse(f"{number_}: no star of {quarter}, run the review")
    if post == REP:  # 6.5: 3 stars from the month of 转正日期 until the next review
        marks.add((number_, "转正三星"))
        return 3
    confirmed = month_of(person["转正日期"])  # U-55
    scores = [month_score(department, person, month_plus(confirmed, -n)) for n in (1, 2, 3)]
    known = [s for s in scores if s is not None]
    if not known:
        raise MustRefuse(f"{number_}: no own score before 转正")
    if len(known) < 3:
        marks.add((number_, "转正前成绩不足三个月"))
    return lead_rating(department, half_up(Fraction(sum(known), len(known)), 2), month)


def rep_commended(department: dict, person: dict, month: str) -> bool:
    """表扬, rep (U-24): +1 in the month of the entry and the two after."""
    return any(own_upheld(department, person, month_plus(month, -n), "书面表扬") for n in range(3))


def rep_star(department: dict, person: dict, assessed: int, month: str, marks: set) -> tuple[int, bool]:
    """执行星级 of a rep and whether a penalty lies on the month."""
    zero, flagged = penalty(department, person, month)
    if flagged:
        marks.add((person["工号"], "可辞退"))
    up = 1 if rep_commended(department, person, month) else 0
    if not zero:
        return min(5, assessed + up), False
    marks.add((person["工号"], "违纪0星"))
    if reading(department, "commend_and_penalty") == "penalty_wins":
        return 0, True
    return up, True


def lead_star(department: dict, person: dict, assessed: int, month: str) -> int:
    """执行星级 of a lead: +1 (U-48), then the downgrades (U-50/51), the lowest counts."""
    months = quarter_months(quarter_of(month))
    if reading(department, "lead_commend") == "to_quarter_end":
        months = [m for m in months if m <= month]
    commended = any(own_upheld(department, person, m, "书面表扬") for m in months)
    satisfied = False
    for row in department[MONTHLY_FORM[LEAD]]:
        if row["工号"] == person["工号"] and row["月份"] == month and row.get("服务满意度") is not None:
            satisfied = exact(row["服务满意度"]) >= parameter(department, "lead.satisfaction_up", month)
    ups = int(commended) + int(satisfied)
    if reading(department, "lead_up") == "at_most_one":
        ups = min(ups, 1)
    star = min(4, assessed + ups)

    grave = ("违反制度", "通报批评", "服务态度投诉", "重大工作失误")
    if has_upheld(department, person["工号"], month, *grave):
        star = 0
    team = held_in(department, person, "班组", month)
    if team is None:
        raise MustRefuse(f"{person['工号']}: a lead without 班组")
    for rep in department["花名册"]:
        if not in_month(rep, month) or held_in(department, rep, "岗位", month) != REP:
            continue
        if held_in(department, rep, "班组", month) == team and has_upheld(department, rep["工号"], month, *grave):
            star = 0
    own = attendance(department, person["工号"], month)
    if (
        own["旷工次数"] > 0
        or own["迟到次数"] >= parameter(department, "lead.late_max", month)
        or own["病假小时"] + own["事假小时"] > parameter(department, "lead.leave_hours_max", month)
    ):
        star = min(star, 1)
    return star


# ----------------------------------------------------------------------------------------------- the pay


def month_share(department: dict, person: dict, month: str) -> Fraction:
    """part_month (U-38): only for people on the roster for part of the month; at most 1."""
    way = reading(department, "part_month")
    if way == "full" or whole_month(person, month):
        return Fraction(1)
    days = days_on_roster(person, month)
    all_days = [month_first(month) + timedelta(days=n) for n in range(month_last(month).day)]
    if way == "by_calendar_day":
        share = Fraction(len(days), len(all_days))
    elif way == "by_workday":
        share = Fraction(sum(map(is_workday, days)), sum(map(is_workday, all_days)))
    else:
        share = Fraction(sum(is_workday(d) or is_statutory_holiday(d) for d in days)) / Fraction("21.75")
    return min(share, Fraction(1))


def post_pay(department: dict, person: dict, month: str) -> Fraction:
    """The person's own 岗位工资 comes before `post_pay`."""
    own = held_in(department, person, "岗位工资", month)
    if own is not None:
        if exact(own) != half_up(exact(own), 2):
            raise MustRefuse(f"{person['工号']}: 岗位工资 with more than 2 decimals")
        return exact(own)
    if held_in(department, person, "岗位", month) == LEAD:
        return amount_parameter(department, "lead.post_pay", month)
    level = held_in(department, person, "职级", month)
    if level is None:
        raise MustRefuse(f"{person['工号']}: neither 岗位工资 nor 职级")
    return amount_parameter(department, "rep.post_pay", month, level)


def award_winners(department: dict, paid: list[dict], month: str, marks: set) -> dict[str, str]:
    """Awards (U-40/41): {award: 工号}."""
    candidates = []
    for person in paid:
        number_ = person["工号"]
        if held_in(department, person, "岗位", month) != REP:
            continue
        row = attendance(department, number_, month)
        complaint = entries(department, number_, month, "投诉", "服务态度投诉")  # 成立 or not (5.2.3)
        blunder = has_upheld(department, number_, month, "重大工作失误")
        if not is_full(department, row, month) or row["旷工次数"] > 0 or row["私自换班次数"] > 0:
            continue
        if complaint or blunder:
            continue
        score = score_to_pay(department, person, month)
        before = month_score(department, person, month_plus(month, -1))
        general = skill(department, number_, month, "通用技能")
        rank = (-score, Fraction(1) if general is None else -general, person["入职日期"], number_)
        candidates.append((number_, score, None if before is None else score - before, general, rank))
    winners = {}
    for award, index in (("服务明星", 1), ("进步之星", 2), ("效能之星", 3)):
        running = [c for c in candidates if c[index] is not None and (award != "进步之星" or c[index] > 0)]
        if not running:
            continue
        best = max(c[index] for c in running)
        first = sorted((c for c in running if c[index] == best), key=lambda c: c[4])
        winners[award] = first[0][0]
        if len(first) > 1:
            marks.add((first[0][0], f"{award}并列"))
    return winners


def other_items(department: dict, paid: list[dict], month: str) -> dict[str, dict]:
    """其他项目 of the month: {项目: {"计入": 应发 / 扣款, 工号: amount}}."""
    taken = {
        *("序号", "工号", "姓名", "岗位", "班组", "状态", "岗位工资", "全勤", "全勤奖", "评定星级", "执行星级"),
        *("星级工资", "月度得分", "计薪得分", "计发比例", "绩效工资", "服务明星", "进步之星", "效能之星"),
        *("一次性奖励", "应发合计", "扣款合计", "实发合计", "备注", "签字"),
    }
    items: dict[str, dict] = {}
    for row in department.get("其他项目", []):
        if row["月份"] != month:
            continue
        if row["项目"] in taken:
            raise MustRefuse(f"项目 {row['项目']} is a column of 工资表")
        if row["工号"] not in [p["工号"] for p in paid]:
            raise MustRefuse(f"其他项目: {row['工号']} is not paid in {month}")
        amount = exact(row["金额"])
        if amount != half_up(amount, 2):
            raise MustRefuse("其他项目: more than 2 decimals")
        item = items.setdefault(row["项目"], {"计入": row["计入"], "amounts": {}})
        if item["计入"] != row["计入"]:
            raise MustRefuse(f"项目 {row['项目']} under both 应发 and 扣款")
        item["amounts"][row["工号"]] = item["amounts"].get(row["工号"], Fraction(0)) + amount
    return items


def payroll(department: dict, month: str) -> dict:
    if month < FIRST_MONTH:
        raise MustRefuse(f"{month} is before {FIRST_MONTH}")
    marks: set[tuple[str, str]] = set()
    paid = [p for p in department["花名册"] if in_month(p, month)]
    items = other_items(department, paid, month)
    winners = award_winners(department, paid, month, marks)
    lines, totals = [], {}

    for index, person in enumerate(paid, start=1):
        number_ = person["工号"]
        post = held_in(department, person, "岗位", month)
        team = held_in(department, person, "班组", month)
        state = status(person, month)
        row = attendance(department, number_, month)
        score = score_to_pay(department, person, month)
        if month_score(department, person, month) is None:
            marks.add((number_, "无成绩按0分"))
        share = month_share(department, person, month)
        if share != 1:
            marks.add((number_, "不满月"))
        full = is_full(department, row, month)
        bonus = Fraction(0)
        if full and (reading(department, "part_month") == "full" or whole_month(person, month)):
            bonus = amount_parameter(department, "full_attendance_bonus", month)

        assessed = executed = None
        once = Fraction(0)
        paid_score, rate = score, Fraction(100)
        if state == "试用" and post == REP:  # U-35/36: 3-star pay × 90% × max(score, 70)
            base = 3
            rate = parameter(department, "rep.probation_rate", month)
            if reading(department, "rep_probation") == "flat":
                paid_score = Fraction(100)
            else:
                paid_score = max(score, parameter(department, "rep.probation_floor", month))
        elif state == "试用":  # 1-star pay × max(score, 80)
            base = 1
            paid_score = max(score, parameter(department, "lead.probation_floor", month))
        elif post == REP:
            assessed = assessed_star(department, person, month, marks)
            executed, penalised = rep_star(department, person, assessed, month, marks)
            base = executed
            if own_upheld(department, person, month, "书面表扬") and executed == 5 and not penalised:
                once = amount_parameter(department, "rep.five_star_once", month)
        else:
            assessed = assessed_star(department, person, month, marks)
            executed = base = lead_star(department, person, assessed, month)
        star_pay = amount_parameter(department, f"{ID_OF[post]}.star_pay", month, base)
        performance = half_up(star_pay * paid_score / 100 * rate * share / 100, 2)

        amounts = {
            "岗位工资": half_up(post_pay(department, person, month) * share, 2),
            "全勤奖": bonus,
            "绩效工资": performance,
        }
        if post == REP:
            for award in AWARDS:
                amounts[award] = Fraction(0)
                if winners.get(award) == number_:
                    amounts[award] = amount_parameter(department, f"award.{award}", month)
                    if executed == 0:
                        marks.add((number_, "获奖者0星"))
            amounts["一次性奖励"] = once
        deductions = {}
        for name, item in items.items():
            target = amounts if item["计入"] == "应发" else deductions
            target[name] = item["amounts"].get(number_, Fraction(0))
        gross, minus = sum(amounts.values()), sum(deductions.values(), Fraction(0))

        line = {"序号": index, "工号": number_, "姓名": person["姓名"], "岗位": post}
        if team is not None:
            line["班组"] = team
        line |= {"状态": state, "全勤": full}
        if assessed is not None:
            line |= {"评定星级": assessed, "执行星级": executed}
        line |= {"星级工资": money(star_pay), "月度得分": number(score), "计薪得分": number(paid_score)}
        line |= {"计发比例": number(rate * share)}
        sums = {**amounts, "应发合计": gross, **deductions, "扣款合计": minus, "实发合计": gross - minus}
        line |= {name: money(value) for name, value in sums.items()}
        lines.append(line)
        for name, value in sums.items():
            totals[name] = totals.get(name, Fraction(0)) + value
        _law(department, line, gross, star_pay * paid_score / 100 * share, performance, month, marks)

    for name in ("岗位工资", "全勤奖", "绩效工资", *AWARDS, "一次性奖励", "应发合计", "扣款合计", "实发合计"):
        totals.setdefault(name, Fraction(0))
    total_line = {name: money(value) for name, value in totals.items()} | {"人数": len(paid)}
    return {"month": month, "policy": POLICY, "lines": lines, "totals": total_line, "marks": marks}


def _law(department, line, gross, undiscounted, performance, month, marks) -> None:
    """Notices, never acts."""
    minimum = find_parameter(department, "law.min_wage", month)
    if minimum is not None and gross < minimum:
        marks.add((line["工号"], "低于最低工资"))
    share = find_parameter(department, "law.probation_share", month)
    if line["状态"] == "试用" and share is not None:
        whole = gross - performance + half_up(undiscounted, 2)
        if gross < whole * share / 100:
            marks.add((line["工号"], "试用低于法定比例"))


def confirmation_due(department: dict, person: dict, month: str) -> bool:
    """体检 proposes 转正 after two months in a row at the line (四.4.2.3 f, 五.4.2.2 e, U-37)."""
    if status(person, month) != "试用" or not in_month(person, month):
        return False
    post = held_in(department, person, "岗位", month)
    line = parameter(department, f"{ID_OF[post]}.confirm_score", month)
    last_two = [month_score(department, person, m) for m in (month_plus(month, -1), month)]
    return all(score is not None and score >= line for score in last_two)
