"""试算一个人: what a policy gives for a few values, without a workbook.

The values become the tables of a workbook that holds one person, read as any other is; a quantity that is given counts
instead of its rule.  Only what the results really need is asked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xl_kpi.engine import InputLack, Lack, ParameterLack, RowLack, Run
from xl_kpi.explanation import Explainer
from xl_kpi.functions import Refused
from xl_kpi.functions.arguments import MISSING, GivenCells, Reader
from xl_kpi.hand.choices import key as choice_key
from xl_kpi.hand.days import read_any
from xl_kpi.hand.texts import squeezed
from xl_kpi.job.context import Job
from xl_kpi.job.lacking import lack_problems
from xl_kpi.job.lines import cells_of, unfit
from xl_kpi.parameters import SHEET, read_parameters
from xl_kpi.period import SIZES, AnyPeriod, Span, period_of
from xl_kpi.policy.compiled import Argument, Output, Policy, Table
from xl_kpi.policy.model import ArgumentType
from xl_kpi.policy.words import cited, nearest
from xl_kpi.problems import Problem, Refusal, UsageError
from xl_kpi.results import Step
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import BLANK, OK, REFUSED
from xl_kpi.tables.read import read_tables
from xl_kpi.workbook.book import Book, Sheet

PERSON = "试算"
BEFORE = 24             # months that a result longer than a month may look back at
KEYS = ("id", "name", "month", "quarter", "half", "year", "period")
_GIVEN = re.compile(r"(?P<name>[^=＝@]+?)\s*(?:@(?P<when>[^=＝]+?))?\s*[=＝](?P<value>.*)", re.S)
_KEYED = re.compile(r"(?P<name>.+?)[\[［（(](?P<key>[^\]］）)]+)[\]］）)]")


@dataclass
class Tried:
    """``values``: result → its column's heading → (value as JSON writes it, its type); ``steps`` how they came about;
    ``missing``: what else is needed, each as it is written to be given."""

    values: dict[str, dict[str, tuple[Any, str]]] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    periods: dict[str, AnyPeriod] = field(default_factory=dict)


@dataclass(frozen=True)
class _Given:
    """A value of an input (``table``, ``name``), a quantity, a parameter (``name``, ``key``) or a reading."""

    kind: str
    name: str
    text: str
    table: str = ""
    key: str = ""
    when: Period = ()


class Names:
    """What may be given for a policy: inputs by heading, quantities, parameters and readings by title or id.

    ``settings``: parameters and readings only."""

    def __init__(self, policy: Policy, settings: bool = False):
        self.policy = policy
        self.meant: dict[str, list[tuple[str, str, str]]] = defaultdict(list)      # as written → (kind, table, name)
        self.heading: dict[str, str] = {}                                           # column → as it is given
        columns = [(name, table, column) for name, table in policy.sheets.items() if table.grain not in ("changes",)
                   for column in table.columns if column.type not in KEYS and not column.ignored and not settings]
        often: dict[str, int] = defaultdict(int)
        for _, _, column in columns:
            often[squeezed(column.heading)] += 1
        for name, table, column in columns:
            short, long = squeezed(column.heading), f"{squeezed(table.sheet)}.{squeezed(column.heading)}"
            for text in (short, long):
                self.meant[choice_key(text)].append(("input", name, column.name))
            self.heading[column.name] = short if often[short] == 1 else long
        for name, quantity in policy.quantities.items():
            if not quantity.rule.rows and not settings:
                self._more(quantity.title, name, ("quantity", "", name))
        for name, parameter in policy.parameters.items():
            self._more(parameter.title, name, ("parameter", "", name))
        for name, reading in policy.readings.items():
            self._more(reading.title, f"reading.{name}", ("reading", "", name))

    def _more(self, title: str, name: str, what: tuple[str, str, str]) -> None:
        """An input of the same name comes first."""
        for text in dict.fromkeys((choice_key(squeezed(title)), choice_key(name))):
            if not any(kind == "input" for kind, *_ in self.meant[text]) and what not in self.meant[text]:
                self.meant[text].append(what)

    def given(self, text: str) -> _Given:
        """One 名称=值, 名称[键]=值, 名称@期间=值.  Raises UsageError."""
        found = _GIVEN.fullmatch(text)
        if found is None:
            raise UsageError(f"“{text}”要写成 名称=值，如 {self._example()}")
        name, value = squeezed(found["name"]), found["value"].strip()
        when: Period = ()
        if found["when"]:
            try:
                when = read_any(found["when"]).key
            except ValueError as error:
                raise UsageError(f"“{text}”：{error}") from None
        key = ""
        if choice_key(name) not in self.meant:
            if keyed := _KEYED.fullmatch(name):
                name, key = keyed["name"], keyed["key"]
            elif "." in name and choice_key(name.rpartition(".")[0]) in self.meant:
                name, _, key = name.rpartition(".")
        meant = self.meant.get(choice_key(name), [])
        if not meant:
            near = nearest(name, [*self.heading.values(), *(p.title for p in self.policy.parameters.values()),
                                  *(r.title for r in self.policy.readings.values()),
                                  *(q.title for q in self.policy.quantities.values() if self.heading)])
            raise UsageError(f"《{self.policy.title}》没有叫“{name}”的"
                             f"{'输入、参数、读法或量' if self.heading else '参数或读法'}"
                             + (f"，是不是“{near}”" if near else "")
                             + f"；有哪些：xl-kpi policy {self.policy.id}")
        if len(exact := [one for one in meant if choice_key(one[2]) == choice_key(name)]) == 1:
            meant = exact                       # several have this title, one has it as its name as well
        if len(meant) > 1:
            ways = "、".join(f"{self.policy.tables[table].sheet}.{name}" if table else one for _, table, one in meant)
            raise UsageError(f"叫“{name}”的有 {len(meant)} 个，写明是哪一个：{ways}")
        kind, table, one = meant[0]
        if key and kind != "parameter":
            raise UsageError(f"“{name}”没有键，这里写了“{key}”")
        return _Given(kind, one, value, table, key, when)

    def _example(self) -> str:
        return f"{next(iter(self.heading.values()), '得分')}=…"

    def parameter(self, lack: ParameterLack) -> str:
        title = self.policy.parameters[lack.name].title
        return title if lack.key is None else f"{title}[{lack.key}]"


def tried(policy: Policy, given: Iterable[str], period: AnyPeriod, of: Output | None = None) -> Tried:
    """What a policy gives for the values ``given`` (名称=值), in a period and what contains it.

    Without ``of`` every result whose period is the one asked for or contains it.  A value without a period counts in
    the period of a monthly result, and in every month of a longer one.  Raises UsageError for a name that there is not;
    Refusal for values that cannot be read.
    """
    names = Names(policy)
    values = [names.given(text) for text in given]
    for n, one in enumerate(values):            # of what happens several times each has its own values
        if any((one.kind, one.name, one.key, one.when) == (other.kind, other.name, other.key, other.when)
               for other in values[:n]) and not (one.table and policy.tables[one.table].grain in ("events", "items")):
            raise UsageError(f"“{names.heading.get(one.name, one.name)}”给了两次，只留一个")
    every = list(policy.outputs.values())
    outputs = [of] if of else [one for one in every if SIZES.get(one.period, 0) >= SIZES.get(period.grain, 99)]
    if not any(one.period == period.grain for one in outputs):          # from–to can be any period
        outputs += [one for one in every if one.period == "span" and one is not of]
    if not outputs:
        raise UsageError(f"《{policy.title}》没有 {period} 的结果；有 "
                         + "、".join(one.name for one in policy.outputs.values()))
    found = Tried()
    for output in outputs:
        months = period.months
        own = Span.of(months[0], months[-1]) if output.period == "span" else period.within(output.period)
        _try(policy, names, values, output, own, found)
    return found


def _try(policy: Policy, names: Names, given: list[_Given], output: Output, period: AnyPeriod, found: Tried) -> None:
    book = Book(Path(), [_parameters(policy, given), *_tables(policy, given, output, period)])
    parameters = read_parameters(book, policy)
    tables = read_tables(book, policy, parameters.settings)
    wanted = {one.name for one in given if one.kind == "input"}
    wrong = [problem for problem in [*parameters.problems, *(p for bad in parameters.bad.values() for p in bad)]
             if problem.level == "error"]
    wrong += [one.problem for one in tables.findings if one.problem.level == "error" and one.column in wanted]
    run = Run(parameters.settings, tables.facts)
    job = Job(output, period.key, str(period), parameters, tables, run)
    wrong += _supply(policy, given, job)
    if wrong:
        raise Refusal([_told(problem) for problem in dict.fromkeys(wrong)])
    explainer, one = Explainer(run, job.period, {}), np.array([0])
    supplied = {name for name, where in run.supplied if where == run.period_for(name, job.period)}
    explainer.known |= dict.fromkeys(supplied, (run.view(job.period), None, None))      # what is given explains itself
    values: dict[str, tuple[Any, str]] = {}
    steps: list[Step] = []
    for column in output.columns:
        if column.value is None:
            continue
        if column.when is not None:
            test = run.evaluate(column.when, job.period)
            run.need(column.when, job.period, test.states(1) == REFUSED)
            if not test.true(1)[0]:
                continue
        value = run.evaluate(column.value, job.period)
        state = value.states(1)[0]
        if state != OK or unfit(value, column.type, 1).any():
            if state == REFUSED or column.required:
                run.need(column.value, job.period, np.array([True]))
            continue
        cell = cells_of(value, column, one, np.array([True]), 1)[0]
        values[column.heading] = cell, column.type
        if column.quantity in policy.quantities:
            rule = policy.quantities[column.quantity]
            sentence = "给定的" if column.quantity in supplied else explainer.sentence(column.quantity, 0)
            steps.append(Step(column.heading, cell, sentence, cited(column.clause or rule.clause)))
    found.values[output.name], found.steps[output.name], found.periods[output.name] = values, steps, period
    for lack in run.lacks():
        _miss(names, job, lack, found)


def _miss(names: Names, job: Job, lack: Lack, found: Tried) -> None:
    """Something that is needed and was not given: what to give, or why it cannot be computed."""
    if isinstance(lack, ParameterLack):
        found.missing[names.parameter(lack)] = None
    elif isinstance(lack, InputLack | RowLack) and (name := names.heading.get(lack.column)):
        when = lack.period if isinstance(lack, InputLack) else ()
        elsewhere = when and when != job.period and SIZES[when[0]] <= SIZES.get(job.period[0], 0)
        found.missing[f"{name}@{period_of(when)}" if when and elsewhere else name] = None
    elif isinstance(lack, InputLack) and lack.column in job.policy.quantities:
        found.missing[job.policy.quantities[lack.column].title] = None
    else:
        found.problems += [_told(problem) for problem in lack_problems(job, lack)]


def _told(problem: Problem) -> Problem:
    """There is no sheet to be pointed at, and one person only."""
    text = problem.text.removeprefix(f"{PERSON} {PERSON}：")
    return Problem(problem.level, text, problem.do, cause=problem.cause)


# -- the workbook of one person ---------------------------------------------------------------------------------------

def _parameters(policy: Policy, given: list[_Given]) -> Sheet:
    rows: list[list[Any]] = [["参数", "键", "值"], ["policy", None, policy.id]]
    rows += [[f"reading.{one.name}" if one.kind == "reading" else one.name, one.key or None, one.text]
             for one in given if one.kind in ("parameter", "reading")]
    return Sheet(SHEET, False, rows)


def _tables(policy: Policy, given: list[_Given], output: Output, period: AnyPeriod) -> Iterable[Sheet]:
    for name, table in policy.sheets.items():
        headings: list[object] = [column.heading for column in table.columns]
        mine = [one for one in given if one.table == name]
        yield Sheet(table.sheet, False, [headings, *_rows(table, mine, output, period)])


def _rows(table: Table, given: list[_Given], output: Output, period: AnyPeriod) -> list[list[object]]:
    of = {column.name: column for column in table.columns}
    if table.grain == "roster":
        rows = {(): {one.name: one.text for one in given}}
        return [[_key(column.type, ()) or row.get(column.name) for column in table.columns] for row in rows.values()]
    if table.grain in SIZES:
        by_period: dict[Period, dict[str, str]] = {}
        for one in sorted(given, key=lambda one: bool(one.when)):
            named = [period_of(one.when).within(table.grain)] if one.when else _all(table.grain, output, period)
            for when in named:
                by_period.setdefault(when.key, {})[one.name] = one.text
        return [[_key(column.type, when) or row.get(column.name) for column in table.columns]
                for when, row in by_period.items()]
    rows_of: list[tuple[Period, dict[str, str]]] = []
    for one in given:                           # a column that has a value already begins the next row
        own = of[one.name].period               # of 期间: of what its rows are
        when = one.when or (period.months[-1].within(own).key if own else ())
        if not rows_of or one.name in rows_of[-1][1] or (when and when != rows_of[-1][0]):
            rows_of.append((when or period.months[-1].key, {}))
        rows_of[-1][1][one.name] = one.text
    return [[_key(of[column.name].type, when) or row.get(column.name) for column in table.columns]
            for when, row in rows_of]


def _all(grain: str, output: Output, period: AnyPeriod) -> Iterable[AnyPeriod]:
    """The periods of a table in which a value counts that names none."""
    last = period.months[-1].within(grain)
    first = last if output.period == "month" else (period.months[0] - BEFORE).within(grain)
    return (type(last)(index) for index in range(first.index, last.index + 1))


def _key(kind: str, when: Period) -> Any:
    if kind in ("id", "name"):
        return PERSON
    if not when:
        return None
    period = period_of(when)
    if kind == "date":
        return period.last_day
    if kind == "period":
        return str(period)
    return str(period.months[-1].within(kind)) if kind in SIZES else None


# -- quantities that are given ----------------------------------------------------------------------------------------

UNITS: dict[str, ArgumentType] = {"元": "money", "%": "percent"}


def _supply(policy: Policy, given: list[_Given], job: Job) -> list[Problem]:
    """Quantities that count instead of their rules; gives what is wrong with their values."""
    wrong = []
    for one in given:
        if one.kind != "quantity":
            continue
        rule = policy.quantities[one.name]
        choices = tuple(rule.choices(lambda name: _choices(policy, name)) or ())
        kind: ArgumentType = "bool" if rule.type == "bool" else "choice" if choices else "date" if (
            rule.type == "date") else UNITS.get(rule.unit, "score")
        reader = Reader(one.name, Argument(rule.title, kind, max=10**9, min=-10**9 if kind == "money" else 0), choices)
        try:
            read = reader.read(GivenCells([[one.text]], None) if one.text else MISSING)
        except Refused as refusal:
            wrong.append(Problem("error", str(refusal), ""))
            continue
        if read.wrong or (read.value.states(1)[0] not in (OK, BLANK)):
            wrong.append(Problem("error", read.wrong.get(0, f"「{rule.title}」填的是“{one.text}”，看不懂"), ""))
            continue
        period = job.run.period_for(one.name, one.when or job.period)
        job.run.supply(one.name, period, read.value)
    return wrong


def _choices(policy: Policy, name: str) -> list[str] | None:
    if name in policy.columns:
        return policy.columns[name][1].choices
    return policy.quantities[name].choices(lambda other: _choices(policy, other))

