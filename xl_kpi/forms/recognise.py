"""Which forms a workbook holds: lists of people, cards, other tables; a sheet after the other."""

from __future__ import annotations

from xl_kpi.forms import cards
from xl_kpi.forms.lists import Lists
from xl_kpi.forms.model import Form
from xl_kpi.forms.view import View
from xl_kpi.forms.wanted import Wanted, plain
from xl_kpi.parameters import COLUMNS
from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.workbook.book import Book, Sheet

MANY = 15               # people that no table inside a card has; nor has it rows drawn for further ones


def recognise(book: Book, wanted: Wanted | None = None) -> list[Form]:
    """The forms of a workbook.  A sheet with a list of people is that list; any other is a card where labels have
    values beside them; tables without people are given where they stand alone."""
    wanted = wanted or plain()
    found: list[Form] = []
    for sheet in book.sheets:
        view = View(sheet)
        if not view.rows or _is_parameters(sheet):
            continue
        lists = Lists(view, wanted, book.path.name)
        tables = lists.all()
        scan = cards.Scan(view, wanted)
        parts = [len(form.people) < MANY and not form.drawn and cards.is_part(form, scan) for form, _ in tables]
        of_people = [form for (form, people), part in zip(tables, parts, strict=True) if people and not part]
        if of_people:
            found += of_people
            continue
        held, rows = cards.recognise(book, scan, [form for form, people in tables if not people])
        found += held
        found += [form for (form, _), part in zip(tables, parts, strict=True)
                  if not (held and part) and not rows & set(range(form.headings[0], _end(form) + 1))]
    return found


def _is_parameters(sheet: Sheet) -> bool:
    """The sheet 参数 of our own workbooks and forms is none."""
    wanted = {column.heading for column in COLUMNS if column.required}
    return sheet.name == PARAMETERS and any(wanted <= {str(value) for value in row if isinstance(value, str)}
                                            for row in sheet.rows[:HEADING_ROWS])


def _end(form: Form) -> int:
    """The last row of a table."""
    return max(form.headings[1], *(form.ends or form.people or [-1]))
