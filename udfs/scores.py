"""Functions about attendance and scores."""

from __future__ import annotations

from typing import Any

from xl_kpi.udfs.declare import MONTH, PARAMS, function

from xl_kpi.functions import Row, Table


@function("加权得分：各项得分 × 权重，再相加。权重合计要是 1 或 100。",
          values="各项得分，一人一行；可以是多行的区域", weights="各项权重：一行（各人相同），或者每人一行")
def WEIGHTED_SCORE(values: Row, weights: Row) -> Any: ...


@function("当月是否全勤，TRUE 或 FALSE，按制度和参数里选的读法。",
          late="迟到次数", early="早退次数", sick="病假次数", personal="事假次数", comp_off="调休次数",
          absent="旷工次数；留空算 0", month=MONTH, params=PARAMS)
def FULL_ATTENDANCE(late: Any, early: Any, sick: Any, personal: Any, comp_off: Any, absent: Any = None,
                    month: Any = None, params: Table = None) -> Any: ...


@function("季度绩效综合分值：有得分的各月的平均，四舍五入到两位小数。",
          scores="上季各月的得分，一人一行，最多三列；没有得分的月份留空")
def QUARTER_SCORE(scores: Row) -> Any: ...
