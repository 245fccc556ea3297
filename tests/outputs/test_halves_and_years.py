"""Tables by half-year and by year: read, filled in by outputs of their periods, checked, closed, carried over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command import run, run_json
from xl_kpi import job
from xl_kpi.opened import Opened
from xl_kpi.period import Half
from xl_kpi.policy import load as loader
from xl_kpi.problems import Refusal
from xl_kpi.workbook.file import read

HERE = Path(__file__).parent
HALF, YEAR = ("--of", "半年评价", "--period", "2016H2"), ("--of", "年度考核", "--period", "2016")
PEOPLE = [["甲", "赵一", "2014-03-01", None], ["乙", "钱二", "2014-03-01", None], ["丙", "孙三", "2016-07-15", None]]
# 工作业绩, 工作态度 → 半年得分; of the year also 部门评分 → 年度得分
HALVES = [["2016H1", "甲", 90, 80], ["2016年上半年", "乙", 60, 70], ["2016年下半年", "甲", 80, 100],
          ["2016H2", "乙", 50, 60], ["2016下半年", "丙", 95, 90]]
YEARS = [["2015", "甲", 80], [2016, "甲", 90], ["2016年度", "乙", 70], ["2016年", "丙", 85]]


@pytest.fixture(autouse=True)
def appraised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The program comes with this policy alone."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "appraised.md").write_text((HERE / "appraised.md").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(loader, "FOLDER", policies)
    loader.load.cache_clear()
    yield
    loader.load.cache_clear()


def book(folder: Path, halves: list[list[Any]] | None = None, years: list[list[Any]] | None = None,
         **more: list[list[Any]]) -> Path:
    path = folder / "考核2016.xlsx"
    made = openpyxl.Workbook()
    made.remove(made.active)
    sheets = {
        "参数": [["参数", "键", "值"], ["policy", None, "appraised"]],
        "花名册": [["工号", "姓名", "入职日期", "离职日期"], *PEOPLE],
        "半年评分": [["半年", "工号", "工作业绩", "工作态度"], *(HALVES if halves is None else halves)],
        "年度评分": [["年度", "工号", "部门评分"], *(YEARS if years is None else years)], **more,
        "半年评价表": [["半年", "工号", "姓名", "半年得分", "评语", "备注"]],
        "年度考核表": [["年度", "工号", "姓名", "年度得分", "年度等级", "审定等级"]],
    }
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def rows_of(path: Path, sheet: str) -> list[list[Any]]:
    return [row for row in read(path).sheet(sheet).rows[1:] if any(one is not None for one in row)]


def put(path: Path, sheet: str, cells: dict[str, Any]) -> None:
    made = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        made[sheet][cell] = value
    made.save(path)


@pytest.mark.parametrize(("asked", "wanted"), [
    (HALF, {"甲": {"半年得分": "86.00"}, "乙": {"半年得分": "53.00"}, "丙": {"半年得分": "93.50"}}),
    (("--of", "半年评价", "--period", "2016年上半年"), {"甲": {"半年得分": "87.00"}, "乙": {"半年得分": "63.00"}}),
    (YEAR, {"甲": {"年度得分": "88.25", "年度等级": "优"}, "乙": {"年度得分": "64.00", "年度等级": "良"},
            "丙": {"年度得分": "89.25", "年度等级": "优"}}),
    (("--of", "年度系数表", "--period", "2016"), {"甲": {"年度系数": "1.20"}, "乙": {"年度系数": "1.00"},
                                              "丙": {"年度系数": "1.20"}}),
], ids=lambda one: one[3] if isinstance(one, tuple) else "")
def test_values(asked: tuple[str, ...], wanted: dict[str, dict[str, str]], tmp_path: Path) -> None:
    code, found = run_json("result", book(tmp_path), *asked)
    assert code == 0, found
    lines = {line["工号"]: line for line in found["lines"]}
    assert {who: {h: lines[who].get(h) for h in one} for who, one in wanted.items()} == wanted
    assert set(lines) == set(wanted)


def test_a_finer_period_reads_the_row_of_the_longer_one(tmp_path: Path) -> None:
    """The allowance of each month of 2017 goes by the grade of 2016, by the one fixed by hand if there is one."""
    path = book(tmp_path, years=[["2016", "甲", 90], ["2016", "乙", 70], ["2016", "丙", 85]])
    assert run("result", path, *YEAR)[0] == 0
    put(path, "年度考核表", {"F3": "优"})
    for month in ("2017-01", "2017-12"):
        code, found = run_json("result", path, "--of", "月度津贴", "--period", month)
        assert code == 0, found
        assert [line["津贴"] for line in found["lines"]] == ["300.00", "300.00", "300.00"]
    found = run_json("result", path, "--of", "月度津贴", "--period", "2016-12")[1]
    assert [line["津贴"] for line in found["lines"]] == ["0.00"] * 3, "nothing of 2015"


@pytest.mark.parametrize(("asked", "sheet", "when", "score", "new", "seal"), [
    (HALF, "半年评价表", "2016H2", ("半年评分", "C4"), "半年得分 86.00 → 100.00", "半年评价 2016H2"),
    (YEAR, "年度考核表", "2016", ("年度评分", "C3"), "年度得分 88.25 → 93.25", "年度考核 2016"),
], ids=["half", "year"])
def test_from_a_form_to_closing(asked: tuple[str, ...], sheet: str, when: str, score: tuple[str, str], new: str,
                                seal: str, tmp_path: Path) -> None:
    """What a quarter's form can do: filled, filled again, compared, refused, closed, verified, opened again."""
    path = book(tmp_path)

    def do(*command: Any, code: int = 0) -> str:
        got, out, err = run(*command)
        assert got == code, (command, out, err)
        return out + err

    do("check", path, *asked)
    assert "不能封存" in do("close", path, *asked, code=1), "nothing to close yet"
    do("result", path, *asked)
    rows = rows_of(path, sheet)
    assert [row[:3] for row in rows] == [[when, "甲", "赵一"], [when, "乙", "钱二"], [when, "丙", "孙三"]]
    before = path.read_bytes()
    do("result", path, *asked)
    assert path.read_bytes() == before, "twice changes nothing"
    assert "2015" not in str(rows)
    assert sheet.removesuffix("表") not in do("check", path, *asked).replace(path.stem, ""), "nothing is outdated"
    put(path, score[0], {score[1]: 100})
    if sheet == "半年评价表":
        put(path, score[0], {"D4": 100})
    assert f"按现在的数据是 {new.rpartition(' ')[2]}" in do("check", path, *asked)
    assert "甲 赵一" in do("result", path, *asked, code=1)
    assert "不能封存" in do("close", path, *asked, code=1)
    assert new in do("result", path, *asked, "--replace")
    do("explain", path, *asked, "--id", "甲")
    do("slips", path, *asked, "--out", tmp_path / "单")
    assert f"{seal} 已封存" in do("close", path, *asked)
    assert "一分不差" in do("verify", path)
    put(path, score[0], {score[1]: 60})
    do("verify", path, *asked)
    assert "已封存" in do("result", path, *asked, "--replace", code=1)
    assert "没有试算" in do("result", path, *asked, "--draft", code=2)
    do("reopen", path, *asked, "--reason", "得分改正")
    do("result", path, *asked, "--replace")
    assert "与上次封存相比" in do("close", path, *asked)


def test_an_output_by_year_may_have_sheets_of_its_own(tmp_path: Path) -> None:
    path = book(tmp_path)
    assert run("result", path, "--of", "年度系数表", "--period", "2016")[0] == 0
    sheet = read(path).sheet("年度系数表_2016")
    assert sheet is not None
    assert "2016年度系数表" in sheet.rows[0], "said once, not 2016年年度系数表"
    assert run("close", path, "--of", "年度系数表", "--period", "2016")[0] == 0
    assert run("verify", path)[0] == 0


def test_a_form_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = book(tmp_path)
    made = openpyxl.load_workbook(path)
    del made["半年评价表"], made["年度考核表"]
    made.save(path)
    for asked, sheet, title, when in ((HALF, "半年评价表", "2016年下半年评价表", "2016H2"),
                                      (YEAR, "年度考核表", "2016年度考核表", "2016")):
        code, out, err = run("result", path, *asked)
        assert code == 0, out + err
        found = read(path).sheet(sheet)
        assert found is not None
        assert found.rows[0][0] == title
        assert [row[0] for row in found.rows if row[1] in ("甲", "乙", "丙")] == [when] * 3


@pytest.mark.parametrize(("reads", "closed"), [("上年等级", False), ("执行等级", True)])
def test_a_form_that_closed_months_read_is_not_rewritten(reads: str, closed: bool, tmp_path: Path) -> None:
    """The allowance by last year's grade does not look at this year's form; the one by this year's does."""
    page = tmp_path / "policies" / "appraised.md"
    text = page.read_text("utf-8").replace("[上年等级] 若 有值(上年等级)", f"[{reads}] 若 有值({reads})")
    first = next(line for line in text.split("\n") if "输出 月度津贴" in line)
    page.write_text(text.replace(first + "\n", "").replace("## 二\n", f"## 二\n\n{first}\n", 1), "utf-8")
    loader.load.cache_clear()
    path, month = book(tmp_path, years=YEARS[1:]), ("--of", "月度津贴", "--period", "2016-12")
    assert run("result", path, *YEAR)[0] == 0
    assert run("result", path, *month)[0] == 0
    assert run("close", path, *month)[0] == 0
    put(path, "年度评分", {"C2": 60})
    code, out, _ = run("result", path, *YEAR, "--replace")
    assert (code, "月度津贴 2016-12 已封存，这一年的考核不能重写" in out) == (int(closed), closed), out


# -- broken input, one per message ------------------------------------------------------------------------------------

def without(rows: list[list[Any]], *numbers: int) -> list[list[Any]]:
    return [row for n, row in enumerate(rows) if n not in numbers]


@pytest.mark.parametrize(("halves", "years", "asked", "says"), [
    ([*HALVES, ["上半年", "丙", 60, 60]], None, HALF, ("“上半年”不能读作半年（没有写年份）", "A7")),
    ([*HALVES, ["2016", "丙", 60, 60]], None, HALF, ("没有写上半年还是下半年", "A7")),
    (None, [*YEARS, ["2016-2017", "丙", 60]], YEAR, ("跨两年，分不清是哪一年", "A6")),
    (None, [*YEARS, [None, "丙", 60]], YEAR, ("「年度」是空的", "A6")),
    ([*HALVES, ["2016H2", "甲", 60, 60]], None, HALF, ("甲 赵一：2016H2 有 2 行（B4、B7）", "B7")),
    (None, [*YEARS, ["2016", "乙", 60]], YEAR, ("乙 钱二：2016 有 2 行（B4、B6）", "B6")),
    (without(HALVES, 3), None, HALF, ("乙 钱二：没有 2016H2 的行", "")),
    (None, without(YEARS, 2), YEAR, ("乙 钱二：没有 2016 的行", "")),
    (without(HALVES, 2, 3, 4), None, HALF, ("2016H2 还没有新建：半年评分里没有这半年的行", "")),
    (None, [YEARS[0]], YEAR, ("2016 还没有新建：年度评分里没有这一年的行", "")),
    ([*HALVES[:4], ["2016H2", "丙", 95, None]], None, HALF, ("丙 孙三：「工作态度」是空的", "D6")),
    ([*HALVES[:4], ["2016H2", "丙", 100, 50]], None, HALF, ("丙 孙三：业绩满分，态度却不到 60 分", "D6")),
    (None, [*YEARS[:3], ["2016", "丙", 101]], YEAR, ("应在 0 到 100 之间", "C5")),
    (None, [*YEARS, ["2016", "丁", 60]], YEAR, ("没有工号 丁", "B6")),
], ids=lambda one: one[0][:20] if isinstance(one, tuple) and len(one) == 2 else "")
def test_what_is_wrong_is_said(halves: list[list[Any]] | None, years: list[list[Any]] | None, asked: tuple[str, ...],
                               says: tuple[str, str], tmp_path: Path) -> None:
    path = book(tmp_path, halves, years)
    for command in ("result", "check"):
        code, found = run_json(command, path, *asked)
        assert code == 1, found
        errors = [problem for problem in found["problems"] if problem["level"] == "error"]
        assert [(says[0] in one["text"], one["cell"]) for one in errors].count((True, says[1])) == 1, errors
        assert all(one["do"] for one in errors)


def test_the_command_in_the_message_makes_the_rows(tmp_path: Path) -> None:
    path = book(tmp_path, halves=HALVES[:2], years=[])
    for asked, last in ((HALF, "2016-12"), (YEAR, "2016-12")):
        assert f"xl-kpi month {path} --month {last}" in run("result", path, *asked)[1].replace('"', "")
    assert run("month", path, "--month", "2016-12")[0] == 0
    assert [row[:2] for row in rows_of(path, "半年评分")[2:]] == [
        ["2016年下半年", "甲"], ["2016年下半年", "乙"], ["2016年下半年", "丙"]]
    assert [row[:2] for row in rows_of(path, "年度评分")] == [["2016", "甲"], ["2016", "乙"], ["2016", "丙"]]
    assert rows_of(path, "半年评价表") == rows_of(path, "年度考核表") == [], "forms get theirs from their output"
    assert "已经齐了" in run("month", path, "--month", "2016-12")[1]


def test_rows_that_no_month_can_get_any_more(tmp_path: Path) -> None:
    """Of closed months 新建月份 makes nothing: the message names another one, or says that the rows are HR's to add."""
    from xl_kpi.tables.reading import Closed

    path = book(tmp_path, halves=HALVES[:2])
    for closed, do in (((24203,), "先新建月份 2016-11（补上这半年的行），再填数据"),
                       (range(24198, 24204), "一人一行，补上这半年的行，再填数据")):
        opened = Opened.file(path)
        opened.tables.closed = Closed(closed)
        output = opened.policy.outputs["半年评价"]
        with pytest.raises(Refusal) as refused:
            job.result(opened.parameters, opened.tables, output, Half.of(2016, 2))
        said = [one for one in refused.value.problems if "还没有新建" in one.text]
        assert [one.do for one in said] == [do]
        assert ("2016-11" in said[0].command) == (len(closed) == 1)


def test_no_draft_of_a_form_is_offered(tmp_path: Path) -> None:
    path = book(tmp_path, years=YEARS[:2])
    assert "试算" not in run("result", path, *YEAR)[1]
    assert "试算" in run("result", path, "--of", "年度系数表", "--period", "2016")[1]


def test_who_joins_later_gets_a_row_in_a_later_month(tmp_path: Path) -> None:
    path = book(tmp_path, halves=[], years=[["2016", "甲", None]])
    assert run("month", path, "--month", "2016-01")[0] == 0
    assert [row[1] for row in rows_of(path, "半年评分")] == ["甲", "乙"]
    assert [row[1] for row in rows_of(path, "年度评分")] == ["甲", "乙", "丙"], "in 2016 at its end"
    assert run("month", path, "--month", "2016-08")[0] == 0
    assert [row[:2] for row in rows_of(path, "半年评分")[2:]] == [["2016H2", "甲"], ["2016H2", "乙"], ["2016H2", "丙"]]
    assert len(rows_of(path, "年度评分")) == 3


def test_somebody_who_had_left_is_told(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, "花名册", {"D3": "2016-05-31"})
    found = run_json("check", path, *HALF)[1]
    said = [(one["level"], one["cell"]) for one in found["problems"]
            if "2016H2 不在册（离职日期 2016-05-31）" in one["text"]]
    assert said == [("warning", "B5")]
    assert not [one for one in found["problems"] if "2016H1" in one["text"]], "only of the period asked for"


def test_a_share_among_points(tmp_path: Path) -> None:
    """0.85 for 85 in a table by year."""
    found = run_json("check", book(tmp_path, years=[*YEARS[:3], ["2016", "丙", 0.85]]), *YEAR)[1]
    assert [one["cell"] for one in found["problems"] if "这一列的其他数都在 1 以上" in one["text"]] == ["C5"]


def test_many_times_last_year(tmp_path: Path) -> None:
    """The checks of what is usual compare with the same person's period before, whatever its grain."""
    page = tmp_path / "policies" / "appraised.md"
    text = page.read_text("utf-8").replace("      离职 离职日期", "      离职 离职日期\n      总分 部门评分")
    page.write_text(text, "utf-8")
    loader.load.cache_clear()
    path = book(tmp_path, years=[["2015", "甲", 80], ["2016", "甲", 8], ["2016", "乙", 70], ["2016", "丙", 85]])
    said = [one["text"] for one in run_json("check", path, *YEAR)[1]["problems"] if one["cell"] == "C3"]
    assert said == ["甲 赵一：「部门评分」是 8.00，上年是 80.00，差得太多"]


def test_copied_from_the_half_year_before(tmp_path: Path) -> None:
    halves = [[half, who, 80 + k, 70 + k] for half in ("2016H1", "2016H2") for k, who in enumerate("甲乙丙")]
    path = book(tmp_path, halves)
    put(path, "花名册", {"C4": "2014-03-01"})
    problems = run_json("check", path, *HALF)[1]["problems"]
    said = [(one["text"], one["do"]) for one in problems if "一个不差" in one["text"]]
    assert said == [("2016H2 的分数与 2016H1 的一个不差（3 人）",
                     "核对是不是复制了上个半年的，还没有改；确实相同的不用改")]


MIXED = """---
编号: appraised
---
# 一张表里几种期间的行，一年一条的记录

## 一

    表 花名册
      工号 工号 必填
      姓名 姓名 必填
    表 测评（期间，是）
      月测 分 每月
      季测 分 每季
      半年测 分 每半年
      年测 分 每年
    表 课题（逐次，每年，可无）
      得奖 元 必填
    每年：月测平均 分 = 各月(月测，本年，平均)
    每年：得奖合计 元 = 合计(课题，得奖)
    每年：测评分 分 = 月测平均 + 各季平均 + 半年平均 + 年测
    每年：各季平均 分 = 各期(季测，本年，平均)
    每年：半年平均 分 = 各期(半年测，本年，平均)
    输出 年度结果（每年，是）：测评分 得奖合计
    函数 年度分「测评分」 分（每年） = 测评分
      月测平均 分 → 月测平均
      各季平均 分 → 各季平均
      半年平均 分 → 半年平均
      年测 分 → 年测
"""


def mixed(folder: Path, *more: list[Any]) -> Path:
    (folder / "policies" / "appraised.md").write_text(MIXED, "utf-8")
    loader.load.cache_clear()
    path = folder / "测评2016.xlsx"
    made = openpyxl.Workbook()
    made.remove(made.active)
    rows = [[f"2016-{n:02}", "甲", 60 + n] for n in range(1, 13)] + [
        [f"2016Q{n}", "甲", None, 10 * n] for n in range(1, 5)] + [
        ["2016年上半年", "甲", None, None, 3], ["2016H2", "甲", None, None, 5], [2016, "甲", None, None, None, 7]]
    for name, content in {
            "参数": [["参数", "键", "值"], ["policy", None, "appraised"]], "花名册": [["工号", "姓名"], ["甲", "赵一"]],
            "测评": [["期间", "工号", "月测", "季测", "半年测", "年测"], *rows, *more],
            "课题": [["年度", "工号", "得奖"], ["2016", "甲", 100], ["2016年", "甲", 50], ["2015", "甲", 7]]}.items():
        sheet = made.create_sheet(name)
        for row in content:
            sheet.append(row)
    made.save(path)
    return path


def test_rows_of_several_grains_in_one_table(tmp_path: Path) -> None:
    """66.5 of months, 25 of quarters, 4 of halves, 7 of the year."""
    code, found = run_json("result", mixed(tmp_path), "--of", "年度结果", "--period", "2016")
    assert code == 0, found
    assert [(line["测评分"], line["得奖合计"]) for line in found["lines"]] == [("102.50", "150.00")]


@pytest.mark.parametrize(("row", "says", "do"), [
    (["2015", "甲", 60], "「月测」填在 2015 的行里，但它按月份读取，这一格用不到", "填到期间是月份的行里，这里清空"),
    (["2015H1", "甲", None, None, None, 6], "「年测」填在 2015H1 的行里，但它按年份读取，这一格用不到",
     "填到期间是年份的行里，这里清空"),
    (["2015年", "甲", None, None, 6], "「半年测」填在 2015 的行里，但它按半年读取，这一格用不到",
     "填到期间是半年的行里，这里清空"),
    (["16", "甲", 60], "不能读作月份、季度、半年或年份",
     "写成 2016-11、2016年11月（月份），2016Q4、2016年第4季度（季度），2016H2、2016年下半年（半年），"
     "2016、2016年（年份）"),
], ids=["month", "year", "half", "none"])
def test_a_cell_in_the_row_of_another_grain(row: list[Any], says: str, do: str, tmp_path: Path) -> None:
    found = run_json("check", mixed(tmp_path, row))[1]
    assert [one["do"] for one in found["problems"] if says in one["text"]] == [do]


def test_the_first_month_brings_the_rows_of_longer_periods(tmp_path: Path) -> None:
    path = mixed(tmp_path)
    for month, wanted in (("2017-01", ["2017", "2017H1", "2017Q1", "2017-01"]), ("2017-02", ["2017-02"]),
                          ("2017-07", ["2017H2", "2017Q3", "2017-07"])):
        before = len(rows_of(path, "测评"))
        assert run("month", path, "--month", month)[0] == 0
        assert [str(row[0]).removesuffix(".0") for row in rows_of(path, "测评")[before:]] == wanted


def test_a_function_of_a_year(tmp_path: Path) -> None:
    from xl_kpi.functions import Refused
    from xl_kpi.functions.context import context_of
    from xl_kpi.functions.rows import RowFunction

    mixed(tmp_path)
    policy = loader.load("appraised")
    params: Any = [["参数", "键", "值"], ["policy", None, "appraised"]]
    one = RowFunction(policy, policy.functions["年度分"])
    given: dict[str, Any] = {"月测平均": [[60.0]], "各季平均": [[20.0]], "半年平均": [[5.0]], "年测": [[1.5]]}
    for when in ("2016", 2016.0, "2016年度", "2016H2", "2016-11"):
        assert one.answers(given, context_of(params, when)).values == [86.5]
    with pytest.raises(Refused, match="“上半年”不能读作月份、季度、半年或年份（没有写年份）"):
        context_of(params, "上半年")
    with pytest.raises(Refused, match="「月份」是 2016：这个函数按半年，要写一个半年，如 2016H1"):
        context_of(params, "2016").period("half")


def test_a_closed_month_does_not_hide_what_is_wrong_in_its_year(tmp_path: Path) -> None:
    """The year goes on until its last month is closed: a name that contradicts the 工号 is still an error."""
    path = book(tmp_path, years=[["2016", "甲", 90], ["2016", "乙", 70], ["2016", "丙", 85]])
    made = openpyxl.load_workbook(path)
    made["年度评分"]["D1"] = "姓名"
    made["年度评分"]["D3"] = "钱三"
    made.save(path)
    code, found = run_json("result", path, *YEAR)
    assert code == 1
    assert [one["cell"] for one in found["problems"] if "与花名册的不同" in one["text"]] == ["D3"]


# -- the standard workbook, the next year -----------------------------------------------------------------------------

def test_the_standard_workbook(tmp_path: Path) -> None:
    path = tmp_path / "新2016.xlsx"
    assert run("new", path, "--policy", "appraised")[0] == 0
    made = openpyxl.load_workbook(path)
    lists = {}
    for name in ("半年评分", "年度评分", "半年评价表", "年度考核表"):
        sheet = made[name]
        heading = next(row for row in sheet.iter_rows() if row[0].value in ("半年", "年度"))[0]
        assert sheet.column_dimensions["A"].width > 8
        lists[name] = next(rule.formula1 for rule in sheet.data_validations.dataValidation
                           if rule.type == "list" and str(rule.sqref).startswith(f"A{heading.row + 1}"))
    assert lists == {"半年评分": '"2016H1,2016H2"', "年度评分": '"2016"', "半年评价表": '"2016H1,2016H2"',
                     "年度考核表": '"2016"'}
    texts = [str(cell) for row in made["使用说明"].iter_rows(values_only=True) for cell in row if cell]
    assert any("半年写成 2016H2，年度写成 2016" in text for text in texts)
    assert any(text == "不用填，评价、考核时由程序填写。" for text in texts), "what is grey on the forms"
    assert "半年结束后：填这半年的数据" in texts
    assert "年底：填这一年的数据" in texts
    assert Opened.file(path).tables.readings["年度评分"].heading >= 0


def test_the_next_year_takes_over_what_it_looks_back_to(tmp_path: Path) -> None:
    """上年评分 of 2017 is of 2016; the half-years of 2016 are looked at by none of the first quarter of 2017."""
    path = book(tmp_path)
    assert run("result", path, *YEAR)[0] == 0
    new = tmp_path / "考核2017.xlsx"
    assert run("new", new, "--from", path)[0] == 0
    rows = {name: [row[:2] for row in read(new).sheet(name).rows if row[1] in ("甲", "乙", "丙")]
            for name in ("年度评分", "年度考核表")}
    assert rows["年度评分"] == [["2016", "甲"], ["2016", "乙"], ["2016", "丙"]]
    assert rows["年度考核表"] == [["2016", "甲"], ["2016", "乙"], ["2016", "丙"]]


def test_it_is_described(tmp_path: Path) -> None:
    code, out, _ = run("policy", "appraised")
    assert code == 0
    assert "半年评分" in out
    assert "年度评分" in out
