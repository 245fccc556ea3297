"""Attendance exports as the systems write them → counts and hours: the table of ``imports.yaml``, then the workbook."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml

from tests.books import demo_book
from tests.forms import attendance_exports as build
from xl_kpi.actions.importing import Imported, Questions, read
from xl_kpi.forms.foreign import open_form
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.problems import Refusal

MONTH = Month.parse("2017-01")
CASES = yaml.safe_load(Path(__file__).with_name("imports.yaml").read_text("utf-8"))
PEOPLE = 40


@cache
def opened() -> Opened:
    return Opened.file(demo_book(Path(mkdtemp(prefix="xl-kpi-test-"))))


def people(count: int = PEOPLE) -> list[build.Person]:
    facts = opened().tables.facts
    return list(zip(facts.ids, facts.names, strict=True))[:count]


def built(case: dict[str, Any], folder: Path) -> Path:
    """The export of a case."""
    days = {(who, int(day)): text for key, text in case.get("格", {}).items() for who, day in [key.split(" ")]}
    sums = {(who, what): value for key, value in case.get("合计", {}).items() for who, what in [key.split(" ")]}
    staff = people(case.get("人", PEOPLE))
    kind = case["导出"]
    path = folder / f"{kind}.xlsx"
    if kind == "钉钉月度汇总":
        more = {"leaves": case["假别"]} if "假别" in case else {}
        return build.dingtalk(path, staff, MONTH, days, sums, **more)
    if kind == "企业微信月报":
        names = [name for _, name in staff]
        alike = {number: number for number, name in staff if names.count(name) > 1} if "账号" not in case else {}
        return build.wecom(path, staff, MONTH, days, sums, alike)
    if kind == "考勤表":
        return build.ticks(path, staff, MONTH, days, case.get("图例", ()), case.get("半天", False),
                           sign=case.get("平日", "√"))
    if kind == "钉钉每日统计":
        approved = {(key.split(" ")[0], int(key.split(" ")[1])): text for key, text in case.get("审批", {}).items()}
        return build.daily(path, staff, MONTH, days, approved)
    if kind == "刷卡记录表":
        return build.card_reader(path, staff, MONTH, days)
    if "全部" in case:
        days = {(who, day.day): case["全部"] for who, _ in staff for day in build.days_of(MONTH)} | days
    return build.punches(path, staff, MONTH, days, kind == "打卡记录", case.get("班次列", ""))


def imported(case: dict[str, Any], folder: Path) -> Imported:
    answers = {str(key): str(answer) for key, answer in case.get("答", {}).items()}
    return read(opened(), MONTH, [open_form(built(case, folder))], answers)


@pytest.mark.parametrize("case", CASES, ids=[case["名"] for case in CASES])
def test_an_export_comes_to(case: dict[str, Any], tmp_path: Path) -> None:
    if "问" in case:
        with pytest.raises(Questions) as refused:
            imported(case, tmp_path)
        assert [one.key for one in refused.value.open] == case["问"]
        assert len(refused.value.problems) == len(case["问"])
        return
    if "拒" in case:
        with pytest.raises(Refusal) as wrong:
            imported(case, tmp_path)
        assert case["拒"] in "\n".join(problem.text for problem in wrong.value.problems)
        return
    found = imported(case, tmp_path)
    names = {one.heading: one.name for one in found.wanted}
    wanted = {f"{person:03}" if isinstance(person, int) else person: row for person, row in case["得"].items()}
    for person, columns in wanted.items():
        row = found.rows[person]
        assert {heading: row[names[heading]] for heading in columns} == {
            heading: None if value == "待查" else Fraction(str(value)) for heading, value in columns.items()}
    if "没填" in case:
        assert found.said[1] == f"导出里没有、没有填的列：{'、'.join(case['没填'])}"
    # nobody else has anything
    others = [value for person, row in found.rows.items() if person not in wanted for value in row.values()]
    assert not any(others)
    assert all(value is not None for value in others)
