"""The buttons of the tab 「绩效薪酬」: one function each, of the application and its active workbook.

Each asks what it must know, calls the action that the command of the same purpose calls, and writes the outcome into
the open workbook.  What becomes of errors is the business of ``desk``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xl_kpi.actions.outcome import Outcome
from xl_kpi.addin.desk import SHOWN, Desk, button, counted, named, said
from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.period import Month, Quarter
from xl_kpi.problems import Incomplete, Problem, Refusal, UsageError, cases
from xl_kpi.results import Result
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.changes import Changes

if TYPE_CHECKING:
    from xl_kpi.workbook.excel.values import Calls

EVERYWHERE, TO_VALUES = "全部", "函数转为数值"
PAY, SLIPS, BASIS, SUMMARY, FINDINGS = "工资表", "工资条", "核算依据", "汇总", "体检"


# ---------------------------------------------------------------------------------------------------------- 准备


@button(needs_book=False)
def new_workbook(desk: Desk) -> None:
    """An empty standard workbook, written by the command's own code and opened."""
    from xl_kpi.actions.new import new_book

    path = desk.ask.save_as(f"客服部{dt.date.today().year}.xlsx")        # by the year the months are listed
    if path is None:
        return
    told = new_book(Path(path))
    desk.app.books.open(path)
    desk.ask.tell("\n".join(told))


@button()
def new_month(desk: Desk) -> None:
    from xl_kpi.actions.month import new_month as add_month

    likely = desk.likely_month()
    month = desk.month("新建哪个月？给在册的每个人补上空行。", likely + 1 if likely else None)
    desk.finish(add_month(desk.opened, month), f"新建月份 {month}")


@button()
def check(desk: Desk) -> None:
    """体检; its sheet is a list that is made anew each time, so it is no run to be undone."""
    from xl_kpi.actions.check import check as examine

    period = desk.month_or_quarter("体检哪个月或哪个季度？")
    outcome = examine(desk.opened, period if isinstance(period, Month) else None,
                      period if isinstance(period, Quarter) else None)
    desk.apply(outcome.changes, None)
    desk.show(FINDINGS)
    desk.ask.tell(f"体检{f' {period}' if period else ''}：{counted(outcome.problems) or '没有发现问题'}。")


# ---------------------------------------------------------------------------------------------------------- 核算


@button()
def review(desk: Desk) -> None:
    from xl_kpi.actions.review import review as rate

    likely = desk.likely_month()
    quarter = desk.quarter("评哪个季度的星级？", likely.quarter if likely else None)
    outcome = _or_replaced(desk, lambda replace: rate(desk.opened, quarter, replace),
                           "改成这次评出的吗？备注里会写明旧 → 新。")
    if outcome is not None:
        changes = outcome.changes
        desk.finish(outcome, f"季度评星 {quarter}", next(
            (one.sheet for one in changes.filled), changes.sheets[0].name if changes.sheets else ""))


@button()
def payroll(desk: Desk) -> None:
    from xl_kpi.actions.payroll import payroll as pay

    month = desk.month("生成哪个月的工资表？")
    try:
        outcome = _or_replaced(desk, lambda replace: pay(desk.opened, month, replace),
                               "重写这张工资表吗？旧表改名保留。")
    except Incomplete as refusal:
        desk.refused(refusal.problems)
        if desk.ask.confirm("要先做一张试算吗？缺资料的格是 #N/A，合计也算不出，不能用来发工资。"):
            draft = pay(desk.opened, month, draft=True)
            desk.finish(draft, f"试算 {month}", draft.changes.sheets[0].name)
        return
    if outcome is not None:
        show = outcome.changes.sheets[0].name if outcome.changes.sheets else ""
        desk.finish(outcome, f"生成{PAY} {month}", show or f"{PAY}_{month}")


@button()
def undo(desk: Desk) -> None:
    from xl_kpi.workbook.excel import Quiet, bring_back, changed_since, kept

    what = kept(desk.book)
    if not what:
        desk.ask.tell("没有可以撤销的：这个工作簿里没有保留上一次生成的内容。")
        return
    since = changed_since(desk.book)
    question = f"撤销“{what}”，恢复成它之前的样子吗？"
    if since:
        question = f"{'、'.join(since)} 在“{what}”之后又有人改过；撤销会丢掉这些改动。\n{question}"
    if not desk.ask.confirm(question):
        return
    with Quiet(desk.app) as quiet:
        quiet.say(f"正在撤销 {what}……")
        bring_back(desk.book)
    desk.ask.tell(f"已撤销“{what}”。")


def _or_replaced(desk: Desk, action: Callable[[bool], Outcome], question: str) -> Outcome | None:
    """An action's outcome; where only a difference from what is there is in the way, the person decides."""
    try:
        return action(False)
    except Refusal as refusal:
        try:
            replaced = action(True)
        except Refusal as other:
            # it stays refused: what is said then is the reason
            raise other from None
        changes = [problem for problem in refusal.problems if problem.cell or problem.person]
        lines = [problem.text for problem in changes[:15]]
        if len(changes) > 15:
            lines.append(f"……共 {len(changes)} 处")
        text = "\n".join(["与工作簿里已有的不同（旧 → 新）：", *lines, question])
        return replaced if desk.ask.confirm(text) else None


# ---------------------------------------------------------------------------------------------------------- 输出


@button()
def slips(desk: Desk) -> None:
    _output(desk, SLIPS)


@button()
def basis(desk: Desk) -> None:
    _output(desk, BASIS)


@button()
def print_setup(desk: Desk) -> None:
    """The print set-up of the month's result sheets, made anew; no content changes."""
    from xl_kpi.workbook.excel import Quiet
    from xl_kpi.workbook.excel.paint import page_of, set_page

    month = desk.month("给哪个月的结果表设置打印？")
    _, sheets = _results(desk, month)
    there = {sheet.name for sheet in desk.book.sheets}
    done = [sheet for sheet in sheets if sheet.name in there]
    if not done:
        raise UsageError(f"还没有 {month} 的结果表，先点“生成{PAY}”")
    with Quiet(desk.app) as quiet:
        for sheet in done:
            quiet.say(f"正在设置 {sheet.name}……")
            set_page(desk.book.sheets[sheet.name], page_of(sheet))
    desk.ask.tell("\n".join(["已设好打印（A4、标题行、页码）：", *(sheet.name for sheet in done)]))


@button()
def to_values(desk: Desk) -> None:
    """The formulas with functions of ours as values: on a computer without the add-in they would be #NAME?."""
    from xl_kpi.udfs import __all__ as functions
    from xl_kpi.workbook.excel import Quiet, calls_in, formulas_to_values

    sheets = {sheet.name.lower(): sheet.name for sheet in desk.book.sheets}
    asked = desk.line(f"把哪张工作表里的函数转为数值？写工作表的名字，如 {desk.book.sheets.active.name}；"
                      f"{EVERYWHERE}：整个工作簿", EVERYWHERE)
    if asked.lower() not in sheets and asked != EVERYWHERE:
        raise UsageError(f"没有工作表“{asked}”")
    chosen = [sheets[asked.lower()]] if asked.lower() in sheets else list(sheets.values())
    with Quiet(desk.app) as quiet:
        quiet.say("正在查找函数……")
        found, names = calls_in(desk.book, functions, chosen)
    unclear = [Problem("error", "这个公式和别的格是一个整体，程序看不出到哪里为止，或者太长，撤销不了，没有动它",
                       "选中整个区域，复制，选择性粘贴为“数值”，再点一次", one.sheet, cell)
               for one in found for cell in one.unclear]
    if unclear:
        raise Refusal(unclear)
    if not found:
        desk.ask.tell("没有要转的：没有用到本程序函数的公式。")
        return
    count = sum(one.count for one in found)
    if not desk.ask.confirm("\n".join([
            f"有 {count} 个公式用到本程序的函数（{'、'.join(f'{one.sheet} {one.count} 个' for one in found)}）。"
            "转为数值之后不再跟着数据变。", *_errors_shown(found), "继续吗？"])):
        return
    with Quiet(desk.app) as quiet:
        quiet.say("正在转为数值……")
        formulas_to_values(desk.book, found, TO_VALUES)
    told = [f"{count} 个公式转成了数值。保存之后就可以发出去；要恢复公式，点“撤销上次生成”。", *_errors_shown(found)]
    if names:
        told.append(f"定义名称 {'、'.join(names)} 里也有本程序的函数，没有动，只转了用到它的公式；"
                    "不再用的请在“名称管理器”里删除。")
    desk.ask.tell("\n".join(told))


def _errors_shown(found: list[Calls]) -> list[str]:
    cells = [f"{one.sheet}!{cell} {error}" for one in found for cell, error in one.errors.items()]
    rest = f"……共 {len(cells)} 格" if len(cells) > SHOWN else ""
    return [f"显示错误值的，转了之后仍是错误值：{'、'.join(cells[:SHOWN])}{rest}"] if cells else []


def _output(desk: Desk, kind: str) -> None:
    """One of the month's sheets anew, from the data as they are now: they must agree with the 工资表."""
    month = desk.month(f"生成哪个月的{kind}？")
    result, sheets = _results(desk, month)
    _refuse_other_pay(desk, result, month)
    sheet = named(sheets, kind)
    desk.finish(Outcome(Changes(sheets=[sheet]), result=result), f"生成{kind} {month}", sheet.name)


def _results(desk: Desk, month: Month) -> tuple[Result, list[ResultSheet]]:
    from xl_kpi import job
    from xl_kpi.actions.payroll import payroll_sheets

    result = job.payroll(desk.opened.parameters, desk.opened.tables, month)
    return result, payroll_sheets(result, desk.opened)


def _refuse_other_pay(desk: Desk, result: Result, month: Month) -> None:
    from xl_kpi.actions.payroll import differences

    name = f"{PAY}_{month}"
    old = desk.opened.book.sheet(name)
    if old is None:
        raise UsageError(f"还没有 {name}，先点“生成{PAY}”")
    found = differences(result, old)
    if found:
        raise Refusal([*(Problem("error", str(one), "", name, one.cell, one.person) for one in found), Problem(
            "error", f"“{name}”与现在的资料算出来的有 {len(found)} 处不同（旧 → 新）",
            f"核对资料；确实要按现在的算，先点“生成{PAY}”", name)])


# ---------------------------------------------------------------------------------------------------------- 核对


@button()
def explain_selection(desk: Desk) -> None:
    from xl_kpi.addin.selection import explain

    desk.ask.tell(explain(desk))


@button()
def compare_formulas(desk: Desk) -> None:
    """Every cell of the 工资表, as Excel has it after a full recalculation, against the engine."""
    from xl_kpi.addin.selection import formula_differences

    month = desk.month(f"核对哪个月的{PAY}？")
    name = f"{PAY}_{month}"
    if desk.opened.book.sheet(name) is None:
        raise UsageError(f"还没有 {name}，先点“生成{PAY}”")
    desk.app.api.CalculateFull()        # also what Excel takes for calculated: a file brings values along
    desk.read_again()
    result, _ = _results(desk, month)
    count, problems = formula_differences(desk.opened, result, name)
    if problems:
        raise Refusal(problems)
    desk.ask.tell(f"{name}：{count} 个公式重新算过，与程序算的完全相同。")


@button()
def compare_last_month(desk: Desk) -> None:
    """汇总 says who has more or less than last month, and why."""
    month = desk.month("哪个月与上月比较？")
    _, sheets = _results(desk, month)
    sheet = named(sheets, SUMMARY)
    desk.finish(Outcome(Changes(sheets=[sheet])), f"与上月比较 {month}", sheet.name)


# ---------------------------------------------------------------------------------------------------------- 结账


@button()
def close_month(desk: Desk) -> None:
    """A closed month is not to be rewritten: what was kept for 撤销上次生成 goes, and the closing itself stays."""
    from xl_kpi.actions.closing import close
    from xl_kpi.workbook.excel import Quiet, forget

    month = desk.month("封存哪个月？")
    outcome = close(desk.opened, month)
    if outcome.changes:
        if not desk.ask.confirm(f"封存 {month}：资料、参数和结果记入结账记录，之后不再改写，"
                                "也不能用“撤销上次生成”撤销。继续吗？"):
            return
        desk.apply(outcome.changes, None)
        with Quiet(desk.app):
            forget(desk.book)
    desk.ask.tell("\n".join([f"{month} 已封存。", *outcome.said, *desk.unset_pages()]))


@button()
def verify(desk: Desk) -> None:
    from xl_kpi.actions.closing import verify as recompute

    found = recompute(desk.opened)
    desk.ask.tell("\n".join(found.said()), bad=not found.equal)


@button()
def reopen_month(desk: Desk) -> None:
    """The month that was closed last, with the reason; like the closing itself it is no run to be undone."""
    from xl_kpi.actions.closing import reopen

    closed = desk.opened.closed
    if not closed:
        raise UsageError("还没有封存的月份，没有可以重开的")
    month = desk.month("重开哪个月？只能重开最后封存的一个月。", closed[-1])
    outcome = reopen(desk.opened, month, desk.line(f"为什么重开 {month}？原因记进结账记录。", ""))
    if desk.ask.confirm(f"重开 {month}：可以改正数据、重新生成工资表，再封存；"
                        "重开和原因记入结账记录，不能撤销。继续吗？"):
        desk.apply(outcome.changes, None)
        desk.ask.tell("\n".join([f"{month} 已重开。", *outcome.said, *desk.unset_pages()]))


@button()
def tidy(desk: Desk) -> None:
    """One button: what can be hidden is hidden, else everything is shown."""
    from xl_kpi.actions.tidy import tidied
    from xl_kpi.actions.tidy import tidy as hide

    outcome = hide(desk.opened, show=tidied(desk.opened))
    desk.apply(outcome.changes, "整理")
    desk.ask.tell("\n".join(outcome.said))


# ---------------------------------------------------------------------------------------------------------- 设置


@button()
def parameters(desk: Desk) -> None:
    """The sheet 参数, at the first value that is missing or wrong."""
    from xl_kpi import job

    found = [p for p in job.findings(desk.opened.parameters, desk.opened.tables, desk.likely_month(), None)
             if p.sheet == PARAMETERS and p.level == "error"]
    if desk.opened.book.sheet(PARAMETERS) is None:
        raise UsageError(f"这个工作簿没有工作表“{PARAMETERS}”")
    desk.show(PARAMETERS, found[0].cell if found else "A1")
    title = desk.opened.policy.title
    if found:
        desk.ask.tell("\n".join([f"制度：{title}。还有 {len(found)} 处要填或要改：", *map(said, cases(found)[:10])]))
    else:
        desk.ask.tell(f"制度：{title}。没有缺的参数。")


@button(needs_book=False)
def environment(desk: Desk) -> None:
    from xl_kpi.addin.doctor import SIGNS, examine
    from xl_kpi.addin.machine import this_machine

    # Python answers: the button was pressed
    findings = examine(dataclasses.replace(this_machine(), answers=lambda library, command: ""))
    bad = [finding for finding in findings if finding.state in ("blocked", "warning")]
    lines = [f"{SIGNS[f.state]} {f.title}：{f.found}{f'（{f.do}）' if f.do else ''}" for f in bad or findings]
    desk.ask.tell("\n".join(["加载项可以使用。" if not any(f.state == "blocked" for f in findings)
                             else "有妨碍加载项的问题：", *lines]))


@button(needs_book=False)
def help(desk: Desk) -> None:
    desk.ask.tell(
        "每个月的步骤：\n"
        "1. 新建月份：给每个人补上空行，填考勤、得分等。\n"
        "2. 体检：错误先改，警告和提示看一眼。\n"
        "3. 季度第一个月先点“季度评星”。\n"
        f"4. 生成{PAY}：连同{SLIPS}、{BASIS}、{SUMMARY}。\n"
        "5. 与公式核对、与上月比较；有人问起，选中那一格点“解释选中项”。\n"
        "6. 发放后点“封存”。\n"
        "做错了点“撤销上次生成”。单元格里的函数：输入 = 和函数名，点 fx 有每个参数的说明。")


@button(needs_book=False)
def about(desk: Desk) -> None:
    from importlib.metadata import version

    desk.ask.tell(
        f"xl-kpi {version('xl-kpi')}：绩效考核、星级与工资。\n"
        "许可：MIT；所用的库见 NOTICE。\n"
        "隐私：程序不连网络，不写日志；资料只在你的工作簿里。\n"
        "算不下去就拒绝并说明原因，从不猜。")
