"""What HR has protected is not written to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xl_kpi.problems import Problem, Refusal

if TYPE_CHECKING:
    import xlwings as xw


def refuse_protected(book: xw.Book, sheets: Iterable[str]) -> None:
    """Refuse, for changes to these sheets, what Excel would refuse half-way.  Raises Refusal."""
    problems = []
    names = {sheet.name.lower(): sheet for sheet in book.sheets}
    if book.api.ReadOnly:
        problems.append(Problem("error", f"工作簿 {book.name} 是以只读方式打开的", "关闭后重新打开，或另存一份再试"))
    if book.api.ProtectStructure:
        problems.append(Problem("error", f"工作簿 {book.name} 的结构受保护，不能增加、隐藏或显示工作表",
                                "在“审阅”里取消“保护工作簿”后再试"))
    for name in dict.fromkeys(sheets):
        sheet = names.get(name.lower())
        if sheet is not None and sheet.api.ProtectContents:
            problems.append(Problem("error", f"工作表“{sheet.name}”受保护，写不进去",
                                    "在“审阅”里撤消工作表保护后再试", sheet.name))
    if problems:
        raise Refusal(problems)
