"""A hundred real kills: the command writes into HR's workbook and is killed at a random moment.

``python -m tests.kills [--count 100] [--seed 1 …]``: afterwards the workbook is, byte for byte, the old one or the
whole new one; when it is new, a copy of the old one is there; a copy is whole or not there; and the next run succeeds
and leaves nothing of the killed one behind. Half the kills come anywhere in the run, half while it writes. Exit code
1 on any failure; the folder is kept.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import demo_workbook
from xl_kpi.workbook.file import read
from xl_kpi.workbook.store import FOLDER

NAME = "客服部2016.xlsx"
WRITING = 0.02      # seconds; about as long as the program writes


@dataclass
class Job:
    """A command, the workbook before and after it, and the seconds that it takes."""

    command: list[str]
    before: bytes
    after: bytes
    seconds: float


def start(book: Path, command: list[str]) -> subprocess.Popen[bytes]:
    name, *rest = command
    return subprocess.Popen([sys.executable, "-m", "xl_kpi.cli", name, str(book), *rest], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def job(folder: Path, before: bytes, *command: str) -> Job:
    """A run that nobody kills."""
    book = folder / "sound" / NAME
    book.parent.mkdir()
    book.write_bytes(before)
    began = time.monotonic()
    code = start(book, list(command)).wait()
    taken = time.monotonic() - began
    after = book.read_bytes()
    assert code == 0, (command, code)
    assert after != before, command
    assert read(book).sheets
    shutil.rmtree(book.parent)
    return Job(list(command), before, after, taken)


def jobs(folder: Path) -> list[Job]:
    demo = demo_workbook(folder)
    assert demo is not None
    pay = job(folder, demo, "payroll", "--month", "2016-11")
    again = job(folder, pay.after, "payroll", "--month", "2016-12")
    close = job(folder, again.after, "close", "--month", "2016-11")
    return [pay, again, close, job(folder, close.after, "reopen", "--month", "2016-11", "--reason", "核对")]


def left_over(book: Path) -> list[Path]:
    return [path for folder in (book.parent, book.parent / FOLDER) if folder.exists() for path in folder.iterdir()
            if path.name.endswith(".tmp")]


def copies(book: Path) -> list[bytes]:
    return [path.read_bytes() for path in (book.parent / FOLDER).glob("*.xlsx")]


def kill(rng: random.Random, book: Path, one: Job) -> None:
    """Run the command and kill it: anywhere, or a moment after it began to write."""
    process = start(book, one.command)
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0, one.seconds))
    else:
        while process.poll() is None and len(list(book.parent.iterdir())) == 1:
            time.sleep(0.0005)
        time.sleep(rng.uniform(0, WRITING))
    process.kill()
    process.wait()


def check(book: Path, one: Job) -> str:
    """What is wrong after a kill, and after the run that follows; '' when nothing is."""
    now, kept = book.read_bytes(), copies(book)
    if now not in (one.before, one.after):
        return "the workbook is neither the old nor the new one"
    if now == one.after and one.before not in kept:
        return "the old workbook is lost"
    if any(copy != one.before for copy in kept):
        return "a copy is not whole"
    if now == one.after:
        book.write_bytes(one.before)
    if start(book, one.command).wait():
        return "the next run fails"
    if book.read_bytes() != one.after or one.before not in copies(book):
        return "the next run does not do its work"
    return f"left over: {left_over(book)}" if left_over(book) else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="with several each has its share of the kills")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="xl-kpi-kills-"))
    generators = [random.Random(seed) for seed in arguments.seed]
    began = time.monotonic()
    todo = jobs(folder)
    found: Counter[str] = Counter()
    failures = 0
    for number in range(arguments.count):
        rng = generators[number % len(generators)]
        one = rng.choice(todo)
        book = folder / str(number) / NAME
        book.parent.mkdir()
        book.write_bytes(one.before)
        kill(rng, book, one)
        state = "new" if book.read_bytes() == one.after else "old"
        found[f"{state}, {'half-written files' if left_over(book) else 'nothing half-written'}"
              f"{', copy made' if copies(book) else ''}"] += 1
        wrong = check(book, one)
        if wrong:
            failures += 1
            print(f"FAILED {book.parent} ({' '.join(one.command)}): {wrong}", flush=True)
        else:
            shutil.rmtree(book.parent)
    seeds = " and ".join(map(str, arguments.seed))
    print(f"{arguments.count} kills (seed {seeds}) in {time.monotonic() - began:.0f} s: "
          + "; ".join(f"{n} {what}" for what, n in sorted(found.items())) + f"; {failures} failures")
    if not failures:
        shutil.rmtree(folder)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
