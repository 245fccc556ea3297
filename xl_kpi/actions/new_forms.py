"""新建附表: blank forms of a policy, drawn from its page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xl_kpi.actions.new import refuse_existing
from xl_kpi.hand.choices import key as choice_key
from xl_kpi.hand.texts import squeezed
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.given import Names
from xl_kpi.policy.load import load_file
from xl_kpi.policy.shelf import Shelf
from xl_kpi.problems import UsageError
from xl_kpi.workbook.store import replacing
from xl_kpi.workbooks import forms

MOST = 2000                 # people on a blank list


def new_forms(policy_id: str, out: Path | None, functions: bool = False, given: Sequence[str] = (), company: str = "",
              rows: int = forms.ROWS) -> list[str]:
    """Write the forms of a policy; gives what HR is told.  ``given``: readings and parameters, as 名称=值.  Raises
    UsageError, also when there is a file of that name; PolicyError; HostError."""
    if not 1 <= rows <= MOST:
        raise UsageError(f"--rows：要 1 到 {MOST}，给的是 {rows}")
    policy = load_file(Path(policy_id)) if policy_id.lower().endswith(".md") else Shelf.beside(
        out or Path("附表.xlsx").resolve()).load(policy_id)
    out = out or Path(f"附表_{policy.id}{'_函数' if functions else ''}.xlsx")
    if out.suffix.lower() != ".xlsx":
        raise UsageError(f"附表的文件名要以 .xlsx 结尾，如 {out.stem or '附表'}.xlsx；给的是 {out.name}")
    refuse_existing(out)
    live = forms.Live(functions, *_settings(policy, given))
    data = forms.as_bytes(policy, live, company, rows)
    with replacing(out) as file:
        file.write(data)
    how = "函数（要装加载项）" if functions else "Excel 自带的公式"
    told = [f"附表：{out}（{policy.title}），算的列是{how}"]
    if not functions and policy.readings:
        told.append("公式按各表说明里写的读法写成；要换读法的，重新生成（xl-kpi forms new … --with reading.…=…）")
    return [*told, "工作表“参数”里黄色的格要填；打印前先看一眼预览"]


def _settings(policy: Policy, given: Sequence[str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """(reading → value, parameter → key → value): the policy's own readings but for those given.  Raises UsageError."""
    readings = {name: reading.default for name, reading in policy.readings.items()}
    values: dict[str, dict[str, str]] = {}
    names = Names(policy, settings=True)
    for text in given:
        one = names.given(text)
        if one.kind == "reading":
            readings[one.name] = _reading(policy, one.name, str(one.value))
        else:
            values.setdefault(one.name, {})[one.key] = str(one.value)
    return readings, values


def _reading(policy: Policy, name: str, value: str) -> str:
    """The value of a reading that is meant by its id or its words."""
    reading, wanted = policy.readings[name], choice_key(squeezed(value))
    for one, label in reading.values.items():
        if wanted in (choice_key(one), choice_key(squeezed(label))):
            return one
    ways = "、".join(f"{one}（{label}）" for one, label in reading.values.items())
    raise UsageError(f"读法“{reading.title}”没有“{value}”；有 {ways}")
