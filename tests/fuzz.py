"""Ten thousand damaged workbooks: each is read or refused; none raises anything else, hangs, or is silently misread.

``python -m tests.fuzz [--count 10000] [--seed 1 …]`` makes small sound workbooks, damages them in many ways, and gives
them to ``read``; whatever can still be read is also written into, and a share goes through ``xl-kpi check``.  Where the
damage is to the bytes of the zip, checksums stand guard, so the book must come out exactly as it was or not at all.
Exit code 1 on any failure; the file is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import faulthandler
import io
import random
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import openpyxl
import xlsxwriter

from tests.workbook.books import by_xlsxwriter
from tests.workbook.sound import faults
from xl_kpi.forms.foreign import open_form
from xl_kpi.problems import Refusal
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook import file
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.file import Book, read

SECONDS = 10  # of the processor: a file that takes longer has hung, however busy the machine
MEMORY = 4 << 30  # address space, with numpy and pandas in it
CHECK_SHARE = 0.1  # of the files also go through the command
FORM_EVERY = 10  # so many a damaged form of another format
OLD_FORM = Path(__file__).parent / "forms" / "old" / "card.xls"

Parts = dict[str, bytes]


class Hang(BaseException):
    """The watchdog barked."""


class Wrong(Exception):
    """The outcome is neither the book nor a refusal."""


# ------------------------------------------------------------------------------------------------------ sound workbooks


def _standard(folder: Path, **options: Any) -> bytes:
    """The likes of a standard workbook: 参数, 花名册, 考勤."""
    path = folder / "standard.xlsx"
    with xlsxwriter.Workbook(path, options) as book:
        day, padded = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "000"})
        percent = book.add_format({"num_format": "0%"})
        sheet = book.add_worksheet("参数")
        sheet.write_row(0, 0, ["参数", "值", "键"])
        sheet.write_row(1, 0, ["policy", "bozhen-2016"])
        sheet.write_row(2, 0, ["比例", 0.7], percent)
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["工号", "姓名", "岗位", "职级", "班组", "入职日期", "转正日期", "离职日期", "岗位工资"])
        for r in range(1, 9):
            sheet.write_number(r, 0, r, padded)
            sheet.write_row(r, 1, [f"张{r}", "客服代表" if r > 1 else "客服领班", "初级", "一班"])
            sheet.write_datetime(r, 5, dt.datetime(2015, r, 1), day)
            sheet.write_blank(r, 6, None, day)
            sheet.write_number(r, 8, 3000.5)
        sheet = book.add_worksheet("考勤")
        headings = "月份,工号,迟到次数,早退次数,病假次数,事假次数,调休次数,旷工次数,私自换班次数,病假小时,事假小时"
        sheet.write_row(0, 0, headings.split(","))
        for r in range(1, 9):
            sheet.write_row(r, 0, ["2016-11", f"{r:03}", 0, 1, None, 0, 0, 0, 0, 2.5, 1e-7])
        book.add_chartsheet("图")
    return path.read_bytes()


def _mixed(folder: Path) -> bytes:
    """Errors, formulas, rich text, dates and durations."""
    path = folder / "mixed.xlsm"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(" 混合 ")
        hours, day = book.add_format({"num_format": "[h]:mm"}), book.add_format({"num_format": 58})
        bold = book.add_format({"bold": True, "num_format": '"A"000;[Red]-000;@'})
        sheet.write_formula("A1", "=1/0", None, "#DIV/0!")
        sheet.write_formula("B1", "=1+1", bold, 2)
        sheet.write_rich_string("C1", "a", bold, "b & <c>")
        sheet.write_number("D1", 1.5, hours)
        sheet.write_number("E1", 42675, day)
        sheet.write_boolean("F1", True)
        sheet.write_dynamic_array_formula("A3:A4", "=A1:A2", None, 1)
        sheet.write_string("Z99", "远")
        sheet.merge_range("A5:C6", "合并")
        book.add_worksheet("空").hide()
    return path.read_bytes()


def _openpyxl(folder: Path) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for r in range(1, 6):
        sheet.append([f"文字{r}", r, r / 7, dt.date(2016, 11, r), None, f"=B{r}*2", r % 2 == 0])
    sheet["E2"] = "#N/A"
    sheet["E3"].number_format = "0.00%"
    target = io.BytesIO()
    book.save(target)
    return rezip(unzip(target.getvalue()))


def demo_workbook(folder: Path) -> bytes | None:
    """The workbook of the demo company, as ``xl-kpi demo`` writes it; None as long as there is no such command."""
    try:
        from xl_kpi.cli import main as command
    except ImportError:
        return None
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory(dir=folder) as demo:
        command(["demo", demo])
        books = sorted(Path(demo).glob("*_2016.xlsx"))
        return books[0].read_bytes() if books else None


def unzip(raw: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return {name: package.read(name) for name in package.namelist()}


def rezip(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as package:
        for name, data in parts.items():
            package.writestr(zipfile.ZipInfo(name), data, method)  # without today's date: the same file each time
    return target.getvalue()


def _reshaped(raw: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with its sheets written in another shape, for the slower way of reading."""
    parts = unzip(raw)
    return rezip({n: change(d) if n.startswith("xl/worksheets/sheet") else d for n, d in parts.items()})


def sound_workbooks(folder: Path) -> list[bytes]:
    standard, mixed = _standard(folder), _mixed(folder)
    return [
        standard,
        by_xlsxwriter(folder),
        _standard(folder, constant_memory=True),
        mixed,
        _openpyxl(folder),
        _reshaped(standard, lambda data: data.replace(b"><", b">\n<")),
        _reshaped(standard, lambda data: re.sub(rb'(<c) r="\w+"', rb"\1", data)),
        _reshaped(mixed, lambda data: re.sub(rb"<(/?)(?=\w)", rb"<\1x:", data).replace(b"xmlns=", b"xmlns:x=")),
    ]


def foreign_forms() -> list[bytes]:
    """Forms of other formats: an old workbook, Excel's XML of 2003, a page, text."""
    return [
        OLD_FORM.read_bytes(),
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        b'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table>'
        + b'<Row ss:Index="2"><Cell ss:MergeAcross="1"><Data ss:Type="Number">1.5</Data></Cell></Row></Table>'
        + b"</Worksheet></Workbook>",
        b"<html><meta charset=gbk><table><tr><td rowspan=2 colspan=3>"
        + "姓名<td>得分</tr><tr><td>9</table>".encode("gbk"),
        '工号,姓名\n="001","张,三"\n'.encode("gbk") * 20,
    ]


# ----------------------------------------------------------------------------------- damage to the bytes of the package


def _flip(rng: random.Random, raw: bytes, start: int = 0, count: int | None = None) -> bytes:
    data = bytearray(raw)
    for _ in range(count or rng.choice((1, 1, 2, 5, 30))):
        data[rng.randrange(start, len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def flip_anywhere(rng: random.Random, raw: bytes) -> bytes:
    return _flip(rng, raw)


def flip_directory(rng: random.Random, raw: bytes) -> bytes:
    return _flip(rng, raw, raw.find(b"PK\x01\x02"))


def flip_end_record(rng: random.Random, raw: bytes) -> bytes:
    return _flip(rng, raw, raw.rfind(b"PK\x05\x06"))


def flip_local_header(rng: random.Random, raw: bytes) -> bytes:
    at = rng.choice([m.start() for m in re.finditer(b"PK\x03\x04", raw)])
    data = bytearray(raw)
    data[at + rng.randrange(30)] ^= 1 << rng.randrange(8)
    return bytes(data)


def truncate(rng: random.Random, raw: bytes) -> bytes:
    return raw[: rng.randrange(len(raw))]


def lose_start(rng: random.Random, raw: bytes) -> bytes:
    return raw[rng.randrange(1, len(raw)) :]


def zero_block(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randrange(len(raw))
    size = min(rng.choice((1, 16, 512)), len(raw) - at)
    return raw[:at] + bytes(size) + raw[at + size :]


def move_block(rng: random.Random, raw: bytes) -> bytes:
    a, b, c = sorted(rng.sample(range(len(raw)), 3))
    return raw[:a] + raw[b:c] + raw[a:b] + raw[c:]


def insert_bytes(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randrange(len(raw))
    return raw[:at] + rng.randbytes(rng.choice((1, 4, 100))) + raw[at:]


def append_bytes(rng: random.Random, raw: bytes) -> bytes:
    return raw + rng.choice((rng.randbytes(50), raw, raw[rng.randrange(len(raw)) :], bytes(70000)))


def lie_about_sizes(rng: random.Random, raw: bytes) -> bytes:
    """Another size, checksum or offset in a directory entry."""
    at = rng.choice([m.start() for m in re.finditer(b"PK\x01\x02", raw)]) + rng.choice((16, 20, 24, 28, 30, 32, 42))
    lie = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", rng.randbytes(4), b"\x01\0\0\0"))
    return raw[:at] + lie + raw[at + 4 :]


BYTES: list[Callable[[random.Random, bytes], bytes]] = [
    flip_anywhere,
    flip_directory,
    flip_end_record,
    flip_local_header,
    truncate,
    lose_start,
    zero_block,
    move_block,
    insert_bytes,
    append_bytes,
    lie_about_sizes,
]


# -------------------------------------------------------------------------------------------------- damage to the parts


def swap_parts(rng: random.Random, parts: Parts) -> bytes:
    a, b = rng.sample(list(parts), 2)
    return rezip(parts | {a: parts[b], b: parts[a]})


def remove_part(rng: random.Random, parts: Parts) -> bytes:
    gone = rng.sample(list(parts), rng.choice((1, 1, 2, 4)))
    return rezip({name: data for name, data in parts.items() if name not in gone})


def double_part(rng: random.Random, parts: Parts) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in parts.items():
            package.writestr(name, data)
        name = rng.choice(list(parts))
        package.writestr(
            rng.choice((name, name.upper())), rng.choice((parts[name], b"", parts[rng.choice(list(parts))]))
        )
    return target.getvalue()


def rename_part(rng: random.Random, parts: Parts) -> bytes:
    name = rng.choice(list(parts))
    new = rng.choice(
        (name.upper(), "/" + name, "../" + name, name.replace("/", "\\"), name + " ", "工" + name, "x" * 300, "a/./b")
    )
    return rezip({new if n == name else n: data for n, data in parts.items()})


def odd_part(rng: random.Random, parts: Parts) -> bytes:
    name = rng.choice(list(parts))
    odd = rng.choice(
        (b"", b"\0", rng.randbytes(200), b"<a/>", b"PK\x03\x04", b"\xff\xfe<\0a\0/\0>\0", b" " * (25 << 20))
    )
    return rezip(parts | {name: odd})


def extra_parts(rng: random.Random, parts: Parts) -> bytes:
    return rezip(parts | {f"x/{n}{rng.random()}": b"" for n in range(rng.choice((1, 50)))} | {"xl/": b""})


def other_method(rng: random.Random, parts: Parts) -> bytes:
    return rezip(parts, rng.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED)))


def content_types(rng: random.Random, parts: Parts) -> bytes:
    data = parts["[Content_Types].xml"]
    return rezip(
        parts | {"[Content_Types].xml": rng.choice((b"", data.replace(b"sheet", b"word"), data[: len(data) // 2]))}
    )


PARTS: list[Callable[[random.Random, Parts], bytes]] = [
    swap_parts,
    remove_part,
    double_part,
    rename_part,
    odd_part,
    extra_parts,
    other_method,
    content_types,
]


# ---------------------------------------------------------------------------------------------------- damage to the XML

NASTY = [
    b"NaN",
    b"INF",
    b"-Infinity",
    b"1e400",
    b"-1e400",
    b"1e308",
    b"-1",
    b"99999999999999999999",
    b"2958466",
    b"-0",
    b"0x10",
    b"1e",
    b"",
    b" 1 ",
    b"1,5",
    "１".encode(),
    b"9" * 400,
    b"9" * 5000,
    b"1e-400",
    b"4294967296",
    b"18446744073709551616",
    b"a\0b",
    b"\xff\xfe",
    b"&amp;",
    b"&#0;",
    b"&#x110000;",
    b"&lol;",
    b"<![CDATA[1]]>",
    b"<!-- 1 -->1",
    b"<x>1</x>",
    b"<?y z?>",
    b"_x0000_",
    b"_xD800_",
    "\ufffe".encode(),
    b"#N/A",
    b"true",
]


def _pick(rng: random.Random, parts: Parts) -> str:
    """A part to damage: mostly a sheet."""
    sheets = [name for name in parts if name.startswith("xl/worksheets/sheet")]
    return rng.choice(sheets if rng.random() < 0.6 else [name for name in parts if name.endswith((".xml", ".rels"))])


def _substitute(
    rng: random.Random, parts: Parts, pattern: bytes, new: Callable[[re.Match[bytes]], bytes], name: str = ""
) -> bytes:
    """Replace one to three of the places that match, in one part."""
    name = name or _pick(rng, parts)
    data = parts[name]
    found = list(re.finditer(pattern, data))
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 1, 3)))), key=re.Match.start, reverse=True):
        data = data[: match.start()] + new(match) + data[match.end() :]
    return rezip(parts | {name: data})


def xml_flip(rng: random.Random, parts: Parts) -> bytes:
    name = _pick(rng, parts)
    return rezip(parts | {name: _flip(rng, parts[name]) if parts[name] else b"x"})


def xml_cut(rng: random.Random, parts: Parts) -> bytes:
    name = _pick(rng, parts)
    a, b = sorted((rng.randrange(len(parts[name]) + 1), rng.randrange(len(parts[name]) + 1)))
    return rezip(parts | {name: rng.choice((parts[name][:a] + parts[name][b:], parts[name][:a], parts[name][b:]))})


def xml_double(rng: random.Random, parts: Parts) -> bytes:
    name = _pick(rng, parts)
    a, b = sorted((rng.randrange(len(parts[name]) + 1), rng.randrange(len(parts[name]) + 1)))
    return rezip(parts | {name: parts[name][:b] + parts[name][a:]})


def xml_lose_tag(rng: random.Random, parts: Parts) -> bytes:
    return _substitute(
        rng, parts, rb"<[^>]*>", lambda m: rng.choice((b"", m[0] + m[0], b"<x>", b"<", m[0][:-1], b"</c>"))
    )


def xml_rename_tag(rng: random.Random, parts: Parts) -> bytes:
    names = (b"c", b"v", b"f", b"is", b"t", b"r", b"row", b"sheetData", b"x:c", b"si", b"sheet", b"\xe5\xb7\xa5")
    return _substitute(rng, parts, rb"(?<=[</])\w+", lambda m: rng.choice(names))


def attribute_value(rng: random.Random, parts: Parts) -> bytes:
    nasty = [
        *(n for n in NASTY if b"<" not in n),
        b"../../x",
        b"/",
        b"XFD1048576",
        b"ZZZZ1",
        b"A0",
        b"rId99",
        b"x" * 3000,
        b'" x="',
    ]
    return _substitute(rng, parts, rb'(?<==")[^"]*(?=")', lambda m: rng.choice(nasty))


def attribute_lost(rng: random.Random, parts: Parts) -> bytes:
    return _substitute(
        rng, parts, rb'\s[\w:]+="[^"]*"', lambda m: rng.choice((b"", m[0] * 2, m[0].replace(b'"', b"'"), m[0].upper()))
    )


def value(rng: random.Random, parts: Parts) -> bytes:
    return _substitute(rng, parts, rb"(?<=<v>)[^<]*", lambda m: rng.choice(NASTY))


def cell_type(rng: random.Random, parts: Parts) -> bytes:
    kinds = (b"s", b"str", b"inlineStr", b"b", b"e", b"d", b"n", b"zz", b"")
    return _substitute(
        rng, parts, rb'(<c\b[^>]*?)( t="\w+")?(?=/?>)', lambda m: m[1] + b' t="' + rng.choice(kinds) + b'"'
    )


def style_index(rng: random.Random, parts: Parts) -> bytes:
    return _substitute(
        rng,
        parts,
        rb'(<c\b[^>]*?)( s="\w+")?(?=[ />])',
        lambda m: m[1] + b' s="' + rng.choice((b"0", b"1", b"3", b"99", b"-1", b"9999999999", b"x")) + b'"',
    )


def far_cell(rng: random.Random, parts: Parts) -> bytes:
    far = rng.choice(
        (b"XFD1048576", b"A1048576", b"XFD1", b"XFE1", b"A1048577", b"ZZ99999", b"A9999999999", b"IV65536")
    )
    cell = rng.choice(
        (b'<row><c r="%s"><v>1</v></c></row>', b'<row r="5"><c r="%s" t="str"><v></v></c></row>', b'<c r="%s"/>')
    )
    return _substitute(rng, parts, rb"</sheetData>", lambda m: cell % far + m[0])


def dimension(rng: random.Random, parts: Parts) -> bytes:
    return _substitute(rng, parts, rb"<sheetData", lambda m: b'<dimension ref="A1:XFD1048576"/>' + m[0])


def nesting(rng: random.Random, parts: Parts) -> bytes:
    tag = rng.choice((b"c", b"v", b"row", b"sheetData", b"x", b"f", b"si"))
    depth = rng.choice((2, 300, 20000))
    return _substitute(
        rng, parts, rb"</?(row|si|c|sheets|cellXfs)\b", lambda m: b"<%s>" % tag * depth + b"</%s>" % tag * depth + m[0]
    )


def entities(rng: random.Random, parts: Parts) -> bytes:
    bomb = (
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %s "%s">' % (bytes([98 + n]), b"&%s;" % bytes([97 + n]) * 10) for n in range(9))
        + b"]>"
    )
    kind = rng.choice(
        (bomb, b'<!DOCTYPE a SYSTEM "file:///dev/zero">', b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///x"> %p;]>')
    )
    name = _pick(rng, parts)
    data = re.sub(rb"^(<\?xml.*?\?>)?", lambda m: m[0] + kind, parts[name], count=1)
    return rezip(parts | {name: data.replace(b"</v>", b"&j;</v>", 1)})


def encoding(rng: random.Random, parts: Parts) -> bytes:
    name = _pick(rng, parts)
    text = parts[name].decode()
    code = rng.choice(
        ("utf-16", "utf-16-le", "utf-32", "gb18030", "latin-1", "utf-7", "idna", "zip", "ebcdic", "utf-8-sig", "hex")
    )
    declared = re.sub(r"(?i)utf-8", code, text, count=1)
    try:
        data = (declared if rng.random() < 0.7 else text).encode(code)
    except (LookupError, UnicodeError):
        data = declared.encode()
    return rezip(parts | {name: data})


def number_format(rng: random.Random, parts: Parts) -> bytes:
    codes = (
        b"[",
        b"[&gt;x]0",
        b";;;;;",
        b"[h",
        b"\\",
        b"000000000000000000000000",
        b"yyyy%000",
        b"[&lt;1]0%;yyyy",
        b"_",
        b"0" * 9000,
    )
    return _substitute(rng, parts, rb'(?<=formatCode=")[^"]*', lambda m: rng.choice(codes), "xl/styles.xml")


def relation(rng: random.Random, parts: Parts) -> bytes:
    name = rng.choice([n for n in parts if n.endswith(".rels")])
    targets = (
        b"",
        b"/",
        b"..",
        b"../../../etc/passwd",
        b"xl",
        b"%2e%2e/x",
        b"http://x/",
        b"worksheets/sheet1.xml",
        b"styles.xml",
        b"\\",
    )
    return _substitute(rng, parts, rb'(?<=Target=")[^"]*', lambda m: rng.choice(targets), name)


def harmless_noise(rng: random.Random, parts: Parts) -> bytes:
    """Comments, blanks and instructions where XML allows them."""
    noise = (b"<!-- <c r='A1'><v>9</v></c> -->", b"\n  ", b"<?x y?>", b"\t\r\n")
    return _substitute(rng, parts, rb"(?<=>)(?=<(row|c|/row|/c)\b)", lambda m: rng.choice(noise))


def noise_anywhere(rng: random.Random, parts: Parts) -> bytes:
    """Comments and instructions before any element of any part, in the place of many."""
    noise = rng.choice((b"<!-- <xf/> -->", b"<?x y?>", b"<!----><?x?>"))
    name = rng.choice([name for name in parts if name.endswith((".xml", ".rels"))])
    return rezip(parts | {name: re.sub(rb"(?<=>)(?=<(?!/|\?|!))", lambda _: noise if rng.random() < 0.3 else b"",
                                       parts[name])})


def left_over_parts(rng: random.Random, parts: Parts) -> bytes:
    """Relations and types of parts that are not there, under the names that are taken next."""
    number = sum(name.startswith("xl/worksheets/sheet") for name in parts) + rng.choice((1, 1, 2))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = (f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
                 f'Id="rId1" Type="{kind}/drawing" Target="../drawings/drawing1.xml"/></Relationships>').encode()
    types = parts["[Content_Types].xml"].replace(b"</Types>", rng.choice((b"", (
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="x/y"/>').encode())) + b"</Types>")
    return rezip(parts | {f"xl/worksheets/_rels/sheet{number}.xml.rels": relations, "[Content_Types].xml": types})


XML: list[Callable[[random.Random, Parts], bytes]] = [
    xml_flip,
    xml_cut,
    xml_double,
    xml_lose_tag,
    xml_rename_tag,
    attribute_value,
    attribute_lost,
    value,
    cell_type,
    style_index,
    far_cell,
    dimension,
    nesting,
    entities,
    encoding,
    number_format,
    relation,
    harmless_noise,
    noise_anywhere,
    left_over_parts,
]
SAME = (*BYTES, extra_parts, dimension, harmless_noise, noise_anywhere,
        left_over_parts)  # the book is as it was, or refused


# -------------------------------------------------------------------------------------------------------------- running


@contextlib.contextmanager
def slow_reading() -> Iterator[None]:
    """Sheets are read by the real parser even when numpy could prove them plain."""
    quick = file.read_cells
    file.read_cells = lambda *where, **_: quick(*where, styled=True)  # type: ignore[assignment]
    try:
        yield
    finally:
        file.read_cells = quick


def outcome(path: Path, expected: Book | None) -> str:
    """How reading ended; ``expected`` is the book it must be when it can be read at all."""
    try:
        book = read(path)
    except Refusal as refusal:
        (problem,) = refusal.problems
        if problem.level != "error" or not problem.do or not re.search(r"[\u4e00-\u9fff]", problem.text):
            raise Wrong(f"not a kind refusal: {problem}") from None
        return "refused"
    for sheet in book.sheets:
        if len({len(row) for row in sheet.rows}) > 1:
            raise Wrong("rows of different lengths")
        for (row, column), mark in sheet.marks.items():
            cell = sheet.rows[row][column]
            if (mark.error or mark.uncalculated) and cell is not None:
                raise Wrong(f"an error with the value {cell!r}")
        for cell in (cell for row in sheet.rows for cell in row):
            if isinstance(cell, float) and cell - cell != 0:
                raise Wrong("a number that is not finite")
    with slow_reading(), contextlib.suppress(Refusal):  # the parser also minds the attributes of rows
        if read(path).sheets != book.sheets:
            raise Wrong("misread: the two ways of reading differ")
    if expected is None:
        return "read"
    if book.sheets != expected.sheets:
        raise Wrong("misread: the book differs from the sound one")
    return "read unchanged"


def opened_as_form(path: Path) -> str:
    """How opening a form of whatever format ended."""
    try:
        book = open_form(path)
    except Refusal as refusal:
        (problem,) = refusal.problems
        if problem.level != "error" or not problem.do or not re.search(r"[\u4e00-\u9fff]", problem.text):
            raise Wrong(f"not a kind refusal: {problem}") from None
        return "form refused"
    if any(len({len(row) for row in sheet.rows}) > 1 for sheet in book.sheets):
        raise Wrong("rows of different lengths")
    return "form read"


def written_into(path: Path) -> str:
    """How putting a result sheet into the file ended, also in the place of the last one, and filling a cell and adding
    rows: a refusal, or a workbook that says what the old one said, and is sound where that was."""
    raw = path.read_bytes()
    before = read(path)
    sheet = ResultSheet("工资表_2016-11", [12.0, 12.0], freeze=(1, 0))
    sheet.add(["工号", "应发"], ("heading", "heading"))
    sheet.add(["=1", Decimal("1.50")], ("text", "money"))
    first = before.sheets[0]
    table = Filled(first.name, {(0, 3): "填"}, 0, max(len(first.rows) - 1, 0), [{0: "001", 1: Decimal("0.5")}] * 2)
    try:
        sound = not faults(raw)
    except Exception:       # the judge is made for workbooks that hold together
        sound = False
    ended = []
    last = replace(sheet, name=before.sheets[-1].name)
    for changes, other in ((Changes(sheets=[sheet]), before.sheets), (Changes(sheets=[last]), before.sheets[:-1]),
                           (Changes(filled=[table]), before.sheets[1:])):
        try:
            after = edited(raw, path.name, changes)
        except Refusal as refusal:
            if not all(p.level == "error" and p.do and re.search(r"[\u4e00-\u9fff]", p.text) for p in refusal.problems):
                raise Wrong(f"not a kind refusal: {refusal.problems}") from None
            ended.append("refused")
            continue
        if sound and faults(after):
            raise Wrong(f"a sound workbook is no longer sound: {faults(after)[:5]}")
        path.write_bytes(after)
        try:
            again = read(path)
        except Refusal as refusal:
            raise Wrong(f"what was written can not be read: {refusal.problems}") from None
        finally:
            path.write_bytes(raw)
        if [again.sheet(one.name) for one in other] != other:
            raise Wrong("another sheet says something else")
        ended.append("written")
    return "/".join(ended)


def check_command(path: Path) -> str:
    """The same file through the command line."""
    from xl_kpi.cli import main

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["check", str(path)])
    out.flush()
    said = out.buffer.getvalue().decode() + err.getvalue()  # type: ignore[attr-defined]
    if code not in (0, 1, 2, 3) or "Traceback" in said or not said.strip():
        raise Wrong(f"check ended with {code!r}: {said[-500:]}")
    return f"check {code}"


def guarded(path: Path, job: Callable[[], str]) -> str:
    """Run under the watchdog."""
    # for a hang that no signal reaches or that only waits; the file stays, its name was printed at the start
    faulthandler.dump_traceback_later(30 * SECONDS, exit=True)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return job()
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()


def _bark(_number: int, _frame: FrameType | None) -> None:
    raise Hang(f"more than {SECONDS} seconds")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="with several each has its share of the files")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="xl-kpi-fuzz-"))
    print(
        f"{arguments.count} damaged workbooks, seed {' and '.join(map(str, arguments.seed))}; "
        f"the one under test and any failures: {folder}",
        flush=True,
    )
    faulthandler.enable()
    if hasattr(signal, "SIGPROF"):
        import resource

        signal.signal(signal.SIGPROF, _bark)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sound = sound_workbooks(folder)
    demo = demo_workbook(folder)
    if demo:
        sound.append(demo)
    path = folder / "current.xlsx"
    books = []
    for raw in sound:
        path.write_bytes(raw)
        books.append(read(path))
    parts = [unzip(raw) for raw in sound]
    forms = foreign_forms()
    counts: Counter[str] = Counter()
    failures = 0
    slowest = (0.0, "")
    start = time.monotonic()
    for number in range(arguments.count):
        seed = arguments.seed[number % len(arguments.seed)]
        rng = random.Random(f"{seed}/{number}")  # each file can be made again alone
        which = rng.randrange(len(sound))
        kinds: list[Any] = rng.choice((BYTES, PARTS, XML, XML))
        damage = rng.choice(kinds)
        raw = damage(rng, sound[which] if damage in BYTES else parts[which])
        if rng.random() < 0.1:
            raw = rng.choice((flip_anywhere, truncate, zero_block, append_bytes))(rng, raw) if raw else raw
        path.write_bytes(raw)
        expected = books[which] if damage in SAME else None
        began = time.monotonic()
        try:
            ended = guarded(path, lambda expected=expected: outcome(path, expected))  # type: ignore[misc]
            counts[ended] += 1
            # a damaged demo that can still be read goes deepest
            if ended != "refused":
                counts[guarded(path, lambda: written_into(path))] += 1
            if number % FORM_EVERY == 0:
                raw = rng.choice((flip_anywhere, truncate, zero_block, append_bytes))(rng, rng.choice(forms))
                path.write_bytes(raw)
                counts[guarded(path, lambda: opened_as_form(path))] += 1
            elif demo and (rng.random() < CHECK_SHARE or (ended != "refused" and sound[which] is demo)):
                counts[guarded(path, lambda: check_command(path))] += 1
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            failures += 1
            counts[f"FAILED {type(error).__name__}"] += 1
            kept = folder / f"{seed}-{number}-{damage.__name__}-{type(error).__name__}.xlsx"
            kept.write_bytes(raw)
            print(f"FAILED {kept}", *traceback.format_exception(error)[-4:], sep="\n", flush=True)
        slowest = max(slowest, (time.monotonic() - began, f"{number} {damage.__name__}"))
        if (number + 1) % 1000 == 0:
            print(
                f"{number + 1:6} {time.monotonic() - start:6.0f} s  "
                + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())),
                flush=True,
            )
    print(
        f"{arguments.count} files in {time.monotonic() - start:.0f} s (slowest {slowest[0]:.1f} s: {slowest[1]}): "
        + ", ".join(f"{n} {k}" for k, n in sorted(counts.items()))
        + f"; {failures} failures"
        + (f", kept in {folder}" if failures else "")
    )
    if not failures:
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
