"""Workbooks of Excel 97–2003 and of WPS (.xls, .et).

xlrd reads them, since it alone tells number formats, blank cells, hidden rows and columns; python-calamine gives
values and merged areas, and takes 46113 in the format 57 (2026年4月) for a number.  Formulas show their results;
whether a cell has one it does not tell.
"""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import numpy as np

from xl_kpi.problems import Refusal
from xl_kpi.workbook.book import Mark, Sheet
from xl_kpi.workbook.formats import BUILT_IN, Format, from_serial, of_code
from xl_kpi.workbook.grid import MAX_CELLS
from xl_kpi.workbook.package import RESAVE, refuse, refuse_empty

_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR, _BLANK = 1, 2, 3, 4, 5, 6
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def read_xls(raw: bytes, name: str) -> list[Sheet]:
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=_stream(raw), formatting_info=True, ragged_rows=True,
                                  logfile=StringIO())
        formats = [_format(book, xf) for xf in book.xf_list]
        sheets = [_sheet(sheet, formats, bool(book.datemode), name) for sheet in book.sheets()]
    except Refusal:
        raise
    except Exception:       # of a damaged file it raises whatever it stumbles on
        refuse(f"文件 {name} 是旧格式 (.xls) 的工作簿，内容读不出，可能已经损坏", RESAVE)
    if not sheets:
        refuse_empty(name)
    return sheets


def _stream(raw: bytes) -> bytes:
    """The workbook out of its compound file.  olefile takes it out: xlrd follows a damaged chain of sectors that comes
    back to itself for ever.  Raises what olefile does."""
    import olefile

    if not raw.startswith(olefile.MAGIC):
        return raw                          # before Excel 5 there was no compound file
    with olefile.OleFileIO(raw) as compound:
        name = next(name for name in ("Workbook", "Book") if compound.exists(name))
        found: bytes = compound.openstream(name).read()
        return found


def _format(book: Any, xf: Any) -> Format:
    """The number format of a cell; 27–36 and 50–58 are known by number alone."""
    known = book.format_map.get(xf.format_key)
    code = known.format_str if known is not None else None
    return of_code(BUILT_IN.get(xf.format_key, "") if code in (None, "", "General") else code)


def _sheet(read: Any, formats: list[Format], is_1904: bool, name: str) -> Sheet:
    width = max((read.row_len(row) for row in range(read.nrows)), default=0)
    if read.nrows * width > MAX_CELLS:
        refuse(f"文件 {name} 的工作表“{read.name}”有 {read.nrows} 行 {width} 列，太大，无法处理",
               "请删去表格以外多余的行和列后再试", sheet=read.name)
    found = Sheet(read.name, read.visibility != 0, [[None] * width for _ in range(read.nrows)])
    odd: dict[str, list[tuple[int, int]]] = {}
    for row in range(read.nrows):
        into = found.rows[row]
        for column, (kind, value) in enumerate(zip(read.row_types(row), read.row_values(row), strict=True)):
            if kind == _TEXT:
                into[column] = value
            elif kind in (_NUMBER, _DATE):
                style = formats[read.cell_xf_index(row, column)]
                into[column] = _number(value, style, is_1904)
                if style.marked and (style.percent(value) or style.shown(value)):
                    found.marks[row, column] = Mark(percent=style.percent(value), shown=style.shown(value))
                if not (style.date or style.elapsed or style.readable):
                    odd.setdefault(style.code, []).append((row, column))
            elif kind == _BOOLEAN:
                into[column] = bool(value)
            elif kind == _ERROR:
                found.marks[row, column] = Mark(error=_ERRORS.get(value, "#N/A"))
    found.odd_formats = {code: [np.array(places, np.int32)] for code, places in odd.items()}
    # xlrd's areas end behind their last row and column
    found.merged = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in read.merged_cells
                    if top < bottom and left < right]
    found.hidden_rows = {row for row, info in read.rowinfo_map.items() if info.hidden}
    found.hidden_columns = {column for column, info in read.colinfo_map.items() if info.hidden}
    return found


def _number(value: float, style: Format, is_1904: bool) -> object:
    if value - value != 0:
        raise ValueError("no finite number")
    if style.elapsed:
        return dt.timedelta(days=value)
    return from_serial(value, is_1904) if style.date else value
