"""A workbook read with its policy and settings: what every action begins with."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from xl_kpi.closing.ledger import Ledger, Record
from xl_kpi.closing.ledger import read as read_ledger
from xl_kpi.closing.seal import unrecorded
from xl_kpi.parameters import Parameters, policy_of, read_parameters
from xl_kpi.period import AnyPeriod, Month
from xl_kpi.plausible import read_plausible
from xl_kpi.policy.compiled import Policy
from xl_kpi.problems import Problem, Refusal
from xl_kpi.tables.reading import Closed
from xl_kpi.target import Target
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.file import read


class Opened:
    """HR's workbook, its policy, parameters and checked tables."""

    def __init__(self, book: Book, settled: bool = False, policy: Policy | None = None,
                 parameters: Parameters | None = None):
        """``settled``: whatever it holds has been closed, so nothing of it is implausible any more; ``policy`` and
        ``parameters``: those to compute with, where they are not those that the workbook has now."""
        self.book = book
        self.policy = policy or policy_of(book)
        self.parameters = parameters or read_parameters(book, self.policy)
        self.tables = read_plausible(book, self.policy, self.parameters.settings, self._settled(settled))
        self.tables.paid = self._paid

    def _settled(self, settled: bool) -> Closed:
        try:
            return Closed(everything=True) if settled else Closed(month.index for month in self.closed)
        except Refusal:                 # whatever has to know which months are closed is refused where it asks
            return Closed()

    def _paid(self, month: int, heading: str) -> dict[str, int]:
        try:
            record = self.ledger.last("", Month(month)) if Month(month) in self.ledger.closed() else None
        except Refusal:
            record = None
        return record.amounts(heading) if record is not None else {}

    @classmethod
    def file(cls, path: str | Path) -> Opened:
        """A workbook file.  Raises Refusal, UsageError, HostError."""
        return cls(read(Path(path)))

    def closed_of(self, target: Target) -> list[AnyPeriod]:
        """The periods of an output that are closed (封存), those whose record is lost too.  Raises Refusal when the
        sheet 结账记录 was tampered with."""
        return sorted({*self.ledger.closed(target.name), *(t.period for t in self.unrecorded if t.name == target.name)})

    def is_closed(self, target: Target) -> bool:
        return target.period in self.closed_of(target)

    @cached_property
    def closed(self) -> list[Month]:
        """The months of what the policy is about (the pay) that are closed.  Raises Refusal like ``closed_of``."""
        main = self.policy.main
        periods = self.closed_of(Target.of(main, Month(0)))
        return sorted({month for period in periods for month in period.months})

    @cached_property
    def unrecorded(self) -> dict[Target, Problem]:
        """What is sealed though there is no record of its closing, and what to say of each.  Raises Refusal like
        ``closed_of``."""
        return unrecorded(self.book, self.policy, self.ledger)

    def lost(self, target: Target) -> None:
        """Raises Refusal when the record of its closing is lost."""
        if target in self.unrecorded:
            raise Refusal([self.unrecorded[target]])

    def target(self, record: Record) -> Target | None:
        """What a record is about; None when the policy has it no more."""
        output = self.policy.outputs.get(record.output) if record.output else self.policy.payroll
        return None if output is None else Target.of(output, record.period)

    @cached_property
    def ledger(self) -> Ledger:
        """The records of the sheet 结账记录.  Raises Refusal when it was tampered with."""
        return read_ledger(self.book).sound()

    @cached_property
    def names(self) -> dict[str, str]:
        """工号 → 姓名."""
        return dict(zip(self.tables.facts.ids, self.tables.facts.names, strict=True))
