"""docs/card.md names every way of scoring and of pay, and what is filled in for it."""

from __future__ import annotations

import re
from pathlib import Path

from xl_kpi.card.card import NEEDS, WAYS

DOC = (Path(__file__).parents[2] / "docs" / "card.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", DOC, re.MULTILINE)]


def test_every_way_of_scoring_has_its_row() -> None:
    told = {way: row[1] for row in ROWS for way in row[0].split("、")}
    for way, (needed, _) in WAYS.items():
        assert all(heading in told[way] for heading in needed), way


def test_every_way_of_pay_has_its_row() -> None:
    told = {row[0]: row[2] for row in ROWS if len(row) == 3 and row[0] in NEEDS}
    assert set(told) == set(NEEDS)
    for way, (needed, more) in NEEDS.items():
        assert all(item in told[way] for item in (*needed, *more)), way
