"""Every button, on the demo company's workbook in a real spreadsheet program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from tests.books import cell_of, demo_book, put
from tests.command import run
from tests.forms.attendance_exports import dingtalk
from tests.xlwings_office.looks import cells_of, frame_of, is_plain
from tests.xlwings_office.model import Application
from tests.xlwings_office.person import Person
from xl_kpi.addin import ribbon
from xl_kpi.addin.buttons import buttons
from xl_kpi.addin.desk import BUSY, Desk, Pressed
from xl_kpi.period import Month
from xl_kpi.workbook.excel import kept
from xl_kpi.workbook.excel.names import is_own

MONTH = "2016-12"
PAY = f"工资表_{MONTH}"
Open = Callable[..., xw.Book]


@pytest.fixture
def opened(excel: xw.App) -> Iterator[Open]:
    """Opens a file as HR would; all are closed after the test."""
    books = []

    def open_book(path: Path, active: str = "") -> xw.Book:
        book = excel.books.open(str(path))
        book.set_mock_caller()
        books.append(book)
        if active:
            book.sheets[active].activate()
        return book

    yield open_book
    for book in books:
        book.close()


def pressed_in() -> tuple[xw.App, xw.Book | None]:
    """What VBA hands over: the application and its active workbook."""
    if hasattr(xw.Book, "_mock_caller"):
        book = xw.Book.caller()
        return book.app, book
    return xw.apps.active, None


def press(monkeypatch: pytest.MonkeyPatch, handler: Pressed, *answers: Any) -> Person:
    """Press a button, the answers arranged.  Nobody who presses one is told of options without where to type them."""
    person = Person(*answers)
    monkeypatch.setattr(Desk, "asker", person)
    handler(*pressed_in())
    lines = "\n".join([*person.told, *person.asked]).splitlines()
    assert [line for line in lines if " --" in line and "命令行" not in line] == []
    return person


def names(book: xw.Book) -> list[str]:
    return [sheet.name for sheet in book.sheets if not is_own(sheet.name)]


def content(book: xw.Book, looks: bool = False) -> dict[str, Any]:
    """All sheets, in order, hidden ones of the program too: what their cells hold, and how they look."""
    return {sheet.name: cells_of(sheet, looks) for sheet in book.sheets}


def assert_same(after: dict[str, Any], before: dict[str, Any]) -> None:
    assert list(after) == list(before)
    assert {(name, place): (cell, after[name].get(place)) for name, cells in before.items()
            for place, cell in cells.items() if after[name].get(place) != cell} == {}


def settings(app: xw.App) -> tuple[Any, ...]:
    return app.screen_updating, app.calculation, app.display_alerts, app.enable_events, app.status_bar


def assert_same_sheet(mine: xw.Sheet, theirs: xw.Sheet) -> None:
    """Values, formulas and looks of every cell that the file has; sizes, merges, panes, filter, print set-up."""
    have, want = cells_of(mine), cells_of(theirs)
    blank = {place for place, cell in want.items() if cell[0] is None and is_plain(cell[3])}
    assert {p: have.get(p) for p in want if p not in blank} == {p: c for p, c in want.items() if p not in blank}
    assert all(have[p][0] is None for p in have if p not in want)
    rows = range(0, theirs.used_range.shape[0], 1 + theirs.used_range.shape[0] // 30)
    heights = [row for row in rows if not theirs.impl.uno.Rows.getByIndex(row).OptimalHeight]
    a, b = frame_of(mine, heights), frame_of(theirs, heights)
    assert a.pop("widths") == pytest.approx(b.pop("widths"), rel=0.03)
    assert a.pop("heights") == pytest.approx(b.pop("heights"), abs=12)
    assert a == b


# ------------------------------------------------------------------------------------- the same as the command line


def test_payroll(excel: xw.App, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = demo_book(tmp_path)
    code, out, _ = run("payroll", path, "--month", MONTH, "-o", tmp_path / "命令行.xlsx")
    assert code == 0, out
    before, bytes_before = settings(excel), path.read_bytes()
    book = opened(path)
    there = names(book)
    person = press(monkeypatch, ribbon.payroll, ...)
    assert person.offered == [MONTH]
    assert f"生成工资表 {MONTH}：完成，44 人。" in person.last
    assert book.sheets.active.name == PAY
    assert settings(excel) == before
    theirs = opened(tmp_path / "命令行.xlsx")
    assert names(book) == names(theirs)
    for name in names(theirs):
        if name not in there:
            assert_same_sheet(book.sheets[name], theirs.sheets[name])
    assert "正在写 工资表_2016-12（1/5）……" in excel.impl.bar
    assert path.read_bytes() == bytes_before           # whether to save is HR's business


def test_check(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = demo_book(tmp_path)
    put(path, "考勤", {cell_of(path, "考勤", "迟到次数", 工号="005", 月份=MONTH): "待定"})
    code, _, _ = run("check", path, "--month", MONTH, "--sheet")
    assert code == 1
    theirs = opened(path)
    book = opened(demo_book(tmp_path, "未查.xlsx"))
    at = cell_of(path, "考勤", "迟到次数", 工号="005", 月份=MONTH)
    book.sheets["考勤"][at].raw_value = "待定"
    person = press(monkeypatch, ribbon.check, MONTH)
    assert "错误 1 条" in person.last
    assert book.sheets.active.name == "体检"
    assert_same_sheet(book.sheets["体检"], theirs.sheets["体检"])
    assert kept(book) == ""         # a list that is made anew is no run to be undone
    # neither month nor quarter; a quarter
    assert "体检" in press(monkeypatch, ribbon.check, "").last
    assert "2016Q4" in press(monkeypatch, ribbon.check, "2016年第4季度").last


def test_import_attendance(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked one question after the other; an answer that will not do is asked again; kept for the next time."""
    path = demo_book(tmp_path)
    month = Month.parse("2017-01")
    staff = [(f"{n:03}", "") for n in range(1, 6)]
    export = dingtalk(tmp_path / "月报.xlsx", staff, month, {("001", 4): "迟到3分钟", ("002", 4): "严重迟到45分钟"},
                      {("001", "迟到次数"): 1, ("002", "严重迟到次数"): 1})
    book = opened(path)
    before = content(book)
    person = press(monkeypatch, ribbon.import_attendance, "2017-01", [export], None)
    assert "没有导入。剩下的问题在" in person.last
    assert_same(content(book), before)
    person = press(monkeypatch, ribbon.import_attendance, "2017-01", [export], "算", "迟到")
    assert "可以填：迟到、旷工、不计、逐个看" in person.asked[2]
    assert "写入 40 格" in person.last
    assert {"考勤来源"} == set(names(book)) - set(before)
    person = press(monkeypatch, ribbon.import_attendance, "2017-01", [export])
    assert "没有改动" in person.last
    press(monkeypatch, ribbon.undo, True)
    assert_same(content(book), before)
    press(monkeypatch, ribbon.import_attendance, "2017-01", [])


def test_new_month(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = demo_book(tmp_path)
    code, out, _ = run("month", path, "--month", "2017-01", "-o", tmp_path / "命令行.xlsx")
    assert code == 0, out
    book, theirs = opened(path), opened(tmp_path / "命令行.xlsx")
    book.set_mock_caller()
    before = content(book)
    person = press(monkeypatch, ribbon.new_month, "2017-01")
    assert "考勤：加了 43 行" in person.last
    for name in names(theirs):
        if cells_of(theirs.sheets[name], looks=False) != {p: c[:2] for p, c in before[name].items()}:
            assert cells_of(book.sheets[name]) == cells_of(theirs.sheets[name]), name
    press(monkeypatch, ribbon.undo, True)
    assert_same(content(book), before)


def test_review(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = demo_book(tmp_path)
    star = cell_of(path, "季度星级_客服代表", "评定星级", 工号="005", 季度="2016Q4")
    put(path, "季度星级_客服代表", {star: 1})
    code, _, _ = run("review", path, "--quarter", "2016Q4", "--replace", "-o", tmp_path / "命令行.xlsx")
    assert code == 0
    book, theirs = opened(path), opened(tmp_path / "命令行.xlsx")
    book.set_mock_caller()
    before = content(book)
    # the difference is shown, and stays when HR says no
    person = press(monkeypatch, ribbon.review, ..., False)
    assert person.offered == ["2016Q4"]
    assert "005" in person.asked[1]
    assert "1 → 3" in person.asked[1]
    assert_same(content(book), before)
    press(monkeypatch, ribbon.review, "2016Q4", True)
    for name in ("季度星级_客服代表", "季度星级_客服领班"):
        assert cells_of(book.sheets[name]) == cells_of(theirs.sheets[name])
    press(monkeypatch, ribbon.undo, True)
    assert_same(content(book), before)


# ------------------------------------------------------------------------------------------------------ a paid month


@pytest.fixture(scope="module")
def paid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = demo_book(tmp_path_factory.mktemp("paid"))
    code, out, _ = run("payroll", path, "--month", MONTH)
    assert code == 0, out
    return path


@pytest.fixture
def paid(opened: Open, tmp_path: Path, paid_file: Path) -> xw.Book:
    """The workbook with the month's sheets, as the command writes them."""
    path = tmp_path / paid_file.name
    path.write_bytes(paid_file.read_bytes())
    return opened(path, PAY)


def test_replacing_and_undo(paid: xw.Book, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有改动" in press(monkeypatch, ribbon.payroll, ...).last      # nothing differs
    path = Path(paid.fullname)
    wage = cell_of(path, "花名册", "岗位工资", 工号="005")
    paid.sheets["花名册"][wage].raw_value = 2100.0
    paid.names.add("付", f"='{PAY}'!$A$1:$C$3")
    paid.sheets[PAY]["AF4"].raw_value = f"=SUM('{PAY}'!G5:G9)"
    before = content(paid)
    person = press(monkeypatch, ribbon.payroll, ..., False)
    assert "005" in person.asked[1]
    assert_same(content(paid), before)
    press(monkeypatch, ribbon.payroll, ..., True)
    assert f"{PAY}_旧1" in names(paid)
    assert paid.names["付"].refers_to == f"='{PAY}_旧1'!$A$1:$C$3"
    shown = [sheet.name for sheet in paid.sheets if sheet.visible]
    assert not any(map(is_own, shown))
    # somebody types something on a sheet of the run: undo says so, and does it only when told to
    paid.sheets[f"工资条_{MONTH}"]["A1"].raw_value = "改"
    person = press(monkeypatch, ribbon.undo, False)
    assert f"工资条_{MONTH} 在" in person.asked[0]
    assert kept(paid)
    press(monkeypatch, ribbon.undo, True)
    assert_same(content(paid), before)
    assert paid.names["付"].refers_to == f"='{PAY}'!$A$1:$C$3"
    assert "没有可以撤销的" in press(monkeypatch, ribbon.undo).last


def test_slips_basis_print_and_comparison(paid: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(paid)
    for handler, name in ((ribbon.slips, "工资条"), (ribbon.basis, "核算依据"), (ribbon.compare_last_month, "汇总")):
        paid.sheets[f"{name}_{MONTH}"].clear()
        press(monkeypatch, handler, ...)
        assert paid.sheets.active.name == f"{name}_{MONTH}"
        assert {p: c[:2] for p, c in cells_of(paid.sheets[f"{name}_{MONTH}"]).items()} == {
            p: c[:2] for p, c in before[f"{name}_{MONTH}"].items()}
    setup = paid.sheets[PAY].api.PageSetup
    setup.Orientation = 1
    setup.PrintTitleRows = ""
    person = press(monkeypatch, ribbon.print_setup, ...)
    assert f"工资条_{MONTH}" in person.last
    assert (setup.Orientation, setup.PrintTitleRows) == (2, "$3:$3")


def test_slips_of_other_data_are_refused(paid: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    wage = cell_of(Path(paid.fullname), "花名册", "岗位工资", 工号="005")
    paid.sheets["花名册"][wage].raw_value = 2100.0
    before = content(paid)
    for handler in (ribbon.slips, ribbon.close_month):
        person = press(monkeypatch, handler, ...)
        assert "005" in person.last
        assert "生成工资表" in person.last
    assert {k: v for k, v in content(paid).items() if k != "体检"} == {k: v for k, v in before.items() if k != "体检"}


def test_formulas_are_compared(paid: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    # the values that a file brings along are Excel's as well until it calculates them, which it must be told to do
    calculate, calculated = Application.CalculateFull, list[Application]()
    monkeypatch.setattr(Application, "CalculateFull", lambda app: calculated.append(app) or calculate(app))
    assert "与程序算的完全相同" in press(monkeypatch, ribbon.compare_formulas, ...).last
    assert len(calculated) == 1
    sheet = paid.sheets[PAY]
    cells = {heading: column for column, heading in enumerate(sheet.range((3, 1), (3, 40)).value) if heading}
    row = next(r for r in range(4, 60) if sheet[r - 1, cells["工号"]].value == "005")
    merit = sheet[row - 1, cells["绩效工资"]]
    merit.raw_value = merit.formula.replace("ROUND(", "0.01+ROUND(", 1)
    person = press(monkeypatch, ribbon.compare_formulas, ...)
    assert "005" in person.last
    assert "绩效工资，表上（公式）" in person.last
    assert person.last.count("合计：绩效工资") == 1
    assert paid.selection.address == merit.address
    merit.raw_value = merit.formula.replace("0.01+", "", 1)
    total = sheet[next(r for r in range(4, 60) if sheet[r - 1, 0].value == "合计") - 1, cells["绩效工资"]]
    total.raw_value = 1.0
    assert press(monkeypatch, ribbon.compare_formulas, ...).last.count("合计：绩效工资，表上（填的值）1.00") == 1
    assert paid.sheets.active.name == PAY
    assert paid.selection.address == total.address


def test_selection_is_explained(paid: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = paid.sheets[PAY]
    cells = {heading: column for column, heading in enumerate(sheet.range((3, 1), (3, 40)).value) if heading}
    row = next(r for r in range(4, 60) if sheet[r - 1, cells["工号"]].value == "005")
    _, out, _ = run("explain", paid.fullname, "--month", MONTH, "--id", "005")
    for heading in ("绩效工资", "全勤奖", "实发合计"):
        sheet[row - 1, cells[heading]].select()
        text = press(monkeypatch, ribbon.explain_selection).last
        for line in text.splitlines()[1:]:
            assert line.strip() in out
        assert f"{heading}：" in text
    sheet[row - 1, cells["姓名"]].select()
    assert len(press(monkeypatch, ribbon.explain_selection).last.splitlines()) > 20
    sheet["A1"].select()
    assert "请选中" in press(monkeypatch, ribbon.explain_selection).last


def test_closing(paid: xw.Book, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same record as the command's; afterwards there is nothing to undo."""
    code, out, _ = run("close", paid.fullname, "--month", MONTH, "-o", tmp_path / "命令行.xlsx")
    assert code == 0, out
    press(monkeypatch, ribbon.slips, ...)
    assert kept(paid)
    assert press(monkeypatch, ribbon.close_month, ..., False).told == []
    assert "已封存" in press(monkeypatch, ribbon.close_month, ..., True).last
    theirs = opened(tmp_path / "命令行.xlsx")
    paid.set_mock_caller()
    assert_same_sheet(paid.sheets["结账记录"], theirs.sheets["结账记录"])
    assert not kept(paid)
    assert "都与封存的相同" in press(monkeypatch, ribbon.verify).last
    cell = paid.sheets[PAY].range("G4")
    cell.raw_value = float(cell.raw_value) + 1
    assert "有 3 处改过" in press(monkeypatch, ribbon.verify).last
    assert "已封存，不能" in press(monkeypatch, ribbon.payroll, ...).last
    assert paid.sheets[PAY]["A1"].value == theirs.sheets[PAY]["A1"].value
    assert "已封存" in paid.sheets[PAY]["A1"].value
    paid.sheets["结账记录"].delete()
    for handler in (ribbon.payroll, ribbon.close_month):
        assert "结账记录这张表不见了" in press(monkeypatch, handler, ...).last
    assert "结账记录这张表不见了" in press(monkeypatch, ribbon.verify).last


def test_reopening(paid: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """The month asked for, the reason, once more; then the month can be paid and closed again."""
    assert "没有可以重开的" in press(monkeypatch, ribbon.reopen_month).last
    press(monkeypatch, ribbon.close_month, ..., True)
    assert press(monkeypatch, ribbon.reopen_month, ..., None).told == []
    assert "要写明为什么重开" in press(monkeypatch, ribbon.reopen_month, ..., "……").last
    assert press(monkeypatch, ribbon.reopen_month, ..., "迟到记错了", False).told == []
    assert "已封存" in paid.sheets[PAY]["A1"].value
    said = press(monkeypatch, ribbon.reopen_month, ..., "迟到记错了", True)
    assert MONTH in said.asked[0]
    assert said.last.startswith(f"{MONTH} 已重开。\n改正数据后，重新生成 {MONTH} 的工资表")
    assert "已封存" not in paid.sheets[PAY]["A1"].value
    assert "已封存" in press(monkeypatch, ribbon.close_month, ..., True).last


def test_tidying(paid: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "还没有封存的月份" in press(monkeypatch, ribbon.tidy).last
    press(monkeypatch, ribbon.close_month, ..., True)
    paid.sheets[PAY].activate()
    ours = [f"{one}_{MONTH}" for one in ("工资表", "工资条", "核算依据", "汇总")]
    for shown in (False, True):         # the same button again
        assert f"{'显示' if shown else '隐藏'}了 4 张结果表（{MONTH}）" in press(monkeypatch, ribbon.tidy).last
        assert [paid.sheets[name].visible for name in ours] == [shown] * 4
    # and undone, as what was done last
    press(monkeypatch, ribbon.tidy)
    assert [paid.sheets[name].visible for name in ours] == [False] * 4
    assert "已撤销“整理”" in press(monkeypatch, ribbon.undo, True).last
    assert [paid.sheets[name].visible for name in ours] == [True] * 4
    assert "没有可以撤销的" in press(monkeypatch, ribbon.undo).last


# ----------------------------------------------------------------------------------------------- kind words, no change


def test_data_refused(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = demo_book(tmp_path)
    at = cell_of(path, "考勤", "迟到次数", 工号="005", 月份=MONTH)
    put(path, "考勤", {at: "待定"})
    book = opened(path)
    before = content(book)
    person = press(monkeypatch, ribbon.payroll, MONTH, False)
    assert "[错误] 考勤" in person.told[0]
    assert "清单在工作表“体检”" in person.told[0]
    assert "试算" in person.asked[1]
    assert (book.sheets.active.name, book.selection.address.replace("$", "")) == ("考勤", at)
    assert {k: v for k, v in content(book).items() if k != "体检"} == before
    # and the draft, when HR wants it
    press(monkeypatch, ribbon.payroll, MONTH, True)
    assert book.sheets.active.name == f"试算_{MONTH}"
    values = book.sheets[f"试算_{MONTH}"].used_range.options(err_to_str=True).value
    assert "#N/A" in {value for row in values for value in row}


def test_without_a_workbook(excel: xw.App, monkeypatch: pytest.MonkeyPatch) -> None:
    if hasattr(xw.Book, "_mock_caller"):
        monkeypatch.delattr(xw.Book, "_mock_caller")
    for handler in (ribbon.check, ribbon.payroll, ribbon.undo, ribbon.parameters):
        assert "没有打开的工作簿" in press(monkeypatch, handler).last
    assert "MIT" in press(monkeypatch, ribbon.about).last
    assert "每个月的步骤" in press(monkeypatch, ribbon.help).last


def test_unsaved_foreign_and_protected(excel: xw.App, opened: Open, tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    new = excel.books.add()
    new.set_mock_caller()
    assert "还没有保存过" in press(monkeypatch, ribbon.payroll).last
    new.save(tmp_path / "别的.xlsx")
    new.sheets[0]["A1"].raw_value = "别的"
    before = content(new)
    assert "不是标准工作簿" in press(monkeypatch, ribbon.payroll).last
    assert content(new) == before
    new.close()
    book = opened(demo_book(tmp_path))
    book.sheets["考勤"].impl.uno.protect("")
    before = content(book)
    person = press(monkeypatch, ribbon.new_month, "2017-01")
    assert "工作表“考勤”受保护" in person.last
    assert {k: v for k, v in content(book).items() if k != "体检"} == before


def test_a_chart_sheet_is_in_view(paid: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel's active sheet then has no cells; every button does what it does elsewhere, and what was in view comes back
    where no other sheet is to be looked at."""
    def look_at_it() -> None:
        paid.impl.chart_in_view = "星级分布"

    before = content(paid)
    for handler, answers, words in (
            (ribbon.explain_selection, [], "请选中一个人的一格金额"), (ribbon.to_values, ["全部"], "没有要转的"),
            (ribbon.payroll, [MONTH], "没有改动"), (ribbon.compare_formulas, [MONTH], "完全相同"),
            (ribbon.tidy, [], "还没有封存的月份"), (ribbon.verify, [], "")):
        look_at_it()
        assert words in press(monkeypatch, handler, *answers).last
    look_at_it()
    press(monkeypatch, ribbon.new_month, "2017-01")
    assert paid.impl.chart_in_view == "星级分布"
    assert paid.sheets.active.name == "星级分布"
    press(monkeypatch, ribbon.undo, True)
    assert_same(content(paid), before)
    look_at_it()
    press(monkeypatch, ribbon.check, MONTH)
    assert paid.sheets.active.name == "体检"
    look_at_it()
    press(monkeypatch, ribbon.parameters)
    assert paid.sheets.active.name == "参数"


def test_a_workbook_that_is_open_elsewhere(excel: xw.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened a second time, in another Excel, it can only be read: nothing is written, everything can be looked at."""
    book = excel.books.open(str(demo_book(tmp_path)), read_only=True)
    try:
        book.set_mock_caller()
        before = content(book)
        for handler, answers in ((ribbon.check, [MONTH]), (ribbon.payroll, [MONTH]), (ribbon.new_month, ["2017-01"])):
            assert "以只读方式打开" in press(monkeypatch, handler, *answers).last
            assert content(book) == before
        assert "没有缺的参数" in press(monkeypatch, ribbon.parameters).last
    finally:
        book.close()


def test_words_that_cannot_be_read(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = opened(demo_book(tmp_path))
    before = names(book)
    assert "没有完成" in press(monkeypatch, ribbon.payroll, "十二月").last
    assert press(monkeypatch, ribbon.payroll, None).told == []        # cancelled
    assert names(book) == before


class Busy(Exception):
    """As Excel refuses a call while a cell is edited."""

    hresult = -2147418111


@pytest.mark.parametrize("error", [Busy("x"), ValueError("王秀云 3220.00")])
def test_excel_fails_half_way(excel: xw.App, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                              error: Exception) -> None:
    """Everything is put back, settings and content; the message names nobody."""
    from xl_kpi.workbook.excel import paint

    def fail(*_: Any) -> None:
        raise error

    book = opened(demo_book(tmp_path))
    before, were = content(book), settings(excel)
    monkeypatch.setattr(paint, "set_page", fail)
    person = press(monkeypatch, ribbon.payroll, MONTH)
    assert settings(excel) == were
    assert_same(content(book), before)
    assert person.last == BUSY if isinstance(error, Busy) else "意外的错误（ValueError）" in person.last
    assert "3220" not in person.last


def test_parameters(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = opened(demo_book(tmp_path))
    assert "没有缺的参数" in press(monkeypatch, ribbon.parameters).last
    assert book.sheets.active.name == "参数"
    cell = cell_of(Path(book.fullname), "参数", "值", 参数="rep.star_pay", 键="4")
    book.sheets["参数"][cell].raw_value = None
    person = press(monkeypatch, ribbon.parameters)
    assert "还有" in person.last
    assert book.selection.address == book.sheets["参数"][cell].address


def test_new_workbook_and_environment(excel: xw.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "客服部2016.xlsx"
    assert press(monkeypatch, ribbon.new_workbook, None).told == []         # cancelled
    person = press(monkeypatch, ribbon.new_workbook, str(path))
    assert "新工作簿" in person.last
    book = excel.books.active
    try:
        assert Path(book.fullname) == path
        assert "参数" in names(book)
    finally:
        book.close()
    before = path.read_bytes()
    assert "已经有了" in press(monkeypatch, ribbon.new_workbook, str(path)).last
    assert path.read_bytes() == before
    assert "Windows" in press(monkeypatch, ribbon.environment).last


def test_formulas_of_ours_are_explained(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = opened(demo_book(tmp_path), "花名册")
    sheet = book.sheets["花名册"]
    bottom = book.sheets["参数"].used_range.last_cell.row
    where = f"参数!$A$3:$J${bottom}"
    sheet["P1:R1"].raw_value = [[3.0, 85.0, None]]

    def said(formula: str) -> str:
        sheet["P2"].raw_value = formula
        sheet["P2"].select()
        return press(monkeypatch, ribbon.explain_selection).last

    one = f'=PERFORMANCE_PAY(P1,Q1,"客服代表","正式",,"{MONTH}",{where})'
    assert "＝ 1020" in said(one)                           # 1200 × 85%
    assert "算不出来" in said(f'=PERFORMANCE_PAY(P1,R1,"客服代表","正式",,"{MONTH}",{where})')
    text = said(f'=MONTHLY_PAY(2000,P1,Q1,TRUE,"客服代表","正式",,,"{MONTH}",{where})')
    assert "3220" in text
    assert "1200" in text.splitlines()[2]                   # the sentence
    star = f'STAR_LEVEL(Q1,"也许",90,"客服代表","{MONTH}",{where})'
    nested = said(f'=SUM(PERFORMANCE_PAY({star},Q1,,,,"{MONTH}",{where}),1)')
    assert "里面的 star_level(" in nested.lower()
    assert "算不出来" in nested
    assert "＝ 1020" in said(one.replace("Q1", "Q1*1+R1"))  # an expression is Excel's to compute
    if "制度参数" not in book.names:
        book.names.add("制度参数", f"={where}")
    assert "＝ 1020" in said(one.replace(where, "制度参数"))
    assert "请选中" in said("=SUM(1,2)")
    # a column: what is refused in it, row by row
    sheet["P4:P11"].raw_value = [[3.0], [9.0], [None], [3.0], [7.0], [8.0], [0.5], [6.0]]
    column = said(f"=STAR_PAY(P4:P7,,,{where})").splitlines()
    assert column[1].endswith("＝ 1200；#N/A；（空）；1200")
    assert column[2:] == ["    第 2 行算不出来：「星级」填的是 9，应在 0 到 5 之间；核对后重新填写"]
    column = said(f"=SUM(STAR_PAY(P4:P11,,,{where}))").splitlines()
    assert column[1].endswith("……共 8 行")
    assert [line[:9] for line in column[2:]] == [f"    第 {row} 行" for row in (2, 5, 6, 7, 8)]


def test_every_button_has_its_handler() -> None:
    handlers = {name for name, value in vars(ribbon).items()
                if callable(value) and getattr(value, "__module__", "") == ribbon.__name__ and not name.startswith("_")}
    assert handlers == {one.handler for one in buttons()}


def test_another_policy(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The buttons go by the workbook's own policy; one that nobody knows is said."""
    from xl_kpi.actions.new import new_book

    new_book(tmp_path / "别的2016.xlsx", "s004-3-litong")
    book = opened(tmp_path / "别的2016.xlsx")
    before = content(book)
    assert "不用这个按钮" in press(monkeypatch, ribbon.review, "2016Q4").last
    assert_same(content(book), before)
    sheet = book.sheets["参数"]
    row = next(n for n, cells in enumerate(sheet.used_range.value, 1) if "policy" in cells)
    at = sheet.used_range.value[row - 1].index("s004-3-litong")
    sheet[row - 1, at].raw_value = "没有这份制度"
    assert "没有这份制度" in press(monkeypatch, ribbon.check).last


def test_any_output(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy without pay: the buttons ask which result, and do with it what they do with the pay."""
    from tests.outputs import scored
    from xl_kpi.policy import load as loader

    monkeypatch.setattr(loader, "FOLDER", scored.HERE)
    loader.load.cache_clear()
    book = opened(scored.book(tmp_path))
    asked = "年度考核 2016"
    said: list[str] = []

    def tap(handler: Pressed, *answers: Any) -> Person:
        person = press(monkeypatch, handler, *answers)
        said.extend([*person.told, *person.asked])
        return person

    person = tap(ribbon.result, asked)
    assert "阶段考核 2016-07..2016-09" in person.asked[0], "how to name each"
    assert "生成年度考核结果 2016：完成，3 人。" in person.last
    assert book.sheets.active.name == "年度考核_2016"
    for handler, sheet in ((ribbon.slips, "成绩单_年度考核_2016"), (ribbon.basis, "核算依据_年度考核_2016"),
                           (ribbon.compare_last_month, "汇总_年度考核_2016")):
        person = tap(handler, ...)
        assert person.offered == [asked], "the one whose sheet is in view"
        assert book.sheets.active.name == sheet
    for handler in (ribbon.payroll, ribbon.review):
        assert "不用这个按钮，它的结果点“其他结果”" in tap(handler, "2016Q4").last
    assert "期间，如 2016-12、2016Q4、2016H2、2016、" in tap(ribbon.check, "2016").asked[0]
    for handler in (ribbon.print_setup, ribbon.compare_formulas):
        assert asked.split()[1] in tap(handler, asked).last
    assert "没有缺的参数" in tap(ribbon.parameters).last
    assert "已封存" in tap(ribbon.close_month, asked, True).last
    assert "一分不差" in tap(ribbon.verify).last
    tap(ribbon.reopen_month, ..., "得分改正", True)
    assert "还没有封存的结果" in tap(ribbon.verify).last
    tap(ribbon.tidy)
    tap(ribbon.undo, True)
    # buttons keep their labels, whatever the policy; nothing else that is said is about pay
    buttons_named = re.compile("|".join(f"“{re.escape(button.label)}”" for button in buttons()))
    of_pay = re.compile("工资|(?<!单)元(?!素)|星级|评星|发放")
    assert [text for text in said if of_pay.search(buttons_named.sub("", text))] == []
    loader.load.cache_clear()


# ------------------------------------------------------------------------------------------------- the company's forms

def company_list(path: Path, people: list[tuple[str, str]], *, unsaid: bool = False) -> Path:
    """The company's own 工资表: 合计 right below the people, 实发 a formula."""
    import openpyxl

    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet.title = "发放表"
    sheet["A1"] = "工资发放表" if unsaid else "　　年　月工资发放表"
    sheet.append([])
    sheet.append(["工号", "姓名", "应发合计", "扣款合计", "实发合计", "备注"])
    for n, (person, name) in enumerate(people, 4):
        sheet.append([person, name, None, None, f"=C{n}-D{n}"])
    last = 3 + len(people)
    sheet.append(["合计", None, f"=SUM(C4:C{last})", f"=SUM(D4:D{last})", f"=SUM(E4:E{last})"])
    sheet.append(["制表："])
    wb.save(path)
    return path


def test_fill_forms(excel: xw.App, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel inserts the rows that the form lacks, sums go along, and it is undone in the form."""
    path = demo_book(tmp_path)
    form = company_list(tmp_path / "发放表.xlsx", [("001", "王秀云"), ("002", "陈卫东")])
    company = opened(form)
    standard = opened(path)
    before = content(company)
    person = press(monkeypatch, ribbon.fill_forms, MONTH, [form])
    assert "44 人" in person.last
    assert "发放表.xlsx 填好了" in person.last
    company = next(book for book in excel.books if book.name == form.name)
    sheet = company.sheets["发放表"]
    assert sheet.range("A4").value in ("001", 1)
    assert sheet.range("B47").value == "潘多福"
    assert sheet.range("C48").formula == "=SUM(C4:C47)"
    assert sheet.range("E47").formula == "=C47-D47"
    assert sheet.range("E48").value == pytest.approx(137968.83)
    assert "2016年12月" in sheet.range("A1").value
    assert names(standard)
    company.activate()
    company.set_mock_caller()
    press(monkeypatch, ribbon.undo, True)
    assert_same(content(company), before)


def test_fill_the_form_in_front(excel: xw.App, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = demo_book(tmp_path)
    form = company_list(tmp_path / "发放表.xlsx", [("001", "王秀云")])
    company = opened(form)
    company.sheets["发放表"].range("C4").value = 1
    person = press(monkeypatch, ribbon.fill_forms, [path], MONTH, True)
    assert any("应发合计 1.00 → 4700.00" in text for text in person.asked)
    assert company.sheets["发放表"].range("C4").value == 4700


def test_recognise_and_read_forms(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unclear is asked, kept beside the forms, and not asked again."""
    import openpyxl

    path = demo_book(tmp_path)
    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet["A1"] = "客服代表月度考核表"
    sheet.append([])
    sheet.append(["工号", "姓名", "工作量", "出错率", "满席度", "投诉处理", "日常任务"])
    sheet.append(["005", "李桂芳", 20, 17, 17, 12, 17])
    wb.save(tmp_path / "考核.xlsx")
    book = opened(path)
    before = content(book)
    person = press(monkeypatch, ribbon.read_forms, [tmp_path / "考核.xlsx"], None)
    assert "附表对应.toml" in person.last
    assert_same(content(book), before)
    person = press(monkeypatch, ribbon.read_forms, [tmp_path / "考核.xlsx"], "2017-01")
    assert "加了 1 行" in person.last
    press(monkeypatch, ribbon.undo, True)
    assert_same(content(book), before)
    person = press(monkeypatch, ribbon.recognise_forms, [tmp_path / "考核.xlsx"])
    assert "考核.xlsx「Sheet」：名单，2017年1月，1 人：" in person.last
    assert "工作量 C" in person.last
