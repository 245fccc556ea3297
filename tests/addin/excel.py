"""The built add-in loaded into pyOpenVBA's Excel in memory, whose interpreter really runs the VBA.

What that Excel has not (Application.Ready, IsAddin …) is added here; in the place of xlwings' module, which needs a
DLL, stands one that notes what it is asked to run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyopenvba.apps.excel import Application, ExcelApplication, Workbook
from pyopenvba.interpreter import EMPTY, MISSING, NOTHING, VBAArray, VBAObject, member, method, setter

from tests.addin import built

PYTHON = """
Public Function RunPython(PythonCommand As String)
    Debug.Print PythonCommand
    ' a new workbook of Excel counts as saved until something is done to it, one of pyOpenVBA does not
    ActiveWorkbook.Saved = Not PythonWrites
    If PythonFails Then Err.Raise 1000, , "Could not load xlwings64.dll"
End Function

Public Function WScript() As Object
    Set WScript = CreateObject("WScript.Shell")
End Function
"""


class Fuller(Application):
    ready = True
    protected_view: object = NOTHING
    caller: object = NOTHING
    described: list[tuple[str, str, str, list[str]]]
    timed: list[str]
    hidden_while_described: bool

    @member
    def Ready(self) -> object:
        return self.ready

    @member
    def ActiveProtectedViewWindow(self) -> object:
        return self.protected_view

    @member
    def Caller(self) -> object:
        return self.caller

    @method
    def OnTime(self, EarliestTime: object = MISSING, Procedure: object = MISSING) -> object:
        self.timed.append(str(Procedure))
        return EMPTY

    @method
    def MacroOptions(self, Macro: object = MISSING, Description: object = MISSING, Category: object = MISSING,
                     ArgumentDescriptions: object = MISSING) -> object:
        book: Any = self.vba_get("ThisWorkbook")
        self.hidden_while_described |= book.is_addin
        texts = [str(text) for text in ArgumentDescriptions.items] if isinstance(ArgumentDescriptions, VBAArray) else []
        self.described.append((str(Macro), str(Description), str(Category), texts))
        return EMPTY


class AddinBook(Workbook):
    is_addin = True

    @member
    def IsAddin(self) -> object:
        return self.is_addin

    @setter("IsAddin")
    def _set_is_addin(self, value: object) -> None:
        self.is_addin = bool(value)


class Shell(VBAObject):
    vba_type_name = "WshShell"

    def __init__(self, said: list[tuple[str, str]]):
        self.said = said

    @method
    def Popup(self, Text: object = MISSING, SecondsToWait: object = MISSING, Title: object = MISSING,
              Type: object = MISSING) -> object:
        self.said.append((str(Text), str(Title)))
        return EMPTY


class Excel:
    """An Excel with the add-in; ``said`` are its messages, ``ran`` the Python commands."""

    def __init__(self, folder: Path, python_fails: bool = False, python_writes: bool = False):
        path = folder / "xl-kpi.xlam"
        path.write_bytes(built.addin())
        self.app = ExcelApplication.open(path, with_vba=False)
        self.said: list[tuple[str, str]] = []
        self.application: Any = self.app.application
        self.application.__class__ = Fuller
        self.application.described, self.application.timed = [], []
        self.application.hidden_while_described = False
        self.addin: Any = self.app.workbook
        self.addin.__class__ = AddinBook
        self.application._this_workbook = self.addin
        self.app.interpreter.host.create = lambda name: Shell(self.said)     # type: ignore[method-assign]
        for name in ("xlwings_udfs", "XlKpiRibbon", "XlKpiHelp"):
            self.app.add_module(built.modules()[name], name=name)
        constants = f"Const PythonFails = {python_fails}\nConst PythonWrites = {python_writes}\n"
        self.app.add_module(constants + PYTHON, name="xlwings")
        # an add-in is open but never the active workbook
        self.application.active_book = None
        self.application.workbooks_.books.remove(self.addin)

    def open_book(self) -> None:
        self.app.add_workbook()

    def click(self, callback: str) -> None:
        self.app.run(callback, NOTHING)

    @property
    def ran(self) -> list[str]:
        return self.app.console

    @property
    def books(self) -> list[str]:
        return [book.name for book in self.app.workbooks()]
