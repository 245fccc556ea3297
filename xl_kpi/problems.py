"""What a run says about the data: problems, for HR, in Chinese.

A problem says who, where, what and what to do.  Problems are collected and shown together; only an
``error`` refuses a job.  Many of one cause are told as one (``cases``): one line, not one a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "hint"]
LEVELS: dict[str, str] = {"error": "错误", "warning": "警告", "hint": "提示"}
NOTHING_FOUND = "没有发现问题。"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.  ``cell`` is an A1 address on ``sheet``; ``person`` is the 工号; blank where it does not apply.

    The text of a person's problem begins with that person: ``f"{id} {name}：…"``.

    ``cause``: what it is a case of, any text that nobody reads: problems of one level and cause are told as one line.
    By default the sheet and the text without the person, numbers and places, so that it has to be given only where
    texts of one cause differ in words, or texts of different causes do not.

    ``subject``: what it is about where that is no person (a team), to name it when several are told as one.

    ``command``: what does the remedy, for the command line, without the program and the workbook:
    ``"month --month 2016-12"``; ``again``: the options with which the command that was given does it: ``"--replace"``.
    ``do`` names it as the button does.
    """

    level: Level
    text: str
    do: str = ""
    sheet: str = ""
    cell: str = ""
    person: str = ""
    cause: str = ""
    command: str = ""
    again: str = ""
    subject: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "level": self.level, "sheet": self.sheet, "cell": self.cell,
            "工号": self.person, "text": self.text, "do": self.do,
        }

    @property
    def who(self) -> str:
        """工号 and 姓名, as the text has them in front; blank where it is about nobody."""
        who, colon, _ = self.text.partition("：")
        return who if colon and self.person and who.split(" ")[0] == self.person else ""

    @property
    def what(self) -> str:
        """The text without the person in front."""
        return self.text.removeprefix(f"{self.who}：") if self.who else self.text


NUMBERS = re.compile(r"[A-Z]{0,3}[0-9][0-9.,:%-]*")        # numbers, months, and cells
PEOPLE, PLACES = 3, 10          # so many are named of one cause


@dataclass(frozen=True)
class Case:
    """Problems of one cause, told as one."""

    problems: tuple[Problem, ...]

    @property
    def first(self) -> Problem:
        return self.problems[0]

    @property
    def where(self) -> str:
        """The sheet and the first cells."""
        cells = list(dict.fromkeys(p.cell for p in self.problems if p.cell and p.sheet == self.first.sheet))
        more = f" 等 {len(cells)} 处" if len(cells) > PLACES else ""
        return " ".join(part for part in (self.first.sheet, "、".join(cells[:PLACES]) + more) if part)

    @property
    def text(self) -> str:
        """What is wrong, once: with the first people and their number, and an example where it differs in numbers."""
        first = self.first
        people = list(dict.fromkeys(p.who or p.person for p in self.problems if p.person))
        if len(self.problems) == 1 or (len(people) < 2 and len({p.text for p in self.problems}) == 1):
            return first.text
        if len({p.what for p in self.problems}) == 1 and first.who:
            return f"{named(people)}：{first.what}"
        subjects = list(dict.fromkeys(p.subject for p in self.problems if p.subject != first.subject))
        others = [who for who in people if who != (first.who or first.person)] or subjects
        also = f"（{named(others, '人' if people else '个')}）" if others else ""
        return f"{first.text}；同样的还有 {len(self.problems) - 1} 处{also}"

    @property
    def do(self) -> str:
        return self.first.do


class Advice(str):
    """A sentence with what does it on the command line, as of a ``Problem``; everywhere else it is its text."""

    command: str
    again: str

    def __new__(cls, text: str, command: str = "", again: str = "") -> Advice:
        made = super().__new__(cls, text)
        made.command, made.again = command, again
        return made


def cases(problems: Iterable[Problem]) -> list[Case]:
    """The problems by level and cause, in the order in which each cause comes first."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        cause = ("", problem.cause) if problem.cause else (problem.sheet, NUMBERS.sub("#", problem.what))
        found.setdefault((problem.level, *cause), []).append(problem)
    return [Case(tuple(same)) for same in found.values()]


def named(people: list[str], unit: str = "人") -> str:
    """The first few people, and how many they are when they are more."""
    return "、".join(people[:PEOPLE]) + (f" 等 {len(people)} {unit}" if len(people) > PEOPLE else "")


class Refusal(Exception):
    """The data are refused (exit 1); carries every problem found."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(p.text for p in problems))
        self.problems = problems


class Incomplete(Refusal):
    """The data do not suffice for a job; a draft could go on without them."""


class Stop(Exception):
    """What ends a command with one sentence; with its remedy on the command line, as of a ``Problem``."""

    def __init__(self, text: str = "", command: str = "", again: str = ""):
        super().__init__(text)
        self.command, self.again = command, again


class UsageError(Stop):
    """The call cannot be understood (exit 2)."""


class HostError(Stop):
    """The machine is in the way: file missing, locked, damaged, disk full (exit 3)."""
