"""The sheet 结账记录: one row a record, each with the fingerprint of the one before.

What a record says stands in its row twice: for HR in the visible columns, and whole, packed, in hidden ones.  The
fingerprint is the SHA-256 of the packed content, which holds the fingerprint of the record before: whoever changes,
removes, adds or moves a row leaves a mark that ``read`` names.  Only somebody who rewrites every row with a program
leaves none; against that helps the last fingerprint noted elsewhere, on the signed 工资表 for instance.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import takewhile
from typing import Any, NamedTuple

from xl_kpi.closing.snapshot import Unreadable, canonical, joined, parsed, pieces
from xl_kpi.hand.days import read_any
from xl_kpi.period import AnyPeriod
from xl_kpi.problems import Problem, Refusal
from xl_kpi.results import ID
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet, Value
from xl_kpi.tables.headings import HEADING_ROWS, like_sheets
from xl_kpi.workbook.file import Book, Sheet, address

SHEET = "结账记录"
CLOSE, REOPEN = "封存", "重开"
PIECE = "存档"              # heading of the hidden columns: 存档1, 存档2 …
SHOWN_DIFFERENCES = 20      # lines of a cell; a row can be no higher
RESTORE = "不要自己改这张表；从文件夹“xl-kpi备份”里找出没有改过的一份，把这张表恢复原样"

_WHEN = "期间"              # what is closed …
_MONTH = "月份"             # … where that is nothing but the pay of months
_BEFORE = ("序号", "动作", _WHEN, "制度", "程序版本", "人数")
_AFTER = ("原因", "与上次封存的差别", "上一条的指纹", "本条的指纹")
_WIDTHS = {"序号": 6.0, "动作": 7.0, _MONTH: 10.0, _WHEN: 18.0, "制度": 15.0, "程序版本": 10.0, "人数": 7.0,
           "原因": 22.0, "与上次封存的差别": 40.0}
_TOTAL_WIDTH, _FINGERPRINT_WIDTH = 14.0, 22.0

# What a record must have; one that closes also has what ``record`` puts in.  What it is about: ``month`` of the pay,
# ``output`` and ``period`` of any other.
_FIELDS: dict[str, type] = {"number": int, "action": str, "policy": str, "program": str, "previous": str,
                            "reason": str, "differences": list}
_CLOSED: dict[str, type] = {"people": int, "grand": list, "columns": list, "lines": list, "sheets": list,
                            "policy_digest": str, "readings": dict, "parameters": dict}


class Difference(NamedTuple):
    """What a result says of one person and item otherwise than another; values as JSON writes them, blank: none."""

    person: str
    name: str
    item: str
    old: str
    new: str

    @property
    def cell(self) -> str:
        return ""               # of no sheet

    def __str__(self) -> str:
        return f"{self.person} {self.name}：{self.item} {self.old or '（空）'} → {self.new or '（空）'}"


@dataclass(frozen=True)
class Record:
    """One record.  ``content``: what it says (see ``record``); ``packed``: its text in the sheet."""

    content: dict[str, Any]
    fingerprint: str
    packed: list[str]

    @property
    def number(self) -> int:
        return int(self.content["number"])

    @property
    def action(self) -> str:
        return str(self.content["action"])

    @property
    def output(self) -> str:
        """The output's name; '' for the pay."""
        return str(self.content.get("output", ""))

    @property
    def period(self) -> AnyPeriod:
        return read_any(self.content["period"] if self.output else self.content["month"])

    @property
    def about(self) -> str:
        """2016-11, or 年度考核 2016."""
        return f"{self.output} {self.period}".strip()

    @property
    def differences(self) -> list[Difference]:
        return [Difference(*one) for one in self.content["differences"]]

    def amounts(self, heading: str) -> dict[str, int]:
        """工号 → fen under a heading of a closed month; those that cannot be read are left out."""
        headings = [heading for heading, _ in self.content.get("columns", [])]
        if heading not in headings or ID not in headings:
            return {}
        person, at = headings.index(ID), headings.index(heading)
        found = {}
        for line in self.content["lines"]:
            with contextlib.suppress(TypeError, IndexError, InvalidOperation):
                found[str(line[person])] = int(Decimal(line[at]) * 100)
        return found

    @property
    def name(self) -> str:
        return f"第 {self.number} 条（{self.action} {self.about}）"


WHY = "为什么重开"          # stands for the reason in a command to be pasted


def reopening(output: str, periods: Sequence[AnyPeriod], period: AnyPeriod) -> tuple[str, str]:
    """(what to do, its command) so that what is closed can be changed; ``periods``: all of this output ('': the pay)
    that are closed."""
    last = periods[-1]
    each = "一个月" if period.grain == "month" else "一个"
    back = f"（从最后封存的 {last} 起，{each}{each}往回）" if period < last else ""
    options = f"--of {output} --period" if output else "--month"
    return f"重开 {f'{output} {period}'.strip()} 并写明原因{back}", f'reopen {options} {last} --reason "{WHY}"'


@dataclass
class Ledger:
    """The records in their order, and what is wrong with the sheet."""

    records: list[Record] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)

    def sound(self) -> Ledger:
        """Itself; raises Refusal when the sheet was tampered with or damaged."""
        if self.faults:
            raise Refusal(self.faults)
        return self

    def closed(self, output: str = "") -> list[AnyPeriod]:
        """The periods of an output ('': the pay) that are closed now, in their order."""
        now: dict[AnyPeriod, bool] = {}
        for record in self.records:
            if record.output == output:
                now[record.period] = record.action == CLOSE
        return sorted(period for period, is_closed in now.items() if is_closed)

    @property
    def standing(self) -> list[Record]:
        """The last closing of whatever is closed now, the pay first, each output in the order of its periods."""
        outputs = sorted(dict.fromkeys(r.output for r in self.records), key=bool)
        return [record for output in outputs for period in self.closed(output)
                if (record := self.last(output, period)) is not None]

    def last(self, output: str, period: AnyPeriod) -> Record | None:
        """The record that closed this last, also when it was reopened since."""
        return next((r for r in reversed(self.records)
                     if (r.output, r.period) == (output, period) and r.action == CLOSE), None)

    def with_record(self, content: dict[str, Any]) -> Ledger:
        """The ledger with one more record; numbered and chained here."""
        before = self.records[-1] if self.records else None
        return Ledger([*self.records, _record({
            **content, "number": len(self.records) + 1, "previous": before.fingerprint if before else ""})])


def _record(content: dict[str, Any]) -> Record:
    data = canonical(content)
    # as it will be read back: tuples are lists then
    return Record(parsed(data), hashlib.sha256(data).hexdigest(), pieces(data))


# ------------------------------------------------------------------------------------------------------- how it looks


def sheet_of(ledger: Ledger) -> ResultSheet:
    """The sheet of these records."""
    records = ledger.records
    totals = _total_headings(records)
    headings = [*_before(records), *totals, *_AFTER]
    sheet = ResultSheet(SHEET, [
        _TOTAL_WIDTH if h in totals else _WIDTHS.get(h, _FINGERPRINT_WIDTH) for h in headings])
    sheet.add_line(SHEET, "title", 32)
    sheet.add_line(_summary(ledger), "small", 16)
    layout.add_wrapped(sheet, "本表由程序填写，封存或重开一个月记一条。请不要修改、删除或排序：改过的会被查出。"
                              "右边隐藏的列是封存时的全部数据，供以后重新核算。", "notice")
    visible, most = sheet.widths, max((len(r.packed) for r in records), default=0)
    hidden = [f"{PIECE}{n}" for n in range(1, most + 1)]
    row = sheet.add([*headings, *hidden], ("heading",) * len(headings) + ("archive",) * most,
                    layout.heading_height(headings, visible))
    sheet.freeze = (row + 1, 3)
    sheet.page = Page(repeat_rows=(row, row), footer=SHEET)
    kinds = ["money" if h in totals else "int" if h in ("序号", "人数") else
             "note" if h in ("原因", "与上次封存的差别") else "text" for h in headings]
    looks = [(*(f"{k}{alt}" for k in kinds), *["archive"] * most) for alt in ("", "/alt")]
    wrapped = [i for i, k in enumerate(kinds) if k in ("note", "text")]
    for n, record in enumerate(records):
        values = _values(record, totals)
        sheet.add([*values, *record.packed, *[None] * (most - len(record.packed))], looks[n % 2],
                  min(layout.row_height(values, visible, wrapped, 22), 405))
    sheet.widths = [*visible, *[0.0] * most]
    return sheet


def short(fingerprint: str) -> str:
    """A fingerprint as people compare it: 9f86 d081 884c 7d65."""
    return " ".join(fingerprint[at:at + 4] for at in range(0, 16, 4)) if fingerprint else ""


def _total_headings(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(heading for r in records for heading, _ in r.content.get("grand", [])))


def _before(records: Sequence[Record]) -> list[str]:
    """The first headings; 月份 while nothing but the pay has been closed."""
    return [_MONTH if h == _WHEN and not any(r.output for r in records) else h for h in _BEFORE]


def _summary(ledger: Ledger) -> str:
    records = ledger.records
    if not records:
        return "还没有记录"
    months = "、".join(f"{r.output} {r.period.label}".strip() for r in ledger.standing) or "无"
    return f"共 {len(records)} 条；已封存：{months}；最后一条的指纹 {short(records[-1].fingerprint)}"


def _values(record: Record, totals: Sequence[str]) -> list[Value]:
    """The visible cells of a record."""
    content = record.content
    grand = dict(content.get("grand", []))
    lines = [str(one) for one in record.differences]
    more = len(lines) - SHOWN_DIFFERENCES
    if more > 0:
        options = f"--of {record.output} --period" if record.output else "--month"
        lines[SHOWN_DIFFERENCES:] = [f"…… 还有 {more} 处，用 xl-kpi verify {options} {record.period} 列出"]
    return [record.number, record.action, record.about, content["policy"], content["program"],
            content.get("people"), *(Decimal(grand[h]) if h in grand else None for h in totals),
            _reason(record), "\n".join(lines), short(content["previous"]), short(record.fingerprint)]


def _reason(record: Record) -> str:
    """The reason; of a month whose closing has no record any more that this is so."""
    reason, lost = record.content["reason"], record.content.get("lost")
    if not lost:
        return str(reason)
    start = "；从这一条起是新的记录" if record.number == 1 else ""
    return f"{reason}（封存 {record.about} 的记录丢失，{record.output or '工资表'}上的指纹是 {lost}{start}）"


# -------------------------------------------------------------------------------------------------------- reading it


def read(book: Book) -> Ledger:
    """The records of a workbook; whatever is wrong with the sheet is a fault that names the row."""
    sheets = [sheet for sheet in like_sheets(book, SHEET) if any(v is not None for row in sheet.rows for v in row)]
    if not sheets:
        return Ledger()
    if len(sheets) > 1:
        return Ledger(faults=[_fault(sheets[0], f"有 {len(sheets)} 张工作表都叫 {SHEET}")])
    sheet = sheets[0]
    top, at = _headings(sheet)
    if top < 0:
        return Ledger(faults=[_fault(sheet, "不是程序写的结账记录，或者表头改过：找不到序号、本条的指纹、存档1",
                                     do=f"{RESTORE}；是别的表就改名")])
    found: list[tuple[int, Record]] = []
    faults: list[Problem] = []
    for row in range(top + 1, len(sheet.rows)):
        if any(value not in (None, "") for value in sheet.rows[row]):
            try:
                found.append((row, _read_record(sheet, row, at)))
            except Unreadable:
                faults.append(_fault(sheet, f"第 {row + 1} 行的存档改过或不完整，读不出来", row, at["序号"]))
    ledger = Ledger([record for _, record in found], faults)
    faults += _order_faults(sheet, found, at)
    if not faults:
        faults += _chain_faults(sheet, found, at)
        faults += _visible_faults(sheet, found, at)
        faults += _summary_faults(sheet, ledger, top, at)
    return ledger


def _fault(sheet: Sheet, text: str, row: int = -1, column: int = 0, do: str = RESTORE) -> Problem:
    return Problem("error", text, do, sheet.name, address(row, column) if row >= 0 else "")


def _headings(sheet: Sheet) -> tuple[int, dict[str, int]]:
    for number, row in enumerate(sheet.rows[:HEADING_ROWS]):
        at: dict[str, int] = {}
        for column, value in enumerate(row):
            if isinstance(value, str):
                at.setdefault(value, column)
        if {"序号", "本条的指纹", f"{PIECE}1"} <= at.keys():
            return number, at
    return -1, {}


def _read_record(sheet: Sheet, row: int, at: dict[str, int]) -> Record:
    texts = [_text(sheet.rows[row][at[f"{PIECE}{n}"]]) for n in
             takewhile(lambda n: f"{PIECE}{n}" in at, range(1, len(at) + 1))]
    packed = list(takewhile(bool, texts))
    if any(texts[len(packed):]):
        raise Unreadable("a piece is missing")
    data = joined(packed)
    content = parsed(data)
    if canonical(content) != data or not _is_record(content):
        raise Unreadable("not written by this program")
    return Record(content, hashlib.sha256(data).hexdigest(), packed)


def _is_record(content: Any) -> bool:
    """Whether this has the fields of a record, so that reading them cannot fail."""
    if not isinstance(content, dict) or content.get("action") not in (CLOSE, REOPEN):
        return False
    fields = _FIELDS | (_CLOSED if content["action"] == CLOSE else {})
    if any(type(content.get(name)) is not kind for name, kind in fields.items()):
        return False
    if type(content.get("lost", "")) is not str:
        return False
    try:
        if type(content.get("output", "")) is not str:
            return False
        read_any(content["period"] if content.get("output") else content["month"])
        for _, amount in content.get("grand", []):
            Decimal(amount)
        for one in content["differences"]:
            Difference(*one)
    except (KeyError, ValueError, TypeError, InvalidOperation):
        return False
    return True


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else "\0"


def _order_faults(sheet: Sheet, found: list[tuple[int, Record]], at: dict[str, int]) -> list[Problem]:
    """Records that are missing, twice there, or not in their order."""
    column = at["序号"]
    numbers = [record.number for _, record in found]
    faults = [_fault(sheet, f"第 {number} 条有 {times} 行，多出来的不是程序写的",
                     next(row for row, r in reversed(found) if r.number == number), column)
              for number, times in Counter(numbers).items() if times > 1]
    faults += [_fault(sheet, f"第 {number} 条不见了", -1)
               for number in range(1, max(numbers, default=0) + 1) if number not in numbers]
    if not faults:
        faults += [_fault(sheet, f"次序乱了：第 {wanted} 条的位置上是{record.name}", row, column)
                   for wanted, (row, record) in enumerate(found, 1) if record.number != wanted]
    return faults


def _chain_faults(sheet: Sheet, found: list[tuple[int, Record]], at: dict[str, int]) -> list[Problem]:
    faults = []
    before = ""
    for row, record in found:
        if record.content["previous"] != before:
            faults.append(_fault(
                sheet, f"{record.name}接不上它的前一条：前一条在这之后改过或换过" if before else
                f"{record.name}之前应该没有记录", row, at["序号"]))
        before = record.fingerprint
    return faults


def _visible_faults(sheet: Sheet, found: list[tuple[int, Record]], at: dict[str, int]) -> list[Problem]:
    """Visible cells that do not say what the record says."""
    records = [record for _, record in found]
    totals = _total_headings(records)
    faults = []
    for row, record in found:
        for heading, value in zip([*_before(records), *totals, *_AFTER], _values(record, totals), strict=True):
            seen = sheet.rows[row][at[heading]] if heading in at else None
            if not _same(seen, value):
                text = f"现在是 {_plain(seen)[:60]}，记录的是 {_plain(value)[:60]}"
                faults.append(_fault(sheet, f"{record.name}的「{heading}」改过：{text}", row, at.get(heading, 0)))
    return faults


def _summary_faults(sheet: Sheet, ledger: Ledger, top: int, at: dict[str, int]) -> list[Problem]:
    wanted = _summary(ledger)
    if any(_same(value, wanted) for row in sheet.rows[:top] for value in row):
        return []
    text = f"表头上方的一行与下面的 {len(ledger.records)} 条记录对不上：末尾的记录被删去了，或者这一行改过"
    return [_fault(sheet, f"{text}；按下面的记录是：{wanted}", max(top - 2, 0), at["序号"])]


def _same(seen: object, wanted: Value) -> bool:
    if isinstance(wanted, (int, Decimal)):
        try:
            return not isinstance(seen, (str, bool, type(None))) and Decimal(repr(seen)) == wanted
        except InvalidOperation:
            return False
    return _plain(seen) == _plain(wanted)


def _plain(value: object) -> str:
    """A text as two hosts agree on it: they differ in line breaks and in what XML cannot hold."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value)
    return "".join(c for c in text if c.isprintable() and c != " ") or "空"
