"""Input tables as a policy declares them: found in a workbook, read exactly, checked, with the address of every cell.

Reading never guesses: what a cell cannot mean is a problem with its address and the remedy, and the cell counts as
refused.  All problems are collected; which of them stop a job is decided where the job is run (``xl_kpi.job``).
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import repeat
from typing import Any

import numpy as np

from xl_kpi.facts import Changes, Facts, Rows
from xl_kpi.money import Exact, decimals
from xl_kpi.period import Quarter, day_numbers, month_indexes, normal, period_codes
from xl_kpi.policy.model import Column, Policy, Table
from xl_kpi.problems import Level, Problem
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value
from xl_kpi.workbook.file import Book, Mark, Sheet, address

HEADING_ROWS = 20
LARGE = 200_000
TOTALS = {"合计", "总计", "小计", "总合计", "合计数"}
# More than this cannot be meant: a slip of the hand or a shifted column.
LIMITS = {"count": 99, "hours": 744, "days": 366, "minutes": 1440, "score": 1000, "percent": 1000, "money": 10_000_000}
WORDS = {"count": "次数", "hours": "小时数", "days": "天数", "minutes": "分钟数", "score": "分数", "percent": "百分数",
         "money": "金额"}
PLACES = {"count": 0, "hours": 4, "days": 4, "minutes": 4, "score": 4, "percent": 4, "money": 2}


@dataclass(frozen=True)
class Finding:
    """A problem of the tables and what it is about: a cell (``row``, ``column``), a row, or a whole table.

    ``key``: the row cannot be told apart or placed (工号, period): it concerns every job that reads the table then.
    """

    problem: Problem
    table: str
    row: int = -1
    column: str = ""
    key: bool = False
    month: int = -1
    also: tuple[str, ...] = ()      # further columns of the row that cannot be used for the same reason


@dataclass
class Reading:
    """One table as read: typed columns over its rows, and where each row stands."""

    name: str
    table: Table
    sheet: str
    at: dict[str, int] = field(default_factory=dict)         # column → column of the sheet
    rows: list[int] = field(default_factory=list)            # rows of the sheet, zero-based
    values: dict[str, Value] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)    # id and name columns
    month: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    quarter: np.ndarray | None = None
    day: np.ndarray | None = None
    raw: dict[str, list[Any]] = field(default_factory=dict)
    missing: bool = False

    def cell(self, column: str, row: int) -> str:
        if row < 0 or column not in self.at or row >= len(self.rows):
            return ""
        return address(self.rows[row], self.at[column])


@dataclass
class Tables:
    """All input tables of a workbook, and everything found in them."""

    policy: Policy
    readings: dict[str, Reading]
    findings: list[Finding]
    facts: Facts

    def cell_findings(self) -> dict[tuple[str, str, int], list[Finding]]:
        """Errors by (table, column, row)."""
        found: dict[tuple[str, str, int], list[Finding]] = defaultdict(list)
        for finding in self.findings:
            if finding.problem.level == "error" and finding.column:
                for column in (finding.column, *finding.also):
                    found[finding.table, column, finding.row].append(finding)
        return found


def squeezed(text: object) -> str:
    """A heading or sheet name for comparing: no blanks or line breaks, half width."""
    return re.sub(r"\s+", "", normal(text)) if text is not None else ""


def sheet_key(name: str) -> str:
    """A sheet's name without (附表n)."""
    return re.sub(r"[((]附表\d+[))]$", "", squeezed(name))


def find_sheet(book: Book, name: str) -> Sheet | None:
    wanted = sheet_key(name)
    return next((sheet for sheet in book.sheets if sheet_key(sheet.name) == wanted), None)


def find_headings(sheet: Sheet, columns: list[Column]) -> tuple[int, dict[str, int], list[tuple[str, int]]]:
    """The heading row (-1: none has all required headings; then the best one's matches), columns by name, extras."""
    wanted = {squeezed(c.heading): c.name for c in columns}
    required = {squeezed(c.heading) for c in columns if c.required}
    best: tuple[int, dict[str, int], list[tuple[str, int]]] = (-1, {}, [])
    for number, row in enumerate(sheet.rows[:HEADING_ROWS]):
        at: dict[str, int] = {}
        extra: list[tuple[str, int]] = []
        seen: set[str] = set()
        for position, value in enumerate(row):
            if not isinstance(value, str) or not value.strip():
                continue
            text = squeezed(value)
            if text in wanted and wanted[text] not in at:
                at[wanted[text]] = position
                seen.add(text)
            else:
                extra.append((text, position))
        if required <= seen:
            return number, at, extra
        if len(at) > len(best[1]):
            best = (-1, at, [*extra, ("", number)])
    return best


def resembling(heading: str, others: list[tuple[str, int]]) -> str:
    """The extra heading that looks like a known one (迟到 for 迟到次数), or ''."""
    known = squeezed(heading)
    names = [text for text, _ in others if text]
    for text in names:
        if len(text) >= 2 and (text in known or known in text):
            return text
    near = difflib.get_close_matches(known, names, 1, 0.6)
    return near[0] if near else ""


class _Reader:
    """Reads the tables of one workbook."""

    def __init__(self, book: Book, policy: Policy):
        self.book, self.policy = book, policy
        self.findings: list[Finding] = []
        self.marks: dict[str, dict[int, dict[int, Mark]]] = {}

    def add(self, table: str, level: Level, sheet: str, cell: str, text: str, do: str, person: str = "",
            **where: Any) -> None:
        self.findings.append(Finding(Problem(level, text, do, sheet, cell, person), table, **where))

    # -- sheets and headings ------------------------------------------------------------------------------------

    def read(self, name: str, table: Table) -> Reading:
        sheet = find_sheet(self.book, table.sheet)
        if sheet is None:
            if not table.optional:
                near = difflib.get_close_matches(table.sheet, [s.name for s in self.book.sheets], 1, 0.6)
                hint = f"；是不是工作表 {near[0]}" if near else ""
                self.add(name, "error", table.sheet, "", f"没有工作表 {table.sheet}{hint}",
                         f"把工作表改名为 {table.sheet}，或者从标准工作簿补上")
            reading = Reading(name, table, table.sheet, missing=True)
            self._empty(reading)
            return reading
        reading = Reading(name, table, sheet.name)
        number, at, extra = find_headings(sheet, table.columns)
        self._headings(reading, number, at, extra)
        if number < 0:
            self._empty(reading)
            reading.missing = True
            return reading
        reading.at = at
        self._rows(reading, sheet, number)
        self._columns(reading, sheet)
        return reading

    def _headings(self, reading: Reading, number: int, at: dict[str, int], extra: list[tuple[str, int]]) -> None:
        where = number if number >= 0 else next((p for text, p in extra if not text), 0)
        for column in reading.table.columns:
            if column.name in at:
                continue
            like = resembling(column.heading, extra)
            cell = address(where, next((p for text, p in extra if text == like), 0)) if like else ""
            hint = f"；是不是 {cell} 的「{like}」" if like else ""
            if column.optional:
                if like and not column.ignored:
                    self.add(reading.name, "warning", reading.sheet, cell, f"没有「{column.heading}」一列{hint}",
                             f"是的话把表头改为「{column.heading}」")
                continue
            if number < 0 and not column.required:
                continue                    # the heading row itself was not found: say what finds it
            self.add(reading.name, "error", reading.sheet, cell, f"没有「{column.heading}」一列{hint}",
                     f"把表头改为「{column.heading}」，或者补上这一列",
                     column="" if column.required else column.name)

    def _empty(self, reading: Reading) -> None:
        """A table without rows, every column there."""
        for column in reading.table.columns:
            reading.values[column.name] = self._typed(column, np.zeros(0, np.int64), np.zeros(0, np.uint8), ())
            if column.type in ("id", "name"):
                reading.texts[column.name] = []
            reading.raw[column.name] = []
        reading.month = np.zeros(0, np.int32)
        reading.day = np.zeros(0, np.int32)

    def _rows(self, reading: Reading, sheet: Sheet, heading: int) -> None:
        positions = [reading.at[c.name] for c in reading.table.columns if c.name in reading.at and not c.ignored]
        key = next((reading.at.get(c.name, -1) for c in reading.table.columns if c.type == "id"), -1)
        marks: dict[int, dict[int, Mark]] = defaultdict(dict)
        used = set(reading.at.values())
        spoken: set[int] = set()                # rows with an error cell in a column of ours
        for (row, column), mark in sheet.marks.items():
            if column in used:
                marks[column][row] = mark
                if mark.error or mark.uncalculated:
                    spoken.add(row)
        self.marks[reading.name] = marks
        for number in range(heading + 1, len(sheet.rows)):
            row = sheet.rows[number]
            filled = number in spoken
            total = False
            width = len(row)
            for position in positions:
                value = row[position] if position < width else None
                if value is None or value == "":
                    continue
                if isinstance(value, str):
                    text = squeezed(value)
                    if not text:
                        continue
                    if text in TOTALS:
                        total = True
                        continue
                filled = True
            if not filled:
                continue
            if total or any(isinstance(v, str) and squeezed(v) in TOTALS for v in row[:max(key, 1)]):
                who = row[key] if 0 <= key < width else None
                if who is None or squeezed(who) in TOTALS or not squeezed(who):
                    continue                    # a 合计 row
            reading.rows.append(number)

    # -- columns ------------------------------------------------------------------------------------------------

    def _columns(self, reading: Reading, sheet: Sheet) -> None:
        rows = [sheet.rows[number] for number in reading.rows]
        size = len(rows)
        for column in reading.table.columns:
            position = reading.at.get(column.name)
            if position is None:
                state = np.full(size, BLANK if column.optional else REFUSED, np.uint8)
                reading.values[column.name] = self._typed(column, np.zeros(size, np.int64), state, ())
                reading.texts[column.name] = [""] * size
                reading.raw[column.name] = [None] * size
                continue
            raw = [row[position] if position < len(row) else None for row in rows]
            if column.ignored:
                continue
            marks = self.marks[reading.name].get(position, {})
            broken = self._broken(reading, column, marks)
            if broken:
                raw = [None if i in broken else value for i, value in enumerate(raw)]
            self._column(reading, column, raw, {i: marks[r] for i, r in enumerate(reading.rows) if r in marks}
                         if marks else {}, broken)

    def _broken(self, reading: Reading, column: Column, marks: dict[int, Mark]) -> set[int]:
        """Rows whose cell holds an error value, or a formula that was never calculated."""
        broken: set[int] = set()
        if not any(m.error or m.uncalculated for m in marks.values()):
            return broken
        for i, number in enumerate(reading.rows):
            mark = marks.get(number)
            if mark is None or not (mark.error or mark.uncalculated):
                continue
            broken.add(i)
            if mark.error:
                self.cell(reading, column, i, f"单元格是错误值 {mark.error}", "改正公式，或者填上数值")
            else:
                self.cell(reading, column, i, "公式还没有计算过，没有结果", "用 Excel 打开工作簿，重新计算并保存")
        return broken

    def cell(self, reading: Reading, column: Column, row: int, text: str, do: str, level: Level = "error") -> None:
        key = column.type in ("id", "month", "quarter", "period") or (
            column.type == "date" and reading.table.grain in ("events", "changes"))
        self.add(reading.name, level, reading.sheet, reading.cell(column.name, row), f"「{column.heading}」{text}", do,
                 row=row, column=column.name, key=key and level == "error")

    def hints(self, reading: Reading, column: Column, rows: list[int], text: str) -> None:
        """One hint for all cells of a column that were read in the same lenient way."""
        if rows:
            more = f"（共 {len(rows)} 处）" if len(rows) > 1 else ""
            self.add(reading.name, "hint", reading.sheet, reading.cell(column.name, rows[0]),
                     f"「{column.heading}」{text}{more}", "内容已按此读取；可以顺手改正",
                     row=rows[0], column=column.name)

    def _column(self, reading: Reading, column: Column, raw: list[Any], marks: dict[int, Mark],
                broken: set[int]) -> None:
        size = len(raw)
        state = np.zeros(size, np.uint8)
        choices: tuple[str, ...] = ()
        data: np.ndarray = np.zeros(size, np.int64)
        reading.raw[column.name] = raw
        if column.type in LIMITS:
            data, state = self._numbers(reading, column, raw, marks)
        elif column.type in ("id", "name", "text", "changed"):
            texts = self._texts(reading, column, raw, marks)
            reading.texts[column.name] = texts
            state = np.array([OK if t else BLANK for t in texts], np.uint8) if size else state
            if column.type == "text":
                labels = dict.fromkeys(t for t in texts if t)
                choices = tuple(labels)
                code = {label: i for i, label in enumerate(choices)}
                data = np.array([code.get(t, 0) for t in texts], np.int64)
        elif column.type == "choice":
            data, state, choices = self._choice(reading, column, raw)
        else:
            data, state = self._dates(reading, column, raw)
        for i in broken:
            state[i] = REFUSED
        if column.required and (state == BLANK).any():
            for i in np.flatnonzero(state == BLANK).tolist():
                self.cell(reading, column, i, "是空的", "这一列每行都要填；多余的行请整行删除")
                state[i] = REFUSED
        if column.blank is not None:
            blank = state == BLANK
            data[blank] = column.blank * 10**PLACES.get(column.type, 0)
            state[blank] = OK
        reading.values[column.name] = self._typed(column, data, state, choices)

    def _typed(self, column: Column, data: np.ndarray, state: np.ndarray, choices: tuple[str, ...]) -> Value:
        mask = state if state.any() else None
        if column.type in LIMITS:
            return Value("number", Exact(data.astype(np.int64), 10**PLACES[column.type]), mask)
        if column.type == "date":
            return Value("date", Exact(data.astype(np.int64)), mask)
        if column.type == "choice":
            return Value("choice", data, mask, tuple(column.choices))
        return Value("choice", data, mask, choices or ("",))

    def _texts(self, reading: Reading, column: Column, raw: list[Any], marks: dict[int, Mark]) -> list[str]:
        texts: list[str] = []
        numbers: list[int] = []
        wide: list[int] = []
        for i, value in enumerate(raw):
            if value.__class__ is str:
                text = value if value.isascii() and value == value.strip() else normal(value)
                if text != value and column.type != "text":
                    wide.append(i)
            elif value is None:
                text = ""
            elif isinstance(value, bool | dt.date | dt.time | dt.timedelta):
                if column.type == "text":
                    text = value.isoformat() if isinstance(value, dt.date) else str(value)
                else:
                    if column.type != "changed":
                        self.cell(reading, column, i, f"是 {value}，不是文字", "改成文字")
                    text = ""
            else:
                shown = marks[i].shown if i in marks else ""
                if shown:
                    text = shown
                elif float(value).is_integer() and abs(value) < 10**15:
                    text = str(int(value))
                elif column.type == "id":
                    why = "位数太多，Excel 已经丢了末尾的数字" if abs(value) >= 10**15 else "不是整数"
                    self.cell(reading, column, i, f"{value} {why}", "把单元格格式改为文本，重新填写工号")
                    text = ""
                else:
                    text = repr(value)
                numbers.append(i)
            texts.append(text)
        if column.type == "id":
            self.hints(reading, column, numbers, "是数字，按显示的样子当作文字读取")
        self.hints(reading, column, wide, "有全角字符或多余空格，已规范")
        return texts

    def _choice(self, reading: Reading, column: Column, raw: list[Any]
                ) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        known: dict[Any, int] = {None: -1, "": -1}
        exact = {label: i for i, label in enumerate(column.choices)}
        codes = np.zeros(len(raw), np.int64)
        wide: list[int] = []
        for i, value in enumerate(raw):
            code = known.get(value) if not isinstance(value, bool) else None
            if code is None:
                text = squeezed(value)
                code = exact.get(text, -2) if text else -1
                if code >= 0 and text != value:
                    wide.append(i)
                if code != -2 and not isinstance(value, bool):
                    known[value] = code if value in exact or code == -1 else None     # type: ignore[assignment]
                if code == -2:
                    near = difflib.get_close_matches(text, column.choices, 1, 0.5)
                    hint = f"，是不是「{near[0]}」" if near else ""
                    self.cell(reading, column, i, f"不认识「{value}」{hint}", f"填 {'、'.join(column.choices)} 之一")
            codes[i] = code
        self.hints(reading, column, wide, "有全角字符或多余空格，已规范")
        state = np.where(codes == -2, np.uint8(REFUSED), np.where(codes == -1, np.uint8(BLANK), np.uint8(OK)))
        return np.maximum(codes, 0), state, tuple(column.choices)

    def _dates(self, reading: Reading, column: Column, raw: list[Any]) -> tuple[np.ndarray, np.ndarray]:
        size = len(raw)
        quarter: np.ndarray | None = None
        if column.type == "date":
            data, bad = day_numbers(raw)
            reading.day = data if reading.table.grain in ("events", "changes") else reading.day
        elif column.type == "month":
            data, bad = month_indexes(raw)
            reading.month = data
        elif column.type == "quarter":
            data, bad = _quarters(raw)
            reading.quarter = data
            reading.month = np.where(data >= 0, data * 3, -1)
        else:
            data, quarter, bad = period_codes(raw)
            reading.month, reading.quarter = data, quarter
            data = np.where(data >= 0, data, quarter)
        for i, text in bad.items():
            self.cell(reading, column, i, f"：{text}", "改成能认的写法")
        wide = [i for i, v in enumerate(raw) if v.__class__ is str and i not in bad and v and normal(v) != v]
        self.hints(reading, column, wide, "有全角字符或多余空格，已规范")
        state = np.where(np.asarray(data) >= 0, np.uint8(OK), np.uint8(BLANK)) if size else np.zeros(0, np.uint8)
        for i in bad:
            state[i] = REFUSED
        return np.where(np.asarray(data) >= 0, data, 0).astype(np.int64), state

    def _numbers(self, reading: Reading, column: Column, raw: list[Any], marks: dict[int, Mark]
                 ) -> tuple[np.ndarray, np.ndarray]:
        size = len(raw)
        kind, places = column.type, PLACES[column.type]
        state = np.zeros(size, np.uint8)
        percent_text: set[int] = set()
        odd = set(map(type, raw)) - {float, int, type(None)}
        cleaned: list[Any] = raw
        if odd:
            cleaned = list(raw)
            as_text: list[int] = []
            for i, value in enumerate(raw):
                if value is None or value.__class__ is float or value.__class__ is int:
                    continue
                if isinstance(value, str) and not value.strip():
                    cleaned[i] = None
                    continue
                number, in_text = _number_text(value) if isinstance(value, str) else (None, False)
                if number is None:
                    what = f"「{value}」不是数字" if isinstance(value, str) else f"{value} 不是数字"
                    self.cell(reading, column, i, what, f"填{WORDS[kind]}，只填数字，不带单位")
                    state[i] = REFUSED
                    cleaned[i] = None
                    continue
                as_text.append(i)
                if in_text:
                    percent_text.add(i)
                cleaned[i] = number
            self.hints(reading, column, as_text, "是文字形式的数字，已按数字读取")
        numbers = np.array([np.nan if v is None else v for v in cleaned], np.float64)
        blank = np.isnan(numbers)
        numbers[blank] = 0.0
        state[blank & (state == OK)] = BLANK
        wrong = ~np.isfinite(numbers) | (np.abs(numbers) > 1e11)
        for i in np.flatnonzero(wrong).tolist():
            self.cell(reading, column, i, f"{raw[i]} 大得不合理", "核对后重新填写")
            state[i] = REFUSED
        numbers[wrong] = 0.0
        percent = np.zeros(size, bool)
        for i, mark in marks.items():
            percent[i] = mark.percent
        for i in percent_text:
            percent[i] = False
        live = state == OK
        if kind == "percent":
            in_percent = np.where(percent, numbers, 0.0)
            data, more = decimals(np.where(percent, 0.0, numbers), 4)
            scaled, more_percent = decimals(in_percent, 6)
            data, more = np.where(percent, scaled, data), np.where(percent, more_percent, more)
            for i in np.flatnonzero(live & ~percent & (numbers <= 1)).tolist():
                if i in percent_text:
                    continue
                shown = _plain(numbers[i])
                self.cell(reading, column, i, f"填的是 {shown}：是 {shown}%，还是 {_plain(numbers[i] * 100)}%",
                          "把单元格设成百分比格式，或者直接填百分数（99% 填 99）")
                state[i] = REFUSED
        else:
            for i in np.flatnonzero(live & (percent | np.isin(np.arange(size), list(percent_text)))).tolist():
                value = numbers[i] if i in percent_text else numbers[i] * 100
                self.cell(reading, column, i,
                          f"是百分比 {_plain(value)}%：是 {_plain(value)}，还是 {_plain(value / 100)}",
                          f"把单元格格式改为常规，直接填{WORDS[kind]}")
                state[i] = REFUSED
            data, more = decimals(numbers, places)
        live = state == OK
        rounded: list[int] = []
        for i in np.flatnonzero(live & more).tolist():
            if kind == "count":
                self.cell(reading, column, i, f"{_plain(numbers[i])} 不是整数", "次数要填整数")
                state[i] = REFUSED
            elif kind == "money":
                self.cell(reading, column, i, f"{_plain(numbers[i])} 多于两位小数", "金额最多到分，改成两位小数")
                state[i] = REFUSED
            else:
                rounded.append(i)
        self.hints(reading, column, rounded, "多于四位小数，已四舍五入到四位")
        scale = 10**places
        low, high = column.min, column.max if column.max is not None else LIMITS[kind]
        live = state == OK
        for i in np.flatnonzero(live & ((data < low * scale) | (data > high * scale))).tolist():
            value = _plain(numbers[i] * (100 if kind == "percent" and percent[i] else 1))
            if data[i] < 0 and low == 0:
                self.cell(reading, column, i, f"是负数 {value}", f"{WORDS[kind]}不能是负数")
            else:
                self.cell(reading, column, i, f"{value} 超出 {low} 到 {high}", "核对后重新填写")
            state[i] = REFUSED
        return data, state


def _plain(value: float) -> str:
    """A double as people write it."""
    text = repr(round(float(value), 10))
    return text.removesuffix(".0")


def _number_text(text: str) -> tuple[float | None, bool]:
    """A number written as text: (number, whether it ended in %); (None, …) when it is none."""
    plain = squeezed(text)
    percent = plain.endswith("%")
    plain = plain.removesuffix("%")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"[-+]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", plain):
        return None, False
    try:
        return float(Decimal(plain)), percent
    except InvalidOperation:
        return None, False


def _quarters(raw: list[Any]) -> tuple[np.ndarray, dict[int, str]]:
    known: dict[Any, int] = {}
    data = np.full(len(raw), -1, np.int32)
    bad: dict[int, str] = {}
    for i, value in enumerate(raw):
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if value not in known:
            try:
                known[value] = Quarter.parse(value).index
            except ValueError as error:
                bad[i] = str(error)
                continue
        data[i] = known[value]
    return data, bad


def read_tables(book: Book, policy: Policy, settings: Any) -> Tables:
    """Every input table of a policy from a workbook, checked as far as that needs no period."""
    reader = _Reader(book, policy)
    readings = {name: reader.read(name, table) for name, table in policy.tables.items()}
    roster_name = next(name for name, table in policy.tables.items() if table.grain == "roster")
    roster = readings[roster_name]
    people = _Roster(reader, roster)
    changes: dict[str, Changes] = {}
    rows: dict[str, Rows] = {}
    for name, reading in readings.items():
        grain = reading.table.grain
        if grain == "roster":
            continue
        person = people.owners(reader, reading)
        if reading.day is not None and grain in ("events", "changes"):
            reading.month = _months_of_days(reading.day)
        if grain == "changes":
            changes = _changes(reader, reading, roster, person, policy)
        rows[name] = Rows(reading.values, person, np.asarray(reading.month, np.int64), reading.quarter)
        if grain in ("month", "quarter", "period"):
            _doubles(reader, reading, person)
    table_of = {c.name: n for n, t in policy.tables.items() for c in t.columns}
    grain_of = {}
    for table in policy.tables.values():
        for column in table.columns:
            grain_of[column.name] = column.period if table.grain == "period" else {
                "month": "month", "quarter": "quarter"}.get(table.grain, "")
    facts = Facts(people.ids, people.names, roster.values, rows, table_of, grain_of, changes)
    tables = Tables(policy, readings, reader.findings, facts)
    _row_checks(reader, tables, settings)
    tables.findings = [_with_person(tables, f) for f in reader.findings]
    return tables


def _with_person(tables: Tables, finding: Finding) -> Finding:
    """Says who and when, where the row tells."""
    if finding.row < 0:
        return finding
    from dataclasses import replace

    reading = tables.readings[finding.table]
    column = next((c.name for c in reading.table.columns if c.type == "id"), "")
    ids = reading.texts.get(column, [])
    person = ids[finding.row] if finding.row < len(ids) else ""
    month = int(reading.month[finding.row]) if len(reading.month) > finding.row else -1
    problem = finding.problem
    if person and not problem.person and problem.level != "hint":
        names = dict(zip(tables.facts.ids, tables.facts.names, strict=True))
        who = f"{person} {names.get(person, '')}".strip()
        problem = replace(problem, person=person, text=f"{who}：{problem.text}")
    return replace(finding, problem=problem, month=month)


def _months_of_days(days: np.ndarray) -> np.ndarray:
    known: dict[int, int] = {}
    for day in np.unique(days).tolist():
        date = dt.date.fromordinal(day) if day > 0 else None
        known[day] = date.year * 12 + date.month - 1 if date else -1
    return np.array([known[day] for day in days.tolist()], np.int64)


class _Roster:
    """The people: 工号 → row, each once."""

    def __init__(self, reader: _Reader, reading: Reading):
        id_column = next(c for c in reading.table.columns if c.type == "id")
        name_column = next(c for c in reading.table.columns if c.type == "name")
        self.ids = reading.texts.get(id_column.name, [])
        self.names = reading.texts.get(name_column.name, [])
        rows: dict[str, list[int]] = defaultdict(list)
        for row, person in enumerate(self.ids):
            if person:
                rows[person].append(row)
        for person, found in rows.items():
            if len(found) > 1:
                where = "、".join(reading.cell(id_column.name, r) for r in found)
                for row in found:
                    reader.add(reading.name, "error", reading.sheet, reading.cell(id_column.name, row),
                               f"工号 {person} 重复（{where}）", "一个人只留一行；不同的人用不同的工号", person,
                               row=row, column=id_column.name, key=True)
        self.first = {person: found[0] for person, found in rows.items()}

    def owners(self, reader: _Reader, reading: Reading) -> np.ndarray:
        """The row of the roster for each row of a table; -1 where the 工号 is not on it."""
        column = next(c for c in reading.table.columns if c.type == "id")
        ids = reading.texts.get(column.name, [])
        owner = match(list(self.first), np.array(list(self.first.values()), np.int64), ids)
        for row in np.flatnonzero(owner < 0).tolist():
            if not ids[row]:
                continue
            near = difflib.get_close_matches(ids[row], self.ids, 1, 0.75) if len(self.ids) < 5000 else []
            hint = f"，是不是 {near[0]}" if near else ""
            reader.add(reading.name, "error", reading.sheet, reading.cell(column.name, row),
                       f"花名册里没有工号 {ids[row]}{hint}" if reading.sheet else "", "改正工号，或者在花名册补上此人",
                       ids[row], row=row, column=column.name, key=True)
        for name_column in (c for c in reading.table.columns if c.type == "name"):
            given = reading.texts.get(name_column.name, [])
            for row, text in enumerate(given):
                if text and owner[row] >= 0 and text != self.names[owner[row]]:
                    reader.add(reading.name, "error", reading.sheet, reading.cell(name_column.name, row),
                               f"{ids[row]} 的姓名是「{text}」，花名册里是「{self.names[owner[row]]}」",
                               "核对工号和姓名，改正写错的一个", ids[row], row=row, column=name_column.name, key=True)
        return owner


def match(known: list[str], rows: np.ndarray, wanted: list[str]) -> np.ndarray:
    """The number in ``rows`` that belongs to each of ``wanted`` among ``known`` (-1: none)."""
    if len(wanted) > LARGE and known:
        import pandas as pd                 # its hash table pays for its import only here

        at = pd.Index(known, dtype=object).get_indexer(np.array(wanted, object))
        return np.where(at >= 0, rows[np.maximum(at, 0)], -1).astype(np.int64)
    numbers = dict(zip(known, rows.tolist(), strict=True))
    return np.fromiter(map(numbers.get, wanted, repeat(-1)), np.int64, len(wanted))


def _doubles(reader: _Reader, reading: Reading, person: np.ndarray) -> None:
    """Two rows for one person and period."""
    period = np.asarray(reading.month, np.int64)
    if reading.quarter is not None:
        period = np.where(reading.quarter >= 0, 10**6 + np.asarray(reading.quarter, np.int64), period)
    known = (person >= 0) & (period >= 0)
    code = np.where(known, period * (int(person.max(initial=0)) + 1) + person, -1 - np.arange(len(person)))
    _, first, counts = np.unique(code, return_index=True, return_counts=True)
    if (counts == 1).all():
        return
    column = next(c for c in reading.table.columns if c.type == "id")
    for start in first[counts > 1].tolist():
        rows = np.flatnonzero(code == code[start]).tolist()
        where = "、".join(reading.cell(column.name, row) for row in rows)
        for row in rows:
            reader.add(reading.name, "error", reading.sheet, reading.cell(column.name, row),
                       f"{reading.texts[column.name][row]} 同一期间有 {len(rows)} 行（{where}）", "只留一行",
                       reading.texts[column.name][row], row=row, column=column.name, key=True)


def _changes(reader: _Reader, reading: Reading, roster: Reading, person: np.ndarray, policy: Policy
             ) -> dict[str, Changes]:
    """The dated changes (人事变动) by roster column, sorted by person and day."""
    columns = {c.type: c for c in reading.table.columns}
    item_column = next(c for c in reading.table.columns if c.type == "choice")
    old_column, new_column = [c for c in reading.table.columns if c.type == "changed"]
    item = reading.values[item_column.name]
    labels = item_column.choices
    result: dict[str, Changes] = {}
    day = np.asarray(reading.day if reading.day is not None else np.zeros(0), np.int64)
    for target in roster.table.columns:
        if target.heading not in labels:
            continue
        here = np.flatnonzero((item.array(len(person)) == labels.index(target.heading))
                              & (item.states(len(person)) == OK) & (person >= 0) & (day > 0))
        part = Reading(reading.name, reading.table, reading.sheet, reading.at, [reading.rows[i] for i in here])
        marks = reader.marks.get(reading.name, {})
        values = {}
        for side in (old_column, new_column):
            raw = [reading.raw[side.name][i] for i in here]
            like = target.model_copy(update={"name": side.name, "heading": side.heading, "required": side.required})
            at = marks.get(reading.at.get(side.name, -1), {})
            before = len(reader.findings)
            reader._column(part, like, raw, {i: at[r] for i, r in enumerate(part.rows) if r in at}, set())
            # problems of the part are about rows of the whole table
            from dataclasses import replace

            reader.findings[before:] = [replace(f, row=int(here[f.row]), key=True) for f in reader.findings[before:]]
            values[side.name] = _recoded(part.values[side.name], roster.values[target.name])
        order = np.lexsort((day[here], person[here]))
        new, old = values[new_column.name].take(order), values[old_column.name].take(order)
        owner, days, rows = person[here][order], day[here][order], here[order]
        result[target.name] = Changes(owner, days, old, new, rows)
        for k in range(1, len(order)):
            if owner[k] == owner[k - 1] and days[k] == days[k - 1]:
                reader.add(reading.name, "error", reading.sheet, reading.cell(columns["date"].name, int(rows[k])),
                           f"同一天有两行「{target.heading}」变动", "只留一行", row=int(rows[k]),
                           column=columns["date"].name, key=True)
        now = roster.values[target.name]
        for k in range(len(order)):
            if k + 1 < len(order) and owner[k + 1] == owner[k]:
                continue
            mine, last = now.at(int(owner[k])), new.at(k)
            if mine != last and last is not None:
                who = int(owner[k])
                reader.add(reading.name, "error", reading.sheet, reading.cell(new_column.name, int(rows[k])),
                           f"「{target.heading}」最近一次变动的新值与{roster.sheet}不同",
                           f"{roster.sheet} {roster.cell(target.name, who)} 应是今天的情况：改正其中写错的一个",
                           row=int(rows[k]), column=new_column.name, key=True)
    return result


def _recoded(value: Value, like: Value) -> Value:
    """A text column in the codes of another (labels that the other lacks are added to both)."""
    if value.type != "choice" or like.choices == value.choices:
        return value
    labels = dict.fromkeys((*(like.choices or ()), *(value.choices or ())))
    choices = tuple(labels)
    table = np.array([choices.index(label) for label in value.choices or ()] or [0])
    like.choices = choices          # codes of ``like`` keep their meaning: its labels come first
    return Value("choice", table[value.data], value.state, choices)


def _row_checks(reader: _Reader, tables: Tables, settings: Any) -> None:
    """The checks that the policy declares for the rows of its tables."""
    from xl_kpi.engine import RowView, Run

    run = Run(settings, tables.facts)
    for name, reading in tables.readings.items():
        if not reading.table.checks or not reading.rows:
            continue
        if reading.table.grain == "roster":
            size = len(reading.rows)
            tables.facts.tables[name] = Rows(reading.values, np.arange(size), np.zeros(size, np.int64))
        env = RowView(run, name)
        refused: dict[str, np.ndarray] = {}
        for check in reading.table.checks:
            assert check._node is not None
            hit = check._node.evaluate(env).true(env.size)
            for row in np.flatnonzero(hit).tolist():
                reader.add(name, check.level, reading.sheet, reading.cell(check.columns[0], row),
                           f"{check.text}（{check.clause}）", check.do, row=row, column=check.columns[0],
                           also=tuple(check.columns[1:]))
            if check.level == "error" and hit.any():
                for column in check.columns:
                    refused[column] = refused.get(column, np.zeros(env.size, bool)) | hit
        tables.facts.tables.pop(name, None) if reading.table.grain == "roster" else None
        for column, mask in refused.items():
            value = reading.values[column]
            state = np.where(mask, np.uint8(REFUSED), value.states(len(reading.rows)))
            reading.values[column] = Value(value.type, value.data, state, value.choices)


__all__ = ["Finding", "Fraction", "Reading", "Tables", "match", "read_tables"]
