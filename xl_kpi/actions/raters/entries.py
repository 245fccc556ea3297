"""What raters fill in: the rows of a file that came back, and these rows read as the table that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.actions.raters.forms import FILLED_BY, HEADING_ROW, OF_PERIOD, TICKET, WHO, Form
from xl_kpi.engine import Run
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.opened import Opened
from xl_kpi.period import GRAINS, AnyPeriod
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC
from xl_kpi.problems import Problem, Refusal
from xl_kpi.tables.cells import NUMBERS
from xl_kpi.tables.read import read_tables
from xl_kpi.tables.reading import Tables
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.file import read

Place = tuple[str, str, str]            # 工号, what is rated, column


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


def entries(path: Path, period: AnyPeriod, known: Mapping[tuple[str, str], Form]) -> Iterator[Entry]:
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
        by = squeezed(str(meta.get(TICKET if form.anonymous else FILLED_BY) or ""))
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


def as_table(opened: Opened, name: str, period: AnyPeriod, rows: Sequence[list[Entry]]) -> Tables:
    """The entries (those of one row together) as the only rows of their table, read and checked as all others."""
    table = opened.policy.tables[name]
    content: list[list[object]] = [[column.heading for column in table.columns]]
    marks: dict[tuple[int, int], Mark] = {}
    for number, row in enumerate(rows, 1):
        cells = {column: cell for entry in row for column, cell in entry.cells.items()}
        values: list[object] = []
        for at, column in enumerate(table.columns):
            values.append(key_cell(column, row[0], period) if column.name not in cells else cells[column.name][0])
            if column.name in cells and (mark := cells[column.name][1]):
                marks[number, at] = mark
        content.append(values)
    sheets = [sheet for sheet in opened.book.sheets if sheet.name != opened.tables.readings[name].sheet]
    book = Book(Path(), [*sheets, Sheet(table.sheet, False, content, marks)])
    return read_tables(book, opened.policy, opened.parameters.settings)


def limits(opened: Opened, form: Form, period: AnyPeriod, people: Iterable[str]) -> dict[Place, Fraction]:
    """The most that may stand in each cell of a form: what its column takes, and what the checks of its table say."""
    entries = [Entry(form, "", -1, person, item, "", {}) for person in people for item in form.items]
    found = {(entry.person, entry.item, column.name): Fraction(
        column.max if column.max is not None else NUMBERS[column.type][1]) for entry in entries
             for column in form.columns}
    mine = {column.name for column in form.columns}
    wanted = [limit for limit in form.table.limits if limit.column in mine]
    if not wanted or not entries:
        return found
    tables = as_table(opened, form.name, period, [[entry] for entry in entries])
    env = Run(opened.parameters.settings, tables.facts).rows(form.name)
    numbers = tables.readings[form.name].rows
    for limit in wanted:
        applies = np.ones(env.size, bool)
        for condition in limit.where:
            applies &= condition.evaluate(env).true(env.size)
        most = limit.most.evaluate(env)
        for row in np.flatnonzero(applies).tolist():
            if (value := most.at(row)) is not None:
                entry = entries[numbers[row] - 1]
                place = entry.person, entry.item, limit.column
                found[place] = min(found[place], value)
    return found


def key_cell(column: Column, entry: Entry, period: AnyPeriod) -> object:
    form = entry.form
    if column.type in PERIODIC:
        return str(period.months[-1].within(column.type)) if column.type in GRAINS else str(period)
    if column.type == "date" and form.rater is not None:
        return period.last_day
    if column.type == "id":
        return entry.person
    if form.rater is not None and column.name == form.rater.name:
        return form.role
    if column.name == form.table.ticket:
        return entry.by or None
    return entry.item if form.item is not None and column.name == form.item.name else None
