"""What attendance exports speak of (``things.toml``): 迟到, 上班缺卡, 事假 …; how headings and cells name them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from xl_kpi.hand.texts import squeezed
from xl_kpi.tables import words

TIMES, DAYS, HOURS, MINUTES = "次", "天", "小时", "分钟"
SILENT = "全天没有打卡"           # of a day: the thing that it is asked what to count as
NOT_COUNTED = "不计"

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("things.toml").read_text("utf-8"))
COLUMNS: dict[str, list[str]] = _DATA["columns"]
UNITS: dict[str, str] = {word: unit for unit, spelt in _DATA["units"].items() for word in spelt}
_LENGTHS: list[str] = _DATA["lengths"]["words"]
FINE, HALF = (frozenset(_DATA["remarks"][key]) for key in ("fine", "half"))
SINCE, UNTIL = ((_DATA["roster"][key], *words.synonyms(_DATA["roster"][key])) for key in ("since", "until"))
_SUMS: dict[str, list[str]] = _DATA["sums"]


@dataclass(frozen=True)
class Thing:
    """Something that an export can say of somebody's day.

    ``per``: 次, each time is one; 天, it has a length.  ``asks``: what it may count as where it has no column of its
    own; ``nothing``: it never counts; ``seldom``: that a system does not say it means nothing."""

    name: str
    per: str = TIMES
    asks: tuple[str, ...] = ()
    leave: bool = False
    nothing: bool = False
    seldom: bool = False


THINGS: dict[str, Thing] = {
    one["name"]: Thing(one["name"], one.get("per", TIMES), tuple(one.get("asks", ())), one.get("leave", False),
                       one.get("nothing", False), one.get("seldom", False)) for one in _DATA["thing"]}
WORDS: dict[str, str] = {squeezed(word): one["name"] for one in _DATA["thing"]
                         for word in (one["name"], *one.get("words", ()))}
NORMAL = next(thing.name for thing in THINGS.values() if thing.nothing)
NORMALLY = re.compile("|".join(_DATA["normal"]["like"]))


def _any(spelt: Any) -> str:
    return "|".join(re.escape(one) for one in sorted(spelt, key=len, reverse=True))


WORD = f"(?:{_any(WORDS)})"
UNIT = f"(?:{_any(UNITS)})"
_TAIL = re.compile(rf"(?P<stem>.+?)(?P<length>{_any(_LENGTHS)})?(?P<unit>{UNIT})?")


@dataclass(frozen=True)
class Heading:
    """What a heading counts: ``things`` together, in ``unit`` ('' where it does not say)."""

    things: tuple[str, ...]
    unit: str = ""


@cache
def heading(text: str) -> Heading | None:
    """迟到次数, 事假(小时), 旷工天数, 迟到早退次数, 病事假; None: it counts no thing of attendance."""
    plain, notes = words.plain_heading(text)
    unit = next((UNITS[u] for note in notes if (u := note.removeprefix("单位").lstrip(":")) in UNITS), "")
    if found := _things(plain):                         # before its tail is cut off: 补时长 …
        return Heading(found, unit or _own(found))
    tail = _TAIL.fullmatch(plain)
    if tail is None or not (found := _things(tail["stem"])):
        return None
    said = UNITS[tail["unit"]] if tail["unit"] else ""
    return Heading(found, unit or said or ("" if tail["length"] else _own(found)))


def counts_unknown(text: str) -> bool:
    """Whether a heading counts something of attendance that is not known: 无记录(天)."""
    plain, notes = words.plain_heading(text)
    units = [UNITS.get(note.removeprefix("单位").lstrip(":"), "") for note in notes]
    return bool(plain) and heading(text) is None and any(unit in (TIMES, DAYS) for unit in units) and not any(
        word in plain for word in _DATA["columns"]["other"])


def _own(found: tuple[str, ...]) -> str:
    """The unit of what can only be counted."""
    return TIMES if all(THINGS[one].per == TIMES for one in found) else ""


@cache
def _things(stem: str) -> tuple[str, ...]:
    """The things that a stem names, one behind the other."""
    if stem in WORDS:
        return (WORDS[stem],)
    if stem in _SUMS:
        return tuple(_SUMS[stem])
    for length in range(len(stem) - 1, 0, -1):
        first = WORDS.get(stem[:length])
        if first and not THINGS[first].nothing and (rest := _things(stem[length:].lstrip("、/和及或"))):
            return (first, *rest)
    return ()


def numbers(text: str) -> tuple[str, tuple[Fraction, ...]]:
    """(a text with # for each number in it, the numbers): 事假8H → 事假#H."""
    found = re.findall(r"\d+(?:\.\d+)?", text)
    return re.sub(r"\d+(?:\.\d+)?", "#", text), tuple(Fraction(one) for one in found)


@cache
def kind_name(text: str) -> str:
    """What an export is called by what stands in its title and headings; '' for one of no known system."""
    return next((one["name"] for one in _DATA["kind"] if all(word in text for word in one["words"])), "")


@cache
def column_role(path: str) -> str:
    """What a column of a list is, by its heading (上班1>打卡时间): in, out, in_result …; '' for another."""
    template, _ = numbers(path)
    leaf = template.rpartition(">")[2]
    for role in ("in_result", "out_result", "application", "result", "in", "out", "punch", "shift", "date", "account"):
        if template in COLUMNS[role] or (leaf in COLUMNS[role] and leaf != "#"):
            return role
    return ""
