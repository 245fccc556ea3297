"""Forms that HR filled in, read as rows of the policy's tables: beside the workbook and into it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.books import cell_of, demo_book, put, rows_of, sheet_of, value_of
from tests.command import run
from xl_kpi.forms.answers import FILE
from xl_kpi.workbook.grid import address

TABLE, MONTH = "月度考核_客服代表", "2016-12"
POINTS = ("工作量", "出错率", "满席度", "投诉处理", "日常任务")
PEOPLE = ("005", "006", "007")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_book(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The demo company's workbook without the points of three people in December."""
    path = demo_book(tmp_path)
    sheet = sheet_of(path, TABLE)
    heading = next(row for row in sheet.rows if "工号" in row)
    put(path, TABLE, {address(row, heading.index(one)): None for person in PEOPLE for one in POINTS
                      for row in rows_of(sheet, 工号=person, 月份=MONTH)})
    return path


def points(whole: Path) -> dict[str, list[Any]]:
    return {person: [value_of(whole, TABLE, one, 工号=person, 月份=MONTH) for one in POINTS] for person in PEOPLE}


def form(folder: Path, whole: Path, title: str = "2016年12月客服代表考核表", name: str = "考核表.xlsx",
         **cells: Any) -> Path:
    folder.mkdir(exist_ok=True)
    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet.title = "考核"
    sheet["A1"] = title
    sheet.append([])
    sheet.append(["工号", "姓  名", *POINTS, "考核人"])
    for person, values in points(whole).items():
        sheet.append([person, value_of(whole, "花名册", "姓名", 工号=person), *values])
    for cell, value in cells.items():
        sheet[cell] = value
    path = folder / name
    wb.save(path)
    return path


def lines(*arguments: object) -> Any:
    code, out, _ = run("payroll", *arguments, "--month", MONTH, "--json")
    return json.loads(out)["lines"] if code == 0 else out


def test_forms_beside_the_workbook_give_what_the_workbook_gave(book: Path, whole: Path, tmp_path: Path) -> None:
    folder = form(tmp_path / "表", whole).parent
    before = book.read_bytes()
    assert run("check", book, "--month", MONTH)[0] == 1
    assert run("check", book, "--month", MONTH, "--forms", folder)[0] == 0
    assert lines(book, "--forms", folder) == lines(whole)
    assert book.read_bytes() == before
    out = tmp_path / "o.xlsx"
    assert run("payroll", book, "--month", MONTH, "--forms", folder, "-o", out)[0] == 0
    assert sheet_of(out, "工资表_2016-12").rows == sheet_of_payroll(whole, tmp_path)


def sheet_of_payroll(whole: Path, folder: Path) -> list[list[object]]:
    out = folder / "w.xlsx"
    assert run("payroll", whole, "--month", MONTH, "-o", out)[0] == 0
    return sheet_of(out, "工资表_2016-12").rows


def test_they_are_written_into_the_tables(book: Path, whole: Path, tmp_path: Path) -> None:
    path = form(tmp_path / "表", whole)
    out = tmp_path / "o.xlsx"
    code, said, _ = run("forms", "read", path, "--book", book, "--write", "-o", out)
    assert code == 0
    assert f"{TABLE}：填了 15 格，加了 0 行" in said
    assert lines(out) == lines(whole)
    again = out.read_bytes()
    assert run("forms", "read", path, "--book", out, "--write")[0] == 0
    assert out.read_bytes() == again


def test_rows_that_are_not_there_are_added(book: Path, whole: Path, tmp_path: Path) -> None:
    path = form(tmp_path / "表", whole, "2017年1月客服代表考核表")
    out = tmp_path / "o.xlsx"
    assert "加了 3 行" in run("forms", "read", path, "--book", book, "--write", "-o", out)[1]
    assert value_of(out, TABLE, "工作量", 工号="005", 月份="2017-01") == points(whole)["005"][0]


def test_the_rows_as_json(book: Path, whole: Path, tmp_path: Path) -> None:
    path = form(tmp_path / "表", whole)
    for more in ((), ("--book", book)):
        rows = json.loads(run("forms", "read", path, *more, "--json")[1])
        assert [row["工号"] for row in rows] == list(PEOPLE)
        assert (rows[0]["form"], rows[0]["sheet"], rows[0]["month"], rows[0]["cell"]) == (
            "考核表.xlsx", "考核", MONTH, "A4")
        assert rows[1]["cells"]["工作量"] == "C5"
        assert float(rows[1]["values"]["工作量"]) == points(whole)["006"][0]


@pytest.mark.parametrize(("cells", "where", "said"), [
    ({"C4": 99}, "考核表.xlsx 考核 C4", "工作量超过该项满分"),
    ({"D5": "abc"}, "考核表.xlsx 考核 D5", "「出错率」填的是「abc」"),
    ({"B6": "别人"}, "考核表.xlsx 考核 A6", "工号 007 是孙丽娟，这里的姓名是别人"),
    ({"A6": "999", "B6": "外人"}, "考核表.xlsx 考核 A6", "999 外人不在花名册里"),
    ({"C4": "=1/0"}, "考核表.xlsx 考核 C4", "「工作量」是公式，还没有计算过"),
])
def test_check_names_the_form_s_cell(book: Path, whole: Path, tmp_path: Path, cells: dict[str, Any], where: str,
                                     said: str) -> None:
    folder = form(tmp_path / "表", whole, **cells).parent
    code, out, _ = run("check", book, "--month", MONTH, "--forms", folder)
    assert code == 1
    assert any(where in line and said in line for line in out.splitlines()), out
    found = json.loads(run("check", book, "--month", MONTH, "--forms", folder, "--json")[1])["problems"]
    assert any(p["level"] == "error" and p["sheet"] == "考核表.xlsx 考核" and said in p["text"] for p in found)
    assert run("payroll", book, "--month", MONTH, "--forms", folder, "--json")[0] == 1


def test_a_contradiction_names_both_cells(book: Path, whole: Path, tmp_path: Path) -> None:
    folder = form(tmp_path / "表", whole).parent
    cell = cell_of(book, TABLE, "工作量", 工号="005", 月份=MONTH)
    put(book, TABLE, {cell: 1})
    wanted = f"「工作量」是 {points(whole)['005'][0]:g}，工作簿 {TABLE} {cell} 填的是 1"
    for line in (("check", book, "--month", MONTH, "--forms", folder),
                 ("forms", "read", folder, "--book", book, "--write")):
        code, out, _ = run(*line)
        assert code == 1
        assert "考核表.xlsx 考核 C4" in out
        assert wanted in out
    form(tmp_path / "表", whole, name="又一张.xlsx", C5=2)
    out = run("check", book, "--month", MONTH, "--forms", folder)[1]
    assert "又一张.xlsx 考核 C5" in out or "考核表.xlsx 考核 C5" in out


def test_an_unsaid_month_is_asked_and_the_answer_counts(book: Path, whole: Path, tmp_path: Path) -> None:
    folder = form(tmp_path / "表", whole, "客服代表月度考核表").parent
    code, out, _ = run("check", book, "--month", MONTH, "--forms", folder)
    assert code == 1
    assert "月" in out
    assert FILE in out
    text = (folder / FILE).read_text("utf-8-sig")
    answered = re.sub(r'^("月份.*" = )""', r'\1"2016-12"', text, flags=re.MULTILINE)
    assert answered != text
    (folder / FILE).write_text(answered, "utf-8")
    assert lines(book, "--forms", folder) == lines(whole)


def test_percents_count_as_percents(tmp_path: Path) -> None:
    book = demo_book(tmp_path)
    table = "月度考核_客服领班"
    person = next(str(row[1]) for row in sheet_of(book, table).rows if row[0] == MONTH)
    cell = cell_of(book, table, "服务满意度", 工号=person, 月份=MONTH)
    whole = lines(book)
    old = value_of(book, table, "服务满意度", 工号=person, 月份=MONTH)
    put(book, table, {cell: None})
    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet.append(["2016年12月服务满意度"])
    sheet.append(["工号", "姓名", "服务满意度"])
    assert isinstance(old, float)
    sheet.append([person, value_of(book, "花名册", "姓名", 工号=person), old / 100 if old > 1 else old])
    sheet["C3"].number_format = "0.00%"
    (tmp_path / "表").mkdir()
    wb.save(tmp_path / "表" / "满意度.xlsx")
    assert lines(book, "--forms", tmp_path / "表") == whole


def test_review_fills_its_forms_from_the_workbook_alone(book: Path, whole: Path, tmp_path: Path) -> None:
    folder = form(tmp_path / "表", whole, "2016年9月客服代表考核表").parent
    out = tmp_path / "o.xlsx"
    code, said, _ = run("review", book, "--quarter", "2016Q4", "--forms", folder, "-o", out)
    assert code == 1            # the points of September contradict those of the workbook
    assert "考核表.xlsx 考核" in said


@pytest.mark.parametrize(("line", "said"), [
    (["--write"], "--write：要用 --book 写明读进哪个工作簿"), (["-o", "x.xlsx"], "-o：与 --write 一起用"),
])
def test_wrong_usage(whole: Path, tmp_path: Path, line: list[str], said: str) -> None:
    path = form(tmp_path / "表", whole)
    code, _, err = run("forms", "read", path, *line)
    assert code == 2
    assert said in err
