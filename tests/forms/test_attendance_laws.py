"""Laws of the import, on random months: what was put into an export comes out, however it is cut or turned."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from tests.forms import attendance_exports as build
from tests.forms.test_attendance_import import MONTH, opened, people
from xl_kpi.actions.importing import Imported, read
from xl_kpi.forms.foreign import open_form

ANSWERS = {"严重迟到": "迟到", "旷工迟到": "旷工", "下班缺卡": "不计", "上班缺卡": "迟到", "一天按几小时": "8",
           "连着几天的算几次": "一天算一次"}
# what a day says → (column → how much), and the sums of the report beside
DAYS: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "迟到{n}分钟": ({"迟到次数": 1}, {"迟到次数": 1}),
    "上班严重迟到{n}分钟": ({"迟到次数": 1}, {"严重迟到次数": 1}),
    "正常班:旷工迟到{n}分钟": ({"旷工次数": 1}, {"旷工迟到天数": 1}),
    "下班早退{n}分钟": ({"早退次数": 1}, {"早退次数": 1}),
    "迟到{n}分钟,早退{n}分钟": ({"迟到次数": 1, "早退次数": 1}, {"迟到次数": 1, "早退次数": 1}),
    "上班缺卡": ({"迟到次数": 1}, {"上班缺卡次数": 1}),
    "正常,下班缺卡": ({}, {"下班缺卡次数": 1}),
    "旷工": ({"旷工次数": 1}, {"旷工天数": 1}),
    "事假01-{d:02} 09:00到01-{d:02} 18:00 1天": ({"事假次数": 1, "事假小时": 8}, {"事假(小时)": 8}),
    "病假{h}小时": ({"病假次数": 1, "病假小时": -1}, {"病假(小时)": -1}),
    "调休01-{d:02} 09:00到01-{d:02} 12:00 3小时": ({"调休次数": 1}, {"调休(小时)": 3}),
    "正常班:正常\n(08:5{h},18:0{h})": ({}, {}),
    "休息并打卡": ({}, {}),
}


def staff() -> list[build.Person]:
    """Those who have not left."""
    return [one for one in people() if one[0] not in ("016", "038", "039")]


def a_month(seed: int) -> tuple[dict[tuple[str, int], str], Counter[tuple[str, str]], dict[tuple[str, str], int]]:
    """(days, what they come to, the sums of the report)."""
    rng = random.Random(seed)
    days: dict[tuple[str, int], str] = {}
    wanted: Counter[tuple[str, str]] = Counter()
    sums: Counter[tuple[str, str]] = Counter()
    for number, _ in staff():
        for day in build.days_of(MONTH):
            if not build.is_workday(day) or rng.random() < 0.75:
                continue
            text = rng.choice(list(DAYS))
            hours = rng.randrange(1, 9)
            days[number, day.day] = text.format(n=rng.randrange(1, 99), d=day.day, h=hours)
            for heading, much in DAYS[text][0].items():
                wanted[number, heading] += hours if much < 0 else much
            for heading, much in DAYS[text][1].items():
                sums[number, heading] += hours if much < 0 else much
    return days, wanted, dict(sums)


def said(found: Imported) -> Iterator[tuple[tuple[str, str], Fraction | None]]:
    headings = {one.name: one.heading for one in found.wanted}
    for person, row in found.rows.items():
        for column, value in row.items():
            yield (person, headings[column]), value


def read_of(*paths: Path) -> Imported:
    return read(opened(), MONTH, [open_form(path) for path in paths], ANSWERS)


@pytest.mark.parametrize("seed", range(6))
def test_what_was_put_in_comes_out(seed: int, tmp_path: Path) -> None:
    days, wanted, sums = a_month(seed)
    path = build.dingtalk(tmp_path / "月报.xlsx", staff(), MONTH, days, sums)
    found = dict(said(read_of(path)))
    assert {key: value for key, value in found.items() if value} == {key: Fraction(n) for key, n in wanted.items()}
    assert len(found) >= 8 * len({person for person, _ in found})


def test_rows_and_columns_in_another_order_and_people_in_several_files(tmp_path: Path) -> None:
    days, _, sums = a_month(7)
    whole = build.dingtalk(tmp_path / "月报.xlsx", staff(), MONTH, days, sums)
    found = dict(said(read_of(whole)))
    parts = [build.dingtalk(tmp_path / f"{n}.xlsx", staff()[n::3][::-1], MONTH, days, sums) for n in range(3)]
    assert dict(said(read_of(*parts))) == found
    book = openpyxl.load_workbook(whole)
    page = book.active
    page.delete_cols(9, 1)          # 工作时长
    page.insert_cols(3)             # a column of HR's own
    for merge in list(page.merged_cells.ranges):
        page.merged_cells.remove(merge)
    book.calculation.fullCalcOnLoad = False
    book.save(tmp_path / "改过.xlsx")
    assert dict(said(read_of(tmp_path / "改过.xlsx"))) == found


def test_each_count_has_its_source(tmp_path: Path) -> None:
    days, wanted, sums = a_month(11)
    found = read_of(build.dingtalk(tmp_path / "月报.xlsx", staff(), MONTH, days, sums))
    of = Counter((one.person, one.counted) for one in found.sources if one.day is not None)
    for (person, heading), number in wanted.items():
        if heading.endswith("次数"):
            assert of[person, heading.removesuffix("次数")] == number
    for one in found.sources:
        if one.day is not None:
            assert one.text in days[one.person, one.day.day]
