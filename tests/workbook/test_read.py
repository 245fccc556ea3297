"""Reading a workbook file: every kind of cell, every shape of XML, and everything that must be refused."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import struct
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from xl_kpi.problems import HostError, Refusal, UsageError
from xl_kpi.workbook import cells, file, package, rewrite
from xl_kpi.workbook.file import Book, Mark, Sheet, address, read
from xl_kpi.workbook.formats import Format

FORMS = Path(os.environ.get("XL_KPI_FORMS") or Path(__file__).parents[3] / "shared" / "data" / "forms")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PKG = "http://schemas.openxmlformats.org/package/2006"
FORMULA = Mark(formula=True)
STALE = Mark(formula=True, stale=True)       # XlsxWriter leaves all to be calculated


# ---------------------------------------------------------------------------------------------------- handmade packages


def sheet_xml(rows: str, before: str = "", after: str = "") -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">'
    return f"{head}{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def relations(*entries: tuple[str, str, str]) -> str:
    return (
        f'<Relationships xmlns="{PKG}/relationships">'
        + "".join(f'<Relationship Id="{key}" Type="{REL}/{kind}" Target="{target}"/>' for key, kind, target in entries)
        + "</Relationships>"
    )


def parts(
    sheet: str = "", strings: str | None = None, styles: str | None = None, **more: str | bytes
) -> dict[str, Any]:
    """The parts of a workbook with one sheet, S; ``more`` replaces parts (path with '/' as '__')."""
    related = [("rId1", "worksheet", "worksheets/sheet1.xml")]
    found: dict[str, Any] = {
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet if sheet.startswith(("<?xml", "<!", "\ufeff", "<x:")) else sheet_xml(sheet),
    }
    if strings is not None:
        related.append(("rId2", "sharedStrings", "sharedStrings.xml"))
        found["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    if styles is not None:
        related.append(("rId3", "styles", "styles.xml"))
        found["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    found["xl/_rels/workbook.xml.rels"] = relations(*related)
    found["[Content_Types].xml"] = f'<Types xmlns="{PKG}/content-types"/>'
    return found | more


def formats(*codes: str | int) -> str:
    """Styles 0, 1, 2 … with these number formats (a number is a built-in one)."""
    custom = "".join(
        f'<numFmt numFmtId="{200 + n}" formatCode="{code.replace("&", "&amp;").replace(chr(34), "&quot;")}"/>'
        for n, code in enumerate(codes)
        if isinstance(code, str)
    )
    xfs = "".join(f'<xf numFmtId="{200 + n if isinstance(code, str) else code}"/>' for n, code in enumerate(codes))
    # cellStyleXfs come first and are something else
    return f'<numFmts>{custom}</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs>{xfs}</cellXfs>'


class Maker:
    """Writes packages into a folder and reads them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.count = 0

    def path(self, raw: bytes | None = None, suffix: str = ".xlsx") -> Path:
        self.count += 1
        path = self.folder / f"book{self.count}{suffix}"
        if raw is not None:
            path.write_bytes(raw)
        return path

    def zip(self, content: dict[str, Any], **options: Any) -> Path:
        path = self.path()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name, data in content.items():
                if data is not None:
                    target.writestr(name, data, **options)
        return path

    def book(self, *args: Any, **more: Any) -> Book:
        return read(self.zip(parts(*args, **more)))

    def sheet(self, *args: Any, **more: Any) -> Sheet:
        return self.book(*args, **more).sheets[0]

    def refused(self, raw: bytes | Path | dict[str, Any]) -> str:
        path = self.path(raw) if isinstance(raw, bytes) else self.zip(raw) if isinstance(raw, dict) else raw
        with pytest.raises(Refusal) as caught:
            read(path)
        (problem,) = caught.value.problems
        assert problem.level == "error"
        assert problem.do
        assert re.search(r"[\u4e00-\u9fff]", problem.text)
        assert path.name in problem.text or problem.sheet
        return problem.text


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def row(*cells_of_row: str, r: int = 1) -> str:
    return f'<row r="{r}">{"".join(cells_of_row)}</row>'


# --------------------------------------------------------------------------------------------------------------- values


def test_address():
    assert [address(*p) for p in ((0, 0), (6, 1), (0, 25), (0, 26), (0, 701), (0, 702), (1048575, 16383))] == [
        "A1",
        "B7",
        "Z1",
        "AA1",
        "ZZ1",
        "AAA1",
        "XFD1048576",
    ]


def test_values_of_xlsxwriter(make: Maker):
    path = make.path()
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(" 花名册 ")
        book.add_chartsheet("图")
        hidden, very = book.add_worksheet("隐"), book.add_worksheet("深藏")
        hidden.hide()
        very.very_hidden()
        day, minute = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "h:mm"})
        hours, percent = book.add_format({"num_format": "[h]:mm"}), book.add_format({"num_format": "0.0%"})
        padded = book.add_format({"num_format": "000"})
        sheet.write_string(1, 1, "张三")
        sheet.write_number(1, 2, 88.5)
        sheet.write_boolean(1, 3, True)
        sheet.write_datetime(1, 4, dt.datetime(2016, 11, 3), day)
        sheet.write_datetime(1, 5, dt.datetime(2016, 11, 3, 8, 30), day)
        sheet.write_datetime(1, 6, dt.time(8, 30), minute)
        sheet.write_number(1, 7, 1.5, hours)
        sheet.write_blank(1, 8, None, day)
        sheet.write_number(2, 0, 0.985, percent)
        sheet.write_number(2, 1, 7, padded)
        sheet.write_formula(2, 2, "=1+1", None, 2)
        sheet.write_formula(2, 3, '=""', None, "")  # XlsxWriter leaves the value open, for Excel to calculate
        sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
        sheet.write_rich_string(2, 5, "粗", percent, "细")
        sheet.write_formula(2, 6, "=0.5", percent, 0.5)
        sheet.write_dynamic_array_formula("H3", "=SORT(A1:A1)", percent, 0.25)
    book = read(path)
    assert [(s.name, s.hidden) for s in book.sheets] == [(" 花名册 ", False), ("隐", True), ("深藏", True)]
    assert book.path == path
    first = book.sheets[0]
    assert first.rows == [
        [None] * 8,
        [
            None,
            "张三",
            88.5,
            True,
            dt.date(2016, 11, 3),
            dt.datetime(2016, 11, 3, 8, 30),
            dt.time(8, 30),
            dt.timedelta(days=1.5),
        ],
        [0.985, 7, 2, None, None, "粗细", 0.5, 0.25],
    ]
    assert first.marks == {
        (2, 0): Mark(percent=True),
        (2, 1): Mark(shown="007"),
        (2, 2): STALE,
        (2, 3): Mark(uncalculated=True, formula=True),
        (2, 4): Mark(error="#DIV/0!", formula=True, stale=True),
        (2, 6): Mark(percent=True, formula=True, stale=True),
        (2, 7): Mark(percent=True, formula=True, stale=True),
    }
    assert book.sheets[1].rows == []


@pytest.mark.parametrize("memory", [False, True])
def test_inline_and_shared_strings_are_the_same(make: Maker, memory: bool):
    path = make.path()
    with xlsxwriter.Workbook(path, {"constant_memory": memory}) as book:
        sheet = book.add_worksheet()
        for n, text in enumerate(["=1+1", " 前后 ", "", "a<b>&\"c'", "一\n二", "_x0041_"]):
            sheet.write_string(n, 0, text)
    assert [r[0] for r in read(path).sheets[0].rows][:5] == ["=1+1", " 前后 ", "", "a<b>&\"c'", "一\n二"]


def test_values_of_openpyxl(make: Maker):
    path = make.path()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "考勤"
    sheet["C3"] = "=SUM(A1:B1)"
    sheet["D3"] = 0.25
    sheet["D3"].number_format = "0%"
    sheet["E3"] = "#N/A"
    sheet["F3"] = dt.date(2016, 12, 1)
    sheet["G3"].number_format = "0%"
    sheet["A4"] = False
    book.save(path)
    found = read(path).sheets[0]
    assert found.rows == [[None] * 6] * 2 + [
        [None, None, None, 0.25, None, dt.date(2016, 12, 1)],
        [False, None, None, None, None, None],
    ]
    assert found.marks == {
        (2, 2): Mark(uncalculated=True, formula=True),
        (2, 3): Mark(percent=True),
        (2, 4): Mark(error="#N/A"),
    }


@pytest.mark.parametrize("suffix", [".xlsm", ".XLSX", ".tmp"])
def test_the_suffix_does_not_matter(make: Maker, suffix: str):
    source = make.zip(parts(row('<c r="A1"><v>1</v></c>')))
    assert read(make.path(source.read_bytes(), suffix)).sheets[0].rows == [[1]]


def test_rows_and_columns_are_absolute(make: Maker):
    assert make.sheet(row('<c r="C4"><v>1</v></c>', r=4)).rows == [[None] * 3] * 3 + [[None, None, 1]]


@pytest.mark.parametrize("dimension", ["A1", "B9:C9", "A1:XFD1048576", "ZZZ", ""])
def test_the_dimension_may_be_wrong(make: Maker, dimension: str):
    xml = sheet_xml(
        row('<c r="A1"><v>1</v></c>') + row('<c r="F9"><v>2</v></c>', r=9), f'<dimension ref="{dimension}"/>'
    )
    found = make.sheet(xml)
    assert (len(found.rows), found.rows[0][0], found.rows[8][5]) == (9, 1, 2)


PLAIN = (
    '<row r="2" spans="1:3"><c r="A2" s="1"><v>0.5</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" s="2"/>'
    '<c r="D2" s="2" t="n"><v>7</v></c><c r="E2" t="e"><v>#REF!</v></c></row><row r="3"/>'
    '<row r="4"><c r="A4"><f>A2*2</f><v>1</v></c><c r="B4"><f t="shared" si="0"/></c>'
    '<c r="C4" t="str"><f>IF(1&lt;2,"","x")</f><v></v></c><c r="D4" t="b"><v>1</v></c>'
    '<c r="E4" t="inlineStr"><is><t xml:space="preserve"> 行 &amp; 内 </t></is></c>'
    '<c r="F4" s="3"><v>46113</v></c><c r="G4" t="str"><f>T("")</f></c>'
    '<c r="H4" s="3" t="d"><v>2016-11-03</v></c></row>'
)
VALUES = [
    [None] * 8,
    [0.5, "乙", None, 7, None, None, None, None],
    [None] * 8,
    [1, None, "", True, " 行 & 内 ", dt.date(2026, 4, 1), None, dt.date(2016, 11, 3)],
]
MARKS = {
    (1, 0): Mark(percent=True),
    (1, 3): Mark(shown="007"),
    (1, 4): Mark(error="#REF!"),
    (3, 0): FORMULA,
    (3, 1): Mark(uncalculated=True, formula=True),
    (3, 2): FORMULA,
    (3, 6): Mark(uncalculated=True, formula=True),
}
SHAPES: dict[str, Any] = {
    "plain": sheet_xml,
    "space between tags": lambda rows: sheet_xml(rows.replace("><", ">\r\n  <").replace("<v>\r\n  </v>", "<v></v>")),
    "single quotes": lambda rows: sheet_xml(re.sub(r'([rst])="(\w+)"', r"\1='\2'", rows)),
    "other order": lambda rows: sheet_xml(re.sub(r'( s="\d")( t="\w+")', r"\2\1", rows)),
    "style first": lambda rows: sheet_xml(re.sub(r'( r="\w+")( s="\d")', r"\2\1", rows)),
    "no cell references": lambda rows: sheet_xml(re.sub(r'<c r="\w+"', "<c", rows)),
    "lower case": lambda rows: sheet_xml(re.sub(r'<c r="(\w+)"', lambda m: m[0].lower(), rows)),
    "comments": lambda rows: sheet_xml(rows.replace("<c ", '<!-- <c r="Z99"><v>9</v></c> --><c ')),
    "instructions": lambda rows: sheet_xml(rows.replace("<v>", "<?x y?><v>")),
    "character data": lambda rows: sheet_xml(rows.replace(" 行 &amp; 内 ", "<![CDATA[ 行 & 内 ]]>")),
    "a raw >": lambda rows: sheet_xml(rows.replace("1&lt;2", "2>1")),
    "metadata": lambda rows: sheet_xml(rows.replace("><f>", ' cm="1" vm="2"><f>')),
    "style after metadata": lambda rows: sheet_xml(rows.replace('r="A2" s="1"', 'r="A2" cm="1" s="1"')),
    "blank before the slash": lambda rows: sheet_xml(rows.replace("/>", " />")),
    "rich inline": lambda rows: sheet_xml(
        rows.replace(
            '<t xml:space="preserve"> 行 &amp; 内 </t>',
            '<r><t xml:space="preserve"> 行 </t></r><r><rPr><b/></rPr><t xml:space="preserve">&amp; 内 </t></r>'
            '<rPh sb="0" eb="1"><t>xing</t></rPh>',
        )
    ),
    "unordered": lambda rows: sheet_xml("".join(reversed(re.findall(r'<row r="3"/>|<row.*?</row>', rows)))),
    "prefixed with a comment": lambda rows: (
        re.sub(r"<(/?)(?=\w)", r"<\1x:", sheet_xml(rows, "<!-- -->")).replace("xmlns=", "xmlns:x=")
    ),
    "prefixed": lambda rows: re.sub(r"<(/?)(?=\w)", r"<\1x:", sheet_xml(rows)).replace("xmlns=", "xmlns:x="),
    "strict": lambda rows: sheet_xml(rows).replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
    "utf-16": lambda rows: sheet_xml(rows).replace("UTF-8", "UTF-16").encode("utf-16"),
    "gb18030": lambda rows: sheet_xml(rows).replace("UTF-8", "GB18030").encode("gb18030"),
    "byte order mark": lambda rows: ("\ufeff" + sheet_xml(rows)).encode(),
    "an anchor with a row": lambda rows: sheet_xml(
        rows + "\n", after='<controls><from xmlns="urn:d"><row>3</row><c>3</c></from></controls>'
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_xml_gives_the_same(make: Maker, shape: str):
    xml = SHAPES[shape](PLAIN)
    assert shape == "plain" or xml != sheet_xml(PLAIN)
    content = parts("", "<si><t>甲</t></si><si><r><t>乙</t></r><rPh><t>yi</t></rPh></si>", formats(0, 9, "000", 57))
    found = read(make.zip(content | {"xl/worksheets/sheet1.xml": xml})).sheets[0]
    assert found.rows == VALUES
    assert found.marks == MARKS


def test_rows_without_numbers(make: Maker):
    found = make.sheet(
        '<row><c><v>1</v></c><c t="str"><v>a</v></c></row><row r="3"><c r="C3"><v>2</v></c><c><v>3</v></c></row>'
        "<row><c><v>4</v></c></row>"
    )
    assert found.rows == [[1, "a", None, None], [None] * 4, [None, None, 2, 3], [4, None, None, None]]


def test_big_sheets_are_read_in_pieces(make: Maker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cells, "CHUNK", 50)
    test_every_shape_of_xml_gives_the_same(make, "plain")


@pytest.mark.parametrize(
    "strings",
    [
        "<si><t>a</t></si><si><t></t></si><si/><si><t>b</t></si>",
        "\n<si>\n<t>a</t></si><!-- x --><si><t/></si><si> </si><si><t><![CDATA[b]]></t></si>",
        "<si><r><t>a</t></r></si><si><r><t/></r></si><si><rPh><t>zz</t></rPh></si><si><t>b</t><phoneticPr/></si>",
    ],
)
def test_shared_strings(make: Maker, strings: str):
    found = make.sheet(row(*(f'<c r="{c}1" t="s"><v>{n}</v></c>' for n, c in enumerate("ABCD"))), strings)
    assert found.rows == [["a", "", "", "b"]]


def test_prefixed_shared_strings(make: Maker):
    content = parts(row('<c r="A1" t="s"><v>0</v></c>'), "")
    content["xl/sharedStrings.xml"] = f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>a</x:t></x:si></x:sst>'
    assert read(make.zip(content)).sheets[0].rows == [["a"]]


def test_blank_is_not_an_empty_text(make: Maker):
    found = make.sheet(
        row(
            '<c r="A1" t="str"><v></v></c>',
            '<c r="B1" t="s"><v></v></c>',
            '<c r="C1" t="s"/>',
            '<c r="D1"><v/></c>',
            '<c r="E1" t="inlineStr"><is><t></t></is></c>',
            '<c r="F1" t="inlineStr"><is/></c>',
            '<c r="G1"><v>1</v></c>',
        ),
        "",
    )
    assert found.rows == [["", None, None, None, "", "", 1]]


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#SPILL!", "#CALC!", "#BUSY!", "#CONNECT!"])
def test_errors_old_and_new(make: Maker, error: str):
    found = make.sheet(row(f'<c r="A1" t="e"><v>{error}</v></c>', f'<c r="B1" t="e"><f>X()</f><v>{error}</v></c>'))
    assert found.rows == [[None, None]]
    assert found.marks == {(0, 0): Mark(error=error), (0, 1): Mark(error=error, formula=True)}


def test_formulas_without_a_value_have_a_place_even_at_the_edge(make: Maker):
    found = make.sheet(row('<c r="A1"><v>1</v></c>') + row('<c r="B3"><f>1+1</f></c>', r=3))
    assert found.rows == [[1, None], [None, None], [None, None]]
    assert found.marks == {(2, 1): Mark(uncalculated=True, formula=True)}


@pytest.mark.parametrize("empty", ["", "<v></v>", "<v/>"])
def test_uncalculated(make: Maker, empty: str):
    assert make.sheet(row(f'<c r="A1"><f>1+1</f>{empty}</c>')).marks == {(0, 0): Mark(uncalculated=True, formula=True)}


# ------------------------------------------------------------------------------------------------------- number formats


@pytest.mark.parametrize("number", [14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58])
def test_built_in_date_formats_without_a_string(make: Maker, number: int):
    assert make.sheet(row('<c r="A1" s="0"><v>46113</v></c>'), None, formats(number)).rows == [[dt.date(2026, 4, 1)]]


@pytest.mark.parametrize("number", [18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56])
def test_built_in_time_formats(make: Maker, number: int):
    assert make.sheet(row('<c r="A1" s="0"><v>0.3541666666666667</v></c>'), None, formats(number)).rows == [
        [dt.time(8, 30)]
    ]


@pytest.mark.parametrize(
    "code",
    [
        "yyyy/m/d;@",
        'yyyy"年"m"月"d"日"',
        "[$-804]yyyy年m月;@",
        "m/d",
        "yyyy\\-mm\\-dd",
        "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
        "[DBNum1][$-804]yyyy年m月d日",
        "[Red]yyyy.mm",
        "aaaa",
        "[$-404]e/m/d",
        "YYYY-MM-DD",
        "上午/下午h时mm分",
    ],
)
def test_custom_date_formats(make: Maker, code: str):
    assert make.sheet(row('<c r="A1" s="0"><v>46113</v></c>'), None, formats(code)).rows == [[dt.date(2026, 4, 1)]]


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "G/通用格式",
        "0.00",
        "#,##0.00_ ;[Red]\\-#,##0.00\\ ",
        '0.00"元/day"',
        "0.00E+00",
        "##0.0E+0",
        "@",
        "[Red]0",
        '0"小时"',
        '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)',
        "[$¥-804]#,##0.00",
        "\\d0",
        "[DBNum2][$-804]General",
        "# ?/?",
        "[黑色]0",
    ],
)
def test_custom_number_formats_are_no_dates(make: Maker, code: str):
    found = make.sheet(row('<c r="A1" s="0"><v>46113</v></c>'), None, formats(code))
    assert found.rows == [[46113]]
    assert not any(mark.error or mark.percent or mark.formula for mark in found.marks.values())


def test_the_file_overrides_a_built_in_format(make: Maker):
    styles = '<numFmts><numFmt numFmtId="57" formatCode="0.00"/></numFmts><cellXfs><xf numFmtId="57"/></cellXfs>'
    assert make.sheet(row('<c r="A1"><v>46113</v></c>'), None, styles).rows == [[46113]]


def test_elapsed_and_impossible_dates(make: Maker):
    found = make.sheet(
        row(
            '<c r="A1" s="1"><v>1.5</v></c>',
            '<c r="B1" s="1"><v>-0.5</v></c>',
            '<c r="C1" s="1"><v>1e300</v></c>',
            '<c r="D1"><v>-1</v></c>',
            '<c r="E1"><v>99999999</v></c>',
            '<c r="F1"><v>1E300</v></c>',
        ),
        None,
        formats(14, "[hh]:mm"),
    )
    assert found.rows == [[dt.timedelta(days=1.5), dt.timedelta(days=-0.5), 1e300, -1, 99999999, 1e300]]


@pytest.mark.parametrize("flag", ["1", "true"])
def test_dates_since_1904(make: Maker, flag: str):
    content = parts(row('<c r="A1"><v>44651</v></c>'), None, formats(57))
    content["xl/workbook.xml"] = content["xl/workbook.xml"].replace(
        "<sheets>", f'<workbookPr date1904="{flag}"/><sheets>'
    )
    assert read(make.zip(content)).sheets[0].rows == [[dt.date(2026, 4, 1)]]


@pytest.mark.parametrize(
    ("code", "value", "percent"),
    [
        ("0%", 0.5, True),
        ("0.00%;[Red]-0.00%", -0.5, True),
        ("0.0_ %", 0.5, True),
        ('0"%"', 50, False),
        ("0\\%", 50, False),
        ("0%;0", -5, False),
        ("0;0%", -5, True),
        ("0;0;0%", 0, True),
        ("0;0;0%", 1, False),
        ("[<=1]0%;0.00", 0.5, True),
        ("[<=1]0%;0.00", 50, False),
        ("[Blue][>=0.6]0%;[Red]0%", 0.1, True),
        ("0%;@", 0.5, True),
        ("@", 0.5, False),
        ("0;0;0;0%", 1, False),
        ("[$%-804]0", 1, False),
        ("_%0", 1, False),
        ("* %0", 1, True),
        ("*%0", 1, False),
        ("", 1, False),
    ],
)
def test_percent(code: str, value: float, percent: bool):
    assert Format(code).percent(value) is percent


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("000", 1, "001"),
        ("00000", 12.0, "00012"),
        ("000", 1234, "1234"),
        ("000", -1, "-001"),
        ("000;[Red]-000", -7, "-007"),
        ("000;(000)", -7, "(007)"),
        ("000_ ", 1, "001"),
        ("000;@", 1, "001"),
        ("[Red]000", 1, "001"),
        ('"A"000', 1, "A001"),
        ("\\K000", 1, "K001"),
        ('"KF"-0000', 12, "KF-0012"),
        ('000"号"', 1, "001号"),
        ("000-0000", 12345, "001-2345"),
        ("[>=100]0;000", 7, "007"),
        ("[>=100]0;000", 700, ""),
        ("000;000;0", 0, ""),
        ("[$-804]000", 1, "001"),
        ("000", 2.5, "003"),
        ("0", 1, ""),
        ("0.00", 1, ""),
        ("#,##000", 1, "001"),
        ("#,##0", 12, ""),
        ("#,##0", 2005, "2,005"),
        ("00%", 1, ""),
        ('0"元"', 1, "1元"),
        ('"KF"0', 7, "KF7"),
        ("#000", 7, "007"),
        ("##-##", 205, "2-05"),
        ('"KF-"General', 12, "KF-12"),
        ('G/通用格式"号"', 12, "12号"),
        ("[$KF-804]0", 12, "KF12"),
        ('00;"-"', 5, "05"),
        ("[DBNum1]000", 1, ""),
        ("00.0", 1, ""),
        ("000000", 1.1010119900101123e17, ""),
        ("00E+00", 1, ""),
        ("yyyy00", 1, ""),
        ("# 00/00", 1, ""),
        ('"00"0', 1, "001"),
    ],
)
def test_leading_zeros(code: str, value: float, shown: str):
    assert Format(code).shown(value) == shown


@pytest.mark.parametrize(
    ("code", "value", "reads"),
    [
        ("General", 1, True), ("", 1, True), ("0", 1, True), ("@", 1, True), ('"KF"0', 1, True),
        ("0_ ;[Red]-0 ", 1, True),
        ("#,##0", 2005, True), ("0.00", 1, False), ("0%", 1, False), ("0.00E+00", 1, False), ("# ?/?", 1, False),
        ("[DBNum1]0", 1, False), ('"KF"@', 1, False), ('0;0;"无"', 0, False), ('0;0;"无"', 1, True), ("KF0", 1, False),
        ("#,##0,", 1, False),
    ],
)
def test_what_can_be_said_of_it(code: str, value: float, reads: bool):
    assert Format(code).reads(value) is reads


@pytest.mark.parametrize(
    "code", ["[", '"', "\\", "_", "*", ";;;;;;", "[>x]0", "[>1.2.3]0%", "[h", "0" * 500, "[>=]0", "\0"]
)
def test_broken_formats_do_no_harm(code: str):
    for value in (-1.0, 0.0, 1.5):
        assert isinstance(Format(code).percent(value), bool)
        assert isinstance(Format(code).shown(value), str)


# ------------------------------------------------------------------------------------------------------------- packages


def test_targets_may_be_absolute_and_folders_may_be_listed(make: Maker):
    content = parts(row('<c r="A1" t="s"><v>0</v></c>'), "<si><t>a</t></si>")
    content["xl/_rels/workbook.xml.rels"] = relations(
        ("rId1", "worksheet", "/xl/worksheets/sheet1.xml"), ("rId2", "sharedStrings", "../xl/./sharedStrings.xml")
    )
    content["_rels/.rels"] = relations(("rId1", "officeDocument", "/xl/workbook.xml"))
    assert read(make.zip({"xl/": "", "xl/worksheets/": ""} | content)).sheets[0].rows == [["a"]]


def test_parts_may_have_other_names(make: Maker):
    content = parts(row('<c r="A1"><v>1</v></c>'))
    content["book/main.xml"] = content.pop("xl/workbook.xml")
    content["book/one.xml"] = content.pop("xl/worksheets/sheet1.xml")
    content["book/_rels/main.xml.rels"] = relations(("rId1", "worksheet", "ONE.xml"))
    content["_rels/.rels"] = relations(("x", "officeDocument", "book/main.xml"))
    assert read(make.zip(content)).sheets[0].rows == [[1]]


def test_backslashes_of_old_zippers(make: Maker):
    path = make.zip({name.replace("/", "\\"): data for name, data in parts(row('<c r="A1"><v>1</v></c>')).items()})
    assert read(path).sheets[0].rows == [[1]]


def test_stored_parts(make: Maker):
    assert read(make.zip(parts(row('<c r="A1"><v>1</v></c>')), compress_type=zipfile.ZIP_STORED)).sheets[0].rows == [
        [1]
    ]


# -------------------------------------------------------------------------------------------------- what is no workbook


def compound(*streams: str) -> bytes:
    """The look of a compound file: the header sector and a directory with these streams."""
    raw = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    for stream in ("Root Entry", *streams):
        name = (stream + "\0").encode("utf-16-le")
        raw += name.ljust(64, b"\0") + struct.pack("<H", len(name)) + bytes(62)
    return raw


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "空"),
        (compound("Workbook"), r"旧格式 \(\.xls\)"),
        (compound("Book"), r"旧格式 \(\.xls\)"),
        (compound("EncryptionInfo", "EncryptedPackage"), "打开密码"),
        (compound("WordDocument"), "不是 Excel 工作簿"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<html><body><table>", "HTML"),
        ("\ufeff<!DOCTYPE html>".encode(), "HTML"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "2003"),
        ("工号,姓名\n001,张三\n".encode("gb18030"), "CSV"),
        ("工号,姓名\n001,张三\n".encode(), "CSV"),
        ("工号\t姓名".encode("utf-16"), "CSV"),
        (b"PK,is,text\n", "CSV"),
        (b"Rar!\x1a\x07\x00", "压缩包"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", "不是 .xlsx"),
        (b"PK\x03\x04" + bytes(100), "不完整"),
        (b"PK\x05\x06" + bytes(18), "压缩包"),
    ],
)
def test_other_files_are_told_apart(make: Maker, raw: bytes, says: str):
    assert re.search(says, make.refused(raw))


def test_other_packages_are_told_apart(make: Maker):
    assert "ods" in make.refused({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})
    assert "压缩包" in make.refused({"readme.txt": "x"})
    binary = {"_rels/.rels": relations(("r", "officeDocument", "xl/workbook.bin")), "xl/workbook.bin": b"\x83\x01"}
    assert "xlsb" in make.refused(binary)
    word = {"_rels/.rels": relations(("r", "officeDocument", "word/document.xml")), "word/document.xml": "<document/>"}
    assert "Word" in make.refused(word)


def test_truncated_anywhere(make: Maker):
    raw = make.zip(parts(PLAIN, "<si><t>a</t></si><si><t>b</t></si>", formats(0, 9, "000", 57))).read_bytes()
    for length in range(0, len(raw), 61):
        make.refused(raw[:length])


def test_paths(make: Maker, tmp_path: Path):
    for path in (tmp_path / "没有.xlsx", tmp_path, tmp_path / "a.xlsx" / "b.xlsx", tmp_path / "a\0b.xlsx"):
        with pytest.raises(UsageError):
            read(path)
    if not hasattr(os, "mkfifo"):
        return
    pipe = tmp_path / "pipe.xlsx"
    os.mkfifo(pipe)
    with pytest.raises(UsageError):  # and does not wait for it
        read(pipe)


def test_a_file_that_cannot_be_opened(make: Maker, monkeypatch: pytest.MonkeyPatch):
    path = make.zip(parts())
    for error in (PermissionError(13, "denied"), OSError(5, "I/O error")):

        def fail(*_: object, error: OSError = error) -> None:
            raise error

        monkeypatch.setattr(Path, "open", fail)
        with pytest.raises(HostError, match=path.name):
            read(path)


# --------------------------------------------------------------------------------------------------------------- safety


def peak() -> int:
    """The most memory this process has had, in kB; 0 where nobody can say."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def limited(path: Path, seconds: float = 60, megabytes: int = 400) -> str:
    """Refused in bounded time, and with little more memory than before."""
    before = peak()
    start = time.monotonic()
    with pytest.raises(Refusal) as caught:
        read(path)
    assert time.monotonic() - start < seconds
    assert peak() - before < megabytes * 1024
    return caught.value.problems[0].text


def test_a_bomb_of_300_kilobytes(make: Maker):
    path = make.path()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, data in parts().items():
            if name != "xl/worksheets/sheet1.xml":
                target.writestr(name, data)
        with target.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for _ in range(300):
                sheet.write(b" " * (1 << 20))
    assert path.stat().st_size < 400_000
    assert "压缩炸弹" in limited(path)


def test_a_bomb_that_declares_little(make: Maker):
    """The directory and the local header say 1,000 bytes, the data unpack to 100 MB."""
    path = make.path()
    content = parts() | {"xl/worksheets/sheet1.xml": " " * (100 << 20)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in content.items():
            target.writestr(name, data)
    raw = path.read_bytes().replace(struct.pack("<L", 100 << 20), struct.pack("<L", 1000))
    assert "校验" in limited(make.path(raw), megabytes=200)


def test_many_small_bombs(make: Maker):
    content = parts() | {f"x{n}": " " * (19 << 20) for n in range(2)}
    raw = make.zip(content).read_bytes()
    assert make.path(raw).stat().st_size < 100_000
    read(make.path(raw))  # parts that nobody reads are not unpacked
    assert "600 MB" in make.refused(make.zip(parts() | {f"x{n}": " " * (19 << 20) for n in range(32)}))


def test_a_bomb_in_shared_strings(make: Maker):
    content = parts(row('<c r="A1" t="s"><v>0</v></c>'), "<si><t>" + " " * (60 << 20) + "</t></si>")
    assert "压缩炸弹" in make.refused(make.zip(content))


def test_too_many_parts(make: Maker):
    assert "部件" in make.refused(parts() | {f"x{n}": "" for n in range(package.MAX_PARTS)})
    assert "部件" in make.refused(b"PK\x03\x04" + b"PK\x01\x02" * 20000)


def test_far_cell(make: Maker):
    path = make.zip(parts(row('<c r="A1"><v>1</v></c>') + row('<c r="XFD1048576"><v>1</v></c>', r=1048576)))
    with pytest.raises(Refusal) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert (problem.sheet, problem.cell) == ("S", "XFD1048576")
    assert "XFD1048576" in problem.text
    assert "“S”" in problem.text
    assert limited(path, 1, 50)


def test_far_formats_without_values_do_not_matter(make: Maker):
    found = make.sheet(row('<c r="A1"><v>1</v></c>') + row('<c r="XFD1048576" s="0"/>', r=1048576))
    assert found.rows == [[1]]


@pytest.mark.parametrize("xml", [row('<c r="A1"><v>1</v></c>'), row("<c><v>1</v></c>")])
def test_too_many_cells_over_all_sheets(make: Maker, monkeypatch: pytest.MonkeyPatch, xml: str):
    monkeypatch.setattr(file, "MAX_CELLS", 0)
    assert "合计" in make.refused(parts(xml))


def test_too_many_cells_to_rewrite(make: Maker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rewrite, "MAX_REWRITTEN", 1)
    assert "过大" in make.refused(parts(row("<c><v>1</v></c>", "<c/>")))


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="XFE1"><v>1</v></c>',
        '<c r="A1048577"><v>1</v></c>',
        '<c r="A0"><v>1</v></c>',
        '<c r="AAAA1"><v>1</v></c>',
        '<c r="1A"><v>1</v></c>',
        '<c r="$A$1"><v>1</v></c>',
        '<c r=""><v>1</v></c><c r="A1"><v>1</v></c>',
        '<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>',
        '<c r="A1"><v>NaN</v></c>',
        '<c r="A1"><v>inf</v></c>',
        '<c r="A1"><v>1e400</v></c>',
        '<c r="A1"><v>1.2.3</v></c>',
        '<c r="A1"><v>--1</v></c>',
        '<c r="A1"><v>-</v></c>',
        '<c r="A1"><v>.</v></c>',
        '<c r="A1"><v>1e</v></c>',
        '<c r="A1"><v>一</v></c>',
        '<c r="A1"><v>１</v></c>',
        f'<c r="A1"><v>{"9" * 500}</v></c>',
        '<c r="A1" t="b"><v>2</v></c>',
        '<c r="A1" t="x"><v>2</v></c>',
        '<c r="A1" t="s"><v>9</v></c>',
        '<c r="A1" t="s"><v>-1</v></c>',
        '<c r="A1" t="s"><v>x</v></c>',
        '<c r="A1" t="s"><v>1.0</v></c>',
        '<c r="A1" t="s"><v>99999999999999999999</v></c>',
        '<c r="A1" s="9"><v>1</v></c>',
        '<c r="A1" s="-1"><v>1</v></c>',
        '<c r="A1" s="99999999999"><v>1</v></c>',
        '<c r="A1" s="x"><v>1</v></c>',
        '<c r="A1"><w>1</w></c>',
        '<c r="A1"><v>1</w></c>',
        '<c r="A1"><v>1</c>',
        '<c r="A1" <v>1</v></c>',
        '<c r="A1"><v>1</v></c></row>',
        '<c r="A1"><v>&x;</v></c>',
        '<c r="A1"><v>1<v>2</v></v></c>',
        '<c r="A1" t="str"><v>&lol;</v></c>',
        '<c r="A1" t="str"><v>&#0;</v></c>',
        '<c r="A1" t="str"><v>\x01</v></c>',
        '<c r="A1" t="str"><v>' + "<b>" * 5000 + "</v></c>",
        "<row>" * 3000 + "</row>" * 3000,
    ],
)
def test_damaged_cells_refuse_the_book(make: Maker, cell: str):
    make.refused(parts(row(cell), "<si><t>a</t></si>"))


@pytest.mark.parametrize(
    "number", ["5.", ".5", "+5", "-.5", "1E3", "1e-7", "-0", "007", "4.4408920985006262E-16", "110101199001011234"]
)
def test_odd_numbers_are_numbers(make: Maker, number: str):
    assert make.sheet(row(f'<c r="A1"><v>{number}</v></c>')).rows == [[float(number)]]


def test_entities_are_refused(make: Maker):
    dtd = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    xml = sheet_xml(row('<c r="A1" t="str"><v>&b;</v></c>'))
    for head in ("", "<!-- <worksheet> -->", "\n<?x?>\n"):
        assert "DTD" in make.refused(parts(xml.replace("?>", f"?>{head}{dtd}", 1)))
    content = parts("")
    for part in ("xl/workbook.xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"):
        assert "DTD" in make.refused(content | {part: dtd + content[part]})
    assert "DTD" in make.refused(content | {"xl/workbook.xml": (dtd + content["xl/workbook.xml"]).encode("utf-16")})


def test_missing_and_doubled_parts(make: Maker):
    content = parts(row('<c r="A1" t="s"><v>0</v></c>'), "<si><t>a</t></si>", formats(0))
    for part in content:
        if part != "[Content_Types].xml":
            make.refused(content | {part: None})
            make.refused(content | {part: "<"})
            make.refused(content | {part: b"\xff\xfe\xff"})
    two = content["xl/workbook.xml"].replace("</sheets>", '<sheet name="s" sheetId="2" r:id="rId1"/></sheets>')
    assert "两次" in make.refused(content | {"xl/workbook.xml": two})
    none = re.sub("<sheets>.*</sheets>", "", content["xl/workbook.xml"])
    assert "没有工作表" in make.refused(content | {"xl/workbook.xml": none})


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "name", ["../evil.xml", "/xl/x.xml", "xl/../../x", "C:/x", "xl/workbook.xml", "XL/Workbook.xml"]
)
def test_bad_part_names(make: Maker, name: str):
    path = make.zip(parts())
    with zipfile.ZipFile(path, "a") as target:
        target.writestr(name, "x")
    make.refused(path)


def test_encrypted_zip(make: Maker):
    raw = bytearray(make.zip(parts()).read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 8] |= 1
    assert "密码" in make.refused(bytes(raw))


def test_overlapping_entries(make: Maker):
    """Two directory entries that share one local entry, as in a bomb without nesting."""
    path = make.path()
    with zipfile.ZipFile(path, "w") as target:
        for name, data in parts().items():
            target.writestr(name, data)
        target.writestr("b.xml", "x" * 50)
        twin = target.getinfo("b.xml")
        copied = zipfile.ZipInfo("b.xml")
        for field in ("header_offset", "CRC", "compress_size", "file_size"):
            setattr(copied, field, getattr(twin, field))
        copied.filename = "B2xml"
        target.filelist.append(copied)
    make.refused(path)


def test_directory_and_entry_disagree(make: Maker):
    raw = make.zip(parts()).read_bytes()
    at = raw.find(b"xl/workbook.xml")
    assert "目录" in make.refused(raw[:at] + b"xl/workbooz.xml" + raw[at + 15 :])


def test_a_directory_with_entries_lost(make: Maker):
    """An entry that says that its comment is long swallows those behind it: they would count as not there."""
    raw = bytearray(make.zip(parts()).read_bytes())
    at = raw.find(b"PK\x01\x02", raw.find(b"PK\x01\x02") + 1)
    behind = raw.find(b"PK\x01\x02", at + 1)
    end = raw.find(b"PK\x01\x02", behind + 1)
    raw[at + 32 : at + 34] = (end - behind).to_bytes(2, "little")
    assert "目录不完整" in make.refused(bytes(raw))


def test_other_compression(make: Maker):
    assert "压缩方式" in make.refused(make.zip(parts(), compress_type=zipfile.ZIP_BZIP2))


def test_a_panic_is_a_refusal(make: Maker, monkeypatch: pytest.MonkeyPatch):
    class PanicException(BaseException):
        pass

    def panic(*_: object) -> None:
        raise PanicException("index out of bounds")

    monkeypatch.setattr(file, "_clean_package", panic)
    assert "损坏" in make.refused(parts())

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(file, "_clean_package", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read(make.zip(parts()))


def test_nothing_but_checked_parts_reaches_the_library(make: Maker, monkeypatch: pytest.MonkeyPatch):
    seen = []
    original = file._clean_package

    def spy(*args: Any) -> io.BytesIO:
        seen.append(original(*args))
        return seen[-1]

    monkeypatch.setattr(file, "_clean_package", spy)
    content = parts(PLAIN.replace('t="s"><v>1', 't="s"><v>0'), "<si><t>a</t></si>", formats(0, 9, "000", 57))
    read(make.zip(content | {"xl/vbaProject.bin": b"x", "xl/drawings/drawing1.xml": "<x/>"}))
    assert len(zipfile.ZipFile(seen[0]).namelist()) == 7
    assert b"#REF!" in zipfile.ZipFile(seen[0]).read("xl/worksheets/sheet1.xml")
    assert b't="e"' not in zipfile.ZipFile(seen[0]).read("xl/worksheets/sheet1.xml")


# ----------------------------------------------------------------------------------------------------------- real forms


@pytest.mark.skipif(not FORMS.is_dir(), reason="the folder of real forms is not here (set XL_KPI_FORMS)")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_real_forms_against_openpyxl():
    paths = sorted(p for p in FORMS.iterdir() if p.suffix in (".xlsx", ".xlsm"))
    assert paths
    for path in paths:
        theirs = openpyxl.load_workbook(path, data_only=True)
        ours = read(path)
        assert [s.name for s in ours.sheets] == [s.title for s in theirs.worksheets]
        for sheet, other in zip(ours.sheets, theirs.worksheets, strict=True):
            assert sheet.hidden == (other.sheet_state != "visible")
            covered = {c for area in other.merged_cells.ranges for c in area.cells} - {
                (area.min_row, area.min_col) for area in other.merged_cells.ranges
            }  # openpyxl drops what is under a merge
            height = max(len(sheet.rows), other.max_row)
            width = max(len(sheet.rows[0]) if sheet.rows else 0, other.max_column)
            for r in range(height):
                for c in range(width):
                    if (r + 1, c + 1) not in covered:
                        compare(path, sheet, other, r, c)


def compare(path: Path, sheet: Sheet, other: Any, r: int, c: int) -> None:
    value = sheet.rows[r][c] if r < len(sheet.rows) and c < len(sheet.rows[r]) else None
    mark = sheet.marks.get((r, c), Mark())
    cell = other.cell(r + 1, c + 1)
    where = f"{path.name} {sheet.name} {address(r, c)}"
    expected = cell.value
    if type(value) is dt.date:
        value = dt.datetime.combine(value, dt.time())
        if isinstance(expected, int):  # a format that openpyxl does not know for a date
            expected = dt.datetime(1899, 12, 30) + dt.timedelta(days=expected)
    assert (mark.error or value) == expected, where
    if isinstance(expected, float) and cell.number_format in ("0%", "0.00%"):
        assert mark.percent, where


@pytest.mark.skipif(not FORMS.is_dir(), reason="the folder of real forms is not here (set XL_KPI_FORMS)")
def test_real_forms_of_the_old_format(make: Maker):
    for path in FORMS.glob("*.xls"):
        assert "旧格式 (.xls)" in make.refused(path)
