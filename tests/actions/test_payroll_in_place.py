"""生成工资表 into HR's own workbook: written once, never silently over another."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.books import cell_of, demo_book, put, rows_of, sheet_of, value_of
from tests.command import run
from xl_kpi.workbook.file import read
from xl_kpi.workbook.grid import address

MONTH = "2016-12"
SHEET = f"工资表_{MONTH}"
WRITTEN = ["体检", SHEET, f"工资条_{MONTH}", f"核算依据_{MONTH}", f"汇总_{MONTH}"]
COPIES = "xl-kpi备份"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return demo_book(tmp_path)


@pytest.fixture
def paid(book: Path) -> Path:
    code, out, _ = run("payroll", book, "--month", MONTH)
    assert code == 0, out
    return book


def names(path: Path) -> list[str]:
    return [sheet.name for sheet in read(path).sheets]


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def copies(path: Path) -> list[bytes]:
    return [copy.read_bytes() for copy in sorted((path.parent / COPIES).glob("*"))]


def test_the_sheets_are_added_and_nothing_else_changes(book: Path) -> None:
    before, old = parts(book), book.read_bytes()
    sheets = names(book)
    code, out, _ = run("payroll", book, "--month", MONTH)
    assert code == 0
    assert f"{MONTH} 工资表 44 人，已写入 {book}" in out
    assert names(book) == [*sheets, *WRITTEN]
    after = parts(book)
    free = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "xl/styles.xml",
            "docProps/app.xml"}
    assert {name for name in before if before[name] != after[name]} <= free
    assert copies(book) == [old], "the old workbook is kept"


def test_again_changes_nothing_byte_for_byte(paid: Path) -> None:
    before, kept = paid.read_bytes(), copies(paid)
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 0
    assert f"{SHEET} 已经有了，内容相同，没有改动" in out
    assert paid.read_bytes() == before
    assert copies(paid) == kept, "no copy either"


def test_the_titles_and_headings_of_the_new_sheet(paid: Path) -> None:
    """Company and department of 参数, the day of pay to fill in; headings are plain names, which HR's MATCH finds."""
    sheet = sheet_of(paid, SHEET)
    assert sheet.rows[0][0] == "示例客服中心2016年12月工资表"
    told = [value for value in sheet.rows[1] if value]
    assert told[0].startswith("部门：客户服务部")
    assert told[1] == "发放日期：　　　　年　　月　　日"
    headings = next(row for row in sheet.rows if "工号" in row)
    assert "计发比例" in headings
    assert not [h for h in headings if "\n" in str(h)]


def test_a_sheet_of_the_earlier_layout_is_the_same(paid: Path) -> None:
    """Without company, day of pay and line breaks, with the old number formats and all columns in sight."""
    opened = openpyxl.load_workbook(paid)
    sheet = opened[SHEET]
    sheet["A1"] = "2016年12月工资表"
    for cell in sheet[2]:
        if isinstance(cell, openpyxl.cell.Cell):
            cell.value = None
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and "\n" in cell.value and row[1].value == "工号":
                cell.value = cell.value.replace("\n", "")
            elif '"' in cell.number_format:
                cell.number_format = "#,##0.00"
    for column in sheet.column_dimensions.values():
        column.outlineLevel, column.hidden = 0, False
    opened.save(paid)
    before = paid.read_bytes()
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert (code, "内容相同" in out) == (0, True), out
    assert paid.read_bytes() == before


def test_sorted_otherwise_it_is_the_same(paid: Path) -> None:
    """Whose amounts they are decides, not where they stand."""
    sheet = sheet_of(paid, SHEET)
    rows = rows_of(sheet, 工号="005") + rows_of(sheet, 工号="012")
    put(paid, SHEET, {address(row, c): value for row, other in zip(rows, reversed(rows), strict=True)
                      for c, value in enumerate(sheet.rows[other])})
    before = paid.read_bytes()
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 0
    assert "内容相同" in out
    assert paid.read_bytes() == before
    # the name alone changes places: now the amounts are another's
    put(paid, SHEET, {address(rows[0], 1): "005", address(rows[1], 1): "012"})
    assert run("payroll", paid, "--month", MONTH)[0] == 1


def test_a_difference_is_shown_and_nothing_is_written(paid: Path) -> None:
    put(paid, "月度考核_客服代表", {cell_of(paid, "月度考核_客服代表", h, 月份=MONTH, 工号="005"): None
                             for h in ("工作量", "出错率", "满席度", "投诉处理", "日常任务")}
        | {cell_of(paid, "月度考核_客服代表", "得分", 月份=MONTH, 工号="005"): 86})
    before, kept = paid.read_bytes(), copies(paid)
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 1
    assert "005 李桂芳：绩效工资 1020.00 → 1032.00" in out
    assert "005 李桂芳：月度得分 85.00 → 86.00" in out
    assert "--replace" in out
    assert "006" not in [line.split(" ")[2] for line in out.splitlines() if "→" in line]
    assert paid.read_bytes() == before
    assert copies(paid) == kept


def test_replace_keeps_the_old_sheet(paid: Path) -> None:
    old = sheet_of(paid, SHEET).rows
    for n, score in enumerate((86, 87), 1):
        put(paid, "月度考核_客服代表", {cell_of(paid, "月度考核_客服代表", h, 月份=MONTH, 工号="005"): None
                                 for h in ("工作量", "出错率", "满席度", "投诉处理", "日常任务")}
            | {cell_of(paid, "月度考核_客服代表", "得分", 月份=MONTH, 工号="005"): score})
        code, out, _ = run("payroll", paid, "--month", MONTH, "--replace")
        assert code == 0
        assert f"旧表保留为 {SHEET}_旧{n}" in out
    assert sheet_of(paid, f"{SHEET}_旧1").rows == old
    assert value_of(paid, f"{SHEET}_旧2", "月度得分", 工号="005") == 86
    assert value_of(paid, SHEET, "月度得分", 工号="005") == 87
    assert names(paid).count(f"汇总_{MONTH}") == 1, "the other sheets of the month are overwritten"
    assert value_of(paid, f"核算依据_{MONTH}", "结果", 工号="005", 项目="月度得分") == 87


def test_an_amount_typed_over_is_a_difference(paid: Path) -> None:
    cell = cell_of(paid, SHEET, "全勤奖", 工号="005")
    put(paid, SHEET, {cell: 200.004})
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 1
    assert "005 李桂芳：全勤奖 200.004 → 200.00" in out
    assert f"{SHEET} {cell}" in out


def saved_by_openpyxl(path: Path, change: Callable[[openpyxl.Workbook], object] = lambda book: None) -> None:
    """Saved by a program that keeps formulas and drops their values."""
    loaded = openpyxl.load_workbook(path)
    change(loaded)
    loaded.save(path)


def test_formulas_not_calculated_yet_are_no_difference(paid: Path) -> None:
    saved_by_openpyxl(paid)
    before = paid.read_bytes()
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 0, out
    assert paid.read_bytes() == before


def test_another_formula_not_calculated_yet_is_a_difference(paid: Path) -> None:
    cell = cell_of(paid, SHEET, "实发合计", 工号="005")

    def raise_pay(book: openpyxl.Workbook) -> None:
        book[SHEET][cell] = f"{book[SHEET][cell].value}+1000"

    saved_by_openpyxl(paid, raise_pay)
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 1
    assert "005 李桂芳：实发合计 （未计算的公式） → 3220.00" in out
    assert "有 1 处不同" in out


def test_sheets_that_hr_removed_come_back_on_demand(paid: Path) -> None:
    slips = f"工资条_{MONTH}"
    saved_by_openpyxl(paid, lambda book: book.remove(book[slips]))
    before, old = paid.read_bytes(), sheet_of(paid, SHEET)
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert (code, paid.read_bytes()) == (0, before)
    assert f"缺 {slips}，可以补上" in out
    assert f"：xl-kpi payroll {paid} --month {MONTH} --replace\n" in out
    code, out, _ = run("payroll", paid, "--month", MONTH, "--replace")
    assert code == 0
    assert f"补上了 {slips}" in out
    assert slips in names(paid)
    assert sheet_of(paid, SHEET) == old
    assert f"{SHEET}_旧1" not in names(paid)


def test_somebody_twice_is_a_difference(paid: Path) -> None:
    put(paid, SHEET, {cell_of(paid, SHEET, "工号", 工号="006"): "005"})
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 1
    assert "005 李桂芳：这个人 表上有 2 行 → 现在有 1 行" in out


def test_a_sum_typed_over_is_a_difference(paid: Path) -> None:
    """Also what somebody without a 工号 adds to it."""
    cell = cell_of(paid, SHEET, "实发合计", 序号="合计")
    put(paid, SHEET, {cell: 138_468.83})
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 1
    assert "合计：实发合计 138468.83 → 137968.83" in out
    assert "有 1 处不同" in out


def test_a_sum_that_excel_has_rounded_is_none(paid: Path) -> None:
    """Doubles added up: the error is far below a fen."""
    cell = cell_of(paid, SHEET, "实发合计", 序号="合计")
    put(paid, SHEET, {cell: 137_968.830_000_002})
    assert run("payroll", paid, "--month", MONTH)[0] == 0


def test_last_month_s_sheet_that_says_otherwise_now_is_told(book: Path) -> None:
    """汇总 compares with last month computed from today's data, which need not be what was paid."""
    assert run("payroll", book, "--month", "2016-11")[0] == 0
    _, out, _ = run("payroll", book, "--month", MONTH, "--draft")
    assert "重算" not in out
    put(book, "考勤", {cell_of(book, "考勤", "迟到次数", 月份="2016-11", 工号="005"): 1})
    code, out, _ = run("payroll", book, "--month", MONTH)
    assert code == 0, out
    # 全勤, 全勤奖, 应发合计, 实发合计
    assert "“工资表_2016-11”与按现在的数据重算的有 4 处不同" in out


def test_people_who_come_and_go(paid: Path) -> None:
    put(paid, "花名册", {cell_of(paid, "花名册", "离职日期", 工号="005"): "2016-11-30"})
    scores = "月度考核_客服代表"         # a score of a month after somebody left is an error
    put(paid, scores, {cell_of(paid, scores, heading, 工号="005", 月份=MONTH): None
                       for heading in ("工作量", "出错率", "满席度", "投诉处理", "日常任务", "得分")})
    put(paid, SHEET, {cell_of(paid, SHEET, "工号", 工号="006"): "906"})
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 1
    assert "005 李桂芳、906 张敏：这个人 表上有 → 现在不发" in out
    assert "006 张敏：这个人 （空） → 现在有" in out


def test_what_was_paid_out_is_never_replaced(paid: Path) -> None:
    title = str(sheet_of(paid, SHEET).rows[0][0])
    put(paid, SHEET, {"A1": f"{title}（已 发放）"})
    code, out, _ = run("payroll", paid, "--month", MONTH)
    assert code == 0, "no difference: nothing to refuse"
    put(paid, SHEET, {cell_of(paid, SHEET, "全勤奖", 工号="005"): 0})
    before = paid.read_bytes()
    code, out, _ = run("payroll", paid, "--month", MONTH, "--replace")
    assert code == 1
    assert "已发放" in out
    assert paid.read_bytes() == before


def test_a_sheet_of_hr_with_the_name_is_not_overwritten(book: Path) -> None:
    from xl_kpi.sheets.model import ResultSheet
    from xl_kpi.workbook.changes import Changes
    from xl_kpi.workbook.edit import edited

    own = ResultSheet("体检", [10.0])
    own.add(["员工年度健康体检安排"], ("",))
    book.write_bytes(edited(book.read_bytes(), book.name, Changes(sheets=[own])))
    before = book.read_bytes()
    for command in (("payroll", book, "--month", MONTH), ("check", book, "--sheet")):
        code, out, _ = run(*command)
        assert code == 1
        assert "“体检”，不是本程序写的" in out
        assert book.read_bytes() == before


def test_a_copy_with_the_results(book: Path, tmp_path: Path) -> None:
    before, out_book = book.read_bytes(), tmp_path / "结果.xlsx"
    out_book.write_bytes(b"an older file")
    code, out, _ = run("payroll", book, "--month", MONTH, "-o", out_book)
    assert code == 0
    assert f"已写入 {out_book}" in out
    assert book.read_bytes() == before
    assert not (tmp_path / COPIES).exists()
    assert names(out_book) == [*names(book), *WRITTEN]
    run("payroll", book, "--month", MONTH)
    assert out_book.read_bytes() == book.read_bytes(), "in place and as a copy are the same"


def test_a_copy_of_what_is_there_already(paid: Path, tmp_path: Path) -> None:
    out_book = tmp_path / "副本.xlsx"
    assert run("payroll", paid, "--month", MONTH, "-o", out_book)[0] == 0
    assert out_book.read_bytes() == paid.read_bytes()


@pytest.mark.parametrize("out", ["结果.xlsm", "结果.xls", "结果"])
def test_a_copy_is_of_the_same_kind(book: Path, out: str) -> None:
    code, _, err = run("payroll", book, "--month", MONTH, "-o", book.with_name(out))
    assert code == 2
    assert "文件名要以 .xlsx 结尾" in err
    assert not book.with_name(out).exists()


def test_a_copy_is_not_the_workbook_itself(book: Path) -> None:
    code, _, err = run("payroll", book, "--month", MONTH, "-o", book)
    assert code == 2
    assert "不能写到 BOOK 自己" in err


@pytest.mark.parametrize("out", ["", " "])
def test_a_copy_without_a_name(book: Path, out: str) -> None:
    """A variable that is not set: the workbook itself would be written."""
    before = book.read_bytes()
    code, _, err = run("payroll", book, "--month", MONTH, "-o", out)
    assert code == 2
    assert "-o：要写一个文件名" in err
    assert book.read_bytes() == before


def test_a_draft_goes_on_where_data_are_missing(book: Path) -> None:
    put(book, "参数", {cell_of(book, "参数", "值", 参数="rep.star_pay", 键="0"): None})
    before = book.read_bytes()
    assert run("payroll", book, "--month", MONTH)[0] == 1
    assert book.read_bytes() == before, "a refused run changes nothing"
    code, out, _ = run("payroll", book, "--month", MONTH, "--draft")
    assert code == 0
    assert "试算" in out
    assert f"试算_{MONTH}" in names(book)
    assert SHEET not in names(book)
    sheet = sheet_of(book, f"试算_{MONTH}")
    assert any(mark.error == "#N/A" for mark in sheet.marks.values())
    code, _, _ = run("payroll", book, "--month", MONTH, "--draft")
    assert code == 0, "a draft may be written again"
    assert names(book).count(f"试算_{MONTH}") == 1


def test_signed_packages_are_asked_about(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as package:
        package.writestr("_xmlsignatures/sig1.xml", "<Signature/>")
    before = book.read_bytes()
    code, out, _ = run("payroll", book, "--month", MONTH)
    assert code == 1
    assert "数字签名" in out
    assert f"照样写：xl-kpi payroll {book} --month {MONTH} --yes\n" in out
    assert book.read_bytes() == before
    assert run("payroll", book, "--month", MONTH, "--yes")[0] == 0
    assert SHEET in names(book)
