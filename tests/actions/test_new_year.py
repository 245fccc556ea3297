"""``new BOOK --from OLD``: the next year goes on where the last one ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xl_kpi.workbooks import standard

from tests.books import demo_book, put, rows_of, sheet_of
from tests.command import run, run_json
from tests.share import some
from xl_kpi.actions.carry import looked_at
from xl_kpi.opened import Opened
from xl_kpi.parameters import read_parameters
from xl_kpi.period import Quarter
from xl_kpi.policy.load import load
from xl_kpi.policy.model import DAY
from xl_kpi.workbook.file import read

JANUARY = "2017-01"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The demo company at the end of its year, with a January typed in already."""
    return _january(demo_book(tmp_path))


def _january(file: Path) -> Path:
    assert run("month", file, "--month", JANUARY)[0] == 0
    book = openpyxl.load_workbook(file)
    for name, heading, value in (("月度考核_客服代表", "得分", 88), ("月度考核_客服领班", "得分", 91),
                                 ("技能考核", "打字速度", 75)):
        page = book[name]
        heads = next(row for row in page.iter_rows(max_row=5) if any(c.value == "工号" for c in row))
        at = {c.value: c.column for c in heads}
        for row in range(heads[0].row + 1, page.max_row + 1):
            if str(page.cell(row, 1).value) in (JANUARY, "2017Q1") and not (
                    name == "技能考核" and page.cell(row, 1).value == JANUARY):
                page.cell(row, at[heading]).value = value - row % 7
    page = book["其他项目"]
    page.append([JANUARY, "005", None, "加班费", 33.3, "应发"])
    book.save(file)
    return file


def results(file: Path) -> tuple[Any, Any]:
    code, stars = run_json("review", file, "--quarter", "2017Q1")
    assert code == 0, stars
    assert run("review", file, "--quarter", "2017Q1")[0] == 0
    code, pay = run_json("payroll", file, "--month", JANUARY)
    assert code == 0, [p for p in pay["problems"] if p["level"] == "error"]
    return stars["reviews"], pay["lines"]


def test_the_first_month_is_what_it_would_have_been(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "客服部2017.xlsx"
    code, out, _ = run("new", new, "--from", old)
    assert code == 0
    assert "花名册：带过来" in out
    was, now = results(old), results(new)
    assert was == now
    assert len(now[1]) == 43


def test_the_rows_are_those_that_the_rules_read(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "客服部2017.xlsx"
    before = old.read_bytes()
    run("new", new, "--from", old)
    assert old.read_bytes() == before
    needed = looked_at(Opened.file(old), Quarter.of(2017, 1))
    assert {i - 2016 * 12 for grain, i in needed["考勤"] if grain == "month"} == {9, 10, 11, 12, 13, 14}
    months = {row[0] for row in sheet_of(new, "考勤").rows[3:]}
    assert months == {"2016-10", "2016-11", "2016-12", JANUARY}
    assert {row[0] for row in sheet_of(new, "其他项目").rows[3:]} == {"2016-11", "2016-12", JANUARY}
    roster = sheet_of(new, "花名册")
    assert len(roster.rows) == len(sheet_of(old, "花名册").rows)
    assert roster.rows[3:] == sheet_of(old, "花名册").rows[3:]


def test_who_left_long_ago_is_not_taken_over(old: Path, tmp_path: Path) -> None:
    roster = sheet_of(old, "花名册")
    row, = rows_of(roster, 工号="005")
    put(old, "花名册", {f"H{row + 1}": "2016-07-31"})
    book = openpyxl.load_workbook(old)
    book["人事变动"].append(["005", None, dt.datetime(2016, 7, 1), "职级", "初级", "中级"])
    book.save(old)
    new = tmp_path / "客服部2017.xlsx"
    run("new", new, "--from", old)
    for name in ("花名册", "人事变动"):
        assert not rows_of(sheet_of(new, name), 工号="005"), name
        assert rows_of(sheet_of(old, name), 工号="005"), name


def test_parameters_in_force_and_later(old: Path, tmp_path: Path) -> None:
    """Of a parameter with dates: what counts from the first month carried over, and whatever comes later."""
    page = openpyxl.load_workbook(old)
    sheet = page["参数"]
    heads = [c.value for c in sheet[3]]
    for value, day in ((210, "2016-02-01"), (220, "2016-06-01"), (230, "2016-12-01"), (240, "2017-05-01")):
        sheet.append([{"参数": "全勤奖", "值": value, "生效日期": day}.get(h) for h in heads])
    at = heads.index("参数") + 1, heads.index("值") + 1
    for row in range(4, sheet.max_row + 1):
        if sheet.cell(row, at[0]).value == "rep.probation_rate":
            sheet.cell(row, at[1]).value, sheet.cell(row, at[1]).number_format = 0.905, "0.0%"
        if sheet.cell(row, at[0]).value == "reading.no_score":
            sheet.cell(row, at[1]).value = "按 0 分"
    page.save(old)
    new = tmp_path / "客服部2017.xlsx"
    assert run("new", new, "--from", old)[0] == 0
    was, now = Opened.file(old), Opened.file(new)
    dated = [row[heads.index("值")] for row in sheet_of(new, "参数").rows
             if row[heads.index("参数")] == "full_attendance_bonus"]
    assert dated == [220, 230, 240]
    for month in range(2016 * 12 + 7, 2017 * 12 + 12):
        for place in was.parameters.settings.values:
            one, other = (opened.parameters.settings.at(*place, month) for opened in (now, was))
            assert one == other, (place, month)
    assert now.parameters.settings.readings == was.parameters.settings.readings
    assert not [p for p in now.parameters.problems if p.level == "error"]


def test_columns_of_ones_own_and_items_that_are_columns(old: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(old)
    roster = book["花名册"]
    roster.cell(3, 12).value = "身份证后六位"
    roster.cell(3, 13).value = "生日"
    roster.cell(3, 14).value = "工龄"
    for row in range(4, roster.max_row + 1):
        roster.cell(row, 12).value = f"{row:06}"
        roster.cell(row, 13).value = dt.datetime(1990, 1, row % 28 + 1)
        roster.cell(row, 14).value = f"=YEAR(NOW())-YEAR(F{row})"
    wide = book["月度项目"]
    wide["D4"], wide["H4"], wide["C9"] = "餐补（元）", "住宿费", None
    for row in range(5, wide.max_row + 1):
        wide.cell(row, 4).value, wide.cell(row, 8).value = 100 + row, 7.5
    book.save(old)
    new = tmp_path / "客服部2017.xlsx"
    code, out, _ = run("new", new, "--from", old)
    assert code == 0
    assert "公式只带来了算好的值：花名册“工龄”" in out
    heads = [c for c in sheet_of(new, "花名册").rows[2] if c]
    assert heads[-3:] == ["身份证后六位", "生日", "工龄"]
    first = sheet_of(new, "花名册").rows[3]
    assert first[heads.index("身份证后六位")] == "000004"
    assert first[heads.index("生日")] == dt.date(1990, 1, 5)
    page = openpyxl.load_workbook(new)["月度项目"]
    assert [page[at].value for at in ("D3", "D4", "H3", "H4")] == ["应发", "餐补（元）", "扣款", "住宿费"]
    assert page["D5"].value == 105
    assert results(old) == results(new)


def test_columns_of_ones_own_on_the_other_sheets(old: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(old)
    page = book["参数"]
    width = page.max_column
    page.cell(3, width + 1).value, page.cell(3, width + 2).value = "批准人", "批准日期"
    for row in range(4, page.max_row + 1):
        page.cell(row, width + 1).value = f"第 {row} 号"
        page.cell(row, width + 2).value = dt.datetime(2016, 3, row % 28 + 1)
    changes = book["人事变动"]
    changes.cell(3, changes.max_column + 1).value = "批文"
    changes.cell(4, changes.max_column).value = "人发〔2016〕3 号"
    book.save(old)
    new = tmp_path / "客服部2017.xlsx"
    assert run("new", new, "--from", old)[0] == 0
    was, now = (sheet_of(file, "参数") for file in (old, new))
    for sheet in (was, now):
        assert sheet.rows[2][width:width + 2] == ["批准人", "批准日期"]
    by_name = {(row[9], row[1]): row for row in was.rows[3:]}
    heads = now.rows[2].index("参数"), now.rows[2].index("键")
    for row in now.rows[3:]:
        assert row[width:width + 2] == by_name[row[heads[0]], row[heads[1]]][width:width + 2]
    changed = sheet_of(new, "人事变动")
    assert changed.rows[2][-1] == "批文"
    assert changed.rows[3][-1] == "人发〔2016〕3 号"
    assert not [p for p in Opened.file(new).parameters.problems if p.level == "error"]


def test_what_stays_behind_is_said(old: Path, tmp_path: Path) -> None:
    assert run("review", old, "--quarter", "2017Q1")[0] == 0
    assert run("payroll", old, "--month", JANUARY)[0] == 0
    book = openpyxl.load_workbook(old)
    book.create_sheet("食堂")
    book.create_sheet("银行").sheet_state = "hidden"
    book.save(old)
    code, out, _ = run("new", tmp_path / "客服部2017.xlsx", "--from", old)
    assert code == 0
    assert "没有带过来的工作表（自己加的）：食堂、银行（隐藏的）；还要用的，复制到新的工作簿里" in out
    assert "结果表，还有批注和颜色都留在" in out


def test_january_says_where_december_is(old: Path, tmp_path: Path) -> None:
    """汇总 cannot compare with a month of the year before: it says why, and where that month is."""
    new = tmp_path / "客服部2017.xlsx"
    run("new", new, "--from", old)
    results(new)
    assert run("payroll", new, "--month", JANUARY)[0] == 0
    texts = [str(value) for row in sheet_of(new, f"汇总_{JANUARY}").rows for value in row if value is not None]
    said, = (text for text in texts if "不能比较" in text)
    assert "它在上一年的工作簿里的，见那里的 工资表_2016-12 和 汇总_2016-12" in said


def test_what_cannot_be_read_is_not_lost(old: Path, tmp_path: Path) -> None:
    """An error value or a text in a cell that is read stays an error in the new workbook."""
    sheet = sheet_of(old, "考勤")
    row, = rows_of(sheet, 月份="2016-12", 工号="005")
    book = openpyxl.load_workbook(old)
    book["考勤"].cell(row + 1, 4).value = "#N/A"
    book["考勤"].cell(row + 1, 5).value = "两三次"
    book.save(old)
    new = tmp_path / "客服部2017.xlsx"
    run("new", new, "--from", old)
    code, said = run_json("check", new)
    assert code == 1
    assert {p["text"].split("「")[1].split("」")[0] for p in said["problems"] if p["level"] == "error"} == {
        "迟到次数", "早退次数"}


def test_which_year(old: Path, tmp_path: Path) -> None:
    code, out, _ = run("new", tmp_path / "明年.xlsx", "--from", old)
    assert code == 0
    assert "2017 年" in out
    nameless = old.rename(tmp_path / "去年.xlsx")
    code, _, err = run("new", tmp_path / "今年.xlsx", "--from", nameless)
    assert code == 2
    assert "--year 2017" in err
    assert run("new", tmp_path / "今年.xlsx", "--from", nameless, "--year", "2017")[0] == 0
    assert run("new", tmp_path / "x2017.xlsx", "--from", nameless, "--policy", "s004-3-litong")[0] == 2
    assert run("new", tmp_path / "今年.xlsx", "--from", nameless)[0] == 2, "is there already"
    assert run("new", tmp_path / "y2017.xlsx", "--from", tmp_path / "没有.xlsx")[0] == 2


@pytest.mark.parametrize("policy", some())
def test_every_policy(policy: str, tmp_path: Path) -> None:
    old, new = tmp_path / "旧2026.xlsx", tmp_path / "新2027.xlsx"
    run("new", old, "--policy", policy)
    assert run("new", new, "--from", old)[0] == 0
    assert Opened.file(new).policy.id == policy
    assert Opened.file(new).parameters.settings.values == Opened.file(old).parameters.settings.values


@pytest.mark.parametrize("policy_id", some())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_new_writes_reads_back(policy_id: str, tmp_path: Path, data: st.DataObject) -> None:
    """Every value that a policy states, whatever it be: 0.5 % is not refused as half a share."""
    policy = load(policy_id)
    policy = replace(policy, parameters=dict(policy.parameters))
    wanted: dict[Any, Fraction] = {}
    for name, parameter in policy.parameters.items():
        places = {"元": 2, "元/月": 2, "元/分": 2, "次": 0, "人": 0, "级": 0}.get(parameter.unit, 4)
        numbers = st.one_of(st.decimals(0, 1, places=places), st.decimals(0, 100, places=places))
        drawn = st.dates(dt.date(2016, 1, 1), dt.date(2026, 12, 31)).map(str) if parameter.unit == DAY else (
            numbers.map(lambda number: f"{number:f}"))
        given = {str(key): data.draw(drawn) for key in parameter.keys or [""]}
        policy.parameters[name] = parameter.model_copy(update={
            "stated": given if parameter.keys else given[""], "source": "制度"})
        wanted |= {(name, key): parameter.number(given["" if key is None else str(key)])
                   for key in parameter.keys or [None]}
    file = tmp_path / "新2026.xlsx"
    file.write_bytes(standard.as_bytes(policy, year=2026))
    found = read_parameters(read(file), policy)
    assert not [p for problems in found.bad.values() for p in problems]
    assert {place: found.settings.values[place][-1].value for place in wanted} == wanted
