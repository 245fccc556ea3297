"""Applies changes to a workbook file: as few parts as possible change, and the outcome is compared before it is given.

Result sheets are drawn by XlsxWriter and grafted in (``graft``), HR's tables are filled cell by cell (``fill``).
"""

from __future__ import annotations

import posixpath
import re

from lxml import etree

from xl_kpi.problems import Problem, Refusal
from xl_kpi.workbook.changes import Changes, Filled
from xl_kpi.workbook.compare import compare, sheet_tree
from xl_kpi.workbook.fill import drawn_down, fill
from xl_kpi.workbook.graft import Piece, cut_out, free_name, relations_of
from xl_kpi.workbook.package import RESAVE, Package, relation_id
from xl_kpi.workbook.styles import Styles

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
TYPES = "[Content_Types].xml"
OWN_NAMES = ("_xlnm.Print_Area", "_xlnm.Print_Titles", "_xlnm._FilterDatabase")
_AFTER_NAMES = ("calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
                "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst")


def edited(data: bytes, name: str, changes: Changes, signed_ok: bool = False) -> bytes:
    """The workbook ``data`` (called ``name``) with the changes.

    Raises Refusal: a package that is signed (unless ``signed_ok``) or strict, cells that cannot be filled without harm,
    anything changed that must not be.
    """
    if not changes:
        return data
    package = Package(data, name)
    if not signed_ok and any(part.lower().startswith("_xmlsignatures/") for part in package.parts):
        raise Refusal([Problem("error", f"文件 {name} 有数字签名，写入后签名会失效",
                               "可以失效的，加 --yes 再运行；否则用 -o 写到另一个文件并重新签名")])
    editor = _Editor(package)
    for old, new in changes.renamed.items():
        editor.rename(old, new)
    for filled in changes.filled:
        editor.fill(filled)
    editor.put(changes)
    after = editor.finish()
    compare(package, Package(after, name), changes)
    return after


class _Editor:
    """A package on its way: the trees of the parts that hold it together, and the parts that change."""

    def __init__(self, package: Package):
        self.package = package
        self.main = dict(package.related("").values())["officeDocument"]
        self.folder = posixpath.dirname(self.main)
        self.related = package.related(self.main)
        self.book = package.tree(self.main)
        namespace = etree.QName(self.book).namespace or ""
        if "purl.oclc.org" in namespace:
            raise Refusal([Problem("error", f"文件 {package.name} 是“Strict Open XML”格式，不能写入",
                                   "请在 Excel 里另存为“Excel 工作簿 (*.xlsx)”，再用新文件")])
        self._prefix = f"{{{namespace}}}"
        self.rels = package.tree(relations_of(self.main))
        self.types = package.tree(TYPES)
        styles = next((part for kind, part in self.related.values() if kind == "styles"), "")
        if not styles:
            raise Refusal([Problem("error", f"文件 {package.name} 缺少格式表", RESAVE)])
        self.styles_part, self.styles = styles, Styles(package.tree(styles))
        self.taken = {part.lower() for part in package.parts}
        self.changed: dict[str, bytes | None] = {}
        self.touched: set[str] = set()          # sheets, as they are called now
        self.filled: set[str] = set()           # those among them that are HR's own

    # -- sheets ---------------------------------------------------------------------------------------------------

    def sheets(self) -> list[etree._Element]:
        return list(self.book.iterfind("{*}sheets/{*}sheet"))

    def find(self, name: str) -> tuple[int, etree._Element] | None:
        """(position, entry) of a sheet; Excel does not tell capital letters apart."""
        return next(((at, e) for at, e in enumerate(self.sheets()) if e.get("name", "").lower() == name.lower()), None)

    def part_of(self, entry: etree._Element) -> str:
        kind, part = self.related[relation_id(entry)]
        if kind != "worksheet":
            raise Refusal([Problem("error", f"“{entry.get('name')}”是图表页，不是普通工作表", "改一个名字后再试",
                                   entry.get("name", ""))])
        return part

    def rename(self, old: str, new: str) -> None:
        found = self.find(old)
        assert found is not None, old
        at, entry = found
        entry.set("name", new)
        self.touched.add(new)
        for name in self.names():
            if name.get("localSheetId") == str(at) and name.text:
                name.text = name.text.replace(f"{_quoted(old)}!", f"{_quoted(new)}!")

    def fill(self, filled: Filled) -> None:
        found = self.find(filled.sheet)
        assert found is not None, filled.sheet
        at, entry = found
        part = self.part_of(entry)
        root = sheet_tree(self.package, part)
        after, last = fill(root, filled)
        self.changed[part] = _bytes(root)
        self.touched.add(entry.get("name", ""))
        self.filled.add(entry.get("name", ""))
        if last > after:
            for name in self.names():
                if name.get("localSheetId") == str(at) and name.get("name") in OWN_NAMES[::2]:
                    name.text = ",".join(drawn_down(one, after, last) for one in (name.text or "").split(","))
            self._draw_tables(part, after, last)

    def _draw_tables(self, part: str, after: int, last: int) -> None:
        """The sheet's tables that end at the row carried on take the new rows in."""
        for kind, table in self.package.related(part).values():
            if kind != "table":
                continue
            root = self.package.tree(table)
            longer = drawn_down(root.get("ref", ""), after, last)
            if longer == root.get("ref"):
                continue
            if root.get("totalsRowCount", "0") != "0":
                raise Refusal([Problem("error", f"表格“{root.get('displayName', '')}”的汇总行下面不能加行",
                                       "在 Excel 里关掉这个表格的汇总行后再试")])
            root.set("ref", longer)
            for area in root.iterchildren("{*}autoFilter"):
                area.set("ref", drawn_down(area.get("ref", ""), after, last))
            self.changed[table] = _bytes(root)

    def put(self, changes: Changes) -> None:
        if not changes.sheets:
            return
        for piece in cut_out(changes.sheets, self.styles, self.taken):
            found = self.find(piece.sheet.name)
            position, part = self._replace(*found) if found else self._add(piece.sheet.name)
            self.touched.add(piece.sheet.name)
            self._graft(piece, position, part)

    def _replace(self, position: int, entry: etree._Element) -> tuple[int, str]:
        """Empty an old result sheet: what only it draws on goes with it."""
        part = self.part_of(entry)
        for name in self.names():
            if name.get("localSheetId") == str(position) and name.get("name") in OWN_NAMES:
                _remove(name)
        relations = relations_of(part)
        if relations in self.package:
            self.changed[relations] = None
            for lost in self._only_of(part):
                self.changed[lost] = None
                if relations_of(lost) in self.package:
                    self.changed[relations_of(lost)] = None
                self._forget_type(lost)
        return position, part

    def _only_of(self, part: str) -> list[str]:
        """The parts that only this part leads to."""
        owners: dict[str, set[str]] = {}
        for source in self.package.parts:
            if source.lower().endswith(".rels"):
                for _, target in self.package.related(_owner(source)).values():
                    owners.setdefault(target.lower(), set()).add(_owner(source).lower())
        gone, waiting, found = {part.lower()}, [part], []
        while waiting:
            for _, target in self.package.related(waiting.pop()).values():
                if target in self.package and target.lower() not in gone and owners[target.lower()] <= gone:
                    gone.add(target.lower())
                    found.append(target)
                    waiting.append(target)
        return found

    def _add(self, name: str) -> tuple[int, str]:
        """A new sheet at the end: no position of another changes."""
        part = free_name(posixpath.join(self.folder, "worksheets/sheet1.xml"), self.taken)
        sheets = self.book.find("{*}sheets")
        assert sheets is not None
        ids = {e.get("Id", "") for e in self.rels}
        number = next(n for n in range(len(ids) + 1, 10**6) if f"rId{n}" not in ids)
        entry = etree.SubElement(sheets, self._prefix + "sheet", name=name, sheetId=str(
            max(int(e.get("sheetId", "0")) for e in self.sheets()) + 1))
        entry.set(f"{{{RELATIONS}}}id", f"rId{number}")
        etree.SubElement(self.rels, f"{{{etree.QName(self.rels).namespace}}}Relationship", Id=f"rId{number}",
                         Type=f"{RELATIONS}/worksheet", Target=f"/{part}")
        self._type(part, WORKSHEET)
        return len(self.sheets()) - 1, part

    def _graft(self, piece: Piece, position: int, part: str) -> None:
        self.changed[part] = piece.xml
        if piece.relations is not None:
            self.changed[relations_of(part)] = piece.relations
        for name, (content, kind) in piece.parts.items():
            self.changed[name] = content
            if kind:
                self._type(name, kind)
        for name, text, hidden in piece.names:
            element = etree.SubElement(self._names(), self._prefix + "definedName", name=name,
                                       localSheetId=str(position))
            if hidden:
                element.set("hidden", "1")
            element.text = text

    # -- what holds the package together ----------------------------------------------------------------------------

    def names(self) -> list[etree._Element]:
        return list(self.book.iterfind("{*}definedNames/{*}definedName"))

    def _names(self) -> etree._Element:
        found = self.book.find("{*}definedNames")
        if found is None:
            found = etree.Element(self._prefix + "definedNames")
            behind = next((e for e in self.book if isinstance(e.tag, str)
                           and etree.QName(e).localname in _AFTER_NAMES), None)
            if behind is None:
                self.book.append(found)
            else:
                behind.addprevious(found)
        return found

    def _type(self, part: str, kind: str) -> None:
        etree.SubElement(self.types, f"{{{etree.QName(self.types).namespace}}}Override", PartName=f"/{part}",
                         ContentType=kind)

    def _forget_type(self, part: str) -> None:
        for element in self.types.iterfind("{*}Override"):
            if element.get("PartName", "").lstrip("/").lower() == part.lower():
                _remove(element)

    def _forget_calculation_chain(self) -> None:
        """The order of calculation would name cells that are gone; Excel makes it anew."""
        for element in list(self.rels):
            kind, part = self.related.get(element.get("Id", ""), ("", ""))
            if kind == "calcChain":
                _remove(element)
                if part in self.package:
                    self.changed[part] = None
                self._forget_type(part)

    def _recalculate(self) -> None:
        """Formulas of HR's that look at what changed show their old values until they are calculated: ask for it."""
        if not self._looked_at():
            return
        found = self.book.find("{*}calcPr")
        if found is None:
            found = etree.Element(self._prefix + "calcPr")
            names = self.book.find("{*}definedNames")
            (names if names is not None else self.book.find("{*}sheets")).addnext(found)    # type: ignore[union-attr]
        found.set("fullCalcOnLoad", "1")

    def _looked_at(self) -> bool:
        """Whether a formula or a name of HR's mentions a sheet that changes, or stands on one that is filled."""
        names = [re.escape(part) for name in self.touched for part in {name, name.replace("&", "&amp;")}]
        formula = re.compile(f"<(?:\\w+:)?f[ >][^<]*(?:{'|'.join(names)})".encode())
        if any(name.get("name") not in OWN_NAMES and re.search("|".join(names), name.text or "")
               for name in self.names()):
            return True
        drawn = {name.lower() for name in self.touched - self.filled}
        for entry in self.sheets():
            kind, part = self.related.get(relation_id(entry), ("", ""))
            if kind != "worksheet" or entry.get("name", "").lower() in drawn:
                continue
            content = self.changed.get(part) or self.package.xml(part)
            own = entry.get("name") in self.filled
            if formula.search(content) or (own and re.search(rb"<(?:\w+:)?f[ >]", content)):
                return True
        return False

    def _retitle(self) -> None:
        """The titles in docProps/app.xml, where they stand as Excel writes them."""
        part = next((p for kind, p in self.package.related("").values() if kind == "extended-properties"), "")
        if part not in self.package:
            return
        root = self.package.tree(part)
        pairs = root.findall("{*}HeadingPairs/{*}vector/{*}variant")
        titles = root.find("{*}TitlesOfParts/{*}vector")
        count = pairs[1].find("{*}i4") if len(pairs) > 1 else None
        if titles is None or count is None or not (count.text or "").isdecimal():
            return
        old = int(count.text or "0")
        names = [e.get("name", "") for e in self.sheets()
                 if self.related.get(relation_id(e), ("worksheet",))[0] == "worksheet"]
        tag = titles[0].tag if len(titles) else None
        if tag is None or old > len(titles):
            return
        for element in list(titles)[:old]:
            titles.remove(element)
        for at, name in enumerate(names):
            element = etree.Element(tag)
            element.text = name
            titles.insert(at, element)
        count.text = str(len(names))
        titles.set("size", str(len(titles)))
        self.changed[part] = _bytes(root)

    def finish(self) -> bytes:
        self._forget_calculation_chain()
        self._recalculate()
        self._retitle()
        self.changed[self.main] = _bytes(self.book)
        self.changed[relations_of(self.main)] = _bytes(self.rels)
        self.changed[TYPES] = _bytes(self.types)
        if self.styles.changed:
            self.changed[self.styles_part] = _bytes(self.styles.root)
        return self.package.with_parts(self.changed)


def _owner(relations: str) -> str:
    """The part whose relations a part holds."""
    folder, base = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels"))


def _quoted(sheet: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", sheet)
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
