"""Charts in the terms of Excel's object model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.xlwings_office.units import hundredths_mm, struct

if TYPE_CHECKING:
    from tests.xlwings_office.sheet import Sheet

COLUMNS = 51


class ChartObjects:
    def __init__(self, sheet: Sheet):
        self._sheet, self._charts = sheet, sheet.uno.Charts

    @property
    def Count(self) -> int:
        return len(self._charts.ElementNames)

    def Item(self, number: int) -> ChartObject:
        return ChartObject(self._sheet, self._charts.ElementNames[number - 1])

    def Add(self, left: float, top: float, width: float, height: float) -> ChartObject:
        number = 1
        sheets = self._sheet.book.document.Sheets
        while any(sheet.Charts.hasByName(f"Object {number}") for sheet in sheets):
            number += 1
        place = struct("awt.Rectangle", X=hundredths_mm(left), Y=hundredths_mm(top), Width=hundredths_mm(width),
                       Height=hundredths_mm(height))
        self._charts.addNewByName(f"Object {number}", place, (), False, False)
        return ChartObject(self._sheet, f"Object {number}")


class ChartObject:
    """A chart in its frame."""

    def __init__(self, sheet: Sheet, name: str):
        self.sheet, self.Name = sheet, name
        self.Chart = ChartModel(self)
        self.Placement = 2

    @property
    def shape(self) -> Any:
        page = self.sheet.uno.DrawPage
        return next(shape for shape in (page.getByIndex(n) for n in range(page.Count))
                    if getattr(shape, "PersistName", None) == self.Name)

    @property
    def Visible(self) -> bool:
        return self.shape.Visible

    @Visible.setter
    def Visible(self, value: bool) -> None:
        self.shape.Visible = value

    def Delete(self) -> None:
        self.sheet.uno.Charts.removeByName(self.Name)


class ChartModel:
    ChartType = COLUMNS

    def __init__(self, frame: ChartObject):
        self.frame = frame
        self.made: list[Series] = []

    @property
    def inner(self) -> Any:
        return self.frame.sheet.uno.Charts.getByName(self.frame.Name).EmbeddedObject

    def SeriesCollection(self) -> SeriesCollection:
        return SeriesCollection(self)

    def put_data(self) -> None:
        """A chart takes its data when it is made: make it anew."""
        charts, shape = self.frame.sheet.uno.Charts, self.frame.shape
        place = struct("awt.Rectangle", X=shape.Position.X, Y=shape.Position.Y, Width=shape.Size.Width,
                       Height=shape.Size.Height)
        ranges = [self.made[0].XValues, *(series.Values for series in self.made)]
        charts.removeByName(self.frame.Name)
        charts.addNewByName(self.frame.Name, place, tuple(r._of.block.RangeAddress for r in ranges), False, True)
        for series in self.made:
            if series.color is not None:
                series.paint()

    @property
    def HasTitle(self) -> bool:
        return self.inner.HasMainTitle

    @HasTitle.setter
    def HasTitle(self, value: bool) -> None:
        self.inner.HasMainTitle = value

    @property
    def ChartTitle(self) -> Title:
        return Title(self.inner)

    @property
    def HasLegend(self) -> bool:
        return self.inner.HasLegend

    @HasLegend.setter
    def HasLegend(self, value: bool) -> None:
        self.inner.HasLegend = value

    @property
    def Legend(self) -> Legend:
        return Legend(self.inner)

    def ChartGroups(self, number: int) -> Group:
        return Group(self.inner)

    def Axes(self, number: int) -> Axis:
        return Axis(self.inner, number)


class SeriesCollection:
    def __init__(self, chart: ChartModel):
        self._chart = chart

    @property
    def Count(self) -> int:
        return len(self._chart.made)

    def NewSeries(self) -> Series:
        self._chart.made.append(Series(self._chart))
        return self._chart.made[-1]


class Series:
    """The data go into the chart with the categories, which are set last."""

    def __init__(self, chart: ChartModel):
        self._chart = chart
        self.Name = ""
        self.Values: Any = None
        self.HasDataLabels = False
        self.color: int | None = None
        self._categories: Any = None

    @property
    def XValues(self) -> Any:
        return self._categories

    @XValues.setter
    def XValues(self, value: Any) -> None:
        self._categories = value
        self._chart.put_data()

    def paint(self) -> None:
        row = self._chart.made.index(self)
        self._chart.inner.Diagram.getDataRowProperties(row).FillColor = self.color

    def DataLabels(self) -> NumberFormat:
        return NumberFormat()

    @property
    def Format(self) -> Any:
        return Fill(self)


class Fill:
    def __init__(self, series: Series):
        self._series = series

    @property
    def Fill(self) -> Any:
        return self

    @property
    def ForeColor(self) -> Any:
        return self

    @property
    def RGB(self) -> int | None:
        return self._series.color

    @RGB.setter
    def RGB(self, value: int) -> None:
        self._series.color = (value & 255) << 16 | value & 0xFF00 | value >> 16
        self._series.paint()


class NumberFormat:
    NumberFormat = "General"


class Title:
    def __init__(self, inner: Any):
        self._inner = inner

    @property
    def Text(self) -> str:
        return self._inner.Title.String

    @Text.setter
    def Text(self, value: str) -> None:
        self._inner.Title.String = value


class Legend:
    Position = -4107

    def __init__(self, inner: Any):
        self._inner = inner


class Group:
    GapWidth, Overlap = 150, 0

    def __init__(self, inner: Any):
        self._inner = inner


class Axis:
    TickLabelPosition = 4

    def __init__(self, inner: Any, number: int):
        self._axis = inner.Diagram.XAxis if number == 1 else inner.Diagram.YAxis
        self.TickLabels = NumberFormat()

    @property
    def MinimumScale(self) -> float:
        return self._axis.Min

    @MinimumScale.setter
    def MinimumScale(self, value: float) -> None:
        self._axis.Min = float(value)
