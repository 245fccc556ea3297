"""What an action comes to."""

from __future__ import annotations

from dataclasses import dataclass, field

from xl_kpi.problems import Problem
from xl_kpi.results import Result
from xl_kpi.workbook.changes import Changes


@dataclass
class Outcome:
    """``changes``: what is to change in the workbook (nothing: it stays as it is, byte for byte); ``said``: what HR is
    told besides the problems; ``result``: of the job behind it."""

    changes: Changes = field(default_factory=Changes)
    problems: list[Problem] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    result: Result | None = None
