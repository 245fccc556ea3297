"""``xl-kpi demo``: the main jobs on a demo company."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from xl_kpi.actions.check import check
from xl_kpi.actions.result import payroll, review
from xl_kpi.commands.say import say_problems, say_table
from xl_kpi.exits import EXIT_DONE
from xl_kpi.job import shown
from xl_kpi.opened import Opened
from xl_kpi.period import Month, Quarter
from xl_kpi.problems import HostError
from xl_kpi.results import Result
from xl_kpi.target import targets_of
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.store import replace_other, save
from xl_kpi.workbooks.demo import BOOK, MONTH, QUARTER, build


def demo(arguments: argparse.Namespace) -> int:
    """A demo company's workbook, its quarter's review in its forms, and a copy of it with the month's pay."""
    folder, month, quarter = Path(arguments.dir), Month.parse(MONTH), Quarter.parse(QUARTER)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"不能建文件夹 {folder}：{error.strerror}") from None
    book, out = folder / BOOK, folder / f"工资表_{month}.xlsx"
    try:
        with TemporaryDirectory(prefix=".xl-kpi-", dir=folder) as work:
            build(blank := Path(work) / BOOK)
            opened = Opened.file(blank)
    except OSError as error:
        raise HostError(f"不能写到文件夹 {folder}：{error.strerror}") from None
    rated = review(opened, quarter)
    assert rated.result is not None
    _put(book, edited(opened.book.data, BOOK, rated.changes))
    opened = Opened.file(book)
    print(f"一、体检（{month.label}）")
    targets = [target for period in (month, quarter) for target in targets_of(opened.policy, period)]
    say_problems(check(opened, *targets).problems)
    print(f"\n二、{quarter.label}评星：{len(rated.result.lines)} 人")
    kinds = {c.heading: c.type for c in rated.result.columns}
    say_table(list(kinds), [[shown(line[h], kinds[h]) for h in kinds] for line in rated.result.lines])
    paid = payroll(opened, month)
    assert paid.result is not None
    _put(out, edited(opened.book.data, BOOK, paid.changes))
    _say_pay(paid.result, month)
    print(f"\n工作簿：{book}\n它的一份副本，加上工资表、工资条、核算依据、汇总、体检：{out}\n"
          f"用 Excel、WPS 或 LibreOffice 打开即可；"
          f"看一个人怎么算的：xl-kpi explain \"{book}\" --month {month} --id {paid.result.lines[0]['工号']}")
    return EXIT_DONE


def _put(path: Path, data: bytes) -> None:
    """Write a file; of an older one that somebody has worked in since, a copy is kept."""
    if path.exists():
        save(path, path.read_bytes(), data)
    else:
        replace_other(path, data)


def _say_pay(result: Result, month: Month) -> None:
    print(f"\n三、{month.label}工资：{len(result.lines)} 人")
    money = [c for c in result.columns if c.total and c.formula]
    rest = [c for c in result.columns if c.type == "text" and c.heading != "备注"] + money
    note = [c for c in result.columns if c.heading == "备注"]
    say_table([c.heading for c in rest + note],
              [[shown(line[c.heading], c.type) for c in rest + note] for line in result.lines],
              {i for i, c in enumerate(rest) if c.type == "money"})
    print("　".join(f"{c.heading} {shown(result.totals[c.heading], 'money')}" for c in money))
