"""比较: who would get what if a reading, a parameter or the policy were another one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xl_kpi import job
from xl_kpi.comparison import PersonChange, by_person, changes, outcome
from xl_kpi.opened import Opened
from xl_kpi.parameters import SHEET, Parameters, policy_id, read_parameters, without_unknown
from xl_kpi.policy.given import Names
from xl_kpi.policy.shelf import Shelf
from xl_kpi.policy.words import cited
from xl_kpi.problems import Refusal, UsageError
from xl_kpi.results import ID, NAME, Result, ResultColumn
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.sheets.summary import Terms, summary
from xl_kpi.target import Target, target_of
from xl_kpi.workbook.book import Book, Sheet

WHAT = "比较"


@dataclass
class Compared:
    """``now``: as the workbook is; ``then``: as it would be, what it is compared with in ``previous``; ``total``: the
    column that is compared; ``people``: everybody of either."""

    now: Result
    then: Result
    total: ResultColumn
    people: list[PersonChange]
    told: str                       # what is another, in words

    def sheet(self) -> ResultSheet:
        """On one sheet, with a chart by team."""
        return summary(self.then, Terms("换成以后", "现在", "现在", f"换成：{self.told}", WHAT))

    def differing(self) -> dict[str, list[tuple[ResultColumn, Any, Any]]]:
        """工号 → every column that would be another (now, then), of those whom anything changes for."""
        headings = {c.heading: c for r in (self.now, self.then) for c in r.columns
                    if c.heading not in (ID, NAME, "备注")}
        lines = [by_person(result.lines) for result in (self.now, self.then)]
        found = {}
        for person in self.people:
            now, then = (side.get(person.person, {}) for side in lines)
            if differs := [(column, now.get(heading), then.get(heading)) for heading, column in headings.items()
                           if now.get(heading) != then.get(heading)]:
                found[person.person] = differs
        return found

    def sums(self) -> tuple[Any, Any]:
        """(of all now, then)."""
        then, now = (sum((amount for one in self.people if (amount := getattr(one, side)) is not None), start=0)
                     for side in ("now", "then"))
        return now, then

    def teams(self) -> list[tuple[str, Any, Any]]:
        """(team, now, then); nothing where the result has no teams."""
        group = next((c for c in self.now.columns if c.group), None)
        if group is None:
            return []
        sums: dict[str, list[Any]] = {}
        for at, result in enumerate((self.now, self.then)):
            for line in result.lines:
                team = str(line.get(group.heading) or f"未分{group.heading}")
                sums.setdefault(team, [0, 0])[at] += line.get(self.total.heading) or 0
        return [(team, *both) for team, both in sums.items()]


def compare(opened: Opened, target: Target, others: list[str], of: str = "") -> Compared:
    """``others``: readings and parameters as 名称=值, together; or one workbook, or the 编号 of one policy.

    Raises Refusal with everything that is lacking for either; UsageError.
    """
    if not others:
        raise UsageError("要写明与什么比较", again="--with reading.…=…")
    other, told = _other(opened, others)
    now = _result(opened, opened.parameters, target)
    there = target if other.policy is opened.policy else target_of(
        other.policy, target.period, of or (target.output.name if target.output.name in other.policy.outputs else ""),
        target.output.role)
    then = _result(other, other.parameters, there)
    totals = [_total(now), _total(then)]
    if totals[0] is None or totals[1] is None or totals[0].type != totals[1].type:
        raise UsageError(f"{target.naming.title}与《{other.policy.title}》的{there.naming.title}不能比较："
                         "一个算到钱，一个算到分，或者没有合计")
    if totals[0].heading != totals[1].heading:
        now, then = _bare(now, totals[0]), _bare(then, totals[1])
    total = _total(then)
    assert total is not None
    then.previous, then.no_previous = now, []
    return Compared(now, then, total, changes(then, now, total), told)


def _result(opened: Opened, parameters: Parameters, target: Target) -> Result:
    return job.result(parameters, opened.tables, target.output, target.period, before=False)


def _total(result: Result) -> ResultColumn | None:
    return layout.grand_total(result) or outcome(result.columns)


def _bare(result: Result, total: ResultColumn) -> Result:
    """Only who gets what: of two policies whose results are made of different things."""
    heading = "所得"
    kept = [c for c in result.columns if c.heading in (ID, NAME) or c.group]
    column = replace(total, heading=heading, part="", total=True, behind=(), formula=total.formula or _no_formula)
    lines = [{**{c.heading: line.get(c.heading) for c in kept}, heading: line.get(total.heading)}
             for line in result.lines]
    return replace(result, columns=[*kept, column], lines=lines, steps={}, marks=[],
                   totals={heading: layout.total(line[heading] for line in lines), "人数": len(lines)})


def _no_formula(_: Any) -> str:
    return ""


def _other(opened: Opened, others: list[str]) -> tuple[Opened, str]:
    """The workbook as it would be, and what is another in words."""
    if len(others) == 1 and "=" not in others[0].replace("＝", "="):
        text = others[0]
        if text.lower().endswith((".xlsx", ".xlsm")):
            other = Opened.file(Path(text))
            return other, f"{Path(text).name}（《{other.policy.title}》）"
        shelf = Shelf.beside(opened.book.path)
        policy = shelf.load(policy_id(text, shelf))
        book = without_unknown(opened.book, policy)
        return Opened(book, policy=policy), f"《{policy.title}》"
    if any("=" not in one.replace("＝", "=") for one in others):
        raise UsageError("--with：另一个工作簿、另一份制度只能写一个，不能与 名称=值 同时用")
    return _set(opened, others)


def _set(opened: Opened, others: list[str]) -> tuple[Opened, str]:
    """With other readings and parameters."""
    names = Names(opened.policy, settings=True)
    rows: list[list[object]] = [["参数", "键", "值"], ["policy", None, opened.policy.id]]
    told = []
    for text in others:
        given = names.given(text)
        if given.when:
            raise UsageError(f"--with：“{text}”不能写期间；几个日期的值在工作簿的参数里写")
        rows.append([f"{'reading.' if given.kind == 'reading' else ''}{given.name}", given.key or None, given.value])
        title = (opened.policy.readings if given.kind == "reading" else opened.policy.parameters)[given.name]
        told.append(f"{title.title}{f'（{given.key}）' if given.key else ''}：{given.value}（{cited(title.clause)}）")
    read = read_parameters(Book(Path(), [Sheet(SHEET, False, rows)]), opened.policy)
    wrong = [p for p in [*read.problems, *(p for bad in read.bad.values() for p in bad)] if p.level == "error"]
    if wrong:
        raise Refusal([replace(problem, sheet="", cell="") for problem in wrong])
    given_readings = {str(row[0])[8:] for row in rows[2:] if str(row[0]).startswith("reading.")}
    base, new = opened.parameters, read.settings
    settings = replace(
        base.settings, readings=base.settings.readings | {name: new.readings[name] for name in given_readings},
        values=base.settings.values | {place: new.values[place] for place in new.cells if place in new.values},
        _tables={})
    parameters = replace(base, settings=settings, bad={p: bad for p, bad in base.bad.items() if p not in new.cells})
    return Opened(opened.book, policy=opened.policy, parameters=parameters), "；".join(told)
