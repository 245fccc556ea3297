"""How far long work has come: a port, so that a terminal shows a bar and Excel its status bar.

An action takes a ``Progress`` and calls it after each step; who starts the action says which one.

The bar is our own: it is one line; tqdm's licence is partly MPL-2.0, and the others bring more than they do here.
"""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[int, int, str], None]      # (done, total, what is being done)

SECONDS = 0.1           # between two pictures of the bar
CELLS = 24


def silent(done: int, total: int, text: str) -> None:
    """Progress that nobody watches."""


def console_width(text: str) -> int:
    """Columns that a text takes on a console: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Bar:
    """A bar on a terminal's stderr; nothing at all where stderr is no terminal, or while the work is short."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic):
        self.stream = sys.stderr if stream is None else stream
        self.clock = clock
        self.shown = bool(getattr(self.stream, "isatty", lambda: False)())
        self.started = self.last = clock()
        self.width = 0

    def __call__(self, done: int, total: int, text: str) -> None:
        now = self.clock()
        if not self.shown or not total or now - self.last < SECONDS:
            return
        self.last = now
        full = CELLS * done // total
        left = round((now - self.started) / done * (total - done)) if done else None
        line = f"{text} {'█' * full}{'░' * (CELLS - full)} {done}/{total}" + (
            f"，约剩 {left} 秒" if left is not None else "")
        width = console_width(line)
        self._write(f"\r{line}{' ' * max(0, self.width - width)}")
        self.width = width

    def close(self) -> None:
        """Take the bar away: what is printed next begins at the edge."""
        if self.width:
            self._write("\r" + " " * self.width + "\r")
            self.width = 0

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):           # a closed or odd terminal must not stop the work
            self.shown = False
