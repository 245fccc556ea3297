"""The .xlam as a file: what other programs read out of it is what the sources say, and it is the same every time."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from tests.addin import built
from tests.addin.cfb import faults
from tests.addin.sample_udfs import xlwings
from tests.office import Office, available
from xl_kpi.addin import wrappers
from xl_kpi.addin.build import build, made_by, vba_modules, xlwings_module
from xl_kpi.addin.project import crlf, with_project
from xl_kpi.addin.refusal import EXCEPTION, SENTINEL
from xl_kpi.addin.texts import TEXTS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "xl_kpi" / "addin" / "vba"


def source(name: str) -> str:
    return (SOURCES / name).read_text(encoding="ascii")


# ------------------------------------------------------------------------------------------------------ modules

@pytest.mark.parametrize("name", ["xlwings", "xlwings_udfs", "XlKpiRibbon", "XlKpiHelp"])
def test_every_module_is_read_back_exactly(name: str) -> None:
    assert built.modules()[name] == vba_modules(built.SAMPLE)[name]


def test_the_workbooks_own_code_is_read_back_exactly() -> None:
    attributes, _, code = built.modules()["ThisWorkbook"].rpartition("Attribute VB_Customizable = True\n")
    assert attributes.startswith('Attribute VB_Name = "ThisWorkbook"')
    assert code == source("ThisWorkbook.cls")


def test_there_is_no_other_code() -> None:
    code = {name for name, text in built.modules().items()
            if any(not line.startswith("Attribute ") for line in text.splitlines())}
    assert code == {"xlwings", "xlwings_udfs", "XlKpiRibbon", "XlKpiHelp", "ThisWorkbook"}


@pytest.mark.parametrize("path", sorted(SOURCES.iterdir()), ids=lambda path: path.name)
def test_our_sources_are_ascii(path: Path) -> None:
    assert path.read_bytes().isascii()


def test_a_source_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(ValueError, match="Chinese is not ASCII"):
        with_project(b"", {"Chinese": "' 星级\n"}, "")


def test_xlwings_module_is_the_installed_one_but_for_where_settings_come_from() -> None:
    import xlwings as package

    installed = Path(package.__file__).with_name("xlwings_custom_addin.bas").read_text(encoding="utf-8")
    both = zip(installed.splitlines(), xlwings_module().splitlines(), strict=True)
    changed = [(old.strip(), new.strip()) for old, new in both if old != new]
    assert changed == [
        ('Public Const PROJECT_NAME As String = "myaddin"', 'Public Const PROJECT_NAME As String = "xl-kpi"'),
        # a workbook out of a mail, or a file beside it, must not choose the program that is run
        ('If SheetExists(ActiveWorkbook, PROJECT_NAME & ".conf") = True Then', "If False Then"),
        ("If FileExists(GetDirectoryConfigFilePath()) = True Then", "If False Then"),
    ]
    assert f'"xlwings64-{package.__version__}.dll"' in installed      # why the version is pinned exactly


def test_crlf_does_not_double() -> None:
    assert crlf("a\nb\r\nc") == "a\r\nb\r\nc"


# ------------------------------------------------------------------------------------------------------ wrappers

def test_wrappers_are_xlwings_own_but_for_errors() -> None:
    """Undo our two changes and the generator's own text stands there again."""
    from io import StringIO
    from types import SimpleNamespace

    out = StringIO()
    sample = sys.modules["tests.addin.sample_udfs"]
    xlwings.generate_vba_wrapper(sample.__name__, sample, out, SimpleNamespace(Name="any.xlam"))
    ours = built.modules()["xlwings_udfs"]
    body = ours[ours.index("Function SAMPLE"):ours.index("Private Function RealErrors")]
    undone = body.replace("RealErrors(XLPy", "XLPy").replace(", Application.Caller))", ", Application.Caller)")
    undone = undone.replace("FailedCall(Err.Description)", "Err.Description")
    lines = [line[:-1] if line.endswith("))") and ".Caller" not in line and "XLPy" in line else line
             for line in undone.splitlines()]
    assert [line.rstrip(")") for line in lines if line.strip()] == [
        line.rstrip(")") for line in out.getvalue().splitlines() if line.strip()]
    assert ours.count("Err.Description") == ours.count("FailedCall(Err.Description)") == 4


def test_another_generator_is_noticed() -> None:
    with pytest.raises(ValueError, match="other wrappers"):
        wrappers._with_real_errors("Function A(x)\n    A = Python.Call(x)\nEnd Function\n")


def test_the_mark_of_a_refusal_is_the_same_on_both_sides() -> None:
    assert f'Private Const REFUSED_CELL As String = "{SENTINEL}"' in built.modules()["xlwings_udfs"]
    assert f'Private Const REFUSED_EXCEPTION As String = "{EXCEPTION}"' in built.modules()["xlwings_udfs"]


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
    assert all(f"\nFunction {name}(" in wrappers.vba(wrappers.UDF_MODULES) for name in names)


# ---------------------------------------------------------------------------------------------------- the package

def test_compound_file_and_project_are_strictly_right() -> None:
    assert faults(built.part("xl/vbaProject.bin")) == []


def test_two_builds_are_the_same() -> None:
    assert build(built.SAMPLE) == built.addin()


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


def test_settings_sheet() -> None:
    conf = built.sheet("xl-kpi.conf")
    assert dict(conf.iter_rows(values_only=True)) == {     # type: ignore[arg-type]
        "UDF MODULES": "tests.addin.sample_udfs", "USE UDF SERVER": True, "ADD_WORKBOOK_TO_PYTHONPATH": "false"}
    assert conf.sheet_state == "hidden"


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
        assert document.Sheets.ElementNames == ("关于", "xl-kpi.conf", "xl-kpi.text", "xl-kpi.help")
        library = document.BasicLibraries.getByName("XlKpi")
        assert {"xlwings", "xlwings_udfs", "XlKpiRibbon", "XlKpiHelp"} <= set(library.ElementNames)
        assert "XlKpi_payroll" in library.getByName("XlKpiRibbon")


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
    assert len(steps) <= 20
    assert all(len(step) == 3 and all(step) for step in steps)
