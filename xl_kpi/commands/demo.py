"""``xl-kpi demo``: the main jobs on a demo company."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbooks.demo import BOOK, MONTH, QUARTER, build
from xl_kpi import job
from xl_kpi.cli import EXIT_DONE
from xl_kpi.commands.results import payroll_sheets
from xl_kpi.commands.say import say_problems, say_table
from xl_kpi.job import shown
from xl_kpi.opened import Opened
from xl_kpi.period import Month, Quarter
from xl_kpi.problems import HostError
from xl_kpi.workbook.render_xlsx import write


def demo(arguments: argparse.Namespace) -> int:
    """A demo company's workbook, and the main jobs run on it."""
    folder = Path(arguments.dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"不能建文件夹 {folder}：{error.strerror}") from None
    book = folder / BOOK
    try:
        build(book)
        # the quarter's review goes into the forms of the workbook, as HR would have filled them in
        opened = Opened.file(book)
        stars = job.review(opened.parameters, opened.tables, Quarter.parse(QUARTER))
        build(book, stars)
    except OSError as error:
        raise HostError(f"不能写 {book}：{error.strerror}；文件可能正开着，或者没有权限") from None
    opened = Opened.file(book)
    month = Month.parse(MONTH)
    print(f"一、体检（{month.label}）")
    say_problems(job.findings(opened.parameters, opened.tables, month, Quarter.parse(QUARTER)))
    print(f"\n二、{Quarter.parse(QUARTER).label}评星：{len(stars.lines)} 人")
    kinds = {c.heading: c.type for c in stars.columns}
    say_table(list(kinds), [[shown(line[h], kinds[h]) for h in kinds] for line in stars.lines])
    result = job.payroll(opened.parameters, opened.tables, month)
    out = folder / f"工资表_{month}.xlsx"
    write(out, payroll_sheets(result, opened))
    print(f"\n三、{month.label}工资：{len(result.lines)} 人")
    money = [c for c in result.columns if c.total and c.formula]
    rest = [c for c in result.columns if c.type == "text" and c.heading != "备注"] + money
    note = [c for c in result.columns if c.heading == "备注"]
    say_table([c.heading for c in rest + note],
              [[shown(line[c.heading], c.type) for c in rest + note] for line in result.lines],
              {i for i, c in enumerate(rest) if c.type == "money"})
    print("　".join(f"{c.heading} {shown(result.totals[c.heading], 'money')}" for c in money))
    print(f"\n工作簿：{book}\n工资表、工资条、核算依据、汇总、体检：{out}\n用 Excel、WPS 或 LibreOffice 打开即可；"
          f"看一个人怎么算的：xl-kpi explain \"{book}\" --month {month} --id {result.lines[0]['工号']}")
    return EXIT_DONE
