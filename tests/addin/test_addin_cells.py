"""The wrappers from cell formulas in a second, independent Basic: LibreOffice's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.addin import built
from tests.addin.libreoffice import for_libreoffice, workbook
from tests.office import Office, available
from xl_kpi.addin.wrappers import helps
from xl_kpi.functions.sentinel import DEFECT, SENTINEL

# What Python would answer, by the function asked for.
STAND = f"""Attribute VB_Name = "Stand"
Function PythonAnswers(fname, args)
    Dim column(0 To 2, 0 To 0)
    Select Case fname
    Case "SAMPLE_STAR"
        If args(0) < 0 Then
            PythonAnswers = "{SENTINEL}"
        Else
            PythonAnswers = args(0) * 2
        End If
    Case "SAMPLE_DOUBLED"
        column(0, 0) = 1.5
        column(1, 0) = "{SENTINEL}"
        column(2, 0) = "text"
        PythonAnswers = column
    Case "SAMPLE_REASON"
        PythonAnswers = args(0) & UBound(args)
        If UBound(args) > 1 Then PythonAnswers = "{SENTINEL}"
    Case "SAMPLE_VERSION"
        PythonAnswers = "{DEFECT}"
    End Select
End Function
"""
FORMULAS = {
    "A1": "=SAMPLE_STAR(20)", "A2": "=SAMPLE_STAR(-1)", "A3": '=SAMPLE_REASON("F",1)', "A4": '=SAMPLE_REASON("F",1,2)',
    "A5": "=SAMPLE_VERSION()", "A6": "=SAMPLE_STAR(SAMPLE_STAR(20),3)", "B1:B3": "{=SAMPLE_DOUBLED(A1:A3)}",
}
NA, VALUE = "Error 2042", "Error 2015"      # as LibreOffice shows what Excel makes #N/A and #VALUE!


@pytest.mark.skipif(not available()[0], reason=available()[1])
def test_values_refusals_and_failures_arrive_in_the_cells(tmp_path: Path) -> None:
    path = tmp_path / "cells.xlsm"
    path.write_bytes(workbook(STAND, FORMULAS))
    with Office() as office, office.opened(path, MacroExecutionMode=4) as document:
        document.calculateAll()
        sheet = document.Sheets.getByIndex(0)
        places = ("A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2", "B3")
        shown = {place: sheet.getCellRangeByName(place).String for place in places}
    assert shown == {"A1": "40", "A2": NA, "A3": "F1", "A4": NA, "A5": VALUE, "A6": "80",
                     "B1": "1.5", "B2": NA, "B3": "text"}


# Names by which xlwings' own VBA starts programs, writes files or reaches Python: they stood in the add-in once.
FORMER = ("RunPython", "RunFrozenPython", "ExecuteWindows", "ExecuteMac", "SaveConfigToFile", "GetConfig", "XLPy",
          "XLPyCommand", "XLPyDLLActivateAuto", "KillPy", "WScript", "ReadFile", "ShowError", "NDims", "RegisterHelp",
          "ImportPythonUDFs", "GetConfigFromFile", "CreateGUID")


@pytest.mark.skipif(not available()[0], reason=available()[1])
def test_of_all_names_in_it_only_the_functions_for_cells_answer_a_cell(tmp_path: Path) -> None:
    """Every procedure, declaration, constant and variable, and what stood there once, called from cells."""
    source = built.modules()["XlKpi"]
    inside = set(re.findall(r"^\s*(?:Private|Public) (?:Const |Declare PtrSafe )?(?:Sub |Function )?(\w+)", source,
                            re.MULTILINE))
    functions = {help.name for help in helps(built.SAMPLE)}
    assert {"LoadLibrary", "StartPython", "Server", "python", "REFUSED", "XlKpi_payroll"} | functions <= inside
    names = sorted({*inside, *FORMER})
    arguments = ("", "1", '"calc.exe"', "B1", '"calc.exe",1', "1,1,1")
    formulas = {f"{'ACDEFG'[n]}{row}": f"={name}({given})" for row, name in enumerate(names, 1)
                for n, given in enumerate(arguments)}
    # Python knows our functions and no others; and it is as well that it does, for LibreOffice calls Private ones, too
    stand = ('Attribute VB_Name = "Stand"\nFunction PythonAnswers(fname, args)\n'
             f'    PythonAnswers = "{DEFECT}"\n'
             f'    If InStr(";{";".join(functions)};", ";" & fname & ";") = 0 Then Exit Function\n'
             '    PythonAnswers = "answered " & fname\n'
             "End Function\n")
    path = tmp_path / "names.xlsm"
    path.write_bytes(workbook(stand, formulas))
    with Office() as office, office.opened(path, MacroExecutionMode=4) as document:
        document.calculateAll()
        sheet = document.Sheets.getByIndex(0)
        shown = {name: {sheet.getCellRangeByName(f"{column}{row}").String for column in "ACDEFG"}
                 for row, name in enumerate(names, 1)}
    answering = {name for name, texts in shown.items() if any(text.startswith("answered") for text in texts)}
    assert answering == functions
    private = set(re.findall(r"^Private Function (\w+)", source, re.MULTILINE))
    for name in set(names) - functions - private:
        assert all(text == "" or text.startswith(("#", "Err:", "Error ")) for text in shown[name]), (name, shown[name])


def test_one_branch_is_taken() -> None:
    source = "#Const App = 1\nA\n#If Mac Then\nB\n#Else\nC\n#If VBA7 Then\nD\n#End If\n#End If\nE\n"
    assert for_libreoffice(source).split() == ["A", "C", "D", "E"]
