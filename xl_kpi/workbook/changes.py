"""What an action changes in HR's workbook, as plain data; nothing else of it may change.

A port applies it: to a file (``edit``) or in Excel (``excel``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xl_kpi.sheets.model import ResultSheet, Value

# What both ports say of a workbook whose formulas would give other fen.
ROUNDED = "设置了“将精度设为所显示的精度”，工资表里的公式会算出别的金额，不能写入"
SWITCH_OFF = "在 Excel 里打开“文件 → 选项 → 高级”，在“计算此工作簿时”取消“将精度设为所显示的精度”，保存后再试"


class Rich(str):
    """A text whose pieces look different (姓名：, then an underlined blank): it is its text, ``runs`` are the pieces,
    each with the XML of its looks (None: the cell's own)."""

    runs: tuple[tuple[Any, str], ...]

    def __new__(cls, runs: Iterable[tuple[Any, str]]) -> Rich:
        kept = tuple((look, text) for look, text in runs if text)
        made = super().__new__(cls, "".join(text for _, text in kept))
        made.runs = kept
        return made

    def replaced(self, new: str) -> Rich:
        """With another text: what is new takes the looks of what it stands in the place of."""
        old = str(self)
        start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        most = min(len(old), len(new)) - start
        tail = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
        end, added = len(old) - tail, new[start:len(new) - tail]
        found: list[tuple[Any, str]] = []
        at, given = 0, False
        for look, text in self.runs:
            a, b = at, at + len(text)
            at = b
            here = not given and a <= start < max(b, a + 1)
            given = given or here
            found.append((look, text[:max(start - a, 0)] + (added if here else "") + text[max(end - a, 0):]))
        return Rich(found if given else [*found, (self.runs[-1][0], added)])


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
