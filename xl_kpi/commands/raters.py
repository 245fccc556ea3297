"""``xl-kpi raters``: raters' sheets, handed out and collected."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.actions.raters import collect, hand_out
from xl_kpi.commands.inputs import output_asked, period_asked
from xl_kpi.commands.say import advised, quoted
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE
from xl_kpi.opened import Opened
from xl_kpi.problems import UsageError


def raters(arguments: argparse.Namespace) -> int:
    period = period_asked(arguments)
    assert period is not None
    folder = arguments.dir if arguments.dir is not None else arguments.collect
    if not folder.strip():
        raise UsageError("--out、--collect：要写一个文件夹")
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    output = output_asked(arguments, opened)
    if arguments.collect is not None:
        if arguments.filled:
            raise UsageError("--filled：发评分表（--out）的时候才写")
        finish(opened, collect(opened, period, output, Path(folder), arguments.replace), arguments, "收回的评分")
        return EXIT_DONE
    for line in hand_out(opened, period, output, Path(folder), arguments.replace, arguments.filled):
        print(advised(line, arguments))
    print(f"  xl-kpi raters {quoted(arguments.book)} --period {period} --collect {quoted(folder)}")
    return EXIT_DONE
