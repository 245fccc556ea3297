"""The commands as HR types them on Windows: code pages, drives, long paths, files that are open elsewhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.books import demo_book
from tests.command import run
from tests.windows.machine import CHINESE, PLACE, WESTERN, Done, Windows
from xl_kpi.cli import build_parser
from xl_kpi.policy.load import DEFAULT_POLICY
from xl_kpi.workbook.file import read

MONTH, QUARTER = "2016-12", "2016Q4"
OPENED = """import os, sys, time, win32file
handle = win32file.CreateFile(sys.argv[1], 0x80000000, {share}, None, 3, 0, None)
open(sys.argv[2], "w").close()
while os.path.exists(sys.argv[2]):
    time.sleep(0.1)
"""


@pytest.fixture
def book(windows: Windows) -> Path:
    folder = windows.path(r"C:\工资")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return demo_book(folder)


def shown(path: Path) -> str:
    return rf"C:\工资\{path.name}"


def said(done: Done) -> str:
    return done.out + done.err


BOOK = r"示例\示例客服中心_2016.xlsx"
NO = "n"
# What is typed, in this order; the exit code; what is said.  Answers to questions after "<".
TYPED: list[tuple[str, int, str]] = [
    ("--version", 0, "xl-kpi 0."), ("help", 0, "工资表"), ("help payroll", 0, "试算"), ("payrol", 2, "是不是 payroll"),
    ("policies", 0, DEFAULT_POLICY), (f"policy {DEFAULT_POLICY}", 0, "全勤奖"),
    ("demo 示例", 0, "实发合计"), (f"new {BOOK}", 2, "已经有了"), ("new 客服部2016.xlsx", 0, "客服部2016.xlsx"),
    (f"new 客服部2017.xlsx --from {BOOK}", 0, "花名册"),
    (f"check {BOOK} --month {MONTH} --quarter {QUARTER}", 0, "警告"),
    (f"check 客服部2016.xlsx --month {MONTH} --sheet", 1, "错误"),
    (f"drop {BOOK} < {MONTH} {NO} {NO}", 0, "体检"), (f"review {BOOK} --quarter {QUARTER}", 0, "评星"),
    (f"payroll {BOOK} --month {MONTH}", 0, "44 人"), (f"result {BOOK} --period {MONTH}", 0, "没有改动"),
    (f"payroll {BOOK} --month {MONTH} --draft -o 试算.xlsx", 0, "试算"),
    (f"slips {BOOK} --month {MONTH} --out 工资条", 0, "工资条"),
    (f"explain {BOOK} --month {MONTH} --id 005", 0, "绩效工资"),
    (f"close {BOOK} --month {MONTH}", 0, "封存"), (f"payroll {BOOK} --month {MONTH} --replace", 0, "没有改动"),
    (f"verify {BOOK}", 0, "相同"), (f"tidy {BOOK}", 0, "隐藏了"), (f"tidy {BOOK} --show", 0, "显示了"),
    (f"reopen {BOOK} --month {MONTH} --reason 核对", 0, "重开"), (f"month {BOOK} --month 2017-01", 0, "考勤"),
    ("addin status", 0, "没有安装"), ("addin install", 0, "加载项已安装"), ("addin status", 0, "最新"),
    ("addin remove", 0, "已移除"), ("addin build", 3, "pyOpenVBA"), ("doctor", 3, "Excel"),
    ("install-shortcut", 0, "绩效核算"),
    (f"compare {BOOK} --month {MONTH} --with 全勤奖=300 -o 比较.xlsx", 0, "已写入"),
    ("new 指标卡2016.xlsx --policy card", 0, "指标卡2016.xlsx"),
    ("card 指标卡2016.xlsx --page 指标卡.md", 0, "指标卡.md"),
    (f"raters {BOOK} --period {MONTH} --out 评分表", 2, "没有要评分人打分的表"),
    (f"calendar {DEFAULT_POLICY} {BOOK} --month 2017-01", 0, "2017-01-10"),
    (f"calendar {DEFAULT_POLICY} --period 2017Q1 -o 期限.ics", 0, "期限.ics"),
    (f"forms new {DEFAULT_POLICY} -o 附表.xlsx", 0, "附表.xlsx"), ("forms inspect 附表.xlsx", 0, "认出"),
    (f"import 没有.csv {BOOK} --month {MONTH}", 2, "没有.csv"),
    (f"group 示例 客服部2016.xlsx 指标卡2016.xlsx --month {MONTH} --jobs 2", 1, "客服部2016.xlsx：有错误"),
    (f"try {DEFAULT_POLICY} 岗位=客服代表 执行星级=3 月度得分=85 --of 工资表 --period {MONTH}", 0, "1200.00"),
]


def test_every_command_is_typed() -> None:
    assert {line.split()[0] for line, _, _ in TYPED} >= build_parser().commands().keys() | {"drop"}


@pytest.mark.parametrize(("locale", "page"), [(CHINESE, "cp936"), (WESTERN, "cp1252")])
def test_every_command(windows: Windows, tmp_path: Path, locale: str, page: str) -> None:
    """As in an ordinary command prompt: no option of Python, output through a pipe in the system's code page; what it
    has not is told by numbers, and what is written is the same."""
    folder = windows.path(rf"C:\全部 {page}")
    folder.mkdir()
    for typed, code, words in TYPED:
        line, _, answers = typed.partition(" < ")
        done = windows.run(*line.split(), cwd=folder, locale=locale, variables={}, encoding=page,
                           answers="".join(f"{answer}\r\n" for answer in [*answers.split(), ""]))
        assert done.code == code, (typed, said(done))
        assert words.encode(page, "backslashreplace").decode(page) in said(done), (typed, said(done))
        assert "Traceback" not in said(done), (typed, said(done))
    assert len(list((folder / "工资条").glob("*.xlsx"))) == 44
    assert [one.suffix for one in windows.path(rf"{windows.home}\Desktop").glob("绩效核算*")] == [".cmd"]
    run("demo", tmp_path)
    run("payroll", tmp_path / "示例客服中心_2016.xlsx", "--month", MONTH)
    here, there = (read(one / "示例客服中心_2016.xlsx") for one in (tmp_path, folder / "示例"))
    for name in (*(f"{kind}_{MONTH}" for kind in ("工资表", "工资条", "核算依据", "汇总")), "参数", "花名册"):
        assert here.sheet(name).rows[1:] == there.sheet(name).rows[1:], name           # type: ignore[union-attr]


def test_a_workbook_that_another_program_has_open(windows: Windows, book: Path) -> None:
    """As Excel opens it: others may read, none may write.  Nothing is changed, nothing is left."""
    before = hashlib.sha256(book.read_bytes()).digest()
    holder = windows.path(r"C:\holder.py")
    holder.write_text(OPENED.format(share="1"), encoding="utf-8")
    ready = windows.path(r"C:\held.txt")
    ready.unlink(missing_ok=True)
    process = windows.start(rf"{PLACE}\python.exe", "-X", "utf8", r"C:\holder.py", shown(book), r"C:\held.txt")
    try:
        for _ in range(300):
            if ready.exists():
                break
            time.sleep(0.2)
        done = windows.run("payroll", shown(book), "--month", MONTH)
        assert done.code == 3, said(done)
        assert "打开" in said(done)
        assert hashlib.sha256(book.read_bytes()).digest() == before
        assert [one.name for one in book.parent.iterdir() if one.is_file()] == [book.name]
        # it can be read all the same
        assert windows.run("check", shown(book), "--month", MONTH).code in (0, 1)
    finally:
        ready.unlink()
        process.wait(60)
    assert windows.run("payroll", shown(book), "--month", MONTH).code == 0


def test_excels_own_mark_of_an_open_file(windows: Windows, book: Path) -> None:
    (book.parent / f"~${book.name}").write_bytes(b"\x05Zhang" + b" " * 48)
    done = windows.run("payroll", shown(book), "--month", MONTH)
    assert "Traceback" not in said(done)
    assert done.code in (0, 3)
    if done.code == 3:
        assert "打开" in said(done)


def test_a_file_that_may_only_be_read(windows: Windows, book: Path) -> None:
    before = book.read_bytes()
    book.chmod(0o444)
    try:
        done = windows.run("payroll", shown(book), "--month", MONTH)
        assert "Traceback" not in said(done)
        assert done.code == 3, said(done)
        assert book.read_bytes() == before
    finally:
        book.chmod(0o644)


def test_long_paths_and_other_drives(windows: Windows, book: Path) -> None:
    deep = book.parent.joinpath(*["很长的文件夹名" * 4] * 3)
    deep.mkdir(parents=True)
    shutil.copy(book, deep)
    path = "\\".join([r"C:\工资", *deep.relative_to(book.parent).parts, book.name])
    done = windows.run("check", path, "--month", MONTH)
    assert done.code in (0, 1), said(done)
    link = windows.prefix / "dosdevices" / "p:"
    link.symlink_to(book.parent)
    try:
        done = windows.run("payroll", rf"P:\{book.name}", "--month", MONTH)
        assert done.code == 0, said(done)
    finally:
        link.unlink()


def test_a_run_that_is_killed_while_it_writes_loses_nothing(windows: Windows, book: Path) -> None:
    """Whenever it is ended, the workbook is the old one or the new one, whole."""
    import openpyxl

    before = book.read_bytes()
    for after in (0.8, 1.6, 2.4, 3.2):
        process = windows.start(rf"{PLACE}\Scripts\xl-kpi.exe", "payroll", shown(book), "--month", MONTH)
        time.sleep(after)
        windows.wine("taskkill", "/F", "/IM", "python.exe")
        windows.wine("taskkill", "/F", "/IM", "xl-kpi.exe")
        with pytest.MonkeyPatch.context():
            os.kill(process.pid, signal.SIGTERM)
        process.wait(60)
        if book.read_bytes() != before:
            openpyxl.load_workbook(book, read_only=True).close()
    assert windows.run("payroll", shown(book), "--month", MONTH).code == 0
