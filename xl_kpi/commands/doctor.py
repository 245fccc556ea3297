"""``xl-kpi doctor``: what stands in the add-in's way on this computer."""

from __future__ import annotations

import argparse

from xl_kpi.addin import machine
from xl_kpi.addin.doctor import FINE, SIGNS, examine
from xl_kpi.commands.say import say_json
from xl_kpi.exits import EXIT_DONE, EXIT_HOST


def doctor(arguments: argparse.Namespace) -> int:
    findings = examine(machine.this_machine())
    fine = not any(finding.state == "blocked" for finding in findings)
    if arguments.json:
        say_json({"ok": fine, "checks": [finding.as_json() for finding in findings]})
        return EXIT_DONE if fine else EXIT_HOST
    for finding in findings:
        print(f"{SIGNS[finding.state]} {finding.title}：{finding.found}")
        if finding.do:
            print(f"    怎么办：{finding.do}")
    print(FINE if fine else "有妨碍加载项的问题，请按上面“怎么办”处理后再运行 xl-kpi doctor。")
    return EXIT_DONE if fine else EXIT_HOST
