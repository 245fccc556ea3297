"""The program's own names, which nobody in HR should have to read: of parameters, readings and their values,
quantities, input columns, policies, and a source's ambiguities (U-38).  A name in Chinese is HR's own word."""

from __future__ import annotations

import re
from functools import cache

from xl_kpi.policy.load import ids, load

# words of the command line and of files that are also names of something
WORDS = {"id", "by", "left", "name", "no", "yes", "all", "each", "sum", "full", "zero", "up", "down", "off", "open",
         "next", "month", "a", "b", "c", "d", "e"}


@cache
def pattern() -> re.Pattern[str]:
    names: set[str] = set(ids())
    for policy in map(load, ids()):
        names |= {*policy.parameters, *(f"reading.{name}" for name in policy.readings), *policy.quantities,
                  *policy.columns, *policy.written.parts, *policy.refusals,
                  *(value for reading in policy.readings.values() for value in reading.values)}
    listed = "|".join(map(re.escape, sorted(filter(str.isascii, names - WORDS), key=len, reverse=True)))
    return re.compile(rf"(?<![A-Za-z0-9_.-])(?:reading\.\w+|{listed})(?![A-Za-z0-9_])|[A-Z]\d?-\d\d(?!\d)")


def ids_in(text: str) -> list[str]:
    """Ids in a text; what stands between 「…」 is HR's own."""
    return pattern().findall(re.sub(r"「[^」]*」", "「」", text))
