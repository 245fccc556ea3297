"""A workbook with the built wrappers for LibreOffice, whose Basic differs from VBA in three places.

It runs both branches of ``#If`` (so they are resolved here), has no ``Application.Caller`` in a cell, and shows
``CVErr`` as the text "Error 2042".  In the place of Python's process stands a function ``PythonAnswers`` of a module
``Stand``, which the caller writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO

import xlsxwriter

from tests.addin import built
from xl_kpi.addin.build import TYPES, XLSM_TYPE, XLSX_TYPE, _rezipped
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
