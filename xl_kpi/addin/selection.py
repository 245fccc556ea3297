"""What the selected cell says, and whether a 工资表 says what the engine says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xl_kpi import job
from xl_kpi.actions.sheet import differences
from xl_kpi.actions.written import texts_of_row
from xl_kpi.job import shown
from xl_kpi.job.compared import says
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem, UsageError
from xl_kpi.results import DRAFT, ID, NAME, REFUSED, Result
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.target import Target, on_sheet
from xl_kpi.workbook.file import Sheet
from xl_kpi.workbook.grid import address

if TYPE_CHECKING:
    from xl_kpi.addin.desk import Desk

TOTAL = "合计"
CHOOSE = "请选中一个人的一格金额，或者一个用了本程序函数的公式，再点“解释选中项”。"


def explain(desk: Desk) -> str:
    """The selected cell in words.  Raises UsageError where there is nothing to explain, Refusal of the job."""
    selected = desk.book.selection
    if selected is None:
        raise UsageError(CHOOSE)
    cell = selected[0, 0]
    formula = cell.formula
    if isinstance(formula, str) and formula.startswith("="):
        from xl_kpi.addin.formula import explain_formula

        text = explain_formula(cell, formula)
        if text:
            return text
    return explain_amount(desk.opened, cell.sheet.name, cell.row - 1, cell.column - 1)


def explain_amount(opened: Opened, name: str, row: int, column: int) -> str:
    """A cell of a sheet of a period: whose it is, which column, and how the engine comes to it."""
    sheet, target = opened.book.sheet(name), _target(opened, name)
    if sheet is None or target is None:
        raise UsageError(CHOOSE)
    heading_row, at = _headings_above(sheet, row)
    if ID not in at or row >= len(sheet.rows) or heading_row == row:
        raise UsageError(CHOOSE)
    person = says(sheet.rows[row][at[ID]], sheet.marks.get((row, at[ID])), "text")
    heading = next((text for text, position in at.items() if position == column), "")
    result = job.result(opened.parameters, opened.tables, target.output, target.period, draft=True)
    line = next((line for line in result.lines if str(line[ID]) == person), None)
    if line is None:
        raise UsageError(f"这一行的工号“{person}”在 {target.period} 没有{target.naming.what}。{CHOOSE}")
    return "\n".join([f"{person} {line.get(NAME, '')}　{target.name}{target.period.label}　{opened.policy.title}",
                      *_sentences(result, person, line, heading)])


def _sentences(result: Result, person: str, line: dict[str, Any], heading: str) -> list[str]:
    kinds = {c.heading: c.type for c in result.columns}
    steps = [step for step in result.steps.get(person, ()) if step.heading == heading]
    if not steps and heading in kinds and heading not in (ID, NAME):
        value = line.get(heading)
        if value is REFUSED:
            return _reasons(result, person)
        return [f"{heading}：{shown(value, kinds[heading]) if value is not None else '不适用'}"
                "（照抄资料，没有计算）"]
    if not steps:               # the person, not an amount: all of them
        steps = list(result.steps.get(person, ()))
    texts = []
    for step in steps:
        if step.value is REFUSED:
            texts += _reasons(result, person)
        else:
            texts.append(f"{step.heading}：{shown(step.value, kinds.get(step.heading, 'text'))}\n"
                         f"    {step.sentence}（{step.clause}）")
    return [*dict.fromkeys(texts), *(f"备注：{text}" for owner, text in result.marks if owner == person)]


def _reasons(result: Result, person: str) -> list[str]:
    found = [p.text for p in result.problems if p.level == "error" and p.person in (person, "")]
    return ["算不出来：", *found]


def _target(opened: Opened, name: str) -> Target | None:
    """Whose sheet it is, one that was kept or a draft too."""
    name = re.sub(r"_旧\d+$", "", name)
    return on_sheet(opened.policy, name.removeprefix(f"{DRAFT}_")) or on_sheet(opened.policy, name)


def _headings_above(sheet: Sheet, row: int) -> tuple[int, dict[str, int]]:
    """The nearest row above (or this one) that holds the headings of people, and heading → column.

    Pay slips repeat their headings for everybody."""
    for number in range(min(row, len(sheet.rows) - 1), -1, -1):
        texts = texts_of_row(sheet, number)
        if ID in texts:
            return number, {text: at for at, text in enumerate(texts) if text}
    return -1, {}


def formula_differences(opened: Opened, result: Result, name: str) -> tuple[int, list[Problem]]:
    """(how many formulas there are, what differs): each person's cells and the sums, as recalculated by Excel."""
    sheet = opened.book.sheet(name)
    assert sheet is not None
    formulas = {address(*place) for place, mark in sheet.marks.items() if mark.formula}
    problems = []
    for one in differences(result, sheet):
        if not one.person:              # a sum: told of below, whatever the lines say
            continue
        kind = "公式" if one.cell in formulas else "填的值"
        problems.append(Problem("error", f"{one.person} {one.name}：{one.item}，表上（{kind}）{one.old or '（空）'}，"
                                f"程序算的 {one.new or '（空）'}", "核对这一格；重新生成这个月的表可以恢复公式",
                                name, one.cell, one.person))
    return len(formulas), [*problems, *_sums(result, sheet, formulas)]


def _sums(result: Result, sheet: Sheet, formulas: set[str]) -> list[Problem]:
    """The 合计 row against the totals of the engine."""
    row = next((n for n, cells in enumerate(sheet.rows) if cells and cells[0] == TOTAL), None)
    if row is None:
        return [Problem("error", f"没有{TOTAL}行", "重新生成这个月的表", sheet.name)]
    _, at = _headings_above(sheet, min(HEADING_ROWS, row))
    problems = []
    for column in result.columns:
        if not column.total or column.heading not in at:
            continue
        place = row, at[column.heading]
        have = says(sheet.rows[row][place[1]], sheet.marks.get(place), column.type)
        want = says(float(result.totals[column.heading]), None, column.type)
        if have != want and not (not result.lines and not have):
            problems.append(Problem(
                "error", f"{TOTAL}：{column.heading}，表上{'（公式）' if address(*place) in formulas else '（填的值）'}"
                f"{have or '（空）'}，程序算的 {want}", "核对这一列", sheet.name, address(*place)))
    return problems
