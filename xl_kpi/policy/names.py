"""Names that every policy has, and names in texts."""

from __future__ import annotations

import re

# Constants of the period that expressions may name: dates, and the days of the month.
MONTH_CONSTANTS = ("month_start", "month_end", "month_days")
QUARTER_CONSTANTS = ("quarter_start", "quarter_end", "last_quarter_start", "last_quarter_end")
CONSTANT_TITLES = dict(zip(
    MONTH_CONSTANTS + QUARTER_CONSTANTS,
    ("当月首日", "当月末日", "当月天数", "本季首日", "本季末日", "上季首日", "上季末日"), strict=True))


def placeholders(text: str) -> list[str]:
    """The names in {…} of a text."""
    return re.findall(r"\{([^}]*)\}", text)
