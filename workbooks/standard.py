"""The standard workbook's look: which sheets and columns it has, and how they are formatted.

Plain data go in (heading → value), an ``.xlsx`` comes out.  Nothing here knows a rule; the drop-downs only keep
HR from mistyping a word, the reader checks everything again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "note", "count", "star", "score", "hours", "money", "percent", "date", "plain"]
Row = Mapping[str, Any]

POSTS = ("客服代表", "客服领班")
GRADES = ("初级", "中级", "高级")
YES_NO = ("是", "否")
CHANGES = ("岗位", "职级", "班组", "岗位工资")
EVENTS = ("书面表扬", "违反制度", "通报批评", "服务态度异常", "服务态度投诉", "投诉", "重大工作失误")
SIDES = ("应发", "扣款")
SOURCES = ("制度", "公司", "示例", "法律")

HEADING_ROW = 2         # rows 0 and 1 are the title and a line that says how the sheet is filled in
SPARE_ROWS = 300        # drop-downs reach this far below the data: HR goes on typing there
FONT = "等线"

NUMBER_FORMATS: dict[Kind, str] = {
    "text": "@", "note": "@", "count": "0", "star": "0", "score": "0.00", "hours": "0.0", "money": "#,##0.00",
    "percent": "0.0%", "date": "yyyy-mm-dd", "plain": "General",
}


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` gives the number format, ``choices`` the drop-down, ``made`` that the program fills it."""

    heading: str
    kind: Kind = "text"
    width: float = 10
    required: bool = False
    choices: tuple[str, ...] = ()
    made: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet of the standard workbook, with the sentence below its title."""

    name: str
    note: str
    columns: tuple[Column, ...]
    frozen: int = 2         # columns that stay in view
    landscape: bool = False


ID = Column("工号", width=8, required=True)
NAME = Column("姓名", width=10)
MONTH = Column("月份", width=10, required=True)
QUARTER = Column("季度", width=10, required=True)


def _points(*headings: str) -> tuple[Column, ...]:
    return tuple(Column(heading, "score", 10.5) for heading in headings)


def _counts(*headings: str) -> tuple[Column, ...]:
    return tuple(Column(heading, "count", 9.5) for heading in headings)


def _form(top: int) -> tuple[Column, ...]:
    """The columns of 附表1 and 附表3, whose stars end at ``top``."""
    return (
        QUARTER, ID, NAME,
        Column("综合分值", "score", 10, made=True), Column("出勤达标", width=10, made=True),
        Column("技能成绩", "score", 10, made=True), Column("评定星级", "star", 10, made=True),
        Column("确认星级", "star", 10, choices=tuple(str(star) for star in range(top + 1))),
        Column("评审意见", "note", 34), Column("备注", "note", 40, made=True),
    )


_STARS_NOTE = ("每季度评审后由程序填写灰色栏（评定星级等）；评审小组改定时填“确认星级”并写明“评审意见”，"
               "发薪以确认星级为准。")

SHEETS: tuple[Sheet, ...] = (
    Sheet("参数", "一行一个参数。“值”空着的就是还没有定的；用到时程序会指出缺哪一格。同一参数可按生效日期写多行。", (
        Column("参数", "note", 29, required=True), Column("值", "plain", 22), Column("键", width=11),
        Column("名称", "note", 28), Column("岗位", width=10), Column("单位", width=9),
        Column("生效日期", "date", 12), Column("条款", "note", 18), Column("来源", width=8, choices=SOURCES),
        Column("怎么填", "note", 46),
    ), frozen=3, landscape=True),
    Sheet("花名册", "一人一行，写今天的状态；以前的状态写在“人事变动”里。岗位工资空着时按职级标准。", (
        ID, Column("姓名", width=10, required=True),
        Column("岗位", width=11, required=True, choices=POSTS), Column("职级", width=8, choices=GRADES),
        Column("班组", width=9), Column("入职日期", "date", 12, required=True), Column("转正日期", "date", 12),
        Column("离职日期", "date", 12), Column("岗位工资", "money", 12),
    )),
    Sheet("人事变动", "岗位、职级、班组、岗位工资有变动时写一行；最新一行的新值应与花名册相同。", (
        ID, Column("生效日期", "date", 12, required=True), Column("项目", width=11, required=True, choices=CHANGES),
        Column("原值", width=12), Column("新值", width=12, required=True), Column("说明", "note", 36),
    )),
    Sheet("考勤", "每人每月一行；没有发生的空着即可。领班的病假、事假次数和小时都要填。", (
        MONTH, ID,
        *_counts("迟到次数", "早退次数", "病假次数", "事假次数", "调休次数", "旷工次数"),
        Column("私自换班次数", "count", 13),
        Column("病假小时", "hours", 10), Column("事假小时", "hours", 10),
    )),
    Sheet("月度考核_客服代表", "附表2。填各项指标的得分（分值上限见参数）；指标全空时才填“得分”。", (
        MONTH, ID, NAME, *_points("工作量", "出错率", "满席度", "投诉处理", "日常任务"), Column("得分", "score", 10),
    ), frozen=3),
    Sheet("月度考核_客服领班", "附表4。填各项指标的得分（分值上限见参数）；指标全空时才填“得分”。满意度填百分数。", (
        MONTH, ID, NAME, *_points("统筹管理", "现场管理", "培训管理", "日常管理"), Column("得分", "score", 10),
        Column("服务满意度", "percent", 12),
    ), frozen=3),
    Sheet("技能考核", "打字速度：期间写季度（为哪个季度评星，如 2016Q4）；通用技能：期间写月份。", (
        Column("期间", width=10, required=True), ID, Column("打字速度", "plain", 12), Column("通用技能", "plain", 12),
    )),
    Sheet("奖惩台账", "一件事一行，日期决定算在哪个月。服务态度投诉和重大工作失误必须写明是否成立。", (
        Column("日期", "date", 12, required=True), ID, Column("事项", width=14, required=True, choices=EVENTS),
        Column("成立", width=8, choices=YES_NO), Column("说明", "note", 48),
    )),
    Sheet("季度星级_客服代表", "附表1。" + _STARS_NOTE, _form(5), frozen=3, landscape=True),
    Sheet("季度星级_客服领班", "附表3。" + _STARS_NOTE, _form(4), frozen=3, landscape=True),
    Sheet("其他项目", "加班费、社保、个税等：每个项目在工资表里自成一列，同一人同月同项目的多行相加。", (
        MONTH, ID, Column("项目", width=14, required=True), Column("金额", "money", 12, required=True),
        Column("计入", width=8, required=True, choices=SIDES), Column("说明", "note", 36),
    )),
)


class _Styles:
    """Makes each cell format once."""

    def __init__(self, book: xlsxwriter.Workbook):
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": FONT, "font_size": 10.5, "valign": "vcenter"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def title(self) -> Format:
        return self(font_size=16, bold=True, align="left")

    def note(self) -> Format:
        return self(font_color="#595959", text_wrap=True, align="left")

    def heading(self, column: Column) -> Format:
        fill = "#E7E6E6" if column.made else "#BDD7EE" if column.required else "#DDEBF7"
        return self(bold=True, align="center", text_wrap=True, border=1, border_color="#8EA9C1", bg_color=fill)

    def of(self, column: Column, value: Any) -> Format:
        """The column's format, or the one for words among numbers (a reading in 参数), a sum among words (人事变动)."""
        framed = {"border": 1, "border_color": "#BFBFBF"}
        if column.kind == "plain" and isinstance(value, str):
            return self(num_format="@", align="left", text_wrap=True, **framed)
        if column.kind == "text" and isinstance(value, Decimal):
            return self(num_format="#,##0.00", align="center", **framed)
        return self.cell(column)

    def cell(self, column: Column, *, bordered: bool = True) -> Format:
        align = {"note": "left", "text": "center", "date": "center", "star": "center", "count": "center",
                 "hours": "center"}.get(column.kind, "right")
        properties: dict[str, Any] = {"num_format": NUMBER_FORMATS[column.kind], "align": align}
        if column.kind == "note":
            properties["text_wrap"] = True
        if bordered:
            properties |= {"border": 1, "border_color": "#BFBFBF"}
            if column.made:
                properties["bg_color"] = "#F7F7F7"
        return self(**properties)


def write(
    path: str | Path,
    company: str,
    year: int,
    rows: Mapping[str, Iterable[Row]],
    *,
    teams: tuple[str, ...] = (),
    options: Mapping[str, tuple[str, ...]] | None = None,
) -> None:
    """Write the standard workbook with ``rows`` (sheet name → rows); a sheet without rows is an empty form.

    ``options``: 参数 → what its 值 is chosen from.
    """
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    # A fixed date: the same data give the same file, byte for byte.
    book.set_properties({"title": f"{company} {year} 年绩效与工资", "author": company,
                         "created": dt.datetime(year, 1, 1)})
    styles = _Styles(book)
    for sheet in SHEETS:
        page = book.add_worksheet(sheet.name)
        data = list(rows.get(sheet.name, ()))
        _write_sheet(page, sheet, f"{company} {year} 年　{sheet.name}", data, teams=teams, styles=styles)
        if sheet.name == "参数":
            _finish_parameters(page, sheet, data, options or {}, styles)
    book.close()


def _write_sheet(
    page: Worksheet, sheet: Sheet, title: str, rows: list[Row], *, teams: tuple[str, ...], styles: _Styles
) -> None:
    last_column = len(sheet.columns) - 1
    page.merge_range(0, 0, 0, last_column, title, styles.title())
    page.merge_range(1, 0, 1, last_column, sheet.note, styles.note())
    page.set_row(0, 30)
    width = sum(column.width for column in sheet.columns)
    page.set_row(1, 18 * _lines(sheet.note, width))
    page.set_row(HEADING_ROW, 24)
    for number, column in enumerate(sheet.columns):
        # The column's own format serves the rows that HR adds later: 工号 stays text, a month does not become a date.
        page.set_column(number, number, column.width, styles.cell(column, bordered=False))
        page.write_string(HEADING_ROW, number, column.heading, styles.heading(column))
    for number, row in enumerate(rows, HEADING_ROW + 1):
        unknown = set(row) - {column.heading for column in sheet.columns}
        if unknown:
            raise ValueError(f"{sheet.name}: no such column: {sorted(unknown)}")
        lines = 1
        for place, column in enumerate(sheet.columns):
            value = row.get(column.heading)
            write_value(page, number, place, value, styles.of(column, value))
            if isinstance(value, str):
                lines = max(lines, _lines(value, column.width))
        page.set_row(number, 17 * lines)
    bottom = HEADING_ROW + len(rows)
    _add_choices(page, sheet, teams, bottom + SPARE_ROWS)
    page.ignore_errors({"number_stored_as_text": f"A1:Z{bottom + SPARE_ROWS}"})
    page.freeze_panes(HEADING_ROW + 1, sheet.frozen)
    if rows:
        page.autofilter(HEADING_ROW, 0, bottom, last_column)
    _set_print(page, sheet, bottom, last_column)


def _finish_parameters(
    page: Worksheet, sheet: Sheet, rows: list[Row], options: Mapping[str, tuple[str, ...]], styles: _Styles
) -> None:
    """Colour what is not filled in yet, and offer the choices of each reading."""
    value = [column.heading for column in sheet.columns].index("值")
    for number, row in enumerate(rows, HEADING_ROW + 1):
        choices = options.get(row["参数"])
        # Excel takes a list of at most 255 characters; a longer one stands in 怎么填 only.
        if choices and len(",".join(choices)) <= 255:
            page.data_validation(number, value, number, value, {"validate": "list", "source": list(choices)})
    if rows:
        page.conditional_format(HEADING_ROW + 1, value, HEADING_ROW + len(rows), value,
                                {"type": "blanks", "format": styles(bg_color="#FFEB9C")})


def write_value(page: Worksheet, row: int, column: int, value: Any, style: Format) -> None:
    """Write by the value's type; text is always text, however much it looks like a formula or a number."""
    if value is None or value == "":
        page.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        page.write_string(row, column, "是" if value else "否", style)
    elif isinstance(value, (int, float, Decimal)):
        page.write_number(row, column, float(value), style)
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), style)
    else:
        page.write_string(row, column, str(value), style)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column: a Chinese character is about two digits wide."""
    length = sum(2 if ord(character) > 0x2000 else 1 for character in text)
    return max(1, -(-length // max(1, int(width) - 1)))


def _add_choices(page: Worksheet, sheet: Sheet, teams: tuple[str, ...], bottom: int) -> None:
    first = HEADING_ROW + 1
    for number, column in enumerate(sheet.columns):
        choices = teams if column.heading == "班组" else column.choices
        if choices:
            page.data_validation(first, number, bottom, number, {
                "validate": "list", "source": list(choices), "error_title": column.heading,
                "error_message": "请从下拉列表中选择：" + "、".join(choices),
                # Teams come and go: a new one is let through after a question.
                "error_type": "warning" if column.heading == "班组" else "stop",
            })
        elif column.kind == "date":
            page.data_validation(first, number, bottom, number, {
                "validate": "date", "criteria": ">=", "value": dt.date(1990, 1, 1), "error_type": "warning",
                "error_title": column.heading, "error_message": "请填日期，例如 2016-11-03。",
            })
        elif column.kind in ("count", "hours"):
            page.data_validation(first, number, bottom, number, {
                "validate": "decimal" if column.kind == "hours" else "integer", "criteria": ">=", "value": 0,
                "error_title": column.heading, "error_message": "请填不小于 0 的数。",
            })


def _set_print(page: Worksheet, sheet: Sheet, bottom: int, last_column: int) -> None:
    page.set_paper(9)   # A4
    if sheet.landscape:
        page.set_landscape()
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    page.repeat_rows(0, HEADING_ROW)
    page.print_area(0, 0, max(bottom, HEADING_ROW + 1), last_column)
    page.fit_to_pages(1, 0)
    page.center_horizontally()
    page.set_footer("&L&A&C第 &P 页 / 共 &N 页")
