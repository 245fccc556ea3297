"""One job gives a ``Result``, or refuses with every problem at once.

An output of a policy, for one of its periods; nothing here knows what it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from xl_kpi.engine import ChangeLack, Run, month_of
from xl_kpi.job.behind import add_behind
from xl_kpi.job.checks import check_findings, undecided
from xl_kpi.job.context import Computed, Job, about
from xl_kpi.job.deadlines import findings as owing
from xl_kpi.job.items import item_problems
from xl_kpi.job.lacking import first_of_all, lack_problems, unmade, unused_items
from xl_kpi.job.lines import add_lines, add_steps, unfit
from xl_kpi.parameters import Parameters, notices, shape_warnings
from xl_kpi.period import AnyPeriod, Month, Quarter, contains
from xl_kpi.plausible import implausible
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.problems import Incomplete, Problem, Refusal
from xl_kpi.results import ID, Result
from xl_kpi.rules.periods import Period
from xl_kpi.rules.values import BLANK, REFUSED, Value
from xl_kpi.tables import Finding, Tables

ORDER = {"error": 0, "warning": 1, "hint": 2}


def result(parameters: Parameters, tables: Tables, output: Output, period: AnyPeriod, draft: bool = False,
           detail: bool = True, before: bool = True) -> Result:
    """The result of an output for a period; with ``detail`` how it came about, and what it was ``before``.
    Raises Refusal."""
    job = _job(parameters, tables, output, period)
    found = _run(job, draft, detail)
    for form in output.forms:
        reading, listed = tables.readings[form.table], {line[ID] for line in found.lines}
        mine = np.flatnonzero(job.run.evaluate(form.when, job.period).true(job.size))
        found.forms.append((reading.sheet, [c.heading for c in reading.table.columns],
                            [tables.facts.ids[i] for i in mine.tolist() if tables.facts.ids[i] in listed]))
    if detail and before and not output.forms:
        try:            # what is implausible in the period before was said then
            found.previous = _run(_job(parameters, tables, output, period - 1), False, False, look=False)
        except Refusal as refusal:
            found.no_previous = [p for p in refusal.problems if p.level == "error"]
    return found


def payroll(parameters: Parameters, tables: Tables, month: Month, draft: bool = False, detail: bool = True) -> Result:
    """The result of the output whose role is the pay.  Raises Refusal; ValueError when the policy has none."""
    return result(parameters, tables, _role(tables, "payroll"), month, draft, detail)


def review(parameters: Parameters, tables: Tables, quarter: Quarter) -> Result:
    """The result of the output whose role is the review.  Raises Refusal; ValueError when the policy has none."""
    return result(parameters, tables, _role(tables, "review"), quarter)


def _role(tables: Tables, role: str) -> Output:
    output = tables.policy.of_role(role)
    if output is None:
        raise ValueError(f"{tables.policy.id} has no output with the role {role}")
    return output


def _job(parameters: Parameters, tables: Tables, output: Output, period: AnyPeriod) -> Job:
    _in_force(tables.policy, output, period)
    # a month's job is about its month and quarter; a longer one looks back at whatever it is made of
    strict = about(period.key) if output.period == "month" else None
    return Job(output, period.key, str(period), parameters, tables,
               Run(parameters.settings, replace(tables.facts, strict=strict)))


def _in_force(policy: Policy, output: Output, period: AnyPeriod) -> None:
    """Refuse a period before the first that the policy rules."""
    if policy.first_month and period.months[-1] < (month := Month.parse(policy.first_month)):
        first = month.within(output.period)
        raise Refusal([Problem(
            "error", f"{period} 早于《{policy.title}》施行的 {first}（{policy.in_force} 起执行），"
            f"不能按它{'' if output.forms else '核算'}{output.naming.what}", f"只能算 {first} 及以后的")])


def read_by(parameters: Parameters, tables: Tables, jobs: Iterable[tuple[Output, AnyPeriod]]
            ) -> set[tuple[str, Period]]:
    """(table, period) of all that some outputs read, whoever is in them."""
    run = Run(parameters.settings, tables.facts)
    for output, period in jobs:
        nodes = [output.people, *(form.when for form in output.forms), *(mark.when for mark in output.marks),
                 *(node for column in output.columns for node in (column.value, column.when)),
                 *(check.when for check in tables.policy.checks if output.name in check.outputs)]
        for node in nodes:
            if node is not None:
                run.evaluate(node, period.key)
    return run.used


def findings(parameters: Parameters, tables: Tables, *jobs: tuple[Output, AnyPeriod]) -> list[Problem]:
    """体检: every problem, of the sheets and of the outputs and periods asked for; of none, of all that is open."""
    said: list[Problem] = []
    asked: set[Period] = set()
    for output, period in jobs:
        try:
            job = _job(parameters, tables, output, period)
            try:
                said += _run(job, False, False, compare=True).problems
            except Refusal as refusal:
                said += refusal.problems
            said += owing(job.run, tables, period)
            asked |= job.asked
        except Refusal as refusal:      # the policy does not rule the period
            said += refusal.problems
    if not jobs:
        run = Run(parameters.settings, tables.facts)
        said += [*shape_warnings(parameters.settings, 10**6), *implausible(tables, parameters, run),
                 *owing(run, tables, None)]
    told = (tables.told(f, frozenset(asked) if jobs else None) for f in tables.findings)
    everything = arranged([*parameters.problems, *([] if jobs else parameters.of_holidays(True)),
                           *(p for found in parameters.bad.values() for p in found),
                           *(p for p in told if p is not None), *said])
    return [tables.placed(problem) for problem in everything]


def arranged(problems: Iterable[Problem]) -> list[Problem]:
    """Errors first, then as found; each once, at its worst."""
    worst: dict[tuple[str, ...], Problem] = {}
    for problem in problems:
        same = tuple(problem.as_json().values())[1:]
        if same not in worst or ORDER[problem.level] < ORDER[worst[same].level]:
            worst[same] = problem
    return sorted(worst.values(), key=lambda p: ORDER[p.level])


# -- running ----------------------------------------------------------------------------------------------------------

def _run(job: Job, draft: bool, detail: bool, look: bool = True, compare: bool = False) -> Result:
    """``look``: for what is implausible in the periods of the job; ``compare``: its forms with what they should say."""
    run, size = job.run, job.size
    output = job.output
    people_value = run.evaluate(output.people, job.period)
    people = people_value.true(size)
    run.need(output.people, job.period, people_value.states(size) == REFUSED)
    columns: Computed = []
    problems: list[Problem] = []
    for column in output.columns:
        if column.value is None:
            continue
        value = run.evaluate(column.value, job.period)
        applies = people
        if column.when is not None:
            test = run.evaluate(column.when, job.period)
            run.need(column.when, job.period, people & (test.states(size) == REFUSED))
            applies = people & test.true(size)
        states = value.states(size)
        odd = unfit(value, column.type, size) & applies
        if odd.any():
            value = Value(value.type, value.data, np.where(odd, np.uint8(REFUSED), states), value.choices)
            whole = "整分" if column.type == "money" else "整数"
            problems += [Problem("error", f"{job.who(i)}：{column.heading}算出来的数太大，或者不是{whole}",
                                 "核对参数和这个人的数据，数是否填错了位", person=job.tables.facts.ids[i])
                         for i in np.flatnonzero(odd).tolist()]
        bad = applies & ((states == REFUSED) | ((states == BLANK) & column.required))
        if bad.any():
            run.need(column.value, job.period, bad)
        columns.append((column, value, applies))
    if any(column.fill == "name" for column in output.columns):
        facts = job.tables.facts
        for person, row in facts.unnamed_on(job.last_day):
            if people[person]:
                run.found.setdefault(ChangeLack(facts.name_column, person, row))
    known = people & ~job.tables.doubtful
    problems += check_findings(job, known, "error")
    lacking, lacks = unmade(job, first_of_all(run.lacks()))
    lacking += [p for lack in lacks for p in lack_problems(job, lack)]
    # what only warnings look at stops nothing: it comes after
    perhaps = people | (people_value.states(size) == REFUSED)
    standing = [*structural(job), *implausible_rows(job), *_nobody(job, perhaps), *item_problems(job)]
    if look:
        standing += implausible(job.tables, job.parameters, run, job.asked, compare or not output.forms)
    problems += check_findings(job, known, "warning") + check_findings(job, known, "hint")
    everything = arranged(
        [*job.parameters.problems, *job.parameters.of_holidays(run.counted), *unused_items(job),
         *standing, *lacking, *problems, *_known(job)])
    if not draft:
        everything = arranged([*everything, *undecided(job, known, everything)])
    everything = [job.tables.placed(problem) for problem in everything]
    if any(p.level == "error" for p in everything) and not draft:
        raise Refusal(everything) if output.forms else Incomplete(everything)       # there is no draft of a form
    _assert_complete(job, draft, columns)
    result = Result(output.naming, job.label, job.policy.id, job.policy.title, [], [], problems=everything, draft=draft)
    texts = job.parameters.settings.texts
    result.company, result.department = texts.get("company", ""), texts.get("department", "")
    result.notices = notices(job.parameters.settings, month_of(job.period))
    add_lines(job, result, people, columns)
    if detail:
        add_behind(job, result)
        add_steps(job, result, people, columns)
    return result


def _assert_complete(job: Job, draft: bool, columns: Computed) -> None:
    """A refused cell for which no reason was found must never stand in a result as if it were one."""
    for column, value, applies in () if draft else columns:
        states = value.states(job.size)
        lost = applies & ((states == REFUSED) | ((states == BLANK) & column.required))
        if lost.any():
            person = int(np.flatnonzero(lost)[0])
            raise Refusal([Problem(
                "error", f"{job.who(person)}：{job.label} 的「{column.heading}」算不出来，程序没有找到原因",
                "核对这个人在花名册、考勤和考核表里的数据；都对的，把工作簿和这句话交给程序的维护者，"
                "急用时先试算，这一格是 #N/A", person=job.tables.facts.ids[person])])


def _nobody(job: Job, perhaps: np.ndarray) -> list[Problem]:
    """A sheet with nobody on it is a mistake; that there is nobody for a form may be."""
    roster = next(reading for reading in job.tables.readings.values() if reading.table.grain == "roster")
    if perhaps.any() or job.output.forms or roster.missing:             # a missing sheet has been said
        return []
    naming, period = job.output.naming, "月份" if job.period[0] == "month" else "期间"
    return [Problem("error", f"{job.label} 没有要{'发' if naming.plain else '算'}{naming.what}的人",
                    f"核对{period}，以及{roster.sheet}里的人和日期", roster.sheet)]


def structural(job: Job) -> list[Problem]:
    """Errors of rows that cannot be told apart or placed, and of tables, as far as the job reads them."""
    found = []
    for finding in job.tables.findings:
        if finding.problem.level != "error" or finding.within:
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


def implausible_rows(job: Job) -> list[Problem]:
    """Errors of rows that contradict themselves, in the periods that the job is about, as far as it reads them."""
    told = ((job.tables.told(f, job.asked), f) for f in job.tables.findings if f.within)
    return [problem for problem, f in told if problem is not None and problem.level == "error" and _touches(job, f)]


def _touches(job: Job, finding: Finding) -> bool:
    """Does the job read the table of a finding, in the period of its row?"""
    if job.policy.tables[finding.table].grain in ("roster", "changes"):
        return True
    used = job.used.get(finding.table, set())
    if not finding.period:
        return bool(used)
    return finding.period in used or any(
        one and contains(one, finding.period) for one in used)


def _known(job: Job) -> list[Problem]:
    """Warnings and hints of the rows that the job reads, and of the parameters."""
    told = [(job.tables.told(f, job.asked), f) for f in job.tables.findings]
    found = [problem for problem, f in told if problem is not None and problem.level != "error" and _touches(job, f)]
    return found + shape_warnings(job.parameters.settings, month_of(job.period))
