"""`make bench`: what the program costs, against what it must not cost.  Exit 1 on a missed target.

Every figure is the median of several runs, and each target is relative to something measured in the same run where
the machine's own speed matters.
"""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.bench_forms import filling
from tests.bench_functions import functions
from tests.bench_windows import why_not, windows
from xl_kpi.engine import Run
from xl_kpi.facts import Facts, RowPeriods, Rows
from xl_kpi.money import Exact
from xl_kpi.period import Month, code_of
from xl_kpi.policy.load import DEFAULT_POLICY, load
from xl_kpi.policy.settings import Dated, Settings
from xl_kpi.rules.values import BLANK, OK, Value

MONTH = Month.parse("2016-12")
MONTHS = 6


def median(work: Callable[[], object], runs: int = 5) -> float:
    """Seconds, the median of ``runs`` after one that is not counted."""
    work()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def settings() -> Settings:
    """The demo company's parameters."""
    from fractions import Fraction

    found = Settings.stated(load(DEFAULT_POLICY))
    tables = {
        "rep.star_pay": (400, 700, 950, 1200, 1500, 1900), "lead.star_pay": (800, 1400, 2000, 2600, 3200),
        "rep.star_score": (60, 80, 88, 93, 96), "rep.star_skill": (60, 70, 80, 90), "lead.star_score": (70, 80, 88, 94),
        "rep.indicator_points": (25, 20, 20, 15, 20), "lead.indicator_points": (30, 30, 20, 20),
        "rep.post_pay": (1800, 2000, 2400), "rep.five_star_once": (300,),
    }
    for name, values in tables.items():
        keys = found.keys(name) or [None]
        for key, value in zip(keys, values, strict=True):
            found.values[name, key] = [Dated(0, Fraction(value), "示例")]
    return found


def people(count: int) -> Facts:
    """A department of ``count`` people with six months of everything, as row numbers."""
    policy = load(DEFAULT_POLICY)
    rng = np.random.default_rng(1)
    first = MONTH - (MONTHS - 1)
    day = first.first_day.toordinal()
    leads = np.arange(count) % 14 == 0

    def state(blank: np.ndarray) -> np.ndarray:
        return np.where(blank, np.uint8(BLANK), np.uint8(OK))

    probation = rng.random(count) < 0.05
    roster = {
        "今岗位": Value("choice", leads.astype(np.int64), None, ("客服代表", "客服领班")),
        "今职级": Value("choice", rng.integers(0, 3, count), None, ("初级", "中级", "高级")),
        "今班组": Value("choice", np.arange(count) // 14, None, tuple(f"{k}组" for k in range(count // 14 + 1))),
        "入职日期": Value("date", Exact(day - rng.integers(10, 2000, count))),
        "转正日期": Value("date", Exact(np.full(count, day - 5)), state(probation)),
        "离职日期": Value("date", Exact(np.full(count, day + 900)), state(rng.random(count) < 0.98)),
        "今本人岗位工资": Value("number", Exact(rng.integers(1800_00, 4000_00, count), 100),
                                 state(rng.random(count) < 0.5)),
    }
    months = RowPeriods.of_months(np.repeat(np.arange(first.index, MONTH.index + 1), count))
    person = np.tile(np.arange(count), MONTHS)
    size = len(person)
    counts = ("迟到次数", "早退次数", "病假次数", "事假次数", "调休次数", "旷工次数", "私自换班次数")
    attendance = {name: Value("number", Exact((rng.random(size) < 0.06).astype(np.int64))) for name in counts}
    attendance |= {name: Value("number", Exact(np.where(rng.random(size) < 0.05, 80000, 0), 10**4))
                   for name in ("病假小时", "事假小时")}

    def points(most: int) -> Value:
        return Value("number", Exact(rng.integers(most * 6000, most * 10000 + 1, size), 10**4))

    names = ("工作量", "出错率", "满席度", "投诉处理", "日常任务")
    rep = dict(zip(names, map(points, (25, 20, 20, 15, 20)), strict=True))
    rep["附表2得分"] = Value("number", Exact(np.zeros(size, np.int64), 10**4), np.full(size, BLANK, np.uint8))
    lead = dict(zip(("统筹管理", "现场管理", "培训管理", "日常管理"), map(points, (30, 30, 20, 20)), strict=True))
    lead["附表4得分"] = rep["附表2得分"]
    lead["服务满意度"] = Value("number", Exact(rng.integers(950000, 1000001, size), 10**4))
    events = count // 3
    ledger = Rows({
        "事项": Value("choice", rng.integers(0, 7, events), None, tuple(
            next(c for c in policy.tables["奖惩台账"].columns if c.name == "事项").choices)),
        "成立": Value("choice", (rng.random(events) < 0.3).astype(np.int64), None, ("是", "否")),
    }, rng.integers(0, count, events), RowPeriods.of_months(rng.integers(first.index, MONTH.index + 1, events)))
    quarter = RowPeriods(np.full(count, code_of(MONTH.quarter.key)))
    this_month = RowPeriods.of_months(np.full(count, MONTH.index))
    everybody = np.arange(count)
    nothing = np.full(count, BLANK, np.uint8)

    def filled(form: str, top: int) -> Rows:
        return Rows({
            f"{form}评定星级": Value("number", Exact(rng.integers(0, top + 1, count))),
            f"{form}确认星级": Value("number", Exact(np.zeros(count, np.int64)), nothing),
            f"{form}意见": Value("choice", np.zeros(count, np.int64), nothing, ("",)),
        }, everybody, quarter)

    skill = Rows({
        "打字速度": Value("number", Exact(np.zeros(count, np.int64), 10**4), nothing),
        "通用技能": Value("number", Exact(rng.integers(60, 100, count) * 10000, 10**4)),
    }, everybody, this_month)
    items = Rows({
        "其他项目_项目": Value("choice", np.zeros(count, np.int64), None, ("社保",)),
        "其他项目_金额": Value("number", Exact(rng.integers(100_00, 300_00, count), 100)),
        "其他项目_计入": Value("choice", np.ones(count, np.int64), None, ("应发", "扣款")),
    }, everybody, this_month)
    amounts = Rows({
        "月度项目_各项_项目": Value("choice", np.zeros(0, np.int64), None, ("",)),
        "月度项目_各项_金额": Value("number", Exact(np.zeros(0, np.int64), 100)),
        "月度项目_各项_计入": Value("choice", np.zeros(0, np.int64), None, ("应发", "扣款")),
    }, np.zeros(0, np.int64), RowPeriods(np.zeros(0, np.int64)))
    tables = {"月度项目_各项": amounts,
              "考勤": Rows(attendance, person, months), "月度考核_客服代表": Rows(rep, person, months),
              "月度考核_客服领班": Rows(lead, person, months), "技能考核": skill, "奖惩台账": ledger,
              "季度星级_客服代表": filled("附表1", 5), "季度星级_客服领班": filled("附表3", 4), "其他项目": items}
    table_of = {c.name: n for n, t in policy.tables.items() for c in t.columns}
    grain_of = {c.name: t.grain_of(c) for t in policy.tables.values() for c in t.columns}
    ids = [f"{k:07}" for k in range(count)]
    return Facts(ids, ids, roster, tables, table_of, grain_of)


def rules(count: int) -> float:
    """Seconds for the month's pay of ``count`` people, from checked tables to amounts."""
    facts, chosen = people(count), settings()
    targets = [(c.quantity, ("month", MONTH.index)) for c in chosen.policy.payroll.columns if c.quantity]

    def work() -> None:
        for rows in facts.tables.values():
            rows._index.clear()
        run = Run(chosen, facts)
        run.compute(targets)
        assert run.results["实发合计", ("month", MONTH.index)].array(count).shape == (count,)

    return median(work, 3 if count > 10**5 else 9)


def matching(count: int) -> tuple[float, float]:
    """Seconds for (matching six months of two tables to people, one get_indexer over as many rows)."""
    import pandas as pd

    from xl_kpi.tables import match

    ids = [f"{k:07}" for k in range(count)]
    rng = np.random.default_rng(2)
    order = np.concatenate([rng.permutation(count) for _ in range(MONTHS)])     # nobody keeps the roster's order
    wanted = [ids[k] for k in order]
    months = np.repeat(np.arange(MONTHS), count)
    rows = np.arange(count)

    def work() -> None:
        for _ in ("attendance", "scores"):
            person = match(ids, rows, wanted)
            table = Rows({}, person, RowPeriods.of_months(months))
            for month in range(MONTHS):
                table.of_period(("month", month), count)

    index, both = pd.Index(ids, dtype=object), np.array(wanted * 2, object)
    return median(work, 3), median(lambda: index.get_indexer(both), 3)


def department(count: int) -> dict:
    """A department of about ``count`` people: random ones of a hundred, side by side under other numbers."""
    import random

    from tests.departments import random_department

    whole = random_department(random.Random(5), people=100)
    part = {name: rows for name, rows in whole.items() if isinstance(rows, list) and name != "参数"}
    for name, rows in part.items():
        whole[name] = [{**row, "工号": f"{row['工号']}-{k}"} for k in range(count // 100) for row in rows]
    return whole


def command(count: int) -> tuple[float, float, float]:
    """Seconds for (the whole command ``payroll``, calamine's read of its workbook, XlsxWriter's write of its cells)."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    from tests.departments import write_book

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book, out = folder / "book.xlsx", folder / "out.xlsx"
        write_book(department(count), book)
        run = [sys.executable, "-m", "xl_kpi.cli", "payroll", str(book), "--month", str(MONTH), "-o", str(out)]
        whole = median(lambda: subprocess.run(run, check=True, stdout=subprocess.DEVNULL), 3)

        def cells(path: Path) -> list[list[list[object]]]:
            read = CalamineWorkbook.from_path(path)
            return [read.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in read.sheet_names]

        reading = median(lambda: cells(book), 3)
        written = cells(out)

        def write() -> None:
            target = xlsxwriter.Workbook(folder / "plain.xlsx")
            for rows in written:
                sheet = target.add_worksheet()
                for r, row in enumerate(rows):
                    for c, value in enumerate(row):
                        if isinstance(value, str):
                            if value:
                                sheet.write_string(r, c, value)
                        elif isinstance(value, dt.date):
                            sheet.write_datetime(r, c, value)
                        elif value is not None:
                            sheet.write_number(r, c, float(value))      # type: ignore[arg-type]
            target.close()

        return whole, reading, median(write, 3)


def grafting(count: int) -> tuple[float, float]:
    """Seconds for (the three sheets of a month's pay put into a workbook of 5 MB, XlsxWriter's write of them alone)."""
    import random
    import zipfile

    from tests.departments import write_book
    from xl_kpi import job
    from xl_kpi.actions.sheet import result_sheets
    from xl_kpi.opened import Opened
    from xl_kpi.workbook.changes import Changes
    from xl_kpi.workbook.edit import edited
    from xl_kpi.workbook.render_xlsx import as_bytes

    with tempfile.TemporaryDirectory() as name:
        book = Path(name) / "book.xlsx"
        write_book(department(count), book)
        with zipfile.ZipFile(book, "a") as package:         # the rest of it is pictures
            left = (5 << 20) - book.stat().st_size
            for n in range(20):
                package.writestr(f"xl/media/picture{n}.png", random.Random(n).randbytes(left // 20))
        opened = Opened.file(book)
        result = job.payroll(opened.parameters, opened.tables, MONTH)
        sheets = result_sheets(result, opened)[:3]
        assert [sheet.name.partition("_")[0] for sheet in sheets] == ["工资表", "工资条", "核算依据"]
        data = book.read_bytes()
    return (median(lambda: edited(data, book.name, Changes(sheets=sheets)), 5), median(lambda: as_bytes(sheets), 5))


def start_up() -> tuple[float, float]:
    """Seconds for (``xl-kpi --help``, ``python -c pass``)."""
    script = Path(sys.executable).with_name("xl-kpi")

    def quietly(*command: str | Path) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    return median(lambda: quietly(script, "--help"), 15), median(lambda: quietly(sys.executable, "-c", "pass"), 15)


def read_sheets(rows: int) -> tuple[float, float]:
    """Seconds for reading two sheets, and for calamine alone."""
    import python_calamine
    import xlsxwriter

    from xl_kpi.workbook.file import read

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for name, width in (("考勤", 13), ("月度考核", 9)):
                sheet = book.add_worksheet(name)
                for r in range(rows):
                    sheet.write_string(r, 0, "2016-11")
                    sheet.write_string(r, 1, f"{r:05}")
                    for c in range(2, width):
                        sheet.write_number(r, c, r % 7 + c / 4)

        def calamine() -> None:
            opened = python_calamine.CalamineWorkbook.from_path(path)
            for n in range(2):
                opened.get_sheet_by_index(n).to_python()

        return median(lambda: read(path)), median(calamine)


def running_sums(rows: int) -> float:
    """Seconds to follow a column of running sums to a sheet that changed."""
    from xl_kpi.workbook.grid import area_of
    from xl_kpi.workbook.stale import FormulaCell, looks_of, stale_cells

    chain = [("B1", "考勤!A1"), *((f"B{row}", f"B{row - 1}+A{row}") for row in range(2, rows + 1))]
    found = [FormulaCell("得分", area, looks_of(formula, "得分", {}))
             for place, formula in chain if (area := area_of(place))]
    return median(lambda: stale_cells(found, ["考勤"]))


def loading() -> float:
    """Seconds to load the main policy, which every command waits for."""
    from xl_kpi.policy.load import file_of, load_file

    return median(lambda: load_file(file_of(DEFAULT_POLICY)))


def cards(count: int) -> tuple[float, float]:
    """Seconds for (inspecting a folder of cards, reading their cells); all drawn otherwise."""
    from openpyxl import Workbook

    from tests.forms.drawn_cards import draw_card
    from xl_kpi.actions import form_files
    from xl_kpi.forms.foreign import open_form
    from xl_kpi.workbook.grid import area_address

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawn = (card for seed in range(1000 * count) if len((card := draw_card(seed)).rows) >= 40)
        for number, card in zip(range(count), drawn, strict=False):
            book = Workbook()
            sheet = book.active
            assert sheet is not None
            for (row, column), value in card.rows.items():
                sheet.cell(row + 1, column + 1, value)
            for area in card.merged:
                sheet.merge_cells(area_address(area))
            book.save(folder / f"{number:03}_考核表.xlsx")
        files = sorted(folder.glob("*.xlsx"))
        return median(lambda: form_files.inspect([folder]), 3), median(lambda: [open_form(path) for path in files], 3)


def many_workbooks(count: int) -> tuple[float, float]:
    """Seconds for (a group of workbooks of the demo company, one of them alone × their number ÷ the cores)."""
    import os
    import resource
    import shutil

    from tests.books import demo_book

    def run(*given: str | Path) -> float:
        """CPU seconds of a process and its workers."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "xl_kpi", "group", *map(str, given), "--month", str(MONTH)], check=True,
                       stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = demo_book(folder, "000.xlsx")
        alone = statistics.median(run(first) for _ in range(3))
        for n in range(1, count):
            shutil.copy(first, folder / f"{n:03}.xlsx")
        start = time.perf_counter()
        run(folder)
        return time.perf_counter() - start, count * alone / (os.cpu_count() or 1)


def pay_slip() -> tuple[float, float, float]:
    """Seconds for a pay slip, for the emptiest workbook of XlsxWriter, and for encrypting the slip."""
    from io import BytesIO

    import xlsxwriter

    from tests.sheets.sample import payroll_result
    from xl_kpi.sheets.slip import slip
    from xl_kpi.workbook.encrypt import encrypted
    from xl_kpi.workbook.render_xlsx import as_bytes

    result = payroll_result()

    def empty() -> None:
        with xlsxwriter.Workbook(BytesIO(), {"in_memory": True}) as book:
            book.add_worksheet()

    data = as_bytes([slip(result, result.lines[0])])
    return (median(lambda: as_bytes([slip(result, result.lines[0])]), 25), median(empty, 25),
            median(lambda: encrypted(data, "12345X")))


def main() -> int:
    missed = 0

    def target(name: str, value: float, most: float, unit: str, note: str = "") -> None:
        nonlocal missed
        good = value <= most
        missed += not good
        limit = f" (at most {most:.3g} {unit})" if most < float("inf") else ""
        print(f"{'ok  ' if good else 'MISS'}  {name}: {value:.3g} {unit}{limit}{note}", flush=True)

    target("(a) rules, 1,000,000 people", rules(10**6), 0.5, "µs a person")
    target("(a) rules, 1,000 people", rules(1000) * 1000, 30, "ms")
    mine, theirs = matching(100_000)
    target("(b) matching people over six months", mine / theirs, 3, "× get_indexer",
           f"  [{mine:.3f} s, {theirs:.3f} s]")
    whole, reading, writing = command(2000)
    target("(c) payroll of 2,000 people", whole, 2 * (reading + writing) + 0.7, "s",
           f"  [calamine {reading:.2f} s, XlsxWriter {writing:.2f} s]")
    mine, theirs = grafting(2000)
    target("(e) three sheets for 2,000 people into a workbook of 5 MB", mine / theirs, 1.5, "× XlsxWriter alone",
           f"  [{mine:.2f} s, {theirs:.2f} s]")
    mine, theirs = start_up()
    target("(d) xl-kpi --help", mine / theirs, 3, "× python -c pass",
           f"  [{mine * 1000:.0f} ms, {theirs * 1000:.0f} ms]")
    mine, theirs = read_sheets(6000)
    target("(h) reading two sheets of 6,000 rows", mine / theirs, 3, "× calamine alone",
           f"  [{mine * 1000:.0f} ms, {theirs * 1000:.0f} ms]")
    target("(i) formulas never calculated: 5,000 running sums", running_sums(5000), 2, "s")
    target("(g) loading a policy", loading() * 1000, 60, "ms")
    mine, theirs, locking = pay_slip()
    target("(f) a pay slip", mine / theirs, 12, "× an empty workbook of XlsxWriter",
           f"  [{mine * 1000:.1f} ms, {theirs * 1000:.1f} ms; encrypting it {locking * 1000:.0f} ms]")
    mine, theirs = cards(200)
    target("(j) inspecting a folder of 200 cards", mine / theirs, 3, "× reading their cells",
           f"  [{mine:.2f} s, {theirs:.2f} s]")
    mine, theirs = many_workbooks(40)
    target("(l) 40 workbooks of 40 people in one run", mine / theirs, 1.15, "× one run's CPU time × 40 ÷ cores",
           f"  [{mine:.1f} s, {theirs:.1f} s]")
    for name, mine, theirs in filling(1000):
        target(f"(k) {name}", mine / theirs, 2, "× as many plain cell writes", f"  [{mine:.2f} s, {theirs:.2f} s]")
    for name, value, most, unit, note in functions():
        target(name, value, most, unit, note)
    if why := why_not():
        print(f"skip  (h) functions as Excel reaches them: 5 lines ({why})")
    else:
        for name, value, most, unit, note in windows():
            target(name, value, most, unit, note)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
