"""A result sheet as plain data: made once by a layout, rendered by a port (a file, or Excel in blocks).

Rows and columns count from 0.  Values stay what the engine gave (``Decimal``, ``Fraction`` …); a port turns
them into what its host understands at the last moment.  ``REFUSED`` is a real error cell (``=NA()``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

from xl_kpi.results import RefusedCell

Value = str | int | float | Decimal | Fraction | bool | RefusedCell | None

FONT = "宋体"             # on every Chinese Windows and Mac Office; its narrow digits let 27 columns fit
BASE_SIZE = 11           # of the workbook's default font, the unit of column widths
BASE_COLOR = "#1F2933"
BASE_DIGIT_PX = 8        # width of a digit of 宋体 11, which a column width counts in
A4_LANDSCAPE, A4_PORTRAIT = (11.69, 8.27), (8.27, 11.69)    # inches


@dataclass(frozen=True)
class Style:
    """How a cell looks.  ``border``: "" none, "all" thin around, "sum" with a stronger top, "cut" a dashed line."""

    size: float = 10
    bold: bool = False
    color: str = BASE_COLOR
    fill: str = ""
    number_format: str = "General"
    align: str = ""
    valign: str = "vcenter"
    indent: int = 0
    wrap: bool = False
    shrink: bool = False
    underline: bool = False
    border: str = ""


_BODY = {
    "text": Style(number_format="@", align="center", wrap=True, border="all"),
    # text format shows #### in old Excel beyond 255 characters: long text is General, and written as text anyway
    "note": Style(align="left", indent=1, wrap=True, border="all"),
    "int": Style(number_format="0", align="center", border="all"),
    # numbers shrink where the host's font is wider than expected: never ####
    "money": Style(number_format='#,##0.00;-#,##0.00;"-"', align="right", shrink=True, border="all"),
    "score": Style(number_format="0.00##", align="right", shrink=True, border="all"),
    # the value is the percent number itself (100, not 1): the sign is only written behind it
    "percent": Style(number_format='[=100]0"%";0.00##"%"', align="right", shrink=True, border="all"),
    "link": Style(number_format="@", align="center", wrap=True, border="all", color="#1F5FA8", underline=True),
}
_HEADING = Style(bold=True, fill="#DCE6F0", align="center", wrap=True, border="all")

STYLES: dict[str, Style] = {
    "": Style(),
    "title": Style(size=18, bold=True, align="center", shrink=True),
    "title_draft": Style(size=18, bold=True, align="center", color="#C00000", shrink=True),
    "section": Style(size=12, bold=True, align="left"),
    "small": Style(size=9, color="#5B6770", align="left"),
    "info": Style(size=11, align="left"),
    "info_middle": Style(size=11, align="center"),
    "info_right": Style(size=11, align="right"),
    "wrapped": Style(size=9, color="#5B6770", align="left", valign="top", wrap=True),
    "count": Style(size=10, bold=True, align="left"),
    "notice": Style(size=9, color="#7A4B00", align="left", valign="top", wrap=True),
    "foot": Style(size=11, align="left"),
    "heading": _HEADING,
    "heading_earning": replace(_HEADING, fill="#DFEBDD"),
    "heading_deduction": replace(_HEADING, fill="#F3E3DC"),
    "input": Style(fill="#FFF8DC", align="left", wrap=True, border="all"),      # for HR to fill in
    "error": replace(_BODY["text"], bold=True, color="#9C1C1C", fill="#F9DEDC"),
    "warning": replace(_BODY["text"], bold=True, color="#8A5A00", fill="#FDEFCF"),
    "hint": replace(_BODY["text"], bold=True, color="#3B5B7A", fill="#E4EDF5"),
    "cut": Style(border="cut"),
    "archive": Style(size=8, color="#9AA5B1", number_format="@"),               # for the program, in hidden columns
    **_BODY,
    **{f"{k}/alt": replace(s, fill="#F5F8FB") for k, s in _BODY.items()},
    **{f"{k}/sum": replace(s, bold=True, fill="#EAEFF4", border="sum", shrink=not s.wrap) for k, s in _BODY.items()},
}


@dataclass(slots=True)
class Row:
    """One row.  ``styles`` is one name a cell, shared by the rows that look alike.

    ``formulas``: column → formula without '='; the value in ``values`` is what it computes to.
    ``height`` in points; ``None`` lets the host fit it to wrapped text.
    """

    values: Sequence[Value] = ()
    styles: tuple[str, ...] = ()
    height: float | None = None
    formulas: dict[int, str] | None = None


@dataclass
class Page:
    """Print set-up: A4, always one page wide, whatever the host's font makes of the widths.

    ``breaks`` are the rows that begin a page; ``one_page``: the sheet is made to fit one (then there are no breaks).
    """

    landscape: bool = True
    one_page: bool = False
    margins: tuple[float, float, float, float] = (0.4, 0.4, 0.45, 0.55)     # left, right, top, bottom; inches
    footer: str = ""                            # at the left; page n of m always stands in the middle
    repeat_rows: tuple[int, int] | None = None
    breaks: list[int] = field(default_factory=list)


Area = tuple[int, int, int, int]        # first row, first column, last row, last column


@dataclass(frozen=True)
class Series:
    """One row of columns of a chart."""

    name: str
    values: Area
    fill: str
    labels: bool = True         # the values stand above the columns


@dataclass(frozen=True)
class Chart:
    """Columns side by side over cells of the sheet they stand on.  ``at``: row and column of the upper left corner;
    ``size`` in pixels.  ``title`` says what is to be seen, with numbers: it also serves who cannot see the picture."""

    title: str
    at: tuple[int, int]
    size: tuple[int, int]
    categories: Area
    series: tuple[Series, ...]
    number_format: str = "#,##0"
    from_zero: bool = True      # no value is negative: the axis begins at 0, or the columns would mislead


@dataclass
class ResultSheet:
    """A sheet: rows, widths in characters (0: hidden), merges, links, charts, what is frozen or filtered, print set-up.

    ``folded``: columns that say nothing about anybody: grouped and hidden, one click shows them.
    The print area is the rows × the widths.
    """

    name: str
    widths: list[float]
    rows: list[Row] = field(default_factory=list)
    merges: list[Area] = field(default_factory=list)
    links: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)  # (row, col) → (sheet, cell)
    freeze: tuple[int, int] | None = None
    autofilter: Area | None = None
    page: Page = field(default_factory=Page)
    charts: list[Chart] = field(default_factory=list)
    folded: set[int] = field(default_factory=set)

    @property
    def shown(self) -> list[float]:
        """The widths as seen: 0 for what is hidden."""
        return [0.0 if i in self.folded else w for i, w in enumerate(self.widths)]

    def add(self, values: Sequence[Value] = (), styles: tuple[str, ...] = (), height: float | None = None,
            formulas: dict[int, str] | None = None) -> int:
        """Append a row and say its number."""
        self.rows.append(Row(values, styles, height, formulas))
        return len(self.rows) - 1

    def add_line(self, text: str, style: str, height: float | None = None) -> int:
        """Append a row whose one text runs over all columns."""
        n = len(self.widths)
        row = self.add([text, *[None] * (n - 1)], (style,) * n, height)
        if n > 1:
            self.merges.append((row, 0, row, n - 1))
        return row


@cache
def letter(col: int) -> str:
    """Column 0 → A, 26 → AA."""
    name = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        name = chr(65 + rest) + name
    return name
