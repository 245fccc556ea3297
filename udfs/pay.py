"""Functions about pay."""

from __future__ import annotations

from typing import Any

from xl_kpi.udfs.declare import MONTH, PARAMS, ROLE, SHARE, STATUS, function

from xl_kpi.functions import Table

POST_PAY = "岗位工资，整月的标准，没有折算过的"
STAR = "执行星级；试用的可以留空"
SCORE = "月度得分"
FULL = "当月是否全勤：TRUE / FALSE 或 是 / 否"
EXTRA = "其他应发，如奖项、一次性奖励；留空算 0"


@function("某一星级的绩效工资标准，元。", star="星级", role=ROLE, month=MONTH, params=PARAMS)
def STAR_PAY(star: Any, role: Any = None, month: Any = None, params: Table = None) -> Any: ...


@function("全勤奖，元；没有全勤是 0。", full=FULL, month=MONTH, params=PARAMS)
def FULL_ATTENDANCE_BONUS(full: Any, month: Any = None, params: Table = None) -> Any: ...


@function("绩效工资，元：星级工资 × 得分 ÷ 100 × 计发比例，四舍五入到分；试用的按制度打折和保底。",
          star=STAR, score=SCORE, role=ROLE, status=STATUS, share=SHARE, month=MONTH, params=PARAMS)
def PERFORMANCE_PAY(star: Any, score: Any, role: Any = None, status: Any = None, share: Any = None, month: Any = None,
                    params: Table = None) -> Any: ...


@function("当月应发，元：岗位工资 + 绩效工资 + 全勤奖 + 其他应发。",
          post_pay=POST_PAY, star=STAR, score=SCORE, full=FULL, role=ROLE, status=STATUS, extra=EXTRA, share=SHARE,
          month=MONTH, params=PARAMS)
def MONTHLY_PAY(post_pay: Any, star: Any, score: Any, full: Any, role: Any = None, status: Any = None,
                extra: Any = None, share: Any = None, month: Any = None, params: Table = None) -> Any: ...


@function("当月应发的由来：一句话，带数字和条款。参数与 MONTHLY_PAY 相同。",
          post_pay=POST_PAY, star=STAR, score=SCORE, full=FULL, role=ROLE, status=STATUS, extra=EXTRA, share=SHARE,
          month=MONTH, params=PARAMS)
def EXPLAIN_PAY(post_pay: Any, star: Any, score: Any, full: Any, role: Any = None, status: Any = None,
                extra: Any = None, share: Any = None, month: Any = None, params: Table = None) -> Any: ...
