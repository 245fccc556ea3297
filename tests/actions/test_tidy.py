"""整理: the result sheets of closed months out of sight and back, and nothing else."""

from __future__ import annotations

import re
import shutil
import zipfile
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import openpyxl
import pytest

from tests.books import demo_book
from tests.command import run

OURS = ("工资表", "工资条", "核算依据", "汇总")


@cache
def _closed() -> Path:
    book = demo_book(Path(mkdtemp(prefix="xl-kpi-test-")))
    for month in ("2016-11", "2016-12"):
        assert run("payroll", book, "--month", month)[0] == 0
    assert run("close", book, "--month", "2016-11")[0] == 0
    return book


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Path(shutil.copy(_closed(), tmp_path))


def states(path: Path) -> dict[str, str]:
    return {sheet.title: sheet.sheet_state for sheet in openpyxl.load_workbook(path).worksheets}


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_hidden_and_shown(book: Path) -> None:
    before, content = states(book), parts(book)
    code, out, _ = run("tidy", book)
    assert code == 0
    assert "隐藏了 4 张结果表（2016-11）" in out
    assert states(book) == before | {f"{one}_2016-11": "hidden" for one in OURS}
    changed = {name for name, data in parts(book).items() if data != content.get(name)}
    assert changed == {"xl/workbook.xml"}, "no content is touched"
    same = book.read_bytes()
    assert "已经都隐藏了" in run("tidy", book)[1]
    assert book.read_bytes() == same
    assert "显示了 4 张结果表" in run("tidy", book, "--show")[1]
    assert states(book) == before
    assert parts(book) == content
    assert list((book.parent / "xl-kpi备份").iterdir()), "a copy first"


def test_the_sheet_in_front_gives_way(book: Path) -> None:
    pages = openpyxl.load_workbook(book)
    for sheet in pages:
        sheet.sheet_view.tabSelected = False
    pages.active = pages["工资表_2016-11"]
    pages["工资表_2016-11"].sheet_view.tabSelected = True
    pages.save(book)
    assert run("tidy", book)[0] == 0
    after = openpyxl.load_workbook(book)
    assert after.active.sheet_state == "visible"
    assert not after["工资表_2016-11"].sheet_view.tabSelected
    assert after["工资表_2016-11"].sheet_state == "hidden"


def test_what_is_hidden_still_counts(book: Path, tmp_path: Path) -> None:
    run("tidy", book)
    assert run("verify", book)[0] == 0
    assert run("payroll", book, "--month", "2016-12")[0] == 0
    assert run("close", book, "--month", "2016-12")[0] == 0
    assert "隐藏了 4 张结果表（2016-12）" in run("tidy", book, "-o", tmp_path / "副本.xlsx")[1]
    assert states(book)["工资表_2016-12"] == "visible"


def test_nothing_is_closed(tmp_path: Path) -> None:
    book = demo_book(tmp_path)
    before = book.read_bytes()
    code, out, _ = run("tidy", book)
    assert code == 0
    assert "还没有封存的月份" in out
    assert book.read_bytes() == before


def test_one_sheet_at_least_is_seen(book: Path) -> None:
    pages = openpyxl.load_workbook(book)
    for sheet in pages:
        if not re.fullmatch(r".+_2016-11", sheet.title):
            sheet.sheet_state = "hidden"
    pages.active = pages["工资表_2016-11"]
    pages.save(book)
    before = book.read_bytes()
    code, out, _ = run("tidy", book)
    assert code == 1
    assert "没有看得见的工作表" in out
    assert book.read_bytes() == before
