"""One workbook of a group: checked, computed, written if that is asked, and what came of it as plain data.

It runs in a process of its own beside others: whatever happens to one workbook stays with it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from xl_kpi import job
from xl_kpi.opened import Opened
from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.parameters import policy_of
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import OutputColumn, Policy
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem, Refusal, Stop, cases
from xl_kpi.results import ID, NAME, REFUSED, Result
from xl_kpi.rules.base import PolicyError
from xl_kpi.sheets.layout import grand_total
from xl_kpi.tables.headings import find_sheets
from xl_kpi.target import Target, targets_of
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.file import read

# done: computed, and written where that was asked; refused: its data are; failed: it cannot be read or written;
# nothing: its policy has no result of that period; foreign: no workbook of ours.
State = Literal["done", "refused", "failed", "nothing", "foreign"]
MOST_SAID = 20              # causes that are told of one workbook
WHOSE = "某人"


@dataclass(frozen=True)
class Asked:
    """What is to be done with each workbook."""

    period: AnyPeriod
    write: bool = False         # payroll: into the workbook
    people: bool = False        # names may be told
    table: bool = False         # the values of every person


@dataclass
class Outcome:
    """What one output of a workbook came to.  ``totals``: heading → (type, exact sum as text)."""

    output: str
    period: str
    headcount: int
    totals: dict[str, tuple[str, str]]
    main: str = ""              # the heading of the money that it comes to; '': of scores there is no sum
    last: str | None = None     # the same of the period before; None: not known
    people: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)     # person, name, quantity, value, type, clause

    @property
    def amount(self) -> Decimal | None:
        return Decimal(self.totals[self.main][1]) if self.main in self.totals else None


@dataclass
class Department:
    """What came of one workbook; nothing in it is of the program, so that it travels and is kept as JSON."""

    path: str
    state: State
    company: str = ""
    department: str = ""
    policy: str = ""
    title: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    levels: dict[str, int] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)       # (level, text)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Department:
        outcomes = [Outcome(**{**one, "totals": {name: tuple(value) for name, value in one["totals"].items()}})
                    for one in kept["outcomes"]]
        return cls(**{**kept, "outcomes": outcomes, "said": [tuple(one) for one in kept["said"]]})


def run(path: Path, asked: Asked) -> Department:
    """One workbook, whatever its state; raises nothing but what ends the program."""
    found = Department(str(path), "failed")
    try:
        book = read(path)
        if not _is_ours(book):
            found.state = "foreign"
            return found
        _compute(book, asked, found)
    except Refusal as refusal:
        if found.policy:
            found.state = "refused"
        _tell(found, refusal.problems, {})
    except (Stop, PolicyError) as error:
        _tell(found, [Problem("error", str(error))], {})
    except OSError as error:
        _tell(found, [Problem("error", f"不能读取或写入：{error.strerror or type(error).__name__}")], {})
    return found


def _is_ours(book: Book) -> bool:
    """Whether a workbook has the sheets 参数 and 花名册: blank 附表 have the one alone, other files neither."""
    if book.sheet(PARAMETERS) is None:
        return False
    roster = next(table for table in policy_of(book).tables.values() if table.grain == "roster")
    return bool(find_sheets(book, roster.sheet))


def _compute(book: Book, asked: Asked, found: Department) -> None:
    opened = Opened(book)
    found.policy, found.title = opened.policy.id, opened.policy.title
    texts = opened.parameters.settings.texts
    found.company, found.department = texts.get("company", ""), texts.get("department", "")
    names = {} if asked.people else opened.names
    try:
        targets = targets_of(opened.policy, asked.period)
    except Stop as nothing:
        found.state = "nothing"
        found.said.append(("hint", str(nothing)))
        return
    try:
        for target in targets:
            result, problems = _result(opened, target, asked)
            found.outcomes.append(_outcome(opened.policy, target, result, asked))
            _tell(found, problems, names)
        found.state = "done"
    except Refusal as refusal:
        found.state = "refused"
        _tell(found, refusal.problems, names)


def _result(opened: Opened, target: Target, asked: Asked) -> tuple[Result, list[Problem]]:
    """(the result with that of the period before, its problems); written where that is asked.  Raises Refusal."""
    if not asked.write:
        problems = job.findings(opened.parameters, opened.tables, (target.output, target.period))
        return job.result(opened.parameters, opened.tables, target.output, target.period), problems
    from xl_kpi.actions.company_pay import company_of
    from xl_kpi.actions.result import result as make
    from xl_kpi.workbook.edit import edit
    from xl_kpi.workbook.store import save

    outcome = make(opened, target)
    assert outcome.result is not None
    company = company_of(opened, target, outcome, opened.book.path.parent)
    after, _, _ = edit(opened.book.data, opened.book.path.name, outcome.changes, False)
    if after != opened.book.data:
        save(opened.book.path, opened.book.data, after)
        opened.book = read(opened.book.path)
    if company is not None:
        company.write()
    return outcome.result, outcome.problems


def _outcome(policy: Policy, target: Target, result: Result, asked: Asked) -> Outcome:
    types = {column.heading: column.type for column in result.columns}
    totals: dict[str, tuple[str, str]] = {
        heading: (types[heading], str(value)) for heading, value in result.totals.items()
        if heading in types and value is not None and value is not REFUSED}
    total = grand_total(result)
    money = [heading for heading, (kind, _) in totals.items() if kind == "money"]
    main = total.heading if total is not None and total.heading in money else next(reversed(money), "")
    found = Outcome(target.output.name, result.period, len(result.lines), totals, main)
    before = result.previous
    if before is not None and main:
        value = before.totals.get(main)
        found.last = None if value is None or value is REFUSED else str(value)
    if asked.people and main:
        was = {str(line[ID]): line.get(main) for line in before.lines} if before is not None else {}
        found.people = [{ID: str(line[ID]), NAME: str(line.get(NAME) or ""), "amount": str(line.get(main) or 0),
                         "last": None if was.get(str(line[ID])) is None else str(was[str(line[ID])])}
                        for line in result.lines]
    if asked.table:
        clauses = {column.heading: cited(_clause(policy, column)) for column in target.output.columns}
        found.rows = [
            [str(line[ID]), str(line.get(NAME) or "") if asked.people else "", heading, _text(value, types[heading]),
             types[heading], clauses.get(heading, "")]
            for line in result.lines for heading, value in line.items()
            if heading in types and heading not in (ID, NAME) and value is not None and value is not REFUSED]
    return found


def _clause(policy: Policy, column: OutputColumn) -> str:
    """The clause of a column, else that of what it shows."""
    rule = policy.quantities.get(column.quantity)
    return column.clause or (rule.clause if rule is not None else "")


def _text(value: Any, kind: str) -> str:
    """A value as JSON has it, as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(job.shown(value, kind)) if kind in ("money", "score", "percent") else str(value)


def _tell(found: Department, problems: list[Problem], names: dict[str, str]) -> None:
    """Count problems and say them by their cause.  ``names``: of people whom nobody is to read of."""
    for problem in problems:
        found.levels[problem.level] = found.levels.get(problem.level, 0) + 1
    for case in cases(problems)[:MOST_SAID]:
        text = case.text
        if names:
            people = len({p.person for p in case.problems if p.person})
            text = case.first.what + (f"（{people} 人）" if people else "")
            for person, name in names.items():
                for who in (f"{person} {name}", name, person):
                    if len(who) > 1 and who in text:
                        text = text.replace(who, WHOSE)
        found.said.append((case.first.level, f"{case.where}　{text}".strip("　")))
