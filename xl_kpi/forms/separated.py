"""Exports as text: a line a row, values apart by commas, tabs or semicolons, in UTF-8, GBK or what Excel calls Unicode.

Every value stays the text it is (001 is no 1); the code that reads HR's hand makes numbers and dates of it.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from pathlib import Path

from xl_kpi.hand.texts import is_blank
from xl_kpi.workbook.book import Sheet
from xl_kpi.workbook.grid import MAX_CELLS
from xl_kpi.workbook.package import SAVE_AS_XLSX, refuse

SEPARATORS = ",\t;|"
_SAMPLE = 200               # lines to tell the separator by
_DECLARED = re.compile(r"sep=(.)", re.IGNORECASE)
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)        # ="001": how systems make Excel keep a text


def as_text(raw: bytes, name: str) -> str:
    """The text of a file."""
    return decoded(raw, name)[0]


def decoded(raw: bytes, name: str) -> tuple[str, str]:
    """(the text of a file, its encoding)."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                           (codecs.BOM_UTF16_BE, "utf-16")):
        if raw.startswith(mark):
            encodings = [encoding]
            break
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    refuse(f"文件 {name} 的文字编码既不是 UTF-8 也不是 GBK，读出来会是乱码", SAVE_AS_XLSX)


def read_separated(text: str, path: Path) -> list[Sheet]:
    """One sheet, of the file's name."""
    lines = text.splitlines(keepends=True)
    declared = _DECLARED.fullmatch(lines[0].strip("\r\n")) if lines else None
    separator = declared[1] if declared else _separator(lines[:_SAMPLE])
    try:
        rows = list(_rows(lines[1:] if declared else lines, separator, path.name))
    except csv.Error:
        refuse(f"文件 {path.name} 不像表格：有一格文字长得离谱，或者有不该有的字符", SAVE_AS_XLSX)
    return [Sheet(path.stem, False, squared(rows, path.name))]


def squared(rows: list[list[object]], name: str) -> list[list[object]]:
    """The rows, all of the length of the longest, without blank ones at the end; blank cells are None."""
    while rows and all(map(is_blank, rows[-1])):
        rows.pop()
    width = max(map(len, rows), default=0)
    if len(rows) * width > MAX_CELLS:
        refuse(f"文件 {name} 有 {len(rows)} 行 {width} 列，太大，无法处理", "请删去表格以外多余的行和列后再试")
    return [[None if is_blank(value) else value for value in row] + [None] * (width - len(row)) for row in rows]


def _separator(lines: list[str]) -> str:
    """The one that cuts most lines into as many values, two at least."""
    best, most = ",", (0, 0)
    for separator in SEPARATORS:
        try:
            counts = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if any(map(str.strip, row)))
        except csv.Error:
            continue
        found = max(((often, count) for count, often in counts.items() if count > 1), default=(0, 0))
        if found > most:
            best, most = separator, found
    return best


def _rows(lines: list[str], separator: str, name: str) -> list[list[object]]:
    rows: list[list[object]] = []
    reader = csv.reader(lines, delimiter=separator)
    first = 1
    for row in reader:
        if reader.line_num == len(lines) and _unclosed(lines[first - 1:], separator):
            refuse(f"文件 {name} 第 {first} 行的英文双引号没有配对，后面的内容分不清",
                   "用记事本打开，补上或删去那个引号，或者重新导出一次")
        first = reader.line_num + 1
        rows.append([_value(value) for value in row])
    return rows


def _unclosed(lines: list[str], separator: str) -> bool:
    """Whether the last value begins with a quote that nothing ends."""
    try:
        for _ in csv.reader(lines, delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _value(text: str) -> str:
    """The text of a value, without what only keeps Excel from making a number of it."""
    text = text.strip("\t")
    found = _AS_TEXT.fullmatch(text.strip())
    return found[1].replace('""', '"') if found else text
