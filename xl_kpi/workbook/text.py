"""A text as a cell of a workbook can hold it."""

from __future__ import annotations

import re

LONGEST = 32767         # UTF-16 units of a cell
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")     # not allowed in XML (\r: not kept by it)


def plain_text(value: str) -> str:
    """A text that XML can carry and a cell can hold."""
    if not value.isprintable():
        value = FORBIDDEN.sub("", value)
    if len(value) * 2 > LONGEST:
        value = _shorten(value)
    return value


def _shorten(value: str) -> str:
    """At most what a cell holds, counted as Excel does, with a mark where something is missing."""
    units = value.encode("utf-16-le")
    if len(units) // 2 <= LONGEST:
        return value
    return units[:2 * (LONGEST - 10)].decode("utf-16-le", "ignore") + "…（过长，截去）"
