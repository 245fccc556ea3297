"""One person's payslip: everything of that person, nothing of anybody else."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.departments import random_department, write_book
from tests.office import Office, pdf_pages
from tests.sheets import sample
from xl_kpi import job
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.results import Result, ResultColumn
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import STYLES, ResultSheet
from xl_kpi.sheets.slip import ACROSS, slip
from xl_kpi.workbook.render_xlsx import write

D = Decimal


def texts(sheet: ResultSheet) -> list[str]:
    return [v for row in sheet.rows for v in row.values if isinstance(v, str)]


def pairs(sheet: ResultSheet) -> dict[str, Any]:
    """Heading → value, as they stand one above the other."""
    found: dict[str, Any] = {}
    for above, below in zip(sheet.rows, sheet.rows[1:], strict=False):
        for heading, look, value in zip(above.values, above.styles, below.values, strict=False):
            if look.startswith("heading") and heading and above.values[1] and len(above.values) == ACROSS:
                found.setdefault(str(heading), value)
    return found


def of(person: str, result: Result | None = None) -> ResultSheet:
    result = result or sample.payroll_result()
    return slip(result, next(line for line in result.lines if line["工号"] == person))


def test_it_has_the_line_the_words_and_the_steps() -> None:
    result = sample.payroll_result()
    sheet = of("001")
    assert sheet.rows[0].values[0] == "2016年11月工资条"
    assert sheet.rows[1].values[0] == f"制度：{result.policy_title}"
    found = pairs(sheet)
    line = result.lines[0]
    for column in result.columns:
        if line[column.heading] in (None, "") or column.heading in ("实发合计",):
            continue
        if not column.part or line[column.heading]:
            assert found[column.heading] == layout.shown(line[column.heading]), column.heading
    assert "实发合计 3,420.00 元" in texts(sheet)
    assert "实发合计（大写）：人民币叁仟肆佰贰拾元整" in texts(sheet)
    steps = [row for row in sheet.rows if len(row.values) == ACROSS and row.styles[2].startswith("note")]
    assert [(r.values[0], r.values[1], r.values[2], r.values[5]) for r in steps] == [
        (s.heading, layout.shown(s.value), s.sentence, s.clause) for s in result.steps["001"]]


def test_it_is_whole_and_has_values_only() -> None:
    for person in sample.PEOPLE:
        sheet = of(person["工号"])
        for row in sheet.rows:
            assert len(row.values) == len(row.styles) <= len(sheet.widths)
            assert set(row.styles) <= set(STYLES)
            assert not row.formulas
        for r1, c1, r2, c2 in sheet.merges:
            assert (r1, c1) < (r2, c2) < (len(sheet.rows), len(sheet.widths))
        assert not sheet.page.landscape


def test_what_does_not_apply_and_what_only_others_have_is_left_out() -> None:
    found = pairs(of("003"))
    assert "评定星级" not in found              # 试用
    assert "加班费" not in found                # somebody else's
    assert found["全勤奖"] == D("200.00")
    assert pairs(of("004"))["加班费"] == D("128.57")


def test_an_amount_of_nought_that_is_explained_stays() -> None:
    result = sample.payroll_result()
    assert "服务明星" not in pairs(of("003", result))
    step = replace(result.steps["003"][0], heading="服务明星", value=D("0.00"))
    result.steps["003"].append(step)
    assert pairs(of("003", result))["服务明星"] == 0


def test_nothing_of_others_changes_it() -> None:
    """Whatever the others' lines, steps and remarks say."""
    mine = of("002")
    result = sample.payroll_result()
    for line in result.lines:
        if line["工号"] != "002":
            line |= {k: D("77777.77") if isinstance(v, Decimal) else "别人" for k, v in line.items() if k != "工号"}
    result.steps = {p: s if p == "002" else [replace(one, sentence="别人") for one in s]
                    for p, s in result.steps.items()}
    result.marks, result.previous, result.problems = [("001", "别人")], None, []
    assert of("002", result) == mine


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_name_or_number_of_anybody_else_is_on_it(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    book = tmp_path_factory.mktemp("slip") / "b.xlsx"
    write_book(random_department(random.Random(seed)), book)
    opened = Opened.file(book)
    result = job.payroll(opened.parameters, opened.tables, Month.parse("2016-12"))
    for line in result.lines:
        sheet = slip(result, line)
        told = "\n".join(texts(sheet))
        assert line["姓名"] in told
        assert pairs(sheet)["应发合计"] == line["应发合计"]
        others = {str(o["姓名"]) for o in result.lines} - {line["姓名"]}
        assert not [name for name in others if name in told and name not in str(line["姓名"])]


def test_a_small_policy() -> None:
    columns = [ResultColumn("工号", "text"), ResultColumn("奖金", "money", True, "earning")]
    sheet = slip(Result(sample.PAY, "2017-01", "x", "", columns, []), {"工号": "1", "奖金": D("1.50")})
    assert pairs(sheet) == {"工号": "1", "奖金": D("1.50")}
    assert not any("大写" in t or "怎么算的" in t for t in texts(sheet))


def test_a_very_long_slip_takes_two_pages_in_readable_letters() -> None:
    result = sample.payroll_result()
    assert of("001", result).page.one_page
    result.steps["001"] *= 12
    assert not of("001", result).page.one_page


def test_on_paper(office: Office, tmp_path: Path) -> None:
    for person in ("001", "002"):
        path = tmp_path / f"{person}.xlsx"
        write(path, [of(person)])
        (page,) = pdf_pages(office.to_pdf(path))
        assert "2016年11月工资条" in page
        assert "大写" in page
        assert "###" not in page
