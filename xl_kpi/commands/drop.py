"""``xl-kpi drop``: a workbook dropped on the desktop file; 体检 → 季度评星 → 工资表 by questions and answers.

For people with WPS or without the add-in.  It only asks: every step is the command of the same name, run as anyone
would type it, so that nothing behaves otherwise here.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable

from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.period import Month

YES, NO = ("y", "yes", "是", "好"), ("n", "no", "否", "不", "")
Command = Callable[[list[str]], int]


class Stopped(Exception):
    """The person closed the console or pressed Ctrl+C."""


def drop(arguments: argparse.Namespace) -> int:
    try:
        code = steps(arguments.book or ask_book(), arguments.again)
    except Stopped:
        print("\n已停止。")
        return EXIT_REFUSED
    with contextlib.suppress(Stopped):
        ask("\n按回车键关闭这个窗口。")
    return code


def steps(book: str, run: Command) -> int:
    """The three steps on a workbook; ``run`` runs a command line.  Gives the exit code of the last one."""
    month = ask_month()
    print(f"\n—— 体检（{month}）——")
    code = run(["check", book, "--month", str(month)])
    if code > EXIT_REFUSED:         # no workbook to go on with
        return code
    if code == EXIT_REFUSED:
        print("\n上面的“错误”要先在工作簿里改好、保存，再把工作簿拖过来一次。")
        if not ask_yes("现在先试算一次吗（算不出的格子是 #N/A，不生成工资表）？"):
            return code
        print("\n—— 试算 ——")
        return run(["payroll", book, "--month", str(month), "--draft"])
    quarter = month.quarter
    if ask_yes(f"\n要评 {quarter} 的星级吗（一个季度评一次，通常在第一个月；评过了就选否）？"):
        print(f"\n—— 季度评星（{quarter}）——")
        code = with_replacement(["review", book, "--quarter", str(quarter)], run)
        if code != EXIT_DONE:
            return code
        print("评审小组有改定的，请先在工作簿里写好、保存，再回答下面的问题。")
    if not ask_yes(f"\n现在生成 {month} 的工资表吗？"):
        return code
    print(f"\n—— 工资表（{month}）——")
    return with_replacement(["payroll", book, "--month", str(month)], run)


def with_replacement(command: list[str], run: Command) -> int:
    """A command that writes; what is there already and differs is overwritten only when asked for."""
    code = run(command)
    if code == EXIT_REFUSED and ask_yes("上面如果是“已有的与这次算出的不同”，核对之后要改成这次的吗？"):
        code = run([*command, "--replace"])
    return code


def ask(question: str) -> str:
    try:
        return input(question).strip()
    except (EOFError, KeyboardInterrupt):
        raise Stopped from None


def ask_book() -> str:
    while not (book := ask("请把工作簿拖进这个窗口，然后按回车：").strip("\"' ")):
        pass
    return book


def ask_month() -> Month:
    while True:
        answer = ask("算哪个月的工资（如 2016-12）？")
        try:
            return Month.parse(answer)
        except ValueError as error:
            print(error)


def ask_yes(question: str) -> bool:
    while (answer := ask(f"{question}[是/否，直接回车是否] ").lower()) not in YES + NO:
        print("请输入 是 或 否。")
    return answer in YES
