"""Expansion: a parsed page with its packs and its parent becomes today's policy, defaults and all.

What it gives is the content of a policy as ``xl_kpi.policy.model`` reads it; ``where`` says which line made each part.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from xl_kpi.policy.page import (
    Expanded,
    cells,
    deadlines,
    findings,
    indicators,
    results,
    roles,
    rules,
    sheets,
    tree,
    values,
)
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import UNKNOWN
from xl_kpi.policy.page.source import Block, Page, PageError, Place

MOST_COLUMNS = 1000             # of all sheets


def expansion(pages: list[Page], statements: list[tree.Statement], sources: dict[str, str], unread: list[Block],
              wrong: bool, lacking: bool) -> Expanded:
    """The content of the policy, and what is wrong with its statements.  ``pages``: the page itself, then all that it
    builds upon; ``unread``: the statements that could not be read; ``wrong``: something is wrong already;
    ``lacking``: some of what it builds upon is not there."""
    x = Context(pages[0], statements, unread, lacking)
    head = _head(x, pages)
    indicators.spelled(x)
    statements = x.statements

    def each(kind: type, work: Callable[[Context, Any], None]) -> None:
        for statement in statements:
            if isinstance(statement, kind) and id(statement) not in x.undeclared and not x.enough:
                x.attempt(work, statement)

    each(tree.LabelsStatement, values.labels)
    each(tree.TableStatement, sheets.declare)
    each(tree.ParameterStatement, values.parameter)
    sheets.columns(x)
    if x.columns > MOST_COLUMNS:
        x.errors.append(PageError(Place(x.page.file, 1), f"各张表一共有 {x.columns} 列，最多 {MOST_COLUMNS} 列"))
        return Expanded({}, x.where, {}, sources, x.errors)
    each(tree.IndicatorStatement, indicators.columns)
    each(tree.ReadingStatement, values.reading)
    each(tree.QuantityStatement, rules.declare)
    each(tree.IndicatorStatement, indicators.declare)
    each(tree.RefusalStatement, findings.declare)
    sheets.names(x)
    each(tree.OutputStatement, results.declare)
    if not any(one.pay for one in x.outputs.values()) and any(results.ITEMS.keys() & s.block.words for s in statements):
        if x.outputs:
            at = x.page.front.get("用", ("", Place(x.page.file, 1)))[1]
            x.tell(PageError(at, "用包 工资 的，要有一条“工资表 谁：…”；结果不是工资的，不用它"))
        x.lost |= {*results.ITEMS, *results.NAMED_BY_PAY}
    if not any(isinstance(one, tree.OutputStatement) for one in statements) and not lacking and not any(
            re.match(r"\s*(工资表|输出) ", block.text) for block in unread):
        text = "没有输出：写一条“工资表 谁：…”，或者“输出 名称（每月，谁）：…”"
        x.errors.append(PageError(Place(x.page.file, 1), text))
    x.declaring = False
    each(tree.OutputStatement, results.output)
    each(tree.QuantityStatement, rules.quantity)
    each(tree.IndicatorStatement, indicators.indicator)
    each(tree.TableStatement, sheets.rules)
    each(tree.TableCheckStatement, sheets.row_check)
    each(tree.RefusalStatement, findings.refusal)
    each(tree.CheckStatement, findings.check)
    each(tree.MarkStatement, findings.mark)
    each(tree.DeadlineStatement, deadlines.deadline)
    each(tree.PlausibleStatement, roles.plausible)
    each(tree.FunctionStatement, cells.function)
    if not x.errors and not wrong:
        each(tree.LabelsStatement, values.used)
    raw = head | {"quantities": {}} | {key: value for key, value in x.raw.items() if value not in ({}, [], None)}
    return Expanded(raw, x.where, x.written(), sources, x.errors,
                    {UNKNOWN, *x.dropped} if x.errors or wrong else set(), x.places)


def _head(x: Context, pages: list[Page]) -> dict[str, Any]:
    """What the front matter, the title and the notices say."""
    front = x.page.front
    raw: dict[str, Any] = {"id": front.get("编号", ("?",))[0], "title": x.page.title}
    for key, name in (("文号", "document"), ("起算", "first_month")):
        if key in front:
            raw[name] = front[key][0]
            if key == "起算" and not re.fullmatch(r"\d{4}-\d{2}", front[key][0]):
                x.errors.append(PageError(front[key][1], f"起算 写月份，如 2016-11；给的是 {front[key][0]}"))
            x.where[name] = front[key][1]
    if "写在" in front:
        raw["written_on"] = front["写在"][0].replace("、", " ").split()
    if "施行" in front:
        value, at = front["施行"]
        try:
            raw["in_force"] = date.fromisoformat(value)
        except ValueError:
            x.errors.append(PageError(at, f"施行 写日期，如 2016-11-03；给的是 {value}"))
    for name, found in (("notices", [one for page in pages for one in page.notices]),
                        ("source_defect", [one for page in pages for one in page.defects])):
        if found:
            raw[name] = [{"text": text, "clause": clause} for text, clause in found]
    return raw
