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


@dataclass
class Question:
    """Something that is asked about a form."""

    given: Given
    form: Form
    open: Open

    @property
    def text(self) -> str:
        choices = f"（{'、'.join(self.open.choices)}）" if self.open.choices else ""
        return f"{self.open.text}{choices}"

    @property
    def where(self) -> str:
        return f"{self.form.form} {self.form.sheet}"


def questions(given: Sequence[Given], wanted: Collection[str] | None = None, periods: bool = False) -> list[Question]:
    """What is open about ``wanted`` (None: whatever is), and of when a form is."""
    return [Question(one, form, asked) for one in given for form in one.forms for asked in form.open
            if wanted is None or _matters(asked, wanted) or (periods and asked.key == PERIOD)]


def write_down(asked: Sequence[Question], given: Sequence[Given]) -> None:
    """Put questions into the files of answers beside the forms.  Raises HostError."""
    folders: dict[Path, tuple[Answers, list[Form]]] = {}
    for one in given:
        if one.answers is None:
            continue
        for form in one.forms:
            mine = [question.open for question in asked if question.form is form]
            folders.setdefault(one.answers.path, (one.answers, []))[1].append(replace(form, open=mine))
    for answers, forms in folders.values():
        if any(form.open for form in forms):
            answers.ask_about(forms)
            answers.save()


def refuse_open(given: Sequence[Given], wanted: Collection[str] | None = None, periods: bool = False) -> None:
    """Refuse where something is open, with the questions, which are put into the file of answers.  Raises Refusal,
    HostError."""
    asked = questions(given, wanted, periods)
    if not asked:
        return
    write_down(asked, given)
    raise Refusal([Problem("error", one.text, f"在 {_file_of(one)}写上答案，再做一次", one.where, one.open.cell)
                   for one in asked])


def _file_of(one: Question) -> str:
    answers = one.given.answers
    return f"{FILE}，在" + (f"文件夹“{answers.path.resolve().parent.name}”里" if answers is not None else "表的旁边")


def _matters(question: Open, wanted: Collection[str]) -> bool:
    """Whether a question is about something that is wanted."""
    if question.key in (PERIOD, NOBODY):
        return False
    names = {squeezed(question.key), *(squeezed(choice).split("（")[0].split("(")[0] for choice in question.choices)}
    return bool(names & {squeezed(one) for one in wanted})
