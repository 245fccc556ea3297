"""The add-in from text: the same sources give the same .xlam, part by part.

What is in it: XlsxWriter's workbook with three sheets (a page that says what it is, the texts that VBA shows, the help
of the functions); the VBA project of ``vba/`` with the functions of ``udfs`` and the callbacks of ``buttons``; and the
ribbon from the same table.  What came of it last lies beside this file (``make addin``) and is what gets installed:
pyOpenVBA is needed to build the add-in, not to install it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xl_kpi.addin import PROJECT
from xl_kpi.addin.buttons import callbacks, ribbon_xml
from xl_kpi.addin.conf import LONGEST_COMMAND
from xl_kpi.addin.project import project_of, with_project
from xl_kpi.addin.texts import ABOUT, TEXTS
from xl_kpi.addin.wrappers import UDF_MODULES, Help, helps, wrappers
from xl_kpi.functions.sentinel import DEFECT, SENTINEL
from xl_kpi.problems import HostError

CREATED = datetime.datetime(2016, 11, 3)        # any fixed day: two builds are the same
TYPES, RELATIONS = "[Content_Types].xml", "_rels/.rels"
MAIN = "application/vnd.{}.main+xml"
XLSX_TYPE = MAIN.format("openxmlformats-officedocument.spreadsheetml.sheet")
XLSM_TYPE = MAIN.format("ms-excel.sheet.macroEnabled")
XLAM_TYPE = MAIN.format("ms-excel.addin.macroEnabled")
RIBBON_PART = "customUI/customUI14.xml"
RIBBON_RELATION = ('<Relationship Id="rIdCustomUI14" '
                   'Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
                   f'Target="{RIBBON_PART}"/>')


def build(modules: Sequence[str] = UDF_MODULES) -> bytes:
    """The content of the .xlam with the functions of these Python modules.

    Raises ValueError where a source breaks a rule of the format (not ASCII, a help text too long), HostError without
    pyOpenVBA.
    """
    if find_spec("pyopenvba") is None:
        raise HostError("生成加载项需要 pyOpenVBA（安装加载项不需要）：运行 pip install \"pyOpenVBA==6.5.*\" 再试。")
    package = _rezipped(_body(helps(modules)), {}, [(TYPES, XLSX_TYPE, XLSM_TYPE)])
    package = with_project(package, vba_modules(modules), _source("ThisWorkbook.cls"))
    return _rezipped(
        package,
        {"xl/vbaProject.bin": project_of(package), RIBBON_PART: ribbon_xml()},
        [(TYPES, XLSM_TYPE, XLAM_TYPE), (RELATIONS, "</Relationships>", RIBBON_RELATION + "</Relationships>")])


def vba_modules(modules: Sequence[str]) -> dict[str, str]:
    """The standard modules of the project: name → source."""
    source = _source("XlKpi.bas")
    for name, value in {"XLWINGS": version("xlwings"), "REFUSED": SENTINEL, "DEFECT": DEFECT,
                        "LONGEST": str(LONGEST_COMMAND)}.items():
        source = source.replace(f"{{{name}}}", value)
    return {"XlKpi": source + wrappers(modules) + callbacks()}


def made_by() -> str:
    """What the file says of its versions (in its properties, for ``doctor``)."""
    return f"{PROJECT} {version(PROJECT)}; xlwings {version('xlwings')}"


def _source(name: str) -> str:
    return files("xl_kpi.addin").joinpath("vba", name).read_text(encoding="ascii")


def _body(functions: Sequence[Help]) -> bytes:
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False,
                                      "strings_to_urls": False}) as book:
        book.set_properties({"title": ABOUT[0], "author": PROJECT, "comments": made_by(), "created": CREATED})
        front = book.add_worksheet("关于")
        front.set_column(0, 0, 90)
        for row, text in enumerate(ABOUT):
            front.write_string(row, 0, text)
        texts = book.add_worksheet(f"{PROJECT}.text")
        for row, (name, text) in enumerate(TEXTS.items()):
            texts.write_row(row, 0, [name, text])
        help_sheet = book.add_worksheet(f"{PROJECT}.help")
        for row, function in enumerate(functions):
            help_sheet.write_row(row, 0, function.row())
        texts.very_hidden()
        help_sheet.very_hidden()
    return buffer.getvalue()


def _rezipped(package: bytes, parts: Mapping[str, bytes], edits: Sequence[tuple[str, str, str]]) -> bytes:
    """A package with parts added or replaced and texts in parts exchanged, in a fixed order and without dates."""
    with ZipFile(BytesIO(package)) as source:
        content = {name: source.read(name) for name in source.namelist()} | dict(parts)
    for name, old, new in edits:
        content[name] = _exchanged(name, content[name].decode("utf-8"), [(old, new)]).encode("utf-8")
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name, data in content.items():
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0
            target.writestr(entry, data)
    return out.getvalue()


def _exchanged(name: str, text: str, edits: Sequence[tuple[str, str]]) -> str:
    """A text with pieces exchanged, each of which must stand there once."""
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{name}: {old} stands there {text.count(old)} times")
        text = text.replace(old, new)
    return text


def write(path: Path) -> Path:
    """Build the add-in into a file, which is replaced atomically.  Raises HostError."""
    from xl_kpi.workbook.store import replacing

    data = build()
    with replacing(path) as file:
        file.write(data)
    return path
