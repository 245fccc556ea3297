"""What the four sheets say together, and everything that does not fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from xl_kpi.card.sheets import (
    BANDS,
    COLUMNS,
    FROM,
    GRADES,
    INDICATORS,
    LEVELS,
    LONGEST,
    LOST,
    PAY,
    POINTS,
    RATERS,
    RATIO,
    TARGET,
    TO,
    WON,
    Row,
    decimal,
    read_rows,
)
from xl_kpi.hand.choices import key as choice_key
from xl_kpi.hand.numbers import typed
from xl_kpi.policy.words import near_to
from xl_kpi.problems import Problem
from xl_kpi.workbook.book import Book

PERIODS = ("每月", "每季", "每半年", "每年")
NO_PAY, SHARE, BY_SCORE, BY_GRADE, FLOATING, POOL = (
    "不计薪", "得分比例", "得分÷基准分", "等级系数", "按分浮动", "奖金池")
BY_ROSTER, OF_GRADE, OF_SCORE = "花名册", "等级系数", "综合得分"
NAME, PERIOD, WAY, BASE, STANDARD, POINT, ZERO, MOST, SUM, BY = (
    "考核名称", "周期", "计薪方式", "基数", "基准分", "每分金额", "起算分", "最多浮动", "奖金总额", "分配依据")
# What each way to money needs of the sheet 计薪; what may be left out besides.
NEEDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    NO_PAY: ((), ()), SHARE: ((BASE,), ()), BY_SCORE: ((BASE, STANDARD), ()), BY_GRADE: ((BASE,), ()),
    FLOATING: ((POINT, ZERO), (MOST,)), POOL: ((BY,), (SUM,))}
NUMBERS = (STANDARD, POINT, ZERO, MOST, SUM)
# What each way of scoring needs of an indicator's row; what may be filled in besides.
GENERAL = ("指标", "说明", "条款", "权重", "满分", "怎么得分")
WAYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    POINTS: ((), ()), BANDS: ((), ("取数", "单位", "含哪头", FROM, TO, "得分")),
    TARGET: (("目标", "每", "不足一步"), ("取数", "单位", "加", "扣", "最低", "最高")),
    LOST: (("扣",), ("最低",)), WON: (("加",), ("最高",)),
    RATIO: (("取数",), ("目标", "单位", "最低", "最高")), LEVELS: ((), ("描述", "得分"))}
OF_LINES = (FROM, TO, "描述", "得分")            # what further rows of an indicator hold
# Headings of the sheets and of the result themselves.
OURS = ("工号", "姓名", "日期", "月份", "季度", "半年", "年度", "评分人", "说明", "事项", "次数", "综合得分", "等级",
        "绩效基数",
        "分配权重", "绩效工资", "绩效奖金", "备注", "入职日期", "离职日期")
BAD = re.compile(r"[「」“”\"'\\|;；:：,，{}\n]")


@dataclass(frozen=True)
class Line:
    """A band, a grade or a level: from where to where (None: no end), or its label, and what it gives."""

    row: Row
    start: Fraction | None
    end: Fraction | None
    points: Fraction | None = None
    label: str = ""


@dataclass
class Indicator:
    """One indicator.  ``data``: the names of what is measured, one or two."""

    row: Row
    name: str
    way: str
    weight: Fraction | None
    full: Fraction | None
    data: tuple[str, ...] = ()
    lines: list[Line] = field(default_factory=list)

    @property
    def points(self) -> Fraction:
        """The full points."""
        return Fraction(100) if self.full is None else self.full


@dataclass(frozen=True)
class Rater:
    name: str
    weight: Fraction


@dataclass(frozen=True)
class Grade:
    """``event``: what makes it this grade whatever the score."""

    line: Line
    name: str
    factor: Fraction | None
    event: str
    note: str


@dataclass
class Pay:
    name: str = ""
    period: str = ""
    way: str = ""
    base: Fraction | None = None        # None: each person's own, on the roster
    numbers: dict[str, Fraction] = field(default_factory=dict)
    by: str = ""


@dataclass
class Card:
    indicators: list[Indicator]
    raters: list[Rater]
    grades: list[Grade]
    pay: Pay

    @property
    def weighted(self) -> bool:
        return any(one.weight is not None for one in self.indicators)

    @property
    def rated(self) -> list[Indicator]:
        """Those that the raters score."""
        return [one for one in self.indicators if one.way == POINTS] if self.raters else []

    @property
    def by_event(self) -> list[Indicator]:
        return [one for one in self.indicators if one.way in (LOST, WON)]


def read_card(book: Book) -> tuple[Card, list[Problem]]:
    """The card as far as it can be read, and everything there is to say of the sheets."""
    reader = _Reader(book)
    return reader.card(), reader.problems


class _Reader:
    def __init__(self, book: Book):
        self.book = book
        self.problems: list[Problem] = []

    def wrong(self, row: Row, heading: str, text: str, do: str) -> None:
        """Say what is wrong with a cell of which nothing is said yet."""
        if heading not in row.said:
            row.said.add(heading)
            self.problems.append(row.problem(heading, text, do))

    def card(self) -> Card:
        before = len(self.problems)
        indicators = list(self._indicators(read_rows(self.book, INDICATORS, self.problems)))
        if not indicators and len(self.problems) == before:
            text, do = "一个指标也没有", "一个指标一行，写上指标、怎么得分、权重（或者满分）"
            self.problems.append(Problem("error", text, do, INDICATORS))
        raters = list(self._raters(read_rows(self.book, RATERS, self.problems)))
        grades = list(self._grades(read_rows(self.book, GRADES, self.problems)))
        card = Card(indicators, raters, grades, self._pay(read_rows(self.book, PAY, self.problems)))
        self._together(card)
        return card

    # -- names ------------------------------------------------------------------------------------------------------

    def _name(self, row: Row, heading: str, known: dict[str, Row]) -> str:
        """A name that is there, can stand on a page, and stands there once."""
        name = row.text(heading)
        if not name:
            self.wrong(row, heading, f"「{heading}」是空的", f"填上{heading}，或者清空这一行")
        elif found := BAD.search(name):
            self.wrong(row, heading, f"{heading}「{name}」里有 {found[0]}",
                       "名称里不用引号、括号「」、竖线、冒号、逗号和分号")
        elif name in OURS and heading == "指标":
            self.wrong(row, heading, f"指标「{name}」与数据表或结果表自己的列同名", "换一个名称")
        elif not re.search(r"[^\W\d]", name):
            self.wrong(row, heading, f"{heading}「{name}」里没有字", "写成有字的名称")
        elif (other := known.get(choice_key(name))) is not None:
            self.wrong(row, heading, f"{heading}「{name}」写了两次（{other.cell(heading)}、{row.cell(heading)}）",
                       "合成一个，或者换一个名称")
        known.setdefault(choice_key(name), row)
        return name

    def _note(self, row: Row, heading: str) -> None:
        if len(row.text(heading)) > LONGEST:
            self.wrong(row, heading, f"「{heading}」有 {len(row.text(heading))} 个字", f"最多 {LONGEST} 个字")

    # -- 指标 -------------------------------------------------------------------------------------------------------

    def _indicators(self, rows: Sequence[Row]) -> Iterator[Indicator]:
        known: dict[str, Row] = {}
        now: Indicator | None = None
        for row in rows:
            goes_on = not row.filled("指标") or (
                now is not None and row.text("指标") == now.name and not row.filled("怎么得分"))
            if not goes_on:
                if now is not None:
                    yield self._checked(now)
                now = self._indicator(row, known)
            elif now is None:
                self.wrong(row, "指标", "「指标」是空的，上面也没有指标", "填上指标的名称，或者清空这一行")
            else:
                for heading in (h for h in row.values if h not in (*OF_LINES, "指标")):
                    self.wrong(row, heading, f"「指标」是空的，是「{now.name}」的下面一行，不写「{heading}」",
                               f"写在第 {now.row.number + 1} 行；是另一个指标的，填上指标的名称")
                now.lines.append(_line(row))
        if now is not None:
            yield self._checked(now)

    def _indicator(self, row: Row, known: dict[str, Row]) -> Indicator:
        one = Indicator(row, self._name(row, "指标", known), row.text("怎么得分"), row["权重"], row["满分"])
        self._note(row, "说明")
        if not one.way:
            self.wrong(row, "怎么得分", f"「{one.name}」没有写怎么得分", f"从 {'、'.join(WAYS)} 里选一个")
        if any(row.filled(heading) for heading in OF_LINES):
            one.lines.append(_line(row))
        return one

    def _checked(self, one: Indicator) -> Indicator:
        """An indicator with all its rows."""
        row = one.row
        needed, more = WAYS.get(one.way, ((), tuple(c.heading for c in COLUMNS[INDICATORS])))
        for heading in needed:
            if not row.filled(heading):
                self.wrong(row, heading, f"「{one.name}」是{one.way}，没有写「{heading}」", f"填上{heading}")
        for each in (row, *(line.row for line in one.lines)):
            for heading in each.values:
                if heading not in (*GENERAL, *needed, *more):
                    self.wrong(each, heading, f"「{one.name}」是{one.way}，用不到「{heading}」",
                               "清空这一格，或者改怎么得分")
        if one.full is not None and one.full <= 0:
            self.wrong(row, "满分", f"「{one.name}」的满分是 {decimal(one.full)}", "满分要大于 0")
        one.data = self._data(one)
        if one.way in (BANDS, TARGET) and len(one.data) == 1 and not row.filled("单位"):
            self.wrong(row, "单位", f"「{one.name}」没有写实际值的单位", "填上单位，如 %、分钟、次")
        {BANDS: self._bands, LEVELS: self._levels, TARGET: self._target, RATIO: self._ratio,
         LOST: self._signs, WON: self._signs}.get(one.way, lambda _: None)(one)
        return one

    def _data(self, one: Indicator) -> tuple[str, ...]:
        text = one.row.text("取数")
        if not text:
            return (one.name,)
        parts = [part.strip() for part in re.split(r"[/÷／]", text)]
        if any(part in OURS for part in parts):
            self.wrong(one.row, "取数", f"「{one.name}」的取数「{text}」与数据表自己的列同名", "换一个名称")
        elif len(parts) > 2 or len(set(parts)) < len(parts) or any(not part or BAD.search(part) for part in parts):
            self.wrong(one.row, "取数", f"「{one.name}」的取数「{text}」读不懂", "写一个名称，或者 甲/乙")
        return tuple(parts)

    def _bands(self, one: Indicator) -> None:
        if not one.lines:
            self.wrong(one.row, FROM, f"「{one.name}」是分档，一档也没有", "一档一行，写从、到和得分，指标空着")
        for line in one.lines:
            self._points(one, line)
        self._complete(one.name, one.lines, "没有得分", upper=one.row.text("含哪头") == TO)

    def _levels(self, one: Indicator) -> None:
        if len(one.lines) < 2:
            self.wrong(one.row, "描述", f"「{one.name}」是等级描述，至少要有两个描述",
                       "一个描述一行，写描述和得分，指标空着")
        known: dict[str, Row] = {}
        for line in one.lines:
            self._name(line.row, "描述", known)
            self._points(one, line)

    def _points(self, one: Indicator, line: Line) -> None:
        if line.points is None:
            self.wrong(line.row, "得分", f"「{one.name}」的这一行没有得分", "填上得几分")
        elif not 0 <= line.points <= one.points:
            self.wrong(line.row, "得分",
                       f"「{one.name}」的得分 {decimal(line.points)} 不在 0 到满分 {decimal(one.points)} 之间",
                       "改得分或者满分")

    def _target(self, one: Indicator) -> None:
        row = one.row
        if row["每"] is not None and row["每"] <= 0:
            self.wrong(row, "每", f"「{one.name}」的每一步是 {decimal(row['每'])}", "每一步要大于 0")
        if not row.filled("加") and not row.filled("扣"):
            self.wrong(row, "扣", f"「{one.name}」是目标加减，加、扣都没有写", "填上每一步加几分、扣几分")
        self._signs(one)

    def _ratio(self, one: Indicator) -> None:
        row = one.row
        if len(one.data) == 1 and not row.filled("目标"):
            self.wrong(row, "目标", f"「{one.name}」的取数只有一个数，没有目标，不知道除以什么",
                       "填上目标，或者取数写 甲/乙")
        elif len(one.data) == 2 and row.filled("目标"):
            self.wrong(row, "目标", f"「{one.name}」的取数已经是两个数相除，用不到目标", "清空目标")
        elif row["目标"] is not None and row["目标"] <= 0:
            self.wrong(row, "目标", f"「{one.name}」的目标是 {decimal(row['目标'])}，不能作除数", "填大于 0 的目标")

    def _signs(self, one: Indicator) -> None:
        for heading in ("加", "扣"):
            if one.row[heading] is not None and one.row[heading] < 0:
                self.wrong(one.row, heading, f"「{one.name}」的{heading} {decimal(one.row[heading])} 是负数",
                           "写成正数")

    def _complete(self, name: str, lines: Sequence[Line], lacking: str, upper: bool = False) -> None:
        """Bands, whatever their order, reach from below to above without gap or overlap.  ``upper``: their upper ends
        are within."""
        known = [line for line in lines if not {FROM, TO} & line.row.said]
        for line in known:
            if line.start is not None and line.end is not None and line.start >= line.end:
                self.wrong(line.row, TO,
                           f"「{line.label or name}」从 {decimal(line.start)} 到 {decimal(line.end)}，到不比从大",
                           "核对这一行的从和到")
        if len(known) < len(lines) or any({FROM, TO} & line.row.said for line in known) or not known:
            return
        order = sorted(known, key=lambda line: (line.start is not None, line.start or 0))
        first, last = order[0], order[-1]
        if first.start not in ((None,) if upper else (None, 0)):
            self.wrong(first.row, FROM, f"「{name}」最低的一档从 {decimal(first.start or Fraction(0))} 起，"
                       f"再低的{lacking}", "最低的一档，从空着")
        if last.end is not None:
            self.wrong(last.row, TO,
                       f"「{name}」最高的一档到 {decimal(last.end)} 为止，{decimal(last.end)} 和更高的{lacking}",
                       "最高的一档，到空着")
        for low, high in pairwise(order):
            if low.end is None or high.start is None or low.end > high.start:
                between = decimal(high.start) if high.start is not None else "最低处"
                self.wrong(high.row, FROM,
                           f"「{name}」有两档重叠（第 {low.row.number + 1} 行和第 {high.row.number + 1} 行，"
                           f"从 {between} 起）", "改从或到：下面一档的到，就是上面一档的从")
            elif low.end < high.start:
                self.wrong(high.row, FROM, f"「{name}」有空档：{decimal(low.end)} 到 {decimal(high.start)} 之间"
                           f"（如 {decimal((low.end + high.start) / 2)}）{lacking}",
                           "改从或到：下面一档的到，就是上面一档的从")

    # -- 评分人, 等级 --------------------------------------------------------------------------------------------------

    def _raters(self, rows: Sequence[Row]) -> Iterator[Rater]:
        known: dict[str, Row] = {}
        for row in rows:
            name = self._name(row, "评分人", known)
            if not row.filled("权重"):
                self.wrong(row, "权重", f"评分人「{name}」没有写权重", "填上权重，合计 100；不用评的写 0")
            yield Rater(name, row["权重"] or Fraction(0))
        self._hundred(rows, "评分人的权重")

    def _hundred(self, rows: Sequence[Row], what: str) -> None:
        if rows and all(row["权重"] is not None for row in rows):
            total = sum((row["权重"] for row in rows), Fraction(0))
            if total != 100:
                self.wrong(rows[-1], "权重", f"{what}合计 {decimal(total)}%，不是 100%", "改权重，合计 100")

    def _grades(self, rows: Sequence[Row]) -> Iterator[Grade]:
        known: dict[str, Row] = {}
        events: dict[str, Row] = {}
        lines = []
        for row in rows:
            line = _line(row, self._name(row, "等级", known))
            event = row.text("出现的事项")
            if event:
                self._name(row, "出现的事项", events)
            self._note(row, "结果怎么用")
            if line.start is None and line.end is None and event and not {FROM, TO} & row.said:
                pass                                            # by its event alone
            else:
                lines.append(line)
            yield Grade(line, line.label, row["系数"], event, row.text("结果怎么用"))
        if rows:
            self._complete("等级", lines, "没有等级")

    # -- 计薪 -------------------------------------------------------------------------------------------------------

    def _pay(self, rows: Sequence[Row]) -> Pay:
        pay = Pay()
        items = (NAME, PERIOD, WAY, BASE, STANDARD, POINT, ZERO, MOST, SUM, BY)
        found: dict[str, Row] = {}
        for row in rows:
            item = next((one for one in items if choice_key(one) == choice_key(row.text("项目"))), "")
            if not item:
                what = row.text("项目")
                self.wrong(row, "项目", f"不认识项目「{what}」{near_to(what, items)}" if what else "「项目」是空的",
                           f"可以写 {'、'.join(items)}；或者删除这一行")
            elif item in found:
                self.wrong(row, "项目", f"项目「{item}」写了两次（{found[item].cell('项目')}、{row.cell('项目')}）",
                           "只留一行")
            else:
                found[item] = row
        if not rows:
            return pay
        pay.name = found[NAME].text("值") if NAME in found else ""
        if not pay.name or BAD.search(pay.name):
            self._lacks(found, rows, NAME, f"没有写{NAME}" if not pay.name else f"{NAME}里有引号、冒号这样的符号",
                        "填上名称，如 客服部季度考核")
        pay.period = self._one_of(found, rows, PERIOD, PERIODS)
        pay.way = self._one_of(found, rows, WAY, tuple(NEEDS))
        needed, more = NEEDS.get(pay.way, ((), items))
        for item in needed:
            if not (item in found and found[item].filled("值")):
                self._lacks(found, rows, item, f"计薪方式是{pay.way}，没有写{item}", f"填上{item}的值")
        for item, row in found.items():
            if item not in (NAME, PERIOD, WAY, *needed, *more) and row.filled("值"):
                self.wrong(row, "值", f"计薪方式是{pay.way}，用不到{item}", "清空值，或者改计薪方式")
        for item in NUMBERS:
            if item in found and (number := self._number(found[item], item)) is not None:
                pay.numbers[item] = number
        if BASE in found and found[BASE].text("值") and found[BASE].text("值") != BY_ROSTER:
            pay.base = self._number(found[BASE], BASE, f"{BY_ROSTER}（每人各填各的），或者一个数")
        if BY in needed:
            pay.by = self._one_of(found, rows, BY, (OF_GRADE, OF_SCORE))
        if pay.numbers.get(STANDARD) == 0:
            self.wrong(found[STANDARD], "值", "基准分是 0，不能作除数", "填大于 0 的基准分")
        return pay

    def _lacks(self, found: dict[str, Row], rows: Sequence[Row], item: str, text: str, do: str) -> None:
        if item in found:
            self.wrong(found[item], "值", text, do)
        else:
            self.problems.append(rows[-1].problem("项目", f"{text}（没有「{item}」一行）",
                                                  f"加一行，项目写 {item}；{do}"))

    def _one_of(self, found: dict[str, Row], rows: Sequence[Row], item: str, words: Sequence[str]) -> str:
        text = found[item].text("值") if item in found else ""
        word = next((one for one in words if choice_key(one.replace("÷", "/")) == choice_key(text.replace("÷", "/"))),
                    "")
        if not text:
            self._lacks(found, rows, item, f"没有写{item}", f"填 {'、'.join(words)} 之一")
        elif not word:
            self.wrong(found[item], "值", f"{item}没有「{text}」{near_to(text, words)}", f"填 {'、'.join(words)} 之一")
        return word

    def _number(self, row: Row, item: str, else_: str = "一个数") -> Fraction | None:
        """A number on the sheet 计薪, None when there is none or it cannot be used."""
        if not row.filled("值") or "值" in row.said:
            return None
        raw, mark = row.raw["值"], row.marks.get("值")
        found = typed(str(raw), "元") if isinstance(raw, str) else None
        number = found.number if found is not None and not found.wrong and not found.percent else raw
        if isinstance(number, bool) or not isinstance(number, int | float) or (mark and mark.percent):
            self.wrong(row, "值", f"{item}「{row.text('值')}」不是数", f"填{else_}")
            return None
        exact = Fraction(repr(number))
        if exact < 0 or exact > 10**9 or (exact * 10**4).denominator != 1:
            self.wrong(row, "值", f"{item}「{row.text('值')}」不能用", "填不小于 0、最多四位小数的数")
            return None
        return exact

    # -- all of them ------------------------------------------------------------------------------------------------

    def _together(self, card: Card) -> None:
        rows = [one.row for one in card.indicators]
        if card.weighted:
            for one in card.indicators:
                if not one.row.filled("权重"):
                    self.wrong(one.row, "权重", f"「{one.name}」没有写权重，别的指标有",
                               "填上权重，合计 100；或者全部空着，各填满分")
            self._hundred(rows, "指标的权重")
        else:
            for one in card.indicators:
                if not one.row.filled("满分") and not one.row.filled("权重"):
                    self.wrong(one.row, "满分", f"「{one.name}」没有写权重，也没有写满分",
                               "各指标都填权重（合计 100），或者都填满分（直接相加）")
        if card.raters and not card.rated and card.indicators and all(one.way for one in card.indicators):
            self.problems.append(Problem("error", "有评分人，没有一个指标是打分的，用不到评分人",
                                         "清空这张表的评分人，或者把要评的指标改成打分", RATERS))
        used = {choice_key(one.name) for one in card.by_event}
        for grade in card.grades:
            if choice_key(grade.event) in used:
                self.wrong(grade.line.row, "出现的事项", f"事项「{grade.event}」已经是按次的指标", "换一个名称")
        if card.pay.way == BY_GRADE or (card.pay.way == POOL and card.pay.by == OF_GRADE):
            if not card.grades:
                self.problems.append(Problem("error", f"计薪用等级系数，工作表 {GRADES} 里一个等级也没有",
                                             "填上等级和系数，或者改计薪方式", GRADES))
            for grade in card.grades:
                if not grade.line.row.filled("系数"):
                    self.wrong(grade.line.row, "系数", f"计薪用等级系数，「{grade.name}」没有系数",
                               "填上系数；没有奖金的写 0")
                elif grade.factor is not None and grade.factor < 0:
                    self.wrong(grade.line.row, "系数", f"「{grade.name}」的系数是负数", "填不小于 0 的数")
        self._measured(card)

    def _measured(self, card: Card) -> None:
        """What is measured under one name is one thing."""
        units: dict[str, tuple[str, Indicator]] = {}
        for one in card.indicators:
            if one.way in (BANDS, TARGET, RATIO):
                unit = one.row.text("单位") if len(one.data) == 1 else ""
                for name in one.data:
                    was, other = units.setdefault(choice_key(name), (unit, one))
                    if was != unit:
                        self.wrong(one.row, "单位" if len(one.data) == 1 else "取数",
                                   f"「{name}」在「{other.name}」和「{one.name}」里单位不同",
                                   "单位写成一样，或者取数换一个名称")


def _line(row: Row, label: str = "") -> Line:
    return Line(row, row[FROM], row[TO], row["得分"], label or row.text("描述"))
