"""汇总: headcount and sums, per item and per team, this period and the last; what changed for each person, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xl_kpi.comparison import ItemChange, PersonChange, Reason, by_person, changes, difference, merged, outcome
from xl_kpi.hand.days import read_any
from xl_kpi.money import as_decimal
from xl_kpi.period import AnyPeriod
from xl_kpi.problems import Problem
from xl_kpi.results import REFUSED, SUMMARY, Naming, RefusedCell, Result, ResultColumn
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import BASE_DIGIT_PX, Area, Chart, Page, ResultSheet, Series, Value, letter

NOW, THEN = "#1F5FA8", "#D3DAE2"        # dark and light: they differ in black and white too
CHART_CHARS, CHART_HEIGHT = 62, 300     # the least room for the chart: characters of width, pixels
EDGE = 12               # pixels that the chart keeps from the edge of what is printed
LABELS = 8              # so many pairs of columns have room for an amount above each
MARK_CHARS = 55         # of width for a person's remarks
TOGETHER = 140          # points that a title, its headings and the first people take
WHY = 5                 # so many reasons why last month is not known are said
# this period and the one before, as people call them
TERMS = {"month": ("本月", "上月", "那个月"), "quarter": ("本季", "上季", "那个季度"),
         "half": ("本半年", "上个半年", "那半年"), "year": ("本年", "上年", "那一年"),
         "span": ("本期", "上期", "那段时间")}
Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class Terms:
    """What the two results are called: this one, the other one (in a heading; in a sentence), and what the other is."""

    now: str
    last: str
    then: str
    label: str
    what: str = SUMMARY


def summary(result: Result, terms: Terms | None = None) -> ResultSheet:
    """The result on one sheet beside ``result.previous``, for whoever approves it.  ``terms``: of another comparison
    than that with the period before."""
    return _Summary(result, terms).sheet


class _Summary:
    """The sheet while it is made."""

    def __init__(self, result: Result, terms: Terms | None):
        self.result, self.previous = result, result.previous
        self.total = layout.grand_total(result)
        self.group = next((c for c in result.columns if c.group), None)
        self.items = layout.totalled(result)
        if self.previous is not None:
            by_heading = {c.heading: c for c in (*layout.totalled(self.previous), *self.items)}
            order = merged([c.heading for c in self.items], [c.heading for c in layout.totalled(self.previous)])
            self.items = [by_heading[h] for h in order]
        period = read_any(result.period)
        self.before = period - 1
        terms = terms or Terms(*TERMS[period.grain], self.before.label)
        self.now, self.last, self.then, self.label = terms.now, terms.last, terms.then, terms.label
        self.sheet = ResultSheet(result.output.beside(terms.what, result.period), self._widths(),
                                 page=Page(footer=result.policy_title))
        layout.add_title(self.sheet, result, layout.beside(result, terms.what), layout.headcount(result))
        top = len(self.sheet.rows)
        self._add_people()
        total_row = self._add_items()
        low = self._keep_room(top)
        shown = self._add_teams() if self.group else (total_row, total_row)
        self._add_chart(top, low, shown)
        self._add_texts("提请注意", self._marks(), max(1, int(sum(self.sheet.widths) // MARK_CHARS)))
        self._add_texts("与默认不同的取值和读法", result.notices, 1)
        compared = self.total or outcome(result.columns)
        if compared is not None:
            self._add_changes(compared)

    # -- widths and rows ------------------------------------------------------------------------------------------

    def _widths(self) -> list[float]:
        lines = [*self.result.lines, *(self.previous.lines if self.previous else ())]
        names = [c.heading for c in self.items]
        names += [str(line.get("工号", "")) for line in lines]
        if self.group:
            names += [str(line.get(self.group.heading) or "") for line in lines]
        first = max(map(layout.text_width, names), default=8)
        second = max((layout.text_width(str(line.get("姓名", ""))) for line in lines), default=8)
        largest = max((layout.column_width(c, [], layout.total(line.get(c.heading) for line in lines))
                       for c in self.items), default=10.0)
        compared = [] if self.total is None else [f"{one}{self.total.heading}" for one in (self.now, self.last)]
        usual = max(10.5, largest)
        usual = max([usual, *(layout.unbroken(heading, usual, usual) for heading in compared)])
        widths = [min(20.0, max(11.0, first + 1.0)), min(16.0, max(usual, second + 1.0))]
        teams = len(self.items) + (2 if self.previous is None else 4) if self.group else 0
        beside = self._item_columns + 1         # the chart stands beside the sums of the items
        widths += [usual] * (max(7, teams, beside + 1) - 2)
        while sum(widths[beside:]) < CHART_CHARS:
            widths.append(usual)
        return widths

    @property
    def _item_columns(self) -> int:
        return 3 if self.previous is None else 5

    def _row(self, values: Sequence[Any], styles: Sequence[str], height: float = 20,
             formulas: dict[int, str] | None = None) -> int:
        """A row of a table that is narrower than the sheet."""
        return self.sheet.add(list(values), tuple(styles), height, formulas)

    def _section(self, text: str) -> None:
        self.sheet.add(height=10)
        self.sheet.add_line(text, "section", 22)

    # -- the tables -----------------------------------------------------------------------------------------------

    def _add_people(self) -> None:
        """Headcount.  The table is there without last month too: its headings are what the sheet is known by."""
        self._section("人数")
        self._row([self.last, "新到", "离开", self.now], ["heading"] * 4, 22)
        now = by_person(self.result.lines)
        if self.previous is None:
            self._row([None, None, None, len(now)], ["int"] * 4)
            return
        then = by_person(self.previous.lines)
        joined, left = len(now.keys() - then.keys()), len(then.keys() - now.keys())
        at = len(self.sheet.rows) + 1
        self._row([len(then), joined, left, len(now)], ["int"] * 4, formulas={3: f"A{at}+B{at}-C{at}"})

    def _add_items(self) -> int:
        """The sum of each item; gives the row of what is paid out."""
        self._section("各项合计")
        compared = self.previous is not None
        self._row(["项目", self.now, self.last, "差额", "涉及人数"] if compared else ["项目", self.now, "涉及人数"],
                  ["heading"] * self._item_columns, 22)
        total_row = len(self.sheet.rows)
        for n, c in enumerate(self.items):
            alt = "/alt" if n % 2 else ""
            values = [line.get(c.heading) for line in self.result.lines]
            touched = sum(1 for v in values if isinstance(v, RefusedCell) or v)
            amount, row = _sum(values), len(self.sheet.rows)
            if c is self.total:
                total_row = row
            if self.previous is None:
                self._row([c.heading, amount, touched], [f"text{alt}", f"{c.type}{alt}", f"int{alt}"])
                continue
            past = _sum(line.get(c.heading) for line in self.previous.lines)
            self._row([c.heading, amount, past, difference(amount, past), touched],
                      [f"text{alt}", *[f"{c.type}{alt}"] * 3, f"int{alt}"], formulas={3: f"B{row + 1}-C{row + 1}"})
        return total_row

    def _keep_room(self, top: int) -> int:
        """The chart ends where the sums end: a last row makes up for what they lack in height.  Gives that row."""
        used = sum(row.height or 20 for row in self.sheet.rows[top:])
        if used < CHART_HEIGHT * 0.75:
            self.sheet.add(height=CHART_HEIGHT * 0.75 - used)
        return len(self.sheet.rows)

    def _add_teams(self) -> tuple[int, int]:
        """The sums by team, and of what is paid out last month's too; gives the first row and the last."""
        group, previous, total = self.group, self.previous, self.total
        assert group is not None
        self._section(f"按{group.heading}")
        now = _teams(self.result.lines, group)
        then = _teams(previous.lines, group) if previous else {}
        compared = previous is not None and total is not None
        headings = [group.heading, "人数", *(c.heading for c in self.items)]
        types = ["int", *(c.type for c in self.items)]
        if compared and total:
            headings += [f"{self.last}{total.heading}", "差额"]
            types += [total.type] * 2
        looks = ["heading", "heading", *map(layout.heading_style, self.items), *["heading"] * (2 * compared)]
        self._row(headings, looks, layout.heading_height(headings, self.sheet.widths[:len(headings)]))
        first, every = len(self.sheet.rows), []
        nobody = _nobody(group)
        teams = [t for t in dict.fromkeys((*now, *then)) if t != nobody] + [nobody] * (nobody in {*now, *then})
        for n, team in enumerate(teams):
            lines = now.get(team, [])
            values: list[Any] = [len(lines), *(_sum(line.get(c.heading) for line in lines) for c in self.items)]
            formulas = {}
            if compared and total:
                past = _sum(line.get(total.heading) for line in then.get(team, []))
                values += [past, difference(values[1 + self.items.index(total)], past)]
                row, at = len(self.sheet.rows) + 1, len(values)
                formulas[at] = f"{letter(2 + self.items.index(total))}{row}-{letter(at - 1)}{row}"
            every.append(values)
            alt = "/alt" if n % 2 else ""
            self._row([team, *values], [f"text{alt}", *(f"{t}{alt}" for t in types)], formulas=formulas)
        last = len(self.sheet.rows) - 1
        if every:
            sums = [layout.total(column) for column in zip(*every, strict=True)]
            self._row(["合计", *sums], ["text/sum", *(f"{t}/sum" for t in types)], 22,
                      {i: layout.sum_formula(i, first, last) for i in range(1, len(headings))})
        return first, last

    # -- the chart ------------------------------------------------------------------------------------------------

    def _add_chart(self, top: int, end: int, rows: tuple[int, int]) -> None:
        """What is paid out, last month and this, by team: beside the sums of the items."""
        total, (first, last) = self.total, rows
        if total is None or last < first:
            return
        now = layout.total(line.get(total.heading) for line in self.result.lines)
        past = _sum(line.get(total.heading) for line in self.previous.lines) if self.previous else None
        if not isinstance(now, (int, Decimal)) or isinstance(past, RefusedCell):
            return
        at = 2 + self.items.index(total) if self.group else 1
        before = 2 + len(self.items) if self.group else 2

        def column(col: int) -> Area:
            return first, col, last, col

        cells: list[Any] = [row.values[col] for row in self.sheet.rows[first:last + 1]
                            for col in ((before, at) if self.previous else (at,))]
        roomy = last - first < LABELS
        series = [Series(self.now, column(at), NOW, roomy or last - first < 2 * LABELS)]
        if self.previous is not None:
            series.insert(0, Series(self.last, column(before), THEN, roomy))
        left = self._item_columns + 1
        width = int(sum(w * BASE_DIGIT_PX + 5 for w in self.sheet.widths[left:])) - EDGE
        height = int(sum(row.height or 20 for row in self.sheet.rows[top + 1:end]) / 0.75)
        self.sheet.charts.append(Chart(
            self._message(total, len(self.result.lines), now, past), (top + 1, left), (width, height), column(0),
            tuple(series), from_zero=all(v >= 0 for v in cells)))

    def _message(self, total: ResultColumn, people: int, now: Any, past: Any) -> str:
        """What the chart shows, in a sentence."""
        unit = f" {self.result.output.unit}" if self.result.output.unit else ""
        said = f"{people} 人{total.heading} {now:,.2f}{unit}"
        if past is None:
            return said
        delta = now - past
        if not delta:
            return f"{said}，与{self.last}相同"
        share = f"（{_signed(as_decimal(Fraction(delta) * 100 / Fraction(past), 1), 1)}%）" if past > 0 else ""
        return f"{said}，比{self.last}{'增加' if delta > 0 else '减少'} {abs(delta):,.2f}{unit}{share}"

    # -- texts and people -----------------------------------------------------------------------------------------

    def _marks(self) -> list[str]:
        """What 备注 says, a text a person."""
        names = {str(line.get("工号")): line.get("姓名") or "" for line in self.result.lines}
        said: dict[str, list[str]] = {}
        for person, text in self.result.marks:
            said.setdefault(person, []).append(text)
        return [f"{person} {names.get(person, '')}　{'；'.join(texts)}" for person, texts in said.items()]

    def _add_texts(self, title: str, texts: list[str], columns: int) -> None:
        """Texts side by side in columns, read line by line."""
        if not texts:
            return
        self._section(title)
        sheet = self.sheet
        starts = layout.split_columns(sheet.widths, columns)
        ends = [*starts[1:], len(sheet.widths)]
        for at in range(0, len(texts), len(starts)):
            values: list[Value] = [None] * len(sheet.widths)
            lines = 1
            row = len(sheet.rows)
            for text, start, end in zip(texts[at:at + len(starts)], starts, ends, strict=False):
                values[start] = text
                # its letters are smaller than those that the layout counts with
                lines = max(lines, layout.lines_needed(text, sum(sheet.widths[start:end]) * 1.1))
                if end - start > 1:
                    sheet.merges.append((row, start, row, end - 1))
            sheet.add(values, ("notice",) * len(values), 4 + 12 * lines)

    def _add_changes(self, total: ResultColumn) -> None:
        """Per person what is paid this month and last, and why it differs."""
        sheet = self.sheet
        self._section(f"{total.heading}与{self.last}（{self.label}）比较")
        if self.previous is None:
            for text in _unknown(self.before, self.then, self.result.output, self.result.no_previous):
                layout.add_wrapped(sheet, text, "notice")
            return
        self._begin_page(len(sheet.rows) - 2)
        found = changes(self.result, self.previous, total)
        last_col = len(sheet.widths) - 1
        wide = sum(sheet.widths[5:])
        headings = ["工号", "姓名", f"{self.now}{total.heading}", f"{self.last}{total.heading}", "差额", "原因"]
        blank = [None] * (last_col - 5)
        row = self._row([*headings, *blank], ["heading"] * (last_col + 1),
                        layout.heading_height(headings[:5], sheet.widths[:5]))
        first = row + 1
        for n, change in enumerate(found):
            alt, at = "/alt" if n % 2 else "", len(sheet.rows)
            why = self._reason(change)
            height = layout.row_height([change.name, why], [sheet.widths[1], wide], (0, 1), 20)
            self._row([change.person, change.name, change.now, change.then, change.delta, why or None, *blank],
                      [*[f"text{alt}"] * 2, *[f"{total.type}{alt}"] * 3, *[f"note{alt}"] * (last_col - 4)], height,
                      {4: f"{letter(2)}{at + 1}-{letter(3)}{at + 1}"})
        last = len(sheet.rows) - 1
        if found and total.total:
            sums: list[Value] = [_sum(getattr(c, name) for c in found) for name in ("now", "then", "delta")]
            self._row(["合计", None, *sums, None, *blank],
                      ["text/sum", "text/sum", *[f"{total.type}/sum"] * 3, *["text/sum"] * (last_col - 4)], 22,
                      {i: layout.sum_formula(i, first, last) for i in (2, 3, 4)})
        sheet.merges += [(r, 5, r, last_col) for r in range(row, len(sheet.rows)) if last_col > 5]

    def _begin_page(self, first: int) -> None:
        """Rows from ``first`` on, a title and the headings among them, begin a page where only these have room."""
        room = layout.page_room(self.sheet)
        used = sum(row.height or layout.DEFAULT_HEIGHT for row in self.sheet.rows[:first])
        if used % room > room - TOGETHER:
            self.sheet.page.breaks.append(first)

    def _reason(self, change: PersonChange) -> str:
        """Which items changed and what stands behind it: 绩效工资 +170.00（执行星级 3 → 4）；全勤奖 −200.00（…）."""
        told = []
        if change.then is None:
            told.append(f"新到，{self.last}没有{self.result.output.what}")
        elif change.now is None:
            told.append(f"离开，{self.now}没有{self.result.output.what}")
        else:
            for item in change.items:
                reasons = "，".join(map(_reason_text, item.reasons)) or self._sentence(change.person, item.heading)
                told.append(f"{item.heading} {_by_how_much(item)}" + (f"（{reasons}）" if reasons else ""))
        if not told:
            return ""
        remarks = [f"{which}：{'、'.join(texts)}" for which, texts in
                   ((self.now, change.said_now), (self.last, change.said_then)) if texts]
        return "。".join(["；".join(told), *remarks])

    def _sentence(self, person: str, heading: str) -> str:
        """How an amount came about this month, where no column behind it has changed."""
        return next((f"{self.now}：{step.sentence}" for step in self.result.steps.get(person, ())
                     if step.heading == heading), "")


def _sum(values: Any) -> Any:
    amount = layout.total(values)
    return 0 if amount is None else amount


def _teams(lines: Lines, group: ResultColumn) -> dict[str, Lines]:
    """Lines by team in order of appearance, those of no team last."""
    found: dict[str, Lines] = {}
    for line in lines:
        found.setdefault(str(line.get(group.heading) or ""), []).append(line)
    nobody = found.pop("", None)
    if nobody:
        found[_nobody(group)] = nobody
    return found


def _nobody(group: ResultColumn) -> str:
    """What those are called who are in no team."""
    return f"未分{group.heading}"


def _signed(amount: Any, places: int = 2) -> str:
    if amount is REFUSED:
        return "#N/A"
    return f"{'−' if amount < 0 else '+'}{as_decimal(Fraction(abs(amount)), places):,.{places}f}"


def _by_how_much(item: ItemChange) -> str:
    """+170.00; of a deduction in words, for a sign could be taken either way."""
    if item.deduction and item.delta is not REFUSED:
        return f"{'多' if item.delta < 0 else '少'}扣 {abs(item.delta):,.2f}"
    return _signed(item.delta)


def _reason_text(reason: Reason) -> str:
    kind = reason.column.type
    return f"{reason.column.heading} {_plain(reason.then, kind)} → {_plain(reason.now, kind)}"


def _plain(value: Any, kind: str) -> str:
    """A value inside a sentence: no trailing noughts, a word for what does not apply."""
    if value is None or value == "":
        return "无"
    if isinstance(value, RefusedCell):
        return "#N/A"
    if isinstance(value, (Decimal, Fraction)):
        text = format(as_decimal(Fraction(value), 4), "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{text}%" if kind == "percent" else text
    return str(layout.shown(value))


def _unknown(before: AnyPeriod, then: str, naming: Naming, problems: list[Problem]) -> list[str]:
    """Why there is nothing to compare with.  A workbook is of one year: the period before may be in the one before."""
    if not problems:
        return [f"{before.label}没有算，不能比较。"]
    texts = [f"{before.label}算不出来，不能比较，因为："]
    if before.months[-1].number == 12:
        texts = [f"用这个工作簿算不出{before.label}，不能比较。它在上一年的工作簿里的，见那里的 "
                 f"{naming.sheet(str(before))} 和 {naming.beside(SUMMARY, str(before))}"
                 "（新的一年只带来了制度要回头看的月份）；本该在这个工作簿里的，原因是："]
    for p in problems[:WHY]:
        where = " ".join(part for part in (p.sheet, p.cell) if part)
        texts.append(f"· {f'{where}：' if where else ''}{p.text}")
    if len(problems) > WHY:
        texts.append(f"· …… 共 {len(problems)} 处，对{then}做一次体检可以看到全部。")
    return texts
