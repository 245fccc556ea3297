"""Awkward lists (awkward.yaml), each made as a workbook and recognised: right, or asked where nobody can be sure."""

from __future__ import annotations

import datetime as dt
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import Workbook

from tests.forms.test_forms_real import placed
from xl_kpi.forms.foreign import open_form
from xl_kpi.forms.model import Form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Want, Wanted, of_policy
from xl_kpi.policy.load import load
from xl_kpi.workbook.book import Book, Sheet

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("awkward.yaml").read_text("utf-8"))
SAID = ("month", "people", "spans", "across")


def value(text: str) -> object:
    if text.startswith("@"):
        return dt.datetime.fromisoformat(text[1:])
    if text.startswith("'"):
        return text[1:]
    if text.startswith("="):
        return text
    return float(text) if re.fullmatch(r"-?\d+\.\d+", text) else int(text) if re.fullmatch(r"-?\d+", text) else text


def saved(case: dict[str, Any], folder: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = case.get("sheet", "Sheet1")
    for row, line in enumerate(case["grid"].split("\n"), 1):
        for column, text in enumerate(line.split("|"), 1):
            if text:
                sheet.cell(row, column, value(text))
    for area in case.get("merged", ()):
        sheet.merge_cells(area)
    path = folder / case.get("file", "表.xlsx")
    book.save(path)
    return path


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_recognised(case: dict[str, Any], tmp_path: Path) -> None:
    wanted = Wanted(people=case["roster"]) if "roster" in case else None
    forms = [form for form in recognise(open_form(saved(case, tmp_path)), wanted) if form.kind == "list"]
    if "people_lists" in case:
        assert len([form for form in forms if form.field("姓名")]) == case["people_lists"]
        return
    assert len(forms) == len(case["表"])
    for form, said in zip(forms, case["表"], strict=True):
        found = placed(form)
        assert {str(name): found.get(str(name)) for name in said if name not in SAID} == {
            str(name): place for name, place in said.items() if name not in SAID}
        assert (str(form.period) if form.period else None) == said.get("month", None if form.period is None else str(
            form.period))
        assert form.across == said.get("across", False)
        if "people" in said:
            assert [row + 1 for row in form.people] == said["people"]
        if "spans" in said:
            assert form.spans == said["spans"]
    assert sorted({one.key for form in forms for one in form.open}) == sorted(case["问"])


# -- with a workbook: its policy, its people --------------------------------------------------------------------------

POLICY = of_policy(load("bozhen-2016"), {"001": "王芳", "002": "李娜", "003": "张伟"})


def with_policy(grid: str, folder: Path) -> Form:
    form, = recognise(open_form(saved({"grid": grid}, folder)), POLICY)
    return form


def test_headings_become_those_of_the_policy(tmp_path: Path) -> None:
    form = with_policy("2024年4月\n工号|姓名|岗位名称|打字速度（字/分）|迟到(次)|病假（小时）\n"
                       "001|王芳|客服代表|80|1|4\n002|李娜|客服代表|90|0|0", tmp_path)
    assert placed(form) == {"工号": "A 3-4", "姓名": "B 3-4", "岗位": "C 3-4", "打字速度": "D 3-4", "迟到次数": "E 3-4",
                            "病假小时": "F 3-4"}
    assert form.open == []


def test_what_the_policy_wants_and_nobody_is_called_is_asked(tmp_path: Path) -> None:
    form = with_policy("2024年4月\n编号|员工|工作量(25)|出错率|满席度|投诉|考核得分\n"
                       "'001|王芳|20|20|20|10|80\n'002|李娜|25|20|20|10|80", tmp_path)
    assert placed(form) == {"工号": "A 3-4", "姓名": "B 3-4", "工作量": "C 3-4", "出错率": "D 3-4", "满席度": "E 3-4",
                            "投诉": "F 3-4", "得分": "G 3-4"}
    assert [(one.key, one.choices) for one in form.open] == [("投诉处理", ("F",))]


def test_values_out_of_the_range_of_a_column_are_asked_about(tmp_path: Path) -> None:
    form = with_policy("2024年4月\n工号|姓名|服务满意度\n001|王芳|98\n002|李娜|350", tmp_path)
    assert "服务满意度" not in placed(form)
    assert [(one.key, one.choices) for one in form.open] == [("服务满意度", ("C",))]
    assert "超过 100" in form.open[0].text


def test_a_rater_is_known_by_the_heading_where_only_one_column_is_theirs(tmp_path: Path) -> None:
    wanted = Wanted(wants={"自评": Want("自评"), "上级": Want("上级")}, raters={"自评": "自评", "上级": "上级"})
    path = saved({"grid": "2024年4月考核\n姓名|自评得分|上级评分\n王芳|90|85\n李娜|91|88"}, tmp_path)
    form, = recognise(open_form(path), wanted)
    assert placed(form) == {"姓名": "A 3-4", "自评": "B 3-4", "上级": "C 3-4"}
    several = of_policy(load("s002-a-aftersales-manager"))
    assert several.raters == {}                 # each rates every indicator


def test_no_grid_of_anything_ends_in_a_traceback() -> None:
    """Cells at random, merged at random: whatever comes of it, it is data."""
    words = ["姓名", "工号", "得分", "合计", "2024年4月", "第三季度", "上半年", "部门：", "月份", "王芳", "7", "",
             "备注：无", "周一", "Name", "Mon", "√", "2019.1.1至2019.1.31", "1-3月", "（元）", "序号", "FY24"]
    for seed in range(200):
        rng = random.Random(seed)
        height, width = rng.randint(1, 12), rng.randint(1, 8)
        rows: list[list[object]] = [[rng.choice((
            None, rng.choice(words), rng.choice(words), float(rng.randint(0, 46000)), dt.date(2024, 1 + n % 12, n + 1)))
            for n in range(width)] for _ in range(height)]
        merged = [(r, c, r + rng.randint(0, 2), c + rng.randint(0, 2)) for r, c in (
            (rng.randrange(height), rng.randrange(width)) for _ in range(rng.randint(0, 2)))]
        for form in recognise(Book(Path("表.xlsx"), [Sheet("3月", False, rows, merged=merged)])):
            form.as_json()
