"""核算依据: how each amount came about, one row a step, with the clause."""

from __future__ import annotations

from xl_kpi.results import BASIS, Result
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet

HEADINGS = ["工号", "姓名", "项目", "结果", "怎么算的", "条款"]
ONE_LINE = 20
WIDTHS = [10.0, 12.0, 14.0, 13.0, 82.0, 22.0]


def basis(result: Result) -> ResultSheet:
    """Every step of every person, 工号 and 姓名 repeated so that the filter works."""
    sheet = ResultSheet(result.output.beside(BASIS, result.period), list(WIDTHS))
    layout.add_title(sheet, result, layout.beside(result, BASIS))
    heading = sheet.add(HEADINGS, ("heading",) * len(HEADINGS), 24)
    types = {c.heading: c.type for c in result.columns}
    looks: list[dict[str, tuple[str, ...]]] = [
        {k: ("text", "text", "text", k, "note", "note") for k in ("text", "note", "int", "money", "score", "percent")},
    ]
    looks.append({k: tuple(f"{name}/alt" for name in names) for k, names in looks[0].items()})
    rows = sheet.rows
    for n, line in enumerate(result.lines):
        person, name, look = line.get("工号"), line.get("姓名"), looks[n % 2]
        for step in result.steps.get(str(person), ()):
            kind = layout.value_kind(step.value, types.get(step.heading))
            values = [person, name, step.heading, layout.shown(step.value), step.sentence, step.clause]
            height = layout.row_height(values, WIDTHS, range(1, 6), ONE_LINE)
            # a row of one line needs no height of its own: there are a dozen a person
            sheet.add(values, look[kind], height if height > ONE_LINE else None)
    sheet.freeze = (heading + 1, 2)
    sheet.autofilter = (heading, 0, max(heading, len(rows) - 1), len(HEADINGS) - 1)
    sheet.page = Page(repeat_rows=(heading, heading), footer=result.policy_title)
    return sheet
