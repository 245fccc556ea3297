"""``xl-kpi check``: 体检."""

from __future__ import annotations

import argparse

from xl_kpi.actions.check import check as examine
from xl_kpi.commands.inputs import month_of, opened_with_forms, output_asked, period_asked, quarter_of
from xl_kpi.commands.say import say_json, say_problems
from xl_kpi.commands.writing import write
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.problems import UsageError
from xl_kpi.target import targets_of


def check(arguments: argparse.Namespace) -> int:
    periods = [period for period in (
        month_of(arguments.month) if arguments.month else None,
        quarter_of(arguments.quarter) if arguments.quarter else None,
        period_asked(arguments) if arguments.period else None) if period is not None]
    opened = opened_with_forms(arguments, lambda _: None, periods[0] if periods else None)
    of = output_asked(arguments, opened)
    if of is not None and not periods:
        raise UsageError("--of：还要用 --period 写明期间")
    targets = [target for period in periods for target in targets_of(opened.policy, period, of)]
    outcome = examine(opened, *targets)
    if arguments.json:
        say_json({"problems": [p.as_json() for p in outcome.problems]})
    else:
        say_problems(outcome.problems, arguments)
        if arguments.sheet:
            written = write(opened, outcome, arguments)
            for text in outcome.said:
                print(text)
            print(f"体检表已写入 {written}" if written else "体检表没有变化")
    return EXIT_REFUSED if any(p.level == "error" for p in outcome.problems) else EXIT_DONE
