"""Scores by item and rater (多人评分): the rows of a table made into one score, from the inside out, with weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from xl_kpi.money import LIMIT, Exact, largest
from xl_kpi.rules.base import Here, Making, Quantity, Rule, Words, lacking, table_of_rows
from xl_kpi.rules.calls import Call, CallArgument
from xl_kpi.rules.decision import Decision, choice_of, decided, reading_of
from xl_kpi.rules.expression import BOOL, NUMBER, TEXT, Node, TypeOf, number_text
from xl_kpi.rules.expression.loop import with_key
from xl_kpi.rules.kinds.sums import numerators
from xl_kpi.rules.periods import WINDOWS, months_of, window_words
from xl_kpi.rules.values import BLANK, OK, REFUSED, Value

How = Literal["mean", "sum", "min", "max"]
HOW = {"mean": "平均", "sum": "合计", "min": "最低", "max": "最高"}
MOST_TOLD = 12
ROWS = ("of", "where", "column")        # what is read over the rows
EACH = "每项"               # in the expression of a weight: the choice
SOME, FEW, LOST = 0, 1, 2           # of a cell: it has its score; too few rows; a row that cannot be used


class Level(BaseModel):
    """A column by which rows are told apart (指标, 评分人), and how the scores of its choices become one.

    ``weights``: a parameter whose keys are the choices that must be there, but for those that weigh 0; without it the
    choices count alike and ``how`` says what is taken.  ``weight``: what each choice counts instead, an expression in
    which 每项 is the choice.
    ``given``: choice → the score that stands elsewhere.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    column: str = Field(min_length=1)
    weights: str = ""
    weight: str = ""
    how: How = "mean"
    given: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agree(self) -> Level:
        if self.weights and self.how != "mean":
            raise ValueError("有 weights 的一层按权重合成，不写 how")
        if (self.given or self.weight) and not self.weights:
            raise ValueError("写了 given 或 weight 的一层要写 weights")
        return self


@dataclass
class _Cells:
    """Scores of the people (rows) at the choices of some levels (columns): exact numerators over one denominator each,
    and the state of each."""

    score: Exact
    state: np.ndarray


class RatedRule(Rule):
    """The score of a person from the rows of a table.

    The rows that agree in all columns of ``by`` are one cell: ``how`` makes one score of them, and there must be at
    least ``least`` (0: without any there is no score).  Then the last column of ``by`` is taken together, then the one
    before it, and so on.  ``few``: of a cell with too few rows, "refuse" or "omit", which leaves it out and shares its
    weight among the others.
    ``months``: of which months the rows are, seen from the period ('': of the period itself).
    ``whole``: "percent", the weights are parts of 100; "weights", parts of their sum.
    ``even``: within a choice of the column before, each choice of the last one must have the same number of rows.
    """

    kind: Literal["rated"]
    expressions: ClassVar[dict[str, str]] = {"of": "row", "where": "row", "least": "person"}
    table: str
    of: str = Field(min_length=1)
    where: str = "True"
    how: How = "mean"
    by: list[Level] = Field(default_factory=list)
    whole: Literal["percent", "weights"] = "percent"
    least: str = "1"
    few: Decision = "refuse"
    months: Decision = ""
    even: bool = False

    @model_validator(mode="after")
    def _levels(self) -> RatedRule:
        if any(level.given for level in self.by[1:]):
            raise ValueError("given 只能写在 by 的第一层")
        if self.even and not self.by:
            raise ValueError("写了 even 要写 by")
        return self

    @property
    def of_table(self) -> str:
        return self.table


class Rated(Quantity[RatedRule]):
    written = RatedRule
    types: ClassVar[dict[str, str]] = {"of": NUMBER, "where": BOOL, "least": NUMBER, "given": NUMBER, "weight": NUMBER,
                                         "column": TEXT}
    weighing: dict[tuple[int, str], Node]
    local = False
    reads_rows = True
    needs_period = True
    calls = (
        Call("评分", (
            CallArgument("table", "table"), CallArgument("of", "rows"), CallArgument("where", "rows", needed=False),
            CallArgument("how", "word", named="取", needed=False, words={word: how for how, word in HOW.items()}),
            CallArgument("least", "people", named="至少", needed=False),
            CallArgument("few", "decision", named="不够", needed=False, words={"不核算": "refuse", "不计": "omit"}),
            CallArgument("even", "yes", named="份数相同", needed=False),
            CallArgument("whole", "word", named="权重", needed=False, words={"按百分": "percent", "按比例": "weights"}),
            CallArgument("months", "decision", named="范围", needed=False, words={
                "本季": "quarter", "本半年": "half", "本年": "year", "上季": "previous_quarter",
                "上个半年": "previous_half", "上年": "previous_year", "上期": "previous",
                "本季至今": "quarter_to_date", "本年至今": "year_to_date"}),
            CallArgument("by", "levels", named="按", needed=False),
            CallArgument("by.weight", "each", named="每项权重", needed=False),
            CallArgument("by", "given", needed=False))),)

    def rated_by(self, table: str) -> list[Any]:
        return self.rule.by if self.rule.table == table else []

    @classmethod
    def check(cls, rule: RatedRule, making: Making) -> None:
        table = table_of_rows(rule, making)
        columns = {c.name: c for c in table.columns if c.type in ("choice", "text") and not c.ignored}
        for k, level in enumerate(rule.by):
            where = f"by[第 {k + 1} 项]"
            column = columns.get(level.column)
            if column is None:
                raise making.fail(where, f"{level.column} 不是 {rule.table} 里选项或文字的列，"
                                         f"有 {'、'.join(columns)}")
            if not level.weights:
                if column.type == "text":
                    raise making.fail(where, f"{level.column} 没有 choices，要写 weights：评全了没有，看参数的键")
                continue
            keys = [str(key) for key in making.parameter_keys(where, level.weights, listed=True)]
            for key in level.given:
                if keys and key not in keys:
                    raise making.fail(where, f"{level.weights} 没有键 {key}，有 {'、'.join(keys)}")
            for key in keys:
                if column.choices and key not in column.choices and key not in level.given:
                    raise making.fail(where, f"{level.column} 没有「{key}」这个选项，不会有它的评分；"
                                             "在 given 里写从哪里来")
            for label in column.choices:
                if keys and label not in keys:
                    raise making.fail(where, f"参数 {level.weights} 没有「{label}」的权重")

    @classmethod
    def made(cls, name: str, rule: RatedRule, making: Making) -> Rated:
        made = super().made(name, rule, making)
        made.weighing = {}
        made.nodes["few"] = choice_of("few", rule.few, ("refuse", "omit"), making)
        made.nodes["months"] = choice_of("months", rule.months, ("", *WINDOWS), making)
        for k, level in enumerate(rule.by):
            made.nodes[f"column.{k}"] = making.expression(f"by.column.{k}", level.column, rows=rule.table)
            if level.weight:
                made.nodes[f"weight.{k}"] = making.expression(f"by.weight.{k}", level.weight, key=EACH)
        for key, text in (rule.by[0].given if rule.by else {}).items():
            made.nodes[f"given.{key}"] = making.expression(f"by.given.{key}", text)
        return made

    def type_of(self, of: TypeOf) -> str:
        return NUMBER

    def here(self) -> list[Node]:
        return [node for field, node in self.nodes.items() if field.partition(".")[0] not in ROWS]

    # -- the cells --------------------------------------------------------------------------------------------------

    def _keys(self, env: Here, level: Level) -> list[str]:
        """The choices of a level, in order."""
        if level.weights:
            return [str(key) for key in env.keys(level.weights)]
        return list(env.rows(self.rule.table).value(level.column).choices or ())

    def _mine(self, env: Here, rows: Any) -> tuple[np.ndarray, np.ndarray]:
        """(the person of each row, whether it is of the months that count)."""
        window = decided(self.nodes["months"], env)
        found: tuple[np.ndarray, np.ndarray] = rows.within(months_of(env.period, window)) if window else (
            rows.people(env.period))
        return found

    def _rows(self, env: Here, keys: list[list[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Value]:
        """(rows that count, the cell of each; rows of the period that cannot be used, the person of each row;
        what is scored)."""
        rows = env.rows(self.rule.table)
        people, mine = self._mine(env, rows)
        where = self.nodes["where"].evaluate(rows)
        of = self.nodes["of"].evaluate(rows)
        hit = mine & where.true(rows.size)
        bad = mine & (where.states(rows.size) == REFUSED)
        cell = people.copy()
        for level, labels in zip(self.rule.by, keys, strict=True):
            column = rows.value(level.column)
            code = {label: k for k, label in enumerate(labels)}
            table = np.array([code.get(label, -1) for label in column.choices or ()] or [-1])
            codes = table[np.broadcast_to(column.data, (rows.size,)).astype(np.int64)] if rows.size else np.zeros(
                0, np.int64)
            bad |= hit & (column.states(rows.size) == REFUSED)
            hit = hit & (column.states(rows.size) == OK) & (codes >= 0)
            cell = cell * len(labels) + np.maximum(codes, 0)
        bad |= hit & (of.states(rows.size) == REFUSED)
        hit = hit & (of.states(rows.size) == OK)
        return np.flatnonzero(hit), cell, bad, people, of

    def _cells(self, env: Here, keys: list[list[str]]) -> tuple[_Cells, np.ndarray]:
        """(the innermost cells, how many rows each has)."""
        size = env.size * int(np.prod([len(labels) for labels in keys], dtype=np.int64)) if keys else env.size
        index, cell, bad, people, of = self._rows(env, keys)
        at = cell[index]
        count = np.bincount(at, minlength=size)
        num, den = numerators(of, index)
        exact = largest(num) * max(len(index), 1) < LIMIT
        total = np.zeros(size, np.int64 if exact else object)
        if self.rule.how in ("mean", "sum"):
            np.add.at(total, at, num.astype(total.dtype))
        else:
            best = np.full(size, largest(num) + 1 if self.rule.how == "min" else -largest(num) - 1)
            (np.minimum if self.rule.how == "min" else np.maximum).at(best, at, num)
            total = np.where(count > 0, best, 0)
        score = Exact(total, den)
        if self.rule.how == "mean":
            score = _per(score, np.maximum(count, 1))
        least = self.nodes["least"].evaluate(env)
        wanted = np.repeat(_at_least(least, env.size), size // max(env.size, 1))
        state = np.where(count >= wanted, np.uint8(SOME), np.uint8(FEW))
        if bad.any():
            lost = np.zeros(env.size, bool)
            lost[people[bad]] = True
            state[np.repeat(lost, size // max(env.size, 1))] = LOST
        return _Cells(score, state), count

    def _given(self, env: Here, keys: list[str], cells: _Cells) -> _Cells:
        """The outermost cells with the scores that stand elsewhere."""
        shape = (env.size, len(keys))
        state = cells.state.reshape(shape).copy()
        score = cells.score
        for key in self.rule.by[0].given:
            value = self.nodes[f"given.{key}"].evaluate(env)
            at = np.zeros(shape, bool)
            at[:, keys.index(key)] = True
            spread = Value("number", _spread(value.data, env.size, len(keys)))
            score = Exact.choose(at.ravel(), spread.data, score)
            states = value.states(env.size)
            state[:, keys.index(key)] = np.where(states == OK, SOME, np.where(states == BLANK, FEW, LOST))
        return _Cells(score, state.ravel())

    def _weight(self, env: Here, depth: int, label: str) -> Value:
        """What a choice of a level counts."""
        level = self.rule.by[depth]
        node = self.nodes.get(f"weight.{depth}")
        if node is None:
            return env.parameter(level.weights, _label(label, env.keys(level.weights)))
        return self._for(depth, node, label).evaluate(env)

    def _for(self, depth: int, node: Node, label: str) -> Node:
        if (depth, label) not in self.weighing:         # the same node each time
            self.weighing[depth, label] = with_key(node, EACH, label)
        return self.weighing[depth, label]

    def _idle(self, env: Here, depth: int, labels: list[str]) -> np.ndarray:
        """Where a choice of a level counts nothing (people × choices): no score of it is wanted."""
        found = np.zeros((env.size, len(labels)), bool)
        for k, label in enumerate(labels if self.rule.by[depth].weights else ()):
            weight = self._weight(env, depth, label)
            found[:, k] = (weight.states(env.size) == OK) & (weight.data.compare(Exact(0), "=="))
        return found

    def _together(self, env: Here, depth: int, labels: list[str], cells: _Cells) -> _Cells:
        """The choices of a level as one score each."""
        level = self.rule.by[depth]
        wide = len(labels)
        state = cells.state.reshape(-1, wide)
        some = state == SOME
        size = len(state)
        columns = [_column(cells.score, k, wide) for k in range(wide)]
        zero = Exact(np.zeros(size, np.int64), 1, 0)
        wanted = ~np.repeat(self._idle(env, depth, labels), size // max(env.size, 1), axis=0)
        lost = ((state == LOST) & wanted).any(axis=1)
        # what counts nothing is no score to spread the weights over
        few = ~some.any(axis=1) | (wanted.any(axis=1) & ~(some & wanted).any(axis=1))
        refuse = decided(self.nodes["few"], env) == "refuse"
        if level.weights:
            weights = [self._weight(env, depth, label) for label in labels]
            for k, one in enumerate(weights):
                lost = lost | (some[:, k] & np.repeat(one.states(env.size) != OK, size // max(env.size, 1)))
            score, nought = self._weighed(env, [one.data for one in weights], columns, some, refuse or some.all())
            lost = lost | (nought & ~few)
        else:
            count = some.sum(axis=1)
            score = zero
            for k in range(wide):
                value = Exact.choose(some[:, k], columns[k], zero)
                if level.how in ("mean", "sum"):
                    score = score.plus(value)
                else:
                    seen = some[:, :k].any(axis=1)
                    better = score.smaller(columns[k]) if level.how == "min" else score.larger(columns[k])
                    score = Exact.choose(some[:, k], Exact.choose(seen, better, columns[k]), score)
            if level.how == "mean":
                score = _per(score, np.maximum(count, 1))
        missing = ((state == FEW) & wanted).any(axis=1) if refuse and level.weights else few
        found = np.where(lost, np.uint8(LOST), np.where(missing, np.uint8(FEW), np.uint8(SOME)))
        return _Cells(score, found)

    def _weighed(self, env: Here, weights: list[Exact], columns: list[Exact], some: np.ndarray, whole: Any
                 ) -> tuple[Exact, np.ndarray]:
        """(the scores by weight, where all weights are 0).  ``whole``: a cell that lacks a choice has no score."""
        size = len(some)
        zero = Exact(np.zeros(size, np.int64), 1, 0)
        alike = all(isinstance(one.num, int) and isinstance(one.den, int) for one in weights)
        total, weight, most = zero, Exact(0), Exact(0)
        for k, one in enumerate(weights):
            data = one if alike else _spread(one, env.size, size // max(env.size, 1))
            there = some[:, k]
            total = total.plus((columns[k] if there.all() else Exact.choose(there, columns[k], zero)).times(data))
            weight = weight.plus(data if alike and whole else Exact.choose(there, data, zero))
            most = most.plus(data)
        nought = np.broadcast_to(np.asarray(weight.num == 0), (size,))
        if nought.any():
            weight = Exact.choose(nought, Exact(np.ones(size, np.int64)), weight)
        if self.rule.whole == "percent" and alike and whole:
            return total.over(Exact(100)), nought
        score = total.over(weight)
        return (score.times(most).over(Exact(100)) if self.rule.whole == "percent" else score), nought

    def _uneven(self, count: np.ndarray, wide: int) -> np.ndarray:
        """The outer cells in which the choices of the last level have different numbers of rows."""
        counts = count.reshape(-1, wide)
        return counts.min(axis=1) != counts.max(axis=1)

    # -- the rule ---------------------------------------------------------------------------------------------------

    def evaluate(self, env: Here) -> Value:
        keys = [self._keys(env, level) for level in self.rule.by]
        if any(not labels for labels in keys):
            return Value("number", Exact(np.zeros(env.size, np.int64)), np.full(env.size, REFUSED, np.uint8))
        cells, count = self._cells(env, keys)
        if self.rule.even:
            uneven = np.repeat(self._uneven(count, len(keys[-1])), len(keys[-1]))
            cells.state = np.where(uneven, np.uint8(LOST), cells.state)
        for depth in range(len(self.rule.by) - 1, -1, -1):
            if depth == 0 and self.rule.by[0].given:
                cells = self._given(env, keys[0], cells)
            cells = self._together(env, depth, keys[depth], cells)
        least = self.nodes["least"].evaluate(env)
        omit = decided(self.nodes["few"], env) == "omit"
        few = np.where(_none_wanted(least, env.size) | omit, np.uint8(BLANK), np.uint8(REFUSED))
        state = np.where(cells.state == LOST, np.uint8(REFUSED), np.where(cells.state == FEW, few, np.uint8(OK)))
        state = np.where(least.states(env.size) == OK, state, np.uint8(REFUSED))
        return Value("number", cells.score, state if state.any() else None)

    def demand(self, env: Here, used: np.ndarray) -> None:
        size = env.size
        least = self.nodes["least"].evaluate(env)
        self.nodes["least"].demand(env, lacking(least, used, size))
        used = used & (least.states(size) == OK)
        rows = env.rows(self.rule.table)
        people, mine = self._mine(env, rows)
        wanted = mine & used[people] if rows.size else mine
        where = self.nodes["where"].evaluate(rows)
        self.nodes["where"].demand(rows, wanted & (where.states(rows.size) == REFUSED))
        hit = wanted & where.true(rows.size)
        for level in self.rule.by:
            rows.need(level.column, hit & (rows.value(level.column).states(rows.size) == REFUSED))
        of = self.nodes["of"].evaluate(rows)
        self.nodes["of"].demand(rows, hit & (of.states(rows.size) == REFUSED))
        for key in self.rule.by[0].given if self.rule.by else {}:
            node = self.nodes[f"given.{key}"]
            idle = self._idle(env, 0, [key])[:, 0]
            node.demand(env, used & ~idle & (node.evaluate(env).states(size) == REFUSED))
        for depth, level in enumerate(self.rule.by):
            weight = self.nodes.get(f"weight.{depth}")
            for label in self._keys(env, level) if level.weights else ():
                if weight is None:
                    env.need_parameter(level.weights, _label(label, env.keys(level.weights)), used)
                else:
                    self._for(depth, weight, label).demand(env, used)
        keys = [self._keys(env, level) for level in self.rule.by]
        if any(not labels for labels in keys):
            level = self.rule.by[[not labels for labels in keys].index(True)]
            what = env.title(level.weights) if level.weights else env.title(self.rule.table)
            env.refuse("", used, text=f"「{what}」一项也没有", do=f"先填「{what}」")
            return
        cells, count = self._cells(env, keys)
        for person in np.flatnonzero(used).tolist():
            self._tell(env, person, keys, cells, count)

    def _tell(self, env: Here, person: int, keys: list[list[str]], cells: _Cells, count: np.ndarray) -> None:
        """What a person's rows lack."""
        wide = int(np.prod([len(labels) for labels in keys], dtype=np.int64)) if keys else 1
        states = cells.state.reshape(-1, wide)[person]
        counts = count.reshape(-1, wide)[person]
        names = self._names(keys)
        sheet, mask = env.title(self.rule.table), np.arange(env.size) == person
        given = tuple(self.rule.by[0].given) if self.rule.by else ()
        idle = np.zeros((env.size, 1), bool)
        for depth, labels in enumerate(keys):
            idle = (idle[:, :, None] | self._idle(env, depth, labels)[:, None, :]).reshape(env.size, -1)
        lacking_some = np.flatnonzero((states == FEW) & ~idle[person]).tolist()
        few = [k for k in lacking_some if not names[k].startswith(given or ("\0",))]
        least = env.evaluated(self.nodes["least"]).at(person)
        few = few if least else []                      # none is wanted
        refuse = decided(self.nodes["few"], env) == "refuse"
        elsewhere = any(self.nodes[f"given.{key}"].evaluate(env).states(env.size)[person] == REFUSED for key in given)
        counted = ((states == SOME) & ~idle[person]).any()
        if few and not refuse and not elsewhere and not counted:        # nothing to spread the weights over
            text = "没有评分" if least == 1 else f"没有一类评分够 {number_text(least)} 份"
            env.refuse("", mask, text=f"{sheet}里{text}", do=f"在{sheet}里补上评分", at=self.rule.table)
        if few and refuse:
            told = "、".join(f"{names[k] or '评分'} {counts[k]} 份" for k in few[:MOST_TOLD])
            more = f" 等 {len(few)} 项" if len(few) > MOST_TOLD else ""
            env.refuse("", mask, text=f"{sheet}里评分不够：{told}{more}，每项至少要 {number_text(least)} 份",
                       do=f"在{sheet}里补上评分{self._instead(env)}", at=self.rule.table)
        if self.rule.even and not few:
            inner = len(keys[-1])
            for outer in np.flatnonzero(self._uneven(counts, inner)).tolist():
                some = range(outer * inner, (outer + 1) * inner)
                told = "、".join(f"{names[k]} {counts[k]} 份" for k in some)
                env.refuse("", mask, text=f"{sheet}里各项的份数不一样：{told}",
                           do=f"核对{sheet}：每个评分人每一项都要评一份", at=self.rule.table)

    def _instead(self, env: Here) -> str:
        reading = reading_of(self.nodes["few"])
        return f"；由公司决定怎么办的，在参数里选读法「{env.reading_title(reading)}」" if reading else ""

    def _names(self, keys: list[list[str]]) -> list[str]:
        """The cells of a person in words: 自评 客单价."""
        names = [""]
        for labels in keys:
            names = [f"{name} {label}".strip() for name in names for label in labels]
        return names

    def explain(self, env: Here, i: int) -> str:
        """The scores of the outermost level with their weights; of one without levels how many rows there are."""
        keys = [self._keys(env, level) for level in self.rule.by]
        if any(not labels for labels in keys):
            return f"{env.title(self.rule.table)}没有评分"
        cells, count = self._cells(env, keys)
        if not self.rule.by:
            return f"{env.title(self.rule.table)} {int(count[i])} 份的{HOW[self.rule.how]}"
        for depth in range(len(self.rule.by) - 1, 0, -1):
            cells = self._together(env, depth, keys[depth], cells)
        if self.rule.by[0].given:
            cells = self._given(env, keys[0], cells)
        level, labels = self.rule.by[0], keys[0]
        wide = len(labels)
        counts = count.reshape(-1, wide, max(len(count) // max(env.size * wide, 1), 1))[i].sum(axis=1)
        parts = []
        for k, label in enumerate(labels):
            if cells.state.reshape(-1, wide)[i, k] != SOME:
                parts.append(f"{label} 没有评分，不计")
                continue
            said = f"{label} {env.text('', _column(cells.score, k, wide).at(i))}"
            if label not in level.given and counts[k] > 1:
                said += f"（{int(counts[k])} 份）"
            if level.weights:
                weight = self._weight(env, 0, label).at(i)
                said += f" × {env.text(level.weights, weight)}"
            parts.append(said)
        return " ＋ ".join(parts) if level.weights else f"{'，'.join(parts)} 的{HOW[level.how]}"

    def words(self, words: Words) -> list[str]:
        rule = self.rule
        rows = "" if rule.where == "True" else f"（{words.expression(rule.where)}）"
        few = {"refuse": "不核算", "omit": "不计，权重分给其余"}
        less = few[rule.few] if isinstance(rule.few, str) else f"按读法「{words.reading(rule.few.reading)}」"
        least = "" if rule.least == "1" else f"，至少 {words.expression(rule.least)} 份"
        of = words.expression(rule.of).removeprefix(f"{words.sheet(rule.table)}的")
        if rule.months:
            rows += f"，{window_words(rule.months)}" if isinstance(rule.months, str) else (
                f"，范围按读法「{words.reading(rule.months.reading)}」")
        lines = [f"{words.sheet(rule.table)}{rows}的{of}，每格取{HOW[rule.how]}{least}，不够的{less}"]
        for level in rule.by:
            by = words.expression(level.weight) if level.weight else words.title(level.weights)
            weights = f"按 {by} 合成" if level.weights else f"取{HOW[level.how]}"
            given = "，".join(f"{key} ← {words.expression(text)}" for key, text in level.given.items())
            lines.append(f"{words.title(level.column)}：{weights}" + (f"（{given}）" if given else ""))
        return lines


def _per(total: Exact, count: np.ndarray) -> Exact:
    """Means: over one denominator where that is small, so that sums of them stay small too."""
    common = math.lcm(*(int(n) for n in np.unique(count)))
    if common > 10**6:
        return total.over(Exact(count))
    return total.times(Exact(common // count, common, common))


def _label(label: str, keys: list[Any]) -> Value:
    """A key of a parameter as a value: whole-number keys are numbers."""
    key = next((one for one in keys if str(one) == label), label)
    return Value("choice", 0, None, (key,)) if isinstance(key, str) else Value("number", Exact(key))


def _column(score: Exact, k: int, wide: int) -> Exact:
    """The scores at one choice of a level."""
    num = score.num.reshape(-1, wide)[:, k]
    den = score.den.reshape(-1, wide)[:, k] if isinstance(score.den, np.ndarray) else score.den
    return Exact(num, den, score.bound, score.den_bound)


def _spread(data: Exact, size: int, wide: int) -> Exact:
    """A value of each person at every choice."""
    num = np.repeat(data.num, wide) if isinstance(data.num, np.ndarray) else np.full(size * wide, data.num)
    den = np.repeat(data.den, wide) if isinstance(data.den, np.ndarray) else data.den
    return Exact(num, den, data.bound, data.den_bound)


def _none_wanted(least: Value, size: int) -> np.ndarray:
    """Of whom no row is wanted: without any there is no score."""
    found: np.ndarray = (least.states(size) == OK) & (least.data.compare(Exact(0), "=="))
    return found


def _at_least(least: Value, size: int) -> np.ndarray:
    """How many rows are wanted of each person: at least one."""
    whole = least.data.ceiled(0).scaled(0)
    return np.maximum(np.broadcast_to(np.asarray(whole), (size,)), 1)


KINDS = (Rated,)
