"""体检: every problem at once, and the sheet that shows them."""

from __future__ import annotations

from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.written import refuse_foreign
from xl_kpi.job import findings
from xl_kpi.opened import Opened
from xl_kpi.period import Month, Quarter
from xl_kpi.problems import Problem, UsageError
from xl_kpi.sheets.findings import findings as findings_sheet
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.changes import Changes


def check(opened: Opened, month: Month | None = None, quarter: Quarter | None = None) -> Outcome:
    """Every problem of the workbook, and of the month's pay and the quarter's review where these are named; the sheet
    体检 in ``changes``.  Raises UsageError."""
    if quarter is not None and opened.policy.review is None:
        raise UsageError(f"《{opened.policy.title}》没有季度评星")
    problems = findings(opened.parameters, opened.tables, month, quarter)
    sheet = problem_sheet(opened, problems, str(month or quarter or ""))
    return Outcome(Changes(sheets=[sheet]), problems)


def problem_sheet(opened: Opened, problems: list[Problem], period: str = "") -> ResultSheet:
    """The sheet 体检 with links into the workbook.  Raises Refusal when HR has another sheet of that name."""
    sheet = findings_sheet(problems, opened.names, period, [one.name for one in opened.book.sheets])
    refuse_foreign(opened.book, [sheet])
    return sheet
