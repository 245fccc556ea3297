"""体检: everything found in the data, the worst first, a row a cell, with a link to the place and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from xl_kpi.problems import LEVELS, NOTHING_FOUND, Problem
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet

HEADINGS = ["级别", "工作表", "位置", "工号", "姓名", "问题", "怎么办"]
WIDTHS = [7.0, 20.0, 10.0, 10.0, 12.0, 58.0, 46.0]
SHEET, CELL = 1, 2
MOST_LINKS = 65_000     # Excel takes 65,530 on a sheet


def findings(problems: Sequence[Problem], names: Mapping[str, str], period: str = "",
             linked: Collection[str] = ()) -> ResultSheet:
    """The sheet 体检.

    ``names``: 工号 → 姓名.  ``linked``: the names of the sheets of the same book: a problem on one of them links to its
    cell, or to the top of the sheet when it is about no single cell.
    """
    sheet = ResultSheet("体检", list(WIDTHS))
    sheet.add_line(f"{layout.period_title(period)}体检", "title", 32)
    _add_counts(sheet, problems, any(p.sheet in linked for p in problems))
    heading = sheet.add(HEADINGS, ("heading",) * len(HEADINGS), 24)
    order = list(LEVELS)
    for p in sorted(problems, key=lambda p: order.index(p.level)):
        values = [LEVELS[p.level], p.sheet, p.cell, p.person, names.get(p.person, ""), p.text, p.do]
        styles = [p.level, "text", "text", "text", "text", "note", "note"]
        at = None
        if p.sheet and p.sheet in linked and len(sheet.links) < MOST_LINKS:
            at = CELL if p.cell else SHEET
            styles[at] = "link"
        row = sheet.add(values, tuple(styles), layout.row_height(values, WIDTHS, range(len(values)), 22))
        if at is not None:
            sheet.links[row, at] = (p.sheet, p.cell or "A1")
    if not problems:
        sheet.add_line(NOTHING_FOUND, "foot", 24)
    else:
        sheet.autofilter = (heading, 0, len(sheet.rows) - 1, len(HEADINGS) - 1)
    sheet.freeze = (heading + 1, 0)
    sheet.page = Page(repeat_rows=(heading, heading), footer="体检")
    return sheet


def _add_counts(sheet: ResultSheet, problems: Sequence[Problem], links: bool) -> None:
    """How many of each level, and on which sheets; how to get there."""
    counts: Counter[str] = Counter(p.level for p in problems)
    told = "　　".join(f"{text} {counts[level]} 条" for level, text in LEVELS.items())
    sheet.add_line(told + ("" if counts["error"] else "　　没有错误，可以核算。"), "count", 20)
    where = Counter(p.sheet for p in problems if p.sheet)
    if where:
        text = "各表：" + "、".join(f"{name} {n} 条" for name, n in where.items())
        if links:
            text += "。点带下划线的位置，跳到那一格；改好后再做一次体检。"
        sheet.add_line(text, "wrapped", 4 + 12 * layout.lines_needed(text, sum(WIDTHS)))
