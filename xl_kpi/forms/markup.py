"""Exports of web systems that go by the name of .xls: a page (HTML) with tables, a page in an envelope (MHTML), or
Excel's own XML of 2003.  Excel opens them all, so HR takes them for workbooks.
"""

from __future__ import annotations

import codecs
import datetime as dt
import email
import email.policy
import re
from pathlib import Path

from lxml import etree, html

from xl_kpi.forms.separated import as_text, squared
from xl_kpi.workbook.book import Mark, Sheet
from xl_kpi.workbook.formats import of_code
from xl_kpi.workbook.grid import MAX_CELLS, MAX_COLUMN, MAX_ROW, Area
from xl_kpi.workbook.package import RESAVE, SAVE_AS_XLSX, parser, refuse, refuse_empty

_UNSEEN = frozenset(("script", "style", "head", "noscript", "template", "title"))
_IN_LINE = frozenset(("a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "input", "label", "nobr", "s",
                      "small", "span", "strike", "strong", "sub", "sup", "tt", "u"))
_AGAIN = "登录系统，重新导出一次，打开看看里面有没有表格"
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)


# ---------------------------------------------------------------------------------------------------------------- HTML

def read_html(text: str, path: Path) -> list[Sheet]:
    """One sheet: the tables below each other with what stands between them, as Excel shows the page.

    Values are the texts that are seen; cells over several rows or columns are merged areas."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        root = html.document_fromstring(text, parser=html.HTMLParser(no_network=True, remove_comments=True,
                                                                     remove_pis=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        refuse(f"文件 {path.name} 其实是网页（HTML），里面没有内容", _AGAIN)
    page = _Page(path.name)
    page.element(root)
    if not page.tables:
        refuse(f"文件 {path.name} 其实是网页（HTML），里面没有表格；可能是登录页或出错的提示", _AGAIN)
    return [Sheet(path.stem, False, squared(page.rows, path.name), merged=page.merged)]


class _Page:
    """A page on its way to a sheet."""

    def __init__(self, name: str):
        self.name = name
        self.rows: list[list[object]] = []
        self.merged: list[Area] = []
        self.tables = 0

    def element(self, element: etree._Element) -> None:
        """A leaf table becomes rows; texts outside of tables a row each."""
        said = _line(element.text)
        for child in element:
            tag = child.tag
            if tag == "table" and child.find(".//table") is None:
                said = self._say(said)
                self._table(child)
            elif tag in _IN_LINE and child.find(".//table") is None:
                said += _seen(child)
            elif tag not in _UNSEEN:
                said = self._say(said)
                self.element(child)
            said += _line(child.tail)
        self._say(said)

    def _say(self, text: str) -> str:
        if text.strip():
            self.rows.append([text.strip()])
        return ""

    def _table(self, table: etree._Element) -> None:
        self.tables += 1
        top = len(self.rows)
        taken: set[tuple[int, int]] = set()
        caption = table.find("caption")
        if caption is not None:
            self._say(_seen(caption))
            top = len(self.rows)
        for at, row in enumerate(table.iter("tr"), top):
            while len(self.rows) <= at:
                self.rows.append([])
            column = 0
            for cell in row.iterchildren("td", "th"):
                while (at, column) in taken:
                    column += 1
                down, right = _span(cell, "rowspan"), _span(cell, "colspan")
                if len(taken) + down * right > MAX_CELLS:
                    refuse(f"文件 {self.name} 里的表格太大，无法处理", "分几次导出，每次少一些")
                taken.update((at + r, column + c) for r in range(down) for c in range(right))
                here = self.rows[at]
                here.extend([None] * (column + 1 - len(here)))
                here[column] = _seen(cell).strip()
                if down * right > 1:
                    self.merged.append((at, column, at + down - 1, column + right - 1))
                column += right
        # an area may reach below the last row of its table, where the next one stands
        self.merged = [(first, left, min(last, len(self.rows) - 1), right) for first, left, last, right in self.merged]


def _span(cell: etree._Element, which: str) -> int:
    found = re.match(r"\s*(\d{1,5})", cell.get(which) or "")
    return max(1, min(int(found[1]), 10_000)) if found else 1


def _line(text: str | None) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", text) if text else ""


def _seen(element: etree._Element) -> str:
    """The text of an element as a reader sees it: lines at <br> and blocks, blanks once; fields to fill in too."""
    if element.tag in _UNSEEN:
        return ""
    if element.tag == "br":
        return "\n"
    if element.tag == "input":
        return element.get("value", "") if element.get("type", "text").lower() == "text" else ""
    parts = [_line(element.text)]
    for child in element:
        block = child.tag in ("p", "div", "li", "tr")
        parts += ["\n" * block, _seen(child), "\n" * block, _line(child.tail)]
    text = re.sub(r" *\n[ \n]*", "\n", "".join(parts).replace("\xa0", " "))
    return text if element.tag in _IN_LINE else text.strip(" \n")


def read_web_archive(raw: bytes, path: Path) -> list[Sheet]:
    """A page saved as one file: its first part that has a table (those of Excel keep each sheet in a part)."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and b"<td" in content.lower():
                return read_html(page_text(content, path.name), path)
    refuse(f"文件 {path.name} 是单个文件网页（MHTML），里面没有表格", SAVE_AS_XLSX)


def page_text(raw: bytes, name: str) -> str:
    """The text of a page, in the encoding that it names if that can be right."""
    found = _CHARSET.search(raw[:4096])
    declared = found[1].decode("ascii").lower() if found else ""
    if declared.startswith(("gb", "x-gbk")):
        declared = "gb18030"            # pages that say gb2312 hold more than it has
    if declared and not raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return raw.decode(declared)
        except (UnicodeDecodeError, LookupError):
            pass
    return as_text(raw, name)


# ------------------------------------------------------------------------------------------------- Excel's XML of 2003

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_NAMED = {"Percent": "0.00%", "Currency": "0.00", "Euro Currency": "0.00"}      # of the words that formats go by


def read_xml_2003(raw: bytes, name: str) -> list[Sheet]:
    try:
        root = etree.fromstring(_plain_xml(raw), parser(huge_tree=True))
    except (etree.XMLSyntaxError, ValueError):
        refuse(f"文件 {name} 是“XML 表格 2003”，内容不完整或已损坏", RESAVE)
    percents = {style.get(_SS + "ID", "") for style in root.iter(_SS + "Style")
                for form in style.iterfind(_SS + "NumberFormat")
                if of_code(_NAMED.get(code := form.get(_SS + "Format", ""), code)).percent(1)}
    sheets = []
    for number, sheet in enumerate(root.iter(_SS + "Worksheet"), 1):
        sheets.append(_xml_sheet(sheet, sheet.get(_SS + "Name") or f"Sheet{number}", percents, name))
    if not sheets:
        refuse_empty(name)
    return sheets


def _plain_xml(raw: bytes) -> bytes:
    """The bytes, unless there is a DTD, which no workbook has."""
    if re.search(rb"<!DOCTYPE|<!ENTITY", raw[:10_000], re.IGNORECASE):
        raise ValueError("a DTD")
    return raw.lstrip()


def _xml_sheet(sheet: etree._Element, title: str, percents: set[str], name: str) -> Sheet:
    hidden = any(state.text in ("SheetHidden", "SheetVeryHidden")
                 for state in sheet.iter("{urn:schemas-microsoft-com:office:excel}Visible"))
    found = Sheet(title, hidden, [])
    table = sheet.find(_SS + "Table")
    rows: dict[tuple[int, int], object] = {}
    at = -1
    for row in table.iterfind(_SS + "Row") if table is not None else ():
        at = _index(row, at, MAX_ROW, name)
        if row.get(_SS + "Hidden") == "1":
            found.hidden_rows.add(at)
        column = -1
        for cell in row.iterfind(_SS + "Cell"):
            column = _index(cell, column, MAX_COLUMN, name)
            value, mark = _xml_value(cell, percents)
            rows[at, column] = value
            if mark is not None:
                found.marks[at, column] = mark
            down, right = _count(cell.get(_SS + "MergeDown")), _count(cell.get(_SS + "MergeAcross"))
            if down or right:
                found.merged.append((at, column, at + down, column + right))
            column += right
        at += _count(row.get(_SS + "Span"))
    height, width = (max((place[n] + 1 for place in rows), default=0) for n in (0, 1))
    if height * width > MAX_CELLS:
        refuse(f"文件 {name} 的工作表“{title}”太大，无法处理", "请删去表格以外多余的行和列后再试", sheet=title)
    found.rows = [[None] * width for _ in range(height)]
    for (row_at, column), value in rows.items():
        found.rows[row_at][column] = value
    column = -1
    for one in table.iterfind(_SS + "Column") if table is not None else ():
        column = _index(one, column, MAX_COLUMN, name)
        more = _count(one.get(_SS + "Span"))
        if one.get(_SS + "Hidden") == "1":
            found.hidden_columns.update(range(column, min(column + more + 1, MAX_COLUMN)))
        column += more
    return found


def _index(element: etree._Element, last: int, most: int, name: str) -> int:
    """Where an element stands: as it says, counted from one, else behind the last."""
    said = element.get(_SS + "Index")
    at = _count(said) - 1 if said else last + 1
    if not last < at < most:
        refuse(f"文件 {name} 是“XML 表格 2003”，行列的编号不对，已经损坏", RESAVE)
    return at


def _count(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,7}", text) else 0


def _xml_value(cell: etree._Element, percents: set[str]) -> tuple[object, Mark | None]:
    data = cell.find(_SS + "Data")
    formula = cell.get(_SS + "Formula") is not None
    plain = Mark(formula=True) if formula else None
    if data is None:
        return None, Mark(uncalculated=True, formula=True) if formula else None
    text = "".join(data.itertext())
    try:
        match data.get(_SS + "Type"):
            case "Number":
                number = float(text)
                if number - number != 0:
                    raise ValueError(text)
                percent = cell.get(_SS + "StyleID") in percents
                return number, Mark(percent=True, formula=formula) if percent else plain
            case "DateTime":
                moment = dt.datetime.fromisoformat(text.strip())
                return (moment.time() if moment.year < 1900 else
                        moment.date() if moment.time() == dt.time() else moment), plain
            case "Boolean":
                return text.strip() == "1", plain
            case "Error":
                return None, Mark(error=text.strip() or "#N/A", formula=formula)
    except ValueError:
        pass                    # it is what is written there
    return text, plain

