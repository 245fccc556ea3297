"""A policy in full, for people and for programs: what it computes from what, and what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from xl_kpi.policy import model
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.model import Output, Parameter
from xl_kpi.policy.names import CONSTANT_TITLES, KEY_TYPES, placeholders
from xl_kpi.policy.page.source import parts_of, written_clauses
from xl_kpi.policy.page.words import OUTPUT_TYPES, TYPES
from xl_kpi.rules.base import Quantity
from xl_kpi.rules.expression.dates import WORDS as DATE_WORDS

PERIODS = {"month": "每月", "quarter": "每季", "half": "每半年", "year": "每年", "span": "一段时间", "": ""}


def missing(policy: Policy) -> list[str]:
    """The parameters without a stated value, as id or id[key]."""
    return [name if key is None else f"{name}[{key}]" for name, parameter in policy.parameters.items()
            if not parameter.optional for key in unstated(parameter)]


def unstated(parameter: Parameter) -> list[Any]:
    """The keys (None: the value itself) that the document says nothing about."""
    stated = parameter.stated_values()
    return [key for key in (parameter.keys or [None]) if key not in stated]        # type: ignore[list-item]


def clauses(policy: Policy) -> dict[str, list[str]]:
    """Each clause as it is cited, and what cites it."""
    written = policy.written
    found: dict[str, list[str]] = {}
    cited: list[tuple[str, str]] = []
    for group in ("parameters", "readings", "parts", "quantities", "refusals"):
        cited += [(f"{group}.{name}", one.clause) for name, one in getattr(written, group).items()]
    for name, table in written.tables.items():
        cited += [(f"tables.{name}.checks[{i}]", check.clause) for i, check in enumerate(table.checks, 1)]
    for name, function in written.functions.items():
        cited += [(f"functions.{name}.checks[{i}]", check.clause) for i, check in enumerate(function.checks, 1)]
    cited += [(f"checks[{i}]", check.clause) for i, check in enumerate(written.checks, 1)]
    cited += [(f"deadlines.{name}", one.clause) for name, one in written.deadlines.items()]
    for name, output in written.outputs.items():
        cited += [(f"outputs.{name}.marks[{i}]", mark.clause) for i, mark in enumerate(output.marks, 1)]
    for where, clause in cited:
        for one in parts_of(clause):
            found.setdefault(one, []).append(where)
    order = _as_they_stand(policy)
    return dict(sorted(found.items(), key=lambda one: order.get(one[0], len(order))))


def _as_they_stand(policy: Policy) -> dict[str, int]:
    """The place of each clause among those of the page, then of its parent and its packs."""
    order: dict[str, int] = {}
    for file, text in policy.written.sources.items():
        for clause in written_clauses(text, file):
            order.setdefault(clause, len(order))
    return order


# -- rules in words ---------------------------------------------------------------------------------------------------

SYMBOLS = {"and": "且", "or": "或", "not": "非", "in": "属于", "True": "是", "False": "否", "blank": "不适用",
           "==": "＝", "!=": "≠", "<": "＜", "<=": "≤", ">": "＞", ">=": "≥", "+": "＋", "-": "－", "*": "×", "/": "÷",
           "if": "，若", "else": "；否则",
           "min": "取小", "max": "取大", "round": "四舍五入", "floor": "舍去小数", "ceil": "进一", "abs": "绝对值",
           "present": "有", "default": "依次取有值的", "refuse": "不核算",
           "add_months": "几个月后", "add_years": "几年后", "add_workdays": "几个工作日后",
           "next_workday": DATE_WORDS["next_workday"],
           "sum": "各项合计", "for": "，逐项", "any": "任一项", "all": "各项都"}


class Words:
    """The rules of a policy in words: titles instead of names.  Where several have one title, a column is told with its
    sheet (评分表的态度); what still is not one of a kind, with its name."""

    def __init__(self, policy: Policy):
        self.policy = policy
        titles = {name: column.heading for name, (_, column) in policy.columns.items()} | CONSTANT_TITLES
        titles |= {name: one.title for group in (policy.quantities, policy.parameters) for name, one in group.items()}
        often = Counter(titles.values())
        titles |= {name: f"{policy.tables[table].sheet}的{column.heading}"
                   for name, (table, column) in policy.columns.items()
                   if name not in policy.quantities and often[column.heading] > 1}
        often = Counter(titles.values())
        self.titles = {name: title if often[title] == 1 else f"{title}[{name}]" for name, title in titles.items()}

    def title(self, name: str) -> str:
        return self.titles.get(name, name)

    def text(self, text: str) -> str:
        """A text with titles for the names in {…}."""
        for name in placeholders(text):
            text = text.replace(f"{{{name}}}", f"{{{self.title(name)}}}")
        return text

    def expression(self, text: str) -> str:
        """An expression as the policy has it, with titles and signs."""
        def word(found: re.Match[str]) -> str:
            token = found[0]
            if token[0] in "'\"":
                return f"「{token[1:-1]}」"
            return "" if token[0] == "#" else SYMBOLS.get(token) or self.title(token)

        said = re.sub(r"""'[^']*'|"[^"]*"|\#[^\n]*|[^\W\d][\w.]*|[=!<>]=|[-+*/<>]""", word, text)
        said = re.sub(r"\s+", " ", said).strip()
        return re.sub(r" ([，；])", r"\1", re.sub(r"非 (\w+)\(", r"非 \1(", said))

    def choice(self, rule: Any) -> list[str]:
        """What has an expression, or one for each value of a reading."""
        if rule.expr:
            return [self.expression(rule.expr)]
        reading = self.policy.readings[rule.reading]
        return [f"按读法「{reading.title}」", *(f"{reading.values[value]} → {self.expression(text)}"
                                             for value, text in rule.cases.items())]

    def rule(self, quantity: Quantity[Any]) -> list[str]:
        """How a quantity comes about: one line, or a line and one for each value of a reading."""
        return quantity.words(self)

    def sheet(self, table: str) -> str:
        return self.policy.tables[table].sheet

    def reading(self, name: str) -> str:
        return self.policy.readings[name].title

    def is_date(self, name: str) -> bool:
        return name in self.policy.columns and self.policy.columns[name][1].type == "date"


# -- for programs -----------------------------------------------------------------------------------------------------

def as_json(policy: Policy) -> dict[str, Any]:
    """Everything that the policy file says, the rules also in words, the clauses, and what is missing."""
    words = Words(policy)
    content = policy.written.model_dump(mode="json")
    for name, parameter in policy.parameters.items():
        content["parameters"][name] |= {
            "source": parameter.source or "缺",
            "stated": {"" if key is None else str(key): text for key, text in parameter.stated_values().items()}}
    for name, reading in policy.readings.items():
        content["readings"][name]["default"] = reading.default
    for name, rule in policy.quantities.items():
        content["quantities"][name]["words"] = "\n".join(words.rule(rule))
    for name, part in policy.written.parts.items():
        content["parts"][name]["words"] = "\n".join(words.choice(part))
    roles = {role: output.name if (output := policy.of_role(role)) else None for role in ("payroll", "review")}
    return content | roles | {"clauses": clauses(policy), "missing": missing(policy)}


# -- for people -------------------------------------------------------------------------------------------------------

def as_text(policy: Policy) -> list[str]:
    """The policy for reading at the console."""
    words, written = Words(policy), policy.written
    sections: list[tuple[str, Iterator[str]]] = [
        ("参数", _parameters(policy)), ("读法", _readings(policy)), ("输入（* 必填）", _inputs(written, words)),
        ("规则", _rules(written, words)),
        *((f"{PERIODS[one.period]}：{name}", _output(name, one, words)) for name, one in written.outputs.items())]
    if policy.deadlines:
        sections.append(("期限", _deadlines(written, words)))
    if policy.functions:
        sections.append(("函数", _functions(written, words)))
    sections += [("检查", _checks(written, words)), ("条款", _clauses(policy, words)),
                 ("缺的参数", iter(f"  {name}" for name in missing(policy)))]
    since = (f"{policy.in_force} 起执行；" if policy.in_force else "原文没有写施行日期；") + (
        f"可核算 {policy.first_month} 及以后的月份" if policy.first_month else "可核算任何月份")
    lines = [f"{policy.id}　{policy.title}　{policy.document}".rstrip("　"), since]
    lines += [f"注意：{n.text}（{n.clause}）" for n in policy.notices]
    lines += [f"原文自相矛盾：{d.text}（{d.clause}）" for d in policy.source_defect]
    for heading, content in sections:
        lines += ["", f"【{heading}】", *(list(content) or ["  无"])]
    return lines


def _parameters(policy: Policy) -> Iterator[str]:
    for name, p in policy.parameters.items():
        values = "、".join(text if key is None else f"{key} → {text}" for key, text in p.stated_values().items())
        lack = "、".join("值" if key is None else str(key) for key in unstated(p))
        if lack:
            lack = "可不填" if p.optional else f"缺 {lack}"
        said = [f"{p.source}：{values}" if values else "", lack, p.fill]
        yield f"  {name}　{p.title}（{p.unit}，{p.clause}）　{'；'.join(filter(None, said))}".rstrip("　")


def _readings(policy: Policy) -> Iterator[str]:
    for name, reading in policy.readings.items():
        yield f"  reading.{name}　{reading.title}（{reading.clause}）"
        for value, label in reading.values.items():
            why = f"：{reading.why}" if reading.why else ""
            yield f"    {value}　{label}{f'（默认{why}）' if value == reading.default else ''}"


def _inputs(policy: model.Policy, words: Words) -> Iterator[str]:
    for table in policy.tables.values():
        headings = "、".join(c.heading + ("*" if c.required else "") for c in table.columns)
        form, absent = f"（{table.form}）" if table.form else "", "（可没有）" if table.optional else ""
        yield f"  {table.sheet}{'（一列一个项目）' if table.melts else ''}{form}{absent}：{headings}"
        if table.fill:
            yield f"    怎么填：{table.fill}"
        if kinds := [_kind(column) for column in table.columns if column.type not in KEY_TYPES and not column.ignored]:
            yield f"    列：{'，'.join(kinds)}"
        for column in table.columns:
            if column.fill:
                yield f"    {column.heading}：{column.fill}"
        for check in table.checks:
            yield f"    {LEVELS[check.level]}「{check.text}」：{words.expression(check.when)}（{check.clause}）"


def _kind(column: model.Column) -> str:
    """What may stand in a column."""
    kind = "|".join(column.choices) or column.unit or next(
        (word for word, name in TYPES.items() if name == column.type), column.type)
    facts = [f"{word} {value}" for word, value in (("空 =", column.blank), ("最小", column.min or None),
                                                   ("最大", column.max)) if value is not None]
    return f"{column.heading} {kind}" + (f"（{'，'.join(facts)}）" if facts else "")


def _rules(policy: model.Policy, words: Words) -> Iterator[str]:
    for name, part in policy.parts.items():
        yield from _lines(f"{name}({', '.join(part.args)})（{part.clause}）", words.choice(part))
    for name, rule in policy.quantities.items():
        per = policy.tables[rule.rows].sheet + "每行" if rule.rows else PERIODS[rule.period]
        facts = "，".join(filter(None, (per, rule.unit, rule.clause)))
        yield from _lines(f"{words.title(name)}（{facts}）", words.rule(words.policy.quantities[name]))
    for name, refusal in policy.refusals.items():
        yield f"  不核算(「{name}」)（{refusal.clause}）：{refusal.text}；{refusal.do}"


def _lines(title: str, said: list[str]) -> Iterator[str]:
    yield f"  {title}：{said[0]}"
    for line in said[1:]:
        yield f"    {line}"


def _output(name: str, output: Output, words: Words) -> Iterator[str]:
    yield f"  人员：{words.expression(output.people)}"
    for column, made in zip(output.columns, words.policy.outputs[name].columns, strict=True):
        said = words.expression(column.value) if column.value else FILLS[column.fill]
        when = f"（仅当 {words.expression(column.when)}）" if column.when else ""
        kind = next((word for word, type_ in OUTPUT_TYPES.items() if type_ == made.type), "")
        facts = [kind if kind != "文字" else "", "必有" if made.required else "", "分组" if made.group else "",
                 "合计" if made.total else "", {"earning": "计入应发", "deduction": "计入扣款"}.get(made.part, ""),
                 "实时公式" if made.formula else "", "核算依据" if made.explain else ""]
        told = "，".join(filter(None, facts))
        yield f"  {column.heading} ← {said}{when}" + (f"［{told}］" if told else "")
    for mark in output.marks:
        yield f"  备注「{words.text(mark.text)}」：{words.expression(mark.when)}（{mark.clause}）"


def _functions(policy: model.Policy, words: Words) -> Iterator[str]:
    for name, function in policy.functions.items():
        if function.explains:
            yield f"  {name}　{function.title}：{function.explains} 的一句话说明"
            continue
        given = [*(["table"] if function.table else []), *function.arguments, *function.sheets]
        yield f"  {name}({', '.join(given)})　{function.title}（{PERIODS[function.period]}）"
        whom = [words.expression(one) for one in (function.people, function.when) if one]
        said = (f"按{words.title(function.weighing.weights)}加权" if function.weighing else
                words.expression(function.value))
        yield f"    结果 ← {said}" + (f"（{' 的人，且 '.join(whom)}）" if whom else "")
        for argument_name, argument in function.every():
            stands = f" → {'、'.join(map(words.title, argument.supplies))}" if argument.supplies else ""
            blank = f"，空 = {argument.default}" if argument.default else "，可空" if argument.blank else ""
            needed = f"（仅当 {words.expression(argument.when)}）" if argument.when else ""
            yield f"    {argument_name}　{argument.title}{stands}{blank}{needed}"
        for over, tables in function.sheets.items():
            yield f"    {over}　{'、'.join(policy.tables[table].sheet for table in tables)}的区域"
        for target, text in function.given.items():
            yield f"    {words.title(target)} ← {words.expression(text)}"
        for check in function.checks:
            yield f"    不核算「{check.text}」：{words.expression(check.when)}（{check.clause}）"


def _checks(policy: model.Policy, words: Words) -> Iterator[str]:
    for check in policy.checks:
        yield f"  {LEVELS[check.level]}「{words.text(check.text)}」：{words.expression(check.when)}（{check.clause}）"


def _deadlines(policy: model.Policy, words: Words) -> Iterator[str]:
    for one in policy.deadlines.values():
        start = f"{words.expression(one.start)} 起，" if one.start else ""
        often = f"{words.sheet(one.table)}的每一行" if one.table else PERIODS[one.period]
        yield f"  {one.title}（{often}）：{one.task}（{one.clause}）"
        yield f"    {start}最迟 {words.expression(one.day)}"
        if one.people:
            yield f"    谁：{words.expression(one.people)}"
        if one.done:
            yield f"    哪一天做的：{words.expression(one.done)}"


def _clauses(policy: Policy, words: Words) -> Iterator[str]:
    for clause, cited in clauses(policy).items():
        names = dict.fromkeys(_cited(policy, words, where) for where in cited)
        yield f"  {clause}：{'、'.join(names)}"


def _cited(policy: Policy, words: Words, where: str) -> str:
    """What cites a clause, in words."""
    group, _, name = where.partition(".")
    if group == "readings":
        return f"读法「{policy.readings[name].title}」"
    if group in ("parameters", "quantities"):
        return f"{'参数' if group == 'parameters' else ''}{words.title(name)}"
    if group == "deadlines":
        return f"期限「{policy.deadlines[name].title}」"
    if group == "functions":
        return f"函数 {name.partition('.')[0]}"
    return {"parts": name, "refusals": f"不核算(「{name}」)"}.get(group, "备注" if ".marks" in where else "检查")


LEVELS = {"error": "错误", "warning": "警告", "hint": "提示"}
FILLS = {"id": "工号", "name": "姓名", "note": "备注",
         "earning": "其他项目里计入应发的", "deduction": "其他项目里计入扣款的"}
