"""The other items (其他项目) of a month, as columns of the result."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import numpy as np

from xl_kpi.facts import Rows
from xl_kpi.hand.texts import squeezed
from xl_kpi.job.context import Job
from xl_kpi.problems import Problem
from xl_kpi.rules.values import OK
from xl_kpi.tables import Reading


def _table(job: Job) -> tuple[Reading, Rows, dict[str, str]] | None:
    """(the table, its rows, column type → column) where the policy has such items and the job is a month's."""
    name = next((n for n, t in job.policy.tables.items() if t.grain == "items"), "")
    if not name or job.period[0] != "month":
        return None
    reading = job.tables.readings[name]
    # the first of each type
    columns: dict[str, str] = {c.type: c.name for c in reversed(reading.table.columns) if not c.ignored}
    return reading, job.tables.facts.tables[name], columns


class Items:
    """The other items (其他项目) of the month: each becomes a column; rows of one person and item are added."""

    def __init__(self, job: Job, index: np.ndarray):
        self.sides: dict[str, dict[str, np.ndarray]] = {"earning": {}, "deduction": {}}
        self.index = index
        found = _table(job)
        if found is None:
            return
        _, rows, columns = found
        amount, side, label = (rows.columns[columns[kind]] for kind in ("money", "choice", "text"))
        here = (rows.month == job.period[1]) & (rows.person >= 0)
        for value in (amount, side, label):
            here &= value.states(rows.size) == OK
        fen = np.broadcast_to(amount.data.scaled(2), (rows.size,))
        for row in np.flatnonzero(here).tolist():
            # the first of the two choices is earned, the second is held back
            which = "earning" if int(side.data[row]) == 0 else "deduction"
            heading = (label.choices or ("",))[int(label.data[row])]
            sums = self.sides[which].setdefault(heading, np.zeros(job.size, np.int64))
            sums[rows.person[row]] += int(fen[row])

    def columns(self, side: str) -> list[tuple[str, list[Decimal]]]:
        """In the order of their names, so that the order of rows does not matter."""
        return [(heading, [Decimal(fen).scaleb(-2) for fen in self.sides[side][heading][self.index].tolist()])
                for heading in sorted(self.sides[side])]


def item_problems(job: Job) -> list[Problem]:
    """Other items that cannot stand in the sheet: named like a column, on both sides."""
    found = _table(job)
    if found is None:
        return []
    reading, rows, columns = found
    label, side = rows.columns[columns["text"]], rows.columns[columns["choice"]]
    columns_of_sheet = (c.heading for c in job.output.columns if c.fill not in ("earning", "deduction"))
    taken = {"序号", "签字", "人数", *map(squeezed, columns_of_sheet)}
    problems = []
    sides: dict[str, dict[int, int]] = defaultdict(dict)         # item → side → first row
    here = np.flatnonzero(rows.month == job.period[1]).tolist()
    for row in here:
        item, which, person = label.at(row), side.at(row), int(rows.person[row])
        who = f"{job.who(person)}：" if person >= 0 else ""
        number = job.tables.facts.ids[person] if person >= 0 else ""
        if item is not None and squeezed(item) in taken:
            problems.append(Problem("error", f"{who}「{item}」与工资表的一列同名", "换一个项目名称",
                                    reading.sheet, reading.cell(columns["text"], row), number))
        if item is not None and which is not None:
            sides[item].setdefault(int(side.data[row]), row)
    for item, rows_of in sides.items():
        if len(rows_of) > 1:
            cells = "、".join(reading.cell(columns["choice"], row) for row in sorted(rows_of.values()))
            problems.append(Problem("error", f"「{item}」在 {job.label} 两边都有（{cells}）",
                                    "同一个项目一个月只能计入一边；两边都要的用两个名称",
                                    reading.sheet, reading.cell(columns["choice"], max(rows_of.values()))))
    return problems
