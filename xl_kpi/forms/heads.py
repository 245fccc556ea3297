"""Where the headings of a table stand on a sheet: one to three rows, merged or split, above rows of values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from xl_kpi.forms.labels import Label, canonical, is_foot, is_known, label_of, says_total
from xl_kpi.forms.view import View, as_text, is_number, kind_of, squeezed
from xl_kpi.forms.wanted import ID, NAME, Wanted
from xl_kpi.tables.words import is_note, is_unit

MOST_ROWS = 3                   # of a heading
LONGEST = 40                    # characters of a heading
# What one cell says of all: never the title of a group of columns.
_OF_ONE = frozenset((NAME, ID, "部门", "岗位", "班组", "月份", "性别", "入职日期", "序号", "期间", "季度", "年度"))
_WEEKDAY = re.compile(r"""(?:星期|周|礼拜)?[一二三四五六日天]
                        | (?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?""", re.VERBOSE | re.I)
_COUNTED = frozenset(("天数", "次数", "小时", "小时数", "人数", "日数"))       # of a name, though they are units too
_YEAR_AND_MONTH = re.compile(r"\d{4}年\d{1,2}月份?")
_DAY = re.compile(r"\d{1,2}[日号]?|\d{1,2}[月/.-]\d{1,2}日?|\d{4}年?|\d{1,2}月")


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column.  ``parts``: what stands over it, from above; ``label``: what it is taken for; ``row``:
    where its lowest part stands; ``right``: the last column that it is merged over."""

    column: int
    row: int
    right: int
    label: Label
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.parts)


@dataclass
class Head:
    """The heading rows of a table (first, last), and its columns from left to right."""

    top: int
    bottom: int
    columns: dict[int, Heading]

    @property
    def left(self) -> int:
        return min(self.columns)

    @property
    def right(self) -> int:
        return max(self.columns)


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row is made of: its texts as labels, how many of these are known, and how many numbers are no days."""

    labels: dict[int, Label]
    known: tuple[int, ...]
    days: tuple[int, ...]
    numbers: int
    long: int
    colons: int


class Heads:
    """The heading rows of a sheet."""

    def __init__(self, view: View, wanted: Wanted):
        self.view, self.wanted = view, wanted
        self._rows: dict[int, _Row] = {}

    # -- a row --------------------------------------------------------------------------------------------------------

    def row(self, number: int) -> _Row:
        found = self._rows.get(number)
        if found is None:
            found = self._rows[number] = self._look(number)
        return found

    def _look(self, number: int) -> _Row:
        labels, days, numbers, long, colons, months = {}, [], 0, 0, 0, 0
        for column, value in self.view.row(number).items():
            if isinstance(value, str):
                text = squeezed(value) if len(value) <= 60 else ""
                if not text or len(text) > LONGEST:
                    long += 1
                    continue
                label = label_of(value)
                if not label.keys:
                    continue
                if sum(c.isdigit() for c in value) >= 6 and not self.knows(label):
                    numbers += 1                # a day, a number: a value
                    continue
                if kind_of(value) == "n":
                    days.append(column) if _DAY.fullmatch(text) else None
                    numbers += not _DAY.fullmatch(text)
                    continue
                colons += ":" in text
                months += _YEAR_AND_MONTH.fullmatch(text) is not None
                labels[column] = label
                if _WEEKDAY.fullmatch(label.key) or _DAY.fullmatch(label.key):
                    days.append(column)
            elif kind_of(value) == "d" or (
                    is_number(value) and value == int(value) and (1 <= value <= 31 or 1990 <= value <= 2100)):
                days.append(column)
            else:
                numbers += 1
        numbers += months == 1                  # one month is the value of a label, several are headings
        plain_days = [column for column in days if column not in labels]
        if not _run(self.view, number, plain_days):
            numbers += len(plain_days)
            days = [column for column in days if column in labels]
        known = tuple(column for column, label in labels.items() if self.knows(label))
        return _Row(labels, known, tuple(days), numbers, long, colons)

    def knows(self, label: Label) -> bool:
        return bool(self.wanted.name_of(label)) or is_known(label) or _WEEKDAY.fullmatch(label.key) is not None

    @staticmethod
    def is_day(label: Label) -> bool:
        """Whether a heading is a day of a month or of a week."""
        return bool(_WEEKDAY.fullmatch(label.key) or _DAY.fullmatch(label.key))

    def like(self, number: int) -> bool:
        """Whether a row can be of a heading by what stands in it."""
        row = self.row(number)
        texts = len(row.labels)
        if texts == 1 and len(row.known) == 1 and len(row.days) >= 5:
            return True                         # 工号 and the days of a month
        if texts < 2 or row.numbers > texts // 4 or row.long > texts // 3 or row.colons * 3 > texts:
            return False
        keys = [label.key for label in row.labels.values()]
        different = len(set(keys))
        if different * 2 <= texts and not row.days and keys != keys[:different] * (texts // different):
            return False
        first = next(iter(row.labels.values()))
        return not (says_total(first.key) or (is_foot(first.key) and not self.knows(first)))

    # -- a heading ----------------------------------------------------------------------------------------------------

    def all(self) -> Iterator[Head]:
        """Every heading of the sheet that can be one, from above; the caller says where the next may begin."""
        number = 0
        while number < self.view.height:
            head = self.at(number)
            if head is None:
                number += 1
                continue
            number = (yield head) or head.bottom + 1

    def at(self, top: int) -> Head | None:
        """The heading that begins in a row; None when none does."""
        if not self.like(top) or self._is_card_row(top):
            return None
        bottom = self._bottom(top)
        above = self.group_above(top, bottom)
        head = Head(above, bottom, self.columns(above, bottom))
        if len(head.columns) < 2:
            return None
        return head

    def _bottom(self, top: int) -> int:
        """The last row of a heading that begins in a row."""
        view = self.view
        bottom = top
        deep = [area[2] for column in view.row(top) if (area := view.area(top, column))[2] > top
                and area[2] - top < MOST_ROWS and isinstance(view.shown(top, column), str)]
        if deep and all(self._under(top, row) for row in range(top + 1, max(deep) + 1)):
            bottom = max(deep)
        while bottom - top + 1 < MOST_ROWS and bottom + 1 < view.height and self._goes_on(top, bottom):
            bottom += 1
        return bottom

    def _under(self, top: int, number: int) -> bool:
        """Whether a row below the first can be of the same heading where cells of the first reach down to it."""
        row = self.row(number)
        return row.numbers == 0 and row.long == 0

    def _goes_on(self, top: int, bottom: int) -> bool:
        """Whether the next row is of the heading too, though nothing merged says so."""
        view, below = self.view, self.row(bottom + 1)
        number = bottom + 1
        cells = view.row(number)
        if not cells or below.numbers or below.long or (not below.labels and not below.days):
            return False
        texts = {column: squeezed(value) for column, value in cells.items() if isinstance(value, str)}
        if texts and all(map(is_unit, texts.values())) and len(texts) == len(cells):
            return True
        above = {column: squeezed(view.text(bottom, column)) for column in cells}
        if texts and len(texts) == len(cells) and all(above[column] == text for column, text in texts.items()):
            return len(texts) > 1                                   # the same once more
        who = [column for column, label in self.row(top).labels.items() if self.wanted.name_of(label) in (NAME, ID)]
        joined = [column for column, text in texts.items() if above.get(column)
                  and self._joins(above[column], text)]
        if len(joined) >= max(1, len(texts) // 2):
            return True                                             # 实出勤 over 天数
        if any(column in cells for column in who):
            return False                                            # somebody's row
        if who and len(texts) > 1 and len(texts) == len(cells) and all(len(text) <= 8 for text in texts.values()) and (
                any(isinstance(view.down(number + 1, column), str) for column in who)):
            return True                                             # texts alone, and the first name below them
        lower = [column for column, label in below.labels.items() if self.wanted.name_of(label) in (NAME, ID)]
        if not who and not lower and (not below.labels or len(below.known) * 2 < len(below.labels)):
            return False
        if below.days and len(below.days) * 2 >= len(cells):        # weekdays below days
            return True
        groups = Counter(area for column in texts if (area := view.area(bottom, column))[3] > area[1]
                         and area[2] == bottom)
        if groups and max(groups.values()) > 1 and len(below.known) * 2 >= len(texts):
            return True                                             # leaves below groups
        beside = [column for column in texts if not above.get(column)]
        return bool(beside) and len(below.known) * 2 >= len(texts) and not (
            self._values_below(number) and not who and not below.known)

    def _joins(self, above: str, below: str) -> bool:
        both, lone = label_of(above + below), label_of(below)
        known = bool(self.wanted.name_of(both)) or (is_known(both) and both.key[-4:] != lone.key)
        return known and not self.wanted.name_of(label_of(above)) and len(both.key) <= 8

    def _values_below(self, number: int) -> bool:
        return self.row(number + 1).numbers > 0

    def _is_card_row(self, number: int) -> bool:
        """Whether the texts of a row are labels with a value beside each, as on a card: 姓名 | 张三 | 部门 | …"""
        view, row = self.view, self.row(number)
        below, beneath = number + 1, self.row(number + 1)
        pairs = 0
        for column in row.known:
            area = view.area(number, column)
            label, right = row.labels[column], area[3] + 1
            under = [c for c in range(area[1], right) if c in view.row(below)]
            if area[2] > number or len(under) > 1:
                continue                        # it reaches down, or heads several columns
            again = column in beneath.known and beneath.labels[column].key != label.key and not self._joins(
                label.key, beneath.labels[column].key)
            beside = view.shown(number, right)
            alone = (self.wanted.name_of(label) or canonical(label)) in _OF_ONE
            if alone and again and beside is None and right < max(row.labels):
                return True                     # a blank to be filled in, and another row of labels
            pairs += again and beside is not None and right not in row.known
        if pairs > 0 and pairs * 2 >= len(row.known):
            return True
        return not row.known and len(row.labels) <= 2

    def group_above(self, top: int, bottom: int) -> int:
        """The first row of the heading, with the row of groups above that is merged over some of its columns."""
        view = self.view
        if top == 0 or bottom - top + 1 >= MOST_ROWS:
            return top
        columns = sorted(self.view.row(top))
        left, right = columns[0], max(view.area(top, column)[3] for column in columns)
        cells = view.row(top - 1)
        if not cells or any(not isinstance(value, str) for value in cells.values()):
            return top
        for column in cells:
            area = view.area(top - 1, column)
            label = label_of(str(cells[column]))
            wide = area[3] - area[1] + 1
            if not left <= area[1] <= area[3] <= right or wide < 2 or wide * 5 > (right - left + 1) * 4 or (
                    label.colon or ":" in squeezed(cells[column]) or len(label.key) > 12 or is_note(label.key)):
                return top
        return top - 1

    # -- its columns --------------------------------------------------------------------------------------------------

    def columns(self, top: int, bottom: int) -> dict[int, Heading]:
        view = self.view
        parts: dict[int, list[tuple[int, int, str]]] = {}       # column → (row, first column, text)
        for number in range(top, bottom + 1):
            group: tuple[int, int, str] | None = None
            under = self._filled_under(number, bottom)
            last = max([*view.row(number), *under], default=-1)
            for column in range(last + 1):
                area = view.area(number, column)
                value = view.shown(number, column)
                if value is not None:
                    if column > area[1] and (area[2] >= bottom or column not in under):
                        continue                # covered by a heading that is merged over columns
                    alone = isinstance(value, str) and area[3] == area[1]
                    group = (number, column, as_text(value)) if alone else None
                    parts.setdefault(column, []).append((area[0], area[1], as_text(value)))
                elif group is not None and number < bottom and column in under and self._wide(number, group[1]):
                    parts.setdefault(column, []).append(group)
        leaves = Counter(texts[-1][2] for texts in parts.values())
        over = Counter(texts[0][:2] for texts in parts.values())
        found = {}
        for column in sorted(parts):
            texts = list(dict.fromkeys(text for _, _, text in parts[column]))
            units = [text for text in texts[1:] if is_unit(squeezed(text)) and squeezed(text) not in _COUNTED]
            texts = [text for text in texts if text not in units] or texts
            row = parts[column][-1][0]
            grouped = over[parts[column][0][:2]] > 1
            wide = [area[3] for number in range(top, bottom + 1) if (area := view.area(number, column))[1] == column]
            right = max([column, *(last for last in wide if not any(c in parts for c in range(column + 1, last + 1)))])
            found[column] = Heading(column, row, right, self._label(texts, leaves[parts[column][-1][2]] > 1, grouped),
                                    (*texts, *(unit for unit in units if unit not in texts)))
        return found

    def _filled_under(self, number: int, bottom: int) -> set[int]:
        return {column for below in range(number + 1, bottom + 1) for column in self.view.row(below)}

    def _wide(self, number: int, column: int) -> bool:
        """Whether a text in an upper row, not merged, may head the columns right of it too: no thing of one person."""
        label = self.row(number).labels.get(column)
        return label is not None and (self.wanted.name_of(label) or canonical(label)) not in _OF_ONE and (
            self.view.shown(number, column) is not None)

    def _label(self, texts: list[str], repeated: bool, grouped: bool) -> Label:
        """What the parts of a heading come to: the words split over rows, the leaf, or group and leaf.  ``repeated``:
        the leaf stands elsewhere too; ``grouped``: the first part stands over several columns."""
        leaf = label_of(texts[-1])
        if len(texts) == 1:
            return leaf
        if _WEEKDAY.fullmatch(leaf.key):
            return label_of(texts[-2])
        ways = [label_of("".join(texts)), label_of("".join(texts[-2:])), label_of("".join(reversed(texts)))]
        for way in ways[:2]:
            if self.wanted.name_of(way):
                return way
        if self.wanted.name_of(leaf):
            return leaf if not repeated else ways[0]
        if self.wanted.name_of(ways[2]):
            return ways[2]
        return leaf if grouped and not repeated else ways[0]


def _run(view: View, number: int, columns: list[int]) -> bool:
    """Whether numbers are days, years or dates that follow one another: 1 2 3 …, from left to right."""
    if len(columns) < 3:
        return False
    found = []
    for column in columns:
        value = view.row(number)[column]
        if isinstance(value, str):
            digits = re.sub(r"\D", "", squeezed(value))
            found.append(int(digits) if digits else 0)
        elif is_number(value):
            found.append(int(float(value)))
        elif hasattr(value, "toordinal"):
            found.append(value.toordinal())
        else:
            return False
    steps = [b - a for a, b in pairwise(found)]
    return sum(step == 1 or step <= -27 for step in steps) * 4 >= len(steps) * 3
