"""``xl-kpi card``: the rules that a workbook's sheets say, as a page."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.actions.card import page, written
from xl_kpi.exits import EXIT_DONE


def card(arguments: argparse.Namespace) -> int:
    """Write the page to a file, or print it."""
    book = Path(arguments.book)
    if not arguments.page:
        print(page(book), end="")
        return EXIT_DONE
    for line in written(book, Path(arguments.page)):
        print(line)
    return EXIT_DONE
