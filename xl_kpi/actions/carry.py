"""What next year's workbook takes over from last year's: people, parameters, and the rows that its first quarter needs.

Which rows these are follows from the policy: the periods in which its rules read each table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi import job
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.opened import Opened
from xl_kpi.parameters import COLUMNS, SHEET, parameter_rows
from xl_kpi.period import Month, Quarter, bounds, key_of, period_of
from xl_kpi.policy.model import Column
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import OK
from xl_kpi.tables import Reading
from xl_kpi.tables.cells import NUMBERS, ReadCells
from xl_kpi.tables.headings import find_sheets
from xl_kpi.tables.holidays import SHEET as HOLIDAYS
from xl_kpi.tables.holidays import holiday_rows
from xl_kpi.tables.invited import SHEET as INVITED
from xl_kpi.workbook.book import Mark, Sheet
from xl_kpi.workbook.tabs import is_ours
from xl_kpi.workbooks.parameter_rows import rows as standard_rows

Row = dict[str, Any]
PLAIN = Mark()
STANDARD = {column.heading for column in COLUMNS}       # of 参数


@dataclass
class Carried:
    """``rows``: sheet → rows (heading → value); ``extra``: sheet → further headings of HR's and their number formats;
    ``items``: label → headings of the items that are columns; ``first``: the first month of which there are rows."""

    first: Month
    rows: dict[str, list[Row]] = field(default_factory=dict)
    extra: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    items: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


def carried(old: Opened, year: int) -> Carried:
    """What the workbook of a year takes over from an older one."""
    quarter = Quarter.of(year, 1)
    needed = looked_at(old, quarter)
    found = Carried(min((_month(one) for periods in needed.values() for one in periods), default=quarter.months[0]))
    keeper = _Keeper(old, quarter, needed, found)
    found.rows[SHEET], further = _parameters(old, found.first)
    if further:
        found.extra[SHEET] = further
    for name, table in old.policy.sheets.items():
        keeper.table(name)
        if found.rows.get(table.sheet):
            found.said.append(f"{table.sheet}：带过来 {len(found.rows[table.sheet])} 行")
    if old.policy.workdays and (rows := list(holiday_rows(old.book))):
        found.rows[HOLIDAYS] = rows
        found.said.append(f"{HOLIDAYS}：带过来 {len(rows)} 行")
    known = {HOLIDAYS, INVITED}
    known |= {old.tables.readings[name].sheet for name in old.policy.sheets} | {old.parameters.settings.sheet}
    known |= {sheet.name for name in old.policy.written_on for sheet in find_sheets(old.book, name)}
    others = [f"{s.name}（隐藏的）" if s.hidden else s.name for s in old.book.sheets
              if s.name not in known and not is_ours(s.name)]
    if others:
        found.said.append(f"没有带过来的工作表（自己加的）：{'、'.join(others)}；还要用的，复制到新的工作簿里")
    if keeper.formulas:
        found.said.append(f"公式只带来了算好的值：{'、'.join(keeper.formulas)}")
    return found


def looked_at(old: Opened, quarter: Quarter) -> dict[str, set[Period]]:
    """Table → the periods in which it is read for the months and the review of a quarter; of items also the months
    before that say what is usual."""
    policy = old.policy
    jobs = {(name, month.within(output.period)): output for month in quarter.months
            for name, output in policy.outputs.items() if output.period != "span"}
    found: dict[str, set[Period]] = {name: set() for name in policy.tables}
    for read, one in job.read_by(old.parameters, old.tables, [(output, one) for (_, one), output in jobs.items()]):
        if one:
            found[read].add(one)
    before = {("month", (quarter.months[0] - n).index) for n in range(1, policy.plausible.months_before + 1)}
    for name, table in policy.tables.items():
        if table.grain == "items":
            found[name] |= before
            if table.melts:
                found[table.melts] |= found[name]
    return found


def _month(period: Period) -> Month:
    """The (first) month of a period."""
    return period_of(period).months[0] if period else Month(0)


class _Keeper:
    """Takes over the rows of one table after the other."""

    def __init__(self, old: Opened, quarter: Quarter, needed: Mapping[str, set[Period]], found: Carried):
        self.old, self.quarter, self.needed, self.found = old, quarter, needed, found
        self.formulas: list[str] = []
        self.gone = self._gone()

    def _gone(self) -> np.ndarray:
        """Who had left before the first month carried over."""
        facts, column = self.old.tables.facts, self.old.policy.plausible.left
        if not column:
            return np.zeros(facts.size, bool)
        left = facts.roster[column]
        days = left.array(facts.size)
        return (left.states(facts.size) == OK) & (days < self.found.first.first_day.toordinal())

    def table(self, name: str) -> None:
        reading = self.old.tables.readings[name]
        sheet = self.old.book.sheet(reading.sheet) if reading.heading >= 0 else None
        if sheet is None:
            return
        keep = np.flatnonzero(self._kept(name, reading)).tolist()
        rows: list[Row] = [{} for _ in keep]
        for column in reading.table.columns:
            if column.name in reading.at:
                for row, at in zip(rows, keep, strict=True):
                    row[column.heading] = _value(sheet, reading, column, at)
        self._further(name, sheet, reading, keep, rows)
        self.found.rows[reading.table.sheet] = rows

    def _kept(self, name: str, reading: Reading) -> np.ndarray:
        """The rows that are taken over; such as say no period too: that has to be mended, not lost."""
        if reading.table.grain == "roster":
            return ~self.gone
        person = self.old.tables.facts.tables[name].person
        here = ~((person >= 0) & self.gone[np.maximum(person, 0)]) if self.gone.size else np.ones(reading.size, bool)
        if reading.table.grain == "changes":
            return here
        wanted = ~reading.periods.known | (reading.periods.last >= self.quarter.months[0].index)
        for period in self.needed[name]:
            if period:
                wanted |= reading.periods.within(*bounds(period))
        return here & wanted

    def _further(self, name: str, sheet: Sheet, reading: Reading, keep: list[int], rows: list[Row]) -> None:
        """HR's own columns, and items that are columns."""
        melted = next((n for n, t in self.old.policy.tables.items() if t.melts == name), "")
        amounts = self.old.tables.readings[melted] if melted else None
        sides: dict[int, str] = {}
        if amounts is not None:
            label = amounts.cells[amounts.column("choice").name].value
            sides = {at: label.at(k) or "" for k, at in enumerate(amounts.spread)}
        known = {squeezed(column.heading) for column in reading.table.columns}
        extra: list[tuple[str, str]] = []
        for at, heading in enumerate(sheet.rows[reading.heading]):
            text = heading.strip() if isinstance(heading, str) else ""
            if at in reading.at.values() or not text:
                continue
            values = [_raw(sheet, reading.rows[row], at) for row in keep]
            if all(is_blank(value) for value in values) and at not in sides:
                continue
            if squeezed(text) in known:
                self.found.said.append(f"{reading.sheet}：“{text}”一列没有带过来（有同名的列）")
                continue
            known.add(squeezed(text))
            if sides.get(at):
                self.found.items.setdefault(sides[at], []).append(text)
            else:
                extra.append((text, _format(values)))
            if any(sheet.marks.get((reading.rows[row], at), PLAIN).formula for row in keep):
                self.formulas.append(f"{reading.sheet}“{text}”")
            for row, value in zip(rows, values, strict=True):
                row[text] = value
        if extra:
            self.found.extra[reading.table.sheet] = extra


def _raw(sheet: Sheet, row: int, at: int) -> Any:
    return _content(sheet.rows[row][at], sheet.marks.get((row, at), PLAIN))


def _content(value: Any, mark: Mark) -> Any:
    """What a cell holds; an error value as its text, so that it is no blank."""
    if value is None:
        return mark.instead or None
    if mark.shown:
        return mark.shown
    return value.date() if isinstance(value, dt.datetime) and value.time() == dt.time() else value


def _format(values: list[Any]) -> str:
    """The number format of a column of HR's own."""
    filled = [value for value in values if not is_blank(value)]
    if all(isinstance(value, dt.date) for value in filled):
        return "yyyy-mm-dd"
    return "@" if all(isinstance(value, str) for value in filled) else "General"


def _value(sheet: Sheet, reading: Reading, column: Column, row: int) -> Any:
    """A cell as the standard workbook writes it; what could not be read as it stands."""
    if column.name in reading.raw:      # where a merged area counts for each of its rows
        raw = _content(reading.raw[column.name][row], reading.marks.get(column.name, {}).get(row, PLAIN))
    else:
        raw = _raw(sheet, reading.rows[row], reading.at[column.name])
    cells = reading.cells[column.name]
    if is_blank(raw):
        return None
    if column.ignored or column.type == "changed" or cells.states()[row] != OK:
        return raw.isoformat() if isinstance(raw, dt.date) else raw
    return _read(column, cells, row)


def _read(column: Column, cells: ReadCells, row: int) -> Any:
    if column.type in ("id", "name", "text"):
        return cells.texts[row]
    if column.type == "choice":
        return cells.value.at(row)
    if column.type == "date":
        return dt.date.fromordinal(int(cells.value.at(row)))
    if column.type in NUMBERS:
        number = _decimal(cells.value.at(row))
        return number / 100 if column.type == "percent" else number
    assert cells.periods is not None
    return str(period_of(key_of(int(cells.periods[row]))))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _parameters(old: Opened, first: Month) -> tuple[list[Row], list[tuple[str, str]]]:
    """(the rows of 参数: of each parameter that in force in the first month, and the later ones, and what the old
    workbook lacks as in a new one; HR's own columns and their number formats)."""
    standard = {(row["参数"], row.get("键", "") or ""): row for row in standard_rows(old.policy)}
    groups: dict[tuple[str, str], list[tuple[int, Row]]] = {}
    for name, key, month, row in parameter_rows(old.book, old.policy):
        base = standard.get((name, key), {})
        one = {**base, **{heading: value for heading, value in row.items() if not is_blank(value)},
               "参数": name, "值": row.get("值")}
        one |= {heading: _content(value, PLAIN) for heading, value in one.items() if heading not in STANDARD}
        groups.setdefault((name, key), []).append((month, one))
    found: list[Row] = []
    later: list[Row] = []
    for place in dict.fromkeys((*standard, *groups)):
        rows = sorted(groups.get(place, [(0, standard.get(place, {}))]), key=lambda one: one[0])
        begin = max((month for month, _ in rows if month <= first.index), default=0)
        found += [row for month, row in rows if month == begin]
        later += [row for month, row in rows if month > first.index]
    every = [*found, *later]
    further = dict.fromkeys(heading for row in every for heading in row if heading not in STANDARD)
    return every, [(heading, _format([row.get(heading) for row in every])) for heading in further]
