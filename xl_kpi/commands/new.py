"""``xl-kpi new``: an empty standard workbook."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.actions.new import new_book
from xl_kpi.exits import EXIT_DONE


def new(arguments: argparse.Namespace) -> int:
    old = Path(arguments.old) if arguments.old else None
    for text in new_book(Path(arguments.book), arguments.policy, arguments.year, old):
        print(text)
    return EXIT_DONE
