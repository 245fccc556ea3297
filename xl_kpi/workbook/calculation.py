"""What of a workbook nobody has calculated since it was changed.

A program that changes a workbook and cannot calculate asks Excel to do it when the workbook is opened next
(``fullCalcOnLoad``).  Until then formulas show what they gave before the change, and nobody can tell how much they are
off.  Where the program was this one, a hidden name of the workbook keeps a record of the sheets that it changed, as
references to them, which follow when Excel renames a sheet: all other formulas still hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

RECORD = "_xl_kpi_changed"          # the name; while the workbook does not ask to be calculated it says nothing
ALL = frozenset({"*"})              # any sheet: what a mark without a record says, as other programs leave it
_ONE = re.compile(r"(?:'((?:[^']|'')+)'|([^',!]+))!\$?A\$?1")


def is_asked_for(book: etree._Element) -> bool:
    """Whether workbook.xml asks for the workbook to be calculated when it is opened."""
    settings = book.find("{*}calcPr")
    return settings is not None and settings.get("fullCalcOnLoad", "0").strip() in ("1", "true")


def changed_sheets(book: etree._Element) -> frozenset[str]:
    """The sheets (in lower case) whose changes formulas have not seen yet; ``ALL``: it is not known which."""
    if not is_asked_for(book):
        return frozenset()
    record = _record(book)
    text = "" if record is None else (record.text or "").strip()
    found = {(quoted.replace("''", "'") or plain).lower() for quoted, plain in _ONE.findall(text)}
    return frozenset(found) if found and _ONE.sub("", text).strip(", ") == "" else ALL


def write_record(names: etree._Element, sheets: Iterable[str]) -> None:
    """Keep the record among the defined names; ``sheets`` as they are called."""
    found = sorted(sheets)
    for old in [name for name in names.iterchildren("{*}*") if _is_record(name)]:
        names.remove(old)               # at the end, so that to write the same twice gives the same
    record = etree.SubElement(names, f"{{{etree.QName(names).namespace}}}definedName", name=RECORD, hidden="1")
    quoted = ("'" + sheet.replace("'", "''") + "'" for sheet in found)
    record.text = ",".join(f"{sheet}!$A$1" for sheet in quoted)


def _record(book: etree._Element) -> etree._Element | None:
    return next((name for name in book.iterfind("{*}definedNames/{*}definedName") if _is_record(name)), None)


def _is_record(name: etree._Element) -> bool:
    return name.get("name", "").lower() == RECORD and name.get("localSheetId") is None
