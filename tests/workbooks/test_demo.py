"""The demo company against the oracle: the document's examples, and every mark of the policy on somebody."""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from xl_kpi.workbooks import demo, parameter_rows

from tests.oracle import bozhen as oracle
from xl_kpi.policy.load import load
from xl_kpi.results import Result

READINGS_AND_POLICY = ("reading.", "policy")


def department() -> dict[str, list[dict[str, Any]]]:
    """The demo company as the oracle takes it: no blanks but None, percent numbers, four decimals, real dates."""
    headings = {table.sheet: [column.heading for column in table.columns]
                for table in load(demo.POLICY).sheets.values()}
    headings["参数"] = [look.heading for look in parameter_rows.LOOKS]
    result = {
        sheet: [{heading: as_read(heading, row.get(heading)) for heading in headings[sheet]} for row in rows]
        for sheet, rows in demo.rows(load(demo.POLICY)).items()
    }
    # The readings are all at their defaults, by label; the oracle takes ids.
    result["参数"] = [row for row in result["参数"] if not row["参数"].startswith(READINGS_AND_POLICY)]
    return result


def as_read(heading: str, value: Any) -> Any:
    if value == "":
        return None
    if heading == "日期" and isinstance(value, str):
        return dt.datetime.strptime(value, "%Y年%m月%d日").date()
    if isinstance(value, str) and heading.endswith("次数"):
        return int(value)       # full-width digits
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Decimal):
        value = value * 100 if heading == "服务满意度" else value
        return value.quantize(Decimal("0.0001"), ROUND_HALF_UP) if heading == "得分" else value
    return value


@pytest.fixture(scope="module")
def company() -> dict[str, Any]:
    """The department after its review, the stars on the forms."""
    data = department()
    data["_review"] = review = oracle.review(data, demo.QUARTER)
    for line in review["reviews"]:
        form = data[oracle.STAR_FORM[line["岗位"]]]
        row = next((row for row in form if row["工号"] == line["工号"]), None)
        if row is None:
            form.append(row := dict.fromkeys(form[0]) | {"季度": demo.QUARTER, "工号": line["工号"]})
        row["评定星级"] = line["评定星级"]
    return data


def lines(company: dict[str, Any], month: str) -> dict[str, dict[str, Any]]:
    return {line["工号"]: line for line in oracle.payroll(company, month)["lines"]}


def test_the_documents_examples(company: dict[str, Any]) -> None:
    december = lines(company, "2016-12")
    assert december["005"]["实发合计"] == december["005"]["应发合计"] == "3220.00"
    assert december["001"]["实发合计"] == december["001"]["应发合计"] == "4700.00"
    stars = {line["工号"]: line for line in company["_review"]["reviews"]}
    for number, star, full in (("006", 3, True), ("007", 1, False)):
        expected = {"综合分值": "90.00", "技能成绩": "75.00", "出勤达标": full, "评定星级": star}
        assert stars[number].items() >= expected.items()


def test_every_star_and_status_is_there(company: dict[str, Any]) -> None:
    paid = [*lines(company, "2016-11").values(), *lines(company, "2016-12").values()]
    stars = {(line["岗位"], line["执行星级"]) for line in paid if "执行星级" in line}
    assert stars >= {(demo.REP, star) for star in range(6)} | {(demo.LEAD, star) for star in range(4)}
    assert {(line["岗位"], line["状态"]) for line in paid} == {
        (post, status) for post in (demo.REP, demo.LEAD) for status in ("试用", "转正当月", "正式")
    }


def test_every_mark_is_on_somebody(company: dict[str, Any]) -> None:
    marks = {code for _, code in company["_review"]["marks"]}
    for month in ("2016-11", "2016-12"):
        marks |= {code for _, code in oracle.payroll(company, month)["marks"]}
    assert marks >= {
        "无技能成绩", "综合分值缺月", "五星名额外", "转正三星", "转正前成绩不足三个月", "可辞退", "违纪0星",
        "服务明星并列", "效能之星并列", "获奖者0星", "低于最低工资",
    }


@pytest.mark.parametrize(("month", "number", "expected"), [
    ("2016-11", "001", {"评定星级": 2, "执行星级": 1}),
    ("2016-11", "002", {"评定星级": 2, "执行星级": 1}),
    ("2016-12", "002", {"评定星级": 2, "执行星级": 3}),
    ("2016-11", "003", {"评定星级": 3, "执行星级": 0}),
    ("2016-11", "004", {"岗位": demo.LEAD, "评定星级": 2, "执行星级": 1}),
    ("2016-12", "004", {"执行星级": 3}),
    ("2016-11", "008", {"服务明星": "200.00", "效能之星": "200.00", "一次性奖励": "300.00"}),
    ("2016-11", "009", {"执行星级": 0, "进步之星": "200.00"}),
    ("2016-12", "012", {"评定星级": 4, "执行星级": 5, "一次性奖励": "300.00", "效能之星": "200.00"}),
    ("2016-11", "015", {"评定星级": 3}),
    ("2016-11", "018", {"评定星级": 2, "执行星级": 3}),
    ("2016-12", "018", {"评定星级": 2, "执行星级": 2}),
    ("2016-12", "019", {"评定星级": 3, "执行星级": 4, "扣款合计": "236.80"}),
    ("2016-12", "020", {"月度得分": "98.50", "服务明星": "0.00"}),
    ("2016-12", "021", {"服务明星": "200.00"}),
    ("2016-11", "023", {"岗位工资": "1800.00", "全勤": False}),
    ("2016-12", "023", {"岗位工资": "2000.00"}),
    ("2016-11", "024", {"岗位工资": "2150.00"}),
    ("2016-11", "025", {"班组": "二组"}),
    ("2016-11", "026", {"执行星级": 3}),
    ("2016-12", "026", {"执行星级": 0}),
    ("2016-12", "028", {"执行星级": 0, "进步之星": "200.00"}),
    ("2016-11", "029", {"执行星级": 0}),
    ("2016-11", "030", {"执行星级": 3, "全勤": True}),
    ("2016-12", "030", {"执行星级": 0}),
    ("2016-12", "031", {"评定星级": 3, "执行星级": 3}),
    ("2016-11", "032", {"评定星级": 4, "执行星级": 0}),
    ("2016-12", "032", {"执行星级": 4}),
    ("2016-11", "034", {"月度得分": "98.50", "服务明星": "0.00"}),
    ("2016-12", "035", {"评定星级": 3, "执行星级": 0}),
    ("2016-12", "037", {"月度得分": "0.00", "应发合计": "1800.00"}),
    ("2016-11", "040", {"月度得分": "78.00", "计薪得分": "80.00"}),
    ("2016-12", "040", {"状态": "转正当月", "执行星级": 2}),
    ("2016-12", "042", {"月度得分": "68.00", "计薪得分": "70.00", "计发比例": "90.00"}),
    ("2016-12", "044", {"状态": "转正当月", "执行星级": 3, "计发比例": "100.00"}),
    ("2016-12", "045", {"状态": "正式", "执行星级": 3}),
])
def test_who_shows_what(company: dict[str, Any], month: str, number: str, expected: dict[str, Any]) -> None:
    line = lines(company, month)[number]
    assert {heading: line[heading] for heading in expected} == expected


def test_one_five_star_place(company: dict[str, Any]) -> None:
    assert oracle.five_star_places(company, demo.QUARTER) == 1
    stars = {line["工号"]: line["评定星级"] for line in company["_review"]["reviews"]}
    assert (stars["008"], stars["017"]) == (5, 4)
    assert len({person.number for person in demo.PEOPLE}) == len(demo.PEOPLE) == 46
    assert [person.number for person in demo.PEOPLE if person.name == "张敏"] == ["006", "015"]


def test_transfers_end_at_the_roster() -> None:
    newest = {(number, item): new for number, _, item, _, new, _ in sorted(demo.CHANGES, key=lambda change: change[1])}
    roster = {row["工号"]: row for row in demo.rows(load(demo.POLICY))["花名册"]}
    for (number, item), new in newest.items():
        assert str(roster[number][item]) == new
    for person in demo.PEOPLE:
        assert set(person.was) == {item for number, item in newest if number == person.number}


@pytest.mark.parametrize("score", ["0", "0.5", "58", "84.5", "99.5", "100"])
def test_points_add_up(score: str) -> None:
    for post, points in demo.POINTS.items():
        for turn in range(7):
            got = demo.split(Decimal(score), points, turn)
            assert sum(got.values()) == Decimal(score), post
            assert all(0 <= got[heading] <= most for heading, most in points.items())


def test_points_are_the_parameters() -> None:
    for role, post in (("rep", demo.REP), ("lead", demo.LEAD)):
        assert demo.PARAMETERS[f"{role}.indicator_points"] == {k: str(v) for k, v in demo.POINTS[post].items()}


def test_every_parameter_has_a_value() -> None:
    rows = demo.rows(load(demo.POLICY))["参数"]
    assert not [row for row in rows if row["值"] in (None, "")]
    assert {row["参数"] for row in rows} >= set(demo.PARAMETERS)


def test_same_data_same_bytes(tmp_path: Path) -> None:
    demo.build(tmp_path / "a.xlsx")
    demo.build(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_review_fills_the_forms(tmp_path: Path) -> None:
    review = Result("review", demo.QUARTER, demo.POLICY, "", [], [
        {"工号": "015", "岗位": demo.REP, "综合分值": Decimal(83), "出勤达标": True, "技能成绩": Decimal(62),
         "评定星级": 2, "备注": ""},
        {"工号": "001", "岗位": demo.LEAD, "综合分值": Decimal("85.63"), "评定星级": 2, "备注": ""},
    ])
    rows = demo.rows(load(demo.POLICY), review)
    [rep] = rows["季度星级_客服代表"]
    assert (rep["工号"], rep["评定星级"], rep["确认星级"], rep["出勤达标"]) == ("015", 2, 3, True)
    assert [row["工号"] for row in rows["季度星级_客服领班"]] == ["001", "004"]
    demo.build(tmp_path / "demo.xlsx", review)
    assert "是".encode() in zipfile.ZipFile(tmp_path / "demo.xlsx").read("xl/sharedStrings.xml")


def test_the_demo_again_keeps_what_somebody_did_in_it(tmp_path: Path) -> None:
    from tests.books import put
    from tests.command import run

    book = tmp_path / demo.BOOK
    assert run("demo", tmp_path)[0] == 0
    first = book.read_bytes()
    assert run("demo", tmp_path)[0] == 0
    assert book.read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([demo.BOOK, f"工资表_{demo.MONTH}.xlsx"])
    put(book, "花名册", {"B4": "改过的名字"})
    edited = book.read_bytes()
    assert run("demo", tmp_path)[0] == 0
    assert book.read_bytes() == first
    copy, = (tmp_path / "xl-kpi备份").iterdir()
    assert copy.read_bytes() == edited
