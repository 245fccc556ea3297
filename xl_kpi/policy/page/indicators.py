"""指标: what is measured, how that becomes points, who rates it, as ``xl_kpi.policy.indicators`` has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

from lark import Token

from xl_kpi.policy.indicators import bracketed
from xl_kpi.policy.page import tree
from xl_kpi.policy.page.calls import BY_READING, Calls, band_text
from xl_kpi.policy.page.context import Context, PageTable
from xl_kpi.policy.page.expressions import Named, PageScope, walk, write
from xl_kpi.policy.page.sheets import not_a_type
from xl_kpi.policy.page.source import PageError
from xl_kpi.policy.page.words import EACH_KEY, PERIODS, TYPES, WHOLE, meant
from xl_kpi.policy.words import near_to
from xl_kpi.rules.calls import CallArgument

BESIDE = {"不核算": "refuse", "归下": "lower", "归上": "upper"}
BY = {"量": "measured", "评": "raters"}
PART = {"舍去": "floor", "进一": "ceil", "按比例": "exact"}
UNBOUND = "不限"
ITEM, RATER, SCORE = "指标", "评分人", "得分"           # the columns of a table in which each score is a row


# -- before anything is known -----------------------------------------------------------------------------------------

def spelled(x: Context) -> None:
    """One statement for each indicator: those of a parameter's keys that have none of their own are written out, and
    each gets the lines that it shares with others."""
    found: list[tree.Statement] = []
    own = {str(s.name) for s in x.statements if isinstance(s, tree.IndicatorStatement) and not s.each_key}
    for s in x.statements:
        try:
            found += _each_key(x, s, own) if isinstance(s, tree.IndicatorStatement) and s.each_key else [s]
        except PageError as error:
            x.tell(error)
            x.give_up(s)
    x.statements = found
    known = {str(s.name): s for s in found if isinstance(s, tree.IndicatorStatement)}
    shared = [s for s in found if isinstance(s, tree.SharedLinesStatement)]
    for s in sorted(shared, key=lambda one: not one.of):                    # those that name theirs come first
        for token in s.of:
            if str(token) not in known:
                x.tell(s.block.unknown(f"没有叫 {token} 的指标{near_to(str(token), known)}", token))
        if s.lines.measures:
            x.tell(s.block.error("“量”写在各个指标下面，这里写它们共用的", s.lines.measures[0].name))
        for name, one in known.items():
            if not s.of or name in map(str, s.of):
                one.lines = _with(one.lines, s.lines, typed=bool(one.grain))


def _each_key(x: Context, s: tree.IndicatorStatement, own: set[str]) -> list[tree.Statement]:
    keys, listed = _keys(x, s.name)
    if listed or not keys:
        raise s.block.error(f"{s.name} 不是写明了键的参数：指标 参数 各项 分 = …，一个键一个指标", s.name)
    found: list[tree.Statement] = []
    for key in (key for key in keys if key not in own):
        one = copy(s)
        one.name, one.each_key = Token("NAME", key, start_pos=s.name.start_pos), False
        found.append(one)
    return found


def _keys(x: Context, token: Any) -> tuple[list[str], bool]:
    """(the keys of a parameter as they are written, whether the company lists them)."""
    for s in x.statements:
        if isinstance(s, tree.ParameterStatement) and str(s.name) == str(token):
            return ([str(key).strip('"“”') for keys, _ in s.stated for key in keys],
                    any(str(flag).strip() == "公司列" for flag in s.flags))
    return [], False


def _with(own: tree.Lines, more: tree.Lines, typed: bool) -> tree.Lines:
    """An indicator's lines with those that it shares: its own come first.  What is shared is taken where there is
    something that it is about: bands where there is something measured, raters where nothing is (nor ``typed``) or 取
    decides."""
    found = replace(own, decisions=more.decisions | own.decisions, of=own.of or (None if own.measured else more.of),
                    veto=own.veto or more.veto)
    if not own.scored:
        if found.measures or found.of is not None:
            found = replace(found, bands=more.bands, target=more.target, part=more.part, share=more.share)
        elif not (own.rated_on or typed):
            found = replace(found, levels=more.levels, times=more.times)
    if not own.rated_on and (not (found.measured or typed) or "取" in found.decisions):
        found = replace(found, raters=more.raters, rated_on=more.rated_on, together=more.together)
    return found


# -- columns and names ------------------------------------------------------------------------------------------------

def columns(x: Context, s: tree.IndicatorStatement) -> None:
    """The columns of what is measured are columns of the sheet as others are; so are those of a table in which each
    score is a row."""
    block, lines = s.block, s.lines
    if len(lines.measures) > 2:
        raise block.error("最多两行“量”：两行的取前一列占后一列的百分比", lines.measures[2].name)
    if lines.measures:
        table = _table(x, s)
        for column in lines.measures:
            kind, name = str(column.type), _said(s, column.name)
            unit = {"score": "分", "percent": "%", "money": "元"}.get(TYPES.get(kind, ""), kind)
            if name in table.names:
                raise block.error(f"{name} 已经有了", column.name)
            table.names[name] = Named("column", _said(s, column.id) or name, unit=unit, table=str(_word(s.grain)),
                                      clause=block.clause(column.name))
    if lines.rated_on and (table := _rated_on(x, s)).by_row:
        _row_columns(x, s, table)


def _row_columns(x: Context, s: tree.IndicatorStatement, table: PageTable) -> None:
    """评分人, and 指标 and 得分 where the indicator has no column of its own, as far as the table lacks them."""
    raters, listed = _raters(x, s)
    wanted: list[tuple[str, dict[str, Any], list[str]]] = [
        (RATER, {"choices": raters} if raters and not listed else {}, raters)]
    if not _own_column(s, table):
        title = s.title or str(s.name)
        wanted += [(ITEM, {"choices": [title]}, [title]), (SCORE, {}, [])]
    for name, one, labels in wanted:
        made = table.names.get(name)
        if made is None:
            kind = "score" if name == SCORE else "choice" if one else "text"
            raw: dict[str, Any] = {"name": name, "heading": name, "type": kind, "required": True, **one}
            place = len(table.raw["columns"]) - 1                          # 说明 comes last
            table.raw["columns"].insert(place, raw)
            table.names[name] = Named(
                "column", name, unit="分" if name == SCORE else "", choices=one.get("choices", []), text=True,
                table=str(_word(s.lines.rated_on)), clause=s.block.clause())
            table.raters.add(name)
            x.labels |= set(labels)
        elif name in table.raters:
            made.choices += [one for one in labels if one not in made.choices and made.choices]
            x.labels |= set(made.choices)


def _own_column(s: tree.IndicatorStatement, table: PageTable) -> str:
    """The column of a table that is called as an indicator: a row holds what somebody gives for all of them."""
    return next((name for name in (s.title, str(s.name)) if name and name in table.names), "")


def declare(x: Context, s: tree.IndicatorStatement) -> None:
    """Make the points known by their name."""
    engine = s.id or str(s.name)
    x.once(s, s.name, x.people, Named("quantity", engine, s.unit or "分", clause=s.block.clause()))
    x.raw.setdefault("indicators", {})[engine] = {}
    x.where[f"indicators.{engine}"] = x.where[f"quantities.{engine}"] = s.block.place(4)


def _said(s: tree.IndicatorStatement, text: Any) -> str:
    """A text in which 每项 is the indicator."""
    return str(text).replace(EACH_KEY, s.title or str(s.name))


def _word(grain: list[tree.Expression]) -> Any:
    return grain[0].token if len(grain) and isinstance(grain[0], tree.Name) else ""


def _table(x: Context, s: tree.IndicatorStatement) -> PageTable:
    if len(s.grain) != 1 or not _word(s.grain):
        raise s.block.error("写明量的列在哪张表：指标 名称（表） 分 = 满分", s.name)
    return x.table_named(s.block, _word(s.grain))


def _rated_on(x: Context, s: tree.IndicatorStatement) -> PageTable:
    token = _word(s.lines.rated_on)
    if not token or (len(s.lines.rated_on) > 1 and not x.table_named(s.block, token).by_row):
        raise s.block.error("写法是：评分人（表） 自评、上级 → 权重；一行一个评分的表后面还可以写 至少=3，不够=不计",
                            token or s.name)
    return x.table_named(s.block, token)


def _raters(x: Context, s: tree.IndicatorStatement) -> tuple[list[str], bool]:
    """(who rates, whether the company says who)."""
    if s.lines.raters:
        return [str(name) for name in s.lines.raters], False
    keys, listed = _keys(x, s.lines.together)
    if not keys and not listed:
        raise s.block.unknown(f"{s.lines.together} 不是有键的参数，要写明有哪些评分人", s.lines.together)
    return keys, listed


# -- what it comes to -------------------------------------------------------------------------------------------------

class _Indicator:
    """Writes one indicator as the policy has it."""

    def __init__(self, x: Context, s: tree.IndicatorStatement):
        self.x, self.s, self.block, self.lines = x, s, s.block, s.lines
        self.title = s.title or str(s.name)
        self.scope = replace(x.scope(s.block), each=self.title)
        self.calls = Calls(self.scope, self._rows, lambda token: x.table_named(s.block, token).rows,
                           lambda token: x.roster_column(s.block, token),
                           lambda token: x.reading_named(s.block, token))

    def _rows(self, token: Any) -> PageScope:
        return replace(self.x.row_scope(self.block, token), each=self.title)

    def text(self, node: tree.Expression) -> str:
        return write(node, self.scope)

    def content(self) -> dict[str, Any]:
        s = self.s
        one: dict[str, Any] = {"title": self.title, "clause": self.block.clause(), "full": self.text(s.full)}
        if s.fill:
            one["fill"] = _said(s, s.fill)
        if s.unit:
            one["unit"] = s.unit
        with self.scope.pieces() as pieces:
            for piece in self._pieces():
                with pieces.one():
                    one |= piece()
        return one

    def _pieces(self) -> Iterator[Callable[[], dict[str, Any]]]:
        """What it comes to, line by line."""
        s, lines = self.s, self.lines
        yield self._period
        if lines.measures:
            yield self._measures
        elif s.grain and not lines.measured and not lines.rated_on:         # the points are typed
            yield lambda: {"table": _table(self.x, s).engine, "measure": {"heading": self.title, "type": "score"}}
        if (of := lines.of) is not None:
            yield lambda: {"of": self.text(of)}
        if lines.bands:
            yield lambda: {"lines": {band_text(band, self.scope): self.text(band.gives) for band in lines.bands}}
        for word, field, words in (("空档", "gap", BESIDE), ("重叠", "doubled", BESIDE), ("取", "by", BY)):
            if word in lines.decisions:
                yield partial(self._decision, field, words, lines.decisions[word])
        if lines.target:
            yield lambda: {"target": self._target()}
        if (share := lines.share) is not None:
            yield lambda: {"share": self._share(share)}
        if lines.levels:
            yield lambda: {"levels": {str(level): self.text(points) for level, points in lines.levels},
                           "table": _table(self.x, s).engine}
        if lines.times:
            yield lambda: {"times": self._times()}
        if (veto := lines.veto) is not None:
            yield lambda: {"veto": self.text(veto)}
        if lines.rated_on:
            yield lambda: {"raters": self._rated()}

    def _decision(self, field: str, words: dict[str, str], node: tree.Expression) -> dict[str, Any]:
        return {field: self.calls.decision(CallArgument(field, "decision", words=words), node)}

    def _measures(self) -> dict[str, Any]:
        measures = [self._measure(column) for column in self.lines.measures]
        return {"table": _table(self.x, self.s).engine} | (
            {"measure": measures[0]} if len(measures) == 1 else {"ratio": measures})

    def _share(self, given: dict[str, tree.Expression]) -> dict[str, Any]:
        self._known(given, "最低", "最高")
        return self._bounds(given)

    def _period(self) -> dict[str, Any]:
        period = self._grain()
        return {} if period == "month" else {"period": period}

    def _grain(self) -> str:
        """Of what periods it is: as it says, else as its table is."""
        if self.s.scope is not None:
            if str(self.s.scope) not in PERIODS:
                raise self.block.error(f"“指标”的前面只写 {'、'.join(PERIODS)}", self.s.scope)
            return PERIODS[str(self.s.scope)]
        tables = [self.x.tables.get(str(_word(grain))) for grain in (self.s.grain, self.lines.rated_on)]
        grains = [table.key or table.grain for table in tables if table]
        return next((grain for grain in grains if grain in PERIODS.values()), "month")

    def _measure(self, column: tree.ColumnLine) -> dict[str, Any]:
        kind, name = str(column.type), _said(self.s, column.name)
        one: dict[str, Any] = {"name": _said(self.s, column.id) or name, "heading": _said(self.s, column.title) or name}
        if kind not in TYPES and kind not in WHOLE and (like := meant(kind)):
            raise not_a_type(self.block, kind, like, column.type)
        one |= {"type": TYPES[kind]} if kind in TYPES else {"type": "number", "unit": kind}
        for word in column.words:
            key, sign, value = str(word).partition("=")
            if key not in ("最大", "最小") or not sign or not value.isdecimal():
                raise self.block.error(f"量的后面不认识「{word}」；可以写 最大=100、最小=1", word)
            one["max" if key == "最大" else "min"] = int(value)
        if column.fill:
            one["fill"] = _said(self.s, column.fill)
        return one

    def _known(self, given: dict[str, tree.Expression], *known: str) -> None:
        for word, node in given.items():
            if word not in known:
                raise self.block.error(f"这里没有“{word}”，可以写 {'、'.join(known)}", tree.place_of(node))

    def _target(self) -> dict[str, Any]:
        given = self.lines.target
        self._known(given, "目标", "得", "每", "加", "扣", "高扣", "低加", "最低", "最高")
        found = {"at": self.text(given["目标"])} | {
            field: sign + self._part(given[word]) for word, field, sign in (
                ("得", "base", ""), ("每", "step", ""), ("加", "up", ""), ("扣", "down", "-"), ("高扣", "up", "-"),
                ("低加", "down", "")) if word in given}
        part: Any = self.lines.decisions.get("不足")
        if part is not None:
            found["part"] = self.calls.decision(CallArgument("part", "decision", words=PART), part)
        if self.lines.part is not None:
            if str(self.lines.part) not in PART:
                raise self.block.error(f"不足一步的写 {'、'.join(PART)} 之一", self.lines.part)
            found["part"] = PART[str(self.lines.part)]
        return found | self._bounds(given)

    def _part(self, node: tree.Expression) -> str:
        return bracketed(self.text(node))

    def _bounds(self, given: dict[str, tree.Expression]) -> dict[str, Any]:
        """最低, 最高: an expression, 不限, or either by a reading."""
        return {field: self._bound(given[word]) for word, field in (("最低", "least"), ("最高", "most"))
                if word in given}

    def _bound(self, node: tree.Expression) -> Any:
        def one(part: tree.Expression, none: Any) -> Any:
            return none if isinstance(part, tree.Name) and str(part.token) == UNBOUND else self.text(part)

        if not (isinstance(node, tree.Call) and str(node.token) == BY_READING):
            return one(node, None)
        reading, cases = self.calls.by_reading(node, "式子或 不限", lambda part: one(part, ""))
        return {"reading": reading, "cases": cases}

    def _times(self) -> dict[str, Any]:
        given = dict(self.lines.times)
        call = given.pop("每次")
        self._known(given, "加", "扣", "最低", "最高")
        word = next((word for word in ("扣", "加") if word in given), "")
        if not word or not isinstance(call, tree.Call) or str(call.token) != "次数":
            raise self.block.error("写法是：每次 扣 5：次数(表，条件)", self.s.name)
        fields = self.calls.read(call)
        rows = self._rows(call.parts[0].token)                                              # type: ignore[union-attr]
        by_row = any(isinstance(one, tree.Name) and str(one.token) in self.x.tables[rows.where].names
                     for one in walk(given[word]))
        found = {"table": fields["table"], "points": write(given[word], rows if by_row else self.scope)}
        found |= {"where": fields["where"]} if "where" in fields else {}
        found |= {field: True for field, so in (("adds", word == "加"), ("by_row", by_row)) if so}
        return found | self._bounds(given)

    # -- raters

    def _rated(self) -> dict[str, Any]:
        table, (names, _) = _rated_on(self.x, self.s), _raters(self.x, self.s)
        found: dict[str, Any] = {"names": names or ["评分人"], "table": table.engine}
        together = str(self.lines.together)
        known, parameter = self.x.people.get(together), self.x.parameters.get(together)
        if parameter is not None:
            found["weights"] = parameter.engine
        elif known is not None and known.kind == "part":
            found["together"] = known.engine
        else:
            raise self.block.error(f"{together} 不是评分人权重的参数，也不是共用规则", self.lines.together)
        return found | (self._by_row(table) if table.by_row else {})

    def _by_row(self, table: PageTable) -> dict[str, Any]:
        """How the rows of the table become the indicator's score: as 评分(表，得分，…，按=(评分人 × 权重)) says."""
        at, together = _word(self.lines.rated_on), self.lines.together
        assert together is not None

        def name(text: Any) -> tree.Name:
            return tree.Name(Token("NAME", str(text), start_pos=at.start_pos))

        own = _own_column(self.s, table)
        parts = [name(at), name(own or SCORE), *self.lines.rated_on[1:]]
        if str(together) in self.x.parameters:
            by = tree.Arithmetic("*", name(RATER), tree.Name(together))
            parts.append(tree.Compared([name("按"), by], [Token("COMPARE", "=", start_pos=at.start_pos)]))
        rows = self._rows(at)
        found = {"rows": self.calls.read(tree.Call(Token("NAME", "评分", start_pos=at.start_pos), parts)),
                 "rater": table.names[RATER].engine, "most": write(self.s.full, rows)}
        return found if own else found | {"item": table.names[ITEM].engine, "key": self.title}


def indicator(x: Context, s: tree.IndicatorStatement) -> None:
    x.raw["indicators"][s.id or str(s.name)] = _Indicator(x, s).content()
