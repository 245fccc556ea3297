"""A policy of a few quantities over a few people, without a workbook: what the kinds of rules are tested on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from xl_kpi.engine import Lack, Run
from xl_kpi.facts import Changes, Facts, RowPeriods, Rows
from xl_kpi.money import Exact
from xl_kpi.period import Month
from xl_kpi.policy.load import read
from xl_kpi.policy.model import DAY, Policy
from xl_kpi.policy.settings import Dated, Settings
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value

MONTH = Month.of(2016, 11)
PERIOD = ("month", MONTH.index)
BROKEN = "坏"           # a cell that cannot be used
TYPES = {"score": "number", "money": "number", "number": "number", "count": "number", "date": "date",
         "choice": "choice", "text": "choice"}


def small_policy(quantities: Mapping[str, Any], columns: Mapping[str, Any] | None = None,
                 rows: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None,
                 readings: Mapping[str, Any] | None = None, monthly: Mapping[str, Any] | None = None,
                 indicators: Mapping[str, Any] | None = None, parts: Mapping[str, Any] | None = None) -> Policy:
    """``columns`` of the roster, ``rows`` of the table 记录, ``monthly`` of the table 月表: name → type, or the list of
    its choices."""
    def column(name: str, kind: Any) -> dict[str, Any]:
        if isinstance(kind, list):
            return {"name": name, "heading": name, "type": "choice", "choices": kind}
        return {"name": name, "heading": name, "type": kind}

    def key(name: str, heading: str, kind: str) -> dict[str, Any]:
        return {"name": name, "heading": heading, "type": kind, "required": True}

    used = {name: {"title": name, "clause": "一", **one} for name, one in quantities.items()}
    raw: dict[str, Any] = {
        "id": "small", "title": "小制度",
        "parameters": {name: {"title": name, "unit": "分", "clause": "一", **one}
                       for name, one in (parameters or {}).items()},
        "readings": {name: {"title": name, "clause": "一", "values": values}
                     for name, values in (readings or {}).items()},
        "tables": {
            "roster": {"sheet": "花名册", "grain": "roster", "columns": [
                key("id", "工号", "id"), key("name", "姓名", "name"),
                *(column(name, kind) for name, kind in (columns or {}).items())]},
            "记录": {"sheet": "记录", "grain": "events", "columns": [
                key("record_day", "日期", "date"), key("record_id", "工号", "id"),
                *(column(name, kind) for name, kind in (rows or {}).items())]},
            "月表": {"sheet": "月表", "grain": "month", "columns": [
                key("month_month", "月份", "month"), key("month_id", "工号", "id"),
                *(column(name, kind) for name, kind in (monthly or {}).items())]}},
        "quantities": used, "indicators": dict(indicators or {}), "parts": dict(parts or {}),
        "outputs": {"工资表": {"role": "payroll", "people": "True", "columns": [
            {"heading": "工号", "fill": "id"}, {"heading": "姓名", "fill": "name"}]}},
        "checks": [{"when": f"present({name})", "text": "看", "do": "看", "clause": "一"} for name in
                   [*(columns or {}), *(monthly or {}), *(indicators or {}), *(
                       name for name, one in used.items() if not one.get("rows"))]],
    }
    for name in rows or {}:
        raw["tables"]["记录"].setdefault("checks", []).append(
            {"when": f"present({name})", "columns": [name], "text": "看", "do": "看", "clause": "一", "level": "hint"})
    return read(raw, "small.toml")


def value_of(cells: Sequence[Any], kind: Any) -> Value:
    """A column of an input table: None is blank, 坏 cannot be used."""
    state = np.array([BLANK if cell is None else REFUSED if cell == BROKEN else OK for cell in cells], np.uint8)
    good = [0 if state[i] else cell for i, cell in enumerate(cells)]
    if isinstance(kind, list) or kind == "text":
        typed = tuple(dict.fromkeys(str(c) for c in good if c != 0)) or ("",)
        labels = tuple(kind) if isinstance(kind, list) else typed
        return Value("choice", np.array([labels.index(str(c)) if c != 0 else 0 for c in good], np.int64), state, labels)
    if kind == "date":
        days = [dt.date.fromisoformat(str(c)).toordinal() if c else 0 for c in good]
        return Value("date", Exact(np.array(days, np.int64)), state)
    scaled = [Fraction(str(c)) * 10**4 for c in good]
    return Value("number", Exact(np.array([int(n) for n in scaled], np.int64), 10**4), state)


def small_run(policy: Policy, people: Mapping[str, Mapping[str, Any]], columns: Mapping[str, Any] | None = None,
              records: Sequence[Mapping[str, Any]] = (), rows: Mapping[str, Any] | None = None,
              values: Mapping[str, Any] | None = None, readings: Mapping[str, str] | None = None,
              monthly: Mapping[str, Any] | None = None, months: Mapping[str, Mapping[str, Sequence[Any]]] | None = None,
              changes: Mapping[str, Changes] | None = None) -> Run:
    """A run over people {工号: {column: cell}}, records [{工号, 月份, column: cell}] and months {month: {column: a cell
    for each person}}; ``values``: parameter → value, or key → value."""
    settings = Settings.stated(policy)
    settings.readings |= readings or {}
    for name, given in (values or {}).items():
        for one, text in (given if isinstance(given, dict) else {None: given}).items():
            settings.cells[name, one] = "C2"
            if text is not None:
                settings.values[name, one] = [Dated(0, policy.parameters[name].number(str(text)), "公司")]
    ids = list(map(str, people))
    roster = {name: value_of([one.get(name) for one in people.values()], kind)
              for name, kind in (columns or {}).items()}
    where = np.array([ids.index(str(one["工号"])) for one in records], np.int64)
    table = Rows({name: value_of([one.get(name) for one in records], kind)
                  for name, kind in {"record_day": "date", **(rows or {})}.items()},
                 where, RowPeriods.of_months(np.array([Month.parse(one["月份"]).index if "月份" in one else MONTH.index
                                                       for one in records], np.int64)))
    given = months or {}
    whole = Rows({name: value_of([cell for one in given.values() for cell in one.get(name, [None] * len(ids))], kind)
                  for name, kind in (monthly or {}).items()},
                 np.tile(np.arange(len(ids)), len(given)),
                 RowPeriods.of_months(np.repeat(np.array([Month.parse(one).index for one in given], np.int64),
                                                len(ids))))
    table_of = dict.fromkeys(roster, "roster") | dict.fromkeys(table.columns, "记录")
    grain_of = dict.fromkeys(table_of, "") | dict.fromkeys(whole.columns, "month")
    table_of |= dict.fromkeys(whole.columns, "月表")
    facts = Facts(ids, [f"员工{one}" for one in ids], roster, {"记录": table, "月表": whole}, table_of, grain_of,
                  dict(changes or {}))
    return Run(settings, facts)


def results(run: Run, name: str) -> list[Any]:
    """The values of a quantity by person: numbers as fractions, None where there is none."""
    run.compute([(name, PERIOD)])
    return [run.results[name, PERIOD].at(i) for i in range(run.facts.size)]


def lacks(run: Run, name: str) -> list[Lack]:
    """What is missing for a quantity of everybody."""
    run.compute([(name, PERIOD)])
    view = run.view(PERIOD)
    view.need(name, np.ones(run.facts.size, bool))
    return run.lacks()


def explained(run: Run, name: str, person: int) -> str:
    run.compute([(name, PERIOD)])
    return run.policy.quantities[name].explain(run.view(PERIOD), person)


__all__ = ["BROKEN", "DAY", "MONTH", "PERIOD", "explained", "lacks", "results", "small_policy", "small_run"]
