"""``xl-kpi check``: 体检."""

from __future__ import annotations

import argparse

from xl_kpi.actions.check import check as examine
from xl_kpi.commands.inputs import month_of, quarter_of
from xl_kpi.commands.say import say_json, say_problems
from xl_kpi.commands.writing import write
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.opened import Opened


def check(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month) if arguments.month else None
    quarter = quarter_of(arguments.quarter) if arguments.quarter else None
    opened = Opened.file(arguments.book)
    outcome = examine(opened, month, quarter)
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
