"""The demo company's workbook for tests, and single cells put into a workbook as HR would type them."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from xl_kpi.workbooks.demo import BOOK

from xl_kpi.sheets.model import Value
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.file import Sheet, read
from xl_kpi.workbook.grid import place_of


@cache
def _demo() -> Path:
    from tests.command import run

    folder = Path(mkdtemp(prefix="xl-kpi-test-"))
    code, _, _ = run("demo", folder)
    assert code == 0
    return folder / BOOK


def demo_book(folder: Path, name: str = "客服部2016.xlsx") -> Path:
    """The demo company's workbook, its forms filled by the review of 2016Q4, under another name."""
    return Path(shutil.copy(_demo(), folder / name))


def put(path: Path, sheet: str, cells: dict[str, Value]) -> None:
    """Type values into cells."""
    data = path.read_bytes()
    filled = Filled(sheet, {place_of(cell): value for cell, value in cells.items()})
    path.write_bytes(edited(data, path.name, Changes(filled=[filled])))


def sheet_of(path: Path, name: str) -> Sheet:
    found = read(path).sheet(name)
    assert found is not None, f"no sheet {name}"
    return found


def column(sheet: Sheet, heading: str) -> int:
    """The column of a heading, which may be broken into lines."""
    rows = ([str(value).replace("\n", "") for value in row] for row in sheet.rows[:20])
    return next(row.index(heading) for row in rows if heading in row)


def rows_of(sheet: Sheet, **wanted: Any) -> list[int]:
    """The rows of a sheet whose columns say what is wanted: ``rows_of(sheet, 工号="005", 月份="2016-12")``."""
    at = {column(sheet, heading): value for heading, value in wanted.items()}
    return [n for n, row in enumerate(sheet.rows) if all(row[c] == value for c, value in at.items())]


def cell_of(path: Path, name: str, heading: str, **wanted: Any) -> str:
    """The address of a cell by its heading and row."""
    from xl_kpi.workbook.grid import address

    sheet = sheet_of(path, name)
    rows = rows_of(sheet, **wanted)
    assert len(rows) == 1, (name, wanted, rows)
    return address(rows[0], column(sheet, heading))


def value_of(path: Path, name: str, heading: str, **wanted: Any) -> object:
    sheet = sheet_of(path, name)
    row, = rows_of(sheet, **wanted)
    return sheet.rows[row][column(sheet, heading)]
