"""Compares a package with the original after writing: whatever was not to change must be as it was.

This knows what was wanted (``Changes``), not how it was done.  Parts that were not to change are alike byte for byte;
those that hold the package together are alike but for the entries of the sheets concerned; a filled sheet is alike
once the filled cells are put back.
"""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from xl_kpi.workbook.calculation import ALL, RECORD, changed_sheets, is_asked_for
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.differs import cell_differs, differs, format_differs, rest_differs
from xl_kpi.workbook.fill import Grid, areas_of, draw_down, drawn_down, not_in_front, says
from xl_kpi.workbook.grid import address
from xl_kpi.workbook.inserted import alike, inserted, moved_along
from xl_kpi.workbook.package import Package, part_named, refuse, relation_id, type_of

_PRINTED = ("_xlnm.Print_Area", "_xlnm._FilterDatabase")
_OWN = (*_PRINTED, "_xlnm.Print_Titles")
_TYPES = "[content_types].xml"
RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"


def compare(before: Package, after: Package, changes: Changes) -> None:
    """Raises Refusal when anything differs that was not to change."""
    old, new = _Held(before), _Held(after)
    put = {sheet.name.lower() for sheet in changes.sheets}
    renamed = {a.lower(): b for a, b in changes.renamed.items()}
    filled = {f.sheet.lower(): f for f in changes.filled if f.cells or f.added or f.room}
    room = [f for f in filled.values() if f.room]
    hidden = {name.lower(): away for name, away in changes.hidden.items()}
    _sheets(old, new, put, renamed, hidden)
    _names(old, new, put, renamed, filled, room)
    counted = {*put, *(name.lower() for name in renamed.values()), *(name for name, f in filled.items() if f.counted)}
    _calculation(old, new, counted)
    _rest_of_the_book(old, new, renamed, any(hidden.values()))
    if old.styles:
        _styles(before.tree(old.styles), after.tree(new.styles))
    # what the sheets put draw on, and no other sheet does
    drawn = {part for name in put - set(renamed) if name in old.parts for part in old.closure(name)}
    drawn |= {part for name in put for part in new.closure(name)}
    drawn -= {part for name in new.parts if name not in put for part in new.closure(name)}
    _relations_and_types(old, new, put, drawn)
    tables = {part: f for name, f in filled.items() for kind, part in before.related(old.parts[name]).values()
              if kind == "table"}
    free = {old.main.lower(), old.relations.lower(), _TYPES, old.styles.lower(), *old.titles, *drawn,
            *(part.lower() for part in [*tables, *old.calculation, *(old.parts[name] for name in filled)])}
    for part in (old.parts[name] for name, away in hidden.items() if away and name in old.parts):
        if not_in_front(before.xml(part)) != not_in_front(after.xml(part)):
            differs(f"部件 {part}")
        free.add(part.lower())
    if room:
        free |= moved_along(before, after, old.parts, new.parts, room)
    known = {part.lower() for part in before.parts}
    for part in before.parts:
        if part.lower() not in free and (part not in after or before.packed(part) != after.packed(part)):
            differs(f"部件 {part}")
    for part in after.parts:
        if part.lower() not in known and part.lower() not in drawn:
            differs(f"多出的部件 {part}")
    for part in old.titles:
        _properties(before, after, part)
    for part, one in tables.items():
        if not one.room:
            _table(before.tree(part), after.tree(part), one)
    for name, one in filled.items():
        if one.room:
            inserted(before.tree(old.parts[name], large=True), after.tree(new.parts[name], large=True), one, room)
            continue
        _filled_sheet(before.tree(old.parts[name], large=True), after.tree(new.parts[name], large=True), one)


def sheet_parts(package: Package, book: etree._Element, main: str) -> dict[str, str]:
    """name (in lower case) → part, of the worksheets."""
    related = package.related(main)
    found = {}
    for entry in book.iterfind("{*}sheets/{*}sheet"):
        kind, part = related.get(relation_id(entry), ("", ""))
        if kind == "worksheet":
            found[entry.get("name", "").lower()] = part
    return found


class _Held:
    """What holds a package together."""

    def __init__(self, package: Package):
        self.package = package
        self.main = dict(package.related("").values())["officeDocument"]
        folder, _, base = self.main.rpartition("/")
        self.relations = f"{folder}/_rels/{base}.rels".lstrip("/")
        self.book = package.tree(self.main)
        self.parts = sheet_parts(package, self.book, self.main)
        kinds = package.related(self.main).values()
        self.styles = next((part for kind, part in kinds if kind == "styles"), "")
        self.calculation = [part for kind, part in kinds if kind == "calcChain"]
        self.titles = [part.lower() for kind, part in package.related("").values() if kind == "extended-properties"]

    def closure(self, sheet: str) -> set[str]:
        """A sheet's part with everything that it draws on, and their relations, in lower case."""
        found: set[str] = set()
        waiting = [self.parts[sheet]]
        while waiting:
            part = waiting.pop()
            folder, _, base = part.rpartition("/")
            found |= {part.lower(), f"{folder}/_rels/{base}.rels".lower()}
            waiting += [t for _, t in self.package.related(part).values() if t.lower() not in found]
        return found

    def called(self, renamed: dict[str, str]) -> list[str]:
        """The sheets' names in lower case, those that were renamed under their new ones."""
        return [renamed.get(name.lower(), name).lower() for name, _ in self.entries()]

    def entries(self) -> list[tuple[str, dict[str, str]]]:
        return [(e.get("name", ""), {str(k): str(v) for k, v in e.attrib.items() if k != "name"})
                for e in self.book.iterfind("{*}sheets/{*}sheet")]


def _sheets(old: _Held, new: _Held, put: set[str], renamed: dict[str, str], hidden: dict[str, bool]) -> None:
    """Every sheet is there, in the order in which they were, and as visible but for those to be hidden or shown; only
    sheets that were put come among them."""
    before = [(renamed.get(name.lower(), name), rest) for name, rest in old.entries()]
    for name, attributes in before:
        if name.lower() in hidden:
            attributes.pop("state", None)
            attributes.update({"state": "hidden"} if hidden[name.lower()] else {})
    known = {name.lower() for name, _ in before}
    if any((rest.get("state", "visible") != "visible") != hidden.get(name.lower(), False)
           for name, rest in new.entries() if name.lower() not in known):
        differs("哪些工作表是隐藏的")
    if [one for one in new.entries() if one[0].lower() in known or one[0].lower() not in put] != before:
        differs("工作表的名单")


def _names(old: _Held, new: _Held, put: set[str], renamed: dict[str, str], filled: dict[str, Filled],
           room: list[Filled]) -> None:
    """Defined names are as they were, but for those of print and filter of the sheets concerned."""
    def listed(held: _Held) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        titles = held.called(renamed if held is old else {})
        for e in held.book.iterfind("{*}definedNames/{*}definedName"):
            at = int(e.get("localSheetId", "-1"))
            sheet = titles[at] if 0 <= at < len(titles) else ""
            name, text = e.get("name", ""), e.text or ""
            if (sheet in put and name in _OWN) or name == RECORD:
                continue
            if held is old and sheet in filled and name in _PRINTED:
                one = filled[sheet]
                text = drawn_down(text, one, headed=True) if one.added else text
            if sheet in {n.lower() for n in renamed.values()}:
                text = text.rpartition("!")[2]      # its own name stands before it
            rest = {str(k): str(v) for k, v in e.attrib.items()} | {"localSheetId": sheet}
            found.append((name, text, tuple(sorted(rest.items()))))
        return found

    if not alike(repr(listed(old)), repr(listed(new)), room):
        differs("名称")


def _calculation(old: _Held, new: _Held, counted: set[str]) -> None:
    """What was to be calculated still is; the record of what changed names the sheets that formulas may count with, and
    those that it named before."""
    def records(held: _Held) -> list[tuple[str, list[tuple[str, str]]]]:
        return [(e.text or "", sorted((str(k), str(v)) for k, v in e.attrib.items()))
                for e in held.book.iterfind("{*}definedNames/{*}definedName") if e.get("name") == RECORD]

    was, now = changed_sheets(old.book), changed_sheets(new.book)
    if is_asked_for(old.book) and not is_asked_for(new.book):
        differs("要不要重新计算的设置")
    if not counted or not is_asked_for(new.book) or was == ALL:
        same = records(old) == records(new)
    else:
        same = now == (was | counted) & set(new.parts) and [rest for _, rest in records(new)] == [
            [("hidden", "1"), ("name", RECORD)]]
    if not same:
        differs("改过哪些工作表的记录")


def _rest_of_the_book(old: _Held, new: _Held, renamed: dict[str, str], hides: bool) -> None:
    """workbook.xml without sheets and names; that all be calculated on opening may be added.  The sheets in sight are
    the same; where sheets are hidden another may be in front."""
    def stripped(held: _Held) -> bytes:
        root = deepcopy(held.book)
        for element in root.iterchildren("{*}sheets", "{*}definedNames"):
            root.remove(element)
        titles = held.called(renamed if held is old else {})
        for view in root.iterfind("{*}bookViews/{*}workbookView"):
            for key in ("activeTab", "firstSheet"):
                at = int(view.get(key, "0"))
                view.set(key, "" if hides else titles[at] if at < len(titles) else str(at))
        for element in root.iterchildren("{*}calcPr"):
            element.attrib.pop("fullCalcOnLoad", None)
            if not element.attrib:
                root.remove(element)
        return _canonical(root)

    if stripped(old) != stripped(new):
        differs("工作簿的设置")


def _styles(old: etree._Element, new: etree._Element) -> None:
    """Every index keeps its meaning: nothing but additions at the ends."""
    appended = {"numFmts", "fonts", "fills", "borders", "cellXfs"}
    before, after = list(old), list(new)
    if len(after) > len(before) and etree.QName(after[0]).localname == "numFmts":
        after = after[1:]
    if len(before) != len(after):
        differs("格式表")
    for a, b in zip(before, after, strict=True):
        if etree.QName(a).localname not in appended:
            same = _canonical(a) == _canonical(b)
        else:
            same = a.tag == b.tag and len(a) <= len(b) and all(
                _canonical(x) == _canonical(y) for x, y in zip(a, b, strict=False))
        if not same:
            differs("格式表")


def _relations_and_types(old: _Held, new: _Held, put: set[str], drawn: set[str]) -> None:
    """Only the chain of calculation loses its entries, only new sheets and what they draw on get some."""
    def relations(held: _Held) -> dict[str, list[tuple[str, str]]]:
        return {e.get("Id", ""): sorted((str(k), str(v)) for k, v in e.attrib.items())
                for e in held.package.tree(held.relations).iterfind("{*}Relationship")}

    calculation = {key for key, (kind, _) in old.package.related(old.main).items() if kind == "calcChain"}
    added = {key for key, (_, part) in new.package.related(new.main).items()
             if part in {new.parts[name] for name in put}}
    before, after = relations(old), relations(new)
    if any(after.get(key) != found for key, found in before.items() if key not in calculation) or (
            set(after) - set(before) - added):
        differs("部件之间的关系")
    left = {part.lower() for part in new.package.parts}

    def types(held: _Held) -> dict[tuple[str, str], str]:
        return {(e.get("Extension", "").lower(), part_named(e).lower()): e.get("ContentType", "")
                for e in held.package.tree(_TYPES).iterchildren("{*}*")}

    was, now = types(old), types(new)
    if any(now.get(key) != kind for key, kind in was.items()
           if not key[1] or (key[1] in left and key[1] not in drawn)) or any(
            key[1] not in drawn for key in set(now) - set(was)):
        differs("部件的类型")
    root = new.package.tree(_TYPES)
    for part in left & drawn:       # without its type a part is lost
        kind = type_of(root, part)
        if not kind or (kind == RELATIONS_TYPE) != part.endswith(".rels"):
            differs(f"部件 {part} 的类型")


def _properties(before: Package, after: Package, part: str) -> None:
    """docProps/app.xml but for the titles of sheets."""
    def stripped(package: Package) -> bytes:
        root = package.tree(part)
        for element in root.iterchildren("{*}HeadingPairs", "{*}TitlesOfParts"):
            root.remove(element)
        return _canonical(root)

    if part in before and (part not in after or stripped(before) != stripped(after)):
        differs(f"部件 {part}")


def _table(old: etree._Element, new: etree._Element, filled: Filled) -> None:
    if filled.added:
        draw_down(etree.Element("none"), filled, [old], [])
    if _canonical(old) != _canonical(new):
        differs(f"工作表“{filled.sheet}”里的表格")


def _filled_sheet(old: etree._Element, new: etree._Element, filled: Filled) -> None:
    """A filled sheet says what was wanted; with the filled cells and added rows put back it is what it was."""
    before, after = Grid(old, filled.sheet), Grid(new, filled.sheet)
    wanted = dict(filled.cells)
    for n, values in enumerate(filled.added, 1):
        row = filled.after + n
        wanted |= {(row, column): value for column, value in values.items()}
        was, now = before.cells(row), after.cells(row)
        if row not in after.rows or any(
                _content(now.get(column)) != _content(was.get(column)) for column in {*was, *now} - set(values)):
            differs(f"工作表“{filled.sheet}”里加的第 {row + 1} 行")
    for (row, column), value in wanted.items():
        if not says(after.cells(row).get(column), value):
            cell_differs(filled.sheet, address(row, column))
    for grid in (before, after):
        for row in grid.rows:
            grid.cells(row)         # which names every cell, where the file leaves it to its neighbour
    _extent(old, new, after)
    last = filled.after + len(filled.added)
    for row in range(filled.after + 1, last + 1):
        _put_back(after.rows[row], before.rows.get(row))
    for (row, column) in filled.cells:
        if not filled.after < row <= last:
            mine, theirs = after.cells(row)[column], before.cells(row).get(column)
            if theirs is not None and mine.get("s") != theirs.get("s"):
                format_differs(filled.sheet, address(row, column))
            _put_back(mine, theirs)
            if row not in before.rows and not len(after.rows[row]):
                _put_back(after.rows[row], None)
    for root in (old, new):
        for row in root.iterfind("{*}sheetData/{*}row"):
            row.attrib.pop("spans", None)
        for dimension in root.iterchildren("{*}dimension"):
            root.remove(dimension)
    if filled.added:
        draw_down(old, filled, [], [])
    if _canonical(old) != _canonical(new):
        rest_differs(filled.sheet)


def _extent(old: etree._Element, new: etree._Element, grid: Grid) -> None:
    """The sheet says of its extent what holds every cell; it says nothing where it said nothing."""
    was, now = (list(root.iterchildren("{*}dimension")) for root in (old, new))
    said = areas_of(now[0].get("ref", "")) if now else []
    if len(was) != len(now) or (now and (len(said) != 1 or not all(
            said[0][0] <= row <= said[0][2] and said[0][1] <= column <= said[0][3]
            for row in grid.rows for column in grid.cells(row)))):
        differs(f"工作表“{grid.sheet}”的范围")


def _content(cell: etree._Element | None) -> list[bytes]:
    """What a cell holds, whatever its format."""
    return [] if cell is None or not len(cell) else [str(cell.get("t")).encode(), *map(_canonical, cell)]


def _put_back(mine: etree._Element, theirs: etree._Element | None) -> None:
    parent = mine.getparent()
    assert parent is not None
    if theirs is None:
        parent.remove(mine)
    else:
        parent.replace(mine, deepcopy(theirs))


def _canonical(root: etree._Element) -> bytes:
    try:
        return etree.tostring(root, method="c14n")
    except etree.C14NError:
        refuse("工作簿里有不合规的 XML 命名空间，不能写入")
