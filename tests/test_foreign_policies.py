"""The two policies with pay that came after the first: every command, live formulas, forced distribution."""

from __future__ import annotations

import random
import re
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.cased import read_cases, write_book
from tests.command import run, run_json
from tests.office import Office
from xl_kpi.period import count_months
from xl_kpi.policy.load import FOLDER, load, load_file
from xl_kpi.rules.base import PolicyError

IDS = ["s001-b-110-points", "s004-3-litong"]


@pytest.fixture
def book(tmp_path: Path) -> Any:
    def make(case: dict[str, Any], policy_id: str) -> Path:
        write_book(case, load(policy_id), tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"
    return make


# -- the commands -----------------------------------------------------------------------------------------------------

BUSY = {
    "s001-b-110-points": {
        "考核台账": [{"工号": 101, "事项": "J3主动代班", "次数": 3}, {"工号": 102, "事项": "S1旷工", "次数": 2},
                     {"工号": 103, "事项": "L4迟到早退", "每次分数": 3.5}, {"工号": 201, "事项": "J4额外工作"}],
        "其他项目": [{"工号": 101, "项目": "加班费", "金额": 120.55, "计入": "应发"},
                     {"工号": 102, "项目": "社保", "金额": 310.2, "计入": "扣款"}],
        "月度考核": {104: {"额外奖惩": -2.5, "奖惩原因": "排班出错"}}},
    "s004-3-litong": {
        "花名册": {101: {"总工资": 3333.35}},
        "月度考核": {101: {"考核得分": 97}, 102: {"考核得分": 55}, 201: {"考核得分": 66.6667}},
        "考勤": {103: {"连续缺勤天数": 35}},
        "奖惩记录": [{"工号": 104, "事项": "阻挠申诉"}, {"工号": 101, "事项": "大功"}],
        "其他项目": [{"工号": 101, "项目": "加班费", "金额": 120.55, "计入": "应发"},
                     {"工号": 102, "项目": "罚款", "金额": 50, "计入": "扣款"}]},
}
# The columns that are live on the sheet: those of a rule over the row's own cells, and the sums.
LIVE = {"s001-b-110-points": {"月度得分", "浮动工资", "应发合计", "扣款合计", "实发合计"},
        "s004-3-litong": {"基本工资", "绩效定额", "绩效得分", "绩效工资", "应发合计", "扣款合计", "实发合计"}}


def busy(policy_id: str) -> dict[str, Any]:
    return {**read_cases(policy_id)[0], "考核台账": [], **BUSY[policy_id]}


@pytest.mark.parametrize("policy_id", IDS)
def test_every_command(policy_id: str, book: Any, tmp_path: Path) -> None:
    path = book(busy(policy_id), policy_id)
    assert run("check", path, "--month", "2016-11")[0] == 0
    code, out, _ = run("payroll", path, "--month", "2016-11", "-o", tmp_path / "out.xlsx")
    assert code == 0, out
    code, said, _ = run("explain", path, "--month", "2016-11", "--id", "101")
    assert code == 0, said
    assert "101" in said
    assert "102" not in said
    assert run("policy", policy_id)[0] == 0
    assert run_json("policy", policy_id)[1]["id"] == policy_id
    for command in ("review", "check"):
        code, out, err = run(command, path, "--quarter", "2016Q4")
        assert (code, out) == (2, "")
        assert load(policy_id).title in err


@pytest.mark.parametrize("policy_id", IDS)
def test_live_formulas(policy_id: str, book: Any, tmp_path: Path, office: Office) -> None:
    """What the spreadsheet program computes is what the engine computed."""
    path, out = book(busy(policy_id), policy_id), tmp_path / "out.xlsx"
    assert run("payroll", path, "--month", "2016-11", "-o", out)[0] == 0
    _, result = run_json("payroll", path, "--month", "2016-11")
    sheet = openpyxl.load_workbook(out)["工资表_2016-11"]
    rows = list(sheet.iter_rows())
    at = next(r for r, row in enumerate(rows) if any(cell.value == "工号" for cell in row))
    headings = [str(cell.value).replace("\n", "") for cell in rows[at]]
    lines = rows[at + 1:at + 1 + len(result["lines"])]
    live = {headings[cell.column - 1] for row in lines for cell in row if cell.data_type == "f"}
    assert live == LIVE[policy_id]
    computed = office.recalculated(out)["工资表_2016-11"]
    for row, line in zip(lines, result["lines"], strict=True):
        for cell in row:
            if cell.data_type == "f":
                value = float(line[headings[cell.column - 1]])
                assert computed[cell.row - 1, cell.column - 1] == pytest.approx(value, abs=1e-6), cell.value


# -- what the foreign policies brought along --------------------------------------------------------------------------

def forced(scores: dict[str, Decimal], places: dict[str, int]) -> dict[str, str]:
    """Grades of one department in plain Python: from the top, then from the bottom, people with one score together."""
    left, grades = dict(scores), dict.fromkeys(scores, "c")
    for order, best in ((("a", "b"), True), (("e", "d"), False)):
        for grade in order:
            room = places[grade]
            while left:
                score = (max if best else min)(left.values())
                same = [person for person in left if left[person] == score]
                if len(same) > room:
                    break
                room -= len(same)
                for person in same:
                    grades[person] = grade
                    del left[person]
    return grades


@pytest.mark.parametrize("seed", range(12))
def test_forced_distribution_against_plain_python(seed: int, book: Any) -> None:
    chance = random.Random(seed)
    departments = {f"部门{n}": chance.randint(1, 45) for n in range(chance.randint(1, 4))}
    rounding = ("floor", "half_up", "ceil")[seed % 3]
    scores: dict[str, dict[str, Decimal]] = {
        name: {f"{name}{n:02}": Decimal(chance.randint(50, 50 + 3 * size)) for n in range(size)}
        for name, size in departments.items()}
    alike = next(case for case in read_cases("s004-3-litong") if case["组"] == "同分")
    case = {**alike, "只有增加": True, "增加": {},
            "读法": {"distribution": "forced", "dist_rounding": rounding},
            "花名册": {person: {"部门": name} for name, people in scores.items() for person in people},
            "月度考核": {p: {"考核得分": min(float(s), 100)} for people in scores.values() for p, s in people.items()},
            "考勤": {p: {} for people in scores.values() for p in people}, "参数": {}, "人事变动": []}
    expected = {}
    for name, people in scores.items():
        how = {"floor": ROUND_FLOOR, "half_up": ROUND_HALF_UP, "ceil": ROUND_CEILING}[rounding]
        places = {grade: int((Decimal(departments[name]) * share / 100).quantize(Decimal(1), how))
                  for grade, share in (("a", 5), ("b", 15), ("d", 10), ("e", 5))}
        expected |= forced({p: min(s, Decimal(100)) for p, s in people.items()}, places)
    code, result = run_json("payroll", book(case, "s004-3-litong"), "--month", "2016-11")
    assert code == 0, result
    assert {line["工号"]: line["等级"] for line in result["lines"]} == expected


@pytest.mark.parametrize(("old", "new", "said"), [
    ("c=其余，d=名额(等级名额[d])", "c=名额(等级名额[c])，d=名额(等级名额[d])", "要有一级写 …=其余"),
    ("a=a级名额，b=b级名额，c", "a=部门，b=b级名额，c", "分等(…) 的“a=” 应是数，部门 是文字"),
    ("a=a级名额，b=其余", "a=a级名额，b=其余，b=b级名额", "要有一级写 …=其余"),
    ("：考核得分 加分 扣分", "：考核分 加分 扣分", "没有叫 考核分 的量或列"),
])
def test_broken_pages(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = (FOLDER / "s004-3-litong.md").read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / "s004-3-litong.md").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(PolicyError, match=re.escape(said)):
        load_file(tmp_path / "s004-3-litong.md")


@pytest.mark.parametrize(("first", "last", "touched", "full"), [
    ("2016-01-15", "2016-02-14", 2, 1), ("2016-01-15", "2016-02-13", 2, 0), ("2016-01-31", "2016-02-29", 2, 1),
    ("2016-01-31", "2016-02-28", 2, 0), ("2015-12-31", "2016-12-30", 13, 12), ("2016-09-01", "2016-10-31", 2, 2),
    ("2016-09-02", "2016-10-31", 2, 1), ("2016-09-02", "2016-09-01", 0, 0), ("2016-09-02", "2016-08-31", 0, 0),
    ("2016-09-02", "2016-09-02", 1, 0),
])
def test_months_between_days(first: str, last: str, touched: int, full: int) -> None:
    days = [np.array([date.fromisoformat(day).toordinal()]) for day in (first, last)]
    assert [int(count_months(*days, full=f)[0]) for f in (False, True)] == [touched, full]
