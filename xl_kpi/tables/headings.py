"""Finding a sheet by its name, and a table's columns by their headings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from xl_kpi.hand.texts import difference, squeezed
from xl_kpi.policy.model import Column
from xl_kpi.problems import Problem
from xl_kpi.workbook.book import Book, Sheet
from xl_kpi.workbook.grid import address

HEADING_ROWS = 20


def _sheet_key(name: str) -> str:
    """A sheet's name without (附表n), which is no part of it."""
    return re.sub(r"\(附表\d+\)$", "", squeezed(name))


def find_sheets(book: Book, name: str) -> list[Sheet]:
    """The sheets that are a table by their name: there should be one."""
    wanted = _sheet_key(name)
    return [sheet for sheet in book.sheets if _sheet_key(sheet.name) == wanted]


def not_one_sheet(book: Book, name: str, found: Sequence[Sheet], others: Sequence[str] = ()) -> Problem:
    """What is said when there is no sheet of a name, or more than one.  ``others``: the names of the other tables."""
    if found:
        names = "、".join(f"「{sheet.name}」" for sheet in found)
        return Problem("error", f"有 {len(found)} 张工作表都是 {name}：{names}", "只留一张，其余的改名", found[0].name)
    taken = {_sheet_key(other) for other in others}
    like = resembling(name, [sheet.name for sheet in book.sheets if _sheet_key(sheet.name) not in taken])
    hint = f"；是不是「{like}」{difference(name, like)}" if like else ""
    do = f"是的话把它改名为 {name}，不是的话" if like else ""
    return Problem("error", f"没有工作表 {name}{hint}", f"{do}从标准工作簿补上工作表 {name}", name)


@dataclass
class Headings:
    """Where the headings stand.  ``row`` is -1 when no row has all that are required; the rest then tells of the row
    that comes nearest, ``nearest``."""

    row: int
    at: dict[str, int]                      # name of the column → position
    extra: dict[str, int]                   # other headings → position
    nearest: int = 0
    twice: list[tuple[str, int]] = field(default_factory=list)      # columns whose heading stands there again

    def doubled(self, sheet: str, columns: Sequence[Column]) -> list[tuple[Column, Problem]]:
        """The columns whose heading stands there twice."""
        by_name = {column.name: column for column in columns}
        found = []
        for name, position in self.twice:
            cell, first = address(self.row, position), address(self.row, self.at[name])
            text = f"「{by_name[name].heading}」有两列（{first}、{cell}），读的是 {first} 这一列"
            found.append((by_name[name], Problem("warning", text, "多余的一列删除或改名", sheet, cell)))
        return found if self.row >= 0 else []

    def missing(self, sheet: str, columns: Sequence[Column]) -> list[tuple[Column, Problem]]:
        """The columns that are not there.  One that need not be there is said only when another resembles it."""
        found = []
        for column in columns:
            if column.name in self.at or (self.row < 0 and not column.required):
                continue
            like = resembling(column.heading, list(self.extra))
            cell = address(max(self.row, self.nearest), self.extra[like]) if like else ""
            if column.optional and not like:
                continue
            text = f"没有「{column.heading}」一列" + (
                f"；是不是 {cell} 的「{like}」{difference(column.heading, like)}" if like else "")
            do = (f"是的话把表头改为「{column.heading}」" + ("" if column.optional else "，不是的话补上这一列") if like
                  else f"补上这一列，表头写「{column.heading}」")
            if self.row < 0:
                do += f"；表头要在前 {HEADING_ROWS} 行里"
            found.append((column, Problem("warning" if column.optional else "error", text, do, sheet, cell)))
        return found


def find_headings(sheet: Sheet, columns: Sequence[Column]) -> Headings:
    """The first row near the top that holds all required headings; of several rather one with the plain ones too."""
    wanted = {squeezed(heading): c.name for c in columns for heading in (c.heading, *c.reads)}
    required = {c.name for c in columns if c.required}
    plain = {c.name for c in columns if not c.optional}
    best = Headings(-1, {}, {})
    for number, row in enumerate(sheet.rows[:HEADING_ROWS]):
        found = Headings(number, {}, {})
        for position, value in enumerate(row):
            if not isinstance(value, str) or not (text := squeezed(value)):
                continue
            name = wanted.get(text)
            if name and name not in found.at:
                found.at[name] = position
            elif name:
                found.twice.append((name, position))
            else:
                found.extra.setdefault(text, position)
        if plain <= found.at.keys():
            return found
        if best.row < 0 and required <= found.at.keys():
            best = found
        elif best.row < 0 and len(found.at) > len(best.at):
            best = Headings(-1, found.at, found.extra, number)
    return best


def resembling(heading: str, others: Sequence[str]) -> str:
    """The one of the others that looks like a heading or name (迟到 for 迟到次数), or ''."""
    known = squeezed(heading)
    by_key = {squeezed(other): other for other in others}
    for key, other in by_key.items():
        if len(key) >= 2 and (key in known or known in key):
            return other
    near = difflib.get_close_matches(known, list(by_key), 1, 0.6)
    return by_key[near[0]] if near else ""
