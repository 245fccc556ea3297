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
from tests.windows.machine import CHINESE, PLACE, WESTERN, Done, Windows

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


@pytest.mark.parametrize("locale", [CHINESE, WESTERN], ids=["code page 936", "code page 1252"])
def test_every_command(windows: Windows, locale: str) -> None:
    """As in an ordinary command prompt: no option of Python, output through a pipe in the system's code page."""
    folder = windows.path(rf"C:\全部 {'936' if locale == CHINESE else '1252'}")
    folder.mkdir()

    def run(*command: str, code: int = 0) -> Done:
        done = windows.run(*command, cwd=folder, locale=locale, variables={})
        assert done.code == code, (command, said(done))
        assert "Traceback" not in said(done), (command, said(done))
        return done

    run("demo", "示例")
    [book] = [one.name for one in (folder / "示例").glob("*.xlsx") if one.name.startswith("示例客服中心")]
    name = rf"示例\{book}"
    run("check", name, "--month", MONTH, "--quarter", QUARTER)
    run("payroll", name, "--month", MONTH)
    told = windows.run("payroll", name, "--month", MONTH, "--json", cwd=folder, locale=locale).json
    assert {line["工号"]: line["实发合计"] for line in told["lines"]}["005"] == "3220.00"
    if locale == CHINESE:
        run("slips", name, "--month", MONTH, "--out", "工资条")
        assert len(list((folder / "工资条").glob("*.xlsx"))) == len(told["lines"])
        run("review", name, "--quarter", QUARTER)
        run("explain", name, "--month", MONTH, "--id", "005")
        run("close", name, "--month", MONTH)
        run("verify", name)
        run("month", name, "--month", "2017-01")
        run("new", "客服部2016.xlsx")
        run("policies")
        run("addin", "status")
    run("doctor", code=3)               # there is no Excel


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
