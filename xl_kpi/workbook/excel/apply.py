"""Changes into HR's open workbook: all of them, or none."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from xl_kpi.problems import Problem, Refusal
from xl_kpi.workbook.changes import ROUNDED, SWITCH_OFF, Changes
from xl_kpi.workbook.excel import undo
from xl_kpi.workbook.excel.fill import fill
from xl_kpi.workbook.excel.names import is_own
from xl_kpi.workbook.excel.paint import paint
from xl_kpi.workbook.excel.protected import refuse_protected
from xl_kpi.workbook.excel.quiet import Quiet
from xl_kpi.workbook.excel.values import Calls, to_values
from xl_kpi.workbook.tabs import place_of

if TYPE_CHECKING:
    import xlwings as xw


def apply(book: xw.Book, changes: Changes, quiet: Quiet, what: str | None) -> list[str]:
    """Apply the changes; what they overwrite is kept for 撤销上次生成 under the name ``what`` (None: it is not, and
    what the last run overwrote stays kept).  Gives the sheets whose pages could not be set up (no printer): whatever is
    in the cells is right all the same.

    Raises Refusal, before anything changes, for protected sheets and a workbook that calculates with what it shows.
    When Excel fails half-way everything is put back and the error goes on.
    """
    unset: list[str] = []
    if not changes:
        return unset
    _refuse_rounded(book)
    refuse_protected(book, [*changes.renamed, *(f.sheet for f in changes.filled), *(s.name for s in changes.sheets)])
    active = book.sheets.active
    quiet.say("正在保留将被改写的内容……")
    record = undo.keep(book, changes, what or "")
    try:
        for old, new in changes.renamed.items():
            book.sheets[old].name = new
        for filled in changes.filled:
            quiet.say(f"正在填写 {filled.sheet}……")
            if not fill(book.sheets[filled.sheet], filled):
                unset.append(filled.sheet)
        for number, result in enumerate(changes.sheets, 1):
            quiet.say(f"正在写 {result.name}（{number}/{len(changes.sheets)}）……")
            if not paint(_place(book, result.name), result):
                unset.append(result.name)
        for name, hidden in changes.hidden.items():
            book.sheets[name].visible = not hidden
        if what is None:
            undo.drop(book, record)
        else:
            undo.seal(book, record)
    except BaseException:
        with contextlib.suppress(Exception):
            undo.bring_back(book, record)
        raise
    if active.name not in changes.hidden:
        active.activate()
    return unset


def formulas_to_values(book: xw.Book, found: list[Calls], what: str) -> None:
    """Put values in the place of formulas, to be undone under the name ``what``.

    Raises Refusal, before anything changes, for protected sheets; when Excel fails half-way everything is put back and
    the error goes on.
    """
    refuse_protected(book, [one.sheet for one in found])
    record = undo.keep_formulas(book, found, what)
    try:
        to_values(book, found)
        undo.seal(book, record)
    except BaseException:
        with contextlib.suppress(Exception):
            undo.bring_back(book, record)
        raise


def _refuse_rounded(book: xw.Book) -> None:
    """The formulas of a 工资表 would give other fen."""
    if book.api.PrecisionAsDisplayed:
        raise Refusal([Problem("error", f"工作簿 {book.name} {ROUNDED}", SWITCH_OFF)])


def _place(book: xw.Book, name: str) -> xw.Sheet:
    """The sheet of that name, or a new one in its place among those that HR sees."""
    sheets = [sheet for sheet in book.sheets if not is_own(sheet.name)]
    for sheet in sheets:
        if sheet.name.lower() == name.lower():
            return sheet
    at = place_of([sheet.name for sheet in sheets], name)
    return book.sheets.add(name, before=sheets[at]) if at < len(sheets) else book.sheets.add(name, after=sheets[-1])
