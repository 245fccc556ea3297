"""The standard workbook of any policy: policy and rows in, an xlsx out.

Sheets, headings, choices and what is said about them come from the policy file; how a column looks from
``workbooks.looks``; the sheet 参数 from ``workbooks.parameter_rows``; the first sheet from ``workbooks.guide``.
Everything is made in memory, and the same input gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from xl_kpi.workbooks import card, guide, parameter_rows
from xl_kpi.workbooks.beside import beside
from xl_kpi.workbooks.looks import Calendar, Choices, Look, lines, look_of
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.parameters import Percent
from xl_kpi.period import Month
from xl_kpi.policy.compiled import OutputColumn, Policy, Table

Row = Mapping[str, Any]

HEADING_ROW = 2             # rows 0 and 1 are the title and a line that says how the sheet is filled in
LAST_ROW = 20_000           # drop-downs, limits and colours reach so far: HR goes on typing
LISTS = "选项"              # the hidden sheet of lists that are too long for a drop-down's own
LONGEST_LIST = 255          # what Excel takes as such
ITEMS = 4                   # columns for items under each label, at least
PORTRAIT = 112              # characters that fit an upright page
FONT = "等线"
CREATED = dt.datetime(2016, 1, 1)       # any fixed day: no file carries today's date
BLANK, MADE, LINE, FAINT = "#FFEB9C", "#F2F2F2", "#BFBFBF", "#8C8C8C"
GUIDE_WIDTHS = (5, 20, 58, 26, 14, 50)
HEADINGS = {"required": "#BDD7EE", "made": "#D9D9D9", "": "#DDEBF7"}
COLOURS = {guide.REQUIRED: HEADINGS["required"], guide.PLAIN: HEADINGS[""], guide.MADE: HEADINGS["made"],
           guide.BLANK: BLANK}


@dataclass(frozen=True)
class InputSheet:
    """One input sheet: its title, the sentence below it, its columns as drawn, its rows.

    A form is signed above its headings: its rows go on below from quarter to quarter, and the lines above the headings
    are printed on every page.
    """

    name: str
    title: str
    note: str
    looks: list[Look]
    rows: list[Row]
    frozen: int             # columns that stay in view
    signed: str = ""        # of a form: the line for signatures
    areas: tuple[tuple[str, int], ...] = ()     # of columns that are items, the last: label above the headings, columns

    @property
    def heading(self) -> int:
        """The row of the headings."""
        return HEADING_ROW + bool(self.areas)


def as_bytes(
    policy: Policy, rows: Mapping[str, Iterable[Row]] | None = None, *, year: int | None = None, company: str = "",
    book: str = "本工作簿.xlsx", suggested: Mapping[str, tuple[str, ...]] | None = None,
    items: Mapping[str, Sequence[str]] | None = None, extra: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    rules: Mapping[str, Sequence[Row]] | None = None,
) -> bytes:
    """The standard workbook of a policy as the content of an xlsx file.

    ``rows``: sheet → rows (heading → value); of a sheet that is not there the rows are blank, of 参数 the policy's.
    ``year``: for its months there are drop-downs.  ``book``: its file name, for the commands in 使用说明.
    ``suggested``: heading of a text column → what is offered there.  ``items``: label (应发) → the headings of
    the items that are columns.  ``extra``: sheet → further headings, and the number format below each.  ``rules``: the
    rows of the sheets that say the policy's rules.
    """
    given = {name: list(found) for name, found in (rows or {}).items()}
    others = beside(policy)
    known = {PARAMETERS, *(one.name for one in others), *(table.sheet for table in policy.tables.values())}
    unknown = set(given) - known
    if unknown:
        raise ValueError(f"no such sheet: {sorted(unknown)}")
    calendar = Calendar(year, Month.parse(policy.first_month or f"{year or 2020}-01"))
    sheets = [
        InputSheet(PARAMETERS, PARAMETERS, parameter_rows.NOTE, [*parameter_rows.LOOKS, *_further(extra, PARAMETERS)],
              given.get(PARAMETERS) or list(parameter_rows.rows(
            policy, texts={"company": company})), parameter_rows.FROZEN),
        *(InputSheet(name, name, card.NOTES[name], card.LOOKS[name], list(found), 1) for name,
          found in (rules or {}).items()),
        *(_sheet(policy, name, given.get(table.sheet, []), calendar, suggested or {}, items or {}, extra or {})
          for name, table in policy.sheets.items())]
    sheets += [InputSheet(one.name, one.name, one.note, one.looks, given.get(one.name, []), 1) for one in others]
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
               # the default font, which column widths count in, is a Chinese one, as in the result sheets
               "default_format_properties": {"font_name": FONT, "font_size": 11}, "default_column_width": 72}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.calc_on_load = False           # there is no formula in it that nobody has calculated
        title = f"{company} {f'{year} 年' if year else ''}".strip()
        workbook.set_properties({"title": f"{title} {policy.title}".strip(), "author": company, "created": CREATED})
        Writer(workbook, policy, title, sheets).write(book, _month(policy, year))
    return buffer.getvalue()


def made_columns(policy: Policy, table: str) -> dict[str, OutputColumn]:
    """The headings of a table that the program fills: of a form, what the output that fills it knows."""
    return {column.heading: column for output in policy.outputs.values() if table in {f.table for f in output.forms}
            for column in output.columns if column.fill not in ("id", "name")}


def _sheet(policy: Policy, name: str, rows: list[Row], calendar: Calendar,
           suggested: Mapping[str, tuple[str, ...]], items: Mapping[str, Sequence[str]],
           extra: Mapping[str, Sequence[tuple[str, str]]]) -> InputSheet:
    table = policy.tables[name]
    made = made_columns(policy, name)
    looks = []
    for column in table.columns:
        look = look_of(column, table, made.get(column.heading), calendar)
        if column.type == "text" and (offered := suggested.get(column.heading)):
            look = replace(look, choices=Choices(offered, False, "不在列表里；确定要用这个名称，点“是”"))
        looks.append(look)
    looks += _further(extra, table.sheet)
    areas: list[tuple[str, int]] = []
    for amounts in (t for t in policy.tables.values() if t.melts == name):
        money = next(c for c in amounts.columns if c.type == "money")
        for label in next(c for c in amounts.columns if c.type == "choice").choices:
            named = items.get(label, ())
            headings = [*named, *[""] * (max(ITEMS, len(named) + 1) - len(named))]
            looks += [look_of(money.model_copy(update={"heading": one, "required": False}), amounts, None, calendar)
                      for one in headings]
            areas.append((label, len(headings)))
    note = f"{table.form}　填表说明：{table.fill}" if table.signed else guide.said(table)
    return InputSheet(table.sheet, table.title or table.sheet, note, looks, rows, _frozen(table), table.signed,
                      tuple(areas))


def _further(extra: Mapping[str, Sequence[tuple[str, str]]] | None, sheet: str) -> list[Look]:
    """HR's own columns on a sheet."""
    return [Look(heading, number_format=code) for heading, code in (extra or {}).get(sheet, ())]


def _frozen(table: Table) -> int:
    """As far as the last of the columns that say whose row it is, at most three."""
    return max((place for place, column in enumerate(table.columns[:3], 1) if column.type in ("id", "name")), default=1)


def _month(policy: Policy, year: int | None) -> str:
    """The month of the examples in 使用说明."""
    if year is None:
        return "月份"
    return policy.first_month if policy.first_month.startswith(str(year)) else f"{year}-01"


class Styles:
    """Makes each cell format once."""

    def __init__(self, book: xlsxwriter.Workbook):
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": FONT, "font_size": 10.5, "valign": "vcenter"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def difference(self, **properties: Any) -> Format:
        """For a conditional format: only what it changes."""
        return self._book.add_format(properties)

    def title(self) -> Format:
        return self(font_size=16, bold=True, align="left")

    def note(self) -> Format:
        return self(font_color="#595959", text_wrap=True, align="left")

    def heading(self, fill: str) -> Format:
        return self(bold=True, align="center", text_wrap=True, border=1, border_color="#8EA9C1", bg_color=fill)

    def cell(self, look: Look, value: Any = None) -> Format:
        """The column's format; of a column of anything the one for words or for a sum among them."""
        properties: dict[str, Any] = {"num_format": look.number_format, "align": look.align}
        if look.wrap:
            properties["text_wrap"] = True
        if look.number_format == "General" and isinstance(value, str):
            properties |= {"num_format": "@", "align": "left" if look.wrap else "center"}
        if isinstance(value, Percent):
            places = max(0, -int(value.normalize().as_tuple().exponent))
            properties["num_format"] = f"0.{'0' * places}%" if places else "0%"
        if look.made:
            properties["bg_color"] = MADE
        if look.faint:
            properties |= {"font_color": FAINT, "font_size": 9}
        if properties["align"] == "left":
            properties["indent"] = 1
        return self(**properties)


class Writer:
    """Draws the sheets of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook, policy: Policy, title: str, sheets: list[InputSheet]):
        self.book, self.policy, self.title, self.sheets = book, policy, title, sheets
        self.styles = Styles(book)
        self.row_style = self.styles.difference(border=1, border_color=LINE)
        # LibreOffice takes the first rule that holds, Excel all: what is yellow has lines too, and comes first
        self.blank_style = self.styles.difference(bg_color=BLANK, border=1, border_color=LINE)
        self.lists: dict[tuple[str, ...], str] = {}         # → its range on the sheet 选项

    def write(self, book: str, month: str) -> None:
        self._guide(book, month)
        for sheet in self.sheets:
            page = self.book.add_worksheet(sheet.name)
            self.sheet(page, sheet)
        self.write_lists()

    # -- an input sheet ---------------------------------------------------------------------------------------------

    def sheet(self, page: Worksheet, sheet: InputSheet) -> None:
        heading = sheet.heading
        headings = [look.heading for look in sheet.looks]
        last = len(headings) - 1
        widths = [look.width(row.get(look.heading) for row in sheet.rows) for look in sheet.looks]
        page.set_row(0, 30, self.styles())          # the columns' formats are not for the title
        page.write_string(0, 0, f"{self.title}　{sheet.title}".strip("　"), self.styles.title())
        # not wider than a screen: what is frozen above must be read without scrolling
        reach = next((i for i in range(1, last + 1) if sum(widths[:i + 1]) > PORTRAIT), last)
        self._note(page, sheet, reach, sum(widths[:reach + 1]))
        page.set_row(heading, 24)
        for number, (look, width) in enumerate(zip(sheet.looks, widths, strict=True)):
            # The column's own format serves the rows that HR adds later: 工号 stays text, a month is no date.
            page.set_column(number, number, width, self.styles.cell(look))
            fill = HEADINGS["made" if look.made else "required" if look.required else ""]
            # a column to name: blank, no empty text
            page.write(heading, number, look.heading or None, self.styles.heading(fill))
            self.validate(page, (heading + 1, number, LAST_ROW, number), look)
        self._labels(page, sheet)
        for number, row in enumerate(sheet.rows, heading + 1):
            if unknown := set(row) - set(headings):
                raise ValueError(f"{sheet.name}: no such column: {sorted(unknown)}")
            self._row(page, number, sheet.looks, widths, row)
        bottom = heading + max(1, len(sheet.rows))
        if sheet.name == PARAMETERS:
            self._parameters(page, sheet)
        self._colours(page, sheet, last)
        page.ignore_errors({"number_stored_as_text": xl_range(heading + 1, 0, LAST_ROW, last)})
        page.freeze_panes(heading + 1, sheet.frozen)
        page.autofilter(heading, 0, bottom, last)
        set_print(page, landscape=sum(widths) > PORTRAIT)
        page.repeat_rows(0, heading)

    def _note(self, page: Worksheet, sheet: InputSheet, reach: int, width: float) -> None:
        """The sentence below the title; below it the line on which a form is signed, with room to write."""
        style, text = self.styles.note(), f"{sheet.note}\n\n{sheet.signed}" if sheet.signed else sheet.note
        page.merge_range(1, 0, 1, reach, "" if sheet.signed else text, style)
        if sheet.signed:
            page.write_rich_string(1, 0, style, f"{sheet.note}\n\n", self.styles(), sheet.signed, style)
        page.set_row(1, 17 * lines([(text, width)]), self.styles())

    def _labels(self, page: Worksheet, sheet: InputSheet) -> None:
        """The row above the headings, of a sheet whose columns are items."""
        first = len(sheet.looks) - sum(count for _, count in sheet.areas)
        for label, count in sheet.areas:
            page.merge_range(HEADING_ROW, first, HEADING_ROW, first + count - 1, label,
                             self.styles.heading(HEADINGS["required"]))
            first += count

    def _row(self, page: Worksheet, number: int, looks: list[Look], widths: list[float], row: Row) -> None:
        texts = []
        for place, (look, width) in enumerate(zip(looks, widths, strict=True)):
            value = row.get(look.heading)
            _write_value(page, number, place, value, self.styles.cell(look, value))
            if isinstance(value, str) and look.wrap:
                texts.append((value, width))
        page.set_row(number, 17 * lines(texts))

    def _colours(self, page: Worksheet, sheet: InputSheet, last: int) -> None:
        """Lines around the rows that say something, and colour where a required cell of such a row is blank."""
        first = sheet.heading + 1
        filled = f"COUNTA($A{first + 1}:${xl_col_to_name(last)}{first + 1})>0"
        for number, look in enumerate(sheet.looks):
            if look.required:
                cell = f"${xl_col_to_name(number)}{first + 1}"
                page.conditional_format(first, number, LAST_ROW, number, {
                    "type": "formula", "criteria": f'=AND({filled},{cell}="")', "format": self.blank_style})
        page.conditional_format(first, 0, LAST_ROW, last,
                                {"type": "formula", "criteria": f"={filled}", "format": self.row_style})

    def validate(self, page: Worksheet, where: tuple[int, int, int, int], look: Look) -> None:
        """The drop-down or limits, and the hint, of a column."""
        options: dict[str, Any] = {"validate": "any"}
        if look.choices:
            options = {"validate": "list", "source": self._source(look.choices.values)}
            said = look.choices.message or "请从下拉列表里选：" + "、".join(look.choices.values)
            options["error_message"] = said if len(said) <= 200 else "请从下拉列表里选"
            options["error_type"] = "stop" if look.choices.strict else "warning"
        elif look.limits:
            options = dict(look.limits)
        if look.hint:
            options |= {"input_title": look.heading[:32], "input_message": look.hint}
        if len(options) > 1:
            page.data_validation(*where, options | {"error_title": look.heading[:32]})

    # -- 参数 -------------------------------------------------------------------------------------------------------

    def _parameters(self, page: Worksheet, sheet: InputSheet) -> None:
        """The defined name, colour for what is not filled in yet, and the choices of each reading."""
        first, bottom = HEADING_ROW + 1, HEADING_ROW + len(sheet.rows)
        area = xl_range_abs(HEADING_ROW, 0, bottom + parameter_rows.SPARE_ROWS, len(sheet.looks) - 1)
        self.book.define_name(parameter_rows.NAME, f"='{sheet.name}'!{area}")
        choices = parameter_rows.readings(self.policy)
        value = sheet.looks[parameter_rows.VALUE]
        to_fill: list[int] = []
        for number, row in enumerate(sheet.rows, first):
            at = (number, parameter_rows.VALUE, number, parameter_rows.VALUE)
            if row["参数"] in choices:
                self.validate(page, at, replace(value, choices=choices[row["参数"]]))
            elif row["参数"] in self.policy.parameters:
                page.data_validation(*at, {
                    "validate": "decimal", "criteria": ">=", "value": 0, "error_title": row["名称"][:32],
                    "error_message": f"请填不小于 0 的数，单位是{row['单位']}，不用写出来"})
            if parameter_rows.to_fill(self.policy, row):
                to_fill.append(number)
        if to_fill:
            page.conditional_format(to_fill[0], parameter_rows.VALUE, to_fill[-1], parameter_rows.VALUE, {
                "type": "blanks", "format": self.blank_style, "multi_range": _joined(to_fill, parameter_rows.VALUE)})

    # -- lists ------------------------------------------------------------------------------------------------------

    def _source(self, values: tuple[str, ...]) -> list[str] | str:
        """Where a drop-down takes its values from: its own list, or one on the sheet 选项."""
        if len(",".join(values)) <= LONGEST_LIST and not any(sign in value for value in values for sign in ',"'):
            return list(values)
        if values not in self.lists:
            self.lists[values] = f"={LISTS}!{xl_range_abs(0, len(self.lists), len(values) - 1, len(self.lists))}"
        return self.lists[values]

    def write_lists(self) -> None:
        if self.lists:
            page = self.book.add_worksheet(LISTS)
            for place, values in enumerate(self.lists):
                page.set_column(place, place, 30, self.styles(num_format="@"))
                page.write_column(0, place, values, self.styles(num_format="@"))
            page.hide()

    # -- 使用说明 ---------------------------------------------------------------------------------------------------

    def _guide(self, book: str, month: str) -> None:
        page = self.book.add_worksheet(guide.SHEET)
        for place, width in enumerate(GUIDE_WIDTHS):
            page.set_column(place, place, width, self.styles())
        policy, styles = self.policy, self.styles
        page.set_row(0, 30)
        page.write_string(0, 0, f"{self.title}　{guide.SHEET}".strip("　"), styles.title())
        page.write_string(1, 0, f"按《{policy.title}》{policy.document} 核算。Excel 里点“绩效薪酬”一栏的按钮，"
                                "或者在命令行里输入命令，结果一样。", styles(font_color="#595959"))
        row = 3
        often = "每个月" if guide.by_month(policy) else "每一期"
        for title, steps in (("一、开始时做一次", guide.once(policy)), (f"二、{often}", guide.monthly(policy, month))):
            row = self._steps(page, row, title, steps, book)
        self._legend(page, self._tables(page, row))
        page.freeze_panes(2, 0)
        page.hide_gridlines(2)
        set_print(page, landscape=True)

    def _steps(self, page: Worksheet, row: int, title: str, steps: list[guide.Step], book: str) -> int:
        page.write_string(row, 0, title, self.styles(bold=True, font_size=12))
        row = self._line(page, row + 1, ("", "做什么", "怎么做", "工作表", "按钮", "命令"), heading=True)
        for number, step in enumerate(steps, 1):
            row = self._line(page, row, (str(number), step.title, step.text, "、".join(step.sheets), step.button,
                                         step.line(book)), link=step.sheets[0] if len(step.sheets) == 1 else "")
        return row + 1

    def _tables(self, page: Worksheet, row: int) -> int:
        page.write_string(row, 0, "三、每张工作表", self.styles(bold=True, font_size=12))
        row = self._line(page, row + 1, ("", "工作表", "怎么填", "什么时候填"), heading=True)
        for number, (name, when, how) in enumerate(guide.sheets(self.policy, parameter_rows.NOTE), 1):
            row = self._line(page, row, (str(number), name, how, when), link=name)
        return row + 1

    def _legend(self, page: Worksheet, row: int) -> None:
        page.write_string(row, 0, "四、颜色和写法", self.styles(bold=True, font_size=12))
        framed = {"border": 1, "border_color": LINE}
        for number, (what, text) in enumerate(guide.legend(self.policy), row + 1):
            fill = {"bg_color": COLOURS[what]} if what in COLOURS else {}
            page.write_blank(number, 0, None, self.styles(**framed, **fill))
            page.write_string(number, 1, what, self.styles(bold=True, align="left", indent=1, **framed))
            page.merge_range(number, 2, number, 5, text, self.styles(text_wrap=True, align="left", indent=1, **framed))
            page.set_row(number, 6 + 15 * lines([(text, sum(GUIDE_WIDTHS[2:]))]))

    def _line(self, page: Worksheet, row: int, texts: tuple[str, ...], *, heading: bool = False, link: str = "") -> int:
        """One line of a table of 使用说明; ``link``: a sheet that its text leads to.  The next row."""
        framed = {"border": 1, "border_color": LINE}
        for place, text in enumerate(texts):
            if heading:
                page.write_string(row, place, text, self.styles.heading(HEADINGS[""]))
            elif link and text == link:
                page.write_url(row, place, f"internal:'{link}'!A1", self.styles(
                    font_color="#1F5FA8", underline=1, text_wrap=True, align="left", indent=1, **framed), text)
            else:
                page.write_string(row, place, text, self.styles(
                    text_wrap=True, bold=place == 1, **framed,
                    **({"align": "left", "indent": 1} if place else {"align": "center"})))
        page.set_row(row, 6 + 15 * lines(list(zip(texts, GUIDE_WIDTHS, strict=False))))
        return row + 1


def _joined(rows: list[int], column: int) -> str:
    """Cells of one column as ranges, those that touch as one."""
    areas: list[list[int]] = []
    for row in rows:
        if areas and row == areas[-1][1] + 1:
            areas[-1][1] = row
        else:
            areas.append([row, row])
    return " ".join(xl_range(first, column, last, column) for first, last in areas)


def _write_value(page: Worksheet, row: int, column: int, value: Any, style: Format) -> None:
    """Write by the value's type; text is always text, however much it looks like a formula or a number."""
    if value is None or value == "":
        page.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        page.write_string(row, column, "是" if value else "否", style)
    elif isinstance(value, Percent):
        page.write_number(row, column, Decimal(value) / 100, style)
    elif isinstance(value, int | float | Decimal):
        page.write_number(row, column, value, style)        # a Decimal as it is: as a float it could gain digits
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), style)
    else:
        page.write_string(row, column, str(value), style)


def set_print(page: Worksheet, *, landscape: bool) -> None:
    """A4, one page wide.  No print area: rows that are added are printed too."""
    page.set_paper(9)
    if landscape:
        page.set_landscape()
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    page.fit_to_pages(1, 0)
    page.center_horizontally()
    page.set_footer("&L&A&C第 &P 页，共 &N 页")
