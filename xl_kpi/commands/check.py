"""``xl-kpi check``: 体检."""

from __future__ import annotations

import argparse

from xl_kpi.cli import EXIT_DONE, EXIT_REFUSED
from xl_kpi.commands.inputs import month_of, quarter_of
from xl_kpi.commands.say import say_json, say_problems
from xl_kpi.job import findings
from xl_kpi.opened import Opened
from xl_kpi.problems import UsageError


def check(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month) if arguments.month else None
    quarter = quarter_of(arguments.quarter) if arguments.quarter else None
    opened = Opened.file(arguments.book)
    if quarter is not None and opened.policy.review is None:
        raise UsageError(f"制度 {opened.policy.id} 没有季度评星")
    problems = findings(opened.parameters, opened.tables, month, quarter)
    if arguments.json:
        say_json({"problems": [p.as_json() for p in problems]})
    else:
        say_problems(problems)
    return EXIT_REFUSED if any(p.level == "error" for p in problems) else EXIT_DONE
