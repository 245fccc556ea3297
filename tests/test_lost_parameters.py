"""What a policy's document lost is asked for by name, or not used: never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cased import CASED, asked, read_cases, write_book
from tests.command import run_json
from tests.share import some
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import load


def lost(policy: Policy, case: dict[str, Any]) -> dict[str, str]:
    """The values of a case that the page does not state, by the title of their parameter."""
    found = {}
    for name, value in {**case["底子"].get("参数", {}), **case.get("参数", {})}.items():
        identifier, key = (name, None) if name in policy.parameters else name.rsplit(".", 1)
        parameter = policy.parameters[identifier]
        stated = {None if one is None else str(one) for one in parameter.stated_values()}
        if value not in ("空", "没有") and key not in stated and not parameter.optional:
            found[name] = parameter.title
    return found


def lines(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The numbers; a remark that cannot be judged without a parameter is left out, and a hint says so."""
    return [{heading: value for heading, value in line.items() if heading != "备注"} for line in result["lines"]]


@pytest.mark.parametrize("policy_id", [one for one in CASED if one in some()])
def test_a_lost_parameter_is_asked_for_or_unused(policy_id: str, tmp_path: Path) -> None:
    policy = load(policy_id)
    case = next(one for one in read_cases(policy_id) if "拒绝" not in one and set(
        map(str, one.get("期望", {}).values())) - {"无"})

    def computed(values: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        write_book({**case, "参数": {**case.get("参数", {}), **values}}, policy, path := tmp_path / "book.xlsx")
        return run_json("result", path, *asked(case))

    code, whole = computed({})
    assert code == 0
    for name, title in lost(policy, case).items():
        code, found = computed({name: "空"})
        said = [one["text"] for one in found["problems"] if one["level"] == "error"]
        assert any(title in text for text in said) if code else lines(found) == lines(whole), (name, said)
