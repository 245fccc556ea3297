"""A recognised form beside its sheet: what stands where."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from xl_kpi.forms.model import Field, Form
from xl_kpi.forms.months import Clue, clues
from xl_kpi.forms.people import People
from xl_kpi.forms.slots import slot
from xl_kpi.job.compared import says
from xl_kpi.period import AnyPeriod
from xl_kpi.results import ID, NAME
from xl_kpi.tables.merged import Merged
from xl_kpi.workbook.book import Book, Mark

PERIODS = ("月份", "季度", "半年", "年度", "期间")        # what a field is called that says of when a form or row is
DRAWN = "_＿﹍ \t\r\n\u3000"          # what is drawn where something is to be written by hand
LONG = 60               # characters of a line that is no title
Place = tuple[int, int]


class Placed:
    """A form with the sheet that it stands on."""

    def __init__(self, book: Book, form: Form):
        sheet = book.sheet(form.sheet)
        assert sheet is not None, form.sheet
        self.book, self.form, self.sheet, self.merged = book, form, sheet, Merged(sheet)

    @property
    def where(self) -> str:
        """How a message calls the sheet."""
        return f"{self.form.form} {self.form.sheet}".strip()

    @cached_property
    def _tops(self) -> dict[Place, Place]:
        return {(row, column): area[:2] for area in self.sheet.merged for row in range(area[0], area[2] + 1)
                for column in range(area[1], area[3] + 1)}

    def top(self, place: Place) -> Place:
        """The cell that shows what is written there: of a merged area its first."""
        return self._tops.get(place, place) if self.sheet.merged else place

    def value(self, place: Place) -> Any:
        """What a cell holds; nothing of cells beyond the sheet's last."""
        row, column = place
        cells = self.sheet.rows[row] if 0 <= row < len(self.sheet.rows) else []
        return cells[column] if column < len(cells) else None

    def mark(self, place: Place) -> Mark | None:
        return self.sheet.marks.get(place)

    def end(self, row: int) -> int:
        """The last row of somebody's block."""
        at = self.form.people.index(row) if row in self.form.people and self.form.ends else -1
        return self.form.ends[at] if 0 <= at < len(self.form.ends) else row + max(self.form.spans, 1) - 1

    def right_of(self, place: Place) -> Place:
        """The cell right of another, or of the merged area that it begins."""
        area = self.merged.area(*place) if place[0] < len(self.sheet.rows) else None
        return place[0], (area[3] if area else place[1]) + 1

    def text(self, place: Place) -> str:
        """What a cell shows, without what is drawn there to be written over."""
        place = self.top(place)
        return says(self.value(place), self.mark(place), "text").strip(DRAWN)

    def at(self, one: Field, row: int) -> Place:
        """The cell of a field for somebody's row (where people stand side by side: column), or the only one."""
        if self.form.kind == "card" or not self.of_everybody(one):
            return self.top((one.rows[0], one.column))
        return self.top((one.rows[0], row) if self.form.across else (row, one.column))

    def of_everybody(self, one: Field) -> bool:
        """Whether a field of a list is one of every person's, not a cell beside the table."""
        first, last = one.rows
        if self.form.kind == "card" or self.form.across:
            return self.form.kind == "list"
        people = self.form.people
        return last > max(self.form.headings) and not (
            first == last and bool(people) and not people[0] <= first <= self.end(people[-1]))

    def says(self, one: Field | None, row: int = -1) -> str:
        """What a field says as text."""
        if one is None:
            return ""
        text = self.text(self.at(one, row))
        if one.within:
            found = slot(text, one.heading)
            return found[2] if found else ""
        return text

    def whose(self, row: int = -1) -> tuple[str, str]:
        """(工号, 姓名) as a row, or the card, has them."""
        return self.says(self.form.field(ID), row), self.says(self.form.field(NAME), row)

    def place_of_whose(self, row: int) -> Place | None:
        one = self.form.field(ID) or self.form.field(NAME)
        return None if one is None else self.at(one, row)


def person_of(placed: Placed, people: People) -> tuple[str | None, str]:
    """(whose a card is, why that cannot be said): '' for a card that names nobody, None for somebody unknown."""
    number, name = placed.whose()
    if number or name:
        person, why = people.find(number, name)
        return person or None, why
    if placed.form.person:
        person, why = people.find("", placed.form.person)
        return person or None, why
    return people.in_text(placed.form.sheet) or people.in_text(placed.form.form.rpartition(".")[0]), ""


def says_other(placed: Placed, period: AnyPeriod) -> str:
    """What says that a form is of another period: its own, where that is known, else what its sheet, its file and its
    title say; '' for nothing."""
    stated = placed.form.period
    if stated is not None:
        return "" if set(period.months) <= set(stated.months) else str(stated)
    rows = placed.sheet.rows[:max(placed.form.headings[0], 1)]
    texts = [(placed.sheet.name, "工作表名"), (placed.form.form.rpartition(".")[0], "文件名"),
             *((value, "标题") for row in rows for value in row if isinstance(value, str) and len(value) < LONG)]
    for text, where in texts:
        for clue in clues(text, where):
            other = clue.number != getattr(period, "number", None) if clue.grain == period.grain and clue.number else (
                clue.grain in ("quarter", "half") and period.grain in ("month", "quarter")
                and Clue(where, text, clue.year or period.year, clue.grain, clue.number).label()
                != str(period.within(clue.grain)))
            if other or (clue.year is not None and clue.year != period.year):
                return clue.said()
    return ""


def on_list(placed: Placed, people: People) -> set[str]:
    """The people who stand on a list."""
    return {person for row in placed.form.people if (person := people.find(*placed.whose(row))[0])}
