"""The foreign policies from the outside: by their TOML alone, workbook in, JSON and workbook out; against the tables of
cases in tests/cases."""

from __future__ import annotations

import collections
import copy
import random
import re
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import xlsxwriter
import yaml

from tests.command import run, run_json
from tests.office import Office
from xl_kpi.period import count_months
from xl_kpi.policy.compiled import Policy, Table
from xl_kpi.policy.load import FOLDER, load, load_file
from xl_kpi.rules.base import PolicyError

HERE = Path(__file__).parent / "cases"
# Every table of cases in this form; that of the policy in force is read by tests/test_bozhen.py.
CASED = sorted(path.stem for path in HERE.glob("*.yaml") if "底子" in yaml.safe_load(path.read_text("utf-8")))
IDS = ["s001-b-110-points", "s004-3-litong"]
MONTHS = ("2016-09", "2016-10", "2016-11")
KEYS = {"底子", "组", "名称", "条款", "月份", "季度", "读法", "参数", "没有工作表", "增加", "只有增加",
        "期望", "人数", "合计", "标记", "无标记", "提示", "无提示", "拒绝"}


def read_cases(policy_id: str) -> list[tuple[str, dict[str, Any]]]:
    """(policy, case): what a group says counts for its cases, what a case lacks is the base's."""
    content = yaml.safe_load((HERE / f"{policy_id}.yaml").read_text("utf-8"))
    found = []
    for group in content["组"]:
        common = {key: value for key, value in group.items() if key != "例"}
        for case in group["例"]:
            found.append((policy_id, {"底子": content["底子"], **common, **case}))
    return found


CASES = [one for policy_id in CASED for one in read_cases(policy_id)]


def month_of(case: dict[str, Any]) -> str:
    """The month of a case; of a quarter its last."""
    if quarter := case.get("季度"):
        return f"{quarter[:4]}-{3 * int(quarter[5]):02}"
    return str(case.get("月份", "2016-11"))


# -- the workbook of a case -------------------------------------------------------------------------------------------

def people_of(case: dict[str, Any]) -> dict[str, dict[str, Any]]:
    base = case["底子"]
    people = {} if case.get("只有增加") else {str(k): dict(v) for k, v in copy.deepcopy(base["花名册"]).items()}
    more = case.get("增加", {})
    for n in range(more.get("人数", 0)):
        people[f"X{n + 1:03}"] = {**base["新人"], **more.get("花名册", {})}
    for number, change in case.get("花名册", {}).items():
        if change == "无":
            people.pop(str(number))
        else:
            people[str(number)] = {**people.get(str(number), base["新人"]), **change}
    return people


def month_rows(case: dict[str, Any], table: Table, people: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a sheet by month and person."""
    base, given = case["底子"].get(table.sheet, {}), case.get(table.sheet, {})
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for month in MONTHS:
        for number in people:
            if "每人" in base or number in map(str, base):
                rows[month, number] = {**base.get("每人", {}), **base.get(int(number) if number.isdigit() else "", {})}
    more = case.get("增加", {})
    for n in range(more.get("人数", 0)):
        if any(c.heading == "考核得分" for c in table.columns):
            for month in MONTHS:
                rows[month, f"X{n + 1:03}"] = {"考核得分": more["考核得分"] - n * more["每人少"]}
    for number, change in given.items():
        dated = change if isinstance(change, dict) and any(re.fullmatch(r"\d{4}-\d\d", str(k)) for k in change) else {
            month_of(case): change}
        for month, values in dated.items():
            if values == "无":
                rows.pop((month, str(number)), None)
            else:
                rows[month, str(number)] = {**rows.get((month, str(number)), {}), **values}
    return [{"月份": month, "工号": number, **values} for (month, number), values in rows.items()]


def parameter_rows(case: dict[str, Any], policy: Policy) -> list[tuple[str, Any, Any]]:
    rows: list[tuple[str, Any, Any]] = [("policy", None, policy.id)]
    for name, value in {**case["底子"].get("参数", {}), **case.get("参数", {})}.items():
        known = name in policy.parameters
        identifier, key = (name, None) if known else name.rsplit(".", 1)
        rows.append((identifier, key, None if value == "空" else value))
    return rows + [(f"reading.{name}", None, value) for name, value in case.get("读法", {}).items()]


def write_book(case: dict[str, Any], policy: Policy, path: Path) -> None:
    """The workbook of a case: the sheets and headings are those that the policy declares."""
    people = people_of(case)
    sheets: dict[str, tuple[list[str], list[list[Any]]]] = {
        "参数": (["参数", "键", "值"], [list(row) for row in parameter_rows(case, policy)])}
    for table in policy.sheets.values():
        headings = [c.heading for c in table.columns]
        if table.grain == "roster":
            rows = [{"工号": number, "姓名": f"员工{number}", **values} for number, values in people.items()]
        elif table.grain == "month":
            rows = month_rows(case, table, people)
        else:
            rows = [{"日期": date.fromisoformat(f"{month_of(case)}-15"), "月份": month_of(case), **row}
                    for row in case.get(table.sheet, [])]
        unknown = {key for row in rows for key in row} - set(headings) - {"日期", "月份"}
        assert not unknown, f"{table.sheet} has no {unknown}"
        if table.sheet not in case.get("没有工作表", []):
            sheets[table.sheet] = headings, [[row.get(heading) for heading in headings] for row in rows]
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, (headings, table_rows) in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, headings)
        for r, row in enumerate(table_rows, 1):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)       # type: ignore[arg-type]
                elif headings[c] == "工号":
                    sheet.write_string(r, c, str(value))
                elif value not in (None, "空"):
                    sheet.write(r, c, value)
    book.close()


@pytest.fixture
def book(tmp_path: Path) -> Any:
    def make(case: dict[str, Any], policy_id: str) -> Path:
        write_book(case, load(policy_id), tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"
    return make


# -- the cases --------------------------------------------------------------------------------------------------------

def shown(value: Any) -> str:
    return {True: "是", False: "否", None: "无"}.get(value, value) if isinstance(value, bool | None) else str(value)


def differences(case: dict[str, Any], result: dict[str, Any]) -> list[str]:
    wrong = []
    lines = {line["工号"]: line for line in result.get("lines") or result["reviews"]}
    for number, expected in case.get("期望", {}).items():
        line = lines.get(str(number))
        if expected == "无" or line is None:
            if not (expected == "无" and line is None):
                wrong.append(f"{number}: {'has' if line else 'has no'} line")
            continue
        wrong += [f"{number} {heading}: {shown(line.get(heading))}, expected {value}"
                  for heading, value in expected.items() if shown(line.get(heading)) != value]
    for heading, counts in case.get("人数", {}).items():
        found = collections.Counter(line.get(heading) for line in lines.values())
        if found != counts:
            wrong.append(f"{heading}: {dict(found)}, expected {counts}")
    for heading, value in case.get("合计", {}).items():
        if result["totals"].get(heading) != value:
            wrong.append(f"合计 {heading}: {result['totals'].get(heading)}, expected {value}")
    for number, text in case.get("标记", {}).items():
        if text not in lines[str(number)].get("备注", ""):
            wrong.append(f"{number}: no mark {text} in {lines[str(number)].get('备注')!r}")
    for number, text in case.get("无标记", {}).items():
        if text in lines[str(number)].get("备注", ""):
            wrong.append(f"{number}: has mark {text}")
    said = "\n".join(p["text"] for p in result["problems"])
    wrong += [f"no notice {text} in {said}" for text in case.get("提示", []) if text not in said]
    wrong += [f"has notice {text}" for text in case.get("无提示", []) if text in said]
    return wrong


@pytest.mark.parametrize(("policy_id", "case"), CASES,
                         ids=[f"{policy_id}/{case['组']}/{case['名称']}" for policy_id, case in CASES])
def test_case(policy_id: str, case: dict[str, Any], book: Any) -> None:
    path = book(case, policy_id)
    code, result = (run_json("review", path, "--quarter", case["季度"]) if "季度" in case
                    else run_json("payroll", path, "--month", month_of(case)))
    if "拒绝" in case:
        assert code == 1, "should have been refused"
        said = [f"{p['sheet']} {p['cell']} {p['text']} {p['do']}" for p in result["problems"] if p["level"] == "error"]
        assert any(case["拒绝"] in text for text in said), said
        return
    assert code == 0, result["problems"]
    assert case["期望"]
    assert result["policy"] == policy_id
    assert differences(case, result) == []


@pytest.mark.parametrize("policy_id", CASED)
def test_the_table_of_cases_is_complete(policy_id: str) -> None:
    """Known keys, names used once, a case for every value of every reading and every vector of the inventory."""
    policy = load(policy_id)
    cases = [case for one, case in CASES if one == policy_id]
    sheets = {table.sheet for table in policy.tables.values()}
    assert set().union(*cases) <= KEYS | sheets
    names = [(case["组"], case["名称"]) for case in cases]
    assert len(set(names)) == len(names)
    chosen = {(name, value) for case in cases for name, value in case.get("读法", {}).items()}
    assert {(name, value) for name, reading in policy.readings.items() for value in reading.values} == chosen
    vectors = yaml.safe_load((HERE / f"{policy_id}.yaml").read_text("utf-8")).get("向量", [])      # of the inventory
    assert [v for v in vectors if not any(v in name for _, name in names)] == []


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
    return {**CASES[[one for one, _ in CASES].index(policy_id)][1], "考核台账": [], **BUSY[policy_id]}


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


@pytest.mark.parametrize("policy_id", CASED)
def test_the_whole_way_of_a_result(policy_id: str, book: Any) -> None:
    """Checked, written, explained, closed and verified, whatever the policy's results and their periods are."""
    case = next(case for one, case in CASES if one == policy_id and "拒绝" not in case)
    path, person = book(case, policy_id), next(iter(case["期望"]))
    of = ("--period", case["季度"]) if "季度" in case else ("--month", month_of(case))
    for arguments in (("check", path, *of), ("result", path, "--period", of[1]),
                      ("explain", path, *of, "--id", person), ("close", path, *of), ("verify", path)):
        code, out, err = run(*arguments)
        assert code == 0, (arguments, out, err)
        if arguments[0] == "explain":
            assert str(person) in out
            assert all(heading in out for heading, value in case["期望"][person].items() if value != "无")


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
    case = {**CASES[-1][1], "读法": {"distribution": "forced", "dist_rounding": rounding}, "只有增加": True,
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
