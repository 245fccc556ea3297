"""The functions from formulas of cells, in LibreOffice, through the built wrappers down to Python.

Only xlwings' DLL is replaced: in its place a module of Basic hands the call to an object of this process, where
``server.answer`` goes on as on Windows (tests/udfs/harness).  So what is proved is the way there and back: the VBA as
generated, blanks, dates, errors, percent and texts as a cell hands them over, real error values, whole columns.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.addin.libreoffice import install
from tests.books import demo_book
from tests.command import run_json
from tests.office import Office, bridge
from tests.udfs import harness
from xl_kpi.functions.sentinel import SENTINEL

CELLS = 5000
REFUSED, FAILED = "Error 2042", "Error 2015"        # as LibreOffice shows what is #N/A and #VALUE! in Excel
MONTH = "2016-12"

@pytest.fixture(scope="module")
def document(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The demo company's workbook with the functions in it."""
    path = demo_book(tmp_path_factory.mktemp("cells"))
    with office.opened(path, MacroExecutionMode=4) as document:
        install(document)
        yield document


def sheet_of(document: Any, name: str) -> Any:
    document.Sheets.insertNewByName(name, document.Sheets.Count)
    return document.Sheets.getByName(name)


def params(document: Any) -> tuple[str, list[list[Any]]]:
    """The range over 参数, as a formula has it and as Excel hands it over."""
    sheet = document.Sheets.getByName("参数")
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    whole = sheet.getCellRangeByPosition(0, 0, cursor.RangeAddress.EndColumn, cursor.RangeAddress.EndRow).getDataArray()
    heading, cells = next((n, row) for n, row in enumerate(whole) if "键" in row)
    columns = [cells.index(text) for text in ("参数", "值", "键")]         # what must be there
    rows = tuple(tuple(row[column] for column in columns) for row in whole[heading:])
    if not document.Sheets.hasByName("制度参数"):       # a small range: it travels with every call
        sheet_of(document, "制度参数").getCellRangeByPosition(0, 0, 2, len(rows) - 1).setDataArray(rows)
    return f"$制度参数.$A$1:$C${len(rows)}", [[None if v == "" else v for v in row] for row in rows]


def expected(name: str, *args: Any) -> Any:
    """What a cell shows: the answer, or a real error."""
    try:
        found = harness.call(name, *args)
    except Exception as error:
        return REFUSED if type(error).__name__ == "Refused" else FAILED
    if isinstance(found, (list, tuple)) and len(found) == len(found[0]) == 1:
        found = found[0][0]         # one cell
    return "" if found is None else found


def test_five_thousand_cells(document: Any) -> None:
    where, rows = params(document)
    sheet = sheet_of(document, "随机")
    dice = random.Random(20161103)
    stars = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, "3", "三", None]
    scores = [0.0, 59.99, 60.0, 85.0, 88.335, 100.0, 101.0, "85", None]
    roles = ["客服代表", "客服领班", "rep", "lead", None, "经理"]
    status = ["正式", "试用", "转正当月", None, "离职"]
    given = [[dice.choice(stars), dice.choice(scores), dice.choice(roles), dice.choice(status), dice.choice(
        ["是", "否", None, "也许"]), float(dice.randrange(120))] for _ in range(CELLS // 5)]
    block = sheet.getCellRangeByPosition(0, 0, 5, len(given) - 1)
    sheet.getCellRangeByPosition(0, 0, 4, len(given) - 1).NumberFormat = 100            # @: a text stays one
    for column in (0, 1):
        sheet.getCellRangeByPosition(column, 0, column, len(given) - 1).NumberFormat = 0
    block.setDataArray(tuple(tuple("" if v is None else v for v in row) for row in given))
    formulas, wanted = [], []
    # LibreOffice hands over 0 for an argument left out between others: a blank cell ($Z$1) stands there
    for n, (star, score, role, state, full, skill) in enumerate(given, 1):
        formulas.append((
            f'=STAR_PAY(A{n};C{n};"{MONTH}";{where})',
            f'=PERFORMANCE_PAY(A{n};B{n};C{n};D{n};$Z$1;"{MONTH}";{where})',
            f'=MONTHLY_PAY(2000;A{n};B{n};E{n};C{n};D{n};$Z$1;$Z$1;"{MONTH}";{where})',
            f'=STAR_LEVEL(B{n};E{n};F{n};C{n};"{MONTH}";{where})',
            f"=RMB_UPPER(B{n})",
        ))
        wanted.append((
            expected("STAR_PAY", star, role, MONTH, rows),
            expected("PERFORMANCE_PAY", star, score, role, state, None, MONTH, rows),
            expected("MONTHLY_PAY", 2000.0, star, score, full, role, state, None, None, MONTH, rows),
            expected("STAR_LEVEL", score, full, skill, role, MONTH, rows),
            expected("RMB_UPPER", score),
        ))
    results = sheet.getCellRangeByPosition(7, 0, 11, len(given) - 1)
    results.setFormulaArray(tuple(formulas))
    got = results.getDataArray()
    wrong = [(formulas[r][c], given[r], got[r][c], wanted[r][c]) for r in range(len(given)) for c in range(5)
             if got[r][c] != wanted[r][c]]
    assert not wrong, wrong[:5]
    for answers in zip(*wanted, strict=True):           # of every function answers and refusals, and no defects
        assert 50 < answers.count(REFUSED) < len(answers) - 50
        assert FAILED not in answers


def test_columns_and_what_does_not_fit(document: Any) -> None:
    where, rows = params(document)
    sheet = sheet_of(document, "整列")
    stars = [1.0, "2", None, 5.0, 9.0]
    sheet.getCellRangeByPosition(0, 0, 0, 4).setDataArray(tuple(("" if v is None else v,) for v in stars))
    sheet.getCellRangeByName("B1:B4").setDataArray(((80.0,), (85.0,), (90.0,), (100.0,)))
    sheet.getCellRangeByName("C1").Formula = "=NA()"
    sheet.getCellRangeByName("C2").Value = 0.99
    sheet.getCellRangeByName("C2").NumberFormat = 11            # 0.00%
    sheet.getCellRangeByName("C3").Value = 42705                # 2016-12-01
    sheet.getCellRangeByName("C3").NumberFormat = 36
    whole = sheet.getCellRangeByName("E1:E5")
    whole.setArrayFormula(f'=STAR_PAY(A1:A5;"客服代表";"{MONTH}";{where})')
    want = harness.call("STAR_PAY", [[v] for v in stars], "客服代表", MONTH, rows)
    assert [row[0] for row in whole.getDataArray()] == [
        REFUSED if row[0] == SENTINEL else "" if row[0] is None else row[0] for row in want]
    cell = sheet.getCellRangeByName("F1")
    for formula, wanted in {
        "=PERFORMANCE_PAY(A1:A5;B1:B4)": REFUSED,                               # columns of different height
        f"=STAR_PAY(C1;$Z$1;$Z$1;{where})": REFUSED,                            # an error value is no star
        f"=PERFORMANCE_PAY(3;C2;$Z$1;$Z$1;$Z$1;C3;{where})": expected("PERFORMANCE_PAY", 3.0, 0.99, None, None, None,
                                                                    42705.0, rows),
        f"=STAR_PAY(3;$Z$1;C3;{where})": expected("STAR_PAY", 3.0, None, 42705.0, rows),
        "=SUM(STAR_PAY(99);1)": "#VALUE!",                                      # a total over it fails
        "=KPI_VERSION()": expected("KPI_VERSION"),
        f'=KPI_REASON("STAR_PAY";99;$Z$1;$Z$1;{where})': expected("KPI_REASON", "STAR_PAY", 99.0, None, None, rows),
    }.items():
        cell.Formula = formula
        got = cell.String if isinstance(wanted, str) else cell.Value
        assert got == wanted, formula


def test_the_paid_month(document: Any) -> None:
    """绩效工资 of everybody by formulas over the month's own results is what the job pays."""
    where, _ = params(document)
    code, found = run_json("payroll", Path(bridge().fileUrlToSystemPath(document.URL)), "--month", MONTH)
    assert code == 0
    sheet = sheet_of(document, "当月")
    lines = [line for line in found["lines"] if line["状态"] != "试用" and "月中" not in line["备注"]]
    formulas = []
    for n, line in enumerate(lines, 1):
        sheet.getCellRangeByPosition(0, n - 1, 3, n - 1).setDataArray((
            (float(line["执行星级"]), float(line["月度得分"]), line["岗位"], line["状态"]),))
        formulas.append((f'=PERFORMANCE_PAY(A{n};B{n};C{n};D{n};$Z$1;"{MONTH}";{where})',))
    results = sheet.getCellRangeByPosition(5, 0, 5, len(lines) - 1)
    results.setFormulaArray(tuple(formulas))
    paid = [(line["工号"], f"{got[0]:.2f}") for line, got in zip(lines, results.getDataArray(), strict=True)]
    assert len(paid) > 30
    assert paid == [(line["工号"], line["绩效工资"]) for line in lines]
