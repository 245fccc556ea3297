"""新建月份: a row for everybody who belongs in a table, and 体检 as a sheet."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.books import cell_of, column, demo_book, put, rows_of, sheet_of
from tests.command import run, run_json
from xl_kpi.workbook.file import read

TABLES = {"考勤": 43, "月度考核_客服代表": 38, "月度考核_客服领班": 5}


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


def test_only_the_missing_rows(book: Path) -> None:
    code, out, _ = run("month", book, "--month", "2016-12")
    assert code == 0
    assert all(f"{name}：已经齐了" in out for name in TABLES)
    assert "没有改动" in out
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
