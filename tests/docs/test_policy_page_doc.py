"""docs/policy-page.md: every example is a page that loads, and gives what the tables below it say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from tests.command import run_json
from xl_kpi.policy.load import load_file
from xl_kpi.policy.page import number_of
from xl_kpi.policy.page.words import EACH, FUNCTIONS
from xl_kpi.rules.kinds import CALLS

DOC = (Path(__file__).parents[2] / "docs" / "policy-page.md").read_text("utf-8")
Table = list[list[str]]


@dataclass
class Example:
    """A page, the sheets that are filled in for it, and what comes out: (output, period) → table."""

    page: str
    sheets: dict[str, Table] = field(default_factory=dict)
    results: dict[tuple[str, str], Table] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return number_of(self.page)


def examples() -> list[Example]:
    """The examples of the page, in their order."""
    text = re.split(r"\n(?=## 一、)", DOC, maxsplit=1)[1]
    found: list[Example] = []
    for section in re.split(r"^(?=## [一二三四五六七八九十]+、)", text, flags=re.MULTILINE):
        for page in re.findall(r"^```page\n(.*?)^```$", section, re.MULTILINE | re.DOTALL):
            found.append(Example(page))
        rest = re.sub(r"^```page\n.*?^```$", "", section, flags=re.MULTILINE | re.DOTALL)
        for what, name, period, rows in re.findall(
                r"^(表|结果)「(.*?)」(\S*?)：\n\n((?:\|.*(?:\n|\Z))+)", rest, re.MULTILINE):
            table = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows.strip().split("\n")]
            del table[1]
            if what == "表":
                found[-1].sheets[name] = table
            else:
                found[-1].results[name, period] = table
    return found


EXAMPLES = examples()


def value_of(heading: str, text: str) -> object:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    number = re.fullmatch(r"\d+(\.\d+)?", text) and heading != "工号"
    return (float(text) if "." in text else int(text)) if number else text or None


def write(path: Path, sheets: dict[str, Table]) -> None:
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, (headings, *rows) in sheets.items():
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, headings)
            for r, row in enumerate(rows, 1):
                for c, (heading, text) in enumerate(zip(headings, row, strict=True)):
                    value = value_of(heading, text)
                    if isinstance(value, date):
                        sheet.write_datetime(r, c, value, day)      # type: ignore[arg-type]
                    elif value is not None:
                        sheet.write(r, c, value)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.number)
def test_the_example_gives_what_it_says(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "制度"
    folder.mkdir()
    known: dict[str, Table] = {}
    for one in EXAMPLES[:EXAMPLES.index(example) + 1]:
        (folder / f"{one.number}.md").write_text(one.page, "utf-8")
        known |= {name: table for name, table in one.sheets.items() if name != "参数" or one is example}
    policy = load_file(folder / f"{example.number}.md")
    sheets = {name: table for name, table in known.items() if name in {t.sheet for t in policy.tables.values()}}
    parameters = [["参数", "键", "值"], ["policy", "", example.number], *known.get("参数", [[]])[1:]]
    assert example.results, "an example says what comes out"
    for (output, period), (headings, *rows) in example.results.items():
        book = tmp_path / "例2016.xlsx"
        write(book, {"参数": parameters, **sheets})
        code, result = run_json("result", book, "--of", output, "--period", period)
        assert code == 0, result
        marks = {mark["工号"]: mark["text"] for mark in result["marks"]}
        lines = [["" if line.get(h) is None else str(line[h]) if h != "备注" else "" for h in headings]
                 for line in result["lines"]]
        for line in lines:
            if "备注" in headings:
                line[headings.index("备注")] = marks.get(line[0], "")
        assert lines == rows


def test_there_is_an_example_for_each_section() -> None:
    sections = re.findall(r"^## [一二三四五六七八九十]+、", DOC, re.MULTILINE)
    assert len(sections) == len(EXAMPLES) == DOC.count("```page")


def test_every_function_is_in_the_table_of_functions() -> None:
    """The kinds of rules among them as what has to stand alone."""
    rows = DOC.split("\n## 函数\n")[1].split("\n## ")[0].strip().split("\n")[2:]
    listed = {name: "单独一条" in row for row in rows for name in re.findall(r"`([^\W\d]\w*)", row.split(" | ")[0])}
    assert listed == dict.fromkeys([*FUNCTIONS, *EACH], False) | dict.fromkeys(CALLS, True)
