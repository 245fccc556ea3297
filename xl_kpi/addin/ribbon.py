"""The buttons of the tab 「绩效薪酬」: one function each, of the application and its active workbook.

Each asks what it must know, calls the action that the command of the same purpose calls, and writes the outcome into
the open workbook.  What becomes of errors is the business of ``desk``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from xl_kpi.actions.outcome import Outcome
from xl_kpi.addin.desk import SHOWN, Desk, button, counted, named, said
from xl_kpi.differing import differing
from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.problems import Incomplete, Problem, Refusal, UsageError, cases
from xl_kpi.results import BASIS, SUMMARY, Result
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.target import Target, asked, examples, monthly
from xl_kpi.workbook.changes import Changes

if TYPE_CHECKING:
    from xl_kpi.actions.form_fill import Written
    from xl_kpi.opened import Opened
    from xl_kpi.workbook.excel.values import Calls

T = TypeVar("T")

EVERYWHERE, TO_VALUES = "全部", "函数转为数值"
FINDINGS = "体检"


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

    targets = desk.targets("体检哪一期？")
    period = targets[0].period if targets else None
    outcome = examine(desk.opened, *targets)
    desk.apply(outcome.changes, None)
    desk.show(FINDINGS)
    desk.ask.tell(f"体检{f' {period}' if period else ''}：{counted(outcome.problems) or '没有发现问题'}。")


# ---------------------------------------------------------------------------------------------------------- 附表


@button()
def recognise_forms(desk: Desk) -> None:
    """What chosen files, or the open workbook when it is no standard one, hold; what is unclear is asked."""
    from xl_kpi.addin import forms

    opened, in_front = forms.standard(desk)
    given = forms.chosen_files(desk, "选要识别的附表，可以选几个", opened) if in_front else [
        forms.open_form(desk.book, opened)]
    forms.ask(desk, given)
    found = [forms.described(form) for one in given for form in one.forms]
    desk.ask.tell("\n".join(found) or "没有认出名单或卡片。")


@button()
def read_forms(desk: Desk) -> None:
    """Forms that were filled in, as rows of the workbook's tables."""
    from xl_kpi.actions.form_read import read_into, unclear
    from xl_kpi.addin import forms
    from xl_kpi.workbook.excel.looks import ExcelLooks

    given = forms.chosen_files(desk, "选填好的附表，可以选几个", desk.opened)
    forms.ask(desk, given, unclear(desk.opened, given), periods=True)
    outcome = read_into(desk.opened, given, lambda _, sheet: ExcelLooks(desk.book.sheets[sheet]))
    desk.finish(outcome, "读入附表", _first(outcome))


@button()
def fill_forms(desk: Desk) -> None:
    """A result into forms that are open in Excel: the one in front, or chosen files; an empty card for everybody into
    files of their own."""
    from xl_kpi import job
    from xl_kpi.actions.form_fill import fill_forms as fill
    from xl_kpi.actions.form_fill import wanted_by
    from xl_kpi.addin import forms

    opened, in_front = forms.standard(desk)
    target = asked(opened.policy, desk.line(f"填哪个结果？\n结果和期间，如 {examples(opened.policy)}",
                                            _likely(desk, opened) if in_front else ""))
    books = {str(Path(desk.book.api.FullName)): desk.book}
    if in_front:
        paths = desk.ask.files("选要填的附表，可以选几个")
        if not paths:
            return
        books = {str(Path(book.api.FullName)): book for book in (desk.app.books.open(path) for path in paths)}
    given = [forms.open_form(book, opened) for book in books.values()]
    result = job.result(opened.parameters, opened.tables, target.output, target.period, detail=False)
    forms.ask(desk, given, wanted_by(result))
    made = _agreed(desk, lambda overwrite: fill(opened, target, result, given, lambda book, sheet: forms.looks_of(
        books, book, sheet), overwrite), "改成结果的吗？")
    if made is None:
        return
    said = [*made.said]
    if copies := [one for one in made.written if one.person is not None]:
        said.append(_copies(copies, target))
    for one in made.written:
        if one.person is None and one.changes:
            forms.write_open(desk, books[str(one.book.path)], one.changes)
            said.append(f"{one.book.path.name} 填好了，核对以后自己保存。")
    desk.ask.tell("\n".join([f"填写附表 {target}：{made.people} 人。", *said]))


def _copies(copies: list[Written], target: Target) -> str:
    """An empty card, filled for each person, into files beside it."""
    from xl_kpi.actions.form_writing import write_forms

    path = copies[0].book.path
    folder = path.parent / f"{path.stem}_{target.period}"
    for one in copies:
        one.book.data = one.book.data or path.read_bytes()
    written = write_forms(copies, folder, False)
    return f"一人一份，{len(written)} 个文件在 {folder} 里。"


def _likely(desk: Desk, opened: Opened) -> str:
    month = desk.likely_month()
    return str(month) if month and monthly(opened.policy) else ""


@button()
def import_attendance(desk: Desk) -> None:
    """Attendance exports onto the attendance table; what they do not say is asked for, one question after the other."""
    from xl_kpi.actions.importing import SECTION, Questions, answers_beside, bring_in
    from xl_kpi.forms.foreign import open_form

    likely = desk.likely_month()
    month = desk.month("导入哪个月的考勤？", likely)
    paths = [Path(path) for path in desk.ask.files("选考勤导出，可以选几个")]
    if not paths:
        return
    books = [open_form(path, desk.password) for path in paths]
    answers = answers_beside(paths, Path(desk.book.fullname))
    while True:
        given = answers.section(SECTION)
        try:
            outcome = _or_replaced(desk, lambda replace, given=given: bring_in(      # type: ignore[misc]
                desk.opened, month, books, given, replace), "改成导出的吗？")
            break
        except Questions as questions:
            answers.ask(SECTION, questions.open)
            for one in questions.open:
                choices = f"\n可以填：{'、'.join(one.choices)}" if one.choices else ""
                answer = desk.ask.text(f"{one.text}{choices}", given.get(one.key, ""))
                if answer is None:
                    answers.save()
                    desk.ask.tell(f"没有导入。剩下的问题在 {answers.path} 里：也可以把答案写在那里，再点这个按钮。")
                    return
                answers.answer(SECTION, one.key, answer)
            answers.save()
    if outcome is not None:
        desk.finish(outcome, f"导入考勤 {month}", _first(outcome))


# ---------------------------------------------------------------------------------------------------------- 核算


@button()
def review(desk: Desk) -> None:
    from xl_kpi.actions.result import review as rate

    if desk.opened.policy.review is None:
        raise UsageError(f"《{desk.opened.policy.title}》不用这个按钮，它的结果点“其他结果”")
    likely = desk.likely_month()
    quarter = desk.quarter("评哪个季度的星级？", likely.quarter if likely else None)
    outcome = _or_replaced(desk, lambda replace: rate(desk.opened, quarter, replace),
                           "改成这次评出的吗？备注里会写明旧 → 新。")
    if outcome is not None:
        desk.finish(outcome, f"季度评星 {quarter}", _first(outcome))


@button()
def payroll(desk: Desk) -> None:
    pay = desk.opened.policy.payroll
    if pay is None:
        raise UsageError(f"《{desk.opened.policy.title}》不用这个按钮，它的结果点“其他结果”")
    _make(desk, Target.of(pay, desk.month("生成哪个月的工资表？")))


@button()
def result(desk: Desk) -> None:
    """Any output of the policy: asks which, and of which period."""
    _make(desk, desk.target("生成哪个结果？"))


def _make(desk: Desk, target: Target) -> None:
    from xl_kpi.actions.company_pay import CompanyPay, company_of
    from xl_kpi.actions.result import result as make

    title, forms = target.naming.title, bool(target.output.forms)
    question = (f"改成这次的{target.naming.what}吗？备注里会写明旧 → 新。" if forms
                else f"重写这张{title}吗？旧表改名保留。")
    company: list[CompanyPay | None] = []

    def made(replace: bool) -> Outcome:
        """The result, and the company's own 工资表 where there is one."""
        found = make(desk.opened, target, replace)
        folder = Path(desk.book.api.FullName).parent
        company[:] = [company_of(desk.opened, target, found, folder, replace, desk.password)]
        return found

    try:
        outcome = _or_replaced(desk, made, question)
    except Incomplete as refusal:
        desk.refused(refusal.problems)
        use = f"，不能用来发{target.naming.what}" if target.naming.plain else ""
        if desk.ask.confirm(f"要先做一张试算吗？缺资料的格是 #N/A，合计也算不出{use}。"):
            draft = make(desk.opened, target, draft=True)
            desk.finish(draft, f"试算 {target}", draft.changes.sheets[0].name)
        return
    if outcome is not None:
        desk.finish(outcome, f"生成{title} {target.period}", _first(outcome) or target.sheet)
        if company[0] is not None:
            desk.ask.tell(company[0].write())


def _first(outcome: Outcome) -> str:
    """The first sheet that is changed."""
    changes = outcome.changes
    return next((one.sheet for one in changes.filled), changes.sheets[0].name if changes.sheets else "")


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
    return _agreed(desk, action, question)


def _agreed(desk: Desk, action: Callable[[bool], T], question: str) -> T | None:
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
    target = desk.target("生成哪个月的工资条？" if desk.opened.policy.payroll else "生成哪个结果的通知单？")
    _output(desk, target, target.naming.slip)


@button()
def basis(desk: Desk) -> None:
    _output(desk, desk.target(f"生成哪个{_which(desk)}的{BASIS}？"), BASIS)


@button()
def print_setup(desk: Desk) -> None:
    """The print set-up of the month's result sheets, made anew; no content changes."""
    from xl_kpi.workbook.excel import Quiet
    from xl_kpi.workbook.excel.paint import page_of, set_page

    target = desk.target(f"给哪个{_which(desk)}的结果表设置打印？")
    _, sheets = _results(desk, target)
    there = {sheet.name for sheet in desk.book.sheets}
    done = [sheet for sheet in sheets if sheet.name in there]
    if not done:
        raise UsageError(f"还没有 {target} 的结果表，先点“{_button(target)}”")
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


def _which(desk: Desk) -> str:
    return "月" if desk.opened.policy.payroll else "结果"


def _button(target: Target) -> str:
    """The button that makes it."""
    return {"payroll": "生成工资表", "review": "季度评星"}.get(target.output.role, "其他结果")


def _output(desk: Desk, target: Target, kind: str) -> None:
    """One of the sheets anew, from the data as they are now: they must agree with the one of the output."""
    result, sheets = _results(desk, target)
    _refuse_other(desk, result, target)
    sheet = named(sheets, target, kind)
    desk.finish(Outcome(Changes(sheets=[sheet]), result=result), f"生成{kind} {target}", sheet.name)


def _results(desk: Desk, target: Target) -> tuple[Result, list[ResultSheet]]:
    from xl_kpi import job
    from xl_kpi.actions.sheet import result_sheets

    if target.output.forms:
        raise UsageError(f"{target.output.name} 填在附表里，没有别的结果表")
    result = job.result(desk.opened.parameters, desk.opened.tables, target.output, target.period)
    return result, result_sheets(result, desk.opened)


def _refuse_other(desk: Desk, result: Result, target: Target) -> None:
    from xl_kpi.actions.sheet import differences

    name = target.sheet
    old = desk.opened.book.sheet(name)
    if old is None:
        raise UsageError(f"还没有 {name}，先点“{_button(target)}”")
    found = differences(result, old)
    if found:
        raise differing(found, f"“{name}”与现在的资料算出来的", "旧 → 新", "",
                        f"核对资料；确实要按现在的算，先点“{_button(target)}”", name)


# ---------------------------------------------------------------------------------------------------------- 核对


@button()
def explain_selection(desk: Desk) -> None:
    from xl_kpi.addin.selection import explain

    desk.ask.tell(explain(desk))


@button()
def compare_formulas(desk: Desk) -> None:
    """Every cell of a sheet, as Excel has it after a full recalculation, against the engine."""
    from xl_kpi.addin.selection import formula_differences

    target = desk.target("核对哪个月的工资表？" if desk.opened.policy.payroll else "核对哪个结果的表？")
    name = target.sheet
    if desk.opened.book.sheet(name) is None:
        raise UsageError(f"还没有 {name}，先点“{_button(target)}”")
    desk.app.api.CalculateFull()        # also what Excel takes for calculated: a file brings values along
    desk.read_again()
    result, _ = _results(desk, target)
    count, problems = formula_differences(desk.opened, result, name)
    if problems:
        raise Refusal(problems)
    desk.ask.tell(f"{name}：{count} 个公式重新算过，与程序算的完全相同。")


@button()
def compare_last_month(desk: Desk) -> None:
    """汇总 says who has more or less than in the period before, and why."""
    from xl_kpi.sheets.summary import TERMS

    target = desk.target(f"哪个{_which(desk)}与上{'月' if desk.opened.policy.payroll else '期'}比较？")
    _, sheets = _results(desk, target)
    sheet = named(sheets, target, SUMMARY)
    desk.finish(Outcome(Changes(sheets=[sheet])), f"与{TERMS[target.period.grain][1]}比较 {target}", sheet.name)


# ---------------------------------------------------------------------------------------------------------- 结账


@button()
def close_month(desk: Desk) -> None:
    """A closed month is not to be rewritten: what was kept for 撤销上次生成 goes, and the closing itself stays."""
    from xl_kpi.actions.closing import close
    from xl_kpi.workbook.excel import Quiet, forget

    target = desk.target(f"封存哪个{_which(desk)}？")
    outcome = close(desk.opened, target)
    if outcome.changes:
        if not desk.ask.confirm(f"封存 {target}：资料、参数和结果记入结账记录，之后不再改写，"
                                "也不能用“撤销上次生成”撤销。继续吗？"):
            return
        desk.apply(outcome.changes, None)
        with Quiet(desk.app):
            forget(desk.book)
    desk.ask.tell("\n".join([f"{target} 已封存。", *outcome.said, *desk.unset_pages()]))


@button()
def verify(desk: Desk) -> None:
    from xl_kpi.actions.closing import verify as recompute

    opened, lacking = desk.opened_to_verify()
    found = recompute(opened, lacking=lacking)
    desk.ask.tell("\n".join(found.said()), bad=not found.equal)


@button()
def reopen_month(desk: Desk) -> None:
    """What was closed last, with the reason; like the closing itself it is no run to be undone."""
    from xl_kpi.actions.closing import reopen

    opened = desk.opened
    which = "月" if opened.policy.payroll else "结果"
    last = opened.ledger.standing[-1:] or list(opened.unrecorded)[-1:]
    if not last:
        raise UsageError(f"还没有封存的{'月份' if opened.policy.payroll else '结果'}，没有可以重开的")
    default = str(opened.closed[-1]) if opened.closed and opened.policy.payroll else str(
        last[0] if isinstance(last[0], Target) else last[0].about)
    target = desk.target(f"重开哪个{which}？只能重开最后封存的一个{which}：{default}。", default)
    outcome = reopen(opened, target, desk.line(f"为什么重开 {target}？原因记进结账记录。", ""))
    if desk.ask.confirm(f"重开 {target}：可以改正数据、重新生成{target.naming.title}，再封存；"
                        "重开和原因记入结账记录，不能撤销。继续吗？"):
        desk.apply(outcome.changes, None)
        desk.ask.tell("\n".join([f"{target} 已重开。", *outcome.said, *desk.unset_pages()]))


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

    month, pay = desk.likely_month(), desk.opened.policy.main
    jobs = [(pay, month.within(pay.period))] if month and pay.period != "span" else []
    found = [p for p in job.findings(desk.opened.parameters, desk.opened.tables, *jobs)
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
    from xl_kpi.addin.doctor import FINE, SIGNS, examine
    from xl_kpi.addin.machine import this_machine

    # Python answers: the button was pressed
    findings = examine(dataclasses.replace(this_machine(), answers=lambda library, command: ""))
    bad = [finding for finding in findings if finding.state in ("blocked", "warning")]
    lines = [f"{SIGNS[f.state]} {f.title}：{f.found}{f'（{f.do}）' if f.do else ''}" for f in bad or findings]
    desk.ask.tell("\n".join([FINE if not any(f.state == "blocked" for f in findings)
                             else "有妨碍加载项的问题：", *lines]))


@button(needs_book=False)
def help(desk: Desk) -> None:
    desk.ask.tell(
        "每个月的步骤：\n"
        "1. 新建月份：给每个人补上空行，填考勤、得分等。\n"
        "2. 体检：错误先改，警告和提示看一眼。\n"
        "3. 季度第一个月先点“季度评星”。\n"
        f"4. 生成工资表：连同工资条、{BASIS}、{SUMMARY}；制度里别的结果点“其他结果”。\n"
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
