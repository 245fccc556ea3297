"""What the arguments of a command mean."""

from __future__ import annotations

import os
from pathlib import Path

from xl_kpi.period import Month, Quarter
from xl_kpi.problems import UsageError


def month_of(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise UsageError(f"--month：{error}") from None


def quarter_of(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise UsageError(f"--quarter：{error}") from None


def out_path(text: str, book: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"-o：结果文件要以 .xlsx 结尾，给的是 {path.name}")
    if path.exists() and Path(book).exists() and os.path.samefile(path, book):
        raise UsageError("-o：结果不能写到 BOOK 自己，请换一个文件名")
    return path
