"""``xl-kpi result``, and ``payroll`` and ``review``, which are names for two of a policy's outputs: into the workbook,
into a copy, or as JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi import job
from xl_kpi.actions.company_pay import company_of
from xl_kpi.actions.result import by_role
from xl_kpi.actions.result import result as make
from xl_kpi.commands.asking import password_of
from xl_kpi.commands.inputs import month_of, opened_with_forms, period_asked, quarter_of, target_asked
from xl_kpi.commands.say import json_lines, json_value, say_json
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE
from xl_kpi.opened import Opened
from xl_kpi.results import DRAFT, Result
from xl_kpi.target import Target


def result(arguments: argparse.Namespace) -> int:
    out_path(arguments.out, arguments.book)
    opened = opened_with_forms(arguments, lambda one: target_asked(arguments, one).output, period_asked(arguments))
    target = target_asked(arguments, opened)
    if arguments.json:
        found = _computed(opened, target, arguments.draft)
        say_json({"output": target.output.name, "period": found.period, "policy": found.policy, **_lines(found)})
        return EXIT_DONE
    return _write(opened, target, arguments, target.output.name)


def payroll(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month)
    out_path(arguments.out, arguments.book)
    opened = opened_with_forms(arguments, lambda one: by_role(one, "payroll", month).output, month)
    target = by_role(opened, "payroll", month)
    if arguments.json:
        found = _computed(opened, target, arguments.draft)
        say_json({"month": found.period, "policy": found.policy, **_lines(found)})
        return EXIT_DONE
    return _write(opened, target, arguments, target.naming.title)


def review(arguments: argparse.Namespace) -> int:
    quarter = quarter_of(arguments.quarter)
    out_path(arguments.out, arguments.book)
    opened = opened_with_forms(arguments, lambda one: by_role(one, "review", quarter).output, quarter)
    target = by_role(opened, "review", quarter)
    if arguments.json:
        found = _computed(opened, target)
        say_json({"quarter": found.period, "policy": found.policy, "reviews": json_lines(found, False),
                  "problems": [p.as_json() for p in found.problems]})
        return EXIT_DONE
    return _write(opened, target, arguments, target.naming.what)


def _computed(opened: Opened, target: Target, draft: bool = False) -> Result:
    return job.result(opened.parameters, opened.tables, target.output, target.period, draft, detail=False)


def _lines(found: Result) -> dict[str, object]:
    types = {column.heading: column.type for column in found.columns}
    return {
        "lines": json_lines(found, True),
        "totals": {heading: json_value(value, types.get(heading, "")) for heading, value in found.totals.items()},
        "marks": [{"工号": person, "text": text} for person, text in found.marks],
        "problems": [p.as_json() for p in found.problems],
    }


def _write(opened: Opened, target: Target, arguments: argparse.Namespace, what: str) -> int:
    draft = getattr(arguments, "draft", False)
    outcome = make(opened, target, arguments.replace, draft)
    assert outcome.result is not None
    company = company_of(opened, target, outcome, Path(arguments.out or arguments.book).parent, arguments.replace,
                         password_of)
    finish(opened, outcome, arguments, f"{target.period} {DRAFT if draft else what} {len(outcome.result.lines)} 人")
    if company is not None:
        print(company.write())
    return EXIT_DONE
