"""Slips (工资条): a file a person into a folder, each encrypted with the person's own password when there are such."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from xl_kpi import job
from xl_kpi.actions.forms import written
from xl_kpi.actions.sheet import differences_but_texts
from xl_kpi.differing import differing_sheet
from xl_kpi.opened import Opened
from xl_kpi.passwords import passwords
from xl_kpi.policy.names import THIS
from xl_kpi.problems import Problem, Refusal, UsageError
from xl_kpi.progress import Progress, silent
from xl_kpi.results import Result
from xl_kpi.target import Target

# What Windows does not take in a file name, by the full-width form that looks the same.
_FORBIDDEN = {ord(c): chr(ord(c) + 0xFEE0) for c in '<>:"/\\|?*'}
LONGEST = 40            # characters of 工号 and of 姓名 in a file name


def slips(opened: Opened, target: Target, folder: Path, column: str = "", replace: bool = False,
          progress: Progress = silent) -> Result:
    """Write the slips of an output into ``folder``, or none of them.

    ``column``: the heading of the roster sheet with each person's password, '' for files that open without one.
    ``replace``: the slips of this output and period that are there give way, other files stay.  Raises Refusal,
    UsageError and HostError; then the folder is as it was.
    """
    # only here: a slow import, and only some runs need it
    from xl_kpi.sheets.slip import slip
    from xl_kpi.workbook.folder import filling
    from xl_kpi.workbook.render_xlsx import as_bytes

    need_folder(folder)
    result = job.result(opened.parameters, opened.tables, target.output, target.period)
    people = {str(line["工号"]): str(line["姓名"]) for line in result.lines}
    what = target.naming.slip
    start = f"{target.naming.beside(what, str(target.period))}_"
    problems = [*_other(opened, target, result), *_existing(folder, start, target, replace)]
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
            progress(done, total, f"写{what}")
            data = as_bytes([slip(result, line)])
            if column:
                from xl_kpi.workbook.encrypt import encrypted

                data = encrypted(data, known[str(line["工号"])])
            (new / name).write_bytes(data)
        progress(total, total, f"写{what}")
    return result


def need_folder(folder: Path) -> None:
    """Raises UsageError when files cannot go there."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out：{folder.name} 是一个文件，请写一个文件夹")


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


def _other(opened: Opened, target: Target, result: Result) -> list[Problem]:
    """A slip says what is paid: the sheet of the period (or the forms), where there is one, must say the same."""
    name, title, slip = target.sheet, target.naming.title, target.naming.slip
    if target.output.forms:
        found, name = written(opened, target, result) or [], "、".join(sheet for sheet, _, _ in result.forms)
    else:
        sheet = opened.book.sheet(name)
        found = differences_but_texts(result, sheet) if sheet is not None else []
    if not found:
        return []
    do = f"先查清哪个是要发的：数据改过的，重新生成{title}；表上手改过的，把改动写进数据表"
    return differing_sheet(found, name, "表上 → 现在", f"没有写{slip}", do).problems


def _existing(folder: Path, start: str, target: Target, replace: bool) -> list[Problem]:
    there = sum(_is_slip(path.name, start) for path in folder.iterdir()) if folder.is_dir() else 0
    if not there or replace:
        return []
    return [Problem("error", f"文件夹“{folder.name}”里已有 {there} 个 {target} 的{target.naming.slip}",
                    f"要保留的，换一个文件夹；确认要重新生成的，写在这里（{THIS[target.period.grain]}的旧文件全部换掉，其他文件不动）",
                    again="--replace")]
