"""What a job works on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xl_kpi.engine import Run
from xl_kpi.parameters import Parameters
from xl_kpi.period import contains, period_of
from xl_kpi.policy.compiled import Output, OutputColumn, Policy
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import Value
from xl_kpi.tables import Tables

# The columns of a result as computed: (column, its values, to whom it applies).
Computed = list[tuple[OutputColumn, Value, np.ndarray]]


def about(month: Period) -> frozenset[Period]:
    """The periods that a job of a month is about: the month and what contains it."""
    assert month
    return frozenset(period_of(month).within(grain).key for grain in ("month", "quarter", "half", "year"))


@dataclass
class Job:
    """What a job works on."""

    output: Output
    period: tuple[str, int]
    label: str                      # as written in JSON
    parameters: Parameters
    tables: Tables
    run: Run

    @property
    def policy(self) -> Policy:
        return self.tables.policy

    @property
    def size(self) -> int:
        return self.tables.facts.size

    @property
    def used(self) -> dict[str, set[Period]]:
        """Table → the periods in which the job has read it."""
        found: dict[str, set[Period]] = defaultdict(set)
        for table, period in self.run.used:
            found[table].add(period)
        return found

    @cached_property
    def asked(self) -> frozenset[Period]:
        """The periods that the job is about, known when it has been computed: a month and what contains it; what is
        longer and the periods that it was made of."""
        if self.period[0] == "month":
            return about(self.period)
        return frozenset({self.period, *(p for _, p in self.run.used if p and (
            p[0] == "month" or contains(self.period, p)))})

    @property
    def last_day(self) -> int:
        """The last day of the period, as an ordinal."""
        return period_of(self.period).last_day.toordinal()

    def who(self, person: int) -> str:
        facts = self.tables.facts
        return f"{facts.ids[person]} {facts.names[person]}"
