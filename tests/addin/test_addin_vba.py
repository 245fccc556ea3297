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
from tests.addin.excel import Excel
from xl_kpi.addin.buttons import Button, buttons
from xl_kpi.addin.refusal import EXCEPTION, SENTINEL
from xl_kpi.addin.texts import TEXTS

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
    assert excel.ran == [f"import xl_kpi.addin.ribbon; xl_kpi.addin.ribbon.{button.handler}()"]
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
def test_what_needs_no_workbook_gets_an_empty_one_that_goes_again(tmp_path: Path, button: Button) -> None:
    excel = Excel(tmp_path)
    excel.click(button.callback)
    assert excel.ran == [f"import xl_kpi.addin.ribbon; xl_kpi.addin.ribbon.{button.handler}()"]
    assert excel.books == []


def test_a_workbook_that_python_wrote_into_stays(tmp_path: Path) -> None:
    excel = Excel(tmp_path, python_writes=True)
    excel.click("XlKpi_new_workbook")
    assert excel.books == ["Book1"]


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


@pytest.mark.parametrize("button", [NEEDS_BOOK[0], NEEDS_NONE[0]], ids=name)
def test_when_python_does_not_start_it_says_what_to_do(tmp_path: Path, button: Button) -> None:
    excel = Excel(tmp_path, python_fails=True)
    if button.needs_book:
        excel.open_book()
    excel.click(button.callback)
    assert excel.said == [(TEXTS["no_python"] + "\r\nCould not load xlwings64.dll", TEXTS["title"])]
    assert excel.books == (["Book1"] if button.needs_book else [])


def test_without_windows_script_host_it_still_speaks(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    host: Any = excel.app.interpreter.host
    del host.create         # as where it is forbidden: CreateObject fails
    excel.app.add_module("Public Function WScript() As Object\n Err.Raise 429\nEnd Function\n", name="xlwings")
    excel.click("XlKpi_check")
    assert [dialog[1] for dialog in excel.app.dialogs] == [TEXTS["no_book"]]


def test_every_text_that_vba_says_is_in_the_sheet() -> None:
    said = set(re.findall(r'(?:Say|TextOf\() ?"(\w+)"', built.modules()["XlKpiRibbon"]))
    assert said == set(TEXTS)


# ------------------------------------------------------------------------------------------------ help texts

def test_opening_registers_the_help_of_every_function(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    excel.app.run("RegisterHelp")
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


def test_workbook_open_has_the_help_registered_when_excel_is_ready(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    excel.app.add_module(built.modules()["ThisWorkbook"], name="ThisWorkbook", kind="document")
    excel.app.run("ThisWorkbook.Workbook_Open")
    assert excel.application.timed == ["'xl-kpi.xlam'!RegisterHelp"]


# ------------------------------------------------------------------------------------------------ real errors

TRACEBACK = f'Err.Raise 1000, , "Unexpected Python Error: Traceback ...{EXCEPTION}: why"'
CALLERS = """
Public Function Through(given)
    Through = RealErrors(given)
End Function
"""


def through(given: object) -> Any:
    """A value of Python as it arrives in the cell."""
    vba = Interpreter()
    vba.add_module(built.modules()["xlwings_udfs"] + CALLERS, name="xlwings_udfs")
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
@pytest.mark.parametrize("answer", ["fails", "refuses", "raises", "answers"])
def test_a_wrapper_in_a_cell(tmp_path: Path, function: str, arguments: list[object], answer: str) -> None:
    """Python's answer, its refusal and its exception as they come to stand in the cell."""
    excel = Excel(tmp_path)
    excel.open_book()
    book: Any = excel.app.workbook
    cell = book.active_sheet.vba_get("Range", ["A1"])
    replies = {"fails": 'Err.Raise 1000, , "Unexpected Python Error"', "raises": TRACEBACK,
               "refuses": f'CallUDF = "{SENTINEL}"', "answers": "CallUDF = UBound(args) - LBound(args) + 1"}
    class_module = f"Public Function CallUDF(m, f, args, wb, caller)\n    {replies[answer]}\nEnd Function\n"
    excel.app.add_module(class_module, name="Server", kind="class")
    excel.app.add_module("Public Function XLPy() As Object\n    Set XLPy = New Server\nEnd Function\n", name="xlwings")
    excel.application.caller = cell
    result: Any = excel.app.interpreter.run(function, arguments)
    if answer == "answers":
        declared = {"SAMPLE_STAR": 2, "SAMPLE_REASON": 3, "SAMPLE_VERSION": 0}
        assert result == declared[function]
    else:
        assert isinstance(result, VBAErrorValue)
        assert result.number == (2015 if answer == "fails" else 2042)


# --------------------------------------------------------------------------------------------------- compilation

def test_xlwings_own_module_is_understood() -> None:
    Interpreter().add_module(built.without_comments_on_directives(built.modules()["xlwings"]), name="xlwings")


def test_an_analyser_finds_nothing_in_our_modules(tmp_path: Path) -> None:
    """vbalidator resolves names against Excel's type library; xlwings' module and its loop variable are not ours."""
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
    assert result["summary"]["files_scanned"] == 6
    assert [issue["rule_id"] for issue in found.pop("Broken")] == ["VBA001"]
    found.pop("xlwings")
    assert [issue["message"] for issue in found.pop("xlwings_udfs")
            if "Option Explicit" not in issue["message"] and "'k'" not in issue["message"]] == []
    assert found == {}
