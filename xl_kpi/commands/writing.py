"""How the commands write an outcome: into HR's workbook, or into a copy of it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from xl_kpi.actions.outcome import Outcome
from xl_kpi.commands.say import advised, say_problems
from xl_kpi.opened import Opened
from xl_kpi.problems import UsageError

STALE = "工作簿里有公式要看刚写的内容，现在还是旧的结果：先用 Excel 或 WPS 打开工作簿，保存一次，再做下一步"


def out_path(text: str | None, book: str) -> Path | None:
    """Where ``-o`` says; the copy is of the workbook's own kind.  Raises UsageError."""
    if text is None:
        return None
    if not text.strip():        # $OUT that is not set: BOOK itself would be written
        raise UsageError("-o：要写一个文件名；直接写回 BOOK 时不加 -o")
    path, suffix = Path(text), Path(book).suffix.lower()
    if path.suffix.lower() != suffix:
        raise UsageError(f"-o：结果是工作簿的一份副本，文件名要以 {suffix} 结尾，给的是 {path.name}")
    if path.exists() and Path(book).exists() and os.path.samefile(path, book):
        raise UsageError("-o：结果不能写到 BOOK 自己；直接写回 BOOK 时不加 -o")
    return path


def write(opened: Opened, outcome: Outcome, arguments: argparse.Namespace) -> Path | None:
    """Write the changes; gives the file written, None when nothing was to be written.  Raises Refusal, HostError."""
    from xl_kpi.workbook.edit import edit
    from xl_kpi.workbook.store import FOLDER, replace_other, save

    path, before = opened.book.path, opened.book.data
    out = out_path(getattr(arguments, "out", None), str(path))
    after, stale, noted = edit(before, path.name, outcome.changes, getattr(arguments, "yes", False))
    if stale:
        outcome.said.append(STALE)
    if noted:
        outcome.said.append(f"{'、'.join(noted)} 是重写的结果表，上面的批注没有了；要看的，在"
                            + (f"原来的 {path.name} 里" if out else f"备份文件夹“{FOLDER}”的那一份里"))
    if out is not None:
        replace_other(out, after)
        return out
    if after == before:
        return None
    save(path, before, after)
    return path


def finish(opened: Opened, outcome: Outcome, arguments: argparse.Namespace, done: str) -> None:
    """Write an outcome and say what there is to say.  ``done``: what has been written."""
    written = write(opened, outcome, arguments)
    if outcome.problems or outcome.result is not None:
        say_problems(outcome.problems, arguments)
    for text in [*(outcome.result.notices if outcome.result else ()), *outcome.said]:
        print(advised(text, arguments))
    if not outcome.changes:
        print(f"{opened.book.path} 没有改动" + (f"，{written} 是它原样的副本" if written else ""))
    else:
        print(f"{done}，已写入 {written}" if written else f"{opened.book.path} 没有改动")
