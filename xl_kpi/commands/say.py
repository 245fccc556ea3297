"""What the commands print: JSON, tables, problems, results."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from typing import Any, Protocol

from xl_kpi.problems import LEVELS, NOTHING_FOUND, Advice, Problem, cases
from xl_kpi.progress import console_width


def say_json(content: Any) -> None:
    """UTF-8 whatever the console's encoding, alone on stdout."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    data = text.encode("utf-8", "backslashreplace")       # a lone surrogate is no character
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        buffer.write(data)
        buffer.flush()


def say_table(headings: list[str], rows: Iterable[list[str]], right: set[int] = frozenset()) -> None:    # type: ignore[assignment]
    """A table in columns; ``right``: columns set flush right."""
    lines = [headings, *rows]
    widths = [max(console_width(line[i]) for line in lines) for i in range(len(headings))]
    for line in lines:
        parts = []
        for i, (text, wide) in enumerate(zip(line, widths, strict=True)):
            pad = " " * (wide - console_width(text))
            parts.append(pad + text if i in right else text + pad)
        print("  ".join(parts).rstrip())


class Remedy(Protocol):
    """What can be done on the command line, see ``Problem``."""

    @property
    def command(self) -> str: ...
    @property
    def again(self) -> str: ...


def to_paste(remedy: Remedy, given: argparse.Namespace | None) -> str:
    """The command that does it, whole, for the workbook of the command that was given; '' for none."""
    if given is None:
        return ""
    line: list[str] = []
    if remedy.again.startswith("-o") and getattr(given, "out", "") is not None:
        return ""                       # a copy is written already, or the command writes none
    if remedy.again:
        line = [*map(quoted, given.line), remedy.again]
    elif remedy.command and getattr(given, "book", None):
        name, *options = remedy.command.split(" ", 1)
        line = [name, quoted(given.book), *options]
    return " ".join(("xl-kpi", *line)) if line else ""


def quoted(argument: str) -> str:
    return argument if re.fullmatch(r"[\w.:/\\-]+", argument) else f'"{argument}"'


def with_command(text: str, remedy: Remedy, given: argparse.Namespace | None) -> str:
    """What to do, with the command that does it behind."""
    command = to_paste(remedy, given)
    return f"{text.rstrip('。')}：{command}" if command else text


def advised(text: str, given: argparse.Namespace) -> str:
    """A sentence, with its command when it has one."""
    return with_command(text, text, given) if isinstance(text, Advice) else text


def say_problems(problems: list[Problem], given: argparse.Namespace | None = None) -> None:
    """Many of one cause are one line; the counts below it are of problems, as JSON and the sheet 体检 list them.

    ``given``: the command line, for commands that can be pasted."""
    for case in cases(problems):
        print(f"[{LEVELS[case.first.level]}] {f'{case.where}  ' if case.where else ''}{case.text}")
        if case.do:
            print(f"        怎么办：{with_command(case.do, case.first, given)}")
    counts = [f"{LEVELS[level]} {n} 条" for level in LEVELS if (n := sum(p.level == level for p in problems))]
    print("、".join(counts) if counts else NOTHING_FOUND)


def json_value(value: Any, kind: str) -> Any:
    """A value of a result as JSON writes it; None: refused."""
    from xl_kpi.job import shown
    from xl_kpi.results import REFUSED

    if value is REFUSED:
        return None
    return shown(value, kind) if kind in ("money", "score", "percent") else value


def json_lines(result: Any, numbered: bool) -> list[dict[str, Any]]:
    """The lines as the contract has them: numbered and with names in payroll, by 工号 alone in a review."""
    kinds = {column.heading: column.type for column in result.columns}
    left_out = () if numbered else ("姓名",)
    lines = []
    for number, line in enumerate(result.lines, 1):
        one: dict[str, Any] = {"序号": number} if numbered else {}
        one |= {heading: json_value(value, kinds[heading]) for heading, value in line.items()
                if value is not None and heading not in left_out}
        lines.append(one)
    return lines
