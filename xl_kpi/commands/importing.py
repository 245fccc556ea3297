"""``xl-kpi import``: attendance exports onto the attendance table."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi.actions.importing import SECTION, Questions, answers_beside, as_json, bring_in, read
from xl_kpi.commands.asking import password_of
from xl_kpi.commands.inputs import month_of
from xl_kpi.commands.say import say_json, say_problems
from xl_kpi.commands.writing import finish, out_path
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.forms.foreign import open_form
from xl_kpi.opened import Opened


def import_(arguments: argparse.Namespace) -> int:
    month = month_of(arguments.month)
    out_path(arguments.out, arguments.book)
    opened = Opened.file(arguments.book)
    paths = [Path(path) for path in arguments.exports]
    books = [open_form(path, password_of) for path in paths]
    answers = answers_beside(paths, Path(arguments.book))
    given = answers.section(SECTION)
    try:
        if arguments.json:
            say_json(as_json(read(opened, month, books, given), opened, month))
            return EXIT_DONE
        outcome = bring_in(opened, month, books, given, arguments.replace)
    except Questions as questions:
        answers.ask(SECTION, questions.open)
        answers.save()
        if arguments.json:
            raise
        say_problems(questions.problems, arguments)
        print(f"\n没有写入工作簿。这些问题写进了 {answers.path}：把答案写在引号里，保存，再运行一次；以后不再问。")
        return EXIT_REFUSED
    finish(opened, outcome, arguments, f"导入 {month} 的考勤")
    return EXIT_DONE
