"""Which rows of a sheet count: a row of somebody never vanishes, a sum or a signature never becomes an error."""

from __future__ import annotations

import re
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
    hints = "\n".join(text for text in said if "小标题" in text)
    assert bool(hints) == bool(case.get("hinted"))
    assert _moved(case.get("hinted", ""), title) in hints
    told = "\n".join(text for text in said if text.startswith("错误"))
    assert bool(told) == bool(case.get("said"))
    for text in case.get("said", ()):
        assert text in told


def _moved(text: str, down: int) -> str:
    """A text with the numbers of rows (第 1、3 行; the first below the headings is 1) as they are on the sheet."""
    return re.sub(r"第 ([\d、]+) 行", lambda found: "第 " + "、".join(
        str(int(number) + 1 + down) for number in found[1].split("、")) + " 行", text)
