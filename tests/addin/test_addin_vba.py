"""Our VBA, run by an interpreter, and looked through by an analyser that knows Excel's type library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyopenvba.interpreter import Interpreter, VBAArray, VBAErrorValue

from tests.addin import built
from tests.addin.excel import Excel, runnable
from xl_kpi.addin.buttons import Button, buttons
from xl_kpi.addin.texts import FAILURES, TEXTS
from xl_kpi.functions.sentinel import DEFECT, SENTINEL

BUTTONS = list(buttons())
NEEDS_BOOK = [button for button in BUTTONS if button.needs_book]
NEEDS_NONE = [button for button in BUTTONS if not button.needs_book]


def name(button: Button) -> str:
    return button.handler


# ------------------------------------------------------------------------------------------------------ buttons

@pytest.mark.parametrize("button", BUTTONS, ids=name)
def test_a_button_runs_its_handler(tmp_path: Path, button: Button) -> None:
    excel = Excel(tmp_path)
    excel.open_book()
    excel.click(button.callback)
    assert excel.ran == [button.handler]
    assert excel.said == []
    assert excel.books == ["Book1"]


@pytest.mark.parametrize("button", NEEDS_BOOK, ids=name)
def test_without_a_workbook_it_says_so(tmp_path: Path, button: Button) -> None:
    excel = Excel(tmp_path)
    excel.click(button.callback)
    assert excel.said == [(TEXTS["no_book"], TEXTS["title"])]
    assert excel.ran == []
    assert excel.books == []


@pytest.mark.parametrize("button", NEEDS_NONE, ids=name)
def test_what_needs_no_workbook_runs_without_one(tmp_path: Path, button: Button) -> None:
    excel = Excel(tmp_path)
    excel.click(button.callback)
    assert excel.ran == [button.handler]
    assert excel.books == []


def test_in_protected_view_it_says_so(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    excel.application.protected_view = excel.addin
    excel.click("XlKpi_about")
    assert excel.said == [(TEXTS["protected_view"], TEXTS["title"])]
    assert excel.ran == []


def test_while_a_cell_is_edited_it_says_so(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    excel.open_book()
    excel.application.ready = False
    excel.click("XlKpi_payroll")
    assert excel.said == [(TEXTS["busy"], TEXTS["title"])]
    assert excel.ran == []


@pytest.mark.parametrize("reason", FAILURES)
def test_when_python_does_not_start_it_says_why_and_what_to_do(tmp_path: Path, reason: str) -> None:
    excel = Excel(tmp_path, starts=reason)
    excel.open_book()
    excel.click("XlKpi_check")
    assert excel.said == [(TEXTS[reason] + "\r\nC:\\Python\\pythonw.exe", TEXTS["title"])]
    assert all(text in excel.said[0][0] for text in FAILURES[reason])
    assert excel.ran == []


def test_a_button_that_breaks_off_says_so_and_alerts_come_back(tmp_path: Path) -> None:
    excel = Excel(tmp_path, python_fails=True)
    excel.open_book()
    excel.click("XlKpi_payroll")
    assert excel.said == [(TEXTS["broken_off"] + "\r\nRPC server unavailable", TEXTS["title"])]
    assert excel.application.display_alerts


@pytest.mark.parametrize("caller", ["a cell", "a picture"])
def test_only_the_ribbon_presses_a_button(tmp_path: Path, caller: str) -> None:
    """Of what else calls a procedure Excel gives the place or the name."""
    excel = Excel(tmp_path)
    excel.open_book()
    book: Any = excel.app.workbook
    excel.application.caller = book.active_sheet.vba_get("Range", ["A1"]) if caller == "a cell" else "Picture 1"
    for button in BUTTONS:
        excel.click(button.callback)
    assert (excel.ran, excel.said) == ([], [])


def test_every_text_that_vba_says_is_in_the_sheet() -> None:
    source = built.modules()["XlKpi"]
    said = {*re.findall(r'(?:Say|TextOf\(|Fail) ?"(\w+)"', source), *re.findall(r'Require .*, "(\w+)"', source)}
    assert said == set(TEXTS)


# ------------------------------------------------------------------------------------------------ help texts

def test_opening_registers_the_help_of_every_function(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    # the interpreter knows no events of others: they are called below
    source = built.modules()["ThisWorkbook"].replace("Private WithEvents listened", "Private listened")
    excel.app.add_module(source, name="ThisWorkbook", kind="document")
    excel.app.run("ThisWorkbook.Workbook_Open")
    assert excel.application.described == []                # Excel is still opening it
    excel.app.run("ThisWorkbook.listened_WorkbookActivate", excel.addin)
    assert excel.application.described == [
        ("'xl-kpi.xlam'!SAMPLE_DOUBLED", "每个得分的两倍， 一列进一列出。", "绩效薪酬", ["一列得分"]),
        ("'xl-kpi.xlam'!SAMPLE_REASON", "为什么给不出值。", "绩效薪酬", ["函数名", "它的参数"]),
        ("'xl-kpi.xlam'!SAMPLE_STAR", "一个得分是几星。", "绩效薪酬", ["得分", "最高几星"]),
        ("'xl-kpi.xlam'!SAMPLE_VERSION", "版本。", "绩效薪酬", []),
    ]
    assert not excel.application.hidden_while_described     # Excel describes no function of a hidden workbook
    assert excel.addin.is_addin
    assert excel.addin.saved                                # Excel asks nobody to save it
    assert excel.application.screen_updating


# ------------------------------------------------------------------------------------------------ real errors

CALLERS = """
Public Function Through(given)
    Through = RealErrors(given)
End Function
"""


def through(given: object) -> Any:
    """A value of Python as it arrives in the cell."""
    vba = Interpreter()
    vba.add_module(runnable(built.modules()["XlKpi"]) + CALLERS, name="XlKpi")
    return vba.run("Through", [given])


def array(*bounds: int, values: list[object]) -> VBAArray:
    return VBAArray([(0, bound - 1) for bound in bounds], element_type="Variant", items=values)


def is_na(value: object) -> bool:
    return isinstance(value, VBAErrorValue) and value.number == 2042


@pytest.mark.parametrize("value", [5.0, "五星", "", True, "#XLKPI", " #XLKPI!"])
def test_a_value_passes(value: object) -> None:
    assert through(value) == value


def test_a_refused_value_is_a_real_error() -> None:
    assert is_na(through(SENTINEL))


def test_refused_elements_of_a_table_are_real_errors() -> None:
    result = through(array(3, 2, values=[1.0, SENTINEL, "a", 2.0, SENTINEL, ""]))
    assert [is_na(value) for value in result.items] == [False, True, False, False, True, False]
    assert [value for value in result.items if not is_na(value)] == [1.0, "a", 2.0, ""]


def test_refused_elements_of_a_row_are_real_errors() -> None:
    result = through(array(3, values=[1.0, SENTINEL, "a"]))
    assert [is_na(value) for value in result.items] == [False, True, False]


@pytest.mark.parametrize(("function", "arguments"), [
    ("SAMPLE_STAR", [80.0]), ("SAMPLE_STAR", [80.0, 3.0]), ("SAMPLE_REASON", ["A", 1.0, 2.0]), ("SAMPLE_VERSION", [])])
@pytest.mark.parametrize("answer", ["refuses", "defect", "answers", "does not start", "dies"])
def test_a_wrapper_in_a_cell(tmp_path: Path, function: str, arguments: list[object], answer: str) -> None:
    """Python's answer, its refusal and its failure as they come to stand in the cell."""
    excel = Excel(tmp_path, starts="no_start" if answer == "does not start" else "")
    excel.open_book()
    book: Any = excel.app.workbook
    cell = book.active_sheet.vba_get("Range", ["A1"])
    replies = {"refuses": f'Answer = "{SENTINEL}"', "defect": f'Answer = "{DEFECT}"', "does not start": "",
               "answers": "Answer = UBound(given) - LBound(given) + 1", "dies": 'Err.Raise 1000, , "RPC"'}
    class_module = (f'Public Function Answer(name, given)\n    Debug.Print name\n    {replies[answer]}\n'
                    "End Function\n")
    excel.app.add_module(class_module, name="Served", kind="class")
    excel.application.caller = cell
    result: Any = excel.app.interpreter.run(function, arguments)
    if answer == "answers":
        declared = {"SAMPLE_STAR": 2, "SAMPLE_REASON": 3, "SAMPLE_VERSION": 0}
        assert result == declared[function]
    else:
        assert isinstance(result, VBAErrorValue)
        assert result.number == (2042 if answer == "refuses" else 2015)
    # one that dies is started once more; after that, and where none starts, nothing is tried again …
    tries = {"dies": 2, "does not start": 0}.get(answer, 1)
    assert excel.ran == [function] * tries
    excel.app.interpreter.run(function, arguments)
    assert excel.ran == [function] * (tries if answer in ("dies", "does not start") else 2)


def test_while_the_wizard_is_open_python_is_not_asked_and_nothing_is_taken_for_a_value(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    excel.open_book()
    book: Any = excel.app.workbook
    excel.application.caller = book.active_sheet.vba_get("Range", ["A1"])
    excel.application.wizard = True
    assert is_na(excel.app.interpreter.run("SAMPLE_STAR", [80.0]))
    assert excel.ran == []


def test_after_a_failure_nothing_is_tried_until_a_button_is_pressed(tmp_path: Path) -> None:
    """A try may cost a minute, and a sheet has many cells."""
    excel = Excel(tmp_path, starts="no_start")
    excel.open_book()
    tries = excel.app.add_module
    source = runnable(built.modules()["XlKpi"]).replace("Private Sub StartPython()", "Private Sub StartPython()\n"
                                                        '    Debug.Print "tried"')
    tries(source + '\nPrivate Function StartFails()\n StartFails = "no_start"\nEnd Function\n', name="XlKpi")
    for _ in range(50):
        assert excel.app.interpreter.run("SAMPLE_STAR", [80.0]).number == 2015     # type: ignore[union-attr]
    assert excel.ran == ["tried"]
    excel.click("XlKpi_environment")
    assert excel.ran == ["tried"] * 2
    excel.app.interpreter.run("SAMPLE_STAR", [80.0])
    assert excel.ran == ["tried"] * 2


# --------------------------------------------------------------------------------------------------- compilation

def test_an_analyser_finds_nothing_in_our_modules(tmp_path: Path) -> None:
    """vbalidator resolves names against Excel's type library."""
    for module, source in built.modules().items():
        code = source.partition("VB_Customizable = True\n")[2] if module == "ThisWorkbook" else source
        if re.search(r"^(Private |Public )?(Sub|Function) ", code, re.MULTILINE):          # the sheets have none
            (tmp_path / f"{module}.bas").write_text(code, encoding="ascii")
    broken = "Option Explicit\nPublic Sub Broken()\n    Undeclared = 1\nEnd Sub\n"       # it does look
    (tmp_path / "Broken.bas").write_text(broken, encoding="ascii")
    report = tmp_path / "report.json"
    subprocess.run([Path(sys.executable).with_name("vbalidator"), "--host", "excel", "--define",
                    "WIN64=True,VBA7=True", "--quiet", "--output", report, tmp_path], check=False, capture_output=True)
    result = json.loads(report.read_text(encoding="utf-8"))
    found = {Path(file["path"]).stem: file["issues"] for file in result["files"] if file["issues"]}
    assert result["summary"]["files_scanned"] == 3
    assert [issue["rule_id"] for issue in found.pop("Broken")] == ["VBA001"]
    assert found == {}
