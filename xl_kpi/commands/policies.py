"""``xl-kpi policies`` and ``xl-kpi policy``."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.commands.say import say_json, say_table
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.policy.describe import as_json, as_text
from xl_kpi.policy.load import ids, load, load_file
from xl_kpi.rules.base import PolicyError


def policies(arguments: argparse.Namespace) -> int:
    found = [load(one) for one in ids()]
    if arguments.json:
        say_json({"policies": [{"id": p.id, "title": p.title, "document": p.document,
                                "in_force": str(p.in_force) if p.in_force else None,
                                "first_month": p.first_month or None, "review": p.review is not None} for p in found]})
    else:
        say_table(["编号", "制度", "起"], [[p.id, p.title, p.first_month] for p in found])
    return EXIT_DONE


def policy(arguments: argparse.Namespace) -> int:
    """A policy in full; of a page of one's own whether it is in order, and if not all that is wrong."""
    if arguments.id.lower().endswith(".md"):
        try:
            found = load_file(Path(arguments.id))
        except PolicyError as error:
            print(error)
            print(f"\n{Path(arguments.id).name} 有 {len(str(error).splitlines())} 处要改。")
            return EXIT_REFUSED
    else:
        found = load(arguments.id)
    if arguments.json:
        say_json(as_json(found))
    else:
        print("\n".join(as_text(found)))
    return EXIT_DONE
