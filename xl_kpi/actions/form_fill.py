"""A result into the company's own forms: lists, cards, and a card a person made out of an empty one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from xl_kpi.actions.form_questions import Given, refuse_open
from xl_kpi.forms.fill import Filling, columns_of, fill
from xl_kpi.forms.formulas import told as formulas_told
from xl_kpi.forms.people import People
from xl_kpi.forms.placed import Placed, on_list, person_of, says_other
from xl_kpi.hand.texts import squeezed
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem, Refusal, named
from xl_kpi.results import ID, NAME, Result
from xl_kpi.target import Target
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.looks import FileLooks, Looks
from xl_kpi.workbook.package import SAVE_AS_XLSX, Package

LooksOf = Callable[[Book, str], Looks]      # of a sheet of a workbook


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
    fillings: list[Filling] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)      # of each filling
    looks: list[Looks] = field(default_factory=list)

    def add(self, filling: Filling, placed: Placed, looks: Looks) -> None:
        self.fillings.append(filling)
        self.placed.append(placed)
        self.looks.append(looks)

    @property
    def differing(self) -> list[Problem]:
        """What was filled in otherwise, old → new."""
        return [problem for filling in self.fillings for problem in filling.differences]


def fill_forms(opened: Opened, target: Target, result: Result, given: Sequence[Given], looks: LooksOf,
               overwrite: bool = False, copies: bool = True) -> Made:
    """Fill the forms for ``target``.  ``copies``: an empty card may be made out to everybody, in files of their own.

    Raises Refusal, with everything that is in the way, also when what is filled in would change and ``overwrite`` is
    not given.
    """
    refuse_open(given, wanted_by(result))
    people = People(opened.names)
    said: list[str] = []
    placed = [_of_period(one, target, said) for one in given]
    lists = {id(one): on_list(one, people) for found in placed for one in found if one.form.kind == "list"}
    cards = {id(one): person_of(one, people) for found in placed for one in found if one.form.kind == "card"}
    with_card = {person for person, _ in cards.values() if person}
    result_people = [str(line["工号"]) for line in result.lines]
    made = Made([], said, 0)
    for one, found in zip(given, placed, strict=True):
        mine = Written(one.book)
        for form in found:
            look = looks(one.book, form.form.sheet)
            if form.form.kind == "card" and cards[id(form)] == ("", ""):
                if not _is_template(form, result):
                    said.append(f"{form.where}：没有写是谁的，也不是这个结果的空白卡片，没有动")
                    continue
                if not copies:
                    raise Refusal([Problem("error", f"{form.where}：这张卡没有姓名，不知道填谁的",
                                           "写上姓名，或者用命令填成一人一份", form.where)])
                for person in (p for p in result_people if p not in with_card):
                    filling = fill(form, result, target.period, people, look, overwrite=overwrite, person=person)
                    made.add(filling, form, look)
                    made.written.append(Written(one.book, Changes(filled=[filling.filled]),
                                                (person, people.names.get(person, ""))))
                continue
            elsewhere = {p for key, there in lists.items() if key != id(form) for p in there}
            filling = fill(form, result, target.period, people, look, elsewhere, overwrite)
            made.add(filling, form, look)
            said += formulas_told(form, filling, look, people)
            _add(mine.changes, filling.filled)
        if mine.changes or not any(cards.get(id(form)) == ("", "") and _is_template(form, result) for form in found):
            made.written.append(mine)
    fillings = made.fillings
    _refuse(target, fillings, overwrite)
    said += [text for filling in fillings for text in filling.said]
    if overwrite:
        said += [f"{problem.sheet} {problem.cell}  {problem.text}" for filling in fillings
                 for problem in filling.differences]
    there = {person for filling in fillings for person in filling.people}
    left = [people.who(person) for person in result_people if person not in there]
    if left:
        said.append(f"结果里有、哪张表上都没有的 {len(left)} 人，没有填：{named(left)}")
    made.people = len(there)
    return made


def _is_template(placed: Placed, result: Result) -> bool:
    """Whether a card without a person is one to be made out to somebody: it asks who, and for something of the
    result."""
    known = columns_of(result)
    found = {column.heading for one in placed.form.fields if (column := known.get(squeezed(one.name))) is not None}
    return bool(found & {ID, NAME}) and bool(found - {ID, NAME})


def wanted_by(result: Result) -> set[str]:
    """What a form may be asked about that is to be filled with a result."""
    return {ID, NAME, *columns_of(result)}


def _of_period(one: Given, target: Target, said: list[str]) -> list[Placed]:
    """The forms of a workbook that are filled: where some are of the period and others not, these are left alone."""
    placed = [Placed(one.book, form) for form in one.forms]
    other = {id(form): text for form in placed if (text := says_other(form, target.period))}
    if other and len(other) < len(placed):
        left = [form.form.sheet for form in placed if id(form) in other]
        said.append(f"{one.book.path.name}：不是 {target.period} 的 {len(left)} 张表没有动（{named(left, '张')}）")
        return [form for form in placed if id(form) not in other]
    return placed


def _add(changes: Changes, filled: Filled) -> None:
    """Several forms on a sheet are one ``Filled``; rows inserted for one move the others that are below.  Raises
    Refusal where two of them need rows."""
    at = next((n for n, other in enumerate(changes.filled) if other.sheet == filled.sheet), None)
    if at is None:
        changes.filled.append(filled)
        return
    other = changes.filled[at]
    if other.room and filled.room:
        raise Refusal([Problem("error", f"工作表“{filled.sheet}”上有两张表的行都不够，程序一次只能给一张插入行",
                               f"在 Excel 里第 {filled.after + 1} 行下面插入 {filled.room} 行，保存后再试",
                               filled.sheet)])
    keeps, moves = (filled, other) if filled.room else (other, filled)
    cells = {(row + keeps.room if keeps.room and row > keeps.after else row, column): value
             for (row, column), value in moves.cells.items()}
    changes.filled[at] = replace(keeps, cells={**cells, **keeps.cells})


def _refuse(target: Target, fillings: Sequence[Filling], overwrite: bool) -> None:
    problems = [problem for filling in fillings for problem in filling.problems]
    differences = [] if overwrite else [problem for filling in fillings for problem in filling.differences]
    if differences:
        problems += [*differences, Problem(
            "error", f"{target} 有 {len(differences)} 处与表上已填的不同（旧 → 新），没有写入",
            "核对后确实要改的，改成这次的", again="--replace")]
    if problems:
        raise Refusal(problems)


def file_looks() -> LooksOf:
    """The looks of sheets in files, each package taken apart once."""
    packages: dict[int, Package] = {}

    def looks(book: Book, sheet: str) -> Looks:
        package = packages.get(id(book))
        if package is None:
            package = packages[id(book)] = Package(book.data, book.path.name)
        return FileLooks(package, sheet)

    return looks


def refuse_foreign_forms(given: Sequence[Given]) -> None:
    """Refuse files that are read but cannot be written into.  Raises Refusal."""
    problems = [Problem("error", f"{one.book.path.name} 不是 .xlsx 或 .xlsm，只能读，不能填", SAVE_AS_XLSX)
                for one in given if not one.book.data]
    if problems:
        raise Refusal(problems)
