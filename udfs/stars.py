"""Functions about stars."""

from __future__ import annotations

from typing import Any

from xl_kpi.udfs.declare import PARAMS, ROLE, function

from xl_kpi.functions import Table


@function("按分值线、技能线和出勤的星级，不看五星名额。",
          score="综合分值；客服领班的是组内平均分",
          full_attendance="季度出勤是否达标：TRUE / FALSE 或 是 / 否；客服领班可以留空",
          skill="技能成绩（打字速度，字/分）；留空算 0，客服领班不用", role=ROLE,
          month="评星的季度，如 2016Q4，或其中的月份：取季度首月的参数；参数没有几个日期的可以留空", params=PARAMS)
def STAR_LEVEL(score: Any, full_attendance: Table, skill: Any = None, role: Any = None, month: Any = None,
               params: Table = None) -> Any: ...


@function("全部客服代表的评定星级，五星按名额取前几名，一人一行。",
          table="带表头的区域：工号、综合分值、出勤达标、技能成绩、入职日期，一人一行",
          headcount="季度首日在册客服代表人数（名额按它算，含试用）；留空用表里的人数",
          month="评星的季度，如 2016Q4，或其中的月份：取季度首月的参数；参数没有几个日期的可以留空", params=PARAMS)
def STAR_REVIEW(table: Table, headcount: Any = None, month: Any = None, params: Table = None) -> Any: ...


@function("当月的执行星级：表上的星级，经表扬、满意度和违纪升降，与工资表相同；试用的为空白。",
          id="工号", month="月份，如 2016-11", roster="花名册的区域，连同表头",
          rated="季度星级表（附表1 或附表3）的区域，连同表头", ledger="奖惩台账的区域，连同表头",
          attendance="考勤的区域，连同表头", monthly="客服领班要给：月度考核_客服领班（附表4）的区域，连同表头",
          changes="有人事变动的要给：人事变动的区域，连同表头", params=PARAMS)
def STAR_IN_FORCE(id: Any, month: Any, roster: Table, rated: Table, ledger: Table, attendance: Table,
                  monthly: Table = None, changes: Table = None, params: Table = None) -> Any: ...
