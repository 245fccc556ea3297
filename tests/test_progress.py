"""The bar: one line on a terminal, nothing elsewhere."""

from __future__ import annotations

import io
import os

import pytest

from xl_kpi.progress import Bar, silent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def drawn(steps: int, seconds: float, terminal: io.StringIO) -> str:
    clock = Clock()
    with Bar(terminal, clock) as bar:
        for n in range(steps + 1):
            bar(n, steps, "写工资条")
            clock.now += seconds
    return terminal.getvalue()


def test_a_bar_on_a_terminal() -> None:
    pictures = drawn(4, 3, Terminal()).split("\r")[1:]
    assert [p.strip() for p in pictures] == [
        f"写工资条 {'█' * 6}{'░' * 18} 1/4，约剩 9 秒", f"写工资条 {'█' * 12}{'░' * 12} 2/4，约剩 6 秒",
        f"写工资条 {'█' * 18}{'░' * 6} 3/4，约剩 3 秒", f"写工资条 {'█' * 24} 4/4，约剩 0 秒", "", ""]


def test_what_is_printed_next_begins_at_the_edge() -> None:
    text = drawn(4, 3, Terminal())
    assert text.endswith("\r")
    last = text.split("\r")[-2]
    assert last
    assert not last.strip()


def test_nothing_where_there_is_no_terminal_or_little_to_do() -> None:
    assert drawn(4, 3, io.StringIO()) == ""
    assert drawn(4, 0.001, Terminal()) == ""
    assert drawn(0, 3, Terminal()) == ""


def test_the_bar_is_not_drawn_for_every_step() -> None:
    assert drawn(1000, 0.01, Terminal()).count("\r") < 110


def test_a_terminal_that_is_gone_does_not_stop_the_work() -> None:
    terminal = Terminal()
    clock = Clock()
    bar = Bar(terminal, clock)
    clock.now = 5
    terminal.close()
    bar(1, 2, "写")
    bar(2, 2, "写")
    bar.close()


def test_silence() -> None:
    silent(1, 2, "写")


@pytest.mark.skipif(os.name == "nt", reason="a terminal of Unix")
def test_on_a_real_terminal() -> None:
    import pty

    ours, theirs = pty.openpty()
    clock = Clock()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream, Bar(stream, clock) as bar:
        clock.now = 1
        bar(1, 2, "写工资条")
    assert "写工资条" in os.read(ours, 1000).decode("utf-8", "replace")
    os.close(ours)
