"""A policy in full, for people and for programs: what it computes from what, and what is missing."""

from __future__ import annotations

from typing import Any

from xl_kpi.policy.model import Output, Policy
from xl_kpi.rules.base import Rule


def missing(policy: Policy) -> list[str]:
    """The parameters without a stated value, as id or id[key]."""
    found = []
    for name, parameter in policy.parameters.items():
        stated = parameter.stated_values()
        if parameter.optional:
            continue
        for key in parameter.keys or [None]:            # type: ignore[list-item]
            if key not in stated:
                found.append(name if key is None else f"{name}[{key}]")
    return found


def _rule(rule: Rule) -> dict[str, Any]:
    fields = rule.model_dump(exclude_defaults=True)
    fields["kind"] = rule.kind
    return fields


def as_json(policy: Policy) -> dict[str, Any]:
    """Everything of the policy file, and what is missing."""
    content = policy.model_dump(mode="json", exclude_defaults=True, exclude={"quantities"})
    content["quantities"] = {name: _rule(rule) for name, rule in policy.quantities.items()}
    content["parameters"] = {
        name: {"title": p.title, "unit": p.unit, "clause": p.clause, "keys": p.keys, "role": p.role, "fill": p.fill,
               "source": p.source or "缺", "stated": {str(k) if k is not None else "": v
                                                     for k, v in p.stated_values().items()}}
        for name, p in policy.parameters.items()}
    content["readings"] = {
        name: {"title": r.title, "clause": r.clause, "default": r.default, "values": r.values}
        for name, r in policy.readings.items()}
    content["missing"] = missing(policy)
    return content


def _how(rule: Rule) -> str:
    """The fields of a rule in one line, as the policy file has them."""
    shown = {k: v for k, v in rule.model_dump(exclude_defaults=True).items()
             if k not in ("kind", "title", "unit", "clause", "period", "choices", "rows")}
    if set(shown) == {"expr"}:
        return " ".join(str(shown["expr"]).split())
    if set(shown) == {"reading", "cases"}:
        return f"按读法 {shown['reading']}：" + "；".join(f"{value} → {text}" for value, text in shown["cases"].items())
    return f"{rule.kind}（" + "，".join(f"{k} {v}" for k, v in shown.items()) + "）"


def _output(title: str, output: Output) -> list[str]:
    lines = ["", f"【输出：{title}】"]
    lines += [f"  {c.heading}" + (f" ← {c.value}" if c.value else "") for c in output.columns]
    lines += [f"  备注「{mark.text}」：{mark.when}（{mark.clause}）" for mark in output.marks]
    return lines


def as_text(policy: Policy) -> list[str]:
    """The policy for reading at the console."""
    lines = [f"{policy.id}　{policy.title}　{policy.document}".rstrip(),
             f"{policy.in_force} 起执行；可核算 {policy.first_month} 及以后的月份" if policy.first_month
             else "原文没有写施行日期；可核算任何月份"]
    lines += [f"注意：{n.text}（{n.clause}）" for n in policy.notices]
    lines += [f"原文自相矛盾：{d.text}（{d.clause}）" for d in policy.source_defect]
    lines += ["", "【参数】"]
    for name, p in policy.parameters.items():
        stated = p.stated_values()
        values = "、".join(f"{key} → {text}" if key is not None else text for key, text in stated.items())
        lack = [str(key) for key in p.keys if key not in stated] if p.keys else ([] if stated else ["值"])
        said = "；".join(part for part in (f"{p.source}：{values}" if values else "",
                                          ("可不填" if p.optional else "缺 ") + ("" if p.optional else "、".join(lack))
                                          if lack else "") if part)
        lines.append(f"  {name}　{p.title}（{p.unit}，{p.clause}）　{said}")
    lines += ["", "【读法】"]
    for name, r in policy.readings.items():
        lines.append(f"  reading.{name}　{r.title}（{r.clause}）")
        lines += [f"    {value}　{label}{'（默认）' if value == r.default else ''}" for value, label in r.values.items()]
    lines += ["", "【输入】"]
    for table in policy.tables.values():
        headings = "、".join(c.heading + ("*" if c.required else "") for c in table.columns)
        lines.append(f"  {table.sheet}{f'（{table.form}）' if table.form else ''}：{headings}")
    lines += ["", "【规则】"]
    for name, rule in policy.quantities.items():
        lines.append(f"  {name}　{rule.title}（{rule.clause}）：{_how(rule)}")
    lines += _output("每月工资", policy.payroll)
    if policy.review:
        lines += _output("季度评星", policy.review)
    lines += ["", "【检查】"]
    lines += [f"  {c.text}（{c.clause}）：{c.when}" for c in policy.checks]
    lines += ["", f"【缺的参数】{'、'.join(missing(policy)) or '无'}"]
    return lines
