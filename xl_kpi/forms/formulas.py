"""The formulas of a form beside a result: they stay, and what they will give is told where it is another amount."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from xl_kpi.forms.fill import Checked, Filling
from xl_kpi.forms.people import People
from xl_kpi.forms.placed import Place, Placed
from xl_kpi.job.compared import NUMBERS, result_says, says
from xl_kpi.problems import named
from xl_kpi.workbook.evaluate import Cell, Sheet, Unknown
from xl_kpi.workbook.grid import address
from xl_kpi.workbook.looks import Looks
from xl_kpi.workbook.moving import Shift, drawn_on


def filled_sheet(placed: Placed, filling: Filling, looks: Looks) -> Sheet:
    """The sheet as it will be, for working out its formulas."""
    filled = filling.filled
    shift = Shift(filled.sheet, filled.after, filled.room)
    last = filled.after + filled.room

    def before(place: Place) -> tuple[Place, int]:
        """Where a cell stood, and how far it is below the row that it is a copy of."""
        row, column = place
        if not filled.room or row <= filled.after:
            return place, 0
        return ((filled.after, column), row - filled.after) if row <= last else ((row - filled.room, column), 0)

    def formula(place: Place) -> str:
        old, by = before(place)
        mark = placed.mark(old)
        if place in filled.cells or mark is None or not mark.formula:
            return ""
        text = looks.formula(*old)
        if not text:
            raise Unknown
        moved = shift.formula(text, filled.sheet) if filled.room else text
        return drawn_on(moved, by) if by else moved

    def value(place: Place) -> object:
        if place in filled.cells:
            return filled.cells[place]
        old, by = before(place)
        mark = placed.mark(old)
        if mark is not None and (mark.error or mark.old):
            raise Unknown
        return None if by else placed.value(old)

    return Sheet(value, formula)


def told(placed: Placed, filling: Filling, looks: Looks, people: People) -> list[str]:
    """What HR is told of the formulas that stand where values of the result belong, a line a column."""
    if not filling.formulas:
        return []
    sheet = filled_sheet(placed, filling, looks)
    by_heading: dict[str, list[Checked]] = {}
    for one in filling.formulas:
        by_heading.setdefault(" ".join(one.heading.split()), []).append(one)
    found = []
    for heading, cells in by_heading.items():
        other: list[str] = []
        unknown = 0
        for one in cells:
            same = agrees(sheet.at, one.place, one.kind, one.value, looks)
            if same is None:
                unknown += 1
            elif same:
                other.append(f"{people.who(one.person)} {address(*one.place)} {same}")
        text = f"{placed.where}：「{heading}」是公式，没有动"
        if other:
            text += f"；与结果不同（公式 → 结果）：{named(other, '处')}"
        if unknown:
            text += f"；有 {unknown} 格程序不会算，用 Excel 打开后请核对"
        if other or unknown:
            found.append(text)
    return found


def agrees(at: Callable[[Place], Cell], place: Place, kind: str, value: object, looks: Looks) -> str | None:
    """How a formula's value differs from a result's (公式 → 结果), '' when it does not, None when it is not known."""
    try:
        cell = at(place)
    except Unknown:
        return None
    if isinstance(cell, Fraction) and kind == "percent" and looks.percent(*place):
        cell *= 100
    shown = says(float(cell), None, kind, 12) if isinstance(cell, Fraction) and kind in NUMBERS else (
        "" if cell is None else str(cell))
    wanted = result_says(value, kind)
    return "" if shown == wanted or (not value and cell in (0, "", None)) else f"{shown} → {wanted}"
