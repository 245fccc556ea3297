"""指标: what is measured, how that becomes points, who rates it, as ``xl_kpi.policy.indicators`` has it."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.calls import Calls, band_text
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import Named, write
from xl_kpi.policy.page.words import TYPES
from xl_kpi.rules.calls import Argument

BESIDE = {"不核算": "refuse", "归下": "lower", "归上": "upper"}
BY = {"量": "measured", "评": "raters"}
PART = {"舍去": "floor", "进一": "ceil", "按比例": "exact"}


def columns(x: Context, s: tree.IndicatorStatement) -> None:
    """The columns of what is measured are columns of the sheet as others are."""
    block = s.block
    if len(s.measures) > 2:
        raise block.error("最多两行“量”：两行的取前一列占后一列的百分比", s.measures[2].name)
    if s.measures:
        if len(s.grain) != 1 or not isinstance(s.grain[0], tree.Name):
            raise block.error("写明量的列在哪张表：指标 名称（表） 分 = 满分", s.name)
        table = x.table_named(block, s.grain[0].token)
        for column in s.measures:
            kind = str(column.type)
            unit = {"score": "分", "percent": "%", "money": "元"}.get(TYPES.get(kind, ""), kind)
            name = column.id or str(column.name)
            if str(column.name) in table.names:
                raise block.error(f"{column.name} 已经有了", column.name)
            table.names[str(column.name)] = Named("column", name, unit=unit, table=str(s.grain[0].token),
                                                  clause=block.clause(column.name))


def declare(x: Context, s: tree.IndicatorStatement) -> None:
    """Make the points known by their name."""
    engine = s.id or str(s.name)
    x.once(s, s.name, x.people, Named("quantity", engine, s.unit or "分", clause=s.block.clause()))
    x.raw.setdefault("indicators", {})[engine] = {}
    x.where[f"indicators.{engine}"] = x.where[f"quantities.{engine}"] = s.block.place(4)


def indicator(x: Context, s: tree.IndicatorStatement) -> None:
    block, engine, scope = s.block, s.id or str(s.name), x.scope(s.block)
    one: dict[str, Any] = {"title": s.title or str(s.name), "clause": block.clause(), "full": write(s.full, scope)}
    if s.unit:
        one["unit"] = s.unit
    calls = Calls(scope, lambda token: x.row_scope(block, token), lambda token: x.table_named(block, token).rows,
                  lambda token: x.roster_column(block, token), lambda token: x.reading_named(block, token))
    if s.measures:
        one["table"] = x.table_named(block, s.grain[0].token).engine         # type: ignore[union-attr]
        measures = [_measure(x, s, column) for column in s.measures]
        one |= {"measure": measures[0]} if len(measures) == 1 else {"ratio": measures}
    if s.of is not None:
        one["of"] = write(s.of, scope)
    if s.bands:
        one["lines"] = {band_text(band, scope): write(band.gives, scope) for band in s.bands}
    for word, field, words in (("空档", "gap", BESIDE), ("重叠", "doubled", BESIDE), ("取", "by", BY)):
        if word in s.decisions:
            one[field] = calls.decision(Argument(field, "decision", words=words), s.decisions[word])
    if s.target:
        one["target"] = {"at": write(s.target["目标"], scope)} | {
            field: sign + f"({write(s.target[word], scope)})" for word, field, sign in (
                ("每", "step", ""), ("加", "up", ""), ("扣", "down", "-")) if word in s.target}
        if s.part is not None:
            if str(s.part) not in PART:
                raise block.error(f"不足一步的写 {'、'.join(PART)} 之一", s.part)
            one["target"]["part"] = PART[str(s.part)]
    if s.levels:
        one["levels"] = {str(label): write(points, scope) for label, points in s.levels}
        one["table"] = x.table_named(block, s.grain[0].token).engine if s.grain else ""     # type: ignore[union-attr]
    if s.times is not None:
        one["times"] = _times(calls, s, scope)
    if s.veto is not None:
        one["veto"] = write(s.veto, scope)
    if s.raters:
        one["raters"] = {"names": [str(name) for name in s.raters], "table": x.table_named(block, s.rated_on).engine}
        found = x.people.get(str(s.together))
        parameter = x.parameters.get(str(s.together))
        if parameter is not None:
            one["raters"]["weights"] = parameter.engine
        elif found is not None and found.kind == "part":
            one["raters"]["together"] = found.engine
        else:
            raise block.error(f"{s.together} 不是评分人权重的参数，也不是共用规则", s.together)
    x.raw["indicators"][engine] = one


def _measure(x: Context, s: tree.IndicatorStatement, column: tree.Column) -> dict[str, Any]:
    kind = str(column.type)
    one: dict[str, Any] = {"name": column.id or str(column.name), "heading": column.title or str(column.name)}
    one |= {"type": TYPES[kind]} if kind in TYPES else {"type": "number", "unit": kind}
    for word in column.words:
        name, sign, value = str(word).partition("=")
        if name not in ("最大", "最小") or not sign or not value.isdecimal():
            raise s.block.error(f"量的后面不认识「{word}」；可以写 最大=100、最小=1", word)
        one["max" if name == "最大" else "min"] = int(value)
    if column.fill:
        one["fill"] = column.fill
    return one


def _times(calls: Calls, s: tree.IndicatorStatement, scope: Any) -> dict[str, Any]:
    assert s.times is not None
    adds, points, call = s.times
    if not isinstance(call, tree.Call) or str(call.token) != "次数":
        raise s.block.error("写法是：每次 扣 5：次数(表，条件)", s.name)
    fields = calls.read(call)
    found = {"table": fields["table"], "points": write(points, scope)}
    return found | ({"where": fields["where"]} if "where" in fields else {}) | ({"adds": True} if adds else {})
