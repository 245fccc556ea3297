"""Names that every policy has, and names in texts."""

from __future__ import annotations

import re
from typing import Any

from xl_kpi.period import GRAINS

ANY_PERIOD = "any"
# Constants of the period that expressions may name: (of which period, what HR calls it).  All are dates but month_days.
CONSTANTS = {
    "month_start": ("month", "当月首日"), "month_end": ("month", "当月末日"), "month_days": ("month", "当月天数"),
    "quarter_start": ("quarter", "本季首日"), "quarter_end": ("quarter", "本季末日"),
    "last_quarter_start": ("quarter", "上季首日"), "last_quarter_end": ("quarter", "上季末日"),
    "half_start": ("half", "本半年首日"), "half_end": ("half", "本半年末日"),
    "year_start": ("year", "当年首日"), "year_end": ("year", "当年末日"),
    "first_day": (ANY_PERIOD, "期间首日"), "last_day": (ANY_PERIOD, "期间末日"),
}
CONSTANT_TITLES = {name: title for name, (_, title) in CONSTANTS.items()}
# The grains of tables with a row a person and period, which are the types of the columns that say which: "period" is
# of months and of quarters, and of whatever else its columns are.
PERIODIC = (*GRAINS, "period")
KEY_TYPES = ("id", "name", *PERIODIC, "changed")        # columns that no expression can name
AT = {"month": "按月", "quarter": "按季", "half": "按半年", "year": "按年", "span": "从某月到某月",
      ANY_PERIOD: "按期间"}
THIS = {"month": "这个月", "quarter": "这个季度", "half": "这半年", "year": "这一年", "span": "这段时间"}
LAST = {"month": "上月", "quarter": "上季", "half": "上个半年", "year": "上年"}
EACH = {"month": "各月", "quarter": "各季", "half": "各半年", "year": "各年", "span": "各期"}


def keyed(name: str, key: str) -> str:
    """The name of that one of several functions of a name which is about ``key``."""
    return f"{name}[{key}]"


def placeholders(text: str) -> list[str]:
    """The names in {…} of a text."""
    return re.findall(r"\{([^}]*)\}", text)


def key_grain(table: Any) -> str | None:
    """By what period the rows of a table of events are told apart; None: by a day, as all others."""
    if table.grain != "events":
        return None
    return next((column.type for column in table.columns if column.type in PERIODIC and not column.ignored), None)
