"""Applies changes to a workbook file: as few parts as possible change, and the outcome is compared before it is given.

Result sheets are drawn by XlsxWriter and grafted in (``graft``), HR's tables are filled cell by cell (``fill``).
"""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from lxml import etree

from xl_kpi.problems import Problem, Refusal
from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.calculation import ALL, changed_sheets, is_asked_for, write_record
from xl_kpi.workbook.changes import ROUNDED, SWITCH_OFF, Changes, Filled
from xl_kpi.workbook.compare import RELATIONS_TYPE, compare
from xl_kpi.workbook.fill import fill, not_in_front
from xl_kpi.workbook.graft import Piece, cut_out, free_name, relations_of
from xl_kpi.workbook.insert import PLACED, Inserter
from xl_kpi.workbook.looking import Looking, mention
from xl_kpi.workbook.package import RESAVE, Package, override_of, part_named, refuse, relation_id, type_of
from xl_kpi.workbook.styles import MAX_FORMATS, Styles
from xl_kpi.workbook.tabs import place_of

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
TYPES = "[Content_Types].xml"
MAX_SHEET_ID = 65_534
# What a sheet may have that is tied to parts of the workbook: it can't go with the sheet.
TIED = {"slicer": "切片器", "timeline": "日程表", **PLACED}
OWN_NAMES = ("_xlnm.Print_Area", "_xlnm.Print_Titles", "_xlnm._FilterDatabase")
# a reference over several sheets: 一月:三月!A1, '一 月:三月'!A1
_ACROSS = re.compile(rb"""[^\s'!:()<>,;+*/=&"]:[^\s'!:()<>,;+*/=&"]+'?!|'[^'!:<>]+:[^'!<>]+'!""")
_ORDER = ("sheets", "functionGroups", "externalReferences", "definedNames", "calcPr")      # in workbook.xml


class Edited(NamedTuple):
    """A workbook with its changes.  ``stale``: formulas of HR's look at what changed; they show old values until Excel
    (or WPS) calculates them, as the workbook asks for.  ``noted``: result sheets that were overwritten, on which
    somebody had written comments."""

    data: bytes
    stale: bool = False
    noted: tuple[str, ...] = ()


def edited(data: bytes, name: str, changes: Changes, signed_ok: bool = False) -> bytes:
    """The workbook ``data`` with the changes, as ``edit`` makes it."""
    return edit(data, name, changes, signed_ok).data


def edit(data: bytes, name: str, changes: Changes, signed_ok: bool = False) -> Edited:
    """The workbook ``data`` (called ``name``) with the changes.

    Raises Refusal: a package that is signed (unless ``signed_ok``), strict, shared or calculates with what it shows,
    cells that cannot be filled without harm, sheets that cannot be replaced without harm, more cell formats than Excel
    has, anything changed that must not be.
    """
    if not changes:
        return Edited(data)
    package = Package(data, name)
    if not signed_ok and (any(part.lower().startswith("_xmlsignatures/") for part in package.parts)
                          or any(kind == "origin" for kind, _ in package.related("").values())):
        raise Refusal([Problem("error", f"文件 {name} 有数字签名，写入后签名会失效",
                               "先另存一份副本，写在副本里再重新签名；原件的签名可以失效的，照样写", again="--yes")])
    try:
        editor = _Editor(package)
        for old, new in changes.renamed.items():
            editor.rename(old, new)
        editor.make_room(changes.filled)
        for filled in changes.filled:
            if filled.cells or filled.added or filled.room:
                editor.fill(filled)
        editor.put(changes.sheets)
        editor.hide(changes.hidden)
        after = editor.finish()
        compare(package, Package(after, name), changes)
    except ValueError:      # where a number belongs (of a row, a sheet, a style) stands something else
        refuse(f"文件 {name} 已损坏：有的编号读不出")
    return Edited(after, editor.stale, tuple(editor.noted))


class _Editor:
    """A package on its way: the trees of the parts that hold it together, and the parts that change."""

    def __init__(self, package: Package):
        self.package = package
        self.main = dict(package.related("").values())["officeDocument"]
        self.folder = posixpath.dirname(self.main)
        self.related = package.related(self.main)
        self.book = package.tree(self.main)
        self.rels = package.tree(relations_of(self.main))
        self.types = package.tree(TYPES)
        self._trees = {self.main: self.book, relations_of(self.main): self.rels, TYPES: self.types}
        self._before = {part: etree.tostring(root) for part, root in self._trees.items()}
        self._titles = self._worksheets()
        namespace = etree.QName(self.book).namespace or ""
        if "purl.oclc.org" in namespace:
            raise Refusal([Problem("error", f"文件 {package.name} 是“Strict Open XML”格式，不能写入",
                                   "请在 Excel 里另存为“Excel 工作簿 (*.xlsx)”，再用新文件")])
        self._prefix = f"{{{namespace}}}"
        self._refuse_shared_or_rounded()
        self._unseen = changed_sheets(self.book)        # changes that formulas have not seen so far
        self.stale = False
        self.noted: list[str] = []
        self.taken = self._names_in_use()
        self.changed: dict[str, bytes | None] = {}
        self.touched: set[str] = set()          # sheets that formulas may count with, as they are called now
        self.filled: set[str] = set()           # the parts of those that are HR's own
        self.drawn: set[str] = set()            # and of the result sheets
        self.added: set[str] = set()            # sheets that were not there
        self._loose: dict[str, etree._Element] = {}
        self._moved: set[str] = set()           # parts in which something moved along with inserted rows

    def _refuse_shared_or_rounded(self) -> None:
        """What goes wrong once such a workbook is written into: the changes that it keeps would not fit any more, the
        formulas of a 工资表 would give other fen."""
        name = self.package.name
        if any(kind in ("revisionHeaders", "usernames") for kind, _ in self.related.values()):
            refuse(f"文件 {name} 是旧式的“共享工作簿”，带着各人的修订记录，不能写入",
                   "在 Excel 里“审阅 → 取消共享工作簿”（较新的版本先把它加到功能区），保存后再试")
        settings = self.book.find("{*}calcPr")
        if settings is not None and settings.get("fullPrecision", "1").strip() in ("0", "false"):
            refuse(f"文件 {name} {ROUNDED}", SWITCH_OFF)

    def _names_in_use(self) -> set[str]:
        """The names (in lower case) that no new part may have: of the parts, and of parts that are not there though
        relations of theirs are left, relations lead to them or a type is given to them: all that would count again."""
        names = {part_named(e) for e in self.types.iterfind("{*}Override")} | set(self.package.parts)
        for part in self.package.parts:
            if part.lower().endswith(".rels"):
                owner = _owner(part)
                names |= {owner, *(target for _, target in self.package.related(owner).values())}
        return {name.lower() for name in names}

    # -- sheets ---------------------------------------------------------------------------------------------------

    def sheets(self) -> list[etree._Element]:
        return list(self.book.iterfind("{*}sheets/{*}sheet"))

    def find(self, name: str) -> tuple[int, etree._Element] | None:
        """(position, entry) of a sheet; Excel does not tell capital letters apart."""
        return next(((at, e) for at, e in enumerate(self.sheets()) if e.get("name", "").lower() == name.lower()), None)

    def _worksheets(self) -> list[str]:
        return [e.get("name", "") for e in self.sheets()
                if self.related.get(relation_id(e), ("worksheet",))[0] == "worksheet"]

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
                name.text = re.sub(mention([old]), lambda _: _quoted(new) + "!", name.text)

    def make_room(self, filled: list[Filled]) -> None:
        """Insert the rows that are asked for, in every sheet before any is filled."""
        if not any(one.room for one in filled):
            return
        sheets = {e.get("name", "").lower(): self.related[relation_id(e)][1] for e in self.sheets()
                  if self.related.get(relation_id(e), ("",))[0] == "worksheet"}
        inserter = Inserter(self.package, sheets, self.names(), self._tree)
        for one in filled:
            if one.room:
                inserter.insert(one)
        self._moved = inserter.changed

    def _tree(self, part: str) -> etree._Element:
        """The tree of a part that may be changed more than once."""
        if part not in self._loose:
            self._loose[part] = self.package.tree(part, large=True)
        return self._loose[part]

    def fill(self, filled: Filled) -> None:
        found = self.find(filled.sheet)
        assert found is not None, filled.sheet
        at, entry = found
        part = self.part_of(entry)
        assert part not in self.changed, f"{filled.sheet}: one Filled a sheet"
        root = self._tree(part)
        tables = {table: self._tree(table) for kind, table in self.package.related(part).values()
                  if kind == "table"}
        before = {table: etree.tostring(tree) for table, tree in tables.items()}
        printed = [name for name in self.names()
                   if name.get("localSheetId") == str(at) and name.get("name") in OWN_NAMES[::2]]
        fill(root, filled, list(tables.values()), printed)
        self.changed[part] = _bytes(root)
        self.changed |= {table: _bytes(tree) for table, tree in tables.items() if etree.tostring(tree) != before[table]}
        if filled.counted:
            self.touched.add(entry.get("name", ""))
            self.filled.add(part)

    def put(self, sheets: list[ResultSheet]) -> None:
        """Old sheets of these names are emptied first, so that what they leave free is used again: put twice, the
        package is the same."""
        if not sheets:
            return
        styles = next((part for kind, part in self.related.values() if kind == "styles"), "")
        if not styles or not (found := Styles(self.package.tree(styles))).whole:
            raise Refusal([Problem("error", f"文件 {self.package.name} 没有完整的格式表", RESAVE)])
        before = found.formats
        parts = [self._emptied(*old) if (old := self.find(sheet.name)) else self._add(sheet.name) for sheet in sheets]
        for piece, part in zip(cut_out(sheets, found, self.taken), parts, strict=True):
            self.touched.add(piece.sheet.name)
            self.drawn.add(part)
            self._graft(piece, part)
        if found.changed:
            self._refuse_too_many(found.formats, before)
            self.changed[styles] = _bytes(found.root)

    def _refuse_too_many(self, formats: int, before: int) -> None:
        if formats > MAX_FORMATS:
            refuse(f"文件 {self.package.name} 里已有 {before:,} 种单元格格式，写结果表还要 {formats - before} 种，"
                   f"超过 Excel 的上限 {MAX_FORMATS:,}",
                   "先用 Excel 打开、保存一次再试（没有用到的格式会去掉）；仍不行的，选中数据区以外的行和列"
                   "“开始 → 清除 → 清除格式”，或把不用的工作表移到另一个工作簿")

    def _emptied(self, position: int, entry: etree._Element) -> str:
        """An old result sheet, without what only it draws on.  Raises Refusal when others draw on that."""
        part = self.part_of(entry)
        self._refuse_tied(entry.get("name", ""), part)
        if any(kind in ("comments", "threadedComment") for kind, _ in self.package.related(part).values()):
            self.noted.append(entry.get("name", ""))
        for name in self.names():
            if name.get("localSheetId") == str(position) and name.get("name") in OWN_NAMES:
                _remove(name)
        if relations_of(part) in self.package:
            for lost in (part, *self._only_of(part)):
                if relations_of(lost) in self.package:
                    self.changed[relations_of(lost)] = None
                if lost != part:
                    self.changed[lost] = None
                    self.taken.discard(lost.lower())
        return part

    def _refuse_tied(self, sheet: str, part: str) -> None:
        """Refuse to replace a sheet that has what other parts of the workbook belong to or look at."""
        found = list(self.package.related(part).values())
        tables = [target for kind, target in found if kind == "table" and target in self.package]
        found += [one for table in tables for one in self.package.related(table).values()]
        held = [TIED[kind] for kind, _ in found if kind in TIED]
        used = [name for table in tables if (name := self._used_elsewhere(table, part))]
        what = "、".join(dict.fromkeys([*held, *(f"别处用到的表格“{name}”" for name in used)]))
        if what:
            do = "把它移到别的工作表，或者删去" if held else "在“表设计”里把表格转换为区域，或把它移到别的工作表"
            refuse(f"工作表“{sheet}”要重写，可是上面有{what}，会跟着损坏", f"{do}，保存后再试", sheet)

    def _used_elsewhere(self, table: str, sheet: str) -> str:
        """The name of a table of this sheet if a formula, pivot table or slicer elsewhere looks at it, else ''."""
        root = self.package.tree(table)
        name, number = root.get("displayName", ""), root.get("id", "")
        mentioned = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.(!])", re.IGNORECASE)
        used = any(mentioned.search(one.text or "") for one in self.names())
        for kind, part in self.related.values():
            if kind == "worksheet" and part != sheet:
                formulas = self.package.tree(part, large=True).iter("{*}f", "{*}formula", "{*}formula1", "{*}formula2")
                used |= any(mentioned.search(one.text or "") for one in formulas)
            elif kind in ("pivotCacheDefinition", "slicerCache"):
                sources = self.package.tree(part, large=True).iter("{*}worksheetSource", "{*}tableSlicerCache")
                used |= any(e.get("name", "").lower() == name.lower() or e.get("tableId") == number for e in sources)
        return name if used else ""

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

    def _add(self, name: str) -> str:
        """A new sheet in its place (see ``tabs``); what counts sheets goes on meaning the same ones."""
        part = free_name(posixpath.join(self.folder, "worksheets/sheet1.xml"), self.taken)
        sheets = self.book.find("{*}sheets")
        assert sheets is not None
        ids = {e.get("Id", "") for e in self.rels}
        number = next(n for n in range(len(ids) + 1, 10**6) if f"rId{n}" not in ids)
        entry = etree.Element(self._prefix + "sheet", name=name, sheetId=str(self._sheet_id()))
        at = self._place(name)
        views = list(self.book.iterfind("{*}bookViews/{*}workbookView"))
        for counted, key, usual in [*((e, "localSheetId", "-1") for e in self.names()), *(
                (view, key, "0") for view in views for key in ("activeTab", "firstSheet"))]:
            if (which := int(counted.get(key, usual))) >= at:
                counted.set(key, str(which + 1))
        sheets.insert(at, entry)
        self.added.add(name)
        entry.set(f"{{{RELATIONS}}}id", f"rId{number}")
        etree.SubElement(self.rels, f"{{{etree.QName(self.rels).namespace}}}Relationship", Id=f"rId{number}",
                         Type=f"{RELATIONS}/worksheet", Target=f"/{part}")
        self._type(part, WORKSHEET)
        return part

    def _place(self, name: str) -> int:
        """Where a new sheet comes; last where a formula counts over several (一月:三月!B2) and might count it too."""
        names = [e.get("name", "") for e in self.sheets()]
        at = place_of(names, name)
        if at < len(names):
            texts = [*((e.text or "").encode() for e in self.names()),
                     *(self.package.xml(self.related[relation_id(e)][1]) for e in self.sheets()
                       if self.related.get(relation_id(e), ("",))[0] == "worksheet")]
            if any(_ACROSS.search(text) for text in texts):
                return len(names)
        return at

    def _sheet_id(self) -> int:
        """A number that no sheet has: the next one; the first that is free when Excel has none beyond."""
        used = {int(e.get("sheetId", "0")) for e in self.sheets()}
        after = max(used, default=0) + 1
        return after if after <= MAX_SHEET_ID else next(n for n in range(1, len(used) + 2) if n not in used)

    def _graft(self, piece: Piece, part: str) -> None:
        found = self.find(piece.sheet.name)
        assert found is not None, piece.sheet.name
        self.changed[part] = piece.xml
        if piece.relations is not None:
            self.changed[relations_of(part)] = piece.relations
            self._type(relations_of(part), RELATIONS_TYPE)
        for name, (content, kind) in piece.parts.items():
            self.changed[name] = content
            self._type(name, kind or RELATIONS_TYPE)
        for name, text, hidden in piece.names:
            element = etree.SubElement(self._held("definedNames"), self._prefix + "definedName", name=name,
                                       localSheetId=str(found[0]))
            if hidden:
                element.set("hidden", "1")
            element.text = text

    def hide(self, hidden: dict[str, bool]) -> None:
        """Hide or show sheets.  The one in front is never hidden: another takes its place."""
        for name, away in hidden.items():
            found = self.find(name)
            assert found is not None, name
            found[1].attrib.pop("state", None)
            if away:
                found[1].set("state", "hidden")
                if name in self.added:          # drawn without that mark
                    continue
                part = self.part_of(found[1])
                content = self.changed.get(part) or self.package.xml(part)
                if (plain := not_in_front(content)) != content:
                    self.changed[part] = plain
        entries = self.sheets()
        seen = [at for at, entry in enumerate(entries) if entry.get("state", "visible") == "visible"]
        for view in self.book.iterfind("{*}bookViews/{*}workbookView") if any(hidden.values()) else ():
            for key in ("activeTab", "firstSheet"):
                if int(view.get(key, "0")) not in seen:
                    view.set(key, str(seen[0]))

    # -- what holds the package together ----------------------------------------------------------------------------

    def names(self) -> list[etree._Element]:
        return list(self.book.iterfind("{*}definedNames/{*}definedName"))

    def _held(self, name: str) -> etree._Element:
        """A child of workbook.xml, made in its place when it is not there."""
        found = self.book.find(f"{{*}}{name}")
        if found is None:
            found = etree.Element(self._prefix + name)
            earlier = _ORDER[:_ORDER.index(name)]
            [e for e in self.book.iterchildren("{*}*") if etree.QName(e).localname in earlier][-1].addnext(found)
        return found

    def _type(self, part: str, kind: str) -> None:
        """Say what a part is, where the package does not say it of all with its ending."""
        if type_of(self.types, part) != kind:
            known = override_of(self.types, part)
            if known is None:
                namespace = etree.QName(self.types).namespace
                known = etree.SubElement(self.types, f"{{{namespace}}}Override", PartName=f"/{part}")
            known.set("ContentType", kind)

    def _forget_calculation_chain(self) -> None:
        """The order of calculation would name cells that are gone; Excel makes it anew."""
        for element in list(self.rels):
            kind, part = self.related.get(element.get("Id", ""), ("", ""))
            if kind == "calcChain":
                _remove(element)
                if part in self.package:
                    self.changed[part] = None

    def _recalculate(self) -> None:
        """Formulas of HR's that look at what changed show their old values until they are calculated: ask for it."""
        tables = [self.package.tree(table).get("displayName", "") for sheet in self.filled
                  for kind, table in self.package.related(sheet).values() if kind == "table"]
        looking = Looking(self.touched, self.names(), tables)
        for entry in self.sheets():
            kind, part = self.related.get(relation_id(entry), ("", ""))
            if kind == "worksheet" and part not in self.drawn and looking.at(
                    self.changed.get(part) or self.package.xml(part), any_formula=part in self.filled):
                self._held("calcPr").set("fullCalcOnLoad", "1")
                self.stale = True
                break
        if self.touched and is_asked_for(self.book) and self._unseen != ALL:     # without a record it is all
            unseen = self._unseen | {name.lower() for name in self.touched}
            write_record(self._held("definedNames"), [name for name in self._worksheets() if name.lower() in unseen])

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
        old, names = int(count.text or "0"), self._worksheets()
        listed = [e.text or "" for e in titles[:old]]
        if names == self._titles or not listed or not set(listed) <= set(self._titles):
            return
        was = dict(zip([name for name in names if name not in self.added], self._titles, strict=True))
        now = [name for name in names if was.get(name, listed[0]) in listed]    # some programs leave out hidden sheets
        tag = titles[0].tag
        for element in titles[:old]:
            titles.remove(element)
        for at, name in enumerate(now):
            element = etree.Element(tag)
            element.text = name
            titles.insert(at, element)
        count.text = str(len(now))
        titles.set("size", str(len(titles)))
        self.changed[part] = _bytes(root)

    def finish(self) -> bytes:
        self.changed |= {part: _bytes(self._loose[part]) for part in self._moved}
        if self.touched:        # contents
            self._forget_calculation_chain()
            self._recalculate()
        self._retitle()
        for part, content in self.changed.items():
            if content is None and (kind := override_of(self.types, part)) is not None:
                _remove(kind)
        self.changed |= {part: _bytes(root) for part, root in self._trees.items()
                         if etree.tostring(root) != self._before[part]}
        return self.package.with_parts(self.changed)


def _owner(relations: str) -> str:
    """The part whose relations a part holds."""
    folder, base = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), base[:-len(".rels")])


def _quoted(sheet: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", sheet)
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
