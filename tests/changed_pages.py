"""A page with one number or one name of it changed: what a hand that slips can make of its text."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

NUMBER = r"(?<![\w.])[0-9]+(?:\.[0-9]+)?(?![\w.])"
NAME = r"[^\W\d][\w.]*"
NUMBERS = ("0", "1", "-1", "2.5", "101", "999999999999", "0.00001", "3000")


@dataclass(frozen=True)
class Change:
    """``old`` at a line (from 1) and column (from 0) of a page, made ``new``."""

    line: int
    column: int
    old: str
    new: str

    def of(self, text: str) -> str:
        lines = text.split("\n")
        line = lines[self.line - 1]
        lines[self.line - 1] = line[:self.column] + self.new + line[self.column + len(self.old):]
        return "\n".join(lines)


def changes(text: str, rng: random.Random, some: int) -> list[Change]:
    """So many changes of its rules and its head, all over the page: a number made another, a name made another name of
    the page, longer, shorter or nothing."""
    lines = text.split("\n")
    end = lines.index("---", 1)
    found = [(n, match) for n, line in enumerate(lines, 1) if n <= end + 1 or line.startswith("    ")
             for match in re.finditer(f"{NUMBER}|{NAME}", line.partition(" —— ")[0])]
    names = sorted({match[0] for _, match in found if not re.match("[0-9]", match[0])})
    made = []
    for line, match in rng.sample(found, min(some, len(found))):
        old = match[0]
        if re.match("[0-9]", old):
            new = rng.choice([one for one in (*NUMBERS, str(int(float(old)) + 1)) if one != old])
        else:
            new = rng.choice([rng.choice(names), rng.choice(names), old + "甲", old[1:], old[:-1], "", "1"])
        if new != old:
            made.append(Change(line, match.start(), old, new))
    return made
