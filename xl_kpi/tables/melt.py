"""Items that are columns (月度项目): a row a person, a column an item, 应发 or 扣款 in the row above the headings.

They are read as the rows of a table of items, one an amount; a blank cell is no item, a 0 is one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xl_kpi.hand.texts import kept, squeezed
from xl_kpi.policy.compiled import Table
from xl_kpi.policy.model import Column
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value, joined
from xl_kpi.tables.cells import ReadCells, Said, blank_column, read_column
from xl_kpi.tables.merged import Merged
from xl_kpi.tables.reading import Reader, Reading, read_cells
from xl_kpi.tables.words import NO_ITEM
from xl_kpi.workbook.book import Sheet
from xl_kpi.workbook.grid import Area, address

_YUAN = re.compile(r"[(（\[［【](人民币)?(元|￥|¥|RMB)(/月)?[)）\]］】]$", re.IGNORECASE)
_NO_MONEY = re.compile(r".*[(\[【/](小时|天|次)数?[)\]】]?|.*(小时|天|次)数|.*小时|天|次")
_LIKE_A_NUMBER = re.compile(r"(?=.*\d)[\d.,、。+\-*/()%￥¥$=×xX元块万千百kKwW折次分角]+")
EARLIEST = 1950
_OF_LABEL = re.compile(r"(项目?|类|部分|金额)$")


@dataclass
class _Item:
    """A column of amounts: where it stands, what it is called, which side it is on (-1: no label says); ``wrong``: why
    its amounts cannot be used, and what to do."""

    at: int
    name: str
    side: int
    wrong: tuple[str, str] = ("", "")


def melt(reader: Reader, base: Reading, person: np.ndarray, name: str, table: Table) -> tuple[Reading, np.ndarray]:
    """The amounts as rows of ``table``, column by column, and whose each is; ``person``: of the rows of ``base``."""
    found = Reading(name, table, base.sheet, base.heading)
    sheet = reader.book.sheet(base.sheet) if base.heading >= 0 else None
    amount, label, side = found.column("money"), found.column("text"), found.column("choice")
    parts: list[Value] = []
    items: list[_Item] = []
    rows: list[int] = []        # of ``base``
    said: list[tuple[_Item, Said]] = []
    for item in _items(sheet, base, side) if sheet else ():
        cells = _amounts(sheet, base, item, amount)     # type: ignore[arg-type]
        states = cells.states()
        used = np.flatnonzero(states != BLANK)
        place = {row: len(rows) + k for k, row in enumerate(used.tolist())}
        said += [(item, one._replace(row=place[one.row])) for one in cells.said if one.row in place]
        if item.wrong[0]:
            said += [(item, Said(place[row], *item.wrong)) for row in np.flatnonzero(states == OK).tolist()]
            states = np.where(states == OK, np.uint8(REFUSED), states)
        value = cells.value.take(used)
        parts.append(Value(value.type, value.data, states[used]))
        items += [item] * len(used)
        rows += used.tolist()
    size = len(rows)
    found.rows, found.spread = [base.rows[row] for row in rows], [item.at for item in items]
    found.raw[amount.name] = [sheet.rows[row][item.at] for row, item in zip(found.rows, items, strict=True)
                              ] if sheet else []
    index = np.array(rows, np.int64)
    for column in table.columns:
        found.cells[column.name] = blank_column(column, size, OK)
    found.cells[found.column("id").name] = _taken(base.cells[base.column("id").name], rows, index)
    found.cells[found.column("month").name] = _taken(base.cells[base.column("month").name], rows, index)
    names = [item.name for item in items]
    code = {one: n for n, one in enumerate(dict.fromkeys(names))}
    found.cells[label.name] = ReadCells(Value("choice", np.array([code[one] for one in names], np.int64), None,
                                          tuple(code) or ("",)), names)
    sides = np.array([item.side for item in items], np.int64)
    found.cells[side.name].value = Value("choice", np.maximum(sides, 0), np.where(sides < 0, REFUSED, OK).astype(
        np.uint8), tuple(side.choices))
    if parts:
        found.cells[amount.name].value = joined(parts, [len(part.states(0)) for part in parts])
    for item, one in said:
        reader.say(found, amount.model_copy(update={"heading": item.name or "（没有表头的一列）"}), one)
    _carry(reader, base, found, rows, amount)
    return found, person[index]


def _taken(cells: ReadCells, rows: list[int], index: np.ndarray) -> ReadCells:
    return ReadCells(cells.value.take(index), [cells.texts[row] for row in rows] if cells.texts else [],
                 periods=None if cells.periods is None else cells.periods[index])


def _carry(reader: Reader, base: Reading, found: Reading, rows: list[int], amount: Column) -> None:
    """The amounts of a row of which it is not known whose it is, or that stands there twice, cannot be used."""
    by_row: dict[int, list[int]] = {}
    for k, row in enumerate(rows):
        by_row.setdefault(row, []).append(k)
    wrong = np.zeros(len(rows), bool)
    for finding in list(reader.findings):
        if finding.table != base.name or finding.problem.level != "error":
            continue
        if finding.row < 0:                 # the table itself cannot be read
            reader.findings.append(replace(finding, table=found.name, column=""))
        for k in by_row.get(finding.row, ()):
            wrong[k] = True
            reader.findings.append(replace(finding, table=found.name, row=k, column=amount.name, also=(), key=True))
    found.refuse([amount.name], wrong)


# -- which columns are items ------------------------------------------------------------------------------------------

def _items(sheet: Sheet, base: Reading, side: Column) -> Iterator[_Item]:
    """The columns that hold amounts, in their order, and those whose numbers cannot be placed."""
    labels, merged = _labels(sheet, base.heading, side), Merged(sheet)
    known: dict[str, int] = {}
    for at in range(len(sheet.rows[base.heading])):
        if at in base.at.values():
            continue
        text = _heading(sheet, base.heading, at)
        plain = squeezed(text)
        bare = squeezed(_YUAN.sub("", plain))
        if NO_ITEM.fullmatch(bare) or not _numbers(sheet, merged, base, at):
            continue
        item = _Item(at, _YUAN.sub("", re.sub(r"\s+", "", kept(text))), labels[at])
        if labels[at] < 0:
            item.wrong = (f"上面一行没有写{'或'.join(side.choices)}，不知道计入哪一边",
                          f"在表头上面一行写{'或'.join(side.choices)}；不是金额的列移到别的表")
        elif not plain:
            item.wrong = "没有表头，不知道是什么项目", "在表头一行写上项目的名称，多余的数清空"
        elif _NO_MONEY.fullmatch(plain):
            item.wrong = "的单位是小时、天或次，不是金额", "换算成金额，表头写项目的名称；只作记录的列移到别的表"
        elif item.name in known:
            item.wrong = (f"有两列（{address(base.heading, known[item.name])}、{address(base.heading, at)}）",
                          "并成一列，或者换一个名称")
        known.setdefault(item.name, at)
        yield item


def _labels(sheet: Sheet, heading: int, side: Column) -> list[int]:
    """For each column the side that the row above the headings says; -1: none.  A merged label covers its area, any
    other reaches to the next label."""
    width = len(sheet.rows[heading])
    found, above = [-1] * width, heading - 1
    if above < 0:
        return found
    merged: dict[int, Area] = {}
    for one in sheet.merged:
        if one[0] <= above <= one[2]:
            merged |= dict.fromkeys(range(one[1], one[3] + 1), one)
    now = -1
    for at in range(width):
        area = merged.get(at)
        if area and area[2] >= heading:         # a heading that is merged down over both rows
            continue
        if area:
            found[at], now = _side(sheet.rows[area[0]][area[1]], side), -1
        else:
            now = now if not squeezed(sheet.rows[above][at]) else _side(sheet.rows[above][at], side)
            found[at] = now
    return found


def _side(text: Any, side: Column) -> int:
    """Which of the two choices a label says; -1: it is another text."""
    for one in (text, _OF_LABEL.sub("", _YUAN.sub("", squeezed(text)))):
        cells = read_column(side, [one], {})
        if cells.states()[0] == OK:
            return int(cells.value.array(1)[0])
    return -1


def _heading(sheet: Sheet, row: int, at: int) -> str:
    """The heading of a column, of a merged area its text."""
    value = sheet.rows[row][at]
    if value is None:
        area = next((a for a in sheet.merged if a[0] <= row <= a[2] and a[1] <= at <= a[3]), None)
        value = sheet.rows[area[0]][area[1]] if area else None
    return "" if value is None else value if isinstance(value, str) else str(value)


def _numbers(sheet: Sheet, merged: Merged, base: Reading, at: int) -> bool:
    """Does a column hold a number, or what may be meant as one?  Columns of words and dates are no items."""
    for row in base.rows:
        value, mark = sheet.rows[row][at], sheet.marks.get((row, at))
        if value is None and (area := merged.area(row, at)):
            value = sheet.rows[area[0]][area[1]]
        if isinstance(value, str):
            if _LIKE_A_NUMBER.fullmatch(squeezed(value)):
                return True
        elif isinstance(value, dt.date):
            if value.year < EARLIEST:       # 100 in the format of a date
                return True
        elif value is not None and not isinstance(value, bool):
            return True
        if mark and (mark.error or mark.uncalculated):
            return True
    return False


def _amounts(sheet: Sheet, base: Reading, item: _Item, amount: Column) -> ReadCells:
    marks = {k: sheet.marks[row, item.at] for k, row in enumerate(base.rows) if (row, item.at) in sheet.marks}
    column = amount.model_copy(update={"heading": item.name, "required": False})
    raw = [sheet.rows[row][item.at] for row in base.rows]
    return read_cells(column, sheet, Merged(sheet), base.rows, item.at, raw, marks)
