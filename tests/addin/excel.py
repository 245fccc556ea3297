"""The built add-in loaded into pyOpenVBA's Excel in memory, whose interpreter really runs the VBA.

What that Excel has not (Application.Ready, IsAddin …) is added here; in the place of xlwings' module, which needs a
DLL, stands one that notes what it is asked to run.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pyopenvba.apps.excel import Application, ExcelApplication, Workbook
from pyopenvba.interpreter import EMPTY, MISSING, NOTHING, VBAArray, VBAErrorValue, VBAObject, member, method, setter

from tests.addin import built

# In the place of Python's process: a class that notes what it is asked.  ``Show`` would need a window.
PYTHON = """
Public Function Ready() As Boolean
    Ready = True
End Function

Public Sub Press(handler, application, book)
    Debug.Print handler
    If PythonFails Then Err.Raise 1000, , "RPC server unavailable"
End Sub

Public Function Answer(name, given)
    Answer = Empty
End Function
"""
STARTED = """Private Sub StartPython()
    If StartFails = "" Then
        Set python = New Served
    Else
        Fail StartFails, "C:\\Python\\pythonw.exe"
    End If
End Sub
"""
SHOWN = """Private Sub Show(ByVal message As String, ByVal title As String)
    CreateObject("Screen").Show message, title
End Sub
"""


def runnable(source: str) -> str:
    """The module without what only Windows has: libraries, and the way to Python's process."""
    source = re.sub(r"^#If Win64.*?^#End If\n", "", source, flags=re.MULTILINE | re.DOTALL)
    source = re.sub(r"^Private Declare .*\n", "", source, flags=re.MULTILINE)
    for name, text in (("StartPython", STARTED), ("Show", SHOWN)):
        source, count = re.subn(rf"^Private Sub {name}\(.*?^End Sub\n", lambda _, text=text: text, source,    # type: ignore[misc]
                                flags=re.MULTILINE | re.DOTALL)
        assert count == 1
    return source


class Bars(VBAObject):
    """The old menus, of which the wizard disables the first entry while it is open."""

    vba_type_name = "CommandBar"

    def __init__(self, enabled: bool):
        self.enabled = enabled

    @member
    def Controls(self, Index: object = MISSING) -> object:
        return self

    @member
    def Enabled(self) -> object:
        return self.enabled


class Fuller(Application):
    wizard = False
    ready = True
    protected_view: object = NOTHING
    caller: object = VBAErrorValue(2023)        # as Excel says of a ribbon's button
    described: list[tuple[str, str, str, list[str]]]
    timed: list[str]
    hidden_while_described: bool

    @member
    def CommandBars(self, Index: object = MISSING) -> object:
        return Bars(not self.wizard)

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


class Screen(VBAObject):
    vba_type_name = "Screen"

    def __init__(self, said: list[tuple[str, str]]):
        self.said = said

    @method
    def Show(self, Text: object = MISSING, Title: object = MISSING) -> object:
        self.said.append((str(Text), str(Title)))
        return EMPTY


class Excel:
    """An Excel with the add-in; ``said`` are its messages, ``ran`` the buttons that Python was asked to run."""

    def __init__(self, folder: Path, starts: str = "", python_fails: bool = False):
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
        self.app.interpreter.host.create = lambda name: Screen(self.said)    # type: ignore[method-assign]
        self.app.add_module(f"Const PythonFails = {python_fails}\n{PYTHON}", name="Served", kind="class")
        self.app.add_module(runnable(built.modules()["XlKpi"]) + "\nPrivate Function StartFails()\n"
                            f'    StartFails = "{starts}"\nEnd Function\n', name="XlKpi")
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
