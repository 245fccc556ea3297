"""``xl-kpi try``: what a policy gives for one person, without a workbook."""

from __future__ import annotations

import argparse

from xl_kpi.commands.inputs import period_asked, this_month
from xl_kpi.commands.say import json_value, say_json, say_problems
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.job import shown
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import load, load_file
from xl_kpi.target import output_of
from xl_kpi.trial import Tried, tried


def try_(arguments: argparse.Namespace) -> int:
    policy = load_file(arguments.id) if arguments.id.lower().endswith(".md") else load(arguments.id)
    output = output_of(policy, arguments.of) if arguments.of else None
    found = tried(policy, arguments.values, period_asked(arguments) or this_month(policy), output)
    if arguments.json:
        say_json({"policy": policy.id, "outputs": _outputs(found), "missing": list(found.missing),
                  "problems": [p.as_json() for p in found.problems]})
    else:
        _say(policy, found)
    lacking = found.missing or found.problems
    return EXIT_REFUSED if lacking and not any(found.values.values()) else EXIT_DONE


def _outputs(found: Tried) -> dict[str, object]:
    """By heading; a heading of several results that differ in it is written 结果.列."""
    outputs: dict[str, object] = {}
    for name, values in found.values.items():
        for heading, (value, kind) in values.items():
            told = json_value(value, kind)
            key = heading if outputs.get(heading, told) == told else f"{name}.{heading}"
            outputs[key] = told
    return outputs


def _say(policy: Policy, found: Tried) -> None:
    print(f"《{policy.title}》试算一个人")
    for name, values in found.values.items():
        print(f"\n{name}　{found.periods[name].label}")
        steps = {step.heading: step for step in found.steps[name]}
        for heading, (value, kind) in values.items():
            print(f"{heading}：{shown(value, kind)}")
            if step := steps.get(heading):
                print(f"    {step.sentence}（{step.clause}）")
        if not values:
            print("  还算不出来" if found.missing or found.problems else "  都不适用，是空白")
    if found.missing:
        print(f"\n还缺：{'、'.join(found.missing)}")
    if found.problems:
        print()
        say_problems(found.problems)
