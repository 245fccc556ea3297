"""Attendance exports as the systems write them: one builder a kind, of plain people and what each day says."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from xl_kpi.calendar_cn import Calendar
from xl_kpi.period import Month

is_workday = Calendar().is_workday
WEEK = "一二三四五六日"
# (工号, 姓名)
Person = tuple[str, str]
# (工号, day of the month) → what the cell says
Days = Mapping[tuple[str, int], str]
NONE: Mapping[Any, Any] = {}


def days_of(month: Month) -> list[dt.date]:
    return [month.first_day + dt.timedelta(n) for n in range((month.last_day - month.first_day).days + 1)]


def dingtalk(path: Path, people: Sequence[Person], month: Month, said: Days, sums: Mapping[tuple[str, str], Any] = NONE,
             leaves: Sequence[str] = ("事假(小时)", "病假(小时)", "调休(小时)", "年假(天)"), merged: bool = True,
             span: tuple[dt.date, dt.date] | None = None, title: bool = True) -> Path:
    """月度汇总: title, when it was made, two heading rows, a row a person; days headed 1 2 … with 六 日."""
    first, last = span or (month.first_day, month.last_day)
    days = [first + dt.timedelta(n) for n in range((last - first).days + 1)]
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("月度汇总")
        heads = ["姓名", "考勤组", "部门", "工号", "职位", "UserId", "出勤天数", "休息天数", "工作时长(分钟)",
                 "迟到次数", "迟到时长(分钟)", "严重迟到次数", "严重迟到时长(分钟)", "旷工迟到天数", "早退次数",
                 "早退时长(分钟)", "上班缺卡次数", "下班缺卡次数", "旷工天数", "出差时长", "外出时长"]
        behind = ["加班总时长", "工作日（转调休）", "休息日（转调休）", "节假日（转调休）"]
        top = 2 if title else 0
        if title:
            page.merge_range(0, 0, 0, 30, f"月度汇总 统计日期：{first} 至 {last}")
            page.merge_range(1, 0, 1, 30, f"报表生成时间：{last + dt.timedelta(1)} 09:12")
        column = 0
        for text in heads:
            if merged:
                page.merge_range(top, column, top + 1, column, text)
            else:
                page.write_string(top, column, text)
            column += 1
        for group, leaf in (("请假", leaves), ("加班时长（转调休）", behind),
                            ("考勤结果", [_head(day) for day in days])):
            if merged and len(leaf) > 1:
                page.merge_range(top, column, top, column + len(leaf) - 1, group)
            else:
                page.write_string(top, column, group)
            for text in leaf:
                page.write_string(top + 1, column, text)
                column += 1
        at = {text: n for n, text in enumerate([*heads, *leaves, *behind])}
        for n, (number, name) in enumerate(people):
            row = top + 2 + n
            values = {"姓名": name, "考勤组": "客服考勤组", "部门": "客户服务部", "工号": number, "职位": "客服代表",
                      "UserId": f"0{n:03}2237"}
            page.write_row(row, 0, ["--"] * len(at))
            for text, value in values.items():
                page.write_string(row, at[text], value)
            for text, where in at.items():
                if (value := sums.get((number, text))) is not None:
                    page.write(row, where, value)
                elif text.endswith("次数"):
                    page.write_number(row, where, 0)
            for d, day in enumerate(days):
                text = said.get((number, day.day)) or ("正常班:正常\n(08:52,18:03)" if is_workday(day) else "休息\n(-)")
                page.write_string(row, len(at) + d, text)
    return path


def _head(day: dt.date) -> str:
    return WEEK[day.weekday()] if day.weekday() > 4 else str(day.day)


def wecom(path: Path, people: Sequence[Person], month: Month, said: Days, sums: Mapping[tuple[str, str], Any] = NONE,
          accounts: Mapping[str, str] = NONE) -> Path:
    """上下班打卡_月报: groups over leaves with units on a second line, days headed 1⏎星期三."""
    days = days_of(month)
    basic = ["账号", "部门", "职务"]
    overview = ["应打卡天数\n(天)", "正常天数\n(天)", "异常天数\n(天)", "标准工作时长\n(小时)", "实际工作时长\n(小时)"]
    wrong = ["异常合计\n(次)", "迟到次数\n(次)", "迟到时长\n(分钟)", "早退次数\n(次)", "早退时长\n(分钟)",
             "旷工次数\n(次)", "旷工时长\n(分钟)", "缺卡次数\n(次)", "地点异常\n(次)", "设备异常\n(次)"]
    leave = ["外勤\n(次)", "外出\n(小时)", "出差\n(天)", "年假\n(天)", "事假\n(小时)", "病假\n(小时)", "调休假\n(小时)"]
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("上下班打卡_月报")
        page.write_string(0, 0, "上下班打卡_月报")
        made = month.last_day + dt.timedelta(1)
        span = f"{month.first_day:%m-%d} ～ {month.last_day:%m-%d}"
        page.write_string(1, 0, f"统计时间:{span}     制表时间:{made} 17:23(UTC+8)")
        for at, text in enumerate(["时间", "姓名"]):
            page.merge_range(2, at, 3, at, text)
        column = 2
        for group, leaf in (("基础信息", basic), ("概况", overview), ("异常统计", wrong), ("假勤统计", leave),
                            ("打卡明细", [f"{day.day}\n星期{WEEK[day.weekday()]}" for day in days])):
            page.merge_range(2, column, 2, column + len(leaf) - 1, group)
            for text in leaf:
                page.write_string(3, column, text)
                column += 1
        heads = ["时间", "姓名", *basic, *overview, *wrong, *leave]
        for n, (number, name) in enumerate(people):
            row = 4 + n
            page.write_row(row, 0, ["--"] * (len(heads) + len(days)))
            page.write_row(row, 0, [f"{month.first_day:%Y/%m/%d}-{month.last_day:%Y/%m/%d}", name,
                                    accounts.get(number, f"zhang{n}"), "客户服务部", "客服代表"])
            for at, text in enumerate(heads):
                if (value := sums.get((number, text.partition("\n")[0]))) is not None:
                    page.write(row, at, value)
            for d, day in enumerate(days):
                usual = "正常 ;" if is_workday(day) else "--"
                page.write_string(row, len(heads) + d, said.get((number, day.day)) or usual)
    return path


def ticks(path: Path, people: Sequence[Person], month: Month, said: Days, legend: Sequence[str] = (),
          halves: bool = False, title: str | None = None, numbers: bool = True, sign: str = "√") -> Path:
    """A sheet that somebody ticks: title, 序号 工号 姓名, the days and their weekdays, a legend below."""
    days = days_of(month)
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("考勤表")
        page.merge_range(0, 0, 0, 20, title if title is not None else f"客户服务部{month.year}年{month.number}月考勤表")
        heads = ["序号", *(["工号"] if numbers else []), "姓 名", *(["时段"] if halves else [])]
        for at, text in enumerate(heads):
            page.merge_range(1, at, 2, at, text)
        for n, day in enumerate(days):
            page.write_number(1, len(heads) + n, day.day)
            page.write_string(2, len(heads) + n, WEEK[day.weekday()])
        row = 3
        for n, (number, name) in enumerate(people):
            keys: list[Any] = [n + 1, *([number] if numbers else []), name]
            for half in ("上午", "下午") if halves else ("",):
                if halves and half == "上午":
                    for at, value in enumerate(keys):
                        page.merge_range(row, at, row + 1, at, value)
                elif not halves:
                    page.write_row(row, 0, keys)
                if halves:
                    page.write_string(row, len(keys), half)
                for d, day in enumerate(days):
                    text = said.get((number, day.day)) or said.get((number + half, day.day)) or (
                        sign if is_workday(day) else "")
                    page.write_string(row, len(heads) + d, text)
                row += 1
        for n, text in enumerate(legend):
            page.write_string(row + 1, n * 4, text)
        page.write_string(row + 2, 0, "制表：")
    return path


def punches(path: Path, people: Sequence[Person], month: Month, times: Days, one_a_row: bool = False,
            shift: str = "", encoding: str = "") -> Path:
    """The list of a card reader: a row a person and day with 上班时间 and 下班时间, or a row a punch; as .csv too."""
    heads = ["工号", "姓名", "部门", *(["班次"] if shift else []),
             *(["打卡时间"] if one_a_row else ["日期", "上班时间", "下班时间"])]
    rows: list[list[str]] = []
    for number, name in people:
        for day in days_of(month):
            given = times.get((number, day.day), "08:52 18:04" if is_workday(day) else "")
            into, _, out = given.partition(" ")
            key = [number, name, "客户服务部", *([shift] if shift else [])]
            if one_a_row:
                rows += [[*key, f"{day} {time}:11"] for time in given.split()]
            elif given or is_workday(day):
                rows.append([*key, f"{day}", into.strip("-"), out])
    if path.suffix == ".csv":
        with path.open("w", encoding=encoding or "utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
        return path
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("打卡记录")
        for n, row in enumerate([heads, *rows]):
            for at, value in enumerate(row):
                page.write_string(n, at, value)
    return path


def card_reader(path: Path, people: Sequence[Person], month: Month, times: Days) -> Path:
    """员工刷卡记录表: the days across, a block a person."""
    days = days_of(month)
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("员工刷卡记录表")
        page.merge_range(0, 0, 0, len(days) - 1, "员工刷卡记录表")
        page.write_string(2, 0, "考勤日期：")
        page.write_string(2, 2, f"{month.first_day} ~ {month.last_day}")
        for n, day in enumerate(days):
            page.write_number(3, n, day.day)
        row = 4
        for number, name in people:
            for at, text in ((0, "工号："), (2, number), (8, "姓名："), (10, name), (18, "部门："), (20, "客户服务部")):
                page.write_string(row, at, text)
            for n, day in enumerate(days):
                given = times.get((number, day.day), "08:52 18:04" if is_workday(day) else "")
                if given:
                    page.write_string(row + 1, n, "\n".join(given.split()))
            row += 2
    return path


def daily(path: Path, people: Sequence[Person], month: Month, results: Days, applications: Days = NONE) -> Path:
    """每日统计: a row a person and day, two heading rows, what the system says of each punch."""
    heads = ["姓名", "考勤组", "部门", "工号", "职位", "UserId", "日期", "workDate", "班次", "上班1打卡时间",
             "上班1打卡结果", "下班1打卡时间", "下班1打卡结果", "关联的审批单", "出勤天数", "迟到次数",
             "迟到时长(分钟)", "旷工天数"]
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("每日统计")
        page.merge_range(0, 0, 0, 17, f"每日统计表 统计日期：{month.first_day} 至 {month.last_day}")
        page.merge_range(1, 0, 1, 17, f"报表生成时间：{month.last_day + dt.timedelta(1)} 09:00")
        for at, text in enumerate(heads):
            page.merge_range(2, at, 3, at, text)
        row = 4
        for n, (number, name) in enumerate(people):
            for day in days_of(month):
                into, _, out = results.get((number, day.day), "正常 正常" if is_workday(day) else "").partition(" ")
                page.write_row(row, 0, [
                    name, "客服考勤组", "客户服务部", number, "客服代表", f"0{n}77",
                    f"{day:%y-%m-%d} 星期{WEEK[day.weekday()]}", "1478736000000",
                    "正常班 09:00-18:00" if is_workday(day) else "休息", "08:52" if into else "", into,
                    "18:03" if out else "", out, applications.get((number, day.day), "")])
                row += 1
    return path
