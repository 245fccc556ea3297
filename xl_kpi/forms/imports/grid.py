"""A sheet as a table of an export: its heading rows, what each column is, the rows below, the days it is about."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from xl_kpi.forms.imports.cells import NOTHING
from xl_kpi.forms.imports.model import Person, Place
from xl_kpi.forms.imports.things import THINGS, column_role, heading
from xl_kpi.forms.months import clues
from xl_kpi.hand.days import WEEKDAYS
from xl_kpi.hand.ids import name_key
from xl_kpi.hand.texts import is_blank, normal, squeezed
from xl_kpi.period import Month
from xl_kpi.tables import words
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.tables.merged import Merged
from xl_kpi.tables.rows import can_be_person
from xl_kpi.workbook.book import Sheet

NAMES = frozenset(("姓名", *words.synonyms("姓名")))
IDS = frozenset(("工号", *words.synonyms("工号"))) - {"编号"}
MONTHS = frozenset(("月份", *words.synonyms("月份")))
DEEP = 3                # heading rows at most
MANY_DAYS = 20          # so many days side by side are a sheet of attendance, whatever else is headed
DUE = frozenset(("上班时间", "下班时间"))
HALVES = frozenset(("上午", "下午", "上", "下", "AM", "PM", "am", "pm"))
LATER = frozenset(("下午", "晚上", "下", "PM", "pm", "晚"))
_DAY = re.compile(r"(?P<day>[0-3]?\d)(?:日|号)?(?:\(?(?:星期|周)?[一二三四五六日天]\)?)?")
_DATED = re.compile(r"(?:(?P<y>\d{4})[-/.年])?(?P<m>[01]?\d)[-/.月](?P<d>[0-3]?\d)[日号]?"
                    r"(?:\(?(?:星期|周)?[一二三四五六日天]\)?)?")
_WEEKDAY = re.compile(r"(?:星期|周)?(?P<w>[一二三四五六日天])")
_SPAN = re.compile(r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:至|到|~|-|—|–)+"
                   r"(?:(?P<y2>\d{4})[-/.年])?(?P<m2>\d{1,2})[-/.月](?P<d2>\d{1,2})日?")
_SHORT_SPAN = re.compile(r"(?<!\d)(?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:至|到|~|—|–)+"
                         r"(?P<m2>\d{1,2})[-/.月](?P<d2>\d{1,2})日?")
_BEHIND = re.compile(r"(?:星期|周)(?P<w>[一二三四五六日天])")
_MADE = re.compile(r"(?:制表|生成|导出|报表生成)时间:?(?P<y>\d{4})[-/.年](?P<m>\d{1,2})")
_FILE_SPAN = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})[-_~至](20\d{2})(\d{2})(\d{2})(?!\d)")


@dataclass(frozen=True)
class ExportColumn:
    """``path``: groups and leaf (异常统计>迟到次数); ``role``: name, id, account, total, day, of a list; '': none."""

    at: int
    path: str
    role: str


@dataclass
class Grid:
    """``rows``: the heading rows, first and last; ``weekdays``: how many of the day columns are headed 六 or 日."""

    file: str
    sheet: Sheet
    rows: tuple[int, int]
    columns: list[ExportColumn] = field(default_factory=list)

    def of(self, role: str) -> list[ExportColumn]:
        return [column for column in self.columns if column.role == role]

    @property
    def title(self) -> str:
        """All that stands above the headings, and in them."""
        return "\n".join([*self._above(), *(column.path for column in self.columns)])

    def _above(self) -> Iterator[str]:
        for row in self.sheet.rows[:self.rows[0]]:
            yield from (normal(value) for value in row if isinstance(value, str) and not is_blank(value))

    def place(self, row: int, column: int) -> Place:
        return Place(self.file, self.sheet.name, row, column)

    def text(self, row: int, column: int) -> str:
        """What a cell says, a number as it is shown."""
        value, mark = self.sheet.rows[row][column], self.sheet.marks.get((row, column))
        return mark.shown if mark is not None and mark.shown else plain(value)

    def lost(self, row: int, column: int) -> str:
        """Why a cell has no value that can be read, '' for one that has."""
        mark = self.sheet.marks.get((row, column))
        return "" if mark is None else mark.error or mark.old

    @cached_property
    def merged(self) -> Merged:
        return Merged(self.sheet)

    def people(self) -> Iterator[tuple[int, Person, bool]]:
        """(row, whose it is, whether it is a further row of the one above, as of a morning and an afternoon)."""
        roles = {role: self.of(role)[0] for role in ("id", "account", "name") if self.of(role)}
        at = roles[next(role for role in ("name", "id", "account") if role in roles)].at
        last: Person | None = None
        for row in range(self.rows[1] + 1, len(self.sheet.rows)):
            texts = {role: self._key(row, column.at) for role, column in roles.items()}
            area = self.merged.area(row, at)
            blank = not any(texts.values())
            if last is not None and ((area is not None and area[0] < row) or (blank and self._later(row))):
                yield row, last, True
                continue
            last = None
            who = texts.get("name") or texts.get("id") or texts.get("account") or ""
            if can_be_person(who) and squeezed(who) not in NAMES | IDS and self._holds(row):
                last = Person(texts.get("id", ""), texts.get("account", ""), texts.get("name", ""),
                              self.place(row, at))
                yield row, last, False

    def _later(self, row: int) -> bool:
        return any(isinstance(value, str) and squeezed(value) in LATER for value in self.sheet.rows[row])

    def _holds(self, row: int) -> bool:
        """Whether a row says anything beside whose it is."""
        keys = {column.at for column in self.columns if column.role in ("name", "id", "account")}
        return any(not is_blank(value) for at, value in enumerate(self.sheet.rows[row]) if at not in keys)

    def _key(self, row: int, at: int) -> str:
        """What stands in a key; -- is none."""
        area = self.merged.area(row, at)
        text = self.text(row, at) if area is None else self.text(area[0], area[1])
        return "" if NOTHING.fullmatch(squeezed(text)) else text.strip()


def plain(value: object) -> str:
    """A cell's value as text: dates as ISO, times as 08:30, whole numbers without a point."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}" if value.time() == dt.time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    if isinstance(value, dt.timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def grid(file: str, sheet: Sheet, people: frozenset[str] = frozenset()) -> Grid | None:
    """The table of a sheet; None where no row heads a column of names or 工号, or days beside a column of ``people``.
    """
    merged = Merged(sheet)
    for row in range(min(len(sheet.rows), HEADING_ROWS)):
        texts = [words.plain_heading(value)[0] if isinstance(value, str) else "" for value in sheet.rows[row]]
        named = next((at for at, text in enumerate(texts) if text in NAMES), None)
        if named is None:
            named = next((at for at, text in enumerate(texts) if text in IDS), None)
        if named is None or sum(bool(text) for text in texts) + _numbers(sheet, row) < 3:
            continue
        first, last = _rows(sheet, merged, row, named)
        found = Grid(file, sheet, (first, last))
        paths = _paths(sheet, merged, first, last)
        found.columns = [ExportColumn(at, path, _role(path)) for at, path in enumerate(paths)]
        _one_name(found)
        if any(one.role in ("name", "id", "account") for one in found.columns):
            return found
    return _without_heading(file, sheet, people)


def _without_heading(file: str, sheet: Sheet, people: frozenset[str]) -> Grid | None:
    """A sheet of days whose column of names has no heading: it is the one that holds people of the roster."""
    for row in range(min(len(sheet.rows), HEADING_ROWS)):
        roles = [_role(plain(value).strip()) for value in sheet.rows[row]]
        if roles.count("day") < MANY_DAYS:
            continue
        last = row + (row + 1 < len(sheet.rows) and all(
            is_blank(value) or _WEEKDAY.fullmatch(squeezed(value)) for value in sheet.rows[row + 1]))
        for at in range(roles.index("day")):
            below = [name_key(values[at]) for values in sheet.rows[last + 1:] if isinstance(values[at], str)]
            if sum(name in people for name in below) * 2 > len(below) > 1:
                paths = [plain(value).strip() for value in sheet.rows[row]]
                return Grid(file, sheet, (row, last), [
                    ExportColumn(n, path, "name" if n == at else _role(path)) for n, path in enumerate(paths)])
    return None


def _numbers(sheet: Sheet, row: int) -> int:
    """Days as headings are numbers or dates."""
    return sum(isinstance(value, int | float | dt.date) and not isinstance(value, bool) for value in sheet.rows[row])


def _rows(sheet: Sheet, merged: Merged, row: int, named: int) -> tuple[int, int]:
    """The heading rows: the name's merged area; or a row of groups above, or of leaves below it without a name."""
    area = merged.area(row, named)
    if area is not None and area[2] > area[0]:
        return area[0], min(area[2], area[0] + DEEP - 1, len(sheet.rows) - 1)
    first = last = row
    below = sheet.rows[row + 1] if row + 1 < len(sheet.rows) else []
    again = bool(below) and isinstance(below[named], str) and squeezed(below[named]) == squeezed(sheet.rows[row][named])
    again = again or sum(isinstance(v, str) and bool(_WEEKDAY.fullmatch(squeezed(v))) for v in below) >= MANY_DAYS
    texts = [value for value in below if isinstance(value, str) and not is_blank(value)]
    leaves = sum(map(_leaf, texts)) + (_numbers(sheet, row + 1) if below else 0)
    if again or (below and is_blank(below[named]) and leaves >= 2 and sum(map(_leaf, texts)) * 2 >= len(texts)):
        last = row + 1
    above = sheet.rows[row - 1] if row else []
    groups = {at for at, value in enumerate(above) if isinstance(value, str) and not is_blank(value)}
    if last == row and len(groups) >= 2 and len(groups) < len(above):
        first = row - 1
    return first, last


def _leaf(value: str) -> bool:
    """Whether a text can head a column: a thing, a day, a weekday, a column of a list."""
    text = words.plain_heading(value)[0]
    counts = heading(value)
    counted = counts is not None and not all(THINGS[thing].nothing for thing in counts.things)
    return bool(counted or column_role(text) or _DAY.fullmatch(text) or _WEEKDAY.fullmatch(text)
                or _DATED.fullmatch(text) or words.is_unit(text))


def _paths(sheet: Sheet, merged: Merged, first: int, last: int) -> list[str]:
    """Each column's headings from above, joined by >; a group reaches to the next, where a leaf stands below it."""
    width = len(sheet.rows[first]) if sheet.rows else 0
    parts: list[list[str]] = [[] for _ in range(width)]
    for row in range(first, last + 1):
        group, closed = "", True
        for at in range(width):
            area = merged.area(row, at)
            value = _first(sheet, row, at) if area is None else _first(sheet, *area[:2])
            text = " ".join(plain(value).split("\n")).strip()
            if text:
                group, closed = text, area is not None
            elif row < last and not closed and group and area is None:
                below = sheet.rows[row + 1][at]
                text = group if not is_blank(below) else ""
                closed = closed or not text
            if text and text not in parts[at]:
                parts[at].append(text)
    return [">".join(one) for one in parts]


def _first(sheet: Sheet, row: int, at: int) -> object:
    """A cell's value; a merged area may reach beyond what is used."""
    return sheet.rows[row][at] if row < len(sheet.rows) and at < len(sheet.rows[row]) else None


def _role(path: str) -> str:
    """Whose, what and when, by the heading."""
    if not path:
        return ""
    parts = path.split(">")
    keys = [words.plain_heading(part)[0] for part in parts]
    if keys[-1] in NAMES or keys[0] in NAMES:
        return "name"
    if keys[-1] in IDS:
        return "id"
    if keys[-1] in MONTHS:
        return "month"
    if len(parts) > 1 and any(map(_is_day, parts[:-1])) and (
            keys[-1] in HALVES or column_role(keys[-1]) in ("in", "out")):
        return "day"                    # several columns a day: 上班 and 下班, 上午 and 下午
    role = column_role(">".join(keys))
    if role:
        return role
    if _WEEKDAY.fullmatch(keys[-1]) or _DAY.fullmatch(keys[-1]) or _DATED.fullmatch(squeezed(parts[-1])):
        return "day"
    return "total" if heading(parts[-1]) else ""


def _is_day(text: str) -> bool:
    key = words.plain_heading(text)[0]
    return bool(_DAY.fullmatch(key) or _DATED.fullmatch(squeezed(text)))


def _one_name(found: Grid) -> None:
    """A column that says 编号 counts as an account only where no 工号 stands; 上班时间 beside 签到时间 says when it is
    due."""
    for role in ("in", "out"):
        mine = [one for one in found.of(role) if words.plain_heading(one.path)[0] in DUE]
        if mine and len(found.of(role)) > len(mine):
            found.columns = [replace(one, role=f"due_{role}") if one in mine else one for one in found.columns]
    if found.of("id"):
        found.columns = [replace(one, role="") if one.role == "account" and squeezed(one.path) == "编号" else one
                         for one in found.columns]


# -- when -------------------------------------------------------------------------------------------------------------

def span_of(found: Grid, month: Month) -> tuple[tuple[dt.date, dt.date] | None, str]:
    """(from which day to which an export is, None where it does not say; what contradicts that).  By what stands above
    its headings, else by the names of its sheet and file.  A month without a year is of the year asked for."""
    above = [squeezed(text) for text in found._above()]
    made = next((m for text in above if (m := _MADE.search(text))), None)
    for text in above:
        if one := _SPAN.search(text):
            return _dates(int(one["y"]), int(one["m"]), int(one["d"]), int(one["y2"] or one["y"]), int(one["m2"]),
                          int(one["d2"])), ""
    for text in above:
        if one := _SHORT_SPAN.search(text):
            begins, ends = int(one["m"]), int(one["m2"])
            year = month.year if made is None else int(made["y"]) - (ends > int(made["m"]))
            return _dates(year - (begins > ends), begins, int(one["d"]), year, ends, int(one["d2"])), ""
    file = found.file.rpartition(".")[0]
    if one := _FILE_SPAN.search(file):
        numbers = [int(part) for part in one.groups()]
        return _dates(*numbers[:3], *numbers[3:]), ""
    dated = {Month.of(day.year, day.month) for row in found.sheet.rows[:found.rows[0]] for day in row
             if isinstance(day, dt.date)}
    places = [[clue for text in above for clue in clues(_MADE.sub("", text), "表头上面")],
              [*clues(found.sheet.name, "工作表名")], [*clues(file, "文件名")]]
    year = next((clue.year for place in places for clue in place if clue.year), month.year)
    said = [[clue for clue in place if clue.grain == "month"] for place in places]
    months = [Month.of(place[0].year or year, place[0].number) for place in said if place]
    if not said[0] and len(dated) == 1:         # a date under a format that shows its month
        return ((day := next(iter(dated))).first_day, day.last_day), ""
    if not months:
        return None, ""
    others = zip([place for place in said if place], months, strict=True)
    other = next((place[0] for place, one in others if one != months[0]), None)
    return (months[0].first_day, months[0].last_day), other.said() if other is not None else ""


def _dates(y: int, m: int, d: int, y2: int, m2: int, d2: int) -> tuple[dt.date, dt.date] | None:
    try:
        return dt.date(y, m, d), dt.date(y2, m2, d2)
    except ValueError:
        return None


def days_of(found: Grid, first: dt.date, last: dt.date) -> dict[int, dt.date | None] | str:
    """The day of each day column, None for one that the span does not have (31 in April); or why the headings do not
    fit the span: the cell."""
    columns = found.of("day")
    placed: dict[int, dt.date | None] = {}
    for n, column in enumerate(columns):
        day = first + dt.timedelta(n)
        keys = [squeezed(part) for part in column.path.split(">")]
        for key in keys[-3:]:
            if (one := _DATED.fullmatch(key)) and not _DAY.fullmatch(key):
                try:
                    day = dt.date(int(one["y"] or (first.year if int(one["m"]) == first.month else last.year)),
                                  int(one["m"]), int(one["d"]))
                except ValueError:
                    return found.place(found.rows[1], column.at).cell
            elif one := _DAY.fullmatch(key):
                number = int(one["day"])
                if number != day.day:       # days left out, or beyond the end of the month
                    day = next((d for d in _days(first, last) if d.day == number), dt.date.max)
        if day > last or day < first:
            placed[column.at] = None
            continue
        said = next((w["w"] for key in keys if (w := _WEEKDAY.fullmatch(key) or _BEHIND.search(key))), None)
        if said is not None and WEEKDAYS[day.weekday()] != said.replace("天", "日"):
            return found.place(found.rows[1], column.at).cell
        placed[column.at] = day
    return placed


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(n) for n in range((last - first).days + 1)]
