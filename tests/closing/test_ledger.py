"""结账记录: whoever changes, removes, adds or moves a row leaves a mark that names it."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from xl_kpi.closing import ledger
from xl_kpi.closing.ledger import CLOSE, REOPEN, SHEET, Ledger, Record, read, sheet_of, short
from xl_kpi.closing.snapshot import PIECE, canonical, pieces
from xl_kpi.period import Month
from xl_kpi.problems import Problem, Refusal
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.file import Book, Sheet
from xl_kpi.workbook.file import read as read_book
from xl_kpi.workbook.render_xlsx import write


def closing(month: str, seed: int = 0, size: int = 12_000, **more: Any) -> dict[str, Any]:
    """The content of a record as ``record.closed`` makes it; ``size`` bytes of it cannot be packed smaller."""
    rng = random.Random(f"{month}{seed}")
    return {
        "action": CLOSE, "month": month, "policy": "a-policy", "policy_digest": "0" * 64, "program": "0.1.0",
        "reason": "", "people": 3,
        "grand": [["应发合计", "1234567.80"], ["实发合计", f"{rng.randrange(10**8) / 100:.2f}"]],
        "columns": [["工号", "text"]], "lines": [["001"]], "differences": [], "readings": {}, "parameters": {},
        "sheets": [rng.randbytes(size // 2).hex()], **more}


def reopening(month: str, reason: str = "记错了") -> dict[str, Any]:
    return {"action": REOPEN, "month": month, "policy": "a-policy", "program": "0.1.0", "reason": reason,
            "differences": []}


def ledger_of(*contents: dict[str, Any]) -> Ledger:
    made = Ledger()
    for content in contents:
        made = made.with_record(content)
    return made


CHANGED = [["001", "张三", "实发合计", "100.00", "200.00"], ["002", "李四", "这个人", "", "有"]]
FOUR = ledger_of(closing("2016-10"), closing("2016-11", size=40_000), reopening("2016-11"),
                 closing("2016-11", 1, differences=CHANGED))


def as_read(sheet: ResultSheet, path: Path) -> Book:
    """The sheet written to a file and read again."""
    write(path, [sheet])
    return read_book(path)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return as_read(sheet_of(FOUR), tmp_path_factory.mktemp("ledger") / "a.xlsx")


def said(faults: list[Problem]) -> str:
    return "\n".join(f"{p.cell} {p.text}" for p in faults)


# ------------------------------------------------------------------------------------------------------------- sound


def test_the_records_come_back(book: Book) -> None:
    found = read(book)
    assert found.faults == []
    assert found.records == FOUR.records
    assert read(book).sound().closed() == [Month.of(2016, 10), Month.of(2016, 11)]
    assert found.last("", Month.of(2016, 11)) == FOUR.records[3]
    assert found.last("", Month.of(2016, 12)) is None


def test_each_record_holds_the_fingerprint_of_the_one_before() -> None:
    first, second, *_ = FOUR.records
    assert first.content["previous"] == ""
    assert second.content["previous"] == first.fingerprint
    assert len({r.fingerprint for r in FOUR.records}) == 4
    assert short("9f86d081884c7d659a2feaa0c55ad015") == "9f86 d081 884c 7d65"


def test_one_more_record_leaves_the_rows_above_as_they_are(book: Book, tmp_path: Path) -> None:
    more = as_read(sheet_of(read(book).with_record(closing("2016-12"))), tmp_path / "b.xlsx")
    assert read(more).faults == []
    assert read(more).records[:4] == FOUR.records
    assert read(more).sound().closed()[-1] == Month.of(2016, 12)


def test_a_workbook_without_the_sheet_has_no_closed_month() -> None:
    assert read(Book(Path("a.xlsx"), [])).sound().closed() == []
    assert read(Book(Path("a.xlsx"), [Sheet(SHEET, False, [[None, None]])])).sound().closed() == []


def test_a_reopened_month_is_not_closed() -> None:
    assert ledger_of(closing("2016-10"), closing("2016-11"), reopening("2016-11")).closed() == [Month.of(2016, 10)]


def test_what_hr_sees(book: Book) -> None:
    rows = book.sheets[0].rows
    assert rows[0][0] == SHEET
    assert rows[1][0] == f"共 4 条；已封存：2016年10月、2016年11月；最后一条的指纹 {short(FOUR.records[3].fingerprint)}"
    assert rows[3][:12] == ["序号", "动作", "月份", "制度", "程序版本", "人数", "应发合计", "实发合计", "原因",
                            "与上次封存的差别", "上一条的指纹", "本条的指纹"]
    assert rows[6][:9] == [3, "重开", "2016-11", "a-policy", "0.1.0", None, None, None, "记错了"]
    assert rows[7][9] == "001 张三：实发合计 100.00 → 200.00\n002 李四：这个人 （空） → 有"


def test_the_snapshots_are_in_hidden_columns_that_fit() -> None:
    sheet = sheet_of(FOUR)
    assert sheet.widths[:12] == [w for w in sheet.widths if w]
    assert set(sheet.widths[12:]) == {0}
    texts = [v for row in sheet.rows for v in row.values if isinstance(v, str)]
    assert max(len(text) for text in texts) == PIECE < 32767
    assert sum(sheet.widths) < 250


def test_many_differences_are_cut_in_the_cell_but_kept_in_the_record(tmp_path: Path) -> None:
    many = [[f"{n:03}", "张三", "实发合计", "1.00", "2.00"] for n in range(500)]
    made = ledger_of(closing("2016-11", differences=many))
    found = as_read(sheet_of(made), tmp_path / "a.xlsx")
    cell = found.sheets[0].rows[4][9]
    assert isinstance(cell, str)
    assert cell.count("\n") == ledger.SHOWN_DIFFERENCES
    assert cell.endswith("还有 480 处，用 xl-kpi verify --month 2016-11 列出")
    assert max(row.height or 0 for row in sheet_of(made).rows) <= 409
    assert len(read(found).records[0].differences) == 500


# ---------------------------------------------------------------------------------------------------------- tampered

FIRST = 4       # row of the first record


def changed(book: Book, rows: list[list[object]]) -> list[Problem]:
    """The faults of the sheet with these rows."""
    return read(Book(book.path, [Sheet(SHEET, False, rows)])).faults


@pytest.fixture
def rows(book: Book) -> list[list[object]]:
    return copy.deepcopy(book.sheets[0].rows)


@pytest.mark.parametrize(("gone", "text"), [(0, "第 1 条不见了"), (1, "第 2 条不见了"), (3, "末尾的记录被删去了")])
def test_a_removed_row_is_named(book: Book, rows: list[list[object]], gone: int, text: str) -> None:
    del rows[FIRST + gone]
    faults = changed(book, rows)
    assert text in said(faults)
    assert all("xl-kpi备份" in p.do and p.sheet == SHEET for p in faults)


def test_a_doubled_row_is_named(book: Book, rows: list[list[object]]) -> None:
    rows.insert(FIRST + 2, list(rows[FIRST + 1]))
    assert "A7 第 2 条有 2 行，多出来的不是程序写的" in said(changed(book, rows))


def test_moved_rows_are_named(book: Book, rows: list[list[object]]) -> None:
    rows[FIRST], rows[FIRST + 1] = rows[FIRST + 1], rows[FIRST]
    assert "A5 次序乱了：第 1 条的位置上是第 2 条（封存 2016-11）" in said(changed(book, rows))


def test_a_note_below_the_records_is_named(book: Book, rows: list[list[object]]) -> None:
    rows.append(["老板看过了", *[None] * (len(rows[0]) - 1)])
    assert "A9 第 9 行的存档改过或不完整，读不出来" in said(changed(book, rows))


def test_a_row_of_another_workbook_is_named(book: Book, rows: list[list[object]], tmp_path: Path) -> None:
    other = as_read(sheet_of(ledger_of(closing("2016-10"), closing("2016-11", 7, 40_000), reopening("2016-11"),
                                       closing("2016-11", 8))), tmp_path / "b.xlsx")
    rows[FIRST + 1] = list(other.sheets[0].rows[FIRST + 1])
    assert said(changed(book, rows)) == "A7 第 3 条（重开 2016-11）接不上它的前一条：前一条在这之后改过或换过"


def test_a_row_rewritten_by_a_program_breaks_the_chain(book: Book, rows: list[list[object]]) -> None:
    """Packed anew with all visible cells right: the next record still knows the old fingerprint."""
    content = {**FOUR.records[0].content, "grand": [["应发合计", "9999999.00"], ["实发合计", "9999999.00"]]}
    data = canonical(content)
    forged = Record(content, ledger.hashlib.sha256(data).hexdigest(), pieces(data))
    width = len(rows[0])
    values = [*ledger._values(forged, ["应发合计", "实发合计"]), *forged.packed]
    rows[FIRST] = [*[float(v) if isinstance(v, ledger.Decimal) else v for v in values], *[None] * (width - len(values))]
    assert said(changed(book, rows)) == "A6 第 2 条（封存 2016-11）接不上它的前一条：前一条在这之后改过或换过"


def test_the_first_record_replaced_by_one_that_had_others_before(book: Book, rows: list[list[object]],
                                                                 tmp_path: Path) -> None:
    content = {**FOUR.records[0].content, "previous": "f" * 64}
    data = canonical(content)
    one = Ledger([Record(content, ledger.hashlib.sha256(data).hexdigest(), pieces(data))])
    assert "第 1 条（封存 2016-10）之前应该没有记录" in said(read(as_read(sheet_of(one), tmp_path / "c.xlsx")).faults)


@pytest.mark.parametrize(("column", "value", "text"), [
    (7, 1.0, "H5 第 1 条（封存 2016-10）的「实发合计」改过：现在是 1，记录的是"),
    (2, "2016-12", "C5 第 1 条（封存 2016-10）的「月份」改过：现在是 2016-12，记录的是 2016-10"),
    (5, None, "F5 第 1 条（封存 2016-10）的「人数」改过：现在是 空，记录的是 3"),
    (5, True, "「人数」改过"), (5, "3", "「人数」改过"),
    (8, "老板说的", "I5 第 1 条（封存 2016-10）的「原因」改过：现在是 老板说的，记录的是 空"),
    (11, "0000 0000 0000 0000", "「本条的指纹」改过"),
    (0, 7.0, "A5 第 1 条（封存 2016-10）的「序号」改过：现在是 7，记录的是 1"),
])
def test_a_changed_visible_cell_is_named(book: Book, rows: list[list[object]], column: int, value: object,
                                         text: str) -> None:
    rows[FIRST][column] = value
    assert text in said(changed(book, rows))


def test_a_changed_heading_line(book: Book, rows: list[list[object]]) -> None:
    rows[1][0] = "共 3 条"
    assert "A2 表头上方的一行与下面的 4 条记录对不上" in said(changed(book, rows))
    rows[3][11] = "指纹"
    assert "找不到序号、本条的指纹、存档1" in said(changed(book, rows))


def test_a_lost_heading_of_a_visible_column(book: Book, rows: list[list[object]]) -> None:
    rows[3][7] = "实发"
    assert "「实发合计」改过：现在是 空" in said(changed(book, rows))


def test_columns_that_hr_moved_or_added_do_no_harm(book: Book, rows: list[list[object]]) -> None:
    moved = [[None, *row[1:], row[0]] for row in rows]
    assert changed(book, moved) == []


@given(st.data())
def test_whatever_is_changed_is_found_in_its_row(book: Book, data: st.DataObject) -> None:
    rows = copy.deepcopy(book.sheets[0].rows)
    row = data.draw(st.integers(FIRST, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1).filter(lambda c: c < 12 or rows[row][c] is not None))
    old = rows[row][column]
    new: object = data.draw(st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False),
                                      st.text(min_size=1, max_size=9), st.just("a letter")))
    if new == "a letter" and isinstance(old, str) and old.strip():
        at = data.draw(st.integers(0, len(old) - 1).filter(lambda i: old[i] != " "))
        new = old[:at] + ("A" if old[at] != "A" else "B") + old[at + 1:]
    rows[row][column] = new
    same = ledger._plain(new) == ledger._plain(old) and type(new) is type(old)
    faults = changed(book, rows)
    if same or (column < 12 and old is None and ledger._plain(new) == "空"):
        return      # nothing that can be seen
    assert faults
    assert any(p.cell.endswith(str(row + 1)) for p in faults)


@given(st.permutations(range(4)), st.sets(st.integers(0, 3)))
def test_whatever_is_moved_or_removed_is_found(book: Book, order: list[int], kept: set[int]) -> None:
    all_rows = book.sheets[0].rows
    wanted = [n for n in order if n in kept]
    faults = changed(book, [*all_rows[:FIRST], *(all_rows[FIRST + n] for n in wanted)])
    assert bool(faults) == (wanted != [0, 1, 2, 3])


# what a program could write there that is no record
@pytest.mark.parametrize("content", [
    [], "text", {}, {"action": "other"}, {**closing("2016-11"), "number": "1", "previous": ""},
    {**closing("2016-13"), "number": 1, "previous": ""}, {**closing("2016-11"), "number": 1},
    {**closing("2016-11", grand=[["a", "b"]]), "number": 1, "previous": ""},
    {**closing("2016-11", grand=[1]), "number": 1, "previous": ""},
    {**closing("2016-11", differences=[1]), "number": 1, "previous": ""},
    {**closing("2016-11", sheets={}), "number": 1, "previous": ""},
])
def test_content_that_is_no_record(book: Book, rows: list[list[object]], content: Any) -> None:
    texts = pieces(canonical(content))
    rows[FIRST] = [*rows[FIRST][:12], *texts, *[None] * (len(rows[0]) - 12 - len(texts))]
    assert "A5 第 5 行的存档改过或不完整" in said(changed(book, rows))


def test_two_sheets_of_the_name(book: Book) -> None:
    twice = Book(book.path, [book.sheets[0], Sheet(f"{SHEET}（附表9）", False, book.sheets[0].rows)])
    with pytest.raises(Refusal, match="有 2 张工作表都叫 结账记录"):
        read(twice).sound()


def test_a_sheet_of_hr_that_only_has_the_name() -> None:
    with pytest.raises(Refusal, match="不是程序写的结账记录") as caught:
        read(Book(Path("a.xlsx"), [Sheet(SHEET, False, [["我的", "备忘"], ["1", "2"]])])).sound()
    assert "是别的表就改名" in caught.value.problems[0].do
