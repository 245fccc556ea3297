"""申诉: what a result was when it was published, what it is now, and whether that is what was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from xl_kpi import job
from xl_kpi.actions.sheet import says_of_people
from xl_kpi.closing.ledger import CLOSE
from xl_kpi.closing.record import result_of
from xl_kpi.engine import Run
from xl_kpi.job.compared import NOTHING, result_says
from xl_kpi.opened import Opened
from xl_kpi.policy.compiled import Appeal, Output
from xl_kpi.policy.words import near_to
from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import ID, NAME, Result
from xl_kpi.tables.reading import Reading
from xl_kpi.target import Target

_Say = Callable[..., Problem]
Says = dict[str, dict[str, str]]        # 工号 → heading → what it says
CORRECT = "改输入的数据，再重新核算；程序不改结果"
DECIDED = {True: "决定改正", False: "决定维持", None: "还没有决定"}


@dataclass(frozen=True)
class _Row:
    """One appeal: which row of the sheet, whose, about which column ('' for all of the result), and what is typed."""

    row: int
    person: str
    item: str
    old: str
    new: str
    upheld: bool | None         # None: not decided yet


def findings(opened: Opened, target: Target) -> list[Problem]:
    """What there is to say of the appeals against a result."""
    found: list[Problem] = []
    for table, appeal in opened.policy.plausible.appeals.items():
        reading = opened.tables.readings[table]
        rows = [one for one in _rows(opened, reading, appeal, target) if _about(opened, target.output, one.item)]
        if rows:
            try:
                result = job.result(opened.parameters, opened.tables, target.output, target.period, detail=False)
                found += _compared(opened, target, reading, appeal, rows, result)
            except Refusal:             # why it cannot be computed has been said
                continue
    return found


def _rows(opened: Opened, reading: Reading, appeal: Appeal, target: Target) -> Iterator[_Row]:
    env = Run(opened.parameters.settings, opened.tables.facts).rows(reading.name)
    upheld = appeal.upheld.evaluate(env)
    mine = reading.periods.at(target.period.key) & (env.data.person >= 0)
    for row in np.flatnonzero(mine).tolist():
        item, old, new = (str(reading.values[name].at(row) or "") for name in (appeal.item, appeal.old, appeal.new))
        person = opened.tables.facts.ids[int(env.data.person[row])]
        yield _Row(row, person, item, old, new, upheld.at(row))


def _about(opened: Opened, output: Output, item: str) -> bool:
    """Is an appeal against a column of this name about this output?  One that no output of its period has, and one
    against all of a result, is about the first."""
    others = [one for one in opened.policy.outputs.values() if one.period == output.period]
    having = [one for one in others if item in _headings(one)]
    return output in having if having else output is (
        opened.policy.main if opened.policy.main in others else others[0])


def _headings(output: Output) -> list[str]:
    return [column.heading for column in output.columns if column.heading not in (ID, NAME)]


def _published(opened: Opened, target: Target) -> tuple[str, Says]:
    """(where, what it said) when it was published: as it was closed first; else as the first of its sheets has it."""
    records = [one for one in opened.ledger.records if one.action == CLOSE and one.output == target.name
               and one.period == target.period]
    if records:
        result = result_of(records[0])
        return "封存的", {str(line[ID]): {column.heading: result_says(line[column.heading], column.type)
                                       for column in result.columns} for line in result.lines}
    name = target.naming.sheet(str(target.period))
    kept = sorted((sheet.name for sheet in opened.book.sheets if sheet.name.startswith(f"{name}_旧")), key=len)
    sheet = next((found for one in (*kept, name) if (found := opened.book.sheet(one)) is not None), None)
    if sheet is None:
        return "", {}
    return f"{sheet.name} 上的", says_of_people(sheet, target.output)


def _compared(opened: Opened, target: Target, reading: Reading, appeal: Appeal, rows: list[_Row], result: Result
              ) -> Iterator[Problem]:
    where, before = _published(opened, target)
    now: Says = {str(line[ID]): {column.heading: result_says(line[column.heading], column.type)
                                 for column in result.columns} for line in result.lines}
    known = [column.heading for column in result.columns if column.heading not in (ID, NAME)]
    for one in rows:
        who = f"{one.person} {opened.names.get(one.person, '')}"
        what = f"{who}：{target.period.label}的申诉"

        def say(text: str, do: str, column: str, level: str = "warning", one: _Row = one, what: str = what) -> Problem:
            cell = reading.cell(column, one.row)
            return Problem(level, f"{what}，{text}", do, reading.sheet, cell, one.person)       # type: ignore[arg-type]

        if one.person not in now and one.person not in before:
            yield say(f"{target.naming.name or '结果'}里没有这个人", "核对工号和期间", reading.column("id").name)
            continue
        if one.item and one.item not in known:
            yield say(f"申诉事项写的是「{one.item}」，结果表上没有这一栏{near_to(one.item, known)}",
                      "改成结果表上的一栏；对整个结果的不填", appeal.item)
            continue
        mine, was = now.get(one.person, {}), dict(before.get(one.person, {}))
        if one.item and one.old:
            if where and not _same(one.old, was.get(one.item, "")):
                text = f"「公布的结果」是 {one.old}，{where}是 {was.get(one.item) or NOTHING}"
                yield say(text, "查清哪个对", appeal.old)
            was[one.item] = one.old
        elif not where:
            yield say("不知道公布的是什么：没有封存的，也没有结果表", "填上「申诉事项」和「公布的结果」", appeal.old,
                      "hint")
            continue
        headings = [one.item] if one.item else known
        changes = [f"{heading} {was.get(heading) or NOTHING} → {mine.get(heading) or NOTHING}" for heading in headings
                   if not _same(was.get(heading, ""), mine.get(heading, ""))]
        yield from _decided(one, say, appeal, changes, mine)


def _decided(one: _Row, say: _Say, appeal: Appeal, changes: list[str], mine: dict[str, str]) -> Iterator[Problem]:
    """Whether the result is what was decided."""
    decided, told = DECIDED[one.upheld], "，".join(changes)
    if one.upheld and not changes:
        yield say(f"{decided}，现在算出来的还是公布时的", CORRECT, appeal.new)
    elif one.upheld:
        yield say(f"{decided}：{told}（公布时的 → 现在的）", "核对，改正的结果通知申诉人", appeal.new, "hint")
    elif changes:
        yield say(f"{decided}，结果却变了：{told}（公布时的 → 现在的）", "查清为什么变了；应该改的，写明决定",
                  appeal.item)
    if one.upheld and changes and one.item and one.new and not _same(one.new, mine.get(one.item, "")):
        yield say(f"「改正为」是 {one.new}，现在算出来的是 {mine.get(one.item) or NOTHING}", CORRECT, appeal.new)


def _same(one: str, other: str) -> bool:
    """Do two texts say the same, or the same number?"""
    try:
        return Fraction(one.rstrip("%")) == Fraction(other.rstrip("%"))
    except (ValueError, ZeroDivisionError):
        return one == other
