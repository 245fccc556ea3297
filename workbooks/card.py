"""The sheets on which a company writes its own indicator card: how they look."""

from __future__ import annotations

from dataclasses import replace

from xl_kpi.workbooks.looks import Choices, Look

from xl_kpi.card.sheets import COLUMNS, GRADES, INDICATORS, PAY, RATERS
from xl_kpi.policy.model import Column

NOTES = {
    INDICATORS: "公司自己的指标：一个指标一行，先选怎么得分，再填这一种用到的栏，用不到的空着；"
                "格子旁边写着各栏怎么填。"
                "加了指标，评分表、考核数据里也加一列，表头写指标（或取数）的名称。"
                "改了以后点“体检”，或者 xl-kpi check。",
    RATERS: "谁来评打分的指标，各占多少，合计 100；没有评分人、得分由人力资源直接填的，整张空着。",
    GRADES: "综合得分从多少起（含）、到多少为止（不含）是哪一级：上面一级的“从”就是下面一级的“到”，不留空档。",
    PAY: "多久考核一次，得分怎么变成钱；只改“值”。用不到的空着。",
}
OF_FIRST_ROW = ("指标", "怎么得分")        # an indicator's further rows leave them blank
WIDE = ("说明", "结果怎么用", "怎么填", "取数")


def _look(column: Column) -> Look:
    look = Look(column.heading, number_format="@" if column.type in ("text", "choice") else "General",
                required=column.required and column.heading not in OF_FIRST_ROW, hint=column.fill, least=8.0)
    if column.type == "choice":
        return replace(look, choices=Choices(tuple(column.choices)))
    if column.heading in WIDE:
        return replace(look, align="left", wrap=True, least=16.0, widest=40.0)
    if column.heading == "值":
        return replace(look, number_format="General", least=18.0)
    return look


LOOKS = {name: [_look(column) for column in columns] for name, columns in COLUMNS.items()}
