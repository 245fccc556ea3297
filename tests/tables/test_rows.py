"""Which rows of a sheet count: a row of somebody never vanishes, a sum or a signature never becomes an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tables.hands import HEADINGS, OTHERS, area, read, sheet

CASES = yaml.safe_load(Path(__file__).with_name("rows.yaml").read_text("utf-8"))


@pytest.mark.parametrize("title", [0, 2], ids=["", "two title rows"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_rows(case: dict[str, Any], title: int) -> None:
    headings = list(case.get("headings") or HEADINGS[case["sheet"]])
    if case["sheet"] == "考勤":
        headings += OTHERS
    rows = [*[[f"{case['sheet']}表"], []][:title], headings, *case["rows"]]
    merged = [area(text, title + 1) for text in case.get("merged", ())]
    reading, said = read(case["sheet"], sheet(case["sheet"], rows, merged))
    assert [row - title for row in reading.rows] == case["data"]
    told = "\n".join(text for text in said if text.startswith("错误"))
    assert bool(told) == bool(case.get("said"))
    for text in case.get("said", ()):
        assert text in told
