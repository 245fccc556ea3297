"""Grids of indicators on a card: 指标 | 分值 | 自评 | 上级评, an indicator a row, blocks closed by 小计, last 合计.
  Who gave which points is told by the headings alone, never by the order of the columns."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from xl_kpi.forms.heads import MOST_ROWS, Head, Heads
from xl_kpi.forms.labels import SCALES, Label, canonical, label_of
from xl_kpi.forms.model import Field, Open
from xl_kpi.forms.pairs import pieces
from xl_kpi.forms.view import View, as_text, is_number, kind_of, squeezed
from xl_kpi.forms.wanted import ID, NAME, SCORE, Wanted
from xl_kpi.tables import words
from xl_kpi.workbook.grid import address

CARDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("cards.toml").read_text("utf-8"))
_ITEMS = {word: at for at, word in enumerate(CARDS["grid"]["items"])}
_ITEM_ENDS = tuple(CARDS["grid"]["ends"])
_GROUPS = frozenset(CARDS["grid"]["groups"])
_SCALES = frozenset(CARDS["grid"]["scales"]) | SCALES
_POINTS = sorted(CARDS["grid"]["points"], key=len, reverse=True)
_RATERS = frozenset(CARDS["grid"]["raters"])
_BLOCKS, _WHOLE = frozenset(CARDS["totals"]["blocks"]), frozenset(CARDS["totals"]["whole"])
NOTHING = frozenset(CARDS["cells"]["nothing"])
_LONG = 30              # characters of a text that describes, and names nothing
_LEADING = re.compile(r"^\d{1,2}")
_POINTS_TEXT = re.compile(r"[-+]?\d+(?:\.\d+)?(?:分|%)?")
GAP = 1


@dataclass(frozen=True, slots=True)
class _Item:
    """A row that is rated.  ``name``: its own words; ``wanted``: what that is for the policy."""

    row: int
    name: str
    label: tuple[int, int]
    text: str
    wanted: str = ""


@dataclass
class Grid:
    """``rows``: what it takes, headings too; ``total``: the cells of the sum by score column."""

    head: Head
    rows: range
    fields: list[Field] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)
    total: list[Field] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def _rank(label: Label) -> int:
    """How well a heading says what is rated, the lower the better; -1 for one that does not."""
    for key in label.keys:
        if key in _ITEMS:
            return _ITEMS[key]
    return len(_ITEMS) if any(len(key) <= 10 and key.endswith(_ITEM_ENDS) for key in label.keys) else -1


def grids(view: View, wanted: Wanted, heads: Heads) -> list[Grid]:
    """The grids of a sheet, from above."""
    found: list[Grid] = []
    number = 0
    while number < view.height:
        head = _head(view, wanted, heads, number)
        one = _Reader(view, wanted, head).grid() if head is not None else None
        if one is None:
            number += 1
            continue
        found.append(one)
        number = one.rows.stop
    return found


def _head(view: View, wanted: Wanted, heads: Heads, number: int) -> Head | None:
    """The heading of a grid that begins in a row: it says what is rated.  A row above belongs to it where it titles
    several of its columns; a row of the card's labels does not."""
    items = [column for column, value in view.row(number).items()
             if isinstance(value, str) and _rank(label_of(value)) >= 0]
    if not items or len(view.row(number)) < 2:
        return None
    bottom = max((view.area(number, column)[2] for column in view.row(number)), default=number)
    if bottom - number >= MOST_ROWS:
        return None
    top = heads.group_above(number, bottom)
    columns = heads.columns(number, bottom)
    if any(column not in columns or wanted.name_of(label_of(view.text(row, column)))
           or view.area(row, column)[3] == column for row in range(top, number) for column in view.row(row)):
        top = number
    return Head(top, bottom, heads.columns(top, bottom)) if len(columns) > 1 else None


def heading_top(view: View, top: int, bottom: int) -> int:
    """The first row of a heading without labels that have room for a value (姓名（　　）): these are a card's."""
    return next((row for row in range(top, bottom) if not any(
        isinstance(value, str) and pieces(value) for value in view.row(row).values())), bottom)


class _Reader:
    def __init__(self, view: View, wanted: Wanted, head: Head):
        self.view, self.wanted, self.head = view, wanted, head
        labels = {column: one.label for column, one in head.columns.items()}
        self.items = [column for column, label in labels.items() if _rank(label) >= 0]
        self.scores = [column for column, label in labels.items()
                       if column not in self.items and self._is_points(label)]
        self.texts = [column for column, label in labels.items() if column in self.items or (
            column not in self.scores and label.key not in _SCALES)]
        self.of_people = any(wanted.name_of(label) in (NAME, ID) for label in labels.values())

    def _is_points(self, label: Label) -> bool:
        """Whether a heading is of points that somebody gives."""
        if any(key in _SCALES for key in label.keys):
            return False
        if canonical(label) == SCORE or self.wanted.rated(label):
            return True
        for key in label.keys:
            if key in _POINTS or key in _RATERS:
                return True
            ending = next((word for word in _POINTS if key.endswith(word)), "")
            if ending and key[:-len(ending)].rstrip("的") in _RATERS:
                return True
        return False

    def grid(self) -> Grid | None:
        if self.of_people or not self.items or not self.scores:
            return None
        self.head.top = heading_top(self.view, self.head.top, self.head.bottom)
        found = Grid(self.head, range(self.head.top, self.head.bottom + 1))
        rows = list(self._rows(found))
        self._scores_that_are(rows)
        if not rows or not self.scores:
            return None
        self._fields(found, rows)
        return found

    # -- its rows -----------------------------------------------------------------------------------------------------

    def _rows(self, found: Grid) -> Iterator[_Item]:
        view, blank, last = self.view, 0, self.head.bottom
        for row in range(self.head.bottom + 1, view.height):
            cells = view.row(row)
            text, column = self._first_text(row)
            if not cells and not text:
                blank += 1
                if blank > GAP:
                    break
                continue
            if self._is_head(row):
                break
            key = label_of(text).key if text else ""
            kind = self._total(key)
            if not kind and (self._ends(row, text, column) or self._is_pair(row)):
                break
            blank = 0
            last = row
            if kind:
                if kind == "whole":
                    found.total = self._sums(row, text, column)
                    found.rows = range(self.head.top, row + 1)
                    return
                continue
            if not self._is_heading(row) and (item := self._item(row)):
                yield item
        found.rows = range(self.head.top, last + 1)

    def _is_head(self, row: int) -> bool:
        """Whether headings stand there once more, as over the next block."""
        if any(self._is_points(label) for score in self.scores
               if self.view.area(row, score)[1] == score and (label := self.view.label(row, score)) is not None):
            return True
        same = [column for column, one in self.head.columns.items()
                if squeezed(self.view.text(row, column)) == squeezed(self.view.text(one.row, column))]
        return len(same) * 2 > len(self.head.columns)

    def _first_text(self, row: int) -> tuple[str, int]:
        for column in range(self.head.left, self.head.right + 1):
            value = self.view.shown(row, column)
            if value is not None:
                return (value if isinstance(value, str) else as_text(value)), self.view.area(row, column)[1]
        return "", -1

    @staticmethod
    def _total(key: str) -> str:
        key = re.sub(r"[:：]?[(（].*[)）]$", "", key)
        if key in _WHOLE or re.fullmatch(r"(?:合计|总计|总分)(?:得分|分数?|\d+分?)?", key):
            return "whole"
        return "block" if key in _BLOCKS or words.says_total(key) else ""

    def _ends(self, row: int, text: str, column: int) -> bool:
        """Whether a row is the card's again, not the grid's: 姓名 | …, 评语：…, 考核人签字：…"""
        label = label_of(text)
        if words.is_label(squeezed(text)) or self.wanted.name_of(label) in (NAME, ID, SCORE):
            return True
        if any(piece.sort == "colon" for piece in pieces(text)) and not any(
                is_number(self.view.shown(row, score)) for score in self.scores):
            return True
        wide = self.view.area(row, column)
        return wide[1] <= self.head.left and wide[3] >= self.head.right and len(squeezed(text)) > _LONG

    def _is_pair(self, row: int) -> bool:
        """Whether a blank is drawn over the cells of the points: 改进计划 | ＿＿＿, no indicator."""
        view = self.view
        return all(view.area(row, score)[1] != score and view.shown(row, score) is None for score in self.scores)

    def _is_heading(self, row: int) -> bool:
        """Whether a row is the title of a block (二、工作能力 30 分): one text over most of the columns."""
        cells = [column for column in self.view.row(row) if self.head.left <= column <= self.head.right]
        if len(cells) != 1:
            return False
        area = self.view.area(row, cells[0])
        return area[3] >= self.scores[0]

    def _item(self, row: int) -> _Item | None:
        """What a row rates; None for a row without it, and for one whose points are merged with those above."""
        view = self.view
        if all(view.area(row, score)[0] < row for score in self.scores):
            return None
        texts = [(column, value) for column in self.texts
                 if isinstance(value := view.shown(row, column), str) and squeezed(value)]
        ways = []
        for column, value in texts:
            label = label_of(value)
            if wanted := self._wanted(label):
                return _Item(row, wanted, view.area(row, column)[:2], label.text, wanted)
            rank = _rank(self.head.columns[column].label)
            rank = rank if rank >= 0 else len(_ITEMS) + 1
            deep = view.area(row, column)
            ways.append((deep[2] - deep[0] > 0 and self._reaches(deep, row), len(squeezed(value)) > _LONG, rank,
                         column, label))
        if not ways:
            return None
        *_, column, label = min(ways)
        return _Item(row, label.name[:_LONG], view.area(row, column)[:2], label.text)

    def _reaches(self, area: tuple[int, int, int, int], row: int) -> bool:
        """Whether a merged text goes over several cells of points: it names a group."""
        score = self.view.area(row, self.scores[0])
        return area[0] < score[0] or area[2] > score[2]

    @cached_property
    def _rated(self) -> dict[str, dict[str, str]]:
        """What is rated by several → rater → column of the policy: 执行率 → 自评 → 1执行率自评."""
        found: dict[str, dict[str, str]] = {}
        raters = _RATERS | {squeezed(want.rater).casefold() for want in self.wanted.wants.values() if want.rater}
        for want in self.wanted.wants.values():
            key = _LEADING.sub("", squeezed(want.name).casefold())
            for rater in raters:
                if key.endswith(rater) and len(key) > len(rater) and want.number:
                    found.setdefault(key.removesuffix(rater), {})[rater] = want.name
        return found

    def _wanted(self, label: Label) -> str:
        """What an indicator is for the policy, '' for nothing: a column of numbers, or one that several rate."""
        if self._by_raters(label):
            return label.name
        found = self.wanted.keys.get(label.key, "") or next(
            (name for key in label.keys if (name := self.wanted.keys.get(key))), "")
        want = self.wanted.wants.get(found)
        return found if want is not None and want.number else ""

    def _scores_that_are(self, rows: list[_Item]) -> None:
        """Drop columns whose cells hold texts: 评价 may be words."""
        kept = []
        for column in self.scores:
            values = [value for item in rows if (value := self.view.shown(item.row, column)) is not None]
            texts = [value for value in values if kind_of(value) != "n" and not (
                isinstance(value, str) and (squeezed(value).casefold() in NOTHING
                                            or _POINTS_TEXT.fullmatch(squeezed(value))))]
            if len(texts) * 3 <= len(values):
                kept.append(column)
        self.scores = kept

    # -- its cells ----------------------------------------------------------------------------------------------------

    def _fields(self, found: Grid, rows: list[_Item]) -> None:
        found.labels += [f"{address(*item.label)} {label_of(item.text).key}" for item in rows]
        found.labels += [f"{address(one.row, column)} {one.label.key}" for column, one in self.head.columns.items()]
        names = Counter(item.name for item in rows)
        asked: list[Field] = []
        for item in rows:
            for column in self.scores:
                top = self.view.area(item.row, column)
                name, sure, why = self._name(item, column, names)
                one = Field(name, column, (top[0], top[0]), item.text, sure, why, item.label)
                if top[:2] != (item.row, column) and top[0] < item.row:
                    continue
                if item.wanted and name == item.wanted and len(self.scores) > 1:
                    if column == self.scores[0]:
                        asked.append(one)
                    continue
                found.fields.append(one)
        if asked:
            choices = tuple(f"{_letters(column)}（{self._heading(column)}）" for column in self.scores)
            what = "、".join(one.name for one in asked[:3]) + ("等" if len(asked) > 3 else "")
            found.open.append(Open("各项得分", f"{what}的得分有 {len(self.scores)} 列"
                                   f"（{'、'.join(self._heading(c) for c in self.scores)}），不知道用哪一列",
                                   choices, address(self.head.bottom, self.scores[0]), tuple(asked)))

    def _heading(self, column: int) -> str:
        return self.head.columns[column].text

    def _name(self, item: _Item, column: int, names: Counter[str]) -> tuple[str, float, str]:
        """(what the points of an item in a column are, how sure, why)."""
        heading = self.head.columns[column]
        where = f"{address(*item.label)}「{item.text[:20]}」这一行，{self._heading(column)}一列"
        own = item.name if names[item.name] == 1 else f"{item.name} {item.row + 1}"
        raters = self._by_raters(label_of(item.text))
        if raters:
            rater = self._rater(heading.label)
            if rater in raters:
                return raters[rater], 0.95, where
            return f"{own} {heading.label.name}", 0.9, where
        if item.wanted or len(self.scores) == 1:
            return own, 0.95 if item.wanted else 0.9, where
        return f"{own} {heading.label.name}", 0.9, where

    def _by_raters(self, label: Label) -> dict[str, str]:
        """Rater → column of the policy, of an indicator that several rate; {} of any other."""
        keys = (_LEADING.sub("", key) for key in label.keys)
        return next((self._rated[key] for key in keys if len(self._rated.get(key, ())) > 1), {})

    def _rater(self, label: Label) -> str:
        """Who gives the points of a heading: 上级 of 上级评分."""
        for key in label.keys:
            if key in _RATERS:
                return key
            for word in _POINTS:
                if key.endswith(word) and (who := key[:-len(word)].rstrip("的")) in _RATERS:
                    return who
        return ""

    def _sums(self, row: int, text: str, column: int) -> list[Field]:
        """The cells of the sum, one a score column."""
        label, found = self.view.area(row, column), list[Field]()
        for score in self.scores:
            area = self.view.area(row, score)
            if area[:2] == label[:2] or area[0] < row:
                continue                        # the label reaches to there
            if not any(one.column == area[1] for one in found):
                found.append(Field(SCORE, area[1], (row, row), text, 0.85,
                                   f"{address(*label[:2])}「{label_of(text).text}」这一行，{self._heading(score)}一列",
                                   label[:2]))
        return found


def _letters(column: int) -> str:
    return address(0, column)[:-1]
