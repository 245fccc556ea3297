"""``xl-kpi compare``: who would get what if a reading, a parameter or the policy were another one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from xl_kpi.actions.compare import WHAT, Compared
from xl_kpi.actions.compare import compare as compared
from xl_kpi.commands.inputs import target_asked
from xl_kpi.commands.say import json_value, say_json, say_table
from xl_kpi.exits import EXIT_DONE
from xl_kpi.job import shown
from xl_kpi.opened import Opened
from xl_kpi.problems import UsageError


def compare(arguments: argparse.Namespace) -> int:
    out = _out(arguments)
    opened = Opened.file(arguments.book)
    target = target_asked(arguments, opened)
    found = compared(opened, target, arguments.others, arguments.of or "")
    if arguments.json:
        say_json(_json(found))
        return EXIT_DONE
    if out is not None:
        from xl_kpi.workbook.render_xlsx import write

        write(out, [found.sheet()])
    _say(found)
    if out is not None:
        print(f"\n已写入 {out}")
    return EXIT_DONE


def _out(arguments: argparse.Namespace) -> Path | None:
    """A new workbook of its own.  Raises UsageError."""
    if not arguments.out:
        return None
    path = Path(arguments.out)
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"-o：文件名要以 .xlsx 结尾，给的是 {path.name}")
    if path.exists():
        raise UsageError(f"-o：{path} 已经有了，没有动它；换一个文件名")
    return path


def _json(found: Compared) -> dict[str, Any]:
    kind = found.total.type

    def values(now: Any, then: Any) -> dict[str, Any]:
        delta = (then or 0) - (now or 0)
        return {"now": json_value(now, kind) if now is not None else None,
                "then": json_value(then, kind) if then is not None else None, "difference": json_value(delta, kind)}

    differing = found.differing()
    return {"output": found.now.output.name, "period": found.now.period, "policy": found.now.policy,
            "with": {"policy": found.then.policy, "what": found.told}, "column": found.total.heading,
            "lines": [{"工号": change.person, "姓名": change.name, **values(change.then, change.now),
                       "changes": {column.heading: [None if one is None else json_value(one, column.type)
                                                    for one in (now, then)]
                                   for column, now, then in differing.get(change.person, ())}}
                      for change in found.people],
            "teams": [{"team": team, **values(now, then)} for team, now, then in found.teams()],
            "totals": values(*found.sums()) if found.total.total else {},
            "problems": [p.as_json() for p in found.then.problems]}


def _say(found: Compared) -> None:
    """Everybody whose amount differs, each team, all."""
    kind, differing = found.total.type, found.differing()
    print(f"{found.now.output.title} {found.now.period} {WHAT}　换成：{found.told}")

    def line(name: list[str], now: Any, then: Any) -> list[str]:
        delta = (then or 0) - (now or 0)
        sign = "+" if delta > 0 else ""
        return [*name, *("—" if one is None else shown(one, kind) for one in (now, then)), sign + shown(delta, kind)]

    def why(person: str) -> str:
        return "；".join(f"{column.heading} {shown(now, column.type) or '无'} → {shown(then, column.type) or '无'}"
                        for column, now, then in differing[person] if column.heading != found.total.heading)

    if differing:
        say_table(["工号", "姓名", f"现在{found.total.heading}", "换成以后", "差额", "哪里不同"],
                  [[*line([change.person, change.name], change.then, change.now), why(change.person)]
                   for change in found.people if change.person in differing], {2, 3, 4})
    print(f"{len(found.people)} 人里 {len(differing)} 人不同" if differing else f"{len(found.people)} 人都一样")
    if found.total.total:
        print()
        say_table(["", "现在", "换成以后", "差额"],
                  [line([team], now, then) for team, now, then in [*found.teams(), ("合计", *found.sums())]], {1, 2, 3})
