"""What a button works with, and what becomes of its errors: one message in HR's words, the workbook as it was."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xl_kpi.actions.outcome import Outcome
from xl_kpi.addin.ask import Asker, ExcelAsker
from xl_kpi.hand.days import read_any
from xl_kpi.opened import Opened
from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.parameters import policy_of
from xl_kpi.period import Month, Quarter
from xl_kpi.policy.compiled import Policy
from xl_kpi.problems import LEVELS, Case, HostError, Problem, Refusal, UsageError, cases
from xl_kpi.rules.base import PolicyError
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.target import EXAMPLES, Target, asked, examples, monthly, on_sheet, targets_of
from xl_kpi.workbook.changes import Changes
from xl_kpi.workbook.excel import Quiet, apply, read_book
from xl_kpi.workbook.file import Book

if TYPE_CHECKING:
    import xlwings as xw

SHOWN = 8               # problems in a message; all of them are on the sheet 体检
WRITTEN = ("工资条_", "核算依据_", "汇总_", "体检")     # written by the program, never read for their numbers
NO_BOOK = "没有打开的工作簿。请先打开标准工作簿，或者点“新建工作簿”。"
UNSAVED = "这个工作簿还没有保存过。请先保存（文件 → 另存为，类型选 .xlsx），再点这个按钮。"
FOREIGN = ("“{}”不是标准工作簿：里面没有“参数”等工作表，什么都没有改动。\n"
           "请打开标准工作簿，或者点“新建工作簿”建一个。")
BUSY = "Excel 正忙，可能有一个单元格正在编辑。按 Enter 或 Esc 结束编辑，再点这个按钮。什么都没有改动。"
# how Excel says over COM that it takes no calls now: while a cell is being edited, or a box is open
_BUSY = {-2147418111, -2147417846, -2146777998}
Pressed = Callable[[Any, "xw.Book | None"], None]


class Cancelled(Exception):
    """The person has cancelled."""


class Desk:
    """The active workbook and the person before it."""

    asker: Callable[[Any], Asker] = ExcelAsker      # a test puts its own person there

    def __init__(self, app: Any, book: xw.Book | None):
        self.app, self._book = app, book
        self.ask: Asker = type(self).asker(app)
        self._opened: Opened | None = None
        self._unset: list[str] = []

    @property
    def has_book(self) -> bool:
        return self._book is not None

    @property
    def book(self) -> xw.Book:
        assert self._book is not None
        return self._book

    @property
    def opened(self) -> Opened:
        """The workbook with its policy, parameters and tables, as it stands when the button is pressed."""
        if self._opened is None:
            self._opened, _ = self._open(lambda book: (policy_of(book), []))
        return self._opened

    def opened_to_verify(self) -> tuple[Opened, list[Problem]]:
        """The workbook read with a policy that was in force where it has no other any more, and why."""
        from xl_kpi.closing.record import policy_to_verify

        return self._open(policy_to_verify)

    def _open(self, policy: Callable[[Book], tuple[Policy, list[Problem]]]) -> tuple[Opened, list[Problem]]:
        with Quiet(self.app) as quiet:
            quiet.say("正在读取工作簿……")
            found = read_book(self.book, plain=WRITTEN)
            named, lacking = policy(found)
            refuse_foreign_book(found, named)
            return Opened(found, policy=named), lacking

    def read_again(self) -> None:
        """The workbook has changed: what was read of it no longer counts."""
        self._opened = None

    # ---------------------------------------------------------------------------------------------------- questions

    def month(self, what: str, default: Month | None = None) -> Month:
        return self._period(what, "月份，如 2016-11", Month, default or self.likely_month())

    def quarter(self, what: str, default: Quarter | None) -> Quarter:
        return self._period(what, "季度，如 2016Q4", Quarter, default)

    def targets(self, what: str) -> list[Target]:
        """The results of a period; none: nothing that has a period."""
        default, grains = self.likely_month(), dict.fromkeys(o.period for o in self.opened.policy.outputs.values())
        how = f"期间，如 {'、'.join(EXAMPLES[grain] for grain in grains)}；留空：只查不分期间的"
        text = self.line(f"{what}\n{how}", str(default or ""))
        try:
            return targets_of(self.opened.policy, read_any(text)) if text else []
        except ValueError as error:
            raise UsageError(str(error)) from None

    def target(self, what: str, likely: str = "") -> Target:
        """One result: its period, with its name before it where the policy has several (年度考核 2016)."""
        policy, shown = self.opened.policy, self.target_in_view()
        if monthly(policy):
            default, how = str(self.likely_month() or ""), "月份，如 2016-11"
        else:
            default = f"{shown.output.name} {shown.period}" if shown else ""
            how = f"结果和期间，如 {examples(policy)}"
        return asked(policy, self.line(f"{what}\n{how}", likely or default))

    def target_in_view(self) -> Target | None:
        """Whose sheet is in view."""
        return on_sheet(self.opened.policy, self.book.sheets.active.name)

    def _period(self, what: str, kind: str, of: Any, default: Any) -> Any:
        text = self.line(f"{what}\n{kind}", str(default or ""))
        try:
            return of.parse(text)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def line(self, prompt: str, default: str) -> str:
        """A line of text.  Raises Cancelled."""
        text = self.ask.text(prompt, default)
        if text is None:
            raise Cancelled
        return text

    def password(self, name: str, wrong: bool) -> str:
        """The password of a file that is read; '' where the person gives up."""
        return self.ask.text(f"{'密码不对，请再输入一次' if wrong else '打开密码'}（{name}；不会存下来）") or ""

    def likely_month(self) -> Month | None:
        """The month HR means most likely: that of the sheet in view, else the last one of the tables."""
        _, _, tail = self.book.sheets.active.name.partition("_")
        with contextlib.suppress(ValueError):
            return Month.parse(tail[:7])
        months = [int(reading.periods.last.max()) for reading in self.opened.tables.readings.values()
                  if reading.table.grain == "month" and reading.size]
        return Month(max(months)) if months and max(months) > 0 else None

    # ------------------------------------------------------------------------------------------------------ answers

    def apply(self, changes: Changes, what: str | None) -> None:
        """Write changes; ``what``: the name under which 撤销上次生成 knows them."""
        with Quiet(self.app) as quiet:
            self._unset = apply(self.book, changes, quiet, what)
        self.read_again()

    def unset_pages(self) -> list[str]:
        """What is said of the pages that could not be set up when changes were last written."""
        if not self._unset:
            return []
        return [f"页面设置（纸张、方向、缩放、分页）没有成功，多半是没有可用的打印机：{'、'.join(self._unset)}。"
                "内容已经写好；有了打印机后先看“打印预览”，不合适的自己设置。"]

    def finish(self, outcome: Outcome, what: str, show: str = "") -> None:
        """Write an outcome, show a sheet, say what there is to say."""
        self.apply(outcome.changes, what)
        if show:
            self.show(show)
        result = outcome.result
        people = f"，{len(result.lines)} 人" if result else ""
        notices = result.notices if result else []
        counts = counted(outcome.problems)
        self.ask.tell("\n".join([f"{what}：完成{people}。" if outcome.changes else f"{what}：没有改动。",
                                 *outcome.said, *notices, *([f"体检：{counts}"] if counts else []),
                                 *self.unset_pages()]))

    def show(self, sheet: str, cell: str = "") -> None:
        """Go to a place, as far as it can be gone to."""
        with contextlib.suppress(Exception):        # the sheet may be hidden, the cell beyond it
            found = self.book.sheets[sheet]
            found.activate()
            if cell:
                found.range(cell).select()

    def list_problems(self, problems: list[Problem]) -> bool:
        """The problems on the sheet 体检, nothing else; whether that was possible."""
        from xl_kpi.actions.check import problem_sheet

        try:
            self.apply(Changes(sheets=[problem_sheet(self.opened, problems)]), None)
        except (Refusal, UsageError, PolicyError):      # it cannot be written to, or is no standard workbook
            return False
        return True

    def refused(self, problems: list[Problem]) -> None:
        """One readable message, the list on 体检, a jump to the first cell."""
        listed = bool(problems) and self.has_book and self.list_problems(problems)
        first = next((p for p in problems if p.sheet and p.cell), None)
        if first is not None:
            self.show(first.sheet, first.cell)
        told = cases(problems)
        lines = [said(case) for case in told[:SHOWN]]
        if len(told) > SHOWN:
            lines.append(f"……共 {len(problems)} 条")
        end = ("完整的清单在工作表“体检”。" if listed else "") + "除此之外，工作簿没有改动。"
        self.ask.tell("\n".join(["没有完成，原因：", *lines, end if listed else "工作簿没有改动。"]), bad=True)


def button(needs_book: bool = True) -> Callable[[Callable[[Desk], None]], Pressed]:
    """Make a handler a function of the application and its active workbook (None: there is none), as the ribbon calls
    it; no error leaves it."""

    def decorate(handler: Callable[[Desk], None]) -> Pressed:
        @functools.wraps(handler)
        def pressed(app: Any, book: xw.Book | None) -> None:
            desk = Desk(app, book)
            try:
                try:
                    _run(handler, desk, needs_book)
                except Refusal as refusal:
                    desk.refused(refusal.problems)
            except Cancelled:
                pass
            except (UsageError, HostError, PolicyError) as error:
                desk.ask.tell(f"没有完成：{error}\n工作簿没有改动。", bad=True)
            except Exception as error:
                desk.ask.tell(words_of(error), bad=True)

        del pressed.__wrapped__    # its arguments are not the handler's
        return pressed

    return decorate


def _run(handler: Callable[[Desk], None], desk: Desk, needs_book: bool) -> None:
    if needs_book:
        if not desk.has_book:
            desk.ask.tell(NO_BOOK)
            return
        if not desk.book.api.Path:
            desk.ask.tell(UNSAVED)
            return
    handler(desk)


def words_of(error: BaseException) -> str:
    """An error nobody foresaw: in words, without names or amounts."""
    if is_busy(error):
        return BUSY
    return (f"没有完成，工作簿保持原样。\n程序或 Excel 出了意外的错误（{type(error).__name__}）。"
            "\n请保存工作簿，重新打开 Excel 再试；仍不行时点“环境检查”，把结果告诉程序的维护者。")


def is_busy(error: BaseException) -> bool:
    code = getattr(error, "hresult", None)
    return code in _BUSY or (bool(error.args) and error.args[0] in _BUSY)


def refuse_foreign_book(book: Book, policy: Policy) -> None:
    """Refuse a workbook that has none of the sheets of a standard one.  Raises Refusal."""
    from xl_kpi.tables.headings import find_sheets

    sheets = [PARAMETERS, *(table.sheet for table in policy.tables.values())]
    if not any(find_sheets(book, name) for name in sheets):
        raise UsageError(FOREIGN.format(book.path.name))


def said(case: Case) -> str:
    """Problems of one cause, in one line."""
    do = f"（{case.do}）" if case.do else ""
    return f"[{LEVELS[case.first.level]}] {f'{case.where}：' if case.where else ''}{case.text}{do}"


def counted(problems: list[Problem]) -> str:
    return "、".join(f"{LEVELS[level]} {n} 条" for level in LEVELS if (n := sum(p.level == level for p in problems)))


def named(sheets: list[ResultSheet], target: Target, kind: str) -> ResultSheet:
    """The result sheet of a kind: 核算依据, 汇总 …"""
    name = target.naming.beside(kind, str(target.period))
    return next(sheet for sheet in sheets if sheet.name == name)
