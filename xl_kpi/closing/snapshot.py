"""A snapshot: the sheets that a policy reads, as they were read, as text that a workbook's cells can hold, and back.

JSON (ASCII only, keys sorted) → zlib → base64, cut into pieces.  Exact: what comes back equals what went in, to the
type of every value.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import zlib
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from xl_kpi.parameters import SHEET
from xl_kpi.policy.compiled import Policy
from xl_kpi.tables.headings import find_sheets
from xl_kpi.tables.holidays import SHEET as HOLIDAYS
from xl_kpi.workbook.file import Book, Mark, Sheet
from xl_kpi.workbook.grid import Area

PIECE = 8_000           # characters; a cell holds 32,767, but Excel takes no more than 8,203 in a block that is written
_LARGEST = 1 << 28      # bytes of JSON; more is no snapshot of ours

# A value that JSON does not have → its tag and text; the tag's reader.
_WRITERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    dt.datetime: ("$datetime", dt.datetime.isoformat),
    dt.date: ("$date", dt.date.isoformat),
    dt.time: ("$time", dt.time.isoformat),
    dt.timedelta: ("$duration", lambda value: [value.days, value.seconds, value.microseconds]),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "$datetime": dt.datetime.fromisoformat, "$date": dt.date.fromisoformat, "$time": dt.time.fromisoformat,
    "$duration": lambda parts: dt.timedelta(*parts),
}


_VALUES = {type(None), bool, int, float, str, *_WRITERS}
_MARKS = (int, int, str, bool, bool, str, bool, bool, str)
_ALWAYS = 5             # fields of a mark that are always written; older snapshots have no more


class Unreadable(ValueError):
    """The pieces are not those that were written."""


def inputs(book: Book, policy: Policy) -> list[Sheet]:
    """The sheets that a policy reads: 参数, 节假日, those that say its rules, and its tables."""
    names = [SHEET, *([HOLIDAYS] if policy.workdays else []), *policy.written_on,
             *(table.sheet for table in policy.tables.values())]
    wanted = {id(sheet) for name in names for sheet in find_sheets(book, name)}
    return [sheet for sheet in book.sheets if id(sheet) in wanted]


def sheets_as_json(sheets: list[Sheet]) -> list[dict[str, Any]]:
    """Sheets as plain data (for ``canonical``), column by column: that packs a third smaller."""
    return [{
        "name": sheet.name, "hidden": sheet.hidden, "height": len(sheet.rows),
        "columns": list(zip(*sheet.rows, strict=True)),
        "marks": [[*place, *_fields(mark)] for place, mark in sorted(sheet.marks.items())],
        # left out where there are none: older snapshots do not know them, and shall not count as different
        **{name: sorted(list(area) for area in areas)
           for name, areas in (("merged", sheet.merged), ("totals", sheet.totals)) if areas},
    } for sheet in sheets]


def _fields(mark: Mark) -> list[Any]:
    """What a mark says, but for the last fields that say nothing."""
    fields = list(astuple(mark))
    while len(fields) > _ALWAYS and not fields[-1]:
        fields.pop()
    return fields


def book_of(content: list[dict[str, Any]], name: str) -> Book:
    """The workbook of these sheets; ``name`` is what it is called.  Raises an exception for any other content."""
    sheets = []
    for one in content:
        columns, height = one["columns"], one["height"]
        if {type(value) for column in columns for value in column} - _VALUES:
            raise TypeError("no value of a cell")
        rows = [list(row) for row in zip(*columns, strict=True)] or [[] for _ in range(height)]
        marks = {(row, column): Mark(*mark) for row, column, *mark in one["marks"]}
        if len(rows) != height or any(type(value) is not kind for place, mark in marks.items()
                                      for value, kind in zip((*place, *astuple(mark)), _MARKS, strict=True)):
            raise TypeError("no sheet")
        merged, totals = (_areas(one.get(name, [])) for name in ("merged", "totals"))
        sheets.append(Sheet(str(one["name"]), bool(one["hidden"]), rows, marks, merged=merged, totals=totals))
    return Book(Path(name), sheets)


def _areas(content: list[list[int]]) -> list[Area]:
    """Areas of a sheet.  Raises TypeError for any other content."""
    found = []
    for area in content:
        top, left, bottom, right = area
        if {type(number) for number in area} != {int} or not (0 <= top <= bottom and 0 <= left <= right):
            raise TypeError("no area")
        found.append((top, left, bottom, right))
    return found


def canonical(content: Any) -> bytes:
    """The one way of writing this as JSON: what a fingerprint is taken of."""
    return json.dumps(content, default=_tagged, sort_keys=True, separators=(",", ":")).encode("ascii")


def pieces(data: bytes) -> list[str]:
    """JSON as texts for cells."""
    text = base64.b64encode(zlib.compress(data, 9)).decode("ascii")
    return [text[at:at + PIECE] for at in range(0, len(text), PIECE)]


def joined(texts: list[str]) -> bytes:
    """The JSON of the pieces.  Raises Unreadable."""
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode("".join(texts), validate=True), _LARGEST)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Unreadable(str(error)) from None
    if not unpacker.eof or unpacker.unused_data:
        raise Unreadable("not whole")
    return data


def parsed(data: bytes) -> Any:
    """What ``canonical`` wrote.  Raises Unreadable."""
    try:
        return json.loads(data, object_hook=_untagged)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def _tagged(value: Any) -> Any:
    tag, text = _WRITERS[type(value)]
    return {tag: text(value)}


def _untagged(content: dict[str, Any]) -> Any:
    if len(content) == 1:
        (tag, text), = content.items()
        if tag in _READERS:
            return _READERS[tag](text)
    return content
