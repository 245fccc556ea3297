"""Cards: where the value of each label stands, as cards.yaml has them; what may stand in two places is asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from xl_kpi.workbooks import forms as drawn_forms

from tests.forms.drawn_cards import draw_card, judge_card
from tests.share import some, times
from xl_kpi.actions import form_files
from xl_kpi.forms.foreign import open_form
from xl_kpi.forms.labels import label_of
from xl_kpi.forms.model import Form
from xl_kpi.forms.pairs import pieces
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.ticks import chosen, tick
from xl_kpi.forms.wanted import Wanted, of_policy, plain
from xl_kpi.policy.load import load
from xl_kpi.workbook.book import Book, Sheet
from xl_kpi.workbook.file import read_bytes
from xl_kpi.workbook.grid import Area, address

REAL = Path(__file__).with_name("real")
CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cards.yaml").read_text("utf-8"))


def sheet_of(rows: str, name: str = "Sheet1") -> Sheet:
    """A sheet as cards.yaml writes it."""
    cells = [[cell.strip() for cell in line.split("|")] for line in rows.rstrip("\n").split("\n")]
    width = max(map(len, cells))
    found: list[list[object]] = [[None] * width for _ in cells]
    merged: list[Area] = []
    for row, line in enumerate(cells):
        for column, text in enumerate(line):
            if text in ("", "<", "^"):
                continue
            right, bottom = column, row
            if text.startswith("<<"):
                text = text[2:]                 # noqa: PLW2901
                while right + 1 < len(line) and line[right + 1] == "<":
                    right += 1
            elif text.startswith("^^"):
                text = text.lstrip("^")         # noqa: PLW2901
                while bottom + 1 < len(cells) and column < len(cells[bottom + 1]) and cells[bottom + 1][column] == "^":
                    bottom += 1
            if (right, bottom) != (column, row):
                merged.append((row, column, bottom, right))
            found[row][column] = float(text) if text.replace(".", "", 1).isdigit() and not (
                text.startswith("0") and "." not in text) and text.count(".") < 2 else text
    return Sheet(name, False, found, merged=merged)


def wanted_of(case: dict[str, Any]) -> Wanted:
    return of_policy(load(case["制度"]), case.get("people", {})) if "制度" in case else plain()


def cells_of(form: Form) -> dict[str, str]:
    return {one.name: address(one.rows[0], one.column) for one in form.fields}


def forms_of(case: dict[str, Any], name: str = "考核.xlsx") -> list[Form]:
    return recognise(Book(Path(name), [sheet_of(case["rows"])]), wanted_of(case))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_cards(case: dict[str, Any]) -> None:
    forms = forms_of(case)
    if case.get("kind") != "any":
        assert [form.kind for form in forms] == ["card"] * len(case.get("cards", [1]))
    for form, wanted in zip(forms, case.get("cards", [case]), strict=False):
        found = cells_of(form)
        if form.kind == "card":
            assert {name: found.get(name) for name in wanted.get("fields", {})} == wanted.get("fields", {})
            within = {one.name for one in form.fields if one.within}
            assert within == set(wanted.get("within", [])) & found.keys() | (within - set(wanted.get("fields", {})))
            assert [one.key for one in form.open if one.key != "月份"] == wanted.get("open", [])
            assert all(one.sure >= 0.8 and one.why for one in form.fields)
        assert not set(wanted.get("absent", [])) & found.keys()
        if "month" in wanted:
            assert str(form.period) == wanted["month"]


def test_nothing_is_wrong_in_cards_drawn_at_random() -> None:
    """Nearly all is recognised; the rest is asked, or taken for a list of one person."""
    counts: Counter[str] = Counter()
    for seed in range(times(250, 80)):
        drawn = draw_card(seed)
        verdict = judge_card(drawn, recognise(drawn.book()))
        assert verdict.wrong == [], seed
        counts += verdict.counts
    assert counts["open"] * 12 < counts["right"]


def test_a_wrong_answer_would_be_seen() -> None:
    """The judge judges."""
    drawn = draw_card(1)
    name, (row, column) = next(iter(drawn.cells.items()))
    drawn.cells[name] = row + 1, column
    assert judge_card(drawn, recognise(drawn.book())).wrong


@pytest.mark.parametrize("policy_id", some())
def test_our_own_blank_cards_are_recognised(policy_id: str) -> None:
    """What forms new draws: every score that is entered stands where the card says it, and nowhere else."""
    policy = load(policy_id)
    try:
        data = drawn_forms.as_bytes(policy, drawn_forms.Live(False, {}))
    except KeyError:                    # a policy with readings that a form depends on: drawn with their defaults
        data = drawn_forms.as_bytes(policy, drawn_forms.Live(False, {
            name: reading.default for name, reading in policy.readings.items()}))
    book = read_bytes(data, Path(f"{policy_id}.xlsx"))
    forms = recognise(book, of_policy(policy))
    for sheet in book.sheets:
        if not sheet.name.endswith("_卡"):
            continue
        (form,) = [form for form in forms if form.sheet == sheet.name]
        assert form.kind == "card"
        head = next(row for row, cells in enumerate(sheet.rows) if cells[0] == "序号")
        places = {(one.rows[0], one.column): one.name for one in form.fields}
        for row in range(head + 1, len(sheet.rows)):
            if not isinstance(sheet.rows[row][0], float):
                break
            found = [name for (at, _), name in places.items() if at == row]
            assert any(label_of(str(sheet.rows[row][1])).name in name for name in found), (sheet.name, row + 1)


# -- the real cards (tests/forms/real): what each must say, as its entry has it ----------------------------------------

@pytest.mark.parametrize(("name", "wanted", "month"), [
    ("04_timesheet-card-bilingual.xlsx", {
        "客户": "B2", "项目号": "F2", "地区": "B3", "项目名称": "F3", "月份": "B4", "岗位": "B5", "出发日": "F5",
        "项目经理": "B6", "返回日": "F6", "咨询顾问": "B44", "客户项目经理": "E44", "咨询顾问 签名": "B46",
        "客户项目经理 日期": "E48"}, "2025-07"),
    ("05_salary-single-person-calc.xlsx", {"实发工资": "B2", "工作天数": "F5", "满计薪工资": "H5", "税前工资": "F7",
                                           "单日工资": "F9"}, None),
    ("11_fund-request-card.xls", {"申请日期": "F3", "合计": "A6", "核定金额合计": "A7", "申请支付单位": "A8",
                                  "联系人": "G14", "手机号": "I14"}, None),
    ("12_order-card-with-footer.xlsx", {"委托方": "B4", "委托单号": "M4", "日期": "M5", "供应商交货方式": "K21"}, None),
    ("17_order-card-template-tags.xlsx", {"邮寄地址": "B2", "联系人": "B2", "制表人": "B5", "合计": "H8",
                                          "平均": "H9"}, "2020"),
])
def test_real_cards(name: str, wanted: dict[str, str], month: str | None) -> None:
    form = next(form for form in recognise(open_form(REAL / name)) if form.kind == "card")
    found = cells_of(form)
    assert {key: found.get(key) for key in wanted} == wanted
    assert (str(form.period) if form.period else None) == month
    within = {one.name for one in form.fields if one.within}
    assert within >= {key for key in wanted if name[:2] in ("11", "17") and key not in ("手机号", "合计", "平均")}


# -- whose a card is ---------------------------------------------------------------------------------------------------

BLANK = "员工考核表\n部门 | 客服部 | 得分 | {score}\n岗位 | 客服代表 | 考核等级 | A\n班组 | 一组 | 备注 |"


@pytest.mark.parametrize(("file", "sheets", "people"), [
    ("5月考核.xlsx", ["张三", "李四"], ["张三", "李四"]),              # a sheet a person
    ("张三_2024年5月考核表.xlsx", ["Sheet1"], ["张三"]),              # a file a person
    ("002 李四 考核表（5月）.xlsx", ["Sheet1"], ["李四"]),
    ("张三和李四_考核表.xlsx", ["Sheet1"], [""]),
])
def test_whose_a_card_is_by_its_names(file: str, sheets: list[str], people: list[str]) -> None:
    wanted = Wanted(people={"001": "张三", "002": "李四"})
    book = Book(Path(file), [sheet_of(BLANK.format(score=80 + n), name) for n, name in enumerate(sheets)])
    forms = recognise(book, wanted)
    assert [(form.kind, form.person) for form in forms] == [("card", person) for person in people]
    assert [cells_of(form)["得分"] for form in forms] == ["D2"] * len(sheets)


def test_a_card_and_its_file_name_two_people() -> None:
    wanted = Wanted(people={"001": "张三", "002": "李四"})
    sheet = sheet_of("考核表\n姓名 | 张三 | 工号 | 001\n部门 | 客服部 | 得分 | 90")
    (form,) = recognise(Book(Path("李四_考核表.xlsx"), [sheet]), wanted)
    asked = next(one for one in form.open if one.key == "姓名")
    assert "姓名是张三，文件名是李四" in asked.text
    assert "姓名" not in cells_of(form)


# -- asked, answered, and good for the next month ----------------------------------------------------------------------

def save(sheet: Sheet, path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet.name
    for row in sheet.rows:
        page.append(row)
    for top, left, bottom, right in sheet.merged:
        page.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    book.save(path)


def test_a_question_about_a_card_is_answered_once(tmp_path: Path) -> None:
    rows = "考核表\n姓名 | {name} | 工号 | 9 |\n考核月份 | 2024年{month}月 |  |  |\n得分 | 92 | 88 | 90 |"
    save(sheet_of(rows.format(name="许二", month=4)), tmp_path / "许二_4月考核表.xlsx")
    found = form_files.inspect([tmp_path])
    assert [one.key for form in found.forms for one in form.open] == ["得分"]
    answers = tmp_path / "附表对应.toml"
    assert found.asked == [answers]
    answers.write_text(answers.read_text("utf-8-sig").replace('"得分" = ""', '"得分" = "C4"'), "utf-8")
    save(sheet_of(rows.format(name="吕三", month=5)), tmp_path / "吕三_5月考核表.xlsx")
    found = form_files.inspect([tmp_path])
    assert [cells_of(form)["得分"] for form in found.forms] == ["C4", "C4"]
    assert [str(form.period) for form in found.forms] == ["2024-05", "2024-04"]
    assert [form.open for form in found.forms] == [[], []]
    save(sheet_of(rows.format(name="施四", month=6).replace("工号", "员工编号")), tmp_path / "施四_6月考核表.xlsx")
    assert [one.key for form in form_files.inspect([tmp_path]).forms for one in form.open] == ["得分"]


# -- texts and boxes ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "wanted"), [
    ("姓名：张三", [("姓名", "张三")]),
    ("姓    名：张三  部门：客服部", [("姓    名", "张三"), ("部门", "客服部")]),
    ("工号：001   姓    名：", [("工号", "001"), ("姓    名", "")]),
    ("张三 部门：客服部 岗位：代表", [("部门", "客服部"), ("岗位", "代表")]),
    ("咨询顾问\n Consultant：", [("咨询顾问\n Consultant", "")]),
    ("邮寄地址：{{Address}}      联系人：{{Contact}}", [("邮寄地址", "{{Address}}"), ("联系人", "{{Contact}}")]),
    ("考核月份：   年   月", [("考核月份", "")]),
    ("总分（　　）", [("总分", "")]), ("客服考核表    总分（    ）", [("总分", "")]), ("工号______", [("工号", "")]),
    ("上班 8:30", []), ("注：本表一式三份。", []), ("{{Image::Cover?w=60}}", []), ("工作业绩（60分）", []),
    ("一、委托方与代理方签订了《协议》，此委托单是主协议的有效附件，委托进口货物如下:", []),
])
def test_labels_within_a_text(text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(piece.text, piece.value) for piece in pieces(text)] == wanted


@pytest.mark.parametrize(("text", "done", "option", "after"), [
    ("□优秀 ■良好 □合格", ["良好"], "优秀", "■优秀 □良好 □合格"),
    ("□优秀 □良好", [], "良好", "□优秀 ■良好"),
    ("☑是  ☐否", ["是"], "否", "☐是  ☑否"),
    ("（√）是 （ ）否", ["是"], "否", "（ ）是 （√）否"),
    ("二〇二四年", [], "年", ""), ("○", [], "", ""), ("□A □A", [], "A", ""),
])
def test_boxes(text: str, done: list[str], option: str, after: str) -> None:
    assert chosen(text) == done
    assert tick(text, option) == after


def test_areas_that_overlap_do_not_hang_it() -> None:
    """As a damaged file has them."""
    sheet = sheet_of("姓名 | 工号 | 部门 | 岗位\n得分 | 等级 | 备注 | 月份")
    sheet.merged = [(0, 0, 0, 2), (0, 1, 0, 1), (0, 1, 0, 3), (0, 0, 1, 0)]
    assert isinstance(recognise(Book(Path("考核.xlsx"), [sheet])), list)
