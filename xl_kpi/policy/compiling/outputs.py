"""Checks, refusals, results, and what is to be a live formula."""

from __future__ import annotations

import re
from dataclasses import replace

from xl_kpi.policy import compiled
from xl_kpi.policy.compiled import made
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.model import Output
from xl_kpi.policy.names import placeholders
from xl_kpi.policy.words import near_to, place
from xl_kpi.results import Naming
from xl_kpi.rules.expression import (
    ANY,
    BOOL,
    NUMBER,
    TEXT,
    Const,
    DateFunction,
    Default,
    Each,
    Node,
    OneOf,
    Parameter,
    Present,
    Ref,
    Refuse,
)

OUTPUT_TYPES = {"text": TEXT, "int": NUMBER, "money": NUMBER, "score": NUMBER, "percent": NUMBER, "bool": BOOL}
REFUSAL_NAMES = ("工号", "姓名", "期间", "季度")


SHEET_NAME = 31         # characters of the name of a sheet
LONGEST_PERIOD = {"month": "2016-11", "quarter": "2016Q4", "half": "2016H2", "year": "2016", "span": "2016-07..2016-09"}


def checks(c: Compiling) -> list[compiled.Check]:
    found = []
    known = c.policy.outputs
    for i, check in enumerate(c.policy.checks):
        with c.telling():
            path = f"checks{place([i])}"
            for name in check.outputs:
                if name not in known:
                    raise c.fail(f"{path}.outputs", f"没有输出 {name}{near_to(name, known)}，有 {'、'.join(known)}")
            outputs = check.outputs or [c.policy.main]
            periods = [known[name].period for name in outputs]
            found.append(made(compiled.Check, check, outputs=outputs,
                              when=c.parse(f"{path}.when", check.when, BOOL, periods=periods)))
            c.filled(f"{path}.text", check.text, periods)
            c.text(path, "", check.do)
            if check.once_by:
                c.named(f"{path}.once_by", [check.once_by], periods)
            c.pointer(f"{path}.column", check.column)
    return found


def roles(c: Compiling) -> None:
    """A command means one output, and each output can have its sheets."""
    seen: set[str] = set()
    for name, written in c.policy.outputs.items():
        with c.telling():
            path = f"outputs.{name}"
            if written.role and written.role in seen:
                raise c.fail(f"{path}.role", f"role = \"{written.role}\" 只能有一个输出")
            seen.add(written.role)
            if not name or name != name.strip() or set(name) & set("[]:*?/\\'_"):
                raise c.fail(path, "输出的名称要能作工作表的名称：不能是空的，不能有 [ ] : * ? / \\ ' _")
            longest = max(map(len, naming(name, written).all(LONGEST_PERIOD[written.period])))
            if longest > SHEET_NAME:
                raise c.fail(path, f"名称太长：工作表的名称连同期间最多 {SHEET_NAME} 个字，"
                                   f"要短 {longest - SHEET_NAME} 个字")


def naming(name: str, written: Output) -> Naming:
    """What an output is called.  Of what is said nothing: 季度评星 is 评星 in a sentence, 工资表 工资."""
    title = written.title or name
    what = re.sub(r"^(月度|季度|半年度?|年度)(?=..)", "", title)
    what = what.removesuffix("表") if len(what) > 2 else what
    return Naming(name, title, written.what or what, written.unit, written.slip, written.role == "payroll")


def refusals(c: Compiling) -> None:
    for name, refusal in c.policy.refusals.items():
        with c.telling():
            for text in (refusal.text, refusal.do, refusal.command):
                for one in placeholders(text):
                    if one not in REFUSAL_NAMES:
                        known = "、".join(f"{{{n}}}" for n in REFUSAL_NAMES)
                        raise c.fail(f"refusals.{name}", f"{{{one}}} 填不上；这里可以用 {known}")
            of = c.columns.get(refusal.column, ("", None))[0]
            if not of or c.policy.tables[of].grain != "events":             # a rule over rows refuses its row
                c.pointer(f"refusals.{name}.column", refusal.column)


def output(c: Compiling, name: str, written: Output) -> compiled.Output:
    job, periods = f"outputs.{name}", [written.period]
    people = c.parse(f"{job}.people", written.people, BOOL, periods=periods)
    headings: set[str] = set()
    columns, marks, forms = [], [], []
    for column in written.columns:
        with c.telling():
            path, value, when = f"{job}.columns.{column.heading}", None, None
            if column.heading in headings or not column.heading:
                raise c.fail(path, "表头重复" if column.heading else "heading 不能是空的")
            headings.add(column.heading)
            if bool(column.value) == bool(column.fill):
                raise c.fail(path, "要么写 value，要么写 fill")
            if column.value:
                wanted = ANY if column.as_rule else OUTPUT_TYPES[column.type]
                value = c.parse(path, column.value, wanted, periods=periods)
            quantity = column.value if c.people.is_quantity(column.value) else ""
            if column.explain and not quantity:
                raise c.fail(path, "explain = true 的列，value 应是一个量")
            if column.explain and quantity not in {*c.quantities, *c.unknown} and not column.clause:
                raise c.fail(path, "explain = true 的列，value 是输入的，要写 clause")
            if column.when:
                when = c.parse(f"{path}.when", column.when, BOOL, periods=periods)
            columns.append(made(compiled.OutputColumn, column, value=value, quantity=quantity, when=when))
    for fill, heading in (("id", "工号"), ("name", "姓名")):
        if not any(one.fill == fill and one.heading == heading for one in written.columns):
            c.tell(f"{job}.columns", f"要有 {{ heading = \"{heading}\", fill = \"{fill}\" }}")
    for i, mark in enumerate(written.marks):
        with c.telling():
            marks.append(made(compiled.Mark, mark, when=c.parse(
                f"{job}.marks{place([i])}.when", mark.when, BOOL, periods=periods)))
            c.filled(f"{job}.marks{place([i])}.text", mark.text, periods)
    for i, form in enumerate(written.forms):
        with c.telling():
            path = f"{job}.forms{place([i])}"
            if form.table not in c.policy.tables:
                raise c.fail(path, f"没有表 {form.table}，有 {'、'.join(c.policy.tables)}")
            if c.policy.tables[form.table].grain != written.period:
                raise c.fail(path, f"{form.table} 不是 grain = \"{written.period}\" 的表")
            forms.append(made(compiled.FormSheet, form, when=c.parse(f"{path}.when", form.when, BOOL, periods=periods)))
    return compiled.Output(naming(name, written), written.role, written.period, people, columns, marks, forms)


def with_types(c: Compiling, result: compiled.Output) -> compiled.Output:
    """A column whose type is as its rule is: a condition or a text."""
    def typed(column: compiled.OutputColumn) -> compiled.OutputColumn:
        kind = c.quantities[column.quantity].type if column.quantity in c.quantities else TEXT
        if column.quantity not in c.unknown and kind not in (BOOL, TEXT):
            raise c.fail(f"outputs.{result.name}.columns.{column.heading}",
                         f"{column.heading} 是数或日期，要写单位才知道怎么显示：名称 单位 = …")
        return replace(column, type="bool" if kind == BOOL else "text")

    return replace(result, columns=[typed(one) if one.as_rule else one for one in result.columns])


def with_formulas(c: Compiling, result: compiled.Output) -> compiled.Output:
    """What is to be a live formula can be one, whatever readings are chosen: over the row's own cells."""
    columns_said = []
    for at, column in enumerate(result.columns):
        path, before = f"outputs.{result.name}.columns.{column.heading}.formula", result.columns[:at]
        said = column.formula
        if said is True or said == "auto":
            columns = {o.quantity for o in result.columns if o.quantity and o is not column and o.type != "bool"}
            node = column.value
            if node is None:
                raise c.fail(path, "只有写 value 的列能写 formula = true")
            own = isinstance(node, Ref) and node.name in c.quantities
            parts = c.quantities[node.name].native_parts() if own else None                 # type: ignore[attr-defined]
            why = next((one for part in parts or [node] if (one := unsaid(c, part, columns, result.period))), "")
            if why and said is True:
                raise c.fail(path, f"不能写成 Excel 公式：{why}")
            said = not why
        elif said and not (any(one.part == column.formula for one in before) and any(
                one.type == "money" and one.total and not one.fill for one in before)):
            raise c.fail(path, f"前面没有 part = \"{column.formula}\" 的列，或者没有合计的金额列")
        columns_said.append(replace(column, formula=said))
    return replace(result, columns=columns_said)


def unsaid(c: Compiling, node: Node, columns: set[str], period: str) -> str:
    """Why an expression cannot be said with the cells of a row, '' when it can."""
    if isinstance(node, Ref) and node.name not in columns and node.name not in c.unknown:
        rule = c.quantities.get(node.name)
        parts = rule.native_parts() if rule is not None and rule.period == period else None
        if parts is None:
            return f"{node.name} 不是这张表的一列"
        return next((why for part in parts if (why := unsaid(c, part, columns, period))), "")
    if isinstance(node, Parameter):
        return "" if node.key is None or isinstance(node.key, Const) else f"{node.name} 的键各人不同"
    if isinstance(node, OneOf | Present | Default | Refuse):
        return "里面有 in、present、default 或 refuse"
    if isinstance(node, Each):
        return f"{node.parameter} 的键由公司列出"
    if isinstance(node, DateFunction) and "workday" in node.name:
        return "Excel 不知道中国的节假日和调休"
    return next((why for child in node.children() if (why := unsaid(c, child, columns, period))), "")
