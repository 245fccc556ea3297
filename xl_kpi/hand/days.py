"""Days, months, quarters and years as a hand writes them.

A spelling that could mean two things is refused, with a sentence that says what was seen and what is understood.
A year is always there: of two digits it is 20yy, where the order is plain (16年11月, 16.11.3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from numbers import Real
from typing import TYPE_CHECKING, Any

from xl_kpi.hand.numbers import NONE, odd_digit
from xl_kpi.hand.texts import is_blank, kept, normal, squeezed
from xl_kpi.period import FIRST_YEAR, LAST_YEAR, AnyPeriod, Half, Month, Quarter, Span, Year, code_of

if TYPE_CHECKING:
    import numpy as np

SPELLINGS = {
    "日期": "2016-11-03、2016/11/3、2016.11.3、2016年11月3日、20161103，或用日期格式的单元格",
    "月份": "2016-11、2016年11月、2016/11、201611，或一个日期",
    "季度": "2016Q4、2016-Q4、2016年第4季度、2016年第四季度",
    "半年": "2016H2、2016年下半年",
    "年份": "2016、2016年、2016年度",
    "一段时间": "2016-07..2016-09、2016年7月至2016年9月、2016年7-9月",
    "期间": "2016-11（月）、2016Q4（季度）、2016H2（半年）、2016（年）、2016-07..2016-09（从某月到某月）",
}
NAMES = {"month": "月份", "quarter": "季度", "half": "半年", "year": "年份"}
# As one of several: 2016-11、2016年11月（月份），2016Q4、2016年第4季度（季度）.
_SHORT = {"月份": "2016-11、2016年11月", "季度": "2016Q4、2016年第4季度", "半年": "2016H2、2016年下半年",
          "年份": "2016、2016年"}
_SERIAL = date(1899, 12, 30).toordinal()        # day 0 of Excel's serials, for days after February 1900
WEEKDAYS = "一二三四五六日"
# What says in a place for a date that there is none (yet): still there, not yet confirmed.
NO_DATE = frozenset(("在职", "在岗", "在册", "至今", "未离职", "未转正", "试用", "试用期", "试用中", "试用期内", "0"))

# A dotted month of one digit: 2016.1 may be October, its 0 eaten by a number format.
_MONTH = re.compile(r"""
    (?: (?P<y1>[0-9]{4}) [-/、] (?P<m1>[0-9]{1,2}) 月?
      | (?P<y2>[0-9]{4}) \. (?P<m2>[0-9]{2}|[2-9]) 月?
      | (?P<y3>[0-9]{4}) (?P<m3>[0-9]{2})
      | (?P<y4>[0-9]{4}|[0-9]{2}) 年 (?P<m4>[0-9]{1,2}) (?:月份?)? )
""", re.VERBOSE)
_DAY = re.compile(r"""
    (?: (?P<y1>[0-9]{4}) (?P<by1>[-/.、]) (?P<m1>[0-9]{1,2}) (?P=by1) (?P<d1>[0-9]{1,2}) [日号]?
      | (?P<y2>[0-9]{2}) (?P<by2>[-.、]) (?P<m2>[0-9]{1,2}) (?P=by2) (?P<d2>[0-9]{1,2}) [日号]?
      | (?P<y3>[0-9]{4}|[0-9]{2}) 年 (?P<m3>[0-9]{1,2}) 月 (?P<d3>[0-9]{1,2}) [日号]?
      | (?P<y4>[0-9]{4}) (?P<m4>[0-9]{2}) (?P<d4>[0-9]{2}) 日? )
    (?: \(? (?:星期|礼拜|周) (?P<weekday>[一二三四五六日天]) \)? )?
    (?: (?: (?:[ T]|(?<=[^0-9])|(?=[上下AaPp])) (?:上午|下午|AM|PM|am|pm)? [0-9]{1,2}
        (?: :[0-9]{2} (?: :[0-9]{2} (?:[.,][0-9]+)? )? | [时点] (?: [0-9]{1,2}分? | 整 | 半 )? ) (?:AM|PM|am|pm)?
      | (?:上午|下午) )
      (?: Z | [-+][0-9]{2}:?[0-9]{2} )? )?
""", re.VERBOSE)
_QUARTER = re.compile(r"""
    (?: (?P<y1>[0-9]{4}|[0-9]{2}) [-/.年]? [Qq] (?P<q1>[1-4])
      | (?P<y2>[0-9]{4}) [-年]? 第? (?P<q2>[1-4一二三四]) 季度?
      | (?P<y3>[0-9]{2}) 年 第? (?P<q3>[1-4一二三四]) 季度?
      | [Qq] (?P<q4>[1-4]) [ /-]+ (?P<y4>[0-9]{4}) )
""", re.VERBOSE)
_HALF = re.compile(r"""
    (?: (?P<y1>[0-9]{4}|[0-9]{2}) [-/.年]? [Hh] (?P<h1>[12])
      | (?P<y2>[0-9]{4}) [-年]? (?P<h2>[上下]) 半年度?
      | (?P<y3>[0-9]{2}) 年 (?P<h3>[上下]) 半年度?
      | [Hh] (?P<h4>[12]) [ /-]+ (?P<y4>[0-9]{4}) )
""", re.VERBOSE)
# Two digits are a year where 年 says so.
_YEAR = re.compile(r"(?P<y1>[0-9]{4})(?:年度?|年?全年)?|(?P<y2>[0-9]{2})(?:年度?|年全年)")
# the two ends of a span: set apart by what no month has in it, or by a hyphen where both ends are plain
_ENDS = re.compile(r"(?:从|自)?(?P<a>.+?)(?:\.{2,}|~+|至|到|[—–―]+)(?P<b>.+?)(?:为?止)?")
_HYPHENED = re.compile(r"(?P<a>[0-9]{4}[-/.年][0-9]{1,2}月?|[0-9]{6})-(?P<b>[0-9]{4}[-/.年][0-9]{1,2}月?|[0-9]{6})"
                       r"|(?P<a2>(?:[0-9]{4}|[0-9]{2})年[0-9]{1,2}月?)-(?P<b2>[0-9]{1,2}月)份?")
_USUAL = re.compile(
    r"[0-9]{4}(?:-[0-9]{1,2}(?:-[0-9]{1,2})?|/[0-9]{1,2}(?:/[0-9]{1,2})?|年[0-9]{1,2}月(?:[0-9]{1,2}日)?|[0-9]{2}|[0-9]{4}"
    r"|Q[1-4]|年第[1-4一二三四]季度|H[12]|年[上下]半年|年度?|)(?: 00:00:00)?")
_NO_YEAR = re.compile(r"[0-9]{1,2}([-/.月、][0-9]{0,2}[日号月]?|[日号])份?|第?[1-4一二三四]季度?|[Qq][1-4]"
                      r"|[本今去前明当]?年?[上下]个?半年度?|本半年度?|[Hh][12]|[本今去前明当全上下]年度?")
# Why a text is no half-year, no year.
_NO_HALF = re.compile(r"(?:[0-9]{4}年?|[0-9]{2}年)(?:半年|度|半年度)?")
_HALF_OR_MONTH = re.compile(r"[0-9]{4}[-/.、年][12]")
_TWO_YEARS = re.compile(r"[0-9]{4}年?[-/~至—–]+[0-9]{2,4}(?:年度?|学年)?")
_BUSINESS_YEAR = re.compile(r"FY.*|.*(?:财年|财政年度|会计年度|学年)", re.IGNORECASE)
# Between two digits a blank stays, so that '2016-1 1' is refused, not read as November.
_LOOSE_BLANKS = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")
_CHINESE = re.compile(r"[〇零○一二三四五六七八九十]+(?=[年月日号])")
_DIGITS = {**{c: str(n) for n, c in enumerate("零一二三四五六七八九")}, "〇": "0", "○": "0"}


def read_day(value: object) -> date:
    """The day of a cell; a time of day is dropped.  Excel's date serials are refused: a bare number is no date.

    This and its sisters raise ValueError with one sentence in Chinese.
    """
    return _day(value, "日期")


def read_month(value: object) -> Month:
    """The month of a cell, or that of a full date."""
    return _month(value, "月份")


def read_quarter(value: object) -> Quarter:
    return _quarter(value, "季度")


def read_year(value: object) -> Year:
    return _year(value, "年份")


def read_half(value: object) -> Half:
    return _half(value, "半年")


def read_span(value: object) -> Span:
    """From one month to another."""
    return _span(value, "一段时间")


def read_any(value: object) -> AnyPeriod:
    """A period of any kind, as it stands in a command or in the name of a sheet.  A full date is none: 2016-07-09 may
    be a day, or July to September."""
    kind = "期间"
    if isinstance(value, date):
        raise _refused(value, kind)
    text = _text(value, kind)
    if re.search("[Qq]|季", text):
        return _quarter(value, kind)
    if re.search("[Hh]|半年", text):
        return _half(value, kind)
    if _YEAR.fullmatch(text):
        return read_year(value)
    if _ends(text):
        return _span(value, kind)
    if not _MONTH.fullmatch(text) and _DAY.fullmatch(text):
        raise _refused(value, kind, "这是一天，不是期间")
    return _month(value, kind)


def read_period(value: object, grains: Sequence[str] = ("month", "quarter")) -> AnyPeriod:
    """A cell that may hold a period of some grains: of several, how it is written says which is meant."""
    kind = kind_of(grains)
    grain = grains[0] if len(grains) == 1 else _meant(value)
    if grain not in grains:
        raise _refused(value, kind)
    return _READ[grain](value, kind)


def kind_of(grains: Sequence[str]) -> str:
    """What such a cell holds, in words: 月份或季度."""
    names = [NAMES[grain] for grain in grains]
    return "或".join(filter(None, ("、".join(names[:-1]), names[-1])))


def _meant(value: object) -> str:
    """The grain that a cell can only be of."""
    text = _arabic(normal(value)) if isinstance(value, str) else str(value).removesuffix(".0")
    return "quarter" if re.search("[Qq季]", text) else "half" if re.search("[Hh]|半年", text) else (
        "year" if _YEAR.fullmatch(text) else "month")


def usual(value: object) -> bool:
    """Whether a cell is written as the contract's tables write it: no hint says how it was read."""
    if value.__class__ is float:
        return value % 1 == 0
    return value.__class__ is not str or _USUAL.fullmatch(value) is not None


def says_none(value: object) -> bool:
    """Whether a cell where a date may be missing says that there is none: 在职, 无, -, 0 (a link to a blank cell)."""
    if isinstance(value, str):
        text = squeezed(value)
        return text in NO_DATE or NONE.fullmatch(text) is not None
    if isinstance(value, time | timedelta):
        return value in (time(), timedelta())
    return value.__class__ in (int, float) and value == 0


def _refused(value: Any, kind: str, why: str = "") -> ValueError:
    """The one sentence about a cell that was not understood."""
    if is_blank(value):
        seen = "空白单元格"
    elif isinstance(value, bool):
        seen = f"逻辑值 {str(value).upper()} "
    else:
        text = str(int(value)) if _is_whole(value) else kept(str(value))
        text = re.sub(r"[\r\n]+", "⏎", text)
        seen = f"“{text[:30]}”" if isinstance(value, str | date) else (
            f"{'时间' if isinstance(value, time | timedelta) else '数字'} {text[:30]} ")
    return ValueError(f"{seen}不能读作{kind}{f'（{why}）' if why else ''}，请写成 {_spelling(kind)}。")


def _spelling(kind: str) -> str:
    return SPELLINGS.get(kind) or "，".join(f"{_SHORT[name]}（{name}）" for name in re.split("[、或]", kind))


def _is_whole(value: Any) -> bool:
    return isinstance(value, Real) and value % 1 == 0


@lru_cache(maxsize=4096)
def _arabic(text: str) -> str:
    """二〇一六年十一月 → 2016年11月."""
    def number(match: re.Match[str]) -> str:
        tens, ten, ones = match[0].rpartition("十") if "十" in match[0] else ("", "", match[0])
        digits = "".join(_DIGITS.get(c, "?") for c in ones)
        return f"{(_DIGITS.get(tens, '1' if not tens else '?')) if ten else ''}{digits or ('0' if ten else '')}"
    return _CHINESE.sub(number, text)


def _text(value: Any, kind: str) -> str:
    """The text of a cell as the patterns expect it; a whole number counts as its digits."""
    if isinstance(value, str) and not is_blank(value):
        if odd := odd_digit(value):
            raise _refused(value, kind, odd)
        return _arabic(_LOOSE_BLANKS.sub("", normal(value)))
    if is_blank(value) or isinstance(value, bool) or not isinstance(value, Real):
        raise _refused(value, kind)
    number = float(value)
    if not _is_whole(value):
        if kind in ("日期", "半年", "年份"):
            raise _refused(value, kind)
        year, _, month = f"{number:.15g}".partition(".")
        if month == "1":
            raise _refused(value, kind, f"分不清是 {year} 年 1 月还是 10 月")
        return f"{year}年{month}月" if len(month) <= 2 else f"{year}.{month}"
    if 20_000 < number < 80_000:        # 1954 to 2119
        do = "，请把单元格设成日期格式" if re.search("日期|月份", kind) else ""
        raise _refused(value, kind, f"像是 Excel 的日期序号{do}")
    return f"{number:.0f}"


def _checked_year(value: object, kind: str, year: int) -> int:
    if year < 100:
        year += 2000
    if year == 1900:
        raise _refused(value, kind, "1900 年的日期通常来自空单元格或写错的数字")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _refused(value, kind, f"年份须在 {FIRST_YEAR} 到 {LAST_YEAR} 之间")
    return year


def _unread(value: object, kind: str, text: str) -> ValueError:
    return _refused(value, kind, "没有写年份" if _NO_YEAR.fullmatch(text) else "")


def _day(value: object, kind: str) -> date:
    if isinstance(value, date) and not is_blank(value):
        _checked_year(value, kind, value.year)
        return value.date() if isinstance(value, datetime) else value
    text = _text(value, kind)
    match = _DAY.fullmatch(text)
    if not match:
        raise _unread(value, kind, text)
    year, month, number = (int(_group(match, name)) for name in "ymd")
    year = _checked_year(value, kind, year)
    try:
        day = date(year, month, number)
    except ValueError:
        raise _refused(value, kind, "没有这一天") from None
    if match["weekday"] and (said := match["weekday"].replace("天", "日")) != (is_ := WEEKDAYS[day.weekday()]):
        raise _refused(value, kind, f"这一天是星期{is_}，不是星期{said}")
    return day


def _group(match: re.Match[str], name: str) -> str:
    """The year, month … of whichever of its forms a text has."""
    return next(text for n in range(1, 5) if (text := match[f"{name}{n}"]))


def _month(value: object, kind: str) -> Month:
    if isinstance(value, date):
        day = _day(value, kind)
        return Month.of(day.year, day.month)
    text = _text(value, kind)
    match = _MONTH.fullmatch(text)
    if not match:  # a full date stands for its month
        if _NO_YEAR.fullmatch(text):
            raise _unread(value, kind, text)
        if re.fullmatch(r"[0-9]{4}\.1", text):
            raise _refused(value, kind, "分不清 1 月和 10 月")
        day = _day(value, kind)
        return Month.of(day.year, day.month)
    year, month = int(_group(match, "y")), int(_group(match, "m"))
    if not 1 <= month <= 12:
        raise _refused(value, kind, f"没有 {month} 月")
    return Month.of(_checked_year(value, kind, year), month)


def _quarter(value: object, kind: str) -> Quarter:
    text = _text(value, kind)
    match = _QUARTER.fullmatch(text)
    if not match:
        raise _unread(value, kind, text)
    number = _group(match, "q").translate(str.maketrans("一二三四", "1234"))
    return Quarter.of(_checked_year(value, kind, int(_group(match, "y"))), int(number))


def _half(value: object, kind: str) -> Half:
    text = _text(value, kind)
    match = _HALF.fullmatch(text)
    if not match:
        why = ("没有写上半年还是下半年" if _NO_HALF.fullmatch(text) else
               "分不清是月份还是半年" if _HALF_OR_MONTH.fullmatch(text) else "")
        raise _refused(value, kind, why) if why else _unread(value, kind, text)
    number = {"上": 1, "1": 1, "下": 2, "2": 2}[_group(match, "h")]
    return Half.of(_checked_year(value, kind, int(_group(match, "y"))), number)


def _year(value: object, kind: str) -> Year:
    if isinstance(value, date):
        number = value.toordinal() - _SERIAL        # what the cell holds
        like_a_year = f"像是把 {number} 填进了日期格式的单元格，请把格式改成文本"
        raise _refused(value, kind, like_a_year if 1950 <= number <= LAST_YEAR else "这是一天")
    text = _text(value, kind)
    match = _YEAR.fullmatch(text)
    if not match:
        why = ("跨两年，分不清是哪一年" if _TWO_YEARS.fullmatch(text) else
               "从几月到几月不一定是自然年" if _BUSINESS_YEAR.fullmatch(text) else
               "年份要写四位" if re.fullmatch("[0-9]{1,2}", text) else "")
        raise _refused(value, kind, why) if why else _unread(value, kind, text)
    return Year(_checked_year(value, kind, int(match["y1"] or match["y2"])))


_READ: dict[str, Callable[[object, str], AnyPeriod]] = {
    "month": _month, "quarter": _quarter, "half": _half, "year": _year}


def _ends(text: str) -> tuple[str, str] | None:
    """The two ends of a span as they are written."""
    match = _HYPHENED.fullmatch(text)
    if match:
        return match["a"] or match["a2"], match["b"] or match["b2"]
    match = _ENDS.fullmatch(text)
    return (match["a"], match["b"]) if match else None


def _span(value: object, kind: str) -> Span:
    ends = _ends(_text(value, kind))
    if not ends:
        raise _refused(value, kind)
    first, last = ends
    if re.fullmatch(r"[0-9]+年[0-9]{1,2}", first):         # 2016年7-9月
        first += "月"
    if re.fullmatch(r"[0-9]{1,2}月?份?", last):             # of the same year
        if not (year := re.match(r"[0-9]{4}|[0-9]{2}(?=年)", first)):
            raise _refused(value, kind)
        last = f"{year[0]}年{last.rstrip('份').rstrip('月')}月"
    try:
        return Span.of(_end(first, False), _end(last, True))
    except ValueError as error:
        raise _refused(value, kind, str(error).rstrip("。")) from None


def _end(text: str, last: bool) -> Month:
    """One end of a span: a month, or its first (last) day."""
    month = _month(text, "月份")
    if not _MONTH.fullmatch(text) and _day(text, "日期") != (month.last_day if last else month.first_day):
        raise ValueError("要从一个月的第一天到一个月的最后一天，只写月份即可")
    return month


# -- a column -------------------------------------------------------------------------------------------------------

def period_codes(values: list[Any], grains: tuple[str, ...]) -> tuple[np.ndarray, dict[int, str]]:
    """A column of periods of some grains as their codes (``xl_kpi.period.code_of``) in int32, −1 for a bad or blank
    cell, and row → message for the bad ones."""
    found, bad = _column(values, lambda value: code_of(read_period(value, grains).key))
    return _int32(found), bad


def day_numbers(values: list[Any]) -> tuple[np.ndarray, dict[int, str]]:
    """A column of days as ``date.toordinal()`` in int32, −1 for a bad or blank cell, and row → message."""
    found, bad = _column(values, lambda value: read_day(value).toordinal())
    return _int32(found), bad


def _column(values: list[Any], parse: Callable[[object], Any]) -> tuple[list[Any], dict[int, str]]:
    """Each distinct cell is parsed once: columns have many rows and few periods."""
    known: dict[tuple[type, Any], tuple[Any, str]] = {}
    found: list[Any] = []
    bad: dict[int, str] = {}
    for row, value in enumerate(values):
        key = (value.__class__, value)  # the class, because True == 1
        answer = known.get(key)
        if answer is None:
            try:
                answer = (-1, "") if is_blank(value) else (parse(value), "")
            except ValueError as error:
                answer = (-1, str(error))
            known[key] = answer
        found.append(answer[0])
        if answer[1]:
            bad[row] = answer[1]
    return found, bad


def _int32(numbers: list[int]) -> np.ndarray:
    import numpy as np

    return np.array(numbers, dtype=np.int32)
