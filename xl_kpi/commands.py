"""The commands: workbook in, result out.  The same functions stand behind the ribbon's buttons."""

from __future__ import annotations

import argparse
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from xl_kpi.cli import EXIT_DONE, EXIT_HOST, EXIT_REFUSED, EXIT_USAGE
from xl_kpi.period import Month, Quarter
from xl_kpi.problems import LEVELS, HostError, Problem, Refusal, UsageError
from xl_kpi.rules.base import PolicyError

CELLS = 10          # so many places of one problem are printed


def run(arguments: argparse.Namespace) -> int:
    """One command with its errors turned into exit codes and words."""
    as_json = getattr(arguments, "json", False)
    try:
        return COMMANDS[arguments.command](arguments)
    except Refusal as refusal:
        if as_json:
            say_json({"problems": [p.as_json() for p in refusal.problems]})
        else:
            say_problems(refusal.problems)
            if not any(p.level == "error" for p in refusal.problems):
                return EXIT_REFUSED
            print("\n有错误，没有写任何文件。改正后再运行；数据不全时可以先用 --draft 试算。"
                  if arguments.command == "payroll" else "\n有错误，没有写任何文件。改正后再运行。")
        return EXIT_REFUSED
    except (UsageError, PolicyError) as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except HostError as error:
        print(error, file=sys.stderr)
        return EXIT_HOST
    except BrokenPipeError:
        # the reader of our output has gone; nothing was left half done
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE


# -- saying -----------------------------------------------------------------------------------------------------------

def say_json(content: Any) -> None:
    """UTF-8 whatever the console's encoding, alone on stdout."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    data = text.encode("utf-8", "backslashreplace")       # a lone surrogate is no character
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        buffer.write(data)
        buffer.flush()


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def say_table(headings: list[str], rows: Iterable[list[str]], right: set[int] = frozenset()) -> None:    # type: ignore[assignment]
    """A table in columns; ``right``: columns set flush right."""
    lines = [headings, *rows]
    widths = [max(width(line[i]) for line in lines) for i in range(len(headings))]
    for line in lines:
        parts = []
        for i, (text, wide) in enumerate(zip(line, widths, strict=True)):
            pad = " " * (wide - width(text))
            parts.append(pad + text if i in right else text + pad)
        print("  ".join(parts).rstrip())


def say_problems(problems: list[Problem]) -> None:
    cells: dict[Problem, list[str]] = {}            # what is said of many cells alike stands there once
    for problem in problems:
        cells.setdefault(replace(problem, cell=""), []).append(problem.cell)
    for problem, at in cells.items():
        known = [cell for cell in at if cell]
        places = "、".join(known[:CELLS]) + (f" 等 {len(known)} 处" if len(known) > CELLS else "")
        where = " ".join(part for part in (problem.sheet, places) if part)
        print(f"[{LEVELS[problem.level]}] {f'{where}  ' if where else ''}{problem.text}")
        if problem.do:
            print(f"        怎么办：{problem.do}")
    counts = [f"{LEVELS[level]} {n} 条" for level in LEVELS if (n := sum(p.level == level for p in problems))]
    print("、".join(counts) if counts else "没有发现问题。")


# -- reading ----------------------------------------------------------------------------------------------------------

def month_of(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise UsageError(f"--month：{error}") from None


def quarter_of(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise UsageError(f"--quarter：{error}") from None


class Opened:
    """A workbook read with its policy and settings."""

    def __init__(self, path: str):
        from xl_kpi.parameters import policy_of, read_parameters
        from xl_kpi.tables import read_tables
        from xl_kpi.workbook.file import read

        self.path = Path(path)
        self.book = read(self.path)
        self.policy = policy_of(self.book)
        self.parameters = read_parameters(self.book, self.policy)
        self.tables = read_tables(self.book, self.policy, self.parameters.settings)

    @property
    def names(self) -> dict[str, str]:
        return dict(zip(self.tables.facts.ids, self.tables.facts.names, strict=True))


def out_path(text: str, book: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"-o：结果文件要以 .xlsx 结尾，给的是 {path.name}")
    if path.exists() and Path(book).exists() and os.path.samefile(path, book):
        raise UsageError("-o：结果不能写到 BOOK 自己，请换一个文件名")
    return path


def json_value(value: Any, kind: str) -> Any:
    """A value of a result as JSON writes it; None: refused."""
    from xl_kpi.job import shown
    from xl_kpi.results import REFUSED

    if value is REFUSED:
        return None
    return shown(value, kind) if kind in ("money", "score", "percent") else value


def json_lines(result: Any, numbered: bool) -> list[dict[str, Any]]:
    """The lines as the contract has them: numbered and with names in payroll, by 工号 alone in a review."""
    kinds = {column.heading: column.type for column in result.columns}
    left_out = () if numbered else ("姓名",)
    lines = []
    for number, line in enumerate(result.lines, 1):
        one: dict[str, Any] = {"序号": number} if numbered else {}
        one |= {heading: json_value(value, kinds[heading]) for heading, value in line.items()
                if value is not None and heading not in left_out}
        lines.append(one)
    return lines


# -- the commands -----------------------------------------------------------------------------------------------------

def check(arguments: argparse.Namespace) -> int:
    from xl_kpi.job import findings

    month = month_of(arguments.month) if arguments.month else None
    quarter = quarter_of(arguments.quarter) if arguments.quarter else None
    opened = Opened(arguments.book)
    if quarter is not None and opened.policy.review is None:
        raise UsageError(f"制度 {opened.policy.id} 没有季度评星")
    problems = findings(opened.parameters, opened.tables, month, quarter)
    if arguments.json:
        say_json({"problems": [p.as_json() for p in problems]})
    else:
        say_problems(problems)
    return EXIT_REFUSED if any(p.level == "error" for p in problems) else EXIT_DONE


def review(arguments: argparse.Namespace) -> int:
    from xl_kpi import job

    quarter = quarter_of(arguments.quarter)
    out = out_path(arguments.out, arguments.book) if arguments.out else None
    opened = Opened(arguments.book)
    if opened.policy.review is None:
        raise UsageError(f"制度 {opened.policy.id} 没有季度评星")
    result = job.review(opened.parameters, opened.tables, quarter)
    if arguments.json:
        say_json({"quarter": result.period, "policy": result.policy, "reviews": json_lines(result, False),
                  "problems": [p.as_json() for p in result.problems]})
        return EXIT_DONE
    say_result(result, opened, out, review_sheets)
    return EXIT_DONE


def payroll(arguments: argparse.Namespace) -> int:
    from xl_kpi import job

    month = month_of(arguments.month)
    out = out_path(arguments.out, arguments.book) if arguments.out else None
    opened = Opened(arguments.book)
    result = job.payroll(opened.parameters, opened.tables, month, arguments.draft, detail=not arguments.json)
    if arguments.json:
        say_json({
            "month": result.period, "policy": result.policy, "lines": json_lines(result, True),
            "totals": {heading: json_value(value, "" if isinstance(value, int) else "money")
                       for heading, value in result.totals.items()},
            "marks": [{"工号": person, "text": text} for person, text in result.marks],
            "problems": [p.as_json() for p in result.problems],
        })
        return EXIT_DONE
    say_result(result, opened, out, payroll_sheets)
    return EXIT_DONE


def review_sheets(result: Any, opened: Opened) -> list[Any]:
    from xl_kpi.sheets.findings import findings
    from xl_kpi.sheets.forms import form

    return [*(form(result, sheet, headings, people) for sheet, headings, people in result.forms),
            findings(result.problems, opened.names, result.period)]


def payroll_sheets(result: Any, opened: Opened) -> list[Any]:
    from xl_kpi.sheets.basis import basis
    from xl_kpi.sheets.findings import findings
    from xl_kpi.sheets.payroll import payroll as pay_sheet
    from xl_kpi.sheets.slips import slips
    from xl_kpi.sheets.summary import summary

    if result.draft:
        return [pay_sheet(result), findings(result.problems, opened.names, result.period)]
    return [pay_sheet(result), slips(result), basis(result), summary(result),
            findings(result.problems, opened.names, result.period)]


def say_result(result: Any, opened: Opened, out: Path | None, sheets: Callable[[Any, Opened], list[Any]]) -> None:
    """Print the result, or write it where ``-o`` says."""
    from xl_kpi.job import shown
    from xl_kpi.results import REFUSED

    if out is not None:
        from xl_kpi.workbook.render_xlsx import write

        write(out, sheets(result, opened))
        say_problems(result.problems)
        for notice in result.notices:
            print(notice)
        print(f"{len(result.lines)} 人，已写入 {out}")
        return
    columns = [c for c in result.columns if any(line[c.heading] not in (None, "") for line in result.lines)]
    texts = [["#N/A" if line[c.heading] is REFUSED else shown(line[c.heading], c.type) for c in columns]
             for line in result.lines]
    right = {i for i, c in enumerate(columns) if c.type in ("money", "score", "percent", "int")}
    say_table([c.heading for c in columns], texts, right)
    for heading, value in result.totals.items():
        print(f"{heading} 合计 {shown(value, 'money') or '#N/A'}" if heading != "人数" else f"{value} 人")
    for notice in result.notices:
        print(notice)
    say_problems(result.problems)
    print("没有写任何文件；加 -o 文件名.xlsx 写出结果。")


def explain(arguments: argparse.Namespace) -> int:
    from xl_kpi import job
    from xl_kpi.job import shown
    from xl_kpi.results import REFUSED

    month = month_of(arguments.month)
    opened = Opened(arguments.book)
    result = job.payroll(opened.parameters, opened.tables, month, draft=True)
    person = arguments.id.strip()
    line = next((line for line in result.lines if line["工号"] == person), None)
    mine = [p for p in result.problems if p.person in (person, "") and p.level == "error"]
    if line is None:
        known = person in opened.names
        raise Refusal([Problem("error", f"{person} {opened.names[person]} 在 {month} 不在册，没有工资" if known
                               else f"花名册里没有工号 {person}", "核对工号和月份", person=person), *mine])
    if any(value is REFUSED for value in line.values()):
        raise Refusal(mine or [p for p in result.problems if p.level == "error"])
    kinds = {column.heading: column.type for column in result.columns}
    print(f"{person} {opened.names[person]}　{month.label}　{opened.policy.title}")
    for step in result.steps[person]:
        print(f"{step.heading}：{shown(step.value, kinds[step.heading])}")
        print(f"    {step.sentence}（{step.clause}）")
    for owner, text in result.marks:
        if owner == person:
            print(f"备注：{text}")
    for notice in result.notices:
        print(notice)
    return EXIT_DONE


def policies(arguments: argparse.Namespace) -> int:
    from xl_kpi.policy.load import ids, load

    found = [load(one) for one in ids()]
    if arguments.json:
        say_json({"policies": [{"id": p.id, "title": p.title, "document": p.document,
                                "in_force": str(p.in_force) if p.in_force else None,
                                "first_month": p.first_month or None, "review": p.review is not None} for p in found]})
    else:
        say_table(["编号", "制度", "起"], [[p.id, p.title, p.first_month] for p in found])
    return EXIT_DONE


def policy(arguments: argparse.Namespace) -> int:
    from xl_kpi.policy.describe import as_json, as_text
    from xl_kpi.policy.load import load

    found = load(arguments.id)
    if arguments.json:
        say_json(as_json(found))
    else:
        print("\n".join(as_text(found)))
    return EXIT_DONE


def demo(arguments: argparse.Namespace) -> int:
    """A demo company's workbook, and the main jobs run on it."""
    from workbooks.demo import BOOK, MONTH, QUARTER, build
    from xl_kpi import job
    from xl_kpi.job import shown
    from xl_kpi.workbook.render_xlsx import write

    folder = Path(arguments.dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"不能建文件夹 {folder}：{error.strerror}") from None
    book = folder / BOOK
    try:
        build(book)
        # the quarter's review goes into the forms of the workbook, as HR would have filled them in
        opened = Opened(str(book))
        stars = job.review(opened.parameters, opened.tables, Quarter.parse(QUARTER))
        build(book, stars)
    except OSError as error:
        raise HostError(f"不能写 {book}：{error.strerror}；文件可能正开着，或者没有权限") from None
    opened = Opened(str(book))
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


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": demo, "check": check, "review": review, "payroll": payroll, "explain": explain,
    "policies": policies, "policy": policy,
}
