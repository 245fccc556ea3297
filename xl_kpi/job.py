"""One job: ``run(policy settings, period, tables)`` gives a ``Result`` or refuses with every problem at once.

The month's pay and the quarter's review are two outputs of a policy; nothing here knows what they are made of.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi.engine import (
    ChangeLack,
    InputLack,
    Lack,
    ParameterLack,
    Refused,
    RowLack,
    Run,
    View,
    decimals_text,
    text_of,
)
from xl_kpi.explanation import Explainer
from xl_kpi.money import Exact
from xl_kpi.parameters import SHEET, Parameters, notices, shape_warnings
from xl_kpi.period import Month, Quarter
from xl_kpi.policy.model import Check, Output, OutputColumn, Policy, Table
from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import REFUSED as REFUSED_CELL
from xl_kpi.results import Column, Result, Step
from xl_kpi.rules.base import Period
from xl_kpi.rules.expression import Case, Const, Default, ExpressionError, If, Node, Parameter, Present, Ref
from xl_kpi.rules.kinds import Expr
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value
from xl_kpi.tables import Finding, Tables

ORDER = {"error": 0, "warning": 1, "hint": 2}


@dataclass
class Job:
    """What a job works on."""

    name: str                       # payroll | review
    period: tuple[str, int]
    label: str                      # as written in JSON
    output: Output
    parameters: Parameters
    tables: Tables
    run: Run
    blocked: list[Problem] = field(default_factory=list)

    @property
    def policy(self) -> Policy:
        return self.tables.policy

    @property
    def size(self) -> int:
        return self.tables.facts.size

    @property
    def used(self) -> dict[str, set[Period]]:
        """Table → the periods in which the job has read it."""
        found: dict[str, set[Period]] = defaultdict(set)
        for table, period in self.run.used:
            found[table].add(period)
        return found

    def who(self, person: int) -> str:
        facts = self.tables.facts
        return f"{facts.ids[person]} {facts.names[person]}"


def payroll(parameters: Parameters, tables: Tables, month: Month, draft: bool = False, detail: bool = True) -> Result:
    """The month's pay.  Raises Refusal."""
    policy = tables.policy
    first = Month.parse(policy.first_month) if policy.first_month else None
    _in_force(policy, month, first, "核算工资")
    job = Job("payroll", ("month", month.index), str(month), policy.payroll, parameters, tables,
              Run(parameters.settings, tables.facts))
    result = _run(job, draft, detail)
    if detail and (first is None or month > first):
        try:
            result.previous = payroll(parameters, tables, month - 1, detail=False).lines
        except Refusal:
            result.previous = None
    return result


def review(parameters: Parameters, tables: Tables, quarter: Quarter) -> Result:
    """The quarter's review.  Raises Refusal; ValueError when the policy has none."""
    policy = tables.policy
    if policy.review is None:
        raise ValueError(f"制度 {policy.id} 没有季度评星")
    _in_force(policy, quarter, Month.parse(policy.first_month).quarter if policy.first_month else None, "评星")
    job = Job("review", ("quarter", quarter.index), str(quarter), policy.review, parameters, tables,
              Run(parameters.settings, tables.facts))
    result = _run(job, False, True)
    listed = {line["工号"] for line in result.lines}
    for form in policy.review.forms:
        assert form._node is not None
        reading = tables.readings[form.table]
        mine = np.flatnonzero(job.run.evaluate(form._node, job.period).true(job.size))
        result.forms.append((reading.sheet, [c.heading for c in reading.table.columns],
                             [tables.facts.ids[i] for i in mine.tolist() if tables.facts.ids[i] in listed]))
    return result


def _in_force(policy: Policy, period: Any, first: Any, what: str) -> None:
    """Refuse a month or quarter before the first that the policy rules (None: it does not say)."""
    if first is not None and period < first:
        raise Refusal([Problem(
            "error", f"{period} 早于制度 {policy.id} 施行的 {first}（{policy.in_force} 起执行），不能按它{what}",
            f"只能算 {first} 及以后的")])


def findings(parameters: Parameters, tables: Tables, month: Month | None, quarter: Quarter | None) -> list[Problem]:
    """体检: every problem, of the sheets and of the jobs of the periods asked for."""
    problems = [*parameters.problems, *(p for found in parameters.bad.values() for p in found),
                *(f.problem for f in tables.findings)]
    jobs: list[Callable[[], Result]] = []
    if month is not None:
        jobs.append(lambda: payroll(parameters, tables, month, detail=False))
    if quarter is not None and tables.policy.review is not None:
        jobs.append(lambda: review(parameters, tables, quarter))
    if not jobs:
        problems += shape_warnings(parameters.settings, 10**6)
    for job in jobs:
        try:
            problems += job().problems
        except Refusal as refusal:
            problems += refusal.problems
    return arranged(problems)


def arranged(problems: Iterable[Problem]) -> list[Problem]:
    """Errors first, then as found; each once."""
    return sorted(dict.fromkeys(problems), key=lambda p: ORDER[p.level])


# -- running ----------------------------------------------------------------------------------------------------------

def _run(job: Job, draft: bool, detail: bool) -> Result:
    run, size = job.run, job.size
    output = job.output
    assert output._node is not None
    people_value = run.evaluate(output._node, job.period)
    people = people_value.true(size)
    run.need(output._node, job.period, people_value.states(size) == REFUSED)
    columns: list[tuple[OutputColumn, Value, np.ndarray]] = []
    problems: list[Problem] = []
    for column in output.columns:
        if column._node is None:
            continue
        value = run.evaluate(column._node, job.period)
        applies = people
        if column._when is not None:
            test = run.evaluate(column._when, job.period)
            run.need(column._when, job.period, people & (test.states(size) == REFUSED))
            applies = people & test.true(size)
        states = value.states(size)
        unfit = _unfit(value, column.type, size) & applies
        if unfit.any():
            value = Value(value.type, value.data, np.where(unfit, np.uint8(REFUSED), states), value.choices)
            whole = "整分" if column.type == "money" else "整数"
            problems += [Problem("error", f"{job.who(i)}：{column.heading}算出来的数太大，或者不是{whole}",
                                 "核对参数和这个人的数据，数是否填错了位", person=job.tables.facts.ids[i])
                         for i in np.flatnonzero(unfit).tolist()]
        bad = applies & ((states == REFUSED) | ((states == BLANK) & column.required))
        if bad.any():
            run.need(column._node, job.period, bad)
        columns.append((column, value, applies))
    known = people & ~job.tables.doubtful
    problems = _checks(job, known, "error")
    lacking = [p for lack in run.lacks() for p in _lack_problems(job, lack)]
    # what only warnings look at stops nothing: it comes after
    structural = [*_structural(job), *_item_problems(job, people | (people_value.states(size) == REFUSED))]
    problems += _checks(job, known, "warning") + _checks(job, known, "hint")
    everything = arranged([*job.parameters.problems, *_unused(job), *structural, *lacking, *problems, *_known(job)])
    if any(p.level == "error" for p in everything) and not draft:
        raise Refusal(everything)
    _assert_complete(job, draft, columns)
    result = Result(job.name, job.label, job.policy.id, job.policy.title, [], [], problems=everything, draft=draft)
    result.notices = notices(job.parameters.settings, _month_index(job.period))
    _lines(job, result, people, columns)
    if detail:
        _steps(job, result, people, columns)
    return result


def _assert_complete(job: Job, draft: bool, columns: list[tuple[OutputColumn, Value, np.ndarray]]) -> None:
    """A refused cell for which no reason was found must never stand in a result as if it were one."""
    for column, value, applies in () if draft else columns:
        states = value.states(job.size)
        lost = applies & ((states == REFUSED) | ((states == BLANK) & column.required))
        if lost.any():
            person = int(np.flatnonzero(lost)[0])
            raise Refusal([Problem("error", f"{job.who(person)}：「{column.heading}」不能计算，没有找到原因",
                                   "请把这个情况告诉程序的维护者", person=job.tables.facts.ids[person])])


def _month_index(period: tuple[str, int]) -> int:
    return period[1] if period[0] == "month" else period[1] * 3


def _structural(job: Job) -> list[Problem]:
    """Errors of rows that cannot be told apart or placed, and of tables, as far as the job reads them."""
    found = []
    for finding in job.tables.findings:
        if finding.problem.level != "error":
            continue
        grain = job.policy.tables[finding.table].grain
        whole = finding.row < 0 and not finding.column
        if grain in ("roster", "changes"):
            relevant = finding.key or whole
        elif whole:                     # whoever needs a cell of the other tables is told when it is asked for
            relevant = grain in ("events", "items") and _touches(job, finding)
        else:
            relevant = finding.key and _touches(job, finding)
        if relevant:
            found.append(finding.problem)
    return found


def _touches(job: Job, finding: Finding) -> bool:
    """Does the job read the table of a finding, in the period of its row?"""
    if job.policy.tables[finding.table].grain in ("roster", "changes"):
        return True
    used = job.used.get(finding.table, set())
    if not finding.period:
        return bool(used)
    grain, index = finding.period
    return finding.period in used or (grain == "month" and ("quarter", index // 3) in used)


def _known(job: Job) -> list[Problem]:
    """Warnings and hints of the rows that the job reads, and of the parameters."""
    found = [f.problem for f in job.tables.findings if f.problem.level != "error" and _touches(job, f)]
    return found + shape_warnings(job.parameters.settings, _month_index(job.period))


# -- problems ---------------------------------------------------------------------------------------------------------

def _lack_problems(job: Job, lack: Lack) -> list[Problem]:
    """What HR reads about something that is missing."""
    if isinstance(lack, ParameterLack):
        return _parameter_problems(job, lack)
    if isinstance(lack, RowLack):
        reading = job.tables.readings[lack.table]
        heading = next(c.heading for c in reading.table.columns if c.name == lack.column)
        return job.tables.errors(lack.table, lack.column, lack.row) or job.tables.errors(lack.table, lack.column) or [
            Problem("error", f"「{heading}」是空的{_clause(reading.table)}", f"填上{heading}",
                    reading.sheet, reading.cell(lack.column, lack.row))]
    if lack.person >= 0 and job.tables.doubtful[lack.person]:
        return []                       # the roster has to say who it is first
    if isinstance(lack, InputLack):
        return _input_problems(job, lack)
    if isinstance(lack, ChangeLack):
        table = next(n for n, t in job.policy.tables.items() if t.grain == "changes")
        reading = job.tables.readings[table]
        old = next(c for c in reading.table.columns if c.type == "changed")
        return job.tables.errors(table, old.name, lack.row) or job.tables.errors(table, old.name) or [
            Problem("error", f"{job.who(lack.person)}：「{old.heading}」是空的，不知道第一次变动之前的情况",
                    f"填上变动之前的{old.heading}", reading.sheet, reading.cell(old.name, lack.row),
                    job.tables.facts.ids[lack.person])]
    return [_refusal_problem(job, lack)]


def _clause(table: Table) -> str:
    return f"（{table.clause}）" if table.clause else ""


def _parameter_problems(job: Job, lack: ParameterLack) -> list[Problem]:
    settings = job.parameters.settings
    if job.parameters.unreadable:
        return []                       # that the sheet is missing has been said
    bad = job.parameters.bad.get((lack.name, lack.key))
    if bad:
        return bad
    parameter = job.policy.parameters[lack.name]
    key = f"（{lack.key}）" if lack.key is not None else ""
    later = settings.values.get((lack.name, lack.key))
    when = f"在 {Month(lack.month)} " if later and lack.month else ""
    cell = "" if later else settings.cells.get((lack.name, lack.key), "")
    sheet = settings.sheet or SHEET
    row = f"参数填 {lack.name}" + (f"，键填 {lack.key}" if lack.key is not None else "")
    where = f"在「{sheet}」{cell} 填上" if cell else f"在「{sheet}」加一行，{row}，再填上"
    early = f"，生效日期不晚于 {Month(lack.month)}" if when else ""
    return [Problem("error", f"缺参数：{parameter.title}{key}{when}没有值（{lack.name}，{parameter.clause}）",
                    f"{where}{'' if cell else '值'}{early}" + (f"；{parameter.fill}" if parameter.fill else ""),
                    sheet, cell)]


def _unused(job: Job) -> list[Problem]:
    """Values that cannot be used, of parameters that may be blank and so are never asked for: where a check of the job
    looks at them."""
    looked_at = {node.name for check in job.policy.checks if check.job in (job.name, "both") and check._node
                 for node in check._node.chosen(job.run.settings.readings) if isinstance(node, Parameter)}
    return [problem for (name, _), problems in job.parameters.bad.items()
            if name in looked_at and job.policy.parameters[name].optional for problem in problems]


def _input_problems(job: Job, lack: InputLack) -> list[Problem]:
    tables, facts = job.tables, job.tables.facts
    person = facts.ids[lack.person]
    table = facts.table_of[lack.column]
    reading = tables.readings[table]
    column = next(c for c in reading.table.columns if c.name == lack.column)
    row = facts.row_of(lack.column, lack.period, lack.person)
    when = _period_text(lack.period)
    if reading.missing or not reading.at:           # an optional sheet may not be there either
        return tables.errors(table) or [
            Problem("error", f"没有工作表 {reading.sheet}，要用其中的「{column.heading}」{_clause(reading.table)}",
                    f"从标准工作簿补上工作表 {reading.sheet}", reading.sheet)]
    if lack.column not in reading.at and not column.optional:
        return tables.errors(table, lack.column)
    do = reading.table.row_do if lack.period else ""
    if row < 0:
        # a row of this person of which the month cannot be read may be the one
        return tables.unplaced(table, person) or [
            Problem("error", f"{job.who(lack.person)}：没有 {when} 的行{_clause(reading.table)}",
                    do or f"在{reading.sheet}补上这一行", reading.sheet, "", person)]
    return tables.errors(table, lack.column, row) or [
        Problem("error", f"{job.who(lack.person)}：{f'{when} 的' if when else ''}「{column.heading}」是空的"
                f"{_clause(reading.table)}", do or f"填上{column.heading}",
                reading.sheet, reading.cell(lack.column, row), person)]


def _refusal_problem(job: Job, lack: Refused) -> Problem:
    facts = job.tables.facts
    person = facts.ids[lack.person] if lack.person >= 0 else ""
    name = facts.names[lack.person] if lack.person >= 0 else ""
    if lack.name.startswith("!"):
        return Problem("error", lack.name[1:], "在参数里换一种读法，或者更新程序", person=person)
    text = job.policy.refusals.get(lack.name)
    if text is None:
        rule = job.policy.quantities.get(lack.quantity)
        title = rule.title if rule else lack.quantity
        return Problem("error", f"{job.who(lack.person)}：{_period_text(lack.period)} 的{title}不能计算"
                       + (f"（{rule.clause}）" if rule else ""), "核对这个人的数据", person=person)
    quarter = ""
    if lack.period:
        quarter = str(Month(lack.period[1]).quarter if lack.period[0] == "month" else Quarter(lack.period[1]))
    fill = {"工号": person, "姓名": name, "期间": _period_text(lack.period), "季度": quarter}
    sheet, cell = _pointer(job, text.column, lack.period, lack.person) if text.column and lack.row < 0 else ("", "")
    if lack.row >= 0:
        reading = job.tables.readings[lack.quantity]
        sheet, cell = reading.sheet, reading.cell(
            text.column or next(c.name for c in reading.table.columns if c.type == "id"), lack.row)
    return Problem("error", f"{person} {name}：{_filled(text.text, fill)}（{text.clause}）", _filled(text.do, fill),
                   sheet, cell, person)


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{([^}]+)\}", lambda m: values.get(m[1], m[0]), text)


def _period_text(period: Period) -> str:
    if not period:
        return ""
    return str(Month(period[1])) if period[0] == "month" else str(Quarter(period[1]))


def _pointer(job: Job, name: str, period: Period, person: int) -> tuple[str, str]:
    """(sheet, cell) of the input behind a name for one person: through the branch that counts for this person."""
    policy, run = job.policy, job.run
    period = run.period_for(name, period)
    if name in job.tables.facts.table_of and (name in policy._columns):
        table = job.tables.facts.table_of[name]
        reading = job.tables.readings[table]
        if reading.table.grain == "roster":
            return reading.sheet, reading.cell(name, person)
        row = job.tables.facts.row_of(name, period, person)
        return reading.sheet, reading.cell(name, row)
    rule = policy.quantities.get(name)
    if not isinstance(rule, Expr):
        return "", ""
    run.compute([(name, period)])
    view = run.view(period)
    found = _origin(rule.node("expr"), view, person)
    return _pointer(job, found, period, person) if found else ("", "")


def _origin(node: Node, view: View, person: int) -> str:
    """The name whose value an expression passes on for one person."""
    if isinstance(node, Ref):
        return node.name
    if isinstance(node, If):
        return _origin(node.yes if view.evaluated(node.test).at(person) else node.no, view, person)
    if isinstance(node, Default):
        return _origin(node.part if view.evaluated(Present(node.part)).at(person) else node.other, view, person)
    if isinstance(node, Case):
        return _origin(node._case(view.reading(node.reading)), view, person)
    return next((found for child in node.children() if (found := _origin(child, view, person))), "")


def _checks(job: Job, people: np.ndarray, level: str) -> list[Problem]:
    """The findings of one level that the policy declares, for the people of the job."""
    found: list[Problem] = []
    for check in job.policy.checks:
        if check.level != level or check.job not in (job.name, "both"):
            continue
        assert check._node is not None
        hit = job.run.evaluate(check._node, job.period).true(job.size) & people
        if check.once_by:
            job.run.evaluate(Ref(check.once_by), job.period)
        said: set[Any] = set()
        for person in np.flatnonzero(hit).tolist():
            once = None
            if check.once or check.once_by:
                once = job.run.view(job.period).value(check.once_by).at(person) if check.once_by else True
                if once in said:
                    continue
                said.add(once)
            found.append(_check_problem(job, check, person, once is None))
    return found


def _check_problem(job: Job, check: Check, person: int, personal: bool) -> Problem:
    text = _templates(job, [check.text], [np.array([person])])[0][0]
    sheet, cell = "", ""
    if check.column:
        if check.column in ("id", "name"):
            reading = next(r for r in job.tables.readings.values() if r.table.grain == "roster")
            sheet, cell = reading.sheet, reading.cell(check.column, person)
        else:
            sheet, cell = _pointer(job, check.column, job.period, person)
    who = f"{job.who(person)}：" if personal else ""
    return Problem(check.level, f"{who}{text}（{check.clause}）", check.do, sheet, cell,
                   job.tables.facts.ids[person] if personal else "")


def _templates(job: Job, texts: list[str], people: list[np.ndarray]) -> list[list[str]]:
    """Each text for its people, with {quantity} and {parameter} filled in."""
    result = []
    for text, who in zip(texts, people, strict=True):
        names = re.findall(r"\{([^}]+)\}", text)
        if not names:
            result.append([text] * len(who))
            continue
        said = {name: _said(job, name, who) for name in dict.fromkeys(names)}
        result.append([_filled(text, {name: texts[k] for name, texts in said.items()}) for k in range(len(who))])
    return result


def _said(job: Job, name: str, who: np.ndarray) -> list[str]:
    """The value of a quantity, input or parameter for some people, as HR writes it."""
    run = job.run
    if name in job.policy.parameters:
        one = run.settings.at(name, None, _month_index(job.period))
        return ["（无）" if one is None else text_of(run, name, one).removesuffix("%")] * len(who)
    if name in job.policy.quantities:
        run.compute([(name, run.period_for(name, job.period))])
    value = run.view(job.period).value(name)
    return [text_of(run, name, value.at(i)) for i in who.tolist()]


# -- the result -------------------------------------------------------------------------------------------------------

def _lines(job: Job, result: Result, people: np.ndarray, columns: list[tuple[OutputColumn, Value, np.ndarray]]) -> None:
    """Columns and lines, totals and marks, people in the order of the roster."""
    facts = job.tables.facts
    index = np.flatnonzero(people)
    cells: dict[str, list[Any]] = {}
    known = {column.heading: (value, applies) for column, value, applies in columns}
    notes = _marks(job, result, index)
    items = _Items(job, index)
    for column in job.output.columns:
        if column.fill in ("earning", "deduction"):
            for heading, amounts in items.columns(column.fill):
                result.columns.append(Column(heading, "money", True, column.fill))
                cells[heading] = amounts
            continue
        result.columns.append(Column(column.heading, column.type, column.total, column.part,
                                     _formula(job, column, items), column.group))
        if column.fill == "id":
            cells[column.heading] = [facts.ids[i] for i in index]
        elif column.fill == "name":
            cells[column.heading] = [facts.names[i] for i in index]
        elif column.fill == "note":
            cells[column.heading] = ["；".join(notes[i]) for i in index.tolist()]
        else:
            value, applies = known[column.heading]
            cells[column.heading] = _cells(value, column, index, applies[index], job.size)
    headings = list(cells)
    result.lines = [dict(zip(headings, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    for one in result.columns:
        if one.total:
            amounts = cells[one.heading]
            result.totals[one.heading] = REFUSED_CELL if any(a is REFUSED_CELL for a in amounts) else sum(
                (a for a in amounts if a is not None), Decimal("0.00"))
    result.totals["人数"] = len(index)


def _cells(value: Value, column: OutputColumn, index: np.ndarray, applies: np.ndarray, size: int) -> list[Any]:
    """The values of one column as Python values."""
    states = value.states(size)[index]
    ok = (applies & (states == OK)).tolist()
    refused = (applies & ((states == REFUSED) | ((states == BLANK) & column.required))).tolist()
    found: list[Any]
    if value.type == "blank":
        found = [None] * len(index)
    elif isinstance(value.data, Exact):
        part = Value(value.type, value.data).take(index)
        found = _numbers(part.data, column.type, len(index), ok)
    else:
        raw = value.array(size)[index].tolist()
        found = [bool(x) for x in raw] if value.type == "bool" else [(value.choices or ("",))[x] for x in raw]
    if all(ok):
        return found
    return [one if good else REFUSED_CELL if bad else None for one, good, bad in zip(found, ok, refused, strict=True)]


def _numbers(data: Exact, kind: str, size: int, ok: list[bool]) -> list[Any]:
    def fill(values: Any) -> list[int]:
        return values.tolist() if isinstance(values, np.ndarray) else [int(values)] * size

    if kind in ("money", "int"):
        scaled = data.times(Exact(100 if kind == "money" else 1))
        whole = fill(scaled.num // scaled.den)
        return [Decimal(fen).scaleb(-2) for fen in whole] if kind == "money" else whole
    if kind == "score" and isinstance(data.den, int):
        return [Decimal(n).scaleb(-4) for n in fill(data.rounded(4).scaled(4))]
    return [data.at(i) if good else None for i, good in enumerate(ok)]


def _unfit(value: Value, kind: str, size: int) -> np.ndarray:
    """The elements that cannot stand in a column: an amount that is no whole number of fen, a fraction of a star, a
    number beyond 64 bits."""
    if kind not in ("money", "int") or not isinstance(value.data, Exact):
        return np.zeros(size, bool)
    scaled = value.data.times(Exact(100 if kind == "money" else 1))
    unfit = (scaled.num % scaled.den != 0) | (abs(scaled.num) // scaled.den >= 2**63)
    return np.broadcast_to(unfit, (size,)).astype(bool) & (value.states(size) == OK)


def _marks(job: Job, result: Result, index: np.ndarray) -> dict[int, list[str]]:
    notes: dict[int, list[str]] = defaultdict(list)
    admitted = np.zeros(job.size, bool)
    admitted[index] = True
    for mark in job.output.marks:
        assert mark._node is not None
        value = job.run.evaluate(mark._node, job.period)
        hit = np.flatnonzero(value.true(job.size) & admitted)
        for person in np.flatnonzero((value.states(job.size) == REFUSED) & admitted).tolist():
            if not result.draft:            # the amounts stand, yet what would be said beside them is not known
                result.problems.append(Problem(
                    "warning", f"{job.who(person)}：备注「{mark.text}」不能判断，所需的数据有误（{mark.clause}）",
                    "用体检查出有误的数据，改正后再运行", person=job.tables.facts.ids[person]))
        if len(hit):
            for person, text in zip(hit.tolist(), _templates(job, [mark.text], [hit])[0], strict=True):
                notes[person].append(text)
    result.marks = [(job.tables.facts.ids[i], text) for i in index.tolist() for text in notes[i]]
    return notes


class _Items:
    """The other items (其他项目) of the month: each becomes a column; rows of one person and item are added."""

    def __init__(self, job: Job, index: np.ndarray):
        self.sides: dict[str, dict[str, np.ndarray]] = {"earning": {}, "deduction": {}}
        self.index = index
        name = next((n for n, t in job.policy.tables.items() if t.grain == "items"), "")
        if not name or job.period[0] != "month":
            return
        table, rows = job.policy.tables[name], job.tables.facts.tables[name]
        by_type = {c.type: c for c in table.columns}
        amount, side = rows.columns[by_type["money"].name], rows.columns[by_type["choice"].name]
        label = rows.columns[next(c.name for c in table.columns if c.type == "text" and not c.ignored)]
        here = (rows.month == job.period[1]) & (rows.person >= 0)
        for value in (amount, side, label):
            here &= value.states(rows.size) == OK
        fen = np.broadcast_to(amount.data.scaled(2), (rows.size,))
        for row in np.flatnonzero(here).tolist():
            # the first of the two choices is earned, the second is held back
            which = "earning" if int(side.data[row]) == 0 else "deduction"
            heading = (label.choices or ("",))[int(label.data[row])]
            sums = self.sides[which].setdefault(heading, np.zeros(job.size, np.int64))
            sums[rows.person[row]] += int(fen[row])

    def columns(self, side: str) -> list[tuple[str, list[Decimal]]]:
        """In the order of their names, so that the order of rows does not matter."""
        return [(heading, [Decimal(fen).scaleb(-2) for fen in self.sides[side][heading][self.index].tolist()])
                for heading in sorted(self.sides[side])]


def _item_problems(job: Job, people: np.ndarray) -> list[Problem]:
    """Other items that cannot stand in the sheet: named like a column, on both sides, for somebody not paid."""
    name = next((n for n, t in job.policy.tables.items() if t.grain == "items"), "")
    if not name or job.period[0] != "month":
        return []
    reading, rows = job.tables.readings[name], job.tables.facts.tables[name]
    by_type = {c.type: c for c in reading.table.columns}
    text = next(c for c in reading.table.columns if c.type == "text" and not c.ignored)
    label, side = rows.columns[text.name], rows.columns[by_type["choice"].name]
    taken = {"序号", "签字", *(c.heading for c in job.output.columns if c.fill not in ("earning", "deduction"))}
    problems = []
    sides: dict[str, dict[int, int]] = defaultdict(dict)         # item → side → first row
    here = np.flatnonzero(rows.month == job.period[1]).tolist()
    for row in here:
        item, which, person = label.at(row), side.at(row), int(rows.person[row])
        who = f"{job.who(person)}：" if person >= 0 else ""
        number = job.tables.facts.ids[person] if person >= 0 else ""
        if person >= 0 and not people[person]:
            problems.append(Problem("error", f"{who}{job.label} 不发工资，却有「{reading.sheet}」",
                                    "核对工号和月份，或者删除这一行",
                                    reading.sheet, reading.cell(by_type["id"].name, row), number))
        if item in taken:
            problems.append(Problem("error", f"{who}「{item}」与工资表的一列同名", "换一个项目名称",
                                    reading.sheet, reading.cell(text.name, row), number))
        if item is not None and which is not None:
            sides[item].setdefault(int(side.data[row]), row)
    for item, rows_of in sides.items():
        if len(rows_of) > 1:
            cells = "、".join(reading.cell(by_type["choice"].name, row) for row in sorted(rows_of.values()))
            problems.append(Problem("error", f"「{item}」在 {job.label} 两边都有（{cells}）",
                                    "同一个项目一个月只能计入一边；两边都要的用两个名称",
                                    reading.sheet, reading.cell(by_type["choice"].name, max(rows_of.values()))))
    return problems


def _formula(job: Job, column: OutputColumn, items: _Items) -> Callable[[Callable[[str], str]], str] | None:
    """The Excel formula of a column over the cells of its row, as far as it is wanted and can be said: the sum of the
    columns of a part before it, or the column's own rule with the readings chosen and the parameters of the month."""
    if not column.formula:
        return None
    order = job.output.columns
    if column.formula is not True:
        before = [c for c in order[:order.index(column)] if c.part == column.formula]
        summands = [h for c in before for h in ([h for h, _ in items.columns(c.fill)]
                                                if c.fill in ("earning", "deduction") else [c.heading])]
        if summands:
            return lambda cell: f"SUM({','.join(map(cell, summands))})"
        # nothing of this part this month: a nought made of the row's own cells, as every formula of the sheet is
        money = next(c.heading for c in order if c.type == "money" and c.total)
        return lambda cell: f"{cell(money)}-{cell(money)}"
    node: Node | None = column._node
    if isinstance(node, Ref) and isinstance(rule := job.policy.quantities.get(node.name), Expr):
        node = rule.node("expr")
    assert node is not None
    headings = {c.value: c.heading for c in order if c.value and c is not column and c.type != "bool"}
    settled = _settled(job, node, set(headings))
    if not all(name in headings for name in job.run.names_in(settled)):
        return None
    try:
        settled.formula(lambda name: name)
    except ExpressionError:
        return None
    return lambda cell: settled.formula(lambda name: cell(headings[name]))


def _settled(job: Job, node: Node, known: set[str]) -> Node:
    """An expression as Excel can say it: the readings chosen, the month's values for parameters, and what is no column
    (``known``) put in."""
    if isinstance(node, Case):
        return _settled(job, node._case(job.run.settings.readings[node.reading]), known)
    if isinstance(node, Ref) and node.name not in known:
        rule = job.policy.quantities.get(node.name)
        return _settled(job, rule.node("expr"), known) if isinstance(rule, Expr) and rule.period == "month" else node
    if isinstance(node, Parameter) and (node.key is None or isinstance(node.key, Const)):
        key: Any = node.key.value if isinstance(node.key, Const) else None
        value = job.run.settings.at(node.name, int(key) if isinstance(key, Fraction) else key, _month_index(job.period))
        return Const(value) if value is not None else node
    changed: dict[str, Any] = {}
    for one in fields(node):                                                                # type: ignore[arg-type]
        value = getattr(node, one.name)
        if isinstance(value, Node):
            changed[one.name] = _settled(job, value, known)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changed[one.name] = tuple(_settled(job, part, known) for part in value)
    return replace(node, **changed) if changed else node                                    # type: ignore[type-var]


# -- how it came about ------------------------------------------------------------------------------------------------

def _steps(job: Job, result: Result, people: np.ndarray, columns: list[tuple[OutputColumn, Value, np.ndarray]]) -> None:
    """For each person and explained column: one sentence with numbers, and the clause."""
    index = np.flatnonzero(people).tolist()
    steps: dict[int, list[Step]] = {i: [] for i in index}
    facts = job.tables.facts
    sheets = {c.name: reading.sheet for reading in job.tables.readings.values() for c in reading.table.columns}
    explainer = Explainer(job.run, job.period, sheets)
    for column, value, applies in columns:
        if not column.explain:
            continue
        ok = (applies & (value.states(job.size) == OK)).tolist()
        clause = column.clause or getattr(job.policy.quantities.get(column.value), "clause", "")
        for line, i in zip(result.lines, index, strict=True):
            if ok[i]:
                sentence = explainer.sentence(column.value, i)
                steps[i].append(Step(column.heading, line[column.heading], sentence, clause))
    result.steps = {facts.ids[i]: steps[i] for i in index}


def shown(value: Any, kind: str) -> str:
    """A value of a result as text, as JSON writes it."""
    if value is None or value is REFUSED_CELL:
        return ""
    if kind == "money":
        return f"{value:.2f}"
    if kind in ("score", "percent"):
        return decimals_text(Fraction(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


__all__ = ["Finding", "findings", "payroll", "review", "shown"]
