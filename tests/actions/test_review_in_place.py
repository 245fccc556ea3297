"""季度评星 into the forms: rows filled and added, what people wrote stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.books import cell_of, column, demo_book, put, rows_of, sheet_of, value_of
from tests.command import run
from xl_kpi.policy.load import load
from xl_kpi.workbook.file import read

QUARTER = "2016Q4"
FORM, LEADS = "季度星级_客服代表", "季度星级_客服领班"
MADE = ("评定星级", "综合分值", "出勤达标", "技能成绩", "备注")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return demo_book(tmp_path)


def test_again_changes_nothing(book: Path) -> None:
    before = book.read_bytes()
    code, out, _ = run("review", book, "--quarter", QUARTER)
    assert code == 0
    assert "没有改动" in out
    assert book.read_bytes() == before


def test_blank_cells_are_filled(book: Path) -> None:
    wanted = {h: value_of(book, FORM, h, 季度=QUARTER, 工号="007") for h in MADE}
    assert wanted["评定星级"] == 1
    put(book, FORM, {cell_of(book, FORM, h, 季度=QUARTER, 工号="007"): None for h in MADE})
    assert run("review", book, "--quarter", QUARTER)[0] == 0
    assert {h: value_of(book, FORM, h, 季度=QUARTER, 工号="007") for h in MADE} == wanted


def test_missing_rows_are_added_below(book: Path) -> None:
    sheet = sheet_of(book, FORM)
    row, = rows_of(sheet, 季度=QUARTER, 工号="007")
    old = list(sheet.rows[row])
    put(book, FORM, {cell_of(book, FORM, "季度", 季度=QUARTER, 工号="007"): "2016Q3"})      # of an older review
    last = len(sheet_of(book, FORM).rows)
    code, _, _ = run("review", book, "--quarter", QUARTER)
    assert code == 0
    sheet = sheet_of(book, FORM)
    assert len(sheet.rows) == last + 1
    assert sheet.rows[last] == old
    assert sheet.rows[row][column(sheet, "季度")] == "2016Q3", "other quarters stay as they are"


def test_what_people_wrote_stays(book: Path) -> None:
    put(book, FORM, {cell_of(book, FORM, h, 季度=QUARTER, 工号="015"): None for h in MADE})
    assert run("review", book, "--quarter", QUARTER)[0] == 0
    assert value_of(book, FORM, "评定星级", 季度=QUARTER, 工号="015") == 2
    assert value_of(book, FORM, "确认星级", 季度=QUARTER, 工号="015") == 3
    assert "设备故障" in str(value_of(book, FORM, "评审意见", 季度=QUARTER, 工号="015"))


def test_a_filled_star_that_would_change_is_shown(book: Path) -> None:
    put(book, FORM, {cell_of(book, FORM, "评定星级", 季度=QUARTER, 工号="006"): 4,
                     cell_of(book, FORM, "出勤达标", 季度=QUARTER, 工号="006"): "否",
                     cell_of(book, FORM, "备注", 季度=QUARTER, 工号="006"): "组长已谈话；没有技能成绩，按 0 计"})
    before = book.read_bytes()
    code, out, _ = run("review", book, "--quarter", QUARTER)
    assert code == 1
    assert "006 张敏：评定星级 4 → 3" in out
    assert "006 张敏：出勤达标 否 → 是" in out
    assert "--replace" in out
    assert book.read_bytes() == before


def test_replace_writes_old_and_new_into_the_note(book: Path) -> None:
    note = {"季度": QUARTER, "工号": "006"}
    put(book, FORM, {cell_of(book, FORM, "评定星级", **note): 4,
                     cell_of(book, FORM, "备注", **note): "组长已谈话；没有技能成绩，按 0 计"})
    assert run("review", book, "--quarter", QUARTER, "--replace")[0] == 0
    assert value_of(book, FORM, "评定星级", **note) == 3
    # the panel's words stay, the mark of the older review goes, old → new is added
    assert value_of(book, FORM, "备注", **note) == "组长已谈话；评定星级 4 → 3"
    before = book.read_bytes()
    assert run("review", book, "--quarter", QUARTER)[0] == 0
    assert book.read_bytes() == before, "and then it stands"


def test_replace_without_a_column_for_notes_says_so(book: Path) -> None:
    put(book, FORM, {cell_of(book, FORM, "备注", 季度="季度"): "说明",
                     cell_of(book, FORM, "评定星级", 季度=QUARTER, 工号="006"): 4})
    code, out, _ = run("review", book, "--quarter", QUARTER, "--replace")
    assert code == 0
    assert "006 张敏：评定星级 4 → 3" in out
    assert f"{FORM} 没有「备注」一列，旧 → 新没有记在表上" in out


def test_the_copy_has_the_stars(book: Path, tmp_path: Path) -> None:
    put(book, LEADS, {cell_of(book, LEADS, "评定星级", 季度=QUARTER, 工号="001"): None})
    before, out = book.read_bytes(), tmp_path / "评审.xlsx"
    assert run("review", book, "--quarter", QUARTER, "-o", out)[0] == 0
    assert book.read_bytes() == before
    assert value_of(out, LEADS, "评定星级", 季度=QUARTER, 工号="001") == 2
    assert [s.name for s in read(out).sheets] == [s.name for s in read(book).sheets]


def test_a_form_that_is_missing_is_made(book: Path, tmp_path: Path) -> None:
    import openpyxl

    loaded = openpyxl.load_workbook(book)
    del loaded[LEADS]
    loaded.save(book)
    code, out, _ = run("review", book, "--quarter", QUARTER)
    assert code == 0, out
    assert value_of(book, LEADS, "评定星级", 季度=QUARTER, 工号="001") == 2
    assert run("review", book, "--quarter", QUARTER)[0] == 0


def test_a_form_without_headings_is_refused(book: Path) -> None:
    put(book, FORM, {cell_of(book, FORM, "季度", 季度="季度"): "日期"})
    before = book.read_bytes()
    code, out, _ = run("review", book, "--quarter", QUARTER)
    assert code == 1
    assert "季度" in out
    assert book.read_bytes() == before


def test_added_rows_need_room(book: Path) -> None:
    """A foot below the table (合计) is never written over."""
    sheet = sheet_of(book, FORM)
    last = len(sheet.rows)
    put(book, FORM, {f"A{last + 1}": "合计"})
    put(book, FORM, {cell_of(book, FORM, "季度", 季度=QUARTER, 工号="007"): "2016Q3"})
    before = book.read_bytes()
    code, out, _ = run("review", book, "--quarter", QUARTER)
    assert code == 1
    assert f"第 {last + 1} 行已经有内容" in out
    assert "插入 1 个空行" in out
    assert book.read_bytes() == before


def test_two_rows_of_somebody_are_refused(book: Path) -> None:
    """Only one of them would be filled, and nobody would know which."""
    put(book, FORM, {cell_of(book, FORM, "工号", 季度=QUARTER, 工号="007"): "006",
                     cell_of(book, FORM, "姓名", 季度=QUARTER, 工号="007"): "张敏"})
    before = book.read_bytes()
    code, out, _ = run("review", book, "--quarter", QUARTER)
    assert code == 1
    assert "006 张敏：2016Q4 有 2 行" in out
    assert book.read_bytes() == before


def test_rows_of_people_who_are_not_reviewed_are_told(book: Path) -> None:
    put(book, "花名册", {cell_of(book, "花名册", "离职日期", 工号="010"): "2016-09-10"})
    code, out, _ = run("review", book, "--quarter", QUARTER)
    assert code == 0, out
    cell = cell_of(book, FORM, "工号", 季度=QUARTER, 工号="010")
    assert f"{FORM} {cell}  010 郑海涛：2016Q4 不在这张表上评星，这一行没有动" in out


def test_nothing_to_write_is_said_so(tmp_path: Path) -> None:
    """The forms are filled already: BOOK stays, and OUT is no more than a copy."""
    book, out = demo_book(tmp_path), tmp_path / "副本.xlsx"
    code, said, _ = run("review", book, "--quarter", "2016Q4", "-o", out)
    assert code == 0
    assert f"没有改动，{out} 是它原样的副本" in said
    assert "已写入" not in said
    assert out.read_bytes() == book.read_bytes()


def test_a_review_without_forms_has_a_sheet_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = demo_book(tmp_path)
    monkeypatch.setitem(vars(load("bozhen-2016").review), "forms", [])
    code, out, _ = run("review", book, "--quarter", "2016Q4")
    assert code == 0, out
    made = {sheet.name for sheet in read(book).sheets}
    assert {"季度评星_2016Q4", "核算依据_季度评星_2016Q4", "汇总_季度评星_2016Q4"} <= made
    written = book.read_bytes()
    assert run("review", book, "--quarter", "2016Q4")[0] == 0
    assert book.read_bytes() == written, "twice changes nothing"


def test_whoever_is_on_no_form_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review = load("bozhen-2016").review
    assert review is not None
    monkeypatch.setitem(vars(review), "forms", review.forms[:1])
    code, out, _ = run("review", demo_book(tmp_path), "--quarter", "2016Q4")
    assert code == 0
    assert re.search(r"有结果却没有附表可填，没有写入的 \d+ 人：\d+ ", out)
