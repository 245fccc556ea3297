"""Input tables, their columns, the checks of their rows."""

from __future__ import annotations

from xl_kpi.policy import compiled
from xl_kpi.policy.compiled import made
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.compiling.scope import walk
from xl_kpi.policy.model import Column, Table
from xl_kpi.policy.names import AT, KEY_TYPES, PERIODIC, key_grain
from xl_kpi.policy.words import near_to, place
from xl_kpi.rules.expression import BOOL, DATE, NUMBER, TEXT, Compare, Logic, Node, Present, Ref

COLUMN_TYPES = {"text": TEXT, "choice": TEXT, "date": DATE, "count": NUMBER, "hours": NUMBER, "score": NUMBER,
                "money": NUMBER, "percent": NUMBER, "number": NUMBER}
# The columns that a table of a grain must have, by type.
NEEDED = {"roster": ["id", "name"], "changes": ["id", "date", "choice", "changed", "changed"],
          **{grain: ["id", grain] for grain in PERIODIC}, "events": ["id", "date"],
          "items": ["id", "month", "text", "money", "choice"]}


def tables(c: Compiling) -> None:
    for name, table in c.policy.tables.items():
        kinds = [c.type for c in table.columns if not c.ignored]
        for kind in NEEDED[table.grain] if key_grain(table) is None else ["id"]:
            if kinds.count(kind) < NEEDED[table.grain].count(kind):       # type: ignore[arg-type]
                count = NEEDED[table.grain].count(kind)
                c.tell(f"tables.{name}", f"grain = \"{table.grain}\" 的表要有{'两列' if count > 1 else '一列'} "
                                         f"type = \"{kind}\"")
                break
    c.stop()
    sheets = {"参数": "参数"}
    for name, table in c.policy.tables.items():
        with c.telling():
            path = f"tables.{name}"
            if table.melts:
                base = c.policy.tables.get(table.melts)
                if table.grain != "items" or base is None or base.grain != "month" or base.sheet != table.sheet:
                    raise c.fail(f"{path}.melts", "grain = \"items\" 的表才写，"
                                                       "写同一张工作表上 grain = \"month\" 的表")
            elif table.sheet in sheets:
                raise c.fail(f"{path}.sheet", f"工作表 {table.sheet} 已经是 {sheets[table.sheet]} 的")
            sheets[table.sheet] = path
            headings: dict[str, str] = {}
            for column in table.columns:
                with c.telling():
                    for heading in (column.heading, *column.reads):
                        if heading in headings:
                            raise c.fail(f"{path}.columns.{column.name}",
                                            f"表头 {heading} 已经是 {headings[heading]} 的")
                        headings[heading] = column.name
                    check_column(c, f"{path}.columns.{column.name}", table, column)
            if table.unique:
                check_unique(c, path, table)
    for one in ("roster", "changes", "items"):
        if sum(t.grain == one and not t.melts for t in c.policy.tables.values()) > 1:
            c.tell("tables", f"grain = \"{one}\" 的表只能有一张")
    roster = next((t for t in c.policy.tables.values() if t.grain == "roster"), None)
    if roster is None:
        c.tell("tables", "要有一张 grain = \"roster\" 的表")
        c.stop()
    assert roster is not None
    known = [c.heading for c in roster.columns]
    for name, table in c.policy.tables.items():
        with c.telling():
            choice = next((c for c in table.columns if c.type == "choice"), None)
            if table.grain == "changes" and choice:
                for label in choice.choices:
                    if label not in known:
                        raise c.fail(f"tables.{name}.columns.{choice.name}",
                                        f"{label} 不是 {roster.sheet} 的表头{near_to(label, known)}")
            if table.grain == "items" and choice and len(choice.choices) != 2:
                raise c.fail(f"tables.{name}.columns.{choice.name}",
                                "choices 要正好两个：先计入应发的，后计入扣款的")


def check_unique(c: Compiling, path: str, table: Table) -> None:
    names = [column.name for column in table.columns if column.type in ("choice", "text") and not column.ignored]
    if table.grain != "events":
        raise c.fail(f"{path}.unique", 'grain = "events" 的表才写')
    c.used |= set(table.unique)
    for name in table.unique:
        if name not in names:
            raise c.fail(f"{path}.unique", f"{name} 不是这张表里选项或文字的列{near_to(name, names)}")


def check_column(c: Compiling, path: str, table: Table, column: Column) -> None:
    if not column.heading:
        raise c.fail(path, "heading 不能是空的")
    if column.required and column.optional:
        raise c.fail(path, "required 和 optional 只能有一个")
    if column.max is not None and column.max < column.min:
        raise c.fail(path, f"max {column.max} 小于 min {column.min}")
    if column.blank is not None and COLUMN_TYPES.get(column.type, NUMBER) != NUMBER:
        raise c.fail(path, "只有数的列能写 blank")
    if len(set(column.choices)) < len(column.choices):
        raise c.fail(path, "choices 有重复的")
    has_period = table.grain == "period" and column.type not in KEY_TYPES and not column.ignored
    if has_period and not column.period:
        raise c.fail(path, "grain = \"period\" 的表，这一列要写 "
                           "period = \"month\"、\"quarter\"、\"half\" 或 \"year\"")
    if column.period and not has_period:
        raise c.fail(path, "这一列不能写 period；它只用在 grain = \"period\" 的表的数据列")


def compiled_tables(c: Compiling) -> dict[str, compiled.Table]:
    """The tables with the checks of their rows, and whose rows belong there."""
    found = {}
    for name, table in c.policy.tables.items():
        people = None
        with c.telling():
            if table.people:
                people = c.parse(f"tables.{name}.people", table.people, BOOL,
                                 periods=[table.grain] if table.grain in AT else [])
        checks = row_checks(c, name, table)
        limits = [limit for check in checks if check.level == "error" for limit in limits_of(check)]
        found[name] = made(compiled.Table, table, checks=checks, limits=limits, people=people)
    return found


def limits_of(check: compiled.RowCheck) -> list[compiled.Limit]:
    """What a check says of the most that may stand in its columns: it finds what is above."""
    found = []
    for case in _parts(check.when, "or"):
        conditions = _parts(case, "and")
        for one in conditions:
            match one:
                case (Compare(op=">", left=Ref(name=name), right=most)
                      | Compare(op="<", left=most, right=Ref(name=name))):
                    others = tuple(other for other in conditions if other not in (one, Present(Ref(name))))
                    named = {node.name for root in (most, *others) for node in walk(root) if isinstance(node, Ref)}
                    if name in check.columns and name not in named:
                        found.append(compiled.Limit(name, most, others))
    return found


def _parts(node: Node, op: str) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Logic) and node.op == op else (node,)


def row_checks(c: Compiling, name: str, table: Table) -> list[compiled.RowCheck]:
    found = []
    for i, row in enumerate(table.checks):
        with c.telling():
            path, names = f"tables.{name}.checks{place([i])}", [column.name for column in table.columns]
            found.append(made(compiled.RowCheck, row, when=c.parse(f"{path}.when", row.when, BOOL, rows=name)))
            for column in row.columns:
                if column not in names:
                    raise c.fail(f"{path}.columns", f"{name} 没有列 {column}{near_to(column, names)}")
            c.text(path, row.text, row.do)
    return found
