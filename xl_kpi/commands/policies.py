"""``xl-kpi policies`` and ``xl-kpi policy``."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.commands.say import say_json, say_table
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.policy.describe import as_json, as_text
from xl_kpi.policy.load import MORE, ids, load, load_file
from xl_kpi.policy.overview import COMPUTES, asks, computes, results
from xl_kpi.rules.base import PolicyError


def policies(arguments: argparse.Namespace) -> int:
    """All that come with the program, by what they compute, and how much each still asks of the company."""
    found = [load(one) for one in ids()]
    if arguments.json:
        say_json({"policies": [{"id": p.id, "title": p.title, "document": p.document,
                                "in_force": str(p.in_force) if p.in_force else None,
                                "first_month": p.first_month or None, "review": p.review is not None,
                                "computes": computes(p), "results": results(p), "missing": asks(p)} for p in found]})
        return EXIT_DONE
    for n, kind in enumerate(COMPUTES):
        if of_kind := [p for p in found if computes(p) == kind]:
            print(("\n" if n else "") + f"算到{kind}：")
            say_table(["编号", "制度", "起", "要公司填的"],
                      [[p.id, p.title, p.first_month, f"{len(asks(p))} 项参数" if asks(p) else ""] for p in of_kind])
    print("\n要填哪些、有哪些读法：xl-kpi policy 编号；照一份制度新建工作簿：xl-kpi new 工作簿.xlsx --policy 编号")
    return EXIT_DONE


def policy(arguments: argparse.Namespace) -> int:
    """A policy in full; of a page of one's own whether it is in order, and if not all that is wrong."""
    if arguments.id.lower().endswith(".md"):
        try:
            found = load_file(Path(arguments.id))
        except PolicyError as error:
            print(error)
            lines = str(error).splitlines()
            more = lines[-1] == MORE
            print(f"\n{Path(arguments.id).name} {'至少' if more else ''}有 {len(lines) - more} 处要改。")
            return EXIT_REFUSED
    else:
        found = load(arguments.id)
    if arguments.json:
        say_json(as_json(found))
    else:
        print("\n".join(as_text(found)))
    return EXIT_DONE
