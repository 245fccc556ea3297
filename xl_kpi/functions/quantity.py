"""KPI_CALC: any quantity of any policy, from whatever inputs and quantities are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.engine import InputLack, ParameterLack, Run
from xl_kpi.functions import Refused
from xl_kpi.functions.answers import Answers, as_cells
from xl_kpi.functions.arguments import cell_of, cleaned, not_an_error
from xl_kpi.functions.context import Context, context_of, policy_of_cell
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.imagined import People, sheets_of, supply
from xl_kpi.job.context import Job
from xl_kpi.job.lacking import lack_problems
from xl_kpi.period import AnyPeriod, Month, Span, period_of
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.policy.given import Given, Names
from xl_kpi.problems import UsageError
from xl_kpi.rules.expression import Node, Ref
from xl_kpi.rules.values import OK, Value
from xl_kpi.tables.read import read_tables
from xl_kpi.workbook.book import Book

# Two months unlike in every way: what is the same in both does not depend on the month.
SOME, OTHER = Month.parse("2016-11"), Month.parse("2031-02")
DATED = "与日期有关，要写月份"


def calc(policy: Any, output: Any, names: Any, values: Any, month: Any, params: Any) -> Answers:
    """KPI_CALC: a quantity (or a column of a result) from what ``names`` say that ``values`` are.

    ``names``: n cells; ``values``: n cells, or a row of n for each person.
    """
    wanted = policy_of_cell(policy)
    named, rows = _given(names, values)
    context = context_of(params, cell_of("月份", month), wanted)
    asked = Names(wanted)
    found = [_named(asked, str(cell)) for cell in named]
    if len(set(found)) < len(found):
        raise Refused("「各个名称」里有同一个写了两次")
    node, of, grain = _output(wanted, asked, cell_of("要算什么", output))
    blank = [all(is_blank(cell) for cell in row) for row in rows]
    people: dict[str, list[Given]] = {}
    wrong: dict[int, str] = {}
    for n, row in enumerate(rows):
        cells, marks = cleaned(row)
        for k in marks:
            try:
                not_an_error(str(named[k]), row[k])
            except Refused as refusal:
                wrong[n] = str(refusal)
        people[str(n + 1)] = [Given(kind, name, cell, table) for (kind, table, name), cell in
                              zip(found, cells, strict=True) if not is_blank(cell)]
    call = _Call(context, people, of, _period(context, grain))
    wrong = {call.row(person): text for person, text in call.wrong.items()} | wrong
    value, cells = call.value(node)
    if context.month is None and call.run.dated:        # no month is given: what depends on it has no answer
        _, other = _Call(context, people, of, _period(context, grain, OTHER)).value(node)
        wrong = {n: DATED for n, pair in enumerate(zip(cells, other, strict=True)) if pair[0] != pair[1]} | wrong
    refused = [not empty and (n in wrong or bool(state != OK))
               for n, (empty, state) in enumerate(zip(blank, value.states(len(rows)).tolist(), strict=True))]
    cells = [None if bad or empty else cell for bad, empty, cell in zip(refused, blank, cells, strict=True)]
    return Answers(cells, refused, lambda n: wrong.get(n) or call.reason(node, n), len(rows) == 1)


def _given(names: Any, values: Any) -> tuple[list[Any], list[list[Any]]]:
    """(the names, a row of values for each person).  Raises Refused."""
    named, rows = [cell for row in names or [] for cell in row], values or []
    if not named or any(is_blank(cell) for cell in named):
        raise Refused("「各个名称」有空的；要与「各个值」一个对一个")
    if len(rows) == len(named) > 1 and len(rows[0]) == 1:       # both below each other
        rows = [[row[0] for row in rows]]
    if not rows or len(rows[0]) != len(named):
        raise Refused(f"「各个名称」有 {len(named)} 个，「各个值」有 {len(rows[0]) if rows else 0} 列；要一样多")
    return named, rows


def _named(names: Names, text: str) -> tuple[str, str, str]:
    """(kind, table, name) of an input or quantity.  Raises Refused."""
    try:
        kind, table, name, _ = names.find(text)
    except UsageError as error:
        raise Refused(str(error)) from None
    if kind in ("parameter", "reading"):
        raise Refused(f"「{text}」是{'参数' if kind == 'parameter' else '读法'}，写在「参数」表里，用 params 给")
    return kind, table, name


def _output(policy: Policy, names: Names, cell: Any) -> tuple[Node, Output, str]:
    """What is asked for, as an expression, of which result, and how often it is: a column of a result, else a
    quantity."""
    text = squeezed(str(cell or ""))
    for output in policy.outputs.values():
        for column in output.columns:
            if squeezed(column.heading) == text and column.value is not None:
                return column.value, output, output.period
    _, _, name = _named(names, text)
    if name not in policy.quantities:
        raise Refused(f"「{text}」是要填的，不是算出来的")
    return Ref(name), policy.main, policy.quantities[name].period or policy.main.period


def _period(context: Context, grain: str, some: Month = SOME) -> AnyPeriod:
    """``some``: the month where none is given."""
    if grain == "span":
        months = (context.month or some).months
        return Span.of(months[0], months[-1])
    return period_of(context.period(grain) or some.within(grain).key)


class _Call:
    """The people of a call in a period."""

    def __init__(self, context: Context, people: People, output: Output, period: AnyPeriod):
        self.context, self.people = context, list(people)
        policy, settings = context.policy, context.settings
        book = Book(Path(), sheets_of(policy, people, period, period.grain != "month"))
        tables = read_tables(book, policy, settings)
        self.run = Run(settings, tables.facts)
        self.job = Job(output, period.key, str(period), context.parameters, tables, self.run)
        given = {one.name for of in people.values() for one in of}
        self.wrong = {one.problem.person: f"{one.problem.text}；{one.problem.do}" for one in tables.findings
                      if one.problem.level == "error" and one.column in given and one.problem.person}
        self.wrong |= supply(self.run, self.job.period, people)

    def row(self, person: str) -> int:
        return self.people.index(person)

    def value(self, node: Node) -> tuple[Value, list[Any]]:
        """(of everybody, as cells)."""
        value, size = self.run.evaluate(node, self.job.period), len(self.people)
        return value, as_cells(Value(value.type, value.data, value.states(size), value.choices), size)

    def reason(self, node: Node, row: int) -> str:
        """Why there is no value for a person: what is missing."""
        used = np.zeros(len(self.people), bool)
        used[row] = True
        self.run.found.clear()
        self.run.need(node, self.job.period, used)
        lacks = self.run.lacks()
        said = self.context.lacks(lacks)
        said += [f"缺「{self._title(lack.column)}」" for lack in lacks if isinstance(lack, InputLack)]
        said += [f"{problem.text.partition('：')[2] or problem.text}" for lack in lacks
                 if not isinstance(lack, ParameterLack | InputLack) for problem in lack_problems(self.job, lack)]
        return "；".join(dict.fromkeys(filter(None, said))) or "不适用，是空白"

    def _title(self, name: str) -> str:
        policy = self.context.policy
        return policy.columns[name][1].heading if name in policy.columns else policy.quantities[name].title
