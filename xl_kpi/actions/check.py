"""体检: every problem at once, and the sheet that shows them."""

from __future__ import annotations

from xl_kpi.actions import appeals
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.written import refuse_foreign
from xl_kpi.job import findings
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem
from xl_kpi.sheets.findings import findings as findings_sheet
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.target import Target
from xl_kpi.workbook.changes import Changes


def check(opened: Opened, *targets: Target) -> Outcome:
    """Every problem of the workbook, and of the results that are named; the sheet 体检 in ``changes``."""
    problems = findings(opened.parameters, opened.tables, *((target.output, target.period) for target in targets))
    problems += [problem for target in targets for problem in appeals.findings(opened, target)]
    sheet = problem_sheet(opened, problems, str(targets[0].period) if targets else "")
    return Outcome(Changes(sheets=[sheet]), problems)


def problem_sheet(opened: Opened, problems: list[Problem], period: str = "") -> ResultSheet:
    """The sheet 体检 with links into the workbook.  Raises Refusal when HR has another sheet of that name."""
    sheet = findings_sheet(problems, opened.names, period, [one.name for one in opened.book.sheets])
    refuse_foreign(opened.book, [sheet])
    return sheet
