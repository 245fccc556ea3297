"""Expansion: a parsed page with its packs and its parent becomes today's policy, defaults and all.

What it gives is the content of a policy as ``xl_kpi.policy.model`` reads it; ``where`` says which line made each part.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lark import Token

from xl_kpi.policy.page import Wrong, tree
from xl_kpi.policy.page.calls import KINDS, YES_NO, Calls
from xl_kpi.policy.page.expressions import Named, Scope, write
from xl_kpi.policy.page.source import Block, Page, PageError, Place
from xl_kpi.policy.page.words import (
    ARGUMENTS,
    CONSTANTS,
    EACH_KEY,
    FUNCTIONS,
    GRAINS,
    HOW,
    KEYS,
    LEVELS,
    OUTPUT_TYPES,
    PERIODS,
    ROLES,
    SOURCES,
    TYPES,
    VALUES,
    WHOLE,
    WINDOWS,
)
from xl_kpi.policy.words import near_to

MOST_KEYS = 500             # of a parameter
LARGEST = 20_000            # parts of one expression, shared rules written out
COUNTED = {"count", "hours", "days", "minutes", "score", "money", "percent"}
PAY = "工资表"


@dataclass
class _Table:
    """A sheet while its statements are put together."""

    engine: str
    grain: str
    raw: dict[str, Any]
    statements: list[tree.TableStatement] = field(default_factory=list)
    rows: str = ""                  # the engine's table that its data columns belong to: another where it melts
    names: dict[str, Named] = field(default_factory=dict)


class Expansion:
    """One page, whose statements are known.  ``sources``: its packs and parent, in the order in which they count."""

    def __init__(self, page: Page, policy_id: str, statements: list[tree.Statement], notices: list[Page]):
        self.page, self.statements = page, statements
        self.raw: dict[str, Any] = {"id": policy_id, "title": page.title}
        for key, field_ in (("文号", "document"), ("起算", "first_month")):
            if key in page.front:
                self.raw[field_] = page.front[key][0]
        self.raw |= {"notices": [{"text": t, "clause": c} for p in notices for t, c in p.notices],
                     "source_defect": [{"text": t, "clause": c} for p in notices for t, c in p.defects],
                     "parameters": {}, "readings": {}, "tables": {}, "parts": {}, "quantities": {}, "refusals": {},
                     "checks": [], "functions": {}, "plausible": {}, "payroll": None}
        self.where: dict[str, Place] = {}
        self.errors: list[PageError] = []
        self.people: dict[str, Named] = {}
        self.parameters: dict[str, Named] = {}
        self.labels: set[str] = set()
        self.tables: dict[str, _Table] = {}
        self.rules: dict[str, tree.QuantityStatement] = {}
        self.titles: dict[str, str] = {}            # of readings: title → id
        self.changing: list[str] = []               # headings of the roster that 人事变动 offers
        self.sizes: dict[str, int | None] = {}
        self.pay: tree.OutputStatement | None = None
        self.later: list[tuple[tree.Statement, Callable[[], None]]] = []     # what needs all names

    def run(self) -> dict[str, Any]:
        """The content of the policy.  Raises Wrong."""
        self._each(tree.TableStatement, self.table)
        self._try(self.order_tables)
        for table in list(self.tables.values()):
            self._try(self.columns, table)
        self._each(tree.ParameterStatement, self.parameter)
        self._each(tree.ReadingStatement, self.reading)
        self._each(tree.QuantityStatement, self.declare)
        self._each(tree.RefusalStatement, self.refusal)
        self.people_columns()
        if self.errors:                             # what follows would only tell of names that could not be read
            raise Wrong(self.errors)
        for statement, work in self.later:
            self._try(lambda _, work=work: work(), statement)
        self._each(tree.OutputStatement, self.output)
        self._each(tree.QuantityStatement, self.quantity)
        for table in self.tables.values():
            for statement in table.statements:
                self._try(self.table_rules, table, statement)
        self._each(tree.CheckStatement, self.check)
        self._each(tree.MarkStatement, self.mark)
        self._each(tree.OutputStatement, self.output_rules)
        self._each(tree.PlausibleStatement, self.plausible)
        self._each(tree.FunctionStatement, self.function)
        if self.raw["payroll"] is None and not self.errors:
            self.errors.append(PageError(Place(self.page.file, 1), "没有输出：写一条“工资表 谁：…”"))
        if self.errors:
            raise Wrong(self.errors)
        return {key: value for key, value in self.raw.items() if value not in ({}, [], None)}

    def _each(self, kind: type, work: Callable[[Any], None]) -> None:
        for statement in self.statements:
            if isinstance(statement, kind):
                self._try(work, statement)

    def _try(self, work: Callable[..., None], *given: Any) -> None:
        try:
            work(*given)
        except PageError as error:
            self.errors.append(error)
        except RecursionError:
            block = next((one.block for one in given if isinstance(one, tree.Statement)), None)
            place = block.place(4) if block else Place(self.page.file, 1)
            self.errors.append(PageError(place, "式子嵌套太深，分成几个量来写"))

    # -- names --------------------------------------------------------------------------------------------------------

    def once(self, statement: tree.Statement, token: Token, names: dict[str, Named], named: Named) -> None:
        """A name means one thing."""
        name = str(token)
        if not name.isidentifier() or name in VALUES or name == EACH_KEY:
            raise statement.block.error(f"{name} 不能当名称：只用字母、汉字、数字和下划线，不以数字开头", token)
        if name in names or name in self.parameters:
            raise statement.block.error(f"{name} 已经有了；要改写它，前面写“改”", token)
        if name in FUNCTIONS or name in CONSTANTS:
            raise statement.block.error(f"{name} 已经是{'函数' if name in FUNCTIONS else '期间的日期'}的名称，换一个",
                                        token)
        names[name] = named

    def scope(self, block: Block, arguments: frozenset[str] = frozenset()) -> Scope:
        return Scope(block, self.people, self.parameters, self.labels, elsewhere=self._elsewhere, arguments=arguments,
                     sums=self._sums(block))

    def _elsewhere(self, name: str) -> str:
        """Where a name is known that means nothing here."""
        found = [t for t, table in self.tables.items() if name in table.names]
        if not found:
            return ""
        return f"；它是 {'、'.join(found)} 的列，要先汇总到人：合计({found[0]}，{name})"

    def row_scope(self, block: Block, token: Any) -> Scope:
        table = self.table_named(block, token)
        def elsewhere(name: str) -> str:
            return f"；它是按人的量，不能用在 {token} 的行里" if name in self.people else ""

        shared = {name: named for name, named in self.people.items() if named.kind == "part"}
        return Scope(block, shared | table.names, self.parameters, self.labels, where=str(token), elsewhere=elsewhere)

    def table_named(self, block: Block, token: Any) -> _Table:
        table = self.tables.get(str(token))
        if table is None:
            raise block.error(f"没有表 {token}{near_to(str(token), self.tables) or '，有 ' + '、'.join(self.tables)}",
                              token)
        return table

    def pointer(self, block: Block, tokens: list[Token]) -> str:
        """The engine's name of the input that a finding points at."""
        if not tokens:
            return ""
        if len(tokens) > 1:
            raise block.error("这里只写一列", tokens[1])
        name = str(tokens[0])
        roster = next((t for t in self.tables.values() if t.grain == "roster"), None)
        if name in ("工号", "姓名"):
            return "id" if name == "工号" else "name"
        if roster and name in roster.names:
            return roster.names[name].engine
        found = self.people.get(name)
        if found is not None and found.kind in ("column", "quantity"):
            return found.engine
        events = [t.names[name] for t in self.tables.values() if name in t.names]
        if len(events) == 1:
            return events[0].engine
        raise block.error(f"没有列 {name}{near_to(name, [*self.people, *(roster.names if roster else ())])}",
                          tokens[0])

    # -- tables -------------------------------------------------------------------------------------------------------

    def table(self, s: tree.TableStatement) -> None:
        name, block = str(s.name), s.block
        words = [str(one.token) if isinstance(one, tree.Name) else "" for one in s.grain]
        if name not in self.tables:
            grains = [one.grain[0] for one in self.statements
                      if isinstance(one, tree.TableStatement) and one.name == s.name and one.grain]
            grain = str(grains[0].token) if grains and isinstance(grains[0], tree.Name) else name
            if grain not in GRAINS:
                raise block.error(f"写法是：表 名称（每月，谁） —— 怎么填；（）里先写 {'、'.join(GRAINS)}", s.name)
            engine = s.id or name
            self.tables[name] = _Table(engine, GRAINS[grain], {
                "sheet": s.title or name, "grain": GRAINS[grain], "columns": [], "checks": []}, rows=engine)
        table = self.tables[name]
        table.statements.append(s)
        self.where.setdefault(f"tables.{table.engine}", block.place(4))
        for key, said in (("fill", s.fill), ("row_do", s.row_do), ("form", s.form), ("title", s.form_title),
                          ("signed", s.signed), ("clause", block.lines[0][1] if block.cites else "")):
            if said:
                table.raw.setdefault(key, said)             # the page's own words before those of its packs
        if "可无" in words:
            table.raw["optional"] = True
        if "一列一项" in words:
            if table.grain != "month":
                raise block.error("“一列一项”只用在每月的表", s.name)
            table.rows = f"{table.engine}_各项"
    def order_tables(self) -> None:
        """The roster, its changes, the forms, further items: in this order HR meets the sheets."""
        order = {"roster": 0, "changes": 1, "items": 3}
        self.tables = dict(sorted(self.tables.items(), key=lambda one: 3 if one[1].rows != one[1].engine
                                  else order.get(one[1].grain, 2)))

    def columns(self, table: _Table) -> None:
        """The columns of a sheet: those of its grain, then as they are written; one without a type only says where
        a column of a pack stands."""
        written = [(s, c) for s in table.statements for c in s.columns]
        typed = {str(c.name): (s, c) for s, c in written if c.type is not None}
        known: set[str] = set()
        for s, c in written:
            if c.type is None and str(c.name) not in typed:
                raise s.block.error("列的写法是：名称 类型 必填 —— 怎么填", c.name)
            if c.type is not None and str(c.name) in known:
                raise s.block.error(f"{c.name} 已经有了", c.name)
            known |= {str(c.name)} if c.type is not None else set()
        # 工号 and 姓名 first, then the columns of the page itself, then those of its packs that it does not place
        keys = [name for name in typed if str(typed[name][1].type) in ("工号", "姓名")]
        names = list(dict.fromkeys([*keys, *(str(c.name) for _, c in written)]))
        columns = [self.column(table, *typed[name]) for name in names]
        engine = table.raw["columns"]
        for heading, kind, flag in KEYS[table.grain]:
            engine.append({"name": f"{table.engine}_{heading}", "heading": heading, "type": kind, flag: True})
        if table.rows != table.engine:                                  # 一列一项: the items are another table
            self.raw["tables"][table.engine] = table.raw
            items = {"sheet": table.raw["sheet"], "grain": "items", "melts": table.engine, "optional": True,
                     "columns": [{"name": f"{table.rows}_{heading}", "heading": heading, "type": kind, "required": True}
                                 for heading, kind, flag in KEYS["items"] if flag == "required"] + columns,
                     "checks": []}
            self.raw["tables"][table.rows] = items
        else:
            engine += columns
            if table.grain in ("events", "items"):
                engine.append({"name": f"{table.engine}_说明", "heading": "说明", "type": "text", "optional": True,
                               "ignored": True})
            self.raw["tables"][table.engine] = table.raw
        if table.grain == "roster" and self.changing:
            self.changes()

    def column(self, table: _Table, s: tree.TableStatement, c: tree.Column) -> dict[str, Any]:
        block, name = s.block, str(c.name)
        assert c.type is not None
        at = c.type.start_pos or 0
        one: dict[str, Any] = {"name": c.id, "heading": c.title or name}
        kind = str(c.type)
        unit = ""
        if "|" in kind:
            one |= self._choices(block, kind, at)
        elif kind in TYPES:
            one["type"] = TYPES[kind]
        elif kind in ("必填", "可无", "不读", "变"):
            raise block.error(f"{name} 的后面先写类型：{'、'.join(TYPES)}，或者 甲|乙|丙", at)
        else:
            one |= {"type": "count" if kind in WHOLE else "score", "unit": kind}
            unit = kind
        changes = False
        for word in c.words:
            changes |= self._flag(block, one, word)
        if c.fill:
            one["fill"] = c.fill
        if one["type"] in ("money", "score", "percent") and not unit:
            unit = {"money": "元", "score": "分", "percent": "%"}[one["type"]]
        elif one["type"] in COUNTED and not unit:
            unit = one.get("unit") or kind
        named = Named("column", "", unit=unit, choices=one.get("choices", []), table=str(s.name),
                      clause=block.clause(c.name), text=True)
        if changes:
            if table.grain != "roster":
                raise block.error("“变”只用在花名册的列", at)
            self.changing.append(one["heading"])
            self._state(c, one, named, block)
        one["name"] = one["name"] or (f"今{name}" if changes else name)
        if not one["name"].isidentifier():
            raise block.error(f"{one['name']} 不能当名称：只用字母、汉字、数字和下划线，不以数字开头", c.name)
        if table.grain == "roster" and name in ("工号", "姓名"):
            one["name"] = {"工号": "id", "姓名": "name"}[name]
        named.engine = one["name"]
        if one["type"] not in ("id", "name", "month", "quarter", "period") and not one.get("ignored"):
            table.names[name] = named
        self.where[f"tables.{table.rows}.columns.{one['name']}"] = block.place(c.name)
        return one

    def _choices(self, block: Block, kind: str, at: int) -> dict[str, Any]:
        choices: list[str] = []
        words: dict[str, str] = {}
        for part in re.split(r"\s*\|\s*", kind):
            found = re.fullmatch(r"([^（(]+)(?:[（(]([^）)]*)[）)])?", part)
            if found is None:
                raise block.error(f"选项写得不对：{part}；写法是 甲|乙，或者 甲（又写作 A、1）|乙", at)
            choices.append(found[1])
            words |= dict.fromkeys(filter(None, (found[2] or "").split("、")), found[1])
        self.labels |= set(choices)
        return {"type": "choice", "choices": choices} | ({"words": words} if words else {})

    def _flag(self, block: Block, one: dict[str, Any], word: Token) -> bool:
        """Read a word behind a column's type; whether it is 变."""
        key, sign, value = str(word).partition("=")
        plain = {"必填": "required", "可无": "optional", "不读": "ignored"}
        if key in plain and not sign:
            one[plain[key]] = True
        elif key in ("每月", "每季") and not sign:
            one["period"] = GRAINS[key]
        elif key == "变" and not sign:
            return True
        elif key in ("空", "最小", "最大") and re.fullmatch(r"-?\d{1,12}", value):
            one[{"空": "blank", "最小": "min", "最大": "max"}[key]] = int(value)
        elif key == "单位" and value:
            one["unit"] = value
        elif key == "又名" and value:
            one["reads"] = value.split("、")
        elif key == "无" and value:
            one["none"] = value
        else:
            words = [*plain, "变", "每月", "每季", "空=0", "最小=1", "最大=100", "单位=字/分", "又名=甲、乙", "无=办法"]
            raise block.error(f"列的后面不认识「{word}」{near_to(str(word), words)}；可以写 {'、'.join(words)}",
                              word)
        return False

    def _state(self, c: tree.Column, one: dict[str, Any], named: Named, block: Block) -> None:
        """What may change is a quantity: the column's value at the end of the month."""
        name = str(c.name)
        engine = c.id or name
        one["name"] = f"今{engine}"
        self.raw["quantities"][engine] = {
            "title": name, "clause": named.clause, "kind": "as_of", "column": one["name"], "day": "month_end"} | (
                {"unit": "元"} if named.unit == "元" else {})
        self.people[name] = Named("quantity", engine, named.unit, choices=named.choices, text=True, clause=named.clause)
        self.where[f"quantities.{engine}"] = block.place(c.name)

    def changes(self) -> None:
        """人事变动: what may change is what the roster says may."""
        items = [*self.changing, "姓名"]
        self.raw["tables"]["人事变动"] = {
            "sheet": "人事变动", "grain": "changes", "optional": True,
            "fill": f"{'、'.join(items)}有变动时写一行；最新一行的新值应与花名册相同。",
            "columns": [
                {"name": "人事变动_工号", "heading": "工号", "type": "id", "required": True},
                {"name": "人事变动_姓名", "heading": "姓名", "type": "name", "optional": True},
                {"name": "人事变动_生效日期", "heading": "生效日期", "type": "date", "required": True,
                 "fill": "从这一天起是新值"},
                {"name": "人事变动_项目", "heading": "项目", "type": "choice", "required": True, "choices": items},
                {"name": "人事变动_原值", "heading": "原值", "type": "changed", "fill": "变动以前的；第一次变动必须有"},
                {"name": "人事变动_新值", "heading": "新值", "type": "changed", "required": True,
                 "fill": "变动以后的；最新一行要与花名册相同"},
                {"name": "人事变动_说明", "heading": "说明", "type": "text", "optional": True, "ignored": True}]}

    def people_columns(self) -> None:
        """Columns of a person, month or quarter are names over people; every column gets a name of its own."""
        taken = {one.engine for one in self.people.values()} | {one.engine for one in self.parameters.values()}
        counts: dict[str, int] = {}
        for table in self.tables.values():
            for one in self.raw["tables"][table.rows]["columns"]:
                counts[one["name"]] = counts.get(one["name"], 0) + 1
        for sheet, table in self.tables.items():
            for one in self.raw["tables"][table.rows]["columns"]:
                if counts[one["name"]] > 1 or one["name"] in taken:
                    old, one["name"] = one["name"], f"{table.rows}_{one['name']}"
                    for named in table.names.values():
                        if named.engine == old and named.kind == "column":
                            named.engine = one["name"]
                    self.where[f"tables.{table.rows}.columns.{one['name']}"] = self.where.get(
                        f"tables.{table.rows}.columns.{old}", Place(self.page.file, 1))
            if table.grain not in ("roster", "month", "quarter", "period") or table.rows != table.engine:
                continue
            for name, named in table.names.items():
                if named.kind != "column":
                    continue
                before = self.people.get(name)
                if before is None:
                    self.people[name] = named
                elif before.kind in ("column", "several"):
                    self.people[name] = Named("several", "")
                elif f"今{before.engine}" != named.engine:
                    s, c = next((s, c) for s in table.statements for c in s.columns if str(c.name) == name)
                    self.errors.append(s.block.error(
                        f"{name} 已经是一个量的名称；给列另起名，表头写在「」里：{sheet}{name}「{name}」 …", c.name))

    def table_rules(self, table: _Table, s: tree.TableStatement) -> None:
        """Whose rows belong on a sheet, and the checks of its rows."""
        block = s.block
        for one in s.grain[1:] if s.grain else ():
            if not (isinstance(one, tree.Name) and str(one.token) in ("可无", "一列一项")):
                table.raw["people"] = write(one, self.scope(block))
        scope = self.row_scope(block, s.name)
        checks = self.raw["tables"][table.rows]["checks"]
        for said in s.checks:
            keys: list[Any] = [None]
            if said.each is not None:
                parameter = self.parameters.get(str(said.each))
                if parameter is None or not parameter.keys:
                    raise block.error(f"{said.each} 不是有键的参数", said.each)
                keys = parameter.keys
            for key in keys:
                self._try(self.row_check, block, scope, checks, said, key)
                self.where[f"tables.{table.rows}.checks[第 {len(checks)} 项]"] = block.place(said.text)

    def row_check(self, block: Block, scope: Scope, checks: list[Any], said: tree.Said, key: Any) -> None:
        scope.each = key
        when = write(said.when, scope)
        names = []
        for token in said.at:
            name = str(token).replace(EACH_KEY, str(key))
            if name not in scope.names or scope.names[name].kind != "column":
                raise block.error(f"{scope.where} 没有列 {name}{near_to(name, scope.names)}", token)
            names.append(name)
        if not said.at:
            names = [n for n in dict.fromkeys(_words(said.when, scope.each)) if scope.names.get(n, Named("", "")).kind
                     == "column"]
        if not names:
            raise block.error("写上要指出的列：@列", said.text)
        text, do = (one if key is None else one.replace(EACH_KEY, str(key))
                    for one in (str(said.text).strip(), said.do))
        checks.append({"when": when, "columns": [scope.names[n].engine for n in names], "text": text, "do": do,
                       "clause": block.clause(said.text)} | (
                           {"level": LEVELS[said.level]} if said.level not in ("", "错误") else {}))
        scope.each = None

    # -- parameters, readings, refusals -------------------------------------------------------------------------------

    def parameter(self, s: tree.ParameterStatement) -> None:
        name, block = str(s.name), s.block
        if not s.unit:
            raise block.error("参数的写法是：参数 名称 单位 = 值，或 参数 名称 单位：键 值，键 值", s.name)
        engine = s.id or name
        if engine in self.raw["parameters"]:
            raise block.error(f"编号 {engine} 已经有了", s.name)
        one: dict[str, Any] = {"title": s.title or name, "unit": s.unit, "clause": block.clause()}
        keys: list[Any] = []
        stated: dict[str, str] = {}
        for tokens, value in s.stated:
            for token in tokens:
                text = str(token).strip('"“”')
                keys.append(int(text) if re.fullmatch(r"0|[1-9][0-9]{0,5}", text) else text)
                if value is not None:
                    stated[text] = value
        if len(keys) > MOST_KEYS:
            raise block.error(f"有 {len(keys)} 个键，最多 {MOST_KEYS} 个", s.name)
        if keys and s.amount:
            raise block.error("有键的参数写“：键 值”，没有键的写“= 值”", s.name)
        if keys:
            one["keys"] = keys
            self.labels |= {key for key in keys if isinstance(key, str)}
        if stated or s.amount:
            one |= {"stated": stated or s.amount, "source": "制度"}
        for flag in s.flags:
            self._parameter_flag(block, one, flag)
        if s.fill:
            one["fill"] = s.fill
        self.once(s, s.name, self.people, Named("parameter", engine, s.unit, keys))
        self.parameters[name] = self.people.pop(name)
        self.raw["parameters"][engine] = one
        self.where[f"parameters.{engine}"] = block.place(4)

    def _parameter_flag(self, block: Block, one: dict[str, Any], flag: Token) -> None:
        word, _, value = str(flag).strip().partition(" ")
        value = value.strip()
        if word == "递增" and not value:
            one["rising"] = True
        elif word == "可空" and not value:
            one["optional"] = True
        elif word == "合计" and re.fullmatch(r"\d{1,6}", value):
            one["total"] = int(value)
        elif word == "岗位" and value:
            one["role"] = value
        elif word in SOURCES and not value:
            if "stated" not in one:
                raise block.error(f"没有写值，不能写来源 {word}", flag)
            one["source"] = word
        else:
            known = ["递增", "可空", "合计 100", "岗位 客服代表", *SOURCES]
            raise block.error(f"参数的后面不认识「{str(flag).strip()}」{near_to(str(flag).strip(), known)}；"
                              f"可以写 {'、'.join(known)}", flag)

    def reading(self, s: tree.ReadingStatement) -> None:
        self._reading(s.block, s.head, [(one, str(one).strip()) for one in s.options], s.block.clause())

    def _reading(self, block: Block, head: Token, options: list[tuple[Token, str]], clause: str) -> str:
        """Declare a reading: its title, its id behind it, its values."""
        title, _, ident = str(head).strip().rpartition(" ")
        if not title or not re.fullmatch(r"[A-Za-z]\w*", ident):
            title, ident = str(head).strip(), re.sub(r"\W", "_", str(head).strip())
        if ident in self.raw["readings"]:
            raise block.error(f"读法 {ident} 已经有了", head)
        values: dict[str, str] = {}
        for token, text in options:
            value, _, said = text.partition(" ")
            if value in values:
                raise block.error(f"读法「{title}」的 {value} 写了两次", token)
            values[value] = said.strip() or value
        if len(values) < 2:
            raise block.error(f"读法「{title}」至少要有两个取值：每行一个，“取值 说明：式子”", head)
        self.raw["readings"][ident] = {"title": title.strip(), "clause": clause, "values": values}
        self.titles[title.strip()] = ident
        self.where[f"readings.{ident}"] = block.place(head)
        return ident

    def refusal(self, s: tree.RefusalStatement) -> None:
        name = str(s.name)
        if name in self.raw["refusals"]:
            raise s.block.error(f"{name} 已经有了；要改写它，前面写“改”", s.name)
        self.raw["refusals"][name] = {
            "text": str(s.text).strip(), "do": s.do, "clause": s.block.clause()} | (
                {"command": s.command} if s.command else {})
        self.where[f"refusals.{name}"] = s.block.place(4)
        if s.at:
            self.later.append((s, lambda: self.raw["refusals"][name].update({"column": self.pointer(s.block, s.at)})))

    # -- quantities ---------------------------------------------------------------------------------------------------

    def declare(self, s: tree.QuantityStatement) -> None:
        """Make a quantity or shared rule known by its name; readings that stand with their cases too."""
        name, engine = str(s.name), s.id or str(s.name)
        table = None
        if s.scope is not None and str(s.scope) not in PERIODS:
            table = self.table_named(s.block, s.scope)
        names = table.names if table else self.people
        if table and str(s.name) in self.people:
            raise s.block.error(f"{name} 已经有了", s.name)
        kind = "part" if s.params else "quantity"
        named = Named(kind, engine, s.unit, choices=s.choices, params=len(s.params), clause=s.block.clause())
        named.yes_no = lambda: self.is_yes_no(name, names, 0)
        self.once(s, s.name, names, named)
        self.labels |= set(s.choices)
        self.rules[engine] = s
        call = s.rule
        if isinstance(call, tree.Call) and str(call.token) == "分等":
            grades = [str(p.parts[0].token) for p in call.parts[1:] if isinstance(p, tree.Compared) and isinstance(
                p.parts[0], tree.Name)]
            named.choices = [g for g in grades if g not in ("按", "同")]
            self.labels |= set(named.choices)
        if isinstance(call, tree.Call) and str(call.token) == "档":
            self.labels.add("无")
        if s.reading is not None:
            title = str(s.reading).strip()
            known = title in self.raw["readings"] or title in self.titles
            if not known and s.cases and any(" " in str(head).strip() for head, _ in s.cases):
                self._reading(s.block, s.reading, [(head, str(head).strip()) for head, _ in s.cases], s.block.clause())
        group = "parts" if s.params else "quantities"
        if engine in self.raw[group]:
            raise s.block.error(f"编号 {engine} 已经有了", s.name)
        self.raw[group][engine] = {}
        self.where[f"{group}.{engine}"] = s.block.place(4)

    def is_yes_no(self, name: str, names: dict[str, Named], depth: int) -> bool:
        """Whether a quantity is a condition."""
        found = names.get(name)
        if found is None or found.engine not in self.rules or depth > 40:
            return False
        s = self.rules[found.engine]
        return self._condition(s.rule if s.rule is not None else s.cases[0][1] if s.cases else None, names, depth)

    def _condition(self, node: tree.Expression | None, names: dict[str, Named], depth: int) -> bool:
        match node:
            case tree.Both() | tree.Either() | tree.Negated() | tree.Compared() | tree.OneOf():
                return True
            case tree.Decision(ways=ways):
                return self._condition(ways[0][0], names, depth)
            case tree.Name(token=token):
                return str(token) in ("是", "否") or self.is_yes_no(str(token), names, depth + 1)
            case tree.Call(token=token, parts=parts):
                word = str(token)
                if word in ("上月", "前月", "所在月", "默认") and parts:
                    return self._condition(parts[0], names, depth)
                if word in ("近月", "各月"):
                    return any(isinstance(p, tree.Name) and HOW.get(str(p.token)) in ("any", "all") for p in parts[1:])
                return word in YES_NO | {"有值", "各项都", "各项任一"} or self.is_yes_no(word, names, depth + 1)
        return False

    def quantity(self, s: tree.QuantityStatement) -> None:
        block, engine = s.block, s.id or str(s.name)
        table = str(s.scope) if s.scope is not None and str(s.scope) not in PERIODS else ""
        one: dict[str, Any] = {"clause": block.clause()}
        if s.params:
            one["args"] = [str(p) for p in s.params]
            self.raw["parts"][engine] = one
        else:
            one = {"title": s.title or str(s.name)} | ({"unit": s.unit} if s.unit else {}) | one
            if table:
                one["rows"] = self.tables[table].rows
            if s.scope is not None and not table and PERIODS[str(s.scope)] != "month":
                one["period"] = PERIODS[str(s.scope)]
            if s.choices:
                one["choices"] = s.choices
            self.raw["quantities"][engine] = one
        arguments = frozenset(str(p) for p in s.params)
        if table:
            scope = self.row_scope(block, s.scope)
            scope.arguments = arguments
        else:
            scope = self.scope(block, arguments)
        if s.reading is not None:
            one |= self._cases(s, scope)
        elif isinstance(s.rule, tree.Call) and str(s.rule.token) in KINDS:
            if s.params or table:
                raise block.error(f"{s.rule.token}(…) 要写成一个按人的量，不能写在共用规则和一张表的行里",
                                  s.rule.token)
            one |= Calls(scope, lambda token: self.row_scope(block, token),
                         lambda token: self.table_named(block, token).rows, lambda token: self._roster(block, token),
                         ).read(s.rule)
        else:
            assert s.rule is not None
            self._inside(block, s.rule)
            self.measure(block, s.rule)
            one["expr"] = write(s.rule, scope)

    def _inside(self, block: Block, node: tree.Expression) -> None:
        """A kind is the whole of a quantity's rule, no part of an expression."""
        for one in _walk(node):
            if isinstance(one, tree.Call) and str(one.token) in KINDS:
                raise block.error(f"{one.token}(…) 要单独写成一个量：名称 单位 = {KINDS[str(one.token)][0]}",
                                  one.token)

    def _roster(self, block: Block, token: Any) -> str:
        roster = next((t for t in self.tables.values() if t.grain == "roster"), None)
        if roster is None or str(token) not in roster.names:
            raise block.error(f"花名册没有列 {token}{near_to(str(token), roster.names if roster else ())}",
                              token)
        return roster.names[str(token)].engine

    def _cases(self, s: tree.QuantityStatement, scope: Scope) -> dict[str, Any]:
        assert s.reading is not None
        block, title = s.block, str(s.reading).strip()
        ident = self.titles.get(title, title)
        if ident not in self.raw["readings"]:
            ident = title.rpartition(" ")[2]
        known = self.raw["readings"].get(ident)
        if known is None:
            names = [*self.raw["readings"], *self.titles]
            raise block.error(f"没有读法「{title}」{near_to(title, names)}；第一次用到的，下面各行写“取值 说明：式子”",
                              s.reading)
        cases: dict[str, str] = {}
        for head, node in s.cases:
            value = str(head).strip().split(" ")[0]
            if value not in known["values"]:
                raise block.error(f"读法「{known['title']}」没有 {value}，有 {'、'.join(known['values'])}"
                                  f"{near_to(value, known['values'])}", head)
            if value in cases:
                raise block.error(f"{value} 写了两次", head)
            self._inside(block, node)
            self.measure(block, node)
            cases[value] = write(node, scope)
        for value in known["values"]:
            if value not in cases:
                raise block.error(f"缺少读法「{known['title']}」的 {value}", s.reading)
        return {"reading": ident, "cases": cases}

    def measure(self, block: Block, node: tree.Expression) -> None:
        """Refuse what would grow without bound when the shared rules are written out."""
        if self.size(node) > LARGEST:
            raise block.error("共用规则写全了太长，分成几个量来写", tree.place_of(node))

    def size(self, node: tree.Expression) -> int:
        """The parts of an expression, shared rules written out; a rule that uses itself is told elsewhere."""
        total = 0
        for one in _walk(node):
            total += 1
            if isinstance(one, tree.Call):
                found = self.people.get(str(one.token))
                if found is not None and found.kind == "part":
                    inside = self._part_size(found.engine)
                    total += inside * (1 + sum(self.size(p) for p in one.parts))
            if total > LARGEST:
                return total
        return total

    def _part_size(self, engine: str) -> int:
        if engine not in self.sizes:
            self.sizes[engine] = None           # being measured
            s = self.rules[engine]
            nodes = [s.rule] if s.rule is not None else [node for _, node in s.cases]
            self.sizes[engine] = min(sum(self.size(n) for n in nodes), LARGEST + 1)
        return self.sizes[engine] or 0

    # -- checks and marks ---------------------------------------------------------------------------------------------

    def check(self, s: tree.CheckStatement) -> None:
        block, said = s.block, s.said
        scope = self.scope(block)
        one: dict[str, Any] = {"when": write(said.when, scope), "text": self.filled(block, said.text), "do": said.do,
                               "clause": block.clause()}
        if said.level != "警告":
            one["level"] = LEVELS[said.level]
        if s.output is not None:
            one["job"] = self.output_named(block, s.output)
        if s.once == "一次":
            one["once"] = True
        elif s.once:
            name = s.once[1:-2]
            found = self.people.get(name)
            if found is None or found.kind not in ("quantity", "column"):
                raise block.error(f"没有叫 {name} 的量或列{near_to(name, self.people)}", 4)
            one["once_by"] = found.engine
        if said.at:
            one["column"] = self.pointer(block, said.at)
        self.raw["checks"].append(one)
        self.where[f"checks[第 {len(self.raw['checks'])} 项]"] = block.place(4)

    def filled(self, block: Block, token: Token) -> str:
        """A text with the engine's names in {…}."""
        def one(found: re.Match[str]) -> str:
            name = found[1]
            named = self.people.get(name) or self.parameters.get(name)
            if named is None or named.kind not in ("quantity", "column", "parameter"):
                raise block.error(f"{{{name}}} 填不上：没有叫 {name} 的量、列或参数"
                                  f"{near_to(name, [*self.people, *self.parameters])}",
                                  (token.start_pos or 0) + found.start())
            return f"{{{named.engine}}}"

        return re.sub(r"\{([^}]*)\}", one, str(token)).strip()

    def output_named(self, block: Block, token: Token) -> str:
        for s in self.statements:
            if isinstance(s, tree.OutputStatement) and str(s.name) == str(token):
                return "payroll" if s.pay else "review"
        known = [str(s.name) for s in self.statements if isinstance(s, tree.OutputStatement)]
        raise block.error(f"没有输出 {token}，有 {'、'.join(known)}", token)

    def mark(self, s: tree.MarkStatement) -> None:
        job = self.output_named(s.block, s.output) if s.output is not None else "payroll"
        marks = self.raw[job]["marks"]
        marks.append({"when": write(s.when, self.scope(s.block)), "text": self.filled(s.block, s.text),
                      "clause": s.block.clause()})
        self.where[f"{job}.marks[第 {len(marks)} 项]"] = s.block.place(4)

    # -- outputs ------------------------------------------------------------------------------------------------------

    def output(self, s: tree.OutputStatement) -> None:
        """The columns of a result: what their units and rules say of them is not written."""
        block, job = s.block, "payroll" if s.pay else "review"
        if self.raw.get(job) is not None:
            raise block.error(f"{s.name} 已经有了", s.name)
        first: list[dict[str, Any]] = [{"heading": "工号", "fill": "id"}, {"heading": "姓名", "fill": "name"}]
        held: list[dict[str, Any]] = []
        for item in s.items:
            (held if item.sign == "-" else first).append(self.item(s, item))
        columns = [*first, *held, {"heading": "备注", "fill": "note"}]
        if s.pay:
            sums = {"type": "money", "required": True, "total": True, "explain": True}
            side = {"type": "money", "total": True}
            columns = [
                *first, {"heading": "其他应发", "fill": "earning", **side, "part": "earning"},
                {"heading": "应发合计", "value": self._sum(block, "应发合计"), **sums, "formula": "earning"},
                *held, {"heading": "其他扣款", "fill": "deduction", **side, "part": "deduction"},
                {"heading": "扣款合计", "value": self._sum(block, "扣款合计"), **sums, "formula": "deduction"},
                {"heading": "实发合计", "value": self._sum(block, "实发合计"), **sums, "formula": True},
                {"heading": "备注", "fill": "note"}]
            self.pay = s
            for name in ("应发合计", "扣款合计", "实发合计"):        # a pack's sums are asked for by what asks for pay
                rule = self.rules[self.people[name].engine]
                if rule.block.file != block.file:
                    rule.block.lines[0] = (rule.block.lines[0][0], block.clause())
        self.raw[job] = {"people": "", "columns": columns, "marks": []}
        self.where[job] = block.place(4)

    def _sum(self, block: Block, name: str) -> str:
        if name not in self.people:
            raise block.error(f"没有量 {name}：开头写 用: 工资，或者自己写这个量")
        return self.people[name].engine

    def item(self, s: tree.OutputStatement, item: tree.Item) -> dict[str, Any]:
        name = str(item.name)
        found = self.people.get(name)
        if found is None or found.kind not in ("quantity", "column"):
            several = found is not None and found.kind == "several"
            hint = "；在几张表里都有，给列起名" if several else near_to(name, self.people)
            raise s.block.error(f"没有叫 {name} 的量或列{hint}", item.name)
        unit = found.unit
        kind = {"元": "money", "元/月": "money", "分": "score", "%": "percent"}.get(unit) or (
            "int" if unit in WHOLE else "score" if unit else "bool" if found.yes_no() else "text")
        one: dict[str, Any] = {"heading": item.title or name, "value": found.engine}
        if kind != "text":
            one["type"] = kind
        if "~" not in item.marks and (kind != "text" or (found.kind == "quantity" and not found.text)):
            one["explain"] = True
            if found.kind == "column":
                one["clause"] = found.clause
        if "?" not in item.marks:
            one["required"] = True
        if kind == "money" and "^" not in item.marks:
            one["total"] = True
        if kind in ("money", "score", "percent", "int"):
            one["formula"] = "auto"
        if "*" in item.marks:
            one["group"] = True
        if item.sign:
            one["part"] = "earning" if item.sign == "+" else "deduction"
        self.where[f"{'payroll' if s.pay else 'review'}.columns.{one['heading']}"] = s.block.place(item.name)
        return one

    def output_rules(self, s: tree.OutputStatement) -> None:
        job, scope = "payroll" if s.pay else "review", self.scope(s.block)
        grain = s.grain if s.pay else s.grain[1:]
        if len(grain) != 1:
            raise s.block.error("写法是：输出 名称（每季，谁）：列 列", s.name)
        raw = self.raw[job]
        raw["people"] = write(grain[0], scope)
        columns = {c["heading"]: c for c in raw["columns"]}
        for item in s.items:
            if item.when is not None:
                columns[item.title or str(item.name)]["when"] = write(item.when, scope)
        if s.fills:
            raw["forms"] = [{"table": self.table_named(s.block, token).engine, "when": write(when, scope)}
                            for token, when in s.fills]

    def _sums(self, block: Block) -> Callable[[tree.Call], str]:
        """应发项(), 扣款项(): the sum of the columns of a side; what does not concern somebody counts as 0."""
        def sums(call: tree.Call) -> str:
            if str(call.token) not in ("应发项", "扣款项") or call.parts:
                return ""
            sign, other = ("+", "其他应发") if str(call.token) == "应发项" else ("-", "其他扣款")
            items = [i for i in self.pay.items if i.sign == sign] if self.pay else []
            parts: list[str] = []
            groups: list[tuple[tree.Expression | None, list[str]]] = []
            for item in items:
                engine = self.people[str(item.name)].engine
                if groups and groups[-1][0] is item.when:
                    groups[-1][1].append(engine)
                else:
                    groups.append((item.when, [engine]))
            for when, names in groups:
                said = " + ".join(names)
                parts.append(said if when is None else f"({said} if {write(when, self.scope(block))} else 0)")
            return " + ".join([*parts, self._sum(block, other)])

        return sums

    # -- what is plausible --------------------------------------------------------------------------------------------

    def plausible(self, s: tree.PlausibleStatement) -> None:
        raw, block = self.raw["plausible"], s.block
        for role in s.roles:
            field_ = ROLES.get(str(role.name))
            if field_ is None:
                hint = near_to(str(role.name), ROLES)
                raise block.error(f"体检里不认识「{role.name}」{hint}；可以写 {'、'.join(ROLES)}", role.name)
            names = [str(part).strip('"“”') for part in role.parts]
            if field_ in ("hired", "left", "post"):
                raw[field_] = self._roster(block, role.parts[0])
            elif field_ == "posts":
                pairs = zip(role.parts[::2], role.parts[1::2], strict=False)
                raw.setdefault(field_, {}).update({self.table_named(block, t).engine: str(post) for t, post in pairs})
            elif field_ == "attendance":
                raw[field_] = self.table_named(block, role.parts[0]).engine
            elif field_ in ("daily", "totals", "scores", "varying"):
                raw.setdefault(field_, []).extend(self._role_name(block, part) for part in role.parts)
            elif field_ == "shares":
                for part in role.parts:
                    if str(part) not in self.parameters:
                        raise block.error(f"没有参数 {part}{near_to(str(part), self.parameters)}", part)
                raw.setdefault(field_, []).extend(self.parameters[name].engine for name in names)
            elif field_ == "wanted":
                if role.when is None:
                    raise block.error("写法是：应有 列 若 条件", role.name)
                raw.setdefault(field_, {})[self._role_name(block, role.parts[0])] = write(role.when, self.scope(block))
            elif field_ == "hours":
                if len(role.parts) != 2:
                    raise block.error("写法是：小时 小时列 次数列 若 条件", role.name)
                raw.setdefault(field_, {})[self._role_name(block, role.parts[0])] = {
                    "count": self._role_name(block, role.parts[1]), "clause": block.clause(role.name)} | (
                        {"both": write(role.when, self.scope(block))} if role.when is not None else {})
            elif field_ in ("held_back", "unsteady_items"):
                raw[field_] = names
            elif len(names) == 1 and re.fullmatch(r"\d{1,6}", names[0]):
                raw[field_] = int(names[0])
            else:
                raise block.error(f"{role.name} 的后面写一个整数", role.name)
        self.where.setdefault("plausible", block.place(4))

    def _role_name(self, block: Block, part: Token) -> str:
        found = self.people.get(str(part))
        if found is None or found.kind not in ("quantity", "column"):
            raise block.error(f"没有叫 {part} 的量或列{near_to(str(part), self.people)}", part)
        return found.engine

    # -- functions for cells ------------------------------------------------------------------------------------------

    def function(self, s: tree.FunctionStatement) -> None:
        block, name, scope = s.block, str(s.name), self.scope(s.block)
        if name in self.raw["functions"]:
            raise block.error(f"{name} 已经有了；要改写它，前面写“改”", s.name)
        one: dict[str, Any] = {"title": s.title or name}
        self.raw["functions"][name] = one
        self.where[f"functions.{name}"] = block.place(4)
        if s.explains is not None:
            one["explains"] = str(s.explains)
            return
        if s.type not in OUTPUT_TYPES:
            raise block.error(f"函数的写法是：函数 名称「标题」 类型 = 式子；类型有 {'、'.join(OUTPUT_TYPES)}", s.name)
        assert s.value is not None
        one |= {"value": write(s.value, scope), "type": OUTPUT_TYPES[s.type]}
        if s.grain:
            period = str(s.grain[0].token) if isinstance(s.grain[0], tree.Name) else ""
            if period not in PERIODS:
                raise block.error(f"（）里写 {'、'.join(PERIODS)}", s.name)
            one["period"] = PERIODS[period]
        for argument in s.arguments:
            group = one.setdefault("table" if argument.of_table else "arguments", {})
            group[str(argument.name)] = self.argument(block, scope, argument)
        if s.sheets:
            one["sheets"] = {str(over): [self.table_named(block, t).engine for t in tables]
                             for over, tables in s.sheets}
        if s.given:
            one["given"] = {self._role_name(block, target): write(node, scope) for target, node in s.given}
        if s.checks:
            one["checks"] = [{"when": write(c.when, scope), "text": str(c.text).strip(), "do": c.do,
                              "clause": block.clause(c.text)} for c in s.checks]
        if s.people is not None:
            one["people"] = write(s.people, scope)
        if s.applies is not None:
            one["when"] = write(s.applies, scope)

    def argument(self, block: Block, scope: Scope, a: tree.Argument) -> dict[str, Any]:
        kind = str(a.type)
        one: dict[str, Any] = {"title": a.title or str(a.name)}
        if kind in ARGUMENTS:
            one["type"] = ARGUMENTS[kind]
        elif kind in WHOLE:
            one |= {"type": "count", "unit": kind}
        else:
            raise block.error(f"没有类型「{kind}」，有 {'、'.join(ARGUMENTS)}", a.type)
        if a.supplies:
            one["supplies"] = [self._role_name(block, token) for token in a.supplies]
        for word in a.words:
            key, _, value = str(word).partition("=")
            if key == "可空" and not value:
                one["blank"] = True
            elif key == "计行" and not value:
                one["count"] = True
            elif key == "缺省" and value:
                one["default"] = value
            elif key in ("最大", "最小") and re.fullmatch(r"-?\d{1,12}", value):
                one["max" if key == "最大" else "min"] = int(value)
            elif key == "单位" and value:
                one["unit"] = value
            elif key == "各月" and value in WINDOWS:
                one["months"] = WINDOWS[value]
            elif key == "词" and value:
                one["words"] = dict(pair.replace(":", "：").split("：", 1) for pair in value.split("、") if "：" in
                                    pair.replace(":", "："))
            else:
                known = ["可空", "计行", "缺省=正式", "最大=5", "最小=0", "单位=星", "各月=上季", "词=rep：客服代表"]
                raise block.error(f"不认识「{word}」{near_to(str(word), known)}；可以写 {'、'.join(known)}", word)
        if a.when is not None:
            one["when"] = write(a.when, scope)
        return one


def _walk(node: Any) -> Any:
    """All parts of an expression."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        match one:
            case tree.Keyed(key=key):
                stack.append(key)
            case tree.Call(parts=parts) | tree.Bracket(parts=parts) | tree.Both(parts=parts) | tree.Either(
                    parts=parts) | tree.Compared(parts=parts):
                stack += parts
            case tree.PerCent(part=part) | tree.Minus(part=part) | tree.Negated(part=part):
                stack.append(part)
            case tree.Arithmetic(left=left, right=right):
                stack += [left, right]
            case tree.OneOf(left=left, labels=labels):
                stack += [left, labels]
            case tree.Decision(ways=ways):
                stack += [part for way in ways for part in way if part is not None]


def _words(node: tree.Expression, key: Any) -> list[str]:
    """The names in an expression, in the order in which they stand."""
    found = [one.token for one in _walk(node) if isinstance(one, tree.Name)]
    return [str(t).replace(EACH_KEY, str(key)) if key is not None else str(t)
            for t in sorted(found, key=lambda t: t)]
