"""The company's own 工资表 (参数 工资表样式): its layout, a file beside the workbook, is filled for a period.

It becomes a file of its own beside the workbook that is written, 工资表_2016-12.xlsx; that is the one to print and
sign.  The standard sheet stays in the workbook, hidden: closing, slips and the comparison of months go by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xl_kpi.actions.form_fill import Made, file_looks, fill_forms, refuse_foreign_forms
from xl_kpi.actions.form_questions import Given, given_forms
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.sheet import ISSUED, TO_PAY_LATER, the_same
from xl_kpi.forms.fill import Filling, columns_of
from xl_kpi.forms.foreign import Ask
from xl_kpi.forms.formulas import agrees, filled_sheet
from xl_kpi.forms.model import Form
from xl_kpi.forms.placed import Placed
from xl_kpi.hand.texts import squeezed
from xl_kpi.opened import Opened
from xl_kpi.parameters import SHEET, TEXTS
from xl_kpi.problems import Problem, Refusal, named
from xl_kpi.results import Result, ResultColumn
from xl_kpi.tables.words import says_total
from xl_kpi.target import Target
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.encrypt import encrypted
from xl_kpi.workbook.grid import address

PARAMETER = "form.payroll"
SUFFIXES = (".xlsx", ".xlsm")


@dataclass
class CompanyPay:
    """The file as it is to be written; ``data`` is what is there already where nothing differs.  ``kept``: the name
    under which one that says something else is kept."""

    path: Path
    data: bytes
    said: list[str]
    kept: Path | None = None
    same: bool = False

    def write(self) -> str:
        """Write it; gives what is told.  Raises HostError."""
        from xl_kpi.workbook.store import replace_other

        if self.same:
            return the_same(self.path.name)
        if self.kept is not None:
            replace_other(self.kept, self.path.read_bytes())
        replace_other(self.path, self.data)
        return f"按公司的样式填好的工资表：{self.path}" + (f"（原来的保留为 {self.kept.name}）" if self.kept else "")


def company_of(opened: Opened, target: Target, outcome: Outcome, folder: Path, replace: bool = False,
               ask: Ask | None = None) -> CompanyPay | None:
    """``company_pay`` for what is to be written: the standard sheet is hidden, and what HR is told is told with it."""
    assert outcome.result is not None
    company = company_pay(opened, target, outcome.result, folder, replace, ask)
    if company is not None:
        if any(sheet.name == target.sheet for sheet in outcome.changes.sheets):
            outcome.changes.hidden[target.sheet] = True
            outcome.said.append(f"{target.sheet} 隐藏着，封存和工资条以它为准；打印、签字用公司的样式")
        outcome.said += company.said
    return company


def company_pay(opened: Opened, target: Target, result: Result, folder: Path, replace: bool = False,
                ask: Ask | None = None) -> CompanyPay | None:
    """The company's 工资表 of a result, to be written into ``folder``; None: the company has no layout of its own, or
    the result is not the pay.  Raises Refusal, UsageError, HostError."""
    name = opened.parameters.settings.texts.get(PARAMETER, "")
    if not name or target.output.role != "payroll" or result.draft:
        return None
    layout = _layout(opened, name)
    path = folder / f"{target.sheet}{layout.suffix}"
    if path.exists() and not layout.samefile(path):
        there, made = _filled(opened, target, result, path, True, ask)
        if not any(one.changes for one in made.written) and not made.differing:
            return CompanyPay(path, there.book.data, [], same=True)
        _refuse_rewriting(opened, target, path, made, replace, _titles(there))
    given, made = _filled(opened, target, result, layout, replace, ask)
    problems = _sums(made, result)
    if problems:
        raise Refusal(problems)
    changes = made.written[0].changes
    data = edited(given.book.data, layout.name, changes)
    kept = _kept(path) if path.exists() else None
    return CompanyPay(path, encrypted(data, given.book.password) if given.book.password else data,
                      [*made.said, *_lacking(given.forms, made, result)], kept)


def _layout(opened: Opened, name: str) -> Path:
    """The file that the parameter names, beside the workbook.  Raises Refusal."""
    folder = opened.book.path.parent
    tried = [folder / name, *(folder / f"{name}{suffix}" for suffix in SUFFIXES)]
    found = next((path for path in tried if path.is_file()), None)
    if found is None:
        raise Refusal([Problem("error", f"参数 {TEXTS[PARAMETER]}写的是“{name}”，工作簿旁边没有这个文件",
                               "把样式文件放在工作簿的同一个文件夹里，或者清空这个参数，用标准的样式", SHEET)])
    if found.suffix.lower() not in SUFFIXES:
        raise Refusal([Problem("error", f"参数 {TEXTS[PARAMETER]}写的是“{name}”，不是 .xlsx 或 .xlsm，不能填",
                               "用 Excel 另存为 .xlsx，再改这个参数", SHEET)])
    return found


def _filled(opened: Opened, target: Target, result: Result, path: Path, overwrite: bool,
            ask: Ask | None) -> tuple[Given, Made]:
    given, = given_forms([path], opened, ask)
    refuse_foreign_forms([given])
    known = columns_of(result)
    net = _net(result)
    given.forms = [form for form in given.forms if form.kind == "list" and any(
        (column := known.get(squeezed(one.name))) is not None and column.type == "money" for one in form.fields)]
    if not any(known.get(squeezed(one.name)) is net for form in given.forms for one in form.fields):
        raise Refusal([Problem("error", f"{path.name} 里没有认出工资表：没有「{net.heading}」一列",
                               "核对表头；用 xl-kpi forms inspect 看认出了什么", path.name)])
    return given, fill_forms(opened, target, result, [given], file_looks(), overwrite)


def _net(result: Result) -> ResultColumn:
    """What is paid out: the last sum of money."""
    return [column for column in result.columns if column.type == "money" and column.total][-1]


def _titles(given: Given) -> str:
    return "".join(squeezed(value) for form in given.forms if (sheet := given.book.sheet(form.sheet)) is not None
                   for row in sheet.rows[:max(form.headings[0], 1)] for value in row if isinstance(value, str))


def _refuse_rewriting(opened: Opened, target: Target, path: Path, made: Made, replace: bool, titles: str) -> None:
    do = again = ""
    if ISSUED in titles:
        do = f"“{path.name}”的标题注明{ISSUED}，不能重写{TO_PAY_LATER}"
    elif opened.is_closed(target):
        do = f"{target} 已封存，不能重写"
    elif not replace:
        do, again = f"核对后确实要改的，重写（原来的保留为 {_kept(path).name}）", "--replace"
    if do:
        raise Refusal([*made.differing, Problem(
            "error", f"“{path.name}”与现在算出来的不同，没有写入", do, path.name, again=again)])


def _kept(path: Path) -> Path:
    return next(kept for n in range(1, 10**6) if not (kept := path.with_stem(f"{path.stem}_旧{n}")).exists())


# -- the same totals --------------------------------------------------------------------------------------------------

def _sums(made: Made, result: Result) -> list[Problem]:
    """Everybody is on it, and the columns of money and their sums are those of the result."""
    problems = []
    there = {person for filling in made.fillings for person in filling.people}
    if left := [str(line["工号"]) for line in result.lines if str(line["工号"]) not in there]:
        problems.append(Problem("error", f"工资表里有 {len(left)} 人不在公司的样式上：{named(left)}",
                                "在样式里加上这些人，或者留空行"))
    for filling, placed, looks in zip(made.fillings, made.placed, made.looks, strict=True):
        sheet = filled_sheet(placed, filling, looks)
        whole = set(filling.people) >= {str(line["工号"]) for line in result.lines}
        for one in filling.formulas:
            if one.kind == "money" and (other := agrees(sheet.at, one.place, one.kind, one.value, looks)):
                problems.append(Problem(
                    "error", f"{one.person}：「{one.heading}」的公式与工资表不同（公式 → 工资表）：{other}",
                    "改正样式里的公式，或者补上它要看的列", placed.where, address(*one.place), one.person))
        for column, at, row in _sum_cells(filling, placed, result) if whole else ():
            other = agrees(sheet.at, (row, at), "money", result.totals[column.heading], looks)
            if other:
                problems.append(Problem("error", f"「{column.heading}」的合计与工资表不同（表上 → 工资表）：{other}",
                                        "改正样式里合计的公式，让它算到每一行", placed.where, address(row, at)))
    return problems


def _sum_cells(filling: Filling, placed: Placed, result: Result) -> list[tuple[ResultColumn, int, int]]:
    """(column of the result, column and row of the sheet) of the cells below the people that sum them up."""
    form, filled, known = placed.form, filling.filled, columns_of(result)
    last = max([*form.people, *form.drawn, *(row for row, _ in filled.cells), filled.after + filled.room], default=-1)
    found = []
    for row in range(max(max(form.headings) + 1, min([*form.people, *form.drawn], default=0)), last + 8):
        if filled.room and filled.after < row <= filled.after + filled.room:
            continue
        old = row - filled.room if filled.room and row > filled.after else row
        cells = placed.sheet.rows[old] if old < len(placed.sheet.rows) else []
        if not any(isinstance(value, str) and says_total(squeezed(value)) for value in cells) or old in form.people:
            continue
        for one in form.fields:
            column = known.get(squeezed(one.name))
            mark = placed.mark((old, one.column))
            holds = placed.value((old, one.column)) is not None or (mark is not None and mark.formula)
            if column is not None and column.type == "money" and column.heading in result.totals and holds:
                found.append((column, one.column, row))
        break
    return found


def _lacking(forms: list[Form], made: Made, result: Result) -> list[str]:
    """The columns of money that the layout has not though they are not nought."""
    known = columns_of(result)
    there = {column.heading for form in forms for one in form.fields
             if (column := known.get(squeezed(one.name))) is not None}
    left = [f"{column.heading} {result.totals[column.heading]}" for column in result.columns
            if column.type == "money" and column.part and column.heading in result.totals
            and column.heading not in there and result.totals[column.heading]]
    return [f"公司的样式里没有这些项目，合计不是 0：{named(left, '项')}"] if left else []
