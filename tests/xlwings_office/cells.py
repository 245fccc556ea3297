"""Ranges: one or several areas of a sheet."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.xlwings_office import model
from tests.xlwings_office.units import (
    BOTTOM,
    CODES,
    COLUMNS,
    DIGIT_PX,
    ERRORS,
    HORIZONTAL,
    LOGICAL,
    ROWS,
    TEXT,
    VERTICAL,
    address_of,
    enum,
    hundredths_mm,
    points,
    rgb,
    struct,
    triple,
)

if TYPE_CHECKING:
    from tests.xlwings_office.sheet import Sheet

Area = tuple[int, int, int, int]        # row, column from 1, rows, columns

# what Excel makes of a text written to a cell that is not in text format
_NUMBER = re.compile(r"\s*[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?([eE][-+]?\d+)?\s*(%?)\s*")
_DATE = re.compile(r"\s*(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?\s*")
# in a formula, what LibreOffice writes otherwise than Excel, but for the semicolon: texts, other sheets, arrays
_OTHERWISE = re.compile(r"""["'{]|[.:$]\$?[A-Za-z]+\.|\.\$?[A-Za-z]""")
_CONTENTS, _EVERYTHING = 1 | 2 | 4 | 16, 1023 - 128     # but not what stands on the cells


class Range:
    max_cells_per_read = max_cells_per_write = None

    def __init__(self, sheet: Sheet, areas: list[Area]):
        self.sheet, self.areas = sheet, areas

    @property
    def api(self) -> Any:
        return model.RangeModel(self)

    @property
    def row(self) -> int:
        return self.areas[0][0]

    @property
    def column(self) -> int:
        return self.areas[0][1]

    @property
    def shape(self) -> tuple[int, int]:
        return self.areas[0][2:]

    @property
    def coords(self) -> tuple[Any, ...]:
        return (self.sheet.name, *self.areas[0])

    @property
    def arg1_input(self) -> str:
        return self.address

    def __len__(self) -> int:
        return sum(rows * columns for _, _, rows, columns in self.areas)

    def __call__(self, first: int, second: int | None = None) -> Range:
        row, column, _, columns = self.areas[0]
        if second is None:
            first, second = (first - 1) // columns + 1, (first - 1) % columns + 1
        return Range(self.sheet, [(row + first - 1, column + second - 1, 1, 1)])

    @cached_property
    def blocks(self) -> list[Any]:
        """The areas as LibreOffice has them."""
        return [self.sheet.block(area) for area in self.areas]

    @cached_property
    def block(self) -> Any:
        """The first area."""
        return self.blocks[0]

    @cached_property
    def look(self) -> Any:
        """What carries the formats of all areas at once."""
        if len(self.areas) == 1:
            return self.block
        found = self.sheet.book.document.createInstance("com.sun.star.sheet.SheetCellRanges")
        at = self.sheet.index - 1
        found.addRangeAddresses(tuple(
            struct("table.CellRangeAddress", Sheet=at, StartRow=r - 1, StartColumn=c - 1, EndRow=r + n - 2,
                   EndColumn=c + m - 2) for r, c, n, m in self.areas), False)
        return found

    def common(self, name: str) -> Any:
        """A property; None when the cells differ in it (UNO then gives a default)."""
        if self.look.getPropertyState(name).value == "AMBIGUOUS_VALUE":
            return None
        return getattr(self.look, name)

    def get_address(self, row_absolute: bool = True, column_absolute: bool = True, external: bool = False) -> str:
        text = ",".join(address_of(area, row_absolute) for area in self.areas)
        return f"[{self.sheet.book.name}]{self.sheet.name}!{text}" if external else text

    @property
    def address(self) -> str:
        return self.get_address()

    # ------------------------------------------------------------------------------------------------------- values

    def _clipped(self) -> tuple[Any, int, int]:
        """The first area without what lies beyond the used range, and its size."""
        _, _, rows, columns = self.areas[0]
        if rows < ROWS and columns < COLUMNS:
            return self.block, rows, columns
        used = self.sheet.used_range
        rows = min(rows, max(1, used.row + used.shape[0] - self.row))
        columns = min(columns, max(1, used.column + used.shape[1] - self.column))
        return Range(self.sheet, [(self.row, self.column, rows, columns)]).block, rows, columns

    def read(self) -> list[list[Any]]:
        """The values as Excel's Value2 has them: float, str, bool, None, and an error as its number.

        Every object that LibreOffice hands out costs a dozen calls: no more is asked for than the values leave open.
        """
        block, _, _ = self._clipped()
        data, formulas = block.getDataArray(), block.getFormulaArray()
        rows = [[None if v == "" else v for v in row] for row in data]
        calculated = doubtful = False
        for values, texts in zip(rows, formulas, strict=True):
            for c, text in enumerate(texts):
                value = values[c]
                if value is None and text:                  # a formula or a text that is empty
                    values[c] = ""
                elif text in ("TRUE", "FALSE") and isinstance(value, float):
                    values[c] = bool(value)
                if text[:1] in ("=", "{"):
                    calculated = True
                    doubtful |= value in (0.0, 1.0)
        if not calculated:
            return rows
        place = block.RangeAddress
        top, left = place.StartRow, place.StartColumn
        for area in block.queryFormulaCells(4).RangeAddresses:
            for r in range(area.StartRow, area.EndRow + 1):
                for c in range(area.StartColumn, area.EndColumn + 1):
                    code = self.sheet.uno.getCellByPosition(c, r).getError()
                    rows[r - top][c - left] = CODES[ERRORS.get(code, "#VALUE!")]
        for key, area in self._formats(block) if doubtful else ():      # a yes or no that a formula gives
            if self.sheet.book.format_kind(key)[0] & ~1 == LOGICAL:
                for r in range(area.StartRow - top, area.EndRow - top + 1):
                    for c in range(area.StartColumn - left, area.EndColumn - left + 1):
                        if isinstance(rows[r][c], float):
                            rows[r][c] = bool(rows[r][c])
        return rows

    @staticmethod
    def _formats(block: Any) -> list[tuple[int, Any]]:
        """(number format, area) of all parts of the block."""
        if block.getPropertyState("NumberFormat").value != "AMBIGUOUS_VALUE":
            return [(block.NumberFormat, block.RangeAddress)]
        groups = block.getUniqueCellFormatRanges()
        return [(group.NumberFormat, area) for group in (groups.getByIndex(i) for i in range(groups.Count))
                for area in group.RangeAddresses]

    @property
    def raw_value(self) -> Any:
        rows = self.read()
        return rows[0][0] if len(self) == 1 else tuple(map(tuple, rows))

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        rows, columns = self.shape
        if not isinstance(data, (list, tuple)):
            data = [[data] * columns] * rows
        elif not data or not isinstance(data[0], (list, tuple)):
            data = [data]
        if (len(data), len(data[0])) != (rows, columns):
            raise ValueError(f"{len(data)} × {len(data[0])} values for {self.address}")
        self._write(data)

    def _write(self, data: Any) -> None:
        block, book = self.block, self.sheet.book
        top, left = block.RangeAddress.StartRow, block.RangeAddress.StartColumn
        is_text = [[False] * self.shape[1] for _ in range(self.shape[0])]
        for key, area in self._formats(block):
            if book.format_kind(key)[0] & TEXT:
                for r in range(area.StartRow - top, area.EndRow - top + 1):
                    for c in range(area.StartColumn - left, area.EndColumn - left + 1):
                        is_text[r][c] = True
        out, formulas, logical = [], [], []
        for r, row in enumerate(data):
            line: list[Any] = []
            for c, given in enumerate(row):
                value = given
                if isinstance(given, str) and not is_text[r][c]:
                    if given.startswith("=") and len(given) > 1:
                        formulas.append((r, c, given))
                        value = ""
                    else:
                        value = _as_typed(given)
                if isinstance(value, bool):
                    logical.append((r, c))
                elif not isinstance(value, (int, float, str, type(None))):
                    raise TypeError(f"not for a cell of Excel: {value!r}")
                # a number in a cell of text format becomes a text, as in Excel; None in a block aborts LibreOffice
                line.append("" if value is None else value if isinstance(value, str)
                            else repr(value) if is_text[r][c] else float(value))
            out.append(tuple(line))
        block.setDataArray(tuple(out))
        for r, c, formula in formulas:
            self.put_formula(block.getCellByPosition(c, r), formula)
        for r, c in logical:
            block.getCellByPosition(c, r).NumberFormat = book.logical_key()

    def put_formula(self, cell: Any, formula: str) -> None:
        if formula[1:] in CODES:        # the parser knows no error values
            cell.setFormula(formula)
            self.sheet.book.document.calculate()        # Excel does it as it is entered, in manual mode as well
        else:
            cell.setTokens(self.sheet.book.parser.parseFormula(formula[1:], cell.CellAddress))

    def formulas(self) -> list[list[str]]:
        """What Excel's Formula gives: the formula, or the constant as a text."""
        block, rows, columns = self._clipped()
        out = [list(row) for row in block.getFormulaArray()]
        data = block.getDataArray()
        parser = self.sheet.book.parser
        for r in range(rows):
            for c in range(columns):
                text = out[r][c]
                array = text.startswith("{=")
                if array:                       # of which only the first cell has the formula
                    text = out[r][c] = text[1:-1]
                if text in ("=TRUE()", "=FALSE()"):         # how LibreOffice reads a yes or no of a file
                    out[r][c] = text[1:-2]
                elif text.startswith("=") and text != data[r][c] and not _OTHERWISE.search(text):
                    out[r][c] = text.replace(";", ",")
                elif text.startswith("=") and text != data[r][c]:
                    cell = block.getCellByPosition(c, r)
                    if array:
                        cell = Range(self.sheet, [(self.row + r, self.column + c, 1, 1)]).whole_array().block
                        cell = cell.getCellByPosition(0, 0)
                    out[r][c] = "=" + parser.printFormula(cell.getTokens(), cell.CellAddress)
                elif isinstance(data[r][c], str):
                    out[r][c] = data[r][c]
        return out

    @property
    def formula(self) -> Any:
        rows = self.formulas()
        return rows[0][0] if len(self) == 1 else tuple(map(tuple, rows))

    @formula.setter
    def formula(self, value: Any) -> None:
        self.raw_value = value

    @property
    def formula_array(self) -> str | None:
        return self.formulas()[0][0] if self.block.getArrayFormula() else None

    @formula_array.setter
    def formula_array(self, formula: str) -> None:
        if len(formula) > 255:
            raise ValueError("Excel takes an array formula of at most 255 characters")
        first = self.block.getCellByPosition(0, 0).CellAddress
        self.block.setArrayTokens(self.sheet.book.parser.parseFormula(formula[1:], first))

    def single_blocks(self) -> Iterator[Any]:
        rows, columns = self.shape
        return (self.block.getCellByPosition(c, r) for r in range(rows) for c in range(columns))

    def whole_array(self) -> Range:
        """That the first cell is part of."""
        cursor = self.sheet.uno.createCursorByRange(self.block.getCellByPosition(0, 0))
        cursor.collapseToCurrentArray()
        a = cursor.RangeAddress
        return Range(self.sheet, [(a.StartRow + 1, a.StartColumn + 1, a.EndRow - a.StartRow + 1,
                                   a.EndColumn - a.StartColumn + 1)])

    # ------------------------------------------------------------------------------------------------------ formats

    @property
    def number_format(self) -> str | None:
        key = self.common("NumberFormat")
        return None if key is None else self.sheet.book.format_kind(key)[1]

    @number_format.setter
    def number_format(self, code: str) -> None:
        self.look.NumberFormat = self.sheet.book.format_key(code)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return triple(self.common("CellBackColor"))

    @color.setter
    def color(self, color: Any) -> None:
        self.look.CellBackColor = -1 if color is None else rgb(color)

    @property
    def font(self) -> Font:
        return Font(self)

    @property
    def wrap_text(self) -> bool | None:
        return self.common("IsTextWrapped")

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self.look.IsTextWrapped = bool(value)

    @property
    def horizontal_alignment(self) -> str | None:
        found = self.common("HoriJustify")
        return found and {v: k for k, v in HORIZONTAL.items()}[found.value]

    @horizontal_alignment.setter
    def horizontal_alignment(self, value: str) -> None:
        self.look.HoriJustify = enum("table.CellHoriJustify", HORIZONTAL[value])

    @property
    def vertical_alignment(self) -> str | None:
        found = self.common("VertJustify")
        return None if found is None else {**{v: k for k, v in VERTICAL.items()}, BOTTOM: "bottom"}[found]

    @vertical_alignment.setter
    def vertical_alignment(self, value: str) -> None:
        self.look.VertJustify = VERTICAL[value] or BOTTOM

    @property
    def column_width(self) -> float:
        return (points(self.block.Columns.getByIndex(0).Width) / 72 * 96 - 5) / DIGIT_PX

    @column_width.setter
    def column_width(self, value: float) -> None:
        for block in self.blocks:
            block.Columns.IsVisible = value > 0
            if value:
                block.Columns.Width = hundredths_mm((value * DIGIT_PX + 5) / 96 * 72)

    @property
    def row_height(self) -> float:
        return points(self.block.Rows.getByIndex(0).Height)

    @row_height.setter
    def row_height(self, value: float) -> None:
        for block in self.blocks:
            block.Rows.Height = hundredths_mm(value)

    @property
    def left(self) -> float:
        return points(self.block.Position.X)

    @property
    def top(self) -> float:
        return points(self.block.Position.Y)

    @property
    def merge_cells(self) -> bool | None:
        """None: some; which of several cells, LibreOffice does not tell."""
        return self.block.IsMerged and (True if len(self) == 1 else None)

    @property
    def merge_area(self) -> Range:
        row, column, _, _ = self.areas[0]
        cursor = self.sheet.uno.createCursorByRange(self.sheet.uno.getCellByPosition(column - 1, row - 1))
        cursor.collapseToMergedArea()
        found = cursor.RangeAddress
        return Range(self.sheet, [(found.StartRow + 1, found.StartColumn + 1, found.EndRow - found.StartRow + 1,
                                   found.EndColumn - found.StartColumn + 1)])

    def merge(self, across: bool = False) -> None:
        if across:
            raise NotImplementedError
        for block in self.blocks:
            block.merge(True)

    def unmerge(self) -> None:
        for block in self.blocks:
            block.merge(False)

    def autofit(self, axis: str | None = None) -> None:
        if axis in (None, "columns", "c"):
            self.block.Columns.OptimalWidth = True
        if axis in (None, "rows", "r"):
            self.block.Rows.OptimalHeight = True

    # --------------------------------------------------------------------------------------------------- whole cells

    def clear(self) -> None:
        for block in self.blocks:
            block.clearContents(_EVERYTHING)

    def clear_contents(self) -> None:
        for block in self.blocks:
            block.clearContents(_CONTENTS)

    def insert(self, shift: str | None = None, copy_origin: str | None = None) -> None:
        row, _, rows, columns = self.areas[0]
        if columns == COLUMNS:          # whole rows take the formats of the one above, as in Excel
            self.sheet.uno.Rows.insertByIndex(row - 1, rows)
        else:
            self.sheet.uno.insertCells(self.block.RangeAddress,
                                       enum("sheet.CellInsertMode", "RIGHT" if shift == "right" else "DOWN"))
        self.sheet.book.moved()

    def delete(self, shift: str | None = None) -> None:
        row, _, rows, columns = self.areas[0]
        if columns == COLUMNS:
            self.sheet.uno.Rows.removeByIndex(row - 1, rows)
        else:
            self.sheet.uno.removeRange(self.block.RangeAddress,
                                       enum("sheet.CellDeleteMode", "LEFT" if shift == "left" else "UP"))
        self.sheet.book.moved()

    def copy(self, destination: Any = None) -> None:
        target = getattr(destination, "impl", destination)
        rows, columns = self.shape
        source = self
        if columns == COLUMNS or rows == ROWS:      # as far as anything stands
            used = self.sheet.used_range
            rows = min(rows, max(1, used.row + used.shape[0] - self.row))
            source = Range(self.sheet, [(self.row, 1, rows, used.column + used.shape[1] - 1)])
        for repeat in range(max(1, target.shape[0] // rows) if target.shape[0] < ROWS else 1):
            first = Range(target.sheet, [(target.row + repeat * rows, target.column, 1, 1)])
            target.sheet.uno.copyRange(first.block.getCellByPosition(0, 0).CellAddress, source.block.RangeAddress)
            if self.shape[1] == COLUMNS:
                own = source.block.Rows
                heights = [own.getByIndex(n).Height for n in range(rows)]
                starts = [n for n in range(rows) if n == 0 or heights[n] != heights[n - 1]]
                for start, end in zip(starts, [*starts[1:], rows], strict=True):       # of one height, in one call
                    alike = Range(target.sheet, [(first.row + start, 1, end - start, 1)])
                    alike.block.Rows.Height = heights[start]
        if self.shape[0] == ROWS:
            for n in range(source.shape[1]):
                one, other = target.block.Columns.getByIndex(n), source.block.Columns.getByIndex(n)
                one.Width, one.IsVisible = other.Width, other.IsVisible

    def select(self) -> None:
        self.sheet.activate()
        self.sheet.book.document.CurrentController.select(self.block)


def _as_typed(text: str) -> Any:
    """What Excel takes a text for."""
    if text.startswith("'"):
        return text[1:]
    if text.strip() and (match := _NUMBER.fullmatch(text)) and any(ch.isdigit() for ch in text):
        number = float(text.strip().rstrip("%").replace(",", ""))
        return number / 100 if match[4] else number
    if match := _DATE.fullmatch(text):
        try:
            day = dt.date(int(match[1]), int(match[2]), int(match[3] or 1))
        except ValueError:
            return text
        return float((day - dt.date(1899, 12, 30)).days)
    return {"TRUE": True, "FALSE": False}.get(text.strip().upper(), text)


class Font:
    """Chinese text uses the twins of the properties (``…Asian``)."""

    def __init__(self, cells: Range):
        self._cells = cells

    @property
    def api(self) -> Any:
        return model.Font(self._cells)

    def _set(self, name: str, value: Any) -> None:
        for twin in (name, f"{name}Asian", f"{name}Complex"):
            setattr(self._cells.look, twin, value)

    @property
    def bold(self) -> bool | None:
        found = self._cells.common("CharWeight")
        return None if found is None else found > 100

    @bold.setter
    def bold(self, value: bool) -> None:
        self._set("CharWeight", 150.0 if value else 100.0)

    @property
    def size(self) -> float | None:
        return self._cells.common("CharHeight")

    @size.setter
    def size(self, value: float) -> None:
        self._set("CharHeight", float(value))

    @property
    def name(self) -> str | None:
        return self._cells.common("CharFontName")

    @name.setter
    def name(self, value: str) -> None:
        self._set("CharFontName", value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return triple(self._cells.common("CharColor"))

    @color.setter
    def color(self, value: Any) -> None:
        self._cells.look.CharColor = rgb(value)
