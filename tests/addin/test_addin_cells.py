"""The wrappers from cell formulas in a second, independent Basic: LibreOffice's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.addin.libreoffice import for_libreoffice, workbook
from tests.office import Office, available
from xl_kpi.addin.refusal import EXCEPTION, SENTINEL

# What Python would answer, by the function asked for.
XLPY = f"""Attribute VB_Name = "XLPy"
Function CallUDF(modname, fname, args, Optional wb, Optional caller)
    Dim column(0 To 2, 0 To 0)
    Select Case fname
    Case "SAMPLE_STAR"
        If args(0) < 0 Then
            CallUDF = "{SENTINEL}"
        Else
            CallUDF = args(0) * 2
        End If
    Case "SAMPLE_DOUBLED"
        column(0, 0) = 1.5
        column(1, 0) = "{SENTINEL}"
        column(2, 0) = "text"
        CallUDF = column
    Case "SAMPLE_REASON"
        If UBound(args) > 1 Then Err.Raise 1000, , "Traceback ... {EXCEPTION}: why"
        CallUDF = args(0) & UBound(args)
    Case "SAMPLE_VERSION"
        Err.Raise 1000, , "Traceback ... ZeroDivisionError"
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
    path.write_bytes(workbook(XLPY, FORMULAS))
    with Office() as office, office.opened(path, MacroExecutionMode=4) as document:
        document.calculateAll()
        sheet = document.Sheets.getByIndex(0)
        places = ("A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2", "B3")
        shown = {place: sheet.getCellRangeByName(place).String for place in places}
    assert shown == {"A1": "40", "A2": NA, "A3": "F1", "A4": NA, "A5": VALUE, "A6": "80",
                     "B1": "1.5", "B2": NA, "B3": "text"}


def test_one_branch_is_taken() -> None:
    source = "#Const App = 1\nA\n#If Mac Then\nB\n#Else\nC\n#If VBA7 Then\nD\n#End If\n#End If\nE\n"
    assert for_libreoffice(source).split() == ["A", "C", "D", "E"]
