"""A result into the company's own forms: lists, cards, and a card a person made out of an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from xl_kpi.forms.fill import Filling, fill
from xl_kpi.forms.model import Form
from xl_kpi.forms.people import People
from xl_kpi.forms.placed import Placed, on_list, person_of
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem, Refusal, named
from xl_kpi.results import Result
from xl_kpi.target import Target
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.looks import Looks

LooksOf = Callable[[Book, str], Looks]      # of a sheet of a workbook


@dataclass
class Given:
    """A workbook with forms, and what was recognised on it."""

    book: Book
    forms: list[Form]


@dataclass
class Written:
    """What becomes of one workbook.  ``person``: (工号, 姓名) of the one whose copy of an empty card it is."""

    book: Book
    changes: Changes = field(default_factory=Changes)
    person: tuple[str, str] | None = None


@dataclass
class Made:
    """The workbooks as they are to be written, what HR is told, and how many people are on them."""

    written: list[Written]
    said: list[str]
    people: int


def fill_forms(opened: Opened, target: Target, result: Result, given: Sequence[Given], looks: LooksOf,
               overwrite: bool = False, copies: bool = True) -> Made:
    """Fill the forms for ``target``.  ``copies``: an empty card may be made out to everybody, in files of their own.

    Raises Refusal, with everything that is in the way, also when what is filled in would change and ``overwrite`` is
    not given.
    """
    people = People(opened.names)
    placed = [[Placed(one.book, form) for form in _of_period(one.forms, target)] for one in given]
    lists = {id(one): on_list(one, people) for found in placed for one in found if one.form.kind == "list"}
    cards = {id(one): person_of(one, people) for found in placed for one in found if one.form.kind == "card"}
    with_card = {person for person, _ in cards.values() if person}
    result_people = [str(line["工号"]) for line in result.lines]
    fillings: list[Filling] = []
    written: list[Written] = []
    for one, found in zip(given, placed, strict=True):
        mine = Written(one.book)
        for form in found:
            if form.form.kind == "card" and cards[id(form)] == ("", ""):
                if not copies:
                    raise Refusal([Problem("error", f"{form.where}：这张卡没有姓名，不知道填谁的",
                                           "写上姓名，或者用命令填成一人一份", form.where)])
                for person in (p for p in result_people if p not in with_card):
                    filling = fill(form, result, target.period, people, looks(one.book, form.form.sheet),
                                   overwrite=overwrite, person=person)
                    fillings.append(filling)
                    written.append(Written(one.book, Changes(filled=[filling.filled]),
                                           (person, people.names.get(person, ""))))
                continue
            elsewhere = {p for key, there in lists.items() if key != id(form) for p in there}
            filling = fill(form, result, target.period, people, looks(one.book, form.form.sheet), elsewhere, overwrite)
            fillings.append(filling)
            _add(mine.changes, filling.filled)
        written.append(mine)
    _refuse(target, fillings, overwrite)
    said = [text for filling in fillings for text in filling.said]
    if overwrite:
        said += [f"{problem.sheet} {problem.cell}  {problem.text}" for filling in fillings
                 for problem in filling.differences]
    there = {person for filling in fillings for person in filling.people}
    left = [people.who(person) for person in result_people if person not in there]
    if left:
        said.append(f"结果里有、哪张表上都没有的 {len(left)} 人，没有填：{named(left)}")
    return Made([one for one in written if one.changes or one.person is None], said, len(there))


def _of_period(forms: Iterable[Form], target: Target) -> list[Form]:
    """The forms of a workbook that are filled: where there is one a period, those of the period alone."""
    found = list(forms)
    months = set(target.period.months)
    exact = [form for form in found if form.period is not None and months <= set(form.period.months)]
    stated = {form.period for form in found if form.period is not None}
    return exact if exact and len(stated) > 1 else found


def _add(changes: Changes, filled: Filled) -> None:
    """Several forms on a sheet are one ``Filled``."""
    at = next((n for n, other in enumerate(changes.filled) if other.sheet == filled.sheet), None)
    if at is None:
        changes.filled.append(filled)
    else:
        changes.filled[at] = replace(changes.filled[at], cells={**changes.filled[at].cells, **filled.cells})


def _refuse(target: Target, fillings: Sequence[Filling], overwrite: bool) -> None:
    problems = [problem for filling in fillings for problem in filling.problems]
    differences = [] if overwrite else [problem for filling in fillings for problem in filling.differences]
    if differences:
        problems += [*differences, Problem(
            "error", f"{target} 有 {len(differences)} 处与表上已填的不同（旧 → 新），没有写入",
            "核对后确实要改的，改成这次的", again="--replace")]
    if problems:
        raise Refusal(problems)
