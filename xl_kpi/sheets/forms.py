"""The 附表 of a review: who was reviewed, what came out, and blanks that people fill in."""

from __future__ import annotations

from collections.abc import Sequence

from xl_kpi.policy.compiled import Table
from xl_kpi.results import Result, ResultColumn
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet

PERIOD_HEADINGS = ("月份", "季度", "半年", "年度", "期间")      # of the columns that say of when a row is
BLANK_WIDTH = 12.0


def form(result: Result, sheet_name: str, headings: Sequence[str], ids: Sequence[str], of: Table | None = None,
         ) -> ResultSheet:
    """One form sheet: a row for each of ``ids`` in the result's order.  ``of``: the input table that it is.

    A heading that the result knows is filled; a heading of the period gets the period; any other is left blank
    and coloured, for HR to fill in.  It is signed above the headings: the next quarter's rows go on below.
    """
    wanted = set(ids)
    known = {c.heading: c for c in result.columns}
    lines = [line for line in result.lines if str(line.get("工号")) in wanted]
    columns, kinds = [], []
    for h in headings:
        if h in PERIOD_HEADINGS and h not in known:
            columns.append(ResultColumn(h, "text"))
            kinds.append("text")
        elif h in known or any(h in line for line in lines):
            columns.append(known.get(h, ResultColumn(h, "text")))
            kinds += layout.kinds(columns[-1:], lines)
        else:
            columns.append(ResultColumn(h, "text"))
            kinds.append("input")
    table = [[result.period if h in PERIOD_HEADINGS and h not in known else layout.shown(line.get(h))
              for h in headings] for line in lines]
    by_column = [list(v) for v in zip(*table, strict=True)] or [[] for _ in headings]
    widths = [max(BLANK_WIDTH, layout.column_width(c, v)) for c, v in zip(columns, by_column, strict=True)]
    sheet = ResultSheet(sheet_name, widths)
    name = of.title if of and of.title else sheet_name.replace("_", "　")
    sheet.add_line(f"{result.company}{layout.titled(result.period, name)}", "title", 32)
    layout.add_ends(sheet, f"部门：{result.department}" if result.department else f"制度：{result.policy_title}",
                    f"人数：{len(lines)}")
    if of and of.signed:
        layout.add_wrapped(sheet, f"{of.form}　填表说明：{of.fill}", "wrapped")
        layout.add_wrapped(sheet, of.signed, "foot")
    heading = sheet.add(list(headings), ("heading",) * len(headings), layout.heading_height(headings, widths))
    looks = [tuple(kinds), tuple(k if k == "input" else f"{k}/alt" for k in kinds)]
    for n, values in enumerate(table):
        sheet.add(values, looks[n % 2], layout.row_height(values, widths, range(len(values)), 22))
    sheet.freeze = (heading + 1, 0)
    sheet.page = Page(repeat_rows=(heading, heading), footer=result.policy_title)
    return sheet
