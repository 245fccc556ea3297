"""Functions of every shape that the generator of VBA knows; made with xlwings' genuine decorators on any system."""

from __future__ import annotations

from typing import Any

from xl_kpi.addin.xlwings_udfs import xlwings_udfs
from xl_kpi.functions.sentinel import SENTINEL

xlwings = xlwings_udfs()


@xlwings.xlfunc(category="绩效薪酬")
@xlwings.xlarg("score", doc="得分")
@xlwings.xlarg("cap", doc="最高几星")
def SAMPLE_STAR(score: Any, cap: Any = None) -> Any:
    """一个得分是几星。"""
    return SENTINEL if score is None else min(5, cap or 5)


@xlwings.xlfunc(category="绩效薪酬")
@xlwings.xlarg("scores", ndim=2, doc="一列得分")
def SAMPLE_DOUBLED(scores: Any) -> Any:
    """每个得分的两倍，
    一列进一列出。"""
    return [[SENTINEL if value is None else value * 2 for value in row] for row in scores]


@xlwings.xlfunc(category="绩效薪酬")
@xlwings.xlarg("name", doc="函数名")
@xlwings.xlarg("args", doc="它的参数")
def SAMPLE_REASON(name: Any, *args: Any) -> Any:
    """为什么给不出值。"""
    return f"{name}: {len(args)}"


@xlwings.xlfunc(category="绩效薪酬")
def SAMPLE_VERSION() -> Any:
    """版本。"""
    return "1"
