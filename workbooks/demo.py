"""The demo company: invented people, six months of data, every rule of the main policy happening to somebody.

``build(path, review=None)`` writes its standard workbook.  All names and figures are invented.  Who shows what
(工号; months are of 2016, pay can be computed for 11 and 12):

The document's own examples
    005  12: 岗位工资 2000, three stars, 85 分, 全勤, nothing else → 3220.00
    001  12: lead, two stars, 85 分, 全勤, no 表扬 → 4700.00
    006  90 分, 75 字/分, 全勤 → three stars;  007 the same with one 迟到 in 8 → one star

Review 2016Q4 (data of 7, 8, 9)
    008  reaches five stars and gets the one place;  017 reaches five stars, beyond the quota → four
    009  below the one-star line → zero;  039 one star by score;  011 two stars, 调休 exactly 3 in the quarter
    013  a typed 得分 with many decimals (an average) in 8;  014 调休 2 + 1 + 1 = 4: more than 3 → one star
    010  no skill test → counted as 0, marked;  027 fast but score below four;  036 five-star score, slow → three
    024  no score in 8: mean of two months, marked;  046 joined in 8: mean of the two months there are
    016  left in 8: counts for the team's mean only
    015  确认星级 3 instead of 2, with 评审意见;  021/022/035/030 and others plain three stars

Standing
    041  试用, two months in a row at the line without 转正日期 → 体检 proposes it
    042  试用 below the floor: 65 and 68 → 70; 通报批评 in 12 moves nothing of 042's own, but the team's lead
    043  joined 12-12 (part of the month), no team yet
    044  转正 12-01: three stars, no 90%; a 表扬 in the 试用 month 11 moves nothing, then or later
    045  转正 11-01: three stars in 11 and, until the next review, in 12
    046  转正 10-01, reviewed
    038  leaves 11-18, 039 leaves 12-15: last pay for part of the month

表扬
    018  in 9: one star more in 9, 10, 11, not in 12;  019 in 11 and 12: +1, not +2
    012  in 12 lifts four to five: 一次性奖励;  008 in 11, at five already: 一次性奖励
    035  表扬 and 通报批评 in 12: the penalty wins

Offences
    032  11 once → 0 in 11, back in 12;  030 服务态度投诉 成立 in 12 → 0
    028  10 and 11 running → 0 in 11, 12 (and 1), flagged;  029 旷工 in 11, 违反制度 in 12 → 0 in both, flagged
    026  服务态度异常 in 11 and 12 → 0 in 12
    031  违反制度 not upheld (成立 否): nothing;  017 服务态度投诉 not upheld in 11: bars awards only
    037  ill all of 12: score 0, below the minimum wage

Awards
    11   034 has the highest score but 私自换班 and 033 重大工作失误 (bars awards, costs the lead the stars): barred;
         008 is 服务明星 and 效能之星;  009, rated zero, is 进步之星 (a winner at 0 stars, marked)
    12   020 has the highest score but a complaint (not upheld): barred;  021 and 022 tie for 服务明星, 通用技能
         decides;  012 and 024 tie for 效能之星, the score decides;  028 is 进步之星 at 0 stars by penalty
    022  a complaint in 11 not yet decided (成立 blank): a warning;  023 调休 4 in 11: no 全勤;  030 调休 3: 全勤

Leads
    001  迟到 3 次 in 11 → at most one star
    002  表扬 in 10 (to the quarter's end); 旷工 in 11 → at most one; 12: 满意度 99.2% and 表扬 → together one more;
         病假 + 事假 exactly 40 hours in 12: no downgrade
    003  满意度 99.5% in 11, but the team's offences → 0 in 11 and 12
    004  promoted from 客服代表 on 11-01, star by 确认星级; 42.5 hours of leave in 11 → at most one; 12: 满意度 99.0%
    040  试用 lead: 78 → 80 in 11; 转正 12-01: star by own scores of the months before (two only, marked)

人事变动   004 岗位 and 岗位工资, 023 职级, 024 岗位工资, 025 班组 in the middle of a month
其他项目   加班费 (012 two rows in a month), 社保, 个税, 019 a refund of 个税 (negative 扣款)
Also       two people named 张敏 (006, 015); a date typed as text; a number typed with full-width digits
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from xl_kpi.workbooks import parameter_rows, standard

from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import load
from xl_kpi.results import Result
from xl_kpi.workbook.store import replacing

COMPANY, DEPARTMENT = "示例客服中心", "客户服务部"
YEAR = 2016
BOOK = f"{COMPANY}_{YEAR}.xlsx"
# What the demo computes.
MONTH, QUARTER = "2016-12", "2016Q4"
MONTHS = (7, 8, 9, 10, 11, 12)
QUARTER = "2016Q4"
TEAMS = ("一组", "二组", "三组")
REP, LEAD = "客服代表", "客服领班"
POLICY = "bozhen-2016"

# What the document's lost tables might have said; what the policy states itself comes before it.
PARAMETERS: dict[str, dict[str, str] | str] = {
    "rep.star_pay": {"0": "400", "1": "700", "2": "950", "3": "1200", "4": "1500", "5": "1900"},
    "lead.star_pay": {"0": "800", "1": "1400", "2": "2000", "3": "2600", "4": "3200"},
    "rep.post_pay": {"初级": "1800", "中级": "2000", "高级": "2400"},
    "rep.star_score": {"1": "60", "2": "80", "3": "88", "4": "93", "5": "96"},
    "rep.star_skill": {"2": "60", "3": "70", "4": "80", "5": "90"},
    "lead.star_score": {"1": "70", "2": "80", "3": "88", "4": "94"},
    "rep.indicator_points": {"工作量": "25", "出错率": "20", "满席度": "20", "投诉处理": "15", "日常任务": "20"},
    "lead.indicator_points": {"统筹管理": "30", "现场管理": "30", "培训管理": "20", "日常管理": "20"},
    "rep.five_star_once": "300",
    "law.min_wage": "2000",
}
POINTS: dict[str, dict[str, int]] = {
    REP: {"工作量": 25, "出错率": 20, "满席度": 20, "投诉处理": 15, "日常任务": 20},
    LEAD: {"统筹管理": 30, "现场管理": 30, "培训管理": 20, "日常管理": 20},
}


@dataclass(frozen=True)
class Person:
    """One row of 花名册, with the month's scores from ``first`` on ('-': none) and the typing test for 2016Q4."""

    number: str
    name: str
    post: str
    grade: str
    team: str
    joined: str
    regular: str            # 转正日期, blank while 试用
    scores: str
    typing: int | None = None
    pay: int | None = None  # own 岗位工资; blank: by 职级
    left: str = ""
    was: Mapping[str, str] = field(default_factory=dict)    # today's column → what it was before 人事变动
    first: int = 7

    def score(self, month: int) -> Decimal | None:
        given = self.scores.split()
        place = month - self.first
        return Decimal(given[place]) if 0 <= place < len(given) and given[place] != "-" else None

    def on_roster(self, month: int) -> bool:
        begin, end = dt.date(YEAR, month, 1), dt.date(YEAR + month // 12, month % 12 + 1, 1)
        return _date(self.joined) < end and (not self.left or _date(self.left) >= begin)

    def post_in(self, month: int) -> str:
        return self.was["岗位"] if "岗位" in self.was and month < PROMOTED else self.post


PROMOTED = 11   # 004 becomes a lead on the first of this month


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


PEOPLE: tuple[Person, ...] = (
    Person("001", "王秀云", LEAD, "", "一组", "2012-03-12", "2012-06-01", "85 86 84 87 88 85"),
    Person("002", "陈卫东", LEAD, "", "二组", "2012-09-03", "2012-12-01", "86 85 87 88 86 89"),
    Person("003", "刘晓岚", LEAD, "", "三组", "2013-04-08", "2013-07-01", "90 91 89 88 87 90"),
    Person("004", "赵𬭎", LEAD, "", "二组", "2013-05-20", "2013-08-01", "95 94 96 95 88 90", 88, 2800,
           was={"岗位": REP, "岗位工资": "2000"}),
    Person("005", "李桂芳", REP, "中级", "一组", "2014-02-17", "2014-05-01", "88 90 89 86 87 85", 72, 2000),
    Person("006", "张敏", REP, "中级", "一组", "2014-03-10", "2014-06-01", "89 90 91 92 88 90", 75),
    Person("007", "孙丽娟", REP, "中级", "一组", "2014-04-14", "2014-07-01", "90 88 92 87 89 91", 75),
    Person("008", "周文喆", REP, "高级", "一组", "2012-10-08", "2013-01-01", "97 97.5 98 97 98 96", 95),
    Person("009", "吴晓燕", REP, "初级", "一组", "2016-02-22", "2016-05-01", "58 55 61 60 74 66", 58),
    Person("010", "郑海涛", REP, "中级", "一组", "2014-06-09", "2014-09-01", "92 91 93 90 91 92"),
    Person("011", "冯雪", REP, "初级", "一组", "2015-07-06", "2015-10-01", "81 83 82 80 84 83", 65),
    Person("012", "陈俊杰", REP, "高级", "一组", "2013-03-18", "2013-06-01", "94 93.5 95 93 94.5 95.5", 84),
    Person("013", "褚玉梅", REP, "中级", "一组", "2014-08-11", "2014-11-01", "84 84.666666667 86 85 83 82", 71),
    Person("014", "卫国平", REP, "中级", "一组", "2014-09-15", "2014-12-01", "89 90 88 91 90 87.5", 74),
    Person("015", "张敏", REP, "初级", "二组", "2015-09-07", "2015-12-01", "83 84 82 85 86 87", 62),
    Person("016", "潘志远", REP, "初级", "一组", "2015-10-12", "2016-01-01", "76 70", left="2016-08-31"),
    Person("017", "蒋国华", REP, "高级", "二组", "2012-11-05", "2013-02-01", "96.5 96 97 95 96 94", 92),
    Person("018", "沈佳怡", REP, "中级", "二组", "2014-10-13", "2015-01-01", "84 85 83 86 87 85", 66),
    Person("019", "韩志强", REP, "高级", "二组", "2013-06-03", "2013-09-01", "89 88.5 90 88 91 92", 77),
    Person("020", "杨柳", REP, "高级", "二组", "2013-07-15", "2013-10-01", "93 94 93.5 95 96 98.5", 82),
    Person("021", "朱明珠", REP, "中级", "二组", "2014-11-10", "2015-02-01", "90 89 91 92 93 97", 78),
    Person("022", "秦少华", REP, "中级", "二组", "2014-12-08", "2015-03-01", "88 90 92 91 92 97", 79),
    Person("023", "尤丽", REP, "中级", "二组", "2015-11-09", "2016-02-01", "80 82 81 83 84 86", 63,
           was={"职级": "初级"}),
    Person("024", "许可", REP, "中级", "二组", "2015-01-12", "2015-04-01", "85 - 87 88 86 89", 68, 2150,
           was={"岗位工资": "2000"}),
    Person("025", "何䶮", REP, "中级", "二组", "2015-03-09", "2015-06-01", "86 85 84 88 87 86", 67,
           was={"班组": "三组"}),
    Person("026", "吕春花", REP, "中级", "二组", "2015-04-13", "2015-07-01", "91 90 92 88 86 84", 76),
    Person("027", "施雅文", REP, "高级", "三组", "2013-09-16", "2013-12-01", "92 92 92 90 89 90", 91),
    Person("028", "孔令航", REP, "初级", "三组", "2015-12-14", "2016-03-01", "85 86 84 76 71 93", 66),
    Person("029", "曹磊", REP, "初级", "三组", "2016-01-11", "2016-04-01", "86 85 87 80 79 77", 64),
    Person("030", "严思琪", REP, "中级", "三组", "2015-05-11", "2015-08-01", "90 91 89 88 87 86", 73),
    Person("031", "华建军", REP, "中级", "三组", "2015-05-18", "2015-08-01", "88 89 90 89 90 91", 72),
    Person("032", "金美玲", REP, "高级", "三组", "2013-10-14", "2014-01-01", "93 95 94 92 90 91", 81),
    Person("033", "魏东升", REP, "高级", "三组", "2013-11-11", "2014-02-01", "94 93 95 95 97 94", 85),
    Person("034", "陶欣然", REP, "高级", "三组", "2013-12-09", "2014-03-01", "95 96 94.5 96 98.5 95", 86),
    Person("035", "姜海波", REP, "中级", "三组", "2015-06-08", "2015-09-01", "89 91 90 90 92 93", 76),
    Person("036", "欧阳静", REP, "高级", "三组", "2014-01-13", "2014-04-01", "97 96.5 96 95 94 95", 78),
    Person("037", "谢红霞", REP, "初级", "三组", "2016-03-14", "2016-06-01", "75 76 72 74 70 0", 60),
    Person("038", "邹立新", REP, "初级", "三组", "2015-08-10", "2015-11-01", "83 82 84 81 80", 62,
           left="2016-11-18"),
    Person("039", "喻婷婷", REP, "初级", "二组", "2016-04-11", "2016-07-01", "79 78 80 77 75 70", 61,
           left="2016-12-15"),
    Person("040", "柏松涛", LEAD, "", "一组", "2016-10-08", "2016-12-01", "86 78 88", first=10),
    Person("041", "水清扬", REP, "初级", "一组", "2016-10-17", "", "71 74 82", first=10),
    Person("042", "窦晨曦", REP, "初级", "三组", "2016-11-07", "", "65 68", first=11),
    Person("043", "章子涵", REP, "初级", "", "2016-12-12", "", "88", first=12),
    Person("044", "云思远", REP, "初级", "二组", "2016-09-05", "2016-12-01", "76 79 81 85", first=9),
    Person("045", "苏婉清", REP, "中级", "三组", "2016-08-15", "2016-11-01", "78 80 84 86 87", first=8),
    Person("046", "潘多福", REP, "初级", "一组", "2016-08-08", "2016-10-01", "86 90 88 89 90", 70, first=8),
)

# Months whose 得分 was typed by hand, the indicators left blank.
TYPED_SCORES = {("013", 8), ("037", 12), ("043", 12), ("041", 10)}

# (工号, month) → what happened; everything else is blank.
ATTENDANCE: dict[tuple[str, int], dict[str, Any]] = {
    ("007", 8): {"迟到次数": 1},
    ("009", 7): {"早退次数": 1},
    ("011", 7): {"调休次数": 1},
    ("011", 9): {"调休次数": 2},
    ("014", 7): {"调休次数": 2},
    ("014", 8): {"调休次数": 1},
    ("014", 9): {"调休次数": 1},
    ("023", 8): {"调休次数": 1},
    ("037", 9): {"病假次数": 2, "病假小时": 16},
    ("013", 10): {"事假次数": 1, "事假小时": 8},
    ("026", 10): {"迟到次数": 1},
    ("001", 11): {"迟到次数": 3},
    ("002", 11): {"旷工次数": 1},
    ("004", 11): {"病假次数": 3, "病假小时": 20, "事假次数": 3, "事假小时": 22.5},
    ("011", 11): {"迟到次数": 1},
    ("018", 11): {"病假次数": 1, "病假小时": 8},
    ("023", 11): {"调休次数": 4},
    ("029", 11): {"旷工次数": 1},
    ("030", 11): {"调休次数": 3},
    ("034", 11): {"私自换班次数": 1},
    ("038", 11): {"事假次数": 1, "事假小时": 4},
    ("002", 12): {"病假次数": 3, "病假小时": 24, "事假次数": 2, "事假小时": 16},
    ("010", 12): {"迟到次数": 2},
    ("013", 12): {"早退次数": 1},
    ("015", 12): {"迟到次数": "１"},    # full-width, as an input method leaves it
    ("032", 12): {"病假次数": 1, "病假小时": 8},
    ("033", 12): {"调休次数": 2},
    ("037", 12): {"病假次数": 20, "病假小时": 160},
    ("039", 12): {"事假次数": 2, "事假小时": 12},
}

SATISFACTION: dict[str, dict[int, str]] = {
    "001": {7: "0.978", 8: "0.981", 9: "0.98", 10: "0.983", 11: "0.986", 12: "0.982"},
    "002": {7: "0.972", 8: "0.975", 9: "0.979", 10: "0.985", 11: "0.987", 12: "0.992"},
    "003": {7: "0.984", 8: "0.986", 9: "0.988", 10: "0.985", 11: "0.995", 12: "0.976"},
    "004": {11: "0.984", 12: "0.99"},
    "040": {10: "0.97", 11: "0.968", 12: "0.979"},
}

# 通用技能 of 2016-10 to 12; who is not named here gets a middling figure (see ``_general_skill``).
GENERAL_SKILL: dict[tuple[str, int], int] = {
    ("008", 11): 93, ("033", 11): 90, ("017", 11): 91,
    ("012", 12): 95, ("024", 12): 95, ("021", 12): 88, ("022", 12): 86,
}

# 日期, 工号, 事项, 成立, 说明
EVENTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("2016-08-15", "010", "投诉", "是", "客户反映等待时间过长"),
    ("2016-09-20", "018", "书面表扬", "是", "妥善处理批量退订的疑难问题"),
    ("2016-10-12", "002", "书面表扬", "是", "国庆保障期间组织得力"),
    ("2016-10-19", "028", "通报批评", "是", "未按流程回访，经提醒未改"),
    ("2016-11-03", "008", "书面表扬", "是", "整理知识库，全组采用"),
    ("2016-11-09", "028", "违反制度", "是", "擅自修改工单状态"),
    ("2016-11-10", "026", "服务态度异常", "是", "质检发现语气生硬"),
    ("2016-11-11", "017", "服务态度投诉", "否", "调录音核实，投诉不成立"),
    ("2016-11-15", "019", "书面表扬", "是", "挽回重要客户"),
    ("2016年11月17日", "022", "投诉", "", "客户对答复不满意，还在核实"),
    ("2016-11-22", "032", "通报批评", "是", "泄露内部口径"),
    ("2016-11-24", "033", "重大工作失误", "是", "误发停机通知，经评审属实"),
    ("2016-11-28", "044", "书面表扬", "是", "试用期内表现突出"),
    ("2016-12-02", "012", "书面表扬", "是", "系统故障时独立完成人工派单"),
    ("2016-12-06", "019", "书面表扬", "是", "客户来信表扬"),
    ("2016-12-07", "030", "服务态度投诉", "是", "与客户争执，调录音属实"),
    ("2016-12-08", "026", "服务态度异常", "是", "质检再次发现语气生硬"),
    ("2016-12-09", "020", "投诉", "否", "核实为物流原因，与本人无关"),
    ("2016-12-13", "029", "违反制度", "是", "工作时间玩手机，屡教不改"),
    ("2016-12-14", "031", "违反制度", "否", "经核实为系统误记，撤销"),
    ("2016-12-16", "035", "书面表扬", "是", "提出排班建议被采纳"),
    ("2016-12-19", "042", "通报批评", "是", "未按要求参加培训"),
    ("2016-12-20", "035", "通报批评", "是", "漏接来电未补登记"),
)

# 工号, 生效日期, 项目, 原值, 新值, 说明
CHANGES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("004", "2016-11-01", "岗位", REP, LEAD, "竞聘上岗，任二组领班"),
    ("004", "2016-11-01", "岗位工资", "2000", "2800", "随岗位调整"),
    ("024", "2016-11-01", "岗位工资", "2000", "2150", "个人调薪"),
    ("025", "2016-11-16", "班组", "三组", "二组", "班组间调动"),
    ("023", "2016-12-01", "职级", "初级", "中级", "工作满一年，评为中级"),
)

# 工号 → 确认星级, 评审意见 on the form of 2016Q4 of the post held at the quarter's end.
CONFIRMED: dict[str, tuple[int, str]] = {
    "004": (2, "11 月 1 日任领班，评审小组按竞聘结果定为二星"),
    "015": (3, "打字测评当日设备故障，补测 71 字/分，评审小组同意定为三星"),
}

OVERTIME: tuple[tuple[int, str, str, str], ...] = (
    (11, "006", "120", "双十一值班"), (11, "012", "240", "双十一值班两天"), (11, "019", "120", "双十一值班"),
    (11, "021", "120", "双十一值班"), (11, "036", "180.5", "双十一夜班"), (12, "012", "96.55", "12 月 4 日"),
    (12, "012", "103.45", "12 月 18 日"), (12, "022", "120", "系统升级值守"), (12, "027", "150", "系统升级值守"),
)
INCOME_TAX: tuple[tuple[int, str, str, str], ...] = (
    (11, "002", "12.46", ""), (11, "008", "39.84", ""), (11, "019", "15.2", ""), (12, "002", "33.18", ""),
    (12, "004", "31.38", ""), (12, "008", "20.16", ""), (12, "012", "24.9", ""), (12, "019", "-15.2", "退回上月多扣"),
)
# Whoever pays social insurance elsewhere (the two plain examples, so that their 实发 is the document's figure).
INSURED_ELSEWHERE = ("001", "005")

def build(path: str | Path, review: Result | None = None) -> None:
    """Write the demo company's workbook; ``review`` (job 'review', 2016Q4) fills 附表1 and 附表3."""
    policy = load(POLICY)
    data = standard.as_bytes(policy, rows(policy, review), year=YEAR, company=COMPANY, book=BOOK,
                             suggested={"班组": TEAMS})
    with replacing(path) as file:
        file.write(data)


def rows(policy: Policy, review: Result | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every sheet's rows, heading → value; beside each 工号 stands its 姓名."""
    named = {person.number: person.name for person in PEOPLE}
    texts = {"company": COMPANY, "department": DEPARTMENT}
    return {"参数": parameter_rows.rows(policy, PARAMETERS, "示例", texts)} | {
        sheet: [{**row, "姓名": named[row["工号"]]} for row in found] for sheet, found in _people_rows(review).items()}


def _people_rows(review: Result | None) -> dict[str, list[dict[str, Any]]]:
    return {
        "花名册": [_roster_row(person) for person in PEOPLE],
        "人事变动": [
            {"工号": number, "生效日期": _date(day), "项目": item, "原值": _typed(old), "新值": _typed(new),
             "说明": note}
            for number, day, item, old, new, note in CHANGES
        ],
        "考勤": [
            {"月份": f"{YEAR}-{month:02}", "工号": person.number, **ATTENDANCE.get((person.number, month), {})}
            for month, person in _months_on_roster()
        ],
        "月度考核_客服代表": list(_score_rows(REP)),
        "月度考核_客服领班": list(_score_rows(LEAD)),
        "技能考核": list(_skill_rows()),
        "奖惩台账": [
            # One date stays as typed, 年月日, because HR types it so.
            {"日期": day if "年" in day else _date(day), "工号": number, "事项": event, "成立": upheld, "说明": note}
            for day, number, event, upheld, note in EVENTS
        ],
        "季度星级_客服代表": _star_rows(REP, review),
        "季度星级_客服领班": _star_rows(LEAD, review),
        "其他项目": list(_other_items()),
    }


def _typed(text: str) -> str | Decimal:
    """A sum of money as a number, everything else as text."""
    return Decimal(text) if text.isdigit() else text


def _months_on_roster() -> Iterator[tuple[int, Person]]:
    return ((month, person) for month in MONTHS for person in PEOPLE if person.on_roster(month))


def _roster_row(person: Person) -> dict[str, Any]:
    return {
        "工号": person.number, "岗位": person.post, "职级": person.grade, "班组": person.team,
        "入职日期": _date(person.joined), "转正日期": _date(person.regular) if person.regular else None,
        "离职日期": _date(person.left) if person.left else None, "岗位工资": person.pay,
    }


def _score_rows(post: str) -> Iterator[dict[str, Any]]:
    for month, person in _months_on_roster():
        score = person.score(month)
        if person.post_in(month) != post or score is None:
            continue
        row: dict[str, Any] = {"月份": f"{YEAR}-{month:02}", "工号": person.number}
        if (person.number, month) in TYPED_SCORES:
            row["得分"] = score
        else:
            row |= split(score, POINTS[post], int(person.number) + month)
        if post == LEAD:
            satisfaction = SATISFACTION[person.number].get(month)
            row["服务满意度"] = Decimal(satisfaction) if satisfaction else None
        yield row


def split(score: Decimal, points: Mapping[str, int], turn: int) -> dict[str, Decimal]:
    """Points per indicator that add up to ``score``: what is lost is taken in steps, beginning with another each time.

    >>> split(Decimal(97), {"甲": 60, "乙": 40}, 0)
    {'甲': Decimal('58'), '乙': Decimal('39')}
    """
    left = {heading: Decimal(most) for heading, most in points.items()}
    names = [*points][turn % len(points):] + [*points][: turn % len(points)]
    lost = sum(left.values()) - score
    step = Decimal(2)
    while lost:
        for name in names:
            taken = min(step, lost, left[name])
            left[name] -= taken
            lost -= taken
        step = Decimal(1)
    return left


def _skill_rows() -> Iterator[dict[str, Any]]:
    for person in PEOPLE:
        if person.typing is not None:
            yield {"期间": QUARTER, "工号": person.number, "打字速度": person.typing}
    for month, person in _months_on_roster():
        if month >= 10 and person.post_in(month) == REP:
            skill = _general_skill(person.number, month)
            yield {"期间": f"{YEAR}-{month:02}", "工号": person.number, "通用技能": skill}


def _general_skill(number: str, month: int) -> int:
    return GENERAL_SKILL.get((number, month), 70 + (int(number) * 7 + month * 3) % 16)


def _star_rows(post: str, review: Result | None) -> list[dict[str, Any]]:
    """The form of ``post``: the review's lines, and the rows that the panel confirmed by hand."""
    lines = {line["工号"]: line for line in review.lines if line["岗位"] == post} if review else {}
    made = ("综合分值", "出勤达标", "技能成绩", "评定星级", "备注")
    result = []
    for person in PEOPLE:
        confirmed = CONFIRMED.get(person.number) if person.post == post else None
        line = lines.get(person.number)
        if line is None and confirmed is None:
            continue
        row: dict[str, Any] = {"季度": QUARTER, "工号": person.number}
        row |= {heading: (line or {}).get(heading) for heading in made}
        if confirmed:
            row["确认星级"], row["评审意见"] = confirmed
        result.append(row)
    return result


def _other_items() -> Iterator[dict[str, Any]]:
    base = {"初级": Decimal(1800), "中级": Decimal(2000), "高级": Decimal(2400), "": Decimal(2800)}
    for month in (11, 12):
        period = f"{YEAR}-{month:02}"
        for when, number, amount, note in OVERTIME:
            if when == month:
                yield {"月份": period, "工号": number, "项目": "加班费", "金额": Decimal(amount), "计入": "应发",
                       "说明": note}
        for person in PEOPLE:
            # Insurance begins with the first full month.
            insured = person.on_roster(month) and _date(person.joined) < dt.date(YEAR, month, 1)
            if insured and person.number not in INSURED_ELSEWHERE:
                wage = Decimal(person.pay) if person.pay else base[person.grade]
                yield {"月份": period, "工号": person.number, "项目": "社保",
                       "金额": (wage * Decimal("0.105")).quantize(Decimal("0.01")), "计入": "扣款"}
        for when, number, amount, note in INCOME_TAX:
            if when == month:
                yield {"月份": period, "工号": number, "项目": "个税", "金额": Decimal(amount), "计入": "扣款",
                       "说明": note}
