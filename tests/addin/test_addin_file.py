"""The .xlam as a file: what other programs read out of it is what the sources say, and it is the same every time."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from tests.addin import built
from tests.addin.cfb import faults
from tests.office import Office, available
from xl_kpi.addin import wrappers
from xl_kpi.addin.build import build, made_by, vba_modules
from xl_kpi.addin.buttons import buttons
from xl_kpi.addin.conf import command
from xl_kpi.addin.machine import BUILT
from xl_kpi.addin.project import crlf, with_project
from xl_kpi.addin.texts import TEXTS
from xl_kpi.functions.sentinel import DEFECT, SENTINEL

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "xl_kpi" / "addin" / "vba"


def source(name: str) -> str:
    return (SOURCES / name).read_text(encoding="ascii")


# ------------------------------------------------------------------------------------------------------ modules

@pytest.mark.parametrize("name", ["XlKpi"])
def test_every_module_is_read_back_exactly(name: str) -> None:
    assert built.modules()[name] == vba_modules(built.SAMPLE)[name]


def test_the_workbooks_own_code_is_read_back_exactly() -> None:
    attributes, _, code = built.modules()["ThisWorkbook"].rpartition("Attribute VB_Customizable = True\n")
    assert attributes.startswith('Attribute VB_Name = "ThisWorkbook"')
    assert code == source("ThisWorkbook.cls")


def test_there_is_no_other_code() -> None:
    code = {name for name, text in built.modules().items()
            if any(not line.startswith("Attribute ") for line in text.splitlines())}
    assert code == {"XlKpi", "ThisWorkbook"}


@pytest.mark.parametrize("path", sorted(SOURCES.iterdir()), ids=lambda path: path.name)
def test_our_sources_are_ascii(path: Path) -> None:
    assert path.read_bytes().isascii()


def test_a_source_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(ValueError, match="Chinese is not ASCII"):
        with_project(b"", {"Chinese": "' 星级\n"}, "")


PROCEDURE = re.compile(
    r"^[ \t]*(?:(Public|Private|Friend)[ \t]+)?(?:Static[ \t]+)?(?:Declare[ \t]+(?:PtrSafe[ \t]+)?)?"
    r"(?:Sub|Function|Property[ \t]+(?:Get|Let|Set))[ \t]+(\w+)", re.MULTILINE | re.IGNORECASE)


def public_procedures(source: str) -> set[str]:
    """Every procedure that others can call: in VBA one is public unless it says otherwise, a Declare as well."""
    return {name for scope, name in PROCEDURE.findall(source) if scope.lower() != "private"}


def test_only_functions_for_cells_and_callbacks_of_the_ribbon_are_public() -> None:
    """What is public can be called by name from any cell of any workbook, without a macro warning."""
    ours = {*(help.name for help in wrappers.helps(built.SAMPLE)), *(button.callback for button in buttons())}
    found = {name: public_procedures(source) for name, source in built.modules().items()}
    assert found.pop("XlKpi") == ours
    assert {name: names for name, names in found.items() if names} == {}
    # variables and constants as well
    for source in built.modules().values():
        assert not re.search(r"^(Public|Global)\s+(?!Function|Sub)", source, re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize("source", ["Function A()", "  sub A(x)", "Public Function A$()", "Static Sub A()",
                                    "Declare PtrSafe Function A Lib \"x\" ()", "Property Get A()", "Friend Sub A()"])
def test_a_procedure_without_private_is_seen(source: str) -> None:
    assert public_procedures(source) == {"A"}
    assert public_procedures(f"Private {source.replace('Public ', '').replace('Friend ', '').strip()}") == set()


@pytest.mark.parametrize("word", ["Shell", "CreateObject", "GetObject", "WScript", "Environ$(\"TEMP", "For Output",
                                  "Put", "For Append", "For Binary", "FileCopy", "Kill", "SendKeys", "RunPython",
                                  "ExecuteExcel4Macro", "Exec", "cmd", "ActiveWorkbook.Path", "VBProject", "Evaluate"])
def test_the_code_starts_no_program_and_writes_no_file(word: str) -> None:
    """But for Python's process, by xlwings' library and by the command that the settings of the user's folder give."""
    for source in built.modules().values():
        code = "\n".join(line.partition("'")[0] for line in source.splitlines())
        assert not re.search(rf"\b{re.escape(word)}", code, re.IGNORECASE), word


def test_the_library_is_the_installed_one() -> None:
    assert f'"xlwings64-{version("xlwings")}.dll"' in built.modules()["XlKpi"]     # why the version is pinned exactly


def test_the_command_is_the_same_for_every_workbook() -> None:
    """xlwings' library knows servers by their command: what is in it decides how many processes there are."""
    line = next(line for line in built.modules()["XlKpi"].splitlines() if line.strip().startswith("command = Chr"))
    assert line.strip() == ('command = Chr$(34) & interpreter & Chr$(34) & " -I -B " & Chr$(34) & script & Chr$(34)'
                            ' & " $(CLSID)"')
    assert command("I", "S") == '"I" -I -B "S" $(CLSID)'


def test_crlf_does_not_double() -> None:
    assert crlf("a\nb\r\nc") == "a\r\nb\r\nc"


# ------------------------------------------------------------------------------------------------------ wrappers

def test_wrappers() -> None:
    assert wrappers.wrappers(built.SAMPLE) == """
Public Function SAMPLE_DOUBLED(scores) As Variant
    SAMPLE_DOUBLED = Answer("SAMPLE_DOUBLED", Array(scores))
End Function

Public Function SAMPLE_REASON(name, ParamArray args()) As Variant
    SAMPLE_REASON = Answer("SAMPLE_REASON", Joined(name, args))
End Function

Public Function SAMPLE_STAR(score, Optional cap) As Variant
    SAMPLE_STAR = Answer("SAMPLE_STAR", Array(score, cap))
End Function

Public Function SAMPLE_VERSION() As Variant
    SAMPLE_VERSION = Answer("SAMPLE_VERSION", Array())
End Function
"""


def test_the_marks_of_a_refusal_and_a_defect_are_the_same_on_both_sides() -> None:
    assert f'Private Const REFUSED As String = "{SENTINEL}"' in built.modules()["XlKpi"]
    assert f'Private Const DEFECT As String = "{DEFECT}"' in built.modules()["XlKpi"]


def test_help_that_excel_would_cut_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sample: Any = sys.modules["tests.addin.sample_udfs"]
    told = sample.SAMPLE_STAR.__xlfunc__
    monkeypatch.setitem(told["ret"], "doc", "长" * 256)
    with pytest.raises(ValueError, match="SAMPLE_STAR: a help text needs"):
        wrappers.helps(built.SAMPLE)
    monkeypatch.setitem(told["ret"], "doc", "长" * 255)
    assert wrappers.helps(built.SAMPLE)


def test_a_function_defined_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="SAMPLE_DOUBLED"):
        wrappers.helps(built.SAMPLE * 2)


def test_functions_declared_before_xlwings_decorators_were_there_are_found() -> None:
    code = ("import tests.addin.late_udfs as early; from xl_kpi.addin.wrappers import helps;"
            "print(hasattr(early.LATE, '__xlfunc__'), [help.row() for help in helps(['tests.addin.late_udfs'])])")
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], cwd=ROOT, capture_output=True, text=True,
                          encoding="utf-8", check=True)
    assert done.stdout.strip().endswith("[['LATE', '绩效薪酬', '晚。']]")


def test_every_function_of_udfs_is_in_the_addin_with_help_that_fits() -> None:
    from xl_kpi import udfs

    names = [help.name for help in wrappers.helps(wrappers.UDF_MODULES)]
    assert sorted(names) == sorted(getattr(udfs, "__all__", []))
    assert all(f"\nPublic Function {name}(" in wrappers.wrappers(wrappers.UDF_MODULES) for name in names)


# ---------------------------------------------------------------------------------------------------- the package

def test_compound_file_and_project_are_strictly_right() -> None:
    assert faults(built.part("xl/vbaProject.bin")) == []


def test_two_builds_are_the_same() -> None:
    assert build(built.SAMPLE) == built.addin()


def test_what_gets_installed_is_what_the_sources_give() -> None:
    """Part by part: another zlib may compress otherwise."""
    committed, fresh = (parts_of(package) for package in (BUILT.read_bytes(), build()))
    assert list(committed) == list(fresh)
    assert [name for name in fresh if committed[name] != fresh[name]] == [], "make addin"


def parts_of(package: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(package)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_parts_carry_no_date_of_today() -> None:
    with ZipFile(BytesIO(built.addin())) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"2016-11-03T00:00:00Z" in built.part("docProps/core.xml")


def test_it_is_an_addin_with_a_ribbon() -> None:
    types = ElementTree.fromstring(built.part("[Content_Types].xml"))
    main = next(one for one in types if one.get("PartName") == "/xl/workbook.xml")
    assert main.get("ContentType") == "application/vnd.ms-excel.addin.macroEnabled.main+xml"
    relations = ElementTree.fromstring(built.part("_rels/.rels"))
    kind = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
    ribbon = [one.get("Target") for one in relations if one.get("Type") == kind]
    assert ribbon == ["customUI/customUI14.xml"]


def test_every_part_is_well_formed_and_has_a_type() -> None:
    types = ElementTree.fromstring(built.part("[Content_Types].xml"))
    defaults = {one.get("Extension") for one in types}
    named = {one.get("PartName") for one in types}
    with ZipFile(BytesIO(built.addin())) as package:
        for name in package.namelist():
            assert f"/{name}" in named or name.rsplit(".", 1)[1] in defaults, name
            if not name.endswith(".bin"):
                ElementTree.fromstring(package.read(name))


def test_texts_sheet() -> None:
    texts = built.sheet("xl-kpi.text")
    assert dict(texts.iter_rows(values_only=True)) == TEXTS     # type: ignore[arg-type]
    assert texts.sheet_state == "veryHidden"


def test_help_sheet() -> None:
    help_sheet = built.sheet("xl-kpi.help")
    rows = [[value for value in row if value is not None] for row in help_sheet.iter_rows(values_only=True)]
    assert rows == [
        ["SAMPLE_DOUBLED", "绩效薪酬", "每个得分的两倍， 一列进一列出。", "一列得分"],
        ["SAMPLE_REASON", "绩效薪酬", "为什么给不出值。", "函数名", "它的参数"],
        ["SAMPLE_STAR", "绩效薪酬", "一个得分是几星。", "得分", "最高几星"],
        ["SAMPLE_VERSION", "绩效薪酬", "版本。"],
    ]
    assert help_sheet.sheet_state == "veryHidden"


def test_it_says_what_made_it() -> None:
    assert made_by().encode() in built.part("docProps/core.xml")


def test_nothing_of_this_machine_is_in_it() -> None:
    with ZipFile(BytesIO(built.addin())) as package:
        content = b"".join(package.read(name) for name in package.namelist()) + str(built.modules()).encode()
    for path in (str(ROOT), str(Path.home()), sys.prefix):
        assert path.encode() not in content


@pytest.mark.skipif(not available()[0], reason=available()[1])
def test_libreoffice_loads_it(tmp_path: Path) -> None:
    path = tmp_path / "xl-kpi.xlam"
    path.write_bytes(built.addin())
    with Office() as office, office.opened(path, FilterName="Calc MS Excel 2007 VBA XML") as document:
        assert document.Sheets.ElementNames == ("关于", "xl-kpi.text", "xl-kpi.help")
        library = document.BasicLibraries.getByName("XlKpi")
        assert "XlKpi" in library.ElementNames
        assert "XlKpi_payroll" in library.getByName("XlKpi")


# --------------------------------------------------------------------------------------------------- xlwings.pro

def test_xlwings_pro_is_never_imported() -> None:
    # xlwings tries its own folder "pro" on import and gives up for want of a licence; nothing of ours asks for it
    code = ("import sys, xlwings; from xl_kpi.addin.build import build; build(['tests.addin.sample_udfs']); build();"
            "sys.exit('xlwings.pro' in sys.modules or xlwings.__pro__)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_source_names_xlwings_pro() -> None:
    for path in (file for package in ("xl_kpi", "udfs", "workbooks") for file in (ROOT / package).rglob("*.py")):
        assert "xlwings.pro" not in path.read_text(encoding="utf-8"), path


def test_pywin32s_stand_ins_do_not_stay() -> None:
    code = ("import sys; from xl_kpi.addin.xlwings_udfs import xlwings_udfs; xlwings_udfs();"
            "sys.exit(sys.platform != 'win32' and 'pythoncom' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# --------------------------------------------------------------------------------------- what only Excel can show

def test_the_smoke_test_for_windows_is_short_and_says_what_to_see() -> None:
    text = (ROOT / "docs" / "windows-smoke-test.md").read_text(encoding="utf-8")
    steps = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
             if line.startswith("| ") and line[2].isdigit()]
    assert [step[0] for step in steps] == [str(number) for number in range(1, len(steps) + 1)]
    assert len(steps) <= 24
    assert all(len(step) == 3 and all(step) for step in steps)
