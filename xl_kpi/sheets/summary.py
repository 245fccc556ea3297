"""汇总: headcount and sums, per team too, and what changed against last month."""

from __future__ import annotations

from typing import Any

from xl_kpi.period import Month
from xl_kpi.results import REFUSED, Column, Refused, Result
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Page, ResultSheet, Value, letter

FEW = 12        # people whose changes still go on the first page


def summary(result: Result) -> ResultSheet:
    """The month on one sheet, for whoever approves it."""
    totals = layout.totalled(result)
    group = next((c for c in result.columns if c.group), None)
    teams = _teams(result, group)
    width = max(7, len(totals) + 2 if group else 0)
    sheet = ResultSheet(f"汇总_{result.period}", _widths(result, totals, teams, width),
                        page=Page(footer=result.policy_title))
    layout.add_title(sheet, result, "汇总", f"人数：{len(result.lines)}　　单位：元")
    _add_items(sheet, result, totals)
    if group:
        _add_teams(sheet, group, totals, teams)
    names = {line.get("工号"): line.get("姓名") for line in result.lines}
    marks = [f"{person} {names.get(person) or ''}　{text}".strip() for person, text in result.marks]
    _add_texts(sheet, "提请注意", marks)
    _add_texts(sheet, "与默认不同的取值和读法", result.notices)
    _add_change(sheet, result)
    return sheet


def _teams(result: Result, group: Column | None) -> dict[str, list[dict[str, Any]]]:
    """Lines by team in order of appearance, those of no team last."""
    if group is None:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    for line in result.lines:
        found.setdefault(str(line.get(group.heading) or ""), []).append(line)
    nobody = found.pop("", None)
    if nobody:
        found[f"未分{group.heading}"] = nobody
    return found


def _widths(result: Result, totals: list[Column], teams: dict[str, Any], width: int) -> list[float]:
    names = [*teams, *(c.heading for c in totals), *(str(line.get("工号", "")) for line in result.lines)]
    first = max((layout.text_width(n) for n in names), default=8)
    second = max((layout.text_width(str(line.get("姓名", ""))) for line in result.lines), default=8)
    largest = max((layout.column_width(c, [], layout.total(line.get(c.heading) for line in result.lines))
                   for c in totals), default=10.0)
    usual = max(10.5, largest)
    return [min(20.0, max(11.0, first + 1.0)), min(16.0, max(usual, second + 1.0)), *[usual] * (width - 2)]


def _row(sheet: ResultSheet, values: list[Any], styles: list[str], height: float = 20,
         formulas: dict[int, str] | None = None) -> int:
    """A row of a table that is narrower than the sheet."""
    return sheet.add(values, tuple(styles), height, formulas)


def _section(sheet: ResultSheet, text: str) -> None:
    sheet.add(height=10)
    sheet.add_line(text, "section", 22)


def _add_items(sheet: ResultSheet, result: Result, totals: list[Column]) -> None:
    _section(sheet, "各项合计")
    _row(sheet, ["项目", "合计", "涉及人数"], ["heading"] * 3, 22)
    for n, c in enumerate(totals):
        values = [line.get(c.heading) for line in result.lines]
        alt = "/alt" if n % 2 else ""
        amount = layout.total(values)
        touched = sum(1 for v in values if isinstance(v, Refused) or v)
        _row(sheet, [c.heading, 0 if amount is None else amount, touched],
             [f"text{alt}", f"{c.type}{alt}", f"int{alt}"])


def _add_teams(sheet: ResultSheet, group: Column, totals: list[Column], teams: dict[str, Any]) -> None:
    _section(sheet, f"按{group.heading}")
    headings = [group.heading, "人数", *(c.heading for c in totals)]
    _row(sheet, headings, ["heading", "heading", *map(layout.heading_style, totals)],
         layout.heading_height(headings, sheet.widths[:len(headings)]))
    first = len(sheet.rows)
    every: list[list[Any]] = []
    for n, (team, lines) in enumerate(teams.items()):
        alt = "/alt" if n % 2 else ""
        amounts = [layout.total(line.get(c.heading) for line in lines) for c in totals]
        every.append([len(lines), *(0 if a is None else a for a in amounts)])
        _row(sheet, [team, *every[-1]], [f"text{alt}", f"int{alt}", *(f"{c.type}{alt}" for c in totals)])
    last = len(sheet.rows) - 1
    if last < first:
        return
    sums = [layout.total(column) for column in zip(*every, strict=True)]
    _row(sheet, ["合计", *sums], ["text/sum", "int/sum", *(f"{c.type}/sum" for c in totals)], 22,
         {i: layout.sum_formula(i, first, last) for i in range(1, len(headings))})


def _add_change(sheet: ResultSheet, result: Result) -> None:
    """Per person what is paid this month and last: 工号 decides who is who."""
    column = layout.grand_total(result)
    if column is None:
        return
    if len(result.lines) > FEW:
        sheet.page.breaks.append(len(sheet.rows))
    before = (Month.parse(result.period) - 1).label
    _section(sheet, f"{column.heading}与上月（{before}）比较")
    if result.previous is None:
        sheet.add_line(f"{before}的结果没有算出来，原因不明，不能比较。", "notice", 18)
        return
    head = column.heading
    headings = ["工号", "姓名", f"本月{head}", f"上月{head}", "差额", "说明"]
    _row(sheet, headings, ["heading"] * 6, layout.heading_height(headings, sheet.widths[:6]))
    now = {str(line["工号"]): line for line in result.lines}
    then = {str(line["工号"]): line for line in result.previous}
    first = len(sheet.rows)
    every = []
    for n, person in enumerate([*now, *(p for p in then if p not in now)]):
        line = now.get(person) or then[person]
        a = now[person].get(head) if person in now else None
        b = then[person].get(head) if person in then else None
        remark = "上月没有" if person not in then else "本月没有" if person not in now else ""
        alt = "/alt" if n % 2 else ""
        row = len(sheet.rows)
        every.append((a, b, _difference(a, b)))
        _row(sheet, [person, line.get("姓名"), *every[-1], remark or None],
             [f"text{alt}", f"text{alt}", *[f"money{alt}"] * 3, f"text{alt}"],
             layout.row_height([None, line.get("姓名")], sheet.widths, (1,), 20),
             formulas={4: f"{letter(2)}{row + 1}-{letter(3)}{row + 1}"})
    last = len(sheet.rows) - 1
    if last < first:
        return
    sums: list[Value] = [layout.total(v) or 0 for v in zip(*every, strict=True)]
    _row(sheet, ["合计", None, *sums, None], ["text/sum", "text/sum", *["money/sum"] * 3, "text/sum"], 22,
         {i: layout.sum_formula(i, first, last) for i in (2, 3, 4)})


def _difference(a: Any, b: Any) -> Any:
    if isinstance(a, Refused) or isinstance(b, Refused):
        return REFUSED
    return (0 if a is None else a) - (0 if b is None else b)


def _add_texts(sheet: ResultSheet, title: str, texts: list[str]) -> None:
    if not texts:
        return
    _section(sheet, title)
    for text in texts:
        layout.add_wrapped(sheet, text, "notice")
