"""The sheet 评分名单: who is asked to rate anonymously, and who has answered: a list of its own, which does not know
what anybody answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from xl_kpi.hand.choices import YES_NO, codes, key
from xl_kpi.hand.days import read_any
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.model import Column
from xl_kpi.problems import Problem
from xl_kpi.tables.cells import written
from xl_kpi.tables.headings import find_headings, find_sheets, not_one_sheet
from xl_kpi.tables.merged import Merged
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.grid import address

SHEET = "评分名单"
YES = codes(YES_NO, {})
COLUMNS = [
    Column(name="period", heading="期间", type="text", required=True, fill="评的是哪一期，如 2016Q4"),
    Column(name="rater", heading="评分人", type="text", required=True, fill="哪一类，与评分的表里的写法相同，如 客户"),
    Column(name="name", heading="姓名", type="text", required=True, fill="请谁评"),
    Column(name="answered", heading="已交", type="choice", choices=["是", "否"], optional=True,
           fill="交回了的写是；只看交了没有，不要记哪一份是谁的"),
]


@dataclass
class Invited:
    """Those asked of one period: role → name → has answered."""

    people: dict[str, dict[str, bool]] = field(default_factory=dict)
    sheet: str = SHEET
    problems: list[Problem] = field(default_factory=list)


def read_invited(book: Book, period: AnyPeriod) -> Invited:
    """The list of a workbook for a period; none where there is no such sheet."""
    found = Invited()
    sheets = find_sheets(book, SHEET)
    if len(sheets) > 1:
        found.problems.append(not_one_sheet(book, SHEET, sheets))
    if len(sheets) != 1:
        return found
    sheet, merged = sheets[0], Merged(sheets[0])
    found.sheet = sheet.name
    at = (headings := find_headings(sheet, COLUMNS)).at
    for row in range(headings.row + 1, len(sheet.rows)) if headings.row >= 0 else ():
        cells = {name: merged.shown(row, place) for name, place in at.items()}
        if any(is_blank(cells[name]) for name in ("period", "rater", "name")):
            continue
        try:
            when = read_any(cells["period"])
        except ValueError as error:
            found.problems.append(Problem("error", f"「期间」{error}", "写成 2016Q4、2016-12 的样子", sheet.name,
                                          address(row, at["period"])))
            continue
        role, name = (squeezed(written(cells[one])) for one in ("rater", "name"))
        if when != period:
            continue
        if name in found.people.setdefault(role, {}):
            found.problems.append(Problem("error", f"{role} {name} 写了两行", "只留一行；同名的写得有分别", sheet.name,
                                          address(row, at["name"])))
            continue
        answered = cells.get("answered")
        found.people[role][name] = not is_blank(answered) and YES.get(key(written(answered))) == 0
    return found
