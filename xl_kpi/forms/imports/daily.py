"""Exports with a row a person and day, or a row a punch: 每日统计, 日报, 原始记录, the lists of card readers.

Where the system says what each day was (打卡结果, 考勤结果), that counts; else the times are kept, and what is late is
told from the shifts that are asked for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from xl_kpi.forms.imports.across import covered
from xl_kpi.forms.imports.cells import said
from xl_kpi.forms.imports.grid import ExportColumn, Grid
from xl_kpi.forms.imports.model import Event, Export, Person, Punches, Saying
from xl_kpi.forms.imports.things import DAYS, NORMAL, THINGS, WORDS, heading, kind_name
from xl_kpi.forms.imports.times import clock_times, date_in, without_date
from xl_kpi.hand.texts import normal, squeezed
from xl_kpi.period import Month

SIDES = {"in_result": "上班", "out_result": "下班", "result": ""}
BY_DAY, BY_PUNCH = "打卡明细（一天一行）", "打卡记录（一次一行）"
LONGEST = 30            # days between the first and last of a month or the like
SYSTEMS = {"钉钉月度汇总": "钉钉每日统计", "企业微信月报": "企业微信日报"}


def is_daily(found: Grid) -> bool:
    return bool(found.of("punch") or (found.of("date") and (found.of("in") or found.of("out") or _results(found))))


def _results(found: Grid) -> list[ExportColumn]:
    """What the system says of each punch, else of the day."""
    return [*found.of("in_result"), *found.of("out_result")] or found.of("result")


def read(found: Grid, month: Month) -> Export:
    """The rows of the month; ``first`` and ``last`` are those of all its rows."""
    results = _results(found)
    leaves = [column for column in found.of("total") if (one := heading(column.path.rpartition(">")[2])) is not None
              and all(THINGS[thing].leave for thing in one.things) and one.unit]
    export = Export("", found.file, found.sheet.name, bool(results), when=found.place(found.rows[1] + 1, 0))
    people: dict[tuple[str, str, str], int] = {}
    rows = [(row, person, _day(found, row)) for row, person, _ in found.people()]
    first, last = _span({day for _, _, day in rows if day is not None}, month)
    for row, person, day in rows:
        at = (found.of("date") or found.of("punch"))[0].at
        if day is None:
            export.unread.append((_number(export, people, person), found.place(row, at),
                                  f"“{found.text(row, at).strip()}”看不出是哪一天"))
            continue
        if not first <= day <= last:
            continue
        who = _number(export, people, person)
        lost = [(column, why) for column in (*results, *found.of("in"), *found.of("out"), *found.of("punch"))
                if (why := found.lost(row, column.at))]
        if lost:
            export.unread += [(who, found.place(row, column.at), why) for column, why in lost]
        elif results:
            _results_of(found, export, who, day, row, results, leaves)
        else:
            _times_of(found, export, who, day, row)
    if rows and first <= last:
        export.first, export.last = first, last
        export.days = [first + dt.timedelta(n) for n in range((last - first).days + 1)]
    system = kind_name(found.title)
    export.kind = SYSTEMS.get(system, system) or (BY_DAY if found.of("in") or found.of("out") or results else BY_PUNCH)
    _joined(export)
    if results:
        export.covers = covered(export) | {thing for column in leaves for thing in _things(column)}
    else:
        export.covers = set()
    return export


def _span(days: set[dt.date], month: Month) -> tuple[dt.date, dt.date]:
    """The first and last day that counts: all, where it is one month or its like (26th to 25th); of a longer list those
    of the month."""
    if not days:
        return month.last_day, month.first_day
    if (max(days) - min(days)).days <= LONGEST:
        return min(days), max(days)
    inner = {day for day in days if month.first_day <= day <= month.last_day}
    return (min(inner), max(inner)) if inner else (min(days), max(days))


def _things(column: ExportColumn) -> tuple[str, ...]:
    counts = heading(column.path.rpartition(">")[2])
    return counts.things if counts else ()


def _number(export: Export, people: dict[tuple[str, str, str], int], person: Person) -> int:
    key = (person.number, person.account, person.name)
    if key not in people:
        people[key] = len(export.people)
        export.people.append(person)
    return people[key]


def _day(found: Grid, row: int) -> dt.date | None:
    """The day of a row, by its date or by its punch."""
    for column in (*found.of("date"), *found.of("punch")):
        value = found.sheet.rows[row][column.at]
        if isinstance(value, dt.date):
            return value.date() if isinstance(value, dt.datetime) else value
        if (day := date_in(found.text(row, column.at))) is not None:
            return day
    return None


def _results_of(found: Grid, export: Export, who: int, day: dt.date, row: int, results: list[ExportColumn],
                leaves: list[ExportColumn]) -> None:
    """What the system says of the day, each thing that lasts the day once."""
    once: set[str] = set()
    applied: list[Event] = []
    for column in found.of("application"):
        applied += [Event(who, day, one, found.place(row, column.at)) for one in said(found.text(row, column.at))
                    if one.thing and (THINGS[one.thing].leave or THINGS[one.thing].nothing)]
    if not any(THINGS[event.said.thing].leave for event in applied):
        for column in leaves:
            counts = heading(column.path.rpartition(">")[2])
            text = squeezed(found.text(row, column.at))
            if counts is not None and text:
                parts = said(f"{counts.things[0]}{text}{'' if text[-1:] in '天时' else counts.unit}")
                applied += [Event(who, day, replace(part, text=f"{column.path} {text}"), found.place(row, column.at))
                            for part in parts if part.thing and part.amount]
    export.events += [event for event in applied if THINGS[event.said.thing].leave]
    left = any(THINGS[event.said.thing].leave for event in applied)
    for column in results:
        side = SIDES[column.role]
        for one in said(found.text(row, column.at)):
            thing = WORDS.get(side + one.thing, one.thing) if side else one.thing
            known = THINGS.get(thing)
            if known is not None and (known.nothing or (known.leave and left)):
                continue            # the application says more of it
            if known is not None and known.per == DAYS:
                if thing in once:
                    continue
                once.add(thing)
            export.events.append(Event(who, day, replace(one, thing=thing), found.place(row, column.at)))


def _times_of(found: Grid, export: Export, who: int, day: dt.date, row: int) -> None:
    ins, outs, single = found.of("in"), found.of("out"), found.of("punch")
    due = [found.text(row, column.at).strip() for column in (*found.of("due_in"), *found.of("due_out"))]
    shift = "-".join(due) if len(due) == 2 and all(due) else next(
        (found.text(row, column.at).strip() for column in found.of("shift")), "")
    columns = [*ins, *outs] or single
    place = found.place(row, columns[0].at)
    texts = [without_date(found.text(row, column.at)) for column in columns]
    text = " ".join(filter(None, texts))
    read: list[tuple[int, ...]] = []
    for column, typed in zip(columns, texts, strict=True):
        value = found.sheet.rows[row][column.at]
        one = f"{value:%H:%M}" if isinstance(value, dt.datetime) else typed
        times = clock_times(one) if one and one.strip("-—/ ") else ()
        if times is None:
            word = said(one)
            if word and word[0].thing and all(part.thing for part in word):    # 休息, 未打卡, 事假 instead of a time
                export.events += [Event(who, day, part, found.place(row, column.at)) for part in word
                                  if not _none(part)]
                times = ()
            else:
                export.unread.append((who, found.place(row, column.at), f"“{normal(one)}”不是时间"))
                return
        read.append(times)
    if ins or outs:
        pairs = _pairs([next(iter(times), None) for times in read[:len(ins)]],
                       [next(iter(reversed(times)), None) for times in read[len(ins):]])
        export.punches.append(Punches(who, day, place, text, pairs=pairs, shift=shift))
    else:
        export.punches.append(Punches(who, day, place, text, tuple(t for times in read for t in times), shift=shift))


def _none(part: Saying) -> bool:
    """Whether a word only says that there is no punch: that is told from the missing time."""
    return part.thing == NORMAL or part.thing in ("缺卡", "上班缺卡", "下班缺卡")


def _pairs(ins: list[int | None], outs: list[int | None]) -> tuple[tuple[int | None, int | None], ...]:
    size = max(len(ins), len(outs))
    ins, outs = ins + [None] * (size - len(ins)), outs + [None] * (size - len(outs))
    found = list(zip(ins, outs, strict=True))
    while len(found) > 1 and found[-1] == (None, None):     # 上班2, 上班3: shifts that there are not
        found.pop()
    return tuple(found)


def _joined(export: Export) -> None:
    """Of punches one a row: those of a person and day together."""
    single = [one for one in export.punches if not one.pairs]
    if not single:
        return
    of: dict[tuple[int, dt.date], list[Punches]] = {}
    for one in single:
        of.setdefault((one.person, one.day), []).append(one)
    export.punches = [replace(parts[0], text=" ".join(part.text for part in parts),
                              times=tuple(sorted({t for part in parts for t in part.times})))
                      for parts in of.values()]
