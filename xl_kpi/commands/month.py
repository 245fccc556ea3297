"""``xl-kpi month``: 新建月份."""

from __future__ import annotations

import argparse

from xl_kpi.actions.month import new_month
from xl_kpi.commands.inputs import month_of
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE
from xl_kpi.opened import Opened


def month(arguments: argparse.Namespace) -> int:
    wanted = month_of(arguments.month)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    finish(opened, new_month(opened, wanted), arguments, f"新建 {wanted}")
    return EXIT_DONE
