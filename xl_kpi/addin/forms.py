"""The company's own forms at the desk: chosen files, or the workbook that is open; what is unclear is asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from xl_kpi.actions.form_files import wanted_of
from xl_kpi.actions.form_questions import Given, given_forms, questions, write_down
from xl_kpi.addin.desk import Cancelled, Desk, refuse_foreign_book
from xl_kpi.forms.answers import Answers
from xl_kpi.forms.model import Form
from xl_kpi.forms.recognise import recognise
from xl_kpi.opened import Opened
from xl_kpi.parameters import policy_of
from xl_kpi.problems import Refusal, Stop, UsageError
from xl_kpi.rules.base import PolicyError
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.changes import Changes
from xl_kpi.workbook.excel import Quiet, apply, read_book
from xl_kpi.workbook.excel.looks import ExcelLooks
from xl_kpi.workbook.grid import address
from xl_kpi.workbook.looks import Looks

if TYPE_CHECKING:
    import xlwings as xw

KINDS = {"list": "名单", "card": "卡片"}


def standard(desk: Desk) -> tuple[Opened, bool]:
    """(the standard workbook, whether it is the one in front); else the other one that is open, or a file that is
    chosen.  Raises UsageError, Refusal, Cancelled."""
    try:
        return desk.opened, True
    except UsageError:
        pass
    for other in desk.app.books:
        if other.name != desk.book.name and other.api.Path:
            try:
                book = read_book(other)
                policy = policy_of(book)
                refuse_foreign_book(book, policy)
                return Opened(book, policy=policy), False
            except (Stop, Refusal, PolicyError):
                continue
    chosen = desk.ask.files("选标准工作簿：按它的制度和花名册来认，填它的结果")
    if not chosen:
        raise Cancelled
    return Opened.file(chosen[0]), False


def chosen_files(desk: Desk, title: str, opened: Opened) -> list[Given]:
    """The forms of files that are chosen.  Raises Cancelled, Refusal."""
    paths = desk.ask.files(title)
    if not paths:
        raise Cancelled
    return given_forms(paths, opened, desk.password)


def open_form(book: xw.Book, opened: Opened) -> Given:
    """The forms of a workbook that is open in Excel, with the answers beside its file."""
    found = read_book(book)
    answers = Answers.read(found.path.parent)
    forms = recognise(found, wanted_of(opened))
    for form in forms:
        if form.open and (sheet := found.sheet(form.sheet)) is not None:
            answers.apply(form, sheet)
    return Given(found, forms, answers)


def ask(desk: Desk, given: Sequence[Given], wanted: Collection[str] | None = None, periods: bool = False) -> None:
    """Ask what is open, one question after the other; what was answered is kept beside the forms.  Raises Cancelled."""
    while asked := questions(given, wanted, periods):
        write_down(asked, given)
        question = asked[0]
        answers, form = question.given.answers, question.form
        assert answers is not None
        answer = desk.ask.text(f"{question.where} {question.open.cell}\n{question.text}\n没有的写 不用", "")
        if answer is None:
            desk.ask.tell(f"剩下的问题在 {answers.path} 里：也可以把答案写在那里，再点这个按钮。")
            raise Cancelled
        answers.answer_about(form, question.open, answer)
        sheet = question.given.book.sheet(form.sheet)
        assert sheet is not None
        answers.problems = []
        answers.apply(form, sheet)
        if answers.problems:
            desk.ask.tell(answers.problems[0].text, bad=True)
            answers.answer_about(form, question.open, "")
        answers.save()


def looks_of(books: dict[str, xw.Book], book: Book, sheet: str) -> Looks:
    """The looks of a sheet of one of the open workbooks, by the file's name."""
    return ExcelLooks(books[str(book.path)].sheets[sheet])


def described(form: Form) -> str:
    """A form in one line of a message."""
    people = f"，{len(form.people)} 人" if form.kind == "list" and form.people else ""
    when = f"，{form.period.label}" if form.period is not None else ""
    fields = "、".join(f"{one.name} {_place(form, one.rows[0], one.column)}" for one in form.fields[:12])
    more = " 等" if len(form.fields) > 12 else ""
    return f"{form.form}「{form.sheet}」：{KINDS[form.kind]}{when}{people}：{fields}{more}"


def _place(form: Form, row: int, column: int) -> str:
    cell = address(row, column)
    return cell if form.kind == "card" or form.across else cell.rstrip("0123456789")


def write_open(desk: Desk, book: xw.Book, changes: Changes) -> None:
    """Write into a form that is open, to be undone there."""
    with Quiet(desk.app) as quiet:
        apply(book, changes, quiet, "填写附表")
