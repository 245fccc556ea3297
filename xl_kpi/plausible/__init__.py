"""What may be typed and cannot be right: every entry of "Never silent", one small function each.

An entry looks at the tables through a ``Look`` (which periods, who was on the roster, what is usual) by the grain, type
and role of columns, never by a policy's names: what it cannot see there, and its thresholds, the policy file says in
its section ``plausible``.  It knows neither sheets nor jobs and changes nothing.

``ENTRIES`` say what they find of the periods looked at.  ``REFUSALS`` say which cells cannot be used, and so stop the
jobs that need them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xl_kpi.engine import Run
from xl_kpi.parameters import Parameters
from xl_kpi.plausible import counts, forms, items, people, stated, usual
from xl_kpi.plausible.look import Look
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.settings import Settings
from xl_kpi.problems import Problem
from xl_kpi.rules.periods import Period
from xl_kpi.tables.read import read_tables
from xl_kpi.tables.reading import Closed, Finding, Tables
from xl_kpi.workbook.book import Book

Entry = Callable[[Look], Iterable[Problem]]
CellEntry = Callable[[Look], Iterable[Finding]]

ENTRIES: tuple[Entry, ...] = (
    people.off_the_roster, people.events_outside, people.form_of_another_post, people.nowhere, people.hired_long_ago,
    counts.blank_rows, counts.too_often,
    usual.points_as_share, usual.unusual, usual.unusual_pay, usual.same_scores, usual.nobody_tested, usual.far_above,
    items.missing_items, items.names_alike, items.deduction_as_earning, items.unusual_items, items.above_all_else,
    items.identical_rows,
    stated.stated_but_blank,
)
FORMS: tuple[Entry, ...] = (forms.forms_outdated,)
REFUSALS: tuple[CellEntry, ...] = (counts.hours_and_counts, usual.score_as_share)


def implausible(tables: Tables, parameters: Parameters, run: Run, asked: frozenset[Period] | None = None,
                compare: bool = True) -> list[Problem]:
    """What is implausible in the periods asked for (None: in all that hold data), never in a closed one.

    ``compare``: the forms of a review with what it gives now.
    """
    if not tables.facts.size:
        return []                       # that nobody is there has been said
    look = Look(tables, parameters.settings, run, asked)
    return [problem for entry in (*ENTRIES, *(FORMS if compare else ())) for problem in entry(look)]


def read_plausible(book: Book, policy: Policy, settings: Settings, closed: Closed = Closed()) -> Tables:    # noqa: B008
    """All input tables of a workbook (``read_tables``); the cells that cannot be right are refused."""
    tables = read_tables(book, policy, settings, closed)
    if tables.facts.size:
        look = Look(tables, settings, Run(settings, tables.facts))
        tables.findings += [finding for entry in REFUSALS for finding in entry(look)]
    return tables
