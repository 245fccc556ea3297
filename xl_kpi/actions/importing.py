"""导入考勤: what attendance exports say onto the attendance table of a month, and where each count came from."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.written import refuse_foreign
from xl_kpi.calendar_cn import CalendarLacks
from xl_kpi.differing import differing
from xl_kpi.engine import Run
from xl_kpi.forms.answers import FILE, Answers
from xl_kpi.forms.imports.asking import LATER, Asked
from xl_kpi.forms.imports.counting import NO, YES, Count, Source, plain
from xl_kpi.forms.imports.grid import plain as as_typed
from xl_kpi.forms.imports.model import Export, Person
from xl_kpi.forms.imports.recognise import exports as exports_in
from xl_kpi.forms.imports.things import SINCE, THINGS, UNTIL
from xl_kpi.forms.imports.wanted import Wanted, table_of
from xl_kpi.forms.model import Open
from xl_kpi.forms.people import without_remark
from xl_kpi.hand.ids import Directory, name_key
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.problems import Problem, Refusal, UsageError, named
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet, Value
from xl_kpi.tables.keys import add_rows
from xl_kpi.tables.reading import Reading
from xl_kpi.target import Target
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.grid import address

SOURCES, SECTION = "考勤来源", "考勤导入"      # the sheet; the section of the answers
HEADINGS = ["月份", "工号", "姓名", "日期", "原文", "计作", "多少", "文件", "工作表", "单元格"]
WIDTHS = [9.0, 10.0, 10.0, 11.0, 34.0, 11.0, 16.0, 26.0, 16.0, 8.0]
DIGITS = 4              # decimals of hours and days, as a table reads them


class Questions(Refusal):
    """What has to be answered first."""

    def __init__(self, problems: list[Problem], asked: Asked):
        super().__init__(problems)
        self.open: list[Open] = asked.open


@dataclass
class Imported:
    """What an import comes to.  ``rows``: 工号 → column → value (None: left open); ``problems``: warnings and hints."""

    reading: Reading
    wanted: list[Wanted]
    rows: dict[str, dict[str, Fraction | None]] = field(default_factory=dict)
    where: dict[tuple[str, str], str] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    done: set[tuple[str, str]] = field(default_factory=set)         # (工号, thing) that the exports say all of
    problems: list[Problem] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Differs:
    """A value that HR has typed and the export says otherwise."""

    person: str
    text: str
    cell: str

    def __str__(self) -> str:
        return self.text


def answers_beside(exports: Sequence[Path], book: Path) -> Answers:
    """The answers that lie beside the exports, else beside the workbook, where new questions go: exports come and go
    in a folder of downloads.  Raises Refusal for a file that cannot be read."""
    folders = [path.resolve().parent for path in exports]
    found = Answers.read(next((folder for folder in folders if (folder / FILE).exists()), book.resolve().parent))
    if found.problems:
        raise Refusal(found.problems)
    return found


def bring_in(opened: Opened, month: Month, books: Sequence[Book], answers: Mapping[str, str],
             replace: bool = False) -> Outcome:
    """The counts of a month onto the attendance table.  Raises UsageError for a policy that has no attendance table;
    Questions while something is open; Refusal."""
    found = read(opened, month, books, answers)
    filled, written, differ = _filled(opened, month, found, replace)
    if differ:
        raise differing(differ, f"{found.reading.sheet}里已填的与导出", "旧 → 新", "没有写入",
                        "查清哪个对；以导出为准的，写在这里", found.reading.sheet, again="--replace")
    changes = Changes(filled=[filled] if filled.cells or filled.added else [])
    sheet = _sources(opened, month, found)
    if sheet is not None:
        refuse_foreign(opened.book, [sheet])
        changes.sheets.append(sheet)
    people = len(found.rows)
    found.said.insert(0, f"{found.reading.sheet} {month}：{people} 人" + (
        f"，写入 {written} 格；每个数的来历见“{SOURCES}”" if changes else "，与表里的相同"))
    return Outcome(changes, found.problems, found.said)


def read(opened: Opened, month: Month, books: Sequence[Book], answers: Mapping[str, str]) -> Imported:
    """What the exports come to; the workbook is not touched.  Raises as ``bring_in``."""
    try:
        return _read(opened, month, books, answers)
    except CalendarLacks as lacks:
        raise Refusal([Problem("error", str(lacks), "要知道哪天是工作日，才知道空着的、没有打卡的要不要问")]) from None


def _read(opened: Opened, month: Month, books: Sequence[Book], answers: Mapping[str, str]) -> Imported:
    if month in opened.closed:
        pay = Target.of(opened.policy.main, month)
        raise Refusal([opened.unrecorded.get(pay) or Problem("error", f"{month} 已封存，不能再导入考勤",
                                                             "核对月份；确实要改的，先重开")])
    reading, wanted = attendance(opened)
    if reading.heading < 0:
        raise Refusal(opened.tables.errors(reading.name) or [
            Problem("error", f"工作簿里没有“{reading.sheet}”", "从新建的工作簿里把这张表带过来")])
    found, asked = Imported(reading, wanted), Asked(answers)
    # rows of which it is not known whose they are, or of when
    problems = [f.problem for f in opened.tables.findings if f.table == reading.name and f.key
                and f.problem.level == "error" and f.period in (None, month.key)]
    given: list[Export] = []
    roster = _Roster(opened, reading, month)
    for book in books:
        try:
            given += exports_in(book, month, roster.all_names)
        except Refusal as refusal:
            problems += refusal.problems
    workday = opened.parameters.settings.calendar.is_workday
    told: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    covered: set[str] = set()
    done = found.done
    for export in given:
        wrong = [*_of_month(export, month, asked, workday), *_unread(export)]
        people, mismatched = roster.match(export, asked)
        problems += [*wrong, *mismatched]
        if wrong:
            continue
        found.problems += [*_strangers(export, people), *_silent(export, people), *_unsummed(export)]
        counted = Count(export, people, roster.called, wanted, month, asked, roster.due(workday), workday).counts()
        done |= {(who, thing) for who in people if who for one in wanted if one.name in counted.covered
                 for thing in one.things}
        for who in filter(None, people):        # who was found has a row, if only one of blanks
            found.rows.setdefault(who, {})
        seen |= set(filter(None, people))
        covered |= set(counted.covered)
        found.sources += counted.sources
        for thing, times in counted.told.items():
            told[thing] += times
        problems += _merged(found, export, counted.values, roster)
        found.said.append(f"{export.file} {export.sheet}：{export.kind}，{sum(map(bool, people))} 人" + (
            f"；没有认出、没有用到的列：{'、'.join(export.unused)}" if export.unused else ""))
    if any(problem.level == "error" for problem in problems):
        raise Refusal([*problems, *asked.problems(FILE)])
    if asked.open:
        raise Questions(asked.problems(FILE), asked)
    if not found.rows:
        raise Refusal([Problem("error", "导出里的人没有一个在花名册上", "核对导出和工作簿是不是一个部门的")])
    found.problems += _lacking(opened, roster, seen, month, reading)
    found.said += _not_filled(wanted, covered, told)
    return found


# -- the attendance table ---------------------------------------------------------------------------------------------

def attendance(opened: Opened) -> tuple[Reading, list[Wanted]]:
    """The table that counts attendance, and its columns.  Raises UsageError."""
    name, wanted = table_of(opened.policy)
    if not wanted:
        raise UsageError(f"《{opened.policy.title}》没有记迟到、事假等次数或小时的表，考勤导出没有地方可填")
    return opened.tables.readings[name], wanted


# -- whose, and of when -----------------------------------------------------------------------------------------------

class _Roster:
    """The people of the workbook."""

    def __init__(self, opened: Opened, reading: Reading, month: Month):
        facts = opened.tables.facts
        self.ids, self.names = list(facts.ids), opened.names
        now = facts.names_on(month.last_day.toordinal())
        self.directory = Directory(self.ids, [list(dict.fromkeys(filter(None, pair)))
                                              for pair in zip(facts.names, now, strict=True)])
        self.keys = {person: {name_key(n) for n in pair if n}
                     for person, pair in zip(self.ids, zip(facts.names, now, strict=True), strict=True)}
        self.since, self.until = (_days(opened, names) for names in (SINCE, UNTIL))
        people = reading.table.people or opened.policy.main.people
        mask = Run(opened.parameters.settings, facts).evaluate(people, month.key).true(facts.size)
        self.here = {facts.ids[i]: None for i in np.flatnonzero(mask).tolist() if facts.ids[i]}

    def due(self, workday: Callable[[dt.date], bool]) -> Callable[[str, dt.date], bool]:
        """Whether somebody has to work on a day: a workday on which they are there."""
        return lambda who, day: workday(day) and self.since.get(who, 0) <= day.toordinal() <= self.until.get(
            who, dt.date.max.toordinal())

    @property
    def all_names(self) -> frozenset[str]:
        return frozenset(name for names in self.keys.values() for name in names)

    def called(self, person: str) -> str:
        return f"{person} {self.names.get(person, '')}".strip()

    def match(self, export: Export, asked: Asked) -> tuple[list[str], list[Problem]]:
        """(the 工号 of each person of an export, '' for nobody, what is wrong)."""
        numbers = [self._by_number(person.number) for person in export.people]
        both = [(number, person) for number, person in zip(numbers, export.people, strict=True)
                if number and person.name]
        # numbers of another system agree with hardly any name
        foreign = len(both) > 1 and sum(self._agrees(number, person) for number, person in both) * 2 < len(both)
        found: list[str] = []
        problems: list[Problem] = []
        rows: dict[str, Person] = {}
        for number, person in zip(numbers, export.people, strict=True):
            who = "" if foreign else number
            if who and person.name and not self._agrees(who, person):
                problems.append(Problem(
                    "error", f"{person.number} 在花名册上是{self.names.get(who, '')}，导出里是{person.name}",
                    "核对工号和姓名，改正写错的一个", person.place.sheet, person.place.cell, cause="contradiction"))
                who = ""
            elif not who:
                who = self._by_account(person) or self._by_name(person, asked)
            if who and who not in self.here:        # has left, or has not come yet
                who = ""
            if who in rows:
                first = rows[who]
                problems.append(Problem(
                    "error", f"{self.called(who)} 在导出里有两行：{first.place.cell} 和 {person.place.cell}",
                    "留下一行；是两个同名的人的，写上工号", person.place.sheet, person.place.cell, who, cause="twice"))
            elif who:
                rows[who] = person
            found.append(who)
        return found, problems

    def _by_number(self, number: str) -> str:
        if not number:
            return ""
        if number in self.names:
            return number
        hits = self.directory.find(number)
        return self.ids[hits[0]] if len(hits) == 1 else ""

    def _by_account(self, person: Person) -> str:
        who = self._by_number(person.account)
        return who if who and (not person.name or self._agrees(who, person)) else ""

    def _by_name(self, person: Person, asked: Asked) -> str:
        """By a name that only one has; of several HR says which."""
        mine: list[str] = []
        for name in dict.fromkeys((person.name, without_remark(person.name))):
            for among in (self.here, self.keys):
                mine = mine or [who for who in among if name and name_key(name) in self.keys[who]]
        if len(mine) > 1:
            answer = asked.choose(
                f"{person.place.file} {person.place.cell} {person.name}",
                f"花名册上有 {len(mine)} 个{person.name}，导出里没有工号，是哪一个？都不是的写“都不是”",
                (*mine, "都不是"), person.place)
            return answer if answer in mine else ""
        return mine[0] if mine else ""

    def _agrees(self, who: str, person: Person) -> bool:
        return bool({name_key(person.name), name_key(without_remark(person.name))} & self.keys[who])


def _days(opened: Opened, headings: Sequence[str]) -> dict[str, int]:
    """工号 → the day (ordinal) in a column of the roster, where there is one."""
    roster = next(one for one in opened.tables.readings.values() if one.table.grain == "roster")
    column = next((c for c in roster.table.columns if c.type == "date" and c.heading in headings), None)
    days = roster.cells[column.name].day if column is not None else None
    return {} if days is None else {who: day for who, day in zip(roster.ids, days.tolist(), strict=True) if day > 0}


def _of_month(export: Export, month: Month, asked: Asked, workday: Callable[[dt.date], bool]) -> list[Problem]:
    """Whether an export is of the month."""
    first, last = export.first, export.last
    where = {"sheet": export.sheet, "cell": export.when.cell if export.when else ""}
    if export.doubt and first is not None and month.first_day == first and asked.choose(
            f"月份 {export.file} {export.sheet}", f"写着是 {month} 的，{export.doubt}却不是：是 {month} 的吗？",
            (YES, NO), export.when) == NO:
        return [Problem("error", f"{export.file} {export.sheet} 不是 {month} 的", "换成这个月的", **where)]
    if first is None or last is None or (first, last) == (month.first_day, month.last_day):
        return []
    span = f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}"
    if last < month.first_day or first > month.last_day or (first > last):
        return [Problem("error", f"{export.file} 是 {span} 的，不是 {month} 的", "核对月份，或者换成这个月的导出",
                        **where)]
    outer = [day for day in (*_between(month.first_day, first - dt.timedelta(1)),
                             *_between(last + dt.timedelta(1), month.last_day)) if workday(day)]
    if not outer and month.first_day <= first and last <= month.last_day:
        return []
    key = f"统计期间 {_relative(first, month)}至{_relative(last, month)}"
    answer = asked.choose(key, f"导出是 {span} 的，不正好是 {month} 这个月：就按它算 {month} 吗？", (YES, NO),
                          export.when)
    if answer == NO:
        return [Problem("error", f"{export.file} 是 {span} 的，不是整个 {month}", "换成整月的导出", **where)]
    return []


def _relative(day: dt.date, month: Month) -> str:
    if day == month.last_day:
        return "本月末"
    which = "上月" if day < month.first_day else "下月" if day > month.last_day else "本月"
    return f"{which}{day.day}日"


def _between(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(n) for n in range((last - first).days + 1)]


def _unread(export: Export) -> list[Problem]:
    return [Problem("error", f"{f'{export.people[who]}：' if who >= 0 else ''}{place.file} 的这一格读不了：{why}",
                    "在导出里改正，再导入", place.sheet, place.cell, cause=f"unread {why}")
            for who, place, why in export.unread]


def _strangers(export: Export, people: Sequence[str]) -> list[Problem]:
    found = [str(person) for person, who in zip(export.people, people, strict=True) if not who]
    return [Problem("warning", f"{export.file} 里有 {len(found)} 人这个月不在花名册上，没有导入：{named(found, '人')}",
                    "别的部门的不用管；是本部门的，核对工号、姓名和花名册", export.sheet,
                    cause=f"strangers {export.file}")] if found else []


def _silent(export: Export, people: list[str]) -> list[Problem]:
    """Who has nothing at all in the report of a system was not in its group: no zeros are made of that."""
    if not export.system or not export.days:
        return []
    said = {event.person for event in export.events}
    silent = [n for n, who in enumerate(people) if who and n not in said]
    names = [str(export.people[n]) for n in silent]
    for n in silent:
        people[n] = ""
    return [Problem("warning", f"{export.file} 里 {named(names, '人')}整月没有记录，没有填",
                    "不在考勤组里的，自己在表里填好；在的，核对导出", export.sheet,
                    cause=f"silent {export.file}")] if silent else []


def _unsummed(export: Export) -> list[Problem]:
    return [Problem("warning", f"{export.people[who]}：{place.file} 的合计读不了：{why}",
                    "按每天的格算，没有和合计核对", place.sheet, place.cell, cause=f"unsummed {place.file}")
            for who, place, why in export.unsummed]


def _lacking(opened: Opened, roster: _Roster, seen: set[str], month: Month, reading: Reading) -> list[Problem]:
    lacking = [roster.called(who) for who in roster.here if who not in seen]
    return [Problem("warning", f"导出里没有 {named(lacking, '人')}，他们 {month} 的考勤没有填",
                    f"补上他们的导出，或者在{reading.sheet}里填好", reading.sheet, cause="lacking")] if lacking else []


def _not_filled(wanted: Sequence[Wanted], covered: set[str], told: Mapping[str, int]) -> list[str]:
    said = []
    if left := [one.heading for one in wanted if one.name not in covered]:
        said.append(f"导出里没有、没有填的列：{'、'.join(left)}")
    if told:
        said.append("这份制度的考勤没有列可记、没有计的：" + "、".join(f"{thing} {n} 处" for thing, n in told.items()))
    return said


def _merged(found: Imported, export: Export, values: Mapping[tuple[str, str], Fraction | None], roster: _Roster
            ) -> list[Problem]:
    """The counts of an export beside those of the others; where two say different things of one cell that is wrong."""
    problems = []
    headings = {one.name: one.heading for one in found.wanted}
    for (person, column), value in values.items():
        row = found.rows.setdefault(person, {})
        if column in row and row[column] != value:
            one, other = (LATER if number is None else plain(number) for number in (row[column], value))
            problems.append(Problem(
                "error", f"{roster.called(person)}：「{headings[column]}」{found.where[person, column]} 是 {one}，"
                         f"{export.file} 是 {other}",
                "两个导出说的不一样：查清哪个对，只导入对的那个", export.sheet, "", person, cause=f"merged {column}"))
        row[column] = value
        found.where[person, column] = export.file
    return problems


# -- into the workbook ------------------------------------------------------------------------------------------------

def _filled(opened: Opened, month: Month, found: Imported, replace: bool
            ) -> tuple[Filled, int, list[Differs]]:
    """(the cells and rows to write, how many values that is, what HR has typed otherwise)."""
    reading = found.reading
    there = {reading.ids[row]: row for row in np.flatnonzero(reading.periods.at(month.key)).tolist()}
    filled = Filled(reading.sheet, heading=reading.heading, after=reading.last)
    headings = {one.name: one.heading for one in found.wanted}
    adding: list[tuple[str, dict[int, Value]]] = []
    differ: list[Differs] = []
    wrong: list[Problem] = []
    order = {person: n for n, person in enumerate(opened.tables.facts.ids)}
    for person in sorted(found.rows, key=lambda one: order.get(one, 0)):
        row = there.get(person)
        new: dict[int, Value] = {}
        for column, value in found.rows[person].items():
            at = reading.at.get(column)
            if at is None:
                if value != 0:
                    wrong.append(Problem(
                        "error", f"{person} {opened.names.get(person, '')}：「{headings[column]}」是 {_cell(value)}，"
                                 f"{reading.sheet}里没有这一列", "加上这一列，再导入", reading.sheet, "", person))
                continue
            cell = _cell(value)
            if row is None:
                new[at] = cell
                continue
            raw = reading.raw[column][row]
            if _same(reading, column, row, value, raw):
                continue
            mark = reading.marks.get(column, {}).get(row)
            if mark is not None and mark.formula:
                wrong.append(Problem(
                    "error", f"{person} {opened.names.get(person, '')}：「{headings[column]}」这一格是公式，导出是 "
                             f"{cell}",
                    "公式不会被改写：删去这一格的公式，或者改对公式，再导入", reading.sheet,
                    address(reading.rows[row], at), person))
                continue
            open_now = isinstance(raw, str) and (is_blank(raw) or squeezed(raw) == LATER)
            if raw is None or open_now or replace:
                filled.cells[reading.rows[row], at] = cell
            else:
                who = f"{person} {opened.names.get(person, '')}".strip()
                differ.append(Differs(person, f"{who}：「{headings[column]}」{as_typed(raw)} → {cell}",
                                      address(reading.rows[row], at)))
        if row is None:
            adding.append((person, new))
    if wrong:
        raise Refusal(wrong)
    add_rows(filled, opened.book, reading, month, [(person, opened.names.get(person, "")) for person, _ in adding],
             [row for _, row in adding])
    return filled, len(filled.cells) + sum(len(row) for _, row in adding), differ


def _cell(value: Fraction | None) -> Value:
    if value is None:
        return LATER
    return int(value) if value.denominator == 1 else _rounded(value)


def _rounded(value: Fraction) -> Fraction:
    """Half up, as the tables read a number with more decimals."""
    scale = 10 ** DIGITS
    return Fraction((value * scale * 2 + 1) // 2, scale)


def _same(reading: Reading, column: str, row: int, value: Fraction | None, raw: Any) -> bool:
    if value is None:
        return isinstance(raw, str) and squeezed(raw) == LATER
    if is_blank(raw):
        return False
    return bool(reading.values[column].at(row) == _rounded(value))


def _sources(opened: Opened, month: Month, found: Imported) -> ResultSheet | None:
    """考勤来源 with the rows of this import in the place of those of the same people and things; None where it says so
    already."""
    order = {person: n for n, person in enumerate(opened.tables.facts.ids)}
    rows = [_row(opened, month, one) for one in sorted(
        found.sources, key=lambda one: (order.get(one.person, 0), str(one.day or ""), one.counted))]
    old = _old(opened.book)
    kept = [row for row in old if row[0] != str(month) or not _again(row[1], row[5], row[6], found.done)]
    new = sorted([*kept, *rows], key=lambda row: (row[0], order.get(row[1], 0)))
    return None if new == old else _sheet(new)


def _again(person: str, counted: str, how: str, done: set[tuple[str, str]]) -> bool:
    """Whether a row of the sheet is of what was imported anew; of what is not counted ``how`` says what it is."""
    thing = THINGS.get(counted) or THINGS.get(how)
    return thing is None or any((person, name) in done for name in (thing.name, *thing.asks))


def _row(opened: Opened, month: Month, one: Source) -> list[str]:
    return [str(month), one.person, opened.names.get(one.person, ""), str(one.day or ""), one.text, one.counted,
            one.how, one.place.file, one.place.sheet, one.place.cell]


def _old(book: Book) -> list[list[str]]:
    """The rows of the sheet as it is."""
    sheet = book.sheet(SOURCES)
    if sheet is None:
        return []
    rows = [["" if value is None else str(value) for value in row[:len(HEADINGS)]] for row in sheet.rows]
    head = rows.index(HEADINGS) if HEADINGS in rows else len(rows)
    return [row for row in rows[head + 1:] if any(row)]


def _sheet(rows: Sequence[Sequence[str]]) -> ResultSheet:
    sheet = ResultSheet(SOURCES, list(WIDTHS))
    sheet.add_line(SOURCES, "title", 28)
    sheet.add_line("考勤里的每个数从导出的哪一格来。改考勤请改考勤表；这张表每次导入时更新。", "small", 16)
    head = sheet.add(HEADINGS, ("heading",) * len(HEADINGS), 24)
    styles = ("text", "text", "text", "text", "note", "text", "text", "note", "text", "text")
    for row in rows:
        values = [value or None for value in row]
        sheet.add(values, styles, layout.row_height(values, WIDTHS, (4, 6, 7), 18))
    sheet.freeze = (head + 1, 0)
    if rows:
        sheet.autofilter = (head, 0, len(sheet.rows) - 1, len(HEADINGS) - 1)
    sheet.page = Page(repeat_rows=(head, head), footer=SOURCES)
    return sheet


def as_json(found: Imported, opened: Opened, month: Month) -> dict[str, Any]:
    """For ``--json``."""
    headings = {one.name: one.heading for one in found.wanted}
    rows = [{"工号": person, "姓名": opened.names.get(person, ""),
             **{headings[column]: None if value is None else plain(value) for column, value in row.items()}}
            for person, row in found.rows.items()]
    sources = [dict(zip(HEADINGS, _row(opened, month, one), strict=True)) for one in found.sources]
    return {"month": str(month), "sheet": found.reading.sheet, "rows": rows, "sources": sources,
            "problems": [problem.as_json() for problem in found.problems]}
