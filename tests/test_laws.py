"""Laws that hold whatever the rules are: sums, order, repetition, layout of the sheets."""

from __future__ import annotations

import copy
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import run, run_json
from tests.departments import HEADINGS, random_department, write_book

LAW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 10**6)
MONEY = ("岗位工资", "全勤奖", "绩效工资", "服务明星", "进步之星", "效能之星", "一次性奖励",
         "应发合计", "扣款合计", "实发合计")


def results(department: dict, folder: Path) -> tuple[Any, Any]:
    book = folder / "b.xlsx"
    write_book(department, book)
    return run_json("payroll", book, "--month", "2016-12"), run_json("review", book, "--quarter", "2017Q1")


def people(result: tuple[int, dict], key: str) -> dict[str, dict]:
    assert result[0] == 0, result[1]["problems"]
    return {line["工号"]: {k: v for k, v in line.items() if k != "序号"} for line in result[1][key]}


@LAW
@given(seed=seeds)
def test_totals_are_the_sums_of_the_rounded_lines(seed: int, tmp_path: Path) -> None:
    (code, pay), _ = results(random_department(random.Random(seed)), tmp_path)
    assert code == 0
    for heading, total in pay["totals"].items():
        if heading == "人数":
            assert total == len(pay["lines"])
        else:
            assert Decimal(total) == sum((Decimal(line.get(heading, "0")) for line in pay["lines"]), Decimal(0))
    items = {h for line in pay["lines"] for h in line} & (set(pay["totals"]) - set(MONEY))
    for line in pay["lines"]:
        money = {h: Decimal(line.get(h, "0")) for h in (*MONEY, *items)}
        assert money["实发合计"] == money["应发合计"] - money["扣款合计"]
        parts = sum((money[h] for h in MONEY[:7]), Decimal(0))
        assert money["应发合计"] - parts + money["扣款合计"] == sum((money[h] for h in items), Decimal(0))


@LAW
@given(seed=seeds, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_people_is_irrelevant(seed: int, order: random.Random, tmp_path: Path) -> None:
    department = random_department(random.Random(seed))
    pay, stars = results(department, tmp_path)
    shuffled = copy.deepcopy(department)
    for name in HEADINGS:
        if name in shuffled:
            order.shuffle(shuffled[name])
    pay2, stars2 = results(shuffled, tmp_path)
    assert people(pay, "lines") == people(pay2, "lines")
    assert pay[1]["totals"] == pay2[1]["totals"]
    assert people(stars, "reviews") == people(stars2, "reviews")
    roster = [row["工号"] for row in shuffled["花名册"]]
    assert [line["工号"] for line in pay2[1]["lines"]] == [i for i in roster if i in people(pay2, "lines")]


@LAW
@given(seed=seeds)
def test_everybody_on_the_roster_is_paid(seed: int, tmp_path: Path) -> None:
    import datetime as dt

    department = random_department(random.Random(seed))
    pay, _ = results(department, tmp_path)
    first, last = dt.date(2016, 12, 1), dt.date(2016, 12, 31)
    here = [p["工号"] for p in department["花名册"]
            if p["入职日期"] <= last and (not p.get("离职日期") or p["离职日期"] >= first)]
    assert [line["工号"] for line in pay[1]["lines"]] == here


def test_columns_titles_blanks_and_totals_do_not_matter(tmp_path: Path) -> None:
    """Any column order, title rows, blank rows, 合计 rows, extra columns, extra sheets, (附表n) in names."""
    import openpyxl

    department = random_department(random.Random(7))
    pay, stars = results(department, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    rng = random.Random(3)
    for sheet in list(book.worksheets):
        rows = [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]
        order = list(range(len(rows[0])))
        rng.shuffle(order)
        new = book.create_sheet(f"{sheet.title}_new")
        new.cell(1, 2, f"{sheet.title}登记表")
        for r, row in enumerate(rows):
            for c, source in enumerate(order):
                # a title, blank rows before and inside, two extra columns
                cell = new.cell(r + 3 + (1 if r > 2 else 0), c + 3)
                cell.value, cell.number_format = row[source]
            new.cell(r + 3 + (1 if r > 2 else 0), 1, "备忘" if r == 0 else "x")
        new.cell(len(rows) + 5, 1, "合 计")
        summed = max(c for c in order if rows[0][c][0] != "姓名")        # a sum stands below numbers, not below names
        new.cell(len(rows) + 5, 3 + order.index(summed), 12345)
        title = sheet.title
        book.remove(sheet)
        new.title = title + ("（附表1）" if title == "季度星级_客服代表" else "")
    book.create_sheet("别的表")["A1"] = "=1/0"
    book.save(tmp_path / "moved.xlsx")
    moved = tmp_path / "moved.xlsx"
    assert people(run_json("payroll", moved, "--month", "2016-12"), "lines") == people(pay, "lines")
    assert people(run_json("review", moved, "--quarter", "2017Q1"), "reviews") == people(stars, "reviews")


def test_running_twice_changes_nothing(tmp_path: Path) -> None:
    write_book(random_department(random.Random(11)), tmp_path / "b.xlsx")
    before = (tmp_path / "b.xlsx").read_bytes()
    for name in ("one.xlsx", "two.xlsx"):
        code, out, _ = run("payroll", tmp_path / "b.xlsx", "--month", "2016-12", "-o", tmp_path / name)
        assert code == 0, out
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert (tmp_path / "b.xlsx").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.xlsx", "one.xlsx", "two.xlsx"]


@pytest.mark.parametrize("company", ["demo", 1000, 1001, 1002, 1003, 1004])
def test_live_formulas_agree_in_a_real_spreadsheet_program(company: str | int, office: Any, tmp_path: Path) -> None:
    """LibreOffice, told to recalculate, agrees with the engine on every formula cell."""
    import openpyxl

    book, out = tmp_path / "b.xlsx", tmp_path / "out.xlsx"
    if company == "demo":
        assert run("demo", tmp_path / "demo")[0] == 0
        book = next((tmp_path / "demo").glob("示例*.xlsx"))
    else:
        write_book(random_department(random.Random(company)), book)
    code, text, _ = run("payroll", book, "--month", "2016-12", "-o", out)
    assert code == 0, text
    formulas = openpyxl.load_workbook(out)
    cached = openpyxl.load_workbook(out, data_only=True)
    fresh = office.recalculated(out)
    compared = 0
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    mine = cached[sheet.title].cell(cell.row, cell.column).value
                    theirs = fresh[sheet.title][cell.row - 1, cell.column - 1]
                    assert round(float(theirs), 6) == float(mine), (sheet.title, cell.coordinate, cell.value)
                    assert not set(re.findall(r"(?<![A-Z$\d])\d+(?![\d:])", cell.value)) - {"100", "2"}, cell.value
                    compared += 1
    assert compared > 40
