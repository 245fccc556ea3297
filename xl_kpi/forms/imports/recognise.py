"""Which tables of an export there are, and which of them count."""

from __future__ import annotations

from xl_kpi.forms.imports import across, blocks, daily
from xl_kpi.forms.imports.grid import grid
from xl_kpi.forms.imports.model import Export
from xl_kpi.period import Month
from xl_kpi.problems import Problem, Refusal
from xl_kpi.workbook.book import Book, Sheet

KINDS = "钉钉月度汇总、钉钉每日统计、企业微信月报、打卡明细、刷卡记录表、考勤表（画勾的）"


def exports(book: Book, month: Month, people: frozenset[str] = frozenset()) -> list[Export]:
    """The tables of a file that count: of several of one system that say the same (月度汇总, 每日统计, 打卡时间,
    原始记录) the one that says most.  ``people``: names of the roster.  Raises Refusal where there is none."""
    name = book.path.name
    found: list[tuple[int, Export]] = []
    problems: list[Problem] = []
    for sheet in book.sheets:
        if not sheet.rows:
            continue
        try:
            one = _read(name, sheet, month, people)
        except Refusal as refusal:
            problems += refusal.problems
            continue
        if one is not None and one[1].people:
            found.append(one)
    if not found:
        raise Refusal(problems or [Problem(
            "error", f"{name} 里没有认得出的考勤导出",
            f"能读的有：{KINDS}；表头里要有姓名（或工号）和每天、每次打卡或各项合计")])
    mine = [(rank, one) for rank, one in found if one.first is None or one.last is None or (
        one.first <= month.last_day and month.first_day <= one.last)]
    best = min(rank for rank, _ in mine or found)
    return [one for rank, one in mine or found if rank == best]     # a sheet a month: the others are not meant


def _read(name: str, sheet: Sheet, month: Month, people: frozenset[str]) -> tuple[int, Export] | None:
    """(how much less it says than the best, the table)."""
    table = grid(name, sheet, people)
    if table is not None and across.is_across(table):
        one = across.read(table, month)
        return (4 if one.punches else 0 if one.system else 1), one
    if table is not None and daily.is_daily(table):
        one = daily.read(table, month)
        return (2 if one.system else 5), one
    block = blocks.read(name, sheet, month)
    return None if block is None else (3, block)
