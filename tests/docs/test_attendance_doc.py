"""docs/attendance.md names every question of the import and every kind of export."""

from __future__ import annotations

from pathlib import Path

import pytest

from xl_kpi.forms.imports import across, blocks, counting, daily, shifts
from xl_kpi.forms.imports.things import THINGS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "attendance.md").read_text("utf-8")


@pytest.mark.parametrize("key", [
    counting.SIGN, counting.LEGEND, counting.HOURS_A_DAY, counting.RUNS, counting.WHOLE, counting.BLANKS,
    shifts.SHIFT, shifts.GRACE, shifts.ABSENT, shifts.RESTDAYS])
def test_each_question_is_explained(key: str) -> None:
    assert f"`{key}" in TEXT


@pytest.mark.parametrize("kind", [*daily.SYSTEMS, *daily.SYSTEMS.values(), across.TICKS, blocks.KIND])
def test_each_kind_is_described(kind: str) -> None:
    assert kind.removeprefix("钉钉").removeprefix("企业微信") in TEXT


def test_what_is_asked_of_missing_punches_is_named() -> None:
    asked = [name for name, thing in THINGS.items() if thing.asks and "卡" in name]
    assert asked
    assert all(f"`{name}`" in TEXT for name in asked)
