"""``xl-kpi explain``: how one person's amounts came about."""

from __future__ import annotations

import argparse

from xl_kpi import job
from xl_kpi.commands.inputs import month_of, person_of
from xl_kpi.exits import EXIT_DONE
from xl_kpi.job import shown
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import REFUSED


def explain(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month)
    opened = Opened.file(arguments.book)
    result = job.payroll(opened.parameters, opened.tables, month, draft=True)
    person = person_of(arguments.id, opened)
    line = next((line for line in result.lines if line["工号"] == person), None)
    mine = [p for p in result.problems if p.person in (person, "") and p.level == "error"]
    if line is None:
        known = person in opened.names
        raise Refusal([Problem("error", f"{person} {opened.names[person]} 在 {month} 不在册，没有工资" if known
                               else f"花名册里没有工号 {person}，也没有叫这个名字的人",
                               "核对工号（姓名）和月份", person=person), *mine])
    if any(value is REFUSED for value in line.values()):
        raise Refusal(mine or [p for p in result.problems if p.level == "error"])
    kinds = {column.heading: column.type for column in result.columns}
    print(f"{person} {opened.names[person]}　{month.label}　{opened.policy.title}")
    for step in result.steps[person]:
        print(f"{step.heading}：{shown(step.value, kinds[step.heading])}")
        print(f"    {step.sentence}（{step.clause}）")
    for owner, text in result.marks:
        if owner == person:
            print(f"备注：{text}")
    for notice in result.notices:
        print(notice)
    return EXIT_DONE
