"""The sheet 节假日: years that the program does not know, what is wrong with it, and who reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command import run, run_json
from xl_kpi.calendar_cn import STATED
from xl_kpi.tables.holidays import SHEET, read_holidays
from xl_kpi.workbook.book import Book, Mark, Sheet

# 2027 as it may be announced: the statutory days with their weekends, two make-up Sundays
NOTICE: list[list[Any]] = [
    ["2027-01-01", "2027-01-03", "休", "元旦"],
    ["2027-02-05", "2027-02-11", "休", "春节"],
    ["2027-01-31", None, "班", "春节"],
    ["2027-04-03", "2027-04-05", "休", "清明"],
    ["2027-05-01", "2027-05-05", "休", "劳动节"],
    ["2027-05-08", None, "班", "劳动节"],
    ["2027-06-09", None, "休", "端午"],
    ["2027-09-15", None, "休", "中秋"],
    ["2027-10-01", "2027-10-07", "休", "国庆"],
    ["2027-10-09", None, "班", "国庆"],
]


def book_of(rows: list[list[Any]], marks: dict[tuple[int, int], Mark] | None = None, name: str = SHEET) -> Book:
    width = ["日期", "到", "安排", "名称"]
    return Book(Path(), [Sheet(name, False, [["放假安排", None, None, None], width, *rows], marks or {})])


def test_a_year_that_the_program_does_not_know() -> None:
    found = read_holidays(book_of(NOTICE))
    assert found.problems == []
    worked = found.calendar.is_workday
    assert [worked(dt.date(2027, *day)) for day in ((1, 1), (1, 4), (1, 31), (2, 11), (2, 12), (5, 8), (5, 9))] == [
        False, True, True, False, True, True, False]
    assert max(found.calendar.covered_years()) == 2027
    assert found.calendar.is_workday(dt.date(2016, 10, 8)), "what the program knows stays"
    assert found.calendar.count_days(dt.date(2027, 2, 1).toordinal(), dt.date(2027, 2, 28).toordinal(), "paid") == 19


def test_no_sheet_and_another_sheet_of_that_name() -> None:
    for book in (Book(Path(), []), Book(Path(), [Sheet(SHEET, False, [["我们的节日"], ["端午发粽子"]])])):
        found = read_holidays(book)
        assert (found.problems, found.calendar) == ([], STATED)


def test_rows_as_people_write_them() -> None:
    rows = [[dt.datetime(2026, 3, 2), None, "放假", "公司安排"], ["2026年3月7日", None, " 上班 ", None],
            [None, None, None, "以上按通知"], [None, None, None, None]]
    found = read_holidays(book_of(rows))
    assert not found.calendar.is_workday(dt.date(2026, 3, 2))
    assert found.calendar.is_workday(dt.date(2026, 3, 7))
    assert [problem.level for problem in found.problems] == ["warning", "warning"], "differs from what the program has"
    assert all("与程序自带的放假安排不同" in problem.text for problem in found.problems)


BROKEN: list[tuple[str, list[list[Any]], str, str]] = [
    ("off and worked", [*NOTICE, ["2027-05-08", None, "休", ""]], "2027-05-08（周六）又写休又写班（C8）", "C13"),
    ("a statutory day both", [*NOTICE[:-1], ["2027-10-02", None, "班", ""]], "又写休又写班", "C12"),
    ("worked on a statutory day", [["2026-10-02", None, "班", ""]], "2026-10-02（周五）是法定节日，不能写班", "C3"),
    ("no day", [*NOTICE, ["国庆", None, "休", ""]], "「日期」", "A13"),
    ("a blank day", [*NOTICE, [None, None, "休", ""]], "没有日期", "A13"),
    ("no year", [*NOTICE, ["10月8日", None, "休", ""]], "没有写年份", "A13"),
    ("to no day", [*NOTICE, ["2027-12-31", "年底", "休", ""]], "「到」", "B13"),
    ("to before from", [*NOTICE, ["2027-12-31", "2027-12-30", "休", ""]], "早于日期 2027-12-31", "B13"),
    ("too long", [*NOTICE, ["2027-07-01", "2027-08-31", "休", ""]], "离日期超过 31 天 2027-07-01", "B13"),
    ("neither", [*NOTICE, ["2027-12-31", None, "调休", ""]], "看不出是休还是班", "C13"),
    ("nothing", [*NOTICE, ["2027-12-31", None, None, ""]], "没有安排", "C13"),
    ("not whole", NOTICE[:-4], "2027 年没有写全：缺法定节日 6月9日、9月15日、10月1日、10月2日、10月3日", ""),
    ("not known at all", [["2040-10-01", None, "休", ""]], "程序不知道 2040 年有哪些法定节日", ""),
]


@pytest.mark.parametrize(("name", "rows", "text", "cell"), BROKEN, ids=[name for name, *_ in BROKEN])
def test_what_is_wrong(name: str, rows: list[list[Any]], text: str, cell: str) -> None:
    found = [one for one in read_holidays(book_of(rows)).problems if one.level == "error"]
    assert len(found) == 1, found
    assert text in found[0].text
    assert (found[0].sheet, found[0].cell) == (SHEET, cell)
    assert found[0].do


@pytest.mark.parametrize(("mark", "text"), [
    (Mark(error="#N/A"), "是错误值 #N/A"), (Mark(uncalculated=True, formula=True), "还没有计算过")])
def test_cells_without_a_value(mark: Mark, text: str) -> None:
    rows = [*NOTICE, [None, None, "休", ""]]
    found = read_holidays(book_of(rows, {(12, 0): mark})).problems
    assert len(found) == 1
    assert text in found[0].text


def test_a_make_up_day_in_the_week_is_doubted() -> None:
    found = read_holidays(book_of([*NOTICE, ["2027-12-30", None, "班", ""]])).problems
    assert [(one.level, one.cell) for one in found] == [("warning", "C13")]
    assert "本来就上班" in found[0].text


def test_two_sheets() -> None:
    book = book_of(NOTICE, name="节假日表")
    found = read_holidays(Book(Path(), [*book.sheets, *book_of(NOTICE, name="节 假 日").sheets])).problems
    assert [one.level for one in found] == ["error"]


PAGE = """---
编号: 节假日例
用: 人 工资
---
# 节假日例

## 一 —— 工资

    表 花名册 —— 一人一行。
      日薪 元 必填 变
    出勤 天 = 工作日数(月初，月末)
    出勤工资 元 = 四舍五入(日薪 × 出勤，2)
    发放日 日期 = 工作日后(月末，3)
    期限 发薪（每月） = 发放日 —— 发放工资
    工资表 当月在册：日薪^ 出勤^ +出勤工资
    备注 若 有值(发放日)：{发放日} 前发放
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (page := tmp_path / "节假日例.md").write_text(PAGE, "utf-8")
    book = tmp_path / "客服部2027.xlsx"
    assert run("new", book, "--policy", page)[0] == 0
    content = openpyxl.load_workbook(book)
    roster = content["花名册"]
    at = {roster.cell(3, n).value: n for n in range(1, roster.max_column + 1)}
    for heading, value in zip(("工号", "姓名", "入职日期", "日薪"), ("A1", "甲", "2015-01-05", 100), strict=True):
        roster.cell(4, at[heading]).value = value
    content.save(book)
    return book


def filled(book: Path, rows: list[list[Any]]) -> Path:
    content = openpyxl.load_workbook(book)
    page = content[SHEET]
    assert [page.cell(3, n).value for n in range(1, 5)] == ["日期", "到", "安排", "名称"]
    for number, row in enumerate(rows, 4):
        for at, value in enumerate(row, 1):
            page.cell(number, at).value = value
    content.save(book)
    return book


def test_a_year_that_nobody_knows_is_told_with_what_to_do(book: Path) -> None:
    code, found = run_json("payroll", book, "--month", "2027-02")
    assert code == 1
    text = next(one["text"] for one in found["problems"] if "放假安排" in one["text"])
    assert "没有 2027 年的放假安排" in text
    assert "工作表“节假日”" in text


def test_all_that_count_workdays_read_it(book: Path, tmp_path: Path) -> None:
    """Pay, deadlines, what is closed and verified, next year's workbook."""
    filled(book, NOTICE)
    code, found = run_json("payroll", book, "--month", "2027-02")
    assert code == 0, found
    assert found["lines"][0]["出勤工资"] == "1500.00", "28 days, 8 of weekends, 5 more off"
    assert "2027-03-03" in found["lines"][0]["备注"]
    code, due = run_json("calendar", tmp_path / "节假日例.md", book, "--month", "2027-02")
    assert code == 0, due
    assert [one["day"] for one in due["deadlines"]] == ["2027-02-03"], "the Sunday before is worked"
    assert run("payroll", book, "--month", "2027-02")[0] == 0
    assert run("close", book, "--month", "2027-02")[0] == 0
    content = openpyxl.load_workbook(book)
    for cell in content[SHEET][6]:
        cell.value = None
    content.save(book)
    code, out, _ = run("verify", book)
    assert (code, "节假日" in out) == (0, True), "what was closed keeps what was said then; what has changed is told"
    new = tmp_path / "客服部2028.xlsx"
    code, out, err = run("new", new, "--from", book)
    assert code == 0, (out, err)
    assert f"{SHEET}：带过来 9 行" in out
    assert [row.text for row in read_holidays(_read(new)).problems] == []


def test_what_contradicts_itself_stops_only_what_counts_workdays(book: Path, tmp_path: Path) -> None:
    filled(book, [*NOTICE, ["2027-02-08", None, "班", ""]])
    code, found = run_json("payroll", book, "--month", "2027-02")
    assert code == 1
    assert any("又写休又写班" in one["text"] for one in found["problems"])
    code, _ = run_json("check", book)
    assert code == 1
    other = tmp_path / "别的2016.xlsx"
    assert run("new", other)[0] == 0
    content = openpyxl.load_workbook(other)
    content[SHEET]["A4"].value, content[SHEET]["C4"].value = "2016-11-07", "休"
    content[SHEET]["A5"].value, content[SHEET]["C5"].value = "2016-11-07", "班"
    content.save(other)
    code, found = run_json("payroll", other, "--month", "2016-11")
    said = [one["level"] for one in found["problems"] if "又写休又写班" in one["text"]]
    assert said == ["warning"], "the pay of this policy counts no workdays as it is read by default"


def test_a_policy_without_workdays_has_no_such_sheet(tmp_path: Path) -> None:
    book = tmp_path / "a2016.xlsx"
    assert run("new", book, "--policy", "s000-g-mgmt-charter")[0] == 0
    assert SHEET not in openpyxl.load_workbook(book).sheetnames


def _read(path: Path) -> Book:
    from xl_kpi.workbook.file import read

    return read(path)
