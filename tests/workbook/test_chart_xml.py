"""A chart means the same in a workbook of Excel 2007 and in a later one."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import openpyxl
import pytest
from lxml import etree
from openpyxl.chart.chartspace import ChartSpace
from openpyxl.chart.reader import read_chart
from openpyxl.xml.functions import fromstring

from tests.sheets import sample
from xl_kpi.sheets.summary import summary
from xl_kpi.workbook.chart_xml import _LEFT_OUT, explicit
from xl_kpi.workbook.render_xlsx import as_bytes

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


@pytest.fixture(scope="module")
def drawn() -> bytes:
    """As XlsxWriter writes it."""
    book = as_bytes([summary(sample.payroll_result())])
    return zipfile.ZipFile(BytesIO(book)).read("xl/charts/chart1.xml")


def test_everything_that_could_be_taken_for_a_yes_is_said(drawn: bytes) -> None:
    root = etree.fromstring(explicit(drawn))
    for name, flags in _LEFT_OUT.items():
        found = list(root.iter(C + name))
        assert found, name
        for element in found:
            assert set(flags) <= {etree.QName(child).localname for child in element}
    for labels in root.iter(C + "dLbls"):
        said = {etree.QName(e).localname: e.get("val") for e in labels if etree.QName(e).localname.startswith("show")}
        assert said == {"showLegendKey": "0", "showVal": "1", "showCatName": "0", "showSerName": "0",
                        "showPercent": "0", "showBubbleSize": "0"}


def test_nothing_that_was_said_changes(drawn: bytes) -> None:
    """Without what was added it is what it was, in the same order."""
    before, after = etree.fromstring(drawn), etree.fromstring(explicit(drawn))
    for name, flags in _LEFT_OUT.items():
        for old, new in zip(before.iter(C + name), after.iter(C + name), strict=True):
            for flag in flags:
                if old.find(C + flag) is None:
                    new.remove(new.find(C + flag))
    assert etree.tostring(before) == etree.tostring(after)


def test_the_order_is_the_schemas(drawn: bytes) -> None:
    """A reader that goes by the schema writes the same order again."""
    again = ChartSpace.from_tree(fromstring(explicit(drawn)))
    names = re.findall(rb"<c:(\w+)", explicit(drawn))
    labels = names[names.index(b"dLbls"):][:40]
    assert [n.decode() for n in labels if n.startswith(b"show")] == [
        "showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize"]
    chart = read_chart(again)
    assert chart.title.overlay is False
    assert chart.legend.overlay is False
    assert chart.x_axis.delete is False
    assert [s.invertIfNegative for s in chart.series] == [False, False]
    assert [(s.dLbls.showVal, s.dLbls.showSerName) for s in chart.series] == [(True, False)] * 2


def test_twice_is_once(drawn: bytes) -> None:
    assert explicit(explicit(drawn)) == explicit(drawn)


def test_openpyxl_reads_the_chart_of_the_sheet() -> None:
    book = openpyxl.load_workbook(BytesIO(as_bytes([summary(sample.payroll_result())])))
    assert len(book.active._charts) == 1
