"""docs/policy-scoring.md: its example is a policy, and every word of its table stands in the example."""

from __future__ import annotations

import re
from pathlib import Path

from xl_kpi.policy.load import read
from xl_kpi.policy.page import expanded

TEXT = (Path(__file__).parents[2] / "docs" / "policy-scoring.md").read_text("utf-8")
EXAMPLE = re.findall(r"```制度\n(.*?)```", TEXT, re.DOTALL)[0]


def test_the_example_is_a_policy() -> None:
    policy = read(expanded("small.md", EXAMPLE, lambda *_: None).raw, "small.md")
    headings = {sheet: [c.heading for c in table.columns][3:] for sheet, table in policy.tables.items()}
    assert headings["数据"] == ["出勤率", "完成率", "合格数", "总数", "实际额", "计划额", "行为", "清洁", "态度"]
    assert headings["打分"] == ["配合自评", "配合上级"]
    assert [c.heading for c in policy.main.columns][-2:] == ["超期", "备注"]


def test_what_the_table_names_is_understood() -> None:
    """The calls and words of the table, but for alternatives that the example has no room for."""
    words = "指标|量|级|目标|每次|否决|评分人|评分|按权重分摊|名次百分比|月后|工作日后|顺延|参数"
    named = set(re.findall(rf"`({words})\b", TEXT))
    assert {word for word in named if word not in EXAMPLE} == set()
    assert len(named) >= 12
