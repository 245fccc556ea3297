"""What a policy's attendance table counts: found by its headings and the types of its columns, whatever its name."""

from __future__ import annotations

from dataclasses import dataclass

from xl_kpi.forms.imports.things import DAYS, HOURS, THINGS, TIMES, heading
from xl_kpi.policy.compiled import Policy

UNITS = {"count": TIMES, "hours": HOURS, "days": DAYS}


@dataclass(frozen=True)
class Wanted:
    """A column of the attendance table: what it counts together, in which unit."""

    name: str
    heading: str
    things: tuple[str, ...]
    unit: str


def table_of(policy: Policy) -> tuple[str, list[Wanted]]:
    """(the monthly table with the most columns that count things of attendance, these); ('', []) for none."""
    best: tuple[str, list[Wanted]] = "", []
    for name, table in policy.sheets.items():
        wanted = []
        for column in table.columns if table.grain == "month" else ():
            counts = heading(column.heading) if column.type in UNITS and not column.ignored else None
            if counts is not None and not all(THINGS[thing].nothing for thing in counts.things):
                wanted.append(Wanted(column.name, column.heading, counts.things, UNITS[column.type]))
        if len(wanted) > len(best[1]):
            best = name, wanted
    return best
