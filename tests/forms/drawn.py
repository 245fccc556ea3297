"""Lists as offices draw them, at random, with what is true of them: which column is what, which rows are people's,
which month it is.  As a script it draws thousands and says what was recognised wrong: python -m tests.forms.drawn 3000.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from openpyxl import Workbook

from xl_kpi.forms.model import Form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Wanted
from xl_kpi.hand.texts import squeezed
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.grid import Area, address, area_address

WORDS: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
SPELLINGS: dict[str, list[str]] = {
    "姓名": WORDS["NAME"], "工号": WORDS["ID"], **WORDS["OTHERS"], **WORDS["NUMBERS"], **WORDS["MORE"]}
OTHERS, NUMBERS, SPLIT, GROUPS = WORDS["OTHERS"], WORDS["NUMBERS"], WORDS["SPLIT"], WORDS["GROUPS"]


@dataclass
class Drawn:
    """A workbook's sheet with what is true of it."""

    name: str = "表.xlsx"
    sheet: str = "Sheet1"
    cells: dict[tuple[int, int], object] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)       # true name → column
    people: list[int] = field(default_factory=list)
    last: int = 0
    month: str | None = None
    told: bool = True           # whether the month can be told
    roster: dict[str, str] = field(default_factory=dict)
    headless: bool = False      # nothing stands over the names
    below: Drawn | None = None  # another list on the same sheet

    def book(self) -> Book:
        height = max(row for row, _ in self.cells) + 1
        width = max(column for _, column in self.cells) + 1
        rows: list[list[object]] = [[None] * width for _ in range(height)]
        for (row, column), value in self.cells.items():
            rows[row][column] = float(value) if isinstance(value, int) else value
        marks = {place: Mark(formula=True) for place in self.formulas}
        return Book(Path(self.name), [Sheet(self.sheet, False, rows, marks, merged=list(self.merged))])

    def save(self, folder: Path) -> Path:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = self.sheet
        for (row, column), value in self.cells.items():
            sheet.cell(row + 1, column + 1, value)
        for area in self.merged:
            sheet.merge_cells(area_address(area))
        path = folder / self.name
        book.save(path)
        return path


def person(rng: random.Random, taken: set[str]) -> str:
    while True:
        name = rng.choice(WORDS["SURNAMES"]) + "".join(rng.choice(WORDS["GIVEN"]) for _ in range(rng.choice((1, 2, 2))))
        if name not in taken:
            taken.add(name)
            return name


def draw(seed: int) -> Drawn:
    rng = random.Random(seed)
    drawn = _Pen(rng, headless=rng.random() < 0.08).drawn()
    if rng.random() < 0.12 and drawn.month and drawn.told:
        drawn.below = _Pen(rng, drawn).drawn()
    return drawn


class _Pen:
    def __init__(self, rng: random.Random, above: Drawn | None = None, headless: bool = False):
        self.rng, self.d, self.above = rng, Drawn(headless=headless), above
        self.base = self.row = 0
        self.left = rng.choice((0, 0, 0, 1, 2))
        if above is not None:
            self.base = self.row = max(row for row, _ in above.cells) + rng.choice((2, 3, 4))
            self.d.cells, self.d.formulas, self.d.merged = above.cells, above.formulas, above.merged
            self.d.roster = above.roster
            self.left = min(column for _, column in above.cells)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def put(self, row: int, column: int, value: object) -> None:
        if value is not None:
            self.d.cells[row, self.left + column] = value

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self.d.merged.append((top, self.left + left, bottom, self.left + right))

    # -- what is drawn ------------------------------------------------------------------------------------------------

    def drawn(self) -> Drawn:
        d = self.d
        plan = self.plan()
        self.when()
        head = self.headings(plan)
        self.body(plan, head)
        for name, column in plan:
            d.columns[name] = self.left + column
        return d

    def plan(self) -> list[tuple[str, int]]:
        """(true name, column) from left to right."""
        rng = self.rng
        names: list[str] = []
        if self.chance(0.6):
            names.append("序号")
        keys = ["姓名"] + (["工号"] if self.chance(0.5) else [])
        rng.shuffle(keys)
        names += keys
        names += rng.sample(list(OTHERS), rng.choice((0, 1, 1, 2, 3)))
        numbers = rng.sample(list(NUMBERS), rng.randint(2, 8))
        names += numbers
        if self.chance(0.4):
            names.append("备注")
        if self.chance(0.3):
            names.append("签名")
        self.wide = {name: self.chance(0.05) for name in names}
        at, found = 0, []
        for name in names:
            found.append((name, at))
            at += 2 if self.wide[name] else 1
        self.width = at
        return found

    def when(self) -> None:
        """Title, file and sheet name, lines above the headings, and the month that they tell."""
        rng, d = self.rng, self.d
        year, month = rng.randint(2016, 2026), rng.randint(1, 12)
        chinese = "一二三四五六七八九十"
        said = chinese[month - 1] if month <= 10 else "十" + chinese[month - 11]
        digits = "".join("〇一二三四五六七八九"[int(c)] for c in str(year))
        forms = [f"{year}年{month}月", f"{year}年{month}月份", f"{year}年{month:02}月", f"{digits}年{said}月份",
                 f"{year}.{month:02}", f"{year}-{month:02}", f"{year} 年 {month} 月"]
        place = rng.choice(("title", "title", "cell", "sheet", "file", "date", "column", "none", "split", "range"))
        title = rng.choice(WORDS["TITLES"])
        if self.above is not None:
            assert self.above.month is not None
            year, month = map(int, self.above.month.split("-"))
            forms, place = [f"{year}年{month}月", f"{year}年{month}月份"], "title"
        text = rng.choice(forms)
        d.month = f"{year}-{month:02}"
        name = ""
        if place == "title":
            name = title.format("", text) if self.chance(0.5) else title.format(text, "")
        elif place == "split":
            name = title.format("", f"{month}月份")
            d.sheet = f"{year}年"
        else:
            name = title.format("", "")
        if place == "sheet":
            d.sheet = rng.choice((f"{year}年{month}月", f"{year}.{month:02}", f"{year}{month:02}"))
        if place == "file":
            name_of = (f"工资表{year}年{month}月.xlsx", f"{year}-{month:02}考勤.xlsx", f"考核{year}{month:02}.xlsx")
            d.name = rng.choice(name_of)
        if place in ("title", "split") or self.chance(0.7):
            self.put(self.base, 0, rng.choice((name, "  ".join(name))))
            self.row = self.base + 1
            if self.chance(0.8):
                self.merge(self.base, 0, self.base, max(1, self.width - 1))
        if self.chance(0.15):
            self.row += 1
        line: list[object] = []
        if self.chance(0.4):
            line += rng.choice((["部门：客服部"], ["部门：", "客服部"], ["单位：元"], ["编制单位：人事部", None]))
        if place == "cell":
            label = rng.choice(("所属月份：", "月份", "考核月份：", "所属月份"))
            number = float(f"{year}.{month:02}") if month not in (1, 10) else text
            line += rng.choice(([label, text], [f"{label.rstrip('：')}：{text}"], [label, number]))
        elif place == "date":
            line += [dt.datetime(year, month, 1)]
        elif place == "range":
            last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
            line += rng.choice(([f"考核期间：{year}.{month}.1至{year}.{month}.{last}"],
                                ["统计时间", f"{year}-{month:02}-01~{year}-{month:02}-{last}"]))
        if self.chance(0.3):
            line += [None, "制表日期：2026年12月5日"] if self.chance(0.5) else ["发放日期", dt.datetime(2026, 12, 10)]
        if any(value is not None for value in line):
            for column, value in enumerate(line):
                self.put(self.row, column, value)
            self.row += 1
        self.place = place
        self.year, self.month = year, month
        if place == "none":
            d.month, d.told = None, False
        if place == "column":
            d.told = False          # told below where the column is drawn
        if self.chance(0.1):
            self.row += 1

    def headings(self, plan: list[tuple[str, int]]) -> int:
        """Draws them; gives the row below."""
        rng = self.rng
        spelling: dict[str, str | None] = {name: self.spell(name) for name, _ in plan}
        if self.d.headless:
            spelling["姓名"] = None
        at = dict(plan)
        style = rng.choice(("one", "one", "one", "groups", "groups", "loose groups", "split", "units", "twice"))
        if self.d.headless:
            style = "one"
        groups = [(title, [name for name in names if name in at]) for title, names in GROUPS.items()]
        groups = [(title, names) for title, names in groups if len(names) > 1]
        adjacent = [(title, names) for title, names in groups if self.together(plan, names)]
        top = self.row
        if style in ("groups", "loose groups") and not adjacent:
            style = "one"
        if style in ("groups", "loose groups"):
            grouped: dict[str, str] = {}
            for title, names in adjacent:
                ordered = sorted(names, key=lambda name: at[name])
                self.put(top, at[ordered[0]], title)
                last = at[ordered[-1]] + self.wide[ordered[-1]]
                if style == "groups":
                    self.merge(top, at[ordered[0]], top, last)
                grouped |= dict.fromkeys(names, title)
            for name, column in plan:
                wide = column + self.wide[name]
                if name in grouped:
                    self.put(top + 1, column, spelling[name])
                    self.merge(top + 1, column, top + 1, wide)
                elif style == "groups" or self.chance(0.5):
                    self.put(top, column, spelling[name])
                    self.merge(top, column, top + 1, wide)
                else:
                    self.put(top + (style == "loose groups" and self.chance(0.5)), column, spelling[name])
            return top + 2
        if style == "split":
            some = [name for name, _ in plan if name in SPLIT and not self.wide[name]]
            if len(some) >= 2:
                for name, column in plan:
                    if name in some:
                        self.put(top, column, SPLIT[name][0])
                        self.put(top + 1, column, SPLIT[name][1])
                    else:
                        self.put(top, column, spelling[name])
                        if self.wide[name]:
                            self.merge(top, column, top, column + 1)
                return top + 2
        for name, column in plan:
            self.put(top, column, spelling[name])
            self.merge(top, column, top, column + self.wide[name])
        if style == "units":
            units = {"基本工资": "元", "实发工资": "（元）", "事假": "天", "得分": "分", "迟到": "次", "加班费": "元"}
            some = [name for name, _ in plan if name in units]
            for name in some:
                self.put(top + 1, at[name], units[name])
            return top + 1 + bool(some)
        if style == "twice":
            for name, column in plan:
                self.put(top + 1, column, spelling[name])
                self.merge(top + 1, column, top + 1, column + self.wide[name])
            return top + 2
        return top + 1

    @staticmethod
    def together(plan: list[tuple[str, int]], names: list[str]) -> bool:
        order = [name for name, _ in plan]
        places = sorted(order.index(name) for name in names)
        return places == list(range(places[0], places[0] + len(places)))

    def spell(self, name: str) -> str:
        return self.rng.choice(SPELLINGS[name])

    def body(self, plan: list[tuple[str, int]], row: int) -> None:
        rng, d = self.rng, self.d
        at = dict(plan)
        numbers = [name for name, _ in plan if name in NUMBERS]
        count = rng.choice((1, 2, 3, 5, 8, 12, 25))
        height = rng.choice((1, 1, 1, 1, 1, 2, 3))
        merged = self.chance(0.6)
        taken: set[str] = set()
        posts = rng.sample(["客服代表", "领班", "主管", "质检"], 2)
        breaks = set(rng.sample(range(1, count), rng.choice((0, 0, 0, 1, 2)))) if count > 3 else set()
        kind = rng.choice(("小计", "组", "空行", "表头"))
        if self.chance(0.08) and numbers:
            self.put(row, at["姓名"], "满分")
            for name in numbers:
                self.put(row, at[name], 100)
            row += 1
        if kind == "组" and self.chance(0.5):
            self.put(row, 0, "客服一组")
            self.merge(row, 0, row, self.width - 1)
            row += 1
        uniform = self.chance(0.15)
        sparse = rng.choice((0.0, 0.0, 0.1, 0.3))
        for n in range(count):
            if n in breaks:
                row = self.interrupt(kind, row, plan, numbers)
            d.people.append(row)
            name = person(rng, taken)
            number = f"{1001 + n}" if self.chance(0.5) else 1001 + n
            d.roster[str(number) if self.above is None else f"9{number}"] = name
            self.put(row, at["姓名"], name + (rng.choice(WORDS["REMARKS"]) if height == 1 else ""))
            if "序号" in at:
                self.put(row, at["序号"], 1 if uniform else n + 1)
            if "工号" in at:
                self.put(row, at["工号"], number)
            for other in OTHERS:
                if other in at:
                    value = {"部门": "客服部", "岗位": rng.choice(posts), "性别": rng.choice("男女"),
                             "入职日期": dt.datetime(2015, 1 + n % 12, 3), "班组": rng.choice(("一组", "二组"))}
                    self.put(row, at[other], value[other])
            for k in range(height):
                for one in numbers:
                    if not self.chance(sparse):
                        self.put(row + k, at[one], self.value(one))
                if height > 1 and k and not any((row + k, self.left + at[one]) in d.cells for one in numbers):
                    self.put(row + k, at[numbers[0]], 1)
            if height > 1 and merged:
                for column in [at["姓名"]] + [at[x] for x in ("序号", "工号", *OTHERS) if x in at]:
                    self.merge(row, column, row + height - 1, column)
            for one, column in plan:
                if self.wide[one] and not (height > 1 and merged and one in ("姓名", "序号", "工号", *OTHERS)):
                    for k in range(height):
                        self.merge(row + k, column, row + k, column + 1)
            row += height
        d.last = row - 1
        if height > 1 and not merged and (count < 2):
            d.last = -1                     # one person over several rows that nothing holds together
        if self.chance(0.3):                # drawn in advance
            for n in range(rng.randint(1, 4)):
                if "序号" in at:
                    self.put(row, at["序号"], count + n + 1)
                if self.chance(0.5) and numbers:
                    self.put(row, at[numbers[-1]], 0)
                    d.formulas.add((row, self.left + at[numbers[-1]]))
                row += 1
        if self.chance(0.5):
            row = self.total(row, plan, numbers, rng.choice(("合计", "合        计", "总计", "合计：", "")))
        if self.chance(0.3):
            row += rng.choice((0, 1))
        if self.chance(0.6):
            for column, value in enumerate(rng.choice(WORDS["FOOTS"])):
                self.put(row, column, value)
            row += 1
        if self.chance(0.25):
            row += rng.choice((1, 2))
            for values in rng.choice(WORDS["LEGENDS"]):
                for column, value in enumerate(values):
                    self.put(row, column, value)
                row += 1

    def interrupt(self, kind: str, row: int, plan: list[tuple[str, int]], numbers: list[str]) -> int:
        if kind == "小计":
            return self.total(row, plan, numbers, self.rng.choice(("小计", "小 计", "客服一组小计")))
        if kind == "组":
            self.put(row, 0, "客服二组")
            self.merge(row, 0, row, self.width - 1)
            return row + 1
        return row + (kind == "空行")

    def total(self, row: int, plan: list[tuple[str, int]], numbers: list[str], text: str) -> int:
        at = dict(plan)
        if text:
            first = 0 if self.chance(0.6) else at["姓名"]
            self.put(row, first, text)
            if first == 0 and at["姓名"] > 0 and self.chance(0.5):
                self.merge(row, 0, row, at["姓名"])
        for one in numbers:
            self.put(row, at[one], 12345.5)
            self.d.formulas.add((row, self.left + at[one]))
        return row + 1

    def value(self, name: str) -> object:
        if name in ("服务态度",):
            return self.rng.randint(5, 20)
        if name in ("事假", "病假", "迟到"):
            return self.rng.choice((0, 1, 2, "--", 0.5))
        return self.rng.choice((round(self.rng.uniform(1, 5000), 2), self.rng.randint(1, 100)))


@dataclass
class Verdict:
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def say(self, how: str, text: str) -> None:
        self.counts[how] += 1
        if how != "right":
            getattr(self, how).append(text)


def judge(drawn: Drawn, forms: list[Form]) -> Verdict:
    """What of a drawn list is recognised right, asked, or wrong."""
    verdict = Verdict()
    lists = [form for form in forms if form.kind == "list" and form.field("姓名")]
    asks = any(one.key == "姓名" for form in forms for one in form.open)
    if len(lists) != 1 + (drawn.below is not None):
        few = len(lists) < 1 + (drawn.below is not None)
        verdict.say("open" if few else "wrong", f"{len(lists)} lists of people, {'asked' if asks else 'not asked'}")
        return verdict
    for one, form in zip((drawn, drawn.below), lists, strict=False):
        if one is not None:
            _judge(verdict, one, form)
    return verdict


def _judge(verdict: Verdict, drawn: Drawn, form: Form) -> None:
    """One list of the sheet."""
    asked = {one.key for one in form.open}
    for name, column in drawn.columns.items():
        found = [one for one in form.fields if one.name == name or squeezed(one.name) == name]
        if len(found) == 1 and found[0].column == column:
            verdict.say("right", "")
        elif found:
            verdict.say("wrong", f"{name}: {[address(0, one.column) for one in found]}, not {address(0, column)}")
        else:
            there = [one.name for one in form.fields if one.column == column]
            verdict.say("open", f"{name} in {address(0, column)}: {there} asked {asked}")
    for one in form.fields:
        if one.rows[1] > form.headings[1] and one.column not in drawn.columns.values():
            verdict.say("wrong", f"{one.name} in {address(0, one.column)}, which is nothing")
    if form.people == drawn.people:
        verdict.say("right", "")
    else:
        extra, lacking = sorted(set(form.people) - set(drawn.people)), sorted(set(drawn.people) - set(form.people))
        how = "open" if not extra and "行" in asked else "wrong"
        verdict.say(how, f"people: rows {[r + 1 for r in extra]} are not, {[r + 1 for r in lacking]} are lacking")
    if form.people == drawn.people and drawn.last >= 0 and form.people and form.ends[-1] != drawn.last:
        verdict.say("wrong", f"last row {form.ends[-1] + 1}, not {drawn.last + 1}")
    month = str(form.period) if form.period is not None else None
    if month == drawn.month or (month is None and not drawn.told):
        verdict.say("right", "")
    elif month is None and "月份" in asked:
        verdict.say("open", f"month {drawn.month}: {[o.text for o in form.open if o.key == '月份']}")
    elif drawn.told or month is not None:
        verdict.say("wrong", f"month {month}, not {drawn.month}")


def main(count: int, first: int = 0) -> None:
    total: Counter[str] = Counter()
    for seed in range(first, first + count):
        drawn = draw(seed)
        for wanted in (None, Wanted(people=drawn.roster)):
            verdict = judge(drawn, recognise(drawn.book(), wanted))
            total += verdict.counts
            for text in verdict.wrong:
                print(seed, "ROSTER" if wanted else "", "WRONG", text)
            for text in verdict.open:
                print(seed, "ROSTER" if wanted else "", "open", text)
    print(dict(total))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
