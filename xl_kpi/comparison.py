"""This month against last: what changed for each person, in which amounts, and what stands behind it.

Generic: from the lines and columns of the two results.  An amount changed for the reasons that the policy's rules give
it (``ResultColumn.behind``), as far as these changed too; what the rules say in words (备注) is added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xl_kpi.results import REFUSED, RefusedCell, Result, ResultColumn

Line = dict[str, Any]
OTHERS = "其余"


@dataclass(frozen=True)
class Reason:
    """A column behind an amount that differs between the months."""

    column: ResultColumn
    then: Any
    now: Any


@dataclass(frozen=True)
class ItemChange:
    """One amount of a person: ``delta`` is what it adds to the difference of what is paid (of a deduction: negative
    when it has grown), ``REFUSED`` where one of the two could not be computed."""

    heading: str
    delta: Any
    reasons: tuple[Reason, ...] = ()
    deduction: bool = False


@dataclass(frozen=True)
class PersonChange:
    """A person paid in one of the two months or in both.  The deltas of ``items`` add up to ``delta``."""

    person: str
    name: str
    now: Any                            # what is paid out, None: not paid this month
    then: Any
    delta: Any
    items: tuple[ItemChange, ...]       # those that changed, in the order of the sheet
    said_now: tuple[str, ...]           # remarks of this month only
    said_then: tuple[str, ...]          # remarks of last month only


def outcome(columns: Iterable[ResultColumn]) -> ResultColumn | None:
    """What a result without amounts that add up comes to: its last score, else its last number."""
    numbers = [c for c in columns if c.type in ("money", "score", "percent", "int")]
    if not numbers or any(c.part for c in numbers):
        return None
    return next((c for c in reversed(numbers) if c.type != "int"), numbers[-1])


def changes(result: Result, previous: Result, total: ResultColumn) -> list[PersonChange]:
    """Everybody of either period, in the order of this one's lines, then who is gone.  ``total``: what is paid out, or
    what the result comes to otherwise."""
    # an item that only one of the months has is a column of that month only
    parts = {c.heading: c for r in (previous, result) for c in r.columns if c.part}
    order = merged([c.heading for c in result.columns if c.part], [c.heading for c in previous.columns if c.part])
    columns = {c.heading: c for r in (previous, result) for c in r.columns}
    now, then = by_person(result.lines), by_person(previous.lines)
    remarks_now, remarks_then = _remarks(result), _remarks(previous)
    found = []
    for person in (*now, *(p for p in then if p not in now)):
        a, b = now.get(person), then.get(person)
        items = []
        for heading in order:
            amount = difference(_value(a, heading), _value(b, heading))
            if amount is REFUSED or amount:
                held = parts[heading].part == "deduction"
                items.append(ItemChange(heading, _negative(amount) if held else amount,
                                        _reasons(parts[heading], columns, a, b), held))
        if not order and (delta := difference(_value(a, total.heading), _value(b, total.heading))):
            items.append(ItemChange(total.heading, delta, _reasons(columns[total.heading], columns, a, b)))
        paid, before = _value(a, total.heading), _value(b, total.heading)
        rest = _rest(difference(paid, before), items)
        if rest:
            items.append(ItemChange(OTHERS, rest))
        mine, past = remarks_now.get(person, ()), remarks_then.get(person, ())
        found.append(PersonChange(
            person, str((a or b or {}).get("姓名") or ""), paid, before, difference(paid, before), tuple(items),
            tuple(t for t in mine if t not in past), tuple(t for t in past if t not in mine)))
    return found


def difference(now: Any, then: Any) -> Any:
    """What an amount has grown by; nothing counts as 0."""
    if isinstance(now, RefusedCell) or isinstance(then, RefusedCell):
        return REFUSED
    return (0 if now is None else now) - (0 if then is None else then)


def _rest(delta: Any, items: list[ItemChange]) -> Any:
    """What the items leave unsaid of a difference: nothing, unless a policy pays out more than the sum of its parts."""
    if delta is REFUSED or any(item.delta is REFUSED for item in items):
        return 0
    return delta - sum(item.delta for item in items)


def _negative(amount: Any) -> Any:
    return amount if amount is REFUSED else -amount


def by_person(lines: Iterable[Line]) -> dict[str, Line]:
    """工号 → line: 工号 decides who is who."""
    return {str(line.get("工号")): line for line in lines}


def _value(line: Line | None, heading: str) -> Any:
    return None if line is None else line.get(heading)


def _reasons(part: ResultColumn, columns: dict[str, ResultColumn], now: Line | None,
             then: Line | None) -> tuple[Reason, ...]:
    if now is None or then is None:         # who was not there has nothing to compare with
        return ()
    return tuple(Reason(columns[h], then.get(h), now.get(h)) for h in part.behind
                 if h in columns and then.get(h) != now.get(h))


def _remarks(result: Result) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for person, text in result.marks:
        found[person] = (*found.get(person, ()), text)
    return found


def merged(first: list[str], second: list[str]) -> list[str]:
    """The headings of two sheets in one order: those of the second that the first lacks after their neighbour."""
    order = list(first)
    place = 0
    for heading in second:
        if heading in order:
            place = order.index(heading) + 1
        else:
            order.insert(place, heading)
            place += 1
    return order
