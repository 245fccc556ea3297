"""Compares a package with the original after writing: whatever was not to change must be as it was.

This knows what was wanted (``Changes``), not how it was done.  Parts that were not to change are alike byte for byte;
those that hold the package together are alike but for the entries of the sheets concerned; a filled sheet is alike
once the filled cells are put back.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Never

from lxml import etree

from xl_kpi.problems import Problem, Refusal
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.fill import Grid, drawn_down
from xl_kpi.workbook.package import Package, relation_id

_PRINTED = ("_xlnm.Print_Area", "_xlnm._FilterDatabase")
_OWN = (*_PRINTED, "_xlnm.Print_Titles")


def compare(before: Package, after: Package, changes: Changes) -> None:
    """Raises Refusal when anything differs that was not to change."""
    old, new = _Held(before), _Held(after)
    put = {sheet.name.lower() for sheet in changes.sheets}
    renamed = {a.lower(): b for a, b in changes.renamed.items()}
    filled = {f.sheet.lower(): f for f in changes.filled}
    _sheets(old, new, put, renamed)
    _names(old, new, put, renamed, filled)
    _rest_of_the_book(old, new)
    _styles(before.tree(old.styles), after.tree(new.styles))
    _relations_and_types(old, new)
    drawn = {part for name in put for held in (old, new) if name in held.parts for part in held.closure(name)}
    if put & {name.lower() for name in renamed}:        # the old sheet of that name stays, under its new name
        drawn -= {part for name in renamed for part in old.closure(name)} - {
            part for name in put if name in new.parts for part in new.closure(name)}
    tables = {t.lower() for f in filled for kind, t in before.related(old.parts[f]).values() if kind == "table"}
    free = {old.main.lower(), old.relations.lower(), "[content_types].xml", old.styles.lower(), *old.titles, *drawn,
            *tables, *(part.lower() for part in old.calculation), *(old.parts[f].lower() for f in filled)}
    known = {part.lower() for part in before.parts}
    for part in before.parts:
        if part.lower() not in free and (part not in after or before.packed(part) != after.packed(part)):
            _differs(f"部件 {part}")
    for part in after.parts:
        if part.lower() not in known and part.lower() not in drawn:
            _differs(f"多出的部件 {part}")
    for name, one in filled.items():
        _filled_sheet(sheet_tree(before, old.parts[name]), sheet_tree(after, new.parts[name]), one)


def _differs(what: str) -> Never:
    raise Refusal([Problem("error", f"写入后核对：{what}与原文件不同，已放弃写入，原文件没有改动",
                           "请用 Excel 打开并另存一次后再试；仍不行时把这个情况告诉程序的维护者")])


def sheet_tree(package: Package, part: str) -> etree._Element:
    """A sheet's tree: as careful as for any part, but of any size."""
    return etree.fromstring(package.xml(part), etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True))


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

    def entries(self) -> list[tuple[str, dict[str, str]]]:
        return [(e.get("name", ""), {str(k): str(v) for k, v in e.attrib.items() if k != "name"})
                for e in self.book.iterfind("{*}sheets/{*}sheet")]


def _sheets(old: _Held, new: _Held, put: set[str], renamed: dict[str, str]) -> None:
    """Every sheet is where it was; only sheets that were put come behind."""
    before = [(renamed.get(name.lower(), name), rest) for name, rest in old.entries()]
    after = new.entries()
    if after[:len(before)] != before or any(name.lower() not in put for name, _ in after[len(before):]):
        _differs("工作表的名单")


def _names(old: _Held, new: _Held, put: set[str], renamed: dict[str, str], filled: dict[str, Filled]) -> None:
    """Defined names are as they were, but for those of print and filter of the sheets concerned."""
    titles = [name.lower() for name, _ in new.entries()]

    def listed(held: _Held) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for e in held.book.iterfind("{*}definedNames/{*}definedName"):
            at = int(e.get("localSheetId", "-1"))
            sheet = titles[at] if 0 <= at < len(titles) else ""
            name, text = e.get("name", ""), e.text or ""
            if sheet in put and name in _OWN:
                continue
            if held is old and sheet in filled and name in _PRINTED:
                one = filled[sheet]
                text = ",".join(drawn_down(t, one.after, one.after + len(one.added)) for t in text.split(","))
            if sheet in {n.lower() for n in renamed.values()}:
                text = text.rpartition("!")[2]      # its own name stands before it
            found.append((name, text, tuple(sorted((str(k), str(v)) for k, v in e.attrib.items()))))
        return found

    if listed(old) != listed(new):
        _differs("名称")


def _rest_of_the_book(old: _Held, new: _Held) -> None:
    """workbook.xml without sheets and names; that all be calculated on opening may be added."""
    def stripped(held: _Held) -> bytes:
        root = deepcopy(held.book)
        for element in root.iterchildren("{*}sheets", "{*}definedNames"):
            root.remove(element)
        for element in root.iterchildren("{*}calcPr"):
            element.attrib.pop("fullCalcOnLoad", None)
            if not element.attrib:
                root.remove(element)
        return _canonical(root)

    if stripped(old) != stripped(new):
        _differs("工作簿的设置")


def _styles(old: etree._Element, new: etree._Element) -> None:
    """Every index keeps its meaning: nothing but additions at the ends."""
    appended = {"numFmts", "fonts", "fills", "borders", "cellXfs"}
    before, after = list(old), list(new)
    if len(after) > len(before) and etree.QName(after[0]).localname == "numFmts":
        after = after[1:]
    if len(before) != len(after):
        _differs("格式表")
    for a, b in zip(before, after, strict=True):
        if not isinstance(a.tag, str) or etree.QName(a).localname not in appended:
            same = _canonical(a) == _canonical(b)
        else:
            same = a.tag == b.tag and len(a) <= len(b) and all(
                _canonical(x) == _canonical(y) for x, y in zip(a, b, strict=False))
        if not same:
            _differs("格式表")


def _relations_and_types(old: _Held, new: _Held) -> None:
    gone = {part.lower() for part in old.calculation}
    before, after = old.package.related(old.main), new.package.related(new.main)
    if any(after.get(key) != found for key, found in before.items() if found[1].lower() not in gone):
        _differs("部件之间的关系")
    left = {part.lower() for part in new.package.parts}

    def types(held: _Held) -> dict[tuple[str, str], str]:
        return {(str(e.tag), (e.get("PartName") or e.get("Extension") or "").lower()): e.get("ContentType", "")
                for e in held.package.tree("[Content_Types].xml") if isinstance(e.tag, str)}

    now = types(new)
    if any(now.get(key) != kind for key, kind in types(old).items()
           if not key[1].startswith("/") or key[1][1:] in left):
        _differs("部件的类型")


def _filled_sheet(old: etree._Element, new: etree._Element, filled: Filled) -> None:
    """A filled sheet with the filled cells and added rows put back is what it was."""
    before, after = Grid(old, filled.sheet), Grid(new, filled.sheet)
    last = filled.after + len(filled.added)
    for row in range(filled.after + 1, last + 1):
        mine, theirs = after.rows[row], before.rows.get(row)
        _put_back(mine, theirs)
    for (row, column) in filled.cells:
        if not filled.after < row <= last:
            _put_back(after.cells(row)[column], before.cells(row).get(column))
            if row not in before.rows and not len(after.rows[row]):
                _put_back(after.rows[row], None)
    for root in (old, new):
        for row in root.iterfind("{*}sheetData/{*}row"):
            row.attrib.pop("spans", None)
        for dimension in root.iterchildren("{*}dimension"):
            root.remove(dimension)
    if filled.added:
        for element in old.iter("{*}dataValidation", "{*}conditionalFormatting"):
            if element.get("sqref"):
                element.set("sqref", drawn_down(element.get("sqref", ""), filled.after, last))
            for inner in element.iterchildren("{*}sqref"):
                inner.text = drawn_down(inner.text or "", filled.after, last)
    if _canonical(old) != _canonical(new):
        _differs(f"工作表“{filled.sheet}”里不该改的内容")


def _put_back(mine: etree._Element, theirs: etree._Element | None) -> None:
    parent = mine.getparent()
    assert parent is not None
    if theirs is None:
        parent.remove(mine)
    else:
        parent.replace(mine, deepcopy(theirs))


def _canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")
