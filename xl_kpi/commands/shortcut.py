"""``xl-kpi install-shortcut``: the file on the desktop that takes a dropped workbook (see ``drop``)."""

from __future__ import annotations

import argparse

from xl_kpi.addin import machine
from xl_kpi.addin.shortcut import put
from xl_kpi.exits import EXIT_DONE


def install_shortcut(arguments: argparse.Namespace) -> int:
    here = machine.this_machine()
    print(f"桌面上已放好“{put(here).name}”：把工作簿拖到它上面就开始。")
    return EXIT_DONE
