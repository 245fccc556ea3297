"""整理: the result sheets of closed months hidden, or shown again; nothing else changes."""

from __future__ import annotations

import re

from xl_kpi.actions.outcome import Outcome
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.problems import Advice, Problem, Refusal
from xl_kpi.workbook.changes import Changes

# What the sheets of a month are called; those that were kept are among them (工资表_2016-11_旧1).
_OF_A_MONTH = re.compile(r"(?:工资表|工资条|核算依据|汇总|试算)_(\d{4}-\d{2})(?:_旧\d+)?")


def tidy(opened: Opened, show: bool = False) -> Outcome:
    """Raises Refusal when no sheet would be left to be seen."""
    closed = {str(month) for month in opened.closed}
    found = {sheet.name: sheet for sheet in opened.book.sheets
             if (of := _OF_A_MONTH.fullmatch(sheet.name)) and of[1] in closed}
    changing = [name for name, sheet in found.items() if sheet.hidden is show]
    if not show and all(sheet.hidden or sheet.name in changing for sheet in opened.book.sheets):
        raise Refusal([Problem("error", "隐藏以后就没有看得见的工作表了", "先显示一张别的工作表，如“参数”")])
    outcome = Outcome(Changes(hidden=dict.fromkeys(changing, not show)))
    months = "、".join(sorted({str(Month.parse(_OF_A_MONTH.fullmatch(name)[1])) for name in changing}))  # type: ignore[index]
    if not closed:
        outcome.said.append("还没有封存的月份，没有可以整理的结果表")
    elif not changing:
        outcome.said.append(f"封存的月份的结果表已经都{'显示' if show else '隐藏'}了")
    else:
        done = f"{'显示' if show else '隐藏'}了 {len(changing)} 张结果表（{months}）"
        outcome.said.append(done if show else Advice(f"{done}；再要看时再“整理”一次", "tidy --show"))
    return outcome


def tidied(opened: Opened) -> bool:
    """Is there nothing left to be hidden?"""
    return not tidy(opened).changes
