"""The functions of ``udfs`` as VBA: by xlwings' own generator, with a real error where it gives text.

xlwings' wrapper puts the message of an exception into the cell as text, and SUM skips text.  Two places of it are
changed: what Python gives goes through ``RealErrors`` (see ``refusal``), and a failed call becomes #VALUE!.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from types import ModuleType, SimpleNamespace
from typing import Any

from xl_kpi.addin import ADDIN_FILE
from xl_kpi.addin.refusal import REFUSED_CELL
from xl_kpi.addin.xlwings_udfs import xlwings_udfs

LONGEST_HELP = 255          # what Excel's wizard takes
ERROR_NA, ERROR_VALUE = 2042, 2015      # xlErrNA, xlErrValue

HEAD = f"""Attribute VB_Name = "xlwings_udfs"
' Made by xlwings' generator from the functions of udfs; errors are made real ones by xl-kpi.
#Const App = "Microsoft Excel"
Private Const REFUSED_CELL As String = "{REFUSED_CELL}"
Private Const ERROR_NA As Long = {ERROR_NA}

"""


@dataclass(frozen=True, slots=True)
class Help:
    """A function in the wizard: ``arguments`` has one text for each argument, in their order."""

    name: str
    category: str
    text: str
    arguments: tuple[str, ...]

    def row(self) -> list[str]:
        return [self.name, self.category, self.text, *self.arguments]


def udf_modules() -> tuple[str, ...]:
    """The modules of the package ``udfs`` that have functions for cells, by name."""
    xlwings_udfs()
    package = importlib.import_module("udfs")
    names = (f"udfs.{found.name}" for found in pkgutil.iter_modules(package.__path__))
    return tuple(name for name in sorted(names) if _functions(importlib.import_module(name)))


def vba(modules: Sequence[str]) -> str:
    """The VBA module ``xlwings_udfs`` with a wrapper for every function of these Python modules."""
    generator = xlwings_udfs()
    out = StringIO()
    book = SimpleNamespace(Name=ADDIN_FILE)         # all that the generator wants to know of a workbook
    for name in modules:
        generator.generate_vba_wrapper(name, importlib.import_module(name), out, book)
    real_errors = files("xl_kpi.addin").joinpath("vba", "RealErrors.bas").read_text(encoding="ascii")
    return HEAD + _with_real_errors(out.getvalue()) + "\n" + real_errors


def _with_real_errors(text: str) -> str:
    """The generator's text with its two lines per function changed; raises ValueError when it has others."""
    text, called = re.subn(r"^(\s*)(\w+) = (XLPy\.CallUDF\(.*\))$", r"\1\2 = RealErrors(\3)", text, flags=re.MULTILINE)
    text, failed = re.subn(r"^(\s*)(\w+) = Err\.Description$", rf"\1\2 = CVErr({ERROR_VALUE})", text,
                           flags=re.MULTILINE)
    functions = len(re.findall(r"^Function ", text, re.MULTILINE))
    if called != 2 * functions or failed != functions:      # one call for Excel, one for other programs
        raise ValueError("xlwings' generator writes other wrappers than the ones xl-kpi knows")
    return text


def helps(modules: Sequence[str]) -> list[Help]:
    """The help texts of these modules' functions.  Raises ValueError for a text that Excel would cut off."""
    found = []
    for module in modules:
        for function in _functions(importlib.import_module(module)):
            told = function.__xlfunc__
            texts = (told["ret"]["doc"], *(argument["doc"] for argument in told["args"] if not argument["vba"]))
            cleaned = [re.sub(r"\s*\n\s*", " ", text).strip() for text in texts]
            for text in cleaned:
                if not 0 < len(text) <= LONGEST_HELP:
                    raise ValueError(f"{told['name']}: a help text needs 1 to {LONGEST_HELP} characters: {text!r}")
            found.append(Help(told["name"], told["category"], cleaned[0], tuple(cleaned[1:])))
    names = [help.name for help in found]
    if len(names) != len(set(names)):
        raise ValueError(f"a function is defined twice: {sorted({n for n in names if names.count(n) > 1})}")
    return found


def _functions(module: ModuleType) -> list[Any]:
    """In the generator's order."""
    return [value for name in dir(module) if hasattr(value := getattr(module, name), "__xlfunc__")]
