"""Workbooks of HR's that hold what is easily lost, made by several programs and by hand."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import xlsxwriter
from lxml import etree
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FORM = "季度星级_客服代表"
HEADINGS = ["季度", "工号", "姓名", "评定星级", "确认星级", "评审意见", "备注", "加一"]
HEADING, FIRST, LAST = 2, 3, 8       # rows of the form, from 0
OLD = "汇总_2016-11"                  # an old result sheet with a chart and a picture

Parts = dict[str, bytes]


def unzip(raw: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return {i.filename: package.read(i) for i in package.infolist() if not i.filename.endswith(("/", "\\"))}


def rezip(parts: Mapping[str, bytes], name: Callable[[str], str] = lambda n: n, seekable: bool = True,
          folders: bool = False) -> bytes:
    """``seekable`` False: with data descriptors behind the parts, as programs write that stream."""
    target = io.BytesIO()

    class Stream(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            return target.write(data)       # type: ignore[arg-type]

    with zipfile.ZipFile(target if seekable else Stream(), "w", zipfile.ZIP_DEFLATED) as package:
        for folder in ("xl/", "xl/worksheets/") if folders else ():
            package.writestr(zipfile.ZipInfo(folder), b"")
        for part, data in parts.items():
            info = zipfile.ZipInfo("x", (2016, 11, 3, 10, 20, 30))
            info.filename = name(part)
            package.writestr(info, data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def changed(raw: bytes, *edits: tuple[str, bytes, bytes], more: Mapping[str, bytes] | None = None) -> bytes:
    """The package with one place replaced in each part named, and with more parts."""
    parts = unzip(raw)
    for part, old, new in edits:
        assert parts[part].count(old) >= 1, (part, old)
        parts[part] = parts[part].replace(old, new, 1)
    return rezip(parts | dict(more or {}))


def sheet_part(raw: bytes, name: str) -> str:
    """The part of a sheet."""
    parts = {n.replace("\\", "/"): d for n, d in unzip(raw).items()}
    sheets = etree.fromstring(parts["xl/workbook.xml"]).iterfind("{*}sheets/{*}sheet")
    key = next(e.get(f"{{{REL}}}id") for e in sheets if e.get("name") == name)
    target = next(e.get("Target", "") for e in etree.fromstring(parts["xl/_rels/workbook.xml.rels"])
                  if e.get("Id") == key)
    return "xl/" + target.removeprefix("/").removeprefix("xl/")


def picture(color: int = 40) -> bytes:
    """A PNG of 20 × 20."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([color, 90, 160]) * 20 for _ in range(20))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 20, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def by_xlsxwriter(folder: Path, macros: bool = False, **options: object) -> bytes:
    """Charts, pictures, controls, comments, conditional formats and drop-downs of both kinds, sparklines, dynamic
    arrays, tables, names, filters, print areas, hidden sheets, a chart sheet, an old result sheet with a chart."""
    path = folder / f"book.xls{'m' if macros else 'x'}"
    with xlsxwriter.Workbook(path, options) as book:
        bold, day = book.add_format({"bold": True, "bg_color": "#FFE0A0"}), book.add_format({"num_format": 58})
        _form(book, book.add_worksheet(FORM), bold)
        roster = book.add_worksheet("花 名&册")
        roster.write_row(0, 0, ["工号", "姓名", "入职日期"], bold)
        for r in range(1, 6):
            roster.write_row(r, 0, [f"{r:03}", f" 张{r} "])
            roster.write_datetime(r, 2, dt.datetime(2015, r, 1), day)
        roster.write_rich_string("E1", "红", book.add_format({"color": "red"}), "字")
        roster.write_comment("A2", "批注", {"author": "王"})
        roster.insert_image("G2", "头像.png", {"image_data": io.BytesIO(picture())})
        roster.insert_button("G8", {"macro": "按钮", "caption": "点我"})
        roster.write_dynamic_array_formula("J1:J3", "=UNIQUE(A2:A4)", None, "001")
        roster.write_array_formula("K1:K3", "{=A1:A3&1}", None, "x")
        roster.write_url("E3", "http://example.com/", None, "链接")
        roster.add_sparkline("F2", {"range": "'花 名&册'!A2:C2"})
        roster.protect("", {"format_cells": True})
        roster.set_header("&L&G", {"image_left": "页眉.png", "image_data_left": io.BytesIO(picture(90))})
        tables = book.add_worksheet("台账")
        tables.add_table("A1:C4", {"name": "台账表", "data": [["a", 1, 2], ["b", 3, 4], ["c", 5, 6]],
                                   "columns": [{"header": h} for h in ("工号", "次数", "金额")]})
        tables = book.add_worksheet("台账二")
        tables.add_table("E1:F5", {"name": "有汇总", "total_row": True, "data": [["a", 1], ["b", 2], ["c", 3]],
                                   "columns": [{"header": "工号", "total_string": "汇总"},
                                               {"header": "数", "total_function": "sum"}]})
        empty = book.add_worksheet("空表")
        empty.set_column("A:A", 12, book.add_format({"num_format": "@", "italic": True}))
        empty.set_column("B:B", 12, book.add_format({"num_format": "0.000"}))
        empty.add_table("A1:B2", {"name": "空表格", "columns": [{"header": "工号"}, {"header": "金额"}]})
        empty.data_validation("A2", {"validate": "list", "source": ["001", "002"]})
        old = book.add_worksheet(OLD)
        old.write_row(0, 0, ["旧", 1, 2])
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": f"='{OLD}'!$B$1:$C$1"})
        old.insert_chart("A3", chart)
        old.insert_image("H3", "图.png", {"image_data": io.BytesIO(picture(7))})
        old.insert_image("H8", "头像.png", {"image_data": io.BytesIO(picture())})       # HR's own sheet has it too
        old.write_comment("A1", "旧批注")
        old.autofilter("A1:C1")
        old.print_area("A1:C9")
        other = book.add_worksheet("看")
        other.write_row(0, 0, ["看别处", True, "#N/A", 1.5])
        other.write_formula("A2", "1/0", None, "#DIV/0!")
        other.write_formula("A3", "SUM(D1:D1)", None, 1.5)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=看!$D$1:$D$1"})
        other.insert_chart("A5", chart)
        book.add_worksheet("藏").hide()
        book.add_worksheet("深藏").very_hidden()
        sheet = book.add_chartsheet("图表页")
        chart = book.add_chart({"type": "pie"})
        chart.add_series({"values": "=看!$D$1:$D$1"})
        sheet.set_chart(chart)
        book.define_name("税率", "=0.03")
        book.define_name("看!本页", "=看!$A$1")
        if macros:
            program = folder / "vbaProject.bin"
            program.write_bytes(b"\xd0\xcf\x11\xe0 macros " * 200)
            book.add_vba_project(program)
    return _second_kind(path.read_bytes())


def _form(book: xlsxwriter.Workbook, form: xlsxwriter.worksheet.Worksheet, bold: object) -> None:
    form.write(0, 0, "季度星级评定表", bold)
    form.merge_range("B2:C2", "单位", bold)
    form.write_row(HEADING, 0, HEADINGS, bold)
    star = book.add_format({"num_format": '0"星"', "border": 1, "bg_color": "#E0FFE0"})
    for r in range(FIRST, LAST + 1):
        form.set_row(r, 24, None)
        form.write_row(r, 0, ["2016Q3", f"{r:03}", f"李{r}"], book.add_format({"border": 1}))
        form.write_number(r, 3, r % 5, star)
        form.write_blank(r, 4, None, star)
        form.write_formula(r, 7, f"D{r + 1}+1", star, r % 5 + 1)
    for r in range(LAST + 1, LAST + 4):             # drawn down in advance
        form.write_formula(r, 7, f"D{r + 1}+1", star, 1)
    form.write_row(19, 0, ["合计", None, None])
    form.write_formula(19, 3, "SUM(D4:D9)", None, 20)
    form.write(21, 0, "审批签字：")
    form.data_validation(FIRST, 4, LAST, 4, {"validate": "list", "source": ["1", "2", "3"]})
    form.conditional_format(FIRST, 3, LAST, 3, {"type": "3_color_scale"})
    form.conditional_format(FIRST, 3, LAST, 3, {"type": "cell", "criteria": ">", "value": 3, "format": bold})
    form.conditional_format(FIRST, 7, LAST, 7, {"type": "data_bar", "data_bar_2010": True})
    form.autofilter(HEADING, 0, LAST, 7)
    form.print_area(0, 0, LAST, 7)
    form.repeat_rows(HEADING)
    form.freeze_panes(FIRST, 0)


def _second_kind(raw: bytes) -> bytes:
    """With a drop-down that takes its list from another sheet, as Excel 2010 writes it."""
    main = "http://schemas.microsoft.com/office/excel/2006/main"
    ext = ('<ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
           'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
           f'<x14:dataValidations count="1" xmlns:xm="{main}"><x14:dataValidation type="list" allowBlank="1">'
           "<x14:formula1><xm:f>看!$A$1:$A$3</xm:f></x14:formula1><xm:sqref>F4:F9</xm:sqref></x14:dataValidation>"
           "</x14:dataValidations></ext>")
    return changed(raw, (sheet_part(raw, FORM), b"</extLst>", f"{ext}</extLst>".encode()))


def by_openpyxl(folder: Path) -> bytes:
    """With a chart, a comment, a drop-down, a conditional format and names, no app.xml titles."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = FORM
    sheet.append(["表"])
    sheet.append([])
    sheet.append(HEADINGS)
    for r in range(FIRST, LAST + 1):
        sheet.append(["2016Q3", f"{r:03}", f"李{r}", r % 5, None, None, None, f"=D{r + 1}+1"])
        sheet.row_dimensions[r + 1].height = 30
        sheet.cell(r + 1, 4).number_format = '0"星"'
    drop = DataValidation(type="list", formula1='"1,2,3"')
    drop.add("E4:E9")
    sheet.add_data_validation(drop)
    sheet.conditional_formatting.add("D4:D9", ColorScaleRule("min", None, "FFFFFF", "max", None, "FF0000"))
    sheet.auto_filter.ref = "A3:H9"
    sheet.print_area = "A1:H9"
    sheet["A1"].comment = Comment("批注", "王")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=4, min_row=4, max_row=9))
    sheet.add_chart(chart, "K2")
    book.create_sheet("看")["A1"] = dt.date(2016, 11, 3)
    book.defined_names["税率"] = DefinedName("税率", attr_text="0.03")
    target = io.BytesIO()
    book.save(target)
    return rezip(unzip(target.getvalue()))


# -- what is done to a package by hand --------------------------------------------------------------------------------

def _each_sheet(raw: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return rezip({n: change(d) if n.startswith("xl/worksheets/sheet") else d for n, d in unzip(raw).items()})


def prefixed(raw: bytes) -> bytes:
    """``<x:sheetData>``, in the sheets, the workbook and the styles."""
    def change(data: bytes) -> bytes:
        return re.sub(rb"<(/?)(?=[a-zA-Z]\w*[\s/>])", rb"<\1x:", data).replace(b"xmlns=", b"xmlns:x=", 1)

    return rezip({n: change(d) if n in ("xl/workbook.xml", "xl/styles.xml") or n.startswith("xl/worksheets/sheet")
                  else d for n, d in unzip(raw).items()})


def spaced(raw: bytes) -> bytes:
    return rezip({n: re.sub(rb"><(?!/(?:t|v|f)>)", b">\r\n  <", d)
                  if n.startswith(("xl/worksheets/sheet", "xl/workbook")) else d for n, d in unzip(raw).items()})


def unplaced(raw: bytes) -> bytes:
    """Without ``r=`` where a cell follows its neighbour (the form has no gaps in its first columns)."""
    return _each_sheet(raw, lambda d: re.sub(rb'<c r="([A-C])(\d+)"', rb"<c", re.sub(
        rb'(<row) r="(\d+)"(?=[^>]*><c r="A2")', rb"\1", d)))


def uncounted(raw: bytes) -> bytes:
    parts = unzip(raw)
    return rezip(parts | {"xl/styles.xml": re.sub(rb' count="\d+"', b"", parts["xl/styles.xml"])})


def linked(raw: bytes) -> bytes:
    """An external workbook, custom XML, a calculation chain, protected structure."""
    kinds = "http://schemas.openxmlformats.org/package/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    form = re.search(rb'sheetId="(\d+)"', unzip(raw)["xl/workbook.xml"])
    assert form
    more = {
        "xl/externalLinks/externalLink1.xml":
            f'<externalLink xmlns="{main}"><externalBook xmlns:r="{REL}" r:id="rId1"><sheetNames>'
            '<sheetName val="外"/></sheetNames></externalBook></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels":
            f'<Relationships xmlns="{kinds}"><Relationship Id="rId1" Type="{REL}/externalLinkPath" '
            'Target="%E5%A4%96.xlsx" TargetMode="External"/></Relationships>',
        "xl/calcChain.xml": f'<calcChain xmlns="{main}"><c r="H4" i="{form[1].decode()}"/></calcChain>',
        "customXml/item1.xml": "<hr>自定义</hr>",
    }
    more = {name: text.encode() for name, text in more.items()}     # type: ignore[misc]
    parts = unzip(raw)
    relations = (f'<Relationship Id="rId901" Type="{REL}/externalLink" Target="externalLinks/externalLink1.xml"/>'
                 f'<Relationship Id="rId902" Type="{REL}/calcChain" Target="calcChain.xml"/>'
                 f'<Relationship Id="rId903" Type="{REL}/customXml" Target="../customXml/item1.xml"/></Relationships>')
    types = (f'<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="{office}.externalLink+xml"/>'
             f'<Override PartName="/xl/calcChain.xml" ContentType="{office}.calcChain+xml"/></Types>')
    book = parts["xl/workbook.xml"].decode()
    book = book.replace("</sheets>", '</sheets><externalReferences><externalReference r:id="rId901" '
                        f'xmlns:r="{REL}"/></externalReferences>')
    book = re.sub(r"<workbookProtection[^>]*/>", "", book)
    book = re.sub(r"<bookViews", '<workbookProtection lockStructure="1"/><bookViews', book)
    return rezip(parts | more | {       # type: ignore[operator]
        "xl/workbook.xml": re.sub(r"<calcPr[^>]*/>", "", book).encode(),
        "xl/_rels/workbook.xml.rels": parts["xl/_rels/workbook.xml.rels"].replace(
            b"</Relationships>", relations.encode()),
        "[Content_Types].xml": parts["[Content_Types].xml"].replace(b"</Types>", types.encode())})


def signed(raw: bytes) -> bytes:
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    return changed(
        raw, ("_rels/.rels", b"</Relationships>", f'<Relationship Id="rIdS" Type="{kind}" '
              'Target="_xmlsignatures/origin.sigs"/></Relationships>'.encode()),
        ("[Content_Types].xml", b"</Types>", b'<Default Extension="sigs" ContentType="application/vnd.openxmlformats-'
         b'package.digital-signature-origin"/></Types>'), more={"_xmlsignatures/origin.sigs": b""})


MADE: dict[str, Callable[[Path], bytes]] = {
    "XlsxWriter": by_xlsxwriter,
    "macros": lambda folder: by_xlsxwriter(folder, macros=True),
    "1904": lambda folder: by_xlsxwriter(folder, date_1904=True),
    "openpyxl": by_openpyxl,
    "prefixes": lambda folder: prefixed(by_xlsxwriter(folder)),
    "white space": lambda folder: spaced(by_xlsxwriter(folder)),
    "cells without r": lambda folder: unplaced(by_openpyxl(folder)),
    "styles without counts": lambda folder: uncounted(by_xlsxwriter(folder)),
    "linked": lambda folder: linked(by_xlsxwriter(folder)),
    "folders": lambda folder: rezip(unzip(by_xlsxwriter(folder)), folders=True),
    "backslashes": lambda folder: rezip(unzip(by_openpyxl(folder)), name=lambda n: n.replace("/", "\\")),
    "streamed": lambda folder: rezip(unzip(by_xlsxwriter(folder)), seekable=False),
}
