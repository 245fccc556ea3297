"""Forms of any make: recognised, filled, read again, the same; and nothing else of the file is changed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Border, Side

from tests.forms.filled import changed_cells, changed_parts, real, result
from xl_kpi.actions.form_fill import Made, file_looks, fill_forms
from xl_kpi.actions.form_questions import Given
from xl_kpi.forms.foreign import open_form
from xl_kpi.forms.placed import Placed
from xl_kpi.forms.read import rows_of
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Want, Wanted
from xl_kpi.job.compared import result_says
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.results import Result
from xl_kpi.target import Target
from xl_kpi.workbook.edit import edited

THIN = Border(*(Side("thin"),) * 4)
ITEMS = {"岗位工资": "money", "绩效工资": "money", "全勤奖": "money", "月度得分": "score", "实发合计": "money"}
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "伟芳娜敏静丽强磊军洋"


def filled(path: Path, made: Result, names: Mapping[str, str], period: str, overwrite: bool = False) -> Made:
    """The forms of a file with a result, by what recognition finds."""
    headings = [column.heading for column in made.columns]
    wanted = Wanted({one: Want(one, True) for one in headings}, {one: one for one in headings}, dict(names))
    book = open_form(path)
    target = cast(Target, SimpleNamespace(period=Month.parse(period)))
    opened = cast(Opened, SimpleNamespace(names=dict(names)))
    return fill_forms(opened, target, made, [Given(book, recognise(book, wanted))], file_looks(), overwrite)


def bytes_of(made: Made, number: int = 0) -> bytes:
    one = made.written[number]
    return edited(one.book.data, one.book.path.name, one.changes)


def read_back(path: Path, made: Result, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """姓名 → heading → what the form says, as recognition reads it."""
    headings = [column.heading for column in made.columns]
    wanted = Wanted({one: Want(one, True) for one in headings}, {one: one for one in headings}, dict(names))
    book = open_form(path)
    return {row.name: {name: cell.text for name, cell in row.cells.items()} for form in recognise(book, wanted)
            for row in rows_of(Placed(book, form))}


@st.composite
def companies(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[str], int]:
    """(lines of a result, the items that the form has, a seed for how it is drawn)."""
    count = draw(st.integers(2, 7))
    amount = st.integers(0, 2_000_000).map(lambda fen: Decimal(fen).scaleb(-2))
    score = st.integers(0, 10_000).map(lambda n: Decimal(n).scaleb(-2))
    lines = [{"工号": f"{n + 1:03}", "姓名": SURNAMES[n] + GIVEN[n], **{
        one: draw(amount if kind == "money" else score) for one, kind in ITEMS.items()}} for n in range(count)]
    items = draw(st.permutations(list(ITEMS)).map(lambda found: found[:3]))
    return lines, items, draw(st.integers(0, 10**6))


def draw_list(path: Path, lines: Sequence[Mapping[str, Any]], items: Sequence[str], seed: int) -> list[str]:
    """A list drawn at random: some names there already, rows drawn or not, a sum, a second sheet; gives the order."""
    pick = random.Random(seed)
    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet.title = pick.choice(["Sheet1", "12月", "发放表"])
    top = pick.randint(2, 5)
    sheet["A1"] = pick.choice(["2016年12月工资表", "工资发放表（2016年12月）", "   年   月工资表"])
    if pick.random() < 0.7:
        sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(items) + 3)
    head = ["序号", "工号", "姓  名" if pick.random() < 0.5 else "姓名",
            *(f"{one}（元）" if ITEMS[one] == "money" and pick.random() < 0.5 else one for one in items)]
    for column, text in enumerate(head, 1):
        sheet.cell(top, column, text)
    there = list(lines)
    pick.shuffle(there)
    there = there[:pick.randint(0, len(there))]
    rows = max(len(there) + pick.randint(0, 4), 1)
    for n in range(rows):
        for column in range(1, len(head) + 1):
            sheet.cell(top + 1 + n, column).border = THIN
        sheet.cell(top + 1 + n, 1, n + 1)
        if n < len(there):
            sheet.cell(top + 1 + n, 2, there[n]["工号"])
            sheet.cell(top + 1 + n, 3, there[n]["姓名"])
    sheet.cell(top + 1 + rows, 1, "合计")
    for column in range(4, len(head) + 1):
        letter = chr(64 + column)
        sheet.cell(top + 1 + rows, column, f"=SUM({letter}{top + 1}:{letter}{top + rows})")
    sheet.cell(top + 3 + rows, 1, "制表人：")
    other = wb.create_sheet("说明")
    other["A1"] = "填表说明：不要改表头。"
    wb.save(path)
    return [str(line["姓名"]) for line in there]


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_lists_filled_and_read_again_are_the_same(tmp_path_factory: pytest.TempPathFactory,
                                                  company: tuple[list[dict[str, Any]], list[str], int]) -> None:
    lines, items, seed = company
    folder = tmp_path_factory.mktemp("trip")
    path, out = folder / "表.xlsx", folder / "填好.xlsx"
    there = draw_list(path, lines, items, seed)
    made = result(lines, ITEMS)
    names = {str(line["工号"]): str(line["姓名"]) for line in lines}
    done = filled(path, made, names, "2016-12")
    out.write_bytes(bytes_of(done))
    back = read_back(out, made, names)
    assert list(back)[:len(there)] == there                    # the form's order, new people below
    assert set(back) == set(names.values())
    for line in lines:
        for one in items:
            said = back[str(line["姓名"])].get(one, "0")
            assert Decimal(said) == Decimal(result_says(line[one], ITEMS[one])), (line, one)
    before = path.read_bytes()
    changed = changed_parts(before, out.read_bytes())
    assert len(changed) == 1
    if not done.written[0].changes.filled[0].room:
        cells = changed_cells(before, out.read_bytes(), openpyxl.load_workbook(path).sheetnames[0])
        assert len(cells) <= len(lines) * (len(items) + 2) + 1
    again = filled(out, made, names, "2016-12")
    assert not any(one.changes for one in again.written)        # filled twice it is the same


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_an_empty_card_filled_for_everybody_and_read_again(
        tmp_path_factory: pytest.TempPathFactory, company: tuple[list[dict[str, Any]], list[str], int]) -> None:
    lines, items, seed = company
    items = [one for one in items if not one.endswith("合计")]
    folder = tmp_path_factory.mktemp("cards")
    path = folder / "空白卡.xlsx"
    pick = random.Random(seed)
    wb = openpyxl.Workbook()
    sheet = wb.active
    sheet["A1"] = "员工月度绩效通知书（2016年12月）"
    sheet.merge_cells("A1:D1")
    sheet["A2"], sheet["C2"] = "姓名" + "：" * pick.randint(0, 1), "工号"
    for n, one in enumerate(items):
        sheet.cell(3 + n // 2, 1 + n % 2 * 2, one)
    sheet["A8"] = "签字："
    wb.save(path)
    made = result(lines, ITEMS)
    names = {str(line["工号"]): str(line["姓名"]) for line in lines}
    done = filled(path, made, names, "2016-12")
    assert [one.person for one in done.written] == list(names.items())
    for number, line in enumerate(lines):
        out = folder / f"{number}.xlsx"
        out.write_bytes(bytes_of(done, number))
        back = read_back(out, made, names)[str(line["姓名"])]
        for one in items:
            if one in back or line[one]:
                assert Decimal(back[one]) == Decimal(result_says(line[one], ITEMS[one]))
        assert len(changed_parts(path.read_bytes(), out.read_bytes())) == 1


@pytest.mark.parametrize(("number", "period", "people", "values", "cells"), [
    ("01", "2016-02", {"1": "AAA"}, {"奖励": Decimal("12.30")}, 1),
    ("02", "2024-04", None, {"奖金": Decimal("12.30")}, 3),
    ("03", "2015-07", None, {"其他扣款": Decimal("12.30")}, 52),
])
def test_real_workbooks_take_values_and_nothing_else_changes(
        number: str, period: str, people: dict[str, str] | None, values: dict[str, Decimal], cells: int) -> None:
    path = real(number)
    if path is None:
        pytest.skip("the real workbooks are not on this machine")
    if people is None:
        book = open_form(path)
        form = next(one for one in recognise(book) if one.people)
        found = [Placed(book, form).whose(row)[1] for row in form.people]
        people = {str(n): name for n, name in enumerate(dict.fromkeys(found), 1)}
    made = result([{"工号": person, "姓名": name, **values} for person, name in people.items()],
                  dict.fromkeys(values, "money"), period)
    done = filled(path, made, people, period, overwrite=True)
    filling = next(one for one in done.written if one.changes).changes.filled[0]
    after = bytes_of(done)
    changed = changed_cells(path.read_bytes(), after, filling.sheet)
    assert 0 < len(changed) <= cells
    assert {new for _, new in changed.values()} == {"12.3"}
    assert len(changed_parts(path.read_bytes(), after)) == 1


def test_a_real_column_of_formulas_is_left_and_told() -> None:
    path = real("03")
    if path is None:
        pytest.skip("the real workbooks are not on this machine")
    made = result([{"工号": "1", "姓名": "刘某人15", "补助": Decimal("12.30")}], {"补助": "money"}, "2015-07")
    done = filled(path, made, {"1": "刘某人15"}, "2015-07", overwrite=True)
    assert not any(one.changes for one in done.written)
    wanted = "「补助」是公式，没有动；与结果不同（公式 → 结果）：1 刘某人15 P3 330.00 → 12.30"
    assert any(wanted in text for text in done.said)


@pytest.mark.parametrize("number", ["04", "05", "10", "12", "17"])
def test_real_forms_of_something_else_are_left_alone(number: str) -> None:
    path = real(number)
    if path is None:
        pytest.skip("the real workbooks are not on this machine")
    made = result([{"工号": "1", "姓名": "张三", "绩效等级": "优"}], {"绩效等级": "text"}, "2025-07")
    done = filled(path, made, {"1": "张三"}, "2025-07")
    assert not any(one.changes for one in done.written)
