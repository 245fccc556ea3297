"""One call: the cells of its arguments sorted, its kind of function found, its answer put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xl_kpi.functions import DECLARED, Refused
from xl_kpi.functions.answers import Answers
from xl_kpi.functions.arguments import MISSING, GivenCells, cells_of, height_of, not_an_error, only_one
from xl_kpi.functions.context import Context, context_of, policy_of_cell
from xl_kpi.functions.rows import RowFunction, is_across
from xl_kpi.functions.sentinel import SENTINEL
from xl_kpi.functions.weighed import WeighedFunction
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.words import near_to

MONTH, PARAMS, POLICY, REASON, CALC = "month", "params", "policy", "KPI_REASON", "KPI_CALC"
WHICH = {"indicator": "指标", "award": "奖项"}      # arguments that say which of several functions of a name is meant


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
    wanted = policy_of_cell(given.pop(POLICY)) if POLICY in given else None
    which = next((argument for argument in WHICH if argument in given), "")
    keys = cells_of(WHICH[which], given.pop(which)) if which else MISSING
    if months.height is None and keys.height is None:
        context = context_of(params, months.rows[0][0], wanted)
        return _function(context, name, which, keys.rows[0][0]).answers(given, context)
    return _by_rows(name, given, params, wanted, which, keys, months)


def _function(context: Context, name: str, which: str, key: Any) -> RowFunction | WeighedFunction:
    """The function of the policy; ``which``: the argument that says which of several, '' when there is one, and its
    cell."""
    policy = context.policy
    name = _which(policy, name, which, key) if which else name
    function = policy.functions.get(name)
    if function is None:
        raise Refused(f"《{policy.title}》没有函数 {name}{_has(policy)}")
    found = _known.get((policy.id, name))
    if found is None and function.sheets:
        from xl_kpi.functions.sheets import SheetFunction

        found = _known[policy.id, name] = SheetFunction(policy, function)
    elif found is None and function.weighing:
        found = _known[policy.id, name] = WeighedFunction(policy, function)
    elif found is None:
        found = _known[policy.id, name] = RowFunction(policy, function)
    return found


_known: dict[tuple[str, str], RowFunction | WeighedFunction] = {}


def _has(policy: Policy) -> str:
    """Which functions a policy has."""
    names = dict.fromkeys(one.partition("[")[0] for one in policy.functions)
    return f"，有 {'、'.join([*names, CALC])}"


def _which(policy: Policy, name: str, which: str, key: Any) -> str:
    """The one of several functions of a name that a cell names, by its key or its title.  Raises Refused."""
    title = WHICH[which]
    not_an_error(title, key)
    known = {one: function.title for one, function in policy.functions.items() if one.startswith(f"{name}[")}
    if not known:
        raise Refused(f"《{policy.title}》没有函数 {name}{_has(policy)}")
    text = squeezed(str(key or ""))
    found = next((one for one, said in known.items() if text in (squeezed(said), squeezed(one[len(name) + 1:-1]))), "")
    if not found:
        titles = list(known.values())
        if not text:
            raise Refused(f"「{title}」是空的；填 {'、'.join(titles)} 之一")
        raise Refused(f"《{policy.title}》的 {name} 没有{title}「{text}」{near_to(text, titles)}"
                      f"，有 {'、'.join(titles)}")
    return found


def _by_rows(name: str, given: dict[str, Any], params: Any, policy: Policy | None, which: str, keys: GivenCells,
             months: GivenCells) -> Answers:
    """A column of months, or of what says which function: the rows that have the same together."""
    height = height_of({"月份": months, WHICH.get(which, ""): keys})
    assert height is not None
    about = policy or context_of(params, None, None).policy
    if any(is_across(about, one) for named, one in about.functions.items()
           if named.partition("[")[0] == name and not one.sheets):
        only_one(WHICH[which] if keys.height else "月份", keys if keys.height else months)     # rows are taken together
    asked = [(keys.rows[row if keys.height else 0][0], months.rows[row if months.height else 0][0])
             for row in range(height)]
    ranges = {argument: cells for argument, cells in given.items()
              if cells is not None and (len(cells) > 1 or len(cells[0]) > 1)}
    whole: set[str] = set()
    if not which:
        function = _function(context_of(params, None, policy), name, "", None).function
        if function.table:
            only_one("月份", months)
        whole = set(function.sheets)
    columns = {argument for argument in ranges if argument not in whole}
    for argument in columns:
        if len(ranges[argument]) not in (1, height):
            one = "月份" if months.height else WHICH[which]
            raise Refused(f"各列行数不同：「{argument}」{len(ranges[argument])} 行，「{one}」{height} 行")
    values: list[Any] = [None] * height
    refused = [False] * height
    why: dict[int, Callable[[], str]] = {}
    by_cells: dict[Any, list[int]] = {}
    for row, pair in enumerate(asked):
        by_cells.setdefault(tuple((cell.__class__, cell) for cell in pair), []).append(row)
    for ((_, key), (_, month)), rows in by_cells.items():
        part = {argument: [cells[row] for row in rows] if argument in columns and len(cells) > 1 else cells
                for argument, cells in given.items()}
        if which and is_blank(key) and all(is_blank(cell) for cells in part.values() if cells for of in cells
                                           for cell in of):
            continue
        try:
            context = context_of(params, month, policy)
            found = _function(context, name, which, key).answers(part, context)
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
