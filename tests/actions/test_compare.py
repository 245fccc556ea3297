"""`xl-kpi compare`: who would get what under another reading, parameter or policy."""

from __future__ import annotations

import shutil
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cased import fill_book, read_cases
from tests.command import run, run_json
from xl_kpi.policy.load import load

LITONG = "s004-3-litong"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Five people of two departments with 80 points, but for 101 with 96 and 102 with 55."""
    path = tmp_path / "客服部2016.xlsx"
    assert run("new", path, "--policy", LITONG)[0] == 0
    scores = {101: {"考核得分": 96}, 102: {"考核得分": 55}}
    fill_book({**read_cases(LITONG)[0], "月度考核": scores}, load(LITONG), path)
    return path


def compared(book: Path, *others: str) -> tuple[int, dict[str, Any]]:
    return run_json("compare", book, "--month", "2016-11", *(part for one in others for part in ("--with", one)))


def pay(book: Path) -> dict[str, Decimal]:
    _, result = run_json("payroll", book, "--month", "2016-11")
    return {line["工号"]: Decimal(line["实发合计"]) for line in result["lines"]}


def test_a_parameter(book: Path) -> None:
    """Grade a pays 160 % instead of 150 %: 10 % of 3000 for the one with 96 points."""
    code, found = compared(book, "各级绩效工资比例[a]=160")
    assert code == 0, found
    by_person = {line["工号"]: line for line in found["lines"]}
    assert by_person["101"]["difference"] == "300.00"
    assert by_person["101"]["changes"]["计发比例"] == ["150.00", "160.00"]
    assert [line["difference"] for who, line in by_person.items() if who != "101"] == ["0.00"] * 4
    assert found["totals"]["difference"] == "300.00"
    assert found["column"] == "实发合计"


def test_it_is_what_the_workbook_gives_once_it_is_changed(book: Path) -> None:
    before = pay(book)
    _, found = compared(book, "split.base=60", "各级绩效工资比例[e]=0")
    made = openpyxl.load_workbook(book)
    for row in made["参数"].iter_rows():
        values = [cell.value for cell in row]
        if "split.base" in values:
            row[values.index("split.base")].parent.cell(row[0].row, _value_column(made)).value = 60
        if "grade.coef" in values and "e" in values:
            made["参数"].cell(row[0].row, _value_column(made)).value = 0
    made.save(book)
    after = pay(book)
    assert before != after
    assert {line["工号"]: Decimal(line["now"]) for line in found["lines"]} == before
    assert {line["工号"]: Decimal(line["then"]) for line in found["lines"]} == after
    assert Decimal(found["totals"]["difference"]) == sum(after.values()) - sum(before.values())


def _value_column(book: Any) -> int:
    return next(cell.column for row in book["参数"].iter_rows(max_row=10) for cell in row if cell.value == "值")


def test_a_reading_by_title_and_by_id(book: Path) -> None:
    name, reading = next(iter(load(LITONG).readings.items()))
    value = next(one for one in reading.values if one != reading.default)
    both = [compared(book, f"reading.{name}={value}"), compared(book, f"{reading.title}={value}")]
    assert both[0] == both[1]
    assert both[0][0] == 0


def test_another_workbook(book: Path) -> None:
    other = shutil.copy(book, book.with_name("另一个.xlsx"))
    _, found = compared(book, str(other))
    assert found["totals"]["difference"] == "0.00"
    assert not any(line["changes"] for line in found["lines"])


def test_another_policy_lists_all_that_the_workbook_lacks(book: Path) -> None:
    code, found = compared(book, "s001-b-110-points")
    assert code == 1
    said = "\n".join(problem["text"] for problem in found["problems"] if problem["level"] == "error")
    assert "考核台账" in said
    assert "「工资」" in said
    assert "不认识参数" not in said, "parameters of its own policy are no matter here"


def test_on_a_sheet_with_a_picture(book: Path, tmp_path: Path) -> None:
    before, out = book.read_bytes(), tmp_path / "比较.xlsx"
    code, said, _ = run("compare", book, "--month", "2016-11", "--with", "各级绩效工资比例[a]=160", "-o", out)
    assert code == 0
    assert "5 人里 1 人不同" in said
    assert book.read_bytes() == before
    sheet = openpyxl.load_workbook(out).worksheets[0]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any("换成：各级绩效工资比例（a）：160" in text for text in texts)
    assert zipfile.ZipFile(out).namelist().count("xl/charts/chart1.xml") == 1


@pytest.mark.parametrize(("others", "code", "says"), [
    ((), 2, "要写明与什么比较"), (("考核得分=3",), 2, "没有叫“考核得分”的参数或读法"),
    (("split.base=六成",), 1, "六成"), (("reading.xx=1",), 2, "没有叫"), (("s001",), 2, "没有制度 s001"),
    (("s001-b-110-points", "split.base=60"), 2, "只能写一个"), (("没有.xlsx",), 2, "没有.xlsx"),
    (("split.base@2016-10=60",), 2, "不能写期间"),
])
def test_what_is_wrong(book: Path, others: tuple[str, ...], code: int, says: str) -> None:
    got, out, err = run("compare", book, "--month", "2016-11", *(p for one in others for p in ("--with", one)))
    assert (got, says in out + err) == (code, True), out + err


def test_where_to(book: Path) -> None:
    for out, says in (("a.xlsm", "要以 .xlsx 结尾"), (str(book), "已经有了")):
        code, _, err = run("compare", book, "--month", "2016-11", "--with", "split.base=60", "-o", out)
        assert (code, says in err) == (2, True), err
