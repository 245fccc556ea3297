"""`make bench`, its lines about functions as Excel reaches them: xlwings' library, Python's process, answers over COM,
in the Windows Python of tests/windows."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from tests.bench_functions import CALLS, NO_TARGET, Line
from tests.windows.machine import COMMAND, Windows, available

TURNS, TIMES = 5, 200
MISSING = {"missing": 1}


def why_not() -> str:
    """Why it cannot be measured here; "" when it can."""
    return available()[1]


def windows() -> Iterator[Line]:
    """The lines; a call is held against a question over COM that says nothing."""
    from tests.udfs.harness import excel

    functions = excel()

    def calls(name: str, numbers: range) -> list[Any]:
        count = len(getattr(functions, name).__xlfunc__["args"])
        return [(name, [*given, *[MISSING] * (count - len(given))]) for given in map(CALLS[name], numbers)]

    with Windows.session("bench") as machine:
        begun = [machine.host(["activate", COMMAND], ["answers", calls("PERFORMANCE_PAY", range(1))])
                 for _ in range(TURNS)]
        started = statistics.median(turn[0]["seconds"] for turn in begun)
        yield "(h) Excel's start of Python, to its first answer", started + statistics.median(
            turn[1]["seconds"] for turn in begun), NO_TARGET, "s", f"  [the start {started:.2f} s]"
        for name in ("PERFORMANCE_PAY", "MONTHLY_PAY"):
            _, nothing, _, new, again = machine.host(
                ["activate", COMMAND], ["asked", TIMES], ["answers", calls(name, range(1))],
                ["answers", calls(name, range(1, TIMES + 1))], ["answers", calls(name, range(1)) * TIMES])
            for what, found in (("new arguments", new), ("repeated", again)):
                taken = found["seconds"] / TIMES
                yield (f"(h) {name} over COM, {what}", taken / nothing, 20, "× an empty question",
                       f"  [{taken * 1e3:.2f} ms, {nothing * 1e3:.2f} ms]")
