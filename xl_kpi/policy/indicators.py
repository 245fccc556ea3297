"""Indicators (指标): what is measured, how that becomes points, who rates it.  Each is made into the columns,
quantities and row checks that it stands for, before a policy is compiled: nothing else knows of indicators.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xl_kpi.rules.kinds.bands import BandsRule
from xl_kpi.rules.kinds.decision import ByReading, Decision
from xl_kpi.rules.kinds.events import EventsRule
from xl_kpi.rules.kinds.rowwise import ExprRule

PART = {"floor": "floor({})", "ceil": "ceil({})", "exact": "{}"}
WAYS = ("lines", "target", "levels", "times")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


class Measure(Strict):
    """The column that an indicator is measured in."""

    name: str = ""              # of the column: after the indicator's where it has none
    heading: str = Field(min_length=1)
    type: Literal["score", "percent", "count", "money", "hours", "days", "minutes", "number"]
    unit: str = ""
    min: int = 0
    max: int | None = None
    fill: str = ""


class Steps(Strict):
    """Points for each ``step`` above (``up``) or below (``down``) the target ``at``, negative ones are lost; ``part``:
    what a part of a step counts; the points stay between ``least`` and ``most`` ('': the full points)."""

    at: str = Field(min_length=1)
    step: str = "1"
    up: str = "0"
    down: str = "0"
    part: Literal["floor", "ceil", "exact"] = "floor"
    least: str = "0"
    most: str = ""


class Times(Strict):
    """Points for each row of a table of events that ``where`` admits: lost (扣完为止), or where it ``adds``, won up to
    the full points."""

    table: str = Field(min_length=1)
    where: str = "True"
    points: str = Field(min_length=1)
    adds: bool = False


class Raters(Strict):
    """Who rates, on which sheet (a column each), and how it becomes one score: ``weights``, a parameter with the raters
    as keys (parts of 100), or ``together``, a shared rule that takes their scores in this order."""

    names: list[str] = Field(min_length=1)
    table: str = Field(min_length=1)
    weights: str = ""
    together: str = ""

    @model_validator(mode="after")
    def _one(self) -> Raters:
        if bool(self.weights) == bool(self.together):
            raise ValueError("要么写 weights，要么写 together")
        return self


class Indicator(Strict):
    """One indicator.  Its points are the quantity of its name.

    ``full``: the full points.  ``measure`` makes a column on ``table`` (of a month or quarter), ``ratio`` two columns
    of it whose quotient in percent is taken, ``of`` is an expression instead.  The points: ``lines`` (bands, with
    ``gap`` and ``doubled``), ``target`` (steps), ``levels`` (label → points: a column with these labels), ``times``
    (per occurrence); with none of them the column holds the points themselves.  ``veto``: where it holds there are no
    points.  ``raters``: their points; with a measure too, ``by`` decides which count: "measured" or "raters".
    """

    title: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    full: str = Field(min_length=1)
    unit: str = "分"
    period: Literal["month", "quarter"] = "month"
    table: str = ""
    measure: Measure | None = None
    ratio: list[Measure] = []
    of: str = ""
    lines: dict[str, str] = {}
    gap: Decision = "refuse"
    doubled: Decision = "refuse"
    target: Steps | None = None
    levels: dict[str, str] = {}
    times: Times | None = None
    veto: str = ""
    raters: Raters | None = None
    by: Decision = "measured"

    @model_validator(mode="after")
    def _agree(self) -> Indicator:
        ways = [way for way in WAYS if getattr(self, way)]
        sources = [name for name in ("measure", "ratio", "of", "levels", "times") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"得分的算法只写一种：{'、'.join(ways)} 里留一种")
        if len(sources) > 1 or (not sources and self.raters is None):
            raise ValueError("量什么只写一种：measure、ratio、of、levels 或 times；都没有的要写 raters")
        if self.ratio and len(self.ratio) != 2:
            raise ValueError("ratio 要正好两列：部分、全部")
        if (self.lines or self.target) and not (self.measure or self.ratio or self.of):
            raise ValueError("lines 和 target 要有 measure、ratio 或 of")
        if self.ratio and not (self.lines or self.target):
            raise ValueError("ratio 要写 lines 或 target")
        if (self.measure or self.ratio or self.levels) and not self.table:
            raise ValueError("有列的指标要写 table")
        if sources and self.raters is not None and isinstance(self.by, str):
            raise ValueError("又量又评的指标，by 要写读法，各个取值是 measured 或 raters")
        return self


class Made(BaseModel):
    """What an indicator is made into."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    columns: list[tuple[str, dict[str, object]]] = []           # (table, column)
    checks: list[tuple[str, dict[str, object]]] = []            # (table, row check)
    quantities: dict[str, object] = {}


def made(name: str, one: Indicator) -> Made:
    """The columns, row checks and quantities that an indicator stands for."""
    found = Made()
    measured = _measured(name, one, found)
    if measured and one.veto:
        measured = f"0 if {one.veto} else {measured}"
    rated = _rated(name, one, found) if one.raters is not None else ""
    about: dict[str, Any] = {"title": one.title, "unit": one.unit, "clause": one.clause, "period": one.period}
    if measured and rated:
        assert isinstance(one.by, ByReading)
        ways = {"measured": measured, "raters": rated}
        cases = {value: ways.get(word, word) for value, word in one.by.cases.items()}
        found.quantities[name] = ExprRule(**about, reading=one.by.reading, cases=cases)
    elif rated or not isinstance(found.quantities.get(name), BandsRule):
        found.quantities[name] = ExprRule(**about, expr=rated or measured)
    return found


def _column(found: Made, table: str, name: str, one: Measure) -> str:
    column = {key: value for key, value in one.model_dump().items() if value not in ("", None)}
    found.columns.append((table, {"name": name} | column))
    return one.name or name


def _limit(found: Made, table: str, name: str, one: Indicator) -> None:
    """Points that are typed are not above the full points."""
    found.checks.append((table, {"when": f"present({name}) and {name} > {one.full}", "columns": [name],
                                 "text": "超过满分", "do": "核对得分", "clause": one.clause}))


def _measured(name: str, one: Indicator, found: Made) -> str:
    """The expression of the points from what is measured; '' without any."""
    about: dict[str, Any] = {"unit": one.unit, "clause": one.clause, "period": one.period}
    of = one.of
    if one.measure is not None:
        of = _column(found, one.table, f"{name}_量", one.measure)
    elif one.ratio:
        part, whole = (_column(found, one.table, f"{name}_{word}", column)
                       for word, column in zip(("部分", "全部"), one.ratio, strict=True))
        of = f"{name}_率"
        found.quantities[of] = ExprRule(title=f"{one.ratio[0].heading}占{one.ratio[1].heading}", unit="%",
                                        clause=one.clause, period=one.period, expr=f"{part} / {whole} * 100")
    if one.lines:
        alone = one.raters is None and not one.veto
        bands = name if alone else f"{name}_档"
        title = one.title if alone else f"{one.title}（按档）"
        found.quantities[bands] = BandsRule(kind="bands", title=title, of=of, lines=one.lines, gap=one.gap,
                                            doubled=one.doubled, **about)
        return bands
    if one.target is not None:
        return _steps(one, one.target, of)
    if one.levels:
        column = f"{name}_级"
        found.columns.append((one.table, {"name": column, "heading": one.title, "type": "choice",
                                          "choices": list(one.levels)}))
        *others, (_, last) = one.levels.items()
        return "".join(f"{points} if {column} == '{label}' else " for label, points in others) + last
    if one.times is not None:
        times = f"{name}_次"
        found.quantities[times] = EventsRule(
            kind="events", title=f"{one.title}（次数）", unit="次", clause=one.clause, period=one.period,
            table=one.times.table, where=one.times.where, how="count")
        points = f"{times} * ({one.times.points})"
        return f"min({points}, {one.full})" if one.times.adds else f"max({one.full} - {points}, 0)"
    if one.measure is not None:
        _limit(found, one.table, of, one)
    return of


def _steps(one: Indicator, steps: Steps, of: str) -> str:
    def whole(away: str) -> str:
        return PART[steps.part].format(f"max({away}, 0) / ({steps.step})")

    up, down = whole(f"{of} - ({steps.at})"), whole(f"{steps.at} - ({of})")
    points = f"{one.full} + {up} * ({steps.up}) + {down} * ({steps.down})"
    return f"min(max({points}, {steps.least}), {steps.most or one.full})"


def _rated(name: str, one: Indicator, found: Made) -> str:
    """The expression of the points that the raters give."""
    raters = one.raters
    assert raters is not None
    columns = []
    for rater in raters.names:
        column = _column(found, raters.table, f"{name}_{rater}", Measure(heading=f"{one.title}{rater}", type="score"))
        _limit(found, raters.table, column, one)
        columns.append(column)
    if raters.together:
        return f"{raters.together}({', '.join(columns)})"
    parts = " + ".join(f"{column} * {raters.weights}['{rater}']"
                       for column, rater in zip(columns, raters.names, strict=True))
    return f"({parts}) / 100"
