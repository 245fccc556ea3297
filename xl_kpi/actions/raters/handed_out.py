"""Raters' workbooks handed out: a small one for each role."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path

from xl_kpi.actions.raters.entries import entries, limits
from xl_kpi.actions.raters.forms import FILLED_BY, HEADING_ROW, OF_PERIOD, SHEET, TICKET, WHO, Form, needed, rated
from xl_kpi.actions.slips import file_names, need_folder
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import Output
from xl_kpi.problems import Advice, HostError, Problem, Refusal, UsageError, named
from xl_kpi.tables.invited import read_invited
from xl_kpi.workbook.store import FOLDER as COPIES

SIGNS = "ACDEFGHJKMNPQRTUVWXY34679"       # of a token
NOTE = "只填黄色的格：{}。表头、工号和姓名不要改；评完写上填表人，存盘交回。"
ANONYMOUS = "只填黄色的格：{}。表头、工号、姓名和票号不要改；匿名评的，不写是谁，文件名也不要写。一人一份。"


def hand_out(opened: Opened, period: AnyPeriod, of: Output | None, folder: Path, again: bool = False,
             filled: Sequence[str] = ()) -> list[str]:
    """Write a workbook for each role (where people rate themselves: for each of them) into ``folder``, all or none;
    gives what HR is told.

    ``again``: those that are there already and in which nobody has filled in anything give way.  What is filled in, or
    cannot be read, stays unless its name is in ``filled``; then the old one is kept in the folder of copies.  Raises
    Refusal, UsageError, HostError.
    """
    from xl_kpi.workbook.folder import filling

    need_folder(folder)
    start = f"评分_{period}_"
    wanted = needed(opened, period)
    there = sorted(path for path in folder.iterdir() if path.name.startswith(start)) if folder.is_dir() else []
    if unknown := [name for name in filled if name not in {path.name for path in there}]:
        raise UsageError(f"--filled：文件夹“{folder.name}”里没有{period.label}的评分表 {'、'.join(unknown)}")
    used = {path.name: path for path in there if _filled_in(path, period, wanted)}
    if there and not (again or filled):
        count = f"，其中 {len(used)} 个已经填了" if used else "，都还没有填"
        raise Refusal([Problem(
            "error", f"文件夹“{folder.name}”里已有 {len(there)} 个{period.label}的评分表{count}",
            "换一个文件夹；确认要重新发的（没有填的换掉，填了的不动），写在这里", again="--replace")])
    kept = [name for name in used if name not in filled]
    said, files = _made(opened, period, of, wanted, start, kept)
    with filling(folder, lambda name: name.startswith(start) and name not in kept) as new:
        for name in filled:
            if name in used:
                _keep_a_copy(used[name])
        for name, data in files.items():
            if name not in kept:
                (new / name).write_bytes(data)
    if kept:
        said.append(Advice(f"{named(kept, '个')} 已经填了，没有动；收的时候一起收。连它也要重新发的，写在这里",
                           again=f'--filled "{kept[0]}"'))
    if moved := [name for name in filled if name in used]:
        said.append(f"{named(moved, '个')} 重新发了，填过的那份在文件夹“{COPIES}”里")
    written = len([name for name in files if name not in kept])
    return [*said, f"{written} 个评分表已写入 {folder}；收回以后："]


def _made(opened: Opened, period: AnyPeriod, of: Output | None, wanted: list[Form], start: str, kept: list[str]
          ) -> tuple[list[str], dict[str, bytes]]:
    """(what HR is told, file → content).  ``kept``: the files that stay; of the anonymous these are somebody's.  Raises
    Refusal."""
    said, files, invited = [], {}, read_invited(opened.book, period)
    if invited.problems and any(form.anonymous for form in wanted):
        raise Refusal(invited.problems)
    of_role: dict[str, list[Form]] = defaultdict(list)
    for form in wanted:
        of_role[form.role].append(form)
    for role, mine in of_role.items():
        people = {form.name: rated(opened, form, period, of) for form in mine}
        everybody = list(dict.fromkeys(person for found in people.values() for person in found))
        if mine[0].own:
            for person, name in zip(everybody, file_names(f"{start}{role}_", everybody), strict=True):
                files[name] = _workbook(opened, mine, period, {n: [p for p in found if p == person]
                                                               for n, found in people.items()}, person[1])
            said.append(f"{role}：{len(everybody)} 个文件，一人一个")
        elif mine[0].anonymous and everybody:
            asked = invited.people.get(role, {})
            left = max(len(asked) - sum(name.startswith(f"{start}{role}_") for name in kept), 0)
            for _ in range(left):
                ticket = _ticket([*files, *kept])
                files[f"{start}{role}_{ticket}.xlsx"] = _workbook(opened, mine, period, people, ticket)
            said.append(f"{role}：{left} 个文件，名单上一人一个；随便发给哪一个，不要记谁拿了哪一份" if asked else
                        f"{role}：没有发。匿名的先在工作表“{invited.sheet}”里写上{period.label}请谁评，一人一行")
        elif everybody:
            files[file_names(start, [(role, "")])[0]] = _workbook(opened, mine, period, people, "")
            said.append(f"{role}：1 个文件，评 {len(everybody)} 人；几个人评的，各填一份，文件名改得不一样")
    if not files and not kept and said:
        raise Refusal([Problem("error", f"没有写{period.label}请谁匿名评", "一人一行，写上期间、评分人、姓名",
                               invited.sheet)])
    if not files and not kept:
        raise Refusal([Problem("error", f"{period.label}没有要评的人", "核对期间，以及花名册里的入职、离职日期")])
    return said, files


def _ticket(taken: Iterable[str]) -> str:
    """A token that says nothing of anybody, of signs that are not taken for others."""
    while True:
        found = "".join(secrets.choice(SIGNS) for _ in range(8))
        if not any(found in one for one in taken):
            return found


def _filled_in(path: Path, period: AnyPeriod, wanted: list[Form]) -> bool:
    """Has anybody filled in anything?  Of what cannot be read it is not known: yes."""
    try:
        return any(True for _ in entries(path, period, {(form.name, form.role): form for form in wanted}))
    except (Refusal, HostError):
        return True


def _keep_a_copy(path: Path) -> None:
    folder = path.parent / COPIES
    folder.mkdir(exist_ok=True)
    stamp, number = dt.datetime.now().strftime("%Y%m%d-%H%M%S"), 1
    while (copy := folder / f"{path.stem}_{stamp}{f'_{number}' if number > 1 else ''}{path.suffix}").exists():
        number += 1
    shutil.copy2(path, copy)


def _workbook(opened: Opened, of: Sequence[Form], period: AnyPeriod, people: dict[str, list[tuple[str, str]]],
              by: str) -> bytes:
    """One rater's workbook: a sheet for each table."""
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                      "default_format_properties": {"font_name": "等线", "font_size": 11}}) as book:
        book.set_properties({"created": dt.datetime(2016, 1, 1)})
        title = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        text = book.add_format({"border": 1, "num_format": "@"})
        blank = book.add_format({"border": 1, "bg_color": "#FFEB9C", "locked": False})
        for n, form in enumerate(of, 1):
            page = book.add_worksheet(SHEET if len(of) == 1 else f"{SHEET}{n}")
            keys = ["工号", "姓名", *([form.item.heading] if form.item else [])]
            page.set_column(0, 1, 11)
            page.set_column(2, len(keys) + len(form.columns), 15)
            most = limits(opened, form, period, (person for person, _ in people[form.name]))
            ranges = {f"0 到 {_plain(one)}" for one in most.values()}
            page.write_string(0, 0, f"{opened.policy.title}：{form.table.sheet}", title)
            note = ANONYMOUS if form.anonymous else NOTE
            page.write_string(1, 0, note.format(ranges.pop() if len(ranges) == 1 else "不超过各项的满分"))
            said = (WHO, form.role, OF_PERIOD, str(period), *((TICKET, by) if form.anonymous else (FILLED_BY,)))
            for at, value in enumerate(said):
                page.write_string(2, at, value, head if at % 2 == 0 else text)
            if not form.anonymous:
                page.write(2, len(said), by or None, blank)
            for at, heading in enumerate([*keys, *(c.heading for c in form.columns)]):
                page.write_string(HEADING_ROW, at, heading, head)
                if at >= len(keys) and (hint := form.columns[at - len(keys)].fill):
                    page.write_comment(HEADING_ROW, at, hint)
            row = HEADING_ROW
            for person, name in people[form.name]:
                for item in form.items:
                    row += 1
                    for at, value in enumerate([person, name, *([item] if form.item else [])]):
                        page.write_string(row, at, value, text)
                    for at, column in enumerate(form.columns, len(keys)):
                        page.write_blank(row, at, None, blank)
                        highest = most[person, item, column.name]
                        page.data_validation(row, at, row, at, {
                            "validate": "decimal", "criteria": "between", "minimum": column.min,
                            "maximum": float(highest), "error_title": column.heading[:32],
                            "error_message": f"请填 {column.min} 到 {_plain(highest)} 的数"})
            page.freeze_panes(HEADING_ROW + 1, len(keys))
            page.protect("", {"format_columns": True, "select_locked_cells": True})
    return buffer.getvalue()


def _plain(number: Fraction) -> str:
    return f"{float(number):g}" if number.denominator != 1 else str(number.numerator)
