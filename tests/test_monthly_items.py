"""月度项目: a row a person, a column an item; it means the same as rows of 其他项目."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.books import demo_book
from tests.command import run, run_json
from xl_kpi.policy.load import ids, load

MONTH = "2016-12"
KEYS = ["月份", "工号", "姓名"]
Rows = Sequence[Sequence[Any]]


def book_with(path: Path, labels: Sequence[Any], headings: Sequence[Any], rows: Rows, merged: Sequence[str] = (),
              others: Rows = ()) -> Path:
    """The demo company's workbook with a 月度项目 of these columns; ``rows``: 工号 and amounts.  ``others``: rows of
    其他项目 (工号, 项目, 金额, 计入), the only ones of the month."""
    book = openpyxl.load_workbook(demo_book(path))
    page = book["月度项目"]
    book.remove(page)
    page = book.create_sheet("月度项目")
    for row in (["十二月的项目"], [None, None, None, *labels], [*KEYS, *headings],
                *([MONTH, number, None, *amounts] for number, *amounts in rows)):
        page.append(row)
    for area in merged:
        page.merge_cells(area)
    items = book["其他项目"]
    items.delete_rows(4, items.max_row)
    for number, item, amount, side in others:
        items.append([MONTH, number, None, item, amount, side])
    file = path / "客服部2016.xlsx"
    book.save(file)
    return file


def lines(file: Path) -> tuple[dict[str, dict[str, Any]], list[dict[str, str]]]:
    code, said = run_json("payroll", file, "--month", MONTH)
    assert code == 0, said["problems"][:3]
    return {line["工号"]: line for line in said["lines"]}, said["problems"]


def errors(file: Path) -> list[dict[str, str]]:
    code, said = run_json("payroll", file, "--month", MONTH)
    assert code == 1
    return [p for p in said["problems"] if p["level"] == "error"]


def columns(line: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The items among the columns of 工资表: earned, held back."""
    names = list(line)
    gross, held = names.index("应发合计"), names.index("扣款合计")
    return names[names.index("一次性奖励") + 1:gross], names[gross + 1:held]


def test_columns_become_items_in_their_order(tmp_path: Path) -> None:
    file = book_with(tmp_path, ["应发", None, None, None, "扣款"],
                     ["餐 补（元）", "补贴（餐）", "补贴（交通）", "应发小计", "社\n保", "备注"],
                     [("005", 100, None, 30.5, 130.5, 210, "补发 11 月"), ("006", 0, 20, None, 20, -5.05, None)],
                     others=[("005", "加班费", 50, "应发"), ("007", "补贴（餐）", 9, "应发"),
                             ("005", "安全奖", 1, "应发")])
    found, _ = lines(file)
    assert columns(found["005"]) == (["餐补", "补贴（餐）", "补贴（交通）", "加班费", "安全奖"], ["社保"])
    assert [found["005"][c] for c in ("餐补", "补贴（餐）", "补贴（交通）", "加班费", "社保")] == [
        "100.00", "0.00", "30.50", "50.00", "210.00"]
    assert [found["006"][c] for c in ("餐补", "补贴（餐）", "社保", "扣款合计")] == ["0.00", "20.00", "-5.05", "-5.05"]
    assert found["007"]["补贴（餐）"] == "9.00"


def test_the_same_as_rows_of_the_other_table(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    wide, _ = lines(book_with(tmp_path / "a", ["应发", None, "扣款"], ["餐补", "房补", "社保"],
                              [("005", 100, 7, 210), ("006", None, 0, 199.99)]))
    long, _ = lines(book_with(tmp_path / "b", [], [], [], others=[
        ("005", "餐补", 100, "应发"), ("005", "房补", 7, "应发"), ("006", "房补", 0, "应发"),
        ("005", "社保", 210, "扣款"),
        ("006", "社保", 199.99, "扣款")]))
    assert wide == long


def test_amounts_of_both_are_added_with_a_hint(tmp_path: Path) -> None:
    file = book_with(tmp_path, ["应发"], ["加班费"], [("005", 100), ("006", 20)],
                     others=[("005", "加班费", 50, "应发")])
    found, problems = lines(file)
    assert (found["005"]["加班费"], found["006"]["加班费"]) == ("150.00", "20.00")
    hint, = (p for p in problems if "两处相加" in p["text"])
    assert (hint["level"], hint["工号"]) == ("hint", "005")


def test_an_item_of_nobody_is_no_column(tmp_path: Path) -> None:
    found, _ = lines(book_with(tmp_path, ["应发", None], ["餐补", "房补"], [("005", 100, None)]))
    assert columns(found["005"]) == (["餐补"], [])


@pytest.mark.parametrize(("labels", "merged", "sides"), [
    (["应发", None, "扣款", None], [], ("餐补 房补", "社保 个税")),
    (["应发", None, "扣款", None], ["D2:E2", "F2:G2"], ("餐补 房补", "社保 个税")),
    (["应发项目", None, "扣 款", None], [], ("餐补 房补", "社保 个税")),
    (["扣款", None, None, "应发"], ["D2:F2"], ("个税", "餐补 房补 社保")),
])
def test_labels_reach_to_the_next_or_cover_their_area(
        labels: list[Any], merged: list[str], sides: tuple[str, str], tmp_path: Path) -> None:
    found, _ = lines(book_with(tmp_path, labels, ["餐补", "房补", "社保", "个税"], [("005", 1, 2, 3, 4)], merged))
    assert columns(found["005"]) == tuple(one.split() for one in sides)


@pytest.mark.parametrize(("labels", "headings", "row", "merged", "text", "cell"), [
    ([None, "应发"], ["工龄", "餐补"], ("005", 12, 100), [], "「工龄」上面一行没有写应发或扣款", "D4"),
    (["应发", None, None], ["餐补", "房补", "工龄"], ("005", 1, 2, 3), ["D2:E2"], "「工龄」上面一行没有写应发", "F4"),
    (["应发"], ["加班（小时）"], ("005", 12), [], "单位是小时、天或次", "D4"),
    (["应发"], ["加班小时"], ("005", 12), [], "单位是小时、天或次", "D4"),
    (["应发"], ["出差天数"], ("005", 12), [], "单位是小时、天或次", "D4"),
    (["应发"], ["次"], ("005", 12), [], "单位是小时、天或次", "D4"),
    (["应发"], [None], ("005", 12), [], "没有表头", "D4"),
    (["应发", None], ["餐补", "餐 补(元)"], ("005", 12, 13), [], "「餐补」有两列（D3、E3）", "E4"),
    (["应发", None], ["餐补", "房补"], ("005", 12, "2.4k"), [], "「2.4k」", "E4"),
    (["应发"], ["餐补"], ("005", 1.005), [], "多于两位小数", "D4"),
    (["应发"], ["全勤奖"], ("005", 12), [], "「全勤奖」与工资表的一列同名", "D4"),
    (["应发"], ["餐补"], ("038", 12), [], "，却有「月度项目」", "D4"),
    (["应发", None], ["餐补", "房补"], ("005", 12), ["D4:E4"], "「房补」在合并单元格 D4:E4 里，一个数占了几列", "E4"),
    (["应发"], ["餐补"], ("905", 12), [], "花名册里没有工号 905", "B4"),
])
def test_what_cannot_be_paid_is_refused(labels: list[Any], headings: list[Any], row: tuple[Any, ...], merged: list[str],
                                        text: str, cell: str, tmp_path: Path) -> None:
    found = errors(book_with(tmp_path, labels, headings, [row], merged))
    assert [p["cell"] for p in found if text in p["text"]] == [cell], found
    assert {p["sheet"] for p in found} == {"月度项目"}


def test_an_amount_merged_over_people(tmp_path: Path) -> None:
    found = errors(book_with(tmp_path, ["应发"], ["餐补"], [("005", 100), ("006", None)], ["D4:D5"]))
    assert [(p["工号"], p["cell"]) for p in found if "一个数占了几行" in p["text"]] == [("005", "D4"), ("006", "D5")]


def test_headings_merged_down_beside_the_labels(tmp_path: Path) -> None:
    file = book_with(tmp_path, ["应发", None, "扣款", None], ["餐补", "房补", "社保", "个税"], [("005", 1, 2, 3, 4)],
                     ["D2:E2", "F2:G2"])
    book = openpyxl.load_workbook(file)
    page = book["月度项目"]
    for column in "ABC":
        page[f"{column}2"], page[f"{column}3"] = page[f"{column}3"].value, None
        page.merge_cells(f"{column}2:{column}3")
    page["H2"], page["H4"] = "备注", "补发"
    page.merge_cells("H2:H3")
    book.save(file)
    assert columns(lines(file)[0]["005"]) == (["餐补", "房补"], ["社保", "个税"])


def test_both_sides_of_two_tables(tmp_path: Path) -> None:
    found = errors(book_with(tmp_path, ["应发"], ["餐补"], [("005", 12)], others=[("006", "餐补", 3, "扣款")]))
    assert [p["text"] for p in found] == ["「餐补」在 2016-12 两边都有（月度项目 D4、其他项目 F4）"]


def test_ignored_columns(tmp_path: Path) -> None:
    file = book_with(tmp_path, ["应发", None, None, None, None, None],
                     ["序号", "餐补", "应发", "补贴合计", "说明", "实发"],
                     [("005", 1, 100, 100, 100, "一共", 3000)])
    assert columns(lines(file)[0]["005"]) == (["餐补"], [])


def test_a_refund_is_told(tmp_path: Path) -> None:
    _, problems = lines(book_with(tmp_path, ["扣款"], ["个税"], [("005", -3)]))
    assert any(p["cell"] == "D4" and "退款" in p["text"] and p["level"] == "warning" for p in problems)


def test_a_row_of_another_name_pays_nothing(tmp_path: Path) -> None:
    file = book_with(tmp_path, ["应发"], ["餐补"], [("005", 10)])
    book = openpyxl.load_workbook(file)
    book["月度项目"]["C4"] = "张三"
    book.save(file)
    assert any("「张三」" in p["text"] for p in errors(file))


def test_two_rows_of_a_person(tmp_path: Path) -> None:
    found = errors(book_with(tmp_path, ["应发"], ["餐补"], [("005", 10), ("005", 10)]))
    assert any("2016-12 有 2 行" in p["text"] for p in found)


def test_without_its_headings_nobody_is_paid(tmp_path: Path) -> None:
    file = book_with(tmp_path, ["应发"], ["餐补"], [("005", 10)])
    book = openpyxl.load_workbook(file)
    book["月度项目"]["B3"] = "谁"
    book.save(file)
    assert any(p["sheet"] == "月度项目" and "「工号」" in p["text"] for p in errors(file))


def test_a_month_is_offered_with_blank_cells(tmp_path: Path) -> None:
    file = book_with(tmp_path, ["应发", "扣款"], ["餐补", "社保"], [("005", 100, 200)])
    code, out, _ = run("month", file, "--month", "2017-01")
    assert code == 0
    assert "月度项目：加了 43 行" in out
    page = openpyxl.load_workbook(file)["月度项目"]
    rows = [row for row in page.iter_rows(min_row=5, values_only=True) if row[0] == "2017-01"]
    assert len(rows) == 43
    assert all(row[1] and row[2] and row[3] is row[4] is None for row in rows)


@pytest.mark.parametrize("policy", [one for one in ids() if any(t.melts for t in load(one).tables.values())])
def test_every_policy_has_it_ready_to_use(policy: str, tmp_path: Path) -> None:
    file = tmp_path / "新2026.xlsx"
    assert run("new", file, "--policy", policy)[0] == 0
    page = openpyxl.load_workbook(file)["月度项目"]
    assert [page["D3"].value, page["H3"].value] == ["应发", "扣款"]
    assert [page.cell(4, n).value for n in (1, 2, 3)] == KEYS
    code, said = run_json("check", file)
    assert not [p for p in said["problems"] if p["sheet"] == "月度项目"], code


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(("005", "006", "007")), st.sampled_from("甲乙丙丁"), st.integers(-99, 9999)),
                max_size=8, unique_by=lambda one: one[:2]), st.permutations("甲乙丙丁"))
def test_however_the_columns_stand_the_pay_is_the_same(tmp_path: Path, amounts: Any, order: Any) -> None:
    side = {"甲": "应发", "乙": "应发", "丙": "扣款", "丁": "扣款"}
    rows = [(who, *(next((fen / 100 for one, item, fen in amounts if (one, item) == (who, name)), None)
                    for name in order)) for who in ("005", "006", "007")]
    wide, _ = lines(book_with(tmp_path, [side[name] for name in order], order, rows))
    long, _ = lines(book_with(tmp_path, [], [], [], others=[
        (who, item, fen / 100, side[item]) for who, item, fen in amounts]))
    assert wide == long
