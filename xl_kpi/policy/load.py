"""Loading policy files: read, check, compile the expressions; every refusal names the file and the key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from xl_kpi.policy.model import Policy
from xl_kpi.rules import expression
from xl_kpi.rules.base import PolicyError
from xl_kpi.rules.expression import Case, Compare, Const, ExpressionError, Node, OneOf, Parameter, Ref, Refuse
from xl_kpi.rules.kinds import KINDS, AsOf, Expr

DEFAULT_POLICY = "bozhen-2016"
FOLDER = Path(__file__).resolve().parent.parent / "policies"

# Constants of the period that expressions may name: dates, and the days of the month.
MONTH_CONSTANTS = ("month_start", "month_end", "month_days")
QUARTER_CONSTANTS = ("quarter_start", "quarter_end", "last_quarter_start", "last_quarter_end")


def ids() -> list[str]:
    """The ids of the policies that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load(policy_id: str) -> Policy:
    """The policy with this id, compiled.  Raises PolicyError."""
    if policy_id not in ids():
        near = difflib.get_close_matches(policy_id, ids(), 3, 0.4)
        hint = f"，是不是 {'、'.join(near)}" if near else f"；有 {'、'.join(ids())}"
        raise PolicyError(f"没有制度 {policy_id}{hint}")
    return load_file(FOLDER / f"{policy_id}.toml")


def load_file(path: Path) -> Policy:
    """One policy file, compiled and checked.  Raises PolicyError with the file, the key's path and the reason."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path.name}：读不出来（{error}）") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path.name}：不是合法的 TOML（{error}）") from None
    for name, quantity in raw.get("quantities", {}).items():
        if isinstance(quantity, dict):
            quantity.setdefault("kind", "expr")
            if quantity["kind"] not in KINDS:
                raise PolicyError(f"{path.name}：quantities.{name}.kind 是 {quantity['kind']!r}，"
                                  f"可用的有 {'、'.join(KINDS)}")
    try:
        policy = Policy.model_validate(raw)
    except ValidationError as error:
        raise PolicyError("\n".join(f"{path.name}：{line}" for line in _readable(error, raw))) from None
    policy.file = path.name
    if policy.id != path.stem:
        raise PolicyError(f"{path.name}：id 是 {policy.id!r}，要与文件名 {path.stem!r} 相同")
    _Compiler(policy).run()
    return policy


def _readable(error: ValidationError, raw: Any) -> Iterator[str]:
    """One Chinese line for each thing that pydantic found."""
    for item in error.errors():
        path = [part for part in item["loc"] if part not in KINDS]
        where = ".".join(str(part) for part in path)
        if item["type"] == "extra_forbidden":
            allowed = _allowed(path[:-1], raw)
            near = difflib.get_close_matches(str(path[-1]), allowed, 1, 0.6)
            hint = f"，是不是 {near[0]}" if near else ""
            yield f"{where} 不认识{hint}；这里可以写 {'、'.join(allowed)}"
        elif item["type"] == "missing":
            yield f"缺少 {where}"
        else:
            yield f"{where} 不对：{item['msg'].removeprefix('Value error, ')}"


def _allowed(path: list[Any], raw: Any) -> list[str]:
    """The keys that the model allows at a place of the file."""
    from typing import get_args

    from pydantic import BaseModel

    model: Any = Policy
    here: Any = raw
    for part in path:
        here = here[part] if isinstance(here, dict | list) else None
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(part)].annotation
        else:                               # into a list or a dictionary
            args = [a for a in get_args(model) if a is not type(None)]
            model = args[-1]
        while args := [a for a in get_args(model) if isinstance(a, type) and issubclass(a, BaseModel)]:
            if getattr(model, "__origin__", None) in (dict, list):
                break
            model = args[0]
            if len(args) > 1 and isinstance(here, dict):
                model = KINDS.get(here.get("kind", "expr"), Expr)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return list(model.model_fields)
    if isinstance(here, dict) and "kind" in here:
        return list(KINDS[here["kind"]].model_fields)
    return []


class _Scope:
    """The names that an expression may use: over people, or over the rows of one table."""

    def __init__(self, policy: Policy, rows: str = ""):
        self.policy, self.rows = policy, rows
        if rows:
            self.quantities = {n for n, q in policy.quantities.items() if q.rows == rows}
            self.columns = {c.name for c in policy.tables[rows].columns}
            self.constants: tuple[str, ...] = ()
        else:
            self.quantities = {n for n, q in policy.quantities.items() if not q.rows}
            self.columns = {c.name for t in policy.tables.values() if t.grain in ("roster", "month", "quarter", "period")
                            for c in t.columns if c.type not in ("id", "name", "month", "quarter", "period")
                            and not c.ignored}
            self.constants = MONTH_CONSTANTS + QUARTER_CONSTANTS

    def is_parameter(self, name: str) -> bool:
        return name in self.policy.parameters

    def is_quantity(self, name: str) -> bool:
        return name in self.quantities or name in self.columns or name in self.constants

    def names(self) -> list[str]:
        return [*self.quantities, *self.columns, *self.constants, *self.policy.parameters]

    def rule(self, name: str) -> tuple[list[str], Callable[[dict[str, Node]], Node]] | None:
        part = self.policy.parts.get(name)
        if part is None:
            return None
        return part.args, lambda bound: parse_cases(part, self, bound)


def parse_cases(rule: Any, scope: Any, bound: dict[str, Node] | None = None) -> Node:
    """The node of something with ``expr``, or with ``reading`` and ``cases``."""
    if rule.expr:
        return expression.parse(rule.expr, scope, bound)
    return Case(rule.reading, tuple((value, expression.parse(text, scope, bound)) for value, text in rule.cases.items()))


class _Compiler:
    """Compiles and checks one policy."""

    def __init__(self, policy: Policy):
        self.policy = policy
        self.people = _Scope(policy)
        self.row_scopes = {name: _Scope(policy, name) for name in policy.tables}
        self.nodes: list[tuple[str, Node]] = []          # (path, root) of every expression

    def fail(self, path: str, text: object) -> PolicyError:
        return PolicyError(f"{self.policy.file}：{path}：{text}")

    def parse(self, path: str, text: str, rows: str = "") -> Node:
        scope = self.row_scopes[rows] if rows else self.people
        return self.keep(path, lambda: expression.parse(text, scope))

    def keep(self, path: str, make: Callable[[], Node]) -> Node:
        try:
            node = make()
        except ExpressionError as error:
            raise self.fail(path, error) from None
        self.nodes.append((path, node))
        return node

    def run(self) -> None:
        self.columns()
        self.readings()
        self.quantities()
        self.rest()
        self.names()
        self.labels()
        self.grains()
        self.cycles()
        self.use()

    def columns(self) -> None:
        policy = self.policy
        for table_name, table in policy.tables.items():
            headings: set[str] = set()
            for column in table.columns:
                path = f"tables.{table_name}.columns.{column.name}"
                if column.name in policy._columns or column.name in policy.quantities:
                    if column.name not in ("id", "name"):
                        raise self.fail(path, "这个名称已经用过")
                if column.heading in headings:
                    raise self.fail(path, f"表头 {column.heading} 重复")
                headings.add(column.heading)
                policy._columns[column.name] = (table_name, column)
            keys = [c.type for c in table.columns]
            need = {"roster": ["id", "name"], "month": ["id", "month"], "quarter": ["id", "quarter"],
                    "period": ["id", "period"], "events": ["id", "date"], "items": ["id", "month"],
                    "changes": ["id", "date"]}[table.grain]
            for key in need:
                if key not in keys:
                    raise self.fail(f"tables.{table_name}", f"grain = {table.grain!r} 的表要有 type = {key!r} 的列")
        for one in ("roster", "changes", "items"):
            if sum(t.grain == one for t in policy.tables.values()) > 1:
                raise self.fail("tables", f"grain = {one!r} 的表只能有一张")
        if not any(t.grain == "roster" for t in policy.tables.values()):
            raise self.fail("tables", "要有一张 grain = \"roster\" 的表")

    def readings(self) -> None:
        for name, part in {**self.policy.parts, **self.policy.quantities}.items():
            reading = getattr(part, "reading", "")
            if not reading:
                continue
            path = f"{'parts' if name in self.policy.parts else 'quantities'}.{name}"
            if reading not in self.policy.readings:
                raise self.fail(path, f"没有读法 {reading}，有 {'、'.join(self.policy.readings) or '（无）'}")
            allowed, given = set(self.policy.readings[reading].values), set(part.cases)    # type: ignore[union-attr]
            if allowed != given:
                odd = "、".join(sorted(allowed ^ given))
                raise self.fail(path, f"cases 要与读法 {reading} 的值一一对应（{odd} 对不上）")

    def quantities(self) -> None:
        for name, rule in self.policy.quantities.items():
            path = f"quantities.{name}"
            if not rule.title or not rule.clause:
                raise self.fail(path, "要写 title 和 clause（条款，或者清单里的歧义编号）")
            if rule.rows and rule.rows not in self.policy.tables:
                raise self.fail(path, f"rows 指的表 {rule.rows} 不存在")
            if isinstance(rule, Expr):
                scope = self.row_scopes[rule.rows] if rule.rows else self.people
                rule._nodes["expr"] = self.keep(path, lambda rule=rule, scope=scope: parse_cases(rule, scope))
                continue
            table = getattr(rule, "table", "")
            if table and table not in self.policy.tables:
                raise self.fail(path, f"没有表 {table}，有 {'、'.join(self.policy.tables)}")
            for field, over in rule.expressions.items():
                text = getattr(rule, field)
                rows = table if over == "row" else ""
                if isinstance(text, dict):
                    for key, one in text.items():
                        if key not in self.policy.parameters or not self.policy.parameters[key].keys:
                            raise self.fail(f"{path}.{field}", f"{key} 不是按键的参数")
                        rule._nodes[f"{field}.{key}"] = self.parse(f"{path}.{field}.{key}", one, rows)
                elif text:
                    rule._nodes[field] = self.parse(f"{path}.{field}", text, rows)

    def rest(self) -> None:
        policy = self.policy
        for name, table in policy.tables.items():
            for i, check in enumerate(table.checks):
                check._node = self.parse(f"tables.{name}.checks.{i}.when", check.when, name)
                for column in check.columns:
                    if column not in {c.name for c in table.columns}:
                        raise self.fail(f"tables.{name}.checks.{i}", f"没有列 {column}")
            if table.people:
                self.parse(f"tables.{name}.people", table.people)
        for i, one in enumerate(policy.checks):
            one._node = self.parse(f"checks.{i}.when", one.when)
        for job, output in (("payroll", policy.payroll), ("review", policy.review)):
            if output is None:
                continue
            output._node = self.parse(f"{job}.people", output.people)
            for column in output.columns:
                if column.value:
                    column._node = self.parse(f"{job}.columns.{column.heading}", column.value)
                elif not column.fill:
                    raise self.fail(f"{job}.columns.{column.heading}", "要写 value 或 fill")
                if column.when:
                    column._when = self.parse(f"{job}.columns.{column.heading}.when", column.when)
            for i, mark in enumerate(output.marks):
                mark._node = self.parse(f"{job}.marks.{i}.when", mark.when)
            for i, form in enumerate(output.forms):
                if form.table not in policy.tables:
                    raise self.fail(f"{job}.forms.{i}", f"没有表 {form.table}")
                form._node = self.parse(f"{job}.forms.{i}.when", form.when)

    def names(self) -> None:
        """Names outside of expressions, and refusals."""
        for name, rule in self.policy.quantities.items():
            for field, target in rule.references():
                if not self.people.is_quantity(target):
                    near = difflib.get_close_matches(target, self.people.names(), 3, 0.6)
                    hint = f"，是不是 {'、'.join(near)}" if near else ""
                    raise self.fail(f"quantities.{name}.{field}", f"没有叫 {target} 的量或输入列{hint}")
        for path, root in self.nodes:
            for node in walk(root):
                if isinstance(node, Refuse) and node.name not in self.policy.refusals:
                    raise self.fail(path, f"没有 refusals.{node.name}")
                if isinstance(node, Parameter):
                    keys = self.policy.parameters[node.name].keys
                    if bool(keys) != (node.key is not None):
                        raise self.fail(path, f"参数 {node.name} {'要' if keys else '不能'}带键")
                    if isinstance(node.key, Const):
                        key = node.key.value if isinstance(node.key.value, str) else int(node.key.value)
                        if key not in keys:
                            raise self.fail(path, f"参数 {node.name} 没有键 {key}，有 {'、'.join(map(str, keys))}")

    def choices(self, name: str) -> list[str]:
        """The labels that a name can have, as far as they are known beforehand."""
        if name in self.policy._columns:
            return self.policy._columns[name][1].choices
        rule = self.policy.quantities.get(name)
        if isinstance(rule, AsOf):
            return self.choices(rule.column)
        return rule.choices if isinstance(rule, Expr) else []

    def labels(self) -> None:
        """A text compared with must be one of the labels."""
        for path, root in self.nodes:
            for node in walk(root):
                texts: tuple[str, ...] = ()
                if isinstance(node, OneOf):
                    texts = node.labels
                elif isinstance(node, Compare) and isinstance(node.right, Const) and isinstance(node.right.value, str):
                    texts = (node.right.value,)
                left = getattr(node, "left", None)
                if texts and isinstance(left, Ref) and (known := self.choices(left.name)):
                    for text in texts:
                        if text not in known:
                            raise self.fail(path, f"{left.name} 没有 {text!r} 这个值，有 {'、'.join(known)}")

    def grain(self, name: str) -> str:
        policy = self.policy
        if name in MONTH_CONSTANTS:
            return "month"
        if name in QUARTER_CONSTANTS:
            return "quarter"
        if name in policy.quantities:
            return policy.quantities[name].period
        table, column = policy._columns[name]
        grain = policy.tables[table].grain
        return column.period if grain == "period" else {"month": "month", "quarter": "quarter"}.get(grain, "")

    def grains(self) -> None:
        """What exists once a quarter cannot be made of what exists once a month without saying how."""
        for name, rule in self.policy.quantities.items():
            if rule.rows or rule.period == "month":
                continue
            for target in direct(rule):
                if self.grain(target) == "month" or (rule.period == "" and self.grain(target)):
                    raise self.fail(f"quantities.{name}", f"按季的量不能直接用按月的 {target}；用 kind = \"over\" 说明怎么合成")

    def cycles(self) -> None:
        state: dict[str, int] = {}

        def visit(name: str, trail: list[str]) -> None:
            if state.get(name) == 2 or name not in self.policy.quantities:
                return
            if state.get(name) == 1:
                loop = trail[trail.index(name):] + [name]
                raise self.fail(f"quantities.{name}", f"互相引用成环：{' → '.join(loop)}")
            state[name] = 1
            rule = self.policy.quantities[name]
            inside = [node.name for root in rule._nodes.values() for node in walk(root) if isinstance(node, Ref)]
            for target in [*inside, *(n for _, n in rule.references())]:
                visit(target, [*trail, name])
            state[name] = 2

        for name in self.policy.quantities:
            visit(name, [])

    def use(self) -> None:
        """Every parameter and reading is used by something."""
        used = {node.name for _, root in self.nodes for node in walk(root) if isinstance(node, Parameter)}
        used |= {key for rule in self.policy.quantities.values() for key in getattr(rule, "lines", {})}
        for name in self.policy.parameters:
            if name not in used:
                raise self.fail(f"parameters.{name}", "没有任何规则用到这个参数")
        reads = {getattr(p, "reading", "") for p in (*self.policy.parts.values(), *self.policy.quantities.values())}
        for name in self.policy.readings:
            if name not in reads:
                raise self.fail(f"readings.{name}", "没有任何规则用到这个读法")


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from walk(child)


def direct(rule: Any) -> list[str]:
    """The quantities and inputs that a rule names at its own period."""
    found = [node.name for root in rule.here() for node in walk(root) if isinstance(node, Ref)]
    other = {"over": ("of", "where"), "at": ("of",), "pick": ("of",)}.get(rule.kind, ())
    if rule.kind in ("events",) or rule.rows:
        return []
    return found + [name for field, name in rule.references() if field not in other]
