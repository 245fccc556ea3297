"""The native formulas, calculated by a second engine that shares nothing with the program or LibreOffice (IronCalc)."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.books import demo_book
from tests.cased import write_book as write_case
from tests.command import run
from tests.departments import random_department, write_book
from tests.test_foreign_policies import IDS, busy
from xl_kpi.policy.load import load

ironcalc = pytest.importorskip("ironcalc", reason="the second engine is not installed (dev)")


def recalculated(path: Path, folder: Path) -> dict[tuple[str, str], tuple[float, Any]]:
    """(sheet, cell) → what the program says and what the engine makes of its formula, of every formula cell."""
    said, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    bare = folder / "没有值.xlsx"
    formulas.save(bare)                 # which keeps no value of a formula: nothing to believe
    model = ironcalc.load_from_xlsx(str(bare), "en", "UTC", "en")
    model.evaluate()
    found = {}
    for at, name in enumerate(one["name"] for one in model.get_worksheets_properties()):
        for cell in (c for row in formulas[name].iter_rows() for c in row):
            if isinstance(cell.value, str) and cell.value.startswith("="):
                found[name, cell.coordinate] = (said[name][cell.coordinate].value,
                                                model.get_cell_value(at, cell.row, cell.column))
    return found


def agree(path: Path, folder: Path, least: int) -> None:
    found = recalculated(path, folder)
    assert len(found) >= least
    differ = {place: both for place, both in found.items()
              if not isinstance(both[1], int | float) or round(float(both[1]), 6) != float(both[0])}
    assert not differ


@pytest.mark.parametrize("company", ["demo", 2000, 2001, 2002])
def test_the_main_policy(company: str | int, tmp_path: Path) -> None:
    book, out = tmp_path / "b.xlsx", tmp_path / "out.xlsx"
    if company == "demo":
        book = demo_book(tmp_path)
    else:
        write_book(random_department(random.Random(company)), book)
    code, said, _ = run("payroll", book, "--month", "2016-12", "-o", out)
    assert code == 0, said
    agree(out, tmp_path, 40)


@pytest.mark.parametrize("policy_id", IDS)
def test_other_policies(policy_id: str, tmp_path: Path) -> None:
    book, out = tmp_path / "b.xlsx", tmp_path / "out.xlsx"
    write_case(busy(policy_id), load(policy_id), book)
    assert run("payroll", book, "--month", "2016-11", "-o", out)[0] == 0
    agree(out, tmp_path, 20)


def test_a_wrong_formula_is_seen(tmp_path: Path) -> None:
    book, out = demo_book(tmp_path), tmp_path / "out.xlsx"
    assert run("payroll", book, "--month", "2016-12", "-o", out)[0] == 0
    wrong = openpyxl.load_workbook(out)
    cell = next(c for row in wrong["工资表_2016-12"].iter_rows() for c in row if str(c.value).startswith("="))
    cell.value += "+0.01"
    wrong.save(tmp_path / "wrong.xlsx")
    right, theirs = recalculated(out, tmp_path), recalculated(tmp_path / "wrong.xlsx", tmp_path)
    place = "工资表_2016-12", cell.coordinate
    assert theirs[place][1] == pytest.approx(float(right[place][0]) + 0.01)
