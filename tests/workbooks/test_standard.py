"""The standard workbook of every policy, as a spreadsheet program and the reader see it."""

from __future__ import annotations

import datetime as dt
import zipfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from xl_kpi.workbooks import guide, parameter_rows, standard
from xl_kpi.workbooks.beside import beside

from tests.office import Office, pdf_pages
from tests.share import some
from tests.written import GOOD, written
from xl_kpi.card import example
from xl_kpi.job import findings
from xl_kpi.opened import Opened
from xl_kpi.parameters import shape_warnings
from xl_kpi.policy.compiled import Policy, Table
from xl_kpi.policy.load import ids, load
from xl_kpi.policy.model import Column
from xl_kpi.policy.settings import Settings
from xl_kpi.workbook.file import read

YEAR = 2026
TEXT_ROWS = ("company", "department")
FIRST = standard.HEADING_ROW + 2        # the first row of data, counted from 1
EVERY = pytest.mark.parametrize("policy_id", some())


def made(policy_id: str, **options: Any) -> Workbook:
    return openpyxl.load_workbook(BytesIO(standard.as_bytes(load(policy_id), **{"year": YEAR} | options)))


def first_row(page: Worksheet) -> int:
    """The first row of data; above the headings of items that are columns stand their labels."""
    return FIRST + (page.title == "月度项目")


def headings(page: Worksheet) -> list[str]:
    return [cell.value for cell in page[first_row(page) - 1] if cell.value]


def column_look(page: Worksheet, number: int) -> Any:
    """What serves a column's cells that are not there yet."""
    return next(one for one in page.column_dimensions.values() if one.min <= number <= one.max)


def validation(page: Worksheet, row: int, column: int) -> DataValidation | None:
    cell = page.cell(row, column).coordinate
    found = [v for v in page.data_validations.dataValidation if cell in v.sqref]
    assert len(found) <= 1, f"{page.title}!{cell} has two"
    return found[0] if found else None


def offered(book: Workbook, page: Worksheet, row: int, column: int) -> list[str]:
    """What a cell's drop-down shows."""
    found = validation(page, row, column)
    if found is None or found.type != "list":
        return []
    text = found.formula1
    if text.startswith('"'):
        assert len(text) - 2 <= 255
        return text.strip('"').split(",")
    sheet, _, area = text.partition("!")
    return [str(cell.value) for row in book[sheet][area.replace("$", "")] for cell in row]


def places(policy: Policy) -> list[tuple[str, Table, int, Column]]:
    """(name of the table, table, number of the column counted from 1, column)."""
    return [(name, table, n, column) for name, table in policy.sheets.items()
            for n, column in enumerate(table.columns, 1)]


# -- sheets and headings ----------------------------------------------------------------------------------------------

@EVERY
def test_sheets_and_headings_are_the_policys(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id)
    tables = [table.sheet for table in policy.sheets.values()]
    assert book.sheetnames[:len(tables) + 2] == [guide.SHEET, "参数", *tables]
    others = [one.name for one in beside(policy)]
    assert book.sheetnames[len(tables) + 2:] in (others, [*others, standard.LISTS])
    for table in policy.sheets.values():
        assert headings(book[table.sheet]) == [column.heading for column in table.columns]
        assert table.fill, "every sheet says how it is filled in"
        assert book[table.sheet].cell(2, 1).value.endswith(f"{table.fill}\n\n{table.signed}".rstrip())
        assert book[table.sheet].cell(1, 1).value.endswith(table.title or table.sheet)
        assert table.form in book[table.sheet].cell(2, 1).value


@EVERY
def test_every_parameter_has_its_row(policy_id: str) -> None:
    policy, page = load(policy_id), made(policy_id)["参数"]
    heads = headings(page)
    rows = [dict(zip(heads, (cell.value for cell in row), strict=True)) for row in page.iter_rows(min_row=FIRST)]
    assert {(row["参数"], row["键"]) for row in rows} == {
        ("policy", None), *((name, None) for name in TEXT_ROWS),
        *((f"reading.{name}", None) for name in policy.readings),
        *((name, None if key is None else str(key))
          for name, p in policy.parameters.items() if not (policy.written_on and p.stated_values())
          for key in p.keys or [None])}
    for row in rows:
        assert row["名称"]
        assert row["怎么填"]
        assert row["条款"] or row["参数"] in ("policy", *TEXT_ROWS)
        if parameter := policy.parameters.get(row["参数"]):
            stated = {None if key is None else str(key): value for key, value in parameter.stated_values().items()}
            value = stated.get(row["键"])
            assert row["值"] == (None if value is None else float(value))
            assert row["来源"] == (parameter.source if value is not None else None)
            assert row["单位"] == parameter.unit
        elif row["参数"].startswith("reading."):
            reading = policy.readings[row["参数"].removeprefix("reading.")]
            assert row["值"] == reading.values[reading.default]


def test_a_policy_of_ones_own() -> None:
    """Nothing here knows a policy that ships: any file that loads gets its workbook."""
    policy = written(GOOD)
    book = openpyxl.load_workbook(BytesIO(standard.as_bytes(policy, {"台账": [{"工号": "1", "事项": "表扬"}]})))
    assert book.sheetnames == [guide.SHEET, "参数", "员工", "考勤", "台账"]
    assert offered(book, book["台账"], FIRST + 1, 3) == ["表扬", "批评"]
    assert "早退不算" in validation(book["考勤"], FIRST, 3).prompt


# -- drop-downs and limits --------------------------------------------------------------------------------------------

@EVERY
def test_every_choice_has_a_drop_down_beyond_the_rows(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id)
    found = 0
    for name, table, number, column in places(policy):
        if column.heading in standard.made_columns(policy, name):
            continue
        wanted = list(column.choices)
        if column.type == "count" and column.max is not None and column.max <= 10:
            wanted = [str(n) for n in range(column.min, column.max + 1)]
        for row in (FIRST, FIRST + 5000):
            if wanted:
                assert offered(book, book[table.sheet], row, number) == wanted, (table.sheet, column.heading)
                assert validation(book[table.sheet], row, number).errorStyle in (None, "stop")
                found += 1
    assert found >= 2 * sum(bool(c.choices) and c.heading not in standard.made_columns(policy, name)
                            for name, _, _, c in places(policy))


def test_a_long_list_stands_on_a_hidden_sheet() -> None:
    policy, book = load("s001-b-110-points"), made("s001-b-110-points")
    [(table, number, column)] = [(t, n, c) for _, t, n, c in places(policy) if len(",".join(c.choices)) > 255]
    assert validation(book[table.sheet], FIRST, number).formula1.startswith(f"{standard.LISTS}!$A$1:$A$")
    assert book[standard.LISTS].sheet_state == "hidden"
    assert offered(book, book[table.sheet], FIRST, number) == column.choices


def test_a_list_with_a_comma_stands_on_a_hidden_sheet() -> None:
    book = made(ids()[0], suggested={"班组": ("一组,早班", "二组"), "项目": ('"加班费"', "社保")})
    assert offered(book, book["花名册"], FIRST, headings(book["花名册"]).index("班组") + 1) == ["一组,早班", "二组"]
    other = book["其他项目"]
    assert offered(book, other, FIRST, headings(other).index("项目") + 1) == ['"加班费"', "社保"]
    assert validation(other, FIRST, headings(other).index("项目") + 1).errorStyle == "warning", "others may be typed"


@EVERY
def test_readings_are_chosen_by_their_chinese_labels(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id)
    page = book["参数"]
    heads = headings(page)
    seen = set()
    for row in range(FIRST, page.max_row + 1):
        name = page.cell(row, heads.index("参数") + 1).value
        if name and name.startswith("reading."):
            labels = list(policy.readings[name.removeprefix("reading.")].values.values())
            assert offered(book, page, row, heads.index("值") + 1) == labels
            seen.add(name.removeprefix("reading."))
    assert seen == set(policy.readings)


@EVERY
@pytest.mark.parametrize("year", [YEAR, None])
def test_months(policy_id: str, year: int | None) -> None:
    policy, book = load(policy_id), made(policy_id, year=year)
    months = [f"{YEAR}-{month:02}" for month in range(1, 13)]
    quarters = [f"{YEAR}Q{quarter}" for quarter in range(1, 5)]
    for _, table, number, column in places(policy):
        wanted = {"month": months, "quarter": quarters, "period": months + quarters}.get(column.type)
        if wanted is None:
            continue
        page = book[table.sheet]
        found = validation(page, first_row(page), number)
        assert found is not None
        if year is None:
            assert offered(book, page, first_row(page), number) == []
            assert "写成" in found.prompt, "no list: how to write it"
            assert found.showInputMessage
        else:
            assert offered(book, page, first_row(page), number) == wanted
            assert found.errorStyle == "warning", "a month of last year may be typed"


@EVERY
def test_limits_and_hints(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id)
    kinds = {"count": "whole", "score": "decimal", "money": "decimal", "percent": "decimal", "hours": "decimal",
             "days": "decimal", "minutes": "decimal", "date": "date"}
    for name, table, number, column in places(policy):
        found = validation(book[table.sheet], FIRST + 100, number)
        if column.heading in standard.made_columns(policy, name):
            assert found is None
            continue
        if column.type in kinds and not (column.type == "count" and column.max):
            assert found is not None, (table.sheet, column.heading)
            assert found.type == kinds[column.type]
        if column.fill:
            assert found is not None
            assert column.fill in found.prompt


# -- formats, colours, panes, names, print ----------------------------------------------------------------------------

@EVERY
def test_formats_serve_rows_typed_later(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id)
    formats = {"id": "@", "name": "@", "text": "@", "choice": "@", "month": "@", "quarter": "@", "period": "@",
               "count": "0", "money": "#,##0.00", "percent": "0.0%", "date": "yyyy\\-mm\\-dd"}
    for name, table, number, column in places(policy):
        if column.heading in standard.made_columns(policy, name):
            continue
        look = column_look(book[table.sheet], number)
        if wanted := formats.get(column.type):
            assert look.number_format.replace("\\", "") == wanted.replace("\\", ""), (table.sheet, column.heading)


def test_what_the_program_fills_is_grey() -> None:
    policy, book = load("bozhen-2016"), made("bozhen-2016")
    for name, top in (("季度星级_客服代表", 5), ("季度星级_客服领班", 4)):
        page = book[policy.tables[name].sheet]
        grey = {page.cell(3, n).value for n in range(1, page.max_column + 1)
                if page.cell(3, n).fill.fgColor.rgb == "FF" + standard.HEADINGS["made"][1:]}
        assert grey == {"综合分值", "出勤达标", "技能成绩", "评定星级", "备注"}
        for n, heading in enumerate(headings(page), 1):
            fill = column_look(page, n).fill.fgColor.rgb
            assert (fill == "FF" + standard.MADE[1:]) == (heading in grey)
        at = headings(page).index("确认星级") + 1
        assert offered(book, page, FIRST, at) == [str(star) for star in range(top + 1)]


@EVERY
def test_blanks_are_coloured(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id)
    page = book["参数"]
    heads = headings(page)
    rules = {area: rule for area, found in page.conditional_formatting._cf_rules.items() for rule in found}
    [blank] = [area for area, rule in rules.items() if rule.type == "containsBlanks"]
    assert rules[blank].dxf.fill.bgColor.rgb == "FF" + standard.BLANK[1:]
    for row in range(FIRST, page.max_row + 1):
        name = page.cell(row, heads.index("参数") + 1).value
        parameter = policy.parameters.get(name)
        cell = page.cell(row, heads.index("值") + 1)
        assert (cell.coordinate in blank.sqref) == (
            name in TEXT_ROWS or (parameter is not None and not parameter.optional)), name
    for table in policy.sheets.values():
        page = book[table.sheet]
        yellow = {next(iter(area.sqref.ranges)).min_col for area, found in page.conditional_formatting._cf_rules.items()
                  for rule in found if rule.dxf.fill is not None}
        assert yellow == {n for n, column in enumerate(table.columns, 1) if column.required}


@EVERY
def test_frozen_panes_and_print(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id)
    for table in policy.sheets.values():
        page = book[table.sheet]
        pane = openpyxl.utils.cell.coordinate_from_string(page.freeze_panes)
        last = openpyxl.utils.column_index_from_string(pane[0]) - 1
        assert pane[1] == first_row(page)
        assert table.columns[last - 1].type in ("id", "name"), "whose row it is stays in view"
        assert page.print_title_rows == f"$1:${first_row(page) - 1}"
        assert not page.print_area, "rows that are added are printed too"
        assert (page.page_setup.paperSize, page.page_setup.fitToHeight) == (9, 0)
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.auto_filter.ref.startswith(f"A{first_row(page) - 1}:")


@EVERY
def test_the_name_covers_the_parameters_and_rows_added_later(policy_id: str) -> None:
    book = made(policy_id)
    page = book["参数"]
    [(sheet, area)] = list(book.defined_names[parameter_rows.NAME].destinations)
    first, _, last = area.replace("$", "").partition(":")
    assert (sheet, first) == ("参数", "A3")
    column, row = openpyxl.utils.cell.coordinate_from_string(last)
    assert openpyxl.utils.column_index_from_string(column) == page.max_column
    assert row == page.max_row + parameter_rows.SPARE_ROWS


# -- what is written --------------------------------------------------------------------------------------------------

@EVERY
def test_same_input_same_bytes_and_no_date_of_today(policy_id: str) -> None:
    first = standard.as_bytes(load(policy_id), year=YEAR)
    assert standard.as_bytes(load(policy_id), year=YEAR) == first
    core = zipfile.ZipFile(BytesIO(first)).read("docProps/core.xml").decode()
    assert core.count("2016-01-01T00:00:00Z") == 2


def test_text_is_never_a_formula() -> None:
    policy = load("bozhen-2016")
    data = standard.as_bytes(policy, {"花名册": [
        {"工号": "001", "姓名": "=1+1", "班组": "http://x", "入职日期": dt.date(2016, 1, 2), "岗位": "客服代表"}]})
    page = openpyxl.load_workbook(BytesIO(data))["花名册"]
    assert [(page.cell(FIRST, n).value, page.cell(FIRST, n).data_type) for n in (1, 2, 5)] == [
        ("001", "s"), ("=1+1", "s"), ("http://x", "s")]
    assert page.cell(FIRST, 6).value == dt.datetime(2016, 1, 2)
    package = zipfile.ZipFile(BytesIO(data))
    sheets = [package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == len(policy.sheets) + 2 + policy.workdays
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no such sheet"):
        standard.as_bytes(load("bozhen-2016"), {"花名": []})
    with pytest.raises(ValueError, match="no such column"):
        standard.as_bytes(load("bozhen-2016"), {"花名册": [{"工 号": "1"}]})


# -- 使用说明 ---------------------------------------------------------------------------------------------------------

@EVERY
def test_the_guide_names_every_sheet_and_leads_there(policy_id: str) -> None:
    policy, book = load(policy_id), made(policy_id, book="客服部2026.xlsx")
    page = book[guide.SHEET]
    texts = [str(cell.value) for row in page.iter_rows() for cell in row if cell.value]
    links = {cell.value: cell.hyperlink.location for row in page.iter_rows() for cell in row if cell.hyperlink}
    for sheet in ("参数", *(table.sheet for table in policy.sheets.values())):
        assert links[sheet] == f"'{sheet}'!A1"
    month = policy.first_month if policy.first_month.startswith(str(YEAR)) else f"{YEAR}-01"
    assert (f"xl-kpi payroll 客服部2026.xlsx --month {month}" in texts) == (policy.payroll is not None)
    for name, output in policy.outputs.items():
        assert output.role or any(text.startswith(f"xl-kpi result 客服部2026.xlsx --of {name} ") for text in texts)
    assert any(text.startswith("xl-kpi review ") for text in texts) == (policy.review is not None)
    assert page.freeze_panes
    assert book.active.title == guide.SHEET


@EVERY
def test_the_guides_commands_are_commands(policy_id: str) -> None:
    from xl_kpi.cli import build_parser

    for step in guide.monthly(load(policy_id), f"{YEAR}-01"):
        if step.command:
            arguments = build_parser().parse_args(step.line("客服部2026.xlsx").split()[1:])
            assert arguments.command == step.command.split(" ")[0]


@pytest.mark.parametrize(("policy_id", "period"), [
    ("s004-3-litong", "--month 月份"), ("s000-s-template", "--period 季度"),
    ("s000-t-mgmt-5areas", "--period 起始月份..截止月份")])
def test_the_guide_of_a_workbook_of_no_year_names_the_period_of_the_results(policy_id: str, period: str) -> None:
    steps = [step for step in guide.monthly(load(policy_id), "月份") if step.command not in ("", "month")]
    assert {step.command for step in steps} >= {"check", "slips", "close", "explain"}
    assert all(period in step.options for step in steps), [step.options for step in steps]


@EVERY
def test_no_step_of_the_guide_is_for_nothing(policy_id: str) -> None:
    """A step about sheets names some; what is by month alone is no step of a policy that has nothing by month."""
    for step in guide.monthly(load(policy_id), f"{YEAR}-01"):
        assert step.sheets or step.command or step.button, step
    monthly = {step.title for step in guide.monthly(load(policy_id), f"{YEAR}-01")}
    assert guide.by_month(load(policy_id)) or not monthly & {"填当月的数据", "记当月的事"}


@EVERY
def test_the_guides_buttons_are_on_the_ribbon(policy_id: str) -> None:
    from xl_kpi.addin.buttons import GROUPS

    labels = {button.label for group in GROUPS for button in group.buttons}
    assert {step.button for step in guide.monthly(load(policy_id), f"{YEAR}-01")} - {""} <= labels


# -- the reader and LibreOffice ---------------------------------------------------------------------------------------

@EVERY
def test_the_reader_misses_nothing_but_people(policy_id: str, tmp_path: Path) -> None:
    rules = example.rules() if load(policy_id).written_on else None
    (tmp_path / "new.xlsx").write_bytes(standard.as_bytes(load(policy_id), year=YEAR, rules=rules))
    opened = Opened(read(tmp_path / "new.xlsx"))
    assert opened.policy.id == policy_id
    assert opened.parameters.problems == []
    stated = shape_warnings(Settings.stated(load(policy_id)), 10**6)        # the document contradicts itself
    [said] = [one for one in findings(opened.parameters, opened.tables)
              if one.text not in [p.text for p in stated]]
    assert (said.level, said.sheet, said.cell, said.text) == ("warning", "花名册", f"A{FIRST}", "花名册里还没有人")
    assert "工号、姓名" in said.do
    for name, parameter in load(policy_id).parameters.items():
        for key, text in parameter.stated_values().items():
            assert opened.parameters.settings.at(name, key, 10**6) == Fraction(text)


@EVERY
def test_libreoffice_opens_it(policy_id: str, office: Office, tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    path.write_bytes(standard.as_bytes(load(policy_id), year=YEAR))
    cells = office.recalculated(path)
    for table in load(policy_id).sheets.values():
        row = 3 if table.sheet == "月度项目" else 2
        assert [cells[table.sheet][row, n] for n in range(len(table.columns))] == [c.heading for c in table.columns]
    pages = pdf_pages(office.to_pdf(path))
    assert "使用说明" in pages[0]
    assert len(pages) <= len(load(policy_id).sheets) + 6 + load(policy_id).workdays
