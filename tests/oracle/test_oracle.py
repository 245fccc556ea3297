"""The oracle itself: the worked examples of the document, laws that hold whatever the rules, random departments."""

from __future__ import annotations

import copy
import random
from datetime import date
from decimal import Decimal
from fractions import Fraction

import openpyxl
import pytest

from tests.departments import HEADINGS, base_department, case_department, random_department, write_book
from tests.oracle import bozhen

MONEY = ("岗位工资", "全勤奖", "绩效工资", "服务明星", "进步之星", "效能之星", "一次性奖励")
SEEDS = 300


def pay(case: dict, month: str = "2016-11") -> dict[str, dict]:
    result = bozhen.payroll(case_department(case | {"月份": month}), month)
    return {line["工号"]: line for line in result["lines"]}


def rate(case: dict, quarter: str = "2016Q4") -> dict[str, dict]:
    return {r["工号"]: r for r in bozhen.review(case_department(case | {"季度": quarter}), quarter)["reviews"]}


# -------------------------------------------------------------------------- TV-U: written in the document


def test_tv_u_01_rep_3220() -> None:
    line = pay({})["101"]
    assert (line["绩效工资"], line["全勤奖"], line["应发合计"]) == ("1020.00", "200.00", "3220.00")


def test_tv_u_02_lead_4700() -> None:
    line = pay({"星级": {"901": "2"}})["901"]
    assert (line["绩效工资"], line["全勤奖"], line["应发合计"]) == ("1700.00", "200.00", "4700.00")


def test_tv_u_03_and_04_stars() -> None:
    stars = rate({"考勤": {"101": {"2016-07": {"迟到次数": "1"}}}})
    assert stars["101"]["综合分值"] == stars["102"]["综合分值"] == "90.00"
    assert stars["101"]["技能成绩"] == stars["102"]["技能成绩"] == "75.00"
    assert (stars["101"]["评定星级"], stars["102"]["评定星级"]) == (1, 3)


# --------------------------------------------------------- DV-U: per reading (the others stand in the YAML)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"病假次数": 1, "调休次数": 2}, "no yes yes yes"),  # DV-U-11
        ({"调休次数": 3}, "yes yes yes yes"),  # DV-U-12
        ({"调休次数": 4}, "no no no yes"),
        ({"迟到次数": 1}, "no no no yes"),  # DV-U-13
        ({"事假次数": 2, "调休次数": 2}, "no no yes yes"),  # DV-U-14
    ],
)
def test_dv_u_11_to_14_full_attendance(counts: dict, expected: str) -> None:
    for way, full in zip(bozhen.READINGS["full_attendance"], expected.split(), strict=True):
        department = base_department()
        department["参数"].append({"参数": "reading.full_attendance", "键": None, "值": way})
        row = {c: Fraction(counts.get(c, 0)) for c in bozhen.COUNTS}
        assert bozhen.is_full(department, row, "2016-11") == (full == "yes"), way


@pytest.mark.parametrize(("people", "floor", "half_up", "ceil"), [(40, 2, 2, 2), (30, 1, 2, 2), (10, 0, 1, 1)])
def test_dv_u_15_places(people: int, floor: int, half_up: int, ceil: int) -> None:
    for way, places in (("floor", floor), ("half_up", half_up), ("ceil", ceil)):
        department = case_department({"增加代表": str(people - 8), "读法": {"quota_rounding": way}})
        assert bozhen.five_star_places(department, "2016Q4") == places


def test_dv_u_10_ladder() -> None:
    """5 月违纪、6 月再违纪 of the document, moved to August and September."""
    for way, zero_months in (("second", "08 09 10 11"), ("next", "08 09 10 11 12")):
        department = case_department({"奖惩": ["2016-08-03 101 违反制度", "2016-09-03 101 违反制度"]})
        department["参数"].append({"参数": "reading.penalty_from", "键": None, "值": way})
        person = next(p for p in department["花名册"] if p["工号"] == "101")
        months = [f"{n:02d}" for n in range(7, 13) if bozhen.penalty(department, person, f"2016-{n:02d}")[0]]
        assert months == zero_months.split()


# ---------------------------------------------------------------------------------------------- arithmetic


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("0.0049999", 2, "0"), ("2.5", 0, "3"), ("1.5", 0, "2")],
)
def test_half_up(value: str, digits: int, expected: str) -> None:
    assert bozhen.half_up(Fraction(value), digits) == Fraction(expected)


def test_number_has_two_to_four_decimals() -> None:
    values = [bozhen.number(Fraction(x)) for x in ("88", "88.5", "88.125", "1000/11", "-1/8")]
    assert values == ["88.00", "88.50", "88.125", "90.9091", "-0.125"]


def test_workdays_of_a_year() -> None:
    """Make-up days and bridging days cancel out: workdays = days - weekend days - the 11 holidays."""
    for year in (2016, 2017):
        days = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())]
        assert sum(map(bozhen.is_statutory_holiday, days)) == 11
        weekends = sum(day.weekday() >= 5 for day in days)
        assert sum(map(bozhen.is_workday, days)) == len(days) - weekends - 11
    with pytest.raises(bozhen.MustRefuse):
        bozhen.is_workday(date(2027, 1, 4))


# ------------------------------------------------------------------------------------- random departments


@pytest.mark.parametrize("block", range(6))
def test_random_departments_are_valid(block: int) -> None:
    for seed in range(block * SEEDS // 6, (block + 1) * SEEDS // 6):
        department = random_department(random.Random(seed))
        before = copy.deepcopy(department)
        for quarter in ("2016Q4", "2017Q1"):
            result = bozhen.review(department, quarter)
            assert len({r["工号"] for r in result["reviews"]}) == len(result["reviews"])
        for month in ("2016-11", "2016-12"):
            check_laws(department, bozhen.payroll(department, month))
        assert department == before


def check_laws(department: dict, result: dict) -> None:
    """What holds whatever the rules say."""
    lines, totals = result["lines"], result["totals"]
    assert totals["人数"] == len(lines)
    assert [line["序号"] for line in lines] == list(range(1, len(lines) + 1))
    order = [p["工号"] for p in department["花名册"]]
    assert [line["工号"] for line in lines] == [n for n in order if n in {line["工号"] for line in lines}]
    items = {r["项目"]: r["计入"] for r in department["其他项目"] if r["月份"] == result["month"]}
    for column, total in totals.items():
        if column != "人数":
            assert sum(Decimal(line.get(column, "0")) for line in lines) == Decimal(total)
    for line in lines:
        gross = sum(Decimal(line.get(c, "0")) for c in MONEY)
        gross += sum(Decimal(line[item]) for item, side in items.items() if side == "应发")
        minus = sum((Decimal(line[item]) for item, side in items.items() if side == "扣款"), Decimal(0))
        assert gross == Decimal(line["应发合计"])
        assert minus == Decimal(line["扣款合计"])
        assert gross - minus == Decimal(line["实发合计"])
        assert (line["状态"] == "试用") == ("执行星级" not in line) == ("评定星级" not in line)
        assert ("服务明星" in line) == ("一次性奖励" in line) == (line["岗位"] == "客服代表")
        if line["岗位"] == "客服领班" and "执行星级" in line:
            assert line["执行星级"] <= 4
    for award in ("服务明星", "进步之星", "效能之星"):
        assert sum(Decimal(line.get(award, "0")) > 0 for line in lines) <= 1


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_order_of_rows_is_irrelevant(seed: int) -> None:
    rng = random.Random(seed)
    department = random_department(random.Random(seed))
    shuffled = {name: list(rows) if isinstance(rows, list) else rows for name, rows in department.items()}
    for name in HEADINGS:
        rng.shuffle(shuffled[name])

    def by_number(rows: list[dict]) -> dict:
        return {row["工号"]: {k: v for k, v in row.items() if k != "序号"} for row in rows}

    for quarter in ("2016Q4", "2017Q1"):
        one, other = bozhen.review(department, quarter), bozhen.review(shuffled, quarter)
        assert by_number(one["reviews"]) == by_number(other["reviews"])
        assert one["marks"] == other["marks"]
    one, other = bozhen.payroll(department, "2016-12"), bozhen.payroll(shuffled, "2016-12")
    assert by_number(one["lines"]) == by_number(other["lines"])
    assert (one["totals"], one["marks"]) == (other["totals"], other["marks"])


def test_random_departments_are_full_of_events() -> None:
    """The generator reaches what it is for; otherwise a differential test would be blind."""
    seen: set[str] = set()
    for seed in range(120):
        department = random_department(random.Random(seed))
        results = [bozhen.payroll(department, month) for month in ("2016-11", "2016-12")]
        reviews = [bozhen.review(department, quarter) for quarter in ("2016Q4", "2017Q1")]
        for result in results + reviews:
            seen |= {kind for _, kind in result["marks"]}
        for review in reviews:
            seen |= {f"{r['岗位']}{r['评定星级']}" for r in review["reviews"]}
        for line in (line for result in results for line in result["lines"]):
            seen.add(f"{line['岗位']}{line['状态']}")
            if Decimal(line.get("一次性奖励", "0")) > 0:
                seen.add("一次性奖励")
            if line.get("执行星级", 0) > line.get("评定星级", 0):
                seen.add(f"{line['岗位']}升")
    assert seen >= {
        *("综合分值缺月", "无技能成绩", "五星名额外", "违纪0星", "可辞退", "转正三星", "转正前成绩不足三个月"),
        *("无成绩按0分", "不满月", "服务明星并列", "进步之星并列", "效能之星并列", "获奖者0星", "低于最低工资"),
        *("试用低于法定比例", "一次性奖励", "客服代表升", "客服领班升"),
        *(f"客服代表{star}" for star in range(6)),
        *(f"客服领班{star}" for star in range(1, 5)),
        *(f"{post}{state}" for post in ("客服代表", "客服领班") for state in ("试用", "转正当月", "正式")),
    }


def test_people_without_post_changes() -> None:
    for seed in range(20):
        department = random_department(random.Random(seed), people=25, readings={}, post_changes=False)
        assert not any(r["项目"] == "岗位" for r in department["人事变动"])
        assert not any(r["参数"].startswith("reading.") for r in department["参数"])


@pytest.mark.parametrize("seed", range(8))
def test_write_book(tmp_path, seed: int) -> None:
    """What is written is what the department says, with the types of the contract."""
    department = random_department(random.Random(seed))
    path = tmp_path / "book.xlsx"
    write_book(department, path)
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows())
        top = 1 if department["_options"]["title_row"] else 0
        headings = [cell.value for cell in rows[top]]
        expected = department[sheet.title.partition("（")[0]]
        assert len(rows) - top - 1 == len(expected)
        for cells, row in zip(rows[top + 1 :], expected, strict=True):
            for heading, cell in zip(headings, cells, strict=True):
                value = row.get(heading)
                if isinstance(value, date):
                    assert cell.is_date
                    assert cell.value.date() == value
                elif value is None or isinstance(value, str):
                    assert cell.value == value
                elif cell.number_format == "0.00%":
                    assert Decimal(str(cell.value)) * 100 == value
                else:
                    assert Decimal(str(cell.value)) == value


def test_readings_notes_are_numbered() -> None:
    numbers = [note[1].split()[0] for note in bozhen.READING_NOTES]
    assert numbers == [f"N{n:02d}" for n in range(1, len(numbers) + 1)]
