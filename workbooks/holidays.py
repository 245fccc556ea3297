"""The sheet of days off and make-up days that the program does not know: how it looks."""

from __future__ import annotations

from xl_kpi.workbooks.looks import Choices, Look

from xl_kpi.calendar_cn import STATED, in_words
from xl_kpi.tables.holidays import COLUMNS

FORMATS = {"date": "yyyy-mm-dd"}
LOOKS = [Look(column.heading, number_format=FORMATS.get(column.type, "@"), required=column.required, hint=column.fill,
              least=12.0, choices=Choices(tuple(column.choices)) if column.choices else None) for column in COLUMNS]


def note() -> str:
    return (f"可以不填：{in_words(STATED.covered_years())}的放假和调休程序自带。以后的年份，国务院公布了、"
            "程序还没有更新的，照通知写：放假的一段一行写休，调休上班的一天一行写班；一年的要写全。与程序自带的不同的，按这张表。")
