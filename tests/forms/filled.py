"""Forms, results and packages for tests of filling: made by hand, compared part by part and cell by cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from xl_kpi.forms.fill import Filling, fill
from xl_kpi.forms.model import Field, Form
from xl_kpi.forms.people import People
from xl_kpi.forms.placed import Placed
from xl_kpi.period import AnyPeriod, Month
from xl_kpi.results import Naming, Result, ResultColumn
from xl_kpi.workbook.changes import Changes
from xl_kpi.workbook.edit import edited
from xl_kpi.workbook.file import read
from xl_kpi.workbook.grid import place_of
from xl_kpi.workbook.looks import FileLooks
from xl_kpi.workbook.package import Package

DATA = Path(__file__).with_name("real")
MONTH = Month.parse("2016-12")


def real(number: str) -> Path:
    """A real workbook by its number."""
    return next(iter(sorted(DATA.glob(f"{number}_*"))))


def result(lines: Sequence[Mapping[str, Any]], types: Mapping[str, Any], period: str = "2016-12") -> Result:
    """A result with 工号, 姓名 and these columns (heading → type)."""
    columns = [ResultColumn("工号", "text"), ResultColumn("姓名", "text"),
               *(ResultColumn(heading, kind, group=heading == "班组") for heading, kind in types.items())]
    whole = [{column.heading: line.get(column.heading) for column in columns} for line in lines]
    return Result(Naming("工资表", "工资表", "工资"), period, "p", "制度", columns, whole)


def on_list(form: str, sheet: str, columns: Mapping[str, tuple[str, str]], people: Sequence[int],
            headings: tuple[int, int], **more: Any) -> Form:
    """A list as recognition gives it: ``columns``: name → (letter, heading); rows as Excel counts."""
    rows = (people[0] - 1, people[-1] - 1) if people else (headings[1], headings[1])
    fields = [Field(name, place_of(f"{letter}1")[1], rows, heading, 1.0, "") for name, (letter, heading) in
              columns.items()]
    fields += more.pop("fields", [])
    return Form(form, sheet, "list", fields=fields, headings=(headings[0] - 1, headings[1] - 1),
                people=[row - 1 for row in people], **more)


def on_card(form: str, sheet: str, cells: Mapping[str, str], within: Mapping[str, tuple[str, str]] | None = None,
            **more: Any) -> Form:
    """A card: name → cell; ``within``: name → (cell, label) where the cell holds its label too."""
    fields = [cell_field(name, cell) for name, cell in cells.items()]
    fields += [cell_field(name, cell, label, within=True) for name, (cell, label) in (within or {}).items()]
    return Form(form, sheet, "card", fields=fields, **more)


def cell_field(name: str, cell: str, heading: str = "", within: bool = False) -> Field:
    row, column = place_of(cell)
    return Field(name, column, (row, row), heading or name, 1.0, "", within=within)


def filling(path: Path, form: Form, made: Result, names: Mapping[str, str] | None = None,
            period: AnyPeriod = MONTH, **more: Any) -> Filling:
    book = read(path)
    people = People(names or {str(line["工号"]): str(line["姓名"]) for line in made.lines})
    return fill(Placed(book, form), made, period, people, FileLooks(Package(book.data, path.name), form.sheet), **more)


def written(path: Path, done: Filling) -> bytes:
    """The file with what is filled in."""
    return edited(path.read_bytes(), path.name, Changes(filled=[done.filled]))


def cells_of(data: bytes, sheet: str) -> dict[str, tuple[str, str, str]]:
    """cell → (its format, its formula, what it holds), as the XML of a sheet says it."""
    package = Package(data, "x.xlsx")
    main = dict(package.related("").values())["officeDocument"]
    related = package.related(main)
    entry = next(e for e in package.tree(main).iterfind("{*}sheets/{*}sheet") if e.get("name") == sheet)
    part = related[next(v for k, v in entry.attrib.items() if str(k).endswith("}id"))][1]
    strings = next((target for kind, target in related.values() if kind == "sharedStrings"), "")
    texts = ["".join(t.text or "" for t in one.iter("{*}t")) for one in package.tree(strings, large=True)] if strings \
        else []
    found = {}
    for cell in package.tree(part, large=True).iter("{*}c"):
        value = "".join(t.text or "" for t in cell.iter("{*}v", "{*}t"))
        if cell.get("t") == "s":
            value = texts[int(value)]
        formula = cell.find("{*}f")
        text = "" if formula is None else etree.tostring(formula, with_tail=False).decode()
        found[cell.get("r", "")] = (cell.get("s", "0"), text, value)
    return found


def changed_cells(before: bytes, after: bytes, sheet: str) -> dict[str, tuple[str, str]]:
    """The cells that differ: cell → (what it held, what it holds); formats and formulas must be as they were."""
    old, new = cells_of(before, sheet), cells_of(after, sheet)
    found = {}
    for cell in {**old, **new}:
        a, b = old.get(cell), new.get(cell)
        assert b is not None, f"{cell} is gone"
        if a is None:
            found[cell] = "", b[2]
            continue
        assert a[:2] == b[:2], f"{cell}: format or formula {a} → {b}"
        if a[2] != b[2]:
            found[cell] = a[2], b[2]
    return found


def changed_parts(before: bytes, after: bytes) -> set[str]:
    """The parts that differ, whatever is said of calculating aside."""
    with zipfile.ZipFile(BytesIO(before)) as a, zipfile.ZipFile(BytesIO(after)) as b:
        old = {n: a.read(n) for n in a.namelist() if not n.endswith("/")}
        new = {n: b.read(n) for n in b.namelist() if not n.endswith("/")}
    return {name for name in {*old, *new} if old.get(name) != new.get(name)
            and not re.search(r"calcChain|workbook\.xml(\.rels)?$|\[Content_Types\]", name)}
