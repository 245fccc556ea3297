"""`xl-kpi calendar`: who owes what by when, and the calendar file of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cased import fill_book
from tests.command import run, run_json
from xl_kpi.actions.deadlines import Due, Dues, dues, ics
from xl_kpi.calendar_cn import STATED
from xl_kpi.commands.calendar import _rules
from xl_kpi.period import Month, Quarter, Year
from xl_kpi.policy.compiled import Deadline
from xl_kpi.policy.load import ids, load

PAGE = """---
编号: 期限例
用: 人
---
# 期限例

## 一 —— 期限

    表 花名册 —— 一人一行。
      分数 分
    参数 公布日 日期；可空 —— 结果公布的日期
    参数 几天 天 —— 由公司定
    期限 评分（每月，从=顺延(月末 + 1)） = 顺延(月末 + 5) —— 主管评分
    期限 评审（每季） = 季初 + 9 —— 评审小组评审
    期限 年终（每年） = 年末 —— 人力资源部归档
    期限 申诉（每月） = 公布日 + 3 若 默认(公布日，月初) > 月末 且 公布日 < 月后(月初，2)；不适用 —— 员工申诉
    输出 表（每月，当月在册）：分数
"""
DATED = "    期限 公司定（每月） = 月末 + 几天 —— 公司定的\n    输出"


def page(folder: Path, text: str = PAGE.replace("    参数 几天 天 —— 由公司定\n", "")) -> Path:
    (file := folder / "期限例.md").write_text(text, "utf-8")
    return file


def asked(policy_id: str, *more: str | Path) -> dict[str, str]:
    code, found = run_json("calendar", policy_id, *more)
    assert code == 0, found
    return {f"{due['title']} {due['period']}": due["day"] for due in found["deadlines"]}


def test_what_is_due_in_a_month_whatever_it_is_about() -> None:
    assert asked("bozhen-2016", "--month", "2016-12") == {"月度数据 2016-11": "2016-12-03"}
    assert asked("bozhen-2016", "--month", "2017-01") == {
        "月度数据 2016-12": "2017-01-03", "技能测评 2017Q1": "2017-01-05", "评审 2017Q1": "2017-01-10"}
    assert asked("bozhen-2016", "--month", "2016-11") == {}, "the policy is not in force in October"
    assert list(asked("bozhen-2016", "--period", "2017Q1")) == [
        "月度数据 2016-12", "技能测评 2017Q1", "评审 2017Q1", "月度数据 2017-01", "月度数据 2017-02"], "by day"


def test_for_people(tmp_path: Path) -> None:
    code, out, _ = run("calendar", str(page(tmp_path)), "--month", "2016-10")
    assert code == 0
    assert "2016-10-08 周六" in out
    assert "主管评分" in out
    assert "2016年9月" in out
    assert "2016年第4季度" in out
    assert "还不知道哪一天的" in out
    assert "员工申诉" in out
    code, out, _ = run("calendar", "s000-g-mgmt-charter", "--month", "2016-10")
    assert (code, "没有写明哪一天以前做什么" in out) == (0, True)
    code, out, _ = run("calendar", "bozhen-2016", "--month", "2016-10")
    assert (code, out.splitlines()[1]) == (0, "这一期没有到期的")
    assert "【期限】" in run("policy", "bozhen-2016")[1]


def test_a_year_whose_holidays_are_not_known(tmp_path: Path) -> None:
    """It is told where it matters, and only there."""
    last = max(STATED.covered_years())
    assert asked(str(page(tmp_path)), "--month", f"{last}-12").keys() == {f"评分 {last}-11", f"年终 {last}"}
    code, out, _ = run("calendar", str(page(tmp_path)), "--month", f"{last + 1}-01")
    assert code == 1
    assert out.count(f"节假日历没有 {last + 1} 年的放假安排") == 1
    assert f"{last + 1}-01-10" in out, "the others are told all the same"
    out_file = tmp_path / "a.ics"
    assert run("calendar", str(page(tmp_path)), "--month", f"{last + 1}-01", "-o", str(out_file))[0] == 1
    assert not out_file.exists()


def test_a_parameter_that_is_missing(tmp_path: Path) -> None:
    code, out, _ = run("calendar", str(page(tmp_path, PAGE.replace("    输出", DATED))), "--month", "2016-12")
    assert code == 1
    assert "缺参数：几天没有值" in out
    assert "主管评分" in out


def test_by_the_parameters_and_readings_of_a_workbook(tmp_path: Path) -> None:
    book, policy = tmp_path / "a.xlsx", "s004-3-litong"
    assert run("new", str(book), "--policy", policy)[0] == 0
    case = {"底子": {"花名册": {}}, "参数": {"publish.date": dt.date(2016, 12, 9)}, "读法": {"due_5": "next"}}
    fill_book(case, load(policy), book)
    found = asked("s004-3-litong", str(book), "--month", "2016-12")
    assert found == {"部门考核表 2016-11": "2016-12-05", "申诉 2016-11": "2016-12-14", "处理申诉 2016-11": "2016-12-21"}
    assert run("calendar", "s004-3-litong", str(book), "--month", "2016-12", "-o", str(tmp_path / "a.txt"))[0] == 2
    code, _, err = run("calendar", "bozhen-2016", str(book), "--month", "2016-12")
    assert code == 2
    assert "用的制度是 s004-3-litong" in err


def test_the_calendar_file(tmp_path: Path) -> None:
    """RFC 5545: CRLF, lines of 75 octets at most, the same each time, days that end on the next."""
    out = tmp_path / "期限.ics"
    for _ in range(2):
        assert run("calendar", str(page(tmp_path)), "--period", "2016Q4", "-o", str(out))[0] == 0
        data = out.read_bytes()
    lines = data.decode().split("\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == len(lines) - 1
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = data.decode().replace("\r\n ", "")
    assert unfolded.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    assert unfolded.endswith("END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert unfolded.count("BEGIN:VEVENT") == 5
    uids = [line for line in unfolded.split("\r\n") if line.startswith("UID:")]
    assert len(set(uids)) == 5
    assert "DTSTART;VALUE=DATE:20161101\r\nDTEND;VALUE=DATE:20161108\r\n" in unfolded
    assert "DTSTAMP:20161107T000000Z" in unfolded


@given(st.text(max_size=200))
def test_any_text_in_a_calendar_file(text: str) -> None:
    policy = load("bozhen-2016")
    one = policy.deadlines["月度数据"]
    task = "".join(sign for sign in text if sign.isprintable() or sign == "\n")
    due = Due("a", Deadline("甲", "一", "month", None, one.day, task or "x", "", None, None), Month.of(2016, 11),
              dt.date(2016, 12, 3), None)
    data = ics(policy, Dues([due]))
    lines = data.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    found = next(line for line in data.decode().replace("\r\n ", "").split("\r\n") if line.startswith("DESCRIPTION:"))
    plain = found.removeprefix("DESCRIPTION:").replace("\\\\", "\0").replace("\\n", "\n").replace("\\,", ",").replace(
        "\\;", ";").replace("\0", "\\")
    assert plain.startswith(task or "x")


@pytest.mark.parametrize("policy_id", [one for one in ids() if load(one).deadlines])
def test_a_year_is_its_months(policy_id: str) -> None:
    """What is due in a year is due in one of its months; a month's are in the order of their days."""
    import argparse

    policy, parameters, _ = _rules(argparse.Namespace(id=policy_id, book=None))
    whole = {(due.name, due.period, due.day) for due in dues(policy, parameters, Year(2017)).dues}
    months = [dues(policy, parameters, Month.of(2017, n)).dues for n in range(1, 13)]
    assert whole == {(due.name, due.period, due.day) for found in months for due in found}
    assert all(found == sorted(found, key=lambda due: due.day) for found in months)
    assert {d.day for d in dues(policy, parameters, Quarter.of(2017, 1)).dues} <= {day for _, _, day in whole}
