"""体检: everything found in the data, the worst first, with the place and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xl_kpi.problems import LEVELS, Problem
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet

HEADINGS = ["级别", "工作表", "位置", "工号", "姓名", "问题", "怎么办"]
WIDTHS = [7.0, 20.0, 10.0, 10.0, 12.0, 58.0, 46.0]


def findings(problems: Sequence[Problem], names: Mapping[str, str], period: str = "",
             linked: Collection[str] = ()) -> ResultSheet:
    """The sheet 体检.  ``names``: 工号 → 姓名; ``linked``: the sheets of the same book, whose places become links."""
    sheet = ResultSheet("体检", list(WIDTHS))
    sheet.add_line(f"{layout.period_title(period)}体检", "title", 32)
    counts = {level: sum(p.level == level for p in problems) for level in LEVELS}
    sheet.add_line("　　".join(f"{LEVELS[level]} {n} 条" for level, n in counts.items())
                   + ("" if counts["error"] else "　　没有错误，可以核算。"), "small", 18)
    heading = sheet.add(HEADINGS, ("heading",) * len(HEADINGS), 24)
    order = list(LEVELS)
    for p in sorted(problems, key=lambda p: order.index(p.level)):
        link = bool(p.sheet) and p.sheet in linked
        values = [LEVELS[p.level], p.sheet, p.cell, p.person, names.get(p.person, ""), p.text, p.do]
        row = sheet.add(
            values, (p.level, "text", "link" if link and p.cell else "text", "text", "text", "note", "note"),
            layout.row_height(values, WIDTHS, range(len(values)), 22),
        )
        if link and p.cell:
            sheet.links[row, 2] = (p.sheet, p.cell)
    if not problems:
        sheet.add_line("没有发现问题。", "foot", 24)
    else:
        sheet.autofilter = (heading, 0, len(sheet.rows) - 1, len(HEADINGS) - 1)
    sheet.freeze = (heading + 1, 0)
    sheet.page = Page(repeat_rows=(heading, heading), footer="体检")
    return sheet
