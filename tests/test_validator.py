"""Microsoft's validator finds no error in anything that the program writes (that the original had not)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import validator
from tests.books import demo_book
from tests.command import run
from tests.share import some
from tests.sheets.test_sheet_file import book as result_sheets
from tests.workbook import books
from tests.workbook.books import FIRST, FORM, HEADING, LAST, OLD
from xl_kpi.problems import Refusal
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.file import read

DATA = Path(os.environ.get("XL_KPI_DATA") or Path(__file__).parents[2] / "shared" / "data")     # beside the checkout
FOREIGN = [path for folder in ("forms", "hands") for path in sorted(DATA.glob(f"{folder}/*.xls[xm]"))]

IN_PLACE = (("month", "--month", "2017-01"), ("review", "--quarter", "2016Q4", "--replace"),
            ("payroll", "--month", "2016-12"), ("close", "--month", "2016-12"), ("tidy",))
CARRIED = ("18-number-ids-date-months-calc.xlsx", "23c-two-level-headings.xlsx", "25c-merged-id-item-heji.xlsx")

pytestmark = pytest.mark.skipif(validator.program() is None, reason="validator: not installed (npm, VALIDATOR=0)")


@dataclass
class Written:
    """A file of ours, and the one that it was made from."""

    after: Path
    before: Path | None = None


def done(*arguments: str | Path) -> None:
    code, out, err = run(*arguments)
    assert code == 0, (arguments, out, err)


def made_workbooks(folder: Path) -> Iterator[tuple[str, Written]]:
    """Workbooks with whatever is easily lost, with results, cells and rows put into them."""
    rows = Filled(FORM, {(FIRST, 3): 4}, HEADING, LAST, [{0: "2016Q4", 1: f"{n}", 3: n} for n in range(2)])
    for name, make in books.MADE.items():
        raw = make(folder)
        parts = {part.replace("\\", "/"): data for part, data in books.unzip(raw).items()}    # the validator needs it
        before, after = folder / f"{name}.xlsx", folder / f"{name} 后.xlsx"
        before.write_bytes(books.rezip(parts))
        renamed = {OLD: f"{OLD}_旧1"} if read(before).sheet(OLD) else {}
        after.write_bytes(edited(raw, name, Changes(result_sheets(), renamed, [rows])))
        yield name, Written(after, before)


def commands(folder: Path) -> Iterator[tuple[str, Written]]:
    """What each command leaves of the demo company's workbook, one after the other."""
    book = demo_book(folder)
    for name, arguments in {
        "check --sheet": ("check", "--month", "2016-12", "--sheet"), "payroll": ("payroll", "--month", "2016-11"),
        "again": ("payroll", "--month", "2016-12"), "draft": ("payroll", "--month", "2016-12", "--draft"),
        "close": ("close", "--month", "2016-11"), "tidy": ("tidy",), "tidy --show": ("tidy", "--show"),
        "reopen": ("reopen", "--month", "2016-11", "--reason", "核对"), "month": ("month", "--month", "2017-01"),
    }.items():
        command, *rest = arguments
        done(command, book, *rest)
        after = folder / f"{name}.xlsx"
        after.write_bytes(book.read_bytes())
        yield name, Written(after)
    done("slips", book, "--month", "2016-12", "--out", folder / "工资条")
    yield "slips", Written(sorted((folder / "工资条").iterdir())[0])
    new = demo_book(folder, "没有附表2016.xlsx")
    from openpyxl import load_workbook

    loaded = load_workbook(new)
    for sheet in [name for name in loaded.sheetnames if name.startswith("季度星级")]:
        del loaded[sheet]
    loaded.save(new)
    before = folder / "没有附表.xlsx"
    before.write_bytes(new.read_bytes())
    done("review", new, "--quarter", "2016Q4")
    yield "review", Written(new, before)
    for policy in some():
        done("new", folder / f"{policy} 2017.xlsx", "--policy", policy)
        yield f"new {policy}", Written(folder / f"{policy} 2017.xlsx")
    done("new", folder / "接着2017.xlsx", "--from", book)
    yield "new --from", Written(folder / "接着2017.xlsx")
    done("addin", "build", "-o", folder / "加载项.xlam")
    yield "addin", Written(folder / "加载项.xlam")


def foreign(folder: Path) -> Iterator[tuple[str, Written]]:
    """The result sheets, and a row below the last of the first sheet, in workbooks of other people."""
    for path in FOREIGN:
        try:
            sheet = read(path).sheets[0]
            row = Filled(sheet.name, {}, 0, max(len(sheet.rows) - 1, 0), [{0: "文字", 1: 1.5}])
            try:
                data = edited(path.read_bytes(), path.name, Changes(result_sheets(), filled=[row]))
            except Refusal:         # a foot below, a merge
                data = edited(path.read_bytes(), path.name, Changes(result_sheets()))
        except Refusal:
            continue
        after = folder / path.name
        after.write_bytes(data)
        yield path.name, Written(after, path)


def in_place(folder: Path) -> Iterator[tuple[str, Written]]:
    """Each command, one after the other, in the workbooks that hands have filled in; of what it adds or fills nothing
    goes until the end, so the states before and after the last one show it all."""
    done_with: Counter[str] = Counter()
    for path in (path for path in FOREIGN if path.parent.name == "hands"):
        book, states = folder / path.name, [path.read_bytes()]
        book.write_bytes(states[0])
        for command, *options in IN_PLACE:
            code, out, err = run(command, book, *options)
            assert code in (0, 1), (path.name, command, out, err)
            if book.read_bytes() != states[-1]:
                assert code == 0, (path.name, command)
                done_with[command] += 1
                states.append(book.read_bytes())
        for number, state in enumerate(states[1:][-2:]):
            after = folder / f"{path.stem} {number}.xlsx"
            after.write_bytes(state)
            yield after.name, Written(after, path)
        if path.name in CARRIED:
            done("new", folder / f"接着 {path.stem} 2017.xlsx", "--from", book)
            yield f"new --from {path.name}", Written(folder / f"接着 {path.stem} 2017.xlsx")
    assert min(done_with[command] for command, *_ in IN_PLACE) >= 10, done_with      # of 18; the others are refused


def new_errors(written: dict[str, Written]) -> dict[str, Counter[str]]:
    found = dict(zip(written, validator.all_errors(one.after for one in written.values()), strict=True))
    suspect = [name for name, errors in found.items() if errors and written[name].before is not None]
    known = validator.all_errors(written[name].before for name in suspect)      # type: ignore[misc]
    for name, errors in zip(suspect, known, strict=True):
        found[name] -= errors
    return {name: errors for name, errors in found.items() if errors}


@pytest.mark.parametrize("make", [commands, made_workbooks, foreign, in_place])
def test_no_error_that_was_not_there(make: Callable[[Path], Iterator[tuple[str, Written]]], tmp_path: Path) -> None:
    if make in (foreign, in_place) and not FOREIGN:
        pytest.skip("the workbooks of shared/data are not beside the checkout")
    written = dict(make(tmp_path))
    assert new_errors(written) == {}
    if make is foreign:
        assert len(written) >= len(FOREIGN) - 1, "only the one with precision as displayed is refused"


def test_the_validator_finds_what_is_wrong(tmp_path: Path) -> None:
    raw = books.by_xlsxwriter(tmp_path)
    path = tmp_path / "a.xlsx"
    path.write_bytes(books.changed(raw, ("xl/workbook.xml", b"<sheets>", b"<calcPr/><sheets>")))
    assert sum(validator.errors(path).values()) > 0
    path.write_bytes(raw)
    assert not validator.errors(path)
