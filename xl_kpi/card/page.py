"""A card as the text of a page: its own clauses, notes and names, on top of the packs."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from xl_kpi.card.card import (
    BASE,
    BY_GRADE,
    BY_SCORE,
    FLOATING,
    MOST,
    NO_PAY,
    OF_GRADE,
    POINT,
    POOL,
    STANDARD,
    SUM,
    ZERO,
    Card,
    Indicator,
    Line,
)
from xl_kpi.card.sheets import (
    BANDS,
    GRADES,
    INDICATORS,
    LEVELS,
    LOST,
    PAY,
    POINTS,
    RATERS,
    RATIO,
    TARGET,
    TO,
    WON,
    decimal,
)
from xl_kpi.policy.page.words import CONSTANTS, EACH, EACH_KEY, EACH_PERIOD, FUNCTIONS, PERIODS, VALUES
from xl_kpi.rules.kinds import CALLS

DATA, SCORES, EVENTS = "考核数据", "评分表", "事件记录"
# Names that the page, its packs and its grammar use themselves.
_WORDS = """
若 且 或 非 属于 不属于 缺 参数 指标 各指标 表 读法 选项 输出 备注 警告 错误 提示 不核算 量 算 目标 按比例 级
每次 否决 评分人 每 加 扣 取 空档 重叠 一次 去 改 各项 工号 姓名 日期 月份 季度 半年 年度 说明 花名册
入职日期 离职日期 人事变动 指标权重 评分人权重 等级线 等级系数 期末在册 参加考核 评分份数 综合得分 等级
按分等级 绩效基数 绩效工资 基准分 每分金额 起算分 最多浮动 奖金总额 分配权重 考核结果 事项 次数 系数 事件事项
"""
TAKEN = {DATA, SCORES, EVENTS, *_WORDS.split()}


def page_of(card: Card, number: str, written_on: Sequence[str] = ()) -> str:
    """The text of the page.  ``number``: its 编号; ``written_on``: the sheets that say it, of a workbook whose policy
    they are."""
    return _Page(card).text(number, written_on)


def title_of(card: Card) -> str:
    return card.pay.name


class _Names:
    """A name of the page for whatever something is called, each once."""

    def __init__(self) -> None:
        self.taken = {*TAKEN, "blank", *FUNCTIONS.values(), *CONSTANTS.values(), *keyword.kwlist, *CONSTANTS, *EACH,
                      *FUNCTIONS, *PERIODS, *VALUES, *CALLS,
                      EACH_KEY,
                      EACH_PERIOD}

    def name(self, text: str, more: str = "") -> str:
        plain = re.sub(r"\W", "", unicodedata.normalize("NFKC", text)) + more
        plain = f"项{plain}" if not plain.isidentifier() or EACH_KEY in plain else plain
        name, n = plain, 1
        while name in self.taken:
            n += 1
            name = f"{plain}{'项' if n == 2 else n}"
        self.taken.add(name)
        return name


def _quoted(text: str) -> str:
    return f"“{text}”"


def _called(name: str, title: str) -> str:
    return name if name == title else f"{name}「{title}」"


class _Page:
    def __init__(self, card: Card):
        self.card, self.names = card, _Names()
        self.of = {one.name: self.names.name(one.name) for one in card.indicators}
        self.data: dict[str, str] = {}          # what is measured → its name on the page
        self.lines: list[str] = []

    def add(self, *lines: str) -> None:
        self.lines += lines

    def text(self, number: str, written_on: Sequence[str]) -> str:
        card = self.card
        self.add("---", f"编号: {number}", *([f"写在: {' '.join(written_on)}"] if written_on else ()),
                 f"周期: {card.pay.period}", f"用: 名单{' 评分卡' if card.raters else ''} 申诉", "---",
                 f"# {title_of(card)}", "",
                 f"由工作表 {INDICATORS}、{RATERS}、{GRADES}、{PAY} 写成。"
                 "写法见 docs/policy-page.md，打分的写法见 docs/policy-scoring.md。", "",
                 f"## {INDICATORS}", "")
        self._weights()
        self._tables()
        for one in card.indicators:
            self._indicator(one)
        self._total()
        if card.raters:
            self.add("", f"## {RATERS}", "", self._raters())
        self.add("", f"## {GRADES}", "")
        self._grades()
        self.add("", f"## {PAY}", "")
        money = self._pay()
        self._output(money)
        return "\n".join(self.lines) + "\n"

    # -- 指标 -------------------------------------------------------------------------------------------------------

    def _weights(self) -> None:
        card = self.card
        if card.weighted:
            pairs = "，".join(f"{self.of[one.name]} {decimal(one.weight or Fraction(0))}" for one in card.indicators)
            self.add(f"    参数 指标权重{{item.weight}} %：{pairs}；合计 100；公司")
        elif card.raters:
            self.add("    去 指标权重")                 # the pack's indicators are those of weights

    def _tables(self) -> None:
        """What HR fills in: a row a person and period; who rates; what happened."""
        columns = [line for one in self.card.indicators for line in self._columns(one)]
        if columns:
            self.add(f"    表 {DATA}（每期，期末在册）—— 一人一期一行。", *columns,
                     f"      缺行 → 在{DATA}里补上这一行")
        events = [*(one.name for one in self.card.by_event), *(g.event for g in self.card.grades if g.event)]
        if events:
            self.add(f"    选项 事件事项：{'|'.join(events)}",
                     f"    表 {EVENTS}（逐次，可无）—— 发生一次写一行；同一天几次的写在次数里。",
                     "      事项 事件事项 必填", *(["      次数 次 空=1 最小=1"] if self.card.by_event else []))
        if self.card.raters:
            self.add(f"    表 {SCORES}", "      评分人",
                     *(f"      {_called(self.of[one.name], one.name)} 分{_fill(one)}" for one in self.card.rated))

    def _columns(self, one: Indicator) -> list[str]:
        """The columns of 考核数据 for an indicator."""
        if one.way == POINTS and not self.card.raters:
            full = one.points
            most = f" 最大={decimal(full)}" if full.denominator == 1 else ""
            name = self.data[one.name] = self.names.name(one.name, "得分")
            check = [] if most else [f"      查 有值({name}) 且 {name} > {decimal(full)}：超过满分 → 核对得分"]
            return [f"      {name}「{one.name}」 分{most}{_fill(one)}", *check]
        if one.way == LEVELS:
            name = self.data[one.name] = self.names.name(one.name, "描述")
            labels = self.names.name(one.name, "选项")
            self.add(f"    选项 {labels}：{'|'.join(line.label for line in one.lines)}")
            return [f"      {name}「{one.name}」 {labels}{_fill(one)}"]
        if one.way not in (BANDS, TARGET, RATIO):
            return []
        found = []
        for k, title in enumerate(one.data):
            if title in self.data:
                continue
            clash = title in self.of
            name = self.data[title] = self.names.name(title, "实际" if clash else "")
            unit = one.row.text("单位") if len(one.data) == 1 else ""
            bare = re.sub(r"\s", "", unit)
            kind = {"%": "%", "元": "元"}.get(unit, f"数 单位={bare}" if bare else "数")
            least = " 最小=1" if len(one.data) == 2 and k == 1 and kind == "数" else ""
            found.append(f"      {_called(name, title)} {kind}{least}{_fill(one)}")
        return found

    def _indicator(self, one: Indicator) -> None:
        """The statement of one indicator."""
        name, row, full = self.of[one.name], one.row, decimal(one.points)
        clause = f"  # = {row.text('条款')}" if row.text("条款") else ""
        rated = self.card.raters and one.way == POINTS
        self.add(f"    每期：指标 {_called(name, one.name)} 分 = {full}{clause}")
        low = decimal(row["最低"]) if row["最低"] is not None else "0"
        high = decimal(row["最高"]) if row["最高"] is not None else full
        if rated:
            least = "至少=0，" if one.weight == 0 else ""           # what weighs nothing need not be rated
            self.add(f"      评分人（{SCORES}，{least}不够=读法(unrated，refuse=不核算，spread=不计)） → 评分人权重")
        elif one.way == POINTS:
            self.add(f"      算 {self.data[one.name]}")
        elif one.way == LEVELS:
            *others, last = one.lines
            column = self.data[one.name]
            ways = [f"{decimal(line.points or Fraction(0))} 若 {column} = {_quoted(line.label)}" for line in others]
            self.add(f"      算 {'；'.join([*ways, decimal(last.points or Fraction(0))])}")
        elif one.way in (LOST, WON):
            word, points = ("扣", row["扣"]) if one.way == LOST else ("加", row["加"])
            bound = f"最低 {low}" if one.way == LOST else f"最高 {high}"
            self.add(f"      每次 {word} {decimal(points or Fraction(0))} × 次数 {bound}："
                     f"次数({EVENTS}，事项 = {_quoted(one.name)})")
        else:
            self.add(f"      算 {self._actual(one)}", *self._scored(one, low, high))

    def _actual(self, one: Indicator) -> str:
        part, *whole = (self.data[name] for name in one.data)
        if whole:
            return f"{part} ÷ {whole[0]} × 100"
        if one.way == RATIO:
            return f"{part} ÷ {decimal(one.row['目标'] or Fraction(1))} × 100"
        return part

    def _scored(self, one: Indicator, low: str, high: str) -> list[str]:
        row = one.row
        if one.way == RATIO:
            return [f"      按比例 最低 {low} 最高 {high}"]
        if one.way == TARGET:
            steps = "".join(f" {word} {decimal(row[word])}" for word in ("加", "扣") if row[word] is not None)
            return [f"      目标 {decimal(row['目标'] or Fraction(0))} 每 {decimal(row['每'] or Fraction(1))}{steps} "
                    f"{row.text('不足一步')} 最低 {low} 最高 {high}"]
        return [f"      {_ends(line, row.text('含哪头') == TO)}：{decimal(line.points or Fraction(0))}"
                for line in _falling(one.lines)]

    def _total(self) -> None:
        card = self.card
        if card.weighted and all(one.points == 100 for one in card.indicators):
            total = f"各项合计(指标权重，({EACH_KEY} × 指标权重[{EACH_KEY}]% 若 指标权重[{EACH_KEY}] > 0；0))"
        elif card.weighted:
            total = " + ".join(f"{self.of[one.name]} ÷ {decimal(one.points)} × 指标权重[{self.of[one.name]}]"
                               for one in card.indicators if one.weight != 0)
        else:
            total = " + ".join(self.of[one.name] for one in card.indicators)
        if not card.raters:
            self.add("    每期：期末在册 = 入职日期 ≤ 期末 且 (非 有值(离职日期) 或 离职日期 ≥ 期末)",
                     f"    每期：综合得分 分 = {total}")
        elif "各项合计" not in total:
            self.add(f"    改 每期：综合得分 分 = {total} 若 参加考核；不适用" if len(card.indicators) == 1 else
                     f"    改 每期：综合得分 分 = ({total}) 若 参加考核；不适用")

    def _raters(self) -> str:
        pairs = "，".join(f"{_quoted(one.name)} {decimal(one.weight)}" for one in self.card.raters)
        return f"    改 参数 评分人权重{{rater.weight}} %：{pairs}；合计 100；公司"

    # -- 等级 -------------------------------------------------------------------------------------------------------

    def _grades(self) -> None:
        card, there = self.card, "参加考核" if self.card.raters else ""
        if card.raters:
            self.add("    去 等级线", *(() if card.grades else ("    去 等级", "    去 GRADE")))
        if not card.grades:
            return
        scored = [g for g in card.grades if not (g.line.start is None and g.line.end is None and g.event)]
        by_event = [grade for grade in card.grades if grade.event]
        name = "按分等级「按综合得分的等级」" if by_event else "等级"
        change = "改 " if card.raters and not by_event else ""
        bands = [f"      {_ends(grade.line, False)}：{_quoted(grade.name)}"
                 for grade in sorted(scored,
                                     key=lambda g: -(g.line.start if g.line.start is not None else Fraction(-10**12)))]
        self.add(f"    {change}每期：{name} = 分档(综合得分)", *bands)
        if by_event:
            happened = []
            for grade in by_event:
                one = self.names.name(grade.event)
                happened.append((one, grade))
                self.add(f"    每期：{_called(one, grade.event)} = 记有({EVENTS}，事项 = {_quoted(grade.event)})")
            ways = "；".join(f"{_quoted(grade.name)} 若 {f'{there} 且 ' if there else ''}{one}" for one,
                            grade in happened)
            self.add(f"    {'改 ' if card.raters else ''}每期：等级 = {ways}；按分等级")
        change, value = "改 " if card.raters else "", "按分等级" if by_event else "等级"
        self.add(f"    {change}函数 GRADE「等级」 文字（每期） = {value}",
                 "      score「综合得分」 分 → 综合得分")
        if self._by_factor:
            pairs = "，".join(f"{_quoted(grade.name)} {decimal(grade.factor or Fraction(0))}" for grade in card.grades)
            self.add(f"    参数 等级系数{{grade.factor}} 倍：{pairs}；公司")
        for grade in card.grades:
            if grade.note:
                self.add(f"    备注 若 等级 = {_quoted(grade.name)}：{_plain(grade.note)}")

    @property
    def _by_factor(self) -> bool:
        pay = self.card.pay
        return pay.way == BY_GRADE or (pay.way == POOL and pay.by == OF_GRADE)

    # -- 计薪 -------------------------------------------------------------------------------------------------------

    def _pay(self) -> bool:
        """The quantity 绩效工资; whether there is one."""
        pay, there = self.card.pay, self.card.raters
        if pay.way in (NO_PAY, ""):
            return False
        number = {item: f"    参数 {item} {unit} = {decimal(pay.numbers[item])}；公司" for item, unit in (
            (STANDARD, "分"), (POINT, "元/分"), (ZERO, "分"), (MOST, "元"), (SUM, "元")) if item in pay.numbers}
        if pay.way not in (FLOATING, POOL):
            if pay.base is not None:
                self.add(f"    参数 绩效{BASE} 元 = {decimal(pay.base)}；公司")
            else:
                self.add("    表 花名册", f"      绩效{BASE} 元 必填 —— 考核期末的")
        self.add(*number.values())
        if pay.way == POOL:
            if SUM not in pay.numbers:
                self.add(f"    参数 {SUM} 元 —— 这一期分多少；每期不同的，各写一行，写上生效日期")
            weight = "等级系数[等级]" if pay.by == OF_GRADE else "综合得分"
            whom = "参加考核" if there else "期末在册"
            self.add(f"    每期：分配权重 倍 = {weight} 若 {whom}；0",
                     f"    每期：绩效工资「绩效奖金」 元 = 按权重分摊({SUM}，分配权重，{whom}，尾差=逐分)",
                     "    函数 POOL_SHARE「绩效奖金」 元（每期） = 绩效工资", f"      设 {whom} = 是",
                     f"      pool「{SUM}」 元 → {SUM} 最大=1000000000",
                     f"      grades{'「等级」 选项 → 等级' if pay.by == OF_GRADE else '「综合得分」 分 → 综合得分'}")
            return True
        formula = {BY_SCORE: f"绩效{BASE} × 综合得分 ÷ {STANDARD}", BY_GRADE: f"绩效{BASE} × 等级系数[等级]",
                   FLOATING: self._floating()}.get(pay.way, f"绩效{BASE} × 综合得分 ÷ 100")
        unless = " 若 参加考核；不适用" if there else ""
        self.add(f"    每期：绩效工资 元 = 四舍五入({formula}，2){unless}")
        by_event = pay.way == BY_GRADE and any(grade.event for grade in self.card.grades)
        name = "FLOAT_PAY" if pay.way == FLOATING else "" if by_event else "SCORE_PAY"
        if name:
            self.add(f"    函数 {name}「绩效工资」 元（每期） = 绩效工资", *["      设 参加考核 = 是"] * bool(there),
                     "      score「综合得分」 分 → 综合得分",
                     *[f"      base「绩效{BASE}」 元 → 绩效{BASE}"] * (name == "SCORE_PAY"))
        return True

    def _floating(self) -> str:
        points = f"(综合得分 − {ZERO}) × {POINT}"
        return f"取大(取小({points}，{MOST})，−{MOST})" if MOST in self.card.pay.numbers else points

    def _output(self, money: bool) -> None:
        card = self.card
        there = "若 参加考核：" if card.raters else ""
        of_each = " ".join(_called(self.of[one.name], one.name) + ("?" if card.raters or one.weight == 0 else "")
                           for one in card.indicators)
        columns = f"{of_each} 综合得分{' 等级' if card.grades else ''}{self._of_money() if money else ''}"
        self.add(f"    {'改 ' if card.raters else ''}输出 考核结果（每期，期末在册，"
                 f"单位={'元' if money else '分'}，通知单=考核通知单）：",
                 f"      {there}{columns}")

    def _of_money(self) -> str:
        pay = self.card.pay
        base = f" 绩效{BASE}^" if pay.way not in (FLOATING, POOL) and pay.base is None else ""
        weight = " 分配权重^" if pay.way == POOL else ""
        return f"{base}{weight} 绩效工资"


def _fill(one: Indicator) -> str:
    note = _plain(one.row.text("说明"))
    return f" —— {note}" if note else ""


def _plain(text: str) -> str:
    """A text that says nothing to the page's grammar."""
    return text.replace("{", "（").replace("}", "）").replace("#", "＃").strip()


def _falling(lines: Sequence[Line]) -> list[Line]:
    """Highest first."""
    return sorted(lines, key=lambda line: (line.start is None, -(line.start or 0)))


def _ends(line: Line, upper: bool) -> str:
    """≥ 80 且 < 90; with the upper end within: > 80 且 ≤ 90."""
    more, less = (">", "≤") if upper else ("≥", "<")
    ends = [f"{more} {decimal(line.start)}" if line.start is not None else "",
            f"{less} {decimal(line.end)}" if line.end is not None else ""]
    return " 且 ".join(filter(None, ends)) or "≥ 0"
