"""Whether Excel would open a package without asking to repair it: its rules that other programs do not enforce.

``faults`` lists what is wrong with a package; ``assert_sound`` fails on any fault (that the original had not already).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from urllib.parse import unquote

from lxml import etree

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
STRICT_R = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
IGNORABLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Ignorable"
MAX_ROW, MAX_COLUMN, MAX_TEXT, MAX_FORMULA = 1 << 20, 1 << 14, 32767, 8192

# the order of children, as in ECMA-376; AlternateContent may stand anywhere
WORKBOOK = [
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr",
    "smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
]
WORKSHEET = [
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors",
    "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls",
    "webPublishItems", "tableParts", "extLst",
]
STYLES = [
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
]
TABLE = [
    "autoFilter", "sortState", "tableColumns", "tableStyleInfo", "extLst",
]
REPEATED = {"conditionalFormatting"}
KINDS = {"worksheet": "worksheet+xml", "styles": "styles+xml", "sharedStrings": "sharedStrings+xml",
         "drawing": "drawing+xml", "chart": "chart+xml", "table": "table+xml", "comments": "comments+xml",
         "calcChain": "calcChain+xml", "chartsheet": "chartsheet+xml"}

Area = tuple[int, int, int, int]


def assert_sound(data: bytes, before: bytes = b"") -> None:
    """``before``: the original, whose own faults are not held against the outcome."""
    known = Counter(faults(before)) if before else Counter()
    found = [fault for fault, n in (Counter(faults(data)) - known).items() for _ in range(n)]
    assert not found, "\n".join(found[:20])


def faults(data: bytes) -> list[str]:
    return _Checker(data).run()


def name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def place(reference: str) -> tuple[int, int]:
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})", reference)
    if not match:
        raise ValueError(f"{reference!r} is no cell")
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - 64
    if int(match[2]) > MAX_ROW or column > MAX_COLUMN:
        raise ValueError(f"{reference!r} is off the sheet")
    return int(match[2]), column


def area(reference: str) -> Area:
    first, _, last = reference.partition(":")
    top, left = place(first)
    bottom, right = place(last or first)
    if bottom < top or right < left:
        raise ValueError(f"{reference!r} is upside down")
    return top, left, bottom, right


def meet(a: Area, b: Area) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def overlaps(areas: Iterable[Area]) -> bool:
    """Whether any two do: by rows, so that thousands of merges are quick."""
    active: list[Area] = []
    for one in sorted(areas):
        active = [a for a in active if a[2] >= one[0]]
        if any(meet(a, one) for a in active):
            return True
        active.append(one)
    return False


class _Checker:
    def __init__(self, data: bytes):
        self.found: list[str] = []
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        names = [n for n in self.zip.namelist() if not n.endswith(("/", "\\"))]
        for n, many in Counter(n.replace("\\", "/").lower() for n in names).items():
            if many > 1:
                self.say(n, "twice in the zip")
        self.content = {n.replace("\\", "/"): self.zip.read(n) for n in names}
        self.lower = {n.lower(): n for n in self.content}
        self.trees: dict[str, etree._Element] = {}
        self.rels: dict[str, dict[str, tuple[str, str]]] = {}

    def say(self, part: str, what: str) -> None:
        self.found.append(f"{part}: {what}")

    def run(self) -> list[str]:
        if self.zip.testzip():
            self.say(str(self.zip.testzip()), "bad checksum")
        for part, content in self.content.items():
            if part.lower().endswith((".xml", ".rels")):
                try:
                    self.trees[part] = etree.fromstring(content, etree.XMLParser(huge_tree=True))
                except etree.XMLSyntaxError as e:
                    self.say(part, f"not well-formed: {e}")
        for part, tree in self.trees.items():
            for prefix in (tree.get(IGNORABLE) or "").split():
                if prefix not in tree.nsmap:
                    self.say(part, f"ignores {prefix}, which is not declared")
        self.relations()
        self.types()
        main = next((t for k, t in self.rels.get("", {}).values() if k == "officeDocument"), "")
        if main not in self.trees:
            self.say("_rels/.rels", "no workbook")
            return self.found
        self.main = main
        self.related = self.rels.get(main, {})
        self.styles()
        self.strings()
        self.workbook()
        self.drawings()
        self.titles()
        return self.found

    # -- the package --------------------------------------------------------------------------------------------------

    def relations(self) -> None:
        for part in [p for p in self.trees if p.lower().endswith(".rels")]:
            folder, base = posixpath.split(part)
            owner = posixpath.join(posixpath.dirname(folder), base[:-5])
            if owner and owner.lower() not in self.lower:
                self.say(part, "relations of a part that is not there")
            known = self.rels[self.lower.get(owner.lower(), owner)] = {}
            for e in self.trees[part].iterchildren("{*}Relationship"):
                key, target = e.get("Id", ""), e.get("Target", "")
                if not key or key in known:
                    self.say(part, f"Id {key!r} missing or twice")
                kind = e.get("Type", "").rsplit("/", 1)[-1]
                if e.get("TargetMode") != "External":
                    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(owner), unquote(target)))[1:]
                    path = path.replace("\\", "/")
                    if not target.startswith("#") and path.lower() not in self.lower:
                        self.say(part, f"{key} leads to {target}, which is not there")
                    target = self.lower.get(path.lower(), path)
                known[key] = kind, target
        for part, tree in self.trees.items():
            ids = {str(v) for e in tree.iter("{*}*") for k, v in e.attrib.items()
                   if str(k).startswith((R, STRICT_R)) and v}
            for missing in ids - set(self.rels.get(part, {})):
                self.say(part, f"uses {missing}, which is no relation of it")

    def types(self) -> None:
        tree = self.trees.get("[Content_Types].xml")
        if tree is None:
            self.say("[Content_Types].xml", "missing")
            return
        defaults: dict[str, str] = {}
        overrides: dict[str, str] = {}
        for e in tree.iterchildren("{*}*"):
            table, key = (defaults, e.get("Extension", "").lower()) if name(e) == "Default" else (
                overrides, e.get("PartName", "").lower())
            if key in table:
                self.say("[Content_Types].xml", f"{key} twice")
            table[key] = e.get("ContentType", "")
        for key in overrides:
            if not key.startswith("/") or key[1:] not in self.lower:
                self.say("[Content_Types].xml", f"{key} is not there")
        self.kinds = {}
        for part in self.content:
            if part != "[Content_Types].xml":
                kind = overrides.get(f"/{part.lower()}") or defaults.get(part.rpartition(".")[2].lower())
                if not kind:
                    self.say(part, "has no content type")
                self.kinds[part] = kind or ""
        for owner, relations in self.rels.items():
            for kind, target in relations.values():
                if kind in KINDS and target in self.kinds and not self.kinds[target].endswith(KINDS[kind]):
                    self.say(target, f"is a {kind} of {owner} but has the type {self.kinds[target]}")

    def order(self, part: str, tree: etree._Element, wanted: list[str]) -> None:
        own = etree.QName(tree).namespace
        seen = [name(e) for e in tree.iterchildren("{*}*") if etree.QName(e).namespace == own]
        if unknown := [n for n in seen if n not in wanted]:
            self.say(part, f"unknown {unknown}")
            return
        if seen != sorted(seen, key=wanted.index):
            self.say(part, f"children in the wrong order: {seen}")
        if any(n > 1 and one not in REPEATED for one, n in Counter(seen).items()):
            self.say(part, f"children twice: {seen}")

    def count(self, part: str, element: etree._Element, key: str = "count") -> None:
        if element.get(key) is not None and element.get(key) != str(len(list(element.iterchildren("{*}*")))):
            self.say(part, f"{name(element)} says {key} {element.get(key)} and has {len(element)}")

    # -- what sheets point at -----------------------------------------------------------------------------------------

    def one(self, kind: str) -> str:
        parts = [t for k, t in self.related.values() if k == kind and t in self.trees]
        if len(parts) > 1:
            self.say(self.main, f"{len(parts)} parts {kind}")
        return parts[0] if parts else ""

    def styles(self) -> None:
        part = self.one("styles")
        self.formats = self.differential = 0
        if not part:
            return
        tree = self.trees[part]
        self.order(part, tree, STYLES)
        size = defaultdict(int)
        for group in tree.iterchildren("{*}*"):
            size[name(group)] = len(list(group.iterchildren("{*}*")))
            if name(group) not in ("tableStyles", "colors", "extLst"):
                self.count(part, group)
        self.formats, self.differential = size["cellXfs"], size["dxfs"]
        numbers = [e.get("numFmtId", "") for e in tree.iterfind("{*}numFmts/{*}numFmt")]
        if len(set(numbers)) < len(numbers):
            self.say(part, "a number of a number format twice")
        for xf in [*tree.iterfind("{*}cellStyleXfs/{*}xf"), *tree.iterfind("{*}cellXfs/{*}xf")]:
            for key, group in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"),
                               ("xfId", "cellStyleXfs")):
                if int(xf.get(key, "0")) >= max(size[group], key == "xfId"):
                    self.say(part, f"{key} {xf.get(key)} of {size[group]} {group}")
            if int(xf.get("numFmtId", "0")) >= 164 and xf.get("numFmtId") not in numbers:
                self.say(part, f"number format {xf.get('numFmtId')} is not there")
        if self.formats > 65490:
            self.say(part, "too many formats")

    def strings(self) -> None:
        part = self.one("sharedStrings")
        self.texts: list[str] = []
        if not part:
            return
        for item in self.trees[part].iterchildren("{*}si"):
            self.texts.append("".join(t.text or "" for t in item.iter("{*}t")
                                      if name(t.getparent()) != "rPh"))     # type: ignore[arg-type]
        said = self.trees[part].get("uniqueCount")
        if said is not None and int(said) != len(self.texts):
            self.say(part, f"uniqueCount {said}, {len(self.texts)} texts")
        for item in self.trees[part].iter("{*}t"):
            self.spaced(part, item)

    def spaced(self, part: str, text: etree._Element) -> None:
        said = text.text or ""
        if said != said.strip(" \t\n\r") and text.get(SPACE) != "preserve":
            self.say(part, f"{said[:20]!r} would lose its blanks")
        if len(said.encode("utf-16-le")) > 2 * MAX_TEXT:
            self.say(part, "a text too long")

    # -- the workbook -------------------------------------------------------------------------------------------------

    def workbook(self) -> None:
        part, tree = self.main, self.trees[self.main]
        self.order(part, tree, WORKBOOK)
        sheets = list(tree.iterfind("{*}sheets/{*}sheet"))
        for key, values in (("name", [e.get("name", "").lower() for e in sheets]),
                            ("sheetId", [e.get("sheetId", "") for e in sheets]),
                            ("r:id", [e.get(R + "id") or e.get(STRICT_R + "id") or "" for e in sheets])):
            if len(set(values)) < len(values) or "" in values:
                self.say(part, f"sheets: {key} missing or twice: {values}")
        for e in sheets:
            title = e.get("name", "")
            if len(title.encode("utf-16-le")) > 62 or re.search(r"[\[\]:*?/\\\x00-\x1f]|^'|'$", title):
                self.say(part, f"{title!r} is no name for a sheet")
            if not 1 <= int(e.get("sheetId", "0")) <= 65534:
                self.say(part, f"sheetId {e.get('sheetId')}")
        if all(e.get("state", "visible") != "visible" for e in sheets):
            self.say(part, "no sheet is visible")
        for view in tree.iterfind("{*}bookViews/{*}workbookView"):
            if int(view.get("activeTab", "0")) >= len(sheets):
                self.say(part, "activeTab is no sheet")
        names: Counter[tuple[str, str]] = Counter()
        self.filters: dict[int, str] = {}
        for e in tree.iterfind("{*}definedNames/{*}definedName"):
            title, at = e.get("name", ""), e.get("localSheetId", "")
            names[title.lower(), at] += 1
            if at and int(at) >= len(sheets):
                self.say(part, f"{title} belongs to sheet {at}")
            if not (e.text or "").strip() or (e.text or "").startswith("="):
                self.say(part, f"{title} says {e.text!r}")
            if title == "_xlnm._FilterDatabase" and at:
                self.filters[int(at)] = (e.text or "").rpartition("!")[2].replace("$", "")
        for (title, at), n in names.items():
            if n > 1:
                self.say(part, f"the name {title} {at} {n} times")
        self.tables: Counter[str] = Counter(title for title, at in names if not at)
        self.table_ids: Counter[str] = Counter()
        self.uids: Counter[str] = Counter()
        selected = 0
        for position, e in enumerate(sheets):
            kind, sheet = self.related.get(e.get(R + "id") or e.get(STRICT_R + "id") or "", ("", ""))
            if sheet in self.trees:
                selected += sum(view.get("tabSelected") in ("1", "true")
                                for view in self.trees[sheet].iterfind("{*}sheetViews/{*}sheetView"))
                if kind == "worksheet":
                    _Sheet(self, sheet, position).run()
        if selected > 1:
            self.say(part, f"{selected} sheets selected: what is typed would go into all of them")
        for key, n in [*self.tables.items(), *self.table_ids.items(), *self.uids.items()]:
            if n > 1:
                self.say(part, f"{key} {n} times")
        chain = self.one("calcChain")
        if chain:
            self.chain(chain, {e.get("sheetId", ""): self.related.get(e.get(R + "id", ""), ("", ""))[1]
                               for e in sheets})

    def chain(self, part: str, sheets: dict[str, str]) -> None:
        current = ""
        formulas = {key: {c.get("r") for c in self.trees[sheet].iter("{*}c") if c.find("{*}f") is not None}
                    for key, sheet in sheets.items() if sheet in self.trees}
        for c in self.trees[part].iterchildren("{*}c"):
            current = c.get("i", current)
            if c.get("r") not in formulas.get(current, set()):
                self.say(part, f"{c.get('r')} of sheet {current} holds no formula")

    def drawings(self) -> None:
        for part, tree in self.trees.items():
            if self.kinds.get(part, "").endswith("drawing+xml"):
                ids = Counter(e.get("id") for e in tree.iter("{*}cNvPr"))
                # Excel itself writes an id twice in the two branches of an AlternateContent
                if any(n > 1 for n in ids.values()) and tree.find(".//{*}AlternateContent") is None:
                    self.say(part, f"shapes with the same id: {ids}")

    def titles(self) -> None:
        part = next((t for k, t in self.rels.get("", {}).values() if k == "extended-properties"), "")
        if part not in self.trees:
            return
        titles = self.trees[part].find("{*}TitlesOfParts/{*}vector")
        counts = [int(e.text or 0) for e in self.trees[part].iterfind("{*}HeadingPairs/{*}vector/{*}variant/{*}i4")]
        if titles is not None:
            self.count(part, titles, "size")
            if sum(counts) != len(titles):
                self.say(part, f"{counts} titles announced, {len(titles)} there")


class _Sheet:
    """One worksheet."""

    def __init__(self, whole: _Checker, part: str, position: int):
        self.whole, self.part, self.position = whole, part, position
        self.tree = whole.trees[part]
        self.used: list[int] = []
        self.cells: dict[tuple[int, int], etree._Element] = {}

    def say(self, what: str) -> None:
        self.whole.say(self.part, what)

    def run(self) -> None:
        self.whole.order(self.part, self.tree, WORKSHEET)
        for check in (self.data, self.columns, self.laid_over, self.extent, self.tables):
            try:
                check()
            except ValueError as e:
                self.say(f"{check.__name__}: {e}")
        self.whole.uids.update(str(v) for k, v in self.tree.attrib.items() if str(k).endswith("}uid"))

    def data(self) -> None:
        last = 0
        masters: set[str] = set()
        for row in self.tree.iterfind("{*}sheetData/{*}row"):
            number = int(row.get("r", last + 1))
            if not last < number <= MAX_ROW:
                self.say(f"row {number} after {last}")
            last = number
            self.styled(row.get("s"))
            column = 0
            for cell in row.iterchildren("{*}c"):
                where = place(cell.get("r")) if cell.get("r") else (number, column + 1)      # type: ignore[arg-type]
                if where[0] != number or where[1] <= column:
                    self.say(f"{cell.get('r')} in row {number} behind column {column}")
                column = where[1]
                self.cells[where] = cell
                self.cell(cell, masters)

    def styled(self, index: str | None) -> None:
        if index is not None and not 0 <= int(index) < max(1, self.whole.formats):
            self.say(f"format {index} of {self.whole.formats}")

    def cell(self, cell: etree._Element, masters: set[str]) -> None:
        self.styled(cell.get("s"))
        kind, where = cell.get("t", "n"), cell.get("r", "")
        children = [name(e) for e in cell.iterchildren("{*}*")]
        if children != sorted(children, key=["f", "v", "is", "extLst"].index):
            self.say(f"{where}: {children}")
        value = cell.find("{*}v")
        text = None if value is None else value.text or ""
        if kind not in ("n", "s", "str", "inlineStr", "b", "e", "d"):
            self.say(f"{where}: type {kind}")
        elif kind == "inlineStr" and ("is" not in children or text is not None):
            self.say(f"{where}: no text in it")
        elif kind == "s" and text is not None and not 0 <= int(text) < len(self.whole.texts):
            self.say(f"{where}: text {text} of {len(self.whole.texts)}")
        elif kind == "n" and text and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
            self.say(f"{where}: {text!r} is no number")
        elif kind == "b" and text not in ("0", "1", "true", "false", None):
            self.say(f"{where}: {text!r} is neither true nor false")
        elif kind == "e" and not (text or "").startswith("#"):
            self.say(f"{where}: {text!r} is no error")
        elif kind == "str" and len(text or "") > MAX_TEXT:
            self.say(f"{where}: too long")
        for inner in cell.iterfind("{*}is//{*}t"):
            self.whole.spaced(self.part, inner)
        if cell.get("cm") and not self.whole.one("sheetMetadata"):
            self.say(f"{where}: cm without metadata")
        formula = cell.find("{*}f")
        if formula is not None:
            said = formula.text or ""
            if said.startswith("=") or len(said) > MAX_FORMULA:
                self.say(f"{where}: formula {said[:20]!r}")
            if formula.get("t") == "shared":
                if formula.get("ref"):
                    masters.add(formula.get("si", ""))
                elif formula.get("si") not in masters:
                    self.say(f"{where}: shares a formula that is not there")
            if formula.get("t") == "array":
                area(formula.get("ref", ""))

    def columns(self) -> None:
        last = 0
        for column in self.tree.iterfind("{*}cols/{*}col"):
            first, end = int(column.get("min", "0")), int(column.get("max", "0"))
            if not last < first <= end <= MAX_COLUMN:
                self.say(f"columns {first} to {end} after {last}")
            last = end
            self.styled(column.get("style"))

    def laid_over(self) -> None:
        for group in ("mergeCells", "dataValidations", "tableParts"):
            for e in self.tree.iterchildren(f"{{*}}{group}"):
                self.whole.count(self.part, e)
                if not len(e) and group != "tableParts":
                    self.say(f"{group} without any")
        for e in self.tree.iterchildren("{*}rowBreaks", "{*}colBreaks"):
            self.whole.count(self.part, e)
        if overlaps(area(e.get("ref", "")) for e in self.tree.iterfind("{*}mergeCells/{*}mergeCell")):
            self.say("merges overlap")
        for e in self.tree.iter("{*}dataValidation", "{*}conditionalFormatting", "{*}ignoredError",
                                "{*}protectedRange"):
            inner = e.find("{*}sqref")
            text = e.get("sqref") if inner is None else inner.text
            for one in (text or "").split():
                if not re.fullmatch(r"[A-Z]+(:[A-Z]+)?|\d+(:\d+)?", one):
                    area(one)
            if name(e) != "conditionalFormatting" and not text:
                self.say(f"{name(e)} without cells")
        for rule in self.tree.iterfind("{*}conditionalFormatting/{*}cfRule"):
            if rule.get("dxfId") is not None and int(rule.get("dxfId", "0")) >= self.whole.differential:
                self.say(f"conditional format {rule.get('dxfId')} of {self.whole.differential}")
        links = [e.get("ref", "") for e in self.tree.iterfind("{*}hyperlinks/{*}hyperlink")]
        for link in links:
            area(link)
        own = self.tree.find("{*}autoFilter")
        named = self.whole.filters.get(self.position)
        if own is not None and named is not None and own.get("ref", "").replace("$", "") != named:
            self.say(f"filter {own.get('ref')}, its name says {named}")

    def extent(self) -> None:
        dimension = self.tree.find("{*}dimension")
        if dimension is None or not self.cells:
            return
        said = area(dimension.get("ref", ""))
        for where, cell in self.cells.items():
            if len(cell) and not (said[0] <= where[0] <= said[2] and said[1] <= where[1] <= said[3]):
                self.say("cells outside the dimension")
                return

    def text(self, row: int, column: int) -> str | None:
        cell = self.cells.get((row, column))
        if cell is None:
            return None
        value = cell.find("{*}v")
        if cell.get("t") == "s" and value is not None:
            return self.whole.texts[int(value.text or "0")]
        return "".join(e.text or "" for e in cell.iter("{*}t", "{*}v"))

    def tables(self) -> None:
        areas = []
        linked = [t for k, t in self.whole.rels.get(self.part, {}).values() if k == "table"]
        held = list(self.tree.iterfind("{*}tableParts/{*}tablePart"))
        if len(linked) != len(held):
            self.say(f"{len(held)} tables, {len(linked)} related")
        for part in linked:
            tree = self.whole.trees[part]
            self.whole.order(part, tree, TABLE)
            ref = area(tree.get("ref", ""))
            areas.append(ref)
            self.whole.table_ids[f"table id {tree.get('id')}"] += 1
            self.whole.tables[tree.get("displayName", "").lower()] += 1
            self.whole.uids.update(str(v) for k, v in tree.attrib.items() if str(k).endswith("}uid"))
            headed, totals = int(tree.get("headerRowCount", "1")), int(tree.get("totalsRowCount", "0"))
            if ref[2] - ref[0] + 1 < headed + totals + 1:
                self.say(f"table {tree.get('ref')} without a row")
            columns = tree.find("{*}tableColumns")
            assert columns is not None
            self.whole.count(part, columns)
            titles = [e.get("name", "") for e in columns.iterchildren("{*}tableColumn")]
            if len(titles) != ref[3] - ref[1] + 1 or len({t.lower() for t in titles}) < len(titles):
                self.say(f"table {tree.get('ref')} with columns {titles}")
            elif headed:
                for offset, title in enumerate(titles):
                    if self.text(ref[0], ref[1] + offset) != re.sub("_x000a_", "\n", title, flags=re.IGNORECASE):
                        self.say(f"column {title} of a table is called {self.text(ref[0], ref[1] + offset)!r}")
            for e in tree.iterchildren("{*}autoFilter"):
                if area(e.get("ref", "")) != (ref[0], ref[1], ref[2] - totals, ref[3]):
                    self.say(f"filter {e.get('ref')} of table {tree.get('ref')}")
        merges = [area(e.get("ref", "")) for e in self.tree.iterfind("{*}mergeCells/{*}mergeCell")]
        if overlaps(areas) or any(meet(t, m) for t in areas for m in merges):
            self.say("a table overlaps another or a merge")
