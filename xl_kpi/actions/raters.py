"""Raters' sheets: who rates whom on which columns, handed out as small workbooks and collected again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.slips import file_names, need_folder
from xl_kpi.engine import Run
from xl_kpi.hand.alike import ids_like
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.opened import Opened
from xl_kpi.period import GRAINS, AnyPeriod
from xl_kpi.policy.compiled import Output, Table
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC
from xl_kpi.policy.page.indicators import RATER
from xl_kpi.problems import Problem, Refusal, UsageError, named
from xl_kpi.rules.values import BLANK
from xl_kpi.sheets.model import Value
from xl_kpi.tables.cells import NUMBERS
from xl_kpi.tables.keys import add_rows
from xl_kpi.tables.read import read_tables
from xl_kpi.tables.reading import Reading
from xl_kpi.target import target_of
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.file import read
from xl_kpi.workbook.formats import to_serial
from xl_kpi.workbook.grid import address

SHEET, WHO, OF_PERIOD, FILLED_BY = "评分", RATER, "期间", "填表人"
HEADING_ROW = 3             # title, how it is filled in, who and of when
NOTE = "只填黄色的格：{}。表头、工号和姓名不要改；评完写上填表人，存盘交回。"
ANONYMOUS = "只填黄色的格：{}。表头、工号和姓名不要改；匿名评的，不写是谁，文件名也不要写。"
OTHER = (".xls", ".xlsb", ".et", ".ods", ".csv")       # what a rater may have saved it as
SELF = "自"                 # how a role begins that rates itself: a sheet each
_MOST = re.compile(r"(?:\w+ == '(?P<key>[^']*)' and )?"      # the check that points are not above the full points
                   r"present\((?P<column>\w+)\) and (?P=column) > (?P<most>.+)")
_PARAMETER = re.compile(r"(?P<name>[\w.]+)(?:\['(?P<key>[^']*)'\])?")


@dataclass(frozen=True)
class Form:
    """What one role fills in on a table: ``columns``; where each score is a row, ``rater`` is the column that says who
    rates, ``item`` the one that says what, one of ``items``."""

    name: str
    table: Table
    role: str
    columns: tuple[Column, ...]
    rater: Column | None = None
    item: Column | None = None
    items: tuple[str, ...] = ("",)

    @property
    def own(self) -> bool:
        """Does everybody rate themself?"""
        return self.role.startswith(SELF)


@dataclass
class Entry:
    """A row that came back: of which file, where, and what is filled in."""

    form: Form
    file: str
    row: int
    person: str
    item: str
    by: str
    cells: dict[str, tuple[Any, Mark | None, int]]      # column → what stands there, in which column of the sheet


# -- who rates what ---------------------------------------------------------------------------------------------------

def forms(opened: Opened, period: AnyPeriod) -> list[Form]:
    """What the raters of a policy fill in for a period, in the order of its tables."""
    policy, settings = opened.policy, opened.parameters.settings
    month = period.months[-1].index
    found: list[Form] = []
    for name, table in policy.sheets.items():
        roles = dict.fromkeys(column.rater for column in table.columns if column.rater)
        if roles and period.grain in table.grains:
            found += [Form(name, table, role, tuple(c for c in table.columns if c.rater == role)) for role in roles]
        if table.grain != "events":
            continue
        levels = next((levels for q in policy.quantities.values() if (levels := q.rated_by(name))), [])
        of = {column.name: column for column in table.columns}
        rater = of[levels[-1].column] if levels else next((c for c in table.columns if c.heading == RATER), None)
        if rater is None:
            continue
        item = of[levels[0].column] if len(levels) > 1 else None
        columns = tuple(c for c in table.columns if c.type in NUMBERS and not c.ignored and c not in (rater, item))
        weights = levels[-1].weights if levels else ""
        labels = settings.keys(weights) if weights else rater.choices
        items = tuple(map(str, settings.keys(levels[0].weights))) if item and levels[0].weights else tuple(
            item.choices) if item else ("",)
        for label in labels:
            elsewhere = bool(levels) and label in levels[-1].given
            if not elsewhere and (not weights or settings.at(weights, label, month) != 0):
                found.append(Form(name, table, str(label), columns, rater, item, items))
    return found


def most_of(opened: Opened, form: Form, column: Column, item: str, month: int) -> Fraction:
    """The most that may stand in a cell, as far as a number or a parameter says it."""
    limit = Fraction(column.max if column.max is not None else NUMBERS[column.type][1])
    for check in opened.policy.written.tables[form.name].checks:
        found = _MOST.fullmatch(check.when)
        if found is None or found["column"] != column.name or (found["key"] or item) != item:
            continue
        if re.fullmatch(r"\d+(\.\d+)?", found["most"]):
            limit = min(limit, Fraction(found["most"]))
        elif (one := _PARAMETER.fullmatch(found["most"])) and one["name"] in opened.policy.parameters:
            value = opened.parameters.settings.at(one["name"], one["key"], month)
            limit = limit if value is None else min(limit, value)
    return limit


def rated(opened: Opened, form: Form, period: AnyPeriod, of: Output | None) -> list[tuple[str, str]]:
    """(工号, 姓名) of whom a role has to rate.  Raises UsageError."""
    facts = opened.tables.facts
    people = form.table.people
    if people is None:
        people = target_of(opened.policy, period, of.name if of else "").output.people
    mask = Run(opened.parameters.settings, facts).evaluate(people, period.key).true(facts.size)
    return [(facts.ids[i], facts.names[i]) for i in np.flatnonzero(mask).tolist() if facts.ids[i]]


def _needed(opened: Opened, period: AnyPeriod) -> list[Form]:
    found = forms(opened, period)
    if not found:
        raise UsageError(f"《{opened.policy.title}》{period.label}没有要评分人打分的表："
                         "评分人写明了的，或者在参数里列出评分人和权重的，才能发评分表")
    return found


# -- handed out -------------------------------------------------------------------------------------------------------

def hand_out(opened: Opened, period: AnyPeriod, of: Output | None, folder: Path, again: bool) -> list[str]:
    """Write a workbook for each role (where people rate themselves: for each of them) into ``folder``, all or none;
    gives what HR is told.  Raises Refusal, UsageError, HostError."""
    from xl_kpi.workbook.folder import filling

    need_folder(folder)
    start = f"评分_{period}_"
    there = [path.name for path in folder.iterdir() if path.name.startswith(start)] if folder.is_dir() else []
    if there and not again:
        raise Refusal([Problem(
            "error", f"文件夹“{folder.name}”里已有 {len(there)} 个{period.label}的评分表，可能已经填了",
            "换一个文件夹；确认要重新发的（里面的全部换掉），写在这里", again="--replace")])
    said, files = [], {}
    of_role: dict[str, list[Form]] = defaultdict(list)
    for form in _needed(opened, period):
        of_role[form.role].append(form)
    for role, mine in of_role.items():
        people = {form.name: rated(opened, form, period, of) for form in mine}
        everybody = list(dict.fromkeys(person for found in people.values() for person in found))
        if mine[0].own:
            for person, name in zip(everybody, file_names(f"{start}{role}_", everybody), strict=True):
                files[name] = _workbook(opened, mine, period, {n: [p for p in found if p == person]
                                                               for n, found in people.items()}, person[1])
            said.append(f"{role}：{len(everybody)} 个文件，一人一个")
        elif everybody:
            files[file_names(start, [(role, "")])[0]] = _workbook(opened, mine, period, people, "")
            said.append(f"{role}：1 个文件，评 {len(everybody)} 人；几个人评的，各填一份，文件名改得不一样")
    if not files:
        raise Refusal([Problem("error", f"{period.label}没有要评的人", "核对期间，以及花名册里的入职、离职日期")])
    with filling(folder, lambda name: name.startswith(start)) as new:
        for name, data in files.items():
            (new / name).write_bytes(data)
    return [*said, f"{len(files)} 个评分表已写入 {folder}；收回以后："]


def _workbook(opened: Opened, of: Sequence[Form], period: AnyPeriod, people: dict[str, list[tuple[str, str]]],
              by: str) -> bytes:
    """One rater's workbook: a sheet for each table."""
    import datetime as dt

    import xlsxwriter

    month, buffer = period.months[-1].index, BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                      "default_format_properties": {"font_name": "等线", "font_size": 11}}) as book:
        book.set_properties({"created": dt.datetime(2016, 1, 1)})
        title = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        text = book.add_format({"border": 1, "num_format": "@"})
        blank = book.add_format({"border": 1, "bg_color": "#FFEB9C", "locked": False})
        for n, form in enumerate(of, 1):
            page = book.add_worksheet(SHEET if len(of) == 1 else f"{SHEET}{n}")
            keys = ["工号", "姓名", *([form.item.heading] if form.item else [])]
            page.set_column(0, 1, 11)
            page.set_column(2, len(keys) + len(form.columns), 15)
            limits = {f"0 到 {_plain(most_of(opened, form, column, item, month))}"
                      for column in form.columns for item in form.items}
            page.write_string(0, 0, f"{opened.policy.title}：{form.table.sheet}", title)
            note = ANONYMOUS if form.table.alike else NOTE
            page.write_string(1, 0, note.format(limits.pop() if len(limits) == 1 else "不超过各项的满分"))
            said = (WHO, form.role, OF_PERIOD, str(period), *([] if form.table.alike else [FILLED_BY]))
            for at, value in enumerate(said):
                page.write_string(2, at, value, head if at % 2 == 0 else text)
            if not form.table.alike:
                page.write(2, len(said), by or None, blank)
            for at, heading in enumerate([*keys, *(c.heading for c in form.columns)]):
                page.write_string(HEADING_ROW, at, heading, head)
                if at >= len(keys) and (hint := form.columns[at - len(keys)].fill):
                    page.write_comment(HEADING_ROW, at, hint)
            row = HEADING_ROW
            for person, name in people[form.name]:
                for item in form.items:
                    row += 1
                    for at, value in enumerate([person, name, *([item] if form.item else [])]):
                        page.write_string(row, at, value, text)
                    for at, column in enumerate(form.columns, len(keys)):
                        page.write_blank(row, at, None, blank)
                        most = _plain(most_of(opened, form, column, item, month))
                        page.data_validation(row, at, row, at, {
                            "validate": "decimal", "criteria": "between", "minimum": column.min,
                            "maximum": float(most), "error_title": column.heading[:32],
                            "error_message": f"请填 {column.min} 到 {most} 的数"})
            page.freeze_panes(HEADING_ROW + 1, len(keys))
            page.protect("", {"format_columns": True, "select_locked_cells": True})
    return buffer.getvalue()


def _plain(number: Fraction) -> str:
    return f"{float(number):g}" if number.denominator != 1 else str(number.numerator)


# -- collected --------------------------------------------------------------------------------------------------------

def collect(opened: Opened, period: AnyPeriod, of: Output | None, folder: Path, again: bool) -> Outcome:
    """What came back, into the rating tables.  ``again``: what stands there already and differs gives way.  Raises
    Refusal with all that is wrong, UsageError."""
    if not folder.is_dir():
        raise UsageError(f"--collect：没有文件夹 {folder}")
    known = {(form.name, form.role): form for form in _needed(opened, period)}
    problems: list[Problem] = []
    entries: list[Entry] = []
    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in (".xlsx", ".xlsm")
             and not path.name.startswith(("~$", "."))]
    if not files:
        raise UsageError(f"--collect：文件夹 {folder.name} 里没有 .xlsx 文件")
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in OTHER and not path.name.startswith(("~$", ".")):
            problems.append(Problem("error", f"{path.name} 不是 .xlsx，读不了", "用 Excel 或 WPS 另存为 .xlsx，再收",
                                    path.name))
    for path in files:
        try:
            entries += _entries(path, opened, period, known)
        except Refusal as refusal:
            problems += [replace(one, sheet=one.sheet or path.name) for one in refusal.problems]
    closed = opened.tables.closed
    if period.key in closed:
        problems.append(Problem("error", f"{period.label}已封存，不能再收评分", "核对期间；确实要改的，先重开"))
    problems += _twice(entries)
    outcome = Outcome()
    for name in dict.fromkeys(name for name, _ in known):
        mine = [entry for entry in entries if entry.form.name == name]
        problems += _into(opened, name, period, mine, again, outcome, any(p.level == "error" for p in problems))
    if any(problem.level == "error" for problem in problems):
        raise Refusal(problems)
    outcome.problems = [*problems, *_missing(opened, period, of, list(known.values()), entries)]
    return outcome


def _entries(path: Path, opened: Opened, period: AnyPeriod, known: dict[tuple[str, str], Form]) -> Iterator[Entry]:
    """The rows of one file in which something is filled in.  Raises Refusal."""
    book = read(path)
    ours = False
    for sheet in book.sheets:
        meta = {squeezed(str(row[at])): row[at + 1] for row in sheet.rows[:HEADING_ROW + 3]
                for at in range(len(row) - 1) if isinstance(row[at], str)}
        top = next((n for n, row in enumerate(sheet.rows) if row and squeezed(str(row[0])) == "工号"), -1)
        if top < 0 or WHO not in meta or OF_PERIOD not in meta:
            continue
        ours = True
        role, when = squeezed(str(meta[WHO])), squeezed(str(meta[OF_PERIOD]))
        headings = {squeezed(str(value)): at for at, value in enumerate(sheet.rows[top]) if value is not None}
        here = [form for (_, one), form in known.items() if one == role]
        form = next((f for f in here if all(squeezed(c.heading) in headings for c in f.columns)), None)
        if when != str(period):
            raise _refused(path, f"是 {when} 的评分表，不是 {period} 的", "移出这个文件夹，或者按它的期间收")
        if form is None:
            raise _refused(path, f"评分人“{role}”的表与现在的制度对不上" if here else f"没有评分人“{role}”",
                           "重新发这个评分人的表；表头和评分人不要改")
        by = squeezed(str(meta.get(FILLED_BY) or ""))
        for number in range(top + 1, len(sheet.rows)):
            row = sheet.rows[number]
            cells = {}
            for column in form.columns:
                at = headings[squeezed(column.heading)]
                mark = sheet.marks.get((number, at))
                if not is_blank(row[at]) or (mark and (mark.error or mark.uncalculated)):
                    cells[column.name] = (row[at], mark, at)
            item = squeezed(str(row[headings[squeezed(form.item.heading)]])) if form.item and (
                squeezed(form.item.heading) in headings) else ""
            if cells:
                person = squeezed(str(row[0] if row[0] is not None else ""))
                yield Entry(form, path.name, number, person, item, by, cells)
    if not ours:
        raise _refused(path, "不是发出去的评分表", "移出这个文件夹，再收")


def _refused(path: Path, text: str, do: str) -> Refusal:
    return Refusal([Problem("error", f"{path.name} {text}", do, path.name)])


def _twice(entries: list[Entry]) -> list[Problem]:
    """Who was rated twice by the same rater."""
    seen: dict[tuple[str, ...], Entry] = {}
    found = []
    for entry in (one for one in entries if not one.form.table.alike):      # of the anonymous it cannot be told
        several = entry.form.rater is not None and not entry.form.own
        key = (entry.form.name, entry.form.role, entry.by if several else "", entry.person, entry.item)
        first = seen.setdefault(key, entry)
        if first is not entry:
            who = f"{entry.form.role}{f'（{entry.by}）' if several and entry.by else ''}"
            do = "是两个人评的，各写上填表人；是同一个人的，留下一份" if several else "留下一份，另一份移出这个文件夹"
            text = f"{entry.person} 被{who}评了两次：{first.file} 和 {entry.file}"
            found.append(Problem("error", text, do, entry.file, address(entry.row, 0),
                                 cause=f"twice {first.file} {entry.file}"))
    return found


def _into(opened: Opened, name: str, period: AnyPeriod, entries: list[Entry], again: bool, outcome: Outcome,
          wrong: bool) -> list[Problem]:
    """Put the entries of a table into the changes; gives what is wrong with them, or why they cannot be put there."""
    old, table = opened.tables.readings[name], opened.policy.tables[name]
    if not entries:
        return []
    if old.heading < 0:
        return opened.tables.errors(name) or [
            Problem("error", f"没有工作表“{table.sheet}”", "从 xl-kpi new 新建的工作簿里把这张表带过来")]
    rows = [[entry] for entry in entries]
    if entries[0].form.rater is None:                   # a row a person, of all raters
        by_person: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_person[entry.person].append(entry)
        rows = list(by_person.values())
    new, problems = _checked(opened, name, period, rows)
    if wrong or problems:
        return problems
    filled = Filled(old.sheet, heading=old.heading, after=old.last)
    problems = _in_columns(opened, old, new, period, rows, again, filled) if entries[0].form.rater is None else (
        _in_rows(opened, old, new, period, rows, again, filled))
    if filled.cells or filled.added:
        outcome.changes.filled.append(filled)
    done = len({entry.person for entry in entries})
    changed = len(filled.added) + len({row for row, _ in filled.cells})
    outcome.said.append(f"{old.sheet}：收到 {len({e.file for e in entries})} 个文件、{done} 人的评分，"
                        + (f"写入 {changed} 行" if changed else "与表里的相同"))
    return problems


def _checked(opened: Opened, name: str, period: AnyPeriod, rows: list[list[Entry]]) -> tuple[Reading, list[Problem]]:
    """The entries read as the table is, with its own checks: what is out of range, whoever is not on the roster."""
    table = opened.policy.tables[name]
    content: list[list[object]] = [[column.heading for column in table.columns]]
    marks: dict[tuple[int, int], Mark] = {}
    for number, row in enumerate(rows, 1):
        cells = {column: cell for entry in row for column, cell in entry.cells.items()}
        values: list[object] = []
        for at, column in enumerate(table.columns):
            values.append(_key(column, row[0], period) if column.name not in cells else cells[column.name][0])
            if column.name in cells and (mark := cells[column.name][1]):
                marks[number, at] = mark
        content.append(values)
    sheets = [sheet for sheet in opened.book.sheets if sheet.name != opened.tables.readings[name].sheet]
    book = Book(Path(), [*sheets, Sheet(table.sheet, False, content, marks)])
    tables = read_tables(book, opened.policy, opened.parameters.settings)
    problems = []
    for finding in tables.findings:
        if finding.table != name or finding.problem.level != "error":
            continue
        row = rows[finding.row] if 0 <= finding.row < len(rows) else rows[0]
        entry = next((e for e in row if finding.column in e.cells), row[0])
        at = entry.cells[finding.column][2] if finding.column in entry.cells else 0
        problems.append(replace(finding.problem, sheet=entry.file, cell=address(entry.row, at), command=""))
    return tables.readings[name], problems


def _key(column: Column, entry: Entry, period: AnyPeriod) -> object:
    form = entry.form
    if column.type in PERIODIC:
        return str(period.months[-1].within(column.type)) if column.type in GRAINS else str(period)
    if column.type == "date" and form.rater is not None:
        return period.last_day
    if column.type == "id":
        return entry.person
    if form.rater is not None and column.name == form.rater.name:
        return form.role
    return entry.item if form.item is not None and column.name == form.item.name else None


def _value(reading: Reading, column: str, row: int) -> Any:
    return reading.values[column].at(row)


def _in_columns(opened: Opened, old: Reading, new: Reading, period: AnyPeriod, rows: list[list[Entry]], again: bool,
                filled: Filled) -> list[Problem]:
    """A row a person: blank cells are filled, rows that lack are added."""
    there = {old.ids[row]: row for row in np.flatnonzero(old.periods.at(period.key)).tolist()}
    problems, adding = [], []
    for number, row in enumerate(rows):
        at = there.get(new.ids[number])
        values: dict[int, Value] = {}
        for entry in row:
            for column in entry.cells:
                value = _number(_value(new, column, number))
                if at is None:
                    values[old.at[column]] = value
                    continue
                before = _value(old, column, at)
                if before == _value(new, column, number):
                    continue
                if old.values[column].states(old.size)[at] == BLANK or again:
                    filled.cells[old.rows[at], old.at[column]] = value
                else:
                    problems.append(_differs(opened, old, entry, column, at, value))
        if at is None:
            adding.append((new.ids[number], opened.names.get(new.ids[number], ""), values))
    add_rows(filled, opened.book, old, period, [(person, name) for person, name, _ in adding],
             [values for *_, values in adding])
    return problems


def _differs(opened: Opened, old: Reading, entry: Entry, column: str, at: int, value: Value) -> Problem:
    heading = next(c.heading for c in old.table.columns if c.name == column)
    raw = old.raw[column][at]
    person = old.ids[at]
    return Problem("error", f"{person} {opened.names.get(person, '')}：「{heading}」表里已经是 {raw}，"
                            f"{entry.file} 里是 {value}", "查清哪个对；以收来的为准的，写在这里", old.sheet,
                   old.cell(column, at), person, cause=f"differs {old.sheet}", again="--replace")


def _in_rows(opened: Opened, old: Reading, new: Reading, period: AnyPeriod, rows: list[list[Entry]], again: bool,
             filled: Filled) -> list[Problem]:
    """A row a score: what stands there already is not written again."""
    months = [month.index for month in period.months]
    mine = np.flatnonzero(old.periods.within(months[0], months[-1])).tolist()
    form = rows[0][0].form
    assert form.rater is not None
    keyed = [form.rater.name, *([form.item.name] if form.item else [])]
    there: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in mine:
        there[old.ids[row], *(_value(old, column, row) for column in keyed)].append(row)
    coming: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number in range(len(rows)):
        coming[new.ids[number], *(_value(new, column, number) for column in keyed)].append(number)
    problems: list[Problem] = []
    adding: list[int] = []
    names = [column.name for column in form.columns if column.name in old.at]
    for key, numbers in coming.items():
        left = list(there.get(key, ()))
        other = []
        for number in numbers:
            same = next((row for row in left if all(
                _value(old, column, row) == _value(new, column, number) for column in names)), None)
            if same is None:
                other.append(number)
            else:
                left.remove(same)
        if other and left and not again:
            entry = rows[other[0]][0]
            problems.append(Problem(
                "error", f"{key[0]} {opened.names.get(str(key[0]), '')}：表里已有{entry.form.role}的评分，"
                         f"与 {entry.file} 里的不同",
                "另一个人评的，与以前收来的文件放在一个文件夹里一起收；以收来的为准的，写在这里", old.sheet,
                old.cell(names[0], left[0]), str(key[0]), cause=f"differs {old.sheet}", again="--replace"))
            continue
        if other and len(left) > len(other):
            text = f"表里有 {len(left)} 份不同的评分，收来 {len(other)} 份，不知道换掉哪一份"
            who = str(key[0])
            problems.append(Problem("error", f"{who} {opened.names.get(who, '')}：{text}",
                                    f"在{old.sheet}里先删去不要的", old.sheet, old.cell(names[0], left[0]), who))
            continue
        for number, row in zip(other, left, strict=False):
            for column in names:
                filled.cells[old.rows[row], old.at[column]] = _number(_value(new, column, number))
        adding += other[len(left):]
    _add(opened, old, new, period, rows, sorted(adding), filled)
    return problems


def _add(opened: Opened, old: Reading, new: Reading, period: AnyPeriod, rows: list[list[Entry]], adding: list[int],
         filled: Filled) -> None:
    above = [(value, as_read) for value, as_read in reversed(list(zip(
        old.raw.get(old.column("id").name, []), old.ids, strict=True))) if value is not None]
    ids = ids_like([new.ids[number] for number in adding], above)
    for number, person in zip(adding, ids, strict=True):
        entry = rows[number][0]
        row: dict[int, Value] = {}
        for column in old.table.columns:
            at = old.at.get(column.name)
            if at is None:
                continue
            if column.type == "id":
                row[at] = person                        # type: ignore[assignment]    # never a date
            elif column.type == "name":
                row[at] = opened.names.get(new.ids[number], "")
            elif column.type == "date":
                row[at] = to_serial(period.last_day, opened.book.is_1904)
            elif column.name in entry.cells:
                row[at] = _number(_value(new, column.name, number))
            elif (key := _key(column, entry, period)) is not None:
                row[at] = str(key)
        filled.added.append(row)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def _missing(opened: Opened, period: AnyPeriod, of: Output | None, wanted: list[Form], entries: list[Entry]
             ) -> list[Problem]:
    """Who has not been rated yet, by role; what the tables have already counts."""
    found = []
    months = [month.index for month in period.months]
    for form in wanted:
        reading = opened.tables.readings[form.name]
        done = {entry.person for entry in entries if entry.form is form}
        for row in np.flatnonzero(reading.periods.within(months[0], months[-1])).tolist() if reading.rows else ():
            mine = form.rater is None or _value(reading, form.rater.name, row) == form.role
            if mine and any(_value(reading, column.name, row) is not None for column in form.columns):
                done.add(reading.ids[row])
        lacking = [f"{person} {name}".strip() for person, name in rated(opened, form, period, of) if person not in done]
        if lacking:
            found.append(Problem("warning", f"{form.role}还没有评：{named(lacking, '人')}",
                                 "催他们交回，再收一次；已经收的不会重写", reading.sheet, cause=f"missing {form.role}"))
        part = sum(len(e.cells) < len(form.columns) for e in entries if e.form is form)
        if part:
            found.append(Problem("hint", f"{form.role}有 {part} 行没有填满", "不由他评的空着即可；漏了的请他补上",
                                 reading.sheet, cause=f"part {form.role}"))
    return found
