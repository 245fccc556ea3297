"""One refusal of what differs from what was written, paid or closed before: each difference, then how many and why it
matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from xl_kpi.problems import Problem, Refusal


class Differing(Protocol):
    """One difference: its text says who, what, before → now; ``cell`` where it stands, '' for nowhere."""

    @property
    def person(self) -> str: ...
    @property
    def cell(self) -> str: ...


def differing(found: Sequence[Differing], subject: str, sides: str, so: str, do: str, sheet: str = "",
              command: str = "", again: str = "") -> Refusal:
    """``subject``有 3 处不同（``sides``），``so``."""
    return Refusal([
        *(Problem("error", str(one), "", sheet, one.cell, one.person) for one in found),
        Problem("error", f"{subject}有 {len(found)} 处不同（{sides}）{so and f'，{so}'}", do, sheet, command=command,
                again=again)])


def differing_sheet(found: Sequence[Differing], sheet: str, sides: str, so: str, do: str, command: str = "",
                    again: str = "") -> Refusal:
    """What stands on a sheet, from what is computed now."""
    return differing(found, f"“{sheet}”与现在算出来的", sides, so, do, sheet, command, again)
