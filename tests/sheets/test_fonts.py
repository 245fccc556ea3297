"""On paper with whatever font the machine has: one page wide, no ####, signatures below people, every slip whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests import office as harness
from tests.sheets import sample
from xl_kpi.results import Result, ResultColumn
from xl_kpi.sheets import output, slip, slips
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.render_xlsx import write

D = Decimal
PERSON = re.compile(r"^ *\d+ +(\d{3,6})\b", re.MULTILINE)


@pytest.fixture(scope="module", params=harness.MACHINES)
def machine(request: pytest.FixtureRequest) -> Iterator[harness.Office]:
    font, configuration = harness.MACHINES[request.param]
    ok, why = harness.available()
    if not ok or not harness.has_font(font):
        pytest.skip(f"LibreOffice: {why}" if not ok else f"no font {font} on this machine")
    with harness.Office(configuration) as running:
        yield running


def department(people: int, items: int = 0, notices: int = 0) -> Result:
    """A month with long names, large and negative amounts; ``items``: further columns."""
    result = replace(sample.payroll_result(9), company="某某信息技术服务有限公司", department="客户服务部")
    result.lines = result.lines[:people]
    result.lines[0]["姓名"] = "欧阳娜娜古丽"
    result.notices = result.notices * notices
    for n in range(items):
        heading = f"第{n}项补贴（市内交通）"
        result.columns.insert(-6, ResultColumn(heading, "money", True, "earning"))
        for at, line in enumerate(result.lines):
            line[heading] = D("1234567.89") if n == at == 1 else D("-9999.99") if at % 5 == 0 else D(50 + at)
    return result


def pages_of(machine: harness.Office, folder: Path, sheet: ResultSheet) -> list[str]:
    path = folder / "one.xlsx"
    write(path, [sheet])
    pages = harness.pdf_pages(machine.to_pdf(path))
    assert not any("###" in page for page in pages)
    return pages


@pytest.mark.parametrize(("people", "items", "notices"), [(5, 0, 1), (22, 3, 9), (60, 0, 1), (60, 10, 2)])
def test_payroll(machine: harness.Office, tmp_path: Path, people: int, items: int, notices: int) -> None:
    result = department(people, items, notices)
    sheet = output.output_sheet(result)
    pages = pages_of(machine, tmp_path, sheet)
    # one page wide, and broken nowhere but where the sheet says
    assert len(pages) == len(sheet.page.breaks) + 1
    people_on = [len(PERSON.findall(page)) for page in pages]
    assert sum(people_on) == people
    (signed,) = [n for n, page in enumerate(pages) if "制表" in page]
    assert people_on[signed] >= min(people, 2)
    assert "审批" in pages[signed]
    assert "大写" in pages[signed]
    assert all("工号" in page for page in pages), "the headings on every page"
    assert "某某信息技术服务有限公司2016年11月工资表" in "".join(pages[0].split())
    assert "发放日期" in pages[0]


@pytest.mark.parametrize(("people", "items"), [(5, 0), (60, 0), (60, 10)])
def test_slips(machine: harness.Office, tmp_path: Path, people: int, items: int) -> None:
    sheet = slips.slips(department(people, items))
    pages = pages_of(machine, tmp_path, sheet)
    assert len(pages) == len(sheet.page.breaks) + 1
    heads, lines, words = ([len(re.findall(text, page, re.MULTILINE)) for page in pages]
                           for text in ("月份", r"^ *2016-11 ", "（大写）"))
    assert heads == lines == words, "each slip whole on its page"
    assert sum(heads) == people


@pytest.mark.parametrize("person", ["001", "002", "003"])
def test_a_slip_of_one_person(machine: harness.Office, tmp_path: Path, person: str) -> None:
    result = department(8, 10)
    line = next(one for one in result.lines if one["工号"] == person)
    (page,) = pages_of(machine, tmp_path, slip.slip(result, line))
    assert "大写" in page
