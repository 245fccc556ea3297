"""Functions whose arguments are ranges over sheets: read like HR's workbook, answered by the month's job.

A range is a ``Sheet`` under the name of the table that it stands for, so headings, cells, dated changes and ledger are
read and checked by the same code, and a person is refused for whatever would refuse them on the 工资表.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.engine import Run
from xl_kpi.functions import Refused, fingerprint
from xl_kpi.functions.answers import Answers, as_cells
from xl_kpi.functions.arguments import cells_of, height_of
from xl_kpi.functions.context import Context, sheet_of
from xl_kpi.functions.rows import RowFunction
from xl_kpi.hand.texts import squeezed
from xl_kpi.job.checks import check_findings
from xl_kpi.job.context import Job, about
from xl_kpi.job.lacking import lack_problems
from xl_kpi.job.run import implausible_rows, structural
from xl_kpi.plausible import read_plausible
from xl_kpi.policy.compiled import Function
from xl_kpi.problems import Problem
from xl_kpi.rules.values import BLANK, OK
from xl_kpi.tables import Tables
from xl_kpi.workbook.book import Book

KEPT = 4                    # sets of ranges whose people are kept

_people: dict[tuple[bytes, int], People] = {}


class SheetFunction(RowFunction):
    """A function over ranges of sheets, asked for one person or a column of them."""

    def answers(self, given: dict[str, Any], context: Context) -> Answers:
        (name, reader), *_ = self.readers.items()
        cells = cells_of(reader.argument.title, given.get(name))
        height = height_of({reader.argument.title: cells})
        ranges = {argument: given.get(argument) for argument in self.function.sheets}
        read = reader.read_texts(cells.column, twice=True)
        people = _people_of(self.function, ranges, context)
        values: list[Any] = []
        reasons: list[Any] = []
        for row, text in enumerate(read.texts):
            if row in read.wrong:
                values.append(None)
                reasons.append(lambda row=row: read.wrong[row])
            elif not text:              # all of the row's own arguments are blank
                values.append(None)
                reasons.append(None)
            else:
                value, reason = people.of(text)
                values.append(value)
                reasons.append(reason)
        return Answers(values, [one is not None for one in reasons], lambda row: str(reasons[row]()), height is None)


def _people_of(function: Function, ranges: dict[str, Any], context: Context) -> People:
    if context.month is None:
        raise Refused("「月份」是空的；填上要哪个月")
    period = context.period("month")
    key = (fingerprint((list(ranges.values()), id(function), id(context.parameters))), period[1])   # type: ignore[misc]
    found = _people.get(key)
    if found is None:
        if len(_people) >= KEPT:
            del _people[next(iter(_people))]
        found = _people[key] = People(function, ranges, context)
    return found


class People:
    """Everybody in the ranges at a month."""

    def __init__(self, function: Function, ranges: dict[str, Any], context: Context):
        policy, period = context.policy, context.period("month")
        self.function, self.context = function, context
        sheets = [sheet_of(policy.tables[table].sheet, ranges[argument])
                  for argument, tables in function.sheets.items() if ranges[argument] is not None for table in tables]
        self.tables: Tables = read_plausible(Book(Path(), sheets), policy, context.settings)
        facts = self.tables.facts
        if self.tables.readings[next(n for n, t in policy.tables.items() if t.grain == "roster")].missing:
            roster = next(f for f in self.tables.findings if policy.tables[f.table].grain == "roster")
            raise Refused(_said(roster.problem))
        self.job = Job(policy.main, period, str(context.month), context.parameters, self.tables,        # type: ignore[arg-type]
                       Run(context.settings, replace(facts, strict=about(period))))
        self.row = {squeezed(person): row for row, person in enumerate(facts.ids)}
        run = self.job.run
        assert function.value is not None
        assert function.people is not None
        assert function.when is not None
        self.people = run.evaluate(function.people, period)
        self.when = run.evaluate(function.when, period)
        self.value = run.evaluate(function.value, period)
        size = facts.size
        good = self.when.true(size) & (self.value.states(size) == OK)
        self.cells = as_cells(type(self.value)(self.value.type, self.value.data, np.where(
            good, np.uint8(OK), np.uint8(BLANK)), self.value.choices), size)
        self.common = [_said(problem) for problem in structural(self.job)]
        listed = self.people.true(size) & ~self.tables.doubtful
        self.found: dict[str, Problem] = {}
        for problem in (*check_findings(self.job, listed, "error"), *implausible_rows(self.job)):
            self.found.setdefault(problem.person, problem)

    def of(self, person: str) -> tuple[Any, Any]:
        """(the answer about one 工号, why it is refused: None when it is not)."""
        row = self.row.get(squeezed(person))
        if row is None:
            return None, lambda: f"花名册的区域里没有工号 {person}"
        if self.common:
            return None, lambda: self.common[0]
        size = self.tables.facts.size
        if self.tables.doubtful[row] or self.people.states(size)[row] != OK:
            return None, lambda: self._why(row)
        if not self.people.true(size)[row]:
            return None, lambda: f"{self.job.who(row)}：{self.job.label} 不在册"
        if (problem := self.found.get(person)) is not None:
            return None, lambda: _said(problem)
        if self.when.states(size)[row] != OK:
            return None, lambda: self._why(row)
        if not self.when.true(size)[row]:
            return None, None
        if self.value.states(size)[row] != OK:
            return None, lambda: self._why(row)
        return self.cells[row], None

    def _why(self, row: int) -> str:
        function, run, period = self.function, self.job.run, self.job.period
        used = np.zeros(self.tables.facts.size, bool)
        used[row] = True
        run.found.clear()
        for node in (function.people, function.when, function.value):
            assert node is not None
            run.need(node, period, used & (run.evaluate(node, period).states(len(used)) != OK))
        problems = [problem for lack in run.lacks() for problem in lack_problems(self.job, lack)]
        mine = problems or [f.problem for f in self.tables.findings
                            if f.problem.level == "error" and f.problem.person == self.tables.facts.ids[row]]
        return "；".join(dict.fromkeys(map(_said, mine))) or f"{self.job.who(row)}：不能计算，核对各个区域"


def _said(problem: Problem) -> str:
    return f"{problem.text}；{problem.do}" if problem.do else problem.text
