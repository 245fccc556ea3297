"""What HR reads about what is missing: who, where, which clause, what to do."""

from __future__ import annotations

import re

from xl_kpi.engine import ChangeLack, InputLack, Lack, ParameterLack, RowLack, RuleRefused, View
from xl_kpi.job.context import Job
from xl_kpi.parameters import SHEET
from xl_kpi.period import Month, bounds, period_of
from xl_kpi.policy.compiled import Table
from xl_kpi.policy.names import THIS
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem
from xl_kpi.rules.expression import Case, Default, If, Node, Parameter, Present, Ref
from xl_kpi.rules.periods import Period, period_text


def lack_problems(job: Job, lack: Lack) -> list[Problem]:
    """What HR reads about something that is missing."""
    if isinstance(lack, ParameterLack):
        return _parameter_problems(job, lack)
    if isinstance(lack, RowLack):
        reading = job.tables.readings[lack.table]
        heading = next(c.heading for c in reading.table.columns if c.name == lack.column)
        return job.tables.errors(lack.table, lack.column, lack.row) or job.tables.errors(lack.table, lack.column) or [
            Problem("error", f"「{heading}」是空的{clause_of(reading.table)}", f"填上{heading}",
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


def first_of_all(lacks: list[Lack]) -> list[Lack]:
    """Without what is blank for somebody of whom something else is missing: it may come of that."""
    known = {lack.person for lack in lacks if not isinstance(lack, ParameterLack | RowLack)
             and not (isinstance(lack, RuleRefused) and lack.blank)}
    return [lack for lack in lacks if not (isinstance(lack, RuleRefused) and lack.blank and lack.person in known)]


def unmade(job: Job, lacks: list[Lack]) -> tuple[list[Problem], list[Lack]]:
    """(periods of which a table has no row at all, one problem a period, whoever lacks what; what else is missing)."""
    sheets: dict[tuple[str, int], dict[str, None]] = {}
    others: list[Lack] = []
    for lack in lacks:
        if isinstance(lack, InputLack) and lack.period:
            table = job.tables.facts.table_of[lack.column]
            if _not_made(job, table, lack.period):
                sheets.setdefault(lack.period, {})[job.tables.readings[table].sheet] = None
                continue
        others.append(lack)
    found = []
    for period, named in sorted(sheets.items(), key=lambda one: bounds(one[0])):
        names = [reading.sheet for reading in job.tables.readings.values() if reading.sheet in named]
        months, this = period_of(period).months, THIS[period[0]]
        last = next((one for one in reversed(months) if one.key not in job.tables.closed), None)    # which may get rows
        do = "先新建月份，再填数据" if period[0] == "month" else (
            f"先新建月份 {last}（补上{this}的行），再填数据" if last else f"一人一行，补上{this}的行，再填数据")
        text = f"{period_text(period)} 还没有新建：{'、'.join(names)}里没有{this}的行"
        found.append(Problem("error", text, do, names[0], command=f"month --month {last}" if last else "",
                             cause="unmade"))
    return found, others


def _not_made(job: Job, table: str, period: Period) -> bool:
    """Has a table that 新建月份 fills no row of a period, and none of which it cannot be read of when it is?"""
    reading, rows = job.tables.readings[table], job.tables.facts.tables.get(table)
    if rows is None or not period or reading.table.people is None or reading.heading < 0:
        return False
    fills = period[0] == "month" or (reading.table.grain == period[0] and table not in job.policy.forms)
    return fills and not (rows.periods.at(period) | ~rows.periods.known).any()


def clause_of(table: Table) -> str:
    return f"（{cited(table.clause)}）" if table.clause else ""


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
    row = f"参数填「{parameter.title}」" + (f"，键填 {lack.key}" if lack.key is not None else "")
    where = f"在「{sheet}」{cell} 填上" if cell else f"在「{sheet}」加一行，{row}，再填上"
    early = f"，生效日期不晚于 {Month(lack.month)}" if when else ""
    return [Problem("error", f"缺参数：{parameter.title}{key}{when}没有值（{cited(parameter.clause)}）",
                    f"{where}{'' if cell else '值'}{early}" + (f"；{parameter.fill}" if parameter.fill else ""),
                    sheet, cell)]


def unused_items(job: Job) -> list[Problem]:
    """Values that cannot be used, of parameters that may be blank and so are never asked for: where a check of the job
    looks at them."""
    looked_at = {node.name for check in job.policy.checks if job.output.name in check.outputs
                 for node in check.when.chosen(job.run.settings.readings) if isinstance(node, Parameter)}
    return [problem for (name, _), problems in job.parameters.bad.items()
            if name in looked_at and job.policy.parameters[name].optional for problem in problems]


def _input_problems(job: Job, lack: InputLack) -> list[Problem]:
    tables, facts = job.tables, job.tables.facts
    person = facts.ids[lack.person]
    table = facts.table_of[lack.column]
    reading = tables.readings[table]
    column = next(c for c in reading.table.columns if c.name == lack.column)
    row = facts.row_of(lack.column, lack.period, lack.person)
    when = period_text(lack.period)
    if reading.missing or not reading.at:           # an optional sheet may not be there either
        return tables.errors(table) or [
            Problem("error", f"没有工作表 {reading.sheet}，要用其中的「{column.heading}」{clause_of(reading.table)}",
                    f"从标准工作簿补上工作表 {reading.sheet}", reading.sheet)]
    if lack.column not in reading.at and not column.optional:
        return tables.errors(table, lack.column)
    do = reading.table.row_do if lack.period else ""
    if row < 0:
        # a row of this person that cannot be used, or of which the month cannot be read, may be the one
        return tables.unused(table, person, lack.period) or [
            Problem("error", f"{job.who(lack.person)}：没有 {when} 的行{clause_of(reading.table)}",
                    do or f"在{reading.sheet}补上这一行", reading.sheet, "", person)]
    return tables.errors(table, lack.column, row) or [
        Problem("error", f"{job.who(lack.person)}：{f'{when} 的' if when else ''}「{column.heading}」是空的"
                f"{clause_of(reading.table)}", do or f"填上{column.heading}",
                reading.sheet, reading.cell(lack.column, row), person)]


def _refusal_problem(job: Job, lack: RuleRefused) -> Problem:
    facts = job.tables.facts
    person = facts.ids[lack.person] if lack.person >= 0 else ""
    name = facts.names[lack.person] if lack.person >= 0 else ""
    if lack.name.startswith("!"):
        return Problem("error", lack.name[1:], "在参数里换一种读法，或者更新程序", person=person)
    text = job.policy.refusals.get(lack.name)
    if text is None:
        rule = job.policy.quantities.get(lack.quantity)
        title = rule.title if rule else job.tables.readings[lack.quantity].sheet if lack.row >= 0 else lack.quantity
        sheet, cell = _place(job, lack)
        return Problem("error", f"{job.who(lack.person)}：{period_text(lack.period)} 的{title}不能计算"
                       + (f"：{lack.text}" if lack.text else "") + (f"（{cited(rule.clause)}）" if rule else ""),
                       lack.do or "核对这个人的数据", sheet, cell, person)
    quarter = ""
    if lack.period and lack.period[0] in ("month", "quarter"):
        quarter = str(period_of(lack.period).within("quarter"))
    fill = {"工号": person, "姓名": name, "期间": period_text(lack.period), "季度": quarter}
    sheet, cell = pointer(job, text.column, lack.period, lack.person) if text.column and lack.row < 0 else ("", "")
    if lack.row >= 0:
        reading = job.tables.readings[lack.quantity]
        sheet, cell = reading.sheet, reading.cell(
            text.column or next(c.name for c in reading.table.columns if c.type == "id"), lack.row)
    return Problem("error", f"{person} {name}：{filled(text.text, fill)}（{cited(text.clause)}）",
                   filled(text.do, fill), sheet, cell, person, command=filled(text.command, fill))


def _place(job: Job, lack: RuleRefused) -> tuple[str, str]:
    """(sheet, cell) that a refusal in the rule's own words is about."""
    if lack.row >= 0:
        reading = job.tables.readings[lack.quantity]
        column = lack.at if lack.at in reading.values else next(c.name for c in reading.table.columns if c.type == "id")
        return reading.sheet, reading.cell(column, lack.row)
    if lack.at in job.tables.readings:
        return job.tables.readings[lack.at].sheet, ""
    return pointer(job, lack.at, lack.period, lack.person) if lack.at else ("", "")


def filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{([^}]+)\}", lambda m: values.get(m[1], m[0]), text)


def pointer(job: Job, name: str, period: Period, person: int) -> tuple[str, str]:
    """(sheet, cell) of the input behind a name for one person: through the branch that counts for this person."""
    policy, run = job.policy, job.run
    period = run.period_for(name, period)
    if name in job.tables.facts.table_of and (name in policy.columns):
        table = job.tables.facts.table_of[name]
        reading = job.tables.readings[table]
        if reading.table.grain == "roster":
            return reading.sheet, reading.cell(name, person)
        row = job.tables.facts.row_of(name, period, person)
        return reading.sheet, reading.cell(name, row)
    rule = policy.quantities.get(name)
    if rule is None or rule.expression is None:
        return "", ""
    run.compute([(name, period)])
    view = run.view(period)
    found = _origin(rule.expression, view, person)
    return pointer(job, found, period, person) if found else ("", "")


def _origin(node: Node, view: View, person: int) -> str:
    """The name whose value an expression passes on for one person."""
    if isinstance(node, Ref):
        return node.name
    if isinstance(node, If):
        return _origin(node.yes if view.evaluated(node.test).at(person) else node.no, view, person)
    if isinstance(node, Default):
        return _origin(node.part if view.evaluated(Present(node.part)).at(person) else node.other, view, person)
    if isinstance(node, Case):
        return _origin(node.case(view.reading(node.reading)), view, person)
    return next((found for child in node.children() if (found := _origin(child, view, person))), "")
