"""The period of a form, from wherever it may stand: a cell with its label, the title, a date, the sheet's name, the
file's name, a column.  What contradicts each other is asked, and so is what nobody says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from xl_kpi.forms.labels import WORDS, Label, canonical, is_known, label_of, simplified
from xl_kpi.forms.model import Open
from xl_kpi.forms.view import View, as_text, is_number
from xl_kpi.hand.days import _arabic, read_day
from xl_kpi.hand.texts import normal, squeezed
from xl_kpi.period import AnyPeriod, Half, Month, Quarter, Span, Year
from xl_kpi.workbook.grid import address

PERIOD = frozenset(WORDS["months"]["period"])
OTHER_DATES = frozenset(WORDS["months"]["other_dates"])
PERIODIC = tuple(WORDS["months"]["periodic"])
KEY = "月份"

_ENGLISH = {name: n for n, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_NAMES = "|".join(_ENGLISH)
_Y, _M, _D = "(?:199|20[0-4])[0-9]", "1[0-2]|0?[1-9]", "3[01]|[12][0-9]|0?[1-9]"


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern in lines; Y, M, D stand for a year, a month and a day; no digit before it."""
    for letter, one in (("Y", _Y), ("M", _M), ("D", _D)):
        text = re.sub(rf"<({letter}\w*)>", lambda found, one=one: f"(?P<{found[1].lower()}>{one})", text)  # type: ignore[misc]
    return re.compile(text, re.VERBOSE | re.IGNORECASE)


_FROM_TO_DAYS = _pattern(r"""(?<!\d) (?:<Y1>[-/.年])? <M1>[-/.月] <D1>[日号]? (?:[~至到]+|--?|—+|–+)
                             (?:<Y2>[-/.年])? (?:<M2>[-/.月])? <D2>[日号]? (?!\d)""")
_FROM_TO_MONTHS = _pattern(r"""(?<!\d) <Y>[-/.年] <M1>月?份? (?:[~至到]+|-|—+|–+)
                               (?:<Y2>[-/.年])? <M2> (?:月份?|(?![\d.年/-]))""")
_QUARTER = _pattern(r"""(?:<Y>[-/.年]?度?)?
                        (?:第(?P<q>[1-4一二三四])季度? | (?P<q3>[1-4一二三四])季度 | (?<![a-z])q(?P<q2>[1-4])(?!\d))""")
_HALF = _pattern(r"(?:<Y>年?度?)? (?:(?P<h>[上下])半年 | (?<![a-z])h(?P<h2>[12])(?![\da-z]))")
_FULL_DAY = _pattern(r"<Y>(?P<by>[-/.年]) <M> (?:(?P=by)|月) <D> (?:[日号]|(?!\d)) | (?<!\d) <M2>月 <D2>[日号]")
_YEAR_MONTH = _pattern(r"""(?<!\d) <Y> (?:年度?|[-/._]) <M> (?:月份?|份(?!额)|(?![\d.年/-]))
                         | (?<!\d) <Y2> (?P<m2>0[1-9]|1[0-2]) (?:月份?)? (?!\d)
                         | (?<!\d) (?P<y3>\d\d)年 <M3>月 | (?<!\d) <M4>[/-]<Y4> (?!\d)""")
_YEAR_MONTH_APART = _pattern(r"(?<![\d-]) <Y>年?(?![\d-]) [^\d]{0,12}? (?<!\d) <M>月份? (?!\d)")
_ENGLISH_MONTH = re.compile(
    rf"(?<![a-z])(?P<e>{_NAMES})[a-z]*\.?[-/, ]*(?P<y>{_Y}|\d\d(?!\d))?(?![a-z\d])"
    rf"|(?<!\d)(?P<y2>{_Y})[-/, ]*(?P<e2>{_NAMES})[a-z]*(?![a-z])", re.IGNORECASE)
_MONTH = _pattern(r"(?<![\d.年度]) <M> (?:月份?|份(?!额)) (?!\d|内|前|后|起|以)")
_YEAR = _pattern(r"(?<![\da-z-]) <Y> (?:年度?|度|(?![\da-z.-]))")
_EXAMPLE = re.compile(r"(?:例如|比如|[如例])\s*[:：]?\s*[「“\"'(（]?\d.*")
_SENTENCE = re.compile(r"[。，,；;！!]")


@dataclass(frozen=True, slots=True)
class Clue:
    """What one place says: year and grain with its number, as far as it says them.  ``sure``: that the period of the
    form is meant (a title, a labelled cell), not some date; ``span``: from a month to another."""

    where: str
    text: str
    year: int | None = None
    grain: str = ""
    number: int = 0
    sure: bool = True
    span: tuple[int, int] | None = None
    cell: str = ""

    def said(self) -> str:
        return f"{self.where}「{self.text[:24]}」"

    def label(self) -> str:
        one = period(self.year, self.grain, self.number, self.span) if self.year or self.span else None
        if one is not None:
            return str(one)
        match self.grain:
            case "month":
                return f"{self.number}月"
            case "quarter":
                return f"第{self.number}季度"
            case "half":
                return f"{'上下'[self.number - 1]}半年"
            case _:
                return f"{self.year}年"


def period(year: int | None, grain: str, number: int, span: tuple[int, int] | None = None) -> AnyPeriod | None:
    """The period that is said whole; None otherwise."""
    if span is not None:
        return Span.of(Month(span[0]), Month(span[1])) if span[1] > span[0] else Month(span[0])
    if year is None:
        return None
    if grain == "month":
        return Month.of(year, number)
    if grain == "quarter":
        return Quarter.of(year, number)
    if grain == "half":
        return Half(year * 2 + number - 1)
    return Year(year)


def clues(text: str, where: str, sure: bool = True, cell: str = "", years: bool = True) -> Iterator[Clue]:
    """What a text says of a period.  ``years``: whether a year alone counts.  A sentence says when something was
    decided, or gives an example (如 2016Q4): it counts only where it is said from when to when."""
    shown = " ".join(text.split())
    text = _arabic(squeezed(simplified(_EXAMPLE.sub("", text))))
    sentence = _SENTENCE.search(text) is not None

    def clue(year: str | int | None, grain: str, number: int = 0, span: tuple[int, int] | None = None,
             certain: bool = sure) -> Clue:
        y = int(year) if year else None
        return Clue(where, shown, y + 2000 if y is not None and y < 100 else y, grain, number, certain, span, cell)

    if found := _FROM_TO_DAYS.search(text):
        if (one := _days(found)) is not None:
            yield clue(None, "days", 0, one)
        text = text.replace(found[0], "〓")
    elif found := _FROM_TO_MONTHS.search(text):
        first = int(found["y"]) * 12 + int(found["m1"]) - 1
        last = int(found["y2"] or found["y"]) * 12 + int(found["m2"]) - 1
        if last >= first:
            yield clue(None, "months", 0, (first, last))
        return
    if sentence:                                # 2019-2月份工资条，请查收
        found = _YEAR_MONTH.search(text)
        if not found or not is_periodic(text[found.end():found.end() + 8]):
            return
        text = found[0]
    text = _FULL_DAY.sub("〓", text)
    year = _year_in(text)
    if found := _QUARTER.search(text):
        number = (found["q"] or found["q2"] or found["q3"]).translate(str.maketrans("一二三四", "1234"))
        yield clue(found["y"] or year, "quarter", int(number))
        text = text.replace(found[0], "〓")
    if found := _HALF.search(text):
        number = found["h2"] or ("1" if found["h"] == "上" else "2")
        yield clue(found["y"] or year, "half", int(number))
        text = text.replace(found[0], "〓")
    for pattern in (_YEAR_MONTH, _YEAR_MONTH_APART):
        if found := pattern.search(text):
            groups = {key: value for key, value in found.groupdict().items() if value}
            said = next(value for key, value in groups.items() if key[0] == "y")
            number = next(value for key, value in groups.items() if key[0] == "m")
            yield clue(said, "month", int(number))
            return
    if found := _ENGLISH_MONTH.search(normal(shown)):
        name = (found["e"] or found["e2"]).lower()
        if found["y"] or found["y2"] or re.fullmatch(r"[A-Za-z]{3,9}\.?", normal(shown)):
            yield clue(found["y"] or found["y2"], "month", _ENGLISH[name])
            return
    if found := _MONTH.search(text):
        yield clue(year, "month", int(found["m"]))
    elif years and (year := _year_in(text)):
        yield clue(year, "year")


def _year_in(text: str) -> str | None:
    found = _YEAR.search(text)
    return found["y"] if found else None


def _days(found: re.Match[str]) -> tuple[int, int] | None:
    """The months of the first and the last day of from–to; None without a year, or where it is no whole period."""
    year = found["y1"] or found["y2"]
    if not year:
        return None
    years = [int(found[name] or year) for name in ("y1", "y2")]
    months = [int(found["m1"]), int(found["m2"] or found["m1"])]
    if months[0] > months[1] and not (found["y1"] and found["y2"]):         # over the new year
        years = [years[0] - 1, years[1]] if found["y2"] else [years[0], years[1] + 1]
    first, last = (y * 12 + m - 1 for y, m in zip(years, months, strict=True))
    if last < first or last - first > 24:
        return None
    return first, last


@dataclass
class Told:
    """The period of a form, what is to be asked of it, and why it is that."""

    period: AnyPeriod | None = None
    open: list[Open] = field(default_factory=list)
    why: str = ""


def period_of(view: View, file: str, head_rows: Iterable[int], columns: Iterable[Clue] = (), asked: bool = False,
              labelled: Iterable[tuple[Label, object, str]] = ()) -> Told:
    """The period of a table or card.  ``head_rows``: the rows that say what it is (title, lines above the headings; of
    a card all); ``columns``: what columns of the table say; ``labelled``: (label, value, cell) of a card; ``asked``:
    it is asked when nobody says it."""
    found = [*columns]
    for label, value, cell in labelled:
        found += of_label(label, value, cell)
    lone: list[Clue] = []
    for number in head_rows:
        found += _of_row(view, number, lone)
    found += clues(view.sheet.name, "工作表名")
    found += _of_file(file)
    if len(lone) == 1:
        found += lone
    return settle(found, asked or is_periodic(f"{file} {view.sheet.name}"))


def is_periodic(text: str) -> bool:
    """Whether a title, a name or headings say that a form is of a period."""
    text = squeezed(simplified(text)).casefold()
    return any(word in text for word in PERIODIC)


def of_label(label: Label, value: object, cell: str) -> list[Clue]:
    """What a labelled value says: 所属月份 2024.4; nothing where the label is of another date."""
    name = canonical(label)
    if name not in PERIOD or value is None:
        return []
    where = f"{cell}（{label.name}）"
    if isinstance(value, dt.date):
        return [Clue(where, as_text(value), value.year, "month", value.month, cell=cell)]
    if is_number(value):
        return list(_of_number(float(value), name, where, cell))
    return list(clues(str(value), where, cell=cell)) or list(_bare(str(value), name, where, cell))


def of_days(values: Sequence[object], where: str) -> Iterator[Clue]:
    """What a column of days says, where all are of one month."""
    months = set()
    for value in values:
        try:
            months.add(read_day(value).replace(day=1))
        except ValueError:
            return
    if len(months) == 1 and len(values) > 1:
        month, = months
        yield Clue(where, f"{month:%Y-%m}", month.year, "month", month.month)


def _of_number(value: float, name: str, where: str, cell: str) -> Iterator[Clue]:
    """2024.4, 202404, 7, 2024, 45383."""
    text = f"{value:.15g}"
    if re.fullmatch(r"(19|20)\d\d\.(0[1-9]|1[0-2]|[2-9])", text):
        year, month = text.split(".")
        yield Clue(where, text, int(year), "month", int(month), cell=cell)
    elif value == int(value):
        number = int(value)
        if 190001 <= number <= 210012 and 1 <= number % 100 <= 12:
            yield Clue(where, text, number // 100, "month", number % 100, cell=cell)
        elif 1990 <= number <= 2100:
            yield Clue(where, text, number, "year", cell=cell)
        elif name == "季度" and 1 <= number <= 4:
            yield Clue(where, text, None, "quarter", number, cell=cell)
        elif name == "月份" and 1 <= number <= 12:
            yield Clue(where, text, None, "month", number, cell=cell)
        elif 30_000 < number < 60_000:
            day = dt.date(1899, 12, 30) + dt.timedelta(days=number)
            yield Clue(where, f"{text}（{day}）", day.year, "month", day.month, cell=cell)


def _bare(text: str, name: str, where: str, cell: str) -> Iterator[Clue]:
    """A text in a period's place that is a number alone: 7, 二."""
    digits = _arabic(squeezed(text) + "月").removesuffix("月")
    try:
        yield from _of_number(float(digits), name, where, cell)
    except ValueError:
        return


@dataclass(frozen=True, slots=True)
class Said:
    """A label above a table with its value: where the value stands, or belongs.  ``within``: behind the label in its
    cell."""

    label: Label
    value: object
    row: int
    column: int
    at: int                     # the column of the label
    within: bool = False

    @property
    def cell(self) -> str:
        return address(self.row, self.column)


_SEGMENT = re.compile(r"([^\s:：，,；;。]{1,12}?)\s*[:：]\s*(.*?)(?=\s+[^\s:：，,；;。]{1,12}?\s*[:：]|$)", re.DOTALL)
_AMOUNT = re.compile(r"\d{4}\.\d{1,2}")       # 2019.10 alone among other cells: it may be money
_AHEAD = 4              # cells right of a label that its value may stand in


def labels_of(view: View, number: int) -> Iterator[Said]:
    """The labels of a row above a table that have values beside them or behind a colon."""
    for column, value in view.row(number).items():
        if not isinstance(value, str) or len(value) > 200:
            continue
        segments = [(label_of(found[1]), found[2]) for found in _SEGMENT.finditer(value.strip())]
        filled = [(label, text) for label, text in segments if text.strip(" _＿\u3000")]
        for label, text in filled:
            yield Said(label, text.strip(), number, column, column, True)
        if len(filled) < len(segments) or not segments:         # 月份： and what stands right of it
            label = segments[-1][0] if segments else label_of(value)
            if not segments and not (canonical(label) in PERIOD or _of_other_day(label) or is_known(label)):
                continue
            right = view.area(number, column)[3] + 1
            beside = next((c for c in range(right, right + _AHEAD) if view.shown(number, c) is not None), right)
            found = view.shown(number, beside)
            if isinstance(found, str) and (":" in found or "：" in found or is_known(label_of(found))):
                found, beside = None, right     # the next label
            if found is not None or segments:
                yield Said(label, found, number, beside, column)


def _of_other_day(label: Label) -> bool:
    return canonical(label) in OTHER_DATES or any(key in OTHER_DATES for key in label.keys)


def _of_row(view: View, number: int, lone: list[Clue]) -> Iterator[Clue]:
    """What a row above a table says: texts, labels with what stands behind or beside them, dates."""
    cells = view.row(number)
    taken: set[int] = set()
    pieces = ""
    for said in labels_of(view, number):
        taken.add(said.column)
        if said.within or canonical(said.label) in PERIOD or _of_other_day(said.label):
            taken.add(said.at)
        if canonical(said.label) in PERIOD:
            yield from of_label(said.label, said.value, said.cell)
        elif said.within and not _of_other_day(said.label):
            yield from clues(str(said.value), said.cell, cell=said.cell, years=False)
    for column, value in cells.items():
        cell = address(number, column)
        if column in taken:
            continue
        if isinstance(value, str):
            if len(squeezed(value)) <= 60 and not (_AMOUNT.fullmatch(squeezed(value)) and len(cells) > 1):
                where = "标题" if len(cells) == 1 or number == 0 else cell
                yield from clues(value, where, cell=cell)
        elif isinstance(value, dt.datetime | dt.date):
            first = value.day == 1
            yield Clue(f"{cell} 的日期", as_text(value)[:10], value.year, "month", value.month, first, cell=cell)
        elif is_number(value) and float(value) == int(value):
            amount = int(float(value))
            beside = view.shown(number, column + 1)
            if isinstance(beside, str) and squeezed(beside)[:1] in ("年", "月"):
                if not pieces:                  # 2024 | 年 | 4 | 月份考勤表
                    pieces = "".join(as_text(one) for one in cells.values())
                    yield from clues(pieces, address(number, column), cell=cell)
            elif 1 <= amount <= 12:
                lone.append(Clue(f"{cell} 的数字", str(amount), None, "month", amount, False, cell=cell))
            elif 190001 <= amount <= 210012 and 1 <= amount % 100 <= 12:
                yield Clue(cell, str(amount), amount // 100, "month", amount % 100, cell=cell)


def _of_file(file: str) -> Iterator[Clue]:
    """What a file's name says; a whole day in it is when it was saved."""
    name = PurePath(file).stem
    found = list(clues(re.sub(r"(?<!\d)(19|20)\d{6}(?!\d)", "〓", name), "文件名"))
    yield from found


def settle(found: list[Clue], asked: bool) -> Told:
    """What all clues come to."""
    sure = [one for one in found if one.sure]
    spans = list(dict.fromkeys(one.span for one in sure if one.span))
    fine = [one for one in sure if one.grain in ("month", "quarter", "half")]
    if spans:
        return _of_spans(sure, spans, fine)
    grains = {one.grain for one in fine}
    grain = next((g for g in ("month", "quarter", "half") if g in grains), "year")
    numbers = list(dict.fromkeys(one.number for one in fine if one.grain == grain))
    years = list(dict.fromkeys(one.year for one in sure if one.year is not None))
    weak = [one for one in found if not one.sure]
    if len(numbers) > 1 or not _agree(fine):
        return Told(None, [_contradiction(fine)])
    if len(years) > 1:
        return Told(None, [_contradiction([one for one in sure if one.year])])
    if numbers and years:
        contrary = [one for one in weak if one.grain == grain == "month" and one.number != numbers[0] and not one.year]
        if contrary:
            return Told(None, [_contradiction([*fine, *contrary])])
        return Told(period(years[0], grain, numbers[0]), [], "、".join(dict.fromkeys(one.said() for one in sure)))
    if numbers:
        contrary = [one for one in weak if one.grain == "month" and one.number != numbers[0]]
        dated = [one for one in weak if one.year and one.number == numbers[0]]
        said = "、".join(dict.fromkeys(one.said() for one in fine))
        if contrary:
            return Told(None, [_contradiction([*fine, *contrary])])
        if dated:
            return Told(period(dated[0].year, grain, numbers[0]), [], f"{said}、{dated[0].said()}")
        return Told(None, [Open(KEY, f"{said}没有写年份，是哪一年的？", (), fine[0].cell)])
    if years:
        return Told(Year(years[0]), [], "、".join(dict.fromkeys(one.said() for one in sure)))
    if weak:
        whole = [str(Month.of(one.year, one.number)) for one in weak if one.year]
        return Told(None, [Open(KEY, f"{'、'.join(one.said() for one in weak[:3])}是不是这张表的月份？",
                                tuple(dict.fromkeys(whole)), weak[0].cell)] if asked or whole else [])
    return Told(None, [unsaid()] if asked else [])


def unsaid(*likely: AnyPeriod) -> Open:
    """What is asked of a form that says nowhere of when it is."""
    return Open(KEY, "没有写是哪个月（期间）的", tuple(map(str, likely)))


def _agree(fine: list[Clue]) -> bool:
    """Whether months, quarters and halves that are said lie in each other."""
    months = {one.number for one in fine if one.grain == "month"}
    quarters = {one.number for one in fine if one.grain == "quarter"}
    halves = {one.number for one in fine if one.grain == "half"}
    return all((m - 1) // 3 + 1 == q for m in months for q in quarters) and all(
        (m - 1) // 6 + 1 == h for m in months for h in halves) and all(
        (q - 1) // 2 + 1 == h for q in quarters for h in halves)


def _of_spans(sure: list[Clue], spans: list[tuple[int, int]], fine: list[Clue]) -> Told:
    span = spans[0]
    one = next(clue for clue in sure if clue.span)
    months = list(dict.fromkeys((c.year, c.number) for c in fine if c.grain == "month"))
    if len(spans) == 1 and span[0] == span[1]:
        month = Month(span[0])
        if all(number == month.number and year in (None, month.year) for year, number in months):
            return Told(month, [], "、".join(dict.fromkeys(c.said() for c in sure)))
        return Told(None, [_contradiction([one, *fine])])
    if len(spans) == 1 and len(months) == 1:
        year, number = months[0]
        inside = [Month(n) for n in range(span[0], span[1] + 1) if n % 12 + 1 == number and year in (None, n // 12)]
        if len(inside) == 1 and span[1] - span[0] == 1:     # from the 26th to the 25th, and the month is said beside it
            return Told(inside[0], [], "、".join(dict.fromkeys(c.said() for c in sure)))
        return Told(None, [_contradiction([one, *fine])])
    if len(spans) == 1 and one.grain == "months":
        return Told(period(None, "span", 0, span), [], one.said())
    choices = [str(Month(n)) for pair in spans for n in range(pair[0], pair[1] + 1)][:12]
    return Told(None, [Open(KEY, f"{one.said()}跨了几个月，算哪个月（期间）的？", tuple(dict.fromkeys(
        [*choices, *(str(period(None, 'span', 0, pair)) for pair in spans if pair[1] > pair[0])])), one.cell)])


def _contradiction(found: list[Clue]) -> Open:
    told = list(dict.fromkeys((one.said(), one.label()) for one in found))
    choices = tuple(dict.fromkeys(label for _, label in told if re.match(r"\d{4}", label)))
    said = "，".join(f"{text}是 {label}" for text, label in told[:5])
    cell = next((one.cell for one in found if one.cell), "")
    return Open(KEY, f"月份（期间）说法不一：{said}；按哪一个？", choices, cell)
