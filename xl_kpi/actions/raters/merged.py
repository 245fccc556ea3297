"""What came back, into the rating tables: nothing that stands there is overwritten unless it is asked for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.raters.entries import Entry, as_table, key_cell
from xl_kpi.hand.alike import ids_like
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod
from xl_kpi.problems import Problem
from xl_kpi.rules.values import BLANK
from xl_kpi.sheets.model import Value
from xl_kpi.tables.keys import add_rows
from xl_kpi.tables.reading import Reading
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.formats import to_serial
from xl_kpi.workbook.grid import address


def into(opened: Opened, name: str, period: AnyPeriod, entries: list[Entry], again: bool, outcome: Outcome,
          wrong: bool) -> list[Problem]:
    """Put the entries of a table into the changes; gives what is wrong with them, or why they cannot be put there."""
    old, table = opened.tables.readings[name], opened.policy.tables[name]
    if not entries:
        return []
    if old.heading < 0:
        return opened.tables.errors(name) or [
            Problem("error", f"没有工作表“{table.sheet}”", "从 xl-kpi new 新建的工作簿里把这张表带过来")]
    if table.ticket and table.ticket not in old.at and any(entry.by for entry in entries):
        heading = next(column.heading for column in table.columns if column.name == table.ticket)
        text, do = f"没有「{heading}」一列，认不出同一张评分表交了两次", f"补上这一列，表头写「{heading}」"
        return [Problem("error", text, do, old.sheet)]
    rows = [[entry] for entry in entries]
    if entries[0].form.rater is None:                   # a row a person, of all raters
        by_person: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_person[entry.person].append(entry)
        rows = list(by_person.values())
    new, problems = checked(opened, name, period, rows)
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


def checked(opened: Opened, name: str, period: AnyPeriod, rows: list[list[Entry]]) -> tuple[Reading, list[Problem]]:
    """The entries as they are read, and what is wrong with them: what is out of range, whoever is not on the roster."""
    tables, problems = as_table(opened, name, period, rows), []
    for finding in tables.findings:
        if finding.table != name or finding.problem.level != "error":
            continue
        row = rows[finding.row] if 0 <= finding.row < len(rows) else rows[0]
        entry = next((e for e in row if finding.column in e.cells), row[0])
        at = entry.cells[finding.column][2] if finding.column in entry.cells else 0
        problems.append(replace(finding.problem, sheet=entry.file, cell=address(entry.row, at), command=""))
    return tables.readings[name], problems


def value_at(reading: Reading, column: str, row: int) -> Any:
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
                value = _number(value_at(new, column, number))
                if at is None:
                    values[old.at[column]] = value
                    continue
                before = value_at(old, column, at)
                if before == value_at(new, column, number):
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
    keyed = [form.rater.name, *([form.item.name] if form.item else []),
             *([form.table.ticket] if form.table.ticket in old.at else [])]
    there: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in mine:
        there[old.ids[row], *(value_at(old, column, row) for column in keyed)].append(row)
    coming: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number in range(len(rows)):
        coming[new.ids[number], *(value_at(new, column, number) for column in keyed)].append(number)
    problems: list[Problem] = []
    adding: list[int] = []
    names = [column.name for column in form.columns if column.name in old.at]
    for key, numbers in coming.items():
        left = list(there.get(key, ()))
        other = []
        for number in numbers:
            same = next((row for row in left if all(
                value_at(old, column, row) == value_at(new, column, number) for column in names)), None)
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
                filled.cells[old.rows[row], old.at[column]] = _number(value_at(new, column, number))
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
                row[at] = _number(value_at(new, column.name, number))
            elif (value := key_cell(column, entry, period)) is not None:
                row[at] = str(value)
        filled.added.append(row)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value
