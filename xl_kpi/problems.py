"""What a run says about the data: problems, for HR, in Chinese.

A problem says who, where, what and what to do.  Problems are collected and shown together; only an
``error`` refuses a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "hint"]
LEVELS: dict[str, str] = {"error": "错误", "warning": "警告", "hint": "提示"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.  ``cell`` is an A1 address on ``sheet``; ``person`` is the 工号; blank where it does not apply."""

    level: Level
    text: str
    do: str = ""
    sheet: str = ""
    cell: str = ""
    person: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "level": self.level, "sheet": self.sheet, "cell": self.cell,
            "工号": self.person, "text": self.text, "do": self.do,
        }


class Refusal(Exception):
    """The data are refused (exit 1); carries every problem found."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(p.text for p in problems))
        self.problems = problems


class Incomplete(Refusal):
    """The data do not suffice for a job; a draft could go on without them."""


class UsageError(Exception):
    """The call cannot be understood (exit 2)."""


class HostError(Exception):
    """The machine is in the way: file missing, locked, damaged, disk full (exit 3)."""
