"""The record of a card reader (刷卡记录表): over all the days 1 to 31; for each person a line 工号：… 姓名：…, below it
the times of each day.
"""

from __future__ import annotations

import datetime as dt
import re

from xl_kpi.forms.imports.grid import IDS, NAMES, Grid, plain, span_of
from xl_kpi.forms.imports.model import Export, Person, Place, Punches
from xl_kpi.forms.imports.times import clock_times
from xl_kpi.hand.texts import is_blank, normal, squeezed
from xl_kpi.period import Month
from xl_kpi.workbook.book import Sheet

KIND = "刷卡记录表"
_LABEL = re.compile(rf"(?P<label>{'|'.join(sorted(IDS | NAMES, key=len, reverse=True))}):?(?P<value>.*)")
LEAST_DAYS = 20


def read(file: str, sheet: Sheet, month: Month) -> Export | None:
    """None for a sheet that is no such record."""
    days = _day_row(sheet)
    if days is None:
        return None
    row_of_days, columns = days
    export = Export(KIND, file, sheet.name, covers=set(), when=Place(file, sheet.name, row_of_days, min(columns)))
    span, export.doubt = span_of(Grid(file, sheet, (row_of_days, row_of_days)), month)
    first, last = span or (month.first_day, month.last_day)
    export.first, export.last = span or (None, None)
    for row in range(len(sheet.rows)):
        who = _person(file, sheet, row)
        if who is None:
            continue
        export.people.append(who)
        for below in range(row + 1, len(sheet.rows)):
            if _person(file, sheet, below) is not None:
                break
            _times(export, file, sheet, below, columns, first, last)
    export.days = sorted({first + dt.timedelta(n) for n in range((last - first).days + 1)})
    return export if export.people else None


def _day_row(sheet: Sheet) -> tuple[int, dict[int, int]] | None:
    """(the row that counts the days, column → day)."""
    for row, values in enumerate(sheet.rows[:20]):
        found = {at: int(text) for at, value in enumerate(values)
                 if (text := plain(value).strip()).isascii() and text.isdigit() and 1 <= int(text) <= 31}
        if len(found) >= LEAST_DAYS and sorted(found.values()) == list(range(1, len(found) + 1)):
            return row, found
    return None


def _person(file: str, sheet: Sheet, row: int) -> Person | None:
    """Whose block begins in a row: labels with the value behind a colon or in the next filled cell."""
    values = sheet.rows[row]
    said: dict[str, str] = {}
    for at, value in enumerate(values):
        found = _LABEL.fullmatch(normal(value).replace(" ", "")) if isinstance(value, str) else None
        if found is None:
            continue
        text = found["value"].strip(":") or next((plain(v).strip() for v in values[at + 1:] if not is_blank(v)), "")
        if found["value"] and ":" not in normal(value):
            continue
        said["name" if found["label"] in NAMES else "id"] = squeezed(text)
    if set(said) != {"name", "id"} or not said["name"] or _LABEL.fullmatch(said["name"]):
        return None
    return Person(said["id"], "", said["name"], Place(file, sheet.name, row, 0))


def _times(export: Export, file: str, sheet: Sheet, row: int, columns: dict[int, int], first: dt.date,
           last: dt.date) -> None:
    for at, number in columns.items():
        text = plain(sheet.rows[row][at]).strip()
        if not text:
            continue
        day = next((first + dt.timedelta(n) for n in range((last - first).days + 1)
                    if (first + dt.timedelta(n)).day == number), None)
        place, who = Place(file, sheet.name, row, at), len(export.people) - 1
        times = clock_times(text)
        if day is None or times is None:
            why = f"“{normal(text)}”不是时间" if day is not None else f"没有 {number} 日这一天"
            export.unread.append((who, place, why))
        else:
            export.punches.append(Punches(who, day, place, " ".join(text.split()), tuple(sorted(times))))
