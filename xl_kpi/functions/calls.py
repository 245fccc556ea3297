"""One call: the cells of its arguments sorted, its kind of function found, its answer put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xl_kpi.functions import DECLARED, Refused
from xl_kpi.functions.answers import Answers
from xl_kpi.functions.arguments import GivenCells, cells_of, only_one
from xl_kpi.functions.context import Context, context_of
from xl_kpi.functions.rows import RowFunction
from xl_kpi.functions.sentinel import SENTINEL

MONTH, PARAMS, REASON, CALC = "month", "params", "KPI_REASON", "KPI_CALC"


def call(name: str, args: tuple[Any, ...]) -> Any:
    """The answer of a function.  Raises Refused when no row of it has one."""
    return reason(*args) if name == REASON else spilled(answers_of(name, args))


def spilled(answers: Answers) -> Any:
    """One value, or a row of the sheet for each: what a refused one is told by."""
    if answers.single:
        if answers.refused[0]:
            raise Refused(answers.reason(0))
        return answers.values[0]
    if not any(answers.refused):
        return [[value] for value in answers.values]
    return [[SENTINEL if refused else value]
            for value, refused in zip(answers.values, answers.refused, strict=True)]


def answers_of(name: str, args: tuple[Any, ...]) -> Answers:
    """The answers of a function, row by row."""
    args = (*args, *[None] * (len(DECLARED[name]) - len(args)))
    if name in PLAIN:
        from xl_kpi.functions import plain

        return getattr(plain, PLAIN[name])(*args)
    if name == CALC:
        from xl_kpi.functions.quantity import calc

        return calc(*args)
    given = dict(zip(DECLARED[name], args, strict=True))
    params, months = given.pop(PARAMS, None), cells_of("月份", given.pop(MONTH, None))
    if months.height is None:
        context = context_of(params, months.rows[0][0])
        return _function(context, name).answers(given, context)
    return _by_month(name, given, params, months)


def _function(context: Context, name: str) -> RowFunction:
    policy = context.policy
    function = policy.functions.get(name)
    if function is None:
        raise Refused(f"《{policy.title}》没有函数 {name}")
    found = _known.get((policy.id, name))
    if found is None and function.sheets:
        from xl_kpi.functions.sheets import SheetFunction

        found = _known[policy.id, name] = SheetFunction(policy, function)
    elif found is None:
        found = _known[policy.id, name] = RowFunction(policy, function)
    return found


_known: dict[tuple[str, str], RowFunction] = {}


def _by_month(name: str, given: dict[str, Any], params: Any, months: GivenCells) -> Answers:
    """A column of months: the rows of each month together."""
    height = months.height
    assert height is not None
    ranges = {argument: cells for argument, cells in given.items()
              if cells is not None and (len(cells) > 1 or len(cells[0]) > 1)}
    function = _function(context_of(params, None), name).function
    if function.table:
        only_one("月份", months)
    whole = set(function.sheets)
    columns = {argument for argument in ranges if argument not in whole}
    for argument in columns:
        if len(ranges[argument]) not in (1, height):
            raise Refused(f"各列行数不同：「{argument}」{len(ranges[argument])} 行，「月份」{height} 行")
    values: list[Any] = [None] * height
    refused = [False] * height
    why: dict[int, Callable[[], str]] = {}
    by_cell: dict[Any, list[int]] = {}
    for row, cell in enumerate(months.column):
        by_cell.setdefault((cell.__class__, cell), []).append(row)
    for (_, cell), rows in by_cell.items():
        part = {argument: [cells[row] for row in rows] if argument in columns and len(cells) > 1 else cells
                for argument, cells in given.items()}
        try:
            context = context_of(params, cell)
            found = _function(context, name).answers(part, context)
        except Refused as refusal:
            for row in rows:
                refused[row], why[row] = True, lambda text=str(refusal): text              # type: ignore[misc]
            continue
        for k, row in enumerate(rows):
            at = 0 if found.single else k
            values[row], refused[row] = found.values[at], found.refused[at]
            why[row] = lambda found=found, at=at: found.reason(at)                          # type: ignore[misc]
    return Answers(values, refused, lambda row: why[row](), False)


def reason(name: Any, *args: Any) -> Any:
    """KPI_REASON: why a call is refused, '' where it is not."""
    wanted = cells_of("函数名", name).rows[0][0]
    text = str(wanted or "").strip().upper()
    known = [one for one in DECLARED if one != REASON]
    if text not in known:
        raise Refused(f"没有函数「{wanted or ''}」，有 {'、'.join(known)}")
    names = DECLARED[text]
    if len(args) > len(names):
        raise Refused(f"{text} 最多 {len(names)} 个参数，给了 {len(args)} 个")
    try:
        answers = answers_of(text, args)
    except Refused as refusal:
        return str(refusal)
    texts = [answers.reason(row) if refused else "" for row, refused in enumerate(answers.refused)]
    return texts[0] if answers.single else [[one] for one in texts]


# Functions that are no rule of a policy → the name of each in ``xl_kpi.functions.plain``.
PLAIN = {"WEIGHTED_SCORE": "weighted_score", "KPI_PARAM": "parameter", "RMB_UPPER": "upper", "KPI_VERSION": "version"}
