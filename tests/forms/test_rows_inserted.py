"""Rows inserted into a list in a file: whatever looks at what is below goes along, or it is refused."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.books import demo_book
from tests.command import run, run_json
from tests.forms.filled import filling, on_list, result, written
from tests.office import Office
from xl_kpi.problems import Refusal
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.file import read
from xl_kpi.workbook.moving import Shift, drawn_on

NAMES = ["张三", "李四", "王五", "赵六", "钱七", "孙八", "周九"]
RESULT = result([{"工号": f"{n:03}", "姓名": name, "应发": Decimal(1000 * n), "扣款": Decimal(n)}
                 for n, name in enumerate(NAMES, 1)], {"应发": "money", "扣款": "money"})
COLUMNS = {"序号": ("A", "序号"), "姓名": ("B", "姓名"), "应发": ("C", "应发"), "扣款": ("D", "扣款")}
Drawing = Callable[[Any, Any, dict[str, Any]], None]


def make(path: Path, more: Drawing | None = None, people: int = 3, total: str = "=SUM({c}4:{c}{last})") -> Path:
    """A list of three people with 实发 as a formula, 合计 right below, signatures; ``more`` draws on it."""
    with xlsxwriter.Workbook(path) as book:
        sheet, other = book.add_worksheet("工资"), book.add_worksheet("汇总")
        border = book.add_format({"border": 1, "num_format": "0.00"})
        sheet.merge_range("A1:F1", "2016年12月工资表")
        sheet.write_row("A3", ["序号", "姓名", "应发", "扣款", "实发", "占比"])
        for n, name in enumerate(NAMES[:people], 1):
            row = 3 + n
            sheet.set_row(row - 1, 24)
            sheet.write_row(row - 1, 0, [n, name], border)
            sheet.write_blank(f"C{row}", None, border)
            sheet.write_blank(f"D{row}", None, border)
            sheet.write_formula(f"E{row}", f"=C{row}-D{row}", border)
            sheet.write_formula(f"F{row}", f"=E{row}/E${4 + people}", border)
        last = 3 + people
        sheet.write(f"A{last + 1}", "合计")
        for c in "CDE":
            sheet.write_formula(f"{c}{last + 1}", total.format(c=c, last=last))
        sheet.write(f"A{last + 3}", "主管领导：")
        sheet.print_area(f"A1:F{last + 3}")
        other.write_formula("B1", f"=工资!E{last + 1}")
        other.write_formula("B2", f"=SUMIF(工资!B4:B{last},\"赵六\",工资!C4:C{last})")
        if more:
            more(book, sheet, {"last": last, "other": other})
    return path


def filled(path: Path) -> bytes:
    one = on_list(path.name, "工资", COLUMNS, [4, 5, 6], (3, 3))
    done = filling(path, one, RESULT)
    assert not done.problems
    assert (done.filled.after, done.filled.room) == (5, 4)
    return written(path, done)


def test_sums_formulas_and_other_sheets_count_the_new_rows(tmp_path: Path, office: Office) -> None:
    path = make(tmp_path / "a.xlsx")
    out = tmp_path / "b.xlsx"
    out.write_bytes(filled(path))
    cells = office.recalculated(out)
    pay, other = cells["工资"], cells["汇总"]
    assert [pay[3 + n, 1] for n in range(7)] == NAMES
    assert [pay[3 + n, 0] for n in range(7)] == [1, 2, 3, 4, 5, 6, 7]
    assert [pay[3 + n, 4] for n in range(7)] == [999 * n for n in range(1, 8)]
    assert (pay[10, 0], pay[10, 2], pay[10, 3], pay[10, 4]) == ("合计", 28000, 28, 27972)
    assert sum(pay[3 + n, 5] for n in range(7)) == pytest.approx(1)
    assert pay[12, 0] == "主管领导："
    assert (other[0, 1], other[1, 1]) == (27972, 4000)
    sheet = openpyxl.load_workbook(out)["工资"]
    assert sheet.print_area == "'工资'!$A$1:$F$13"
    assert [sheet.row_dimensions[row].height for row in range(4, 11)] == [24] * 7
    assert sheet["C10"].border.left.style == "thin"


def _everything(book: Any, sheet: Any, at: dict[str, Any]) -> None:
    last, other = at["last"], at["other"]
    red = book.add_format({"bg_color": "#FF0000"})
    sheet.conditional_format(f"C4:C{last}", {"type": "cell", "criteria": ">", "value": 5000, "format": red})
    sheet.conditional_format(f"C{last + 1}", {"type": "formula", "criteria": f"=$C${last + 1}>1", "format": red})
    sheet.data_validation(f"B4:B{last}", {"validate": "length", "criteria": "<", "value": 9})
    sheet.data_validation(f"A{last + 3}", {"validate": "list", "source": f"=$B$4:$B${last}"})
    sheet.merge_range(f"C{last + 3}:E{last + 3}", "签字")
    sheet.write_url(f"A{last + 5}", "internal:'汇总'!A1", string="转到")
    other.write_url("D1", f"internal:'工资'!A{last + 1}", string="合计")
    book.define_name("应发合计", f"=工资!$C${last + 1}")
    book.define_name("名单", f"=工资!$B$4:$B${last}")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": f"=工资!$B$4:$B${last}", "values": f"=工资!$C$4:$C${last}"})
    other.insert_chart("D5", chart)
    sheet.insert_textbox(last + 6, 1, "说明")
    sheet.autofilter(f"A3:F{last}")
    sheet.set_h_pagebreaks([last + 2])


def test_everything_around_goes_along(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx", _everything)
    out = tmp_path / "b.xlsx"
    out.write_bytes(filled(path))
    with zipfile.ZipFile(out) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith(".xml")}
    sheet = parts["xl/worksheets/sheet1.xml"]
    for text in ('sqref="C4:C10"', 'sqref="C11"', "$C$11&gt;1", 'sqref="B4:B10"', "$B$4:$B$10", 'ref="C13:E13"',
                 'autoFilter ref="A3:F10"', 'ref="A15"', 'brk id="12"'):
        assert text in sheet, text
    book = parts["xl/workbook.xml"]
    for text in ("工资!$C$11", "工资!$B$4:$B$10", "'?工资'?!\\$A\\$3:\\$F\\$10"):
        assert re.search(text.replace("$", "\\$") if "\\" not in text else text, book), text
    chart = parts["xl/charts/chart1.xml"]
    assert "工资!$B$4:$B$10" in chart
    assert "工资!$C$4:$C$10" in chart
    assert re.search(r"<xdr:from>.*?<xdr:row>16</xdr:row>", parts["xl/drawings/drawing1.xml"]
                     if "说明" in parts["xl/drawings/drawing1.xml"] else parts["xl/drawings/drawing2.xml"], re.DOTALL)
    assert "'工资'!A11" in parts["xl/worksheets/sheet2.xml"]


def test_a_table_grows(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any, at: dict[str, Any]) -> None:
        at["other"].add_table("A4:B6", {"data": [["一", 1], ["二", 2]], "columns": [
            {"header": "甲"}, {"header": "乙"}]})

    path = make(tmp_path / "a.xlsx", more)
    data = edited(path.read_bytes(), "a.xlsx", Changes(filled=[
        Filled("汇总", heading=3, after=5, room=2, cells={(6, 0): "新"})]))
    out = tmp_path / "b.xlsx"
    out.write_bytes(data)
    assert openpyxl.load_workbook(out)["汇总"].tables["Table1"].ref == "A4:B8"


@pytest.mark.parametrize(("total", "more", "why"), [
    ("={c}4+{c}5+{c}{last}", None, "工资 C7 的公式单独用到第 6 行"),
    ("=SUM({c}4:{c}5)", None, "工资 C7 的公式只算到第 5 行"),
    ("=SUM(OFFSET({c}4,0,0,3,1))", None, "工资 C7 的公式用了 OFFSET"),
    ("=SUM({c}4:{c}{last})", lambda book, sheet, at: at["other"].write_formula("A9", '=INDIRECT("工资!C7")'),
     "汇总 A9 的公式用了 INDIRECT"),
    ("=SUM({c}4:{c}{last})", lambda book, sheet, at: sheet.merge_range("H4:H6", "一组"), "H4:H6 合并到第 6 行为止"),
    ("=SUM({c}4:{c}{last})", lambda book, sheet, at: sheet.write_array_formula("H7:H7", "{=SUM(C4:C6*D4:D6)}"),
     "工资 H7 是数组公式"),
    ("=SUM({c}4:{c}{last})", lambda book, sheet, at: sheet.write_comment("A9", "请签字"), "下面的格有批注"),
    ("=SUM({c}4:{c}{last})", lambda book, sheet, at: sheet.write_formula("H6", "=C6-C5+1"), "看不出新的行该怎么写"),
    ("=SUM({c}4:{c}{last})", lambda book, sheet, at: book.define_name("相对", "=工资!C7"), "名称“相对”里的地址没有 $"),
    ("=SUM({c}4:{c}{last})", lambda book, sheet, at: sheet.insert_button("H9", {"macro": "x"}), "控件"),
])
def test_what_cannot_be_proved_is_refused_with_how_many_rows(tmp_path: Path, total: str, more: Drawing | None,
                                                             why: str) -> None:
    path = make(tmp_path / "a.xlsx", more, total=total)
    with pytest.raises(Refusal) as refused:
        filled(path)
    problem, = refused.value.problems
    assert why in problem.text
    assert "插入 4 行" in problem.do


def test_a_macro_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(Refusal, match="宏"):
        filled(path)


def test_a_list_with_nothing_below_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "工资"
    for row in (["名单"], [], ["序号", "姓名", "应发", "扣款", "实发"], [1, "张三"], [2, "李四"], [3, "王五"]):
        sheet.append(row)
    for row in (4, 5, 6):
        sheet[f"E{row}"] = f"=C{row}-D{row}"
    book.save(path)
    out = tmp_path / "b.xlsx"
    out.write_bytes(filled(path))
    after = openpyxl.load_workbook(out)["工资"]
    assert [after[f"B{row}"].value for row in range(4, 11)] == NAMES
    assert after["E10"].value == "=C10-D10"


# -- laws -------------------------------------------------------------------------------------------------------------

@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 6), st.booleans(), st.booleans()), min_size=1,
                max_size=8), st.integers(3, 12), st.integers(1, 5))
def test_a_moved_reference_is_the_moved_cell(refs: list[tuple[int, int, bool, bool]], after: int, count: int) -> None:
    """Every single cell of a formula is afterwards the one that held the same before."""
    shift = Shift("表", after, count)
    text = "+".join(f"{'$' * a}{'ABCDEFG'[c]}{'$' * b}{row}" for row, c, a, b in refs)
    wanted = "+".join(f"{'$' * a}{'ABCDEFG'[c]}{'$' * b}{row + count if row - 1 > after else row}"
                      for row, c, a, b in refs)
    assert shift.formula(text, "表") == wanted
    assert shift.formula(text, "别的") == text
    assert shift.formula(f"表!{text}", "别的").count("表!") == 1
    assert drawn_on(drawn_on(text, 3), -3) == text


@settings(max_examples=15)
@given(people=st.integers(1, 5), room=st.integers(1, 4))
def test_every_cell_that_was_there_is_there(people: int, room: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = make(tmp_path_factory.mktemp("law") / "a.xlsx", people=people)
    before = read(path).sheets[0]
    data = edited(path.read_bytes(), "a.xlsx", Changes(filled=[Filled("工资", heading=2, after=2 + people, room=room)]))
    path.write_bytes(data)
    after = read(path).sheets[0]
    kept = after.rows[:3 + people] + after.rows[3 + people + room:]
    assert [[v for v in row if not isinstance(v, float) or v] for row in kept] == [
        [v for v in row if not isinstance(v, float) or v] for row in before.rows]
    assert all(value is None for row in after.rows[3 + people:3 + people + room] for value in row)


@pytest.mark.parametrize("people", [1, 2, 3])
def test_a_sum_across_its_own_row_stays_in_it(people: int, tmp_path: Path, office: Office) -> None:
    """=SUM(C5:E5) in the last row is that row's alone; the sums below go on over all rows."""
    form, book, out = tmp_path / "工资表.xlsx", demo_book(tmp_path), tmp_path / "填好.xlsx"
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["2016年11月工资表"])
    sheet.append(["序号", "姓名", "岗位工资", "全勤奖", "绩效工资", "小计", "占比"])
    for n in range(people):
        row = n + 3
        sheet.append([n + 1, None, None, None, None, f"=SUM(C{row}:E{row})", f"=F{row}/SUM(F$3:F${people + 2})"])
    last = people + 2
    sheet.append(["合计", None, *(f"=SUM({c}3:{c}{last})" for c in "CDEFG")])
    made.save(form)
    code, said, _ = run("forms", "fill", form, "--from", book, "--month", "2016-11", "-o", out)
    assert code == 0, said
    _, pay = run_json("payroll", book, "--month", "2016-11")
    count = len(pay["lines"])
    assert count > 40
    filled_in = openpyxl.load_workbook(out).active
    assert filled_in is not None
    for row in range(3, count + 3):
        assert filled_in.cell(row, 6).value == f"=SUM(C{row}:E{row})"
        assert filled_in.cell(row, 7).value == f"=F{row}/SUM(F$3:F${count + 2})"
    cells = next(iter(office.recalculated(out).values()))
    for n, line in enumerate(pay["lines"]):
        own = sum(Decimal(line.get(name, "0")) for name in ("岗位工资", "全勤奖", "绩效工资"))
        assert round(Decimal(str(cells[n + 2, 5])), 2) == own
    assert round(Decimal(str(cells[count + 2, 4])), 2) == Decimal(pay["totals"]["绩效工资"])
    assert round(cells[count + 2, 6], 6) == 1                                               # type: ignore[arg-type]
