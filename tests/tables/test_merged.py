"""Merged cells: what each row of an area counts as, and where nobody can know."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tables.hands import HEADINGS, OTHERS, area, read, sheet


def roster(*rows: list[Any], merged: list[str]) -> tuple[Any, list[str]]:
    return read("花名册", sheet("花名册", [HEADINGS["花名册"], *rows], [area(text) for text in merged]))


def people(count: int = 3) -> list[list[Any]]:
    return [[f"00{n}", f"人{n}", "客服代表", "初级", "一组", "2014-03-01", "2014-06-01", None, None]
            for n in range(1, count + 1)]


@pytest.mark.parametrize(("column", "value", "counts"), [
    ("今本人岗位工资", 2500, 2500.0), ("今班组", "三组", "三组"), ("今岗位", "客服领班", "客服领班"),
    ("今职级", "高级", "高级"), ("入职日期", "2013-01-01", None), ("转正日期", "2013-04-01", None),
    ("离职日期", "2016-12-31", None),
])
def test_in_the_roster_it_counts_for_each_row(column: str, value: Any, counts: Any) -> None:
    from tests.tables.hands import POLICY, cell

    at = [c.name for c in POLICY.tables["花名册"].columns].index(column)
    rows = people()
    for row in rows[:2]:
        row[at] = None
    rows[0][at] = value
    letter = "ABCDEFGHI"[at]
    reading, said = roster(*rows, merged=[f"{letter}2:{letter}3"])
    assert said == []
    assert reading.raw[column][:2] == [counts or cell(value)] * 2
    assert reading.raw[column][2] == cell(rows[2][at])


def attendance(*rows: list[Any], merged: list[str]) -> tuple[Any, list[str]]:
    return read("考勤", sheet("考勤", [[*HEADINGS["考勤"], *OTHERS], *rows], [area(text) for text in merged]))


def test_months_down_a_column_and_names_beside() -> None:
    reading, said = attendance(["2016-12", "001", "李芳", 0], [None, "002", "王伟", 1], [None, "003", "张静", 2],
                               ["2017-01", "001", "李芳", 0], [None, "002", "王伟", 0],
                               merged=["A2:A4", "A5:A6"])
    assert said == []
    assert reading.periods.first.tolist() == [2016 * 12 + 11] * 3 + [2017 * 12] * 2


def test_an_id_over_the_months_of_a_person() -> None:
    reading, said = attendance(["2016-11", "001", "李芳", 0], ["2016-12", None, None, 1],
                               ["2016-12", "002", "王伟", 2], merged=["B2:B3", "C2:C3"])
    assert said == []
    assert reading.ids == ["001", "001", "002"]
    assert reading.raw["迟到次数"] == [0, 1, 2]


def test_counts_over_several_rows_are_nobodys() -> None:
    reading, said = attendance(["2016-12", "001", "李芳", 2], ["2016-12", "002", "王伟", None],
                               ["2016-12", "003", "张静", 0], merged=["D2:D3"])
    text = "错误 「迟到次数」在合并单元格 D2:D3 里，一个数占了几行，不知道是谁的、是哪一项的（四.3 / 五.3）"
    assert said == [text, text]
    assert reading.values["迟到次数"].states(3).tolist() == [2, 2, 0]


@pytest.mark.parametrize("merged", ["D2:D2", "D2:D3", "D3:D9"])
def test_a_count_over_one_row_that_counts_is_that_ones(merged: str) -> None:
    rows = [["2016-12", "001", "李芳", 2], [None] * 4, ["合计", None, None, 5]]
    if merged == "D3:D9":
        rows = [["2016-12", "001", "李芳", 2], ["2016-12", "002", "王伟", 3], [None] * 4]
    reading, said = attendance(*rows, merged=[merged])
    assert said == []
    assert reading.raw["迟到次数"] == [2, 3][:len(reading.rows)]


def test_blank_areas_are_blank() -> None:
    reading, said = attendance(["2016-12", "001", "李芳", None], ["2016-12", "002", "王伟", None], merged=["D2:D3"])
    assert said == []
    assert reading.raw["迟到次数"] == [None, None]


def test_a_number_over_several_columns_is_of_none() -> None:
    reading, said = attendance(["2016-12", "001", "李芳", 2, None], merged=["D2:E2"])
    assert reading.raw["迟到次数"] == [2.0]
    assert said == ["错误 「早退次数」在合并单元格 D2:E2 里，一个数占了几列，不知道是谁的、是哪一项的（四.3 / 五.3）"]


@pytest.mark.parametrize(("table", "row", "column"), [
    ("其他项目", ["2016-12", "001", "加班费", 300, "应发"], "金额"),
    ("月度考核_客服代表", ["2016-12", "001", "李芳", *[None] * 5, 88], "得分"),
    ("季度星级_客服代表", ["2016Q4", "001", "李芳", None, None, None, 3], "评定星级"),
])
def test_amounts_scores_and_stars_too(table: str, row: list[Any], column: str) -> None:
    at = row.index(row[-2] if table == "其他项目" else row[-1])
    second = [*row[:1], "002", *row[2:]]
    second[at] = None
    letter = "ABCDEFGHI"[at]
    where = f"{letter}2:{letter}3"
    _, said = read(table, sheet(table, [HEADINGS[table], row, second], [area(where)]))
    assert [text for text in said if "合并单元格" in text and f"「{column}」" in text and where in text]


def test_choices_and_texts_count_for_each() -> None:
    rows = [HEADINGS["其他项目"], ["2016-12", "001", "高温补贴", 300, "应发"], [None, "002", None, 200, None]]
    reading, said = read("其他项目", sheet("其他项目", rows, [area("A2:A3"), area("C2:C3"), area("E2:E3")]))
    assert said == []
    assert (reading.raw["其他项目_项目"], reading.raw["其他项目_计入"]) == (["高温补贴"] * 2, ["应发"] * 2)


def test_what_lies_under_an_area_does_not_count_and_is_told() -> None:
    """A format painter merges cells and leaves their values where they are."""
    reading, said = roster(*people(2), ["003", "人3", "客服代表", "初级", "二组", "2014-03-01", "2014-06-01"],
                           merged=["E3:E4"])
    assert reading.raw["今班组"] == ["一组"] * 3
    assert said == ["警告 「班组」在合并单元格 E3:E4 下面还藏着「二组」，读的是显示的「一组」"]


def test_an_error_counts_for_each_row() -> None:
    from tests.tables.hands import Mark

    one = sheet("花名册", [HEADINGS["花名册"], *people(2)], [area("I2:I3")])
    one.marks[1, 8] = Mark(error="#N/A")
    _, said = read("花名册", one)
    assert [text.partition("（")[0] for text in said] == ["错误 「岗位工资」是错误值 #N/A"] * 2
