"""``xl-kpi review`` and ``xl-kpi payroll``: a result printed, as JSON, or written."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xl_kpi import job
from xl_kpi.cli import EXIT_DONE
from xl_kpi.commands.inputs import month_of, out_path, quarter_of
from xl_kpi.commands.say import json_lines, json_value, say_json, say_problems, say_table
from xl_kpi.job import shown
from xl_kpi.opened import Opened
from xl_kpi.problems import UsageError
from xl_kpi.results import REFUSED


def review(arguments: argparse.Namespace) -> int:
    quarter = quarter_of(arguments.quarter)
    out = out_path(arguments.out, arguments.book) if arguments.out else None
    opened = Opened.file(arguments.book)
    if opened.policy.review is None:
        raise UsageError(f"制度 {opened.policy.id} 没有季度评星")
    result = job.review(opened.parameters, opened.tables, quarter)
    if arguments.json:
        say_json({"quarter": result.period, "policy": result.policy, "reviews": json_lines(result, False),
                  "problems": [p.as_json() for p in result.problems]})
        return EXIT_DONE
    say_result(result, opened, out, review_sheets)
    return EXIT_DONE


def payroll(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month)
    out = out_path(arguments.out, arguments.book) if arguments.out else None
    opened = Opened.file(arguments.book)
    result = job.payroll(opened.parameters, opened.tables, month, arguments.draft, detail=not arguments.json)
    if arguments.json:
        say_json({
            "month": result.period, "policy": result.policy, "lines": json_lines(result, True),
            "totals": {heading: json_value(value, "" if isinstance(value, int) else "money")
                       for heading, value in result.totals.items()},
            "marks": [{"工号": person, "text": text} for person, text in result.marks],
            "problems": [p.as_json() for p in result.problems],
        })
        return EXIT_DONE
    say_result(result, opened, out, payroll_sheets)
    return EXIT_DONE


def review_sheets(result: Any, opened: Opened) -> list[Any]:
    from xl_kpi.sheets.findings import findings
    from xl_kpi.sheets.forms import form

    return [*(form(result, sheet, headings, people) for sheet, headings, people in result.forms),
            findings(result.problems, opened.names, result.period)]


def payroll_sheets(result: Any, opened: Opened) -> list[Any]:
    from xl_kpi.sheets.basis import basis
    from xl_kpi.sheets.findings import findings
    from xl_kpi.sheets.payroll import payroll as pay_sheet
    from xl_kpi.sheets.slips import slips
    from xl_kpi.sheets.summary import summary

    if result.draft:
        return [pay_sheet(result), findings(result.problems, opened.names, result.period)]
    return [pay_sheet(result), slips(result), basis(result), summary(result),
            findings(result.problems, opened.names, result.period)]


def say_result(result: Any, opened: Opened, out: Path | None, sheets: Callable[[Any, Opened], list[Any]]) -> None:
    """Print the result, or write it where ``-o`` says."""
    if out is not None:
        from xl_kpi.workbook.render_xlsx import write

        write(out, sheets(result, opened))
        say_problems(result.problems)
        for notice in result.notices:
            print(notice)
        print(f"{len(result.lines)} 人，已写入 {out}")
        return
    columns = [c for c in result.columns if any(line[c.heading] not in (None, "") for line in result.lines)]
    texts = [["#N/A" if line[c.heading] is REFUSED else shown(line[c.heading], c.type) for c in columns]
             for line in result.lines]
    right = {i for i, c in enumerate(columns) if c.type in ("money", "score", "percent", "int")}
    say_table([c.heading for c in columns], texts, right)
    for heading, value in result.totals.items():
        print(f"{heading} 合计 {shown(value, 'money') or '#N/A'}" if heading != "人数" else f"{value} 人")
    for notice in result.notices:
        print(notice)
    say_problems(result.problems)
    print("没有写任何文件；加 -o 文件名.xlsx 写出结果。")
