"""The charts of a result sheet, by Excel's own object model: xlwings cannot give a chart several series of its own.

Charts of an earlier run are not deleted but put out of sight, so that 撤销上次生成 has them back: they draw the same
cells, which it restores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xl_kpi.sheets.model import Area, Chart
from xl_kpi.workbook.excel.areas import area_address

if TYPE_CHECKING:
    import xlwings as xw

_POINTS = 0.75                  # of a pixel
_COLUMNS, _BOTTOM, _LOW, _MOVE = 51, -4107, -4134, 2    # xlColumnClustered, xlBottom, xlTickLabelPositionLow, xlMove
_CATEGORIES, _VALUES = 1, 2


def draw(sheet: xw.Sheet, chart: Chart) -> None:
    corner = sheet.range((chart.at[0] + 1, chart.at[1] + 1))
    width, height = chart.size
    frame = sheet.api.ChartObjects().Add(corner.left, corner.top, width * _POINTS, height * _POINTS)
    frame.Placement = _MOVE
    drawn = frame.Chart
    drawn.ChartType = _COLUMNS
    while drawn.SeriesCollection().Count:           # Excel takes what is selected for the data
        drawn.SeriesCollection(1).Delete()
    for series in chart.series:
        made = drawn.SeriesCollection().NewSeries()
        made.Name = series.name
        made.Values, made.XValues = _cells(sheet, series.values), _cells(sheet, chart.categories)
        made.Format.Fill.ForeColor.RGB = bgr(series.fill)
        if series.labels:
            made.HasDataLabels = True
            made.DataLabels().NumberFormat = chart.number_format
    group = drawn.ChartGroups(1)
    group.GapWidth, group.Overlap = 70, -5
    drawn.HasTitle = True
    drawn.ChartTitle.Text = chart.title
    drawn.HasLegend = len(chart.series) > 1
    if len(chart.series) > 1:
        drawn.Legend.Position = _BOTTOM
    drawn.Axes(_CATEGORIES).TickLabelPosition = _LOW
    values = drawn.Axes(_VALUES)
    values.TickLabels.NumberFormat = chart.number_format
    if chart.from_zero:
        values.MinimumScale = 0


def hide_old(sheet: xw.Sheet) -> None:
    """Put all charts out of sight."""
    for frame in _all(sheet):
        frame.Visible = False


def shown(sheet: xw.Sheet) -> list[str]:
    """The names of the charts that are in sight."""
    return [frame.Name for frame in _all(sheet) if frame.Visible]


def show_again(sheet: xw.Sheet, names: list[str]) -> None:
    """These charts and no other."""
    keep_only(sheet, names)
    for frame in _all(sheet):
        frame.Visible = True


def keep_only(sheet: xw.Sheet, names: list[str]) -> None:
    for frame in [frame for frame in _all(sheet) if frame.Name not in names]:
        frame.Delete()


def _all(sheet: xw.Sheet) -> list[Any]:
    frames = sheet.api.ChartObjects()
    return [frames.Item(n) for n in range(1, frames.Count + 1)]


def _cells(sheet: xw.Sheet, area: Area) -> Any:
    return sheet.range(area_address(area)).api


def bgr(color: str) -> int:
    """A colour as Excel counts it."""
    red, green, blue = bytes.fromhex(color.lstrip("#"))
    return red | green << 8 | blue << 16
