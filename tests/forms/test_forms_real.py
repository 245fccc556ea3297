"""The real workbooks are recognised as real.yaml says; what is not sure is asked, and nothing is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from xl_kpi.forms.foreign import open_form
from xl_kpi.forms.model import Form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.view import as_text
from xl_kpi.workbook.book import Book

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "real.yaml").read_text("utf-8"))
SAID = ("month", "people", "persons", "records", "spans", "问", "不是", "kind")


def workbook(number: str) -> Path:
    return next((HERE / "real").glob(f"{number}_*"))


def placed(form: Form) -> dict[str, str]:
    """name → A 4-6, or B4 of a card."""
    return {one["name"]: one["cell"] if "cell" in one else f"{one['column']} {one['first_row']}-{one['last_row']}"
            for one in form.as_json()["fields"]}


def people(book: Book, form: Form) -> list[str]:
    rows = next(sheet for sheet in book.sheets if sheet.name == form.sheet).rows
    name = form.field("姓名")
    return [as_text(rows[row][name.column]) for row in form.people] if name else []


@pytest.mark.parametrize(("number", "sheet", "said"), [
    (case["file"], sheet, said) for case in CASES for sheet, said in case["sheets"].items()])
def test_recognised(number: str, sheet: str, said: dict[str, Any]) -> None:
    book = open_form(workbook(number))
    forms = [form for form in recognise(book) if form.sheet == sheet and form.kind == said.get("kind", "list")]
    assert len(forms) == 1
    form, = forms
    found = placed(form)
    assert {name: found.get(name) for name in said if name not in SAID} == {
        name: place for name, place in said.items() if name not in SAID}
    assert (str(form.period) if form.period else None) == said["month"]
    assert {one.key for one in form.open} == set(said.get("问", []))
    assert not {one.column for one in form.fields} & {ord(letter) - 65 for letter in said.get("不是", [])}
    if "people" in said:
        assert people(book, form) == said["people"]
    if "persons" in said:
        assert len(form.people) == said["persons"]
    if "spans" in said:
        assert form.spans == said["spans"]
    if "records" in said:
        assert [row + 1 for row in form.people] == said["records"]


@pytest.mark.parametrize("number", [case["file"] for case in CASES if not case["sheets"]])
def test_no_list_of_people_in_what_has_none(number: str) -> None:
    forms = recognise(open_form(workbook(number)))
    assert [form.sheet for form in forms if form.kind == "list" and form.field("姓名")] == []


def test_what_is_written_is_true_of_every_form() -> None:
    """Whatever is recognised: sure enough, with a reason, rows in their order, the sheets that are there."""
    for path in sorted((HERE / "real").glob("*.xls*")):
        book = open_form(path)
        for form in recognise(book):
            assert form.sheet in {sheet.name for sheet in book.sheets}
            for one in form.fields:
                assert one.why
                assert 0.8 <= one.sure <= 1
                assert one.rows[0] <= one.rows[1]
            names = [one.name for one in form.fields]
            assert len(names) == len(set(names)), (path.name, form.sheet)
