"""Dated changes of roster columns (人事变动)."""

from __future__ import annotations

import numpy as np

from xl_kpi.facts import Changes
from xl_kpi.hand.ids import name_key
from xl_kpi.hand.texts import squeezed
from xl_kpi.policy.model import Column
from xl_kpi.rules.values import OK, REFUSED, Value, recode
from xl_kpi.tables.cells import read_column
from xl_kpi.tables.reading import Reader, Reading


def read_changes(reader: Reader, reading: Reading, roster: Reading, person: np.ndarray) -> dict[str, Changes]:
    """The changes by roster column, sorted by person and day."""
    item = reading.column("choice")
    chosen = reading.values[item.name]
    day = reading.cells[reading.column("date").name].day
    assert day is not None
    known = (chosen.states(reading.size) == OK) & (person >= 0) & (day > 0)
    found = {}
    for target in roster.table.columns:
        if target.heading in item.choices:
            here = np.flatnonzero(known & (chosen.array(reading.size) == item.choices.index(target.heading)))
            order = np.lexsort((day[here], person[here]))
            found[target.name] = _changes(reader, reading, roster, target, here[order], person, day)
    return found


def _changes(reader: Reader, reading: Reading, roster: Reading, target: Column, rows: np.ndarray, person: np.ndarray,
             day: np.ndarray) -> Changes:
    """The changes of one roster column; ``rows``: of the table, by person and day."""
    old_column, new_column = [c for c in reading.table.columns if c.type == "changed"]
    old, new = (_as_target(reader, reading, side, target, roster, rows) for side in (old_column, new_column))
    owner, days = person[rows], day[rows]
    for k in np.flatnonzero((owner[1:] == owner[:-1]) & (days[1:] == days[:-1])).tolist():
        first, second = sorted((int(rows[k]), int(rows[k + 1])))
        column = reading.column("date")
        where = "、".join(reading.cell(column.name, row) for row in (first, second))
        reader.add(reading, column, second, f"同一天有两行「{target.heading}」变动（{where}）", "只留一行", key=True)
    today = roster.values[target.name]
    states = today.states(roster.size)
    last = np.append(owner[1:] != owner[:-1], True)[:len(rows)]
    names = roster.texts("name") if target.type == "name" else []
    for k in np.flatnonzero(last).tolist():
        who, newest = int(owner[k]), new.at(k)
        if newest is None or states[who] == REFUSED:
            continue
        if name_key(newest) != name_key(names[who]) if names else today.at(who) != newest:
            reader.add(reading, new_column, int(rows[k]),
                       f"「{target.heading}」最近一次变动的新值与{roster.sheet}不同",
                       f"{roster.sheet} {roster.cell(target.name, who)} 应是今天的情况：改正其中写错的一个", key=True)
    return Changes(owner, days, old, new, rows)


def _as_target(reader: Reader, reading: Reading, side: Column, target: Column, roster: Reading, rows: np.ndarray
               ) -> Value:
    """原值 or 新值 read as the roster column that it is a value of."""
    like = target.model_copy(update={"name": side.name, "heading": side.heading, "required": side.required})
    marks = reading.marks.get(side.name, {})
    raw = reading.raw.get(side.name, [None] * reading.size)
    numbers = rows.tolist()
    cells = read_column(like, [raw[row] for row in numbers],
                        {k: marks[row] for k, row in enumerate(numbers) if row in marks})
    # what is wrong with the cell itself has been said when the table was read
    refused = reading.values[side.name].states(reading.size)[rows] == REFUSED
    for said in cells.said:
        if not refused[said.row]:
            reader.say(reading, side, said._replace(row=numbers[said.row]))
    if target.type == "name":       # by its text: two people of one name are two all the same
        labels = tuple(dict.fromkeys(("", *cells.texts)))
        cells.value.data, cells.value.choices = np.array([labels.index(text) for text in cells.texts], np.int64), labels
    value = _recoded(cells.value, roster.values[target.name]) if target.type != "name" else cells.value
    return Value(value.type, value.data, np.where(refused, np.uint8(REFUSED), value.states(len(rows))), value.choices)


def _recoded(value: Value, like: Value) -> Value:
    """A text column in the codes of another (labels that the other lacks are added to both)."""
    if value.type != "choice" or like.choices == value.choices:
        return value
    known = {squeezed(label): label for label in reversed((*(like.choices or ()), *(value.choices or ())))}
    mine = tuple(known[squeezed(label)] for label in value.choices or ())
    choices = tuple(dict.fromkeys((*(like.choices or ()), *mine)))
    like.choices = choices          # codes of ``like`` keep their meaning: its labels come first
    codes = recode(Value("choice", value.data, None, mine), choices)
    return Value("choice", np.maximum(codes, 0), value.state, choices)
