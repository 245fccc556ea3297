"""``xl-kpi close``, ``verify`` and ``reopen``: 封存, 校验, 重开."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.actions import closing
from xl_kpi.closing.record import policy_to_verify
from xl_kpi.commands.inputs import output_asked, period_asked, target_asked
from xl_kpi.commands.say import advised, say_json
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.opened import Opened
from xl_kpi.workbook.file import read


def close(arguments: argparse.Namespace) -> int:
    period_asked(arguments)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    target = target_asked(arguments, opened)
    finish(opened, closing.close(opened, target), arguments, f"{target} 已封存")
    return EXIT_DONE


def verify(arguments: argparse.Namespace) -> int:
    period = period_asked(arguments)
    book = read(Path(arguments.book))
    policy, lacking = policy_to_verify(book)
    opened = Opened(book, policy=policy)
    if records := closing.of_lost_output(opened, arguments.of or "", period):
        found = closing.verify(opened, lacking=lacking, records=records)
    else:
        found = (closing.verify(opened, target_asked(arguments, opened), lacking) if period else
                 closing.verify(opened, lacking=lacking, output=output_asked(arguments, opened)))
    if arguments.json:
        say_json(found.as_json())
    else:
        print(*(advised(line, arguments) for line in found.said()), sep="\n")
    return EXIT_DONE if found.equal else EXIT_REFUSED


def reopen(arguments: argparse.Namespace) -> int:
    period_asked(arguments)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    target = target_asked(arguments, opened)
    finish(opened, closing.reopen(opened, target, arguments.reason), arguments, f"{target} 已重开")
    return EXIT_DONE
