"""``xl-kpi import`` on HR's own workbook: what is written, what is left alone, what is refused and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from tests.books import cell_of, demo_book, put, rows_of, sheet_of, value_of
from tests.command import run, run_json
from tests.forms import attendance_exports as build
from tests.forms.test_attendance_import import MONTH, people
from xl_kpi.forms.answers import FILE, Answers

LATE = {("001", 4): "正常班:上班迟到23分钟\n(09:23,18:01)", ("002", 5): "严重迟到45分钟"}
SUMS = {("001", "迟到次数"): 1, ("002", "严重迟到次数"): 1}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return demo_book(tmp_path)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return build.dingtalk(tmp_path / "客服_月度汇总_20170101-20170131.xlsx", people(), MONTH, LATE, SUMS)


def answer(folder: Path, answers: Mapping[str, str]) -> None:
    """HR writes the answers into the file."""
    path = folder / FILE
    text = path.read_text("utf-8-sig")
    for key, value in answers.items():
        assert f'"{key}" = ""' in text, text
        text = text.replace(f'"{key}" = ""', f'"{key}" = "{value}"')
    path.write_text(text, "utf-8")


def bring(*arguments: str | Path) -> tuple[int, str, str]:
    return run("import", *arguments, "--month", "2017-01")


# -- written ----------------------------------------------------------------------------------------------------------

def test_asked_once_then_written_then_the_same(book: Path, export: Path) -> None:
    before = book.read_bytes()
    code, out, _ = bring(export, book)
    assert code == 1
    assert "“严重迟到”算什么？" in out
    assert FILE in out
    assert book.read_bytes() == before
    assert set(Answers.read(book.parent).section("考勤导入")) == {"严重迟到"}
    answer(book.parent, {"严重迟到": "迟到"})
    code, out, _ = bring(export, book)
    assert code == 0, out
    assert value_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1
    assert value_of(book, "考勤", "迟到次数", 工号="002", 月份="2017-01") == 1
    assert value_of(book, "考勤", "事假小时", 工号="003", 月份="2017-01") == 0
    assert value_of(book, "考勤", "私自换班次数", 工号="001", 月份="2017-01") is None
    assert value_of(book, "考勤", "姓名", 工号="001", 月份="2017-01") == people()[0][1]
    sources = sheet_of(book, "考勤来源")
    row, = rows_of(sources, 工号="002")
    assert sources.rows[row][:8] == ["2017-01", "002", people()[1][1], "2017-01-05", "严重迟到45分钟", "迟到",
                                     "45 分钟", export.name]
    assert [path.suffix for path in book.parent.glob("xl-kpi备份/*")] == [".xlsx"]
    after = book.read_bytes()
    code, out, _ = bring(export, book)
    assert code == 0
    assert "与表里的相同" in out
    assert book.read_bytes() == after


def test_into_the_rows_of_a_new_month(book: Path, export: Path) -> None:
    assert run("month", book, "--month", "2017-01")[0] == 0
    bring(export, book)
    answer(book.parent, {"严重迟到": "不计"})
    assert bring(export, book)[0] == 0
    assert len(rows_of(sheet_of(book, "考勤"), 工号="001", 月份="2017-01")) == 1
    assert value_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1
    assert value_of(book, "考勤", "迟到次数", 工号="002", 月份="2017-01") == 0


def test_what_hr_has_typed_is_never_overwritten_silently(book: Path, export: Path) -> None:
    run("month", book, "--month", "2017-01")
    place = cell_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01")
    put(book, "考勤", {place: 3})
    bring(export, book)
    answer(book.parent, {"严重迟到": "不计"})
    before = book.read_bytes()
    code, out, _ = bring(export, book)
    assert code == 1
    assert "「迟到次数」3 → 1" in out
    assert book.read_bytes() == before
    assert bring(export, book, "--replace")[0] == 0
    assert value_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1


def test_a_formula_is_never_overwritten(book: Path, export: Path) -> None:
    run("month", book, "--month", "2017-01")
    place = cell_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01")
    whole = openpyxl.load_workbook(book)
    whole["考勤"][place] = "=1+1"
    whole.save(book)
    bring(export, book)
    answer(book.parent, {"严重迟到": "不计"})
    code, out, _ = bring(export, book, "--replace")
    assert code == 1
    assert "这一格是公式" in out


def test_left_open_says_so_and_payroll_does_not_take_it_for_nought(book: Path, export: Path) -> None:
    bring(export, book)
    answer(book.parent, {"严重迟到": "逐个看"})
    code, out, _ = bring(export, book)
    assert code == 1
    answer(book.parent, {"002 陈卫东 2017-01-05 严重迟到": "待查"})
    code, out, _ = bring(export, book)
    assert code == 0, out
    assert value_of(book, "考勤", "迟到次数", 工号="002", 月份="2017-01") == "待查"
    assert value_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1
    code, out, _ = run("payroll", book, "--month", "2017-01")
    assert code == 1
    assert "待查" in out
    text = (book.parent / FILE).read_text("utf-8-sig")
    (book.parent / FILE).write_text(text.replace('严重迟到" = "待查"', '严重迟到" = "迟到"'), "utf-8")
    assert bring(export, book)[0] == 0
    assert value_of(book, "考勤", "迟到次数", 工号="002", 月份="2017-01") == 1


def test_a_copy_and_json(book: Path, export: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    code, found = run_json("import", export, book, "--month", "2017-01")
    assert code == 1
    assert [one["level"] for one in found["problems"]] == ["error"]
    answer(book.parent, {"严重迟到": "迟到"})
    code, found = run_json("import", export, book, "--month", "2017-01")
    assert code == 0
    assert found["rows"][0]["工号"] == "001"
    assert found["rows"][0]["迟到次数"] == "1"
    assert found["sources"][0]["计作"] == "迟到"
    out = tmp_path / "副本.xlsx"
    assert bring(export, book, "-o", out)[0] == 0
    assert value_of(out, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1
    assert book.read_bytes() == before


def test_months_stand_beside_each_other_in_the_sources(book: Path, tmp_path: Path) -> None:
    for text in ("2017-01", "2017-02"):
        month = type(MONTH).parse(text)
        export = build.dingtalk(tmp_path / f"{text}.xlsx", people(), month, {("001", 6): "迟到3分钟"},
                                {("001", "迟到次数"): 1})
        code, out, _ = run("import", export, book, "--month", text)
        assert code == 0, out
    assert [row[0] for row in sheet_of(book, "考勤来源").rows[3:]] == ["2017-01", "2017-02"]


def test_under_another_name_the_sources_are_not_doubled(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, {("001", 4): "迟到3分钟"},
                            {("001", "迟到次数"): 1})
    assert bring(export, book)[0] == 0
    assert bring(export.rename(tmp_path / "月报 (1).xlsx"), book)[0] == 0
    assert [row[7] for row in sheet_of(book, "考勤来源").rows[3:]] == ["月报 (1).xlsx"]


def test_nothing_is_missed_before_somebody_came(book: Path, tmp_path: Path) -> None:
    put(book, "花名册", {cell_of(book, "花名册", "入职日期", 工号="005"): "2017-01-16"})
    staff = [one for one in people() if one[0] == "005"]
    export = build.punches(tmp_path / "打卡.xlsx", staff, MONTH,
                           {("005", day.day): "" for day in build.days_of(MONTH) if day.day < 16}, one_a_row=True)
    bring(export, book)
    answer(book.parent, {"班次": "09:00-18:00", "统计期间 本月16日至本月26日": "是"})
    code, out, _ = bring(export, book)
    assert code == 0, out


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig"])
def test_a_list_as_csv(book: Path, tmp_path: Path, encoding: str) -> None:
    staff = [one for one in people() if one[1].encode("gbk", "ignore").decode("gbk") == one[1]]
    export = build.punches(tmp_path / "打卡.csv", staff, MONTH, {("001", 4): "09:31 18:05"}, encoding=encoding)
    bring(export, book)
    answer(book.parent, {"班次": "09:00-18:00"})
    bring(export, book)
    answer(book.parent, {"迟到早退多少分钟以上算旷工": "不算旷工"})
    code, out, _ = bring(export, book)
    assert code == 0, out
    assert value_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1
    assert "没有填的列：病假次数" in out


def test_names_with_remarks_and_without_heading(book: Path, tmp_path: Path) -> None:
    staff = [("", f"{name}（代）" if n == 2 else name) for n, (_, name) in enumerate(people(5))]
    export = build.ticks(tmp_path / "考勤表.xlsx", staff, MONTH, {}, numbers=False, sign="正常")
    whole = openpyxl.load_workbook(export)
    whole.worksheets[0]["B2"] = None
    whole.save(export)
    put_back(export)
    code, out, _ = bring(export, book)
    assert code == 0, out
    assert "考勤表，5 人" in out


def put_back(path: Path) -> None:
    """openpyxl marks a workbook to be calculated on load; there are no formulas in these."""
    whole = openpyxl.load_workbook(path)
    whole.calculation.fullCalcOnLoad = False
    whole.save(path)


# -- told -------------------------------------------------------------------------------------------------------------

def test_who_is_not_on_the_roster_and_who_is_not_in_the_export(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", [("900", "外部人"), *people()[1:]], MONTH, {})
    code, out, _ = bring(export, book)
    assert code == 0
    assert "里有 4 人这个月不在花名册上，没有导入：900 外部人" in out
    assert "导出里没有 001" in out
    assert rows_of(sheet_of(book, "考勤"), 工号="001", 月份="2017-01") == []


def test_nobody_gets_noughts_who_has_no_record(book: Path, tmp_path: Path) -> None:
    nothing = {("001", day.day): "--" for day in build.days_of(MONTH)}
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, nothing)
    code, out, _ = bring(export, book)
    assert code == 0
    assert "整月没有记录" in out
    assert rows_of(sheet_of(book, "考勤"), 工号="001", 月份="2017-01") == []


def test_what_no_column_counts_is_told(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, {("001", 4): "年假01-04 09:00到01-04 18:00 1天"},
                            {("001", "年假(天)"): 1})
    assert "没有计的：年假 1 处" in bring(export, book)[1]


def test_without_a_number_the_name_says_who(book: Path, tmp_path: Path) -> None:
    staff = [("" if n < 3 else number, name) for n, (number, name) in enumerate(people())]
    export = build.dingtalk(tmp_path / "月报.xlsx", staff, MONTH, {("", 4): "迟到3分钟"})
    code, out, _ = bring(export, book)
    assert code == 1, "three rows say 迟到 and their sums 0"
    assert "001 王秀云 2017-01：迟到次数 是 0，每天的合起来是 1，哪个对？" in out


def test_numbers_of_another_system_do_not_count(book: Path, tmp_path: Path) -> None:
    staff = [(f"{n + 2:03}", name) for n, (_, name) in enumerate(people(20))]
    export = build.dingtalk(tmp_path / "月报.xlsx", staff, MONTH, {("002", 4): "迟到3分钟"}, {("002", "迟到次数"): 1})
    code, out, _ = bring(export, book)
    assert code == 1
    answer(book.parent, dict.fromkeys(["月报.xlsx A10 张敏", "月报.xlsx A19 张敏"], "都不是"))
    code, out, _ = bring(export, book)
    assert code == 0, out
    assert value_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1


# -- refused: a broken input for each message -------------------------------------------------------------------------

def refused(book: Path, *exports: Path) -> str:
    before = book.read_bytes()
    code, out, err = bring(*exports, book)
    assert code == 1, out + err
    assert book.read_bytes() == before
    return out


def test_of_another_month(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH + 1, {})
    assert "是 2017-02-01 至 2017-02-28 的，不是 2017-01 的" in refused(book, export)


def test_a_sheet_of_another_month_by_its_title(book: Path, tmp_path: Path) -> None:
    export = build.ticks(tmp_path / "考勤表.xlsx", people(), MONTH, {}, title="12月考勤表", sign="正常")
    assert "是 2017-12-01 至 2017-12-31 的" in refused(book, export)


def test_title_and_sheet_of_different_months(book: Path, tmp_path: Path) -> None:
    export = build.ticks(tmp_path / "2016年12月考勤.xlsx", people(), MONTH, {}, sign="正常")
    assert "文件名「2016年12月考勤」却不是：是 2017-01 的吗？" in refused(book, export)
    answer(book.parent, {"月份 2016年12月考勤.xlsx 考勤表": "否"})
    assert "不是 2017-01 的" in refused(book, export)


def test_headings_that_do_not_fit_the_month(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, {})
    whole = openpyxl.load_workbook(export)
    whole.active["A1"] = "月度汇总 统计日期：2017-03-01 至 2017-03-31"
    whole.save(export)
    put_back(export)
    code, out, _ = run("import", export, book, "--month", "2017-03")
    assert code == 1
    assert "表头的日期、星期与 2017-03-01 至 2017-03-31 对不上" in out


def test_part_of_the_month_is_asked_about(book: Path, tmp_path: Path) -> None:
    span = dt.date(2016, 12, 26), dt.date(2017, 1, 25)
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, {("001", 4): "迟到3分钟"},
                            {("001", "迟到次数"): 1}, span=span)
    assert "不正好是 2017-01 这个月" in refused(book, export)
    answer(book.parent, {"统计期间 上月26日至本月25日": "否"})
    assert "不是整个 2017-01" in refused(book, export)
    path = book.parent / FILE
    path.write_text(path.read_text("utf-8-sig").replace('"否"', '"是"'), "utf-8")
    assert bring(export, book)[0] == 0
    assert value_of(book, "考勤", "迟到次数", 工号="001", 月份="2017-01") == 1


def test_a_number_and_a_name_that_contradict(book: Path, tmp_path: Path) -> None:
    staff = people()
    staff[0] = ("001", staff[1][1])
    export = build.dingtalk(tmp_path / "月报.xlsx", staff, MONTH, {})
    assert f"001 在花名册上是王秀云，导出里是{staff[0][1]}" in refused(book, export)


def test_somebody_twice(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", [*people(), people()[0]], MONTH, {})
    assert "001 王秀云 在导出里有两行：A5 和 A45" in refused(book, export)


def test_two_exports_that_disagree(book: Path, tmp_path: Path) -> None:
    one = build.dingtalk(tmp_path / "一.xlsx", people(), MONTH, {("001", 4): "迟到3分钟"}, {("001", "迟到次数"): 1})
    other = build.dingtalk(tmp_path / "二.xlsx", people(), MONTH, {})
    assert "001 王秀云：「迟到次数」一.xlsx 是 1，二.xlsx 是 0" in refused(book, one, other)
    parts = [build.dingtalk(tmp_path / f"{n}.xlsx", people()[n::2], MONTH, {}) for n in range(2)]
    assert bring(*parts, book)[0] == 0


def test_a_cell_that_cannot_be_read(book: Path, tmp_path: Path) -> None:
    export = build.ticks(tmp_path / "考勤表.xlsx", people(), MONTH, {}, sign="正常")
    whole = openpyxl.load_workbook(export)
    whole.active["F4"] = "=NA()"
    whole.save(export)
    assert "F4" in refused(book, export)
    export = build.punches(tmp_path / "打卡.xlsx", people(), MONTH, {("001", 4): "九点 18:05"})
    out = refused(book, export)
    assert "“九点”不是时间" in out
    assert "还没有计算过" in refused(book, _uncalculated(tmp_path))


def _uncalculated(folder: Path) -> Path:
    export = build.dingtalk(folder / "月报.xlsx", people(), MONTH, {})
    whole = openpyxl.load_workbook(export)
    whole.active.cell(5, 40).value = '="正常"'
    whole.save(export)
    return export


def test_sums_that_cannot_be_read_beside_days(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, {}, {("001", "迟到次数"): "一些"})
    code, out, _ = bring(export, book)
    assert code == 0
    assert "月报.xlsx 的合计读不了：写着“一些”，不是数字" in out


def test_no_export_at_all(book: Path, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "别的.xlsx") as other:
        other.add_worksheet().write_row(0, 0, ["品名", "数量", "金额"])
    assert "别的.xlsx 里没有认得出的考勤导出" in refused(book, tmp_path / "别的.xlsx")


def test_nobody_of_the_roster(book: Path, tmp_path: Path) -> None:
    export = build.dingtalk(tmp_path / "月报.xlsx", [("901", "甲"), ("902", "乙")], MONTH, {})
    assert "导出里的人没有一个在花名册上" in refused(book, export)


def test_days_beyond_the_month(book: Path, tmp_path: Path) -> None:
    month = type(MONTH).parse("2017-02")
    export = build.ticks(tmp_path / "考勤表.xlsx", people(), month, {}, sign="正常")
    whole = openpyxl.load_workbook(export)
    page = whole.active
    page.cell(2, 32).value, page.cell(4, 32).value = 29, "正常"
    whole.save(export)
    put_back(export)
    code, out, _ = run("import", export, book, "--month", "2017-02")
    assert code == 1
    assert "这一天不在统计的月份里，写着“正常”" in out


def test_an_answer_that_is_none(book: Path, export: Path) -> None:
    bring(export, book)
    answer(book.parent, {"严重迟到": "大概算吧"})
    assert "“严重迟到”写的是“大概算吧”，不能用" in refused(book, export)


def test_a_file_of_answers_that_cannot_be_read(book: Path, export: Path) -> None:
    bring(export, book)
    (book.parent / FILE).write_text('["考勤导入"\n"严重迟到" = 迟到', "utf-8")
    assert FILE in refused(book, export)


def test_a_closed_month(book: Path, tmp_path: Path) -> None:
    month = type(MONTH).parse("2016-11")
    assert run("payroll", book, "--month", "2016-11")[0] == 0
    assert run("close", book, "--month", "2016-11")[0] == 0
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), month, {})
    code, out, _ = run("import", export, book, "--month", "2016-11")
    assert code == 1
    assert "2016-11 已封存，不能再导入考勤" in out


def test_a_policy_without_such_a_table(tmp_path: Path) -> None:
    book = tmp_path / "客服.xlsx"
    assert run("new", book, "--policy", "s004-1-generic")[0] == 0
    export = build.dingtalk(tmp_path / "月报.xlsx", people(), MONTH, {})
    code, _, err = bring(export, book)
    assert code == 2
    assert "考勤导出没有地方可填" in err


def test_another_policy_counts_by_its_own_columns(tmp_path: Path) -> None:
    book = tmp_path / "客服.xlsx"
    assert run("new", book, "--policy", "s004-3-litong", "--year", "2017")[0] == 0
    sheet = sheet_of(book, "花名册")
    head = next(n for n, row in enumerate(sheet.rows) if "工号" in row)
    wanted = {"工号": "001", "姓名": "王秀云", "入职日期": "2016-01-01"}
    from xl_kpi.workbook.grid import address

    put(book, "花名册", {address(head + 1, sheet.rows[head].index(text)): value for text, value in wanted.items()
                      if text in sheet.rows[head]})
    days = {("001", 4): "迟到3分钟,早退5分钟", ("001", 5): "旷工"}
    export = build.dingtalk(tmp_path / "月报.xlsx", [("001", "王秀云")], MONTH, days,
                            {("001", "迟到次数"): 1, ("001", "早退次数"): 1, ("001", "旷工天数"): 1})
    code, out, _ = bring(export, book)
    assert code == 0, out
    assert value_of(book, "考勤", "迟到早退次数", 工号="001") == 2
    assert value_of(book, "考勤", "旷工次数", 工号="001") == 1
    assert "没有填的列" not in out or "连续缺勤天数" not in out.split("没有填的列")[0]
