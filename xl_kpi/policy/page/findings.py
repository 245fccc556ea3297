"""What is said about people: refusals, checks, marks."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.page import results, tree
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import write
from xl_kpi.policy.page.words import LEVELS


def declare(x: Context, s: tree.RefusalStatement) -> None:
    """Make a refusal known by its name."""
    x.new(s, x.refusals)
    x.refusals.add(str(s.name))


def refusal(x: Context, s: tree.RefusalStatement) -> None:
    name = str(s.name)
    one = x.raw["refusals"][name] = {"text": str(s.text).strip(), "do": s.do, "clause": s.block.clause()}
    if s.command:
        one["command"] = s.command
    x.where[f"refusals.{name}"] = s.block.place(4)
    if s.at:
        one["column"] = x.pointer(s.block, s.at)


def check(x: Context, s: tree.CheckStatement) -> None:
    block, said = s.block, s.said
    scope = x.scope(block)
    one: dict[str, Any] = {"when": write(said.when, scope), "text": x.filled(block, said.text), "do": said.do,
                           "clause": block.clause()}
    if said.level != "警告":
        one["level"] = LEVELS[said.level]
    if s.output is not None:
        one["outputs"] = [results.named(x, block, s.output)]
    if s.once == "一次":
        one["once"] = True
    elif s.once:
        one["once_by"] = x.input(block, s.once[1:-2], 4).engine
    if said.at:
        one["column"] = x.pointer(block, said.at)
    x.raw["checks"].append(one)
    x.where[f"checks[第 {len(x.raw['checks'])} 项]"] = block.place(4)


def mark(x: Context, s: tree.MarkStatement) -> None:
    job = results.named(x, s.block, s.output) if s.output is not None else next(iter(x.outputs), "")
    if job not in x.raw.get("outputs", {}):         # what is wrong with it is told already
        return
    marks = x.raw["outputs"][job]["marks"]
    marks.append({"when": write(s.when, x.scope(s.block)), "text": x.filled(s.block, s.text),
                  "clause": s.block.clause()})
    x.where[f"outputs.{job}.marks[第 {len(marks)} 项]"] = s.block.place(4)
