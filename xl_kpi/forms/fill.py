"""A result into a company's own forms: the cells that recognition found, and no other.

What HR typed is never overwritten unless told so, a formula never; who is on the form but not in the result, or the
reverse, is said.  Nothing is written here: the outcome is ``Filled``, which a file or an open Excel takes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from xl_kpi.forms.labels import canonical, label_of
from xl_kpi.forms.model import Field, Form
from xl_kpi.forms.months import PERIOD
from xl_kpi.forms.people import People
from xl_kpi.forms.placed import DRAWN, PERIODS, Place, Placed, person_of
from xl_kpi.forms.slots import blank_period, put, slot
from xl_kpi.hand.alike import ids_like, period_like
from xl_kpi.hand.choices import YES_NO_WORDS
from xl_kpi.hand.choices import key as choice_key
from xl_kpi.hand.numbers import typed
from xl_kpi.hand.texts import difference, is_blank, squeezed
from xl_kpi.job.compared import NOTHING, NUMBERS, result_says, says
from xl_kpi.period import AnyPeriod
from xl_kpi.problems import Problem, named
from xl_kpi.results import ID, NAME, Result, ResultColumn
from xl_kpi.sheets.model import Value
from xl_kpi.tables.words import plain_heading, synonyms
from xl_kpi.workbook.book import Mark
from xl_kpi.workbook.changes import Filled, Rich
from xl_kpi.workbook.formats import to_serial
from xl_kpi.workbook.grid import address
from xl_kpi.workbook.looks import Looks

NUMBERED = ("序号", "序", "NO", "NO.")
TITLE_ROWS = 3          # of a card: where its title stands
_UNITS = {"money": ("元",), "score": ("分",), "percent": ("%",), "int": ("", "星", "次", "人", "名", "天")}


@dataclass(frozen=True)
class Checked:
    """A formula of the form where a value of the result belongs: it stays, and should give that."""

    place: Place
    heading: str
    kind: str
    value: Any
    person: str


@dataclass
class Filling:
    """What becomes of one form.  ``person``: whose a card is ('': nobody's, a template; None: not known)."""

    form: Form
    filled: Filled
    people: list[str] = field(default_factory=list)             # of the result, who are on it now
    problems: list[Problem] = field(default_factory=list)       # errors: then nothing is written
    differences: list[Problem] = field(default_factory=list)    # what is filled in otherwise, old → new
    said: list[str] = field(default_factory=list)
    formulas: list[Checked] = field(default_factory=list)
    person: str | None = None


def fill(placed: Placed, result: Result, period: AnyPeriod, people: People, looks: Looks,
         elsewhere: Iterable[str] = (), overwrite: bool = False, person: str = "") -> Filling:
    """Fill a list, or a card.

    ``elsewhere``: the people of the result who have a form of their own among those filled together; ``overwrite``: HR
    has agreed to old → new; ``person``: whom a card is made out to that names nobody.
    """
    filler = _Filler(placed, result, period, people, looks, overwrite)
    return filler.card(person) if placed.form.kind == "card" else filler.people_on_list(set(elsewhere))


def columns_of(result: Result) -> dict[str, ResultColumn]:
    """The columns of a result by what a form's field may be called that is one of them."""
    found = {squeezed(column.heading): column for column in reversed(result.columns)}
    for column in result.columns:
        for other in (plain_heading(column.heading)[0], *map(squeezed, synonyms(column.heading))):
            found.setdefault(other, column)
    return found


class _Filler:
    """One form on its way."""

    def __init__(self, placed: Placed, result: Result, period: AnyPeriod, people: People, looks: Looks,
                 overwrite: bool):
        self.placed, self.form, self.sheet = placed, placed.form, placed.sheet
        self.result, self.period, self.people, self.looks, self.overwrite = result, period, people, looks, overwrite
        self.lines = {str(line[ID]): line for line in result.lines}
        known = columns_of(result)
        self.fields: list[tuple[ResultColumn, Field]] = [
            (column, one) for one in self.form.fields
            if one.name not in PERIODS and (column := known.get(squeezed(one.name))) is not None]
        self.out = Filling(self.form, Filled(self.sheet.name, heading=max(self.form.headings)))
        self.cells = self.out.filled.cells

    def _problem(self, text: str, do: str, place: Place | None = None, person: str = "") -> None:
        cell = address(*place) if place else ""
        self.out.problems.append(Problem("error", text, do, self.placed.where, cell, person))

    # -- cells ------------------------------------------------------------------------------------------------------

    def put(self, place: Place, value: Any, kind: str, heading: str, person: str) -> None:
        """A value into a cell, if it may go there."""
        old, mark = self.placed.value(place), self.placed.mark(place)
        if mark is not None and mark.formula:
            self.out.formulas.append(Checked(place, heading, kind, value, person))
            return
        blank = not (mark and mark.error) and (is_blank(old) or (isinstance(old, str) and not old.strip(DRAWN)))
        if (value is None or value == "") if blank else _says_already(old, mark, value, kind):
            return
        if self.refused(place, value, kind, heading, person):
            return
        if not blank:
            shown = old * 100 if mark and mark.percent and kind == "percent" else old
            if not self._agreed(place, heading, says(shown, mark, kind), result_says(value, kind), person):
                return
        self.cells[place] = self.as_cell(value, kind, place)

    def as_cell(self, value: Any, kind: str, place: Place) -> Value:
        """A value as a cell holds it that looks like ``place``."""
        if isinstance(value, bool):
            return "是" if value else "否"
        if kind == "percent" and value is not None and self.looks.percent(*place):
            return Fraction(value) / 100
        found: Value = value
        return found

    def refused(self, place: Place, value: Any, kind: str, heading: str, person: str) -> bool:
        """Whether a value may not go into a cell, which is said."""
        who = f"{self.people.who(person)}：" if person else ""
        if self.looks.locked(*place):
            self._problem(f"{who}「{heading}」的格是锁定的，工作表受保护，不能填",
                          "在“审阅”里撤消工作表保护，或者只把要填的格解除锁定，保存后再试", place, person)
            return True
        number = kind in NUMBERS and kind != "percent" and not isinstance(value, bool) and value is not None
        if number and self.looks.percent(*place):
            self._problem(f"{who}「{heading}」的格是百分比格式，{result_says(value, kind)} 会显示成它的 100 倍",
                          "把这一列的格式改成数值，保存后再试", place, person)
            return True
        return False

    def _agreed(self, place: Place, heading: str, old: str, new: str, person: str) -> bool:
        """Note what is filled in otherwise; whether it may be overwritten."""
        who = f"{self.people.who(person)}：" if person else ""
        self.out.differences.append(Problem(
            "error", f"{who}{heading} {old} → {new or NOTHING}{difference(old, new)}", "", self.placed.where,
            address(*place), person))
        return self.overwrite

    def within(self, place: Place, one: Field, new: str, person: str) -> None:
        """A value into a cell that holds its label too."""
        pending = self.cells.get(place)
        text = pending if isinstance(pending, str) else self.placed.value(place)
        mark = self.placed.mark(place)
        found = slot(text, one.heading) if isinstance(text, str) and not (mark and mark.formula) else None
        if found is None:
            self._problem(f"{self.placed.where} {address(*place)}：看不出「{one.heading}」填在这一格的哪里",
                          "在标签后面留“：”或者“（　　）”，或者另给它一格", place, person)
            return
        old = found[2]
        if not new or squeezed(old) == squeezed(new) or (_number(old) is not None and _number(old) == _number(new)):
            return
        if self.refused(place, new, "text", one.heading, person):
            return
        if old and not self._agreed(place, one.heading, old, new, person):
            return
        self.cells[place] = self._dressed(place, put(text, found, new))

    def _dressed(self, place: Place, text: str) -> Value:
        """A text that changes in a part, with the looks of its pieces where they differ (an underlined blank)."""
        pending = self.cells.get(place)
        rich = pending if isinstance(pending, Rich) else self.looks.rich(*place)
        return text if rich is None else rich.replaced(text)

    # -- a list -----------------------------------------------------------------------------------------------------

    def people_on_list(self, elsewhere: set[str]) -> Filling:
        known = {column.heading for column, one in self.fields if self.placed.of_everybody(one)}
        if not known:               # a table of something else
            return self.out
        if not known & {ID, NAME}:
            self._problem("没有找到工号或姓名的一列，不知道每一行是谁", "补上表头后再试")
            return self.out
        if not known - {ID, NAME}:
            self.out.said.append(f"{self.placed.where}：没有一列是「{self.result.output.name}」里的，没有可填的")
            return self.out
        self.say_period()
        mine: dict[str, int] = {}
        strangers: list[str] = []
        for row in self.form.people:
            if not self._of_period(row):
                continue
            number, name = self.placed.whose(row)
            person, why = self.people.find(number, name)
            if why:
                self._problem(why, "改正工号或姓名后再试", self.placed.place_of_whose(row))
            elif person in mine:
                self._problem(f"{self.people.who(person)}：有两行（另一行是第 {mine[person] + 1} 行），不知道填哪一行",
                              "只留一行", self.placed.place_of_whose(row), person)
            elif person in self.lines:
                mine[person] = row
            else:
                strangers.append(f"{number} {name}".strip())
        for person, row in mine.items():
            self._person(row, person)
        self.out.people = [*mine]
        there = self._of_this_table()
        missing = self._of_this_form([p for p in self.lines if p not in mine and p not in elsewhere and p in there],
                                     mine)
        if missing:
            self._new(missing, bool(mine))
        if strangers:
            self.out.said.append(f"{self.placed.where}：表上有、{self.result.period} 的{self.result.output.name}里"
                                 f"没有的，没有动：{named(strangers)}")
        return self.out

    def _of_period(self, row: int) -> bool:
        """Whether somebody's row is of the period that is filled, by its own column of the period."""
        for one in self._periods(everybody=True):
            value = self.placed.value(self.placed.at(one, row))
            if not is_blank(value):
                try:
                    return type(self.period).parse(value) == self.period
                except ValueError:
                    return False
        return True

    def _person(self, row: int, person: str, new: bool = False) -> None:
        line = self.lines[person]
        for column, one in self.fields:
            if not self.placed.of_everybody(one):
                continue
            place, value = self.placed.at(one, row), line[column.heading]
            if column.heading in (ID, NAME):
                if not self.placed.text(place):
                    self.put(place, self._id(value, one) if column.heading == ID else value, "text", column.heading,
                             person)
            elif not self.form.across and not self._one_cell(row, one.column):
                self._problem(f"{self.people.who(person)}：一个人占 {self.placed.end(row) - row + 1} 行，"
                              f"「{column.heading}」不知道填在哪一行", "把这几行的格合并后再试", place, person)
            else:
                self.put(place, value, column.type, one.heading or column.heading, person)
        for one in self._periods(everybody=True) if new else ():
            self.put(self.placed.at(one, row), self._period_like(one), "text", one.heading, person)

    def _one_cell(self, row: int, column: int) -> bool:
        """Whether the rows of a person's block are one cell in a column, or only the first holds anything."""
        area, end = self.placed.merged.area(row, column), self.placed.end(row)
        if end == row or (area is not None and area[2] >= end):
            return True
        below = ((n, column) for n in range(row + 1, end + 1))
        return not is_blank(self.placed.value((row, column))) and all(
            is_blank(self.placed.value(place)) and self.placed.mark(place) is None for place in below)

    def _id(self, person: Any, one: Field) -> Any:
        """工号 as those above are written."""
        above = [(value, self.placed.text((row, one.column))) for row in reversed(self.form.people)
                 if not is_blank(value := self.placed.value((row, one.column)))]
        return ids_like([str(person)], above)[0]

    def _of_this_table(self) -> set[str]:
        """Who can be on a list: of a result that goes into several forms by post, a list that is called as one of them
        has that one's people (季度星级_客服代表: 附表1_客服代表季度星级评定表)."""
        parts = [set(squeezed(sheet).split("_")) for sheet, _, _ in self.result.forms]
        title = next((squeezed(value) for row in self.sheet.rows for value in row if isinstance(value, str)), "")
        own = [words - parts[0].intersection(*parts) for words in parts] if len(parts) > 1 else []
        here = [at for at, words in enumerate(own) if words and all(
            word in squeezed(self.form.sheet) or word in title for word in words)]
        return set(self.result.forms[here[0]][2]) if len(here) == 1 else set(self.lines)

    def _of_this_form(self, missing: list[str], mine: Iterable[str]) -> list[str]:
        """Of the people who are not on a list those who belong there: a list whose name or title says whose team it is
        has no others."""
        group = next((c.heading for c in self.result.columns if c.group), "")
        if not group or not missing:
            return missing
        title = "".join(squeezed(value) for row in self.sheet.rows[:max(self.form.headings[0], 1)]
                        for value in row if isinstance(value, str))
        called = squeezed(self.form.form) + squeezed(self.form.sheet) + title
        team = {person: squeezed(line[group] or "") for person, line in self.lines.items()}
        here = {one for one in team.values() if one and one in called}
        if len(here) != 1 or any(team[person] not in here for person in mine):
            return missing
        belong = [person for person in missing if team[person] in here]
        if len(belong) < len(missing):
            self.out.said.append(f"{self.placed.where}：是{''.join(here)}的，"
                                 f"别的{group}的 {len(missing) - len(belong)} 人没有加")
        return belong

    # people who are not on the list yet

    def _new(self, missing: Sequence[str], some: bool) -> None:
        """Into the rows drawn for them, and then into new ones."""
        form, names = self.form, named([self.people.who(person) for person in missing])
        if form.across or form.spans != 1:
            what = "列" if form.across else "行"
            self._problem(f"表上没有的有 {len(missing)} 人：{names}；这样的表程序不加{what}",
                          f"在 Excel 里给他们加上{what}和姓名，保存后再试")
            return
        free, after = self._free()
        for person, row in zip(missing, free, strict=False):
            self._person(row, person, new=True)
            self._numbered(row)
        rest = missing[len(free):]
        if rest and after < 0:
            self._problem(f"表头下面没有画好的行，要填 {len(rest)} 人",
                          f"在 Excel 里画好一行（格式、公式），再复制成 {len(rest)} 行，保存后再试")
            return
        if rest:
            self._insert(rest, after)
        self.out.people += missing
        if some:
            self.out.said.append(f"{self.placed.where}：表上没有的，加在下面：{names}")

    def _free(self) -> tuple[list[int], int]:
        """(the rows drawn for people that are nobody's yet, below the last person; the last row of the table, -1: it
        has none)."""
        form, rows = self.form, self.sheet.rows
        first = max(form.headings) + 1
        row = last = self.placed.end(form.people[-1]) if form.people else first - 1
        model = form.people[-1] if form.people else first
        keys = [one.column for _, one in self.fields if self.placed.of_everybody(one)]
        number, like = self._number_column(), [self.looks.drawn(model, c) for c in keys]
        free: list[int] = []
        while True:
            row += 1
            holds = {c: value for c, value in enumerate(rows[row] if row < len(rows) else ()) if not is_blank(value)
                     and not ((mark := self.placed.mark((row, c))) and mark.formula)}
            numbered = number in holds and _is_number(holds.pop(number))
            crossed = any(area[0] < row <= area[2] and area[1] <= c <= area[3]
                          for area in self.sheet.merged for c in keys)
            looks = [self.looks.drawn(row, c) for c in keys]
            drawn = looks == like and any(look is not None for look in looks)
            # whatever else stands in a row ends the table: a sum, a signature, a legend
            if holds or crossed or not (numbered or drawn or row in form.drawn):
                break
            free.append(row)
        after = free[-1] if free else last
        return free, after if after >= first else -1

    def _insert(self, people: Sequence[str], after: int) -> None:
        """New rows below ``after`` for these people, like that one."""
        filled, count = self.out.filled, len(people)
        filled.after, filled.room = after, count
        below = {place for place in self.cells if place[0] > after}
        moved = {(row + count, column): self.cells.pop((row, column)) for row, column in below}
        self.cells.update(moved)
        for n, person in enumerate(people, 1):
            line = self.lines[person]
            for column, one in self.fields:
                if not self.placed.of_everybody(one):
                    continue
                whose = column.heading in (ID, NAME)
                value = self._id(line[ID], one) if column.heading == ID else line[column.heading]
                self._new_cell(n, after, one, value, "text" if whose else column.type, person)
            for one in self._periods(everybody=True):
                self._new_cell(n, after, one, self._period_like(one), "text", person)
            at = self._number_column()
            if at is not None and self.placed.mark((after, at)) is None:
                last = self.cells.get((after, at), self.placed.value((after, at)))
                if isinstance(last, int | float) and not isinstance(last, bool):
                    self.cells[after + n, at] = int(last) + n

    def _new_cell(self, n: int, after: int, one: Field, value: Any, kind: str, person: str) -> None:
        """A value into the ``n``-th new row below ``after``."""
        like = self.placed.top((after, one.column))
        place = after + n, like[1]
        mark = self.placed.mark(like)
        if mark is not None and mark.formula:
            self.out.formulas.append(Checked(place, one.heading, kind, value, person))
        elif value is not None and value != "" and not self.refused(like, value, kind, one.heading, person):
            self.cells[place] = self.as_cell(value, kind, like)

    def _number_column(self) -> int | None:
        """The column 序号."""
        if (one := self.form.field(NUMBERED[0])) is not None:
            return one.column
        rows = self.sheet.rows[max(self.form.headings[0], 0):max(self.form.headings) + 1]
        return next((column for row in rows for column, value in enumerate(row)
                     if isinstance(value, str) and plain_heading(value)[0].upper() in NUMBERED), None)

    def _numbered(self, row: int) -> None:
        """序号 of a row that is filled, where the one above has a number and this has none."""
        at = self._number_column()
        if at is None or not is_blank(self.placed.value((row, at))) or self.placed.mark((row, at)) is not None:
            return
        above = self.cells.get((row - 1, at), self.placed.value((row - 1, at)))
        if isinstance(above, int | float) and not isinstance(above, bool) and not self.looks.locked(row, at):
            self.cells[row, at] = int(above) + 1

    # -- a card -----------------------------------------------------------------------------------------------------

    def card(self, made_out: str) -> Filling:
        person, why = (made_out, "") if made_out else person_of(self.placed, self.people)
        self.out.person = person
        if why:
            self._problem(why, "改正工号或姓名后再试", self.placed.place_of_whose(-1))
        elif person is None or (person and person not in self.lines):
            name = " ".join(filter(None, self.placed.whose())) or self.people.who(person or "")
            self.out.said.append(f"{self.placed.where}：{name} 不在 {self.result.period} 的"
                                 f"{self.result.output.name}里，没有动")
        elif person:
            self._card(person)
        return self.out

    def _card(self, person: str) -> None:
        self.say_period()
        if not {column.heading for column, _ in self.fields} - {ID, NAME}:
            self.out.said.append(f"{self.placed.where}：没有一格是「{self.result.output.name}」里的，没有可填的")
        self.out.people = [person]
        for column, one in self.fields:
            place, value = self.placed.at(one, -1), self.lines[person][column.heading]
            whose = column.heading in (ID, NAME)
            if whose and self.placed.says(one):
                continue
            if one.within:
                self.within(place, one, result_says(value, "text" if whose else column.type), person)
            else:
                self.put(place, value, "text" if whose else column.type, one.heading or column.heading, person)

    # -- the period -------------------------------------------------------------------------------------------------

    def _periods(self, everybody: bool) -> Iterable[Field]:
        """The fields that say of when the form is, or (``everybody``) of when each row is."""
        return [one for name in PERIODS if (one := self.form.field(name)) is not None
                and (self.form.kind == "list" and self.placed.of_everybody(one)) == everybody]

    def say_period(self) -> None:
        """The month's cell or title, where it is blank; another month there is told."""
        form, blank = self.form, False
        if form.period is not None:
            if not set(self.period.months) <= set(form.period.months):
                self._other_period(form.period)
            return
        for one in self._periods(everybody=False):
            place = self.placed.at(one, -1)
            if one.within:
                self.within(place, one, self.period.label, "")
                blank = True
            elif is_blank(self.placed.value(place)) and self.placed.mark(place) is None:
                blank = True
                if not self.refused(place, None, "text", one.heading or one.name, ""):
                    self.cells[place] = self._period_like(one)
        if not blank:
            self._blank_period()

    def _blank_period(self) -> None:
        """The cell beside a label of the period, or the blank in a title (＿＿年＿＿月): where it is just one."""
        found: dict[Place, Value] = {}
        for place, value in self._titles():
            right = self.placed.right_of(place)
            if canonical(label_of(value)) in PERIOD and is_blank(self.placed.value(right)):
                found[right] = self._serial(period_like(self.period, None))
            elif text := blank_period(value, self.period):
                found[place] = self._dressed(place, text)
        if len(found) == 1:
            (place, new), = found.items()
            if self.placed.mark(place) is None and not self.refused(place, None, "text", "期间", ""):
                self.cells[place] = new

    def _titles(self) -> Iterable[tuple[Place, str]]:
        """The texts above a list's heading, or at the top of a card."""
        rows = self.sheet.rows[:self.form.headings[0] if self.form.kind == "list" else TITLE_ROWS]
        return [((row, column), value) for row, cells in enumerate(rows) for column, value in enumerate(cells)
                if isinstance(value, str) and self.placed.mark((row, column)) is None]

    def _other_period(self, stated: AnyPeriod) -> None:
        """The form says another period: rewritten where that is agreed and stands in a cell."""
        found: dict[Place, Value] = {}
        for one in self._periods(everybody=False):
            place = self.placed.at(one, -1)
            value = self.placed.value(place)
            if one.within and isinstance(value, str):
                if at := slot(value, one.heading):
                    found[place] = put(value, at, self.period.label)
            elif not is_blank(value):
                found[place] = self._serial(period_like(self.period, value))
        for place, value in self._titles():
            label = next((label for label in _labels(stated) if label in value), "")
            if label and place not in found:
                found[place] = value.replace(label, dict(zip(_labels(stated), _labels(self.period), strict=True))[label]
                                             if type(stated) is type(self.period) else self.period.label)
        if not found:
            self._problem(f"写的是 {stated}，要填的是 {self.period}",
                          "核对期间，或者换一份表（期间在工作表名或文件名里的，先改名）")
            return
        for place, value in found.items():
            if not self.refused(place, None, "text", "期间", "") and self._agreed(
                    place, "期间", str(stated), str(self.period), ""):
                self.cells[place] = value

    def _period_like(self, one: Field) -> Value:
        """The period as the cells of its column are written."""
        above = (self.placed.value((row, one.column)) for row in reversed(self.form.people))
        like = next((value for value in above if not is_blank(value)), None) if self.placed.of_everybody(one) else None
        return self._serial(period_like(self.period, like))

    def _serial(self, value: str | float | dt.date) -> Value:
        return to_serial(value, self.placed.book.is_1904) if isinstance(value, dt.date) else value


def _says_already(old: Any, mark: Mark | None, value: Any, kind: str) -> bool:
    """Whether a cell says a value, in whatever spelling."""
    if kind in NUMBERS and not isinstance(value, bool):
        if isinstance(old, str):
            for unit in _UNITS[kind]:
                read = typed(old, unit, none=True)
                if not read.wrong:          # a dash: there is nothing
                    return not value if read.number is None else result_says(value, kind) == says(
                        float(read.number), None, kind)
            return False
        if isinstance(old, int | float) and not isinstance(old, bool):
            number = old * 100 if mark is not None and mark.percent and kind == "percent" else old
            return value is not None and says(number, None, kind, 12) == result_says(value, kind)
        return False
    text = says(old, mark, "text")
    if isinstance(value, bool):
        return YES_NO_WORDS.get(text.upper(), text) == ("是" if value else "否")
    return choice_key(text) == choice_key(str(value or ""))


def _is_number(value: Any) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, str) and squeezed(value).rstrip(".、").isdecimal())


def _number(text: str) -> float | None:
    """The number that a text says, with its unit or without."""
    for unit in ("", *(unit for units in _UNITS.values() for unit in units)):
        read = typed(text, unit)
        if not read.wrong and read.number is not None:
            return float(read.number)
    return None


def _labels(period: AnyPeriod) -> list[str]:
    """How a title may call a period; those of two periods of a kind belong together one by one."""
    found = [period.label, str(period)]
    number = getattr(period, "number", None)
    if period.grain == "month":
        found += [f"{period.year}年{number:02}月", f"{period.year}-{number}", f"{period.year}.{number:02}",
                  f"{period.year}.{number}", f"{period.year}/{number:02}", f"{period.year}/{number}"]
    return found
