"""The forms that are drawn from a page give what the engine gives: as native formulas and as functions of the add-in.

What people would enter is taken from random departments; LibreOffice works the form out."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from xl_kpi.workbooks import forms

from tests.addin.libreoffice import install
from tests.books import demo_book
from tests.command import run, run_json
from tests.departments import random_department, write_book
from tests.office import Office
from tests.share import some
from xl_kpi import job
from xl_kpi.engine import Run
from xl_kpi.forms.columns import Layout, review_form, table_form
from xl_kpi.forms.native import parts_of
from xl_kpi.opened import Opened
from xl_kpi.period import Quarter
from xl_kpi.policy.load import load
from xl_kpi.rules.expression import Ref
from xl_kpi.rules.form import BETWEEN
from xl_kpi.workbook.file import read

QUARTER = Quarter.parse("2016Q4")
FIRST = forms.FIRST + 1      # the first row of people, as Excel counts
READINGS: list[dict[str, str]] = [
    {}, {"full_attendance": "pooled", "quota_rounding": "ceil"},
    {"full_attendance": "literal_or", "absence_breaks_full": "no", "quota_rounding": "half_up"},
    {"full_attendance": "each_at_most", "quarter_attendance": "each_month"},
]


def chosen(policy: Any, readings: Mapping[str, str]) -> dict[str, str]:
    return {name: reading.default for name, reading in policy.readings.items()} | dict(readings)


class Filled:
    """A department's review, and the blank forms with what people enter."""

    def __init__(self, seed: int, readings: dict[str, str], functions: bool, folder: Path):
        self.policy, self.functions = load("bozhen-2016"), functions
        department = random_department(random.Random(seed), 14, chosen(self.policy, readings), post_changes=False)
        book = folder / "book.xlsx"
        write_book(department, book)
        self.opened = Opened.file(str(book))
        tables = self.opened.tables
        self.run = Run(self.opened.parameters.settings, tables.facts)
        self.ids = tables.facts.ids
        output = self.policy.review
        assert output is not None
        self.result = job.result(self.opened.parameters, tables, output, QUARTER)
        live = forms.Live(functions, chosen(self.policy, readings))
        self.path = folder / "forms.xlsx"
        self.path.write_bytes(forms.as_bytes(self.policy, live, "某某公司", 30))
        self.book = openpyxl.load_workbook(self.path)
        self._parameters(department["参数"])
        self.rows: dict[str, dict[str, int]] = {}
        for form, (_, _, people) in zip(output.forms, self.result.forms, strict=True):
            self._form(review_form(self.policy, output, form.table, form.when, live.readings), people)
        self.book.save(self.path)

    def _parameters(self, given: list[dict[str, Any]]) -> None:
        sheet = self.book["参数"]
        headings = [cell.value for cell in sheet[3]]
        at = {heading: headings.index(heading) + 1 for heading in ("参数", "键", "值")}
        values = {(str(row["参数"]), str(row["键"] if row["键"] is not None else "")): row["值"] for row in given}
        for row in range(4, sheet.max_row + 1):
            name, key = (sheet.cell(row, at[h]).value for h in ("参数", "键"))
            value = values.get((str(name), str(key or "")))
            if isinstance(value, int | Decimal):
                sheet.cell(row, at["值"]).value = value

    def value(self, name: str, person: str) -> Any:
        """What somebody enters: of a quarter, or of one of the months before it."""
        base, _, which = name.removeprefix(BETWEEN).partition(BETWEEN)
        grain, first = QUARTER.months[0].key
        quantity = self.policy.quantities.get(base)
        period: Any = (grain, first - 3 + int(which)) if which else (
            QUARTER.key if quantity is None or quantity.period == "quarter" else (grain, first))
        found = self.run.evaluate(Ref(base), period).at(self.ids.index(person))
        if isinstance(found, bool):
            return "是" if found else "否"
        if base in self.policy.columns and self.policy.columns[base][1].type == "date":
            day = dt.date.fromordinal(int(found))
            return str(day) if self.functions else day      # LibreOffice hands a date to a function as its number
        return Decimal(found.numerator) / found.denominator if isinstance(found, Fraction) else found

    def _form(self, layout: Layout, people: list[str]) -> None:
        sheet = next(sheet for sheet in self.book if sheet.title.startswith(layout.table.form))
        headings = {cell.value: cell.column for cell in sheet[FIRST - 1]}
        labels = {str(cell.value).rstrip("："): cell.column for cell in sheet[2] if cell.value}
        where = self.rows[layout.table.form] = {}
        for name, title in layout.scalars.items():
            right = next(cell for cell in sheet[2][labels[title]:] if type(cell).__name__ == "Cell")
            right.value = self.value(name, people[0])
        if "季度" in labels:
            next(cell for cell in sheet[2][labels["季度"]:] if type(cell).__name__ == "Cell").value = str(QUARTER)
        for row, person in enumerate(people, FIRST):
            where[person] = row
            sheet.cell(row, headings["工号"]).value = person
            for column in layout.columns:
                if column.formula is None and column.kind != "text" and "确认" not in column.heading:
                    sheet.cell(row, headings[column.heading]).value = self.value(column.name, person)

    def wrong(self, cells: Mapping[str, Mapping[tuple[int, int], Any]]) -> list[tuple[Any, ...]]:
        """Where the form says otherwise than the review."""
        found = []
        for sheet in self.book:
            form = sheet.title.partition("_")[0]
            if form not in self.rows or sheet.title.endswith("卡"):
                continue
            headings = {cell.value: cell.column for cell in sheet[FIRST - 1]}
            for line in self.result.lines:
                row = self.rows[form].get(line["工号"])
                for heading in ("综合分值", "出勤达标", "评定星级") if row else ():
                    if heading not in headings or heading not in line:
                        continue
                    shown = cells[sheet.title].get((row - 1, headings[heading] - 1))
                    mine = ("是" if line[heading] else "否") if isinstance(line[heading], bool) else line[heading]
                    same = shown == mine if isinstance(mine, str) else shown is not None and not isinstance(
                        shown, str) and round(shown, 4) == round(float(mine), 4)
                    if not same:
                        found.append((form, line["工号"], heading, shown, mine))
        return found


@pytest.mark.parametrize(("seed", "readings"), list(enumerate(READINGS, 1)))
def test_native_formulas_give_the_review(seed: int, readings: dict[str, str], tmp_path: Path, office: Office) -> None:
    filled = Filled(seed, readings, False, tmp_path)
    assert sum(map(len, filled.rows.values())) > 6
    assert filled.wrong(office.recalculated(filled.path)) == []


@pytest.mark.parametrize(("seed", "readings"), list(enumerate(READINGS[:3], 11)))
def test_functions_give_the_review(seed: int, readings: dict[str, str], tmp_path: Path, office: Office) -> None:
    filled = Filled(seed, readings, True, tmp_path)
    with office.opened(filled.path, MacroExecutionMode=4) as document:
        install(document)
        for sheet in document.Sheets:       # what was no function when the file was read
            for area in sheet.queryContentCells(16).RangeAddresses:         # CellFlags.FORMULA
                for row in range(area.StartRow, area.EndRow + 1):
                    for column in range(area.StartColumn, area.EndColumn + 1):
                        _again(sheet, column, row)
        document.calculateAll()
        cells = {sheet.Name: {(r, c): v for r, row in enumerate(sheet.getCellRangeByPosition(
            0, 0, 30, 40).getDataArray()) for c, v in enumerate(row) if v != ""} for sheet in document.Sheets}
    assert filled.wrong(cells) == []


def _again(sheet: Any, column: int, row: int) -> None:
    """The formula of a cell as if it were typed now."""
    cell = sheet.getCellByPosition(column, row)
    if not cell.Formula.startswith("{"):
        cell.setFormula(cell.Formula)
        return
    cursor = sheet.createCursorByRange(cell)
    cursor.collapseToCurrentArray()
    if (cursor.RangeAddress.StartRow, cursor.RangeAddress.StartColumn) == (row, column):
        cursor.setArrayFormula(cell.Formula.strip("{}"))


def test_another_reading_or_a_second_date_is_never_another_star(tmp_path: Path, office: Office) -> None:
    """Native formulas are made for the readings and rows they were drawn with."""
    filled = Filled(1, {}, False, tmp_path)
    for change in ({"值": "迟到、早退为 0，病假、事假、调休合计不超过上限"}, {"生效日期": "2016-12-01"}):
        book = openpyxl.load_workbook(filled.path)
        sheet = book["参数"]
        headings = [cell.value for cell in sheet[3]]
        wanted = "reading.full_attendance" if "值" in change else "rep.star_score"
        row = next(row for row in range(4, sheet.max_row + 1)
                   if sheet.cell(row, headings.index("参数") + 1).value == wanted)
        for heading, value in change.items():
            sheet.cell(row, headings.index(heading) + 1).value = value
        book.save(tmp_path / "changed.xlsx")
        cells = office.recalculated(tmp_path / "changed.xlsx")
        form = next(sheet for sheet in filled.book if sheet.title.startswith("附表1"))
        at = next(cell.column for cell in form[FIRST - 1] if cell.value == "评定星级") - 1
        stars = {cells[form.title].get((row - 1, at)) for row in filled.rows["附表1"].values()}
        assert stars == {"#N/A"}


def test_sums_of_indicators(tmp_path: Path, office: Office) -> None:
    """附表2 and 附表4, as a list and as a card: 得分 is the sum, blank while nothing is filled in."""
    policy = load("bozhen-2016")
    path = tmp_path / "forms.xlsx"
    path.write_bytes(forms.as_bytes(policy, forms.Live(False, chosen(policy, {}))))
    book = openpyxl.load_workbook(path)
    for sheet in book:
        if sheet.title.startswith(("附表2", "附表4")) and sheet.title.endswith("_卡"):
            sheet["B2"] = "张三"
            scores = [cell for cell in sheet["F"][3:] if sheet.cell(cell.row, 1).value in range(1, 9)]
            for cell, value in zip(scores, (20.5, 18, 17.25, 12, 19), strict=False):
                cell.value = value
        elif sheet.title.startswith(("附表2", "附表4")):
            sheet["B6"], sheet["B7"] = "001", "002"
            for column in (4, 5, 6, 7):
                sheet.cell(6, column).value = 10.25
    book.save(path)
    found = office.recalculated(path)
    two = next(name for name in found if name.startswith("附表2") and not name.endswith("_卡"))
    four = next(name for name in found if name.startswith("附表4") and not name.endswith("_卡"))
    assert found[two].get((5, 8)) == 41
    assert (6, 8) not in found[two]
    assert found[four].get((5, 7)) == 41
    for name, total in ((f"{two}_卡", 86.75), (f"{four}_卡", 67.75)):
        assert total in found[name].values()


@pytest.mark.parametrize("policy_id", some())
def test_every_policy_has_forms(policy_id: str, tmp_path: Path) -> None:
    """Each is drawn; every heading is there; whatever is worked out comes from what stands on the form."""
    policy = load(policy_id)
    live = forms.Live(False, chosen(policy, {}))
    data = forms.as_bytes(policy, live, "某某公司", 5)
    assert data == forms.as_bytes(policy, live, "某某公司", 5)
    (tmp_path / "forms.xlsx").write_bytes(data)
    book = openpyxl.load_workbook(tmp_path / "forms.xlsx")
    assert book.sheetnames[-1] == "参数" or "选项" in book.sheetnames
    for sheet in book:
        if sheet.title not in ("参数", "选项") and not sheet.title.endswith("_卡"):
            headings = [cell.value for cell in sheet[FIRST - 1]]
            assert headings[:3] == ["序号", "工号", "姓名"]
            assert headings[-1] == "签字"
            assert len(set(headings)) == len(headings)


def test_what_is_worked_out_comes_from_the_form() -> None:
    policy = load("bozhen-2016")
    output = policy.review
    assert output is not None
    layouts = [review_form(policy, output, form.table, form.when, chosen(policy, {})) for form in output.forms]
    layouts += [table_form(policy, name, "month", chosen(policy, {})) for name in policy.tables if "月度考核" in name]
    for layout in layouts:
        there = {column.name for column in layout.columns} | set(layout.scalars) | {"id"}
        for column in layout.columns:
            if column.formula is not None:
                assert {part.name for part in parts_of(column.formula) if isinstance(part, Ref)} <= there
    stars = {column.heading: column.call.function for column in layouts[0].columns if column.call}
    assert stars == {"综合分值": "QUARTER_SCORE", "出勤达标": "FULL_ATTENDANCE",
                     "按分值线和技能线的星级": "STAR_LEVEL", "评定星级": "STAR_REVIEW"}
    assert [column.call.function for column in layouts[1].columns if column.call] == ["STAR_LEVEL"]


# -- the command ------------------------------------------------------------------------------------------------------

def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "附表.xlsx"
    code, said, _ = run("forms", "new", "bozhen-2016", "-o", out, "--with", "全勤怎么判=pooled",
                        "--with", "客服代表星级分值线[3]=90", "--company", "某某公司", "--rows", "3")
    assert code == 0
    assert str(out) in said
    book = openpyxl.load_workbook(out)
    assert book.sheetnames[0] == "附表2_客服代表月度绩效考核表"
    rows = [[cell.value for cell in row] for row in book["参数"].iter_rows(min_row=4)]
    headings = [cell.value for cell in book["参数"][3]]
    values = {(row[headings.index("参数")], row[headings.index("键")]): row[headings.index("值")] for row in rows}
    assert values["rep.star_score", "3"] == 90
    assert values["reading.full_attendance", None] == "迟到、早退为 0，病假、事假、调休合计不超过上限"


@pytest.mark.parametrize(("given", "text"), [
    (["bozhen-2016", "--rows", "0"], "--rows：要 1 到 2000，给的是 0"),
    (["bozhen-2016", "-o", "附表.xls"], "附表的文件名要以 .xlsx 结尾，如 附表.xlsx；给的是 附表.xls"),
    (["bozhen-2016", "-o", "有了.xlsx"], "有了.xlsx 已经有了，没有动它"),
    (["bozhen-2016", "-o", "新.xlsx", "--with", "全勤怎么判=都行"], "读法“全勤怎么判”没有“都行”；有 each_zero（"),
    (["没有的制度", "-o", "新.xlsx"], "没有制度 没有的制度"),
])
def test_what_the_command_refuses(given: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "有了.xlsx").write_bytes(b"x")
    code, _, said = run("forms", "new", *given)
    assert code == 2
    assert text in said
    assert [one.name for one in tmp_path.iterdir()] == ["有了.xlsx"]


def test_our_own_forms_are_filled_like_any(tmp_path: Path) -> None:
    """Each with its people; the formulas stay; the sheet 参数 is no form."""
    book, blank, out = demo_book(tmp_path), tmp_path / "附表.xlsx", tmp_path / "填好.xlsx"
    assert run("forms", "new", "bozhen-2016", "-o", blank, "--rows", "50")[0] == 0
    code, said, _ = run("forms", "fill", blank, "--from", book, "--quarter", "2016Q4", "-o", out)
    assert code == 0, said
    _, review = run_json("review", book, "--quarter", "2016Q4")
    posts = {one["工号"]: one["岗位"] for one in review["reviews"]}
    before, after = openpyxl.load_workbook(blank), openpyxl.load_workbook(out)
    for name, post in (("附表1_客服代表季度星级评定表", "客服代表"), ("附表3_客服领班季度星级评定表", "客服领班")):
        people = [sheet_value for (sheet_value,) in after[name].iter_rows(
            min_row=FIRST, min_col=2, max_col=2, values_only=True) if sheet_value]
        assert {str(one) for one in people} == {one for one, mine in posts.items() if mine == post}
        assert len(people) == len(set(people))
        for row in before[name].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert text(after[name][cell.coordinate].value) == text(cell.value)
    assert [*after["参数"].values] == [*before["参数"].values]


def text(value: Any) -> str:
    """A formula, be it of an array."""
    return str(getattr(value, "text", value))


def test_numbers_that_happen_to_be_ids_are_none(tmp_path: Path) -> None:
    """22 days are not 022, and the keys of 参数 are nobody's."""
    book = demo_book(tmp_path)
    roster = read(book).sheet("花名册")
    assert roster is not None
    names = [str(row[1]) for row in roster.rows[3:] if row[1]][:12]
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["姓名", "出勤天数", "键", "得分"])
    for n, name in enumerate(names):
        sheet.append([name, 20 + n % 3, n % 5 + 1, 80 + n])
    made.save(tmp_path / "表.xlsx")
    code, found = run_json("forms", "inspect", tmp_path / "表.xlsx", "--book", book)
    assert code == 0
    assert {one["name"] for form in found for one in form["fields"]} >= {"姓名"}
    assert "工号" not in {one["name"] for form in found for one in form["fields"]}
    blank = tmp_path / "附表.xlsx"
    assert run("forms", "new", "bozhen-2016", "-o", blank)[0] == 0
    _, found = run_json("forms", "inspect", blank, "--book", book)
    assert "参数" not in {form["sheet"] for form in found}
