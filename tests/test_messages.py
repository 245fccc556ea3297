"""What HR reads: no ids of the program, many of one cause in one line, remedies that can be pasted."""

from __future__ import annotations

import ast
import datetime as dt
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from xl_kpi.workbooks.demo import QUARTER

import xl_kpi
from tests.books import column, demo_book, put, rows_of, sheet_of
from tests.command import run, run_json
from tests.departments import base_department, write_book
from tests.ids import ids_in
from tests.share import some
from tests.stated import falsehoods
from xl_kpi import job
from xl_kpi.opened import Opened
from xl_kpi.period import Month, Quarter
from xl_kpi.policy.load import ids, load
from xl_kpi.policy.words import cited, nearest
from xl_kpi.problems import Problem
from xl_kpi.results import Result
from xl_kpi.sheets.findings import findings
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.render_xlsx import as_bytes

MONTHS = ("2016-11", "2016-12")
OTHERWISE = "不能评的，在附表1、附表3填确认星级和评审意见"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_book(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def results(demo: Path) -> list[Result]:
    opened = Opened.file(demo)
    return [*(job.payroll(opened.parameters, opened.tables, Month.parse(month)) for month in MONTHS),
            job.review(opened.parameters, opened.tables, Quarter.parse(QUARTER))]


# -- no ids -----------------------------------------------------------------------------------------------------------

def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """(place, text) of everything that is written on the sheets of a workbook; but for the ids of 参数 itself."""
    for sheet in openpyxl.load_workbook(path):
        own = {cell.column for row in sheet.iter_rows(max_row=10) for cell in row if cell.value in ("参数", "参数*")
               } if sheet.title == "参数" else set()
        for row in sheet.iter_rows():
            for cell in row:
                said = [cell.value, cell.comment and cell.comment.text]
                if cell.column not in own and not (sheet.title == "参数" and cell.value in ids()):
                    yield from ((f"{sheet.title}!{cell.coordinate}", text) for text in said if isinstance(text, str))
        for rule in sheet.data_validations.dataValidation:
            yield from ((f"{sheet.title} {rule.sqref}", text) for text in (rule.prompt, rule.error) if text)


def test_no_ids_on_the_sheets(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    assert run("payroll", demo, "--month", "2016-12", "-o", out)[0] == 0
    assert [(place, text) for place, text in texts_of(out) if ids_in(text)] == []


@pytest.mark.parametrize("policy_id", some())
def test_no_ids_in_a_new_workbook(policy_id: str, tmp_path: Path) -> None:
    assert run("new", tmp_path / "new.xlsx", "--policy", policy_id)[0] == 0
    assert [(place, text) for place, text in texts_of(tmp_path / "new.xlsx") if ids_in(text)] == []


def test_no_ids_in_explanations(results: list[Result]) -> None:
    said = {text for result in results for steps in result.steps.values() for step in steps
            for text in (step.sentence, step.clause)} | {text for result in results for _, text in result.marks}
    assert [text for text in said if ids_in(text)] == []


def test_no_ids_in_what_is_printed(demo: Path) -> None:
    for arguments in (("check", demo, "--month", "2017-01", "--quarter", "2017Q1"), ("explain", demo, "--month",
                      "2016-12", "--id", "028"), ("payroll", demo, "--month", "2015-01", "--json")):
        _, out, err = run(*arguments)
        assert ids_in(re.sub(r'"policy": "[^"]*"', "", out + err)) == []


@pytest.mark.parametrize("policy_id", some())
def test_no_ids_in_the_texts_of_a_policy(policy_id: str) -> None:
    policy = load(policy_id)
    texts = [text for table in policy.tables.values()
             for text in (table.fill, table.row_do, table.clause and cited(table.clause),
                          *(c.fill for c in table.columns), *(one for c in table.checks for one in (c.text, c.do)))]
    texts += [text for one in (*policy.refusals.values(), *policy.checks) for text in (one.text, one.do)]
    texts += [mark.text for output in policy.outputs.values() for mark in output.marks]
    texts += [p.fill for p in policy.parameters.values()] + [n.text for n in policy.notices]
    texts += [text for f in policy.functions.values() for c in f.checks for text in (c.text, c.do)]
    assert [text for text in texts if ids_in(re.sub(r"\{[^}]*\}", "", text))] == []


@pytest.mark.parametrize(("clause", "said"), [
    ("四.3", "四.3"), ("四.3 (U-01)", "四.3"),
    ("任务 7 (B2-04)", "任务 7"), ("四.4.1.4 (U-12 至 U-15)", "四.4.1.4"), ("U-38", "未写明"),
    ("四.4.1.3② (U-04、U-05)", "四.4.1.3②"), ("未写明 (U-38)", "未写明"),
    ("评定标准 2 (总分合成)", "评定标准 2 (总分合成)"),
    ("三.L13、M8、S6 (B-07)", "三.L13、M8、S6"), ("四.4.1.4 / 四.4.1.1③ (U-10)", "四.4.1.4 / 四.4.1.1③"),
])
def test_clauses_as_read(clause: str, said: str) -> None:
    assert cited(clause) == said


# -- explanations state facts -----------------------------------------------------------------------------------------

def test_every_comparison_that_is_stated_holds(results: list[Result]) -> None:
    said = {step.sentence for result in results for steps in result.steps.values() for step in steps}
    assert [text for text in said if falsehoods(text)] == []
    assert len([text for text in said if falsehoods(text, every=True)]) > 100


def sentence(results: list[Result], period: str, person: str, heading: str) -> str:
    result = next(r for r in results if r.period == period)
    return next(step.sentence for step in result.steps[person] if step.heading == heading)


@pytest.mark.parametrize(("period", "person", "heading", "parts"), [
    ("2016Q4", "015", "评定星级", ["综合分值 83.00", "技能成绩 62", "达到 2 星", "达不到 3 星",
                               "83.00 < 客服代表星级分值线 88.00".replace("<", "＜"), "62 ＜ 客服代表星级技能线 70"]),
    ("2016Q4", "007", "评定星级", ["达到 1 星", "最高 1（出勤达标 否"]),
    ("2016-12", "028", "执行星级", ["0（降为 0 星", "2016-11-09 违反制度", "2016-10-19 通报批评"]),
    ("2016-12", "029", "执行星级", ["0（降为 0 星（当月违纪", "奖惩台账：2016-12-13 违反制度"]),
    ("2016-12", "019", "扣款合计", ["其他项目的扣款 236.80（社保 252.00；个税 -15.20）"]),
    ("2016-12", "019", "执行星级", ["书面表扬）"]),
    ("2016-12", "015", "全勤", ["迟到次数 1 ≠ 0"]),
    ("2016-12", "015", "全勤奖", ["0（全勤 否（迟到次数 1 ≠ 0））"]),
    ("2016-12", "041", "计发比例", ["试用期绩效工资比例 90%（试用（没有转正日期）"]),
])
def test_what_decided_is_said(results: list[Result], period: str, person: str, heading: str, parts: list[str]) -> None:
    said = sentence(results, period, person, heading)
    assert [part for part in parts if part not in said] == [], said


@pytest.mark.parametrize(("period", "person", "mark"), [
    ("2016-12", "030", "当月违纪降为 0 星：2016-12-07 服务态度投诉"),
    ("2016-12", "026", "当月违纪降为 0 星：2016-12-08 服务态度异常，2016-11-10 服务态度异常"),
    ("2016-11", "029", "当月违纪降为 0 星：旷工次数 1 ＞ 0"),
    ("2016-12", "028", "连续两个月违纪，处罚期 0 星：2016-11-09 违反制度，2016-10-19 通报批评；可辞退（由公司决定）"),
    ("2016-12", "029",
     "连续两个月违纪，处罚期 0 星：2016-12-13 违反制度，2016-11 旷工次数 1 ＞ 0；可辞退（由公司决定）"),
    ("2016-12", "019", "书面表扬升一级：2016-11-15 书面表扬，2016-12-06 书面表扬"),
    ("2016-12", "002", "书面表扬升一级：2016-10-12 书面表扬"),
    ("2016-12", "012", "达到五星一次性奖励：2016-12-02 书面表扬"),
    ("2016-11", "003",
     "组内违纪、投诉或失误，降为 0 星：2016-11-09 违反制度，2016-11-22 通报批评，2016-11-24 重大工作失误"),
    ("2016-11", "001", "旷工、迟到或病事假，最高一星：迟到次数 3 ≥ 领班降级迟到次数 3"),
])
def test_a_mark_names_the_event_that_decided(results: list[Result], period: str, person: str, mark: str) -> None:
    """Its date and 事项; of a team only these, nobody's name."""
    assert mark in [text for who, text in next(r for r in results if r.period == period).marks if who == person]


# -- one line a cause -------------------------------------------------------------------------------------------------

def test_a_month_that_is_not_made_is_one_problem(demo: Path, tmp_path: Path) -> None:
    book = tmp_path / "客服部 2016.xlsx"
    book.write_bytes(demo.read_bytes())
    _, said = run_json("payroll", book, "--month", "2017-01")
    unmade = [p for p in said["problems"] if "还没有新建" in p["text"]]
    assert len(unmade) == 1
    assert unmade[0]["text"].startswith("2017-01 还没有新建：考勤、")
    assert unmade[0]["do"] == "先新建月份，再填数据"
    assert not [p for p in said["problems"] if "没有 2017-01 的行" in p["text"]]
    _, out, _ = run("payroll", book, "--month", "2017-01")
    assert f'怎么办：先新建月份，再填数据：xl-kpi month "{book}" --month 2017-01' in out


def test_people_without_a_star_are_one_line_with_the_command(demo: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(demo.read_bytes())
    sheet = sheet_of(book, "季度星级_客服代表")
    here = rows_of(sheet, 季度="2016Q4")
    put(book, sheet.name, {f"{chr(65 + at)}{row + 1}": None for row in here for at in range(len(sheet.rows[0]))})
    _, out, _ = run("payroll", book, "--month", "2016-12")
    told = [line for line in out.splitlines() if "表上没有星级" in line]
    assert len(told) == 1
    assert re.search(r"、\S+ \S+ 等 \d+ 人：", told[0])
    assert f"怎么办：先做 2016Q4 的季度评星；{OTHERWISE}：xl-kpi review {book} --quarter 2016Q4" in out


def test_one_row_that_is_missing_is_still_a_row(tmp_path: Path) -> None:
    department: Any = base_department()
    department["考勤"] = [row for row in department["考勤"] if (row["月份"], row["工号"]) != ("2016-11", "107")]
    write_book(department, tmp_path / "book.xlsx")
    _, said = run_json("payroll", tmp_path / "book.xlsx", "--month", "2016-11")
    assert [p["工号"] for p in said["problems"] if "没有 2016-11 的行" in p["text"]] == ["107"]


def test_reading_commands_do_not_speak_of_files(demo: Path) -> None:
    _, out, err = run("explain", demo, "--month", "2017-01", "--id", "001")
    assert "写" not in (out + err).splitlines()[-1]
    assert "文件" not in out + err


@pytest.mark.parametrize(("text", "words", "found"), [
    ("迟倒次数", ["迟到次数", "早退次数"], "迟到次数"), ("101", ["1010", "1011"], ""), ("甲", ["乙"], ""), ("", [], ""),
])
def test_nearest_only_when_it_is_one(text: str, words: list[str], found: str) -> None:
    assert nearest(text, words) == found


# -- the sheet 体检 ---------------------------------------------------------------------------------------------------

def test_bad_cells_are_linked(tmp_path: Path) -> None:
    department: Any = base_department()
    department["考勤"][4]["迟到次数"] = -1
    department["花名册"][1]["入职日期"] = dt.date(2030, 1, 1)
    write_book(department, tmp_path / "book.xlsx")
    run("check", tmp_path / "book.xlsx", "--month", "2016-11", "--sheet")
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["体检"]
    links = {link.ref: link.location for row in sheet.iter_rows() for cell in row if (link := cell.hyperlink)}
    assert "考勤!C6" in {place.replace("'", "") for place in links.values()}


def test_links_to_sheets_with_quotes_and_blanks(tmp_path: Path) -> None:
    names = ["张三's 考勤", "考勤（附表2）-12月", "考勤"]
    sheet = findings([Problem("error", "错", "改", name, "C6") for name in names], {}, "2016-12", names)
    (tmp_path / "out.xlsx").write_bytes(as_bytes([sheet, *(ResultSheet(name, [10.0]) for name in names)]))
    found = openpyxl.load_workbook(tmp_path / "out.xlsx")["体检"]
    links = [cell.hyperlink.location for row in found.iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name.replace(chr(39), chr(39) * 2)}'!C6" for name in names]


def test_the_same_of_two_teams_is_one_line_that_names_both(tmp_path: Path) -> None:
    """JSON and 体检 have an entry each."""
    department: Any = base_department()
    for row in department["花名册"]:
        if row["工号"].startswith("9"):
            row["班组"] = "三组"
    write_book(department, tmp_path / "book.xlsx")
    _, said = run_json("check", tmp_path / "book.xlsx", "--month", "2016-11")
    assert [p["text"].split("（")[0] for p in said["problems"] if "没有领班" in p["text"]] == [
        "班组 一组 没有领班", "班组 二组 没有领班"]
    _, out, _ = run("check", tmp_path / "book.xlsx", "--month", "2016-11")
    (line,) = [line for line in out.splitlines() if "没有领班" in line]
    assert line.endswith("同样的还有 1 处（二组）")


# -- remedies ---------------------------------------------------------------------------------------------------------

def pasted(out: str) -> tuple[int, str, str]:
    """What the one command in a text does when it is pasted."""
    (line,) = re.findall(r"：xl-kpi (.+)$", out, re.MULTILINE)
    return run(*shlex.split(line))


def late(book: Path, person: str) -> None:
    """Somebody was late once: no 全勤奖."""
    sheet = sheet_of(book, "考勤")
    at = column(sheet, "迟到次数")
    (row,) = rows_of(sheet, 月份="2016-12", 工号=person)
    put(book, "考勤", {f"{chr(65 + at)}{row + 1}": 1})


def test_what_would_change_is_written_by_the_command_that_is_pasted(demo: Path, tmp_path: Path) -> None:
    """Whole, with the workbook and the options of the command that was given."""
    book, out = tmp_path / "我的 表.xlsx", tmp_path / "副 本.xlsx"
    book.write_bytes(demo.read_bytes())
    assert run("payroll", book, "--month", "2016-12")[0] == 0
    late(book, "005")
    before = book.read_bytes()
    code, said, _ = run("payroll", book, "--month", "2016-12", "-o", out)
    assert code == 1
    assert "加 --" not in said
    assert pasted(said)[0] == 0
    assert out.exists()
    assert book.read_bytes() == before
    assert pasted(run("payroll", book, "--month", "2016-12")[1])[0] == 0
    assert book.read_bytes() != before
    assert run("close", book, "--month", "2016-11")[0] == 1
    assert run("close", book, "--month", "2016-12")[0] == 0
    late(book, "006")
    code, said, err = pasted(run("payroll", book, "--month", "2016-12", "--replace")[1])
    assert (code, "要写明为什么重开" in err) == (2, True), "the reason is for a person to write"
    assert "：xl-kpi reopen " in run("verify", book)[1]


def test_a_draft_is_a_whole_command(demo: Path, tmp_path: Path) -> None:
    book = tmp_path / "我的 表.xlsx"
    book.write_bytes(demo.read_bytes())
    sheet = sheet_of(book, "考勤")
    put(book, "考勤", {f"{chr(65 + column(sheet, '迟到次数'))}{rows_of(sheet, 月份='2016-12')[0] + 1}": "几次"})
    code, said, _ = run("payroll", book, "--month", "2016-12")
    assert code == 1
    assert pasted(said.splitlines()[-1])[0] == 0


OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*\b")
CHINESE = re.compile("[\u4e00-\u9fff]")


def test_no_text_names_an_option() -> None:
    """Of all that is said outside of the command line's own help: what to type is a command, whole
    (``Problem.command``, ``again``), and Excel has its buttons.  That an option is wrong may be said: --out：…"""
    found = []
    root = Path(xl_kpi.__file__).parent
    for path in root.rglob("*.py"):
        if path.name == "cli.py" or path.is_relative_to(root / "addin"):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        own = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}         # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own:
                text = node.value.strip()
                if CHINESE.search(text) and OPTION.search(text) and not text.startswith("-") and "xl-kpi " not in text:
                    found.append((path.name, text))
    assert found == []
