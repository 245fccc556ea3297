"""What the cell of a day says: the table of ``said.yaml``."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from xl_kpi.forms.imports.cells import said
from xl_kpi.forms.imports.things import THINGS, WORDS, heading

TABLE = yaml.safe_load(Path(__file__).with_name("said.yaml").read_text("utf-8"))
ROWS = [(kind, row) for kind, rows in TABLE.items() for row in rows]


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=[f"{kind} {row['格']}" for kind, row in ROWS])
def test_what_a_cell_says(kind: str, row: dict[str, object]) -> None:
    found = said(str(row["格"]))
    known = [" ".join(filter(None, (one.thing, str(one.amount or ""), one.unit))) for one in found if one.thing]
    assert known == row.get("算", [])
    assert [one.sign for one in found if not one.thing] == row.get("问", [])


@pytest.mark.parametrize(("text", "things", "unit"), [
    ("迟到次数", ("迟到",), "次"), ("迟到(次)", ("迟到",), "次"), ("迟到时长(分钟)", ("迟到",), "分钟"),
    ("事假(小时)", ("事假",), "小时"), ("事假小时", ("事假",), "小时"), ("旷工天数", ("旷工",), "天"),
    ("迟到早退次数", ("迟到", "早退"), "次"), ("病事假", ("病假", "事假"), ""), ("迟到时长", ("迟到",), ""),
    ("私自换班次数", ("私自换班",), "次"), ("调休假\n(小时)", ("调休",), "小时"),
])
def test_what_a_heading_counts(text: str, things: tuple[str, ...], unit: str) -> None:
    found = heading(text)
    assert found is not None
    assert (found.things, found.unit) == (things, unit)


@pytest.mark.parametrize("text", ["连续缺勤天数", "工作时长(分钟)", "得分", "姓名", "出勤率"])
def test_other_headings_count_nothing(text: str) -> None:
    assert heading(text) is None


def test_every_choice_is_a_thing_and_every_word_means_one() -> None:
    assert all(other in THINGS for thing in THINGS.values() for other in thing.asks)
    assert set(WORDS.values()) <= set(THINGS)
