"""The company's forms in files and folders: which there are, and what each holds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xl_kpi.forms.answers import Answers
from xl_kpi.forms.foreign import SUFFIXES, Ask, open_form
from xl_kpi.forms.model import Form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Wanted, of_policy, plain
from xl_kpi.opened import Opened
from xl_kpi.problems import HostError, Problem, Refusal, UsageError
from xl_kpi.workbook.folder import files_within
from xl_kpi.workbook.package import no_file


@dataclass
class Inspected:
    """``forms``: what was recognised, file after file; ``problems``: files that cannot be read, answers that cannot be
    used; ``files``: how many were looked at; ``asked``: the files where what is open is asked."""

    forms: list[Form] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    asked: list[Path] = field(default_factory=list)


def files_of(paths: Sequence[str | Path], book: Path | None = None) -> Iterator[Path]:
    """The files given, and those of the folders given, by name: workbooks and tables, not what lies open beside them
    (~$…), not the workbook ``book`` itself, nor its copies.  Raises UsageError, HostError."""
    for path in map(Path, paths):
        if path.is_dir():
            found = files_within(path, SUFFIXES)
            if not found:
                raise UsageError(f"文件夹 {path} 里没有表格文件（{'、'.join(SUFFIXES)}）")
            yield from (one for one in found if book is None or not _same(one, book))
        elif path.exists():
            yield path
        else:
            raise no_file(path)


def _same(one: Path, other: Path) -> bool:
    return other.exists() and os.path.samefile(one, other)


def wanted_of(opened: Opened | None) -> Wanted:
    """What is looked for: with a workbook its policy's columns and its people."""
    return plain() if opened is None else of_policy(opened.policy, opened.names)


def inspect(paths: Sequence[str | Path], opened: Opened | None = None, ask: Ask | None = None) -> Inspected:
    """What the forms of files and folders hold, with what was answered about them; what is open is put into the file
    of answers beside them, where that can be written.  Raises UsageError, HostError; a file that cannot be read is a
    problem."""
    wanted, found = wanted_of(opened), Inspected()
    known: dict[Path, tuple[Answers, list[Form]]] = {}
    for path in files_of(paths, opened.book.path if opened else None):
        found.files += 1
        try:
            book = open_form(path, ask)
        except Refusal as refusal:
            found.problems += refusal.problems
            continue
        forms = recognise(book, wanted)
        found.forms += forms
        if path.parent not in known:
            known[path.parent] = Answers.read(path.parent), []
        answers, asked = known[path.parent]
        for form in forms:
            if form.open and (sheet := book.sheet(form.sheet)) is not None:
                answers.apply(form, sheet)
        asked += forms
    for answers, asked in known.values():
        answers.ask_about(asked)
        with contextlib.suppress(HostError):        # a folder that is only read from, or the file is open
            answers.save()
        found.problems += answers.problems
        found.asked += [answers.path] if any(form.open for form in asked) and answers.path.exists() else []
    return found
