"""From what exports say to counts and hours: what counts as what, and where each count came from."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from xl_kpi.forms.imports.asking import EACH, LATER, Asked
from xl_kpi.forms.imports.cells import meaning
from xl_kpi.forms.imports.model import Event, Export, Place, Saying, Total
from xl_kpi.forms.imports.shifts import Judge
from xl_kpi.forms.imports.things import DAYS, HOURS, MINUTES, NORMAL, NOT_COUNTED, SILENT, THINGS, TIMES
from xl_kpi.forms.imports.wanted import Wanted
from xl_kpi.period import Month

SIGN, LEGEND, HOURS_A_DAY, RUNS, WHOLE = "符号", "图例", "一天按几小时", "连着几天的算几次", "没写多长的算多长"
BLANKS = "工作日空着的格"
BY_DAY, BY_RUN, ONE_DAY = "一天算一次", "连着的算一次", "一天"
YES, NO = "是", "否"
INCLUDES = "次数含不含"
ANSWERED = "合计与每天的不同，按答的"
_MONTH_DAY = re.compile(r"(?:\d{4}[-/.年])?(?<!\d)(\d{1,2})[-/.月](\d{2}|\d(?!\d))")


@dataclass(frozen=True)
class Source:
    """Where a count came from; ``day`` None: from a sum of the month.  ``counted``: as what, ``how``: how much."""

    person: str
    day: dt.date | None
    text: str
    counted: str
    how: str
    place: Place


@dataclass
class _Part:
    """Something that counts for somebody as ``thing``; ``of``: what was said (严重迟到)."""

    thing: str
    of: str
    day: dt.date | None
    amount: Fraction | None
    unit: str
    span: str
    text: str
    place: Place
    half: bool


@dataclass
class Counts:
    """What an export comes to.  ``values``: (工号, column) → how much, None: left open by HR.  ``told``: thing → how
    often it was said though no column counts it."""

    values: dict[tuple[str, str], Fraction | None] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    covered: list[str] = field(default_factory=list)


class Count:
    """Counts one export.

    ``people``: person of the export → 工号 of the roster ('' for nobody); ``called``: how each is called in questions;
    ``due``: whether somebody has to work on a day.
    """

    def __init__(self, export: Export, people: Sequence[str], called: Callable[[str], str], targets: Sequence[Wanted],
                 month: Month, asked: Asked, due: Callable[[str, dt.date], bool], workday: Callable[[dt.date], bool]):
        self.export, self.people, self.called, self.targets = export, people, called, targets
        self.month, self.asked, self.due, self.workday = month, asked, due, workday
        self.stems = list(dict.fromkeys(thing for target in targets for thing in target.things))
        self.found = Counts()
        self.parts: dict[tuple[str, str], list[_Part]] = defaultdict(list)
        self.left: set[tuple[str, str]] = set()         # (工号, thing) that HR has left open
        self.meant: set[str] = set()                    # what signs of a sheet without a system mean
        self.sums: dict[tuple[str, str], tuple[Fraction, str, Total]] = {}      # lengths that a column of sums says
        self.stated: dict[tuple[str, str, str], Fraction] = {}      # lengths that HR says where it contradicts itself
        self.days: dict[tuple[str, str], list[tuple[dt.date, Saying]]] = defaultdict(list)  # what each day says
        self.summed: set[tuple[str, str, bool]] = set()     # of whom sums without days say how often (True), how long
        self.unclear = False                            # some sign is not known yet
        self.first, self.last = export.first or month.first_day, export.last or month.last_day

    def counts(self) -> Counts:
        events = [event for event in self.export.events if self.people[event.person]]
        if self.export.punches:
            events += self._judged()
        for event in events:
            self._event(event)
        self._blanks()
        if not self.export.days:
            self.summed = {(self.people[total.person], total.things[0], total.unit == TIMES)
                           for total in self.export.totals if len(total.things) == 1}
            for total in self.export.totals:
                self._total(total)
        elif not self.unclear:
            self._checked()
        covers = self._covers()
        ids = list(dict.fromkeys(person for person in self.people if person))
        for target in self.targets:
            if not set(target.things) <= covers:
                continue
            self.found.covered.append(target.name)
            for person in ids:
                self.found.values[person, target.name] = self._value(person, target)
        self._sources()
        return self.found

    # -- what counts as what

    def _judged(self) -> list[Event]:
        inner = [i for i, person in enumerate(self.people) if person]
        first, last = self.first, self.last
        days = [first + dt.timedelta(n) for n in range((last - first).days + 1)]
        judge = Judge(self.export, self.asked, self.workday, lambda i, day: self.due(self.people[i], day),
                      lambda i: self.called(self.people[i]), "旷工" in self.stems)
        self.meant |= {"迟到", "早退", "旷工"}
        return judge.events(inner, days)

    def _event(self, event: Event) -> None:
        one = self._understood(event.said, event.place)
        if one is None or one.thing == NOT_COUNTED:
            self.unclear = self.unclear or one is None
            return
        self.days[self.people[event.person], one.thing].append((event.day, one))
        self._count(self.people[event.person], event.day, one, event.place, event.half)

    def _understood(self, one: Saying, place: Place) -> Saying | None:
        """What a sign means: by the legend that HR has confirmed, else by an answer."""
        if one.thing:
            return one
        found = None
        if one.sign in self.export.legend and not one.numbers:
            read = self._legend()
            if read is None:
                return None
            found = meaning(self.export.legend[one.sign]) if read == YES else None
        if found is None:
            choices = (NORMAL, *self.stems, NOT_COUNTED)
            such = f"（如 {one.text}）" if one.numbers else ""
            many = "；#代表其中的数，如“事假 # 小时”" if one.numbers else ""
            answer = self.asked.choose(
                f"{SIGN} {one.sign}",
                f"“{one.sign}”{such}是什么意思？还可以写 事假 4小时、年假 这样的{many}", choices, place,
                lambda text: meaning(text, one.numbers))
            if answer is None or answer == NOT_COUNTED:
                return None if answer is None else Saying(NOT_COUNTED, one.text)
            found = meaning(answer, one.numbers)
        assert found is not None
        amount, unit = (found.amount, found.unit) if found.amount is not None else (one.amount, one.unit)
        return Saying(found.thing, one.text, amount, unit, one.span)

    def _legend(self) -> str | None:
        shown = "，".join(f"{sign} {means}" for sign, means in self.export.legend.items())
        key = f"{LEGEND} {'，'.join(f'{s}{m}' for s, m in self.export.legend.items())}"
        return self.asked.choose(key, f"表上的图例：{shown}。按它读吗？", (YES, NO), self.export.legend_at)

    def _count(self, person: str, day: dt.date | None, one: Saying, place: Place, half: bool) -> None:
        thing = THINGS[one.thing]
        self.meant.add(thing.name)
        if thing.nothing:
            return
        for name in self._as(person, day, one, place):
            self.parts[person, name].append(
                _Part(name, thing.name, day, one.amount, one.unit, one.span, one.text, place, half))

    def _as(self, person: str, day: dt.date | None, one: Saying, place: Place) -> list[str]:
        """What something counts as: itself where a column counts it, else what HR has said."""
        thing = THINGS[one.thing]
        if thing.name in self.stems:
            return [thing.name]
        choices = [other for other in thing.asks if other in self.stems]
        if not choices:
            self.found.told[thing.name] = self.found.told.get(thing.name, 0) + 1
            return []
        case = " ".join(filter(None, (self.called(person), str(day or self.month))))
        own = f"{case} {thing.name}"
        answer = self.asked.choose(thing.name, f"“{thing.name}”算什么？一次一次看的写“{EACH}”",
                                   (*choices, NOT_COUNTED, EACH), place)
        if answer == EACH:
            answer = self.asked.choose(own, f"{case}：{thing.name}（{one.text}）算什么？还不知道的写“{LATER}”",
                                       (*choices, NOT_COUNTED, LATER), place)
        if answer is None:
            return []
        if answer == LATER:
            self.left |= {(person, other) for other in choices}
            self.found.sources.append(Source(person, day, one.text, LATER, thing.name, place))
            return []
        if answer == NOT_COUNTED:
            self.found.sources.append(Source(person, day, one.text, NOT_COUNTED, thing.name, place))
            return []
        return [answer]

    def _blanks(self) -> None:
        """Blank days of a sheet that nobody's system has made: asked about where they are workdays."""
        if self.export.system or not self.export.days:
            return
        for i, day, place, half in self.export.blank:
            if not self.people[i] or not self.due(self.people[i], day):
                continue
            answer = self.asked.choose(BLANKS, f"{BLANKS}算什么？", (NORMAL, *(
                stem for stem in ("旷工",) if stem in self.stems), NOT_COUNTED), place)
            if answer == "旷工":
                self._count(self.people[i], day, Saying("旷工", "（空格）"), place, half)

    def _total(self, total: Total) -> None:
        """A sum of the month in an export without days."""
        person = self.people[total.person]
        if not person or not total.value or len(total.things) != 1:
            return
        unit = total.unit or self._unit(total)
        if unit and not self._within_another(person, total):
            one = Saying(total.things[0], f"{total.heading} {plain(total.value)}", total.value, unit)
            self._count(person, None, one, total.place, False)

    def _within_another(self, person: str, total: Total) -> bool:
        """Whether a sum (严重迟到次数) is part of another that it counts as (迟到次数): without days only HR knows."""
        thing = total.things[0]
        counted = self.asked.answer(thing)
        if thing in self.stems or counted not in self.stems or counted not in thing:
            return False
        other = next((one for one in self.export.totals if self.people[one.person] == person
                      and one.things == (counted,) and one.unit == TIMES and one.value >= total.value), None)
        if other is None:
            return False
        return self.asked.choose(f"{counted}{INCLUDES}{thing}", f"“{other.heading}”里已经有{thing}了吗？",
                                 (YES, NO), other.place) != NO

    def _unit(self, total: Total) -> str:
        """Of a sum whose heading has none."""
        answer = self.asked.choose(f"{total.heading.replace('>', ' ')} 的单位", f"“{total.heading}”的数是什么单位？",
                                   (HOURS, DAYS, TIMES), total.place)
        return answer or ""

    # -- sums against days

    def _checked(self) -> None:
        """Where sums and days contradict each other HR says which is right."""
        done: set[tuple[str, str, bool]] = set()
        for total in self.export.totals:
            person, thing = self.people[total.person], total.things[0]
            times = self._of_times(total)
            if not person or len(total.things) != 1 or (person, thing, times) in done or not self._counts(thing):
                continue
            done.add((person, thing, times))
            mine = self.days.get((person, thing), [])
            if times:
                count = self._said_times(thing, mine)
                also = sum(self._said_times(other, self.days.get((person, other), [])) for other in THINGS
                           if other != thing and thing in other)
                if total.value not in (count, count + also):
                    self._right_times(person, thing, total, count)
            elif unit := total.unit or self._unit(total):
                self.sums[person, thing] = total.value, unit, total

    @staticmethod
    def _of_times(total: Total) -> bool:
        """Whether a sum says how often, not how long."""
        thing = THINGS[total.things[0]]
        return TIMES in (thing.per, total.unit) or (not thing.leave and total.unit == DAYS)

    def _counts(self, thing: str) -> bool:
        """Whether it matters how often a thing was: it has a column, or counts as something else whenever it is."""
        return thing in self.stems or self.asked.answer(thing) in self.stems

    def _said_times(self, thing: str, days: Sequence[tuple[dt.date, Saying]]) -> int:
        if THINGS[thing].per == DAYS:
            return len({day for day, _ in days})
        return sum(int(one.amount) if one.unit == TIMES and one.amount else 1 for _, one in days)

    def _right_times(self, person: str, thing: str, total: Total, count: int) -> None:
        """How often is not said twice alike: what HR says of it counts instead."""
        number = self._contradiction(person, thing, total, Fraction(count), TIMES)
        if number is None:
            return
        counted = thing if thing in self.stems else self.asked.answer(thing)
        parts = self.parts[person, counted]
        parts[:] = [part for part in parts if part.of != thing]
        parts.append(_Part(counted, thing, None, number, TIMES, "", ANSWERED, total.place, False))

    def _contradiction(self, person: str, thing: str, total: Total, days: Fraction, unit: str) -> Fraction | None:
        who = f"{self.called(person)} {self.month}"
        answer = self.asked.choose(
            f"{who} {thing}{unit}数",
            f"{who}：{total.heading} 是 {plain(total.value)}，每天的合起来是 {plain(days)}，哪个对？",
            (plain(total.value), plain(days), LATER), total.place)
        if answer == LATER:
            self.left.add((person, thing if thing in self.stems else self.asked.answer(thing)))
        return None if answer in (None, LATER) else Fraction(answer)

    # -- how much

    def _covers(self) -> set[str]:
        """The things of which the export says all."""
        had = {thing for (_, thing), parts in self.parts.items() if parts} | {thing for _, thing in self.left}
        if self.export.punches:
            silent = self.asked.answer(SILENT) == NOT_COUNTED
            return (self.export.covers or set()) | self.meant - ({"旷工"} if silent else set()) | had
        if self.export.covers is not None:
            return self.export.covers | self.meant | had
        answered = {one.thing for answer in self.asked.answers_of(SIGN) if (one := meaning(answer.replace("#", "1")))}
        legend = {one.thing for means in self.export.legend.values() if (one := meaning(means))}
        return answered | legend | self.meant | had

    def _value(self, person: str, target: Wanted) -> Fraction | None:
        total: Fraction | None = Fraction(0)
        for thing in target.things:
            if (person, thing) in self.left:
                total = None
            one = self._times(person, thing) if target.unit == TIMES else self._length(person, thing, target.unit)
            total = None if one is None or total is None else total + one
        return total

    def _times(self, person: str, thing: str) -> Fraction | None:
        """How often; None: open."""
        parts = self.parts.get((person, thing), [])
        counted = [part.amount for part in parts if part.unit == TIMES and part.amount is not None]
        others = [part for part in parts if part.unit != TIMES or part.amount is None]
        if THINGS[thing].per == TIMES:          # 旷工迟到天数 1 is one
            sums = [part.amount if part.day is None and part.unit == DAYS and part.amount else Fraction(1)
                    for part in others]
            return sum([*counted, *sums], Fraction(0))
        whole = sum(counted, Fraction(0))
        for part in others:
            if part.day is None and (person, part.of, True) not in self.summed:
                number = self._asked_times(person, thing, part)
                if number is None:
                    return None
                whole += number
        by_day, runs = self._runs(others)
        if by_day != len(runs):
            place = others[0].place
            long = "、".join(stem for stem in self.stems if THINGS[stem].per == DAYS)
            answer = self.asked.choose(RUNS, f"{long}连着几天的（一张假单的），次数怎么数？", (BY_DAY, BY_RUN), place)
            return None if answer is None else whole + (by_day if answer == BY_DAY else len(runs))
        return whole + by_day

    def _asked_times(self, person: str, thing: str, part: _Part) -> Fraction | None:
        """Of a length without days nobody knows how often: asked."""
        who = f"{self.called(person)} {self.month}"
        answer = self.asked.choose(
            f"{who} {thing}次数", f"{who}：{part.text}，没有每天的，{thing}算几次？写一个数；还不知道的写“{LATER}”", (),
            part.place, lambda text: text.isascii() and text.isdigit(), (LATER,))
        if answer == LATER:
            self.left.add((person, thing))
        return None if answer in (None, LATER) else Fraction(answer)

    def _runs(self, parts: Sequence[_Part]) -> tuple[int, list[list[_Part]]]:
        """(on how many days, the runs: of one application, or on days with no workday between)."""
        dated = sorted((part for part in parts if part.day is not None), key=lambda part: part.day or dt.date.min)
        runs: list[list[_Part]] = []
        for part in dated:
            last = runs[-1][-1] if runs else None
            if last is not None and self._joined(last, part):
                runs[-1].append(part)
            else:
                runs.append([part])
        return len({part.day for part in dated}), runs

    def _joined(self, one: _Part, other: _Part) -> bool:
        if one.span or other.span:
            return one.span == other.span
        day, last = one.day or dt.date.min, other.day or dt.date.min
        between = [day + dt.timedelta(n) for n in range(1, (last - day).days)]
        return not any(self.workday(day) for day in between)

    def _length(self, person: str, thing: str, unit: str) -> Fraction | None:
        """How many hours or days; None: open."""
        parts = self.parts.get((person, thing), [])
        if (person, thing) not in self.sums:
            days = self._from_days(parts, unit)
            return days if days is not None or not parts else self._unsaid(parts, unit)
        value, its, total = self.sums[person, thing]
        whole = self._in(value, its, unit, total.place)
        days = self._from_days(parts, unit, known=True) if parts or not value else None
        if whole is None or days is None or days == whole or (person, thing) in self.left:
            return whole
        same = Total(total.person, total.things, unit, whole, total.place, total.heading)
        number = self._contradiction(person, thing, same, days, unit)
        if number is not None:
            self.stated[person, thing, unit] = number
        return number

    def _from_days(self, parts: Sequence[_Part], unit: str, known: bool = False) -> Fraction | None:
        """What the days say together, each application once; None where one does not say, or is of another month too.
        ``known``: nothing is asked for it."""
        seen: set[str] = set()
        total = Fraction(0)
        lengths = any(thing == part.of and not times for part in parts for _, thing, times in self.summed)
        for part in parts:
            amount, its = part.amount, part.unit
            if part.text == ANSWERED or (part.day is None and part.unit == TIMES and lengths):
                continue
            if part.span:
                if part.span in seen:
                    continue
                seen.add(part.span)
                if self._crosses(part.span):
                    return None
            if amount is None or its == TIMES:
                if self.export.system:
                    return None
                amount, its = Fraction(1, 2) if part.half else Fraction(1), DAYS
            elif part.half and its == DAYS and amount == 1:
                amount = Fraction(1, 2)
            one = self._in(amount, its, unit, None if known else part.place)
            if one is None:
                return None
            total += one
        return total

    def _crosses(self, span: str) -> bool:
        """Whether an application is of days outside of the export."""
        years = {self.first.year, self.last.year}
        return not all(any(_within(year, int(m), int(d), self.first, self.last) for year in years)
                       for m, d in _MONTH_DAY.findall(span))

    def _unsaid(self, parts: Sequence[_Part], unit: str) -> Fraction | None:
        """Days that only name a leave, and no sum says how long."""
        part = parts[0]
        if any(one.span and self._crosses(one.span) for one in parts):
            person = next(p for (p, thing), found in self.parts.items() if found is parts)
            who = f"{self.called(person)} {self.month}"
            answer = self.asked.choose(
                f"{who} {part.thing}{unit}",
                f"{who}：{part.text} 跨了月，这个月是几{unit}？写一个数；还不知道的写“{LATER}”", (), part.place,
                _number, (LATER,))
            if answer == LATER:
                self.left.add((person, part.thing))
            return None if answer in (None, LATER) else Fraction(answer)
        answer = self.asked.choose(WHOLE, "只写了假别、没有写多长的，一格算多长？", (ONE_DAY,), part.place)
        if answer is None:
            return None
        day = self._in(Fraction(1), DAYS, unit, part.place)
        known = self._from_days([one for one in parts if one.amount is not None], unit)
        silent = len({one.day for one in parts if one.amount is None})
        return None if day is None or known is None else known + silent * day

    def _in(self, amount: Fraction, unit: str, wanted: str, place: Place | None) -> Fraction | None:
        """An amount in another unit; without ``place`` nothing is asked for it."""
        if unit == wanted or not amount:
            return amount
        if unit == MINUTES:
            amount, unit = amount / 60, HOURS
            if wanted == HOURS:
                return amount
        if {unit, wanted} != {HOURS, DAYS}:
            return None
        answer = self.asked.answer(HOURS_A_DAY) if place is None else self.asked.choose(
            HOURS_A_DAY, "一天按几小时算？", ("8", "7.5", "7"), place, _number)
        if not answer or not _number(answer):
            return None
        return amount * Fraction(answer) if wanted == HOURS else amount / Fraction(answer)

    # -- where it came from

    def _sources(self) -> None:
        for (person, thing), parts in self.parts.items():
            _, runs = self._runs(parts)
            heads = {id(run[0]) for run in runs}
            by_run = THINGS[thing].per == DAYS and BY_RUN in self.asked.answers_of(RUNS)
            for part in parts:
                amount = f"{plain(part.amount)} {part.unit}" if part.amount is not None else ""
                if part.half and part.amount is None:
                    amount = "半天"
                more = "（并入上一天）" if by_run and part.day is not None and id(part) not in heads else ""
                self.found.sources.append(Source(person, part.day, part.text, thing, amount + more, part.place))
        for (person, thing), (value, unit, total) in self.sums.items():
            if value and thing in self.stems:
                self.found.sources.append(Source(person, None, f"{total.heading} {plain(value)}", thing,
                                                 f"{plain(value)} {unit}（合计）", total.place))
        for (person, thing, unit), value in self.stated.items():
            place = self.sums[person, thing][2].place
            self.found.sources.append(Source(person, None, ANSWERED, thing, f"{plain(value)} {unit}", place))


def _within(year: int, month: int, day: int, first: dt.date, last: dt.date) -> bool:
    try:
        return first <= dt.date(year, month, day) <= last
    except ValueError:
        return False


def _number(text: str) -> bool:
    try:
        return Fraction(text) > 0
    except (ValueError, ZeroDivisionError):
        return False


def plain(number: Fraction) -> str:
    """A number as HR writes it; an endless one is rounded half up to 4 decimals."""
    if number.denominator == 1:
        return str(number.numerator)
    tenths = (abs(number) * 20000 + 1) // 2
    text = f"{tenths // 10000}.{tenths % 10000:04}".rstrip("0")
    return f"-{text}" if number < 0 else text
