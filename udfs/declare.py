"""How a function is declared to Excel: its name and arguments by its signature, its help by words."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import xlwings

from xl_kpi.functions import DECLARED, answer

CATEGORY = "绩效薪酬"
ROLE = "岗位：客服代表（默认）或 客服领班，也可以写 rep、lead"
STATUS = "状态：正式（默认）、试用 或 转正当月"
SHARE = "月中入职、离职的在册折算，0 到 1，如 15/31；整月在册的留空"
MONTH = "月份，如 2016-11：按生效日期取当月的参数；参数没有几个日期的可以留空"
POLICY = "制度的编号，与参数表里“采用的制度”相同；有哪些见 xl-kpi policies"
PARAMS = "「参数」表的区域，连同表头（名称 制度参数）；留空时用制度写明的值"


@dataclass(frozen=True)
class Help:
    """What the function wizard and docs/functions.md show."""

    name: str
    text: str
    arguments: dict[str, str]           # in order; of a variable number of them the last, with its '*'
    optional: tuple[str, ...]


HELP: dict[str, Help] = {}


def function(text: str, **arguments: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function for cells: ``text`` is its help, ``arguments`` the help of each argument.

    The function's own body is never run: its signature says the arguments and, by ``Row`` and ``Table``, their shape;
    the answer is ``xl_kpi.functions.answer``.  Excel's cells arrive as rows of cells, error values as text, so that
    none is taken for a blank.  From Python an argument may be a value, a list, an array or a frame as well.
    """
    def declare(signature: Callable[..., Any]) -> Callable[..., Any]:
        name = signature.__name__
        whole = inspect.signature(signature)
        parameters = whole.parameters
        shown = {f"*{p.name}" if p.kind is p.VAR_POSITIONAL else p.name: arguments[p.name] for p in parameters.values()}
        HELP[name] = Help(name, text, shown, tuple(p.name for p in parameters.values() if p.default is None))
        DECLARED[name] = {p.name: p.annotation for p in parameters.values()}

        @functools.wraps(signature)
        def called(*args: Any, **named: Any) -> Any:
            if named:                           # from Python
                bound = whole.bind(*args, **named)
                bound.apply_defaults()
                args = bound.args
            return answer(name, args)

        called.__doc__ = text
        called.__annotations__ = {}             # no conversion by type
        declared: Callable[..., Any] = called
        for argument, words in shown.items():
            declared = xlwings.arg(argument, ndim=2, err_to_str=True, doc=words)(declared)
        # last: ``arg`` would set the category back
        return xlwings.func(category=CATEGORY)(declared)

    return declare
