"""Every policy from the outside, by its page and its table of cases alone: workbook in, JSON and workbook out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cased import CASED, KEYS, asked, content_of, differences, fill_book, read_cases, write_book
from tests.command import run, run_json
from xl_kpi.policy.load import load

CASES = [(policy_id, case) for policy_id in CASED for case in read_cases(policy_id)]


def ways() -> list[tuple[str, dict[str, Any]]]:
    """A case that is computed for each policy, result and period."""
    found = {(policy_id, asked(case)): case for policy_id, case in reversed(CASES)
             if set(map(str, case.get("期望", {}).values())) - {"无"}}
    return [(policy_id, case) for (policy_id, _), case in sorted(found.items())]


@pytest.mark.parametrize(("policy_id", "case"), CASES,
                         ids=[f"{policy_id}/{case['组']}/{case['名称']}" for policy_id, case in CASES])
def test_case(policy_id: str, case: dict[str, Any], tmp_path: Path) -> None:
    write_book(case, load(policy_id), path := tmp_path / "book.xlsx")
    if "期限" in case:
        code, found = run_json("calendar", policy_id, path, *asked(case))
        assert code == 0, found["problems"]
        assert {due["title"]: f"{due['from'] + ' 至 ' if due['from'] else ''}{due['day']}" for due in found["deadlines"]
                } == {title: str(day) for title, day in case["期限"].items()}
        return
    code, result = run_json("result", path, *asked(case))
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
    vectors = content_of(policy_id).get("向量", [])      # of the inventory
    assert [v for v in vectors if not any(v in name for _, name in names)] == []


@pytest.mark.parametrize(("policy_id", "case"), ways(), ids=lambda one: one if isinstance(one, str) else asked(one)[-1])
def test_the_whole_way(policy_id: str, case: dict[str, Any], tmp_path: Path) -> None:
    """A new workbook, filled in, checked, its result written, explained, closed and verified."""
    path, person = tmp_path / "客服部2016.xlsx", next(who for who, line in case["期望"].items() if line != "无")
    of = asked(case)

    def do(*arguments: str | Path) -> str:
        code, out, err = run(*arguments)
        assert code == 0, (arguments, out, err)
        return out

    do("new", path, "--policy", policy_id)
    fill_book(case, load(policy_id), path)
    do("check", path, *of)
    do("result", path, *of)
    _, result = run_json("result", path, *of)
    assert differences(case, result) == []
    said = do("explain", path, *of, "--id", str(person))
    assert str(person) in said
    assert all(heading in said for heading, value in case["期望"][person].items() if value != "无")
    do("close", path, *of)
    do("verify", path)
