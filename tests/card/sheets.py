"""Workbooks of an indicator card for tests: the example, changed in places, with people and data of one's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from xl_kpi.card import example
from xl_kpi.card.sheets import COLUMNS, PAY

Rows = list[dict[str, Any]]


def pay(**values: Any) -> Rows:
    """The sheet 计薪 with these values."""
    items = {"考核名称": "试考核", "周期": "每季", "计薪方式": "不计薪"} | values
    return [{"项目": item, "值": value} for item, value in items.items() if value is not None]


def rules(**changed: Rows) -> dict[str, Rows]:
    """The example's rules, whole sheets of them changed."""
    return {**example.rules(), **changed}


def write(path: Path, card: dict[str, Rows], data: dict[str, Rows], parameters: Rows = (),     # type: ignore[assignment]
          policy: str = "card") -> Path:
    """A plain workbook: the card's sheets, 参数, and the data under whatever headings they have."""
    sheets: dict[str, Rows] = {"参数": [{"参数": "policy", "值": policy}, *parameters]}
    headings = {"参数": ["参数", "键", "值"]}
    for name, rows in card.items():
        sheets[name], headings[name] = rows, [column.heading for column in COLUMNS[name]]
    for name, rows in data.items():
        sheets[name], headings[name] = rows, list(dict.fromkeys(key for row in rows for key in row))
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        day, percent = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0%"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, headings[name])
            for number, row in enumerate(rows, 1):
                for heading, value in row.items():
                    at = headings[name].index(heading)
                    if isinstance(value, date):
                        sheet.write_datetime(number, at, value, day)          # type: ignore[arg-type]
                    elif isinstance(value, str) and value[:1] == "%" and value[1:]:
                        sheet.write_number(number, at, float(value[1:]) / 100, percent)
                    elif value is not None:
                        sheet.write(number, at, value)
    return path


def people(*numbers: str, **more: Any) -> Rows:
    return [{"工号": n, "姓名": f"员工{n}", "入职日期": date(2015, 1, 1), "离职日期": None, **more} for n in numbers]


__all__ = ["PAY", "pay", "people", "rules", "write"]
