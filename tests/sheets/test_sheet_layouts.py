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
from xl_kpi.problems import LEVELS, Problem
from xl_kpi.results import REFUSED, Result, ResultColumn
from xl_kpi.sheets import basis, findings, forms, layout, output, slips, summary
from xl_kpi.sheets.model import STYLES, ResultSheet, Row, letter
from xl_kpi.sheets.slips import ABOVE_CUT

D = Decimal


def texts(sheet: ResultSheet) -> list[str]:
    return [v for row in sheet.rows for v in row.values if isinstance(v, str)]


def row_of(sheet: ResultSheet, first: str) -> int:
    return next(i for i, row in enumerate(sheet.rows) if row.values and row.values[0] == first)


def unbroken(row: Row) -> list[Any]:
    """A row of headings as they are called."""
    return [v.replace("\n", "") if isinstance(v, str) else v for v in row.values]


def every_sheet() -> list[ResultSheet]:
    result, draft, review = sample.payroll_result(), sample.draft_result(), sample.review_result()
    made = [make(r) for make in (output.output_sheet, slips.slips, basis.basis, summary.summary)
            for r in (result, draft)]
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
    sheet = output.output_sheet(result)
    assert sheet.name == "工资表_2016-11"
    assert sheet.rows[0].values[0] == "2016年11月工资表"
    heading = row_of(sheet, "序号")
    assert unbroken(sheet.rows[heading]) == ["序号", *(c.heading for c in result.columns), "签字"]
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
    foot = " ".join(texts(sheet)[-9:])
    assert "实发合计（大写）：人民币壹万贰仟玖佰玖拾肆元柒角肆分" in foot
    assert all(word in foot for word in ("制表", "复核", "审批", "日期"))
    assert any("全勤的读法：合并计算（U-01）；三星工资" in t for t in texts(sheet))


def test_formulas_are_bound_to_their_row_and_hold_no_amounts() -> None:
    sheet = output.output_sheet(sample.payroll_result())
    first = row_of(sheet, "序号") + 1
    formulas = sheet.rows[first + 2].formulas
    assert formulas is not None
    assert formulas[15] == f"ROUND(L{first + 3}*N{first + 3}/100*O{first + 3}/100,2)"
    assert formulas[25] == f"V{first + 3}-Y{first + 3}"


def test_what_does_not_apply_has_no_formula() -> None:
    result = sample.payroll_result()
    result.lines[0] = {**result.lines[0], "绩效工资": None}
    sheet = output.output_sheet(result)
    first = row_of(sheet, "序号") + 1
    assert 15 not in (sheet.rows[first].formulas or {})
    assert 15 in (sheet.rows[first + 1].formulas or {})


def test_a_draft_cannot_be_taken_for_a_payroll() -> None:
    sheet = output.output_sheet(sample.draft_result())
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


def test_the_title_names_the_company_and_the_line_below_the_department() -> None:
    result = replace(sample.payroll_result(), company="某某有限公司", department="客户服务部")
    sheet = output.output_sheet(result)
    assert sheet.rows[0].values[0] == "某某有限公司2016年11月工资表"
    left, middle, right = [v for v in sheet.rows[1].values if v]
    assert left == f"部门：客户服务部　　制度：{result.policy_title}"
    assert middle == "发放日期：　　　　年　　月　　日"
    assert right == "人数：8　　单位：元"
    draft = output.output_sheet(replace(sample.draft_result(), company="某某有限公司"))
    assert draft.rows[0].values[0] == "某某有限公司2016年11月　试算，不是工资表"
    assert "发放日期" not in str(draft.rows[1].values)


def test_noughts_are_dashes_and_percents_have_their_sign_but_values_stay_numbers() -> None:
    sheet = output.output_sheet(sample.payroll_result())
    first, places = row_of(sheet, "序号") + 1, {h: i for i, h in enumerate(unbroken(sheet.rows[row_of(sheet, "序号")]))}
    for heading, value, code in (("加班费", D("0.00"), '"-"'), ("计发比例", D(100), '"%"')):
        assert sheet.rows[first].values[places[heading]] == value
        assert code in STYLES[sheet.rows[first].styles[places[heading]]].number_format


def test_what_is_empty_for_everybody_is_folded_never_left_out() -> None:
    result = sample.payroll_result()
    for line in result.lines:
        line |= {"服务明星": D("0.00"), "状态": "", "评定星级": None, "扣款合计": D("0.00"), "执行星级": 0}
    for make, right in ((output.output_sheet, 1), (slips.slips, 1)):        # 序号, 月份
        sheet = make(result)
        row = next(r for r in sheet.rows if "实发合计" in unbroken(r))
        assert {unbroken(row)[i] for i in sheet.folded} == {"服务明星", "进步之星", "效能之星", "状态", "评定星级"}
        assert unbroken(row)[right:][:len(result.columns)] == [c.heading for c in result.columns]
        assert all(sheet.widths[i] for i in sheet.folded), "shown again they have their width"
    assert output.output_sheet(replace(result, lines=[])).folded == set(), "nobody: nothing is empty for everybody"


@pytest.mark.parametrize("people", [1, 3, 5, 18, 21, 22, 23, 24, 25, 26, 27, 28, 44, 60, 61, 130])
def test_signatures_are_never_alone_on_a_page(people: int) -> None:
    """Pages as the model breaks them: each within what it holds at least, the signatures below people."""
    result = sample.payroll_result(17)
    result.lines = result.lines[:people]
    sheet = output.output_sheet(result)
    first = row_of(sheet, "序号") + 1
    signed = next(i for i, row in enumerate(sheet.rows) if "制表：" in row.values)
    assert all(first < row < signed for row in sheet.page.breaks)
    edges = [0, *sheet.page.breaks, signed + 2]
    heights = [row.height or 15 for row in sheet.rows]
    for a, b in pairwise(edges):
        assert sum(heights[a:b]) + (heights[first - 1] if a else 0) <= layout.page_room(sheet)
    assert first + people - edges[-2] >= min(people, output.SIGNED_PEOPLE)


@pytest.mark.parametrize(("heading", "lines"), [
    ("工号", ["工号"]), ("全勤奖", ["全勤奖"]), ("计发比例", ["计发", "比例"]), ("一次性奖励", ["一次性", "奖励"]),
    ("五险一金合计", ["五险一", "金合计"]), ("补贴（交通）", ["补贴", "（交通）"]), ("KPI", ["KPI"]),
    ("住房公积金个人缴纳部分", ["住房公积", "金个人缴", "纳部分"]),
])
def test_the_width_of_a_column_breaks_its_heading(heading: str, lines: list[str]) -> None:
    """There is no line break in it: the width alone gives it so many lines."""
    width = layout.column_width(ResultColumn(heading, "int"), [1])
    assert width >= max(map(layout.text_width, lines)) * 0.92
    assert layout.heading_height([heading], [width]) == 10 + 13 * len(lines)
    assert layout.heading_height([heading], [99.0]) == 10 + 13


@pytest.mark.parametrize("heading", ["计薪得分", "一次性奖励", "五险一金合计",
                                     "住房公积金个人", "补贴（交通）", "全勤奖", "岗位"])
@pytest.mark.parametrize("value", ["5", "85.00", "100.00", "1234.00", "12345.00", "123456.00", "1234567.00"])
@pytest.mark.parametrize("pixels", [13, 40 / 3, 14, 14.6])
def test_no_single_character_on_a_line_of_its_own(heading: str, value: str, pixels: float) -> None:
    """With 宋体, which every Windows has: 8 pixels a digit of the width, 13 to 14 a bold character."""
    width = layout.column_width(ResultColumn(heading, "score"), [D(value)])
    room = int(width * 8 / pixels)
    room = int(width * 8 / pixels)
    left = len(heading) % room if len(heading) > room else 0
    assert left != 1 or heading.startswith("补贴"), "a bracket stays with what stands in it"
    assert width * 8 >= len(value) * 20 / 3


def test_headings_are_found_by_their_names() -> None:
    """As HR's own MATCH looks for them: exactly, on 工资表 and 工资条."""
    result = sample.payroll_result(9)
    names = [c.heading for c in result.columns]
    for sheet in (output.output_sheet(result), slips.slips(result)):
        head = next(row.values for row in sheet.rows if "实发合计" in row.values)
        assert [value for value in head if value in names] == names


def test_a_long_name_wraps_and_does_not_widen_the_column() -> None:
    names = ["张三"] * 20 + ["欧阳娜娜古丽", "阿卜杜热依木·买买提艾力"]
    usual = layout.column_width(ResultColumn("姓名", "text"), ["欧阳娜娜"])
    assert layout.column_width(ResultColumn("姓名", "text"), names) < usual
    assert layout.column_width(ResultColumn("姓名", "text"), names[-1:]) <= layout.WIDEST_NAME * 0.92 + 0.9
    assert layout.column_width(ResultColumn("工号", "text"), ["KF-2016-00123"] + ["001"] * 30) > 12, "an id never wraps"


def test_without_people() -> None:
    empty = replace(sample.payroll_result(), lines=[], steps={}, previous=None, notices=[], marks=[])
    sheet = output.output_sheet(empty)
    assert not sheet.rows[row_of(sheet, "合计")].formulas
    assert slips.slips(empty).rows == []
    assert basis.basis(empty).rows
    assert summary.summary(empty).rows
    assert any("人民币零元整" in t for t in texts(sheet))


def test_a_small_policy_with_other_columns() -> None:
    """Three columns, no team, nothing called as in the sample."""
    columns = [ResultColumn("工号", "text"), ResultColumn("奖金", "money", True, "earning"),
               ResultColumn("到手", "money", True, formula=lambda r: r("奖金"))]
    result = Result(sample.PAY, "2017-01", "x", "", columns, [{"工号": "1", "奖金": D("1.50"), "到手": D("1.50")}])
    sheet = output.output_sheet(result)
    assert any("到手（大写）：人民币壹元伍角" in t for t in texts(sheet))
    assert all(word in " ".join(texts(sheet)) for word in ("制表", "复核", "审批"))
    told = texts(summary.summary(result))
    assert "到手与上月（2016年12月）比较" in told
    assert "2016年12月没有算，不能比较。" in told


def test_slips_repeat_the_headings_and_leave_room_to_cut() -> None:
    result = sample.payroll_result(10)
    sheet = slips.slips(result)
    headings = ["月份", *(c.heading for c in result.columns)]
    starts = [i for i, row in enumerate(sheet.rows) if unbroken(row) == headings]
    assert len(starts) == len(result.lines)
    assert starts == list(range(0, 5 * len(starts), 5))
    assert "签字" not in texts(sheet)
    assert not any(row.formulas for row in sheet.rows)
    assert sheet.rows[2].values[0] == "实发合计（大写）：人民币叁仟肆佰贰拾元整"
    assert set(sheet.rows[3].styles) == {"cut"}
    # no page is longer than the paper, and each begins with headings
    assert sheet.page.breaks
    assert set(sheet.page.breaks) <= set(starts)
    room = layout.page_room(sheet)
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
    assert [sheet.rows[teams + n].values[:2] for n in range(1, 6)] == [
        ["一班", 3], ["二班", 4], ["三班", 0], ["未分班组", 1], ["合计", 8]]
    # of the team that is gone, what it got last month and the difference
    assert sheet.rows[teams + 3].values[-2:] == [D("2760.00"), D("-2760.00")]
    people = row_of(sheet, "上月")
    assert sheet.rows[people + 1].values == [8, 1, 1, 8]
    change = row_of(sheet, "工号")
    lines = {row.values[0]: row.values for row in sheet.rows[change + 1:] if row.values}
    assert lines["001"][2:6] == [D("3420.00"), None, D("3420.00"),
                                 "新到，上月没有工资。本月：服务明星并列第一，按月度得分定"]
    assert lines["006"][4:6] == [0, None]
    assert lines["099"][1:6] == ["离职的人", None, D("2760.00"), D("-2760.00"), "离开，本月没有工资"]
    assert lines["合计"][2:5] == [sum(line["实发合计"] for line in result.lines), D("12886.60"), D("108.14")]
    assert "002 阿卜杜热依木·买买提艾力　可辞退（由公司决定）：5.1.4" in texts(sheet)


def test_summary_says_why_somebody_gets_other_pay() -> None:
    sheet = summary.summary(sample.payroll_result())
    change = row_of(sheet, "工号")
    why = {row.values[0]: row.values[5] for row in sheet.rows[change + 1:] if row.values}
    assert why["002"] == ("绩效工资 −1,026.67（执行星级 4 → 0）；社保个人部分 多扣 12.34。"
                          "本月：可辞退（由公司决定）：5.1.4。上月：书面表扬升一级")
    assert why["003"] == "绩效工资 −341.42（计发比例 90% → 49.3548%）"
    assert why["004"] == "全勤奖 +200.00（全勤 否 → 是）；一次性奖励 +300.00；加班费 +128.57"
    # nothing behind the amount has changed: how it came about this month
    assert why["005"] == "岗位工资 +200.00（本月：花名册里的岗位工资。）"


def test_summary_items_of_one_month_only() -> None:
    result = sample.payroll_result()
    assert result.previous is not None
    result.previous.columns.insert(-1, ResultColumn("补发", "money", True, "earning"))
    for line in result.previous.lines:
        line["补发"] = D("50.00")
        line["应发合计"] += D("50.00")
        line["实发合计"] += D("50.00")
    sheet = summary.summary(result)
    row = sheet.rows[row_of(sheet, "补发")].values
    assert row == ["补发", 0, D("400.00"), D("-400.00"), 0]
    why = {row.values[0]: row.values[5] for row in sheet.rows[row_of(sheet, "工号") + 1:] if row.values}
    assert why["006"] == "补发 −50.00"


@pytest.mark.parametrize(("problems", "told"), [
    ([], ["2016年10月没有算，不能比较。"]),
    ([Problem("error", "没有得分", "", "月度考核", "G7")],
     ["2016年10月算不出来，不能比较，因为：", "· 月度考核 G7：没有得分"]),
    ([Problem("error", f"第 {n} 处", "") for n in range(9)],
     ["2016年10月算不出来，不能比较，因为：", *(f"· 第 {n} 处" for n in range(5)),
      "· …… 共 9 处，对那个月做一次体检可以看到全部。"]),
])
def test_summary_says_why_there_is_nothing_to_compare(problems: list[Problem], told: list[str]) -> None:
    result = replace(sample.payroll_result(), previous=None, no_previous=problems)
    sheet = summary.summary(result)
    title = row_of(sheet, "实发合计与上月（2016年10月）比较")
    assert [row.values[0] for row in sheet.rows[title + 1:]] == told
    # the headings by which a sheet of ours is known again are the same with and without last month
    people = row_of(sheet, "上月")
    assert sheet.rows[people].values == ["上月", "新到", "离开", "本月"]
    assert sheet.rows[people + 1].values == [None, None, None, 8]
    (chart,) = sheet.charts
    assert chart.title == "8 人实发合计 12,994.74 元"
    assert [s.name for s in chart.series] == ["本月"]


def test_the_chart_says_its_message_and_stays_on_its_sheet() -> None:
    sheet = summary.summary(sample.payroll_result())
    (chart,) = sheet.charts
    assert chart.title == "8 人实发合计 12,994.74 元，比上月增加 108.14 元（+0.8%）"
    assert [(s.name, s.fill) for s in chart.series] == [("上月", summary.THEN), ("本月", summary.NOW)]
    teams = row_of(sheet, "班组")
    headings = sheet.rows[teams].values
    r1, c1, r2, c2 = chart.categories
    assert (r1, c1, r2, c2) == (teams + 1, 0, teams + 4, 0)
    for series, heading in zip(chart.series, ("上月实发合计", "实发合计"), strict=True):
        assert series.values == (r1, headings.index(heading), r2, headings.index(heading))
    # somebody got less than nothing: the axis may not begin at 0
    assert not chart.from_zero
    # it covers no cell: beside the sums, above the teams, within what is printed
    row, col = chart.at
    high = sum((r.height or 15) / 0.75 for r in sheet.rows[row:teams - 1])
    assert chart.size[1] <= high + 1
    assert all(len(r.values) <= col or r.values[col] is None for r in sheet.rows[row:teams - 1])
    assert chart.size[0] <= sum(w * 8 + 5 for w in sheet.widths[col:]) + 1


def test_the_chart_of_a_small_policy_has_room() -> None:
    columns = [ResultColumn("工号", "text"), ResultColumn("奖金", "money", True, "earning"),
               ResultColumn("到手", "money", True, formula=lambda r: r("奖金"))]
    sheet = summary.summary(Result(sample.PAY, "2017-01", "x", "", columns,
                                   [{"工号": "1", "奖金": D("1.50"), "到手": D("1.50")}]))
    (chart,) = sheet.charts
    assert chart.size[0] > 450
    assert chart.size[1] >= summary.CHART_HEIGHT * 0.9
    r, c, last, _ = chart.categories
    assert r == last
    assert sheet.rows[r].values[c] == "到手"
    assert chart.from_zero


def test_many_teams_have_no_amounts_on_their_columns() -> None:
    result = sample.payroll_result(3)
    for n, line in enumerate(result.lines):
        line["班组"] = f"{n:02d}班"
    (chart,) = summary.summary(result).charts
    assert [s.labels for s in chart.series] == [False, False]


def test_a_draft_has_no_chart_of_a_sum_that_is_not_known() -> None:
    assert summary.summary(sample.draft_result()).charts == []


def test_the_summary_is_one_page_wide_whatever_the_hosts_font() -> None:
    sheet = summary.summary(sample.payroll_result(3))
    assert not sheet.page.one_page
    assert sheet.page.breaks == []


def test_findings_put_the_worst_first() -> None:
    problems = sample.problems()
    sheet = findings.findings(problems, {"001": "张三"}, "2016-11", linked={"考勤"})
    assert sheet.rows[0].values[0] == "2016年11月体检"
    assert sheet.rows[1].values[0].startswith("错误 2 条　　警告 1 条　　提示 2 条")
    assert sheet.rows[2].values[0] == (
        "各表：考勤 1 条、月度考核_客服代表 1 条、花名册 1 条、参数 1 条。"
        "点带下划线的位置，跳到那一格；改好后再做一次体检。")
    first = row_of(sheet, "级别") + 1
    levels = [row.values[0] for row in sheet.rows[first:]]
    assert levels == sorted(levels, key=list(LEVELS.values()).index)
    assert [row.styles[0] for row in sheet.rows[first:]] == ["error", "error", "warning", "hint", "hint"]
    assert sheet.autofilter == (first - 1, 0, first + 4, 6)
    assert sheet.links == {(first + 3, 2): ("考勤", "B7")}
    assert sheet.rows[first + 3].values[3:5] == ["001", "张三"]
    assert "没有发现问题。" in texts(findings.findings([], {}))


def test_every_problem_of_a_sheet_of_the_book_has_a_link() -> None:
    """Each of many cells with the same problem has its own; a problem of no single cell leads to the top."""
    many = [Problem("error", "填的不是次数", "", "考勤", f"C{n}") for n in range(2, 202)]
    others = [Problem("error", "没有「事假次数」一列", "", "考勤"), Problem("error", "没有工作表", "", "技能考核")]
    sheet = findings.findings([*many, *others], {}, linked={"考勤", "参数"})
    assert set(sheet.links.values()) == {("考勤", "A1"), *(("考勤", f"C{n}") for n in range(2, 202))}
    for (row, col), (name, cell) in sheet.links.items():
        assert sheet.rows[row].styles[col] == "link"
        assert sheet.rows[row].values[col] == (name if cell == "A1" else cell)
    assert "跳到" not in str(findings.findings(others[1:], {}, linked={"考勤"}).rows[2].values)


def test_no_more_links_than_excel_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_LINKS", 3)
    sheet = findings.findings([Problem("error", "x", "", "考勤", f"C{n}") for n in range(9)], {}, linked={"考勤"})
    assert len(sheet.links) == 3
    assert [row.values[2] for row in sheet.rows[-6:]] == [f"C{n}" for n in range(3, 9)]


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
    width = layout.column_width(ResultColumn("分", kind), values)
    longest = max((len(f"{float(v):,.2f}") if kind == "money" else len(f"{float(v):g}")
                   for v in values if isinstance(v, (int, Decimal, Fraction))), default=4)
    assert width * 8 >= longest * 10 / 72 * 96 * 0.5


@pytest.mark.parametrize(("widths", "parts"), [([5.0] * 3, 3), ([80.0, 5.0, 5.0], 3), ([5.0] * 27, 3), ([9.0], 3)])
def test_the_foot_has_a_place_for_everybody(widths: list[float], parts: int) -> None:
    starts = layout.split_columns(widths, parts)
    assert len(starts) == min(parts, len(widths))
    assert starts == sorted(set(starts))


Make = Callable[[Result], ResultSheet]


@pytest.mark.parametrize("make", [output.output_sheet, slips.slips, basis.basis, summary.summary])
def test_the_same_result_gives_the_same_sheet(make: Make) -> None:
    assert make(sample.payroll_result()) == make(sample.payroll_result())
