"""The functions of ``udfs`` as VBA: by xlwings' own generator, with a real error where it gives text.

Two lines of xlwings' wrapper are changed, both as agreed in ``refusal``: what Python gives goes through
``RealErrors``, and the message of an exception through ``FailedCall``, both in ``vba/RealErrors.bas``.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from types import ModuleType, SimpleNamespace
from typing import Any

from xl_kpi.addin import ADDIN_FILE
from xl_kpi.addin.refusal import EXCEPTION, SENTINEL
from xl_kpi.addin.xlwings_udfs import xlwings_udfs

UDF_MODULES = ("xl_kpi.udfs",)     # the package alone: it has every function by name
LONGEST_HELP = 255          # what Excel's wizard takes

HEAD = f"""Attribute VB_Name = "xlwings_udfs"
' Made by xlwings' generator from the functions of udfs; errors are made real ones by xl-kpi.
#Const App = "Microsoft Excel"
Private Const REFUSED_CELL As String = "{SENTINEL}"
Private Const REFUSED_EXCEPTION As String = "{EXCEPTION}"
Private Const ERROR_NA As Long = 2042
Private Const ERROR_VALUE As Long = 2015

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


def declared(name: str) -> ModuleType:
    """A Python module with the functions it declares to Excel."""
    xlwings_udfs()
    module = importlib.import_module(name)
    if not _functions(module):
        # imported before xlwings' decorators were there: they have left no trace, so once more
        for known in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
            del sys.modules[known]
        module = importlib.import_module(name)
    return module


def vba(modules: Sequence[str]) -> str:
    """The VBA module ``xlwings_udfs`` with a wrapper for every function of these Python modules."""
    generator = xlwings_udfs()
    out = StringIO()
    book = SimpleNamespace(Name=ADDIN_FILE)         # all that the generator wants to know of a workbook
    for name in modules:
        generator.generate_vba_wrapper(name, declared(name), out, book)
    real_errors = files("xl_kpi.addin").joinpath("vba", "RealErrors.bas").read_text(encoding="ascii")
    return HEAD + _with_real_errors(out.getvalue()) + "\n" + real_errors


def _with_real_errors(text: str) -> str:
    """The generator's text with its two lines per function changed; raises ValueError when it has others."""
    text, called = re.subn(r"^(\s*)(\w+) = (XLPy\.CallUDF\(.*\))$", r"\1\2 = RealErrors(\3)", text, flags=re.MULTILINE)
    text, failed = re.subn(r"^(\s*)(\w+) = Err\.Description$", r"\1\2 = FailedCall(Err.Description)", text,
                           flags=re.MULTILINE)
    functions = len(re.findall(r"^Function ", text, re.MULTILINE))
    if called != 2 * functions or failed != functions:      # one call for Excel, one for other programs
        raise ValueError("xlwings' generator writes other wrappers than the ones xl-kpi knows")
    return text


def helps(modules: Sequence[str]) -> list[Help]:
    """The help texts of these modules' functions.  Raises ValueError for a text that Excel would cut off."""
    found = []
    for module in modules:
        for function in _functions(declared(module)):
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
