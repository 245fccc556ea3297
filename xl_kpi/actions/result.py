"""Any output into the workbook: the sheets of its own, or the forms that it fills."""

from __future__ import annotations

from xl_kpi.actions import forms, sheet
from xl_kpi.actions.outcome import Outcome
from xl_kpi.opened import Opened
from xl_kpi.period import Month, Quarter
from xl_kpi.problems import UsageError
from xl_kpi.target import Target


def result(opened: Opened, target: Target, replace: bool = False, draft: bool = False) -> Outcome:
    """Raises Refusal, also when what is there would change and ``replace`` is not given; UsageError."""
    if not target.output.forms:
        return sheet.write(opened, target, replace, draft)
    if draft:
        raise UsageError(f"--draft：{target.output.name} 填在附表里，没有试算")
    return forms.fill(opened, target, replace)


def payroll(opened: Opened, month: Month, replace: bool = False, draft: bool = False) -> Outcome:
    """The policy's pay of a month."""
    return result(opened, by_role(opened, "payroll", month), replace, draft)


def review(opened: Opened, quarter: Quarter, replace: bool = False) -> Outcome:
    """The policy's review of a quarter."""
    return result(opened, by_role(opened, "review", quarter), replace)


def by_role(opened: Opened, role: str, period: Month | Quarter) -> Target:
    """The output that a command of this name means.  Raises UsageError."""
    output = opened.policy.of_role(role)
    if output is None:
        names = "、".join(opened.policy.outputs)
        raise UsageError(f"《{opened.policy.title}》不用命令 {role}；它的结果有 {names}，用 xl-kpi result")
    return Target.of(output, period)
