"""Every input table of a policy from a workbook, checked as far as that needs no period."""

from __future__ import annotations

import numpy as np

from xl_kpi.engine import Run
from xl_kpi.facts import Changes, Facts, RowPeriods, Rows
from xl_kpi.policy.compiled import Policy, RowCheck
from xl_kpi.policy.names import PERIODIC
from xl_kpi.policy.settings import Settings
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem
from xl_kpi.rules.values import BLANK
from xl_kpi.tables.cells import seen
from xl_kpi.tables.changes import read_changes
from xl_kpi.tables.melt import melt
from xl_kpi.tables.people import Roster, doubles, misplaced
from xl_kpi.tables.reading import Closed, Finding, Reader, Reading, Tables
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.grid import address


def read_tables(book: Book, policy: Policy, settings: Settings, closed: Closed = Closed()) -> Tables:    # noqa: B008
    """All input tables of a workbook; ``closed``: the periods of which nothing is said any more."""
    reader = Reader(book, policy, closed)
    readings = {name: reader.read(name, table) for name, table in policy.sheets.items()}
    roster = next(reading for reading in readings.values() if reading.table.grain == "roster")
    if not roster.rows and not roster.missing:
        wanted = "、".join(column.heading for column in roster.table.columns if column.required)
        cell = address(roster.heading + 1, roster.at[roster.column("id").name])
        reader.findings.append(Finding(Problem(
            "warning", f"{roster.sheet}里还没有人", f"一人一行，填上{wanted}", roster.sheet, cell), roster.name))
    people = Roster(reader, roster)
    changes: dict[str, Changes] = {}
    rows: dict[str, Rows] = {}
    # new names first: they are names in the other tables too
    for name, reading in sorted(readings.items(), key=lambda one: one[1].table.grain != "changes"):
        grain = reading.table.grain
        if grain == "roster":
            continue
        person = people.owners(reading)
        if grain == "changes":
            changes = read_changes(reader, reading, roster, person)
        if grain in PERIODIC or reading.table.unique:
            doubles(reader, reading, person)
        if grain == "period":
            misplaced(reader, reading)
        rows[name] = Rows(reading.values, person, reading.periods,
                          doubtful=_doubtful(reading, person, roster.size), lost=reading.lost)
    for name, table in policy.tables.items():
        if table.melts:
            reading, person = melt(reader, readings[table.melts], rows[table.melts].person, name, table)
            readings[name] = reading
            rows[name] = Rows(reading.values, person, reading.periods)
    table_of = {column.name: name for name, table in policy.tables.items() for column in table.columns}
    grain_of = {column.name: table.grain_of(column) for table in policy.tables.values() for column in table.columns}
    facts = Facts(roster.ids, roster.texts("name"), roster.values, rows, table_of, grain_of, changes,
                  name_column=roster.column("name").name)
    _row_checks(reader, readings, facts, settings)
    return Tables(policy, readings, reader.complete(readings, facts), facts, closed)


def _doubtful(reading: Reading, person: np.ndarray, people: int) -> np.ndarray | None:
    """The people of whom a missing row is no blank: the sheet is missing, or the period of a row is not known."""
    if reading.table.grain not in PERIODIC:
        return None
    if reading.missing:
        return np.ones(people, bool)
    lost = (person >= 0) & ~reading.periods.known
    if not lost.any():
        return None
    mask = np.zeros(people, bool)
    mask[person[lost]] = True
    return mask


def _row_checks(reader: Reader, readings: dict[str, Reading], facts: Facts, settings: Settings) -> None:
    """The checks that the policy declares for the rows of its tables."""
    run = Run(settings, facts)
    for name, reading in readings.items():
        if not reading.table.checks or not reading.rows:
            continue
        of_roster = reading.table.grain == "roster"
        if of_roster:
            facts.tables[name] = Rows(reading.values, np.arange(reading.size),
                                      RowPeriods.of_months(np.zeros(reading.size, np.int64)))
        env = run.rows(name)
        hits = []
        for check in reading.table.checks:
            hit = check.when.evaluate(env).true(env.size)
            for row in np.flatnonzero(hit).tolist():
                _say(reader, reading, check, row)
            if check.level == "error" and hit.any():
                hits.append((check, hit))
        for check, hit in hits:
            reading.refuse(check.columns, hit)
        if of_roster:
            del facts.tables[name]


def _say(reader: Reader, reading: Reading, check: RowCheck, row: int) -> None:
    """A check's finding, at the first of its columns that is blank, else at its first."""
    columns = {c.name: c for c in reading.table.columns}
    blank = next((c for c in check.columns if reading.values[c].states(reading.size)[row] == BLANK), "")
    column = columns[blank or check.columns[0]]
    raw = reading.raw[column.name][row] if column.name in reading.at else None
    filled = "" if raw is None or blank else f"填的是 {seen(raw).removeprefix('日期 ')}；"
    reader.add(reading, column, row, f"{check.text}（{filled}{cited(check.clause)}）", check.do, level=check.level,
               also=tuple(check.columns))
