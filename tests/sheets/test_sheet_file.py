"""Sheets as an xlsx file: the XML says what the model says, nothing is run, nothing half written."""

from __future__ import annotations

import os
import re
import zipfile
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.sheets import sample
from xl_kpi.problems import HostError
from xl_kpi.results import REFUSED
from xl_kpi.sheets import basis, findings, output, slips, summary
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.render_xlsx import as_bytes, write

D = Decimal


def book() -> list[ResultSheet]:
    result = sample.payroll_result()
    return [output.output_sheet(result), slips.slips(result), basis.basis(result), summary.summary(result),
            findings.findings(result.problems, {}, "2016-11", linked={"工资表_2016-11"})]


def part(data: bytes, name: str) -> str:
    return zipfile.ZipFile(BytesIO(data)).read(name).decode("utf-8")


def one(*values: Any, **more: Any) -> ResultSheet:
    sheet = ResultSheet("表", [10.0] * len(values))
    sheet.add(list(values), ("note",) * len(values), **more)
    return sheet


def read_back(sheet: ResultSheet) -> list[Any]:
    ws = openpyxl.load_workbook(BytesIO(as_bytes([sheet]))).active
    return [(c.value, c.data_type) for c in ws[1]]


@pytest.mark.parametrize("text", [
    "=1+1", "+1", "-1", "@sum", "\t=1", "http://a.b", "mailto:x@y", "internal:A1", "{=1}", "001", "1e5", "<b>&\"'",
    "<r>", "<r><t>x</t></r>", "<r>&</r>", "𠮷野𡘙", "_x0041_", " 前后 ", "甲\n乙", "#N/A", "TRUE",
])
def test_text_stays_text(text: str) -> None:
    assert read_back(one(text)) == [(text, "s")]


def test_what_xml_forbids_is_left_out() -> None:
    assert read_back(one("甲\x00\x0b\x1f乙\ud800丙\ufffe")) == [("甲乙丙", "s")]


def test_a_text_too_long_says_so() -> None:
    (text, _), = read_back(one("长" * 40000))
    assert len(text) <= 32767
    assert text.endswith("…（过长，截去）")


def test_numbers_carry_no_junk() -> None:
    data = as_bytes([one(D("0.07"), D("1234.50"), D("-0.00"), Fraction(1, 3), 7, True, None, REFUSED)])
    xml = part(data, "xl/worksheets/sheet1.xml")
    assert re.findall(r"<v>(.*?)</v>", xml) == ["0.07", "1234.50", "0", "0.3333333333333333", "7", "1", "#N/A"]
    assert "<f>NA()</f>" in xml
    assert 't="e"' in xml


def test_only_an_endless_share_has_more_than_four_decimals() -> None:
    result = sample.payroll_result(20)
    xml = part(as_bytes([output.output_sheet(result), summary.summary(result)]), "xl/worksheets/sheet1.xml")
    numbers = re.findall(r"<c (?![^>]*t=)[^>]*>(?:<f>[^<]*</f>)?<v>(.*?)</v>", xml)
    assert len(numbers) > 2000
    odd = {n for n in numbers if not re.fullmatch(r"-?\d+(\.\d{1,4})?", n)}
    assert odd == {"49.35483870967742"}      # 90 × 17/31, which no decimal can write


def test_formulas_keep_their_cached_values() -> None:
    xml = part(as_bytes([one(D("1020.00"), REFUSED, D("0.10"), formulas={0: "A2*1", 1: "A3", 2: "A4"})]),
               "xl/worksheets/sheet1.xml")
    assert "<f>A2*1</f><v>1020.00</v>" in xml
    assert "<f>A3</f><v>#N/A</v>" in xml
    assert "<f>A4</f><v>0.10</v>" in xml


def test_print_set_up() -> None:
    data = as_bytes(book())
    names = part(data, "xl/workbook.xml")
    assert """<definedName name="_xlnm.Print_Titles" localSheetId="0">'工资表_2016-11'!$3:$3</definedName>""" in names
    assert """'工资表_2016-11'!$A$1:$AB$18""" in names
    pay, slip = (part(data, f"xl/worksheets/sheet{n}.xml") for n in (1, 2))
    assert '<pageSetUpPr fitToPage="1"/>' in pay
    assert re.search(r'<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"', pay)
    assert "第 &amp;P 页，共 &amp;N 页" in pay
    assert "R&amp;&amp;D&amp;C" in pay               # & in the policy's title is no code
    assert "ySplit=\"3\"" in pay
    assert re.search(r'<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"', slip)
    assert "fitToPage" in slip                      # one page wide whatever the font


def test_slips_break_pages_where_the_model_says() -> None:
    sheet = slips.slips(sample.payroll_result(5))
    xml = part(as_bytes([sheet]), "xl/worksheets/sheet1.xml")
    assert [int(n) for n in re.findall(r'<brk id="(\d+)"', xml)] == sheet.page.breaks


def test_the_place_of_a_finding_is_a_link() -> None:
    problem = findings.findings(sample.problems(), {}, linked={"考勤"})
    ws = openpyxl.load_workbook(BytesIO(as_bytes([problem, one("x")]))).worksheets[0]
    links = {c.coordinate: c.hyperlink.location for row in ws.iter_rows() for c in row if c.hyperlink}
    assert links == {"C8": "'考勤'!B7"}


def test_a_chart_stands_on_its_own_sheet() -> None:
    """Data, numbers that are shown without a recalculation, title for the eye and for who cannot see, one drawing."""
    import html

    sheets = book()
    data = as_bytes(sheets)
    names = zipfile.ZipFile(BytesIO(data)).namelist()
    assert [n for n in names if "/charts/" in n] == ["xl/charts/chart1.xml"]
    xml = html.unescape(part(data, "xl/charts/chart1.xml"))
    place = next(n for n, s in enumerate(sheets, 1) if s.charts)
    assert "drawing1.xml" in part(data, f"xl/worksheets/_rels/sheet{place}.xml.rels")
    assert set(re.findall(r"<c:f>'(.*?)'!", xml)) == {"汇总_2016-11"}
    assert re.findall(r"<c:v>(一班|二班|三班|未分班组)</c:v>", xml) == ["一班", "二班", "三班", "未分班组"] * 2
    (chart,) = sheets[place - 1].charts
    assert chart.title in xml
    assert chart.title in part(data, "xl/drawings/drawing1.xml")
    assert "<c:min" not in xml                  # an amount below 0


def test_the_axis_of_a_chart_begins_at_nought() -> None:
    result = sample.payroll_result()
    result.lines = [line for line in result.lines if line["实发合计"] > 0]
    result.previous = None
    assert '<c:min val="0"/>' in part(as_bytes([summary.summary(result)]), "xl/charts/chart1.xml")


def test_a_made_file_opens_as_made() -> None:
    ws = openpyxl.load_workbook(BytesIO(as_bytes(book()))).worksheets[0]
    assert ws["B4"].value == "001"
    assert ws["B4"].number_format == "@"
    assert ws["G4"].value == 2000
    assert ws["G4"].number_format == '#,##0.00;-#,##0.00;"-"'
    assert ws["C7"].value == '=HYPERLINK("http://x","李四")'
    assert ws["C7"].data_type == "s"
    assert ws["C7"].hyperlink is None


def test_the_same_sheets_give_the_same_bytes() -> None:
    assert as_bytes(book()) == as_bytes(book())
    assert "2016-11-03T00:00:00Z" in part(as_bytes(book()), "docProps/core.xml")


def test_no_temporary_file_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a temporary file with pay in it")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    write(tmp_path / "工资.xlsx", book())
    assert [p.name for p in tmp_path.iterdir()] == ["工资.xlsx"]


def test_a_stream_is_written_too() -> None:
    stream = BytesIO()
    write(stream, book())
    assert stream.getvalue() == as_bytes(book())


@pytest.mark.parametrize("where", ["os.fsync", "os.replace"])
def test_a_failure_leaves_all_as_it_was(where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "工资.xlsx"
    target.write_bytes(b"before")

    def fail(*_: Any) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(where, fail)
    with pytest.raises(HostError, match="可能正在 Excel 或 WPS 中打开"):
        write(target, book())
    assert target.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["工资.xlsx"]


def test_errors_of_the_machine_are_told_in_chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="不存在"):
        write(tmp_path / "没有" / "工资.xlsx", book())
    (tmp_path / "工资").mkdir()
    with pytest.raises(HostError, match="文件夹"):
        write(tmp_path / "工资", book())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HostError, match="磁盘空间不足"):
        write(tmp_path / "满.xlsx", book())
    assert [p.name for p in tmp_path.iterdir()] == ["工资"]


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left, other = tmp_path / ".工[资].xlsx.0123abcd.xl-kpi.tmp", tmp_path / ".别.xlsx.0123abcd.xl-kpi.tmp"
    left.write_bytes(b"pay")
    other.write_bytes(b"another book's")
    write(tmp_path / "工[资].xlsx", [one("甲")])
    assert not left.exists()
    assert other.exists()


@pytest.mark.skipif(os.name == "nt", reason="links and modes of Unix")
def test_a_link_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.xlsx", tmp_path / "link.xlsx"
    real.write_bytes(b"")
    real.chmod(0o640)
    link.symlink_to(real)
    write(link, [one("甲")])
    assert link.is_symlink()
    assert real.read_bytes()[:2] == b"PK"
    assert real.stat().st_mode & 0o777 == 0o640
