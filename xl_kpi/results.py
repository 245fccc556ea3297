"""The result of a run, before anybody lays it out: plain values, no workbook.

Values are ``Decimal`` (money: 2 decimals; scores), ``Fraction`` (an unrounded ratio), ``int``, ``str``, ``bool``,
``None`` (does not apply) or ``REFUSED`` (a draft's cell that could not be computed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from xl_kpi.problems import Problem

ID, NAME = "工号", "姓名"      # the headings by which a line says whose it is
BASIS, SUMMARY, DRAFT = "核算依据", "汇总", "试算"     # the sheets beside that of an output
ColumnType = Literal["text", "int", "money", "score", "percent", "bool"]


class RefusedCell:
    """The value of a cell that was refused in a draft: ``#N/A`` on a sheet, ``null`` in JSON."""

    def __repr__(self) -> str:
        return "REFUSED"


REFUSED = RefusedCell()


@dataclass(frozen=True)
class Naming:
    """What an output and its sheets are called.

    ``plain``: the policy's pay, whose further sheets need no name beside the period (汇总_2016-11); those of every
    other output say whose they are (汇总_年度考核_2016).
    """

    name: str
    title: str = ""         # in the sheet's title
    what: str = ""          # what a person gets by it, in sentences; of forms, what is done there
    unit: str = ""          # of the sheet; blank: not said
    slip: str = "通知单"
    plain: bool = False

    def sheet(self, period: str) -> str:
        return f"{self.name}_{period}"

    def beside(self, what: str, period: str) -> str:
        """The name of a further sheet: 核算依据, 汇总, 试算 …"""
        return f"{what}_{period}" if self.plain else f"{what}_{self.name}_{period}"

    def all(self, period: str) -> tuple[str, ...]:
        """The sheets of a period, without its draft."""
        return (self.sheet(period), *(self.beside(what, period) for what in (self.slip, BASIS, SUMMARY)))


@dataclass(frozen=True)
class ResultColumn:
    """One column of a result, in the order of the sheet.

    ``part``: the column is a summand of what is earned (应发) or held back (扣款).
    ``total``: its sum stands in the 合计 row.
    ``formula``: writes the native Excel formula (without '='), given the cell reference of each heading;
    a heading it asks for is always a column of the same result.
    ``behind``: of an amount, the columns that are no money and that it is made of (执行星级 of 绩效工资), as the
    policy's rules have it, the nearest first.
    """

    heading: str
    type: ColumnType
    total: bool = False
    part: Literal["", "earning", "deduction"] = ""
    formula: Callable[[Callable[[str], str]], str] | None = None
    group: bool = False     # the column that teams are told apart by (班组)
    behind: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """How one amount of one person came about: a row of 核算依据."""

    heading: str            # of the column it explains
    value: Any
    sentence: str           # one Chinese sentence with numbers
    clause: str


@dataclass
class Result:
    """The result of an output for one period: a line a person."""

    output: Naming
    period: str             # 2016-11, 2016Q4 …, as written in JSON
    policy: str             # id
    policy_title: str
    columns: list[ResultColumn]
    lines: list[dict[str, Any]]                       # heading → value, in the order of 花名册
    totals: dict[str, Any] = field(default_factory=dict)
    marks: list[tuple[str, str]] = field(default_factory=list)          # (工号, text)
    notices: list[str] = field(default_factory=list)  # readings and parameters that differ from the default
    problems: list[Problem] = field(default_factory=list)
    steps: dict[str, list[Step]] = field(default_factory=dict)          # 工号 → how
    forms: list[tuple[str, list[str], list[str]]] = field(default_factory=list)   # (sheet, headings, 工号) of forms
    previous: Result | None = None                    # of the period before, without steps, where it could be …
    no_previous: list[Problem] = field(default_factory=list)            # … and the errors why not
    draft: bool = False
    company: str = ""                                 # 单位名称 and 部门名称, for the titles; "": not filled in
    department: str = ""
