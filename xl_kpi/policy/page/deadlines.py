"""期限: by what day somebody owes something."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import write
from xl_kpi.policy.page.words import PERIODS

FIELDS = {"从": "start", "谁": "people", "完成": "done"}
MEANS = {"从": "从哪一天开始", "谁": "哪些人各做各的（一个量，几个条件的先写成量）", "完成": "哪一天做的"}
GRAINS = {word: grain for word, grain in PERIODS.items() if grain and grain != "span"}


def deadline(x: Context, s: tree.DeadlineStatement) -> None:
    """期限 名「标题」（每月，从=日期，谁=条件，完成=日期） = 日期 —— 谁做什么；（表名，完成=列）：每一行各有期限."""
    block, name = s.block, s.id or str(s.name)
    of = str(s.grain[0].token) if s.grain and isinstance(s.grain[0], tree.Name) else ""
    table = x.tables.get(of)
    if of not in GRAINS and (table is None or table.grain != "events"):
        raise block.error("写法是：期限 名称（每月，从=日期） = 日期 —— 谁做什么；"
                          f"多久一次：{'、'.join(GRAINS)}，或者一张逐次的表：每一行各有期限", s.name)
    if name in x.raw["deadlines"]:
        raise block.error(f"期限 {s.name} 已经有了；要改写它，前面写“改”", s.name)
    if not s.task:
        raise block.error("“——”后面写谁做什么", s.name)
    scope = x.scope(block) if table is None else x.row_scope(block, s.grain[0].token)   # type: ignore[union-attr]
    one: dict[str, Any] = {"title": s.title or str(s.name), "clause": block.clause(), "day": write(s.day, scope),
                           "task": s.task} | ({"table": table.rows} if table else {"period": GRAINS[of]})
    fields = {word: field for word, field in FIELDS.items() if table is None or word != "谁"}
    for more in s.grain[1:]:
        match more:
            case tree.Compared(parts=[tree.Name(token=word), value], signs=[sign]) if str(word) in fields and (
                    str(sign) in ("=", "＝")):
                one[fields[str(word)]] = write(value, scope)
            case _:
                said = "；".join(f"{word}=…：{MEANS[word]}" for word in fields)
                raise block.error(f"“{of}，”后面只写 {said}", s.name)
    if "done" in one and not (table or "people" in one):
        raise block.error("写了“完成”的，还要写“谁”：哪些人各做各的", s.name)
    x.raw["deadlines"][name] = one
    x.where[f"deadlines.{name}"] = block.place(4)
