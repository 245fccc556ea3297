"""Rows inserted into a sheet of a file, where everything that looks at what is below them is known to go along.

The new rows are copies of the row above them: its formats, its height, its formulas, its merged cells, no values.
Whatever cannot be proved to stay right is a reason to refuse: then the person does it in Excel, and is told how.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

from lxml import etree

from xl_kpi.problems import Problem, Refusal
from xl_kpi.workbook.changes import Filled
from xl_kpi.workbook.fill import Grid, areas_of
from xl_kpi.workbook.grid import address, place_of
from xl_kpi.workbook.moving import Shift, cannot_follow, cell_formulas, drawn_on, references, rows_of
from xl_kpi.workbook.package import Package

TreeOf = Callable[[str], etree._Element]
# What a sheet may be tied to that has places of its own …
PLACED = {"pivotTable": "数据透视表", "queryTable": "外部数据的查询", "tableSingleCells": "XML 映射"}
# … and what else there may be that is not moved here.
_TIED = {**PLACED, "oleObject": "嵌入对象", "control": "ActiveX 控件", "ctrlProp": "表单控件",
         "threadedComment": "批注"}
_HELD = {"scenarios": "方案", "customSheetViews": "自定义视图", "dataConsolidate": "合并计算", "controls": "控件",
         "oleObjects": "嵌入对象"}
_FORMULAS = ("{*}f", "{*}formula", "{*}formula1", "{*}formula2")


def no_room(filled: Filled, why: list[str]) -> Problem:
    """That rows cannot be inserted, why, and how the person does it."""
    n, row = filled.room, filled.after + 1
    return Problem(
        "error", f"工作表“{filled.sheet}”画好的行不够，要在第 {row} 行下面插入 {n} 行；{'；'.join(why[:4])}，"
        "程序插入以后不能保证这些都对",
        f"在 Excel 里选中第 {row} 行，在它下面插入 {n} 行（从第 {row} 行往下填充公式），核对合计，保存后再试",
        filled.sheet, address(filled.after, 0))


class Inserter:
    """Rows into sheets of one package.  ``tree`` gives the tree of a part, to be changed; ``changed``: the parts that
    were."""

    def __init__(self, package: Package, sheets: Mapping[str, str], names: list[etree._Element], tree: TreeOf):
        self.package, self.sheets, self.names, self.tree = package, sheets, names, tree
        self.changed: set[str] = set()

    def insert(self, filled: Filled) -> None:
        """Make room for ``filled.room`` rows.  Raises Refusal, before anything changes, with every reason."""
        one = _Insertion(self, filled)
        if why := list(dict.fromkeys(one.reasons())):
            raise Refusal([no_room(filled, why)])
        one.apply()


class _Insertion:
    """One run of rows into one sheet."""

    def __init__(self, whole: Inserter, filled: Filled):
        self.whole, self.filled, self.sheet = whole, filled, filled.sheet
        self.shift = Shift(filled.sheet, filled.after, filled.room)
        self.after = filled.after
        self.part = whole.sheets[filled.sheet.lower()]
        self.root = _addressed(whole.tree(self.part), filled.sheet)
        self.grid = Grid(self.root, filled.sheet)

    # -- why not ----------------------------------------------------------------------------------------------------

    def reasons(self) -> Iterator[str]:
        package = self.whole.package
        if self.after not in self.grid.rows:
            yield f"第 {self.after + 1} 行是空的"
        if any(part.lower().endswith("vbaproject.bin") for part in package.parts):
            yield "工作簿带宏，宏里写的地址不会跟着变"
        below = self._holds_below()
        if below:
            yield from self._tied()
        for name, what in _HELD.items():
            if below and self.root.find(f"{{*}}{name}") is not None:
                yield f"工作表上有{what}"
        for area in self.grid.merges:
            if area[0] < self.after == area[2]:
                yield f"{address(*area[:2])}:{address(*area[2:])} 合并到第 {self.after + 1} 行为止"
        yield from self._formulas()
        yield from self._row_formulas()
        yield from self._comments()

    def _holds_below(self) -> bool:
        """Whether anything of the sheet is below the new rows."""
        return max(self.grid.rows, default=-1) > self.after or bool(self._drawn_parts())

    def _tied(self) -> Iterator[str]:
        for kind, _ in self.whole.package.related(self.part).values():
            if kind in _TIED:
                yield f"工作表上有{_TIED[kind]}"

    def _formulas(self) -> Iterator[str]:
        """Formulas anywhere that would not go on saying what they say."""
        for sheet, part in self.whole.sheets.items():
            root = self.root if part == self.part else _addressed(self.whole.tree(part), sheet)
            own = part == self.part
            for cell, formula, text in cell_formulas(root):
                place = place_of(cell)
                if why := cannot_follow(text):
                    yield f"{sheet} {cell} 的{why}"
                if formula.get("t") in ("array", "dataTable") and (
                        self.shift.formula(text, sheet) != text or (own and place[0] > self.after) or any(
                            area[2] >= self.after for area in areas_of(formula.get("ref", "")) if own)):
                    yield f"{sheet} {cell} 是数组公式"
                in_table = own and self.filled.heading < place[0] <= self.after
                if not in_table and (why := self.shift.left_out(text, sheet, own and place[0] > self.after,
                                                                self.filled.heading)):
                    yield f"{sheet} {cell} {why}"
            yield from self._ruled(root, sheet)
        for name in self.whole.names:
            if why := cannot_follow(name.text or ""):
                yield f"名称“{name.get('name')}”的{why}"
            for sheet, reference in references(name.text or "", ""):
                if sheet.lower() == self.sheet.lower() and any(
                        not fixed and row >= self.after for row, fixed in rows_of(reference)):
                    yield f"名称“{name.get('name')}”里的地址没有 $"

    def _ruled(self, root: etree._Element, sheet: str) -> Iterator[str]:
        """Conditional formats and drop-downs whose formulas count rows from a cell that moves."""
        for rule in root.iter("{*}conditionalFormatting", "{*}dataValidation"):
            for formula in rule.iter("{*}formula", "{*}formula1", "{*}formula2", "{*}f"):
                text = formula.text or ""
                if why := cannot_follow(text):
                    if "INDIRECT" not in text.upper() or etree.QName(rule).localname != "dataValidation":
                        yield f"{sheet} 的条件格式的{why}"
                    continue
                for where, reference in references(text, sheet):
                    if where.lower() == self.sheet.lower() and any(
                            not fixed and row > self.after for row, fixed in rows_of(reference)) and any(
                            area[0] <= self.after for area in areas_of(rule.get("sqref", ""))):
                        yield f"{sheet} 的条件格式或下拉列表看到第 {self.after + 1} 行以下"

    def _row_formulas(self) -> Iterator[str]:
        """Formulas of the row that is copied: what they look at must say how they go on."""
        above = {place_of(cell)[1]: text for cell, _, text in cell_formulas(self.root)
                 if place_of(cell)[0] == self.after - 1} if self.after - 1 > self.filled.heading else {}
        for cell, _, text in cell_formulas(self.root):
            row, column = place_of(cell)
            if row != self.after:
                continue
            floating = any(not fixed and at != self.after for where, reference in references(text, self.sheet)
                           for at, fixed in rows_of(reference))
            if floating and (column not in above or drawn_on(above[column], 1) != text):
                yield f"{cell} 的公式看着别的行，看不出新的行该怎么写"
            elif floating and any(
                    len(ends := rows_of(reference)) == 2 and ends[1] == (self.after, False)
                    and ends[0][0] != self.after for _, reference in references(text, self.sheet)):
                yield f"{cell} 的公式一行一行累计"

    def _drawn_parts(self) -> list[tuple[str, etree._Element]]:
        return [(part, self.whole.tree(part)) for kind, part in self.whole.package.related(self.part).values()
                if kind == "drawing"]

    def _comments(self) -> Iterator[str]:
        for kind, part in self.whole.package.related(self.part).values():
            if kind == "comments":
                rows = [place_of(c.get("ref", "A1"))[0] for c in self.whole.package.tree(part).iter("{*}comment")]
                if max(rows, default=-1) > self.after:
                    yield "下面的格有批注"
            elif kind == "vmlDrawing" and self._holds_below() and not any(
                    other == "comments" for other, _ in self.whole.package.related(self.part).values()):
                pictures = self.whole.package.read(part)
                if b"x:Anchor" in pictures:
                    yield "工作表上有控件"

    # -- doing it ---------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        package = self.whole.package
        for sheet, part in self.whole.sheets.items():
            root = self.whole.tree(part)
            before = etree.tostring(root) if part != self.part else b""
            self._move_formulas(root, sheet)
            self._move_links(root)
            if part == self.part:
                self._move_sheet(root)
            if etree.tostring(root) != before:
                self.whole.changed.add(part)
            for kind, target in package.related(part).values():
                if kind == "table" and part == self.part:
                    self._move_table(self.whole.tree(target))
                    self.whole.changed.add(target)
        for part, root in self._drawn_parts():
            if self._move_anchors(root):
                self.whole.changed.add(part)
        for part in package.parts:
            if posixpath.basename(posixpath.dirname(part)) == "charts" and part.endswith(".xml"):
                self._move_chart(part)
        for name in self.whole.names:
            if name.text:
                name.text = self.shift.formula(name.text, "")

    def _move_formulas(self, root: etree._Element, sheet: str) -> None:
        """Formulas of cells, rules and of what is in the list of extensions."""
        formulas = cell_formulas(root)
        moved = {id(formula): self.shift.formula(text, sheet, row=place_of(cell)[0])
                 for cell, formula, text in formulas}
        shared = {formula.get("si", "") for _, formula, text in formulas
                  if formula.get("t") == "shared" and moved[id(formula)] != text}
        for _, formula, _ in formulas:
            if formula.get("t") == "shared" and formula.get("si", "") in shared:
                for key in ("t", "si", "ref"):
                    formula.attrib.pop(key, None)
                formula.text = moved[id(formula)]
            elif formula.get("t") == "shared":
                if formula.get("ref") and sheet.lower() == self.sheet.lower():
                    formula.set("ref", self.shift.areas(formula.get("ref", ""), grows=False))
            elif formula.text:
                formula.text = moved[id(formula)]
        cells = {id(formula) for _, formula, _ in formulas}
        for formula in root.iter(*_FORMULAS):
            if id(formula) not in cells and formula.text:
                formula.text = self.shift.formula(formula.text, sheet)

    def _move_links(self, root: etree._Element) -> None:
        for link in root.iterfind("{*}hyperlinks/{*}hyperlink"):
            if link.get("location"):
                link.set("location", self.shift.formula(link.get("location", ""), "", grows=False))

    def _move_sheet(self, root: etree._Element) -> None:
        self._copy_row()
        for merged in root.iterfind("{*}mergeCells/{*}mergeCell"):
            merged.set("ref", self.shift.areas(merged.get("ref", ""), grows=False))
        self._copy_merges(root)
        for element in root.iter("{*}dataValidation", "{*}conditionalFormatting", "{*}protectedRange",
                                 "{*}ignoredError"):
            if element.get("sqref"):
                element.set("sqref", self.shift.areas(element.get("sqref", "")))
            for inner in element.iterchildren("{*}sqref"):
                inner.text = self.shift.areas(inner.text or "")
        for element in root.iter("{*}cellWatch", "{*}hyperlink", "{*}inputCells"):
            for key in ("r", "ref"):
                if element.get(key):
                    element.set(key, self.shift.areas(element.get(key, ""), grows=False))
        for inner in root.iter("{*}sparkline"):
            for where in inner.iterchildren("{*}sqref"):
                where.text = self.shift.areas(where.text or "", grows=False)
        for element in (*root.iterchildren("{*}autoFilter"), *root.iterchildren("{*}sortState")):
            self._move_filter(element)
        for brk in root.iterfind("{*}rowBreaks/{*}brk"):
            if int(brk.get("id", "0")) > self.after:
                brk.set("id", str(int(brk.get("id", "0")) + self.shift.count))

    def _move_filter(self, element: etree._Element) -> None:
        for one in (element, *element.iter("{*}sortState", "{*}sortCondition")):
            if one.get("ref"):
                one.set("ref", self.shift.areas(one.get("ref", "")))

    def _copy_row(self) -> None:
        """Rows below go down, and the row above is copied into the room."""
        grid, count = self.grid, self.shift.count
        for number, row in grid.rows.items():
            if number > self.after:
                row.set("r", str(number + count + 1))
                row.attrib.pop("spans", None)
                for column, cell in grid.cells(number).items():
                    cell.set("r", address(number + count, column))
        model = grid.rows[self.after]
        texts = {place_of(cell)[1]: text for cell, _, text in cell_formulas(self.root)
                 if place_of(cell)[0] == self.after}
        for n in range(count, 0, -1):
            row = deepcopy(model)
            row.set("r", str(self.after + n + 1))
            for key in ("spans", "hidden", "collapsed"):
                row.attrib.pop(key, None)
            for cell in row.iterchildren("{*}c"):
                _, column = place_of(cell.get("r", ""))
                cell.set("r", address(self.after + n, column))
                formula = cell.find("{*}f")
                for child in list(cell):
                    if child is not formula:
                        cell.remove(child)
                for key in ("t", "cm", "vm"):
                    cell.attrib.pop(key, None)
                if formula is not None:
                    formula.attrib.clear()
                    formula.text = drawn_on(texts[column], n)
            model.addnext(row)

    def _copy_merges(self, root: etree._Element) -> None:
        """What is merged within the row above is merged in the new ones."""
        holder = root.find("{*}mergeCells")
        rows = [area for area in self.grid.merges if area[0] == area[2] == self.after]
        if holder is None or not rows:
            return
        for n in range(1, self.shift.count + 1):
            for _, left, _, right in rows:
                one = etree.SubElement(holder, holder[0].tag)
                one.set("ref", f"{address(self.after + n, left)}:{address(self.after + n, right)}")
        if holder.get("count"):
            holder.set("count", str(len(holder)))

    def _move_table(self, root: etree._Element) -> None:
        root.set("ref", self.shift.areas(root.get("ref", "")))
        for element in (*root.iterchildren("{*}autoFilter"), *root.iterchildren("{*}sortState")):
            self._move_filter(element)
        for formula in root.iter("{*}calculatedColumnFormula", "{*}totalsRowFormula"):
            if formula.text:
                formula.text = self.shift.formula(formula.text, self.sheet)

    def _move_anchors(self, root: etree._Element) -> bool:
        """Pictures, shapes and charts: what is below goes down; what reaches over the new rows grows, where it does."""
        moved = False
        for anchor in root.iter("{*}twoCellAnchor", "{*}oneCellAnchor"):
            ends = [end for name in ("from", "to") if (end := anchor.find(f"{{*}}{name}/{{*}}row")) is not None]
            rows = [int(end.text or "0") for end in ends]
            if not rows or max(rows) <= self.after:
                continue
            keeps = anchor.get("editAs", "twoCell") != "twoCell"
            for end, row in zip(ends, rows, strict=True):
                if row > self.after and (rows[0] > self.after or not keeps) and anchor.get("editAs") != "absolute":
                    end.text = str(row + self.shift.count)
                    moved = True
        return moved

    def _move_chart(self, part: str) -> None:
        root = self.whole.tree(part)
        for formula in root.iter("{*}f"):
            text = formula.text or ""
            if text and (new := self.shift.formula(text, "")) != text:
                formula.text = new
                self.whole.changed.add(part)


def _addressed(root: etree._Element, sheet: str) -> etree._Element:
    """A sheet whose cells all say where they are."""
    grid = Grid(root, sheet)
    for row in grid.rows:
        grid.cells(row)
    return root
