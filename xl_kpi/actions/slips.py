"""工资条: one file a person into a folder, each encrypted with the person's own password when there are passwords."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from xl_kpi import job
from xl_kpi.actions.payroll import differences_of_pay
from xl_kpi.opened import Opened
from xl_kpi.passwords import passwords
from xl_kpi.period import Month
from xl_kpi.problems import Problem, Refusal, UsageError
from xl_kpi.progress import Progress, silent
from xl_kpi.results import Result
from xl_kpi.sheets.payroll import NAME as PAY_SHEET

# What Windows does not take in a file name, by the full-width form that looks the same.
_FORBIDDEN = {ord(c): chr(ord(c) + 0xFEE0) for c in '<>:"/\\|?*'}
LONGEST = 40            # characters of 工号 and of 姓名 in a file name


def slips(opened: Opened, month: Month, folder: Path, column: str = "", replace: bool = False,
          progress: Progress = silent) -> Result:
    """Write the slips of a month into ``folder``, or none of them.

    ``column``: the heading of the roster sheet with each person's password, '' for files that open without one.
    ``replace``: the slips of this month that are there give way, other files stay.  Raises Refusal, UsageError and
    HostError; then the folder is as it was.
    """
    # only here: a slow import, and only some runs need it
    from xl_kpi.sheets.slip import slip
    from xl_kpi.workbook.folder import filling
    from xl_kpi.workbook.render_xlsx import as_bytes

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out：{folder.name} 是一个文件，请写一个文件夹")
    result = job.payroll(opened.parameters, opened.tables, month)
    people = {str(line["工号"]): str(line["姓名"]) for line in result.lines}
    start = f"工资条_{month}_"
    problems = [*_other_pay(opened, result), *_existing(folder, start, month, replace)]
    known: dict[str, str] = {}
    if column:
        roster = next(r for r in opened.tables.readings.values() if r.table.grain == "roster")
        known, wrong = passwords(opened.book, roster, column, people)
        problems += wrong
    if problems:
        raise Refusal(problems)
    with filling(folder, lambda name: _is_slip(name, start)) as new:
        total = len(result.lines)
        for done, (line, name) in enumerate(zip(result.lines, file_names(start, people.items()), strict=True)):
            progress(done, total, "写工资条")
            data = as_bytes([slip(result, line)])
            if column:
                from xl_kpi.workbook.encrypt import encrypted

                data = encrypted(data, known[str(line["工号"])])
            (new / name).write_bytes(data)
        progress(total, total, "写工资条")
    return result


def file_names(start: str, people: Iterable[tuple[str, str]]) -> list[str]:
    """工资条_2016-11_001_张三.xlsx: names that Windows takes, no two alike (case does not count there)."""
    taken: set[str] = set()
    names = []
    for person, name in people:
        stem = start + "_".join(part for part in (_clean(person), _clean(name)) if part)
        unique, n = stem, 1
        while (key := unicodedata.normalize("NFC", unique).casefold()) in taken:
            n += 1
            unique = f"{stem}_{n}"
        taken.add(key)
        names.append(f"{unique}.xlsx")
    return names


def _clean(text: str) -> str:
    """A part of a file name: forbidden characters by their full-width forms, none that cannot be seen."""
    text = re.sub(r"\s+", " ", text.translate(_FORBIDDEN))
    return "".join(c for c in text if c.isprintable())[:LONGEST].strip(" .")


def _is_slip(name: str, start: str) -> bool:
    return name.startswith(start) and name.lower().endswith(".xlsx")


def _other_pay(opened: Opened, result: Result) -> list[Problem]:
    """A slip says what is paid: the 工资表 of the month, where there is one, must say the same."""
    paid = opened.book.sheet(f"{PAY_SHEET}{result.period}")
    found = differences_of_pay(result, paid) if paid is not None else []
    if paid is None or not found:
        return []
    return [*(Problem("error", str(one), "", paid.name, one.cell, one.person) for one in found), Problem(
        "error", f"“{paid.name}”与现在算出来的有 {len(found)} 处不同（表上 → 现在），没有写工资条",
        "先查清哪个是要发的：数据改过的，重新生成工资表；表上手改过的，把改动写进数据表", paid.name)]


def _existing(folder: Path, start: str, month: Month, replace: bool) -> list[Problem]:
    there = sum(_is_slip(path.name, start) for path in folder.iterdir()) if folder.is_dir() else 0
    if not there or replace:
        return []
    return [Problem("error", f"文件夹“{folder.name}”里已有 {there} 个 {month} 的工资条",
                    "要保留的，换一个文件夹；确认要重新生成的，写在这里（这个月的旧文件全部换掉，其他文件不动）",
                    again="--replace")]
