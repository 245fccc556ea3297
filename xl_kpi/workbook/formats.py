"""What a cell's number format means for its value: a date, a percent, a text such as 001 or KF1."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache

from lxml import etree

# Formats that are known by number alone.  27–36 and 50–58 are those of Chinese Excel and WPS: the file holds no string.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)",
    48: "##0.0E+0", 49: "@",
    9: "0%", 10: "0.00%", 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm",
    27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 31: "yyyy年m月d日", 32: "h时mm分", 33: "h时mm分ss秒",
    34: "上午/下午h时mm分", 35: "上午/下午h时mm分ss秒", 36: "yyyy年m月", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日", 55: "上午/下午h时mm分",
    56: "上午/下午h时mm分ss秒", 57: "yyyy年m月", 58: "m月d日",
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__, "=": float.__eq__, "<>": float.__ne__,
}
# a quoted text, an escaped or padding or filling character, a bracket, the word General, or one character
_TOKEN = re.compile(r'"([^"]*)"?|\\(.)|[_*].|\[([^\]]*)\]|(General|G/通用格式)|(.)', re.DOTALL | re.IGNORECASE)
# places for digits, or General, among characters that stand for themselves without quotes
_READABLE = re.compile(r"[-+()$ :~{}<>=&^'!]*(?:[0#?][-+()$ :~{}<>=&^'!0#?]*|\0[-+()$ :~{}<>=&^'!]*)")
_CONDITION = re.compile(r"\s*(<=|>=|<>|<|>|=)\s*(-?[\d.]+)\s*$")


PLACES = "0#?"              # each takes a digit; where there is none, 0 shows a zero and # nothing
GENERAL = "\0"              # the word General


@dataclass(frozen=True)
class Section:
    """One section of a format code.

    ``shape`` shows a whole number otherwise than by its digits alone: characters, and whether each stands for itself.
    ``readable``: what it shows can be said, by its shape or because it is just the digits.
    """

    condition: tuple[str, float] | None = None
    date: bool = False
    elapsed: bool = False
    percent: bool = False
    text: bool = False
    shape: tuple[tuple[str, bool], ...] = ()
    grouped: bool = False
    readable: bool = True

    def show(self, value: float) -> str:
        """The absolute value as shown: digits fill the places from the right, what is left goes to the first."""
        whole = Decimal(repr(abs(value))).quantize(Decimal(1), ROUND_HALF_UP)
        digits = list(str(whole) if whole else "")
        places = [at for at, (character, literal) in enumerate(self.shape) if not literal and character in PLACES]
        shown: list[str] = []
        count = 0
        for at in range(len(self.shape) - 1, -1, -1):
            character, literal = self.shape[at]
            if not literal and character == GENERAL:
                shown.append("".join(digits) or "0")
            elif literal or character not in PLACES:
                shown.append(character)
            else:
                taken = digits if at == places[0] else digits[-1:]
                for digit in reversed(taken or {"0": ["0"], "#": [], "?": [" "]}[character]):
                    shown.append("," * (self.grouped and count % 3 == 0 and count > 0))
                    shown.append(digit)
                    count += 1
                del digits[len(digits) - len(taken):]
        return "".join(reversed(shown)).strip()


def _sections(code: str) -> Iterator[Section]:
    """The sections of a code, told apart by their meaningful letters; a literal means nothing."""
    literals: list[tuple[str, bool]] = []  # text, whether it stands for itself
    brackets: list[str] = []
    for match in _TOKEN.finditer(code + ";"):
        quoted, escaped, bracket, general, plain = match.groups()
        if plain == ";":
            yield _section(literals, brackets)
            literals, brackets = [], []
        elif quoted is not None or escaped is not None:
            literals.append((quoted or escaped or "", True))
        elif bracket is not None:
            brackets.append(bracket)
            if bracket.startswith("$"):  # [$¥-804]: a currency sign and a locale
                literals.append((bracket[1:].partition("-")[0], True))
        elif general:
            literals.append(("General", False))
        elif plain:
            literals.append((plain, False))


def _section(pieces: list[tuple[str, bool]], brackets: list[str]) -> Section:
    code = "".join(text for text, literal in pieces if not literal).replace("General", "\0").lower()
    elapsed = any(re.fullmatch(r"h+|m+|s+", bracket, re.IGNORECASE) for bracket in brackets)
    conditions = [m for m in map(_CONDITION.match, brackets) if m]
    condition = None
    if conditions:
        try:
            condition = conditions[0][1], float(conditions[0][2])
        except ValueError:
            condition = None
    shape: tuple[tuple[str, bool], ...] = ()
    grouped = re.search(r"[0#?],[0#?]", code) is not None
    # DBNum shows digits in Chinese
    readable = not any(b.lower().startswith("dbnum") for b in brackets) and (
        _READABLE.fullmatch(code.replace(",", "") if grouped and not re.search(",{2}|,$", code) else code) is not None)
    if readable and (grouped or code.count("0") >= 2 or any(text for text, literal in pieces if literal)
                     or code.strip().strip("".join((PLACES, GENERAL)))):
        shape = tuple((character, literal) for text, literal in pieces
                      for character in (GENERAL if text == "General" and not literal else text)
                      if literal or not (grouped and character == ","))
    return Section(
        condition,
        date=not elapsed and re.search(r"[ymdhs]|aaa|(?<![0#?])e|gg|bb", code) is not None,
        elapsed=elapsed,
        percent="%" in code,
        text="@" in code,
        shape=shape,
        grouped=grouped,
        readable=readable or (not pieces or (code == "@" and len(pieces) == 1)),
    )


@dataclass(frozen=True)
class Format:
    """A number format."""

    code: str

    @cached_property
    def numeric(self) -> list[Section]:
        """The sections for numbers: without the fourth, and without one for text (@)."""
        sections = list(_sections(self.code))
        return [s for s in sections[:3] if not s.text] or [Section(readable=all(s.readable for s in sections))]

    def section(self, value: float) -> tuple[Section, bool]:
        """The section that shows the value, and whether a minus stands before it."""
        sections = self.numeric
        if any(s.condition for s in sections):
            for at, section in enumerate(sections):
                if section.condition:
                    if _COMPARE[section.condition[0]](float(value), section.condition[1]):
                        return section, value < 0
                elif at == len(sections) - 1 or (at == 1 and value < 0) or (at == 0 and value > 0):
                    return section, value < 0
            return Section(), value < 0
        if len(sections) == 1:
            return sections[0], value < 0
        if value < 0:
            return sections[1], False  # such a section brings its own sign
        return sections[2 if value == 0 and len(sections) > 2 else 0], False

    @property
    def date(self) -> bool:
        return self.numeric[0].date

    @property
    def elapsed(self) -> bool:
        return self.numeric[0].elapsed

    @property
    def marked(self) -> bool:
        """Whether a number of this format may have a mark."""
        return any(s.percent or s.shape for s in self.numeric)

    def percent(self, value: float) -> bool:
        return self.section(value)[0].percent

    def shown(self, value: float) -> str:
        """The text shown where it is not just the digits of a whole number, as far as it can be said; else ''."""
        section, minus = self.section(value)
        if not section.shape or not abs(value) < 1e15:
            return ""
        text = "-" * minus + section.show(value)
        return "" if section.grouped and "," not in text and text == f"{value:.0f}" else text

    @property
    def readable(self) -> bool:
        """Whether it can be said what it shows of any whole number."""
        return all(section.readable for section in self.numeric)

    def reads(self, value: float) -> bool:
        """Whether it can be said what it shows of a whole number."""
        return self.section(value)[0].readable


of_code = lru_cache(maxsize=4096)(Format)

_DAY_MS = 86_400_000
_1904 = 1462                # days that a count from 1904 lags behind


def from_serial(value: float, is_1904: bool = False) -> dt.datetime | dt.date | dt.time | float:
    """The moment that a number stands for, to the millisecond: a day, a time, or both; any other stays a number."""
    if value < 0:
        return value
    days, ms = divmod(round(value * _DAY_MS), _DAY_MS)
    time = (dt.datetime.min + dt.timedelta(milliseconds=ms)).time()
    if days == 0:
        return time
    days += _1904 * is_1904
    # Excel counts a 29 February 1900 that never was
    try:
        day = dt.date(1899, 12, 31 if days < 60 else 30) + dt.timedelta(days=days)
    except OverflowError:
        return value
    return dt.datetime.combine(day, time) if ms else day


def to_serial(day: dt.date, is_1904: bool = False) -> int:
    """The number that stands for a day (since March 1900)."""
    return (day - dt.date(1899, 12, 30)).days - _1904 * is_1904


def read_styles(root: etree._Element) -> list[Format]:
    """The number format of each cell style (the index that cells carry), from the root of styles.xml."""
    codes = dict(BUILT_IN)
    for element in root.iterfind("{*}numFmts/{*}numFmt"):
        number = element.get("numFmtId", "")
        if number.isdecimal():
            codes[int(number)] = element.get("formatCode", "")
    found = []
    for element in root.iterfind("{*}cellXfs/{*}xf"):
        number = element.get("numFmtId", "0")
        found.append(of_code(codes.get(int(number), "") if number.isdecimal() else ""))
    return found
