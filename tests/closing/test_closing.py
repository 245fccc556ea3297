"""封存, 校验, 重开: what is closed stays closed, and can be computed again to the fen."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command import run, run_json
from tests.workbook.books import rezip, unzip
from xl_kpi.actions import closing
from xl_kpi.actions.closing import Verification
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.result import payroll
from xl_kpi.closing import ledger, record
from xl_kpi.closing.ledger import SHEET, read
from xl_kpi.closing.snapshot import canonical, pieces
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.problems import Refusal, UsageError
from xl_kpi.sheets.model import Value
from xl_kpi.target import Target
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.file import Book
from xl_kpi.workbook.file import read as read_book

NOV, DEC = Month.of(2016, 11), Month.of(2016, 12)
PAY = "工资表_2016-11"


def pay(opened: Opened, month: Month) -> Target:
    return Target.of(opened.policy.main, month)


def close(opened: Opened, month: Month) -> Outcome:
    return closing.close(opened, pay(opened, month))


def reopen(opened: Opened, month: Month, reason: str) -> Outcome:
    return closing.reopen(opened, pay(opened, month), reason)


def verify(opened: Opened, month: Month | None = None) -> Verification:
    return closing.verify(opened, pay(opened, month) if month else None)


def closed_months(book: Book) -> list[Month]:
    return [Month(period.index) for period in read(book).sound().closed()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The demo company's workbook: without a 工资表, with that of November, with both, and with November closed."""
    folder = tmp_path_factory.mktemp("demo")
    with contextlib.redirect_stdout(io.StringIO()):
        assert run("demo", folder / "demo")[0] == 0
    book, = (folder / "demo").glob("*_2016.xlsx")
    states = {"plain": book.read_bytes()}
    for state, command in (("paid", ("payroll", "2016-11")), ("both", ("payroll", "2016-12")),
                           ("closed", ("close", "2016-11"))):
        assert run(command[0], book, "--month", command[1])[0] == 0
        states[state] = book.read_bytes()
    return states


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "客服部2016.xlsx"


@pytest.fixture
def at(made: dict[str, bytes], path: Path) -> Callable[[str], Path]:
    """The workbook in one of its states, as a file."""
    def put(state: str) -> Path:
        path.write_bytes(made[state])
        return path
    return put


def fill(path: Path, sheet: str, cells: dict[tuple[int, int], Value]) -> None:
    path.write_bytes(edited(path.read_bytes(), path.name, Changes(filled=[Filled(sheet, cells)])))


def find(path: Path, sheet: str, heading: str, *row: object) -> tuple[int, int]:
    """The cell under a heading in the first row whose first cells are these."""
    found = read_book(path).sheet(sheet)
    assert found is not None
    top = next(r for r, cells in enumerate(found.rows) if heading in cells)
    return (next(r for r in range(top + 1, len(found.rows)) if tuple(found.rows[r][:len(row)]) == row),
            found.rows[top].index(heading))


def late(path: Path, times: int = 3, month: str = "2016-11", person: str = "006") -> None:
    """Somebody was late after all."""
    fill(path, "考勤", {find(path, "考勤", "迟到次数", month, person): times})


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return "\n".join(f"{p.sheet} {p.cell} {p.text} | {p.do}" for p in caught.value.problems if p.level == "error")


# ---------------------------------------------------------------------------------------------------------------- close


def test_a_month_is_closed_once(at: Callable[[str], Path]) -> None:
    book = at("both")
    code, out, _ = run("close", book, "--month", "2016年11月")
    assert code == 0
    assert "2016-11 已封存，已写入" in out
    assert "第 1 条（封存 2016-11）的指纹" in out
    assert closed_months(read_book(book)) == [NOV]
    before = book.read_bytes()
    code, out, _ = run("close", book, "--month", "2016-11")
    assert code == 0
    assert "2016-11 已经封存（结账记录 第 1 条（封存 2016-11）），不用再封存" in out
    assert "没有发现问题" not in out
    assert book.read_bytes() == before


def test_close_into_a_copy(at: Callable[[str], Path], tmp_path: Path) -> None:
    book = at("both")
    before = book.read_bytes()
    assert run("close", book, "--month", "2016-11", "-o", tmp_path / "out.xlsx")[0] == 0
    assert book.read_bytes() == before
    assert closed_months(read_book(tmp_path / "out.xlsx")) == [NOV]


def test_the_same_input_gives_the_same_bytes(at: Callable[[str], Path], made: dict[str, bytes]) -> None:
    book = at("both")
    assert run("close", book, "--month", "2016-11")[0] == 0
    assert book.read_bytes() == made["closed"]


def test_the_record_holds_what_the_month_was_computed_from(at: Callable[[str], Path]) -> None:
    opened = Opened.file(at("closed"))
    found = read(opened.book).records[0]
    content = found.content
    assert content["program"] == record.program()
    assert content["policy"] == opened.policy.id
    assert content["policy_digest"] == opened.policy.digest
    assert dict(content["policy_texts"]) == opened.policy.sources
    assert content["readings"] == opened.parameters.settings.readings
    assert content["parameters"]["full_attendance_bonus"] == {"": "200"}
    assert {sheet["name"] for sheet in content["sheets"]} >= {"参数", "花名册", "考勤", "奖惩台账", "其他项目"}
    assert PAY not in {sheet["name"] for sheet in content["sheets"]}
    kept = record.result_of(found)
    now = record.again(found).result
    assert now is not None
    assert kept.lines == [{**line, **{c.heading: line[c.heading] for c in kept.columns}} for line in now.lines]
    assert [amount for _, amount in content["grand"]] == [
        f"{now.totals[heading]:.2f}" for heading, _ in content["grand"]]


def test_no_sheet_of_the_month_no_close(at: Callable[[str], Path]) -> None:
    said = refusal(lambda: close(Opened.file(at("plain")), NOV))
    assert "没有工作表 工资表_2016-11，不能封存 | 先生成工资表" in said


def test_a_sheet_that_says_otherwise_is_not_closed(at: Callable[[str], Path]) -> None:
    book = at("paid")
    late(book)
    said = refusal(lambda: close(Opened.file(book), NOV))
    assert "006 张敏：全勤奖 200.00 → 0.00" in said
    assert "“工资表_2016-11”与现在算出来的有" in said
    assert "先重新生成工资表" in said


def test_a_sheet_that_was_paid_out_is_closed_with_the_data_of_then(at: Callable[[str], Path]) -> None:
    """It cannot be written anew, so it is no help to say so."""
    book = at("paid")
    found = read_book(book).sheet(PAY)
    assert found is not None
    fill(book, PAY, {(0, 0): f"{found.rows[0][0]}（已发放）"})
    late(book)
    code, out, _ = run("close", book, "--month", "2016-11")
    assert code == 1
    assert "--replace" not in out
    assert "把数据改回发放时的样子再封存" in out
    late(book, times=0)
    assert run("close", book, "--month", "2016-11")[0] == 0


def test_an_amount_overwritten_by_hand_is_not_closed(at: Callable[[str], Path]) -> None:
    book = at("paid")
    row, column = find(book, PAY, "全勤奖", 3.0)
    fill(book, PAY, {(row, column): 500})
    assert "全勤奖 500.00 →" in refusal(lambda: close(Opened.file(book), NOV))


def test_errors_in_the_data_are_not_closed(at: Callable[[str], Path]) -> None:
    book = at("paid")
    fill(book, "考勤", {find(book, "考勤", "迟到次数", "2016-11", "006"): "待定"})
    assert "不是数字" in refusal(lambda: close(Opened.file(book), NOV))


def test_months_close_in_order(at: Callable[[str], Path], made: dict[str, bytes], path: Path) -> None:
    said = refusal(lambda: close(Opened.file(at("both")), DEC))
    assert "2016-12 之前还有 2016-11 没有封存 | 先封存 2016-11" in said
    book = at("closed")
    said = refusal(lambda: close(Opened.file(book), Month.of(2017, 3)))
    assert "2017-03 之前还有 2016-12 没有封存" in said
    assert "2016-10 早于最先封存的 2016-11，不能补封" in refusal(lambda: close(Opened.file(book), Month.of(2016, 10)))
    assert run("close", book, "--month", "2016-12")[0] == 0
    assert closed_months(read_book(book)) == [NOV, DEC]


def test_the_first_closed_month_may_be_any_without_a_sheet_before(at: Callable[[str], Path]) -> None:
    book = at("plain")
    assert run("payroll", book, "--month", "2016-12")[0] == 0
    assert run("close", book, "--month", "2016-12")[0] == 0
    assert closed_months(read_book(book)) == [DEC]


# ------------------------------------------------------------------------------------------ a closed month stays closed


def test_payroll_never_rewrites_a_closed_month(at: Callable[[str], Path]) -> None:
    book = at("closed")
    late(book)
    before = book.read_bytes()
    for more in ((), ("--replace",)):
        code, out, _ = run("payroll", book, "--month", "2016-11", *more)
        assert code == 1
        command = f'xl-kpi reopen {book} --month 2016-11 --reason "为什么重开"'
        assert f"2016-11 已封存，不能重写；确需更正的，先重开 2016-11 并写明原因：{command}" in out
        assert "006 张敏：全勤奖 200.00 → 0.00" in out
    assert book.read_bytes() == before


def test_a_closed_month_whose_sheet_is_gone_is_not_written_anew_otherwise(at: Callable[[str], Path]) -> None:
    book = at("closed")
    opened = Opened.file(book)
    opened.book.sheets = [sheet for sheet in opened.book.sheets if sheet.name != PAY]
    assert payroll(opened, NOV).changes.sheets[0].name == PAY       # the same result: it may be had again
    late(book)
    opened = Opened.file(book)
    opened.book.sheets = [sheet for sheet in opened.book.sheets if sheet.name != PAY]
    said = refusal(lambda: payroll(opened, NOV, replace=True))
    assert "006 张敏：全勤奖 200.00 → 0.00" in said
    assert "2016-11 已封存，现在算出来的与封存的有" in said
    assert payroll(opened, NOV, draft=True).changes


def test_new_rows_for_a_closed_month(at: Callable[[str], Path]) -> None:
    code, out, _ = run("month", at("closed"), "--month", "2016-11")
    assert code == 1
    assert "2016-11 已封存" in out


def test_a_broken_chain_stops_whoever_asks_for_closed_months(at: Callable[[str], Path]) -> None:
    book = at("closed")
    fill(book, SHEET, {find(book, SHEET, "实发合计", 1.0): 1})
    late(book)
    for command in (("month",), ("payroll",), ("payroll", "--replace"), ("close",), ("verify",),
                    ("reopen", "--reason", "改正")):
        code, out, _ = run(command[0], book, "--month", "2016-11", *command[1:])
        assert code == 1, command
        assert "第 1 条（封存 2016-11）的「实发合计」改过：现在是 1，记录的是" in out
        assert "xl-kpi备份" in out


# --------------------------------------------------------------------------------------------------------------- verify


def test_equal_to_the_fen(at: Callable[[str], Path]) -> None:
    code, out, _ = run("verify", at("closed"))
    assert code == 0
    assert "2016-11：结账记录 第 1 条（封存 2016-11），44 人，应发合计 " in out
    assert "√ 用存档重新核算，一分不差" in out
    assert "√ 工资表_2016-11 与封存的相同" in out
    assert "1 个月，都与封存的相同" in out
    assert "提示" not in out


def test_without_a_closed_month(at: Callable[[str], Path]) -> None:
    code, out, _ = run("verify", at("paid"))
    assert (code, out) == (0, "还没有封存的月份\n")
    code, out, _ = run("verify", at("paid"), "--month", "2016-11")
    assert code == 1
    assert "2016-11 没有封存；已封存的月份：还没有" in out


def test_one_month_or_all(at: Callable[[str], Path]) -> None:
    book = at("closed")
    assert run("close", book, "--month", "2016-12")[0] == 0
    assert [str(one.record.period) for one in verify(Opened.file(book)).months] == ["2016-11", "2016-12"]
    assert [str(one.record.period) for one in verify(Opened.file(book), DEC).months] == ["2016-12"]


def test_a_parameter_changed_since_changes_nothing_closed(at: Callable[[str], Path]) -> None:
    book = at("closed")
    cell = Opened.file(book).parameters.settings.cells["full_attendance_bonus", None]
    row, column = int(cell.lstrip("ABCDEFGH")) - 1, "ABCDEFGH".index(cell[0])
    fill(book, "参数", {(row, column): 150})
    code, out, _ = run("verify", book)
    assert code == 0
    assert "√ 用存档重新核算，一分不差" in out
    assert f"参数：{cell} 200 → 150" in out
    assert "按现在的数据重算，有" in out
    assert "006 张敏：全勤奖 200.00 → 150.00" in out


def test_data_changed_since_without_a_consequence(at: Callable[[str], Path]) -> None:
    book = at("closed")
    late(book, month="2016-12")
    code, out, _ = run("verify", book)
    assert code == 0
    assert "封存之后有数据改过（不影响已封存的结果）；按现在的数据重算，结果仍相同" in out


def test_data_that_can_no_longer_be_computed(at: Callable[[str], Path]) -> None:
    book = at("closed")
    fill(book, "考勤", {find(book, "考勤", "迟到次数", "2016-11", "006"): "待定"})
    code, out, _ = run("verify", book)
    assert code == 0
    assert "按现在的数据算不出 2016-11 的工资" in out
    assert "空 → 「待定」" in out or "→ 待定" in out


def test_a_changed_sheet_of_a_closed_month(at: Callable[[str], Path]) -> None:
    book = at("closed")
    fill(book, PAY, {find(book, PAY, "全勤奖", 3.0): 500})
    code, out, _ = run("verify", book)
    assert code == 1
    assert "√ 用存档重新核算，一分不差" in out
    assert "× 工资表_2016-11 有 1 处改过（表上 → 封存的）" in out
    assert "全勤奖 500.00 → " in out
    assert "1 个月，有不同，见上面的 ×" in out


def test_formulas_not_calculated_yet_of_a_closed_month(at: Callable[[str], Path]) -> None:
    """openpyxl keeps formulas and drops their values: the closed amounts are those that they look at."""
    import openpyxl

    book = at("closed")
    loaded = openpyxl.load_workbook(book)
    loaded.save(book)
    assert run("verify", book)[0] == 0
    row, column = find(book, PAY, "实发合计", 3.0)
    loaded[PAY].cell(row + 1, column + 1).value = "=9999"
    loaded.save(book)
    code, out, _ = run("verify", book)
    assert code == 1
    assert "实发合计 （未计算的公式） → " in out
    assert f"× {PAY} 有 1 处改过" in out


def test_a_lost_sheet_of_a_closed_month(at: Callable[[str], Path]) -> None:
    opened = Opened.file(at("closed"))
    opened.book.sheets = [sheet for sheet in opened.book.sheets if sheet.name != PAY]
    found = verify(opened)
    assert not found.equal
    assert "  × 工作表 工资表_2016-11 不见了" in found.said()


def test_a_tampered_snapshot_is_named(at: Callable[[str], Path]) -> None:
    book = at("closed")
    place = find(book, SHEET, "存档1", 1.0)
    packed = read(read_book(book)).records[0].packed
    fill(book, SHEET, {place: packed[0][:100] + ("A" if packed[0][100] != "A" else "B") + packed[0][101:]})
    code, out, _ = run("verify", book)
    assert code == 1
    assert "第 5 行的存档改过或不完整，读不出来" in out


def rewritten(book: Path, change: Callable[[dict[str, Any]], None]) -> Book:
    """The workbook with its only record rewritten by a program, fingerprint and all."""
    found = read_book(book)
    content = read(found).records[0].content
    change(content)
    data = canonical(content)
    forged = ledger.Ledger([ledger.Record(content, ledger.hashlib.sha256(data).hexdigest(), pieces(data))])
    sheet = ledger.sheet_of(forged)
    width = len(sheet.widths)
    target = found.sheet(SHEET)
    assert target is not None
    target.rows = [[float(v) if isinstance(v, ledger.Decimal) else v for v in row.values]       # type: ignore[misc]
                   + [None] * (width - len(row.values)) for row in sheet.rows]
    return found


def test_a_program_that_computes_otherwise_says_who_and_what(at: Callable[[str], Path]) -> None:
    def other(content: dict[str, Any]) -> None:
        headings = [heading for heading, _ in content["columns"]]
        line = next(line for line in content["lines"] if line[0] == "006")
        line[headings.index("全勤奖")] = "199.99"
        content["program"], content["policy_digest"] = "0.0.1", "0" * 64
        content["parameters"]["full_attendance_bonus"][""] = "199.99"
        content["readings"]["part_month"] = "other"

    found = verify(Opened(rewritten(at("closed"), other)))
    said = "\n".join(found.said())
    assert not found.equal
    assert "× 用存档重新核算，有 1 处不同（封存的 → 现在）" in said
    assert "006 张敏：全勤奖 199.99 → 200.00" in said
    assert f"原因：封存时的程序是 0.0.1 版，现在是 {record.program()} 版" in said
    assert "原因：制度文件 bozhen-2016 与封存时不同" in said
    assert "原因：参数「全勤奖」封存时是 199.99，现在是 200" in said
    assert "原因：读法「月中入职、离职怎么折算」封存时是「other」，现在默认「" in said
    assert "× 工资表_2016-11 有 1 处改过" in said


def test_a_snapshot_that_today_s_program_refuses(at: Callable[[str], Path]) -> None:
    def without_roster(content: dict[str, Any]) -> None:
        content["sheets"] = [sheet for sheet in content["sheets"] if sheet["name"] != "花名册"]

    found = verify(Opened(rewritten(at("closed"), without_roster)))
    assert not found.equal
    assert "× 用存档不能重新核算" in "\n".join(found.said())
    assert "没有工作表 花名册" in "\n".join(found.said())


@pytest.mark.parametrize("change", [
    lambda c: c.update(sheets=[1]), lambda c: c.update(columns=[1]), lambda c: c["lines"][0].pop(),
    lambda c: c["lines"][0].__setitem__(-4, "x"), lambda c: c["sheets"][0].update(columns=[[1, 2], [3]]),
    lambda c: c["sheets"][0].update(columns=[[[1]]], height=1), lambda c: c["sheets"][0].update(height=-1),
    lambda c: c["sheets"][0].update(marks=[["a", 0, "", False, False, "", False]]),
    lambda c: c["sheets"][0].update(marks=[[0]]), lambda c: c["sheets"][0].pop("hidden"),
])
def test_a_snapshot_of_another_program(at: Callable[[str], Path], change: Callable[[dict[str, Any]], None]) -> None:
    book = rewritten(at("closed"), change)
    assert "第 1 条（封存 2016-11）的存档不是程序写的样子" in refusal(lambda: verify(Opened(book)))


def test_verify_as_json(at: Callable[[str], Path]) -> None:
    book = at("closed")
    code, found = run_json("verify", book)
    assert code == 0
    assert found == {"months": [{"month": "2016-11", "record": 1, "equal": True, "recomputed": [], "problems": [],
                                 "causes": [], "sheet": [], "inputs": [], "live": []}]}
    late(book)
    code, found = run_json("verify", book)
    assert code == 0
    lost = {"工号": "006", "姓名": "张敏", "项目": "全勤奖", "old": "200.00", "new": "0.00"}
    assert lost in found["months"][0]["live"]
    fill(book, PAY, {find(book, PAY, "全勤奖", 3.0): 500})
    code, found = run_json("verify", book)
    assert code == 1
    assert [one["old"] for one in found["months"][0]["sheet"]] == ["500.00"]
    fill(book, SHEET, {find(book, SHEET, "月份", 1.0): "2016-12"})
    code, found = run_json("verify", book)
    assert code == 1
    assert "改过" in found["problems"][0]["text"]


# --------------------------------------------------------------------------------------------------------------- reopen


def test_reopened_corrected_closed_again_it_shows_old_and_new(at: Callable[[str], Path]) -> None:
    book = at("closed")
    code, out, _ = run("reopen", book, "--month", "2016-11", "--reason", " 3 号迟到\n漏记了 ")
    assert code == 0
    assert "2016-11 已重开，已写入" in out
    assert "没有发现问题" not in out
    assert closed_months(read_book(book)) == []
    late(book)
    assert run("payroll", book, "--month", "2016-11")[0] == 1
    assert run("payroll", book, "--month", "2016-11", "--replace")[0] == 0
    code, out, _ = run("close", book, "--month", "2016-11")
    assert code == 0
    assert "与上次封存相比有" in out
    assert "006 张敏：全勤奖 200.00 → 0.00" in out
    found = read(read_book(book))
    assert [r.action for r in found.records] == ["封存", "重开", "封存"]
    assert found.records[1].content["reason"] == "3 号迟到 漏记了"
    assert ("006", "张敏", "全勤奖", "200.00", "0.00") in found.records[2].differences
    code, out, _ = run("verify", book, "--month", "2016-11")
    assert code == 0
    assert "第 3 条（封存 2016-11）与上次封存的差别（旧 → 新）：" in out
    assert "006 张敏：全勤奖 200.00 → 0.00" in out


def test_somebody_who_came_or_went_between_two_closings(at: Callable[[str], Path]) -> None:
    book = at("closed")
    old = record.result_of(read(read_book(book)).records[0])
    new = record.result_of(read(read_book(book)).records[0])
    gone = new.lines.pop(0)
    assert record.differences(old, new) == [(gone["工号"], gone["姓名"], "这个人", "有", "")]
    assert record.differences(new, old) == [(gone["工号"], gone["姓名"], "这个人", "", "有")]
    assert record.differences(old, old) == []


def test_reopened_and_closed_without_a_change(at: Callable[[str], Path]) -> None:
    book = at("closed")
    assert run("reopen", book, "--month", "2016-11", "--reason", "核对")[0] == 0
    code, out, _ = run("close", book, "--month", "2016-11")
    assert code == 0
    assert "与上次封存的结果相同" in out


def test_reopen_into_a_copy(at: Callable[[str], Path], tmp_path: Path) -> None:
    book = at("closed")
    assert run("reopen", book, "--month", "2016-11", "--reason", "核对", "-o", tmp_path / "out.xlsx")[0] == 0
    assert closed_months(read_book(book)) == [NOV]
    assert closed_months(read_book(tmp_path / "out.xlsx")) == []


@pytest.mark.parametrize("reason", ["", " ", "　", "……", "x" * 201, "为什么重开"])
def test_a_reason_that_is_none(at: Callable[[str], Path], reason: str) -> None:
    book = at("closed")
    code, _, err = run("reopen", book, "--month", "2016-11", "--reason", reason)
    assert code == 2
    assert err.startswith("原因：")
    with pytest.raises(UsageError):
        reopen(Opened.file(book), NOV, reason)


def test_only_the_last_closed_month_is_reopened(at: Callable[[str], Path]) -> None:
    book = at("closed")
    assert "2016-12 没有封存；已封存的月份：2016-11" in refusal(lambda: reopen(Opened.file(book), DEC, "核对"))
    assert run("close", book, "--month", "2016-12")[0] == 0
    said = refusal(lambda: reopen(Opened.file(book), NOV, "核对"))
    assert "只能重开最后封存的一个月，现在是 2016-12 | 要重开 2016-11，从 2016-12 起一个月一个月往回重开" in said
    assert run("reopen", book, "--month", "2016-12", "--reason", "核对")[0] == 0
    assert "2016-12 已经重开（第 3 条（重开 2016-12），原因：核对），现在没有封存" in refusal(
        lambda: reopen(Opened.file(book), DEC, "再核对"))
    assert run("reopen", book, "--month", "2016-11", "--reason", "核对")[0] == 0
    assert closed_months(read_book(book)) == []


def test_a_reason_with_odd_characters_keeps_the_chain(at: Callable[[str], Path]) -> None:
    book = at("closed")
    assert run("reopen", book, "--month", "2016-11", "--reason", "=1+1 <b> “𠮷” \x07 😀 <r><t>x</t></r>")[0] == 0
    assert read(read_book(book)).faults == []
    assert read(read_book(book)).records[1].content["reason"].startswith("=1+1 <b>")


# ----------------------------------------------------------------------------------------- 结账记录 gone, the seal left


SHEETS = ["工资表_2016-11", "核算依据_2016-11", "汇总_2016-11"]


def unrecorded(opened: Opened) -> dict[str, str]:
    return {str(month): problem.text for month, problem in opened.unrecorded.items()}


def title(path: Path, sheet: str = PAY) -> str:
    found = read_book(path).sheet(sheet)
    assert found is not None
    return str(found.rows[0][0])


def without_record(path: Path) -> Path:
    """As somebody leaves it who deletes the sheet 结账记录 in a spreadsheet program."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    del book[SHEET]
    book.save(path)
    return path


def test_a_closed_month_is_sealed_in_its_titles(at: Callable[[str], Path], made: dict[str, bytes]) -> None:
    book = at("closed")
    seal = f"　已封存 {ledger.short(read(read_book(book)).records[0].fingerprint)}"
    assert all(title(book, sheet).endswith(seal) for sheet in SHEETS)
    assert run("verify", book)[0] == 0
    before = Opened(read_book(at("both")))
    assert [title(book, sheet) for sheet in SHEETS] == [str(before.book.sheet(s).rows[0][0]) for s in SHEETS]  # type: ignore[union-attr]
    assert "工资表_2016-12" not in [s.name for s in before.book.sheets if "已封存" in str(s.rows[:3])]


def test_a_seal_leaves_nothing_to_calculate(at: Callable[[str], Path]) -> None:
    book = at("both")
    calculated = re.sub(rb' fullCalcOnLoad="1"', b"", unzip(book.read_bytes())["xl/workbook.xml"])
    book.write_bytes(rezip(unzip(book.read_bytes()) | {"xl/workbook.xml": calculated}))
    assert run("close", book, "--month", "2016-11")[0] == 0
    assert b"fullCalcOnLoad" not in unzip(book.read_bytes())["xl/workbook.xml"]


def test_reopened_the_seal_is_gone(at: Callable[[str], Path]) -> None:
    book = at("both")
    titles = [title(book, sheet) for sheet in SHEETS]
    book = at("closed")
    assert run("reopen", book, "--month", "2016-11", "--reason", "核对")[0] == 0
    assert [title(book, sheet) for sheet in SHEETS] == titles
    assert run("close", book, "--month", "2016-11")[0] == 0
    assert ledger.short(read(read_book(book)).records[-1].fingerprint) in title(book)
    assert run("verify", book)[0] == 0


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("command", [("payroll",), ("payroll", "--replace"), ("close",), ("month",), ("verify",)])
def test_without_its_record_a_sealed_month_stays_closed(at: Callable[[str], Path], command: tuple[str, ...],
                                                        changed: bool) -> None:
    book = without_record(at("closed"))
    if changed:
        late(book)
    before = book.read_bytes()
    code, out, _ = run(command[0], book, "--month", "2016-11", *command[1:])
    assert code == 1
    assert "“工资表_2016-11”的标题写着已封存（指纹" in out
    assert "结账记录这张表不见了" in out
    assert "xl-kpi备份" in out
    assert re.search(r"重开 2016-11 并写明原因，从那时起另记一份：xl-kpi reopen .+ --month 2016-11 --reason", out)
    assert book.read_bytes() == before


def test_verify_misses_the_record(at: Callable[[str], Path]) -> None:
    book = without_record(at("closed"))
    code, out, _ = run("verify", book)
    assert code == 1
    assert "× 工资表_2016-11 A1  “工资表_2016-11”的标题写着已封存" in out
    assert "还没有封存的月份" not in out
    code, found = run_json("verify", book)
    assert code == 1
    assert found["months"] == []
    assert "不见了" in found["problems"][0]["text"]


def test_a_record_that_lacks_the_month(at: Callable[[str], Path], made: dict[str, bytes]) -> None:
    """An older 结账记录, from before the month was closed, is put in the place of the present one."""
    book = at("closed")
    assert run("close", book, "--month", "2016-12")[0] == 0
    older = read(read_book_of(made["closed"], book))
    book.write_bytes(edited(book.read_bytes(), book.name, Changes(sheets=[ledger.sheet_of(older)])))
    assert closed_months(read_book(book)) == [NOV]
    code, out, _ = run("payroll", book, "--month", "2016-12", "--replace")
    assert code == 1
    assert "结账记录里没有这一次封存" in out
    code, out, _ = run("verify", book)
    assert code == 1
    assert "√ 用存档重新核算，一分不差" in out
    assert "× 工资表_2016-12" in out
    assert run("reopen", book, "--month", "2016-11", "--reason", "核对")[0] == 1, "not the last one"
    assert run("reopen", book, "--month", "2016-12", "--reason", "记录丢了")[0] == 0
    assert [r.name for r in read(read_book(book)).records] == ["第 1 条（封存 2016-11）", "第 2 条（重开 2016-12）"]
    assert run("verify", book)[0] == 0
    assert run("close", book, "--month", "2016-12")[0] == 0


def read_book_of(data: bytes, like: Path) -> Book:
    other = like.with_name("另一份.xlsx")
    other.write_bytes(data)
    return read_book(other)


def test_a_lost_record_is_accepted_by_reopening(at: Callable[[str], Path]) -> None:
    book = at("closed")
    seal = ledger.short(read(read_book(book)).records[0].fingerprint)
    late(without_record(book))
    code, out, _ = run("reopen", book, "--month", "2016-11", "--reason", "表被删了")
    assert code == 0
    assert f"原来封存 2016-11 的记录丢了（指纹 {seal}），第 1 条（重开 2016-11）写明了这一点" in out
    found = read(read_book(book))
    assert (found.faults, len(found.records)) == ([], 1)
    assert found.records[0].content["lost"] == seal
    sheet = read_book(book).sheet(SHEET)
    assert sheet is not None
    assert f"表被删了（封存 2016-11 的记录丢失，工资表上的指纹是 {seal}；从这一条起是新的记录）" in sheet.rows[-1]
    assert "已封存" not in title(book)
    assert run("verify", book)[0] == 0
    assert run("payroll", book, "--month", "2016-11", "--replace")[0] == 0
    assert run("close", book, "--month", "2016-11")[0] == 0
    assert run("verify", book)[0] == 0


def test_several_lost_months_are_reopened_from_the_last(at: Callable[[str], Path]) -> None:
    book = at("closed")
    assert run("close", book, "--month", "2016-12")[0] == 0
    without_record(book)
    assert len(unrecorded(Opened.file(book))) == 2
    assert "只能重开最后封存的一个月，现在是 2016-12" in refusal(lambda: reopen(Opened.file(book), NOV, "丢了"))
    for month in ("2016-12", "2016-11"):
        assert run("reopen", book, "--month", month, "--reason", "丢了")[0] == 0
    for month in ("2016-11", "2016-12"):
        assert run("close", book, "--month", month)[0] == 0
    assert run("verify", book)[0] == 0
    assert [r.content.get("lost") is not None for r in read(read_book(book)).records] == [True, True, False, False]


def test_a_sheet_that_was_kept_is_no_sheet_of_the_month(at: Callable[[str], Path]) -> None:
    book = at("closed")
    book.write_bytes(edited(book.read_bytes(), "b", Changes(renamed={PAY: f"{PAY}_旧1", "汇总_2016-11": "看_旧2",
                                                                     "核算依据_2016-11": "依据 2016-11"})))
    without_record(book)
    assert unrecorded(Opened.file(book)) == {}
    assert run("verify", book)[0] == 0


def test_the_stars_of_a_quarter_with_a_sealed_month_stay(at: Callable[[str], Path]) -> None:
    book = without_record(at("closed"))
    place = find(book, "季度星级_客服代表", "评定星级", "2016Q4")
    fill(book, "季度星级_客服代表", {place: 1})
    code, out, _ = run("review", book, "--quarter", "2016Q4", "--replace")
    assert code == 1
    assert "2016-11 已封存" in out


def test_a_title_that_hr_has_worked_on(at: Callable[[str], Path]) -> None:
    """Rows above, text behind: the seal is found, put and taken away all the same."""
    book = at("both")
    found = read_book(book).sheet(PAY)
    assert found is not None
    fill(book, PAY, {(0, 0): f"{found.rows[0][0]}（已发放）"})
    assert run("close", book, "--month", "2016-11")[0] == 0
    assert "（已发放）　已封存 " in title(book)
    fill(book, PAY, {(0, 0): title(book) + "！"})
    assert unrecorded(Opened.file(without_record(book)))
    assert run("reopen", book, "--month", "2016-11", "--reason", "丢了")[0] == 0
    assert title(book) == f"{found.rows[0][0]}（已发放）！"


def test_a_workbook_closed_before_there_were_seals(at: Callable[[str], Path]) -> None:
    book = at("closed")
    fill(book, PAY, {(0, 0): "2016年11月工资表"})
    code, out, _ = run("close", book, "--month", "2016-11")
    assert code == 0
    assert "补上了标题里的封存标记：工资表_2016-11" in out
    assert "已封存" in title(book)
    before = book.read_bytes()
    assert run("close", book, "--month", "2016-11")[0] == 0
    assert book.read_bytes() == before


# ------------------------------------------------------------------------------------------------- a real spreadsheet


def test_libreoffice_saves_it_and_the_chain_holds(at: Callable[[str], Path], office: Any, tmp_path: Path) -> None:
    """HR opens and saves the workbook: the record is still whole and the month still equal."""
    saved = tmp_path / "saved.xlsx"
    office.resaved(at("closed"), saved)
    found = verify(Opened.file(saved))
    assert found.equal, found.said()
    assert read(read_book(saved)).faults == []
    assert unrecorded(Opened.file(saved)) == {}
