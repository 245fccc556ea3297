"""How a column of an input sheet looks, from what the policy says about it: format, width, drop-down, hint.

The drop-downs and limits only keep HR from slips of the hand; the reader checks everything again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from xl_kpi.hand.days import NAMES
from xl_kpi.period import Month, Year
from xl_kpi.policy.compiled import OutputColumn, Table
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC
from xl_kpi.sheets.layout import text_width
from xl_kpi.tables.cells import NUMBERS, plain

NOTE, WIDEST_NOTE, WIDEST_TEXT = 30.0, 46.0, 22.0        # widths of free text: empty, at most; of short text at most
FEW = 10                    # a count of at most so many values is chosen from a list
FORMATS = {
    # what is typed stays as it is: 001, 2016-11
    **dict.fromkeys(("id", "name", "text", "choice", *PERIODIC), "@"),
    "count": "0", "money": "#,##0.00", "score": "0.00", "percent": "0.0%", "date": "yyyy-mm-dd",
}                           # everything else: General, shown as typed
RIGHT = ("money", "score", "percent")


@dataclass(frozen=True)
class Choices:
    """A drop-down.  Not ``strict``: another value is let through after a question."""

    values: tuple[str, ...]
    strict: bool = True
    message: str = ""


@dataclass(frozen=True)
class Look:
    """One column as drawn.  ``made``: the program fills it; ``limits``: XlsxWriter's validation of a number or date."""

    heading: str
    number_format: str = "@"
    align: str = "center"
    wrap: bool = False
    least: float = 0
    widest: float = WIDEST_TEXT
    required: bool = False
    made: bool = False
    faint: bool = False     # for the program rather than for HR
    choices: Choices | None = None
    limits: dict[str, Any] | None = None
    hint: str = ""

    def width(self, values: Iterable[Any]) -> float:
        """Wide enough for the heading, the values and what is offered; long texts wrap."""
        offered = self.choices.values if self.choices else ()
        longest = max((text_width(self.shown(value)) for value in (*values, *offered) if value is not None), default=0)
        return max(self.least, text_width(self.heading) + 1.5, min(longest + 2.0, self.widest))

    def shown(self, value: Any) -> str:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            if "." in self.number_format:
                return f"{value:,.2f}"
            return plain(float(value))
        return value.isoformat() if isinstance(value, dt.date) else str(value)


@dataclass(frozen=True)
class Calendar:
    """The year that a workbook is for (None: not known), and a month of it as an example."""

    year: int | None
    example: Month

    def choices(self, grains: Sequence[str]) -> Choices | None:
        """The periods of the year."""
        if self.year is None:
            return None
        months = Year(self.year).months
        values = tuple(dict.fromkeys(str(month.within(grain)) for grain in grains for month in months))
        usual = f"{values[0]} 至 {values[-1]}" if len(values) > 1 else values[0]
        return Choices(values, False, f"一般是 {usual}；别的年份写成同样的样子，点“是”继续")

    def hint(self, grains: Sequence[str]) -> str:
        """How to write a period, where no drop-down shows it."""
        if self.year is not None:
            return ""
        return "，".join(f"{NAMES[grain] if len(grains) > 1 else ''}写成 {self.example.within(grain)}"
                        for grain in grains)


def look_of(column: Column, table: Table, made: OutputColumn | None, calendar: Calendar) -> Look:
    """A column of an input table.  ``made``: the column of a result that the program fills it from."""
    kind: str = column.type
    look = Look(column.heading, required=column.required, hint=column.fill)
    if made is not None:
        kind = {"bool": "choice", "int": "count", "text": "text"}.get(made.type, made.type)
        look = replace(look, made=True)
    own_scale = kind == "score" and column.max is not None      # 字/分 and the like: no points, shown as typed
    look = replace(look, number_format="General" if own_scale else FORMATS.get(kind, "General"),
                   align="right" if kind in RIGHT else "center", least={"date": 12.0, "id": 9.0, "name": 11.0}.get(
                       kind, 11.0 if kind in PERIODIC or kind == "money" else 8.0))
    if _is_note(column, table, made):
        look = replace(look, align="left", wrap=True, least=NOTE, widest=WIDEST_NOTE)
    if made is not None:
        return look
    if kind == "choice":
        return replace(look, choices=Choices(tuple(column.choices)))
    if kind in PERIODIC:
        return replace(look, choices=calendar.choices(column.grains),
                       hint="；".join(filter(None, (look.hint, calendar.hint(column.grains)))))
    if kind == "count" and column.max is not None and column.max - column.min <= FEW:
        return replace(look, choices=Choices(tuple(map(str, range(column.min, column.max + 1)))))
    return replace(look, limits=_limits(column))


def _is_note(column: Column, table: Table, made: OutputColumn | None) -> bool:
    """Free text, unlike the short words of a roster or of what a row is about."""
    if made is not None:
        return made.fill == "note"
    return column.type == "text" and not column.required and table.grain != "roster"


def _limits(column: Column) -> dict[str, Any] | None:
    if column.type == "date":
        return {"validate": "date", "criteria": ">=", "value": dt.date(1990, 1, 1), "error_type": "warning",
                "error_message": "请填日期，如 2016-11-03；年份像是写错了"}
    if column.type not in NUMBERS:
        return None
    places, limit, _ = NUMBERS[column.type]
    low, high = max(column.min, -limit), limit if column.max is None else column.max
    if column.type == "percent":
        return {"validate": "decimal", "criteria": "between", "minimum": low / 100, "maximum": high / 100,
                "error_message": f"请填百分数，{low}% 到 {high}%，如 99%"}
    return {"validate": "decimal" if places else "integer", "criteria": "between", "minimum": low, "maximum": high,
            "error_message": f"请填 {low} 到 {high} 的{'数' if places else '整数'}，不带单位"}


def lines(texts: Iterable[tuple[str, float]]) -> int:
    """How many lines the fullest of some texts takes, each in a column of its width."""
    return max((sum(max(1, -(-text_width(part) // max(1, int(width) - 2))) for part in text.split("\n"))
                for text, width in texts), default=1)
