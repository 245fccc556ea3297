"""``xl-kpi group``: many workbooks in one run, and one summary of them."""

from __future__ import annotations

import argparse
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from xl_kpi.commands.inputs import period_asked
from xl_kpi.commands.say import json_value, say_json, say_table
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.group import table
from xl_kpi.group.department import Asked, Department
from xl_kpi.group.running import KEPT, Kept, books_of, departments
from xl_kpi.group.summary import LEVELS, STATES, doubles, lines_of, sheets
from xl_kpi.problems import UsageError, named
from xl_kpi.progress import Bar

WRONG = ("refused", "failed")


def group(arguments: argparse.Namespace) -> int:
    period = period_asked(arguments)
    assert period is not None
    if arguments.jobs is not None and arguments.jobs < 1:
        raise UsageError(f"--jobs：至少 1，给的是 {arguments.jobs}")
    out = Path(arguments.out) if arguments.out else None
    if out is not None and out.suffix.lower() != ".xlsx":
        raise UsageError(f"-o：汇总是一个新工作簿，文件名要以 .xlsx 结尾，给的是 {out.name}")
    to = Path(arguments.table) if arguments.table else None
    if to is not None:
        table.suffix_of(to)
    asked = Asked(period, arguments.payroll, arguments.people, to is not None)
    books = books_of(arguments.books, out)
    beside = (out or to)
    kept = Kept(beside.parent / KEPT if beside is not None else None, asked)
    with Bar() as bar:
        found = departments(books, asked, arguments.jobs or os.cpu_count() or 1, kept, bar)
    if arguments.json:
        say_json(_as_json(found, str(period)))
    else:
        _say(found)
    if out is not None:
        from xl_kpi.workbook.render_xlsx import write

        write(out, sheets(found, str(period), out, arguments.people))
        _told(arguments, f"汇总已写入 {out}")
    if to is not None:
        _told(arguments, f"数据表 {table.write(found, to)} 行，已写入 {to}")
    return EXIT_REFUSED if any(one.state in WRONG for one in found) else EXIT_DONE


def _told(arguments: argparse.Namespace, text: str) -> None:
    if not arguments.json:
        print(text)


def _say(found: list[Department]) -> None:
    rows = []
    for one, outcome in lines_of(found):
        amount = outcome.amount if outcome else None
        change = amount - Decimal(outcome.last) if outcome and amount is not None and outcome.last is not None else None
        rows.append([Path(one.path).name, one.department, outcome.output if outcome else "",
                     str(outcome.headcount) if outcome else "", "" if amount is None else f"{amount:,.2f}",
                     "" if change is None else f"{change:+,.2f}",
                     "、".join(f"{LEVELS[level]} {one.levels[level]}" for level in ("error", "warning")
                              if one.levels.get(level)), STATES[one.state]])
    if rows:
        say_table(["工作簿", "部门", "结果", "人数", "合计", "比上期", "问题", "状态"], rows, {3, 4, 5})
    foreign = [Path(one.path).name for one in found if one.state == "foreign"]
    if foreign:
        print(f"不是标准工作簿（没有工作表“参数”，或者没有花名册），没有算的：{named(foreign, '个')}")
    for one in found:
        if one.state in WRONG:
            print(f"\n{one.path}：{STATES[one.state]}")
            for level, text in one.said:
                if level == "error":
                    print(f"  {text}")
    for text in doubles(found):
        print(f"注意：{text}")
    print(f"\n{len(found) - len(foreign)} 个工作簿，完成 {sum(one.state == 'done' for one in found)} 个")


def _as_json(found: list[Department], period: str) -> dict[str, Any]:
    lines = []
    for one in found:
        results = [{
            "output": o.output, "period": o.period, "人数": o.headcount,
            "totals": {name: json_value(Decimal(value), kind) if kind != "int" else int(value)
                       for name, (kind, value) in o.totals.items()},
            "total": o.main,
            "last": None if o.last is None else json_value(Decimal(o.last), o.totals[o.main][0]),
            "change": None if o.last is None or o.amount is None
            else json_value(o.amount - Decimal(o.last), o.totals[o.main][0]),
            **({"people": o.people} if o.people else {})} for o in one.outcomes]
        lines.append({
            "workbook": one.path, "state": one.state, "company": one.company, "department": one.department,
            "policy": one.policy, "results": results, "errors": one.levels.get("error", 0),
            "warnings": one.levels.get("warning", 0),
            "problems": [{"level": level, "text": text} for level, text in one.said]})
    return {"period": period, "departments": lines, "doubles": doubles(found)}
