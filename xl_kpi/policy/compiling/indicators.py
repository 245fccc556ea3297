"""Indicators are spelled out: the columns, row checks and quantities that they stand for take their places."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

from xl_kpi.policy.indicators import Indicator, made
from xl_kpi.policy.model import Argument, ArgumentType, Column, Function, Policy, RowCheck
from xl_kpi.policy.names import keyed
from xl_kpi.policy.words import near_to
from xl_kpi.rules.base import PolicyError

SCORE, ARGUMENTS = "INDICATOR_SCORE", ("actual", "target")      # the function for cells that an indicator stands for
RATERS = "RATER_SCORE"                                          # … and its raters
NUMBERS = set(get_args(ArgumentType)) - {"bool", "choice", "date", "id"}
UNITS: dict[str, ArgumentType] = {"%": "percent", "元": "money", "分": "score"}
MOST = 10**9


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
    rated = {(tuple(one.raters), one.by): (one, indicator.period) for name, indicator in written.indicators.items()
             if (one := made(name, indicator).rated) is not None}
    if len(rated) == 1 and RATERS not in written.functions:         # whoever rates, for one as for the other
        ((one, period),) = rated.values()
        scores: dict[str, Any] = {"title": "各评分人的得分", "type": "score", "supplies": one.supplies}
        scores |= {"each": True, "blank": True} if one.supplies else {}
        written.functions[RATERS] = Function(title="一项由各评分人合成的得分", type="score", period=period or "month",
                                             partly=True, arguments={"scores": Argument(**scores)}, **one.gives)
    for name, indicator in written.indicators.items():
        arguments = [Argument(**one) for one in made(name, indicator).arguments] or _of(written, indicator)
        if arguments:
            arguments[0].better = better(indicator, arguments[0].supplies[0])
        if len(arguments) == 1:
            arguments += _target(written, indicator)
        if arguments:
            written.functions.setdefault(keyed(SCORE, name), Function(
                title=indicator.title, value=name, type="score", period=indicator.period or "month", partly=True,
                arguments=dict(zip(ARGUMENTS, arguments, strict=False))))
    written.indicators = {}
    return errors


def better(indicator: Indicator, measured: str) -> Literal["more", "less", "neither"]:
    """Which way of what is measured is better, as its way of scoring implies it."""
    if indicator.times is not None:
        return "more" if indicator.times.adds else "less"
    if indicator.of not in ("", measured) and not re.fullmatch(rf"{measured} / [\w.]+ \* 100", indicator.of):
        return "neither"
    if indicator.target is not None:
        falls = indicator.target.up.startswith("-") or not indicator.target.down.startswith(("-", "0"))
        return "less" if falls else "more"
    lines = list(indicator.lines.values())
    if lines and (lines[0] == indicator.full) == (lines[-1] == indicator.full):
        return "neither"
    return "less" if lines and lines[-1] == indicator.full else "more" if lines or indicator.share else "neither"


def _target(written: Policy, indicator: Indicator) -> list[Argument]:
    """The target, where it is a parameter: another one can be tried."""
    at = re.fullmatch(r"([\w.]+)(?:\['(.+)'\])?", indicator.target.at) if indicator.target is not None else None
    about = written.parameters.get(at[1]) if at else None
    if at is None or about is None:
        return []
    return [Argument(title=f"{about.title}（{at[2]}）" if at[2] else about.title, type=UNITS.get(about.unit, "number"),
                     parameter=at[1], key=at[2] or "", blank=True)]


def _of(written: Policy, indicator: Indicator) -> list[Argument]:
    """The one or two inputs that an expression measures, as arguments; none where it gives the points already."""
    if not (indicator.of and (indicator.lines or indicator.target or indicator.share)):
        return []
    columns = {column.name: column for table in written.tables.values() for column in table.columns}
    found = []
    for name in dict.fromkeys(re.findall(r"(?<![\w.'\"])[^\W\d]\w*(?![\w.(\['\"])", indicator.of)):
        if name in columns and columns[name].type in NUMBERS:
            column = columns[name]
            found.append(Argument(title=column.heading, type=column.type, supplies=[name], min=column.min,   # type: ignore[arg-type]
                                  max=column.max, unit=column.unit))
        elif name in written.quantities:
            rule = written.quantities[name]
            found.append(Argument(title=rule.title, type=UNITS.get(rule.unit, "number"), supplies=[name], min=-MOST))
    return found if len(found) <= len(ARGUMENTS) else []
