"""What the layouts share: titles, widths and heights, the values of lines, formulas bound to cells, the foot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xl_kpi.hand.days import read_any
from xl_kpi.results import ID, NAME, REFUSED, RefusedCell, Result, ResultColumn
from xl_kpi.sheets.model import A4_LANDSCAPE, A4_PORTRAIT, BASE_DIGIT_PX, ResultSheet, Value, letter

NAMES = (ID, NAME)    # short by nature: a long one wraps, the column stays narrow
WIDEST_NAME = 10        # five characters
FITTING = 0.9           # of the values of a column of short texts are on one line
WIDEST_TEXT = 14        # a text column with longer values is a note: left-aligned, wrapped, at most NOTE_WIDTH wide
NOTE_WIDTH = 26
_CHAR = 0.92            # a character of the body (10) in units of the default font (11), with room for wider fonts
_PAD = 0.9
# A bold character of 宋体 10, where a digit of the width is 8 pixels: as Excel draws it or another, and LibreOffice,
# whose digits are narrower.
_HEADING_PX = (13.0, 14.0, 14.6)
SLACK = 65              # hundredths by which a column may be narrower than its values would like
_INDENT = 0.9           # of a note
SPACE = "　　"
DEFAULT_HEIGHT, INFO_HEIGHT = 15.0, 20.0
_POINTS = 72            # an inch
# Points that a character of width takes where the default font is at its narrowest, and what a cell has besides.
NARROWEST_DIGIT, CELL_PADDING = 5.35, 3.7


def period_title(period: str) -> str:
    """2016-11 → 2016年11月, 2016Q4 → 2016年第4季度; nothing for no period."""
    return read_any(period).label if period else ""


def titled(period: str, name: str) -> str:
    """2016Q4, 季度星级评定表 → 2016年第4季度星级评定表; 2016, 年度考核 → 2016年度考核: said once."""
    label = period_title(period)
    word = next((word for end, word in (("季度", "季度"), ("半年", "半年"), ("年", "年"))
                 if label.endswith(end) and name.startswith(word) and len(name) > len(word)), "")
    return f"{label}{name.removeprefix(word)}"


def text_width(text: str) -> int:
    """Half-width characters that a text takes; rare characters count double, which only gives them more room."""
    return len(text) if text.isascii() else len(text.encode("gb18030", "replace"))


def lines_needed(text: str, width: float) -> int:
    """Lines that a wrapped text takes in a column of this width."""
    room = max(1.0, (width - _PAD - _INDENT) / _CHAR)
    return sum(max(1, math.ceil(text_width(part) / room)) for part in text.split("\n"))


def row_height(values: Sequence[Value], widths: Sequence[float], where: Iterable[int], least: float) -> float:
    """A height for the wrapped texts of the columns ``where``; given, for not every host fits rows on loading."""
    lines = 1
    for i in where:
        text = values[i]
        # most texts are plainly short: do not measure them
        if isinstance(text, str) and (len(text) * 2 * _CHAR > widths[i] - _PAD - _INDENT or "\n" in text):
            lines = max(lines, lines_needed(text, widths[i]))
    return max(least, 7 + 13 * lines)


def column_width(column: ResultColumn, values: Sequence[Value], total: Value = None) -> float:
    """A width that holds the values, the total, and the heading wrapped to two lines (three when it is long), none of
    them a single character."""
    heading = column.heading
    least = max(4, *map(text_width, _parts(heading))) * _CHAR + _PAD
    chars = 0
    if column.type in ("text", "bool"):
        lengths = sorted(text_width(v) for v in values if isinstance(v, str))
        longest = lengths[-1] if lengths else 0
        if longest > WIDEST_TEXT and heading != NAME:       # a note
            chars = min(longest, NOTE_WIDTH) + 1
        elif heading == ID or not lengths:
            chars = longest
        else:               # a few that are longer wrap
            chars = min(lengths[int((len(lengths) - 1) * FITTING)], WIDEST_NAME if heading == NAME else WIDEST_TEXT)
    else:
        numbers = {v for v in values if isinstance(v, (Decimal, Fraction, int))}
        if isinstance(total, (Decimal, int)):
            numbers.add(total)
        if column.type in ("int", "money") and numbers:     # the outermost are the longest
            numbers = {min(numbers), max(numbers)}
        chars = max((len(_shown(v, column.type)) for v in numbers), default=0)
    return unbroken(heading, round(max(least, chars * _CHAR + _PAD), 2), least)


def _parts(heading: str) -> list[str]:
    """A heading in lines of about the same length: two, of a long one three; what stands in brackets apart."""
    head, bracket, tail = heading.partition("（")
    if head and bracket and text_width(bracket + tail) > 4:
        return [*_parts(head), bracket + tail]
    wide = text_width(heading)
    lines = 1 if wide <= 6 or heading.isascii() else 2 if wide <= 20 else 3
    step = math.ceil(len(heading) / lines)
    return [heading[at:at + step] for at in range(0, len(heading), step)]


def unbroken(heading: str, width: float, least: float) -> float:
    """The width next to ``width``, not below ``least``, in which 宋体 leaves no single character of a heading on the
    last line."""
    def breaks(hundredths: int) -> bool:
        return any(len(lines) > 1 and len(lines[-1]) == 1 for lines in (
            _wrapped(heading, hundredths * BASE_DIGIT_PX * 2 / 100 / pixels) for pixels in _HEADING_PX))

    wanted = round(width * 100)
    lowest = max(round(least * 100), wanted - SLACK)
    return next(n for n in (*range(wanted, lowest - 1, -1), *range(wanted, wanted * 9)) if not breaks(n)) / 100


def _heading_lines(heading: str, width: float) -> int:
    """The lines that a heading takes at most, in a column of this width, whatever the font."""
    return len(_wrapped(heading, (width - _PAD) / _CHAR + 0.01))        # a width is rounded


def _wrapped(heading: str, room: float) -> list[str]:
    """The lines in which a heading is shown where so many half-width characters have room.  There is no line break in
    it: HR looks up columns by their names (MATCH), and Chinese breaks between any two characters, but not behind （ or
    before ）."""
    lines = [""]
    for at, one in enumerate(heading):
        together = one + heading[at + 1:at + 2] if one in "（(" else one
        if lines[-1] and text_width(lines[-1] + together) > room and one not in "）)":
            lines.append("")
        lines[-1] += one
    return lines


def empty_columns(columns: Sequence[ResultColumn], by_column: Sequence[Sequence[Value]]) -> set[int]:
    """The columns that are empty for everybody: nothing but blanks; of what is earned or held back, or noughts."""
    return {i for i, (c, values) in enumerate(zip(columns, by_column, strict=True)) if values and all(
        v is None or v == "" or (bool(c.part) and v == 0 and not isinstance(v, (bool, RefusedCell))) for v in values)}


def _shown(value: Decimal | Fraction | int, kind: str) -> str:
    if kind == "int":
        return str(value)
    if kind == "money":
        return f"{float(value):,.2f}" if value else "-"
    if kind == "percent" and value == 100:
        return "100%"
    whole = f"{float(value):.4f}".removesuffix("00")
    return f"{whole}%" if kind == "percent" else whole


def kinds(columns: Sequence[ResultColumn], lines: Sequence[dict[str, Any]]) -> list[str]:
    """The style of each column's values."""
    return [_kind(c, lines) for c in columns]


def _kind(column: ResultColumn, lines: Sequence[dict[str, Any]]) -> str:
    if column.type not in ("text", "bool"):
        return column.type
    if column.formula is not None:      # a cell in text format would show the formula
        return "note"
    if column.heading in NAMES:
        return "text"
    values = {v for line in lines if isinstance(v := line.get(column.heading), str)}
    return "note" if any(text_width(v) > WIDEST_TEXT for v in values) else "text"


def shown(value: Any) -> Any:
    """A yes or no as HR writes it; everything else as it is."""
    return ("是" if value else "否") if value is True or value is False else value


def value_kind(value: Any, declared: str | None) -> str:
    """The style of a result: its column's; a step that is no column shows by its value."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, Fraction)):
        return "note" if isinstance(value, str) and text_width(value) > WIDEST_TEXT else "text"
    if declared in ("int", "money", "score", "percent"):
        return declared
    return "int" if isinstance(value, int) else "score"


def shown_amount(value: Any) -> str:
    """An amount inside a text: 3,420.00."""
    return "#N/A" if isinstance(value, RefusedCell) else f"{Decimal(value or 0):,.2f}"


def cells(result: Result) -> list[list[Value]]:
    """The values of every line in the order of the columns."""
    headings = [c.heading for c in result.columns]
    flags = [i for i, c in enumerate(result.columns) if c.type == "bool"]
    table = []
    for line in result.lines:
        row = [line.get(h) for h in headings]
        for i in flags:
            row[i] = shown(row[i])
        table.append(row)
    return table


def beside(result: Result, what: str) -> str:
    """What stands in the title of a further sheet of an output."""
    return what if result.output.plain else f"{result.output.title}{what}"


def headcount(result: Result) -> str:
    """人数, and the unit of the sheet."""
    unit = f"　　单位：{result.output.unit}" if result.output.unit else ""
    return f"人数：{len(result.lines)}{unit}"


def grand_total(result: Result) -> ResultColumn | None:
    """The column that the result comes to: the last computed total that is itself no part of another."""
    return next((c for c in reversed(result.columns) if c.part == "" and c.total and c.formula), None)


def paid_out(result: Result) -> ResultColumn | None:
    """That column where it is an amount of money: it is written in 大写 too."""
    total = grand_total(result)
    return total if total is not None and total.type == "money" else None


def words(total: ResultColumn, amount: Any) -> str:
    """What is paid out, in 大写."""
    from xl_kpi.rmb import upper

    if not isinstance(amount, (Decimal, int, type(None))):
        return f"{total.heading}（大写）：有未能计算的金额"
    return f"{total.heading}（大写）：{upper(Decimal(amount or 0))}"


def in_words(result: Result) -> list[str]:
    """The amount paid out to each person in 大写; nothing where the result has no such column."""
    total = paid_out(result)
    return [] if total is None else [words(total, line.get(total.heading)) for line in result.lines]


def totalled(result: Result) -> list[ResultColumn]:
    return [c for c in result.columns if c.total]


def total(values: Iterable[Any]) -> Any:
    """The exact sum of the lines shown; refused when one of them is; ``None`` when there is none."""
    amount: Any = None
    for v in values:
        if isinstance(v, RefusedCell):
            return REFUSED
        if v is not None:
            amount = v if amount is None else amount + v
    return amount


class RowFormula:
    """A column's native formula with the row left open: written once, bound to each row by a replacement."""

    def __init__(self, column: ResultColumn, places: dict[str, int]):
        assert column.formula is not None
        self._text = column.formula(lambda heading: f"{letter(places[heading])}\0")

    def at(self, row: int) -> str:
        return self._text.replace("\0", str(row + 1))


def sum_formula(col: int, first: int, last: int) -> str:
    return f"SUM({letter(col)}{first + 1}:{letter(col)}{last + 1})"


def heading_style(column: ResultColumn) -> str:
    return f"heading_{column.part}" if column.part else "heading"


def heading_height(headings: Sequence[str], widths: Sequence[float]) -> float:
    return 10 + 13 * max(_heading_lines(h, w) for h, w in zip(headings, widths, strict=True))


def page_room(sheet: ResultSheet) -> float:
    """The height in points of the rows that a page holds at least.

    The width is fitted to the page by the host, so the scale depends on its font: the narrower, the larger the scale
    (at most 100 %) and the fewer rows.  Counted with the narrowest: manual breaks then come before the host's own.
    """
    left, right, top, bottom = sheet.page.margins
    width, height = (inches * _POINTS for inches in _paper(sheet))
    across = sum(w * NARROWEST_DIGIT + CELL_PADDING for w in sheet.shown if w)
    scale = min(1.0, (width - (left + right) * _POINTS) / across)
    return (height - (top + bottom) * _POINTS) / scale * 0.98


def break_pages(sheet: ResultSheet, first: int, last: int, together: int = 0) -> None:
    """Set the page breaks of a sheet whose rows ``first`` to ``last`` are people and whose other rows follow them.

    What follows (sums, signatures) stays on one page, with ``together`` people at least.
    """
    room, heights = page_room(sheet), [row.height or DEFAULT_HEIGHT for row in sheet.rows]
    repeated = sum(heights[row] for row in range(sheet.page.repeat_rows[0], sheet.page.repeat_rows[1] + 1)
                   ) if sheet.page.repeat_rows else 0.0
    tail = max(first, last + 1 - together)          # from here on all on one page
    used = sum(heights[:first])
    for row in range(first, last + 1):
        rest = sum(heights[row:]) if row == tail else heights[row]
        if used + rest > room and row > first:
            sheet.page.breaks.append(row)
            used = repeated
        used += heights[row]


def _paper(sheet: ResultSheet) -> tuple[float, float]:
    return A4_LANDSCAPE if sheet.page.landscape else A4_PORTRAIT


def add_title(sheet: ResultSheet, result: Result, what: str, right: str = "", middle: str = "") -> None:
    """The title with the company, and below it small the department and the policy (left), ``middle`` and ``right``."""
    title = f"{result.company}{titled(result.period, what)}"
    if result.draft:
        sheet.add_line(f"{title}　试算，不是{result.output.title}", "title_draft", 32)
    else:
        sheet.add_line(title, "title", 32)
    add_ends(sheet, SPACE.join(filter(None, (
        f"部门：{result.department}" if result.department else "", f"制度：{result.policy_title}"))), right, middle)


def add_ends(sheet: ResultSheet, left: str, right: str, middle: str = "") -> None:
    """A small line with a text at each end, and one in the middle."""
    n = len(sheet.widths)
    texts = [left, middle, right] if middle else [left, right]
    looks = ["info", "info_middle", "info_right"] if middle else ["info", "info_right"]
    starts = split_columns(sheet.shown, len(texts))
    if len(starts) < len(texts):            # too few columns
        sheet.add_line(SPACE.join(filter(None, texts)), "info", INFO_HEIGHT)
        return
    values: list[Value] = [None] * n
    styles = [""] * n
    row = len(sheet.rows)
    for text, look, start, end in zip(texts, looks, starts, [*starts[1:], n], strict=True):
        values[start] = text
        styles[start:end] = [look] * (end - start)
        if end - start > 1:
            sheet.merges.append((row, start, row, end - 1))
    sheet.add(values, tuple(styles), INFO_HEIGHT)


def split_columns(widths: Sequence[float], parts: int) -> list[int]:
    """The first column of each of ``parts`` parts of about the same width (fewer when there are fewer columns).

    No part begins with a hidden column (0).
    """
    whole, passed, starts = sum(widths), widths[0], [0]
    for i in range(1, len(widths)):
        if not widths[i]:
            continue
        wanted, left = parts - len(starts), sum(1 for w in widths[i:] if w)
        if wanted and (passed >= whole * len(starts) / parts or left <= wanted):
            starts.append(i)
        passed += widths[i]
    return starts


def add_wrapped(sheet: ResultSheet, text: str, style: str) -> int:
    """A text over all columns, high enough for its lines (hosts do not fit merged cells)."""
    return sheet.add_line(text, style, 4 + 12 * lines_needed(text, sum(sheet.shown) * 0.95))


def add_foot(sheet: ResultSheet, roles: Sequence[str] = ("制表", "复核", "审批")) -> None:
    """Room for signatures and dates: one block a role, side by side."""
    sheet.add(height=8)
    n = len(sheet.widths)
    starts = split_columns(sheet.shown, len(roles))
    ends = [*starts[1:], n]
    roles = roles[:len(starts)]
    for texts, height in (([f"{r}：" for r in roles], 26), (["日期：　　　　年　　月　　日"] * len(roles), 22)):
        values: list[Value] = [None] * n
        for start, text in zip(starts, texts, strict=True):
            values[start] = text
        row = sheet.add(values, ("foot",) * n, height)
        for start, end in zip(starts, ends, strict=True):
            if end - start > 1:
                sheet.merges.append((row, start, row, end - 1))
