"""New cells written as the cells above them are: a formula of HR's that counts those (COUNTIFS) counts these too.

``above`` is what such a cell holds; what comes back always reads as what was meant,
else the standard spelling is given.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any

from xl_kpi.period import AnyPeriod, Half, Month, Quarter, Year

Cell = str | int | float | dt.date

# The spellings of a period; those that say less come first where two give the same.
_MONTHS: tuple[Callable[[Month], Cell], ...] = (
    str,
    lambda m: m.first_day,
    lambda m: m.last_day,
    lambda m: m.year * 100 + m.number,
    lambda m: float(f"{m.year}.{m.number:02}"),
    lambda m: f"{m.year}年{m.number}月", lambda m: f"{m.year}年{m.number:02}月",
    lambda m: f"{m.year}年{m.number}月份", lambda m: f"{m.year}年{m.number:02}月份",
    lambda m: f"{m.year}/{m.number:02}", lambda m: f"{m.year}/{m.number}", lambda m: f"{m.year}-{m.number}",
    lambda m: f"{m.year}.{m.number:02}", lambda m: f"{m.year}.{m.number}", lambda m: f"{m.year}{m.number:02}",
    lambda m: f"{m.year % 100}年{m.number}月",
    lambda m: f"{m}-01", lambda m: f"{m.year}/{m.number}/1", lambda m: f"{m.year}年{m.number}月1日",
)
_CHINESE = "零一二三四"
_QUARTERS: tuple[Callable[[Quarter], Cell], ...] = (
    str,
    lambda q: f"{q.year}-Q{q.number}", lambda q: f"{q.year}q{q.number}", lambda q: f"Q{q.number} {q.year}",
    lambda q: f"{q.year % 100}Q{q.number}",
    *(lambda q, word=word, digits=digits: f"{q.year}{word.format(digits[q.number])}"
      for digits in ("01234", _CHINESE) for word in ("年第{}季度", "年{}季度", "第{}季度")),
)
_HALVES: tuple[Callable[[Half], Cell], ...] = (
    str,
    lambda h: f"{h.year}-H{h.number}", lambda h: f"{h.year}h{h.number}", lambda h: f"H{h.number} {h.year}",
    lambda h: f"{h.year % 100}H{h.number}",
    *(lambda h, word=word: word.format(h.year, h.year % 100, "上下"[h.number - 1])
      for word in ("{0}年{2}半年", "{0}年{2}半年度", "{0}{2}半年", "{0}{2}半年度", "{1}年{2}半年", "{1}年{2}半年度")),
)
_YEARS: tuple[Callable[[Year], Cell], ...] = (
    str,
    lambda y: y.year,
    *(lambda y, word=word: word.format(y.year, y.year % 100)
      for word in ("{0}年", "{0}年度", "{0}年全年", "{0}全年", "{1}年", "{1}年度", "{1}年全年")),
)
_SPELLINGS: dict[type[AnyPeriod], tuple[Callable[[Any], Cell], ...]] = {
    Month: _MONTHS, Quarter: _QUARTERS, Half: _HALVES, Year: _YEARS}


def period_like(period: AnyPeriod, above: Any) -> Cell:
    """A period as the one of its kind above is written; a month below a day in mid-month as its first day."""
    day = isinstance(above, dt.date)
    if isinstance(above, dt.datetime):
        above = above.date()
    parse = type(period).parse
    try:
        known = parse(above)
        for spell in _SPELLINGS[type(period)]:
            if _same(spell(known), above) and parse(new := spell(period)) == period:
                return new
    except ValueError:          # such a spelling does not say which period is meant: 2016.1
        pass
    return period.first_day if day and isinstance(period, Month) else str(period)


def _same(one: Any, other: Any) -> bool:
    """Alike in type and value; whole numbers are floats in a file."""
    return isinstance(one, str) == isinstance(other, str) and one == other


def ids_like(ids: Iterable[str], above: Iterable[tuple[Any, str]]) -> list[Cell]:
    """工号 as the cells above are: numbers where these are numbers and the number reads as the 工号.

    ``above``: (what a cell holds, what it is read as), the nearest first; its format is the new cells' too.
    """
    wanted, cells = list(ids), list(above)
    if not cells or not _is_number(cells[0][0]):
        return list(wanted)
    prefix, widths = "", set()
    for value, shown in reversed(cells):
        digits = re.search(r"\d+$", shown)
        if not _is_number(value) or digits is None or int(digits[0]) != value:
            continue
        prefix = shown[:digits.start()]
        if digits[0].startswith("0") and value:
            widths.add(len(digits[0]))
    width = min(widths, default=1)          # so many digits the format shows at least
    return [int(found[1]) if (found := re.fullmatch(re.escape(prefix) + r"(\d{1,15})", one))
            and f"{int(found[1]):0{width}}" == found[1] else one for one in wanted]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
