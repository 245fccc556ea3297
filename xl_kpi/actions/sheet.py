"""The sheets of an output (工资表) into the workbook, never silently over others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xl_kpi import job
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.written import place, refuse_foreign, texts_of_row
from xl_kpi.closing.ledger import reopening
from xl_kpi.closing.record import refuse_other
from xl_kpi.differing import differing_sheet
from xl_kpi.hand.texts import difference, squeezed
from xl_kpi.job.compared import NOTHING, result_says, says
from xl_kpi.opened import Opened
from xl_kpi.policy.compiled import Output
from xl_kpi.problems import Advice
from xl_kpi.results import ID, NAME, Result, ResultColumn
from xl_kpi.sheets.basis import basis
from xl_kpi.sheets.findings import findings
from xl_kpi.sheets.layout import RowFormula, sum_formula
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.sheets.output import output_sheet
from xl_kpi.sheets.slips import slips
from xl_kpi.sheets.summary import TERMS, summary
from xl_kpi.tables.headings import HEADING_ROWS
from xl_kpi.target import Target
from xl_kpi.workbook.changes import Changes
from xl_kpi.workbook.file import Sheet

ISSUED = "已发放"
TO_PAY_LATER = "；差额请在下个月用其他项目补发或扣回"
SUMS = "合计"
NUMBER = "序号"         # the first column, of no result
SUM_DIGITS = 12         # in which Excel's sum of thousands of amounts is exact


@dataclass(frozen=True)
class Shown:
    """What a sheet says of one person (or as the sum) and item, and what is computed now."""

    person: str
    name: str
    item: str
    old: str
    new: str
    cell: str = ""

    def __str__(self) -> str:
        who = f"{self.person} {self.name}".strip()
        return f"{who}：{self.item} {self.old or NOTHING} → {self.new or NOTHING}{difference(self.old, self.new)}"


def write(opened: Opened, target: Target, replace: bool = False, draft: bool = False) -> Outcome:
    """The sheets of an output.  Raises Refusal, also when its sheet is there, says something else and may not be
    replaced."""
    if not draft:
        opened.lost(target)
    result = job.result(opened.parameters, opened.tables, target.output, target.period, draft)
    sheets = result_sheets(result, opened)
    changes = Changes(sheets=sheets)
    said: list[str] = []
    old = opened.book.sheet(sheets[0].name)
    if old is not None and not draft:
        found = differences(result, old)
        if not found:
            return _same(opened, result, old, sheets[1:], replace)
        _refuse_differences(opened, target, old, found, replace)
        changes.renamed[old.name] = kept_name(opened, old.name)
        said += [str(one) for one in found]
        said.append(f"旧表保留为 {changes.renamed[old.name]}")
    if old is None and not draft and opened.is_closed(target):
        refuse_other(opened, target, result)
    refuse_foreign(opened.book, [s for s in sheets if s.name not in changes.renamed])
    return Outcome(changes, result.problems, [*said, *_last(opened, target, result)], result)


def _same(opened: Opened, result: Result, old: Sheet, others: list[ResultSheet], replace: bool) -> Outcome:
    """The sheet is there and stays as it is; ``replace`` adds the others of the period that HR has removed."""
    missing = [s for s in others if s.name.endswith(f"_{result.period}") and opened.book.sheet(s.name) is None]
    names = "、".join(s.name for s in missing)
    said = [the_same(old.name)]
    if missing:
        said.append(f"补上了 {names}" if replace else Advice(
            f"缺 {names}，可以补上，{old.name} 不动（Excel 里用按钮“工资条”“核算依据”“与上月比较”）",
            again="--replace"))
    return Outcome(Changes(missing if replace else []), result.problems, said, result)


def the_same(name: str) -> str:
    """What is said of a sheet or file that is there and says the same."""
    return f"{name} 已经有了，内容相同，没有改动"


def result_sheets(result: Result, opened: Opened) -> list[ResultSheet]:
    """The sheets of a result (of a draft: 试算 and 体检)."""
    found = findings(result.problems, opened.names, result.period, [sheet.name for sheet in opened.book.sheets])
    if result.draft:
        return [output_sheet(result), found]
    return [output_sheet(result), slips(result), basis(result), summary(result), found]


def differences(result: Result, sheet: Sheet) -> list[Shown]:
    """What an existing sheet says otherwise, person by person and in its sums; the order of its rows and columns does
    not matter.

    A formula that no program has calculated yet (openpyxl drops the values) says what the cells say that it looks at,
    as long as it is the one that was written.
    """
    heading, at = _headings(sheet, [NUMBER, *(c.heading for c in result.columns)])
    rows, sums = _rows(sheet, heading, at)
    formulas = _formulas(result, at) if sheet.formulas else {}
    found: list[Shown] = []

    def compare(row: int, person: str, name: str, column: ResultColumn, value: Any, formula: str | None,
                digits: int = 15) -> None:
        position, new = at.get(column.heading), result_says(value, column.type)
        if position is None:        # a column that is not there says as much as one of noughts
            old, cell, same = "", "", not value
        else:
            old = says(sheet.rows[row][position], sheet.marks.get((row, position)), column.type, digits)
            cell = place(sheet, row, position)
            same = formula is not None and sheet.formulas.get((row, position)) == formula
        if old != new and not same:
            found.append(Shown(person, name, column.heading, old, new, cell))

    for line in result.lines:
        person, name = str(line[ID]), str(line.get(NAME, ""))
        mine = rows.pop(person, [])
        if len(mine) != 1:
            found.append(Shown(person, name, "这个人", f"表上有 {len(mine)} 行" if mine else "", "现在有 1 行",
                                    place(sheet, mine[-1], at[ID]) if mine else ""))
        for column in result.columns if mine else ():
            if column.heading != ID:
                formula = formulas[column.heading].at(mine[0]) if column.heading in formulas else None
                compare(mine[0], person, name, column, line[column.heading], formula)
    for person, others in rows.items():
        name = says(sheet.rows[others[0]][at[NAME]], None, "text") if NAME in at else ""
        gone = "现在不发" if result.output.plain else "现在没有"
        found.append(Shown(person, name, "这个人", "表上有", gone, place(sheet, others[0], at[ID])))
    # sums differ with the lines; where these are the same, somebody is in them who has no 工号, or they are typed over
    for column in result.columns if sums >= 0 and not found else ():
        if column.heading in result.totals and column.heading in at:
            formula = sum_formula(at[column.heading], sums - len(result.lines), sums - 1)
            compare(sums, "", SUMS, column, result.totals[column.heading], formula, SUM_DIGITS)
    return found


def says_of_people(sheet: Sheet, output: Output) -> dict[str, dict[str, str]]:
    """What a sheet of an output says: 工号 → heading → text, as ``result_says`` writes values."""
    types = {column.heading: column.type for column in output.columns}
    heading, at = _headings(sheet, [NUMBER, *types])
    rows, _ = _rows(sheet, heading, at)
    return {person: {name: says(sheet.rows[row][at[name]], sheet.marks.get((row, at[name])), kind)
                     for name, kind in types.items() if name in at} for person, (row, *_) in rows.items()}


def _rows(sheet: Sheet, heading: int, at: dict[str, int]) -> tuple[dict[str, list[int]], int]:
    """(工号 → the rows of the person, the row of the sums; -1: none)."""
    rows: dict[str, list[int]] = {}
    sums = -1
    for number in range(heading + 1, len(sheet.rows)) if ID in at else ():
        person = says(sheet.rows[number][at[ID]], sheet.marks.get((number, at[ID])), "text")
        if person:
            rows.setdefault(person, []).append(number)
        elif SUMS in texts_of_row(sheet, number):
            sums = number
    return rows, sums


def differences_but_texts(result: Result, sheet: Sheet) -> list[Shown]:
    """The same but for texts: a remark that HR has edited changes no pay."""
    texts = {c.heading for c in result.columns if c.type == "text"}
    return [one for one in differences(result, sheet) if one.item not in texts]


def _last(opened: Opened, target: Target, result: Result) -> list[str]:
    """汇总 compares with the period before as it is computed now: told where its sheet says otherwise."""
    last = result.previous
    sheet = opened.book.sheet(target.naming.sheet(last.period)) if last is not None and not result.draft else None
    if last is None or sheet is None or not (found := differences_but_texts(last, sheet)):
        return []
    return [f"注意：“{sheet.name}”与按现在的数据重算的有 {len(found)} 处不同（发放或封存之后数据改过？）；"
            f"汇总里与{TERMS[target.period.grain][1]}的比较按重算的"]


def _formulas(result: Result, at: dict[str, int]) -> dict[str, RowFormula]:
    """The formula of each column that has one, for a sheet with these columns."""
    try:
        return {c.heading: RowFormula(c, at) for c in result.columns if c.formula}
    except KeyError:        # a column is missing that one of them looks at
        return {}


def _headings(sheet: Sheet, wanted: list[str]) -> tuple[int, dict[str, int]]:
    """(the row that holds most of the headings, heading → column).  ``wanted`` in the order in which they are written:
    of headings that read alike (an item 加 班 费 beside 加班费, a policy's own 序号) the second is the second."""
    best: tuple[int, dict[str, int]] = (-1, {})
    for row in range(min(len(sheet.rows), HEADING_ROWS)):
        places: dict[str, list[int]] = {}
        for column, text in enumerate(texts_of_row(sheet, row)):
            places.setdefault(text, []).append(column)
        at: dict[str, int] = {}
        for heading in wanted:
            found = places.get(squeezed(heading))
            if found:
                at[heading] = found.pop(0) if len(found) > 1 else found[0]
        if len(at) > len(best[1]):
            best = row, at
    return best


def _refuse_differences(opened: Opened, target: Target, old: Sheet, found: list[Shown], replace: bool) -> None:
    do = command = again = ""
    if issued(old):
        do = f"“{old.name}”的标题注明{ISSUED}，不能重写{TO_PAY_LATER if target.naming.plain else ''}"
    elif opened.is_closed(target):
        do, command = reopening(target.name, opened.closed_of(target), target.period)
        do = f"{target} 已封存，不能重写；确需更正的，先{do}"
    elif not replace:
        do, again = f"核对后确实要改的，重写（旧表保留为 {kept_name(opened, old.name)}）", "--replace"
    if do:
        raise differing_sheet(found, old.name, "旧 → 新", "没有写入", do, command, again)


def issued(sheet: Sheet) -> bool:
    """Whether the rows above the headings say that it has been paid out."""
    heading, _ = _headings(sheet, [ID, NAME])
    return any(isinstance(value, str) and ISSUED in squeezed(value)
               for row in sheet.rows[:max(heading, 1)] for value in row)


def kept_name(opened: Opened, name: str) -> str:
    """The name under which an old sheet is kept."""
    return next(kept for n in range(1, 10**6) if opened.book.sheet(kept := f"{name}_旧{n}") is None)
