"""Indicators are spelled out: the columns, row checks and quantities that they stand for take their places."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.indicators import made
from xl_kpi.policy.model import Column, Policy, RowCheck
from xl_kpi.policy.words import near_to
from xl_kpi.rules.base import PolicyError


def spell_out(written: Policy) -> list[PolicyError]:
    """Put what indicators stand for into the policy; gives what is wrong with them."""
    errors: list[PolicyError] = []
    for name, indicator in written.indicators.items():
        path, found = f"indicators.{name}", made(name, indicator)
        for table, more in [*found.columns, *found.checks]:
            if table not in written.tables:
                hint = near_to(table, written.tables) or f"，有 {'、'.join(written.tables)}"
                errors.append(PolicyError(f"{written.file}：{path}：没有表 {table}{hint}"))
                continue
            sheet = written.tables[table]
            content: dict[str, Any] = dict(more)
            if "when" in content:
                sheet.checks.append(RowCheck(**content))
            else:
                sheet.columns.append(Column(**content))
        for quantity, rule in found.quantities.items():
            if quantity in written.quantities:
                errors.append(PolicyError(f"{written.file}：{path}：{quantity} 已经是量的名称，换一个"))
                continue
            written.quantities[quantity] = rule             # type: ignore[assignment]
    written.indicators = {}
    return errors
