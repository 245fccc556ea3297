"""期限: by what day somebody owes something."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import write
from xl_kpi.policy.page.words import PERIODS

FROM = "从"
GRAINS = {word: grain for word, grain in PERIODS.items() if grain and grain != "span"}


def deadline(x: Context, s: tree.DeadlineStatement) -> None:
    """期限 名「标题」（每月，从=日期式） = 日期式 —— 谁做什么."""
    block, name, scope = s.block, s.id or str(s.name), x.scope(s.block)
    often = str(s.grain[0].token) if isinstance(s.grain[0], tree.Name) else ""
    if often not in GRAINS or len(s.grain) > 2:
        raise block.error("写法是：期限 名称（每月，从=日期） = 日期 —— 谁做什么；"
                          f"多久一次：{'、'.join(GRAINS)}", s.name)
    if name in x.raw["deadlines"]:
        raise block.error(f"期限 {s.name} 已经有了；要改写它，前面写“改”", s.name)
    if not s.task:
        raise block.error("“——”后面写谁做什么", s.name)
    one: dict[str, Any] = {"title": s.title or str(s.name), "clause": block.clause(), "period": GRAINS[often],
                           "day": write(s.day, scope), "task": s.task}
    for more in s.grain[1:]:
        match more:
            case tree.Compared(parts=[tree.Name(token=word), start], signs=[sign]) if str(word) == FROM and (
                    str(sign) in ("=", "＝")):
                one["start"] = write(start, scope)
            case _:
                raise block.error(f"“{often}，”后面只写 {FROM}=日期：从哪一天开始", s.name)
    x.raw["deadlines"][name] = one
    x.where[f"deadlines.{name}"] = block.place(4)
