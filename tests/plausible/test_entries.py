"""Every entry of "Never silent": a sound department with one change, and what 体检 says; and what may not matter."""

from __future__ import annotations

import copy
import random
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.broken import a1, drop, find
from tests.command import run, run_json
from tests.departments import HEADINGS, MONTHS, base_department, random_department, write_book
from tests.ids import ids_in
from xl_kpi import plausible
from xl_kpi.engine import Run
from xl_kpi.opened import Opened
from xl_kpi.plausible.look import Look

CASES = [case | {"组": group["组"]} for group in
         yaml.load((Path(__file__).parent / "entries.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
         for case in group["例"]]
TEXTS = {"月份", "季度", "期间", "工号", "姓名", "参数", "键", "项目", "计入", "事项", "成立", "说明", "岗位",
         "出勤达标", "评审意见"}
DATES = {"日期", "入职日期", "转正日期", "离职日期", "生效日期"}


def typed(heading: str, text: str, item: str = "") -> Any:
    if text == "空":
        return None
    if heading in DATES:
        return date.fromisoformat(text)
    if heading in TEXTS or (heading in ("原值", "新值") and item != "岗位工资"):
        return text
    return Decimal(text)


def department_of(case: dict[str, Any]) -> dict:
    department = copy.deepcopy(base_department())
    if "全部考勤" in case:
        for row in department["考勤"]:
            row["迟到次数"] = row["早退次数"] = 0
    for words in case.get("删", []):
        drop(words)(department)
    for given_row in case.get("加", []):
        row = dict(given_row)
        sheet, everybody = row.pop("表"), row.pop("每人", "")
        months = row.get("月份")
        people = [p["工号"] for p in department["花名册"]] if everybody else [row.get("工号", "")]
        for month in months if isinstance(months, list) else [months]:
            for number in people:
                one = row | ({"月份": month} if month else {}) | ({"工号": number} if number else {})
                department[sheet].append({h: typed(h, v, row.get("项目", "")) for h, v in one.items()})
    for words, value in case.get("改", {}).items():
        sheet, at, name = find(department, words)
        department[sheet][at][name] = typed(name, value)
    return department


def arguments(case: dict[str, Any]) -> tuple[str, ...]:
    period = case.get("期间", "2016-12")
    return () if period == "无" else ("--quarter", period) if "Q" in period else ("--month", period)


def fitting(said: str, problems: list[dict[str, str]], department: dict) -> bool:
    """Is there a problem of this level, about this person and column, with these words?"""
    about, words = said.split(" | ")
    level, who, sheet, column = about.split()
    letter = re.match("[A-Z]+", a1(sheet, 0, column))[0] if column != "-" else ""       # type: ignore[index]
    return any(p["level"] == level and p["工号"] == who.replace("-", "") and p["sheet"] == sheet
               and re.match("[A-Z]*", p["cell"])[0] == letter and p["do"]             # type: ignore[index]
               and all(word in p["text"] for word in words.split()) for p in problems)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['组']}/{case['名称']}")
def test_entry(case: dict[str, Any], tmp_path: Path) -> None:
    department = department_of(case)
    book = tmp_path / "book.xlsx"
    write_book(department, book)
    code, said = run_json("check", book, *arguments(case))
    problems = said["problems"]
    shown = [(p["level"], p["工号"], p["sheet"], p["cell"], p["text"]) for p in problems]
    for wanted in case.get("说", []):
        assert fitting(wanted, problems, department), (wanted, shown)
    for word in case.get("不说", []):
        assert not [p for p in problems if word in p["text"]], shown
    assert [p for p in problems if ids_in(p["text"]) or ids_in(p["do"])] == []
    assert case.get("说") or case.get("不说")
    errors = {tuple(p.values()) for p in problems if p["level"] == "error"}
    assert (code == 1) == bool(errors)
    if arguments(case):
        job = "review" if "Q" in case.get("期间", "") else "payroll"
        code, result = run_json(job, book, *arguments(case))
        assert (code == 1) == ("拒绝" in case), result.get("problems")
        assert {tuple(p.values()) for p in result["problems"] if p["level"] == "error"} <= errors


def test_every_entry_has_a_case(tmp_path: Path) -> None:
    """Each function that is registered finds something in some case: so none can be broken unnoticed."""
    left: list[Any] = [*plausible.ENTRIES, *plausible.FORMS, *plausible.REFUSALS]
    for case in CASES:
        if "说" not in case or not left:
            continue
        write_book(department_of(case), tmp_path / "book.xlsx")
        opened = Opened.file(tmp_path / "book.xlsx")
        settings = opened.parameters.settings
        look = Look(opened.tables, settings, Run(settings, opened.tables.facts))
        left = [entry for entry in left if not any(True for _ in entry(look))]
        if any(f.within == "open" for f in opened.tables.findings):         # refused when they were read
            said = "".join(f.problem.text for f in opened.tables.findings if f.within == "open")
            left = [e for e in left if (e.__name__, True) not in (
                ("hours_and_counts", "没有填" in said), ("score_as_share", "1 以上" in said))]
    assert [entry.__name__ for entry in left] == []


# -- the periods -------------------------------------------------------------------------------------------------------

def test_nothing_is_said_of_a_closed_month(tmp_path: Path) -> None:
    """Whatever is wrong in a month that is closed was paid: it is not told, and stops nothing later."""
    import openpyxl

    book = tmp_path / "book.xlsx"
    write_book(base_department(), book)
    assert run("payroll", book, "--month", "2016-11")[0] == 0
    assert run("close", book, "--month", "2016-11")[0] == 0
    opened = openpyxl.load_workbook(book)
    sheet = opened["月度考核_客服代表"]
    for row in sheet.iter_rows(min_row=2):
        if (row[0].value, row[1].value) == ("2016-11", "101"):
            row[8].value, row[2].value = 0.95, "代表二"
    opened.save(book)
    code, said = run_json("check", book)
    assert code == 0, said
    assert not [p for p in said["problems"] if p["cell"] in ("I12", "C12") and "2016-11" in p["text"]]
    assert not [p for p in said["problems"] if "1 以上" in p["text"] or "代表二" in p["text"]]
    code, said = run_json("payroll", book, "--month", "2016-12")
    assert code == 0, said["problems"]
    assert run("verify", book)[0] == 0


def test_a_fixed_amount_is_set_beside_what_was_paid(tmp_path: Path) -> None:
    """A lone manager earns many times what the others do: said until a month with it is closed, and then never again;
    but a nought too many in what was closed is told against what was closed."""
    import openpyxl

    department = copy.deepcopy(base_department())
    for person in department["花名册"]:
        person["岗位工资"] = Decimal(20000 if person["工号"] == "901" else 2000)
    book = tmp_path / "book.xlsx"
    write_book(department, book)

    def told() -> list[str]:
        problems = run_json("check", book, "--month", "2016-12")[1]["problems"]
        return [p["text"] for p in problems if "岗位工资" in p["text"] and "差得太多" in p["text"]]

    assert [text[:3] for text in told()] == ["901"]
    assert run("payroll", book, "--month", "2016-11")[0] == 0
    assert run("close", book, "--month", "2016-11")[0] == 0
    assert told() == []
    opened = openpyxl.load_workbook(book)
    for row in opened["花名册"].iter_rows():
        if row[0].value == "901":
            next(cell for cell in row if cell.value == 20000).value = 200000
    opened.save(book)
    assert [text.split("：")[1] for text in told()] == ["「岗位工资」是 200000.00，上月是 20000.00，差得太多"]


def test_how_a_test_that_is_never_held_is_told_no_more(tmp_path: Path) -> None:
    department = department_of({"删": ["技能考核 108 2016-12"]})
    write_book(department, tmp_path / "book.xlsx")
    _, said = run_json("check", tmp_path / "book.xlsx", "--month", "2016-12")
    do = next(p["do"] for p in said["problems"] if "没有一个人有「通用技能」" in p["text"])
    assert do.endswith("不评这个奖的，把参数「效能之星奖」填 0，就不再提示")


def test_one_line_a_cause(tmp_path: Path) -> None:
    """Printed, what everybody lacks is one line; JSON keeps an entry for each."""
    department = department_of({"加": [{"表": "其他项目", "每人": "是", "月份": ["2016-10", "2016-11"], "项目": "社保",
                                     "金额": "210", "计入": "扣款"}]})
    write_book(department, tmp_path / "book.xlsx")
    _, said = run_json("check", tmp_path / "book.xlsx", "--month", "2016-12")
    assert len([p for p in said["problems"] if "没有「社保」" in p["text"]]) == 10
    _, out, _ = run("check", tmp_path / "book.xlsx", "--month", "2016-12")
    assert out.count("没有「社保」") == 1
    assert "等 10 人" in out


# -- laws --------------------------------------------------------------------------------------------------------------

PLACES = re.compile(r"\b[A-Z]{1,2}[0-9]+\b")


def findings(department: dict, folder: Path, *period: str) -> set[tuple[str, ...]]:
    write_book(department, folder / "book.xlsx")
    _, said = run_json("check", folder / "book.xlsx", *period)
    return {(p["level"], p["sheet"], p["工号"], PLACES.sub("#", p["text"])) for p in said["problems"]
            if p["level"] != "hint"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False),
       changes=st.lists(st.sampled_from([c for c in CASES if "说" in c and "全部考勤" not in c]), max_size=3))
def test_the_order_of_rows_and_people_does_not_matter(seed: int, order: random.Random, changes: list[dict],
                                                      tmp_path: Path) -> None:
    department = random_department(random.Random(seed)) if seed % 2 else copy.deepcopy(base_department())
    if not seed % 2:
        for case in changes:
            try:
                department = _also(department, case)
            except AssertionError:          # another change has taken its row away
                continue
    shuffled = copy.deepcopy(department)
    for name in HEADINGS:
        if name in shuffled:
            order.shuffle(shuffled[name])
    for period in ((), ("--month", "2016-12"), ("--month", "2016-11", "--quarter", "2016Q4")):
        assert findings(department, tmp_path, *period) == findings(shuffled, tmp_path, *period)


def _also(department: dict, case: dict[str, Any]) -> dict:
    """A department with the further change of a case."""
    changed, plain = department_of(case), base_department()
    merged = copy.deepcopy(department)
    for sheet, rows in changed.items():
        if rows != plain[sheet]:
            merged[sheet] = rows
    return merged


def test_random_departments_have_no_new_errors(tmp_path: Path) -> None:
    """What the oracle pays is not refused: the entries give warnings there at most."""
    for seed in range(12):
        write_book(random_department(random.Random(seed)), tmp_path / "book.xlsx")
        for month in MONTHS[-2:]:
            code, said = run_json("check", tmp_path / "book.xlsx", "--month", month)
            assert code == 0, [p for p in said["problems"] if p["level"] == "error"]
