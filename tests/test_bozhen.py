"""bozhen-2016 from the outside: workbook in, JSON out; against the table of cases and the independent oracle."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.command import run_json
from tests.departments import case_department, differences, load_cases, random_department, write_book
from tests.oracle import bozhen

CASES = load_cases(Path(__file__).parent / "cases" / "bozhen-2016.yaml")
SEEDS = 60


def computed(department: dict, folder: Path, period: str) -> tuple[int, dict[str, Any]]:
    book = folder / "book.xlsx"
    write_book(department, book)
    if "Q" in period:
        return run_json("review", book, "--quarter", period)
    return run_json("payroll", book, "--month", period)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['组']}/{case['名称']}")
def test_case(case: dict, tmp_path: Path) -> None:
    period = case.get("季度") or case.get("月份", "2016-11")
    code, result = computed(case_department(case), tmp_path, period)
    if "拒绝" in case:
        assert code == 1, "should have been refused"
        assert any(p["level"] == "error" for p in result["problems"])
        return
    assert code == 0, result["problems"]
    if "转正建议" in case:
        for number, expected in case["转正建议"].items():
            said = any(p["工号"] == number and "可以转正" in p["text"] for p in result["problems"])
            assert said == (expected == "是")
        return
    assert differences(case, result) == []


def test_every_value_of_every_reading_has_a_case() -> None:
    from xl_kpi.policy.load import load

    used = {(name, value) for case in CASES for name, value in case.get("读法", {}).items()}
    for name, reading in load("bozhen-2016").readings.items():
        others = {(name, value) for value in reading.values if value != reading.default}
        assert others <= used, name


def plain(lines: list[dict]) -> dict[str, dict]:
    return {line["工号"]: {k: v for k, v in line.items() if k != "备注"} for line in lines}


def compare(department: dict, folder: Path) -> list[str]:
    wrong = []
    for period in ("2016-11", "2016-12", "2016Q4", "2017Q1"):
        code, result = computed(department, folder, period)
        if code:
            wrong += [f"{period}: refused: {p['text']}" for p in result["problems"] if p["level"] == "error"]
            continue
        is_review = "Q" in period
        expected = bozhen.review(department, period) if is_review else bozhen.payroll(department, period)
        key = "reviews" if is_review else "lines"
        mine, theirs = plain(result[key]), plain(expected[key])
        if list(mine) != list(theirs):
            wrong.append(f"{period}: people {list(mine)} / {list(theirs)}")
        for number in mine.keys() & theirs.keys():
            for heading in sorted(theirs[number]):      # what the oracle declares; a new column is none of its business
                a, b = mine[number].get(heading), theirs[number].get(heading)
                if a != b:
                    wrong.append(f"{period} {number} {heading}: engine {a}, oracle {b}")
        if not is_review and (totals := {k: result["totals"].get(k) for k in expected["totals"]}) != expected["totals"]:
            wrong.append(f"{period}: totals {totals} / {expected['totals']}")
    return wrong


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_department(seed: int, tmp_path: Path) -> None:
    assert compare(random_department(random.Random(seed)), tmp_path) == []


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_people_in_several_blocks(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is evaluated block by block is the same as all at once, whatever kinds of people share a block."""
    monkeypatch.setattr("xl_kpi.engine.run.BLOCK", size)
    for seed in range(4):
        assert compare(random_department(random.Random(seed)), tmp_path) == []
