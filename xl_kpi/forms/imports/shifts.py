"""Times of a day to what they are: late, early, missing, by the shifts that HR has stated."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from xl_kpi.forms.imports.asking import Asked
from xl_kpi.forms.imports.cells import said
from xl_kpi.forms.imports.model import Event, Export, Place, Punches, Saying
from xl_kpi.forms.imports.things import MINUTES, SILENT, THINGS
from xl_kpi.forms.imports.times import DAY, shown
from xl_kpi.hand.texts import normal, squeezed

Shift = tuple[tuple[int, int], ...]         # from, to in minutes; to above 1440: on the next day
SHIFT, GRACE, ABSENT, RESTDAYS = "班次", "宽限分钟", "迟到早退多少分钟以上算旷工", "休息日打卡"
EACH_THEIR_OWN, NEVER, CHECKED, NOT_CHECKED = "各人不同", "不算旷工", "照样查迟到早退", "不查"
_RANGE = re.compile(r"(?P<a>\d{1,2}:\d{2})(?:-|~|到|至|—|–)(?P<next>次日)?(?P<b>\d{1,2}:\d{2})(?P<behind>\(?次日\)?)?")
_LITTLE = 30            # minutes: up to here a grace may matter, above it may be more than late
_TWICE = 30             # punches closer than that are one, made twice


def shift_in(text: str) -> Shift:
    """The hours in a text (早班 09:00-18:00; 08:30-12:00,13:30-18:00); () for none."""
    found = []
    for one in _RANGE.finditer(squeezed(text)):
        a, b = (int(t[:-3]) * 60 + int(t[-2:]) for t in (one["a"], one["b"]))
        if a >= DAY or b > DAY:
            return ()
        found.append((a, b + (DAY if one["next"] or one["behind"] or b <= a else 0)))
    return tuple(found)


class Judge:
    """Tells what the punches of an export come to.

    ``absent``: whether 旷工 counts at all; ``workday``: of the calendar; ``due``: whether a person has to work on a
    day; ``who``: how somebody is called in a question."""

    def __init__(self, export: Export, asked: Asked, workday: Callable[[dt.date], bool],
                 due: Callable[[int, dt.date], bool], who: Callable[[int], str], absent: bool):
        self.export, self.asked, self.workday, self.due, self.who = export, asked, workday, due, who
        self.absent = absent

    def events(self, people: Sequence[int], days: Sequence[dt.date]) -> list[Event]:
        """What is to be said of some people and days; of what is not clear a question is asked."""
        wanted, within = set(people), set(days)
        found: list[Event] = []
        of: dict[int, list[Punches]] = defaultdict(list)
        for one in self.export.punches:
            if one.person in wanted:
                of[one.person].append(one)
        for person in people:
            mine = self._arranged(person, of[person])
            for one in mine:
                if one.day in within:
                    found += self._day(one)
            there = {one.day for one in mine} | {e.day for e in self.export.events if e.person == person}
            found += [self._event(person, day, SILENT, "", self.export.people[person].place)
                      for day in days if day not in there and self.due(person, day)]
        return found

    def _shift(self, person: int, name: str, place: Place) -> Shift | None:
        """(): a day off; None: not known."""
        if name:
            stated = shift_in(name)
            if stated:
                return stated
            word = said(name)
            if word and all(one.thing and THINGS[one.thing].nothing for one in word) and "休" in normal(name):
                return ()
            answer = self.asked.choose(f"{SHIFT} {name}", f"“{name}”几点上班、几点下班？如 09:00-18:00", (), place,
                                       shift_in)
            return shift_in(answer) if answer else None
        answer = self.asked.choose(SHIFT, "几点上班、几点下班？如 09:00-18:00；中间下班的写 08:30-12:00、13:30-18:00；"
                                   f"各人不同的写“{EACH_THEIR_OWN}”", (), place, shift_in, (EACH_THEIR_OWN,))
        if answer == EACH_THEIR_OWN:
            own = self.who(person)
            answer = self.asked.choose(f"{SHIFT} {own}", f"{own} 几点上班、几点下班？如 09:00-18:00", (), place,
                                       shift_in)
        return shift_in(answer) if answer else None

    def _arranged(self, person: int, punches: list[Punches]) -> list[Punches]:
        """Punches after midnight belong to the day before where the shift has them: cut half-way between two shifts."""
        single = {one.day: one for one in punches if one.times and not one.pairs}
        if not single:
            return punches
        moved: dict[dt.date, list[int]] = defaultdict(list)
        for day, one in single.items():
            shift = self._shift(person, one.shift, one.place)
            if not shift:
                moved[day] += one.times
                continue
            cut = (shift[0][0] + shift[-1][1] - DAY) // 2
            for minute in one.times:
                if minute < cut:
                    moved[day - dt.timedelta(1)].append(minute + DAY)
                else:
                    moved[day].append(minute)
        arranged = [one for one in punches if one.pairs]
        for day, times in moved.items():
            like = single.get(day) or single[day + dt.timedelta(1)]
            arranged.append(replace(like, day=day, times=tuple(sorted(times)),
                                    text=" ".join(shown(minute) for minute in sorted(times))))
        return sorted(arranged, key=lambda one: one.day)

    def _day(self, one: Punches) -> list[Event]:
        pairs = one.pairs or self._as_pairs(one.times)
        nothing = all(pair == (None, None) for pair in pairs)
        rest = not one.shift and not self.workday(one.day)
        left = any(e.person == one.person and e.day == one.day for e in self.export.events)
        if nothing and (rest or left or not (one.shift or self.due(one.person, one.day))):
            return []
        if one.times and not one.pairs and pairs[0] == (None, None):        # one punch: nobody knows which is missing
            return [] if rest else [self._of(one, "缺卡")]
        shift = self._shift(one.person, one.shift, one.place)
        if not shift:
            return []
        if nothing:
            return [self._of(one, SILENT)]
        if len(shift) != len(pairs) or len(shift) == 1:
            shift = ((shift[0][0], shift[-1][1]),)
            pairs = ((pairs[0][0], pairs[-1][1]),)
        found: list[Event] = []
        for (start, end), (into, left_at) in zip(shift, pairs, strict=True):
            out = left_at + DAY if left_at is not None and end >= DAY and left_at < start else left_at
            for minute, late, missing, thing in ((into, (into or 0) - start, "上班缺卡", "迟到"),
                                                 (out, end - (out or 0), "下班缺卡", "早退")):
                if minute is None:
                    found.append(self._of(one, missing))
                elif late > 0 and (what := self._how(late, thing, one.place)):
                    found.append(self._of(one, what, Fraction(late)))
        if found and rest and self.asked.choose(
                RESTDAYS, "周末、节假日打了卡的，查不查迟到、早退、缺卡？", (CHECKED, NOT_CHECKED),
                one.place) != CHECKED:
            return []
        return found

    def _as_pairs(self, times: tuple[int, ...]) -> tuple[tuple[int | None, int | None], ...]:
        if not times or times[-1] - times[0] < _TWICE:
            return ((None, None),)
        return ((times[0], times[-1]),)

    def _how(self, late: int, thing: str, place: Place) -> str:
        """What so many minutes are; '' for nothing, or not known yet."""
        if late <= _LITTLE:
            given = self.asked.choose(GRACE, "晚到、早走几分钟以内不算迟到、早退？没有宽限的写 0", ("0", "5", "10"),
                                      place, _whole)
            return thing if given is not None and late > int(given) else ""
        grace = self.asked.answer(GRACE)
        if _whole(grace) and late <= int(grace):
            return ""
        if not self.absent:
            return thing
        most = self.asked.choose(ABSENT, "迟到、早退超过多少分钟算旷工？不算的写“不算旷工”", (NEVER, "30", "60", "120"),
                                 place, _whole)
        return "" if most is None else "旷工" if most != NEVER and late > int(most) else thing

    def _of(self, one: Punches, thing: str, minutes: Fraction | None = None) -> Event:
        return self._event(one.person, one.day, thing, one.text, one.place, minutes)

    def _event(self, person: int, day: dt.date, thing: str, text: str, place: Place,
               minutes: Fraction | None = None) -> Event:
        unit = MINUTES if minutes is not None else ""
        return Event(person, day, Saying(thing, text or "没有打卡", minutes, unit), place)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit()
