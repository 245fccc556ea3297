"""Forms with the answers that HR gave about them, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xl_kpi.actions.form_files import files_of, wanted_of
from xl_kpi.forms.answers import FILE, Answers
from xl_kpi.forms.foreign import Ask, open_form
from xl_kpi.forms.model import Form, Open
from xl_kpi.forms.recognise import recognise
from xl_kpi.hand.texts import squeezed
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem, Refusal
from xl_kpi.workbook.book import Book

PERIOD, NOBODY = "月份", "人"      # questions that who fills a form for a period has answered


@dataclass
class Given:
    """A workbook with what was recognised on it, and the answers that lie beside it (None: it is open in Excel)."""

    book: Book
    forms: list[Form]
    answers: Answers | None = None


def given_forms(paths: Sequence[str | Path], opened: Opened | None, ask: Ask | None = None) -> list[Given]:
    """The forms of files and folders, with what was answered.  Raises Refusal, with everything that cannot be read,
    UsageError, HostError."""
    wanted, found, problems = wanted_of(opened), list[Given](), list[Problem]()
    known: dict[Path, Answers] = {}
    for path in files_of(paths, opened.book.path if opened else None):
        try:
            book = open_form(path, ask)
        except Refusal as refusal:
            problems += refusal.problems
            continue
        answers = known.get(path.parent)
        if answers is None:
            answers = known[path.parent] = Answers.read(path.parent)
        forms = recognise(book, wanted)
        for form in forms:
            if form.open and (sheet := book.sheet(form.sheet)) is not None:
                answers.apply(form, sheet)
        found.append(Given(book, forms, answers))
    problems += [problem for answers in known.values() for problem in answers.problems]
    if any(problem.level == "error" for problem in problems):
        raise Refusal(problems)
    return found


def refuse_open(given: Sequence[Given], wanted: Collection[str], periods: bool = False) -> None:
    """Ask what is open about ``wanted`` (and of when a form is): refuse, with the questions, and put them into the file
    of answers.  Raises Refusal, HostError."""
    problems: list[Problem] = []
    folders: dict[Path, tuple[Answers, list[Form]]] = {}
    for one in given:
        for form in one.forms:
            asked = replace(form, open=[question for question in form.open if _matters(question, wanted)
                                        or (periods and question.key == PERIOD)])
            where = f"{FILE}，在" + (f"文件夹“{one.answers.path.parent.name}”里" if one.answers else "表的旁边")
            for question in asked.open:
                choices = f"（{'、'.join(question.choices)}）" if question.choices else ""
                problems.append(Problem("error", f"{question.text}{choices}", f"在 {where}写上答案，再做一次",
                                        f"{form.form} {form.sheet}", question.cell))
            if one.answers is not None:
                folders.setdefault(one.answers.path, (one.answers, []))[1].append(asked)
    for answers, forms in folders.values():
        if any(form.open for form in forms):
            answers.ask_about(forms)
            answers.save()
    if problems:
        raise Refusal(problems)


def _matters(question: Open, wanted: Collection[str]) -> bool:
    """Whether a question is about something that is wanted."""
    if question.key in (PERIOD, NOBODY):
        return False
    names = {squeezed(question.key), *(squeezed(choice).split("（")[0].split("(")[0] for choice in question.choices)}
    return bool(names & {squeezed(one) for one in wanted})
