"""封存, 校验, 重开: a month is frozen with all it was computed from, computed again, opened with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from xl_kpi import job
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.payroll import ISSUED, issued
from xl_kpi.actions.payroll import Difference as Shown
from xl_kpi.actions.payroll import differences as sheet_differences
from xl_kpi.closing.ledger import SHEET, WHY, Difference, Ledger, Record, reopening, sheet_of, short
from xl_kpi.closing.record import Again, again, changed_inputs, closed, differences, reopened, result_of
from xl_kpi.closing.seal import fingerprint, sealed, unsealed
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.problems import Advice, Problem, Refusal, UsageError
from xl_kpi.sheets.payroll import NAME as PAY_SHEET
from xl_kpi.workbook.changes import Changes
from xl_kpi.workbook.file import Book

LONGEST_REASON = 200
TOLD = 20           # differences that are told of what is only information


def close(opened: Opened, month: Month) -> Outcome:
    """Freeze a month.  Raises Refusal: not in order, no 工资表, one that says otherwise, errors in the data."""
    ledger = opened.ledger
    if month in opened.unrecorded:
        raise Refusal([opened.unrecorded[month]])
    if month in ledger.closed:
        record = ledger.last(month)
        assert record is not None
        seals = sealed(opened.book, record)
        said = [f"{month} 已经封存（{SHEET} {record.name}），不用再封存"]
        said += [f"补上了标题里的封存标记：{'、'.join(one.sheet for one in seals)}"] if seals else []
        return Outcome(Changes(filled=seals), said=said)
    _in_order(opened.book, ledger, month)
    result = job.payroll(opened.parameters, opened.tables, month, detail=False)
    sheet = opened.book.sheet(f"{PAY_SHEET}{month}")
    if sheet is None:
        raise Refusal([Problem("error", f"没有工作表 {PAY_SHEET}{month}，不能封存",
                               "先生成工资表", f"{PAY_SHEET}{month}",
                               command=f"payroll --month {month}")])
    found = sheet_differences(result, sheet)
    if found:
        do, command = "核对数据；确实要改的，先重新生成工资表", f"payroll --month {month} --replace"
        if issued(sheet):
            command = ""
            do = f"这张表注明{ISSUED}，不能重写：把数据改回发放时的样子再封存，差额在下个月用其他项目补发或扣回"
        raise Refusal([
            *(Problem("error", str(one), "", sheet.name, one.cell, one.person) for one in found),
            Problem("error", f"“{sheet.name}”与现在算出来的有 {len(found)} 处不同（表上 → 现在），不能封存", do,
                    sheet.name, command=command)])
    before = ledger.last(month)
    ledger = ledger.with_record(closed(opened, result, before))
    record = ledger.records[-1]
    said = []
    if before is not None:
        count = len(record.differences)
        said.append(f"与上次封存相比有 {count} 处不同" if count else "与上次封存的结果相同")
        said += [str(one) for one in record.differences]
    said.append(f"{record.name}的指纹 {short(record.fingerprint)}；可以抄在签字的工资表上，日后核对")
    changes = Changes(sheets=[sheet_of(ledger)], filled=sealed(opened.book, record))
    return Outcome(changes, result.problems, said, result)


def reopen(opened: Opened, month: Month, reason: str) -> Outcome:
    """Open the month that was closed last, with the reason.  Raises Refusal, UsageError for a reason that is none."""
    reason = " ".join(reason.split())
    if not any(c.isalnum() for c in reason) or reason == WHY:
        raise UsageError("原因：要写明为什么重开，如 3 号迟到记错了",
                         command=f'reopen --month {month} --reason "3 号迟到记错了"')
    if len(reason) > LONGEST_REASON:
        raise UsageError(f"原因：最多 {LONGEST_REASON} 个字，现在是 {len(reason)} 个")
    ledger = opened.ledger
    if month not in opened.closed:
        raise Refusal([_not_closed(ledger, month)])
    last = opened.closed[-1]
    if month != last:
        raise Refusal([Problem("error", f"只能重开最后封存的一个月，现在是 {last}",
                               f"要重开 {month}，从 {last} 起一个月一个月往回重开")])
    lost = fingerprint(opened.book, month) if month in opened.unrecorded else ""
    ledger = ledger.with_record(reopened(opened, month, reason, lost))
    said = [f"原来封存 {month} 的记录丢了（指纹 {lost}），{ledger.records[-1].name}写明了这一点"] if lost else []
    said.append(Advice(f"改正数据后，重新生成 {month} 的工资表", f"payroll --month {month} --replace"))
    said.append(Advice("再封存", f"close --month {month}"))
    return Outcome(Changes(sheets=[sheet_of(ledger)], filled=unsealed(opened.book, month)), said=said)


def _in_order(book: Book, ledger: Ledger, month: Month) -> None:
    """Months close one after the other."""
    months = ledger.closed
    if months:
        if month == months[-1] + 1:
            return
        if month < months[0]:
            raise Refusal([Problem("error", f"{month} 早于最先封存的 {months[0]}，不能补封", "按月份的次序封存")])
        first = months[-1] + 1
    else:
        first = month
        while book.sheet(f"{PAY_SHEET}{first - 1}") is not None:
            first = first - 1
    if first != month:
        raise Refusal([Problem("error", f"按月份的次序封存：{month} 之前还有 {first} 没有封存",
                               f"先封存 {first}", command=f"close --month {first}")])


def _not_closed(ledger: Ledger, month: Month) -> Problem:
    before = ledger.last(month)
    if before is not None:
        record = next(r for r in reversed(ledger.records) if r.month == month)
        return Problem("error", f"{month} 已经重开（{record.name}，原因：{record.content['reason']}），现在没有封存",
                       "改正后封存", SHEET, command=f"close --month {month}")
    months = "、".join(map(str, ledger.closed)) or "还没有"
    return Problem("error", f"{month} 没有封存；已封存的月份：{months}", "核对月份", SHEET)


# -------------------------------------------------------------------------------------------------------- 校验


@dataclass
class Verified:
    """One closed month checked.  ``sheet``: what its 工资表 says otherwise (None: it is not there any more);
    ``inputs``: cells that HR changed since; ``live``: closed → from today's data (None: cannot be computed);
    ``closed``: the months that are."""

    again: Again
    sheet: list[Shown] | None
    inputs: list[str]
    live: list[Difference] | None
    closed: list[Month]

    @property
    def record(self) -> Record:
        return self.again.record

    @property
    def equal(self) -> bool:
        """Nothing that counts differs; what HR did to the data since is their matter."""
        return self.again.equal and self.sheet == []

    def said(self) -> list[str]:
        """The findings for HR, a line each."""
        record, name = self.record, f"{PAY_SHEET}{self.record.month}"
        totals = "，".join(f"{heading} {amount}" for heading, amount in record.content["grand"])
        lines = [f"{record.month}：{SHEET} {record.name}，{record.content['people']} 人，{totals}"]
        lines += self._computed()
        if self.sheet is None:
            lines.append(f"  × 工作表 {name} 不见了")
        elif self.sheet:
            lines.append(f"  × {name} 有 {len(self.sheet)} 处改过（表上 → 封存的）")
            lines += [f"      {one}" for one in self.sheet]
        else:
            lines.append(f"  √ {name} 与封存的相同")
        if self.inputs or self.live:
            again = reopening(self.closed, self.record.month)[1] if self.live else ""
            lines += [Advice(f"  提示：封存之后有数据改过（不影响已封存的结果）；{self._from_live()}", again),
                      *(f"      {one}" for one in (*self.inputs, *(self.live or [])[:TOLD]))]
        if self.live and len(self.live) > TOLD:
            lines.append(f"      …… 还有 {len(self.live) - TOLD} 处")
        return lines

    def _from_live(self) -> str:
        """What today's data would give."""
        if self.live is None:
            return f"按现在的数据算不出 {self.record.month} 的工资"
        if not self.live:
            return "按现在的数据重算，结果仍相同"
        return (f"按现在的数据重算，有 {len(self.live)} 处不同（封存的 → 现在），"
                f"要更正的，{reopening(self.closed, self.record.month)[0]}")

    def _computed(self) -> list[str]:
        found = self.again
        if found.equal:
            return ["  √ 用存档重新核算，一分不差"]
        lines = ["  × 用存档不能重新核算" if found.result is None else
                 f"  × 用存档重新核算，有 {len(found.differences)} 处不同（封存的 → 现在）"]
        lines += [f"      {one}" for one in (*found.differences, *(p.text for p in found.problems))]
        return lines + [f"      原因：{cause}" for cause in found.causes]

    def as_json(self) -> dict[str, Any]:
        return {
            "month": str(self.record.month), "record": self.record.number, "equal": self.equal,
            "recomputed": [_as_json(one) for one in self.again.differences],
            "problems": [p.as_json() for p in self.again.problems], "causes": self.again.causes,
            "sheet": None if self.sheet is None else [_as_json(one) for one in self.sheet],
            "inputs": self.inputs, "live": None if self.live is None else [_as_json(one) for one in self.live],
        }


@dataclass
class Verification:
    """Every closed month that was asked for; ``lost``: sealed months without a record; ``changes``: old → new of a
    record against the closing before it."""

    months: list[Verified] = field(default_factory=list)
    lost: list[Problem] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.lost and all(month.equal for month in self.months)

    def said(self) -> list[str]:
        if not self.months and not self.lost:
            return ["还没有封存的月份"]
        lines = [line for month in self.months for line in month.said()]
        lines += self.changes
        for one in self.lost:
            lines += [f"× {one.sheet} {one.cell}  {one.text}", Advice(f"      怎么办：{one.do}", one.command)]
        found = "都与封存的相同" if self.equal else "有不同，见上面的 ×" if self.months else "见上面的 ×"
        return [*lines, f"{len(self.months) + len(self.lost)} 个月，{found}"]

    def as_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"months": [one.as_json() for one in self.months]}
        return content | ({"problems": [one.as_json() for one in self.lost]} if self.lost else {})


def verify(opened: Opened, month: Month | None = None) -> Verification:
    """Check the ledger, compute closed months (or one) again.  Raises Refusal: a ledger tampered with, a month that is
    not closed."""
    ledger = opened.ledger
    if month is not None and month in opened.unrecorded:
        raise Refusal([opened.unrecorded[month]])
    if month is not None and month not in ledger.closed:
        raise Refusal([_not_closed(ledger, month)])
    found = Verification(lost=list(opened.unrecorded.values()) if month is None else [])
    for one in [month] if month is not None else ledger.closed:
        record = ledger.last(one)
        assert record is not None
        found.months.append(_verified(opened, record))
        if month is not None and record.differences:
            found.changes = [f"{record.name}与上次封存的差别（旧 → 新）：", *(f"      {d}" for d in record.differences)]
    return found


def _verified(opened: Opened, record: Record) -> Verified:
    computed = again(record)
    was = result_of(record)
    sheet = opened.book.sheet(f"{PAY_SHEET}{record.month}")
    try:
        now = job.payroll(opened.parameters, opened.tables, record.month, detail=False)
        live = differences(was, now)
    except Refusal:
        live = None
    # the result computed again knows the formulas besides
    same = computed.result if computed.equal and computed.result is not None else was
    return Verified(computed, None if sheet is None else sheet_differences(same, sheet),
                    changed_inputs(record, opened.book), live, opened.closed)


def _as_json(one: Difference | Shown) -> dict[str, str]:
    return {"工号": one.person, "姓名": one.name, "项目": one.item, "old": one.old, "new": one.new}
