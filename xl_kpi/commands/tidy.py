"""``xl-kpi tidy``: the result sheets of closed months out of sight."""

from __future__ import annotations

import argparse

from xl_kpi.actions.tidy import tidy as hide
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE
from xl_kpi.opened import Opened


def tidy(arguments: argparse.Namespace) -> int:
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    finish(opened, hide(opened, arguments.show), arguments, "整理")
    return EXIT_DONE
