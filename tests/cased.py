"""The tables of cases in tests/cases: what they say, the workbook of a case, and how its result differs.

How a table is written stands at the head of tests/cases/s001-b-110-points.yaml.
"""

from __future__ import annotations

import collections
import copy
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
import yaml

from xl_kpi.card import example
from xl_kpi.card.sheets import COLUMNS
from xl_kpi.period import Half, Month, Quarter, Span, Year
from xl_kpi.policy.compiled import Policy, Table

HERE = Path(__file__).parent / "cases"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)          # where libyaml is, twenty times as fast
MONTHS = ("2016-09", "2016-10", "2016-11")      # what a table by month has rows of, unless the case says otherwise
PERIODS = {"month": MONTHS, "quarter": ("2016Q3", "2016Q4"), "half": ("2016H1", "2016H2"), "year": ("2015", "2016")}
KEYS = {"底子", "组", "名称", "条款", "结果", "月份", "季度", "期间", "读法", "参数", "没有工作表", "增加", "只有增加",
        "期望", "期限", "人数", "合计", "标记", "无标记", "提示", "无提示", "拒绝"}
Case = dict[str, Any]
Row = dict[str, Any]


@cache
def content_of(policy_id: str) -> dict[str, Any]:
    """A table of cases as it is written; nobody changes it."""
    content: dict[str, Any] = yaml.load((HERE / f"{policy_id}.yaml").read_text("utf-8"), LOADER)
    return content


# Every table in this form; that of the policy in force is read by tests/test_bozhen.py.
CASED = sorted(path.stem for path in HERE.glob("*.yaml") if "底子" in content_of(path.stem))


def read_cases(policy_id: str) -> list[Case]:
    """What a group says counts for its cases, what a case lacks is the base's."""
    content = content_of(policy_id)
    return [{"底子": content["底子"], **{key: value for key, value in group.items() if key != "例"}, **case}
            for group in content["组"] for case in group["例"]]


def period_of(case: Case) -> Any:
    """The period that is computed: 月份, 季度, or 期间 (2016H2, 2016, 2016-07..2016-09)."""
    text = str(case.get("期间") or case.get("季度") or case.get("月份") or "2016-11")
    kinds = {"..": Span, "Q": Quarter, "H": Half, "-": Month}
    return next((kind for sign, kind in kinds.items() if sign in text), Year).parse(text)


def asked(case: Case) -> tuple[str, ...]:
    """The arguments of a command that names the case's result and period."""
    of = ("--of", case["结果"]) if "结果" in case else ()
    return (*of, "--period", str(period_of(case)))


def month_of(case: Case) -> str:
    """The last month of a case's period."""
    return str(period_of(case).months[-1])


# -- the rows of a case -----------------------------------------------------------------------------------------------

def people_of(case: Case) -> dict[str, Row]:
    base = case["底子"]
    people = {} if case.get("只有增加") else {str(k): dict(v) for k, v in copy.deepcopy(base["花名册"]).items()}
    more = case.get("增加", {})
    for n in range(more.get("人数", 0)):
        people[f"X{n + 1:03}"] = {**base["新人"], **more.get("花名册", {})}
    for number, change in case.get("花名册", {}).items():
        if change == "无":
            people.pop(str(number))
        else:
            people[str(number)] = {**people.get(str(number), base["新人"]), **change}
    return people


def rows_by_period(case: Case, table: Table, people: dict[str, Any]) -> list[Row]:
    """The rows of a sheet with a row a person and period."""
    heading = next(c.heading for c in table.columns if c.type == table.grain)
    base, given = case["底子"].get(table.sheet) or {}, case.get(table.sheet) or {}
    times, own = PERIODS[table.grain], str(period_of(case).months[-1].within(table.grain))
    rows: dict[tuple[str, str], Row] = {}
    for time in times:
        for number in people:
            if "每人" in base or number in map(str, base):
                rows[time, number] = {**base.get("每人", {}), **base.get(int(number) if number.isdigit() else "", {})}
    more = case.get("增加", {})
    for n in range(more.get("人数", 0)):
        if any(c.heading == "考核得分" for c in table.columns):
            for time in times:
                rows[time, f"X{n + 1:03}"] = {"考核得分": more["考核得分"] - n * more["每人少"]}
    for number, change in given.items():
        dated = change if isinstance(change, dict) and any(re.fullmatch(r"\d{4}(-\d\d|[QH]\d)?", str(key))
                                                           for key in change) else {own: change}
        for when, values in dated.items():
            if values == "无":
                rows.pop((str(when), str(number)), None)
            else:
                rows[str(when), str(number)] = {**rows.get((str(when), str(number)), {}), **values}
    return [{heading: when, "工号": number, **values} for (when, number), values in rows.items()]


def rows_of(case: Case, table: Table) -> list[Row]:
    """The rows of a sheet.  A list in the case (or its base) is the rows themselves: dated, in the case's period."""
    people, period = people_of(case), period_of(case)
    listed = case.get(table.sheet, case["底子"].get(table.sheet, []))
    if table.grain == "roster":
        rows = [{"工号": number, "姓名": f"员工{number}", **values} for number, values in people.items()]
    elif table.grain in PERIODS and (listed == [] or isinstance(listed, dict)):
        rows = rows_by_period(case, table, people)
    else:
        month = period.months[-1]
        usual = {"日期": date.fromisoformat(f"{month}-15"), "月份": str(month)}
        usual |= {c.heading: str(month.within(c.type)) for c in table.columns if c.type in PERIODS}
        rows = [{**usual, **row} for row in listed]
    unknown = {key for row in rows for key in row} - {c.heading for c in table.columns} - {"日期", "月份"}
    assert not unknown, f"{table.sheet} has no {unknown}"
    return rows


def parameter_rows(case: Case, policy: Policy) -> list[tuple[str, Any, Any]]:
    """(参数, 键, 值)."""
    rows: list[tuple[str, Any, Any]] = [("policy", None, policy.id)]
    for name, value in {**case["底子"].get("参数", {}), **case.get("参数", {})}.items():
        if value == "没有":
            continue
        known = name in policy.parameters
        identifier, key = (name, None) if known else name.rsplit(".", 1)
        rows.append((identifier, key, None if value == "空" else value))
    return rows + [(f"reading.{name}", None, value) for name, value in case.get("读法", {}).items()]


# -- the workbook of a case -------------------------------------------------------------------------------------------

def sheets_of(case: Case, policy: Policy) -> Iterator[tuple[str, list[str], list[Row]]]:
    """Each input sheet: its name, the headings that the policy declares, its rows."""
    for table in policy.sheets.values():
        if table.sheet not in case.get("没有工作表", []):
            yield table.sheet, [c.heading for c in table.columns], rows_of(case, table)


def rules_of(policy: Policy) -> Iterator[tuple[str, list[str], list[Row]]]:
    """The sheets that say a policy's rules, where they stand in the workbook: those of the example."""
    for name in policy.written_on:
        yield name, [column.heading for column in COLUMNS[name]], example.rules()[name]


def write_book(case: Case, policy: Policy, path: Path) -> None:
    """A plain workbook, quickly made."""
    sheets = [("参数", ["参数", "键", "值"],
               [dict(zip(("参数", "键", "值"), row, strict=True)) for row in parameter_rows(case, policy)])]
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, headings, rows in [*sheets, *rules_of(policy), *sheets_of(case, policy)]:
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, headings)
        for r, row in enumerate(rows, 1):
            for c, heading in enumerate(headings):
                value = row.get(heading)
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)       # type: ignore[arg-type]
                elif heading == "工号":
                    sheet.write_string(r, c, str(value))
                elif value not in (None, "空"):
                    sheet.write(r, c, value)
    book.close()


def fill_book(case: Case, policy: Policy, path: Path) -> None:
    """Fill the workbook that `xl-kpi new` made, as HR would: under its own headings, without moving anything."""
    book = openpyxl.load_workbook(path)
    for name, headings, rows in sheets_of(case, policy):
        if rows or policy.written_on:
            _type_in(book[name], headings, rows)
    settings = book["参数"]
    top, columns = _headings(settings, ["参数", "键", "值"])
    places = {(settings.cell(r, columns["参数"]).value, _text(settings.cell(r, columns["键"]).value)): r
              for r in range(top + 1, settings.max_row + 1)}
    for identifier, key, value in parameter_rows(case, policy):
        row = places.get((identifier, _text(key)))
        if row is None:                         # a key that the company lists
            row = max(places.values()) + 1
            places[identifier, _text(key)] = row
            settings.cell(row, columns["参数"]).value, settings.cell(row, columns["键"]).value = identifier, key
        settings.cell(row, columns["值"]).value = value
    book.save(path)


def _type_in(sheet: Any, headings: list[str], rows: list[Row]) -> None:
    top, columns = _headings(sheet, headings)
    for row_of_cells in sheet.iter_rows(min_row=top + 1):       # the people of an example
        for cell in row_of_cells:
            cell.value = None
    for r, row in enumerate(rows, top + 1):
        for heading, value in row.items():
            if heading in columns and value not in (None, "空"):
                cell = sheet.cell(r, columns[heading])
                of_percent = "%" in cell.number_format and isinstance(value, int | float)      # 96 is typed as 96%
                cell.value = str(value) if heading == "工号" else value / 100 if of_percent else value


def _headings(sheet: Any, headings: list[str]) -> tuple[int, dict[str, int]]:
    """The row of the headings and their columns, both from 1."""
    for row in sheet.iter_rows(max_row=12):
        found = {_text(cell.value).replace("\n", "").split("（")[0]: cell.column for cell in row}
        if set(headings) <= set(found):
            return row[0].row, {heading: found[heading] for heading in headings}
    raise AssertionError(f"{sheet.title} has no row with {headings}")


def _text(value: Any) -> str:
    return "" if value is None else str(value)


# -- the result of a case ---------------------------------------------------------------------------------------------

def shown(value: Any) -> str:
    """A value as the tables write it."""
    return {True: "是", False: "否", None: "无"}.get(value, value) if isinstance(value, bool | None) else str(value)


def differences(case: Case, result: dict[str, Any]) -> list[str]:
    """What is not as the case expects it."""
    wrong = []
    lines = {line["工号"]: line for line in result["lines" if "lines" in result else "reviews"]}
    for number, expected in case.get("期望", {}).items():
        line = lines.get(str(number))
        if expected == "无" or line is None:
            if not (expected == "无" and line is None):
                wrong.append(f"{number}: {'has' if line else 'has no'} line")
            continue
        wrong += [f"{number} {heading}: {shown(line.get(heading))}, expected {value}"
                  for heading, value in expected.items() if shown(line.get(heading)) != value]
    for heading, counts in case.get("人数", {}).items():
        found = collections.Counter(line.get(heading) for line in lines.values())
        if found != counts:
            wrong.append(f"{heading}: {dict(found)}, expected {counts}")
    for heading, value in case.get("合计", {}).items():
        if result["totals"].get(heading) != value:
            wrong.append(f"合计 {heading}: {result['totals'].get(heading)}, expected {value}")
    for number, text in case.get("标记", {}).items():
        if text not in lines[str(number)].get("备注", ""):
            wrong.append(f"{number}: no mark {text} in {lines[str(number)].get('备注')!r}")
    for number, text in case.get("无标记", {}).items():
        if text in lines[str(number)].get("备注", ""):
            wrong.append(f"{number}: has mark {text}")
    said = "\n".join(p["text"] for p in result["problems"])
    wrong += [f"no notice {text} in {said}" for text in case.get("提示", []) if text not in said]
    wrong += [f"has notice {text}" for text in case.get("无提示", []) if text in said]
    return wrong
