"""A slip for one person (工资条), on a page of its own: the line of the sheet, the amount in 大写, how it came."""

from __future__ import annotations

from typing import Any

from xl_kpi.results import Result, ResultColumn
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet, Value

ACROSS = 6              # headings side by side
WIDTHS = [13.6] * (ACROSS - 1) + [19.0]     # the last is wider: clauses stand in it
LEAST_SCALE = 0.75      # a slip that would have to be made smaller than that to be on one page takes two


def slip(result: Result, line: dict[str, Any]) -> ResultSheet:
    """The slip of the person of ``line``: nothing of anybody else, values only.

    What does not apply to the person is left out, and so is an item that only others have this month.
    """
    person = str(line.get("工号"))
    steps = result.steps.get(person, [])
    explained = {step.heading for step in steps}
    columns = [c for c in result.columns
               if line.get(c.heading) not in (None, "")
               and (not c.part or line[c.heading] or c.heading in explained)]
    naming = result.output
    sheet = ResultSheet(naming.slip, list(WIDTHS), page=Page(landscape=False, footer=f"{naming.slip} {result.period}"))
    layout.add_title(sheet, result, naming.slip if naming.plain else f"{naming.title}{naming.slip}",
                     f"单位：{naming.unit}" if naming.unit else "")
    _add_values(sheet, columns, line)
    if (total := layout.paid_out(result)) is not None:
        sheet.add(height=6)
        unit = f" {naming.unit}" if naming.unit else ""
        sheet.add_line(f"{total.heading} {layout.shown_amount(line.get(total.heading))}{unit}", "section", 24)
        layout.add_wrapped(sheet, layout.words(total, line.get(total.heading)), "foot")
    _add_steps(sheet, result, steps)
    sheet.page.one_page = _fits_one_page(sheet)
    return sheet


def _fits_one_page(sheet: ResultSheet) -> bool:
    return sum(row.height or layout.DEFAULT_HEIGHT for row in sheet.rows) <= layout.page_room(sheet) / LEAST_SCALE


def _add_values(sheet: ResultSheet, columns: list[ResultColumn], line: dict[str, Any]) -> None:
    """Headings above values, some side by side; what is a longer text has a row to itself."""
    kinds = dict(zip((c.heading for c in columns), layout.kinds(columns, [line]), strict=True))
    long = [c for c in columns if kinds[c.heading] == "note" and c.type == "text"]
    short = [c for c in columns if c not in long]
    for at in range(0, len(short), ACROSS):
        row = short[at:at + ACROSS]
        blank = [None] * (ACROSS - len(row))
        headings: list[Value] = [*(c.heading for c in row), *blank]
        sheet.add(headings, (*map(layout.heading_style, row), *[""] * len(blank)),
                  layout.heading_height([c.heading for c in row], WIDTHS[:len(row)]))
        values: list[Value] = [*(layout.shown(line[c.heading]) for c in row), *blank]
        looks = (*("text" if c.type == "bool" else c.type for c in row), *[""] * len(blank))
        sheet.add(values, looks, layout.row_height(values, WIDTHS, range(ACROSS), 24))
    for c in long:
        values = [c.heading, line[c.heading], *[None] * (ACROSS - 2)]
        at = sheet.add(values, (layout.heading_style(c), *["note"] * (ACROSS - 1)),
                       layout.row_height([line[c.heading]], [sum(WIDTHS[1:])], [0], 24))
        sheet.merges.append((at, 1, at, ACROSS - 1))


def _add_steps(sheet: ResultSheet, result: Result, steps: list[Any]) -> None:
    """项目, 结果, 怎么算的, 条款: the sentence over the middle columns."""
    if not steps:
        return
    types = {c.heading: c.type for c in result.columns}
    sheet.add(height=10)
    sheet.add_line("怎么算的", "section", 22)
    last = ACROSS - 1
    between = [None] * (last - 3)
    at = sheet.add(["项目", "结果", "说明", *between, "条款"], ("heading",) * ACROSS, 22)
    sheet.merges.append((at, 2, at, last - 1))
    sheet.page.repeat_rows = (at, at)
    # clauses break at few places: count with less room
    widths = [WIDTHS[0], WIDTHS[1], sum(WIDTHS[2:last]), WIDTHS[last] * 0.8]
    for n, step in enumerate(steps):
        alt = "/alt" if n % 2 else ""
        kind = layout.value_kind(step.value, types.get(step.heading))
        value = layout.shown(step.value)
        at = sheet.add([step.heading, value, step.sentence, *between, step.clause],
                       tuple(f"{k}{alt}" for k in ("text", kind, *["note"] * (last - 2), "note")),
                       layout.row_height([step.heading, value, step.sentence, step.clause], widths, range(4), 20))
        sheet.merges.append((at, 2, at, last - 1))
