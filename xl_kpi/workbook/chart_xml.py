"""A chart that means the same in every workbook.

What a chart's XML leaves out stands for 'no' in a workbook of Excel 2007, which XlsxWriter says it writes, and for
'yes' in a later one (ECMA-376's defaults): in HR's workbook labels would show the names too, negative columns would be
white, the title would lie over the plot, axes could be missing.  Here everything that is left out is said: no.
"""

from __future__ import annotations

from lxml import etree

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_SHOWN = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")

# element → what it may leave out → the elements that stand before that, in the schema's order
_LEFT_OUT: dict[str, dict[str, tuple[str, ...]]] = {
    "chartSpace": {"roundedCorners": ("date1904", "lang")},
    "chart": {"autoTitleDeleted": ("title",)},
    "title": {"overlay": ("tx", "layout")},
    "legend": {"overlay": ("legendPos", "legendEntry", "layout")},
    "barChart": {"varyColors": ("barDir", "grouping")},
    "ser": {"invertIfNegative": ("idx", "order", "tx", "spPr")},
    "catAx": {"delete": ("axId", "scaling")},
    "valAx": {"delete": ("axId", "scaling")},
    "dLbls": {name: ("dLbl", "numFmt", "spPr", "txPr", "dLblPos", *_SHOWN[:n]) for n, name in enumerate(_SHOWN)},
}


def explicit(xml: bytes) -> bytes:
    """The XML of a chart part with every yes and no said."""
    root = etree.fromstring(xml)
    for element in root.iter(*(_C + name for name in _LEFT_OUT)):
        for name, before in _LEFT_OUT[etree.QName(element).localname].items():
            if element.find(_C + name) is None:
                at = max((i for i, child in enumerate(element) if etree.QName(child).localname in before), default=-1)
                element.insert(at + 1, etree.Element(_C + name, val="0"))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
