"""Writing into HR's workbook: what was wanted is there, everything else is as it was, Excel would not ask for repair.

The parts are compared here once more, without the program's own comparison.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from tests.office import Office
from tests.sheets.test_sheet_file import book as result_sheets
from tests.workbook import books
from tests.workbook.books import FIRST, FORM, HEADING, LAST, OLD, changed, rezip, sheet_part, unzip
from tests.workbook.sound import assert_sound, faults
from xl_kpi.problems import Refusal
from xl_kpi.results import RefusedCell
from xl_kpi.sheets.model import STYLES, ResultSheet, Value, letter
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.compare import compare
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.package import Package

FORMS = Path(os.environ.get("XL_KPI_FORMS") or Path(__file__).parents[3] / "shared" / "data" / "forms")
FORM_FILES = sorted(path.name for path in FORMS.glob("*.xls[xm]"))
TYPES, BOOK, RELATIONS, STYLE_PART = ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
                                      "xl/styles.xml")
HELD = {TYPES, BOOK, RELATIONS, STYLE_PART, "docProps/app.xml"}
NEW = {"xl/worksheets/sheet%d.xml", "xl/worksheets/_rels/sheet%d.xml.rels"}

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning",
                                        "ignore:.*:UserWarning:openpyxl")
Cells = dict[tuple[int, int], Any]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """A workbook of ``books.MADE``, made once."""
    @cache
    def make(name: str) -> bytes:
        return books.MADE[name](tmp_path_factory.mktemp("made"))

    return make


@pytest.fixture(scope="session", params=[*books.MADE, *FORM_FILES])
def original(request: pytest.FixtureRequest, made: Callable[[str], bytes]) -> bytes:
    """Every workbook there is to write into."""
    return made(request.param) if request.param in books.MADE else (FORMS / request.param).read_bytes()


@pytest.fixture(scope="session")
def after(original: bytes) -> bytes:
    """With result sheets put into it."""
    return put(original)


@pytest.mark.skipif(not FORM_FILES, reason="the forms of shared/data/forms are not beside the checkout")
def test_the_forms_are_all_there() -> None:
    assert len(FORM_FILES) == 19


# -- what is compared -------------------------------------------------------------------------------------------------

def slashed(raw: bytes) -> dict[str, bytes]:
    return {name.replace("\\", "/"): data for name, data in unzip(raw).items()}


def assert_untouched(before: bytes, after: bytes, free: Iterable[str] = (), gone: Iterable[str] = ()) -> set[str]:
    """Every part but those that hold the package together (and ``free``) is as it was; the parts that are new."""
    old, new = slashed(before), slashed(after)
    for name, data in old.items():
        if name in gone or name == "xl/calcChain.xml":
            assert new.get(name) != data, name      # its name may be in use again
        elif name not in HELD and name not in set(free):
            assert new[name] == data, name
    with zipfile.ZipFile(io.BytesIO(before)) as a, zipfile.ZipFile(io.BytesIO(after)) as b:
        was, now = ({i.orig_filename.replace("\\", "/"): i.date_time for i in z.infolist()} for z in (a, b))
    assert [n for n in was if n in now] == [n for n in now if n in was]
    assert all(now[n] == was[n] for n in old if new.get(n) == old[n])
    return set(new) - set(old)


def values_of(raw: bytes) -> dict[str, list[list[Any]]]:
    read = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    return {name: read.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in read.sheet_names
            if name != "图表页"}


def cells_of(ws: Worksheet) -> dict[str, tuple[Any, ...]]:
    """Value and look of every cell."""
    return {c.coordinate: (vars(c.value) if hasattr(c.value, "ref") else c.value,
                           c.number_format, c.font, c.fill, c.border, c.alignment, c.protection)
            for row in ws.iter_rows() for c in row}


def assert_sheets_as_before(before: bytes, after: bytes, but: Iterable[str]) -> None:
    """HR's sheets cell by cell, by two libraries."""
    old, new = values_of(before), values_of(after)
    for name in set(old) - set(but):
        assert new[name] == old[name], name
    a, b = (openpyxl.load_workbook(io.BytesIO(fit_for_openpyxl(raw)), rich_text=True) for raw in (before, after))
    assert [name for name in b.sheetnames if name in a.sheetnames] == a.sheetnames, "in their order"
    for ws in a.worksheets:
        if ws.title not in set(but):
            # compared as text: the objects of two workbooks compare by identity in places
            assert repr(cells_of(b[ws.title])) == repr(cells_of(ws)), ws.title
            assert b[ws.title].sheet_state == ws.sheet_state


def fit_for_openpyxl(raw: bytes) -> bytes:
    return rezip(slashed(raw))


def shows(value: Value) -> Any:
    """A value of a sheet as a reader of files gives it."""
    if isinstance(value, Decimal | Fraction) and not isinstance(value, bool):
        return pytest.approx(float(value), rel=1e-15)
    if isinstance(value, str):
        return re.sub("[\x00-\x08\x0b-\x1f]", "", value) or None
    return value


def assert_says(ws: Worksheet, cached: Worksheet, sheet: ResultSheet) -> None:
    """A sheet read back is the ResultSheet: every value, every look."""
    inner = {(r, c) for top, left, bottom, right in sheet.merges for r in range(top, bottom + 1)
             for c in range(left, right + 1)} - {area[:2] for area in sheet.merges}
    for r, row in enumerate(sheet.rows):
        for c, (value, style) in enumerate(zip(row.values, row.styles, strict=True)):
            cell, where = ws.cell(r + 1, c + 1), f"{sheet.name} {letter(c)}{r + 1}"
            if (r, c) in inner:
                continue
            if row.formulas and c in row.formulas:
                assert cell.value == f"={row.formulas[c]}", where
            if isinstance(value, RefusedCell):
                assert cached.cell(r + 1, c + 1).value == "#N/A", where
            else:
                assert cached.cell(r + 1, c + 1).value == shows(value), where
            look = STYLES[style]
            assert cell.number_format in (look.number_format, ""), where       # a form of HR's renames General
            assert (cell.font.b, cell.font.sz, cell.font.color.rgb[2:]) == (look.bold, look.size, look.color[1:]), where
            assert cell.font.name == "宋体", where
            assert (cell.fill.fgColor.rgb[2:] if cell.fill.fill_type else "") == look.fill[1:], where
            assert (cell.border.left.style == "thin") == (look.border in ("all", "sum")), where
            assert (cell.border.top.style == "medium") == (look.border == "sum"), where
            assert bool(cell.alignment.wrap_text) == look.wrap, where
        if row.height is not None:
            assert ws.row_dimensions[r + 1].height == pytest.approx(row.height, abs=0.4)       # whole pixels
    wanted = {f"{letter(b)}{a + 1}:{letter(d)}{c + 1}" for a, b, c, d in sheet.merges}
    assert {str(area) for area in ws.merged_cells.ranges} == wanted
    assert ws.print_area.replace("$", "").endswith(f"A1:{letter(len(sheet.widths) - 1)}{len(sheet.rows)}")
    assert bool(ws.freeze_panes) == bool(sheet.freeze)
    if sheet.page.repeat_rows:
        assert ws.print_title_rows == "${}:${}".format(*(n + 1 for n in sheet.page.repeat_rows))
    assert ws.sheet_state == "visible"


def assert_results(after: bytes, sheets: Iterable[ResultSheet]) -> None:
    formulas = openpyxl.load_workbook(io.BytesIO(fit_for_openpyxl(after)))
    cached = openpyxl.load_workbook(io.BytesIO(fit_for_openpyxl(after)), data_only=True)
    by_calamine = values_of(after)
    for sheet in sheets:
        assert_says(formulas[sheet.name], cached[sheet.name], sheet)
        for r, row in enumerate(sheet.rows):
            for c, value in enumerate(row.values):
                if isinstance(value, str) and value.strip() and r < len(by_calamine[sheet.name]):
                    assert by_calamine[sheet.name][r][c] == shows(value), (sheet.name, r, c)


def put(raw: bytes, sheets: list[ResultSheet] | None = None, **more: Any) -> bytes:
    return edited(raw, "book.xlsx", Changes(sheets=result_sheets() if sheets is None else sheets, **more))


def refused(raw: bytes, changes: Changes, *words: str, **more: Any) -> None:
    with pytest.raises(Refusal) as caught:
        edited(raw, "book.xlsx", changes, **more)
    (problem,) = caught.value.problems
    assert problem.level == "error"
    assert problem.do
    said = f"{problem.text} {problem.do} {problem.sheet} {problem.cell}"
    assert all(word in said for word in words), said


# -- result sheets ----------------------------------------------------------------------------------------------------

def test_result_sheets_are_added_and_nothing_else_changes(original: bytes, after: bytes) -> None:
    sheets = result_sheets()
    assert_sound(after, original)
    old = {sheet.name for sheet in sheets} & set(values_of(original))
    part = sheet_part(original, OLD) if old else ""
    gone = {n for n in unzip(original) if is_only_of_old(original, n)} if old else set()
    new = assert_untouched(original, after, free={part}, gone=gone)
    assert len([n for n in new if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)]) == len(sheets) - len(old)
    drawn = r"(worksheets/sheet|drawings/drawing|charts/chart)\d+\.xml|(worksheets|drawings)/_rels/\w+\.xml\.rels"
    assert all(re.fullmatch(f"xl/({drawn})", n) for n in new), new
    assert_results(after, sheets)
    assert_sheets_as_before(original, after, {OLD})


def is_only_of_old(raw: bytes, name: str) -> bool:
    """Whether the old result sheet of ``by_xlsxwriter`` alone draws on a part (found by hand, not by the program)."""
    parts = unzip(raw)
    rels = sheet_part(raw, OLD).replace("worksheets/", "worksheets/_rels/") + ".rels"
    if name == rels:
        return True
    targets = set(re.findall(rb'Target="\.\./([^"]+)"', parts[rels]))
    drawing = next(t.decode() for t in targets if t.startswith(b"drawings/drawing"))
    own = {f"xl/{t.decode()}" for t in targets} | {f"xl/drawings/_rels/{drawing.rpartition('/')[2]}.rels"}
    inner = re.findall(rb'Target="\.\./([^"]+)"', parts[f"xl/drawings/_rels/{drawing.rpartition('/')[2]}.rels"])
    others = b"".join(d for n, d in parts.items() if n.endswith(".rels") and n not in own)
    own |= {f"xl/{t.decode()}" for t in inner if t not in others}
    return name in own


def test_adding_is_the_same_each_time_and_adding_again_changes_nothing(original: bytes, after: bytes) -> None:
    assert put(original) == after
    assert put(after) == after


def test_no_change_gives_the_same_bytes(original: bytes) -> None:
    assert edited(original, "book.xlsx", Changes()) is original
    assert edited(original, "book.xlsx", Changes(filled=[Filled("没有")])) is original


def test_the_styles_that_are_there_keep_their_indexes(original: bytes, after: bytes) -> None:
    before, grown = (etree.fromstring(slashed(raw)[STYLE_PART]) for raw in (original, after))
    for group in ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "dxfs"):
        old, new = before.find(f"{{*}}{group}"), grown.find(f"{{*}}{group}")
        if old is not None:
            assert [etree.tostring(e, method="c14n") for e in old] == [
                etree.tostring(e, method="c14n") for e in list(new)[:len(old)]], group
            assert new.get("count") in (None, str(len(new)))


def test_a_replaced_sheet_takes_its_chart_and_picture_with_it(made: Callable[[str], bytes]) -> None:
    before = made("XlsxWriter")
    after = put(before, [replace(sheet, charts=[]) for sheet in result_sheets()])
    lost = set(unzip(before)) - set(unzip(after))
    assert {re.sub(r"\d", "", n) for n in lost} >= {"xl/charts/chart.xml", "xl/drawings/drawing.xml",
                                                   "xl/comments.xml", "xl/drawings/vmlDrawing.vml"}
    shared = [n for n, d in unzip(before).items() if d == books.picture()]
    assert shared
    assert set(shared) <= set(unzip(after)), "HR's own sheet shows it too"
    assert next(n for n, d in unzip(before).items() if d == books.picture(7)) in lost
    assert [name for name in values_of(after) if name in values_of(before)] == list(values_of(before))


def test_a_hidden_result_sheet_stays_hidden(made: Callable[[str], bytes]) -> None:
    name = OLD.encode()
    before = changed(made("XlsxWriter"), (BOOK, b'<sheet name="%s"' % name, b'<sheet name="%s" state="hidden"' % name))
    sheets = [s for s in result_sheets() if s.name == OLD]
    after = put(before, sheets)
    assert openpyxl.load_workbook(io.BytesIO(after))[OLD].sheet_state == "hidden"
    assert_sound(after)


def test_a_renamed_sheet_is_kept_whole(made: Callable[[str], bytes]) -> None:
    before = made("XlsxWriter")
    after = put(before, renamed={OLD: f"{OLD}_旧1"})
    assert_sound(after)
    assert_untouched(before, after)
    assert values_of(after)[f"{OLD}_旧1"] == values_of(before)[OLD]
    names = openpyxl.load_workbook(io.BytesIO(after))[f"{OLD}_旧1"]
    assert names.print_area == f"'{OLD}_旧1'!$A$1:$C$9"
    assert_results(after, result_sheets())


@pytest.mark.parametrize(("name", "kind"), [("macros", "application/vnd.ms-excel.sheet.macroEnabled.main+xml")])
def test_macros_stay(made: Callable[[str], bytes], name: str, kind: str) -> None:
    after = unzip(put(made(name)))
    assert after["xl/vbaProject.bin"] == unzip(made(name))["xl/vbaProject.bin"]
    assert kind.encode() in after[TYPES]


def test_titles_in_the_properties_follow(made: Callable[[str], bytes]) -> None:
    titles = re.findall(r"<vt:lpstr>([^<]*)", unzip(put(made("XlsxWriter")))["docProps/app.xml"].decode())
    assert [t for t in titles if t == "体检" or t.startswith("工资")] == ["体检", "工资表_2016-11", "工资条_2016-11"]


@pytest.mark.parametrize("widths", [("Calibri", 11, True), ("宋体", 11, False), ("Arial", 10, True)])
def test_columns_are_as_wide_as_meant(tmp_path: Path, widths: tuple[str, int, bool]) -> None:
    """A width counts in digits of the workbook's default font: narrower ones need more of them."""
    font, size, wider = widths
    book = openpyxl.Workbook()
    book._named_styles["Normal"].font = openpyxl.styles.Font(name=font, sz=size)
    book._fonts[0] = openpyxl.styles.Font(name=font, sz=size)
    target = io.BytesIO()
    book.save(target)
    sheets = result_sheets()[:1]
    after = openpyxl.load_workbook(io.BytesIO(put(target.getvalue(), sheets)))[sheets[0].name]
    assert (after.column_dimensions["A"].width > sheets[0].widths[0] + 1) == wider


def test_libreoffice_opens_every_one(original: bytes, after: bytes, tmp_path: Path, office: Office,
                                     request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params["original"] == "backslashes":
        return      # LibreOffice opens no such package, before or after
    files = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    for path, raw in zip(files, (original, after), strict=True):
        path.write_bytes(raw)
    old, new = map(office.recalculated, files)
    assert [name for name in new if name in old] == list(old)
    for name, cells in old.items():
        if name != OLD:
            volatile = re.search(rb"<f[^>]*>[^<]*(RAND|TODAY|NOW)", slashed(original)["xl/worksheets/sheet1.xml"])
            assert set(new[name]) == set(cells), name
            assert volatile or new[name] == cells, name
    for sheet in result_sheets():
        for (r, c), value in wanted_of(sheet).items():
            said = new[sheet.name].get((r, c), "")
            assert said == (pytest.approx(float(value), abs=1e-9) if isinstance(value, int | Decimal | Fraction)
                            else shows(value)), (sheet.name, r, c)


def wanted_of(sheet: ResultSheet) -> Cells:
    inner = {(r, c) for top, left, bottom, right in sheet.merges for r in range(top, bottom + 1)
             for c in range(left, right + 1)} - {area[:2] for area in sheet.merges}
    return {(r, c): value for r, row in enumerate(sheet.rows) for c, value in enumerate(row.values)
            if value not in (None, "") and (r, c) not in inner and not isinstance(value, RefusedCell)
            and not (row.formulas and c in row.formulas)}


def test_what_libreoffice_saved_is_written_into(made: Callable[[str], bytes], tmp_path: Path, office: Office) -> None:
    source = tmp_path / "a.xlsx"
    source.write_bytes(made("XlsxWriter"))
    before = office.saved(source, tmp_path / "b.xlsx").read_bytes()
    after = put(before)
    assert_sound(after, before)
    assert_results(after, result_sheets())
    assert_sheets_as_before(before, after, {OLD})
    filled = edited(before, "b.xlsx", Changes(filled=[form_rows(2)]))
    assert_sound(filled, before)
    assert values_of(filled)[FORM][LAST + 1][:3] == ["2016Q4", "100", "新0"]


# -- refusals ---------------------------------------------------------------------------------------------------------

def test_a_signed_package_asks_first(made: Callable[[str], bytes]) -> None:
    raw = books.signed(made("openpyxl"))
    refused(raw, Changes(sheets=result_sheets()), "数字签名", "照样写")
    after = edited(raw, "book.xlsx", Changes(sheets=result_sheets()), signed_ok=True)
    assert_sound(after)
    assert "_xmlsignatures/origin.sigs" in unzip(after)


def test_a_signature_elsewhere_is_seen(made: Callable[[str], bytes]) -> None:
    raw = books.signed(made("openpyxl"))
    parts = {n.replace("_xmlsignatures", "s"): d.replace(b"_xmlsignatures", b"s") for n, d in unzip(raw).items()}
    refused(rezip(parts), Changes(sheets=result_sheets()), "数字签名")


def test_strict_is_refused(made: Callable[[str], bytes]) -> None:
    raw = made("openpyxl")
    strict = rezip({n: d.replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                                 b"http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships") for n, d in unzip(raw).items()})
    refused(strict, Changes(sheets=result_sheets()), "Strict", "另存为")


def test_a_chart_sheet_is_not_written_over(made: Callable[[str], bytes]) -> None:
    refused(made("XlsxWriter"), Changes(sheets=[ResultSheet("图表页", [8.0])]), "图表页")


@pytest.mark.parametrize("group", ["fonts", "fills", "borders", "cellXfs"])
def test_a_workbook_without_whole_styles_is_refused(made: Callable[[str], bytes], group: str) -> None:
    parts = unzip(made("openpyxl"))
    gone = re.sub(rf"<{group}\b.*</{group}>".encode(), b"", parts[STYLE_PART], flags=re.DOTALL)
    assert gone != parts[STYLE_PART]
    raw = rezip(parts | {STYLE_PART: gone})
    refused(raw, Changes(sheets=result_sheets()), "格式表")
    assert edited(raw, "b", Changes(filled=[Filled(FORM, {(FIRST, 4): 3})])) != raw, "cells need no styles"


@pytest.mark.parametrize("name", ["11_fund-request-card.xls", "13_dept-payroll-multisheet.xls"])
def test_the_old_format_is_refused_with_how_to_save_it(name: str) -> None:
    if not (FORMS / name).exists():
        pytest.skip("the forms of shared/data/forms are not beside the checkout")
    refused((FORMS / name).read_bytes(), Changes(sheets=result_sheets()), ".xls", "另存为")


# -- cells filled -----------------------------------------------------------------------------------------------------

def form_rows(count: int, cells: dict[tuple[int, int], Value] | None = None) -> Filled:
    return Filled(FORM, cells or {}, HEADING, LAST, [
        {0: "2016Q4", 1: f"{100 + n}", 2: f"新{n}", 3: n % 5 + 1, 6: "备注"} for n in range(count)])


def fill(raw: bytes, *filled: Filled) -> bytes:
    after = edited(raw, "book.xlsx", Changes(filled=list(filled)))
    assert_sound(after, raw)
    return after


CELLS: dict[tuple[int, int], Value] = {
    (FIRST, 3): 5, (FIRST, 4): Decimal("3"), (FIRST + 1, 4): Fraction(7, 2), (FIRST + 1, 5): "=1+1", (FIRST + 2, 5): "",
    (FIRST + 2, 6): " 前后\n<&> ", (FIRST + 3, 6): True, (FIRST + 3, 0): None, (FIRST + 4, 9): "远",
    (12, 2): "没有的行", (FIRST + 5, 4): Decimal("-0.00"), (FIRST + 4, 7): 9,
}


@pytest.mark.parametrize("name", list(books.MADE))
def test_cells_are_filled_and_keep_their_formats(made: Callable[[str], bytes], name: str) -> None:
    before = made(name)
    after = fill(before, Filled(FORM, dict(CELLS)))
    part = sheet_part(fit_for_openpyxl(before), FORM)
    assert assert_untouched(before, after, {part}) == set()
    assert_sheets_as_before(before, after, {FORM})
    a, b = (openpyxl.load_workbook(io.BytesIO(fit_for_openpyxl(raw)))[FORM] for raw in (before, after))
    old, new = cells_of(a), cells_of(b)
    for (r, c), value in CELLS.items():
        where = f"{letter(c)}{r + 1}"
        assert b[where].value == (shows(value) if value != Decimal("-0.00") else 0), where
        assert b[where].data_type != "f"
        if where in old:
            assert repr(new.pop(where)[1:]) == repr(old.pop(where)[1:]), where
        new.pop(where, None)
    assert {k: v for k, v in new.items() if v[0] is not None or k in old}.keys() == old.keys()
    assert repr({k: v for k, v in new.items() if k in old}) == repr(old)


def test_only_the_sheet_filled_changes(made: Callable[[str], bytes]) -> None:
    """Not even the parts that hold the package together, when no formula has to be calculated."""
    before = made("XlsxWriter")
    after = fill(before, Filled("藏", {(0, 0): "x"}))
    differ = [n for n, d in unzip(before).items() if unzip(after)[n] != d]
    assert differ == [sheet_part(before, "藏")]


@pytest.mark.parametrize(("name", "count"), [*((n, 3) for n in books.MADE), ("XlsxWriter", 1), ("openpyxl", 5)])
def test_rows_carry_on_what_is_above(made: Callable[[str], bytes], name: str, count: int) -> None:
    before = made(name)
    after = fill(before, form_rows(count))
    part = sheet_part(fit_for_openpyxl(before), FORM)
    assert assert_untouched(before, after, {part}) == set()
    old, new = (openpyxl.load_workbook(io.BytesIO(fit_for_openpyxl(raw)))[FORM] for raw in (before, after))
    model = [new.cell(LAST + 1, c) for c in range(1, 9)]
    for n in range(count):
        row = LAST + 2 + n
        said = [new.cell(row, c).value for c in range(1, 8)]
        assert said == ["2016Q4", f"{100 + n}", f"新{n}", n % 5 + 1, None, None, "备注"]
        for c, like in enumerate(model, 1):
            cell = new.cell(row, c)
            assert repr((cell.number_format, cell.font, cell.fill, cell.border)) == repr(
                (like.number_format, like.font, like.fill, like.border)), cell.coordinate
        assert new.row_dimensions[row].height == old.row_dimensions[row].height or new.row_dimensions[LAST + 1].height
        assert new.cell(row, 8).value == old.cell(row, 8).value
    end = LAST + 1 + count
    assert [str(v.sqref) for v in new.data_validations.dataValidation] == [f"E4:E{end}"]
    ranges = sorted(str(r.sqref) for r in new.conditional_formatting)
    assert ranges == sorted(str(r.sqref).replace("9", str(end)) for r in old.conditional_formatting)
    assert new.auto_filter.ref == f"A3:H{end}"
    assert new.print_area.endswith(f"$A$1:$H${end}")
    xml = slashed(after)[part].decode()
    assert re.findall(r"sqref>(F4[^<]*)<", xml) == ([f"F4:F{end}"] if "x14:dataValidation " in xml else [])
    kept = {c: v for c, v in cells_of(old).items() if int(re.sub(r"\D", "", c)) <= LAST + 1 or int(
        re.sub(r"\D", "", c)) > LAST + 1 + count}
    assert repr({c: cells_of(new)[c] for c in kept}) == repr(kept)


def test_rows_above_a_sum_or_signature_are_refused(made: Callable[[str], bytes]) -> None:
    raw = made("XlsxWriter")
    assert edited(raw, "b", Changes(filled=[form_rows(10)])) != raw
    refused(raw, Changes(filled=[form_rows(13)]), "第 20 行已经有内容", "第 20 行之上插入 3 个空行", FORM, "A20")


@pytest.mark.parametrize(("row", "word"), [
    (b'<row r="12"><c r="D12"><f>SUM(D4:D9)</f><v>1</v></c></row>', "第 12 行"),      # 合计 without the word
    (b'<row r="12"><c r="D12"><f t="shared" ref="D12:E12" si="7">SUM(D4:D9)</f><v>1</v></c></row>', "第 12 行"),
    (b'<row r="11"><c r="B11"><v>0</v></c></row>', "第 11 行"),
    (b'<row r="11"><c r="B11" t="inlineStr"><is><t></t></is></c></row>', "第 11 行"),
    (b'<row r="12"><c r="D12"><f>COUNTA($D$4:$D$9)</f><v>1</v></c></row>', "第 12 行"),
])
def test_rows_that_hold_anything_are_refused(made: Callable[[str], bytes], row: bytes, word: str) -> None:
    raw = made("openpyxl")
    part = sheet_part(raw, FORM)
    refused(changed(raw, (part, b"</sheetData>", row + b"</sheetData>")), Changes(filled=[form_rows(3)]), word, "插入")


@pytest.mark.parametrize("row", [
    b'<row r="11"><c r="H11"><f>D11+1</f><v>1</v></c></row>',
    b'<row r="11"><c r="I11"><f>VLOOKUP(B11,\xe7\x9c\x8b!$A$1:$C$30,2,0)</f></c></row>',
    b'<row r="11" s="1" customFormat="1"><c r="B11" s="1"/></row>',
    b'<row r="11" hidden="1"/>',
])
def test_rows_prepared_in_advance_are_used(made: Callable[[str], bytes], row: bytes) -> None:
    raw = made("openpyxl")
    part = sheet_part(raw, FORM)
    after = fill(changed(raw, (part, b"</sheetData>", row + b"</sheetData>")), form_rows(3))
    ws = openpyxl.load_workbook(io.BytesIO(after))[FORM]
    assert ws["B11"].value == "101"
    assert not ws.row_dimensions[11].hidden
    formula = re.search(rb"<f>(.*?)</f>", row)
    if formula:
        assert formula[0] in unzip(after)[part].split(b'<row r="11"')[1]


def test_a_merge_below_is_refused(made: Callable[[str], bytes]) -> None:
    raw = made("openpyxl")
    part = sheet_part(raw, FORM)
    raw = changed(raw, (part, b"<conditionalFormatting",
                        b'<mergeCells count="1"><mergeCell ref="A11:C12"/></mergeCells><conditionalFormatting'))
    refused(raw, Changes(filled=[form_rows(3)]), "第 11 行")


@pytest.mark.parametrize(("sheet", "cell", "word"), [
    (FORM, (1, 2), "合并单元格"), ("花 名&册", (1, 9), "数组公式"), ("花 名&册", (2, 10), "数组公式"),
])
def test_cells_that_hang_together_are_refused(made: Callable[[str], bytes], sheet: str, cell: tuple[int, int],
                                              word: str) -> None:
    refused(made("XlsxWriter"), Changes(filled=[Filled(sheet, {cell: 1})]), word, f"{letter(cell[1])}{cell[0] + 1}")


def test_the_first_cell_of_a_shared_formula_is_refused(made: Callable[[str], bytes]) -> None:
    raw = made("openpyxl")
    part = sheet_part(raw, FORM)
    raw = changed(raw, (part, b"<f>D4+1</f>", b'<f t="shared" ref="H4:H6" si="0">D4+1</f>'),
                  (part, b"<f>D5+1</f>", b'<f t="shared" si="0"/>'))
    refused(raw, Changes(filled=[Filled(FORM, {(3, 7): 1})]), "共用公式", "H4")
    ws = openpyxl.load_workbook(io.BytesIO(fill(raw, Filled(FORM, {(4, 7): 1}))))[FORM]
    assert ws["H5"].value == 1


def test_a_table_takes_the_rows_in(made: Callable[[str], bytes]) -> None:
    raw = made("XlsxWriter")
    after = fill(raw, Filled("台账", {}, 0, 3, [{0: "d", 1: 7, 2: 8}]))
    ws = openpyxl.load_workbook(io.BytesIO(after))["台账"]
    assert ws.tables["台账表"].ref == ws.tables["台账表"].autoFilter.ref == "A1:C5"


def test_a_total_row_of_a_table_is_in_the_way(made: Callable[[str], bytes]) -> None:
    raw = made("XlsxWriter")
    refused(raw, Changes(filled=[Filled("台账二", {}, 0, 3, [{4: "d"}])]), "有汇总", "汇总行", "E5")
    refused(raw, Changes(filled=[Filled("台账二", {}, 0, 2, [{4: "d"}, {4: "e"}])]), "有汇总", "汇总行", "E5")
    refused(raw, Changes(filled=[Filled("台账二", {}, 0, 4, [{4: "d"}])]), "有汇总", "汇总行", "E5")      # nor below it


def test_a_table_without_rows_takes_the_formats_of_its_columns(made: Callable[[str], bytes]) -> None:
    after = fill(made("XlsxWriter"), Filled("空表", {}, 0, 0, [{0: f"{n:03}", 1: Decimal("1.5")} for n in range(3)]))
    ws = openpyxl.load_workbook(io.BytesIO(after))["空表"]
    assert [[c.value for c in row] for row in ws["A2:B4"]] == [[f"{n:03}", 1.5] for n in range(3)]
    assert {c.number_format for c, _ in ws["A2:B4"]} == {"@"}
    assert {c.number_format for _, c in ws["A2:B4"]} == {"0.000"}
    assert all(c.font.i for c, _ in ws["A2:B4"])
    assert ws.tables["空表格"].ref == "A1:B4"
    assert [str(v.sqref) for v in ws.data_validations.dataValidation] == ["A2:A4"]


def test_fills_and_results_together(made: Callable[[str], bytes], office: Office, tmp_path: Path) -> None:
    before = made("XlsxWriter")
    changes = Changes(result_sheets(), {OLD: f"{OLD}_旧1"}, [form_rows(4, {(FIRST, 3): 4}),
                                                         Filled("台账", {}, 0, 3, [{0: "d"}])])
    after = edited(before, "b", changes)
    assert_sound(after, before)
    assert_results(after, result_sheets())
    target = tmp_path / "after.xlsx"
    target.write_bytes(after)
    said = office.recalculated(target)
    assert said[FORM][LAST + 1, 7] == 2, "HR's own formula sees the new row"
    assert said[FORM][FIRST, 7] == 5
    assert said["看"][0, 0] == "看别处"


# -- calculation ------------------------------------------------------------------------------------------------------

def calculates(after: bytes) -> bool:
    return b'fullCalcOnLoad="1"' in slashed(after)[BOOK]


def looking(raw: bytes, formula: str, sheet: str = "看", name: str = "") -> bytes:
    """A workbook with that formula on one of HR's sheets, where nothing else looks anywhere."""
    cell = f'<row r="90"><c r="A90"><f>{formula}</f><v>1</v></c></row></sheetData>'.encode()
    part = sheet_part(raw, sheet)
    if b"<sheetData/>" in unzip(raw)[part]:
        raw = changed(raw, (part, b"<sheetData/>", b"<sheetData></sheetData>"))
    edits = [(part, b"</sheetData>", cell), (BOOK, b' fullCalcOnLoad="1"', b"")]
    if name:
        edits.append((BOOK, b"<definedNames>", f"<definedNames>{name}".encode()))
    return changed(raw, *edits)


@pytest.mark.parametrize(("formula", "name", "expected"), [
    ("'工资表_2016-11'!A1", "", True), ("SUM('工资表_2016-11'!A1:A9)", "", True), ("体检!A1", "", True),
    ("SUM(看:体检!A1)", "", True), ("SUM('看:工资表_2016-11'!A1)", "", True), ("INDIRECT(A1)", "", True),
    ("体检员!A1", "", False), ("我的体检!A1", "", False), ("IF(A1=\"体检\",1,0)", "", False), ("[1]体检!A1", "", False),
    ("'[1]体检'!A1", "", False), ("SUM(A1:A3)", "", False), ("税率*2", "", False),
    ("工资*2", '<definedName name="工资">\'工资表_2016-11\'!$A$1</definedName>', True),
    ("工资额*2", '<definedName name="工资">\'工资表_2016-11\'!$A$1</definedName>', False),
    ("间接*2", '<definedName name="工资">体检!$A$1</definedName><definedName name="间接">工资+1</definedName>', True),
])
def test_calculated_on_opening_when_a_formula_looks_at_a_result(made: Callable[[str], bytes], formula: str, name: str,
                                                                expected: bool) -> None:
    raw = looking(made("XlsxWriter"), formula, name=name)
    after = put(raw)
    assert calculates(after) == expected
    assert_sound(after, raw)


@pytest.mark.parametrize(("formula", "sheet", "filled", "expected"), [
    ("台账!A1", "看", "台账", True), ("SUM(台账表[次数])", "看", "台账", True), ("台账!A1", "看", "藏", False),
    ("A1", "藏", "藏", True), ("A1", "藏", "深藏", False), ("SUM(台账表[次数])", "看", "藏", False),
])
def test_calculated_on_opening_when_a_filled_sheet_matters(made: Callable[[str], bytes], formula: str, sheet: str,
                                                           filled: str, expected: bool) -> None:
    after = fill(looking(made("XlsxWriter"), formula, sheet), Filled(filled, {(95, 0): 1}))
    assert calculates(after) == expected


def test_what_is_calculated_stands_where_excel_wants_it(made: Callable[[str], bytes]) -> None:
    """Behind external references and names, also when there is nothing of it yet."""
    raw = books.linked(made("openpyxl"))
    parts = unzip(raw)
    raw = rezip(parts | {BOOK: re.sub(rb"<definedNames>.*</definedNames>", b"", parts[BOOK])})
    after = fill(raw, Filled(FORM, {(FIRST, 3): 2}))
    order = [etree.QName(e).localname for e in etree.fromstring(unzip(after)[BOOK])]
    assert order[-4:] == ["sheets", "externalReferences", "definedNames", "calcPr"]       # a name keeps the record
    order = [etree.QName(e).localname for e in etree.fromstring(unzip(put(raw))[BOOK])]
    assert order[-2:] == ["externalReferences", "definedNames"]


# -- the comparison after writing -------------------------------------------------------------------------------------

def replaced(part: str, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: changed(raw, (part, old, new))


def without(pattern: str) -> Callable[[bytes], bytes]:
    return lambda raw: rezip({n: d for n, d in unzip(raw).items() if not re.search(pattern, n)})


def in_sheet(sheet: str, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: changed(raw, (sheet_part(raw, sheet), old, new))


def flipped(raw: bytes) -> bytes:
    parts = unzip(raw)
    name = next(n for n, d in parts.items() if d == books.picture())
    return rezip(parts | {name: parts[name][:-20] + b"x" + parts[name][-19:]})


@pytest.fixture(scope="session")
def written(made: Callable[[str], bytes]) -> bytes:
    return edited(made("XlsxWriter"), "b", wanted())


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte of a picture": (flipped, "部件 xl/media"),
    "a picture lost": (without(r"media/image1"), "部件 xl/media/image1"),
    "a cell of another sheet": (in_sheet("看", b"<v>1.5</v>", b"<v>1.6</v>"), "部件 xl/worksheets"),
    "a control": (replaced("xl/drawings/vmlDrawing1.vml", b"o:", b"p:"), "部件 xl/drawings"),
    "a style in the middle": (replaced(STYLE_PART, b'<xf numFmtId="0"', b'<xf numFmtId="1"'), "格式表"),
    "a style taken out": (lambda raw: rezip(unzip(raw) | {STYLE_PART: re.sub(
        rb"(<cellXfs[^>]*>)<xf[^>]*/>", rb"\1", unzip(raw)[STYLE_PART])}), "格式表"),
    "a conditional format": (replaced(STYLE_PART, b"<dxf>", b"<dxf><font/></dxf><dxf>"), "格式表"),
    "a defined name": (replaced(BOOK, b">0.03<", b">0.04<"), "名称"),
    "a name more": (replaced(BOOK, b"<definedNames>", b'<definedNames><definedName name="x">1</definedName>'), "名称"),
    "print titles of the form": (replaced(BOOK, b"$3:$3", b"$2:$3"), "名称"),
    "a print area too long": (replaced(BOOK, b"$A$1:$H$11", b"$A$1:$H$12"), "名称"),
    "a content type": (replaced(TYPES, b"image/png", b"image/gif"), "部件的类型"),
    "a content type of a part": (replaced(TYPES, b"drawing+xml", b"drawings+xml"), "部件的类型"),
    "a content type more": (replaced(TYPES, b"</Types>", b'<Default Extension="q" ContentType="q/q"/></Types>'),
                            "部件的类型"),
    "a relation gone": (lambda raw: rezip(unzip(raw) | {RELATIONS: re.sub(
        rb"<Relationship [^>]*theme[^>]*>", b"", unzip(raw)[RELATIONS])}), "部件之间的关系"),
    "a relation more": (replaced(RELATIONS, b"</Relationships>", b'<Relationship Id="rIdX" Type="x/hyperlink" Target='
                                 b'"http://x" TargetMode="External"/></Relationships>'), "部件之间的关系"),
    "a relation led elsewhere": (replaced(RELATIONS, b"theme/theme1", b"styles"), "部件之间的关系"),
    "an extra part": (lambda raw: rezip(unzip(raw) | {"xl/more.xml": b"<a/>"}), "多出的部件 xl/more.xml"),
    "a cell in a filled sheet": (in_sheet(FORM, b"<v>20</v>", b"<v>21</v>"), f"工作表“{FORM}”里不该改的内容"),
    "the format of a filled cell": (lambda raw: rezip(unzip(raw) | {sheet_part(raw, FORM): re.sub(
        rb'(<c r="D4" s=")\d+', rb"\g<1>1", unzip(raw)[sheet_part(raw, FORM)])}), "D4 的格式"),
    "a filled cell not filled": (in_sheet(FORM, b"<v>4</v></c><c r=\"E4\"", b"<v>3</v></c><c r=\"E4\""), "填的 D4"),
    "an added row not added": (lambda raw: rezip(unzip(raw) | {sheet_part(raw, FORM): re.sub(
        rb'<row r="11".*?</row>', b"", unzip(raw)[sheet_part(raw, FORM)])}), "加的第 11 行"),
    "another value in an added row": (in_sheet(FORM, "新1".encode(), "旧1".encode()), "填的 C11"),
    "a formula in an added row": (in_sheet(FORM, b"<f>D11+1</f>", b"<f>D11+2</f>"), "加的第 11 行"),
    "a drop-down": (in_sheet(FORM, b'sqref="E4:E11"', b'sqref="E4:E9"'), "不该改的内容"),
    "a drop-down of the other kind": (in_sheet(FORM, b"<xm:sqref>F4:F11<", b"<xm:sqref>F4:F9<"), "不该改的内容"),
    "a merge": (in_sheet(FORM, b'ref="B2:C2"', b'ref="B2:D2"'), "不该改的内容"),
    "a row's height": (in_sheet(FORM, b'ht="24"', b'ht="25"'), "不该改的内容"),
    "a table": (lambda raw: rezip({n: d.replace(b'ref="A1:C5"', b'ref="A1:C6"', 1) for n, d in unzip(raw).items()}),
                "里的表格"),
    "settings of the workbook": (replaced(BOOK, b"<workbookPr", b'<workbookPr date1904="1"'), "工作簿的设置"),
    "a sheet out of sight": (replaced(BOOK, "name=\"看\"".encode(), "name=\"看\" state=\"hidden\"".encode()),
                             "工作表的名单"),
    "a sheet renamed": (replaced(BOOK, "name=\"看\"".encode(), "name=\"着\"".encode()), "工作表的名单"),
    "the properties": (replaced("docProps/app.xml", b"Microsoft Excel", b"Something"), "部件 docprops/app.xml"),
}


def wanted() -> Changes:
    return Changes(result_sheets(), {}, [form_rows(2, {(FIRST, 3): 4}), Filled("台账", {}, 0, 3, [{0: "d"}])])


@pytest.mark.parametrize("what", DAMAGE)
def test_whatever_else_changed_is_caught(made: Callable[[str], bytes], written: bytes, what: str) -> None:
    before = made("XlsxWriter")
    damage, said = DAMAGE[what]
    damaged = damage(written)
    with pytest.raises(Refusal) as caught:
        compare(Package(before, "b"), Package(damaged, "b"), wanted())
    (problem,) = caught.value.problems
    assert said in problem.text
    assert "原文件没有改动" in problem.text
    assert problem.do


def test_the_comparison_is_content_with_what_was_wanted(made: Callable[[str], bytes]) -> None:
    before = made("XlsxWriter")
    compare(Package(before, "b"), Package(rezip(unzip(edited(before, "b", wanted()))), "b"), wanted())


# -- laws -------------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)
VALUES = st.one_of(st.none(), TEXTS, st.booleans(), st.integers(-10**9, 10**9),
                   st.decimals(-10**6, 10**6, places=2), st.fractions(-100, 100))
PLACES = st.tuples(st.integers(0, 12), st.integers(0, 6))


@st.composite
def sheets_of_hr(draw: st.DrawFn) -> tuple[bytes, dict[tuple[int, int], Any]]:
    """A small workbook and what its cells say."""
    cells = draw(st.dictionaries(PLACES, VALUES.filter(lambda v: v is not None), max_size=25))
    styles = draw(st.lists(st.sampled_from(["General", "0.00", "@", '0"星"']), min_size=1, max_size=4))
    book = openpyxl.Workbook()
    ws = book.worksheets[0]
    ws.title = "表"
    for n, ((r, c), value) in enumerate(cells.items()):
        cell = ws.cell(r + 1, c + 1)
        if isinstance(value, str):
            cell.value, cell.data_type = value, "s"
        else:
            cell.value = float(value) if isinstance(value, Fraction) else value
        cell.number_format = styles[n % len(styles)]
    target = io.BytesIO()
    book.save(target)
    return rezip(unzip(target.getvalue())), cells


def canonical_cells(raw: bytes) -> dict[str, bytes]:
    tree = etree.fromstring(unzip(raw)["xl/worksheets/sheet1.xml"])
    return {c.get("r"): etree.tostring(c, method="c14n") for c in tree.iter("{*}c")}


@settings(max_examples=30)
@given(sheets_of_hr(), st.dictionaries(PLACES, VALUES, min_size=1, max_size=10))
def test_filled_cells_say_so_and_the_others_what_they_said(hr: tuple[bytes, Cells], fills: Cells) -> None:
    raw, _ = hr
    after = fill(raw, Filled("表", fills))
    ws = openpyxl.load_workbook(io.BytesIO(after))["表"]
    for (r, c), value in fills.items():
        said = ws.cell(r + 1, c + 1).value
        assert said == (shows(value) if value != "" else None)
        assert isinstance(said, bool) == isinstance(value, bool)
    old, new = canonical_cells(raw), canonical_cells(after)
    names = {f"{letter(c)}{r + 1}" for r, c in fills}
    assert {k: v for k, v in new.items() if k not in names} == {k: v for k, v in old.items() if k not in names}
    assert [name for name in unzip(after) if unzip(raw).get(name) != unzip(after)[name]] in (
        [], ["xl/worksheets/sheet1.xml"])


@settings(max_examples=20)
@given(sheets_of_hr(), st.dictionaries(PLACES, VALUES, min_size=2, max_size=8), st.randoms())
def test_the_order_of_fills_does_not_matter(hr: tuple[bytes, Cells], fills: Cells, random: Any) -> None:
    raw, _ = hr
    shuffled = list(fills.items())
    random.shuffle(shuffled)
    first, *rest = shuffled
    whole = fill(raw, Filled("表", fills))
    assert fill(raw, Filled("表", dict(shuffled))) == whole
    apart = fill(fill(raw, Filled("表", dict(rest))), Filled("表", dict([first])))
    assert canonical_cells(apart) == canonical_cells(whole)


@settings(max_examples=20)
@given(sheets_of_hr(), st.data())
def test_filling_back_gives_the_original_values(hr: tuple[bytes, Cells], data: st.DataObject) -> None:
    raw, cells = hr
    if not cells:
        return
    places = data.draw(st.lists(st.sampled_from(sorted(cells)), min_size=1, unique=True))
    there = fill(raw, Filled("表", {place: data.draw(VALUES) for place in places}))
    back = fill(there, Filled("表", {place: cells[place] for place in places}))
    a, b = (openpyxl.load_workbook(io.BytesIO(raw))["表"] for raw in (raw, back))
    for row in a.iter_rows():
        for cell in row:
            again = b[cell.coordinate]
            assert again.value == (cell.value if not isinstance(cell.value, float) else pytest.approx(cell.value)) or (
                not cell.value and not again.value)
            assert again.number_format == cell.number_format


def test_unsound_packages_are_told(made: Callable[[str], bytes]) -> None:
    """The judge of soundness sees what Excel sees."""
    raw = made("XlsxWriter")
    assert faults(raw) == []
    for part, old, new, said in [
            (BOOK, "name=\"看\"", "name=\"看?\"", "no name"), (BOOK, 'sheetId="2"', 'sheetId="1"', "sheetId"),
            (BOOK, "name=\"看\"", "name=\"藏\"", "name missing or twice"),
            (BOOK, "<definedNames>", '<definedNames><definedName name="税率">1</definedName>', "the name"),
            (BOOK, "<sheets>", "<calcPr/><sheets>", "wrong order"),
            (STYLE_PART, 'fontId="1"', 'fontId="999"', "fontId"),
            (STYLE_PART, '<fonts count="', '<fonts count="9', "says count"),
            (RELATIONS, "theme/theme1", "theme/theme9", "not there"),
            (TYPES, "Extension=\"png\"", "Extension=\"p\"", "type"),
            (sheet_part(raw, FORM), 's="1"', 's="999"', "format 999"),
            (sheet_part(raw, FORM), '<c r="B4"', '<c r="A4"', "behind column"),
            (sheet_part(raw, FORM), 't="s"><v>0<', 't="s"><v>9999<', "text 9999"),
            (sheet_part(raw, FORM), '<dimension ref="A1:', '<dimension ref="A2:', "outside the dimension"),
            (sheet_part(raw, "看"), "<sheetView ", '<sheetView tabSelected="1" ', "selected"),
            ("xl/tables/table1.xml", 'ref="A1:C4"', 'ref="A1:C1"', "without a row"),
            ("xl/tables/table1.xml", 'name="工号"', 'name="工"', "is called"),
            ("xl/tables/table1.xml", 'displayName="台账表"', 'displayName="有汇总"', "2 times"),
            ("docProps/app.xml", "<vt:i4>8", "<vt:i4>7", "announced")]:
        assert any(said in fault for fault in faults(changed(raw, (part, old.encode(), new.encode())))), (part, new)
