"""The tables of cases (cases.yaml), each through xlwings' own call path."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.departments import DEMO_PARAMETERS
from tests.udfs.harness import call, column, excel
from xl_kpi.functions import DECLARED, Refused

GROUPS = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text("utf-8"))
CASES = [(group, case) for group in GROUPS for case in group["例"]]
REFUSED = "错"


def arguments(group: dict[str, Any], case: dict[str, Any]) -> list[Any]:
    """The arguments as cells; params, where the function has them, at their own place."""
    given = [... if one == "缺" else one for one in case["参数"]]
    rows = group.get("制度参数", "制度")
    excel()
    names = list(DECLARED[group["函数"]])
    if rows == "制度" or "params" not in names:
        return given
    table = [["参数", "键", "值", "生效日期"], *([name, key, value, None] for name, key, value in DEMO_PARAMETERS)]
    replaced = {(name, key) for name, key, _, day in group.get("另给的参数行", []) if day is None}
    table = [row for row in table if (row[0], row[1]) not in replaced] + group.get("另给的参数行", [])
    return [*given, *[...] * (names.index("params") - len(given)), table]


def expected(value: Any) -> Any:
    return "" if value is None else "#XLKPI!" if value == REFUSED else value


@pytest.mark.parametrize(("group", "case"), CASES, ids=[f"{g['函数']}{c['参数']}"[:70] for g, c in CASES])
def test_case(group: dict[str, Any], case: dict[str, Any]) -> None:
    name, given = group["函数"], arguments(group, case)
    if "拒绝" in case:
        with pytest.raises(Refused) as refusal:
            call(name, *given)
        ((reason,),) = call("KPI_REASON", name, *given)
        assert case["拒绝"] in reason
        assert str(refusal.value) == reason
        return
    found = call(name, *given)
    reasons = call("KPI_REASON", name, *given)
    assert len(reasons) == len(found)
    if "含" in case:
        assert all(word in found[0][0] for word in case["含"]), found
    elif isinstance(case["得"], list):
        assert column(found) == list(map(expected, case["得"]))
    else:
        assert found == [[expected(case["得"])]]
    for answer, (reason,) in zip(found, reasons, strict=True):
        assert (answer[0] == "#XLKPI!") == bool(reason)


def test_every_function_has_cases() -> None:
    excel()
    others = {"STAR_IN_FORCE", "KPI_REASON", "KPI_VERSION"}         # test_same_as_the_job, test_calls
    assert {group["函数"] for group in GROUPS} == set(DECLARED) - others


def test_dates_are_dates() -> None:
    assert any(isinstance(row[3], dt.date) for group in GROUPS for row in group.get("另给的参数行", []))
