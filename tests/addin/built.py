"""The add-in built once a session, and its VBA as olevba (not the library that wrote it) reads it back."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from xl_kpi.addin.build import build

SAMPLE = ("tests.addin.sample_udfs",)


@cache
def addin() -> bytes:
    return build(SAMPLE)


def part(name: str, package: bytes | None = None) -> bytes:
    with ZipFile(BytesIO(addin() if package is None else package)) as zipped:
        return zipped.read(name)


def sheet(name: str) -> Worksheet:
    """A sheet as openpyxl reads it, which takes no add-ins: the same package is shown to it as a workbook."""
    out = BytesIO()
    with ZipFile(BytesIO(addin())) as source, ZipFile(out, "w") as target:
        for part_name in source.namelist():
            target.writestr(part_name, source.read(part_name).replace(b"ms-excel.addin.macro", b"ms-excel.sheet.macro"))
    found = load_workbook(out)[name]
    assert isinstance(found, Worksheet)
    return found


@cache
def modules() -> dict[str, str]:
    """Name → source with LF, of every module in the file."""
    from oletools.olevba import VBA_Parser

    parser = VBA_Parser("xl-kpi.xlam", data=addin())
    found = {stream.rsplit("/", 1)[1]: code.replace("\r\n", "\n")
             for _, stream, _, code in parser.extract_macros()}
    parser.close()
    return found


def without_comments_on_directives(source: str) -> str:
    """VBA allows a comment after #If and #Const, pyOpenVBA's interpreter does not."""
    return re.sub(r"^(\s*#.*?)\s*'.*$", r"\1", source, flags=re.MULTILINE)
