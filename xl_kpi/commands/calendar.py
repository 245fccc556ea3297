"""``xl-kpi calendar``: who owes what by when."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from xl_kpi.actions.deadlines import Due, Dues, dues, ics
from xl_kpi.commands.inputs import period_asked, this_month
from xl_kpi.commands.say import say_json, say_problems, say_table
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.hand.days import WEEKDAYS
from xl_kpi.parameters import Parameters, policy_of, read_parameters
from xl_kpi.period import AnyPeriod
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.describe import PERIODS
from xl_kpi.policy.load import load, load_file
from xl_kpi.policy.settings import Settings
from xl_kpi.policy.words import cited
from xl_kpi.problems import Refusal, UsageError, named
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.file import read
from xl_kpi.workbook.store import replace_other


def calendar(arguments: argparse.Namespace) -> int:
    """What is due in a period, by the parameters and readings of a workbook where there is one."""
    policy, parameters, book = _rules(arguments)
    out = Path(arguments.out) if arguments.out is not None else None
    if out is not None and out.suffix.lower() != ".ics":
        raise UsageError(f"-o：日历文件的名字要以 .ics 结尾，给的是 {arguments.out}")
    period = period_asked(arguments) or this_month(policy)
    found = dues(policy, parameters, period, book)
    if found.problems and out is not None:
        raise Refusal(found.problems)
    if arguments.json:
        say_json({"policy": policy.id, "period": str(period), "deadlines": [_as_json(due, found) for due in found.dues],
                  **({"overdue": [_as_json(due, found) for due in found.overdue]} if book else {}),
                  "unknown": [{"title": one.title, "task": one.task, "period": str(when), "clause": one.clause}
                              for one, when in found.unknown],
                  **({"undecided": [{"title": one.title, "period": str(when), "people": count}
                                    for one, when, count in found.undecided]} if book else {}),
                  "problems": [problem.as_json() for problem in found.problems]})
    elif out is not None:
        replace_other(out, ics(policy, found))
        print(f"{period.label}的 {len(found.dues)} 个期限已写入 {out}")
    else:
        _say(policy, period, found)
    return EXIT_REFUSED if found.problems else EXIT_DONE


def _rules(arguments: argparse.Namespace) -> tuple[Policy, Parameters, Book | None]:
    """The policy, the parameters and readings: of the workbook where one is given, and that.  Raises Refusal,
    UsageError."""
    given = load_file(Path(arguments.id)) if arguments.id.lower().endswith(".md") else None
    if not arguments.book:
        policy = given or load(arguments.id)
        return policy, Parameters(Settings.stated(policy)), None
    book = read(Path(arguments.book))
    policy = policy_of(book)
    if policy.id != (given.id if given else arguments.id):
        raise UsageError(f"{Path(arguments.book).name} 用的制度是 {policy.id}，不是 {arguments.id}："
                         f"写 calendar {policy.id}，或者换一个工作簿")
    parameters = read_parameters(book, policy)
    if wrong := [problem for problem in parameters.problems if problem.level == "error"]:
        raise Refusal(wrong)
    return policy, parameters, book


def _as_json(due: Due, found: Dues) -> dict[str, Any]:
    people = [{"工号": person, "姓名": name, "done": str(one.done) if one.done else None}
              for one in due.people for person, name in [found.who(one)]]
    return {"day": str(due.day) if due.day else None, "from": str(due.first) if due.first else None,
            "title": due.deadline.title, "task": due.deadline.task, "period": str(due.period),
            "clause": due.deadline.clause} | ({"people": people} if people else {})


def _day(due: Due) -> str:
    if due.day is None:
        return "没有写明"
    first = f"{due.first} 至 " if due.first and due.first != due.day else ""
    return f"{first}{due.day} 周{WEEKDAYS[due.day.weekday()]}"


def _task(due: Due, found: Dues) -> str:
    if not due.people:
        return due.deadline.task
    left = [" ".join(found.who(one)).strip() for one in due.left]
    done = len(due.people) - len(left)
    return f"{due.deadline.task}：" + "；".join(filter(None, (named(left, "人"), f"做了的 {done} 人" if done else "")))


def _table(dues: list[Due], found: Dues) -> None:
    say_table(["最迟", "谁做什么", "哪一期", "条款"], [
        [_day(due), _task(due, found), due.period.label, cited(due.deadline.clause)] for due in dues])


def _say(policy: Policy, period: AnyPeriod, found: Dues) -> None:
    print(f"《{policy.title}》{period.label}的期限")
    if found.dues:
        print()
        _table(found.dues, found)
    elif not policy.deadlines:
        print("这份制度没有写明哪一天以前做什么")
    elif not (found.unknown or found.problems or found.personal):
        print("这一期没有到期的")
    if found.overdue:
        print("\n以前到期、还没有记录的：")
        _table(found.overdue, found)
    if found.unknown and not found.problems:
        print("\n还不知道哪一天的（按发生的日期数，日期填在工作簿的参数里）：")
        for one, when in found.unknown:
            print(f"  {one.title}（{PERIODS[one.period]}，{when.label}）：{one.task}（{cited(one.clause)}）")
    if found.personal:
        print("\n各人各有期限的（写上工作簿才列得出是谁、哪一天）：")
        for one in found.personal:
            print(f"  {one.title}：{one.task}（{cited(one.clause)}）")
    if found.undecided:
        print("\n数据不全，还不知道要不要做的：")
        for one, when, count in found.undecided:
            print(f"  {one.title}（{when.label}）：{count} 人；体检说缺什么")
    if found.problems:
        print()
        say_problems(found.problems)
