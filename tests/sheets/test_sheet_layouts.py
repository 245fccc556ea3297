"""The layouts as plain data: what stands where, whatever the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from tests.sheets import sample
from xl_kpi.problems import LEVELS
from xl_kpi.results import REFUSED, Column, Result
from xl_kpi.sheets import basis, findings, forms, layout, payroll, slips, summary
from xl_kpi.sheets.model import STYLES, ResultSheet, letter
from xl_kpi.sheets.slips import ABOVE_CUT

D = Decimal


def texts(sheet: ResultSheet) -> list[str]:
    return [v for row in sheet.rows for v in row.values if isinstance(v, str)]


def row_of(sheet: ResultSheet, first: str) -> int:
    return next(i for i, row in enumerate(sheet.rows) if row.values and row.values[0] == first)


def every_sheet() -> list[ResultSheet]:
    result, draft, review = sample.payroll_result(), sample.draft_result(), sample.review_result()
    made = [make(r) for make in (payroll.payroll, slips.slips, basis.basis, summary.summary) for r in (result, draft)]
    return [*made, findings.findings(sample.problems(), {"001": "张三"}, "2016-11"),
            forms.form(review, "季度星级_客服代表", ["季度", "工号", "确认星级"], ["001"])]


def test_every_sheet_is_whole() -> None:
    for sheet in every_sheet():
        for row in sheet.rows:
            assert len(row.values) == len(row.styles) <= len(sheet.widths)
            assert set(row.styles) <= set(STYLES)
            assert set(row.formulas or ()) <= set(range(len(row.values)))
        assert all(2 < w < 90 for w in sheet.widths)
        assert len(sheet.name) <= 31
        for r1, c1, r2, c2 in sheet.merges:
            assert (r1, c1) < (r2, c2) < (len(sheet.rows), len(sheet.widths))


def test_payroll_has_headings_people_sums_and_signatures() -> None:
    result = sample.payroll_result()
    sheet = payroll.payroll(result)
    assert sheet.name == "工资表_2016-11"
    assert sheet.rows[0].values[0] == "2016年11月工资表"
    heading = row_of(sheet, "序号")
    assert sheet.rows[heading].values == ["序号", *(c.heading for c in result.columns), "签字"]
    assert sheet.page.repeat_rows == (heading, heading)
    for n, line in enumerate(result.lines, start=1):
        values = sheet.rows[heading + n].values
        assert values[0] == n
        assert values[1:-1] == [layout.shown(line[c.heading]) for c in result.columns]
        assert values[-1] is None
    total = row_of(sheet, "合计")
    assert total == heading + len(result.lines) + 1
    for i, c in enumerate(result.columns, start=1):
        if c.total:
            assert sheet.rows[total].values[i] == sum(line[c.heading] for line in result.lines)
            assert sheet.rows[total].formulas[i] == f"SUM({letter(i)}{heading + 2}:{letter(i)}{total})"
        else:
            assert sheet.rows[total].values[i] is None
    foot = " ".join(texts(sheet)[-7:])
    assert "实发合计（大写）：人民币壹万贰仟玖佰玖拾肆元柒角肆分" in foot
    assert all(word in foot for word in ("制表", "复核", "审批", "日期"))
    assert any("全勤的读法：合并计算（U-01）；三星工资" in t for t in texts(sheet))


def test_formulas_are_bound_to_their_row_and_hold_no_amounts() -> None:
    sheet = payroll.payroll(sample.payroll_result())
    first = row_of(sheet, "序号") + 1
    formulas = sheet.rows[first + 2].formulas
    assert formulas is not None
    assert formulas[15] == f"ROUND(L{first + 3}*N{first + 3}/100*O{first + 3}/100,2)"
    assert formulas[25] == f"V{first + 3}-Y{first + 3}"


def test_what_does_not_apply_has_no_formula() -> None:
    result = sample.payroll_result()
    result.lines[0] = {**result.lines[0], "绩效工资": None}
    sheet = payroll.payroll(result)
    first = row_of(sheet, "序号") + 1
    assert 15 not in (sheet.rows[first].formulas or {})
    assert 15 in (sheet.rows[first + 1].formulas or {})


def test_a_draft_cannot_be_taken_for_a_payroll() -> None:
    sheet = payroll.payroll(sample.draft_result())
    assert sheet.name == "试算_2016-11"
    assert "试算，不是工资表" in sheet.rows[0].values[0]
    assert sheet.rows[0].styles[0] == "title_draft"
    first, total = row_of(sheet, "序号") + 1, row_of(sheet, "合计")
    columns = [c.heading for c in sample.COLUMNS]
    place = columns.index("实发合计") + 1
    assert sheet.rows[first + 1].values[place] is REFUSED
    assert place in sheet.rows[first + 1].formulas
    assert sheet.rows[total].values[place] is REFUSED
    assert sheet.rows[total].values[columns.index("全勤奖") + 1] == D("1000.00")
    assert any("有未能计算的金额" in t for t in texts(sheet))


def test_without_people() -> None:
    empty = replace(sample.payroll_result(), lines=[], steps={}, previous=None, notices=[], marks=[])
    sheet = payroll.payroll(empty)
    assert not sheet.rows[row_of(sheet, "合计")].formulas
    assert slips.slips(empty).rows == []
    assert basis.basis(empty).rows
    assert summary.summary(empty).rows
    assert any("人民币零元整" in t for t in texts(sheet))


def test_a_small_policy_with_other_columns() -> None:
    """Three columns, no team, nothing called as in the sample."""
    columns = [Column("工号", "text"), Column("奖金", "money", True, "earning"),
               Column("到手", "money", True, formula=lambda r: r("奖金"))]
    result = Result("payroll", "2017-01", "x", "", columns, [{"工号": "1", "奖金": D("1.50"), "到手": D("1.50")}])
    sheet = payroll.payroll(result)
    assert any("到手（大写）：人民币壹元伍角" in t for t in texts(sheet))
    assert all(word in " ".join(texts(sheet)) for word in ("制表", "复核", "审批"))
    told = texts(summary.summary(result))
    assert "到手与上月（2016年12月）比较" in told
    assert any("没有算出来" in t for t in told)


def test_slips_repeat_the_headings_and_leave_room_to_cut() -> None:
    result = sample.payroll_result(10)
    sheet = slips.slips(result)
    headings = ["月份", *(c.heading for c in result.columns)]
    starts = [i for i, row in enumerate(sheet.rows) if list(row.values) == headings]
    assert len(starts) == len(result.lines)
    assert starts == list(range(0, 4 * len(starts), 4))
    assert "签字" not in texts(sheet)
    assert not any(row.formulas for row in sheet.rows)
    assert set(sheet.rows[2].styles) == {"cut"}
    # no page is longer than the paper, and each begins with headings
    assert sheet.page.breaks
    assert set(sheet.page.breaks) <= set(starts)
    room = (8.27 - sheet.page.margins[2] - sheet.page.margins[3]) * 72 * 100 / sheet.page.scale
    edges = [0, *sheet.page.breaks, len(sheet.rows)]
    for a, b in pairwise(edges):
        assert ABOVE_CUT < sum(row.height for row in sheet.rows[a:b]) <= room


def test_basis_repeats_who_it_is_and_shows_each_value_by_its_kind() -> None:
    result = sample.payroll_result()
    sheet = basis.basis(result)
    heading = row_of(sheet, "工号")
    rows = sheet.rows[heading + 1:]
    assert len(rows) == sum(map(len, result.steps.values()))
    assert [row.values[0] for row in rows] == [p for p in result.steps for _ in result.steps[p]]
    assert [row.styles[3] for row in rows[:7]] == ["money", "text", "score", "percent", "money", "note", "money"]
    assert rows[1].values[3] == "是"
    assert sheet.autofilter == (heading, 0, len(sheet.rows) - 1, 5)


def test_summary_adds_up() -> None:
    result = sample.payroll_result()
    sheet = summary.summary(result)
    items = row_of(sheet, "项目")
    totals = [c for c in result.columns if c.total]
    for n, c in enumerate(totals, start=1):
        assert sheet.rows[items + n].values[:2] == [c.heading, sum(line[c.heading] for line in result.lines)]
    teams = row_of(sheet, "班组")
    assert [sheet.rows[teams + n].values[:2] for n in range(1, 5)] == [
        ["一班", 3], ["二班", 4], ["未分班组", 1], ["合计", 8]]
    change = row_of(sheet, "工号")
    lines = {row.values[0]: row.values for row in sheet.rows[change + 1:]}
    assert lines["001"][2:] == [D("3420.00"), None, D("3420.00"), "上月没有"]
    assert lines["002"][4] == D("-12.34")
    assert lines["003"][4] == 0
    assert lines["099"][1:] == ["离职的人", None, D("3210.00"), D("-3210.00"), "本月没有"]
    assert "002 阿卜杜热依木·买买提艾力　可辞退（由公司决定）：5.1.4" in texts(sheet)


def test_a_long_comparison_begins_its_own_page() -> None:
    assert summary.summary(sample.payroll_result()).page.breaks == []
    sheet = summary.summary(sample.payroll_result(3))
    (start,) = sheet.page.breaks
    assert sheet.rows[start + 1].values[0] == "实发合计与上月（2016年10月）比较"


def test_findings_put_the_worst_first() -> None:
    problems = sample.problems()
    sheet = findings.findings(problems, {"001": "张三"}, "2016-11", linked={"考勤"})
    assert sheet.rows[0].values[0] == "2016年11月体检"
    assert sheet.rows[1].values[0].startswith("错误 2 条　　警告 1 条　　提示 2 条")
    levels = [row.values[0] for row in sheet.rows[3:]]
    assert levels == sorted(levels, key=list(LEVELS.values()).index)
    assert sheet.links == {(6, 2): ("考勤", "B7")}
    assert sheet.rows[6].values[3:5] == ["001", "张三"]
    assert "没有发现问题。" in texts(findings.findings([], {}))


def test_a_form_is_filled_and_leaves_the_rest_to_people() -> None:
    review = sample.review_result()
    headings = ["季度", "工号", "姓名", "综合分值", "出勤达标", "技能成绩", "评定星级", "确认星级", "评审意见", "备注"]
    sheet = forms.form(review, "季度星级_客服代表", headings, ["001", "002", "008"])
    assert sheet.rows[0].values[0] == "2016年第4季度星级　客服代表"
    heading = row_of(sheet, "季度")
    assert sheet.rows[heading].values == headings
    assert [row.values[1] for row in sheet.rows[heading + 1:]] == ["001", "002", "008"]
    assert sheet.rows[heading + 1].values == [
        "2016Q4", "001", "张三", D("88.33"), "是", D("75.00"), 3, None, None, ""]
    assert sheet.rows[heading + 1].styles[7:9] == ("input", "input")


@pytest.mark.parametrize(("values", "kind"), [
    ([D("1234567.89")], "money"), ([D("-120.00"), D("3.00")], "money"), ([Fraction(90 * 17, 31), D(100)], "percent"),
    ([D("93.3333"), D(100), D(0)], "score"), ([12345], "int"), ([REFUSED, None], "money"),
])
def test_columns_hold_their_numbers(values: list[Any], kind: Any) -> None:
    width = layout.column_width(Column("分", kind), values)
    longest = max((len(f"{float(v):,.2f}") if kind == "money" else len(f"{float(v):g}")
                   for v in values if isinstance(v, (int, Decimal, Fraction))), default=4)
    assert width * 8 >= longest * 10 / 72 * 96 * 0.5


@pytest.mark.parametrize(("widths", "parts"), [([5.0] * 3, 3), ([80.0, 5.0, 5.0], 3), ([5.0] * 27, 3), ([9.0], 3)])
def test_the_foot_has_a_place_for_everybody(widths: list[float], parts: int) -> None:
    starts = layout.split_columns(widths, parts)
    assert len(starts) == min(parts, len(widths))
    assert starts == sorted(set(starts))


Make = Callable[[Result], ResultSheet]


@pytest.mark.parametrize("make", [payroll.payroll, slips.slips, basis.basis, summary.summary])
def test_the_same_result_gives_the_same_sheet(make: Make) -> None:
    assert make(sample.payroll_result()) == make(sample.payroll_result())
