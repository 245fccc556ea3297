"""The functions of ``xl_kpi.udfs`` as VBA: a public function for each, which hands its arguments on by name."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from xl_kpi.addin.xlwings_udfs import xlwings_udfs

UDF_MODULES = ("xl_kpi.udfs",)      # the package alone: it has every function by name
LONGEST_HELP = 255                  # what Excel's wizard takes


BASIC = {"output", "input", "binary", "random", "append", "access", "line", "base", "option", "error"}


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


def wrappers(modules: Sequence[str]) -> str:
    """A VBA function for every function of these Python modules; they stand in the module ``XlKpi``."""
    return "".join(_wrapper(function.__xlfunc__) for name in modules for function in _functions(declared(name)))


def _wrapper(told: dict[str, Any]) -> str:
    name, arguments = told["name"], told["args"]
    names = [_word(argument["name"]) for argument in arguments]
    if arguments and arguments[-1]["vararg"]:
        if len(arguments) != 2:
            raise ValueError(f"{name}: one argument goes before those of a variable number")
        signature, given = f"{names[0]}, ParamArray {names[1]}()", f"Joined({names[0]}, {names[1]})"
    else:
        signature = ", ".join(("Optional " if "optional" in argument else "") + word
                              for argument, word in zip(arguments, names, strict=True))
        given = f"Array({', '.join(names)})"
    return (f"\nPublic Function {name}({signature}) As Variant\n"
            f'    {name} = Answer("{name}", {given})\n'
            "End Function\n")


def _word(name: str) -> str:
    """The name of an argument in Basic, where some are words of its own (LibreOffice takes them for nothing else)."""
    return f"{name}_" if name.lower() in BASIC else name


def helps(modules: Sequence[str]) -> list[Help]:
    """The help texts of these modules' functions.  Raises ValueError for a text that Excel would cut off."""
    found = []
    for module in modules:
        for function in _functions(declared(module)):
            told = function.__xlfunc__
            texts = (told["ret"]["doc"], *(argument["doc"] for argument in told["args"]))
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
    """By name."""
    return [value for name in dir(module) if hasattr(value := getattr(module, name), "__xlfunc__")]
