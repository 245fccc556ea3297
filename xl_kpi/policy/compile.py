"""Compiling a policy: its names, expressions, types, periods and uses, each checked; refusals name file and key."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from xl_kpi.period import Month
from xl_kpi.policy.model import Argument, Column, Function, Output, Policy, Table
from xl_kpi.policy.words import near_to, place, plain, plain_key
from xl_kpi.rules import expression
from xl_kpi.rules.base import PolicyError, Quantity
from xl_kpi.rules.expression import (
    ANY,
    BOOL,
    DATE,
    FUNCTIONS,
    NUMBER,
    TEXT,
    Case,
    Compare,
    Const,
    Default,
    ExpressionError,
    Node,
    Nothing,
    OneOf,
    Parameter,
    Present,
    Ref,
    Refuse,
    need,
)
from xl_kpi.rules.expression.node import BLANK as NO_VALUE
from xl_kpi.rules.kinds import KINDS

# Constants of the period that expressions may name: dates, and the days of the month.
MONTH_CONSTANTS = ("month_start", "month_end", "month_days")
QUARTER_CONSTANTS = ("quarter_start", "quarter_end", "last_quarter_start", "last_quarter_end")
CONSTANT_TITLES = dict(zip(
    MONTH_CONSTANTS + QUARTER_CONSTANTS,
    ("当月首日", "当月末日", "当月天数", "本季首日", "本季末日", "上季首日", "上季末日"), strict=True))

KEY_TYPES = ("id", "name", "month", "quarter", "period", "changed")      # columns that no expression can name
COLUMN_TYPES = {"text": TEXT, "choice": TEXT, "date": DATE, "count": NUMBER, "hours": NUMBER, "score": NUMBER,
                "money": NUMBER, "percent": NUMBER}
# The columns that a table of a grain must have, by type.
NEEDED = {"roster": ["id", "name"], "changes": ["id", "date", "choice", "changed", "changed"], "month": ["id", "month"],
          "quarter": ["id", "quarter"], "period": ["id", "period"], "events": ["id", "date"],
          "items": ["id", "month", "text", "money", "choice"]}
OUTPUT_TYPES = {"text": TEXT, "int": NUMBER, "money": NUMBER, "score": NUMBER, "percent": NUMBER, "bool": BOOL}
REFUSAL_NAMES = ("工号", "姓名", "期间", "季度")


def compile_policy(policy: Policy) -> None:
    """Fill in the nodes of every expression.  Raises PolicyError."""
    _Compiler(policy).run()


# -- names and expressions --------------------------------------------------------------------------------------------

class _Scope:
    """The names that an expression may use: over people, or over the rows of one table."""

    def __init__(self, policy: Policy, rows: str = ""):
        self.policy, self.rows = policy, rows
        self.quantities = {n for n, q in policy.quantities.items() if q.rows == rows}
        tables = [policy.tables[rows]] if rows else [
            t for t in policy.tables.values() if t.grain in ("roster", "month", "quarter", "period")]
        self.columns = {c.name for t in tables for c in t.columns if c.type not in KEY_TYPES and not c.ignored}
        self.constants = () if rows else MONTH_CONSTANTS + QUARTER_CONSTANTS
        self.inside: list[str] = []             # the parts being expanded
        self.expanded: set[str] = set()

    def is_parameter(self, name: str) -> bool:
        return name in self.policy.parameters

    def is_quantity(self, name: str) -> bool:
        return name in self.quantities or name in self.columns or name in self.constants

    def hint(self, name: str) -> str:
        """What may be meant by a name that is not known here."""
        policy = self.policy
        if name in policy.quantities:
            rows = policy.quantities[name].rows
            return f"；它是 {rows} 的逐行量，只能用在这张表里" if rows else "；它是按人的量，不能用在一张表的行里"
        if name in policy._columns:
            table, column = policy._columns[name]
            if column.ignored:
                return "；这一列写了 ignored = true"
            if column.type in KEY_TYPES:
                return f"；式子里不能用 type = \"{column.type}\" 的列"
            how = f"不能用在 {self.rows} 的行里" if self.rows else "用 kind = \"events\" 汇总到人"
            return f"；它是 {table} 的列，{how}"
        if name in MONTH_CONSTANTS + QUARTER_CONSTANTS:
            return "；期间的日期不能用在一张表的行里"
        if name in policy.parts:
            return f"；{name} 是 parts，要带参数：{name}({', '.join(policy.parts[name].args)})"
        return near_to(name, [*self.quantities, *self.columns, *self.constants, *policy.parameters])

    def rule(self, name: str) -> tuple[list[str], Callable[[dict[str, Node]], Node]] | None:
        part = self.policy.parts.get(name)
        if part is None:
            return None

        def expand(bound: dict[str, Node]) -> Node:
            if name in self.inside:
                raise ExpressionError(f"parts.{name} 引用了自己：{' → '.join([*self.inside, name])}")
            self.inside.append(name)
            self.expanded.add(f"parts.{name}")
            try:
                return parse_cases(part, self, bound)
            finally:
                self.inside.pop()

        return part.args, expand


def parse_cases(rule: Any, scope: Any, bound: dict[str, Node] | None = None) -> Node:
    """The node of something with ``expr``, or with ``reading`` and ``cases``."""
    if rule.expr:
        return expression.parse(rule.expr, scope, bound)
    cases = ((value, expression.parse(text, scope, bound)) for value, text in rule.cases.items())
    return Case(rule.reading, tuple(cases))


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from walk(child)


def placeholders(text: str) -> list[str]:
    """The names in {…} of a text."""
    return re.findall(r"\{([^}]*)\}", text)


def direct(quantity: Quantity[Any]) -> list[str]:
    """The quantities and inputs that a quantity names at its own period."""
    elsewhere = {name for name, _ in quantity.periods(("month", 0))}
    found = [node.name for root in quantity.here() for node in walk(root) if isinstance(node, Ref)]
    return found + [name for _, name in quantity.references() if name not in elsewhere]


def check_fields(quantity: Quantity[Any], of: Callable[[str], str]) -> None:
    """Refuse a field of another type than its kind can use."""
    named = [(field, Ref(name)) for field, name in quantity.references()]
    for field, node in [*quantity.nodes.items(), *named]:
        wanted = quantity.wanted(field.partition(".")[0])
        if wanted:
            need(node, wanted, f"{field} ", of)
        elif node.type_of(of) in (ANY, NO_VALUE):
            raise ExpressionError("只有 blank 或 refuse，没有值")


class _Making:
    """What one quantity may ask while it is compiled (``xl_kpi.rules.base.Making``)."""

    def __init__(self, compiler: _Compiler, name: str):
        self.compiler, self.path = compiler, f"quantities.{name}"

    def where(self, field: str) -> str:
        return f"{self.path}.{field}" if field else self.path

    def fail(self, field: str, text: object) -> PolicyError:
        return self.compiler.fail(self.where(field), text)

    def expression(self, field: str, text: str, rows: str = "") -> Node:
        return self.compiler.parse(self.where(field), text, rows=rows)

    def cases(self, rule: Any, rows: str = "") -> Node:
        self.compiler.choice(self.path, rule)
        scope = self.compiler.row_scopes[rows] if rows else self.compiler.people
        return self.compiler.keep(self.path, partial(parse_cases, rule, scope))

    def table(self, field: str, name: str) -> Table:
        tables = self.compiler.policy.tables
        if name not in tables:
            raise self.fail(field, f"没有表 {name}，有 {'、'.join(tables)}")
        return tables[name]

    def parameter_keys(self, field: str, name: str) -> list[int | str]:
        parameters = self.compiler.policy.parameters
        if name not in parameters:
            raise self.fail(field, f"没有参数 {name}{near_to(name, parameters)}")
        if not parameters[name].keys:
            raise self.fail(field, f"参数 {name} 没有 keys，不能当一组线")
        self.compiler.used.add(name)
        return parameters[name].keys

    def on_roster(self, name: str) -> str:
        """'' for a column of the roster, else what the roster is called."""
        roster = next(n for n, table in self.compiler.policy.tables.items() if table.grain == "roster")
        return "" if self.compiler.policy._columns.get(name, ("",))[0] == roster else roster

    def choices(self, name: str) -> list[str] | None:
        return self.compiler.choices_of(name)


class _Compiler:
    """Compiles and checks one policy."""

    def __init__(self, policy: Policy):
        self.policy = policy
        self.written: dict[str, Any] = dict(policy.quantities)
        self.nodes: list[tuple[str, Node]] = []          # (path, root) of every expression
        self.used: set[str] = set()                      # named outside of expressions
        self.wanted: list[tuple[str, Node, str]] = []    # expressions that must be of a type

    def fail(self, path: str, text: object) -> PolicyError:
        return PolicyError(f"{self.policy.file}：{path}：{text}")

    def run(self) -> None:
        self.names()
        self.titles()
        self.parameters()
        self.tables()
        self.people = _Scope(self.policy)
        self.row_scopes = {name: _Scope(self.policy, name) for name in self.policy.tables}
        self.cases()
        self.quantities()
        self.findings()
        self.plausible()
        for job, output in self.outputs():
            self.output(job, output)
        for name, function in self.policy.functions.items():
            self.function(f"functions.{name}", function)
        self.references()
        self.labels()
        self.grains()
        self.typed(self.order())
        for name, function in self.policy.functions.items():
            for argument_name, argument in function.every():
                self.argument(f"functions.{name}.{argument_name}", function, argument)
            if function.value and not function.sheets:
                self.reach(f"functions.{name}", function)
        for job, output in self.outputs():
            self.formulas(job, output)
        self.use()

    def parse(self, path: str, text: str, wanted: str = ANY, rows: str = "", quarter: bool = False) -> Node:
        """Compile an expression, which may be required to be of a type (checked when all are known)."""
        node = self.keep(path, lambda: expression.parse(text, self.row_scopes[rows] if rows else self.people))
        if wanted:
            self.wanted.append((path, node, wanted))
        if quarter:
            self.quarterly(path, [one.name for one in walk(node) if isinstance(one, Ref)])
        return node

    def keep(self, path: str, make: Callable[[], Node]) -> Node:
        try:
            node = make()
        except ExpressionError as error:
            raise self.fail(path, error) from None
        except RecursionError:
            raise self.fail(path, expression.TOO_DEEP) from None
        self.nodes.append((path, node))
        return node

    # -- names ------------------------------------------------------------------------------------------------------

    def names(self) -> None:
        """Every name can be written in an expression and means one thing."""
        policy = self.policy
        taken = dict.fromkeys(FUNCTIONS, "函数") | {"blank": "关键词"} | dict.fromkeys(
            MONTH_CONSTANTS + QUARTER_CONSTANTS, "期间的日期")
        for group, kind in (("parameters", "参数"), ("parts", "共用规则"), ("quantities", "量")):
            for name in getattr(policy, group):
                words = name.split(".") if group == "parameters" else [name]
                self.name(f"{group}.{name}", name, words, taken)
                taken[name] = kind
        for table_name, table in policy.tables.items():
            for column in table.columns:
                self.name(f"tables.{table_name}.columns.{column.name}", column.name, [column.name], taken)
                taken[column.name] = f" {table_name} 的列"
                policy._columns[column.name] = (table_name, column)

    def name(self, path: str, name: str, words: list[str], taken: dict[str, str]) -> None:
        if not all(word.isidentifier() and not keyword.iskeyword(word) and unicodedata.normalize("NFKC", word) == word
                   for word in words):
            raise self.fail(path, "名称只用字母、汉字、数字和下划线，不以数字开头，不能是 if、and、in 这样的词")
        if name in taken:
            raise self.fail(path, f"{name} 已经是{taken[name]}的名称，换一个")

    def titles(self) -> None:
        """In the sheet 参数 parameters and readings are found by id or title, the values of a reading by label."""
        policy, taken = self.policy, {"policy": "policy"}
        for group, named in (("parameters", policy.parameters), ("readings", policy.readings)):
            for name, one in named.items():
                for text in dict.fromkeys((name, one.title)):
                    key = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
                    if key in taken:
                        raise self.fail(f"{group}.{name}", f"「{text}」与 {taken[key]} 的名称重复；"
                                                           "参数表按名称找参数，每个都要不同")
                for text in (name, one.title):
                    taken[re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))] = f"{group}.{name}"
        for name, reading in policy.readings.items():
            words = [word for value, label in reading.values.items() for word in dict.fromkeys((value, label))]
            for word in words:
                if not word.strip() or words.count(word) > 1:
                    what = f"「{word}」写了两次" if word.strip() else "不能是空的"
                    raise self.fail(f"readings.{name}.values", what)

    def parameters(self) -> None:
        if self.policy.first_month:
            try:
                Month.parse(self.policy.first_month)
            except ValueError:
                raise self.fail("first_month", f"没有 {self.policy.first_month} 这个月") from None
        for name, parameter in self.policy.parameters.items():
            keys, path = parameter.keys, f"parameters.{name}"
            if len({type(key) for key in keys}) > 1:
                raise self.fail(f"{path}.keys", "要么都是整数，要么都是文字")
            for key in keys:
                if keys.count(key) > 1 or key == "":
                    raise self.fail(f"{path}.keys", f"键 {key} 写了两次" if key != "" else "键不能是空的")
            for at, text in parameter.stated_values().items():
                if not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,4})?", text):
                    raise self.fail(f"{path}.stated" + (f".{at}" if at is not None else ""),
                                    f"{plain(text)} 应是数，最多四位小数")

    # -- tables -----------------------------------------------------------------------------------------------------

    def tables(self) -> None:
        sheets = {"参数": "参数"}
        for name, table in self.policy.tables.items():
            path = f"tables.{name}"
            if table.melts:
                base = self.policy.tables.get(table.melts)
                if table.grain != "items" or base is None or base.grain != "month" or base.sheet != table.sheet:
                    raise self.fail(f"{path}.melts", "grain = \"items\" 的表才写，"
                                                       "写同一张工作表上 grain = \"month\" 的表")
            elif table.sheet in sheets:
                raise self.fail(f"{path}.sheet", f"工作表 {table.sheet} 已经是 {sheets[table.sheet]} 的")
            sheets[table.sheet] = path
            kinds = [c.type for c in table.columns if not c.ignored]
            for kind in NEEDED[table.grain]:
                if kinds.count(kind) < NEEDED[table.grain].count(kind):       # type: ignore[arg-type]
                    count = NEEDED[table.grain].count(kind)
                    raise self.fail(path, f"grain = \"{table.grain}\" 的表要有{'两列' if count > 1 else '一列'} "
                                          f"type = \"{kind}\"")
            headings: dict[str, str] = {}
            for column in table.columns:
                for heading in (column.heading, *column.reads):
                    if heading in headings:
                        raise self.fail(f"{path}.columns.{column.name}",
                                        f"表头 {heading} 已经是 {headings[heading]} 的")
                    headings[heading] = column.name
                self.column(f"{path}.columns.{column.name}", table, column)
        for one in ("roster", "changes", "items"):
            if sum(t.grain == one for t in self.policy.sheets.values()) > 1:
                raise self.fail("tables", f"grain = \"{one}\" 的表只能有一张")
        roster = next((t for t in self.policy.tables.values() if t.grain == "roster"), None)
        if roster is None:
            raise self.fail("tables", "要有一张 grain = \"roster\" 的表")
        known = [c.heading for c in roster.columns]
        for name, table in self.policy.tables.items():
            choice = next((c for c in table.columns if c.type == "choice"), None)
            if table.grain == "changes" and choice:
                for label in choice.choices:
                    if label not in known:
                        raise self.fail(f"tables.{name}.columns.{choice.name}",
                                        f"{label} 不是 {roster.sheet} 的表头{near_to(label, known)}")
            if table.grain == "items" and choice and len(choice.choices) != 2:
                raise self.fail(f"tables.{name}.columns.{choice.name}",
                                "choices 要正好两个：先计入应发的，后计入扣款的")

    def column(self, path: str, table: Table, column: Column) -> None:
        if not column.heading:
            raise self.fail(path, "heading 不能是空的")
        if column.required and column.optional:
            raise self.fail(path, "required 和 optional 只能有一个")
        if column.max is not None and column.max < column.min:
            raise self.fail(path, f"max {column.max} 小于 min {column.min}")
        if column.blank is not None and COLUMN_TYPES.get(column.type, NUMBER) != NUMBER:
            raise self.fail(path, "只有数的列能写 blank")
        if len(set(column.choices)) < len(column.choices):
            raise self.fail(path, "choices 有重复的")
        has_period = table.grain == "period" and column.type not in KEY_TYPES and not column.ignored
        if has_period != bool(column.period):
            raise self.fail(path, "grain = \"period\" 的表，这一列要写 period = \"month\" 或 \"quarter\"" if has_period
                            else "这一列不能写 period；它只用在 grain = \"period\" 的表的数据列")

    # -- rules ------------------------------------------------------------------------------------------------------

    def cases(self) -> None:
        """Parts use their arguments."""
        for name, part in self.policy.parts.items():
            path, texts = f"parts.{name}", [part.expr, *part.cases.values()]
            if bool(part.expr) == bool(part.reading) or bool(part.reading) != bool(part.cases):
                raise self.fail(path, "要么写 expr，要么写 reading 和 cases")
            for arg in part.args:
                if not arg.isidentifier() or part.args.count(arg) > 1:
                    raise self.fail(f"{path}.args", f"{plain(arg)} 不是名称，或者写了两次")
                if not any(re.search(rf"\b{arg}\b", text) for text in texts):
                    raise self.fail(f"{path}.args", f"没有用到 {arg}")
            self.choice(path, part)

    def choice(self, path: str, rule: Any) -> None:
        """What has a reading has a case for each of its values."""
        readings = self.policy.readings
        if not rule.reading:
            return
        if rule.reading not in readings:
            hint = near_to(rule.reading, readings) or f"，有 {'、'.join(readings) or '（无）'}"
            raise self.fail(f"{path}.reading", f"没有读法 {rule.reading}{hint}")
        allowed = readings[rule.reading].values
        for value in allowed:
            if value not in rule.cases:
                raise self.fail(f"{path}.cases", f"缺少读法 {rule.reading} 的 {value}")
        for value in rule.cases:
            if value not in allowed:
                raise self.fail(f"{path}.cases", f"读法 {rule.reading} 没有 {value}，有 {'、'.join(allowed)}")

    def quantities(self) -> None:
        made: dict[str, Quantity[Any]] = {}
        by_row = " 或 ".join(f'kind = "{kind}"' for kind, cls in KINDS.items() if cls.by_row)
        for name, rule in self.written.items():
            making = _Making(self, name)
            if not rule.title or not rule.clause:
                raise making.fail("", f"要写 {'clause（条款，或者清单里的歧义编号）' if rule.title else 'title'}")
            if rule.rows:
                making.table("rows", rule.rows)
            kind = KINDS[rule.kind]
            if rule.rows and not kind.by_row:
                raise making.fail("rows", f"只有 {by_row} 的量能按行写")
            made[name] = kind.made(name, rule, making)
        self.policy.quantities = made

    # -- checks, texts, outputs -------------------------------------------------------------------------------------

    def findings(self) -> None:
        policy = self.policy
        for name, table in policy.tables.items():
            for i, row in enumerate(table.checks):
                path = f"tables.{name}.checks{place([i])}"
                row._node = self.parse(f"{path}.when", row.when, BOOL, rows=name)
                for column in row.columns:
                    if column not in [c.name for c in table.columns]:
                        raise self.fail(f"{path}.columns", f"{name} 没有列 {column}"
                                                           + near_to(column, [c.name for c in table.columns]))
                self.text(path, row.text, row.do)
            if table.people:
                table._people = self.parse(f"tables.{name}.people", table.people, BOOL,
                                           quarter=table.grain == "quarter")
        for i, check in enumerate(policy.checks):
            path, quarter = f"checks{place([i])}", check.job != "payroll"
            if quarter and policy.review is None:
                raise self.fail(f"{path}.job", "这份制度没有 [review]")
            check._node = self.parse(f"{path}.when", check.when, BOOL, quarter=quarter)
            self.filled(f"{path}.text", check.text, quarter)
            self.text(path, "", check.do)
            if check.once_by:
                self.named(f"{path}.once_by", [check.once_by], quarter)
            self.pointer(f"{path}.column", check.column)
        for name, refusal in policy.refusals.items():
            for text in (refusal.text, refusal.do, refusal.command):
                for one in placeholders(text):
                    if one not in REFUSAL_NAMES:
                        known = "、".join(f"{{{n}}}" for n in REFUSAL_NAMES)
                        raise self.fail(f"refusals.{name}", f"{{{one}}} 填不上；这里可以用 {known}")
            of = policy._columns.get(refusal.column, ("", None))[0]
            if not of or policy.tables[of].grain != "events":           # a rule over rows refuses its row
                self.pointer(f"refusals.{name}.column", refusal.column)

    def plausible(self) -> None:
        """The roles that the section ``plausible`` gives fit what they are given to."""
        policy, role = self.policy, self.policy.plausible
        monthly = ("month", "period")
        # of the roster one column each, '' for none; of the others every name has to be one
        for where, names, grains, kinds, what in (
                ("hired", [role.hired] if role.hired else [], ("roster",), ("date",), "花名册的日期列"),
                ("left", [role.left] if role.left else [], ("roster",), ("date",), "花名册的日期列"),
                ("post", [role.post] if role.post else [], ("roster",), ("choice",), "花名册里 type = \"choice\" 的列"),
                ("daily", role.daily, ("month",), ("count",), "按月的表里 type = \"count\" 的列"),
                ("hours", role.hours, ("month",), ("hours",), "按月的表里 type = \"hours\" 的列"),
                ("totals", role.totals, ("month",), ("score",), "按月的表里 type = \"score\" 的列"),
                ("varying", role.varying, monthly, ("score", "money"), "按月的表里 type = \"score\" 或 \"money\" 的列"),
                ("wanted", role.wanted, monthly, ("score",), "按月的表里 type = \"score\" 的列")):
            fitting = [name for name, (table, column) in policy._columns.items()
                       if policy.tables[table].grain in grains and column.type in kinds and not column.ignored]
            for name in names:
                if name not in fitting:
                    raise self.fail(f"plausible.{where}", f"{name or '空的名字'} 不是{what}{near_to(name, fitting)}")
        months = [name for name, table in policy.tables.items() if table.grain == "month"]
        if role.attendance and role.attendance not in months:
            raise self.fail("plausible.attendance",
                            f"{role.attendance} 不是 grain = \"month\" 的表{near_to(role.attendance, months)}")
        forms = [name for name, table in policy.tables.items() if table.grain in ("month", "quarter")]
        posts = policy._columns[role.post][1].choices if role.post else []
        for name, post in role.posts.items():
            if name not in forms:
                raise self.fail("plausible.posts", f"{name} 不是按月或按季的表{near_to(name, forms)}")
            if post not in posts:
                raise self.fail(f"plausible.posts.{name}",
                                f"「{post}」不是 plausible.post 那一列的选项{near_to(post, posts)}")
        for name, hours in role.hours.items():
            counts = [c.name for c in policy.tables[policy._columns[name][0]].columns if c.type == "count"]
            if hours.count not in counts:
                raise self.fail(f"plausible.hours.{name}.count",
                                f"{hours.count} 不是同一张表里 type = \"count\" 的列{near_to(hours.count, counts)}")
            self.used |= {name, hours.count}
            if hours.both:
                hours._node = self.parse(f"plausible.hours.{name}.both", hours.both, BOOL)
        for name in role.scores:
            rule = policy.quantities.get(name)
            if rule is None or rule.rows or rule.period != "month":
                raise self.fail("plausible.scores", f"{name} 不是按人、按月的量{near_to(name, policy.quantities)}")
        for name, text in role.wanted.items():
            role._wanted[name] = self.parse(f"plausible.wanted.{name}", text, BOOL)
        for name in role.shares:
            if name not in policy.parameters or policy.parameters[name].unit != "%":
                known = [n for n, p in policy.parameters.items() if p.unit == "%"]
                raise self.fail("plausible.shares", f"{name} 不是 unit = \"%\" 的参数{near_to(name, known)}")

    def text(self, path: str, text: str, do: str) -> None:
        """Texts in which nothing is filled in."""
        for field, one in (("text", text), ("do", do)):
            if found := placeholders(one):
                raise self.fail(f"{path}.{field}", f"{{{found[0]}}} 填不上：这里只写固定的文字")

    def filled(self, path: str, text: str, quarter: bool) -> None:
        """A text with {quantity} or {parameter} in it."""
        for name in placeholders(text):
            parameter = self.policy.parameters.get(name)
            if parameter is None:
                if not name.strip():
                    raise self.fail(path, "{} 里要写一个量或参数的名称")
                self.named(path, [name], quarter)
            elif parameter.keys:
                raise self.fail(path, f"{{{name}}} 填不上：参数 {name} 要带键")
            self.used.add(name)

    def named(self, path: str, names: Iterable[str], quarter: bool = False) -> None:
        """Names of quantities or inputs outside of expressions."""
        for name in names:
            if not self.people.is_quantity(name):
                raise self.fail(path, f"没有叫 {name} 的量或输入列{self.people.hint(name)}")
            self.used.add(name)
        if quarter:
            self.quarterly(path, names)

    def pointer(self, path: str, name: str) -> None:
        """The input whose cell a finding points at; 工号 and 姓名 may be meant too."""
        column = self.policy._columns.get(name)
        if name and not (column and column[1].type in ("id", "name")):
            self.named(path, [name])

    def outputs(self) -> list[tuple[str, Output]]:
        found = [("payroll", self.policy.payroll)]
        return [*found, ("review", self.policy.review)] if self.policy.review else found

    def output(self, job: str, output: Output) -> None:
        quarter = job == "review"
        output._node = self.parse(f"{job}.people", output.people, BOOL, quarter=quarter)
        headings: set[str] = set()
        for column in output.columns:
            path = f"{job}.columns.{column.heading}"
            if column.heading in headings or not column.heading:
                raise self.fail(path, "表头重复" if column.heading else "heading 不能是空的")
            headings.add(column.heading)
            if bool(column.value) == bool(column.fill):
                raise self.fail(path, "要么写 value，要么写 fill")
            if column.value:
                column._node = self.parse(path, column.value, OUTPUT_TYPES.get(column.type, ANY), quarter=quarter)
            if column.explain and not self.people.is_quantity(column.value):
                raise self.fail(path, "explain = true 的列，value 应是一个量")
            if column.explain and column.value not in self.policy.quantities and not column.clause:
                raise self.fail(path, "explain = true 的列，value 是输入的，要写 clause")
            if column.when:
                column._when = self.parse(f"{path}.when", column.when, BOOL, quarter=quarter)
        for fill, heading in (("id", "工号"), ("name", "姓名")):
            if not any(c.fill == fill and c.heading == heading for c in output.columns):
                raise self.fail(f"{job}.columns", f"要有 {{ heading = \"{heading}\", fill = \"{fill}\" }}")
        for i, mark in enumerate(output.marks):
            mark._node = self.parse(f"{job}.marks{place([i])}.when", mark.when, BOOL, quarter=quarter)
            self.filled(f"{job}.marks{place([i])}.text", mark.text, quarter)
        for i, form in enumerate(output.forms):
            if form.table not in self.policy.tables:
                raise self.fail(f"{job}.forms{place([i])}", f"没有表 {form.table}，有 {'、'.join(self.policy.tables)}")
            if self.policy.tables[form.table].grain != "quarter":
                raise self.fail(f"{job}.forms{place([i])}", f"{form.table} 不是 grain = \"quarter\" 的表")
            form._node = self.parse(f"{job}.forms{place([i])}.when", form.when, BOOL, quarter=quarter)

    def formulas(self, job: str, output: Output) -> None:
        """What is to be a live formula can be one, whatever readings are chosen: over the row's own cells."""
        for at, column in enumerate(output.columns):
            path, before = f"{job}.columns.{column.heading}.formula", output.columns[:at]
            if column.formula in (True, "auto"):
                columns = {c.value for c in output.columns if c.value and c is not column and c.type != "bool"}
                if column._node is None:
                    raise self.fail(path, "只有写 value 的列能写 formula = true")
                node = column._node
                if isinstance(node, Ref) and node.name in self.policy.quantities:
                    node = self.policy.quantities[node.name].expression or node
                why = self.unsaid(node, columns)
                if column.formula == "auto":
                    column.formula = not why
                elif why:
                    raise self.fail(path, f"不能写成 Excel 公式：{why}")
            elif column.formula and not (any(c.part == column.formula for c in before) and any(
                    c.type == "money" and c.total and not c.fill for c in before)):
                raise self.fail(path, f"前面没有 part = \"{column.formula}\" 的列，或者没有合计的金额列")

    def unsaid(self, node: Node, columns: set[str]) -> str:
        """Why an expression cannot be said with the cells of a row, '' when it can."""
        if isinstance(node, Ref) and node.name not in columns:
            rule = self.policy.quantities.get(node.name)
            if rule is None or rule.expression is None or rule.period != "month":
                return f"{node.name} 不是这张表的一列"
            return self.unsaid(rule.expression, columns)
        if isinstance(node, Parameter):
            return "" if node.key is None or isinstance(node.key, Const) else f"{node.name} 的键各人不同"
        if isinstance(node, OneOf | Present | Default | Refuse):
            return "里面有 in、present、default 或 refuse"
        return next((why for child in node.children() if (why := self.unsaid(child, columns))), "")

    # -- functions for cells ----------------------------------------------------------------------------------------

    def function(self, path: str, function: Function) -> None:
        """Its expressions, and that its arguments name what there is."""
        policy, quarter = self.policy, function.period == "quarter"
        if function.explains:
            other = policy.functions.get(function.explains)
            if other is None or not other.value:
                raise self.fail(f"{path}.explains", f"没有函数 {function.explains}"
                                f"{near_to(function.explains, policy.functions)}，或者它没有 value")
            return

        def parse(field: str, text: str, wanted: str = BOOL) -> Node:
            return self.parse(f"{path}.{field}", text, wanted, quarter=quarter)

        function._node = parse("value", function.value, OUTPUT_TYPES.get(function.type, ANY))
        if function.people:
            function._people = parse("people", function.people)
        if function.when:
            function._when = parse("when", function.when)
        for i, check in enumerate(function.checks):
            check._node = parse(f"checks{place([i])}.when", check.when)
            self.text(f"{path}.checks{place([i])}", check.text, check.do)
        for over, tables in function.sheets.items():
            for table in tables:
                if table not in policy.tables:
                    raise self.fail(f"{path}.sheets.{over}", f"没有表 {table}，有 {'、'.join(policy.tables)}")
        ids = [argument for argument in function.arguments.values() if argument.type == "id"]
        if function.sheets and not (len(ids) == len(function.arguments) == 1 and function.people and function.when):
            raise self.fail(path, "写了 sheets 的函数要有一个 type = \"id\" 的参数，还要写 people 和 when")
        supplied: set[str] = set(function.given)
        for name, argument in function.every():
            self.named(f"{path}.{name}.supplies", argument.supplies)
            if argument.when:
                argument._node = parse(f"{name}.when", argument.when)
            for target in argument.supplies:
                if target in supplied:
                    raise self.fail(f"{path}.{name}.supplies", f"{target} 已经由别的参数或 given 给出")
                supplied.add(target)
        for target, text in function.given.items():
            self.named(f"{path}.given", [target])
            function._given[target] = parse(f"given.{target}", text, ANY)

    def argument(self, path: str, function: Function, argument: Argument) -> None:
        """How its cells are read fits what it stands for."""
        monthly = all(self.grain(name) == "month" for name in argument.supplies)
        if argument.months and not (monthly and function.period == "quarter"):
            raise self.fail(f"{path}.months", "只用在 period = \"quarter\" 的函数里，给出的是按月的量")
        if argument.type not in ("choice", "bool"):
            if argument.default and not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,4})?", argument.default):
                raise self.fail(f"{path}.default", f"「{argument.default}」不是数")
            if argument.words:
                raise self.fail(f"{path}.words", "只有 type = \"choice\" 的参数能写 words")
            return
        if argument.type == "choice" and not argument.supplies:
            raise self.fail(f"{path}.supplies", "type = \"choice\" 的参数要给出一个量，它的值就是可以填的值")
        labels = self.choices(argument)
        for label in (*argument.words.values(), *filter(None, [argument.default])):
            if label not in labels:
                raise self.fail(path, f"没有「{label}」这个值，有 {'、'.join(labels)}{near_to(label, labels)}")

    def choices(self, argument: Argument) -> list[str]:
        """The labels that an argument can have."""
        return ["是", "否"] if argument.type == "bool" else self.choices_of(argument.supplies[0]) or []

    def reach(self, path: str, function: Function) -> None:
        """Whatever a function can come to need is given by its arguments, and they give nothing else."""
        policy = self.policy
        supplied = {name for _, argument in function.every() for name in argument.supplies} | set(function.given)
        roots = [root for where, root in self.nodes if where.startswith(f"{path}.")]
        stack = [node.name for root in roots for node in walk(root) if isinstance(node, Ref)]
        seen: set[str] = set()
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in supplied:
                continue
            rule = policy.quantities.get(name)
            if rule is None or rule.reads_rows:
                raise self.fail(path, f"要用到 {name}，没有参数给出它")
            stack += [node.name for root in rule.nodes.values() for node in walk(root) if isinstance(node, Ref)]
            stack += [target for _, target in rule.references()]
        for name in supplied:
            if name not in seen:
                raise self.fail(path, f"给出的 {name} 用不到")

    # -- what can be said when everything is known ------------------------------------------------------------------

    def references(self) -> None:
        """Names in the fields of rules, refusals, and the keys of parameters."""
        policy = self.policy
        for name, rule in policy.quantities.items():
            for field, target in rule.references():
                self.named(f"quantities.{name}.{field}", [target])
        for path, root in self.nodes:
            for node in walk(root):
                if isinstance(node, Refuse):
                    if node.name not in policy.refusals:
                        raise self.fail(path, f"没有 refusals.{node.name}{near_to(node.name, policy.refusals)}")
                    self.used.add(f"refusals.{node.name}")
                if isinstance(node, Parameter):
                    self.used.add(node.name)
                    self.key(path, node)

    def key(self, path: str, node: Parameter) -> None:
        keys: list[Any] = self.policy.parameters[node.name].keys
        if bool(keys) != (node.key is not None):
            raise self.fail(path, f"参数 {node.name} {f'要带键：{node.name}[…]' if keys else '没有键，不能带方括号'}")
        if node.key is None:
            return
        known = [node.key.value] if isinstance(node.key, Const) else node.key.choices(self.choices_of)
        if known and not any(key in keys for key in known):
            raise self.fail(path, f"参数 {node.name} 没有键 {'、'.join(map(plain_key, known))}，"
                                  f"有 {'、'.join(map(plain_key, keys))}")

    def choices_of(self, name: str) -> list[str] | None:
        """The labels that a quantity or input can have; None where they are not known beforehand."""
        if name in self.policy._columns:
            return self.policy._columns[name][1].choices or None
        quantity = self.policy.quantities.get(name)
        return quantity.choices(self.choices_of) if quantity else None

    def labels(self) -> None:
        """A text compared with must be one of the labels."""
        for path, root in self.nodes:
            for node in walk(root):
                if isinstance(node, OneOf):
                    self.among(path, node.left, node.labels)
                elif isinstance(node, Compare):
                    for one, other in (node.children(), node.children()[::-1]):
                        if isinstance(other, Const) and isinstance(other.value, str):
                            self.among(path, one, (other.value,))

    def among(self, path: str, node: Node, labels: tuple[str, ...]) -> None:
        known = node.choices(self.choices_of)
        for label in labels:
            if known and label not in known:
                name = f"{node.name} " if isinstance(node, Ref) else ""
                raise self.fail(path, f"{name}没有「{label}」这个值，有 {'、'.join(known)}{near_to(label, known)}")

    def grain(self, name: str) -> str:
        policy = self.policy
        if name in MONTH_CONSTANTS + QUARTER_CONSTANTS:
            return "month" if name in MONTH_CONSTANTS else "quarter"
        if name in policy.quantities:
            return policy.quantities[name].period
        table, column = policy._columns[name]
        grain = policy.tables[table].grain
        return column.period if grain == "period" else {"month": "month", "quarter": "quarter"}.get(grain, "")

    def quarterly(self, path: str, names: Iterable[str]) -> None:
        for name in names:
            if self.grain(name) == "month":
                raise self.fail(path, f"这里按季，不能直接用按月的 {name}；用 kind = \"over\" 说明怎么合成")

    def grains(self) -> None:
        """What exists once a quarter cannot be made of what exists once a month without saying how."""
        for name, quantity in self.policy.quantities.items():
            path = f"quantities.{name}"
            quantity.agree(_Making(self, name))
            if quantity.rows:
                continue
            for target, _ in quantity.periods(("month", 0)):
                if self.grain(target) == "quarter":
                    raise self.fail(path, f"kind = \"{quantity.kind}\" 取的是各月的值，{target} 是按季的")
            if quantity.period != "month" and quantity.counts_months:
                raise self.fail(path, "从某个月往前后数的，只能是 period = \"month\" 的量")
            if quantity.period == "" and quantity.needs_period:
                raise self.fail(path, f"kind = \"{quantity.kind}\" 的量要有 period")
            if quantity.period == "quarter":
                self.quarterly(path, direct(quantity))
            for target in direct(quantity) if quantity.period == "" else ():
                if self.grain(target):
                    raise self.fail(path, f"不分期间的量不能用分期间的 {target}")

    def order(self) -> list[str]:
        """The quantities, operands first; a cycle is refused."""
        order: list[str] = []
        trail: list[str] = []

        def visit(name: str) -> None:
            if name in done or name not in self.policy.quantities:
                return
            if name in trail:
                raise self.fail(f"quantities.{name}", f"互相引用成环：{' → '.join([*trail[trail.index(name):], name])}")
            trail.append(name)
            rule = self.policy.quantities[name]
            inside = [node.name for root in rule.nodes.values() for node in walk(root) if isinstance(node, Ref)]
            for target in [*inside, *(n for _, n in rule.references())]:
                visit(target)
            trail.pop()
            done.add(name)
            order.append(name)

        done: set[str] = set()
        for name in self.policy.quantities:
            visit(name)
        return order

    def typed(self, order: list[str]) -> None:
        """Every part of an expression is of a type that can be used there."""
        policy = self.policy
        types: dict[str, str] = {}
        for name, (_, column) in policy._columns.items():
            types[name] = ANY if column.type in KEY_TYPES else COLUMN_TYPES.get(column.type, NUMBER)
        types |= dict.fromkeys(MONTH_CONSTANTS + QUARTER_CONSTANTS, DATE) | {"month_days": NUMBER}

        of = types.__getitem__

        def check(path: str, one: Callable[..., Any], *args: Any) -> None:
            try:
                one(*args, of)
            except ExpressionError as error:
                raise self.fail(path, error) from None

        for name in order:
            check(f"quantities.{name}", check_fields, policy.quantities[name])
            types[name] = policy.quantities[name].type = policy.quantities[name].type_of(of)
        for path, node, wanted in self.wanted:
            check(path, need, node, wanted, "")
        for function_name, function in policy.functions.items():
            for target, node in function._given.items():
                check(f"functions.{function_name}.given.{target}", need, node, of(target), "")
        for path, root in self.nodes:
            for one in walk(root):
                if isinstance(one, Parameter) and one.key is not None:
                    text = isinstance(policy.parameters[one.name].keys[0], str)
                    check(path, need, one.key, TEXT if text else NUMBER, f"{one.name} 的键")
                if isinstance(one, Nothing) and not one.type:
                    raise self.fail(path, "看不出 blank 或 refuse 代替的是什么：数、日期、条件还是文字")

    def use(self) -> None:
        """Everything that is declared is used by something: a rule, an output, a check or a notice."""
        policy = self.policy
        used = self.used | {node.name for _, root in self.nodes for node in walk(root) if isinstance(node, Ref)}
        used |= self.people.expanded.union(*(scope.expanded for scope in self.row_scopes.values()))
        readings = {node.reading for _, root in self.nodes for node in walk(root) if isinstance(node, Case)}
        for name in policy.parts:
            if f"parts.{name}" not in used:
                raise self.fail(f"parts.{name}", "没有任何规则用到它")
        for name in policy.parameters:
            if name not in used:
                raise self.fail(f"parameters.{name}", "没有任何规则用到这个参数")
        for name in policy.readings:
            if name not in readings:
                raise self.fail(f"readings.{name}", "没有任何规则用到这个读法")
        for name in policy.refusals:
            if f"refusals.{name}" not in used:
                raise self.fail(f"refusals.{name}", "没有任何规则用到它")
        for name in policy.quantities:
            if name not in used:
                raise self.fail(f"quantities.{name}", "没有任何规则、检查、备注或输出用到这个量")
        for name, (table, column) in policy._columns.items():
            by_program = policy.tables[table].grain in ("changes", "items") or column.type in (*KEY_TYPES, "date")
            if name not in used and not column.ignored and not by_program:
                raise self.fail(f"tables.{table}.columns.{name}",
                                "没有任何规则用到这一列；只是留在表上的写 ignored = true")
