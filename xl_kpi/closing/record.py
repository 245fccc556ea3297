"""What a record holds of what was closed: inputs, settings and results; and the same computed again from that."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version
from itertools import zip_longest
from typing import Any

from xl_kpi import job
from xl_kpi.closing.ledger import CLOSE, REOPEN, RESTORE, SHEET, Difference, Record, reopening
from xl_kpi.closing.ledger import read as read_ledger
from xl_kpi.closing.snapshot import book_of, inputs, sheets_as_json
from xl_kpi.differing import differing
from xl_kpi.job import shown
from xl_kpi.opened import Opened
from xl_kpi.parameters import policy_of
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import of_sources
from xl_kpi.policy.settings import Settings
from xl_kpi.problems import Problem, Refusal, UsageError
from xl_kpi.results import ID, NAME, Naming, Result, ResultColumn
from xl_kpi.rules.base import PolicyError
from xl_kpi.sheets.layout import totalled
from xl_kpi.tables.cells import seen
from xl_kpi.tables.headings import find_sheets
from xl_kpi.target import Target
from xl_kpi.workbook.file import Book, Mark, Sheet
from xl_kpi.workbook.grid import address

PERSON = "这个人"           # the item of somebody who is in one of two results only
_NUMBERS: dict[str, Callable[[str], Any]] = {"money": Decimal, "score": Fraction, "percent": Fraction}
KEPT = "已封存的按封存时存下的条文校验"
EXAMPLES = 5                # changed cells that are told of a sheet
Content = dict[str, Any]


def program() -> str:
    return version("xl-kpi")


def _about(target: Target) -> Content:
    """What a record is about.  That of the pay is written as it was before there were other outputs."""
    return {"output": target.name, "period": str(target.period)} if target.name else {"month": str(target.period)}


def closed(opened: Opened, target: Target, result: Result, before: Record | None) -> Content:
    """The content of a record that closes something; ``before``: its record when it was closed earlier."""
    settings = opened.parameters.settings
    return {
        "action": CLOSE, **_about(target), "policy": result.policy, "policy_digest": opened.policy.digest,
        "policy_texts": [list(one) for one in opened.policy.sources.items()], "program": program(), "reason": "",
        "people": len(result.lines),
        "grand": [[c.heading, shown(result.totals[c.heading], "money")] for c in totalled(result)
                  if c.type == "money" and not c.part and c.formula],
        "columns": [[c.heading, c.type] for c in result.columns],
        "lines": [[_exact(line[c.heading]) for c in result.columns] for line in result.lines],
        "differences": [list(one) for one in differences(result_of(before), result)] if before else [],
        "readings": settings.readings, "parameters": _parameters(settings, target.period),
        "sheets": sheets_as_json(inputs(opened.book, opened.policy)),
    }


def reopened(opened: Opened, target: Target, reason: str, lost: str = "") -> Content:
    """The content of a record that opens something again.  ``lost``: the fingerprint on the seal of a closing that has
    no record any more."""
    return {"action": REOPEN, **_about(target), "policy": opened.policy.id, "program": program(), "reason": reason,
            "differences": [], **({"lost": lost} if lost else {})}


def _exact(value: Any) -> Any:
    """A value of a result without loss: numbers as text, a fraction as 100/3."""
    return str(value) if isinstance(value, Decimal | Fraction) else value


def _parameters(settings: Settings, period: AnyPeriod) -> dict[str, dict[str, str]]:
    """The values that count in a period (its first month): parameter → key (blank: none) → value."""
    found: dict[str, dict[str, str]] = {}
    for (name, key), _ in settings.values.items():
        value = settings.at(name, key, period.months[0].index)
        if value is not None:
            found.setdefault(name, {})["" if key is None else str(key)] = str(value)
    return found


def result_of(record: Record) -> Result:
    """The result as it was closed.  Raises Refusal."""
    content = record.content
    with _of_ours(record):
        columns = [ResultColumn(heading, kind) for heading, kind in content["columns"]]
        lines = [{c.heading: _NUMBERS[c.type](value) if c.type in _NUMBERS and value is not None else value
                  for c, value in zip(columns, line, strict=True)} for line in content["lines"]]
    return Result(Naming(record.output), str(record.period), content["policy"], "", columns, lines)


def inputs_of(record: Record) -> Book:
    """The sheets that it was computed from.  Raises Refusal."""
    with _of_ours(record):
        return book_of(record.content["sheets"], f"{record.name}的存档")


@contextlib.contextmanager
def _of_ours(record: Record) -> Iterator[None]:
    """Only somebody who writes records with another program gets here: refused, no traceback."""
    try:
        yield
    except (KeyError, TypeError, ValueError, ArithmeticError, IndexError, AttributeError):
        text = f"{record.name}的存档不是程序写的样子，不能重新核算"
        raise Refusal([Problem("error", text, RESTORE, SHEET)]) from None


def differences(old: Result, new: Result) -> list[Difference]:
    """What two results say differently, person by person, as they show it."""
    known = {str(line[ID]): line for line in old.lines}
    found = []
    # an item that one of them does not have says nothing there
    kinds = {c.heading: c.type for c in (*old.columns, *new.columns) if c.heading not in (ID,)}
    for line in new.lines:
        person, name = str(line[ID]), str(line.get(NAME) or "")
        was = known.pop(person, None)
        if was is None:
            found.append(Difference(person, name, PERSON, "", "有"))
            continue
        for heading, kind in kinds.items():
            one, other = was.get(heading), line.get(heading)
            if one != other and (a := shown(one, kind)) != (b := shown(other, kind)):
                found.append(Difference(person, name, heading, a, b))
    found += [Difference(person, str(line.get(NAME) or ""), PERSON, "有", "") for person, line in known.items()]
    return found


def refuse_other(opened: Opened, target: Target, result: Result) -> None:
    """Refuse to write what is closed (its sheet is gone) when today's data give another result.  Raises Refusal."""
    record = opened.ledger.last(target.name, target.period)
    found = differences(result_of(record), result) if record else []
    if found:
        do, command = reopening(target.name, opened.ledger.closed(target.name) or [target.period], target.period)
        raise differing(found, f"{target} 已封存，现在算出来的与封存的", "封存的 → 现在", "没有写入",
                        f"确需更正的，先{do}", command=command)


# -------------------------------------------------------------------------------------------------- computed again


@dataclass
class Again:
    """Something closed, computed again by today's program from what was kept.

    ``differences``: closed → now; ``problems``: why it cannot be computed now; ``causes``: what is not as it was.
    """

    record: Record
    result: Result | None = None
    policy: Policy | None = None        # the one that was in force
    differences: list[Difference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return self.result is not None and not self.differences


def again(record: Record) -> Again:
    """Compute it again from its snapshot.  Raises Refusal when that is no snapshot of ours."""
    found = Again(record)
    was, book = result_of(record), inputs_of(record)
    try:
        opened = Opened(book, settled=True, policy=kept_policy(record))
        found.policy = opened.policy
        target = opened.target(record)
        found.causes = _causes(record.content, opened, record.period)
        if target is None:
            found.problems = [Problem("error", f"《{opened.policy.title}》现在没有 {record.output or '工资表'}")]
        else:
            found.result = job.result(opened.parameters, opened.tables, target.output, target.period, detail=False)
            found.differences = differences(was, found.result)
    except Refusal as refusal:
        found.problems = [p for p in refusal.problems if p.level == "error"]
    except (PolicyError, UsageError) as error:
        found.problems = [Problem("error", str(error))]
    return found


def kept_policy(record: Record) -> Policy | None:
    """The policy as it was in force, page, packs and parent; None: the record is older than that.  Raises
    PolicyError, Refusal."""
    with _of_ours(record):
        texts = record.content.get("policy_texts", [])
        if not all(isinstance(name, str) and isinstance(text, str) for name, text in texts):
            raise TypeError("no texts")
    return of_sources(dict(texts)) if texts else None


def policy_to_verify(book: Book) -> tuple[Policy, list[Problem]]:
    """The policy that a workbook names; where it cannot be had (its page is gone, or wrong), the one that was in force
    when something was closed last, and why.  Raises Refusal: nothing closed keeps one."""
    try:
        return policy_of(book), []
    except Refusal as refusal:
        for record in reversed(read_ledger(book).sound().standing):
            with contextlib.suppress(PolicyError):
                if (policy := kept_policy(record)) is not None:
                    return policy, [replace(one, level="warning") for one in refusal.problems]
        raise


def other_texts(records: list[Record], policy: Policy) -> list[Problem]:
    """What a policy says otherwise than when something was closed."""
    found: dict[str, list[Record]] = {}
    for record in records:
        with _of_ours(record):
            was, now = dict(record.content.get("policy_texts", [])), policy.sources
            if record.content["policy"] != policy.id:
                text = f"封存 {{}} 时采用的制度是 {record.content['policy']}，现在是 {policy.id}"
            elif names := [*(name for name, text in was.items() if text not in now.values()),
                           *(name for name, text in now.items() if text not in was.values())] if was else []:
                if policy.written_on:           # its page is made of the workbook's own sheets
                    own = f"工作表 {'、'.join(policy.written_on)}"
                    names = [own if name == policy.file else name for name in names]
                text = f"制度 {policy.id} 的条文现在与封存 {{}} 时不同（{'、'.join(dict.fromkeys(names))}）"
            else:
                continue
        found.setdefault(text, []).append(record)
    return [Problem("warning", text.replace("{}", "、".join(one.about for one in closings)), KEPT)
            for text, closings in found.items()]


def _causes(content: Content, opened: Opened, period: AnyPeriod) -> list[str]:
    """What today's program has otherwise: that explains a difference."""
    causes = []
    if content["program"] != program():
        causes.append(f"封存时的程序是 {content['program']} 版，现在是 {program()} 版")
    if opened.policy.id != content["policy"] or content["policy_digest"] != opened.policy.digest:
        causes.append(f"制度文件 {content['policy']} 与封存时不同")
    settings = opened.parameters.settings
    for name, value in settings.readings.items():
        if (was := content["readings"].get(name)) != value:
            reading = opened.policy.readings[name]
            said = f"封存时是「{reading.values.get(was, was)}」" if was else "封存时没有"
            causes.append(f"读法「{reading.title}」{said}，现在默认「{reading.values[value]}」")
    now = _parameters(settings, period)
    for name in dict.fromkeys([*content["parameters"], *now]):
        old, new = content["parameters"].get(name, {}), now.get(name, {})
        for key in dict.fromkeys([*old, *new]):
            if (was := old.get(key)) != (is_now := new.get(key)):
                which = f"（{key}）" if key else ""
                parameter = opened.policy.parameters.get(name)
                title = parameter.title if parameter else name
                causes.append(f"参数「{title}」{which}封存时是 {was or '空'}，现在是 {is_now or '空'}")
    return causes


# ---------------------------------------------------------------------------------------- what HR changed since


def changed_inputs(record: Record, book: Book) -> list[str]:
    """The cells that were there when it was closed and say something else now, by sheet.

    Rows added below are those of later months: nothing to tell.
    """
    said = []
    for old in inputs_of(record).sheets:
        now = find_sheets(book, old.name)
        if not now:
            said.append(f"{old.name}：这张表没有了")
            continue
        cells = list(_changed_cells(old, now[0]))
        if cells:
            more = f" 等 {len(cells)} 格" if len(cells) > EXAMPLES else ""
            said.append(f"{old.name}：{'，'.join(cells[:EXAMPLES])}{more}")
    return said


def _changed_cells(old: Sheet, new: Sheet) -> Iterator[str]:
    for row, before in enumerate(old.rows):
        after = new.rows[row] if row < len(new.rows) else []
        if before == after and not old.marks and not new.marks:
            continue
        for column, (one, other) in enumerate(zip_longest(before, after)):
            was, now = old.marks.get((row, column)), new.marks.get((row, column))
            if one != other or was != now:
                yield f"{address(row, column)} {_cell(one, was)} → {_cell(other, now)}"


def _cell(value: Any, mark: Mark | None) -> str:
    if mark is not None and (mark.error or mark.uncalculated):
        return mark.error or "未计算的公式"
    return "空" if value is None else seen(value)
