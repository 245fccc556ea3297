"""Awkward lists (awkward.yaml), each made as a workbook and recognised: right, or asked where nobody can be sure."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import Workbook

from tests.forms.test_forms_real import placed
from xl_kpi.forms.foreign import open_form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Wanted

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
