"""Times of day in the cells of a list: 08:30, 8:30:15, 次日 02:00; days: 2024-04-01 星期一, 24-04-01."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from xl_kpi.hand.texts import normal

DAY = 24 * 60
_CLOCK = re.compile(r"(?P<next>次日|\+1)?\s*(?P<h>[0-2]?\d):(?P<m>[0-5]\d)(?::[0-5]\d)?"
                    r"\s*(?P<behind>\(?次日\)?|\(\+1\))?")
_BETWEEN = re.compile(r"[\s,;、|/-]*")
_DATE = re.compile(r"(?<!\d)(?:(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
                   r"|(?P<y2>\d{2})[-/.](?P<m2>\d{2})[-/.](?P<d2>\d{2})|(?P<y3>20\d{2})(?P<m3>\d{2})(?P<d3>\d{2})(?!\d))")


@lru_cache(maxsize=20_000)
def clock_times(text: str) -> tuple[int, ...] | None:
    """The times of a cell in minutes after midnight, in its order; None where it holds anything else.  Seconds are
    dropped, as the systems do."""
    rest = normal(text)
    found: list[int] = []
    while rest:
        between = _BETWEEN.match(rest)
        rest = rest[between.end():] if between else rest
        if not rest:
            break
        one = _CLOCK.match(rest)
        if one is None or int(one["h"]) > 24:
            return None
        found.append(int(one["h"]) * 60 + int(one["m"]) + (DAY if one["next"] or one["behind"] else 0))
        rest = rest[one.end():]
    return tuple(found) if found else None


@lru_cache(maxsize=4096)
def date_in(text: str) -> dt.date | None:
    """The day that a text begins with or holds; None for none."""
    found = _DATE.search(normal(text))
    if found is None:
        return None
    parts = [found[f"{name}{n}"] for n in ("", "2", "3") if found[f"y{n}"] for name in ("y", "m", "d")]
    year, month, day = (int(part) for part in parts)
    try:
        return dt.date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def without_date(text: str) -> str:
    """What stands beside the day: the time of a punch."""
    return re.sub(r"\(?(?:星期|周)[一二三四五六日天]\)?", "", _DATE.sub("", normal(text), count=1)).strip(" T")


def shown(minute: int) -> str:
    return f"{'次日' if minute >= DAY else ''}{minute % DAY // 60:02}:{minute % 60:02}"
