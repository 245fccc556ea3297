"""Reads a workbook file: every value, and what a cell is beyond its value.

calamine reads the values.  It is never shown HR's file, but a small package of checked parts: so it cannot meet a bomb,
a far cell, an entity or a damaged number, and what is a date is decided here (``formats``) and nowhere else.
What it cannot tell (errors, formulas never calculated, percent, leading zeros, blank or '') comes from ``cells``.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

import numpy as np
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from xl_kpi.workbook import cells as xml
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.calculation import ALL, changed_sheets
from xl_kpi.workbook.cells import RawCells, read_cells, read_strings
from xl_kpi.workbook.formats import Format, of_code, read_styles
from xl_kpi.workbook.grid import MAX_CELLS, Area, address, area_of
from xl_kpi.workbook.package import SAVE_AS_XLSX, Package, load, refuse, refuse_empty
from xl_kpi.workbook.rewrite import Around
from xl_kpi.workbook.stale import ANYWHERE, WHOLE, FormulaCell, Look, Names, looks_of, stale_cells

__all__ = ["Book", "Mark", "Sheet", "address", "read"]

MAX_SHEETS = 1000


@lru_cache(maxsize=4096)
def _mark(error: str, uncalculated: bool, percent: bool, shown: str, formula: bool) -> Mark:
    """Marks are values: one object serves many cells."""
    return Mark(error, uncalculated, percent, shown, formula)


@lru_cache(maxsize=4096)
def _stale(mark: Mark) -> Mark:
    return replace(mark, stale=True)


_FORMULA = _mark("", False, False, "", True)
_UNCALCULATED = _mark("", True, False, "", True)


@dataclass
class _Part:
    """A worksheet on its way: where it is, and the cells of its XML."""

    name: str
    hidden: bool
    part: str
    cells: list[RawCells] = field(default_factory=list)
    around: Around = field(default_factory=Around)
    totals: list[Area] = field(default_factory=list)    # the totals rows of its tables


def read(path: Path) -> Book:
    """Read a workbook; refuse with one problem whatever is no sound .xlsx or .xlsm."""
    path = Path(path)
    return read_bytes(load(path), path)


def read_bytes(data: bytes, path: Path) -> Book:
    """Read the workbook that a file of this name holds."""
    package = Package(data, path.name)
    main, parts, is_1904, root = _contents(package)
    related = dict(package.related(main).values())
    styles = [of_code("")]
    if "styles" in related:
        styles = read_styles(package.tree(related["styles"])) or styles
    strings, count = b"", 0
    if "sharedStrings" in related:
        strings, count = read_strings(package, related["sharedStrings"])
    total = 0
    for part in parts:
        # calamine takes a cell without a style for General, though it has style 0
        part.cells, part.around = read_cells(package, part.part, part.name, styled=styles[0].date)
        part.totals = _totals(package, part.part)
        total += _size(part.cells)[0] * _size(part.cells)[1]
        if total > 2 * MAX_CELLS:
            refuse(f"文件 {path.name} 的各工作表合计超过 {2 * MAX_CELLS:,} 格，无法处理",
                   "请删去不需要的工作表，以及表格以外多余的行和列后再试")
        _check(part, len(styles), count)
    values = _values(package, parts, styles, strings, is_1904)
    sheets = [_sheet(part, rows, styles) for part, rows in zip(parts, values, strict=True)]
    if changed := changed_sheets(root):
        _mark_stale(package, root, changed, parts, sheets)
    return Book(path, sheets, data, is_1904)


def _contents(package: Package) -> tuple[str, list[_Part], bool, etree._Element]:
    """The main part, the worksheets, whether dates count from 1904, and the XML of the main part."""
    name = package.name
    main = dict(package.related("").values()).get("officeDocument", "")
    if main not in package:
        if "mimetype" in package and b"opendocument" in package.read("mimetype", 1000):
            refuse(f"文件 {name} 是 OpenDocument 格式 (.ods)，只能读取 .xlsx 和 .xlsm", SAVE_AS_XLSX)
        refuse(f"文件 {name} 不是 Excel 工作簿（只是一个压缩包），或者缺少主要部件")
    if main.endswith(".bin"):
        refuse(f"文件 {name} 是二进制工作簿 (.xlsb)，只能读取 .xlsx 和 .xlsm", SAVE_AS_XLSX)
    root = package.tree(main)
    if etree.QName(root).localname != "workbook":
        refuse(f"文件 {name} 是 Word、PowerPoint 或其他文件，不是 Excel 工作簿", "请选用 .xlsx 或 .xlsm 工作簿")
    properties = root.find("{*}workbookPr")
    is_1904 = properties is not None and properties.get("date1904", "0").strip() in ("1", "true", "on")
    related = package.related(main)
    parts: list[_Part] = []
    for element in root.iterfind("{*}sheets/{*}sheet"):
        title = element.get("name", "")
        key = next((value for key, value in element.attrib.items() if str(key).endswith("}id")), "")
        kind, part = related.get(str(key), ("", ""))
        if not kind:
            refuse(f"文件 {name} 已损坏：找不到工作表“{title}”的内容", sheet=title)
        if kind == "worksheet":
            if any(p.part.lower() == part.lower() or p.name.lower() == title.lower() for p in parts):
                refuse(f"文件 {name} 已损坏：工作表“{title}”出现了两次", sheet=title)
            parts.append(_Part(title, element.get("state", "visible") != "visible", part))
    if not parts:
        refuse_empty(name)
    if len(parts) > MAX_SHEETS:
        refuse(f"文件 {name} 里有 {len(parts)} 张工作表，无法处理", "请删去不需要的工作表后再试")
    return main, parts, is_1904, root


def _totals(package: Package, part: str) -> list[Area]:
    """The totals rows of the tables of a sheet."""
    found = []
    for kind, table in package.related(part).values():
        if kind == "table":
            root = package.tree(table)
            area = area_of(root.get("ref", ""))
            count = root.get("totalsRowCount", "0").strip()
            if area is not None and count.isdecimal() and 0 < int(count[:7]) < area[2] - area[0]:
                found.append((area[2] - int(count[:7]) + 1, *area[1:]))
    return found


def _mark_stale(package: Package, root: etree._Element, changed: frozenset[str], parts: list[_Part],
                sheets: list[Sheet]) -> None:
    """Mark the formulas that nobody has calculated since sheets that they look at were changed."""
    if not any(piece.formula.any() for part in parts for piece in part.cells):
        return
    if changed == ALL:
        found = stale_cells([FormulaCell(part.name.lower(), area, (ANYWHERE,)) for part in parts
                             for area, *_ in _formulas(part)], ())
    else:
        names = _names(package, root, parts)
        found = stale_cells([
            FormulaCell(part.name.lower(), area, looks_of(text, part.name.lower(), names, down, right))
            for part in parts for area, text, down, right in _formulas(part)], changed)
    for sheet in sheets:
        for row, column in found.get(sheet.name.lower(), ()):
            mark = sheet.marks.get((row, column), _FORMULA)
            if not mark.uncalculated:
                sheet.marks[row, column] = _stale(mark)


def _formulas(part: _Part) -> Iterator[tuple[Area, str, int, int]]:
    """(the cells that a formula fills, its text, how far it is from where that is written: down, right)."""
    height, width = _size(part.cells)
    groups: dict[str, tuple[str, int, int]] = {}        # of shared formulas: text, row, column
    for piece in part.cells:
        for at in np.flatnonzero(piece.formula).tolist():
            row, column = int(piece.row[at]), int(piece.column[at])
            formula = piece.formula_of(at)
            text, top, left = formula.text, row, column
            if formula.kind == "shared":
                if text:                                # several areas may go by one number, one after the other
                    groups[formula.group] = text, row, column
                text, top, left = groups.get(formula.group, ("", row, column))
            area = area_of(formula.area) if formula.kind in ("array", "dataTable") else None
            if formula.kind == "dataTable":             # it looks at the cells beside it, and through a formula further
                text = "A:XFD"
            first_row, first_column, bottom, right = area or (row, column, row, column)
            yield ((first_row, first_column, max(min(bottom, height - 1), first_row),
                    max(min(right, width - 1), first_column)), text, row - top, column - left)


def _names(package: Package, root: etree._Element, parts: list[_Part]) -> Names:
    """What the words in formulas mean."""
    tables: dict[str, Look] = {}
    for part in parts:
        for kind, table in package.related(part.part).values():
            if kind == "table":
                tree = package.tree(table)
                area = area_of(tree.get("ref", ""))
                tables[tree.get("displayName", "").lower()] = Look(part.name.lower(), area or WHOLE)
    defined: dict[str, str] = {}
    for name in root.iterfind("{*}definedNames/{*}definedName"):        # sheets may each have one of a name
        key = name.get("name", "").lower()
        defined[key] = ",".join(filter(None, (defined.get(key), name.text)))
    return Names([part.name.lower() for part in parts], defined, tables)


def _size(pieces: list[RawCells]) -> tuple[int, int]:
    """How many rows and columns the cells reach."""
    return (
        max((int(p.row.max()) + 1 for p in pieces if len(p.row)), default=0),
        max((int(p.column.max()) + 1 for p in pieces if len(p.row)), default=0),
    )


def _check(part: _Part, styles: int, strings: int) -> None:
    """Refuse cells that point at a style or a text that isn't there: their meaning is lost."""
    for piece in part.cells:
        for lost, what in ((piece.style >= styles, "格式"), (piece.shared >= strings, "文字")):
            if lost.any():
                at = int(np.flatnonzero(lost)[0])
                place = address(int(piece.row[at]), int(piece.column[at]))
                refuse(f"工作表“{part.name}”已损坏：单元格 {place} 的{what}在文件里找不到", sheet=part.name, cell=place)


# ------------------------------------------------------------------------------------------------------------- calamine

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."


def _values(
    package: Package, parts: list[_Part], styles: list[Format], strings: bytes, is_1904: bool
) -> list[list[list[Any]]]:
    """The rows of each sheet as calamine reads them; blank is ''."""
    try:
        clean = _clean_package(parts, styles, strings, is_1904)
        with CalamineWorkbook.from_filelike(clean) as book:
            return [book.get_sheet_by_index(n).to_python(skip_empty_area=False) for n in range(len(parts))]
    except (CalamineError, OverflowError, ValueError):
        refuse(f"文件 {package.name} 已损坏，内容读不出")
    except BaseException as error:  # a panic in Rust is no Exception, and its class cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        refuse(f"文件 {package.name} 已损坏，内容读不出")


def _clean_package(parts: list[_Part], styles: list[Format], strings: bytes, is_1904: bool) -> BytesIO:
    """A package of plain parts only, uncompressed."""
    numbers = range(1, len(parts) + 1)
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    ) + "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{name}" Target="{name}.xml"/>'
        for name in ("styles", "sharedStrings")
    )
    sheets = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    formats = "".join(f'<xf numFmtId="{14 if style.date else 0}"/>' for style in styles)
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
        package.writestr("[Content_Types].xml", (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="{_TYPE}worksheet+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}sheet.main+xml"/></Types>'
        ))
        package.writestr("_rels/.rels", (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ))
        package.writestr("xl/_rels/workbook.xml.rels",
                         f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>')
        package.writestr("xl/workbook.xml", (
            f'<workbook xmlns="{xml.MAIN}" xmlns:r="{_RELATIONS}"><workbookPr date1904="{int(is_1904)}"/>'
            f"<sheets>{sheets}</sheets></workbook>"
        ))
        package.writestr("xl/styles.xml", f'<styleSheet xmlns="{xml.MAIN}"><cellXfs>{formats}</cellXfs></styleSheet>')
        package.writestr("xl/sharedStrings.xml", strings or f'<sst xmlns="{xml.MAIN}"/>')
        for n, part in zip(numbers, parts, strict=True):
            with package.open(f"xl/worksheets/sheet{n}.xml", "w") as sheet:
                sheet.write(f'<worksheet xmlns="{xml.MAIN}"><sheetData>'.encode())
                for piece in part.cells:
                    sheet.write(_without_errors(piece))
                sheet.write(b"</sheetData></worksheet>")
    target.seek(0)
    return target


def _without_errors(piece: RawCells) -> bytes:
    """The XML with error cells turned into harmless ones: calamine refuses newer errors such as #SPILL!."""
    errors = piece.type_at[piece.type == xml.ERROR]
    if not len(errors):
        return piece.data
    data = np.frombuffer(bytearray(piece.data), np.uint8)
    data[errors] = ord("d")  # t="d" with a text that is no date: a text
    return data.tobytes()


# --------------------------------------------------------------------------------------------------- values into sheets


def _sheet(part: _Part, rows: list[list[Any]], styles: list[Format]) -> Sheet:
    """The sheet, its rows as wide and as many as its cells reach."""
    height, width = _size(part.cells)
    for row in rows:
        if len(row) < width:
            row.extend([""] * (width - len(row)))
    rows.extend([""] * width for _ in range(height - len(rows)))
    blank = np.ones((len(rows), width), np.bool_)
    for piece in part.cells:
        blank[piece.row, piece.column] = False
    step = max(1, 500_000 // max(width, 1))
    for start in range(0, len(rows), step):
        at, columns = np.nonzero(blank[start : start + step])
        for row_at, column in zip((at + start).tolist(), columns.tolist(), strict=True):
            rows[row_at][column] = None
    around = part.around
    sheet = Sheet(part.name, part.hidden, rows, merged=around.merged, totals=part.totals, hidden_rows=around.rows,
                  hidden_columns=around.columns)
    for piece in part.cells:
        _finish(sheet, piece, styles)
    for area in (area for piece in part.cells for area in piece.arrays()):
        _finish_array(sheet, area, part.cells)
    return sheet


def _finish_array(sheet: Sheet, area: Area, pieces: list[RawCells]) -> None:
    """Mark the cells of an array's area for which there is no value: they show one once the array is calculated."""
    top, left, bottom, right = area
    bottom, right = min(bottom, len(sheet.rows) - 1), min(right, len(sheet.rows[0]) - 1 if sheet.rows else -1)
    lacking = np.ones((max(bottom - top + 1, 0), max(right - left + 1, 0)), np.bool_)
    for piece in pieces:
        inside = (piece.row >= top) & (piece.row <= bottom) & (piece.column >= left) & (piece.column <= right)
        lacking[piece.row[inside] - top, piece.column[inside] - left] = False
    for row, column in np.argwhere(lacking).tolist():
        sheet.marks[top + row, left + column] = _UNCALCULATED


def _finish(sheet: Sheet, piece: RawCells, styles: list[Format]) -> None:
    """Put right what calamine cannot tell, and mark cells."""
    rows, marks = sheet.rows, sheet.marks
    kind, is_empty = piece.type, piece.empty
    number = (kind == xml.NUMBER) & ~is_empty

    def places(which: xml.Bools) -> Iterator[tuple[int, int, int]]:
        at = np.flatnonzero(which)
        return zip(at.tolist(), piece.row[at].tolist(), piece.column[at].tolist(), strict=True)

    def of_style(has: Callable[[Format], bool]) -> xml.Bools:
        table = np.array([has(style) for style in styles])
        return number & table[piece.style] if table.any() else table[:0]

    for at, row, column in places(of_style(lambda style: style.elapsed)):
        days = float(piece.text(at))
        try:
            rows[row][column] = dt.timedelta(days=days)
        except OverflowError:
            rows[row][column] = days
    dates = of_style(lambda style: style.date)
    dates[dates] = np.frombuffer(piece.data, np.uint8)[piece.start[:len(dates)][dates]] == ord("-")
    for at, row, column in places(dates):  # Excel shows #####: no date
        rows[row][column] = float(piece.text(at))

    error = kind == xml.ERROR
    uncalculated = piece.formula & (~piece.valued | is_empty & (kind != xml.TEXT))
    formatted = of_style(lambda style: style.marked)
    for at, row, column in places(formatted):
        value = float(piece.text(at))
        style = styles[piece.style[at]]
        percent, shown = style.percent(value), style.shown(value)
        if percent or shown:
            marks[row, column] = _mark("", False, percent, shown, bool(piece.formula[at]))
    odd = of_style(lambda style: not (style.date or style.elapsed or style.readable))
    for code in {styles[n].code for n in np.unique(piece.style[odd]).tolist()} if len(odd) else ():
        here = np.flatnonzero(odd & np.array([style.code == code for style in styles])[piece.style])
        block = np.column_stack((piece.row[here], piece.column[here])).astype(np.int32)
        sheet.odd_formats.setdefault(code, []).append(block)
    for _, row, column in places(piece.formula & ~uncalculated & ~error):
        marks.setdefault((row, column), _FORMULA)
    for at, row, column in places(uncalculated | error):
        rows[row][column] = None
        if uncalculated[at]:
            marks[row, column] = _UNCALCULATED
            if text := piece.formula_of(at).text:
                sheet.formulas[row, column] = text
        else:
            marks[row, column] = _mark(unescape(piece.text(at)) or "#N/A", False, False, "", bool(piece.formula[at]))
