"""The cells of one column as typed values.

Reading never guesses: what a cell cannot mean is said, with the remedy, and the cell counts as refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from xl_kpi.hand.choices import YES_NO
from xl_kpi.hand.choices import codes as choice_codes
from xl_kpi.hand.choices import key as choice_key
from xl_kpi.hand.days import day_numbers, period_codes, says_none, usual
from xl_kpi.hand.numbers import NONE, Typed, typed
from xl_kpi.hand.texts import difference, is_blank, kept, normal, squeezed
from xl_kpi.money import Exact, as_decimal, decimals
from xl_kpi.period import key_of, period_of
from xl_kpi.policy.model import Column
from xl_kpi.policy.names import PERIODIC
from xl_kpi.policy.words import nearest
from xl_kpi.problems import Level
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value
from xl_kpi.workbook.book import CALCULATE, Mark


class Kind(NamedTuple):
    """A kind of number: its decimals, the largest that can be meant (beyond it is a slip of the hand or a shifted
    column), and its unit where the column has none of its own."""

    places: int
    limit: int
    unit: str


NUMBERS = {
    "count": Kind(0, 99, "次"), "hours": Kind(4, 744, "小时"), "days": Kind(4, 366, "天"),
    "minutes": Kind(4, 1440, "分钟"), "score": Kind(4, 1000, "分"), "percent": Kind(4, 1000, "%"),
    "money": Kind(2, 10_000_000, "元"), "number": Kind(4, 1_000_000_000, ""),
}
NO_MARK = Mark()
TOO_MANY_DIGITS = 10**15        # Excel keeps 15
DIGITS_LOST = "位数太多，Excel 已经丢了末尾的数字"
NO_NEED = "不改也能用；可以顺手改正"
NOBODY_MEANS = "核对后重新填写"


class Said(NamedTuple):
    """What is said about the cell of one row."""

    row: int
    text: str
    do: str
    level: Level = "error"


@dataclass
class ReadCells:
    """A column as read: ``value`` over the rows, ``texts`` of 工号, names and texts, ``periods`` as their codes
    (``xl_kpi.period.code_of``), a ``day`` as its ordinal.

    ``with_unit``: where a number was typed with its unit or % as text, so that what it says is meant (None: nowhere).
    ``read_as``: of a 工号 or name the rows whose cell was not just that, and what is said about how it was read.
    """

    value: Value
    texts: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    periods: np.ndarray | None = None
    day: np.ndarray | None = None
    with_unit: np.ndarray | None = None
    read_as: dict[int, str] = field(default_factory=dict)

    def states(self) -> np.ndarray:
        return self.value.states(self.value.array(0).size)


def one_hint(read_as: Mapping[int, str]) -> list[Said]:
    """One hint for all cells of a column that were read though they are not just what they should be."""
    if not read_as:
        return []
    row = min(read_as)
    more = f"（这一列共 {len(read_as)} 处）" if len(read_as) > 1 else ""
    return [Said(row, f"{read_as[row]}{more}", NO_NEED, "hint")]


def reading_of(raw: Any, reading: str) -> str:
    """How a cell was read: 的「2,400元」读作 2400.00."""
    if isinstance(raw, str):
        alike = "（文字形式的数字）" if raw == reading else difference(raw, reading)
        return f"的「{seen(raw)}」读作 {reading}{alike}"
    return f"的 {seen(raw)} 读作 {reading}"


def read_column(column: Column, raw: list[Any], marks: Mapping[int, Mark]) -> ReadCells:
    """The cells of a column; ``marks`` by row."""
    return _Column(column, raw, marks).read()


def blank_column(column: Column, size: int, state: int) -> ReadCells:
    """A column that is not there, or of a table without rows."""
    states = np.full(size, state, np.uint8)
    cells = ReadCells(_typed(column, np.zeros(size, np.int64), states, ()), [""] * size)
    never = np.full(size, -1, np.int64)
    if column.type in PERIODIC:
        cells.periods = never
    if column.type == "date":
        cells.day = never
    return cells


def _typed(column: Column, data: np.ndarray, state: np.ndarray, choices: tuple[str, ...]) -> Value:
    mask = state if state.any() else None
    if column.type in NUMBERS:
        return Value("number", Exact(data.astype(np.int64), 10**NUMBERS[column.type].places), mask)
    if column.type == "date":
        return Value("date", Exact(data.astype(np.int64)), mask)
    return Value("choice", data, mask, tuple(column.choices) or choices or ("",))


class _Column:
    """One column being read."""

    def __init__(self, column: Column, raw: list[Any], marks: Mapping[int, Mark]):
        self.column, self.raw, self.marks = column, raw, marks
        self.size = len(raw)
        self.state = np.zeros(self.size, np.uint8)
        self.said: list[Said] = []
        self.read_as: dict[int, str] = {}
        self.typed: dict[int, Typed] = {}
        self.result = ReadCells(Value("blank", 0), said=self.said, read_as=self.read_as)

    def refuse(self, row: int, text: str, do: str) -> None:
        self.said.append(Said(row, text, do))
        self.state[row] = REFUSED

    def lenient(self, row: int, raw: Any, reading: str) -> None:
        """A cell was read though it is not just what it should be; the hint shows the first."""
        self.read_as[row] = "" if self.read_as else reading_of(raw, reading)

    def read(self) -> ReadCells:
        column = self.column
        self._broken()
        choices: tuple[str, ...] = ()
        if column.type in NUMBERS:
            data = self._numbers()
        elif column.type == "choice":
            data = self._choice()
        elif column.type in ("id", "name", "text", "changed"):
            data, choices = self._texts()
        else:
            data = self._dates()
        if column.type not in ("id", "name", "changed"):
            self.said += one_hint(self.read_as)
        if column.required:
            for row in np.flatnonzero(self.state == BLANK).tolist():
                self.refuse(row, "是空的", f"填上{column.heading}；多余的行请整行删除")
        elif column.blank is not None:
            blank = self.state == BLANK
            data[blank] = column.blank * 10**NUMBERS[column.type].places if column.type in NUMBERS else column.blank
            self.state[blank] = OK
        self.result.value = _typed(column, data, self.state, choices)
        return self.result

    def _broken(self) -> None:
        """Error values, and formulas that were never calculated: no blanks."""
        for row, mark in self.marks.items():
            if mark.error:
                self.refuse(row, f"是错误值 {mark.error}", "改正公式，或者直接填上内容")
            elif mark.old:
                self.refuse(row, mark.old, CALCULATE)

    # -- texts ------------------------------------------------------------------------------------------------------

    def _texts(self) -> tuple[np.ndarray, tuple[str, ...]]:
        kind = self.column.type
        texts: list[str] = []
        for row, value in enumerate(self.raw):
            if value.__class__ is str:
                text = value if value.isalnum() and value.isascii() else normal(value) if kind == "id" else kept(value)
                if text != value and text and kind != "text":
                    self.read_as[row] = reading_of(value, text)
            elif value is None:
                text = ""
            else:
                text = self._text_of(row, value)
                if text and kind == "id":
                    self.read_as[row] = f"是数字 {plain(value)}，按显示的样子读作 {text}"
            texts.append(text)
        self.result.texts = texts
        self.state[[row for row, text in enumerate(texts) if not text and self.state[row] == OK]] = BLANK
        if kind != "text":
            return np.zeros(self.size, np.int64), ()
        code: dict[str, int] = {}               # labels are compared without blanks, and shown as the first was typed
        shown: dict[str, str] = {}
        for text in dict.fromkeys(texts):
            if text:
                code[text] = len(shown) if (label := squeezed(text)) not in shown else list(shown).index(label)
                shown.setdefault(label, text)
        return np.array([code[text] if text else 0 for text in texts], np.int64), tuple(shown.values())

    def _text_of(self, row: int, value: Any) -> str:
        """The text of a cell that holds something else."""
        kind = self.column.type
        if isinstance(value, bool) or not isinstance(value, int | float):
            if kind == "text" and isinstance(value, dt.date):
                return seen(value)
            if kind != "changed":
                self.refuse(row, f"是{seen(value)}，不是文字", "改成文字")
            return ""
        mark = self.marks.get(row, NO_MARK)
        if mark.shown:
            return normal(mark.shown)
        if kind == "id":
            why = (DIGITS_LOST if abs(value) >= TOO_MANY_DIGITS else
                   "不像工号" if value % 1 or value < 0 else
                   f"单元格格式是 {mark.unshown}，显示成什么说不准" if mark.unshown else "")
            if why:
                self.refuse(row, f"是数字 {plain(value)}，{why}", "把单元格格式改为文本，重新填写工号")
                return ""
        return plain(value)

    # -- choices ----------------------------------------------------------------------------------------------------

    def _choice(self) -> np.ndarray:
        column = self.column
        labels = {label: number for number, label in enumerate(column.choices)}
        known: dict[Any, int] = {None: -1, **labels}
        words: dict[str, int] | None = None
        codes = np.zeros(self.size, np.int64)
        for row, value in enumerate(self.raw):
            found = known.get(value, -2) if value.__class__ is str or value is None else -2
            if found == -2:
                words = words if words is not None else choice_codes(column.choices, column.words)
                text = written(value)
                found = words.get(choice_key(text), -2)
                if found >= 0:
                    self.lenient(row, value, column.choices[found])
                elif is_blank(text):
                    found = -1
                elif not column.required and tuple(column.choices) != YES_NO and NONE.fullmatch(squeezed(text)):
                    found = -1
                    self.lenient(row, value, "空白")
                else:
                    like = _like(squeezed(text), tuple(column.choices))
                    hint = f"；是不是「{like}」{difference(text, like)}" if like else ""
                    self.refuse(row, f"不能填「{seen(value)}」{hint}", f"填 {'、'.join(column.choices)} 之一")
            codes[row] = found
        self.state[(codes == -1) & (self.state == OK)] = BLANK
        return np.maximum(codes, 0)

    # -- dates and periods ------------------------------------------------------------------------------------------

    def _dates(self) -> np.ndarray:
        result, raw = self.result, self.raw
        if self.column.type == "date":
            if not self.column.required:
                raw = self._without_none(raw)
            result.day, bad = day_numbers(raw)
            data = result.day
        else:
            result.periods, bad = period_codes(raw, self.column.grains)
            data = result.periods
        for row, text in bad.items():
            what, _, do = text.rstrip("。").partition("，请写成 ")
            self.refuse(row, what, f"写成 {do}" + (f"；{self.column.none}" if self.column.none else ""))
        odd = {value for value in set(raw) if not usual(value)}
        for row, value in enumerate(raw) if odd else ():
            if value in odd and data[row] >= 0:
                self.lenient(row, value, "" if self.read_as else self._written_period(row))
        self.state[(np.asarray(data) < 0) & (self.state == OK)] = BLANK
        return np.maximum(data, 0).astype(np.int64)

    def _without_none(self, raw: list[Any]) -> list[Any]:
        """A column of dates that need not be there, blank where a cell says that there is none."""
        none = [row for row, value in enumerate(raw) if value is not None and not isinstance(value, dt.date)
                and says_none(value)]
        if not none:
            return raw
        raw = list(raw)
        for row in none:
            value = raw[row]
            self.lenient(row, value if isinstance(value, str | int | float) else 0, "空白")
            raw[row] = None
        return raw

    def _written_period(self, row: int) -> str:
        result = self.result
        if result.day is not None:
            return dt.date.fromordinal(int(result.day[row])).isoformat()
        assert result.periods is not None
        return str(period_of(key_of(int(result.periods[row]))))

    # -- numbers ----------------------------------------------------------------------------------------------------

    def _numbers(self) -> np.ndarray:
        column, kind = self.column, NUMBERS[self.column.type]
        cleaned, percent_text = self._plain_numbers()
        numbers = np.array([np.nan if value is None else value for value in cleaned], np.float64)
        blank = np.isnan(numbers)
        numbers[blank] = 0.0
        self.state[blank & (self.state == OK)] = BLANK
        for row in np.flatnonzero((np.abs(numbers) > 1e11) & (self.state == OK)).tolist():
            self.refuse(row, too_large(plain(numbers[row])), NOBODY_MEANS)
        numbers[self.state != OK] = 0.0
        percent = np.zeros(self.size, bool)
        percent[[row for row, mark in self.marks.items() if mark.percent]] = True
        shown = np.where(percent, numbers * 100, numbers)           # as Excel shows it, but for the rounding
        if column.type == "percent":
            data, more = decimals(np.where(percent, 0.0, numbers), kind.places)
            if percent.any():
                hundredths, more_hundredths = decimals(np.where(percent, numbers, 0.0), kind.places + 2)
                data, more = np.where(percent, hundredths, data), np.where(percent, more_hundredths, more)
            bare = (self.state == OK) & ~percent & (numbers <= 1) & (numbers > 0)
            bare[list(percent_text)] = False
            for row in np.flatnonzero(bare).tolist():
                self.refuse(row, either(numbers[row]), "设成百分比格式，或者直接填百分数（99% 填 99）")
        else:
            data, more = decimals(numbers, kind.places)
            percent[list(percent_text)] = True
            for row in np.flatnonzero((self.state == OK) & percent).tolist():
                value = numbers[row] if row in percent_text else shown[row]
                self.refuse(row, *percent_of_no_percent(value))
        self._decimals(numbers, (self.state == OK) & more, data)
        self._limits(data, shown)
        for row, number in self.typed.items():
            if self.state[row] != REFUSED:
                self.lenient(row, self.raw[row], "" if self.read_as else self._written_number(number))
        return data

    def _plain_numbers(self) -> tuple[list[Any], set[int]]:
        """The cells as numbers or None, and which of them were text with a percent sign."""
        if set(map(type, self.raw)) <= {float, int, type(None)}:
            return self.raw, set()
        column = self.column
        unit = column.unit or NUMBERS[column.type].unit
        if_none = "；没有就留空" if not column.required else ""
        cleaned = list(self.raw)
        percent_text: set[int] = set()
        lenient = self.typed
        with_unit = np.zeros(self.size, bool)
        for row, value in enumerate(self.raw):
            if value is None or value.__class__ is float or value.__class__ is int:
                continue
            cleaned[row] = None
            if not isinstance(value, str):
                self.refuse(row, f"填的是{seen(value)}，不是数字", f"{column.heading}只填数字{if_none}")
                continue
            if is_blank(value):
                continue
            number = typed(value, unit, not column.required)
            if number.wrong:
                self.refuse(row, f"填的是「{seen(value)}」，{number.wrong}",
                            number.do or f"{column.heading}只填数字{if_none}")
                continue
            cleaned[row] = number.number
            with_unit[row] = number.percent or number.unit != ""
            if number.percent:
                percent_text.add(row)
            if not number.percent or column.type == "percent":
                lenient[row] = number
        if with_unit.any():
            self.result.with_unit = with_unit
        return cleaned, percent_text

    def _written_number(self, number: Typed) -> str:
        column = self.column
        if number.number is None:
            return "空白" if column.blank is None else str(column.blank)
        if column.type == "money":
            return str(as_decimal(Fraction(Decimal(plain(number.number))), 2))
        return plain(number.number) + "%" * (column.type == "percent")

    def _decimals(self, numbers: np.ndarray, more: np.ndarray, data: np.ndarray) -> None:
        """More decimals than there may be: refused, or rounded with a hint."""
        rounded: dict[int, str] = {}
        for row in np.flatnonzero(more).tolist():
            if self.column.type == "count":
                self.refuse(row, *not_whole(plain(numbers[row])))
            elif self.column.type == "money":
                self.refuse(row, *beyond_fen(plain(numbers[row])))
            else:
                scaled = plain(int(data[row]) / 10**NUMBERS[self.column.type].places)
                rounded[row] = f"的 {plain(numbers[row])} 读作 {scaled}（多于四位小数，四舍五入到四位）"
        self.said += one_hint(rounded)

    def _limits(self, data: np.ndarray, shown: np.ndarray) -> None:
        column, kind = self.column, NUMBERS[self.column.type]
        scale = 10**kind.places
        low, high = column.min, kind.limit if column.max is None else column.max
        lowest = max(low, -kind.limit)
        for row in np.flatnonzero((self.state == OK) & ((data < lowest * scale) | (data > high * scale))).tolist():
            value = plain(shown[row])
            if data[row] < 0 and low == 0:
                self.refuse(row, *negative(value, column.heading))
            elif column.max is not None or (data[row] < 0 and low == lowest) or (0 <= data[row] < low * scale):
                self.refuse(row, f"填的是 {value}，应在 {low} 到 {high} 之间", NOBODY_MEANS)
            else:
                self.refuse(row, too_large(value), NOBODY_MEANS)


@cache
def _like(text: str, labels: tuple[str, ...]) -> str:
    """The label that a text resembles most; '' when none does or two alike."""
    return nearest(text, labels, 0.5)


# -- what is wrong with a number, and what to do: of a cell of a table as of a value in 参数 ---------------------------

def too_large(shown: str) -> str:
    return f"填的是 {shown}，大得不合理"


def not_whole(shown: str) -> tuple[str, str]:
    return f"填的是 {shown}，不是整数", "填整数"


def beyond_fen(shown: str) -> tuple[str, str]:
    return f"填的是 {shown}，多于两位小数", "金额最多到分，改成两位小数"


def negative(shown: str, heading: str = "") -> tuple[str, str]:
    return f"填的是负数 {shown}", f"{heading}不能是负数，{NOBODY_MEANS}"


def percent_of_no_percent(shown: float) -> tuple[str, str]:
    """A number in percent format, or with %, where none is meant: both meanings."""
    return (f"填的是 {plain(shown)}%：是 {plain(shown)}，还是 {plain(shown / 100)}",
            "把单元格格式改为常规，直接填数，不带百分号")


def either(value: float) -> str:
    """A bare number where a percent is meant: both meanings."""
    return f"填的是 {plain(value)}：是 {plain(value)}%，还是 {plain(value * 100)}%"


def plain(value: float) -> str:
    """A double as people write it."""
    value = round(float(value), 10)
    return str(int(value)) if value % 1 == 0 and abs(value) < 1e22 else repr(value)


def seen(value: Any) -> str:
    """A cell as HR sees it."""
    if isinstance(value, bool):
        return f"逻辑值 {str(value).upper()}"
    if isinstance(value, int | float):
        return plain(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    return f"日期 {value.isoformat()}" if isinstance(value, dt.date) else (
        re.sub(r"[\r\n]+", "⏎", kept(str(value)))[:30])


def written(value: Any) -> str:
    """A cell as a word for comparing: TRUE, 1, or its text."""
    if isinstance(value, bool):
        return str(value).upper()
    return plain(value) if isinstance(value, int | float) else str(value)
