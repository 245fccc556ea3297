"""Filling a company's own lists and cards: what goes where, what is refused, what is told."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Border, Protection, Side

from tests.forms.filled import (
    cell_field,
    cells_of,
    changed_cells,
    changed_parts,
    filling,
    on_card,
    on_list,
    real,
    result,
    written,
)
from xl_kpi.forms.model import Form
from xl_kpi.period import Month

LINES = [
    {"工号": "001", "姓名": "张三", "岗位": "客服代表", "得分": Decimal("88.5"), "实发合计": Decimal("4321.50")},
    {"工号": "002", "姓名": "李四", "岗位": "客服代表", "得分": Decimal("90"), "实发合计": Decimal("4000.00")},
    {"工号": "003", "姓名": "王五", "岗位": "客服领班", "得分": Decimal("75.25"), "实发合计": Decimal("5600.10")},
]
RESULT = result(LINES, {"岗位": "text", "得分": "score", "实发合计": "money"})
COLUMNS = {"序号": ("A", "序号"), "姓名": ("B", "姓  名"), "得分": ("C", "考核得分"), "实发合计": ("D", "实发金额")}
THIN = Border(*(Side("thin"),) * 4)


def make(folder: Path, names: list[str], drawn: int = 0, numbered: bool = True, total: bool = True,
         **cells: Any) -> Path:
    """A list: title, heading in row 3, people from row 4, empty rows drawn, 合计, a signature."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "工资"
    sheet["A1"] = "　　年　月工资表"
    sheet.merge_cells("A1:E1")
    for column, text in zip("ABCDE", ("序号", "姓  名", "考核得分", "实发金额", "签字"), strict=True):
        sheet[f"{column}3"] = text
    row = 3
    for n, name in enumerate([*names, *[None] * drawn], 1):
        row += 1
        for column in "ABCDE":
            sheet[f"{column}{row}"].border = THIN
        sheet[f"C{row}"].number_format = "0.00"
        if numbered or name:
            sheet[f"A{row}"] = n
        sheet[f"B{row}"] = name
    if total:
        sheet[f"A{row + 1}"] = "合  计"
        sheet[f"D{row + 1}"] = f"=SUM(D4:D{row})"
        sheet[f"A{row + 3}"] = "主管领导："
    for cell, value in cells.items():
        sheet[cell] = value
    path = folder / "工资表.xlsx"
    book.save(path)
    return path


def form(people: list[int], **more: Any) -> Form:
    return on_list("工资表.xlsx", "工资", COLUMNS, people, (3, 3), **more)


def test_values_go_into_the_cells_of_their_people(tmp_path: Path) -> None:
    path = make(tmp_path, ["李四", "张 三", "王五"])
    done = filling(path, form([4, 5, 6]), RESULT)
    assert not done.problems
    assert not done.differences
    after = written(path, done)
    assert changed_cells(path.read_bytes(), after, "工资") == {
        "A1": ("　　年　月工资表", "2016年12月工资表"), "C4": ("", "90"), "D4": ("", "4000"), "C5": ("", "88.5"),
        "D5": ("", "4321.5"), "C6": ("", "75.25"), "D6": ("", "5600.1")}
    assert changed_parts(path.read_bytes(), after) == {"xl/worksheets/sheet1.xml"}
    assert openpyxl.load_workbook(path.parent / path.name)["工资"]["C4"].value is None     # the form is untouched


def test_drawn_rows_are_filled_numbered_or_not(tmp_path: Path) -> None:
    for numbered in (True, False):
        path = make(tmp_path, [], drawn=4, numbered=numbered)
        after = written(path, filling(path, form([]), RESULT))
        cells = changed_cells(path.read_bytes(), after, "工资")
        assert [cells[f"B{row}"][1] for row in (4, 5, 6)] == ["张三", "李四", "王五"]
        assert "B7" not in cells


def test_somebody_new_goes_below_in_the_forms_order(tmp_path: Path) -> None:
    path = make(tmp_path, ["王五"], drawn=3)
    done = filling(path, form([4]), RESULT)
    cells = changed_cells(path.read_bytes(), written(path, done), "工资")
    assert [cells[f"B{row}"][1] for row in (5, 6)] == ["张三", "李四"]
    assert any("001 张三、002 李四" in text for text in done.said)


def test_who_is_not_in_the_result_is_told_and_left(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三", "赵六", "李四", "王五"])
    done = filling(path, form([4, 5, 6, 7]), RESULT)
    assert any("赵六" in text and "没有动" in text for text in done.said)
    assert "C5" not in changed_cells(path.read_bytes(), written(path, done), "工资")


def test_what_hr_typed_is_refused_with_old_and_new(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三", "李四", "王五"], C4=90, D5="4000元", D6="—")
    done = filling(path, form([4, 5, 6]), RESULT)
    assert [(p.text, p.cell, p.person) for p in done.differences] == [
        ("001 张三：考核得分 90.00 → 88.50", "C4", "001"), ("003 王五：实发金额 — → 5600.10", "D6", "003")]
    assert all(p.sheet == "工资表.xlsx 工资" for p in done.differences)
    agreed = filling(path, form([4, 5, 6]), RESULT, overwrite=True)
    cells = changed_cells(path.read_bytes(), written(path, agreed), "工资")
    assert cells["C4"] == ("90", "88.5")
    assert "D5" not in cells                                    # 4000元 says it already


def test_a_formula_stays(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三", "李四", "王五"], D4="=C4*40", E4="=D4/2")
    done = filling(path, form([4, 5, 6]), RESULT)
    assert [(one.place, one.value) for one in done.formulas] == [((3, 3), Decimal("4321.50"))]
    assert "D4" not in changed_cells(path.read_bytes(), written(path, done), "工资")


def test_two_of_one_name_are_not_guessed(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三"])
    done = filling(path, form([4]), RESULT, {"001": "张三", "009": "张三", "002": "李四", "003": "王五"})
    assert "可能是 2 个人（001 张三、009 张三）" in done.problems[0].text
    assert done.problems[0].cell == "B4"


def test_somebody_twice_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三", "张三（代）", "李四", "王五"])
    done = filling(path, form([4, 5, 6, 7]), RESULT)
    assert "001 张三：有两行（另一行是第 4 行）" in done.problems[0].text


def test_locked_cells_of_a_protected_sheet_are_refused_and_open_ones_filled(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三"])
    book = openpyxl.load_workbook(path)
    sheet = book["工资"]
    sheet.protection.sheet = True
    sheet["C4"].protection = Protection(locked=False)
    sheet["A1"].protection = Protection(locked=False)
    book.save(path)
    done = filling(path, form([4]), result(LINES[:1], {"得分": "score", "实发合计": "money"}))
    assert [(p.cell, "锁定" in p.text) for p in done.problems] == [("D4", True)]
    assert done.filled.cells == {(0, 0): "2016年12月工资表", (3, 2): Decimal("88.5")}


def test_percent_columns_by_their_format(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三", "李四"])
    book = openpyxl.load_workbook(path)
    book["工资"]["C4"].number_format = "0%"
    book.save(path)
    lines = [dict(line, 得分=Decimal(80)) for line in LINES[:2]]
    done = filling(path, form([4, 5]), result(lines, {"得分": "percent"}))
    cells = changed_cells(path.read_bytes(), written(path, done), "工资")
    assert (cells["C4"][1], cells["C5"][1]) == ("0.8", "80")
    done = filling(path, form([4, 5]), result(lines, {"得分": "score"}))
    assert "百分比格式" in done.problems[0].text


def test_a_team_s_list_has_no_others(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三"], drawn=5, A2="班组：一组")
    lines = [dict(line, 班组=team) for line, team in zip(LINES, ("一组", "一组", "二组"), strict=True)]
    done = filling(path, form([4]), result(lines, {"班组": "text", "得分": "score"}))
    assert done.people == ["001", "002"]
    assert any("是一组的，别的班组的 1 人没有加" in text for text in done.said)


def test_too_few_rows_above_a_sum_make_room(tmp_path: Path) -> None:
    path = make(tmp_path, ["张三"])
    done = filling(path, form([4]), RESULT)
    assert (done.filled.after, done.filled.room) == (3, 2)
    sheet = openpyxl.load_workbook(BytesIO(written(path, done)))["工资"]
    assert [sheet[f"B{row}"].value for row in range(4, 8)] == ["张三", "李四", "王五", None]
    assert sheet["D7"].value == "=SUM(D4:D6)"


@pytest.mark.parametrize("old", ["2016年11月工资表", "2016-11 工资表"])
def test_another_month_is_told_and_rewritten_only_when_agreed(tmp_path: Path, old: str) -> None:
    path = make(tmp_path, ["张三"], A1=old)
    one = form([4], period=Month.parse("2016-11"))
    made = result(LINES[:1], {"得分": "score"})
    assert "期间 2016-11 → 2016-12" in filling(path, one, made).differences[0].text
    done = filling(path, one, made, overwrite=True)
    assert done.filled.cells[0, 0] == old.replace("11", "12")


# -- cards ------------------------------------------------------------------------------------------------------------

def card(folder: Path, **cells: Any) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "考核卡"
    sheet["A1"] = "客服绩效考核表"
    for cell, value in cells.items():
        sheet[cell] = value
    sheet.merge_cells("B5:D5")
    path = folder / "考核卡.xlsx"
    book.save(path)
    return path


def test_a_card_and_labels_with_their_value_in_one_cell(tmp_path: Path) -> None:
    path = card(tmp_path, A2="姓名：张三    岗位：＿＿＿＿  考核月份：", A5="得分", A6="实发（        ）")
    one = on_card("考核卡.xlsx", "考核卡", {"得分": "B5"},
                  {"姓名": ("A2", "姓名"), "岗位": ("A2", "岗位"), "月份": ("A2", "考核月份"),
                   "实发合计": ("A6", "实发")})
    done = filling(path, one, RESULT)
    assert not done.problems
    cells = changed_cells(path.read_bytes(), written(path, done), "考核卡")
    assert cells["A2"][1] == "姓名：张三    岗位：客服代表  考核月份：2016年12月"
    assert cells["A6"][1] == "实发（4321.50）"
    assert cells["B5"][1] == "88.5"


def test_an_empty_card_is_made_out_to_somebody(tmp_path: Path) -> None:
    path = card(tmp_path, A2="姓名：", A3="工号", A5="得分")
    one = on_card("考核卡.xlsx", "考核卡", {"工号": "B3", "得分": "B5"}, {"姓名": ("A2", "姓名：")})
    assert filling(path, one, RESULT).person == ""
    done = filling(path, one, RESULT, person="002")
    cells = changed_cells(path.read_bytes(), written(path, done), "考核卡")
    assert {cell: new for cell, (_, new) in cells.items()} == {"A2": "姓名：李四", "B3": "002", "B5": "90"}


def test_whose_card_by_the_name_of_sheet_or_file(tmp_path: Path) -> None:
    path = card(tmp_path, A5="得分")
    one = on_card("考核卡_王五.xlsx", "考核卡", {"得分": "B5"})
    assert filling(path, one, RESULT).filled.cells == {(4, 1): Decimal("75.25")}


# -- real workbooks ---------------------------------------------------------------------------------------------------

def test_real_payroll_02_is_filled_and_nothing_else_changes() -> None:
    path = real("02")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    names = [str(sheet[f"B{row}"].value) for row in (4, 5, 6)]
    lines = [{"工号": f"00{n}", "姓名": name, "奖金": Decimal(100 * n), "实发合计": Decimal("1.00")}
             for n, name in enumerate(names, 1)]
    columns = {"姓名": ("B", "姓  名"), "奖金": ("G", "奖  金"), "实发合计": ("I", "实发金额")}
    one = on_list(path.name, sheet.title, columns, [4, 5, 6], (3, 3), fields=[cell_field("月份", "G2")])
    done = filling(path, one, result(lines, {"奖金": "money", "实发合计": "money"}, "2024-04"),
                   period=Month.parse("2024-04"), overwrite=True)
    assert not done.problems
    assert len(done.formulas) == 3
    after = written(path, done)
    assert set(changed_cells(path.read_bytes(), after, sheet.title)) == {"G4", "G5", "G6"}
    assert len(changed_parts(path.read_bytes(), after)) == 1


def test_real_register_07_writes_the_top_left_of_merged_areas() -> None:
    path = real("07")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    blank = next(row for row in range(2, 12) if sheet[f"A{row}"].value and f"E{row}:H{row}" in sheet.merged_cells)
    one = on_list(path.name, sheet.title, {"姓名": ("A", "姓名"), "备注": ("F", "电子邮箱")}, [blank], (1, 1))
    lines = [{"工号": "1", "姓名": str(sheet[f"A{blank}"].value), "备注": "a@example.com"}]
    done = filling(path, one, result(lines, {"备注": "text"}), overwrite=True)
    assert set(changed_cells(path.read_bytes(), written(path, done), sheet.title)) <= {f"E{blank}"}


@pytest.mark.parametrize("number", ["51", "52", "53", "54"])
def test_real_hard_workbooks_change_one_cell_and_no_part_besides(number: str) -> None:
    path = real(number)
    name = openpyxl.load_workbook(path, keep_vba=True).sheetnames[0]
    one = on_card(path.name, name, {"备注": "AZ77"})
    made = result([{"工号": "001", "姓名": "张三", "备注": "已核"}], {"备注": "text"})
    done = filling(path, one, made, person="001")
    after = written(path, done)
    assert changed_cells(path.read_bytes(), after, name) == {"AZ77": ("", "已核")}
    assert len(changed_parts(path.read_bytes(), after)) == 1
    assert cells_of(after, name)["AZ77"][2] == "已核"


def test_an_underlined_blank_stays_underlined(tmp_path: Path) -> None:
    """A text in pieces of different looks keeps them: 姓名： plain, what is written on the line underlined."""
    import xlsxwriter
    from openpyxl.cell.rich_text import CellRichText

    path = tmp_path / "卡.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, line = book.add_worksheet("考核卡"), book.add_format({"underline": 1})
        bold = book.add_format({"bold": True})
        sheet.write_rich_string("A2", bold, "姓名：", line, "        ", bold, "岗位：", line, "      ")
        sheet.write_rich_string("A1", line, "      ", bold, "年", line, "    ", bold, "月考核卡")
    one = on_card("卡.xlsx", "考核卡", {}, {"姓名": ("A2", "姓名"), "岗位": ("A2", "岗位")})
    done = filling(path, one, RESULT, person="003")
    out = tmp_path / "out.xlsx"
    out.write_bytes(written(path, done))
    cell = openpyxl.load_workbook(out, rich_text=True)["考核卡"]["A2"].value
    assert isinstance(cell, CellRichText)
    found = [(str(piece), bool(piece.font.u), bool(piece.font.b)) for piece in cell]    # type: ignore[union-attr]
    assert found == [("姓名：", False, True), ("王五  ", True, False), ("岗位：", False, True),
                     ("客服领班", True, False)]
    assert str(openpyxl.load_workbook(out)["考核卡"]["A1"].value) == "2016年12月考核卡"
