"""Result sheets on their way into a package: XlsxWriter draws them, here they are cut out of its workbook.

So its exactness and speed are kept, and every other part of HR's package is left alone.  Texts go into the cells
(``inlineStr``), so that the package's table of shared strings stays as it is; styles are appended to its
``styles.xml``, and the cells point at those.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from xl_kpi.sheets.model import ResultSheet
from xl_kpi.workbook.chart_xml import explicit
from xl_kpi.workbook.package import Package, relation_id
from xl_kpi.workbook.render_xlsx import as_bytes
from xl_kpi.workbook.styles import Styles

_CELL = re.compile(rb' s="(\d+)"(?: t="s"><v>(\d+)</v>)?')
_TEXT = re.compile(rb"<si>(.*?)</si>", re.DOTALL)
_SELECTED = b' tabSelected="1"'
_WIDTH = re.compile(rb' width="([\d.]+)"')


@dataclass
class Piece:
    """A sheet cut out: its XML, the parts it draws on (with new names), and its own names (print titles …)."""

    sheet: ResultSheet
    xml: bytes
    relations: bytes | None = None
    parts: dict[str, tuple[bytes, str]] = field(default_factory=dict)       # part → (content, content type)
    names: list[tuple[str, str, bool]] = field(default_factory=list)        # (name, text, hidden)


def cut_out(sheets: Sequence[ResultSheet], styles: Styles, taken: set[str]) -> list[Piece]:
    """The sheets as pieces that fit a package with these styles.  ``taken``: part names (in lower case) that are in
    use; those given out here are added."""
    made = Package(as_bytes(sheets), "")
    main = "xl/workbook.xml"
    texts = [b' t="inlineStr"><is>' + t + b"</is>" for t in _texts(made)]
    looks = [str(i).encode() for i in styles.adopt(made.tree("xl/styles.xml"))]
    factor = styles.widening

    def reindexed(match: re.Match[bytes]) -> bytes:
        style, text = match.groups()
        found = b' s="' + looks[int(style)] + b'"'
        return found if text is None else found + texts[int(text)]

    root = made.tree(main)
    related = made.related(main)
    types = {e.get("PartName", "").lstrip("/"): e.get("ContentType", "") for e in made.tree("[Content_Types].xml")}
    pieces = []
    for sheet, element in zip(sheets, root.iterfind("{*}sheets/{*}sheet"), strict=True):
        part = related[relation_id(element)][1]
        xml = made.read(part)
        head, data, rest = _split(xml)
        head = head.replace(_SELECTED, b"", 1)
        if factor != 1:
            head = _WIDTH.sub(lambda m: b' width="%.4f"' % (float(m[1]) * factor), head)
        piece = Piece(sheet, head + _CELL.sub(reindexed, data) + rest)
        _take_along(made, part, piece, types, taken)
        pieces.append(piece)
    for name in root.iterfind("{*}definedNames/{*}definedName"):
        pieces[int(name.get("localSheetId", "0"))].names.append(
            (name.get("name", ""), name.text or "", name.get("hidden") == "1"))
    return pieces


def _split(xml: bytes) -> tuple[bytes, bytes, bytes]:
    """(what stands before the rows, the rows, what stands behind)."""
    start = xml.find(b"<sheetData")
    end = xml.find(b"</sheetData>", start)
    return xml[:start], xml[start:max(end, start)], xml[max(end, start):]


def _texts(made: Package) -> list[bytes]:
    return _TEXT.findall(made.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in made else []


def _take_along(made: Package, part: str, piece: Piece, types: dict[str, str], taken: set[str]) -> None:
    """The parts that a sheet draws on (a chart), under names that are free in the package."""
    names: dict[str, str] = {}
    waiting = [part]
    while waiting:
        for _, target in made.related(waiting.pop()).values():
            if target not in names:
                names[target] = free_name(target, taken)
                waiting.append(target)
    if not names:
        return
    piece.relations = _renamed(made, part, names)
    for old, new in names.items():
        content = made.read(old)
        piece.parts[new] = explicit(content) if old.startswith("xl/charts/") else content, types.get(old, "")
        if (relations := _renamed(made, old, names)) is not None:
            piece.parts[relations_of(new)] = relations, ""


def relations_of(part: str) -> str:
    """The part that holds a part's relations."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def free_name(part: str, taken: set[str]) -> str:
    """The part's name with the first number that is free."""
    stem, end = re.sub(r"\d*(\.\w+)$", "", part), posixpath.splitext(part)[1]
    number = 1
    while f"{stem}{number}{end}".lower() in taken:
        number += 1
    name = f"{stem}{number}{end}"
    taken.add(name.lower())
    return name


def _renamed(made: Package, part: str, names: dict[str, str]) -> bytes | None:
    """The relations of a part with targets under their new names; None when there are none."""
    source = relations_of(part)
    if source not in made:
        return None
    root = made.tree(source)
    related = made.related(part)
    for element in root.iter("{*}Relationship"):
        target = related.get(element.get("Id", ""), ("", ""))[1]
        if target in names:
            element.set("Target", f"/{names[target]}")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
