"""整理: the result sheets of what is closed hidden, or shown again; nothing else changes."""

from __future__ import annotations

import re

from xl_kpi.actions.outcome import Outcome
from xl_kpi.opened import Opened
from xl_kpi.problems import Advice, Problem, Refusal
from xl_kpi.results import DRAFT
from xl_kpi.target import Target, on_sheet
from xl_kpi.workbook.changes import Changes

_KEPT = re.compile(r"_旧\d+$")         # sheets that were kept are among them: 工资表_2016-11_旧1


def tidy(opened: Opened, show: bool = False) -> Outcome:
    """Raises Refusal when no sheet would be left to be seen."""
    found = {sheet.name: (target, sheet) for sheet in opened.book.sheets
             if (target := _made(opened, sheet.name)) and opened.is_closed(target)}
    changing = [name for name, (_, sheet) in found.items() if sheet.hidden is show]
    if not show and all(sheet.hidden or sheet.name in changing for sheet in opened.book.sheets):
        raise Refusal([Problem("error", "隐藏以后就没有看得见的工作表了", "先显示一张别的工作表，如“参数”")])
    outcome = Outcome(Changes(hidden=dict.fromkeys(changing, not show)))
    targets = "、".join(sorted({str(found[name][0]) for name in changing}))
    nothing = not opened.ledger.standing and not opened.unrecorded
    what = "月份" if opened.policy.payroll else "结果"
    if nothing:
        outcome.said.append(f"还没有封存的{what}，没有可以整理的结果表")
    elif not changing:
        outcome.said.append(f"封存的{what}的结果表已经都{'显示' if show else '隐藏'}了")
    else:
        done = f"{'显示' if show else '隐藏'}了 {len(changing)} 张结果表（{targets}）"
        outcome.said.append(done if show else Advice(f"{done}；再要看时再“整理”一次", "tidy --show"))
    return outcome


def _made(opened: Opened, name: str) -> Target | None:
    """What a sheet was made for, if the program made it."""
    name = _KEPT.sub("", name)
    target = on_sheet(opened.policy, name)
    draft = target and target.naming.beside(DRAFT, str(target.period))
    return target if target and name in (*target.sheets, draft) else None


def tidied(opened: Opened) -> bool:
    """Is there nothing left to be hidden?"""
    return not tidy(opened).changes
