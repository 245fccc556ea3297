"""What HR calls things, and how values are written."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from xl_kpi.money import as_decimal
from xl_kpi.policy.names import CONSTANT_TITLES, CONSTANTS
from xl_kpi.rules.expression import number_text

if TYPE_CHECKING:
    from xl_kpi.engine.run import Run


def title_of(run: Run, name: str) -> str:
    """What HR calls a quantity, an input column or a parameter."""
    policy = run.policy
    if name in policy.quantities:
        return policy.quantities[name].title
    if name in policy.parameters:
        return policy.parameters[name].title
    if name in policy.columns:
        return policy.columns[name][1].heading
    if name in policy.tables:
        return policy.tables[name].sheet
    return CONSTANT_TITLES.get(name, name)


def text_of(run: Run, name: str, value: Any) -> str:
    """A value as HR writes it: money and scores with two to four decimals, dates, 是 / 否."""
    if value is None:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return value
    policy = run.policy
    unit = ""
    if name in policy.quantities:
        unit = policy.quantities[name].unit
    elif name in policy.parameters:
        unit = policy.parameters[name].unit
    elif name in policy.columns:
        unit = {"money": "元", "score": "分", "percent": "%", "date": "日期"}.get(policy.columns[name][1].type, "")
    if unit == "日期" or (name in CONSTANTS and name != "month_days"):
        return dt.date.fromordinal(int(value)).isoformat()
    if unit in ("元", "元/月"):
        return str(as_decimal(value, 2))
    if unit == "分":
        return decimals_text(value)
    return number_text(value) + ("%" if unit == "%" else "")


def decimals_text(value: Any) -> str:
    """At least two and at most four decimals."""
    text = str(as_decimal(value, 4))
    return text[:-2] if text.endswith("00") else text[:-1] if text.endswith("0") else text
