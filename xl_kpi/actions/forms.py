"""An output into its forms (季度评星 into 附表1 and 附表3); what people wrote there stays."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from xl_kpi import job
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.sheet import Shown
from xl_kpi.actions.written import place, refuse_foreign
from xl_kpi.closing.ledger import reopening
from xl_kpi.hand.texts import difference
from xl_kpi.job.compared import NOTHING, result_says, says
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import FormSheet
from xl_kpi.policy.names import THIS
from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import ID, NAME, Result, ResultColumn
from xl_kpi.sheets.forms import form as form_sheet
from xl_kpi.sheets.model import Value
from xl_kpi.tables import Reading
from xl_kpi.tables.keys import add_rows
from xl_kpi.target import Target
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.file import Sheet

BETWEEN = "；"      # between the texts of 备注


def fill(opened: Opened, target: Target, replace: bool = False) -> Outcome:
    """An output in its forms.  Raises Refusal, also when something filled in would change and ``replace`` is not given
    (or it is closed, or a month that it is for)."""
    opened.lost(target)
    result = job.result(opened.parameters, opened.tables, target.output, target.period)
    outcome = Outcome(Changes(), result.problems, result=result)
    differences: list[Problem] = []
    for form, (name, headings, people) in zip(target.output.forms, result.forms, strict=True):
        reading = opened.tables.readings[form.table]
        sheet = opened.book.sheet(reading.sheet)
        if sheet is None:
            if people:
                outcome.changes.sheets.append(form_sheet(result, name, headings, people, reading.table))
            continue
        _refuse_unreadable(opened, form, target.period)
        filler = _Filler(opened, target, result, reading, sheet)
        reviewed = set(people)
        filler.fill([line for line in result.lines if line[ID] in reviewed])
        differences += filler.differences
        outcome.changes.filled.append(filler.filled)
        outcome.said += filler.said
    outcome.said += _in_no_form(target, result)
    refuse_foreign(opened.book, outcome.changes.sheets)
    closed, what = _closed(opened, target), target.naming.what
    if differences and (closed or not replace):
        do, command = reopening(closed.name, opened.closed_of(closed), closed.period) if closed else ("", "")
        do = (f"{closed} 已封存，{THIS[target.period.grain]}的{what}不能重写；确需更正的，先{do}" if closed else
              "核对后确实要改的，重写（备注里会写明旧 → 新）")
        raise Refusal([*differences, Problem(
            "error", f"{target.period} {what}有 {len(differences)} 处与表上已填的不同（旧 → 新），没有写入", do,
            command=command, again="" if closed else "--replace")])
    outcome.said += [problem.text for problem in differences]
    return outcome


def _closed(opened: Opened, target: Target) -> Target | None:
    """What is closed and was made with this: itself, or the pay of one of its months that reads its forms."""
    if opened.is_closed(target):
        return target
    main = opened.policy.main
    months = [month for month in opened.closed if month in target.period.months] if main.period == "month" else []
    filled = {(form.table, target.period.key) for form in target.output.forms}
    return next((Target.of(main, month) for month in months
                 if filled & job.read_by(opened.parameters, opened.tables, [(main, month)])), None)


def written(opened: Opened, target: Target, result: Result) -> list[Shown] | None:
    """What the forms say otherwise than a result; None: none of them is there."""
    found: list[Shown] = []
    readings = [opened.tables.readings[form.table] for form in target.output.forms]
    if not any(opened.book.sheet(reading.sheet) for reading in readings):
        return None
    for form, (_, _, people) in zip(target.output.forms, result.forms, strict=True):
        reading = opened.tables.readings[form.table]
        sheet = opened.book.sheet(reading.sheet)
        if sheet is None:
            continue
        _refuse_unreadable(opened, form, target.period)
        reviewed = set(people)
        found += _Filler(opened, target, result, reading, sheet).compared(
            [line for line in result.lines if line[ID] in reviewed])
    return found


def _in_no_form(target: Target, result: Result) -> list[str]:
    """Whose result is written nowhere."""
    written = {person for _, _, people in result.forms for person in people}
    left = [f"{line[ID]} {line.get(NAME) or ''}".strip() for line in result.lines if line[ID] not in written]
    return [f"有结果却没有附表可填，没有写入的 {len(left)} 人：{'、'.join(left)}"] if left else []


def _refuse_unreadable(opened: Opened, form: FormSheet, period: AnyPeriod) -> None:
    """Refuse a form whose rows cannot be told apart: it is not known whose one is, or there are two of somebody."""
    reading = opened.tables.readings[form.table]
    person = reading.column("id").name
    found = [f.problem for f in opened.tables.findings if f.table == form.table and f.problem.level == "error"
             and (f.row < 0 or ((f.key or f.column == person) and f.period in (None, period.key)))]
    if found or reading.heading < 0:
        raise Refusal(found)


class _Filler:
    """Fills one form: the rows of the period that are there, and new ones below."""

    def __init__(self, opened: Opened, target: Target, result: Result, reading: Reading, sheet: Sheet):
        self.opened, self.target, self.reading, self.sheet = opened, target, reading, sheet
        by_heading = {c.heading: c.name for c in reading.table.columns}
        # the result's columns that the form has: (column, position)
        self.columns: list[tuple[ResultColumn, int]] = [
            (c, reading.at[by_heading[c.heading]]) for c in result.columns
            if c.heading in by_heading and by_heading[c.heading] in reading.at and c.heading != ID]
        self.note = next((c.heading for c in target.output.columns if c.fill == "note"), "")
        self._note_at = next((at for column, at in self.columns if column.heading == self.note), None)
        self.filled = Filled(sheet.name, heading=reading.heading, after=reading.last)
        self.differences: list[Problem] = []
        self.said: list[str] = []

    def fill(self, lines: list[dict[str, Any]]) -> None:
        places = self._places()
        new: list[dict[str, Any]] = []
        for line in lines:
            at = places.pop(line[ID], None)
            if at is None:
                new.append(line)
            else:
                self._old_row(at, line)
        add_rows(self.filled, self.opened.book, self.reading, self.target.period,
                 [(line[ID], line.get(NAME, "")) for line in new],
                 [{at: _cell(line[c.heading]) for c, at in self.columns} for line in new])
        names = self.opened.names
        absent = f"{self.target.period} 不在这张表上{self.target.naming.what}，这一行没有动"
        self.said += [f"{self.sheet.name} {self._id_cell(at)}  {person} {names.get(person, '')}：{absent}"
                      for person, at in places.items()]
        if self.differences and self.note and self._note_at is None:
            self.said.append(f"{self.sheet.name} 没有「{self.note}」一列，旧 → 新没有记在表上；要留底的，加上这一列")

    def _places(self) -> dict[str, int]:
        """工号 → which of the table's rows of the period is that person's."""
        here = np.flatnonzero(self.reading.periods.at(self.target.period.key)).tolist()
        return {self.reading.ids[at]: at for at in here}

    def compared(self, lines: list[dict[str, Any]]) -> list[Shown]:
        """What the form says otherwise than these lines; what people write there themselves is nobody's business."""
        places, found = self._places(), []
        for line in lines:
            at = places.get(line[ID])
            who = line[ID], str(line.get(NAME) or "")
            if at is None:
                found.append(Shown(*who, "这个人", "", "现在有 1 行"))
                continue
            for column, position in self.columns:
                if column.heading in (NAME, self.note):
                    continue
                row = self.reading.rows[at]
                old, new = self._says(row, position, column.type), result_says(line[column.heading], column.type)
                if old != new:
                    found.append(Shown(*who, column.heading, old, new, place(self.sheet, row, position)))
        return found

    def _id_cell(self, at: int) -> str:
        return self.reading.cell(self.reading.column("id").name, at)

    def _says(self, row: int, column: int, kind: str) -> str:
        cells = self.sheet.rows[row]
        return says(cells[column], self.sheet.marks.get((row, column)), kind) if column < len(cells) else ""

    def _old_row(self, at_row: int, line: dict[str, Any]) -> None:
        row, changed = self.reading.rows[at_row], []
        for column, at in self.columns:
            old, new = self._says(row, at, column.type), result_says(line[column.heading], column.type)
            if column.heading in (NAME, self.note):
                if not old and new:
                    self.filled.cells[row, at] = _cell(line[column.heading])
            elif old != new:
                self.filled.cells[row, at] = _cell(line[column.heading])
                if old:
                    changed.append(f"{column.heading} {old} → {new or NOTHING}{difference(old, new)}")
        who = f"{line[ID]} {line.get(NAME, '')}".strip()
        self.differences += [Problem("error", f"{who}：{text}", "", self.sheet.name, self._id_cell(at_row), line[ID])
                             for text in changed]
        if changed and self._note_at is not None:
            old = self._says(row, self._note_at, "text")
            self.filled.cells[row, self._note_at] = self._noted(old, line.get(self.note) or "", changed)

    def _noted(self, old: str, marks: str, changed: list[str]) -> str:
        """The note of a changed row: today's marks, what people wrote, and old → new.  Marks of the review that was
        there are dropped: they speak of other data."""
        patterns = [re.sub(r"\\\{.*?\\\}", ".*", re.escape(mark.text))
                    for mark in self.target.output.marks]
        kept = [part for part in old.split(BETWEEN) if part and not any(re.fullmatch(p, part) for p in patterns)]
        return BETWEEN.join([*filter(None, marks.split(BETWEEN)), *kept, *changed])


def _cell(value: Any) -> Value:
    """A value of the result as HR writes it in a form."""
    return ("是" if value else "否") if isinstance(value, bool) else value
