"""The table of hands (hands.yaml): its groups, and each cell read by the program's own code.

A reading is what a cell counts as, and what is said about it.
"""

# ruff: noqa: E501  (sheets row by row)

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from xl_kpi.parameters import read_parameters
from xl_kpi.period import Month, key_of, period_of
from xl_kpi.policy.load import load
from xl_kpi.policy.model import Column
from xl_kpi.problems import Problem
from xl_kpi.rules.values import OK
from xl_kpi.tables.cells import ReadCells, plain, read_column
from xl_kpi.tables.people import Roster
from xl_kpi.tables.reading import Reader
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.formats import of_code

HANDS = Path(__file__).with_name("hands.yaml")
NOTHING = "空白"
WAYS = {"照读": "", "提示": "hint", "不读": "error"}
PEOPLE = [("KF001", "张三"), ("KF002", "李四"), ("KF003", "王五"), ("KF-004", "赵六"), ("kf-5", "钱七"), ("KF 5", "孙八"),
          ("007", "周九"), ("AB10", "吴十"), ("AB11", "李四")]


@dataclass(frozen=True)
class Outcome:
    """What a cell counts as ('' when it does not), and what is said about it: (level, text)."""

    counts: str
    said: tuple[tuple[str, str], ...]


@cache
def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(HANDS.read_text("utf-8"))
    return found


def cases() -> Iterator[tuple[dict[str, Any], str, Any, Any]]:
    """(group, way, what is typed, what it counts as or what is said)."""
    for group in groups():
        for way in WAYS:
            for typed, expected in group.get(way, []):
                yield group, way, typed, expected


def cell_of(typed: Any) -> tuple[Any, Mark | None]:
    """A cell as it is read from a workbook: its value and what it is beyond that."""
    if isinstance(typed, dict):
        if "百分比" in typed:
            return float(typed["百分比"]), Mark(percent=True)
        code, number = typed["格式"], float(typed["数"])
        style = of_code(code)
        return number, Mark(percent=style.percent(number), shown=style.shown(number),
                            unshown="" if style.readable or style.reads(number) else code)
    return (float(typed) if isinstance(typed, int) and not isinstance(typed, bool) else typed), None


def outcome(group: dict[str, Any], typed: Any) -> Outcome:
    column = group["列"]
    if "parameter" in column:
        return _parameter(column, typed)
    if "id" in column or "name" in column:
        return _person(column, typed)
    value, mark = cell_of(typed)
    like = Column(name="x", heading=group["题"], **column)
    cells = read_column(like, [value], {0: mark} if mark else {})
    return Outcome(counts_as(cells, like), tuple((one.level, one.text) for one in cells.said))


def counts_as(cells: ReadCells, column: Column) -> str:
    """The value of the only row of a column, as the table writes it."""
    if cells.states()[0] != OK:
        return NOTHING if not any(one.level == "error" for one in cells.said) else ""
    if column.type == "date":
        assert cells.day is not None
        return dt.date.fromordinal(int(cells.day[0])).isoformat()
    if cells.periods is not None:
        return str(period_of(key_of(int(cells.periods[0]))))
    value = cells.value.at(0)
    return str(value) if isinstance(value, str) else plain(float(value))


# -- 参数 -------------------------------------------------------------------------------------------------------------

def _parameter(column: dict[str, Any], typed: Any) -> Outcome:
    policy = load("bozhen-2016")
    value, mark = cell_of(typed)
    key = column.get("key")
    row = [column["parameter"], key, 1234.0, value] if column.get("day") else [column["parameter"], key, value, None]
    sheet = Sheet("参数", False, [["参数", "键", "值", "生效日期"], row])
    if mark:
        sheet.marks[1, 2] = mark
    found = read_parameters(Book(Path(), [sheet]), policy)
    bad = [problem for problems in found.bad.values() for problem in problems]
    mine = [dated for dated in found.settings.values.get((column["parameter"], key), []) if dated.cell == "C2"]
    counts = NOTHING if not bad else ""
    if mine:
        counts = str(Month(mine[0].month)) if column.get("day") else plain(float(mine[0].value))
    return Outcome(counts, _said([*found.problems, *bad]))


def _said(problems: list[Problem]) -> tuple[tuple[str, str], ...]:
    return tuple((one.level, one.text) for one in problems)


# -- 工号 and 姓名 ----------------------------------------------------------------------------------------------------

def _person(column: dict[str, Any], typed: Any) -> Outcome:
    """A row of 考勤 whose 工号 or 姓名 is ``typed``; a 姓名 beside the 工号 of the person who had or has that name."""
    policy = load("bozhen-2016")
    value, mark = cell_of(typed)
    number: Any = value if "id" in column else "AB10" if str(typed) in ("吴十", "吴石", "吴 石") else "KF001"
    sheets = [
        Sheet("花名册", False, [["工号", "姓名", "岗位", "职级", "班组", "入职日期", "转正日期", "离职日期", "岗位工资"],
                             *([*person, "客服代表", None, None, "2015-01-05", None, None, None] for person in PEOPLE)]),
        Sheet("人事变动", False, [["工号", "生效日期", "项目", "原值", "新值"], ["AB10", "2016-10-01", "姓名", "吴石", "吴十"]]),
        Sheet("考勤", False, [["月份", "工号", "姓名", *(c.heading for c in policy.tables["考勤"].columns
                                                 if c.type in ("count", "hours"))],
                            ["2016-11", number, value if "name" in column else None, 1.0, *[None] * 8]]),
    ]
    if mark and "id" in column:
        sheets[2].marks[1, 1] = mark
    reader = Reader(Book(Path(), sheets), policy, frozenset())
    readings = {name: reader.read(name, policy.tables[name]) for name in ("花名册", "人事变动", "考勤")}
    before = [finding.problem for finding in reader.findings if finding.table == "考勤"]
    people = Roster(reader, readings["花名册"])
    people.owners(readings["人事变动"])
    rows = len(reader.findings)
    owner = people.owners(readings["考勤"])
    after = [finding.problem for finding in reader.findings[rows:]]
    return Outcome(readings["花名册"].ids[owner[0]] if owner[0] >= 0 else "", _said([*before, *after]))
