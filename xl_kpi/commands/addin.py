"""``xl-kpi addin build / install / remove / status``."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.addin import install, machine
from xl_kpi.exits import EXIT_DONE
from xl_kpi.problems import UsageError


def addin(arguments: argparse.Namespace) -> int:
    if arguments.action == "build":
        return _build(Path(arguments.out))
    action = {"install": install.install, "remove": install.remove, "status": install.status}[arguments.action]
    for line in action(machine.this_machine()):
        print(line)
    return EXIT_DONE


def _build(path: Path) -> int:
    from xl_kpi.addin.build import write

    if path.suffix.lower() != ".xlam":
        raise UsageError(f"-o：加载项要以 .xlam 结尾，给的是 {path.name}")
    print(f"已写入 {write(path)}")
    return EXIT_DONE
