"""Packages that are seldom seen: written into without harm, or refused with what to do before anything is written."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from tests.sheets.test_sheet_file import book as result_sheets
from tests.workbook import books
from tests.workbook.books import FIRST, FORM, OLD, REL, changed, rezip, sheet_part, unzip
from tests.workbook.sound import assert_sound
from xl_kpi.problems import Refusal
from xl_kpi.workbook import edit
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.compare import RELATIONS_TYPE, compare
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.fill import areas_of
from xl_kpi.workbook.package import Package
from xl_kpi.workbook.styles import MAX_FORMATS

TYPES, BOOK, RELATIONS, STYLES = ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
                                  "xl/styles.xml")
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
WANTED = Changes(result_sheets(), {}, [Filled(FORM, {(FIRST, 3): 4})])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    @cache
    def make(name: str) -> bytes:
        return books.MADE[name](tmp_path_factory.mktemp("made"))

    return make


def write(raw: bytes, changes: Changes = WANTED) -> bytes:
    after = edited(raw, "b.xlsx", changes)
    assert_sound(after, raw)
    return after


def refused(raw: bytes, *words: str, changes: Changes = WANTED) -> None:
    with pytest.raises(Refusal) as caught:
        edited(raw, "b.xlsx", changes)
    (problem,) = caught.value.problems
    assert problem.do
    said = f"{problem.text} {problem.do} {problem.sheet}"
    assert all(word in said for word in words), said


# -- content types ----------------------------------------------------------------------------------------------------

def by_old_libreoffice(raw: bytes) -> bytes:
    """As LibreOffice 3 to 6 write: no type for all relations, an entry for each."""
    parts = unzip(raw)
    types = re.sub(rb'<Default Extension="rels"[^>]*/>', b"", parts[TYPES])
    entries = "".join(f'<Override PartName="/{n}" ContentType="{RELATIONS_TYPE}"/>' for n in parts
                      if n.endswith(".rels"))
    return rezip(parts | {TYPES: types.replace(b"</Types>", f"{entries}</Types>".encode())})


@pytest.mark.parametrize("name", ["XlsxWriter", "openpyxl"])
def test_relations_have_a_type_where_the_package_has_none_for_all(made: Callable[[str], bytes], name: str) -> None:
    before = by_old_libreoffice(made(name))
    after = write(before)
    entries = re.findall(rb'PartName="/([^"]+\.rels)" ContentType="([^"]+)"', unzip(after)[TYPES])
    assert {n.decode() for n, _ in entries} == {n for n in unzip(after) if n.endswith(".rels")}
    assert {kind.decode() for _, kind in entries} == {RELATIONS_TYPE}
    assert write(after) == after
    assert len(openpyxl.load_workbook(io.BytesIO(after))[OLD]._charts) == 1


def test_the_comparison_sees_relations_without_a_type(made: Callable[[str], bytes]) -> None:
    before = by_old_libreoffice(made("openpyxl"))
    after = write(before)
    chart = next(n for n in unzip(after) if n.startswith("xl/drawings/_rels/") and n not in unzip(before))
    lost = re.sub(rf'<Override PartName="/{chart}"[^>]*/>'.encode(), b"", unzip(after)[TYPES])
    assert lost != unzip(after)[TYPES]
    with pytest.raises(Refusal, match="的类型"):
        compare(Package(before, "b"), Package(rezip(unzip(after) | {TYPES: lost}), "b"), WANTED)


# -- comments and instructions ----------------------------------------------------------------------------------------

NOISE = b"<!-- <xf/> --><?a b?>"


@pytest.mark.parametrize("part", [STYLES, BOOK, RELATIONS, TYPES, "sheet", "_rels/.rels", "docProps/app.xml"])
@pytest.mark.parametrize("name", ["XlsxWriter", "openpyxl"])
def test_comments_and_instructions_count_for_nothing(made: Callable[[str], bytes], name: str, part: str) -> None:
    """Between any two elements of a part that is read."""
    raw = made(name)
    clean = write(raw)
    part = sheet_part(raw, FORM) if part == "sheet" else part
    noisy = re.sub(rb"(?<=>)(?=<\w)", NOISE, unzip(raw)[part])
    assert NOISE in noisy
    after = write(rezip(unzip(raw) | {part: noisy}))
    for one in {n for n in unzip(clean) if n.startswith("xl/worksheets/sheet")}:
        assert canonical(unzip(after)[one]) == canonical(unzip(clean)[one]), one
    assert canonical(unzip(after)[STYLES]) == canonical(unzip(clean)[STYLES])


def canonical(xml: bytes) -> bytes:
    parser = etree.XMLParser(remove_comments=True, remove_pis=True)
    return etree.tostring(etree.fromstring(xml, parser), method="c14n")


def test_a_comment_within_a_text_is_no_end_of_it(made: Callable[[str], bytes]) -> None:
    raw = made("openpyxl")
    part = sheet_part(raw, FORM)
    raw = changed(raw, (part, b"<v>3</v>", b"<v><!-- 9 -->3<?x?></v>"), (BOOK, b">0.03<", b">0.<!-- -->03<"))
    after = openpyxl.load_workbook(io.BytesIO(write(raw)))
    assert after.defined_names["税率"].attr_text == "0.03"


@pytest.mark.parametrize("group", ["fonts", "fills", "borders", "cellXfs"])
def test_what_is_no_member_of_a_group_of_styles_is_not_counted(made: Callable[[str], bytes], group: str) -> None:
    """Formats are pointed at by their place among formats: as they are read, so they are written."""
    raw = made("openpyxl")
    clean = write(raw)
    strange = re.sub(rb"(?=</%s>)" % group.encode(), b"<v><v/></v>", unzip(raw)[STYLES])
    assert strange != unzip(raw)[STYLES]
    after = edited(rezip(unzip(raw) | {STYLES: strange}), "b.xlsx", WANTED)     # no sound workbook, before or after
    for one in {n for n in unzip(clean) if n.startswith("xl/worksheets/sheet")}:
        assert canonical(unzip(after)[one]) == canonical(unzip(clean)[one]), one
    found, wanted = (etree.fromstring(unzip(b)[STYLES]).find(f"{{*}}{group}") for b in (after, clean))
    assert found.get("count") == wanted.get("count")
    assert len(found) == len(wanted) + 1


# -- limits of Excel --------------------------------------------------------------------------------------------------

def with_formats(raw: bytes, count: int) -> bytes:
    """As many cell formats as that, all different."""
    root = etree.fromstring(unzip(raw)[STYLES])
    group = root.find("{*}cellXfs")
    for n in range(count - len(group)):
        xf = etree.SubElement(group, group[0].tag, group[0].attrib)
        etree.SubElement(xf, group[0].tag.replace("}xf", "}alignment"), indent=str(n % 250),
                         textRotation=str(n // 250 % 180), horizontal="left" if n < 45_000 else "right")
    group.set("count", str(len(group)))
    return rezip(unzip(raw) | {STYLES: etree.tostring(root)})


def formats(raw: bytes) -> int:
    return len(etree.fromstring(unzip(raw)[STYLES]).find("{*}cellXfs"))


def test_more_cell_formats_than_excel_has_are_refused(made: Callable[[str], bytes]) -> None:
    raw = with_formats(made("openpyxl"), MAX_FORMATS - 1)
    refused(raw, "已有 65,489 种", "65,490", "保存一次", "清除格式")
    filled = Changes(filled=[Filled(FORM, {(FIRST, 3): 4})])
    assert formats(edited(raw, "b", filled)) == MAX_FORMATS - 1, "cells need no more formats"


def test_formats_that_say_the_same_are_used_again(made: Callable[[str], bytes],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    raw = made("openpyxl")
    more = formats(write(raw)) - formats(raw)
    assert more > 10
    monkeypatch.setattr(edit, "MAX_FORMATS", 200)
    refused(with_formats(raw, 201 - more), f"还要 {more} 种")
    full = write(with_formats(raw, 200 - more))
    assert formats(full) == 200
    assert write(full) == full


@pytest.mark.parametrize(("numbers", "expected"), [(["65534", "1"], {"2", "3"}), (["65533", "1"], {"65534", "2"}),
                                                   (["7", "3"], {"8", "9"})])
def test_sheets_have_a_number_that_excel_takes(made: Callable[[str], bytes], numbers: list[str],
                                               expected: set[str]) -> None:
    raw = changed(made("openpyxl"), *((BOOK, f'sheetId="{n}"'.encode(), f'sheetId="x{m}"'.encode())
                                      for n, m in enumerate(numbers, 1)))
    raw = changed(raw, (BOOK, b'"x', b'"'), (BOOK, b'"x', b'"'))
    after = etree.fromstring(unzip(write(raw))[BOOK])
    found = [e.get("sheetId") for e in after.iterfind("{*}sheets/{*}sheet")]
    assert found[:2] == numbers
    assert expected < set(found)
    assert len(set(found)) == len(found)


# -- the extent that a sheet names ------------------------------------------------------------------------------------

@pytest.mark.parametrize("said", ["4:9", "A:H", "A1", "D4:E9", "", "nothing", "A1:C3 D4:F9", "A1:B2,D9", "$A$1:$C$5",
                                  "H9:A1", "XFD1048577", None])
@pytest.mark.parametrize("kind", ["cells", "rows"])
def test_the_extent_holds_every_cell_afterwards(made: Callable[[str], bytes], said: str | None, kind: str) -> None:
    raw = made("openpyxl")
    part = sheet_part(raw, FORM)
    element = b"" if said is None else f'<dimension ref="{said}"/>'.encode()
    raw = rezip(unzip(raw) | {part: re.sub(rb"<dimension[^>]*/>", element, unzip(raw)[part])})
    filled = Filled(FORM, {(FIRST, 3): 4}, 2, 8, [{0: "2016Q4", 1: "100"}] if kind == "rows" else [])
    root = etree.fromstring(unzip(edited(raw, "b", Changes(filled=[filled])))[part])
    found = [e.get("ref", "") for e in root.iterfind("{*}dimension")]
    if said is None:
        assert found == []
        return
    (area,), = (areas_of(one) for one in found)
    cells = [areas_of(c.get("r", ""))[0][:2] for c in root.iter("{*}c")]
    assert all(area[0] <= row <= area[2] and area[1] <= column <= area[3] for row, column in cells)


def test_the_comparison_sees_an_extent_that_leaves_cells_out(made: Callable[[str], bytes]) -> None:
    before = made("openpyxl")
    part = sheet_part(before, FORM)
    after = write(before)
    for said in (b"D1:H9", b"A1:G9", b"1:9", b"A1:H9 A10"):
        damaged = re.sub(rb'(<dimension ref=")[^"]*', rb"\g<1>" + said, unzip(after)[part])
        with pytest.raises(Refusal, match="的范围"):
            compare(Package(before, "b"), Package(rezip(unzip(after) | {part: damaged}), "b"), WANTED)


# -- parts that would count again -------------------------------------------------------------------------------------

def relations(*entries: tuple[str, str]) -> bytes:
    inner = "".join(f'<Relationship Id="rId{n}" Type="{REL}/{kind}" Target="{target}"/>'
                    for n, (kind, target) in enumerate(entries, 1))
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'.encode()


@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_new_sheet_inherits_no_relations(made: Callable[[str], bytes], number: int) -> None:
    """The relations of a sheet that is gone stay with nobody."""
    left = f"xl/worksheets/_rels/sheet{number}.xml.rels"
    orphan = {left: relations(("hyperlink", "../media/x.png")), "xl/drawings/_rels/drawing2.xml.rels": relations()}
    raw = rezip(unzip(made("openpyxl")) | orphan)
    after = write(raw)
    assert unzip(after)[left] == orphan[left]
    assert f"xl/worksheets/sheet{number}.xml" not in unzip(after)
    assert "xl/drawings/drawing2.xml" not in unzip(after)
    assert write(after) == after


def test_a_part_that_is_only_named_does_not_come_back(made: Callable[[str], bytes]) -> None:
    """A relation that leads nowhere, a type of nothing."""
    raw = changed(made("openpyxl"), (TYPES, b"</Types>", b'<Override PartName="/xl/worksheets/sheet3.xml" '
                                     b'ContentType="x/y"/></Types>'),
                  (RELATIONS, b"</Relationships>", f'<Relationship Id="rIdX" Type="{REL}/worksheet" '
                   'Target="worksheets/Sheet4.xml"/></Relationships>'.encode()))
    after = edited(raw, "b", WANTED)
    new = {n for n in unzip(after) if n.startswith("xl/worksheets/sheet")}
    assert not new & {"xl/worksheets/sheet3.xml", "xl/worksheets/sheet4.xml"}


def attached(raw: bytes, sheet: str, kind: str, part: str, xml: str, book_kind: str = "", more: str = "") -> bytes:
    """A part that belongs to a sheet; ``book_kind``: the kind of ``more``, a part of the workbook that goes with it."""
    parts = unzip(raw)
    own = sheet_part(raw, sheet).replace("worksheets/", "worksheets/_rels/") + ".rels"
    known = parts.get(own, relations())
    parts[own] = known.replace(b"</Relationships>", f'<Relationship Id="rIdS" Type="{REL}/{kind}" Target="/{part}"/>'
                               "</Relationships>".encode()).replace(b"/>", b"/>", 1)
    if b"</Relationships>" not in known:
        parts[own] = relations((kind, f"/{part}"))
    parts[part] = xml.encode()
    if book_kind:
        parts[f"xl/{book_kind}1.xml"] = more.encode()
        parts[RELATIONS] = parts[RELATIONS].replace(b"</Relationships>", (
            f'<Relationship Id="rIdC" Type="{REL}/{book_kind}" Target="{book_kind}1.xml"/></Relationships>').encode())
    return rezip(parts)


SLICER = f'<slicers xmlns="{MAIN}"><slicer name="a" cache="切片器_a"/></slicers>'


@pytest.mark.parametrize(("kind", "word"), [("slicer", "切片器"), ("timeline", "日程表"), ("pivotTable", "数据透视表"),
                                            ("queryTable", "外部数据")])
def test_a_sheet_with_what_belongs_to_the_workbook_is_not_replaced(made: Callable[[str], bytes], kind: str,
                                                                   word: str) -> None:
    raw = attached(made("XlsxWriter"), OLD, kind, f"xl/{kind}s/{kind}1.xml", SLICER, "slicerCache",
                   f'<slicerCacheDefinition xmlns="{MAIN}" name="切片器_a"/>')
    refused(raw, OLD, word, "移到别的工作表")
    kept = write(raw, Changes(result_sheets(), {OLD: f"{OLD}_旧1"}))
    assert f"xl/{kind}s/{kind}1.xml" in unzip(kept), "a sheet that is kept keeps it"


def test_a_table_on_a_replaced_sheet_goes_unless_others_look_at_it(made: Callable[[str], bytes]) -> None:
    columns = "".join(f'<tableColumn id="{n}" name="{title}"/>' for n, title in enumerate(["旧", "1", "2"], 1))
    table = (f'<table xmlns="{MAIN}" id="77" name="汇总表" displayName="汇总表" ref="A1:C2">'
             f'<tableColumns count="3">{columns}</tableColumns></table>')
    raw = attached(made("XlsxWriter"), OLD, "table", "xl/tables/table77.xml", table)
    assert "xl/tables/table77.xml" not in unzip(write(raw))
    other = sheet_part(raw, "看")
    pivot = f'<pivotCacheDefinition xmlns="{MAIN}"><cacheSource><worksheetSource name="汇总表"/></cacheSource>'
    slicer = f'<slicerCacheDefinition xmlns="{MAIN}"><tableSlicerCache tableId="77"/></slicerCacheDefinition>'
    seen = [changed(raw, (other, b"<f>1/0</f>", "<f>SUM(汇总表[旧])</f>".encode())),
            changed(raw, (BOOK, b">0.03<", ">ROWS(汇总表)<".encode())),
            attached(raw, "看", "x", "xl/x.xml", "<x/>", "slicerCache", slicer),
            attached(raw, "看", "x", "xl/x.xml", "<x/>", "pivotCacheDefinition", f"{pivot}</pivotCacheDefinition>")]
    for one in seen:
        refused(one, OLD, "汇总表", "转换为区域")
    write(changed(raw, (other, b"<f>1/0</f>", "<f>SUM(汇总表格[旧])</f>".encode())))


# -- workbooks that are refused ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["revisionHeaders", "usernames"])
def test_a_shared_workbook_is_refused(made: Callable[[str], bytes], kind: str) -> None:
    raw = attached(made("openpyxl"), "看", "x", "xl/x.xml", "<x/>", kind, f'<headers xmlns="{MAIN}"/>')
    refused(raw, "共享工作簿", "取消共享")
    refused(raw, "共享工作簿", changes=Changes(filled=[Filled(FORM, {(FIRST, 3): 4})]))


@pytest.mark.parametrize("value", ["0", "false"])
def test_a_workbook_that_calculates_with_what_it_shows_is_refused(made: Callable[[str], bytes], value: str) -> None:
    raw = made("openpyxl")
    raw = rezip(unzip(raw) | {BOOK: re.sub(rb"<calcPr", f'<calcPr fullPrecision="{value}"'.encode(), unzip(raw)[BOOK])})
    refused(raw, "将精度设为所显示的精度", "选项")
    refused(raw, "将精度设为所显示的精度", changes=Changes(filled=[Filled(FORM, {(FIRST, 3): 4})]))
    assert edited(raw, "b", Changes()) is raw, "nothing is written"
    write(changed(raw, (BOOK, f'fullPrecision="{value}"'.encode(), b'fullPrecision="1"')))


# -- spellings of names -----------------------------------------------------------------------------------------------

def spelled(raw: bytes, name: Callable[[str], str]) -> bytes:
    return rezip(unzip(raw), name=name)


@pytest.mark.parametrize("name", ["XlsxWriter", "openpyxl"])
@pytest.mark.parametrize("spelling", [lambda n: n.replace("/", "\\"), str.upper, str.title,
                                      lambda n: n.replace("sheet", "SHEET").replace("drawing", "Drawing")])
def test_names_are_told_apart_by_no_capital_and_no_slash(made: Callable[[str], bytes], name: str,
                                                         spelling: Callable[[str], str]) -> None:
    raw = spelled(made(name), spelling)
    after = edited(raw, "b", WANTED)
    plain = {n.lower(): d for n, d in unzip(write(made(name))).items()}
    assert {n.lower() for n in unzip(after)} == plain.keys(), "no backslash stays, no part is there twice"
    assert {n.lower(): d for n, d in unzip(after).items()} == plain
    assert edited(after, "b", WANTED) == after


def test_a_name_that_is_encoded_is_found_both_ways(made: Callable[[str], bytes]) -> None:
    raw = made("openpyxl")
    part = sheet_part(raw, "看")
    for stored in ("xl/worksheets/表 1.xml", "xl/worksheets/%E8%A1%A8%201.xml"):
        parts = {stored if n == part else n: d for n, d in unzip(raw).items()}
        parts[RELATIONS] = parts[RELATIONS].replace(part.rpartition("/")[2].encode(), b"%E8%A1%A8%201.xml")
        parts[TYPES] = parts[TYPES].replace(part.rpartition("/")[2].encode(), b"%E8%A1%A8%201.xml")
        after = edited(rezip(parts), "b", Changes(filled=[Filled("看", {(0, 0): 7})]))
        assert b"<v>7</v>" in unzip(after)[stored]
        assert Path(stored).name in {Path(n).name for n in unzip(after)}
