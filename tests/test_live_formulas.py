"""LibreOffice, told to recalculate, gives the values of the engine on every formula of every policy's results.

``make test`` looks at a few policies, ``make test-all`` (ALL=1) at each result and period that a table of cases has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cased import asked, period_of, write_book
from tests.command import run
from tests.office import Office
from tests.test_cases_of_policies import ways
from xl_kpi.policy.load import load
from xl_kpi.target import target_of

# Score → pay, a pool with its parts, grades and floating pay, a score list of a card.
FEW = {"s000-d-pay-pool", "s002-f-aftersales-kpi", "s003-a-60-25-15", "card"}
ALL = os.environ.get("ALL") == "1"
WAYS = [(policy_id, case) for policy_id, case in ways() if ALL or policy_id in FEW]


@pytest.mark.parametrize(("policy_id", "case"), WAYS,
                         ids=[f"{policy_id}-{asked(case)[-1]}" for policy_id, case in WAYS])
def test_live_formulas(policy_id: str, case: dict[str, Any], tmp_path: Path, office: Office) -> None:
    book, out = tmp_path / "book.xlsx", tmp_path / "out.xlsx"
    write_book(case, load(policy_id), book)
    code, said, _ = run("result", book, *asked(case), "-o", out)
    assert code == 0, said
    formulas, cached = openpyxl.load_workbook(out), openpyxl.load_workbook(out, data_only=True)
    live = [(sheet.title, cell) for sheet in formulas.worksheets for row in sheet.iter_rows() for cell in row
            if cell.data_type == "f"]
    if not live:            # a list of grades alone
        output = target_of(load(policy_id), period_of(case), case.get("结果", "")).output
        assert not any(column.total or column.formula for column in output.columns)
        return
    fresh = office.recalculated(out)
    wrong = [(name, cell.coordinate, cell.value, fresh[name].get((cell.row - 1, cell.column - 1)), mine)
             for name, cell in live if not same(fresh[name].get((cell.row - 1, cell.column - 1)),
                                                mine := cached[name][cell.coordinate].value)]
    assert wrong == []


def same(theirs: Any, mine: Any) -> bool:
    """Numbers to six places; texts as they are."""
    if isinstance(theirs, int | float) and isinstance(mine, int | float):
        return round(float(theirs), 6) == round(float(mine), 6)
    return str(theirs or "") == str("" if mine is None else mine)
