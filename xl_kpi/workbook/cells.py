"""What stands in a sheet's XML beside the values: where each cell is, its type, style and formula.

Nearly every program writes a sheet in one plain shape: no white space between tags, no prefixes, no comments, ``r=`` on
each cell.  Plain XML is a regular language, so numpy can prove a whole sheet plain and take its cells apart at once,
without an object for each.  Any other XML is rewritten into the plain shape by a real parser, slower and just as exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Any, Never
from xml.parsers import expat
from xml.sax.saxutils import escape

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from xl_kpi.workbook.package import Package, refuse

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAX_ROW, MAX_COLUMN = 1 << 20, 1 << 14
MAX_CELLS = 5_000_000       # of the used rectangle of a sheet: the reader below builds it densely
CHUNK = 8 << 20

# cell types
NUMBER, SHARED, TEXT, INLINE, BOOLEAN, ERROR, DATE = range(7)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def address(row: int, column: int) -> str:
    """The A1 address of a zero-based row and column."""
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{letters}{row + 1}"


@dataclass
class Cells:
    """The cells of a piece of a sheet that are not blank, as arrays of one length; ``data`` is that piece."""

    data: bytes
    row: Ints
    column: Ints
    style: Ints
    type: Ints
    type_at: Ints           # where the letter of t= stands in data
    formula: Bools
    start: Ints             # the text of the value is data[start:end]
    end: Ints
    valued: Bools           # whether there is a value element at all
    shared: Ints            # the number of a shared string, -1 for other cells

    @property
    def empty(self) -> Bools:
        return self.start >= self.end

    def text(self, at: int) -> str:
        """The text of a value as it stands in the XML."""
        return self.data[self.start[at] : self.end[at]].decode()


# ---------------------------------------------------------------------------------------------- plain XML, with numpy

_ROW, _C, _F, _V, _IS, _T, _END_ROW, _END_C, _END_F, _END_V, _END_IS, _END_T = range(1, 13)


def _tags() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The kind of a tag (2 × code, + 1 when it closes itself) by the two bytes after '<', and the exact length of the
    kinds that carry no attributes."""
    kinds = np.zeros(1 << 16, np.uint8)
    for begin, code in {
        b"ro": _ROW, b"c ": _C, b"f>": _F, b"f ": _F, b"f/": _F, b"v>": _V, b"v ": _V, b"v/": _V, b"is": _IS,
        b"t>": _T, b"t ": _T, b"t/": _T, b"/r": _END_ROW, b"/c": _END_C, b"/f": _END_F, b"/v": _END_V, b"/i": _END_IS,
        b"/t": _END_T,
    }.items():
        kinds[begin[0] << 8 | begin[1]] = 2 * code
    lengths = np.zeros(26, np.int64)
    for code, length in ((_IS, 3), (_END_C, 3), (_END_F, 3), (_END_V, 3), (_END_T, 3), (_END_IS, 4), (_END_ROW, 5)):
        lengths[2 * code] = length
    return kinds, lengths


def _grammar() -> NDArray[np.bool_]:
    """Which kind of tag may follow which, flat, the last bit being whether there is text between them."""
    follows = np.zeros((26, 26, 2), np.bool_)

    def allow(before: list[int], after: list[int]) -> None:
        follows[np.ix_(before, after, [0])] = True

    def whole(code: int) -> list[int]:
        return [2 * code, 2 * code + 1]

    cell_or_end = [*whole(_C), 2 * _END_ROW]
    value_or_end = [*whole(_V), 2 * _END_C]
    allow([2 * _ROW, 2 * _C + 1, 2 * _END_C], cell_or_end)
    allow([2 * _ROW + 1, 2 * _END_ROW], whole(_ROW))
    allow([2 * _C], [*whole(_F), *value_or_end, 2 * _IS])
    allow([2 * _F + 1, 2 * _END_F], value_or_end)
    allow([2 * _V + 1, 2 * _END_V, 2 * _END_IS], [2 * _END_C])
    allow([2 * _IS], whole(_T))
    allow([2 * _T + 1, 2 * _END_T], [2 * _END_IS])
    for start, end in ((_F, _END_F), (_V, _END_V), (_T, _END_T)):
        follows[2 * start, 2 * end] = True
    return follows.ravel()


_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# metadata of array formulas and the like, which doesn't matter here
_REST = re.compile(rb'(?: (?:cm|vm|ph)="\w*")* ?/?>')
_KINDS, _LENGTHS = _tags()
_FOLLOWS = _grammar()


def _chunks(block: bytes) -> Iterator[bytes]:
    """The block in pieces of whole rows, so that the arrays stay small."""
    at = 0
    while at < len(block):
        end = block.find(b"<row", at + CHUNK)
        end = len(block) if end < 0 else end
        yield block[at:end]
        at = end


def _digits(a: NDArray[np.uint8], at: Ints, most: int) -> tuple[Ints, Ints]:
    """The unsigned numbers that stand at the places given, and the places after them."""
    value, at = np.zeros_like(at), at.copy()
    for _ in range(most):
        digit = a.take(at) - np.uint8(48)  # unsigned: what stands before '0' is now far above 9
        is_digit = digit <= 9
        if not is_digit.any():
            break
        value = np.where(is_digit, value * 10 + digit, value)
        at += is_digit
    return value, at


def _scan(data: bytes) -> Cells | None:
    """The cells of some rows; None when the XML is not plain."""
    a = np.frombuffer(data + b"\0" * 32, np.uint8)  # padded: looking ahead needs no bounds
    lt, gt = np.flatnonzero(a == 60), np.flatnonzero(a == 62)
    if not len(lt) or len(lt) != len(gt) or lt[0] != 0 or gt[-1] != len(data) - 1:
        return None
    if a[: len(data)].min() < 32 and _CONTROL.search(data):
        return None
    size, gap = gt - lt, lt[1:] - gt[:-1]
    if (size < 2).any() or (gap < 1).any():
        return None
    kind = _KINDS.take(a.take(lt + 1).astype(np.uint16) << 8 | a.take(lt + 2))
    closed = a.take(gt - 1) == 47
    kind += closed
    exact = _LENGTHS.take(kind)
    rows = lt[(kind == 2 * _ROW) | (kind == 2 * _ROW + 1)]
    plain = (
        kind[0] in (2 * _ROW, 2 * _ROW + 1) and kind[-1] in (2 * _ROW + 1, 2 * _END_ROW)
        and _FOLLOWS.take(kind[:-1] * np.uint16(52) + kind[1:] * np.uint16(2) + (gap > 1)).all()
        and ((exact == 0) | (size == exact)).all()
        and (a[rows + 3] == 119).all() and np.isin(a[rows + 4], (32, 62, 47)).all()
    )
    if not plain:
        return None
    code = kind >> 1

    cell = np.flatnonzero(code == _C)
    at = lt[cell]
    ok = (a[at + 3] == 114) & (a[at + 4] == 61) & (a[at + 5] == 34)
    at = at + 6
    column = np.zeros_like(at)
    for _ in range(3):
        letter = a.take(at) - np.uint8(65)
        is_letter = letter < 26
        column = np.where(is_letter, column * 26 + letter + 1, column)
        at = at + is_letter
    row, at = _digits(a, at, 7)
    ok &= (a[at] == 34) & (column > 0) & (row > 0)
    style, kinds, type_at = np.zeros_like(at), np.zeros_like(at), np.zeros_like(at)
    left = np.arange(len(cell))
    for name in b"sts":  # either order; ``at`` stands on the quote that ends the attribute before
        left = left[a.take(at[left] + 1) == 32]
        which = left[a.take(at[left] + 2) == name]
        if not len(which):
            continue
        ok[which] &= (a[at[which] + 3] == 61) & (a[at[which] + 4] == 34)
        if name == b"s"[0]:
            style[which], at[which] = _digits(a, at[which] + 5, 6)
        else:
            type_at[which] = at[which] + 5
            kinds[which], at[which] = _types(a, at[which] + 5)
        ok[which] &= a[at[which]] == 34
    rest = gt[cell] - at - closed[cell]  # 1, or 2 with a blank before '/>'
    ok &= kinds >= 0
    for n in np.flatnonzero(ok & (rest != 1) & ~((rest == 2) & closed[cell] & (a[at + 1] == 32))).tolist():
        ok[n] = _REST.fullmatch(data, at[n] + 1, gt[cell[n]] + 1) is not None
    if not ok.all():
        return None

    # the grammar holds: behind a cell there is always another tag, and it is a row's end at the last
    has_formula = ~closed[cell] & (code[cell + 1] == _F)
    value = cell + 1 + has_formula
    value += code[value] == _END_F
    inline = code[value] == _IS
    has_value = inline | ~closed[cell] & (code[value] == _V)
    if (has_value & (inline != (kinds == INLINE))).any():
        return None  # an inline text is in <is>, all else in <v>
    value += inline & (code[np.minimum(value + 1, len(code) - 1)] == _T)  # the text of <is> stands in <t>
    start = np.where(has_value, gt[value] + 1, 0)
    end = np.where(has_value & ~closed[value], lt[np.minimum(value + 1, len(lt) - 1)], start)
    empty = start >= end
    # a text or an error stands even when it is empty
    blank = ~has_formula & (empty & (kinds != TEXT) & (kinds != INLINE) | ~has_value) & (kinds != ERROR)
    keep = np.flatnonzero(~blank)
    cells = Cells(data, row[keep] - 1, column[keep] - 1, style[keep], kinds[keep], type_at[keep], has_formula[keep],
                  start[keep], end[keep], has_value[keep], np.full(len(keep), -1))
    return cells if _values_are_plain(a, cells) else None


def _types(a: NDArray[np.uint8], at: Ints) -> tuple[Ints, Ints]:
    """The types named at the places given (-1: unknown), and where their closing quotes stand."""
    first, second = a[at], a[at + 1]
    found, length = np.full(len(at), -1), np.ones(len(at), np.int64)
    for letter, code in ((b"n", NUMBER), (b"s", SHARED), (b"b", BOOLEAN), (b"e", ERROR), (b"d", DATE)):
        found[(first == letter[0]) & (second == 34)] = code
    text = (first == 115) & (second == 116) & (a[at + 2] == 114)
    inline = (first == 105) & (second == 110) & (a[at + 6] == 83) & (a[at + 8] == 114)
    found[text], length[text] = TEXT, 3
    found[inline], length[inline] = INLINE, 9
    return found, at + length


def _values_are_plain(a: NDArray[np.uint8], cells: Cells) -> bool:
    """Whether each value suits its type; also fills ``shared``."""
    full = ~cells.empty
    shared = np.flatnonzero(full & (cells.type == SHARED))
    number, after = _digits(a, cells.start[shared], 9)
    cells.shared[shared] = number
    boolean = np.flatnonzero(full & (cells.type == BOOLEAN))
    numeric = np.flatnonzero(full & (cells.type == NUMBER))
    return bool(
        (after == cells.end[shared]).all()
        and (cells.end[boolean] - cells.start[boolean] == 1).all() and np.isin(a[cells.start[boolean]], (48, 49)).all()
        and all(is_number(cells.text(n)) for n in numeric[_odd_numbers(a, cells.start[numeric], cells.end[numeric])])
    )


def _odd_numbers(a: NDArray[np.uint8], start: Ints, end: Ints) -> Ints:
    """Which texts are not simply digits with a point between; NaN, 1e400 and the like are among them."""
    odd = end - start > 20
    points = np.zeros(len(start), np.int64)
    which = np.flatnonzero(~odd)
    at = start[which] + (a[start[which]] == 45)  # a minus may stand before
    odd[which[at >= end[which]]] = True
    while len(which):
        byte = a[at]
        points[which] += byte == 46
        odd[which[(byte != 46) & ((byte < 48) | (byte > 57))]] = True
        at += 1
        more = at < end[which]
        which, at = which[more], at[more]
    return np.flatnonzero(odd | (points > 1) | (points == 1) & (end - start < 3))


def is_number(text: str) -> bool:
    """Whether a text is a finite number as Excel writes them."""
    return len(text) < 400 and _NUMBER.fullmatch(text) is not None and isfinite(float(text))


def read_cells(package: Package, part: str, sheet: str, *, styled: bool = False) -> list[Cells]:
    """The cells of a sheet part; the ``data`` of the pieces together are its rows as plain XML.

    ``styled``: each cell shall name its style, even style 0.
    """
    data = package.xml(part)
    opened = re.search(rb"<sheetData(?:\s[^>]*)?>", data)
    end = data.rfind(b"</sheetData>")
    found: list[Cells] | None = None
    if not styled and opened and opened.end() <= end and not opened[0].endswith(b"/>"):
        around = data[: opened.end()] + data[end:]
        # a comment could hold anything
        if b"<!" not in around and around.count(b"<sheetData") == 1 and _is_well_formed(around):
            found = _scan_all(data[opened.end() : end])
    if found is None:
        found = _scan_all(_rewrite(package, data, sheet))
        if found is None:
            refuse(f"工作表“{sheet}”已损坏，内容读不出", sheet=sheet)
    _check(found, sheet)
    return found


def _is_well_formed(data: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(data, True)
    except expat.ExpatError:
        return False
    return True


def _scan_all(block: bytes) -> list[Cells] | None:
    found = []
    for chunk in _chunks(block):
        cells = _scan(chunk)
        if cells is None:
            return None
        found.append(cells)
    return found


def _check(pieces: list[Cells], sheet: str) -> None:
    """Refuse cells outside Excel's grid, cells given twice, and a rectangle nobody could have meant."""
    last_row = last_column = -1
    previous = -1
    ordered = True
    for cells in pieces:
        if not len(cells.row):
            continue
        place = cells.row * MAX_COLUMN + cells.column
        outside = np.flatnonzero((cells.row >= MAX_ROW) | (cells.column >= MAX_COLUMN))
        if len(outside):
            refuse(f"工作表“{sheet}”已损坏：有超出 Excel 范围的单元格", sheet=sheet)
        ordered = ordered and place[0] > previous and bool((np.diff(place) > 0).all())
        previous = int(place[-1])
        last_row, last_column = max(last_row, int(cells.row.max())), max(last_column, int(cells.column.max()))
    if (last_row + 1) * (last_column + 1) > MAX_CELLS:
        far = address(last_row, last_column)
        refuse(
            f"工作表“{sheet}”的内容一直延伸到 {far}，范围有 {(last_row + 1) * (last_column + 1):,} 格，无法处理",
            f"请在 Excel 中选中该表，按 Ctrl+End 看最远的单元格（{far} 附近），删除表格以外多余的行和列，保存后再试",
            sheet, far,
        )
    if not ordered:
        places = np.concatenate([c.row * MAX_COLUMN + c.column for c in pieces])
        unique, count = np.unique(places, return_counts=True)
        if (count > 1).any():
            twice = address(*divmod(int(unique[count > 1][0]), MAX_COLUMN))
            refuse(f"工作表“{sheet}”已损坏：单元格 {twice} 出现了两次，不知道该信哪一个", sheet=sheet, cell=twice)


# ---------------------------------------------------------------------------------------- other XML, with a real parser

_REFERENCE = re.compile(r"([A-Z]{1,3})0*([1-9][0-9]{0,6})")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TYPES = ("n", "s", "str", "inlineStr", "b", "e", "d")


def _texts(element: etree._Element) -> str:
    """The text of a (rich) string, without its reading aid (phonetic runs)."""
    found = []
    for child in element:
        name = local(child)
        if name == "t":
            found.append(_text(child))
        elif name == "r":
            found.extend(_text(t) for t in child if local(t) == "t")
    return "".join(found)


def _text(t: etree._Element) -> str:
    text = "".join(t.itertext())
    return text if t.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve" else text.strip(" \t\r\n")


def local(element: Any) -> str:
    """The name of an element without its namespace; '' for comments and the like, and for no element."""
    tag = None if element is None else element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _parse(data: bytes, *tags: str) -> Iterator[tuple[str, etree._Element]]:
    """Start and end of the elements of the names given, memory freed behind them."""
    for event, element in etree.iterparse(
        BytesIO(data), ("start", "end"), tag=["{*}" + t for t in tags], resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True, strip_cdata=True,
    ):
        yield event, element
        if event == "end":
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def read_strings(package: Package, part: str) -> tuple[bytes, int]:
    """The shared strings as plain XML, and how many there are."""
    data = package.xml(part)
    count = data.count(b"<si>")
    if count and count == data.count(b"<si") and b"<!" not in data and _is_well_formed(data):
        return data, count
    try:
        strings = [_texts(element) for event, element in _parse(data, "si") if event == "end"]
    except (etree.XMLSyntaxError, ValueError):
        refuse(f"文件 {package.name} 已损坏：文字表 {part} 读不出")
    items = "".join(f'<si><t xml:space="preserve">{_escaped(text)}</t></si>' for text in strings)
    return f'<sst xmlns="{MAIN}">{items}</sst>'.encode(), len(strings)


def _rewrite(package: Package, data: bytes, sheet: str) -> bytes:
    """The rows of a sheet in the plain shape."""
    out: list[str] = []
    row = column = cells = 0
    try:
        for event, element in _parse(data, "row", "c"):
            is_row = local(element) == "row"
            parent = local(element.getparent())
            if parent != ("sheetData" if is_row else "row"):
                if parent in ("sheetData", "row"):
                    raise ValueError("a row or cell out of place")
                continue  # the anchor of a control has a row, too
            if is_row and event == "start":
                given = element.get("r", "").strip()
                row = int(given) if given else row + 1
                column = 0
                if not 0 < row <= MAX_ROW:
                    raise ValueError("a row outside the grid")
                out.append(f'<row r="{row}">')
            elif is_row:
                if any(local(child) not in ("c", "extLst") for child in element):
                    raise ValueError("an unknown element in a row")
                out.append("</row>")
            elif event == "end":
                place = (element.get("r") or address(row - 1, column)).strip().upper()
                match = _REFERENCE.fullmatch(place)
                if not match:
                    refuse(f"工作表“{sheet}”已损坏：单元格地址 {place[:20]!r} 无效", sheet=sheet)
                column = 0
                for letter in match[1]:
                    column = column * 26 + ord(letter) - 64
                out.append(_rewrite_cell(element, match[1] + match[2], sheet))
                cells += 1
                if cells > MAX_CELLS:
                    refuse(f"工作表“{sheet}”有超过 {MAX_CELLS:,} 个单元格，无法处理", "请删去多余的行和列后再试", sheet)
    except (etree.XMLSyntaxError, ValueError):
        refuse(f"文件 {package.name} 的工作表“{sheet}”已损坏，内容读不出", sheet=sheet)
    return "".join(out).encode()


def _rewrite_cell(cell: etree._Element, place: str, sheet: str) -> str:
    def damaged(what: str) -> Never:
        refuse(f"工作表“{sheet}”已损坏：单元格 {place} {what}", sheet=sheet, cell=place)

    kind = (cell.get("t") or "n").strip()
    style = (cell.get("s") or "0").strip()
    if kind not in ("n", "s", "str", "inlineStr", "b", "e", "d"):
        damaged(f"的类型 {kind[:20]!r} 不认识")
    if not re.fullmatch("[0-9]{1,6}", style):
        damaged(f"的格式编号 {style[:20]!r} 无效")
    formula = ""
    text: str | None = None
    for child in cell:
        name = local(child)
        if name in ("f", "v") and len(child):
            damaged("的内容套了别的内容")
        if name == "f":
            formula = "<f/>"
        elif name == "v":
            text = "".join(child.itertext())
        elif name == "is" and kind == "inlineStr":
            text = _texts(child)
        elif name != "extLst":
            damaged(f"里有不认识的内容 {name[:20]!r}")
    if kind == "inlineStr":
        kind = "str"
    elif kind in ("n", "s", "b", "d") and text is not None:
        text = text.strip()
        if kind == "b":
            text = {"true": "1", "false": "0"}.get(text.lower(), text)
        valid = {"n": is_number(text), "s": re.fullmatch("[0-9]{1,9}", text), "b": text in ("0", "1"), "d": True}[kind]
        if text and not valid:
            damaged(f"的值 {text[:20]!r} 无效")
    value = "" if text is None else f"<v>{_escaped(text)}</v>"
    head = f'<c r="{place}" s="{style}"' + (f' t="{kind}"' if kind != "n" else "")
    return f"{head}>{formula}{value}</c>" if formula or value else head + "/>"


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})
