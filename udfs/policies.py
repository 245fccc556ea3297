"""Functions that a policy named in the call answers, each by what its page says that they stand for."""

from __future__ import annotations

from typing import Any

from xl_kpi.udfs.declare import MONTH, PARAMS, POLICY, function

from xl_kpi.functions import Row, Table

WHEN = "月份、季度、半年、年度或起止月份，如 2016-11、2016Q4：按生效日期取参数；参数没有几个日期的可以留空"
SCORE = "得分，如月度得分、综合得分"


@function("一项指标的得分，按制度的算法，由实际值算出。",
          policy=POLICY, indicator="指标的名称；一列名称的，各行算各自的指标",
          actual="实际值，如完成率、次数、等次；比率的写部分，如合格数",
          target="比率的写全部，如总数；目标由公司定的写目标，留空用参数里的；此外留空", month=WHEN, params=PARAMS)
def INDICATOR_SCORE(policy: Any, indicator: Any, actual: Any, target: Any = None, month: Any = None,
                    params: Table = None) -> Any: ...


@function("得分对应的等级，按制度的分数线；没有写明的线在参数里。",
          policy=POLICY, score=SCORE, month=WHEN, params=PARAMS)
def GRADE(policy: Any, score: Any, month: Any = None, params: Table = None) -> Any: ...


@function("按得分折算的工资，元：如 得分 ÷ 80 × 基本工资，四舍五入到分。",
          policy=POLICY, score=SCORE, base="折算的基数，整月全额的，如基本工资、月绩效工资", month=WHEN, params=PARAMS)
def SCORE_PAY(policy: Any, score: Any, base: Any, month: Any = None, params: Table = None) -> Any: ...


@function("按得分上下浮动的工资，元，负数是减少。", policy=POLICY, score=SCORE, month=MONTH, params=PARAMS)
def FLOAT_PAY(policy: Any, score: Any, month: Any = None, params: Table = None) -> Any: ...


@function("几个评分人的得分按制度的权重合成的得分。", policy=POLICY,
          scores="各评分人的得分，一人一行；各列的次序与制度里评分人的权重相同", month=WHEN, params=PARAMS)
def RATER_SCORE(policy: Any, scores: Row, month: Any = None, params: Table = None) -> Any: ...


@function("一笔总额按制度分给各人，元；各人合计到分正好是总额。", policy=POLICY, pool="要分的总额",
          grades="各人的等级，一人一行；制度按得分分的写得分", years="各人的工作年限，年，一人一行；制度不看年限的留空",
          month=WHEN, params=PARAMS)
def POOL_SHARE(policy: Any, pool: Any, grades: Any, years: Any = None, month: Any = None,
               params: Table = None) -> Any: ...


@function("各人在一个奖项里的名次，同分的按制度。", policy=POLICY, award="奖项的名称",
          scores="参评的人的得分，一人一行；空白的不参评", month=WHEN, params=PARAMS)
def AWARD_RANK(policy: Any, award: Any, scores: Any, month: Any = None, params: Table = None) -> Any: ...
