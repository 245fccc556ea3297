"""A policy's forms (附表) as blank workbooks: lists and cards, drawn from its page.

What a form works out stands in its cells, as native formulas or as functions of the add-in; both look up the
parameters on the form's own sheet 参数.  A native formula is made for the readings (读法) it is drawn with and for one
row a parameter: where somebody changes these it gives #N/A, never another result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import xlsxwriter
from xl_kpi.workbooks import parameter_rows
from xl_kpi.workbooks.looks import FORMATS, RIGHT, Calendar, Look, lines, look_of
from xl_kpi.workbooks.standard import (
    CREATED,
    FONT,
    HEADING_ROW,
    HEADINGS,
    MADE,
    PORTRAIT,
    InputSheet,
    Writer,
    set_print,
)
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from xl_kpi.forms.columns import Call, FormColumn, Layout, Together, review_form, table_form
from xl_kpi.forms.native import needed, parts_of
from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.period import GRAINS, Month
from xl_kpi.policy.compiled import Policy, Table
from xl_kpi.rules.expression import Node
from xl_kpi.rules.form import BETWEEN, Looked
from xl_kpi.sheets.layout import text_width

FIRST = 5                   # the row of the first person on a list; above it the headings, the full points
ANY_TIME = Calendar(None, Month.parse("2020-01"))       # a blank form is for any period
ROWS = 24                   # of people on a blank list
CHECKED = "参数核对"         # the name that says whether 参数 is as the formulas were made for
PERIOD = {"month": "月份", "quarter": "季度", "half": "半年", "year": "年度"}
SIGNED = "制表：＿＿＿＿＿＿　　复核：＿＿＿＿＿＿　　审批：＿＿＿＿＿＿　　日期：＿＿＿＿年＿＿月＿＿日"
CARD_SIGNED = "被考核人签字：＿＿＿＿＿＿　　考核人签字：＿＿＿＿＿＿　　审核：＿＿＿＿＿＿　　日期：＿＿＿年＿月＿日"
LINE = "#8C8C8C"
NUMERIC = ("score", "count", "hours", "money", "percent", "int", "number", "date", "star")
BLANK = '""'              # an argument left out: LibreOffice would hand over 0 for nothing
LEGEND = "灰色的格是公式，不用填；显示 #N/A 的，是参数没有填全（见工作表“参数”），或者这一行缺了要填的数。"
MADE_FOR = "公式按这些读法写成：{}；参数里改了读法、同一参数写了几个生效日期的，显示 #N/A，请重新生成这张表。"
CARD_WIDTHS = (8.0, 18.0, 10.0, 12.0, 30.0, 12.0, 18.0)


@dataclass(frozen=True)
class Live:
    """How a form works things out: by ``functions`` of the add-in, else by native formulas; the readings that it is
    drawn with; the values that the company fills in: parameter → key → value."""

    functions: bool
    readings: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def as_bytes(policy: Policy, live: Live, company: str = "", rows: int = ROWS) -> bytes:
    """The forms of a policy as the content of an xlsx file: each as a list, those of one person's scores as a card too,
    and the sheet 参数."""
    layouts = list(_layouts(policy, live.readings))
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
               "default_format_properties": {"font_name": FONT, "font_size": 11}, "default_column_width": 72}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": f"{policy.title} 附表", "author": company, "created": CREATED})
        written = parameter_rows.rows(policy, live.values, "公司", {"company": company})
        parameters = InputSheet(PARAMETERS, PARAMETERS, parameter_rows.NOTE, list(parameter_rows.LOOKS),
                                _chosen(policy, live, written), parameter_rows.FROZEN)
        writer = Writer(book, policy, company, [parameters])
        cells = _Cells(policy, parameters)
        for layout in layouts:
            _List(writer, layout, live, cells, company, rows).draw(book.add_worksheet(_name(layout)))
            if is_card(layout):
                _Card(writer, layout, live, cells, company).draw(book.add_worksheet(_name(layout, "卡")))
        writer.sheet(book.add_worksheet(PARAMETERS), parameters)
        writer.write_lists()
        if condition := cells.unchanged([] if live.functions else layouts):
            book.define_name(CHECKED, f"={condition}")
    return buffer.getvalue()


def _layouts(policy: Policy, readings: Mapping[str, str]) -> Sequence[Layout]:
    """The forms of a policy: those that its outputs fill, and the tables that people score or write into."""
    found = []
    for name, table in policy.sheets.items():
        if table.grain in ("roster", "changes") or name == policy.plausible.attendance or table.melts or any(
                other.melts == name for other in policy.tables.values()) or _is_items(table):
            continue
        filled = next(((output, form) for output in policy.outputs.values() for form in output.forms
                       if form.table == name), None)
        if filled is not None:
            found.append(review_form(policy, filled[0], name, filled[1].when, readings))
        else:
            found += [table_form(policy, name, grain, readings) for grain in table.grains or ("",)]
    return found


def _is_items(table: Table) -> bool:
    """Amounts of money by name: these are no form."""
    return table.grain == "items" and any(column.type == "money" for column in table.columns)


def is_card(layout: Layout) -> bool:
    """Whether a form is one of several scores of one person, which is drawn as a card too."""
    return layout.grain in (*GRAINS, "") and len(_items(layout)) > 1 and not any(
        column.helper for column in layout.columns)


def _items(layout: Layout) -> list[FormColumn]:
    """What is scored: the entered numbers of a form that no output fills."""
    if any(column.call or column.name.startswith(BETWEEN) for column in layout.columns):
        return []
    return [column for column in layout.columns if column.formula is None and column.kind in NUMERIC
            and column.kind != "date"]


def _name(layout: Layout, kind: str = "") -> str:
    """A sheet's name: 附表2_客服代表月度绩效考核表_卡, at most 31 characters."""
    table = layout.table
    end = "".join(f"_{text}" for text in (PERIOD[layout.grain] if len(table.grains) > 1 else "", kind) if text)
    name = "_".join(filter(None, (table.form, table.title or table.sheet)))
    return f"{name[:31 - len(end)]}{end}"


def _chosen(policy: Policy, live: Live, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of 参数 with the readings that the form is drawn for."""
    labels = {f"reading.{name}": policy.readings[name].values[value] for name, value in live.readings.items()}
    return [{**row, "值": labels.get(row["参数"], row["值"])} for row in rows]


class _Cells:
    """Where the parameters stand on the sheet 参数."""

    def __init__(self, policy: Policy, sheet: InputSheet):
        headings = [look.heading for look in sheet.looks]
        self.policy = policy
        self.at = {heading: xl_col_to_name(headings.index(heading)) for heading in ("参数", "值", "生效日期")}
        self.rows: dict[tuple[str, str], int] = {}
        for number, row in enumerate(sheet.rows, HEADING_ROW + 2):          # as Excel counts
            self.rows.setdefault((row["参数"], row.get("键") or ""), number)
        self.labels = {row["参数"]: row["值"] for row in sheet.rows if str(row["参数"]).startswith("reading.")}

    def cell(self, parameter: str, key: str) -> str:
        return f"{PARAMETERS}!${self.at['值']}${self.rows[parameter, key]}"

    def value(self, parameter: str, key: str) -> str:
        """A parameter in a formula.  Of a percent at most 1 is a cell in percent format: bare it would be refused."""
        cell = self.cell(parameter, key)
        return f"IF({cell}<=1,{cell}*100,{cell})" if self.policy.parameters[parameter].unit == "%" else cell

    def unchanged(self, layouts: Sequence[Layout]) -> str:
        """The condition that readings and rows are those that the formulas were made for; '' for no such formula."""
        readings = {name for layout in layouts for name in layout.readings}
        parameters = dict.fromkeys(name for layout in layouts for name, _ in layout.parameters)
        if not readings and not parameters:
            return ""
        names = f"{PARAMETERS}!${self.at['参数']}:${self.at['参数']}"
        parts = [f'{self.cell(f"reading.{name}", "")}="{self.labels[f"reading.{name}"]}"' for name in sorted(readings)]
        for name in parameters:
            rows = [row for (parameter, _), row in self.rows.items() if parameter == name]
            parts.append(f'COUNTIF({names},"{name}")={len(rows)}')
            days = f"{PARAMETERS}!${self.at['生效日期']}"
            parts.append(f"COUNTA({days}${min(rows)}:${self.at['生效日期']}${max(rows)})=0")
        return f"AND({','.join(parts)})"


class _Form:
    """What lists and cards share: a title, the cells at the head, formulas over the cells of a person."""

    def __init__(self, writer: Writer, layout: Layout, live: Live, cells: _Cells, company: str):
        self.writer, self.layout, self.live, self.cells, self.company = writer, layout, live, cells, company
        self.styles, self.policy = writer.styles, writer.policy
        self.columns = {column.name: column for column in layout.columns}
        self.head: dict[str, str] = {}              # the period (''), each scalar → its cell

    @property
    def title(self) -> str:
        return f"{self.company}　{self.layout.table.title or self.layout.table.sheet}".strip("　")

    def formula(self, column: FormColumn, bind: Callable[[str], str], who: Sequence[str]) -> str:
        """What works out a column, blank where nobody stands."""
        assert column.formula is not None
        nobody = ",".join(f'{cell}=""' for cell in who)
        call = column.call if self.live.functions else None
        body = self._called(call, bind) if call is not None else self._native(column, column.formula, bind)
        if column.kind == "bool":
            body = f'IF({body},"是","否")'
        return f'=IF(AND({nobody}),"",{body})'

    def _native(self, column: FormColumn, node: Node, bind: Callable[[str], str]) -> str:
        body = node.formula(self._bound(bind))
        numbers: list[str] = []
        texts: list[str] = []
        for name, optional in needed(node).items():
            one = self.columns.get(name)
            if optional or (one is not None and one.optional) or name in ("id", "name"):
                continue
            (texts if one is not None and one.kind not in NUMERIC else numbers).append(
                self.head[name] if name in self.head else bind(name))
        looked = [part for part in parts_of(node) if isinstance(part, Looked)]
        counted = dict.fromkeys((*numbers, *(self.cells.cell(part.parameter, "" if part.key is None else str(part.key))
                                             for part in looked)))
        sound = [f"COUNT({','.join(counted)})={len(counted)}"] if counted else []
        sound += [f'{cell}<>""' for cell in dict.fromkeys(texts)]
        if looked or self.layout.readings:
            sound.append(CHECKED)
        if not sound:
            return body
        return f"IF({sound[0] if len(sound) == 1 else f'AND({chr(44).join(sound)})'},{body},NA())"

    def _bound(self, bind: Callable[[str], str]) -> Callable[[str], str]:
        def cell(name: str) -> str:
            if name.startswith(BETWEEN * 2):
                return bind(name)
            if name.startswith(BETWEEN) and name.count(BETWEEN) == 2:
                return self.cells.value(*name[1:].split(BETWEEN))
            if name in self.head:
                return self.head[name]
            column = self.columns.get(name)
            return f'({bind(name)}="是")' if column is not None and column.kind == "bool" else bind(name)
        return cell

    def _called(self, call: Call, bind: Callable[[str], str]) -> str:
        from xl_kpi.udfs.declare import HELP

        given = dict(call.arguments)

        def cell(name: str) -> str:
            found = self.head.get(name) or bind(name)
            return f"N({found})" if (one := self.columns.get(name)) and one.optional and ":" not in found else found

        def argument(name: str) -> str:
            if name == "month":
                return self.head.get("", BLANK) if call.dated else BLANK
            if name == "params":
                return parameter_rows.NAME
            if name == "policy":
                return f'"{self.policy.id}"'
            if name == "table":
                return bind(BETWEEN * 2)
            node = given.get(name)
            return node.formula(bind if isinstance(node, Together) else cell) if node is not None else BLANK

        return f"{call.function}({','.join(map(argument, HELP[call.function].arguments))})"

    def full_points(self, items: Sequence[FormColumn]) -> dict[str, tuple[str, str]]:
        """Indicator → where its full points stand in 参数: (parameter, key)."""
        names = {column.name for column in items} | {column.heading for column in items}
        for name, parameter in self.policy.parameters.items():
            keys = {str(key) for key in parameter.keys if key is not None}
            if keys and keys <= names:
                return {column.name: (name, key) for column in items for key in keys
                        if key in (column.name, column.heading)}
        return {}

    def look(self, column: FormColumn) -> Look:
        """How a column looks: that of the table's column, or of what is worked out."""
        declared = next((c for c in self.layout.table.columns if c.name == column.name and c.type == column.kind), None)
        if declared is not None and column.formula is None:
            return look_of(declared, self.layout.table, None, ANY_TIME)
        kind = {"bool": "choice", "int": "count"}.get(column.kind, column.kind)
        return Look(column.heading, number_format=FORMATS.get(kind, "General"),
                    align="right" if kind in RIGHT else "center", least=9.0, hint=column.note,
                    made=column.formula is not None)

    def note(self) -> str:
        table = self.layout.table
        texts = [f"{table.form}　{table.clause}".strip() if table.form else "", table.fill]
        if any(column.formula is not None for column in self.layout.columns):
            texts.append(LEGEND)
            if self.layout.readings and not self.live.functions:
                texts.append(MADE_FOR.format("；".join(
                    f"{self.policy.readings[name].title}＝{self.policy.readings[name].values[value]}"
                    for name, value in self.layout.readings.items())))
        return "　".join(filter(None, texts))


class _List(_Form):
    """A row a person."""

    def __init__(self, writer: Writer, layout: Layout, live: Live, cells: _Cells, company: str, rows: int):
        super().__init__(writer, layout, live, cells, company)
        self.count = rows
        self.keys = [Look("序号", "0", least=5.0), Look("工号", least=9.0), Look("姓名", least=9.0)]
        self.place = {column.name: number for number, column in enumerate(layout.columns, len(self.keys))}

    def draw(self, page: Worksheet) -> None:
        looks = [*self.keys, *map(self.look, self.layout.columns), Look("签字", least=8.0)]
        widths = [self._width(look) for look in looks]
        last = len(looks) - 1
        page.set_row(0, 32)
        page.merge_range(0, 0, 0, last, self.title, self.styles(font_size=18, bold=True, align="center"))
        self._head(page, widths)
        note = self.note()
        page.merge_range(2, 0, 2, last, note, self.styles.note())
        page.set_row(2, 4 + 15 * lines([(note, sum(widths))]))
        first = FIRST
        self._full(page, first - 2)
        page.set_row(first - 1, 14 + 15 * lines([(look.heading, width - 1) for look, width in
                                                 zip(looks, widths, strict=True)]))
        for number, (look, width) in enumerate(zip(looks, widths, strict=True)):
            page.set_column(number, number, width)
            page.write_string(first - 1, number, look.heading,
                              self.styles.heading(HEADINGS["made" if look.made else ""]))
            if not look.made:
                self.writer.validate(page, (first, number, first + self.count - 1, number), look)
        for row in range(first, first + self.count):
            page.set_row(row, 21)
            for number, look in enumerate(looks):
                page.write_blank(row, number, None, self._style(look))
            page.write_number(row, 0, row - first + 1, self._style(looks[0]))
        self._formulas(page, looks, first)
        foot = first + self.count
        signed = self.layout.table.signed or SIGNED
        page.merge_range(foot, 0, foot, last, signed, self.styles(align="left", text_wrap=True, valign="vcenter"))
        page.set_row(foot, 16 + 18 * lines([(signed, sum(widths))]))
        page.freeze_panes(first, 3)
        page.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(foot, last)}"})
        set_print(page, landscape=sum(widths) > PORTRAIT)
        page.repeat_rows(0, first - 1)
        page.print_area(0, 0, foot, last)

    def _full(self, page: Worksheet, row: int) -> None:
        """Above the headings: how many points each indicator has."""
        full = self.full_points(self.layout.columns)
        style = self.styles(align="center", font_color="#595959", font_size=9)
        if full:
            page.write_string(row, 2, "满分", style)
        for name, where in full.items():
            cell = self.cells.cell(*where)
            page.write_formula(row, self.place[name], f'=IF({cell}="","",{cell})', style, "")

    def _width(self, look: Look) -> float:
        """Headings break into lines: a form has many columns, and their values are short."""
        if look.wrap:
            return 18.0
        heading = text_width(look.heading)
        return max(look.least if heading <= 4 else 7.5, heading / (1 + (heading > 8) + (heading > 14)) + 1.5)

    def _style(self, look: Look) -> Any:
        fill = {"bg_color": MADE} if look.made else {}
        return self.styles(num_format=look.number_format, align=look.align, border=1, border_color=LINE,
                           text_wrap=look.wrap, shrink=not look.wrap, **fill)

    def _head(self, page: Worksheet, widths: Sequence[float]) -> None:
        """The line of what is the same for all: 部门, the period, what else is entered once."""
        page.set_row(1, 24)
        label, value = self.styles(align="right"), self.styles(align="center", bottom=1, num_format="@")
        number = self.styles(align="center", bottom=1)
        at = 0
        fields: list[tuple[str, str | None, Any]] = [("部门", None, value)]
        if self.layout.grain:
            fields.append((PERIOD[self.layout.grain], "", value))
        fields += [(title, name, number) for name, title in self.layout.scalars.items()]
        # as many columns as the label and the value need, one at least for each that follows
        cells = [(f"{title}：", 2.0 * len(title) + 3, label, None) if one else (None, 12.0, style, name)
                 for title, name, style in fields for one in (1, 0)]
        for left, (text, wanted, look, name) in zip(range(len(cells) - 1, -1, -1), cells, strict=True):
            end = at
            while sum(widths[at:end + 1]) < wanted and end + 1 < len(widths) - left:
                end += 1
            if end > at:
                page.merge_range(1, at, 1, end, text or "", look)
            elif text:
                page.write_string(1, at, text, look)
            else:
                page.write_blank(1, at, None, look)
            if name is not None:
                self.head[name] = xl_rowcol_to_cell(1, at, row_abs=True, col_abs=True)
            at = end + 1

    def _formulas(self, page: Worksheet, looks: Sequence[Look], first: int) -> None:
        end = first + self.count - 1

        def bind_at(row: int, before: int) -> Callable[[str], str]:
            """``before``: the column that is worked out; a table that a function takes ends before it."""
            def bind(name: str) -> str:
                if name == BETWEEN * 2:
                    return (f"{xl_rowcol_to_cell(first - 1, 1, row_abs=True, col_abs=True)}:"
                            f"{xl_rowcol_to_cell(end, before - 1, row_abs=True, col_abs=True)}")
                if name.startswith(BETWEEN * 2):
                    column = self._column(name.removeprefix(BETWEEN * 2))
                    return f"{xl_col_to_name(column, True)}${first + 1}:{xl_col_to_name(column, True)}${end + 1}"
                return xl_rowcol_to_cell(row, self._column(name), col_abs=True)
            return bind

        for column in self.layout.columns:
            if column.formula is None:
                continue
            at, style = self.place[column.name], self._style(looks[self.place[column.name]])
            if self.live.functions and column.call is not None and column.call.whole:
                body = self._called(column.call, bind_at(first, at))
                page.write_array_formula(first, at, end, at, f"={body}", style, "")
                for row in range(first + 1, end + 1):
                    page.write_blank(row, at, None, style)
                continue
            for row in range(first, end + 1):
                who = [xl_rowcol_to_cell(row, k, col_abs=True) for k in (1, 2)]
                page.write_formula(row, at, self.formula(column, bind_at(row, at), who), style, "")

    def _column(self, name: str) -> int:
        return {"id": 1, "name": 2}.get(name) or self.place[name]


# Of a card: the columns of a field's label and value, three fields a line; of an indicator's texts.
FIELDS = ((0, 1, 2), (3, 4, 4), (5, 6, 6))
FULL, HOW, HOW_END, SCORE, REMARK = 2, 3, 4, 5, 6
LAST = len(CARD_WIDTHS) - 1


class _Card(_Form):
    """One person: label and value at the head, a row an indicator, the sum, room for words and signatures."""

    def draw(self, page: Worksheet) -> None:
        self.page = page
        self.places: dict[str, str] = {}            # what stands on the card → its cell
        items = _items(self.layout)
        for number, width in enumerate(CARD_WIDTHS):
            page.set_column(number, number, width)
        page.set_row(0, 40)
        page.merge_range(0, 0, 0, LAST, self.title, self.styles(font_size=18, bold=True, align="center"))
        row = self._grid(self._fields(1), items)
        for column in self.layout.columns:          # what is neither scored nor worked out
            if column.formula is None and column.name not in self.places:
                self._beside(row, column.heading, 28, self.look(column))
                self.places[column.name] = xl_rowcol_to_cell(row, FULL)
                row += 1
        for title in ("主要成绩和不足", "改进计划"):
            self._beside(row, title, 70, None)
            row += 1
        for text in filter(None, (CARD_SIGNED, self.layout.table.signed)):
            self._over(row, text, self.styles(align="left", text_wrap=True), 20)
            row += 1
        self._over(row, self.note(), self.styles.note(), 4)
        set_print(page, landscape=False)
        page.print_area(0, 0, row, LAST)

    def _over(self, row: int, text: str, style: Any, room: float) -> None:
        """A text over the whole width."""
        self.page.merge_range(row, 0, row, LAST, text, style)
        self.page.set_row(row, room + 15 * lines([(text, sum(CARD_WIDTHS))]))

    def _box(self, **more: Any) -> Any:
        return self.styles(border=1, border_color=LINE, **more)

    def _label(self) -> Any:
        return self._box(bold=True, align="center", text_wrap=True, bg_color=HEADINGS[""])

    def _beside(self, row: int, title: str, height: float, look: Look | None) -> None:
        """A label and, over the rest of the width, the room for its value; ``look`` None: for words."""
        self.page.merge_range(row, 0, row, 1, title, self._label())
        words = look is None or look.wrap
        self.page.merge_range(row, FULL, row, LAST, "", self._box(
            align="left" if words else "center", text_wrap=words, num_format=look.number_format if look else "@"))
        if look is not None:
            self.writer.validate(self.page, (row, FULL, row, FULL), look)
        self.page.set_row(row, height)

    def _fields(self, row: int) -> int:
        """姓名, 工号, 部门, the period and what tells several rows of a person apart (评分人, 日期), three a line."""
        fields = [("姓名", "name", "@"), ("工号", "id", "@"), ("部门", "", "@")]
        if self.layout.grain:
            fields.append((PERIOD[self.layout.grain], "", "@"))
        fields += [(c.heading, c.name, FORMATS.get(c.kind, "General")) for c in self.layout.columns
                   if c.formula is None and c.kind in ("choice", "date")]
        while len(fields) % len(FIELDS):
            fields.append(("", "", "@"))
        for number, (title, name, code) in enumerate(fields):
            line, (at, first, last) = row + number // len(FIELDS), FIELDS[number % len(FIELDS)]
            self.page.write_string(line, at, title, self._label() if title else self._box())
            value = self._box(align="center", num_format=code)
            if last > first:
                self.page.merge_range(line, first, line, last, "", value)
            else:
                self.page.write_blank(line, first, None, value)
            self.page.set_row(line, 26)
            where = xl_rowcol_to_cell(line, first, row_abs=True, col_abs=True)
            if name:
                self.places[name] = where
            elif title == PERIOD.get(self.layout.grain):
                self.head[""] = where
        return row + len(fields) // len(FIELDS)

    def _grid(self, row: int, items: Sequence[FormColumn]) -> int:
        self._line(row, ("序号", "考核项目", "满分", "怎么评", "得分", "备注"), self.styles.heading(HEADINGS[""]))
        self.page.set_row(row, 26)
        full = self.full_points(items)
        first, box = row + 1, self._box(align="center", text_wrap=True)
        for number, column in enumerate(items, 1):
            row += 1
            self._line(row, (number, column.heading, None, column.note, None, None), box)
            if column.name in full:
                cell = self.cells.cell(*full[column.name])
                self.page.write_formula(row, FULL, f'=IF({cell}="","",{cell})', self._made(), "")
            look = self.look(column)
            self.page.write_blank(row, SCORE, None, self._box(align="center", num_format=look.number_format))
            self.writer.validate(self.page, (row, SCORE, row, SCORE), look)
            self.page.set_row(row, 14 + 15 * lines([(column.note, CARD_WIDTHS[HOW] + CARD_WIDTHS[HOW_END]),
                                                    (column.heading, CARD_WIDTHS[1])]))
            self.places[column.name] = xl_rowcol_to_cell(row, SCORE)
        for column in self.layout.columns:
            if column.formula is not None:
                row += 1
                self._sum(row, column, (first, row) if full else None)
        return row + 1

    def _line(self, row: int, values: Sequence[str | int | None], style: Any) -> None:
        """A row of the grid."""
        for at, value in zip((0, 1, FULL, HOW, SCORE, REMARK), values, strict=True):
            if at == HOW:
                self.page.merge_range(row, HOW, row, HOW_END, value or "", style)
            else:
                self.page.write(row, at, value, style)

    def _made(self, **more: Any) -> Any:
        return self._box(align="center", bg_color=MADE, **more)

    def _sum(self, row: int, column: FormColumn, full: tuple[int, int] | None) -> None:
        """What is worked out from the indicators; ``full``: the rows of their full points."""
        self._line(row, (None, column.heading, None, None, None, None), self._made(bold=True))
        if full is not None:
            area = f"{xl_col_to_name(FULL)}{full[0] + 1}:{xl_col_to_name(FULL)}{full[1]}"
            self.page.write_formula(row, FULL, f'=IF(COUNT({area})=0,"",SUM({area}))', self._made(bold=True), "")
        self.places[column.name] = xl_rowcol_to_cell(row, SCORE)
        self.page.write_formula(
            row, SCORE, self.formula(column, self.places.__getitem__, [self.places["id"], self.places["name"]]),
            self._made(bold=True, num_format=self.look(column).number_format), "")
        self.page.set_row(row, 26)
