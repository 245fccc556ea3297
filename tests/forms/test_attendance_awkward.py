"""Exports that are awkward: other layouts of the same kinds, several months in a file, damaged ones."""

from __future__ import annotations

import contextlib
import copy
import csv
import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from tests.forms import attendance_exports as build
from tests.forms.test_attendance_import import MONTH, opened, people
from xl_kpi.actions.importing import Imported, Questions, read
from xl_kpi.forms.foreign import open_form
from xl_kpi.period import Month
from xl_kpi.problems import Refusal, UsageError
from xl_kpi.workbook.book import Book, Mark

LATE = {("001", 4): "迟到3分钟"}
ONE = {("001", "迟到次数"): 1}
SHIFT = {"班次": "09:00-18:00", "宽限分钟": "0", "迟到早退多少分钟以上算旷工": "不算旷工"}


def comes_to(path: Path, answers: Mapping[str, str] = build.NONE, month: Month = MONTH) -> Imported:
    return read(opened(), month, [open_form(path)], answers)


def late(found: Imported, person: str) -> Fraction | None:
    name = next(one.name for one in found.wanted if one.heading == "迟到次数")
    return found.rows[person].get(name)


def written(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        page = book.add_worksheet("Sheet1")
        for n, row in enumerate(rows):
            page.write_row(n, 0, row)
    return path


def test_a_report_whose_merges_are_gone(tmp_path: Path) -> None:
    found = comes_to(build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, LATE, ONE, merged=False))
    assert late(found, "001") == 1
    assert [one.day for one in found.sources] == [dt.date(2017, 1, 4)], "by its days, not by its sums alone"


def test_a_report_as_csv(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, LATE, ONE))
    with (tmp_path / "月报.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([["" if v is None else v for v in row] for row in book.active.values])
    found = comes_to(tmp_path / "月报.csv")
    assert late(found, "001") == 1
    assert [one.day for one in found.sources] == [dt.date(2017, 1, 4)]


def test_a_report_without_its_title(tmp_path: Path) -> None:
    found = comes_to(build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, LATE, ONE, title=False))
    assert late(found, "001") == 1


def test_a_report_of_sums_alone(tmp_path: Path) -> None:
    rows = [["姓名", "工号", "UserId", "考勤组", "迟到次数", "严重迟到次数", "早退次数", "旷工天数", "事假(小时)"],
            ["王秀云", "001", "77", "客服", 2, 1, "--", 1, "--"], ["陈卫东", "002", "78", "客服", 0, 0, 0, 0, 4]]
    path = written(tmp_path / "汇总.xlsx", rows)
    with pytest.raises(Questions) as asked:
        comes_to(path)
    assert {one.key for one in asked.value.open} == {
        "严重迟到", "001 王秀云 2017-01 旷工次数", "002 陈卫东 2017-01 事假次数"}
    answers = {"严重迟到": "迟到", "001 王秀云 2017-01 旷工次数": "1", "002 陈卫东 2017-01 事假次数": "1"}
    with pytest.raises(Questions, match="“迟到次数”里已经有严重迟到了吗"):
        comes_to(path, answers)
    assert late(comes_to(path, {**answers, "迟到次数含不含严重迟到": "是"}), "001") == 2
    found = comes_to(path, {**answers, "迟到次数含不含严重迟到": "否"})
    names = {one.heading: one.name for one in found.wanted}
    assert found.rows["001"][names["迟到次数"]] == 3
    assert found.rows["001"][names["旷工次数"]] == 1
    assert found.rows["002"][names["事假小时"]] == 4
    assert names["病假次数"] not in found.rows["001"]


def test_a_row_of_weekdays_that_says_so(tmp_path: Path) -> None:
    days = build.days_of(MONTH)
    rows = [["客服部2017年1月考勤表"], ["姓名", *(day.day for day in days)],
            ["星期", *(build.WEEK[day.weekday()] for day in days)],
            ["王秀云", *("迟到" if d == 5 else "正常" for d in range(31))]]
    found = comes_to(written(tmp_path / "考勤.xlsx", rows))
    assert late(found, "001") == 1
    assert not any("不在花名册" in problem.text for problem in found.problems)


def test_days_that_are_dates_and_a_month_that_is_one(tmp_path: Path) -> None:
    days = build.days_of(MONTH)
    rows = [["月份", dt.datetime(2017, 1, 1)], ["姓名", *(dt.datetime(d.year, d.month, d.day) for d in days)],
            ["王秀云", *("迟到" if d == 5 else "正常" for d in range(31))]]
    path = written(tmp_path / "考勤.xlsx", rows)
    assert late(comes_to(path), "001") == 1
    with pytest.raises(Refusal, match="是 2017-01-01 至 2017-01-31 的，不是 2017-02 的"):
        comes_to(path, month=MONTH + 1)


def test_a_sheet_a_month(tmp_path: Path) -> None:
    path = tmp_path / "2017年考勤.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for n in (1, 2, 3):
            page = book.add_worksheet(f"{n}月")
            days = build.days_of(Month.of(2017, n))
            page.write_row(0, 0, ["姓名", *(day.day for day in days)])
            page.write_row(1, 0, ["王秀云", *("迟到" if day.day <= n else "正常" for day in days)])
    assert [late(comes_to(path, month=Month.of(2017, n)), "001") for n in (1, 2, 3)] == [1, 2, 3]
    with pytest.raises(Refusal, match="不是 2017-04 的"):
        comes_to(path, month=Month.of(2017, 4))
    with pytest.raises(Refusal, match="不是 2018-01 的"):
        comes_to(path, month=Month.of(2018, 1))


def test_the_columns_of_a_reader_that_says_when_one_should_come(tmp_path: Path) -> None:
    head = ["考勤号码", "姓名", "日期", "对应时段", "上班时间", "下班时间", "签到时间", "签退时间",
            "迟到时间", "是否旷工"]
    rows = [["7", "王秀云", str(day), "白班", "09:00", "18:00", "09:12" if day.day == 4 else "08:51", "18:02", "", ""]
            for day in build.days_of(MONTH) if build.is_workday(day)]
    found = comes_to(written(tmp_path / "考勤.xlsx", [head, *rows]), {"宽限分钟": "0"})
    assert late(found, "001") == 1


def test_punches_with_what_the_system_says_of_each(tmp_path: Path) -> None:
    head = ["姓名", "考勤组", "部门", "工号", "职位", "UserId", "考勤日期", "考勤时间", "打卡时间", "打卡结果",
            "打卡地址"]
    rows = [["王秀云", "客服", "客服", "001", "", "7", f"{day:%y-%m-%d} 星期{build.WEEK[day.weekday()]}",
             f"{day} {due}", f"{day} {due}", "迟到" if (day.day, due) == (4, "09:00") else "正常", ""]
            for day in build.days_of(MONTH) if build.is_workday(day) for due in ("09:00", "18:00")]
    assert late(comes_to(written(tmp_path / "原始记录.xlsx", [head, *rows])), "001") == 1


def test_a_daily_report_in_groups(tmp_path: Path) -> None:
    """企业微信: 上班1 over 打卡时间 and 打卡状态, and the result of the day besides, which is not counted twice."""
    with xlsxwriter.Workbook(tmp_path / "日报.xlsx") as book:
        page = book.add_worksheet("概况统计与打卡明细")
        page.write(0, 0, "概况统计与打卡明细")
        page.write(1, 0, "统计时间:01-01 ～ 01-31     制表时间:2017-02-01 17:23(UTC+8)")
        for at, text in enumerate(["时间", "姓名", "账号"]):
            page.merge_range(2, at, 3, at, text)
        for at, group, leaves in ((3, "考勤概况", ["所属规则", "班次", "最早", "最晚", "假勤申请", "考勤结果"]),
                                  (9, "上班1", ["打卡时间", "打卡状态"]), (11, "下班1", ["打卡时间", "打卡状态"])):
            page.merge_range(2, at, 2, at + len(leaves) - 1, group)
            page.write_row(3, at, leaves)
        for n, day in enumerate(build.days_of(MONTH)):
            worked, tardy = build.is_workday(day), day.day == 4
            state = ["09:12", "迟到12分钟", "18:01", "正常"] if tardy else ["08:52", "正常", "18:01", "正常"]
            when = f"{day:%Y/%m/%d} 星期{build.WEEK[day.weekday()]}"
            page.write_row(4 + n, 0, [when, "王秀云", "wxy", "客服打卡", *["--"] * 4, "迟到" if tardy else "正常",
                                      *(state if worked else ["--"] * 4)])
    found = comes_to(tmp_path / "日报.xlsx")
    assert late(found, "001") == 1
    assert found.said[0] == "日报.xlsx 概况统计与打卡明细：企业微信日报，1 人"
    assert "病假次数" in found.said[1]
    assert "旷工次数" not in found.said[1]


def test_several_sheets_that_say_the_same_count_once(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(build.dingtalk(tmp_path / "月报.xlsx", people(5), MONTH, LATE, ONE))
    other = openpyxl.load_workbook(build.daily(tmp_path / "日报.xlsx", people(5), MONTH, {("001", 4): "迟到 正常"}))
    page = book.create_sheet("每日统计")
    for row in other.active.iter_rows():
        for cell in row:
            if cell.value is not None:
                page[cell.coordinate] = cell.value
    book.calculation.fullCalcOnLoad = False
    book.save(tmp_path / "全.xlsx")
    found = comes_to(tmp_path / "全.xlsx")
    assert late(found, "001") == 1
    assert [one.place.sheet for one in found.sources] == ["月度汇总"]


def test_a_table_of_several_months_with_times_and_hours(tmp_path: Path) -> None:
    rows = [["月份", "工号", "姓名", "迟到次数", "病假次数", "病假小时"], ["2016-12", "001", "王秀云", 3, 1, 8],
            ["2017-01", "001", "王秀云", 1, 2, 12], ["2017年1月", "002", "陈卫东", 0, 0, 0]]
    found = comes_to(written(tmp_path / "考勤.xlsx", rows))
    names = {one.heading: one.name for one in found.wanted}
    assert {heading: found.rows["001"][names[heading]] for heading in rows[0][3:]} == dict(
        zip(rows[0][3:], (1, 2, 12), strict=True))
    assert not any(found.rows["002"].values())
    rows[2][0] = "一月"
    with pytest.raises(Refusal, match="不能读作月份"):
        comes_to(written(tmp_path / "考勤.xlsx", rows))


def test_two_columns_a_day(tmp_path: Path) -> None:
    days = build.days_of(MONTH)
    for leaves, cells, answers in (
            (("上班", "下班"), ("08:55", "18:01"), {**SHIFT, "全天没有打卡": "不计"}),
            (("上午", "下午"), ("正常", "正常"), {"一天按几小时": "8", "工作日空着的格": "正常"})):
        with xlsxwriter.Workbook(tmp_path / "考勤.xlsx") as book:
            page = book.add_worksheet("1月")
            page.merge_range(0, 0, 1, 0, "姓名")
            page.write(2, 0, "王秀云3月离职")
            for n, day in enumerate(days):
                page.merge_range(0, 1 + 2 * n, 0, 2 + 2 * n, day.day)
                page.write_row(1, 1 + 2 * n, leaves)
                if build.is_workday(day):
                    first = ("09:12" if leaves[0] == "上班" else "事假") if day.day == 4 else cells[0]
                    page.write_row(2, 1 + 2 * n, (first, cells[1]))
        found = comes_to(tmp_path / "考勤.xlsx", answers)
        names = {one.heading: one.name for one in found.wanted}
        if leaves[0] == "上班":
            assert late(found, "001") == 1
        else:
            assert found.rows["001"][names["事假小时"]] == 4
            assert found.rows["001"][names["事假次数"]] == 1


def test_a_sum_that_is_not_known_is_told(tmp_path: Path) -> None:
    rows = [["姓名", "迟到（单位：次）", "事假（单位：天）", "无记录（单位：天）"], ["王秀云", 2, "", 1]]
    found = comes_to(written(tmp_path / "2017年1月考勤汇总.xlsx", rows))
    assert late(found, "001") == 2
    assert "没有认出、没有用到的列：无记录（单位：天）" in found.said[0]


def test_times_under_a_heading_of_their_own(tmp_path: Path) -> None:
    rows = [["登记号码", "姓名", "出勤时间"]]
    for day in build.days_of(MONTH):
        if build.is_workday(day):
            rows += [["77", "王秀云", f"{day:%Y/%m/%d} 星期{build.WEEK[day.weekday()]} {time}"]
                     for time in ("09:12:01" if day.day == 4 else "08:50:11", "18:01:44")]
    assert late(comes_to(written(tmp_path / "考勤.xlsx", rows), SHIFT), "001") == 1


def test_a_sheet_with_sums_beside_its_signs(tmp_path: Path) -> None:
    days = build.days_of(MONTH)
    rows = [["2017年1月考勤表"], ["姓名", *(day.day for day in days), "出勤天数", "迟到次数", "事假天数"],
            ["王秀云", *("◇" if d == 5 else "○" if d == 8 else "√" for d in range(31)), 20, 1, 1]]
    answers = {"符号 √": "正常", "符号 ○": "事假", "符号 ◇": "迟到", "一天按几小时": "8"}
    assert late(comes_to(written(tmp_path / "考勤.xlsx", rows), answers), "001") == 1
    rows[2][-2] = 2
    with pytest.raises(Questions, match="迟到次数 是 2，每天的合起来是 1，哪个对"):
        comes_to(written(tmp_path / "考勤.xlsx", rows), answers)


def test_seventeen_hundred_people_are_no_trouble(tmp_path: Path) -> None:
    staff = [*people(), *((f"9{n:04}", f"外人{n}") for n in range(1700))]
    assert late(comes_to(build.dingtalk(tmp_path / "月报.xlsx", staff, MONTH, LATE, ONE)), "001") == 1


# -- damaged ----------------------------------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (
    None, "", "--", "合计", "姓名", "工号", 0, -1, 31, 45000.5, True, "９月", "迟到", "√+5", "13:99", "次日",
    dt.datetime(1900, 1, 1), dt.time(9), dt.timedelta(hours=30), "2017-13-45", "事假4天8小时", "\u200b", "x" * 300,
    "（）", "班:", "#", "9" * 40 + "小时", "迟到0次", "99999999小时")
Damage = Callable[[random.Random, list[list[Any]]], None]


def _cells(rng: random.Random, rows: list[list[Any]]) -> None:
    for _ in range(rng.randrange(1, 40)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(ODD)


def _rows(rng: random.Random, rows: list[list[Any]]) -> None:
    if len(rows) > 1:
        del rows[rng.randrange(len(rows))]
    rows.insert(rng.randrange(len(rows)), list(rng.choice(rows)))


def _columns(rng: random.Random, rows: list[list[Any]]) -> None:
    at, to = rng.randrange(len(rows[0])), rng.randrange(len(rows[0]))
    for row in rows:
        row.insert(to, row.pop(at))


def _short(rng: random.Random, rows: list[list[Any]]) -> None:
    del rows[rng.randrange(1, len(rows) + 1):]


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "ticks", "punches", "card_reader", "daily"])
def test_a_damaged_export_is_read_or_refused_in_words(kind: str, tmp_path: Path) -> None:
    make = getattr(build, kind)
    book = open_form(make(tmp_path / "导出.xlsx", people(6), MONTH, LATE if kind != "punches" else {}))
    answers = {**SHIFT, "符号 √": "正常", "全天没有打卡": "不计", "休息日打卡": "不查", "缺卡": "旷工"}
    for seed in range(40):
        rng = random.Random(f"{kind} {seed}")
        sheet = copy.copy(book.sheets[0])
        sheet.rows = [list(row) for row in sheet.rows]
        sheet.marks = dict(sheet.marks)
        for _ in range(rng.randrange(1, 4)):
            rng.choice((_cells, _rows, _columns, _short))(rng, sheet.rows)
        if rng.random() < 0.3:
            sheet.merged = []
        if rng.random() < 0.3:
            sheet.marks[rng.randrange(len(sheet.rows)), rng.randrange(len(sheet.rows[0]))] = Mark(error="#REF!")
        with contextlib.suppress(Refusal, UsageError):
            read(opened(), MONTH, [Book(book.path, [sheet])], answers)
