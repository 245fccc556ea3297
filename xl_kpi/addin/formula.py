"""A formula with functions of ours in words: what it gives and why, or which call in it refuses, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token

from xl_kpi.functions.sentinel import SENTINEL

if TYPE_CHECKING:
    import xlwings as xw

_ADDRESS = re.compile(r"\$?[A-Z]{0,3}\$?\d*(:\$?[A-Z]{0,3}\$?\d*)?", re.IGNORECASE)
SENTENCES = {"MONTHLY_PAY": "EXPLAIN_PAY"}      # function → the one of the same arguments that says how
SHOWN = 5                                       # rows of a column
ADD_IN = "!"                                    # before the name of a function of another workbook: 'xl-kpi.xlam'!F(…)


@dataclass
class Call:
    """A call of a function in a formula.  ``args``: the text of each argument, and the calls right in it."""

    name: str
    text: str = ""
    args: list[tuple[str, list[Call]]] = field(default_factory=list)

    def inner(self) -> Iterator[Call]:
        """The calls in it, the innermost first, itself last."""
        for _, calls in self.args:
            for call in calls:
                yield from call.inner()
        yield self


def calls_of(formula: str) -> list[Call]:
    """The outermost calls of a formula."""
    tokens = iter(Tokenizer(formula).items)
    found: list[Call] = []
    for token in tokens:
        if token.type == Token.FUNC and token.subtype == Token.OPEN:
            found.append(_call(token, tokens))
    return found


def _call(opening: Token, tokens: Iterator[Token]) -> Call:
    """A call whose opening has been taken, to its closing."""
    call = Call(opening.value[:-1].rpartition(ADD_IN)[2].upper())
    text, whole, inside = "", opening.value, list[Call]()
    depth = 0
    for token in tokens:
        if token.type == Token.FUNC and token.subtype == Token.OPEN:
            inner = _call(token, tokens)
            inside.append(inner)
            text += inner.text
            whole += inner.text
            continue
        whole += token.value
        depth += (token.subtype == Token.OPEN) - (token.subtype == Token.CLOSE)
        if token.subtype == Token.CLOSE and depth < 0:
            break
        if token.type == Token.SEP and token.subtype == Token.ARG and depth == 0:
            call.args.append((text.strip(), inside))
            text, inside = "", []
        else:
            text += token.value
    if text.strip() or call.args:
        call.args.append((text.strip(), inside))
    call.text = whole
    return call


def explain_formula(cell: xw.Range, formula: str) -> str:
    """The formula of a cell in words; blank when it has no function of ours."""
    from xl_kpi.functions import Refused, answer
    from xl_kpi.udfs import __all__ as declared

    ours = set(declared)
    outer = calls_of(formula)
    mine = [call for one in outer for call in one.inner() if call.name in ours]
    if not mine:
        return ""
    lines = [f"{cell.sheet.name} {cell.address.replace('$', '')}：{formula}"]
    for call in mine:               # whoever is called first refuses first
        args = tuple(_argument(cell, *one, ours) for one in call.args)
        try:
            value = answer(call.name, args)
        except Refused as refusal:
            what = "这个公式" if len(mine) == 1 else f"里面的 {call.text} "
            return "\n".join([*lines, f"{what}算不出来：{refusal}"])
        lines.append(f"{call.text} ＝ {_shown(value)}")
        if isinstance(value, list) and [SENTINEL] in value:
            reasons = answer("KPI_REASON", ([[call.name]], *args))
            wrong = [f"    第 {row} 行算不出来：{text}" for row, (text,) in enumerate(reasons, 1) if text]
            return "\n".join([*lines, *wrong[:SHOWN], *([f"    ……共 {len(wrong)} 行"] if len(wrong) > SHOWN else [])])
        if call.name in SENTENCES:
            lines.append(f"    {_shown(answer(SENTENCES[call.name], args))}")
    return "\n".join(lines)


def _argument(cell: xw.Range, text: str, calls: list[Call], ours: set[str]) -> Any:
    """An argument as Excel would hand it over: None left out, else rows of cells."""
    from xl_kpi.functions import answer

    if not text:
        return None
    if len(calls) == 1 and calls[0].text == text and calls[0].name in ours:
        call = calls[0]
        value = answer(call.name, tuple(_argument(cell, *one, ours) for one in call.args))
        return value if isinstance(value, list) else [[value]]
    tokens = Tokenizer(f"={text}").items
    if len(tokens) == 1 and tokens[0].type == Token.OPERAND:
        token = tokens[0]
        if token.subtype == Token.RANGE:
            return _cells(cell, text)
        if token.subtype == Token.TEXT:
            return [[text[1:-1].replace('""', '"')]]
        if token.subtype == Token.NUMBER:
            return [[float(text)]]
        if token.subtype == Token.LOGICAL:
            return [[text.upper() == "TRUE"]]
    return _computed(cell, text)


def _cells(cell: xw.Range, text: str) -> Any:
    """What stands in a reference, or under a defined name."""
    sheet_name, _, place = text.rpartition("!")
    book = cell.sheet.book
    sheet = book.sheets[sheet_name.strip("'").replace("''", "'")] if sheet_name else cell.sheet
    found = sheet.range(place.replace("$", "")) if _ADDRESS.fullmatch(place) else book.names[place].refers_to_range
    return found.options(ndim=2, err_to_str=True).value


def _computed(cell: xw.Range, text: str) -> Any:
    """An expression, computed by Excel."""
    from xl_kpi.workbook.error_values import ERRORS
    from xl_kpi.workbook.excel.read import block

    found = cell.sheet.api.Evaluate(text)
    value = getattr(found, "Value2", found)         # a reference comes as a range
    return [[ERRORS.get(one, one) if isinstance(one, int) and not isinstance(one, bool) else one for one in row]
            for row in block(value)]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        rest = f"……共 {len(value)} 行" if len(value) > SHOWN else ""
        return "；".join(_shown(row[0]) for row in value[:SHOWN]) + rest
    if value == SENTINEL:
        return "#N/A"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f"{value:.10g}" if isinstance(value, float) else "（空）" if value is None else str(value)
