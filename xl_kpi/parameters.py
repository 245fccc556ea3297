"""The sheet 参数: HR's values of a policy's parameters, the readings chosen, and the policy itself."""

from __future__ import annotations

import datetime as dt
import decimal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from xl_kpi.hand.choices import key as choice_key
from xl_kpi.hand.days import read_day, read_month, usual
from xl_kpi.hand.numbers import SPELLINGS as UNITS
from xl_kpi.hand.numbers import typed
from xl_kpi.hand.texts import difference, is_blank, kept, squeezed
from xl_kpi.money import Exact, as_decimal, decimals
from xl_kpi.period import Month
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import DEFAULT_POLICY, load
from xl_kpi.policy.model import DAY, Column, Key, Parameter
from xl_kpi.policy.settings import Dated, Settings
from xl_kpi.policy.shelf import FOLDER, Shelf
from xl_kpi.policy.words import cited, nearest
from xl_kpi.problems import Level, Problem, Refusal
from xl_kpi.rules.base import PolicyError
from xl_kpi.tables.cells import (
    NOBODY_MEANS,
    beyond_fen,
    either,
    negative,
    not_whole,
    one_hint,
    percent_of_no_percent,
    plain,
    reading_of,
    seen,
    too_large,
    written,
)
from xl_kpi.tables.headings import also_sheets, find_headings, find_sheets, hidden_there, not_one_sheet, settle
from xl_kpi.tables.holidays import read_holidays
from xl_kpi.tables.merged import Merged
from xl_kpi.workbook.book import CALCULATE, Book, Mark, Sheet
from xl_kpi.workbook.grid import address, area_address

SHEET = "参数"
COLUMNS = [
    Column(name="parameter", heading="参数", type="text", required=True),
    Column(name="value", heading="值", type="text"),
    Column(name="key", heading="键", type="text"),
    *(Column(name=name, heading=heading, type="text", optional=True) for name, heading in (
        ("title", "名称"), ("role", "岗位"), ("unit", "单位"), ("day", "生效日期"), ("clause", "条款"),
        ("source", "来源"), ("fill", "怎么填"))),
]
# Rows that every policy has beside its own: texts that only say how results look.
TEXTS = {"company": "单位名称", "department": "部门名称", "form.payroll": "工资表样式"}
POLICY = "policy"       # the row that names the policy
MONEY = ("元", "元/月", "元/分")
WHOLE = ("次", "人", "级")
LARGEST = 10_000_000
Place = tuple[str, Key | None]


class Percent(decimal.Decimal):
    """A percent number that stands in its cell in percent format: 90 is written as 90%."""



@dataclass
class Parameters:
    """What the sheet says.  ``bad``: values that cannot be used, told only where the value is needed;
    ``unreadable``: there is no such sheet, or it lacks a heading; ``holidays``: what is wrong with the sheet 节假日."""

    settings: Settings
    problems: list[Problem] = field(default_factory=list)
    bad: dict[Place, list[Problem]] = field(default_factory=dict)
    unreadable: bool = False
    holidays: list[Problem] = field(default_factory=list)

    def of_holidays(self, counted: bool) -> list[Problem]:
        """What is wrong with the sheet 节假日: of what counts no workdays (``counted``) nothing that stops it."""
        return [one if counted or one.level != "error" else replace(one, level="warning") for one in self.holidays]


_PLAIN = Mark()


class _Row:
    """A row of the sheet."""

    def __init__(self, sheet: Sheet, merged: Merged, at: dict[str, int], number: int):
        self.sheet, self.at, self.number = sheet.name, at, number
        self.cells = {name: merged.shown(number, position) for name, position in at.items()}
        self.marks = {name: merged.mark(number, position) or _PLAIN for name, position in at.items()}
        self.spread: set[str] = set()           # columns that it shares with other rows, and may not
        self.areas = {name: area for name, position in at.items() if (area := merged.area(number, position))}
        self.says = any(not self.blank(name) and not merged.covered(number, at[name])
                        for name in ("parameter", "value", "key") if name in at)
        self.hidden = hidden_there(sheet, number, -1)
        self.name = self.text("parameter")

    def text(self, column: str) -> str:
        value = self.cells.get(column)
        return "" if is_blank(value) else squeezed(written(value))

    def blank(self, column: str) -> bool:
        return is_blank(self.cells.get(column)) and not self.broken(column)

    def broken(self, column: str) -> str:
        """What is wrong with the cell itself, '' when nothing is."""
        mark = self.marks.get(column, _PLAIN)
        if column in self.spread:
            return f"在合并单元格 {area_address(self.areas[column])} 里，一个值占了几行，不知道是哪一行的"
        if mark.error:
            return f"是错误值 {mark.error}"
        return mark.old

    def cell(self, column: str) -> str:
        return address(self.number, self.at.get(column, self.at["parameter"]))

    def problem(self, column: str, text: str, do: str, level: Level = "error") -> Problem:
        do = CALCULATE if level == "error" and self.marks.get(column, _PLAIN).old else do
        return Problem(level, text + ("" if level == "hint" else self.hidden), do, self.sheet, self.cell(column))


def _rows(book: Book) -> tuple[Sheet | None, list[_Row], list[Problem]]:
    """(the sheet, its rows that say something, what is wrong with its headings)."""
    sheets = find_sheets(book, SHEET)
    if len(sheets) != 1:
        return None, [], [not_one_sheet(book, SHEET, sheets)]
    sheet = sheets[0]
    headings, merged = find_headings(sheet, COLUMNS), Merged(sheet)
    problems = [*also_sheets(book, sheet, SHEET, COLUMNS),
                *(problem for _, problem in headings.missing(sheet.name, COLUMNS))]
    if headings.row < 0:
        return None, [], problems
    numbers = range(headings.row + 1, len(sheet.rows))
    problems += [problem for _, problem in settle(headings, sheet, merged, numbers, COLUMNS)]
    rows = [row for number in numbers if (row := _Row(sheet, merged, headings.at, number)).says]
    shared = Counter(row.areas["value"] for row in rows if "value" in row.areas and not row.blank("value"))
    for row in rows:
        if "value" in row.areas and shared[row.areas["value"]] > 1:
            row.spread.add("value")
    if any(problem.level == "error" for problem in problems):
        return None, [], problems
    return sheet, rows, problems


def parameter_rows(book: Book, policy: Policy) -> list[tuple[str, str, int, dict[str, Any]]]:
    """The rows as they stand: (参数 as an id, 键, the month of 生效日期 as an index or 0, heading → content), HR's own
    columns too; a number in percent format is a ``Percent``."""
    names = Names(policy)
    headings = {column.name: column.heading for column in COLUMNS}
    found = []
    sheet, rows, _ = _rows(book)
    further = _further(sheet) if sheet else {}
    for row in rows:
        name = names.find(row.name) or row.name
        cells = {headings[column]: value if value is not None else row.broken(column) or None
                 for column, value in row.cells.items()}
        cells |= {heading: sheet.rows[row.number][at] for heading, at in further.items() if sheet}
        value = cells["值"]
        if row.marks["value"].percent and isinstance(value, int | float):
            cells["值"] = Percent(decimal.Decimal(repr(value)) * 100)
        if isinstance(value, dt.date):          # as the program writes it: 值 has the format of a number
            cells["值"] = dt.date(value.year, value.month, value.day).isoformat()
        try:
            month = 0 if row.blank("day") else read_month(row.cells["day"]).index
        except ValueError:
            month = 0
        found.append((name, row.text("key"), month, cells))
    return found


def _further(sheet: Sheet) -> dict[str, int]:
    """The columns that HR has added: heading → position."""
    headings = find_headings(sheet, COLUMNS)
    known = {squeezed(column.heading) for column in COLUMNS}
    return {headings.texts[at]: at for text, at in headings.extra.items() if text not in known}


class Names:
    """What the rows of the sheet may be called: by id or Chinese name, in any case."""

    def __init__(self, policy: Policy):
        self.titles = {POLICY: "采用的制度", **{name: p.title for name, p in policy.parameters.items()},
                       **{f"reading.{name}": r.title for name, r in policy.readings.items()}, **TEXTS}
        self._exact = {squeezed(title): name for name, title in self.titles.items()} | {
            name: name for name in self.titles}
        folded = Counter(map(choice_key, self._exact))
        self._folded = {choice_key(text): name for text, name in self._exact.items() if folded[choice_key(text)] == 1}

    def find(self, text: str) -> str:
        """The id that a text means, '' for none."""
        return self._exact.get(text) or self._folded.get(choice_key(text), "")

    def as_written(self, text: str) -> bool:
        """Does a text name a row just as it is spelled?"""
        return text in self._exact

    def nearest(self, text: str) -> str:
        """The name or title that a text resembles most, '' when none does or two do as much."""
        return nearest(text, [*self.titles, *self.titles.values()])


def policy_of(book: Book, unknown: str = "", default: Policy | None = None) -> Policy:
    """The policy that a workbook names in its sheet 参数 (row ``policy``); without it the ``default`` one.

    ``unknown``: what to do about one that is not known, besides."""
    _, rows, _ = _rows(book)
    called = {choice_key(POLICY), choice_key("采用的制度")}
    found = [row for row in rows if choice_key(row.name) in called and not row.blank("value")]
    if not found:
        return default or load(DEFAULT_POLICY)
    row, shelf = found[-1], Shelf.beside(book.path)
    value = policy_id(row.text("value"), shelf)
    known = _known(shelf)
    if len(found) > 1:
        where = "、".join(one.cell("value") for one in found)
        raise Refusal([row.problem("value", f"采用的制度写了 {len(found)} 行（{where}）", "只留一行")])
    if row.broken("value"):
        raise Refusal([row.problem("value", f"采用的制度{row.broken('value')}", f"直接填制度的编号；{known}")])
    if value not in shelf.ids():
        near = nearest(value, shelf.ids(), 0.4)
        raise Refusal([row.problem("value", f"没有制度「{value}」" + (f"，是不是「{near}」" if near else ""),
                                   "；".join(filter(None, (known, unknown))))])
    if value not in shelf.own():
        policy = load(value)
        if policy.written_on and unknown:
            raise Refusal([row.problem("value", f"制度「{value}」写在工作表 {'、'.join(policy.written_on)} 里",
                                       unknown)])
        return _of_sheets(book, policy) if policy.written_on else policy
    try:
        return shelf.load(value)
    except PolicyError as error:
        do = f"在文件夹“{FOLDER}”里改正；命令行 xl-kpi policy 文件名 可以核对"
        raise Refusal([row.problem("value", f"采用的制度「{value}」不能用", do),
                       *(Problem("error", line, "") for line in str(error).split("\n"))]) from None


def _of_sheets(book: Book, policy: Policy) -> Policy:
    """The policy that the sheets of a workbook say.  Raises Refusal."""
    from xl_kpi.card import policy_from

    return policy_from(book, policy)


MOST = 5                # policies that are named where one is not known


def _known(shelf: Shelf) -> str:
    """Which policies there are: one's own first; of many, where all are listed."""
    every = list(dict.fromkeys([*shelf.own(), DEFAULT_POLICY, *shelf.ids()]))
    named = "、".join(f"「{one}」" for one in every[:MOST])
    return f"可用的制度：{named}" + (f" 等 {len(every)} 份，xl-kpi policies 列出全部" if len(every) > MOST else "")


def policy_id(text: str, shelf: Shelf) -> str:
    """The id of a policy in whatever case it is written; a text that is none as it stands."""
    known = shelf.ids()
    same = [one for one in known if choice_key(one) == choice_key(text)]
    return text if text in known or len(same) != 1 else same[0]


def without_unknown(book: Book, policy: Policy) -> Book:
    """The workbook as another policy reads it: without the rows of 参数 that only its own policy knows."""
    sheet, rows, _ = _rows(book)
    if sheet is None:
        return book
    names = Names(policy)
    foreign = {row.number for row in rows if not (found := names.find(row.name)) or found == POLICY}
    kept = replace(sheet, rows=[[None] * len(row) if n in foreign else row for n, row in enumerate(sheet.rows)],
                   marks={at: mark for at, mark in sheet.marks.items() if at[0] not in foreign})
    return replace(book, sheets=[kept if one is sheet else one for one in book.sheets])


def read_parameters(book: Book, policy: Policy) -> Parameters:
    """The policy's settings as the workbook has them."""
    sheet, rows, problems = _rows(book)
    result = Parameters(Settings.stated(policy), problems, unreadable=sheet is None)
    if sheet is not None:
        result.settings.sheet = sheet.name
        reader = _Reader(policy, result)
        for row in rows:
            reader.row(row)
        reader.finish()
    if policy.workdays:
        holidays = read_holidays(book)
        result.settings.calendar, result.holidays = holidays.calendar, holidays.problems
    if policy.written_on:
        from xl_kpi.card import noted  # only where it is needed: cells wait for what is imported

        result.problems += noted(book)
    return result


class _Reader:
    """Reads the rows one by one into the settings."""

    def __init__(self, policy: Policy, result: Parameters):
        self.policy, self.result = policy, result
        self.names = Names(policy)
        self.given: dict[Place, list[tuple[_Row, Dated]]] = {}
        self.read_as: dict[str, list[tuple[_Row, str]]] = {"parameter": [], "day": [], "value": []}
        self.readings: dict[str, list[_Row]] = {}

    def say(self, problem: Problem) -> None:
        self.result.problems.append(problem)

    def row(self, row: _Row) -> None:
        name = self.names.find(row.name)
        if row.broken("parameter"):
            self.say(row.problem("parameter", f"「参数」{row.broken('parameter')}", "直接填参数的名称"))
        elif not row.name:
            self.say(row.problem("parameter", "「参数」是空的", "填上参数的名称；多余的行请整行删除"))
        elif name:
            if not self.names.as_written(row.name):
                self.read_as["parameter"].append((row, reading_of(row.name, self.names.titles[name])))
            self.known(row, name)
        elif choice_key(row.name).startswith("reading."):
            self.reading(row, row.name[len("reading."):])
        elif not (row.blank("value") and row.blank("key") and not row.name.isascii()):      # a title between the rows
            near = self.names.nearest(row.name)
            self.say(row.problem("parameter", f"不认识参数「{row.name}」" + (
                f"，是不是「{self.names.titles.get(near, near)}」{difference(row.name, near)}" if near else ""),
                                 "改正参数的名称，或者删除这一行"))

    def known(self, row: _Row, name: str) -> None:
        """A row of a known name."""
        if name == POLICY:
            text = row.text("value")
            same = choice_key(text) == choice_key(self.policy.id)
            if not row.broken("value") and same and text != self.policy.id:
                self.read_as["value"].append((row, reading_of(text, f"《{self.policy.title}》")))
        elif name.startswith("reading."):
            self.reading(row, name.removeprefix("reading."))
        elif name in TEXTS:
            self.text(row, name)
        else:
            self.parameter(row, name)

    # -- parameters -------------------------------------------------------------------------------------------------

    def parameter(self, row: _Row, name: str) -> None:
        parameter = self.policy.parameters[name]
        label = f"{parameter.title}（{cited(parameter.clause)}）"
        key: Key | None = None
        if row.broken("key"):
            self.say(row.problem("key", f"{label}的键{row.broken('key')}", "直接填上键"))
            return
        text = row.text("key")
        if parameter.listed:
            if not text:
                if not row.blank("value"):
                    self.say(row.problem("key", f"{label}的键是空的", "键写上这一项的名称"))
                return
            key = text
        elif parameter.keys:
            found = key_of(parameter.keys, text)
            if found is None:
                self.say(row.problem("key", f"{label}没有键「{text}」" if text else f"{label}的键是空的",
                                     f"键填 {'、'.join(map(str, parameter.keys))} 之一"))
                return
            key = found
            if self._written_elsewhere(row, parameter, label, str(key)):
                return
        elif self._written_elsewhere(row, parameter, label):
            return
        elif text:
            self.say(row.problem("key", f"{label}没有键，这里写了「{text}」", "清空键"))
            return
        self.result.settings.cells[name, key] = row.cell("value")
        self.value(row, name, parameter, key)

    def _written_elsewhere(self, row: _Row, parameter: Parameter, label: str, key: str = "") -> bool:
        """Whether the rules of a workbook whose policy stands on its sheets say the value: it is filled in there."""
        stated = {str(one or "") for one in parameter.stated_values()}
        if not self.policy.written_on or key not in stated or row.blank("value"):
            return False
        sheets = "、".join(self.policy.written_on)
        self.say(row.problem("parameter", f"{label}写在工作表 {sheets} 里，参数表里不再写", "删除这一行，在那里改"))
        return True

    def value(self, row: _Row, name: str, parameter: Parameter, key: Key | None) -> None:
        title = f"{parameter.title}{f'（{key}）' if key is not None else ''}"
        about = f"（{cited(parameter.clause)}）"
        bad = self.result.bad.setdefault((name, key), [])
        if row.broken("value"):
            bad.append(row.problem("value", f"{title}的值{row.broken('value')}{about}", "直接填上数值"))
            return
        if row.blank("value"):
            return
        month = 0
        if row.broken("day"):
            bad.append(row.problem("day", f"{title}的生效日期{row.broken('day')}{about}", "直接填上日期"))
            return
        if not row.blank("day"):
            cell = row.cells["day"]
            try:
                month = read_month(cell).index
            except ValueError as error:
                what, _, do = str(error).rstrip("。").partition("，请写成 ")
                bad.append(row.problem("day", f"{title}的生效日期：{what}{about}", f"写成 {do}"))
                return
            if (day := _day_within(cell)) > 1:
                first = Month(month)
                said = f"{title}的生效日期 {first}-{day:02} 在月中，{first} 整个月都按这个值算{about}"
                self.say(row.problem("day", said, f"确认从 {first} 起；从下个月起的，改成 {first + 1}", "warning"))
            if not usual(cell):
                self.read_as["day"].append((row, reading_of(cell, str(Month(month)))))
        number = _value_of(parameter, row.cells["value"], row.marks["value"].percent)
        if number.wrong:
            bad.append(row.problem("value", f"{title}{number.wrong}{about}", number.do))
            return
        if number.none:
            return
        role, unit = self.policy.plausible, "%" if parameter.unit == "%" else ""
        whole = parameter.total if parameter.total is not None else role.share_limit if name in role.shares else None
        if whole is not None and number.value > whole:
            what = "各项合计" if parameter.total is not None else "份额"
            shown = f"{title}填的是 {plain(float(number.value))}{unit}"
            bad.append(row.problem("value", f"{shown}，{what}最多 {whole}{unit}{about}", NOBODY_MEANS))
            return
        if number.hint:
            self.read_as["value"].append((row, f"（{title}）{number.hint}"))
        dated = Dated(month, number.value, row.text("source"), row.cell("value"))
        self.given.setdefault((name, key), []).append((row, dated))

    # -- readings ---------------------------------------------------------------------------------------------------

    def reading(self, row: _Row, name: str) -> None:
        reading = self.policy.readings.get(name)
        if reading is None:
            near = nearest(name, self.policy.readings, 0.5)
            known = f"可用的有：{'、'.join(one.title for one in self.policy.readings.values())}"
            self.say(row.problem("parameter", f"没有读法「{row.name}」"
                                 + (f"，是不是「{self.policy.readings[near].title}」" if near else ""),
                                 "改正读法的名称，或者删除这一行" + ("" if near else f"；{known}")))
            return
        label = f"读法「{reading.title}」（{cited(reading.clause)}）"
        if not row.blank("day"):
            self.say(row.problem("day", f"{label}不分日期，这里写了生效日期", "清空生效日期"))
        if not row.blank("key"):
            self.say(row.problem("key", f"{label}没有键，这里写了「{row.text('key')}」", "清空键"))
        if row.blank("value"):
            return
        self.readings.setdefault(name, []).append(row)
        text = row.text("value")
        by_label = {choice_key(word): value for value, label in reading.values.items() for word in (label, value)}
        value = by_label.get(choice_key(text))
        if value is None:
            options = "；".join(reading.values.values())
            self.say(row.problem("value", f"{label}的值{row.broken('value')}" if row.broken("value")
                                 else f"{label}没有「{text}」这个选项", f"可选：{options}"))
            return
        self.result.settings.readings[name] = value

    # -- texts ------------------------------------------------------------------------------------------------------

    def text(self, row: _Row, name: str) -> None:
        """A text of how results look.  It moves no amount, so what is wrong with it stops nothing."""
        title = TEXTS[name]
        if row.broken("value"):
            self.say(row.problem("value", f"{title}{row.broken('value')}，没有用上", "直接填上文字", "warning"))
            return
        if row.blank("value"):
            return
        texts, cell = self.result.settings.texts, row.cells["value"]
        value = " ".join((kept(cell) if isinstance(cell, str) else seen(cell)).split())
        if texts.setdefault(name, value) != value:
            self.say(row.problem("value", f"{title}写了不止一行，用的是“{texts[name]}”", "只留一行", "warning"))

    # -- all rows ---------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Values in the order of their months; two for one month are refused."""
        for name, rows in self.readings.items():
            for row in rows[1:]:
                self.say(row.problem("value", f"读法「{self.policy.readings[name].title}」写了 {len(rows)} 行"
                                     f"（{'、'.join(r.cell('value') for r in rows)}）", "只留一行"))
        for column, found_as in self.read_as.items():
            for number, text, do, level in one_hint({k: text for k, (_, text) in enumerate(found_as)}):
                heading = next(c.heading for c in COLUMNS if c.name == column)
                self.say(found_as[number][0].problem(column, f"「{heading}」{text}", do, level))
        settings = self.result.settings
        for place, found in self.given.items():
            by_month: dict[int, list[_Row]] = {}
            for row, dated in found:
                by_month.setdefault(dated.month, []).append(row)
            for rows in by_month.values():
                self.twice(place, rows)
            mine = sorted((dated for _, dated in found), key=lambda dated: dated.month)
            stated = [dated for dated in settings.values.get(place, ()) if mine[0].month > 0]
            settings.values[place] = [*stated, *mine]
        for place, problems in self.result.bad.items():
            if problems:                    # not the stated value instead: HR meant another one
                settings.values.pop(place, None)

    def twice(self, place: Place, rows: list[_Row]) -> None:
        name, key = place
        parameter = self.policy.parameters[name]
        for row in rows[1:]:
            title = f"{parameter.title}{f'（{key}）' if key is not None else ''}"
            where = "、".join(one.cell("value") for one in rows)
            self.result.bad[place].append(row.problem(
                "value", f"{title}同一个月有 {len(rows)} 个值（{where}；{cited(parameter.clause)}）",
                "只留一行，或者改生效日期"))


def key_of(keys: Sequence[Key], text: str) -> Key | None:
    """The key of a parameter that a text means: a label in any case, a number with its unit or without (3星, 三星)."""
    found = next((key for key in keys if choice_key(key) == choice_key(text)), None)
    if found is None and text:
        numbers = {typed(text, unit).number for unit in ("", *UNITS)}
        found = next((key for key in keys if isinstance(key, int) and key in numbers), None)
    return found


def _day_within(cell: Any) -> int:
    """The day of the month that a 生效日期 names, 0 when it is a month."""
    try:
        return read_day(cell).day
    except ValueError:
        return 0


def _value_of(parameter: Parameter, raw: Any, percent: bool) -> _Number | _Day:
    return _Day(raw) if parameter.unit == DAY else _Number(parameter, raw, percent)


class _Day:
    """A cell of 值 as the date of a parameter: its ordinal."""

    none = False

    def __init__(self, raw: Any):
        self.value = Fraction(0)
        self.wrong = self.do = self.hint = ""
        try:
            self.value = Fraction(read_day(raw).toordinal())
        except ValueError as error:
            what, _, do = str(error).rstrip("。").partition("，请写成 ")
            self.wrong, self.do = f"：{what}", f"写成 {do or '2016-11-03'}"
            return
        if not usual(raw):
            self.hint = reading_of(raw, dt.date.fromordinal(int(self.value)).isoformat())


class _Number:
    """A cell of 值 as a number of a parameter: ``value``, ``none`` where it says that there is none, or what is
    ``wrong`` and what to ``do``."""

    def __init__(self, parameter: Parameter, raw: Any, percent: bool):
        self.value = Fraction(0)
        self.wrong = self.do = self.hint = ""
        self.none = False
        self.unit = parameter.unit
        number = raw
        in_text = False
        if isinstance(raw, str):
            found = typed(raw, self.unit, none=True)
            number, in_text = found.number, found.percent
            self.none = number is None and not found.wrong
            if found.wrong:
                self.refuse(f"填的是「{seen(raw)}」，{found.wrong}", found.do or "只填数字")
        if self.wrong or self.none:
            return
        if isinstance(number, bool) or not isinstance(number, int | float):
            self.refuse(f"填的是「{seen(raw)}」，不是数字", "只填数字")
        elif not abs(number) <= LARGEST:
            self.refuse(too_large(plain(number)), NOBODY_MEANS)
        elif self.unit != "%" and (percent or in_text):
            shown = number if in_text else number * 100
            self.refuse(*percent_of_no_percent(shown))
        elif self.unit == "%" and not (percent or in_text) and 0 < number <= 1:
            self.refuse(either(number), "设成百分比格式，或者直接填百分数（5% 填 5）")
        else:
            self.check(*decimals(np.array([float(number)]), 6 if percent else 4))
            if isinstance(raw, str) and not self.wrong:
                reading = str(as_decimal(self.value, 2)) if self.unit in MONEY else plain(float(self.value))
                self.hint = reading_of(raw, reading + "%" * (self.unit == "%"))

    def refuse(self, wrong: str, do: str) -> None:
        self.wrong, self.do, self.hint = wrong, do, ""

    def check(self, scaled: np.ndarray, more: np.ndarray) -> None:
        value, many = Fraction(int(scaled[0]), 10**4), bool(more[0])
        shown = plain(float(value))
        if value < 0:
            self.refuse(*negative(shown))
        elif self.unit == "%" and value > 1000:
            self.refuse(too_large(f"{shown}%"), NOBODY_MEANS)
        elif self.unit in MONEY and (many or Exact.of(value).rounded(2).at(0) != value):
            self.refuse(*beyond_fen(shown))
        elif self.unit in WHOLE and (many or value.denominator != 1):
            self.refuse(*not_whole(shown))
        else:
            self.value = value
            if many:
                self.hint = f"多于四位小数，四舍五入读作 {shown}"


def shape_warnings(settings: Settings, month: int) -> list[Problem]:
    """Warnings about tables of parameters whose values fall from one key to the next, or do not sum up."""
    problems = []
    sheet = settings.sheet or SHEET
    for name, parameter in settings.policy.parameters.items():
        keys = settings.keys(name)
        values = [(key, settings.at(name, key, month)) for key in keys]
        known = [(key, value) for key, value in values if value is not None]
        if parameter.rising:
            for (low_key, low), (high_key, high) in pairwise(known):
                if high < low:
                    problems.append(Problem(
                        "warning", f"{parameter.title}：{high_key} 的值 {plain(float(high))} 比 {low_key} 的 "
                        f"{plain(float(low))} 低（{cited(parameter.clause)}）", "核对两个值；有意如此的不用改", sheet,
                        settings.cells.get((name, high_key), "")))
        if parameter.total is not None and keys and len(known) == len(values):
            total = sum((value for _, value in known), Fraction(0))
            if total != parameter.total:
                problems.append(Problem(
                    "warning", f"{parameter.title}合计 {plain(float(total))}，不是 {parameter.total}"
                    f"（{cited(parameter.clause)}）", "核对各项", sheet,
                    settings.cells.get((name, keys[0]), "")))
    return problems


def notices(settings: Settings, month: int) -> list[str]:
    """What a result says about its settings: readings off the default, values that replace stated ones."""
    policy = settings.policy
    said = []
    for name, value in settings.readings.items():
        reading = policy.readings[name]
        if value != reading.default:
            said.append(f"读法「{reading.title}」：{reading.values[value]}"
                        f"（{cited(reading.clause)}）")
    for name, parameter in policy.parameters.items():
        for key, text in parameter.stated_values().items():
            mine = settings.at(name, key, month)
            if mine is not None and mine != parameter.number(text):
                which = f"（{key}）" if key is not None else ""
                shown = dt.date.fromordinal(int(mine)).isoformat() if parameter.unit == DAY else plain(float(mine))
                said.append(f"{parameter.title}{which} {shown}，制度写的是 {text}"
                            f"（{cited(parameter.clause)}）")
    return said
