"""What filling a company's form costs, beside as many plain cell writes by the same means."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import xlsxwriter

from xl_kpi.actions.form_fill import file_looks, fill_forms
from xl_kpi.actions.form_questions import Given
from xl_kpi.forms.foreign import open_form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Want, Wanted
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.results import Naming, Result, ResultColumn
from xl_kpi.target import Target
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.edit import edited

HEADINGS = ("岗位工资", "全勤奖", "绩效工资", "应发合计", "社保", "个税", "扣款合计", "实发合计")
MONTH = Month.parse("2016-12")


def form(path: Path, people: int) -> None:
    """A list: title, headings, a row a person, 合计, signatures."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("工资表")
        look = book.add_format({"border": 1, "num_format": "0.00"})
        sheet.merge_range(0, 0, 0, len(HEADINGS) + 3, "2016年12月工资表")
        sheet.write_row(2, 0, ["序号", "工号", "姓名", *HEADINGS, "签字"])
        for n in range(people):
            sheet.write_row(3 + n, 0, [n + 1, f"{n + 1:04}", f"员工{n + 1}"], look)
            for column in range(3, len(HEADINGS) + 4):
                sheet.write_blank(3 + n, column, None, look)
        sheet.write(3 + people, 0, "合计")
        for column in range(3, len(HEADINGS) + 3):
            letter = chr(65 + column)
            sheet.write_formula(3 + people, column, f"=SUM({letter}4:{letter}{3 + people})")
        sheet.write(5 + people, 0, "制表：")


def filling(people: int, runs: int = 5) -> Iterator[tuple[str, float, float]]:
    """(what, seconds of filling, seconds of as many plain writes): the form opened, recognised, filled and saved."""
    names = {f"{n + 1:04}": f"员工{n + 1}" for n in range(people)}
    columns = [ResultColumn("工号", "text"), ResultColumn("姓名", "text"),
               *(ResultColumn(one, "money") for one in HEADINGS)]
    lines = [{"工号": person, "姓名": name, **{one: Decimal(n * 100 + k).scaleb(-2) for k, one in enumerate(HEADINGS)}}
             for n, (person, name) in enumerate(names.items(), 1)]
    result = Result(Naming("工资表"), "2016-12", "p", "制度", columns, cast(Any, lines))
    wanted = Wanted({one: Want(one, True) for one in HEADINGS}, {one: one for one in HEADINGS}, names)
    opened = cast(Opened, SimpleNamespace(names=names))
    target = cast(Target, SimpleNamespace(period=MONTH))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "工资表.xlsx"
        form(path, people)
        plain = Filled("工资表", {(3 + n, 3 + k): line[one] for n, line in enumerate(lines)     # type: ignore[misc]
                                for k, one in enumerate(HEADINGS)})

        def fill() -> bytes:
            book = open_form(path)
            made = fill_forms(opened, target, result, [Given(book, recognise(book, wanted))], file_looks())
            return edited(book.data, path.name, made.written[0].changes)

        def write() -> bytes:
            return edited(path.read_bytes(), path.name, Changes(filled=[plain]))

        assert fill() == write()
        taken: dict[str, list[float]] = {"fill": [], "write": []}
        for _ in range(runs):
            for name, work in (("fill", fill), ("write", write)):
                start = time.perf_counter()
                work()
                taken[name].append(time.perf_counter() - start)
        yield f"filling a form of {people:,} people", *(statistics.median(taken[one]) for one in ("fill", "write"))
