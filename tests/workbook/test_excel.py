"""The port to Excel reads what a file says, writes what the file port writes, and what it did can be undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import xlsxwriter
import xlwings as xw
from hypothesis import given
from hypothesis import strategies as st

from tests.xlwings_office import model
from tests.xlwings_office.looks import cells_of, frame_of
from xl_kpi.problems import Refusal
from xl_kpi.results import REFUSED
from xl_kpi.sheets.model import Chart, ResultSheet, Series
from xl_kpi.workbook import excel as port
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.excel.areas import addresses, area_address, rectangles, rows_addresses
from xl_kpi.workbook.file import read
from xl_kpi.workbook.formats import from_serial

HOSTILE = ["=1+1", "001", "2016-11", "1/2", "+5", "-x", "@x", "'x", "1e5", "TRUE", "50%", "下午3时", " 1 ",
           "𠮷", "a\nb"]


@pytest.fixture
def book(excel: xw.App, tmp_path: Path) -> Iterator[xw.Book]:
    """A workbook with every kind of cell."""
    path = tmp_path / "样.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as made:
        sheet = made.add_worksheet("表")
        formats = {code: made.add_format({"num_format": code, "bg_color": "#FFFF00"}) for code in (
            "0%", "000", "yyyy-mm-dd", "yyyy/m/d h:mm", "h:mm", "[h]:mm", "@", "#,##0.00")}
        for row, (code, value) in enumerate([
            ("0%", 0.99), ("000", 1), ("yyyy-mm-dd", 42000), ("yyyy/m/d h:mm", 42000.5), ("h:mm", 0.25),
            ("[h]:mm", 1.5), ("#,##0.00", 1234.5), ("yyyy-mm-dd", -1), ("0%", -0.5), ("000", 12345), ("000", 7),
        ]):
            sheet.write_number(row, 0, value, formats[code])
            sheet.write_formula(row, 1, f"A{row + 1}", formats[code], value)
        for row, text in enumerate(HOSTILE):
            sheet.write_string(row, 2, text, formats["@"])
        for row, formula in enumerate(["1/0", "NA()", '"x"&1', "NOTHING(1)"]):
            sheet.write_formula(row, 3, formula, None, ["#DIV/0!", "#N/A", "x1", "#NAME?"][row])
        sheet.write_boolean(0, 4, True)
        sheet.write_blank(40, 20, None, formats["0%"])      # formats alone are nothing
        sheet.freeze_panes(2, 1)
        sheet.set_column(1, 1, 20)
        sheet.set_row(1, 33)
        sheet.print_area(0, 0, 14, 4)
        other = made.add_worksheet("另")
        other.write_formula(0, 0, "表!A7+1", None, 1235.5)
        other.write_number(3, 2, 5)                         # nothing in row 1 but column A
        other.merge_range("E1:F3", "合")
        other.merge_range("E5:E9", 7)
        other.merge_range("A2:C2", "")
        other.set_row(4, None, None, {"hidden": True})
        other.set_row(1, None, None, {"hidden": True})
        other.set_column("B:B", None, None, {"hidden": True})
        made.add_worksheet("空")
        hidden = made.add_worksheet("藏")
        hidden.write_string(0, 0, "x")
        hidden.hide()
    opened = excel.books.open(str(path))
    yield opened
    opened.close()


def test_reads_what_the_file_says(book: xw.Book) -> None:
    mine, theirs = port.read_book(book), read(Path(book.fullname))
    assert [s.name for s in mine.sheets] == ["表", "另", "空", "藏"]
    assert [s.hidden for s in mine.sheets] == [False, False, False, True]
    for a, b in zip(mine.sheets, theirs.sheets, strict=True):
        assert a.rows == b.rows
        assert a.marks == {place: replace(mark, stale=False) for place, mark in b.marks.items()}     # Excel calculates
        assert (a.merged, a.totals) == (sorted(b.merged), b.totals)
        assert (a.hidden_rows, a.hidden_columns) == (b.hidden_rows, b.hidden_columns)


@given(st.floats(-10, 3_000_000), st.booleans())
def test_moments(value: float, is_1904: bool) -> None:
    """A time of day, a day, or both; exactly a day apart for exactly one more (after the day that never was)."""
    moment = from_serial(value, is_1904)
    if isinstance(moment, dt.datetime | dt.date) and value > 61 and value < 2_900_000:
        later = from_serial(value + 1, is_1904)
        assert not isinstance(later, float | dt.time)
        assert later - moment == dt.timedelta(days=1)       # type: ignore[operator]
    assert value >= 0 or moment == value


def test_moments_of_files(tmp_path: Path) -> None:
    values = [0, 0.5, 1, 59, 60, 61, 42000, 42000.123456789, 42735.999999, 2958465, 2958466, -1]
    for is_1904 in (False, True):
        path = tmp_path / f"{is_1904}.xlsx"
        with xlsxwriter.Workbook(path, {"date_1904": is_1904}) as made:
            sheet, style = made.add_worksheet(), made.add_format({"num_format": "yyyy-mm-dd"})
            for row, value in enumerate(values):
                sheet.write_number(row, 0, value, style)
        assert [row[0] for row in read(path).sheets[0].rows] == [from_serial(float(v), is_1904) for v in values]


@given(st.integers(1, 12), st.integers(1, 9), st.data())
def test_rectangles_cover_exactly(height: int, width: int, data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.lists(st.booleans(), min_size=width, max_size=width),
                                       min_size=height, max_size=height)))
    covered = np.zeros_like(mask, dtype=int)
    for top, left, bottom, right in rectangles(mask):
        covered[top:bottom + 1, left:right + 1] += 1
    assert (covered == mask).all()


def test_addresses_are_short_enough_for_excel() -> None:
    areas = [(row, 0, row, 29) for row in range(0, 2000, 2)]
    texts = list(addresses(areas))
    assert max(map(len, texts)) <= 255
    assert ",".join(texts).split(",") == [area_address(area) for area in areas]
    assert list(rows_addresses([0, 1, 2, 7, 9, 10])) == ["1:3,8:8,10:11"]


def result_sheet(name: str) -> ResultSheet:
    sheet = ResultSheet(name, [8.0, 12.0, 10.0, 0.0])
    sheet.add_line("=标题", "title", 30)
    heading = sheet.add(["工号", "说明", "金额", "档"], ("heading",) * 4, 24)
    for n, text in enumerate(HOSTILE):
        sheet.add([f"{n:03d}", text, Decimal("0.07"), "x"], ("text", "note", "money", "archive"), 20)
    sheet.add(["x", None, Fraction(1, 3), None], ("text/alt", "note/alt", "percent/alt", ""))
    sheet.add(["y", None, REFUSED, None], ("text", "text", "money", ""))
    last = sheet.add(["合计", None, Decimal("1.05"), None], ("text/sum", "note/sum", "money/sum", ""), 24,
                     {2: f"SUM(C{heading + 2}:C{heading + 1 + len(HOSTILE)})"})
    sheet.merges.append((last, 0, last, 1))
    sheet.links[2, 0] = "表", "A1"
    sheet.freeze = heading + 1, 2
    sheet.autofilter = heading, 0, last - 1, 2
    sheet.page.repeat_rows = heading, heading
    sheet.page.footer = "2016 & 共"
    sheet.page.breaks = [8]
    sheet.charts.append(Chart("金额一览", (3, 5), (480, 280), (2, 0, 9, 0), (
        Series("金额", (2, 2, 9, 2), "#4A7EBB"), Series("又一次", (2, 3, 9, 3), "#9CB8DA", labels=False))))
    return sheet


def test_writes_what_the_file_port_writes(excel: xw.App, book: xw.Book, tmp_path: Path) -> None:
    from xl_kpi.workbook.render_xlsx import write

    sheet = result_sheet("结果")
    write(tmp_path / "文件.xlsx", [sheet, ResultSheet("表", [8.0])])
    with port.Quiet(excel) as quiet:
        port.apply(book, Changes(sheets=[sheet]), quiet, "写")
    theirs = excel.books.open(str(tmp_path / "文件.xlsx"))
    try:
        mine, file = book.sheets["结果"], theirs.sheets["结果"]
        have, want = cells_of(mine), cells_of(file)
        painted = {(r, c) for r, row in enumerate(sheet.rows) for c in range(len(row.styles))}
        assert {p: (have[p], want[p]) for p in painted if have[p] != want[p]} == {}
        assert have[3, 1][0] == "001"
        assert have[2, 1][:3] == ("=1+1", "", "General")
        heights = [r for r, row in enumerate(sheet.rows) if row.height]
        a, b = frame_of(mine, heights), frame_of(file, heights)
        assert a.pop("heights") == pytest.approx(b.pop("heights"), abs=12)
        assert a["hidden"] == [3]
        assert a["charts"] == [("金额一览", True, (0x4A7EBB, 0x9CB8DA))]
        for frame in (a, b):
            frame.pop("widths")
        assert a == b
    finally:
        theirs.close()


def folded(path: Path, sheet: str) -> list[tuple[str, int, int]]:
    """(first, last column, level) of the groups that are hidden."""
    columns = openpyxl.load_workbook(path)[sheet].column_dimensions.values()
    return [(d.min, d.max, d.outlineLevel) for d in columns if d.outlineLevel and d.hidden]


def test_columns_are_grouped_and_hidden_by_both_ports(excel: xw.App, book: xw.Book, tmp_path: Path) -> None:
    from xl_kpi.workbook.render_xlsx import write

    sheet = ResultSheet("结果", [8.0] * 7, folded={1, 2, 5})
    sheet.add([*"abcdefg"], ("text",) * 7)
    write(tmp_path / "文件.xlsx", [sheet])
    with port.Quiet(excel) as quiet:
        port.apply(book, Changes(sheets=[sheet]), quiet, "写")
        book.save(str(tmp_path / "写好.xlsx"))
        assert frame_of(book.sheets["结果"], [])["hidden"] == [1, 2, 5]
        sheet.folded = {5}
        port.apply(book, Changes(sheets=[sheet]), quiet, "又写")
        assert frame_of(book.sheets["结果"], [])["hidden"] == [5]
        book.save(str(tmp_path / "又写好.xlsx"))
    assert folded(tmp_path / "写好.xlsx", "结果") == [(2, 3, 1), (6, 6, 1)]
    assert {c for first, last, _ in folded(tmp_path / "文件.xlsx", "结果") for c in range(first, last + 1)} == {2, 3, 6}
    assert folded(tmp_path / "又写好.xlsx", "结果") == [(6, 6, 1)]


def state(book: xw.Book) -> dict[str, Any]:
    """Everything of every sheet; of heights those that somebody has set."""
    found: dict[str, Any] = {}
    for sheet in book.sheets:
        height = sheet.used_range.row + sheet.used_range.shape[0] - 1
        rows = [row for row in range(height) if not sheet.impl.uno.Rows.getByIndex(row).OptimalHeight]
        frame = frame_of(sheet, rows) if sheet.visible else {"heights": ()}
        found[sheet.name] = {"visible": sheet.visible, **cells_of(sheet), **frame,
                             "heights": dict(zip(rows, frame["heights"], strict=True))}
    book.sheets[0].activate()
    return found


def assert_same(after: dict[str, Any], before: dict[str, Any]) -> None:
    assert list(after) == list(before)
    for name, was in before.items():
        now = after[name]
        heights = now.pop("heights")
        assert {row: heights.get(row) for row in was["heights"]} == was["heights"], name
        assert {k: (v, now.get(k)) for k, v in was.items() if now.get(k) != v and k != "heights"} == {}, name


def test_overwriting_is_undone(excel: xw.App, book: xw.Book) -> None:
    """Values, formats, sizes, panes, filter, print set-up, order; references from other sheets hold all the time."""
    with port.Quiet(excel) as quiet:
        port.apply(book, Changes(sheets=[result_sheet("前")]), quiet, "第一次")
    book.sheets["表"]["A1:C5"].api.AutoFilter()
    book.names.add("名", "='表'!$A$1:$B$2")
    before = {name: one for name, one in state(book).items() if "~" not in name}
    changes = Changes([result_sheet("前"), result_sheet("新")], {"表": "旧"}, [])
    changes.sheets.append(ResultSheet("表", [5.0]))
    with port.Quiet(excel) as quiet:
        port.apply(book, changes, quiet, "第二次")
    assert [s.name for s in book.sheets if s.visible] == ["旧", "另", "空", "前", "新", "表"]
    assert book.sheets["另"]["A1"].formula == "=旧!A7+1"
    assert port.kept(book) == "第二次"
    assert port.changed_since(book) == []
    with port.Quiet(excel):
        assert port.bring_back(book) == "第二次"
    assert_same(state(book), before)
    assert book.names["名"].refers_to == "='表'!$A$1:$B$2"
    assert port.kept(book) == ""            # only the last run is kept


@pytest.mark.parametrize("inserted", [False, True])
def test_rows_are_added(excel: xw.App, book: xw.Book, inserted: bool) -> None:
    sheet = book.sheets["表"]
    sheet.range("A13:F41").clear()
    sheet.range("C12:C41").clear()
    if inserted:
        sheet["A12"].raw_value = "合计"
        sheet["B12"].raw_value = "=SUM(A1:A11)"
    sheet["A1:D11"].api.AutoFilter()
    sheet.api.PageSetup.PrintArea = "$A$1:$E$11"
    before = state(book)
    filled = Filled("表", {(0, 2): "=文", (1, 2): 7, (2, 2): None}, heading=0, after=10,
                    added=[{0: 3, 2: "008"}, {0: 4, 2: "2016-11"}])
    with port.Quiet(excel) as quiet:
        port.apply(book, Changes(filled=[filled]), quiet, "加行")
    assert sheet["A1:C3"].raw_value[0][2] == "=文"
    assert [row[2] for row in sheet["A1:C3"].raw_value[1:]] == [7, None]
    assert [list(row) for row in sheet["A12:C13"].raw_value] == [[3, None, "008"], [4, None, "2016-11"]]
    assert sheet["A12"].number_format == "000"          # as the row above
    assert sheet["A12"].row_height == sheet["A11"].row_height
    assert sheet.api.PageSetup.PrintArea == "$A$1:$E$13"
    assert sheet.api.AutoFilter.Range.Address == "$A$1:$D$13"
    assert (sheet["A14"].raw_value == "合计") is inserted
    with port.Quiet(excel):
        port.bring_back(book)
    assert_same(state(book), before)


def test_half_way(excel: xw.App, book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel fails in the last sheet: all is as it was, settings too; what the run before kept is kept."""
    with port.Quiet(excel) as quiet:
        port.apply(book, Changes(sheets=[result_sheet("前")]), quiet, "第一次")
    before = state(book)
    excel.calculation, excel.status_bar = "manual", "就绪"

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("xl_kpi.workbook.excel.paint.set_page", fail)
    try:
        with pytest.raises(RuntimeError), port.Quiet(excel) as quiet:
            port.apply(book, Changes([result_sheet("前")], {"表": "旧"}, [Filled("另", {(0, 0): 1})]), quiet, "第二次")
        assert (excel.calculation, excel.status_bar, excel.screen_updating) == ("manual", "就绪", True)
    finally:
        excel.calculation, excel.status_bar = "automatic", False
    monkeypatch.undo()
    excel.calculate()
    assert_same(state(book), before)
    assert port.kept(book) == "第一次"


def test_no_printer(excel: xw.App, book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that asks the printer fails: what is written is written, and can be taken back."""
    before = state(book)
    book.sheets["表"].api.PageSetup.PrintArea = "$A$1:$E$11"

    def fail(*_: object) -> None:
        raise RuntimeError("unable to get the PageSetup property")

    monkeypatch.setattr(model.Worksheet, "PageSetup", property(fail))
    monkeypatch.setattr(model.Worksheet, "HPageBreaks", property(fail), raising=False)
    monkeypatch.setattr(model.Worksheet, "ResetAllPageBreaks", fail, raising=False)
    changes = Changes([result_sheet("结果")], {}, [Filled("表", {(0, 0): "填"}, 0, 9, [{0: "加"}])])
    with port.Quiet(excel) as quiet:
        assert port.apply(book, changes, quiet, "写") == ["表", "结果"]
    assert book.sheets["结果"]["A1"].value
    assert book.sheets["表"]["A1"].value == "填"
    with port.Quiet(excel) as quiet:
        assert port.apply(book, Changes([result_sheet("结果")]), quiet, "又写") == ["结果"]
        assert port.bring_back(book) == "又写"
    monkeypatch.undo()
    assert set(state(book)) >= set(before)


def test_precision_as_displayed(excel: xw.App, book: xw.Book) -> None:
    book.impl.document.CalcAsShown = True
    try:
        with pytest.raises(Refusal, match="将精度设为所显示的精度"), port.Quiet(excel) as quiet:
            port.apply(book, Changes(filled=[Filled("表", {(0, 0): 1})]), quiet, "写")
    finally:
        book.impl.document.CalcAsShown = False


def test_protected(excel: xw.App, book: xw.Book) -> None:
    book.sheets["表"].impl.uno.protect("")
    with pytest.raises(Refusal, match="工作表“表”受保护"), port.Quiet(excel) as quiet:
        port.apply(book, Changes(filled=[Filled("表", {(0, 0): 1})]), quiet, "写")
    assert [s.name for s in book.sheets] == ["表", "另", "空", "藏"]
    book.impl.document.protect("")
    with pytest.raises(Refusal, match="结构受保护"), port.Quiet(excel) as quiet:
        port.apply(book, Changes(sheets=[result_sheet("新")]), quiet, "写")
    book.impl.document.unprotect("")
