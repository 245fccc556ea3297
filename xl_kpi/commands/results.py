"""``xl-kpi review`` and ``xl-kpi payroll``: into the workbook, into a copy, or as JSON."""

from __future__ import annotations

import argparse

from xl_kpi import job
from xl_kpi.actions.payroll import payroll as pay
from xl_kpi.actions.review import review as rate
from xl_kpi.commands.inputs import month_of, quarter_of
from xl_kpi.commands.say import json_lines, json_value, say_json
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE
from xl_kpi.opened import Opened
from xl_kpi.problems import UsageError


def review(arguments: argparse.Namespace) -> int:
    quarter = quarter_of(arguments.quarter)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    if arguments.json:
        if opened.policy.review is None:
            raise UsageError(f"《{opened.policy.title}》没有季度评星")
        result = job.review(opened.parameters, opened.tables, quarter)
        say_json({"quarter": result.period, "policy": result.policy, "reviews": json_lines(result, False),
                  "problems": [p.as_json() for p in result.problems]})
        return EXIT_DONE
    outcome = rate(opened, quarter, arguments.replace)
    assert outcome.result is not None
    finish(opened, outcome, arguments, f"{quarter} 评星 {len(outcome.result.lines)} 人")
    return EXIT_DONE


def payroll(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    if arguments.json:
        result = job.payroll(opened.parameters, opened.tables, month, arguments.draft, detail=False)
        say_json({
            "month": result.period, "policy": result.policy, "lines": json_lines(result, True),
            "totals": {heading: json_value(value, "" if isinstance(value, int) else "money")
                       for heading, value in result.totals.items()},
            "marks": [{"工号": person, "text": text} for person, text in result.marks],
            "problems": [p.as_json() for p in result.problems],
        })
        return EXIT_DONE
    outcome = pay(opened, month, arguments.replace, arguments.draft)
    assert outcome.result is not None
    what = "试算" if arguments.draft else "工资表"
    finish(opened, outcome, arguments, f"{month} {what} {len(outcome.result.lines)} 人")
    return EXIT_DONE
