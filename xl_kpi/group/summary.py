"""集团汇总: the departments on one sheet, their sums, what changed, what is open, with a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from xl_kpi.group.department import Department, Outcome
from xl_kpi.hand.days import read_any
from xl_kpi.problems import named
from xl_kpi.results import ID, NAME
from xl_kpi.sheets import layout
from xl_kpi.sheets.model import Chart, Page, ResultSheet, Series, Value

STATES = {"done": "完成", "refused": "有错误", "failed": "不能处理", "nothing": "没有这一期的结果",
          "foreign": "不是标准工作簿"}
LEVELS = {"error": "错误", "warning": "警告", "hint": "提示"}
BARS = 25               # departments that have room in a picture; of more, policies are drawn
NOW, THEN = "#1F5FA8", "#D3DAE2"
HEAD = ("序号", "单位", "部门", "制度", "结果", "人数")
TAIL = ("合计", "上期", "变化", "错误", "警告", "状态", "工作簿")


def sheets(found: Sequence[Department], period: str, out: Path, people: bool = False) -> list[ResultSheet]:
    """The sheets of the summary workbook.  ``out``: where it will lie; links lead from there."""
    made = [_departments(found, period, out)]
    if any(one.said for one in found):
        made.append(_problems(found))
    if people:
        made.append(_people(found))
    return made


def lines_of(found: Sequence[Department]) -> list[tuple[Department, Outcome | None]]:
    """A line for each result; a workbook without one has a line too."""
    return [(one, outcome) for one in found if one.state != "foreign"
            for outcome in (*one.outcomes, *([] if one.outcomes else [None]))]


def doubles(found: Sequence[Department]) -> list[str]:
    """Workbooks that say they are of the same department: it may be counted twice (a copy that lies beside)."""
    same: dict[tuple[str, ...], list[str]] = {}
    for one, outcome in lines_of(found):
        if outcome is not None and one.department:
            same.setdefault((one.company, one.department, outcome.output), []).append(Path(one.path).name)
    return [f"{department}（{output}）有 {len(names)} 个工作簿：{named(names, '个')}；是同一份的副本的话，移走一份，"
            "不然汇总里算了几次" for (_, department, output), names in same.items() if len(names) > 1]


def items_of(found: Sequence[Department]) -> list[str]:
    """The headings that are summed, in the order in which they come first; without what each comes to."""
    mains = {outcome.main for one in found for outcome in one.outcomes}
    return [name for name in dict.fromkeys(name for one in found for outcome in one.outcomes
                                           for name, (kind, _) in outcome.totals.items() if kind == "money")
            if name not in mains]


def _departments(found: Sequence[Department], period: str, out: Path) -> ResultSheet:
    items, lines = items_of(found), lines_of(found)
    headings = [*HEAD, *items, *TAIL]
    at = {name: place for place, name in enumerate(headings)}
    kinds = ["int", "text", "text", "text", "text", "int", *["money"] * len(items), "money", "money", "money", "int",
             "int", "text", "link"]
    rows: list[list[Value]] = []
    for number, (one, outcome) in enumerate(lines, 1):
        row: list[Value] = [number, one.company, one.department, one.title, outcome.output if outcome else "",
                            outcome.headcount if outcome else None]
        row += [Decimal(outcome.totals[name][1]) if outcome and name in outcome.totals else None for name in items]
        amount, last = (outcome.amount, outcome.last) if outcome else (None, None)
        row += [amount, Decimal(last) if last is not None else None,
                amount - Decimal(last) if amount is not None and last is not None else None,
                one.levels.get("error") or None, one.levels.get("warning") or None, STATES[one.state],
                Path(one.path).name]
        rows.append(row)
    by_column = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in headings]
    widths = [max(layout.text_width(name) * 0.92 + 1.5, *(
        min(30, layout.text_width(_shown(v)) * 0.95 + 1.5) for v in values), 5.0) if values else 9.0
        for name, values in zip(headings, by_column, strict=True)]
    sheet = ResultSheet("集团汇总", widths)
    label = read_any(period).label
    sheet.add_line(f"{label}　集团汇总", "title", 32)
    done = sum(one.state == "done" for one in found)
    layout.add_ends(sheet, f"工作簿 {len([o for o in found if o.state != 'foreign'])} 个，完成 {done} 个",
                    f"人数：{sum(o.headcount for one in found for o in one.outcomes)}"
                    + ("　　单位：元" if any(o.main for one in found for o in one.outcomes) else ""))
    for text in doubles(found):
        layout.add_wrapped(sheet, text, "notice")
    heading = sheet.add(headings, ("heading",) * len(headings), layout.heading_height(headings, widths))
    first = heading + 1
    for number, ((one, _), row) in enumerate(zip(lines, rows, strict=True)):
        looks = tuple(kinds if number % 2 == 0 else [k if k == "link" else f"{k}/alt" for k in kinds])
        place = len(headings) - 1
        target = os.path.relpath(one.path, out.parent).replace('"', '""')
        sheet.add(row, looks, layout.row_height(row, widths, (1, 2, 3), 20),
                  {place: f'HYPERLINK("{target}","{str(row[place]).replace(chr(34), chr(34) * 2)}")'})
    end = len(sheet.rows) - 1
    if rows:
        sums: list[Value] = ["合计", *[None] * (len(headings) - 1)]
        formulas = {}
        for name in ("人数", *items, "合计", "上期", "变化", "错误", "警告"):
            values = [v for v in by_column[at[name]] if isinstance(v, (int, Decimal))]
            sums[at[name]] = sum(values) if values else 0
            formulas[at[name]] = layout.sum_formula(at[name], first, end)
        looks = tuple(f"{k if k != 'link' else 'text'}/sum" for k in ["text", *kinds[1:]])
        sheet.add(sums, looks, 22, formulas)
        sheet.autofilter = (heading, 0, end, len(headings) - 1)
        _picture(sheet, found, lines, at, first, end)
    sheet.freeze = (first, 3)
    sheet.page = Page(repeat_rows=(heading, heading), footer=f"{label} 集团汇总")
    return sheet


def _picture(sheet: ResultSheet, found: Sequence[Department], lines: Sequence[tuple[Department, Outcome | None]],
             at: dict[str, int], first: int, last: int) -> None:
    """This period's sums beside the last one's: of departments, or of policies where those are too many."""
    sheet.add(height=10)
    top = len(sheet.rows)
    if len(lines) <= BARS:
        names, now, then, rows = at["部门"], at["合计"], at["上期"], (first, last)
        title = "各部门：本期与上期"
    else:
        title = "各制度：本期与上期"
        policies = dict.fromkeys(one.title for one, outcome in lines if outcome)
        blank: list[Value] = [None] * (len(sheet.widths) - 4)
        no_look = ("",) * len(blank)
        sheet.add(["制度", "人数", "合计", "上期", *blank], ("heading",) * 4 + no_look)
        rows = (len(sheet.rows), len(sheet.rows) + len(policies) - 1)
        for name in policies:
            mine = [o for one, o in lines if o and one.title == name]
            sheet.add([name, sum(o.headcount for o in mine), sum((o.amount or Decimal(0) for o in mine), Decimal(0)),
                       sum((Decimal(o.last or 0) for o in mine), Decimal(0)), *blank],
                      ("text", "int", "money", "money", *no_look))
        names, now, then = 0, 2, 3
        top = len(sheet.rows) + 1
    for _ in range(18):
        sheet.add(height=18)
    sheet.charts.append(Chart(
        title, (top, 1), (max(640, 46 * (rows[1] - rows[0] + 1)), 320), (rows[0], names, rows[1], names),
        (Series("本期", (rows[0], now, rows[1], now), NOW, labels=False),
         Series("上期", (rows[0], then, rows[1], then), THEN, labels=False)),
        from_zero=all((o.amount or 0) >= 0 for _, o in lines if o)))


def _problems(found: Sequence[Department]) -> ResultSheet:
    sheet = ResultSheet("问题", [22.0, 18.0, 8.0, 90.0])
    sheet.add_line("各工作簿的问题", "title", 32)
    headings = ("工作簿", "部门", "级别", "问题")
    heading = sheet.add(headings, ("heading",) * 4, 24)
    for one in found:
        for level, text in one.said:
            row: list[Value] = [Path(one.path).name, one.department, LEVELS[level], text]
            sheet.add(row, ("text", "text", level, "note"), layout.row_height(row, sheet.widths, range(4), 20))
    sheet.freeze = (heading + 1, 0)
    sheet.autofilter = (heading, 0, len(sheet.rows) - 1, 3)
    sheet.page = Page(repeat_rows=(heading, heading))
    return sheet


def _people(found: Sequence[Department]) -> ResultSheet:
    headings = ("单位", "部门", "结果", ID, NAME, "本期", "上期", "变化")
    sheet = ResultSheet("人员", [18.0, 18.0, 14.0, 10.0, 12.0, 13.0, 13.0, 13.0])
    sheet.add_line("各人：本期与上期", "title", 32)
    heading = sheet.add(headings, ("heading",) * 8, 24)
    for one in found:
        for outcome in one.outcomes:
            for person in outcome.people:
                now, last = Decimal(person["amount"]), person["last"]
                sheet.add([one.company, one.department, outcome.output, person[ID], person[NAME], now,
                           Decimal(last) if last is not None else None,
                           now - Decimal(last) if last is not None else None],
                          ("text", "text", "text", "text", "text", "money", "money", "money"), 20)
    sheet.freeze = (heading + 1, 0)
    sheet.autofilter = (heading, 0, len(sheet.rows) - 1, 7)
    sheet.page = Page(repeat_rows=(heading, heading))
    return sheet


def _shown(value: Value) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal) else "" if value is None else str(value)
