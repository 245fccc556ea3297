"""The four sheets as they are filled in: their columns, and their rows as typed values with the place of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from xl_kpi.hand.texts import is_blank, kept
from xl_kpi.policy.model import Column
from xl_kpi.problems import Level, Problem
from xl_kpi.tables.cells import NUMBERS, read_column, seen
from xl_kpi.tables.headings import also_sheets, find_headings, find_sheets, hidden_there, not_one_sheet, settle
from xl_kpi.tables.merged import Merged
from xl_kpi.tables.rows import says_total
from xl_kpi.workbook.book import CALCULATE, Book, Mark, Sheet
from xl_kpi.workbook.grid import address

INDICATORS, RATERS, GRADES, PAY = "指标", "评分人", "等级", "计薪"
POINTS, BANDS, TARGET, LOST, WON, RATIO, LEVELS = (
    "打分", "分档", "目标加减", "按次扣分", "按次加分", "比率", "等级描述")
FROM, TO = "从", "到"
PARTS = ("舍去", "进一", "按比例")
LONGEST = 200               # characters of a note: it is shown beside a cell
_NUMBER: dict[str, Any] = {"type": "number", "min": -NUMBERS["number"].limit}


def _column(heading: str, kind: str = "text", fill: str = "", **more: Any) -> Column:
    number = _NUMBER if kind == "number" else {"type": kind}
    return Column(**{"name": heading, "heading": heading, "fill": fill, "optional": True} | number | more)


COLUMNS: dict[str, list[Column]] = {
    INDICATORS: [
        _column("指标", fill="一个指标一行；分档、等级描述的下面几行空着，接着写各档", required=True, optional=False),
        _column("说明", fill="看什么、怎么评：填数据的人在格子旁边看到"),
        _column("条款", fill="公司文件里的条款号，可以空着"),
        _column("权重", "percent", "各指标合计 100；不用权重、直接加总分的，全部空着，填满分"),
        _column("满分", "score", "有权重的空着是 100"),
        _column("怎么得分", "choice", "打分：评分人给分；分档：按实际值落在哪一档；目标加减：比目标每多、少一步加减分；"
                "按次：每发生一次扣（加）分；比率：满分 × 比率；等级描述：选一个描述",
                choices=[POINTS, BANDS, TARGET, LOST, WON, RATIO, LEVELS], required=True, optional=False),
        _column("取数", fill="实际值的名称；空着是指标的名称；两个数相除的写 甲/乙，得到百分比"),
        _column("单位", fill="实际值的单位，如 %、分钟、次；取数写 甲/乙 的空着"),
        _column("目标", "number", "目标加减的目标；比率只有一个数的，得分是 满分 × 实际 ÷ 目标"),
        _column("每", "number", "目标加减：每多少是一步"),
        _column("加", "number", "比目标每多一步加几分；按次加分：每次加几分"),
        _column("扣", "number", "比目标每少一步扣几分；按次扣分：每次扣几分"),
        _column("不足一步", "choice", "目标加减：不足一步的怎么算", choices=list(PARTS)),
        _column("最低", "number", "得分最低几分；空着是 0"),
        _column("最高", "number", "得分最高几分；空着是满分"),
        _column(FROM, "number", "这一档从多少起；最低的一档空着"),
        _column(TO, "number", "这一档到多少为止；最高的一档空着"),
        _column("描述", fill="等级描述：可以选的一个描述"),
        _column("得分", "number", "这一档、这个描述得几分"),
        _column("含哪头", "choice", "分档：正好在线上的算哪一档。从：含“从”不含“到”（不填就是它）；到：含“到”不含“从”",
                choices=[FROM, TO])],
    RATERS: [
        _column("评分人", fill="如 上级、同事、自评；一个评分人一行；没有评分人、直接填得分的，整张空着", required=True,
                optional=False),
        _column("权重", "percent", "合计 100；权重 0 的不用评", required=True, optional=False),
        _column("说明", fill="写给自己看的")],
    GRADES: [
        _column("等级", fill="从高到低一级一行；不分等级的，整张空着", required=True, optional=False),
        _column(FROM, "number", "综合得分从多少起（含）；最低的一级空着"),
        _column(TO, "number", "到多少为止（不含）；最高的一级空着"),
        _column("系数", "number", "按等级系数计薪、分奖金池的才填"),
        _column("出现的事项", fill="记了这件事就是这一级，不看得分，如 严重违纪；从、到 空着的只由它定"),
        _column("结果怎么用", fill="写进备注，如 面谈并制定改进计划")],
    PAY: [
        _column("项目", fill="不要改", required=True, optional=False),
        _column("值", fill="要填的"),
        _column("怎么填", fill="说明")],
}


@dataclass
class Row:
    """A row that says something.  ``values``: what each heading's cell means (a Fraction, a text); None: blank, or it
    cannot be used.  ``raw``: the cells as they are."""

    sheet: str
    number: int
    at: dict[str, int]
    values: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)         # headings of which something wrong is said already
    hidden: str = ""

    def __getitem__(self, heading: str) -> Any:
        return self.values.get(heading)

    def text(self, heading: str) -> str:
        return self.values.get(heading) or ""

    def filled(self, heading: str) -> bool:
        return not is_blank(self.raw.get(heading)) or heading in self.said

    def cell(self, heading: str) -> str:
        return address(self.number, self.at.get(heading, 0))

    def problem(self, heading: str, text: str, do: str, level: Level = "error") -> Problem:
        return Problem(level, f"{text}{'' if level == 'hint' else self.hidden}", do, self.sheet, self.cell(heading))


def read_rows(book: Book, name: str, problems: list[Problem]) -> list[Row]:
    """The rows of a sheet in their order; what is wrong or to be noted goes to ``problems``."""
    columns = COLUMNS[name]
    sheets = find_sheets(book, name)
    if len(sheets) != 1:
        problems.append(not_one_sheet(book, name, sheets, list(COLUMNS)))
        return []
    sheet, merged = sheets[0], Merged(sheets[0])
    headings = find_headings(sheet, columns)
    problems += also_sheets(book, sheet, name, columns)
    problems += [problem for _, problem in headings.missing(sheet.name, columns)]
    if headings.row < 0:
        return []
    numbers = range(headings.row + 1, len(sheet.rows))
    problems += [problem for _, problem in settle(headings, sheet, merged, numbers, columns)]
    rows = [row for number in numbers if (row := _row(sheet, merged, headings.at, number)) is not None]
    for column in columns:
        if column.heading in headings.at:
            _read(column, rows, problems)
    return rows


def _row(sheet: Sheet, merged: Merged, at: dict[str, int], number: int) -> Row | None:
    """The row of a number, None when it says nothing of its own or is a total."""
    raw = {name: merged.shown(number, position) for name, position in at.items()}
    own = [name for name, position in at.items() if not merged.covered(number, position)
           and (not is_blank(raw[name]) or merged.mark(number, position) is not None)]
    if not own or any(says_total(value) for value in list(raw.values())[:1]):
        return None
    marks = {name: mark for name, position in at.items() if (mark := merged.mark(number, position))}
    return Row(sheet.name, number, at, raw=raw, marks=marks, hidden=hidden_there(sheet, number, -1))


def _read(column: Column, rows: Sequence[Row], problems: list[Problem]) -> None:
    """The cells of one column."""
    name = column.heading
    marks = {k: row.marks[name] for k, row in enumerate(rows) if name in row.marks}
    cells = read_column(column.model_copy(update={"required": False}), [row.raw[name] for row in rows], marks)
    for said in cells.said:
        row = rows[said.row]
        if said.level == "error":
            row.said.add(name)
        do = CALCULATE if row.marks.get(name, Mark()).old else said.do
        problems.append(row.problem(name, f"「{name}」{said.text}", do, said.level))
    for k, row in enumerate(rows):
        if name in row.said:
            continue
        if column.type == "text":
            value: Any = _text(row.raw[name])
        else:
            value = cells.value.at(k)
        if value not in ("", None):
            row.values[name] = value


def _text(value: Any) -> str:
    """A text in one line, as it was typed."""
    return " ".join((kept(value) if isinstance(value, str) else "" if value is None else seen(value)).split())


def decimal(number: Fraction) -> str:
    """A number as a page writes it: the cells have at most four decimals."""
    whole, rest = divmod(abs(number), 1)
    digits = f"{whole}.{int(rest * 10**4):04}".rstrip("0").rstrip(".")
    return f"-{digits}" if number < 0 else digits
