"""The values of a workbook, however it was read: from a file, in Excel, from ranges that a formula gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from xl_kpi.workbook.grid import Area


@dataclass(frozen=True, slots=True)
class Mark:
    """What a cell is beyond its value; most cells have none."""

    error: str = ""             # '#DIV/0!' …: the cell holds an error value
    uncalculated: bool = False  # a formula without a cached value
    percent: bool = False       # a number shown in percent
    shown: str = ""             # a number that its format shows as more than its digits, as shown: '001', 'KF1'
    formula: bool = False       # a formula, with or without a cached value
    stale: bool = False         # its value is older than what it looks at: nobody has calculated it since
    unshown: str = ""           # the code of a format that shows a number in a way that cannot be said here


    @property
    def old(self) -> str:
        """Why the result of a formula is not known, '' when it is."""
        if self.uncalculated:
            return "是公式，还没有计算过，没有结果"
        return "是公式，工作簿改过以后还没有重新计算，存着的结果不能用" if self.stale else ""

    @property
    def instead(self) -> str:
        """What is shown of a cell in the place of a value that it does not have; '' for a blank."""
        return self.error or ("（未计算的公式）" if self.uncalculated else "")


CALCULATE = "用 Excel 或 WPS 打开工作簿，保存一次，再运行"


@dataclass
class Sheet:
    """A worksheet.  Row 0 is Excel's row 1, column 0 is A; all rows are of one length.

    None is a blank cell, and also a cell with an error or a formula never calculated: ``marks`` tells them apart.
    ``formulas``: those never calculated, as a file has them, without '='.  ``merged``: the merged areas; the value of
    each stands in its first cell.  ``totals``: the totals rows of Excel tables.  ``odd_formats``: number formats whose
    looks cannot be said here (two decimals, a fraction …) → the places (row, column) of numbers under them.
    """

    name: str
    hidden: bool
    rows: list[list[object]]
    marks: dict[tuple[int, int], Mark] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    totals: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    odd_formats: dict[str, list[np.ndarray]] = field(default_factory=dict, compare=False, repr=False)

    def unshown(self, column: int) -> dict[int, str]:
        """The numbers of a column of which it cannot be said how they look: row → the code of their format."""
        return {row: code for code, blocks in self.odd_formats.items() for block in blocks
                for row in block[block[:, 1] == column, 0].tolist()}


@dataclass
class Book:
    """A workbook as read: the worksheets in their order; chart sheets and the like are left out."""

    path: Path
    sheets: list[Sheet]
    data: bytes = field(default=b"", repr=False, compare=False)     # the file it was read from
    is_1904: bool = field(default=False, compare=False)             # dates count from 1904
    password: str = field(default="", repr=False, compare=False)    # what the file opens with; ``data`` is open

    def sheet(self, name: str) -> Sheet | None:
        """The worksheet of a name; like Excel, capital letters are not told apart."""
        return next((sheet for sheet in self.sheets if sheet.name.lower() == name.lower()), None)
