"""The merged areas of a sheet, by column: what a covered cell shows."""

from __future__ import annotations

from xl_kpi.workbook.book import Mark, Sheet
from xl_kpi.workbook.grid import Area


class Merged:
    """A merged area shows the value of its first cell; the cells below and beside it show nothing of their own."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self._columns: dict[int, dict[int, Area]] = {}

    def __bool__(self) -> bool:
        return bool(self.sheet.merged)

    def column(self, position: int) -> dict[int, Area]:
        """The areas over the cells of a column, by row."""
        found = self._columns.get(position)
        if found is None:
            height = len(self.sheet.rows)
            found = self._columns[position] = {
                row: area for area in self.sheet.merged if area[1] <= position <= area[3]
                for row in range(area[0], min(area[2] + 1, height))}
        return found

    def area(self, row: int, position: int) -> Area | None:
        return self.column(position).get(row) if self.sheet.merged else None

    def covered(self, row: int, position: int) -> bool:
        """Whether a cell is under an area that begins in another."""
        area = self.area(row, position)
        return area is not None and area[:2] != (row, position)

    def shown(self, row: int, position: int) -> object:
        """The value that a cell shows: of a column merged downwards that of the first, beside the first nothing."""
        area = self.area(row, position)
        if area is None:
            return self.sheet.rows[row][position]
        return self.sheet.rows[area[0]][position] if area[1] == position else None

    def mark(self, row: int, position: int) -> Mark | None:
        """What that value is beyond it."""
        area = self.area(row, position)
        if area is None:
            return self.sheet.marks.get((row, position))
        return self.sheet.marks.get(area[:2]) if area[1] == position else None
