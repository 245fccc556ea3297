"""新建工作簿: an empty standard workbook of a policy."""

from __future__ import annotations

import os
import re
from pathlib import Path

from xl_kpi.card import example as card
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import DEFAULT_POLICY, ids, load_file
from xl_kpi.policy.shelf import FOLDER, Shelf, put_beside
from xl_kpi.problems import UsageError
from xl_kpi.workbook.store import replacing
from xl_kpi.workbooks import parameter_rows, standard

YEARS = range(2000, 2100)
EXAMPLE = 2016              # the year of the example where the workbook is of none


def new_book(book: Path, policy_id: str | None = None, year_given: str | None = None, old: Path | None = None,
             ) -> list[str]:
    """Write a new workbook; gives what HR is told.  ``old``: the workbook of the year before, of which it takes over
    what is still needed.  Raises UsageError, also when there is a file; Refusal; HostError."""
    if book.suffix.lower() != ".xlsx":
        raise UsageError(f"新工作簿的文件名要以 .xlsx 结尾，如 {book.stem or '客服部'}.xlsx；给的是 {book.name}")
    refuse_existing(book)
    if old is not None:
        return _next_year(book, year_given, old, policy_id)
    policy = _policy(policy_id or DEFAULT_POLICY, book)
    year = year_of(year_given, book, policy)
    example = {"rules": card.rules(), "rows": card.data(year or EXAMPLE)} if policy.written_on else {}
    data = standard.as_bytes(policy, year=year, book=book.name, **example)
    with replacing(book) as file:
        file.write(data)
    told = [f"新工作簿：{book}（{policy.title}）", *_with_pages(book, policy)]
    if year is None:
        told.append("文件名里没有年份，月份没有下拉列表；"
                    "要的话换一个带年份的文件名再建一次（如 客服部2016.xlsx）")
    if example:
        told.append(f"工作表 {'、'.join(policy.written_on)} 里是一个填好的例子，带两个示例的人，现在就能算；"
                    "改成公司自己的，再删去示例的人")
    blank = sum(row["值"] is None and parameter_rows.to_fill(policy, row) for row in parameter_rows.rows(policy))
    told.append("从工作表“使用说明”开始" + (f"；工作表“参数”里有 {blank} 个黄色的格要填" if blank else ""))
    return told


def refuse_existing(file: Path) -> None:
    """Raises UsageError when a new file would take another's place."""
    if os.path.lexists(file):
        raise UsageError(f"{file} 已经有了，没有动它。换一个文件名；确实要重做的，先把它改名或移走")


def _policy(named: str, book: Path) -> Policy:
    """The policy of this id, also of the folder 制度 beside the new workbook; or the page of this file."""
    if not named.lower().endswith(".md"):
        return Shelf.beside(book).load(named)
    policy, shelf = load_file(Path(named)), Shelf.beside(book)
    if policy.id in shelf.ids():
        shelf.load(policy.id)                   # refused where there is another of this id
        if policy.id in ids():
            raise UsageError(f"{Path(named).name} 的编号 {policy.id} 是程序自带的制度的；给自己的制度换一个编号")
    return policy


def _with_pages(book: Path, policy: Policy) -> list[str]:
    """Put the pages of one's own where the workbook finds them; gives what HR is told."""
    written = put_beside(book, policy)
    if not written:
        return []
    return [f"制度的原文放在文件夹“{FOLDER}”里（{'、'.join(file.name for file in written)}），要与工作簿放在一起"]


def _next_year(book: Path, year_given: str | None, old: Path, policy_id: str | None) -> list[str]:
    from xl_kpi.actions.carry import carried
    from xl_kpi.opened import Opened

    opened = Opened.file(old)
    policy = opened.policy
    if policy_id not in (None, policy.id):
        raise UsageError(f"--policy：{old.name} 用的是制度 {policy.id}，接着它新建时不必写")
    year = year_of(year_given, book, policy)
    if year is None:
        last = year_of(None, old, policy)
        if last is None:
            raise UsageError("看不出新工作簿是哪一年的：文件名里写上年份（如 客服部2017.xlsx），或者写明",
                             again="--year 2017")
        year = last + 1
    found = carried(opened, year)
    data = standard.as_bytes(policy, found.rows, year=year, book=book.name, items=found.items, extra=found.extra,
                             company=opened.parameters.settings.texts.get("company", ""),
                             rules=card.rows_of(opened.book) if policy.written_on else None)
    with replacing(book) as file:
        file.write(data)
    return [f"新工作簿：{book}（{policy.title}），{year} 年，接着 {old.name}", *_with_pages(book, policy), *found.said,
            f"{found.first} 以前离职的人、用不到的月份、结果表，还有批注和颜色都留在 {old.name}；"
            f"算 {year}-01 以前的月份仍用它"]


def year_of(given: str | None, book: Path, policy: Policy) -> int | None:
    """The year of a workbook: as given, else the one in its file name (客服部2016.xlsx), else None."""
    named = re.findall(r"(?<!\d)20\d\d(?!\d)", book.stem)
    text = given if given is not None else named[0] if len(set(named)) == 1 else ""
    if not text:
        return None
    if not re.fullmatch(r"\d{4}", text) or int(text) not in YEARS:
        raise UsageError(f"--year：要写四位年份，如 2016；给的是 {text}")
    if policy.first_month and int(text) < int(policy.first_month[:4]):
        raise UsageError(f"《{policy.title}》从 {policy.first_month} 起才能核算，{text} 年的工作簿用不上；"
                         + ("改成以后的年份" if given is not None else "换一个文件名，或者写明年份"),
                         again="" if given is not None else f"--year {policy.first_month[:4]}")
    return int(text)
