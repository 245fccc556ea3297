"""Workbooks with one thing broken, and what the program must say about them.

A cell is named by words: the sheet, values that pick the row, the heading: ``"考勤 101 2016-11 迟到次数"``.
"""

from __future__ import annotations

import copy
import functools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl

from tests.command import run_json
from tests.departments import HEADINGS, base_department, write_book
from tests.ids import ids_in

MONTH, QUARTER = "2016-11", "2016Q4"
PAYROLL, REVIEW = "工资", "评星"
BOTH = (PAYROLL, REVIEW)
NOBODY: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A cell that ``write_book`` cannot say: a value with a format, an error value, a formula without a result."""

    value: Any
    format: str = "General"


ERROR, UNCALCULATED = Cell("#N/A"), Cell("=1+1")
Step = dict[str, Any] | Callable[[dict], None]


@dataclass(frozen=True)
class Said:
    """One problem that must be said.  ``at``: a cell in words, or a sheet alone; blank: the first cell that was
    changed.  ``who`` '?': the 工号 among those words.  ``late``: not by a check without month and quarter."""

    level: str
    text: str
    do: str = ""
    at: str = ""
    who: str = ""
    late: bool = False
    cell: str = ""
    plain: str = ""         # the level without month and quarter, where it is another
    open: bool = False      # only without month and quarter: of another period


def error(text: str, do: str = "", at: str = "", who: str | None = None, late: bool = False, cell: str = "",
          plain: str = "") -> Said:
    return Said("error", text, do, at, "?" if who is None else who, late, cell, plain)


def warning(text: str, do: str = "", at: str = "", who: str | None = None, late: bool = False, cell: str = "",
            open: bool = False) -> Said:
    return Said("warning", text, do, at, "?" if who is None else who, late, cell, open=open)


def hint(text: str, at: str = "", cell: str = "") -> Said:
    return Said("hint", text, "", at, "", False, cell)


@dataclass(frozen=True)
class Case:
    """One broken workbook.  ``stops``: the jobs that must refuse it."""

    name: str
    steps: tuple[Step, ...]
    said: tuple[Said, ...]
    stops: tuple[str, ...]
    month: str = MONTH
    quarter: str = QUARTER
    patches: tuple[Callable[[Any], None], ...] = field(default=())


def case(name: str, steps: Step | list[Step], *said: Said, stops: tuple[str, ...] = NOBODY, month: str = MONTH,
         quarter: str = QUARTER, patch: Callable[[Any], None] | None = None) -> Case:
    return Case(name, tuple(steps) if isinstance(steps, list) else (steps,), said, stops, month, quarter,
                (patch,) if patch else ())


# -- steps ------------------------------------------------------------------------------------------------------------

def add(sheet: str, **row: Any) -> Callable[[dict], None]:
    return lambda department: department[sheet].append(row)


def drop(words: str) -> Callable[[dict], None]:
    """Takes out every row that the words fit."""
    sheet, *keys = words.split()

    def step(department: dict) -> None:
        before = len(department[sheet])
        department[sheet] = [row for row in department[sheet] if not fits(row, keys)]
        assert len(department[sheet]) < before, words
    return step


def again(words: str, **changes: Any) -> Callable[[dict], None]:
    """A second copy of a row, at the end."""
    sheet, *keys = words.split()
    return lambda department: department[sheet].append(
        next(row for row in department[sheet] if fits(row, keys)) | changes)


def without_sheet(sheet: str) -> Callable[[dict], None]:
    return lambda department: department.__delitem__(sheet)


def heading(sheet: str, old: str, new: str | None) -> Callable[[Any], None]:
    """Renames a heading in the written workbook, or deletes the column."""
    def patch(book: Any) -> None:
        column = HEADINGS[sheet].index(old) + 1
        if new is None:
            book[sheet].delete_cols(column)
        else:
            book[sheet].cell(1, column).value = new
    return patch


def fits(row: dict, keys: list[str]) -> bool:
    values = [str(value) for value in row.values() if value is not None]
    return all(key in values for key in keys)


def find(department: dict, words: str) -> tuple[str, int, str]:
    """(sheet, number of the row, heading); the last row that fits."""
    sheet, *keys, name = words.split()
    rows = [i for i, row in enumerate(department[sheet]) if fits(row, keys)]
    assert rows, f"no row: {words}"
    return sheet, rows[-1], name


def a1(sheet: str, row: int, name: str) -> str:
    return f"{openpyxl.utils.get_column_letter(HEADINGS[sheet].index(name) + 1)}{row + 2}"


# -- the broken workbook ----------------------------------------------------------------------------------------------

def broken(one: Case, folder: Path) -> tuple[Path, list[tuple[Said, str, str, str]]]:
    """The workbook of a case, and (what must be said, sheet, cell, 工号)."""
    department = copy.deepcopy(_base())
    special: list[tuple[str, str, Cell]] = []
    first = ""
    cells: dict[str, tuple[str, str]] = {}
    for step in one.steps:
        if callable(step):
            step(department)
            continue
        for words, value in step.items():
            sheet, row, name = find(department, words)
            cells[words] = (sheet, a1(sheet, row, name))
            first = first or words
            if isinstance(value, Cell):
                special.append((sheet, a1(sheet, row, name), value))
            department[sheet][row][name] = None if isinstance(value, Cell) else value
    book = folder / "book.xlsx"
    write_book(department, book)
    if special or one.patches:
        opened = openpyxl.load_workbook(book)
        for sheet, cell, value in special:
            opened[sheet][cell].value = value.value
            opened[sheet][cell].number_format = value.format
        for patch in one.patches:
            patch(opened)
        opened.save(book)
    expected = []
    for said in one.said:
        words = said.at or first
        if not words:
            expected.append((said, "", "", ""))
            continue
        if words in cells:
            sheet, cell = cells[words]
        elif len(words.split()) > 1:
            sheet, cell = words.split()[0], a1(*find(department, words))
        else:
            sheet, cell = words, ""
        who = said.who if said.who != "?" else next(iter(re.findall(r"\b[19]\d\d\b(?!-)", words)), "")
        expected.append((said, sheet, said.cell or cell, who))
    return book, expected


@functools.cache
def _base() -> dict:
    return base_department()


Found = dict[str, str]


def results(book: Path, month: str, quarter: str) -> dict[str, tuple[int, list[Found]]]:
    """Exit code and problems of each command."""
    found = {}
    for name, *arguments in (
            ("体检", "check", book), ("期间", "check", book, "--month", month, "--quarter", quarter),
            (PAYROLL, "payroll", book, "--month", month), (REVIEW, "review", book, "--quarter", quarter)):
        code, said = run_json(*arguments)
        found[name] = code, said["problems"]
    return found


@functools.cache
def baseline(month: str, quarter: str, folder: Path) -> frozenset[tuple[str, ...]]:
    """What is said about the unbroken workbook: nothing but this."""
    write_book(_base(), folder / "base.xlsx")
    return frozenset(tuple(p.values()) for _, problems in results(folder / "base.xlsx", month, quarter).values()
                     for p in problems)


def judge(one: Case, folder: Path, usual: frozenset[tuple[str, ...]]) -> list[str]:
    """What is wrong with what the program says about a case; [] when all is well."""
    book, expected = broken(one, folder)
    wrong: list[str] = []
    found = results(book, one.month, one.quarter)
    # the scores of the base are the same for three months, and stated parameters have no row, whatever else is changed
    of_base = ("一个不差", "没有这些参数的行")
    found = {name: (code, [p for p in problems if not any(word in p["text"] for word in of_base)])
             for name, (code, problems) in found.items()}
    for name, (code, problems) in found.items():
        double = [text for text, n in Counter(tuple(p.values()) for p in problems).items() if n > 1]
        wrong += [f"{name}: said twice: {text}" for text in double]
        errors = [p for p in problems if p["level"] == "error"]
        if name in BOTH and (code == 1) != (name in one.stops):
            wrong.append(f"{name}: exit {code}")
        if (code == 1) != bool(errors):
            wrong.append(f"{name}: exit {code} with {len(errors)} errors")
        wrong += [f"{name}: {fault}: {p}" for p in problems for fault in faults(p)]
    said = [p for p in found["期间"][1] if tuple(p.values()) not in usual]
    wrong += _compare("期间", said, [e for e in expected if not e[0].open])
    plain = [p for p in found["体检"][1] if tuple(p.values()) not in usual]
    wrong += _compare("体检", plain, [(replace(e[0], level=e[0].plain or e[0].level), *e[1:])
                                    for e in expected if not e[0].late])
    # what is a warning in one job may be an error in the other
    known = {tuple((p | {"level": level}).values()) for p in said for level in (p["level"], "warning")}
    for name in BOTH:
        wrong += [f"{name}: not said by check: {p}" for p in found[name][1]
                  if tuple(p.values()) not in known and tuple(p.values()) not in usual]
    return wrong


def _compare(name: str, found: list[Found], expected: list[tuple[Said, str, str, str]]) -> list[str]:
    left = list(found)
    wrong = []
    for said, sheet, cell, who in expected:
        match = next((p for p in left if p["level"] == said.level and p["sheet"] == sheet and p["cell"] == cell
                      and p["工号"] == who and said.text in p["text"] and said.do in p["do"]), None)
        if match is None:
            wrong.append(f"{name}: missing: {said.level} {sheet} {cell} {who} {said.text} | {said.do}")
        else:
            left.remove(match)
    return wrong + [f"{name}: not expected: {p}" for p in left]


def faults(problem: Found) -> list[str]:
    """What no message may have."""
    text, do = problem["text"], problem["do"]
    wrong = []
    if not text or not do:
        wrong.append("says nothing or no remedy")
    if any(mark in text + do for mark in ("{", "}", "None", "Fraction", "（）", "「」", "：：", "。。", "；；")) or (
            re.search(r"\bnan\b", text + do)):
        wrong.append("raw")
    if problem["level"] == "error" and problem["工号"] and problem["工号"] not in text:
        wrong.append("does not say who")
    if found := ids_in(text + do):
        wrong.append(f"ids {found}")
    if len(text) > 160 or len(do) > 240:
        wrong.append("long")
    return wrong
