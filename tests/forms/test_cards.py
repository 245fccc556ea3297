"""Cards: where the value of each label stands, as cards.yaml has them; what may stand in two places is asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.forms.drawn_cards import draw_card, judge_card
from tests.ids import ids
from workbooks import forms as drawn_forms
from xl_kpi.forms.labels import label_of
from xl_kpi.forms.model import Form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Wanted, of_policy, plain
from xl_kpi.policy.load import load
from xl_kpi.workbook.book import Book, Sheet
from xl_kpi.workbook.file import read_bytes
from xl_kpi.workbook.grid import Area, address

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
    for seed in range(250):
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


@pytest.mark.parametrize("policy_id", ids())
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
