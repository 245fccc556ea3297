"""A workbook with the built wrappers for LibreOffice, whose Basic differs from VBA in three places.

It runs both branches of ``#If`` (so they are resolved here), has no ``Application.Caller`` in a cell, and shows
``CVErr`` as the text "Error 2042".  In the place of Python's process stands a function ``PythonAnswers`` of a module
``Stand``, which the caller writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import xlsxwriter

from tests import office
from tests.addin import built
from tests.udfs import harness
from xl_kpi.addin.build import TYPES, XLSM_TYPE, XLSX_TYPE, _rezipped, vba_modules
from xl_kpi.addin.project import project_of, with_project

TRUE_HERE = {"App": "Microsoft Excel", "VBA7": True, "Win64": True, "Mac": False}


def for_libreoffice(source: str) -> str:
    """VBA as LibreOffice's Basic can run it: one branch of every #If, no question after the caller."""
    lines: list[str] = []
    branches: list[tuple[bool, bool]] = []      # (this branch counts, one before it did)
    for line in source.splitlines():
        word = line.strip().lower()
        if word.startswith("#if "):
            branches.append((holds(line), holds(line)))
        elif word.startswith("#else"):
            _, taken = branches.pop()
            branches.append((not taken, True))
        elif word.startswith("#end if"):
            branches.pop()
        elif not word.startswith("#const") and all(counts for counts, _ in branches):
            lines.append(line)
    text = "\n".join(line for line in lines if not line.lstrip().startswith("Private Declare ")) + "\n"
    for old, new in (("Server().Answer(name, given)", "PythonAnswers(name, given)"),
                     ("If given(i).Areas.Count > 1 Then GoTo failed", "")):
        assert text.count(old) == text.count("Private Function Answer(")
        text = text.replace(old, new)
    return text


def holds(line: str) -> bool:
    found = re.match(r'\s*#If\s+(\w+)(?:\s*=\s*"([^"]*)")?\s+Then', line, re.IGNORECASE)
    assert found, line
    value = TRUE_HERE[found[1]]
    return bool(value) if found[2] is None else value == found[2]


def workbook(stand: str, formulas: Mapping[str, str]) -> bytes:
    """An .xlsm with formulas (``{=…}`` over a range: an array formula), the add-in's module and a module Stand."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, formula in formulas.items():
            (sheet.write_array_formula if ":" in place else sheet.write_formula)(place, formula)
    package = _rezipped(buffer.getvalue(), {}, [(TYPES, XLSX_TYPE, XLSM_TYPE)])
    modules = {"Stand": stand, "XlKpi": for_libreoffice(built.modules()["XlKpi"])}
    package = with_project(package, modules, "")
    return _rezipped(package, {"xl/vbaProject.bin": project_of(package)}, [])


STAND = """
Private bridge As Object

Public Sub SetBridge(given)
    Set bridge = given
End Sub

Public Function PythonAnswers(fname, args)
    Dim i As Long, n As Long, answer, out(), r As Long, c As Long
    Dim plain()
    n = UBound(args) - LBound(args)
    plain = Array()
    If n >= 0 Then
        ReDim plain(0 To n)
        For i = 0 To n
            Select Case TypeName(args(i + LBound(args)))
            Case "Error"
                plain(i) = Array("missing")
            Case "Object", "Range"
                plain(i) = args(i + LBound(args)).Value
                ' of an error LibreOffice gives 0
                If args(i + LBound(args)).Count = 1 Then
                    If Left(args(i + LBound(args)).Text, 1) = "#" Then plain(i) = args(i + LBound(args)).Text
                End If
            Case Else
                plain(i) = args(i + LBound(args))
            End Select
        Next i
    End If
    answer = bridge.invoke(Array(fname, plain), Array(), Array())
    If answer(0) = "rows" Then
        ReDim out(0 To UBound(answer(1)), 0 To UBound(answer(1)(0)))
        For r = 0 To UBound(answer(1))
            For c = 0 To UBound(answer(1)(0))
                out(r, c) = answer(1)(r)(c)
            Next c
        Next r
        PythonAnswers = out
    Else
        PythonAnswers = answer(1)
    End If
End Function
"""


class Bridge:
    """The object of this process that Basic calls."""

    def __init__(self, uno: Any):
        self._types = tuple(map(uno.getTypeByName, ("com.sun.star.script.provider.XScript",
                                                    "com.sun.star.lang.XTypeProvider")))
        self._no_id = uno.ByteSequence(b"")
        self.calls = 0

    def getTypes(self) -> Any:
        return self._types

    def getImplementationId(self) -> Any:
        return self._no_id

    def invoke(self, given: Any, *_: Any) -> Any:
        name, args = given
        self.calls += 1
        found = harness.served(name, *map(as_given, args))
        if isinstance(found, (list, tuple)):
            rows = tuple(tuple("" if v is None else v for v in row)
                         for row in (found if isinstance(found[0], (list, tuple)) else [found]))
            return ("rows", rows), (), ()
        return ("value", "" if found is None else found), (), ()


def as_given(value: Any) -> Any:
    """An argument of a cell of LibreOffice as Excel would have it: of a range rows, a blank cell as nothing."""
    if value == ("missing",):
        return ...
    if isinstance(value, tuple):
        return [[None if v == "" else v for v in row] for row in value]
    return None if value == "" else value


def install(document: Any) -> None:
    """The functions into a document that was opened with its macros allowed."""
    harness.excel()
    uno = office.bridge()
    libraries = document.BasicLibraries
    library = libraries.getByName("Standard") if libraries.hasByName("Standard") else (
        libraries.createLibrary("Standard"))
    library.insertByName("Stand", f"Option VBASupport 1\n{STAND}")
    library.insertByName("XlKpi", "Option VBASupport 1\n" + for_libreoffice(vba_modules(["xl_kpi.udfs"])["XlKpi"]))
    script = document.getScriptProvider().getScript(
        "vnd.sun.star.script:Standard.Stand.SetBridge?language=Basic&location=document")
    script.invoke((Bridge(uno),), (), ())
