"""Finding a sheet by its name, and a table's columns by their headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from xl_kpi.hand.texts import difference, is_blank, squeezed
from xl_kpi.policy.model import Column
from xl_kpi.policy.words import nearest
from xl_kpi.problems import Problem
from xl_kpi.tables.cells import seen
from xl_kpi.tables.merged import Merged
from xl_kpi.tables.words import COUNTED, SIGNS, plain_heading, synonyms
from xl_kpi.workbook.book import Book, Sheet
from xl_kpi.workbook.grid import address

HEADING_ROWS = 20


def _sheet_key(name: str) -> str:
    """A sheet's name without what is no part of it: (附表n), blanks, - and _."""
    key = re.sub(r"\(附表\d+\)$", "", squeezed(name))
    return re.sub(r"[-_—–]", "", key).casefold()


def _alike(one: str, other: str) -> bool:
    """Whether two keys are the same but for a final 表."""
    return other in (one, f"{one}表", one.removesuffix("表"))


def find_sheets(book: Book, name: str) -> list[Sheet]:
    """The sheets that are a table by their name: the one that is called so, else all that nearly are (there should be
    one)."""
    exact = book.sheet(name)
    return [exact] if exact is not None else like_sheets(book, name)


def like_sheets(book: Book, name: str) -> list[Sheet]:
    """The sheets that are called like a table, or nearly."""
    wanted = _sheet_key(name)
    return [sheet for sheet in book.sheets if _alike(_sheet_key(sheet.name), wanted)]


def like_name(called: str, name: str) -> bool:
    """Whether a sheet is called as it should be, but for blanks and (附表n)."""
    return re.sub(r"\(附表\d+\)$", "", squeezed(called)).casefold() == squeezed(name).casefold()


def shown_name(sheet: Sheet) -> str:
    """A sheet's name for a message that has to say that nobody sees it."""
    return f"「{sheet.name}」{'（隐藏的工作表）' if sheet.hidden else ''}"


def hidden_there(sheet: Sheet, row: int, column: int) -> str:
    """Said behind a text about a place that nobody sees."""
    hidden = (("工作表", sheet.hidden), ("行", row in sheet.hidden_rows), ("列", column in sheet.hidden_columns))
    what = "、".join(word for word, is_hidden in hidden if is_hidden)
    return f"（在隐藏的{what}里）" if what else ""


def not_one_sheet(book: Book, name: str, found: Sequence[Sheet], others: Sequence[str] = ()) -> Problem:
    """What is said when there is no sheet of a name, or more than one.  ``others``: the names of the other tables."""
    if found:
        names = "、".join(shown_name(sheet) for sheet in found)
        return Problem("error", f"有 {len(found)} 张工作表都像 {name}：{names}",
                       f"要用的一张改名为 {name}，其余的改名或删除", found[0].name)
    taken = {_sheet_key(other) for other in others}
    like = resembling(name, [sheet.name for sheet in book.sheets if _sheet_key(sheet.name) not in taken])
    hint = f"；是不是「{like}」{difference(name, like)}" if like else ""
    do = f"是的话把它改名为 {name}，不是的话" if like else ""
    return Problem("error", f"没有工作表 {name}{hint}", f"{do}从标准工作簿补上工作表 {name}", name)


def also_sheets(book: Book, sheet: Sheet, name: str, columns: Sequence[Column]) -> Iterator[Problem]:
    """Sheets beside the one that is read which hold the same headings under nearly the same name."""
    for other in like_sheets(book, name):
        if other is not sheet and find_headings(other, columns).row >= 0:
            yield Problem("warning", f"{shown_name(other)}也像 {name}，没有读；读的是{shown_name(sheet)}"
                          f"{difference(other.name, sheet.name)}",
                          f"核对要用的内容是否都在「{sheet.name}」里；用不到的一张改名或删除", other.name)


def no_column(heading: str, like: str, cell: str) -> str:
    """What is said of a column that is not there.  ``like``: a heading that resembles it, '' for none; ``cell``: where
    that stands."""
    return f"没有「{heading}」一列" + (f"；是不是 {cell} 的「{like}」{difference(heading, like)}" if like else "")


@dataclass
class Headings:
    """Where the headings stand.  ``row`` is -1 when no row has all that are required; the rest then tells of the row
    that comes nearest, ``nearest``.  Of headings in two rows it is the lower one."""

    row: int
    at: dict[str, int]                      # name of the column → position
    extra: dict[str, int]                   # other headings → position
    texts: dict[int, str] = field(default_factory=dict)     # position → heading, as it stands there
    nearest: int = 0
    several: dict[str, list[int]] = field(default_factory=dict)     # columns whose heading stands there more than once
    read_as: list[str] = field(default_factory=list)        # columns that are called otherwise

    def cell(self, position: int) -> str:
        return address(max(self.row, self.nearest), position)

    def renamed(self, columns: Sequence[Column]) -> str:
        """Which headings are read as which, '' when all are the usual ones."""
        known = {column.name: column.heading for column in columns}
        found = [(self.texts[self.at[name]], known[name]) for name in self.read_as if name in self.at]
        return "、".join(f"「{text}」读作「{heading}」" for text, heading in found
                        if squeezed(text).strip(SIGNS) != squeezed(heading))

    def missing(self, sheet: str, columns: Sequence[Column]) -> list[tuple[Column, Problem]]:
        """The columns that are not there.  One that need not be there is said only when another resembles it."""
        found = []
        for column in columns:
            if column.name in self.at or (self.row < 0 and not column.required):
                continue
            like = resembling(column.heading, list(self.extra))
            cell = self.cell(self.extra[like]) if like else ""
            if column.optional and not like:
                continue
            text = no_column(column.heading, like, cell)
            do = (f"是的话把表头改为「{column.heading}」" + ("" if column.optional else "，不是的话补上这一列") if like
                  else f"补上这一列，表头写「{column.heading}」")
            if self.row < 0:
                do += f"；表头要在前 {HEADING_ROWS} 行里"
            found.append((column, Problem("warning" if column.optional else "error", text, do, sheet, cell)))
        return found


def settle(headings: Headings, sheet: Sheet, merged: Merged, rows: Sequence[int],
           columns: Sequence[Column]) -> list[tuple[Column, Problem]]:
    """Columns whose heading stands there more than once: which one is read (the same in every one of ``rows``, or the
    only one that holds anything there), or that none is, because nobody knows which."""
    by_name = {column.name: column for column in columns}
    found = []
    for name, positions in headings.several.items():
        if name not in headings.at:
            continue
        column = by_name[name]
        filled = [at for at in positions if _holds_any(sheet, merged, rows, at)]
        first, *others = filled or positions
        where = [f"{headings.cell(position)}{_hidden_column(sheet, position)}" for position in positions]
        called = {squeezed(headings.texts[position]): headings.texts[position] for position in positions}
        written = "、".join(f"「{text}」" for text in called.values())
        other = "" if set(called) == {squeezed(column.heading)} else f"（写作{written}）"
        text = f"「{column.heading}」有 {len(positions)} 列{other}：{'、'.join(where)}"
        unlike = next(((row, position) for row in rows for position in others
                       if not _same(sheet, merged, row, first, position)), None)
        if unlike is None:
            why = "内容相同" if len(others) + 1 == len(positions) else "其余的没有内容" if others else "只有一列有内容"
            headings.at[name] = first
            unused = next(at for at in positions if at != first)
            found.append((column, Problem("hint", f"{text}，{why}，读的是 {where[positions.index(first)]}",
                                          "多余的一列删除或改名", sheet.name, headings.cell(unused))))
            continue
        row, position = unlike
        cells = [address(row, at) for at in (first, position)]
        del headings.at[name]
        found.append((column, Problem("error", f"{text}，内容不同（例如 {cells[0]} 与 {cells[1]}），不知道该用哪一列",
                                      "留下要用的一列，其余的改名或删除", sheet.name, headings.cell(position))))
    return found


def _holds_any(sheet: Sheet, merged: Merged, rows: Sequence[int], position: int) -> bool:
    """Whether anything stands in a column in one of the rows, be it a formula without a result."""
    return any(not is_blank(merged.shown(row, position)) or merged.mark(row, position) is not None for row in rows)


def _hidden_column(sheet: Sheet, position: int) -> str:
    return "（隐藏的列）" if position in sheet.hidden_columns else ""


def _same(sheet: Sheet, merged: Merged, row: int, one: int, other: int) -> bool:
    """Whether two cells of a row say the same."""
    a, b = merged.shown(row, one), merged.shown(row, other)
    marks = [sheet.marks.get((row, position)) for position in (one, other)]
    broken = [(mark.error, mark.old, mark.percent) if mark else ("", "", False) for mark in marks]
    return broken[0] == broken[1] and (
        a == b or (is_blank(a) and is_blank(b)) or squeezed(seen(a)) == squeezed(seen(b)))


class _Known:
    """The headings that a table knows, and in what other ways they may be written."""

    def __init__(self, columns: Sequence[Column]):
        self.whole = {squeezed(c.heading): c.name for c in columns}
        self._synonyms: dict[str, str] = {}
        self._plain = {plain_heading(c.heading)[0]: c.name for c in columns}
        twice = set()
        for column in columns:
            for text in map(squeezed, (*column.reads, *synonyms(column.heading))):
                if self._synonyms.setdefault(text, column.name) != column.name:
                    twice.add(text)             # of two columns: it says neither
        for text in (*twice, *self.whole):
            self._synonyms.pop(text, None)

    def like(self, text: str) -> str:
        """The column that a heading means which is not written as usual, ''."""
        if found := self._synonyms.get(text):
            return found
        plain, notes = plain_heading(text)
        for note in notes:
            for counted in COUNTED.get(note, ()):
                if found := self.whole.get(plain + counted):
                    return found
        return self.whole.get(plain) or self._plain.get(plain) or self._synonyms.get(plain) or ""


def find_headings(sheet: Sheet, columns: Sequence[Column]) -> Headings:
    """The first row near the top that holds all headings that must be there; else the one that holds most, of those
    with all required ones if there are any."""
    known = _Known(columns)
    required = {c.name for c in columns if c.required}
    plain = {c.name for c in columns if not c.optional}
    merged = Merged(sheet)
    best = Headings(-1, {}, {})
    for number in range(min(len(sheet.rows), HEADING_ROWS)):
        texts, goes_on = _texts(sheet, merged, number)
        if not texts:
            continue
        found = _headings(number, texts, _groups(sheet, merged, number, texts), known)
        if any(position in goes_on for position in found.at.values()):
            continue                            # the heading of two rows is read in its lower one
        # one heading of several may be the title of the sheet: a row below may hold more
        if plain <= found.at.keys() and (len(found.at) > 1 or len(columns) == 1):
            return found
        whole = required <= found.at.keys()
        if (whole, len(found.at)) > (best.row >= 0, len(best.at)):
            best = found if whole else replace(found, row=-1, nearest=number)
    return best


def _texts(sheet: Sheet, merged: Merged, number: int) -> tuple[dict[int, str], set[int]]:
    """(position → heading of a row, where a heading goes on below)."""
    texts: dict[int, str] = {}
    goes_on = set()
    for position, value in enumerate(sheet.rows[number]):
        area = merged.area(number, position)
        if area is not None:
            value = merged.shown(number, position)      # noqa: PLW2901
            if area[2] > number:
                goes_on.add(position)
        if isinstance(value, str) and squeezed(value):
            texts[position] = _in_one_line(value)
    if texts and number and len(texts) < len(sheet.rows[number]):       # the left ones of two rows, not merged
        for position, value in enumerate(sheet.rows[number - 1]):
            if position not in texts and isinstance(value, str) and squeezed(value) and (
                    sheet.rows[number][position] is None and merged.area(number - 1, position) is None):
                texts[position] = _in_one_line(value)
    return texts, goes_on


def _in_one_line(text: str) -> str:
    """A heading as a message shows it."""
    return " ".join(text.split())


def _groups(sheet: Sheet, merged: Merged, number: int, texts: dict[int, str]) -> dict[int, str]:
    """position → the heading above it: of a merged area over it, or one that reaches to the next."""
    groups: dict[int, str] = {}
    group = ""
    for position in range(len(sheet.rows[number])) if number else ():
        above = sheet.rows[number - 1][position]
        area = merged.area(number - 1, position)
        if area is not None:
            above = sheet.rows[area[0]][area[1]]
            group = squeezed(above) if isinstance(above, str) and area[2] < number else ""
        elif above is not None:
            group = squeezed(above) if isinstance(above, str) else ""
        if group and position in texts and sheet.rows[number][position] is not None:
            groups[position] = group
    return groups


def _headings(number: int, texts: dict[int, str], groups: dict[int, str], known: _Known) -> Headings:
    """The headings of one row."""
    leaves = {position: squeezed(text) for position, text in texts.items()}
    keys = dict(leaves)
    repeated = {text for text, count in Counter(leaves.values()).items() if count > 1}
    # 病假 | 次数, 日期 | 入职: where leaves repeat, and where they say nothing alone
    for position, group in groups.items():
        leaf = leaves[position]
        both = next((text for text in (group + leaf, leaf + group) if text in known.whole or known.like(text)), "")
        if both and (leaf in repeated or not (leaf in known.whole or known.like(leaf))):
            keys[position] = both
    exact: dict[str, list[int]] = {}
    nearly: dict[str, list[int]] = {}
    extra: dict[str, int] = {}
    for position, text in keys.items():
        if name := known.whole.get(text):
            exact.setdefault(name, []).append(position)
        elif name := known.like(text):
            nearly.setdefault(name, []).append(position)
        else:
            extra.setdefault(text, position)
    for name, positions in nearly.items():
        if name in exact:                       # with the known heading present they are extra ones
            for position in positions:
                extra.setdefault(keys[position], position)
    both_ways = {**nearly, **exact}
    return Headings(number, {name: positions[0] for name, positions in both_ways.items()}, extra, texts,
                    several={name: positions for name, positions in both_ways.items() if len(positions) > 1},
                    read_as=[name for name in nearly if name not in exact])


def resembling(heading: str, others: Sequence[str]) -> str:
    """The one of the others that looks like a heading or name (迟到 for 迟到次数), or ''."""
    known = squeezed(heading)
    by_key = {squeezed(other): other for other in others}
    parts = [other for key, other in by_key.items() if len(key) >= 2 and (key in known or known in key)]
    if parts:
        return parts[0] if len(parts) == 1 else ""
    return by_key.get(nearest(known, by_key), "")
