"""撤销上次生成: what a run overwrites is kept in the workbook itself, on sheets that only the program sees.

Before anything changes, the sheets and cells concerned are copied to sheets of our own, very hidden, and a record says
what was done to what.  ``bring_back`` does it backwards.  The kept cells are whole copies by Excel (values, formulas,
formats, sizes), put back into the same sheets, so that references from other sheets hold all the time.  Only the last
run is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xl_kpi.workbook.changes import Changes
from xl_kpi.workbook.excel import charts, values
from xl_kpi.workbook.excel.areas import Area, addresses, area_address
from xl_kpi.workbook.excel.fill import added_rows, areas_of, filtered, is_occupied, set_filter
from xl_kpi.workbook.excel.names import OWN, RECORD, VERY_HIDDEN, VISIBLE, is_own
from xl_kpi.workbook.excel.paint import TEXT, empty, print_area, set_page, set_print_area, view
from xl_kpi.workbook.excel.protected import refuse_protected
from xl_kpi.workbook.excel.read import block
from xl_kpi.workbook.excel.values import Calls

if TYPE_CHECKING:
    import xlwings as xw

_PAGE = ("PaperSize", "Orientation", "LeftMargin", "RightMargin", "TopMargin", "FooterMargin", "BottomMargin",
         "CenterHorizontally", "LeftFooter", "CenterFooter", "PrintTitleRows", "PrintArea")
_MANUAL, _BREAK_PREVIEW = -4135, 2      # xlPageBreakManual, xlPageBreakPreview
FINDINGS = "体检"
_FITTED = ("Zoom", "FitToPagesWide", "FitToPagesTall")


@dataclass
class Record:
    """What a run did, step by step, in order, and the fingerprints of what it left.  ``what``: its name for HR."""

    what: str
    active: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)          # sheet → fingerprint


def kept(book: xw.Book) -> str:
    """What the last run was; blank when there is nothing to bring back."""
    record = _read(book)
    return record.what if record else ""


def keep(book: xw.Book, changes: Changes, what: str) -> Record:
    """Copy what the changes are going to overwrite.  The record counts only once it is written (``seal``)."""
    record = Record(what, book.sheets.active.name)
    names = {sheet.name.lower(): sheet.name for sheet in book.sheets}
    for old, new in changes.renamed.items():
        record.steps.append({"do": "rename", "from": old, "to": new})
        names[new.lower()] = new
        names.pop(old.lower(), None)
    now_called = {new: old for old, new in changes.renamed.items()}
    for filled in changes.filled:
        sheet = book.sheets[now_called.get(filled.sheet, filled.sheet)]
        areas = areas_of(filled)
        step: dict[str, Any] = {"do": "fill", "sheet": filled.sheet, "areas": areas,
                                "print": print_area(sheet), "filter": filtered(sheet)}
        if filled.added:
            step["rows"], step["inserted"] = added_rows(filled), is_occupied(sheet, filled)
            if not step["inserted"]:
                first, last = step["rows"]
                used = sheet.used_range
                areas.append((first, 0, last, used.column + used.shape[1] - 2))
                step["heights"] = [sheet.range((row + 1, 1)).row_height for row in range(first, last + 1)]
        if filled.room:
            step["rows"], step["inserted"] = (filled.after + 1, filled.after + filled.room), True
        if areas:
            step["kept"] = _copy_of(book, sheet, areas)
        record.steps.append(step)
    for result in changes.sheets:
        name = names.get(result.name.lower())
        if name is None:
            record.steps.append({"do": "add", "sheet": result.name})
        else:
            sheet = book.sheets[name]
            record.steps.append({"do": "overwrite", "sheet": name, "kept": _copy_of(book, sheet, None),
                                 **_look(sheet)})
    record.steps += [{"do": "hide", "of": name, "visible": book.sheets[name].api.Visible} for name in changes.hidden]
    return record


def keep_formulas(book: xw.Book, found: list[Calls], what: str) -> Record:
    """Note formulas that values are going to replace, as texts: a copy would be a formula again."""
    return Record(what, book.sheets.active.name, [
        {"do": "values", "sheet": one.sheet, "areas": one.areas, "arrays": one.arrays, "spills": one.spills,
         "cells": [(row, column, formula) for (row, column), formula in one.cells.items()]} for one in found])


def seal(book: xw.Book, record: Record) -> None:
    """The run has come to its end: its record takes the place of the one before."""
    record.left = {step["sheet"]: _fingerprint(book, step) for step in record.steps if "sheet" in step}
    mine = {step["kept"] for step in record.steps if "kept" in step}
    for sheet in list(book.sheets):
        if is_own(sheet.name) and sheet.name not in mine:
            _delete(sheet)
    for step in record.steps:
        if step["do"] == "overwrite":       # charts that only the run before could have brought back
            overwritten = book.sheets[step["sheet"]]
            charts.keep_only(overwritten, [*step["charts"], *charts.shown(overwritten)])
    sheet = _own_sheet(book, RECORD)
    lines = [json.dumps(part, ensure_ascii=True) for part in
             ({"what": record.what, "active": record.active}, *record.steps, {"left": record.left})]
    # a cell holds 32,767 characters
    pieces = [[piece] for line in lines for piece in [*_pieces(line), ""]]
    cells = sheet.range((1, 1), (len(pieces), 1))
    cells.number_format = TEXT
    cells.raw_value = pieces
    sheet.api.Visible = VERY_HIDDEN


def drop(book: xw.Book, record: Record) -> None:
    """Forget what was kept for a run."""
    mine = {step["kept"] for step in record.steps if "kept" in step}
    for sheet in list(book.sheets):
        if sheet.name in mine:
            _delete(sheet)


def forget(book: xw.Book) -> None:
    """Nothing is kept any more of the last run."""
    for sheet in list(book.sheets):
        if is_own(sheet.name):
            _delete(sheet)


def changed_since(book: xw.Book) -> list[str]:
    """The sheets of the last run that somebody has changed since; 体检 is a list that is made anew each time."""
    record = _read(book)
    if record is None:
        return []
    names = {sheet.name for sheet in book.sheets}
    return [step["sheet"] for step in record.steps if step.get("sheet", FINDINGS) != FINDINGS and (
        step["sheet"] not in names or _fingerprint(book, step) != record.left.get(step["sheet"]))]


def bring_back(book: xw.Book, record: Record | None = None) -> str:
    """Undo the last run (or the one of ``record``, also half done); gives what it was, blank when there is none.

    Raises Refusal, before anything changes, for protected sheets.
    """
    of_the_last_run = record is None
    if record is None:
        record = _read(book)
        if record is None:
            return ""
        refuse_protected(book, [step.get("sheet", step.get("to", "")) for step in record.steps])
    backwards = {"add": _un_add, "overwrite": _un_overwrite, "fill": _un_fill, "rename": _un_rename,
                 "values": _un_values, "hide": _un_hide}
    for step in reversed(record.steps):
        backwards[step["do"]](book, step)
    drop(book, record)
    if of_the_last_run and (own := _sheet(book, RECORD)) is not None:
        _delete(own)
    with contextlib.suppress(Exception):        # a sheet that HR has hidden cannot be shown
        book.sheets[record.active].activate()
    return record.what


# --------------------------------------------------------------------------------------------------- steps, backwards


def _un_add(book: xw.Book, step: dict[str, Any]) -> None:
    sheet = _sheet(book, step["sheet"])
    if sheet is not None:
        _delete(sheet)


def _un_overwrite(book: xw.Book, step: dict[str, Any]) -> None:
    sheet, copy = _sheet(book, step["sheet"]), _sheet(book, step["kept"])
    if sheet is None or copy is None:
        return
    empty(sheet)
    copy.cells.copy(sheet.cells)
    view(sheet, tuple(step["freeze"]) if step["freeze"] else None, step["gridlines"])
    set_filter(sheet, step["filter"])
    charts.show_again(sheet, step["charts"])
    set_page(sheet, step["page"], step["breaks"])


def _un_fill(book: xw.Book, step: dict[str, Any]) -> None:
    sheet = _sheet(book, step["sheet"])
    if sheet is None:
        return
    if step.get("inserted"):
        first, last = step["rows"]
        sheet.range(f"{first + 1}:{last + 1}").delete("up")
    for number, height in enumerate(step.get("heights", ())):
        row = sheet.range((step["rows"][0] + number + 1, 1))
        if row.row_height != height:        # a height that is set is no longer fitted to the text
            row.row_height = height
    copy = _sheet(book, step["kept"]) if "kept" in step else None
    if copy is not None:
        for area in step["areas"]:
            place = area_address(tuple(area))
            copy.range(place).copy(sheet.range(place))
    if step["print"] is not None and print_area(sheet) != step["print"]:
        set_print_area(sheet, step["print"])
    if step["filter"] and not sheet.api.FilterMode:
        set_filter(sheet, step["filter"])


def _un_values(book: xw.Book, step: dict[str, Any]) -> None:
    sheet = _sheet(book, step["sheet"])
    if sheet is not None:
        arrays, spills = ([(tuple(area), formula) for area, formula in step[kind]] for kind in ("arrays", "spills"))
        values.back(sheet, step["cells"], arrays, spills)


def _un_rename(book: xw.Book, step: dict[str, Any]) -> None:
    sheet = _sheet(book, step["to"])
    if sheet is not None and _sheet(book, step["from"]) is None:
        sheet.name = step["from"]


def _un_hide(book: xw.Book, step: dict[str, Any]) -> None:
    sheet = _sheet(book, step["of"])
    if sheet is not None:
        sheet.api.Visible = step["visible"]


# --------------------------------------------------------------------------------------------------------- helpers


def _sheet(book: xw.Book, name: str) -> xw.Sheet | None:
    return next((sheet for sheet in book.sheets if sheet.name.lower() == name.lower()), None)


def _own_sheet(book: xw.Book, name: str) -> xw.Sheet:
    active = book.sheets.active
    sheet = book.sheets.add(name, after=book.sheets[-1])
    active.activate()
    return sheet


def _copy_of(book: xw.Book, sheet: xw.Sheet, areas: list[Area] | None) -> str:
    """Copy a sheet's cells (all, or areas at their places) to a sheet of our own; gives its name."""
    number = 1
    while _sheet(book, f"{OWN} {number}") is not None:
        number += 1
    copy = _own_sheet(book, f"{OWN} {number}")
    if areas is None:
        sheet.cells.copy(copy.cells)
    else:
        for area in areas:
            place = area_address(area)
            sheet.range(place).copy(copy.range(place))
    copy.api.Visible = VERY_HIDDEN
    return copy.name


def _look(sheet: xw.Sheet) -> dict[str, Any]:
    """What of a sheet is not in its cells."""
    visible = sheet.api.Visible
    if visible != VISIBLE:
        sheet.api.Visible = VISIBLE
    sheet.activate()
    window = sheet.book.api.Windows(1)
    found = {
        "freeze": [window.SplitRow, window.SplitColumn] if window.FreezePanes else None,
        "gridlines": bool(window.DisplayGridlines),
        "filter": filtered(sheet),
        "page": _page(sheet),
        "charts": charts.shown(sheet),
        "breaks": _page_breaks(sheet, window),
    }
    if visible != VISIBLE:
        sheet.api.Visible = visible
    return found


def _page(sheet: xw.Sheet) -> dict[str, Any]:
    """The page set-up; nothing of it when there is no printer that Excel could ask."""
    try:
        setup = sheet.api.PageSetup
        return {name: getattr(setup, name) for name in (*_PAGE, *_FITTED)}
    except Exception:
        return {}


def _page_breaks(sheet: xw.Sheet, window: Any) -> list[int]:
    """The rows that begin a page because somebody wants so, as far as there is a printer that Excel could ask.  Excel
    tells of those out of sight in this view only."""
    shown = window.View
    try:
        window.View = _BREAK_PREVIEW
        breaks = sheet.api.HPageBreaks
        found = [breaks.Item(number) for number in range(1, breaks.Count + 1)]
        return [one.Location.Row for one in found if one.Type == _MANUAL]
    except Exception:
        return []
    finally:
        window.View = shown


def _delete(sheet: xw.Sheet) -> None:
    """Excel does not delete very hidden sheets."""
    sheet.api.Visible = VISIBLE
    sheet.delete()


def _fingerprint(book: xw.Book, step: dict[str, Any]) -> str:
    sheet = book.sheets[step["sheet"]]
    if step["do"] in ("fill", "values"):
        parts = [block(sheet.range(address).formula) for area in step["areas"]
                 for address in addresses([tuple(area)])]
        if step.get("inserted"):
            first, last = step["rows"]
            used = sheet.used_range
            parts.append(block(sheet.range((first + 1, 1), (last + 1, used.column + used.shape[1] - 1)).formula))
    else:
        parts = [block(sheet.used_range.formula)]
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _pieces(text: str) -> list[str]:
    return [text[at:at + 30_000] for at in range(0, len(text), 30_000)]


def _read(book: xw.Book) -> Record | None:
    sheet = _sheet(book, RECORD)
    if sheet is None:
        return None
    found: list[dict[str, Any]] = []
    text = ""
    for (piece,) in block(sheet.used_range.api.Value2):
        if piece:
            text += piece
        elif text:
            found.append(json.loads(text))
            text = ""
    if text:
        found.append(json.loads(text))
    head, *steps, last = found
    return Record(head["what"], head["active"], steps, last["left"])
