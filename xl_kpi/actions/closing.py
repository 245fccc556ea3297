"""封存, 校验, 重开: a result is frozen with all it was computed from, computed again, opened with a reason.

Each output closes by itself, one period after the other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xl_kpi import job
from xl_kpi.actions.forms import written as form_differences
from xl_kpi.actions.outcome import Outcome
from xl_kpi.actions.sheet import ISSUED, TO_PAY_LATER, Shown, issued
from xl_kpi.actions.sheet import differences as sheet_differences
from xl_kpi.closing.ledger import SHEET, WHY, Difference, Record, reopening, sheet_of, short
from xl_kpi.closing.record import (
    KEPT,
    Again,
    again,
    changed_inputs,
    closed,
    differences,
    other_texts,
    reopened,
    result_of,
)
from xl_kpi.closing.seal import fingerprint, sealed, unsealed
from xl_kpi.differing import differing_sheet
from xl_kpi.opened import Opened
from xl_kpi.period import SIZES, AnyPeriod
from xl_kpi.policy.compiled import Output
from xl_kpi.problems import Advice, Problem, Refusal, UsageError
from xl_kpi.results import Result
from xl_kpi.target import Target
from xl_kpi.workbook.changes import Changes

LONGEST_REASON = 200
TOLD = 20           # differences that are told of what is only information


def close(opened: Opened, target: Target) -> Outcome:
    """Freeze a result.  Raises Refusal: not in order, not written, written otherwise, errors in the data."""
    ledger = opened.ledger
    opened.lost(target)
    before = ledger.last(target.name, target.period)
    if target.period in ledger.closed(target.name):
        assert before is not None
        seals = sealed(opened.book, opened.policy, before)
        said = [f"{target} 已经封存（{SHEET} {before.name}），不用再封存"]
        said += [f"补上了标题里的封存标记：{'、'.join(one.sheet for one in seals)}"] if seals else []
        return Outcome(Changes(filled=seals), said=said)
    _in_order(opened, target)
    result = job.result(opened.parameters, opened.tables, target.output, target.period, detail=False)
    _refuse_unwritten(opened, target, result)
    ledger = ledger.with_record(closed(opened, target, result, before))
    record = ledger.records[-1]
    said = []
    if before is not None:
        count = len(record.differences)
        said.append(f"与上次封存相比有 {count} 处不同" if count else "与上次封存的结果相同")
        said += [str(one) for one in record.differences]
    said.append(f"{record.name}的指纹 {short(record.fingerprint)}；可以抄在签字的{_paper(target)}上，日后核对")
    changes = Changes(sheets=[sheet_of(ledger)], filled=sealed(opened.book, opened.policy, record))
    return Outcome(changes, result.problems, said, result)


def _paper(target: Target) -> str:
    """What is signed: the sheet, or the forms."""
    return "附表" if target.output.forms else target.naming.title


def _written(opened: Opened, target: Target, result: Result) -> list[Shown] | None:
    """What the sheet (or the forms) says otherwise than a result; None: it is not there."""
    if target.output.forms:
        return form_differences(opened, target, result)
    sheet = opened.book.sheet(target.sheet)
    return None if sheet is None else sheet_differences(result, sheet)


def _refuse_unwritten(opened: Opened, target: Target, result: Result) -> None:
    """Raises Refusal where what is to be closed is not what has been written."""
    naming = target.naming
    name = "、".join(sheet for sheet, _, _ in result.forms) if target.output.forms else target.sheet
    found = _written(opened, target, result)
    if found is None:
        raise Refusal([Problem("error", f"没有工作表 {name}，不能封存", f"先生成{naming.title}", name,
                               command=target.command)])
    if not found:
        return
    do, command = f"核对数据；确实要改的，先重新生成{naming.title}", f"{target.command} --replace"
    sheet = opened.book.sheet(name)
    if sheet is not None and not target.output.forms and issued(sheet):
        command = ""
        do = (f"这张表注明{ISSUED}，不能重写：把数据改回发放时的样子再封存"
              + (TO_PAY_LATER.replace("；差额请", "，差额") if naming.plain else ""))
    raise differing_sheet(found, name, "表上 → 现在", "不能封存", do, command)


def reopen(opened: Opened, target: Target, reason: str) -> Outcome:
    """Open what was closed last of its output, with the reason.  Raises Refusal, UsageError for no reason."""
    reason = " ".join(reason.split())
    if not any(c.isalnum() for c in reason) or reason == WHY:
        raise UsageError("原因：要写明为什么重开，如 3 号迟到记错了",
                         command=f'reopen {target.options} --reason "3 号迟到记错了"')
    if len(reason) > LONGEST_REASON:
        raise UsageError(f"原因：最多 {LONGEST_REASON} 个字，现在是 {len(reason)} 个")
    if not opened.is_closed(target):
        raise Refusal([_not_closed(opened, target)])
    last = target.at(opened.closed_of(target)[-1])
    if target != last:
        each = "一个月" if target.period.grain == "month" else "一个"
        raise Refusal([Problem("error", f"只能重开最后封存的{each}，现在是 {last}",
                               f"要重开 {target}，从 {last} 起{each}{each}往回重开")])
    lost = fingerprint(opened.book, opened.policy, target) if target in opened.unrecorded else ""
    ledger = opened.ledger.with_record(reopened(opened, target, reason, lost))
    said = [f"原来封存 {target} 的记录丢了（指纹 {lost}），{ledger.records[-1].name}写明了这一点"] if lost else []
    said.append(Advice(f"改正数据后，重新生成 {target.period} 的{target.naming.title}", f"{target.command} --replace"))
    said.append(Advice("再封存", f"close {target.options}"))
    return Outcome(Changes(sheets=[sheet_of(ledger)], filled=unsealed(opened.book, opened.policy, target)), said=said)


def _in_order(opened: Opened, target: Target) -> None:
    """One period after the other; of from–to none that ends before one that is closed."""
    periods, period = opened.ledger.closed(target.name), target.period
    each = {"month": "月份"}.get(period.grain, "期间")
    if period.grain not in SIZES:
        if periods and period.months[-1] < max(one.months[-1] for one in periods):
            last = max(periods, key=lambda one: one.months[-1].index)
            raise Refusal([Problem("error", f"{target} 早于已经封存的 {last}，不能补封", f"按{each}的次序封存")])
        return
    if periods:
        if period == periods[-1] + 1:
            return
        if period < periods[0]:
            raise Refusal([Problem("error", f"{target} 早于最先封存的 {periods[0]}，不能补封", f"按{each}的次序封存")])
        first = periods[-1] + 1
    else:
        first = period
        while opened.book.sheet(target.naming.sheet(str(first - 1))) is not None:
            first = first - 1
    if first != period:
        raise Refusal([Problem("error", f"按{each}的次序封存：{target} 之前还有 {first} 没有封存", f"先封存 {first}",
                               command=f"close {target.at(first).options}")])


def _not_closed(opened: Opened, target: Target) -> Problem:
    ledger = opened.ledger
    if ledger.last(target.name, target.period) is not None:
        record = next(r for r in reversed(ledger.records) if (r.output, r.period) == (target.name, target.period))
        return Problem("error", f"{target} 已经重开（{record.name}，原因：{record.content['reason']}），现在没有封存",
                       "改正后封存", SHEET, command=f"close {target.options}")
    each = "月份" if target.period.grain == "month" else "期间"
    periods = "、".join(map(str, ledger.closed(target.name))) or "还没有"
    return Problem("error", f"{target} 没有封存；已封存的{each}：{periods}", f"核对{each}", SHEET)


# -------------------------------------------------------------------------------------------------------- 校验


@dataclass
class Verified:
    """Something closed, checked.  ``sheet``: what its sheet (forms) says otherwise (None: it is not there any more);
    ``inputs``: cells that HR changed since; ``live``: closed → from today's data (None: cannot be computed);
    ``closed``: the periods of the output that are."""

    target: Target | None               # None: the policy has no such output any more
    again: Again
    sheet: list[Shown] | None
    inputs: list[str]
    live: list[Difference] | None
    closed: list[AnyPeriod]
    other: bool = False                 # the policy says something else today

    @property
    def record(self) -> Record:
        return self.again.record

    @property
    def equal(self) -> bool:
        """Nothing that counts differs; what HR did to the data since is their matter."""
        return self.again.equal and self.sheet == []

    def said(self) -> list[str]:
        """The findings for HR, a line each."""
        record = self.record
        name = f"{record.output} {record.period}" if self.target is None else (
            "附表" if self.target.output.forms else self.target.sheet)
        totals = "".join(f"，{heading} {amount}" for heading, amount in record.content["grand"])
        lines = [f"{record.about}：{SHEET} {record.name}，{record.content['people']} 人{totals}"]
        lines += self._computed()
        if self.sheet is None:
            lines.append(f"  × 工作表 {name} 不见了")
        elif self.sheet:
            lines.append(f"  × {name} 有 {len(self.sheet)} 处改过（表上 → 封存的）")
            lines += [f"      {one}" for one in self.sheet]
        else:
            lines.append(f"  √ {name} 与封存的相同")
        if self.inputs or self.live:
            again = reopening(self.record.output, self.closed, self.record.period)[1] if self.live else ""
            changed = "数据" if not self.other else "数据和条文" if self.inputs else "条文"
            lines += [Advice(f"  提示：封存之后有{changed}改过（不影响已封存的结果）；{self._from_live()}", again),
                      *(f"      {one}" for one in (*self.inputs, *(self.live or [])[:TOLD]))]
        if self.live and len(self.live) > TOLD:
            lines.append(f"      …… 还有 {len(self.live) - TOLD} 处")
        return lines

    def _from_live(self) -> str:
        """What today's data would give."""
        if self.live is None:
            what = self.target.naming.what if self.target else self.record.output
            return f"按现在的数据算不出 {self.record.period} 的{what}"
        if not self.live:
            return "按现在的数据重算，结果仍相同"
        return (f"按现在的数据重算，有 {len(self.live)} 处不同（封存的 → 现在），"
                f"要更正的，{reopening(self.record.output, self.closed, self.record.period)[0]}")

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
            **({"output": self.record.output, "period": str(self.record.period)} if self.record.output
               else {"month": str(self.record.period)}), "record": self.record.number, "equal": self.equal,
            "recomputed": [_as_json(one) for one in self.again.differences],
            "problems": [p.as_json() for p in self.again.problems], "causes": self.again.causes,
            "sheet": None if self.sheet is None else [_as_json(one) for one in self.sheet],
            "inputs": self.inputs, "live": None if self.live is None else [_as_json(one) for one in self.live],
        }


@dataclass
class Verification:
    """Whatever is closed and was asked for; ``lost``: what is sealed without a record; ``changes``: old → new of a
    record against the closing before it."""

    months: list[Verified] = field(default_factory=list)
    lost: list[Problem] = field(default_factory=list)
    policy: list[Problem] = field(default_factory=list)     # the policy is gone, or says something else today
    changes: list[str] = field(default_factory=list)
    of_months: bool = True              # whether it is all about months

    @property
    def equal(self) -> bool:
        return not self.lost and all(month.equal for month in self.months)

    def said(self) -> list[str]:
        if not self.months and not self.lost:
            return [f"还没有封存的{'月份' if self.of_months else '结果'}"]
        lines = [f"提示：{'；'.join(filter(None, (one.text, one.do)))}" for one in self.policy]
        lines += [line for month in self.months for line in month.said()]
        lines += self.changes
        for one in self.lost:
            lines += [f"× {one.sheet} {one.cell}  {one.text}", Advice(f"      怎么办：{one.do}", one.command)]
        found = "都与封存的相同" if self.equal else "有不同，见上面的 ×" if self.months else "见上面的 ×"
        return [*lines, f"{len(self.months) + len(self.lost)} 个{'月' if self.of_months else '结果'}，{found}"]

    def as_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"months": [one.as_json() for one in self.months]}
        problems = [*self.lost, *self.policy]
        return content | ({"problems": [one.as_json() for one in problems]} if problems else {})


def of_lost_output(opened: Opened, name: str, period: AnyPeriod | None) -> list[Record]:
    """What is asked for by the name of an output ('': the pay) that the policy of today has no more: its standing
    records, of one period or of all."""
    policy = opened.policy
    there_is = name in policy.outputs if name else policy.payroll is not None
    if there_is or not (name or period):
        return []
    return [record for record in opened.ledger.standing if record.output == name and period in (None, record.period)]


def verify(opened: Opened, target: Target | None = None, lacking: Sequence[Problem] = (),
           output: Output | None = None, records: list[Record] | None = None) -> Verification:
    """Check the ledger, compute what is closed (of one ``output``, or one result) again with the policy that was in
    force.  ``lacking``: why the policy that the workbook names cannot be had (``policy_to_verify``); ``records``: those
    asked for, of an output that the policy has no more.  Raises Refusal: a ledger tampered with, a result that is not
    closed."""
    ledger = opened.ledger
    if target is not None:
        opened.lost(target)
        if not opened.is_closed(target):
            raise Refusal([_not_closed(opened, target)])
    asked = [ledger.last(target.name, target.period)] if target is not None else records or ledger.standing
    standing = [record for record in asked if record is not None]
    lost = {} if target is not None or records else opened.unrecorded
    if output is not None:
        name = Target.name_of(output)
        standing = [record for record in standing if record.output == name]
        lost = {one: problem for one, problem in lost.items() if one.name == name}
    found = Verification(lost=list(lost.values()))
    of_pay = opened.policy.payroll is not None and output in (None, opened.policy.payroll)
    found.of_months = of_pay and not any(record.output for record in standing)
    found.policy = other_texts(standing, opened.policy)
    if records:
        lost_one = records[0].output or "工资"
        found.policy.append(Problem("warning", f"《{opened.policy.title}》现在没有「{lost_one}」这个结果", KEPT))
    if lacking:
        found.policy = [*lacking, Problem("warning", "工作簿采用的制度现在用不了", KEPT)]
    then = {opened.policy.digest: opened}
    for record in standing:
        found.months.append(_verified(opened, record, then))
        if target is not None and record.differences:
            found.changes = [f"{record.name}与上次封存的差别（旧 → 新）：", *(f"      {d}" for d in record.differences)]
    return found


def _verified(opened: Opened, record: Record, read: dict[str, Opened]) -> Verified:
    """``read``: the workbook as each policy reads it, by the policy's digest."""
    computed, was = again(record), result_of(record)
    policy = computed.policy or opened.policy
    if policy.digest not in read:
        read[policy.digest] = Opened(opened.book, policy=policy)
    in_force = read[policy.digest]
    other = in_force is not opened
    target, today = in_force.target(record), opened.target(record)
    if target is None:
        return Verified(None, computed, None, changed_inputs(record, opened.book), None, [record.period], other)
    now: Result | None = None
    live: list[Difference] | None = None
    with contextlib.suppress(Refusal, UsageError):
        if today is not None:
            now = job.result(opened.parameters, opened.tables, today.output, today.period, detail=False)
            live = differences(was, now)
    # the result computed again knows the formulas besides, and whose lines are in which form
    same = computed.result if computed.equal and computed.result is not None else was
    if target.output.forms and now is not None:
        same = replace(same, forms=same.forms or now.forms)
    return Verified(target, computed, _written(in_force, target, same), changed_inputs(record, opened.book), live,
                    opened.closed_of(target), other)


def _as_json(one: Difference | Shown) -> dict[str, str]:
    return {"工号": one.person, "姓名": one.name, "项目": one.item, "old": one.old, "new": one.new}
