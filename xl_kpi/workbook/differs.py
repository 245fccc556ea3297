"""What is said when a workbook, looked at after writing, is not what it should be; nothing has been written then."""

from __future__ import annotations

from typing import Never

from xl_kpi.problems import Problem, Refusal


def differs(what: str, how: str = "写入后核对", do: str = "请用 Excel 打开并另存一次后再试") -> Never:
    """Give up.  Raises Refusal."""
    raise Refusal([Problem("error", f"{how}：{what}与原文件不同，已放弃写入，原文件没有改动",
                           f"{do}；仍不行时把这个情况告诉程序的维护者")])


def cell_differs(sheet: str, cell: str) -> Never:
    """A cell does not say what was to be filled in."""
    differs(f"工作表“{sheet}”里填的 {cell}")


def format_differs(sheet: str, cell: str) -> Never:
    differs(f"工作表“{sheet}”的 {cell} 的格式")


def rest_differs(sheet: str) -> Never:
    """Something is not as it was that nobody asked to change."""
    differs(f"工作表“{sheet}”里不该改的内容")
