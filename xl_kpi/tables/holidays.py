"""The sheet 节假日: what a company writes of days off and make-up days, for years that the program does not know yet,
or where what it knows is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from xl_kpi.calendar_cn import STATED, Calendar, statutory_days
from xl_kpi.hand.days import WEEKDAYS, read_day
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.policy.model import Column
from xl_kpi.problems import Level, Problem
from xl_kpi.tables.cells import seen
from xl_kpi.tables.headings import find_headings, find_sheets, not_one_sheet
from xl_kpi.tables.merged import Merged
from xl_kpi.workbook.book import CALCULATE, Book, Mark, Sheet
from xl_kpi.workbook.grid import address

SHEET = "节假日"
OFF, WORKED = "休", "班"
COLUMNS = [
    Column(name="first", heading="日期", type="date", required=True, fill="放假的头一天，或者调休上班的那一天"),
    Column(name="last", heading="到", type="date", optional=True, fill="放几天假的写末一天；只有一天的不填"),
    Column(name="what", heading="安排", type="choice", required=True, choices=[OFF, WORKED],
           fill="休：放假（含连着的周末）；班：调休上班的周末"),
    Column(name="name", heading="名称", type="text", optional=True, fill="如 元旦"),
]
WORDS = {OFF: ("休", "放假", "休息", "休假", "假", "放"), WORKED: ("班", "上班", "调休上班", "补班", "加班")}
MEANT = {word: what for what, words in WORDS.items() for word in words}
SATURDAY = 5
LONGEST = 31                # days of one holiday
_PLAIN = Mark()


@dataclass(frozen=True)
class _Said:
    """What one row says of a day."""

    day: dt.date
    worked: bool
    row: int


@dataclass
class Holidays:
    """``calendar``: the program's with what the sheet says; ``problems``: what is wrong with the sheet."""

    calendar: Calendar = STATED
    problems: list[Problem] = field(default_factory=list)


def read_holidays(book: Book) -> Holidays:
    """The sheet 节假日 of a workbook; another sheet of that name, without its headings, is none."""
    sheets = find_sheets(book, SHEET)
    if not sheets:
        return Holidays()
    if len(sheets) > 1:
        return Holidays(problems=[not_one_sheet(book, SHEET, sheets)])
    reader = _Reader(sheets[0])
    if reader.headings.row < 0:
        return Holidays()
    own = reader.agreed(reader.rows())
    whole = reader.whole_years(own)
    reader.doubtful(own, whole)
    return Holidays(Calendar({day: one.worked for day, one in own.items()}, whole) if own else STATED, reader.problems)


def holiday_rows(book: Book) -> Iterator[dict[str, object]]:
    """The rows of the sheet as they stand: heading → content."""
    sheets = find_sheets(book, SHEET)
    reader = _Reader(sheets[0]) if len(sheets) == 1 else None
    for row in range(reader.headings.row + 1, len(reader.sheet.rows)) if reader and reader.headings.row >= 0 else ():
        assert reader
        found = {column.heading: reader.merged.shown(row, reader.headings.at[column.name]) for column in COLUMNS
                 if column.name in reader.headings.at}
        if not all(is_blank(value) for value in found.values()):
            yield found


class _Reader:
    def __init__(self, sheet: Sheet):
        self.sheet, self.merged = sheet, Merged(sheet)
        self.headings = find_headings(sheet, COLUMNS)
        self.problems: list[Problem] = []
        self.named: set[dt.date] = set()

    def cell(self, column: str, row: int) -> str:
        return address(row, self.headings.at[column])

    def say(self, column: str, row: int, text: str, do: str, level: Level = "error") -> None:
        self.problems.append(Problem(level, text, do, self.sheet.name, self.cell(column, row)))

    def rows(self) -> Iterator[_Said]:
        """Every day of every row that can be read."""
        for row in range(self.headings.row + 1, len(self.sheet.rows)):
            cells = {name: self.merged.shown(row, at) for name, at in self.headings.at.items()}
            if all(is_blank(cells.get(name)) and not self._mark(row, name).error and not self._mark(row, name).old
                   for name in ("first", "what")):
                continue                                # nothing, or a remark
            first = self._day(row, "first", cells)
            last = first if is_blank(cells.get("last")) else self._day(row, "last", cells)
            what = self._what(row, cells)
            if first is None or last is None or what is None:
                continue
            if not first <= last < first + dt.timedelta(days=LONGEST):
                why = "早于日期" if last < first else f"离日期超过 {LONGEST} 天"
                self.say("last", row, f"「到」是 {last}，{why} {first}", "核对两个日期，改正写错的一个")
                continue
            for n in range((last - first).days + 1):
                yield _Said(first + dt.timedelta(days=n), what == WORKED, row)

    def _mark(self, row: int, name: str) -> Mark:
        return (self.merged.mark(row, self.headings.at[name]) if name in self.headings.at else None) or _PLAIN

    def _day(self, row: int, name: str, cells: dict[str, object]) -> dt.date | None:
        heading = next(column.heading for column in COLUMNS if column.name == name)
        mark = self._mark(row, name)
        if mark.error or mark.old:
            self.say(name, row, f"「{heading}」{f'是错误值 {mark.error}' if mark.error else mark.old}",
                     "直接填日期" if mark.error else CALCULATE)
            return None
        if is_blank(cells[name]):
            self.say(name, row, f"没有{heading}", "填上日期，或者删除这一行")
            return None
        try:
            return read_day(cells[name])
        except ValueError as error:
            self.say(name, row, f"「{heading}」{error}", "填一个完整的日期，如 2027-01-01")
            return None

    def _what(self, row: int, cells: dict[str, object]) -> str | None:
        value = cells["what"]
        found = MEANT.get(squeezed(str(value))) if value is not None else None
        if found is None:
            text = "没有安排" if is_blank(value) else f"「安排」是 {seen(value)}，看不出是休还是班"
            self.say("what", row, text, f"放假的写 {OFF}，调休上班的写 {WORKED}")
        return found

    def agreed(self, said: Iterable[_Said]) -> dict[dt.date, _Said]:
        """What the rows say of each day, without what they contradict each other or the law in."""
        by_day: dict[dt.date, list[_Said]] = {}
        for one in said:
            by_day.setdefault(one.day, []).append(one)
        self.named = {*by_day}
        found = {}
        for day, rows in sorted(by_day.items()):
            first, other = rows[0], next((one for one in rows if one.worked != rows[0].worked), None)
            if other is not None:
                self.say("what", other.row, f"{_named(day)}又写{OFF}又写{WORKED}（{self.cell('what', first.row)}）",
                         "按国务院的通知，删除写错的一行")
            elif first.worked and day in statutory_days(day.year):
                self.say("what", first.row, f"{_named(day)}是法定节日，不能写{WORKED}", f"改成{OFF}，或者核对日期")
            else:
                found[day] = first
        return found

    def whole_years(self, own: dict[dt.date, _Said]) -> set[int]:
        """The years that the program does not know and the sheet says whole: every statutory day is off in it.  Says
        what is lacking of the others."""
        found = set()
        for year in sorted({day.year for day in own} - STATED.covered_years()):
            statutory = statutory_days(year)
            lacking = [f"{day.month}月{day.day}日" for day in statutory if day not in self.named]
            if statutory and not lacking:
                found.add(year)
                continue
            text, do = f"程序不知道 {year} 年有哪些法定节日", "核对年份；要用这一年的，更新程序"
            if lacking:
                text = f"{year} 年没有写全：缺法定节日 {'、'.join(lacking)}"
                do = "照国务院的通知写上这一年全部的放假和调休上班"
            self.problems.append(Problem("error", text, do, self.sheet.name))
        return found

    def doubtful(self, own: dict[dt.date, _Said], whole: set[int]) -> None:
        """Says where the sheet differs from what the program knows, and what does not change anything."""
        for day, one in own.items():
            if day.year in STATED.covered_years() and STATED.is_workday(day) != one.worked:
                self.say("what", one.row, f"{_named(day)}写{WORKED if one.worked else OFF}，与程序自带的放假安排不同",
                         "按这张表计算；写错了的改正", "warning")
            elif one.worked and day.year in whole and day.weekday() < SATURDAY:
                self.say("what", one.row, f"{_named(day)}本来就上班", "调休上班的是周末，核对日期", "warning")


def _named(day: dt.date) -> str:
    return f"{day}（周{WEEKDAYS[day.weekday()]}）"
