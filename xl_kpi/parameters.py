"""The sheet 参数: HR's values of a policy's parameters, the readings chosen, and the policy itself."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from xl_kpi.money import Exact, decimals
from xl_kpi.period import is_blank, parse_day
from xl_kpi.policy.load import DEFAULT_POLICY, ids, load
from xl_kpi.policy.model import Column, Key, Parameter, Policy
from xl_kpi.policy.settings import Dated, Settings
from xl_kpi.problems import Problem, Refusal
from xl_kpi.tables import _number_text, _plain, find_headings, find_sheet, resembling, squeezed
from xl_kpi.workbook.file import Book, Mark, Sheet, address

SHEET = "参数"
COLUMNS = [
    Column(name="parameter", heading="参数", type="text", required=True),
    Column(name="value", heading="值", type="text", required=True),
    Column(name="key", heading="键", type="text", required=True),
    *(Column(name=name, heading=heading, type="text", optional=True) for name, heading in (
        ("title", "名称"), ("role", "岗位"), ("unit", "单位"), ("day", "生效日期"), ("clause", "条款"),
        ("source", "来源"), ("fill", "怎么填"))),
]
MONEY = ("元", "元/月", "元/分")
WHOLE = ("次", "人", "级")
LARGEST = 10_000_000


@dataclass
class Parameters:
    """What the sheet says.  ``bad``: values that cannot be used, told only where the value is needed."""

    settings: Settings
    problems: list[Problem] = field(default_factory=list)
    bad: dict[tuple[str, Key | None], list[Problem]] = field(default_factory=dict)


@dataclass
class _Row:
    number: int
    name: str
    cells: dict[str, Any]
    marks: dict[str, Mark]


def _rows(book: Book) -> tuple[Sheet | None, dict[str, int], list[_Row], list[Problem]]:
    sheet = find_sheet(book, SHEET)
    if sheet is None:
        return None, {}, [], [Problem("error", f"没有工作表 {SHEET}", "从标准工作簿补上这张表", SHEET)]
    number, at, extra = find_headings(sheet, COLUMNS)
    problems = []
    for column in COLUMNS:
        if column.name in at or column.optional:
            continue
        like = resembling(column.heading, extra)
        hint = f"；是不是「{like}」" if like else ""
        cell = address(number if number >= 0 else 0, next((p for t, p in extra if t == like), 0)) if like else ""
        problems.append(Problem("error", f"没有「{column.heading}」一列{hint}", f"把表头改为「{column.heading}」",
                                sheet.name, cell))
    if number < 0:
        return sheet, at, [], problems
    rows = []
    for row_number in range(number + 1, len(sheet.rows)):
        row = sheet.rows[row_number]
        cells = {name: row[position] if position < len(row) else None for name, position in at.items()}
        marks = {name: sheet.marks[row_number, position] for name, position in at.items()
                 if (row_number, position) in sheet.marks}
        name = "" if is_blank(cells.get("parameter")) else squeezed(cells["parameter"])
        # a heading of a section is a text alone in its row; a row without parameter is empty
        if not name and all(is_blank(cells.get(k)) for k in ("value", "key")):
            continue
        rows.append(_Row(row_number, name, cells, marks))
    return sheet, at, rows, problems


def policy_of(book: Book) -> Policy:
    """The policy that a workbook names in its sheet 参数 (row ``policy``); without it the default one."""
    sheet, at, rows, _ = _rows(book)
    found = [row for row in rows if row.name == "policy"]
    if not found or sheet is None:
        return load(DEFAULT_POLICY)
    cell = address(found[0].number, at.get("value", 0))
    value = "" if is_blank(found[0].cells.get("value")) else squeezed(found[0].cells["value"])
    if len(found) > 1:
        raise Refusal([Problem("error", "policy 写了两行", "只留一行", sheet.name, cell)])
    if not value:
        return load(DEFAULT_POLICY)
    if value not in ids():
        near = difflib.get_close_matches(value, ids(), 1, 0.4)
        hint = f"，是不是 {near[0]}" if near else ""
        raise Refusal([Problem("error", f"没有制度 {value}{hint}", f"可用的制度：{'、'.join(ids())}",
                               sheet.name, cell)])
    return load(value)


def read_parameters(book: Book, policy: Policy) -> Parameters:
    """The policy's settings as the workbook has them."""
    sheet, at, rows, problems = _rows(book)
    settings = Settings.stated(policy)
    result = Parameters(settings, problems)
    if sheet is None:
        return result
    settings.sheet = sheet.name
    reader = _Reader(policy, sheet, at, result)
    for row in rows:
        reader.row(row)
    reader.finish()
    return result


class _Reader:
    def __init__(self, policy: Policy, sheet: Sheet, at: dict[str, int], result: Parameters):
        self.policy, self.sheet, self.at, self.result = policy, sheet, at, result
        self.titles = {squeezed(p.title): name for name, p in policy.parameters.items()}
        self.reading_titles = {squeezed(r.title): name for name, r in policy.readings.items()}
        self.given: dict[tuple[str, Key | None], list[tuple[_Row, Dated]]] = {}
        self.readings: dict[str, list[_Row]] = {}

    def cell(self, row: _Row, column: str) -> str:
        return address(row.number, self.at.get(column, self.at.get("parameter", 0)))

    def problem(self, row: _Row, column: str, text: str, do: str) -> Problem:
        return Problem("error", text, do, self.sheet.name, self.cell(row, column))

    def row(self, row: _Row) -> None:
        policy, name = self.policy, row.name
        if name == "policy":
            return
        if name.startswith("reading.") or name in self.reading_titles:
            self.reading(row, self.reading_titles.get(name, name.removeprefix("reading.")))
            return
        name = name if name in policy.parameters else self.titles.get(name, name)
        parameter = policy.parameters.get(name)
        if parameter is None:
            if is_blank(row.cells.get("value")) and is_blank(row.cells.get("key")) and not row.name.isascii():
                return                      # a section title between the rows
            near = difflib.get_close_matches(
                row.name, [*policy.parameters, *self.titles, *(f"reading.{r}" for r in policy.readings)], 1, 0.6)
            hint = f"，是不是 {near[0]}" if near else ""
            self.result.problems.append(self.problem(
                row, "parameter", f"不认识参数「{row.name or '（空）'}」{hint}", "改正参数的名称，或者删除这一行"))
            return
        key = self.key(row, name, parameter)
        if key == "":
            return
        self.result.settings.cells[name, key] = self.cell(row, "value")     # type: ignore[index]
        self.value(row, name, parameter, key)                               # type: ignore[arg-type]

    def key(self, row: _Row, name: str, parameter: Parameter) -> Key | str | None:
        """The key of a row; '' when it has been refused."""
        raw = row.cells.get("key")
        text = "" if is_blank(raw) else squeezed(int(raw) if isinstance(raw, float) and raw.is_integer() else raw)
        if not parameter.keys:
            if text:
                self.result.problems.append(self.problem(
                    row, "key", f"参数 {name}（{parameter.title}）没有键，这里写了「{text}」", "清空键"))
                return ""
            return None
        for key in parameter.keys:
            if text == str(key):
                return key
        self.result.problems.append(self.problem(
            row, "key", f"参数 {name}（{parameter.title}）没有键「{text or '（空）'}」",
            f"键填 {'、'.join(map(str, parameter.keys))} 之一"))
        return ""

    def value(self, row: _Row, name: str, parameter: Parameter, key: Key | None) -> None:
        mark = row.marks.get("value", Mark())
        raw = row.cells.get("value")
        bad = self.result.bad.setdefault((name, key), [])
        label = f"参数 {name}{f'（{key}）' if key is not None else ''}（{parameter.title}）"
        if mark.error or mark.uncalculated:
            what = f"是错误值 {mark.error}" if mark.error else "是没有计算过的公式"
            bad.append(self.problem(row, "value", f"{label}{what}", "填上数值"))
            return
        if is_blank(raw):
            return
        month = 0
        if not is_blank(row.cells.get("day")):
            try:
                day = parse_day(row.cells["day"])
            except ValueError as error:
                bad.append(self.problem(row, "day", f"{label}的生效日期读不懂：{error}", "改成 2016-11-01 这样的日期"))
                return
            month = day.year * 12 + day.month - 1
        number, why, do = self.number(raw, parameter, mark)
        if number is None:
            bad.append(self.problem(row, "value", f"{label}{why}", do))
            return
        source = "" if is_blank(row.cells.get("source")) else squeezed(row.cells["source"])
        dated = Dated(month, number, source, self.cell(row, "value"))
        self.given.setdefault((name, key), []).append((row, dated))

    def number(self, raw: Any, parameter: Parameter, mark: Mark) -> tuple[Fraction | None, str, str]:
        """(value, or None and what is wrong and what to do)."""
        unit = parameter.unit
        percent = mark.percent
        if isinstance(raw, str):
            value, percent_text = _number_text(raw)
            if value is None:
                return None, f"「{raw}」不是数字", "只填数字，不带单位"
            raw = value / 100 if percent_text else value
            percent = percent_text
            if percent_text:                # exact: '12.5%' is 12.5, whatever a hundredth of it is as a double
                data, _ = decimals(_array(value), 4)
                return self.checked(Fraction(int(data[0]), 10**4), parameter, True, False)
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            return None, f"「{raw}」不是数字", "只填数字"
        if percent and unit == "%":
            data, more = decimals(_array(raw), 6)
            return self.checked(Fraction(int(data[0]), 10**4), parameter, True, bool(more[0]))
        if percent:
            return (None, f"是百分比 {_plain(raw * 100)}%：是 {_plain(raw * 100)}，还是 {_plain(raw)}",
                    "把单元格格式改为常规，直接填数")
        if unit == "%" and raw <= 1:
            return (None, f"填的是 {_plain(raw)}：是 {_plain(raw)}%，还是 {_plain(raw * 100)}%",
                    "把单元格设成百分比格式，或者直接填百分数（5% 填 5）")
        if not abs(raw) < LARGEST * 10:
            return None, f"{raw} 大得不合理", "核对后重新填写"
        data, more = decimals(_array(raw), 4)
        return self.checked(Fraction(int(data[0]), 10**4), parameter, False, bool(more[0]))

    def checked(self, value: Fraction, parameter: Parameter, percent: bool, more: bool
                ) -> tuple[Fraction | None, str, str]:
        unit = parameter.unit
        shown = _plain(float(value))
        if percent and unit != "%":
            return None, f"是百分比 {shown}%：是 {shown}，还是 {_plain(float(value / 100))}", "直接填数，不带百分号"
        if value < 0:
            return None, f"是负数 {shown}", "不能是负数"
        if value > LARGEST or (unit == "%" and value > 1000):
            return None, f"{shown} 大得不合理", "核对后重新填写"
        if unit in MONEY and (more or Exact.of(value).rounded(2).at(0) != value):
            return None, f"{shown} 多于两位小数", "金额最多到分，改成两位小数"
        if unit in WHOLE and (more or value.denominator != 1):
            return None, f"{shown} 不是整数", "填整数"
        if more:
            return None, "多于四位小数", "最多四位小数"
        return value, "", ""

    def reading(self, row: _Row, name: str) -> None:
        reading = self.policy.readings.get(name)
        if reading is None:
            near = difflib.get_close_matches(name, self.policy.readings, 1, 0.5)
            hint = f"，是不是 reading.{near[0]}" if near else ""
            self.result.problems.append(self.problem(
                row, "parameter", f"没有读法 {row.name}{hint}",
                f"可用的读法：{'、'.join('reading.' + r for r in self.policy.readings)}"))
            return
        self.readings.setdefault(name, []).append(row)
        if not is_blank(row.cells.get("day")):
            self.result.problems.append(self.problem(row, "day", f"读法 reading.{name} 不分日期", "清空生效日期"))
        raw = row.cells.get("value")
        if is_blank(raw):
            return
        text = squeezed(raw)
        by_label = {squeezed(label): value for value, label in reading.values.items()}
        value = text if text in reading.values else by_label.get(text)
        if value is None:
            options = "、".join(f"{value}（{label}）" for value, label in reading.values.items())
            self.result.problems.append(self.problem(
                row, "value", f"读法 reading.{name}（{reading.title}）没有「{raw}」这个选项", f"可选：{options}"))
            return
        self.result.settings.readings[name] = value

    def finish(self) -> None:
        """Values in the order of their dates; the same date twice is refused."""
        for name, rows in self.readings.items():
            if len(rows) > 1:
                for row in rows:
                    self.result.problems.append(self.problem(
                        row, "parameter", f"读法 reading.{name} 写了两行", "只留一行"))
        settings = self.result.settings
        for (name, key), found in self.given.items():
            title = self.policy.parameters[name].title
            by_month: dict[int, list[_Row]] = {}
            for row, dated in found:
                by_month.setdefault(dated.month, []).append(row)
            for rows in by_month.values():
                if len(rows) > 1:
                    which = f"（{key}）" if key is not None else ""
                    for row in rows:
                        self.result.problems.append(self.problem(
                            row, "value", f"参数 {name}{which}（{title}）同一个月有两个值", "只留一行，或者改生效日期"))
            mine = sorted((d for _, d in found), key=lambda d: d.month)
            stated = [d for d in settings.values.get((name, key), ()) if mine[0].month > 0]
            settings.values[name, key] = [*stated, *mine]
        for (name, key), problems in self.result.bad.items():
            if problems:                    # not the stated value instead: HR meant another one
                settings.values.pop((name, key), None)
                if self.policy.parameters[name].optional:
                    self.result.problems += problems


def _array(value: float) -> Any:
    import numpy as np

    return np.array([float(value)])


def shape_warnings(settings: Settings, month: int) -> list[Problem]:
    """Warnings about tables of parameters whose values fall from one key to the next, or do not sum up."""
    problems = []
    for name, parameter in settings.policy.parameters.items():
        values = [(key, settings.at(name, key, month)) for key in parameter.keys]
        if parameter.rising:
            known = [(key, value) for key, value in values if value is not None]
            for (low_key, low), (high_key, high) in pairwise(known):
                if high < low:
                    problems.append(Problem(
                        "warning", f"{parameter.title}：{high_key} 的值 {_plain(float(high))} 比 {low_key} 的 "
                        f"{_plain(float(low))} 低（{parameter.clause}）", "核对两个值", settings.sheet or SHEET,
                        settings.cells.get((name, high_key), "")))
        if parameter.total is not None and all(value is not None for _, value in values):
            total = sum((value for _, value in values if value is not None), Fraction(0))
            if total != parameter.total:
                problems.append(Problem(
                    "warning",
                    f"{parameter.title}合计 {_plain(float(total))}，不是 {parameter.total}（{parameter.clause}）",
                    "核对各项", settings.sheet or SHEET, settings.cells.get((name, parameter.keys[0]), "")))
    return problems


def notices(settings: Settings, month: int) -> list[str]:
    """What a result says about its settings: readings off the default, values that replace stated ones."""
    policy = settings.policy
    said = []
    for name, value in settings.readings.items():
        reading = policy.readings[name]
        if value != reading.default:
            said.append(f"读法「{reading.title}」：{reading.values[value]}"
                        f"（reading.{name} = {value}，{reading.clause}）")
    for name, parameter in policy.parameters.items():
        for key, text in parameter.stated_values().items():
            mine = settings.at(name, key, month)
            if mine is not None and mine != Fraction(text):
                which = f"（{key}）" if key is not None else ""
                said.append(f"{parameter.title}{which} {_plain(float(mine))}，制度写的是 {text}（{parameter.clause}）")
    return said
