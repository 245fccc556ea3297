"""Functions about parameters, amounts in words, and calls themselves."""

from __future__ import annotations

from typing import Any

from xl_kpi.udfs.declare import MONTH, PARAMS, POLICY, function

from xl_kpi.functions import Row, Table


@function("一个参数的值；百分比是百分数，5% 得 5。",
          id="参数的编号或名称，如 rep.star_pay 或 客服代表星级绩效工资",
          key="键，如星级 3 或职级 中级；没有键的参数留空",
          month=MONTH, params=PARAMS)
def KPI_PARAM(id: Any, key: Any = None, month: Any = None, params: Table = None) -> Any: ...


@function("任何一份制度里的任何一个量或结果的一栏，由给出的输入和量算出；缺什么用 KPI_REASON 看。",
          policy=POLICY, output="要算什么：结果里一栏的表头，或者一个量的名称",
          names="各个名称：输入的表头或量的名称，一行或一列", values="各个值，与各个名称一个对一个；几个人的一人一行",
          month=MONTH, params=PARAMS)
def KPI_CALC(policy: Any, output: Any, names: Row, values: Row, month: Any = None, params: Table = None) -> Any: ...


@function("金额的大写，如 人民币叁仟贰佰贰拾元整。", amount="金额，最多两位小数")
def RMB_UPPER(amount: Any) -> Any: ...


@function("一个函数用这些参数为什么算不出来；算得出来的是空白。",
          name="函数名，如 \"STAR_PAY\"", args="这个函数的各个参数，依次写")
def KPI_REASON(name: Any, *args: Any) -> Any: ...


@function("程序的版本。")
def KPI_VERSION() -> Any: ...
