"""``xl-kpi forms``: the company's own forms."""

from __future__ import annotations

import argparse
from pathlib import Path

from xl_kpi import job
from xl_kpi.actions import form_files
from xl_kpi.commands.asking import password_of
from xl_kpi.commands.say import say_json, say_problems, say_table
from xl_kpi.exits import EXIT_DONE, EXIT_REFUSED
from xl_kpi.forms.model import Form
from xl_kpi.opened import Opened
from xl_kpi.problems import Problem, Refusal, UsageError
from xl_kpi.workbook.grid import address


def forms(arguments: argparse.Namespace) -> int:
    """One of its commands."""
    return {"inspect": inspect, "fill": fill, "read": read, "new": new}[arguments.action](arguments)


def inspect(arguments: argparse.Namespace) -> int:
    """What forms hold, how sure that is and why; what could not be placed."""
    opened = Opened.file(arguments.book) if arguments.book else None
    found = form_files.inspect(arguments.forms, opened, password_of)
    errors = [problem for problem in found.problems if problem.level == "error"]
    if errors and not found.forms:
        raise Refusal(found.problems)
    if arguments.json:
        say_json([form.as_json() for form in found.forms] + [_unread(problem) for problem in errors])
        return EXIT_REFUSED if errors else EXIT_DONE
    for form in found.forms:
        say_form(form)
    if found.problems:
        say_problems(found.problems, arguments)
    asked = sum(len(form.open) for form in found.forms)
    where = "、".join(map(str, found.asked))
    print(f"{found.files} 个文件，认出 {len(found.forms)} 张表" + (f"；{asked} 处要问" if asked else "")
          + (f"，在 {where} 里写上答案，再运行一次" if where else ""))
    return EXIT_REFUSED if errors else EXIT_DONE


def read(arguments: argparse.Namespace) -> int:
    """The rows of forms; with ``--write`` into the tables of BOOK."""
    from xl_kpi.actions.form_fill import file_looks
    from xl_kpi.actions.form_questions import given_forms, refuse_open
    from xl_kpi.actions.form_read import form_rows, read_into
    from xl_kpi.commands.writing import finish, out_path

    if arguments.write and not arguments.book:
        raise UsageError("--write：要用 --book 写明读进哪个工作簿")
    if arguments.out is not None and not arguments.write:
        raise UsageError("-o：与 --write 一起用")
    opened = Opened.file(arguments.book) if arguments.book else None
    given = given_forms(arguments.forms, opened, password_of)
    if arguments.write:
        assert opened is not None
        out_path(arguments.out, arguments.book)
        finish(opened, read_into(opened, given, file_looks()), arguments, "表里的数")
        return EXIT_DONE
    refuse_open(given, periods=True)
    rows = form_rows(given)
    if arguments.json:
        say_json([row.as_json() for row in rows])
        return EXIT_DONE
    for row in rows:
        values = "，".join(f"{name} {cell.text}" for name, cell in row.cells.items())
        print(f"{row.where} {row.cell}  {row.number} {row.name}{f'（{row.period}）' if row.period else ''}：{values}")
    print(f"{len(given)} 个文件，{len(rows)} 行")
    return EXIT_DONE


def fill(arguments: argparse.Namespace) -> int:
    """A result into the forms; without ``-o`` into the files themselves, a dated copy of each beside it."""
    from xl_kpi.actions.form_fill import file_looks, fill_forms, refuse_foreign_forms
    from xl_kpi.actions.form_questions import given_forms
    from xl_kpi.actions.form_writing import out_of, write_forms
    from xl_kpi.commands.inputs import period_asked
    from xl_kpi.target import target_of

    opened = Opened.file(arguments.book)
    period = period_asked(arguments)
    assert period is not None
    role = "payroll" if arguments.month is not None else "review" if arguments.quarter is not None else ""
    target = target_of(opened.policy, period, arguments.of or "", role)
    given = given_forms(arguments.forms, opened, password_of)
    refuse_foreign_forms(given)
    out = out_of(arguments.out, [one.book.path for one in given])
    result = job.result(opened.parameters, opened.tables, target.output, target.period, detail=False)
    made = fill_forms(opened, target, result, given, file_looks(), arguments.replace, copies=out is not None)
    written = write_forms(made.written, out, arguments.yes)
    say_problems(result.problems, arguments)
    for text in made.said:
        print(text)
    if not written:
        print("没有要填的，哪个文件都没有动")
    else:
        what = written[0] if len(written) == 1 else f"{written[0].parent} 里的 {len(written)} 个文件"
        print(f"{target.period} {target.output.name} {made.people} 人，已填进 {what}")
    return EXIT_DONE


def new(arguments: argparse.Namespace) -> int:
    """Blank forms of a policy."""
    from xl_kpi.actions.new_forms import new_forms

    out = Path(arguments.out) if arguments.out else None
    for text in new_forms(arguments.id, out, arguments.functions, arguments.given, arguments.company, arguments.rows):
        print(text)
    return EXIT_DONE


def _unread(problem: Problem) -> dict[str, object]:
    """A file that cannot be read, among the forms."""
    text = f"{problem.text}；{problem.do}" if problem.do else problem.text
    return {"form": "", "sheet": problem.sheet, "kind": "list", "month": None, "fields": [],
            "open": [{"key": "文件", "text": text, "choices": []}]}


KINDS = {"list": "名单", "card": "卡片"}


def say_form(form: Form) -> None:
    """A form as HR reads it."""
    people = f"，{len(form.people)} 人" if form.kind == "list" and form.people else ""
    when = f"，{form.period.label}" if form.period is not None else ""
    print(f"{form.form} 「{form.sheet}」：{KINDS[form.kind]}{when}{people}")
    rows = []
    for one in form.fields:
        first, last = one.rows
        place = address(first, one.column)
        if form.kind == "list" and last >= min(form.headings):
            place = (f"第 {first + 1} 行" if form.across else
                     f"{place.rstrip('0123456789')} 列 {first + 1}–{last + 1} 行")
        rows.append([place, one.name, f"{one.sure:.0%}", one.why])
    if rows:
        say_table(["位置", "是", "把握", "依据"], rows, {2})
    for asked in form.open:
        choices = f"（{'、'.join(asked.choices)}）" if asked.choices else ""
        print(f"  问：{asked.text}{choices}")
    print()
