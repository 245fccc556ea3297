"""``xl-kpi explain``: how one person's amounts came about."""

from __future__ import annotations

import argparse

from xl_kpi import job
from xl_kpi.commands.inputs import period_asked, person_of, target_asked
from xl_kpi.exits import EXIT_DONE
from xl_kpi.job import shown
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import REFUSED


def explain(arguments: argparse.Namespace) -> int:
    period_asked(arguments)
    opened = Opened.file(arguments.book)
    target = target_asked(arguments, opened)
    result = job.result(opened.parameters, opened.tables, target.output, target.period, draft=True)
    person = person_of(arguments.id, opened)
    line = next((line for line in result.lines if line["工号"] == person), None)
    mine = [p for p in result.problems if p.person in (person, "") and p.level == "error"]
    if line is None:
        known = person in opened.names
        when = "月份" if target.period.grain == "month" else "期间"
        absent = f"{person} {opened.names.get(person)} 在 {target.period} 不在册，没有{target.naming.what}"
        raise Refusal([Problem("error", absent if known else f"花名册里没有工号 {person}，也没有叫这个名字的人",
                               f"核对工号（姓名）和{when}", person=person), *mine])
    if any(value is REFUSED for value in line.values()):
        raise Refusal(mine or [p for p in result.problems if p.level == "error"])
    kinds = {column.heading: column.type for column in result.columns}
    print(f"{person} {opened.names[person]}　{target.name}{target.period.label}　{opened.policy.title}")
    for step in result.steps[person]:
        print(f"{step.heading}：{shown(step.value, kinds[step.heading])}")
        print(f"    {step.sentence}（{step.clause}）")
    for owner, text in result.marks:
        if owner == person:
            print(f"备注：{text}")
    for notice in result.notices:
        print(notice)
    return EXIT_DONE
