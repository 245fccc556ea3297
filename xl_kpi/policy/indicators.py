"""Indicators (指标): what is measured, how that becomes points, who rates it.  Each is made into the columns,
quantities and row checks that it stands for, before a policy is compiled: nothing else knows of indicators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xl_kpi.rules.decision import ByReading, Decision
from xl_kpi.rules.kinds.bands import BandsRule
from xl_kpi.rules.kinds.events import EventsRule
from xl_kpi.rules.kinds.rated import RatedRule
from xl_kpi.rules.kinds.rowwise import ExprRule
from xl_kpi.rules.periods import Grain

PART = {"floor": "floor({})", "ceil": "ceil({})", "exact": "{}"}
HINT = 200                      # characters of 怎么填: Excel shows 255 beside a cell
WAYS = ("lines", "target", "levels", "times", "share")
UNBOUND = ""                    # in a reading's cases: no bound


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


class Bounds(Strict):
    """Between what the points stay: an expression, None for no bound, or either by a reading.  ``most``: "full" is the
    full points."""

    least: str | ByReading | None = "0"
    most: str | ByReading | None = "full"


class Steps(Bounds):
    """Points for each ``step`` above (``up``) or below (``down``) the target ``at``, negative ones are lost; ``part``:
    what a part of a step counts; ``base``: the points at the target ('': the full points)."""

    at: str = Field(min_length=1)
    base: str = ""
    step: str = "1"
    up: str = "0"
    down: str = "0"
    part: Decision = "floor"

    @model_validator(mode="after")
    def _part_is_known(self) -> Steps:
        for word in [self.part] if isinstance(self.part, str) else self.part.cases.values():
            if word not in PART:
                raise ValueError(f"不足一步没有「{word}」这种办法，有 {'、'.join(PART)}")
        return self


class Times(Bounds):
    """Points for each row of a table of events that ``where`` admits: lost (扣完为止), or where it ``adds``, won up to
    the full points.  ``by_row``: the points are said by each row."""

    table: str = Field(min_length=1)
    where: str = "True"
    points: str = Field(min_length=1)
    adds: bool = False
    by_row: bool = False

    @model_validator(mode="after")
    def _one_bound(self) -> Times:
        """What is lost ends at nothing, what is won at the full points; the other end is never reached."""
        other = "least" if self.adds else "most"
        if other not in self.model_fields_set:
            setattr(self, other, None)
        return self


class Raters(Strict):
    """Who rates, and how it becomes one score: ``weights``, a parameter with the raters as keys (parts of 100), or
    ``together``, a shared rule that takes their scores in this order.

    They have a column each on ``table``; or what each gives is a row (``rows``: how rows become a score; ``rater`` is
    the column that says who rates, ``most`` the full points as an expression over the rows): of one indicator (``item``
    is the column that says which, ``key`` what it is called there), or of all, with a column each.
    """

    names: list[str] = Field(min_length=1)
    table: str = Field(min_length=1)
    weights: str = ""
    together: str = ""
    rows: RatedRule | None = None
    item: str = ""
    rater: str = ""
    key: str = ""
    most: str = ""

    @model_validator(mode="after")
    def _one(self) -> Raters:
        if bool(self.weights) == bool(self.together):
            raise ValueError("要么写 weights，要么写 together")
        if self.rows is not None and not (self.rater and self.most and bool(self.item) == bool(self.key)):
            raise ValueError("写了 rows 要写 rater、most；item 和 key 一起写")
        return self


class Indicator(Strict):
    """One indicator.  Its points are the quantity of its name.

    ``full``: the full points.  ``measure`` makes a column on ``table``, ``ratio`` two columns of it whose quotient in
    percent is taken, ``of`` is an expression instead.  The points: ``lines`` (bands, with ``gap`` and ``doubled``),
    ``target`` (steps), ``levels`` (label → points: a column with these labels), ``times`` (per occurrence), ``share``
    (the full points times what is measured, in percent); with none of them the column holds the points themselves.
    ``veto``: where it holds there are no points.  ``raters``: their points; with a measure too, ``by`` decides which
    count: "measured" or "raters".
    """

    title: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    full: str = Field(min_length=1)
    fill: str = Field(default="", max_length=HINT)     # what raters go by: the hint of columns without one
    unit: str = "分"
    period: Grain = "month"
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
    share: Bounds | None = None
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
        if (self.lines or self.target or self.share) and not (self.measure or self.ratio or self.of):
            raise ValueError("lines、target 和 share 要有 measure、ratio 或 of")
        if self.ratio and not (self.lines or self.target or self.share):
            raise ValueError("ratio 要写 lines、target 或 share")
        if (self.measure or self.ratio or self.levels) and not self.table:
            raise ValueError("有列的指标要写 table")
        if sources and self.raters is not None and (isinstance(self.by, str) or not self.by.cases):
            raise ValueError("又量又评的指标，by 要写读法，各个取值是 measured 或 raters")
        return self


@dataclass
class Together:
    """How the scores of an indicator's raters become one: ``by`` a parameter of weights or a shared rule; ``gives`` the
    value or weighing of a function for cells, whose columns are ``supplies`` (of a weighing: the parameter's keys)."""

    raters: list[str]
    by: str
    gives: dict[str, Any]
    supplies: list[str]


class Made(BaseModel):
    """What an indicator is made into."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    columns: list[tuple[str, dict[str, object]]] = []           # (table, column)
    checks: list[tuple[str, dict[str, object]]] = []            # (table, row check)
    quantities: dict[str, object] = {}
    arguments: list[dict[str, Any]] = []     # what is measured, as arguments of a function for cells
    rated: Together | None = None


def bracketed(text: str) -> str:
    """An expression as a part of another."""
    return text if re.fullmatch(r"[\w.]+(\[[^\]]*\])?", text) else f"({text})"


def made(name: str, one: Indicator) -> Made:
    """The columns, row checks and quantities that an indicator stands for."""
    return _Making(name, one).made()


class _Making:
    """Spells out one indicator."""

    def __init__(self, name: str, one: Indicator):
        self.name, self.one, self.found = name, one, Made()
        self.unless = f"0 if {one.veto} else " if one.veto else ""
        self.vetoed = False                                     # what is measured knows of the veto already
        self.about: dict[str, Any] = {"unit": one.unit, "clause": one.clause, "period": one.period}

    def made(self) -> Made:
        name, one, found = self.name, self.one, self.found
        measured = self._measured()
        rated = self._rated(one.raters, not measured and not one.veto) if one.raters is not None else ""
        unless = "" if self.vetoed else self.unless
        if measured and rated:
            assert isinstance(one.by, ByReading)
            ways = {"measured": f"{unless}{measured}", "raters": f"{self.unless}{rated}"}
            cases = {value: ways.get(word, word) for value, word in one.by.cases.items()}
            found.quantities[name] = ExprRule(title=one.title, **self.about, reading=one.by.reading, cases=cases)
        elif name not in found.quantities:
            found.quantities[name] = ExprRule(title=one.title, **self.about, expr=f"{unless}{rated or measured}")
        found.arguments = self.measured()
        return found

    def _column(self, table: str, name: str, one: Measure) -> str:
        column = {key: value for key, value in one.model_dump().items() if value not in ("", None)}
        if self.one.fill:
            column.setdefault("fill", self.one.fill)
        self.found.columns.append((table, {"name": name} | column))
        return one.name or name

    def _check(self, table: str, when: str, columns: list[str], text: str) -> None:
        self.found.checks.append((table, {"when": when, "columns": columns, "text": text, "do": "核对得分",
                                          "clause": self.one.clause}))

    def _limit(self, table: str, column: str) -> None:
        """Points that are typed are not above the full points."""
        self._check(table, f"present({column}) and {column} > {self.one.full}", [column], "超过满分")

    def _decided(self, decisions: dict[str, str | ByReading], text: Callable[[dict[str, str]], str],
                 more: str = "") -> str:
        """The text of some decisions, or the name of a quantity that has one for each value of their reading: the whole
        of it, so that its explanation tells all."""
        by = next((one.reading for one in decisions.values() if isinstance(one, ByReading)), "")
        if not by:
            return text({word: str(one) for word, one in decisions.items()})
        own = {word: one for word, one in decisions.items() if isinstance(one, ByReading) and one.reading == by}
        values = list(dict.fromkeys(value for one in own.values() for value in one.cases))
        name = self.name if self.one.raters is None and not more else f"{self.name}_算{more}"
        title = self.one.title if name == self.name else f"{self.one.title}（按读法）"
        self.found.quantities[name] = ExprRule(title=title, **self.about, reading=by, cases={
            value: self._decided(decisions | {word: one.cases.get(value, value) for word, one in own.items()}, text,
                                 f"{more}_{value}") for value in values})
        return name

    def _bounded(self, bounds: Bounds, points: Callable[[str], str], part: Decision = "") -> str:
        """Points between their bounds; ``points``: by how a part of a step counts."""
        def text(said: dict[str, str]) -> str:
            found = points(said["part"])
            if said["least"] != UNBOUND:
                found = f"max({found}, {said['least']})"
            if said["most"] != UNBOUND:
                found = f"min({found}, {self.one.full if said['most'] == 'full' else said['most']})"
            return self.unless + found

        self.vetoed = True
        return self._decided({"part": part, "least": UNBOUND if bounds.least is None else bounds.least,
                              "most": UNBOUND if bounds.most is None else bounds.most}, text)

    # -- what is measured -------------------------------------------------------------------------------------------

    def _measured(self) -> str:
        """The expression of the points from what is measured; '' without any."""
        one, of = self.one, self._of()
        if one.lines:
            return self._banded(one, of)
        if one.target is not None:
            return self._steps(one.target, of)
        if one.share is not None:
            return self._bounded(one.share, lambda _: f"{one.full} * {bracketed(of)} / 100")
        if one.levels:
            column = f"{self.name}_级"
            self.found.columns.append((one.table, {"name": column, "heading": one.title, "type": "choice",
                                                   "choices": list(one.levels), "fill": one.fill}))
            *others, (_, last) = one.levels.items()
            return "".join(f"{points} if {column} == '{label}' else " for label, points in others) + last
        if one.times is not None:
            return self._times(one.times)
        if one.measure is not None:
            self._limit(one.table, of)
        return of

    def _of(self) -> str:
        """What is measured."""
        name, one = self.name, self.one
        if one.measure is not None:
            return self._column(one.table, f"{name}_量", one.measure)
        if not one.ratio:
            return one.of
        part, whole = (self._column(one.table, f"{name}_{word}", column)
                       for word, column in zip(("部分", "全部"), one.ratio, strict=True))
        self.found.quantities[f"{name}_率"] = ExprRule(
            title=f"{one.ratio[0].heading}占{one.ratio[1].heading}", expr=f"{part} / {whole} * 100",
            **self.about | {"unit": "%"})
        return f"{name}_率"

    def _banded(self, one: Indicator, of: str) -> str:
        alone = one.raters is None and not one.veto
        bands = self.name if alone else f"{self.name}_档"
        title = one.title if alone else f"{one.title}（按档）"
        self.found.quantities[bands] = BandsRule(kind="bands", title=title, of=of, lines=one.lines, gap=one.gap,
                                                 doubled=one.doubled, **self.about)
        return bands

    def _steps(self, steps: Steps, of: str) -> str:
        def points(part: str) -> str:
            found = steps.base or self.one.full
            for worth, high, low in ((steps.up, of, steps.at), (steps.down, steps.at, of)):
                away = f"max({high} - {bracketed(low)}, 0)"
                away += f" / {bracketed(steps.step)}" if steps.step != "1" else ""
                sign, each = ("-", worth[1:]) if worth.startswith("-") else ("+", worth)
                if each != "0":
                    found += f" {sign} {PART[part].format(away)}" + (f" * {bracketed(each)}" if each != "1" else "")
            return found

        return self._bounded(steps, points, steps.part)

    def _times(self, rule: Times) -> str:
        name, title = f"{self.name}_次", self.one.title
        about: dict[str, Any] = {"kind": "events", "table": rule.table, "where": rule.where} | self.about
        if rule.by_row:
            self.found.quantities[name] = EventsRule(title=f"{title}（{'加' if rule.adds else '扣'}分合计）", how="sum",
                                                     of=rule.points, **about)
            points = name
        else:
            self.found.quantities[name] = EventsRule(title=f"{title}（次数）", how="count", **about | {"unit": "次"})
            points = f"{name} * {bracketed(rule.points)}"
        return self._bounded(rule, lambda _: points if rule.adds else f"{self.one.full} - {points}")

    # -- what is measured, given in a cell ---------------------------------------------------------------------------

    def measured(self) -> list[dict[str, Any]]:
        """What is measured as arguments of a function for cells; none where raters alone give the points, or where an
        expression gives them already."""
        name, one = self.name, self.one
        if one.levels:
            return [{"title": one.title, "type": "choice", "supplies": [f"{name}_级"]}]
        if one.times is not None:
            counted: dict[str, Any] = {"title": f"{one.title}的次数", "type": "count", "supplies": [f"{name}_次"]}
            return [] if one.times.by_row else [counted]
        columns = zip(("部分", "全部"), one.ratio, strict=True) if one.ratio else [("量", one.measure)]
        return [{"title": column.heading, "type": column.type, "supplies": [column.name or f"{name}_{word}"],
                 "min": column.min, "max": column.max, "unit": column.unit} for word, column in columns if column]

    # -- who rates --------------------------------------------------------------------------------------------------

    def _rated(self, raters: Raters, alone: bool) -> str:
        """The expression of the points that the raters give.  ``alone``: they are the indicator's, as they are."""
        return self._in_columns(raters) if raters.rows is None else self._in_rows(raters, raters.rows, alone)

    def _in_columns(self, raters: Raters) -> str:
        columns = []
        for rater in raters.names:
            column = self._column(raters.table, f"{self.name}_{rater}",
                                  Measure(heading=f"{self.one.title}{rater}", type="score"))
            self.found.columns[-1][1]["rater"] = rater
            self._limit(raters.table, column)
            columns.append(column)
        if raters.together:
            text = f"{raters.together}({', '.join(columns)})"
        else:
            parts = " + ".join(f"{column} * {raters.weights}['{rater}']"
                               for column, rater in zip(columns, raters.names, strict=True))
            text = f"({parts}) / 100"
        self.found.rated = Together(raters.names, raters.together or raters.weights, {"value": text}, columns)
        return text

    def _in_rows(self, raters: Raters, rule: RatedRule, alone: bool) -> str:
        mine = f"{raters.item} == '{raters.key}'" if raters.item else ""
        over = [mine, f"present({rule.of})", f"{rule.of} > {raters.most}"]
        self._check(raters.table, " and ".join(filter(None, over)), [rule.of], "超过满分")
        fields: dict[str, Any] = {field: getattr(rule, field) for field in rule.model_fields_set} | self.about
        if raters.weights:
            title = self.one.title
            name = self.name if alone else f"{self.name}_评"
            self.found.quantities[name] = RatedRule(
                **fields | {"title": title if alone else f"{title}（评分）"} | ({"where": mine} if mine else {}))
            self.found.rated = Together([], raters.weights, {"weighing": {
                "weights": raters.weights, "few": rule.few, "whole": rule.whole}}, [])
            return name
        parts = []
        for rater in raters.names:
            parts.append(f"{self.name}_{rater}")
            self.found.quantities[parts[-1]] = RatedRule(
                **fields | {"title": f"{self.one.title}{rater}",
                            "where": " and ".join(filter(None, [mine, f"{raters.rater} == '{rater}'"]))})
        text = f"{raters.together}({', '.join(parts)})"
        self.found.rated = Together(raters.names, raters.together, {"value": text}, parts)
        return text
