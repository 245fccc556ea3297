"""Which formulas of a workbook look at given sheets: these show their old values until they are calculated anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import unescape

from lxml import etree

_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?>([^<]+)<")
_ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_INDIRECT = r"(?<!\w)INDIRECT\("                    # whatever it looks at
_THROUGH = r"(?:'[^'!]*:[^'!]*'|[^\W\d][\w.]*:[^\W\d][\w.]*)!"         # first:last!A1, all sheets between them


def mention(sheets: Iterable[str]) -> str:
    """A pattern for a reference to one of the sheets (of this workbook: ``[1]S!A1`` is another's)."""
    names = "|".join(re.escape(name.replace("'", "''")) for name in sheets)
    return rf"(?<![\w.\]'])(?:'(?:{names})'|(?:{names}))!"


class Looking:
    """Formulas that name one of ``sheets``, a defined name that leads there, or one of the ``tables`` there."""

    def __init__(self, sheets: Iterable[str], names: Sequence[etree._Element], tables: Iterable[str]):
        patterns = [mention(sheets), _INDIRECT, _THROUGH]
        patterns += [_word(table) for table in tables]
        left = [name for name in names if not name.get("name", "").startswith("_xlnm.")]
        while True:
            pattern = re.compile("|".join(patterns), re.IGNORECASE)
            found = [name for name in left if pattern.search(name.text or "")]
            if not found:
                break
            patterns += [_word(name.get("name", "")) for name in found]
            left = [name for name in left if name not in found]
        self._pattern = pattern

    def at(self, sheet: bytes, any_formula: bool) -> bool:
        """Whether a formula in the XML of a sheet does; ``any_formula``: whether it has a formula at all."""
        if any_formula:
            return _ANY_FORMULA.search(sheet) is not None
        formulas = b"\n".join(set(_FORMULA.findall(sheet)))
        return self._pattern.search(unescape(formulas.decode("utf-8"))) is not None


def _word(name: str) -> str:
    return rf"(?<![\w.]){re.escape(name)}(?![\w.(!])"
