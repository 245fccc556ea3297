"""Rows of the company's own forms as rows of the policy's tables: beside the workbook (``--forms``), or into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.actions.form_fill import LooksOf
from xl_kpi.actions.form_questions import PERIOD, Given, given_forms, refuse_open
from xl_kpi.actions.outcome import Outcome
from xl_kpi.engine import Run
from xl_kpi.forms.foreign import Ask
from xl_kpi.forms.months import unsaid
from xl_kpi.forms.people import People
from xl_kpi.forms.placed import Placed
from xl_kpi.forms.read import FormCell, FormRow, rows_of
from xl_kpi.hand.numbers import typed
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import Table
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC
from xl_kpi.problems import Problem, Refusal, named
from xl_kpi.results import ID, NAME
from xl_kpi.tables.keys import add_rows
from xl_kpi.tables.reading import Finding, Reading
from xl_kpi.workbook.book import CALCULATE, Book, Sheet
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.grid import address, place_of


@dataclass
class TableRow:
    """What the forms say of a person in a table and period: column → (value, the form's sheet)."""

    person: str
    cells: dict[str, tuple[FormCell, FormRow]] = field(default_factory=dict)


@dataclass
class Taken:
    """The rows of forms by table and period, and what is told."""

    rows: dict[str, dict[AnyPeriod, dict[str, TableRow]]] = field(default_factory=lambda: defaultdict(
        lambda: defaultdict(dict)))
    findings: list[Finding] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return [finding.problem for finding in self.findings]


def form_rows(given: Sequence[Given]) -> list[FormRow]:
    """The rows of all forms."""
    return [row for one in given for form in one.forms for row in rows_of(Placed(one.book, form))]


class _Taker:
    """Finds the table, the person and the column of what forms say."""

    def __init__(self, opened: Opened, skip: Collection[str]):
        self.opened = opened
        self.people = People(opened.names)
        self.tables: dict[str, Table] = {
            name: table for name, table in opened.policy.sheets.items()
            if table.grain in PERIODIC and name not in skip and not table.melts}
        self.columns: dict[str, dict[str, Column]] = {
            name: {squeezed(text): column for column in reversed(table.columns)
                   if not column.ignored and column.type not in ("id", "name", *PERIODIC)
                   for text in (column.heading, *column.reads)} for name, table in self.tables.items()}
        self.out = Taken()
        self._members: dict[tuple[str, AnyPeriod], Any] = {}

    @cached_property
    def wanted(self) -> set[str]:
        """What a form may hold that is one of the tables'."""
        return {ID, NAME, *(column.heading for columns in self.columns.values() for column in columns.values())}

    def take(self, row: FormRow) -> None:
        hits = {name: {heading: columns[squeezed(heading)] for heading in row.cells if squeezed(heading) in columns}
                for name, columns in self.columns.items()}
        hits = {name: found for name, found in hits.items() if found}
        if not hits:
            return
        person, why = self.people.find(row.number, row.name)
        who = f"{row.number} {row.name}".strip()
        if not person:
            roster = next(r.sheet for r in self.opened.tables.readings.values() if r.table.grain == "roster")
            self._problem(hits, row, row.cell, why or f"{who or '这个人'}不在{roster}里",
                          f"改正工号或姓名，或者在{roster}补上此人")
            return
        if row.period is None:
            self._problem(hits, row, row.cell, f"{self.people.who(person)}：看不出这一行是哪一期的", "写上月份", person)
            return
        tables = [name for name in hits if row.period.grain in self.tables[name].grains
                  and self._is_member(name, row.period, person)]
        for heading, cell in row.cells.items():
            mine = [name for name in tables if heading in hits[name]]
            if len(mine) > 1:
                most = max(len(hits[name]) for name in mine)
                mine = [name for name in mine if len(hits[name]) == most]
            if len(mine) > 1:
                called = squeezed(row.where)
                mine = [name for name in mine if squeezed(self.tables[name].sheet) in called] or mine
            if len(mine) > 1:
                names = "、".join(self.tables[name].sheet for name in mine)
                self._problem(hits, row, cell.cell, f"{self.people.who(person)}：「{heading}」可能是 {names} 的，"
                              "说不准是哪一张", "把工作表名改成要读进的表的名字", person)
            elif mine:
                self._put(mine[0], hits[mine[0]][heading], row, person, cell)

    def _is_member(self, name: str, period: AnyPeriod, person: str) -> bool:
        """Whether somebody has a row in a table; where that cannot be said, yes."""
        node = self.tables[name].people
        if node is None:
            return True
        key = name, period
        if key not in self._members:
            facts = self.opened.tables.facts
            value = Run(self.opened.parameters.settings, facts).evaluate(node, period.key)
            self._members[key] = value.true(facts.size) | (value.states(facts.size) != 0)
        return bool(self._members[key][self.opened.tables.facts.ids.index(person)])

    def _put(self, table: str, column: Column, row: FormRow, person: str, cell: FormCell) -> None:
        assert row.period is not None
        who = f"{self.people.who(person)}：「{column.heading}」"
        if cell.wrong:
            do = CALCULATE if cell.mark is not None and cell.mark.old else "改正公式，或者直接填数"
            self._problem({table: {"": column}}, row, cell.cell, f"{who}{cell.wrong}", do, person)
            return
        mine = self.out.rows[table][row.period].setdefault(person, TableRow(person))
        known = mine.cells.get(column.name)
        if known is None:
            mine.cells[column.name] = cell, row
        elif not same(known[0].value, cell.value):
            other = known[1]
            self._problem({table: {"": column}}, row, cell.cell,
                          f"{who}是 {cell.text}，{other.where} {known[0].cell} 写的是 {known[0].text}",
                          "两张表改成一样的，或者去掉一张", person)

    def _problem(self, hits: dict[str, dict[str, Column]], row: FormRow, cell: str, text: str, do: str,
                 person: str = "") -> None:
        """What is wrong with a value, for whoever reads the tables that it may be of."""
        table, columns = next(iter(hits.items()))
        self.out.findings.append(finding_of(Problem("error", text, do, row.where, cell, person), table,
                                            next(iter(columns.values())).name, row.period))


def finding_of(problem: Problem, table: str, column: str, period: AnyPeriod | None) -> Finding:
    """A problem of a form as one of the table that reads it."""
    return Finding(problem, table, column=column, key=True, period=None if period is None else period.key)


def take(opened: Opened, given: Sequence[Given], skip: Collection[str] = (), period: AnyPeriod | None = None) -> Taken:
    """What the forms say in terms of the policy's tables.  ``skip``: tables that are not read from forms; ``period``:
    the likely one of a form that does not say.  Raises Refusal with what is to be asked."""
    refuse_open(given, unclear(opened, given, skip, period), periods=True)
    taker = _Taker(opened, skip)
    for row in form_rows(given):
        taker.take(row)
    return taker.out


def unclear(opened: Opened, given: Sequence[Given], skip: Collection[str] = (), period: AnyPeriod | None = None
            ) -> set[str]:
    """What forms may be asked about that are to be read: the columns of the tables; those of which nothing says of
    when they are get that question, any other is not asked it."""
    wanted = _Taker(opened, skip).wanted
    for one in given:
        for form in one.forms:
            lacks = form.period is None and any(
                row.period is None and set(row.cells) & wanted for row in rows_of(Placed(one.book, form)))
            if not lacks:
                form.open = [question for question in form.open if question.key != PERIOD]
            elif not any(question.key == PERIOD for question in form.open):
                form.open.append(unsaid(*([period] if period else [])))
    return wanted


def same(one: Any, other: Any) -> bool:
    """Whether two cells say the same, in whatever spelling."""
    a, b = (_number(value) for value in (one, other))
    if a is not None and b is not None:
        return f"{a:.12g}" == f"{b:.12g}"
    return squeezed(one) == squeezed(other)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        for unit in ("", "分", "元", "%", "次", "小时"):
            read = typed(value, unit)
            if not read.wrong and read.number is not None:
                return float(read.number)
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


# -- beside the workbook ----------------------------------------------------------------------------------------------

@dataclass
class _Origin:
    """Where a row of the workbook as it is read comes from.  ``cells``: column → (sheet, cell) of the form; ``whole``:
    the row itself is the form's."""

    where: str
    cell: str
    cells: dict[int, tuple[str, str]] = field(default_factory=dict)
    whole: bool = False


def with_forms(opened: Opened, folder: str | Path, skip: Collection[str] = (), period: AnyPeriod | None = None,
               ask: Ask | None = None) -> Opened:
    """The workbook read together with the forms of a folder; the workbook itself stays as it is.  Raises Refusal: open
    questions, forms that cannot be read.  Whatever else is wrong is found with everything else in the tables."""
    given = given_forms([folder], opened, ask)
    taken = take(opened, given, skip, period)
    sheets = {sheet.name: sheet for sheet in opened.book.sheets}
    origins: dict[tuple[str, int], _Origin] = {}
    findings = [*taken.findings]
    for name, periods in taken.rows.items():
        reading = opened.tables.readings[name]
        sheet = _copy(sheets.get(reading.sheet), reading)
        sheets[sheet.name] = sheet
        merger = _Merger(opened, reading, lambda row, column: False)
        for when, people in periods.items():
            merger.merge(when, people)
        findings += merger.findings
        for place, (value, cell, row) in merger.cells.items():
            sheet.rows[place[0]][place[1]] = value
            origin = origins.setdefault((sheet.name.lower(), place[0]), _Origin(row.where, row.cell))
            origin.cells[place[1]] = row.where, cell.cell
        for values, sources in merger.new_rows(opened.book):
            line: list[object] = [None] * max(len(sheet.rows[0]) if sheet.rows else 0, max(values, default=0) + 1)
            for column, value in values.items():
                line[column] = value
            row = next(iter(sources.values()))[1]
            origins[sheet.name.lower(), len(sheet.rows)] = _Origin(row.where, row.cell, {
                at: (source.where, cell.cell) for at, (cell, source) in sources.items()}, whole=True)
            sheet.rows.append(line)
        width = max(map(len, sheet.rows), default=0)
        for line in sheet.rows:
            line.extend([None] * (width - len(line)))
    found = Opened(replace(opened.book, sheets=list(sheets.values())), policy=opened.policy)
    found.tables.placed = _placing(origins)
    found.tables.findings += findings
    return found


def _placing(origins: dict[tuple[str, int], _Origin]) -> Callable[[Problem], Problem]:
    """Says of a problem the form's place where its cell is a form's."""
    def placed(problem: Problem) -> Problem:
        if not problem.cell or not problem.sheet:
            return problem
        row, column = place_of(problem.cell)
        origin = origins.get((problem.sheet.lower(), row))
        if origin is None or not (origin.whole or column in origin.cells):
            return problem
        where, cell = origin.cells.get(column, (origin.where, origin.cell))
        return replace(problem, sheet=where, cell=cell)

    return placed


def _copy(sheet: Sheet | None, reading: Reading) -> Sheet:
    """A sheet that can be written into, not the workbook's own; one with the headings where there is none."""
    if sheet is None:
        return Sheet(reading.sheet, False, [[column.heading for column in reading.table.columns]])
    return replace(sheet, rows=[list(row) for row in sheet.rows], marks=dict(sheet.marks))


class _Merger:
    """The rows of forms beside the rows of one table."""

    def __init__(self, opened: Opened, reading: Reading, percent: Callable[[int, int], bool]):
        self.opened, self.reading, self.percent = opened, reading, percent
        self.at = dict(reading.at) if reading.heading >= 0 else {
            column.name: n for n, column in enumerate(reading.table.columns)}
        self.cells: dict[tuple[int, int], tuple[Any, FormCell, FormRow]] = {}
        self.added: dict[AnyPeriod, list[TableRow]] = {}
        self.findings: list[Finding] = []

    @property
    def problems(self) -> list[Problem]:
        return [finding.problem for finding in self.findings]

    def merge(self, period: AnyPeriod, people: dict[str, TableRow]) -> None:
        reading = self.reading
        here = np.flatnonzero(reading.periods.at(period.key)).tolist() if reading.size else []
        rows = {reading.ids[at]: at for at in here}
        for person, row in people.items():
            for column in [name for name in row.cells if name not in self.at]:
                cell, source = row.cells.pop(column)
                heading = next(c.heading for c in reading.table.columns if c.name == column)
                self._problem(source, cell, person, column, f"{reading.sheet}没有「{heading}」一列",
                              "在工作簿里补上这一列")
            if person in rows:
                self._old_row(rows[person], row)
            else:
                self.added.setdefault(period, []).append(row)

    def _old_row(self, at: int, row: TableRow) -> None:
        reading = self.reading
        for name, (cell, source) in row.cells.items():
            place = reading.rows[at], self.at[name]
            raw, mark = reading.raw[name][at], reading.marks.get(name, {}).get(at)
            if is_blank(raw) and mark is None:
                self.cells[place] = self._value(cell, place), cell, source
                continue
            old = raw * 100 if mark is not None and mark.percent and isinstance(raw, int | float) else raw
            if not same(old, cell.value):
                heading = next(c.heading for c in reading.table.columns if c.name == name)
                self._problem(source, cell, row.person, name,
                              f"「{heading}」是 {cell.text}，工作簿 {reading.sheet} {address(*place)} 填的是"
                              f" {_seen(old)}", "核对哪一个对，把另一个改过来")

    def _value(self, cell: FormCell, place: tuple[int, int]) -> Any:
        percent = cell.mark is not None and cell.mark.percent and self.percent(*place)
        return cell.value / 100 if percent else cell.value

    def new_rows(self, book: Book) -> list[tuple[dict[int, Any], dict[int, tuple[FormCell, FormRow]]]]:
        """(column → value, column → where that comes from) of the rows that are not there yet."""
        found: list[tuple[dict[int, Any], dict[int, tuple[FormCell, FormRow]]]] = []
        names = self.opened.names
        for period, rows in self.added.items():
            filled = Filled(self.reading.sheet, heading=self.reading.heading, after=self.reading.last)
            sources = [{self.at[name]: one for name, one in row.cells.items()} for row in rows]
            values = [{at: cell.value for at, (cell, _) in one.items()} for one in sources]
            if self.reading.heading >= 0:
                people = [(row.person, names.get(row.person, "")) for row in rows]
                add_rows(filled, book, self.reading, period, people, values)
                found += zip((dict(one) for one in filled.added), sources, strict=True)
                continue
            for row, one, source in zip(rows, values, sources, strict=True):
                keys = {self.at[c.name]: {"id": row.person, "name": names.get(row.person, "")}.get(c.type, str(period))
                        for c in self.reading.table.columns if c.type in ("id", "name", *PERIODIC)}
                found.append(({**keys, **one}, source))
        return found

    def _problem(self, row: FormRow, cell: FormCell, person: str, column: str, text: str, do: str) -> None:
        who = f"{person} {self.opened.names.get(person, '')}".strip()
        problem = Problem("error", f"{who}：{text}", do, row.where, cell.cell, person)
        self.findings.append(finding_of(problem, self.reading.name, column, row.period))


def _seen(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


# -- into the workbook ------------------------------------------------------------------------------------------------

def read_into(opened: Opened, given: Sequence[Given], looks: LooksOf) -> Outcome:
    """The rows of forms as rows of the workbook's own tables, to be written there.  Raises Refusal: open questions,
    contradictions with what is there, a closed month."""
    taken = take(opened, given)
    problems, outcome = [*taken.problems], Outcome(Changes())
    for name, periods in taken.rows.items():
        reading = opened.tables.readings[name]
        if reading.heading < 0:
            problems += [f.problem for f in opened.tables.findings if f.table == name and f.problem.level == "error"]
            continue
        if closed := [when for when in periods if set(when.months) & set(opened.closed)]:
            problems.append(Problem("error", f"{'、'.join(map(str, closed))} 已封存，{reading.sheet}不能再读入",
                                    "核对表上的月份", reading.sheet))
        look = looks(opened.book, reading.sheet)
        merger = _Merger(opened, reading, look.percent)
        for when, people in periods.items():
            merger.merge(when, people)
        problems += merger.problems
        filled = Filled(reading.sheet, {place: value for place, (value, _, _) in merger.cells.items()},
                        heading=reading.heading, after=reading.last)
        for when, rows in merger.added.items():
            values = [{merger.at[n]: merger._value(cell, (max(reading.last, 0), merger.at[n]))
                       for n, (cell, _) in row.cells.items()} for row in rows]
            add_rows(filled, opened.book, reading, when, [(r.person, opened.names.get(r.person, "")) for r in rows],
                     values)
        if filled.cells or filled.added:
            outcome.changes.filled.append(filled)
        outcome.said.append(f"{reading.sheet}：填了 {len(filled.cells)} 格，加了 {len(filled.added)} 行"
                            f"（{named([str(when) for when in periods], '期')}）")
    if problems:
        raise Refusal(problems)
    if not taken.rows:
        outcome.said.append("表里没有一列是这个工作簿要填的，什么都没有读入")
    return outcome
