"""``xl-kpi slips``: one pay slip a person, a file each."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.actions import slips as action
from xl_kpi.commands.inputs import period_asked, target_asked
from xl_kpi.commands.say import advised, say_problems
from xl_kpi.exits import EXIT_DONE
from xl_kpi.opened import Opened
from xl_kpi.problems import Advice, UsageError
from xl_kpi.progress import Bar


def slips(arguments: argparse.Namespace) -> int:
    period_asked(arguments)
    column = arguments.password_column
    if column is not None and not column.strip():
        raise UsageError("--password-column：要写花名册里密码那一列的表头")
    folder = Path(arguments.out)
    if not arguments.out.strip():
        raise UsageError("--out：要写一个文件夹")
    opened = Opened.file(arguments.book)
    target = target_asked(arguments, opened)
    with Bar() as bar:
        result = action.slips(opened, target, folder, column or "", arguments.replace, bar)
    say_problems(result.problems, arguments)
    locked = f"每个文件用“{column.strip()}”一列的密码打开" if column else "没有加密"
    print(f"{len(result.lines)} 人的{target.naming.slip}已写入 {folder}，{locked}。")
    if not column:
        locking = Advice("要逐人加密的，写明密码在花名册的哪一列", again="--replace --password-column 表头")
        print(advised(locking, arguments))
    return EXIT_DONE
