"""What an action changes in HR's workbook, as plain data; nothing else of it may change.

A port applies it: to a file (``edit``) or in Excel (``excel``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xl_kpi.sheets.model import ResultSheet, Value

# What both ports say of a workbook whose formulas would give other fen.
ROUNDED = "设置了“将精度设为所显示的精度”，工资表里的公式会算出别的金额，不能写入"
SWITCH_OFF = "在 Excel 里打开“文件 → 选项 → 高级”，在“计算此工作簿时”取消“将精度设为所显示的精度”，保存后再试"


@dataclass
class Filled:
    """Cells of one of HR's own tables that are filled, and rows that are added below its last.

    Rows and columns count from 0.  ``after``: the row whose formats the added rows carry on (of a table without rows:
    the heading row, then the columns' own formats count); the first added row is the one below it.  ``formats``: the
    columns of which another row's format is carried on (dates of months, where the last row is a quarter's).
    ``counted``: whether formulas may count with what is filled; not so with the text of a title.  ``room``: so many
    rows are inserted below ``after`` first, copies of it without its values; ``cells`` are where they are then.
    """

    sheet: str
    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    heading: int = 0
    after: int = 0
    added: list[Mapping[int, Value]] = field(default_factory=list)      # column → value
    formats: dict[int, int] = field(default_factory=dict)               # column → row
    counted: bool = True
    room: int = 0


@dataclass
class Changes:
    """Result sheets put into the workbook (at the end, or in the place of the one of that name), sheets renamed before
    that, cells filled (one ``Filled`` a sheet), sheets hidden (True) or shown."""

    sheets: list[ResultSheet] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)               # old name → new name
    filled: list[Filled] = field(default_factory=list)
    hidden: dict[str, bool] = field(default_factory=dict)               # name → whether it is to be hidden

    def __bool__(self) -> bool:
        return bool(self.sheets or self.renamed or self.hidden
                    or any(f.cells or f.added or f.room for f in self.filled))
