"""Attendance: hours without a count, rows that nobody filled in, more than the days of a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from xl_kpi.calendar_cn import Calendar, CalendarLacks
from xl_kpi.hand.texts import is_blank
from xl_kpi.period import Month
from xl_kpi.plausible.look import Look, key_column, rows_of, when
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem
from xl_kpi.rules.values import OK, REFUSED
from xl_kpi.tables.cells import NUMBERS
from xl_kpi.tables.reading import Finding, Reading


def hours_and_counts(look: Look) -> Iterator[Finding]:
    """Hours above 0 without a count; where both are needed, a count without hours."""
    for name, hours in look.role.hours.items():
        reading = look.tables.readings[look.facts.table_of[name]]
        if not reading.size or name not in reading.at or hours.count not in reading.at:
            continue
        many, some = (_above(reading, one) for one in (name, hours.count))
        none, nothing = (_zero(reading, one) for one in (hours.count, name))
        rows = look.rows(reading)
        yield from _lacking(look, reading, rows & many & none, name, hours.count, hours.clause)
        lone = rows & some & nothing
        if hours.both is None or not lone.any():
            continue
        person = look.facts.tables[reading.name].person
        for period, here in look.periods(reading, lone):
            both = look.run.evaluate(hours.both, period).true(look.facts.size)
            yield from _lacking(look, reading, here & both[person], hours.count, name, hours.clause)


def _lacking(look: Look, reading: Reading, rows: np.ndarray, filled: str, lacking: str, clause: str
             ) -> Iterator[Finding]:
    """``filled`` says something that ``lacking`` does not."""
    there, missing = look.heading(filled), look.heading(lacking)
    for row in rows_of(rows):
        value = look.shown(reading, filled, row)
        yield Finding(
            look.problem("error", reading, row, lacking, f"「{there}」填了 {value}，没有填{missing}（{cited(clause)}）",
                         f"补上{missing}；没有发生的，清空{there}"),
            reading.name, row, lacking, within="open", period=reading.period(row))
    reading.refuse([lacking], rows)


def _above(reading: Reading, column: str) -> np.ndarray:
    value = reading.values[column]
    return (value.array(reading.size) > 0) & (value.states(reading.size) == OK)


def _zero(reading: Reading, column: str) -> np.ndarray:
    """Nothing, or nought."""
    value = reading.values[column]
    return (value.array(reading.size) == 0) & (value.states(reading.size) != REFUSED)


def blank_rows(look: Look) -> Iterator[Problem]:
    """A row of attendance that is blank altogether, while most of the month's rows are not."""
    if not look.role.attendance:
        return
    reading = look.tables.readings[look.role.attendance]
    rows = look.rows(reading)
    if not rows.any():
        return
    filled = ~rows
    for column in reading.table.columns:
        if column.type in NUMBERS and not column.ignored and column.name in reading.at:
            raw = reading.raw[column.name]
            filled |= reading.values[column.name].states(reading.size) == REFUSED
            for row in rows_of(~filled):
                filled[row] = not is_blank(raw[row])
    for period, here in look.periods(reading, rows):
        if int((here & filled).sum()) * 100 < int(here.sum()) * look.role.rows_filled:
            continue
        for row in rows_of(here & ~filled):
            yield look.problem("warning", reading, row, key_column(reading),
                               f"{when(period)} 这一行整行空着，而别人的大多填了", "没有缺勤的填 0，忘了填的补上",
                               f"blank row {reading.name}")


def too_often(look: Look) -> Iterator[Problem]:
    """迟到, 早退 or 旷工 on more than the month's workdays."""
    for name in look.role.daily:
        reading = look.tables.readings[look.facts.table_of[name]]
        if not reading.size:
            continue
        value = reading.values[name]
        many = value.array(reading.size)
        for period, rows in look.periods(reading, look.rows(reading) & (value.states(reading.size) == OK) & (many > 0)):
            assert period
            days = _workdays(look.settings.calendar, Month(period[1]))
            for row in rows_of(rows & (many > days)):
                yield look.problem("warning", reading, row, name, f"「{look.heading(name)}」是 {int(many[row])}，"
                                   f"多于 {when(period)} 的 {days} 个工作日", "核对次数")


def _workdays(calendar: Calendar, month: Month) -> int:
    """Mondays to Fridays where the calendar does not know the year."""
    try:
        return calendar.workdays(month.first_day, month.last_day)
    except CalendarLacks:
        return sum((month.first_day + timedelta(days=n)).weekday() < 5 for n in range(month.days))
