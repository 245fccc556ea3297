"""Appeals (申诉) and talks (面谈): who is late, who has no record, and what a result was and is."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command import run, run_json
from xl_kpi.job import deadlines

PAGE = """---
编号: 申诉例
周期: 每月
用: 人 工资 申诉
---
# 申诉例

## 一 —— 工资

    表 花名册 —— 一人一行。
      月薪 元 必填 变
    表 考核（每月，当月在册）
      得分 分 必填 最大=100
      缺行 → 补上得分
    参数 合格线 分 = 60
    奖金 元 = 四舍五入(月薪 × 得分 ÷ 100，2)
    合格 = 得分 ≥ 合格线
    工资表 当月在册：得分^ +奖金 合格

## 二 —— 申诉和面谈

    改 参数 申诉期限 天 = 3
    改 参数 处理期限 天 = 5
    参数 面谈期限 天 = 10
    表 面谈（逐次，每月，可无）
      面谈日期 日期 必填
    面谈日 日期 = 各次最低(面谈，面谈日期)
    要面谈 = 当月在册 且 非 合格
    期限 面谈（每月，谁=要面谈，完成=面谈日） = 月末 + 面谈期限 —— 上级面谈，定改进计划
"""
PEOPLE = {"A1": ("甲", 3000, 80), "A2": ("乙", 4000, 50), "A3": ("丙", 5000, 55)}
MONTH = "2016-11"
TODAY = dt.date(2016, 12, 12)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "today", lambda: TODAY)


def typed(book: Path, sheet: str, rows: list[dict[str, Any]]) -> None:
    """Type rows below the headings of a sheet, instead of what stands there."""
    content = openpyxl.load_workbook(book)
    page = content[sheet]
    top = next(row for row in range(1, 6) if "工号" in [cell.value for cell in page[row]])
    at = {page.cell(top, n).value: n for n in range(1, page.max_column + 1)}
    for row in range(top + 1, page.max_row + 1):
        for cell in page[row]:
            cell.value = None
    for number, row in enumerate(rows, top + 1):
        for heading, value in row.items():
            page.cell(number, at[heading]).value = value
    content.save(book)


def scores(book: Path, **changed: int) -> None:
    typed(book, "考核", [{"月份": MONTH, "工号": person, "得分": changed.get(person, score)}
                         for person, (_, _, score) in PEOPLE.items()])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page and its workbook, to be copied."""
    folder = tmp_path_factory.mktemp("appeals")
    (page := folder / "申诉例.md").write_text(PAGE, "utf-8")
    book = folder / "客服部2016.xlsx"
    assert run("new", book, "--policy", page)[0] == 0
    typed(book, "花名册", [{"工号": person, "姓名": name, "月薪": pay, "入职日期": "2015-01-05"}
                          for person, (name, pay, _) in PEOPLE.items()])
    scores(book)
    typed(book, "面谈", [{"月份": MONTH, "工号": "A2", "面谈日期": "2016-12-05"},
                        {"月份": MONTH, "工号": "A3", "面谈日期": "2016-12-08"}])
    return folder


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "客服部2016.xlsx"


def appeal(person: str = "A1", **more: str) -> dict[str, str]:
    return {"月份": MONTH, "工号": person, "公布日期": "2016-12-05", "提出日期": "2016-12-07"} | more


def said(book: Path, *more: str) -> list[tuple[str, str, str]]:
    """(level, text, cell) of what 体检 says of appeals and talks."""
    _, found = run_json("check", book, *(more or ("--month", MONTH)))
    return [(one["level"], one["text"], one["cell"]) for one in found["problems"]
            if one["sheet"] in ("申诉", "面谈")]


LATE = [
    ("in time", appeal(), ["2016年11月的决定申诉最迟 2016-12-14，还没有记录"]),
    ("filed on the last day", appeal(提出日期="2016-12-08", 决定日期="2016-12-15", 决定="维持"), []),
    ("filed a day late", appeal(提出日期="2016-12-09", 决定日期="2016-12-09", 决定="维持"),
     ["的提出申诉最迟 2016-12-08，2016-12-09 才做，迟了 1 个工作日"]),
    ("filed over the weekend", appeal(提出日期="2016-12-12", 决定日期="2016-12-12", 决定="维持"),
     ["的提出申诉最迟 2016-12-08，2016-12-12 才做，迟了 2 个工作日"]),
    ("filed on a day off", appeal(提出日期="2016-12-10", 决定日期="2016-12-12", 决定="维持"), ["迟了 1 个工作日"]),
    ("decided late", appeal(公布日期="2016-11-28", 提出日期="2016-11-30", 决定日期="2016-12-09", 决定="维持"),
     ["的决定申诉最迟 2016-12-07，2016-12-09 才做，迟了 2 个工作日"]),
    ("not decided, past the day", appeal(公布日期="2016-11-28", 提出日期="2016-11-30"),
     ["的决定申诉最迟 2016-12-07，已经过了 3 个工作日，还没有记录"]),
]


@pytest.mark.parametrize(("name", "row", "texts"), LATE, ids=[name for name, *_ in LATE])
def test_late_ones_with_workdays(name: str, row: dict[str, str], texts: list[str], book: Path) -> None:
    typed(book, "申诉", [row])
    found = [one for one in said(book) if "最迟" in one[1]]
    assert len(found) == len(texts), found
    for (level, text, cell), expected in zip(found, texts, strict=True):
        assert level == "warning"
        assert text.startswith("A1 甲：")
        assert expected in text
        assert cell


BROKEN = [
    ("filed before it was published", appeal(提出日期="2016-12-02"), "早于公布日期"),
    ("decided before it was filed", appeal(决定日期="2016-12-06", 决定="维持"), "决定的日期早于提出申诉的日期"),
    ("a decision without its day", appeal(决定="维持"), "没有决定日期"),
    ("a day without its decision", appeal(决定日期="2016-12-09"), "有决定日期，没有决定"),
    ("nobody", appeal("A9"), "A9"),
    ("no day", {"月份": MONTH, "工号": "A1", "提出日期": "2016-12-07"}, "公布日期"),
]


@pytest.mark.parametrize(("name", "row", "text"), BROKEN, ids=[name for name, *_ in BROKEN])
def test_what_is_wrong_with_a_row(name: str, row: dict[str, str], text: str, book: Path) -> None:
    typed(book, "申诉", [row])
    found = said(book)
    assert any(level == "error" and text in one for level, one, _ in found), found


DECIDED = {"决定日期": "2016-12-09", "决定": "改正"}
KEPT = {"决定日期": "2016-12-09", "决定": "维持"}
# (name, the row, what the score is now, what is said: level and text)
CHANGES = [
    ("corrected", {**DECIDED, "申诉事项": "奖金", "改正为": "2550"}, 85,
     [("hint", "决定改正：奖金 2400.00 → 2550.00（公布时的 → 现在的）")]),
    ("corrected, all of it", DECIDED, 85, [("hint", "得分 80.00 → 85.00")]),
    ("to be corrected", {**DECIDED, "申诉事项": "奖金"}, 80, [("warning", "决定改正，现在算出来的还是公布时的")]),
    ("corrected to something else", {**DECIDED, "申诉事项": "奖金", "改正为": "2600"}, 85,
     [("hint", "2400.00 → 2550.00"), ("warning", "「改正为」是 2600，现在算出来的是 2550.00")]),
    ("kept, and changed", {**KEPT, "申诉事项": "得分"}, 81, [("warning", "决定维持，结果却变了：得分 80.00 → 81.00")]),
    ("changed before it is decided", {"申诉事项": "得分"}, 81, [("warning", "还没有决定，结果却变了")]),
    ("kept", {**KEPT, "申诉事项": "得分"}, 80, []),
    ("published as something else", {**KEPT, "申诉事项": "得分", "公布的结果": "79"}, 80,
     [("warning", "「公布的结果」是 79"), ("warning", "得分 79 → 80.00")]),
    ("no such column", {**KEPT, "申诉事项": "奖今"}, 80, [("warning", "结果表上没有这一栏")]),
]


@pytest.mark.parametrize("closed", [False, True], ids=["a sheet", "closed"])
@pytest.mark.parametrize(("name", "row", "score", "says"), CHANGES, ids=[name for name, *_ in CHANGES])
def test_what_it_was_and_what_it_is(name: str, row: dict[str, str], score: int, says: list[tuple[str, str]],
                                    closed: bool, book: Path) -> None:
    """By the sheet that was written, or by what was closed: nothing is changed by the program itself."""
    assert run("payroll", book, "--month", MONTH)[0] == 0
    if closed:
        assert run("close", book, "--month", MONTH)[0] == 0
    scores(book, A1=score)
    typed(book, "申诉", [appeal(**row)])
    before = book.read_bytes()
    found = [one for one in said(book) if "最迟" not in one[1]]
    assert book.read_bytes() == before
    assert len(found) == len(says), found
    for (level, text, _), (expected, part) in zip(found, says, strict=True):
        assert level == expected
        assert part in text


def test_what_is_owed_of_a_closed_month_is_still_said(book: Path) -> None:
    """An appeal comes after its month was closed."""
    assert run("payroll", book, "--month", MONTH)[0] == 0
    assert run("close", book, "--month", MONTH)[0] == 0
    typed(book, "面谈", [{"月份": MONTH, "工号": "A3", "面谈日期": "2016-12-08"}])
    typed(book, "申诉", [appeal(), appeal("A2", 提出日期="2016-12-09", 决定日期="2016-12-09", 决定="维持")])
    found = [text.split("（")[0] for _, text, _ in said(book) if "最迟" in text]
    assert found == ["A2 乙：2016年11月的面谈最迟 2016-12-10，已经过了 1 个工作日，还没有记录",
                     "A2 乙：2016年11月的提出申诉最迟 2016-12-08，2016-12-09 才做，迟了 1 个工作日",
                     "A1 甲：2016年11月的决定申诉最迟 2016-12-14，还没有记录"]
    _, everything = run_json("check", book)
    assert [one["text"].split("（")[0] for one in everything["problems"] if "最迟" in one["text"]] == found[2:]


def test_what_was_published_is_the_first_that_was_written(book: Path) -> None:
    assert run("payroll", book, "--month", MONTH)[0] == 0
    scores(book, A1=85)
    assert run("payroll", book, "--month", MONTH, "--replace")[0] == 0
    typed(book, "申诉", [appeal(**DECIDED, 申诉事项="得分")])
    assert any("80.00 → 85.00" in text for _, text, _ in said(book))


def test_somebody_who_is_not_in_the_result(book: Path) -> None:
    people = [{"工号": person, "姓名": name, "月薪": pay, "入职日期": "2015-01-05"}
              for person, (name, pay, _) in PEOPLE.items()]
    typed(book, "花名册", [*people, {"工号": "B1", "姓名": "丁", "月薪": 1, "入职日期": "2017-01-01"}])
    typed(book, "申诉", [appeal("B1", **KEPT)])
    assert any("工资表里没有这个人" in text for _, text, _ in said(book))


def test_nothing_published(book: Path) -> None:
    typed(book, "申诉", [appeal(**KEPT)])
    found = [one for one in said(book) if "最迟" not in one[1]]
    assert [(level, "不知道公布的是什么" in text) for level, text, _ in found] == [("hint", True)]


def test_who_is_due_for_a_talk(book: Path, tmp_path: Path) -> None:
    """By the line of the policy: 体检 and the calendar list who has no record; a late one is told."""
    typed(book, "面谈", [{"月份": MONTH, "工号": "A3", "面谈日期": "2016-12-13"}])
    found = said(book)
    assert [text.split("（")[0] for _, text, _ in found] == [
        "A2 乙：2016年11月的面谈最迟 2016-12-10，已经过了 1 个工作日，还没有记录",
        "A3 丙：2016年11月的面谈最迟 2016-12-10，2016-12-13 才做，迟了 2 个工作日"]
    page = tmp_path / "申诉例.md"
    code, due = run_json("calendar", page, book, "--month", "2016-12")
    assert code == 0, due
    assert [(one["title"], one["day"], one.get("people")) for one in due["deadlines"]] == [("面谈", "2016-12-10", [
        {"工号": "A2", "姓名": "乙", "done": None}, {"工号": "A3", "姓名": "丙", "done": "2016-12-13"}])]
    code, later = run_json("calendar", page, book, "--month", "2017-01")
    overdue = [(one["day"], [who["工号"] for who in one["people"]]) for one in later["overdue"]]
    assert overdue == [("2016-12-10", ["A2"])]
    code, out, _ = run("calendar", page, book, "--month", "2016-12")
    assert "上级面谈，定改进计划：A2 乙；做了的 1 人" in out
    code, out, _ = run("calendar", page, "--month", "2016-12")
    assert (code, "各人各有期限的" in out, "决定申诉" in out) == (0, True, True)
    ics = tmp_path / "a.ics"
    assert run("calendar", page, book, "--month", "2016-12", "-o", ics)[0] == 0
    assert "A2 乙" in ics.read_text("utf-8").replace("\r\n ", "").replace("\n ", "")


def test_what_is_owed_of_each_appeal_is_in_the_calendar(book: Path, tmp_path: Path) -> None:
    typed(book, "申诉", [appeal(), appeal("A2", 提出日期="2016-12-06")])
    code, due = run_json("calendar", tmp_path / "申诉例.md", book, "--month", "2016-12")
    assert code == 0
    owed = [(one["day"], [who["工号"] for who in one["people"]]) for one in due["deadlines"]
            if one["title"] == "决定申诉"]
    assert owed == [("2016-12-13", ["A2"]), ("2016-12-14", ["A1"])]


def test_without_a_deadline(tmp_path: Path) -> None:
    """What the policy and the company state no deadline for is never late."""
    text = PAGE.replace("    改 参数 申诉期限 天 = 3\n    改 参数 处理期限 天 = 5\n", "")
    (page := tmp_path / "申诉例.md").write_text(text, "utf-8")
    book = tmp_path / "客服部2016.xlsx"
    assert run("new", book, "--policy", page)[0] == 0
    typed(book, "花名册", [{"工号": "A1", "姓名": "甲", "月薪": 3000, "入职日期": "2015-01-05"}])
    typed(book, "考核", [{"月份": MONTH, "工号": "A1", "得分": 80}])
    typed(book, "申诉", [appeal(提出日期="2016-12-30")])
    found = [text for _, text, _ in said(book) if "记录" in text or "最迟" in text]
    assert [one.split("（")[0] for one in found] == ["A1 甲：2016年11月的决定申诉还没有记录"]
