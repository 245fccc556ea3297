"""A password for each person, from a column that HR adds to the roster sheet (such as 身份证后六位).

The policy does not know the column: it is read here, as shown, and every cell that gives no good password is said.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from xl_kpi.hand.texts import normal, squeezed
from xl_kpi.problems import Problem
from xl_kpi.tables import Reading
from xl_kpi.tables.cells import DIGITS_LOST, TOO_MANY_DIGITS, plain
from xl_kpi.tables.headings import find_headings, no_column, resembling
from xl_kpi.workbook.book import CALCULATE
from xl_kpi.workbook.file import Book, Mark, Sheet, address

LONGEST = 255           # what Excel takes
NO_MARK = Mark()


def passwords(book: Book, roster: Reading, heading: str,
              people: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """(工号 → password, for ``people``: 工号 → 姓名; all that is wrong, in which no password is said)."""
    sheet = next(s for s in book.sheets if s.name == roster.sheet)
    column, wrong = _column(sheet, roster, heading)
    if wrong is not None:
        return {}, [wrong]
    rows = {person: row for row, person in zip(roster.rows, roster.ids, strict=True) if person in people}
    found: dict[str, str] = {}
    problems: list[Problem] = []

    def refuse(person: str, text: str, do: str) -> None:
        problems.append(Problem("error", f"{person} {people[person]}：「{heading}」{text}", do, sheet.name,
                                address(rows[person], column), person))

    for person, row in rows.items():
        try:
            found[person] = _password(sheet.rows[row][column], sheet.marks.get((row, column), NO_MARK))
        except ValueError as error:
            refuse(person, *error.args)
            continue
        if squeezed(found[person]) in (squeezed(person), squeezed(people[person])):
            refuse(person, "就是文件名里的工号或姓名，谁都能打开", "换一个只有本人知道的密码")
    for same in _shared(found):
        for person in same:
            others = "、".join(f"{p} {people[p]}" for p in same if p != person)
            refuse(person, f"与 {others} 相同，互相能打开对方的工资条", "每人一个不同的密码")
    return found, sorted(problems, key=lambda p: rows[p.person])


def _column(sheet: Sheet, roster: Reading, heading: str) -> tuple[int, Problem | None]:
    """(the column of the heading, why there is none)."""
    headings = find_headings(sheet, roster.table.columns)
    row = [value if isinstance(value, str) else "" for value in sheet.rows[headings.row]]
    at = [i for i, value in enumerate(row) if squeezed(heading) and squeezed(value) == squeezed(heading)]
    if len(at) == 1:
        return at[0], None
    if at:
        cells = "、".join(address(headings.row, i) for i in at)
        return -1, Problem("error", f"「{heading}」有 {len(at)} 列（{cells}），不知道用哪一列作密码",
                           "只留一列，或者把一列改名", sheet.name, address(headings.row, at[0]))
    like = resembling(heading, [value for value in row if value])
    cell = address(headings.row, row.index(like) if like else 0)
    return -1, Problem("error", no_column(heading, like, cell),
                       f"写表头的原文，或者在{sheet.name}加上这一列，每人一格", sheet.name, cell)


def _password(value: object, mark: Mark) -> str:
    """The text of a cell as shown.  Raises ValueError (what is wrong, what to do)."""
    if mark.error:
        raise ValueError(f"是错误值 {mark.error}", "改正公式，或者直接填上密码")
    if mark.old:
        raise ValueError(mark.old, CALCULATE)
    if isinstance(value, (dt.date, dt.time, dt.timedelta, bool)):
        raise ValueError("是日期、时间或是非值，显示成什么说不准", "把单元格格式改为文本，重新填写")
    if isinstance(value, (int, float)):
        if mark.shown:
            return mark.shown
        if abs(value) >= TOO_MANY_DIGITS:
            raise ValueError(DIGITS_LOST, "把单元格格式改为文本，重新填写")
        if mark.percent or value % 1 or value < 0:
            raise ValueError("是小数、负数或百分数，显示成什么说不准", "把单元格格式改为文本，重新填写")
        return plain(value)
    text = normal(value) if value is not None else ""
    if not text:
        raise ValueError("是空的，没有密码", "填上这个人的密码；都不加密的，不写密码那一列")
    if len(text) > LONGEST or not text.isprintable():
        raise ValueError(f"太长（最多 {LONGEST} 个字符）或者有换行等字符，不能作密码", "换一个短的密码")
    return text


def _shared(found: Mapping[str, str]) -> Sequence[list[str]]:
    """The people who have the same password."""
    people: dict[str, list[str]] = defaultdict(list)
    for person, password in found.items():
        people[password].append(person)
    return [same for same in people.values() if len(same) > 1]
