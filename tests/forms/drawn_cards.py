"""Cards drawn at random, and what is true of each: where the value of every label stands."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xl_kpi.forms.model import Form
from xl_kpi.workbook.book import Book, Mark, Sheet
from xl_kpi.workbook.grid import Area, address

SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂英"
# what it is → how it is written
LABELS: dict[str, Sequence[str]] = {
    "姓名": ("姓名", "姓    名", "员工姓名", "被考核人", "姓名*", "姓名 Name", "被考核人姓名", "员工姓名：", "姓　名"),
    "工号": ("工号", "员工编号", "工  号", "员工工号", "工号 No.", "工號"),
    "部门": ("部门", "所属部门", "部  门", "所在部门", "部門", "部门 Dept"),
    "岗位": ("岗位", "职务", "职位", "岗  位", "崗位"),
    "入职日期": ("入职日期", "入职时间", "到岗日期"),
    "月份": ("考核月份", "月份", "月  份", "所属月份"),
    "得分": ("得分", "考核得分", "总分", "综合得分", "总 分", "最终得分", "考核得分(分)", "總分"),
    "等级": ("等级", "等  级"),
    "考核等级": ("考核等级",),
    "备注": ("备注", "备  注"),
    "实发工资": ("实发工资", "实发金额", "实发工资(元)"),
    "性别": ("性别",),
    "班组": ("班组", "小组", "组别"),
}
INDICATORS = ("服务态度", "接听量", "客户满意度", "业务知识", "工单质量", "团队协作", "考勤纪律", "投诉率", "响应速度",
              "首次解决率", "规范用语", "培训考试")
WHAT = ("考核指标", "指标", "考核项目", "考核内容")
POINTS = (["得分"], ["评分"], ["自评", "上级评"], ["自评得分", "主管评分", "最终得分"], ["考核得分"])
TITLES = ("客服代表月度考核表", "员工绩效考核表", "绩 效 考 核 卡", "个人考核表", "客服中心员工评分表", "绩效面谈表")


@dataclass
class DrawnCard:
    """``cells``: name → where its value stands; ``within``: those in the label's own cell; ``grid``: indicator → where
    its points stand, where there is one column of them; ``raters``: how many columns there are."""

    name: str = "考核表.xlsx"
    sheet: str = "Sheet1"
    rows: dict[tuple[int, int], object] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)
    within: set[str] = field(default_factory=set)
    grid: dict[str, tuple[int, int]] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)

    def book(self) -> Book:
        height = max([row for row, _ in self.rows] + [area[2] for area in self.merged]) + 1
        width = max([column for _, column in self.rows] + [area[3] for area in self.merged]) + 1
        rows: list[list[object]] = [[None] * width for _ in range(height)]
        for (row, column), value in self.rows.items():
            rows[row][column] = float(value) if isinstance(value, int) else value
        while rows and all(value is None for value in rows[-1]) and not self.merged:
            rows.pop()
        marks = {place: Mark(formula=True) for place in self.formulas}
        return Book(Path(self.name), [Sheet(self.sheet, False, rows, marks, merged=list(self.merged))])


def draw_card(seed: int) -> DrawnCard:
    return _Pen(random.Random(f"card {seed}")).card()


class _Pen:
    def __init__(self, rng: random.Random):
        self.rng, self.d = rng, DrawnCard()
        self.filled = rng.random() < 0.7
        self.left = rng.choice((0, 0, 0, 1))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def put(self, row: int, column: int, value: object) -> None:
        if value is not None and value != "":
            self.d.rows[row, self.left + column] = value

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self.d.merged.append((top, self.left + left, bottom, self.left + right))

    def at(self, row: int, column: int) -> tuple[int, int]:
        return row, self.left + column

    def value(self, name: str) -> object:
        rng = self.rng
        if not self.filled:
            return None
        match name:
            case "姓名":
                return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2))))
            case "工号":
                return rng.choice((f"{rng.randint(1, 999):03}", rng.randint(1001, 9999), f"KF{rng.randint(1, 99)}"))
            case "部门":
                return rng.choice(("客服部", "客户服务部", "热线一部", "售后服务中心"))
            case "岗位":
                return rng.choice(("客服代表", "客服专员", "领班", "主管", "坐席"))
            case "入职日期":
                return rng.choice((dt.date(2021, 3, rng.randint(1, 28)), "2022-05-01", "2020.7.15"))
            case "月份":
                return rng.choice(("2024年5月", "2024.5", "2024-05", dt.date(2024, 5, 1)))
            case "得分" | "实发工资":
                return round(rng.uniform(50, 99), rng.choice((0, 1, 2)))
            case "等级" | "考核等级":
                return rng.choice(("A", "B", "优秀", "良好", "合格"))
            case "性别":
                return rng.choice("男女")
            case "班组":
                return rng.choice(("一组", "二班", "白班"))
        return rng.choice(("表现良好", "无", ""))

    def card(self) -> DrawnCard:
        names = ["姓名"]
        if self.chance(0.8):
            names.append("工号")
        others = [name for name in LABELS if name not in ("姓名", "工号", "等级" if self.chance(0.5) else "考核等级")]
        names += self.rng.sample(others, self.rng.randint(2, 7))
        row = 0
        if self.chance(0.85):
            self.put(0, 0, self.rng.choice(TITLES))
            row = 1
            if self.chance(0.6):
                self.merge(0, 0, 0, 7)
            row += self.chance(0.2)
        style = self.rng.choice((self.pairs, self.pairs, self.pairs, self.below, self.inside, self.far, self.brackets))
        row = style(names, row)
        if self.chance(0.5):
            row = self.indicators(row + self.chance(0.3))
        if self.chance(0.6):
            self.foot(row + self.chance(0.5))
        return self.d

    # -- labels and values --------------------------------------------------------------------------------------------

    def pairs(self, names: list[str], row: int) -> int:
        """姓名 | 张三 | 工号 | 001 …, some merged."""
        many = self.rng.choice((1, 2, 2, 3))
        wide, tall = self.rng.choice((1, 1, 1, 2)), self.rng.choice((1, 1, 1, 2))
        label_wide = self.rng.choice((1, 1, 1, 2))
        step = label_wide + wide
        colon = self.rng.choice(("", "", "：", ":"))
        if not self.filled or many == 1 or wide > 1:
            self.merge(row, 0, row, 0)
        for number, name in enumerate(names):
            r, c = row + number // many * tall, number % many * step
            label = self.rng.choice(LABELS[name])
            self.put(r, c, label + (colon if not label.endswith("：") else ""))
            self.merge(r, c, r + tall - 1, c + label_wide - 1)
            self.put(r, c + label_wide, self.value(name))
            self.merge(r, c + label_wide, r + tall - 1, c + step - 1)
            self.d.cells[name] = self.at(r, c + label_wide)
        last = -(-len(names) // many)
        if not self.filled and wide == tall == 1:        # the frame that is drawn around an empty card
            self.merge(row + last * tall, 0, row + last * tall, many * step - 1)
            self.put(row + last * tall, 0, "以下由考核人填写")
            return row + last * tall + 1
        return row + last * tall

    def below(self, names: list[str], row: int) -> int:
        many = self.rng.choice((3, 4, 5))
        for start in range(0, len(names), many):
            for column, name in enumerate(names[start:start + many]):
                self.put(row, column, self.rng.choice(LABELS[name]).rstrip("："))
                self.put(row + 1, column, self.value(name))
                self.d.cells[name] = self.at(row + 1, column)
            row += 2
        return row

    def inside(self, names: list[str], row: int) -> int:
        """姓名：张三　　工号：001 in one cell, or each in its own."""
        many, one = self.rng.choice((1, 2, 3)), self.chance(0.5)
        blank = self.rng.choice(("    ", "        ", "＿＿＿＿"))
        for start in range(0, len(names), many):
            texts = []
            for name in names[start:start + many]:
                value = self.value(name)
                if isinstance(value, dt.date):
                    value = f"{value:%Y-%m-%d}"
                label = self.rng.choice(LABELS[name]).rstrip("：")
                texts.append(f"{label}：{value if value not in (None, '') else blank}")
            if one:
                self.put(row, 0, "      ".join(texts))
                self.merge(row, 0, row, 7)
            for column, (text, name) in enumerate(zip(texts, names[start:start + many], strict=True)):
                if not one:
                    self.put(row, column, text)
                self.d.cells[name] = self.at(row, 0 if one else column)
                self.d.within.add(name)
            row += 1
        return row

    def far(self, names: list[str], row: int) -> int:
        """The value stands behind blank cells."""
        away = self.rng.choice((2, 3, 6, 11))
        self.filled = True
        for name in names:
            self.put(row, 0, self.rng.choice(LABELS[name]))
            value = self.value(name) or "无"
            self.put(row, away, value)
            self.d.cells[name] = self.at(row, away)
            row += 1
        return row

    def brackets(self, names: list[str], row: int) -> int:
        for number, name in enumerate(names):
            label = self.rng.choice(LABELS[name]).rstrip("：").partition("(")[0]
            self.put(row + number // 3, number % 3, f"{label}（{self.rng.choice(('　　', '      ', '＿＿＿'))}）")
            self.d.cells[name] = self.at(row + number // 3, number % 3)
            self.d.within.add(name)
        return row + -(-len(names) // 3)

    # -- indicators ---------------------------------------------------------------------------------------------------

    def indicators(self, row: int) -> int:
        rng = self.rng
        items = rng.sample(INDICATORS, rng.randint(3, 8))
        head = [rng.choice(WHAT)]
        if self.chance(0.5):
            head.insert(0, "序号")
        if self.chance(0.8):
            head.append(rng.choice(("分值", "权重", "满分")))
        if self.chance(0.4):
            head.append(rng.choice(("评分标准", "评价标准")))
        points = rng.choice(POINTS)
        head += points
        if self.chance(0.3):
            head.append("备注")
        name, score = next(n for n, text in enumerate(head) if text in WHAT), head.index(points[0])
        for column, text in enumerate(head):
            self.put(row, column, text)
        row += 1
        blocks = self.chance(0.3)
        for number, item in enumerate(items):
            for column, text in enumerate(head):
                if column == name:
                    self.put(row, column, item)
                elif text == "序号":
                    self.put(row, column, number + 1)
                elif text in ("分值", "满分"):
                    self.put(row, column, 10)
                elif text == "权重":
                    self.put(row, column, "10%")
                elif text.endswith("标准"):
                    self.put(row, column, "按规定逐项评分，酌情扣分")
                elif text in points and self.filled:
                    self.put(row, column, rng.randint(5, 10))
            if len(points) == 1:
                self.d.grid[item] = self.at(row, score)
            row += 1
            if blocks and number % 3 == 2:
                self.put(row, 0, "小计")
                if self.filled:
                    self.put(row, score, 27)
                row += 1
        if self.chance(0.8):
            self.put(row, 0, rng.choice(("合计", "总计", "合  计")))
            if self.filled:
                self.put(row, score, 60)
                self.d.formulas.add(self.at(row, score))
            if len(points) == 1 and "得分" not in self.d.cells:
                self.d.cells["得分"] = self.at(row, score)
            row += 1
        return row

    def foot(self, row: int) -> None:
        if self.chance(0.5):
            self.put(row, 0, "被考核人签字：")
            self.put(row, 2, "考核人签字：")
            self.put(row, 4, "日期：")
        else:
            self.put(row, 0, "员工签名：＿＿＿＿    主管签名：＿＿＿＿    日期：    年  月  日")
            self.merge(row, 0, row, 7)


@dataclass
class CardVerdict:
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def judge_card(drawn: DrawnCard, forms: list[Form]) -> CardVerdict:
    """Fields right, open (asked or left out) and wrong: another cell than the true one, or no card at all."""
    verdict = CardVerdict()
    cards = [form for form in forms if form.kind == "card"]
    lists = [form for form in forms if form.kind == "list" and form.field("姓名")]
    if len(cards) != 1:
        one_row = lists and not cards            # labels over one row of values may be a list of one person too
        verdict.counts["open"] += len(drawn.cells) + len(drawn.grid)
        if len(cards) > 1 or (lists and not one_row):
            verdict.wrong.append(f"{len(cards)} cards and {len(lists)} lists")
        return verdict
    form = cards[0]
    for name, place in (drawn.cells | drawn.grid).items():
        found = [one for one in form.fields if one.name == name]
        if not found:
            verdict.counts["open"] += 1
        elif (found[0].rows[0], found[0].column) == place and found[0].within == (name in drawn.within):
            verdict.counts["right"] += 1
        else:
            verdict.wrong.append(f"{name}: {address(*place)}, taken {address(found[0].rows[0], found[0].column)}")
    true = {place: name for name, place in drawn.cells.items() if name not in drawn.within} | {
        place: name for name, place in drawn.grid.items()}
    for one in form.fields:
        name = true.get((one.rows[0], one.column))
        if name is not None and one.name != name and not one.within:
            verdict.wrong.append(f"{address(one.rows[0], one.column)} is {name}, taken for {one.name}")
    return verdict
