"""The other items (其他项目, 月度项目) of a month, as columns of the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from xl_kpi.facts import Rows
from xl_kpi.hand.texts import squeezed
from xl_kpi.job.context import Job
from xl_kpi.problems import Problem
from xl_kpi.rules.values import OK
from xl_kpi.tables import Reading

SIDES = ("earning", "deduction")        # the first of the two choices is earned, the second is held back


def _tables(job: Job) -> Iterator[tuple[Reading, Rows, dict[str, str]]]:
    """(a table of items, its rows, column type → column) where the job is a month's: those whose items are columns
    come first."""
    names = [n for n, t in job.policy.tables.items() if t.grain == "items"] if job.period[0] == "month" else []
    for name in sorted(names, key=lambda n: not job.policy.tables[n].melts):
        reading = job.tables.readings[name]
        # the first of each type
        yield reading, job.tables.facts.tables[name], {
            c.type: c.name for c in reversed(reading.table.columns) if not c.ignored}


class Items:
    """The other items of the month: each becomes a column; amounts of one person and item are added."""

    def __init__(self, job: Job, index: np.ndarray):
        self.index = index
        self.sides: dict[str, dict[str, np.ndarray]] = {side: {} for side in SIDES}
        self._placed: set[str] = set()          # items that stand in columns: these keep their order
        for reading, rows, columns in _tables(job):
            amount, side, label = (rows.columns[columns[kind]] for kind in ("money", "choice", "text"))
            here = rows.periods.at(job.period) & (rows.person >= 0)
            for value in (amount, side, label):
                here &= value.states(rows.size) == OK
            fen = np.broadcast_to(amount.data.scaled(2), (rows.size,))
            for row in np.flatnonzero(here).tolist():
                heading = (label.choices or ("",))[int(label.data[row])]
                sums = self.sides[SIDES[int(side.data[row])]].setdefault(heading, np.zeros(job.size, np.int64))
                sums[rows.person[row]] += int(fen[row])
            if reading.table.melts:
                self._placed = {heading for sums in self.sides.values() for heading in sums}

    def columns(self, side: str) -> list[tuple[str, list[Decimal]]]:
        """Items that stand in columns in their order, then the others by name, so that the order of rows does not
        matter."""
        order = sorted(self.sides[side], key=lambda heading: "" if heading in self._placed else f"_{heading}")
        return [(heading, [Decimal(fen).scaleb(-2) for fen in self.sides[side][heading][self.index].tolist()])
                for heading in order]


def item_problems(job: Job) -> list[Problem]:
    """Other items that cannot stand in the sheet: named like a column, on both sides; and those of a person that stand
    in two tables."""
    taken = {"序号", "签字", "人数", *(squeezed(c.heading) for c in job.output.columns if c.fill not in SIDES)}
    problems = []
    sides: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)        # item → side → first (sheet, cell)
    before: dict[tuple[int, str], str] = {}                                 # person, item → the table that has it
    for reading, rows, columns in _tables(job):
        label, side = rows.columns[columns["text"]], rows.columns[columns["choice"]]
        mine: dict[tuple[int, str], str] = {}
        for row in np.flatnonzero(rows.periods.at(job.period)).tolist():
            item, which, person = label.at(row), side.at(row), int(rows.person[row])
            who = f"{job.who(person)}：" if person >= 0 else ""
            number = job.tables.facts.ids[person] if person >= 0 else ""
            if item is not None and squeezed(item) in taken:
                title = job.output.naming.title
                problems.append(Problem("error", f"{who}「{item}」与{title}的一列同名", "换一个项目名称", reading.sheet,
                                        reading.cell(columns["text"], row), number))
            if item is None or which is None:
                continue
            sides[item].setdefault(int(side.data[row]), (reading.sheet, reading.cell(columns["choice"], row)))
            if person >= 0 and (other := before.get((person, item))):
                problems.append(Problem("hint", f"{who}「{item}」在{other}和{reading.sheet}里都有，两处相加",
                                        "确认不是同一笔；重复的删去一处", reading.sheet,
                                        reading.cell(columns["text"], row), number))
            mine[person, item] = reading.sheet
        before |= mine
    for item, places in sides.items():
        if len(places) > 1:
            first = list(places.values())
            one_sheet = len({sheet for sheet, _ in first}) == 1
            cells = "、".join(cell if one_sheet else f"{sheet} {cell}" for sheet, cell in first)
            problems.append(Problem("error", f"「{item}」在 {job.label} 两边都有（{cells}）",
                                    "同一个项目一个月只能计入一边；两边都要的用两个名称", *first[-1]))
    return problems
