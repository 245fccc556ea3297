"""The styles of a package, to which others are appended: an index that is in use keeps its meaning."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from xl_kpi.sheets.model import BASE_DIGIT_PX

# Width of a digit in units of the font size, for the default fonts that are narrower than ours; Chinese ones are not.
_NARROW = {"calibri": 0.507, "arial": 0.556, "times new roman": 0.5, "aptos narrow": 0.5, "cambria": 0.554,
           "helvetica": 0.556, "liberation sans": 0.556, "verdana": 0.636, "tahoma": 0.546, "carlito": 0.507}
_NEEDED = ("fonts", "fills", "borders", "cellStyleXfs", "cellXfs")
# What a group counts, and what an index points at: anything else that stands among them is passed over.
_MEMBER = {"numFmts": "numFmt", "fonts": "font", "fills": "fill", "borders": "border", "cellXfs": "xf"}
MAX_FORMATS = 65_490            # of cells in a workbook; Excel does not open one that has more
_FIRST_OWN_FORMAT = 164         # number formats below are Excel's own


def widening_of(font: str, size: float) -> float:
    """By what our column widths are multiplied in a workbook whose default font is this."""
    em = _NARROW.get(font.lower())
    return 1 if em is None else max(1, BASE_DIGIT_PX / max(1, round(em * size * 96 / 72)))


class Styles:
    """The root of a ``styles.xml`` that is only ever appended to."""

    def __init__(self, root: etree._Element):
        self.root = root
        self.changed = False
        namespace = etree.QName(root).namespace
        self._prefix = f"{{{namespace}}}" if namespace else ""
        self._tables: dict[str, dict[tuple[object, ...], int]] = {}     # group → what a member says → its index
        self._sizes: dict[str, int] = {}

    @property
    def whole(self) -> bool:
        """Whether it has all that can be pointed at: only number formats may be missing."""
        return all(self.root.find(f"{{*}}{group}/{{*}}*") is not None for group in _NEEDED)

    @property
    def formats(self) -> int:
        """How many cell formats there are."""
        return len(_members(self._group("cellXfs")))

    @property
    def widening(self) -> float:
        """A column width counts in digits of the workbook's default font: by what ours have to be multiplied."""
        fonts = self.root.findall("{*}fonts/{*}font")
        base = self.root.find("{*}cellStyleXfs/{*}xf")
        if not fonts:
            return 1
        at = int(base.get("fontId", "0")) if base is not None else 0
        font = fonts[at if at < len(fonts) else 0]
        name, size = font.find("{*}name"), font.find("{*}sz")
        return widening_of(name.get("val", "") if name is not None else "",
                           float(size.get("val", "11") if size is not None else 11))

    def adopt(self, made: etree._Element) -> list[int]:
        """Append the cell formats of another workbook's styles; its indexes → ours, in order."""
        codes = {e.get("numFmtId"): e.get("formatCode", "") for e in made.iterfind("{*}numFmts/{*}numFmt")}
        maps = {key: [self._append(group, e) for e in made.find(f"{{*}}{group}")]
                for group, key in (("fonts", "fontId"), ("fills", "fillId"), ("borders", "borderId"))}
        found = []
        for xf in made.find("{*}cellXfs"):
            mine = deepcopy(xf)
            for key, table in maps.items():
                mine.set(key, str(table[int(xf.get(key, "0"))]))
            number = xf.get("numFmtId", "0")
            mine.set("numFmtId", str(self.number_format(codes[number])) if number in codes else number)
            mine.set("xfId", "0")
            found.append(self._append("cellXfs", mine))
        return found

    def number_format(self, code: str) -> int:
        """The number of a format, appended when it is not there."""
        group = self._group("numFmts")
        numbers = {e.get("formatCode", ""): int(e.get("numFmtId", "0")) for e in _members(group)}
        if code in numbers:
            return numbers[code]
        number = max([_FIRST_OWN_FORMAT - 1, *numbers.values()]) + 1
        element = etree.Element(f"{self._prefix}numFmt", numFmtId=str(number), formatCode=code)
        self._append("numFmts", element)
        return number

    def _group(self, name: str) -> etree._Element:
        group = self.root.find(f"{{*}}{name}")
        if group is None:       # of the groups, only numFmts may be missing, and it stands first
            group = etree.Element(self._prefix + name, count="0")
            self.root.insert(0, group)
            self.changed = True
        return group

    def _append(self, name: str, element: etree._Element) -> int:
        """The index of an element in a group: of one that says the same, else appended."""
        group = self._group(name)
        key = _key(element)
        known = self._known(name, group)
        if key not in known:
            _take(group, element, self._prefix)
            known[key] = self._sizes[name]
            self._sizes[name] += 1
            group.set("count", str(self._sizes[name]))
            self.changed = True
        return known[key]

    def _known(self, name: str, group: etree._Element) -> dict[tuple[object, ...], int]:
        if name not in self._tables:
            table = self._tables[name] = {}
            members = _members(group)
            self._sizes[name] = len(members)
            for at, element in enumerate(members):
                table.setdefault(_key(element), at)
        return self._tables[name]


def _members(group: etree._Element) -> list[etree._Element]:
    return group.findall(f"{{*}}{_MEMBER[etree.QName(group).localname]}")


def _take(parent: etree._Element, child: etree._Element, prefix: str) -> None:
    """Copy an element into the namespace of the package (a prefix of its own makes no difference)."""
    copy = etree.SubElement(parent, f"{prefix}{etree.QName(child).localname}", child.attrib)
    copy.text = child.text
    for one in child:
        _take(copy, one, prefix)


def _key(element: etree._Element) -> tuple[object, ...]:
    """What an element says, whatever its spelling."""
    return (etree.QName(element).localname, tuple(sorted(element.attrib.items())), (element.text or "").strip(),
            tuple(_key(child) for child in element))
