"""What a call computes with: the range over 参数 read like the sheet, at a month or at none."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xl_kpi.engine import Lack, ParameterLack
from xl_kpi.functions import Refused, fingerprint
from xl_kpi.functions.arguments import cell_of, cleaned, error_of
from xl_kpi.hand.days import NAMES, read_period, read_span
from xl_kpi.hand.texts import is_blank, squeezed
from xl_kpi.parameters import SHEET, Parameters, Place, policy_of, read_parameters
from xl_kpi.period import GRAINS, SIZES, AnyPeriod, Month, Span
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import DEFAULT_POLICY, ids, load
from xl_kpi.policy.model import Key
from xl_kpi.policy.names import AT
from xl_kpi.policy.settings import Settings
from xl_kpi.policy.words import cited, near_to
from xl_kpi.problems import Refusal, cases
from xl_kpi.rules.periods import Period
from xl_kpi.workbook.book import Book, Mark, Sheet

Rows = list[list[Any]]
OWN = ("文件夹“制度”里自己写的制度，单元格函数用不了：点“生成工资表”“其他结果”，"
       "或者用命令 xl-kpi payroll、xl-kpi result 计算")
KEPT = 16               # ranges, and contexts of a range, that are kept


@dataclass
class Context:
    """Policy and settings of a call.  ``several``: the places whose values differ by date while no month is given."""

    policy: Policy
    parameters: Parameters
    settings: Settings
    month: AnyPeriod | None
    several: set[Place] = field(default_factory=set)

    def period(self, grain: str) -> Period:
        """The period of a function: () when no month is given."""
        when, policy = self.month, self.policy
        if when is None:
            return ()
        if grain != "span" and (when.grain == "span" or SIZES[when.grain] > SIZES[grain]):
            raise Refused(f"「月份」是 {when}：这个函数{AT[grain]}，要写一个{NAMES[grain]}，"
                          f"如 {when.months[0].within(grain)}")
        found: AnyPeriod = Span.of(when.months[0], when.months[-1]) if grain == "span" else when.within(grain)
        if policy.first_month and found.months[-1] < (first := Month.parse(policy.first_month)):
            raise Refused(f"{when} 早于《{policy.title}》施行的 {first}，不能按它计算")
        return found.key

    def lacks(self, lacks: Iterable[Lack]) -> list[str]:
        """What is said about the parameters among what is missing, each once with its keys."""
        keys: dict[tuple[str, int], list[Any]] = {}
        for lack in lacks:
            if isinstance(lack, ParameterLack):
                keys.setdefault((lack.name, lack.month), []).append(lack.key)
        return [self.lack(name, sorted(found, key=str), month) for (name, month), found in keys.items()]

    def lack(self, name: str, keys: list[Key | None], month: int) -> str:
        """What is said about a parameter that has no value, at some of its keys."""
        parameter = self.policy.parameters[name]
        key = keys[0]
        listed = "、".join(str(one) for one in keys if one is not None)
        which = f"{parameter.title}{f'（{listed}）' if listed else ''}"
        about = cited(parameter.clause)
        bad = self.parameters.bad.get((name, key))
        if bad:
            return f"{bad[0].text}；{bad[0].do}"
        if (name, key) in self.several:
            return f"{which}有几个生效日期的值，要写月份才知道用哪个（{about}）"
        when = f"在 {Month(month)} " if month and self.settings.values.get((name, key)) else ""
        fill = f"；{parameter.fill}" if parameter.fill else ""
        return f"缺参数：{which}{when}没有值（{about}）；在「{SHEET}」填上，函数的 params 指向它{fill}"


def sheet_of(name: str, rows: Rows) -> Sheet:
    """A range as a sheet."""
    lines: list[list[Any]] = []
    marks: dict[tuple[int, int], Mark] = {}
    for number, row in enumerate(rows):
        line, found = cleaned(list(row))
        lines.append(line)
        marks |= {(number, column): mark for column, mark in found.items()}
    return Sheet(name, False, lines, marks)


def policy_of_cell(cell: Any) -> Policy:
    """The policy that an argument names by its 编号.  Raises Refused."""
    text = squeezed(str(cell_of("制度", cell) or ""))
    if text not in ids():
        raise Refused(f"没有制度「{text}」{near_to(text, ids()) or '；编号如 xl-kpi policies 所列'}")
    return load(text)


_parameters: dict[bytes, Parameters] = {}
_contexts: dict[tuple[bytes, Any], Context] = {}


def context_of(params: Rows | None, month: Any, policy: Policy | None = None) -> Context:
    """The context of a call, by its range over 参数 (None: what the policy states) and its month (a cell).
    ``policy``: the one that the call names."""
    key = fingerprint((params, policy and policy.id))
    place = (key, (month.__class__, month))
    found = _contexts.get(place)
    if found is None:
        parameters = _parameters.get(key)
        if parameters is None:
            parameters = _read(params, policy)
            _keep(_parameters, key, parameters)
        found = _at(parameters, _month(month))
        _keep(_contexts, place, found)
    return found


def _keep(cache: dict[Any, Any], key: Any, value: Any) -> None:
    """The oldest makes room."""
    if len(cache) >= KEPT:
        del cache[next(iter(cache))]
    cache[key] = value


def _month(cell: Any) -> AnyPeriod | None:
    if is_blank(cell):
        return None
    if error := error_of(cell):
        raise Refused(f"「月份」是错误值 {error}；改正公式，或者直接填上月份")
    try:
        return read_period(cell, GRAINS)
    except ValueError as error:
        with suppress(ValueError):
            return read_span(cell)
        raise Refused(str(error).rstrip("。")) from None


def _read(params: Rows | None, named: Policy | None) -> Parameters:
    if params is None:
        return Parameters(Settings.stated(named or load(DEFAULT_POLICY)))
    book = Book(Path(), [sheet_of(SHEET, params)])
    try:
        policy = policy_of(book, OWN, named)
        if named is not None and policy is not named:
            raise Refused(f"params 是《{policy.title}》（{policy.id}）的参数，要的是《{named.title}》（{named.id}）")
        found = read_parameters(book, policy)
    except Refusal as refusal:
        raise Refused("。".join(f"{p.text}；{p.do}" for p in refusal.problems)) from None
    errors = cases([p for p in found.problems if p.level == "error"])
    if errors:
        raise Refused(f"params：{'。'.join(f'{case.text}；{case.do}' for case in errors)}")
    return found


def _at(parameters: Parameters, month: AnyPeriod | None) -> Context:
    settings, several = parameters.settings, set()
    if month is None:                           # the only value counts, whatever its date
        values = {}
        for place, dated in settings.values.items():
            if len(dated) > 1:
                several.add(place)
            else:
                values[place] = [replace(one, month=0) for one in dated]
        settings = Settings(settings.policy, settings.readings, values)
    return Context(settings.policy, parameters, settings, month, several)
