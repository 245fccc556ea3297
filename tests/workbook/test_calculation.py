"""Formulas that nobody has calculated since what they look at was changed: which they are, and the record of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from lxml import etree

from tests.workbook.books import changed, unzip
from xl_kpi.problems import Refusal
from xl_kpi.workbook.calculation import ALL, RECORD, changed_sheets, write_record
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.compare import compare
from xl_kpi.workbook.edit import edit
from xl_kpi.workbook.file import read
from xl_kpi.workbook.package import Package
from xl_kpi.workbook.stale import ANYWHERE, FormulaCell, Look, Names, looks_of, stale_cells

NAMES = Names(["考勤", "得分", "a b", "o'b", "汇总"], {
    "基数": "考勤!$B$2", "套": "基数*2", "转": 'INDIRECT("考勤!A1")', "相对": "得分!B2", "环": "环+考勤!$A$1",
    "率": "0.5",
}, {"表1": Look("得分", (0, 0, 9, 3))})


@pytest.mark.parametrize(("formula", "looks"), [
    ("1+1", []), ("A1", [Look("s", (0, 0, 0, 0))]), ("$B$2:C3*2", [Look("s", (1, 1, 2, 2))]),
    ("SUM(A:B)", [Look("s", (0, 0, 1048575, 1))]), ("SUM(2:3)", [Look("s", (1, 0, 2, 16383))]),
    ("考勤!A1+得分!B2", [Look("得分", (1, 1, 1, 1)), Look("考勤", (0, 0, 0, 0))]),
    ("SUM('a b'!A1:B2)", [Look("a b", (0, 0, 1, 1))]), ("'o''b'!A1", [Look("o'b", (0, 0, 0, 0))]),
    ("SUM('考勤:a b'!A1)", [Look("a b", (0, 0, 0, 0)), Look("得分", (0, 0, 0, 0)),
                                                   Look("考勤", (0, 0, 0, 0))]),
    ("SUM(考勤:得分!A1)", [Look("得分", (0, 0, 0, 0)), Look("考勤", (0, 0, 0, 0))]),
    ("SUM(考勤:没有!A1)", [Look("", (0, 0, 0, 0))]),
    ("基数+1", [Look("考勤", (1, 1, 1, 1))]), ("套", [Look("考勤", (1, 1, 1, 1))]), ("率*2", []), ("转", [ANYWHERE]),
    ("相对", [Look("得分")]), ("环", [ANYWHERE, Look("考勤", (0, 0, 0, 0))]),
    ('INDIRECT("得分!A1")', [ANYWHERE]), ("OFFSET(考勤!A1,1,1)", [Look("考勤")]),
    ("SUM(表1[得分])", [Look("得分", (0, 0, 9, 3))]), ("[@得分]*2", [Look("s")]), ("SUM(表1[[#All],[得分]],A1)", [
        Look("s", (0, 0, 0, 0)), Look("得分", (0, 0, 9, 3))]),
    ("[1]考勤!A1", []), ("'[b.xlsx]考勤'!A1", []), ('IF(A1="考勤!B2",1,2)', [Look("s", (0, 0, 0, 0))]),
    ("LOG10(A1)", [Look("s", (0, 0, 0, 0))]), ("TRUE", []), ("工号1", []), ("a1b2", []), ("1E5+2", []),
    ("SUM(A1:INDEX(B:B,3))", [Look("s", (0, 0, 0, 0)), Look("s", (0, 1, 1048575, 1))]),
    ("VLOOKUP(B2,花名册!$A$2:$B$99,2,FALSE)", [Look("s", (1, 1, 1, 1)), Look("花名册", (1, 0, 98, 1))]),
])
def test_what_formulas_look_at(formula: str, looks: list[Look]) -> None:
    assert sorted(looks_of(formula, "s", NAMES)) == sorted(looks)


def test_shared_formulas_move_with_the_cell() -> None:
    assert looks_of("A1+$B$2+C$3", "s", NAMES, 2, 1) == tuple(sorted([
        Look("s", (2, 1, 2, 1)), Look("s", (1, 1, 1, 1)), Look("s", (2, 3, 2, 3))]))


def cells(*formulas: tuple[str, str, str]) -> list[FormulaCell]:
    from xl_kpi.workbook.grid import area_of

    found = []
    for sheet, place, formula in formulas:
        area = area_of(place)
        assert area is not None
        found.append(FormulaCell(sheet, area, looks_of(formula, sheet, NAMES)))
    return found


def test_chains_and_what_stands_beside_them() -> None:
    found = stale_cells(cells(
        ("得分", "A1", "考勤!A1"), ("得分", "A2", "花名册!A1"), ("得分", "B1", "A1+1"), ("得分", "B2", "A2+1"),
        ("汇总", "A1:A3", "得分!B1:B2"), ("汇总", "B1", "SUM(得分!B:B)"), ("汇总", "C1", "A3"),
        ("汇总", "D1", "得分!B2"),
    ), ["考勤"])
    assert found == {"得分": {(0, 0), (0, 1)}, "汇总": {(0, 0), (1, 0), (2, 0), (0, 1), (0, 2)}}


@pytest.mark.parametrize("step", [1, -1])
def test_running_sums(step: int) -> None:
    first, rows = (1, range(2, 5001)) if step > 0 else (5000, range(1, 5000))
    chain = [("得分", f"B{first}", "考勤!A1"),
             *(("得分", f"B{row}", f"B{row - step}+A{row}") for row in rows)]
    assert len(stale_cells(cells(*chain), ["考勤"])["得分"]) == len(chain)


def workbook(text: str = "") -> etree._Element:
    return etree.fromstring(f'<workbook xmlns="x"><definedNames/>{text}</workbook>')


def test_the_record_is_what_was_written() -> None:
    book = workbook('<calcPr fullCalcOnLoad="1"/>')
    assert changed_sheets(workbook()) == frozenset(), "not marked: nothing is stale"
    assert changed_sheets(book) == ALL, "marked by another program"
    names = book.find("{*}definedNames")
    assert names is not None
    write_record(names, ["考勤", "o'b", "a, b!"])
    assert changed_sheets(book) == {"考勤", "o'b", "a, b!"}
    write_record(names, ["得分"])
    assert changed_sheets(book) == {"得分"}
    assert len(names) == 1
    names[0].text = "#REF!"
    assert changed_sheets(book) == ALL, "a sheet of it is gone"
    names[0].text = "考勤!$A$1,月度考核_客服代表!$A$1"       # as Excel writes names that need no quotes
    assert changed_sheets(book) == {"考勤", "月度考核_客服代表"}


def hr_book(folder: Path, marked: bool) -> bytes:
    """得分 looks at 考勤, 汇总 at 得分, 别的 at nothing that changes."""
    path = folder / "b.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.calc_on_load = marked
        for name, formulas in (("考勤", []), ("得分", ["考勤!A2", "1+1"]), ("汇总", ["得分!A1", "得分!A2"]),
                               ("别的", ["得分!B9"])):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 1, ["工号", "数"])
            for row, formula in enumerate(formulas):
                sheet.write_formula(row, 0, formula, None, 7)
    return path.read_bytes()


def stale(data: bytes, folder: Path) -> dict[str, list[tuple[int, int]]]:
    path = folder / "after.xlsx"
    path.write_bytes(data)
    return {s.name: places for s in read(path).sheets if (
            places := sorted(place for place, mark in s.marks.items() if mark.stale))}


def fill(data: bytes, sheet: str, **more: Any) -> bytes:
    return edit(data, "b.xlsx", Changes(filled=[Filled(sheet, {(1, 0): 3}, **more)])).data


def test_what_our_changes_leave_to_be_calculated(tmp_path: Path) -> None:
    before = hr_book(tmp_path, False)
    assert stale(before, tmp_path) == {}
    after = edit(before, "b.xlsx", Changes(filled=[Filled("考勤", {(1, 0): 3})]))
    assert after.stale
    assert stale(after.data, tmp_path) == {"得分": [(0, 0)], "汇总": [(0, 0)]}
    # a second change adds to the record, also when nothing looks at it
    more = edit(after.data, "b.xlsx", Changes(filled=[Filled("别的", {(3, 0): 3})]))
    assert stale(more.data, tmp_path) == {"得分": [(0, 0)], "汇总": [(0, 0)]}
    assert stale(fill(after.data, "得分"), tmp_path)["汇总"] == [(0, 0), (1, 0)]
    # Excel has calculated it and taken the mark away: the old record says nothing any more
    calculated = changed(after.data, ("xl/workbook.xml", b' fullCalcOnLoad="1"', b""))
    assert RECORD.encode() in unzip(calculated)["xl/workbook.xml"]
    assert stale(calculated, tmp_path) == {}
    assert "汇总" in stale(fill(calculated, "得分"), tmp_path)
    assert stale(fill(calculated, "汇总"), tmp_path) == {}, "what looks at nothing that changed still holds"


def test_nothing_looks_at_it_nothing_is_left(tmp_path: Path) -> None:
    after = edit(hr_book(tmp_path, False), "b.xlsx", Changes(filled=[Filled("别的", {(3, 5): 3})]))
    assert not after.stale or stale(after.data, tmp_path) == {}


BOOK = "xl/workbook.xml"
MARK = b' fullCalcOnLoad="1"'
DAMAGED = {
    "a sheet too many": ("'考勤'!$A$1<".encode(), "'考勤'!$A$1,'别的'!$A$1<".encode(), "改过哪些工作表"),
    "another sheet": ("'考勤'!$A$1<".encode(), "'别的'!$A$1<".encode(), "改过哪些工作表"),
    "a sheet lost": ("'得分'!$A$1,".encode(), b"", "改过哪些工作表"),
    "any sheet": ("'考勤'!$A$1<".encode(), b"#REF!<", "改过哪些工作表"),
    "for all to see": (RECORD.encode() + b'" hidden="1"', RECORD.encode() + b'"', "改过哪些工作表"),
    "twice": (b"</definedNames>", f'<definedName name="{RECORD}">1</definedName></definedNames>'.encode(),
              "改过哪些工作表"),
    "no mark": (MARK, b"", "重新计算"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_the_record_is_compared_too(what: str, tmp_path: Path) -> None:
    """Both sheets are named that were changed since somebody calculated, and no other; the mark stays."""
    before = fill(hr_book(tmp_path, False), "考勤")
    wanted = Changes(filled=[Filled("得分", {(1, 1): 3})])
    after = edit(before, "b.xlsx", wanted).data
    compare(Package(before, "b"), Package(after, "b"), wanted)
    old, new, said = DAMAGED[what]
    with pytest.raises(Refusal, match=said):
        compare(Package(before, "b"), Package(changed(after, (BOOK, old, new)), "b"), wanted)


def test_a_record_that_is_not_ours_to_change(tmp_path: Path) -> None:
    """A title that is written is nothing to count with; of a book marked by another program all is to be calculated."""
    uncounted = Changes(filled=[Filled("考勤", {(1, 1): "x"}, counted=False)])
    marked = fill(hr_book(tmp_path, False), "考勤")
    counted = Changes(filled=[Filled("考勤", {(1, 1): 3})])
    for before, wanted in ((marked, uncounted), (hr_book(tmp_path, True), counted)):
        after = edit(before, "b.xlsx", wanted).data
        compare(Package(before, "b"), Package(after, "b"), wanted)
        record = f'<definedNames><definedName name="{RECORD}" hidden="1">\'别的\'!$A$1</definedName>'.encode()
        place = b"<definedNames>" if b"<definedNames>" in unzip(after)[BOOK] else b"<calcPr"
        other = record if place == b"<definedNames>" else record + b"</definedNames><calcPr"
        with pytest.raises(Refusal, match="改过哪些工作表"):
            compare(Package(before, "b"), Package(changed(after, (BOOK, place, other)), "b"), wanted)


def test_a_workbook_that_another_program_changed(tmp_path: Path) -> None:
    """XlsxWriter and openpyxl mark every workbook, and store 0 or nothing where they do not know a result."""
    everywhere = {"得分": [(0, 0), (1, 0)], "汇总": [(0, 0), (1, 0)], "别的": [(0, 0)]}
    before = hr_book(tmp_path, True)
    assert stale(before, tmp_path) == everywhere
    assert stale(fill(before, "别的"), tmp_path)["汇总"] == everywhere["汇总"], "the record does not make it better"


def test_arrays_are_stale_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        sheet.write_array_formula("A1:A3", "{=B1:B3*2}", None, 2)
    assert stale(path.read_bytes(), tmp_path) == {"S": [(0, 0), (1, 0), (2, 0)]}


