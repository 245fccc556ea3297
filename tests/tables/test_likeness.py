"""是不是 …: an unknown 工号 is set beside a known one only where that can be nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.command import run_json
from tests.departments import base_department, write_book

# typed as 工号, typed as 姓名, whom it may be meant for (101 代表一 … 108 代表八, 901 领班甲, 902 领班乙)
CASES = [
    ("1O1", "", "101"),             # a letter that looks like a digit: no 工号 looks like that
    ("1O1", "代表一", "101"),
    ("1O1", "代表二", ""),           # the name says otherwise
    ("1o9", "", ""),                # looks like 109, who is nobody
    ("1011", "", "101"),            # too long to be anybody's
    ("111", "", ""),                # may be the 工号 of somebody who is missing on the roster
    ("109", "", ""),
    ("911", "", ""),
    ("911", "领班甲", "901"),        # the name confirms it
    ("109", "代表八", "108"),
    ("109", "代表二", "102"),
    ("109", "新来的", ""),           # somebody whom the roster does not know
    ("109", "领班甲", ""),           # named, but too far from 901: two slips at once are no slip
    ("101A", "", "101"),
    ("777", "", ""),
    ("777", "代表一", ""),
]


@pytest.mark.parametrize(("text", "name", "meant"), CASES)
def test_who_is_meant(text: str, name: str, meant: str, tmp_path: Path) -> None:
    department: Any = base_department()
    department["奖惩台账"].append({"日期": "2016-11-03", "工号": text, "姓名": name or None, "事项": "书面表扬"})
    write_book(department, tmp_path / "book.xlsx")
    _, said = run_json("check", tmp_path / "book.xlsx", "--month", "2016-11")
    (found,) = [p["text"] for p in said["problems"] if f"没有工号 {text}" in p["text"]]
    assert found.partition("，是不是 ")[2].partition("（")[0] == meant
