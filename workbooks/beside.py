"""The sheets that are no tables of a policy: days off that the program does not know, who is asked to rate
anonymously; how they look, and which policies have them."""

from __future__ import annotations

from dataclasses import dataclass

from xl_kpi.workbooks.looks import Choices, Look

from xl_kpi.calendar_cn import STATED, in_words
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.model import Column
from xl_kpi.tables import holidays, invited

FORMATS = {"date": "yyyy-mm-dd"}


@dataclass(frozen=True)
class Beside:
    """A sheet beside the policy's tables: what it is called, when and how it is filled in, its columns."""

    name: str
    when: str
    note: str
    columns: list[Column]

    @property
    def looks(self) -> list[Look]:
        return [Look(column.heading, number_format=FORMATS.get(column.type, "@"), required=column.required,
                     hint=column.fill, least=12.0, choices=Choices(tuple(column.choices)) if column.choices else None)
                for column in self.columns]


def beside(policy: Policy) -> list[Beside]:
    """Those of a policy."""
    found = []
    if any(table.ticket for table in policy.tables.values()):
        found.append(Beside(invited.SHEET, "发匿名的评分表以前", INVITED, invited.COLUMNS))
    if policy.workdays:
        found.append(Beside(holidays.SHEET, "用到程序还没有的年份时", _holidays(), holidays.COLUMNS))
    return found


INVITED = ("匿名的评分人请了谁、谁交了，一人一行，和评分分开记：评分的表里只有票号，看不出是谁。"
           "有几行，就发几份评分表。")


def _holidays() -> str:
    return (f"可以不填：{in_words(STATED.covered_years())}的放假和调休程序自带。以后的年份，国务院公布了、"
            "程序还没有更新的，照通知写：放假的一段一行写休，调休上班的一天一行写班；一年的要写全。与程序自带的不同的，按这张表。")
