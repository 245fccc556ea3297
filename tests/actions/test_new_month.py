"""新建月份: a row for everybody who belongs in a table, and 体检 as a sheet."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.books import cell_of, column, demo_book, put, rows_of, sheet_of
from tests.command import run, run_json
from tests.share import some
from xl_kpi.policy.load import load
from xl_kpi.workbook.file import read

TABLES = {"考勤": 43, "月度考核_客服代表": 38, "月度考核_客服领班": 5}
SKILLS = 38         # of 客服代表: each month, and of a quarter in its first month


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return demo_book(tmp_path)


def test_rows_for_everybody_on_the_roster(book: Path) -> None:
    code, out, _ = run("month", book, "--month", "2017年1月")
    assert code == 0
    for name, count in TABLES.items():
        assert f"{name}：加了 {count} 行" in out
        sheet = sheet_of(book, name)
        rows = rows_of(sheet, 月份="2017-01")
        assert len(rows) == count
        assert rows == list(range(len(sheet.rows) - count, len(sheet.rows))), "below, in the order of 花名册"
        written = {column(sheet, "月份"), column(sheet, "工号"), column(sheet, "姓名")}
        assert all((value is not None) == (c in written) for row in rows for c, value in enumerate(sheet.rows[row]))
    people = [sheet_of(book, "考勤").rows[r][1] for r in rows_of(sheet_of(book, "考勤"), 月份="2017-01")]
    assert "038" not in people, "left in November"
    assert "039" not in people, "left in December"


def test_skills_of_the_month_and_of_the_quarter(book: Path) -> None:
    _, out, _ = run("month", book, "--month", "2017-01")
    assert f"技能考核：加了 {2 * SKILLS} 行" in out
    sheet = sheet_of(book, "技能考核")
    for period in ("2017Q1", "2017-01"):
        rows = rows_of(sheet, 期间=period)
        assert len({sheet.rows[row][column(sheet, "工号")] for row in rows}) == SKILLS
        assert all(sheet.rows[row][column(sheet, "姓名")] for row in rows)
        assert all(sheet.rows[row][column(sheet, name)] is None for row in rows for name in ("打字速度", "通用技能"))
    _, out, _ = run("month", book, "--month", "2017-02")
    assert f"技能考核：加了 {SKILLS} 行" in out


def _as_numbers(path: Path, before: int = 10**6) -> None:
    """工号 as numbers shown with three digits, months as dates, of the rows above ``before``."""
    book = openpyxl.load_workbook(path)
    for page in book.worksheets:
        heading = next((row for row in page.iter_rows(max_row=20) if any(c.value == "工号" for c in row)), None)
        for cell in heading or ():
            for row in range(cell.row + 1, min(page.max_row + 1, before)) if heading else ():
                one = page.cell(row, cell.column)
                if cell.value == "工号" and one.value:
                    one.value, one.number_format = int(one.value), "000"
                if cell.value in ("月份", "期间") and isinstance(one.value, str) and "-" in one.value:
                    one.value, one.number_format = dt.datetime.strptime(one.value, "%Y-%m"), 'yyyy"年"m"月"'
    book.save(path)


@pytest.mark.parametrize("is_1904", [False, True])
def test_added_cells_are_of_the_type_of_those_above(book: Path, is_1904: bool) -> None:
    """HR's own COUNTIFS over dates and numbers counts the new rows too."""
    workbook = openpyxl.load_workbook(book)
    if is_1904:
        workbook.epoch = CALENDAR_MAC_1904
    for row in (("2017Q1", "001", None), ("2017Q1", "002", None)):      # the last rows are a quarter's
        workbook["技能考核"].append(row)
    workbook.save(book)
    _as_numbers(book)
    assert run("month", book, "--month", "2017-01")[0] == 0
    pages = openpyxl.load_workbook(book)
    for name, heading in (("考勤", "月份"), ("月度考核_客服代表", "月份"), ("技能考核", "期间")):
        sheet = sheet_of(book, name)
        rows = rows_of(sheet, **{heading: dt.date(2017, 1, 1)})
        assert len(rows) == (TABLES | {"技能考核": SKILLS})[name]
        for row in rows:
            period, number = (pages[name].cell(row + 1, column(sheet, one) + 1) for one in (heading, "工号"))
            assert (period.number_format, number.number_format) == ('yyyy"年"m"月"', "000")
            assert isinstance(number.value, int)
    assert "已经齐了" in run("month", book, "--month", "2017-01")[1]


def test_the_review_writes_the_type_of_those_above(book: Path) -> None:
    _as_numbers(book)
    sheet = sheet_of(book, "季度星级_客服代表")
    at = column(sheet, "季度")
    put(book, sheet.name, {f"{chr(65 + at)}{row + 1}": "2016年第四季度" for row in rows_of(sheet, 季度="2016Q4")})
    run("month", book, "--month", "2017-01")
    assert run("review", book, "--quarter", "2017Q1")[0] == 0
    sheet = sheet_of(book, "季度星级_客服代表")
    rows = rows_of(sheet, 季度="2017年第一季度")
    assert len(rows) > 30
    assert all(isinstance(sheet.rows[row][column(sheet, "工号")], int | float) for row in rows)


def test_a_table_whose_people_depend_on_another(tmp_path: Path) -> None:
    """Of s004 only who is assessed has a row in 月度考核, and that depends on 考勤: both are made at once."""
    book = tmp_path / "力通2026.xlsx"
    assert run("new", book, "--policy", "s004-3-litong")[0] == 0
    put(book, "花名册", {f"{c}{row}": value for row in (4, 5) for c, value in zip("ABCDEG", (
        f"00{row}", f"员工{row}", "客服部", "职员", "2020-01-05", 5000), strict=True)})
    code, out, _ = run("month", book, "--month", "2026-03")
    assert code == 0
    assert "考勤：加了 2 行" in out
    assert "月度考核：加了 2 行" in out
    out = run("month", book, "--month", "2026-03")[1]
    assert out.count("已经齐了") == 3
    put(book, "考勤", {cell_of(book, "考勤", "连续缺勤天数", 工号="004"): "很多"})
    put(book, "月度考核", {cell_of(book, "月度考核", "月份", 工号="004"): "2026-02"})
    out = run("month", book, "--month", "2026-03")[1]
    assert "月度考核：还有 1 人（004 员工4）看不出要不要加" in out


@pytest.mark.parametrize("policy", some())
def test_a_roster_without_people_is_told(policy: str, tmp_path: Path) -> None:
    book = tmp_path / "空2026.xlsx"
    run("new", book, "--policy", policy)
    made = openpyxl.load_workbook(book)         # one comes with an example, which HR takes away
    for table in load(policy).sheets.values():
        sheet = made[table.sheet]
        heading = next(row[0].row for row in sheet.iter_rows() if any(cell.value == "工号" for cell in row))
        sheet.delete_rows(heading + 1, sheet.max_row)
    made.save(book)
    code, out, _ = run("month", book, "--month", "2026-03")
    assert code == 1
    assert "花名册里还没有人" in out
    assert "已经齐了" not in out


def test_a_month_in_which_nobody_is_there(book: Path) -> None:
    code, out, _ = run("month", book, "--month", "1999-03")
    assert code == 1
    assert "1999-03 没有在册的人" in out


def test_only_the_missing_rows(book: Path) -> None:
    code, out, _ = run("month", book, "--month", "2016-12")
    assert code == 0
    assert all(f"{name}：已经齐了" in out for name in TABLES)
    assert "月度项目：加了 44 行" in out
    assert "没有改动" in run("month", book, "--month", "2016-12")[1]
    sheet = sheet_of(book, "考勤")
    row, = rows_of(sheet, 月份="2016-12", 工号="020")
    put(book, "考勤", {f"A{row + 1}": "2016-07", f"B{row + 1}": "099"})
    assert "考勤：加了 1 行" in run("month", book, "--month", "2016-12")[1]


def test_formats_and_drop_downs_are_carried_on(book: Path) -> None:
    before = openpyxl.load_workbook(book)["考勤"]
    last = before.max_row
    run("month", book, "--month", "2017-01")
    after = openpyxl.load_workbook(book)["考勤"]
    for row in range(last + 1, after.max_row + 1):
        assert after.row_dimensions[row].height == before.row_dimensions[last].height
        for c in range(1, before.max_column + 1):
            assert after.cell(row, c).number_format == before.cell(last, c).number_format
            assert repr(after.cell(row, c).border) == repr(before.cell(last, c).border)
    covered = [v.sqref for v in after.data_validations.dataValidation]
    assert any(f"D{after.max_row}" in sqref for sqref in covered)


def test_a_copy(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    assert run("month", book, "--month", "2017-01", "-o", tmp_path / "副本.xlsx")[0] == 0
    assert book.read_bytes() == before
    assert rows_of(sheet_of(tmp_path / "副本.xlsx", "考勤"), 月份="2017-01")


def test_a_roster_that_leaves_it_open_is_refused(book: Path) -> None:
    sheet = sheet_of(book, "花名册")
    row, = rows_of(sheet, 工号="005")
    put(book, "花名册", {f"{chr(65 + column(sheet, '入职日期'))}{row + 1}": "去年春天"})
    before = book.read_bytes()
    code, out, _ = run("month", book, "--month", "2017-01")
    assert code == 1
    assert "005 李桂芳" in out
    assert "入职日期" in out
    assert book.read_bytes() == before


@pytest.mark.parametrize(("heading", "text", "said"), [
    ("月份", "填表人：张三", "不能读作月份"),     # a foot: rows below it would be out of the table
    ("工号", "405", "花名册里没有工号 405"),      # who has a row already, would get another
])
def test_rows_that_do_not_say_whose_they_are_are_refused(book: Path, heading: str, text: str, said: str) -> None:
    assert run("month", book, "--month", "2017-01")[0] == 0
    put(book, "考勤", {cell_of(book, "考勤", heading, 月份="2017-01", 工号="005"): text})
    before = book.read_bytes()
    code, out, _ = run("month", book, "--month", "2017-01")
    assert code == 1
    assert said in out
    assert book.read_bytes() == before


def test_nonsense_for_a_month(book: Path) -> None:
    code, _, err = run("month", book, "--month", "十三月")
    assert code == 2
    assert "--month" in err


def test_findings_as_a_sheet(book: Path) -> None:
    before = book.read_bytes()
    run("check", book, "--month", "2016-12")
    assert book.read_bytes() == before, "only --sheet writes"
    code, out, _ = run("check", book, "--month", "2016-12", "--sheet")
    assert code == 0
    assert "体检表已写入" in out
    _, found = run_json("check", book, "--month", "2016-12")
    sheet = sheet_of(book, "体检")
    texts = [row[column(sheet, "问题")] for row in sheet.rows]
    assert all(problem["text"] in texts for problem in found["problems"])
    page = openpyxl.load_workbook(book)["体检"]
    targets = {cell.hyperlink.location for row in page.iter_rows() for cell in row if cell.hyperlink}
    problem = next(p for p in found["problems"] if p["cell"])
    assert f"'{problem['sheet']}'!{problem['cell']}" in targets
    same = book.read_bytes()
    assert "体检表没有变化" in run("check", book, "--month", "2016-12", "--sheet")[1]
    assert book.read_bytes() == same


def test_errors_are_written_and_told(book: Path) -> None:
    put(book, "考勤", {"D4": -1})
    code, out, _ = run("check", book, "--sheet")
    assert code == 1
    assert "体检表已写入" in out
    assert [s.name for s in read(book).sheets][-1] == "体检"
