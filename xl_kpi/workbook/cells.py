"""What stands in a sheet's XML beside the values: where each cell is, its type, style and formula.

Nearly every program writes a sheet in one plain shape: no white space between tags, no prefixes, no comments, ``r=`` on
each cell.  Plain XML is a regular language, so numpy can prove a whole sheet plain and take its cells apart at once,
without an object for each.  Any other XML is first rewritten into the plain shape by a real parser (``rewrite``):
slower and just as exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import numpy as np
from numpy.typing import NDArray

from xl_kpi.workbook.grid import MAX_CELLS, MAX_COLUMN, MAX_ROW, Area, address, area_of
from xl_kpi.workbook.package import Package, refuse, refuse_sheet
from xl_kpi.workbook.rewrite import Around, around_rows, is_number, is_well_formed, rewrite_rows, rewrite_strings

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CHUNK = 8 << 20

# cell types
NUMBER, SHARED, TEXT, INLINE, BOOLEAN, ERROR, DATE = range(7)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass
class RawCells:
    """The cells of a piece of a sheet that are not blank, as arrays of one length; ``data`` is that piece."""

    data: bytes
    row: Ints
    column: Ints
    style: Ints
    type: Ints
    type_at: Ints           # where the letter of t= stands in data
    formula: Bools
    formula_at: Ints        # where its <f stands in data
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

    def formula_of(self, at: int) -> Formula:
        """The formula of a cell."""
        found = _FORMULA.match(self.data, self.formula_at[at])
        assert found is not None, "a cell with a formula has <f"
        given = {name.decode(): value.decode() for name, _, value in _GIVEN.findall(found[1])}
        return Formula(_text(found[2] or b""), given.get("t", ""), given.get("ref", ""), given.get("si", ""))


    def arrays(self) -> list[Area]:
        """The areas of the arrays (and data tables, and what spills) that begin here."""
        if b"array" not in self.data and b"dataTable" not in self.data:
            return []
        found = (self.formula_of(at) for at in np.flatnonzero(self.formula).tolist())
        return [area for one in found if one.kind in ("array", "dataTable") and (area := area_of(one.area)) is not None]


@dataclass(frozen=True)
class Formula:
    """A formula without '='.  ``kind``: array, dataTable, shared ('' for a plain one); of shared ones only the first of
    a ``group`` has a text.  ``area``: the cells that have it together."""

    text: str
    kind: str = ""
    area: str = ""
    group: str = ""


def _text(xml: bytes) -> str:
    """The text of a formula as a parser gives it."""
    return unescape(xml.decode().replace("\r\n", "\n").replace("\r", "\n"))


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


_FORMULA = re.compile(rb"<f((?:\s[^>]*?)?)(?:/>|>([^<]*)<)")
_GIVEN = re.compile(rb"""\s(t|ref|si)\s*=\s*(["'])(.*?)\2""")
_PERHAPS_HIDDEN = re.compile(rb"""<row\s(?:[^>]*?\s)?hidden\s*=\s*["'](?!0["']|false["'])""")
_HIDDEN_ROW = re.compile(
    rb"""<row(?=\s(?:[^>]*\s)?hidden\s*=\s*["'](?:1|true)["'])[^>]*?\sr\s*=\s*["'](\d{1,7})["']""")
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


def _scan(data: bytes) -> RawCells | None:
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
    # a text or an error counts even when its value is empty
    blank = ~has_formula & (~has_value | empty & (kinds != TEXT) & (kinds != INLINE) & (kinds != ERROR))
    keep = np.flatnonzero(~blank)
    formula_at = np.where(has_formula, lt[np.minimum(cell + 1, len(lt) - 1)], 0)
    cells = RawCells(data, row[keep] - 1, column[keep] - 1, style[keep], kinds[keep], type_at[keep], has_formula[keep],
                  formula_at[keep], start[keep], end[keep], has_value[keep], np.full(len(keep), -1))
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


def _values_are_plain(a: NDArray[np.uint8], cells: RawCells) -> bool:
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


_OPENED = re.compile(rb"<sheetData(?:\s[^>]*)?>")


def read_cells(package: Package, part: str, sheet: str, *, styled: bool = False) -> tuple[list[RawCells], Around]:
    """(the cells of a sheet part; what else it says).  The ``data`` of the pieces together are its rows as plain XML.

    ``styled``: each cell shall name its style, even style 0.
    """
    data = package.xml(part)
    opened = _OPENED.search(data)
    if not opened and b"<!" not in data:  # outside comments '<' begins a tag
        prefix = re.search(rb"<(\w+:)sheetData[\s>]", data)  # <x:c>, as the OpenXML SDK writes it
        if prefix:
            data = data.replace(b"<" + prefix[1], b"<").replace(b"</" + prefix[1], b"</")
            opened = _OPENED.search(data)
    end = data.rfind(b"</sheetData>")
    found: list[RawCells] | None = None
    around: Around | None = None
    if not styled and opened and opened.end() <= end and not opened[0].endswith(b"/>"):
        outside = data[: opened.end()] + data[end:]
        # a comment could hold anything
        if b"<!" not in outside and outside.count(b"<sheetData") == 1 and (around := around_rows(outside)) is not None:
            found = _scan_all(data[opened.end() : end])
    if found is None or around is None or (hidden := _hidden_rows(found)) is None:
        rows, around = rewrite_rows(data, sheet)
        found = _scan_all(rows)
        if found is None:
            refuse_sheet(sheet)
        hidden = _hidden_rows(found) or set()
    _check(found, sheet)
    around.rows = hidden
    return found, around


def _hidden_rows(pieces: list[RawCells]) -> set[int] | None:
    """The rows that are hidden; None when one does not say plainly which it is."""
    found: set[int] = set()
    for piece in pieces:
        if b"hidden" in piece.data:
            rows = _HIDDEN_ROW.findall(piece.data)
            if len(rows) != len(_PERHAPS_HIDDEN.findall(piece.data)):
                return None
            found.update(int(row) - 1 for row in rows)
    return found


def _scan_all(block: bytes) -> list[RawCells] | None:
    found = []
    for chunk in _chunks(block):
        cells = _scan(chunk)
        if cells is None:
            return None
        found.append(cells)
    return found


def _check(pieces: list[RawCells], sheet: str) -> None:
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


def read_strings(package: Package, part: str) -> tuple[bytes, int]:
    """The shared strings as plain XML, and how many there are."""
    data = package.xml(part)
    count = data.count(b"<si>")
    if count and count == data.count(b"<si") and b"<!" not in data and is_well_formed(data):
        return data, count
    items = rewrite_strings(data, package.name)
    return f'<sst xmlns="{MAIN}">{"".join(items)}</sst>'.encode(), len(items)
