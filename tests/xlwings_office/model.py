"""``.api``: the part of Excel's object model that the project uses, over LibreOffice.

Names and meanings are Excel's; what is not here is not used, and raises AttributeError.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.xlwings_office.charts import ChartObjects
from tests.xlwings_office.units import CODES, COLUMNS, ROWS, areas, enum, hundredths_mm, points, rgb, struct

__all__ = ["CODES", "Application", "Borders", "Font", "PageSetup", "RangeModel", "Workbook", "Worksheet"]

if TYPE_CHECKING:
    from tests.xlwings_office.application import App, Book
    from tests.xlwings_office.cells import Range
    from tests.xlwings_office.sheet import Sheet

VISIBLE, HIDDEN, VERY_HIDDEN = -1, 0, 2


class _Model:
    """Only what is defined can be set, as over COM."""

    __slots__ = ("_of",)

    def __init__(self, of: Any):
        object.__setattr__(self, "_of", of)

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(getattr(type(self), name, None), property):
            raise AttributeError(f"Excel's {type(self).__name__} has no {name} here")
        object.__setattr__(self, name, value)


class Application(_Model):
    _of: App

    @property
    def CopyObjectsWithCells(self) -> bool:
        return self._of.objects_with_cells

    @CopyObjectsWithCells.setter
    def CopyObjectsWithCells(self, value: bool) -> None:
        self._of.objects_with_cells = value

    PrintCommunication = property(lambda self: True, lambda self, value: None)

    def CalculateFull(self) -> None:
        for book in self._of.opened:
            book.document.calculateAll()

    @property
    def ActiveWorkbook(self) -> Any:
        return self._of.active and Workbook(self._of.active)


class Workbook(_Model):
    _of: Book

    @property
    def Date1904(self) -> bool:
        return self._of.document.NullDate.Year == 1904

    @property
    def FullName(self) -> str:
        return self._of.fullname

    @property
    def Path(self) -> str:
        return self._of.fullname.rpartition("/")[0]

    @property
    def ReadOnly(self) -> bool:
        return self._of.document.isReadonly()

    @property
    def PrecisionAsDisplayed(self) -> bool:
        return bool(self._of.document.CalcAsShown)

    @property
    def ProtectStructure(self) -> bool:
        return self._of.document.isProtected()

    def Windows(self, number: int) -> Any:
        return Window(self._of)

    def Styles(self, name: str) -> Any:
        return Style(self._of)


class Style(_Model):
    """The style Normal."""

    _of: Book

    @property
    def Font(self) -> Any:
        return StyleFont(self._of.document.StyleFamilies.getByName("CellStyles").getByName("Default"))


class StyleFont(_Model):
    @property
    def Name(self) -> str:
        return self._of.CharFontNameAsian

    @property
    def Size(self) -> float:
        return self._of.CharHeightAsian


class Window(_Model):
    """The view of the active sheet."""

    _of: Book

    @property
    def _view(self) -> Any:
        return self._of.document.CurrentController

    @property
    def FreezePanes(self) -> bool:
        return self._view.hasFrozenPanes()

    @FreezePanes.setter
    def FreezePanes(self, value: bool) -> None:
        column, row = (self._view.SplitColumn, self._view.SplitRow) if value else (0, 0)
        self._view.freezeAtPosition(column, row)

    @property
    def SplitRow(self) -> int:
        return self._view.SplitRow

    @SplitRow.setter
    def SplitRow(self, value: int) -> None:
        self._view.freezeAtPosition(self._view.SplitColumn, value)

    @property
    def SplitColumn(self) -> int:
        return self._view.SplitColumn

    @SplitColumn.setter
    def SplitColumn(self, value: int) -> None:
        self._view.freezeAtPosition(value, self._view.SplitRow)

    @property
    def ScrollRow(self) -> int:
        return self._view.FirstVisibleRow + 1

    @ScrollRow.setter
    def ScrollRow(self, value: int) -> None:
        self._view.setFirstVisibleRow(value - 1)

    @property
    def ScrollColumn(self) -> int:
        return self._view.FirstVisibleColumn + 1

    @ScrollColumn.setter
    def ScrollColumn(self, value: int) -> None:
        self._view.setFirstVisibleColumn(value - 1)

    @property
    def View(self) -> int:
        return 1

    @View.setter
    def View(self, value: int) -> None:
        """One view is as good as another here."""

    @property
    def DisplayGridlines(self) -> bool:
        return self._view.ShowGrid

    @DisplayGridlines.setter
    def DisplayGridlines(self, value: bool) -> None:
        self._view.ShowGrid = value


class Worksheet(_Model):
    _of: Sheet

    @property
    def Visible(self) -> int:
        if self._of.uno.IsVisible:
            return VISIBLE
        return VERY_HIDDEN if self._of.name in self._of.book.very_hidden else HIDDEN

    @Visible.setter
    def Visible(self, value: int) -> None:
        self._of.uno.IsVisible = value == VISIBLE
        self._of.book.very_hidden -= {self._of.name}
        if value == VERY_HIDDEN:
            self._of.book.very_hidden |= {self._of.name}

    @property
    def ProtectContents(self) -> bool:
        return self._of.uno.isProtected()

    @property
    def PageSetup(self) -> Any:
        return PageSetup(self._of)

    def Evaluate(self, text: str) -> Any:
        """An expression, computed in a far cell that is cleared again."""
        cells = self._of.range((1000000, 1000))
        cells.put_formula(cells.block.getCellByPosition(0, 0), f"={text}")
        value = cells.raw_value
        cells.clear()
        return value

    def ChartObjects(self) -> Any:
        return ChartObjects(self._of)

    @property
    def HPageBreaks(self) -> Any:
        return PageBreaks(self._of)

    def ResetAllPageBreaks(self) -> None:
        self._of.uno.removeAllManualPageBreaks()

    def _database(self) -> Any:
        return self._of.book.document.getPropertyValue("UnnamedDatabaseRanges")

    @property
    def AutoFilterMode(self) -> bool:
        found, number = self._database(), self._of.index - 1
        return found.hasByTable(number) and found.getByTable(number).AutoFilter

    @AutoFilterMode.setter
    def AutoFilterMode(self, value: bool) -> None:
        if value:
            raise ValueError("Excel takes False only")
        if self.AutoFilterMode:
            self._database().getByTable(self._of.index - 1).AutoFilter = False

    @property
    def FilterMode(self) -> bool:
        """Whether the filter has conditions."""
        found, number = self._database(), self._of.index - 1
        return self.AutoFilterMode and bool(found.getByTable(number).getFilterDescriptor().FilterFields)

    @property
    def AutoFilter(self) -> Any:
        return Filter(self._of) if self.AutoFilterMode else None

    @property
    def Hyperlinks(self) -> Any:
        return Hyperlinks(self._of.cells)


class Filter(_Model):
    _of: Sheet

    @property
    def Range(self) -> Any:
        from tests.xlwings_office.cells import Range as Cells

        a = self._of.api._database().getByTable(self._of.index - 1).DataArea
        return RangeModel(Cells(self._of, [(a.StartRow + 1, a.StartColumn + 1, a.EndRow - a.StartRow + 1,
                                            a.EndColumn - a.StartColumn + 1)]))


class PageBreaks(_Model):
    """The manual breaks between rows."""

    _of: Sheet

    def _all(self) -> list[Any]:
        return [brk for brk in self._of.uno.RowPageBreaks if brk.ManualBreak]

    @property
    def Count(self) -> int:
        return len(self._all())

    def Item(self, number: int) -> Any:
        return PageBreak(self._of.range(self._all()[number - 1].Position + 1, 1))

    def Add(self, Before: Any) -> None:
        self._of.uno.Rows.getByIndex(Before.Row - 1).IsStartOfNewPage = True


class PageBreak(_Model):
    _of: Range

    @property
    def Type(self) -> int:
        return -4135

    @property
    def Location(self) -> Any:
        return RangeModel(self._of)


class PageSetup(_Model):
    """The page style of a sheet, its own as soon as it is set."""

    _of: Sheet

    def _style(self, own: bool = False) -> Any:
        sheet, book = self._of.uno, self._of.book
        styles = book.document.StyleFamilies.getByName("PageStyles")
        name = sheet.PageStyle
        if own and name not in book.own_pages:
            if name == "Default" or sum(s.PageStyle == name for s in book.document.Sheets) > 1:
                new = f"PageStyle_{self._of.name}"
                while styles.hasByName(new):
                    new += "'"
                styles.insertByName(new, book.document.createInstance("com.sun.star.style.PageStyle"))
                old, made = styles.getByName(name), styles.getByName(new)
                for one in _PAGE:
                    setattr(made, one, getattr(old, one))
                sheet.PageStyle = name = new
            book.own_pages.add(name)
        return styles.getByName(name)

    @property
    def Orientation(self) -> int:
        return 2 if self._style().IsLandscape else 1

    @Orientation.setter
    def Orientation(self, value: int) -> None:
        style = self._style(own=True)
        size = style.Size
        if (value == 2) != (size.Width > size.Height):
            style.Size = struct("awt.Size", Width=size.Height, Height=size.Width)
        style.IsLandscape = value == 2

    @property
    def PaperSize(self) -> int:
        size = self._style().Size
        return 9 if sorted((round(size.Width, -2), round(size.Height, -2))) == [21000, 29700] else 0

    @PaperSize.setter
    def PaperSize(self, value: int) -> None:
        if value != 9:
            raise ValueError("A4 only")
        style = self._style(own=True)
        width, height = (29700, 21000) if style.IsLandscape else (21000, 29700)
        style.Size = struct("awt.Size", Width=width, Height=height)

    @property
    def Zoom(self) -> Any:
        style = self._style()
        return False if style.ScaleToPagesX or style.ScaleToPagesY else style.PageScale

    @Zoom.setter
    def Zoom(self, value: Any) -> None:
        style = self._style(own=True)
        if value is False:
            style.PageScale = 0
            if not style.ScaleToPagesX and not style.ScaleToPagesY:
                style.ScaleToPagesX = style.ScaleToPagesY = 1
        else:
            style.ScaleToPagesX = style.ScaleToPagesY = 0
            style.PageScale = int(value)

    @property
    def FitToPagesWide(self) -> Any:
        return self._style().ScaleToPagesX or False

    @FitToPagesWide.setter
    def FitToPagesWide(self, value: Any) -> None:
        self._style(own=True).ScaleToPagesX = int(value)

    @property
    def FitToPagesTall(self) -> Any:
        return self._style().ScaleToPagesY or False

    @FitToPagesTall.setter
    def FitToPagesTall(self, value: Any) -> None:
        self._style(own=True).ScaleToPagesY = int(value)

    @property
    def CenterHorizontally(self) -> bool:
        return self._style().CenterHorizontally

    @CenterHorizontally.setter
    def CenterHorizontally(self, value: bool) -> None:
        self._style(own=True).CenterHorizontally = value

    @property
    def PrintArea(self) -> str:
        return self._of.page_setup.print_area or ""

    @PrintArea.setter
    def PrintArea(self, value: str) -> None:
        self._of.page_setup.print_area = value

    @property
    def PrintTitleRows(self) -> str:
        if not self._of.uno.PrintTitleRows:
            return ""
        a = self._of.uno.TitleRows
        return f"${a.StartRow + 1}:${a.EndRow + 1}"

    @PrintTitleRows.setter
    def PrintTitleRows(self, value: str) -> None:
        sheet = self._of.uno
        if value:
            row, _, rows, _ = areas(value)[0]
            sheet.TitleRows = struct("table.CellRangeAddress", Sheet=sheet.RangeAddress.Sheet, StartRow=row - 1,
                                     EndRow=row + rows - 2, StartColumn=0, EndColumn=0)
        sheet.PrintTitleRows = bool(value)

    @property
    def LeftFooter(self) -> str:
        return self._footer_text("LeftText")

    @LeftFooter.setter
    def LeftFooter(self, value: str) -> None:
        self._footer("LeftText", value)

    @property
    def CenterFooter(self) -> str:
        return self._footer_text("CenterText")

    @CenterFooter.setter
    def CenterFooter(self, value: str) -> None:
        self._footer("CenterText", value)

    def _footer_text(self, part: str) -> str:
        """The code as it was set here; of a file its text only."""
        code = self._of.book.footers.get((self._of.uno.PageStyle, part))
        if code is not None:
            return code
        content = self._style().RightPageFooterContent      # its texts live as long as it does
        return getattr(content, part).getString()

    def _footer(self, part: str, value: str) -> None:
        style = self._style(own=True)
        style.HeaderIsOn, style.FooterIsOn = False, True
        content = style.RightPageFooterContent
        _put_code(self._of.book.document, getattr(content, part), value)
        style.RightPageFooterContent = content
        self._of.book.footers[self._of.uno.PageStyle, part] = value


def _margin(side: str) -> Any:
    def get(self: PageSetup) -> float:
        return points(getattr(self._style(), f"{side}Margin"))

    def put(self: PageSetup, value: float) -> None:
        setattr(self._style(own=True), f"{side}Margin", hundredths_mm(value))

    return property(get, put)


for _side in ("Left", "Right", "Top"):
    setattr(PageSetup, f"{_side}Margin", _margin(_side))


def _bottom(self: PageSetup) -> float:
    """Excel's bottom margin reaches down to the edge, LibreOffice's to the footer."""
    style = self._style()
    footer = style.FooterHeight if style.FooterIsOn else 0
    return points(style.BottomMargin + footer)


def _put_bottom(self: PageSetup, value: float) -> None:
    style = self._style(own=True)
    if style.FooterIsOn:
        style.FooterHeight = max(0, hundredths_mm(value) - style.BottomMargin)
    else:
        style.BottomMargin = hundredths_mm(value)


def _footer_margin(self: PageSetup) -> float:
    return points(self._style().BottomMargin)


def _put_footer_margin(self: PageSetup, value: float) -> None:
    style = self._style(own=True)
    whole = style.BottomMargin + (style.FooterHeight if style.FooterIsOn else 0)
    style.FooterIsOn, style.BottomMargin = True, hundredths_mm(value)
    style.FooterHeight = max(0, whole - hundredths_mm(value))


PageSetup.BottomMargin = property(_bottom, _put_bottom)                 # type: ignore[attr-defined]
PageSetup.FooterMargin = property(_footer_margin, _put_footer_margin)   # type: ignore[attr-defined]

# what a page style takes over from the one it is made from
_PAGE = ("IsLandscape", "Size", "LeftMargin", "RightMargin", "TopMargin", "BottomMargin", "HeaderIsOn", "FooterIsOn",
         "PageScale", "ScaleToPagesX", "ScaleToPagesY", "CenterHorizontally")


def _put_code(document: Any, text: Any, code: str) -> None:
    """Excel's header code as text and fields; the size code is left out."""
    import re

    text.setString("")
    cursor = text.createTextCursor()
    for piece in re.findall(r"&&|&P|&N|&\d+|[^&]+", code):
        cursor.gotoEnd(False)
        if piece in ("&P", "&N"):
            kind = "PageNumber" if piece == "&P" else "PageCount"
            field = document.createInstance(f"com.sun.star.text.TextField.{kind}")
            text.insertTextContent(cursor, field, False)
        elif piece == "&&" or not piece.startswith("&"):
            text.insertString(cursor, piece.replace("&&", "&"), False)


class RangeModel(_Model):
    _of: Range

    @property
    def Row(self) -> int:
        return self._of.row

    @property
    def Column(self) -> int:
        return self._of.column

    @property
    def Address(self) -> str:
        return self._of.address

    @property
    def Value2(self) -> Any:
        return self._of.raw_value

    @property
    def HasArray(self) -> bool | None:
        found = {bool(cell.getArrayFormula()) for cell in self._of.single_blocks()}
        return found.pop() if len(found) == 1 else None

    @property
    def CurrentArray(self) -> Any:
        """Of the first cell."""
        return RangeModel(self._of.whole_array())

    @property
    def IndentLevel(self) -> int | None:
        found = self._of.common("ParaIndent")
        return None if found is None else round(found / 353)        # 10 points a level

    @IndentLevel.setter
    def IndentLevel(self, value: int) -> None:
        self._of.look.ParaIndent = round(value * 353)

    @property
    def Borders(self) -> Any:
        return Borders(self._of)

    @property
    def ShrinkToFit(self) -> bool | None:
        return self._of.common("ShrinkToFit")

    @ShrinkToFit.setter
    def ShrinkToFit(self, value: bool) -> None:
        self._of.look.ShrinkToFit = value

    @property
    def UseStandardHeight(self) -> bool:
        raise NotImplementedError

    @UseStandardHeight.setter
    def UseStandardHeight(self, value: bool) -> None:
        self._of.sheet.uno.Rows.OptimalHeight = value

    @property
    def UseStandardWidth(self) -> bool:
        raise NotImplementedError

    @UseStandardWidth.setter
    def UseStandardWidth(self, value: bool) -> None:
        self._of.sheet.uno.Columns.IsVisible = True
        self._of.sheet.uno.Columns.Width = 2258

    @property
    def EntireColumn(self) -> Any:
        return EntireColumn(self._of)

    @property
    def EntireRow(self) -> Any:
        return EntireRow(self._of)

    def ClearOutline(self) -> None:
        self._of.sheet.uno.clearOutline()

    @property
    def Hyperlinks(self) -> Any:
        return Hyperlinks(self._of)

    def AutoFilter(self) -> None:
        """Without arguments: on or off."""
        sheet = self._of.sheet
        number = sheet.index - 1
        found = sheet.book.document.getPropertyValue("UnnamedDatabaseRanges")
        on = found.hasByTable(number) and found.getByTable(number).AutoFilter
        found.setByTable(self._of.block.RangeAddress)
        found.getByTable(number).AutoFilter = not on


class EntireColumn(_Model):
    """Whole columns: grouped, hidden."""

    _of: Range

    def Group(self) -> None:
        columns = enum("table.TableOrientation", "COLUMNS")
        self._of.sheet.uno.group(self._of.block.RangeAddress, columns)

    @property
    def Hidden(self) -> bool | None:
        _, column, _, columns = self._of.areas[0]
        whole = self._of.sheet.uno.getCellRangeByPosition(column - 1, 0, column + columns - 2, ROWS - 1)
        seen = whole.queryVisibleCells().RangeAddresses
        return _hidden(columns, ((area.StartColumn, area.EndColumn) for area in seen))

    @Hidden.setter
    def Hidden(self, value: bool) -> None:
        self._of.block.Columns.IsVisible = not value


class EntireRow(_Model):
    _of: Range

    @property
    def Hidden(self) -> bool | None:
        row, _, rows, _ = self._of.areas[0]
        whole = self._of.sheet.uno.getCellRangeByPosition(0, row - 1, COLUMNS - 1, row + rows - 2)
        seen = whole.queryVisibleCells().RangeAddresses
        return _hidden(rows, ((area.StartRow, area.EndRow) for area in seen))


def _hidden(number: int, seen: Iterable[tuple[int, int]]) -> bool | None:
    """Whether none of so many rows or columns is seen; None: some are."""
    found = len({n for first, last in seen for n in range(first, last + 1)})
    return None if 0 < found < number else not found


class Font(_Model):
    _of: Range

    @property
    def Underline(self) -> int:
        return 2 if self._of.common("CharUnderline") else -4142

    @Underline.setter
    def Underline(self, value: int) -> None:
        self._of.look.CharUnderline = 1 if value == 2 else 0


# as LibreOffice has them when it reads a file of Excel's: kinds of lines, and widths in 1/100 mm
_LINES = {1: 0, -4115: 14, -4118: 1}
_WEIGHTS = {1: 2, 2: 26, -4138: 62, 4: 88}
_EDGES = {7: "LeftLine", 8: "TopLine", 9: "BottomLine", 10: "RightLine"}
_EVERY = (*_EDGES.values(), "VerticalLine", "HorizontalLine")


class Borders:
    """Lines around every cell, or (called) along one edge of the range; drawn when the colour is set, the last."""

    def __init__(self, cells: Range, lines: tuple[str, ...] = _EVERY):
        self._cells, self._lines = cells, lines
        self.LineStyle, self.Weight = 1, 2

    def __call__(self, edge: int) -> Borders:
        return Borders(self._cells, (_EDGES[edge],))

    @property
    def Color(self) -> int:
        raise NotImplementedError

    @Color.setter
    def Color(self, value: int) -> None:
        line = struct("table.BorderLine2", LineStyle=_LINES[self.LineStyle], LineWidth=_WEIGHTS[self.Weight],
                      OuterLineWidth=_WEIGHTS[self.Weight], Color=rgb(value))
        table = struct("table.TableBorder2")
        for name in self._lines:
            setattr(table, name, line)
            setattr(table, f"Is{name}Valid", True)
        self._cells.look.TableBorder2 = table


class Hyperlinks(_Model):
    _of: Range

    def Delete(self) -> None:
        for block in self._of.blocks:
            block.clearContents(512)        # fields and other text set by hand

    def Add(self, Anchor: Any, Address: str, SubAddress: str = "", ScreenTip: str = "",
            TextToDisplay: str | None = None) -> None:
        cells = Anchor._of
        cell = cells.block.getCellByPosition(0, 0)
        text = cell.String if TextToDisplay is None else TextToDisplay
        field = cells.sheet.book.document.createInstance("com.sun.star.text.TextField.URL")
        sheet, _, place = SubAddress.rpartition("!")
        field.URL = Address or f"#{sheet.strip(chr(39)).replace(chr(39) * 2, chr(39))}.{place}"
        field.Representation = text
        cell.String = ""
        cell.insertTextContent(cell.createTextCursor(), field, False)

