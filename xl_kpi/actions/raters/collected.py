"""Raters' workbooks collected: who is missing, who rated twice, what is out of range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.raters.entries import Entry, entries
from xl_kpi.actions.raters.forms import Form, needed, rated
from xl_kpi.actions.raters.merged import into, value_at
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import Output
from xl_kpi.problems import Problem, Refusal, UsageError, named
from xl_kpi.tables.invited import read_invited
from xl_kpi.workbook.grid import address

OTHER = (".xls", ".xlsb", ".et", ".ods", ".csv")       # what a rater may have saved it as


def collect(opened: Opened, period: AnyPeriod, of: Output | None, folder: Path, again: bool) -> Outcome:
    """What came back, into the rating tables.  ``again``: what stands there already and differs gives way.  Raises
    Refusal with all that is wrong, UsageError."""
    if not folder.is_dir():
        raise UsageError(f"--collect：没有文件夹 {folder}")
    known = {(form.name, form.role): form for form in needed(opened, period)}
    problems: list[Problem] = []
    found: list[Entry] = []
    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in (".xlsx", ".xlsm")
             and not path.name.startswith(("~$", "."))]
    if not files:
        raise UsageError(f"--collect：文件夹 {folder.name} 里没有 .xlsx 文件")
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in OTHER and not path.name.startswith(("~$", ".")):
            problems.append(Problem("error", f"{path.name} 不是 .xlsx，读不了", "用 Excel 或 WPS 另存为 .xlsx，再收",
                                    path.name))
    for path in files:
        try:
            found += entries(path, period, known)
        except Refusal as refusal:
            problems += [replace(one, sheet=one.sheet or path.name) for one in refusal.problems]
    closed = opened.tables.closed
    if period.key in closed:
        problems.append(Problem("error", f"{period.label}已封存，不能再收评分", "核对期间；确实要改的，先重开"))
    problems += _twice(found)
    outcome = Outcome()
    for name in dict.fromkeys(name for name, _ in known):
        mine = [entry for entry in found if entry.form.name == name]
        problems += into(opened, name, period, mine, again, outcome, any(p.level == "error" for p in problems))
    if any(problem.level == "error" for problem in problems):
        raise Refusal(problems)
    forms = list(known.values())
    outcome.problems = [*problems, *_answered(opened, period, forms), *_missing(opened, period, of, forms, found)]
    return outcome


def _twice(entries: list[Entry]) -> list[Problem]:
    """Who was rated twice by the same rater, of the anonymous by the same token."""
    seen: dict[tuple[str, ...], Entry] = {}
    found = []
    for entry in (one for one in entries if one.by or not one.form.anonymous):     # without a token it cannot be told
        several = entry.form.rater is not None and not entry.form.own
        key = (entry.form.name, entry.form.role, entry.by if several else "", entry.person, entry.item)
        first = seen.setdefault(key, entry)
        if first is not entry:
            who = f"{entry.form.role}{f'（{entry.by}）' if several and entry.by else ''}"
            do = ("是两个人评的，各写上填表人；是同一个人的，留下一份" if several and not entry.form.anonymous
                  else "留下一份，另一份移出这个文件夹")
            text = f"{entry.person} 被{who}评了两次：{first.file} 和 {entry.file}"
            found.append(Problem("error", text, do, entry.file, address(entry.row, 0),
                                 cause=f"twice {first.file} {entry.file}"))
    return found


def _missing(opened: Opened, period: AnyPeriod, of: Output | None, wanted: list[Form], entries: list[Entry]
             ) -> list[Problem]:
    """Who has not been rated yet, by role; what the tables have already counts."""
    found = []
    months = [month.index for month in period.months]
    for form in wanted:
        reading = opened.tables.readings[form.name]
        done = {entry.person for entry in entries if entry.form is form}
        for row in np.flatnonzero(reading.periods.within(months[0], months[-1])).tolist() if reading.rows else ():
            mine = form.rater is None or value_at(reading, form.rater.name, row) == form.role
            if mine and any(value_at(reading, column.name, row) is not None for column in form.columns):
                done.add(reading.ids[row])
        lacking = [f"{person} {name}".strip() for person, name in rated(opened, form, period, of) if person not in done]
        if lacking:
            found.append(Problem("warning", f"{form.role}还没有评：{named(lacking, '人')}",
                                 "催他们交回，再收一次；已经收的不会重写", reading.sheet, cause=f"missing {form.role}"))
        part = sum(len(e.cells) < len(form.columns) for e in entries if e.form is form)
        if part:
            found.append(Problem("hint", f"{form.role}有 {part} 行没有填满", "不由他评的空着即可；漏了的请他补上",
                                 reading.sheet, cause=f"part {form.role}"))
    return found


def _answered(opened: Opened, period: AnyPeriod, wanted: list[Form]) -> Iterator[Problem]:
    """Of the anonymous: who has not answered, by the list alone, and whether as many have as there are answers."""
    invited = read_invited(opened.book, period)
    yield from invited.problems
    for role in dict.fromkeys(form.role for form in wanted if form.anonymous):
        asked = invited.people.get(role, {})
        left = [name for name, answered in asked.items() if not answered]
        if left:
            yield Problem("warning", f"{role}：名单上还没有交的：{named(left, '人')}",
                          "交了的，在名单上把「已交」写成是；没有交的催", invited.sheet, cause=f"invited {role}")
