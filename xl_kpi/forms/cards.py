"""Cards: the form of one person, label and value side by side, one below the other, or in one cell.

Where the value of a label stands is said by what is there: the cell right of it, the next one that holds something, the
one below, or the label's own cell behind a colon or in brackets.  Labels of one column go by the same way.  Where two
cells can be it, it is asked.  Several cards on a sheet are told apart by their labels, which come again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from xl_kpi.forms.grids import CARDS, NOTHING, Grid, grids, heading_top
from xl_kpi.forms.heads import Heads
from xl_kpi.forms.labels import Label, canonical, is_known, label_of, perhaps
from xl_kpi.forms.model import Field, Form, Open
from xl_kpi.forms.months import PERIOD, Clue, clues, is_periodic, period_of
from xl_kpi.forms.names import looks_like_name
from xl_kpi.forms.pairs import Piece, pieces
from xl_kpi.forms.ticks import boxes, chosen
from xl_kpi.forms.view import View, as_text, is_number, squeezed
from xl_kpi.forms.wanted import ID, NAME, SCORE, Wanted
from xl_kpi.hand.ids import name_key
from xl_kpi.tables import words
from xl_kpi.tables.rows import can_be_person
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.grid import Area, address

SURE = 0.8
_TALL = 200                 # rows of a sheet that holds no card unless one says whose it is
_MOST = 40                  # labels of a card that does not say whose it is
_LONGEST = 14               # characters of a label without a colon
_FAR = 14                   # columns that a value may stand away
_FOOT = frozenset(CARDS["cells"]["foot"])
_SIGNS = frozenset(CARDS["cells"]["signs"])
_OTHERS = frozenset(CARDS["cells"]["others"])
_IDENTITY = (NAME, ID)
_MONEY = frozenset(("实发工资", "应发工资"))
_NUMBER = re.compile(r"[-+]?[¥￥]?[\d,]*\.?\d+(?:分|元|%|％|次|天|小时|级|星)?")
_NUMERIC = re.compile(r"(?:工资|薪资|金额|津贴|补贴|补助|奖金|扣款|天数|次数|小时数?|得分|评分|分数|总分)$")
_TAG = re.compile(r"\{\{.*\}\}|\$\{.*\}|<.*>")
_DASHES = frozenset(("-", "--", "—", "——", "/", "\\"))
_OF_PERIOD = re.compile(r"(?:20)?\d\d[年./-]\d{1,2}月?份?|(?:20)?\d\d年(?:度|第.季度)?|\d{1,2}月份?")
_ORDINAL = "[一二三四五六七八九十]{1,3}"
_TITLED = re.compile(rf"{_ORDINAL}[、.．].+|[（(]{_ORDINAL}[)）].+|第{_ORDINAL}部分.*")


@dataclass
class Mention:
    """A label where it stands.  ``strength``: 3 with a colon or a bracket, 2 a canonical name or one of the policy, 1 a
    word that stands as label, 0 one that may be a value just as well."""

    label: Label
    text: str
    area: Area
    strength: int
    name: str = ""
    piece: Piece | None = None

    @property
    def row(self) -> int:
        return self.area[0]

    @property
    def column(self) -> int:
        return self.area[1]

    @property
    def place(self) -> tuple[int, int]:
        return self.area[:2]


@dataclass
class Slot:
    """Where a value may stand: a cell, what is there, how it lies to its label (right, far, below, within)."""

    how: str
    place: tuple[int, int]
    value: object = None


@dataclass
class Region:
    """The part of a sheet that one card takes."""

    rows: range
    columns: range
    mentions: list[Mention] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)


def recognise(book: Book, scan: Scan, tables: Sequence[Form] = ()) -> tuple[list[Form], set[int]]:
    """(the cards of a sheet, the rows where their labels and grids stand).  ``tables``: what looks like a table of
    records on the sheet."""
    view, wanted = scan.view, scan.wanted
    if view.height > _TALL and not any(one.name in _IDENTITY for row in view.rows for one in scan.row(row)):
        return [], set()
    heads = Heads(view, wanted)
    found = grids(view, wanted, heads)
    used = {row for one in found for row in one.rows}
    sheet = _Sheet(scan, used)
    if records := {row for table in tables if used.isdisjoint(held := _records(table, sheet)) for row in held}:
        sheet = _Sheet(scan, used | records)
    sheet.headers = _headers(view, heads, sheet)
    forms, rows = [], set[int]()
    for region in _regions(sheet.mentions, found, view):
        form = _Card(sheet, region, book.path.name, wanted).form()
        if form is not None:
            forms.append(form)
            rows |= {one.label[0] for one in form.fields if one.label is not None}
            rows |= {row for grid in region.grids for row in grid.rows}
    _persons(forms, book, wanted)
    return forms, rows


_LOOK = 12                  # rows below headings that are looked at
_KIN = frozenset(("关系", "称谓", "与本人关系", "亲属关系"))


def is_part(table: Form, scan: Scan) -> bool:
    """Whether what looks like a list of people is a part of a card: labels stand in its rows (姓名 | 张三 | 部门 | …
    over 岗位 | 代表 | 工号 | …), or it has the family of one."""
    view, last = scan.view, table.headings[1]
    if any(one.label is not None and label_of(one.heading).key in _KIN for one in table.fields):
        return True
    if table.across:
        return False
    if _apart(table, view):
        return True
    end = min((table.ends or table.people or [last])[-1], last + _LOOK)
    rows = range(last + 1, max(end, last + 1) + 1)
    sheet = _Sheet(scan, set(), rows)
    cells = sum(len(view.row(row)) for row in rows)
    labels = len({one.place for one in sheet.mentions if one.strength >= 1})
    if cells and labels * 3 >= cells:
        return True
    following = next((row for row in range(end + 1, end + 4) if row in view.rows), -1)
    if len(table.people) < 3 and following >= 0 and _only_labels(scan, following):
        return True
    return len(table.people) < 2 and any(
        end < grid.rows.start <= end + 4 for grid in grids(view, scan.wanted, Heads(view, scan.wanted)))


def _apart(table: Form, view: View) -> bool:
    """Whether blanks are drawn between the headings, one behind each: 姓名 | ＿ | 工号 | ＿"""
    places = {one.label for one in table.fields if one.label is not None}
    row = Counter(row for row, _ in places).most_common(1)[0][0] if places else -1
    ends = [view.area(row, column)[3] + 1 for at, column in places if at == row]
    gaps = [end for end in ends if view.shown(row, end) is None and end < view.width]
    last = min((table.ends or table.people or [row + 1])[-1], row + 3)
    return len(ends) > 1 and len(gaps) * 2 > len(ends) - 1 and not any(
        view.shown(below, end) is not None for end in gaps for below in range(row + 1, last + 1))


def _only_labels(scan: Scan, row: int) -> bool:
    """Whether a row is one of headings again, not of who signs the table."""
    sheet = _Sheet(scan, set(), (row,))
    labels = [one for one in sheet.at.values() if one.strength >= 1]
    return len(labels) == len(scan.view.row(row)) and any(one.strength < 3 and not _is_foot(one) for one in labels)


def _is_foot(one: Mention) -> bool:
    """Whether a label stands at the foot of any table."""
    key = squeezed(one.label.name)
    return key in _FOOT or key in _SIGNS or key.endswith(("签字", "签名", "签章")) or words.is_label(squeezed(one.text))


def _records(table: Form, sheet: _Sheet) -> range:
    """The rows of a table of records; none where labels stand in its rows, as on a card."""
    first, last = table.headings
    rows = range(last + 1, (table.ends or table.people or [last])[-1] + 1)
    labels = sum(one.row in rows and one.strength >= 1 for one in sheet.mentions)
    fields = len(table.fields)
    if not rows or (labels and labels * 3 >= len(rows)) or fields < 3 or (len(rows) < 2 and fields < 5):
        return range(0)
    return range(heading_top(sheet.view, first, last), rows.stop)


def _headers(view: View, heads: Heads, sheet: _Sheet) -> set[int]:
    """The rows of headings side by side: their values are below, never beside."""
    found: set[int] = set()
    for row in view.rows:
        if row in found or row in sheet.used:
            continue
        if _runs(view, sheet, row):
            found.add(row)
            continue
        head = heads.at(row)
        if head is None or len(head.columns) < 4:
            continue
        texts = [(column, one) for column, one in head.columns.items() if one.label.keys]
        known = sum(sheet.at[one.row, column].strength >= 1 for column, one in texts if (one.row, column) in sheet.at)
        beside = sum(view.area(one.row, column)[3] + 1 in head.columns for column, one in texts)
        if known * 5 > len(texts) * 3 and beside * 5 >= (len(texts) - 1) * 4:
            found |= set(range(head.top, head.bottom + 1))
    return found


def _runs(view: View, sheet: _Sheet, row: int) -> bool:
    """Whether a row is a long run of texts where labels do not alternate with values: headings, known and not."""
    cells = view.row(row)
    if len(cells) < 6 or not all(isinstance(value, str) for value in cells.values()) or any(
            (row, column) in sheet.at and sheet.at[row, column].strength == 3 for column in cells):
        return False
    labels = [at for at, column in enumerate(cells) if (row, column) in sheet.at and (
        (one := sheet.at[row, column]).strength >= 1 and not (one.piece and one.piece.value))]
    odd = sum(at % 2 for at in labels)
    return bool(labels) and (len(labels) * 4 < len(cells) or min(odd, len(labels) - odd) * 3 >= max(odd, 2))


class Scan:
    """The labels of a sheet as its texts have them, a row at a time, each looked at once."""

    def __init__(self, view: View, wanted: Wanted):
        self.view, self.wanted = view, wanted
        self._rows: dict[int, list[Mention]] = {}

    def row(self, number: int) -> list[Mention]:
        found = self._rows.get(number)
        if found is None:
            above = self.view.row(number - 1)
            found = self._rows[number] = [
                one for column, value in self.view.row(number).items() if isinstance(value, str)
                and not (isinstance(above.get(column), str) and self._split(number - 1, column, str(above[column])))
                for one in self._mentions(number, column, value)]
        return found

    def _mentions(self, row: int, column: int, text: str) -> Iterator[Mention]:
        area = self.view.area(row, column)
        found = pieces(text)
        if found:
            for piece in found:
                yield Mention(piece.label, piece.text, area, 3, self._name(piece.label), piece)
            return
        if len(squeezed(text)) > 2 * _LONGEST or _TITLED.fullmatch(squeezed(text)) or boxes(text) or _TAG.search(text):
            return
        label = label_of(text)
        if label.key in ("年", "月", "日", "号"):
            return                              # 2024 | 年 | 5 | 月
        if (joined := self._split(row, column, text)) is not None:
            yield joined
        elif label.key and len(label.name or label.key) <= _LONGEST:
            name = self._name(label)
            if not name and label.key[0].isdigit():
                return                          # 12小时
            if not name and len(self.view.row(row)) == 1 and row == next(iter(self.view.rows)):
                return                          # a title
            strength = 2 if name else 1 if is_known(label) and not perhaps(label) else 0 if is_known(label) else -1
            if strength >= 0:
                yield Mention(label, text, area, strength, name)

    def _name(self, label: Label) -> str:
        return self.wanted.name_of(label)

    def _split(self, row: int, column: int, text: str) -> Mention | None:
        """A label whose words stand in two rows that are not merged: 工作 over 态度."""
        view = self.view
        below = view.row(row + 1).get(column)
        area, under = view.area(row, column), view.area(row + 1, column)
        if not isinstance(below, str) or area[2] > row or area[1::2] != under[1::2]:
            return None
        both, lone = label_of(squeezed(text) + squeezed(below)), label_of(below)
        if is_known(label_of(text)) or not is_known(both) or len(both.key) > 8 or pieces(below) or (
                is_known(lone) and self._name(both) in ("", self._name(lone))):
            return None
        return Mention(both, f"{text}{below}", (row, column, under[2], area[3]), 2 if self._name(both) else 1,
                       self._name(both))


class _Sheet:
    """The labels that count.  ``used``: rows that are of grids and tables; ``headers``: rows of headings."""

    def __init__(self, scan: Scan, used: set[int], rows: Iterable[int] | None = None):
        self.view, self.wanted, self.used = scan.view, scan.wanted, used
        self.headers: set[int] = set()
        self.mentions = [one for row in (self.view.rows if rows is None else rows) if row not in used
                         for one in scan.row(row)]
        self.at = {one.place: one for one in self.mentions}     # the last of a cell: its value may stand outside
        self._weaken()
        self._align()

    def _weaken(self) -> None:
        """A word that may be a value is one where it follows a label that waits for one: 岗位 | 客服代表."""
        values = set()
        for one in self.mentions:
            if one.strength or one.piece is not None:
                continue
            left = self._left_of(one.area)
            before = self.at.get(left) if left else None
            waiting = before is not None and before.strength >= 2 and not (before.piece and before.piece.value)
            if waiting or one.label.key in NOTHING:
                values.add(one.place)
                del self.at[one.place]
        self.mentions = [one for one in self.mentions if one.place not in values]

    def _align(self) -> None:
        """A word that nobody knows is a label where it stands among labels, in their column, and follows none."""
        columns: dict[tuple[int, int], list[int]] = defaultdict(list)
        for one in self.mentions:
            if one.strength >= 1 and not (one.piece and one.piece.value):
                columns[one.column, one.area[3]].append(one.row)
        added, lefts = [], {(left, row) for (left, _), rows in columns.items() for row in rows}
        for (left, right), rows in columns.items():
            texts = sum(isinstance(self.view.row(row).get(left), str) for row in range(min(rows), max(rows) + 1)
                        if row not in self.used)
            if len(rows) < 2 or len(rows) * 3 < texts or any(
                    (right + 1, row + step) in lefts for row in rows for step in (-1, 0, 1)):
                continue
            for row in range(max(min(rows) - 1, 0), max(rows) + 2):
                if len(self.view.row(row)) == 1 and row == next(iter(self.view.rows)):
                    continue                    # a title
                value = self.view.row(row).get(left)
                area = self.view.area(row, left)
                if not isinstance(value, str) or (row, left) in self.at or row in self.used or area[3] != right or (
                        min(abs(row - other) for other in rows) > 2):
                    continue
                label, before = label_of(value), self._left_of(area)
                beside = self.at.get(before) if before is not None else None
                if not label.key or len(label.name or label.key) > _LONGEST or re.search(r"\d", label.key) or (
                        boxes(value) or _TAG.search(value) or _TITLED.fullmatch(squeezed(value))):
                    continue
                above = self.at.get((row - 1, left))
                if above is not None and (row - 1, left - 1) in self.at:
                    continue                    # below a label among labels: its value
                if beside is not None and beside.area[3] + 1 == left and not (beside.piece and beside.piece.value):
                    continue
                added.append(Mention(label, value, area, 1))
        for one in added:
            self.mentions.append(one)
            self.at[one.place] = one
        self.mentions.sort(key=lambda one: one.place)

    def _left_of(self, area: Area) -> tuple[int, int] | None:
        row, column = area[0], area[1] - 1
        while column >= 0 and self.view.shown(row, column) is None:
            column = self.view.area(row, column)[1] - 1
        return self.view.area(row, column)[:2] if column >= 0 else None


# ------------------------------------------------------------------------------------------- several cards on one sheet

def _regions(mentions: list[Mention], found: list[Grid], view: View) -> list[Region]:
    """The parts of a sheet that hold a card each: one, unless the labels come again together."""
    whole = Region(range(view.height), range(max(view.width, 1)), mentions, found)
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in mentions:
        places[one.label.key].append(one.place)
    for anchor in (NAME, ID):
        keys = [one.place for one in mentions if one.name == anchor and one.label.key not in _OTHERS]
        if len(keys) < 2:
            continue
        again = [key for key, at in places.items() if len(at) == len(keys)]
        if len(again) < 3 or len(again) * 2 < len(places):
            continue
        rows, columns = sorted({row for row, _ in keys}), sorted({column for _, column in keys})
        if len(rows) * len(columns) != len(keys):
            continue
        tops = _starts(rows, [row for key in again for row, _ in places[key]])
        lefts = _starts(columns, [column for key in again for _, column in places[key]])
        if tops is None or lefts is None:
            continue
        return _cut(whole, tops, lefts, view)
    return [whole]


def _starts(anchors: Sequence[int], places: list[int]) -> list[int] | None:
    """Where each card begins, by rows or columns: as far before its anchor as the labels reach before the first."""
    if len(anchors) == 1:
        return [0]
    before = anchors[0] - min(places)
    starts = [anchor - before for anchor in anchors]
    return starts if all(anchors[n] < starts[n + 1] for n in range(len(anchors) - 1)) else None


def _cut(whole: Region, tops: list[int], lefts: list[int], view: View) -> list[Region]:
    regions = []
    tops = [0, *(_above(view, top, last) for top, last in zip(tops[1:], tops[:-1], strict=True))]
    for top, bottom in zip(tops, [*tops[1:], view.height], strict=True):
        for left, right in zip([0, *lefts[1:]], [*lefts[1:], max(view.width, 1)], strict=True):
            rows, columns = range(top, bottom), range(left, right)
            regions.append(Region(rows, columns, [m for m in whole.mentions if m.row in rows and m.column in columns],
                                  [g for g in whole.grids if g.rows.start in rows and g.head.left in columns]))
    return regions


def _above(view: View, top: int, last: int) -> int:
    """Where the titles above a card begin: the rows with one text, no label, directly above it."""
    while top - 1 > last:
        cells = view.row(top - 1)
        value = next(iter(cells.values()), None)
        if len(cells) != 1 or not isinstance(value, str) or pieces(value) or is_known(label_of(value)):
            break
        top -= 1
    return top


# ------------------------------------------------------------------------------------------------------------ one card

class _Card:
    def __init__(self, sheet: _Sheet, region: Region, file: str, wanted: Wanted):
        self.sheet, self.view, self.wanted = sheet, sheet.view, wanted
        self.region, self.mentions, self.file = region, region.mentions, file
        self.claimed: set[tuple[int, int]] = set()
        self.open: list[Open] = []
        self.by_row: dict[int, list[Mention]] = defaultdict(list)
        self.by_column: dict[int, list[Mention]] = defaultdict(list)
        for one in self.mentions:
            self.by_row[one.row].append(one)
            self.by_column[one.column].append(one)

    def form(self) -> Form | None:
        found: list[tuple[Mention, Field]] = []
        strips = self._strips()
        waiting = []
        for one in self.mentions:
            slots = self._slots(one, strips)
            if len(slots) == 1 and slots[0].how in ("right", "within") and slots[0].value is not None:
                self._take(found, one, slots)
            else:
                waiting.append((one, slots))
        for one, slots in waiting:
            self._take(found, one, [slot for slot in slots if slot.place not in self.claimed
                                    or slot.how == "within"])
        fields = self._named(found)
        for grid in self.region.grids:
            fields += grid.fields
            self.open += grid.open
        fields += self._total(fields)
        if not self._is_card(found):
            return None
        form = Form(self.file, self.view.sheet.name, "card", fields=fields, open=self.open)
        form.labels = tuple(f"{address(*one.place)} {one.label.key}" for one in self.mentions) + tuple(
            label for grid in self.region.grids for label in grid.labels)
        self._period(form, found)
        return form

    # -- where values stand -------------------------------------------------------------------------------------------

    def _strips(self) -> dict[tuple[int, int], int]:
        """Labels side by side without values between: place → how many there are."""
        found: dict[tuple[int, int], int] = {}
        for one in self.mentions:
            if one.piece is not None and one.piece.value:
                continue
            run, right = [one.place], (one.row, one.area[3] + 1)
            while (following := self.sheet.at.get(self.view.area(*right)[:2])) is not None and (
                    following.row == one.row and following.strength >= 1 and not (
                        following.piece and following.piece.value)):
                run.append(following.place)
                right = (one.row, max(following.area[3], right[1]) + 1)         # areas may overlap in a damaged file
            for place in run:
                found[place] = max(found.get(place, 0), len(run))
        return found

    def _slots(self, one: Mention, strips: dict[tuple[int, int], int]) -> list[Slot]:
        """The cells that can hold the value of a label, the likeliest first; one where it is plain."""
        within = self._within(one)
        if within is not None and not (one.piece and one.piece.doubtful):
            return [within]
        right, far, below = self._right(one), None, self._below(one)
        if right is not None and right.value is None and right.place[1] > self._last and one.piece is not None and (
                one.piece.doubtful or (one.piece.sort == "colon" and not self._beside(one))):
            right = None                        # nothing is drawn there
        header = one.row in self.sheet.headers
        if header:
            right = None
        before = self.sheet._left_of(one.area)
        if before is not None and before in self.sheet.at and not self.sheet.at[before].name and (
                words.says_total(self.sheet.at[before].label.key)):
            return []                           # 合计 | 计费 | 28
        if words.says_total(one.label.key) and one.strength < 2:        # of a table, or the points of a card
            return [right] if right is not None and is_number(right.value) and not self._more(one, right) else []
        if right is not None and right.value is None:
            far = self._far(one)
        if right is not None and right.value is not None:
            if below is not None and below.value is not None and not self._labelled(below.place) and (
                    self._fits(one, below.value)):
                if self._surely(one, right.value) and not self._surely(one, below.value):
                    return [right]
                return [right, below] if self._fits(one, right.value) else [below]
            return [right, *self._more(one, right)]
        in_strip = header or strips.get(one.place, 1) > 1
        if right is None or (in_strip and (header or self._is_header(one))):        # labels side by side, values below
            if below is not None and (below.value is not None or in_strip) and not self._is_table(one, below):
                return [below]
            if below is None and in_strip and one.area[2] + 1 == self.view.height and not _is_foot(one):
                return [Slot("below", (one.area[2] + 1, one.column))]       # the last row of what is written
            if one.piece is not None and one.piece.sort == "colon":
                return [Slot("within", one.place)]
            return [within] if within is not None else [right] if right is not None and below is None else []
        if one.piece is not None and one.piece.doubtful:
            return [Slot("within", one.place, one.piece.value), right]
        if far is not None:
            way = self._way(one)
            if way and way == far.place[1] - one.area[3]:
                return [far]
            if way == 1:
                return [right]
            if more := self._more(one, far):
                return [far, *more]
            if isinstance(far.value, str) and boxes(far.value):
                return [far]
            if self._typed(one) and self._fits(one, far.value):
                return [far]
            plain = not way and one.strength >= 2 and not self._untyped(far.value)
            return [far] if plain else [right, far]
        if below is not None and below.value is not None and one.strength < 3 and not (
                self._labelled(below.place) or self._labels(below)) and self._fits(one, below.value):
            return [right, below]
        if not in_strip and one.piece is None and strips.get((one.row - 2, one.column), 1) > 1 and not (
                self._label_at((one.row - 1, one.column))) and (below is None or below.value is None):
            return [right, below or Slot("below", (one.area[2] + 1, one.column))]     # as those above, or not
        return [right]

    def _within(self, one: Mention) -> Slot | None:
        """The label's own cell, where the value stands in it or is to be written there."""
        piece = one.piece
        if piece is None:
            return None
        if piece.value or piece.room or not piece.last:
            return Slot("within", one.place, piece.value or None)
        return None

    def _right(self, one: Mention) -> Slot | None:
        """The cell right of a label, unless another label is there or the card ends."""
        column = one.area[3] + 1
        if column not in self.region.columns and column > self._edge:
            return None
        area = self.view.area(one.row, column)
        if self._label_at(area[:2]) or area[0] < one.row:
            return None
        value = self._value(area[:2])
        if value is None and column > self._edge and not self.view.areas.get((one.row, column)):
            return None
        return Slot("right", area[:2], value)

    @cached_property
    def _edge(self) -> int:
        """The last column that may be of the card: where something stands, is merged, or the one behind."""
        rows = self.region.rows
        last = max((max(cells) for row, cells in self.view.rows.items() if row in rows), default=0)
        merged = max((area[3] for (row, _), area in self.view.areas.items() if row in rows
                      and area[3] - area[1] < 40), default=0)
        return min(max(last, merged) if merged > last else last + 1, max(self.region.columns.stop - 1, last + 1)
                   if self.region.columns.stop < self.view.width else 1 << 14)

    def _beside(self, one: Mention) -> bool:
        """Whether other labels with a colon have their values in the cell beside them, not in their own."""
        return sum(other.place == one.place for other in self.by_row[one.row]) == 1 and any(
            other is not one for other in self._in_pairs)

    @cached_property
    def _in_pairs(self) -> list[Mention]:
        """The labels with a colon and a cell beside them for the value."""
        return [one for one in self.mentions if one.piece is not None and one.piece.sort == "colon"
                and not one.piece.value and one.area[3] + 1 <= self._last
                and not self._label_at(self.view.area(one.row, one.area[3] + 1)[:2])]

    @cached_property
    def _last(self) -> int:
        """The last column where something stands or is merged."""
        rows = self.region.rows
        return max([max(cells) for row, cells in self.view.rows.items() if row in rows]
                   + [area[3] for (row, _), area in self.view.areas.items() if row in rows and area[3] - area[1] < 40],
                   default=0)

    def _far(self, one: Mention) -> Slot | None:
        """The next cell in the row that holds something, behind blank ones, unless that is a label."""
        column = self.view.area(one.row, one.area[3] + 1)[3] + 1
        for _ in range(_FAR):
            if column not in self.region.columns:
                return None
            area = self.view.area(one.row, column)
            if self._label_at(area[:2]):
                return None
            value = self._value(area[:2])
            if value is not None and not self._says_nothing(value):
                return Slot("far", area[:2], value) if area[0] == one.row and not self._titled(value) else None
            column = area[3] + 1
        return None

    def _below(self, one: Mention) -> Slot | None:
        """The cell below a label, unless it is another label, or a grid, or of another width."""
        row = one.area[2] + 1
        if row not in self.region.rows or row in self.sheet.used:
            return None
        area = self.view.area(row, one.column)
        if area[:2] != (row, one.column) or self._label_at(area[:2]):
            return None
        value = self._value(area[:2])
        if isinstance(value, str) and (self._titled(value) or (words.is_note(squeezed(value)) and len(value) > 12)):
            return None
        return Slot("below", area[:2], value)

    def _more(self, one: Mention, right: Slot) -> list[Slot]:
        """Further values in the row behind the first, which no label claims: 出勤 | 21 | 22."""
        found, column = [], self.view.area(*right.place)[3] + 1
        ticks = boxes(as_text(right.value)) if isinstance(right.value, str) else ()
        while column in self.region.columns:
            area = self.view.area(one.row, column)
            if self._label_at(area[:2]):
                break
            value = self._value(area[:2])
            if value is not None and not self._says_nothing(value) and not (
                    isinstance(value, str) and _OF_PERIOD.fullmatch(squeezed(value))):
                if ticks and not (isinstance(value, str) and boxes(value)):
                    column = area[3] + 1
                    continue                    # what is written behind a box
                found.append(Slot("right", area[:2], value))
            column = area[3] + 1
        if one.name in PERIOD or canonical(one.label) in PERIOD:        # 2024 | 年 | 5 | 月: of the month alone
            return []
        return found

    def _is_header(self, one: Mention) -> bool:
        """Whether a label stands in a row of labels whose values are below."""
        row = [m for m in self.by_row[one.row] if not (m.piece and m.piece.value)]
        beside = [m for m in row if self._label_at(self.view.area(m.row, m.area[3] + 1)[:2])]
        return len(row) > 1 and len(beside) * 2 >= len(row) - 1 and len(beside) >= 1 and any(
            self._label_at(self.view.area(one.row, c)[:2]) for c in (one.area[3] + 1, one.area[1] - 1) if c >= 0)

    def _is_table(self, one: Mention, below: Slot) -> bool:
        """Whether more rows of the same kind follow the first below a label: a table, nobody's card."""
        row = self.view.area(*below.place)[2] + 1
        if row not in self.region.rows or row in self.sheet.used or (
                self.view.area(row, one.column)[:2] != (row, one.column)):
            return False
        if self._label_at((row, one.column)):
            return False
        under = self._value((row, one.column))
        if below.value is None:
            return under is None and row < self.view.height and not self.by_row[row] and bool(self.view.row(row))
        return under is not None and not self._titled(under) and not (
            isinstance(under, str) and words.is_note(squeezed(under)))

    def _way(self, one: Mention) -> int:
        """How far right of their labels the values of a column of labels stand; 0 where that differs, or none has."""
        counts = Counter[int]()
        for other in self.by_column[one.column]:
            if other is one or other.area[3] != one.area[3] or (other.piece and (
                    other.piece.value)):
                continue
            column = other.area[3] + 1
            for step in range(1, _FAR):
                area = self.view.area(other.row, column)
                if column not in self.region.columns or self._label_at(area[:2]):
                    break
                if self._value(area[:2]) is not None:
                    counts[step if area[3] == area[1] else area[1] - other.area[3]] += 1
                    break
                column = area[3] + 1
        return next(iter(counts)) if len(counts) == 1 else 0

    # -- what stands there --------------------------------------------------------------------------------------------

    def _label_at(self, place: tuple[int, int]) -> bool:
        one = self.sheet.at.get(place)
        return one is not None and not (one.strength == 0 and one.piece is None)

    def _labelled(self, place: tuple[int, int]) -> bool:
        """Whether a cell is of a label left of it in its row."""
        left = self.sheet._left_of(self.view.area(*place))
        while left is not None:
            if self._label_at(left):
                return left[0] == place[0]
            left = self.sheet._left_of(self.view.area(*left))
        return False

    def _labels(self, slot: Slot) -> bool:
        """Whether a text has a value beside it, as a label that nobody knows has."""
        area = self.view.area(*slot.place)
        right = self.view.area(area[0], area[3] + 1)
        if not isinstance(slot.value, str) or self._label_at(right[:2]):
            return False
        above = self.view.area(area[0] - 1, area[1])
        drawn = above[1::2] == area[1::2] and right[3] > right[1] and (
            self.view.area(above[0], above[3] + 1)[1::2] == right[1::2])
        return self._value(right[:2]) is not None or drawn

    def _value(self, place: tuple[int, int]) -> object:
        """What a cell holds for its reader: an error or a formula without a result too."""
        value = self.view.shown(*place)
        if value is None and place[1] in self.view.row(place[0]):
            return "＝"                      # a formula: it is no blank
        if value is None and self.view.mark(*place).formula:
            return "＝"
        return value

    @staticmethod
    def _titled(value: object) -> bool:
        return isinstance(value, str) and _TITLED.fullmatch(squeezed(value)) is not None

    @staticmethod
    def _says_nothing(value: object) -> bool:
        text = squeezed(value).casefold()
        return text in _DASHES or words.is_unit(text)

    def _typed(self, one: Mention) -> bool:
        want = self.wanted.wants.get(one.name)
        return one.name in (*_IDENTITY, SCORE, *_MONEY, *PERIOD) or one.name.endswith("日期") or (
            want is not None and want.number) or _NUMERIC.search(one.label.key) is not None

    @staticmethod
    def _untyped(value: object) -> bool:
        """Whether a text is a word that could be a label, of what nobody knows."""
        return isinstance(value, str) and not re.search(r"\d", value) and len(squeezed(value)) <= 4 and not (
            looks_like_name(value))

    def _surely(self, one: Mention, value: object) -> bool:
        """Whether a value looks like one of that kind, not only as if it could be."""
        if one.name == NAME:
            return isinstance(value, str) and (self.wanted.has_name(value) or looks_like_name(value))
        return self._typed(one) and self._fits(one, value)

    def _fits(self, one: Mention, value: object) -> bool:
        """Whether a value can be of what a label names."""
        if value is None or value == "＝" or (isinstance(value, str) and (
                _TAG.search(value) or squeezed(value).casefold() in NOTHING)):
            return True
        text = squeezed(value)
        if one.name == NAME:
            return isinstance(value, str) and (self.wanted.has_name(value) or looks_like_name(value) or (
                can_be_person(value) and not is_known(label_of(value)) and len(text) <= 20
                and not re.search(r"\d\d|\d[年月日]", text)))
        if one.name == ID:
            return self.wanted.has_id(value) or (not isinstance(value, dt.date) and re.search(r"[\dA-Za-z]", text)
                                                 is not None and not re.search(r"[\u3400-\u9fff]{3}", text))
        if one.name in PERIOD:
            return is_number(value) or isinstance(value, dt.date) or re.search(
                r"\d|[一二三四五六七八九十]|[A-Za-z]{3}", text) is not None
        if one.name.endswith("日期"):
            return is_number(value) or isinstance(value, dt.date) or re.search(r"\d|[年月日]", text) is not None
        want = self.wanted.wants.get(one.name)
        if one.name in (SCORE, *_MONEY) or (want is not None and want.number) or _NUMERIC.search(one.label.key):
            if not is_number(value):
                return isinstance(value, str) and _NUMBER.fullmatch(text) is not None
            return want is None or not want.number or (
                (want.least is None or value >= want.least) and (want.most is None or value <= want.most))
        return not isinstance(value, bool)

    # -- fields -------------------------------------------------------------------------------------------------------

    def _take(self, found: list[tuple[Mention, Field]], one: Mention, slots: list[Slot]) -> None:
        """Make a field of a label, or ask where its value is, or leave it."""
        name = one.name or one.label.name
        if not slots or not name:
            return
        ticked = self._ticked(one, slots)
        if ticked is not None:
            found.append((one, ticked))
            return
        fitting = [slot for slot in slots if self._fits(one, slot.value)]
        filled = [slot for slot in fitting if slot.value is not None]
        matters = one.name in (*_IDENTITY, SCORE, *_MONEY, *PERIOD) or one.name in self.wanted.wants
        if not fitting:
            if matters and one.name not in PERIOD:
                cells = "、".join(self.view.shows(*slot.place) for slot in slots)
                self._ask(one, f"「{one.label.text}」旁边的 {cells} 不像{one.name}，{one.name}在哪一格", slots)
            return
        if self._typed(one) and len(filled) == 1 and len(slots) > 1 and len(fitting) == 1:
            slots, fitting = filled, filled
        if len(fitting) > 1 or len(slots) > 1:
            if matters:
                cells = "、".join(self.view.shows(*slot.place) for slot in slots)
                self._ask(one, f"「{one.label.text}」的值可能在 {cells}，不知道是哪一格", slots)
            return
        slot = fitting[0]
        sure = {"right": 0.95, "within": 0.95, "far": 0.85, "below": 0.9}[slot.how]
        if slot.value is None:
            sure -= 0.05
        if one.name == NAME and isinstance(slot.value, str) and self.wanted.names:
            sure = 1.0 if self.wanted.has_name(slot.value) else 0.85
        row, column = slot.place
        self.claimed.add(slot.place)
        found.append((one, Field(name, column, (row, row), one.text if slot.how == "within" else one.label.text,
                                 sure, self._why(one, slot), one.place, slot.how == "within")))

    def _why(self, one: Mention, slot: Slot) -> str:
        label = f"{address(*one.place)}「{one.label.text}」"
        lies = {"right": "右边", "far": "右边隔着空格", "below": "下面", "within": "同一格里"}[slot.how]
        what = "（空着，待填）" if slot.value is None else ""
        return f"{label}{lies}{what}{self.view.hidden(*slot.place)}"

    def _ticked(self, one: Mention, slots: list[Slot]) -> Field | None:
        """A choice by boxes: in one cell, or in several of which one is ticked."""
        tried = [slot for slot in slots if isinstance(slot.value, str) and boxes(slot.value)]
        if not tried:
            return None
        done = [slot for slot in tried if chosen(str(slot.value))]
        if len(tried) > 1 and len(done) != 1:
            return None
        slot = done[0] if done else tried[0]
        what = chosen(str(slot.value))
        said = f"，打勾的是「{'、'.join(what)}」" if what else "，还没有打勾"
        row, column = slot.place
        self.claimed |= {other.place for other in tried}
        inside = slot.how == "within"
        return Field(one.name or one.label.name, column, (row, row), one.text if inside else one.label.text,
                     0.9 if len(tried) == 1 else 0.85, self._why(one, slot) + said, one.place, inside)

    def _ask(self, one: Mention, text: str, slots: Sequence[Slot]) -> None:
        name = one.name or one.label.name
        if not any(asked.key == name for asked in self.open):
            self.open.append(Open(name, text, tuple(dict.fromkeys(
                f"{address(*slot.place)}" for slot in slots)), address(*one.place)))

    def _named(self, found: list[tuple[Mention, Field]]) -> list[Field]:
        """The fields; of one name several times asked where it matters, else told apart by what stands above."""
        by_name: dict[str, list[tuple[Mention, Field]]] = defaultdict(list)
        for one, made in found:
            by_name[made.name].append((one, made))
        fields = []
        for name, several in by_name.items():
            same = several
            if len(several) > 1:
                others = self._of_somebody_else if name in _IDENTITY else self._at_the_foot
                own = [pair for pair in several if not others(pair[0])]
                if len(own) == 1:
                    same = own
                    fields += [replace(made, name=f"{self._context(one)} {name}".strip())
                               for one, made in several if (one, made) not in own and name not in _IDENTITY]
            if len(same) == 1:
                fields.append(same[0][1])
            elif name in (*_IDENTITY, SCORE, *_MONEY) or name in self.wanted.wants:
                cells = "、".join(self.view.shows(made.rows[0], made.column) for _, made in same)
                values = {squeezed(self.view.shown(made.rows[0], made.column)) for _, made in same if not made.within}
                if len(values) == 1 and "" not in values and not any(made.within for _, made in same):
                    fields.append(replace(same[0][1], why=f"{same[0][1].why}；{cells} 相同"))
                elif name not in PERIOD:
                    self._ask(same[0][0], f"「{name}」有 {len(same)} 处（{cells}），不知道用哪一处",
                              [Slot("right", (made.rows[0], made.column)) for _, made in same])
            else:
                fields += [replace(made, name=f"{self._context(one)} {name}".strip()) for one, made in same]
        return sorted(fields, key=lambda made: (made.rows[0], made.column))

    def _of_somebody_else(self, one: Mention) -> bool:
        """Whether a label left of it, or above, says that another person is meant: 考核人 | 姓名 | …"""
        places = [*((one.row, column) for column in range(one.column)), (one.row - 1, one.column)]
        return any(label_of(self.view.text(row, column)).key in _OTHERS for row, column in places if row >= 0)

    def _at_the_foot(self, one: Mention) -> bool:
        """Whether a label stands among those of who signs: 审核：＿＿　日期：＿＿"""
        return any(other.label.key != one.label.key and _is_foot(other) for other in self.by_row[one.row])

    def _context(self, one: Mention) -> str:
        """Whose signature or date it is: the label left of it, or above in its column; else where it stands."""
        left = [m for m in self.by_row[one.row] if m.place < one.place]
        if left and left[-1].label.key != one.label.key and not any(key in _SIGNS for key in left[-1].label.keys):
            return left[-1].label.name
        above = [m for m in self.by_column[one.column] if one.row - 6 <= m.row < one.row
                 and not any(key in _SIGNS for key in m.label.keys) and m.label.key != one.label.key]
        return above[-1].label.name if above else address(*one.place)

    def _total(self, fields: list[Field]) -> list[Field]:
        """得分 of the sum of a grid, where no label says it elsewhere."""
        sums = [one for grid in self.region.grids for one in grid.total]
        if not sums or any(one.name == SCORE for one in fields) or any(one.key == SCORE for one in self.open):
            return []
        if len(sums) == 1:
            return sums
        choices = tuple(f"{address(one.rows[0], one.column)}（{one.why.rpartition('，')[2]}）" for one in sums)
        self.open.append(Open(SCORE, f"合计有 {len(sums)} 处（{'、'.join(choices)}），不知道哪一处是得分", choices,
                              address(*(sums[0].label or (sums[0].rows[0], sums[0].column)))))
        return []

    # -- the card -----------------------------------------------------------------------------------------------------

    def _is_card(self, found: list[tuple[Mention, Field]]) -> bool:
        """Whether the labels make a card: they say whose it is and something else, or there are three that are not of
        the foot of any table."""
        real = [one for one, made in found if one.label.key not in _FOOT and one.label.key not in _SIGNS
                and canonical(one.label) not in ("备注", "日期", "签名", *PERIOD)]
        identity = [one for one in self.mentions if one.name in _IDENTITY and one.strength >= 2]
        placed = [one for one, made in found if made.name in _IDENTITY] or any(
            asked.key in _IDENTITY for asked in self.open)
        if placed and identity and (len(found) > 1 or self.region.grids):
            return True
        below = sum(made.why.endswith(("下面", "下面（空着，待填）")) for _, made in found)
        if below * 3 > len(found) * 2:
            return False                                # headings over a row of values
        keys = {one.label.key for one in real}          # a text of many headings is no card
        return (len(keys) >= 3 and len(keys) * 2 > len(real) and len(real) <= _MOST) or (
            bool(self.region.grids) and len(real) >= 1)

    def _period(self, form: Form, found: list[tuple[Mention, Field]]) -> None:
        view = self.view
        labelled = [(one.label, self._said(one, made), address(made.rows[0], made.column)) for one, made in found]
        plain = {one.row for one in self.mentions
                 if canonical(one.label) not in PERIOD and not one.label.key.endswith("月份")}
        rows = [row for row, cells in view.rows.items()
                if row in self.region.rows and row not in plain and row not in self.sheet.used and not any(
                    isinstance(value, str) and re.search("[。；;]", value) for value in cells.values())]
        title = " ".join(str(value) for row in rows for value in view.row(row).values() if isinstance(value, str))[:200]
        told = period_of(view, self.file, rows, self._clues(plain), is_periodic(title), labelled)
        form.period = told.period
        form.open += told.open

    def _clues(self, rows: set[int]) -> list[Clue]:
        """What texts without a label among labels say of the period: 姓名 | 张三 | 2024年5月."""
        return [clue for row in sorted(rows) for column, value in self.view.row(row).items()
                if isinstance(value, str) and (row, column) not in self.claimed and (row, column) not in self.sheet.at
                and _OF_PERIOD.fullmatch(squeezed(value))
                for clue in clues(value, address(row, column), cell=address(row, column))]

    def _said(self, one: Mention, made: Field) -> object:
        if made.within:
            return one.piece.value if one.piece else None
        value = self.view.shown(made.rows[0], made.column)
        if canonical(one.label) not in PERIOD or made.rows[0] != one.row:
            return value
        parts, column = [value], self.view.area(made.rows[0], made.column)[3] + 1
        while column in self.region.columns and not self._label_at(self.view.area(one.row, column)[:2]):
            parts.append(self.view.shown(one.row, column))              # 2024 | 年 | 5 | 月
            column = self.view.area(one.row, column)[3] + 1
        said = [as_text(part) for part in parts if part is not None]
        return "".join(said) if len(said) > 1 and any(part in ("年", "月") for part in said) else value


# ---------------------------------------------------------------------------------------- whose a card is by its names

_APART = re.compile(r"[\s_\-—()（）.【】\[\]+]+")


def _persons(forms: list[Form], book: Book, wanted: Wanted) -> None:
    """Say whose a card is where only the name of its sheet or file says so; ask where that is another than on it."""
    for form in forms:
        told = _named_in(form.sheet, wanted) or _named_in(book.path.stem, wanted)
        here = form.field(NAME)
        sheet = book.sheet(form.sheet)
        said = sheet.rows[here.rows[0]][here.column] if here and sheet and not here.within and (
            here.rows[0] < len(sheet.rows) and here.column < len(sheet.rows[here.rows[0]])) else None
        if not told:
            continue
        if not isinstance(said, str) or not squeezed(said):
            form.person = told if len(forms) == 1 else ""
        elif wanted.has_name(said) and name_key(said) != name_key(told) and len(forms) == 1 and here is not None:
            where = "工作表名" if _named_in(form.sheet, wanted) else "文件名"
            form.fields.remove(here)
            form.open.append(Open(NAME, f"{address(here.rows[0], here.column)} 的姓名是{said}，{where}是{told}，"
                                  "不知道是谁的；以表里的为准就选这一格", (address(here.rows[0], here.column),),
                                  address(*(here.label or (here.rows[0], here.column)))))


def _named_in(text: str, wanted: Wanted) -> str:
    """The one person of the roster whom a name of a sheet or file names; '' for none or several."""
    parts = [part for part in _APART.split(text) if part]
    found = dict.fromkeys(part for part in parts if wanted.has_name(part))
    return next(iter(found)) if len(found) == 1 else ""
