"""``xl-kpi drop``: a workbook dropped on the desktop file; 体检, then what the policy gives, by questions and answers.

For people with WPS or without the add-in.  It only asks: every step is the command of the same name, run as anyone
would type it, so that nothing behaves otherwise here.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
from collections.abc import Callable
from pathlib import Path

from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.parameters import policy_of
from xl_kpi.policy.compiled import Policy
from xl_kpi.problems import Refusal, Stop, UsageError
from xl_kpi.rules.base import PolicyError
from xl_kpi.target import Target, asked, examples, monthly
from xl_kpi.workbook.file import read

YES, NO = ("y", "yes", "是", "好"), ("n", "no", "否", "不", "")
Command = Callable[[list[str]], int]


class Stopped(Exception):
    """The person closed the console or pressed Ctrl+C."""


def drop(arguments: argparse.Namespace) -> int:
    try:
        book = arguments.book or ask_book()
        policy = policy_in(book)
        # what is in the way of reading the workbook at all, the check says
        code = steps(book, arguments.again, policy) if policy else arguments.again(["check", book])
    except Stopped:
        print("\n已停止。")
        return EXIT_REFUSED
    with contextlib.suppress(Stopped):
        ask("\n按回车键关闭这个窗口。")
    return code


def policy_in(book: str) -> Policy | None:
    """The policy of a workbook; None: it cannot be read."""
    try:
        return policy_of(read(Path(book)))
    except (Refusal, Stop, PolicyError):
        return None


def steps(book: str, run: Command, policy: Policy) -> int:
    """The steps on a workbook of this policy; ``run`` runs a command line.  Gives the exit code of the last one."""
    target = ask_target(policy)
    name, period = target.output.name, target.period
    print(f"\n—— 体检（{target}）——")
    code = run(["check", book, *shlex.split(target.options)])
    if code > EXIT_REFUSED:         # no workbook to go on with
        return code
    if code == EXIT_REFUSED:
        print("\n上面的“错误”要先在工作簿里改好、保存，再把工作簿拖过来一次。")
        # forms are for HR to fill in: a draft of them would be a form filled in
        if target.output.forms or not ask_yes(f"现在先试算一次吗（算不出的格子是 #N/A，不生成{name}）？"):
            return code
        print("\n—— 试算 ——")
        return run([*line(book, target), "--draft"])
    if target.output.role == "payroll" and policy.review is not None:
        review = Target.of(policy.review, period.months[0].quarter)
        if ask_yes(f"\n要先做 {review.period} 的{review.name}吗（一个季度做一次，通常在第一个月；做过了就选否）？"):
            print(f"\n—— {review.name}（{review.period}）——")
            code = with_replacement(line(book, review), run)
            if code != EXIT_DONE:
                return code
            print("有改定的，请先在工作簿里写好、保存，再回答下面的问题。")
    if not ask_yes(f"\n现在生成 {period} 的{name}吗？"):
        return code
    print(f"\n—— {name}（{period}）——")
    return with_replacement(line(book, target), run)


def line(book: str, target: Target) -> list[str]:
    """The command that makes it."""
    command, *options = shlex.split(target.command)
    return [command, book, *options]


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


def ask_target(policy: Policy) -> Target:
    if monthly(policy):
        question = f"算哪个月的{policy.main.naming.what}（如 2016-12）？"
    else:
        question = f"算哪个结果、哪一期（如 {examples(policy)}）？"
    while True:
        answer = ask(question)
        try:
            return asked(policy, answer)
        except UsageError as error:
            print(error)


def ask_yes(question: str) -> bool:
    while (answer := ask(f"{question}[是/否，直接回车是否] ").lower()) not in YES + NO:
        print("请输入 是 或 否。")
    return answer in YES
