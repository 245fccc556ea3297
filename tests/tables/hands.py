"""One sheet as HR keeps it, read on its own."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from xl_kpi.policy.load import DEFAULT_POLICY, load
from xl_kpi.tables.reading import Reader, Reading
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.grid import Area, area_of

POLICY = load(DEFAULT_POLICY)
HEADINGS = {
    "花名册": ["工号", "姓名", "岗位", "职级", "班组", "入职日期", "转正日期", "离职日期", "岗位工资"],
    "考勤": ["月份", "工号", "姓名", "迟到次数"],
    "月度考核_客服代表": ["月份", "工号", "姓名", "工作量", "出错率", "满席度", "投诉处理", "日常任务", "得分"],
    "奖惩台账": ["日期", "工号", "事项", "成立", "说明"],
    "季度星级_客服代表": ["季度", "工号", "姓名", "综合分值", "出勤达标", "技能成绩", "评定星级", "确认星级",
                  "评审意见", "备注"],
    "其他项目": ["月份", "工号", "项目", "金额", "计入", "说明"],
}
OTHERS = ["早退次数", "病假次数", "事假次数", "调休次数", "旷工次数", "私自换班次数", "病假小时", "事假小时"]


def area(text: str, down: int = 0) -> Area:
    found = area_of(text)
    if found is None:       # A0 is the heading row of the cases
        corners = re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", text)
        assert corners is not None, text
        letters, first, right, last = corners.groups()
        found = area_of(f"{letters}{int(first) + 1}:{right}{int(last) + 1}")
        assert found is not None
        return found[0] + down - 1, found[1], found[2] + down - 1, found[3]
    return found[0] + down, found[1], found[2] + down, found[3]


def cell(value: Any) -> Any:
    """A cell as the reader gives it."""
    if type(value) is int:
        return float(value)
    if type(value) is dt.date or not isinstance(value, str):
        return value
    return dt.date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else value


def sheet(name: str, rows: list[list[Any]], merged: list[Area] = [], **about: Any) -> Sheet:     # noqa: B006
    width = max(map(len, rows))
    return Sheet(name, False, [[cell(v) for v in row] + [None] * (width - len(row)) for row in rows],
                 merged=list(merged), **about)


def read(name: str, *sheets: Sheet) -> tuple[Reading, list[str]]:
    """(the table of bozhen-2016 called ``name``, the texts of what is said, the errors with 错误 before them)."""
    reader = Reader(Book(Path("b.xlsx"), list(sheets)), POLICY, [])
    table = next(key for key, table in POLICY.tables.items() if table.sheet == name)
    reading = reader.read(table, POLICY.tables[table])
    words = {"error": "错误", "warning": "警告", "hint": "提示"}
    return reading, [f"{words[f.problem.level]} {f.problem.text}" for f in reader.findings]


__all__ = ["HEADINGS", "OTHERS", "Mark", "area", "cell", "read", "sheet"]
