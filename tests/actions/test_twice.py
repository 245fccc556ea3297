"""What is there already and says the same is left untouched, byte for byte: every command run a second time, on random
departments of every policy, with the oddest names that HR could give to people, teams and items."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cased import write_book as write_case
from tests.departments import random_department, write_book
from tests.sheets.sample import PAY
from tests.test_foreign_policies import BUSY, IDS, busy
from xl_kpi.actions.closing import close
from xl_kpi.actions.month import new_month
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.result import payroll, review
from xl_kpi.actions.sheet import differences
from xl_kpi.opened import Opened
from xl_kpi.period import Month, Quarter
from xl_kpi.policy.load import load
from xl_kpi.results import Result, ResultColumn
from xl_kpi.sheets.output import output_sheet
from xl_kpi.target import Target
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.file import read
from xl_kpi.workbook.render_xlsx import as_bytes

DEC, QUARTER = Month.of(2016, 12), Quarter(2016 * 4 + 3)
ODD = ["加 班 费", "加班费", "加班费（元）", "１００", "2016-11", "=1+1", "-", "_x0041_", "合计", "小计", "𠮷",
       "é", "é", "a\nb", " 前后 ", "'餐补", "制表", "实发", "岗位工资2", "#N/A", "TRUE", "汇总", "工号2", "备注2"]


def paid(opened: Opened, month: Month) -> Target:
    """The month's pay, as what is closed."""
    assert opened.policy.payroll
    return Target.of(opened.policy.payroll, month)


def odd(rng: random.Random, number: int) -> list[str]:
    return rng.sample(ODD, number)


def twice(path: Path, act: Callable[[Opened], Outcome]) -> Outcome:
    """Do it, write it, do it again: nothing is left to do."""
    raw = path.read_bytes()
    first = act(Opened.file(path))
    path.write_bytes(edited(raw, path.name, first.changes))
    again = act(Opened.file(path))
    assert not again.changes, [str(one) for one in again.said]
    return first


@pytest.mark.parametrize("seed", range(5))
def test_of_random_departments(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    department = random_department(rng, 14)
    fit = [name for name in ODD if name not in ("-", "#N/A")]       # a blank and an error, as texts
    teams = dict(zip(sorted({str(p["班组"]) for p in department["花名册"]}), rng.sample(fit, 9), strict=False))
    names = rng.sample(fit, len(fit))
    for n, person in enumerate(department["花名册"]):
        person["姓名"], person["班组"] = names[n % len(names)], teams[str(person["班组"])]
    for row in department["人事变动"]:
        if row["项目"] == "班组":
            row |= {"原值": teams.get(row["原值"], row["原值"]), "新值": teams.get(row["新值"], row["新值"])}
    for rows in department.values():
        for row in rows if isinstance(rows, list) else ():
            row.pop("姓名", None) if "岗位" not in row else None
    there = {row["工号"] for row in department["考勤"] if row["月份"] == str(DEC)}
    department["其他项目"] = [
        {"月份": str(DEC), "工号": number, "项目": item, "金额": Decimal(rng.randint(1, 99999)) / 100,
         "计入": "应发" if n % 2 else "扣款"}
        for n, item in enumerate(odd(rng, 8)) for number in rng.sample(sorted(there), 2)]
    path = tmp_path / "客服部2016.xlsx"
    write_book(department, path)
    assert twice(path, lambda opened: review(opened, QUARTER, replace=True)).result
    assert twice(path, lambda opened: payroll(opened, DEC, replace=True)).changes.sheets
    assert twice(path, lambda opened: close(opened, paid(opened, DEC))).changes.sheets
    twice(path, lambda opened: payroll(opened, DEC, replace=True))
    twice(path, lambda opened: new_month(opened, Month.of(2017, 1)))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("policy_id", IDS)
def test_of_other_policies(policy_id: str, seed: int, tmp_path: Path) -> None:
    rng, month = random.Random(seed), Month.of(2016, 11)
    case = busy(policy_id)
    items = BUSY[policy_id]["其他项目"]
    case["其他项目"] = [{**rng.choice(items), "工号": number, "项目": item} for item in odd(rng, 8)
                    for number in (101, 103)]
    sides: dict[str, str] = {}
    for row in case["其他项目"]:
        row["计入"] = sides.setdefault(row["项目"], row["计入"])
    path = tmp_path / "客服部2016.xlsx"
    write_case(case, load(policy_id), path)
    assert twice(path, lambda opened: payroll(opened, month, replace=True)).changes.sheets
    assert twice(path, lambda opened: close(opened, paid(opened, month))).changes.sheets
    twice(path, lambda opened: payroll(opened, month, replace=True))
    twice(path, lambda opened: new_month(opened, Month.of(2017, 1)))


def test_headings_that_read_alike(tmp_path: Path) -> None:
    """A policy's own 序号 and 签字, and items that differ by blanks only, beside the columns of the sheet."""
    headings = ["序号", "加班费", "加 班 费", "加班费\n", "签字"]
    columns = [ResultColumn("工号", "text"), *(ResultColumn(h, "money", total=True) for h in headings)]
    lines = [{"工号": f"{n:03}", **{h: Decimal(100 * n + at) for at, h in enumerate(headings)}} for n in range(1, 4)]
    totals = {h: sum(line[h] for line in lines) for h in headings}
    result = Result(PAY, "2016-12", "p", "制度", columns, lines, totals)
    path = tmp_path / "a.xlsx"
    path.write_bytes(as_bytes([output_sheet(result)]))
    sheet, = read(path).sheets
    assert differences(result, sheet) == []
    lines[1]["加 班 费"] = lines[2]["签字"] = Decimal(7)
    assert [(one.person, one.item, one.old, one.new) for one in differences(result, sheet)] == [
        ("002", "加 班 费", "202.00", "7.00"), ("003", "签字", "304.00", "7.00")]
