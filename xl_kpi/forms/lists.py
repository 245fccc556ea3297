"""Lists: tables with a row (or a block of rows) a person, below headings; people side by side too."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from xl_kpi.forms.heads import Head, Heading, Heads
from xl_kpi.forms.labels import (
    SCALES,
    canonical,
    is_foot,
    is_person,
    label_of,
    of_people,
    perhaps,
    says_total,
    simplified,
)
from xl_kpi.forms.model import Field, Form, Open
from xl_kpi.forms.months import PERIOD, Clue, is_periodic, labels_of, of_days, of_label, period_of
from xl_kpi.forms.names import looks_like_name
from xl_kpi.forms.view import View, as_text, is_number, kind_of
from xl_kpi.forms.wanted import ID, NAME, Wanted
from xl_kpi.hand.numbers import NONE
from xl_kpi.hand.texts import squeezed
from xl_kpi.tables import words
from xl_kpi.tables.rows import can_be_person
from xl_kpi.workbook.grid import address

SURE = 0.8              # what is less sure is asked
GAP = 2                 # blank rows that a table may have inside
_COLUMN = re.compile(r"[A-Z①-⑳]|[A-Z①-⑳\d]+=.+|\d{1,2}")      # what names columns below headings: A, 4=2+3
_WORKED = re.compile(r"(打卡|出勤|考勤|签到|加班|值班|上班).*(日期|时间)")     # days of the period itself
_USUAL = 60             # people who say what a row of the table usually holds
_DATA = re.compile(r"\d\D?\d\D?\d\D?\d\D?\d")        # digits as no heading has them
_SEVERAL = 3            # columns of one heading among which somebody may be asked to choose
_TITLES = 8             # rows above the headings that can say what it is


def letters(column: int) -> str:
    return address(0, column)[:-1]


@dataclass
class Body:
    """What the rows below a heading are.  ``people``: the top row of each; without people the records."""

    people: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)       # rows with values and nobody's name
    beyond: list[int] = field(default_factory=list)         # rows behind the end that look like people's
    end: int = 0                                            # the first row that is the table's no more


@dataclass(frozen=True)
class Key:
    """The column of 姓名 or 工号: how sure, why; ``open``: what is asked instead."""

    column: int = -1
    sure: float = 0.0
    why: str = ""
    open: Open | None = None


class Lists:
    """The tables of a sheet."""

    def __init__(self, view: View, wanted: Wanted, file: str):
        self.view, self.wanted, self.file = view, wanted, file
        self.heads = Heads(view, wanted)
        self.rows: set[int] = set()             # that tables of people hold
        self._titles: range | None = None

    def all(self) -> list[tuple[Form, bool]]:
        """(table, whether it is of people), from above."""
        found: list[tuple[Form, bool]] = []
        number, after = 0, 0
        while number < self.view.height:
            if across := self._across(number):
                form, end = across
                found.append((form, True))
                number = after = end
                continue
            head = self.heads.at(number)
            if head is None:
                number += 1
                continue
            tables = [Table(self, part, after) for part in self._parts(head)]
            tables = [table for table in tables if table.counts]
            if not tables:
                number += 1
                continue
            for table in tables:
                form = table.form()
                found.append((form, table.of_people))
                if table.of_people:
                    self.rows |= set(range(head.top, table.body.end))
            number = after = max(head.bottom + 1, *(table.body.end for table in tables))
        return found

    def above(self, form: Form, rows: Iterable[int]) -> list[Field]:
        """The cells above a table that its period belongs in."""
        found: dict[str, Field] = {}
        for row in rows:
            for said in labels_of(self.view, row):
                name = canonical(said.label)
                if name in PERIOD and form.field(name) is None:
                    heading = f"{said.label.text}：" if said.within else said.label.text
                    why = f"{said.cell} 在「{said.label.text}」{'后面' if said.within else '旁边'}"
                    found.setdefault(name, Field(name, said.column, (row, row), heading, 0.9, why, (row, said.at),
                                                 said.within))
        return list(found.values())

    def title_rows(self, after: int, top: int) -> range:
        """The rows that say what a table is: between the one before and its heading; where nothing stands there, those
        of the sheet's first table."""
        rows = range(max(after, top - _TITLES), top)
        if self._titles is None:
            self._titles = rows
        return rows if any(self.view.row(row) for row in rows) else self._titles

    # -- tables side by side ------------------------------------------------------------------------------------------

    def _parts(self, head: Head) -> list[Head]:
        """The tables whose headings stand in the same rows: the same headings again, or set apart by a blank column."""
        columns = sorted(head.columns)
        keys = [head.columns[column].label.key for column in columns]
        names = [n for n, column in enumerate(columns) if self.wanted.name_of(head.columns[column].label) == NAME]
        if len(names) > 1:
            size = names[1] - names[0]
            if len(keys) % size == 0 and keys == keys[:size] * (len(keys) // size):
                return [self._part(head, columns[n:n + size]) for n in range(0, len(keys), size)]
        groups: list[list[int]] = []
        for column in columns:
            before = groups[-1][-1] if groups else None
            gap = range(head.columns[before].right + 1, column) if before is not None else ()
            if before is None or (gap and all(self._is_empty(head, blank) for blank in gap)):
                groups.append([column])
            else:
                groups[-1].append(column)
        parts: list[list[int]] = []
        for group in groups:
            if parts and not self._apart(head, parts[-1], group):
                parts[-1] += group
            else:
                parts.append(group)
        return [self._part(head, part) for part in parts if len(part) > 1 or len(parts) == 1]

    def _apart(self, head: Head, left: list[int], right: list[int]) -> bool:
        """Whether what stands right of a blank column is another table: it has names of its own, or no heading that is
        known, or it goes on below the end of what stands on the left."""
        if any(self.wanted.name_of(head.columns[column].label) == NAME for column in right):
            return any(self.wanted.name_of(head.columns[column].label) in (NAME, ID) for column in left)
        if not any(self.heads.knows(head.columns[column].label) for column in right):
            return True
        ends = [max((row for row in self.view.rows if any(column in self.view.row(row) for column in part)), default=0)
                for part in (left, right)]
        return ends[1] > ends[0] + 1

    def _is_empty(self, head: Head, column: int) -> bool:
        return not any(column in self.view.row(row) or self.view.area(row, column)[1] < column
                       for row in range(head.top, min(head.bottom + 12, self.view.height)))

    @staticmethod
    def _part(head: Head, columns: Sequence[int]) -> Head:
        return Head(head.top, head.bottom, {column: head.columns[column] for column in columns})

    # -- people side by side ------------------------------------------------------------------------------------------

    def _across(self, number: int) -> tuple[Form, int] | None:
        """A table whose people stand in a row: (the form, the row behind it)."""
        view = self.view
        cells = view.row(number)
        texts = {column: value for column, value in cells.items() if isinstance(value, str)}
        if sum(not says_total(squeezed(text)) for text in texts.values()) < 3:
            return None
        first, *others = (column for column, text in texts.items() if not says_total(squeezed(text)))
        label = label_of(texts[first])
        roster = [column for column in others if self.wanted.has_name(texts[column])]
        named = self.wanted.name_of(label) == NAME
        alike = [column for column in others
                 if looks_like_name(texts[column]) and not self.heads.knows(label_of(texts[column]))]
        if not (len(roster) * 2 >= len(others) and len(roster) > 1) and not (
                named and len(alike) > 1 and len(alike) * 5 >= len(others) * 4):
            return None
        people = [column for column in others if column in (roster or alike) or (
            can_be_person(texts[column]) and not self.heads.knows(label_of(texts[column])))]
        if roster and not named and any(self.wanted.has_name(view.text(number + 1, column)) for column in others):
            return None                         # names in several rows: a list of names, not one
        last, rows, blank = max(people), [], 0
        start = number + 1
        for row in range(start, view.height):
            text = view.down(row, first)
            if not view.row(row):
                blank += 1
                if blank > 1:
                    break
                continue
            if text is None or (isinstance(text, str) and words.is_note(squeezed(text))):
                break
            if isinstance(text, str) and (self.wanted.has_name(text) or not label_of(text).keys):
                return None                     # a list of names below each other
            rows.append(row)
        below = [text for row in rows if isinstance(text := view.down(row, first), str)]
        if sum(map(looks_like_name, below)) * 2 > len(below) > 0:
            return None
        if not rows or not any(is_number(view.row(row).get(column)) for row in rows for column in people):
            return None
        form = Form(self.file, view.sheet.name, "list", across=True, headings=(number, number), people=people,
                    ends=list(people))
        why = f"{len(roster)} 个是花名册里的姓名" if roster else f"{address(number, first)}「{label.text}」，右边是姓名"
        form.fields.append(Field(NAME, people[0], (number, number), label.text, 0.95 if roster or named else 0.8, why,
                                 (number, first), last_column=last))
        names = Counter(label_of(as_text(view.down(row, first))).key for row in rows)
        for row in rows:
            one = label_of(as_text(view.down(row, first)))
            if names[one.key] > 1 or says_total(one.key):
                continue
            form.fields.append(Field(self.wanted.name_of(one) or one.name, people[0], (row, row), one.text, 0.9,
                                     f"{address(row, first)}「{one.text}」这一行", (row, first), last_column=last))
        told = period_of(view, self.file, self.title_rows(0, number), (), True)
        form.period, form.open = told.period, [*form.open, *told.open]
        form.labels = tuple(f"{row + 1} {label_of(as_text(view.down(row, first))).key}" for row in rows)
        self.rows |= set(range(number, rows[-1] + 1))
        return form, rows[-1] + 1


class Table:
    """One table: its heading, its rows, its columns."""

    def __init__(self, lists: Lists, head: Head, after: int):
        self.lists, self.view, self.wanted, self.head, self.after = lists, lists.view, lists.wanted, head, after
        self.columns = sorted(head.columns)
        self.left, self.right = self.columns[0], max(heading.right for heading in head.columns.values())
        self.sample = self._sample()
        self.name = self._name_key()
        self.id = self._id_key()
        self.of_people = self.name.column >= 0 or (self.name.open is None and self.id.column >= 0)
        self.body = self._body()
        self.years: set[int] = set()            # columns that hold the year, whatever stands over them

    # -- evidence -----------------------------------------------------------------------------------------------------

    def _sample(self) -> list[int]:
        """Rows below the heading, down to where nothing stands for long or headings stand again."""
        found, blank = list[int](), 0
        for row in range(self.head.bottom + 1, self.view.height):
            cells = self.view.row(row)
            if not any(self.left <= column <= self.right for column in cells):
                blank += 1
                if blank > GAP:
                    break
                continue
            texts = [one for one in cells.values() if isinstance(one, str)]
            first = squeezed(texts[0]) if texts else ""
            if found and first and is_foot(first) and not self.wanted.has_name(first):
                break
            if len(texts) == len(cells) > 1 and not any(map(_DATA.search, texts)) and not self._again(row) and (
                    self._is_head(row)):
                break
            blank = 0
            found.append(row)
            if len(found) >= 400:
                break
        return found

    def _again(self, row: int) -> bool:
        """Whether a row is this heading once more."""
        own = {column: squeezed(one) for column, one in self.view.row(row).items()
               if isinstance(one, str) and column in self.head.columns}
        return bool(own) and sum(text in self._parts[column] for column, text in own.items()) * 2 > len(own)

    def _is_head(self, row: int) -> bool:
        """Whether a row is a heading once more, or that of another table."""
        one = self.lists.heads.row(row)
        if len(one.known) < 2 or len(one.known) * 2 < len(one.labels) or not self.lists.heads.like(row):
            return False
        return any(label.key == self.head.columns[column].label.key for column, label in one.labels.items()
                   if column in self.head.columns) or len(one.known) >= 3

    def values(self, column: int) -> list[object]:
        return [value for row in self.sample if (value := self.view.row(row).get(column)) is not None]

    def texts(self, column: int) -> list[str]:
        return [squeezed(value) for value in self.values(column) if isinstance(value, str)]

    @cached_property
    def candidates(self) -> dict[int, Heading | None]:
        """The columns of the table, those without a heading too."""
        found: dict[int, Heading | None] = {}
        for column in range(max(0, self.left - 1), self.right + 2):
            if column in self.head.columns:
                found[column] = self.head.columns[column]
            elif self.view.area(self.head.bottom, column)[1] == column and self.values(column):
                found[column] = None
        return found

    def _named(self, name: str) -> list[int]:
        return [column for column in self.columns if self.wanted.name_of(self.head.columns[column].label) == name]

    def _on_roster(self, column: int, has: Callable[[str], bool]) -> float:
        """The share of a column's values that are of the roster."""
        values = [as_text(value) for value in self.values(column) if not (
            isinstance(value, str) and (says_total(squeezed(value)) or words.is_note(squeezed(value))))]
        return sum(map(has, values)) / len(values) if values else 0.0

    def _heading(self, column: int) -> str:
        heading = self.head.columns.get(column)
        return f"「{heading.text}」" if heading else "（没有表头）"

    def _where(self, columns: Sequence[int]) -> str:
        return "、".join(f"{letters(column)} 列{self._heading(column)}" for column in columns)

    def _choices(self, columns: Sequence[int]) -> tuple[str, ...]:
        return tuple(letters(column) for column in columns)

    def _name_key(self) -> Key:
        """The column of the people's names."""
        exact = self._named(NAME)
        if self.wanted.names:
            shares = {column: share for column in self.candidates
                      if (share := self._on_roster(column, self.wanted.has_name)) >= 0.5}
            if shares:
                best = [column for column in shares if shares[column] == max(shares.values())]
                named = [column for column in best if column in exact] or best
                if len(named) == 1:
                    column, share = named[0], shares[named[0]]
                    return Key(column, 0.99 if column in exact else 0.9 if share >= 0.7 else 0.85,
                               f"表头{self._heading(column)}，{share:.0%} 的值是花名册里的姓名")
                return Key(open=self._whose(named))
        if len(exact) == 1:
            column = exact[0]
            heading = self.head.columns[column]
            return Key(column, 0.95 if heading.label.key == NAME else 0.93, f"表头「{heading.text}」"
                       + ("" if heading.label.key == NAME else f"就是{NAME}"))
        if exact:
            first = [column for column in exact if self.head.columns[column].label.key == NAME]
            if len(first) == 1 and len({self.head.columns[c].label.key for c in exact}) == len(exact):
                return Key(first[0], 0.85, f"表头「{NAME}」")
            return Key(open=self._whose(exact))
        weak = [column for column in self.columns if perhaps(self.head.columns[column].label) == NAME]
        days = sum(self.lists.heads.is_day(heading.label) for heading in self.head.columns.values())
        support = sum(of_people(heading.label) for heading in self.head.columns.values()) + 2 * (days >= 3)
        alike = {column: self._alike(column) for column in (*weak, *(
            c for c, heading in self.candidates.items() if heading is None))}
        good = [column for column in weak if alike[column] >= 0.6 and (
            support or (is_person(self.head.columns[column].label) and len(self.texts(column)) > 1))]
        if len(good) == 1:
            column = good[0]
            others = f"，别的列是人的（{support} 列）" if support else ""
            return Key(column, 0.9 if support > 1 else 0.85, f"表头「{self.head.columns[column].text}」，"
                       f"{alike[column]:.0%} 的值像姓名{others}")
        called = [column for column in weak if support > 2 and self._one_each(column) and (
            is_person(self.head.columns[column].label) or self.head.columns[column].label.key.isascii())]
        if not good and len(called) == 1:
            return Key(called[0], 0.82, f"表头「{self.head.columns[called[0]].text}」，一行一个，"
                       f"别的列是人的（{support} 列）")
        headless = [column for column in alike if column not in weak and alike[column] >= 0.6]
        doubtful = [column for column in weak if support >= 2 and self.texts(column)]
        maybe = list(dict.fromkeys((*good, *headless, *doubtful)))
        if maybe and (support or headless or good):
            return Key(open=Open(NAME, f"哪一列是姓名？{self._where(maybe)}像是", self._choices(maybe)))
        return Key()

    def _one_each(self, column: int) -> bool:
        """Whether a column holds a short text in each row, nearly all different."""
        texts = self.texts(column)
        filled = len(texts) > 1 and len(texts) * 10 >= len(self.sample) * 8
        return filled and len(set(texts)) * 10 >= len(texts) * 9 and max(map(len, texts)) <= 30

    def _whose(self, columns: Sequence[int]) -> Open:
        return Open(NAME, f"{self._where(columns)}都是人名，哪一列是被考核（领工资）的人？", self._choices(columns))

    def _alike(self, column: int) -> float:
        """The share of a column's values that look like names of people, in different rows different ones."""
        values = [text for text in self.texts(column) if not says_total(text) and not words.is_note(text)]
        numbers = sum(not isinstance(value, str) for value in self.values(column))
        if not values or (len(set(values)) * 2 < len(values) and not self._named("日期")):
            return 0.0                          # the same few again and again are no people, but for a row a day
        return sum(map(looks_like_name, values)) / (len(values) + numbers)

    def _id_key(self) -> Key:
        """The column of the people's 工号."""
        exact = self._named(ID)
        if self.wanted.ids:
            shares = {column: share for column in self.candidates if column != self.name.column
                      and (share := self._on_roster(column, self.wanted.has_id)) >= 0.6
                      and (column in exact or self._may_be_ids(column))
                      and not self._counts_up(column, column in exact)}
            best = [column for column in shares if column in exact] or [
                column for column in shares if shares[column] == max(shares.values())]
            if len(best) == 1:
                return Key(best[0], 0.97, f"表头{self._heading(best[0])}，{shares[best[0]]:.0%} 的值是花名册里的工号")
            if best:
                return Key(open=Open(ID, f"{self._where(best)}都是花名册里的工号，用哪一列？", self._choices(best)))
        if len(exact) == 1:
            return Key(exact[0], 0.94, f"表头「{self.head.columns[exact[0]].text}」")
        if exact:
            return Key(open=Open(ID, f"{self._where(exact)}都可以是工号，用哪一列？", self._choices(exact)))
        if self.wanted.ids or self.name.column < 0:
            return Key()
        weak = [column for column in self.columns if perhaps(self.head.columns[column].label) == ID
                and self.head.columns[column].label.key != "表单编号"]
        good = [column for column in weak if self._like_ids(column)]
        if len(good) == 1:
            return Key(good[0], 0.85, f"表头「{self.head.columns[good[0]].text}」，每人一个，像工号")
        return Key()

    def _may_be_ids(self, column: int) -> bool:
        """Whether values that are ids of the roster can be meant so: 22 days are not 022, keys 1 to 5 are nobody's.
        Under a heading that names no id they have to be ids as they are written, nearly all of them."""
        heading = self.head.columns.get(column)
        if heading is None or perhaps(heading.label) == ID:
            return True
        if self.wanted.name_of(heading.label):
            return False
        values = [as_text(value) for value in self.values(column)]
        written = sum(squeezed(value) in self.wanted.people and len(squeezed(value)) > 2 for value in values)
        return written * 10 >= len(values) * 9

    def _like_ids(self, column: int) -> bool:
        """Whether the values are one a person, of one make, and no counting up from 1."""
        pairs = {(as_text(who), as_text(value)) for row in self.sample
                 if can_be_person(who := self.view.down(row, self.name.column))
                 and (value := self.view.down(row, column)) is not None}
        values = {value for _, value in pairs}
        one_each = len(values) >= 2 and len(pairs) == len(values) == len({who for who, _ in pairs})
        return one_each and len({len(value) for value in values}) <= 2 and not self._counts_up(column, False) and all(
            re.fullmatch(r"[A-Za-z]{0,4}-?\d{2,12}", squeezed(value)) for value in values)

    def _counts_up(self, column: int, named: bool) -> bool:
        """Whether a column is a mere count 1 2 3 … (or the same number all the way)."""
        if named:
            return False
        numbers = [int(text) for value in self.values(column) if (text := as_text(value)).isdigit() and len(text) < 5
                   and not (isinstance(value, str) and text.startswith("0"))]
        return len(numbers) >= max(1, len(self.values(column)) - 3) and (
            numbers[:3] == [1, 2, 3][:len(numbers[:3])] or len(set(numbers)) == 1)

    # -- rows ---------------------------------------------------------------------------------------------------------

    @property
    def key(self) -> int:
        """The column by which rows are somebody's; of a table without people its first column."""
        return self.name.column if self.name.column >= 0 else self.id.column if self.of_people else self.columns[0]

    @cached_property
    def _key_right(self) -> int:
        """The last column of the key's heading."""
        heading = self.head.columns.get(self.key)
        rights = Counter(self.view.area(row, self.key)[3] for row in self.sample if self.key in self.view.row(row))
        usual = rights.most_common(1)[0][0] if rights else self.key
        return max(usual, self.key if heading is None else heading.right)

    def _body(self) -> Body:
        body = Body(end=self.head.bottom + 1)
        broken, blank, profile = "", 0, _Profile(self)
        covered = -1                            # down to which row the last person's block is merged
        for row in range(self.head.bottom + 1, self.view.height):
            cells = {column: value for column, value in self.view.row(row).items()
                     if self.left - 1 <= column <= self.right + 1}
            if row <= covered:
                body.ends[-1] = row
                body.end = row + 1
                profile.add(row, more=True)
                continue
            if not cells:
                blank += 1
                broken = "foot" if broken == "foot" else "blank"
                if blank > GAP:
                    break
                continue
            what = self._what(row, cells, broken)
            if what == "head":
                if broken not in ("", "blank") or blank > 1:
                    break                       # of the next table
                body.end, broken, blank = row + 1, "", 0
                continue                        # once more, as on each page, and on slips
            if what == "other head":
                break
            blank = 0
            if what == "person":
                if broken and not profile.fits(row, broken):
                    body.beyond = self._beyond(row)
                    break
                broken = ""
                area = self.view.area(row, self.key)
                body.people.append(row)
                body.ends.append(row)
                covered = area[2]
                profile.add(row)
            elif what == "drawn":
                if broken:
                    continue
                body.drawn.append(row)
            elif what in ("total", "foot"):
                broken = "foot" if what == "foot" else broken or "total"
                if what == "foot" and not self.of_people:
                    break
            if what in ("person", "total", "drawn") or (what in ("group", "scale") and not broken):
                body.end = max(body.end, row + 1)   # behind a break it is the title of the next table
        self._blocks(body)
        self._nameless(body)
        return body

    def _beyond(self, first: int) -> list[int]:
        """Rows from one on that look like people's though they are not like those of the table."""
        if self.name.column < 0:
            return []
        found = []
        for row in range(first, min(first + 200, self.view.height)):
            if self._is_head(row):
                break
            text = squeezed(value) if isinstance(value := self.view.down(row, self.name.column), str) else ""
            if self.wanted.has_name(text) or (not self.wanted.names and looks_like_name(text)):
                found.append(row)
        return found

    def _what(self, row: int, cells: dict[int, object], broken: str) -> str:
        """person, drawn, total, foot, group, scale, head, other head."""
        value = self.view.down(row, self.key)
        formula = self.view.mark(row, self.key).formula
        first = min(cells)
        leading = squeezed(cells[first]) if isinstance(cells[first], str) else ""
        if not any(not isinstance(one, str) or _DATA.search(one) for one in cells.values()):    # as a heading
            texts = {column: squeezed(one) for column, one in cells.items()}        # all are texts
            if self._again(row):
                return "head"
            if all(map(words.is_unit, texts.values())) or (
                    len(texts) > 2 and all(map(_COLUMN.fullmatch, texts.values()))):
                return "scale"
            if (self.of_people or broken) and self._is_head(row):
                return "other head"
        elif self.of_people and isinstance(value, str) and squeezed(value) in self._parts.get(self.key, ()):
            return "head"                       # once more, with days in it
        area = self.view.area(row, self.key)
        band = area[3] > max(self.key, self._key_right)
        before = [squeezed(one) for column, one in cells.items()
                  if isinstance(one, str) and column <= max(self.key, self.columns[0])]
        if any(says_total(text) and not self._is_name(text) for text in before):
            return "total"
        if value is None and leading and says_total(leading):
            return "total"
        if leading and (is_foot(leading) or (words.is_note(leading) and not self._is_name(leading)
                                             and (first <= self.key or value is None))):
            return "foot"
        said = simplified(squeezed(value)) if isinstance(value, str) else ""
        if self.of_people and not self._is_name(said) and (said.strip(":") in SCALES or leading in SCALES):
            return "scale"
        if not self.of_people:
            return "group" if len(cells) == 1 and band else "person"
        if value is None and len(cells) == 1 and leading and (
                self.view.area(row, first)[3] >= self.key > first or words.heads_group(leading)):
            return "group"
        if value is None or (formula and not isinstance(value, str)):
            colon = any(isinstance(one, str) and (":" in one or "：" in one) for one in cells.values())
            return "foot" if colon else "drawn"
        if self.name.column >= 0 and not isinstance(value, str):
            return "other"
        text = squeezed(value)
        if band and (len(cells) == 1 or len(text) > 4):
            return "group"
        if len(cells) == 1 and words.heads_group(text) and not self.wanted.has_name(text):
            return "group"
        if not can_be_person(value) or words.is_note(text) or is_foot(text) or says_total(text):
            return "foot" if words.is_note(text) or is_foot(text) else "total" if says_total(text) else "other"
        told = [one for one in cells.values() if isinstance(one, str)]
        colons = sum(":" in one or "：" in one for one in told)
        return "foot" if colons * 2 >= len(told) and not any(map(is_number, cells.values())) else "person"

    @cached_property
    def _parts(self) -> dict[int, set[str]]:
        """Column → what stands over it, as it is compared."""
        return {column: set(map(squeezed, heading.parts)) for column, heading in self.head.columns.items()}

    @cached_property
    def _counting(self) -> list[int]:
        """The columns of a number that counts on (序号), not 1 in every row."""
        return [column for column in self._named("序号") if len({as_text(one) for one in self.values(column)}) > 1]

    def _is_name(self, text: str) -> bool:
        return self.wanted.has_name(text)

    def _blocks(self, body: Body) -> None:
        """Blocks of several rows a person that are not merged: behind each name as many rows without one."""
        people = body.people
        if len(people) < 2 or any(end > top for top, end in zip(people, body.ends, strict=True)):
            return
        between = {row for row in body.drawn if not self._numbered(row)}
        follow = []
        for top in people:
            row = top + 1
            while row in between:
                row += 1
            follow.append(row - top - 1)
        more = min(follow)
        if more and all(count == more for count in follow[:-1]):
            body.ends = [top + more for top in people]
            taken = {row for top in people for row in range(top, top + more + 1)}
            body.drawn = [row for row in body.drawn if row not in taken]
            body.end = max(body.end, body.ends[-1] + 1)

    def number(self, row: int) -> int | None:
        """The 序号 of a row; None where there is none, or it says nothing (1 in every row)."""
        for column in self._counting:
            value = self.view.row(row).get(column)
            if is_number(value) and value == int(value):
                return int(value)
        return None

    def _numbered(self, row: int) -> bool:
        """Whether a row has a number of its own (序号)."""
        return any(self.view.row(row).get(column) is not None for column in self._named("序号"))

    def _nameless(self, body: Body) -> None:
        """Rows with typed values among the people's and nobody's name: told, for it may be somebody left out."""
        if not body.people or not self.of_people:
            return
        numbers = [c for c in self.columns if c != self.key
                   and sum(is_number(self.view.row(r).get(c)) for r in body.people) * 2 > len(body.people)]
        for row in body.drawn:
            typed = [c for c in numbers if is_number(self.view.row(row).get(c)) and not self.view.mark(row, c).formula
                     and self.wanted.name_of(self.head.columns[c].label) != "序号"]
            if len(typed) >= 2 and row < body.ends[-1] and not self._sums(body, row, typed):
                body.doubtful.append(row)

    def _sums(self, body: Body, row: int, columns: Sequence[int]) -> bool:
        """Whether a row adds up what stands above it: a total that is not called so."""
        above = [r for r in body.people if r < row]
        for column in columns[:4]:
            total = self.view.row(row)[column]
            assert is_number(total)
            values = [float(v) for r in above if is_number(v := self.view.row(r).get(column))]
            parts, running = set(), 0.0
            for value in reversed(values):
                running += value
                parts.add(round(running, 2))
            if round(float(total), 2) not in parts:
                return False
        return True

    # -- whether it is a table at all ---------------------------------------------------------------------------------

    @property
    def counts(self) -> bool:
        """Whether there is enough to say that it is a table."""
        known = sum(self.lists.heads.knows(heading.label) for heading in self.head.columns.values())
        records = len(self.body.people)
        if self.of_people:
            exact = self.name.column in self.head.columns and self.wanted.name_of(
                self.head.columns[self.name.column].label) == NAME
            if not records:
                return known >= 3 and self._close()
            return known >= 2 or records >= 2 or exact
        if self.name.open is not None:
            return records >= 1
        numbers = any(kind_of(self.view.row(row).get(column)) in ("n", "d")
                      for row in self.body.people for column in self.columns)
        enough = known >= 3 or (known >= 2 and records >= 2) or (known >= 1 and records >= 3 and numbers)
        return records >= 1 and enough

    def _close(self) -> bool:
        """Whether the headings stand side by side, with no room for values between them."""
        gaps = sum(b > self.head.columns[a].right + 1 for a, b in pairwise(self.columns))
        return gaps * 3 <= len(self.columns)

    # -- the form -----------------------------------------------------------------------------------------------------

    def form(self) -> Form:
        head, body = self.head, self.body
        form = Form(self.lists.file, self.view.sheet.name, "list", headings=(head.top, head.bottom), people=body.people,
                    ends=body.ends, drawn=[row for row in body.drawn if row not in body.doubtful])
        form.labels = tuple(f"{letters(column)} {heading.label.key}" for column, heading in head.columns.items())
        heights = {end - top + 1 for top, end in zip(body.people, body.ends, strict=True)}
        form.spans = next(iter(heights)) if len(heights) == 1 else 0 if heights else 1
        rows = self._rows()
        form.fields, form.open = self._fields(rows)
        form.fields += self.lists.above(form, self.lists.title_rows(self.after, head.top))
        if self.of_people and not body.people:
            form.open.append(Open("人", f"表头在第 {head.bottom + 1} 行，下面还没有人"))
        if body.doubtful:
            shown = "、".join(str(row + 1) for row in body.doubtful[:5])
            form.open.append(Open("行", f"第 {shown} 行有数，没有写是谁，没有当作人；漏了姓名的请补上",
                                  (), address(body.doubtful[0], max(self.key, 0))))
        if body.beyond:
            shown = "、".join(str(row + 1) for row in body.beyond[:5])
            form.open.append(Open("行", f"第 {shown} 行像是人，与上面的隔开了，没有算在这张表里；是的话请移到一起",
                                  (), address(body.beyond[0], max(self.key, 0))))
        asked = self.of_people and self._is_periodic(form)
        told = period_of(self.view, self.lists.file, self.lists.title_rows(self.after, head.top),
                         self._column_clues(form), asked)
        form.period = told.period
        form.open += told.open
        return form

    def _rows(self) -> tuple[int, int]:
        body = self.body
        if body.people:
            return body.people[0], body.ends[-1]
        first = self.head.bottom + 1
        return (body.drawn[0], body.drawn[-1]) if body.drawn else (first, first)

    def _is_periodic(self, form: Form) -> bool:
        said = [self.view.text(row, column) for row in range(max(self.after, self.head.top - _TITLES), self.head.top)
                for column in self.view.row(row)]
        texts = "".join((*said, *(heading.text for heading in self.head.columns.values())))
        return is_periodic(texts)

    def _fields(self, rows: tuple[int, int]) -> tuple[list[Field], list[Open]]:
        """What each column holds, and what is asked."""
        fields, asked = [], [key.open for key in (self.name, self.id) if key.open is not None]
        claims: dict[str, list[int]] = defaultdict(list)
        for column in self.columns:
            if column not in (self.name.column, self.id.column):
                claims[self._claim(column)].append(column)
        for key, name in ((self.name, NAME), (self.id, ID)):
            if key.column >= 0:
                heading = self.head.columns.get(key.column)
                fields.append(self._field(name, key.column, rows, heading.text if heading else "", key.sure, key.why))
        for name, columns in claims.items():
            if not name or name in (NAME, ID):
                continue
            found, open_ = self._one(name, columns, rows)
            fields += found
            asked += [open_] if open_ else []
        asked += self._nearly(fields, {one.key for one in asked})
        return sorted(fields, key=lambda one: one.column), asked

    def _nearly(self, fields: Sequence[Field], asked: set[str]) -> Iterator[Open]:
        """What a table of the policy wants and nobody is called, where a column of another name may be it: most of the
        table is here, one name is part of the other, and the numbers fit."""
        there = {one.name for one in fields}
        others = [one for one in fields if one.name not in self.wanted.wants and one.column in self.head.columns]
        for headings in self.wanted.tables:
            if len(there & set(headings)) * 2 < len(headings) or len(headings) < 2:
                continue
            for name in headings:
                like = [one for one in others if len(one.name) > 1 and (one.name in name or name in one.name)
                        and self._why(name, one.column)[0] >= SURE]
                if name not in there and name not in asked and len(like) == 1:
                    asked.add(name)
                    column = like[0].column
                    yield Open(name, f"没有「{name}」；{letters(column)} 列「{like[0].heading}」是不是？",
                               (letters(column),), address(self.head.columns[column].row, column))

    def _claim(self, column: int) -> str:
        label = self.head.columns[column].label
        return self.wanted.name_of(label) or label.name

    def _one(self, name: str, columns: list[int], rows: tuple[int, int]) -> tuple[list[Field], Open | None]:
        """The fields of the columns that a name means; where there are several it is asked which, but what each is
        called stands."""
        if len(columns) > 1:
            kept = [column for column in columns if self._fits(name, column)]
            if len(kept) == 1:
                self.years |= {column for column in columns if column not in kept and self._is_year(column)}
                columns = kept
        if len(columns) == 1:
            column = columns[0]
            heading = self.head.columns[column]
            sure, why = self._why(name, column)
            if sure >= SURE:
                return [self._field(name, column, rows, heading.text, sure, why)], None
            return [], Open(name, f"{letters(column)} 列「{heading.text}」是不是{name}？{why}", (letters(column),),
                            address(heading.row, column))
        own: dict[str, list[int]] = defaultdict(list)
        known = bool(self.wanted.name_of(self.head.columns[columns[0]].label))
        for column in columns:
            heading = self.head.columns[column]
            own[heading.label.name if known else squeezed(heading.text)].append(column)
        fields = [self._field(called, found[0], rows, self.head.columns[found[0]].text, 0.9, "表头的原文")
                  for called, found in own.items() if len(found) == 1 and called != name]
        if not known and len(fields) == len(columns):       # told apart by what stands in brackets
            return fields, None
        if self.lists.heads.is_day(self.head.columns[columns[0]].label):
            return fields, None
        if not known and len(columns) > _SEVERAL:
            return fields, Open(name, f"「{name}」有 {len(columns)} 列，表头分不开，都没有取")
        return fields, Open(name, f"「{name}」有 {len(columns)} 列：{self._where(columns)}，用哪一列？",
                            self._choices(columns), address(self.head.columns[columns[0]].row, columns[0]))

    def _fits(self, name: str, column: int) -> bool:
        """Whether the values of a column can be what its heading says: a year is no pay."""
        values = [value for row in self.body.people if (value := self.view.down(row, column)) is not None]
        if not values:
            return False
        money = re.search(r"工资|薪|金额|津贴|补贴|奖金|费", name) is not None
        return not (money and len(values) > 1 and all(is_number(v) and 1990 <= float(v) <= 2100 for v in values)
                    and len(set(values)) == 1)

    def _why(self, name: str, column: int) -> tuple[float, str]:
        """How sure a single claim is, by heading and values."""
        heading = self.head.columns[column]
        hidden = self.view.hidden(-1, column)
        want = self.wanted.wants.get(name)
        said = f"表头「{heading.text}」{hidden}"
        if want is None or not want.number:
            return (0.93 if self.wanted.name_of(heading.label) else 0.9), said
        numbers = [float(v) for row in self.body.people if is_number(v := self.view.down(row, column))]
        if want.most is not None and numbers and max(numbers) > want.most:
            return 0.6, f"但有的值超过 {want.most:g}"
        if want.least is not None and numbers and min(numbers) < want.least:
            return 0.6, f"但有的值小于 {want.least:g}"
        if not numbers or want.most is None:
            return 0.93, said
        return 0.95, f"{said}，{len(numbers)} 个值都在 {want.least or 0:g} 到 {want.most:g} 之间"

    def _field(self, name: str, column: int, rows: tuple[int, int], heading: str, sure: float, why: str) -> Field:
        row = self.head.columns[column].row if column in self.head.columns else self.head.bottom
        return Field(name, column, rows, heading, sure, why, (row, column))

    # -- the period ---------------------------------------------------------------------------------------------------

    def _column_clues(self, form: Form) -> Iterator[Clue]:
        """What columns of the period say where they say the same in every row."""
        for column in self.columns:
            label = self.head.columns[column].label
            name = canonical(label)
            if label.key == "月":
                name = "月份"
            year = column in self.years
            if name == "日期" or _WORKED.search(label.key):
                days = [value for row in self.body.people if (value := self.view.down(row, column)) is not None]
                yield from of_days(days, f"{letters(column)} 列的日期")
            if name not in ("月份", "年度", "季度", "期间") and not year:
                continue
            values = {as_text(value) for row in self.body.people if (value := self.view.down(row, column)) is not None}
            if len(values) != 1:
                continue
            value = next(v for row in self.body.people if (v := self.view.down(row, column)) is not None)
            yield from of_label(label_of("年度") if year else label_of(name), value, f"{letters(column)} 列")

    def _is_year(self, column: int) -> bool:
        values = [value for row in self.body.people if (value := self.view.down(row, column)) is not None]
        return bool(values) and all(is_number(v) and 1990 <= float(v) <= 2100 for v in values)


class _Profile:
    """What the rows of people hold: by it a row behind a break is told from a stray one."""

    def __init__(self, table: Table):
        self.table = table
        self.count = self.sampled = 0
        self.counted: int | None = None         # the last 序号
        self._seen: set[int] = set()
        self.kinds: dict[int, Counter[str]] = defaultdict(Counter)

    def add(self, row: int, more: bool = False) -> None:
        """A row of a person; ``more``: a further one of the same."""
        self.count += not more
        self.counted = self.table.number(row) or self.counted
        if self.count > _USUAL:
            return
        self.sampled += not more
        if not more:
            self._seen = set()
        for column in self.table.columns:
            if column not in self._seen and (kind := self._kind(row, column)):
                self._seen.add(column)
                self.kinds[column][kind] += 1

    def _kind(self, row: int, column: int) -> str:
        value = self.table.view.row(row).get(column)
        if value is None and self.table.view.mark(row, column).formula:
            return "n"
        return "" if isinstance(value, str) and NONE.fullmatch(squeezed(value)) else kind_of(value)

    def fits(self, row: int, behind: str) -> bool:
        """Whether a row behind a break (total, blank, foot) is like those before."""
        if not self.count:
            return True
        table = self.table
        usual = {column: kinds.most_common(1)[0][0] for column, kinds in self.kinds.items()
                 if sum(kinds.values()) * 10 >= self.sampled * 7 and column != table.key}
        kinds = {column: self._kind(row, column) for column in table.columns if column != table.key}
        same = sum(kinds[column] == kind for column, kind in usual.items())
        value = table.view.down(row, table.key)
        conflict = any(kind and self.kinds[column] and kind not in self.kinds[column] for column, kind in kinds.items())
        if isinstance(value, str) and table.wanted.has_name(value):
            return same * 4 >= len(usual)
        if behind == "blank" and isinstance(value, str) and looks_like_name(squeezed(value)) and not conflict and (
                same or not usual):
            return same * 3 >= len(usual)
        if self.counted is not None and table.number(row) == self.counted + 1:
            return same * 3 >= len(usual)
        if behind == "total" and any(kind == "n" and "n" in self.kinds[column] for column, kind in kinds.items()):
            return same * 3 >= len(usual) and not conflict
        if behind == "foot":
            return len(usual) >= 3 and same * 4 >= len(usual) * 3
        return len(usual) >= 2 and same * 2 >= len(usual)
