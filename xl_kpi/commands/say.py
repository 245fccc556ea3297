"""What the commands print: JSON, tables, problems, results."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from xl_kpi.problems import LEVELS, Problem, cases
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


def say_problems(problems: list[Problem], book: str = "") -> None:
    """Many of one cause are one line; the counts below it are of problems, as JSON and the sheet 体检 list them.

    ``book``: the workbook as it was named, for commands that can be pasted."""
    for case in cases(problems):
        print(f"[{LEVELS[case.first.level]}] {f'{case.where}  ' if case.where else ''}{case.text}")
        if case.do:
            command = case.to_paste(book) if book else ""
            print(f"        怎么办：{case.do}{f'：{command}' if command else ''}")
    counts = [f"{LEVELS[level]} {n} 条" for level in LEVELS if (n := sum(p.level == level for p in problems))]
    print("、".join(counts) if counts else "没有发现问题。")


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
