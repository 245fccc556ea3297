"""Result sheets → an xlsx file, through XlsxWriter: typed writes only, the same bytes for the same sheets.

Everything is made in memory: XlsxWriter's own temporary files would put names and pay into the system's
temporary folder.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from fractions import Fraction
from html import escape
from io import BytesIO
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from xl_kpi.results import RefusedCell
from xl_kpi.sheets.model import BASE_COLOR, BASE_SIZE, FONT, STYLES, Chart, Page, ResultSheet, Style, Value
from xl_kpi.workbook.store import replace_other
from xl_kpi.workbook.text import FORBIDDEN, plain_text

_FONT = {"font_name": FONT, "font_charset": 134, "font_family": 3, "font_scheme": "none"}
_CREATED = datetime.datetime(2016, 11, 3)       # any fixed day: no file carries today's date
_LINE = "#B8C2CC"
_CHART_LINE = "#5B6770"


def write(target: str | os.PathLike[str] | BinaryIO, sheets: Sequence[ResultSheet]) -> None:
    """Write a new workbook.  A path is replaced atomically; on failure it is as it was."""
    data = as_bytes(sheets)
    if isinstance(target, (str, os.PathLike)):
        replace_other(target, data)
    else:
        target.write(data)


def as_bytes(sheets: Sequence[ResultSheet]) -> bytes:
    """The workbook as the content of an xlsx file."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_format_properties": {**_FONT, "font_size": BASE_SIZE},
        "default_column_width": 72,         # pixels, of this font
    }) as book:
        book.set_properties({"created": _CREATED})
        formats = {name: book.add_format(_format(style)) for name, style in STYLES.items()}
        for sheet in sheets:
            ws = book.add_worksheet(sheet.name)
            _render(ws, sheet, formats)
            for chart in sheet.charts:
                _draw(book, ws, sheet.name, chart)
    return buffer.getvalue()


def _format(style: Style) -> dict[str, Any]:
    props: dict[str, Any] = {
        **_FONT, "font_size": style.size, "font_color": style.color, "num_format": style.number_format,
        "valign": style.valign,
    }
    if style.bold:
        props["bold"] = True
    if style.underline:
        props["underline"] = 1
    if style.fill:
        props["bg_color"] = style.fill
    if style.align:
        props["align"] = style.align
    if style.indent:
        props["indent"] = style.indent
    if style.wrap:
        props["text_wrap"] = True
    if style.shrink:
        props["shrink"] = True
    if style.border in ("all", "sum"):
        props |= {"border": 1, "border_color": _LINE}
    if style.border == "sum":
        props |= {"top": 2, "top_color": "#7B8794"}
    if style.border == "cut":
        props |= {"bottom": 3, "bottom_color": "#7B8794"}
    return props


def _render(ws: Worksheet, sheet: ResultSheet, formats: dict[str, Format]) -> None:
    for col, width in enumerate(sheet.widths):
        folded = {"hidden": True, "level": 1} if col in sheet.folded else {"hidden": not width}
        ws.set_column(col, col, width, None, {**folded, "collapsed": col - 1 in sheet.folded})
    drawn: set[tuple[int, int]] = set()
    for first_row, first_col, last_row, last_col in sheet.merges:      # before the cells, which fill the corner
        style = sheet.rows[first_row].styles[first_col]
        ws.merge_range(first_row, first_col, last_row, last_col, "", formats[style])
        drawn |= {(row, col) for row in range(first_row, last_row + 1) for col in range(first_col, last_col + 1)
                  if sheet.rows[row].styles[col] == style}
    _write_rows(ws, sheet, formats, drawn)
    for (row, col), (name, cell) in sheet.links.items():
        line = sheet.rows[row]
        quoted = name.replace("'", "''")
        ws.write_url(row, col, f"internal:'{quoted}'!{cell}", formats[line.styles[col]], str(line.values[col]))
    if sheet.freeze:
        ws.freeze_panes(*sheet.freeze)
    if sheet.autofilter:
        ws.autofilter(*sheet.autofilter)
    if sheet.rows:
        last = (len(sheet.rows) - 1, len(sheet.widths) - 1)
        ws.print_area(0, 0, *last)
        # 工号 such as 001 are text on purpose: no green corners
        ws.ignore_errors({"number_stored_as_text": xl_range(0, 0, *last)})
    ws.hide_gridlines(2)
    _set_page(ws, sheet.page)


def _draw(book: xlsxwriter.Workbook, ws: Worksheet, name: str, chart: Chart) -> None:
    """A chart of columns: dark on light, so that it prints in black and white."""
    def font(size: float, **more: Any) -> dict[str, Any]:
        return {"name": FONT, "size": size, "color": BASE_COLOR, **more}

    drawn = book.add_chart({"type": "column"})
    for series in chart.series:
        drawn.add_series({
            "name": series.name, "categories": [name, *chart.categories], "values": [name, *series.values],
            "fill": {"color": series.fill}, "border": {"color": _CHART_LINE, "width": 0.5}, "gap": 70, "overlap": -5,
            **({"data_labels": {"value": True, "num_format": chart.number_format, "font": font(8)}}
               if series.labels else {}),
        })
    drawn.set_title({"name": chart.title, "name_font": font(11, bold=True), "overlay": False})
    drawn.set_legend({"position": "bottom", "font": font(9)} if len(chart.series) > 1 else {"none": True})
    drawn.set_x_axis({"num_font": font(9), "line": {"color": _CHART_LINE}, "label_position": "low"})
    drawn.set_y_axis({"num_font": font(8), "num_format": chart.number_format, "line": {"none": True},
                      **({"min": 0} if chart.from_zero else {}),
                      "major_gridlines": {"visible": True, "line": {"color": "#E1E5EA", "width": 0.5}}})
    drawn.set_chartarea({"border": {"color": _LINE}})
    width, height = chart.size
    drawn.set_size({"width": width, "height": height})
    ws.insert_chart(*chart.at, drawn, {"object_position": 2, "description": chart.title})


def _set_page(ws: Worksheet, page: Page) -> None:
    ws.set_paper(9)
    if page.landscape:
        ws.set_landscape()
    ws.fit_to_pages(1, int(page.one_page))
    ws.set_margins(*page.margins)
    ws.center_horizontally()
    # A blank after the size: a text that begins with a digit would become part of it.
    left = page.footer[:80].replace("&", "&&")
    ws.set_footer(f"&L&8 {left}&C&8 第 &P 页，共 &N 页", {"margin": 0.25})
    if page.repeat_rows:
        ws.repeat_rows(*page.repeat_rows)
    if page.breaks:
        ws.set_h_pagebreaks(page.breaks)


def _write_rows(ws: Worksheet, sheet: ResultSheet, formats: dict[str, Format], drawn: set[tuple[int, int]]) -> None:
    """All cells, each by its type: the innermost loop, a few hundred thousand times a month.  ``drawn``: blank ones
    that are there already."""
    string, number, blank = ws.write_string, ws.write_number, ws.write_blank
    looks: dict[tuple[str, ...], list[Format]] = {}
    texts: dict[str, str] = {}
    for r, row in enumerate(sheet.rows):
        if row.height is not None:
            ws.set_row(r, row.height)
        styles = row.styles
        if (fmts := looks.get(styles)) is None:
            fmts = looks[styles] = [formats[s] for s in styles]
        formulas = row.formulas or ()
        for c, (value, fmt) in enumerate(zip(row.values, fmts, strict=True)):
            if c in formulas:
                ws.write_formula(r, c, formulas[c], fmt, _cached(value))
            elif isinstance(value, str) and value:
                if (text := texts.get(value)) is None:
                    text = texts[value] = _text(value)
                string(r, c, text, fmt)
            elif value is None or value == "":
                if (r, c) not in drawn:
                    blank(r, c, None, fmt)
            elif isinstance(value, bool):
                ws.write_boolean(r, c, value, fmt)
            elif isinstance(value, RefusedCell):
                ws.write_formula(r, c, "NA()", fmt, "#N/A")
            else:
                # a Decimal as it is: XlsxWriter would write the float of 0.07 as 0.07000000000000001; no minus zero
                number(r, c, value or 0, fmt)


def _cached(value: Value) -> Any:
    """The cached value of a formula."""
    if isinstance(value, RefusedCell):
        return "#N/A"
    if isinstance(value, str):
        return FORBIDDEN.sub("", value)
    if isinstance(value, Fraction):
        return float(value)
    return "" if value is None else value or 0


def _text(value: str) -> str:
    """A text that XlsxWriter takes for nothing else."""
    value = plain_text(value)
    if value.startswith("<r>") and value.endswith("</r>"):
        # XlsxWriter writes such a text unescaped, as runs of rich text: hand it one run that says the same
        return f"<r><t>{escape(value, quote=False)}</t></r>"
    return value
