"""Every case of tests/cases/*.yaml against its oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.departments import case_department, differences, load_cases, write_book
from tests.oracle import bozhen

CASES = load_cases(Path(__file__).parents[1] / "cases" / "bozhen-2016.yaml")
KEYS = {
    *("组", "名称", "条款", "月份", "季度", "读法", "参数", "员工", "增加代表", "变动", "考勤", "得分", "季度得分"),
    *("指标", "满意度", "打字", "通用技能", "奖惩", "其他", "星级", "期望", "标记", "无标记", "拒绝", "转正建议"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['组']}/{case['名称']}")
def test_case(case: dict) -> None:
    assert set(case) <= KEYS
    department = case_department(case)
    month = case.get("月份", "2016-11")

    def result() -> dict:
        if "季度" in case:
            return bozhen.review(department, case["季度"])
        return bozhen.payroll(department, month)

    if "拒绝" in case:
        with pytest.raises(bozhen.MustRefuse):
            result()
    elif "转正建议" in case:
        people = {p["工号"]: p for p in department["花名册"]}
        for number, expected in case["转正建议"].items():
            assert bozhen.confirmation_due(department, people[number], month) == (expected == "是")
    else:
        assert case["期望"]
        assert differences(case, result()) == []


def test_names_are_unique() -> None:
    names = [(case["组"], case["名称"]) for case in CASES]
    assert len(names) == len(set(names))
    assert len(names) > 200


def test_cases_can_be_written(tmp_path) -> None:
    """The engine is run on the same cases through workbooks."""
    for case in CASES[::4]:
        write_book(case_department(case), tmp_path / "book.xlsx")
