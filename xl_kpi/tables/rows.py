"""Which rows below the headings are data, and which are sums, notes, signatures, units or headings once more.

A row that can be somebody's is always data: what is wrong with it is said, it never vanishes.  Whatever else says
合计 where a sum says so, or is a label or a sentence where a key belongs, is ignored.  A text alone in its row that
heads a group of rows (客服一组) is ignored too, and told.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from xl_kpi.hand.texts import is_blank, normal, squeezed
from xl_kpi.policy.compiled import Table
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC
from xl_kpi.rules.values import OK
from xl_kpi.tables import words
from xl_kpi.tables.cells import NUMBERS, read_column
from xl_kpi.tables.headings import Headings
from xl_kpi.tables.merged import Merged
from xl_kpi.workbook.book import Mark, Sheet

WHEN = (*PERIODIC, "date")
_PLAIN = Mark()
_DAY = re.compile(r"\d{4}[-年/.、]\d{1,2}")                   # behind 日期：
_ONLY_A_DAY = re.compile(r"\d{4}年\d{1,2}月(\d{1,2}日)?")
_NUMBER = re.compile(r"[￥¥]?[-+]?\d[\d.,]*\D{0,3}")       # 88, 2次, 1,200元
# what somebody wrote who meant a period: 十二月, 2016年十三月, 12.1
_LIKE_A_PERIOD = re.compile(r"[\d\u4e00二三四五六七八九十〇零两年月日号季度份期第上下本半qQ.,/、~至-]+")


class Found(NamedTuple):
    """The rows of a table, from 0.  ``headed``: rows that only head a group of others → the text that they hold."""

    rows: list[int]
    headed: dict[int, str]


def data_rows(table: Table, sheet: Sheet, headings: Headings, merged: Merged, wide: bool = False) -> Found:
    """Which rows are data.  ``wide``: what stands in further columns is of the table too (月度项目)."""
    rows = _Rows(table, sheet, headings, merged, wide)
    return Found(rows.data(), rows.headed)


class _Rows:
    """The rows below the headings of one table."""

    def __init__(self, table: Table, sheet: Sheet, headings: Headings, merged: Merged, wide: bool):
        self.further = [p for p, text in headings.texts.items() if wide and p not in headings.at.values()
                        and not words.NO_ITEM.fullmatch(squeezed(text))]
        self.sheet, self.merged, self.heading = sheet, merged, headings.row
        at = headings.at
        self.columns: dict[int, Column] = {at[c.name]: c for c in table.columns if c.name in at and not c.ignored}
        self.key = next(p for p, c in self.columns.items() if c.type == "id")
        self.names = [p for p, c in self.columns.items() if c.type == "name"]
        of_people = table.grain == "roster"
        # a roster has dates of its own, the other tables have one of each row
        self.when = None if of_people else next((p for p, c in self.columns.items() if c.type in WHEN), None)
        self.keys = [p for p in (self.when, self.key, *self.names) if p is not None]
        self.sums = self._where_sums_say_so(table, at, max(self.keys if of_people else self.keys[:2]))
        self.totals = {row for area in sheet.totals if any(area[1] <= p <= area[3] for p in self.keys)
                       for row in range(area[0], area[2] + 1)}
        self.above: dict[int, set[str]] = {}
        self.headed: dict[int, str] = {}
        self.broken: set[int] = set()
        self.formulas: set[tuple[int, int]] = set()
        for (row, position), mark in sheet.marks.items():
            if position in self.columns or position in self.further:
                if mark.error or mark.uncalculated:
                    self.broken.add(row)
                elif mark.formula:
                    self.formulas.add((row, position))

    def _where_sums_say_so(self, table: Table, at: dict[str, int], last: int) -> list[int]:
        """The keys, and what stands left of them; never what a row is about (项目, 事项) or a remark."""
        about = {at[c.name] for c in table.columns if c.name in at and at[c.name] not in self.keys and (
            c.ignored or table.grain in ("items", "events", "changes"))}
        return [p for p in range(last + 1) if p not in about and p < len(self.sheet.rows[self.heading])] + [
            p for p in self.keys if p > last]

    def data(self) -> list[int]:
        """Most rows have a 工号 and a period: these are told in one look."""
        rows, key, when = self.sheet.rows, self.key, self.when
        above = self._above(key)
        people: dict[object, bool] = {}         # what stands in 工号 → whether it can mean somebody
        labels: dict[object, bool] = {}         # what stands in 月份 → whether it is a label
        doubtful = self.totals | (set(self.merged.column(key)) if self.merged else set())
        found = []
        for number in range(self.heading + 1, len(rows)):
            row = rows[number]
            if (person := people.get(row[key])) is None:
                person = people[row[key]] = self._is_person(row[key], above)
            if person and when is not None:
                if (label := labels.get(row[when])) is None:
                    label = labels[row[when]] = is_label(row[when])
                person = not label
            if (person and number not in doubtful) or self._is_data(number):
                found.append(number)
        return found

    def _is_person(self, value: object, above: set[str]) -> bool:
        if isinstance(value, str) and value.isascii():      # as nearly all are; a label is Chinese
            return not is_blank(value) and value not in above
        return can_be_person(value) and value != 0 and squeezed(value) not in above and not heads_group(value)

    def _is_data(self, number: int) -> bool:
        own = self._own(number)
        if not own and number not in self.broken:
            return False
        if self._repeats_headings(number, own) or self._names_units(own):
            return False
        who = [self.merged.shown(number, p) for p in (self.key, *self.names)]
        if (number, self.key) in self.formulas and who[0] == 0:
            who[0] = None                       # drawn down, it looks at a blank cell
        if number in self.totals and not any(
                can_be_person(value) and not self._formula(number, p)
                for value, p in zip(who, (self.key, *self.names), strict=True)):
            return False
        if not any(map(can_be_person, who)) and any(says_total(self.merged.shown(number, p)) for p in self.sums):
            return False
        if self._is_note(number, own, who):
            return False
        if (text := self._group_headed(number, own)) is not None:
            self.headed[number] = text
            return False
        return True

    def _group_headed(self, number: int, own: dict[int, object]) -> str | None:
        """What a row says that holds one text and nothing else, if that can head the rows below and is nobody: in the
        period's place whatever is no period, elsewhere what is called like a group; or a day where no day belongs, as
        below a signature."""
        if len(own) != 1 or number in self.broken:
            return None
        (position, text), = own.items()
        others = (value for p, value in enumerate(self.sheet.rows[number]) if p != position and not is_blank(value)
                  and not self._formula(number, p) and not self.merged.covered(number, p))
        if not isinstance(text, str) or any(True for _ in others):
            return None
        if position == self.when:
            heads = not squeezed(text).isascii() and _LIKE_A_PERIOD.fullmatch(squeezed(text)) is None
        else:
            heads = (heads_group(text) and not self._counts(position, text)) or (
                position not in self.keys and _ONLY_A_DAY.fullmatch(squeezed(text)) is not None
                and self._is_number(position))
        return text.strip() if heads else None

    def _own(self, number: int) -> dict[int, object]:
        """What the row itself holds in columns that are read.  Formulas drawn down beyond the last row are nothing."""
        row = self.sheet.rows[number]
        return {p: row[p] for p in (*self.columns, *self.further) if not is_blank(row[p])
                and (number, p) not in self.formulas and not self.merged.covered(number, p)}

    def _formula(self, number: int, position: int) -> bool:
        return self.sheet.marks.get((number, position), _PLAIN).formula

    def _repeats_headings(self, number: int, own: dict[int, object]) -> bool:
        """The headings once more, or a line of the title: as on each page of what was printed."""
        texts = {p: squeezed(value) for p, value in own.items() if isinstance(value, str)}
        return bool(texts) and len(texts) == len(own) and all(text in self._above(p) for p, text in texts.items())

    def _above(self, position: int) -> set[str]:
        """What stands in a column down to its heading."""
        found = self.above.get(position)
        if found is None:
            found = self.above[position] = {
                squeezed(value) for row in range(self.heading + 1)
                if isinstance(value := self.merged.shown(row, position), str)}
        return found

    def _names_units(self, own: dict[int, object]) -> bool:
        texts = [squeezed(value) for value in own.values() if isinstance(value, str)]
        return bool(texts) and len(texts) == len(own) and all(map(words.is_unit, texts))

    def _is_note(self, number: int, own: dict[int, object], who: list[object]) -> bool:
        """A foot row or a note: a label or sentence where a period and a 工号 belong, or nothing there and a label
        first."""
        row = self.sheet.rows[number]
        when = None if self.when is None else self.merged.shown(number, self.when)
        if isinstance(who[0], str) and not is_blank(who[0]):
            if not is_note(who[0]) and (not is_label(when) or _like_an_id(who[0])):
                return False
        elif who[0] is not None and not isinstance(who[0], dt.date):
            return False                        # a number can be a 工号
        if not is_blank(when) and not is_note(when) and not self._is_band(number, own):
            return False
        if self.when is not None and not is_blank(when) and not is_label(when) and self._is_period(number, when):
            return False
        holds = any(self._counts(p, value) for p, value in own.items() if p not in self.keys)
        if is_label(when) or is_label(who[0]):
            return not (holds and any(map(can_be_person, who[1:])))
        if holds or number in self.broken:
            return False
        if is_blank(when) and is_blank(who[0]):
            first = next((value for value in row if not is_blank(value)), None)
            return is_note(first) and all(isinstance(value, str) or p not in self.keys for p, value in own.items())
        return True

    def _is_band(self, number: int, own: dict[int, object]) -> bool:
        """A text across the table and nothing besides: the title of a group of rows."""
        area = self.merged.area(number, min(self.keys[:2]))
        return area is not None and area[3] >= max(self.keys[:2]) and len(own) == 1

    def _is_period(self, number: int, value: object) -> bool:
        assert self.when is not None
        cells = read_column(self.columns[self.when], [value], {})
        return bool(cells.states()[0] == OK)

    def _counts(self, position: int, value: object) -> bool:
        """Whether a cell holds what only data hold: a number where one is read, a choice."""
        if not isinstance(value, str):
            return self._is_number(position) and isinstance(value, int | float)
        text, column = squeezed(value), self.columns.get(position)
        return (column is not None and text in map(squeezed, column.choices)) or (
            self._is_number(position) and _NUMBER.fullmatch(text) is not None)

    def _is_number(self, position: int) -> bool:
        column = self.columns.get(position)
        return column is None or column.type in NUMBERS         # a further column holds amounts


# -- cells ------------------------------------------------------------------------------------------------------------

def can_be_person(value: object) -> bool:
    """Whether a cell in 工号 or 姓名 can mean somebody."""
    if not isinstance(value, str):
        return value is not None and not isinstance(value, dt.date)
    return not is_blank(value) and words.can_be_person(squeezed(value)) and not is_label(value)


def heads_group(value: object) -> bool:
    return isinstance(value, str) and words.heads_group(squeezed(value))


def says_total(value: object) -> bool:
    return isinstance(value, str) and words.says_total(squeezed(value))


def is_label(value: object) -> bool:
    """Whether a cell says what is filled in behind it, or below: with blanks (填 表 人) or without."""
    return isinstance(value, str) and (words.is_label(squeezed(value)) or words.is_label(normal(value)))


def is_note(value: object) -> bool:
    return isinstance(value, str) and (words.is_note(squeezed(value)) or is_label(value))


def _like_an_id(value: str) -> bool:
    text = squeezed(value)
    return any(c.isascii() and c.isalnum() for c in text) and _DAY.match(text) is None
