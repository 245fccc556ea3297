"""Bands as live formulas: what the formula says is what the rule says, for every number; and two engines agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import run
from tests.docs.test_policy_page_doc import write
from tests.office import Office
from tests.rules.small import PERIOD, small_policy, small_run

numbers = st.integers(0, 20)
signs = st.sampled_from([[">="], [">"], ["<"], ["<="], [">=", "<"], [">", "<="], [">", "<"], [">=", "<="]])


@st.composite
def bands(draw: st.DrawFn) -> dict[str, str]:
    found = {}
    for n in range(draw(st.integers(1, 4))):
        ends = zip(draw(signs), sorted([draw(numbers), draw(numbers)]), strict=False)
        found[" and ".join(f"{sign} {at}" for sign, at in ends)] = str(n)
    return found


@given(bands(), st.sampled_from(["refuse", "lower", "upper"]), st.sampled_from(["refuse", "lower", "upper"]))
def test_the_formula_says_what_the_rule_says(lines: dict[str, str], gap: str, doubled: str) -> None:
    rule = {"kind": "bands", "of": "得分", "lines": lines, "gap": gap, "doubled": doubled}
    scores = [n / 2 for n in range(-2, 43)]
    run = small_run(small_policy({"它": rule}, {"得分": "score"}), {str(n): {"得分": str(x)} for n, x in enumerate(
        scores)}, {"得分": "score"})
    run.compute([("它", PERIOD)])
    view = run.view(PERIOD)
    native = run.policy.quantities["它"].native(view, lambda node: node)
    assert native is not None
    said, value = native.no.evaluate(view), run.results["它", PERIOD]          # type: ignore[attr-defined]
    assert [said.at(i) for i in range(len(scores))] == [value.at(i) for i in range(len(scores))]


def test_a_score_that_is_rounded_over_a_line_has_no_formula() -> None:
    """The cell would say 60.0000, which is another band than 59.99999."""
    rule = {"kind": "bands", "of": "x", "lines": {">= 60": "1", "< 60": "0"}}
    policy = small_policy({"它": rule, "x": {"expr": "得分 / 3"}}, {"得分": "score"})
    for score, written in (("179.9999", False), ("179.9", True)):
        run = small_run(policy, {"1": {"得分": score}}, {"得分": "score"})
        run.compute([("它", PERIOD)])
        native = run.policy.quantities["它"].native(run.view(PERIOD), lambda node: node)
        assert (native is not None) is written


PAGE = """---
编号: 档
用: 人
---
# 档

## 一

    表 花名册
      得率 % 必填 最大=100
      分数 分
    读法 恰在 gap：low 归下 | none 不核算
    参数 线 分：1 60，2 80.5；递增
    换算 分 = 分档(得率，空档=读法(gap，low=归下，none=不核算)，重叠=归下)
      > 99：25
      < 99：20
      < 95：10
      < 90：0
    级 级 = 档(线，分数)
    输出 结果（每月，当月在册）：得率 换算 分数? 级?
"""
PEOPLE = [("99.5", "80.5", 25, 2), ("99", "80.4", 20, 1), ("94.9", "", 10, None), ("90", "60", 10, 1),
          ("89.99", "1", 0, 0)]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "制度").mkdir()
    (tmp_path / "制度" / "档.md").write_text(PAGE, "utf-8")
    write(tmp_path / "档2016.xlsx", {
        "参数": [["参数", "键", "值"], ["policy", "", "档"]],
        "花名册": [["工号", "姓名", "得率", "分数", "入职日期", "离职日期"], *(
            [f"A{n}", f"员工{n}", rate, score, "2015-01-05", ""] for n, (rate, score, *_) in enumerate(PEOPLE))]})
    code, out, error = run("result", tmp_path / "档2016.xlsx", "--period", "2016-11", "-o", tmp_path / "o.xlsx")
    assert code == 0, (out, error)
    return tmp_path / "o.xlsx"


def formulas(path: Path) -> dict[str, str]:
    sheet = openpyxl.load_workbook(path)["结果_2016-11"]
    return {c.coordinate: c.value for row in sheet.iter_rows() for c in row if str(c.value).startswith("=IF(")}


EXPECTED: list[Any] = [one for *_, points, level in PEOPLE for one in (points, level) if one is not None]


def places(found: dict[str, str]) -> list[tuple[int, int]]:
    return [openpyxl.utils.cell.coordinate_to_tuple(one) for one in found]


def test_it_stands_in_the_sheet(written: Path, office: Office) -> None:
    found = formulas(written)
    assert len(found) == 9, "not where it does not apply"
    first = min(found)
    assert found[first].replace(first[1:], "") == '=IF(D="","",IF(D>99,25,IF(D>=95,20,IF(D>=90,10,0))))'
    computed = office.recalculated(written)["结果_2016-11"]
    assert [computed[row - 1, column - 1] for row, column in places(found)] == EXPECTED


def test_a_second_engine_agrees(written: Path) -> None:
    ironcalc = pytest.importorskip("ironcalc", reason="the second engine is not installed (dev)")
    found, bare = formulas(written), written.with_name("没有值.xlsx")
    openpyxl.load_workbook(written).save(bare)              # which keeps no value of a formula
    model = ironcalc.load_from_xlsx(str(bare), "en", "UTC", "en")
    model.evaluate()
    at = next(n for n, one in enumerate(model.get_worksheets_properties()) if one["name"] == "结果_2016-11")
    assert [model.get_cell_value(at, row, column) for row, column in places(found)] == EXPECTED
