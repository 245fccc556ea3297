"""``xl-kpi close``, ``verify`` and ``reopen``: 封存, 校验, 重开."""

from __future__ import annotations

import argparse

from xl_kpi.actions import closing
from xl_kpi.commands.inputs import month_of
from xl_kpi.commands.say import advised, say_json
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.opened import Opened


def close(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    finish(opened, closing.close(opened, month), arguments, f"{month} 已封存")
    return EXIT_DONE


def verify(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month) if arguments.month else None
    found = closing.verify(Opened.file(arguments.book), month)
    if arguments.json:
        say_json(found.as_json())
    else:
        print(*(advised(line, arguments) for line in found.said()), sep="\n")
    return EXIT_DONE if found.equal else EXIT_REFUSED


def reopen(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    finish(opened, closing.reopen(opened, month, arguments.reason), arguments, f"{month} 已重开")
    return EXIT_DONE
