"""工资条: the headings above each person's line, below it the amount in words, a dashed line to cut along between;
no slip falls on two pages."""

from __future__ import annotations

from xl_kpi.hand.days import read_any
from xl_kpi.results import Result, ResultColumn
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet

ABOVE_CUT, BELOW_CUT = 9.0, 9.0
WORDS = 16.0            # height of the amount in words


def slips(result: Result) -> ResultSheet:
    """The slips of everybody.  Values only: a slip is a copy that is cut off and handed out."""
    naming = result.output
    when = ResultColumn("月份" if read_any(result.period).grain == "month" else "期间", "text")
    columns = [when, *result.columns]
    table = [[result.period, *row] for row in layout.cells(result)]
    by_column = [list(v) for v in zip(*table, strict=True)] or [[] for _ in columns]
    widths = [layout.column_width(c, v) for c, v in zip(columns, by_column, strict=True)]
    headings = [c.heading for c in columns]
    kinds = tuple(layout.kinds(columns, [{when.heading: result.period}, *result.lines]))
    heads = tuple(map(layout.heading_style, columns))
    head_height = layout.heading_height(headings, widths)
    wrapped = [i for i, k in enumerate(kinds) if k in ("text", "note")]
    words = layout.in_words(result)
    cut = ((None,) * len(columns), ("cut",) * len(columns))

    sheet = ResultSheet(naming.beside(naming.slip, result.period), widths,
                        page=Page(footer=f"{naming.slip} {result.period}"),
                        folded=layout.empty_columns(columns, by_column))
    room = layout.page_room(sheet)

    used = 0.0
    for n, values in enumerate(table):
        height = layout.row_height(values, widths, wrapped, 24)
        slip = head_height + height + (WORDS if words else 0) + ABOVE_CUT + BELOW_CUT
        if used + slip > room:
            sheet.page.breaks.append(len(sheet.rows))
            used = 0.0
        used += slip
        sheet.add(headings, heads, head_height)
        sheet.add(values, kinds, height)
        if words:
            sheet.add([words[n]], ("small",), WORDS)       # it runs over the blank cells beside it
        if n < len(table) - 1:
            sheet.add(*cut, height=ABOVE_CUT)
            sheet.add(height=BELOW_CUT)
    return sheet
