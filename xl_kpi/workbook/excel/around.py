"""What a sheet in Excel says besides its values: merged areas, hidden rows and columns, totals rows of tables.

Excel tells of a whole range at once whether something holds for all of it, for none or for some (None): only what is
mixed is halved and asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xl_kpi.workbook.grid import Area

if TYPE_CHECKING:
    import xlwings as xw

HEAD = 4            # rows


def merged_areas(sheet: xw.Sheet, whole: Area) -> list[Area]:
    """The merged areas within an area.  Most are titles across one of the first rows: these rows are looked at on
    their own, and what is mixed is halved down to a row before it is asked what begins there."""
    found: list[Area] = []
    head = min(whole[0] + HEAD, whole[2] + 1)
    waiting = [(*whole[:2], head - 1, whole[3])] + [(head, *whole[1:])] * (head <= whole[2])
    while waiting:
        area = waiting.pop()
        top, left, bottom, right = area
        if any(_within(area, known) for known in found):
            continue
        merged = sheet.range((top + 1, left + 1), (bottom + 1, right + 1)).merge_cells
        if merged is False:
            continue
        row, column = (top + bottom) // 2, (left + right) // 2
        if merged or top == bottom:
            first = _area(sheet.range((top + 1, left + 1)).merge_area)
            if first[:2] != first[2:]:
                found += [first] * (first not in found)
                row, column = first[2:]
            if _within(area, first):
                continue
        waiting += ([(top, left, row, right), (row + 1, left, bottom, right)] if row < bottom else
                    [(top, left, bottom, column), (top, column + 1, bottom, right)])
    return sorted(found)


def hidden_rows_and_columns(sheet: xw.Sheet, whole: Area) -> tuple[set[int], set[int]]:
    """The rows and columns of an area that nobody sees."""
    top, left, bottom, right = whole

    def rows(first: int, last: int) -> bool | None:
        hidden: bool | None = sheet.range((first + 1, left + 1), (last + 1, left + 1)).api.EntireRow.Hidden
        return hidden

    def columns(first: int, last: int) -> bool | None:
        hidden: bool | None = sheet.range((top + 1, first + 1), (top + 1, last + 1)).api.EntireColumn.Hidden
        return hidden

    return _all(rows, top, bottom), _all(columns, left, right)


def totals_rows(sheet: xw.Sheet) -> list[Area]:
    """The totals rows of the tables."""
    return [_area(row) for table in sheet.tables if table.show_totals and (row := table.totals_row_range) is not None]


def _all(holds: Callable[[int, int], bool | None], first: int, last: int) -> set[int]:
    """The numbers from first to last for which something holds."""
    found: set[int] = set()
    waiting = [(first, last)]
    while waiting:
        low, high = waiting.pop()
        answer = holds(low, high)
        if answer is None and low < high:
            middle = (low + high) // 2
            waiting += [(low, middle), (middle + 1, high)]
        elif answer:
            found.update(range(low, high + 1))
    return found


def _area(cells: xw.Range) -> Area:
    top, left = cells.row - 1, cells.column - 1
    height, width = cells.shape
    return top, left, top + height - 1, left + width - 1


def _within(area: Area, other: Area) -> bool:
    return other[0] <= area[0] and other[1] <= area[1] and area[2] <= other[2] and area[3] <= other[3]
