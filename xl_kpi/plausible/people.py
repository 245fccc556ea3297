"""Roster and dates: rows of people who are not there, of another post, or of a time when nobody is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from xl_kpi.period import GRAINS, Month
from xl_kpi.plausible.look import Look, days_of, key_column, month_of_day, period_column, rows_of, when
from xl_kpi.policy.names import PERIODIC, key_grain
from xl_kpi.problems import Problem
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import OK
from xl_kpi.tables.cells import NUMBERS
from xl_kpi.tables.reading import Reading


def off_the_roster(look: Look) -> Iterator[Problem]:
    """Data of a period for somebody who is not on its roster: with a wrong year in 入职日期 the person is gone.

    An error where something is said (a count, hours or a score above 0, an item); only noughts, tests and the forms of
    a quarter: a warning.
    """
    for reading, facts in look.readings(*PERIODIC, "items"):
        filled = _filled(reading)
        grain = reading.table.grain
        for period, rows in look.periods(reading, look.rows(reading)):
            away = look.in_period(period)[1] & ~look.wanted(reading, period)
            for row in rows_of(rows & away[facts.person]):
                because, cell = look.dates(int(facts.person[row]), period)
                why = f"（{because}）" if because else ""
                counts = grain == "items" or (grain == "month" and bool(filled[row]))
                away_from = f"不在册{why}" if because else f"按制度不在{look.policy.main.naming.title}里"
                what = f"不发工资{why}，却有「{reading.sheet}」" if grain == "items" else (
                    f"{away_from}，「{reading.sheet}」里却有这一期的数据" if counts or grain != "month" else
                    f"{away_from}，「{reading.sheet}」里却有一行，都是 0 或空着")
                yield look.problem(
                    "error" if counts else "warning", reading, row, key_column(reading), f"{when(period)} {what}",
                    f"核对{cell + ' 的日期，' if cell else ''}这一行的工号和{look.heading(period_column(reading))}；"
                    f"确实{'不在册' if because else '不算'}的，删除这一行", f"off the roster {reading.name} {counts}")


def _filled(reading: Reading) -> np.ndarray:
    """The rows in which a number is above 0."""
    found = np.zeros(reading.size, bool)
    for column in reading.table.columns:
        if column.type in NUMBERS and not column.ignored:
            value = reading.values[column.name]
            found |= (value.array(reading.size) > 0) & (value.states(reading.size) == OK)
    return found


def events_outside(look: Look) -> Iterator[Problem]:
    """An event before 入职日期, or after 离职日期: in that month it counts, in the next ones it moves nothing, later it
    is an error."""
    hired, has_hired = look.roster_date(look.role.hired)
    left, has_left = look.roster_date(look.role.left)
    last_month = month_of_day(left)
    for reading, facts in look.readings("events"):
        if key_grain(reading.table) is not None:                # of a month or the like: it has no day
            continue
        date = period_column(reading)
        days = reading.cells[date].day
        assert days is not None
        rows, who = look.rows(reading), facts.person
        early = rows & has_hired[who] & (days < hired[who])
        late = rows & ~early & has_left[who] & (days > left[who])
        after = np.where(late, reading.periods.first - last_month[who], 0)
        for row in rows_of(early | late):
            column = look.role.hired if early[row] else look.role.left
            day = dt.date.fromordinal(int((hired if early[row] else left)[who[row]]))
            cell = f"{look.roster.sheet} {look.roster.cell(column, int(who[row]))}"
            side = "前" if early[row] else "后"
            text = f"{dt.date.fromordinal(int(days[row]))} 在{look.heading(column)} {day} 之{side}"
            wrong = early[row] or after[row] > look.role.months_after_leaving
            text += "，对不上" if wrong else "，仍算在当月" if after[row] == 0 else "，不影响星级和工资"
            yield look.problem("error" if wrong else "warning", reading, row, date, text,
                               f"核对这一行的日期和工号，以及{cell} 的日期；写错的改正，不是这个人的删除",
                               f"event outside {reading.name} {bool(early[row])} {wrong} {after[row] == 0}")


def form_of_another_post(look: Look) -> Iterator[Problem]:
    """Somebody in the form of a post that is not theirs in the month, or that they did not hold in a longer period."""
    posts = look.role.posts
    for reading, facts in look.readings(*GRAINS):
        post = posts.get(reading.name)
        if post is None:
            continue
        for period, rows in look.periods(reading, look.rows(reading)):
            here = look.in_period(period)[0]
            held, known = _held(look, post, period)
            for row in rows_of(rows & (here & known & ~held)[facts.person]):
                theirs = _post(look, int(facts.person[row]), period)
                other = next((look.tables.readings[name].sheet for name, label in posts.items() if label == theirs
                              and look.policy.tables[name].grain == reading.table.grain), "")
                yield look.problem(
                    "error", reading, row, key_column(reading),
                    f"{when(period)} 的岗位是{theirs}，却写在「{reading.sheet}」里",
                    (f"移到「{other}」" if other else "删除这一行")
                    + f"；岗位写错的，改正{look.roster.sheet}和人事变动",
                    f"another post {reading.name}")


def _days(look: Look, period: Period) -> list[int]:
    """The days on which a post counts: of a month the last, of longer periods the first and every day of a change."""
    first, last = days_of(period)
    if not period or period[0] == "month":
        return [last]
    changes = look.facts.changes.get(look.role.post)
    changed = np.unique(changes.day) if changes is not None else np.zeros(0, np.int64)
    return [first, *changed[(changed > first) & (changed <= last)].tolist()]


def _held(look: Look, post: str, period: Period) -> tuple[np.ndarray, np.ndarray]:
    """(who holds a post at some time of a period, of whom that is known)."""
    size = look.facts.size
    held, known = np.zeros(size, bool), np.ones(size, bool)
    for day in _days(look, period):
        value = look.facts.as_of(look.role.post, np.full(size, day, np.int64))
        code = (value.choices or ()).index(post)
        known &= value.states(size) == OK
        held |= value.array(size) == code
    return held, known


def _post(look: Look, person: int, period: Period) -> str:
    size = look.facts.size
    return look.facts.as_of(look.role.post, np.full(size, days_of(period)[1], np.int64)).at(person) or ""


def nowhere(look: Look) -> Iterator[Problem]:
    """A row long before or after all attendance, whatever the period asked for: a slip in the year."""
    if look.span is None:
        return
    first, last = look.span
    around = look.role.months_around
    for reading, _ in look.readings(*PERIODIC, "events", "items"):
        month, ends = reading.periods.first, reading.periods.last
        column = period_column(reading)
        for row in rows_of((month >= 0) & ((ends < first - around) | (month > last + around))):
            yield look.problem(
                "warning", reading, row, column,
                f"「{look.heading(column)}」是 {when(reading.period(row))}，"
                f"离考勤的月份（{Month(first)} 至 {Month(last)}）太远",
                "核对年份和月份，写错的改正；不属于这个工作簿的删除", f"nowhere {reading.name}")


def hired_long_ago(look: Look) -> Iterator[Problem]:
    """An 入职日期 more than a working life before the period."""
    if look.span is None or not look.months or not look.role.hired:
        return
    days, there = look.roster_date(look.role.hired)
    latest = Month(min(look.months[-1], look.span[1]) if look.asked is None else look.months[-1])
    years = look.role.years_employed
    limit = Month(latest.index - years * 12).first_day.toordinal()
    here = look.on_roster(latest.index)[0]
    for person in rows_of(there & here & (days < limit)):
        day = dt.date.fromordinal(int(days[person]))
        yield look.about("warning", person, f"{look.heading(look.role.hired)} {day} 在 {years} 年以前",
                         "核对年份", look.roster.sheet, look.roster.cell(look.role.hired, person))
