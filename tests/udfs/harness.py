"""xlwings as it runs on Windows, from ``call_udf`` down to its converters and its Excel engine's handling of values.

Only what is below is made up: pywin32's modules and the entry points of Windows' DLLs, none of which a call touches.
``excel()`` gives the functions declared by xlwings' own decorators, and ``call``, which hands them arguments as COM
does: a single cell as its value, a range as a tuple of rows, an argument left out as COM's "missing", error values as
their codes, dates with a time zone, currency as Decimal.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import functools
import importlib
import sys
import types
from typing import Any
from unittest import mock

MISSING = -2147352572               # DISP_E_PARAMNOTFOUND
ERRORS = {"#DIV/0!": -2146826281, "#N/A": -2146826246, "#NAME?": -2146826259, "#NULL!": -2146826288,
          "#NUM!": -2146826252, "#REF!": -2146826265, "#VALUE!": -2146826273}
SPILL = -2146826243                 # xlwings has no text for it
MODULES = ("pythoncom", "pywintypes", "win32api", "win32con", "win32event", "win32gui", "win32process", "win32timezone",
           "win32com", "win32com.client", "win32com.server", "win32com.server.dispatcher", "win32com.server.policy",
           "win32com.server.util")


class _Stub(types.ModuleType):
    """A module of pywin32: every name in it is some class, made when asked for."""

    __path__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (Exception,) if name.endswith("error") else (), {"__init__": lambda self, *a, **k: None})
        setattr(self, name, made)
        return made


@functools.cache
def excel() -> Any:
    """The package ``xl_kpi.udfs`` as Excel has it on Windows."""
    for name in MODULES:
        sys.modules.setdefault(name, _Stub(name))
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, sys.modules[name])
    sys.modules["pythoncom"].CoInitialize = lambda: None                        # type: ignore[attr-defined]
    sys.modules["pythoncom"].__file__ = ""
    sys.modules["pythoncom"].TypeIIDs = mock.MagicMock()                        # type: ignore[attr-defined]
    for name in ("windll", "oledll"):
        if not hasattr(ctypes, name):
            setattr(ctypes, name, mock.MagicMock())
    sys.modules["win32com.server.policy"].BasicWrapPolicy = object              # type: ignore[attr-defined]
    import xlwings

    with mock.patch.object(ctypes, "PyDLL", mock.MagicMock()):
        from xlwings import _xlwindows, com_server, udfs
    from xlwings.main import Engine

    assert com_server
    if "excel" not in [engine.name for engine in xlwings.engines]:
        xlwings.engines.add(Engine(impl=_xlwindows.engine))
    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    for name in [name for name in sys.modules if name == "xl_kpi.udfs" or name.startswith("xl_kpi.udfs.")]:
        del sys.modules[name]                   # declared anew, with metadata
    return importlib.import_module("xl_kpi.udfs")


def com(value: Any) -> Any:
    """A cell as COM hands it over."""
    if isinstance(value, str) and value in ERRORS:
        return ERRORS[value]
    if value.__class__ is int and value not in (SPILL, *ERRORS.values()):
        return float(value)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    return value


def argument(value: Any) -> Any:
    """An argument: a range is a list of rows or a list of cells below each other."""
    if value is ...:
        return MISSING
    if not isinstance(value, list):
        return com(value)
    return tuple(tuple(map(com, row)) if isinstance(row, list) else (com(row),) for row in value)


def call(name: str, *args: Any) -> Any:
    """What a cell with ``=NAME(args)`` gets; ``...`` leaves an argument out.  Raises what the wrapper would see."""
    excel()
    from xlwings.udfs import call_udf

    return call_udf("xl_kpi.udfs", name, given(name, *args))


def given(name: str, *args: Any) -> tuple[Any, ...]:
    """The arguments of a cell's formula as they come over COM."""
    known = getattr(excel(), name).__xlfunc__["args"]
    found = [argument(one) for one in args]
    if not (known and known[-1]["vararg"]):
        found += [MISSING] * (len(known) - len(found))
    return tuple(found)


def served(name: str, *args: Any) -> Any:
    """What the process that Excel starts gives back to VBA for such a cell; it raises nothing."""
    from xl_kpi.addin.server import answer

    return answer(name, given(name, *args))


def column(found: Any) -> list[Any]:
    """The cells of a spilled column."""
    assert all(len(row) == 1 for row in found)
    return [row[0] for row in found]
