"""Exports with a row a person and the days across: the month reports of 钉钉 and 企业微信, tick sheets, lists of times.

They differ only in what stands in the cells; sums stand in further columns.
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

from xl_kpi.forms.imports import legend
from xl_kpi.forms.imports.cells import NOTHING, said
from xl_kpi.forms.imports.grid import HALVES, Grid, days_of, span_of
from xl_kpi.forms.imports.model import Event, Export, Punches, Total
from xl_kpi.forms.imports.things import HOURS, MINUTES, THINGS, TIMES, counts_unknown, heading, kind_name
from xl_kpi.forms.imports.times import clock_times
from xl_kpi.hand.days import read_month
from xl_kpi.hand.numbers import typed
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.period import Month
from xl_kpi.problems import Problem, Refusal

TICKS, TIMES_LIST = "考勤表", "打卡时间表"
FEW_DAYS = 5            # so many columns of days make such a sheet; less are sums of something else


def is_across(found: Grid) -> bool:
    return len(found.of("day")) >= FEW_DAYS or (bool(found.of("total")) and not found.of("date") and not (
        found.of("in") or found.of("out") or found.of("punch")) and len(found.of("total")) >= 2)


def read(found: Grid, month: Month) -> Export:
    """Raises Refusal where the days in the headings do not fit the month that the export is of."""
    system = kind_name(found.title)
    span, doubt = span_of(found, month)
    first, last = span or (month.first_day, month.last_day)
    if last < month.first_day or first > month.last_day or first > last:
        return Export(system or TICKS, found.file, found.sheet.name, bool(system), first, last, found.place(0, 0),
                      people=[person for _, person, again in found.people() if not again])
    days = days_of(found, first, last)
    if isinstance(days, str):
        raise Refusal([Problem(
            "error", f"{found.file} 表头的日期、星期与 {first:%Y-%m-%d} 至 {last:%Y-%m-%d} 对不上",
            "核对是不是这个月的导出，表头有没有改过", found.sheet.name, days)])
    export = Export(system or TICKS, found.file, found.sheet.name, bool(system), when=found.place(0, 0),
                    days=sorted({day for day in days.values() if day is not None}))
    export.first, export.last = span or (None, None)
    export.doubt = doubt
    rows: set[int] = set()
    further = False
    for row, person, again in found.people():
        rows.add(row)
        if not again and not _of(found, export, row, month):
            continue
        if not again:
            export.people.append(person)
            _totals(found, export, row)
        further = further or again
        for at, day in days.items():
            _cell(found, export, row, at, day)
    columns = {column.at: column.path.rpartition(">")[2] for column in found.of("day")}
    if further or any(squeezed(leaf) in HALVES for leaf in columns.values()):
        _halves(export)
    export.unused = [column.path for column in found.columns if not column.role and counts_unknown(
        column.path.rpartition(">")[2])]
    _only_times(export)
    if not system:
        export.legend, export.legend_at = legend.legend(found, rows)
    if system and export.days:
        export.covers = covered(export)
    elif not export.days:
        export.covers = set()
    for total in export.totals:
        if export.covers is not None:
            export.covers |= set(total.things)
    return export


def _of(found: Grid, export: Export, row: int, month: Month) -> bool:
    """Whether a row is of the month, where a column says of which it is."""
    for column in found.of("month"):
        value = found.sheet.rows[row][column.at]
        try:
            return read_month(value) == month
        except ValueError as error:
            if not is_blank(value):
                export.unread.append((-1, found.place(row, column.at), str(error)))
    return True


def covered(export: Export) -> set[str]:
    """The things of which the report of a system says all: whatever punches come to; of leaves those that it knows,
    which have a column of sums or that somebody has."""
    known = {event.said.thing for event in export.events}
    return {name for name, thing in THINGS.items() if not thing.nothing and not thing.seldom
            and (not thing.leave or name in known)}


def _cell(found: Grid, export: Export, row: int, at: int, day: dt.date | None) -> None:
    who, place = len(export.people) - 1, found.place(row, at)
    if lost := found.lost(row, at):
        export.unread.append((who, place, lost))
        return
    text = found.text(row, at)
    if day is None:
        if text.strip() not in ("", "/", "\\", "-") and not NOTHING.fullmatch(squeezed(text)):
            export.unread.append((who, place, f"这一天不在统计的月份里，写着“{text.strip()}”"))
        return
    if not text.strip():
        export.blank.append((who, day, place, False))
    for one in said(text):
        export.events.append(Event(who, day, one, place))


def _halves(export: Export) -> None:
    """A sheet with two rows a person: what each says is of half a day."""
    export.events = [Event(e.person, e.day, e.said, e.place, True) for e in export.events]
    export.blank = [(who, day, place, True) for who, day, place, _ in export.blank]


def _totals(found: Grid, export: Export, row: int) -> None:
    for column in found.of("total"):
        counts = heading(column.path.rpartition(">")[2])
        if counts is None or counts.unit == MINUTES or all(THINGS[thing].nothing for thing in counts.things):
            continue
        who, place = len(export.people) - 1, found.place(row, column.at)
        unread = export.unsummed if export.days else export.unread
        if lost := found.lost(row, column.at):
            unread.append((who, place, lost))
            continue
        text = squeezed(found.text(row, column.at))
        if text.endswith(("分钟", "分")):
            continue
        unit, value = counts.unit, Fraction(0)
        if text and not re.fullmatch(r"[-—–/]+|无", text):
            known = next((u for u in ("小时", "天", "次") if text.endswith(u)), "")
            number = typed(text, known or unit or HOURS)
            if number.number is None:
                unread.append((who, place, f"写着“{text}”，不是数字"))
                continue
            unit, value = known or unit, Fraction(str(number.number))
        if unit or value or all(THINGS[thing].per == TIMES for thing in counts.things):
            export.totals.append(Total(who, counts.things, unit, value, place, column.path))


def _only_times(export: Export) -> None:
    """A sheet whose cells hold nothing but times: they are punches."""
    texts = {event.said.text for event in export.events}
    if not texts or any(clock_times(text) is None for text in texts):
        return
    of: dict[tuple[int, dt.date], list[Event]] = {}
    for event in export.events:
        of.setdefault((event.person, event.day), []).append(event)
    export.kind = f"{export.kind}的{TIMES_LIST}" if export.system else TIMES_LIST
    export.system, export.covers = False, set()
    for (person, day), events in of.items():
        times = sorted(minute for event in events for minute in clock_times(event.said.text) or ())
        text = " ".join(event.said.text for event in events)
        export.punches.append(Punches(person, day, events[0].place, text, tuple(times)))
    export.events, export.blank = [], []
