"""Functions that are no rule of a policy: 大写, a parameter, a weighted score, the version."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi import rmb
from xl_kpi.functions import Refused
from xl_kpi.functions.answers import Answers, as_cells
from xl_kpi.functions.arguments import (
    GivenCells,
    Reader,
    blank_rows,
    cell_number,
    cells_of,
    error_of,
    height_of,
    not_an_error,
    number_typed,
)
from xl_kpi.functions.context import context_of
from xl_kpi.hand.texts import difference, is_blank, squeezed
from xl_kpi.money import Exact
from xl_kpi.parameters import key_of
from xl_kpi.policy.compiled import Argument
from xl_kpi.policy.words import nearest
from xl_kpi.rules.values import BLANK, Value
from xl_kpi.tables.cells import plain, seen


def version() -> Answers:
    """KPI_VERSION: the version of the program."""
    from importlib.metadata import version as installed

    return Answers([installed("xl-kpi")], [False], str, True)


def each(titles: dict[str, str], given: dict[str, Any], required: str, work: Callable[..., Any]) -> Answers:
    """A function of single cells, row by row; each combination of cells is worked out once."""
    cells = {name: cells_of(title, given[name]) for name, title in titles.items()}
    height = height_of({titles[name]: one for name, one in cells.items()})
    size = height or 1
    blank = blank_rows([cells[required]], size)
    values: list[Any] = [None] * size
    why = [""] * size
    known: dict[Any, tuple[Any, str]] = {}
    for row in np.flatnonzero(~blank).tolist():
        here = {name: one.rows[0 if one.height is None else row][0] for name, one in cells.items()}
        key = tuple((one.__class__, one) for one in here.values())
        if key not in known:
            try:
                for name, cell in here.items():
                    not_an_error(titles[name], cell)
                known[key] = work(**here), ""
            except Refused as refusal:
                known[key] = None, str(refusal)
        values[row], why[row] = known[key]
    return Answers(values, [bool(one) for one in why], why.__getitem__, height is None)


def upper(amount: Any) -> Answers:
    """RMB_UPPER: an amount in 大写."""
    def one(amount: Any) -> str:
        number = cell_number(amount, "元")
        if number.number is None or number.percent:
            raise Refused(f"「金额」填的是{seen(amount)}，{number.wrong or '不是金额'}")
        try:
            return rmb.upper(Decimal(f"{number.number:.15g}"))
        except ValueError as error:
            raise Refused(str(error).rstrip("。")) from None

    return each({"amount": "金额"}, {"amount": amount}, "amount", one)


def parameter(id: Any, key: Any, month: Any, params: Any) -> Answers:
    """KPI_PARAM: the value of a parameter, by id or Chinese name."""
    def one(id: Any, key: Any, month: Any) -> float:
        context = context_of(params, month)
        policy = context.policy
        titles = {squeezed(p.title): name for name, p in policy.parameters.items()}
        text = squeezed(id)
        name = text if text in policy.parameters else titles.get(text, "")
        if not name:
            near = nearest(text, [*policy.parameters, *titles])
            title = policy.parameters[titles.get(near, near)].title if near else ""
            raise Refused(f"《{policy.title}》没有参数「{seen(id)}」" + (
                          f"，是不是「{title}」{difference(text, near)}" if near else ""))
        keys, title = context.settings.keys(name), policy.parameters[name].title
        written = "" if is_blank(key) else squeezed(plain(key) if isinstance(key, float) else key)
        found = key_of(keys, written)
        if keys and found is None:
            raise Refused(f"参数「{title}」要带键：填 {'、'.join(map(str, keys))} 之一")
        if written and not keys:
            raise Refused(f"参数「{title}」没有键，这里写了「{written}」")
        when = context.month
        index = when.months[0].index if when is not None else 0
        value = context.settings.at(name, found, index)
        if value is None:
            raise Refused(context.lack(name, [found], index))
        return float(value)

    return each({"id": "参数", "key": "键", "month": "月份"}, {"id": id, "key": key, "month": month}, "id", one)


# -- a weighted score -------------------------------------------------------------------------------------------------

def weighted_score(values: Any, weights: Any) -> Answers:
    """WEIGHTED_SCORE: Σ value × weight ÷ Σ weight of each row.

    ``values``: a row a person; a single column of values beside a single column of weights is one person.
    ``weights``: one row for all, or a row for each; each row sums to 1 or 100.
    """
    scores, shares = cells_of("各项得分", values, True), cells_of("各项权重", weights, True)
    if len(scores.rows[0]) == len(shares.rows[0]) == 1 and len(scores.rows) == len(shares.rows):
        scores, shares = (GivenCells([one.column], None) for one in (scores, shares))
    width, size = len(scores.rows[0]), len(scores.rows)
    if len(shares.rows[0]) == 1 and len(shares.rows) == width:          # weights that stand below each other
        shares = GivenCells([shares.column], None)
    if len(shares.rows[0]) != width or len(shares.rows) not in (1, size):
        raise Refused(f"「各项得分」是 {size} 行 {width} 列，"
                      f"「各项权重」是 {len(shares.rows)} 行 {len(shares.rows[0])} 列："
                      "列数要相同，权重一行，或者与得分一样多的行")
    blank = blank_rows([scores], size)
    why = [""] * size
    by_weights: dict[Any, list[int]] = {}
    for row in range(size):
        cells = shares.rows[row if len(shares.rows) > 1 else 0]
        by_weights.setdefault(tuple((cell.__class__, cell) for cell in cells), []).append(row)
    reader = Reader("values", Argument(title="各项得分", type="score"), ())
    read = [reader.cells([row[k] for row in scores.rows]) for k in range(width)]
    for one in read:
        for row in np.flatnonzero((one.value.states(size) == BLANK) & ~blank).tolist():
            why[row] = why[row] or reader.said("有空的", "每项都要填")
        for row, text in one.wrong.items():
            why[row] = text
    found: list[Any] = [None] * size
    for key, rows in by_weights.items():
        try:
            weight = _weights([cell for _, cell in key])
        except Refused as refusal:
            for row in rows:
                why[row] = str(refusal)
            continue
        total = Exact(0)
        for one, share in zip(read, weight, strict=True):
            total = total.plus(one.value.take(np.array(rows)).data.times(Exact.of(share)))
        for row, value in zip(rows, as_cells(Value("number", total), len(rows)), strict=True):
            found[row] = value
    refused = [bool(text) and not empty for text, empty in zip(why, blank.tolist(), strict=True)]
    values = [None if bad or empty else value for value, bad, empty in zip(found, refused, blank.tolist(), strict=True)]
    return Answers(values, refused, why.__getitem__, size == 1)


def _weights(cells: list[Any]) -> list[Fraction]:
    """The weights of a row as parts of 1.  Raises Refused."""
    found = []
    for cell in cells:
        if error := error_of(cell):
            raise Refused(f"「各项权重」有错误值 {error}；改正公式，或者直接填上数")
        if is_blank(cell):
            raise Refused("「各项权重」有空的；没有权重的填 0")
        number = cell_number(cell)
        if number.number is None:
            raise Refused(f"「各项权重」填的是{seen(cell)}，{number.wrong}")
        if number.number < 0:
            raise Refused(f"「各项权重」填的是负数 {plain(number.number)}")
        found.append(number_typed(number.number) / (100 if number.percent else 1))
    total = sum(found, Fraction(0))
    if round(total, 10) not in (1, 100):            # three times =1/3 is 0.999999999999999
        raise Refused(f"「各项权重」合计 {plain(float(total))}，应是 1 或 100")
    return [one / total for one in found]
