"""Every sheet in LibreOffice: formulas give the cached values, errors spread to totals, paper shows it all."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.office import Office, pdf_pages
from tests.sheets import sample
from xl_kpi.results import RefusedCell
from xl_kpi.sheets import basis, findings, forms, output, slips, summary
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.render_xlsx import write


def sheets() -> list[ResultSheet]:
    result, draft, review = sample.payroll_result(6), sample.draft_result(), sample.review_result()
    return [
        output.output_sheet(result), slips.slips(result), basis.basis(result), summary.summary(result),
        findings.findings(result.problems, {}, "2016-11"),
        forms.form(review, "季度星级_客服代表", ["季度", "工号", "姓名", "评定星级", "确认星级"], ["001", "002"]),
        output.output_sheet(draft),
    ]


def expected(value: object) -> float | str | None:
    if isinstance(value, RefusedCell):
        return "#N/A"
    if isinstance(value, (int, Decimal, Fraction)):
        return float(value)
    return re.sub("[\x00-\x08\x0b-\x1f]", "", value) or None if isinstance(value, str) else None


@pytest.mark.parametrize("spoil", [False, True], ids=["cached values right", "cached values wrong"])
def test_every_cell_as_the_model_has_it(office: Office, tmp_path: Path, spoil: bool) -> None:
    """With wrong cached values only the formulas can bring the right ones."""
    made, written = sheets(), sheets()
    if spoil:
        for sheet in written:
            for row in sheet.rows:
                row.values = [12345 if row.formulas and c in row.formulas else v for c, v in enumerate(row.values)]
    write(tmp_path / "all.xlsx", written)
    got = office.recalculated(tmp_path / "all.xlsx")
    assert list(got) == [s.name for s in made]
    formulas = 0
    for sheet in made:
        cells = got[sheet.name]
        for r, row in enumerate(sheet.rows):
            formulas += len(row.formulas or ())
            for c, value in enumerate(row.values):
                want = expected(value)
                if row.formulas and c in row.formulas and want is None:
                    want = 0.0
                have = cells.get((r, c))
                if isinstance(want, float):
                    # sums of doubles on the sheet differ from exact ones by less than a thousandth of a fen
                    assert have == pytest.approx(want, abs=1e-5, rel=1e-13), (sheet.name, r, c)
                else:
                    assert have == want, (sheet.name, r, c)
    assert formulas > 300


def test_on_paper(office: Office, tmp_path: Path) -> None:
    result = sample.payroll_result(6)
    for make in (output.output_sheet, slips.slips, summary.summary, basis.basis):
        path = tmp_path / f"{make.__name__}.xlsx"
        write(path, [make(result)])
        pages = pdf_pages(office.to_pdf(path))
        assert not any("###" in page for page in pages)
        assert f"第 1 页，共 {len(pages)} 页" in pages[0]
        if make is output.output_sheet:
            assert len(pages) > 1
            assert all("工号" in page and "实发合计" in page for page in pages[:-1])
            assert ["复核" in page for page in pages] == [False] * (len(pages) - 1) + [True]
        if make is slips.slips:
            # a heading row for each person on every page: no slip is split, and one page wide
            sheet = make(result)
            assert len(pages) == len(sheet.page.breaks) + 1
            assert all("月份" in page[:400] for page in pages)
            # each page ends with a person's line: as many lines as headings
            assert [len(re.findall(r"^ *2016-11 ", page, re.M)) for page in pages] == \
                [page.count("月份") for page in pages]
