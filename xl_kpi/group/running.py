"""The workbooks of a group, a process a core; what is done already is not done again.

What came of each workbook is kept beside the summary, one small file a workbook, under a key of everything that it came
from: the workbook's bytes, the pages beside it, what was asked, and the version of the program.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib.metadata import version
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from xl_kpi.group.department import Asked, Department, run
from xl_kpi.policy.shelf import FOLDER as PAGES
from xl_kpi.problems import UsageError
from xl_kpi.progress import Progress
from xl_kpi.workbook.folder import files_within
from xl_kpi.workbook.package import no_file
from xl_kpi.workbook.store import replace_other

KEPT = "集团汇总进度"
SUFFIXES = (".xlsx", ".xlsm")
DIED = "处理它的进程意外结束（内存不够？），其余的不受影响；再运行一次只做没有做完的"


def books_of(paths: Iterable[str | Path], out: Path | None) -> list[Path]:
    """The workbooks named and those of the folders named, each once, by path; not what lies open beside them (~$…),
    copies, and the summary itself.  Raises UsageError."""
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        if path.is_dir():
            inside = files_within(path, SUFFIXES, (KEPT,))
            if not inside:
                raise UsageError(f"文件夹 {path} 里没有工作簿（{'、'.join(SUFFIXES)}）")
        elif path.exists():
            inside = [path]
        else:
            raise no_file(path)
        for one in inside:
            if out is None or not (out.exists() and os.path.samefile(one, out)):
                found.setdefault(os.path.normcase(os.path.realpath(one)), one)
    return [found[key] for key in sorted(found, key=lambda key: str(found[key]))]


class Kept:
    """What is kept of earlier runs.  ``folder`` None: nothing is."""

    def __init__(self, folder: Path | None, asked: Asked):
        self.folder, self.asked = folder, asked

    def key(self, book: Path) -> str:
        """Everything that a workbook's outcome comes from."""
        hashed = hashlib.sha256(f"{version('xl-kpi')}\0{self.asked}\0".encode())
        pages = sorted((book.parent / PAGES).glob("*.md")) if (book.parent / PAGES).is_dir() else []
        for file in (book, *pages):
            hashed.update(f"{file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
        return hashed.hexdigest()

    def _file(self, book: Path) -> Path:
        assert self.folder is not None
        place = hashlib.sha256(os.path.normcase(os.path.realpath(book)).encode()).hexdigest()[:16]
        return self.folder / f"{place}_{self.asked.period}.json"

    def read(self, book: Path) -> Department | None:
        """What came of a workbook, where nothing has changed since."""
        if self.folder is None:
            return None
        try:
            kept = json.loads(self._file(book).read_text("utf-8"))
            if kept["key"] == self.key(book):
                return Department.from_json(kept["department"])
        except (OSError, ValueError, TypeError, KeyError):
            pass                                # not there, or not of this version: it is done anew
        return None

    def write(self, book: Path, found: Department) -> None:
        if self.folder is None or found.state not in ("done", "nothing", "foreign"):
            return
        self.folder.mkdir(exist_ok=True)
        kept = {"key": self.key(book), "department": found.as_json()}
        replace_other(self._file(book), json.dumps(kept, ensure_ascii=False).encode())


def departments(books: Sequence[Path], asked: Asked, jobs: int, kept: Kept, progress: Progress) -> list[Department]:
    """What came of each workbook, in their order.  Ctrl-C lets those that are at work finish, so that each file is
    whole, and goes on upwards."""
    found: dict[Path, Department] = {}
    for book in books:
        if (known := kept.read(book)) is not None:
            found[book] = known

    def settle(book: Path, one: Department) -> None:
        found[book] = one
        kept.write(book, one)
        progress(len(found), len(books), "各部门")

    progress(len(found), len(books), "各部门")
    left = [book for book in books if book not in found]
    if jobs == 1 or len(left) <= 1:
        for book in left:
            settle(book, run(book, asked))
        return [found[book] for book in books]
    _together(left, asked, min(jobs, len(left)), settle)
    return [found[book] for book in books]


def _together(books: Sequence[Path], asked: Asked, workers: int, settle: Callable[[Path, Department], None]) -> None:
    """Each in one of several processes.

    ``ProcessPoolExecutor`` gives up everything when one process dies; here that costs one workbook.
    """
    left: list[Path] = list(reversed(books))
    at_work: dict[Any, _Worker] = {}            # by its end of the pipe
    try:
        while left or at_work:
            while left and len(at_work) < workers:
                worker = _Worker(asked)
                at_work[worker.pipe] = worker
                worker.begin(left.pop())
            for pipe in wait(list(at_work)):
                worker = at_work[pipe]
                settle(worker.book, worker.result())
                if left and worker.process.is_alive():
                    worker.begin(left.pop())
                else:
                    worker.end()
                    del at_work[pipe]
    finally:                                    # Ctrl-C: who is at work finishes the workbook, so that it is whole
        for worker in at_work.values():
            worker.end()


class _Worker:
    """A process that does one workbook after another."""

    def __init__(self, asked: Asked):
        self.pipe, theirs = Pipe()
        self.process = Process(target=_work, args=(theirs, asked), daemon=False)
        self.process.start()
        theirs.close()                          # so that its death closes the pipe
        self.book = Path()

    def begin(self, book: Path) -> None:
        self.book = book
        self.pipe.send(book)

    def result(self) -> Department:
        """What came of its workbook, also when the process died of it."""
        try:
            found: Department = self.pipe.recv()
        except EOFError:
            self.process.join()
            return Department(str(self.book), "failed", levels={"error": 1}, said=[("error", DIED)])
        return found

    def end(self) -> None:
        with suppress(OSError):
            self.pipe.send(None)
        self.process.join()


def _work(pipe: Connection, asked: Asked) -> None:
    """A worker leaves Ctrl-C to the process that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while (book := pipe.recv()) is not None:
            pipe.send(run(book, asked))
