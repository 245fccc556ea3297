"""The rules that stand on the sheets of a workbook as a page, to go on from."""

from __future__ import annotations

import os
import re
from pathlib import Path

from xl_kpi.card import card_of, page_of
from xl_kpi.parameters import policy_of
from xl_kpi.policy.load import ids, load, load_file
from xl_kpi.policy.shelf import FOLDER
from xl_kpi.problems import UsageError
from xl_kpi.workbook.file import read
from xl_kpi.workbook.store import replacing


def page(path: Path, number: str = "") -> str:
    """The text of the page; ``number``: its 编号, else that of the policy.  Raises Refusal with everything that is
    wrong on the sheets, UsageError where the policy stands on none, HostError."""
    book = read(path)
    policy = policy_of(book)
    if not policy.written_on:
        raise UsageError(f"{path.name} 采用的制度《{policy.title}》不写在工作表里；自己列指标的，先新建一个工作簿："
                         f"xl-kpi new 工作簿.xlsx --policy {_written_on()}")
    card, _ = card_of(book)
    return page_of(card, number or policy.id)


def written(path: Path, out: Path) -> list[str]:
    """Write the page to a new file; gives what HR is told.  Raises as ``page``."""
    if out.suffix.lower() != ".md":
        raise UsageError(f"--page：文件名要以 .md 结尾，如 {out.stem or '客服季度'}.md；给的是 {out.name}")
    if os.path.lexists(out):
        raise UsageError(f"--page：{out} 已经有了，没有动它；换一个文件名")
    number = re.sub(r"[^\w-]", "", out.stem)[:60]
    if not number or number in ids():
        raise UsageError(f"--page：文件名也是制度的编号，{out.stem} 不能用；换一个，如 客服季度.md")
    text = page(path, number)
    with replacing(out) as file:
        file.write(text.encode())
    policy = load_file(out)
    return [f"{out}：《{policy.title}》，编号 {policy.id}，{len(text.splitlines())} 行",
            f"改了以后核对：xl-kpi policy {out}",
            f"用它新建工作簿：xl-kpi new 工作簿.xlsx --policy {out}；或者放进 {path.name} 旁边的文件夹“{FOLDER}”，"
            f"把参数里“采用的制度”改成 {policy.id}"]


def _written_on() -> str:
    """The id of the policy that stands on sheets."""
    return next(one for one in ids() if load(one).written_on)
