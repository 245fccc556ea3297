"""`xl-kpi raters`: handed out, filled in, collected: the result is that of the case; nothing is lost or overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cased import asked, differences, fill_book, period_of, read_cases, rows_of
from tests.command import run, run_json
from xl_kpi.actions.raters import forms
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.policy.load import load

# policy, the name of a case with scores of all raters
WAYS = ["s000-j-standard-4levels", "s000-g-mgmt-charter", "s000-e-plan-4goals", "s002-a-aftersales-manager",
        "s002-e-supervisor-job-360", "s004-5-finance-warehouse"]
COLUMNS, ROWS, ANONYMOUS = "s002-a-aftersales-manager", "s000-g-mgmt-charter", "s002-e-supervisor-job-360"


def case_of(policy_id: str) -> dict[str, Any]:
    """The first case that is computed."""
    return next(case for case in read_cases(policy_id) if set(map(str, case.get("期望", {}).values())) - {"无"})


def unrated(policy_id: str, folder: Path) -> tuple[dict[str, Any], Path, dict[str, list[dict[str, Any]]]]:
    """(a case, its workbook without what raters give, what they give: table → rows)."""
    policy, case, book = load(policy_id), case_of(policy_id), folder / "客服部2016.xlsx"
    assert run("new", book, "--policy", policy_id)[0] == 0
    fill_book(case, policy, book)
    opened = Opened.file(book)
    mine = forms(opened, period_of(case))
    tables = {form.name: form for form in mine}
    given = {form.table.sheet: rows_of(case, form.table) for form in tables.values()}
    content = openpyxl.load_workbook(book)
    for form in tables.values():
        reading = opened.tables.readings[form.name]
        columns = [reading.at[c.name] for one in mine if one.name == form.name for c in one.columns]
        for row in reading.rows:
            for cell in content[reading.sheet][row + 1]:
                if form.rater is not None or cell.column - 1 in columns:
                    cell.value = None
    if any(form.anonymous for form in mine):
        page = content["评分名单"]
        for form in mine:
            rows = [one for one in given[form.table.sheet] if form.role in one.values()]
            asked = max((sum(one["工号"] == other["工号"] for other in rows) for one in rows), default=0)
            for n in range(asked):
                page.append([str(period_of(case)), form.role, f"{form.role}{n + 1}", "是" if n else None])
    content.save(book)
    return case, book, given


def by_period(row: dict[str, Any], period: str) -> bool:
    """Whether a row counts: of those of a month each month has its own."""
    return "日期" in row or str(row.get("月份", period)) == period


def fill(folder: Path, given: dict[str, list[dict[str, Any]]], period: str) -> int:
    """Fill in what was handed out, as its raters would: a copy for each of several; gives how many cells."""
    taken: dict[str, int] = {}          # role → how many of the anonymous have answered
    count, rater = 0, {"评分表": "评分人", "来源得分": "来源", "360度评估": "评价来源"}
    for path in sorted(folder.iterdir()):
        pages = openpyxl.load_workbook(path)
        more: list[list[tuple[int, int, Any]]] = []
        for page in pages:
            role = page.cell(3, 2).value
            sheet = page.cell(1, 1).value.rpartition("：")[2]
            headings = {page.cell(4, n).value: n for n in range(1, page.max_column + 1)}
            for row in range(5, page.max_row + 1):
                if page.cell(row, 1).value is None:
                    continue
                person, item = page.cell(row, 1).value, page.cell(row, 3).value
                rows = [one for one in given[sheet] if str(one["工号"]) == person and by_period(one, period)
                        and one.get(rater.get(sheet, ""), role) == role and one.get("指标", item) == item]
                for n, one in enumerate(rows):
                    if n >= len(more):
                        more.append([])
                    more[n] += [(row, at, one[heading]) for heading, at in headings.items()
                                if heading in one and at > (3 if "指标" in headings else 2)]
        if pages.worksheets[0].cell(3, 5).value == "票号":
            mine = taken[role] = taken.get(role, -1) + 1
            for row, at, value in more[mine]:
                pages.worksheets[0].cell(row, at).value = value
                count += 1
            pages.save(path)
            continue
        for n, cells in enumerate(more):
            copy = openpyxl.load_workbook(path)
            if copy.worksheets[0].cell(3, 5).value == "填表人":
                copy.worksheets[0].cell(3, 6).value = f"评分人{n}"
            for row, at, value in cells:
                copy.worksheets[0].cell(row, at).value = value
                count += 1
            copy.save(path.with_name(f"{path.stem}_{n}.xlsx"))
        path.unlink()
    return count


@pytest.mark.parametrize("policy_id", WAYS)
def test_the_whole_way(policy_id: str, tmp_path: Path) -> None:
    """Handed out, filled in, collected, computed: as when HR had typed it; collected again: nothing changes."""
    case, book, given = unrated(policy_id, tmp_path)
    period, folder = str(period_of(case)), tmp_path / "评分表"
    code, out, err = run("raters", book, "--period", period, "--out", folder)
    assert code == 0, (out, err)
    assert f"--collect {folder}" in out or "--collect" in out
    assert fill(folder, given, period)
    code, out, err = run("raters", book, "--period", period, "--collect", folder)
    assert code == 0, (out, err)
    assert "已写入" in out
    code, result = run_json("result", book, *asked(case))
    assert code == 0, result["problems"]
    assert differences(case, result) == []
    before = book.read_bytes()
    code, out, err = run("raters", book, "--period", period, "--collect", folder)
    assert (code, book.read_bytes() == before, "没有改动" in out) == (0, True, True), (out, err)


@pytest.fixture
def columns(tmp_path: Path) -> tuple[Path, Path]:
    """A workbook with raters in columns, and the folder of what they filled in."""
    case, book, given = unrated(COLUMNS, tmp_path)
    folder = tmp_path / "评分表"
    assert run("raters", book, "--period", "2016-11", "--out", folder)[0] == 0
    fill(folder, given, str(period_of(case)))
    return book, folder


@pytest.fixture
def rows(tmp_path: Path) -> tuple[Path, Path]:
    """A workbook with a row a score, and the folder of what they filled in."""
    case, book, given = unrated(ROWS, tmp_path)
    folder = tmp_path / "评分表"
    assert run("raters", book, "--period", str(period_of(case)), "--out", folder)[0] == 0
    fill(folder, given, str(period_of(case)))
    return book, folder


def changed(path: Path, change: Callable[[Any], None]) -> None:
    book = openpyxl.load_workbook(path)
    change(book.worksheets[0])
    book.save(path)


def said(book: Path, folder: Path, *more: str, period: str = "2016-11") -> tuple[int, str]:
    before = book.read_bytes()
    code, out, err = run("raters", book, "--period", period, "--collect", folder, *more)
    assert code == 0 or book.read_bytes() == before, "what is refused changes nothing"
    return code, out + err


def the(folder: Path, role: str) -> Path:
    return next(path for path in sorted(folder.iterdir()) if f"_{role}_" in path.name)


def put(row: int, column: int, value: object) -> Callable[[Any], None]:
    def change(page: Any) -> None:
        page.cell(row, column).value = value
    return change


BROKEN: list[tuple[str, Callable[[Path], None], list[str]]] = [
    ("out of range", lambda folder: changed(the(folder, "考核"), put(5, 3, 10.5)), ["超过满分", "C5"]),
    ("no number", lambda folder: changed(the(folder, "考核"), put(5, 3, "优秀")), ["优秀", "C5"]),
    ("below nothing", lambda folder: changed(the(folder, "考核"), put(5, 3, -1)), ["-1", "C5"]),
    ("a person of no roster", lambda folder: changed(the(folder, "考核"), put(5, 1, "999")), ["999"]),
    ("rated twice", lambda folder: shutil.copy(the(folder, "考核"), folder / "再一份.xlsx") and None,
     ["被考核评了两次", "再一份.xlsx", "留下一份"]),
    ("another period", lambda folder: changed(the(folder, "考核"), put(3, 4, "2016-10")), ["是 2016-10 的评分表"]),
    ("another rater", lambda folder: changed(the(folder, "考核"), put(3, 2, "邻居")), ["没有评分人“邻居”"]),
    ("headings changed", lambda folder: changed(the(folder, "考核"), put(4, 3, "随便")), ["与现在的制度对不上"]),
    ("no sheet of raters", lambda folder: openpyxl.Workbook().save(folder / "别的.xlsx"), ["不是发出去的评分表"]),
    ("saved as something else", lambda folder: the(folder, "考核").rename(folder / "考核.xls") and None,
     ["考核.xls 不是 .xlsx", "另存为"]),
    ("no workbook", lambda folder: (folder / "坏的.xlsx").write_bytes(b"PK") and None, ["坏的.xlsx"]),
]


@pytest.mark.parametrize(("name", "change", "says"), BROKEN, ids=[name for name, *_ in BROKEN])
def test_what_is_wrong_with_what_came_back(name: str, change: Callable[[Path], None], says: list[str],
                                           columns: tuple[Path, Path]) -> None:
    book, folder = columns
    change(folder)
    code, text = said(book, folder)
    assert code == 1, text
    assert all(one in text for one in says), text


def test_all_that_is_wrong_at_once(columns: tuple[Path, Path]) -> None:
    book, folder = columns
    changed(the(folder, "考核"), put(5, 3, 11))
    changed(the(folder, "审核"), put(6, 4, 12))
    code, text = said(book, folder)
    assert code == 1
    assert the(folder, "考核").name in text
    assert the(folder, "审核").name in text


def test_who_is_missing_is_told_and_the_others_are_written(columns: tuple[Path, Path]) -> None:
    book, folder = columns
    the(folder, "自评").unlink()
    code, text = said(book, folder)
    assert code == 0, text
    assert "自评还没有评：" in text
    assert "考核还没有评" not in text


def test_nothing_is_overwritten_silently(columns: tuple[Path, Path]) -> None:
    book, folder = columns
    assert said(book, folder)[0] == 0
    changed(the(folder, "考核"), put(5, 3, 1))
    code, text = said(book, folder)
    assert code == 1
    assert "里是 1" in text
    assert "--replace" in text
    assert said(book, folder, "--replace")[0] == 0
    assert list((book.parent / "备份").iterdir() if (book.parent / "备份").is_dir() else book.parent.iterdir())
    assert "没有改动" in said(book, folder)[1]


def handed_out(book: Path, folder: Path, *more: str | Path, period: str = "2016-11") -> tuple[int, str]:
    code, out, err = run("raters", book, "--period", period, "--out", folder, *more)
    return code, out + err


@pytest.fixture
def anonymous(tmp_path: Path) -> tuple[Path, Path]:
    """A workbook with anonymous raters, and the folder of what they filled in."""
    case, book, given = unrated(ANONYMOUS, tmp_path)
    folder = tmp_path / "评分表"
    period = str(period_of(case))
    assert run("raters", book, "--period", period, "--out", folder)[0] == 0
    fill(folder, given, period)
    return book, folder


def test_nobody_can_tell_who_of_the_anonymous_gave_what(anonymous: tuple[Path, Path]) -> None:
    """Each has a token of their own; in the workbook stand the group and the token, on the list who has answered."""
    book, folder = anonymous
    period = next(folder.iterdir()).name.split("_")[1]
    files = sorted(folder.iterdir())
    tickets = {}
    for path in files:
        page = openpyxl.load_workbook(path).worksheets[0]
        assert [page.cell(3, n).value for n in (1, 3, 5)] == ["评分人", "期间", "票号"]
        tickets[path.name] = page.cell(3, 6).value
    assert len(set(tickets.values())) == len(files), "no two alike"
    assert all(ticket in name for name, ticket in tickets.items())
    code, text = said(book, folder, period=period)
    assert code == 0, text
    assert "名单上还没有交的：" in text
    content = openpyxl.load_workbook(book)
    page = content["360度评估"]
    top = next(row for row in range(1, 6) if "工号" in [cell.value for cell in page[row]])
    at = {page.cell(top, n).value: n for n in range(1, page.max_column + 1)}
    found = [page.cell(row, at["票号"]).value for row in range(top + 1, page.max_row + 1) if page.cell(row, 2).value]
    assert set(found) == set(tickets.values())
    names = {content["评分名单"].cell(row, 3).value for row in range(4, content["评分名单"].max_row + 1)}
    texts = {str(cell.value) for row in page.iter_rows(min_row=top + 1) for cell in row}
    assert not names & texts
    listed = {str(cell.value) for row in content["评分名单"].iter_rows(min_row=4) for cell in row}
    assert not set(tickets.values()) & listed


def test_the_same_token_twice_is_rated_twice(anonymous: tuple[Path, Path]) -> None:
    book, folder = anonymous
    first = sorted(folder.iterdir())[0]
    period = first.name.split("_")[1]
    shutil.copy(first, folder / "再一份.xlsx")
    code, text = said(book, folder, period=period)
    assert code == 1
    assert "评了两次" in text
    assert "再一份.xlsx" in text
    (folder / "再一份.xlsx").unlink()
    assert said(book, folder, period=period)[0] == 0
    content = openpyxl.load_workbook(book)          # typed once more by hand
    page = content["360度评估"]
    row = next(n for n in range(4, page.max_row + 1) if page.cell(n, 2).value)
    page.append([cell.value for cell in page[row]])
    content.save(book)
    _, found = run_json("result", book, "--period", period)
    assert any("同一张评分表只能算一次" in one["do"] for one in found["problems"]), found


def test_handed_out_again_the_anonymous_get_no_more_than_are_asked(anonymous: tuple[Path, Path]) -> None:
    book, folder = anonymous
    files = {path.name for path in folder.iterdir()}
    period = min(files).split("_")[1]
    lost = next(path for path in sorted(folder.iterdir()))
    lost.unlink()
    code, text = handed_out(book, folder, "--replace", period=period)
    assert code == 0, text
    now = {path.name for path in folder.iterdir()}
    assert len(now) == len(files)
    assert files - {lost.name} < now, "what is filled in stays; the lost one gets another token"


def test_the_anonymous_are_listed_first(tmp_path: Path) -> None:
    case, book, _ = unrated(ANONYMOUS, tmp_path)
    period = str(period_of(case))
    content = openpyxl.load_workbook(book)
    page = content["评分名单"]
    page.append([period, "客户", "客户1", None])
    page.append(["2016年第九季", "客户", "某某", None])
    content.save(book)
    code, text = handed_out(book, tmp_path / "评分表", period=period)
    assert code == 1
    assert "客户 客户1 写了两行" in text
    assert "「期间」" in text
    for row in range(4, page.max_row + 1):
        for cell in page[row]:
            cell.value = None
    content.save(book)
    code, text = handed_out(book, tmp_path / "评分表", period=period)
    assert code == 1
    assert "请谁匿名评" in text


def test_a_sheet_without_the_column_of_tokens(anonymous: tuple[Path, Path]) -> None:
    book, folder = anonymous
    content = openpyxl.load_workbook(book)
    page = content["360度评估"]
    for row in page.iter_rows(max_row=6):
        for cell in row:
            if cell.value == "票号":
                cell.value = "别的"
    content.save(book)
    code, text = said(book, folder, period=next(folder.iterdir()).name.split("_")[1])
    assert code == 1
    assert "没有「票号」一列" in text


def test_fewer_than_the_set_number_give_no_result(anonymous: tuple[Path, Path]) -> None:
    book, folder = anonymous
    period = next(folder.iterdir()).name.split("_")[1]
    least = 2
    content = openpyxl.load_workbook(book)
    page = content["参数"]
    headings = next(row for row in page.iter_rows(max_row=5) if "值" in [cell.value for cell in row])
    at = {cell.value: cell.column for cell in headings}
    named = {page.cell(n, at["参数"]).value: n for n in range(1, page.max_row + 1)}
    row = named.get("anonymous.least") or page.max_row + 1
    page.cell(row, at["参数"]).value, page.cell(row, at["值"]).value = "anonymous.least", least
    content.save(book)
    role = "客户"
    for path in sorted(path for path in folder.iterdir() if f"_{role}_" in path.name)[1:]:
        path.unlink()
    assert said(book, folder, period=period)[0] == 0
    code, found = run_json("result", book, "--period", period)
    assert code == 1
    assert any(role in one["text"] and str(least) in one["text"] for one in found["problems"]), found["problems"]


def test_handed_out_again_what_is_filled_in_stays(columns: tuple[Path, Path]) -> None:
    """A blank one gives way; a filled one only by name, and then a copy of it is kept."""
    book, folder = columns
    code, text = handed_out(book, folder)
    assert code == 1
    assert "已经填了" in text
    filled = the(folder, "考核")
    unfilled = the(folder, "最终")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path != unfilled}
    blank = folder / "评分_2016-11_考核.xlsx"
    code, text = handed_out(book, folder, "--replace")
    assert code == 0, text
    assert "已经填了，没有动" in text
    assert {name: (folder / name).read_bytes() for name in before} == before, "what was filled in is as it was"
    assert blank.exists(), "the roles get new ones beside"
    assert not unfilled.exists(), "nobody had filled it in"
    code, text = handed_out(book, folder, "--replace", "--filled", filled.name)
    assert code == 0, text
    assert not filled.exists()
    kept = list((folder / "xl-kpi备份").iterdir())
    assert [path.read_bytes() for path in kept] == [before[filled.name]]
    assert said(book, folder)[0] == 0, "the folder of copies is not collected"


def test_handed_out_again_what_cannot_be_read_stays(columns: tuple[Path, Path]) -> None:
    book, folder = columns
    (folder / "评分_2016-11_坏的.xlsx").write_bytes(b"PK")
    code, text = handed_out(book, folder, "--replace")
    assert code == 0, text
    assert (folder / "评分_2016-11_坏的.xlsx").read_bytes() == b"PK"


def test_a_filled_one_that_is_not_there(columns: tuple[Path, Path]) -> None:
    book, folder = columns
    code, text = handed_out(book, folder, "--filled", "没有.xlsx")
    assert code == 2
    assert "没有2016年11月的评分表 没有.xlsx" in text
    code, _, err = run("raters", book, "--period", "2016-11", "--collect", folder, "--filled", "a.xlsx")
    assert code == 2
    assert "发评分表" in err


LIMITED = """---
编号: 限分例
用: 人
---
# 限分例

## 一 —— 评分

    表 花名册 —— 一人一行。
      最多「个人最多」 分 必填
    参数 指标权重 %：态度 60，效率 40；合计 100
    参数 满分 分：态度 20，效率 30
    表 评分（逐次）
      评分人 自评|上级 必填
      指标 指标权重 必填
      得分 分 必填
      查 有值(得分) 且 得分 > 满分[指标] @得分：超过这一项的满分 → 核对得分
      查 评分人 = 自评 且 得分 > 15 @得分：自评最多 15 分 → 核对得分
      查 得分 < 0 或 最多 < 得分 @得分：超过这个人的上限 → 核对得分
    参数 评分人权重 %：自评 50，上级 50；合计 100
    总分 分 = 评分(评分，得分，按=(评分人 × 评分人权重，指标 × 指标权重))
    输出 结果（每月，当月在册）：总分
"""


@pytest.mark.parametrize("by", ["评分人 × 评分人权重，指标 × 指标权重", "指标 × 指标权重，评分人 × 评分人权重"])
def test_who_rates_what_does_not_depend_on_the_order_of_weighting(by: str, tmp_path: Path) -> None:
    text = LIMITED.replace("评分人 × 评分人权重，指标 × 指标权重", by)
    (page := tmp_path / "限分例.md").write_text(text, "utf-8")
    book = tmp_path / "客服部2016.xlsx"
    assert run("new", book, "--policy", page)[0] == 0
    found = forms(Opened.file(book), Month.of(2016, 11))
    assert [(form.role, form.items) for form in found] == [("自评", ("态度", "效率")), ("上级", ("态度", "效率"))]


def test_who_rates_in_a_policy_that_calls_them_otherwise(tmp_path: Path) -> None:
    book = tmp_path / "客服部2016.xlsx"
    assert run("new", book, "--policy", "s000-a-reward-penalty")[0] == 0
    opened = Opened.file(book)
    found = forms(opened, Month.of(2016, 11))
    assert [form.role for form in found] == ["自我", "同事", "直接上级"]


def test_the_most_that_a_cell_takes_is_what_the_checks_of_its_table_say(tmp_path: Path) -> None:
    """By the item, by the rater, by the person: whatever a check says, not how it is written."""
    (page := tmp_path / "限分例.md").write_text(LIMITED, "utf-8")
    book = tmp_path / "客服部2016.xlsx"
    assert run("new", book, "--policy", page)[0] == 0
    content = openpyxl.load_workbook(book)
    roster = content["花名册"]
    at = {roster.cell(3, n).value: n for n in range(1, roster.max_column + 1)}
    for row, values in enumerate((("A1", "甲", "2015-01-05", 25), ("A2", "乙", "2016-03-01", 12)), 4):
        for heading, value in zip(("工号", "姓名", "入职日期", "个人最多"), values, strict=True):
            roster.cell(row, at[heading]).value = value
    content.save(book)
    folder = tmp_path / "评分表"
    assert handed_out(book, folder)[0] == 0
    most = {}
    for path in folder.iterdir():
        sheet = openpyxl.load_workbook(path).worksheets[0]
        role = sheet.cell(3, 2).value
        for rule in sheet.data_validations.dataValidation:
            for cell in str(rule.sqref).split():
                row = sheet[cell].row
                most[role, sheet.cell(row, 1).value, sheet.cell(row, 3).value] = float(rule.formula2)
    assert most == {
        ("自评", "A1", "态度"): 15, ("自评", "A1", "效率"): 15, ("自评", "A2", "态度"): 12,
        ("自评", "A2", "效率"): 12, ("上级", "A1", "态度"): 20, ("上级", "A1", "效率"): 25,
        ("上级", "A2", "态度"): 12, ("上级", "A2", "效率"): 12}


def test_rows_that_are_there_and_differ(rows: tuple[Path, Path]) -> None:
    book, folder = rows
    period = next(folder.iterdir()).name.split("_")[1]
    assert said(book, folder, period=period)[0] == 0
    one = sorted(folder.iterdir())[0]
    changed(one, put(5, 4, 1))
    code, text = said(book, folder, period=period)
    assert code == 1
    assert "与" in text
    assert "里的不同" in text
    assert said(book, folder, "--replace", period=period)[0] == 0
    assert "没有改动" in said(book, folder, period=period)[1]


def test_where_nobody_rates(tmp_path: Path) -> None:
    assert run("new", tmp_path / "a2016.xlsx")[0] == 0
    code, _, err = run("raters", tmp_path / "a2016.xlsx", "--period", "2016-11", "--out", tmp_path / "x")
    assert code == 2
    assert "没有要评分人打分的表" in err
    assert run("raters", tmp_path / "a2016.xlsx", "--period", "2016-11", "--collect", tmp_path / "x")[0] == 2
