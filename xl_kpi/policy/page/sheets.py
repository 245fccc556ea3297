"""Sheets: tables, their columns, whose rows belong on them, what is checked row by row."""

from __future__ import annotations

import re
from typing import Any

from lark import Token

from xl_kpi.period import GRAINS as ROW_GRAINS
from xl_kpi.policy.names import PERIODIC
from xl_kpi.policy.page import tree
from xl_kpi.policy.page.context import Context, PageTable
from xl_kpi.policy.page.expressions import Named, PageScope, words_of, write
from xl_kpi.policy.page.source import WORD, At, Block, PageError, Place
from xl_kpi.policy.page.words import EACH_KEY, GRAINS, KEYS, LEVELS, OVER, PERIODS, TYPES, WHOLE, meant
from xl_kpi.policy.words import near_to

ANONYMOUS, TICKET, ITEM = "匿名", "票号", "指标"
COUNTED = {"count", "hours", "days", "minutes", "score", "money", "percent"}


def declare(x: Context, s: tree.TableStatement) -> None:
    """Make a sheet known; what several statements say of it is put together."""
    name, block = str(s.name), s.block
    words = [str(one.token) if isinstance(one, tree.Name) else "" for one in s.grain]
    if name not in x.tables:
        grains = [one.grain[0] for one in x.statements
                  if isinstance(one, tree.TableStatement) and one.name == s.name and one.grain]
        grain = str(grains[0].token) if grains and isinstance(grains[0], tree.Name) else name
        if grain not in GRAINS:
            wrong = block.error if grains else block.unknown            # it may be a table of a pack
            raise wrong(f"写法是：表 名称（每月，谁） —— 怎么填；（）里先写 {'、'.join(GRAINS)}", s.name)
        engine = s.id or name
        x.tables[name] = PageTable(engine, GRAINS[grain], {
            "sheet": s.title or name, "grain": GRAINS[grain], "columns": [], "checks": []}, rows=engine)
    table = x.tables[name]
    table.statements.append(s)
    x.where.setdefault(f"tables.{table.engine}", block.place(4))
    for key, said in (("fill", s.fill), ("row_do", s.row_do), ("form", s.form), ("title", s.form_title),
                      ("signed", s.signed), ("clause", block.lines[0][1] if block.cites else "")):
        if said:
            table.raw.setdefault(key, said)             # the page's own words before those of its packs
    if "可相同" in words or ANONYMOUS in words:
        table.raw["alike"] = True
    if ANONYMOUS in words:
        if table.grain != "events":
            raise block.error(f"“{ANONYMOUS}”只用在逐次的表", s.name)
        table.raw["ticket"] = f"{table.engine}_{TICKET}"
    if "可无" in words:
        table.raw["optional"] = True
    if (when := next((word for word in words[1:] if word in PERIODS and GRAINS.get(word) in KEYS), "")):
        if table.grain != "events":
            raise block.error(f"{words[0]}的表不再写 {when}；一人一期几行的写（逐次，{when}）", s.name)
        table.key = GRAINS[when]
    if "一列一项" in words:
        if table.grain != "month":
            raise block.error("“一列一项”只用在每月的表", s.name)
        table.rows = f"{table.engine}_各项"


def columns(x: Context) -> None:
    """The columns of all sheets, in the order in which HR meets them: the roster and its changes, what is filled in
    each month, as things happen, each quarter, half-year and year; further items.  Those of a kind as they stand on the
    page."""
    order = ["roster", "changes", "month", "period", "events", "quarter", "half", "year", "items"]
    x.tables = dict(sorted(x.tables.items(), key=lambda one: order.index(
        one[1].grain if one[1].rows == one[1].engine else "items")))
    for table in list(x.tables.values()):
        x.attempt(_columns, table.statements[0], table)


def _columns(x: Context, _: tree.TableStatement, table: PageTable) -> None:
    """The columns of a sheet: those of its grain, then as they are written; one without a type only says where
    a column of a pack stands."""
    written = [(s, c) for s in table.statements for c in s.columns]
    typed = {str(c.name): (s, c) for s, c in written if c.type is not None}
    known: set[str] = set()
    for s, c in written:
        if c.type is None and str(c.name) not in typed:
            x.tell(s.block.error("列的写法是：名称 类型 必填 —— 怎么填", c.name))
            x.lost.add(str(c.name))
        if c.type is not None and str(c.name) in known:
            x.tell(s.block.error(f"{c.name} 已经有了", c.name))
        known |= {str(c.name)} if c.type is not None else set()
    # 工号 and 姓名 first, then the columns of the page itself, then those of its packs that it does not place
    keys = [name for name in typed if str(typed[name][1].type) in ("工号", "姓名")]
    names = list(dict.fromkeys([*keys, *(str(c.name) for _, c in written)]))
    columns = []
    for name in names:
        try:
            columns += [_column(x, table, *typed[name])] if name in typed else []
        except PageError as error:
            x.tell(error)
            x.lost |= {name, *WORD.findall(str(typed[name][1].type))}
    engine = table.raw["columns"]
    for heading, kind, flag in KEYS[table.key or table.grain]:
        engine.append({"name": f"{table.engine}_{heading}", "heading": heading, "type": kind, flag: True})
    if table.rows != table.engine:                                  # 一列一项: the items are another table
        x.raw["tables"][table.engine] = table.raw
        items = {"sheet": table.raw["sheet"], "grain": "items", "melts": table.engine, "optional": True,
                 "columns": [{"name": f"{table.rows}_{heading}", "heading": heading, "type": kind, "required": True}
                             for heading, kind, flag in KEYS["items"] if flag == "required"] + columns,
                 "checks": []}
        x.raw["tables"][table.rows] = items
    else:
        engine += columns
        if ticket := table.raw.get("ticket"):
            engine.append({"name": ticket, "heading": TICKET, "type": "text", "optional": True,
                           "fill": "评分表上的票号；纸质的、没有票号的不填。不要写是谁"})
            table.raw["unique"] = [ticket, *(one["name"] for one in columns if one["heading"] == ITEM)]
        if table.grain in ("events", "items"):
            engine.append({"name": f"{table.engine}_说明", "heading": "说明", "type": "text", "optional": True,
                           "ignored": True})
        x.raw["tables"][table.engine] = table.raw
    if table.grain == "roster" and x.changing:
        _changes(x)


def _column(x: Context, table: PageTable, s: tree.TableStatement, c: tree.ColumnLine) -> dict[str, Any]:
    block, name = s.block, str(c.name)
    assert c.type is not None
    at = c.type.start_pos or 0
    one: dict[str, Any] = {"name": c.id, "heading": c.title or name}
    kind = str(c.type)
    unit = ""
    listing = x.parameters.get(kind)                    # the keys of a parameter are the choices
    if "|" in kind or kind in x.sets:
        one |= _choices(x, block, kind, at)
    elif listing is not None and listing.listed:
        one["type"] = "text"
    elif listing is not None and listing.keys:
        one |= {"type": "choice", "choices": [str(key) for key in listing.keys]}
    elif kind in TYPES:
        one["type"] = TYPES[kind]
    elif kind in ("必填", "可无", "不读", "变"):
        raise block.error(f"{name} 的后面先写类型：{'、'.join(TYPES)}，或者 甲|乙|丙", at)
    elif kind not in WHOLE and (like := meant(kind)):
        raise not_a_type(block, kind, like, at)
    else:
        one |= {"type": "count" if kind in WHOLE else "score", "unit": kind}
        unit = kind
    changes = False
    with x.pieces() as pieces:
        for word in c.words:
            with pieces.one():
                changes |= _flag(x, block, one, word)
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
        x.changing.append(one["heading"])
        _state(x, c, one, named, block)
    one["name"] = one["name"] or (f"今{name}" if changes else name)
    x.word(block, one["name"], c.name)
    if table.grain == "roster" and name in ("工号", "姓名"):
        one["name"] = {"工号": "id", "姓名": "name"}[name]
    named.engine = one["name"]
    if one["type"] not in ("id", "name", *PERIODIC) and not one.get("ignored"):
        table.names[name] = named
    x.where[f"tables.{table.rows}.columns.{one['name']}"] = block.place(c.name)
    return one


def not_a_type(block: Block, kind: str, like: str, at: At) -> PageError:
    return block.unknown(f"没有类型「{kind}」，是不是 {like}；真是单位的写 数 单位={kind}", at)


def _choices(x: Context, block: Block, kind: str, at: int) -> dict[str, Any]:
    choices: list[str] = []
    words: dict[str, str] = {}
    for part in re.split(r"\s*\|\s*", kind):
        found = re.fullmatch(r"([^（(]+)(?:[（(]([^）)]*)[）)])?", part)
        if found is None:
            raise block.error(f"选项写得不对：{part}；写法是 甲|乙，或者 甲（又写作 A、1）|乙", at)
        choices += x.sets.get(found[1], [found[1]])
        words |= dict.fromkeys(filter(None, (found[2] or "").split("、")), found[1])
    x.labels |= set(choices)
    return {"type": "choice", "choices": choices} | ({"words": words} if words else {})


def _flag(x: Context, block: Block, one: dict[str, Any], word: Token) -> bool:
    """Read a word behind a column's type; whether it is 变."""
    key, sign, value = str(word).partition("=")
    plain = {"必填": "required", "可无": "optional", "不读": "ignored"}
    if key in plain and not sign:
        one[plain[key]] = True
    elif GRAINS.get(key) in ROW_GRAINS and not sign:
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
        periods = [word for word, grain in GRAINS.items() if grain in ROW_GRAINS]
        words = [*plain, "变", *periods, "空=0", "最小=1", "最大=100", "单位=字/分", "又名=甲、乙", "无=办法"]
        raise block.error(f"列的后面不认识「{word}」{near_to(str(word), words)}；可以写 {'、'.join(words)}",
                          word)
    return False


def _state(x: Context, c: tree.ColumnLine, one: dict[str, Any], named: Named, block: Block) -> None:
    """What may change is a quantity: the column's value at the end of the month."""
    name = str(c.name)
    engine = c.id or name
    one["name"] = f"今{engine}"
    x.raw["quantities"][engine] = {
        "title": name, "clause": named.clause, "kind": "as_of", "column": one["name"], "day": "month_end"} | (
            {"unit": "元"} if named.unit == "元" else {})
    x.people[name] = Named("quantity", engine, named.unit, choices=named.choices, text=True, clause=named.clause)
    x.where[f"quantities.{engine}"] = block.place(c.name)


def _changes(x: Context) -> None:
    """人事变动: what may change is what the roster says may."""
    items = [*x.changing, "姓名"]
    x.tables["人事变动"] = PageTable("人事变动", "changes", {}, rows="人事变动")
    x.raw["tables"]["人事变动"] = {
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


def names(x: Context) -> None:
    """Columns of a person, or a person and period, are names over people; every column gets a name of its own."""
    taken = {one.engine for one in x.people.values()} | {one.engine for one in x.parameters.values()}
    counts: dict[str, int] = {}
    made = {name: table for name, table in x.tables.items() if table.rows in x.raw["tables"]}
    for table in made.values():
        for one in x.raw["tables"][table.rows]["columns"]:
            counts[one["name"]] = counts.get(one["name"], 0) + 1
    for sheet, table in made.items():
        for one in x.raw["tables"][table.rows]["columns"]:
            if counts[one["name"]] > 1 or one["name"] in taken:
                old, one["name"] = one["name"], f"{table.rows}_{one['name']}"
                for named in table.names.values():
                    if named.engine == old and named.kind == "column":
                        named.engine = one["name"]
                x.where[f"tables.{table.rows}.columns.{one['name']}"] = x.where.get(
                    f"tables.{table.rows}.columns.{old}", Place(x.page.file, 1))
        if table.grain not in ("roster", *PERIODIC) or table.rows != table.engine:
            continue
        for name, named in table.names.items():
            if named.kind != "column":
                continue
            before = x.people.get(name)
            if before is None:
                x.people[name] = named
            elif before.kind in ("column", "several"):
                x.people[name] = Named("several", "")
            elif f"今{before.engine}" != named.engine:
                s, c = next((s, c) for s in table.statements for c in s.columns if str(c.name) == name)
                x.tell(s.block.error(
                    f"{name} 已经是一个量的名称；给列另起名，表头写在「」里：{sheet}{name}「{name}」 …", c.name))


def rules(x: Context, s: tree.TableStatement) -> None:
    """Whose rows belong on a sheet, and the checks of its rows."""
    sheet = x.tables[str(s.name)]
    for token in s.unique:
        if str(token) not in sheet.names:
            raise s.block.unknown(f"{sheet.raw['sheet']}没有列 {token}{near_to(str(token), sheet.names)}", token)
        sheet.raw.setdefault("unique", []).append(sheet.names[str(token)].engine)
    block, table = s.block, x.tables[str(s.name)]
    for one in s.grain[1:]:
        if not (isinstance(one, tree.Name) and str(one.token) in ("可无", "可相同", ANONYMOUS, "一列一项", *PERIODS)):
            table.raw["people"] = write(one, x.scope(block))
    for said in s.checks:
        _row_checks(x, s, s.name, said)
    for column in s.columns:
        _among_listed(x, s, sheet, column)


def _among_listed(x: Context, s: tree.TableStatement, table: PageTable, column: tree.ColumnLine) -> None:
    """What stands in a column whose choices the company lists is one of them."""
    listing = x.parameters.get(str(column.type))
    if listing is None or not listing.listed or str(column.name) not in table.names:
        return
    name = table.names[str(column.name)].engine
    among = f"{OVER['各项任一']}({name} == {EACH_KEY} for {EACH_KEY} in {listing.engine})"
    checks = x.raw["tables"][table.rows]["checks"]
    title = x.raw["parameters"][listing.engine]["title"]
    checks.append({"when": f"present({name}) and not {among}", "columns": [name], "text": f"不在参数「{title}」里",
                   "do": f"改成参数「{title}」里有的一项，或者在参数里加上这一项",
                   "clause": s.block.clause(column.name)})
    x.where[f"tables.{table.rows}.checks[第 {len(checks)} 项]"] = s.block.place(column.name)


def row_check(x: Context, s: tree.TableCheckStatement) -> None:
    """A check of rows that stands by itself."""
    _row_checks(x, s, s.table, s.said)


def _row_checks(x: Context, s: tree.Statement, sheet: Any, said: tree.Said) -> None:
    table, scope = x.table_named(s.block, sheet), x.row_scope(s.block, sheet)
    checks = x.raw["tables"][table.rows]["checks"]
    keys: list[Any] = [None]
    if said.each is not None:
        keys = scope.keyed(said.each, listed=False).keys
    for key in keys:
        x.attempt(_row_check, s, scope, checks, said, key)
        x.where[f"tables.{table.rows}.checks[第 {len(checks)} 项]"] = s.block.place(said.text)


def _row_check(x: Context, s: tree.Statement, scope: PageScope, checks: list[Any], said: tree.Said, key: Any) -> None:
    block, scope.each = s.block, key
    when = write(said.when, scope)
    names = []
    for token in said.at:
        name = str(token).replace(EACH_KEY, str(key))
        if name not in x.tables[scope.where].names or scope.names[name].kind != "column":
            raise block.unknown(f"{scope.where} 没有列 {name}{near_to(name, scope.names)}", token)
        names.append(name)
    if not said.at:
        names = [n for n in dict.fromkeys(words_of(said.when, scope.each))
                 if scope.names.get(n, Named("", "")).kind == "column" and n in x.tables[scope.where].names]
    if not names:
        raise block.error("写上要指出的列：@列", said.text)
    text, do = (one if key is None else one.replace(EACH_KEY, str(key))
                for one in (str(said.text).strip(), said.do))
    checks.append({"when": when, "columns": [scope.names[n].engine for n in names], "text": text, "do": do,
                   "clause": block.clause(said.text)} | (
                       {"level": LEVELS[said.level]} if said.level not in ("", "错误") else {}))
    scope.each = None
