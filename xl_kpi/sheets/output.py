"""The sheet of an output: one line a person, sums, signatures; a draft (试算) can't be taken for one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xl_kpi.results import DRAFT, Result
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet, Value

PAID_ON = "发放日期：　　　　年　　月　　日"
SIGNATURE_WIDTH = 9.0
SIGNED_PEOPLE = 3       # so many at least stand above the signatures on their page


def output_sheet(result: Result) -> ResultSheet:
    """The sheet of a result, a line a person."""
    columns, table = result.columns, layout.cells(result)
    by_column = [list(v) for v in zip(*table, strict=True)] or [[] for _ in columns]
    sums: list[Any] = [layout.total(v) if c.total else None for c, v in zip(columns, by_column, strict=True)]
    widths = [
        max(4.0, len(str(len(table))) + 1.5),
        *(layout.column_width(c, v, s) for c, v, s in zip(columns, by_column, sums, strict=True)),
        SIGNATURE_WIDTH,
    ]
    naming, period = result.output, result.period
    sheet = ResultSheet(naming.beside(DRAFT, period) if result.draft else naming.sheet(period), widths)
    sheet.folded = {i + 1 for i in layout.empty_columns(columns, by_column)}
    layout.add_title(sheet, result, "" if result.draft else naming.title, layout.headcount(result),
                     PAID_ON if naming.plain and not result.draft else "")
    headings = ["序号", *(c.heading for c in columns), "签字"]
    heading = sheet.add(headings, ("heading", *map(layout.heading_style, columns), "heading"),
                        layout.heading_height(headings, sheet.widths))
    sheet.freeze = (heading + 1, _frozen(result))
    sheet.page = Page(repeat_rows=(heading, heading), footer=result.policy_title)
    first = heading + 1
    _add_lines(sheet, result, table)
    _add_sums(sheet, result, sums, first)
    sheet.add(height=6)
    if (total := layout.paid_out(result)) is not None:
        layout.add_wrapped(sheet, layout.words(total, sums[columns.index(total)]), "foot")
    layout.add_foot(sheet)
    layout.break_pages(sheet, first, first + len(table) - 1, SIGNED_PEOPLE)
    for text in _below(result, sums):
        layout.add_wrapped(sheet, text, "notice")
    return sheet


def _frozen(result: Result) -> int:
    """Columns that stay when HR scrolls: 序号 and whatever stands before the first number, at most to 姓名."""
    headings = [c.heading for c in result.columns[:3]]
    return headings.index("姓名") + 2 if "姓名" in headings else 1


def _add_lines(sheet: ResultSheet, result: Result, table: list[list[Value]]) -> None:
    columns = result.columns
    places = {c.heading: i + 1 for i, c in enumerate(columns)}
    live = [(i, layout.RowFormula(c, places)) for i, c in enumerate(columns) if c.formula]
    kinds = layout.kinds(columns, result.lines)
    looks = [("int", *kinds, "text"), tuple(f"{k}/alt" for k in ("int", *kinds, "text"))]
    wrapped, widths = [i for i, k in enumerate(kinds) if k in ("text", "note")], sheet.widths[1:]
    for n, values in enumerate(table):
        row = len(sheet.rows)
        # a cell that does not apply stays blank: a formula there would say 0
        formulas = {i + 1: f.at(row) for i, f in live if values[i] is not None}
        sheet.add([n + 1, *values, None], looks[n % 2], layout.row_height(values, widths, wrapped, 22), formulas)


def _add_sums(sheet: ResultSheet, result: Result, sums: list[Any], first: int) -> None:
    last = len(sheet.rows) - 1
    values: list[Value] = ["合计"]
    styles = ["text/sum"]
    formulas = {}
    for i, (column, amount) in enumerate(zip(result.columns, sums, strict=True), start=1):
        has_sum = column.total and last >= first
        values.append(amount if amount is not None or not has_sum else Decimal(0))
        styles.append(f"{column.type if column.total else 'text'}/sum")
        if has_sum:
            formulas[i] = layout.sum_formula(i, first, last)
    row = sheet.add([*values, None], (*styles, "text/sum"), 24, formulas)
    # 合计 alone in its cell, so that a reader of the sheet knows the row
    if len(result.columns) > 1 and not result.columns[0].total and not result.columns[1].total:
        sheet.merges.append((row, 0, row, 2))


def _below(result: Result, sums: list[Any]) -> list[str]:
    texts = []
    if result.draft:
        use = "发放" if result.output.plain else "考核"
        texts.append(f"试算：#N/A 的格是资料不全、不能计算的，含有它的合计也不能计算；本表不能作为{use}依据。")
    if result.notices:
        texts.append("与默认不同的取值和读法：" + "；".join(t.rstrip("；;。") for t in result.notices) + "。")
    return texts
