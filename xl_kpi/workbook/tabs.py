"""Where a new sheet of ours comes among the tabs.  A sheet that is there is never moved, be it ours or HR's.

使用说明, 参数 and the tables stand first as ``new`` made them; then 体检; then the results, month after month;
last of all 结账记录.  Sheets that HR has added are passed over: what is new comes before the first of ours that belongs
behind it, else at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MADE = ("使用说明", "选项", "体检", "结账记录")     # beside 参数, the tables and the results
# a result sheet ends in its period: 工资表_2016-11, 年度考核_2016, 汇总_阶段奖_2016-07..2016-09
_RESULT = re.compile(r".+_\d{4}(-\d\d|Q\d|H\d)?(\.\.\d{4}-\d\d)?(_旧\d+)?$")
_TABLE, _FINDINGS, _RESULTS, _RECORD = range(4)


def place_of(names: Sequence[str], new: str) -> int:
    """The position of a new sheet among sheets of these names."""
    return next((at for at, name in enumerate(names) if _rank(name) > _rank(new)), len(names))


def is_ours(name: str) -> bool:
    """Whether a sheet that is no table was made by the program."""
    return name in _MADE or _RESULT.match(name) is not None or name.startswith("~xl-kpi")


def _rank(name: str) -> int:
    """A sheet of HR's own ranks with the tables: nothing is put before it."""
    if name == "结账记录":
        return _RECORD
    if name == "体检":
        return _FINDINGS
    return _RESULTS if _RESULT.match(name) else _TABLE
