"""xlwings' own module of functions for cells, on any system.

``xlwings.udfs`` imports pywin32, which exists on Windows only, and off Windows xlwings' decorators do nothing.  Neither
the decorators nor the generator of VBA use pywin32, so elsewhere empty modules stand in for it while it is imported,
and ``xlwings.func``, ``xlwings.arg`` and ``xlwings.ret`` become the genuine ones as they are on Windows.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def xlwings_udfs() -> ModuleType:
    """The genuine ``xlwings.udfs`` with its ``xlfunc``, ``xlarg``, ``xlret`` and ``generate_vba_wrapper``."""
    if sys.platform == "win32" or "xlwings.udfs" in sys.modules:
        return importlib.import_module("xlwings.udfs")
    stand_ins = _stand_ins()
    before = {name: sys.modules.get(name) for name in stand_ins}
    sys.modules.update(stand_ins)
    try:
        genuine = importlib.import_module("xlwings.udfs")
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    xlwings = importlib.import_module("xlwings")
    vars(xlwings).update(func=genuine.xlfunc, arg=genuine.xlarg, ret=genuine.xlret)
    return genuine


def _stand_ins() -> dict[str, ModuleType]:
    modules = {name: ModuleType(name) for name in ("pythoncom", "pywintypes", "win32com", "win32com.client")}
    vars(modules["pythoncom"])["CoInitialize"] = lambda: None
    vars(modules["pywintypes"])["com_error"] = type("com_error", (Exception,), {})
    vars(modules["win32com.client"])["Dispatch"] = None
    vars(modules["win32com"]).update(client=modules["win32com.client"], __path__=[])
    return modules
